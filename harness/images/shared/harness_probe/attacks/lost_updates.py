"""Changes sent at the same time (CWE-362): one overwrites another, or several win where only one may.

It refuses to measure time, and to call a service that answers one after the other careless: several rounds, and only
what was answered with success counts.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from harness_probe import ServiceError, cannot_run, exploited
from harness_probe.attacks.attempts import Call, Send, controlled, payload, shown
from harness_probe.client import Response

T = TypeVar("T")
ROUNDS = 6
AT_ONCE = 8


def one_wins(
    send: Send, make: Callable[[], T], change: Callable[[T, int], Call], rounds: int = ROUNDS, at_once: int = AT_ONCE
) -> None:
    """Of `at_once` requests on the same thing (`change(thing, number)`) exactly one may succeed. The control: on each
    thing one does."""
    for _ in range(rounds):
        thing = make()
        answers = together(send, [change(thing, number) for number in range(at_once)])
        won = [answer for answer in answers if 200 <= answer.status_code < 300]
        if len(won) > 1:
            exploited(
                f"{len(won)} of {len(answers)} requests at the same time won ({change(thing, 0)}): {shown(won[1])}"
            )
        if not won:
            cannot_run(f"control: none of {len(answers)} requests at the same time won: {shown(answers[0])}")


def all_kept(
    send: Send,
    make: Callable[[], T],
    changes: Sequence[tuple[Callable[[T], Call], Mapping[str, Any]]],
    look: Callable[[T], Call],
    rounds: int = ROUNDS,
) -> None:
    """`changes`: (request, what the thing shows of it afterwards), of different members, sent at the same time: each
    that was answered with success must show. The control: on each thing one does succeed."""
    for _ in range(rounds):
        thing = make()
        answers = together(send, [change(thing) for change, _ in changes])
        kept = [wanted for answer, (_, wanted) in zip(answers, changes, strict=True) if answer.status_code < 300]
        if not kept:
            cannot_run(f"control: no change was accepted: {shown(answers[0])}")
        seen = payload(controlled(send, look(thing), "reading it back"))
        for wanted in kept:
            lost = {n: v for n, v in wanted.items() if not isinstance(seen, Mapping) or seen.get(n) != v}
            if lost:
                exploited(f"a change that was answered with success is lost: {lost} is not shown, but {seen}"[:600])


def together(send: Send, calls: Sequence[Call]) -> list[Response]:
    """The answers to requests sent at the same time; cannot_run when one gets none."""
    try:
        with ThreadPoolExecutor(len(calls)) as pool:
            return [future.result() for future in [pool.submit(call.by, send) for call in calls]]
    except ServiceError as error:
        cannot_run(f"a request of several at the same time got no answer: {error}")
        raise
