"""Holds a run's records against EXPECTED.toml: what each authored reply was planted to show.

Refuses to be lenient: a trial without an expectation, or an expectation without a trial, is a mismatch too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.documents import read_toml
from harness.model.score import Score, ScoreResult
from harness.model.suite import Lock
from harness.model.trial import Failed, Outcome, Scored, TrialRecord

Key = tuple[str, str, int]  # definition stem, task id, attempt


@dataclass(frozen=True)
class Mismatch:
    """One difference between what was expected and what was found."""

    trial: str
    what: str
    expected: str
    found: str


def hold_against(
    path: Path, lock: Lock, records: Sequence[TrialRecord], scorers: Sequence[str]
) -> tuple[Mismatch, ...]:
    """Every mismatch between `path` (EXPECTED.toml) and the run; scorers that did not run are not asked about."""
    expected = {(e["agent"], e["task"], e["attempt"]): e for e in read_toml(path, "expected")["trial"]}
    found = {_key(lock, record): record for record in records}
    run_tasks, run_agents = set(lock.tasks), {_stem(lock, label) for label in lock.agents}
    mismatches: list[Mismatch] = []
    for key, record in sorted(found.items()):
        if key not in expected:
            mismatches.append(Mismatch(_name(key), "expectation", f"an entry in {path.name}", "none"))
        else:
            mismatches += _compare(_name(key), expected[key], record, scorers)
    for key in sorted(set(expected) - set(found)):
        if key[0] in run_agents and key[1] in run_tasks and key[2] <= lock.attempts:
            mismatches.append(Mismatch(_name(key), "trial", "a record", "none"))
    return tuple(mismatches)


def _stem(lock: Lock, label: str) -> str:
    return Path(str(lock.agents[label]["source"])).stem


def _key(lock: Lock, record: TrialRecord) -> Key:
    return (_stem(lock, record.trial.agent_label), record.trial.task_id, record.trial.attempt)


def _name(key: Key) -> str:
    return f"{key[1]}/{key[0]}/{key[2]:02d}"


def _compare(name: str, entry: Mapping[str, Any], record: TrialRecord, scorers: Sequence[str]) -> Iterator[Mismatch]:
    outcome = record.outcome
    if entry["outcome"] != outcome_word(outcome):
        yield Mismatch(name, "outcome", entry["outcome"], outcome_word(outcome))
        return
    if isinstance(outcome, Failed):
        if entry.get("code", outcome.code) != outcome.code:
            yield Mismatch(name, "failure code", entry["code"], outcome.code)
        return
    assert isinstance(outcome, Scored)
    if entry.get("accepted", outcome.accepted) != outcome.accepted:
        yield Mismatch(name, "accepted", entry["accepted"], f"{outcome.accepted} ({'; '.join(outcome.why)})")
    verdicts = {promise.claim.metric: promise.verdict.replace("_", " ") for promise in record.promises}
    for metric, verdict in entry.get("promises", {}).items():
        if verdicts.get(metric) != verdict:
            yield Mismatch(name, f"promise {metric}", verdict, verdicts.get(metric, "no such promise"))
    results = {result.scorer: result for result in outcome.scores}
    for scorer, wanted in entry.get("scores", {}).items():
        if scorer in scorers:
            yield from _compare_score(name, scorer, wanted, results.get(scorer))


def outcome_word(outcome: Outcome) -> str:
    """scored | failed | void: <code>."""
    if isinstance(outcome, Scored):
        return "scored"
    return "failed" if isinstance(outcome, Failed) else f"void: {outcome.code}"


def _compare_score(name: str, scorer: str, wanted: Mapping[str, Any], result: ScoreResult | None) -> Iterator[Mismatch]:
    if not isinstance(result, Score):
        yield Mismatch(name, scorer, "a score", f"{type(result).__name__}: {getattr(result, 'cause', '')}")
        return
    low, high = wanted.get("min", 0.0), wanted.get("max", 1.0)
    if not low <= result.value <= high:
        yield Mismatch(
            name, scorer, f"value in [{low:g}, {high:g}]", f"{result.value:.4f} ({result.passed:g}/{result.total:g})"
        )
    if "full" in wanted and wanted["full"] != (result.value == 1.0):
        lost = "; ".join(e.title for e in result.evidence if e.points > 0)[:200]
        yield Mismatch(name, scorer, "1" if wanted["full"] else "below 1", f"{result.value:.4f} {lost}")
    for metric, value in wanted.get("metrics", {}).items():
        if result.metrics.get(metric) != value:
            yield Mismatch(name, f"{scorer}.{metric}", repr(value), repr(result.metrics.get(metric)))
    titles = "\n".join(f"{e.title} {e.where} {e.detail} {e.status} CWE-{e.cwe}" for e in result.evidence)
    for words in wanted.get("evidence", ()):
        if words not in titles:
            yield Mismatch(name, f"{scorer} evidence", repr(words), "not among the evidence")
    for flag in wanted.get("flags", ()):
        if flag not in result.flags:
            yield Mismatch(name, f"{scorer} flag", flag, ", ".join(result.flags) or "no flags")
