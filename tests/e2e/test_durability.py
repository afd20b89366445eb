"""A finished trial is never lost nor counted twice, an unfinished one is resumed, a failure of ours is never scored."""

import os
import random
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from harness.cli.interrupts import SAME_S
from harness.model.trial import Scored, Void
from harness.runner import session
from harness.sandbox.engine import describe_engine
from harness.sandbox.slot import Slot
from harness.selfcheck.small_world import SmallWorld
from harness.store.run_folder import RunFolder

pytestmark = pytest.mark.docker

BOOM = "raise RuntimeError('boom')\n"
KILLS = int(os.environ.get("HARNESS_KILLS", "4"))
LONG_S, ENDLESS_S = 0.5, 20.0  # an answer, of 22: a busy machine shows the probe late, and it must still be running
SPAN_S = 12.0  # where others measure, a run waits for its turn most of the time: not what is to be killed


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
    seconds = LONG_S if signum == signal.SIGTERM else ENDLESS_S
    suite = world.suite({"good": [slow(world, seconds), slow(world, seconds)]})
    running = program.start("run", suite, "--out", "runs")
    running.until(started(program), "a running probe")
    running.process.send_signal(signum)
    asked_at = time.monotonic()
    assert running.wait() == code
    assert time.monotonic() - asked_at < 30, "10 s are promised; here other work may share the machine"
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


def test_who_waits_for_a_package_index_is_called_off(program: Any, world: SmallWorld) -> None:
    suite = world.suite({"good": [{"requirements.txt": "flask==3.1.0\n"}, {"requirements.txt": "flask==3.0.3\n"}]})
    with socket.create_server(("127.0.0.1", 0)) as silent, ExitStack() as calls:
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        running = program.start("run", suite, "--out", "runs", env={"UV_DEFAULT_INDEX": index})
        silent.setblocking(False)
        running.until(lambda: takes_a_call(silent, calls), "a question to the index, which never answers")
        running.process.send_signal(signal.SIGTERM)
        assert running.wait() == 143
    outcomes = [record.outcome for record in program.run().reader.records()]
    assert [getattr(outcome, "code", None) for outcome in outcomes] == ["interrupted"] * 2, "recorded, not left behind"
    assert [getattr(outcome, "stage", None) for outcome in outcomes] == ["prepare"] * 2, "one asks, one waits for it"
    assert program.left_behind() == []


def takes_a_call(listener: socket.socket, calls: ExitStack) -> bool:
    """Whether somebody calls; the connection stays open until `calls` ends, and is never answered."""
    with suppress(BlockingIOError):
        calls.enter_context(listener.accept()[0])
        return True
    return False


def waits_for_the_slot(pid: int) -> int:
    """How many threads of a process have the host-wide slot's gate open: they hold it no longer than they wait."""
    found = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            name = link.readlink().name
            found += name.startswith("harness-slot-") and name.endswith(".gate")
    return found


def test_two_signals_at_once_are_one_interrupt(program: Any, world: SmallWorld) -> None:
    suite = world.suite({"good": [slow(world, ENDLESS_S)]})
    running = program.start("run", suite, "--out", "runs")
    running.until(started(program), "a running probe")
    running.process.send_signal(signal.SIGTERM)  # as `timeout` does it: the child, then its group
    running.process.send_signal(signal.SIGINT)
    assert running.wait() in (130, 143)
    assert "INTERRUPTED: planned 1" in running.out
    assert "goes on from here" in running.err
    (record,) = program.run().reader.records()
    assert getattr(record.outcome, "code", None) == "interrupted"
    assert program.left_behind() == []


def test_a_second_interrupt_is_obeyed_at_once(program: Any, world: SmallWorld) -> None:
    suite = world.suite({"good": [slow(world, ENDLESS_S)]})
    reading, writing = os.pipe()  # full, and nobody reads: whoever ends in good order waits at its last words
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(4096))
    os.set_blocking(writing, True)
    running = program.start("run", suite, "--out", "runs", stdout=writing)
    running.until(started(program), "a running probe")
    running.process.send_signal(signal.SIGTERM)
    running.until(lambda: "interrupted; `harness resume" in running.err, "the first signal heard")
    time.sleep(SAME_S)
    running.process.send_signal(signal.SIGINT)
    assert running.wait() == 130
    assert running.err.splitlines()[-1].startswith("harness: interrupted again: ended at once; `harness resume`")
    for end in (reading, writing):
        os.close(end)
    assert program("clean").wait() == 0
    assert program.left_behind() == []
    assert len(session.unfinished(program.run(), program.run().reader.lock())) == 1


