"""From a suite to an ordered list of trials and the lock that names everything they depend on (pure but for hashing).

Refuses to run anything.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness import __version__
from harness.errors import TaskFault
from harness.model.agent import AgentVersion
from harness.model.jsontypes import JsonObject
from harness.model.probe import NotPlanned, ProbeCommand
from harness.model.score import Anchor
from harness.model.suite import Lock, Suite
from harness.model.task import Task
from harness.model.trial import Trial
from harness.ports import Probe, Scorer
from harness.scorers.anchors import fitting

_IMAGE = "image:"  # how a sandbox names the folders of harness/images among its tools
_LIMITS = (
    *("max_cost_usd", "max_tokens", "deadline_s", "idle_s"),
    *("tries", "retry_budget_s", "retry_after_cap_s", "concurrency"),
)
_UNTOLD = ("replies", "key_env", "prices", "mode")  # where things lie, what they cost; the mode is told by itself
_IN_EVERY_POD = ("image:base", "image:shared")  # what every container starts from, what every driver imports


def trial_seed(run_seed: int, task_id: str, attempt: int) -> int:
    """H(run seed, task, attempt), 63 bits: the same for every version, so that versions face the same requests."""
    digest = hashlib.sha256(f"{run_seed}/{task_id}/{attempt}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def plan_trials(suite: Suite) -> tuple[Trial, ...]:
    """Every task × attempt × version. Blocks (task, attempt) come in seeded random order; inside a block the versions
    run next to each other, in an order that is random too, so that drift of the host favours none of them."""
    blocks = [(task.id, attempt) for task in suite.tasks for attempt in range(1, suite.attempts + 1)]
    blocks.sort(key=lambda block: _draw(suite.seed, "block", *block))
    trials = []
    for task_id, attempt in blocks:
        labels = sorted(
            (a.label for a in suite.agents), key=lambda lb: _draw(suite.seed, "version", task_id, attempt, lb)
        )
        seed = trial_seed(suite.seed, task_id, attempt)
        trials += [Trial(task_id, label, attempt, seed) for label in labels]
    return tuple(trials)


def probes_needed(scorers: Sequence[Scorer]) -> tuple[str, ...]:
    """Probe names in running order: cheap and revealing first, exclusive load last."""
    needed = {name for scorer in scorers for name in scorer.probes}
    order = ("acceptance", "attacks", "conformance", "static", "coverage", "soak", "load")
    return tuple(sorted(needed, key=lambda name: (order.index(name) if name in order else len(order), name)))


def make_lock(
    suite: Suite,
    trials: Sequence[Trial],
    scorers: Sequence[Scorer],
    probes: Sequence[Probe],
    sandbox: Mapping[str, Any],
) -> Lock:
    """The lock of a run. `sandbox` is Sandbox.describe(): keys `images`, `tools` count, `host` is only recorded.

    Of the probe images only those count that a probe of this run is made of: editing another changes no score here.
    """
    sealed: dict[str, Any] = {
        "suite": suite.name,
        "seed": suite.seed,
        "attempts": suite.attempts,
        "profile": suite.profile,
        "scorers": {s.name: s.version for s in scorers},
        "tasks": {t.id: t.digest for t in suite.tasks},
        "agents": {a.label: _sealed(a) for a in suite.agents},
        "images": dict(sandbox.get("images", {})),
        "tools": {
            **_used(sandbox.get("tools", {}), suite, probes),
            **{f"probe:{p.name}": str(p.version) for p in probes},
        },
        "harness_version": __version__,
    }
    scales = {t.id: _scales(t, suite, scorers, probes) for t in suite.tasks}
    seal = hashlib.sha256(json.dumps(sealed, sort_keys=True, default=str).encode()).hexdigest()
    return Lock(
        hash=seal,
        agents={a.label: {**sealed["agents"][a.label], **_settings(a)} for a in suite.agents},
        host=dict(sandbox.get("host", {})),
        trials=tuple(trials),
        families={t.id: t.family for t in suite.tasks},
        measures={t.id: t.measures for t in suite.tasks},
        claims={
            a.label: tuple(c for c in a.claims if c.value is not None and c.modality != "skill") for a in suite.agents
        },
        anchors={task_id: found for task_id, (found, _) in scales.items()},
        unanchored={task_id: lacking for task_id, (_, lacking) in scales.items()},
        primary=suite.primary,
        **{key: value for key, value in sealed.items() if key != "agents"},
    )


def _used(tools: Mapping[str, str], suite: Suite, probes: Sequence[Probe]) -> dict[str, str]:
    """`tools` less the images of probes that this suite never runs."""
    commands = [command for task in suite.tasks for _, command in _commands(task, suite.profile, probes)]
    wanted = {*_IN_EVERY_POD, *(_IMAGE + command.image for command in commands)}
    return {tool: digest for tool, digest in tools.items() if not tool.startswith(_IMAGE) or tool in wanted}


def _scales(
    task: Task, suite: Suite, scorers: Sequence[Scorer], probes: Sequence[Probe]
) -> tuple[dict[str, Anchor], dict[str, str]]:
    exclusive = {probe.name for probe, command in _commands(task, suite.profile, probes) if command.exclusive}
    alone = {scorer.name for scorer in scorers if exclusive.intersection(scorer.probes)}
    return fitting(task, suite.anchors.get(task.id), scorers, suite.profile, alone)


def _commands(task: Task, profile: str, probes: Sequence[Probe]) -> Iterator[tuple[Probe, ProbeCommand]]:
    for probe in probes:
        try:
            command = probe.command(task, profile)
        except TaskFault:
            continue  # nothing is measured with it: the trial itself says so, and whose fault it is
        if not isinstance(command, NotPlanned):
            yield probe, command


def _sealed(version: AgentVersion) -> JsonObject:
    return {
        "digest": version.digest,
        "definition": version.spec.sha256,
        "source": version.spec.source.rsplit("/", 1)[-1],
        "name": version.spec.name,
        "adapter": version.adapter,
        "model": version.model,
        "claims": [f"{claim.id}: {claim.text}" for claim in version.claims if claim.value is not None],
    }


def _settings(version: AgentVersion) -> JsonObject:
    """How the version is asked, for whoever compares it: what counts is in its digest, so none of this is sealed again.
    An address is told without the credentials that may stand in it."""
    stated = {key: value for key, value in version.parameters.items() if key not in (*_LIMITS, *_UNTOLD)}
    address = stated.get("base_url")
    if isinstance(address, str):
        stated["base_url"] = re.sub(r"//[^/@]*@", "//", address)
    return {
        "parameters": stated,
        "caps": {key: version.parameters[key] for key in _LIMITS if key in version.parameters},
        "mode": version.parameters.get("mode"),
    }


def _draw(seed: int, *parts: object) -> str:
    return hashlib.sha256("/".join(map(str, (seed, *parts))).encode()).hexdigest()
