"""Finding out who has an account (CWE-204, CWE-208)."""

import time

import pytest
from folk import WRONG_IN_A_ROW, Person, new_password
from harness_probe import cannot_run, exploited

CLOCKS = ("date", "retry-after")  # may be the same twice and change between two people
TRIES = 3  # wrong passwords an address: fewer than lock it
PEOPLE = 5


def face(response):
    """What an onlooker sees of an answer."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return response.status_code, response.text, {n: None if n in CLOCKS else value for n, value in headers.items()}


def steady(one, two):
    """What is the same in two answers to two equal questions: the rest, such as times and numbers of requests, changes
    by itself and tells nothing. Every header field counts by its name, a changing one by that only."""
    status = one[0] if one[0] == two[0] else None
    text = one[1] if one[1] == two[1] else None
    return status, text, {name: value if two[2].get(name) == value else None for name, value in one[2].items()}


def alike(known, unknown):
    """Whether two answers agree in everything that is steady in both."""
    pairs = [(known[0], unknown[0]), (known[1], unknown[1])]
    pairs += [(value, unknown[2].get(name)) for name, value in known[2].items()]
    return known[2].keys() == unknown[2].keys() and all(a == b or None in (a, b) for a, b in pairs)


def ways(guess, rng):
    return {
        "POST /sessions": lambda person: person.sign_in(guess),
        "POST /accounts/deletion": lambda person: person.delete(guess),
        "POST /accounts/password-change": lambda person: person.change_password(new_password(rng), guess),
    }


@pytest.mark.requirement("R9")
@pytest.mark.attack(cwe=204, severity="medium", title="Tell known e-mail addresses from unknown ones by the answer")
def test_answers(client, victim, rng):
    """Status, body or header fields differ between a wrong password and an unknown address."""
    for where, ask in ways(new_password(rng), rng).items():
        somebody, nobody = Person(client, rng), Person(client, rng)
        somebody.must_register()
        known, unknown = (steady(*(face(ask(person)) for _ in range(2))) for person in (somebody, nobody))
        if not alike(known, unknown):
            exploited(f"{where}: known address {known[:2]}, unknown address {unknown[:2]}")
    nobody = Person(client, rng)
    short = face(victim.sign_in("x")), face(nobody.sign_in("x"))
    if short[0] != short[1]:
        exploited(f"POST /sessions with a short password: known {short[0][:2]}, unknown {short[1][:2]}")


@pytest.mark.requirement("R9", "R20")
@pytest.mark.attack(cwe=204, severity="medium", title="Tell known e-mail addresses from unknown ones by the lock")
def test_locks(client, victim, rng):
    """Only addresses with an account are locked after wrong passwords (or locked otherwise)."""
    nobody = Person(client, rng)
    seen = []
    for person in (victim, nobody):
        answers = [person.sign_in(new_password(rng)) for _ in range(WRONG_IN_A_ROW + 1)]
        seen.append([answer.status_code for answer in answers])
    if seen[0] != seen[1]:
        exploited(f"{WRONG_IN_A_ROW + 1} wrong passwords: known address {seen[0]}, unknown address {seen[1]}")


def spent_s(person, guess):
    started = time.perf_counter()
    response = person.sign_in(guess)
    if response.status_code != 401:
        cannot_run(f"control: a wrong password was answered {response!r}")
    return time.perf_counter() - started


@pytest.mark.requirement("R9")
@pytest.mark.attack(
    cwe=208, severity="medium", title="Tell known e-mail addresses from unknown ones by the time it takes"
)
def test_time(client, rng):
    """Unknown addresses are refused in half the time, in all but one of fifteen interleaved pairs."""
    pairs = []
    for _ in range(PEOPLE):
        known, unknown = Person(client, rng), Person(client, rng)
        known.must_register()
        for _ in range(TRIES):
            pairs.append((spent_s(known, new_password(rng)), spent_s(unknown, new_password(rng))))
    for title, slow, fast in (("unknown", 0, 1), ("known", 1, 0)):
        faster = sum(pair[fast] < 0.5 * pair[slow] for pair in pairs)
        if faster >= len(pairs) - 1:
            known_ms, unknown_ms = (1000 * sorted(column)[len(pairs) // 2] for column in zip(*pairs, strict=True))
            exploited(
                f"{title} addresses are refused in half the time in {faster} of {len(pairs)} pairs; "
                f"medians: known {known_ms:.1f} ms, unknown {unknown_ms:.1f} ms"
            )
