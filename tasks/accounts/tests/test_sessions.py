"""Signing in and out; how long a token is good, and for what."""

import time

import pytest
from people import GUARDED, REFUSED, bearer, contract_part, member, moment, new_password, signed_in, stranger, word


@pytest.mark.requirement("R8", "R2", "R11")
def test_a_new_session(client, env, rng):
    """201 with id, token and moments; it lasts TOKEN_TTL_S, or ttl_s when that is less."""
    person = member(client, rng)
    most = int(env["TOKEN_TTL_S"])
    for asked in (None, rng.randint(60, most - 1), most, most + 1, 86400):
        session = person.session(**({} if asked is None else {"ttl_s": asked}))
        started, ends = moment(session["created_at"]), moment(session["expires_at"])
        assert abs((ends - started).total_seconds() - min(asked or most, most)) < 2, f"ttl_s {asked}: {session}"
        assert abs(started.timestamp() - time.time()) < 60
        assert person.is_live(session["token"])


@pytest.mark.requirement("R8", "R12")
def test_each_session_has_its_own_token(client, rng):
    """Many sessions at a time, each with another id and another long token, all good."""
    people = [signed_in(client, rng), signed_in(client, rng)]
    found = [(person, person.session()) for person in people for _ in range(3)]
    assert len({session["token"] for _, session in found}) == 6
    for person in people:  # an account may count its own
        assert len({session["id"] for owner, session in found if owner is person}) == 3
    for person, session in found:
        assert len(session["token"]) >= 22
        assert person.account(session["token"])["email"] == person.email.lower()


@pytest.mark.requirement("R12")
def test_a_token_is_shown_once(client, rng):
    """Neither the account nor the list of sessions nor any change shows it again."""
    person = signed_in(client, rng)
    other = person.session()["token"]
    assert person.token != other
    answers = [person.request("GET", path) for path in ("/accounts/me", "/sessions")]
    answers.append(person.request("PATCH", "/accounts/me", json={"display_name": word(rng)}))
    answers.append(client.post("/sessions/revocation", json={"token": other}))
    for response in answers:
        shown = f"{response.text} {dict(response.headers)}"
        assert person.token not in shown
        assert other not in shown


@pytest.mark.requirement("R9")
def test_wrong_password_and_unknown_address_look_the_same(client, rng):
    """401 with the same body and the same header fields, in all three places that ask for a password."""
    known, unknown = member(client, rng), stranger(client, rng)
    guess = new_password(rng)
    for ask in ("sign_in", "delete"):
        one, other = (getattr(person, ask)(guess) for person in (known, unknown))
        assert one.status_code == other.status_code == 401, ask
        assert one.json() == other.json(), ask
        assert set(one.headers) == set(other.headers), ask
    one, other = (person.change_password(new_password(rng), guess) for person in (known, unknown))
    assert one.status_code == other.status_code == 401
    assert one.json() == other.json()
    assert known.sign_in().status_code == 201


@pytest.mark.requirement("R9", "R5")
def test_passwords_nobody_could_have_are_simply_wrong(client, rng):
    """A short password is answered like any other wrong one when signing in."""
    person = member(client, rng)
    assert person.sign_in("x").status_code == 401
    assert person.sign_in(new_password(rng)).json() == person.sign_in("short").json()


@pytest.mark.requirement("R10")
def test_no_token_no_answer(client, rng):
    """Each guarded operation answers 401 without a token, and does nothing."""
    person = signed_in(client, rng)
    before, spare = person.account(), person.session()
    for method, path, body in GUARDED:
        options = {} if body is None else {"json": body}
        response = client.request(method, path.format(id=spare["id"]), **options)
        assert response.status_code == 401, f"{method} {path}: {response!r}"
    assert person.account() == before
    assert person.is_live(spare["token"])


