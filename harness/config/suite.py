"""Loads a suite file, applies the command line's overrides, and resolves it into a Suite.

Refuses anything it does not know by name: task, definition, scorer.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.claims.extract import extract
from harness.compare.values import ACCEPTED, PROMISES
from harness.config.anchors import read_anchors
from harness.config.claims_override import overridden
from harness.config.definition import read_definition
from harness.config.places import find_definition, find_replies, find_tasks
from harness.config.task import load_task
from harness.documents import read_toml
from harness.errors import UsageError
from harness.model.agent import AgentSpec, AgentVersion
from harness.model.suite import Suite


@dataclass(frozen=True)
class Overrides:
    """Flags that replace what the suite file says; None or empty = as the file says."""

    tasks: tuple[str, ...] = ()
    agents: tuple[Path, ...] = ()
    attempts: int | None = None
    adapter: str | None = None
    model: str | None = None
    max_cost_usd: float | None = None
    prices: Mapping[str, float] | None = None  # as `parameters.prices`


# Parameters that say where replies lie, what they cost and how patiently they are asked for: none makes another
# version, since none changes what an agent says.
_MONEY = ("prices", "max_cost_usd")
_PATIENCE = ("stream", "tries", "retry_budget_s", "retry_after_cap_s", "deadline_s", "idle_s", "concurrency")
_NO_PART_OF_IDENTITY = frozenset(("replies", "key_env", *_MONEY, *_PATIENCE))


def load_suite(path: Path, installed_scorers: Sequence[str], overrides: Overrides) -> tuple[Suite, Path | None]:
    """The suite at `path` and its EXPECTED.toml, if it names one. UsageError on anything unknown."""
    toml = read_toml(path, "suite")
    base = path.resolve().parent
    named = (toml["tasks"],) if isinstance(toml["tasks"], str) else tuple(toml["tasks"])
    folders = find_tasks(named, overrides.tasks, base, path)
    scorers = tuple(toml.get("scorers", installed_scorers))
    for scorer in scorers:
        if scorer not in installed_scorers:
            raise UsageError(
                "no_such_scorer", f"{path}: key scorers: {scorer!r} is not installed; {', '.join(installed_scorers)}"
            )
    agents = _agents(toml, base, overrides)
    labels = [agent.label for agent in agents]
    if len(set(labels)) != len(labels):
        raise UsageError("same_agent_twice", f"{path}: two agents are the same version ({', '.join(labels)}); drop one")
    suite = Suite(
        name=toml["name"],
        tasks=tuple(load_task(folder) for folder in folders),
        agents=agents,
        scorers=scorers,
        attempts=overrides.attempts or toml.get("attempts", 1),
        seed=toml.get("seed", 0),
        profile=toml.get("profile", "smoke"),
        workers=toml.get("workers", 2),
        anchors={folder.name: lock for folder in folders if (lock := read_anchors(folder)) is not None},
        primary=_primary(path, toml.get("primary", ACCEPTED), scorers),
    )
    return suite, base / toml["expected"] if "expected" in toml else None


def _primary(path: Path, name: str, scorers: Sequence[str]) -> str:
    known = (ACCEPTED, PROMISES, *scorers)
    if name not in known:
        raise UsageError("no_such_endpoint", f"{path}: key primary: {name!r} is no endpoint here; {', '.join(known)}")
    return name


def _agents(toml: Mapping[str, Any], base: Path, overrides: Overrides) -> tuple[AgentVersion, ...]:
    entries = [dict(entry) for entry in toml["agents"]]
    if overrides.agents:
        # Flags replace which definitions run; how they run still follows the suite's first entry.
        entries = [{**entries[0], "definition": str(path.resolve())} for path in overrides.agents]
    return tuple(_version(entry, base, overrides) for entry in entries)


def _version(entry: Mapping[str, Any], base: Path, overrides: Overrides) -> AgentVersion:
    path = find_definition(entry["definition"], base)
    spec = read_definition(path)
    claims = overridden(path, spec, extract(spec))
    adapter = overrides.adapter or entry.get("adapter", "replay")
    model = overrides.model or entry.get("model")
    parameters = {key: _resolved(key, value, base) for key, value in entry.get("parameters", {}).items()}
    if overrides.max_cost_usd is not None:
        parameters["max_cost_usd"] = overrides.max_cost_usd
    if overrides.prices is not None:
        parameters["prices"] = dict(overrides.prices)
    digest = version_digest(spec, adapter, model, entry.get("parameters", {}))
    return AgentVersion(spec, adapter, digest, model, parameters, claims)


def version_digest(spec: AgentSpec, adapter: str, model: str | None, parameters: Mapping[str, Any]) -> str:
    """64 hex digits over what makes a version: the definition, its adapter, its model, and how it is asked.

    parameters: as the suite states them; where replies lie, prices and patience are no part of it.
    """
    identity = {key: value for key, value in parameters.items() if key not in _NO_PART_OF_IDENTITY}
    seal = json.dumps([spec.sha256, adapter, model, identity], sort_keys=True)
    return hashlib.sha256(seal.encode()).hexdigest()


def _resolved(key: str, value: object, base: Path) -> object:
    return str(find_replies(value, base)) if key == "replies" and isinstance(value, str) else value
