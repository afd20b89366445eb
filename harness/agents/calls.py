"""One question to a model and what can come of it, in words that no provider owns.

Refuses to ask, to wait and to blame: drivers ask, `retries` waits, `chat` blames. Statuses are read as documented by
the OpenAI and Anthropic APIs ("Error codes").
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Protocol

from harness.model.submission import Usage

# Worth another try: nothing says that the next one fails too.
PASSING = frozenset(("rate_limited", "unavailable", "conflict", "timeout", "connection", "garbage"))
# The provider will refuse every further call: asking again is pointless, and may get a key locked.
FINAL = frozenset(("unauthorised", "forbidden", "quota", "model_unknown"))
_NO_MONEY = ("insufficient_quota", "billing_not_active", "billing_error", "billing_hard_limit_reached")
_BY_STATUS = {
    401: "unauthorised",
    402: "quota",
    403: "forbidden",
    404: "model_unknown",
    408: "timeout",
    409: "conflict",
    429: "rate_limited",
}
MAX_SAID = 500
MAX_KEPT = 100_000  # characters of an answer that could not be used


@dataclass(frozen=True)
class Call:
    """A question. `messages` are (role, text) with roles user and assistant; times in seconds.

    idle_s: the longest silence on the connection; temperature None = the provider's default.
    """

    base_url: str
    key: str = field(repr=False)
    model: str
    system: str
    messages: tuple[tuple[str, str], ...]
    max_tokens: int
    temperature: float | None
    stream: bool
    idle_s: float
    max_tokens_name: str = "max_tokens"


@dataclass(frozen=True)
class Answer:
    """A well-formed answer, whatever it says; `finish_reason` in the provider's word, `usage` None = not told."""

    text: str
    finish_reason: str
    model: str | None
    usage: Usage | None


class CallFailed(Exception):
    """No usable answer. `kind` is a word of PASSING or FINAL, or bad_request, too_large, encoding, unread.

    `billable`: it may have cost money.
    """

    def __init__(
        self,
        kind: str,
        said: str,
        status: int | None = None,
        retry_after_s: float | None = None,
        billable: bool = False,
    ) -> None:
        """`received` is what came all the same, for the record; `cost_usd` what it cost, None where nobody knows."""
        super().__init__(said)
        self.received = ""
        self.usage: Usage | None = None
        self.cost_usd: float | None = None
        self.kind = kind
        self.said = " ".join(said.split())[:MAX_SAID]
        self.status = status
        self.retry_after_s = retry_after_s
        self.billable = billable


def finished(fetch: Callable[[], bytes], understood: Callable[[bytes], Answer], received: bytearray) -> Answer:
    """The answer in what `fetch` brings. What came goes with every failure; a bug while reading it is one of them."""
    try:
        return understood(fetch())
    except CallFailed as failed:
        failed.received = kept(received)
        raise
    except Exception as error:  # a bug of ours: what was paid for must not go with it
        failure = CallFailed(
            "unread", f"a bug while reading the answer: {type(error).__name__}: {error}", 200, None, True
        )
        failure.received = kept(received)
        raise failure from error


def kept(received: bytearray) -> str:
    """What came of an answer, as text for the record."""
    return bytes(received[:MAX_KEPT]).decode("utf-8", "replace")


class Driver(Protocol):
    """Speaks one protocol for one call. `ask` raises CallFailed; the others may be called from another thread.

    `received`: what has come so far, as text.
    """

    def ask(self) -> Answer: ...
    def received(self) -> str: ...
    def close(self) -> None: ...


class Headers(Protocol):
    """What we read of a response's headers; names in any case."""

    def get(self, key: str, /) -> str | None: ...


def refused(status: int, code: str, said: str, headers: Headers) -> CallFailed:
    """The failure that an error status means; `code` is the provider's own word for it, or empty."""
    if status < 300:  # an error event inside a stream that had begun well
        return CallFailed("unavailable", said, status, billable=True)
    kind = "unavailable" if status >= 500 else _BY_STATUS.get(status, "bad_request")
    if any(word in code for word in _NO_MONEY) or (status == 400 and "credit balance" in said.lower()):
        kind = "quota"
    return CallFailed(kind, said, status, retry_after_s(headers))


def retry_after_s(headers: Headers) -> float | None:
    """Seconds the provider asks us to wait (RFC 9110 §10.2.3: seconds or a date), None when it does not say.

    A date is held against the answer's own `Date`, so that a clock of ours that is wrong does no harm.
    """
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = (headers.get(name) or "").strip()
        try:
            seconds = float(text) * scale
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    try:
        until = parsedate_to_datetime(headers.get("retry-after") or "")
        return max(0.0, (until - parsedate_to_datetime(headers.get("date") or "")).total_seconds())
    except (ValueError, TypeError):
        return None
