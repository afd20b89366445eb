"""The path in a fence's info string: a language, then the path, as in ```` ```python app/main.py ````.

Refuses to take a language for a path ("dockerfile", "makefile"), and an option of a highlighter for a file. A first
word that cannot be a language, `python:app/main.py` or `app/main.py`, is read as what it is.
"""

import re
from dataclasses import dataclass

from harness.intake.names import could_be_path, looks_like_file

_KEY = re.compile(
    r"""(?<![\w-])(?:title|file|filename|file_name|file-name|filepath|file_path|path|name|src|source)[ \t]*[=:][ \t]*"""
    r"""(?:"([^"]*)"|'([^']*)'|([^\s"'}\]]+))""",
    re.I,
)
_QUOTED = re.compile(r"""(?:"([^"]+)"|'([^']+)')""")
_LEAD = re.compile(r"^(?:[#/|>@=–—:,-]+|->|=>)[ \t]+")
# Cursor's ```12:15:app/main.py and GitHub's ```app/main.py#L1-L9 show lines of a file that exists.
_CITED = re.compile(r"^(?:\d+[:-]\d+:\S+|\S+\.\w+(?::\d+(?:-\d+)?|#L\d+(?:-L?\d+)?)$)")
_ATTRIBUTE = re.compile(
    r"^(?:[\[({].*|[\w-]+=.*|(?:show|hide)?line-?(?:numbers?|nos?)|linenos|numberlines|copy|wrap|nowrap|executable"
    r"|[#/–—-]+.*|new|updated|modified|\d+)$",
    re.I,
)
# fmt: off
_OPTIONS = frozenset((
    "linenos", "lineno", "linenumbers", "showlinenumbers", "line-numbers", "numberlines", "copy", "nocopy", "wrap",
    "nowrap", "example", "examples", "output", "input", "session", "repl", "ignore", "no_run", "norun", "should_panic",
    "compile_fail", "editable", "live", "twoslash", "playground", "runnable", "run", "request", "response", "hidden",
    "collapse", "annotate", "console", "interactive", "expected", "actual", "snippet", "excerpt", "partial", "fragment",
    "continued", "before", "after", "old", "new", "bad", "good", "wrong", "right", "diff", "highlight", "code",
    "pseudocode", "pseudo", "schema", "tree", "usage", "demo", "log", "logs", "error", "result", "results", "config",
    "get", "post", "put", "patch", "delete", "head", "options", "body", "headers", "payload", "file", "files", "path",
    "structure", "layout", "python", "javascript", "typescript", "json", "yaml", "sql", "bash", "text", "http", "doc",
))
# fmt: on


@dataclass(frozen=True)
class Info:
    """What an info string says: the path, or that it cites lines of a file that is shown elsewhere."""

    path: str = ""
    cites: bool = False


def read_info(info: str, content: str = "") -> Info:
    """The path that `info` states. `content` decides one thing: a block that starts with `#!` is a program."""
    info = info[:1_000].strip()
    keyed = _keyed(info)
    if keyed:
        return Info(keyed)
    words = info.split(None, 1)
    if not words:
        return Info()
    first, rest = words[0].strip("{}") or words[0], words[1].strip() if len(words) > 1 else ""
    if _CITED.match(first) or (rest and _CITED.match(rest.split(None, 1)[0])):
        return Info(cites=True)
    second = _second(first, rest, content)
    if second:
        return Info(second)
    language, colon, after = first.partition(":")
    if colon and "//" not in after[:2] and looks_like_file(after):
        return Info(after)
    if colon and looks_like_file(language) and "/" in language:  # ```app/main.py:python
        return Info(language)
    return Info(first if ("/" in first or "." in first.lstrip(".")) and looks_like_file(first) else "")


def from_info(info: str) -> str:
    """The path alone; "" when `info` states none."""
    return read_info(info).path


def _keyed(info: str) -> str:
    found = _KEY.search(info)
    if found is None:
        return ""
    path = next(group for group in found.groups() if group is not None).strip()
    if found[3] is None and " " in path and not looks_like_file(path):
        return ""  # title="An example"
    return path if path and ("/" in path or looks_like_file(path)) else ""


def _second(first: str, rest: str, content: str) -> str:
    """The second word of the info string, if it is a path."""
    rest = _LEAD.sub("", rest)
    quoted = _QUOTED.match(rest)
    if quoted:
        path = quoted[1] or quoted[2]
        return path if looks_like_file(path) else ""
    words = rest.split()
    if not words:
        return ""
    word = words[0].strip("`*()[]").rstrip(":,")
    if looks_like_file(word):
        return word
    if ".." in word.split("/") or ".." in word.split("\\"):
        return word  # goes on to be refused by name
    plain = all(_ATTRIBUTE.match(other) for other in words[1:])
    return word if plain and _bare(first, word, content) else ""


def _bare(first: str, word: str, content: str) -> bool:
    """Whether `word`, which has no extension that is known, is a file: the prescribed form allows any safe path."""
    if not could_be_path(word) or first.casefold() in ("http", "console", "diff") or not re.search(r"[A-Za-z]", word):
        return False
    if word.startswith(("/", "~", "-", "$", "%", "@", "&", "+", "#", "!", "(", "[")):
        return False
    return content.startswith("#!") or word.casefold() not in _OPTIONS
