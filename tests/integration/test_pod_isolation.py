"""Who sees what inside a pod: users, folders, network, CPUs, sockets, variables."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.model.probe import ProbeCommand, ProbeOutput
from harness.ports import PreparedService
from harness.sandbox.docker_sandbox import DockerSandbox

pytestmark = pytest.mark.docker

Exercise = Callable[..., ProbeOutput]


def done(output: ProbeOutput) -> list[Any]:
    return list(json.loads(output.stdout.decode().splitlines()[-1].split(" ", 2)[2])["done"])


def test_service_and_probe_are_two_users_and_can_write_little(exercise: Exercise) -> None:
    (_, service), probe = done(exercise("steady", [["get", "/"], ["facts"]]))
    assert (service["uid"], service["cwd"]) == (65534, "/app")
    assert (probe["uid"], probe["writable"]) == (65533, ["/tmp"])


def test_the_service_gets_the_contracts_variables_only(exercise: Exercise) -> None:
    ((_, seen),) = done(exercise("steady", [["get", "/environment"]]))
    image_own = {"PATH", "HOME", "HOSTNAME", "LANG", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    assert set(seen) - image_own == {"PORT", "TOKEN"}
    assert seen["PATH"].startswith("/opt/project/bin:/opt/env/bin:"), "the project's own scripts, then its packages"


def test_there_is_no_way_out_of_the_namespace(exercise: Exercise) -> None:
    bridge, metadata = done(exercise("steady", [["reach", ["172.17.0.1", 80]], ["reach", ["169.254.169.254", 80]]]))
    assert bridge == metadata == "errno 101"  # ENETUNREACH


def test_a_measured_service_and_its_probe_have_a_cpu_each(exercise: Exercise, sandbox: DockerSandbox) -> None:
    output = exercise("steady", [["get", "/"], ["facts"]], exclusive=True)
    (_, service), probe = done(output)
    if sandbox.describe()["host"]["pinned"]:
        assert (service["cpus"], probe["cpus"], output.isolation) == ([0], [1], "full")
    else:
        assert output.isolation == "full;unpinned"


def test_squatted_sockets_do_not_reach_a_probe_that_owns_none(exercise: Exercise) -> None:
    squatted, own, reply = done(exercise("squats_sockets", [["abstract", "harness"], ["abstract", "x"], ["get", "/"]]))
    assert (squatted, own, reply) == ("errno 98", "free", [204, None])


def test_a_workspace_probe_sees_code_and_environment_but_no_service(
    exercise: Exercise, sandbox: DockerSandbox, make_service: Callable[..., PreparedService], tmp_path: Path
) -> None:
    environment = tmp_path / "env"
    environment.mkdir()
    (environment / "marker").write_text("")
    environment.chmod(0o755)
    prepared = replace(make_service("steady"), environment=environment, start_argv=())
    steps = [["listdir", "/app"], ["listdir", "/opt/env"], ["facts"], ["reach", ["127.0.0.1", 8000]]]
    command = ProbeCommand(
        "exercise", "exercise", {"steps": steps, "needs_service": False}, needs="none", workspace=True
    )
    with sandbox.open(prepared, command, "tests") as pod:
        output = pod.run(command, 1)
        with pytest.raises(ValueError, match="needs a service"):
            pod.run(replace(command, needs="service"), 1)
    app, env, facts, reached = done(output)
    assert (app, env) == (["Procfile", "app.py"], ["marker"])
    assert facts["writable"] == ["/tmp", "/data"]
    assert reached == "errno 111"  # ECONNREFUSED: nobody listens
    assert (output.service.state, output.service.ready_after_s) == ("none", None)


def test_a_probe_without_workspace_sees_no_code(exercise: Exercise) -> None:
    assert done(exercise("steady", [["listdir", "/opt/env"], ["listdir", "/app"], ["listdir", "/data"]])) == [
        [],
        [],
        [],
    ]


def test_the_submission_folder_is_never_changed(exercise: Exercise) -> None:
    folder = Path(__file__).parents[2] / "fixtures/services/steady"
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    exercise("steady", [["get", "/count"]])
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert not any(path.name == "__pycache__" for path in folder.rglob("*"))
    assert os.access(folder, os.R_OK)
