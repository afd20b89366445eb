"""A secret is found in every disguise; honest text is left alone."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.agents.redaction import MARK, MIN_SECRET, Redactor

SECRET = "sk-Ab/1+2_3-çé~Zz9"
DISGUISES = {
    "plain": SECRET,
    "reversed": SECRET[::-1],
    "url": quote(SECRET, safe=""),
    "form": quote_plus(SECRET),
    "json": json.dumps(SECRET)[1:-1],
    "json, slashes": json.dumps(SECRET)[1:-1].replace("/", "\\/"),
    "json, every character": "".join(f"\\u{ord(c):04x}" for c in SECRET),
    "hex": SECRET.encode().hex(),
}


@pytest.mark.parametrize("name", DISGUISES)
def test_each_disguise_is_found(name: str) -> None:
    assert Redactor([SECRET]).text(f"before {DISGUISES[name]} after") == f"before {MARK} after"


keys = st.text("abcXYZ019+/_-", min_size=MIN_SECRET, max_size=40)


@given(key=keys, before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_a_secret_inside_encoded_bytes_is_found(key: str, before: bytes, after: bytes) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(before + key.encode() + after).decode()
        assert MARK in Redactor([key]).text(encoded)


@given(st.text())
def test_text_without_the_secret_stays_as_it_is(text: str) -> None:
    assert Redactor([SECRET]).text(text) == text


def test_placeholders_are_no_secrets() -> None:
    assert Redactor(["dummy", "", "sk-fake"]).text("a dummy sk-fake key") == "a dummy sk-fake key"


def test_data_is_redacted_through_and_through() -> None:
    data = {"a": [SECRET, 1, None, ("x", {SECRET: True})]}
    assert Redactor([SECRET]).data(data) == {"a": [MARK, 1, None, ["x", {MARK: True}]]}
