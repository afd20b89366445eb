"""The report's own means leave out the same trials as a comparison does: a submission never exempts its task."""

from harness.model.score import NotApplicable, Score
from harness.model.suite import Lock
from harness.model.trial import Failed, Outcome, Scored, Trial, TrialRecord
from harness.report.aggregate import cell
from harness.report.parts import Bundle

LABEL = "dev@aaaaaaaa"
FAILED = Failed("start_crash", "exits", "start")
VALUE = Scored("yes", (Score("q", 1, 0.5, 1, 2, "x"),))
MINE = Scored("yes", (NotApplicable("q", 1, "not in this language", because="submission"),))
NONE = Scored("yes", (NotApplicable("q", 1, "the task has no q"),))


def counted(*outcomes: Outcome) -> tuple[float | None, int, int, int]:
    """Mean, n, failed and not applicable of one task's trials."""
    trials = tuple(Trial("t", LABEL, n, n) for n in range(1, len(outcomes) + 1))
    lock = Lock("0" * 64, "s", 1, len(trials), "full", {"q": 1}, {"t": "d"}, {LABEL: {}}, {}, {}, trials=trials)
    pairs = zip(trials, outcomes, strict=True)
    records = tuple(TrialRecord(trial, outcome, "", "", None, None, None, 3) for trial, outcome in pairs)
    found = cell(Bundle("run", lock, records), LABEL, "q")
    return found.mean, found.n, found.failed, found.not_applicable


def test_a_failed_trial_counts_zero_unless_the_task_does_not_offer_the_quality() -> None:
    assert counted(NONE, FAILED) == (None, 0, 0, 2)
    assert counted(VALUE, FAILED) == (0.25, 2, 1, 0)


def test_a_submission_that_the_scorer_cannot_look_at_excuses_no_failed_one() -> None:
    assert counted(MINE, FAILED) == (0.0, 1, 1, 1)
    assert counted(MINE, VALUE, FAILED) == (0.25, 2, 1, 1)
    # As older runs stored it, without whose doing it was: a value beside it shows that the task offers the quality.
    assert counted(NONE, VALUE, FAILED) == (0.25, 2, 1, 1)
