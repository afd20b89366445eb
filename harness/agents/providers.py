"""What all calls to one provider share: how many may run at once, and whether it has refused us for good.

Refuses to remember beyond its own life: whoever makes it (one adapter per run) decides how long that is.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import ProviderFault

RECOVERY = 10  # calls that must go well in a row before one more may run at once


class Provider:
    """Thread-safe. The number of calls at once is halved by a 429 and grows back by one after RECOVERY good calls."""

    def __init__(self, most: int) -> None:
        self._most = self._limit = most
        self._busy = 0
        self._good = 0
        self._stopped: dict[str | None, tuple[str, str]] = {}
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """Calls that may run at once now."""
        return self._limit

    @contextmanager
    def slot(self, model: str) -> Iterator[None]:
        """A place among the calls at once. Raises ProviderFault, without a call, when the provider refused for good."""
        with self._changed:
            self._changed.wait_for(lambda: self._busy < self._limit or self._refusal(model) is not None)
            self.check(model)
            self._busy += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def check(self, model: str) -> None:
        """ProviderFault if this model may not be asked any more."""
        refusal = self._refusal(model)
        if refusal is not None:
            code, message = refusal
            raise ProviderFault(code, f"not asked, the provider has refused for good: {message}")

    def stop(self, code: str, message: str, model: str | None = None) -> None:
        """No further call: of `model`, or of any model."""
        with self._changed:
            self._stopped.setdefault(model, (code, message))
            self._changed.notify_all()

    def congested(self) -> None:
        """The provider said 429."""
        with self._changed:
            self._limit = max(1, self._limit // 2)
            self._good = 0

    def went_well(self) -> None:
        """A call was answered."""
        with self._changed:
            self._good += 1
            if self._good >= RECOVERY and self._limit < self._most:
                self._limit += 1
                self._good = 0
                self._changed.notify_all()

    def _refusal(self, model: str) -> tuple[str, str] | None:
        return self._stopped.get(None) or self._stopped.get(model)
