"""Untrusted text is harmless wherever it is shown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harness.report.safe_text import clipped, csv_cell, markdown, markdown_block, terminal, terminal_line, visible

TRICKY = st.text(
    st.one_of(
        st.sampled_from("\x1b[]0;31mJ\x07\x9b\x9d\x9c\\P_^`|<>*\n\r\t=+-@'\"&\u202e\u2066\u200b\ud800\ufffe~"),
        st.characters(),
    )
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("\x1bcreset", "reset"),
        ("over\rwritten\b\b", "overwritten"),
        ("user\u202egpj.exe", "usergpj.exe"),
        ("a\u200bb\ud800c\x00\x7f\x85", "abc"),
        ("keep\ttabs\nand lines: é 漢 🙂", "keep\ttabs\nand lines: é 漢 🙂"),
    ],
)
def test_a_terminal_obeys_nothing(text: str, shown: str) -> None:
    assert terminal(text) == shown


@given(TRICKY)
def test_no_control_reaches_any_output(text: str) -> None:
    forbidden = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ud800-\udfff\ufffe\uffff]")
    for shown in (
        terminal(text),
        terminal_line(text),
        visible(text),
        markdown(text),
        markdown_block(text),
        csv_cell(text),
    ):
        assert isinstance(shown, str)
        assert not forbidden.search(shown)
        shown.encode("utf-8")
    assert "\n" not in terminal_line(text)
    assert "\n" not in markdown(text)


def test_hidden_characters_are_shown_on_pages() -> None:
    assert visible("a\u202eb\x00\x1b]0;x\x07") == "a\\u202eb\\x00\\x1b]0;x\\x07"
    assert visible("\x1b[31mred\x1b[0m\r\n") == "red\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "\n=cmd"])
def test_a_spreadsheet_computes_nothing(text: str) -> None:
    assert not str(csv_cell(text)).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_numbers_and_harmless_text_stay_as_they_are() -> None:
    assert [csv_cell(value) for value in (-1.5, 3, None, "a=b")] == [-1.5, 3, None, "a=b"]


@given(TRICKY)
def test_markdown_text_stays_text(text: str) -> None:
    """CommonMark renders our escaped line to exactly the visible characters: no element is made of it."""
    source = "x" + markdown(text) + "x"
    [paragraph] = [token for token in MarkdownIt("commonmark").enable("table").parse(source) if token.type == "inline"]
    assert {child.type for child in paragraph.children or ()} <= {"text", "text_special"}
    assert "".join(child.content for child in paragraph.children or ()) == " ".join(f"x{visible(text)}x".split()) or (
        text != text.strip()  # white space at the ends goes; the sentinels then touch the text
    )


@given(TRICKY)
def test_a_fence_holds_whatever_is_inside(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(markdown_block(text) + "\n\nafter")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


def test_clipping_says_how_much_is_left_out_and_where() -> None:
    assert clipped("short", 10, "f") == "short"
    long = clipped("a" * 600 + "b" * 400, 300, "trials/x")
    assert long.startswith("a" * 200 + "\n[… 700 characters left out; all of it is in trials/x")
    assert long.endswith("b" * 100)
