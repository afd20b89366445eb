"""The sections above the single trials: tally, acceptance, scores, latency, all trials, provenance.

Refuses an aggregate without its denominator.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from harness.model.score import Score
from harness.model.trial import Scored
from harness.report.aggregate import acceptance, cell, figure, percent, scorers_of, versions_of
from harness.report.explain import Explained
from harness.report.figures import Dots, Latency, latency_plot, score_plot
from harness.report.parts import Bundle, Figure, Section, Table
from harness.report.verdict import counted

LOAD_SCORER: Final = "load"
DOTS: Final = 500  # of one scorer and version
PLOTTED_VERSIONS: Final = 12  # beyond that a plot is no longer read; the tables stay whole


def tally_section(bundle: Bundle) -> Section:
    """The sum that every count of the report must agree with."""
    count = bundle.tally
    columns = [("planned", count.planned), ("scored", count.scored), ("failed (worth 0)", count.failed)]
    columns += [(f"void: {blame}", number) for blame, number in count.void.items()]
    columns.append(("missing", count.missing))
    text = f"{counted(count)}. Void and missing trials are in no mean and no rate."
    row = tuple(str(number) for _, number in columns)
    table = Table("Trials by outcome", tuple(name for name, _ in columns), (row,), tuple(range(len(columns))))
    return Section("tally", "Tally", (text,), (table,))


def acceptance_section(bundle: Bundle) -> Section:
    """Accepted deliveries of each version, with counts."""
    rows = []
    for version in versions_of(bundle):
        a = acceptance(bundle, version)
        share = f"{percent(a.share)} ({a.yes}/{a.n})"
        counts = (a.yes, a.no, a.failed, a.undetermined, a.void, a.missing)
        rows.append((version, share, *(str(number) for number in counts)))
    headers = ("agent version", "accepted", "yes", "no", "failed", "undetermined", "void", "missing")
    text = "accepted = yes / (yes + no + failed), by the task's own requirements only; the rest is counted apart."
    table = Table("Accepted deliveries", headers, tuple(rows), tuple(range(1, 8)))
    return Section("accepted", "Accepted", (text,), (table,))


def scores_section(bundle: Bundle) -> Section:
    """Mean score of every version on every scorer, with what each mean was counted from."""
    rows, groups, thinned = [], [], False
    versions = versions_of(bundle)
    for scorer in scorers_of(bundle):
        dots = []
        for number, version in enumerate(versions):
            c = cell(bundle, version, scorer)
            counts = (c.n, c.scored, c.failed, c.unmeasured, c.not_applicable, c.void, c.missing)
            rows.append((scorer, version, figure(c.mean), *(str(count) for count in counts)))
            if number < PLOTTED_VERSIONS:
                shown = c.values[:: 1 + len(c.values) // DOTS]
                thinned = thinned or len(shown) < len(c.values)
                dots.append(Dots(version, number, shown, c.mean, f"{figure(c.mean)}  n = {c.n}"))
        groups.append((scorer, dots))
    headers = ("scorer", "agent version", "mean", "n", "scored", "failed", "unmeasured", "n/a", "void", "missing")
    table = Table("Mean score in [0, 1]", headers, tuple(rows), tuple(range(2, 10)))
    text = (
        "mean over n = scored + failed (a failed trial is worth 0); unmeasured, n/a, void and missing are in no mean."
    )
    figures: tuple[Figure, ...] = ()
    if rows:
        caption = "Scores: small dots are trials, the large dot is the mean over n."
        caption += f" Of many trials only some are drawn, {DOTS} at most." if thinned else ""
        figures = (Figure(score_plot(groups), caption + _plotted(len(versions))),)
    return Section("scores", "Scores", (text,), (table,), figures)


def latency_section(bundle: Bundle) -> Section | None:
    """p95 of every version beside the reference and the limit, task by task; None when nothing was measured."""
    if bundle.left_out:
        return _pace_section(bundle)
    figures, rows = [], []
    versions = versions_of(bundle)
    for task in bundle.lock.tasks:
        measured: list[tuple[int, Latency]] = []
        with_reference: set[int] = set()  # one measurement of the reference serves all versions of an attempt
        limit: float | None = None
        for record in bundle.records:
            metrics = _load_metrics(record.outcome) if record.trial.task_id == task else None
            if metrics is None:
                continue
            limit = _number(metrics, "limit_ms") if limit is None else limit
            label, attempt = record.trial.agent_label, record.trial.attempt
            own = _latency(label, versions.index(label), metrics, "p95")
            reference = _latency("reference", -1, metrics, "reference_p95")
            if own is not None:
                measured.append((attempt, own))
            if reference is not None and attempt not in with_reference:
                measured.append((attempt, reference))
                with_reference.add(attempt)
        if not measured:
            continue
        measured.sort(key=lambda pair: (pair[1].series, pair[0]))
        rows += [(task, r.label, str(n), _ms(r.p95_ms), _between(r), _ms(limit)) for n, r in measured]
        shown = [row for _, row in measured if row.series < PLOTTED_VERSIONS]
        figures.append(Figure(latency_plot(task, shown, limit), f"p95 under load, task {task}."))
    if not rows:
        return None
    headers = ("task", "version", "attempt", "p95 ms", "95 % interval ms", "limit ms")
    text = "Latency is counted from the intended start of each request; failed requests count as slow, none is dropped."
    table = Table("p95 under load", headers, tuple(rows), (2, 3, 4, 5))
    return Section("latency", "Latency", (text,), (table,), tuple(figures))


def _pace_section(bundle: Bundle) -> Section | None:
    """Of a run too large for a row each: medians of the ratios to the reference."""
    rows = []
    for task in bundle.lock.tasks:
        for version, side in bundle.sides.items():
            table = side.table
            at_task = np.array([name == task for name in table.tasks], dtype=bool)[table.task]
            found = np.exp(table.pace[at_task & ~np.isnan(table.pace)])
            if len(found):
                low, middle, high = (f"{value:.2f}" for value in np.quantile(found, (0.05, 0.5, 0.95)))
                rows.append((task, version, str(len(found)), middle, f"{low} – {high}"))
    if not rows:
        return None
    headers = ("task", "version", "n", "median", "nine of ten lie between")
    text = "p95 under load as a ratio to the reference's, measured beside it; the figures in ms are in the records."
    medians = Table("p95 over the reference's p95", headers, tuple(rows), (2, 3, 4))
    return Section("latency", "Latency", (text,), (medians,))


def trials_section(bundle: Bundle, trials: Iterable[Explained]) -> Section:
    """One row per planned trial."""
    scorers = scorers_of(bundle)
    rows, anchors = [], []
    for trial in trials:
        values = {result.scorer: result.value for result in trial.results}
        if trial.word == "failed":
            values = {name: "n/a" if trial.task_id in bundle.exempt[name] else "0" for name in scorers}
        scores = tuple(values.get(name, "–") for name in scorers)
        anchors.append(f"t-{trial.name}")
        rows.append((trial.task_id, trial.version, str(trial.attempt), trial.word, *scores, ", ".join(trial.flags)))
    headers = ("task", "agent version", "attempt", "result", *scorers, "flags")
    numeric = (2, *range(4, 4 + len(scorers)))
    return Section(
        "trials", "Trials", (), (Table("Every planned trial", headers, tuple(rows), numeric, tuple(anchors)),)
    )


def provenance_section(bundle: Bundle) -> Section:
    """What the run was made of, by digest."""
    lock = bundle.lock
    run = [
        ("run", bundle.run),
        ("status", bundle.status),
        ("begun", bundle.created_utc),
        ("ended", bundle.finished_utc),
        ("suite", lock.suite),
        ("lock hash", lock.hash),
        ("seed", str(lock.seed)),
        ("attempts", str(lock.attempts)),
        ("profile", lock.profile),
        ("harness", lock.harness_version),
    ]
    groups: list[tuple[str, Mapping[str, Any]]] = [
        ("task", lock.tasks),
        ("agent", lock.agents),
        ("scorer", lock.scorers),
        ("image", lock.images),
        ("tool", lock.tools),
        ("host", lock.host),
    ]
    inputs = [(group, str(key), _flat(value)) for group, values in groups for key, value in values.items()]
    return Section(
        "provenance",
        "Provenance",
        (),
        (
            Table("This run", ("what", "value"), tuple(row for row in run if row[1])),
            Table("Resolved inputs (lock.json)", ("kind", "name", "resolved to"), tuple(inputs)),
        ),
    )


def _load_metrics(outcome: object) -> Mapping[str, Any] | None:
    if not isinstance(outcome, Scored):
        return None
    return next((r.metrics for r in outcome.scores if isinstance(r, Score) and r.scorer == LOAD_SCORER), None)


def _latency(label: str, series: int, metrics: Mapping[str, Any], prefix: str) -> Latency | None:
    p95 = _number(metrics, f"{prefix}_ms")
    if p95 is None:
        return None
    return Latency(label, series, p95, _number(metrics, f"{prefix}_low_ms"), _number(metrics, f"{prefix}_high_ms"))


def _number(metrics: Mapping[str, Any], key: str) -> float | None:
    value = metrics.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _between(row: Latency) -> str:
    return "–" if row.low_ms is None or row.high_ms is None else f"{_ms(row.low_ms)} – {_ms(row.high_ms)}"


def _plotted(versions: int) -> str:
    return f" Shown: the first {PLOTTED_VERSIONS} of {versions} versions." if versions > PLOTTED_VERSIONS else ""


def _flat(value: object) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key} = {_flat(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_flat(item) for item in value)
    return str(value)
