"""The data set that a load profile describes: pools of records, built by requests before anything is measured.

It refuses to judge the answers beyond "does the record exist now"; whoever measures decides what a poor data set means.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gevent.pool
from generator import Generator
from judging import OK
from scenario import Pools, Record, Request, ScenarioError, UnusableValue, record_pools, saved, setup_request

CONCURRENCY = 8
TIMEOUT_S = 10.0  # one request of the data set
TOTAL_S = 60.0
GROW_S = 15.0  # for each block when the data set grows later
FEW = 8  # one in eight records of the largest block: where a first look is taken
FAILURES = 0.02  # above this share the data set is not the one the load is defined on


class DataSet:
    """Pools by name, as far as they are built. `at_most`: records a [[setup]] block makes, whatever its `repeat`."""

    def __init__(
        self,
        load: Mapping[str, Any],
        env: Mapping[str, str],
        seed: int,
        total_s: float = TOTAL_S,
        at_most: int | None = None,
    ) -> None:
        self._env, self._seed, self._total_s, self._at_most = env, seed, total_s, at_most
        self._blocks: Sequence[Mapping[str, Any]] = load.get("setup", [])
        self.pools: Pools = record_pools(load.get("records", []), env)
        self.echo = {field: path for block in self._blocks for field, path in (block.get("save") or {}).items()}

    @property
    def made(self) -> int:
        """Records that set-up requests have made so far."""
        return sum(len(self.pools.get(pool, ())) for pool in {block["pool"] for block in self._blocks})

    def build(self, generator: Generator, look: Callable[[], None] | None = None) -> dict[str, Any]:
        """Send every set-up request: {ok, sent, failed, first_failure, s}. `look` is called once, early in the largest
        block. Raises ScenarioError."""
        started, sent, failed, first = time.monotonic(), 0, 0, None
        largest = max(range(len(self._blocks)), key=lambda n: int(self._blocks[n]["repeat"]), default=0)
        for number, block in enumerate(self._blocks):
            count = min(int(block["repeat"]), self._at_most or int(block["repeat"]))
            try:
                planned = [self.request(number, index) for index in range(count)]
            except ScenarioError:
                if failed:  # an earlier block's failures left the pool empty: the service's doing, not the profile's
                    break
                raise
            early = len(planned) // FEW if number == largest else 0
            for part in (planned[:early], planned[early:]):
                left_s = self._total_s - (time.monotonic() - started)
                records, problems = self._fill(generator, block, part, left_s)
                sent, failed = sent + len(part), failed + len(problems)
                first = first or (problems[0] if problems else None)
                self.pools.setdefault(block["pool"], []).extend(records)
                if look is not None and part and len(self.pools[block["pool"]]) == early:
                    look()
        seconds = round(time.monotonic() - started, 3)
        return {"ok": failed <= FAILURES * sent, "sent": sent, "failed": failed, "first_failure": first, "s": seconds}

    def grow(self, generator: Generator, requests: int, mix: Sequence[Mapping[str, Any]]) -> None:
        """Add what so many requests of the mix would have added; a creation that fails is for the load to find."""
        weights = sum(float(block["weight"]) for block in mix)
        for number, block in enumerate(self._blocks):
            alike = [float(m["weight"]) for m in mix if (m["method"], m["path"]) == (block["method"], block["path"])]
            count = round(requests * sum(alike) / weights)
            first = int(block["repeat"])
            planned = [self.request(number, first + index) for index in range(count)]
            self.pools[block["pool"]].extend(self._fill(generator, block, planned, GROW_S)[0])

    def request(self, number: int, index: int) -> tuple[Request, Record]:
        """Request `index` of block `number` (from 0), and the record it inherits; `index` may go beyond `repeat`."""
        block = self._blocks[number]
        name = str(block.get("name") or f"setup {number + 1} ({block['method']} {block['path']})")
        return setup_request(block, name, index, self.pools, self._env, self._seed)

    def record(self, number: int, inherited: Record, body: bytes) -> Record:
        """The record that an answer of block `number` made. Raises KeyError naming what it lacks, UnusableValue."""
        return saved(self._blocks[number], inherited, parsed(body))

    def _fill(
        self,
        generator: Generator,
        block: Mapping[str, Any],
        planned: Sequence[tuple[Request, Record]],
        left_s: float,
    ) -> tuple[list[Record], list[dict[str, Any]]]:
        deadline = time.monotonic() + left_s

        def one(item: tuple[Request, Record]) -> Record | str:
            if time.monotonic() > deadline:
                return f"not sent: the data set took longer than {self._total_s:g} s"
            result = generator.send(item[0], TIMEOUT_S)
            if result.outcome != OK:
                return result.detail
            try:
                return saved(block, item[1], parsed(result.body))
            except KeyError as error:
                return f"the answer has no {error.args[0]!r}"
            except UnusableValue as error:
                return str(error)

        answers = gevent.pool.Pool(CONCURRENCY).map(one, planned)
        records = [answer for answer in answers if not isinstance(answer, str)]
        problems = [
            {"operation": item[0].operation, "detail": answer, "method": item[0].method, "target": item[0].path}
            for item, answer in zip(planned, answers, strict=True)
            if isinstance(answer, str)
        ]
        return records, problems


def parsed(body: bytes) -> Any:
    """The JSON value of a body, None when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
