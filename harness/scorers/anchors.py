"""Anchors: a score on the scale of its own task, where an empty service is 0 and the reference is 1.

Refuses latency: how fast a host is must not be carried to another, so scorers of exclusive probes have no anchors; and
refuses anchors that were measured on anything else than what is scored now. Nothing is ever decided by them.
"""

from collections.abc import Collection, Sequence

from harness.model.jsontypes import JsonObject
from harness.model.score import Anchor
from harness.model.task import Task
from harness.ports import Scorer


def anchored(value: float, anchor: Anchor) -> float:
    """`value` on the scale stub = 0, reference = 1, cut off at both ends.

    A scorer that cannot tell the stub from the reference (an empty service has no finding either) has no scale of its
    own there: its value is given back as it is.
    """
    zero = anchor.stub or 0.0
    if zero >= anchor.reference:
        return value
    return min(1.0, max(0.0, (value - zero) / (anchor.reference - zero)))


def fitting(
    task: Task, document: JsonObject | None, scorers: Sequence[Scorer], profile: str, alone: Collection[str]
) -> tuple[dict[str, Anchor], dict[str, str]]:
    """The anchors by scorer that hold for this task, these scorers and this profile; and why the other scorers have
    none, as a sentence.

    document: the task's anchors.lock.json, valid against its schema; None = it has none. alone: scorers that depend on
    how fast the host is.
    """
    found: dict[str, Anchor] = {}
    lacking: dict[str, str] = {}
    for scorer in scorers:
        result = _anchor(task, document, scorer, profile) if scorer.name not in alone else "latency is of one host only"
        if isinstance(result, Anchor):
            found[scorer.name] = result
        else:
            lacking[scorer.name] = result
    return found, lacking


def _anchor(task: Task, document: JsonObject | None, scorer: Scorer, profile: str) -> Anchor | str:
    again = f"`harness task check {task.id}` writes it"
    if document is None:
        return f"the task has no anchors.lock.json; {again}"
    if document["task_digest"] != task.digest:
        return f"anchors.lock.json is of another version of the task ({document['task_digest'][:12]}); {again} anew"
    if document["profile"] != profile:
        return f"anchors.lock.json was measured with profile {document['profile']}, this run has {profile}"
    entry = document["anchors"].get(scorer.name)
    if entry is None:
        return "the task check came to no value of this scorer for the reference"
    if entry["scorer_version"] != scorer.version:
        return f"anchors.lock.json is of version {entry['scorer_version']} of it, now {scorer.version}; {again} anew"
    if (entry["stub"] or 0.0) >= entry["reference"]:
        return f"an empty service is worth as much as the reference here ({entry['stub'] or 0.0:g}): no scale"
    return Anchor(entry["stub"], entry["reference"])
