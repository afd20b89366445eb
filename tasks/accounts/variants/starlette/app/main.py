"""Accounts on Starlette. Run with `uvicorn app.main:app`."""

import os
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app import shapes, tokens
from app.vault import Denied, Locked, Vault


def problem(status, title, headers=None):
    body = {"type": "about:blank", "title": title, "status": status}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def stamp(seconds):
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def account(person):
    shown = {"display_name": person["name"], "email": person["email"], "role": "member", "id": person["id"]}
    return {**shown, "created_at": stamp(person["since"])}


def session(visit):
    return {"expires_at": stamp(visit["until"]), "created_at": stamp(visit["since"]), "id": visit["id"]}


class Api:
    """The operations; each has the vault do its work in a thread."""

    def __init__(self, env, rounds=None):
        self._key, self._ttl_s = env["TOKEN_SECRET"], int(env["TOKEN_TTL_S"])
        self._open = env["DATABASE_URL"].removeprefix("sqlite:///"), int(env["LOCKOUT_S"])
        self._rounds = {} if rounds is None else {"rounds": rounds}

    def app(self):
        handlers = {
            shapes.Malformed: lambda _, error: problem(422, f"the body breaks the contract: {error}"),
            Denied: lambda *_: problem(401, "address or password is wrong"),
            Locked: lambda _, error: problem(429, "locked for a while", {"Retry-After": str(error.retry_after_s)}),
            HTTPException: lambda _, error: problem(error.status_code, error.detail, error.headers),
        }
        routes = [
            Route("/health", self.health),
            Route("/accounts", self.register, methods=["POST"]),
            Route("/accounts/password-change", self.change_password, methods=["POST"]),
            Route("/accounts/deletion", self.leave, methods=["POST"]),
            Route("/accounts/me", self.me, methods=["GET", "PATCH"]),
            Route("/sessions", self.sessions, methods=["GET", "POST"]),
            Route("/sessions/revocation", self.revoke, methods=["POST"]),
            Route("/sessions/{session_id}", self.end, methods=["DELETE"]),
        ]
        return Starlette(routes=routes, exception_handlers=handlers, lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _app):
        self._vault = Vault(*self._open, **self._rounds)
        yield
        self._vault.close()

    async def health(self, _request):
        return JSONResponse({"status": "ok"})

    async def register(self, request):
        body = shapes.read(await request.body(), shapes.NEW_ACCOUNT)
        _refuse_address(body["email"], body["password"])
        values = (tokens.new_id(), body["email"], body["display_name"], body["password"])
        person = await run_in_threadpool(self._vault.add, *values)
        return problem(409, "the address is taken") if person is None else JSONResponse(account(person), 201)

    async def change_password(self, request):
        body = shapes.read(await request.body(), shapes.NEW_PASSWORD)
        _refuse_address(body["email"], body["new_password"])
        person = await self._prove(body)
        if body["new_password"] == body["password"]:
            raise shapes.Malformed("new_password is the present one")
        await run_in_threadpool(self._vault.set_password, person, body["new_password"])
        return Response(status_code=204)

    async def leave(self, request):
        person = await self._prove(shapes.read(await request.body(), shapes.CREDENTIALS))
        await run_in_threadpool(self._vault.remove, person)
        return Response(status_code=204)

    async def me(self, request):
        _, person = await self._caller(request)
        if request.method == "PATCH":
            name = shapes.read(await request.body(), shapes.NAME)["display_name"]
            person = await run_in_threadpool(self._vault.rename, person["id"], name)
            if person is None:  # removed meanwhile
                raise _unauthorized()
        return JSONResponse(account(person))

    async def sessions(self, request):
        if request.method == "POST":
            return await self._sign_in(shapes.read(await request.body(), shapes.SIGN_IN, optional=("ttl_s",)))
        current, person = await self._caller(request)
        found = await run_in_threadpool(self._vault.visits, person["id"])
        return JSONResponse({"sessions": [session(each) | {"current": each["id"] == current["id"]} for each in found]})

    async def revoke(self, request):
        token = shapes.read(await request.body(), shapes.TOKEN)["token"]
        visit_id = tokens.unseal(self._key, token)
        if visit_id is not None:
            await run_in_threadpool(self._vault.forget, visit_id)
        return Response(status_code=204)

    async def end(self, request):
        current, person = await self._caller(request)
        wanted = request.path_params["session_id"]
        if wanted == current["id"]:
            return problem(409, "revoke the token of the session in use instead")
        ended = await run_in_threadpool(self._vault.end, wanted, person["id"])
        return Response(status_code=204) if ended else problem(404, "no such session")

    async def _sign_in(self, body):
        person, visit_id = await self._prove(body), tokens.new_id()
        life_s = min(body.get("ttl_s", self._ttl_s), self._ttl_s)
        visit = await run_in_threadpool(self._vault.start, person, visit_id, life_s)
        return JSONResponse({"token": tokens.seal(self._key, visit_id), **session(visit)}, 201)

    async def _prove(self, body):
        return await run_in_threadpool(self._vault.prove, body["email"], body["password"])

    async def _caller(self, request):
        """(session, person) of the request's token."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        visit_id = tokens.unseal(self._key, token) if scheme.lower() == "bearer" else None
        found = await run_in_threadpool(self._look_up, visit_id) if visit_id else None
        if found is None:
            raise _unauthorized()
        return found

    def _look_up(self, visit_id):
        visit = self._vault.visit(visit_id)
        person = self._vault.person(visit["person"]) if visit else None
        return (visit, person) if person else None


def _unauthorized():
    return HTTPException(401, "no live session", {"WWW-Authenticate": "Bearer"})


def _refuse_address(email, password):
    if password.lower() == email:
        raise shapes.Malformed("the address is no password")


def create_app(env, rounds=None):
    return Api(env, rounds).app()


app = create_app(os.environ)
