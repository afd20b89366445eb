"""The names of the limits that a service ran into."""

import pytest

from harness.sandbox.limits_hit import limits_hit


@pytest.mark.parametrize(
    ("log", "names"),
    [
        (b"", ()),
        (b"OSError: [Errno 28] No space left on device: '/data/a'", ("disk",)),
        (b"sqlite3.OperationalError: database or disk is full", ("disk",)),
        (b"RuntimeError: can't start new thread", ("pids",)),
        (b"sh: 1: Cannot fork", ("pids",)),
        (b"OSError: [Errno 24] Too many open files", ("descriptors",)),
        (b"no space for another order; too many files in it", ()),
    ],
)
def test_what_the_log_says(log: bytes, names: tuple[str, ...]) -> None:
    assert limits_hit(False, log, False) == names


def test_what_the_engine_says() -> None:
    assert limits_hit(True, b"No space left on device", True) == ("memory", "disk", "log")
