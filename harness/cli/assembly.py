"""Puts the doors together for verbs that run trials: the one place where concrete parts are chosen.

Refuses to run anything itself.
"""

import functools
import os
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
    deadline_s = _call_deadline_s(os.environ.get("DOCKER_CLIENT_TIMEOUT"))
    provide_engine(note, os.environ).close()
    for line in clean(os.environ):
        note(f"left by a dead run, removed: {line}")
    return DockerSandbox(os.environ, note, call_deadline_s=deadline_s)


def _call_deadline_s(asked: str | None) -> int:
    if not asked:
        return CALL_DEADLINE_S
    if not asked.isdecimal() or int(asked) < 1:
        raise UsageError(
            "bad_environment", f"DOCKER_CLIENT_TIMEOUT is {asked!r}; expected whole seconds of at least 1, or unset it"
        )
    return int(asked)


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
