"""Password hashes: Argon2id, slow on purpose."""

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

# One of the parameter sets the OWASP password storage cheat sheet recommends; each hash fills 19 MiB.
TIME_COST, MEMORY_KIB, LANES = 2, 19_456, 1
AT_ONCE = 2  # more would only add memory: the work is bound by the CPU


class Passwords:
    """Makes and checks hashes, a few at a time."""

    def __init__(self, time_cost: int = TIME_COST, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(time_cost, memory_kib, LANES)
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        with self._slots:
            return self._hasher.hash(password[:72])

    def is_right(self, password: str, password_hash: str | None) -> bool:
        """Whether the password made this hash. None, for an account that does not exist, takes the same time."""
        with self._slots:
            try:
                return self._hasher.verify(password_hash or self._nobodys, password[:72]) and password_hash is not None
            except VerificationError:
                return False
