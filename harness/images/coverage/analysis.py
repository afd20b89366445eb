"""From coverage data to numbers per file, and whether the data can be true.

Refuses data that the code could not have produced: lines without code, no branch record though one was asked for,
statements that the witness never saw run. What is left over is the honest number.
"""

import contextlib
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

import coverage
from coverage.exceptions import CoverageException
from rewrite import witnessable

MAX_DATA_BYTES = 30_000_000
DISAGREE_SHARE, DISAGREE_LINES = 0.05, 3  # two runs of one suite may differ a little (timing, random data)


@dataclass
class FileCoverage:
    """Counts of one source file; `executed` holds first lines of statements."""

    statements: set[int]
    executed: set[int]
    branches: int = 0
    covered_branches: int = 0


@dataclass
class Coverage:
    """The suite's coverage. `impossible`: why the data cannot be true; empty when it can."""

    files: dict[str, FileCoverage]
    impossible: list[str] = field(default_factory=list)
    problem: str = ""  # no usable data at all


def code_lines(source: str, name: str) -> set[int]:
    """Every line the interpreter can report: the line tables of all code objects."""
    found, queue = {0}, [compile(source, name, "exec", dont_inherit=True)]
    while queue:
        code = queue.pop()
        found |= {line for _, _, line in code.co_lines() if line is not None}
        queue += [c for c in code.co_consts if isinstance(c, CodeType)]
    return found


def measure(root: Path, sources: tuple[str, ...], rcfile: Path, data: Path) -> Coverage:
    """Combine the data files in `data` and count per source file; `root` must hold the pristine submission."""
    empty = Coverage({p: FileCoverage(statements_of(root / p), set()) for p in sources})
    files = [p for p in data.iterdir() if p.is_file()]
    if sum(p.stat().st_size for p in files) > MAX_DATA_BYTES:
        empty.impossible.append(f"coverage data larger than {MAX_DATA_BYTES} bytes")
        return empty
    if not sources:
        return empty
    run = coverage.Coverage(config_file=str(rcfile))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            run.combine([str(data)], keep=True, strict=True)
            report = data / "report.json"
            run.json_report(morfs=[str(root / p) for p in sources], outfile=str(report))
        recorded = run.get_data()
        impossible = _impossible(root, sources, recorded)
        return Coverage(_counts(root, sources, json.loads(report.read_text("utf-8"))), impossible)
    except (CoverageException, OSError, ValueError) as error:
        empty.problem = f"no usable coverage data: {type(error).__name__}: {error}"[:300]
        return empty


def statements_of(path: Path) -> set[int]:
    """First lines of statements of a file for which there is no data."""
    return witnessable(path.read_text("utf-8", "replace"))


def _impossible(root: Path, sources: tuple[str, ...], data: Any) -> list[str]:
    found = []
    measured = set(data.measured_files())
    if any(data.lines(name) for name in measured) and not data.has_arcs():
        found.append("the data holds no branches although branches were recorded")
    for relative in sources:
        path = root / relative
        if str(path) not in measured:
            continue
        extra = {n for n in data.lines(str(path)) or [] if n > 0} - code_lines(
            path.read_text("utf-8", "replace"), relative
        )
        if extra:
            found.append(f"{relative}: lines without code are marked as run: {sorted(extra)[:5]}")
    return found


def _counts(root: Path, sources: tuple[str, ...], report: dict[str, Any]) -> dict[str, FileCoverage]:
    by_path = {
        str(Path(name) if Path(name).is_absolute() else Path.cwd() / name): f for name, f in report["files"].items()
    }
    counted = {}
    for relative in sources:
        entry = by_path.get(str(root / relative))
        if entry is None:  # not importable by coverage's own reckoning
            counted[relative] = FileCoverage(statements_of(root / relative), set())
            continue
        executed, missing, summary = set(entry["executed_lines"]), set(entry["missing_lines"]), entry["summary"]
        counted[relative] = FileCoverage(
            executed | missing, executed, summary.get("num_branches", 0), summary.get("covered_branches", 0)
        )
    return counted


def cross_check(measured: Coverage, root: Path, witnessed: dict[str, set[int]], same: bool) -> dict[str, list[int]]:
    """Hold the data against the witness; returns the statements taken off `measured`, per file.

    same: both runs passed the same tests; then a small disagreement is tolerated. Otherwise only what both saw counts.
    """
    if measured.problem:
        count_witnessed(measured, root, witnessed)
        return {}
    claimed, unseen = 0, {}
    for relative, counts in measured.files.items():
        seen = witnessed.get(relative, set())
        # headers of except and case clauses are invisible to the witness: they stand or fall with their file
        visible = witnessable((root / relative).read_text("utf-8", "replace")) if seen else counts.executed
        claimed += len(visible & counts.executed)
        if missing := sorted((visible & counts.executed) - seen):
            unseen[relative] = missing
    total = sum(map(len, unseen.values()))
    if same and not measured.impossible and total <= max(DISAGREE_LINES, DISAGREE_SHARE * claimed):
        return {}
    for relative, lines in unseen.items():
        measured.files[relative].executed -= set(lines)
        measured.files[relative].covered_branches = 0  # nothing vouches for them any more
    return unseen


def count_witnessed(measured: Coverage, root: Path, witnessed: dict[str, set[int]]) -> None:
    """Without usable data the second record stands in: statements by the syntax tree, no branches."""
    for relative in measured.files:
        statements = statements_of(root / relative)
        measured.files[relative] = FileCoverage(statements, statements & witnessed.get(relative, set()))
