"""Runs bandit, ruff and detect-secrets over a neutral copy and reads their JSON reports.

It refuses every configuration but its own: isolated interpreters, working directory `/`, `--ini /dev/null
--ignore-nosec`, `--isolated --ignore-noqa`, no allow-list filters. Exit codes are ignored: they mean findings and
crashes alike; a report that cannot be read raises ToolFailed.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LIMIT_S = 60.0
DISARMED = (  # filters of detect-secrets that a submission could use to hide something
    "detect_secrets.filters.allowlist.is_line_allowlisted",
    "detect_secrets.filters.heuristic.is_swagger_file",
    "detect_secrets.filters.heuristic.is_lock_file",
)
Finding = dict[str, Any]  # {"file", "line", "tool", "rule", "cwe", "tool_severity", "confidence", "message"}


class ToolFailed(Exception):
    """A scanner gave no readable report; the message quotes its stderr."""


def scan(folder: Path) -> tuple[list[Finding], list[str]]:
    """(findings with neutral file names, neutral names of files a scanner could not parse)."""
    python = [sys.executable, "-I", "-m"]
    disarmed = [word for name in DISARMED for word in ("--disable-filter", name)]
    commands = {
        "bandit": [*python, "bandit", "-r", str(folder), "--ini", "/dev/null", "--ignore-nosec", "-f", "json", "-q"],
        "ruff": [
            *(_ruff(), "check", "--isolated", "--ignore-noqa", "--no-cache", "--no-respect-gitignore"),
            *("--select", "S", "--target-version", "py311", "--output-format", "json", str(folder)),
        ],
        "detect-secrets": [
            *(*python, "detect_secrets", "-C", str(folder), "scan", "--all-files", "--no-verify", *disarmed, "."),
        ],
    }
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    running = {n: subprocess.Popen(argv, cwd="/", env=environment, **pipes) for n, argv in commands.items()}
    reports = {name: _report(name, child) for name, child in running.items()}
    findings = [*_bandit(reports["bandit"]), *_ruff_findings(reports["ruff"]), *_secrets(reports["detect-secrets"])]
    broken = {_name(error["filename"]) for error in reports["bandit"]["errors"]}
    broken |= {_name(entry["filename"]) for entry in reports["ruff"] if entry.get("code") in (None, "invalid-syntax")}
    return findings, sorted(broken)


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


def _report(name: str, child: "subprocess.Popen[bytes]") -> Any:
    try:
        stdout, stderr = child.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise ToolFailed(f"{name}: no report within {LIMIT_S:g} s") from None
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
