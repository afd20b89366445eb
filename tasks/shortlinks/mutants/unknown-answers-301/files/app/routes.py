"""HTTP in, HTTP out. Handlers that touch the database are plain functions: they run in worker threads."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse, Response

from app.auth import Caller
from app.schemas import Health, Link, LinkChange, LinkPage, NewLink, Preview, Problem, State, Stats
from app.service import LinkService

MARK = re.compile(r"[A-Za-z0-9_-]{1,64}")
REFUSALS: dict[int | str, dict[str, Any]] = {"4XX": {"model": Problem}}
public = APIRouter()
router = APIRouter(responses={401: {"model": Problem}, **REFUSALS})


def link_service(request: Request) -> LinkService:
    service: LinkService = request.app.state.links
    return service


Links = Annotated[LinkService, Depends(link_service)]


@public.get("/health", operation_id="getHealth")
async def get_health() -> Health:
    return Health()


@public.get(
    "/r/{slug}",
    operation_id="visitLink",
    response_class=Response,
    responses={200: {"model": Preview}, 302: {"description": "Go there"}, **REFUSALS},
)
def visit_link(
    slug: str, links: Links, preview: bool = False, x_visitor: Annotated[str | None, Header()] = None
) -> Response:
    if not links.knows(slug):
        return Response(status_code=301, headers={"Location": "/"})
    if preview:
        return JSONResponse(links.preview(slug).model_dump())
    mark = x_visitor if x_visitor and MARK.fullmatch(x_visitor) else None
    # The framework's own redirect would re-quote the address; it has to arrive as it was given.
    return Response(status_code=302, headers={"Location": links.visit(slug, mark)})


@router.post("/links", status_code=201, operation_id="createLink")
def create_link(body: NewLink, caller: Caller, links: Links) -> Link:
    return links.create(caller, body)


@router.get("/links", operation_id="listLinks")
def list_links(
    caller: Caller,
    links: Links,
    state: State | None = None,
    q: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=512)] = None,
) -> LinkPage:
    return links.page(caller, state, q, limit, cursor)


@router.get("/links/{slug}", operation_id="getLink")
def get_link(slug: str, caller: Caller, links: Links) -> Link:
    return links.read(caller, slug)


@router.patch("/links/{slug}", operation_id="updateLink")
def update_link(slug: str, body: LinkChange, caller: Caller, links: Links) -> Link:
    return links.change(caller, slug, body)


@router.delete("/links/{slug}", status_code=204, operation_id="deleteLink")
def delete_link(slug: str, caller: Caller, links: Links) -> None:
    links.delete(caller, slug)


@router.get("/links/{slug}/stats", operation_id="getStats")
def get_stats(slug: str, caller: Caller, links: Links) -> Stats:
    return links.stats(caller, slug)
