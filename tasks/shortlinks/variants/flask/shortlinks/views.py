"""The operations of the contract."""

import re
import secrets
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, current_app, g, jsonify, request

from shortlinks import checks

api = Blueprint("api", __name__)
OPEN_TO_ALL = ("api.health", "api.visit")
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


class Refused(Exception):
    def __init__(self, status, reason):
        super().__init__(reason)
        self.status, self.reason = status, reason


class Redirect(Response):
    """Sends the Location as it is; the library's own would put scheme and host into lower case."""

    default_status = 307

    def get_wsgi_headers(self, environ):
        headers = super().get_wsgi_headers(environ)
        headers["Location"] = self.headers["Location"]
        return headers


@api.errorhandler(checks.Invalid)
def invalid(error):
    return jsonify(error={"code": 400, "message": str(error)}), 400


@api.before_request
def authenticate():
    if request.endpoint in OPEN_TO_ALL:
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    g.caller = tokens().get(token.encode("utf-8", "replace")) if scheme.lower() == "bearer" else None
    if g.caller is None:
        raise Refused(401, "who are you?")


@api.get("/health")
def health():
    return {"status": "ok"}


@api.get("/r/<slug>")
def visit(slug):
    key, now = normal(slug), timestamp()
    if checks.flag(request.args.get("preview", "false")):
        link = storage().find(key)
        if link is not None and state_of(link, now) == "active":
            return {"target_url": link["target"], "slug": link["slug"]}
        raise closed(key)
    mark = request.headers.get("X-Visitor", "")
    target = storage().visit(key, now, mark if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", mark) else None)
    if target is None:
        raise closed(key)
    return Redirect("<!doctype html><title>Moved</title>", headers={"Location": target})


@api.post("/links")
def create():
    allowed = ("target_url", "slug", "expires_at", "ttl_s", "max_visits")
    body = checks.fields(request.data, allowed, required=("target_url",))
    body = {name: value for name, value in body.items() if value is not None or name == "target_url"}
    target, now = checks.target(body["target_url"]), datetime.now(UTC)
    wish = checks.slug(body["slug"]) if "slug" in body else None
    most = checks.number(body["max_visits"], 1, 1_000_000) if "max_visits" in body else None
    ends = end_of(body, now)
    values = {"owner": g.caller, "target": target, "most": most, "ends": ends and shown_time(ends)}
    slug = wish or draw()
    while not storage().insert(slug=slug, created=shown_time(now), **values):
        if wish:
            raise Refused(409, "this slug is taken")
        slug = draw()
    return shown(storage().find(slug)), 201


@api.get("/links")
def listing():
    query = request.args
    state = checks.state(query["state"]) if "state" in query else None
    text = checks.part(query["q"]) if "q" in query else None
    before = checks.read_cursor(query["cursor"]) if "cursor" in query else None
    limit = checks.limit(query.get("limit", "20"))
    found, total, more = storage().page(g.caller, state, text, before, limit, timestamp())
    cursor = checks.write_cursor(found[-1]["n"]) if more else None
    return {"total": total, "next_cursor": cursor, "links": [shown(link) for link in found]}


@api.get("/links/<slug>")
def read(slug):
    return shown(own(slug))


@api.patch("/links/<slug>")
def change(slug):
    body = checks.fields(request.data, ("target_url", "disabled"))
    if not body:
        raise checks.Invalid("nothing to change")
    target = checks.target(body["target_url"]) if "target_url" in body else None
    disabled = checks.switch(body["disabled"]) if "disabled" in body else None
    storage().update(own(slug)["n"], target, disabled, timestamp())
    return shown(own(slug))


@api.delete("/links/<slug>")
def remove(slug):
    storage().remove(own(slug)["n"])
    return "", 204


@api.get("/links/<slug>/stats")
def stats(slug):
    link = own(slug)
    visits, unique, days = storage().figures(link["n"])
    by_day = [{"visits": count, "day": day} for day, count in days]
    return {"by_day": by_day, "unique_visitors": unique, "visits": visits, "slug": link["slug"]}


def storage():
    return current_app.extensions["shortlinks.storage"]


def tokens():
    return current_app.extensions["shortlinks.tokens"]


def draw():
    return "".join(secrets.choice(ALPHABET) for _ in range(12))


def normal(slug):
    """'' is nobody's slug."""
    return slug.lower() if checks.SLUG.fullmatch(slug) else ""


def timestamp():
    return shown_time(datetime.now(UTC))


def shown_time(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00").rjust(32, "0")


def end_of(body, now):
    if "expires_at" not in body:
        return now + timedelta(seconds=checks.number(body["ttl_s"], 1, 31_536_000)) if "ttl_s" in body else None
    ends = checks.moment(body["expires_at"])
    if "ttl_s" in body or ends <= now:
        raise checks.Invalid("one end only, and in the future")
    return ends


def own(slug):
    link = storage().find(normal(slug))
    if link is None or link["owner"] != g.caller:
        raise Refused(404, "no such link")
    return link


def closed(slug):
    return Refused(404, "no such link") if storage().find(slug) is None else Refused(410, "this link is closed")


def state_of(link, now):
    if link["disabled"]:
        return "disabled"
    if link["ends"] and link["ends"] <= now:
        return "expired"
    return "exhausted" if link["most"] is not None and link["visits"] >= link["most"] else "active"


def shown(link):
    return {
        "updated_at": link["updated"],
        "created_at": link["created"],
        "expires_at": link["ends"],
        "max_visits": link["most"],
        "visits": link["visits"],
        "disabled": bool(link["disabled"]),
        "state": state_of(link, timestamp()),
        "owner": link["owner"],
        "target_url": link["target"],
        "slug": link["slug"],
    }
