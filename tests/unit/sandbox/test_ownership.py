"""Who owns a mark, and whether it lives: decided from /proc, never guessed."""

import os
import subprocess
import sys
from dataclasses import replace

from harness.sandbox.ownership import current_owner, labels, liveness, parse_owner, start_ticks


def test_this_process_lives() -> None:
    assert liveness(current_owner()) == "alive"


def test_an_owner_is_read_back_from_its_label() -> None:
    owner = current_owner()
    assert parse_owner(labels(owner, "r", "t", 12.9)["harness.owner"]) == owner


def test_a_reused_pid_is_another_owner() -> None:
    owner = current_owner()
    assert liveness(replace(owner, started=owner.started - 1)) == "gone"


def test_a_dead_process_is_gone_even_before_it_is_reaped() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    started = start_ticks(child.pid)
    assert started is not None
    owner = replace(current_owner(), pid=child.pid, started=started)
    assert liveness(owner) == "alive"
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, still a zombie
    assert liveness(owner) == "gone"
    child.communicate()
    assert liveness(owner) == "gone"


def test_another_boot_or_pid_namespace_is_unknown() -> None:
    owner = current_owner()
    assert liveness(replace(owner, boot_id="another")) == "unknown"
    assert liveness(replace(owner, pid_namespace="1")) == "unknown"


def test_foreign_marks_are_not_owners() -> None:
    for text in ("", "a.b.c", "a.b.c.d", "1.2.3.4.5", "boot.ns.12."):
        assert parse_owner(text) is None
