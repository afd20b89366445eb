import sqlite3

import pytest
from app.config import Settings
from app.database import Database
from fastapi.testclient import TestClient

from tests.linking import URL, link, visit


def test_links_and_visits_survive_a_restart(create_app, settings: Settings) -> None:
    with TestClient(create_app(settings), headers={"Authorization": "Bearer alice-token"}) as client:
        slug = link(client)["slug"]
        visit(client, slug, "m")
    with TestClient(create_app(settings), headers={"Authorization": "Bearer alice-token"}) as client:
        stats = client.get(f"/links/{slug}/stats").json()
        assert (stats["visits"], stats["unique_visitors"]) == (1, 1)
        assert visit(client, slug).headers["Location"] == URL


def test_a_deleted_link_leaves_its_slug_and_nothing_else(alice: TestClient, settings: Settings) -> None:
    slug = link(alice)["slug"]
    visit(alice, slug, "m")
    alice.delete(f"/links/{slug}")
    database = Database(settings.database_path)
    with database.reading() as connection:
        row = connection.execute("SELECT slug, target_url, visits FROM links").fetchone()
        assert tuple(row) == (slug, "", 0)
        for table in ("visits_by_day", "visitors"):
            assert connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] == 0
    database.close()


def test_a_failed_transaction_is_undone(settings: Settings) -> None:
    database = Database(settings.database_path)
    values = ("abc", "alice", URL, "now", "now")
    with pytest.raises(RuntimeError), database.writing() as connection:
        connection.execute(
            "INSERT INTO links (slug, owner, target_url, created_at, updated_at) VALUES (?, ?, ?, ?, ?)", values
        )
        raise RuntimeError
    with database.writing() as connection:
        assert connection.execute("SELECT COUNT(*) FROM links").fetchone()[0] == 0
    database.close()


def test_readers_do_not_wait_for_writers(settings: Settings) -> None:
    database, other = Database(settings.database_path), Database(settings.database_path)
    with database.writing(), other.reading() as connection:
        assert connection.execute("SELECT COUNT(*) FROM links").fetchone()[0] == 0
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
        ("SELECT * FROM links WHERE slug = 'abc'", "sqlite_autoindex_links_1"),
        ("SELECT * FROM links WHERE owner = 'alice' ORDER BY seq DESC LIMIT 2", "links_by_owner"),
    ],
)
def test_visits_and_lists_use_an_index(settings: Settings, query: str, index: str) -> None:
    database = Database(settings.database_path)
    with database.reading() as connection:
        plan = " ".join(row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}"))
    database.close()
    assert f"USING INDEX {index}" in plan
    assert "TEMP B-TREE" not in plan
