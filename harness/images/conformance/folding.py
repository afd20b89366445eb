"""Folds the lines of several fuzzing runs into one set of facts: status counts per operation, failures by identity.

It refuses to lose what an unfinished run had already seen, and to read anything but whole JSON lines.
"""

import json
from collections import Counter
from typing import Any

FAILURES_CAP = 200  # identities kept with evidence
ERRORS_CAP = 50


class Fold:
    """Adds runs up. `hard` names the checks whose failure costs an operation its credit."""

    def __init__(self, hard: tuple[str, ...]) -> None:
        self._hard = hard
        self.runs: list[dict[str, Any]] = []
        self._statuses: dict[str, Counter[str]] = {}
        self._checks: Counter[str] = Counter()
        self._failures: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._derived: dict[str, Any] = {}

    def add(self, lines: bytes, seed: int) -> dict[str, Any]:
        """One run's lines. Returns {"finished", "unfinished": labels, "errors", "requests", "stop", …}."""
        begun: Counter[str] = Counter()
        errors: list[dict[str, Any]] = []
        end: dict[str, Any] | None = None
        stopped: dict[str, Any] = {}
        requests = 0
        for raw in lines.splitlines():
            try:
                line = json.loads(raw)
            except ValueError:
                continue  # the last line of a killed run may be cut
            if "started" in line:
                begun[line["started"]] += 1
            elif "scenario" in line:
                begun[line["scenario"]["label"]] -= 1
                requests += self._scenario(line["scenario"], seed)
            elif "error" in line:
                errors.append(line["error"])
            elif "end" in line:
                end = line["end"]
            elif "stopped" in line:
                stopped = line["stopped"]
        open_labels = sorted(label for label, count in begun.items() if count > 0) if end is None else []
        base = {"finished": end is not None, "unfinished": open_labels, "errors": errors[:ERRORS_CAP]}
        stop = "killed" if end is None else end["stop"]
        return {"requests": requests, "waited_s": 0.0, "stop": stop, **stopped, **(end or {}), **base}

    def add_derived(self, found: dict[str, Any]) -> None:
        """What requests of ours found, beside the tool's; they count in no status of an operation."""
        for failure in found["failures"]:
            self._failure(failure, 0)
        self._derived = {key: found[key] for key in ("bodies", "ids", "cut")}

    def _scenario(self, scenario: dict[str, Any], seed: int) -> int:
        requests = 0
        for label, seen in scenario["operations"].items():
            counts = self._statuses.setdefault(label, Counter())
            counts.update(seen["statuses"])
            self._checks[label] += seen["checks"]
            requests += sum(seen["statuses"].values())
        for failure in scenario["failures"]:
            self._failure(failure, seed)
        return requests

    def _failure(self, failure: dict[str, Any], seed: int) -> None:
        key = (failure["check"], failure["operation"], failure["status"])
        known = self._failures.get(key)
        if known is None:
            if len(self._failures) < FAILURES_CAP:
                self._failures[key] = {**failure, "hard": failure["check"] in self._hard, "seeds": [seed]}
            return
        known["count"] += failure["count"]
        known["seeds"] = sorted({*known["seeds"], seed})
        # A short reproduction beats a long chain of earlier requests.
        if failure["curl"] and (not known["curl"] or len(failure["curl"]) < len(known["curl"])):
            known.update({part: failure[part] for part in ("curl", "message", "request", "response", "phase")})

    def facts(self) -> dict[str, Any]:
        """{"operations": {label: {"statuses", "checks"}}, "failures": […], "runs": […], "derived": {…}}."""
        operations = {
            label: {"statuses": dict(sorted(counts.items())), "checks": self._checks[label]}
            for label, counts in sorted(self._statuses.items())
        }
        failures = sorted(
            self._failures.values(), key=lambda f: (not f["hard"], f["operation"], f["check"], f["status"])
        )
        return {"operations": operations, "failures": failures, "runs": self.runs, "derived": self._derived}
