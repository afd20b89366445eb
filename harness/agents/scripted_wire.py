"""A scripted step in the words of a provider: bodies and event streams of chat completions and of messages.

Refuses to send: everything here is a value. Formats: OpenAI's chat completions (chunks, a finish chunk, a usage chunk,
`[DONE]`) and Anthropic's messages (message_start … message_stop), event order as observed with the official clients.
"""

import base64
import functools
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.agents.scripted_step import COUNTED, Request, Step

Protocol = Literal["openai-chat", "anthropic-messages"]
PIECE = 2000  # characters per event of a stream
BOMB = 100_000_000  # bytes that a bomb unpacks to
_BROTLI = base64.b64decode("iweAeyJpZCI6MX0D")  # some brotli stream: nobody here unpacks it


@dataclass(frozen=True)
class Payload:
    """What is sent: `pieces` are the events of a stream, or one whole body."""

    status: int
    content_type: str
    pieces: tuple[bytes, ...]
    encoding: str = ""  # Content-Encoding


def protocol_of(path: str) -> Protocol | None:
    """Which protocol a POST to `path` speaks, None when neither."""
    route = path.split("?", 1)[0].rstrip("/").removeprefix("/v1")
    routes: dict[str, Protocol] = {"/chat/completions": "openai-chat", "/messages": "anthropic-messages"}
    return routes.get(route)


def payload(protocol: Protocol, request: Request, step: Step) -> Payload:
    """The answer of `step` to `request`, streamed when the request asks for it."""
    if step.kind == "status":
        return Payload(step.status, "application/json", (_error(protocol, step),))
    if step.kind == "garbage":
        return Payload(200, "text/html", (b"<html><body>Welcome to the captive portal</body></html>",))
    if step.manner == "error-200":
        return Payload(200, "application/json", (b'{"error": {"message": "scripted upstream error", "code": 502}}',))
    streamed = bool(request.body.get("stream")) and step.manner != "ignores-stream"
    made = _answer(protocol, request, step, streamed)
    return _in_manner(made, step.manner, streamed)


def _answer(protocol: Protocol, request: Request, step: Step, streamed: bool) -> Payload:
    if step.kind == "not_json":
        if streamed:
            return Payload(200, "text/event-stream", (b"event: message_start\ndata: {oops\n\n",))
        return Payload(200, "application/json", (b'{"choices": [{"mess',))
    model = str(request.body.get("model", "scripted"))
    if not streamed:
        whole = _completion(model, step) if protocol == "openai-chat" else _message(model, step)
        return Payload(200, "application/json", (json.dumps(whole).encode(),))
    if protocol == "openai-chat":
        options = request.body.get("stream_options")
        with_usage = isinstance(options, dict) and bool(options.get("include_usage"))
        return Payload(200, "text/event-stream", _chunks(model, step, with_usage))
    return Payload(200, "text/event-stream", _events(model, step))


def _in_manner(made: Payload, manner: str, streamed: bool) -> Payload:
    """The same answer as other servers send it."""
    pieces, kind = made.pieces, made.content_type
    if manner == "bomb":
        return Payload(made.status, kind, _bomb(), "gzip")
    if manner in ("gzip", "deflate"):
        packer = zlib.compressobj(wbits=31 if manner == "gzip" else 15)
        return Payload(made.status, kind, (packer.compress(b"".join(pieces)) + packer.flush(),), manner)
    if manner == "brotli":
        return Payload(made.status, kind, (_BROTLI,), "br")
    if manner == "mislabelled":
        return Payload(made.status, "text/plain" if streamed else "text/html", pieces)
    if not streamed:
        return made
    if manner == "crlf":
        pieces = tuple(piece.replace(b"\n", b"\r\n") for piece in pieces)
    elif manner == "comments":
        pieces = (b": keep-alive\n\n", *(part for piece in pieces for part in (piece, b": keep-alive\n\n")))
    elif manner == "no-blank-lines":
        pieces = tuple(piece.replace(b"\n\n", b"\n") for piece in pieces)
    elif manner == "no-done":
        pieces = tuple(piece for piece in pieces if b"[DONE]" not in piece and b"message_stop" not in piece)
    return Payload(made.status, kind, pieces)


