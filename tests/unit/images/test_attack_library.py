"""Each exploit of the library against a real service: blocked by a good one, found in a defective one, else untried."""

import importlib
import itertools
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

for _folder in (Path(__file__).parent, Path(__file__).parents[3] / "harness" / "images" / "shared"):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))
weak = importlib.import_module("weak_service")
probe = importlib.import_module("harness_probe")
lib = importlib.import_module("harness_probe.attacks")
Client = importlib.import_module("harness_probe.client").Client
forged, idor, injection, leaks, lost_updates, mass_assignment, ssrf, traversal, wildcards = (
    importlib.import_module(f"harness_probe.attacks.{name}")
    for name in (
        "forged", "idor", "injection", "leaks", "lost_updates", "mass_assignment", "ssrf", "traversal", "wildcards",
    )
)  # fmt: skip
Call = lib.Call


class World:
    """Callers of one service, and what exploits are configured with."""

    def __init__(self, base_url: str) -> None:
        self.client = Client(base_url, "test", 5.0)
        self.port = int(base_url.rsplit(":", 1)[1])
        self.nobody = self.client.request
        self.owner, self.stranger = self.caller("alice"), self.caller("bob")
        self.numbers = itertools.count(1)

    def caller(self, name: str) -> Callable[..., Any]:
        def send(method: str, path: str, headers: Any = None, **options: Any) -> Any:
            mine = {"Authorization": f"Bearer {weak.TOKENS[name]}", **(headers or {})}
            return self.client.request(method, path, headers=mine, **options)

        return send

    def note(self, send: Any = None, **fields: Any) -> str:
        """The id of a new note."""
        answer = (send or self.owner)("POST", "/notes", json={"text": f"words {next(self.numbers)}", **fields})
        if answer.status_code != 201:
            probe.cannot_run("control: a note is not accepted")
        return str(answer.json()["id"])


def patched(key: str, extra: Any) -> Any:
    return Call("PATCH", f"/notes/{key}", {"json": {"text": "changed", **extra}})


def sql_filter(w: World) -> None:
    w.note(w.stranger, text="hidden words")
    w.note(text="mine")
    injection.text(w.owner, lambda text: Call("GET", "/notes", {"params": {"text": text}}), "mine", ("hidden words",))


def sql_id(w: World) -> None:
    key = w.note()
    injection.text(w.owner, lambda text: Call("GET", f"/notes/{lib.quoted(text)}"), key)


def sql_sort(w: World) -> None:
    w.note()
    injection.expression(w.owner, lambda text: Call("GET", "/notes", {"params": {"sort": text}}), "text")


def sql_stored(w: World) -> None:
    injection.stored(
        w.owner,
        lambda text: Call("POST", "/notes", {"json": {"text": text}}),
        lambda answer: Call("GET", f"/notes/{answer.json()['id']}"),
        random.Random(1),
    )


def idor_read(w: World) -> None:
    key = w.note(text="only mine 77")
    idor.reading(w.owner, w.stranger, "only mine 77", [Call("GET", f"/notes/{key}")], [Call("GET", "/notes")])


def idor_write(w: World) -> None:
    verbs = {"change": lambda key: patched(key, {}), "delete": lambda key: Call("DELETE", f"/notes/{key}")}
    idor.writing(w.owner, w.stranger, w.note, lambda key: Call("GET", f"/notes/{key}"), verbs)


def existence(w: World) -> None:
    key = w.note()
    idor.existence(w.stranger, [Call("GET", f"/notes/{key}")], [Call("GET", "/notes/n99999")], (key, "n99999"))


def no_token(w: World) -> None:
    forged.missing(w.owner, w.nobody, [Call("GET", "/notes")])


def forged_token(w: World) -> None:
    forged.believed(w.owner, w.nobody, Call("GET", "/notes"), list(weak.TOKENS.values()), ("alice", "bob"))


def forged_jwt(w: World) -> None:
    key = (
        "secret"
        if w.client.get("/notes", headers=bearer(weak.jwt({"sub": "alice"}, "secret"))).status_code == 200
        else weak.KEY
    )
    forged.believed(w.owner, w.nobody, Call("GET", "/notes"), [weak.jwt({"sub": "alice", "exp": 99}, key)])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def claimed(w: World) -> None:
    key = w.note(text="only mine 78")
    call = Call("GET", f"/notes/{key}")
    forged.claimed(w.stranger, w.nobody, w.owner, [call], "only mine 78", ["alice"])


def mass_create(w: World) -> None:
    mass_assignment.taken_over(
        w.owner,
        lambda: None,
        lambda _, extra: Call("POST", "/notes", {"json": {"text": "plain", **extra}}),
        lambda _, answer: Call("GET", f"/notes/{answer.json()['id']}") if answer.status_code == 201 else None,
        mass_assignment.each(role="admin", id="chosen"),
    )


def mass_change(w: World) -> None:
    mass_assignment.taken_over(
        w.owner,
        w.note,
        patched,
        lambda key, _: Call("GET", f"/notes/{key}"),
        mass_assignment.each(owner="bob"),
        (w.owner, w.stranger),
    )


def climb(w: World) -> None:
    traversal.reading(
        w.owner, lambda name: Call("GET", "/files", {"params": {"name": name}}), "known.txt", "known words"
    )


def ssrf_accepted(w: World) -> None:
    ssrf.accepted(w.owner, lambda url: Call("POST", "/hooks", {"json": {"url": url}}), "https://example.com/hook")


def ssrf_fetched(w: World) -> None:
    place = lambda url: Call("GET", "/fetch", {"params": {"url": url}})  # noqa: E731
    ssrf.fetched(w.owner, place, Call("GET", "/health"), weak.MARKER, "https://example.com/x", port=w.port)


