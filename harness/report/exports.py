"""`report.json`, `trials.csv` and `scores.csv`: the report's facts for other programs.

Refuses to leave out a denominator, and refuses cells that a spreadsheet would compute.
"""

import json
from dataclasses import asdict, replace
from typing import Any, Final

from harness.model.score import Anchor, NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.trial import Failed, Outcome, Scored, TrialRecord, Void
from harness.report.aggregate import acceptance, cell, scorers_of, versions_of
from harness.report.large_exports import SCORES_HEADER, TRIALS_HEADER, csv_of, large_scores_csv, large_trials_csv
from harness.report.parts import Bundle
from harness.report.scorecard import scale, scorecard_objects
from harness.report.verdict import Verdict
from harness.scorers.anchors import anchored

SCHEMA: Final = 1
_RESULT_KINDS: Final = {Score: "score", NotApplicable: "not_applicable", Unmeasured: "unmeasured"}
_OUTCOME_KINDS: Final = {Scored: "scored", Failed: "failed", Void: "void"}


def json_document(bundle: Bundle, verdict: Verdict) -> bytes:
    """Everything as one JSON object: run, verdict, tally, aggregates with denominators, every record, the lock."""
    versions = versions_of(bundle)
    document = {
        "schema": SCHEMA,
        "run": bundle.run,
        "status": bundle.status,
        "created_utc": bundle.created_utc,
        "finished_utc": bundle.finished_utc,
        "demonstration": bundle.demonstration,
        "verdict": asdict(verdict),
        "tally": asdict(bundle.tally),
        "accepted": {version: _acceptance(bundle, version) for version in versions},
        "scores": {
            version: {name: _cell(bundle, version, name) for name in scorers_of(bundle)} for version in versions
        },
        "scorecard": scorecard_objects(bundle),
        "sections": [
            {
                "slug": s.slug,
                "title": s.title,
                "paragraphs": s.paragraphs,
                "tables": [asdict(t) for t in s.tables],
                "blocks": s.blocks,
            }
            for s in bundle.sections
        ],
        "trials": [record_object(record) for record in bundle.records],
        "trials_left_out": bundle.left_out,  # a run too large to load whole: the rest are in trials/<name>/trial.json
        # its trials are the longest part by far, and in lock.json
        "lock": asdict(replace(bundle.lock, trials=()) if bundle.left_out else bundle.lock),
    }
    # Python writes indented JSON itself, ten times as slowly as its C encoder writes one line.
    indent = None if bundle.left_out else 1
    return json.dumps(document, allow_nan=False, ensure_ascii=True, indent=indent).encode("ascii") + b"\n"


def record_object(record: TrialRecord) -> dict[str, Any]:
    """A record as plain data; outcome and results carry their `kind`, as they do in `trial.json`."""
    return {**asdict(record), "name": record.trial.name, "outcome": _outcome(record.outcome)}


def trials_csv(bundle: Bundle) -> bytes:
    """One row per planned trial."""
    if bundle.left_out:
        return large_trials_csv(bundle)
    known = {record.trial: record for record in bundle.records}
    header = TRIALS_HEADER
    rows: list[tuple[object, ...]] = []
    for trial in bundle.lock.trials:
        record = known.get(trial)
        outcome = record.outcome if record else None
        rows.append(
            (
                trial.task_id,
                trial.agent_label,
                trial.attempt,
                trial.seed,
                _OUTCOME_KINDS[type(outcome)] if outcome else "missing",
                outcome.accepted if isinstance(outcome, Scored) else "",
                outcome.code if isinstance(outcome, Failed | Void) else "",
                outcome.blame if isinstance(outcome, Void) else "",
                outcome.stage if isinstance(outcome, Failed | Void) else "",
                outcome.message if isinstance(outcome, Failed | Void) else "",
                " ".join(outcome.flags) if isinstance(outcome, Scored) else "",
                record.files if record else None,
                record.cost_usd if record else None,
                record.reply_origin if record else None,
            )
        )
    return csv_of(header, rows)


def scores_csv(bundle: Bundle) -> bytes:
    """One row per trial and scorer; value is empty unless there is a score, and anchored unless there is a scale."""
    header = SCORES_HEADER
    if bundle.left_out:
        return large_scores_csv(bundle)
    rows: list[tuple[object, ...]] = []
    for record in bundle.records:
        if not isinstance(record.outcome, Scored):
            continue
        key = (record.trial.task_id, record.trial.agent_label, record.trial.attempt)
        for result in record.outcome.scores:
            kind = _RESULT_KINDS[type(result)]
            match result:
                case Score():
                    on_scale = _on_scale(result.value, scale(bundle.lock, record.trial.task_id, result.scorer))
                    tail: tuple[object, ...] = (result.value, result.passed, result.total, result.basis, *on_scale)
                case NotApplicable():
                    tail = (None, None, None, result.reason, None, None)
                case Unmeasured():
                    tail = (None, None, None, f"{result.blame}: {result.cause}", None, None)
            rows.append((*key, result.scorer, result.version, kind, *tail))
    return csv_of(header, rows)


def _on_scale(value: float, found: Anchor | str) -> tuple[float | None, str | None]:
    return (anchored(value, found), None) if isinstance(found, Anchor) else (None, found)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    data = {"kind": _OUTCOME_KINDS[type(outcome)], **asdict(outcome)}
    if isinstance(outcome, Scored):
        data["scores"] = [_scored(result) for result in outcome.scores]
    return data


def _scored(result: ScoreResult) -> dict[str, Any]:
    return {"kind": _RESULT_KINDS[type(result)], **asdict(result)}


def _acceptance(bundle: Bundle, version: str) -> dict[str, Any]:
    a = acceptance(bundle, version)
    return {**asdict(a), "n": a.n, "share": a.share}


def _cell(bundle: Bundle, version: str, scorer: str) -> dict[str, Any]:
    c = cell(bundle, version, scorer)
    return {**vars(c), "n": c.n}  # flat: asdict would copy a hundred thousand values one by one
