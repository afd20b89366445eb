"""A report of any size: one file up to 5 MB; above, every trial in a file beside it, and no link that leads nowhere."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from harness.cli.ending import bundle_of
from harness.cli.main import main
from harness.report import beside, render, selection
from harness.report.exports import json_document, scores_csv, trials_csv
from harness.report.parts import Bundle
from harness.report.selection import selected
from harness.report.verdict import run_verdict
from harness.selfcheck.synthetic_store import synthetic_store
from harness.store.run_folder import RunFolder

HREF = re.compile(r'href="([^"]+)"')


def pages(bundle: Bundle) -> dict[str, str]:
    return {name: raw.decode() for name, raw in render.render(bundle, ["html"]).items()}


def follow(written: dict[str, str], name: str, link: str, stored: Path | None = None) -> bool:
    """Whether a link of a page leads to a place of a page, or to a stored file."""
    path, _, anchor = unquote(link).partition("#")
    target = re.sub(r"[^/]+/\.\./", "", f"{name.rpartition('/')[0]}/{path}".lstrip("/")) if path else name
    if target in written:
        return not anchor or f'id="{anchor}"' in written[target]
    return stored is not None and (stored / target).is_file()


def test_a_small_report_is_one_file(bundle: Bundle) -> None:
    assert list(pages(bundle)) == ["report.html"]


def test_above_the_size_every_trial_lies_beside_with_its_evidence(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pages(bundle)["report.html"]
    monkeypatch.setattr(render, "ONE_FILE", len(whole.encode()) - 1)
    monkeypatch.setattr(beside, "EACH_FILE", 2)
    written = pages(bundle)
    assert len(written) > 2
    assert 'class="trial"' not in written["report.html"]
    for trial in bundle.lock.trials:
        holding = [
            name for name, text in written.items() if f'id="t-{re.sub("[^A-Za-z0-9_-]", "-", trial.name)}"' in text
        ]
        assert len(holding) == 1, trial.name
    assert "No module named &#39;databse&#39;" in "".join(written.values())
    for name, text in written.items():
        assert "Content-Security-Policy" in text
        assert "<script" not in text
        for link in HREF.findall(text):
            assert follow(written, name, link), (name, link)
    monkeypatch.setattr(render, "ONE_FILE", len(whole.encode()))
    assert list(pages(bundle)) == ["report.html"], "and up to it all is in one"


def test_a_run_too_large_to_load_shows_first_what_somebody_must_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = synthetic_store(tmp_path, 480)
    monkeypatch.setattr(selection, "WHOLE_UP_TO", 100)
    monkeypatch.setattr(selection, "EACH", 3)
    found = bundle_of(folder)
    assert found.left_out == 480 - len(found.records)
    assert 0 < len(found.records) <= 24 * 2 * 3
    accepted = {r.trial for r in folder.reader.records() if getattr(r.outcome, "accepted", "") == "yes"}
    for side in found.sides.values():
        for task in side.table.tasks:
            mine = [t for t in side.trials if t.task_id == task]
            shown = [r.trial for r in found.records if r.trial in mine]
            if accepted.intersection(shown):
                assert not {t for t in mine if t not in accepted}.difference(shown), (
                    "a lost trial comes before a good one"
                )


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setattr(selection, "WHOLE_UP_TO", 10)
    monkeypatch.setattr(selection, "EACH", 1)
    return synthetic_store(tmp_path, 96)


def test_the_files_of_a_large_run_hold_every_trial_and_lead_somewhere(large: RunFolder) -> None:
    root = large.paths.root
    stale = root / beside.FOLDER / "old.html"
    stale.parent.mkdir()
    stale.write_text("old")
    assert main(["report", root.name, "--out", str(root.parent)]) == 0
    assert not stale.exists()
    written = {str(p.relative_to(root)): p.read_text() for p in root.rglob("*.html")}
    assert len(written) == 1 + 48
    for name, text in written.items():
        for link in HREF.findall(text):
            assert follow(written, name, link, root), (name, link)
    with (root / "trials.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 96
    known = {r.trial.name: r for r in large.reader.records()}
    for row in rows:
        record = known[f"{row['task']}__{row['agent_version']}__{int(row['attempt']):02d}"]
        assert row["outcome"] == type(record.outcome).__name__.lower()
        assert row["files"] == str(record.files)
    with (root / "scores.csv").open(newline="") as stream:
        scores = list(csv.DictReader(stream))
    assert len(scores) == sum(len(getattr(r.outcome, "scores", ())) for r in known.values())
    assert len(ET.parse(root / "junit.xml").findall(".//testcase")) == 96
    document = json.loads((root / "report.json").read_text())
    assert document["trials_left_out"] == 96 - len(document["trials"])
    assert document["tally"]["planned"] == 96


def test_means_and_counts_of_a_large_run_are_those_of_the_whole(
    large: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> dict[str, object]:
        found = bundle_of(large)
        document = json.loads(json_document(found, run_verdict(found.tally, lost=found.lost, refused=found.refused)))
        return {key: document[key] for key in ("tally", "accepted", "scores", "scorecard", "verdict", "sections")}

    part = told()
    monkeypatch.setattr(selection, "WHOLE_UP_TO", 1000)
    assert told() == part


def test_cells_of_a_large_run_are_those_of_the_whole_or_empty(
    large: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows(export: Callable[[Bundle], bytes]) -> list[tuple[str, dict[str, str]]]:
        read = csv.DictReader(io.StringIO(export(bundle_of(large)).decode(), newline=""))
        found = ((" ".join([r["task"], r["agent_version"], r["attempt"], r.get("scorer", "")]), r) for r in read)
        return sorted(found, key=lambda pair: pair[0])

    part = [rows(export) for export in (trials_csv, scores_csv)]
    monkeypatch.setattr(selection, "WHOLE_UP_TO", 1000)
    for some, whole in zip(part, (rows(trials_csv), rows(scores_csv)), strict=True):
        assert [name for name, _ in some] == [name for name, _ in whole]
        for (name, mine), (_, row) in zip(some, whole, strict=True):
            differing = {key for key, cell in mine.items() if cell not in ("", row[key])}
            assert not differing, name
            assert {key for key in row if row[key] and not mine[key]} <= {
                "stage",
                "message",
                "passed",
                "total",
                "basis",
            }


def test_every_trial_is_chosen_up_to_the_limit(bundle: Bundle) -> None:
    assert set(selected([*bundle.sides.values()])) == set(bundle.lock.trials)
    assert replace(bundle, records=()).left_out == 0
