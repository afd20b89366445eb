"""What a scripted model server does with one request, and the named fault modes as scripts of such steps.

Refuses to speak HTTP: that is `scripted_server`; and to know a provider's format: that is `scripted_wire`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Literal

# How an answer is sent that other servers send so too.
Manner = str  # "plain", or one of _MANNERS
COUNTED = "counted"  # usage as billed
Kind = Literal["answer", "status", "garbage", "not_json", "reset", "cut", "drip", "hang"]


@dataclass(frozen=True)
class Request:
    """A model request as it came in; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def turn(self) -> int:
        """1 for the first question of a conversation: one more than the assistant's messages in its history."""
        messages = self.body.get("messages", [])
        return 1 + len([m for m in messages if isinstance(m, dict) and m.get("role") == "assistant"])


@dataclass(frozen=True)
class Step:
    """One answer. `text` and `finish` ("stop" | "length") are given in each provider's own words.

    kind: answer = well formed; status = an error status; garbage = 200 with a page of HTML; not_json = 200 that calls
    itself JSON or events and is neither; reset = the connection is reset; cut = the answer ends in its middle; drip =
    one byte at a time, for ever; hang = nothing is ever said. `input_tokens` and `output_tokens` are what is billed;
    `usage` is told instead: a value for both counts, or None for no usage at all. `manner`: how an answer is sent.
    """

    kind: Kind = "answer"
    text: str = ""
    finish: Literal["stop", "length"] = "stop"
    status: int = 200
    code: str = ""  # the provider's word for an error
    headers: Mapping[str, str] = field(default_factory=dict)
    input_tokens: int = 100
    output_tokens: int = 200
    usage: object = COUNTED
    manner: Manner = "plain"


Script = Callable[[Request], Step]


def in_order(*steps: Step) -> Script:
    """Steps one after the other, whoever asks; the last one is repeated for ever. Not thread-safe by itself."""
    if not steps:
        raise ValueError("a script needs at least one step")
    left = list(steps)

    def script(request: Request) -> Step:
        return left.pop(0) if len(left) > 1 else left[0]

    return script


def by_turn(*texts: str) -> Script:
    """The n-th text answers the n-th question of a conversation (the last one every later question)."""
    if not texts:
        raise ValueError("a script needs at least one text")
    return lambda request: Step(text=texts[min(request.turn, len(texts)) - 1])


def _refusal(status: int, code: str, **headers: str) -> Step:
    return Step("status", status=status, code=code, headers={k.replace("_", "-"): v for k, v in headers.items()})


_BEFORE: dict[str, tuple[Step, ...]] = {
    "none": (),
    "429-once": (_refusal(429, "rate_limit_exceeded", retry_after="1"),),
    "503-once": (_refusal(503, "overloaded"), _refusal(503, "overloaded")),
    "reset-once": (Step("reset"),),
}
_ALWAYS: dict[str, Step] = {
    "429": _refusal(429, "rate_limit_exceeded", retry_after="1"),
    "500": _refusal(500, "server_error"),
    "400": _refusal(400, "invalid_request_error"),
    "401": _refusal(401, "invalid_api_key"),
    "403": _refusal(403, "permission_denied"),
    "404-model": _refusal(404, "model_not_found"),
    "quota": _refusal(429, "insufficient_quota"),
    "text-only": Step(text="I would build it with a database and some endpoints."),
    "empty": Step(text=""),
    "garbage": Step("garbage"),
    "not-json": Step("not_json"),
    "reset": Step("reset"),
    "cut": Step("cut"),
    "drip": Step("drip"),
    "hang": Step("hang"),
}
# Servers' habits: the answer counts, or is refused by name.
_MANNERS: tuple[Manner, ...] = (  # as scripted_wire says
    *("ignores-stream", "mislabelled", "crlf", "no-done", "comments", "no-blank-lines", "no-finish"),
    *("gzip", "deflate", "brotli", "bomb", "error-200"),
)
_USAGES: dict[str, object] = {
    "usage-missing": None,
    "usage-null": [None],
    "usage-negative": -5,
    "usage-huge": 10**15,
    "usage-text": "many",
    "usage-float": 12.5,
    "usage-zero": 0,
    "usage-true": True,
    "usage-list": [[1]],
}
FAULTS = (*_BEFORE, *_ALWAYS, "truncated", *_MANNERS, *_USAGES)


def faulty(fault: str, text: str) -> Script:
    """The script of a named fault mode; `text` is the good reply, where the mode ever comes to one."""
    if fault in _BEFORE:
        return in_order(*_BEFORE[fault], Step(text=text))
    if fault == "truncated":
        return in_order(Step(text=text[: len(text) // 2], finish="length"))
    for manner in _MANNERS:
        if fault == manner:
            return in_order(Step(text=text, manner=manner))
    if fault in _USAGES:
        return in_order(Step(text=text, usage=_USAGES[fault]))
    if fault not in _ALWAYS:
        raise ValueError(f"no such fault mode: {fault!r}; expected one of {', '.join(FAULTS)}")
    step = _ALWAYS[fault]
    return in_order(replace(step, text=text) if step.kind in ("cut", "drip") else step)


def reply_with(files: Mapping[str, str]) -> str:
    """A chat reply that delivers `files` (POSIX path -> text): fenced blocks with their paths."""
    parts = ["Here is the complete project."]
    for path, content in sorted(files.items()):
        longest = max((len(line) - len(line.lstrip("`")) for line in content.splitlines()), default=0)
        fence = "`" * max(3, longest + 1)
        language = PurePosixPath(path).suffix.removeprefix(".") or "text"
        parts.append(f"{fence}{language} {path}\n{content.rstrip(chr(10))}\n{fence}")
    return "\n\n".join(parts) + "\n"


def describe(requests: Sequence[Request]) -> list[str]:
    """One line per request, for people."""
    return [f"{r.method} {r.path} model={r.body.get('model')!r} turn={r.turn}" for r in requests]
