"""Wildcards of a query's language in a text that is to be taken literally (CWE-155): LIKE, GLOB, patterns of a search.

It refuses to judge by a refusal: a service may answer such a text with a 4xx, or find nothing.
"""

from collections.abc import Callable, Iterator

from harness_probe import cannot_run, exploited
from harness_probe.attacks.attempts import Attempts, Call, Send, controlled, shown
from harness_probe.client import Response

Place = Callable[[str], Call]  # the request with a text in the place under attack
NOWHERE = "zq7xk9vw3jh5"


def widened(send: Send, place: Place, value: str, found: Callable[[Response], int]) -> None:
    """A filter or search that takes its text literally. `value`: a text, of at least four characters, that finds
    something; `found`: how many of the things that hold it an answer shows. None of them holds one of * ? % _ [ .

    The control, before and after: `value` finds something, and a text that stands nowhere finds nothing.
    """
    tries = Attempts()
    _control(send, place, value, found)
    for text in patterns(value):
        answer = tries.send(place(text), send)
        if answer is not None and answer.status_code < 300 and found(answer):
            exploited(f"the text {text!r} is taken for a pattern and finds {found(answer)}: {shown(answer)}")
    _control(send, place, value, found)
    tries.end()


def patterns(value: str) -> Iterator[str]:
    """Texts that are not `value`, and match it where they are taken for patterns."""
    middle = len(value) // 2
    for one in ("_", "?", f"[{value[middle]}]"):
        yield value[:middle] + one + value[middle + 1 :]
    yield "_" * len(value)
    for many in ("%", "*"):
        yield from (many, value[:middle] + many, many + value[middle:], value + many, f"{many}{value}{many}")
    yield f"{value[:middle]}%%{value[middle:]}"


def _control(send: Send, place: Place, value: str, found: Callable[[Response], int]) -> None:
    if not found(controlled(send, place(value), "a text that is there")):
        cannot_run(f"control: {place(value)} finds nothing")
    if found(controlled(send, place(NOWHERE), "a text that is nowhere")):
        cannot_run(f"control: {place(NOWHERE)} finds something")
