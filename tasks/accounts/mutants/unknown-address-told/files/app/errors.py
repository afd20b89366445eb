"""What can go wrong in the business rules, and how it is said over HTTP."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


class AccountError(Exception):
    """A refused request; `status_code` is the HTTP status it becomes."""

    status_code = 400

    def headers(self) -> Mapping[str, str]:
        return {}


class Unauthenticated(AccountError):
    """No live session goes with the request's token."""

    status_code = 401

    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class WrongCredentials(AccountError):
    """One answer for a wrong password and an unknown address."""

    status_code = 401

    def __init__(self) -> None:
        super().__init__("e-mail address or password is wrong")


class UnknownAddress(AccountError):
    status_code = 401

    def __init__(self) -> None:
        super().__init__("no account has this e-mail address")


class NotFound(AccountError):
    status_code = 404


class Conflict(AccountError):
    status_code = 409


class Unacceptable(AccountError):
    """The request's form is right, its content is not."""

    status_code = 422


class Locked(AccountError):
    """Too many wrong passwords; `retry_after_s` is what is left of the lock, in whole seconds."""

    status_code = 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too many wrong passwords for this e-mail address; try again later")
        self.retry_after_s = retry_after_s

    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.retry_after_s)}


def install_error_handlers(app: FastAPI) -> None:
    """Answer every refusal with a JSON object that repeats none of the caller's input."""

    @app.exception_handler(AccountError)
    async def refused(_: Request, error: AccountError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, error.status_code, headers=error.headers())

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        problems = [{"where": _where(problem["loc"]), "problem": problem["msg"]} for problem in error.errors()[:20]]
        return JSONResponse({"detail": "the request breaks the contract", "problems": problems}, 422)


def _where(location: Sequence[Any]) -> str:
    # Names of unknown fields come from the caller and may be of any length.
    return ".".join(str(part) for part in location)[:200].encode("ascii", "replace").decode()
