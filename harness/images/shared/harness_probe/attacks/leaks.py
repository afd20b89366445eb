"""Secrets and internals in answers (CWE-200, CWE-209): bodies and headers, of ordinary requests and of broken ones.

It refuses to look for secrets in what the service was not told: only values of its environment and texts that a task
names. The service's log is looked through outside of this process (the probe never sees it).
"""

import base64
import json
import posixpath
import re
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence

from harness_probe import cannot_run, exploited
from harness_probe.attacks.attempts import Attempts, Call, Send, quoted, shown
from harness_probe.attacks.faces import unechoed
from harness_probe.client import Response

INTERNALS = re.compile(
    r"Traceback \(most recent call last\)|File \"/|\.py\", line \d+|sqlite3?\.\w*Error|psycopg\w*\.|OperationalError"
    r"|IntegrityError|ProgrammingError|SQLSTATE|near \"[^\"]{0,40}\": syntax error|SELECT .{0,200} FROM |INSERT INTO "
    r"|UPDATE \w+ SET |/app/app|/data/\w|/opt/env|site-packages|at Object\.<anonymous>|at \w+ \(/app|node_modules"
    r"|goroutine \d+|panic: "
)
SECRET = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{16,}(?![0-9a-fA-F])")
BODIES = (
    "{", "[[[[", "null", "", "7", '"text"', "[]", '{"a": 1e999}', '"\\ud800"', '{"\\u0000": 1}', "\xff",
    '{"' + "a" * 5_000 + '": 1}', "[" * 200 + "]" * 200,
)  # fmt: skip
VALUES = ("'", '"', "\x00", "99999999999999999999", "-1", "[]", "{{7*7}}", "${7*7}", "%", "é", "a" * 600)
SEGMENTS = ("'", "%00", "%FF", "9" * 300, "..%2f", "{{7*7}}", "a" * 600)
USUAL = (
    "/", "/docs", "/redoc", "/openapi.json", "/debug", "/env", "/metrics", "/.env", "/config", "/config.json",
    "/app.db", "/data/app.db", "/../data/app.db", "/.git/config", "/admin", "/actuator/env", "/server-status",
    "/console", "/trace", "/status", "/info", "/nothing/here",
)  # fmt: skip
JSON = {"Content-Type": "application/json"}


def internals(send: Send, works: Call, calls: Sequence[Call], more: Sequence[Response] = ()) -> None:
    """No answer to `calls` (see `provoking`) shows a stack trace, SQL or a path, beyond what the request itself said.
    The control: `works` is answered."""
    for call, answer in (*answered(send, works, calls), *((None, answer) for answer in more)):
        found = internal(answer, *echoes(call))
        if found:
            exploited(f"an answer with status {answer.status_code} shows {found!r}: {shown(answer)}")


def internal(answer: Response, *sent: str) -> str:
    """What an answer shows of the service's insides, "" when nothing; `sent`: texts of the request, beside its path."""
    parts = urllib.parse.urlsplit(answer.url)
    plain = urllib.parse.unquote(parts.path)
    asked = (parts.path, plain, posixpath.normpath(plain), urllib.parse.unquote_plus(parts.query))
    found = INTERNALS.search(unechoed(_whole(answer), (*asked, *sent)))
    return found.group(0) if found else ""


def echoes(call: Call | None) -> Iterator[str]:
    """Texts that the request sends and an error may repeat."""
    for name, value in (call.options if call is not None else {}).items():
        if isinstance(value, Mapping) and name != "json":
            yield from (str(text) for text in value.values())
        else:
            yield value if isinstance(value, str) else json.dumps(value, default=str)


def secrets(
    send: Send, works: Call, calls: Sequence[Call], named: Mapping[str, str], more: Sequence[Response] = ()
) -> None:
    """No answer holds a value of `named` (what it is -> the secret), plain, percent-encoded or in base64."""
    if not named:
        cannot_run("control: there is no secret to look for")
    for answer in (*(answer for _, answer in answered(send, works, calls)), *more):
        text = _whole(answer)
        for what, value in named.items():
            if any(form in text for form in _forms(value)):
                exploited(f"{what} is in an answer with status {answer.status_code}: {shown(answer)}")


def answered(send: Send, works: Call, calls: Sequence[Call]) -> list[tuple[Call, Response]]:
    """The answers that came and to what, the control's first; cannot_run when the control fails or some call got no
    answer."""
    tries = Attempts()
    first = tries.send(works, send)
    if first is None or first.status_code >= 300:
        cannot_run(f"control: {works} was answered {first!r}")
    answers = [(call, answer) for call in calls if (answer := tries.send(call, send)) is not None]
    tries.end()
    assert first is not None
    return [(works, first), *answers]


def provoking(
    bodies: Sequence[Call] = (), params: Mapping[str, Sequence[str]] | None = None, paths: Sequence[str] = ()
) -> Iterator[Call]:
    """Requests that make careless services talk.

    bodies: writing operations, whose body is replaced; params: path -> names of its parameters; paths: templates with
    `{}` where an identifier stands.
    """
    for call in bodies:
        headers = {**(call.options.get("headers") or {}), **JSON}
        for body in BODIES:
            yield Call(call.method, call.path, {"content": body, "headers": headers})
        yield Call(call.method, call.path, {"content": "a=1", "headers": {"Content-Type": "text/plain"}})
    for path, fields in (params or {}).items():
        for field in fields:
            for value in VALUES:
                yield Call("GET", path, {"params": {field: value}})
    for template in paths:
        for segment in SEGMENTS:
            yield Call("GET", template.replace("{}", segment))


def usual(prefixes: Sequence[str] = ("",)) -> Iterator[Call]:
    """Paths where frameworks and careless deployments show their insides."""
    for prefix in prefixes:
        for path in USUAL:
            yield Call("GET", prefix + path)


def secret_values(env: Mapping[str, str]) -> dict[str, str]:
    """Parts of environment values that look secret (16 or more hex digits): "NAME (1st)" -> the part."""
    found = {}
    for name, value in env.items():
        for number, part in enumerate(SECRET.findall(value), start=1):
            found[f"part {number} of {name}"] = part
    return found


def _whole(answer: Response) -> str:
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.lines)
    return f"{answer.reason}\n{head}\n{answer.text}"


def _forms(value: str) -> tuple[str, ...]:
    raw = base64.b64encode(value.encode()).decode().rstrip("=")
    return (value, quoted(value), raw)
