"""Runs jobs on threads of this process: the work is in containers, so threads are enough.

Refuses to retry or to swallow: a job returns its result or raises, and an interrupt stops new jobs from starting.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")  # what a job returns


class ThreadExecutor:
    """`workers` jobs at once, started in the order given."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def run(self, jobs: Iterable[Callable[[], T]]) -> Iterable[T]:
        """Yield results as jobs finish. On an exception no further job starts, and those running are waited for.

        An interrupt (KeyboardInterrupt) starts no further job either, but leaves at once: whoever is interrupted
        knows best how to bring running jobs to an end.
        """
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="trial")
        try:
            pending = {pool.submit(job) for job in jobs}
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except Exception:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
