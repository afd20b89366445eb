"""What a submission is written in and how it is started, decided from its files alone (the submission contract).

Refuses to guess between two servers. Pure. Errors: SubmissionRefused `stack_missing`, `stack_ambiguous`,
`language_not_allowed`, `procfile_invalid`; DependencyRefused `dependency_policy`; TaskFault `stack_unsupported` where
this version has no environment builder.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from harness.errors import SubmissionRefused, TaskFault
from harness.sandbox.manifests.declared import PYTHON_MANIFESTS, runtime_requirements
from harness.sandbox.manifests.default_start import default_start
from harness.sandbox.manifests.procfile import Procfile, read_procfile, shell_argv
from harness.sandbox.manifests.project import Project, projects_of
from harness.sandbox.manifests.requirement import RequirementLines

_MANIFESTS = {**dict.fromkeys(PYTHON_MANIFESTS, "python"), "package.json": "node", "go.mod": "go"}
_ASKED_FOR = "requirements.txt, pyproject.toml, package.json, go.mod"  # what the submission contract names
_NEAR = re.compile(
    r"^(?:[^/]+/)?(?:requirements[\w./-]*\.(?:txt|in)|requirements/[\w-]+\.txt|environment\.ya?ml|[\w-]+\.lock)$"
)
_NODE = re.compile(r"(?:^|[\s;&|/])(?:node|npm|npx|yarn|pnpm|bun|deno|tsx|ts-node|next|nest)(?=\s|$)")
_NODE_SERVERS = ("server.js", "server.ts", "index.js", "src/server.js", "src/server.ts", "src/index.js", "src/index.ts")


@dataclass(frozen=True)
class StackPlan:
    """How to prepare and start a submission. argv runs in /app, with the environment's bin first in PATH."""

    stack: str  # python | node | go
    start_argv: tuple[str, ...]
    requirements: RequirementLines
    from_procfile: bool
    release_argv: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    projects: tuple[Project, ...] = ()  # what is importable as after `pip install -e .`


def plan_stack(files: Mapping[str, bytes], languages: Collection[str], port: int = 8000) -> StackPlan:
    """Decide the stack of a submission (path -> content), its start command and its requirement lines."""
    procfile = read_procfile(files)
    stack = _stack_of(files, languages, procfile)
    if stack not in languages:
        raise SubmissionRefused(
            "language_not_allowed",
            f"the submission is written in {stack!r}, but the task allows {', '.join(sorted(languages))} only",
        )
    if stack != "python":
        raise TaskFault(
            "stack_unsupported", f"the task allows {stack!r}, but environments can be made for 'python' only so far"
        )
    requirements = runtime_requirements(files)
    projects = projects_of(files, requirements.local)
    found = default_start(files, requirements.lines, [root for project in projects for root in project.roots], port)
    return StackPlan(
        stack,
        shell_argv(procfile.web) if procfile.web else found.argv,
        requirements,
        procfile.web is not None,
        shell_argv(procfile.release) if procfile.release else (),
        (*requirements.notes, *procfile.notes, *(() if procfile.web else found.notes)),
        projects,
    )


def _stack_of(files: Mapping[str, bytes], languages: Collection[str], procfile: Procfile) -> str:
    """The one stack of the root. Beside a Python server, a package.json that serves nothing is a tool's."""
    manifests = [name for name in _MANIFESTS if name in files]
    stacks = {_MANIFESTS[name] for name in manifests}
    if not stacks:
        raise SubmissionRefused(
            "stack_missing",
            f"none of {_ASKED_FOR} is at the root of the submission, expected exactly one stack's"
            f"{_near(files)}; an empty requirements.txt is enough for a server without dependencies",
        )
    possible = stacks & set(languages)
    if len(possible) == 1:  # a server in another language would not be allowed anyway
        return possible.pop()
    if stacks == {"python", "node"}:
        serving = _node_serves(files, procfile)
        if serving is not None:
            return "node" if serving else "python"
    if len(stacks) > 1:
        raise SubmissionRefused(
            "stack_ambiguous",
            f"{', '.join(manifests)} are at the root of the submission and each could be the server's, expected "
            "exactly one stack's: a Procfile line `web: COMMAND` says which",
        )
    return stacks.pop()


def _node_serves(files: Mapping[str, bytes], procfile: Procfile) -> bool | None:
    """Whether it is Node that serves; None when both could."""
    if procfile.web is not None:
        return bool(_NODE.search(procfile.web))
    try:
        package = json.loads(files["package.json"])
    except (ValueError, RecursionError):
        package = {}
    scripts = package.get("scripts") if isinstance(package, dict) else None
    start = scripts.get("start") if isinstance(scripts, dict) else None
    node = bool(start) or any(name in files for name in _NODE_SERVERS)
    return None if node else False


def _near(files: Mapping[str, bytes]) -> str:
    """Files that look as if they were meant, so that the remedy is plain."""
    near = sorted(name for name in files if _NEAR.match(name))[:5]
    return f" ({', '.join(near)} is not read: put its lines into requirements.txt at the root)" if near else ""
