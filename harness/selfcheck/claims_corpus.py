"""How well promises are read from definitions nobody here wrote: precision and recall over a labelled folder of texts.

`python -m harness.selfcheck.claims_corpus FOLDER [--labels FILE] [--misses]`. The labels are kept here, the texts are
other people's and are not: each is found by the SHA-256 of its content. The definitions are halved by a digest of their
source (repository or package), so that a family stays together: rules were first tuned on half `tuned` alone, and on
`second` only after its figures were written down. Those of a later round were labelled before the rules had seen them;
`fresh` is the last round. Counted lists of a reply's parts (`reply_sections` and its like) are left out.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.claims.extract import extract
from harness.claims.hold import enforceable
from harness.claims.interval import wilson
from harness.config.definition import read_definition

Half = Literal["tuned", "second", "fresh"]
LABELS = Path(__file__).parents[2] / "tests" / "unit" / "claims" / "corpus" / "labels.jsonl"
_LAST_ROUND = 12
_PARTS_OF_A_REPLY = ("reply_sections", "deliverables", "reply_json_keys")


@dataclass(frozen=True)
class Label:
    """What a reader found promised in one definition; `held` as `p95_ms<200`."""

    source: str
    path: str
    sha256: str
    held: frozenset[str]
    round: int = 1  # later ones were labelled after the rules had been tuned on those before

    @property
    def half(self) -> Half:
        if self.round > 1:
            return "fresh" if self.round == _LAST_ROUND else "tuned"
        digest = hashlib.sha256(self.source.encode()).hexdigest()
        return "tuned" if int(digest, 16) % 2 else "second"


@dataclass(frozen=True)
class Reading:
    """One definition: what was held beside what should be."""

    label: Label
    held: frozenset[str]

    @property
    def false(self) -> frozenset[str]:
        return self.held - self.label.held

    @property
    def missed(self) -> frozenset[str]:
        return self.label.held - self.held


def read_labels(path: Path = LABELS) -> tuple[Label, ...]:
    """Every label of the file, in its order."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return tuple(
        Label(row["source"], row["path"], row["sha256"], frozenset(row["held"]), row.get("round", 1)) for row in rows
    )


def held_in(path: Path) -> frozenset[str]:
    """What the harness holds of the definition at `path`."""
    claims = enforceable(extract(read_definition(path)))
    return frozenset(f"{c.metric}{c.op}{c.value:g}" for c in claims if c.metric not in _PARTS_OF_A_REPLY)


def readings(labels: Iterable[Label], texts: Mapping[str, Path]) -> tuple[Reading, ...]:
    """One reading per label whose text is there; texts: by SHA-256."""
    return tuple(Reading(label, held_in(texts[label.sha256])) for label in labels if label.sha256 in texts)


def texts_in(folder: Path) -> dict[str, Path]:
    """Every file below `folder` by the SHA-256 of its content."""
    return {hashlib.sha256(p.read_bytes()).hexdigest(): p for p in sorted(folder.rglob("*")) if p.is_file()}


def _share(part: int, whole: int) -> str:
    low, high = wilson(part, whole)
    value = f"{part / whole:.2f}" if whole else "none"
    return f"{value} [{low:.2f}, {high:.2f}] ({part} of {whole})"


def table(found: Sequence[Reading], absent: int) -> str:
    """Precision and recall of each part and of all, with 95 % Wilson intervals."""
    lines = [f"{len(found)} definitions of {len({r.label.source for r in found})} sources; {absent} texts not given"]
    for half in ("tuned", "second", "fresh", "all"):
        part = [r for r in found if half in (r.label.half, "all")]
        right = sum(len(r.held & r.label.held) for r in part)
        held, labelled = sum(len(r.held) for r in part), sum(len(r.label.held) for r in part)
        lines.append(
            f"{half:<7} {len(part):>3} definitions  precision {_share(right, held)}  recall {_share(right, labelled)}"
        )
    return "\n".join(lines)


def misses(found: Iterable[Reading], half: Half) -> str:
    """Every definition of the half that was misread, with what was held wrongly and what was not held."""
    return "\n".join(
        f"{r.label.source} {r.label.path}: false {sorted(r.false)}, missed {sorted(r.missed)}"
        for r in found
        if r.label.half == half and r.held != r.label.held
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 0 whatever it says, 2 when no text of a label is in the folder."""
    parser = argparse.ArgumentParser(prog="python -m harness.selfcheck.claims_corpus")
    parser.add_argument("folder", type=Path, help="the texts, under any names")
    parser.add_argument("--labels", type=Path, default=LABELS)
    parser.add_argument("--misses", choices=("tuned", "second", "fresh"), help="list what was misread of this half")
    options = parser.parse_args(arguments)
    labels = read_labels(options.labels)
    found = readings(labels, texts_in(options.folder))
    if not found:
        sys.stderr.write(f"no text in {options.folder} has the SHA-256 of a label in {options.labels}\n")
        return 2
    sys.stdout.write(table(found, len(labels) - len(found)) + "\n")
    if options.misses:
        sys.stdout.write(misses(found, options.misses) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
