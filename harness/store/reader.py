"""Reading a run back: the door of compare, gate, report and re-scoring. Implements ports.RunReader.

Refuses to write, to repair and to guess: a damaged document is an error that names its path, a damaged record costs its
trial only; a missing one is missing.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from harness.errors import UsageError
from harness.model.decision import Decision
from harness.model.probe import Observation, ProbeOutput
from harness.model.submission import Reply
from harness.model.suite import Lock
from harness.model.trial import Trial, TrialRecord
from harness.store import atomic, codec, outputs
from harness.store.codec import Rescoring, RunState
from harness.store.documents import Kind, corrupt, decode
from harness.store.events import read_events
from harness.store.layout import RunPaths, component
from harness.store.records import GONE as _GONE
from harness.store.records import damaged, record_at

_T = TypeVar("_T")
_NOT_A_RUN = "expected a run's folder (made by `harness run`, under reports/runs/); name one that has a lock.json"


class FolderReader:
    """A finished or unfinished run, read from its folder each time it is asked; the lock, which never changes, once."""

    def __init__(self, root: Path) -> None:
        self.paths = RunPaths(root)
        self._lock: Lock | None = None

    def lock(self) -> Lock:
        """What the run is made of."""
        if self._lock is None:
            self._lock = _load("lock", self.paths.lock, codec.lock_from_json, _NOT_A_RUN)
        return self._lock

    def state(self) -> RunState:
        """Status, tally, labels."""
        return _load("run", self.paths.state, codec.state_from_json, _NOT_A_RUN)

    def records(self) -> tuple[TrialRecord, ...]:
        """The records of planned trials that have one, in the order of the plan."""
        found = (self.record(trial) for trial in self.lock().trials)
        return tuple(record for record in found if record is not None)

    def record(self, trial: Trial) -> TrialRecord | None:
        """One trial's record, None while it is unfinished; a damaged one is a void of ours that says what is damaged.

        UsageError for one of a newer schema.
        """
        path = self.paths.trial(trial).record
        return _tolerant(path, trial) if atomic.exists(path) else None

    def voids(self, trial: Trial) -> tuple[TrialRecord, ...]:
        """Earlier void records of a trial that was tried again, oldest first."""
        folder = self.paths.trial(trial).voids
        paths = [folder / f"{n}.json" for n in range(1, 1 + len(atomic.list_names(folder)))]
        return tuple(_tolerant(path, trial) for path in paths)

    def reply(self, trial: Trial, prompt_digest: str) -> Reply | None:
        """The stored reply to the prompt of that digest, the latest or one before it in the conversation; else None."""
        latest = self.paths.trial(trial).reply
        earlier = [latest.parent / n for n in atomic.list_names(latest.parent) if re.fullmatch(r"reply\.\d+\.json", n)]
        for path in (latest, *sorted(earlier, reverse=True)):
            if not atomic.exists(path):
                continue
            document = decode("reply", atomic.read_bytes(path, _GONE), path)
            if document["prompt_digest"] == prompt_digest:
                try:
                    return codec.reply_from_json(document["reply"])
                except codec.Unreadable as error:
                    raise corrupt("reply", path, str(error)) from error
        return None

    def outputs(self, trial: Trial) -> Mapping[str, ProbeOutput]:
        """Stored probe outputs by name (`<probe>`, or `<probe>@reference` for a control)."""
        probes = self.paths.trial(trial).probes
        return {name: outputs.load_output(probes.probe(name)) for name in outputs.names(probes)}

    def observations(self, trial: Trial) -> Mapping[str, Observation]:
        """The facts as they were read when the trial ran, by the same names."""
        probes = self.paths.trial(trial).probes
        return {name: outputs.load_observation(probes.probe(name)) for name in outputs.names(probes)}

    def definition(self, label: str) -> str:
        """The text of a version's definition, as it was read; "" when the run did not keep it."""
        path = self.paths.definition(label)
        return atomic.read_bytes(path, _GONE).decode("utf-8", "replace") if atomic.exists(path) else ""

    def decision(self) -> Decision | None:
        """What `harness gate` decided last, None when it was not asked."""
        if not atomic.exists(self.paths.decision):
            return None
        return _load("decision", self.paths.decision, codec.decision_from_json, _GONE)

    def submission_folder(self, trial: Trial) -> Path:
        """Folder of the delivered files; may be absent (nothing was delivered)."""
        return self.paths.trial(trial).submission

    def reference_blocks(self, task_id: str) -> tuple[int, ...]:
        """The measuring blocks of a task's reference."""
        names = atomic.list_names(self.paths.references / component(task_id))
        return tuple(sorted(int(name) for name in names if name.isdecimal()))

    def reference_outputs(self, task_id: str, block: int) -> Mapping[str, ProbeOutput]:
        """The reference's probe outputs in one block."""
        probes = self.paths.reference(task_id, block)
        return {name: outputs.load_output(probes.probe(name)) for name in outputs.names(probes)}

    def reference_observations(self, task_id: str, block: int) -> Mapping[str, Observation]:
        """The reference's facts in one block."""
        probes = self.paths.reference(task_id, block)
        return {name: outputs.load_observation(probes.probe(name)) for name in outputs.names(probes)}

    def rescorings(self) -> Mapping[str, Rescoring]:
        """Later scorings by digest."""
        folder = self.paths.scores
        paths = [folder / name for name in atomic.list_names(folder) if name.endswith(".json")]
        return {path.stem: _load("scores", path, codec.rescoring_from_json, _GONE) for path in paths}

    def events(self) -> tuple[dict[str, Any], ...]:
        """What happened, in order."""
        return read_events(self.paths.events)


