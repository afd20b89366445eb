"""Code where a coverage tool does not look: other suffixes, among the tests, in strings, made while the tests run.

Refuses to run anything. What the files say is read from outside; what was executed was written down by the suite's own
process (inherit/suite_side.py), which can only add to it.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from rewrite import FUNCTIONS, blocks, is_docstring, witnessable

MAX_BYTES = 1_000_000
LEAST = 5  # statements: less is no program, wherever it stands
AMONG_TESTS, OTHER_NAME = "a file among the tests that the service uses", "Python in a file of another name"
SCRIPTS = {".pyw", ".wsgi"}  # Python by everybody's reckoning, like a file with a `#!`: counted, and nothing strange
MAX_RECORD_BYTES = 2_000_000


@dataclass(frozen=True)
class Uncounted:
    """Code without a file that coverage could count: where it was found, and its size in statements, all uncovered."""

    file: str
    line: int
    statements: int
    how: str

    def told(self) -> dict[str, Any]:
        """As it goes into the facts."""
        return asdict(self)


def program(content: bytes) -> int:
    """Statements of a text that is a Python program: it parses, defines a function or class, and has LEAST; else 0."""
    if len(content) > MAX_BYTES or not re.search(rb"\b(def|class)\b", content):
        return 0
    try:
        text = content.decode("utf-8")
        tree = ast.parse(text)
        if not any(isinstance(n, (*FUNCTIONS, ast.ClassDef)) for n in ast.walk(tree)):
            return 0
        return size if (size := len(witnessable(text))) >= LEAST else 0
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0


def disguised(app: Path, files: Iterable[PurePosixPath]) -> dict[str, str]:
    """Files without `.py` that hold a Python program -> what they look like ("" for a script). Type stubs are none."""
    found = {}
    for relative in files:
        path = app / relative
        if path.stat().st_size > MAX_BYTES or not program(content := path.read_bytes()):
            continue
        if relative.suffix == ".pyi" and not _has_bodies(content):
            continue
        script = relative.suffix in SCRIPTS or content.startswith(b"#!")
        found[str(relative)] = "" if script else OTHER_NAME
    return found


def _has_bodies(content: bytes) -> bool:
    functions = [n for n in ast.walk(ast.parse(content)) if isinstance(n, FUNCTIONS)]
    return any(not is_docstring(statement) for f in functions for statement in f.body)


def borrowed(app: Path, sources: Iterable[str], tests: Iterable[str], roots: Iterable[str] = (".",)) -> set[str]:
    """Files among the tests that sources import, or name as a path or module in a string; and so on from there.

    A test module must be imported to count: naming one is what scripts that run tests do. Empty files never count.
    roots: folders from which imports start.
    """
    starts = ["" if root == "." else f"{root}/" for root in roots]
    names = {
        p.removesuffix(".py").removeprefix(start).replace("/", "."): p
        for start in starts
        for p in tests
        if p.startswith(start) and (app / p).stat().st_size
    }
    names |= {name.removesuffix(".__init__"): p for name, p in names.items()}
    named_only = {n: p for n, p in names.items() if not re.search(r"(^|\.)(tests?_\w*|\w*_tests?|tests|conftest)$", n)}
    queue, found = [*sources, "Procfile"], set()
    while queue:
        path = app / queue.pop()
        text = path.read_text("utf-8", "replace") if path.is_file() else ""
        if path.name == "Procfile":
            new = {names[word] for word in map(_module, re.findall(r"[\w./]+", text)) if word in names}
        else:
            tree = ast.parse(text)
            new = {names[m] for m in imports(tree, path.relative_to(app)) if m in names}
            new |= {named_only[m] for m in _named(tree) if m in named_only}
        queue += new - found
        found |= new
    return found


def _module(word: str) -> str:
    return word.removesuffix(".py").replace("/", ".").strip(".")


def imports(tree: ast.Module, relative: Path) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = relative.parts[: -node.level] if node.level else ()
            module = ".".join((*package, *(node.module or "").split("."))).strip(".")
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _named(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w./]+", node.value):
            yield _module(node.value)


def in_strings(app: Path, sources: Iterable[str]) -> list[Uncounted]:
    """Strings that are Python programs, docstrings excepted."""
    found = []
    for file in sources:
        tree = ast.parse((app / file).read_text("utf-8", "replace"))
        prose = {id(s.value) for body in blocks(tree) for s in body if is_docstring(s) and isinstance(s, ast.Expr)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or id(node) in prose or not isinstance(node.value, str | bytes):
                continue
            content = node.value if isinstance(node.value, bytes) else node.value.encode("utf-8", "replace")
            if len(content) >= 100 and (statements := program(content)):
                found.append(Uncounted(file, node.lineno, statements, "a program in a string"))
    return found


def read_record(path: Path) -> list[dict[str, Any]]:
    """What the suite's process wrote down; lines that are not of the expected form are left out."""
    found = []
    for line in path.read_bytes()[:MAX_RECORD_BYTES].splitlines() if path.exists() else ():
        try:
            entry = json.loads(line)
            kept = {k: str(entry[k]) for k in ("by", "file", "name")} | {k: int(entry[k]) for k in ("line", "size")}
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
        found.append(kept)
    return found


def executed_files(record: list[dict[str, Any]], sources: Iterable[str], files: Iterable[str]) -> dict[str, str]:
    """Those of `files` that were executed though nobody counted them -> what they look like.

    Among the tests only what sources asked for, directly or by such a file in between; elsewhere all of it.
    """
    known, counted = set(files), set(sources)
    found: dict[str, str] = {}
    grew = True
    while grew:
        grew = False
        for entry in record:
            file = entry["file"]
            if file not in known or file in counted:
                continue
            among = file.endswith(".py") or not {"tests", "test"}.isdisjoint(PurePosixPath(file).parts[:-1])
            if among and entry["by"] not in counted:
                continue
            counted.add(file)
            found[file] = AMONG_TESTS if among else OTHER_NAME
            grew = True
    return found


def executed_otherwise(
    record: list[dict[str, Any]], sources: Iterable[str], tests: Iterable[str], static: list[Uncounted]
) -> list[Uncounted]:
    """Code that sources executed and that is neither source nor test; strings found before are not counted twice."""
    asking, known = set(sources), {*sources, *tests}
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in record:
        if entry["by"] in asking and entry["file"] not in known:
            found.setdefault(entry["by"], []).append(entry)
    told = []
    for file, entries in sorted(found.items()):
        already = sum(s.statements for s in static if s.file == file)
        size = sum(max(0, entry["size"]) for entry in entries) - already
        if size < max(LEAST, already // 2):  # the record's sizes are rough
            continue
        largest = max(entries, key=lambda entry: entry["size"])
        how = f"code executed from {largest['name'][:80]!r}, which is no source file of the submission"
        told.append(Uncounted(file, largest["line"], size, how))
    return told
