"""Several comparisons together: a page of at most 40 lines for a terminal, and the whole of it as Markdown.

Refuses to let many pairs push an answer out of sight: where they cannot all be shown, each still has its line.
"""

from collections.abc import Sequence
from typing import Final

from harness.compare.comparison import Comparison
from harness.report.comparison import comparison_section, comparison_text, differing_lines
from harness.report.fitting import LINES, clipped, shortened
from harness.report.markdown import markdown_section
from harness.report.safe_text import markdown
from harness.report.verdict import comparison_verdict

_ROOM: Final = 12  # lines in which a pair can say what differs, what is missing, the answer and why


def comparisons_text(found: Sequence[Comparison], where: str) -> str:
    """For a terminal; where: how the whole is got at."""
    if len(found) == 1:
        return comparison_text(found[0], where)
    worst = clipped(f"The worst of {len(found)} pairs: {comparison_verdict(found).line}")
    differing = dict.fromkeys(line for comparison in found for line in differing_lines(comparison))
    head = [*shortened(list(map(clipped, differing)), LINES // 6), worst]
    left = LINES - 1 - len(head)
    room = left // len(found)
    if room >= _ROOM:
        blocks = [comparison_text(comparison, "", room, alone=False).rstrip("\n") for comparison in found]
    else:
        blocks = shortened([_line(comparison) for comparison in found], left)
    return "\n".join([*head, *blocks, clipped(f"All of it: {where}.")]) + "\n"


def comparison_page(found: Sequence[Comparison]) -> bytes:
    """All comparisons with every table, as UTF-8 Markdown."""
    blocks = [f"# {markdown(comparison_verdict(found).line)}"]
    for number, comparison in enumerate(found, start=1):
        blocks += markdown_section(comparison_section(comparison, number))
    return ("\n\n".join(blocks) + "\n").encode("utf-8")


def _line(comparison: Comparison) -> str:
    """The answer, what differs and what is missing, in one line."""
    differ = ", ".join(difference.what for difference in comparison.unlike)
    lost = ", ".join(
        f"the {word} lost {sum(len(loss.trials) for loss in side.losses)}"
        for word, side in zip(("first", "second"), comparison.lost, strict=True)
        if side.losses
    )
    notes = "; ".join(note for note in (f"differing in {differ}" if differ else "", lost) if note)
    return clipped(f"{comparison_verdict([comparison]).line}" + (f" [{notes}]" if notes else ""))
