"""Where a password opens something: one place for checking, counting and locking."""

import math
import sqlite3
from collections.abc import Callable

from app import store
from app.database import Database
from app.errors import Locked, WrongCredentials
from app.passwords import Passwords

WRONG_IN_A_ROW = 5


class Gate:
    """Lets through whoever brings an address and its password."""

    def __init__(self, database: Database, passwords: Passwords, lockout_s: int, clock: Callable[[], float]) -> None:
        self._database, self._passwords = database, passwords
        self._lockout_s, self._clock = lockout_s, clock

    def prove(self, email: str, password: str) -> store.AccountRow:
        """The account these credentials belong to. Raises WrongCredentials, or Locked."""
        with self._database.reading() as connection:
            self._refuse_if_locked(connection, email)
            account = store.account_by_email(connection, email.lower())
        # Slow, and therefore outside any transaction.
        right = self._passwords.is_right(password, account.password_hash if account else None)
        with self._database.writing() as connection:
            # Others may have guessed meanwhile: only the first five wrong answers are given.
            self._refuse_if_locked(connection, email)
            if right:
                store.forget_guesses(connection, email)
            else:
                self._count(connection, email)
        if account is None or not right:
            raise WrongCredentials
        return account

    def _refuse_if_locked(self, connection: sqlite3.Connection, email: str) -> None:
        left_s = store.guesses(connection, email).locked_until - self._clock()
        if left_s > 0:
            raise Locked(math.ceil(left_s))

    def _count(self, connection: sqlite3.Connection, email: str) -> None:
        wrong = store.guesses(connection, email).wrong + 1
        if wrong < WRONG_IN_A_ROW:
            store.set_guesses(connection, email, store.Guesses(wrong))
        else:  # counting starts anew when the lock ends
            store.set_guesses(connection, email, store.Guesses(0, self._clock() + self._lockout_s))


def still_valid(connection: sqlite3.Connection, proven: store.AccountRow) -> None:
    """Raise WrongCredentials when the account was removed or got another password since it was proven."""
    present = store.account(connection, proven.seq)
    if present is None or present.password_hash != proven.password_hash:
        raise WrongCredentials
