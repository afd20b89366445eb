"""What is said while a run goes on: each trial's end, and once for each reason why trials are void."""

import pytest

from harness.cli.progress import progress
from harness.model.trial import Failed, Outcome, Trial, TrialRecord, Void
from harness.runner.execute import Event, summary

REFUSED = Void("infrastructure", "provider_unauthorised", "'m' at x: bad key\x1b[31m; set OPENAI_API_KEY", "agent")


def said(capsys: pytest.CaptureFixture[str], *outcomes: Outcome) -> list[str]:
    with progress(len(outcomes)) as listen:
        for number, outcome in enumerate(outcomes, start=1):
            trial = Trial("orders", "dev@00000000", number, 1)
            record = TrialRecord(trial, outcome, "a" * 64, "b" * 64, None, None, None, 0)
            listen(Event("finished", trial, summary(record), record))
    return capsys.readouterr().err.splitlines()


def test_each_reason_is_told_once_and_without_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    other = Void("infrastructure", "provider_quota", "no money", "agent")
    lines = said(capsys, REFUSED, REFUSED, other)
    assert [line for line in lines if line.startswith(" ")] == [
        "    provider_unauthorised: 'm' at x: bad key; set OPENAI_API_KEY",
        "    provider_quota: no money",
    ]
    assert sum("void (infrastructure): provider_unauthorised" in line for line in lines) == 2


def test_a_cap_is_told_once_and_an_interrupt_not_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    caps = [Void("cancelled", "cost_cap", f"the next call could bring the cost to {n} USD", "agent") for n in (1, 2)]
    interrupted = Void("cancelled", "interrupted", "the run was interrupted", "agent")
    lines = said(capsys, *caps, interrupted, Failed("start_crash", "exits", "start"))
    assert [line for line in lines if line.startswith(" ")] == [
        "    cost_cap: the next call could bring the cost to 1 USD"
    ]
