"""A requirements file as pip reads it, with the files it includes, as far as everything stays inside the submission.

Options that cannot change what is installed from wheels of the public index are taken off and noted. Refused by name:
another index, includes and packages outside of the submission, whatever `requirement` refuses. Pure.
Format: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

import hashlib
import posixpath
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from harness.sandbox.manifests.requirement import (
    LocalPackage,
    RequirementLines,
    capped,
    decode,
    read_requirement,
    refused,
)

# sha256 of the public index's host names, old and new ones: recognised here, and advertised nowhere.
PUBLIC_INDEX = (
    "a4aa2ac280bb8d1a0ce7a1be5a7bfb10292b49fe9435ad5cff19f421f3c70e41",
    "3aa282eb004de296fcb997e706570a2eaa60e1eb1e8118a90003b7c7da1e39f7",
    "d6d7019ca9fcbf07c769e445342515ef0c92e4f18a96adbb3bf6460f5b0ba17f",
    "c899567ee906851741bf7f3bde17a33777859ff9f53ff54d6f0ea54cf31ad636",
)
_COMMENT = re.compile(r"(^|\s)#.*$")  # as pip reads it: a hash inside a word is no comment
_OWN_OPTIONS = re.compile(r"\s--?[A-Za-z]")  # where the options of one requirement begin
_LOCAL = re.compile(
    r"^(?:file:(?://)?)?(?P<path>\.{1,2}(?:/[^\[\s;]*)?|/app(?:/[^\[\s;]*)?)(?:\[(?P<extras>[^\]]*)\])?$"
)
_SHORT = {"-r": "--requirement", "-c": "--constraint", "-e": "--editable", "-i": "--index-url", "-f": "--find-links"}
_INDEX = ("--index-url", "--pypi-url", "--extra-index-url")
_FLAGS = frozenset(
    """--no-cache-dir --no-cache --upgrade -U --prefer-binary --require-hashes --use-pep517 --no-use-pep517 -q --quiet
    -v --verbose --no-build-isolation --disable-pip-version-check --no-input --no-warn-script-location --user --no-deps
    --no-compile --compile --break-system-packages --ignore-installed --force-reinstall --no-color
    """.split()  # noqa: SIM905 - a list of words is read more easily
)
_VALUED = frozenset(
    """--only-binary --no-binary --use-feature --use-deprecated --progress-bar --timeout --default-timeout --retries
    --upgrade-strategy --config-settings --config-setting -C --global-option --install-option --build-option --hash
    --root-user-action --exists-action --python-version
    """.split()  # noqa: SIM905
)


@dataclass
class _Reading:
    """What has been read so far of a file and its includes."""

    files: Mapping[str, bytes]
    lines: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    local: list[LocalPackage] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)
    seen: set[tuple[str, bool]] = field(default_factory=set)
    prerelease: bool = False


def read_requirement_file(files: Mapping[str, bytes], name: str = "requirements.txt") -> RequirementLines:
    """Read `name` and what it includes. `files`: path in the submission -> content."""
    reading = _Reading(files)
    _read(reading, name, as_constraints=False)
    notes: tuple[str, ...] = ()
    if reading.ignored:
        told = ", ".join(f"{option} ({times}x)" if times > 1 else option for option, times in reading.ignored.items())
        notes = (f"{name}: not used: {told}; packages are wheels of the public index, pinned by our own lock",)
    return capped(
        RequirementLines(
            tuple(dict.fromkeys(reading.lines)),
            notes,
            tuple(dict.fromkeys(reading.constraints)),
            tuple(dict.fromkeys(reading.local)),
            reading.prerelease,
        ),
        name,
    )


def inside(path: str, base: str, where: str) -> str:
    """`path`, written in a file of folder `base`, from the submission's root. Refuses what leaves it."""
    written = path.strip().replace("\\", "/")
    if written == "/app" or written.startswith("/app/"):  # where the submission lies
        joined = posixpath.normpath(written.removeprefix("/app").lstrip("/") or ".")
    else:
        joined = posixpath.normpath(posixpath.join(base, written))
    if "://" in written or joined.startswith(("/", "../", "~")) or joined == ".." or "\0" in joined:
        raise refused(f"{where}: {path[:120]!r} lies outside of the submission, expected a path inside of it")
    return joined


