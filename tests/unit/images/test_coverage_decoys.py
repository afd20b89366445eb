"""Harmless edits behave like the original, and a suite is told that it notices them only when that is no chance."""

import ast
import importlib
import random
import sys
import time
from pathlib import Path
from typing import Any

import pytest

IMAGE = Path(__file__).parents[3] / "harness" / "images" / "coverage"
if str(IMAGE) not in sys.path:
    sys.path.insert(0, str(IMAGE))
decoys, mutation, witness = (importlib.import_module(n) for n in ("decoys", "mutation", "witness"))

SOURCE = '''"""Doc."""
LIMIT = 3


def grade(n: int) -> str:
    """Doc."""
    if n > LIMIT:
        return "high"
    elif n == LIMIT:
        return "edge"
    else:
        return "low"


def steps(n: int):
    for i in range(n):
        yield i
    return "done"


def itself() -> list[str]:
    return sorted(locals())


class Box:
    def size(self, by: int = 2) -> int:
        def inner() -> int:
            return by * 2

        return inner() + 1
'''
LINES = (8, 10, 12, 17, 28, 30)  # one in every function but `itself`


def behaviour(text: str) -> tuple[object, ...]:
    space: dict[str, Any] = {}
    exec(compile(text, "s.py", "exec", dont_inherit=True), space)
    grades = [space["grade"](n) for n in range(6)]
    docs = (space["__doc__"], space["grade"].__doc__, space["grade"].__annotations__)
    return grades, list(space["steps"](3)), space["Box"]().size(4), space["itself"](), docs


@pytest.mark.parametrize("seed", range(12))
def test_a_decoy_changes_the_text_and_nothing_else(seed: int) -> None:
    drawn = random.Random(seed)
    made = decoys.decoys({"s.py": SOURCE}, [("s.py", line) for line in LINES], 6, drawn)
    assert len({d.text for d in made} | {SOURCE}) >= 5
    assert made[0].kind == "comment"
    assert {d.kind for d in made[1:]} <= {"unused", "local", "swap"}
    for decoy in made:
        assert behaviour(decoy.text) == behaviour(SOURCE)
    trees = {ast.dump(ast.parse(d.text)) for d in made[1:]}
    assert ast.dump(ast.parse(SOURCE)) not in trees  # a fingerprint of the syntax tree notices them as well


def test_functions_that_look_at_themselves_are_left_alone() -> None:
    (_, decoy) = decoys.decoys({"s.py": SOURCE}, [("s.py", 8), ("s.py", 22)], 2, random.Random(1))
    assert decoy.kind == "comment"
    assert ast.dump(ast.parse(decoy.text)) == ast.dump(ast.parse(SOURCE))


@pytest.mark.parametrize("source", ["# -*- coding: latin-1 -*-\nx = 1\n", "x = '\ufffd'\n", "x ="])
def test_files_that_are_not_what_python_reads_get_no_decoy(source: str) -> None:
    assert decoys.decoys({"s.py": source}, [("s.py", 1)], 4, random.Random(1)) == []


class Bench:
    """The files as the driver's bench would hold them."""

    def __init__(self) -> None:
        self.files = {"s.py": SOURCE}

    def write(self, files: Any) -> None:
        self.files |= dict(files)


class Script:
    """Answers from a script for the edited and for the pristine file; the last answer stays."""

    def __init__(self, bench: Bench, edited: list[str], pristine: list[str]) -> None:
        self.bench, self.edited, self.pristine, self.asked = bench, edited, pristine, 0

    def order(self, timeout_s: float, tests: set[str] | None = None, reverse: bool = False) -> str:
        self.asked += 1
        script = self.pristine if self.bench.files["s.py"] == SOURCE else self.edited
        return script.pop(0) if len(script) > 1 else script[0]


def tried(edited: list[str], pristine: list[str], seconds: float = 60.0) -> dict[str, Any]:
    bench = Bench()
    tests = Script(bench, edited, pristine)
    (decoy,) = decoys.decoys({"s.py": SOURCE}, [("s.py", 8)], 1, random.Random(1))
    trial = mutation.Trial(bench, {"s.py": SOURCE}, [decoy], {"t"}, witness.Trail(), 60.0, seconds)
    facts = mutation._facts() | {"baseline_s": 0.1}
    first = mutation._tried(tests, trial, decoy, facts)
    mutation._noticed(tests, trial, decoy, first, facts, time.monotonic() + seconds)
    assert bench.files["s.py"] == SOURCE
    return dict(facts)


def test_a_decoy_that_survives_costs_one_run() -> None:
    assert tried(["survived"], ["killed"])["decoys"] == {"run": 1, "chance": 0, "open": 0, "noticed": []}


@pytest.mark.parametrize(("edited", "of"), [(["killed"], 5), (["timeout"], 5), (["killed", "survived", "killed"], 6)])
def test_what_fails_again_and_again_on_harmless_edits_only_is_noticed(edited: list[str], of: int) -> None:
    (noticed,) = tried(edited, ["survived"])["decoys"]["noticed"]
    assert noticed["times"] == 5
    assert noticed["of"] == of


@pytest.mark.parametrize(
    ("edited", "pristine"),
    [
        (["killed", "survived"], ["survived"]),  # once, and never again
        (["killed", "killed", "survived", "survived", "killed", "survived"], ["survived"]),
        (["killed"], ["survived", "killed"]),  # the unchanged file fails as well
    ],
)
def test_tests_that_fail_now_and_then_are_not_accused(edited: list[str], pristine: list[str]) -> None:
    assert tried(edited, pristine)["decoys"] == {"run": 1, "chance": 1, "open": 0, "noticed": []}


def test_without_time_to_tell_nothing_is_said_about_strength() -> None:
    facts = tried(["killed"], ["survived"], seconds=-1.0)
    assert facts["decoys"]["open"] == 1
    assert "no time was left" in facts["unusable"]
