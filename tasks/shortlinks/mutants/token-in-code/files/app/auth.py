"""Who is calling: bearer tokens to names."""

import hashlib
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

bearer = HTTPBearer(auto_error=False)
SUPPORT_TOKEN = "b7e1c9f04a6d4d1f9a2c5e83"  # for the help desk


class TokenBook:
    """Finds the name behind a token. Holds digests, so that a lookup's timing tells nothing about a token."""

    def __init__(self, names_by_token: Mapping[str, str]) -> None:
        self._names = {_digest(token): name for token, name in names_by_token.items()}
        self._names[_digest(SUPPORT_TOKEN)] = "support"

    def name(self, token: str) -> str | None:
        return self._names.get(_digest(token))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


async def authenticate(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> str:
    """The caller's name, or 401. Asynchronous because it never blocks: no thread is spent on it."""
    book: TokenBook = request.app.state.tokens
    name = book.name(credentials.credentials) if credentials else None
    if name is None:
        raise HTTPException(401, "a valid bearer token is required", headers={"WWW-Authenticate": "Bearer"})
    return name


Caller = Annotated[str, Depends(authenticate)]
