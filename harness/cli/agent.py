"""harness agent: what was understood of an agent definition (show), and what it promises (claims), with quotes.

Refuses to run the agent.
"""

import argparse
import json
import os
from pathlib import Path

from harness.agents.chat_settings import settings_of
from harness.claims.describe import as_json, describe
from harness.claims.extract import extract
from harness.cli.run import word
from harness.cli.say import out
from harness.config.claims_override import overridden
from harness.config.definition import read_definition
from harness.config.suite import version_digest
from harness.errors import UsageError
from harness.model.agent import AgentVersion


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument(
        "action", choices=["show", "claims"], help="show: what was understood; claims: what is promised"
    )
    parser.add_argument("definition", type=Path, help="definition file or folder; with #NAME where it holds several")
    parser.add_argument("--adapter", type=word, default="replay", help="the version's adapter (default replay)")
    parser.add_argument("--model", type=word, help="the version's model, as a suite or `run --model` names it")
    parser.add_argument("--json", action="store_true", help="machine output on stdout")


def execute(args: argparse.Namespace) -> int:
    """Print the definition's reading."""
    spec = read_definition(args.definition)
    claims = overridden(args.definition, spec, extract(spec))
    version = AgentVersion(spec, args.adapter, version_digest(spec, args.adapter, args.model, {}), args.model)
    document = {**as_json(spec, claims), "version": version.label, "chat": asked_from(version)}
    if args.json:
        out(json.dumps(document if args.action == "show" else document["claims"], ensure_ascii=False))
    else:
        how = f"{args.adapter} {args.model or ''}".strip()
        said = f"{version.label}  (run with {how} and no parameters of the suite; see --adapter, --model)"
        out(describe(spec, claims if args.action == "claims" else None, said, asked_from(version)))
    return 0


def asked_from(version: AgentVersion) -> str:
    """Where the `chat` adapter would ask for this version's model, or why it would not."""
    try:
        settings = settings_of(version, os.environ)
    except UsageError as error:
        return f"not asked by chat as it stands ({error.code}): {error.message}"
    return f"{settings.model} over {settings.protocol} at {settings.base_url}, key in {settings.key_env}"
