"""How strangers lay out files (fixtures/layouts, fixtures/replies/strangers): read as a careful reader would."""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness.intake.parse import parse_reply
from harness.model.submission import NeedsFollowUp, Refusal, Submission

FIXTURES = Path(__file__).parents[3] / "fixtures"
CASES: list[dict[str, Any]] = [
    {**case, "id": f"{path.stem}:{case['id']}"}
    for path in sorted((FIXTURES / "layouts").glob("*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
]
STRANGERS = sorted(path.parent for path in (FIXTURES / "replies" / "strangers").glob("*/reply.md"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_reply_is_laid_out_as_a_reader_would(case: dict[str, Any]) -> None:
    starter = {path: text.encode() for path, text in case.get("starter", {}).items()}
    parsed = parse_reply(case["reply"], starter=starter)
    if "refused" in case:
        assert isinstance(parsed, Refusal), parsed
        assert parsed.code == case["refused"]
        assert case.get("says", "") in parsed.message
        return
    if "follow_up" in case:
        assert isinstance(parsed, NeedsFollowUp), parsed
        asked = [line.split(" ")[1] for line in parsed.message.splitlines() if line.startswith("- /")]
        assert asked == case["follow_up"]
        return
    assert isinstance(parsed, Submission), parsed
    found = {path: content.decode().strip() for path, content in parsed.as_mapping().items()}
    assert found == {path: text.strip() for path, text in case["files"].items()}
    assert sorted(file.path for file in parsed.files if file.executable) == sorted(case.get("executable", []))
    assert list(parsed.flags) == case.get("flags", [flag for flag in parsed.flags if flag == "joined_fragments"])
    assert case.get("says", "") in " ".join(parsed.notes)
    if "fates" in case:
        assert [block.fate for block in parsed.blocks] == case["fates"]


@pytest.mark.parametrize("folder", STRANGERS, ids=lambda folder: folder.name)
def test_a_strangers_reply_is_laid_out_file_by_file(folder: Path) -> None:
    parsed = parse_reply((folder / "reply.md").read_text(encoding="utf-8"))
    assert isinstance(parsed, Submission), parsed
    found = {
        path: hashlib.sha256(content.decode().strip().encode()).hexdigest()
        for path, content in parsed.as_mapping().items()
    }
    expected = json.loads((folder / "files.json").read_text(encoding="utf-8"))
    assert found == {path: entry["sha256_of_stripped"] for path, entry in expected.items()}
    assert "truncated" not in parsed.flags


def test_six_replies_of_strangers_are_kept() -> None:
    assert len(STRANGERS) == 6


def test_every_block_of_every_case_is_told_of() -> None:
    for case in CASES:
        parsed = parse_reply(case["reply"], starter={p: t.encode() for p, t in case.get("starter", {}).items()})
        files = {block.path for block in parsed.blocks if block.fate in ("file", "truncated", "applied")}
        if isinstance(parsed, Submission):
            told = {path for entry in files for path in entry.split(", ")}
            started = set(case.get("starter", {}))
            assert {file.path for file in parsed.files} - started <= {path.removeprefix("./") for path in told}, case[
                "id"
            ]
