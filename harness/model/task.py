"""What a benchmark task is: the folder `tasks/<id>/` as one value.

File contents are held as bytes so that everything below the doors stays pure. Sizes are small (well under 1 MB a task).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model.jsontypes import JsonObject


@dataclass(frozen=True)
class Limits:
    """Resources of a service container; times in seconds, memory in MiB."""

    cpus: float = 1.0
    memory_mb: int = 512
    pids: int = 256
    start_timeout_s: float = 30.0


@dataclass(frozen=True)
class Requirements:
    """What `accepted` means for this task; every entry is shown to every agent. None = not required."""

    acceptance_share: float = 1.0  # share of hidden acceptance tests that must pass, 0..1
    confirmed_critical: int | None = None  # at most this many confirmed critical vulnerabilities
    p95_ms: float | None = None  # p95 at the stated rate, from the intended start of each request
    error_share: float | None = None  # share of failed requests under that load, 0..1
    max_files: int | None = None


@dataclass(frozen=True)
class MutantSpec:
    """One seeded defect: `overlay` replaces or adds files of the reference (path -> bytes), `removed` deletes."""

    name: str
    defect_class: str  # conformance | function | security | tests | performance | operation
    expected_scorer: str
    also_allowed: tuple[str, ...]
    summary: str
    overlay: Mapping[str, bytes]
    removed: tuple[str, ...] = ()
    cwe: int | None = None
    late: bool = False  # written after the scorers were frozen; its first result is published


@dataclass(frozen=True)
class Task:
    """A task folder, loaded and validated. Paths in the mappings are POSIX, relative to the named sub-folder."""

    id: str
    title: str
    family: str
    digest: str  # sha256 over the names and bytes of every file the trial depends on
    languages: tuple[str, ...]
    capabilities: tuple[str, ...]
    readiness_path: str
    limits: Limits
    requirements: Requirements
    environment: Mapping[str, str]  # placeholders `{hex:N}` are drawn per trial from its seed
    instruction: str
    contract: JsonObject  # openapi.yaml, parsed
    contract_yaml: bytes
    load: JsonObject  # load.toml, validated against its schema
    starter: Mapping[str, bytes]
    solution: Mapping[str, bytes]
    acceptance_tests: Mapping[str, bytes]
    attacks: Mapping[str, bytes]
    variants: Mapping[str, Mapping[str, bytes]]
    mutants: tuple[MutantSpec, ...]
    measures: tuple[str, ...] = ()  # claim metrics this task can measure
    template_schema: JsonObject = field(default_factory=dict)  # `schema` for Jinja definitions (dialect of seed 004)
