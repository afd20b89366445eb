"""Anchors: a score on the scale of its own task, where an empty service is 0 and the reference is 1.

Refuses latency: how fast a host is must not be carried to another, so scorers of exclusive probes have no anchors.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Anchor:
    """What a scorer gives the better of the two stubs and the reference; None = nothing could be measured on a stub."""

    stub: float | None
    reference: float


def anchored(value: float, anchor: Anchor) -> float:
    """`value` on the scale stub = 0, reference = 1, cut off at both ends.

    A scorer that cannot tell the stub from the reference (an empty service has no finding either) has no scale of its
    own there: its value is given back as it is.
    """
    zero = anchor.stub or 0.0
    if zero >= anchor.reference:
        return value
    return min(1.0, max(0.0, (value - zero) / (anchor.reference - zero)))
