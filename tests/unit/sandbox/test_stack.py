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


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("gunicorn -b 127.0.0.1:$PORT 'my app':x", ("gunicorn", "-b", "127.0.0.1:9000", "my app:x")),
        ("python run.py --port=${PORT}", ("python", "run.py", "--port=9000")),
        ("python $HOME $PORTS ${PORTX} $(id) `id`", ("python", "$HOME", "$PORTS", "${PORTX}", "$(id)", "`id`")),
    ],
)
def test_procfile_is_split_like_a_shell_and_only_port_is_expanded(command: str, argv: tuple[str, ...]) -> None:
    files = {**REQUIREMENTS, "Procfile": f"release: x\nweb: {command}\n".encode()}
    assert plan_stack(files, ("python",), port=9000).start_argv == argv


@pytest.mark.parametrize(
    "content",
    [
        b"web:\n",
        b"web: 'open\n",
        b"web: cd app && python run.py\n",
        b"web: PORT=1 python run.py\n",
        b"web: a\nweb: b\n",
        b"web: " + b"x" * 20_000,
    ],
)
def test_a_procfile_that_cannot_be_run_without_a_shell_is_refused(content: bytes) -> None:
    with pytest.raises(SubmissionRefused) as refused:
        plan_stack({**REQUIREMENTS, "Procfile": content}, ("python",))
    assert refused.value.code == "procfile_invalid"


def test_two_stacks_and_a_language_the_task_does_not_allow() -> None:
    with pytest.raises(SubmissionRefused) as ambiguous:
        plan_stack({**REQUIREMENTS, "package.json": b"{}"}, ("python", "node"))
    assert ambiguous.value.code == "stack_ambiguous"
    with pytest.raises(SubmissionRefused) as language:
        plan_stack({"go.mod": b""}, ("python",))
    assert language.value.code == "language_not_allowed"


def test_a_task_that_allows_what_cannot_be_built_yet_is_the_tasks_fault() -> None:
    with pytest.raises(TaskFault, match="python"):
        plan_stack({"package.json": b"{}"}, ("node",))
