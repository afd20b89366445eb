"""Health and registration."""

import time
from functools import partial

import pytest
from people import REFUSED, at_once, member, moment, new_email, new_password, stranger, word


@pytest.mark.requirement("R1")
def test_health_is_open(client):
    """The service says that it is up, without a token."""
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.requirement("R3", "R4")
def test_a_new_account(client, rng):
    """201 with the account: address in lower case, role member, the moment; an id of its own."""
    ids = set()
    for _ in range(3):
        person = stranger(client, rng)
        response = person.register()
        assert response.status_code == 201, repr(response)
        account = response.json()
        assert account["email"] == person.email.lower()
        assert (account["display_name"], account["role"]) == (person.display_name, "member")
        assert abs(moment(account["created_at"]).timestamp() - time.time()) < 60
        ids.add(account["id"])
    assert len(ids) == 3


@pytest.mark.requirement("R3")
def test_the_display_name_is_kept_as_it_was_sent(client, rng):
    """Whatever characters it holds, from 1 to 60 of them."""
    names = [
        "x",
        "n" * 60,
        "\U0001f600" * 60,
        "  two  blanks ",
        "O'Brien \"; --",
        "<b>&amp;</b>",
        "Ünï\u0301\tcode\n",
        "\x00",
    ]
    person = member(client, rng)
    person.token = person.session()["token"]
    for name in names:
        response = person.request("PATCH", "/accounts/me", json={"display_name": name})
        assert response.status_code == 200, f"{name!r}: {response!r}"
        assert response.json()["display_name"] == person.account()["display_name"] == name
    other = stranger(client, rng)
    other.display_name = rng.choice(names)
    assert other.register().json()["display_name"] == other.display_name


@pytest.mark.requirement("R3")
def test_registering_is_not_signing_in(client, rng):
    """No token comes with a registration; signing in is what opens the account."""
    person = stranger(client, rng)
    response = person.register()
    assert response.status_code == 201
    assert not [name for name in response.json() if "token" in name.lower()], repr(response)
    assert not person.is_live(response.json()["id"])
    assert person.is_live(person.session()["token"])


@pytest.mark.requirement("R4")
def test_an_address_is_registered_once(client, rng):
    """409 for the same address in any case, and the account stays as it is."""
    person = member(client, rng)
    for email in (person.email, person.email.lower(), person.email.upper(), person.email.swapcase()):
        second = stranger(client, rng)
        second.email = email
        assert second.register().status_code == 409, email
        assert second.sign_in().status_code == 401, "the second registration's password works"
        person.token = person.session()["token"]  # also sets the count of wrong passwords back
    assert person.account()["display_name"] == person.display_name


@pytest.mark.requirement("R4")
def test_one_of_simultaneous_registrations_succeeds(client, rng):
    """Six people register one address at once, spelt differently: one 201, five 409; the winner's password works."""
    people = [stranger(client, rng) for _ in range(6)]
    for person, change in zip(
        people, (str.upper, str.lower, str.swapcase, str.title, str.upper, str.lower), strict=True
    ):
        person.email = change(people[0].email)
    responses = at_once([partial(person.register) for person in people])
    assert sorted(response.status_code for response in responses) == [201] + [409] * 5
    winner = next(p for p, response in zip(people, responses, strict=True) if response.status_code == 201)
    winner.token = winner.session()["token"]
    assert winner.account()["display_name"] == winner.display_name


@pytest.mark.requirement("R4", "R8")
def test_signing_in_ignores_the_case_of_the_address(client, rng):
    """The address in any case, the password in its own only."""
    person = member(client, rng)
    for email in (person.email.upper(), person.email.lower()):
        person.email = email
        person.token = person.session()["token"]
        assert person.account()["email"] == email.lower()
    assert person.sign_in(person.password.upper()).status_code == 401


@pytest.mark.requirement("R5")
def test_passwords_have_10_to_128_characters_of_any_kind(client, rng):
    """The shortest, the longest and odd ones are accepted, and work exactly as they were sent."""
    odd = word(rng, 3)
    good = [
        "x" * 7 + odd,
        "x" * 125 + odd,
        f"  {odd}  blanks ",
        f"'\";--\\{odd}%_",
        f"\x00\x00{odd}\x00null",
        "\U0001f511" * 125 + odd,
    ]
    for password in good:
        person = stranger(client, rng)
        person.password = password
        assert person.register().status_code == 201, repr(password)
        assert person.sign_in().status_code == 201, repr(password)
        for other in (password[:-1], password.strip() if password != password.strip() else password + " "):
            if len(other) <= 128:
                assert person.sign_in(other).status_code == 401, f"{other!r} opens what {password!r} closed"


@pytest.mark.requirement("R5", "R24")
def test_every_character_of_a_password_counts(client, rng):
    """Passwords that differ only after 72 bytes, only at the end, or only in how an accent is written are different."""
    start = word(rng, 1) * 100
    for right, wrong in (
        (start + "a", start + "b"),
        (start, start + "a"),
        (f"caf\u00e9 {start[:20]}", f"cafe\u0301 {start[:20]}"),
    ):
        person = stranger(client, rng)
        person.password = right
        assert person.register().status_code == 201
        assert person.sign_in(wrong).status_code == 401, f"{wrong!r} opens what {right!r} closed"
        assert person.sign_in().status_code == 201


