"""Reads the independent solutions of a task: independent/NN/reply.md with meta.toml, FIRST.toml and VERDICTS.toml.

A reply lies there as it came and is read by intake like every other. Refuses gaps in the numbers (none is replaced or
left out), and a verdict without a rule that the instruction states or a fault of ours that was changed.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.documents import read_text, read_toml, validate
from harness.errors import UsageError
from harness.intake.parse import parse_reply
from harness.model.independent import First, Independents, Lost, Solution, Verdict
from harness.model.submission import Refusal, Submission

FOLDER, REPLY, META, FIRST, VERDICTS = "independent", "reply.md", "meta.toml", "FIRST.toml", "VERDICTS.toml"
_RULE = re.compile(r"^\*\*(R\d+)\.\*\*", re.M)


def load_independents(task: Path) -> Independents:
    """Everything below independent/ of the task folder `task`; UsageError names file and key."""
    parent = task / FOLDER
    numbers = sorted(each.name for each in parent.iterdir() if each.is_dir()) if parent.is_dir() else []
    expected = [f"{number:02}" for number in range(1, len(numbers) + 1)]
    if numbers != expected:
        found = next(a for a, b in zip(numbers, expected, strict=True) if a != b)
        raise UsageError("invalid_input", f"{parent}/{found}: expected the folders 01, 02, … without a gap")
    solutions = tuple(_solution(parent / number) for number in numbers)
    rules = set(_RULE.findall(read_text(task / "instruction.md")))
    return Independents(solutions, _first(parent, numbers), _verdicts(parent, numbers, rules))


def write_first(task: Path, first: Mapping[str, First]) -> Path:
    """Write FIRST.toml with these results, by number."""
    path = task / FOLDER / FIRST
    entries = [
        {
            "number": each.number,
            "when": each.when,
            "accepted": each.accepted,
            "measured": list(each.measured),
            "lost": [{"scorer": lost.scorer, "point": lost.point} for lost in each.lost],
        }
        for _, each in sorted(first.items())
    ]
    validate({"schema": 1, "solution": entries}, "first", str(path))
    head = "# Written when a solution is measured for the first time, and never changed.\nschema = 1\n"
    path.write_text(head + "".join(_entry(entry) for entry in entries), encoding="utf-8")
    return path


def add_reply(task: Path, reply: bytes, meta: Mapping[str, object]) -> Solution:
    """Keep a reply under the next number; the solution as intake reads it. UsageError when it is there already."""
    document = {"schema": 1, **meta}
    validate(document, "independent", META)
    known = load_independents(task).solutions
    for solution in known:
        if (task / FOLDER / solution.number / REPLY).read_bytes() == reply:
            raise UsageError("invalid_input", f"this reply is solution {solution.number} already; each counts once")
    folder = task / FOLDER / f"{len(known) + 1:02}"
    folder.mkdir(parents=True)
    (folder / REPLY).write_bytes(reply)
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in document.items()]
    (folder / META).write_text("".join(lines), encoding="utf-8")
    return _solution(folder)


def _solution(folder: Path) -> Solution:
    read_toml(folder / META, "independent")
    parsed = parse_reply(read_text(folder / REPLY))
    match parsed:
        case Submission():
            executable = frozenset(file.path for file in parsed.files if file.executable)
            return Solution(folder.name, parsed.as_mapping(), executable)
        case Refusal():
            return Solution(folder.name, {}, refusal=f"{parsed.code}: {parsed.message}")
    return Solution(folder.name, {}, refusal=f"follow_up: {parsed.reason}; there is nobody to ask")


def _first(parent: Path, numbers: list[str]) -> dict[str, First]:
    if not (parent / FIRST).is_file():
        return {}
    found: dict[str, First] = {}
    for entry in read_toml(parent / FIRST, "first")["solution"]:
        number = _known(entry["number"], numbers, parent / FIRST, "solution.number")
        if number in found:
            raise UsageError(
                "invalid_input", f"{parent / FIRST}: solution {number} stands twice; a first result is one"
            )
        lost = tuple(Lost(each["scorer"], each["point"]) for each in entry["lost"])
        found[number] = First(number, entry["when"], entry["accepted"], tuple(entry["measured"]), lost)
    return found


def _verdicts(parent: Path, numbers: list[str], rules: set[str]) -> tuple[Verdict, ...]:
    path = parent / VERDICTS
    if not path.is_file():
        return ()
    found: list[Verdict] = []
    for at, entry in enumerate(read_toml(path, "verdicts")["verdict"], 1):
        _known(entry["solution"], numbers, path, f"verdict {at}, solution")
        rule, ours = entry.get("rule", ""), entry.get("ours", "")
        if bool(rule) == bool(ours):
            raise UsageError(
                "invalid_input",
                f"{path}: verdict {at} needs either rule (the one that was broken) or ours (what of ours was wrong and"
                f" is changed); doubt counts for the solution",
            )
        if rule and rule not in rules:
            raise UsageError("invalid_input", f"{path}: verdict {at}: rule {rule!r} is not in instruction.md")
        made = Verdict(entry["solution"], entry["scorer"], entry["point"], rule, ours, entry["why"])
        twin = next((v for v in found if v.about(made.number, Lost(made.scorer, made.point))), None)
        if twin is not None:
            raise UsageError("invalid_input", f"{path}: verdict {at} is about a point that has one already")
        found.append(made)
    return tuple(found)


def _known(number: Any, numbers: list[str], path: Path, key: str) -> str:
    if number not in numbers:
        known = ", ".join(numbers) or "none yet"
        raise UsageError("invalid_input", f"{path}: {key} is {number!r}, expected one of the solutions: {known}")
    return str(number)


def _entry(entry: Mapping[str, Any]) -> str:
    plain = [f"{key} = {_toml(entry[key])}\n" for key in ("number", "when", "accepted", "measured")]
    lost = "".join(f"  {{ scorer = {_toml(e['scorer'])}, point = {_toml(e['point'])} }},\n" for e in entry["lost"])
    return "".join(["\n[[solution]]\n", *plain, f"lost = [\n{lost}]\n" if lost else "lost = []\n"])


def _toml(value: object) -> str:
    """Strings and lists of strings; TOML's basic strings take JSON's escapes."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
