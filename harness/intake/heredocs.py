"""Files that a shell block writes with here-documents: `cat > app/main.py <<'EOF'` … `EOF`.

Refuses to run or to guess: a target that is no plain relative path, or one below a folder that the script changed to,
is not read; `>>` adds to what the same block wrote.
"""

import re
from dataclasses import dataclass

from harness.intake.names import could_be_path

_HERE = re.compile(
    r"""^[ \t]*(?:sudo[ \t]+)?(?:(?:cat|tee)\b[^#\n]*?)<<(-?)[ \t]*(["'\\]?)([A-Za-z_]\w*)(["']?)(.*)$"""
)
_TARGET = re.compile(r"""(?:(>>?)[ \t]*|\btee[ \t]+(-a[ \t]+)?)("[^"\n]+"|'[^'\n]+'|[^\s<>|&;"']+)""")
_FOLDER = re.compile(r"^[ \t]*(?:.*(?:&&|;)[ \t]*)?(?:cd|pushd)[ \t]+(\S+)", re.M)


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
    index = moved = 0
    while index < len(lines):
        line = lines[index]
        here = _HERE.match(line)
        target = _TARGET.search(line.partition("<<")[0]) or _TARGET.search(here[5]) if here else None
        if here is None or target is None:
            moved += _FOLDER.match(line) is not None
            index += 1
            continue
        body: list[str] = []
        at = index + 1
        while at < len(lines) and (lines[at].lstrip("\t") if here[1] else lines[at]).rstrip() != here[3]:
            body.append(lines[at].lstrip("\t") if here[1] else lines[at])
            at += 1
        text = "\n".join(body) + "\n" if body else ""
        path = target[3].strip("\"'")
        if could_be_path(path) and not path.startswith(("/", "~", "$", "-")) and "$" not in path and moved <= 1:
            content = text if here[2] else re.sub(r"\\([$`\\])", r"\1", text)
            found.append(Written(path, content, index + 1, target[1] == ">>" or bool(target[2]), at < len(lines)))
        index = at + 1
    return found
