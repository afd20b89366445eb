"""A definition's text as passages: a wrapped sentence is whole again, and each passage knows what stands above it.

Refuses code: what is in a fence is a passage only where the fence states targets.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from harness.claims.lines import Line
from harness.claims.plain import plain
from harness.claims.stated import unfenced

_NEW_BLOCK = re.compile(r"\s*(?:[-*+•]\s|\d{1,9}[.)]\s|\||#|<|>|[✅❌✓✔⚠🚨☑]|$)")
_LONGEST = 20  # lines of one wrapped sentence; nobody writes more
_WRAPPED = 60  # characters: a line as long as this that ends without a full stop goes on in the next one
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,9}[.)])\s")
_LABEL_LONGEST = 90  # characters of a line that names what follows it
_LEAD = re.compile(
    r"\s*(?:[-*+•]|\d{1,9}[.)])\s+\*\*([^*]+?)\s*(?::\*\*|\*\*\s*(?:\([^)]*\))?\s*:)"
)  # "- **Latency**: …"
_NAME = re.compile(r"\s*-\s+[\"']?(?:name|metric|sli|slo|indicator|kpi)[\"']?\s*:\s*(\S[^#{}]*?)\s*$", re.IGNORECASE)
_KEY_SIGNS = str.maketrans("_\"'", "   ")  # api_latency_p95: "< 200 ms"
_RULE = re.compile(r"^[\s|:+-]*$")  # the line of dashes below a table's header


@dataclass(frozen=True)
class Passage:
    """Lines read as one text. raw: as written, joined by spaces; text: the same length, for the grammar.

    label: the line above that ends in a colon and is about this one ("Throughput targets:"); columns: the header of the
    table whose row this is.
    """

    lines: tuple[Line, ...]
    label: str = ""
    columns: tuple[str, ...] = ()
    raw: str = ""
    text: str = field(default="", compare=False)

    def place(self, at: int) -> tuple[Line, int]:
        """The line of the character `at`, and the column in it."""
        for line in self.lines[:-1]:
            if at <= len(line.text):
                return line, at
            at -= len(line.text) + 1
        return self.lines[-1], at

    def column(self, at: int) -> str:
        """The header above the table cell of the character `at`; empty outside of tables."""
        index = self.text[:at].strip().removeprefix("|").count("|")
        return self.columns[index] if index < len(self.columns) else ""


def passages(lines: Iterable[Line]) -> Iterator[Passage]:
    """Every passage outside of code, in order."""
    labels: list[tuple[int, bool, str]] = []  # indent, is it a list item, text
    fresh = ""  # the label when nothing but blank lines came after it
    header: tuple[str, ...] = ()
    for block in _blocks(unfenced(lines)):
        first = block[0]
        raw = " ".join(line.text for line in block)
        text = plain(raw).translate(_KEY_SIGNS) if first.block else plain(raw)
        if not text.strip():
            header = ()
            continue
        is_row = text.lstrip().startswith("|")
        if first.is_heading:
            labels, fresh = [], ""
        indent, listed = len(raw) - len(raw.lstrip()), bool(_ITEM.match(raw))
        labels = [e for e in labels if e[0] < indent or (e[0] == indent and (listed or is_row) and not e[1])]
        label = fresh or (labels[-1][2] if labels else "")
        yield Passage(tuple(block), label, header if is_row else (), raw, text)
        fresh = ""
        stripped = text.strip()
        if stripped.endswith((":", "：")) and len(stripped) <= _LABEL_LONGEST and not first.is_heading and not is_row:
            fresh = stripped
            labels.append((indent, listed, stripped))
        elif first.block and (name := _NAME.match(raw)):  # - name: "Error rate", with its target on a line below
            labels.append((indent, listed, f"{plain(name[1]).translate(_KEY_SIGNS).strip()}:"))
        elif listed and (lead := _LEAD.match(raw)):  # names what its nested items are about
            labels.append((indent, listed, f"{plain(lead[1])}:"))
        header = _header(header, text) if is_row else ()


def _header(header: tuple[str, ...], row: str) -> tuple[str, ...]:
    return header or tuple(cell.strip() for cell in row.strip().strip("|").split("|"))


def _blocks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines outside of code, with the lines that go on with the same sentence kept together."""
    block: list[Line] = []
    for line in lines:
        if block and not (len(block) < _LONGEST and line.fence is None and _goes_on(block[-1], line)):
            yield block
            block = []
        if line.fence is None and not (line.text.strip() and _RULE.match(line.text)):
            block.append(line)
    if block:
        yield block


def _goes_on(before: Line, line: Line) -> bool:
    """Was a sentence wrapped between the two? A capital after a short line begins another."""
    ended = before.text.rstrip()
    if (
        line.number != before.number + 1
        or before.is_heading
        or line.is_heading
        or line.block
        or not ended
        or _NEW_BLOCK.match(line.text)
        or ended.lstrip().startswith("|")
    ):
        return False
    if before.text.endswith("  ") or ended.rstrip("*_ ")[-1:] in ".!?:;。!?：|":
        return False
    return not line.text.lstrip()[:1].isupper() or len(ended) >= _WRAPPED
