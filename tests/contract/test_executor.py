"""What every installed executor promises: each job once, some at once, and no new job after an exception."""

import threading
from collections.abc import Callable

import pytest

from harness import plugins
from harness.ports import Executor

MakeExecutor = Callable[[int], Executor]


@pytest.fixture(params=plugins.names("executors"))
def make(request: pytest.FixtureRequest) -> MakeExecutor:
    return lambda workers: plugins.executor(request.param, workers)


@pytest.mark.parametrize("workers", [1, 3])
def test_every_job_runs_once_and_every_result_comes_back(make: MakeExecutor, workers: int) -> None:
    ran: list[int] = []

    def job(number: int) -> Callable[[], int]:
        def run() -> int:
            ran.append(number)
            return number * number

        return run

    results = list(make(workers).run([job(n) for n in range(20)]))
    assert sorted(results) == [n * n for n in range(20)]
    assert sorted(ran) == list(range(20))


def test_one_worker_keeps_the_order(make: MakeExecutor) -> None:
    ran: list[int] = []
    list(make(1).run([lambda n=n: ran.append(n) for n in range(10)]))  # type: ignore[misc]
    assert ran == list(range(10))


def test_as_many_at_once_as_workers_and_no_more(make: MakeExecutor) -> None:
    all_there, inside, peak = threading.Barrier(3), [0], [0]
    guard = threading.Lock()

    def job() -> None:
        with guard:
            inside[0] += 1
            peak[0] = max(peak[0], inside[0])
        all_there.wait(10)  # passes only when three are inside together
        with guard:
            inside[0] -= 1

    list(make(3).run([job] * 6))
    assert peak[0] == 3


def test_no_job_no_result(make: MakeExecutor) -> None:
    assert list(make(2).run([])) == []


def test_an_exception_comes_out_running_jobs_end_and_no_other_starts(make: MakeExecutor) -> None:
    started, ended = threading.Event(), threading.Event()
    later: list[int] = []

    def slow() -> None:
        started.set()
        released.wait(10)
        ended.set()

    def failing() -> None:
        started.wait(10)
        threading.Timer(1.0, released.set).start()
        raise ZeroDivisionError

    def late() -> None:
        released.wait(10)
        later.append(1)

    released = threading.Event()
    jobs = [slow, failing, *[late] * 50]
    with pytest.raises(ZeroDivisionError):
        list(make(2).run(jobs))
    assert ended.is_set(), "what was running has been waited for"
    assert len(later) <= 1, "one may have been taken up before the exception was seen"


def test_an_interrupt_leaves_at_once_and_starts_nothing_more(make: MakeExecutor) -> None:
    release = threading.Event()
    later: list[int] = []

    def first() -> str:
        return "first"

    def slow() -> str:
        release.wait(10)
        return "slow"

    def late() -> str:
        later.append(1)
        return "late"

    results = iter(make(1).run([first, slow, *[late] * 5]))
    assert next(results) == "first"
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt)  # type: ignore[attr-defined]
    release.set()
    for thread in [t for t in threading.enumerate() if t.name.startswith("trial")]:
        thread.join(10)
    assert later == []
