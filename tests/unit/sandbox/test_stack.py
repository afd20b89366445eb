"""Stack and start command, from the submission's files alone."""

import pytest

from harness.errors import SubmissionRefused, TaskFault
from harness.sandbox.stack import plan_stack

REQUIREMENTS = {"requirements.txt": b"fastapi\nuvicorn\n"}
DEFAULT = ("python", "-m", "uvicorn", "app.main:app", "--host", "127.0.0.1", "--port", "8000")


def test_a_python_submission_starts_with_uvicorn_unless_a_procfile_says_otherwise() -> None:
    plan = plan_stack(REQUIREMENTS, ("python",))
    assert (plan.stack, plan.start_argv, plan.from_procfile) == ("python", DEFAULT, False)
    assert plan.requirements.lines == ("fastapi", "uvicorn")
    assert plan_stack({**REQUIREMENTS, "Procfile": b"worker: python w.py\n"}, ("python",)).start_argv == DEFAULT


def test_the_manifest_counts_only_at_the_root() -> None:
    with pytest.raises(SubmissionRefused) as refused:
        plan_stack({"backend/requirements.txt": b""}, ("python",))
    assert refused.value.code == "stack_missing"


def test_requirements_win_over_a_pyproject_that_configures_tools() -> None:
    both = {**REQUIREMENTS, "pyproject.toml": b"[tool.pytest.ini_options]\n"}
    assert plan_stack(both, ("python",)).requirements.lines == ("fastapi", "uvicorn")


def test_a_procfile_line_goes_to_a_shell_as_it_stands() -> None:
    files = {**REQUIREMENTS, "Procfile": b"release: ./migrate\nweb: cd app && exec python run.py --port ${PORT:-1}\n"}
    plan = plan_stack(files, ("python",))
    assert (plan.start_argv[:2], plan.from_procfile) == (("/bin/sh", "-c"), True)
    assert plan.start_argv[-1] == "cd app && exec python run.py --port ${PORT:-1}"
    assert plan.release_argv[-1] == "./migrate"


NODE = {"package.json": b'{"scripts": {"start": "node server.js"}}', "server.js": b""}


def test_a_package_json_for_tools_beside_a_python_server_is_no_second_stack() -> None:
    tools = {
        **REQUIREMENTS,
        "package.json": b'{"devDependencies": {"prettier": "^3"}, "scripts": {"lint": "x"}}',
    }
    assert plan_stack(tools, ("python", "node")).stack == "python"
    assert plan_stack({**REQUIREMENTS, **NODE}, ("python",)).stack == "python"  # nothing else is allowed
    web = {"Procfile": b"web: uvicorn app.main:app --port $PORT\n"}
    assert plan_stack({**REQUIREMENTS, **NODE, **web}, ("python", "node")).stack == "python"


def test_two_servers_and_a_language_the_task_does_not_allow() -> None:
    with pytest.raises(SubmissionRefused) as ambiguous:
        plan_stack({**REQUIREMENTS, **NODE}, ("python", "node"))
    assert ambiguous.value.code == "stack_ambiguous"
    with pytest.raises(TaskFault, match="python"):
        plan_stack({**REQUIREMENTS, **NODE, "Procfile": b"web: npm start\n"}, ("python", "node"))
    with pytest.raises(SubmissionRefused) as language:
        plan_stack({"go.mod": b""}, ("python",))
    assert language.value.code == "language_not_allowed"


def test_a_manifest_in_another_place_is_named_in_the_refusal() -> None:
    with pytest.raises(SubmissionRefused, match=r"requirements/base\.txt is not read"):
        plan_stack({"requirements/base.txt": b"six\n", "app/main.py": b""}, ("python",))


def test_a_task_that_allows_what_cannot_be_built_yet_is_the_tasks_fault() -> None:
    with pytest.raises(TaskFault, match="python"):
        plan_stack({"package.json": b"{}"}, ("node",))
