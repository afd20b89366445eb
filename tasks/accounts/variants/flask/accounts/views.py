"""The operations of the contract."""

import hashlib
import secrets
import sqlite3
import time
import uuid
from datetime import UTC, datetime

from flask import Blueprint, current_app, g, jsonify, request

from accounts import bodies
from accounts.guard import Guard, Locked, Wrong

api = Blueprint("api", __name__)
GUARDED = ("api.me", "api.rename", "api.sessions", "api.end")


class Refused(Exception):
    def __init__(self, status, reason, headers=None):
        super().__init__(reason)
        self.status, self.reason, self.headers = status, reason, headers or {}


@api.record_once
def make_guard(state):
    app = state.app
    app.extensions["accounts.guard"] = Guard(
        app.extensions["accounts.storage"], app.config["METHOD"], app.config["LOCKOUT_S"]
    )


@api.errorhandler(bodies.Invalid)
def invalid(error):
    return jsonify(error={"code": 400, "message": str(error)}), 400


@api.errorhandler(Wrong)
def wrong(_):
    return jsonify(error={"code": 401, "message": "wrong e-mail address or password"}), 401


@api.errorhandler(Locked)
def locked(error):
    headers = {"Retry-After": str(int(error.left_s) + 1)}
    return jsonify(error={"code": 429, "message": "too many wrong passwords"}), 429, headers


@api.before_request
def authenticate():
    if request.endpoint not in GUARDED:
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    g.session = live_session(token) if scheme.lower() == "bearer" else None
    if g.session is None:
        raise Refused(401, "who are you?", {"WWW-Authenticate": "Bearer"})


@api.get("/health")
def health():
    return {"status": "ok"}


@api.post("/accounts")
def register():
    body = bodies.parse(request.data, ("email", "password", "display_name"))
    email, name = bodies.email(body["email"]), bodies.text(body["display_name"], 1, 60)
    hashed = guard().hash(bodies.new_password(body["password"], email))
    row = (str(uuid.uuid4()), email, name, hashed, time.time())
    try:
        with storage().change() as connection:
            connection.execute("INSERT INTO account VALUES (?, ?, ?, ?, ?)", row)
    except sqlite3.IntegrityError:
        raise Refused(409, "this address has an account") from None
    return shown(storage().row("SELECT * FROM account WHERE id = ?", row[0])), 201


@api.post("/accounts/password-change")
def change_password():
    body = bodies.parse(request.data, ("email", "password", "new_password"))
    email, present = bodies.email(body["email"]), bodies.text(body["password"], 1, 128)
    new = bodies.new_password(body["new_password"], email)
    account = guard().check(email, present)
    if new == present:
        raise Refused(400, "that is the present password")
    hashed = guard().hash(new)
    with storage().change() as connection:
        changed = connection.execute(
            "UPDATE account SET hash = ? WHERE id = ? AND hash = ?", (hashed, account["id"], account["hash"])
        )
        if not changed.rowcount:
            raise Wrong
        connection.execute("DELETE FROM session WHERE account = ?", (account["id"],))
    return "", 204


@api.post("/accounts/deletion")
def leave():
    account = credentials(bodies.parse(request.data, ("email", "password")))
    with storage().change() as connection:
        gone = connection.execute("DELETE FROM account WHERE id = ? AND hash = ?", (account["id"], account["hash"]))
        if not gone.rowcount:
            raise Wrong
        connection.execute("DELETE FROM session WHERE account = ?", (account["id"],))
    return "", 204


@api.get("/accounts/me")
def me():
    return shown(storage().row("SELECT * FROM account WHERE id = ?", g.session["account"]))


@api.patch("/accounts/me")
def rename():
    name = bodies.text(bodies.parse(request.data, ("display_name",))["display_name"], 1, 60)
    with storage().change() as connection:
        connection.execute("UPDATE account SET name = ? WHERE id = ?", (name, g.session["account"]))
    return me()


@api.post("/sessions")
def sign_in():
    body = bodies.parse(request.data, ("email", "password"), ("ttl_s",))
    asked = bodies.seconds(body["ttl_s"]) if "ttl_s" in body else bodies.LONGEST_S
    account = credentials(body)
    token, now = secrets.token_hex(32), time.time()
    row = (str(uuid.uuid4()), account["id"], stored(token), now, now + min(asked, current_app.config["TTL_S"]))
    with storage().change() as connection:
        connection.execute("DELETE FROM session WHERE account = ? AND ends <= ?", (account["id"], now))
        connection.execute(
            "INSERT INTO session (id, account, token, created, ends) SELECT ?, id, ?, ?, ? FROM account"
            " WHERE id = ? AND hash = ?",
            (row[0], row[2], row[3], row[4], account["id"], account["hash"]),
        )
    if live_session(token) is None:
        raise Wrong
    return {"token": token, "expires_at": stamp(row[4]), "created_at": stamp(row[3]), "id": row[0]}, 201


@api.get("/sessions")
def sessions():
    query = "SELECT * FROM session WHERE account = ? AND ends > ? ORDER BY n"
    rows = storage().rows(query, g.session["account"], time.time())
    return {"sessions": [listed(row) for row in rows]}


@api.post("/sessions/revocation")
def revoke():
    token = bodies.text(bodies.parse(request.data, ("token",))["token"], 1, 4096)
    with storage().change() as connection:
        connection.execute("DELETE FROM session WHERE token = ?", (stored(token),))
    return "", 204


@api.delete("/sessions/<session_id>")
def end(session_id):
    if session_id == g.session["id"]:
        raise Refused(409, "this session is in use")
    with storage().change() as connection:
        gone = connection.execute(
            "DELETE FROM session WHERE id = ? AND account = ? AND ends > ?",
            (session_id, g.session["account"], time.time()),
        )
    if not gone.rowcount:
        raise Refused(404, "no such session")
    return "", 204


def storage():
    return current_app.extensions["accounts.storage"]


def guard():
    return current_app.extensions["accounts.guard"]


def credentials(body):
    return guard().check(bodies.email(body["email"]), bodies.text(body["password"], 1, 128))


def live_session(token):
    return storage().row("SELECT * FROM session WHERE token = ? AND ends > ?", stored(token), time.time())


def stored(token):
    """Tokens are long and random: a plain digest hides them well enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def stamp(moment):
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def shown(row):
    if row is None:
        raise Refused(401, "who are you?", {"WWW-Authenticate": "Bearer"})
    return {
        "role": "member",
        "created_at": stamp(row["created"]),
        "display_name": row["name"],
        "email": row["email"],
        "id": row["id"],
    }


def listed(row):
    return {
        "current": row["id"] == g.session["id"],
        "expires_at": stamp(row["ends"]),
        "created_at": stamp(row["created"]),
        "id": row["id"],
    }
