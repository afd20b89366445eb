"""What every sandbox promises, tried on each: the real one on a Docker engine, and the fake that ships with it."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import SubmissionRefused, TaskFault
from harness.model.probe import ProbeCommand, ProbeOutput, ServiceFate
from harness.model.task import Limits, Requirements, Task
from harness.ports import PreparedService, Sandbox
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.sandbox.fake import FakeSandbox, Scripted

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "tests/integration/probe_images"


def task(**environment: str) -> Task:
    return Task(
        id="contract",
        title="",
        family="",
        digest="",
        languages=("python",),
        capabilities=(),
        readiness_path="/health",
        limits=Limits(start_timeout_s=60.0, memory_mb=128),
        requirements=Requirements(),
        environment=environment,
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


def play(service: PreparedService, command: ProbeCommand, seed: int) -> Scripted:
    """The exercise driver, as far as the contract asks for it."""
    if service.folder.name == "exits_at_start" and command.needs == "service":
        return Scripted(None, ready=False, exit_code=None, service=ServiceFate("exited", 1, log=b"RuntimeError"))
    if service.folder.name == "leaks_then_floods":
        return Scripted(service=ServiceFate("running", log=service.env["TOKEN"].encode() + b"-" * 12_000_000))
    if command.timeout_s < 1:
        return Scripted(None, exit_code=None, timed_out=True)
    padding = "x" * sum(step[1] for step in command.parameters["steps"] if step[0] == "print")
    return Scripted({"done": [], "seed": seed, "environment": dict(service.env), "padding": padding})


@pytest.fixture(scope="module", params=["fake", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    if request.param == "fake":
        return FakeSandbox({"exercise": play})
    return DockerSandbox(environ=os.environ, run="tests-contract", images=IMAGES)


@pytest.fixture
def service(tmp_path: Path, sandbox: Sandbox) -> Callable[[str], PreparedService]:
    """A service of fixtures/services, prepared by the sandbox itself."""

    def prepare(name: str) -> PreparedService:
        folder = tmp_path / name
        folder.mkdir(0o755)
        tmp_path.chmod(0o755)
        for file in (ROOT / "fixtures/services" / name).iterdir():
            if file.is_file():
                (folder / file.name).write_bytes(file.read_bytes())
        (folder / "requirements.txt").write_text("")
        return sandbox.prepare(folder, task(TOKEN="{hex:8}"), 3)

    return prepare


def command(*steps: list[Any], **fields: Any) -> ProbeCommand:
    parameters = {"steps": list(steps), "needs_service": fields.get("needs", "service") == "service"}
    return ProbeCommand("exercise", "exercise", parameters, **fields)


def run(sandbox: Sandbox, prepared: PreparedService, asked: ProbeCommand, seed: int = 7) -> ProbeOutput:
    with sandbox.open(prepared, asked, "contract") as pod:
        return pod.run(asked, seed)


def report(output: ProbeOutput) -> dict[str, Any]:
    prefix = f"report {output.nonce} "
    (line,) = [line for line in output.stdout.decode().splitlines() if line.startswith(prefix)]
    return dict(json.loads(line.removeprefix(prefix)))


def test_prepare_draws_the_environment_from_the_seed(sandbox: Sandbox, service: Any) -> None:
    prepared = service("steady")
    assert set(prepared.env) == {"PORT", "DATABASE_URL", "TOKEN"}
    again = sandbox.prepare(prepared.folder, prepared.task, 3)
    other = sandbox.prepare(prepared.folder, prepared.task, 4)
    assert again.env == prepared.env
    assert other.env["TOKEN"] != prepared.env["TOKEN"]
    assert (prepared.stack, bool(prepared.start_argv)) == ("python", True)


def test_prepare_refuses_a_task_that_takes_a_name_of_the_contract(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("")
    with pytest.raises(TaskFault, match="PORT"):
        sandbox.prepare(tmp_path, task(PORT="80"), 1)


def test_prepare_refuses_a_folder_that_is_no_submission(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(SubmissionRefused) as refusal:
        sandbox.prepare(tmp_path, task(), 1)
    assert refusal.value.code == "stack_missing"


def test_an_output_says_what_was_run(sandbox: Sandbox, service: Any) -> None:
    prepared = service("steady")
    output = run(sandbox, prepared, command(target="reference"), seed=11)
    assert (output.probe, output.seed, output.target, output.exit_code) == ("exercise", 11, "reference", 0)
    assert output.environment == prepared.env
    assert (output.timed_out, output.stdout_truncated, output.oom_killed) == (False, False, False)
    assert output.isolation
    assert output.wall_s > 0


def test_the_driver_sees_seed_and_environment(sandbox: Sandbox, service: Any) -> None:
    prepared = service("steady")
    facts = report(run(sandbox, prepared, command(), seed=11))
    assert (facts["seed"], facts["environment"]) == (11, prepared.env)


def test_ready_comes_first_and_carries_the_nonce(sandbox: Sandbox, service: Any) -> None:
    output = run(sandbox, service("steady"), command())
    assert output.stdout.decode().splitlines()[0].startswith(f"ready {output.nonce} ")
    assert output.service.ready_after_s is not None
    assert output.service.ready_after_s > 0
    assert (output.service.state, output.service.exit_code) == ("running", None)


def test_every_probe_has_a_nonce_of_its_own(sandbox: Sandbox, service: Any) -> None:
    prepared, asked = service("steady"), command()
    with sandbox.open(prepared, asked, "contract") as pod:
        nonces = {pod.run(asked, 7).nonce for _ in range(2)}
    assert len(nonces) == 2
    assert all(len(nonce) == 32 for nonce in nonces)


def test_a_service_that_never_started_is_an_output_not_an_error(sandbox: Sandbox, service: Any) -> None:
    output = run(sandbox, service("exits_at_start"), command())
    assert (output.exit_code, output.timed_out, output.stdout) == (None, False, b"")
    fate = output.service
    assert (fate.state, fate.exit_code, fate.ready_after_s) == ("exited", 1, None)
    assert b"RuntimeError" in fate.log


def test_a_timeout_is_an_output_not_an_error(sandbox: Sandbox, service: Any) -> None:
    output = run(sandbox, service("steady"), command(["sleep", 600], timeout_s=0.4))
    assert (output.exit_code, output.timed_out) == (None, True)
    assert f"report {output.nonce}" not in output.stdout.decode()


def test_stdout_is_capped(sandbox: Sandbox, service: Any) -> None:
    output = run(sandbox, service("steady"), command(["print", 5000], stdout_cap=1000))
    assert (len(output.stdout), output.stdout_truncated) == (1000, True)


def test_a_probe_without_service_says_none(sandbox: Sandbox, service: Any) -> None:
    output = run(sandbox, service("exits_at_start"), command(needs="none", workspace=True))
    assert output.service == ServiceFate("none")
    assert not output.stdout.startswith(b"ready")
    assert report(output)["seed"] == 7


def test_a_secret_in_the_log_is_found_whatever_came_after_it(sandbox: Sandbox, service: Any) -> None:
    prepared = service("leaks_then_floods")
    fate = run(sandbox, prepared, command(log_secrets="[0-9a-f]{8}")).service
    assert fate.log_secrets == ("TOKEN",)
    assert fate.log_truncated
    assert prepared.env["TOKEN"].encode() not in fate.log


def test_a_log_that_was_searched_in_vain_differs_from_one_that_was_not_searched(sandbox: Sandbox, service: Any) -> None:
    prepared = service("steady")
    assert run(sandbox, prepared, command(log_secrets="[0-9a-f]{8}")).service.log_secrets == ()
    assert run(sandbox, prepared, command()).service.log_secrets is None


def test_a_closed_pod_refuses(sandbox: Sandbox, service: Any) -> None:
    prepared, asked = service("steady"), command()
    with sandbox.open(prepared, asked, "contract") as pod:
        pass
    with pytest.raises(ValueError, match="closed"):
        pod.run(asked, 7)


def test_a_pod_without_service_refuses_a_probe_that_needs_one(sandbox: Sandbox, service: Any) -> None:
    prepared = service("steady")
    with (
        sandbox.open(prepared, command(needs="none"), "contract") as pod,
        pytest.raises(ValueError, match="needs a service"),
    ):
        pod.run(command(), 7)


def test_describe_is_plain_data_for_the_lock(sandbox: Sandbox) -> None:
    described = sandbox.describe()
    assert set(described) == {"images", "tools", "host"}
    assert described["host"]["isolation"]
    assert json.loads(json.dumps(described)) == described
    assert sandbox.describe() == described
