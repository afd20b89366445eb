"""Grammars 3 to 5: files in prose, as tagged text or as fenced blocks with paths.

    3  <FILEPATH>app/main.py</FILEPATH> <CODE>…</CODE>      or      <file path="app/main.py">…</file>
    4  fences whose path is in the info string, a label line, a first-line comment or the sentence before
    5  one single block without a path, when the caller names the task's main file

Every block of the text becomes a piece, whatever it is. Refuses to drop one: what is no file is an example, and said.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from harness.intake.begin_patch import END, is_begin_patch
from harness.intake.beside import SHOWN, calls_it_example
from harness.intake.changes import is_change
from harness.intake.claimed import COMMENT, INFO, Piece
from harness.intake.fences import Fence, Marks, is_markdown, opens, read_fence, scan_fences, split_lines
from harness.intake.heredocs import heredocs
from harness.intake.info import read_info
from harness.intake.labels import Claim, claim_of, from_label
from harness.intake.markers import read_markers
from harness.intake.mend import settle
from harness.intake.names import SHELL
from harness.intake.replacements import has_replacements
from harness.intake.several import parts_of
from harness.intake.tags import tag_at
from harness.intake.wrappings import unwrapped, without_quotes

_EXAMPLES = frozenset(("bash", "sh", "shell", "console", "http", "text", "json", "mermaid", "diff", "output"))
_DELETE = re.compile(r"^[ \t]*(?:[-*+][ \t]+)?[*`]*DELETE:[*`]*[ \t]*[*`]*([^\s`*][^`*\n]{0,400}?)[`*]*[ \t]*$")
_PROSE_LINES = 60  # lines before a block in which its heading may stand
_HEAD_LINES = 60  # lines of a block that tell what it is
_ASIDE = "\0"  # stands in the prose where a block without a path stood


@dataclass
class _Reader:
    lines: Sequence[str]
    marks: Marks
    pieces: list[Piece] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)  # since the last block that is a file
    seen: set[str] = field(default_factory=set)

    def read(self) -> list[Piece]:
        index = 0
        while index < len(self.lines):
            index = self._step(index)
        return self.pieces

    def _step(self, index: int) -> int:
        """Read what begins at line `index`; the line where reading goes on."""
        line = self.lines[index]
        tagged = tag_at(self.lines, index, self.marks)
        if tagged is not None:
            where = _where(index, tagged.end - 1)
            change = is_change("", tagged.content)
            self._file(
                Piece(
                    where,
                    tagged.what,
                    tagged.path,
                    tagged.content,
                    "change" if change else "file",
                    closed=tagged.closed,
                    line=tagged.line,
                )
            )
            return tagged.end
        fence = read_fence(self.lines, index, marks=self.marks, head=_HEAD_LINES)
        if fence is not None:
            return self._block(fence)
        deleted = _DELETE.match(line)
        if deleted is not None:
            self.pieces.append(Piece(f"line {index + 1}", "DELETE:", deleted[1].strip(), kind="delete"))
        elif has_replacements(line):
            return self._bare_change(index)
        elif line.startswith("*** ") and is_begin_patch(line):
            return self._bare_patch(index)
        self.prose.append(line)
        return index + 1

    def _bare_change(self, index: int) -> int:
        """SEARCH/REPLACE without a fence around it; the path is on the line before."""
        end = next(
            (
                n
                for n in range(index, len(self.lines))
                if re.match(r">{5,9} ?REPLACE|\+{5,9} ?REPLACE", self.lines[n].strip())
            ),
            len(self.lines) - 1,
        )
        path = next((line.strip() for line in reversed(self.prose[-3:]) if line.strip()), "")
        content = "\n".join(self.lines[index : end + 1])
        self._file(Piece(_where(index, end), "SEARCH/REPLACE", from_label(path), content, "change", line=index + 1))
        return end + 1

    def _bare_patch(self, index: int) -> int:
        """`*** Begin Patch` without a fence around it: to its end, or to that of the text."""
        end = next((n for n in range(index, len(self.lines)) if self.lines[n].rstrip() == END), len(self.lines) - 1)
        content = "\n".join(self.lines[index : end + 1])
        self._file(Piece(_where(index, end), "*** Begin Patch", "", content, "change", line=index + 1))
        return end + 1

    def _block(self, fence: Fence) -> int:
        claim = claim_of(fence, self.prose[-_PROSE_LINES:])
        following, why = fence.end + 1, ""
        if claim is not None and (is_markdown(fence.info) or claim.path.lower().endswith((".md", ".mdx"))):
            fence = read_fence(self.lines, fence.start, True, self.marks) or fence
            fence, following, why = self._markdown_end(fence, claim.path)
        elif claim is not None:
            settled = settle(self.lines, fence, self.marks)
            fence, following, why = settled.fence, settled.next_line, settled.why
        else:
            fence = fence.until(self.lines, fence.end, fence.closed)
        self._read_fence(
            fence, claim, _where(fence.start, following - 1 if following < fence.end + 1 else fence.end), why
        )
        return following

    def _markdown_end(self, fence: Fence, path: str) -> tuple[Fence, int, str]:
        """A Markdown file that never closes ends where the first file begins that was not shown before."""
        if not fence.closed:
            for at in self.marks.after(fence.start + 1, fence.end):
                info = opens(self.lines[at], fence.mark, fence.indent)
                named = read_info(info).path if info else ""
                if named and named not in self.seen and named != path:
                    return (
                        fence.until(self.lines, at, True),
                        at,
                        f"never closed: it ends where line {at + 1} opens the next file",
                    )
        return fence, fence.end + 1, ""

    def _read_fence(self, fence: Fence, claim: Claim | None, where: str, why: str) -> None:
        what = f"{fence.mark}{fence.info}"
        piece = Piece(
            where,
            what,
            claim.path if claim else "",
            fence.content,
            "file",
            claim.strength if claim else INFO,
            fence.closed,
            why=why,
            line=fence.start + 2,
        )
        if is_change(fence.language, fence.content) and not is_markdown(fence.info) and not _is_patch_file(claim):
            label = next((line for line in reversed(self.prose[-3:]) if line.strip()), "")
            self._file(replace(piece, kind="change", path=piece.path or from_label(label)))
            return
        if claim is not None:
            parts = parts_of(fence.content) if claim.strength == COMMENT and not claim.taken else []
            for path, content, at in parts:
                name = f"{what}, from its line {at + 1}"
                self._file(replace(piece, what=name, path=path, content=content, line=piece.line + at))
            if parts:
                return
            if claim.taken:
                piece = replace(piece, content=fence.content.split("\n", claim.taken)[claim.taken], line=piece.line + 1)
            self._file(piece)
            return
        self._read_loose(fence, piece)

    def _read_loose(self, fence: Fence, piece: Piece) -> None:
        """A block that states no path: deletions, a script and what it writes, or an example."""
        written = heredocs(fence.content) if fence.language in (*SHELL, "") else []
        deletions = [_DELETE.match(line) for line in fence.content.split("\n") if line.strip()]
        if deletions and all(deletions):
            for found in deletions:
                self.pieces.append(Piece(piece.where, "DELETE:", found[1].strip() if found else "", kind="delete"))
            return
        why = _why_no_file(fence, bool(written))
        before = next((line for line in reversed(self.prose[-3:]) if line.strip()), "")
        if fence.content.lstrip()[:1] == "{" and calls_it_example(before):
            why = SHOWN
        self.pieces.append(replace(piece, kind="example", why=why))
        self.prose.append(_ASIDE)
        for one in written:
            line = fence.start + 1 + one.line
            self.pieces.append(
                Piece(
                    f"line {line}",
                    "here-document",
                    one.path,
                    one.content,
                    strength=COMMENT,
                    closed=one.closed,
                    joins=one.adds,
                    line=line + 1,
                )
            )

    def _file(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self.seen.add(str(piece.path))
        self.prose.clear()


def read_text(text: str, main_file: str | None = None) -> tuple[list[Piece], list[str]]:
    """Every block of `text` in order, and flags: `path_assumed` (grammar 5)."""
    lines = without_quotes(split_lines(text))
    pieces = _Reader(lines, Marks(lines)).read()
    inner = None if any(piece.kind != "example" for piece in pieces) else unwrapped(lines)
    if inner is not None:
        found = _Reader(inner, Marks(inner)).read()
        pieces = found if any(piece.kind != "example" for piece in found) else pieces
    if not any(piece.kind != "example" for piece in pieces):
        pieces = read_markers(lines) or pieces
    if main_file and not any(piece.kind != "example" for piece in pieces):
        code = [n for n, piece in enumerate(pieces) if _language(piece) not in _EXAMPLES]
        if len(code) == 1:
            pieces[code[0]] = replace(pieces[code[0]], kind="file", path=main_file, why="the task's only file")
            return pieces, ["path_assumed"]
    return pieces, []


def fenced_json(text: str) -> tuple[list[Fence], bool]:
    """Fences that may hold the reply as JSON, and whether any other fence states a path (then they are examples)."""
    fences = list(scan_fences(split_lines(text)))
    candidates = [
        fence
        for fence in fences
        if fence.language in ("json", "json5", "jsonc", "") and fence.content.lstrip()[:1] in ("{", "[")
    ]
    return candidates, any(claim_of(fence, ()) is not None for fence in fences)


def _why_no_file(fence: Fence, writes: bool) -> str:
    if read_info(fence.info).cites:
        return "it cites lines of a file"
    if writes:
        return "a script; the files that it writes are read from it"
    return "no path is stated for it"


def _is_patch_file(claim: Claim | None) -> bool:
    return claim is not None and claim.path.lower().endswith((".diff", ".patch"))


def _language(piece: Piece) -> str:
    return next(iter(_words(piece.what)), "")


def _words(what: str) -> Iterator[str]:
    yield from what.lstrip("`~").lower().split()


def _where(start: int, end: int) -> str:
    return f"lines {start + 1}-{end + 1}" if end > start else f"line {start + 1}"
