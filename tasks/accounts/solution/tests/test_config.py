import importlib
import sys
from pathlib import Path

import pytest

from app.config import ConfigurationError, Settings

GOOD = {"DATABASE_URL": "sqlite:////data/app.db", "TOKEN_SECRET": "abc", "TOKEN_TTL_S": "1", "LOCKOUT_S": "1800"}


def test_settings_are_read() -> None:
    settings = Settings.from_env(GOOD)
    assert settings == Settings(Path("/data/app.db"), b"abc", 1, 1800)


@pytest.mark.parametrize("url", ["", "sqlite:///", "postgresql://127.0.0.1/app", "/data/app.db"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL must look like sqlite"):
        Settings.from_env({**GOOD, "DATABASE_URL": url})


@pytest.mark.parametrize("name", ["TOKEN_TTL_S", "LOCKOUT_S"])
@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "x", "\u0663", "\u00b2"])
def test_unusable_durations_are_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be a whole number of seconds"):
        Settings.from_env({**GOOD, name: value})


@pytest.mark.parametrize("name", GOOD)
def test_everything_is_needed(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Settings.from_env({key: value for key, value in GOOD.items() if key != name})


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="TOKEN_SECRET is empty"):
        Settings.from_env({**GOOD, "TOKEN_SECRET": ""})


def test_the_module_refuses_to_load_without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delitem(sys.modules, "app.main", raising=False)
    with pytest.raises(ConfigurationError):
        importlib.import_module("app.main")
