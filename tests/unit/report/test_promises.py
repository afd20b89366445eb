"""The promises section counts every claim once per trial and shows the worst finding."""

from dataclasses import replace

from harness.model.claim import Claim, PromiseResult, Verdict
from harness.report.parts import Bundle
from harness.report.promises import promises_section, versions_section


def promise(verdict: Verdict, why: str) -> PromiseResult:
    claim = Claim("p95_ms:1", "p95 < 100 ms", (0, 12), 1, "p95_ms", "<", 100.0, "ms")
    return PromiseResult(claim, verdict, None, why)


def test_every_trial_is_counted_and_the_worst_finding_is_shown(bundle: Bundle) -> None:
    label = bundle.records[0].trial.agent_label
    mine = [record for record in bundle.records if record.trial.agent_label == label]
    verdicts: list[Verdict] = ["broken" for _ in mine]
    verdicts[0] = "kept"
    promised = {
        record.trial: replace(record, promises=(promise(verdict, f"measured as {verdict}"),))
        for record, verdict in zip(mine, verdicts, strict=True)
    }
    records = tuple(promised.get(record.trial, record) for record in bundle.records)
    section = promises_section(replace(bundle, records=records))
    assert section is not None
    (row,) = section.tables[0].rows
    assert row[:6] == (label, "p95_ms < 100", "1", str(len(mine) - 1), "0", str(len(mine)))
    assert ("broken" in row[6]) == (len(mine) > 1)


def test_without_promises_there_is_no_section(bundle: Bundle) -> None:
    assert promises_section(replace(bundle, records=tuple(replace(r, promises=()) for r in bundle.records))) is None


def test_versions_are_named_with_their_definition(bundle: Bundle) -> None:
    rows = versions_section(bundle).tables[0].rows
    assert [row[0] for row in rows] == list(bundle.lock.agents)
