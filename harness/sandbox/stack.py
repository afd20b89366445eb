"""What a submission is written in and how it is started, decided from its files alone (the submission contract).

Refuses to guess: two stacks are as wrong as none, and a Procfile that needs a shell is refused with the reason. Pure.
Errors: SubmissionRefused `stack_missing`, `stack_ambiguous`, `language_not_allowed`, `procfile_invalid`;
DependencyRefused `dependency_policy`; TaskFault `stack_unsupported` where this version has no environment builder.
"""

import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from harness.errors import SubmissionRefused, TaskFault
from harness.sandbox.requirements import RequirementLines, parse_pyproject, parse_requirements

_MANIFESTS = {
    "requirements.txt": "python",
    "pyproject.toml": "python",
    "package.json": "node",
    "go.mod": "go",
}
_SHELL_WORDS = {"&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1"}
_MAX_PROCFILE = 10_000  # bytes


@dataclass(frozen=True)
class StackPlan:
    """How to prepare and start a submission. argv runs in /app, with the environment's bin first in PATH."""

    stack: str  # python | node | go
    start_argv: tuple[str, ...]
    requirements: RequirementLines
    from_procfile: bool


def plan_stack(files: Mapping[str, bytes], languages: Collection[str], port: int = 8000) -> StackPlan:
    """Decide the stack of a submission (path -> content), its start command and its requirement lines."""
    stack = _stack_of(files)
    if stack not in languages:
        raise SubmissionRefused(
            "language_not_allowed",
            f"the submission is written in {stack!r}, but the task allows {', '.join(sorted(languages))} only",
        )
    if stack != "python":
        raise TaskFault(
            "stack_unsupported", f"the task allows {stack!r}, but environments can be made for 'python' only so far"
        )
    argv = _procfile_argv(files["Procfile"], port) if "Procfile" in files else None
    return StackPlan(stack, argv or _default_argv(port), _requirements(files), argv is not None)


def _stack_of(files: Mapping[str, bytes]) -> str:
    manifests = [name for name in _MANIFESTS if name in files]
    stacks = {_MANIFESTS[name] for name in manifests}
    if not stacks:
        raise SubmissionRefused(
            "stack_missing",
            f"none of {', '.join(_MANIFESTS)} is at the root of the submission, expected exactly one stack's",
        )
    if len(stacks) > 1:
        raise SubmissionRefused(
            "stack_ambiguous", f"{', '.join(manifests)} are at the root of the submission, expected exactly one stack's"
        )
    return stacks.pop()


def _requirements(files: Mapping[str, bytes]) -> RequirementLines:
    """requirements.txt wins: beside it, pyproject.toml most often holds settings of tools only."""
    if "requirements.txt" in files:
        return parse_requirements(files["requirements.txt"])
    return parse_pyproject(files["pyproject.toml"])


def _default_argv(port: int) -> tuple[str, ...]:
    return ("python", "-m", "uvicorn", "app.main:app", "--host", "127.0.0.1", "--port", str(port))


def _procfile_argv(content: bytes, port: int) -> tuple[str, ...] | None:
    """The command of the `web:` line, split like a shell; None when there is no such line."""
    if len(content) > _MAX_PROCFILE:
        raise _invalid(f"{len(content)} bytes, expected at most {_MAX_PROCFILE}")
    lines = content.decode("utf-8", errors="replace").splitlines()
    commands = [match[1].strip() for line in lines if (match := re.match(r"\s*web\s*:(.*)", line))]
    if not commands:
        return None
    if len(commands) > 1:
        raise _invalid(f"{len(commands)} lines start with 'web:', expected one")
    try:
        words = shlex.split(commands[0])
    except ValueError as error:
        raise _invalid(f"{commands[0][:200]!r} cannot be split into words ({error})") from error
    if not words:
        raise _invalid("the 'web:' line is empty, expected a command")
    shell = [word for word in words if word in _SHELL_WORDS]
    if shell or re.match(r"[A-Za-z_]\w*=", words[0]):
        raise _invalid(
            f"{commands[0][:200]!r} needs a shell ({shell[0] if shell else words[0]!r}), but none is used: "
            "give one command; only $PORT is expanded"
        )
    return tuple(re.sub(r"\$(PORT\b|\{PORT\})", str(port), word) for word in words)


def _invalid(reason: str) -> SubmissionRefused:
    return SubmissionRefused("procfile_invalid", f"Procfile: {reason}")
