"""Accounts, sessions and counts are as they were after the service was killed and started again (R25).

Each kind of change is the last thing before a kill of its own: a later change might write it along.
"""

import time

import pytest
from people import WRONG_IN_A_ROW, contract_part, member, new_password, signed_in, word


@pytest.mark.requirement("R25", "R3", "R4")
def test_registration(client, rng, restart):
    """A new account outlives a kill; its address stays taken."""
    person = member(client, rng)
    restart()
    again = person.register()
    assert again.status_code == 409, f"registering the address again after the kill: {again!r}"
    person.token = person.session()["token"]
    assert person.account()["email"] == person.email.lower()


@pytest.mark.requirement("R25", "R8", "R14")
def test_session(client, rng, restart):
    """A session outlives a kill, as it was."""
    person = signed_in(client, rng)
    spare = person.session()
    account, sessions = person.account(), person.sessions()
    restart()
    assert person.is_live(person.token), "the token is worth nothing after the kill"
    assert person.is_live(spare["token"]), "the newest token is worth nothing after the kill"
    assert (person.account(), person.sessions()) == (account, sessions)


@pytest.mark.requirement("R25", "R17")
def test_change_of_name(client, rng, restart):
    """A changed name outlives a kill."""
    person = signed_in(client, rng)
    name = f"{word(rng).title()} the Second"
    answer = person.request("PATCH", "/accounts/me", json={"display_name": name})
    assert answer.status_code == 200, f"changing the name: {answer!r}"
    restart()
    assert person.account() == contract_part(answer.json()), "the account is not as the last change answered it"


@pytest.mark.requirement("R25", "R13", "R15")
@pytest.mark.parametrize("how", ["revocation", "ending"])
def test_ended_session(client, rng, restart, how):
    """A session that was revoked, or ended from another one, stays ended."""
    person = signed_in(client, rng)
    ended = person.session()
    if how == "revocation":
        answer = client.post("/sessions/revocation", json={"token": ended["token"]})
    else:
        answer = person.request("DELETE", f"/sessions/{ended['id']}")
    assert answer.status_code == 204, f"ending a session: {answer!r}"
    restart()
    assert not person.is_live(ended["token"]), "the token of an ended session is worth something again"
    assert ended["id"] not in [session["id"] for session in person.sessions()]


@pytest.mark.requirement("R25", "R18")
def test_change_of_password(client, rng, restart):
    """A changed password outlives a kill: the old one stays wrong and the old sessions stay ended."""
    person = signed_in(client, rng)
    new = new_password(rng)
    answer = person.change_password(new)
    assert answer.status_code == 204, f"changing the password: {answer!r}"
    restart()
    assert not person.is_live(person.token), "a session from before the change is live again"
    assert person.sign_in().status_code == 401, "the old password is right again"
    assert person.sign_in(new).status_code == 201, "the new password is not right any more"


@pytest.mark.requirement("R25", "R19")
def test_deletion(client, rng, restart):
    """A removed account stays away after a kill, and its address may be registered."""
    person = signed_in(client, rng)
    former = person.account()["id"]
    answer = person.delete()
    assert answer.status_code == 204, f"removing the account: {answer!r}"
    restart()
    assert not person.is_live(person.token), "a session of the removed account is live again"
    assert person.sign_in().status_code == 401, "the removed account can be signed in to again"
    again = person.register()
    assert again.status_code == 201, f"registering the address anew: {again!r}"
    assert again.json()["id"] != former, "the new account has the id of the removed one"


@pytest.mark.requirement("R25", "R20")
def test_count_of_wrong_passwords(client, env, rng, restart):
    """Wrong passwords are counted on after a kill."""
    person = member(client, rng)
    person.fail_to_sign_in(WRONG_IN_A_ROW - 1, rng)
    restart()
    locked_from = time.monotonic()  # at the earliest
    person.fail_to_sign_in(1, rng)
    answer = person.sign_in()
    if time.monotonic() - locked_from < int(env["LOCKOUT_S"]):
        what = f"after {WRONG_IN_A_ROW} wrong passwords, one of them after a kill"
        assert answer.status_code == 429, f"{what}: {answer!r}"


@pytest.mark.requirement("R25", "R20")
def test_lock(client, env, rng, restart):
    """A kill does not end a lock."""
    person = member(client, rng)
    person.fail_to_sign_in(WRONG_IN_A_ROW - 1, rng)
    locked_from = time.monotonic()  # at the earliest
    person.fail_to_sign_in(1, rng)
    restart()
    answer = person.sign_in()
    if time.monotonic() - locked_from < int(env["LOCKOUT_S"]):
        assert answer.status_code == 429, f"the lock ended with the kill: {answer!r}"
