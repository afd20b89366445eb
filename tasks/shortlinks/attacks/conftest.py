"""Fixtures of the attacks: victim and attacker, cast anew from the customers by the seed."""

import pytest
from callers import Caller, tokens


@pytest.fixture
def cast(client, env, rng):
    """(victim, attacker): two customers."""
    names = rng.sample(("alice", "bob", "carol"), 2)
    return tuple(Caller(client, name, tokens(env)[name]) for name in names)


@pytest.fixture
def victim(cast):
    return cast[0]


@pytest.fixture
def attacker(cast):
    return cast[1]
