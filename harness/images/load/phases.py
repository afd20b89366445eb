"""The phases of a load measurement, in order: data set, warm-up, p95 windows, baseline, 10x step, check afterwards.

It refuses to judge. It decides one thing only: whether another block of p95 windows is worth measuring, because the
limit lies inside the interval or too many windows were spoilt by the generator's own lag; at most two more blocks.
"""

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import gevent.pool
from generator import OK, OUTCOMES, Generator
from looks import EXTRA_BLOCKS, worth_more
from scenario import Pools, Request, ScenarioError, arrivals, plan_mix, record_pools, saved, setup_request

SETUP_CONCURRENCY = 8
SETUP_TIMEOUT_S = 10.0  # one request of the data set
SETUP_TOTAL_S = 60.0
SETUP_FAILURES = 0.02  # above this share the data set is not the one the load is defined on
AFTER_TRIES = 3


@dataclass(frozen=True)
class Plan:
    """The load profile, resolved. Rates per second, limits in ms, times in s."""

    profile: Mapping[str, Any]  # warmup_s, samples, windows, step_s
    load: Mapping[str, Any]  # load.toml
    limit_ms: float
    lag_limit_ms: float  # a window is void when the p95 of the generator's lag exceeds this
    seed: int
    env: Mapping[str, str]


class Measurement:
    """One load measurement against one fresh service."""

    def __init__(self, plan: Plan, generator: Generator) -> None:
        self._plan, self._generator = plan, generator
        self._pools: Pools = record_pools(plan.load.get("records", []), plan.env)
        self._operations = [str(block["name"]) for block in plan.load["mix"]]
        self._echo = {
            field: path for block in plan.load.get("setup", []) for field, path in (block.get("save") or {}).items()
        }

    def run(self) -> dict[str, Any]:
        """All phases; `phases` is empty when the data set could not be built."""
        setup = self._build_data_set()
        facts: dict[str, Any] = {"operations": self._operations, "outcomes": list(OUTCOMES), "setup": setup}
        facts["phases"] = [] if not setup["ok"] else self._load()
        facts["after"] = self._after() if setup["ok"] else []
        facts["examples"] = self._generator.examples
        return facts

    def _build_data_set(self) -> dict[str, Any]:
        started, sent, failed, first = time.monotonic(), 0, 0, None
        for number, block in enumerate(self._plan.load.get("setup", [])):
            name = str(block.get("name") or f"setup {number + 1} ({block['method']} {block['path']})")
            try:
                planned = [
                    setup_request(block, name, index, self._pools, self._plan.env, self._plan.seed)
                    for index in range(int(block["repeat"]))
                ]
            except ScenarioError:
                if failed:  # an earlier block's failures left the pool empty: the service's doing, not the profile's
                    break
                raise
            left_s = SETUP_TOTAL_S - (time.monotonic() - started)
            records, problems = self._fill(block, planned, left_s)
            sent, failed = sent + len(planned), failed + len(problems)
            first = first or (problems[0] if problems else None)
            self._pools.setdefault(block["pool"], []).extend(records)
        ok = failed <= SETUP_FAILURES * sent
        return {"ok": ok, "sent": sent, "failed": failed, "first_failure": first, "s": _since(started)}

    def _fill(
        self, block: Mapping[str, Any], planned: Sequence[tuple[Request, Mapping[str, Any]]], left_s: float
    ) -> tuple[list[Mapping[str, Any]], list[dict[str, Any]]]:
        deadline = time.monotonic() + left_s

        def one(item: tuple[Request, Mapping[str, Any]]) -> Mapping[str, Any] | str:
            if time.monotonic() > deadline:
                return f"not sent: the data set took longer than {SETUP_TOTAL_S:g} s"
            result = self._generator.send(item[0], SETUP_TIMEOUT_S)
            if result.outcome != OK:
                return result.detail
            try:
                return saved(block, item[1], _json(result.body))
            except KeyError as error:
                return f"the answer has no {error.args[0]!r}"

        answers = gevent.pool.Pool(SETUP_CONCURRENCY).map(one, planned)
        records = [answer for answer in answers if not isinstance(answer, str)]
        problems = [
            {"operation": item[0].operation, "detail": answer, "method": item[0].method, "target": item[0].path}
            for item, answer in zip(planned, answers, strict=True)
            if isinstance(answer, str)
        ]
        return records, problems

    def _load(self) -> list[dict[str, Any]]:
        profile, load = self._plan.profile, self._plan.load
        rate, r0 = float(load["p95_rate"]), float(load["r0"])
        warmup = math.ceil(rate * profile["warmup_s"])
        before = [self._phase("warmup", rate, warmup, 1, 0)] if warmup else []
        blocks = [self._phase("p95", rate, int(profile["samples"]), int(profile["windows"]), 0)]
        while len(blocks) <= EXTRA_BLOCKS and worth_more(blocks, self._plan.limit_ms, self._plan.lag_limit_ms):
            blocks.append(self._phase("p95", rate, int(profile["samples"]), int(profile["windows"]), len(blocks)))
        if profile["step_s"] <= 0:
            return [*before, *blocks]
        baseline = self._phase("baseline", r0, math.ceil(r0 * profile["step_s"]), 1, 0)
        return [*before, *blocks, baseline, self._phase("step", 10 * r0, math.ceil(10 * r0 * profile["step_s"]), 1, 0)]

    def _phase(self, name: str, rate: float, count: int, windows: int, block: int) -> dict[str, Any]:
        seed = f"{self._plan.seed}:{name}:{block}"
        requests = plan_mix(self._plan.load["mix"], self._pools, self._plan.env, self._echo, count, f"{seed}:requests")
        due = arrivals(count, rate, windows, f"{seed}:arrivals")
        started = time.monotonic()
        samples = self._generator.run(requests, due, self._operations)
        head = {"name": name, "rate": rate, "block": block, "windows": windows, "s": _since(started)}
        return {**head, "planned_s": round(count / rate, 6), **asdict(samples)}

    def _after(self) -> list[dict[str, Any]]:
        """Each operation once, alone, after the load: does the service still do what it did?"""
        checks = []
        for number, block in enumerate(self._plan.load["mix"]):
            for attempt in range(AFTER_TRIES):
                seed = f"{self._plan.seed}:after:{number}:{attempt}"
                request = plan_mix([block], self._pools, self._plan.env, self._echo, 1, seed)[0]
                result = self._generator.send(request)
                if result.outcome == OK:
                    break
                gevent.sleep(0.2)
            checks.append({"operation": block["name"], "ok": result.outcome == OK, "detail": result.detail})
        return checks


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
