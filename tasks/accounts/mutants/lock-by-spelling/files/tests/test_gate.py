"""Changing the password, leaving, and being locked out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.config import Settings
from app.errors import WrongCredentials
from app.passwords import Passwords
from app.schemas import Credentials, NewSession, PasswordChange
from app.service import AccountService
from tests.conftest import Clock
from tests.people import EMAIL, PASSWORD, WRONG, body, is_live, register, sign_in

NEW = "thirteen small engines"


def change(client: TestClient, **fields: Any) -> Any:
    return client.post("/accounts/password-change", json=body(**{"new_password": NEW, **fields}))


def leave(client: TestClient, **fields: Any) -> Any:
    return client.post("/accounts/deletion", json=body(**fields))


def attempt(client: TestClient, **fields: Any) -> Any:
    return client.post("/sessions", json=body(**fields))


def test_a_new_password(client: TestClient) -> None:
    register(client)
    register(client, email="bob@example.org")
    token, others = sign_in(client)["token"], sign_in(client, email="bob@example.org")["token"]
    response = change(client, email=EMAIL.upper())
    assert (response.status_code, response.content) == (204, b"")
    assert not is_live(client, token)
    assert is_live(client, others)
    assert attempt(client).status_code == 401
    sign_in(client, password=NEW)
    sign_in(client, email="bob@example.org")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"password": WRONG}, 401),
        ({"email": "nobody@example.org"}, 401),
        ({"new_password": PASSWORD}, 422),
        ({"new_password": EMAIL.upper()}, 422),
        ({"new_password": "x" * 9}, 422),
        ({"new_password": "x" * 129}, 422),
        ({"new_password": None}, 422),
        ({"role": "admin"}, 422),
    ],
)
def test_refused_changes_change_nothing(client: TestClient, fields: dict[str, Any], status: int) -> None:
    register(client)
    token = sign_in(client)["token"]
    assert change(client, **fields).status_code == status
    assert is_live(client, token)
    sign_in(client)


def test_why_a_new_password_is_refused(client: TestClient) -> None:
    register(client)
    assert change(client, new_password=PASSWORD).json() == {"detail": "the new password is the present one"}
    assert change(client, new_password=EMAIL).json() == {"detail": "the e-mail address is no password"}


def test_leaving(client: TestClient) -> None:
    account = register(client)
    token = sign_in(client)["token"]
    assert leave(client, password=WRONG).status_code == 401
    assert is_live(client, token)
    response = leave(client)
    assert (response.status_code, response.content) == (204, b"")
    assert not is_live(client, token)
    assert attempt(client).status_code == leave(client).status_code == 401
    again = register(client, password=NEW)
    assert again["id"] != account["id"]
    assert not is_live(client, token)


def wrong(client: TestClient, number: int, **fields: Any) -> int:
    ask = (attempt, leave, change)[number % 3]
    return int(ask(client, password=WRONG, **fields).status_code)


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
def test_five_wrong_passwords_lock_an_address(client: TestClient, clock: Clock, email: str) -> None:
    register(client)
    register(client, email="bob@example.org")
    token = sign_in(client)["token"]
    assert [wrong(client, number, email=email) for number in range(5)] == [401] * 5
    for left, header in ((30, "30"), (29.5, "30"), (0.001, "1")):
        clock.now = 1_700_000_030.25 - left
        for ask in (attempt, leave, change):
            response = ask(client, email=email)
            assert (response.status_code, response.headers["Retry-After"]) == (429, header)
            assert response.json() == {"detail": "too many wrong passwords for this e-mail address; try again later"}
    assert is_live(client, token)
    sign_in(client, email="bob@example.org")
    clock.now = 1_700_000_030.25
    assert [wrong(client, number, email=email) for number in range(4)] == [401] * 4
    sign_in(client)


def test_a_right_password_sets_the_count_back(client: TestClient) -> None:
    register(client)
    for _ in range(2):
        assert [wrong(client, number) for number in range(4)] == [401] * 4
        sign_in(client)


def test_simultaneous_guesses_are_counted(client: TestClient) -> None:
    register(client)
    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(pool.map(lambda _: wrong(client, 0), range(10)))
    assert statuses == [401] * 5 + [429] * 5


def test_the_lock_outlives_a_restart(
    create_app: Callable[..., FastAPI], settings: Settings, passwords: Passwords, clock: Clock
) -> None:
    with TestClient(create_app(settings, passwords, clock)) as client:
        register(client)
        token = sign_in(client)["token"]
        assert [wrong(client, number) for number in range(5)] == [401] * 5
    with TestClient(create_app(settings, passwords, clock)) as client:
        assert attempt(client).status_code == 429
        assert is_live(client, token)


class Interfering(Passwords):
    """Does something else between the check of a password and what follows from it."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_kib=8)
        self.then: Callable[[], object] | None = None

    def is_right(self, password: str, password_hash: str | None) -> bool:
        answer = super().is_right(password, password_hash)
        if self.then is not None:
            then, self.then = self.then, None
            then()
        return answer


@pytest.mark.parametrize("meanwhile", ["changed", "removed"])
@pytest.mark.parametrize("use", ["sign_in", "change_password", "delete"])
def test_the_account_may_change_while_a_password_is_checked(
    create_app: Callable[..., FastAPI], settings: Settings, meanwhile: str, use: str
) -> None:
    passwords = Interfering()
    with TestClient(create_app(settings, passwords)) as client:
        register(client)
        accounts: AccountService = client.app.state.accounts
        given = {"email": EMAIL, "password": PASSWORD}
        passwords.then = lambda: change(client) if meanwhile == "changed" else leave(client)
        wanted = {
            "sign_in": NewSession(**given),
            "change_password": PasswordChange(**given, new_password="a third password"),
            "delete": Credentials(**given),
        }[use]
        with pytest.raises(WrongCredentials):
            getattr(accounts, use)(wanted)
        assert attempt(client, password=NEW).status_code == (201 if meanwhile == "changed" else 401)


def test_an_account_removed_while_it_is_renamed(client: TestClient) -> None:
    from app.errors import Unauthenticated
    from app.schemas import AccountChange

    register(client)
    accounts: AccountService = client.app.state.accounts
    caller = accounts.caller(sign_in(client)["token"])
    leave(client)
    with pytest.raises(Unauthenticated, match="the account is gone"):
        accounts.rename(caller, AccountChange(display_name="x"))
