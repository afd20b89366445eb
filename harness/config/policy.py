"""Loads a gate policy from TOML: validated, hashed, resolved into a Policy.

Refuses unknown keys, and looks that do not rise: a look declared after the fact is not a declared look.
"""

import hashlib
from pathlib import Path

from harness.compare.differing import DECISIVE, SHOWN, words_of
from harness.documents import read_text, read_toml
from harness.errors import UsageError
from harness.gate.policy import Floor, NonInferiority, Policy
from harness.model.jsontypes import JsonObject


def load_policy(path: Path) -> Policy:
    """The policy at `path`; its sha256 is over the file's text. UsageError names file and key."""
    toml = read_toml(path, "policy")
    absolute, caps = toml.get("absolute", {}), toml.get("caps", {})
    return Policy(
        name=toml["name"],
        sha256=hashlib.sha256(read_text(path).encode()).hexdigest(),
        candidate=toml["candidate"],
        baseline=toml.get("baseline"),
        confirmed_critical=absolute.get("confirmed_critical", 0),
        promises_broken=absolute.get("promises_broken"),
        floors=tuple(Floor(f["endpoint"], f["at_least"], f.get("bound", "lower")) for f in toml.get("floors", [])),
        non_inferiority=_non_inferiority(path, toml.get("non_inferiority")),
        void_share=caps.get("void_share", 0.05),
        void_gap=caps.get("void_gap", 0.03),
        promises_measured=float(absolute.get("promises_measured", 0.8)),
        looks=str(path.parent / toml["looks"]) if "looks" in toml else "",
        may_differ=_may_differ(path, toml.get("may_differ")),
    )


def _may_differ(path: Path, words: list[str] | None) -> tuple[str, ...]:
    return words_of(",".join(words), (*DECISIVE, *SHOWN), f"{path}: key may_differ") if words else ()


def _non_inferiority(path: Path, table: JsonObject | None) -> NonInferiority | None:
    if table is None:
        return None
    looks = tuple(table.get("looks", ()))
    if list(looks) != sorted(looks):
        raise UsageError(
            "looks_order", f"{path}: key non_inferiority.looks: {list(looks)!r} must rise, e.g. [4, 7, 10]"
        )
    return NonInferiority(tuple(table["endpoints"]), float(table.get("margin", 0.10)), looks)
