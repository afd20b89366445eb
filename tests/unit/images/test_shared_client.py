"""The drivers' HTTP client against services that misbehave, on real sockets."""

import importlib
import socket
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "harness" / "images" / "shared"
if str(SHARED) not in sys.path:
    sys.path.insert(0, str(SHARED))

client_module = importlib.import_module("harness_probe.client")
jsonguard = importlib.import_module("harness_probe.jsonguard")
ready = importlib.import_module("harness_probe.ready")
report = importlib.import_module("harness_probe.report")
identity = importlib.import_module("harness_probe.identity")
ServiceError = importlib.import_module("harness_probe").ServiceError

Serve = Callable[[Callable[[socket.socket, bytes], None]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve(answer) -> base URL of a raw server that hands each connection and its request head to `answer`."""
    listeners: list[socket.socket] = []

    def start(answer: Callable[[socket.socket, bytes], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=_accept, args=(listener, answer), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.close()


def _accept(listener: socket.socket, answer: Callable[[socket.socket, bytes], None]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_one, args=(connection, answer), daemon=True).start()


def _one(connection: socket.socket, answer: Callable[[socket.socket, bytes], None]) -> None:
    with connection:
        head = b""
        while b"\r\n\r\n" not in head:
            block = connection.recv(65536)
            if not block:
                return
            head += block
        try:
            answer(connection, head)
        except OSError:
            return  # the client has hung up, as it should


def whole(text: str) -> Callable[[socket.socket, bytes], None]:
    return lambda connection, _head: connection.sendall(text.encode())


def ok(body: str = "{}", headers: str = "") -> str:
    return f"HTTP/1.1 200 OK\r\n{headers}Content-Length: {len(body.encode())}\r\n\r\n{body}"


def failure_kind(serve: Serve, answer: Callable[[socket.socket, bytes], None], deadline_s: float = 5.0) -> str:
    client = client_module.Client(serve(answer), "agent", deadline_s=deadline_s)
    with pytest.raises(ServiceError) as caught:
        client.get("/x")
    assert client.log[-1]["error"].startswith(caught.value.kind)
    assert (client.sent, client.answered) == (1, 0)
    return str(caught.value.kind)


def test_a_plain_exchange_is_logged_with_everything_needed_to_repeat_it(serve: Serve) -> None:
    seen: list[bytes] = []

    def answer(connection: socket.socket, head: bytes) -> None:
        seen.append(head)
        connection.sendall(ok('{"id": 7}', "X-A: 1\r\nx-a: 2\r\n").encode())

    client = client_module.Client(serve(answer), "agent/1")
    response = client.post("/orders", json={"n": 1}, headers={"Authorization": "Bearer t"}, params={"q": "a b"})
    assert response.json() == {"id": 7}
    assert response.headers["X-a"] == "1, 2"
    assert seen[0].startswith(b"POST /orders?q=a+b HTTP/1.1\r\n")
    assert b"User-Agent: agent/1\r\n" in seen[0]
    assert b"Accept-Encoding: identity\r\n" in seen[0]
    entry = client.log[-1]
    assert (entry["method"], entry["target"], entry["status"]) == ("POST", "/orders?q=a+b", 200)
    assert entry["headers"]["Authorization"] == "Bearer t"
    assert (entry["body"], entry["response_body"]) == ('{"n": 1}', '{"id": 7}')


def drip(connection: socket.socket, _head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    never = threading.Event()
    for number in range(10_000):
        connection.sendall(f"X-{number}: 1\r\n"[:1].encode())
        never.wait(0.02)


def silent(_connection: socket.socket, _head: bytes) -> None:
    threading.Event().wait(2)


def endless(connection: socket.socket, _head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def continues(connection: socket.socket, _head: bytes) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def bomb(connection: socket.socket, _head: bytes) -> None:
    body = zlib.compress(b"\0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)


def test_no_answer_can_hold_or_fill_the_probe(serve: Serve) -> None:
    assert failure_kind(serve, drip, deadline_s=0.3) == "timeout"
    assert failure_kind(serve, silent, deadline_s=0.2) == "timeout"
    assert failure_kind(serve, endless) == "too_large"
    assert failure_kind(serve, continues) in {"too_large", "timeout"}
    assert failure_kind(serve, bomb) == "too_large"
    assert failure_kind(serve, whole("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")) == "too_large"


@pytest.mark.parametrize(
    "text",
    [
        "SSH-2.0-x\r\n\r\n",
        "HTTP/1.1 200 OK\r\n" + "".join(f"A{n}: b\r\n" for n in range(2_000)) + "\r\n",
        "HTTP/1.1 200 OK\r\nA: " + "b" * 100_000 + "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ok("xx", "Content-Encoding: br\r\n"),
        ok("xx", "Content-Encoding: gzip\r\n"),
    ],
)
def test_what_is_not_http_is_a_protocol_failure(serve: Serve, text: str) -> None:
    assert failure_kind(serve, whole(text)) == "protocol"


def test_a_closed_connection_and_a_closed_port_are_told_apart(serve: Serve) -> None:
    assert failure_kind(serve, lambda _c, _h: None) == "reset"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ServiceError) as caught:
        client_module.Client(f"http://127.0.0.1:{port}", "a").get("/")
    assert caught.value.kind == "refused"


def test_redirects_stay_where_they_are_or_at_least_within_the_origin(serve: Serve) -> None:
    def answer(connection: socket.socket, head: bytes) -> None:
        target = head.split(b" ")[1].decode()
        places = {"/a": "/b", "/out": "http://127.0.0.1:1/", "/loop": "/loop"}
        if target in places:
            connection.sendall(
                f"HTTP/1.1 302 Found\r\nLocation: {places[target]}\r\nContent-Length: 0\r\n\r\n".encode()
            )
        else:
            connection.sendall(ok('"end"').encode())

    client = client_module.Client(serve(answer), "a")
    assert client.get("/a").status_code == 302
    assert client.get("/a", follow_redirects=True).json() == "end"
    for target, why in (("/out", "another origin"), ("/loop", "more than 5")):
        with pytest.raises(ServiceError, match=why):
            client.get(target, follow_redirects=True)
    with pytest.raises(ValueError, match="must start with"):
        client.get("http://127.0.0.1:1/")


@pytest.mark.parametrize("body", ["[" * 5_000, "1" * 3_000, "NaN", '{"a": Infinity}', "<html>", "\udcff"])
def test_unacceptable_json_fails_the_expectation_not_the_probe(serve: Serve, body: str) -> None:
    raw = body.encode("utf-8", "surrogateescape")
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(raw)}\r\n\r\n".encode()
    client = client_module.Client(serve(lambda c, _h: c.sendall(head + raw)), "a")
    with pytest.raises(AssertionError, match="not acceptable JSON"):
        client.get("/").json()


def test_depth_counts_brackets_outside_strings_only() -> None:
    assert jsonguard.depth('[{"a": "[[[\\"[["}]') == 2
    assert jsonguard.parse('"' + "[" * 500 + '"') == "[" * 500


def test_readiness_waits_for_the_first_answer_below_500(serve: Serve) -> None:
    answers = ["HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "rubbish", ok()]
    base = serve(lambda connection, _head: connection.sendall(answers.pop(0).encode()))
    assert ready.wait_ready(base, "/health", 20.0) is not None
    assert answers == []


def test_readiness_gives_up_on_time() -> None:
    clock = iter(range(1_000))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = ready.wait_ready(
        f"http://127.0.0.1:{port}", "/", 30.0, now=lambda: float(next(clock)), sleep=lambda _s: None
    )
    assert found is None


def test_a_report_is_one_line_without_nan_and_below_its_cap() -> None:
    line = report.report_line("n", {"text": "a\nb\u2028é"})
    assert line == 'report n {"text":"a\\nb\\u2028\\u00e9"}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        report.report_line("n", {"x": float("nan")})
    with pytest.raises(ValueError, match="exceeds"):
        report.report_line("n", {"x": "y" * report.REPORT_CAP})


def test_a_job_keeps_the_probes_own_parameters_apart() -> None:
    job = report.read_job('{"nonce": "n", "seed": 4, "base_url": "http://127.0.0.1:9/", "total_s": 3}')
    assert (job.nonce, job.seed, job.base_url, job.parameters) == ("n", 4, "http://127.0.0.1:9", {"total_s": 3})
    with pytest.raises(ValueError, match="nonce"):
        report.read_job("[]")


def test_the_name_of_a_probe_follows_the_seed() -> None:
    names = {identity.user_agent(seed) for seed in range(50)}
    assert len(names) > 45
    assert identity.user_agent(3) == identity.user_agent(3)
