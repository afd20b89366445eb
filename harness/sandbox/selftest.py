"""The start-up self-test: a canary container tries what agent code must not be able to do on this engine.

Refuses to take the engine's word for a flag: what the canary could really do counts. Once per process and engine.
"""

import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import docker

from harness.errors import IsolationRefused
from harness.sandbox.containers import Containers, containers_of
from harness.sandbox.containment import Box
from harness.sandbox.engine import describe_engine
from harness.sandbox.ownership import current_owner, labels

_CANARY = Path(__file__).with_name("canary.py")
_TIMEOUT_S = 20.0
_OUTPUT_CAP = 64 * 1024

ISOLATION = "full"  # every control of containment.py is in force; anything less is refused, never silently accepted


def verify(client: docker.DockerClient, image: str) -> tuple[str, ...]:
    """What leaked, as `attempt: what happened`; empty = contained. Raises EngineFault and IsolationRefused.

    IsolationRefused also when the canary cannot run or does not answer: not knowing is not being contained.
    """
    marks = labels(current_owner(), "selftest", "", time.time() + _TIMEOUT_S)
    return leaks(containers_of(client, describe_engine(client)), image, marks)


def leaks(containers: Containers, image: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    """As `verify`, with the flags that `containers` uses."""
    box = Box(
        role="service",
        image=image,
        argv=("python3", "-I", "-c", _CANARY.read_text()),
        labels=labels,
        ttl_s=int(_TIMEOUT_S) + 5,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
        memory_mb=128,
        pids=32,
    )
    container = containers.create(box)
    try:
        containers.start(container)
        code = containers.wait(container, _TIMEOUT_S)
        said = containers.log_tail(container, _OUTPUT_CAP).value()
    finally:
        containers.remove(container)
    return _leaks(code, said)


def _leaks(code: int, said: bytes) -> tuple[str, ...]:
    """Read the findings. A leak may cost the canary its exit code (a traced process); a clean sheet may not."""
    try:
        findings = json.loads(said)
    except ValueError:
        findings = None
    found = findings if isinstance(findings, dict) else {}
    leaked = tuple(f"{name}: {finding}" for name, finding in found.items() if str(finding).startswith("leak"))
    if not leaked and (code != 0 or not found):
        raise IsolationRefused(
            "selftest_failed",
            f"the isolation self-test ended with code {code} and said {said[-500:]!r}; expected its findings as JSON: "
            "see `harness doctor`",
        )
    return leaked


class Guard:
    """Remembers the verdict, so that a run asks once. Shared between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed = False

    def check(self, containers: Containers, image: str, labels: Mapping[str, str]) -> None:
        """Raise IsolationRefused if anything leaks; remembered once it has passed."""
        with self._lock:
            if self._passed:
                return
            leaked = leaks(containers, image, labels)
            if leaked:
                raise IsolationRefused(
                    "isolation_leaks",
                    f"this engine does not contain agent code: {'; '.join(leaked)}. Nothing was run. Expected all "
                    "of it to be refused: use a rootful Docker engine 20.10 or newer on Linux (see `harness doctor`)",
                )
            self._passed = True
