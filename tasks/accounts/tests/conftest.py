"""Two addresses that are locked before the first test, so that the test of the lock's end need not wait for it."""

import random
import time

import pytest
from harness_probe import ServiceError
from people import WRONG_IN_A_ROW, new_password, stranger


@pytest.fixture(scope="session", autouse=True)
def locked_early(client, seed):
    """(known, unknown, moment of the lock on the monotonic clock). Asserts nothing: the tests do."""
    rng = random.Random(f"{seed}:locked early")
    known, unknown = stranger(client, rng), stranger(client, rng)
    try:
        known.register()
        for person in (known, unknown):
            for _ in range(WRONG_IN_A_ROW):
                person.sign_in(new_password(rng))
        for person in (known, unknown):
            person.sign_in()
    except ServiceError:
        pass  # a service that does not answer fails the tests themselves
    return known, unknown, time.monotonic()