@functools.cache
def _bomb() -> tuple[bytes, ...]:
    """A small body that unpacks to BOMB bytes of what begins like an answer."""
    packer = zlib.compressobj(9, wbits=31)
    block = b" " * 1_000_000
    parts = [packer.compress(b'{"id": "')] + [packer.compress(block) for _ in range(BOMB // len(block))]
    return (b"".join(parts) + packer.flush(),)


def models(model: str = "scripted") -> bytes:
    """The list of models, in a form that both clients read."""
    entry = {"id": model, "object": "model", "type": "model", "display_name": model, "created": 0, "owned_by": "script"}
    return json.dumps({"object": "list", "data": [entry], "has_more": False}).encode()


def _error(protocol: Protocol, step: Step) -> bytes:
    said = f"scripted {step.status}: {step.code}"
    if protocol == "openai-chat":
        return json.dumps({"error": {"message": said, "type": step.code, "code": step.code, "param": None}}).encode()
    return json.dumps({"type": "error", "error": {"type": step.code, "message": said}}).encode()


def _usage(step: Step) -> Any:
    if step.usage is None:
        return None
    if step.usage != COUNTED or isinstance(step.usage, bool):
        told = step.usage[0] if isinstance(step.usage, list) else step.usage
        return {"prompt_tokens": told, "completion_tokens": told, "total_tokens": told}
    total = step.input_tokens + step.output_tokens
    return {"prompt_tokens": step.input_tokens, "completion_tokens": step.output_tokens, "total_tokens": total}


def _completion(model: str, step: Step) -> dict[str, Any]:
    message = {"role": "assistant", "content": step.text}
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(step)}],
        "usage": _usage(step),
    }


def _chunks(model: str, step: Step, with_usage: bool) -> tuple[bytes, ...]:
    head = {"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 0, "model": model}

    def chunk(delta: Mapping[str, str], finish: str | None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _event({**head, "choices": [choice]})

    events = [chunk({"role": "assistant", "content": ""}, None)]
    events += [chunk({"content": piece}, None) for piece in _pieces(step.text)]
    events.append(chunk({}, _finish(step)))
    if with_usage:
        events.append(_event({**head, "choices": [], "usage": _usage(step)}))
    return (*events, b"data: [DONE]\n\n")


def _message(model: str, step: Step) -> dict[str, Any]:
    return {
        "id": "msg_scripted",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": step.text}] if step.text else [],
        "stop_reason": _stop_reason(step),
        "stop_sequence": None,
        "usage": _told(step, input_tokens=step.input_tokens, output_tokens=step.output_tokens),
    }


def _events(model: str, step: Step) -> tuple[bytes, ...]:
    begun = {**_message(model, step), "content": [], "stop_reason": None}
    begun["usage"] = _told(step, input_tokens=step.input_tokens, output_tokens=1)
    ended = {"stop_reason": _stop_reason(step), "stop_sequence": None}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": begun}]
    if step.text:
        block = {"type": "text", "text": ""}
        events.append({"type": "content_block_start", "index": 0, "content_block": block})
        for piece in _pieces(step.text):
            delta = {"type": "text_delta", "text": piece}
            events.append({"type": "content_block_delta", "index": 0, "delta": delta})
        events.append({"type": "content_block_stop", "index": 0})
    events.append({"type": "message_delta", "delta": ended, "usage": _told(step, output_tokens=step.output_tokens)})
    events.append({"type": "message_stop"})
    return tuple(_event(event, event["type"]) for event in events)


def _finish(step: Step) -> str | None:
    return None if step.manner == "no-finish" else step.finish


def _told(step: Step, **billed: int) -> Any:
    """Usage in the words of the messages protocol."""
    if step.usage is None:
        return None
    if step.usage != COUNTED or isinstance(step.usage, bool):
        return dict.fromkeys(billed, step.usage[0] if isinstance(step.usage, list) else step.usage)
    return billed


def _stop_reason(step: Step) -> str | None:
    if step.manner == "no-finish":
        return None
    return "max_tokens" if step.finish == "length" else "end_turn"


def _pieces(text: str) -> list[str]:
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


def _event(data: Mapping[str, Any], name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()
