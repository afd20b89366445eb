"""HTTP in, HTTP out. Handlers that hash or touch the database are plain functions: they run in worker threads."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.errors import Unauthenticated
from app.schemas import (
    Account,
    AccountChange,
    Credentials,
    Health,
    NewAccount,
    NewSession,
    PasswordChange,
    Problem,
    Revocation,
    SessionList,
    StartedSession,
)
from app.service import AccountService, Caller, shown

REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No live session, or wrong credentials"},
    "4XX": {"model": Problem, "description": "Refused"},
}

LOCKED: dict[int | str, dict[str, Any]] = {429: {"model": Problem, "description": "Too many wrong passwords"}}

bearer = HTTPBearer(auto_error=False)
router = APIRouter(responses=REFUSALS)


async def account_service(request: Request) -> AccountService:
    service: AccountService = request.app.state.accounts
    return service


Accounts = Annotated[AccountService, Depends(account_service)]


def authenticate(
    accounts: Accounts, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Caller:
    """Whoever holds the token, or 401."""
    if credentials is None:
        raise Unauthenticated("a bearer token is required")
    return accounts.caller(credentials.credentials)


SignedIn = Annotated[Caller, Depends(authenticate)]


@router.get("/health", operation_id="getHealth")
async def health() -> Health:
    return Health()


@router.post("/accounts", status_code=201, operation_id="createAccount")
def create_account(body: NewAccount, accounts: Accounts) -> Account:
    return accounts.register(body)


@router.post("/accounts/password-change", status_code=204, operation_id="changePassword", responses=LOCKED)
def change_password(body: PasswordChange, accounts: Accounts) -> None:
    accounts.change_password(body)


@router.post("/accounts/deletion", status_code=204, operation_id="deleteAccount", responses=LOCKED)
def delete_account(body: Credentials, accounts: Accounts) -> None:
    accounts.delete(body)


@router.get("/accounts/me", operation_id="getAccount")
async def get_account(caller: SignedIn) -> Account:
    return shown(caller.account)


@router.patch("/accounts/me", operation_id="updateAccount")
def update_account(body: AccountChange, caller: SignedIn, accounts: Accounts) -> Account:
    return accounts.rename(caller, body)


@router.post("/sessions", status_code=201, operation_id="createSession", responses=LOCKED)
def create_session(body: NewSession, accounts: Accounts) -> StartedSession:
    return accounts.sign_in(body)


@router.get("/sessions", operation_id="listSessions")
def list_sessions(caller: SignedIn, accounts: Accounts) -> SessionList:
    return accounts.sessions(caller)


@router.post("/sessions/revocation", operation_id="revokeSession")
def revoke_session(body: Revocation, accounts: Accounts) -> dict[str, bool]:
    accounts.revoke(body.token)
    return {"revoked": True}


@router.delete("/sessions/{session_id}", status_code=204, operation_id="endSession")
def end_session(session_id: str, caller: SignedIn, accounts: Accounts) -> None:
    accounts.end_session(caller, session_id)
