"""Whose doing it is that the load generator was late, and what is sure of a service all the same.

It refuses to let lateness save a slow service: answers that keep the generator's one CPU busy are the service's own
doing. It refuses as well to charge a busy host to a submission: only where the same load on the reference, beside it on
the same host, left the generator in time, is the submission the cause.
"""

from harness.scorers.latency import verdict
from harness.scorers.load_reading import Figures

ON_TIME_SHARE = 0.2  # of the reference's windows may be late, one of five, and the host still counts as quiet


def is_own(mine: Figures, theirs: Figures | None) -> bool:
    """Whether the submission made the generator late: with the reference beside it, it was not."""
    return mine.windows_void > 0 and theirs is not None and theirs.windows_void <= ON_TIME_SHARE * theirs.windows


def floor_verdict(mine: Figures, theirs: Figures | None, limit_ms: float) -> str:
    """Whether the p95 keeps the limit even less all that the lateness which the submission caused can have added: pass
    where it caused none."""
    return verdict(mine.floor_ms, limit_ms) if is_own(mine, theirs) else "pass"


def told(mine: Figures, allowed_ms: float) -> str:
    """One clause: how late, in how many windows."""
    windows = f"{mine.windows_void} of {mine.windows} windows void"
    return f"the generator was late: lag p95 {mine.lag_p95_ms:.2f} ms, allowed {allowed_ms:g} ms; {windows}"
