"""Runs bandit, ruff and detect-secrets over a neutral copy and reads their JSON reports.

It refuses every configuration but its own: isolated interpreters, working directory `/`, `--ini /dev/null
--ignore-nosec`, `--isolated --ignore-noqa`, no allow-list filters. Exit codes are ignored: they mean findings and
crashes alike. A file that brings a scanner down is found by halving and costs itself, not the others.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness_probe import budget
from harness_probe.limits import LIMITS

LIMIT_S = 60.0  # of CPU, see harness_probe/budget.py
PART_LIMIT_S = 15.0  # of a part, once the whole has failed
DISARMED = (  # filters of detect-secrets that a submission could use to hide something
    "detect_secrets.filters.allowlist.is_line_allowlisted",
    "detect_secrets.filters.heuristic.is_swagger_file",
    "detect_secrets.filters.heuristic.is_lock_file",
)
# bandit walks a tree by recursion: an `elif` chain of a thousand branches needs more frames than Python allows itself.
BANDIT = """
import sys, threading
sys.setrecursionlimit(60_000)
threading.stack_size(256 << 20)
from bandit.cli.main import main
thread = threading.Thread(target=main)
thread.start()
thread.join()
"""


TOOLS = ("bandit", "ruff", "detect-secrets")
PYTHON = (sys.executable, "-I")
Command = Callable[[str, Path, list[str]], list[str]]
Finding = dict[str, Any]  # {"file", "line", "tool", "rule", "cwe", "tool_severity", "confidence", "message"}


class ToolFailed(Exception):
    """A scanner gave no readable report; the message quotes its stderr. `limit`: the limit of ours that ended it."""

    def __init__(self, message: str, limit: str = "") -> None:
        super().__init__(message)
        self.limit = limit


@dataclass
class Scan:
    """findings with neutral file names; broken: neutral names of files that a scanner could not read; cuts: (limit, its
    seconds, neutral name) of those whose scan a limit of ours ended."""

    findings: list[Finding] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    cuts: list[tuple[str, float, str]] = field(default_factory=list)


def scan(folder: Path, command: "Command | None" = None) -> Scan:
    """Run every tool over the files of a folder.

    command(tool, folder, names): the argv that scans these files.
    """
    start = Starter(command or _command)
    names = sorted(path.name for path in folder.iterdir())
    files = {tool: names if tool == "detect-secrets" else [n for n in names if n.endswith(".py")] for tool in TOOLS}
    started = {tool: start(tool, folder, files[tool]) for tool in TOOLS if files[tool]}
    found: dict[str, list[Any]] = {tool: [] for tool in TOOLS}
    result = Scan()
    try:
        for tool, child in started.items():
            try:
                found[tool] = [_report(tool, child)]
            except ToolFailed:
                found[tool] = list(_halved(start, tool, folder, files[tool], result))
    finally:
        for child in started.values():
            child.kill()
            child.communicate()
    for report in found["bandit"]:
        result.broken |= {_name(error["filename"]) for error in report["errors"]}
    for report in found["ruff"]:
        result.broken |= {_name(entry["filename"]) for entry in report if entry.get("code") in (None, "invalid-syntax")}
    read = {"bandit": _bandit, "ruff": _ruff_findings, "detect-secrets": _secrets}
    result.findings = [finding for tool in TOOLS for report in found[tool] for finding in read[tool](report)]
    return result


def _command(tool: str, folder: Path, names: list[str]) -> list[str]:
    files = [str(folder / name) for name in names]
    match tool:
        case "bandit":
            return [*PYTHON, "-c", BANDIT, *files, "--ini", "/dev/null", "--ignore-nosec", "-f", "json", "-q"]
        case "ruff":
            isolated = (
                "--isolated",
                "--ignore-noqa",
                "--no-cache",
                "--no-respect-gitignore",
                "--target-version",
                "py311",
            )
            return [_ruff(), "check", *isolated, "--select", "S", "--output-format", "json", *files]
        case _:  # finds files from the working directory only, `-C` or not, and keeps silent about any other
            disarmed = [word for name in DISARMED for word in ("--disable-filter", name)]
            quiet = ("--all-files", "--no-verify", *disarmed)
            return [*PYTHON, "-m", "detect_secrets", "-C", str(folder), "scan", *quiet, *files]


class Starter:
    """Starts a scanner in an environment that holds nothing of ours."""

    def __init__(self, command: Command) -> None:
        self._command = command

    def __call__(self, tool: str, folder: Path, names: list[str]) -> "subprocess.Popen[bytes]":
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}
        return subprocess.Popen(self._command(tool, folder, names), cwd="/", env=environment, **pipes)


def _halved(start: "Starter", tool: str, folder: Path, names: list[str], result: Scan) -> Iterator[Any]:
    """The reports of all files but those on which the tool fails by themselves; these go to `result`.

    Raises ToolFailed when it fails on every file: then the tool is broken, not the files.
    """
    waiting, failed = [names[: len(names) // 2], names[len(names) // 2 :]], set[str]()
    while waiting:
        part = waiting.pop()
        if not part:
            continue
        try:
            yield _report(tool, start(tool, folder, part), PART_LIMIT_S)
        except ToolFailed as failure:
            if len(part) > 1:
                waiting += [part[: len(part) // 2], part[len(part) // 2 :]]
                continue
            failed.add(part[0])
            if failure.limit:
                result.cuts.append((failure.limit, budget.seconds(failure.limit, PART_LIMIT_S), part[0]))
            if len(failed) == len(names):
                raise ToolFailed(f"{tool} fails on every file: {failure}") from None
    result.broken |= failed


def versions() -> dict[str, str]:
    """Tool -> version, as each says itself."""
    argv = {
        "bandit": ["-I", "-m", "bandit", "--version"],
        "detect-secrets": ["-I", "-m", "detect_secrets", "--version"],
    }
    said = {name: _said([sys.executable, *words]) for name, words in argv.items()}
    said["ruff"] = _said([_ruff(), "--version"])
    return {name: text.split()[0 if name == "detect-secrets" else 1] for name, text in said.items()}


def _said(argv: list[str]) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=LIMIT_S, cwd="/").stdout or "? ?"


def _ruff() -> str:
    for folder in (Path(sys.executable).parent, Path(sys.prefix) / "bin"):
        if (folder / "ruff").is_file():
            return str(folder / "ruff")
    raise ToolFailed(f"ruff: not found beside {sys.executable!r}")


def _report(name: str, child: "subprocess.Popen[bytes]", limit_s: float | None = None) -> Any:
    limit_s = LIMIT_S if limit_s is None else limit_s
    said: list[tuple[bytes, bytes]] = []

    def ended(step_s: float) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            said.append(child.communicate(timeout=step_s))
        return bool(said)

    limit, share = budget.watch(ended, limit_s, child.pid)
    LIMITS.used(share, 1.0)
    if limit:
        child.kill()
        child.communicate()
        raise ToolFailed(f"{name}: no report within {budget.seconds(limit, limit_s):g} s ({limit})", limit)
    stdout, stderr = said[0]
    try:
        return json.loads(stdout)
    except ValueError:
        raise ToolFailed(f"{name}: no JSON report; stderr ends {stderr[-500:].decode('utf-8', 'replace')!r}") from None


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _bandit(report: Any) -> list[Finding]:
    return [
        {
            "file": _name(entry["filename"]),
            "line": entry["line_number"],
            "end_line": max([entry["line_number"], *entry.get("line_range", [])]),
            "tool": "bandit",
            "rule": entry["test_id"],
            "cwe": entry.get("issue_cwe", {}).get("id"),
            "tool_severity": entry["issue_severity"].lower(),
            "confidence": entry["issue_confidence"].lower(),
            "message": entry["issue_text"],
        }
        for entry in report["results"]
    ]


def _ruff_findings(report: Any) -> list[Finding]:
    return [
        {
            "file": _name(entry["filename"]),
            "line": entry["location"]["row"],
            "end_line": entry["end_location"]["row"],
            "tool": "ruff",
            "rule": entry["code"],
            "cwe": None,
            "tool_severity": "",
            "confidence": "",
            "message": entry["message"],
        }
        for entry in report
        if str(entry.get("code") or "").startswith("S")
    ]


def _secrets(report: Any) -> list[Finding]:
    return [
        {
            "file": _name(entry["filename"]),
            "line": entry["line_number"],
            "tool": "detect-secrets",
            "rule": entry["type"],
            "cwe": 798,
            "tool_severity": "",
            "confidence": "",
            "message": f"possible secret: {entry['type']}",
        }
        for entries in report["results"].values()
        for entry in entries
    ]
