"""Driver of the chat-completions protocol (OpenAI and the many servers that speak it), on the official SDK.

Refuses to retry and to follow redirects (a key must not travel on). Foreign exceptions end here, as CallFailed.
"""

from collections.abc import Iterable
from typing import Any

import httpx2
import openai

from harness.agents.calls import Answer, Call, CallFailed, refused
from harness.agents.tls import trusted
from harness.model.submission import Usage


class OpenAIChat:
    """One call. Streams unless told not to: a long answer must not look like a dead connection."""

    def __init__(self, call: Call) -> None:
        timeout = httpx2.Timeout(call.idle_s, connect=min(call.idle_s, 20.0))
        self._call = call
        self._http = openai.DefaultHttpxClient(follow_redirects=False, timeout=timeout, verify=trusted())
        self._client = openai.OpenAI(
            api_key=call.key, base_url=call.base_url, max_retries=0, timeout=timeout, http_client=self._http
        )

    def ask(self) -> Answer:
        """The model's answer; CallFailed when there is none."""
        try:
            return self._read(self._client.chat.completions.create(**self._body()))
        except openai.APITimeoutError:
            raise CallFailed("timeout", f"silent for {self._call.idle_s:g} s", billable=True) from None
        except openai.APIConnectionError as error:
            began = not isinstance(error.__cause__, httpx2.ConnectError)
            raise CallFailed("connection", _cause(error), billable=began) from None
        except openai.APIStatusError as error:
            code = f"{error.code or ''} {error.type or ''}"
            raise refused(error.status_code, code, error.message, error.response.headers) from None
        except openai.APIError as error:  # an error event inside a stream, or an answer that fits no schema
            raise CallFailed("unavailable", error.message, 200, billable=True) from None
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
        messages = [{"role": "system", "content": call.system}] if call.system else []
        messages += [{"role": role, "content": text} for role, text in call.messages]
        body: dict[str, Any] = {"model": call.model, "messages": messages, call.max_tokens_name: call.max_tokens}
        if call.temperature is not None:
            body["temperature"] = call.temperature
        if call.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return body


def _from_whole(completion: Any) -> Answer:
    if isinstance(completion, str):  # the SDK hands on what does not call itself JSON
        raise CallFailed("garbage", f"not JSON: {completion[:80]!r}", 200, billable=True)
    choice = completion.choices[0]
    return _answer(choice.message.content, choice.finish_reason, completion.model, completion.usage)


def _from_stream(chunks: Iterable[Any]) -> Answer:
    text: list[str] = []
    finish = model = usage = None
    for chunk in chunks:
        model = chunk.model or model
        usage = chunk.usage or usage
        for choice in (chunk.choices or ())[:1]:
            text.append(choice.delta.content or "")
            finish = choice.finish_reason or finish
    return _answer("".join(text), finish, model, usage)


def _answer(text: str | None, finish: str | None, model: str | None, usage: Any) -> Answer:
    if not isinstance(finish, str):
        raise CallFailed("garbage", "the answer ended without a finish_reason", 200, billable=True)
    counted = Usage(int(usage.prompt_tokens), int(usage.completion_tokens)) if usage is not None else None
    return Answer(text or "", finish, model, counted)


def _garbage(error: Exception) -> CallFailed:
    return CallFailed("garbage", f"not a chat completion ({type(error).__name__})", 200, billable=True)


def _cause(error: Exception) -> str:
    below = error.__cause__ or error
    return f"{type(below).__name__}: {below}" if str(below) else type(below).__name__


DRIVER = OpenAIChat
