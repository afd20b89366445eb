import importlib
import sys
from pathlib import Path

import pytest
from app.config import ConfigurationError, Settings

GOOD = {"DATABASE_URL": "sqlite:////data/app.db", "API_TOKENS": "alice:a1, bob:b:2,"}


def test_settings_are_read() -> None:
    settings = Settings.from_env(GOOD)
    assert settings.database_path == Path("/data/app.db")
    assert settings.names_by_token == {"a1": "alice", "b:2": "bob"}


@pytest.mark.parametrize("url", ["", "sqlite:///", "postgresql://127.0.0.1/app", "/data/app.db"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        Settings.from_env({**GOOD, "DATABASE_URL": url})


def test_a_missing_database_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        Settings.from_env({"API_TOKENS": GOOD["API_TOKENS"]})


@pytest.mark.parametrize("tokens", ["", " , ", "alice", ":a1", "alice:", "alice:a1,bob"])
def test_unusable_tokens_are_refused(tokens: str) -> None:
    with pytest.raises(ConfigurationError, match="API_TOKENS"):
        Settings.from_env({**GOOD, "API_TOKENS": tokens})


def test_missing_tokens_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="API_TOKENS is empty"):
        Settings.from_env({"DATABASE_URL": GOOD["DATABASE_URL"]})


def test_the_module_refuses_to_load_without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_TOKENS", raising=False)
    monkeypatch.setenv("DATABASE_URL", GOOD["DATABASE_URL"])
    monkeypatch.delitem(sys.modules, "app.main", raising=False)
    with pytest.raises(ConfigurationError):
        importlib.import_module("app.main")
