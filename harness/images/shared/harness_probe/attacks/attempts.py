"""What every exploit is made of: a request as a value, a control that must work, attempts that must be answered.

It refuses to judge by a failed control, and to count an attempt without an answer as blocked.
"""

import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness_probe import ServiceError, cannot_run
from harness_probe.attacks.faces import unechoed
from harness_probe.client import Response

Send = Callable[
    ..., Response
]  # (method, path, *, headers=, params=, json=, content=): a client's or a caller's request
SHOWN = 200  # characters of an answer in a message


@dataclass(frozen=True)
class Call:
    """One request, not sent yet; `options` as the client's: headers, params, json, content.

    A `Send` that adds a caller's token must let `headers` of the call through, as a few exploits claim more there.
    """

    method: str
    path: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def by(self, send: Send) -> Response:
        """The answer to this request. Raises ServiceError."""
        return send(self.method, self.path, **self.options)

    def __str__(self) -> str:
        return f"{self.method} {self.path}" + (f" {dict(self.options)}" if self.options else "")


class Attempts:
    """The tries of one exploit. An attempt without a usable answer is remembered; `end` then says cannot_run."""

    def __init__(self) -> None:
        self._unanswered: list[str] = []

    def send(self, call: Call, send: Send) -> Response | None:
        """The answer, None when there was none."""
        try:
            return call.by(send)
        except ServiceError as error:
            self._unanswered.append(f"{call}: {error}")
            return None

    def end(self) -> None:
        """Every exploit's last line: a try that the service did not answer shows nothing either way."""
        if self._unanswered:
            cannot_run(f"{len(self._unanswered)} attempts got no answer; first: {self._unanswered[0]}")


def controlled(send: Send, call: Call, what: str, shows: str = "") -> Response:
    """The control: a legitimate request that must be answered 2xx and show `shows`; cannot_run otherwise."""
    try:
        response = call.by(send)
    except ServiceError as error:
        cannot_run(f"control: {what} ({call}) got no answer: {error}")
        raise
    if not 200 <= response.status_code < 300:
        cannot_run(f"control: {what} ({call}) was answered {response!r}")
    if shows and shows not in response.text:
        cannot_run(f"control: {what} ({call}) does not show {shows!r}: {response!r}")
    return response


def payload(response: Response) -> Any:
    """The parsed body, the text when it is no JSON: an exploit looks for what leaked, not for good form."""
    try:
        return response.json()
    except AssertionError:
        return response.text


def quoted(text: str) -> str:
    """The text as one path segment."""
    return urllib.parse.quote(text, safe="")


def masked(response: Response, *echoes: str) -> str:
    """The body without what was sent, however it was escaped: an echo tells nothing."""
    return unechoed(response.text, echoes)


def shown(response: Response) -> str:
    """An answer for a message."""
    return f"{response.status_code} {response.text[:SHOWN]}"
