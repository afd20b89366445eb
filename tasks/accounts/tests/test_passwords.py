"""Changing the password, leaving, and being locked out."""

import time
from functools import partial

import pytest
from people import REFUSED, WRONG_IN_A_ROW, at_once, member, new_password, signed_in, stranger


@pytest.mark.requirement("R18")
def test_only_the_new_password_is_right(client, rng):
    """204 without a body; the old password is wrong from then on."""
    person = member(client, rng)
    old, new = person.password, new_password(rng)
    response = person.change_password(new)
    assert (response.status_code, response.content) == (204, b"")
    assert person.sign_in(old).status_code == 401
    assert person.change_password(new_password(rng), old).status_code == 401
    assert person.delete(old).status_code == 401
    assert person.sign_in(new).status_code == 201


@pytest.mark.requirement("R18")
def test_a_new_password_ends_all_sessions(client, rng):
    """Tokens from before are worth nothing; sessions of others go on."""
    person, other = signed_in(client, rng), signed_in(client, rng)
    tokens = [person.token, person.session()["token"]]
    new = new_password(rng)
    assert person.change_password(new).status_code == 204
    assert [person.is_live(token) for token in tokens] == [False, False]
    assert other.is_live(other.token)
    person.password = new
    session = person.session()
    assert [each["id"] for each in person.sessions(session["token"])] == [session["id"]]


@pytest.mark.requirement("R18", "R5")
def test_passwords_that_cannot_be_chosen_change_nothing(client, rng):
    """A wrong present one: 401. Too short, too long, or the present one again: 400 or 422."""
    person = signed_in(client, rng)
    assert person.change_password(new_password(rng), new_password(rng)).status_code == 401
    for new in ("x" * 9, "x" * 129, person.password):
        assert person.change_password(new).status_code in REFUSED, repr(new)
    assert person.is_live(person.token), "a refused change ended the session"
    assert person.sign_in().status_code == 201


@pytest.mark.requirement("R19")
def test_leaving(client, rng):
    """204 without a body; neither password nor tokens are worth anything afterwards."""
    person, other = signed_in(client, rng), signed_in(client, rng)
    assert person.delete(new_password(rng)).status_code == 401
    assert person.is_live(person.token)
    response = person.delete()
    assert (response.status_code, response.content) == (204, b"")
    assert not person.is_live(person.token)
    assert person.sign_in().status_code == 401
    assert person.delete().status_code == 401
    assert other.is_live(other.token)


@pytest.mark.requirement("R19")
def test_coming_back_is_starting_anew(client, rng):
    """The address may be registered again: another account, without the old password, tokens and name."""
    person = stranger(client, rng)
    first = person.register().json()
    person.token = person.session()["token"]
    assert person.delete().status_code == 204
    again = stranger(client, rng)
    again.email = person.email.swapcase()
    response = again.register()
    assert response.status_code == 201, repr(response)
    assert response.json()["id"] != first["id"]
    assert person.sign_in().status_code == 401
    session = again.session()
    assert not again.is_live(person.token)
    assert again.account(session["token"])["display_name"] == again.display_name
    assert [each["id"] for each in again.sessions(session["token"])] == [session["id"]]


def ask(person, number, password, rng):
    """One of the three ways to give a password."""
    if number % 3 == 0:
        return person.sign_in(password)
    return person.delete(password) if number % 3 == 1 else person.change_password(new_password(rng), password)


def assert_locked(response, env):
    assert response.status_code == 429, f"expected to be locked out: {response!r}"
    left = response.headers.get("Retry-After", "no Retry-After")
    assert left.isdigit(), f"Retry-After: {left!r}"
    assert 1 <= int(left) <= int(env["LOCKOUT_S"]) + 1


@pytest.mark.requirement("R20", "R2")
def test_five_wrong_passwords_lock_an_address(client, env, rng):
    """Known or unknown, wherever the password was given; then also the right one is 429."""
    known, unknown = signed_in(client, rng), stranger(client, rng)
    for person in (known, unknown):
        for number in range(WRONG_IN_A_ROW):
            sent = time.monotonic()
            assert ask(person, number, new_password(rng), rng).status_code == 401, f"wrong password number {number + 1}"
        for number in range(3):
            answer = ask(person, number, person.password, rng)
            if time.monotonic() > sent + int(env["LOCKOUT_S"]):
                break  # on a slow machine the lock may end before all three were asked
            assert_locked(answer, env)
            person.email = person.email.swapcase()
    assert known.is_live(known.token), "a lock ended a session"
    assert member(client, rng).sign_in().status_code == 201, "another address is locked, too"


@pytest.mark.requirement("R20", "R2")
def test_a_lock_ends(client, env, rng):
    """After LOCKOUT_S seconds the right password is right again, whatever was asked meanwhile; counting starts anew."""
    person = member(client, rng)
    person.fail_to_sign_in(WRONG_IN_A_ROW - 1, rng)
    begins, lasts = time.monotonic(), int(env["LOCKOUT_S"])
    person.fail_to_sign_in(1, rng)
    ends = time.monotonic() + lasts
    while time.monotonic() < begins + lasts - 0.4:
        answer = person.sign_in(new_password(rng))
        if time.monotonic() < begins + lasts:  # an answer that took longer may have come after the lock
            assert_locked(answer, env)
        time.sleep(0.2)
    time.sleep(max(0.0, ends + 0.1 - time.monotonic()))
    person.fail_to_sign_in(WRONG_IN_A_ROW - 1, rng)
    assert person.sign_in().status_code == 201, "counting did not start anew"


@pytest.mark.requirement("R20")
def test_a_right_password_sets_the_count_back(client, rng):
    """Four wrong, one right, four wrong, one right: never locked."""
    person = member(client, rng)
    for _ in range(2):
        person.fail_to_sign_in(WRONG_IN_A_ROW - 1, rng)
        assert person.sign_in().status_code == 201


@pytest.mark.requirement("R21")
def test_simultaneous_guesses_are_counted(client, env, rng):
    """Ten wrong passwords at once: five are answered 401, the rest 429."""
    person = member(client, rng)
    started = time.monotonic()
    responses = at_once([partial(person.sign_in, new_password(rng)) for _ in range(2 * WRONG_IN_A_ROW)])
    # On a slow machine the first lock may end before the last guess has been looked at; then five more are answered.
    locks = 1 + int((time.monotonic() - started) / int(env["LOCKOUT_S"]))
    statuses = [response.status_code for response in responses]
    assert set(statuses) <= {401, 429}, statuses
    assert WRONG_IN_A_ROW <= statuses.count(401) <= WRONG_IN_A_ROW * locks, statuses
