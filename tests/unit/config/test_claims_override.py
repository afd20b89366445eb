"""Corrections by hand: bound to the definition's bytes, and every mistake names its key."""

from pathlib import Path
from typing import Any

import pytest

from harness.claims.extract import extract
from harness.config.claims_override import overridden
from harness.errors import UsageError
from harness.model.agent import AgentSpec

SHA = "cd" * 32


def spec() -> AgentSpec:
    return AgentSpec("a", "", "Coverage > 80%\nUptime > 99%", SHA, "a.md")


def corrected(folder: Path, text: str) -> dict[str, Any]:
    (folder / "a.claims.yaml").write_text(text, "utf-8")
    return {c.id: c for c in overridden(folder / "a.md", spec(), extract(spec()))}


def ids() -> tuple[str, str]:
    coverage, uptime = extract(spec())
    return coverage.id, uptime.id


def test_without_a_file_nothing_changes(tmp_path: Path) -> None:
    assert overridden(tmp_path / "a.md", spec(), extract(spec())) == extract(spec())


def test_set_drop_and_add(tmp_path: Path) -> None:
    coverage, uptime = ids()
    found = corrected(
        tmp_path,
        f"sha256: {SHA}\nset: {{'{coverage}': {{value: 70, note: agreed}}}}\n"
        f"drop: [{{id: '{uptime}', reason: not ours}}]\n"
        "add: [{metric: p99_ms, op: '<', value: 500, unit: ms, quote: half a second}]\n",
    )
    assert found[coverage].value == 70
    assert found[coverage].source == "manual"
    assert found[coverage].quote == "Coverage > 80%"
    assert uptime not in found
    assert [c.text for c in found.values() if c.metric == "p99_ms"] == ["p99_ms < 500"]


def test_the_long_name_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "a.md.claims.yaml").write_text(f"sha256: {SHA}\ndrop: [{{id: '{ids()[0]}', reason: x}}]\n")
    assert len(overridden(tmp_path / "a.md", spec(), extract(spec()))) == 1


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("sha256: " + "0" * 64, "stale_claims", "sha256"),
        ("[]", "bad_claims", "a mapping"),
        (f"sha256: {SHA}\nextra: 1", "bad_claims", "'extra'"),
        (f"sha256: {SHA}\ndrop: [{{id: 'nope:1', reason: x}}]", "bad_claims", "'nope:1'"),
        (f"sha256: {SHA}\ndrop: [{{id: ID}}]", "bad_claims", "reason"),
        (f"sha256: {SHA}\nset: {{ID: {{value: high}}}}", "bad_claims", "'high'"),
        (f"sha256: {SHA}\nset: {{ID: {{op: '~'}}}}", "bad_claims", "'~'"),
        (f"sha256: {SHA}\nset: {{ID: {{modality: wish}}}}", "bad_claims", "'wish'"),
        (f"sha256: {SHA}\nadd: [{{metric: x}}]", "bad_claims", "'op' is missing"),
        (f"sha256: {SHA}\nadd: {{}}\nset: []", "bad_claims", "a mapping"),
        (f"sha256: &a {SHA}\nset: {{x: *a}}", "bad_claims", "aliases"),
        ("{", "bad_claims", "not valid YAML"),
        (f"sha256: {SHA}\nset: !!python/object:os.system {{}}", "bad_claims", "not valid YAML"),
    ],
)
def test_mistakes_name_file_and_key(tmp_path: Path, text: str, code: str, named: str) -> None:
    with pytest.raises(UsageError) as error:
        corrected(tmp_path, text.replace("ID", f"'{ids()[0]}'"))
    assert error.value.code == code
    assert "a.claims.yaml" in error.value.message
    assert named in error.value.message
