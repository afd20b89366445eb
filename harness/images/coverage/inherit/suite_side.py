"""Writes down which code objects are executed beside the ordinary: in agent code's own process, so one side only.

Refuses to fail: whatever goes wrong in here must not change what a test sees. Each line of the record is JSON:
{by, line: who asked, as a path below `root`; file: what was executed, below `root`, or ""; name: its file name as it
says itself; size: how much it is, in statements, roughly}.
"""

import json
import os
import sys
from pathlib import Path
from types import CodeType

_EVENTS = frozenset({"exec", "function.__new__"})  # https://docs.python.org/3/library/audit_events.html
_IMPORT = ("<frozen importlib", "<frozen runpy", "<frozen zipimport")
_IMPORT_ENDS = ("/importlib/__init__.py", "/runpy.py", "/_pytest/assertion/rewrite.py")
_MOST = 2000


def watch(path: str, root: str, tools: str) -> None:
    """From now on append to `path` what is executed that is a file of `root`, or no file and a file of `root` asked."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    below = root + "/"
    libraries = tuple({f"{p}/" for p in (sys.prefix, sys.base_prefix, tools, Path(os.__file__).parent)})
    seen: set[tuple[str, int, str]] = set()

    def hook(event: str, details: tuple[object, ...]) -> None:
        if event not in _EVENTS:
            return
        code = details[0]
        if not isinstance(code, CodeType):
            return
        try:
            name = code.co_filename
            if name.startswith(libraries):
                return
            by, line, imported = _asked()
            if name.startswith("<frozen ") and imported:
                return
            name = _absolute(name)
            inside = name.startswith(below)
            if not inside and not by.startswith(below):
                return
            key = (by, line, name)
            if key in seen or len(seen) >= _MOST:
                return
            seen.add(key)
            told = {
                "by": by.removeprefix(below) if by.startswith(below) else "",
                "line": line,
                "file": name.removeprefix(below) if inside else "",
                "name": name[:200],
                "size": size(code),
            }
            os.write(descriptor, json.dumps(told).encode() + b"\n")
        except Exception:  # noqa: BLE001 - see the module docstring
            return

    sys.addaudithook(hook)


def _asked() -> tuple[str, int, bool]:
    """(file, line) of whoever executed it, the import system left out; whether the import system stood between."""
    try:
        frame = sys._getframe(2)
    except ValueError:  # the interpreter itself: `python app.py`
        return "", 0, False
    imported = False
    while frame is not None:
        name = frame.f_code.co_filename
        if not (name.startswith(_IMPORT) or name.endswith(_IMPORT_ENDS)):
            return _absolute(name), frame.f_lineno, imported
        imported = True
        frame = frame.f_back
    return "", 0, imported


def _absolute(name: str) -> str:
    """The script of `python app.py` calls itself app.py."""
    return name if name.startswith(("<", "/")) else str(Path.cwd() / name)


def size(code: CodeType) -> int:
    """Lines with code, or what its bytes would make at some 40 a statement, whichever is more."""
    lines, count, queue = set(), 0, [code]
    while queue:
        one = queue.pop()
        lines |= {line for _, _, line in one.co_lines() if line}
        count += len(one.co_code)
        queue += [c for c in one.co_consts if isinstance(c, CodeType)]
    return max(len(lines), count // 40)
