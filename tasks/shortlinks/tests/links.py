"""What the hidden tests share: callers with a token, random targets, visits one after the other and all at once.

It refuses to look behind the service's HTTP interface.
"""

import random
import string
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

REFUSED = (400, 422)
REDIRECTS = (302, 307)
LINK_FIELDS = ("slug", "target_url", "owner", "state", "disabled", "visits", "max_visits", "expires_at")
LINK_FIELDS += ("created_at", "updated_at")
SEEN_WITHIN_S = 1.0  # R15
POLL_S = 0.05


class Caller:
    """One person: every request carries their token."""

    def __init__(self, client: Any, name: str, token: str) -> None:
        self._client, self.name, self.token = client, name, token

    def request(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self._client.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> Any:
        return self.request("POST", path, **options)

    def patch(self, path: str, **options: Any) -> Any:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self.request("DELETE", path, **options)

    def link(self, target_url: str, **fields: Any) -> dict[str, Any]:
        """Create a link that must be accepted."""
        response = self.post("/links", json={"target_url": target_url, **fields})
        assert response.status_code == 201, f"creating a link to {target_url[:200]!r} with {fields}: {response!r}"
        return contract_part(response.json())

    def read(self, slug: str) -> dict[str, Any]:
        response = self.get(f"/links/{slug}")
        assert response.status_code == 200, f"reading a link: {response!r}"
        return contract_part(response.json())

    def stats(self, slug: str) -> dict[str, Any]:
        response = self.get(f"/links/{slug}/stats")
        assert response.status_code == 200, f"reading statistics: {response!r}"
        return dict(response.json())

    def change(self, slug: str, **fields: Any) -> dict[str, Any]:
        """Change a link; it must be accepted."""
        response = self.patch(f"/links/{slug}", json=fields)
        assert response.status_code == 200, f"changing a link by {fields}: {response!r}"
        return contract_part(response.json())

    def page(self, **params: Any) -> dict[str, Any]:
        response = self.get("/links", params=params)
        assert response.status_code == 200, f"listing with {params}: {response!r}"
        return dict(response.json())

    def pages(self, between: Callable[[], object] = lambda: None, **params: Any) -> Iterator[dict[str, Any]]:
        """Every page from the first to the last; `between` runs after each."""
        page = self.page(**params)
        for _ in range(200):
            yield page
            if page["next_cursor"] is None:
                return
            between()
            page = self.page(**params, cursor=page["next_cursor"])
        raise AssertionError("200 pages and no end: next_cursor never became null")

    def counted(self, slug: str, visits: int, visitors: int | None = None) -> dict[str, Any]:
        """The statistics once they show `visits` and `visitors` (None = whatever), as does the link: within the second
        that the rule allows; the last look is taken after it."""
        deadline = time.monotonic() + SEEN_WITHIN_S
        while True:
            last = time.monotonic() > deadline
            stats, shown = self.stats(slug), self.read(slug)["visits"]
            by_day = sum(day["visits"] for day in stats["by_day"])
            known = visitors in (None, stats["unique_visitors"])
            if last or (stats["visits"], by_day, shown, known) == (visits, visits, visits, True):
                break
            time.sleep(POLL_S)
        assert stats["visits"] == visits, f"{visits} visits were answered, the statistics show {stats}"
        assert by_day == visits, f"{visits} visits were answered, their days show {stats}"
        assert shown == visits, f"{visits} visits were answered, the link shows {shown}"
        assert known, f"{visitors} visitors came, the statistics show {stats}"
        return stats


def contract_part(link: dict[str, Any]) -> dict[str, Any]:
    """What the contract says of a link: a service may add fields of its own, which then may change as they like."""
    return {name: link[name] for name in LINK_FIELDS if name in link}


def word(rng: random.Random, length: int = 12) -> str:
    """A text nobody else uses: the service is shared by all tests."""
    return "".join(rng.choices(string.ascii_lowercase, k=length))


def target(rng: random.Random, tag: str = "") -> str:
    """A random address that may be linked to; it contains `tag`."""
    port = rng.choice(["", "", f":{rng.randint(1, 65535)}"])
    scheme = rng.choice(["http", "https"])
    return f"{scheme}://{word(rng, 6)}.example.com{port}/{tag or word(rng)}/{rng.randint(0, 999)}?x={rng.randint(0, 9)}"


def visit(client: Any, slug: str, mark: str | None = None, **options: Any) -> Any:
    headers = {} if mark is None else {"X-Visitor": mark}
    return client.get(f"/r/{slug}", headers=headers, **options)


def go(client: Any, slug: str, mark: str | None = None) -> str:
    """Visit a link that must redirect; where it leads."""
    response = visit(client, slug, mark)
    assert response.status_code in REDIRECTS, f"visiting: {response!r}"
    return str(response.headers.get("location"))


def instant(text: str) -> datetime:
    """The moment a date-time of an answer names; it must say its offset."""
    moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    assert moment.tzinfo is not None, f"{text!r} does not say its offset from UTC"
    return moment.astimezone(UTC)


def from_now(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def at_once(actions: Sequence[Callable[[], Any]], threads: int = 0) -> list[Any]:
    """Run the requests on as many threads (or on `threads`); their responses in the order given."""
    with ThreadPoolExecutor(threads or len(actions)) as pool:
        return [future.result() for future in [pool.submit(action) for action in actions]]


def slugs(page: dict[str, Any]) -> list[str]:
    return [link["slug"] for link in page["links"]]
