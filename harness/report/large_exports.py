"""`trials.csv`, `scores.csv` and `junit.xml` of a run too large to load whole: from its arrays.

Refuses to invent what only the records say: such cells are empty, and the report says where the records are.
"""

import csv
import io
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree as ET

from harness.compare.frame import frame_csv, scores_frame, trials_frame
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
    writer.writerows([csv_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8")


def large_trials_csv(bundle: Bundle) -> bytes:
    """One row per planned trial, without stage and message."""
    frame = trials_frame(side.table for side in bundle.sides.values())
    return frame_csv(frame.assign(stage="", message=""), TRIALS_HEADER, csv_cell)


def large_scores_csv(bundle: Bundle) -> bytes:
    """One row per scored trial and scorer, without counts and reasons."""
    frame = scores_frame((side.table for side in bundle.sides.values()), bundle.lock.scorers)
    frame = frame.assign(passed="", total="", basis="", anchored=float("nan"), not_anchored="")
    for of, rows in frame[frame["kind"] == "score"].groupby(["task", "scorer"], sort=False):
        task, scorer = map(str, of)
        found = scale(bundle.lock, task, scorer)
        if isinstance(found, Anchor):
            frame.loc[rows.index, "anchored"] = [anchored(value, found) for value in rows["value"]]
        else:
            frame.loc[rows.index, "not_anchored"] = found
    return frame_csv(frame, SCORES_HEADER, csv_cell)


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
