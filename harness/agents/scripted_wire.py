"""A scripted step in the words of a provider: bodies and event streams of chat completions and of messages.

Refuses to send: everything here is a value. Formats: OpenAI's chat completions (chunks, a finish chunk, a usage chunk,
`[DONE]`) and Anthropic's messages (message_start … message_stop), event order as observed with the official clients.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.agents.scripted_step import Request, Step

Protocol = Literal["openai-chat", "anthropic-messages"]
PIECE = 2000  # characters per event of a stream


@dataclass(frozen=True)
class Payload:
    """What is sent: `pieces` are the events of a stream, or one whole body."""

    status: int
    content_type: str
    pieces: tuple[bytes, ...]


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
    streamed = bool(request.body.get("stream"))
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


def models(model: str = "scripted") -> bytes:
    """The list of models, in a form that both clients read."""
    entry = {"id": model, "object": "model", "type": "model", "display_name": model, "created": 0, "owned_by": "script"}
    return json.dumps({"object": "list", "data": [entry], "has_more": False}).encode()


def _error(protocol: Protocol, step: Step) -> bytes:
    said = f"scripted {step.status}: {step.code}"
    if protocol == "openai-chat":
        return json.dumps({"error": {"message": said, "type": step.code, "code": step.code, "param": None}}).encode()
    return json.dumps({"type": "error", "error": {"type": step.code, "message": said}}).encode()


def _usage(step: Step) -> dict[str, int]:
    total = step.input_tokens + step.output_tokens
    return {"prompt_tokens": step.input_tokens, "completion_tokens": step.output_tokens, "total_tokens": total}


def _completion(model: str, step: Step) -> dict[str, Any]:
    message = {"role": "assistant", "content": step.text}
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": step.finish}],
        "usage": _usage(step),
    }


def _chunks(model: str, step: Step, with_usage: bool) -> tuple[bytes, ...]:
    head = {"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 0, "model": model}

    def chunk(delta: Mapping[str, str], finish: str | None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _event({**head, "choices": [choice]})

    events = [chunk({"role": "assistant", "content": ""}, None)]
    events += [chunk({"content": piece}, None) for piece in _pieces(step.text)]
    events.append(chunk({}, step.finish))
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
        "usage": {"input_tokens": step.input_tokens, "output_tokens": step.output_tokens},
    }


def _events(model: str, step: Step) -> tuple[bytes, ...]:
    begun = {**_message(model, step), "content": [], "stop_reason": None}
    begun["usage"] = {"input_tokens": step.input_tokens, "output_tokens": 1}
    ended = {"stop_reason": _stop_reason(step), "stop_sequence": None}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": begun}]
    if step.text:
        block = {"type": "text", "text": ""}
        events.append({"type": "content_block_start", "index": 0, "content_block": block})
        for piece in _pieces(step.text):
            delta = {"type": "text_delta", "text": piece}
            events.append({"type": "content_block_delta", "index": 0, "delta": delta})
        events.append({"type": "content_block_stop", "index": 0})
    events.append({"type": "message_delta", "delta": ended, "usage": {"output_tokens": step.output_tokens}})
    events.append({"type": "message_stop"})
    return tuple(_event(event, event["type"]) for event in events)


def _stop_reason(step: Step) -> str:
    return "max_tokens" if step.finish == "length" else "end_turn"


def _pieces(text: str) -> list[str]:
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


def _event(data: Mapping[str, Any], name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()
