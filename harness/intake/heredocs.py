"""Files that a shell block writes with here-documents: `cat > app/main.py <<'EOF'` … `EOF`.

Refuses to run or to guess: a target that is no plain relative path, or one below a folder that the script changed to,
is not read; `>>` adds to what the same block wrote.
"""

import re
from dataclasses import dataclass, replace

from harness.intake.names import could_be_path

_HERE = re.compile(
    r"""^[ \t]*(?:[^#\n<]*?(?:&&|;)[ \t]*)?(?:sudo[ \t]+)?(?:(?:cat|tee)\b[^#\n]*?)"""
    r"""<<(-?)[ \t]*(["'\\]?)([A-Za-z_]\w*)(["']?)(.*)$"""
)
_TARGET = re.compile(r"""(?:(>>?)[ \t]*|\btee[ \t]+(-a[ \t]+)?)("[^"\n]+"|'[^'\n]+'|[^\s<>|&;"']+)""")
_ECHO = re.compile(
    r"""^[ \t]*(echo|printf)[ \t]+(?:-n?e?[ \t]+)?(?:'([^'\n]*)'|"((?:[^"$`\\\n]|\\[$`"\\])*)")"""
    r"""[ \t]*(>>?)[ \t]*([^\s<>|&;"'$*]+)[ \t]*$"""
)
_TOUCH = re.compile(r"^[ \t]*(?:[^#\n<>]*?(?:&&|;)[ \t]*)?touch((?:[ \t]+[\w./-]+)+)[ \t]*$")
_FOLDER = re.compile(r"^[ \t]*(?:.*(?:&&|;)[ \t]*)?(?:cd|pushd)[ \t]+(\S+)", re.M)
_LONGEST = 2_000  # characters of a line that are looked at


@dataclass(frozen=True)
class Written:
    """A file that the block writes. `line`: 1-based line of the command in the block."""

    path: str
    content: str
    line: int
    adds: bool
    closed: bool


def heredocs(script: str) -> list[Written]:
    """Every file that `script` writes by a here-document, in order."""
    if "<<" not in script:
        return []
    lines = script.rstrip("\n").split("\n")
    found: list[Written] = []
    small: list[Written] = []
    index = moved = 0
    while index < len(lines):
        line = lines[index][:_LONGEST]
        here = _HERE.match(line)
        target = _TARGET.search(line.partition("<<")[0]) or _TARGET.search(here[5]) if here else None
        if here is None or target is None:
            moved += _FOLDER.match(line) is not None
            small += _small(line, index + 1) if moved <= 1 else []
            index += 1
            continue
        moved += _FOLDER.match(line.partition("<<")[0]) is not None
        body: list[str] = []
        at = index + 1
        while at < len(lines) and (lines[at].lstrip("\t") if here[1] else lines[at]).rstrip() != here[3]:
            body.append(lines[at].lstrip("\t") if here[1] else lines[at])
            at += 1
        text = "\n".join(body) + "\n" if body else ""
        path = target[3].strip("\"'")
        if _plain_path(path) and moved <= 1:
            content = text if here[2] else re.sub(r"\\([$`\\])", r"\1", text)
            found.append(Written(path, content, index + 1, target[1] == ">>" or bool(target[2]), at < len(lines)))
        index = at + 1
    return _added_up(sorted([*found, *small], key=lambda one: one.line)) if found else []


def _added_up(written: list[Written]) -> list[Written]:
    """One entry a file: what `>>` adds follows what the same script wrote, and `touch` changes nothing."""
    whole: dict[str, Written] = {}
    for one in written:
        held = whole.pop(one.path, None) if one.adds else None
        whole[one.path] = one if held is None else replace(held, content=held.content + one.content, closed=one.closed)
    return list(whole.values())


def _small(line: str, number: int) -> list[Written]:
    """What `echo '…' > path`, `printf` and `touch` write: read only beside here-documents, in a script that sets up."""
    echo = _ECHO.match(line)
    if echo is not None:
        text = echo[2] if echo[2] is not None else re.sub(r"\\([$`\"\\])", r"\1", echo[3])
        text = text.replace("\\n", "\n") if echo[1] == "printf" else f"{text}\n"
        return [Written(echo[5], text, number, echo[4] == ">>", True)] if _plain_path(echo[5]) else []
    touch = _TOUCH.match(line)
    paths = touch[1].split() if touch is not None else []
    return [Written(path, "", number, True, True) for path in paths if _plain_path(path) and not path.endswith("/")]


def _plain_path(path: str) -> bool:
    return could_be_path(path) and not path.startswith(("/", "~", "$", "-")) and "$" not in path
