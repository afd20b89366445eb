"""Finds installed agents, sandboxes, executors, probes and scorers through entry points.

Built-ins come in by the same door as anybody's. Refuses to guess: an unknown name is an error listing the known ones.
"""

import functools
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from harness.errors import UsageError
from harness.ports import Agent, Executor, Probe, Sandbox, Scorer

GROUPS = ("agents", "sandboxes", "executors", "probes", "scorers")


@functools.cache
def _entries(group: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=f"harness.{group}")}


def names(group: str) -> tuple[str, ...]:
    """Installed names of a group, sorted."""
    return tuple(sorted(_entries(group)))


def _load(group: str, name: str) -> object:
    entry = _entries(group).get(name)
    if entry is None:
        known = ", ".join(names(group)) or "none"
        what = "adapter" if group == "agents" else f"{group} entry"
        raise UsageError("not_installed", f"no {what} {name!r} is installed; installed: {known}")
    return entry.load()


def agent(name: str) -> Agent:
    """A fresh adapter."""
    return cast("type[Agent]", _load("agents", name))()


def executor(name: str, workers: int) -> Executor:
    """An executor that runs `workers` jobs at once."""
    return cast("Callable[[int], Executor]", _load("executors", name))(workers)


def sandbox(name: str) -> type[Sandbox]:
    """The sandbox class; the caller gives it its settings."""
    return cast("type[Sandbox]", _load("sandboxes", name))


def probe(name: str) -> Probe:
    """A probe (a stateless value)."""
    return cast(Probe, _load("probes", name))


def scorer(name: str) -> Scorer:
    """A scorer (a stateless value)."""
    return cast(Scorer, _load("scorers", name))
