"""The HTTP client of hidden tests and attacks: one base URL, bounded exchanges, everything logged as evidence.

It refuses other origins, follows no redirect unless asked (and then within the origin only), and never raises anything
but ServiceError for what the service did. Tokens are drawn per trial and worthless afterwards, so they stay in the log:
without them the `curl` line in the evidence would not reproduce anything.
"""

import json as jsonlib
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness_probe import fair_clock, jsonguard
from harness_probe.limits import LIMITS
from harness_probe.secrets_in_force import SecretsInForce
from harness_probe.transport import DEADLINE_S, Answer, ServiceError, exchange

LOG_BODY_CAP = 4_000  # characters of a body kept as evidence
LOG_LENGTH = 400  # exchanges kept per log, the latest ones
REDIRECTS = 5
LEAKS_KEPT = 20
Params = Mapping[str, Any] | Sequence[tuple[str, Any]]


class Headers(Mapping[str, str]):
    """Response headers: case-insensitive, repeated fields joined with a comma (RFC 9110 §5.3)."""

    def __init__(self, lines: Sequence[tuple[str, str]]) -> None:
        self.lines = tuple(lines)
        self._joined: dict[str, str] = {}
        for name, value in lines:
            key = name.lower()
            self._joined[key] = f"{self._joined[key]}, {value}" if key in self._joined else value

    def __getitem__(self, name: str) -> str:
        return self._joined[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._joined)

    def __len__(self) -> int:
        return len(self._joined)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._joined


class Response:
    """A complete answer with the attribute names tests know from httpx and requests."""

    def __init__(self, answer: Answer, url: str) -> None:
        self.status_code = answer.status
        self.reason = answer.reason
        self.headers = Headers(answer.headers)
        self.content = answer.body
        self.url = url

    @property
    def text(self) -> str:
        """The body as UTF-8; undecodable bytes are replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The parsed body. Raises AssertionError: a body that is no JSON is a failed expectation, not a crash."""
        try:
            return jsonguard.parse(self.content.decode("utf-8"))
        except ValueError as error:
            raise AssertionError(f"body is not acceptable JSON ({error}): {self.text[:200]!r}") from None

    def __repr__(self) -> str:
        return f"<Response {self.status_code} {self.text[:200]!r}>"


class Client:
    """Requests against one service, from any thread. `log` holds the exchanges so far as JSON-ready dicts; `leaks`
    those whose answer repeats a live secret, when `secrets` are watched: each with `leak`, what it repeats."""

    def __init__(
        self,
        base_url: str,
        user_agent: str,
        deadline_s: float = DEADLINE_S,
        secrets: SecretsInForce | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._user_agent = user_agent
        self.deadline_s = deadline_s
        self._lock = threading.Lock()
        self._secrets = secrets
        self.log: list[dict[str, Any]] = []
        self.leaks: list[dict[str, Any]] = []
        self.sent = 0
        self.answered = 0

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Params | None = None,
        json: Any = None,
        content: bytes | str | None = None,
        follow_redirects: bool = False,
    ) -> Response:
        """One exchange. `path` starts with "/"; `json` and `content` exclude each other. Raises ServiceError."""
        if not path.startswith("/"):
            raise ValueError(f"path {path!r} must start with '/': the client talks to the service under test only")
        if json is not None and content is not None:
            raise ValueError("give either json= or content=, not both")
        target = _target(path, params)
        sent = {"User-Agent": self._user_agent, "Accept": "*/*"}
        body = content.encode() if isinstance(content, str) else content
        if json is not None:
            body = jsonlib.dumps(json).encode()
            sent["Content-Type"] = "application/json"
        for name, value in (headers or {}).items():
            sent = {known: v for known, v in sent.items() if known.lower() != name.lower()} | {name: value}
        response = self._send(method.upper(), target, sent, body)
        hops = 0
        while follow_redirects and response.status_code in {301, 302, 303, 307, 308} and "location" in response.headers:
            hops += 1
            if hops > REDIRECTS:
                raise ServiceError("protocol", f"more than {REDIRECTS} redirects")
            target = self._same_origin(response.url, response.headers["location"])
            if response.status_code in {301, 302, 303} and method.upper() not in {"GET", "HEAD"}:
                method, body = "GET", None
            response = self._send(method.upper(), target, sent, body)
        return response

    def get(self, path: str, **options: Any) -> Response:
        return self.request("GET", path, **options)

    def head(self, path: str, **options: Any) -> Response:
        return self.request("HEAD", path, **options)

    def options(self, path: str, **options: Any) -> Response:
        return self.request("OPTIONS", path, **options)

    def post(self, path: str, **options: Any) -> Response:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> Response:
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Response:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Response:
        return self.request("DELETE", path, **options)

    def clear_log(self) -> None:
        """Forget the exchanges and counts so far (the plugin does so before every test)."""
        with self._lock:
            self.log, self.sent, self.answered = [], 0, 0

    def _send(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        entry: dict[str, Any] = {
            "method": method,
            "target": target[:2_000],
            "headers": dict(headers),
            "body": _shown(body),
            "body_bytes": len(body or b""),
        }
        started, fair = time.monotonic(), fair_clock.now()
        try:
            answer = exchange(self.base_url, method, target, headers, body, deadline_s=self.deadline_s)
        except ServiceError as error:
            entry["error"] = f"{error.kind}: {error}"
            raise
        else:
            LIMITS.used(fair_clock.now() - fair, self.deadline_s)
            entry["status"] = answer.status
            entry["response_headers"] = [[n[:100], v[:500]] for n, v in answer.headers[:40]]
            entry["response_body"] = _shown(answer.body)
            self._look(entry, answer)
            return Response(answer, f"{self.base_url}{target}")
        finally:
            entry["ms"] = round((time.monotonic() - started) * 1000, 3)
            self._note(entry)

    def _look(self, entry: dict[str, Any], answer: Answer) -> None:
        if self._secrets is None:
            return
        head = "\n".join([answer.reason, *(f"{name}: {value}" for name, value in answer.headers)])
        with self._lock:
            what = self._secrets.look(entry["method"], answer.status, head, answer.body.decode("utf-8", "replace"))
            if what:
                entry["leak"] = what
                self.leaks = [*self.leaks[: LEAKS_KEPT - 1], entry]

    def _note(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self.sent += 1
            self.answered += "status" in entry
            self.log = [*self.log[-(LOG_LENGTH - 1) :], entry]

    def _same_origin(self, url: str, location: str) -> str:
        joined = urllib.parse.urlsplit(urllib.parse.urljoin(url, location))
        if f"{joined.scheme}://{joined.netloc}" != self.base_url:
            raise ServiceError("protocol", f"redirect to another origin refused: {location[:200]!r}")
        return urllib.parse.urlunsplit(("", "", joined.path or "/", joined.query, ""))


def _target(path: str, params: Params | None) -> str:
    # Only what would break the request line is quoted: attacks need their odd bytes to arrive as written.
    target = urllib.parse.quote(path, safe="/?&=%:@!$'()*+,;~-._[]#\"<>\\^`{|}").replace("#", "%23")
    if params:
        target += ("&" if "?" in target else "?") + urllib.parse.urlencode(params, doseq=True)
    return target


def _shown(body: bytes | None) -> str | None:
    if body is None:
        return None
    text = body[: LOG_BODY_CAP * 4].decode("utf-8", "replace")
    return text if len(text) <= LOG_BODY_CAP else text[:LOG_BODY_CAP] + "…[cut]"
