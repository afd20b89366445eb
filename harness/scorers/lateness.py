"""What a late load generator leaves uncertain, and what is sure of a service all the same.

Lateness is uncertainty, not silence: the interval of a window is widened by the lag measured in it, and a verdict
stands when all of that lies on one side of the limit (9 ms give or take 8 is surely below 100 ms). Slowness that shows
in late windows is a submission's own only beside a reference that surely keeps the limit on the same host.
"""

from harness.scorers.latency import verdict
from harness.scorers.load_reading import Figures

ON_TIME_SHARE = 0.2  # of the reference's windows may be late, one of five, and the host still counts as quiet


def is_own(mine: Figures, theirs: Figures | None) -> bool:
    """Whether the submission made the generator late: with the reference beside it, it was not."""
    return mine.windows_void > 0 and theirs is not None and theirs.windows_void <= ON_TIME_SHARE * theirs.windows


def pace(mine: Figures, theirs: Figures | None, keeps_ms: float, breaks_ms: float) -> str:
    """pass = surely at most `keeps_ms`, fail = surely above `breaks_ms`, else inconclusive; p95s.

    The two differ where the limit itself is uncertain. Windows in time decide where they are enough, but a submission
    that made others late does not pass by being quick in the rest unless it may have been quick in all.
    """
    if mine.sure_ms.high <= keeps_ms:
        return "pass"
    if mine.sure_ms.low > breaks_ms:
        return "fail"
    if not mine.enough:
        return "inconclusive"
    if mine.p95_ms.low > breaks_ms:
        return "fail"
    if mine.p95_ms.high > keeps_ms:
        return "inconclusive"
    return "inconclusive" if is_own(mine, theirs) and verdict(mine.floor_ms, keeps_ms) != "pass" else "pass"


def excuses(theirs: Figures, their_verdict: str, mine: Figures) -> bool:
    """Whether the reference's own result on this host takes the weight from a submission's failure: it fails too, or
    it is undecided and the submission is not surely worse than it."""
    if their_verdict != "inconclusive":
        return their_verdict == "fail"
    return mine.sure_ms.low <= theirs.sure_ms.high and mine.errors.low <= theirs.errors.high


def clause(mine: Figures) -> str:
    """What lateness does to the figure, in words; empty when the generator was in time."""
    if not mine.windows_void:
        return ""
    low, high = mine.sure_ms.low, mine.sure_ms.high
    return f"; the generator was late in {mine.windows_void} of {mine.windows} windows: surely {low:.1f}–{high:.1f} ms"


def told(mine: Figures, allowed_ms: float) -> str:
    """One clause: how late, in how many windows."""
    windows = f"{mine.windows_void} of {mine.windows} windows void"
    return f"the generator was late: lag p95 {mine.lag_p95_ms:.2f} ms, allowed {allowed_ms:g} ms; {windows}"
