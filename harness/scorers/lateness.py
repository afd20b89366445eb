"""Whose doing it is that the load generator was late, and what is sure of a service all the same.

It refuses to let lateness save a slow service: answers that keep the generator's one CPU busy are the service's own
doing. It refuses as well to charge a busy host to a submission: only where the same load on the reference, beside it on
the same host, left the generator in time, is the submission taken for the cause; and what is surely in time stays so.
"""

from harness.scorers.latency import verdict
from harness.scorers.load_reading import Figures

ON_TIME_SHARE = 0.2  # of the reference's windows may be late, one of five, and the host still counts as quiet


def is_own(mine: Figures, theirs: Figures | None) -> bool:
    """Whether the submission made the generator late: with the reference beside it, it was not."""
    return mine.windows_void > 0 and theirs is not None and theirs.windows_void <= ON_TIME_SHARE * theirs.windows


def p95_verdict(mine: Figures, theirs: Figures | None, limit_ms: float) -> tuple[str, str]:
    """The verdict on the p95 and, where late windows had a part in it, a clause that says which.

    Enough windows in time decide by themselves, unless the submission made others late in which it was slow beyond all
    that this can have added. Too few in time decide where all windows are on one side of the limit whatever was added.
    """
    result = verdict(mine.p95_ms, limit_ms) if mine.enough else "inconclusive"
    if result == "fail" or not is_own(mine, theirs):
        return result, ""
    at_most, at_least = verdict(mine.ceiling_ms, limit_ms), verdict(mine.floor_ms, limit_ms)
    clause = (
        f"; in all windows, late ones too, {mine.ceiling_ms.value:.1f} ms, and {mine.floor_ms.value:.1f} ms "
        "less all that lateness of the generator can have added"
    )
    if not mine.enough:
        return ("pass" if at_most == "pass" else "fail" if at_least == "fail" else "inconclusive"), clause
    return (result, "") if at_least == "pass" else (at_least, clause)


def told(mine: Figures, allowed_ms: float) -> str:
    """One clause: how late, in how many windows."""
    windows = f"{mine.windows_void} of {mine.windows} windows void"
    return f"the generator was late: lag p95 {mine.lag_p95_ms:.2f} ms, allowed {allowed_ms:g} ms; {windows}"
