"""Which of a submission's files says what is installed: the requirements of its service, and of its tests.

The order at the root: requirements.txt, pyproject.toml, Pipfile, setup.cfg, setup.py, requirements.in; a lock file
beside them is not used, since the pins are our own. Refuses to guess when none is there. Pure.
"""

import posixpath
from collections.abc import Mapping

from packaging.utils import canonicalize_name

from harness.sandbox.manifests.pipfile import read_pipfile
from harness.sandbox.manifests.pyproject import Declared, read_pyproject
from harness.sandbox.manifests.requirement import LocalPackage, RequirementLines, capped, refused
from harness.sandbox.manifests.requirement_file import read_requirement_file
from harness.sandbox.manifests.setuptools_files import read_setup_cfg, read_setup_py

PYTHON_MANIFESTS = ("requirements.txt", "pyproject.toml", "Pipfile", "setup.cfg", "setup.py", "requirements.in")
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "requirements.lock", "pylock.toml")


def runtime_requirements(files: Mapping[str, bytes]) -> RequirementLines:
    """What the service needs. Empty, with a note, when the manifests name no package. DependencyRefused."""
    read = None
    if "requirements.txt" in files:
        read = read_requirement_file(files)
    elif (declared := project_of(files)) is not None and declared.listed:
        read = declared.runtime
    elif "requirements.in" in files:
        read = read_requirement_file(files, "requirements.in")
    if read is None:
        return RequirementLines(notes=("no file of the submission lists a package; nothing was installed",))
    read = _with_local(files, read, frozenset())
    unused = [name for name in _LOCKS if name in files]
    if unused:
        read += RequirementLines(notes=(f"{', '.join(unused)} not used: our own lock pins the wheels",))
    return capped(read, "the submission")


def project_of(files: Mapping[str, bytes], folder: str = "") -> Declared | None:
    """What the project in `folder` ("" = the root) declares beside requirement files; None when it is no project."""

    def at(name: str) -> str:
        return posixpath.normpath(posixpath.join(folder, name))

    found = None
    if at("pyproject.toml") in files:
        found = read_pyproject(files, at("pyproject.toml"))
        if found.listed and found.runtime.lines:
            return found
    if at("Pipfile") in files and not (found and found.listed):
        return read_pipfile(files, at("Pipfile"))
    for name, read in (("setup.cfg", read_setup_cfg), ("setup.py", read_setup_py)):
        if at(name) in files:
            older = read(files, at(name))
            if older.runtime.lines or older.extras:
                return older
            found = found if found and found.listed else older
    return found


def _with_local(files: Mapping[str, bytes], read: RequirementLines, seen: frozenset[str]) -> RequirementLines:
    """Add what the packages inside the submission need themselves."""
    for package in read.local:
        if package.folder in seen:
            continue
        read += _with_local(files, _of_local(files, package), seen | {package.folder})
    return read


def _of_local(files: Mapping[str, bytes], package: LocalPackage) -> RequirementLines:
    declared = project_of(files, "" if package.folder == "." else package.folder)
    if declared is None:
        raise refused(
            f"{package.folder!r} is to be installed as a package, but holds no pyproject.toml, setup.cfg or setup.py: "
            "add one, or leave the line out (the project's root is importable as it is)"
        )
    total = declared.runtime
    for extra in package.extras:
        total += declared.extras.get(canonicalize_name(extra), RequirementLines())
    return total
