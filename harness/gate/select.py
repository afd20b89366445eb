"""Which agent version of a run a policy means.

Refuses to guess: a name that fits none or several versions is an error that lists what there is.
"""

from harness.errors import UsageError
from harness.model.suite import Lock


def version_of(lock: Lock, wanted: str | int, role: str) -> str:
    """The label that `wanted` names: its 1-based place in the suite, label, 8-digit version, file stem or agent name.

    role: where it was asked for, for the message: a policy's file and key, or a flag.
    """
    labels = tuple(lock.agents)
    if isinstance(wanted, int):
        if 1 <= wanted <= len(labels):
            return labels[wanted - 1]
        raise UsageError(
            "no_such_version", f"{role} {wanted!r}: expected a place from 1 to {len(labels)}; {_has(lock)}"
        )
    for names in (_label, _digest, _stem, _name):
        found = [label for label in labels if names(lock, label) == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                "ambiguous_version", f"{role} {wanted!r} fits {', '.join(found)}; name one by its label or its file"
            )
    raise UsageError("no_such_version", f"{role} {wanted!r} is not in this run; {_has(lock)}")


def _label(lock: Lock, label: str) -> str:
    return label


def _digest(lock: Lock, label: str) -> str:
    return label.rpartition("@")[2]


def _stem(lock: Lock, label: str) -> str:
    return str(lock.agents[label].get("source", "")).rsplit("/", 1)[-1].rpartition(".")[0]


def _name(lock: Lock, label: str) -> str:
    return str(lock.agents[label].get("name", ""))


def _has(lock: Lock) -> str:
    return "it has " + ", ".join(f"{n}: {_stem(lock, label)} ({label})" for n, label in enumerate(lock.agents, start=1))
