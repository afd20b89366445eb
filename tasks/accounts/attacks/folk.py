"""What the attacks share: people, and controls that must work before an attack means anything.

It refuses to judge by a failed control: an attack that could not be tried is unmeasured, never "secure".
"""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from harness_probe import cannot_run

WRONG_IN_A_ROW = 5
LETTERS = "abcdefghijkmnopqrstuvwxyz"


def word(rng: random.Random, length: int = 12) -> str:
    return "".join(rng.choice(LETTERS) for _ in range(length))


def new_password(rng: random.Random) -> str:
    return f"{word(rng, 8)}-{rng.randint(1000, 9999)}-{word(rng, 8)}"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def payload(response: Any) -> dict[str, Any]:
    """The parsed body, {} when it is no JSON object: an attack looks for what leaked, not for good form."""
    try:
        found = response.json()
    except AssertionError:
        return {}
    return found if isinstance(found, dict) else {}


def _list(response: Any) -> list[Any]:
    try:
        found = response.json()
    except AssertionError:
        return []
    return found if isinstance(found, list) else []


class Person:
    """Somebody with an e-mail address and a password; whether there is an account is another question."""

    def __init__(self, client: Any, rng: random.Random) -> None:
        self.client, self.email, self.password = (
            client,
            f"{word(rng, 14)}@{word(rng, 6)}.example.net",
            new_password(rng),
        )
        self.name = f"{word(rng, 6).title()} {word(rng, 9).title()}"
        self.ends: set[str] = set()  # moments at which sessions end that nobody else's do

    def register(self, **fields: Any) -> Any:
        body = {"email": self.email, "password": self.password, "display_name": self.name, **fields}
        return self.client.post("/accounts", json=body)

    def sign_in(self, password: str = "", **fields: Any) -> Any:
        body = {"email": self.email, "password": password or self.password, **fields}
        return self.client.post("/sessions", json=body)

    def change_password(self, new: str, password: str = "", headers: dict[str, str] | None = None) -> Any:
        body = {"email": self.email, "password": password or self.password, "new_password": new}
        return self.client.post("/accounts/password-change", json=body, headers=headers)

    def delete(self, password: str = "", headers: dict[str, str] | None = None) -> Any:
        body = {"email": self.email, "password": password or self.password}
        return self.client.post("/accounts/deletion", json=body, headers=headers)

    def must_register(self) -> dict[str, Any]:
        response = self.register()
        if response.status_code != 201:
            cannot_run(f"control: a legitimate registration was answered {response!r}")
        return payload(response)

    def must_sign_in(self, **fields: Any) -> dict[str, Any]:
        response = self.sign_in(**fields)
        session = payload(response)
        if response.status_code != 201 or not isinstance(session.get("token"), str):
            cannot_run(f"control: a legitimate sign-in was answered {response!r}")
        return session

    def must_open(self, token: str) -> dict[str, Any]:
        """The account that a token opens; a live token that opens nothing makes every attack on tokens void."""
        response = account_of(self.client, token)
        if response.status_code != 200 or payload(response).get("email") != self.email:
            cannot_run(f"control: a live token does not open its own account: {response!r}")
        return payload(response)

    def told_by(self, response: Any) -> bool:
        """Whether an answer shows this person's account or one of the sessions in `ends`: by field, as an error may
        repeat any text. An id alone tells nothing: every account may count its sessions from 1."""
        if response.status_code >= 300:
            return False
        found = payload(response) or {"list": _list(response)}
        emails = [str(email).lower() for email in values(found, "email")]
        told = self.email.lower() in emails or self.name in values(found, "display_name")
        return told or not self.ends.isdisjoint(map(str, values(found, "expires_at")))

    def sessions(self, token: str) -> list[dict[str, Any]]:
        response = self.client.get("/sessions", headers=bearer(token))
        found = payload(response).get("sessions")
        if response.status_code != 200 or not isinstance(found, list) or not found:
            cannot_run(f"control: the list of one's own sessions was answered {response!r}")
        return list(found)


def values(found: Any, name: str) -> list[Any]:
    """Every value of a field of this name, at any depth of a JSON body."""
    if isinstance(found, dict):
        own = [found[name]] if name in found else []
        return own + [v for inner in found.values() for v in values(inner, name)]
    return [v for inner in found for v in values(inner, name)] if isinstance(found, list) else []


def account_of(client: Any, token: str) -> Any:
    return client.get("/accounts/me", headers=bearer(token))


def at_once(actions: list[Callable[[], Any]]) -> list[Any]:
    """Run the requests on as many threads; their responses in the order given."""
    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result() for future in [pool.submit(action) for action in actions]]
