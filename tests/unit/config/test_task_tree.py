"""What tools leave behind in a task folder is not part of the task."""

from pathlib import Path

from harness.documents import tree_bytes


def test_caches_of_tools_are_left_out(tmp_path: Path) -> None:
    for name in ("app/main.py", ".ruff_cache/0.1/7", "app/.mypy_cache/x.json", "app/__pycache__/main.pyc", ".hidden"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert set(tree_bytes(tmp_path)) == {"app/main.py", ".hidden"}
