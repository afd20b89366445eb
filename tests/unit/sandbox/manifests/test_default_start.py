"""Without a `web:` line: the stated default, and what is found in its place."""

import pytest

from harness.sandbox.manifests.default_start import Start, default_start

ASGI = "from fastapi import FastAPI\napp = FastAPI()\n"
WSGI = "from flask import Flask\napp = Flask(__name__)\n"
MAIN = "if __name__ == '__main__':\n    pass\n"
STATED = "python -m uvicorn app.main:app --host 127.0.0.1 --port 8000"


def start(files: dict[str, str], requirements: tuple[str, ...] = (), roots: tuple[str, ...] = ()) -> Start:
    return default_start({name: text.encode() for name, text in files.items()}, requirements, roots, 8000)


@pytest.mark.parametrize(
    "files",
    [
        {"app/main.py": ASGI},
        {"app/main.py": "from app.factory import app\n"},
        {"app/main.py": "app, settings = build()\n"},
        {"app/main.py": "from app.factory import *\n"},
        {"app/main.py": "try:\n    app = fancy()\nexcept ImportError:\n    app = plain()\n"},
        {"app/main.py": "async def app(scope, receive, send): ...\n"},
        {"app/main.py": ASGI + MAIN, "main.py": ASGI, "manage.py": MAIN},
        {"app/main.py": "def ("},
    ],
)
def test_the_stated_default_needs_no_note(files: dict[str, str]) -> None:
    assert start(files) == Start(tuple(STATED.split()))


def test_a_src_layout_of_a_package_may_hold_the_stated_default() -> None:
    assert start({"src/app/main.py": ASGI}, roots=("src",)) == Start(tuple(STATED.split()))


@pytest.mark.parametrize(
    ("files", "requirements", "command"),
    [
        ({"main.py": ASGI}, ("uvicorn",), "uvicorn main:app --host 127.0.0.1 --port 8000"),
        ({"server.py": "from fastapi import FastAPI\nshop = FastAPI()\n"}, (), "uvicorn server:shop --host 127.0.0.1"),
        ({"app.py": WSGI}, ("flask",), "flask --app app:app run --host 127.0.0.1 --port 8000"),
        ({"app.py": WSGI}, ("flask", "gunicorn>=20"), "gunicorn --bind 127.0.0.1:8000 app:app"),
        ({"wsgi.py": "from shop import app\n", "shop/__init__.py": ""}, ("flask",), "flask --app wsgi:app run"),
        ({"app/__init__.py": "def create_app(test=None): ...\n"}, ("flask",), "flask --app app:create_app run"),
        ({"app/main.py": "def create_app(): ...\n"}, ("fastapi",), "uvicorn --factory app.main:create_app"),
        ({"main.py": ASGI}, ("hypercorn",), "hypercorn --bind 127.0.0.1:8000 main:app"),
        ({"src/main.py": ASGI}, (), "uvicorn --app-dir src main:app"),
        ({"src/main.py": "from src.api import app\n"}, (), "uvicorn src.main:app"),
        ({"src/shop/main.py": ASGI}, (), "uvicorn --app-dir src shop.main:app"),
        ({"shop/api.py": ASGI, "tests/app.py": ASGI}, (), "uvicorn shop.api:app"),
        ({"manage.py": MAIN, "shop/wsgi.py": "application = 1\n"}, ("django",), "runserver --noreload 127.0.0.1:8000"),
        (
            {"manage.py": MAIN, "shop/wsgi.py": ""},
            ("django", "gunicorn"),
            "gunicorn --bind 127.0.0.1:8000 shop.wsgi:app",
        ),
        (
            {"manage.py": MAIN, "shop/asgi.py": ""},
            ("django", "uvicorn"),
            "uvicorn --host 127.0.0.1 --port 8000 shop.asgi",
        ),
        ({"main.py": MAIN}, ("aiohttp",), "python main.py"),
        ({"shop/__main__.py": MAIN, "shop/__init__.py": ""}, (), "python -m shop"),
    ],
)
def test_what_is_found_in_its_place_is_said(files: dict[str, str], requirements: tuple[str, ...], command: str) -> None:
    found = start(files, requirements)
    assert command in " ".join(found.argv)
    assert "was found and started" in found.notes[0]


@pytest.mark.parametrize("files", [{}, {"worker.py": MAIN}, {"tests/main.py": ASGI}, {"a/b/c/d/main.py": ASGI}])
def test_nothing_to_serve_is_started_as_stated_and_said(files: dict[str, str]) -> None:
    found = start(files)
    assert found.argv == tuple(STATED.split())
    assert "nothing to serve was found" in found.notes[0]