def _tolerant(path: Path, trial: Trial) -> TrialRecord:
    try:
        return record_at(path, trial)
    except UsageError as error:
        return damaged(trial, error)


def _load(kind: Kind, path: Path, structure: Callable[[dict[str, Any]], _T], if_absent: str) -> _T:
    document = decode(kind, atomic.read_bytes(path, if_absent), path)
    try:
        return structure(document)
    except codec.Unreadable as error:
        raise corrupt(kind, path, str(error)) from error


def find_run(argument: str, runs: Path) -> Path:
    """The folder that a command line's RUN names: a path, a name under `runs`, or `latest`. UsageError otherwise."""
    if argument == "latest":
        names = list_runs(runs)
        if not names:
            raise UsageError("no_runs", f"there is no run under {str(runs)!r}; start one with `harness run SUITE`")
        return runs / names[-1]
    for candidate in (runs / argument, Path(argument)):
        if atomic.exists(RunPaths(candidate).lock):
            return candidate
    known = ", ".join(list_runs(runs)[-3:]) or "none"
    raise UsageError(
        "no_such_run",
        f"{argument!r} is not a run: looked for {str(runs / argument)!r} and {argument!r} with a lock.json; "
        f"expected a run's name, its path or `latest` (newest under {str(runs)!r}: {known})",
    )


def list_runs(runs: Path) -> tuple[str, ...]:
    """Names of the runs under `runs`, oldest first (names begin with their UTC time)."""
    return tuple(name for name in atomic.list_names(runs) if atomic.exists(RunPaths(runs / name).lock))


def runs_of_lock(runs: Path, lock_hash: str) -> tuple[str, ...]:
    """Names of the runs made under the same lock hash, oldest first; damaged ones are left out, not repaired."""
    same = []
    for name in list_runs(runs):
        try:
            if FolderReader(runs / name).lock().hash == lock_hash:
                same.append(name)
        except UsageError:
            continue  # another run's damage is no reason to refuse this one
    return tuple(same)


def run_id(now_utc: str, suite: str, nonce: str) -> str:
    """`20261121-120301-smoke-1f3a`: `now_utc` in ISO 8601, `nonce` four hex digits; all given by the caller."""
    digits = "".join(c for c in now_utc if c.isdigit())[:14]
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in suite)[:40] or "run"
    return f"{digits[:8]}-{digits[8:]}-{safe}-{nonce[:4]}"
