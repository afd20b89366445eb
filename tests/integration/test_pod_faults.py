"""Planned disturbances: the service is killed, restarted or told to stop while a probe talks to it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from harness.errors import TaskFault
from harness.model.probe import Fault, ProbeCommand, ProbeOutput
from harness.sandbox.docker_sandbox import DockerSandbox

pytestmark = pytest.mark.docker

Exercise = Callable[..., ProbeOutput]


def counts(output: ProbeOutput) -> list[tuple[int, int]]:
    done = json.loads(output.stdout.decode().splitlines()[-1].split(" ", 2)[2])["done"]
    return [(entry[1]["count"], entry[1]["pid"]) for entry in done if isinstance(entry, list) and entry[0] == 200]


@pytest.mark.parametrize("kind", ["kill", "restart"])
def test_data_survives_and_the_service_comes_back(exercise: Exercise, kind: str) -> None:
    steps = [["get", "/count"], ["until_down", 10], ["until_up", 20], ["get", "/count"]]
    output = exercise("steady", steps, faults=(Fault(0.2, kind),))  # type: ignore[arg-type]
    assert [count for count, _ in counts(output)] == [1, 2]
    assert (output.service.state, output.exit_code) == ("running", 0)
    assert output.service.log.count(b"/count") == 2, "the log spans the restart"


def test_a_service_that_ignores_sigterm_is_killed_and_comes_back(exercise: Exercise) -> None:
    steps = [["until_down", 20], ["until_up", 20], ["get", "/x"]]
    output = exercise("ignores_sigterm", steps, faults=(Fault(0.0, "restart"),))
    assert json.loads(output.stdout.decode().splitlines()[-1].split(" ", 2)[2])["done"][-1] == [204, None]


def test_sigterm_is_only_sent(exercise: Exercise) -> None:
    output = exercise("steady", [["until_down", 10]], faults=(Fault(0.0, "sigterm"),))
    assert (output.service.state, output.service.exit_code) == ("exited", 143)
    stubborn = exercise("ignores_sigterm", [["sleep", 0.3], ["get", "/x"]], faults=(Fault(0.0, "sigterm"),))
    assert stubborn.service.state == "running"


def test_a_fault_after_the_end_of_the_probe_does_not_happen(exercise: Exercise) -> None:
    output = exercise("steady", faults=(Fault(3000.0, "kill"),))
    assert (output.exit_code, output.service.state) == (0, "running")


def test_every_probe_of_a_pod_has_its_own_faults(sandbox: DockerSandbox, make_service: Any) -> None:
    asked = ProbeCommand(
        "exercise",
        "exercise",
        {"steps": [["until_down", 10], ["until_up", 20]]},
        faults=(Fault(0.0, "sigterm"), Fault(0.2, "kill")),
    )
    with sandbox.open(make_service("steady"), asked, "tests") as pod:
        assert [pod.run(asked, 1).exit_code for _ in range(2)] == [0, 0]


def test_pausing_a_database_needs_one(exercise: Exercise) -> None:
    with pytest.raises(TaskFault, match="pause_db"):
        exercise("steady", faults=(Fault(0.0, "pause_db"),))


def test_pods_of_two_threads_do_not_meet(exercise: Exercise) -> None:
    def once(_: int) -> Any:
        return counts(exercise("steady", [["get", "/count"]]))[0][0]

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(once, range(3))) == [1, 1, 1]


def test_a_driver_asks_for_a_kill_and_is_told_when_it_is_done(exercise: Exercise) -> None:
    steps = [["get", "/count"], ["fault", "kill"], ["until_up", 20], ["get", "/count"], ["fault", "kill"]]
    steps += [["until_up", 20], ["get", "/count"]]
    output = exercise("steady", steps, on_request=("kill",))
    assert [count for count, _ in counts(output)] == [1, 2, 3], "what was stored outlives the kill"
    assert len(set(counts(output))) == 3
    assert (output.service.state, output.exit_code) == ("running", 0)


def test_a_driver_may_not_ask_for_what_was_not_granted(exercise: Exercise) -> None:
    with pytest.raises(ValueError, match="may not"):
        exercise("steady", [["fault", "restart"]], on_request=("kill",))


def test_a_service_that_is_gone_is_started_again_on_request(exercise: Exercise) -> None:
    steps = [["until_down", 10], ["fault", "kill"], ["until_up", 20], ["get", "/count"]]
    output = exercise("steady", steps, faults=(Fault(0.0, "sigterm"),), on_request=("kill",))
    assert len(counts(output)) == 1
    assert output.service.state == "running"
