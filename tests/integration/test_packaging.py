"""Servers packaged and started as people do it, in real containers; their wrong twins are refused by name."""

import json
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import AgentFault
from harness.model.probe import Fault, ProbeCommand, ProbeOutput
from harness.ports import PreparedService
from harness.probes.coverage import PROBE as COVERAGE
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.selfcheck.public_index import with_public_index

pytestmark = pytest.mark.docker

OFTEN = {
    "test_a_right_server_starts_and_what_was_not_used_is_said": {
        "requirements_with_includes_and_constraints",
        "public_index_hashes_and_harmless_options",
        "poetry_project_with_groups_and_a_lock",
        "uv_project_with_sources_layout_metadata_and_entry_point",
        "setup_py_and_setup_cfg",
        "package_of_its_own_in_a_folder",
        "tooling_package_json_beside_python",
        "start_script_without_exec",
        "variable_before_the_command_and_gunicorn_workers",
        "uvicorn_on_localhost",
        "src_without_packaging_and_without_procfile",
        "django",
        "run_by_the_tool_that_made_the_project",
    },
    "test_sigterm_reaches_the_service_and_leaves_it_time": {"python app.py", "true && python app.py"},
}
SHAPES = Path(__file__).parents[2] / "fixtures/packaging"


def shapes(name: str) -> list[Any]:
    listed = tomllib.loads(with_public_index((SHAPES / f"{name}.toml").read_text()))
    return [pytest.param(shape, id=key) for key, shape in listed.items()]


@pytest.fixture
def prepare(
    tmp_path: Path, sandbox: DockerSandbox, make_service: Callable[..., PreparedService]
) -> Callable[..., PreparedService]:
    """The shape on disk, prepared as a trial does it; keywords are task limits."""

    def do(shape: dict[str, Any], **limits: float) -> PreparedService:
        for name, text in shape["files"].items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            path.chmod(0o755 if name in shape.get("executable", ()) else 0o644)
        tmp_path.chmod(0o755)
        task = make_service("steady", **{"memory_mb": 256, **limits}).task
        return sandbox.prepare(tmp_path, task, 1)

    return do


def run(sandbox: DockerSandbox, service: PreparedService, steps: list[list[object]], *faults: Fault) -> ProbeOutput:
    command = ProbeCommand("exercise", "exercise", {"steps": steps, "needs_service": True}, faults=faults)
    with sandbox.open(service, command, "tests") as pod:
        return pod.run(command, 7)


def answers(output: ProbeOutput) -> list[Any]:
    lines = output.stdout.decode().splitlines()
    assert lines, f"never ready: {output.service.log.decode()}"
    return list(json.loads(lines[-1].split(" ", 2)[2])["done"])


@pytest.mark.parametrize("shape", shapes("right"))
def test_a_right_server_starts_and_what_was_not_used_is_said(
    shape: dict[str, Any], prepare: Callable[..., PreparedService], sandbox: DockerSandbox
) -> None:
    service = prepare(shape)
    output = run(sandbox, service, [["get", "/health"]])
    assert answers(output) == [[200, {"status": "ok"}]], output.service.log.decode()
    for words in shape.get("says", ()):
        assert any(words in note for note in service.notes), service.notes


@pytest.mark.parametrize("shape", shapes("wrong"))
def test_its_wrong_twin_is_refused_by_name(shape: dict[str, Any], prepare: Callable[..., PreparedService]) -> None:
    with pytest.raises(AgentFault) as refused:
        prepare(shape)
    assert refused.value.code == shape["code"]
    assert shape["said"] in refused.value.message


@pytest.mark.parametrize("shape", shapes("never_starts"))
def test_a_service_that_never_answers_leaves_the_reason_in_its_log(
    shape: dict[str, Any], prepare: Callable[..., PreparedService], sandbox: DockerSandbox
) -> None:
    output = run(sandbox, prepare(shape, start_timeout_s=4.0), [["get", "/health"]])
    assert output.service.ready_after_s is None
    assert output.service.state == shape["state"]
    assert shape.get("exit_code") in (None, output.service.exit_code)
    assert shape["log"] in output.service.log.decode()


def test_release_runs_once_in_a_pod_and_not_at_a_restart(
    prepare: Callable[..., PreparedService], sandbox: DockerSandbox
) -> None:
    shape = tomllib.loads((SHAPES / "right.toml").read_text())["release_makes_the_table_that_web_reads"]
    service = prepare(shape)
    steps: list[list[object]] = [["get", "/health"], ["sleep", 4.0], ["get", "/health"]]
    for _ in range(2):  # each pod has its own data, and its own release
        output = run(sandbox, service, steps, Fault(0.5, "kill"))
        assert [answer[0] for answer in answers(output) if isinstance(answer, list)] == [200, 200]
        assert output.service.log.count(b"migrated") == 1


CAREFUL = """
import http.server, os, signal, sys, time
def stop(*_):
    time.sleep(0.5)
    print("stopped well", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), H).serve_forever()
"""


@pytest.mark.parametrize(
    "web",
    ["python app.py", "exec python app.py", "true && python app.py", "X=1 python app.py; echo end", "sh start.sh"],
)
def test_sigterm_reaches_the_service_and_leaves_it_time(
    web: str, prepare: Callable[..., PreparedService], sandbox: DockerSandbox
) -> None:
    files = {"requirements.txt": "", "Procfile": f"web: {web}\n", "app.py": CAREFUL, "start.sh": "python app.py\n"}
    output = run(sandbox, prepare({"files": files}), [["sleep", 3.0]], Fault(0.2, "sigterm"))
    assert b"stopped well" in output.service.log
    assert output.service.state == "exited"


def test_the_tests_of_a_project_find_its_package_its_version_and_its_scripts(
    prepare: Callable[..., PreparedService],
) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "my-shop"\nversion = "1.2"\n[project.scripts]\nshop = "shop:main"\n',
        "src/shop/__init__.py": "def main():\n    print('sold')\n\n\ndef price(count):\n    return 3 * count\n",
        "tests/test_shop.py": (
            "import subprocess\nfrom importlib.metadata import version\nimport shop\n"
            "def test_price(): assert shop.price(2) == 6\n"
            "def test_version(): assert version('my-shop') == '1.2'\n"
            "def test_script(): assert subprocess.check_output(['shop']) == b'sold\\n'\n"
        ),
    }
    own = DockerSandbox(environ=os.environ, run="tests")
    service = prepare({"files": files})
    command = COVERAGE.command(service.task, "smoke")
    assert isinstance(command, ProbeCommand)
    with own.open(service, command, "tests") as pod:
        facts = COVERAGE.observe(pod.run(command, 7)).facts
    assert facts["counts"] == {"passed": 3, "failed": 0, "error": 0, "skipped": 0}, facts
    covered = facts["files"]["src/shop/__init__.py"]
    assert (covered["statements"], covered["covered"]) == (4, 4)
