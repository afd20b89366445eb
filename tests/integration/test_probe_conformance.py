"""The conformance probe in real pods: a correct service, planted faults, hostile published descriptions."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.model.probe import Observation
from harness.model.score import Score
from harness.model.task import Limits, Requirements, Task
from harness.ports import PreparedService
from harness.probes.conformance import PROBE
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.scorers.conformance import SCORER
from harness.scorers.judgement import score_one

pytestmark = pytest.mark.docker

FOLDER = Path(__file__).parents[2] / "fixtures/submissions/notebook"
CONTRACT = yaml.safe_load((FOLDER / "openapi.yaml").read_text(encoding="utf-8"))
TASK = Task(
    id="sample",
    title="",
    family="",
    digest="",
    languages=("python",),
    capabilities=(),
    readiness_path="/health",
    limits=Limits(start_timeout_s=60.0, memory_mb=256),
    requirements=Requirements(),
    environment={},
    instruction="",
    contract=CONTRACT,
    contract_yaml=b"",
    load={},
    starter={},
    solution={},
    acceptance_tests={},
    attacks={},
    variants={},
    mutants=(),
)
OFTEN = {
    "test_a_planted_fault_costs_the_operation_that_has_it": {
        "schema-response_schema_conformance-POST /notes",
        "content_type-content_type_conformance-GET /notes",
        "no_auth-ignored_auth-GET /notes",
        "sql-not_a_server_error-GET /notes",
        "zombie-use_after_free-DELETE /notes/{note_id}",
        "redirect-status_code_conformance-GET /me",
        "drop-no_answer-GET /me",
    },
}
TOKENS = "alice:0123456789abcdef,bob:fedcba9876543210"

Fuzz = Callable[..., tuple[Observation, Score]]


@pytest.fixture(scope="module")
def own_images_sandbox() -> DockerSandbox:
    """The real sandbox with the product's probe images."""
    return DockerSandbox(run="tests")


@pytest.fixture
def fuzz(own_images_sandbox: DockerSandbox) -> Fuzz:
    """fuzz(defects="", spec=None, contract=…, seeds=[1]): one pod, one probe, its observation and score."""

    def run(
        defects: str = "", spec: str = "", task: Task = TASK, ends: str = "measured", **parameters: Any
    ) -> tuple[Observation, Score]:
        env = {"PORT": "8000", "API_TOKENS": TOKENS, "DEFECTS": defects, "PUBLISHED_SPEC": spec}
        service = PreparedService(FOLDER, None, ("python3", "app.py"), env, task, "python")
        command = PROBE.command(task, "smoke")
        command = replace(command, parameters={**command.parameters, **parameters})
        with own_images_sandbox.open(service, command, "tests") as pod:
            output = pod.run(command, 7)
        if spec:  # a service that hangs or died under probing is not asked for its description any more
            assert b"/openapi.json" in output.service.log
        assert b"leak" not in output.service.log, "a reference in a description was fetched"
        observation = PROBE.observe(output)
        assert observation.status == ends, observation.cause
        # the corridor tries the reference then
        control = {"control": "fine"} if ends == "crashed" or observation.cuts else {}
        observation = replace(observation, facts={**observation.facts, **control})
        result = score_one(task, SCORER, {"conformance": observation}, {})
        assert isinstance(result, Score)
        return observation, result

    return run


def lost(score: Score) -> set[tuple[str, str]]:
    """(check, operation) of everything that cost points."""
    return {
        (entry.detail.split(",")[0].removeprefix("check "), entry.where) for entry in score.evidence if entry.points
    }


def test_a_correct_service_keeps_every_operation_and_its_own_description(fuzz: Fuzz) -> None:
    observation, score = fuzz(spec=json.dumps(CONTRACT))
    assert (score.value, score.passed, score.total) == (1.0, 7, 7), score.evidence
    assert all(any(s.startswith("2") for s in row) for row in score.metrics["statuses"].values())
    assert score.metrics["own_spec_state"] == "accepted"
    assert (score.metrics["own_spec_valid"], score.metrics["own_spec_breaking"]) == (7, 0)
    assert observation.facts["runs"][0]["auth"] == "token obtained"


