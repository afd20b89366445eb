"""`report.md`: the same report as plain Markdown, for pull requests and terminals.

Refuses live markup from data: text is escaped, blocks are fenced longer than anything inside them. Plots are left out;
their numbers are in the tables.
"""

from collections.abc import Iterator

from harness.report.explain import Explained, Lost, Result
from harness.report.parts import Bundle, Section, Table
from harness.report.safe_text import markdown as safe
from harness.report.safe_text import markdown_block
from harness.report.verdict import Verdict


def markdown_page(
    bundle: Bundle, verdict: Verdict, sections: tuple[Section, ...], trials: tuple[Explained, ...]
) -> bytes:
    """The report as UTF-8 Markdown (CommonMark with tables)."""
    blocks = [f"# Run {safe(bundle.run)}", f"**{safe(verdict.line)}**"]
    if bundle.demonstration:
        blocks.append(
            "> This is a demonstration: replies in it were authored for this project, not produced by the agents named."
        )
    for section in sections:
        if section.slug != "provenance":
            blocks += markdown_section(section)
    blocks.append("## Evidence")
    for trial in trials:
        blocks += _trial(trial)
    for section in sections:
        if section.slug == "provenance":
            blocks += markdown_section(section)
    return ("\n\n".join(blocks) + "\n").encode("utf-8")


def markdown_section(section: Section) -> Iterator[str]:
    """A section as blocks of Markdown."""
    yield f"## {safe(section.title)}"
    yield from (safe(paragraph) for paragraph in section.paragraphs)
    for table in section.tables:
        yield f"{safe(table.caption)}:"
        yield markdown_table(table)
    for caption, text in section.blocks:
        yield f"{safe(caption)}:"
        yield markdown_block(text, "diff" if text.startswith("---") else "text")


def markdown_table(table: Table) -> str:
    """A table as Markdown; nothing in its cells is markup."""
    rule = ["---:" if number in table.numeric else "---" for number in range(len(table.headers))]
    rows = [[safe(header) for header in table.headers], rule, *([safe(value) for value in row] for row in table.rows)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _trial(trial: Explained) -> Iterator[str]:
    yield f"### {safe(trial.task_id)} · {safe(trial.version)} · attempt {trial.attempt}: {trial.word}"
    yield safe(trial.headline)
    if trial.why:
        yield "\n".join(f"- {safe(line)}" for line in trial.why)
    if trial.flags:
        yield "Flags: " + ", ".join(safe(flag) for flag in trial.flags)
    if trial.log:
        yield "Last lines of the log:"
        yield markdown_block(trial.log)
    for result in trial.results:
        yield from _result(result)
    if trial.reading:
        yield f"{safe(trial.reading.caption)}:"
        yield markdown_table(trial.reading)
    yield "\n".join(f"- {safe(key)}: {safe(value)}" for key, value in (("stored in", trial.folder), *trial.facts))


def _result(result: Result) -> Iterator[str]:
    flags = f" ({', '.join(safe(flag) for flag in result.flags)})" if result.flags else ""
    scale = f", anchored {safe(result.anchored)}" if result.anchored else ""
    yield f"**{safe(result.scorer)}** v{result.version}: {safe(result.value)}{scale}{flags}, {safe(result.counted)}"
    if result.metrics:
        yield ", ".join(f"{safe(key)} {safe(value)}" for key, value in result.metrics)
    for point in result.lost:
        yield from _lost(point)
    if result.more:
        yield f"{result.more} more pieces of evidence are in trial.json."


def _lost(point: Lost) -> Iterator[str]:
    extras = [safe(part) for part in (point.where, *point.tags, point.points) if part]
    yield f"- {safe(point.title)}" + (f" ({', '.join(extras)})" if extras else "")
    if point.detail:
        yield markdown_block(point.detail)
    if point.reproduce:
        yield markdown_block(point.reproduce, "sh")
