"""What `agent show` and `agent claims` print."""

import json

from harness.claims.describe import as_json, describe
from harness.claims.extract import extract
from harness.model.agent import AgentSpec

SPEC = AgentSpec(
    "careful",
    "",
    'Coverage > 80%\nMaximum 10 files\n```\n"files_count": 12\n```\n',
    "ab" * 32,
    "careful.md",
    tools=("read", "write"),
    unknown_tools=("magic",),
    warnings=("odd: something was odd",),
)


def test_show_leaves_claims_out() -> None:
    text = describe(SPEC)
    assert "careful.md" in text
    assert "magic" in text
    assert "odd: something was odd" in text
    assert "claims" not in text


def test_claims_have_quotes_denominators_and_conflicts() -> None:
    text = describe(SPEC, extract(SPEC))
    assert "claims: 3; 2 state a number that a delivery can keep or break; a task measures those that its" in text
    assert "'Coverage > 80%'" in text
    assert "body line 1" in text
    assert "definition_conflict" in text


def test_versions_are_shown_as_they_are_written() -> None:
    spec = AgentSpec("v", "", "Node 18+ and Python 3.9+ and Go 1.21+\n", "ab" * 32, "v.md")
    lines = [line.split("  [")[0].strip() for line in describe(spec, extract(spec)).splitlines() if ">=" in line]
    assert sorted(lines) == ["version.go >= 1.21", "version.node >= 18", "version.python >= 3.9"]


def test_the_version_is_named_where_it_is_known() -> None:
    assert "  version  careful@12345678" in describe(SPEC, None, "careful@12345678")
    assert "version" not in describe(SPEC)


def test_json_is_plain_data() -> None:
    document = json.loads(json.dumps(as_json(SPEC, extract(SPEC)), allow_nan=False))
    assert document["held"] == [c["id"] for c in document["claims"] if c["modality"] in ("promise", "limit")]
    assert document["findings"][0]["code"] == "definition_conflict"
