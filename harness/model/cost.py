"""What asking an agent may cost, before it is asked, and what it came to.

Refuses to be exact before: tokens are estimated on the dear side, replies at their longest. Refuses to show a part as
the whole after: one unknown figure makes the sum unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.model.jsontypes import JsonObject
from harness.model.submission import Usage


@dataclass(frozen=True)
class Estimate:
    """Upper estimate for one trial: `calls` to a model, tokens, US dollars (None = the price is unknown)."""

    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None


def whole_sum(figures: Sequence[float | None]) -> float | None:
    """Their sum; None when there are none or one is unknown."""
    known = [figure for figure in figures if figure is not None]
    return round(sum(known), 6) if known and len(known) == len(figures) else None


def whole_usage(counted: Sequence[Usage | None]) -> JsonObject | None:
    """The same for tokens."""
    known = [usage for usage in counted if usage is not None]
    if not known or len(known) != len(counted):
        return None
    return {key: sum(getattr(usage, key) for usage in known) for key in ("input_tokens", "output_tokens")}
