"""The patch format of Codex: `*** Begin Patch`, files by name, hunks without numbers.

    *** Update File: app/main.py          *** Add File: app/new.py          *** Delete File: app/old.py
    @@ def health():                      +line
    -old
    +new

Read into the same Patch as a unified diff, and applied as exactly. Refuses nothing here: what is no line of the format
is context.
"""

import re

from harness.intake.diffs import Hunk, Patch

_FILE = re.compile(r"^\*\*\* (Update|Add|Delete) File: (\S.*?)[ \t]*$")
_MOVE = re.compile(r"^\*\*\* Move to: (\S.*?)[ \t]*$")
_HEAD = re.compile(r"^\*\*\* (?:Begin Patch|(?:Update|Add|Delete) File: \S.*)[ \t]*$", re.M)
BEGIN = "*** Begin Patch"
END = "*** End Patch"


def is_begin_patch(content: str) -> bool:
    """True for a block in this format; a shell line `apply_patch <<'EOF'` may stand before it."""
    return "*** " in content[:2_000] and any(_HEAD.match(line) for line in content.lstrip("\n").split("\n", 4)[:4])


def read_begin_patch(text: str) -> list[Patch]:
    """The patches in `text`, file by file."""
    patches: list[Patch] = []
    kind = old = new = ""
    hunks: list[Hunk] = []
    body: list[tuple[str, str]] = []
    after, at = "", 0

    def end_hunk() -> None:
        while body and kind == "Update" and body[-1] == (" ", ""):
            body.pop()
        if body:
            hunks.append(Hunk(0, tuple(body), at, after))
            body.clear()

    def end_file() -> None:
        end_hunk()
        if kind:
            patches.append(Patch("" if kind == "Add" else old, "" if kind == "Delete" else new, tuple(hunks)))
            hunks.clear()

    for number, line in enumerate(text.split("\n"), 1):
        file, move = _FILE.match(line), _MOVE.match(line)
        if file is not None or line.rstrip() == END:
            end_file()
            kind, old = (file[1], file[2]) if file is not None else ("", "")
            new, after, at = old, "", number
        elif move is not None:
            new = move[1]
        elif line.startswith("@@") and kind == "Update":
            end_hunk()
            after, at = line[2:].strip(), number
        elif kind and line.rstrip() != "*** End of File":
            if kind == "Update":
                body.append((line[0], line[1:]) if line[:1] in ("+", "-", " ") else (" ", line))
            elif kind == "Add" and line.startswith("+"):
                body.append(("+", line[1:]))
    end_file()
    return patches
