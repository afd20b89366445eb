"""harness doctor: is this machine able to run, and how isolated; --fix provides what is missing.

Refuses to change anything without --fix.
"""

import argparse
import dataclasses
import json
import os

from harness.cli.say import note, out
from harness.runner import forecast
from harness.sandbox.doctor import Finding, examine
from harness.sandbox.images import ensure_base
from harness.sandbox.noise import measure_noise
from harness.sandbox.start_engine import provide_engine


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument(
        "--fix", action="store_true", help="start or install an engine and make the base image if missing"
    )
    parser.add_argument("--json", action="store_true", help="machine output on stdout")


def _noise() -> Finding:
    """How calm the host is now; a busy one is no failure, what it leaves undetermined is said."""
    noise = measure_noise()
    open_ones = " · ".join(forecast.undecided(noise))
    return Finding("host noise", "ok" if forecast.is_calm(noise) else "warn", forecast.told(noise), open_ones)


def execute(args: argparse.Namespace) -> int:
    """Print each finding and its remedy; 1 when one fails."""
    if args.fix:
        client = provide_engine(note, os.environ)
        ensure_base(client, note, os.environ)
        client.close()
    findings = (*examine(os.environ), _noise())
    if args.json:
        out(json.dumps([dataclasses.asdict(finding) for finding in findings]))
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            out(f"{finding.status:<4}  {finding.name:<{width}}  {finding.found}")
            if finding.remedy:
                out(f"      {'':<{width}}  -> {finding.remedy}")
    return 1 if any(finding.status == "fail" for finding in findings) else 0
