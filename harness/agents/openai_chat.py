"""Driver of the chat-completions protocol (OpenAI and the many servers that speak it), on the official SDK.

Refuses to retry and to follow redirects (a key must not travel on). Foreign exceptions end here, as CallFailed.
"""

from collections.abc import Iterator
from typing import Any

import httpx2
import openai

from harness.agents.answer_text import Events, counted, document_of, garbage, joined, text_of
from harness.agents.bounded import BoundedClient
from harness.agents.calls import Answer, Call, CallFailed, finished, kept, refused


class OpenAIChat:
    """One call. Streams unless told not to: a long answer must not look like a dead connection."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._http = BoundedClient(call.idle_s)
        self._client = openai.OpenAI(
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
            response = self._client.chat.completions.with_raw_response.create(**self._body())
            return response.http_response.content
        except openai.APITimeoutError:
            raise CallFailed("timeout", f"silent for {self._call.idle_s:g} s", billable=True) from None
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, CallFailed):  # our own client's, wrapped
                raise error.__cause__ from None
            began = not isinstance(error.__cause__, httpx2.ConnectError)
            raise CallFailed("connection", _cause(error), billable=began) from None
        except openai.APIStatusError as error:
            code = f"{error.code or ''} {error.type or ''}"
            raise refused(error.status_code, code, error.message, error.response.headers) from None
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
        messages = [{"role": "system", "content": call.system}] if call.system else []
        messages += [{"role": role, "content": text} for role, text in call.messages]
        body: dict[str, Any] = {"model": call.model, "messages": messages, call.max_tokens_name: call.max_tokens}
        if call.temperature is not None:
            body["temperature"] = call.temperature
        if call.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return body


def understood(raw: bytes) -> Answer:
    """The answer in `raw`, a completion or its chunks; CallFailed when it holds none."""
    document = document_of(raw)
    if isinstance(document, Events):
        return _from_chunks(document)
    choice = _choice(document)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise garbage(f"no chat completion: no message in {str(document)[:80]!r}")
    text = joined(iter((text_of(message.get("content")),)))
    return _answer(text, choice.get("finish_reason"), [document], ended=bool(text))


def _from_chunks(events: Events) -> Answer:
    choices = [choice for chunk in events.items if (choice := _choice(chunk))]
    text = joined(_pieces(choices))
    finish = [reason for choice in choices if (reason := choice.get("finish_reason"))]
    return _answer(text, finish[-1] if finish else None, events.items, ended=events.ended and bool(text))


def _pieces(choices: list[dict[str, Any]]) -> Iterator[str]:
    for choice in choices:  # some servers send whole messages as events
        delta = choice.get("delta") or choice.get("message")
        yield text_of(delta.get("content")) if isinstance(delta, dict) else ""


def _choice(document: dict[str, Any]) -> dict[str, Any]:
    """The first choice, the only one that is asked for; empty where there is none."""
    choices = document.get("choices")
    found = [c for c in choices if isinstance(c, dict) and not c.get("index")] if isinstance(choices, list) else []
    return found[0] if found else {}


def _answer(text: str, finish: object, documents: Any, ended: bool) -> Answer:
    """ended: the answer is whole though it does not say why it ended."""
    if not isinstance(finish, str) and not ended:
        raise garbage("the answer ended without a finish_reason")
    models = [name for d in documents if isinstance(name := d.get("model"), str) and name]
    usages = [usage for d in documents if isinstance(usage := d.get("usage"), dict)]
    last = usages[-1] if usages else {}
    usage = counted(last.get("prompt_tokens"), last.get("completion_tokens"), text)
    return Answer(text, finish if isinstance(finish, str) else "unstated", models[-1] if models else None, usage)


def _cause(error: Exception) -> str:
    below = error.__cause__ or error
    return f"{type(below).__name__}: {below}" if str(below) else type(below).__name__


DRIVER = OpenAIChat
