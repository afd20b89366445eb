"""Scorer `conformance`: operations of the task's contract that behave as it says.

An operation earns its credit when at least one request succeeded (2xx; a declared 3xx where the contract knows no 2xx)
and no hard check failed (server error, status, content type, schema, ignored auth, use after delete, no answer). The
denominator is the task's own list of operations, never what the tool happened to see. It refuses to mix in the
description the submission publishes: that one has figures of its own (`own_spec_*`); disagreements with the contract
are shown as evidence without points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.model.jsontypes import JsonObject
from harness.model.probe import Observation
from harness.model.score import Evidence, Score, ScoreResult, Unmeasured
from harness.model.task import Task
from harness.probes.spec_diff import compare_specs, covered
from harness.probes.spec_outline import operations, outline

SOFT_SHOWN = 20  # soft failures and disagreements shown, each
EXCERPT = 600  # characters of a body in a detail
TITLES = {
    "not_a_server_error": "server error",
    "response_schema_conformance": "the answer does not match its schema",
    "content_type_conformance": "wrong content type",
    "status_code_conformance": "status code that the contract does not know",
    "ignored_auth": "answers without a valid credential",
    "use_after_free": "still there after it was deleted",
    "no_answer": "no complete HTTP answer",
    "secret_in_answer": "the answer repeats a live secret",
    "bad_body_accepted": "accepts a body that the contract rules out",
    "odd_id": "an odd id in the path makes it fail",
    "positive_data_acceptance": "refuses valid data",
    "negative_data_rejection": "accepts invalid data",
}


@dataclass(frozen=True)
class ConformanceScorer:
    """See the module docstring."""

    name: str = "conformance"
    version: int = 2
    probes: tuple[str, ...] = ("conformance",)

    def score(
        self, task: Task, observations: Mapping[str, Observation], reference: Mapping[str, Observation]
    ) -> ScoreResult:
        facts = observations["conformance"].facts
        labels = operations(task.contract)
        if not labels:
            return Unmeasured(self.name, self.version, "task", "openapi.yaml: no operations, expected at least one")
        hard = [failure for failure in facts["failures"] if failure["hard"]]
        success = _success_classes(task.contract)
        credited = [label for label in labels if _succeeded(facts, label, success[label]) and not _of(hard, label)]
        evidence = [entry for label in labels for entry in _lost(facts, hard, label, success[label], 1 / len(labels))]
        evidence += [_shown(failure, 0.0, "soft") for failure in facts["failures"] if not failure["hard"]][:SOFT_SHOWN]
        own_evidence, own_metrics = _own_spec(task.contract, facts.get("own_spec") or {}, labels)
        return Score(
            self.name,
            self.version,
            value=len(credited) / len(labels),
            passed=len(credited),
            total=len(labels),
            basis="operations of the task's contract",
            evidence=(*evidence, *own_evidence),
            metrics={
                "requests": sum(run["requests"] for run in facts["runs"]),
                "seeds": len(facts["runs"]),
                "hard_failures": len(hard),
                "soft_failures": len(facts["failures"]) - len(hard),
                "statuses": {label: _statuses(facts, label) for label in labels},
                "authentication": sorted({run["auth"] for run in facts["runs"]}),
                **own_metrics,
            },
        )


def _statuses(facts: JsonObject, label: str) -> dict[str, int]:
    return dict(facts["operations"].get(label, {}).get("statuses", {}))


def _success_classes(contract: JsonObject) -> dict[str, str]:
    """Label -> first digit of the statuses that are success: 2, or 3 where the contract declares a 3xx and no 2xx."""
    classes = {}
    for label, operation in outline(contract).items():
        declared = {status[0] for status in operation.answers}
        classes[label] = "3" if "3" in declared and not declared & {"2", "D"} else "2"  # D: `default`
    return classes


def _succeeded(facts: JsonObject, label: str, success: str) -> bool:
    return any(status.startswith(success) and count > 0 for status, count in _statuses(facts, label).items())


def _of(failures: Sequence[Mapping[str, Any]], label: str) -> list[Mapping[str, Any]]:
    return [failure for failure in failures if failure["operation"] == label]


def _lost(
    facts: JsonObject, hard: Sequence[Mapping[str, Any]], label: str, success: str, points: float
) -> list[Evidence]:
    """Evidence for one operation's lost credit; its points are shared evenly among the causes."""
    failures = _of(hard, label)
    silent = not _succeeded(facts, label, success)
    causes = len(failures) + silent
    found = [_shown(failure, points / causes, "hard") for failure in failures]
    if silent:
        counts = _statuses(facts, label)
        seen = ", ".join(f"{count} × {status}" for status, count in counts.items()) or "no request reached it"
        auth = "; ".join(sorted({run["auth"] for run in facts["runs"]}))
        detail = f"answers seen: {seen}; authentication: {auth}"
        title = f"never answered with success ({success}xx)"
        found.append(Evidence("request", title, detail, label, points=points / causes))
    return found


