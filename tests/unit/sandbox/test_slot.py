"""The host-wide slot between real processes: shared, alone, first come first served, free when its holder dies."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.errors import Cancelled, InfrastructureFault
from harness.sandbox.slot import Slot
from harness.sandbox.turns import Turn

HOLDER = """
import sys
from pathlib import Path
from harness.sandbox.slot import Slot
with Slot("engine", Path(sys.argv[1])).hold(exclusive=sys.argv[2] == "alone"):
    print("held", flush=True)
    sys.stdin.readline()
print("left", flush=True)
"""

Hold = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Hold]:
    """Start a process that asks for the slot ("alone" or "shared") and says when it holds it."""
    started: list[subprocess.Popen[str]] = []

    def start(how: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path), how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def release(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def refused(folder: Path, *, exclusive: bool) -> bool:
    """Whether the slot cannot be had within a moment."""
    try:
        with Slot("engine", folder, timeout_s=0.1).hold(exclusive=exclusive):
            return False
    except InfrastructureFault as fault:
        return fault.code == "slot_timeout"


def gate_is_closed(folder: Path) -> bool:
    """Whether who comes now has to wait for one who came earlier."""
    return waiting_in(folder) > 0


def waiting_in(folder: Path) -> int:
    """How many wait at the gate, as the kernel lists them."""
    inode = (folder / "harness-slot-engine.gate").stat().st_ino
    lines = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return sum(line[1] == "OFDLCK" and line[5].endswith(f":{inode}") and line[6] != "0" for line in lines)


def test_readers_share_and_shut_out_a_writer(tmp_path: Path, hold: Hold) -> None:
    assert heard(hold("shared")) == "held"
    assert heard(hold("shared")) == "held"
    assert refused(tmp_path, exclusive=True)
    assert not refused(tmp_path, exclusive=False)


def test_a_writer_is_alone(tmp_path: Path, hold: Hold) -> None:
    writer = hold("alone")
    assert heard(writer) == "held"
    assert refused(tmp_path, exclusive=False)
    assert refused(tmp_path, exclusive=True)
    release(writer)
    assert heard(writer) == "left"
    assert not refused(tmp_path, exclusive=True)


def test_a_waiting_writer_closes_the_gate_to_new_readers(tmp_path: Path, hold: Hold) -> None:
    reader = hold("shared")
    assert heard(reader) == "held"
    writer = hold("alone")
    while not gate_is_closed(tmp_path):
        assert writer.poll() is None
    assert refused(tmp_path, exclusive=False), "a new reader overtook the waiting writer"
    release(reader)
    assert heard(writer) == "held"


def test_nobody_overtakes_and_neighbours_who_share_enter_together(tmp_path: Path, hold: Hold) -> None:
    """What one trial that measures again and again would do: it comes back behind those who waited meanwhile."""
    first = hold("alone")
    assert heard(first) == "held"
    row = []
    for place, how in enumerate(("shared", "shared", "alone", "shared"), start=1):
        row.append(hold(how))
        while waiting_in(tmp_path) < place:
            assert row[-1].poll() is None
    release(first)
    assert [heard(process) for process in row[:2]] == ["held", "held"]
    assert waiting_in(tmp_path) == 2, "the one who wants to be alone, and who came after it"
    for process in row[:2]:
        release(process)
    assert heard(row[2]) == "held"
    assert waiting_in(tmp_path) == 1
    row[2].kill()
    assert heard(row[3]) == "held"


def test_numbers_are_drawn_once_and_one_who_leaves_the_row_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "row"
    path.touch()
    opened = [os.open(path, os.O_RDWR) for _ in range(4)]
    turns = [Turn(descriptor) for descriptor in opened]
    assert [turn.draw() for turn in turns] == [True] * 4
    assert [turn.has_come() for turn in turns] == [True, False, False, False]
    os.close(opened[1])
    assert [turn.has_come() for turn in turns[2:]] == [False, False]
    os.close(opened[0])
    assert [turn.has_come() for turn in turns[2:]] == [True, False]
    for descriptor in opened[2:]:
        os.close(descriptor)
    assert path.read_bytes() == b""


def test_a_killed_holder_frees_the_slot(tmp_path: Path, hold: Hold) -> None:
    writer = hold("alone")
    assert heard(writer) == "held"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert not refused(tmp_path, exclusive=True)


def test_who_waits_can_be_called_off(tmp_path: Path, hold: Hold) -> None:
    """As an interrupt does: the waiting thread ends, nobody else is kept out by it, and who comes later is refused."""
    holder = hold("shared")
    assert heard(holder) == "held"
    over, ends = threading.Event(), []

    def check() -> None:
        if over.is_set():
            raise Cancelled("interrupted", "over")

    slot = Slot("engine", tmp_path, check=check)

    def wait() -> None:
        with pytest.raises(Cancelled), slot.hold(exclusive=True):
            pytest.fail("the slot was taken")
        ends.append("cancelled")

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not gate_is_closed(tmp_path):
        assert waiting.is_alive()
    over.set()
    waiting.join(60)
    assert ends == ["cancelled"]
    assert not refused(tmp_path, exclusive=False), "the gate is open again"
    with pytest.raises(Cancelled), slot.hold(exclusive=False):
        pytest.fail("there was room, but not for one who was called off")


def test_a_killed_waiter_opens_the_gate_again(tmp_path: Path, hold: Hold) -> None:
    assert heard(hold("shared")) == "held"
    writer = hold("alone")
    while not gate_is_closed(tmp_path):
        assert writer.poll() is None
    writer.kill()
    writer.wait()
    assert not refused(tmp_path, exclusive=False)


def test_who_waits_says_for_whom(tmp_path: Path, hold: Hold) -> None:
    holder, said = hold("alone"), list[str]()
    assert heard(holder) == "held"

    def tell(line: str) -> None:
        said.append(line)
        release(holder)

    with Slot("engine", tmp_path, say=tell, silent_s=0.05).hold(exclusive=True):
        pass
    assert f"held by pid {holder.pid} (" in said[0]
    with (
        Slot("engine", tmp_path).hold(exclusive=True),
        pytest.raises(InfrastructureFault, match="another thread of this process"),
        Slot("engine", tmp_path, timeout_s=0.05).hold(exclusive=True),
    ):
        pass


def test_engines_have_slots_of_their_own(tmp_path: Path, hold: Hold) -> None:
    assert heard(hold("alone")) == "held"
    with Slot("another", tmp_path, timeout_s=0.1).hold(exclusive=True):
        pass


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    (tmp_path / "harness-slot-engine.room").symlink_to(target)
    with pytest.raises(InfrastructureFault) as refusal, Slot("engine", tmp_path, timeout_s=0.1).hold(exclusive=False):
        pass
    assert refusal.value.code == "slot_file"
    assert not target.exists()
