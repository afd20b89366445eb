"""The load scorer on synthetic samples whose truth is known."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from harness.model.probe import Observation
from harness.model.score import NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.task import Task
from harness.scorers.load import SCORER

MakeTask = Callable[..., Task]
Delay = Callable[[random.Random], float]


def phase(
    name: str, count: int, delay: Delay, *, windows: int = 1, rate: float = 100, failed: int = 0, lag_us: int = 1000
) -> dict[str, Any]:
    rng = random.Random(f"{name}{count}")
    outcome = [1] * failed + [0] * (count - failed)
    rng.shuffle(outcome)
    return {
        "name": name,
        "rate": rate,
        "block": 0,
        "windows": windows,
        "s": count / rate,
        "planned_s": count / rate,
        "intended_us": sorted(rng.randrange(int(1e6 * count / rate)) for _ in range(count)),
        "lag_us": [lag_us] * count,
        "latency_us": [round(1000 * delay(rng)) for _ in range(count)],
        "status": [500 if bad else 200 for bad in outcome],
        "operation": [0] * count,
        "outcome": outcome,
    }


def around(ms: float) -> Delay:
    return lambda rng: ms * rng.uniform(0.95, 1.05)


QUICK, STEADY = around(5), around(6)


def facts(
    p95: Delay = QUICK,
    step: Delay = STEADY,
    *,
    failed: int = 0,
    step_failed: int = 0,
    lag_us: int = 1000,
    **changes: Any,
) -> dict[str, Any]:
    phases = [
        phase("warmup", 100, around(900)),
        phase("p95", 1000, p95, windows=5, failed=failed, lag_us=lag_us),
        phase("baseline", 60, p95, rate=20),
        phase("step", 600, step, rate=200, failed=step_failed),
    ]
    whole = {
        "operations": ["read"],
        "setup": {"ok": True, "sent": 20, "failed": 0, "first_failure": None},
        "phases": phases,
        "after": [{"operation": "read", "ok": True, "detail": ""}],
        "examples": [],
        "limit_ms": 100,
        "lag_limit_ms": 2.5,
        "timeout_s": 2.0,
        "service": {"state": "running", "exit_code": None, "oom_killed": False},
    }
    return {**whole, **changes}


LEAK: dict[str, Any] = {
    "operation": "read", "outcome": "ok", "detail": "the answer repeats secret 1 of API_TOKENS", "method": "GET",
    "target": "/notes/1", "headers": {}, "body": None, "status": 200, "response_body": "{}",
    "leak": "secret 1 of API_TOKENS",
}  # fmt: skip


def judged(task: Task, mine: Mapping[str, Any], theirs: Mapping[str, Any] | None = None) -> ScoreResult:
    reference = {} if theirs is None else {"load": Observation("load", 1, "measured", theirs)}
    return SCORER.score(task, {"load": Observation("load", 1, "measured", mine)}, reference)


def scored(task: Task, mine: Mapping[str, Any], theirs: Mapping[str, Any] | None = None) -> Score:
    result = judged(task, mine, theirs)
    assert isinstance(result, Score), result
    return result


def test_a_fast_service_passes_all_three(make_task: MakeTask) -> None:
    score = scored(make_task(), facts(), facts(around(4)))
    assert (score.value, score.passed, score.total) == (1.0, 3, 3)
    assert score.evidence == ()
    assert score.metrics["p95_verdict"] == score.metrics["error_verdict"] == score.metrics["step_verdict"] == "pass"
    assert score.metrics["p95_ms"] == pytest.approx(5.22, abs=0.03)
    assert score.metrics["reference_p95_ms"] == pytest.approx(4.18, abs=0.03)
    assert score.metrics["ratio_to_reference"] == pytest.approx(1.25, abs=0.02)
    assert score.metrics["samples"] == 1000, "warm-up is not counted"


def test_300_ms_a_request_fails_with_its_figure(make_task: MakeTask) -> None:
    score = scored(make_task(), facts(around(300), around(300)), facts())
    assert score.metrics["p95_ms"] == pytest.approx(313, abs=3)
    assert score.metrics["p95_verdict"] == "fail"
    # twice its own baseline is allowed to the step: slowness is charged once, not twice
    assert score.metrics["step_verdict"] == "pass"
    assert (score.passed, score.total) == (2, 3)
    lost = score.evidence[0]
    assert lost.points == pytest.approx(1 / 3)
    assert "limit 100 ms" in lost.detail
    assert "reference beside it" in lost.detail


def test_failed_requests_count_as_slow_and_as_errors(make_task: MakeTask) -> None:
    score = scored(make_task(), facts(failed=100))
    assert score.metrics["p95_verdict"] == "fail"
    assert score.metrics["p95_ms"] == 2000.0
    assert score.metrics["error_verdict"] == "fail"
    assert score.metrics["error_share"] == pytest.approx(0.1)


def test_the_first_failed_request_is_shown_with_its_curl_line(make_task: MakeTask) -> None:
    example = {
        "operation": "read", "outcome": "bad_status", "detail": "status 500", "method": "POST", "target": "/x",
        "headers": {"User-Agent": "secret-probe", "Authorization": "Bearer t"}, "body": '{"a":"it\'s"}',
        "status": 500, "response_body": "oops\x1b[31m",
    }  # fmt: skip
    score = scored(make_task(), facts(failed=100, examples=[example]))
    shown = next(e for e in score.evidence if e.title.startswith("errors"))
    assert shown.reproduce.startswith("curl -i -X POST http://127.0.0.1:8000/x -H 'Authorization: Bearer t'")
    assert "secret-probe" not in shown.reproduce
    assert "\x1b" not in shown.detail
    assert "< 500" in shown.detail


def test_a_limit_inside_the_interval_is_inconclusive_and_leaves_the_denominator(make_task: MakeTask) -> None:
    def wide(rng: random.Random) -> float:
        return rng.uniform(0, 105)  # true p95 99.75

    score = scored(make_task(), facts(wide))
    assert score.metrics["p95_verdict"] == "inconclusive"
    assert (score.passed, score.total) == (2, 2)
    assert "inconclusive: p95" in score.basis
    assert score.flags == ("inconclusive",)
    assert [e.points for e in score.evidence] == [0.0]


def test_a_step_that_breaks_is_seen(make_task: MakeTask) -> None:
    score = scored(make_task(), facts(step=around(900)), facts())
    assert score.metrics["step_verdict"] == "fail"
    assert score.metrics["p95_verdict"] == "pass"
    assert scored(make_task(), facts(step_failed=60)).metrics["step_verdict"] == "fail"


@pytest.mark.parametrize(
    ("ms", "lag_us", "failed", "expected"),
    [(900, 4000, 0, "fail"), (103, 4000, 0, "inconclusive"), (6, 4000, 0, "pass"), (6, 4000, 60, "fail")],
)
def test_a_step_is_held_against_what_lateness_leaves_sure(
    make_task: MakeTask, ms: float, lag_us: int, failed: int, expected: str
) -> None:
    measured = facts()
    measured["phases"][3] = phase("step", 600, around(ms), rate=200, failed=failed, lag_us=lag_us)
    assert scored(make_task(), measured, facts()).metrics["step_verdict"] == expected


def test_slowness_in_late_windows_needs_a_reference_beside_it(make_task: MakeTask) -> None:
    measured = facts()
    measured["phases"][3] = phase("step", 600, around(900), rate=200, lag_us=4000)
    assert scored(make_task(), measured).metrics["step_verdict"] == "inconclusive", "the host may have been that slow"
    slow = late(facts(), 5, 900, 9)
    assert isinstance(judged(make_task(), slow), Unmeasured)
    assert scored(make_task(), slow, late(facts(), 5, 12, 9)).metrics["p95_verdict"] == "fail"


def test_what_the_reference_does_not_keep_here_is_not_held_against_a_submission(make_task: MakeTask) -> None:
    slow_host = facts(around(200), around(900))
    score = scored(make_task(), facts(around(220), around(950)), slow_host)
    assert score.metrics["p95_verdict"] == score.metrics["step_verdict"] == "inconclusive"
    assert (score.passed, score.total) == (1, 1)


def test_a_reference_that_is_merely_undecided_excuses_nobody_who_is_surely_slower(make_task: MakeTask) -> None:
    undecided = facts(lambda rng: 50 if rng.random() < 0.92 else rng.uniform(60, 200))
    assert scored(make_task(), undecided).metrics["p95_verdict"] == "inconclusive"
    assert scored(make_task(), facts(around(900)), undecided).metrics["p95_verdict"] == "fail"
    assert scored(make_task(), facts(around(105))).metrics["p95_verdict"] == "fail"
    assert scored(make_task(), facts(around(105)), undecided).metrics["p95_verdict"] == "inconclusive"


def test_a_baseline_whose_generator_was_late_allows_the_step_nothing(make_task: MakeTask) -> None:
    measured = facts(QUICK, around(350))
    measured["phases"][2] = phase("baseline", 60, around(200), rate=20, lag_us=180_000)
    score = scored(make_task(), measured)
    assert score.metrics["step_verdict"] == "inconclusive"
    measured["phases"][3] = phase("step", 600, around(350), rate=200, failed=60)
    assert scored(make_task(), measured).metrics["step_verdict"] == "fail", "failed requests need no baseline"


def test_a_late_generator_leaves_open_only_what_it_makes_uncertain(make_task: MakeTask) -> None:
    score = scored(make_task(), facts(around(9), lag_us=8000))
    assert (score.metrics["p95_verdict"], score.value) == ("pass", 1.0), "9 ms give or take 8 is surely below 100 ms"
    assert score.metrics["in_time"] is False, "no version is faster or slower by this"
    assert score.metrics["p95_high_ms"] < 10
    result = judged(make_task(), facts(around(104), lag_us=9000))
    assert isinstance(result, Unmeasured)
    assert result.blame == "infrastructure"
    assert "9.00 ms" in result.cause


def late(measured: dict[str, Any], windows: int, ms: float, lag_ms: float) -> dict[str, Any]:
    """The same facts, the generator late and every answer slow in the first windows (of 2 s) of the p95 phase."""
    p95 = measured["phases"][1]
    for index, due in enumerate(p95["intended_us"]):
        if due < 2_000_000 * windows:
            p95["lag_us"][index], p95["latency_us"][index] = round(1000 * lag_ms), round(1000 * ms)
    return measured


def test_lateness_that_the_submission_causes_saves_no_slow_service(make_task: MakeTask) -> None:
    score = scored(make_task(), late(facts(), 5, 350, 80), facts())
    assert score.metrics["p95_verdict"] == "fail"
    assert score.metrics["p95_floor_ms"] == pytest.approx(190)
    assert score.metrics["error_verdict"] == "pass", "of all windows"
    assert "late in 5 of 5 windows: surely 190.0–350.0 ms" in score.evidence[0].detail


def test_a_service_that_is_quick_however_late_the_generator_was_keeps_the_limit(make_task: MakeTask) -> None:
    """Lateness only adds to a latency; a busy host in the moment of a quick submission costs it nothing."""
    score = scored(make_task(), late(facts(), 3, 9, 4), facts())
    assert (score.metrics["p95_verdict"], score.metrics["error_verdict"], score.value) == ("pass", "pass", 1.0)
    assert scored(make_task(), late(facts(), 3, 9, 4), late(facts(), 3, 9, 4)).value == 1.0
    assert judged(make_task(), late(facts(), 3, 101, 4), late(facts(), 3, 9, 4)) == Unmeasured(
        "load", 3, "infrastructure", "the generator was late: lag p95 4.00 ms, allowed 2.5 ms; 3 of 5 windows void"
    )


def test_lateness_without_sure_slowness_is_charged_to_nobody_and_told(make_task: MakeTask) -> None:
    hidden = judged(make_task(), late(facts(), 5, 232, 82), facts())
    assert isinstance(hidden, Unmeasured)
    assert hidden.blame == "infrastructure", "a busy host in the moment of an honest submission looks the same"
    assert "beside the reference it was in time" in hidden.cause
    for reference in (late(facts(), 5, 260, 82), late(facts(), 5, 350, 80), None):
        result = judged(make_task(), late(facts(), 5, 350, 80), reference)
        assert isinstance(result, Unmeasured)
        assert result.blame == "infrastructure", "the reference may have been as slow: the host"


def test_failures_count_however_late_the_generator_was(make_task: MakeTask) -> None:
    assert scored(make_task(), late(facts(failed=100), 5, 6, 82), facts()).metrics["error_verdict"] == "fail"


def test_sure_slowness_in_late_windows_counts_beside_quick_ones(make_task: MakeTask) -> None:
    hidden = scored(make_task(), late(facts(), 1, 400, 80), facts())
    assert hidden.metrics["p95_verdict"] == "inconclusive", "one slow window of five is no p95 that is kept"
    assert scored(make_task(), late(facts(), 1, 200, 80), facts()).metrics["p95_verdict"] == "pass"


def test_three_in_five_of_all_windows_must_be_in_time(make_task: MakeTask) -> None:
    measured = facts()
    measured["phases"][2:2] = [phase("p95", 1000, around(101), windows=5, lag_us=9000)]
    result = judged(make_task(), measured)
    assert isinstance(result, Unmeasured), "five of ten, though all five of the first block"
    measured["phases"][2:2] = [phase("p95", 1000, QUICK, windows=5)]
    assert scored(make_task(), measured).metrics["windows_void"] == 5


def test_a_step_made_late_by_the_submission_fails_where_it_is_surely_slow(make_task: MakeTask) -> None:
    measured = facts()
    measured["phases"][3] = phase("step", 600, around(600), rate=200, lag_us=100_000)
    assert scored(make_task(), measured).metrics["step_verdict"] == "inconclusive"
    assert scored(make_task(), measured, facts()).metrics["step_verdict"] == "fail"


def test_what_is_undecided_only_beside_a_sure_reference_is_the_submissions(make_task: MakeTask) -> None:
    def wide(rng: random.Random) -> float:
        return rng.uniform(0, 105)

    undecided = facts(wide, step_failed=6, failed=10)
    undecided["phases"][3] = phase("step", 600, wide, rate=200, failed=6)
    for reference, blame in ((facts(), "agent"), (None, "infrastructure"), (undecided, "infrastructure")):
        result = judged(make_task(), undecided, reference)
        assert isinstance(result, Unmeasured), result
        assert result.blame == blame


def test_one_late_window_of_five_is_left_out(make_task: MakeTask) -> None:
    mine = facts()
    measured = mine["phases"][1]
    for index, due in enumerate(measured["intended_us"]):
        if due < 2_000_000:
            measured["lag_us"][index], measured["latency_us"][index] = 50_000, 500_000
    score = scored(make_task(), mine)
    assert score.metrics["windows_void"] == 1
    assert score.metrics["p95_ms"] < 6


def test_failed_requests_on_a_host_where_the_reference_fails_too_are_nobodys(make_task: MakeTask) -> None:
    assert scored(make_task(), facts(failed=100), facts(failed=100)).metrics["error_verdict"] == "inconclusive"
    assert scored(make_task(), facts(failed=100), facts()).metrics["error_verdict"] == "fail"


def test_a_service_that_no_longer_works_after_the_load_fails(make_task: MakeTask) -> None:
    after = [{"operation": "read", "ok": False, "detail": "no answer"}]
    died = {"state": "exited", "exit_code": 137, "oom_killed": True}
    score = scored(make_task(), facts(after=after, service=died))
    assert score.metrics["error_verdict"] == "fail"
    assert "service_died" in score.flags
    assert any("died under load" in e.title for e in score.evidence)


def test_a_data_set_that_cannot_be_built(make_task: MakeTask) -> None:
    setup = {"ok": False, "sent": 20, "failed": 20, "first_failure": {"detail": "status 500", "method": "POST"}}
    broken = facts(setup=setup, phases=[], after=[])
    lost = scored(make_task(), broken, facts())
    assert (lost.value, lost.metrics["p95_verdict"]) == (0.0, "fail")
    both = judged(make_task(), broken, broken)
    assert isinstance(both, Unmeasured)
    assert both.blame == "task"
    alone = judged(make_task(), broken)
    assert isinstance(alone, Unmeasured)
    assert alone.blame == "infrastructure"


def test_no_load_profile_is_not_applicable(make_task: MakeTask) -> None:
    assert isinstance(judged(make_task(load={}), facts()), NotApplicable)


def test_void_keeps_its_blame(make_task: MakeTask) -> None:
    void = Observation("load", 1, "void", {"blame": "task"}, "pool is empty")
    result = SCORER.score(make_task(), {"load": void}, {})
    assert isinstance(result, Unmeasured)
    assert (result.blame, result.cause) == ("task", "pool is empty")


def test_an_answer_that_repeats_a_secret_fails_however_few(make_task: MakeTask) -> None:
    result = judged(make_task(), facts(leaks=[LEAK]), facts())
    assert isinstance(result, Score)
    assert (result.metrics["error_verdict"], result.metrics["p95_verdict"]) == ("fail", "pass")
    assert "secret_in_answer" in result.flags
    (found,) = (entry for entry in result.evidence if entry.title.startswith("errors"))
    assert "the answer to read repeats secret 1 of API_TOKENS" in found.detail
    assert "GET /notes/1" in found.detail


def test_a_read_that_grows_is_told_where_the_host_was_quiet(make_task: MakeTask) -> None:
    mine, theirs = ({"records": [125, 1000], "reads": {"list": reads}} for reads in ([3.4, 6.1], [3.0, 3.1]))
    quiet = judged(make_task(), facts(growth=mine), facts(growth=theirs))
    busy = judged(make_task(), facts(growth=mine, lag_us=9000), facts(growth=theirs))
    assert isinstance(quiet, Score)
    assert isinstance(busy, Score)
    assert (quiet.value, quiet.flags, quiet.metrics["grows_with_data"]) == (1.0, (), ["list"])
    assert "list: 3.4 ms with 125 records, 6.1 ms with 1000" in quiet.evidence[-1].detail
    assert busy.metrics["grows_with_data"] == []
