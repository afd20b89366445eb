"""A detection matrix as plain text: submissions by scorers, a value and a mark in each cell.

Refuses to know what a mark means beyond its sign; the legend is printed below every matrix.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SIGNS: Mapping[str, tuple[str, str]] = {
    "full": ("✓", "full marks"),
    "caught": ("✓", "caught"),
    "worthless": ("✓", "worth next to nothing"),
    "unaffected": ("·", "unaffected"),
    "allowed": ("○", "dropped, as it may"),
    "missed": ("✗", "missed"),
    "unexpected": ("!", "unexpected"),
    "unmeasured": ("?", "unmeasured"),
    "none": ("", ""),
}


@dataclass(frozen=True)
class MatrixCell:
    """`value` in [0, 1], None when there is none; `mark` is a key of SIGNS."""

    value: float | None
    mark: str


@dataclass(frozen=True)
class MatrixRow:
    """One submission; `group` heads the block it stands in, `note` follows the cells."""

    group: str
    name: str
    cells: tuple[MatrixCell, ...]
    note: str = ""


def matrix(title: str, columns: Sequence[str], rows: Sequence[MatrixRow]) -> str:
    """Lines of text, with groups in the order of the rows, and a legend of the signs that occur."""
    width = max(12, *(len(row.name) + 2 for row in rows))
    across = [max(len(column), 7) + 2 for column in columns]
    lines = [title, "".join([" " * width, *(c.rjust(w) for c, w in zip(columns, across, strict=True))])]
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            lines.append(group)
        cells = "".join(cell_text(cell).rjust(w) for cell, w in zip(row.cells, across, strict=True))
        lines.append(f"  {row.name:<{width - 2}}{cells}" + (f"  {row.note}" if row.note else ""))
    return "\n".join([*(line.rstrip() for line in lines), legend(rows)])


def cell_text(cell: MatrixCell) -> str:
    """`0.875 ✓`; a value short of 1 is never rounded up to it. Empty for what was not looked at."""
    sign = SIGNS[cell.mark][0]
    if cell.value is None:
        return f"{sign or '-'}"
    shown = min(cell.value, 0.999) if cell.value < 1 else 1.0
    return f"{shown:.3f} {sign or ' '}"


def legend(rows: Sequence[MatrixRow]) -> str:
    """The signs that occur, each explained once."""
    used = {cell.mark for row in rows for cell in row.cells}
    words: dict[str, list[str]] = {}
    for mark, (sign, meaning) in SIGNS.items():
        if sign and mark in used:
            words.setdefault(sign, []).append(meaning)
    return "  ".join([*(f"{sign} {' / '.join(meanings)}" for sign, meanings in words.items()), "- not looked at"])
