"""What waitress serves."""

import os
from collections.abc import Mapping

from flask import Flask

from accounts import create_app


def from_environment(env: Mapping[str, str]) -> Flask:
    return create_app(env["DATABASE_URL"].removeprefix("sqlite:///"), int(env["TOKEN_TTL_S"]), int(env["LOCKOUT_S"]))


app = from_environment(os.environ)
