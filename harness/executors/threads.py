"""Runs jobs on threads of this process: the work is in containers, so threads are enough.

Refuses to retry or to swallow: a job returns its result or raises, and an interrupt stops new jobs from starting.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")  # what a job returns


class ThreadExecutor:
    """`workers` jobs at once, started in the order given."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def run(self, jobs: Iterable[Callable[[], T]]) -> Iterable[T]:
        """Yield results as jobs finish. On an exception (KeyboardInterrupt too) no further job starts."""
        pending: set[Future[T]] = set()
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="trial")
        try:
            pending = {pool.submit(job) for job in jobs}
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            for future in pending:
                future.cancel()
            pool.shutdown(wait=True, cancel_futures=True)
