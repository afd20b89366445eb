import pytest
from fastapi.testclient import TestClient

from app.auth import Principal, TokenBook
from tests.ordering import place


def test_health_is_open(anonymous: TestClient) -> None:
    response = anonymous.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/orders"),
        ("GET", "/orders"),
        ("GET", "/orders/x"),
        ("PATCH", "/orders/x"),
        ("DELETE", "/orders/x"),
        ("POST", "/orders/x/transitions"),
        ("GET", "/summary"),
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
    assert anonymous.get("/orders", headers={"Authorization": value}).status_code == 401


def test_the_token_names_the_caller(alice: TestClient, bob: TestClient, ops: TestClient) -> None:
    assert [place(client)["customer"] for client in (alice, bob, ops)] == ["alice", "bob", "ops"]


def test_only_ops_is_the_operator() -> None:
    assert Principal("ops").is_operator
    assert not Principal("alice").is_operator


def test_a_book_knows_its_tokens_only() -> None:
    book = TokenBook({"t1": "alice"})
    assert book.principal("t1") == Principal("alice")
    assert book.principal("t2") is None
    assert book.principal("\ud800") is None