def test_a_run_is_worked_on_by_one_process(program: Any, world: SmallWorld) -> None:
    suite = world.suite({"good": [slow(world, LONG_S)]})
    first = program.start("run", suite, "--out", "runs")
    first.until(started(program), "a running probe")
    second = program("resume", "latest", "--out", "runs")
    assert second.wait() == 2
    assert f"is being worked on by process {first.process.pid}" in second.err.splitlines()[-1]
    assert first.wait() == 0
    assert [type(record.outcome) for record in program.run().reader.records()] == [Scored]


def test_kill_at_any_moment_then_resume_gives_the_same_table(
    program: Any, world: SmallWorld, table_of: Any, hidden_files: Any
) -> None:
    """HARNESS_KILLS random kills (4; `make test-all`: 10, `make torture`: 50), spread over as many runs as it takes.

    One in four comes at any moment of a process, the others after its first trial has begun: starting takes long.
    Moments are drawn from HARNESS_SEED, which is printed; what a kill hits depends on this machine's pace too.
    """
    suite = world.suite({"good": [{}, {}], "bad": [{"app.py": BOOM}, {"Procfile": "web: python nothing.py"}]})
    calm = program.start("run", suite, "--out", "calm")
    start_s, work_s = (min(SPAN_S, seconds) for seconds in (until_a_trial(calm), seconds_of(calm.wait)))
    assert calm.process.returncode == 0, calm.err
    expected = table_of(program.run("calm"))
    assert len(expected) == 4
    seed = int(os.environ.get("HARNESS_SEED") or time.time_ns())
    print(f"HARNESS_SEED={seed} HARNESS_KILLS={KILLS}; {start_s:.1f} s to the first trial, then {work_s:.1f} s")
    draw, hit, number = random.Random(seed), Counter[str](), 0
    while hit.total() < KILLS:
        number += 1
        out, kept = f"torn{number}", dict[str, Any]()
        running = program.start("run", suite, "--out", out)
        while hit.total() < KILLS:
            if draw.random() < 0.25:
                after_s = draw.uniform(0, start_s + work_s)
            else:
                after_s = draw.uniform(0, work_s)
                until_a_trial(running)
            if not killed(running, after_s):
                break
            found = program.runs(out)
            kept = nothing_lost(kept, found, expected, table_of)
            where = unfinished_at(found, len(kept))
            hit[where] += 1
            print(f"run {number}, kill {hit.total()}: {len(kept)} of {len(expected)} trials done; {where}")
            running = program.start(*(("resume", "latest") if found else ("run", suite)), "--out", out)
        assert running.wait() == 0, running.err
        run = program.run(out)
        assert nothing_lost(kept, [run], expected, table_of) == expected, f"after {hit.total()} kills"
        assert sorted(path.name for path in run.paths.trials.iterdir()) == sorted(expected)
        assert run.reader.state().status == "complete"
        assert (run.reader.state().tally.planned, run.reader.state().tally.missing) == (len(expected), 0)
        assert hidden_files(program.folder / out) == []
    print(f"{hit.total()} kills in {number} runs: {dict(hit.most_common())}")
    assert program("clean").wait() == 0
    assert program.left_behind() == []


def until_a_trial(running: Any) -> float:
    """Wait until a program has begun a trial, or has ended; seconds it took."""
    return seconds_of(lambda: running.until(lambda: "started" in running.err or running.process.poll() is not None, ""))


def seconds_of(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def killed(running: Any, after_s: float) -> bool:
    """Kill -9 a program after that long; False when it had come to its end by itself."""
    with suppress(subprocess.TimeoutExpired):
        running.process.wait(after_s)
    running.process.kill()
    return int(running.process.wait()) == -signal.SIGKILL


def nothing_lost(
    before: dict[str, Any], found: list[RunFolder], expected: dict[str, Any], table_of: Any
) -> dict[str, Any]:
    """What is on disk: one run at most, every document readable, no record gone or other than in a calm run."""
    assert len(found) <= 1, "one run is continued, not begun twice"
    now: dict[str, Any] = {}
    for run in found:
        now = table_of(run)
        for trial in run.reader.lock().trials:
            run.reader.outputs(trial), run.reader.observations(trial), run.reader.voids(trial)
        run.reader.state(), run.reader.events()
    assert now == {name: verdict for name, verdict in expected.items() if name in now}
    assert set(before) <= set(now)
    return now


def unfinished_at(found: list[RunFolder], done: int) -> str:
    """How far the trial under way had come, as its folder tells: the furthest, when there are two."""
    if not found:
        return "before there was a run"
    paths = [found[0].paths.trial(trial) for trial in found[0].reader.lock().trials]
    if done == len(paths):
        return "all trials done"
    open_ones = [path for path in paths if path.root.exists() and not path.record.exists()]
    if not open_ones:
        return "between trials"
    if any(path.probes.root.exists() for path in open_ones):
        return "probe output stored"
    if any(path.submission.exists() and any(path.submission.iterdir()) for path in open_ones):
        return "submission written"
    return "reply stored" if any(path.reply.exists() for path in open_ones) else "trial begun"
