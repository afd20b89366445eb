"""Reports from records: a pure function from what was measured to files as bytes.

Refuses to read or write anything; the command line puts the bytes where they belong.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from harness.report.explain import Explained, explain
from harness.report.exports import json_document, scores_csv, trials_csv
from harness.report.junit import junit_xml
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
from harness.report.verdict import run_verdict

Format = Literal["html", "md", "junit", "sarif", "csv", "json"]
FORMATS: Final[tuple[Format, ...]] = ("html", "md", "junit", "sarif", "csv", "json")


def render(bundle: Bundle, formats: Sequence[Format] = FORMATS, files_at: str = "") -> Mapping[str, bytes]:
    """File name → content for the formats asked for. The same bundle gives the same bytes.

    files_at: where a server shows the run's stored files, as a relative URL, e.g. `files/`; the page then leads to
    them. "" for a page that stands alone, without any link that leaves it.
    """
    verdict = run_verdict(bundle.tally, lost=bundle.lost, refused=bundle.refused)
    files: dict[str, bytes] = {}
    if "html" in formats or "md" in formats:
        known = {record.trial: record for record in bundle.records}
        trials = tuple(
            explain(trial, known.get(trial), bundle.lock.anchors.get(trial.task_id, {}), bundle.run)
            for trial in bundle.lock.trials
        )
        sections = _sections(bundle, trials)
        if "html" in formats:
            files["report.html"] = html_page(bundle, verdict, sections, trials, files_at)
        if "md" in formats:
            files["report.md"] = markdown_page(bundle, verdict, sections, trials)
    if "json" in formats:
        files["report.json"] = json_document(bundle, verdict)
    if "csv" in formats:
        files["trials.csv"] = trials_csv(bundle)
        files["scores.csv"] = scores_csv(bundle)
    if "junit" in formats:
        files["junit.xml"] = junit_xml(bundle)
    if "sarif" in formats:
        files["sarif.json"] = sarif_document(bundle)
    return files


def _sections(bundle: Bundle, trials: tuple[Explained, ...]) -> tuple[Section, ...]:
    sections = (
        *bundle.sections,
        versions_section(bundle),
        tally_section(bundle),
        acceptance_section(bundle),
        promises_section(bundle),
        scores_section(bundle),
        scorecard_section(bundle),
        latency_section(bundle),
        trials_section(bundle, trials),
        provenance_section(bundle),
    )
    return tuple(section for section in sections if section is not None)
