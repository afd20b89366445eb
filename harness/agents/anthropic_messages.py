"""Driver of the messages protocol (Anthropic and servers that speak it), on the official SDK.

Refuses to retry and to follow redirects (a key must not travel on). Foreign exceptions end here, as CallFailed.
"""

from collections.abc import Iterable
from typing import Any

import anthropic
import httpx2

from harness.agents.calls import Answer, Call, CallFailed, refused
from harness.agents.tls import trusted
from harness.model.submission import Usage


class AnthropicMessages:
    """One call. Streams unless told not to: a long answer must not look like a dead connection."""

    def __init__(self, call: Call) -> None:
        timeout = httpx2.Timeout(call.idle_s, connect=min(call.idle_s, 20.0))
        self._call = call
        self._http = anthropic.DefaultHttpxClient(follow_redirects=False, timeout=timeout, verify=trusted())
        self._client = anthropic.Anthropic(
            api_key=call.key, base_url=call.base_url, max_retries=0, timeout=timeout, http_client=self._http
        )

    def ask(self) -> Answer:
        """The model's answer; CallFailed when there is none."""
        try:
            return self._read(self._client.messages.create(**self._body()))
        except anthropic.APITimeoutError:
            raise CallFailed("timeout", f"silent for {self._call.idle_s:g} s", billable=True) from None
        except anthropic.APIConnectionError as error:
            began = not isinstance(error.__cause__, httpx2.ConnectError)
            raise CallFailed("connection", _cause(error), billable=began) from None
        except anthropic.APIStatusError as error:
            raise refused(error.status_code, _code(error.body), error.message, error.response.headers) from None
        except anthropic.APIError as error:
            raise CallFailed("unavailable", error.message, 200, billable=True) from None
        except httpx2.TimeoutException:
            raise CallFailed("timeout", f"silent for {self._call.idle_s:g} s", billable=True) from None
        except httpx2.HTTPError as error:
            raise CallFailed("connection", _cause(error), billable=True) from None
        except ValueError as error:  # the SDK found no JSON; a TypeError here would be ours
            raise _garbage(error) from None
        finally:
            self.close()

    def close(self) -> None:
        """Give the connection up."""
        self._http.close()

    def _read(self, response: Any) -> Answer:
        """The SDK builds its values without checking them: whatever is missing shows here."""
        try:
            return _from_stream(response) if self._call.stream else _from_whole(response)
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            raise _garbage(error) from None

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


def _from_whole(message: Any) -> Answer:
    if isinstance(message, str):  # the SDK hands on what does not call itself JSON
        raise CallFailed("garbage", f"not JSON: {message[:80]!r}", 200, billable=True)
    text = "".join(block.text for block in message.content if block.type == "text")
    return _answer(text, message.stop_reason, message.model, _input_tokens(message.usage), message.usage.output_tokens)


def _from_stream(events: Iterable[Any]) -> Answer:
    text: list[str] = []
    stop_reason = model = input_tokens = output_tokens = None
    ended = False
    for event in events:
        match event.type:
            case "message_start":
                model, input_tokens = event.message.model, _input_tokens(event.message.usage)
            case "content_block_delta" if event.delta.type == "text_delta":
                text.append(event.delta.text)
            case "message_delta":
                stop_reason, output_tokens = event.delta.stop_reason, event.usage.output_tokens
            case "message_stop":
                ended = True
    return _answer("".join(text), stop_reason if ended else None, model, input_tokens, output_tokens)


def _input_tokens(usage: Any) -> int:
    """All that was read: fresh, written to the provider's cache, and from it."""
    cached = (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0)
    return int(usage.input_tokens) + cached


def _answer(text: str, stop: str | None, model: str | None, read: int | None, written: int | None) -> Answer:
    if not isinstance(stop, str):
        raise CallFailed("garbage", "the answer ended without a stop_reason", 200, billable=True)
    usage = Usage(read, int(written)) if read is not None and written is not None else None
    return Answer(text, stop, model, usage)


def _code(body: object) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("type", "")) if isinstance(error, dict) else ""


def _garbage(error: Exception) -> CallFailed:
    return CallFailed("garbage", f"not a message ({type(error).__name__})", 200, billable=True)


def _cause(error: Exception) -> str:
    below = error.__cause__ or error
    return f"{type(below).__name__}: {below}" if str(below) else type(below).__name__


DRIVER = AnthropicMessages
