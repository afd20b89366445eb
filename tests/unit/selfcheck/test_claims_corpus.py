"""Precision and recall over labelled definitions: counted by half, missing texts said, nothing softened."""

import hashlib
import json
from pathlib import Path

import pytest

from harness.selfcheck.claims_corpus import LABELS, main, misses, read_labels, readings, table, texts_in

TEXTS = {"a/one": "Coverage > 80%\n", "b/two": "Uptime > 99%\np95 < 10 ms\n", "c/three": "Be careful.\n"}


def corpus(folder: Path, held: dict[str, list[str]]) -> Path:
    rows = []
    for source, text in TEXTS.items():
        (folder / f"{source.replace('/', '-')}.md").write_text(text, encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        rows.append({"source": source, "path": "x.md", "sha256": digest, "held": held.get(source, [])})
    labels = folder.parent / "labels.jsonl"
    labels.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return labels


def test_right_false_and_missed_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    labels = read_labels(corpus(folder, {"a/one": ["coverage_pct>80", "files<=3"], "b/two": ["p95_ms<10"]}))
    found = readings(labels, texts_in(folder))
    assert [(sorted(r.false), sorted(r.missed)) for r in found] == [
        ([], ["files<=3"]),
        (["request_success_pct>99"], []),
        ([], []),
    ]
    last = table(found, 0).splitlines()[-1]
    assert "precision 0.67" in last
    assert "(2 of 3)  recall 0.67" in last
    assert {r.label.half for r in found} <= {"tuned", "second"}
    assert sum(len(misses(found, half).splitlines()) for half in ("tuned", "second")) == 2


def test_absent_texts_are_said_and_none_at_all_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    labels = corpus(folder, {})
    (folder / "c-three.md").unlink()
    assert main([str(folder), "--labels", str(labels)]) == 0
    assert "1 texts not given" in capsys.readouterr().out
    assert main([str(tmp_path / "nothing"), "--labels", str(labels)]) == 2
    assert "SHA-256" in capsys.readouterr().err


def test_the_committed_labels_are_many_of_many_sources() -> None:
    labels = read_labels(LABELS)
    assert len(labels) >= 80
    assert len({label.source for label in labels}) >= 50
    assert len({label.sha256 for label in labels}) == len(labels)
    assert min(sum(label.half == half for label in labels) for half in ("tuned", "second")) >= 40
