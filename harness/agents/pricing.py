"""What calls cost: from tokens and stated prices, before (an upper estimate) and after (as the provider counted).

Refuses to guess a price: unknown is None, never 0. Prices are US dollars per million tokens, stated by the user.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import Cancelled
from harness.model.submission import Usage

# UTF-8 bytes per token. English prose has about 4, code about 3, Chinese 3 bytes per character of one token: with 3
# the estimate errs on the dear side.
BYTES_PER_TOKEN = 3
_PER = 1_000_000


@dataclass(frozen=True)
class Prices:
    """US dollars per million tokens; None = unknown."""

    input_per_mtok: float | None = None
    output_per_mtok: float | None = None

    @property
    def known(self) -> bool:
        """Both prices are stated."""
        return self.input_per_mtok is not None and self.output_per_mtok is not None

    def cost_usd(self, usage: Usage | None) -> float | None:
        """Price of `usage`; None when a price or the usage is unknown."""
        if usage is None or self.input_per_mtok is None or self.output_per_mtok is None:
            return None
        paid = usage.input_tokens * self.input_per_mtok + usage.output_tokens * self.output_per_mtok
        return round(paid / _PER, 6)


def prices_of(stated: Mapping[str, float]) -> Prices:
    """The suite's `prices` table, already validated."""
    return Prices(stated.get("input_per_mtok"), stated.get("output_per_mtok"))


def estimated_tokens(*texts: str) -> int:
    """Tokens that `texts` will be counted as, on the dear side."""
    return 1 + sum(len(text.encode("utf-8", "replace")) for text in texts) // BYTES_PER_TOKEN


class Purse:
    """What one command may spend, and has spent; thread-safe. Money is set aside before a call and settled after it."""

    def __init__(self) -> None:
        self.spent_usd = 0.0
        self._aside_usd = 0.0
        self._lock = threading.Lock()

    def set_aside(self, worst_usd: float | None, cap_usd: float | None) -> None:
        """Reserve a call's worst case; Cancelled `cost_cap` when that could break the cap."""
        with self._lock:
            would = self.spent_usd + self._aside_usd + (worst_usd or 0.0)
            if cap_usd is not None and would > cap_usd:
                raise Cancelled(
                    "cost_cap",
                    f"the next call could bring the cost to {would:.4f} USD, the cap is {cap_usd:g} USD"
                    f" ({self.spent_usd:.4f} USD spent); `harness resume` goes on with the same cap anew",
                )
            self._aside_usd += worst_usd or 0.0

    def settle(self, worst_usd: float | None, cost_usd: float | None) -> None:
        """The call set aside as `worst_usd` cost `cost_usd`; None = nobody knows, so the worst is assumed."""
        with self._lock:
            self._aside_usd -= worst_usd or 0.0
            self.spent_usd += (worst_usd or 0.0) if cost_usd is None else cost_usd
