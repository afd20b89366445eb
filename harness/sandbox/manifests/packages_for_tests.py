"""What the tests need beyond the service: found in the files, groups and extras in which people list it.

Refuses nothing: what cannot be installed is left out with a note, since the suite itself will say what it misses. Pure.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping

from packaging.utils import canonicalize_name

from harness.errors import DependencyRefused
from harness.sandbox.manifests.declared import project_of
from harness.sandbox.manifests.pyproject import Declared
from harness.sandbox.manifests.requirement import RequirementLines, decode, read_optional
from harness.sandbox.manifests.requirement_file import read_requirement_file
from harness.sandbox.manifests.setuptools_files import cfg_sections, read_setup_call

_FOR_TESTS = "dev|develop|development|test|tests|testing|unit|unittest|pytest|ci|local"
_FILE = re.compile(
    rf"(?:^|/)(?:requirements?[-_.](?:{_FOR_TESTS})|(?:{_FOR_TESTS})[-_.]requirements?"
    rf"|(?:requirements?|reqs?)/(?:requirements?[-_.])?(?:{_FOR_TESTS})|tests?/requirements?)\.(?:txt|in|pip)$"
)
_GROUP = re.compile(rf"^(?:{_FOR_TESTS}|default|hatch-test|all-dev|dev-test|test-dev|all)$")
_MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile")
_DEEPEST = 2  # folders below the root
_OTHERS = re.compile(r"(?:^|/)(?:node_modules|\.venv|venv|\.tox|site-packages)/")
_FACTOR = re.compile(r"^[\w,!{}-]+:\s+")  # tox's `py311: package`


def packages_for_tests(files: Mapping[str, bytes]) -> RequirementLines:
    """Requirement lines of the tests; `files`: path in the submission -> content."""
    total = RequirementLines()
    for name in sorted(files):
        if _FILE.search(name) and name.count("/") <= _DEEPEST and not _OTHERS.search(name):
            compiled = name.removesuffix(".in") + ".txt"
            if not (name.endswith(".in") and compiled in files):  # made from it
                total += _file(files, name)
    for folder in sorted({posixpath.dirname(n) for n in files if posixpath.basename(n) in _MANIFESTS}):
        if folder.count("/") < _DEEPEST and not _OTHERS.search(f"{folder}/"):
            total += _of_project(files, folder)
    total += _tox(files)
    return _with_own(files, total)


def _file(files: Mapping[str, bytes], name: str) -> RequirementLines:
    """A whole file, or what of its lines can be read."""
    try:
        return read_requirement_file(files, name)
    except DependencyRefused:
        pass
    total = RequirementLines()
    joined = re.sub(r"\\\r?\n", " ", _text(files, name))
    for line in joined.splitlines():
        try:
            total += read_requirement_file({**files, name: line.encode()}, name)
        except DependencyRefused as error:
            total += RequirementLines(notes=(f"for the tests, left out: {error.message}",))
    return total


def _text(files: Mapping[str, bytes], name: str) -> str:
    try:
        return decode(files[name], name)
    except DependencyRefused:
        return ""


def _of_project(files: Mapping[str, bytes], folder: str) -> RequirementLines:
    """Groups and extras for tests, and `tests_require`."""
    declared = _declared(files, folder)
    total = RequirementLines()
    for listed in (declared.groups, declared.extras) if declared else ():
        for name, lines in listed.items():
            if _GROUP.match(name):
                total += lines
    return total + _tests_require(files, folder)


def _declared(files: Mapping[str, bytes], folder: str) -> Declared | None:
    try:
        return project_of(files, folder)
    except DependencyRefused:
        return None  # of the service's packages: whoever reads those says so


def _tests_require(files: Mapping[str, bytes], folder: str) -> RequirementLines:
    cfg, setup = posixpath.join(folder, "setup.cfg"), posixpath.join(folder, "setup.py")
    try:
        text = cfg_sections(files, cfg).get("options", {}).get("tests_require", "")
        listed: object = [line.strip() for line in text.splitlines() if line.strip()]
        if not listed:
            listed = read_setup_call(files, setup).arguments.get("tests_require", [])
    except DependencyRefused:
        return RequirementLines()
    return read_optional([listed] if isinstance(listed, str) else listed, f"{setup}: tests_require")


def _tox(files: Mapping[str, bytes]) -> RequirementLines:
    """`deps` of the environments of tox.ini, the plain one and those called like tests."""
    total = RequirementLines()
    try:
        sections = cfg_sections(files, "tox.ini")
    except DependencyRefused:
        return total
    for section, options in sections.items():
        if re.fullmatch(rf"testenv(?::(?:{_FOR_TESTS}|py\d*))?", section) and "deps" in options:
            text = "\n".join(_tox_lines(options["deps"]))
            total += _file({**files, "tox.ini": text.encode()}, "tox.ini")
    return total


def _tox_lines(deps: str) -> Iterator[str]:
    for line in deps.splitlines():
        line = _FACTOR.sub("", line.strip()).replace("{toxinidir}/", "").replace("{[testenv]deps}", "")
        yield re.sub(r"^(-r|-c)(?=\S)", r"\1 ", line)


def _with_own(files: Mapping[str, bytes], total: RequirementLines) -> RequirementLines:
    """`-e .[test]` means the extra `test` of the project there."""
    for package in total.local:
        declared = _declared(files, "" if package.folder == "." else package.folder)
        if declared is not None:
            total += declared.runtime
            for extra in package.extras:
                total += declared.extras.get(canonicalize_name(extra), RequirementLines())
    return total
