"""What asking an agent may cost, before it is asked.

Refuses to be exact: tokens are estimated on the dear side, replies at their longest.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """Upper estimate for one trial: `calls` to a model, tokens, US dollars (None = the price is unknown)."""

    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
