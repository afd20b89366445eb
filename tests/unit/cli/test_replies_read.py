"""`harness replies read FILE`: the list of a reply's blocks, without running anything."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Harness = Callable[..., Any]
REPLY = """\
```python app/main.py
x = 1
```
```python app/main.py
x = 2
```
```bash
uvicorn app.main:app
```
```diff
--- a/app/main.py
+++ b/app/main.py
@@ -1 +1 @@
-x = 1
+x = 2
```
```sh bin/start
#!/bin/sh
"""
FATES = ["replaced", "file", "example", "diff", "truncated"]


@pytest.fixture
def reply(tmp_path: Path) -> Path:
    path = tmp_path / "reply.md"
    path.write_text(REPLY)
    return path


def test_every_block_is_listed_with_what_became_of_it(harness: Harness, reply: Path) -> None:
    done = harness("replies", "read", reply)
    assert done.code == 0
    lines = done.out.splitlines()
    assert [line.split()[2] for line in lines[:5]] == FATES
    assert "app/main.py" in lines[0]
    assert "2 files, flags: truncated" in done.out
    assert "bin/start  10 bytes, executable" in done.out
    assert "note: app/main.py is given more than once" in done.out


def test_the_same_as_json(harness: Harness, reply: Path) -> None:
    document = json.loads(harness("replies", "read", reply, "--json").out)
    assert document["outcome"] == "submission"
    assert [block["fate"] for block in document["blocks"]] == FATES
    assert [(file["path"], file["executable"]) for file in document["files"]] == [
        ("app/main.py", False),
        ("bin/start", True),
    ]


def test_a_refused_reply_ends_with_1_and_says_why(harness: Harness, tmp_path: Path) -> None:
    path = tmp_path / "reply.md"
    path.write_text("```python ../x.py\nx\n```\n```python a.py\nx\n```\n")
    done = harness("replies", "read", path)
    assert done.code == 1
    assert "refused: path_escape" in done.out
    assert "a.py" in harness("replies", "read", path, "--json").out


def test_a_follow_up_is_told_and_not_asked(harness: Harness, tmp_path: Path) -> None:
    path = tmp_path / "reply.json"
    path.write_text(json.dumps({"services": [{"name": "S", "code": "import os\nx = 1\n"}]}))
    done = harness("replies", "read", path)
    assert done.code == 0
    assert "a follow-up turn would ask for paths" in done.out
    assert "/services/0/code" in done.out


def test_a_stored_reply_is_opened(harness: Harness, tmp_path: Path) -> None:
    path = tmp_path / "reply.json"
    reply = {"text": REPLY, "finish_reason": "length", "origin": "live"}
    path.write_text(json.dumps({"schema": 1, "prompt_digest": "ab", "reply": reply}))
    done = harness("replies", "read", path)
    assert "2 files" in done.out
    assert "finish_reason='length'" in done.out


def test_a_starter_is_what_changes_apply_to(harness: Harness, tmp_path: Path) -> None:
    starter = tmp_path / "starter" / "app"
    starter.mkdir(parents=True)
    (starter / "main.py").write_text("x = 1\n")
    path = tmp_path / "reply.md"
    path.write_text("```diff\n--- a/app/main.py\n+++ b/app/main.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n```\n")
    assert "applied" in harness("replies", "read", path, "--starter", starter.parent).out
    assert harness("replies", "read", path).code == 1


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_what_cannot_be_read_is_wrong_input(harness: Harness, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "reply.md"
    if content is not None:
        path.write_bytes(content)
    done = harness("replies", "read", path)
    assert done.code == 2
    assert "reply.md" in done.err


def test_control_characters_do_not_reach_the_terminal(harness: Harness, tmp_path: Path) -> None:
    path = tmp_path / "reply.md"
    path.write_text("```python a.py\nx\n```\n```\x1b[31mred\x1b[0m\nx\n```\n")
    assert "\x1b" not in harness("replies", "read", path).out
