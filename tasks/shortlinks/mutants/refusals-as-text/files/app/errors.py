"""What can go wrong in the business rules, and how it is said over HTTP."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse


class LinkError(Exception):
    """A refused request; `status_code` is the HTTP status it becomes."""

    status_code = 422


class NotFound(LinkError):
    status_code = 404


class Conflict(LinkError):
    status_code = 409


class Gone(LinkError):
    status_code = 410


class Invalid(LinkError):
    status_code = 422


def install_error_handlers(app: FastAPI) -> None:
    """Answer every refusal with a JSON object that repeats none of the caller's input."""

    @app.exception_handler(LinkError)
    async def refused(_: Request, error: LinkError) -> PlainTextResponse:
        return PlainTextResponse(str(error), error.status_code)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        problems = [{"where": _where(problem["loc"]), "problem": problem["msg"]} for problem in error.errors()[:20]]
        return JSONResponse({"detail": "the request breaks the contract", "problems": problems}, 422)


def _where(location: Sequence[Any]) -> str:
    # Names of unknown fields come from the caller and may be of any length.
    return ".".join(str(part) for part in location)[:200].encode("ascii", "replace").decode()
