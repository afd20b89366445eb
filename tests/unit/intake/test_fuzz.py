"""Whatever the reply: a submission that obeys every rule, a question, or a refusal. Never an exception."""

import contextlib
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.intake.assemble import MAX_FILES, MAX_TOTAL_BYTES
from harness.intake.bounded_json import MAX_DEPTH, BadJson, depth_of, parse_json
from harness.intake.follow_up import apply_follow_up
from harness.intake.parse import Parsed, parse_reply
from harness.intake.paths import find_clash, vet_path
from harness.model.submission import NeedsFollowUp, Refusal, Submission

FRAGMENTS = [
    "```", "````", "~~~", "python", " app/main.py", "\n", "\n\n", "### ", "a.py", "**", "`", '<file path="a.py">',
    "</file>", "<FILEPATH>", "</FILEPATH>", "<CODE>", "</CODE>", "{", "}", "[", "]", '"files"', ":", ",", '"path"',
    '"content"', '"', "\\", "<think>", "</think>", "../", "/etc/x", "\x00", "\u202e", "\ud800", "title=", "- ", "1. ",
    "   ", "\t", "\r\n", "# b.py\n", '"api_endpoints"', '"services": [{"code": "x"}]', "null", "1e999", "NaN", "\x0c",
]  # fmt: skip
soup = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=6), max_size=40).map("".join)

NAMES = st.sampled_from(
    ["a.py", "A.py", "a", "a/b.py", "../x", "/x", ".git/x", "con", "é.py", "e\u0301.py", "\ud800", ""]
) | st.text(max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | NAMES
values = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
KEYS = st.sampled_from(
    ["files", "path", "content", "api_endpoints", "services", "models", "code", "handler", "file", "name", "tests",
     "database", "documentation", "openapi", "configuration", "dependencies", "unit", "code_file"]
)  # fmt: skip
documents = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=25
)


def check(parsed: Parsed) -> None:
    if isinstance(parsed, Submission):
        paths = [file.path for file in parsed.files]
        assert 0 < len(paths) <= MAX_FILES
        assert sum(len(file.content) for file in parsed.files) <= MAX_TOTAL_BYTES
        assert all(vet_path(path) == path for path in paths)
        assert len(set(paths)) == len(paths)
        assert find_clash(paths) is None
        assert not any(part.startswith(".git") for path in paths for part in path.split("/"))
    elif isinstance(parsed, Refusal):
        assert parsed.code
        assert parsed.code.replace("_", "").isalnum()
        assert parsed.message
    else:
        assert isinstance(parsed, NeedsFollowUp)
        parsed.message.encode()


@settings(max_examples=300, deadline=None)
@given(soup)
def test_no_text_breaks_the_parser(text: str) -> None:
    check(parse_reply(text))
    check(parse_reply(text, finish_reason="length", main_file="app/main.py"))


@settings(max_examples=200, deadline=None)
@given(documents)
def test_no_json_breaks_the_parser(document: object) -> None:
    text = json.dumps(document)
    check(parse_reply(text))
    check(apply_follow_up(text, text))


@settings(max_examples=200, deadline=None)
@given(values, soup)
def test_no_answer_breaks_the_follow_up(files: object, text: str) -> None:
    first = json.dumps({"services": [{"name": "S", "code": "x = 1"}], "models": files})
    check(apply_follow_up(first, text))
    check(apply_follow_up(first, json.dumps({"files": [{"path": files, "from": "/services/0/code"}]})))


@settings(max_examples=200, deadline=None)
@given(soup)
def test_bounded_json_raises_one_type_only(text: str) -> None:
    with contextlib.suppress(BadJson):
        parse_json(text)


@settings(deadline=None)
@given(st.integers(0, 300))
def test_depth_is_counted_outside_of_strings(depth: int) -> None:
    text = "[" * depth + json.dumps('[[[[{{{{\\"[[') + "]" * depth
    assert depth_of(text) == depth
    if depth <= MAX_DEPTH:
        parse_json(text)
