"""Settings, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SQLITE_PREFIX = "sqlite:///"


class ConfigurationError(Exception):
    """The environment lacks something the service cannot run without."""


@dataclass(frozen=True)
class Settings:
    """Where accounts are stored, the key under which tokens are kept, and how long sessions and locks last."""

    database_path: Path
    token_secret: bytes
    token_ttl_s: int
    lockout_s: int

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read the environment; fail at start rather than at the first request."""
        secret = env.get("TOKEN_SECRET", "")
        if not secret:
            raise ConfigurationError("TOKEN_SECRET is empty")
        path = _database_path(env.get("DATABASE_URL", ""))
        return cls(path, secret.encode(), _seconds(env, "TOKEN_TTL_S"), _seconds(env, "LOCKOUT_S"))


def _database_path(url: str) -> Path:
    path = url.removeprefix(SQLITE_PREFIX)
    if path == url or not path:
        raise ConfigurationError("DATABASE_URL must look like sqlite:////data/app.db")
    return Path(path)


def _seconds(env: Mapping[str, str], name: str) -> int:
    text = env.get(name, "")
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ConfigurationError(f"{name} must be a whole number of seconds, 1 or more")
    return int(text)
