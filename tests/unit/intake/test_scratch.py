"""Scratch work is told apart from sources where nothing imports or names it; it is delivered all the same."""

import pytest

from harness.intake.parse import parse_reply
from harness.intake.scratch import scratch_files
from harness.model.submission import Submission

MAIN = b"from app.store import Store\nimport helpers\n"


@pytest.mark.parametrize(
    ("path", "others"),
    [
        ("reproduce.py", {}),
        ("repro_issue.py", {}),
        ("debug-server.js", {}),
        ("scratch.py", {}),
        ("scratch/try.py", {}),
        ("NOTES.md", {}),
        ("notes.txt", {}),
        ("todo.md", {}),
        ("try2.py", {}),
        ("check_api.sh", {}),
    ],
)
def test_what_looks_like_scratch_work_is_said(path: str, others: dict[str, bytes]) -> None:
    (said,) = scratch_files({"app/main.py": MAIN, path: b"x", **others})
    assert said.startswith(path)


@pytest.mark.parametrize(
    ("path", "others"),
    [
        ("debug.py", {"app/main.py": b"import debug\n"}),
        ("check_env.sh", {"Procfile": b"release: sh check_env.sh\n"}),
        ("demo.py", {"tests/test_demo.py": b"from demo import app\n"}),
        ("checkout.py", {}),
        ("app/notes.py", {}),
        ("app/debug.py", {}),
        ("test_api.py", {}),
        ("README.md", {}),
        ("main.py", {}),
        ("requirements.txt", {}),
        ("manage.py", {}),
        ("wsgi.py", {}),
    ],
)
def test_sources_are_not(path: str, others: dict[str, bytes]) -> None:
    assert list(scratch_files({"app/main.py": MAIN, path: b"x", **others})) == []


def test_a_scratch_file_is_delivered_with_a_note() -> None:
    parsed = parse_reply("```python app.py\nx = 1\n```\n```python reproduce.py\nprint(1)\n```\n")
    assert isinstance(parsed, Submission)
    assert set(parsed.as_mapping()) == {"app.py", "reproduce.py"}
    assert any("reproduce.py looks like scratch work" in note for note in parsed.notes)
