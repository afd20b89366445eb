"""From a suite to an honest report, in real containers: `run`, `resume`, `score`, `report`, `clean`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.model.score import Score
from harness.model.trial import Failed, Scored
from harness.selfcheck.small_world import SmallWorld

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
BOOM = "raise RuntimeError('no such table: boom')\n"
SLOW_ORDERS = '''"""The reference behind a delay."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import Request, Response

from app.reference_main import app


@app.middleware("http")
async def delay(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """300 ms before every answer but the readiness check's."""
    if request.url.path != "/health":
        await asyncio.sleep(0.3)
    return await call_next(request)
'''


def test_a_suite_becomes_a_report_and_nothing_is_left_behind(program: Any, world: SmallWorld, table_of: Any) -> None:
    wrong = (world.task / "solution/app.py").read_text().replace("len(name) > 20", "len(name) > 30")
    suite = world.suite({"good": [{}, {"app.py": wrong}], "bad": [{"app.py": BOOM}, {"requirements.txt": "-r x\n"}]})
    done = program("run", suite, "--out", "runs")
    assert done.wait() == 0, done.err
    assert "DONE: planned 4 = 2 scored + 2 failed" in done.out
    assert "demonstration" in done.out, "authored replies are called that"

    run = program.run()
    good, bad = (sorted(run.reader.records(), key=lambda r: r.trial.name)[start : start + 2] for start in (2, 0))
    assert [r.outcome.accepted for r in good if isinstance(r.outcome, Scored)] == ["yes", "no"]
    assert isinstance(good[1].outcome, Scored)
    (score,) = good[1].outcome.scores
    assert isinstance(score, Score)
    assert (score.passed, score.total) == (2, 3)
    assert [r.outcome.code for r in bad if isinstance(r.outcome, Failed)] == ["start_crash", "dependency_policy"]
    for name in ("report.html", "report.md"):
        text = (run.paths.root / name).read_text(encoding="utf-8")
        assert "no such table: boom" in text, "the traceback of the service that did not start"
        assert "R3" in text, "the requirement that was lost"
    report = json.loads((run.paths.root / "report.json").read_text(encoding="utf-8"))
    assert report["tally"]["planned"] == 4

    again = program("score", "latest", "--out", "runs")
    assert (again.wait(), "0 of 4 trials" in again.out) == (0, True), again.out + again.err
    some = program("report", "latest", "--out", "runs", "--format", "csv,junit,sarif")
    assert {Path(line).name for line in some.out.splitlines()} == {
        "trials.csv",
        "scores.csv",
        "junit.xml",
        "sarif.json",
    }
    before = table_of(run)
    repeated = program("repeat", "latest", good[1].trial.name, "--out", "runs")
    assert (repeated.wait(), "acceptance: 0.667 now, 0.667 recorded" in repeated.out) == (0, True), repeated.err
    assert "R3" in repeated.out, "the point lost is shown again"
    unmeasured = program("repeat", "latest", bad[0].trial.name, "--out", "runs")
    assert (unmeasured.wait(), "ended as failed" in unmeasured.err) == (2, True), unmeasured.err
    nothing = program("resume", "latest", "--out", "runs")
    assert (nothing.wait(), "nothing left to do" in nothing.err) == (0, True)
    assert table_of(run) == before
    assert program.left_behind() == []


@pytest.mark.slow
def test_a_service_that_sleeps_300_ms_is_seen_to(program: Any, tmp_path: Path) -> None:
    """The reference behind a delay, as an authored reply: p95 is 300 ms at least, and the verdict follows."""
    world = SmallWorld(tmp_path, ROOT / "tasks/orders")
    reference = (world.task / "solution/app/main.py").read_text(encoding="utf-8")
    suite = world.suite({"slow": [{"app/reference_main.py": reference, "app/main.py": SLOW_ORDERS}]}, ["load"])
    done = program("run", suite, "--out", "runs")
    assert done.wait() == 0, done.err
    (record,) = program.run().reader.records()
    assert isinstance(record.outcome, Scored), record.outcome
    (score,) = record.outcome.scores
    assert isinstance(score, Score), score
    assert score.metrics["p95_ms"] >= 290, "a sleep is a floor, whatever the machine is doing"
    assert score.metrics["p95_verdict"] == "fail"
    assert record.outcome.accepted == "no"
    assert any("p95" in line and line.startswith("no") for line in record.outcome.why)
    text = (program.run().paths.root / "report.md").read_text(encoding="utf-8")
    assert "reference" in text
    assert program.left_behind() == []


def test_two_runs_at_once_in_one_folder_are_two_runs(
    program: Any, world: SmallWorld, table_of: Callable[..., Any]
) -> None:
    suite = world.suite({"good": [{}, {}], "bad": [{"app.py": BOOM}, {}]})
    both = [program.start("run", suite, "--out", "runs") for _ in range(2)]
    assert [running.wait() for running in both] == [0, 0], both[0].err + both[1].err
    first, second = program.runs()
    assert table_of(first) == table_of(second)
    assert len(table_of(first)) == 4
    assert program.left_behind() == []
