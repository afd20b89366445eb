"""Accounts on Flask: `create_app(settings)`."""

from flask import Flask, jsonify
from werkzeug.exceptions import HTTPException

from accounts.storage import Storage
from accounts.views import Refused, api


def create_app(database_path: str, ttl_s: int, lockout_s: int, method: str = "scrypt:16384:8:1") -> Flask:
    """`method` is werkzeug's name of a password hash."""
    app = Flask("accounts")
    app.json.sort_keys = True
    app.config.update(TTL_S=ttl_s, LOCKOUT_S=lockout_s, METHOD=method)
    app.extensions["accounts.storage"] = Storage(database_path)
    app.register_blueprint(api)

    @app.errorhandler(Refused)
    def refused(error: Refused):
        return jsonify(error={"code": error.status, "message": error.reason}), error.status, error.headers

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException):
        return jsonify(error={"code": error.code, "message": error.name}), error.code

    return app
