"""The application on Starlette; every handler runs on the event loop."""

import asyncio
import contextlib
import os
import re

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shorty import bodies
from shorty.book import Book, Link
from shorty.moments import text_of, utc_now
from shorty.slugs import new_slug, normal

FLUSH_S = 0.2
MARK = re.compile(r"[A-Za-z0-9_-]{1,64}")


def now() -> str:
    return text_of(utc_now())


def caller(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    name = request.app.state.names.get(token) if scheme.lower() == "bearer" else None
    if name is None:
        raise HTTPException(401, "no valid token", {"WWW-Authenticate": "Bearer"})
    return name


def found(request: Request) -> Link:
    link = request.app.state.book.find(normal(request.path_params["slug"]) or "")
    if link is None:
        raise HTTPException(404, "no such link")
    return link


def own(request: Request) -> Link:
    name, link = caller(request), found(request)
    if link.owner != name:
        raise HTTPException(404, "no such link")
    return link


async def health(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def visit(request: Request) -> Response:
    preview, link, moment = bodies.flag(request.query_params.get("preview", "false")), None, now()
    link = found(request)
    if link.state(moment) != "active":
        raise HTTPException(410, "no longer in use")
    if preview:
        return JSONResponse({"target_url": link.target_url, "slug": link.slug})
    mark = request.headers.get("X-Visitor", "")
    request.app.state.book.visit(link, mark if MARK.fullmatch(mark) else None, moment)
    return Response(status_code=302, headers={"Location": link.target_url, "Cache-Control": "no-store"})


async def create(request: Request) -> Response:
    owner, moment = caller(request), utc_now()
    fields = bodies.new_link(await request.body(), moment)
    wish, stamp = fields.pop("slug"), text_of(moment)
    fields |= {"owner": owner, "created_at": stamp, "updated_at": stamp}
    link = request.app.state.book.add(wish or new_slug(), **fields)
    while link is None:
        if wish is not None:
            raise HTTPException(409, "this slug is taken")
        link = request.app.state.book.add(new_slug(), **fields)
    return JSONResponse(link.shown(stamp), 201)


async def listing(request: Request) -> Response:
    owner = caller(request)
    state, text, limit, before = bodies.listing(request.query_params)
    moment = now()
    matching = [
        link
        for link in request.app.state.book.of(owner)
        if text in link.target_url and (state is None or state == link.state(moment))
    ]
    rest = [link for link in matching if before is None or link.number < before]
    cursor = f"c{rest[limit - 1].number:x}" if len(rest) > limit else None
    links = [link.shown(moment) for link in rest[:limit]]
    return JSONResponse({"links": links, "next_cursor": cursor, "total": len(matching)})


async def read(request: Request) -> Response:
    return JSONResponse(own(request).shown(now()))


async def change(request: Request) -> Response:
    caller(request)
    fields = bodies.change(await request.body())
    # Looked up after the last await: nothing can come between reading the link and changing it.
    link = request.app.state.book.change(own(request), **fields, updated_at=now())
    return JSONResponse(link.shown(now()))


async def remove(request: Request) -> Response:
    request.app.state.book.remove(own(request))
    return Response(status_code=204)


async def stats(request: Request) -> Response:
    link = own(request)
    unique, days = request.app.state.book.figures(link)
    by_day = [{"day": day, "visits": visits} for day, visits in days]
    visits = sum(day["visits"] for day in by_day)
    return JSONResponse({"slug": link.slug, "visits": visits, "unique_visitors": unique, "by_day": by_day})


async def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"title": error.detail}, error.status_code, error.headers, "application/problem+json")


async def invalid(request: Request, error: Exception) -> Response:
    # The library's own messages may repeat what the caller sent; ours are enough.
    return JSONResponse({"title": "the request breaks the contract"}, 400, media_type="application/problem+json")


async def flush_for_ever(book: Book) -> None:
    while True:
        await asyncio.sleep(FLUSH_S)
        book.flush()


def create_app(path: str, names: dict[str, str]) -> Starlette:
    """`names` maps a token to the name of its owner."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette):
        app.state.book, app.state.names = Book(path), names
        flushing = asyncio.create_task(flush_for_ever(app.state.book))
        yield
        flushing.cancel()
        app.state.book.close()

    routes = [
        Route("/health", health),
        Route("/r/{slug}", visit, methods=["GET"]),
        Route("/links", create, methods=["POST"]),
        Route("/links", listing, methods=["GET"]),
        Route("/links/{slug}", read, methods=["GET"]),
        Route("/links/{slug}", change, methods=["PATCH"]),
        Route("/links/{slug}", remove, methods=["DELETE"]),
        Route("/links/{slug}/stats", stats, methods=["GET"]),
    ]
    handlers = {HTTPException: refused, ValueError: invalid}
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)


def from_environment(env) -> Starlette:
    pairs = [pair.strip().split(":", 1) for pair in env["API_TOKENS"].split(",")]
    return create_app(env["DATABASE_URL"].removeprefix("sqlite:///"), {token: name for name, token in pairs})


app = from_environment(os.environ)
