"""What `pip install -e .` would leave behind for a submission's own packages, written by us, mounted at /opt/project.

    <folder>/site/project.pth               the folders it is imported from, below /app
    <folder>/site/<name>-<version>.dist-info    so that importlib.metadata finds version and entry points
    <folder>/site/<name> -> /app/<folder>   packages that stand in a folder of another name
    <folder>/bin/<script>                   console scripts, run by the environment's interpreter
    <folder>/roots.txt                      the same folders, for who runs a copy of the submission elsewhere
    <folder>/run/<uv, poetry, ...>          last on the PATH: `uv run COMMAND` runs the command, since all is installed

Refuses to run any build back end. Every environment looks into /opt/project/site when it is there (layout.py).
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.sandbox.manifests.entry_points import CONSOLE
from harness.sandbox.manifests.project import Project

MOUNT = "/opt/project"
_APP = "/app"
_LAUNCHER = """\
#!/opt/env/bin/python
import sys

from {module} import {first}

if __name__ == "__main__":
    sys.exit({attribute}())
"""
_RUNNERS = ("uv", "poetry", "pdm", "pipenv", "rye", "hatch")
_RUNNER = """\
#!/bin/sh
# The project's environment is the only one here, so that running a command in it is running the command.
if [ "$1" != run ]; then
    echo "$0: of its commands only 'run' is known here; packages are installed already" >&2
    exit 127
fi
shift
while [ "${1#-}" != "$1" ]; do shift; done
case "$1" in
    *.py) exec python "$@" ;;
    *) exec "$@" ;;
esac
"""


def write_project(cache: Path, projects: Sequence[Project]) -> Path:
    """The folder for these packages, made once."""
    texts, links = dict(_texts(projects)), dict(_links(projects))
    seal = repr((sorted(texts.items()), sorted(links.items())))
    target = cache / "projects" / hashlib.sha256(seal.encode()).hexdigest()
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        for folder in (staging / "site", staging / "bin", staging / "run"):
            folder.mkdir()
        for name, text in texts.items():
            path = staging / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            path.chmod(0o755 if name.startswith(("bin/", "run/")) else 0o644)
        for name, place in links.items():
            (staging / name).unlink(missing_ok=True)
            (staging / name).symlink_to(place)
        for folder in (staging, *(path for path in staging.rglob("*") if path.is_dir() and not path.is_symlink())):
            folder.chmod(0o755)
        try:
            staging.rename(target)
        except OSError:
            if not target.is_dir():  # somebody else made it meanwhile: the same bytes
                raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return target


def _texts(projects: Sequence[Project]) -> Iterator[tuple[str, str]]:
    yield from ((f"run/{name}", _RUNNER) for name in _RUNNERS)
    roots = dict.fromkeys(root for project in projects for root in project.roots)
    inside = [_APP if root == "." else f"{_APP}/{root}" for root in roots]
    yield "site/project.pth", "".join(f"{path}\n" for path in inside if "\n" not in path)
    yield "roots.txt", "".join(f"{root}\n" for root in roots if "\n" not in root)
    for project in projects:
        info = f"site/{project.name}-{project.version}.dist-info"
        yield f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {project.name}\nVersion: {project.version}\n"
        yield f"{info}/RECORD", ""
        yield f"{info}/INSTALLER", "harness\n"
        groups = [
            f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in sorted(named.items()))
            for group, named in sorted(project.entry_points.items())
        ]
        yield f"{info}/entry_points.txt", "\n".join(groups)
        for name, target in project.entry_points.get(CONSOLE, {}).items():
            module, _, attribute = target.partition(":")
            if attribute:
                text = _LAUNCHER.format(module=module, first=attribute.partition(".")[0], attribute=attribute)
                yield f"bin/{name}", text


def _links(projects: Sequence[Project]) -> Iterator[tuple[str, str]]:
    for project in projects:
        yield from ((f"site/{module}", f"{_APP}/{place}") for module, place in project.links.items())
        yield from ((f"bin/{Path(script).name}", f"{_APP}/{script}") for script in project.scripts)
