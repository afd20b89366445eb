"""What our limits took and cut off: every driver notes it here, and the frame puts it into the report as `limits`.

    {"spent": 0.27, "cuts": [{"limit": "time", "limit_s": 30.0, "left": "tests/test_a.py::test_b"}]}

spent: the largest share of any limit that was used; limit: time (fair seconds) | cpu | idle; left: what was left unrun.
Refuses to say whose fault a cut is: the same command on the reference tells.
"""

import threading
from typing import Any

CUTS_CAP = 200


class Limits:
    """The notes of one driver, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spent, self._cuts, self._more = 0.0, list[dict[str, Any]](), 0

    def used(self, seconds: float, limit_s: float) -> None:
        """So much of a limit was used."""
        with self._lock:
            self._spent = max(self._spent, seconds / limit_s)

    def cut(self, limit: str, limit_s: float, left: str) -> None:
        """A limit was hit; `left` is what did not run, or not to its end."""
        with self._lock:
            self._spent = max(self._spent, 1.0)
            if len(self._cuts) < CUTS_CAP:
                self._cuts.append({"limit": limit, "limit_s": limit_s, "left": left[:300]})
            else:
                self._more += 1

    def facts(self) -> dict[str, Any]:
        """For the report."""
        with self._lock:
            more = {"more": self._more} if self._more else {}
            return {"spent": round(self._spent, 4), "cuts": list(self._cuts), **more}


LIMITS = Limits()