@pytest.mark.requirement("R10")
def test_only_the_whole_token_in_the_right_place_counts(client, rng):
    """Other schemes, parts of a token, an address, or a token elsewhere are worth nothing."""
    person = signed_in(client, rng)
    token = person.token
    session_id = person.sessions()[0]["id"]
    wrong = [f"Bearer {token[:-1]}", f"Bearer {token}0", f"Bearer {token[1:]}"]
    wrong += [f"Bearer {token.swapcase()}"] if token.swapcase() != token else []
    wrong += [
        f"Bearer {word(rng, 43)}",
        f"Bearer {person.email}",
        f"Bearer {session_id}",
        f"Basic {token}",
        f"Token {token}",
    ]
    wrong += [token, "Bearer", ""]
    for value in wrong:
        response = client.get("/accounts/me", headers={"Authorization": value})
        assert response.status_code == 401, f"Authorization {value!r}: {response!r}"
    elsewhere = {"X-Api-Key": token, "X-Token": token, "Cookie": f"token={token}; session={token}"}
    assert (
        client.get("/accounts/me", params={"token": token, "access_token": token}, headers=elsewhere).status_code == 401
    )
    assert person.is_live(token)


@pytest.mark.requirement("R10")
def test_the_public_operations_need_no_token(client, rng):
    """They work without one, and with one that is worth nothing."""
    for headers in ({}, bearer(word(rng, 43))):
        person = stranger(client, rng)
        credentials = {"email": person.email, "password": person.password}
        body = {**credentials, "display_name": "x"}
        assert client.post("/accounts", json=body, headers=headers).status_code == 201
        started = client.post("/sessions", json=credentials, headers=headers)
        assert started.status_code == 201
        gone = client.post("/sessions/revocation", json={"token": started.json()["token"]}, headers=headers)
        assert gone.status_code == 204
        new = {**credentials, "new_password": f"{person.password}!"}
        assert client.post("/accounts/password-change", json=new, headers=headers).status_code == 204
        left = {"email": person.email, "password": f"{person.password}!"}
        assert client.post("/accounts/deletion", json=left, headers=headers).status_code == 204
        assert client.post("/sessions", json=left, headers=headers).status_code == 401, "204, but nothing was done"


@pytest.mark.requirement("R11")
def test_a_session_ends_by_itself(client, rng):
    """With ttl_s it is over after that many seconds, however often it was used; others go on."""
    person = signed_in(client, rng)
    for ttl_s in (1, 4, 16):  # a longer life where everything is too slow to be seen within the short one
        started = time.monotonic()
        session = person.session(ttl_s=ttl_s)
        ends = time.monotonic() + ttl_s + 0.15
        live, listed = person.is_live(session["token"]), [each["id"] for each in person.sessions()]
        if time.monotonic() < started + ttl_s:
            assert live, "the new session's token did not work"
            assert session["id"] in listed
            break
    while time.monotonic() < ends:
        person.is_live(session["token"])
        time.sleep(0.1)
    for method, path, body in GUARDED:
        options = {} if body is None else {"json": body}
        response = person.request(method, path.format(id=session["id"]), session["token"], **options)
        assert response.status_code == 401, f"{method} {path} with an expired token: {response!r}"
    assert session["id"] not in [each["id"] for each in person.sessions()]
    assert person.request("DELETE", f"/sessions/{session['id']}").status_code == 404
    assert client.post("/sessions/revocation", json={"token": session["token"]}).status_code == 204
    assert person.is_live(person.token)


@pytest.mark.requirement("R13")
def test_signing_out_holds_at_once(client, rng):
    """204 without a body; the token opens nothing any more, other sessions go on."""
    person = signed_in(client, rng)
    other = person.session()
    response = client.post("/sessions/revocation", json={"token": person.token})
    assert (response.status_code, response.content) == (204, b"")
    for method, path, body in GUARDED:
        options = {} if body is None else {"json": body}
        assert person.request(method, path.format(id=other["id"]), **options).status_code == 401, f"{method} {path}"
    assert [each["id"] for each in person.sessions(other["token"])] == [other["id"]]


