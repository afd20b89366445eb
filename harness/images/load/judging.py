"""Whether one answer under load is what its request asked for.

Refuses what is fast because it is empty: an answer about one record must show the record that was asked for. It holds
a refusal or a redirect to its status alone: what such an answer says in its body is free, and other probes read it.
"""

import json
from dataclasses import dataclass

from scenario import Request, dotted

OK, BAD_STATUS, TIMEOUT, NO_ANSWER, BAD_BODY = range(5)
OUTCOMES = ("ok", "bad_status", "timeout", "no_answer", "bad_body")


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 = nothing usable, `problem` says why."""

    status: int = 0
    body: bytes = b""
    problem: str = ""
    is_json: bool = False


def judge(request: Request, answer: Answer) -> tuple[int, str]:
    """Index into OUTCOMES and what is wrong. TIMEOUT is never returned: only who waited knows it."""
    if answer.status == 0:
        return NO_ANSWER, answer.problem or "no answer"
    if answer.status not in request.expect:
        return BAD_STATUS, f"status {answer.status}, expected {' or '.join(map(str, request.expect[:6]))}"
    if answer.problem:
        return BAD_BODY, answer.problem
    return _judge_body(request, answer)


def _judge_body(request: Request, answer: Answer) -> tuple[int, str]:
    """What calls itself JSON must be JSON, and an answer about one record must show the identity that was asked for."""
    about_one = request.echo if answer.status < 300 else None
    if not answer.is_json:
        return (BAD_BODY, "no JSON body where one record was asked for") if about_one and answer.body else (OK, "")
    try:
        value = json.loads(answer.body) if answer.body else None
    except (ValueError, RecursionError) as error:
        return BAD_BODY, f"not JSON: {error}"[:300]
    if about_one:
        path, wanted = about_one
        try:
            seen = str(dotted(value, path))
        except KeyError:
            return OK, ""
        if seen != wanted:
            return BAD_BODY, f"asked for {path} = {wanted!r}, answered {seen!r}"[:300]
    return OK, ""