def broken_requests(w: World) -> list[Any]:
    return list(leaks.provoking([Call("POST", "/notes")], {"/notes": ["text", "sort"]}, ["/notes/{}"]))


def internals(w: World) -> None:
    leaks.internals(w.owner, Call("GET", "/notes"), broken_requests(w))


def secrets(w: World) -> None:
    named = leaks.secret_values({"API_TOKENS": ",".join(f"{n}:{t}" for n, t in weak.TOKENS.items()), "PORT": "8000"})
    assert len(named) == 2
    leaks.secrets(w.owner, Call("GET", "/notes"), list(leaks.usual()), named)


def pattern(w: World) -> None:
    w.note(text="mine alone")
    place = lambda text: Call("GET", "/notes", {"params": {"text": text}})  # noqa: E731
    wildcards.widened(w.owner, place, "mine alone", lambda answer: len(answer.json()["notes"]))


def double_claim(w: World) -> None:
    claim = lambda name, number: Call("POST", "/claims", {"json": {"name": name, "by": number}})  # noqa: E731
    lost_updates.one_wins(w.owner, lambda: f"name {next(w.numbers)}", claim)


def overwritten(w: World) -> None:
    changes = [(lambda key, name=name: Call("PATCH", f"/pairs/{key}", {"json": {name: 1}}), {name: 1}) for name in "ab"]
    look = lambda key: Call("GET", f"/pairs/{key}")  # noqa: E731
    lost_updates.all_kept(w.owner, lambda: f"p{next(w.numbers)}", changes, look)


def multicast(w: World) -> None:
    urls = [f"http://{host}/" for host in ssrf.SPECIAL]
    place = lambda url: Call("POST", "/hooks", {"json": {"url": url}})  # noqa: E731
    ssrf.accepted(w.owner, place, "https://example.com/hook", urls, ())


FOUND_BY = [
    ("like", pattern), ("lost", double_claim), ("lost", overwritten), ("multicast", multicast),
    ("sql-filter", sql_filter), ("sql-id", sql_id), ("sql-sort", sql_sort), ("sql-stored", sql_stored),
    ("idor-read", idor_read), ("idor-write", idor_write), ("existence", existence), ("no-auth", no_token),
    ("prefix", forged_token), ("jwt-none", forged_jwt), ("jwt-unverified", forged_jwt), ("jwt-weak", forged_jwt),
    ("claimed", claimed), ("mass", mass_create), ("mass", mass_change), ("traversal", climb),
    ("ssrf", ssrf_accepted), ("ssrf", ssrf_fetched), ("trace", internals), ("secret", secrets),
]  # fmt: skip
EXPLOITS = sorted({exploit for _, exploit in FOUND_BY}, key=lambda exploit: exploit.__name__)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "known.txt").write_text("known words")
    return tmp_path


@pytest.mark.parametrize(("defect", "exploit"), FOUND_BY, ids=lambda item: getattr(item, "__name__", item))
def test_a_defect_is_found_by_its_exploit(folder: Path, defect: str, exploit: Callable[[World], None]) -> None:
    with weak.serving(folder, defect) as url, pytest.raises(probe.Exploited) as found:
        exploit(World(url))
    assert len(str(found.value)) > 20, "it says what was obtained"


@pytest.mark.parametrize("twin", ["", *weak.TWINS])
@pytest.mark.parametrize("exploit", EXPLOITS, ids=lambda exploit: exploit.__name__)
def test_a_good_service_blocks_every_exploit(folder: Path, exploit: Callable[[World], None], twin: str) -> None:
    with weak.serving(folder, twin) as url:
        world = World(url)
        exploit(world)
        assert world.client.answered > 0


@pytest.mark.parametrize("exploit", EXPLOITS, ids=lambda exploit: exploit.__name__)
def test_where_legitimate_requests_fail_nothing_can_be_tried(folder: Path, exploit: Callable[[World], None]) -> None:
    with weak.serving(folder, "down") as url, pytest.raises(probe.CannotRun, match="control"):
        exploit(World(url))


def test_answers_that_change_by_themselves_are_no_evidence(folder: Path) -> None:
    with weak.serving(folder, "flaps") as url, pytest.raises(probe.CannotRun, match="differently each time"):
        injection.text(World(url).owner, lambda text: Call("GET", "/notes", {"params": {"text": text}}), "v")


def test_an_attempt_without_an_answer_is_not_blocked(folder: Path) -> None:
    def silent(method: str, path: str, **options: Any) -> Any:
        raise probe.ServiceError("timeout", "no complete answer")

    with weak.serving(folder) as url, pytest.raises(probe.CannotRun, match="1 attempts got no answer"):
        forged.missing(World(url).owner, silent, [Call("GET", "/notes")])


def test_a_secret_that_the_request_itself_sends_is_refused() -> None:
    with pytest.raises(ValueError, match="choose a secret that no request holds"):
        idor.reading(print, print, "words of mine", [Call("GET", "/notes", {"params": {"text": "words of mine"}})])


@pytest.mark.parametrize("short", ["1", "42", "n7", "draft", "ord_1", "17592884729"])
def test_a_short_id_is_no_mark(short: str) -> None:
    for looking in (idor.reading, lambda *rest: forged.claimed(print, print, print, [], short, ["ops"])):
        with pytest.raises(ValueError, match="no mark"):
            looking(print, print, short, [])
    with pytest.raises(ValueError, match="no mark"):
        injection.text(print, lambda text: Call("GET", "/notes"), "words", (short,))
