"""Probe driver `static`: scans a neutral copy of the submission for weaknesses and secrets.

It refuses to run, import or configure itself by anything it scans, and to grade: severities are the scorer's.
Parameters and facts: see harness/probes/static.py.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "shared"), str(HERE.parent / "shared")]  # in a container, and in a source tree

import reading  # noqa: E402 - needs the line above
import scanners  # noqa: E402
from concealment import concealed  # noqa: E402
from context import Context  # noqa: E402
from copying import Copy, copy_tree  # noqa: E402
from harness_probe.limits import LIMITS  # noqa: E402
from harness_probe.report import Job, run_probe  # noqa: E402
from queries import Queries  # noqa: E402

SUBMISSION = "/app"
FRAMES = 4_000  # Python's own limit is lower than what reading.DEEPEST levels take
FINDINGS_CAP = 2_000
LISTED = 100  # names in a list of files
QUERY_RULES = ("B608", "S608")
ADDRESS_RULES = ("B310", "S310")
CODE_LINE = 300  # characters of a quoted line


def work(job: Job) -> dict[str, Any]:
    """Copy, scan, annotate each finding with what the sources say around it."""
    sys.setrecursionlimit(FRAMES)
    source = Path(job.parameters.get("folder", SUBMISSION))
    with tempfile.TemporaryDirectory() as scratch:
        copy = copy_tree(source, Path(scratch) / "copy")
        scanned = scanners.scan(Path(scratch) / "copy")
        findings = scanned.findings
        for limit, limit_s, name in scanned.cuts:
            LIMITS.cut(limit, limit_s, f"the scan of {copy.names.get(name, name)}")
        quoted = _quoted(findings, Path(scratch) / "copy")
    trees = {name: reading.parse(text) for name, text in copy.python.items()}
    procfile = next((source / path for path in copy.names.values() if path == "Procfile"), None)
    started = procfile.read_text("utf-8", "replace")[:1_000] if procfile else ""
    tests_run = reading.uses_tests({n: copy.names[n] for n in copy.python}, trees, started)
    program = {name: tree for name, tree in trees.items() if tests_run or not reading.is_test(copy.names[name])}
    queries = Queries(program, copy.names)
    findings += _own(findings, trees, queries)
    broken = sorted({copy.names[name] for name in scanned.broken if name in copy.names} | _unreadable(copy, trees))
    return {
        "files": len(copy.names),
        "python_files": len(copy.python),
        "lines": sum(text.count("\n") + 1 for text in copy.python.values()),
        "findings": _annotated(findings[:FINDINGS_CAP], copy, trees, tests_run, queries, quoted),
        "findings_cut": max(0, len(findings) - FINDINGS_CAP),
        "unparsed": broken[:LISTED],
        "disguised": copy.disguised[:LISTED],
        "other_code": copy.other_code[:LISTED],
        "skipped": copy.skipped[:LISTED],
        "suppressions": sum(len(reading.suppressed_lines(text)) for text in copy.python.values()),
        "tests_are_code": tests_run,
        "tools": scanners.versions(),
    }


def _unreadable(copy: Copy, trees: dict[str, Any]) -> set[str]:
    return {copy.names[name] for name, tree in trees.items() if tree is None}


def _own(findings: list[Any], trees: dict[str, Any], queries: Queries) -> list[dict[str, Any]]:
    """Findings of our own rules; a query that a scanner has reported already is not reported twice."""
    said = {
        (entry["file"], line)
        for entry in findings
        if entry["rule"] in QUERY_RULES
        for line in range(entry["line"], entry.get("end_line", entry["line"]) + 1)
    }
    found = []
    for name, tree in trees.items():
        if tree is None:
            continue
        hidden = [
            entry
            for entry in queries.hidden(name)
            if not any((name, line) in said for line in range(entry["line"], entry["end_line"] + 1))
        ]
        for own in (*reading.own_findings(tree), *concealed(tree), *hidden):
            found.append({"file": name, "tool": "harness", "tool_severity": "", "confidence": "high", **own})
    return found


def _line(source: list[str], line: int) -> str:
    return source[line - 1].strip()[:CODE_LINE] if 0 < line <= len(source) else ""


def _quoted(findings: list[Any], folder: Path) -> dict[tuple[str, int], str]:
    """(file, line) -> the line, of files that are no Python."""
    places = {(entry["file"], entry["line"]) for entry in findings if not entry["file"].endswith(".py")}
    texts = {file: (folder / file).read_text("utf-8", "replace").splitlines() for file, _ in places}
    return {(file, line): _line(texts[file], line) for file, line in places}


def _annotated(
    findings: list[Any], copy: Copy, trees: dict[str, Any], tests_run: bool, queries: Queries, quoted: Any
) -> list[dict[str, Any]]:
    quiet = {name: reading.suppressed_lines(text) for name, text in copy.python.items()}
    around = {name: Context(tree) for name, tree in trees.items() if tree}
    lines = {name: text.splitlines() for name, text in copy.python.items()}
    found = []
    for entry in findings:
        name, line = entry["file"], entry["line"]
        last, context = entry.get("end_line", line), around.get(entry["file"])
        path = copy.names.get(name, name)
        source = lines.get(name, [])
        found.append(
            {
                **entry,
                "file": path,
                "code": quoted.get((name, line)) or _line(source, line),
                "suppressed": any(n in quiet.get(name, ()) for n in range(line, last + 1)),
                "test_code": reading.is_test(path) and not tests_run,
                "python": name in copy.python,
                "query": queries.standing(name, line, last) if entry["rule"] in QUERY_RULES else "",
                "address": queries.address(name, line, last) if entry["rule"] in ADDRESS_RULES else "",
                "function": context.function(line) if context else "",
                "example": context is not None and context.is_example(line),
                "constant_call": context is not None and context.is_constant_call(line),
            }
        )
    return found


if __name__ == "__main__":
    sys.exit(run_probe(work, needs_service=False))
