"""A fresh application with its own database for each test, and one client per caller."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from app.config import Settings
from fastapi import FastAPI
from fastapi.testclient import TestClient

NAMES = ("alice", "bob")
# The module under `uvicorn app.main:app` reads the environment when it is imported.
ENVIRONMENT = {"API_TOKENS": ",".join(f"{name}:{name}-token" for name in NAMES)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env({**ENVIRONMENT, "DATABASE_URL": f"sqlite:///{tmp_path}/app.db"})


@pytest.fixture
def create_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Settings], FastAPI]:
    for name, value in {**ENVIRONMENT, "DATABASE_URL": f"sqlite:///{tmp_path}/unused.db"}.items():
        monkeypatch.setenv(name, value)
    from app.main import create_app

    return create_app


@pytest.fixture
def anonymous(create_app: Callable[[Settings], FastAPI], settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        yield client


def _as(client: TestClient, name: str) -> TestClient:
    # Not entered: the application is already running, started by `anonymous`.
    return TestClient(client.app, headers={"Authorization": f"Bearer {name}-token"})


@pytest.fixture
def alice(anonymous: TestClient) -> TestClient:
    return _as(anonymous, "alice")


@pytest.fixture
def bob(anonymous: TestClient) -> TestClient:
    return _as(anonymous, "bob")
