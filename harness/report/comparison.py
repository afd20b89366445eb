"""A comparison as a section of the report and as text for a terminal: rates with their n, verdicts with their why.

Refuses to show a difference without its interval or the reason why it has none, and to hide what else differs.
"""

from collections.abc import Iterator
from typing import Any

from harness.compare.arms import names_of
from harness.compare.comparison import Comparison
from harness.compare.differing import uncommon_tasks
from harness.compare.latency import MIN_BLOCKS
from harness.compare.paired import MIN_FAMILIES
from harness.compare.values import LOST, Rate
from harness.compare.verdicts import Endpoint
from harness.report.aggregate import figure
from harness.report.fitting import LINES, Part, clipped, fitted, shortened
from harness.report.parts import Section, Table
from harness.report.safe_text import terminal
from harness.report.summary import table as aligned
from harness.report.verdict import comparison_verdict

HOW = (
    "Differences are second − first in points, of task means, one per task family; 95 % t interval over families."
    " Failed trials count 0; void, unmeasured and undetermined ones are left out and counted. Verdicts of one"
    " page share one error rate (weighted Holm)."
)
_PACES = ("SLOWER", "FASTER", "SAME", "INCONCLUSIVE")
_NAMED = 8  # tasks named in one sentence; the tables have all of them
_ENDPOINT_HEADERS = ("endpoint", "first", "second", "difference", "95 % interval", "tasks +/=/−", "verdict")


def comparison_section(comparison: Comparison, number: int = 1) -> Section:
    """The whole comparison; `number` tells several in one report apart."""
    first, second = names_of(comparison.first, comparison.second)
    endpoints = comparison.endpoints
    rows = tuple((*_row(e), _p(e.p), _p(e.sign_flip_p)) for e in endpoints)
    headers = (*_ENDPOINT_HEADERS, "p", "sign-flip p")
    tables = [
        Table("Second against first, endpoint by endpoint", headers, rows, (1, 2, 3, 4, 5, 7, 8)),
        Table("What the verdicts rest on", ("verdict", "endpoints", "why, and what would decide"), _reasons(endpoints)),
        *_lost_table(endpoints),
        *_task_table(endpoints),
        *_claims_table(comparison),
        *_latency_table(comparison),
    ]
    blocks = (("What changed in the definition", comparison.diff),) if comparison.diff else ()
    sides = f"First: {first}. Second: {second}."
    paragraphs = (*differing_lines(comparison), sides, *_losses(comparison), HOW, *_remarks(comparison))
    title = f"Comparison: {comparison.second.source} against {comparison.first.source}"
    return Section(f"comparison-{number}", title, paragraphs, tuple(tables), (), blocks)


