"""Start, readiness and the end of a probe: who gave up, who was killed, and what is known afterwards."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.model.probe import ProbeCommand, ProbeOutput

pytestmark = pytest.mark.docker

Exercise = Callable[..., ProbeOutput]


def report(output: ProbeOutput) -> dict[str, Any]:
    last = output.stdout.decode().splitlines()[-1]
    assert last.startswith(f"report {output.nonce} ")
    return dict(json.loads(last.split(" ", 2)[2]))


def test_a_service_that_exits_is_seen_at_once(exercise: Exercise) -> None:
    output = exercise("exits_at_start", limits={"start_timeout_s": 3000.0})  # waiting it out would end the test run
    assert (output.exit_code, output.timed_out, output.stdout) == (None, False, b"")
    assert (output.service.state, output.service.exit_code, output.service.ready_after_s) == ("exited", 1, None)
    assert b"RuntimeError: cannot find my configuration" in output.service.log


def test_a_silent_service_ends_when_the_driver_gives_up(exercise: Exercise) -> None:
    output = exercise("never_listens", limits={"start_timeout_s": 1.0})
    assert (output.exit_code, output.timed_out, output.stdout) == (0, False, b"")
    assert (output.service.state, output.service.exit_code) == ("running", None)
    assert output.service.log == b"starting up, one moment\n"


def test_a_service_that_dies_later_leaves_the_probe_alone(exercise: Exercise) -> None:
    output = exercise("dies_at_tenth", [["get", "/x"]] * 11)
    statuses = [status for status, _ in report(output)["done"]]
    assert statuses == [204] * 9 + [0, 0]
    assert (output.exit_code, output.service.state, output.service.exit_code) == (0, "exited", 3)
    assert output.service.ready_after_s is not None
    assert b"tenth request" in output.service.log


def test_a_probe_that_takes_too_long_is_killed(exercise: Exercise) -> None:
    output = exercise("steady", [["sleep", 600]], timeout_s=0.5)
    assert (output.exit_code, output.timed_out) == (None, True)
    assert output.service.state == "running"
    assert output.stdout.startswith(f"ready {output.nonce} ".encode())


def test_a_probe_that_closes_its_output_is_still_watched(exercise: Exercise) -> None:
    output = exercise("steady", [["close"], ["sleep", 600]], timeout_s=0.5)
    assert (output.exit_code, output.timed_out) == (None, True)


def test_a_probe_that_crashes_keeps_its_exit_code(exercise: Exercise) -> None:
    output = exercise("steady", [["exit", 9]])
    assert (output.exit_code, output.timed_out, output.service.state) == (9, False, "running")


def test_a_probe_out_of_memory_says_so(exercise: Exercise) -> None:
    output = exercise("steady", [["eat", 600]], memory_mb=96)
    assert (output.exit_code, output.oom_killed, output.service.oom_killed) == (137, True, False)


def test_stdout_and_stderr_are_capped_and_nothing_blocks(exercise: Exercise) -> None:
    output = exercise("steady", [["print", 30_000_000], ["stderr", 3_000_000]], stdout_cap=100_000, stderr_cap=50_000)
    assert (len(output.stdout), output.stdout_truncated, len(output.stderr)) == (100_000, True, 50_000)
    assert output.exit_code == 0


def test_a_large_job_reaches_the_driver(exercise: Exercise) -> None:
    output = exercise("steady", [["length", "x" * 3_000_000]])  # far more than any pipe holds
    assert report(output)["done"] == [3_000_000]


def test_the_driver_gets_its_job_and_files(exercise: Exercise) -> None:
    output = exercise("steady", files={"tests/test_a.py": b"a"})
    facts = report(output)
    assert facts["files"] == ["driver.py", "files/tests/test_a.py"]
    assert (facts["seed"], output.seed) == (7, 7)
    assert facts["environment"] == output.environment == {"PORT": "8000", "TOKEN": "t0"}


def test_several_probes_share_one_pod_and_its_data(sandbox: Any, make_service: Any) -> None:
    command = ProbeCommand("exercise", "exercise", {"steps": [["get", "/count"]]})
    with sandbox.open(make_service("steady"), command, "tests") as pod:
        counts = [report(pod.run(command, 1))["done"][0][1]["count"] for _ in range(2)]
    assert counts == [1, 2]
    with pytest.raises(ValueError, match="closed"):
        pod.run(command, 1)
