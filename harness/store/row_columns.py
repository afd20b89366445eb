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
_MANY: Final = frozenset({"results", "figures"})  # differ from trial to trial: no use in remembering their texts
_NONE: Final = "[]"

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
    """The inverse, for many: equal texts are read once."""
    known: dict[str, Any] = {_NONE: ()}
    places = {name: number for number, name in enumerate(COLUMNS)}
    few = [places[name] for name in _JSON - _MANY - {"promises"}]
    many, promises = [places[name] for name in _MANY], places["promises"]
    truths = [places[name] for name in COLUMNS if _TYPES[name] is bool]
    for columns in found:
        values = list(columns)
        for place in few:
            text = values[place]
            if text not in known:
                known[text] = tuple(map(_item, json.loads(text)))
            values[place] = known[text]
        for place in many:
            values[place] = tuple(map(_item, json.loads(values[place])))
        text = "promises " + values[promises]
        if text not in known:
            known[text] = tuple((claims[digest], verdict) for digest, verdict in json.loads(values[promises]))
        values[promises] = known[text]
        for place in truths:
            values[place] = bool(values[place])
        yield Row(*values)


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


def _item(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":")) if value else _NONE
