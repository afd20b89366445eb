"""The probe's side of the stdin/stdout protocol: read the job, say `ready`, end with one `report` line.

It refuses NaN and Infinity (they are not JSON) and reports larger than the cap: a cut-off line would be read as a
crash, so the driver must shrink its evidence instead. Nothing else a driver prints is ever read back.
"""

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from harness_probe import fair_clock, listeners
from harness_probe.limits import LIMITS
from harness_probe.ready import wait_ready

REPORT_CAP = 15_000_000  # bytes; below the sandbox's default stdout cap of 16 MB


def _nobody(kind: str) -> None:
    raise RuntimeError(f"nobody is there to carry out the fault {kind!r}")


@dataclass(frozen=True)
class Job:
    """What the sandbox sent on stdin. `parameters` holds the probe's own keys (everything not listed here).

    ask: have the sandbox carry out one of the faults in `on_request`; returns when that is done.
    """

    nonce: str
    seed: int
    base_url: str
    environment: dict[str, str]
    readiness_path: str
    start_timeout_s: float
    parameters: dict[str, Any]
    on_request: tuple[str, ...] = ()
    ask: Callable[[str], None] = _nobody


_OWN_KEYS = ("nonce", "seed", "base_url", "environment", "readiness_path", "start_timeout_s", "on_request")


def read_job(text: str | None = None) -> Job:
    """The job from stdin (or from `text`). Raises ValueError naming the missing key."""
    raw = json.loads(sys.stdin.readline() if text is None else text)  # stdin may stay open, for answers
    if not isinstance(raw, dict) or "nonce" not in raw:
        raise ValueError("stdin: expected one JSON object with the key 'nonce'")
    return Job(
        nonce=str(raw["nonce"]),
        seed=int(raw.get("seed", 0)),
        base_url=str(raw.get("base_url") or "http://127.0.0.1:8000").rstrip("/"),
        environment={str(k): str(v) for k, v in (raw.get("environment") or {}).items()},
        readiness_path=str(raw.get("readiness_path") or "/"),
        start_timeout_s=float(raw.get("start_timeout_s", 30.0)),
        parameters={k: v for k, v in raw.items() if k not in _OWN_KEYS},
        on_request=tuple(str(kind) for kind in raw.get("on_request") or ()),
    )


class Reporter:
    """Writes protocol lines to a private copy of stdout, so that no tool's print can end up inside a line.

    From construction on, whatever else writes to file descriptor 1 goes to stderr.
    """

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce
        self._started = time.monotonic()
        sys.stdout.flush()
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        os.dup2(2, 1)
        self._in = os.fdopen(os.dup(0), encoding="utf-8")  # a copy: pytest takes the original away

    def ready(self, after_s: float | None = None) -> None:
        """Line 1 of a probe that needs a service; `after_s` defaults to the driver's age."""
        age = time.monotonic() - self._started if after_s is None else after_s
        self._line(f"ready {self._nonce} {age:.4f}")

    def report(self, facts: dict[str, Any]) -> None:
        """The last line. Raises ValueError on NaN or when the report is larger than REPORT_CAP."""
        self._line(report_line(self._nonce, facts))

    def ask(self, kind: str) -> None:
        """Have the sandbox carry out a fault; returns when it has. Raises RuntimeError when nobody answers."""
        self._line(f"fault {self._nonce} {kind}")
        answer = self._in.readline()
        if answer.split() != ["done", self._nonce, kind]:
            raise RuntimeError(f"asked for the fault {kind!r}, was answered {answer[:200]!r}")

    def _line(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()


def report_line(nonce: str, facts: dict[str, Any]) -> str:
    """`report <nonce> <JSON>` on one line of ASCII. Raises ValueError on NaN, Infinity and above REPORT_CAP."""
    text = json.dumps(facts, allow_nan=False, separators=(",", ":"), ensure_ascii=True)
    if len(text) > REPORT_CAP:
        raise ValueError(f"report of {len(text)} bytes exceeds {REPORT_CAP}; cap the evidence in the driver")
    return f"report {nonce} {text}"


def run_probe(work: Callable[[Job], dict[str, Any]], needs_service: bool = True, real_time: bool = False) -> int:
    """The frame of every driver: read the job, wait for the service, do the work, report. Returns the exit code.

    A service that never answers gives {"ready": false, "listens": what listens instead} without a `ready` line and exit
    code 0. An exception in `work` is printed to stderr and ends with code 70 and no report line, which the harness
    reads as a crash of the probe.
    real_time: once the service answers, no canary sings beside work that measures time itself.
    """
    job = read_job()
    reporter = Reporter(job.nonce)
    try:
        with contextlib.ExitStack() as canary:
            canary.enter_context(fair_clock.running())
            after_s = None
            if needs_service:
                after_s = wait_ready(job.base_url, job.readiness_path, job.start_timeout_s)
                if after_s is None:
                    heard = listeners.told(job.base_url, listeners.listening())
                    reporter.report({"ready": False, "waited_s": job.start_timeout_s, "listens": heard})
                    return 0
                LIMITS.used(after_s, job.start_timeout_s)
                reporter.ready()
            if real_time:
                canary.close()
            facts = work(replace(job, ask=reporter.ask))
            reporter.report({"ready": True, "ready_after_s": after_s, "limits": LIMITS.facts(), **facts})
    except Exception:  # noqa: BLE001 - the frame's job is to turn any failure into exit 70
        sys.excepthook(*sys.exc_info())
        return 70
    return 0
