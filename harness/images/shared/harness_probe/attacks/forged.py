"""Missing and forged authentication: no token (CWE-306), made-up tokens (CWE-287, CWE-347), claimed names (CWE-290).

It refuses to call a valid token under another scheme an exploit: its bearer may come in. Reading and changing without
a token is `idor.reading` and `idor.writing` with a stranger who has none; here is what needs no secret.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from typing import Any

from harness_probe import exploited
from harness_probe.attacks.attempts import Attempts, Call, Send, controlled, shown
from harness_probe.attacks.faces import mark

WORDS = ("admin", "root", "null", "undefined", "None", "true", "0", "[]", "*", "%", "_" * 24, "a" * 24, ",", ":")
TEXTS = ("' OR '1'='1", "' OR 1=1 -- ", '" OR "1"="1', "../", "%00")
WEAK_KEYS = (
    "",
    "secret",
    "password",
    "changeme",
    "change-me",
    "dev",
    "test",
    "key",
    "jwt",
    "your-secret-key",
    "123456",
)
PRIVILEGED = {"role": "admin", "roles": ["admin"], "is_admin": True, "admin": True, "scope": "admin"}
SCHEMES = ("Bearer", "Token", "Basic", "JWT", "")
NAMING = ("X-User", "X-User-Id", "X-Username", "X-Forwarded-User", "X-Remote-User", "Remote-User", "X-Auth-User")
QUERY = ("user", "user_id", "username", "as", "owner", "account")


def missing(owner: Send, nobody: Send, calls: Sequence[Call]) -> None:
    """Requests that work for `owner` and must not for `nobody`, who sends no credentials."""
    tries = Attempts()
    for call in calls:
        controlled(owner, call, "the request with a token")
        answer = tries.send(call, nobody)
        if answer is not None and answer.status_code < 300:
            exploited(f"{call} without a token gave {shown(answer)}")
    tries.end()


def believed(
    owner: Send,
    nobody: Send,
    call: Call,
    tokens: Sequence[str],
    extra: Sequence[str] = (),
    header: str = "Authorization",
) -> None:
    """Tokens that were never given out, made from those that were: none may open `call`, which works for `owner`.

    tokens: real ones (their holders may come in, so none is sent as it is); extra: further guesses of the task's, such
    as names, an expired token, or one from before a log-out. Tokens that look like a JWT are taken apart and re-made.
    """
    tries = Attempts()
    controlled(owner, call, "the request with a real token")
    for token in (*forgeries(tokens), *extra):
        for scheme in SCHEMES:
            value = f"{scheme} {token}".strip().encode().decode("latin-1")
            if not value.isprintable():
                continue
            headers = {**(call.options.get("headers") or {}), header: value}
            answer = tries.send(Call(call.method, call.path, {**call.options, "headers": headers}), nobody)
            if answer is not None and answer.status_code < 300:
                exploited(f"{header}: {value!r} was believed: {shown(answer)}")
    tries.end()


def claimed(
    attacker: Send, nobody: Send, owner: Send, calls: Sequence[Call], secret: str, names: Sequence[str]
) -> None:
    """Naming somebody else in a header, cookie or parameter, with the attacker's own token and without one.

    calls: requests that show the mark `secret` to `owner`; those that show it to the attacker anyway are left to other
    attacks.
    """
    mark(secret)
    tries = Attempts()
    for call in calls:
        controlled(owner, call, "the owner's reading", secret)
    closed = [c for c in calls if (answer := tries.send(c, attacker)) is not None and secret not in answer.text]
    for name in names:
        given = dict.fromkeys(NAMING, name) | {"X-Role": "admin", "Cookie": f"user={name}; session={name}"}
        for call in closed:
            params = {**(call.options.get("params") or {}), **dict.fromkeys(QUERY, name), "role": "admin"}
            for send in (attacker, nobody):
                claim = Call(call.method, call.path, {**call.options, "headers": given, "params": params})
                answer = tries.send(claim, send)
                if answer is not None and answer.status_code < 300 and secret in answer.text:
                    exploited(f"claiming to be {name} was believed by {call}: {shown(answer)}")
    tries.end()


def forgeries(tokens: Sequence[str]) -> Iterator[str]:
    """Texts that are no valid token, though some nearly are."""
    yield from WORDS
    yield from TEXTS
    for token in tokens:
        yield from (token[: len(token) // 2], token[:-1], token[1:], token + "0")
        if parts := jwt_parts(token):
            yield from _jwt_forgeries(*parts)
        else:  # not for a JWT: lenient base64 ignores such characters, and its holder may come in anyway
            yield from (f"{token},", f"{token}é", f":{token}")
            yield token[:-1] + ("0" if token[-1] != "0" else "1")
    yield ",".join(tokens) if len(tokens) > 1 else ","


def jwt_parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str] | None:
    """(header, claims, signature) of what looks like a JWT (RFC 7519), None for any other token."""
    pieces = token.split(".")
    if len(pieces) != 3:
        return None
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in pieces[:2])
    except ValueError:
        return None
    if not isinstance(header, dict) or not isinstance(claims, dict) or "alg" not in header:
        return None
    return header, claims, pieces[2]


def _jwt_forgeries(header: dict[str, Any], claims: dict[str, Any], signature: str) -> Iterator[str]:
    raised = {**claims, **PRIVILEGED}
    later = {**claims, "exp": 4_102_444_800}  # the year 2100
    for body in (claims, raised):
        for name in ("none", "None", "NONE", "nOnE"):
            yield f"{_part({**header, 'alg': name})}.{_part(body)}."
        yield f"{_part(header)}.{_part(body)}."
        for key in WEAK_KEYS:
            signed = f"{_part({**header, 'alg': 'HS256'})}.{_part(body)}"
            yield f"{signed}.{_sealed(signed, key)}"
    for body in (raised, later):
        yield f"{_part(header)}.{_part(body)}.{signature}"
    middle = len(signature) // 2
    if signature:
        swapped = "A" if signature[middle] != "A" else "B"
        yield f"{_part(header)}.{_part(claims)}.{signature[:middle]}{swapped}{signature[middle + 1 :]}"


def _part(value: dict[str, Any]) -> str:
    return _plain(json.dumps(value, separators=(",", ":")).encode())


def _sealed(text: str, key: str) -> str:
    return _plain(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest())


def _plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
