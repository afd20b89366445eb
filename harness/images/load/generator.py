"""The load generator: locust's FastHttpSession, one greenlet per arrival, latency from the intended start.

It refuses a closed loop (a stalled service would slow its own measurement down), retries, redirects, cookies, and
rounding: every sample is kept raw, in microseconds. It looks at no body while it measures: reading a large answer on
the event loop would make the generator late by the service's doing. It opens no listener: the web page, workers and
statistics of locust are never started.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gevent
from geventhttpclient.client import HTTPClientPool
from geventhttpclient.header import Headers
from harness_probe.secrets_in_force import SecretsInForce
from judging import OK, OUTCOMES, TIMEOUT, Answer, judge
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook
from scenario import Request

BODY_CAP = 256_000  # bytes of one answer; the largest page of a built-in task has 60 kB, indented 125 kB
HELD_CAP = 96_000_000  # bytes of answers that wait for the end of a phase; what comes beyond is judged at once
LOCATION_CAP = 4_000  # characters of a Location that are kept
HEADER_CAP = 100  # header lines of one answer: each costs the event loop time
CONNECTIONS = 2_000
EXAMPLES = 12
LEAKS = 5


@dataclass(frozen=True)
class Exchange:
    """One exchange that nobody has judged yet: perf_counter seconds, and the limit its time was held to."""

    begun: float
    ended: float
    answer: Answer
    limit_s: float


@dataclass(frozen=True)
class Result:
    """One exchange: perf_counter seconds, status (0 = none), index into OUTCOMES, what was read of it."""

    begun: float
    ended: float
    status: int
    outcome: int
    body: bytes
    detail: str = ""
    location: str = ""


class FewHeaders(Headers):  # type: ignore[misc]
    """Header lines as geventhttpclient keeps them, up to HEADER_CAP of them."""

    def add(self, field: str, value: Any) -> None:
        """Raises ValueError for one line too many: the answer is broken, not read on."""
        if len(self) >= HEADER_CAP:
            raise ValueError(f"more than {HEADER_CAP} header lines")
        super().add(field, value)


@dataclass
class Samples:
    """Raw samples of one phase in order of intended start; integers, microseconds."""

    intended_us: list[int] = field(default_factory=list)
    lag_us: list[int] = field(default_factory=list)
    latency_us: list[int] = field(default_factory=list)
    status: list[int] = field(default_factory=list)
    operation: list[int] = field(default_factory=list)
    outcome: list[int] = field(default_factory=list)


class Generator:
    """Sends requests to one service. `timeout_s` is the total time one request may take from its real start.

    `reuse` False: a connection for each request, whatever the service says about keeping it alive. `leaks`: exchanges
    whose answer repeats one of `secrets`, each with `leak`: what; it changes no outcome.
    """

    def __init__(
        self,
        base_url: str,
        user_agent: str,
        timeout_s: float,
        reuse: bool = True,
        secrets: SecretsInForce | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._agent = user_agent
        pool = HTTPClientPool(
            concurrency=CONNECTIONS, connection_timeout=timeout_s, network_timeout=timeout_s, disable_ipv6=True,
            headers_type=FewHeaders,
        )  # fmt: skip
        self._session = FastHttpSession(base_url, EventHook(), None, client_pool=pool, max_retries=0, max_redirects=0)
        self._session.client.valid_response_codes = frozenset(range(100, 600))  # the scenario judges the status
        self._session.client.redirect_response_codes = frozenset()
        self._session.client.cookiejar = None
        # -1: a GET whose connection was dropped is not silently sent again, as the pool would do `size` times.
        connections = pool.get_client(base_url)._connection_pool
        connections.size = -1
        if not reuse:
            connections.return_socket = connections.release_socket
        self.examples: list[dict[str, Any]] = []
        self.leaks: list[dict[str, Any]] = []
        self._secrets = secrets

    def send(self, request: Request, timeout_s: float | None = None) -> Result:
        """One exchange, judged against the request's expectations. Never raises for what the service did."""
        return self._judged(request, self._exchange(request, timeout_s or self._timeout_s))

    def run(self, requests: Sequence[Request], due_s: Sequence[float], operations: Sequence[str]) -> Samples:
        """Send request i at due_s[i] after now, whatever became of the others; judged when all have ended."""
        seen: list[Exchange | Result | None] = [None] * len(requests)
        origin = time.perf_counter() + 0.2 + 50e-6 * len(requests)  # all greenlets wait before the first is due
        held = 0

        def one(index: int) -> None:
            nonlocal held
            gevent.sleep(max(0.0, origin + due_s[index] - time.perf_counter()))
            exchange = self._exchange(requests[index], self._timeout_s)
            held += len(exchange.answer.body)
            seen[index] = exchange if held <= HELD_CAP else self._judged(requests[index], exchange, keep_body=False)

        gevent.joinall([gevent.spawn(one, index) for index in range(len(requests))], raise_error=True)
        samples = Samples()
        for request, due, got in zip(requests, due_s, seen, strict=True):
            assert got is not None
            result = got if isinstance(got, Result) else self._judged(request, got)
            samples.intended_us.append(round(due * 1e6))
            samples.lag_us.append(max(0, round((result.begun - origin - due) * 1e6)))
            samples.latency_us.append(round((result.ended - origin - due) * 1e6))
            samples.status.append(result.status)
            samples.operation.append(operations.index(request.operation))
            samples.outcome.append(result.outcome)
        return samples

    def _exchange(self, request: Request, limit_s: float) -> Exchange:
        answer = Answer()
        begun = time.perf_counter()
        try:
            with gevent.Timeout(limit_s, False):
                answer = self._ask(request)
        except Exception as error:  # noqa: BLE001 - a broken answer is a failed request, whatever the parser makes of it
            answer = Answer(problem=f"{type(error).__name__}: {error}"[:300])
        return Exchange(begun, time.perf_counter(), answer, limit_s)

    def _ask(self, request: Request) -> Answer:
        got = self._session.request(
            request.method, request.path, data=request.body, headers=self._headers(request),
            stream=True, catch_response=True,
        )  # fmt: skip
        if not got.status_code:
            return Answer(problem=f"{type(got.error).__name__}: {got.error}"[:300])
        announced = got.headers.get("content-length", "")
        size = int(announced[:20]) if announced.isdigit() else 0
        body = bytes(got.stream.read(BODY_CAP + 1)) if size <= BODY_CAP else b""
        if max(size, len(body)) > BODY_CAP:
            got.stream.release()
            return Answer(got.status_code, b"", f"body larger than {BODY_CAP} bytes")
        if got.headers.get("content-encoding", "identity").lower() != "identity":
            return Answer(got.status_code, b"", "compressed although only 'identity' was accepted")
        is_json = "json" in got.headers.get("content-type", "").lower()
        location = got.headers.get("location", "")[:LOCATION_CAP]
        return Answer(got.status_code, body, "", is_json, location, tuple(got.headers.items()))

    def _headers(self, request: Request) -> dict[str, str]:
        return {"User-Agent": self._agent, "Accept-Encoding": "identity", **request.headers}

    def _judged(self, request: Request, seen: Exchange, keep_body: bool = True) -> Result:
        answer = seen.answer
        outcome, detail = judge(request, answer)
        if seen.ended - seen.begun >= seen.limit_s:
            outcome, detail = TIMEOUT, f"no complete answer within {seen.limit_s:g} s"
        body = answer.body if keep_body else b""
        result = Result(seen.begun, seen.ended, answer.status, outcome, body, detail, answer.location)
        if outcome != OK and len(self.examples) < EXAMPLES:
            self.examples.append(example_of(request, self._headers(request), result))
        self._look(request, answer, result)
        return result

    def _look(self, request: Request, answer: Answer, result: Result) -> None:
        if self._secrets is None or not answer.status:
            return
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers)
        what = self._secrets.look(request.method, answer.status, head, answer.body.decode("utf-8", "replace"))
        if what and len(self.leaks) < LEAKS:
            shown = replace(result, detail=f"the answer repeats {what}", body=answer.body)
            fields = [[name[:100], value[:500]] for name, value in answer.headers[:40]]
            told = example_of(request, self._headers(request), shown)
            self.leaks.append({**told, "response_headers": fields, "leak": what})


def example_of(request: Request, headers: Mapping[str, str], result: Result) -> dict[str, Any]:
    """A failed exchange as evidence, ready for the report."""
    return {
        "operation": request.operation,
        "outcome": OUTCOMES[result.outcome],
        "detail": result.detail,
        "method": request.method,
        "target": request.path,
        "headers": {name: value for name, value in headers.items() if name != "Accept-Encoding"},
        "body": request.body.decode() if request.body else None,
        "status": result.status,
        "response_body": result.body[:2_000].decode("utf-8", "replace"),
    }
