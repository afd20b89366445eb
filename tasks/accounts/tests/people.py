"""What the hidden tests share: people with an account, signed in or not.

It refuses to look behind the service's HTTP interface.
"""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

REFUSED = (400, 422)
WRONG_IN_A_ROW = 5
FIELDS = ("id", "email", "display_name", "role", "created_at", "expires_at", "current")
LETTERS = "abcdefghijkmnopqrstuvwxyz"
# Operations that need a token, with a body that would be right.
GUARDED = (
    ("GET", "/accounts/me", None),
    ("PATCH", "/accounts/me", {"display_name": "Somebody Else"}),
    ("GET", "/sessions", None),
    ("DELETE", "/sessions/{id}", None),
)


def word(rng: random.Random, length: int = 12) -> str:
    return "".join(rng.choice(LETTERS) for _ in range(length))


def new_email(rng: random.Random) -> str:
    """An address nobody else uses: the service is shared by all tests. Upper and lower case are mixed."""
    name = "".join(rng.choice((str.upper, str.lower))(letter) for letter in word(rng, 14))
    return f"{name}.{rng.randint(10, 99)}+shop@{word(rng, 6)}.example.org"


def new_password(rng: random.Random) -> str:
    return f"{word(rng, 6)} {rng.randint(1000, 9999)} {word(rng, 6)}"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def contract_part(found: dict[str, Any]) -> dict[str, Any]:
    """What the contract says of an account or a session: a service may add fields, which may change as they like."""
    return {name: found[name] for name in FIELDS if name in found}


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00"))
    assert found.tzinfo is not None, f"{text!r} has no time zone"
    return found


class Person:
    """Somebody with (or without) an account: e-mail address, password and the tokens of their sessions."""

    def __init__(self, client: Any, email: str, password: str, display_name: str) -> None:
        self.client, self.email, self.password, self.display_name = client, email, password, display_name
        self.token = ""

    def register(self, **fields: Any) -> Any:
        body = {"email": self.email, "password": self.password, "display_name": self.display_name, **fields}
        return self.client.post("/accounts", json=body)

    def sign_in(self, password: str | None = None, **fields: Any) -> Any:
        body = {"email": self.email, "password": self.password if password is None else password, **fields}
        return self.client.post("/sessions", json=body)

    def session(self, **fields: Any) -> dict[str, Any]:
        """Sign in; it must work."""
        response = self.sign_in(**fields)
        assert response.status_code == 201, f"signing in: {response!r}"
        return dict(response.json())

    def change_password(self, new: str, password: str | None = None) -> Any:
        given = self.password if password is None else password
        return self.client.post(
            "/accounts/password-change", json={"email": self.email, "password": given, "new_password": new}
        )

    def delete(self, password: str | None = None) -> Any:
        given = self.password if password is None else password
        return self.client.post("/accounts/deletion", json={"email": self.email, "password": given})

    def request(self, method: str, path: str, token: str = "", **options: Any) -> Any:
        return self.client.request(method, path, headers=bearer(token or self.token), **options)

    def account(self, token: str = "") -> dict[str, Any]:
        response = self.request("GET", "/accounts/me", token)
        assert response.status_code == 200, f"reading the account: {response!r}"
        return contract_part(response.json())

    def sessions(self, token: str = "") -> list[dict[str, Any]]:
        response = self.request("GET", "/sessions", token)
        assert response.status_code == 200, f"listing the sessions: {response!r}"
        return [contract_part(session) for session in response.json()["sessions"]]

    def is_live(self, token: str) -> bool:
        """Whether the token opens the account; only 200 and 401 are answers to that."""
        status = self.request("GET", "/accounts/me", token).status_code
        assert status in (200, 401), f"GET /accounts/me answered {status}"
        return bool(status == 200)

    def fail_to_sign_in(self, times: int, rng: random.Random) -> None:
        for number in range(times):
            response = self.sign_in(new_password(rng))
            assert response.status_code == 401, f"wrong password number {number + 1}: {response!r}"


def stranger(client: Any, rng: random.Random) -> Person:
    """Nobody we know."""
    return Person(client, new_email(rng), new_password(rng), f"{word(rng, 5).title()} {word(rng, 7).title()}")


def member(client: Any, rng: random.Random) -> Person:
    """Registered, and not signed in."""
    person = stranger(client, rng)
    response = person.register()
    assert response.status_code == 201, f"registering: {response!r}"
    return person


def signed_in(client: Any, rng: random.Random) -> Person:
    person = member(client, rng)
    person.token = person.session()["token"]
    return person


def at_once(actions: list[Callable[[], Any]]) -> list[Any]:
    """Run the requests on as many threads; their responses in the order given."""
    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result() for future in [pool.submit(action) for action in actions]]
