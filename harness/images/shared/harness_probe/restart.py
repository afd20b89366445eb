"""The fixture `restart` of hidden tests: the service is killed and started again on what it stored, then awaited.

It refuses to charge a test for the time this takes (a start is the service's own affair, and has a limit of its own),
and to pretend: where nobody can carry out a kill, the test could not be run.
"""

import signal
from collections.abc import Callable

from harness_probe import cannot_run, fair_clock
from harness_probe.ready import wait_ready
from harness_probe.report import Job

KILL = "kill"


class Restart:
    """`restart()` kills the service (SIGKILL) and returns when it answers again. AssertionError when it does not.

    `spent` is told how many fair seconds it took, so that limits of ours can be moved by as much.
    """

    def __init__(self, job: Job, spent: Callable[[float], None]) -> None:
        self._job, self._spent = job, spent

    def __call__(self) -> None:
        job = self._job
        if KILL not in job.on_request:
            cannot_run("nobody is there to kill the service and to start it again")
        timer = signal.setitimer(signal.ITIMER_REAL, 0)  # the test's own limit stands still meanwhile
        begun = fair_clock.now()
        try:
            job.ask(KILL)
            if wait_ready(job.base_url, job.readiness_path, job.start_timeout_s) is None:
                raise AssertionError(
                    f"killed and started again, the service did not answer within {job.start_timeout_s:g} s"
                )
        finally:
            self._spent(fair_clock.now() - begun)
            signal.setitimer(signal.ITIMER_REAL, *timer)
