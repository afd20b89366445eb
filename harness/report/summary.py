"""The table that `run`, `resume` and `score` print at the end: plain text, safe for any terminal.

Refuses colour and width tricks; a column is as wide as its widest value.
"""

from harness.report.aggregate import acceptance, cell, figure, percent, scorers_of, versions_of
from harness.report.parts import Bundle
from harness.report.safe_text import terminal_line
from harness.report.verdict import run_verdict


def summary(bundle: Bundle, interrupted_by: int | None = None) -> str:
    """One row per agent version: accepted with counts, mean and n of every scorer; then the verdict line."""
    scorers = scorers_of(bundle)
    rows: list[tuple[str, ...]] = [("agent version", "accepted", *scorers)]
    for version in versions_of(bundle):
        accepted = acceptance(bundle, version)
        values = []
        for scorer in scorers:
            c = cell(bundle, version, scorer)
            values.append(f"{figure(c.mean)} (n={c.n})")
        rows.append((version, f"{percent(accepted.share)} ({accepted.yes}/{accepted.n})", *values))
    lines = ["mean score over n = scored + failed trials (failed = 0); void and unmeasured are in no mean"]
    lines += table(rows)
    if bundle.demonstration:
        lines.append("demonstration: replies were authored for this project, not produced by the agents named")
    lines.append(run_verdict(bundle.tally, interrupted_by, bundle.lost, bundle.refused).line)
    return "\n".join(lines) + "\n"


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as aligned lines; the first row is the header, columns after the first are flush right."""
    clean = [tuple(terminal_line(value) for value in row) for row in rows]
    widths = [max(len(row[column]) for row in clean) for column in range(len(clean[0]))]
    lines = []
    for row in clean:
        first, *rest = (
            value.ljust(width) if column == 0 else value.rjust(width)
            for column, (value, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join([first, *rest]).rstrip())
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]
