"""Where the address of a call that opens one comes from: right shapes of honest programs, their wrong twins."""

import ast
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[3] / "harness/images/static"))

import queries  # type: ignore[import-not-found]

HEAD = """\
import os
import urllib.request
from urllib.request import Request, urlopen
from fastapi import FastAPI
from pydantic import BaseModel
app = FastAPI()
HOOK = "https://hooks.example.org/new"
BASE = os.environ.get("BASE_URL", "http://127.0.0.1:8000")
"""


def address(body: str) -> str:
    text = HEAD + body + "\n"
    line = next(n for n, each in enumerate(text.splitlines(), 1) if each.endswith("  #"))
    return str(queries.Queries({"a.py": ast.parse(text)}).address("a.py", line, line))


@pytest.mark.parametrize(
    "body",
    [
        "def ping():\n    return urlopen(HOOK)  #",
        "def ping():\n    return urlopen(url=HOOK)  #",
        "def ping():\n    port = os.environ['PORT']\n    return urlopen(f'http://127.0.0.1:{port}/health')  #",
        "def ping(port):\n    url = f'http://127.0.0.1:{port}/health'\n    return urlopen(url, timeout=2)  #",
        "def ping(port):\n    url = 'http://localhost:%s/health' % port\n    return urllib.request.urlopen(url)  #",
        "def ping(port):\n    request = Request('http://localhost:{}/x'.format(port))\n    return urlopen(request)  #",
        "def tell(order: str):\n    return urlopen('https://hooks.example.org/' + order)  #",
        "def ping():\n    return urlopen(BASE + '/health')  #",
        "def ping():\n    return urlopen(os.environ['HOOK'])  #",
        "def ping(settings):\n    return urlopen(settings.hook)  #",
    ],
)
def test_what_no_caller_sends_leads_nobody_astray(body: str) -> None:
    assert address(body) in ("constant", "open")


@pytest.mark.parametrize(
    "body",
    [
        "@app.get('/x')\ndef fetch(url: str):\n    return urlopen(url)  #",
        "@app.get('/x')\nasync def fetch(url: str):\n    target = url\n    return urlopen(target)  #",
        "@app.get('/x')\ndef fetch(host: str):\n    return urlopen(f'http://{host}/health')  #",
        "@app.get('/x')\ndef fetch(host: str):\n    return urlopen('http://' + host)  #",
        "@app.post('/x')\ndef fetch(url: str):\n    request = Request(url)\n    return urlopen(request)  #",
        "class Hook(BaseModel):\n    url: str\n@app.post('/x')\ndef add(hook: Hook):\n    return urlopen(hook.url)  #",
        "@app.post('/x')\nasync def add(request):\n    return urlopen((await request.json())['url'])  #",
        "@app.get('/x')\ndef fetch(url: str):\n    return get(url)\ndef get(address):\n    return urlopen(address)  #",
    ],
)
def test_what_a_caller_sends_is_input(body: str) -> None:
    assert address(body) == "input"


def test_where_nothing_is_opened_nothing_is_told() -> None:
    assert address("def f(x):\n    return x  #") == ""
