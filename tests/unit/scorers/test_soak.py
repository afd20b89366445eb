"""The soak's accounting: what an outage of our making excuses, what it does not, and when nothing can be said."""

from collections.abc import Callable
from typing import Any

from harness.model.probe import NotPlanned, Observation
from harness.model.score import NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.task import Task
from harness.scorers.judgement import score_one
from harness.scorers.soak import SCORER

MakeTask = Callable[..., Task]
Row = tuple[float, float, int]  # begun, ended (s), outcome
CALM: tuple[Row, ...] = tuple((second / 10, second / 10 + 0.01, 0) for second in range(400))
KILL = {"kind": "kill", "at_s": 10.0, "down_s": 10.2, "up_s": 12.0}


def facts(rows: tuple[Row, ...], outages: tuple[dict[str, Any], ...] = (KILL,), **more: Any) -> dict[str, Any]:
    ordered = sorted(rows)
    begun = [round(1000 * row[0]) for row in ordered]
    samples = {
        "due_ms": begun,
        "begun_ms": begun,
        "ended_ms": [round(1000 * row[1]) for row in ordered],
        "status": [0] * len(ordered),
        "operation": [0] * len(ordered),
        "outcome": [row[2] for row in ordered],
    }
    frame = {"setup": {"ok": True}, "grace_s": 1.0, "recovery_limit_s": 10.0, "requests": 300, "rate": 10}
    return {**frame, "window_s": 40.0, "outages": list(outages), "samples": samples, "read_back": [], **more}


def result(make_task: MakeTask, found: dict[str, Any]) -> ScoreResult:
    return SCORER.score(make_task(), {"soak": Observation("soak", 1, "measured", found)}, {})


def scored(make_task: MakeTask, found: dict[str, Any]) -> Score:
    score = result(make_task, found)
    assert isinstance(score, Score), score
    return score


def without(low: float, high: float) -> tuple[Row, ...]:
    return tuple(row for row in CALM if not low <= row[0] <= high)


def test_an_outage_of_ours_takes_successes_and_failures_out_alike(make_task: MakeTask) -> None:
    """From the planned fault to readiness and one second more: 10.0 to 13.0."""
    outage = tuple((second / 10, second / 10 + 0.01, 3) for second in range(100, 125))
    score = scored(make_task, facts((*without(9.95, 12.45), *outage)))
    assert (score.value, score.metrics["excused"], score.total) == (1.0, 31, 369)
    assert "0 failed in 369: failure rate < 0.0081 at 95 %" in score.basis
    assert score.metrics["recovery_s"] == {"kill": 1.8}


def test_a_request_cut_off_by_the_kill_is_excused_and_one_before_it_is_not(make_task: MakeTask) -> None:
    score = scored(make_task, facts((*CALM, (9.0, 10.2, 3), (9.0, 9.9, 3))))
    assert score.metrics["failed"] == 1


def test_failures_after_the_grace_count(make_task: MakeTask) -> None:
    score = scored(make_task, facts((*CALM, (13.5, 13.6, 1)), examples=[{"outcome": "bad_status", "detail": "500"}]))
    assert score.metrics["failed"] == 1
    assert score.evidence[0].points == 1 / score.total


def test_a_slow_recovery_is_the_services_own_after_ten_seconds(make_task: MakeTask) -> None:
    down = tuple((second / 10, second / 10 + 0.01, 3) for second in range(103, 300))
    for up_s in (29.0, None):
        score = scored(make_task, facts((*without(10.25, 29.95), *down), ({**KILL, "up_s": up_s},)))
        # 10.2 + 10 s: what was begun at 20.3 and later counts
        assert score.metrics["failed"] == 97
        assert "slow_recovery" in score.flags


def test_lost_records_are_named_and_flagged(make_task: MakeTask) -> None:
    lost = ((14.0, 14.01, 1), (14.0, 14.01, 1))
    score = scored(make_task, facts((*CALM, *lost), read_back=[{"after": "kill", "sent": 2, "lost": 2}]))
    assert score.flags == ("data_lost",)
    assert score.metrics["failed"] == score.metrics["records_lost"] == 2
    assert "2 of 2 acknowledged records" in score.evidence[0].title


def test_requests_cut_off_at_sigterm_are_shown_and_not_counted(make_task: MakeTask) -> None:
    score = scored(make_task, facts((*CALM, (9.9, 10.1, 3)), ({**KILL, "kind": "restart"},)))
    assert (score.metrics["cut_off_at_sigterm"], score.metrics["failed"]) == (1, 0)


def test_a_service_that_died_is_said_to_be_dead(make_task: MakeTask) -> None:
    score = scored(make_task, facts(CALM, service={"state": "exited", "exit_code": 3}))
    assert "service_died" in score.flags


def test_nothing_is_said_when_the_fault_did_not_happen_or_the_generator_was_late(make_task: MakeTask) -> None:
    unseen = result(make_task, facts(CALM, ({**KILL, "down_s": None, "up_s": None},)))
    assert isinstance(unseen, Unmeasured)
    assert (unseen.blame, "kill" in unseen.cause) == ("infrastructure", True)
    late = facts(CALM)
    late["samples"]["due_ms"] = [begun - 900 for begun in late["samples"]["begun_ms"]]
    assert isinstance(result(make_task, late), Unmeasured)
    poor = result(make_task, facts((), setup={"ok": False, "failed": 9, "first_failure": {"detail": "status 500"}}))
    assert isinstance(poor, Unmeasured)
    assert "status 500" in poor.cause


def test_a_profile_without_a_soak_does_not_apply(make_task: MakeTask) -> None:
    seen = NotPlanned("the smoke profile has no soak").observation("soak", 2)
    for found in (SCORER.score(make_task(), {"soak": seen}, {}), score_one(make_task(), SCORER, {"soak": seen}, {})):
        assert found == NotApplicable("soak", 2, "the smoke profile has no soak")
