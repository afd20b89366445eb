"""A long, gentle load while the service is killed and restarted: every request with its times, every outage watched.

It refuses to judge: which requests an outage of our making excuses is the scorer's to say. Each request has a
connection of its own, so that none dies of what an earlier outage broke. What was acknowledged is read again after each
outage (witnesses.py).
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gevent
import gevent.pool
from dataset import DataSet
from generator import Generator, Result, example_of
from harness_probe.ready import answers
from harness_probe.transport import ServiceError, exchange
from judging import BAD_BODY, OK, OUTCOMES
from scenario import Request, arrivals, plan_mix
from witnesses import READ_BACK, WITNESS, Witnesses

POLL_S = 0.025
UNSEEN_S = 15.0  # a planned fault that shows no effect this long after its time did not happen
EXAMPLES = 12


@dataclass(frozen=True)
class SoakPlan:
    """Times in seconds after readiness. `faults`: (at_s, kind) as the sandbox carries them out."""

    load: Mapping[str, Any]
    env: Mapping[str, str]
    seed: int
    requests: int
    rate: int
    records: int  # at most, of each set-up block
    setup_s: float
    end_s: float  # the latest; it ends sooner when every outage is over and enough requests count
    grace_s: float
    faults: tuple[tuple[float, str], ...]


@dataclass
class Outage:
    """A planned fault as seen from outside: when the port began to refuse, when the service answered again."""

    kind: str
    at_s: float
    down_s: float | None = None
    up_s: float | None = None
    over: bool = False  # the service is back and what it had acknowledged was read back, or it never went


@dataclass
class _Sent:
    due_s: float
    begun_s: float
    ended_s: float
    request: Request
    result: Result


Check = Callable[[Result], str]  # what is wrong with an answer that is fine by itself, "" when nothing is


class Soak:
    """One soak against one fresh service; construct it as soon as the service is ready: faults count from then."""

    def __init__(self, plan: SoakPlan, generator: Generator, base_url: str, readiness_path: str) -> None:
        self._origin = time.perf_counter()
        self._plan, self._generator = plan, generator
        self._base_url, self._readiness_path = base_url, readiness_path
        self._data = DataSet(plan.load, plan.env, plan.seed, total_s=plan.setup_s - 1, at_most=plan.records)
        self._outages = [Outage(kind, at_s) for at_s, kind in plan.faults]
        self._sent: list[_Sent] = []
        self._witnesses = Witnesses(plan.load, plan.env, plan.seed, self._data, self._now_one)

    def run(self) -> dict[str, Any]:
        """Facts as harness/probes/soak.py documents them. Raises ScenarioError."""
        setup = self._data.build(self._generator)
        if setup["ok"]:
            self._soak()
        return {
            "operations": self._operations(),
            "outcomes": list(OUTCOMES),
            "setup": setup,
            "rate": self._plan.rate,
            "outages": [
                {"kind": o.kind, "at_s": o.at_s, "down_s": _rounded(o.down_s), "up_s": _rounded(o.up_s)}
                for o in self._outages
            ],
            "samples": self._samples(),
            "read_back": self._witnesses.checks,
            "examples": self._examples(),
            "window_s": round(self._now(), 3),
        }

    def _soak(self) -> None:
        background = [gevent.spawn(self._watch, outage) for outage in self._outages]
        witness = gevent.spawn(self._witnesses.keep_writing)
        flying = gevent.pool.Group()
        begun, chunk = self._now(), 0
        while not self._enough():
            for due, request in self._chunk(chunk):
                flying.add(gevent.spawn(self._one, begun + chunk + due, request))
            chunk += 1
            gevent.sleep(max(0.0, begun + chunk - self._now()))
        witness.kill()
        gevent.killall(background)
        flying.join()
        self._witnesses.read_back("end")

    def _chunk(self, number: int) -> list[tuple[float, Request]]:
        """One second's requests and when in it they are due."""
        plan, seed = self._plan, f"{self._plan.seed}:soak:{number}"
        data = self._data
        requests = plan_mix(plan.load["mix"], data.pools, plan.env, data.echo, plan.rate, f"{seed}:requests")
        return list(zip(arrivals(plan.rate, plan.rate, 1, f"{seed}:arrivals"), requests, strict=True))

    def _one(self, due_s: float, request: Request, check: Check | None = None) -> Result:
        gevent.sleep(max(0.0, due_s - self._now()))
        begun_s = self._now()
        result = self._generator.send(replace(request, headers={**request.headers, "Connection": "close"}))
        ended_s = self._now()
        problem = check(result) if check and result.outcome == OK else ""
        if problem:
            result = replace(result, outcome=BAD_BODY, detail=problem[:300])
        without = result if result.outcome != OK else replace(result, body=b"")
        self._sent.append(_Sent(due_s, begun_s, ended_s, request, without))
        return result

    def _now_one(self, request: Request, check: Check | None = None) -> Result:
        return self._one(self._now(), request, check)

    def _enough(self) -> bool:
        if self._now() >= self._plan.end_s:
            return True
        counted = sum(not self._disturbed(sent) for sent in self._sent)
        return counted >= self._plan.requests and all(outage.over for outage in self._outages)

    def _disturbed(self, sent: _Sent) -> bool:
        """Roughly what the scorer will leave out; exact enough to know when to stop and which failures to show."""
        for outage in self._outages:
            end = math.inf if outage.up_s is None else outage.up_s + self._plan.grace_s
            if sent.ended_s >= outage.at_s and sent.begun_s <= end:
                return True
        return False

    def _watch(self, outage: Outage) -> None:
        gevent.sleep(max(0.0, outage.at_s - self._now()))
        while not self._refused():
            if self._now() > outage.at_s + UNSEEN_S:
                outage.over = True
                return
            gevent.sleep(POLL_S)
        outage.down_s = self._now()
        while not answers(self._base_url, self._readiness_path, 2.0):
            gevent.sleep(POLL_S)
        outage.up_s = self._now()
        gevent.sleep(self._plan.grace_s)
        self._witnesses.read_back(outage.kind)
        outage.over = True

    def _refused(self) -> bool:
        """Whether nothing listens: a slow or failing answer is not the outage that was planned."""
        try:
            exchange(self._base_url, "GET", self._readiness_path, {"Accept": "*/*"}, deadline_s=2.0)
        except ServiceError as error:
            return error.kind == "refused"
        return False

    def _operations(self) -> list[str]:
        return [*(str(block["name"]) for block in self._plan.load["mix"]), WITNESS, READ_BACK]

    def _samples(self) -> dict[str, list[int]]:
        operations = self._operations()
        rows = sorted(self._sent, key=lambda sent: sent.begun_s)
        return {
            "due_ms": [round(1000 * sent.due_s) for sent in rows],
            "begun_ms": [round(1000 * sent.begun_s) for sent in rows],
            "ended_ms": [round(1000 * sent.ended_s) for sent in rows],
            "status": [sent.result.status for sent in rows],
            "operation": [operations.index(sent.request.operation) for sent in rows],
            "outcome": [sent.result.outcome for sent in rows],
        }

    def _examples(self) -> list[dict[str, Any]]:
        shown = [sent for sent in self._sent if sent.result.outcome != OK and not self._disturbed(sent)]
        shown.sort(key=lambda sent: (sent.request.operation != READ_BACK, sent.begun_s))  # lost data first
        return [example_of(sent.request, sent.request.headers, sent.result) for sent in shown[:EXAMPLES]]

    def _now(self) -> float:
        return time.perf_counter() - self._origin


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
