"""Every installed entry point loads, has the shape of its Protocol and speaks its documented words."""

import dataclasses
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from harness import plugins
from harness.config.task import load_task
from harness.errors import UsageError
from harness.model.probe import NotPlanned, Observation, ProbeCommand, ProbeOutput, ServiceFate
from harness.model.score import NotApplicable, Score, Unmeasured
from harness.model.task import Task
from harness.scorers.judgement import score_one

ROOT = Path(__file__).parents[2]
ENTRIES = [(group, name) for group in plugins.GROUPS for name in plugins.names(group)]


@pytest.fixture(scope="module")
def task() -> Task:
    return load_task(ROOT / "fixtures/tasks/greeting")


def output(probe: str, stdout: bytes) -> ProbeOutput:
    fate = ServiceFate("running", ready_after_s=0.1)
    return ProbeOutput(probe, "nonce", 0, stdout, b"", False, False, False, 1.0, fate)


def test_each_group_has_at_least_one_entry_and_built_ins_use_the_same_door() -> None:
    for group in plugins.GROUPS:
        assert plugins.names(group), group
    assert {"docker", "fake"} <= set(plugins.names("sandboxes"))


@pytest.mark.parametrize("group", plugins.GROUPS)
def test_an_unknown_name_lists_the_known_ones(group: str) -> None:
    ask: dict[str, Any] = {
        "agents": plugins.agent,
        "executors": lambda name: plugins.executor(name, 1),
        "sandboxes": plugins.sandbox,
        "probes": plugins.probe,
        "scorers": plugins.scorer,
    }
    with pytest.raises(UsageError) as refusal:
        ask[group]("telepathy")
    assert "'telepathy'" in refusal.value.message
    assert all(name in refusal.value.message for name in plugins.names(group))


@pytest.mark.parametrize("name", plugins.names("sandboxes"))
def test_sandboxes_have_the_shape_of_the_port(name: str) -> None:
    box = plugins.sandbox(name)
    for method, arguments in (("prepare", 3), ("open", 3), ("describe", 0)):
        assert len(inspect.signature(getattr(box, method)).parameters) == 1 + arguments


@pytest.mark.parametrize("name", plugins.names("probes"))
@pytest.mark.parametrize("profile", ["smoke", "full"])
def test_a_probe_describes_one_command_as_a_plain_value(name: str, profile: str, task: Task) -> None:
    probe = plugins.probe(name)
    assert (probe.name, type(probe.version)) == (name, int)
    command = probe.command(task, profile)
    assert command == probe.command(task, profile), "pure: the same task gives the same command"
    if isinstance(command, NotPlanned):
        assert command.why
        return
    assert isinstance(command, ProbeCommand)
    assert command.probe == name
    assert (ROOT / "harness/images" / command.image / "driver.py").is_file()
    assert (ROOT / "harness/images" / command.image / "requirements.lock").is_file()
    json.dumps(dict(command.parameters), allow_nan=False)
    assert not set(command.parameters) & {"nonce", "seed", "base_url", "environment"}
    assert 0 < command.timeout_s < 3600


NOTHING = [
    b"",
    b"ready nonce 0.1\n",
    b"ready nonce 0.1\nreport nonce {}\n",
    b'ready nonce 0.1\nreport other {"tests": []}\n',
    b'ready nonce 0.1\nreport nonce {"x": NaN}\n',
    b"\xff\x00garbage\n" * 100,
]


@pytest.mark.parametrize("name", plugins.names("probes"))
@pytest.mark.parametrize("said", NOTHING)
def test_a_report_that_proves_nothing_is_never_a_measurement(name: str, said: bytes) -> None:
    seen = plugins.probe(name).observe(output(name, said))
    assert isinstance(seen, Observation)
    assert seen.status in ("crashed", "void", "not_ready")
    assert seen.cause


@pytest.mark.parametrize("name", plugins.names("scorers"))
def test_a_scorer_never_scores_what_was_not_measured(name: str, task: Task) -> None:
    scorer = plugins.scorer(name)
    assert (scorer.name, type(scorer.version)) == (name, int)
    assert scorer.probes
    assert set(scorer.probes) <= set(plugins.names("probes"))
    for said in NOTHING:
        seen = {probe: plugins.probe(probe).observe(output(probe, said)) for probe in scorer.probes}
        result = score_one(task, scorer, seen, {})
        assert isinstance(result, Unmeasured | NotApplicable), result
        assert result.scorer == name
        assert not isinstance(result, Score)
        assert dataclasses.is_dataclass(result)
