"""Probe driver `load`: drives a seeded open-loop load at the service with locust's HTTP engine, keeps raw samples.

It refuses to judge and to listen: no port, no web page, no worker processes. Parameters and facts: see
harness/probes/load.py.
"""

import locust  # noqa: I001 - first of all: it makes sockets cooperative before anybody uses one

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "shared"), str(HERE.parent / "shared")]  # in a container, and in a source tree

from generator import Generator  # noqa: E402 - needs the line above
from harness_probe.identity import user_agent  # noqa: E402
from harness_probe.report import Job, run_probe  # noqa: E402
from phases import Measurement, Plan  # noqa: E402
from scenario import ScenarioError  # noqa: E402


def work(job: Job) -> dict[str, object]:
    """Build the data set, run the phases; a profile that cannot be carried out is reported as `task_error`."""
    given = job.parameters
    agent = user_agent(job.seed)
    plan = Plan(
        profile=given["profile"],
        load=given["load"],
        limit_ms=float(given["limit_ms"]),
        lag_limit_ms=float(given["lag_limit_ms"]),
        seed=job.seed,
        env=job.environment,
    )
    try:
        facts = Measurement(plan, Generator(job.base_url, agent, float(given["timeout_s"]))).run()
    except ScenarioError as error:
        return {"task_error": str(error)}
    echoed = {name: given[name] for name in ("limit_ms", "lag_limit_ms", "timeout_s")}
    return {**facts, **echoed, "user_agent": agent, "engine": f"locust {locust.__version__}"}


if __name__ == "__main__":
    sys.exit(run_probe(work))
