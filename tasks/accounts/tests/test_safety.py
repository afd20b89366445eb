"""Text is data; errors are JSON and tell nothing."""

import pytest
from people import bearer, member, new_password, signed_in, stranger, word

TRICKS = (
    "' OR '1'='1",
    '" OR ""="',
    "'; DROP TABLE accounts; --",
    "' UNION SELECT 1,2,3 --",
    "%",
    "_",
    "\\",
    "${7*7}",
    "{{7*7}}",
)


@pytest.mark.requirement("R22")
def test_text_is_data(client, rng):
    """Quotes and wildcards in passwords, names, tokens and ids mean themselves."""
    person = signed_in(client, rng)
    for trick in rng.sample(TRICKS, 5):
        other = stranger(client, rng)
        other.password = other.display_name = f"{trick} {word(rng)}"[:60]
        assert other.register().json()["display_name"] == other.display_name
        assert other.sign_in(f"{trick} {word(rng)}").status_code == 401
        other.token = other.session()["token"]
        assert other.account()["display_name"] == other.display_name
        assert client.get("/accounts/me", headers={"Authorization": f"Bearer {trick}"}).status_code == 401
        assert client.post("/sessions/revocation", json={"token": trick}).status_code == 204
        path = "/sessions/" + "".join(f"%{byte:02X}" for byte in trick.encode())
        assert person.request("DELETE", path).status_code in (400, 404, 422)
    assert person.is_live(person.token)


@pytest.mark.requirement("R23")
def test_errors_are_json_objects(client, rng):
    """Every 4xx has a JSON object as its body."""
    person, unknown = signed_in(client, rng), stranger(client, rng)
    responses = [
        client.get("/accounts/me"),
        client.get("/accounts/me", headers=bearer(word(rng, 40))),
        client.post("/accounts", json={}),
        client.post("/accounts", content=b"{", headers={"Content-Type": "application/json"}),
        person.register(),
        person.sign_in(new_password(rng)),
        unknown.delete(),
        unknown.change_password(new_password(rng)),
        person.request("DELETE", f"/sessions/{word(rng)}"),
        person.request("DELETE", f"/sessions/{person.sessions()[0]['id']}"),
        person.request("PATCH", "/accounts/me", json={"display_name": ""}),
        client.get(f"/{word(rng)}"),
        client.put("/accounts"),
    ]
    responses += [unknown.sign_in(new_password(rng)) for _ in range(6)]
    for response in responses:
        assert 400 <= response.status_code < 500, repr(response)
        assert isinstance(response.json(), dict), repr(response)
    assert responses[-1].status_code == 429


@pytest.mark.requirement("R23")
def test_answers_hold_no_password(client, env, rng):
    """Neither passwords, sent or stored, nor the secret come back, in success or refusal."""
    person = member(client, rng)
    typo = new_password(rng)
    person.token = person.session()["token"]
    responses = [person.register(), person.sign_in(typo), person.sign_in(), person.request("GET", "/accounts/me")]
    responses += [person.register(email=typo), person.sign_in(extra=typo), person.change_password(f"{typo} \ud800")]
    responses += [client.post("/accounts", json={"email": person.email, "password": [typo]})]
    assert [response.status_code for response in responses[:4]] == [409, 401, 201, 200]
    for response in responses:
        for secret in (person.password, typo, env["TOKEN_SECRET"]):
            assert secret not in response.text, repr(response)
        assert not any(
            mark in response.text for mark in ("$argon2", "$2b$", "pbkdf2_sha", "pbkdf2:sha", "scrypt:", "$scrypt")
        )


@pytest.mark.requirement("R23")
def test_odd_requests_are_refused_not_crashed(client, rng):
    """Deep, huge or ill-encoded bodies and odd headers: an answer below 500."""
    person = signed_in(client, rng)
    bodies = [
        b"[" * 5000,
        b'{"email": "' + b"a" * 100_000 + b'"}',
        b'{"a":' * 500,
        b"\x00",
        b"9" * 5000,
        b'"\\ud800"',
        "é".encode("latin-1"),
    ]
    bodies += [
        b'{"email": "x@example.org", "password": "\\ud800\\ud800\\ud800\\ud800\\ud800"}',
    ]
    bodies += [b'{"email": "x@example.org", "password": "0123456789", "ttl_s": 1e999}']
    for content in bodies:
        for path in (
            "/accounts",
            "/sessions",
            "/sessions/revocation",
            "/accounts/deletion",
            "/accounts/password-change",
        ):
            response = client.post(path, content=content, headers={"Content-Type": "application/json"})
            assert 400 <= response.status_code < 500, f"{path} {content[:40]!r}: {response!r}"
        response = person.request("PATCH", "/accounts/me", content=content)
        assert 400 <= response.status_code < 500, f"PATCH {content[:40]!r}: {response!r}"
    for value in ("Bearer \xff\xfe", "Bearer " + "x" * 5000, "Bearer a b", "Bearer \t", "bearer"):
        assert client.get("/accounts/me", headers={"Authorization": value}).status_code in (400, 401, 431), repr(
            value[:40]
        )


@pytest.mark.requirement("R23")
def test_half_a_character_breaks_nothing(client, rng):
    """A lone surrogate in a name or token is kept or refused, as one likes, but never an error of the service."""
    person = signed_in(client, rng)
    for name in ("\udfff", "half \ud800"):
        answers = [
            stranger(client, rng).register(display_name=name),
            person.request("PATCH", "/accounts/me", json={"display_name": name}),
            person.request("GET", "/accounts/me"),
        ]
        assert all(answer.status_code < 500 for answer in answers), repr(answers)
    response = client.post("/sessions/revocation", json={"token": "\udfff"})
    assert response.status_code == 204 or 400 <= response.status_code < 500, repr(response)
    assert person.is_live(person.token)
