"""Puts the doors together for verbs that run trials: the one place where concrete parts are chosen.

Refuses to run anything itself.
"""

import errno
import functools
import os
import tempfile
from pathlib import Path

from harness import plugins
from harness.cli.say import note
from harness.errors import UsageError
from harness.executors.clock import SystemClock
from harness.model.suite import Suite
from harness.runner.plan import probes_needed
from harness.runner.session import Parts
from harness.sandbox.clean import clean
from harness.sandbox.docker_sandbox import CALL_DEADLINE_S, DockerSandbox
from harness.sandbox.start_engine import provide_engine
from harness.workspace.folder import FolderWorkspace

RUNS = Path("reports/runs")


def sandbox() -> DockerSandbox:
    """This machine's sandbox, after what dead runs left behind was removed.

    An engine is started or installed first if need be (not with HARNESS_NO_INSTALL=1). DOCKER_CLIENT_TIMEOUT (seconds,
    as docker's own tools have it) bounds each call of the engine.
    """
    deadline_s = call_deadline_s()
    provide_engine(note, os.environ).close()
    for line in clean(os.environ):
        note(f"left by a dead run, removed: {line}")
    return DockerSandbox(os.environ, note, call_deadline_s=deadline_s)


def call_deadline_s() -> int:
    """Seconds that one call of the engine may take; UsageError when the environment says something else."""
    asked = os.environ.get("DOCKER_CLIENT_TIMEOUT")
    if not asked:
        return CALL_DEADLINE_S
    if not asked.isdecimal() or int(asked) < 1:
        raise UsageError(
            "bad_environment", f"DOCKER_CLIENT_TIMEOUT is {asked!r}; expected whole seconds of at least 1, or unset it"
        )
    return int(asked)


def refuse_unusable(runs: Path) -> None:
    """UsageError when no run can be kept in `runs`, before anything is asked or paid. Nothing is left there.

    A disk that is full or fails is no wrong input: whoever writes the run says so.
    """
    try:
        nearest = next((path for path in (runs, *runs.parents) if path.exists()), Path())
        tempfile.TemporaryDirectory(prefix=".harness-", dir=nearest).cleanup()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise UsageError(
                "bad_out",
                f"--out {str(runs)!r}: runs cannot be kept there ({error.strerror});"
                " name a folder that is there and can be written to, or one that can be made",
            ) from None


def parts_for(suite: Suite, box: DockerSandbox) -> Parts:
    """Everything a run of this suite is worked on with."""
    scorers = tuple(plugins.scorer(name) for name in suite.scorers)
    return Parts(
        sandbox=box,
        workspace=FolderWorkspace(),
        clock=SystemClock(),
        executor=plugins.executor("threads", suite.workers),
        agent_of=functools.cache(plugins.agent),  # one adapter a run: money spent and refusals are known to all
        probes=tuple(plugins.probe(name) for name in probes_needed(scorers)),
        scorers=scorers,
        take_down=box.take_down,
    )
