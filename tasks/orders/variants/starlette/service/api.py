"""HTTP: routes, tokens, bodies, problems. Who and what is settled before a body is looked at."""

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.orders import Orders, Refusal

HIDDEN = ("number",)
LARGEST = 2**63 - 1
Whole = Annotated[
    int, BeforeValidator(lambda value: int(value) if isinstance(value, float) and value.is_integer() else value)
]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Item(Body):
    sku: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    quantity: Annotated[Whole, Field(ge=1, le=1000)]
    unit_price_cents: Annotated[Whole, Field(ge=0, le=10_000_000)]


Items = Annotated[list[Item], Field(min_length=1, max_length=50)]
Note = Annotated[str, Field(max_length=500)]


class NewOrder(Body):
    items: Items
    note: Note | None = None


class Change(Body):
    version: Annotated[Whole, Field(ge=1, le=1_000_000_000)]
    items: Items = Field(default_factory=list)
    note: Note | None = None


class Step(Body):
    to: Literal["draft", "submitted", "paid", "shipped", "cancelled"]


class Query(BaseModel):
    """Query parameters arrive as text; numbers are read from it."""

    status: Literal["draft", "submitted", "paid", "shipped", "cancelled"] | None = None
    sku: Annotated[str, Field(max_length=64)] | None = None
    sort: Literal["created_at", "-created_at", "total_cents", "-total_cents"] = "-created_at"
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(max_length=512)] | None = None


async def health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def create(request: Request) -> Response:
    caller = who(request)
    body = NewOrder.model_validate(await sent(request))
    order = store(request).create(caller, [item.model_dump() for item in body.items], body.note)
    return JSONResponse(shown(order), 201)


async def listing(request: Request) -> Response:
    caller = who(request)
    query = Query.model_validate(dict(request.query_params))
    after = None if query.cursor is None else read_cursor(query.sort, query.cursor)
    found, total, following = store(request).page(caller, query.status, query.sku, query.sort, query.limit, after)
    cursor = write_cursor(query.sort, following) if following else None
    return JSONResponse({"next_cursor": cursor, "total": total, "orders": [shown(order) for order in found]})


async def read(request: Request) -> Response:
    return JSONResponse(shown(store(request).find(who(request), request.path_params["order_id"])))


async def change(request: Request) -> Response:
    caller, order_id = who(request), request.path_params["order_id"]
    store(request).find(caller, order_id)
    body = Change.model_validate(await sent(request))
    fields = body.model_dump(include=body.model_fields_set - {"version"})
    return JSONResponse(shown(store(request).change(caller, order_id, body.version, fields)))


async def delete(request: Request) -> Response:
    store(request).delete(who(request), request.path_params["order_id"])
    return Response(status_code=204)


async def transition(request: Request) -> Response:
    caller, order_id = who(request), request.path_params["order_id"]
    store(request).find(caller, order_id)
    body = Step.model_validate(await sent(request))
    return JSONResponse(shown(store(request).move(caller, order_id, body.to)))


async def summary(request: Request) -> Response:
    return JSONResponse(store(request).summary(who(request)))


def store(request: Request) -> Orders:
    orders: Orders = request.app.state.orders
    return orders


def who(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    name = request.app.state.tokens.get(token) if scheme.lower() == "bearer" else None
    if name is None:
        raise Refusal(401, "A valid token is needed")
    return str(name)


async def sent(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON") from None


def shown(order: Mapping[str, Any]) -> dict[str, Any]:
    return {name: order[name] for name in reversed(order) if name not in HIDDEN}


def write_cursor(sort: str, place: tuple[int, int]) -> str:
    return json.dumps([sort, *place]).encode().hex()


def read_cursor(sort: str, text: str) -> tuple[int, int]:
    try:
        named, value, number = json.loads(bytes.fromhex(text))
        good = (
            named == sort
            and type(value) is type(number) is int
            and 0 <= min(value, number) <= max(value, number) <= LARGEST
        )
    except (ValueError, TypeError, RecursionError):
        good = False
    if not good:
        raise Refusal(400, "This cursor was not given out here")
    return value, number


def problem(status: int, title: str) -> Response:
    """RFC 9457."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({"status": status, "title": title}, status, headers, "application/problem+json")


def create_app(url: str, tokens: Mapping[str, str]) -> Starlette:
    """`tokens` maps a token to the name of its owner."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.tokens = dict(tokens)
        app.state.orders = Orders(url)
        yield
        app.state.orders.close()

    async def refused(_: Request, error: Any) -> Response:
        return problem(error.status, error.title)

    async def invalid(_: Request, error: Any) -> Response:
        where = ".".join(str(part) for part in error.errors(include_input=False, include_url=False)[0]["loc"])
        return problem(422, f"Not as the contract has it: {where.encode('ascii', 'replace').decode()[:80]}")

    async def http_error(_: Request, error: Any) -> Response:
        return problem(error.status_code, error.detail)

    return Starlette(
        routes=[
            Route("/health", health),
            Route("/orders", create, methods=["POST"]),
            Route("/orders", listing),
            Route("/orders/{order_id}", read),
            Route("/orders/{order_id}", change, methods=["PATCH"]),
            Route("/orders/{order_id}", delete, methods=["DELETE"]),
            Route("/orders/{order_id}/transitions", transition, methods=["POST"]),
            Route("/summary", summary),
        ],
        lifespan=lifespan,
        exception_handlers={Refusal: refused, ValidationError: invalid, HTTPException: http_error},
    )


def from_environment() -> Starlette:
    pairs = [pair.strip().split(":", 1) for pair in os.environ["API_TOKENS"].split(",")]
    return create_app(os.environ["DATABASE_URL"], {token: name for name, token in pairs})
