"""Live secrets in answers: what is found wherever it stands, and what right services may answer."""

import base64
import importlib
import sys
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "harness" / "images" / "shared"
if str(SHARED) not in sys.path:
    sys.path.insert(0, str(SHARED))
SecretsInForce = importlib.import_module("harness_probe.secrets_in_force").SecretsInForce

TOKEN, OTHER, SESSION = "ab12" * 6, "9f" * 12, "s3ss10n-token-of-a-person"
ENVIRONMENT = {"API_TOKENS": f"alice:{TOKEN},bob:{OTHER}", "PORT": "8000", "BUILD_ID": "c0ffee" * 4}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("status", "head", "text"),
    [
        (401, "", f'{{"detail": "Bearer {TOKEN} is not valid"}}'),
        (401, f"X-Echo: Bearer {TOKEN}", "{}"),
        (401, "", f'{{"header": "Token {TOKEN}0"}}'),
        (200, "", f'{{"config": "{ENVIRONMENT["API_TOKENS"]}"}}'),
        (500, "", f"Traceback ... {OTHER}"),
        (200, "", encoded(f"alice:{TOKEN}")),
        (200, "", encoded(f"x{TOKEN}yz")),
        (302, f"Location: /login?next=/%3Ftoken%3D{OTHER}", ""),
    ],
)
def test_a_secret_of_the_environment_belongs_nowhere(status: int, head: str, text: str) -> None:
    assert "API_TOKENS" in SecretsInForce(ENVIRONMENT).look("GET", status, head, text)


@pytest.mark.parametrize(
    "text",
    ["{}", '{"build": "' + ENVIRONMENT["BUILD_ID"] + '"}', TOKEN[:12], TOKEN[1:], '{"id": "8000"}', "alice, bob"],
)
def test_what_is_no_secret_may_be_shown(text: str) -> None:
    assert SecretsInForce(ENVIRONMENT).look("GET", 200, "", text) == ""


@pytest.mark.parametrize("name", ["token", "access_token", "refresh_token", "jwt", "api_key"])
def test_an_issued_token_may_be_issued_and_not_be_repeated_by_an_error(name: str) -> None:
    secrets = SecretsInForce({})
    issuing = f'{{"session": {{"{name}": "{SESSION}"}}, "next_page_token": "a-page-that-is-no-secret"}}'
    assert not secrets.known
    assert secrets.look("POST", 201, "", issuing) == ""
    assert secrets.known
    assert secrets.look("POST", 201, "", issuing) == "", "the same answer again issues it again"
    assert secrets.look("GET", 404, "", '{"error": "no page a-page-that-is-no-secret"}') == ""
    assert "issued" in secrets.look("GET", 401, "", f'{{"error": "unknown token {SESSION}"}}')


def test_what_an_error_calls_a_token_was_not_issued() -> None:
    secrets = SecretsInForce({})
    secrets.look("POST", 401, "", f'{{"token": "{SESSION}"}}')
    assert not secrets.known
