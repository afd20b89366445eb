import pytest
from fastapi.testclient import TestClient

from tests.people import body, holder, member, register, sign_in

NEW = "thirteen small engines"


def test_accounts(client: TestClient) -> None:
    client.get("/health")
    ada = member(client)
    client.post("/accounts", json=body(display_name="again"))
    client.post("/accounts", json={})
    client.post("/accounts", json=body(password="ada@example.org", display_name="x"))
    ada.get("/accounts/me")
    ada.patch("/accounts/me", json={"display_name": "Ada King"})


def test_sessions(client: TestClient) -> None:
    register(client)
    one, two = sign_in(client), sign_in(client, ttl_s=60)
    ada = holder(client, one["token"])
    ada.get("/sessions")
    ada.delete(f"/sessions/{one['id']}")
    ada.delete(f"/sessions/{two['id']}")
    ada.delete(f"/sessions/{two['id']}")
    client.get("/sessions")
    client.post("/sessions/revocation", json={"token": one["token"]})
    ada.get("/sessions")


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_passwords(client: TestClient, email: str) -> None:
    register(client)
    client.post("/accounts/password-change", json=body(new_password=NEW))
    client.post("/accounts/password-change", json=body(password=NEW, new_password=NEW))
    for _ in range(6):
        client.post("/sessions", json=body(email=email))
    client.post("/accounts/deletion", json=body(password=NEW))


def test_leaving(client: TestClient) -> None:
    register(client)
    client.post("/accounts/deletion", json=body())
