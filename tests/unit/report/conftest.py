"""A run as it really looks: two versions, two tasks, three attempts, every kind of outcome and hostile text in it."""

import pytest

from harness.model.score import Evidence, NotApplicable, Score, Unmeasured
from harness.model.suite import Lock
from harness.model.trial import Failed, Outcome, Scored, Trial, TrialRecord, Void
from harness.report.parts import Bundle

V7, V8 = "backend-dev@1f0c22aa", "backend-dev@9b3e07d4"
SCORERS = ("acceptance", "attacks", "conformance", "load", "graphql")
LOST_TEST = Evidence(
    "test",
    "test_total_is_the_sum_of_lines: expected 4250, got 4200",
    detail='> POST /orders\n> Authorization: Bearer 9f2c\n> {"lines":[{"sku":"A","qty":3}]}\n< 201\n< {"total":4200}',
    where="POST /orders",
    reproduce="curl -i -X POST http://127.0.0.1:8000/orders -H 'Authorization: Bearer 9f2c' --data-raw '{}'",
    points=0.125,
)
INJECTION = Evidence(
    "request",
    "SQL injection in the order search",
    detail="obtained: order 17 of another user",
    where="GET /orders?q=%27",
    reproduce="curl -i 'http://127.0.0.1:8000/orders?q=%27'",
    points=0.25,
    severity="critical",
    cwe=89,
    status="confirmed",
)
FINDING = Evidence(
    "finding",
    "query built with an f-string",
    detail='cursor.execute(f"SELECT … {q}")',
    where="app/db store.py:42",
    severity="high",
    cwe=89,
    status="unconfirmed",
)


def scored(
    accepted: str, acceptance: int, p95: float, evidence: tuple[Evidence, ...] = (), flags: tuple[str, ...] = ()
) -> Scored:
    """A scored outcome with one result of every kind."""
    exploits = sum(e.severity == "critical" for e in evidence)
    return Scored(
        "yes" if accepted == "yes" else "no" if accepted == "no" else "undetermined",
        (
            Score(
                "acceptance",
                1,
                acceptance / 8,
                acceptance,
                8,
                "hidden acceptance tests",
                (LOST_TEST,) * (8 - acceptance),
            ),
            Score("attacks", 1, 1 - exploits / 4, 4 - exploits, 4, "attacks blocked of 4 tried (4 planned)", evidence),
            Unmeasured("conformance", 2, "infrastructure", "probe container was lost twice"),
            Score(
                "load",
                1,
                1.0 if p95 <= 100 else 0.5,
                1,
                2,
                "load requirements met",
                metrics={
                    "p95_ms": p95,
                    "p95_low_ms": p95 * 0.93,
                    "p95_high_ms": p95 * 1.09,
                    "reference_p95_ms": 11.4,
                    "limit_ms": 100.0,
                    "requests": 500,
                },
            ),
            NotApplicable("graphql", 1, "the task has no GraphQL"),
        ),
        (f"{'yes' if acceptance == 8 else 'no'}: {acceptance} of 8 hidden acceptance tests, 100% required",),
        flags,
    )


def bundle_of(outcomes: list[Outcome | None], origin: str = "authored") -> Bundle:
    """A run of 2 tasks × 2 versions × 3 attempts with these outcomes; None = missing."""
    trials = tuple(
        Trial(task, version, attempt, 1000 + attempt)
        for task in ("orders", "shortlinks")
        for version in (V7, V8)
        for attempt in (1, 2, 3)
    )
    lock = Lock(
        hash="5e" * 32,
        suite="smoke",
        seed=7,
        attempts=3,
        profile="smoke",
        scorers=dict.fromkeys(SCORERS, 1),
        tasks={"orders": "ab" * 32, "shortlinks": "cd" * 32},
        agents={V7: {"adapter": "replay", "digest": "1f" * 32}, V8: {"adapter": "replay", "digest": "9b" * 32}},
        images={"harness-base": {"digest": "sha256:" + "77" * 32, "made": "mmdebstrap bookworm"}},
        tools={"locust": "2.47.0", "schemathesis": "4.32.5"},
        host={"engine": "20.10.24", "isolation": "full", "cpus": 2},
        trials=trials,
        harness_version="0.1.0",
    )
    records = tuple(
        TrialRecord(
            trial,
            outcome,
            "1f" * 32,
            "ab" * 32,
            "12" * 32,
            "34" * 32,
            origin,
            14,
            {"prepare": 1.2, "probe": 14.25},
            warnings=("pytest 8 clashes with the submission's pytest 7",),
            cost_usd=0.0123,
        )
        for trial, outcome in zip(trials, outcomes, strict=True)
        if outcome is not None
    )
    return Bundle(
        "20261121-120301-smoke-1f3a", lock, records, "complete", "2026-11-21T12:03:01Z", "2026-11-21T12:09:44Z"
    )


@pytest.fixture
def bundle() -> Bundle:
    """Every outcome once at least; planned 12 = 8 scored + 1 failed + 2 void + 1 missing."""
    log = "Traceback (most recent call last):\n  File \"app/main.py\"\nModuleNotFoundError: No module named 'databse'"
    return bundle_of(
        [
            scored("yes", 8, 21.0),
            scored("no", 7, 24.5),
            Failed("start_crash", "the service exits with 1 at start", "start", log),
            scored("yes", 8, 35.0),
            scored("no", 8, 318.0, (INJECTION, FINDING), ("suspect",)),
            scored("undetermined", 8, 98.0),
            scored("yes", 8, 9.1),
            scored("yes", 8, 8.7),
            Void("infrastructure", "engine_lost", "the container engine did not answer", "probe"),
            scored("no", 5, 12.0, (FINDING,)),
            Void("task", "reference_fails", "the reference fails its own test", "control"),
            None,
        ]
    )
