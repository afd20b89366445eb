"""A finished trial is never lost nor counted twice, an unfinished one is resumed, a failure of ours is never scored."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from harness.model.trial import Scored, Void
from harness.runner import session
from harness.sandbox.engine import describe_engine
from harness.sandbox.slot import Slot
from harness.selfcheck.small_world import SmallWorld

pytestmark = pytest.mark.docker

BOOM = "raise RuntimeError('boom')\n"
KILLS = int(os.environ.get("HARNESS_KILLS", "10"))


def slow(world: SmallWorld, seconds: float) -> dict[str, str]:
    """The reference, that many seconds slower at each answer: a trial to be disturbed in."""
    text = (world.task / "solution/app.py").read_text()
    return {"app.py": text.replace("        name =", f"        __import__('time').sleep({seconds})\n        name =")}


def started(program: Any) -> Callable[[], bool]:
    return lambda: (
        any(c for c in program.containers())
        and any(
            "probe" in str(c["Command"]) and c["State"] == "running"
            for c in program.engine.api.containers()
            if c["Id"] in program.containers()
        )
    )


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_ends_in_good_order_with_a_partial_report(
    program: Any, world: SmallWorld, signum: int, code: int
) -> None:
    suite = world.suite({"good": [slow(world, 0.2), slow(world, 0.2)]})
    running = program.start("run", suite, "--out", "runs")
    running.until(started(program), "a running probe")
    running.process.send_signal(signum)
    asked_at = time.monotonic()
    assert running.wait() == code
    assert time.monotonic() - asked_at < 30, "CONTAIN promises 10 s; here other work may share the machine"
    assert "INTERRUPTED: planned 2" in running.out
    assert "harness resume" in running.err
    assert program.left_behind() == []
    run = program.run()
    assert (run.paths.root / "report.html").is_file()
    assert run.reader.state().status == "interrupted"
    outcomes = [record.outcome for record in run.reader.records()]
    assert all(isinstance(outcome, Void) and outcome.blame == "cancelled" for outcome in outcomes)
    assert len(session.unfinished(run, run.reader.lock())) == 2
    if signum == signal.SIGTERM:
        resumed = program("resume", "latest", "--out", "runs")
        assert resumed.wait() == 0, resumed.err
        assert "planned 2 = 2 scored" in resumed.out


def test_who_waits_for_its_turn_on_the_host_is_called_off(program: Any, world: SmallWorld) -> None:
    suite = world.suite({"good": [{}, {}]})
    with Slot(describe_engine(program.engine).id).hold(exclusive=True):
        running = program.start("run", suite, "--out", "runs")
        running.until(lambda: waits_for_the_slot(running.process.pid) == 2, "both trials waiting")
        running.process.send_signal(signal.SIGTERM)
        assert running.wait() == 143
    outcomes = [record.outcome for record in program.run().reader.records()]
    assert [getattr(outcome, "code", None) for outcome in outcomes] == ["interrupted"] * 2, "recorded, not left behind"
    assert "planned 2 = 0 scored" in running.out
    assert program.left_behind() == []


def waits_for_the_slot(pid: int) -> int:
    """How many threads of a process have the host-wide slot's gate open: they hold it no longer than they wait."""
    found = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            name = link.readlink().name
            found += name.startswith("harness-slot-") and name.endswith(".gate")
    return found


def test_a_second_interrupt_is_obeyed_at_once(program: Any, world: SmallWorld) -> None:
    suite = world.suite({"good": [slow(world, 0.2)]})
    running = program.start("run", suite, "--out", "runs")
    running.until(started(program), "a running probe")
    running.process.send_signal(signal.SIGTERM)
    running.process.send_signal(signal.SIGINT)
    assert running.wait() in (130, 143)
    assert program("clean").wait() == 0
    assert program.left_behind() == []
    assert program.run().reader.records() == (), "what had no time to be recorded is simply unfinished"


def test_a_run_is_worked_on_by_one_process(program: Any, world: SmallWorld) -> None:
    suite = world.suite({"good": [slow(world, 0.2)]})
    first = program.start("run", suite, "--out", "runs")
    first.until(started(program), "a running probe")
    second = program("resume", "latest", "--out", "runs")
    assert second.wait() == 2
    assert f"is being worked on by process {first.process.pid}" in second.err.splitlines()[-1]
    assert first.wait() == 0
    assert [type(record.outcome) for record in program.run().reader.records()] == [Scored]


@pytest.mark.slow
def test_kill_at_any_moment_then_resume_gives_the_same_table(
    program: Any, world: SmallWorld, table_of: Any, hidden_files: Any
) -> None:
    """HARNESS_KILLS random kills (10; `make torture`: 50), spread over as many runs as it takes."""
    suite = world.suite({"good": [{}, {}], "bad": [{"app.py": BOOM}, {"Procfile": "web: python nothing.py"}]})
    began = time.monotonic()
    assert program("run", suite, "--out", "calm").wait() == 0
    undisturbed_s = time.monotonic() - began
    expected = table_of(program.run("calm"))
    assert len(expected) == 4
    draw, kills, number = random.Random(time.time_ns()), 0, 0
    while kills < KILLS:
        number += 1
        out = f"torn{number}"
        running = program.start("run", suite, "--out", out)
        while kills < KILLS:
            with suppress(subprocess.TimeoutExpired):
                running.process.wait(draw.uniform(0, undisturbed_s))
                break  # it was quicker: a run to look at
            running.process.kill()
            running.process.wait()
            kills += 1
            verb = ("resume", "latest") if program.runs(out) else ("run", suite)
            running = program.start(*verb, "--out", out)
        assert running.wait() == 0, running.err
        run = program.run(out)
        assert table_of(run) == expected, f"after {kills} kills"
        assert sorted(path.name for path in run.paths.trials.iterdir()) == sorted(expected)
        assert run.reader.state().status == "complete"
        assert run.reader.state().tally.missing == 0
        assert hidden_files(program.folder / out) == []
    assert program("clean").wait() == 0
    assert program.left_behind() == []
