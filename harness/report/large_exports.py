"""`trials.csv`, `scores.csv` and `junit.xml` of a run too large to load whole: from its arrays.

Refuses to invent what only the records say: such cells are empty, and the report says where the records are.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final
from xml.etree import ElementTree as ET

from harness.compare.table import ACCEPTED_WORDS, BLAMES, KINDS, OUTCOMES
from harness.compare.table import Table as Trials
from harness.model.score import Anchor
from harness.report.parts import Bundle
from harness.report.safe_text import csv_cell, visible
from harness.report.scorecard import scale
from harness.report.selection import words_of
from harness.scorers.anchors import anchored

_TRIALS = "task agent_version attempt seed outcome accepted code blame stage message flags files cost_usd reply_origin"
_SCORES = "task agent_version attempt scorer version kind value passed total basis anchored not_anchored"
TRIALS_HEADER: Final = tuple(_TRIALS.split())
SCORES_HEADER: Final = tuple(_SCORES.split())
_KINDS: Final = {"score": "score", "not_offered": "not_applicable", "nothing_to_see": "not_applicable"}
_JUNIT: Final = {
    "not accepted": ("failure", "not_accepted"),
    "failed": ("failure", ""),
    "void": ("error", ""),
    "undetermined": ("skipped", "undetermined"),
    "missing": ("skipped", "missing"),
}
_COUNTED: Final = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def csv_of(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> bytes:
    """Rows as RFC 4180 has them; no cell that a spreadsheet would compute."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value) if isinstance(value, str) else value for value in row] for row in rows)
    return out.getvalue().encode("utf-8")


@lru_cache(maxsize=100_000)  # of a large run the same few texts come again and again
def _cell(value: str) -> object:
    return csv_cell(value)


def large_trials_csv(bundle: Bundle) -> bytes:
    """One row per planned trial, without stage and message."""
    return csv_of(TRIALS_HEADER, (row for side in bundle.sides.values() for row in _trials(side.table)))


def _trials(table: Trials) -> Iterator[tuple[object, ...]]:
    outcomes, accepted, lost = table.outcome.tolist(), table.accepted.tolist(), table.lost_to.tolist()
    files, costs, authored = table.files.tolist(), table.cost_usd.tolist(), table.authored.tolist()
    flags = [(flag, where.tolist()) for flag, where in table.flags.items()]
    for n, trial in enumerate(table.plan):
        outcome = OUTCOMES[outcomes[n]]
        yield (
            *(trial.task_id, trial.agent_label, trial.attempt, trial.seed, outcome, ACCEPTED_WORDS[accepted[n]]),
            *(table.code[n], BLAMES[lost[n]] if outcome == "void" else "", "", ""),
            " ".join(flag for flag, where in flags if where[n]),
            *(None if files[n] != files[n] else int(files[n]), None if costs[n] != costs[n] else costs[n]),
            "authored" if authored[n] else None,
        )


def large_scores_csv(bundle: Bundle) -> bytes:
    """One row per scored trial and scorer, without counts and reasons."""
    return csv_of(SCORES_HEADER, (row for side in bundle.sides.values() for row in _scores(bundle, side.table)))


def _scores(bundle: Bundle, table: Trials) -> Iterator[tuple[object, ...]]:
    columns = [(name, result.kind.tolist(), result.value.tolist()) for name, result in table.results.items()]
    scales = {(task, name): scale(bundle.lock, task, name) for task in table.tasks for name, _, _ in columns}
    for n, trial in enumerate(table.plan):
        for name, kinds, values in columns:
            kind = KINDS[kinds[n]]
            if kind == "absent":
                continue
            head = (trial.task_id, trial.agent_label, trial.attempt, name, bundle.lock.scorers.get(name))
            if kind != "score":
                yield (*head, _KINDS.get(kind, "unmeasured"), None, None, None, None, None, None)
                continue
            found = scales[trial.task_id, name]
            ends = (anchored(values[n], found), None) if isinstance(found, Anchor) else (None, found)
            yield (*head, kind, values[n], None, None, None, *ends)


def large_junit(bundle: Bundle) -> bytes:
    """One suite per version, one case per trial, with its result in a word."""
    root = ET.Element("testsuites", name=visible(bundle.run))
    for version, side in bundle.sides.items():
        suite = ET.SubElement(root, "testsuite", name=visible(version))
        counts = {"tests": len(side.table), "failures": 0, "errors": 0, "skipped": 0}
        for trial, word, code in zip(side.table.plan, words_of(side.table), side.table.code, strict=True):
            name = {
                "name": visible(f"{trial.task_id} #{trial.attempt}"),
                "classname": visible(version),
                "time": "0.000",
            }
            case = ET.SubElement(suite, "testcase", name)
            if word in _JUNIT:
                tag, kind = _JUNIT[word]
                counts[_COUNTED[tag]] += 1
                said = {"message": visible(f"{word} {code}".strip())}
                ET.SubElement(case, tag, said if tag == "skipped" else {"type": visible(kind or code), **said})
        suite.attrib.update({key: str(value) for key, value in counts.items()}, time="0.000")
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"
