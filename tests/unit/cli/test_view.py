"""The web page over a real socket: what is shown where, and what nobody gets out of it."""

import http.client
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

import pytest

from harness.cli.ending import bundle_of
from harness.cli.view_http import Answer, ViewServer
from harness.cli.view_site import Site, path_of, steps_of
from harness.model.score import Evidence, Score
from harness.model.trial import Failed, Scored
from harness.report.render import render
from harness.store.run_folder import RunFolder

FINDING = Evidence("finding", "query from an f-string", where="app/main page.py:3", severity="high")
OUTCOME = Scored("no", (Score("acceptance", 1, 0.5, 1, 2, "hidden acceptance tests", (FINDING,)),))
BROKEN = "20270101-000000-broken-0000"
HOSTILE = "<img src=x onerror=alert(1)>\u202e&\"'?#%2e .html"


@dataclass(frozen=True)
class Got:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Browser:
    """Asks a server for paths exactly as they are written."""

    server: ViewServer
    folder: RunFolder

    @property
    def home(self) -> str:
        """The run's page."""
        return path_of(["runs", self.folder.paths.root.name])

    def __call__(self, path: str, method: str = "GET", host: str | None = None) -> Got:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=20)
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Host", host or f"127.0.0.1:{self.server.server_port}")
        connection.endheaders()
        with connection.getresponse() as answer:
            body = answer.read()
            got = Got(answer.status, dict(answer.getheaders()), body.decode("utf-8", "surrogateescape"))
        connection.close()
        return got


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., ViewServer]]:
    """serve(answer) -> a server under way on a free port."""
    servers: list[tuple[ViewServer, threading.Thread]] = []

    def start(answer: Callable[[str], Answer]) -> ViewServer:
        server = ViewServer(0, answer)
        thread = threading.Thread(target=server.serve_forever, args=(0.005,))
        thread.start()
        servers.append((server, thread))
        return server

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def browse(serve: Callable[..., ViewServer], finished_once: Callable[..., RunFolder]) -> Browser:
    """A browser in front of a finished run and a broken one; beside the runs lies a secret."""
    folder = finished_once(OUTCOME)
    for name in (BROKEN, ".hidden"):
        (folder.paths.root.parent / name).mkdir()
        (folder.paths.root.parent / name / "lock.json").write_text("{")
    (folder.paths.root.parent.parent / "secret").write_text("SECRET")
    delivered = folder.paths.trial(folder.reader.lock().trials[0]).submission
    (delivered / "app").mkdir(parents=True)
    (delivered / "app/main page.py").write_text("print('<b>hello</b>')\n")
    (delivered / "page.html").write_text("<script>alert(1)</script>")
    (delivered / HOSTILE).write_text("hostile name")
    (delivered / os.fsdecode(b"caf\xe9")).write_text("no UTF-8")
    (delivered / "leads-out").symlink_to("../../../../../secret")
    (delivered / "leads-up").symlink_to("../../../../..")
    return Browser(serve(Site(folder.paths.root.parent).answer), folder)


def links(got: Got, base: str) -> set[str]:
    return {urljoin(base, href) for href in re.findall(r'<a href="([^"#][^"]*)"', got.body)}


def test_the_index_tells_of_every_run(browse: Browser) -> None:
    got = browse("/?whatever=1")
    assert got.status == 200
    label = browse.folder.reader.lock().trials[0].agent_label
    for told in ("20260101-000000-small-0000", "2026-01-01T00:00:00Z", "small", label, "running"):
        assert told in got.body
    counts = re.findall(r'<td class="num">([^<]*)</td>', got.body)
    assert counts == ["1", "1", "0", "0", "0"], "planned, scored, failed, void, missing"
    assert "cannot be read" in got.body
    assert browse.home in links(got, "/")
    assert browse(f"/runs/{BROKEN}/").status == 500


