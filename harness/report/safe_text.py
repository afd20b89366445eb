"""Untrusted text made harmless for each place it is shown in: terminal, HTML, Markdown, CSV, XML.

Refuses to decide what is shown. Everything an agent, its service or its files wrote passes through here exactly once,
at the place where it leaves; nothing is stored in a cleaned form.
"""

import re
from typing import Final

# Bidirectional controls (Unicode TR 36: they make text read other than it is) and invisible format characters.
_BIDI: Final = "\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u2028\u2029"
_SEQUENCES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor (ECMA-48 §5.4)
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC strings
    r"|\x1b[ -/]*[0-~]?"  # other escapes
)
_CONTROLS: Final = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}\ud800-\udfff\ufffe\uffff]")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&$:@])")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def terminal(text: str) -> str:
    """For a terminal: escape sequences, control, bidi and invisible characters removed; tab and newline stay."""
    return _CONTROLS.sub("", _SEQUENCES.sub("", text.replace("\r\n", "\n")))


def terminal_line(text: str) -> str:
    """For one line of a terminal: like `terminal`, and every run of white space is one space."""
    return " ".join(terminal(text).split())


def visible(text: str) -> str:
    r"""For pages: colour sequences go, any other control, bidi or invisible character is shown as `\x1b`, `\u202e`, …

    The result holds only characters that XML 1.0 and UTF-8 allow. It is not escaped: that is the template's part.
    """
    if text.isascii() and text.isprintable():  # most of what a report holds, and there is nothing to do to it
        return text
    return _CONTROLS.sub(_as_escape, re.sub(r"\x1b\[[0-9;]*m", "", text.replace("\r\n", "\n")))


def markdown(text: str) -> str:
    """For one line of Markdown or a table cell: nothing in it is markup, link, HTML or a new line any more."""
    return _MARKDOWN.sub(r"\\\1", " ".join(visible(text).split()))


def markdown_block(text: str, info: str = "text") -> str:
    """A fenced block; the fence is longer than any run of backticks inside."""
    safe = visible(text)
    longest = max((len(run) for run in re.findall("`+", safe)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{info}\n{safe.rstrip()}\n{fence}"


def csv_cell(value: object) -> object:
    """For a CSV cell: text that a spreadsheet would compute gets a leading apostrophe (OWASP, CSV injection)."""
    if not isinstance(value, str):
        return value
    safe = visible(value)
    return f"'{safe}" if safe.startswith(_FORMULA) or safe.lstrip().startswith(_FORMULA) else safe


def clipped(text: str, limit: int, where: str) -> str:
    """`text`, or its first and last parts around a note that says how much is left out and where it can be read."""
    if len(text) <= limit:
        return text
    head, tail = text[: limit * 2 // 3], text[-(limit // 3) :]
    return f"{head}\n[… {len(text) - len(head) - len(tail)} characters left out; all of it is in {where} …]\n{tail}"


def _as_escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
