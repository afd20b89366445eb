"""Reports from records: a pure function from what was measured to files as bytes.

Refuses to read or write anything; the command line puts the bytes where they belong.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from harness.report.beside import ONE_FILE, leaf_page, leaves, leaves_section
from harness.report.explain import Explained, explain
from harness.report.exports import json_document, scores_csv, trials_csv
from harness.report.junit import junit_xml
from harness.report.large_exports import large_junit
from harness.report.markdown import markdown_page
from harness.report.overview import (
    acceptance_section,
    latency_section,
    provenance_section,
    scores_section,
    tally_section,
    trials_section,
)
from harness.report.page import html_page
from harness.report.parts import Bundle, Section
from harness.report.promises import promises_section, versions_section
from harness.report.sarif import sarif_document
from harness.report.scorecard import scorecard_section
from harness.report.verdict import Verdict, run_verdict

Format = Literal["html", "md", "junit", "sarif", "csv", "json"]
ONE_PAGE: Final = 1500  # trials; more never fit into ONE_FILE
FORMATS: Final[tuple[Format, ...]] = ("html", "md", "junit", "sarif", "csv", "json")


def render(
    bundle: Bundle, formats: Sequence[Format] = FORMATS, files_at: str = "", pages: bool = True
) -> Mapping[str, bytes]:
    """File name → content for the formats asked for. The same bundle gives the same bytes.

    files_at: where a server shows the run's stored files, as a relative URL, e.g. `files/`; the page then leads to
    them. "" for a page that stands alone, without any link that leaves it. pages: also the files of trials beside it.
    """
    verdict = run_verdict(bundle.tally, lost=bundle.lost, refused=bundle.refused)
    files: dict[str, bytes] = {}
    if "html" in formats or "md" in formats:
        known = {record.trial: record for record in bundle.records}
        shown = bundle.lock.trials if not bundle.left_out else tuple(known)
        trials = tuple(
            explain(trial, known.get(trial), bundle.lock.anchors.get(trial.task_id, {}), bundle.run) for trial in shown
        )
        sections = _sections(bundle)
        listed = leaves_section(bundle) if bundle.left_out else trials_section(bundle, trials)
        if "html" in formats:
            files |= _html(bundle, verdict, sections, listed, trials, files_at, pages)
        if "md" in formats:
            files["report.md"] = markdown_page(bundle, verdict, _with(sections, listed), trials)
    if "json" in formats:
        files["report.json"] = json_document(bundle, verdict)
    if "csv" in formats:
        files["trials.csv"] = trials_csv(bundle)
        files["scores.csv"] = scores_csv(bundle)
    if "junit" in formats:
        files["junit.xml"] = large_junit(bundle) if bundle.left_out else junit_xml(bundle)
    if "sarif" in formats:
        files["sarif.json"] = sarif_document(bundle)
    return files


def trials_page(bundle: Bundle, name: str, files_at: str = "") -> bytes | None:
    """One file of trials beside the page; None when the run has no such file. files_at: as in `render`."""
    wanted = [leaf for leaf in leaves(bundle) if leaf.name == name]
    if not wanted:
        return None
    names = {wanted[0].table.plan[place] for place in wanted[0].places}
    records = (record for record in bundle.records if record.trial in names)
    explained = (explain(r.trial, r, bundle.lock.anchors.get(r.trial.task_id, {}), bundle.run) for r in records)
    return leaf_page(bundle, wanted[0], {trial.name: trial for trial in explained}, files_at)


def _html(
    bundle: Bundle,
    verdict: Verdict,
    sections: tuple[Section, ...],
    listed: Section,
    trials: tuple[Explained, ...],
    files_at: str,
    pages: bool,
) -> dict[str, bytes]:
    """One page, or, where that would be too large, one with its trials in files beside it."""
    if not bundle.left_out and len(trials) <= ONE_PAGE:
        page = html_page(bundle, verdict, _with(sections, listed), trials, files_at)
        if len(page) <= ONE_FILE:
            return {"report.html": page}
    sections = _with(sections, leaves_section(bundle))
    by_name = {trial.name: trial for trial in trials}
    wanted = leaves(bundle) if pages else ()
    beside = {leaf.name: leaf_page(bundle, leaf, by_name, files_at) for leaf in wanted}
    return {"report.html": html_page(bundle, verdict, sections, (), files_at, beside=True), **beside}


def _with(sections: tuple[Section, ...], listed: Section) -> tuple[Section, ...]:
    """The trials' section before the last one, the provenance."""
    return (*sections[:-1], listed, sections[-1])


def _sections(bundle: Bundle) -> tuple[Section, ...]:
    sections = (
        *bundle.sections,
        versions_section(bundle),
        tally_section(bundle),
        acceptance_section(bundle),
        promises_section(bundle),
        scores_section(bundle),
        scorecard_section(bundle),
        latency_section(bundle),
        provenance_section(bundle),
    )
    return tuple(section for section in sections if section is not None)
