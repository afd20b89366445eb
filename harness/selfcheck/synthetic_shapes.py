"""Records in the shape of real ones, drawn at random: what seven scorers say of a delivery, with evidence and metrics.

Refuses to be right about anything but shape and size: titles, places and figures are made up.
"""

import random
from collections.abc import Sequence
from typing import Any, Final

from harness.model.claim import Claim
from harness.model.score import Evidence, NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.submission import Block
from harness.model.trial import Failed, Outcome, Scored, Trial, TrialRecord, Void
from harness.scorers.promises import promises
from harness.store import codec

LABELS: Final = ("synthetic-v1@11111111", "synthetic-v2@22222222")
SCORERS: Final = dict.fromkeys(("acceptance", "conformance", "coverage", "load", "soak", "attacks", "static"), 1)
MEASURES: Final = ("coverage_pct", "files", "p95_ms", "critical_vulnerabilities", "request_success_pct")
_WORDS: Final = ("order", "user", "invoice", "item", "page", "token", "price", "stock", "cart", "status", "filter")


def shape(trial: Trial, claims: Sequence[Claim], rng: random.Random) -> dict[str, Any]:
    """One record as plain data: mostly scored, a few failed or void, some things unmeasured."""
    outcome = _outcome(rng)
    files = rng.randint(6, 24)
    held = promises(claims, outcome.scores, MEASURES, files, None) if isinstance(outcome, Scored) else ()
    phases = ("prompt", "agent", "intake", "prepare", *SCORERS, "reference", "scoring")
    return codec.to_json(
        TrialRecord(
            trial=trial,
            outcome=outcome,
            agent_digest="0" * 64,
            task_digest="0" * 64,
            prompt_digest=f"{rng.getrandbits(256):064x}",
            submission_digest=f"{rng.getrandbits(256):064x}",
            reply_origin="authored",
            files=files,
            durations_s={phase: round(rng.uniform(0.1, 40), 3) for phase in phases},
            cost_usd=round(rng.uniform(0.01, 0.4), 4),
            usage={"input_tokens": rng.randint(900, 4000), "output_tokens": rng.randint(2000, 20000)},
            promises=held,
            blocks=tuple(_block(n, rng) for n in range(files)),
        )
    )


def _outcome(rng: random.Random) -> Outcome:
    luck = rng.random()
    if luck < 0.05:
        return Failed("start_crash", "the service ended with exit code 1", "prepare", "Traceback\n" + "x" * 600)
    if luck < 0.06:
        return Void("infrastructure", "engine_lost", "the engine did not answer", "load")
    lost = rng.choice((0, 0, 0, 1, 3, 8))
    scores = (
        _tests("acceptance", "hidden acceptance tests", lost, 24, rng),
        _tests("conformance", "operations of the task's contract", lost // 3, 9, rng),
        _coverage(rng),
        _load(rng) if rng.random() < 0.97 else Unmeasured("load", 1, "infrastructure", "the generator came too late"),
        _soak(rng) if rng.random() < 0.9 else NotApplicable("soak", 1, "the profile has no soak"),
        _attacks(rng),
        _static(rng.randint(0, 4), rng),
    )
    why = (f"{'no' if lost else 'yes'}: all hidden acceptance tests", "yes: no confirmed critical", "yes: p95 < 200 ms")
    return Scored("no" if lost else "yes", scores, why, ())


def _lost(kind: str, number: int, rng: random.Random) -> Evidence:
    word, other = rng.choice(_WORDS), rng.choice(_WORDS)
    detail = (
        f"expected 200 and a body with {word}, got {rng.choice((400, 404, 500))}\n" + f"> GET /{word}s?{other}=1\n" * 6
    )
    where = f"GET /{word}s/{{id}}" if kind == "test" else f"app/{word}.py:{number + 10}"
    return Evidence(kind, f"{word} {other} number {number}", detail, where, f"curl -s localhost:8000/{word}s", 0.04)


def _tests(name: str, basis: str, lost: int, total: int, rng: random.Random) -> ScoreResult:
    evidence = tuple(_lost("test", n, rng) for n in range(lost))
    metrics = {"requests": rng.randint(300, 900), "tests": total, "seconds": round(rng.uniform(1, 9), 2)}
    return Score(name, 1, 1 - lost / total, total - lost, total, basis, evidence, (), metrics)


def _coverage(rng: random.Random) -> ScoreResult:
    whole, covered = 400, rng.randint(200, 400)
    metrics = {"line_pct": covered / 4, "statements": whole, "covered_statements": covered, "branches": 80}
    metrics |= {"covered_branches": rng.randint(20, 80), "tests_passed": rng.randint(5, 60), "tests_not_passed": 0}
    return Score("coverage", 1, covered / whole, covered, whole, "statements", (), (), metrics)


def _load(rng: random.Random) -> ScoreResult:
    metrics: dict[str, Any] = {"p95_verdict": "pass", "error_verdict": "pass", "step_verdict": "pass", "in_time": True}
    for prefix in ("", "baseline_", "step_"):
        metrics |= {
            f"{prefix}{name}_ms": round(rng.uniform(9, 30), 3) for name in ("p50", "p95", "p95_low", "p95_high")
        }
        metrics |= {f"{prefix}samples": rng.randint(2000, 2600), f"{prefix}failed": 0, f"{prefix}error_share": 0.0}
    metrics |= {"limit_ms": 200.0, "windows": 12, "reference_p95_ms": 18.0, "lag_p95_ms": 0.7}
    return Score("load", 1, 1.0, 3, 3, "load checks", (), (), metrics)


def _soak(rng: random.Random) -> ScoreResult:
    sent, failed = rng.randint(1900, 2100), rng.choice((0, 0, 0, 2, 5))
    evidence = tuple(_lost("request", n, rng) for n in range(failed))
    metrics = {"samples": sent, "failed": failed, "excused": 0, "recovery_s": {"kill": 1.2}, "records_lost": 0}
    return Score("soak", 1, 1 - failed / sent, sent - failed, sent, "requests under faults", evidence, (), metrics)


def _attacks(rng: random.Random) -> ScoreResult:
    high = rng.choice((0, 0, 0, 1))
    found = tuple(_lost("request", n, rng) for n in range(high))
    metrics = {"planned": 30, "tried": 30, "exploited": high, "cannot_run": 0, "confirmed_critical": 0}
    metrics |= {"confirmed_high": high, "critical_untried": 0}
    return Score("attacks", 1, 1 - high / 30, 30 - high, 30, "attacks blocked", found, (), metrics)


def _static(findings: int, rng: random.Random) -> ScoreResult:
    evidence = tuple(_lost("finding", n, rng) for n in range(findings))
    metrics = {"critical": 0, "high": findings, "findings": findings, "files": 12, "lines": 900}
    metrics |= {"confirmed_critical": 0, "critical_unconfirmed": 0}
    return Score("static", 1, 1 - findings / 10, 12 - findings, 12, "Python files", evidence, (), metrics)


def _block(number: int, rng: random.Random) -> Block:
    line = 20 * number + 1
    return Block(f"lines {line}-{line + 18}", "```python", f"app/{rng.choice(_WORDS)}{number}.py", "file")
