"""Driver of the probes `load` and `soak`: drives seeded open-loop requests at the service with locust's HTTP engine.

It refuses to judge and to listen: no port, no web page, no worker processes. Parameters and facts: see
harness/probes/load.py and, when the parameter `soak` is given, harness/probes/soak.py.
"""

import locust  # noqa: I001 - first of all: it makes sockets cooperative before anybody uses one

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "shared"), str(HERE.parent / "shared")]  # in a container, and in a source tree

from generator import Generator  # noqa: E402 - needs the line above
from harness_probe.identity import user_agent  # noqa: E402
from harness_probe.report import Job, run_probe  # noqa: E402
from harness_probe.secrets_in_force import SecretsInForce  # noqa: E402
from phases import Measurement, Plan  # noqa: E402
from scenario import ScenarioError  # noqa: E402
from soak import Soak, SoakPlan  # noqa: E402


def work(job: Job) -> dict[str, object]:
    """What the parameters ask for; a profile that cannot be carried out is reported as `task_error`."""
    agent = user_agent(job.seed)
    soaking = "soak" in job.parameters
    secrets = SecretsInForce(job.environment)
    generator = Generator(job.base_url, agent, float(job.parameters["timeout_s"]), not soaking, secrets)
    try:
        facts = soak(job, generator) if soaking else measure(job, generator)
    except ScenarioError as error:
        return {"task_error": str(error)}
    return {**facts, "leaks": generator.leaks, "user_agent": agent, "engine": f"locust {locust.__version__}"}


def measure(job: Job, generator: Generator) -> dict[str, object]:
    """Build the data set, run the phases."""
    given = job.parameters
    plan = Plan(
        profile=given["profile"],
        longest=given["longest"],
        load=given["load"],
        limit_ms=float(given["limit_ms"]),
        lag_limit_ms=float(given["lag_limit_ms"]),
        seed=job.seed,
        env=job.environment,
    )
    echoed = {name: given[name] for name in ("limit_ms", "lag_limit_ms", "timeout_s")}
    return {**Measurement(plan, generator).run(), **echoed}


def soak(job: Job, generator: Generator) -> dict[str, object]:
    """Requests while the sandbox kills and restarts the service."""
    given = job.parameters
    asked = {**given["soak"], "faults": tuple((at_s, kind) for at_s, kind in given["soak"]["faults"])}
    plan = SoakPlan(load=given["load"], env=job.environment, seed=job.seed, **asked)
    facts = Soak(plan, generator, job.base_url, job.readiness_path).run()
    return {**facts, "requests": plan.requests, "grace_s": plan.grace_s, "recovery_limit_s": given["recovery_limit_s"]}


if __name__ == "__main__":
    sys.exit(run_probe(work, real_time=True))
