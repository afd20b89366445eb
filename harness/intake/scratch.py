"""Scratch work in a delivery: files to try something out, and notes, that no other file imports or names.

Refuses to leave anything out: such files are delivered like all others; they are only told apart, in a note each.
"""

import re
from collections.abc import Iterator, Mapping

_TRIALS = re.compile(
    r"^(?:repro(?:duce)?|debug|scratch(?:pad)?|playground|sandbox|tmp|temp|try|tryout|experiment|smoke|manual|quick|check"
    r"|verify|demo|poc)(?:[_-]?\d+|[_-][\w-]+)?$",
    re.I,
)
_NOTES = re.compile(
    r"^(?:notes?|todos?|thoughts|plan|scratch(?:pad)?|analysis|summary|changes|implementation(?:[_-]\w+)?|progress"
    r"|decisions?|reasoning|my[_-]\w+|temp|tmp|draft)$",
    re.I,
)
_CODE = frozenset(("py", "js", "mjs", "cjs", "ts", "go", "sh", "bash"))
_PROSE = frozenset(("md", "txt", "rst", ""))
_WORD = re.compile(r"[A-Za-z_][\w-]*")


def scratch_files(files: Mapping[str, bytes]) -> Iterator[str]:
    """One sentence per file of `files` that looks like scratch work and that nothing else names."""
    suspects = [path for path in files if _looks_scratch(path)]
    if not suspects:
        return
    words = {
        path: set(_WORD.findall(content[:200_000].decode("utf-8", "replace")))
        for path, content in files.items()
        if path not in suspects and not path.lower().endswith((".md", ".rst"))
    }
    for path in suspects:
        stem = path.rpartition("/")[2].partition(".")[0]
        if not any(stem in known for known in words.values()):
            yield f"{path} looks like scratch work: no other file imports or names it; it is delivered all the same"


def _looks_scratch(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    stem, _, extension = name.partition(".")
    extension = extension.lower()
    if folder and folder.split("/", 1)[0] not in ("scratch", "tmp", "temp", "notes", "scripts", "debug"):
        return False
    if extension in _CODE and extension != "go":
        return _TRIALS.match(stem) is not None and not _is_test(stem)
    return extension in _PROSE and _NOTES.match(stem) is not None


def _is_test(stem: str) -> bool:
    """Names that a test runner collects belong to the suite, wherever they stand."""
    return stem.startswith("test_") or stem.endswith("_test") or stem in ("test", "tests")
