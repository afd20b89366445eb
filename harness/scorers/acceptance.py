"""Scorer `acceptance`: share of the hidden acceptance tests that passed.

It refuses to count what did not run as passed: skipped, errored and not-run tests are lost points, and zero tests are
Unmeasured. Every lost point names its requirement, its assertion and the last exchange.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.probe import Observation
from harness.model.score import Evidence, Score, ScoreResult, Unmeasured
from harness.model.task import Task
from harness.probes.report_line import limits_told
from harness.scorers.evidence import curl_line, exchange_text, printable, where


@dataclass(frozen=True)
class AcceptanceScorer:
    """value = passed / collected."""

    name: str = "acceptance"
    version: int = 1
    probes: tuple[str, ...] = ("acceptance",)

    def score(
        self, task: Task, observations: Mapping[str, Observation], reference: Mapping[str, Observation]
    ) -> ScoreResult:
        seen = observations["acceptance"]
        tests = seen.facts.get("tests") or []
        if seen.status != "measured" or not tests:
            blame = seen.facts.get("blame", "infrastructure")
            return Unmeasured(self.name, self.version, blame, seen.cause or "no hidden test ran")
        lost = [test for test in tests if test["outcome"] != "passed"]
        points = 1 / len(tests)
        service = seen.facts.get("service") or {}
        died = service.get("state") == "exited"
        evidence = [_service_died(service, seen.facts.get("refused_tests") or [])] if died else []
        evidence += [_lost_point(test, points) for test in lost]
        requirements = sorted({word for test in lost for word in test.get("requirements", [])}, key=_natural)
        passed = len(tests) - len(lost)
        return Score(
            self.name,
            self.version,
            passed / len(tests),
            passed,
            len(tests),
            "hidden acceptance tests",
            tuple(evidence),
            ("service_died",) if died else (),
            {
                "tests": len(tests),
                "passed": passed,
                "failed": sum(test["outcome"] == "failed" for test in tests),
                "not_run": sum(test["outcome"] in ("not_run", "skipped") for test in tests),
                "requirements_broken": requirements,
                "ready_after_s": service.get("ready_after_s"),
                "seconds": seen.facts.get("seconds"),
            },
        )


def _lost_point(test: Mapping[str, Any], points: float) -> Evidence:
    exchanges = test.get("exchanges") or []
    last = exchanges[-1] if exchanges else {}
    backed_by = ", ".join(test.get("requirements") or []) or "no requirement named"
    detail = [f"requirement: {backed_by}", f"{test['outcome']}: {test.get('message', '')}"]
    if exchanges:
        earlier = len(exchanges) - 1
        detail.append(f"last exchange{f' ({earlier} before it are in the stored output)' if earlier else ''}:")
        detail.append(exchange_text(last))
    return Evidence(
        kind="test",
        title=printable(f"{test.get('title') or test['id']} [{backed_by}]"),
        detail=printable("\n".join(detail)),
        where=printable(test.get("where") or test["id"]) + (f" · {where(last)}" if last else ""),
        reproduce=curl_line(last),
        points=points,
    )


def _service_died(service: Mapping[str, Any], refused: list[str]) -> Evidence:
    hit = limits_told(service.get("limits_hit") or ())
    first = f"; first test that found nothing listening: {refused[0]}" if refused else ""
    return Evidence(
        kind="log",
        title="the service died while it was tested",
        detail=f"exit code {service.get('exit_code')!r}{hit}{first}; {len(refused)} tests were refused a connection",
        where="service.log",
    )


def _natural(word: str) -> tuple[int, str]:
    return (len(word), word)


SCORER = AcceptanceScorer()
