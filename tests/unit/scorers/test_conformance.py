"""Credit per operation, points that add up, and the published description apart."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.model.probe import Observation
from harness.model.score import Score, Unmeasured
from harness.model.task import Task
from harness.scorers.conformance import SCORER

ANSWERS = {"responses": {"200": {"description": "ok"}}}
CONTRACT = {"openapi": "3.1.0", "paths": {"/a": {"get": ANSWERS, "post": ANSWERS}, "/b": {"get": ANSWERS}}}
FINE = {label: {"statuses": {"200": 3, "404": 1}, "checks": 9} for label in ("GET /a", "POST /a", "GET /b")}
RUN = {"seed": 1, "requests": 12, "auth": "token obtained", "finished": True}


def failure(check: str, operation: str, status: str = "500", hard: bool = True) -> dict[str, Any]:
    request: dict[str, Any] = {"method": "GET", "url": "http://127.0.0.1:8000/a", "headers": {}, "body": None}
    response = {"status": 500, "headers": {"content-type": "text/plain"}, "body": "boom"}
    base = {"check": check, "operation": operation, "status": status, "hard": hard, "count": 2, "seeds": [1]}
    return {**base, "message": "m", "request": request, "response": response, "curl": "curl x", "phase": "fuzzing"}


Judge = Callable[..., Score]


@pytest.fixture
def judged(make_task: Callable[..., Task]) -> Judge:
    def run(
        operations: dict[str, Any] | None = None,
        failures: list[dict[str, Any]] | None = None,
        own: dict[str, Any] | None = None,
    ) -> Score:
        seen = {"operations": FINE if operations is None else operations, "failures": failures or [], "runs": [RUN]}
        observation = Observation("conformance", 1, "measured", {**seen, "own_spec": own or {"state": "absent"}})
        result = SCORER.score(make_task(contract=CONTRACT), {"conformance": observation}, {})
        assert isinstance(result, Score)
        return result

    return run


def test_all_operations_answered_and_nothing_failed(judged: Judge) -> None:
    score = judged()
    assert (score.value, score.passed, score.total) == (1.0, 3, 3)
    assert (score.metrics["requests"], score.metrics["seeds"], score.metrics["own_spec_state"]) == (12, 1, "absent")


def test_hard_failures_cost_their_operation_once(judged: Judge) -> None:
    score = judged(
        failures=[failure("not_a_server_error", "GET /a"), failure("status_code_conformance", "GET /a")],
    )
    assert score.passed == 2
    assert [e.points for e in score.evidence if e.points] == [pytest.approx(1 / 6)] * 2
    assert score.evidence[0].reproduce == "curl x"
    assert "boom" in score.evidence[0].detail


def test_soft_failures_cost_nothing_and_are_shown(judged: Judge) -> None:
    score = judged(failures=[failure("negative_data_rejection", "GET /a", "200", hard=False)])
    assert (score.value, score.metrics["soft_failures"]) == (1.0, 1)
    assert [(e.points, e.status) for e in score.evidence if e.kind == "request"] == [(0.0, "soft")]


@pytest.mark.parametrize("row", [{"404": 30}, {"none": 2}, {"200": 0, "401": 9}, {"302": 5}])
def test_no_success_no_credit(judged: Judge, row: dict[str, int]) -> None:
    score = judged({**FINE, "GET /b": {"statuses": row, "checks": 30}})
    assert score.value == pytest.approx(2 / 3)
    assert "2xx" in score.evidence[0].title


@pytest.mark.parametrize(
    ("declared", "value"), [(["302", "404"], 1.0), (["200", "302"], 0.0), (["302", "default"], 0.0), (["404"], 0.0)]
)
def test_a_declared_redirect_is_success_where_the_contract_knows_no_2xx(
    make_task: Callable[..., Task], declared: list[str], value: float
) -> None:
    answers = {"responses": {status: {"description": "x"} for status in declared}}
    task = make_task(contract={"openapi": "3.1.0", "paths": {"/r": {"get": answers}}})
    facts = {"operations": {"GET /r": {"statuses": {"302": 4, "404": 9}}}, "failures": [], "runs": [RUN]}
    result = SCORER.score(task, {"conformance": Observation("conformance", 1, "measured", facts)}, {})
    assert isinstance(result, Score)
    assert result.value == value


def test_the_denominator_is_the_tasks_list(judged: Judge) -> None:
    assert judged({}).value == 0.0
    extra = {**FINE, "GET /surprise": {"statuses": {"200": 3}, "checks": 1}}
    assert (judged(extra).total, judged(extra).value) == (3, 1.0)


def test_a_contract_without_operations_is_the_tasks_fault(make_task: Callable[..., Task]) -> None:
    seen = Observation("conformance", 1, "measured", {"operations": {}, "failures": [], "runs": [RUN]})
    result = SCORER.score(make_task(contract={"paths": {}}), {"conformance": seen}, {})
    assert isinstance(result, Unmeasured)
    assert result.blame == "task"


def published(spec: dict[str, Any], failures: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    seen = {"operations": FINE, "failures": failures or [], "run": {"finished": True}}
    return {"state": "accepted", "place": "/openapi.json", "notes": [], "spec": spec, **seen}


def test_the_published_description_is_covered_times_valid(judged: Judge) -> None:
    assert judged(own=published(CONTRACT)).metrics["own_spec_score"] == 1.0
    part = {"openapi": "3.1.0", "paths": {"/a": CONTRACT["paths"]["/a"]}}  # type: ignore[index]
    wrong = [failure("response_schema_conformance", "POST /a")]
    score = judged(own=published(part, wrong))
    assert (score.metrics["own_spec_covered"], score.metrics["own_spec_valid"]) == (2, 1)
    assert score.metrics["own_spec_score"] == pytest.approx(1 / 3)
    assert score.value == 1.0, "the main score does not depend on it"
    assert any("GET /b" in e.where and e.status == "own_spec" for e in score.evidence)


def test_a_description_that_declares_only_default_is_covered_but_not_valid(judged: Judge) -> None:
    vague: dict[str, Any] = {"paths": {"/a": {"get": {"responses": {"default": {}}}}}}
    metrics = judged(own=published(vague)).metrics
    assert (metrics["own_spec_covered"], metrics["own_spec_valid"]) == (1, 0)


def test_a_rejected_description_names_its_code(judged: Judge) -> None:
    own = {"state": "rejected", "place": "/openapi.json", "code": "spec_rejected", "reason": "reference 'http://x'"}
    score = judged(own=own)
    assert (score.metrics["own_spec_code"], score.metrics["own_spec_score"]) == ("spec_rejected", 0.0)
    assert "http://x" in score.evidence[-1].detail
