"""Which live secrets an answer repeats: values of the service's environment, and tokens it issued a moment ago. Pure.

It refuses to take an issuing answer for a leak: a token may stand in the answer that gives it out, and in later ones
that succeed (a task may want that); no error has any business with one. A value of the environment belongs nowhere.
"""

import base64
import re
import urllib.parse
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from harness_probe import jsonguard

SECRET = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{16,}(?![0-9a-fA-F])")
NAME = re.compile(r"TOKEN|SECRET|KEY|PASSW|CREDENTIAL|AUTH", re.IGNORECASE)
ISSUED = re.compile(r"(?:(?:access|refresh|session|auth|bearer|api)_?)?(?:token|jwt|key)", re.IGNORECASE)
SHORTEST = 16  # characters of an issued token that is looked for
KEPT = 60  # issued tokens, the latest
DEPTH = 4


class SecretsInForce:
    """Made for one service; `look` is shown every exchange, in order."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._given: list[tuple[str, tuple[str, ...]]] = []
        for name, value in environment.items():
            if NAME.search(name):
                for number, part in enumerate(SECRET.findall(value), start=1):
                    self._given.append((f"secret {number} of {name}", tuple(_forms(part))))
        self._issued: deque[str] = deque(maxlen=KEPT)

    @property
    def known(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._given or self._issued)

    def add_issued(self, token: str) -> None:
        """A token that was obtained elsewhere."""
        if len(token) >= SHORTEST and token not in self._issued:
            self._issued.append(token)

    def look(self, method: str, status: int, head: str, text: str) -> str:
        """What the answer repeats, "" when nothing. `head`: its header fields as text."""
        whole = f"{head}\n{text}"
        for what, forms in self._given:
            if any(form in whole for form in forms):
                return what
        if status >= 400:
            for token in self._issued:
                if token in whole or urllib.parse.quote(token, safe="") in whole:
                    return "a token that the service had issued"
        elif method in {"POST", "PUT"} and 200 <= status < 300:
            for token in _tokens(text):
                self.add_issued(token)
        return ""


def _forms(value: str) -> Iterator[str]:
    """The value as written, and in base64 wherever in a longer text it begins."""
    yield value
    for before in range(3):
        raw = base64.b64encode(b"\0" * before + value.encode()).decode().rstrip("=")
        yield raw[(4 if before else 0) : len(raw) - 2]


def _tokens(text: str) -> Iterator[str]:
    try:
        body = jsonguard.parse(text)
    except ValueError:
        return
    yield from _named(body, DEPTH)


def _named(value: Any, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(value, list):
        for inner in value[:50]:
            yield from _named(inner, depth - 1)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, str) and ISSUED.fullmatch(str(name)):
                yield inner
            yield from _named(inner, depth - 1)
