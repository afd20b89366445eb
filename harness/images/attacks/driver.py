"""Probe driver `attacks`: runs the task's exploits (pytest files) against the service over HTTP.

It refuses to hold any code of the submission: it sees the service's port and the exploits, nothing else.
Parameters and facts: see harness/probes/attacks.py.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "shared"), str(HERE.parent / "shared")]  # in a container, and in a source tree

from harness_probe import hidden_tests  # noqa: E402 - needs the line above
from harness_probe.report import Job, run_probe  # noqa: E402

FILES = HERE / "files"


def work(job: Job) -> dict[str, object]:
    """Run /probe/files/attacks (or the folder named by the parameter `folder`)."""
    return hidden_tests.run(job, Path(job.parameters.get("folder", FILES / "attacks")))


if __name__ == "__main__":
    sys.exit(run_probe(work))
