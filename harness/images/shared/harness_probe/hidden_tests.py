"""Runs a folder of hidden pytest files against the service, in this process, and returns plain facts.

It refuses every other influence on the run: no configuration file, no plugin but ours, no cache, no conftest from
outside the folder. This process holds no code of the submission, so its outcome can be trusted.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness_probe import fair_clock, pytest_plugin
from harness_probe.client import Client
from harness_probe.identity import user_agent
from harness_probe.limits import LIMITS
from harness_probe.report import Job
from harness_probe.secrets_in_force import SecretsInForce

TOTAL_S = 90.0
PER_TEST_S = 30.0
REQUEST_DEADLINE_S = 10.0


def run(job: Job, folder: Path) -> dict[str, Any]:
    """Facts: {"tests": [record, …], "collected", "collect_errors", "pytest_exit", "leaks", "secrets_watched",
    "user_agent", "seconds"}.

    Parameters read from the job: total_s, test_s, request_s (fair seconds); each has a default above.
    """
    parameters = job.parameters
    agent = user_agent(job.seed)
    secrets = SecretsInForce(job.environment)
    client = Client(job.base_url, agent, float(parameters.get("request_s", REQUEST_DEADLINE_S)), secrets)
    started, began = time.monotonic(), fair_clock.now()
    total_s = float(parameters.get("total_s", TOTAL_S))
    plugin = pytest_plugin.ProbePlugin(
        client,
        job,
        total_s=total_s,
        test_limit_s=float(parameters.get("test_s", PER_TEST_S)),
    )
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))  # modules that several test files share
    code = pytest.main(arguments(folder), plugins=[plugin, pytest_plugin])
    LIMITS.used(fair_clock.now() - began, total_s)
    return {
        "tests": [_plain(record) for record in plugin.records.values()],
        "collected": len(plugin.records),
        "collect_errors": plugin.collect_errors,
        "pytest_exit": int(code),
        "leaks": client.leaks,
        "secrets_watched": secrets.known,
        "user_agent": agent,
        "seconds": round(time.monotonic() - started, 3),
    }


def arguments(folder: Path) -> list[str]:
    """pytest's command line: the folder, and nothing read from anywhere else."""
    plain = ["-q", "--no-header", "--tb=short", "-p", "no:cacheprovider", "-c", os.devnull, "--import-mode=importlib"]
    return [
        *plain,
        "--continue-on-collection-errors",
        "--rootdir",
        str(folder),
        "--confcutdir",
        str(folder),
        str(folder),
    ]


def _plain(record: pytest_plugin.Record) -> dict[str, Any]:
    return dict(vars(record))
