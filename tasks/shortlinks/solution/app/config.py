"""Settings, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SQLITE_PREFIX = "sqlite:///"


class ConfigurationError(Exception):
    """The environment lacks something the service cannot run without."""


@dataclass(frozen=True)
class Settings:
    """Where links are stored, and which token belongs to whom."""

    database_path: Path
    names_by_token: Mapping[str, str]

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read DATABASE_URL and API_TOKENS; fail at start rather than at the first request."""
        return cls(_database_path(env.get("DATABASE_URL", "")), _names_by_token(env.get("API_TOKENS", "")))


def _database_path(url: str) -> Path:
    path = url.removeprefix(SQLITE_PREFIX)
    if path == url or not path:
        raise ConfigurationError("DATABASE_URL must look like sqlite:////data/app.db")
    return Path(path)


def _names_by_token(text: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, _, token = pair.partition(":")
        if not name or not token:
            raise ConfigurationError("API_TOKENS must hold name:token pairs separated by commas")
        names[token] = name
    if not names:
        raise ConfigurationError("API_TOKENS is empty: nobody could call the service")
    return names
