"""Short links on Flask: `create_app(database_path, tokens)`."""

from collections.abc import Mapping

from flask import Flask, jsonify
from werkzeug.exceptions import HTTPException

from shortlinks.storage import Storage
from shortlinks.views import Refused, api


def create_app(database_path: str, tokens: Mapping[str, str]) -> Flask:
    """`tokens` maps a token to the name of its owner."""
    app = Flask("shortlinks")
    app.json.sort_keys = True
    app.extensions["shortlinks.storage"] = Storage(database_path)
    app.extensions["shortlinks.tokens"] = {token.encode(): name for token, name in tokens.items()}
    app.register_blueprint(api)

    @app.errorhandler(Refused)
    def refused(error: Refused):
        return jsonify(error={"code": error.status, "message": error.reason}), error.status

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException):
        return jsonify(error={"code": error.code, "message": error.name}), error.code

    return app
