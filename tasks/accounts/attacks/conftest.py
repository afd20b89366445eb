"""Fixtures of the attacks: a registered victim and attacker, each signed in."""

import pytest
from folk import Person


@pytest.fixture
def victim(client, rng):
    person = Person(client, rng)
    person.account = person.must_register()
    person.token = person.must_sign_in()["token"]
    person.must_open(person.token)
    return person


@pytest.fixture
def attacker(client, rng):
    person = Person(client, rng)
    person.account = person.must_register()
    person.token = person.must_sign_in()["token"]
    person.must_open(person.token)
    return person
