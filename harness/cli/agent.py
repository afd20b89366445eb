"""harness agent: what was understood of an agent definition (show), and what it promises (claims), with quotes.

Refuses to run the agent.
"""

import argparse
import json
from pathlib import Path

from harness.claims.describe import as_json, describe
from harness.claims.extract import extract
from harness.cli.say import out
from harness.config.claims_override import overridden
from harness.config.definition import read_definition


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument(
        "action", choices=["show", "claims"], help="show: what was understood; claims: what is promised"
    )
    parser.add_argument("definition", type=Path, help="definition file")
    parser.add_argument("--json", action="store_true", help="machine output on stdout")


def execute(args: argparse.Namespace) -> int:
    """Print the definition's reading."""
    spec = read_definition(args.definition)
    claims = overridden(args.definition, spec, extract(spec))
    document = as_json(spec, claims)
    if args.json:
        out(json.dumps(document if args.action == "show" else document["claims"], ensure_ascii=False))
    else:
        out(describe(spec, claims if args.action == "claims" else None))
    return 0
