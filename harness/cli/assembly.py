"""Puts the doors together for verbs that run trials: the one place where concrete parts are chosen.

Refuses to run anything itself.
"""

import os
from pathlib import Path

from harness import plugins
from harness.cli.say import note
from harness.executors.clock import SystemClock
from harness.model.suite import Suite
from harness.runner.plan import probes_needed
from harness.runner.session import Parts
from harness.sandbox.docker_sandbox import DockerSandbox
from harness.sandbox.start_engine import provide_engine
from harness.workspace.folder import FolderWorkspace

RUNS = Path("reports/runs")


def sandbox() -> DockerSandbox:
    """This machine's sandbox; an engine is started or installed first if need be (not with HARNESS_NO_INSTALL=1)."""
    provide_engine(note, os.environ).close()
    return DockerSandbox(os.environ, note)


def parts_for(suite: Suite, box: DockerSandbox) -> Parts:
    """Everything a run of this suite is worked on with."""
    scorers = tuple(plugins.scorer(name) for name in suite.scorers)
    return Parts(
        sandbox=box,
        workspace=FolderWorkspace(),
        clock=SystemClock(),
        executor=plugins.executor("threads", suite.workers),
        agent_of=plugins.agent,
        probes=tuple(plugins.probe(name) for name in probes_needed(scorers)),
        scorers=scorers,
    )
