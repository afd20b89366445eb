"""Checks passwords and counts the wrong ones."""

import threading
import time

from werkzeug.security import check_password_hash, generate_password_hash

ALLOWED = 5
AT_ONCE = 2


class Wrong(Exception):
    """Address or password is wrong."""


class Locked(Exception):
    def __init__(self, left_s):
        super().__init__(left_s)
        self.left_s = left_s


class Guard:
    def __init__(self, storage, method, lockout_s):
        self._storage, self._method, self._lockout_s = storage, method, lockout_s
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._decoy = generate_password_hash("nobody's", method)

    def hash(self, password):
        with self._slots:
            return generate_password_hash(password, self._method)

    def check(self, email, password):
        """The account's row. Raises Wrong or Locked."""
        self._pass_lock(email)
        account = self._storage.row("SELECT * FROM account WHERE email = ?", email)
        with self._slots:
            fits = check_password_hash(account["hash"] if account else self._decoy, password)
        right = bool(account) and fits
        with self._storage.change() as connection:
            self._pass_lock(email)  # others may have guessed meanwhile
            if right:
                connection.execute("DELETE FROM miss WHERE email = ?", (email,))
            else:
                self._miss(connection, email)
        if not right:
            raise Wrong
        return account

    def _pass_lock(self, email):
        found = self._storage.row("SELECT locked_until FROM miss WHERE email = ?", email)
        left_s = found["locked_until"] - time.time() if found else 0
        if left_s > 0:
            raise Locked(left_s)

    def _miss(self, connection, email):
        found = self._storage.row("SELECT count FROM miss WHERE email = ?", email)
        count = (found["count"] if found else 0) + 1
        until = 0.0
        if count >= ALLOWED:
            count, until = 0, time.time() + self._lockout_s
        connection.execute("INSERT OR REPLACE INTO miss VALUES (?, ?, ?)", (email, count, until))
