"""Test strength: seeded faults in lines the tests reach, one at a time, until the time is up.

Refuses a figure when the unchanged code does not pass here: then a failing mutant would say nothing.
"""

import json
import random
import select
import subprocess
import time
from typing import Any

import processes
from bench import Bench
from mutants import Mutant, candidates, mutate
from rewrite import gutted
from witness import Trail

START_S, LEAST_S, FACTOR = 60.0, 2.0, 3.0
MAX_SURVIVORS = 40


class ForkServer:
    """The submission's interpreter with its third-party packages loaded, forking once per order."""

    def __init__(self, bench: Bench, keep: set[str], preload: list[str]) -> None:
        self._all = sorted(keep)
        config = bench.config("serve", preload=preload, data=str(bench.data))
        self._child = subprocess.Popen(
            bench.argv(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=bench.variables(),
            cwd=bench.root,
            start_new_session=True,
        )
        self._noise = processes.Tail(self._child.stderr)
        self._buffer = b""
        self._send(config)

    def answer(self, timeout_s: float) -> str | None:
        """The next line, None when it does not come in time or the server is gone."""
        assert self._child.stdout is not None
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._child.stdout], [], [], left)[0]:
                return None
            data = self._child.stdout.read1(4096)  # type: ignore[attr-defined]
            if not data:
                return None
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode("ascii", "replace")

    def order(self, timeout_s: float, tests: set[str] | None = None, reverse: bool = False) -> str:
        """Fork and run `tests` (None = all): survived | killed | timeout | lost (the server broke)."""
        keep = self._all if tests is None else sorted(tests)
        files = {} if tests is None else {"tests": sorted({test.split("::")[0] for test in tests})}
        self._send({"timeout_s": timeout_s, "keep": keep, "reverse": reverse, **files})
        answer = self.answer(timeout_s + 10.0)
        return answer if answer in ("survived", "killed", "timeout") else "lost"

    def close(self) -> None:
        """Kill the server and everything it forked."""
        self._child.kill()
        processes.sweep()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue

    def _send(self, value: dict[str, Any]) -> None:
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(value).encode() + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError:
            return


def strength(
    bench: Bench,
    keep: set[str],
    preload: list[str],
    trail: Trail,
    reached: dict[str, set[int]],
    seed: int,
    budget_s: float,
) -> dict[str, Any]:
    """Facts: {unusable, gutted, candidates, run, killed, timeouts, survived, baseline_s, selected, survivors, seconds}.

    keep: tests that passed twice on the unchanged code; reached: source file -> executed lines; trail: which tests ran
    which lines; `gutted` is True when the suite passes although every function of the submission raises.
    """
    started = time.monotonic()
    bench.reset()
    sources = {p: (bench.app / p).read_text("utf-8", "replace") for p in bench.suite.sources}
    facts: dict[str, Any] = {
        "unusable": "",
        "gutted": None,
        "candidates": 0,
        "run": 0,
        "killed": 0,
        "timeouts": 0,
        "survived": 0,
        "baseline_s": None,
        "selected": False,
        "survivors": [],
        "seconds": 0.0,
    }
    if not keep:
        facts["unusable"] = "no test passes on the unchanged code"
        return facts
    server = ForkServer(bench, keep, preload)
    try:
        _run_all(server, bench, sources, trail, selection(sources, reached, seed), keep, budget_s, facts)
    finally:
        server.close()
    facts["seconds"] = round(time.monotonic() - started, 2)
    return facts


def _run_all(
    server: ForkServer,
    bench: Bench,
    sources: dict[str, str],
    trail: Trail,
    chosen: list[Mutant],
    keep: set[str],
    budget_s: float,
    facts: dict[str, Any],
) -> None:
    if server.answer(START_S) != "ready":
        facts["unusable"] = "the fork server did not start"
        return
    began = time.monotonic()
    # backwards: a suite that passes so does not depend on its order, and parts of it may be run alone
    facts["selected"] = server.order(START_S, reverse=True) == "survived"
    if not facts["selected"]:
        began = time.monotonic()
        answer = server.order(START_S)
        if answer != "survived":
            facts["unusable"] = f"the unchanged code does not pass in a forked process ({answer})"
            return
    facts["baseline_s"] = round(time.monotonic() - began, 3)
    bench.write((p, gutted(s)) for p, s in sources.items())
    facts["gutted"] = server.order(allowance_s(facts["baseline_s"], None, keep)) == "survived"
    bench.write(sources.items())
    facts["candidates"] = len(chosen)
    deadline = time.monotonic() + budget_s
    for mutant in chosen:
        if time.monotonic() >= deadline:
            return
        bench.write([(mutant.file, mutate(sources[mutant.file], mutant.index))])
        found = trail.tests_of(mutant.file, mutant.line) if facts["selected"] else None
        tests = (found & keep or None) if found else None
        result = server.order(allowance_s(facts["baseline_s"], tests, keep), tests)
        bench.write([(mutant.file, sources[mutant.file])])
        if result == "lost":
            facts["unusable"] = facts["unusable"] or "the fork server was lost"
            return
        facts["run"] += 1
        facts["timeouts" if result == "timeout" else result] += 1
        if result == "survived" and len(facts["survivors"]) < MAX_SURVIVORS:
            facts["survivors"].append({k: getattr(mutant, k) for k in ("file", "line", "operator", "before", "after")})


def allowance_s(baseline_s: float, tests: set[str] | None, keep: set[str]) -> float:
    """How long a faulty run may take before it counts as hanging; the baseline is for all of `keep`."""
    share = 1.0 if tests is None else len(tests) / len(keep)
    return LEAST_S + FACTOR * baseline_s * share


def selection(sources: dict[str, str], reached: dict[str, set[int]], seed: int) -> list[Mutant]:
    """All candidates on reached lines in a seeded order that visits every line once before any line twice."""
    found = [m for p, s in sorted(sources.items()) for m in candidates(p, s, reached.get(p, set()))]
    random.Random(f"mutants:{seed}").shuffle(found)
    turn: dict[tuple[str, int], int] = {}
    ranked = []
    for order, mutant in enumerate(found):
        place = (mutant.file, mutant.line)
        turn[place] = turn.get(place, -1) + 1
        ranked.append((turn[place], order, mutant))
    return [mutant for _, _, mutant in sorted(ranked, key=lambda r: r[:2])]