def _shown(failure: Mapping[str, Any], points: float, status: str) -> Evidence:
    title = f"{TITLES.get(failure['check'], failure['check'])} (answered {failure['status']}, {failure['count']} times)"
    seeds = ", ".join(str(seed) for seed in failure["seeds"])
    parts = [f"check {failure['check']}, seeds {seeds}", failure["message"][:EXCERPT], _exchange(failure)]
    return Evidence(
        "request",
        title,
        "\n".join(part for part in parts if part),
        failure["operation"],
        failure["curl"],
        points,
        status=status,
    )


def _exchange(failure: Mapping[str, Any]) -> str:
    request, response = failure.get("request") or {}, failure.get("response") or {}
    if not request:
        return ""
    sent = f"> {request['method']} {request['url'][:EXCERPT]}"
    body = f"\n> {request['body'][:EXCERPT]}" if request.get("body") else ""
    if not response:
        return f"{sent}{body}\n< (no answer)"
    kind = response["headers"].get("content-type", "no content type")
    return f"{sent}{body}\n< {response['status']} {kind}\n< {(response.get('body') or '')[:EXCERPT]}"


def _own_spec(
    contract: JsonObject, own: Mapping[str, Any], labels: Sequence[str]
) -> tuple[list[Evidence], dict[str, Any]]:
    """The published description: share of the task's operations that it covers and that behave as it says."""
    state = own.get("state", "absent")
    if state != "accepted":
        why = str(own.get("reason") or "nothing was found at the usual places")
        row = Evidence("file", f"published API description: {state}", why, str(own.get("place", "")), status="own_spec")
        figures = {"own_spec_state": state, "own_spec_code": own.get("code", ""), "own_spec_score": 0.0}
        return [row], {**figures, "own_spec_covered": 0, "own_spec_valid": 0, "own_spec_operations": len(labels)}
    spec = own["spec"]
    differences, names = compare_specs(contract, spec), covered(contract, spec)
    failing = {failure["operation"] for failure in own["failures"] if failure["hard"]}
    valid = [label for label, name in names.items() if name not in failing and _answered(own, name)]
    rows = [
        Evidence("file", f"published description: {d.what}", d.kind, d.operation, status="own_spec")
        for d in sorted(differences, key=lambda d: not d.breaking)[:SOFT_SHOWN]
    ]
    rows += [_shown(failure, 0.0, "own_spec") for failure in own["failures"] if failure["hard"]][:SOFT_SHOWN]
    return rows, {
        "own_spec_state": state if own["run"]["finished"] else "unfinished",
        "own_spec_covered": len(names),
        "own_spec_valid": len(valid),
        "own_spec_operations": len(labels),
        "own_spec_score": len(valid) / len(labels),
        "own_spec_differences": len(differences),
        "own_spec_breaking": sum(d.breaking for d in differences),
    }


def _answered(own: Mapping[str, Any], label: str) -> bool:
    """Whether the operation was answered at all, and declares more than `default`: that would pass vacuously."""
    statuses = own["operations"].get(label, {}).get("statuses", {})
    method, _, path = label.partition(" ")
    declared = own["spec"]["paths"].get(path, {}).get(method.lower(), {}).get("responses")
    concrete = isinstance(declared, Mapping) and any(str(status) != "default" for status in declared)
    return concrete and any(status != "none" for status in statuses)


SCORER = ConformanceScorer()
