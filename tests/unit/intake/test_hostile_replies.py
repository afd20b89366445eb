"""The catalogue of hostile replies (fixtures/hostile/replies/index.toml): each ends in the verdict its index states."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.intake.parse import parse_reply
from harness.model.submission import Refusal, Submission

FOLDER = Path(__file__).parents[3] / "fixtures" / "hostile" / "replies"
CASES: list[dict[str, Any]] = tomllib.loads((FOLDER / "index.toml").read_text(encoding="utf-8"))["case"]

GENERATORS: dict[str, Callable[[], str]] = {
    "fifty_megabytes": lambda: "x" * 50_000_000,
    "deep_brackets": lambda: "[" * 100_000,
    "five_thousand_files": lambda: json.dumps({"files": {f"app/f{n}.py": "x = 1\n" for n in range(5_000)}}),
    "megabyte_of_backticks": lambda: "`" * 1_000_000,
    "many_fences": lambda: "```\n" * 1_000_000,
    "megabyte_of_quotes": lambda: '{"' + '\\"' * 500_000,
    "three_megabytes_in_files": lambda: json.dumps({"files": {f"f{n}.txt": "x" * 900_000 for n in range(3)}}),
}


def reply_of(case: dict[str, Any]) -> str:
    if "generate" in case:
        generator: str = case["generate"]
        return GENERATORS[generator]()
    name: str = case["file"]
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_reply_ends_in_the_stated_verdict(case: dict[str, Any]) -> None:
    parsed = parse_reply(reply_of(case), finish_reason=case.get("finish_reason", "stop"))
    if case["expect"] == "refusal":
        assert isinstance(parsed, Refusal), parsed
        assert parsed.code == case["code"], parsed
        assert case.get("says", "") in parsed.message
        assert len(parsed.message) < 500, "one sentence, not the reply"
    else:
        assert isinstance(parsed, Submission), parsed
        assert [file.path for file in parsed.files] == case["paths"]
        assert list(parsed.flags) == case["flags"]
        assert case.get("says", "") in " ".join(parsed.notes)


def test_the_index_covers_the_catalogue_and_every_kept_file() -> None:
    assert {f"D{n:02d}" for n in range(1, 15)} <= {case["id"] for case in CASES}
    kept = {path.name for path in FOLDER.iterdir()} - {"index.toml"}
    assert kept == {case["file"] for case in CASES if "file" in case}


def test_what_stands_inside_a_longer_fence_stays_content() -> None:
    parsed = parse_reply((FOLDER / "D11-nested-fence.md").read_text(encoding="utf-8"))
    assert isinstance(parsed, Submission)
    assert b"```python app/decoy.py" in parsed.as_mapping()["README.md"]


def test_a_cut_fence_keeps_what_arrived() -> None:
    parsed = parse_reply((FOLDER / "D12-unclosed.md").read_text(encoding="utf-8"), finish_reason="length")
    assert isinstance(parsed, Submission)
    assert parsed.as_mapping()["app/cut.py"].startswith(b"def handler():\n")
    assert any("finish_reason='length'" in note for note in parsed.notes)
