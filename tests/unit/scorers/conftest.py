"""A task as a value, for tests of pure code."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.model.task import Limits, Requirements, Task

LOAD = {
    "schema": 1,
    "p95_rate": 100,
    "r0": 20,
    "p95_limit_ms": 100,
    "error_limit": 0.01,
    "profiles": {"smoke": {"warmup_s": 2, "samples": 500, "windows": 5, "step_s": 3}},
    "mix": [{"name": "read", "weight": 1, "method": "GET", "path": "/x"}],
}
TASK = Task(
    id="sample",
    title="Sample",
    family="sample",
    digest="0" * 64,
    languages=("python",),
    capabilities=(),
    readiness_path="/health",
    limits=Limits(),
    requirements=Requirements(p95_ms=100.0, error_share=0.01),
    environment={},
    instruction="",
    contract={},
    contract_yaml=b"",
    load=LOAD,
    starter={},
    solution={},
    acceptance_tests={"test_a.py": b"", "kit.py": b""},
    attacks={"test_b.py": b""},
    variants={},
    mutants=(),
)


@pytest.fixture
def make_task() -> Callable[..., Task]:
    """make_task(load=..., attacks=...) -> a Task with these fields replaced."""

    def make(**changes: Any) -> Task:
        return replace(TASK, **changes)

    return make
