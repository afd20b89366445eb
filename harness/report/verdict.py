"""What a run or a gate came to: the printed verdict and the exit code, made together so that they cannot disagree.

Refuses to look at scores: a run that measured what it planned is done, however bad the agents were. Whether they may be
released is a gate's Decision; an INVALID one exits like what made it so, wrong input or infrastructure.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from harness.compare.comparison import Comparison
from harness.model.decision import Decision
from harness.model.trial import Tally

DONE: Final = 0
BLOCKED: Final = 1
INVALID_INPUT: Final = 2
UNDECIDED: Final = 3
INFRASTRUCTURE_LEFT: Final = 4
HARNESS_BUG: Final = 70
INTERRUPTED: Final = 130
_BADNESS: Final = ("BETTER", "EQUIVALENT", "INCONCLUSIVE", "WORSE")


@dataclass(frozen=True)
class Verdict:
    """`code` is the exit code; `word` one stable word for scripts; `line` the sentence for people."""

    code: int
    word: str
    line: str


def run_verdict(
    tally: Tally,
    interrupted_by: int | None = None,
    lost: Mapping[str, int] = MappingProxyType({}),
    refused: Collection[str] = (),
) -> Verdict:
    """The verdict of `run` and `resume`; the first case that applies, in the order below.

    interrupted_by: the signal's number if one stopped the run (2 SIGINT → 130, 15 SIGTERM → 143). A cancelled trial
    without it counts as SIGINT. lost: scorer -> scored trials in which infrastructure kept it from measuring; what no
    verdict needed is no reason to call the run incomplete, and is said all the same. refused: codes of voids that
    come back until somebody changes something.
    """
    void = tally.void
    counts = counted(tally)
    if interrupted_by is not None or void.get("cancelled", 0):
        code = 128 + interrupted_by if interrupted_by is not None else INTERRUPTED
        return Verdict(code, "interrupted", f"INTERRUPTED: {counts}; `harness resume` goes on from here")
    if void.get("harness", 0):
        return Verdict(
            HARNESS_BUG, "harness_bug", f"HARNESS BUG: {_trials(void['harness'])} hit a bug of the harness; {counts}"
        )
    if void.get("infrastructure", 0):
        left = void["infrastructure"]
        first = f"put right what the messages name ({', '.join(sorted(refused))}), then " if refused else ""
        return Verdict(
            INFRASTRUCTURE_LEFT,
            "infrastructure",
            f"INCOMPLETE: {_trials(left)} void by infrastructure, not scored; {counts};"
            f" {first}`harness resume` tries again",
        )
    if tally.missing:
        return Verdict(
            INFRASTRUCTURE_LEFT,
            "unfinished",
            f"UNFINISHED: {_trials(tally.missing)} not measured yet; {counts}; `harness resume` goes on from here",
        )
    if void.get("task", 0):
        return Verdict(
            INVALID_INPUT,
            "task_broken",
            f"TASK BROKEN: {_trials(void['task'])} void, their task is at fault; {counts}; see `harness task check`",
        )
    return Verdict(DONE, "done", f"DONE: {counts}{_lost(lost)}")


def gate_verdict(decision: Decision) -> Verdict:
    """The verdict of `gate`: PASS 0, BLOCK 1, INCONCLUSIVE 3; INVALID 2 for an input that must be changed (policy,
    tasks, runs that differ in more than the agent), 4 where only infrastructure is in the way and a resume may help."""
    codes = {"PASS": DONE, "BLOCK": BLOCKED, "INCONCLUSIVE": UNDECIDED}
    by_input = any(reason.finding == "invalid_input" for reason in decision.reasons)
    code = codes.get(decision.outcome, INVALID_INPUT if by_input else INFRASTRUCTURE_LEFT)
    sentence = {
        "PASS": "may be released",
        "BLOCK": "must not be released",
        "INCONCLUSIVE": "is not decided: the evidence does not suffice",
        "INVALID": "cannot be judged by this run",
    }[decision.outcome]
    rules = ", ".join(decision.decided_by) or "nothing was asked"
    line = f"{decision.outcome}: {decision.candidate} {sentence} under policy {decision.policy} ({rules})"
    return Verdict(code, decision.outcome.lower(), line)


def comparison_verdict(found: Sequence[Comparison]) -> Verdict:
    """The verdict of `compare`, by each pair's primary endpoint: 1 when one is worse, else 3 when one is inconclusive,
    else 0; the code counts only where it is asked for (`--exit-code`)."""
    worst = max(found, key=lambda comparison: _BADNESS.index(comparison.primary.verdict))
    endpoint = worst.primary
    codes = {"WORSE": BLOCKED, "INCONCLUSIVE": UNDECIDED}
    line = f"{endpoint.verdict} on {endpoint.name}: {worst.second.source} against {worst.first.source}; {endpoint.why}"
    return Verdict(codes.get(endpoint.verdict, DONE), endpoint.verdict.lower(), line)


def _lost(lost: Mapping[str, int]) -> str:
    if not lost:
        return ""
    names = ", ".join(f"{name} {count}x" for name, count in sorted(lost.items()))
    return f"; but infrastructure took single measurements: {names} (in no mean; a new run measures them again)"


def _trials(count: int) -> str:
    return "1 trial" if count == 1 else f"{count} trials"


def counted(tally: Tally) -> str:
    """The tally as the sum it must be: `planned 12 = 10 scored + 1 failed + 1 void (infrastructure)`."""
    parts = [f"{tally.scored} scored", f"{tally.failed} failed"]
    parts += [f"{count} void ({blame})" for blame, count in tally.void.items() if count]
    if tally.missing:
        parts.append(f"{tally.missing} missing")
    return f"planned {tally.planned} = " + " + ".join(parts)
