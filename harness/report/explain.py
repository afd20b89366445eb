"""One trial, explained: its result in a word, why, and every point lost with its evidence.

Refuses to drop anything silently: what is cut short or left out says how much and where the rest is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from harness.model.score import Anchor, Evidence, NotApplicable, Score, ScoreResult, Unmeasured
from harness.model.submission import Block
from harness.model.trial import INCOMPLETE, Failed, Scored, Trial, TrialRecord, Void
from harness.report.aggregate import figure
from harness.report.parts import Table
from harness.report.safe_text import clipped
from harness.scorers.anchors import anchored

DETAIL_CHARACTERS: Final = 6_000
EVIDENCE_PER_SCORE: Final = 60
BLOCKS_PER_TRIAL: Final = 120
FATES: Final = {"left_out": "left out", "repeated": "the same again"}
_NO_ANCHORS: Final[Mapping[str, Anchor]] = MappingProxyType({})


@dataclass(frozen=True)
class Lost:
    """One piece of evidence, ready to show; `tags` are short words (severity, CWE, status)."""

    title: str
    kind: str
    where: str
    points: str
    tags: tuple[str, ...]
    detail: str
    reproduce: str


@dataclass(frozen=True)
class Result:
    """One scorer's line; `state`: full | lost | unmeasured | not_applicable. `more` = evidence left out here.

    anchored: the value on the task's own scale, "" where the run's lock holds none.
    """

    scorer: str
    version: int
    state: str
    value: str
    counted: str
    flags: tuple[str, ...]
    metrics: tuple[tuple[str, str], ...]
    lost: tuple[Lost, ...]
    more: int
    anchored: str = ""


@dataclass(frozen=True)
class Explained:
    """A trial as the report shows it. `word`: accepted | not accepted | undetermined | failed | void | missing."""

    name: str
    task_id: str
    version: str
    attempt: int
    word: str
    tone: str  # good | bad | open
    headline: str
    why: tuple[str, ...]
    flags: tuple[str, ...]
    results: tuple[Result, ...]
    log: str
    facts: tuple[tuple[str, str], ...]
    folder: str
    reading: Table | None = None  # every block of the reply and what became of it


def explain(
    trial: Trial, record: TrialRecord | None, anchors: Mapping[str, Anchor] = _NO_ANCHORS, run: str = "latest"
) -> Explained:
    """What there is to say about one planned trial; `record` None = it has no `trial.json`.

    anchors: by scorer, those of the trial's task that the run's lock holds; run: its name, for command lines.
    """
    folder = f"trials/{trial.name}"
    word, tone, headline = _headline(record)
    outcome = record.outcome if record else None
    scored = outcome if isinstance(outcome, Scored) else None
    return Explained(
        name=trial.name,
        task_id=trial.task_id,
        version=trial.agent_label,
        attempt=trial.attempt,
        word=word,
        tone=tone,
        headline=headline,
        why=scored.why if scored else (),
        flags=scored.flags if scored else (),
        results=tuple(_result(result, folder, anchors.get(result.scorer)) for result in scored.scores)
        if scored
        else (),
        log=clipped(outcome.log_tail, DETAIL_CHARACTERS, folder) if isinstance(outcome, Failed) else "",
        facts=(
            *_facts(trial, record),
            *([("measure it again", f"harness repeat {run} {trial.name}")] if scored else []),
        ),
        folder=folder,
        reading=_reading(record.blocks, folder) if record and record.blocks else None,
    )


def explain_score(score: Score) -> Result:
    """One score's line and points lost, without anchors; for a score that is not part of a run."""
    return _result(score, "the probe's output", None)


def _headline(record: TrialRecord | None) -> tuple[str, str, str]:
    if record is None:
        return "missing", "open", "planned, not measured (no trial.json); it counts as missing, not as zero"
    match record.outcome:
        case Failed(code=code, message=message, stage=stage):
            return "failed", "bad", f"{stage}: {code}: {message} (worth 0, counted)"
        case Void(blame=blame, code=code, message=message, stage=stage):
            return "void", "open", f"{stage}: {code}: {message} (blame: {blame}; not scored, counted apart)"
        case Scored(accepted="yes"):
            return "accepted", "good", "meets every requirement of its task"
        case Scored(flags=flags) if INCOMPLETE in flags:
            return "not accepted", "bad", "misses a requirement; another was not measured, so it enters no comparison"
        case Scored(accepted="no"):
            return "not accepted", "bad", "misses a requirement of its task"
        case Scored():
            return "undetermined", "open", "a requirement of its task could not be decided"


