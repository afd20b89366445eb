"""The phases of a load measurement, in order: data set, warm-up, p95 windows, baseline, 10x step, check afterwards.

It refuses to judge. It decides two things only: whether another block of p95 windows is worth measuring, because the
limit lies inside the interval or too many windows were spoilt by the generator's own lag, at most two more blocks; and
whether a short step is followed by one as long as the task's longest, on as many records as there would be by then.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import gevent
from dataset import DataSet
from generator import Generator
from growth import Growth
from judging import OK, OUTCOMES
from looks import EXTRA_BLOCKS, worth_longer, worth_more
from scenario import arrivals, plan_mix

AFTER_TRIES = 3
LONG_WINDOWS = 5


@dataclass(frozen=True)
class Plan:
    """The load profile, resolved. Rates per second, limits in ms, times in s."""

    profile: Mapping[str, Any]  # warmup_s, samples, windows, step_s
    longest: Mapping[str, Any]  # the same of the task's profile with the longest step
    load: Mapping[str, Any]  # load.toml
    limit_ms: float
    lag_limit_ms: float  # a window is void when the p95 of the generator's lag exceeds this
    seed: int
    env: Mapping[str, str]


class Measurement:
    """One load measurement against one fresh service."""

    def __init__(self, plan: Plan, generator: Generator) -> None:
        self._plan, self._generator = plan, generator
        self._data = DataSet(plan.load, plan.env, plan.seed)
        self._operations = [str(block["name"]) for block in plan.load["mix"]]

    def run(self) -> dict[str, Any]:
        """All phases; `phases` is empty when the data set could not be built."""
        growth = Growth(self._plan.load, self._plan.env, self._plan.seed)
        setup = self._data.build(self._generator, lambda: growth.look(self._generator, self._data))
        if setup["ok"]:
            growth.look(self._generator, self._data)
        facts: dict[str, Any] = {"operations": self._operations, "outcomes": list(OUTCOMES), "setup": setup}
        facts["growth"] = growth.facts()
        facts["phases"] = [] if not setup["ok"] else self._load()
        facts["after"] = self._after() if setup["ok"] else []
        facts["examples"] = self._generator.examples
        return facts

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
        step = self._phase("step", 10 * r0, math.ceil(10 * r0 * profile["step_s"]), 1, 0)
        return [*before, *blocks, baseline, step, *self._longer(step, 10 * r0)]

    def _longer(self, step: Mapping[str, Any], rate: float) -> list[dict[str, Any]]:
        """A step as long as in the longest profile, where the short one leaves open whether that is held."""
        plan, longest = self._plan, self._plan.longest
        if longest["step_s"] <= plan.profile["step_s"] or not worth_longer(step, plan.limit_ms, plan.lag_limit_ms):
            return []
        unsent = longest["samples"] - plan.profile["samples"] + rate / 10 * (longest["step_s"] - plan.profile["step_s"])
        self._data.grow(self._generator, max(0, round(unsent)), plan.load["mix"])
        return [self._phase("step", rate, math.ceil(rate * longest["step_s"]), LONG_WINDOWS, 1)]

    def _phase(self, name: str, rate: float, count: int, windows: int, block: int) -> dict[str, Any]:
        seed = f"{self._plan.seed}:{name}:{block}"
        requests = plan_mix(
            self._plan.load["mix"], self._data.pools, self._plan.env, self._data.echo, count, f"{seed}:requests"
        )
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
                request = plan_mix([block], self._data.pools, self._plan.env, self._data.echo, 1, seed)[0]
                result = self._generator.send(request)
                if result.outcome == OK:
                    break
                gevent.sleep(0.2)
            checks.append({"operation": block["name"], "ok": result.outcome == OK, "detail": result.detail})
        return checks


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
