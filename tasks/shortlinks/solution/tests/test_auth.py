import pytest
from app.auth import TokenBook
from fastapi.testclient import TestClient

from tests.linking import link


def test_health_is_open(anonymous: TestClient) -> None:
    response = anonymous.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/links"),
        ("GET", "/links"),
        ("GET", "/links/abc"),
        ("PATCH", "/links/abc"),
        ("DELETE", "/links/abc"),
        ("GET", "/links/abc/stats"),
    ],
)
def test_everything_else_needs_a_token(anonymous: TestClient, method: str, path: str) -> None:
    response = anonymous.request(method, path)
    assert response.status_code == 401
    assert response.json() == {"detail": "a valid bearer token is required"}
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer alice", "Bearer alice-toke", "Basic alice-token", "alice-token"]
)
def test_other_authorization_is_worth_nothing(anonymous: TestClient, value: str) -> None:
    assert anonymous.get("/links", headers={"Authorization": value}).status_code == 401


def test_the_token_names_the_caller(alice: TestClient, bob: TestClient) -> None:
    assert [link(client)["owner"] for client in (alice, bob)] == ["alice", "bob"]


def test_a_book_knows_its_tokens_only() -> None:
    book = TokenBook({"t1": "alice"})
    assert book.name("t1") == "alice"
    assert book.name("t2") is None
    assert book.name("\ud800") is None