def _result(result: ScoreResult, folder: str, anchor: Anchor | None) -> Result:
    if isinstance(result, NotApplicable):
        return Result(result.scorer, result.version, "not_applicable", "n/a", result.reason, (), (), (), 0)
    if isinstance(result, Unmeasured):
        counted = f"blame {result.blame}: {result.cause}"
        return Result(result.scorer, result.version, "unmeasured", "not measured", counted, (), (), (), 0)
    ordered = sorted(result.evidence, key=_weight)
    return Result(
        scorer=result.scorer,
        version=result.version,
        state="full" if result.value == 1 else "lost",
        value=figure(result.value),
        counted=_counted(result),
        flags=result.flags,
        metrics=tuple((key, _short(value)) for key, value in result.metrics.items()),
        lost=tuple(_lost(evidence, folder) for evidence in ordered[:EVIDENCE_PER_SCORE]),
        more=max(0, len(ordered) - EVIDENCE_PER_SCORE),
        anchored=figure(anchored(result.value, anchor)) if anchor else "",
    )


def _counted(result: Score) -> str:
    """`7 of 8 hidden acceptance tests`; a basis that spells out its own counts stands alone."""
    if any(character.isdigit() for character in result.basis):
        return f"{result.passed:g}/{result.total:g}: {result.basis}"
    return f"{result.passed:g} of {result.total:g} {result.basis}"


def _weight(evidence: Evidence) -> tuple[float, int]:
    order = ("critical", "high", "medium", "low")
    return -evidence.points, order.index(evidence.severity) if evidence.severity in order else len(order)


def _lost(evidence: Evidence, folder: str) -> Lost:
    cwe = f"CWE-{evidence.cwe}" if evidence.cwe is not None else ""
    return Lost(
        title=evidence.title,
        kind=evidence.kind,
        where=evidence.where,
        points=f"−{figure(evidence.points)}" if evidence.points else "",
        tags=tuple(tag for tag in (evidence.severity, cwe, evidence.status) if tag),
        detail=clipped(evidence.detail, DETAIL_CHARACTERS, folder),
        reproduce=evidence.reproduce,
    )


def _facts(trial: Trial, record: TrialRecord | None) -> tuple[tuple[str, str], ...]:
    facts = [("seed", str(trial.seed))]
    if record is None:
        return tuple(facts)
    known = (
        ("agent digest", record.agent_digest),
        ("task digest", record.task_digest),
        ("prompt digest", record.prompt_digest),
        ("submission digest", record.submission_digest),
        ("reply", record.reply_origin),
        ("files", record.files),
        ("cost", None if record.cost_usd is None else f"{record.cost_usd:.4f} USD"),
        ("tokens", None if record.usage is None else _short(record.usage)),
        ("durations", ", ".join(f"{phase} {seconds:.2f} s" for phase, seconds in record.durations_s.items()) or None),
    )
    facts += [(key, str(value)) for key, value in known if value is not None]
    facts += [("earlier try", _short(attempt)) for attempt in record.tries]
    facts += [("warning", warning) for warning in record.warnings]
    return tuple(facts)


def _reading(blocks: tuple[Block, ...], folder: str) -> Table:
    """The blocks of a reply as a table; what does not fit is counted, and is in the record."""
    more = len(blocks) - BLOCKS_PER_TRIAL
    rest = f"; {more} more are in {folder}/trial.json" if more > 0 else ""
    rows = tuple(
        (
            block.where,
            block.what,
            block.path,
            f"{FATES.get(block.fate, block.fate)}{': ' if block.why else ''}{block.why}",
        )
        for block in blocks[:BLOCKS_PER_TRIAL]
    )
    return Table(f"What the reply holds, block by block{rest}", ("where", "begins with", "path", "became"), rows)


def _short(value: object) -> str:
    """A metric for people: four significant digits, no braces."""
    if isinstance(value, bool) or value is None:
        return "–" if value is None else "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_short(item) for item in value)
    return str(value)
