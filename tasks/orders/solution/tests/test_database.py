import sqlite3
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.config import Settings
from app.database import Database
from tests.ordering import place

HEADERS = {"Authorization": "Bearer alice-token"}


def test_orders_survive_a_restart(create_app: Callable[[Settings], FastAPI], settings: Settings) -> None:
    with TestClient(create_app(settings), headers=HEADERS) as client:
        order = place(client, note="still here")
    with TestClient(create_app(settings), headers=HEADERS) as client:
        assert client.get(f"/orders/{order['id']}").json() == order


def test_a_failed_transaction_leaves_nothing(settings: Settings) -> None:
    database = Database(settings.database_path)
    insert = "INSERT INTO order_items VALUES (1, 0, 'X', 1, 1)"
    with pytest.raises(sqlite3.IntegrityError), database.writing() as connection:
        connection.execute(insert)  # there is no order 1: foreign keys are checked
    with database.reading() as connection:
        assert connection.execute("SELECT COUNT(*) FROM order_items").fetchone()[0] == 0
    with database.writing() as connection:
        assert connection.execute("SELECT COUNT(*) FROM orders").fetchone()[0] == 0
    database.close()


def test_readers_do_not_wait_for_writers(settings: Settings) -> None:
    database, other = Database(settings.database_path), Database(settings.database_path)
    with database.writing(), other.reading() as connection:
        assert connection.execute("SELECT COUNT(*) FROM orders").fetchone()[0] == 0
    database.close()
    other.close()


def test_a_closed_database_is_closed(settings: Settings) -> None:
    database = Database(settings.database_path)
    database.close()
    with pytest.raises(sqlite3.ProgrammingError), database.reading():
        pass


def test_lists_use_an_index(settings: Settings) -> None:
    database = Database(settings.database_path)
    query = "EXPLAIN QUERY PLAN SELECT * FROM orders WHERE customer = 'alice' ORDER BY seq DESC LIMIT 2"
    with database.reading() as connection:
        plan = " ".join(row["detail"] for row in connection.execute(query))
    database.close()
    assert "USING INDEX orders_by_customer" in plan
    assert "TEMP B-TREE" not in plan
