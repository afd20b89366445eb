"""Services that misbehave: each meets its limit, and the probe and the host carry on."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.model.probe import ProbeCommand, ProbeOutput

pytestmark = pytest.mark.docker

Exercise = Callable[..., ProbeOutput]


def done(output: ProbeOutput) -> list[Any]:
    return list(json.loads(output.stdout.decode().splitlines()[-1].split(" ", 2)[2])["done"])


def test_a_memory_bomb_is_killed(exercise: Exercise) -> None:
    fate = exercise("memory_bomb").service
    assert (fate.state, fate.exit_code, fate.oom_killed) == ("exited", 137, True)
    assert fate.limits_hit == ("memory",)


def test_a_fork_bomb_meets_its_pid_limit_and_serves_on(exercise: Exercise) -> None:
    output = exercise("fork_bomb", [["get", "/"]], limits={"pids": 40})
    line = output.service.log.splitlines()[0].split()
    assert line[0] == b"children"
    assert 20 < int(line[1]) < 40
    assert line[3] == b"11"  # EAGAIN
    assert done(output) == [[204, None]]


def test_a_log_flood_is_capped_on_the_host_and_in_the_record(exercise: Exercise) -> None:
    output = exercise("log_flood")
    assert output.service.log_truncated
    assert len(output.service.log) == 256 * 1024
    assert output.service.log.endswith(b"the last line\n")
    assert output.service.limits_hit == ("log",)


def test_the_engine_itself_keeps_no_more_than_ten_megabytes_of_log(
    engine: Any, sandbox: Any, make_service: Any
) -> None:
    command = ProbeCommand("exercise", "exercise")
    with sandbox.open(make_service("log_flood"), command, "log-flood") as pod:
        pod.run(command, 1)
        labelled = engine.api.containers(filters={"label": "harness.trial=log-flood"})
        services = [entry["Id"] for entry in labelled if "app.py" in entry["Command"]]
        assert len(engine.api.logs(services[0])) < 11_000_000  # of 50 MB


def test_a_child_out_of_memory_does_not_count_as_a_dead_service(exercise: Exercise) -> None:
    output = exercise("child_oom", [["get", "/"]])
    assert b"child status 9" in output.service.log
    assert (output.service.state, done(output)) == ("running", [[204, None]])


def test_open_files_are_limited(exercise: Exercise) -> None:
    output = exercise("opens_files", [["get", "/"]])
    words = output.service.log.splitlines()[0].split()
    assert (words[0], words[2], words[3]) == (b"opened", b"errno", b"24")
    assert int(words[1]) < 4096


def test_data_is_full_at_64_mb_with_an_error_a_service_can_handle(exercise: Exercise) -> None:
    (status, body), again = done(exercise("steady", [["get", "/fill"], ["get", "/count"]], limits={"memory_mb": 256}))
    assert (status, body["errno"]) == (200, 28)  # ENOSPC
    assert 60_000_000 < body["written"] <= 64 * 1024 * 1024
    assert again[1]["count"] == 1
