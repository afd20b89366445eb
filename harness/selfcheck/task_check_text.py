"""A task check for people and for programs: the matrix, a line per problem, the detection rates; or one JSON object.

Refuses to round a miss away: every share stands beside its counts and interval.
"""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain

from harness.model.jsontypes import JsonObject
from harness.model.score import Score
from harness.report.matrix import MatrixCell, MatrixRow, matrix
from harness.report.safe_text import terminal_line
from harness.selfcheck.task_check_verdict import Cell, Problem, RowResult, Share, TaskCheck, sensitivity, specificity

GROUPS = {
    "reference": "reference",
    "variant": "variants",
    "independent": "independent",
    "mutant": "mutants",
    "stub": "stubs",
}


def text(check: TaskCheck, title: str, columns: Sequence[str]) -> str:
    """Matrix, problems with their dearest evidence, rates."""
    rows = [_matrix_row(found, [c for c in check.cells if c.row is found.row]) for found in check.rows]
    lines = [matrix(f"{check.task_id}: {title}", columns, rows), ""]
    lines += chain.from_iterable(_problem_lines(problem) for problem in check.problems)
    recalled = sum(len(found.recalled) for found in check.rows)
    if recalled:
        lines.append(f"{recalled} measurements are those of an earlier check of the same bytes, drivers and host")
    return "\n".join([*lines, *rates(check.cells), *false_fails([check])])


def _matrix_row(found: RowResult, cells: Sequence[Cell]) -> MatrixRow:
    row, notes = found.row, []
    if row.mutant is not None:
        notes.append(f"-> {row.mutant.expected_scorer}{', late' if row.late else ''}")
    if row.kind in ("stub", "reference", "independent"):
        notes.append(f"accepted: {found.accepted}")
    if found.twice:
        notes.append(f"measured twice: {', '.join(found.twice)}")
    if found.fault:
        notes.append("NOT MEASURED")
    return MatrixRow(GROUPS[row.kind], row.name, tuple(_matrix_cell(cell) for cell in cells), "; ".join(notes))


def _matrix_cell(cell: Cell) -> MatrixCell:
    value = cell.result.value if isinstance(cell.result, Score) else None
    return MatrixCell(value, cell.mark)


def _problem_lines(problem: Problem) -> list[str]:
    word = {"task": "PROBLEM", "ours": "UNMEASURED", "late": "AS IT FELL"}[problem.kind]
    scorer = f" {problem.scorer}" if problem.scorer else ""
    lines = [terminal_line(f"{word} {problem.row}{scorer}: {problem.what}")]
    return [*lines, *("    lost: " + terminal_line(line)[:300] for line in problem.evidence)]


def rates(cells: Sequence[Cell]) -> list[str]:
    """Sensitivity and specificity with their denominators; late mutants apart."""
    lines = [
        f"caught by the scorer it names: {_share(sensitivity(cells, late=False))} mutants",
        f"unaffected where nothing may drop: {_share(specificity(cells))} cells",
    ]
    late = sensitivity(cells, late=True)
    return [*lines, f"late mutants caught: {_share(late)}"] if late.total else lines


def false_fails(checks: Sequence[TaskCheck]) -> list[str]:
    """How often independent solutions lose a point that no stated rule backs, over these tasks."""
    found = [check.false_fail for check in checks]
    now = Share(sum(each.now for each in found), sum(each.of_now for each in found))
    first = Share(sum(each.first for each in found), sum(each.of_first for each in found))
    if not (now.total or first.total):
        return []
    shown = ", ".join(
        f"{_share(share)} {when}" for share, when in ((first, "as first seen"), (now, "now")) if share.total
    )
    return [f"false-fail, independent solutions that lose a point no stated rule backs: {shown}"]


def _share(share: Share) -> str:
    low, high = share.interval
    return f"{share.hits} of {share.total} (Wilson 95 %: {low:.3f}–{high:.3f})"


def ending(check: TaskCheck) -> str:
    """The verdict in one line."""
    words = {0: "OK", 1: "FAILED", 4: "UNMEASURED"}
    kinds = {kind: sum(problem.kind == kind for problem in check.problems) for kind in ("task", "ours", "late")}
    told = {"task": "problems", "ours": "not measured", "late": "late findings"}
    counts = ", ".join(f"{count} {told[kind]}" for kind, count in kinds.items() if count)
    return f"{check.task_id}: {words[check.code]}" + (f" ({counts})" if counts else "")


def as_json(check: TaskCheck) -> JsonObject:
    """Everything as plain values; scores without their evidence but for the problems'."""
    return {
        "task": check.task_id,
        "code": check.code,
        "rows": [
            {
                "kind": found.row.kind,
                "name": found.row.name,
                "late": found.row.late,
                "accepted": found.accepted,
                "fault": found.fault.message if found.fault else None,
                "twice": list(found.twice),
                "recalled": list(found.recalled),
                "cells": {
                    c.scorer: _cell_json(c) for c in check.cells if c.row is found.row and c.scorer in c.row.scorers
                },
            }
            for found in check.rows
        ],
        "independent": {
            found.row.name: [{"scorer": lost.scorer, "point": lost.point} for lost in found.lost]
            for found in check.rows
            if found.row.kind == "independent"
        },
        "false_fail": asdict(check.false_fail),
        "problems": [
            {"row": p.row, "scorer": p.scorer, "kind": p.kind, "what": p.what, "evidence": list(p.evidence)}
            for p in check.problems
        ],
        "rates": {
            "sensitivity": _share_json(sensitivity(check.cells, late=False)),
            "sensitivity_late": _share_json(sensitivity(check.cells, late=True)),
            "specificity": _share_json(specificity(check.cells)),
        },
    }


def _cell_json(cell: Cell) -> JsonObject:
    score = cell.result if isinstance(cell.result, Score) else None
    value = score.value if score else None
    return {"mark": cell.mark, "value": value, "flags": list(score.flags) if score else [], "why": cell.why}


def _share_json(share: Share) -> JsonObject:
    low, high = share.interval
    return {"hits": share.hits, "total": share.total, "low": low, "high": high}
