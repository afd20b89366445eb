import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.people import EMAIL, PASSWORD, body, member, register, sign_in

GOOD = {"email": EMAIL, "password": PASSWORD, "display_name": "Ada L."}


def test_health(client: TestClient) -> None:
    response = client.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_a_new_account(client: TestClient) -> None:
    account = register(client)
    assert len(account.pop("id")) == 32
    assert account == {
        "email": "ada@example.org",
        "display_name": "Ada L.",
        "role": "member",
        "created_at": "2023-11-14T22:13:20.250000",
    }


@pytest.mark.parametrize("name", ["x", "n" * 60, " two  blanks ", "'; DROP TABLE accounts --", "\x00ü\n"])
def test_names_are_kept(client: TestClient, name: str) -> None:
    assert register(client, display_name=name)["display_name"] == name


@pytest.mark.parametrize("email", [EMAIL, EMAIL.upper(), EMAIL.lower()])
def test_an_address_is_registered_once(client: TestClient, email: str) -> None:
    register(client)
    response = client.post("/accounts", json={**GOOD, "email": email, "password": "another password"})
    assert (response.status_code, response.json()) == (409, {"detail": "this e-mail address has an account already"})
    sign_in(client)


def test_one_of_simultaneous_registrations_succeeds(client: TestClient) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(client.post, "/accounts", json=GOOD) for _ in range(6)]
        assert sorted(answer.result().status_code for answer in answers) == [201] + [409] * 5


@pytest.mark.parametrize("password", ["x" * 10, "x" * 128, "  blanks around  ", "\x00" * 10, "\U0001f511" * 128])
def test_passwords_of_any_kind(client: TestClient, password: str) -> None:
    register(client, password=password)
    sign_in(client, password=password)
    assert client.post("/sessions", json=body(password=password[:-1])).status_code == 401


@pytest.mark.parametrize("password", [EMAIL, EMAIL.lower(), EMAIL.upper()])
def test_the_address_is_no_password(client: TestClient, password: str) -> None:
    response = client.post("/accounts", json={**GOOD, "password": password})
    assert (response.status_code, response.json()) == (422, {"detail": "the e-mail address is no password"})


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        [],
        {},
        *({name: GOOD[name] for name in GOOD if name != missing} for missing in GOOD),
        *({**GOOD, name: value} for name in GOOD for value in (None, 5, "", [])),
        *({**GOOD, "password": value} for value in ("x" * 9, "x" * 129, "\ud800" * 10)),
        *(
            {**GOOD, "email": value}
            for value in ("ada", "@a.b", "a@b", "a@@b.c", "a b@c.d", "a@b.c\n", "x" * 65 + "@b.c", "ä@b.c")
        ),
        *({**GOOD, "email": value} for value in ("a@" + "x" * 31 + ".c", "a@b.c.d.e.f", "a@b..c")),
        {**GOOD, "display_name": "n" * 61},
        {**GOOD, "role": "admin"},
        {**GOOD, "\ud800": 1},
    ],
)
def test_broken_bodies_store_nothing(client: TestClient, wanted: Any) -> None:
    response = client.post("/accounts", content=json.dumps(wanted), headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.json()["detail"] == "the request breaks the contract"
    register(client)


def test_broken_json_is_refused(client: TestClient) -> None:
    assert client.post("/accounts", content=b"{").status_code == 422


def test_problems_name_the_place_not_the_value(client: TestClient) -> None:
    wanted = {**GOOD, "password": "se cret", "x" * 300: 1, "é": 2}
    problems = client.post("/accounts", json=wanted).json()["problems"]
    assert [problem["where"] for problem in problems] == ["body.password", f"body.{'x' * 195}", "body.?"]
    assert "se cret" not in str(problems)


def test_at_most_twenty_problems_are_listed(client: TestClient) -> None:
    response = client.post("/accounts", json={**GOOD, **{f"f{i}": 1 for i in range(30)}})
    assert len(response.json()["problems"]) == 20


def test_the_account_is_read_and_renamed(client: TestClient) -> None:
    ada, bob = member(client), member(client, "bob@example.org")
    account = ada.get("/accounts/me").json()
    assert account["email"] == "ada@example.org"
    response = ada.patch("/accounts/me", json={"display_name": "Ada King"})
    assert (response.status_code, response.json()) == (200, {**account, "display_name": "Ada King"})
    assert ada.get("/accounts/me").json() == response.json()
    assert bob.get("/accounts/me").json()["display_name"] == "Ada L."


@pytest.mark.parametrize(
    "wanted", [{}, {"display_name": ""}, {"display_name": "n" * 61}, {"display_name": "x", "email": "a@b.c"}]
)
def test_broken_changes_are_refused(client: TestClient, wanted: Any) -> None:
    ada = member(client)
    assert ada.patch("/accounts/me", json=wanted).status_code == 422
    assert ada.get("/accounts/me").json()["display_name"] == "Ada L."
