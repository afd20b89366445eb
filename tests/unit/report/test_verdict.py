"""Verdict and exit code, case by case; sums that must agree; figures that never round to the edge."""

import pytest

from harness.model.trial import Failed, Outcome, Scored, Void, tally
from harness.report.aggregate import figure, percent
from harness.report.verdict import run_verdict

OK: Outcome = Scored("no", ())
BAD: Outcome = Failed("c", "m", "s")
INFRA: Outcome = Void("infrastructure", "c", "m", "s")
TASK: Outcome = Void("task", "c", "m", "s")
BUG: Outcome = Void("harness", "c", "m", "s")
CANCELLED: Outcome = Void("cancelled", "c", "m", "s")


@pytest.mark.parametrize(
    ("planned", "outcomes", "signal", "code", "word"),
    [
        (2, [OK, BAD], None, 0, "done"),
        (1, [BAD], None, 0, "done"),
        (0, [], None, 0, "done"),
        (2, [OK, INFRA], None, 4, "infrastructure"),
        (2, [OK], None, 4, "unfinished"),
        (2, [OK, TASK], None, 2, "task_broken"),
        (3, [OK, BUG, INFRA], None, 70, "harness_bug"),
        (2, [OK, CANCELLED], None, 130, "interrupted"),
        (2, [OK], 2, 130, "interrupted"),
        (2, [OK], 15, 143, "interrupted"),
        (3, [OK, BUG], 15, 143, "interrupted"),
    ],
)
def test_code_and_word(planned: int, outcomes: list[Outcome], signal: int | None, code: int, word: str) -> None:
    verdict = run_verdict(tally(planned, outcomes), signal)
    assert (verdict.code, verdict.word) == (code, word)
    numbers = [int(n) for n in verdict.line.split(f"planned {planned} = ")[1].split(";")[0].split() if n.isdigit()]
    assert sum(numbers) == planned


def test_measurements_that_infrastructure_took_are_said_beside_what_is_done() -> None:
    verdict = run_verdict(tally(1, [OK]), lost={"static": 1, "conformance": 2})
    assert verdict.code == 0
    assert verdict.line.startswith("DONE: planned 1 = 1 scored + 0 failed; but infrastructure took single measurements")
    assert "conformance 2x, static 1x" in verdict.line


def test_what_will_be_refused_again_is_to_be_changed_before_a_resume() -> None:
    passing = run_verdict(tally(1, [INFRA]))
    assert passing.line.endswith("1 void (infrastructure); `harness resume` tries again")
    refused = run_verdict(tally(1, [INFRA]), refused=["provider_unauthorised"])
    assert refused.code == 4
    assert "put right what the messages name (provider_unauthorised), then `harness resume` tries again" in refused.line


@pytest.mark.parametrize(
    ("value", "shown", "as_percent"),
    [
        (None, "–", "–"),
        (0.0, "0.000", "0 %"),
        (1.0, "1.000", "100 %"),
        (0.0001, "< 0.001", "< 0.1 %"),
        (0.9999, "> 0.999", "> 99.9 %"),
        (0.875, "0.875", "87.5 %"),
        (0.5, "0.500", "50 %"),
    ],
)
def test_figures_do_not_round_to_the_edge(value: float | None, shown: str, as_percent: str) -> None:
    assert figure(value) == shown
    assert percent(value) == as_percent
