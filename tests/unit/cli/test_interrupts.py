"""The first signal ends in good order, the same one told twice is one, a real second one ends at once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from harness.cli.interrupts import SIGNALS, Again, Interrupted, listen

ENDED_BY_THE_SECOND = """
import os, signal, sys
from harness.cli.interrupts import Again
now = [100.0]
again = Again(lambda: now[0])
signal.signal(signal.SIGTERM, again.hear)
for later in map(float, sys.argv[1:]):
    now[0] = 100.0 + later
    os.kill(os.getpid(), signal.SIGTERM)
print("still there")
"""


@pytest.fixture
def listening() -> Iterator[None]:
    before = {signum: signal.getsignal(signum) for signum in SIGNALS}
    for signum in SIGNALS:  # a background shell has SIGINT ignored, for the tests too
        signal.signal(signum, signal.SIG_IGN if signum == signal.SIGHUP else signal.SIG_DFL)
    listen()
    yield
    for signum, handler in before.items():
        signal.signal(signum, handler)


def test_two_signals_at_once_are_one(listening: None) -> None:
    with pytest.raises(Interrupted) as caught:
        os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)  # at once: nothing more happens, and the test goes on
    assert caught.value.exit_code == 143


def test_what_was_ignored_for_us_stays_ignored_after_the_first_signal(listening: None) -> None:
    with pytest.raises(Interrupted):
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    assert isinstance(getattr(signal.getsignal(signal.SIGTERM), "__self__", None), Again)


@pytest.mark.parametrize(("later", "ended"), [(("0", "0.99"), False), (("0.2", "1.0"), True), (("60",), True)])
def test_a_second_signal_ends_with_one_line(later: tuple[str, ...], ended: bool) -> None:
    command = [sys.executable, "-c", ENDED_BY_THE_SECOND, *later]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if not ended:
        assert (done.returncode, done.stdout, done.stderr) == (0, "still there\n", "")
        return
    assert (done.returncode, done.stdout) == (143, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("harness: interrupted again: ended at once; `harness resume`")
