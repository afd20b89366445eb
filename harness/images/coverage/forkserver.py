"""The submission's interpreter with its packages loaded: forks once per order and says how the tests ended.

Refuses to interpret an answer; a server that breaks says `lost` from then on.
"""

import json
import select
import subprocess
from typing import Any

import processes
from bench import Bench
from harness_probe import fair_clock

LOOK_S = 0.5  # between two looks at the clock


class ForkServer:
    """The cheap way to run the tests: a run costs a fork and the suite itself."""

    def __init__(self, bench: Bench, keep: set[str], preload: list[str]) -> None:
        self._all = sorted(keep)
        config = bench.config(
            "serve", preload=preload, wiped=[str(bench.data), str(bench.home)], side=bench.side().told()
        )
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
        """The next line, None when it does not come in that many fair seconds or the server is gone."""
        assert self._child.stdout is not None
        deadline = fair_clock.now() + timeout_s
        while b"\n" not in self._buffer:
            left = deadline - fair_clock.now()
            if left <= 0:
                return None
            if not select.select([self._child.stdout], [], [], min(left, LOOK_S))[0]:
                continue
            data = self._child.stdout.read1(4096)  # type: ignore[attr-defined]
            if not data:
                return None
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode("ascii", "replace")

    def order(self, timeout_s: float, tests: set[str] | None = None, reverse: bool = False) -> str:
        """Fork and run `tests` (None = all): survived | killed | timeout | lost (the server broke)."""
        keep = self._all if tests is None else sorted(tests)
        files = sorted({test.split("::")[0] for test in keep})  # not those that cannot be collected
        self._send({"timeout_s": timeout_s, "keep": keep, "reverse": reverse, "tests": files})
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


class PlainRuns:
    """The slow way: a process per run, in every respect like the run whose coverage counts."""

    def __init__(self, bench: Bench, keep: set[str]) -> None:
        self._bench, self._keep = bench, keep

    def order(self, timeout_s: float, tests: set[str] | None = None, reverse: bool = False) -> str:
        """Run the whole suite; `survived` when all of `keep` pass. The other arguments would show: they are unused."""
        self._bench.forget()
        outcome = self._bench.run(timeout_s, self._bench.side())
        if outcome.ended.timed_out:
            return "timeout"
        return "survived" if self._keep <= outcome.passed() else "killed"
