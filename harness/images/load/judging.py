"""Whether one answer under load is what its request asked for.

Refuses what is fast because it is empty: a success must have the members that the task's contract requires, an answer
about one record must show the record that was asked for, and a redirect must lead somewhere. It demands nothing that
the contract does not say, and holds a refusal to its status alone: other probes read what is in it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scenario import Request, dotted

OK, BAD_STATUS, TIMEOUT, NO_ANSWER, BAD_BODY = range(5)
OUTCOMES = ("ok", "bad_status", "timeout", "no_answer", "bad_body")
REDIRECTS = (301, 302, 303, 307, 308)
PYTHON = {"object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),)}


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 = nothing usable, `problem` says why."""

    status: int = 0
    body: bytes = b""
    problem: str = ""
    is_json: bool = False
    location: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def judge(request: Request, answer: Answer) -> tuple[int, str]:
    """Index into OUTCOMES and what is wrong. TIMEOUT is never returned: only who waited knows it."""
    if answer.status == 0:
        return NO_ANSWER, answer.problem or "no answer"
    if answer.status not in request.expect:
        return BAD_STATUS, f"status {answer.status}, expected {' or '.join(map(str, request.expect[:6]))}"
    if answer.problem:
        return BAD_BODY, answer.problem
    if answer.status in REDIRECTS and not answer.location:
        return BAD_BODY, f"status {answer.status} without a Location"
    problem = "" if request.method == "HEAD" else _problem(request, answer)
    return (BAD_BODY, problem[:300]) if problem else (OK, "")


def _problem(request: Request, answer: Answer) -> str:
    """What is wrong with the body, "" when nothing is. What calls itself JSON must be JSON, whatever the status."""
    success = answer.status < 300
    shape = shape_of(request, answer.status) if success else None
    shows = success and _must_show(request, shape)
    demanded = shows or (shape or {}).get("json", False)
    if not demanded and not (answer.is_json and answer.body):
        return ""
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}" if answer.is_json else "no JSON body where the contract has one"
    if not success:
        return ""
    return _misshapen(value, shape or {}) or _other_record(request, value, shows)


def shape_of(request: Request, status: int) -> Mapping[str, Any] | None:
    """What the contract demands of an answer of this status: {json, types, required}; None = it does not say."""
    for key in (str(status), f"{status // 100}XX", "default"):
        if key in request.answers:
            found: Mapping[str, Any] = request.answers[key]
            return found
    return None


def _must_show(request: Request, shape: Mapping[str, Any] | None) -> bool:
    """Whether the identity that was asked for must be in the answer: where the contract requires it, and in a read
    that it does not describe at all."""
    if request.echo is None:
        return False
    return request.method == "GET" if shape is None else request.echo[0] in shape["required"]


def _misshapen(value: Any, shape: Mapping[str, Any]) -> str:
    types = shape.get("types") or ()
    if types and not any(_is(value, kind) for kind in types):
        return f"a JSON {type(value).__name__} where the contract has {' or '.join(types)}"
    if not isinstance(value, dict):
        return ""
    for path in shape.get("required") or ():
        try:
            dotted(value, path)
        except KeyError:
            return f"no {path!r}, which the contract requires"
    return ""


def _other_record(request: Request, value: Any, shows: bool) -> str:
    if request.echo is None:
        return ""
    path, wanted = request.echo
    try:
        seen = str(dotted(value, path))
    except KeyError:
        return f"asked for {path} = {wanted!r}, which the answer does not show" if shows else ""
    return "" if seen == wanted else f"asked for {path} = {wanted!r}, answered {seen!r}"


def _is(value: Any, kind: str) -> bool:
    if kind in ("integer", "number"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, PYTHON.get(kind, (object,)))
