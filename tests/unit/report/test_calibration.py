"""A calibration shown: forty lines whatever is in it, no number without its counts, a picture that is one."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from harness.compare.calibrated import EVENTS, Calibration, Event, Formula, Level, Model
from harness.compare.calibration import Crossing, Share, Unsteady
from harness.compare.detectable import Cost
from harness.report.calibration import calibration_object, calibration_svg, calibration_text

NOTHING: dict[Event, Crossing | None] = dict.fromkeys(EVENTS)
CURVE = ((0.0, 4, 100), (0.1, 40, 20), (0.2, 78, 3), (0.3, 99, 0))
EVENLY = Model(
    1.0,
    tuple(Level(x, x * 0.8, Share(b, 100), Share(p, 100), Share(b - 2, 100)) for x, b, p in CURVE),
    {"block": Crossing(0.21, 0.18, None), "held_back": Crossing(0.0, 0.0, 0.05), "worse": Crossing(0.2, 0.19, 0.24)},
)
FOUND = Calibration(
    suite="release",
    policy="release",
    policy_sha256="ab" * 32,
    version="careful-v1@12345678",
    primary="accepted",
    runs=("one", "two"),
    lock_hash="cd" * 32,
    repeats=10,
    each=5,
    planned=5,
    tasks=30,
    families=24,
    margin=0.1,
    seed=7,
    splits=100,
    outcomes={"PASS": 52, "INCONCLUSIVE": 43, "BLOCK": 4, "INVALID": 1},
    decided_by={
        ("PASS", "cheating"): 52,
        ("INCONCLUSIVE", "accepted.non_inferiority"): 43,
        ("BLOCK", "accepted.worse"): 4,
        ("INVALID", "infrastructure.cap"): 1,
    },
    verdicts={name: {"BETTER": n, "INCONCLUSIVE": 100 - n} for n, name in enumerate(("accepted", "a", "b", "c", "d"))},
    alarms=3,
    paces=2,
    pages=6,
    mean=0.8,
    models=(EVENLY, replace(EVENLY, spread=0.25, found=NOTHING)),
    formulas=(
        Formula("block", "accepted", 0.2, 0.16, Cost(0.1, 20, 900, 96, 720), 0.05),
        Formula("worse", "accepted", 0.2, 0.16, Cost(0.1, None, None, 96, 720)),
    ),
    unsteady=tuple(Unsteady(f"family-{n:02d}", n, 20 - n, 1) for n in range(1, 20)),
    replayed=True,
)


def test_forty_lines_at_most_with_every_answer_of_the_verb() -> None:
    text = calibration_text(replace(FOUND, planned=10))
    lines = text.splitlines()
    assert len(lines) <= 40
    for line in (
        r"BLOCK as worse: a false alarm +3 of 100 +3\.0 % +1\.0 to 8\.5",
        r"BLOCK by a floor or for safety +1 of 100",
        r"not PASS +48 of 100 +48\.0 %",
        r"INVALID +1 of 100",
        r"two such decisions differ +54\.3 %",
        r"BETTER or WORSE on accepted +0 of 100",
        r"BETTER or WORSE on d +4 of 100",
        r"FASTER or SLOWER on a task +2 of 100",
        r"any difference on the page +6 of 100",
        r"not PASS by: accepted\.worse \(BLOCK 4x\), accepted\.non_inferiority \(INCONCLUSIVE 43x\), infra",
        r"smallest loss found with 80 % +in every family +in 25 % of the families",
        r"the gate BLOCKs +16\.8 points \(14\.4 to \?\) +none: 99\.0 % at most",
        r"the gate does not PASS +none needed",
        r"half of it takes 20 attempts \(\+900 trials\) or 96 families \(\+720 trials\) and a margin of 5\.0 points",
        r"half of it takes 96 families \(\+720 trials\)$",
        r"families whose verdict changes between repeats: 19 of 24",
        r"family-01 +1 +19 +1",
        r"and 15 more that change less",
        r"10 attempts a version are asked for, these have 5: it takes 20 repeats",
        r"the replies are recordings",
    ):
        assert re.search(line, text, re.M), line


def test_a_version_that_lost_everything_is_shown_as_that() -> None:
    level = Level(0.0, 0.0, Share(0, 100), Share(0, 100), Share(0, 100))
    empty = replace(
        FOUND,
        outcomes={"INVALID": 100},
        alarms=0,
        mean=None,
        verdicts={},
        models=(Model(1.0, (level,), NOTHING), Model(0.25, (level,), NOTHING)),
        formulas=(Formula("worse", "accepted", None, None, None),),
        unsteady=(),
    )
    text = calibration_text(empty)
    assert "none: 0.0 % at most" in text
    assert "no loss on accepted is found with 80 %" in text
    assert "families whose verdict changes between repeats: 0 of 24" in text
    assert ET.fromstring(calibration_svg(empty)).tag.endswith("svg")


def test_what_a_definition_calls_itself_moves_no_cursor() -> None:
    assert "\x1b" not in calibration_text(replace(FOUND, version="evil\x1b[2J@12345678"))


def test_programs_get_every_number() -> None:
    found = json.loads(json.dumps(calibration_object(FOUND), allow_nan=False))
    assert found["false_alarms"]["block"] == {
        "hits": 3,
        "n": 100,
        "share": 0.03,
        "interval_95": pytest.approx([0.0103, 0.0845], abs=1e-3),
    }
    assert found["gates_disagree"] == pytest.approx(1 - 0.52**2 - 0.43**2 - 0.04**2 - 0.01**2)
    assert found["models"][0]["levels"][2]["block"]["hits"] == 78
    assert found["models"][0]["found"]["block"] == {"loss": 0.21, "low": 0.18, "high": None}
    assert len(found["unsteady"]) == 19
    assert {"outcome": "BLOCK", "rule": "accepted.worse", "splits": 4} in found["decided_by"]


def test_the_picture_stands_alone_with_colours_for_light_and_dark_and_nothing_that_runs() -> None:
    svg = calibration_svg(FOUND)
    assert svg == calibration_svg(FOUND)
    root = ET.fromstring(svg)
    assert int(root.get("width", "0")) > 600
    assert {"script", "a", "image", "foreignObject"}.isdisjoint(e.tag.rpartition("}")[2] for e in root.iter())
    defined = set(re.findall(r"(--[\w-]+):", svg))
    assert set(re.findall(r"var\((--[\w-]+)\)", svg)) <= defined
    assert "prefers-color-scheme: dark" in svg
    assert "BLOCK with 80 % at 16.8 points" in svg
    for label in ("compare says WORSE", "the gate BLOCKs", "the gate PASSes"):
        assert svg.count(label) == 1


def test_dots_stand_where_their_shares_are() -> None:
    """The gate's PASSes fall from 52 % at no loss to 0: each level has a dot, and the axis is in points."""
    other = calibration_svg(replace(FOUND, models=(EVENLY,)))
    assert len(re.findall(r"<use ", other)) > len(CURVE) * 3
    assert other != calibration_svg(replace(FOUND, models=(replace(EVENLY, levels=EVENLY.levels[:3]),)))
