"""How true is the load probe? Its p95 beside what services of known behaviour wrote down themselves, in real pods.

Target: error at most max(5 %, 2.5 ms). It refuses to correct anything: the generator's own floor is printed, never
subtracted. Not a test: figures depend on the machine, so they are shown beside their target and asserted nowhere.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import InfrastructureFault
from harness.model.probe import ProbeOutput
from harness.model.task import Limits, Requirements, Task
from harness.ports import PreparedService, Sandbox
from harness.probes.load import LAG_FLOOR_MS, LAG_SHARE, PROBE
from harness.scorers.latency import percentile
from harness.scorers.load_reading import read

RELATIVE_TARGET = 0.05
ABSOLUTE_TARGET_MS = 2.5
SERVICE = Path(__file__).with_name("timed_service.py")


@dataclass(frozen=True)
class Case:
    """One service and the load on it; a stall of STALL_S seconds every EVERY_S seconds where given."""

    name: str
    environment: Mapping[str, str]
    rate: float
    seconds: float


CASES = (
    Case("fixed 5 ms", {"DELAY_MS": "5"}, 250, 10),
    Case("fixed 50 ms", {"DELAY_MS": "50"}, 250, 10),
    Case("fixed 300 ms", {"DELAY_MS": "300"}, 100, 10),
    # a stall case needs a minute: fewer stalls say little about the tail
    Case("1 s stall every 5 s", {"DELAY_MS": "5", "STALL_S": "1", "EVERY_S": "5"}, 100, 60),
)


@dataclass(frozen=True)
class Accuracy:
    """What the probe said beside what the service wrote down; ms."""

    case: str
    requests: int
    true_p95_ms: float
    measured_p95_ms: float
    lag_p95_ms: float

    @property
    def error_ms(self) -> float:
        return self.measured_p95_ms - self.true_p95_ms

    @property
    def target_ms(self) -> float:
        return max(RELATIVE_TARGET * self.true_p95_ms, ABSOLUTE_TARGET_MS)

    @property
    def verdict(self) -> str:
        """ok | MISSED | void: a generator this late would void its windows in a real measurement too."""
        if self.lag_p95_ms > max(LAG_FLOOR_MS, LAG_SHARE * self.true_p95_ms):
            return "void: the generator was late, the machine is busy"
        return "ok" if abs(self.error_ms) <= self.target_ms else "MISSED"


def measure(sandbox: Sandbox, cases: Sequence[Case] = CASES) -> Iterator[Accuracy]:
    """One pod a case, one figure as soon as it is known. Raises InfrastructureFault when a case cannot be measured."""
    for case in cases:
        task = _task(case)
        command = PROBE.command(task, "accuracy")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o755)
            (folder / "app.py").write_bytes(SERVICE.read_bytes())
            env = {"PORT": "8000", **case.environment}
            service = PreparedService(folder, None, ("python3", "app.py"), env, task, "python")
            with sandbox.open(service, command, "perf") as pod:
                output = pod.run(command, 1)
        yield _accuracy(case, output)


def _accuracy(case: Case, output: ProbeOutput) -> Accuracy:
    seen = PROBE.observe(output)
    reading = read(seen.facts) if seen.status == "measured" else None
    if reading is None:
        raise InfrastructureFault("load_accuracy", f"{case.name}: {seen.cause or 'nothing was measured'}")
    own = true_latencies_ms(output.service.log)[: reading.p95.count]  # what follows are the checks after the load
    if output.service.log_truncated or len(own) < reading.p95.count:
        raise InfrastructureFault("load_accuracy", f"{case.name}: the service's own record is incomplete ({len(own)})")
    return Accuracy(
        case.name, reading.p95.count, percentile(own, 0.95), reading.p95.p95_ms.value, reading.p95.lag_p95_ms
    )


def true_latencies_ms(log: bytes) -> list[float]:
    """The service's own figures, in the order it answered."""
    lines = log.decode("utf-8", "replace").splitlines()
    return [float(line[3:]) for line in lines if line.startswith("ms ")]


def table(rows: Sequence[Accuracy]) -> str:
    """Plain text, one line a case, each figure beside its target."""
    head = f"{'service':<22}{'requests':>9}{'true p95':>11}{'measured':>11}{'error':>9}{'target':>9}{'lag p95':>9}"
    lines = [
        f"{row.case:<22}{row.requests:>9}{row.true_p95_ms:>8.2f} ms{row.measured_p95_ms:>8.2f} ms"
        f"{row.error_ms:>+9.2f}{row.target_ms:>9.2f}{row.lag_p95_ms:>9.2f}  "
        f"{row.verdict}"
        for row in rows
    ]
    return "\n".join([head, *lines])


def _task(case: Case) -> Task:
    load: dict[str, Any] = {
        "p95_rate": case.rate,
        "r0": 1,
        "p95_limit_ms": 100_000,  # never undecided: one block, so that samples and the service's record match
        "error_limit": 1,
        "profiles": {
            "accuracy": {"warmup_s": 0, "samples": round(case.rate * case.seconds), "windows": 5, "step_s": 0}
        },
        "mix": [{"name": "get", "weight": 1, "method": "GET", "path": "/x"}],
    }
    return Task(
        id="accuracy",
        title="",
        family="",
        digest="",
        languages=("python",),
        capabilities=(),
        readiness_path="/health",
        limits=Limits(),
        requirements=Requirements(),
        environment={},
        instruction="",
        contract={},
        contract_yaml=b"",
        load=load,
        starter={},
        solution={},
        acceptance_tests={},
        attacks={},
        variants={},
        mutants=(),
    )
