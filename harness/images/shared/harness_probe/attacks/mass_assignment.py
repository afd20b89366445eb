"""Fields that are the server's to set, taken over from a body (CWE-915); always checked by reading back.

It refuses to believe an answer alone: a service may echo what it does not store, or store what it does not show.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from harness_probe import exploited
from harness_probe.attacks.attempts import Attempts, Call, Send, controlled, payload, shown
from harness_probe.client import Response

T = TypeVar("T")


@dataclass(frozen=True)
class Extra:
    """`send`: fields added to a legitimate body; `shows`: what the thing must not show afterwards (name -> value)."""

    send: Mapping[str, Any]
    shows: Mapping[str, Any]


def each(**fields: Any) -> list[Extra]:
    """One Extra a field, which would show under its own name."""
    return [Extra({name: value}, {name: value}) for name, value in fields.items()]


def taken_over(
    send: Send,
    start: Callable[[], T],
    write: Callable[[T, Mapping[str, Any]], Call],
    look: Callable[[T, Response], Call | None],
    extras: Sequence[Extra],
    readers: Sequence[Send] = (),
) -> None:
    """Each extra, in a request of its own, on something fresh.

    start: what the request is about (a thing to change; for creating, a function that returns None); write: the
    request with these fields added; look: how the result is read, None when the answer named none (it was refused);
    readers: who looks, in this order, when the sender may no longer see it (default: the sender). The control, before
    the first and after the last: without extra fields the request works, and what it made does not show them.
    """
    tries = Attempts()
    honest = _control(send, start, write, look)
    for extra in extras:
        thing = start()
        answer = tries.send(write(thing, extra.send), send)
        if answer is None:
            continue
        call = look(thing, answer)
        if call is None:
            continue
        for reader in readers or (send,):
            seen = tries.send(call, reader)
            if seen is None or seen.status_code >= 300:
                continue
            taken = {n: v for n, v in extra.shows.items() if holds(payload(seen), n, v) and not holds(honest, n, v)}
            if taken:
                exploited(f"{write(thing, extra.send)} gave {taken}: {shown(seen)}")
            break
    _control(send, start, write, look)
    tries.end()


def holds(body: Any, name: str, value: Any) -> bool:
    """Whether a field of this name has this value at any depth; `1` is not `True`."""
    return any(found == value and type(found) is type(value) for found in _values(body, name))


def _values(body: Any, name: str) -> Iterator[Any]:
    if isinstance(body, Mapping):
        if name in body:
            yield body[name]
        for item in body.values():
            yield from _values(item, name)
    elif isinstance(body, list):
        for item in body:
            yield from _values(item, name)


def _control(
    send: Send,
    start: Callable[[], T],
    write: Callable[[T, Mapping[str, Any]], Call],
    look: Callable[[T, Response], Call | None],
) -> Any:
    thing = start()
    answer = controlled(send, write(thing, {}), "the request without extra fields")
    call = look(thing, answer)
    return payload(controlled(send, call, "reading it back")) if call is not None else payload(answer)
