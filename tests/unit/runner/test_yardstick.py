"""The reference beside the submissions: measured once a block, and anew when its measurement broke."""

from pathlib import Path
from typing import Any

import pytest

from harness import plugins
from harness.errors import Cancelled
from harness.model.task import Task
from harness.runner.interruption import Interruption
from harness.runner.yardstick import ReferenceYardstick
from harness.sandbox.fake import FakeSandbox, Scripted
from harness.workspace.folder import FolderWorkspace

LATE = Scripted(None, exit_code=1, stderr=b"killed")


def load_report() -> Scripted:
    """The least that the load probe accepts as a measurement."""
    phase = {
        "name": "p95",
        "rate": 50.0,
        "block": 0,
        "windows": 1,
        "s": 1.0,
        "planned_s": 1.0,
        "intended_us": [0],
        "lag_us": [10],
        "latency_us": [1000],
        "status": [200],
        "operation": [0],
        "outcome": [0],
    }
    return Scripted(
        {
            "operations": ["greet"],
            "outcomes": ["ok"],
            "phases": [phase],
            "setup": {"ok": True, "requests": 0, "failed": 0, "examples": []},
            "examples": [],
        }
    )


@pytest.fixture
def make(corridor: Any, tmp_path: Path) -> Any:
    def build(*plays: Scripted, check: Any = lambda: None) -> tuple[ReferenceYardstick, FakeSandbox]:
        sandbox = FakeSandbox({"load": list(plays)})
        store = corridor().store
        return ReferenceYardstick(
            sandbox, FolderWorkspace(), store, [plugins.probe("load")], "smoke", 7, check
        ), sandbox

    return build


def test_once_a_block_and_then_remembered(make: Any, greeting: Task) -> None:
    yardstick, sandbox = make(load_report())
    first = yardstick.measure(greeting, 1)
    assert first["load"].status == "measured", first["load"].cause
    assert yardstick.measure(greeting, 1) == first
    assert len(sandbox.runs) == 1
    yardstick.measure(greeting, 2)
    assert len({seed for _, _, seed in sandbox.runs}) == 2


def test_a_broken_measurement_is_made_anew(make: Any, greeting: Task) -> None:
    yardstick, sandbox = make(LATE, LATE, load_report())
    assert yardstick.measure(greeting, 1)["load"].status == "crashed", "twice: it is measured as submissions are"
    assert yardstick.measure(greeting, 1)["load"].status == "measured"
    assert len(sandbox.runs) == 3


def test_what_a_stop_cut_short_is_not_kept(corridor: Any, greeting: Task) -> None:
    interruption = Interruption()

    def stopped_meanwhile(service: Any, command: Any, seed: int) -> Scripted:
        interruption.stop(lambda: None, corridor().clock)
        return load_report()

    store = corridor().store
    sandbox = FakeSandbox({"load": stopped_meanwhile})
    yardstick = ReferenceYardstick(
        sandbox, FolderWorkspace(), store, [plugins.probe("load")], "smoke", 7, interruption.check
    )
    with pytest.raises(Cancelled):
        yardstick.measure(greeting, 1)
    assert store.load_reference("greeting", 1, "load") is None
    with pytest.raises(Cancelled):
        yardstick.measure(greeting, 1)
    assert len(sandbox.runs) == 1
