"""A row of facts as columns of the index, and back.

Refuses to know where a fact comes from (compare/row says it). What is single is a column that `sqlite3` can ask for;
what is manifold is JSON. Claims are long and few: a row names them by digest.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, Final, get_origin, get_type_hints

from harness.compare.row import Row
from harness.model.claim import Claim
from harness.store import codec

COLUMNS: Final = tuple(field.name for field in fields(Row))
_TYPES: Final = get_type_hints(Row)
_JSON: Final = frozenset(name for name in COLUMNS if get_origin(_TYPES[name]) is tuple)
_MANY: Final = ("values", "figures")  # differ from trial to trial: no use in remembering their texts
_NONE: Final = "[]"
_TOGETHER: Final = 5000  # texts read as one: the list that they make stays small
_PLACES: Final = {name: number for number, name in enumerate(COLUMNS)}

Columns = tuple[Any, ...]
Claims = dict[str, Claim]  # by digest


def to_columns(row: Row, claims: Claims) -> Columns:
    """One value a column, in the order of COLUMNS; the claims that the row names are added to `claims`."""
    promises = [(_digest_of(claim, claims), verdict) for claim, verdict in row.promises]
    return tuple(
        _text(promises if name == "promises" else getattr(row, name)) if name in _JSON else getattr(row, name)
        for name in COLUMNS
    )


def rows_of(found: Iterable[Sequence[Any]], claims: Mapping[str, Claim]) -> Iterator[Row]:
    """The inverse, for many: equal texts are read once, unequal ones together."""
    known: dict[str, Any] = {_NONE: ()}
    lines = [list(columns) for columns in found]
    for name in COLUMNS:
        place = _PLACES[name]
        if name in _MANY:
            for start in range(0, len(lines), _TOGETHER):
                part = lines[start : start + _TOGETHER]
                texts = ",".join(line[place] for line in part)
                for line, value in zip(part, json.loads(f"[{texts}]"), strict=True):
                    line[place] = tuple(value)
        elif name in _JSON:
            for line in lines:
                text = line[place]
                if text not in known:
                    known[text] = tuple(_item(value, claims) for value in json.loads(text))
                line[place] = known[text]
        elif _TYPES[name] is bool:
            for line in lines:
                line[place] = line[place] == 1
    return (Row(*line) for line in lines)


def claim_text(claim: Claim) -> str:
    """A claim as it lies in the index."""
    return json.dumps(codec.to_json(claim), sort_keys=True)


def claim_of(text: str) -> Claim:
    """The inverse."""
    return codec.claim_from_json(json.loads(text))


def _digest_of(claim: Claim, claims: Claims) -> str:
    digest = _digest(claim)
    claims[digest] = claim
    return digest


@lru_cache(maxsize=4096)
def _digest(claim: Claim) -> str:
    return hashlib.sha256(claim_text(claim).encode()).hexdigest()[:20]


def _item(value: Any, claims: Mapping[str, Claim]) -> Any:
    """One of a JSON column's items: a text, or a pair, of which a claim's digest may be the first."""
    return (claims.get(value[0], value[0]), *value[1:]) if isinstance(value, list) else value


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":")) if value else _NONE
