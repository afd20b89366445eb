"""The fence scanner: CommonMark where grammars agree (held against markdown-it-py), and its two liberties."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harness.intake.fences import scan_fences, split_lines, unwrap_fence

# Pieces from which documents are built on which CommonMark and the scanner must agree: no lists, no block quotes, no
# indentation beyond three, no markdown fences.
PIECES = [
    "```",
    "````",
    "~~~",
    "```python",
    "~~~ sh a.sh",
    "``",
    "` ``` `",
    "``` a`b",
    "   ```",
    "text",
    "",
    "x = 1",
    "  indented",
    "```py x.py",
]


def blocks(text: str) -> list[tuple[str, str]]:
    return [(fence.info, fence.content) for fence in scan_fences(split_lines(text))]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_the_scanner_agrees_with_markdown_it(lines: list[str]) -> None:
    text = "\n".join([*lines, ""])
    theirs = [(t.info.strip(), t.content) for t in MarkdownIt("commonmark").parse(text) if t.type == "fence"]
    ours = [(info, content) for info, content in blocks(text)]
    # An unclosed fence ends at the last line; CommonMark counts no line after the final newline, the scanner one.
    assert [(i, c.rstrip("\n")) for i, c in ours] == [(i, c.rstrip("\n")) for i, c in theirs]


def test_a_readme_may_hold_code_blocks() -> None:
    text = "```markdown README.md\n# A\n```bash\nmake\n```\nend\n```\nafter\n"
    assert blocks(text) == [("markdown README.md", "# A\n```bash\nmake\n```\nend\n")]


@pytest.mark.parametrize("lead", ["  ", "      ", "1. ", "- ", "   - ", "\t"])
def test_a_fence_in_a_list_is_dedented(lead: str) -> None:
    indent = " " * len(lead.expandtabs(4))
    text = f"{lead}```py a.py\n{indent}x = 1\n{indent}  y = 2\n{indent}```\n"
    assert blocks(text) == [("py a.py", "x = 1\n  y = 2\n")]


def test_a_deeply_indented_fence_line_does_not_close() -> None:
    text = '```python\ndef f():\n    """\n    ```\n    """\n```\n'
    assert blocks(text) == [("python", 'def f():\n    """\n    ```\n    """\n')]


def test_an_unclosed_fence_runs_to_the_end() -> None:
    (fence,) = scan_fences(split_lines("a\n```py\nx = 1"))
    assert (fence.closed, fence.content, fence.start) == (False, "x = 1\n", 1)


@pytest.mark.parametrize(
    "text", ["```\n" * 100_000, "- " * 200_000 + "```", "```markdown\n" * 50_000, "~~~ `\n" * 50_000]
)
def test_hostile_repetition_ends(text: str) -> None:
    assert sum(1 for _ in scan_fences(split_lines(text))) <= 100_000


@pytest.mark.parametrize(
    ("text", "content", "info"),
    [
        ("```py a.py\nx\n```", "x\n", "py a.py"),
        ("\n```\nx\n```\n\n", "x\n", ""),
        ("x = 1", "x = 1", ""),
        ("```\na\n```\nmore", "```\na\n```\nmore", ""),
        ("```py\ncut", "cut\n", "py"),
    ],
)
def test_only_a_block_that_is_the_whole_text_is_unwrapped(text: str, content: str, info: str) -> None:
    assert unwrap_fence(text) == (content, info)


@pytest.mark.parametrize(
    ("info", "language"),
    [("Python app.py", "python"), ("json:x.json", "json"), ("{.js #x}", "js"), ("", ""), ("C++", "c++")],
)
def test_the_language_is_the_first_word(info: str, language: str) -> None:
    (fence,) = scan_fences([f"```{info}", "```"])
    assert fence.language == language