def test_the_same_seed_on_a_fresh_service_sends_the_same_requests(fuzz: Fuzz) -> None:
    once = fuzz("counted_ids")[0].facts["runs"]
    again = fuzz("counted_ids", seeds=[1, 2])[0].facts["runs"]
    assert once[0]["sequence_sha256"] == again[0]["sequence_sha256"] != again[1]["sequence_sha256"]


@pytest.mark.parametrize(
    ("defect", "check", "operation"),
    [
        ("schema", "response_schema_conformance", "POST /notes"),
        ("status", "status_code_conformance", "POST /notes"),
        ("content_type", "content_type_conformance", "GET /notes"),
        ("no_auth", "ignored_auth", "GET /notes"),
        ("sql", "not_a_server_error", "GET /notes"),
        ("zombie", "use_after_free", "DELETE /notes/{note_id}"),
        ("crash", "not_a_server_error", "POST /notes"),
        ("redirect", "status_code_conformance", "GET /me"),
        ("drop", "no_answer", "GET /me"),
        ("huge", "no_answer", "GET /me"),
    ],
)
def test_a_planted_fault_costs_the_operation_that_has_it(fuzz: Fuzz, defect: str, check: str, operation: str) -> None:
    _, score = fuzz(defect)
    assert (check, operation) in lost(score), sorted(lost(score))
    assert score.value < 1.0
    assert 1.0 - score.value == pytest.approx(sum(entry.points for entry in score.evidence))
    assert any(entry.reproduce.startswith("curl ") for entry in score.evidence if entry.points) or check == "no_answer"


def test_answers_too_large_to_read_are_a_crash_that_the_reference_settles(fuzz: Fuzz) -> None:
    observation, score = fuzz("padding", ends="crashed")
    assert "answer larger than" in observation.cause
    assert (score.value, score.flags) == (0.0, ("breaks_probe",))


def test_a_service_that_hangs_costs_the_rest_of_the_run_not_the_probe(fuzz: Fuzz) -> None:
    observation, score = fuzz("hang", seed_limit_s=12.0)
    assert observation.facts["runs"][0]["timed_out"]
    assert ("no_answer", "GET /me") in lost(score)
    assert score.value < 0.5
    assert {cut.limit for cut in observation.cuts} == {"time"}, "what the limits left unrun is said"
    assert any("fuzzing with seed 1" in cut.left for cut in observation.cuts)


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ('{"openapi": 17}', "spec_invalid"),
        ("{not json", "spec_invalid"),
        ('{"openapi": "3.1.0", "paths": {"/me": {"$ref": "http://127.0.0.1:8000/leak"}}}', "spec_rejected"),
        ('{"openapi": "3.1.0", "paths": {"/me": {"get": {"$ref": "file:///etc/passwd"}}}}', "spec_rejected"),
    ],
)  # fmt: skip
def test_a_description_that_is_invalid_or_hostile_is_refused_with_its_code(fuzz: Fuzz, spec: str, code: str) -> None:
    _, score = fuzz(spec=spec)
    assert (score.metrics["own_spec_state"], score.metrics["own_spec_code"]) == ("rejected", code)
    assert (score.value, score.metrics["own_spec_score"]) == (1.0, 0.0), "the main score does not depend on it"


def test_an_empty_description_and_default_only_answers_earn_nothing(fuzz: Fuzz) -> None:
    _, empty = fuzz(spec='{"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {}}')
    assert (empty.metrics["own_spec_covered"], empty.metrics["own_spec_score"]) == (0, 0.0)
    vague = json.loads(json.dumps(CONTRACT))
    for item in vague["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation["responses"] = {"default": {"description": "anything"}}
    _, score = fuzz(spec=json.dumps(vague))
    assert (score.metrics["own_spec_covered"], score.metrics["own_spec_score"]) == (7, 0.0)


def test_a_contract_without_a_token_rule_earns_only_what_is_open(fuzz: Fuzz) -> None:
    bare = replace(TASK, contract={key: value for key, value in CONTRACT.items() if key != "x-harness-auth"})
    _, score = fuzz(task=bare)
    assert score.passed == 1, "only /health needs no token"
