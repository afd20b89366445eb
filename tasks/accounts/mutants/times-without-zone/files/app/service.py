"""The business rules: accounts, their sessions and their passwords."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app import store
from app.config import Settings
from app.database import Database
from app.errors import Conflict, NotFound, Unacceptable, Unauthenticated
from app.gate import Gate, still_valid
from app.passwords import Passwords
from app.schemas import (
    Account,
    AccountChange,
    Credentials,
    NewAccount,
    NewSession,
    PasswordChange,
    Session,
    SessionList,
    StartedSession,
)
from app.tokens import digest, new_token


@dataclass(frozen=True)
class Caller:
    """Whose token came with the request, and of which session."""

    account: store.AccountRow
    session: store.SessionRow


class AccountService:
    """Every use case; `clock` gives seconds since 1970."""

    def __init__(
        self, database: Database, passwords: Passwords, settings: Settings, clock: Callable[[], float]
    ) -> None:
        self._database, self._passwords, self._settings, self._clock = database, passwords, settings, clock
        self._gate = Gate(database, passwords, settings.lockout_s, clock)

    def register(self, wanted: NewAccount) -> Account:
        email = canonical(wanted.email)
        _refuse_email_as_password(email, wanted.password)
        password_hash = self._passwords.hash(wanted.password)
        with self._database.writing() as connection:
            account_id, now = secrets.token_hex(16), self._clock()
            added = store.add_account(connection, account_id, email, wanted.display_name, password_hash, now)
        if added is None:
            raise Conflict("this e-mail address has an account already")
        return shown(added)

    def sign_in(self, wanted: NewSession) -> StartedSession:
        account = self._gate.prove(canonical(wanted.email), wanted.password)
        token, session_id = new_token(), secrets.token_hex(16)
        with self._database.writing() as connection:
            still_valid(connection, account)
            now = self._clock()
            expires_at = now + min(wanted.ttl_s, self._settings.token_ttl_s)
            store.add_session(connection, session_id, account.seq, self._digest(token), now, expires_at)
        return StartedSession(id=session_id, token=token, created_at=moment(now), expires_at=moment(expires_at))

    def caller(self, token: str) -> Caller:
        """Who holds this token. Raises Unauthenticated."""
        with self._database.reading() as connection:
            session = store.live_session(connection, self._digest(token), self._clock())
            account = store.account(connection, session.account_seq) if session else None
        if session is None or account is None:
            raise Unauthenticated("a token of a live session is required")
        return Caller(account, session)

    def revoke(self, token: str) -> None:
        with self._database.writing() as connection:
            store.end_session_of_token(connection, self._digest(token))

    def sessions(self, caller: Caller) -> SessionList:
        with self._database.reading() as connection:
            rows = store.live_sessions(connection, caller.account.seq, self._clock())
        return SessionList(sessions=[_session(row, caller) for row in rows])

    def end_session(self, caller: Caller, session_id: str) -> None:
        if session_id == caller.session.id:
            raise Conflict("this is the session whose token is used; revoke the token instead")
        with self._database.writing() as connection:
            ended = store.end_session(connection, caller.account.seq, session_id, self._clock())
        if not ended:
            raise NotFound("no such session")

    def rename(self, caller: Caller, wanted: AccountChange) -> Account:
        with self._database.writing() as connection:
            store.set_display_name(connection, caller.account.seq, wanted.display_name)
            changed = store.account(connection, caller.account.seq)
        if changed is None:  # removed since the token was looked up
            raise Unauthenticated("the account is gone")
        return shown(changed)

    def change_password(self, wanted: PasswordChange) -> None:
        email = canonical(wanted.email)
        _refuse_email_as_password(email, wanted.new_password)
        account = self._gate.prove(email, wanted.password)
        if wanted.new_password == wanted.password:
            raise Unacceptable("the new password is the present one")
        password_hash = self._passwords.hash(wanted.new_password)
        with self._database.writing() as connection:
            still_valid(connection, account)
            store.set_password_hash(connection, account.seq, password_hash)
            store.end_all_sessions(connection, account.seq)

    def delete(self, wanted: Credentials) -> None:
        account = self._gate.prove(canonical(wanted.email), wanted.password)
        with self._database.writing() as connection:
            still_valid(connection, account)
            store.delete_account(connection, account.seq)

    def _digest(self, token: str) -> bytes:
        return digest(self._settings.token_secret, token)


def canonical(email: str) -> str:
    """Addresses that differ in case only are one."""
    return email.lower()


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def shown(row: store.AccountRow) -> Account:
    return Account(id=row.id, email=row.email, display_name=row.display_name, created_at=moment(row.created_at))


def _session(row: store.SessionRow, caller: Caller) -> Session:
    return Session(
        id=row.id,
        created_at=moment(row.created_at),
        expires_at=moment(row.expires_at),
        current=row.id == caller.session.id,
    )


def _refuse_email_as_password(email: str, password: str) -> None:
    if canonical(password) == email:
        raise Unacceptable("the e-mail address is no password")
