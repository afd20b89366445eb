"""Guessing passwords (CWE-307), also past the lock."""

import time
from functools import partial

import pytest
from folk import WRONG_IN_A_ROW, at_once, new_password
from harness_probe import exploited

GUESSES = WRONG_IN_A_ROW + 4


@pytest.fixture
def judge(env):
    """judge(answers, how): more wrong guesses answered than allowed, or the right one getting through after them."""
    begun = time.monotonic()

    def judged(answers, how):
        # On a slow machine a lock may end before the last guess has been looked at: five more for each.
        passed_s, lock_s = time.monotonic() - begun, int(env["LOCKOUT_S"])
        verdict(answers, how, WRONG_IN_A_ROW * (1 + int(passed_s / lock_s)), passed_s < lock_s)

    return judged


def verdict(answers, how, allowed, locked):
    refused = sum(answer.status_code == 401 for answer in answers)
    if refused > allowed:
        exploited(f"{how}: {refused} guesses in a row were answered 'wrong', at most {allowed} are allowed")
    if locked and refused == WRONG_IN_A_ROW and answers[-1].status_code < 300:
        exploited(f"{how}: the right password was accepted after {refused} wrong ones")


@pytest.mark.requirement("R20")
@pytest.mark.attack(cwe=307, severity="high", title="Guess a password by trying many")
def test_one_after_the_other(victim, judge, rng):
    """Nobody counts."""
    judge([*(victim.sign_in(new_password(rng)) for _ in range(GUESSES)), victim.sign_in()], "one after the other")


@pytest.mark.requirement("R21")
@pytest.mark.attack(cwe=307, severity="high", title="Guess a password by trying many at the same time")
def test_at_once(victim, judge, rng):
    """All look at the count before any has raised it."""
    judge(at_once([partial(victim.sign_in, new_password(rng)) for _ in range(2 * WRONG_IN_A_ROW)]), "at the same time")


@pytest.mark.requirement("R20", "R4")
@pytest.mark.attack(cwe=307, severity="high", title="Get past the lock by writing the address differently")
def test_other_spelling(victim, judge, rng):
    """Each spelling of an address has its own count."""
    spellings = [victim.email[:n].upper() + victim.email[n:] for n in range(GUESSES)]
    answers = []
    for email in (*spellings, victim.email):
        victim.email = email
        answers.append(victim.sign_in(new_password(rng)))
    judge(answers, "in different spellings")


@pytest.mark.requirement("R20")
@pytest.mark.attack(cwe=307, severity="high", title="Get past the lock through the other doors")
def test_other_doors(victim, judge, rng):
    """Changing the password or leaving tell right from wrong, too, but do not count, or count apart."""
    answers = []
    for number in range(GUESSES):
        guess = new_password(rng)
        if number % 3 == 0:
            answers.append(victim.delete(guess))
        elif number % 3 == 1:
            answers.append(victim.change_password(new_password(rng), guess))
        else:
            answers.append(victim.sign_in(guess))
    answers.append(victim.change_password(new_password(rng)))
    judge(answers, "by changing the password, leaving and signing in by turns")


@pytest.mark.requirement("R20")
@pytest.mark.attack(cwe=307, severity="medium", title="Get past the lock by pretending to be elsewhere")
def test_other_origin(client, victim, judge, rng):
    """The count goes by an address of the network that the caller can make up."""
    answers = []
    for number in range(GUESSES):
        origin = f"203.0.113.{number + 1}"
        headers = {"X-Forwarded-For": origin, "X-Real-IP": origin, "Forwarded": f"for={origin}", "User-Agent": origin}
        body = {"email": victim.email, "password": new_password(rng)}
        answers.append(client.post("/sessions", json=body, headers=headers))
    judge([*answers, victim.sign_in()], "with forged origins")
