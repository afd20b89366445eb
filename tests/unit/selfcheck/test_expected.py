"""A run held against EXPECTED.toml: every difference is a mismatch, in either direction."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.score import Evidence, Score, Unmeasured
from harness.model.suite import Lock
from harness.model.trial import Failed, Outcome, Scored, Trial, TrialRecord, Void
from harness.selfcheck.expected import Mismatch, hold_against

TRIAL = Trial("greeting", "dev@0a1b2c3d", 1, 11)
LOCK = Lock(
    "0" * 64,
    "s",
    7,
    1,
    "smoke",
    {"acceptance": 1},
    {"greeting": "t"},
    {TRIAL.agent_label: {"source": "careful.md", "digest": "d"}},
    {},
    {},
    trials=(TRIAL,),
)
EVIDENCE = (Evidence("finding", "order of another customer", "GET /orders/1", cwe=639, status="confirmed"),)
SCORE = Score("acceptance", 1, 0.75, 3, 4, "tests", EVIDENCE, ("suspect",), {"p95_verdict": "fail"})
FINE = Scored("no", (SCORE,))


def held(
    tmp_path: Path, entry: str, outcome: Outcome | None = FINE, scorers: tuple[str, ...] = ("acceptance",)
) -> tuple[Mismatch, ...]:
    path = tmp_path / "EXPECTED.toml"
    head = 'schema = 1\n[[trial]]\nagent = "careful"\ntask = "greeting"\nattempt = 1\nplanted = "x"\n'
    path.write_text(head + entry)
    records = () if outcome is None else (TrialRecord(TRIAL, outcome, "d", "t", None, None, None, 3),)
    return hold_against(path, LOCK, records, scorers)


@pytest.mark.parametrize(
    "entry",
    [
        'outcome = "scored"\n',
        'outcome = "scored"\naccepted = "no"\n',
        'outcome = "scored"\n[trial.scores]\nacceptance = { full = false, min = 0.7, max = 0.8 }\n',
        'outcome = "scored"\n[trial.scores]\nacceptance = { metrics = { p95_verdict = "fail" } }\n',
        'outcome = "scored"\n[trial.scores]\nacceptance = { evidence = ["CWE-639", "confirmed"] }\n',
        'outcome = "scored"\n[trial.scores]\nacceptance = { flags = ["suspect"] }\n',
        'outcome = "scored"\n[trial.scores]\nload = { full = true }\n',  # did not run, so it is not asked about
    ],
)
def test_what_was_expected_is_no_mismatch(tmp_path: Path, entry: str) -> None:
    assert held(tmp_path, entry) == ()


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ('outcome = "failed"\n', "outcome"),
        ('outcome = "scored"\naccepted = "yes"\n', "accepted"),
        ('outcome = "scored"\n[trial.scores]\nacceptance = { full = true }\n', "acceptance"),
        ('outcome = "scored"\n[trial.scores]\nacceptance = { min = 0.8 }\n', "acceptance"),
        ('outcome = "scored"\n[trial.scores]\nacceptance = { max = 0.7 }\n', "acceptance"),
        ('outcome = "scored"\n[trial.scores]\nacceptance = { metrics = { p95_verdict = "pass" } }\n', "p95_verdict"),
        ('outcome = "scored"\n[trial.scores]\nacceptance = { flags = ["weak_tests"] }\n', "flag"),
        ('outcome = "scored"\n[trial.scores]\nacceptance = { evidence = ["CWE-89"] }\n', "evidence"),
        ('outcome = "scored"\n[trial.promises]\np95_ms = "kept"\n', "promise p95_ms"),
    ],
)
def test_each_difference_is_a_mismatch(tmp_path: Path, entry: str, what: str) -> None:
    (mismatch,) = held(tmp_path, entry)
    assert what in mismatch.what
    assert mismatch.trial == "greeting/careful/01"


def test_an_unmeasured_scorer_is_a_mismatch(tmp_path: Path) -> None:
    unmeasured = Scored("undetermined", (Unmeasured("acceptance", 1, "infrastructure", "late"),))
    entry = 'outcome = "scored"\n[trial.scores]\nacceptance = { full = true }\n'
    (mismatch,) = held(tmp_path, entry, unmeasured)
    assert mismatch.what == "acceptance"


def test_a_void_is_never_what_was_expected(tmp_path: Path) -> None:
    (mismatch,) = held(tmp_path, 'outcome = "scored"\n', Void("infrastructure", "engine_timeout", "m", "s"))
    assert "engine_timeout" in mismatch.found


def test_the_failure_code_counts(tmp_path: Path) -> None:
    failed = Failed("start_crash", "m", "s")
    assert held(tmp_path, 'outcome = "failed"\ncode = "start_crash"\n', failed) == ()
    (mismatch,) = held(tmp_path, 'outcome = "failed"\ncode = "no_files"\n', failed)
    assert mismatch.what == "failure code"


def test_a_trial_without_an_entry_and_an_entry_without_a_trial(tmp_path: Path) -> None:
    (missing,) = held(tmp_path, 'outcome = "scored"\n', None)
    assert (missing.what, missing.found) == ("trial", "none")
    other = 'outcome = "scored"\n'
    path = tmp_path / "EXPECTED.toml"
    held(tmp_path, other)
    path.write_text(path.read_text().replace('"careful"', '"other"'))
    record = TrialRecord(TRIAL, FINE, "d", "t", None, None, None, 3)
    (mismatch,) = hold_against(path, LOCK, [record], ["acceptance"])
    assert (mismatch.what, mismatch.found) == ("expectation", "none")


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown key 'acepted'"):
        held(tmp_path, 'outcome = "scored"\nacepted = "no"\n')
