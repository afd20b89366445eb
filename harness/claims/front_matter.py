"""Limits in the front matter that the real command lines know: `maxTurns`, `timeout_mins`, `max_iter`, `limits`.

Refuses keys that set up a model or a tool (`max_tokens`, `max_retries`): a delivery can neither keep nor break those.
"""

import math
import re
from collections.abc import Iterator, Mapping

from harness.model.claim import Claim

# Key without case and separators -> metric, unit, factor. Sources: the documentation of Claude Code (maxTurns), Gemini
# CLI (max_turns, timeout_mins), opencode (steps, once maxSteps), crewAI (max_iter, max_execution_time in seconds).
_LIMITS = {
    "maxruntimeminutes": ("wall_time_min", "min", 1.0),
    "maxruntimemins": ("wall_time_min", "min", 1.0),
    "maxminutes": ("wall_time_min", "min", 1.0),
    "timeoutmins": ("wall_time_min", "min", 1.0),
    "timeoutminutes": ("wall_time_min", "min", 1.0),
    "maxtimeminutes": ("wall_time_min", "min", 1.0),
    "maxruntimeseconds": ("wall_time_min", "min", 1 / 60),
    "maxexecutiontime": ("wall_time_min", "min", 1 / 60),
    "timeoutseconds": ("wall_time_min", "min", 1 / 60),
    "timeoutsecs": ("wall_time_min", "min", 1 / 60),
    "maxtoolcalls": ("tool_calls", "calls", 1.0),
    "maxtooluses": ("tool_calls", "calls", 1.0),
    "maxfiles": ("files", "files", 1.0),
    "maxfilesperresponse": ("files", "files", 1.0),
    "maxfileschanged": ("files", "files", 1.0),
    "maxiterations": ("iterations", "iterations", 1.0),
    "maxiter": ("iterations", "iterations", 1.0),
    "maxsteps": ("iterations", "iterations", 1.0),
    "steps": ("iterations", "iterations", 1.0),
    "maxturns": ("turns", "turns", 1.0),
    "maxsessionturns": ("turns", "turns", 1.0),
    "maxtokens": ("tokens", "tokens", 1.0),
    "maxoutputtokens": ("tokens", "tokens", 1.0),
}
_OF_THE_RUN = ("maxiterations", "maxiter", "maxturns", "maxtoolcalls")  # say what they limit wherever they stand
_ELSEWHERE = re.compile(r"(?i)retr|hook|mcp|model|context|memory|tools?$|server|cache|search")
_NESTED = re.compile(r"(?i)^(?:limits?|budgets?|constraints?|guardrails?|run_?config|execution|runtime|resources?)$")


def limits(front: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str, float, str, str]]:
    """(quote, metric, value, unit, op) per key that limits a run; `*_frequency` is kept as stated, since nobody says
    what it means."""
    for key, value in front.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            if not prefix and _NESTED.match(str(key)):
                yield from limits(value, f"{key}.")
            elif not prefix and not _ELSEWHERE.search(str(key)):
                own = {k: v for k, v in value.items() if re.sub(r"[\W_]", "", str(k)).lower() in _OF_THE_RUN}
                yield from limits(own, f"{key}.")
            continue
        number = _number(value)  # a leniently read front matter holds text only
        if number is None or number <= 0:
            continue
        spelled = re.sub(r"[\W_]", "", str(key)).lower()
        known = _LIMITS.get(spelled) or (_LIMITS.get(f"max{spelled}") if prefix else None)
        if known is not None and (prefix or known[0] != "tokens"):  # at the top it is a setting of the model
            metric, unit, factor = known
            yield f"{name}: {value}", metric, round(number * factor, 9), unit, "<="
        elif str(key).endswith("_frequency"):
            yield f"{name}: {value}", str(key), number, "", "="


def from_front_matter(front: Mapping[str, object]) -> Iterator[Claim]:
    """The same as claims; ids are given by the caller."""
    for quote, metric, value, unit, op in limits(front):
        yield Claim(
            id="",
            quote=quote,
            span=(0, 0),
            line=0,
            metric=metric,
            op="<=" if op == "<=" else "=",
            value=value,
            unit=unit,
            modality="limit",
            part="front_matter",
        )


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
