"""What the server loads: the application, set up from the environment."""

import os

from shortlinks import create_app


def from_environment(env):
    pairs = [pair.strip().split(":", 1) for pair in env["API_TOKENS"].split(",")]
    return create_app(env["DATABASE_URL"].removeprefix("sqlite:///"), {token: name for name, token in pairs})


app = from_environment(os.environ)
