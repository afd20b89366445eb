"""Fixtures of the hidden tests: the three customers of API_TOKENS."""

import pytest
from links import Caller


def _caller(client, env, name):
    tokens = dict(pair.split(":", 1) for pair in env["API_TOKENS"].split(","))
    return Caller(client, name, tokens[name])


@pytest.fixture
def alice(client, env):
    return _caller(client, env, "alice")


@pytest.fixture
def bob(client, env):
    return _caller(client, env, "bob")


@pytest.fixture
def carol(client, env):
    return _caller(client, env, "carol")
