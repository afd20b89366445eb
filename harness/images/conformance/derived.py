"""Requests derived from the contract member by member: bodies that it rules out, and odd ids in every path.

It refuses to count what was not controlled: a broken body counts only where the right one it was made from has just
been accepted. A body is refused with any 4xx; of an odd id nothing is asked but an answer below 500. Time that runs out
ends it early, and is told.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from harness_probe import fair_clock
from harness_probe.client import Client, Response
from harness_probe.transport import ServiceError
from negatives import broken_bodies
from targets import Link, Operation, at, filled, operations_of

TEXT_CAP = 4_000
CHANGING = ("POST", "PUT", "PATCH")
WELL_FORMED = (
    "%27", "%27%27", "%22", "%60", "%3B", "%5C", "%00", "a%00b", "%20", "%0A", "%0D%0A", "%09", "%7F", "%25", "%2525",
    "%25%27", "%2F", "%2F%2F", "..%2F..%2Fetc%2Fpasswd", ".", "..", "%2E%2E", "~", "*", "_", "-", "-1", "0", "1.5",
    "1e5", "0x10", "NaN", "null", "true", "%C3%A9", "%F0%9F%98%80", "%E2%80%8B", "%D9%A1", "%EF%BC%91", "%FF",
    "%C0%AF", "%ED%A0%80", "9" * 19, "9" * 20, "9" * 40, "9" * 300, "-" + "9" * 20, "9" * 4_400, "a" * 65, "a" * 300,
    "a" * 2_000, "%7B%7D", "%5B%5D", "%3Cscript%3E", "%24%7B7*7%7D", "%27%20OR%20%271%27%3D%271", "1%3B--",
    "%27%3B%20DROP%20TABLE%20x%3B--",
)  # fmt: skip
MALFORMED = ("%", "%ZZ", "%2", "'", '"', "\\", "{}", "|")  # a server may hang up on these


class Derived:
    """One pass over the operations of a contract, on one service."""

    def __init__(self, spec: dict[str, Any], client: Client, headers: dict[str, str], limit_s: float) -> None:
        self._spec, self._client, self._headers = spec, client, headers
        self._until = fair_clock.now() + limit_s
        self._operations = operations_of(spec)
        self._failures: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._bodies: dict[str, int] = {}
        self._ids = 0

    def run(self) -> dict[str, Any]:
        """{"failures": as the tool's, "bodies": label -> how many were refused or not, "ids": requests, "cut"}."""
        for operation in self._operations.values():
            if operation.method in CHANGING and operation.schema is not None and operation.refuses:
                self._try_bodies(operation)
            if operation.parameters:
                self._try_ids(operation)
        failures = list(self._failures.values())
        return {"failures": failures, "bodies": self._bodies, "ids": self._ids, "cut": not self._time()}

    def _time(self) -> bool:
        return fair_clock.now() < self._until

    def _try_bodies(self, operation: Operation) -> None:
        for path, good in self._places(operation):
            answer = self._send(operation, path, good)
            if answer is not None and answer.status_code < 300:
                break
        else:
            return
        fresh = None
        for what, body in broken_bodies(self._spec, operation.schema, good):
            if not self._time():
                return
            fresh = fresh or next(self._places(operation, good), None)
            if fresh is None:
                return
            answer = self._send(operation, fresh[0], body)
            self._bodies[operation.label] = self._bodies.get(operation.label, 0) + 1
            if answer is not None and answer.status_code < 400:
                text = f"{what}; the contract rules that out, and it was answered {answer.status_code}"
                self._failed("bad_body_accepted", operation.label, text, answer)
                fresh = None
            elif answer is not None and answer.status_code >= 500:
                self._failed("not_a_server_error", operation.label, f"{what}; it was answered with an error", answer)

    def _places(self, operation: Operation, like: Any = None) -> Iterator[tuple[str, Any]]:
        """Paths on a thing just made, each with a right body; where no id is needed, the path as it stands."""
        if not operation.parameters:
            if operation.example is not None:
                yield operation.path, operation.example
            return
        for link in operation.links:
            answer = self._made(link)
            if answer is None:
                continue
            body = filled(link.body, answer) if link.body is not None else operation.example
            path = _path(operation, {name: at(answer, where) for name, where in link.parameters.items()})
            same = like is None or (isinstance(body, dict) and isinstance(like, dict) and body.keys() == like.keys())
            if path and body is not None and same:
                yield path, body

    def _made(self, link: Link) -> Any:
        """The answer to the request that makes a thing, None when it could not be made."""
        maker = self._operations[link.maker]
        if maker.parameters or maker.method == "GET" or maker.example is None:
            return None
        answer = self._send(maker, maker.path, maker.example)
        if answer is None or answer.status_code >= 300:
            return None
        try:
            return answer.json()
        except AssertionError:
            return None

    def _try_ids(self, operation: Operation) -> None:
        body = operation.example
        if body is None:
            body = next((link.body for link in operation.links if link.body is not None), None)
        for odd in (*WELL_FORMED, *MALFORMED):
            if not self._time():
                return
            path = operation.path
            for name in operation.parameters:
                path = path.replace(f"{{{name}}}", odd)
            answer = self._send(operation, path, filled(body, {}), may_hang_up=odd in MALFORMED)
            self._ids += 1
            if answer is not None and answer.status_code >= 500:
                text = f"the id {odd[:80]!r} in the path was answered with an error"
                self._failed("odd_id", operation.label, text, answer)

    def _send(self, operation: Operation, path: str, body: Any, may_hang_up: bool = False) -> Response | None:
        options: dict[str, Any] = {"headers": dict(self._headers)}
        if operation.schema is not None:
            options["content"] = json.dumps(body)
            options["headers"]["Content-Type"] = "application/json"
        try:
            return self._client.request(operation.method, path, **options)
        except ServiceError as error:
            if not may_hang_up:
                self._failed("no_answer", operation.label, f"no complete, valid HTTP answer: {error}", None)
            return None

    def _failed(self, check: str, label: str, message: str, answer: Response | None) -> None:
        status = str(answer.status_code) if answer is not None else "none"
        known = self._failures.get((check, label, status))
        if known is not None:
            known["count"] += 1
            return
        identity = {"check": check, "operation": label, "status": status, "count": 1, "message": message[:TEXT_CAP]}
        exchange = self._client.log[-1]
        sent = {"method": exchange["method"], "url": f"{self._client.base_url}{exchange['target']}"}
        request = {**sent, "headers": exchange["headers"], "body": exchange["body"]}
        response = {}
        if answer is not None:
            head = {name: ", ".join(answer.headers[name].splitlines()) for name in answer.headers}
            response = {"status": answer.status_code, "headers": head, "body": answer.text[:TEXT_CAP]}
        shown = {"request": request, "response": response, "curl": _curl(request), "phase": "derived"}
        self._failures[check, label, status] = {**identity, **shown}


def _path(operation: Operation, values: dict[str, Any]) -> str:
    """The path with its parameters, "" when one is missing."""
    path = operation.path
    for name in operation.parameters:
        if not isinstance(values.get(name), (str, int)):
            return ""
        path = path.replace(f"{{{name}}}", quote(str(values[name]), safe=""))
    return path


def _curl(request: dict[str, Any]) -> str:
    parts = ["curl", "-X", request["method"]]
    for name, value in request["headers"].items():
        if name.lower() in ("authorization", "content-type"):
            parts += ["-H", f"'{name}: {value}'"]
    if request["body"] is not None:
        quoted = request["body"].replace("'", "'\\''")
        parts += ["-d", f"'{quoted}'"]
    return " ".join([*parts, f"'{request['url']}'"])[:TEXT_CAP]