@pytest.mark.requirement("R5")
def test_the_address_is_no_password(client, rng):
    """Refused in any case, also as a new password."""
    person = stranger(client, rng)
    for password in (person.email, person.email.lower(), person.email.upper()):
        assert person.register(password=password).status_code in REFUSED
    assert person.register().status_code == 201
    assert person.change_password(person.email.swapcase()).status_code in REFUSED
    assert person.sign_in().status_code == 201


@pytest.mark.requirement("R6", "R7")
def test_broken_registrations_are_refused(client, rng):
    """400 or 422, and the address stays free."""
    person = stranger(client, rng)
    good = {"email": person.email, "password": person.password, "display_name": person.display_name}
    bodies = [{key: value for key, value in good.items() if key != name} for name in good]
    bodies += [{**good, name: value} for name in good for value in (None, 7, True, [], {}, "")]
    bodies += [{**good, "password": value} for value in ("x" * 9, "x" * 129, "\ud800 surrogate", "\U0001f511" * 9)]
    bodies.append({**good, "display_name": "n" * 61})
    local, _, domain = person.email.partition("@")
    malformed = (local, f"{local}@", f"@{domain}", f"{local}@{word(rng)}", f"{local} @{domain}", f"{local}@@{domain}")
    malformed += (
        f"{person.email}\n",
        f" {person.email}",
        f"{person.email}.",
        f"{'x' * 65}@{domain}",
        f"{local}ü@{domain}",
        f"{local}@a..b",
    )
    bodies += [{**good, "email": value} for value in malformed]
    extras = {
        "role": "admin",
        "id": word(rng),
        "created_at": "2000-01-01T00:00:00Z",
        "token": word(rng, 30),
        word(rng): 1,
    }
    bodies += [{**good, name: value} for name, value in extras.items()] + [[], [good], "x", None]
    for body in bodies:
        response = client.post("/accounts", json=body) if body is not None else client.post("/accounts")
        assert response.status_code in REFUSED, f"{str(body)[:200]}: {response!r}"
    assert person.register().status_code == 201, "a refused registration took the address"


@pytest.mark.requirement("R6")
def test_other_broken_bodies_are_refused(client, rng):
    """Signing in, changing the password, leaving and signing out check their bodies, too; nothing changes."""
    person = member(client, rng)
    person.token = person.session()["token"]
    credentials = {"email": person.email, "password": person.password}
    bad = [{**credentials, name: value} for name in credentials for value in (None, 5, [], "")]
    bad += [{"email": person.email}, {"password": person.password}, {**credentials, "password": "x" * 129}, []]
    changes = [{**body, "new_password": new_password(rng)} for body in bad if isinstance(body, dict)]
    changes += [{**credentials, "new_password": value} for value in (None, 5, "x" * 9, "x" * 129, "\ud800" * 12)] + [
        credentials
    ]
    lives = [{**credentials, "ttl_s": value} for value in (0, -1, 86401, "60", 1.5, None, True)]
    tokens = [{}, {"token": ""}, {"token": 5}, {"token": None}, {"token": "x" * 4097}, []]
    for path, bodies in (
        ("/sessions", bad + lives),
        ("/accounts/deletion", bad),
        ("/accounts/password-change", changes),
        ("/sessions/revocation", tokens),
    ):
        for body in bodies:
            response = client.post(path, json=body)
            assert response.status_code in REFUSED, f"{path} {str(body)[:200]}: {response!r}"
        for content in (b"{", b"", b'{"email": NaN}', b"\xff", b'"text"'):
            response = client.post(path, content=content, headers={"Content-Type": "application/json"})
            assert response.status_code in REFUSED, f"{path} {content!r}: {response!r}"
    assert person.is_live(person.token)
    assert person.sign_in().status_code == 201


@pytest.mark.requirement("R7")
def test_fields_that_may_not_be_set_are_refused(client, rng):
    """400 or 422 for any field beyond the contract's, in every body, and nothing changes."""
    person = member(client, rng)
    person.token = person.session()["token"]
    before = person.account()
    credentials = {"email": person.email, "password": person.password}
    extras = {
        "role": "admin",
        "id": word(rng),
        "created_at": before["created_at"],
        "token": word(rng, 30),
        word(rng): None,
    }
    for name, value in extras.items():
        bodies = {
            "/sessions": credentials,
            "/accounts/deletion": credentials,
            "/accounts/password-change": {**credentials, "new_password": new_password(rng)},
        }
        for path, body in bodies.items():
            response = client.post(path, json={**body, name: value})
            assert response.status_code in REFUSED, f"{path} with {name}: {response!r}"
    for name, value in {**extras, "email": new_email(rng), "password": new_password(rng)}.items():
        response = person.request("PATCH", "/accounts/me", json={"display_name": "With an extra", name: value})
        assert response.status_code in REFUSED, f"PATCH with {name}: {response!r}"
    assert client.post("/sessions/revocation", json={"token": person.token, "all": True}).status_code in REFUSED
    assert person.account() == before
    assert person.sign_in().status_code == 201