def test_a_run_is_shown_as_its_report_with_ways_to_what_is_stored(browse: Browser) -> None:
    got = browse(browse.home)
    assert got.status == 200
    shown = re.sub(r"</?a\b[^>]*>|All runs|Stored files", "", got.body)
    written = render(bundle_of(browse.folder), ["html"])["report.html"].decode()
    assert shown == re.sub(r"</?a\b[^>]*>", "", written), "the same page but for its links"
    for target in links(got, browse.home):
        assert browse(target).status == 200, target
    source = next(link for link in links(got, browse.home) if link.endswith("/submission/app/main%20page.py"))
    assert browse(source).body == "print('<b>hello</b>')\n"


def test_every_stored_file_can_be_reached_and_is_text(browse: Browser) -> None:
    left, seen = [f"{browse.home}files/"], dict[str, Got]()
    while left:
        url = left.pop()
        if url not in seen and url.startswith(f"{browse.home}files/"):
            seen[url] = browse(url)
            assert seen[url].status == 200, url
            if url.endswith("/"):
                left += links(seen[url], url)
    bodies = {url.rsplit("/", 1)[1]: got for url, got in seen.items() if not url.endswith("/")}
    assert {"lock.json", "trial.json", "page.html", "caf%E9", "main%20page.py"} <= set(bodies)
    assert bodies[quote(HOSTILE, safe="")].body == "hostile name"
    assert bodies["page.html"].body == "<script>alert(1)</script>"
    for got in bodies.values():
        assert got.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert got.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert not [url for url in seen if "leads" in url], "links are shown, not followed"


def test_pages_are_protected_and_hostile_names_are_text(browse: Browser) -> None:
    trial = browse.folder.reader.lock().trials[0]
    folder = path_of(["runs", browse.folder.paths.root.name, "files", "trials", trial.name, "submission"])
    for url in ("/", browse.home, folder):
        got = browse(url)
        assert got.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = got.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script" not in got.body
        assert "<img" not in got.body
    assert "&lt;img src=x" in got.body
    assert "\u202e" not in got.body


@pytest.mark.parametrize(
    "inner",
    [
        "files/../../../secret",
        "files/../../secret",
        "files/%2e%2e/%2e%2e/secret",
        "files/..%2f..%2fsecret",
        "files/%2e%2e%2f%2e%2e%2fsecret",
        "files//etc/passwd",
        "files/%2fetc%2fpasswd",
        "files/trials/%00",
        "files/lock.json%00.txt",
        "files/lock.json/",
        "files/absent",
        "files/trials/{trial}/submission/leads-out",
        "files/trials/{trial}/submission/leads-up/",
        "files/trials/{trial}/submission/leads-up/secret",
        "files/..\\..\\secret",
        "../../secret",
        "../secret/files/",
        "nothing",
    ],
)
def test_nothing_outside_a_run_is_shown(browse: Browser, inner: str) -> None:
    got = browse(browse.home + inner.format(trial=quote(browse.folder.reader.lock().trials[0].name)))
    assert got.status == 404
    assert "SECRET" not in got.body
    assert "root:" not in got.body
    assert got.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["/runs/", "/runs/../", "/runs/%2e%2e/", "/runs/.hidden/", "//evil.example/", "/x"])
def test_only_runs_are_runs(browse: Browser, path: str) -> None:
    assert browse(path).status == 404


def test_a_folder_without_its_slash_is_moved_within_this_server(browse: Browser) -> None:
    for path in (browse.home, f"{browse.home}files/", f"{browse.home}files/trials/"):
        got = browse(path.rstrip("/"))
        assert (got.status, got.headers["Location"]) == (301, path)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.evil:1"]
)
def test_a_request_for_another_host_is_refused(browse: Browser, host: str) -> None:
    got = browse("/", host=host.format(port=browse.server.server_port))
    assert got.status == 421
    assert "small" not in got.body


