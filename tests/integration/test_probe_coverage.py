"""The coverage probe in real containers: an honest suite, weak ones, and suites that lie, each in one way."""

import base64
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.probe import Observation
from harness.model.score import Score
from harness.model.task import Limits, Requirements, Task
from harness.probes.coverage import PROBE
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.scorers.coverage import SCORER

pytestmark = pytest.mark.docker

SUITES = Path(__file__).parents[2] / "fixtures/submissions/coverage-suites"
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
SEED = 7

OFTEN = {
    "test_tests_that_check_nothing_are_weak": {"always_equal-flags1"},
    "test_d43_flipped_results_are_seen": {"conftest_flips", "exit_zero"},
    "test_forged_coverage_ends_as_the_honest_number_and_a_flag": {"forged_lines"},
    "test_tests_that_notice_edits_of_the_source_prove_nothing": {"notices_rewriting"},
    "test_code_in_the_wrong_place_is_counted_and_named": {"among the tests"},
}

Measure = Callable[..., tuple[Observation, Score]]


@pytest.fixture(scope="module")
def measure(tmp_path_factory: pytest.TempPathFactory) -> Measure:
    """measure(suite, {path: text}): run the probe on the small submission with that suite and those extra files."""
    sandbox = DockerSandbox(run="tests")

    def run(
        suite: str, extra: dict[str, str] | None = None, parameters: dict[str, float] | None = None
    ) -> tuple[Observation, Score]:
        folder = tmp_path_factory.mktemp(suite)
        shutil.copytree(SUITES / "app", folder, dirs_exist_ok=True)
        shutil.copytree(SUITES / suite, folder / "tests")
        for name, text in (extra or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        command = PROBE.command(TASK, "full")  # ends early, when every possible fault was tried
        command = replace(command, parameters=parameters or command.parameters)
        with sandbox.open(sandbox.prepare(folder, TASK, SEED), command, "tests") as pod:
            observation = PROBE.observe(pod.run(command, SEED))
        assert observation.status == "measured", observation.cause
        score = SCORER.score(TASK, {"coverage": observation}, {})
        assert isinstance(score, Score)
        return observation, score

    return run


@pytest.fixture(scope="module")
def honest(measure: Measure) -> tuple[Observation, Score]:
    return measure("honest")


def test_an_honest_suite_gets_its_number(honest: tuple[Observation, Score]) -> None:
    observation, score = honest
    assert score.flags == ()
    assert observation.facts["counts"] == {"passed": 12, "failed": 0, "error": 0, "skipped": 1}
    assert observation.facts["files"]["app/main.py"]["covered"] == 0  # never imported, and counted all the same
    assert observation.facts["files"]["app/stock.py"]["missing"] == []  # the `pragma: no cover` hides nothing
    assert score.value == pytest.approx(45 / 59)
    assert observation.facts["sabotage"]["tried"] == 12
    assert score.metrics["mutants_run"] >= 10
    assert score.metrics["strength_low"] > 0.5


def test_the_projects_own_configuration_changes_nothing(measure: Measure, honest: tuple[Observation, Score]) -> None:
    ini = '[tool.pytest.ini_options]\naddopts = "--cov=app -k price"\npythonpath = ["."]\n'
    observation, score = measure(
        "honest",
        {
            ".coveragerc": "[run]\nomit = app/*\n[report]\nexclude_lines =\n    .*\n",
            "setup.cfg": "",
            "tox.ini": "",
            "pyproject.toml": ini,
        }
        | {"requirements.txt": "", "conftest.py": "collect_ignore_glob = []\n"},
    )
    assert score.metrics["line_pct"] == honest[1].metrics["line_pct"]
    assert score.metrics["tests_passed"] == 12
    assert observation.facts["ini_dropped"] == ["addopts"]
    assert observation.facts["ini_kept"] == ["pythonpath"]


def test_a_hidden_function_without_tests_is_still_counted(measure: Measure) -> None:
    """A sibling of `# nosec`: `pragma: no cover` on a function that no test calls."""
    observation, score = measure("forged_coverage", {"tests/conftest.py": ""})
    assert {56, 57, 58, 59} <= set(observation.facts["files"]["app/stock.py"]["missing"])
    assert score.flags == ()


def test_d42_assert_true_is_weak_and_covers_nothing(measure: Measure) -> None:
    _, score = measure("assert_true")
    assert score.flags == ("weak_tests",)
    assert score.value == 0


@pytest.mark.parametrize(
    ("suite", "flags"), [("assertion_free", {"weak_tests"}), ("always_equal", {"weak_tests", "always_equal"})]
)
def test_tests_that_check_nothing_are_weak(measure: Measure, suite: str, flags: set[str]) -> None:
    observation, score = measure(suite)
    assert set(score.flags) == flags
    assert score.value == 0.5
    assert score.metrics["line_pct"] > 60  # coverage alone would have been fooled
    assert observation.facts["mutation"]["survived"] > observation.facts["mutation"]["killed"]


@pytest.mark.parametrize("suite", ["conftest_flips", "report_patch", "exit_zero"])
def test_d43_flipped_results_are_seen(measure: Measure, suite: str) -> None:
    _, score = measure(suite)
    assert "suspect" in score.flags
    assert score.value == 0
    assert score.evidence[0].status == "suspect"


@pytest.mark.parametrize("suite", ["forged_coverage", "forged_lines"])
def test_forged_coverage_ends_as_the_honest_number_and_a_flag(measure: Measure, suite: str) -> None:
    _, forged = measure(suite)
    _, plain = measure(suite, {"tests/conftest.py": ""})
    assert "suspect" in forged.flags
    assert plain.flags == ()
    assert forged.metrics["line_pct"] == plain.metrics["line_pct"] < 30


def test_child_processes_are_measured(measure: Measure) -> None:
    observation, score = measure("subprocess")
    assert score.flags == ()
    assert observation.facts["files"]["app/main.py"]["missing"] == []


def test_agent_code_cannot_speak_for_the_driver(measure: Measure) -> None:
    """It finds /proc/<driver>/fd/1 closed to it, and its forged report lines carry no nonce."""
    observation, score = measure("speaks_for_us")
    assert "refused fd/1: 13" in observation.facts["output_tail"]
    assert observation.facts["counts"]["passed"] == 1
    assert 0 < score.value < 0.3
    assert observation.facts["mutation"]["unusable"] == ""


HANGS = """import os, time

def test_hang():
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
    time.sleep(600)
"""


LOOPS = """import os

def test_loop():
    if os.fork() == 0:
        os.setsid()
    while True:
        pass
"""


@pytest.mark.parametrize(("suite", "limit"), [(HANGS, "idle"), (LOOPS, "cpu")])
def test_a_hanging_suite_with_a_daemon_ends_by_its_budget(measure: Measure, suite: str, limit: str) -> None:
    observation, score = measure("exit_zero", {"tests/test_stock.py": suite}, {"suite_s": 3.0, "mutation_s": 3.0})
    assert [(cut.limit, cut.left) for cut in observation.cuts] == [(limit, "the suite")]
    assert observation.facts["timed_out"] is True
    assert "limit_reached" in score.flags
    assert "suspect" not in score.flags
    assert score.value == 0


def test_a_test_file_without_tests_is_worth_nothing_and_no_lie(measure: Measure) -> None:
    observation, score = measure("exit_zero", {"tests/test_stock.py": ""})
    assert observation.facts["pytest_exit"] == 5  # pytest's "no tests were collected"
    assert score.value == 0
    assert "suspect" not in score.flags


@pytest.mark.parametrize("suite", ["notices_edits", "notices_rewriting"])
def test_tests_that_notice_edits_of_the_source_prove_nothing(measure: Measure, suite: str) -> None:
    fingerprint = hashlib.sha256((SUITES / "app/app/stock.py").read_bytes()).hexdigest()
    observation, score = measure(suite, {"tests/fingerprint.txt": fingerprint})
    assert set(score.flags) == {"suspect", "weak_tests"}
    assert score.value == 0.5
    assert score.metrics["strength"] is None
    assert "without any change in behaviour" in score.evidence[0].title
    assert observation.facts["mutation"]["survived"] == 0  # taken for faults, the edits would have been all noticed


def test_failing_where_faults_are_tried_the_quick_way_hides_nothing(measure: Measure) -> None:
    observation, score = measure("refuses_forks")
    assert "forked process" in observation.facts["mutation"]["forked"]
    assert observation.facts["mutation"]["killed"] == 0
    assert score.metrics["mutants_run"] >= 5
    assert score.flags == ("weak_tests",)
    assert score.value == 0.5


COUNTS = """import os, pathlib
from app import stock

def test_first_two_runs_only():
    stock.price(20, 2.5)
    runs = pathlib.Path("/tmp/runs")
    with runs.open("a") as file:
        file.write("x")
    assert len(runs.read_text()) <= 2 and stock.price(1, 2.5) == 2.5
"""


def test_tests_that_never_pass_again_are_weak(measure: Measure) -> None:
    observation, score = measure("exit_zero", {"tests/test_stock.py": COUNTS}, {"suite_s": 30.0, "mutation_s": 3.0})
    assert observation.facts["mutation"]["never_again"] is True
    assert {"weak_tests", "strength_unmeasured"} <= set(score.flags)
    assert score.value <= 0.5


ENGINE = """
def size(count):
    if count > 3:
        return count * 2
    return count + 1


def never(count):
    total = 0
    for number in range(count):
        total += number
        if total > 10:
            total -= 1
        else:
            total += 2
    while total > 5:
        total -= 3
    if total < 0:
        raise ValueError(total)
    return total
"""
LOADS_TEXT = """import importlib.machinery as m
import importlib.util as u
loader = m.SourceFileLoader("engine", __file__.replace("start.py", "engine" + ".txt"))
engine = u.module_from_spec(u.spec_from_loader("engine", loader))
loader.exec_module(engine)
"""
DECODES = """import base64, builtins, types
engine = types.ModuleType("engine")
getattr(builtins, "ex" + "ec")(base64.b64decode({!r}), engine.__dict__)
"""


def wrong_places() -> dict[str, tuple[dict[str, str], str]]:
    """Where the engine can be hidden: (files, the path that the evidence must name)."""
    coded = base64.b64encode(ENGINE.encode())
    among = "import importlib\nengine = importlib.import_module('.'.join(['tests', 'engine']))\n"
    return {
        "another suffix": ({"app/start.py": LOADS_TEXT, "app/engine.txt": ENGINE}, "app/engine.txt"),
        "among the tests": ({"app/start.py": among, "tests/engine.py": ENGINE}, "tests/engine.py"),
        "a string that was made up": ({"app/start.py": DECODES.format(coded)}, "app/start.py:3"),
    }


@pytest.mark.parametrize("place", ["another suffix", "among the tests", "a string that was made up"])
def test_code_in_the_wrong_place_is_counted_and_named(measure: Measure, place: str) -> None:
    files, named = wrong_places()[place]
    _, plain = measure("wrong_place", {"app/start.py": "from app import engine\n", "app/engine.py": ENGINE})
    _, score = measure("wrong_place", files)
    assert "uncounted_code" not in plain.flags
    assert "uncounted_code" in score.flags
    assert any(e.status == "uncounted_code" and e.where == named for e in score.evidence)
    assert score.metrics["line_pct"] < plain.metrics["line_pct"] + 8
