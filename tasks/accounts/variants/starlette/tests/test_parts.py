import hashlib

import pytest

from app import shapes, tokens
from app.vault import ROUNDS, Vault


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 5000, b"{}", b'{"token": "x", "a": 1}', b'{"token": ""}']
)
def test_bodies_that_do_not_fit(raw):
    with pytest.raises(shapes.Malformed):
        shapes.read(raw, shapes.TOKEN)


def test_what_does_not_fit_is_named():
    with pytest.raises(shapes.Malformed, match="^display_name$"):
        shapes.read(b'{"display_name": 5}', shapes.NAME)
    with pytest.raises(shapes.Malformed, match="^wrong fields$"):
        shapes.read(b"{}", shapes.NAME)


def test_bodies_that_fit():
    raw = b'{"email": "A@B.c", "password": "x"}'
    assert shapes.read(raw, shapes.SIGN_IN, ("ttl_s",)) == {"email": "a@b.c", "password": "x"}
    assert shapes.read(raw[:-1] + b', "ttl_s": 5}', shapes.SIGN_IN, ("ttl_s",))["ttl_s"] == 5


def test_texts():
    check = shapes.text(2, 4)
    assert [check(value) for value in ("ab", "abcd", "\x00\U0001f511")] == ["ab", "abcd", "\x00\U0001f511"]
    assert [check(value) for value in ("a", "abcde", 5, None, ["ab"], "a\ud800", "a\udfff")] == [None] * 7


def test_addresses():
    assert shapes.address("Ada.B+c_d-e@Ex-1.Example.ORG") == "ada.b+c_d-e@ex-1.example.org"
    bad = [
        "",
        "a",
        "@b.c",
        "a@b",
        "a@b.c\n",
        " a@b.c",
        "a@b..c",
        "ä@b.c",
        "\u212a@b.c",
        "a" * 65 + "@b.c",
        "a@b.c.d.e.f",
        5,
        None,
    ]
    assert [shapes.address(value) for value in bad] == [None] * len(bad)


def test_lives():
    assert [shapes.life(value) for value in (1, 60.0, 86_400)] == [1, 60, 86_400]
    bad = [0, -1, 86_401, 1.5, "60", None, True, float("inf"), float("-inf"), float("nan"), [5]]
    assert [shapes.life(value) for value in bad] == [None] * len(bad)


def test_tokens():
    token = tokens.seal("key", "a-session")
    assert tokens.unseal("key", token) == "a-session"
    assert token != tokens.seal("other", "a-session")
    forged = [token[:-1], token + "x", "b" + token[1:], "a-session", "a-session.", "", ".", "\ud800.\ud800", "é.é"]
    assert [tokens.unseal("key", text) for text in forged] == [None] * len(forged)
    assert tokens.unseal("other", token) is None
    assert len({tokens.new_id() for _ in range(50)}) == 50
    assert len(tokens.new_id()) == 32


def test_passwords_are_hashed_slowly_with_salt(tmp_path):
    assert ROUNDS >= 100_000
    vault = Vault(str(tmp_path / "x.db"), 1, rounds=3)
    one, two = (vault.add(name, f"{name}@b.c", "x", "a password") for name in ("one", "two"))
    assert one["hash"] == hashlib.pbkdf2_hmac("sha256", b"a password", one["salt"], 3)
    assert one["hash"] != two["hash"]
    assert len(one["salt"]) == 16
    vault.close()