@pytest.mark.parametrize("host", ["localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
def test_this_machine_has_several_names(browse: Browser, host: str) -> None:
    assert browse("/", host=host.format(port=browse.server.server_port)).status == 200


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("GET / HTTP/1.1\r\n\r\n", 421),
        ("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\n\r\n", 421),
        ("GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", 404),
        ("POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\n\r\n", 405),
        ("DELETE / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", 405),
        ("<script>alert(1)</script> / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", 405),
        ("GET / <b>HTTP</b>\r\n\r\n", 400),
        ("GET /{long} HTTP/1.1\r\n\r\n", 414),
    ],
)
def test_broken_and_foreign_requests_get_a_line_of_text(browse: Browser, request_text: str, status: int) -> None:
    text = request_text.format(port=browse.server.server_port, long="x" * 70_000)
    with socket.create_connection(("127.0.0.1", browse.server.server_port), 20) as wire:
        wire.sendall(text.encode())
        answer = b""
        while b"\r\n\r\n" not in answer and (more := wire.recv(65_536)):
            answer += more
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"text/plain" in answer
    assert b"<b>" not in answer
    assert b"<script>" not in answer


def test_asking_for_the_head_only_gives_the_head(browse: Browser) -> None:
    for path in ("/", f"{browse.home}files/lock.json"):
        got = browse(path, method="HEAD")
        assert (got.status, got.body) == (200, "")
        assert int(got.headers["Content-Length"]) == len(browse(path).body.encode("utf-8", "surrogateescape"))


def test_a_bug_is_told_and_does_not_end_the_server(
    serve: Callable[..., ViewServer], browse: Browser, capfd: Any
) -> None:
    def broken(target: str) -> Answer:
        raise RuntimeError(f"cannot draw {target}")

    server = serve(broken)
    for _ in range(2):
        assert Browser(server, browse.folder)("/").status == 500
    assert "cannot draw /" in capfd.readouterr().err


def test_many_at_once_get_the_same_page(browse: Browser) -> None:
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(browse(browse.home).body)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4
    assert len(set(got)) == 1


def test_what_is_asked_for_wrongly_is_a_usage_error(harness: Callable[..., Any], tmp_path: Path) -> None:
    assert "is not a run" in harness("view", "no-such-run").err
    nowhere = harness("view", "--out", "nope")
    assert (nowhere.code, "'nope' is no folder" in nowhere.err) == (2, True), nowhere.err
    assert harness("view", "--port", "65536").code == 2
    with socket.create_server(("127.0.0.1", 0)) as other:
        said = harness("view", "--port", str(other.getsockname()[1]))
    assert said.code == 2
    assert "cannot listen" in said.err


@pytest.mark.parametrize("steps", [[""], ["a b", "%2e", "ä", "\udce9", "?", "#", ";:@"], ["runs", "x"]], ids=ascii)
def test_paths_lead_back_to_their_steps(steps: list[str]) -> None:
    assert steps_of(path_of(steps)) == [*steps, ""] if steps != [""] else steps_of("/") == [""]


def test_a_failed_run_is_counted_as_such(
    serve: Callable[..., ViewServer], finished_once: Callable[..., RunFolder]
) -> None:
    folder = finished_once(Failed("start_crash", "exits", "acceptance"))
    got = Browser(serve(Site(folder.paths.root.parent).answer), folder)("/")
    assert re.findall(r'<td class="num">([^<]*)</td>', got.body) == ["1", "0", "1", "0", "0"]


def test_trials_beside_the_report_are_shown(browse: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.report.render.ONE_FILE", 10)
    beside = {link for link in links(browse(browse.home), browse.home) if "/report-trials/" in link}
    assert len(beside) == 1
    got = browse(beside.pop())
    assert got.status == 200
    assert 'class="trial"' in got.body
    for link in links(got, f"{browse.home}report-trials/x"):
        assert browse(link).status == 200, link
    assert browse(f"{browse.home}report-trials/none.html").status == 404
