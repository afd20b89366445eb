"""A fresh application with its own database and clock for each test; hashing is made cheap."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.config import Settings
from app.passwords import Passwords

# The module under `uvicorn app.main:app` reads the environment when it is imported.
ENVIRONMENT = {"TOKEN_SECRET": "for these tests", "TOKEN_TTL_S": "600", "LOCKOUT_S": "30"}


class Clock:
    """Stands still unless told to move on."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.25

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env({**ENVIRONMENT, "DATABASE_URL": f"sqlite:///{tmp_path}/app.db"})


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    return Passwords(time_cost=1, memory_kib=8)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def create_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., FastAPI]:
    for name, value in {**ENVIRONMENT, "DATABASE_URL": f"sqlite:///{tmp_path}/unused.db"}.items():
        monkeypatch.setenv(name, value)
    from app.main import create_app

    return create_app


@pytest.fixture
def client(
    create_app: Callable[..., FastAPI], settings: Settings, passwords: Passwords, clock: Clock
) -> Iterator[TestClient]:
    with TestClient(create_app(settings, passwords, clock)) as client:
        yield client
