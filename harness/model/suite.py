"""A suite as asked for, and the lock as resolved: what a run was made of, by digest."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model.agent import AgentVersion
from harness.model.claim import Claim
from harness.model.jsontypes import JsonObject
from harness.model.score import Anchor
from harness.model.task import Task
from harness.model.trial import Trial


@dataclass(frozen=True)
class Suite:
    """`tasks/suites/<name>.toml`, resolved: tasks and definitions loaded, flags applied."""

    name: str
    tasks: tuple[Task, ...]
    agents: tuple[AgentVersion, ...]
    scorers: tuple[str, ...]
    attempts: int
    seed: int
    profile: str  # smoke | full: sample sizes of load and conformance
    workers: int = 2
    anchors: Mapping[str, JsonObject] = field(default_factory=dict)  # task id -> its anchors.lock.json, if any
    primary: str = "accepted"  # the endpoint that a comparison is mainly about: it has .6 of a page's error


@dataclass(frozen=True)
class Lock:
    """`lock.json`. `hash` covers everything that can change a score; a run is continued only under the same hash."""

    hash: str
    suite: str
    seed: int
    attempts: int
    profile: str
    scorers: Mapping[str, int]  # scorer -> version
    tasks: Mapping[str, str]  # id -> digest
    agents: Mapping[str, JsonObject]  # label -> {digest, definition sha256, adapter, model, parameters}
    images: Mapping[str, JsonObject]  # image -> {digest, how it was made}
    tools: Mapping[str, str]  # tool or lock file -> version or digest
    host: JsonObject = field(default_factory=dict)  # engine, isolation, cpus; recorded, not part of the hash
    trials: tuple[Trial, ...] = ()
    harness_version: str = ""
    # Known from the tasks, whose digests are part of the hash; kept so that comparing needs no task folder.
    families: Mapping[str, str] = field(default_factory=dict)  # task id -> family, the unit of every comparison
    measures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # task id -> claim metrics it can measure
    # What each definition says in numbers, examples included: part of the hash as text. Empty in runs from before.
    claims: Mapping[str, tuple[Claim, ...]] = field(default_factory=dict)  # label -> promises, limits, examples
    # How values are shown, never what they are: not part of the hash. Both are empty in runs from before there were
    # anchors.
    anchors: Mapping[str, Mapping[str, Anchor]] = field(default_factory=dict)  # task id -> scorer -> its scale
    unanchored: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # task id -> scorer -> why it has none
    # How values are tested, never what they are: not part of the hash.
    primary: str = "accepted"  # the endpoint that has the large share of a page's error
