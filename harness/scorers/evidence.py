"""Turns an exchange kept by a probe into evidence: what was sent, what came back, and a curl line that repeats it.

It refuses to interpret the exchange and to print control characters; long bodies are cut with a mark.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

BASE_URL = "http://127.0.0.1:8000"  # the address of every service inside its pod (submission contract)
BODY_CAP = 1_500
MOST_HEADERS = 40
DULL_HEADERS = frozenset({"date", "server", "connection", "content-length", "keep-alive", "transfer-encoding"})
OWN_HEADERS = frozenset({"user-agent", "accept", "accept-encoding", "connection", "content-length", "host"})


def curl_line(exchange: Mapping[str, Any]) -> str:
    """A shell line that sends the same request to the service; "" when the exchange is unknown."""
    if not exchange.get("method"):
        return ""
    words = ["curl", "-i", "-X", str(exchange["method"]), BASE_URL + str(exchange.get("target", "/"))]
    for name, value in (exchange.get("headers") or {}).items():
        if name.lower() not in OWN_HEADERS:
            words += ["-H", f"{name}: {value}"]
    if exchange.get("body") is not None:
        words += ["--data-raw", str(exchange["body"])]
    return printable(" ".join(shlex.quote(word) for word in words))


def exchange_text(exchange: Mapping[str, Any]) -> str:
    """Request and response as a person would write them down, bodies cut at 1,500 characters."""
    lines = [f"> {exchange.get('method', '?')} {exchange.get('target', '?')}"]
    lines += [f"> {n}: {v}" for n, v in (exchange.get("headers") or {}).items() if n.lower() not in OWN_HEADERS]
    if exchange.get("body") is not None:
        lines.append(f"> {_cut(str(exchange['body']))}")
    if exchange.get("error"):
        lines.append(f"< no usable answer: {exchange['error']}")
    elif exchange.get("status"):
        lines.append(f"< {exchange['status']}")
        told = (exchange.get("response_headers") or [])[:MOST_HEADERS]
        lines += [f"< {name}: {_cut(str(value))}" for name, value in told if name.lower() not in DULL_HEADERS]
        lines.append(f"< {_cut(str(exchange.get('response_body') or ''))}")
    else:
        lines.append("< no answer")
    return printable("\n".join(lines))


def story(exchanges: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The last two exchanges, and before them those whose answers first named what the told ones ask for (an id or a
    slug in their paths), in the order in which they happened."""
    told = set(range(len(exchanges))[-2:])
    while True:
        names = {name for index in told for name in _drawn_names(str(exchanges[index].get("target") or ""))}
        makers = {
            next((i for i, e in enumerate(exchanges) if name in str(e.get("response_body"))), -1) for name in names
        }
        if makers - {-1} <= told:
            return [exchanges[index] for index in sorted(told)]
        told |= makers - {-1}


def _drawn_names(target: str) -> list[str]:
    """Parts of a path or query that look drawn, not written: long enough, with a digit."""
    return [part for part in re.split(r"[/?&=]", target) if len(part) >= 6 and re.search(r"\d", part)]


def where(exchange: Mapping[str, Any]) -> str:
    """METHOD path of the exchange, "" when unknown."""
    return printable(f"{exchange['method']} {exchange.get('target', '')}")[:300] if exchange.get("method") else ""


def printable(text: str) -> str:
    """The text without control characters (newline and tab stay), so that no terminal obeys it."""
    return "".join(char if char in "\n\t" or char.isprintable() else "�" for char in text)


def _cut(text: str) -> str:
    return text if len(text) <= BODY_CAP else text[:BODY_CAP] + "…[cut]"
