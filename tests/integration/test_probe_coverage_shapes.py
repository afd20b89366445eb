"""Suites in the shapes that strangers give them, in real containers: full marks for the right ones, none for the wrong.

What each deserves was written down before the probe ran on it: fixtures/submissions/coverage-shapes/EXPECTED.toml.
"""

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.model.probe import Observation
from harness.model.score import Score
from harness.model.task import Limits, Requirements, Task
from harness.probes.coverage import PROBE
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.scorers.coverage import SCORER

pytestmark = pytest.mark.docker

SUBMISSIONS = Path(__file__).parents[2] / "fixtures/submissions"
EXPECTED = tomllib.loads((SUBMISSIONS / "coverage-shapes/EXPECTED.toml").read_text())
OFTEN = {
    "test_a_right_suite_gets_full_marks_whatever_its_shape": {
        "src-installed",
        "django-manage",
        "unittest-flask",
        "pytest-toml-checks",
        "live-subprocess",
        "httpx-anyio-mock",
    },
    "test_its_wrong_twin_is_caught": {
        "django-assertion-free",
        "unittest-swallows",
        "omitted-module",
        "missing-package",
        "broken-conftest",
    },
}
SEED = 7
TASK = Task(
    id="sample",
    title="",
    family="",
    digest="",
    languages=("python",),
    capabilities=(),
    readiness_path="/health",
    limits=Limits(),
    requirements=Requirements(),
    environment={"API_TOKENS": "alice:{hex:8},bob:{hex:8}"},
    instruction="",
    contract={},
    contract_yaml=b"",
    load={},
    starter={},
    solution={},
    acceptance_tests={},
    attacks={},
    variants={},
    mutants=(),
)

Measure = Callable[..., tuple[Observation, Score]]


@pytest.fixture(scope="module")
def measure(tmp_path_factory: pytest.TempPathFactory) -> Measure:
    """measure(folders below fixtures/submissions, the later over the earlier): the probe on such a submission."""
    sandbox = DockerSandbox(run="tests")

    def run(*layers: str, profile: str = "smoke") -> tuple[Observation, Score]:
        folder = tmp_path_factory.mktemp(Path(layers[-1]).name)
        for layer in layers:
            shutil.copytree(SUBMISSIONS / layer, folder, dirs_exist_ok=True)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        command = PROBE.command(TASK, profile)
        with sandbox.open(sandbox.prepare(folder, TASK, SEED), command, "tests") as pod:
            observation = PROBE.observe(pod.run(command, SEED))
        assert observation.status == "measured", observation.cause
        score = SCORER.score(TASK, {"coverage": observation}, {})
        assert isinstance(score, Score)
        return observation, score

    return run


@pytest.mark.parametrize("shape", EXPECTED["right"])
def test_a_right_suite_gets_full_marks_whatever_its_shape(measure: Measure, shape: str) -> None:
    deserved: dict[str, Any] = EXPECTED["right"][shape]
    observation, score = measure(f"coverage-shapes/{shape}")
    facts = observation.facts
    counts = {"passed": deserved["passed"], "failed": 0, "error": 0, "skipped": deserved["skipped"]}
    assert facts["counts"] == counts, (facts["reasons"], facts["not_passed"], facts["output_tail"])
    assert score.metrics["line_pct"] >= deserved["line_pct"], score.evidence
    assert score.value == pytest.approx(score.metrics["covered_statements"] / score.metrics["statements"])
    assert score.flags == (), score.evidence
    told = {*facts["ini_dropped"], *facts["options_dropped"]}
    assert set(deserved.get("dropped", [])) <= told
    assert score.metrics["mutants_run"] > 0
    assert facts["sabotage"]["tried"] == deserved["passed"]


@pytest.mark.parametrize("shape", EXPECTED["wrong"])
def test_its_wrong_twin_is_caught(measure: Measure, shape: str) -> None:
    deserved: dict[str, Any] = EXPECTED["wrong"][shape]
    profile = "full" if "weak_tests" in deserved["flags"] else "smoke"  # proof of weakness takes many faults
    _, score = measure(f"coverage-shapes/{deserved['base']}", f"coverage-shapes-wrong/{shape}", profile=profile)
    assert score.value <= deserved["at_most"]
    assert set(deserved["flags"]) <= set(score.flags)
    first = score.evidence[0]
    assert all(word in f"{first.title} {first.detail} {first.where}" for word in deserved.get("first", []))
    assert first.points >= deserved.get("points", 0)
    assert score.metrics["line_pct"] < deserved.get("line_pct_below", 101)
