"""The reply grammar, format by format, and their order."""

import json
from typing import Any

import pytest

from harness.intake.parse import parse_reply
from harness.model.submission import Refusal, Submission


def files(text: str, **options: Any) -> dict[str, str]:
    parsed = parse_reply(text, **options)
    assert isinstance(parsed, Submission), parsed
    return {path: content.decode() for path, content in parsed.as_mapping().items()}


def flags(text: str, **options: Any) -> tuple[str, ...]:
    parsed = parse_reply(text, **options)
    assert isinstance(parsed, Submission), parsed
    return parsed.flags


def code(text: str) -> str:
    parsed = parse_reply(text)
    assert isinstance(parsed, Refusal), parsed
    return parsed.code


LISTED = {"files": [{"path": "app/main.py", "content": "x = 1\n"}]}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(LISTED),
        json.dumps(LISTED["files"]),
        json.dumps({"files": {"app/main.py": "x = 1\n"}}),
        json.dumps({"files": {"app/main.py": {"code": "x = 1\n"}}}),
        json.dumps({"summary": "done", "files": [{"filename": "app/main.py", "body": "x = 1\n"}]}),
        f"Here you are:\n```json\n{json.dumps(LISTED, indent=1)}\n```\nGood luck!",
        f"Here you are: {json.dumps(LISTED)} Good luck!",
        '\ufeff{"files": [{"path": "app/main.py", "content": "x = 1\n"}]}',
        "<think>\n```python decoy.py\n```\n</think>\n" + json.dumps(LISTED),
        "<FILEPATH>app/main.py</FILEPATH>\n<CODE>\nx = 1\n</CODE>",
        "<FILEPATH>app/main.py</FILEPATH>\n\n<CODE>\n```python\nx = 1\n```\n</CODE>",
        "<FILEPATH>app/main.py</FILEPATH>\n```python\nx = 1\n```",
        '<file path="app/main.py">\nx = 1\n</file>',
        "<file path='app/main.py'><![CDATA[\nx = 1\n]]></file>",
        "```python app/main.py\nx = 1\n```",
        "```python app/main.py\r\nx = 1\r\n```\r\n",
        "### app/main.py\n\n```python\nx = 1\n```",
        "~~~python title=app/main.py\nx = 1\n~~~",
        "1. The service\n\n   ```python app/main.py\n   x = 1\n   ```",
    ],
)
def test_every_format_yields_the_same_file(text: str) -> None:
    assert files(text) == {"app/main.py": "x = 1\n"}


def test_examples_without_a_path_are_no_files() -> None:
    text = '```python app/main.py\nx = 1\n```\nRun:\n```bash\ncurl localhost/orders\n```\n```json\n{"files": []}\n```'
    assert files(text) == {"app/main.py": "x = 1\n"}


def test_json_shown_beside_files_with_paths_is_an_example() -> None:
    example = json.dumps({"files": [{"name": "photo.txt", "content": "hello"}]})
    text = f"```python app/main.py\nx = 1\n```\nAn upload answers:\n```json\n{example}\n```"
    assert files(text) == {"app/main.py": "x = 1\n"}


def test_an_excerpt_gives_way_to_the_whole_file() -> None:
    text = "### app/main.py\n```python\nx = 1\ny = 2\n```\nThe heart of `app/main.py`:\n```python\ny = 2\n```"
    assert files(text) == {"app/main.py": "x = 1\ny = 2\n"}


def test_of_two_full_versions_of_one_file_the_last_counts() -> None:
    assert files("```python a.py\nx = 1\n```\n```python a.py\nx = 2\n```") == {"a.py": "x = 2\n"}


def test_the_same_file_twice_with_equal_content_is_one_file() -> None:
    assert files("```python a.py\nx = 1\n```\n```python ./a.py\nx = 1\n```") == {"a.py": "x = 1\n"}


def test_a_route_or_a_system_path_in_the_prose_is_no_file() -> None:
    text = "### /openapi.json\n```json\n{}\n```\n```nginx\n# /etc/nginx/x.conf\n```\n```python app.py\nx = 1\n```"
    assert files(text) == {"app.py": "x = 1\n"}


def test_a_stated_escape_refuses_the_whole_reply() -> None:
    assert code("```python app.py\nx = 1\n```\n```python ../evil.py\nx = 1\n```") == "path_escape"


def test_gitignore_is_dropped_and_said() -> None:
    parsed = parse_reply("```text .gitignore\n*.pyc\n```\n```python a.py\nx = 1\n```")
    assert isinstance(parsed, Submission)
    assert list(parsed.as_mapping()) == ["a.py"]
    assert any(".gitignore" in note for note in parsed.notes)


def test_a_single_block_needs_a_known_main_file() -> None:
    text = "Here:\n```python\nx = 1\n```\n```bash\nmake\n```"
    assert code(text) == "no_files"
    assert files(text, main_file="app/main.py") == {"app/main.py": "x = 1\n"}
    assert flags(text, main_file="app/main.py") == ("path_assumed",)
    assert isinstance(parse_reply("```python\na\n```\n```python\nb\n```", main_file="a.py"), Refusal)


def test_a_cut_reply_is_flagged_even_when_its_last_fence_closed() -> None:
    assert flags("```python a.py\nx = 1\n```", finish_reason="length") == ("truncated",)
    assert flags("```python a.py\nx = 1\n```", finish_reason="stop") == ()


def test_an_unclosed_tag_is_kept_and_flagged() -> None:
    assert flags('<file path="a.py">\nx = 1\n') == ("truncated",)


def test_tags_inside_a_fence_are_content() -> None:
    text = '```xml conf/a.xml\n<file path="b.py">\nx\n</file>\n```'
    assert list(files(text)) == ["conf/a.xml"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "no_files"),
        ("<think>never ends ```python a.py\nx\n```", "no_files"),
        ("[Note] I cannot do this.", "no_files"),
        ("{curly prose}", "no_files"),
        ("42", "no_files"),
        ("{}", "no_files"),
        ('{"files": []}', "no_files"),
        ('{"files": 5}', "invalid_output"),
        ('{"files": ["a.py"]}', "invalid_output"),
        ('{"files": [{"path": "a.py"}]}', "invalid_output"),
        ('{"files": [{"content": "x"}]}', "invalid_output"),
        ('{"files": [{"path": 3, "content": "x"}]}', "invalid_output"),
        ('{"files": {"a.py": null}}', "invalid_output"),
        ('{"files": [{"path": "a.py", "content": "x"}', "invalid_output"),
        ('```json\n{"files": [{"path": "a.py", "content": "x\n', "invalid_output"),
        ('{"n": ' + "9" * 5000 + "}", "invalid_output"),
        ('{"files": NaN}', "invalid_output"),
        ('{"files": {"a.txt": "' + "x" * 1_000_001 + '"}}', "file_too_large"),
    ],
)
def test_refusals_carry_a_code(text: str, expected: str) -> None:
    assert code(text) == expected
