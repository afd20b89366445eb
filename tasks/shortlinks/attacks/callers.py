"""What the attacks share: callers, and controls that must work before an attack means anything.

It refuses to judge by a failed control: an attack that could not be tried is unmeasured, never "secure".
"""

import random
import string
import time
from datetime import UTC, datetime
from typing import Any

from harness_probe import cannot_run

REDIRECTS = (301, 302, 303, 307, 308)
SEEN_WITHIN_S = 1.1


def tokens(env: dict[str, str]) -> dict[str, str]:
    """name -> token, as the service was told."""
    return dict(pair.split(":", 1) for pair in env["API_TOKENS"].split(","))


def word(rng: random.Random, length: int = 12) -> str:
    return "".join(rng.choices(string.ascii_lowercase, k=length))


def target(rng: random.Random, tag: str = "") -> str:
    return f"https://{word(rng, 6)}.example.com/{tag or word(rng)}"


def instant(text: Any) -> Any:
    """The moment that a date-time names, to the second: one moment may be written in several ways."""
    try:
        return datetime.fromisoformat(str(text).upper().replace("Z", "+00:00")).astimezone(UTC).replace(microsecond=0)
    except ValueError:
        return text


def payload(response: Any) -> Any:
    """The JSON body, or None when there is none."""
    try:
        return response.json()
    except AssertionError:
        return None


class Caller:
    """One person: every request carries their token."""

    def __init__(self, client: Any, name: str, token: str) -> None:
        self._client, self.name, self.token = client, name, token

    def request(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self._client.request(method, path, headers=headers, **options)

    def link(self, target_url: str, **fields: Any) -> dict[str, Any]:
        """Create a link, as the control of an attack."""
        response = self.request("POST", "/links", json={"target_url": target_url, **fields})
        found = payload(response)
        if response.status_code != 201 or not isinstance(found, dict) or not isinstance(found.get("slug"), str):
            cannot_run(f"control: {self.name} could not create a link: {response!r}")
        return dict(found)

    def read(self, slug: str) -> dict[str, Any]:
        """Read an own link, as a control."""
        response = self.request("GET", f"/links/{slug}")
        found = payload(response)
        if response.status_code != 200 or not isinstance(found, dict):
            cannot_run(f"control: {self.name} could not read an own link: {response!r}")
        return dict(found)

    def stats(self, slug: str, visits: int) -> dict[str, Any]:
        """The statistics of an own link once they show `visits`, as a control."""
        deadline = time.monotonic() + SEEN_WITHIN_S
        while True:
            response = self.request("GET", f"/links/{slug}/stats")
            found = payload(response)
            if response.status_code == 200 and isinstance(found, dict) and found.get("visits") == visits:
                return dict(found)
            if time.monotonic() > deadline:
                cannot_run(f"control: {self.name} does not see {visits} visits in own statistics: {response!r}")
            time.sleep(0.05)

    def listed(self, **params: Any) -> list[str]:
        """Slugs of an own list, as a control."""
        response = self.request("GET", "/links", params=params)
        found = payload(response)
        if response.status_code != 200 or not isinstance(found, dict) or not isinstance(found.get("links"), list):
            cannot_run(f"control: {self.name} could not list own links: {response!r}")
        return [link.get("slug") for link in found["links"] if isinstance(link, dict)]


def visit(client: Any, slug: str, **options: Any) -> Any:
    return client.get(f"/r/{slug}", **options)


def must_lead_to(client: Any, slug: str, target_url: str) -> None:
    """A visit arrives at the target, as a control."""
    response = visit(client, slug)
    if response.status_code not in REDIRECTS or response.headers.get("location") != target_url:
        cannot_run(f"control: a link does not lead to its target: {response!r}")