def _read(reading: _Reading, name: str, *, as_constraints: bool) -> None:
    if (name, as_constraints) in reading.seen:  # included twice, or by itself
        return
    reading.seen.add((name, as_constraints))
    joined = re.sub(r"\\\r?\n", " ", decode(reading.files[name], name))  # a backslash at the end continues the line
    for number, raw in enumerate(joined.splitlines(), start=1):
        line = _COMMENT.sub("", raw).strip()
        if line:
            _read_line(reading, line, name, f"{name}: requirement line {number}", as_constraints)


def _read_line(reading: _Reading, line: str, name: str, where: str, as_constraints: bool) -> None:
    if line.startswith("-"):
        _options(reading, _split(line, where), name, where, as_constraints)
        return
    own = _OWN_OPTIONS.search(line)
    if own:
        _options(reading, _split(line[own.start() :], where), name, where, as_constraints)
        line = line[: own.start()].strip()
    local = _LOCAL.match(line)
    if local and not as_constraints:
        reading.local.append(_local(reading, local, name, where))
        return
    (reading.constraints if as_constraints else reading.lines).append(read_requirement(line, where))


def _split(line: str, where: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise refused(f"{where}: {line[:120]!r} cannot be split into words ({error})") from error


def _options(reading: _Reading, words: list[str], name: str, where: str, as_constraints: bool) -> None:
    """Every option of a line, its value in the same word or the next."""
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        option, equals, value = word.partition("=")
        if word[:2] in _SHORT and not word.startswith("--"):
            option, value = _SHORT[word[:2]], word[2:].removeprefix("=")
            equals = value
        if option == "--pre":
            reading.prerelease = True
        elif option in _FLAGS:
            reading.ignored[option] = reading.ignored.get(option, 0) + 1
        else:
            if not equals:
                value = waiting.pop(0) if waiting and not waiting[0].startswith("--") else ""
            _valued(reading, option, value, name, where, as_constraints)


def _valued(reading: _Reading, option: str, value: str, name: str, where: str, as_constraints: bool) -> None:
    if option in ("--requirement", "--constraint"):
        path = inside(value, posixpath.dirname(name), where)
        if path not in reading.files:
            raise refused(f"{where}: {option} {value[:120]!r}: the submission has no such file; deliver it")
        _read(reading, path, as_constraints=as_constraints or option == "--constraint")
    elif option == "--editable":
        local = _LOCAL.match(value) or _LOCAL.match(f"./{value}" if _is_folder(reading, value) else "")
        if not local:
            read_requirement(value, where)  # names version control and URLs
            raise refused(f"{where}: option '--editable' {value[:120]!r}: expected a folder of the submission")
        reading.local.append(_local(reading, local, name, where))
    elif option in _INDEX or option == "--trusted-host":
        if not is_public_index(value if option in _INDEX else f"https://{value}"):
            raise refused(
                f"{where}: option {option!r} names {value[:120]!r}; packages come from the public index only: leave "
                "the line out"
            )
        reading.ignored[option] = reading.ignored.get(option, 0) + 1
    elif option in _VALUED:
        reading.ignored[option] = reading.ignored.get(option, 0) + 1
    else:
        raise refused(
            f"{where}: option {option!r} is not accepted, expected `name[extras] specifier; marker`, or -r, -c or -e "
            "with a path inside the submission"
        )


def _is_folder(reading: _Reading, path: str) -> bool:
    return bool(path) and any(name.startswith(path.rstrip("/") + "/") for name in reading.files)


def _local(reading: _Reading, match: re.Match[str], name: str, where: str) -> LocalPackage:
    """pip takes such a path from where it is called, the root; people also write it from the file's own folder."""
    folder = inside(match["path"], "", where)
    own = inside(match["path"], posixpath.dirname(name), where)
    extras = tuple(extra.strip() for extra in (match["extras"] or "").split(",") if extra.strip())
    return LocalPackage(folder if _is_project(reading, folder) or not _is_project(reading, own) else own, extras)


def _is_project(reading: _Reading, folder: str) -> bool:
    return any(
        posixpath.normpath(posixpath.join(folder, name)) in reading.files
        for name in ("pyproject.toml", "setup.py", "setup.cfg")
    )


def is_public_index(url: str) -> bool:
    """The index that every installer asks unless told otherwise, without credentials."""
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    try:
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and hashlib.sha256(host.encode()).hexdigest() in PUBLIC_INDEX
        and parts.username is None
        and port in (None, 80, 443)
        and parts.path.rstrip("/") in ("", "/simple", "/pypi")
    )
