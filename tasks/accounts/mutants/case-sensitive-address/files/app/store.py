"""Accounts, sessions and wrong guesses in SQL. Every function works within a transaction that the caller holds."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True)
class AccountRow:
    seq: int
    id: str
    email: str
    display_name: str
    password_hash: str
    created_at: float


@dataclass(frozen=True)
class SessionRow:
    seq: int
    id: str
    account_seq: int
    created_at: float
    expires_at: float


@dataclass(frozen=True)
class Guesses:
    """Wrong passwords in a row for one address, and when its lock ends (0 = never locked)."""

    wrong: int = 0
    locked_until: float = 0.0


SESSION_COLUMNS = "seq, id, account_seq, created_at, expires_at"


def add_account(
    connection: sqlite3.Connection, account_id: str, email: str, display_name: str, password_hash: str, now: float
) -> AccountRow | None:
    """The new account, or None when the address has one already."""
    cursor = connection.execute(
        "INSERT INTO accounts (id, email, display_name, password_hash, created_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (email) DO NOTHING",
        (account_id, email, display_name, password_hash, now),
    )
    return (
        _account(connection.execute("SELECT * FROM accounts WHERE id = ?", (account_id,))) if cursor.rowcount else None
    )


def account_by_email(connection: sqlite3.Connection, email: str) -> AccountRow | None:
    return _account(connection.execute("SELECT * FROM accounts WHERE lower(email) = ? ORDER BY seq", (email,)))


def account(connection: sqlite3.Connection, seq: int) -> AccountRow | None:
    return _account(connection.execute("SELECT * FROM accounts WHERE seq = ?", (seq,)))


def set_display_name(connection: sqlite3.Connection, seq: int, display_name: str) -> None:
    connection.execute("UPDATE accounts SET display_name = ? WHERE seq = ?", (display_name, seq))


def set_password_hash(connection: sqlite3.Connection, seq: int, password_hash: str) -> None:
    connection.execute("UPDATE accounts SET password_hash = ? WHERE seq = ?", (password_hash, seq))


def delete_account(connection: sqlite3.Connection, seq: int) -> None:
    connection.execute("DELETE FROM accounts WHERE seq = ?", (seq,))


def add_session(
    connection: sqlite3.Connection, session_id: str, account_seq: int, digest: bytes, now: float, expires_at: float
) -> None:
    """Start a session; whatever has expired meanwhile is cleared away."""
    connection.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,))
    connection.execute(
        "INSERT INTO sessions (id, account_seq, token_digest, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
        (session_id, account_seq, digest, now, expires_at),
    )


def live_session(connection: sqlite3.Connection, digest: bytes, now: float) -> SessionRow | None:
    query = f"SELECT {SESSION_COLUMNS} FROM sessions WHERE token_digest = ? AND expires_at > ?"
    row = connection.execute(query, (digest, now)).fetchone()
    return SessionRow(**dict(row)) if row else None


def live_sessions(connection: sqlite3.Connection, account_seq: int, now: float) -> list[SessionRow]:
    """The oldest first."""
    query = f"SELECT {SESSION_COLUMNS} FROM sessions WHERE account_seq = ? AND expires_at > ? ORDER BY seq"
    return [SessionRow(**dict(row)) for row in connection.execute(query, (account_seq, now))]


def end_session(connection: sqlite3.Connection, account_seq: int, session_id: str, now: float) -> bool:
    """Whether the account had such a live session."""
    condition = "account_seq = ? AND id = ? AND expires_at > ?"
    return connection.execute(f"DELETE FROM sessions WHERE {condition}", (account_seq, session_id, now)).rowcount > 0


def end_session_of_token(connection: sqlite3.Connection, digest: bytes) -> None:
    connection.execute("DELETE FROM sessions WHERE token_digest = ?", (digest,))


def end_all_sessions(connection: sqlite3.Connection, account_seq: int) -> None:
    connection.execute("DELETE FROM sessions WHERE account_seq = ?", (account_seq,))


def guesses(connection: sqlite3.Connection, email: str) -> Guesses:
    row = connection.execute("SELECT wrong, locked_until FROM guesses WHERE email = ?", (email,)).fetchone()
    return Guesses(*row) if row else Guesses()


def set_guesses(connection: sqlite3.Connection, email: str, found: Guesses) -> None:
    connection.execute(
        "INSERT INTO guesses (email, wrong, locked_until) VALUES (?, ?, ?)"
        " ON CONFLICT (email) DO UPDATE SET wrong = excluded.wrong, locked_until = excluded.locked_until",
        (email, found.wrong, found.locked_until),
    )


def forget_guesses(connection: sqlite3.Connection, email: str) -> None:
    connection.execute("DELETE FROM guesses WHERE email = ?", (email,))


def _account(cursor: sqlite3.Cursor) -> AccountRow | None:
    row = cursor.fetchone()
    return AccountRow(**dict(row)) if row else None
