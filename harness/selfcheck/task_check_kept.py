"""What a task check measured, kept under everything it depends on, so that a stopped or repeated check goes on.

Refuses to hand back a measurement of other bytes, of another driver, base image, seed or host, and one that came to
nothing: those are measured again.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.model.jsontypes import JsonObject
from harness.model.probe import Observation, ProbeCommand, ProbeOutput
from harness.model.task import Task
from harness.ports import Probe
from harness.selfcheck.task_check_plan import Row
from harness.store import outputs
from harness.store.layout import ProbesPaths, component

DIGITS = 16  # of a digest in a folder name


@dataclass(frozen=True)
class Kept:
    """The measurements of one task's rows under `folder`.

    <row>/submission-<digest of its files>/         the row's files
    <row>/probes-<digest of all it depends on>/<probe>/  as in a run's store

    described: Sandbox.describe() of the sandbox that measures.
    """

    folder: Path
    task: Task
    seed: int
    described: JsonObject

    def submission(self, row: Row) -> Path:
        """Where the row's files lie or are to be written."""
        return self.folder / component(row.label) / f"submission-{_digest(_hashes(row.files))}"

    def recall(self, row: Row, probe: Probe, command: ProbeCommand) -> Observation | None:
        """The facts of an earlier measurement of just this, read anew from its bytes; None when there is none.

        Raises UsageError `store_corrupt` when the bytes are not those that were stored.
        """
        paths = self._paths(row, command)
        if not paths.probe(probe.name).output.is_file():
            return None
        seen = probe.observe(outputs.load_output(paths.probe(probe.name)))
        return seen if seen.status == "measured" and not seen.cuts else None

    def keep(self, row: Row, probe: Probe, command: ProbeCommand, output: ProbeOutput, seen: Observation) -> None:
        """Store a measurement; an earlier one of the same stays beside it."""
        outputs.save(self._paths(row, command), probe.name, output, seen)

    def _paths(self, row: Row, command: ProbeCommand) -> ProbesPaths:
        depends_on = {
            "row": _hashes(row.files),
            "service": [asdict(self.task.limits), dict(self.task.environment), self.task.readiness_path],
            "command": {**asdict(command), "files": _hashes(command.files)},
            "seed": self.seed,
            "sandbox": self._sandbox(command.image),
        }
        return ProbesPaths(self.folder / component(row.label) / f"probes-{_digest(depends_on)}")

    def _sandbox(self, image: str) -> dict[str, Any]:
        """The sandbox as this probe sees it: drivers of other probes do not count."""
        tools: Mapping[str, Any] = self.described.get("tools", {})
        wanted = {f"image:{image}", "image:shared"}
        return {**self.described, "tools": {name: digest for name, digest in tools.items() if name in wanted}}


def _hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}


def _digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:DIGITS]
