import sqlite3
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import store
from app.config import Settings
from app.database import Database
from app.passwords import Passwords
from tests.people import is_live, register, sign_in


def test_accounts_and_sessions_survive_a_restart(
    create_app: Callable[..., FastAPI], settings: Settings, passwords: Passwords
) -> None:
    with TestClient(create_app(settings, passwords)) as client:
        register(client)
        token = sign_in(client)["token"]
    with TestClient(create_app(settings, passwords)) as client:
        assert is_live(client, token)
        sign_in(client)


def test_neither_passwords_nor_tokens_are_stored(client: TestClient, settings: Settings) -> None:
    register(client, password="to be looked for")
    token = sign_in(client, password="to be looked for")["token"]
    files = list(settings.database_path.parent.glob("app.db*"))
    content = b"".join(path.read_bytes() for path in files)
    assert b"ada@example.org" in content
    assert b"$argon2id$" in content
    assert b"to be looked for" not in content
    assert token.encode() not in content


def test_a_failed_transaction_leaves_nothing(settings: Settings) -> None:
    database = Database(settings.database_path)
    with pytest.raises(sqlite3.IntegrityError), database.writing() as connection:
        store.set_guesses(connection, "a@b.c", store.Guesses(3))
        store.add_session(connection, "x", 1, b"x", 0, 1)  # there is no account 1: foreign keys are checked
    with database.writing() as connection:
        assert store.guesses(connection, "a@b.c") == store.Guesses(0, 0.0)
    database.close()


def test_readers_do_not_wait_for_writers(settings: Settings) -> None:
    database, other = Database(settings.database_path), Database(settings.database_path)
    with database.writing(), other.reading() as connection:
        assert store.account(connection, 1) is None
    database.close()
    other.close()


def test_a_closed_database_is_closed(settings: Settings) -> None:
    database = Database(settings.database_path)
    database.close()
    with pytest.raises(sqlite3.ProgrammingError), database.reading():
        pass


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT * FROM sessions WHERE token_digest = x'00'", "sqlite_autoindex_sessions_2"),
        ("SELECT * FROM sessions WHERE account_seq = 1 ORDER BY seq", "sessions_by_account"),
        ("DELETE FROM sessions WHERE expires_at <= 1.0", "sessions_by_end"),
    ],
)
def test_sessions_are_found_by_index(settings: Settings, query: str, index: str) -> None:
    database = Database(settings.database_path)
    with database.reading() as connection:
        plan = " ".join(row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}"))
    database.close()
    assert f"INDEX {index}" in plan
    assert "TEMP B-TREE" not in plan