def comparison_text(comparison: Comparison, where: str = "", limit: int = LINES, alone: bool = True) -> str:
    """For a terminal, at most `limit` lines: what differs, what was lost, the answer, why, then what else fits.

    where: how the whole comparison is got at; alone: what differs has not been said yet.
    """
    first, second = names_of(comparison.first, comparison.second)
    sides = [f"first   {first}", f"second  {second}"]
    answer, *why = _answers(comparison)
    head = [
        *(shortened(differing_lines(comparison), max(2, limit // 6)) if alone else ()),
        *sides,
        *_losses(comparison, max(2, limit // 10)),
        answer,
    ]
    few = any(e.pairing.paired is not None and e.pairing.paired.families < MIN_FAMILIES for e in comparison.endpoints)
    tasks = _task_rows(comparison.endpoints, least=len(comparison.endpoints) if few else 0)
    headers = ("endpoint / task", "family", "first", "second", "difference")
    undecided = [found.task for found in comparison.latency if found.blocks < MIN_BLOCKS]
    late = [f"Latency is not decided on {_some(undecided)}: fewer than {MIN_BLOCKS} blocks on both."]
    tables: list[Part] = [(t.caption, [f"{t.caption}:", *aligned([t.headers, *t.rows])]) for t in _tables(comparison)]
    parts: list[Part] = [
        ("endpoints", aligned([_ENDPOINT_HEADERS, *(_row(e) for e in comparison.endpoints)])),
        ("why, endpoint by endpoint", why),
        ("remarks", [clipped(line) for line in (*_remarks(comparison), *(late if undecided else ()))]),
        *tables,
        ("tasks that differ", aligned([headers, *tasks]) if tasks else ()),
        ("what changed in the definition", terminal(comparison.diff).splitlines()),
    ]
    return "\n".join(fitted(head, parts, where, limit)) + "\n"


def _answers(comparison: Comparison) -> list[str]:
    """Each verdict with its why, that of the primary endpoint first."""
    rows = sorted(_reasons(comparison.endpoints), key=lambda row: comparison.primary.name not in row[1].split(", "))
    return [clipped(f"{verdict} ({names}): {why}") for verdict, names, why in rows]


def _tables(comparison: Comparison) -> Iterator[Table]:
    yield from _claims_table(comparison)
    yield from _latency_table(comparison, MIN_BLOCKS)


def comparison_object(comparison: Comparison) -> dict[str, Any]:
    """For programs: numbers unrounded, shares of 1."""
    first, second = names_of(comparison.first, comparison.second)
    verdict = comparison_verdict([comparison])
    return {
        "first": first,
        "second": second,
        "verdict": verdict.word,
        "code": verdict.code,
        "primary": comparison.primary.name,
        "endpoints": [_object(e) for e in comparison.endpoints],
        "latency": [vars(latency) for latency in comparison.latency],
        "promises": [vars(claim) for claim in comparison.claims],
        "flipped": [task.task for task in comparison.flipped],
        "lost": [
            {
                "run": side.run,
                "planned": side.planned,
                "unfinished": side.unfinished,
                "losses": [vars(loss) for loss in side.losses],
            }
            for side in comparison.lost
        ],
        "differs_besides_agent": [vars(difference) for difference in comparison.unlike],
        "assumes": comparison.assumes,
        "diff": comparison.diff,
    }


def _object(endpoint: Endpoint) -> dict[str, Any]:
    found, result = endpoint.pairing, endpoint.pairing.paired
    return {
        "endpoint": endpoint.name,
        "verdict": endpoint.verdict,
        "why": endpoint.why,
        "needed": endpoint.needed,
        "first": _rate_object(found.first),
        "second": _rate_object(found.second),
        "difference": result.mean if result else None,
        "interval_95": result.interval() if result else None,
        "families": result.families if result else 0,
        "p": endpoint.p,
        "p_corrected_over": endpoint.corrected,
        "sign_flip_p": endpoint.sign_flip_p,
        "tasks": [{**vars(task), "difference": task.difference} for task in found.tasks],
    }


def _rate_object(rate: Rate) -> dict[str, Any]:
    return {"mean": rate.mean, "n": rate.n, "counts": dict(rate.counts)}


def _row(endpoint: Endpoint) -> tuple[str, ...]:
    found = endpoint.pairing
    words = "/".join(str(endpoint.count(word)) for word in ("better", "same", "worse"))
    difference = interval = "–"
    if found.paired is not None:
        difference = f"{100 * found.paired.mean:+.1f}"
        span = found.paired.interval()
        interval = f"{100 * span[0]:+.1f} to {100 * span[1]:+.1f}" if span else "one family"
    return (endpoint.name, _mean(found.first), _mean(found.second), difference, interval, words, endpoint.verdict)


def _mean(rate: Rate) -> str:
    return f"{figure(rate.mean)} (n={rate.n})"


def _p(value: float | None) -> str:
    return "–" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _reasons(endpoints: tuple[Endpoint, ...]) -> tuple[tuple[str, str, str], ...]:
    """Verdict, endpoints, reason; endpoints that share both stand in one row, so that no reason is read twice."""
    alike: dict[tuple[str, str], list[str]] = {}
    for endpoint in endpoints:
        alike.setdefault((endpoint.verdict, _reason(endpoint)), []).append(endpoint.name)
    return tuple((verdict, ", ".join(names), why) for (verdict, why), names in alike.items())


def _reason(endpoint: Endpoint) -> str:
    holm = f" (Holm over {endpoint.corrected} tests)" if endpoint.corrected > 1 and "p =" in endpoint.why else ""
    needed = f"; would need {endpoint.needed}" if endpoint.needed else ""
    return f"{endpoint.why}{holm}{needed}"


def differing_lines(comparison: Comparison) -> list[str]:
    """What differs besides the definition, before anything else is said."""
    lines = [f"Besides the agent, {unlike.what} differ: {unlike.detail}." for unlike in comparison.unlike]
    uncommon = uncommon_tasks(comparison.first.lock, comparison.second.lock)
    common = [task for task in comparison.first.lock.tasks if task not in uncommon]
    families = {comparison.first.lock.families.get(task, task) for task in common}
    told = f"Compared are the {len(common)} tasks that both have ({len(families)} families); left out: {len(uncommon)}."
    return [*lines, told] if uncommon else lines


def _losses(comparison: Comparison, each: int = 1000) -> list[str]:
    """What each side lost and why, and what would settle it; each: lines for one side at most."""
    lines = []
    for word, side in zip(("first", "second"), comparison.lost, strict=True):
        told = [] if side.losses else [f"The {word} lost none of its {side.planned} planned trials."]
        if side.unfinished:
            some = f"{side.unfinished} of {side.planned} planned trials are not measured"
            told.append(f"UNFINISHED: run {side.run} of the {word}: {some}; `harness resume {side.run}` finishes it.")
        for loss in side.losses:
            settle = f"; {loss.settle} would settle it" if loss.settle else ""
            told.append(f"The {word} lost {loss.text}{settle}.")
        lines += shortened(told, each)
    return lines


def _remarks(comparison: Comparison) -> Iterator[str]:
    yield comparison.assumes
    worse = [e.name for e in comparison.endpoints if e.verdict == "WORSE"]
    yield f"Worse beyond chance: {', '.join(worse) or 'no endpoint'}."
    if not comparison.first.lock.families:
        yield "The run does not know its tasks' families: every task counts as a family of its own."
    flipped = [f"{t.task} ({figure(t.mean_a)} → {figure(t.mean_b)})" for t in comparison.flipped]
    yield f"Tasks whose accepted rate changed: {_some(flipped) or 'none'}."
    paces = {pace: [f.task for f in comparison.latency if f.pace == pace] for pace in _PACES}
    told = tuple(f"{pace} on {len(tasks)} tasks ({_some(tasks)})" for pace, tasks in paces.items() if tasks)
    if told:
        yield f"Latency: {'; '.join(told)}."


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _lost_table(endpoints: tuple[Endpoint, ...]) -> Iterator[Table]:
    states = ("failed", *LOST, "not_applicable")
    rows = [
        (e.name, side, str(rate.n), *(str(rate.counts.get(state, 0)) for state in states))
        for e in endpoints
        for side, rate in (("first", e.pairing.first), ("second", e.pairing.second))
        if rate.lost or rate.counts.get("failed", 0)
    ]
    if rows:
        headers = ("endpoint", "side", "n", "failed (0, in n)", *(s.replace("_", " ") for s in states[1:]))
        yield Table("Trials without a value, or failed", headers, tuple(rows), tuple(range(2, 3 + len(states))))


def _task_table(endpoints: tuple[Endpoint, ...]) -> Iterator[Table]:
    rows = _task_rows(endpoints, least=1)
    if rows:
        headers = ("endpoint / task", "family", "first", "second", "difference")
        yield Table("Tasks that differ, and every task on `accepted`", headers, tuple(rows), (2, 3, 4))


def _task_rows(endpoints: tuple[Endpoint, ...], least: int) -> list[tuple[str, ...]]:
    """Tasks that differ; on the first `least` endpoints all tasks."""
    return [
        (
            f"{endpoint.name} / {task.task}",
            task.family,
            f"{figure(task.mean_a)} (n={task.n_a})",
            f"{figure(task.mean_b)} (n={task.n_b})",
            f"{100 * task.difference:+.1f}",
        )
        for number, endpoint in enumerate(endpoints)
        for task in endpoint.pairing.tasks
        if number < least or task.word != "same"
    ]


def _claims_table(comparison: Comparison) -> Iterator[Table]:
    rows = [(c.text, c.made_by, *("/".join(map(str, side)) for side in (c.first, c.second))) for c in comparison.claims]
    if rows:
        headers = ("promise", "made by", "first: kept/broken/not measured", "second: kept/broken/not measured")
        yield Table("Promises of either version, held on both", headers, tuple(rows), (2, 3))


def _latency_table(comparison: Comparison, least: int = 1) -> Iterator[Table]:
    rows = []
    for found in comparison.latency:
        if found.blocks < least and not sum(found.lost):
            continue
        span = "–" if found.low is None or found.high is None else f"{found.low:.2f} to {found.high:.2f}"
        word = found.pace if found.blocks >= MIN_BLOCKS else f"{found.pace}: {found.blocks} of {MIN_BLOCKS} blocks"
        ratio = "–" if found.ratio is None else f"{found.ratio:.2f}"
        lost = "/".join(f"{n} ({own} own)" if own else str(n) for n, own in zip(found.lost, found.own, strict=True))
        rows.append((found.task, str(found.blocks), lost, ratio, span, f"{word}; {found.why}" if found.why else word))
    if rows:
        headers = ("task", "blocks", "lost 1st/2nd", "p95 second / first", "95 % interval", "verdict")
        yield Table("Latency, as ratios to the reference of the same block", headers, tuple(rows), (1, 2, 3, 4))