@pytest.mark.requirement("R13")
def test_signing_out_twice_or_with_nonsense_tells_nothing(client, rng):
    """The same 204 for tokens that are ended or unknown."""
    person = signed_in(client, rng)
    assert person.is_live(person.token)
    for token in (person.token, person.token, word(rng, 43), "x", "' OR '1'='1", "\u00e9", "\x00", "x" * 4096):
        response = client.post("/sessions/revocation", json={"token": token})
        assert (response.status_code, response.content) == (204, b""), repr(token[:50])
        assert not person.is_live(person.token)


@pytest.mark.requirement("R14")
def test_the_list_of_sessions(client, rng):
    """One's own live sessions, the oldest first; `current` for the one that asks."""
    person, _other = member(client, rng), signed_in(client, rng)
    started = [person.session() for _ in range(4)]
    assert client.post("/sessions/revocation", json={"token": started.pop(1)["token"]}).status_code == 204
    for asking in started:
        listed = person.sessions(asking["token"])
        assert [(each["id"], each["current"]) for each in listed] == [(each["id"], each is asking) for each in started]
        for shown, given in zip(listed, started, strict=True):
            for name in ("created_at", "expires_at"):
                assert abs((moment(shown[name]) - moment(given[name])).total_seconds()) < 1, f"{name}: {shown}, {given}"


@pytest.mark.requirement("R15")
def test_ending_another_session(client, rng):
    """204 without a body, and its token is worth nothing at once; a second time it is 404."""
    person = signed_in(client, rng)
    lost, kept = person.session(), person.session()
    response = person.request("DELETE", f"/sessions/{lost['id']}")
    assert (response.status_code, response.content) == (204, b"")
    assert not person.is_live(lost["token"])
    assert person.is_live(kept["token"])
    assert lost["id"] not in [each["id"] for each in person.sessions()]
    assert person.request("DELETE", f"/sessions/{lost['id']}").status_code == 404


@pytest.mark.requirement("R15")
def test_sessions_that_cannot_be_ended(client, rng):
    """The current one: 409. Those of others, and ids never given out: 404. Nothing happens."""
    person, other = signed_in(client, rng), signed_in(client, rng)
    current = person.sessions()[0]["id"]
    assert person.request("DELETE", f"/sessions/{current}").status_code == 409
    own = {each["id"] for each in person.sessions()}
    foreign = {other.sessions()[0]["id"], word(rng, 32), "0", "current", other.account()["id"]}
    for session_id in sorted(foreign - own):  # counters of accounts and of sessions may meet
        response = person.request("DELETE", f"/sessions/{session_id}")
        assert response.status_code == 404, f"{session_id!r}: {response!r}"
    assert person.is_live(person.token)
    assert other.is_live(other.token)


@pytest.mark.requirement("R16", "R17")
def test_reading_and_changing_the_account(client, rng):
    """The account equals what registering answered; a change shows everywhere and changes the name only."""
    person = stranger(client, rng)
    account = contract_part(person.register().json())
    other = signed_in(client, rng)
    theirs = other.account()
    person.token = person.session()["token"]
    assert person.account() == account
    name = f"{word(rng)} the second"
    response = person.request("PATCH", "/accounts/me", json={"display_name": name})
    assert response.status_code == 200
    assert contract_part(response.json()) == {**account, "display_name": name}
    assert person.account(person.session()["token"]) == {**account, "display_name": name}
    assert other.account() == theirs


@pytest.mark.requirement("R17", "R6")
def test_broken_changes_are_refused(client, rng):
    """400 or 422, and the name stays."""
    person = signed_in(client, rng)
    before = person.account()
    for body in (
        {},
        {"display_name": ""},
        {"display_name": "n" * 61},
        {"display_name": None},
        {"display_name": 5},
        [],
        "x",
    ):
        assert person.request("PATCH", "/accounts/me", json=body).status_code in REFUSED, str(body)[:80]
    assert person.account() == before
