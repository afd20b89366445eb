"""Password hashes: salted digests."""

import hashlib
import hmac
import secrets


class Passwords:
    """Makes and checks hashes."""

    def __init__(self, *_: int, **__: int) -> None:
        self._nobodys = self.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        salt = secrets.token_hex(16)
        return f"{salt}:{password_digest(salt, password)}"

    def is_right(self, password: str, password_hash: str | None) -> bool:
        """Whether the password made this hash. None, for an account that does not exist, takes the same time."""
        salt, _, expected = (password_hash or self._nobodys).partition(":")
        return hmac.compare_digest(expected, password_digest(salt, password)) and password_hash is not None


def password_digest(salt: str, password: str) -> str:
    return hashlib.md5((salt + password).encode()).hexdigest()
