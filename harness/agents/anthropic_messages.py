"""Driver of the messages protocol (Anthropic and servers that speak it), on the official SDK.

Refuses to retry and to follow redirects (a key must not travel on). Foreign exceptions end here, as CallFailed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import anthropic
import httpx2

from harness.agents.answer_text import Events, counted, document_of, garbage, joined, text_of
from harness.agents.bounded import BoundedClient
from harness.agents.calls import Answer, Call, CallFailed, finished, kept, refused


class AnthropicMessages:
    """One call. Streams unless told not to: a long answer must not look like a dead connection."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._http = BoundedClient(call.idle_s)
        self._client = anthropic.Anthropic(
            api_key=call.key,
            base_url=call.base_url,
            max_retries=0,
            timeout=self._http.timeout,
            http_client=self._http,
        )

    def ask(self) -> Answer:
        """The model's answer; CallFailed when there is none."""
        try:
            return finished(self._fetch, understood, self._http.received)
        finally:
            self.close()

    def _fetch(self) -> bytes:
        try:
            response = self._client.messages.with_raw_response.create(**self._body())
            return response.http_response.content
        except anthropic.APITimeoutError:
            raise CallFailed("timeout", f"silent for {self._call.idle_s:g} s", billable=True) from None
        except anthropic.APIConnectionError as error:
            if isinstance(error.__cause__, CallFailed):  # our own client's, wrapped
                raise error.__cause__ from None
            began = not isinstance(error.__cause__, httpx2.ConnectError)
            raise CallFailed("connection", _cause(error), billable=began) from None
        except anthropic.APIStatusError as error:
            raise refused(error.status_code, _code(error.body), error.message, error.response.headers) from None
        except httpx2.HTTPError as error:
            raise CallFailed("connection", _cause(error), billable=True) from None

    def received(self) -> str:
        """What has come so far."""
        return kept(self._http.received)

    def close(self) -> None:
        """Give the connection up."""
        self._http.close()

    def _body(self) -> dict[str, Any]:
        call = self._call
        messages = [{"role": role, "content": text} for role, text in call.messages]
        body: dict[str, Any] = {"model": call.model, "messages": messages, "max_tokens": call.max_tokens}
        if call.system:
            body["system"] = call.system
        if call.temperature is not None:
            body["extra_body"] = {"temperature": call.temperature}  # the SDK has no name for it any more
        if call.stream:
            body["stream"] = True
        return body


def understood(raw: bytes) -> Answer:
    """The answer in `raw`, a message or its events; CallFailed when it holds none."""
    document = document_of(raw)
    if isinstance(document, Events):
        return _from_events(document.items)
    if not isinstance(document.get("content"), str | list):
        raise garbage(f"no message: no content in {str(document)[:80]!r}")
    text = joined(iter((text_of(document["content"]),)))
    return _answer(text, document.get("stop_reason"), [document], ended=bool(text))


def _from_events(events: tuple[dict[str, Any], ...]) -> Answer:
    starts = [message for event in events if isinstance(message := event.get("message"), dict)]
    ends = [event for event in events if event.get("type") == "message_delta"]
    text = joined(_pieces(events))
    stops = [delta.get("stop_reason") for event in ends if isinstance(delta := event.get("delta"), dict)]
    ended = bool(text) and any(event.get("type") == "message_stop" for event in events)
    return _answer(text, stops[-1] if stops else None, [*starts, *ends], ended)


def _pieces(events: tuple[dict[str, Any], ...]) -> Iterator[str]:
    for event in events:
        held = event.get("delta") if event.get("type") == "content_block_delta" else event.get("content_block")
        if isinstance(held, dict) and held.get("type") in ("text_delta", "text"):
            yield text_of(held.get("text"))


def _answer(text: str, stop: object, documents: list[dict[str, Any]], ended: bool) -> Answer:
    """ended: the answer is whole though it does not say why it ended."""
    if not isinstance(stop, str) and not ended:
        raise garbage("the answer ended without a stop_reason")
    models = [name for d in documents if isinstance(name := d.get("model"), str) and name]
    told = {key: value for d in documents for key, value in _usage(d).items() if value is not None}
    read = _input_tokens(told)
    usage = counted(read, told.get("output_tokens"), text)
    return Answer(text, stop if isinstance(stop, str) else "unstated", models[-1] if models else None, usage)


def _usage(document: Mapping[str, Any]) -> Mapping[str, Any]:
    usage = document.get("usage")
    return usage if isinstance(usage, Mapping) else {}


def _input_tokens(told: Mapping[str, Any]) -> object:
    """All that was read: fresh, written to the provider's cache, and from it; None where one of them is no count."""
    counts = [told.get(key, 0) for key in ("cache_creation_input_tokens", "cache_read_input_tokens")]
    counts.append(told.get("input_tokens"))
    sensible = all(isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in counts)
    return sum(counts) if sensible else None


def _code(body: object) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("type", "")) if isinstance(error, dict) else ""


def _cause(error: Exception) -> str:
    below = error.__cause__ or error
    return f"{type(below).__name__}: {below}" if str(below) else type(below).__name__


DRIVER = AnthropicMessages
