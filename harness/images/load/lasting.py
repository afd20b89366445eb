"""What a record showed before the service was killed, and whether it shows the same afterwards. Pure.

It refuses to take a service's word for it: an identity that is merely repeated keeps nothing. It compares values that
two looks at some distance agreed on and that the answer of the creation, where it shows them, agreed with too; what
changes by itself (a counter that nobody moves, the time of the last access) is left out. The order of a list is free.
Of each three records one stays as it was made, one is then changed or counted by a request of the mix, and looked at
twice again, and one is deleted: what it shows is then that it is gone.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scenario import PLACEHOLDER, Record

SHOWN = 200  # values of one record that are compared
TEXT = 200  # characters of a value that are kept; of a longer one its digest
DEPTH = 6
LOCATION = "(Location)"
UNKNOWN = -1
Values = Mapping[str, str]


@dataclass
class Witness:
    """A record acknowledged during the soak: what its creation showed, and each look at it before an outage; `gone`:
    the status by which it was refused after it had been deleted, UNKNOWN when the deletion or that look failed."""

    record: Record
    created: Values
    looks: list[Values] = field(default_factory=list)
    gone: int = 0

    def handled(self) -> None:
        """Something was done to it: what was seen before tells nothing of what is to last."""
        self.created, self.looks = {}, []


@dataclass(frozen=True)
class Reader:
    """A GET of the mix that shows a record of set-up block `writer`. `own`: its path holds what that block saved, so
    that nobody else touches what it shows; `touched`: names of members that other requests of the mix may change."""

    block: Mapping[str, Any]
    writer: int
    own: bool
    touched: frozenset[str] = frozenset()


def reader_of(load: Mapping[str, Any]) -> Reader | None:
    """The best GET of the mix to read a set-up block's records with: one that names the record in its path, shows it
    rather than leading elsewhere, and shows itself rather than something below it; None when there is none."""
    found = []
    for block in load["mix"]:
        for number, writer in enumerate(load.get("setup", [])):
            fields = [f"{{{name}}}" for name in writer.get("save") or {}]
            if block["method"] != "GET" or block.get("pool") != writer["pool"]:
                continue
            own = any(name in block["path"] for name in fields)
            if own or any(name in str(block.get("headers")) for name in fields):
                leads_away = min(block.get("expect") or [200]) >= 300
                below = PLACEHOLDER.fullmatch(block["path"].rsplit("/", 1)[-1]) is None
                found.append((not own, leads_away, below, len(found), block, number))
    if not found:
        return None
    not_own, *_, block, number = min(found)
    return Reader(block, number, not not_own, frozenset() if not not_own else touched_by(load))


def changers_of(load: Mapping[str, Any], reader: Reader) -> list[Mapping[str, Any]]:
    """Other requests of the mix that address the very record that the reader shows: what they change, or count, is to
    last as well. None where others may touch that record too."""
    writer = load["setup"][reader.writer]
    fields = [f"{{{name}}}" for name in writer.get("save") or {}]
    return [
        block
        for block in load["mix"]
        if reader.own
        and block is not reader.block
        and block.get("pool") == writer["pool"]
        and any(name in block["path"] for name in fields)
    ]


def fate_of(number: int, changers: Sequence[Mapping[str, Any]], removable: bool) -> Mapping[str, Any] | str:
    """What is done to record `number` after it has been looked at: a request of the mix, "delete", or "" nothing."""
    turn, kind = divmod(number, 3)
    if kind == 2 and removable:
        return "delete"
    return changers[turn % len(changers)] if kind == 1 and changers else ""


def touched_by(load: Mapping[str, Any]) -> frozenset[str]:
    """Names in the bodies of requests of the mix that change something; making further records changes nothing."""
    creations = {(block["method"], block["path"]) for block in load.get("setup", [])}
    changes = [b for b in load["mix"] if b["method"] != "GET" and (b["method"], b["path"]) not in creations]
    return frozenset(name for block in changes for name in _names(block.get("json")))


def shown(body: bytes, location: str) -> Values:
    """Dotted path -> value as JSON text, of every member of a JSON answer, and where a redirect leads."""
    values = {LOCATION: location} if location else {}
    try:
        for path, value in _leaves(json.loads(body) if body else {}, "", DEPTH):
            if len(values) >= SHOWN:
                break
            values[path] = value if len(value) <= TEXT else hashlib.sha256(value.encode()).hexdigest()
    except (ValueError, RecursionError):
        pass
    return values


def kept(witness: Witness, reader: Reader, moving: Collection[str]) -> Values:
    """The values that must be there again; none when there were not two looks."""
    if len(witness.looks) < 2:
        return {}
    first, *others = witness.looks
    return {
        path: value
        for path, value in first.items()
        if all(look.get(path) == value for look in others)
        and witness.created.get(path, value) == value
        and path not in moving
        and not reader.touched & set(path.split("."))
    }


def moving_in(witnesses: Sequence[Witness], reader: Reader) -> set[str]:
    """Paths whose value differed between two looks at any one record, where others may have changed it."""
    if reader.own:
        return set()  # nobody else touches these records: each speaks for itself
    return {
        path
        for witness in witnesses
        for before, after in zip(witness.looks, witness.looks[1:], strict=False)
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    }


def difference(wanted: Values, now: Values) -> str:
    """What is not as it was, "" when everything is."""
    for path, value in wanted.items():
        if now.get(path) != value:
            seen = f"{now[path][:100]!r}" if path in now else "missing"
            return f"{path!r} was {value[:100]!r} in both looks before the outage, now it is {seen}"
    return ""


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and depth > 0:
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name, depth - 1)
    elif isinstance(value, list):
        yield path, "[" + ",".join(sorted(json.dumps(item, sort_keys=True) for item in value)) + "]"
    else:
        same = int(value) if isinstance(value, float) and value.is_integer() else value  # 5.0 is 5
        yield path, json.dumps(same, sort_keys=True)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)
