"""A run held in memory: the fake for unit tests of everything that stores.

Refuses what the folder refuses (a second record, NaN, beginning a finished trial again), but keeps nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.model.jsontypes import JsonObject
from harness.model.probe import Observation, ProbeOutput
from harness.model.submission import Prompt, Reply
from harness.model.suite import Lock
from harness.model.trial import Tally, Trial, TrialRecord, Void
from harness.store import atomic, codec
from harness.store.codec import Rescoring, RunState, RunStatus
from harness.store.documents import encode
from harness.store.layout import RunPaths
from harness.store.outputs import output_name
from harness.store.run_folder import rescoring_document


class MemoryRun:
    """Writing and reading side in one; `root` is where submitted files are written, nothing else goes to disk."""

    def __init__(self, lock: Lock, root: Path = Path("memory")) -> None:
        encode("lock", codec.to_json(lock))
        self.paths = RunPaths(root)
        self.reader = self
        self._lock = lock
        self._state = RunState(run=root.name, status="running", created_utc="")
        self._replies: dict[tuple[str, str], Reply] = {}
        self._outputs: dict[str, dict[str, tuple[ProbeOutput, Observation]]] = {}
        self._records: dict[str, TrialRecord] = {}
        self._voids: dict[str, list[TrialRecord]] = {}
        self._rescorings: dict[str, Rescoring] = {}
        self._events: list[dict[str, Any]] = []
        self._busy = False

    @contextmanager
    def working(self) -> Iterator[None]:
        """Hold the lease."""
        if self._busy:
            raise UsageError("run_busy", f"run {self._state.run!r} is being worked on by this process")
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def require_room(self) -> None:
        """There always is."""

    def begin(self, trial: Trial, prompt: Prompt) -> tuple[Path, Reply | None]:
        """Forget a half-finished try but its reply; set a retried void aside. The submission folder is real."""
        record = self._records.get(trial.name)
        if record is not None:
            if not isinstance(record.outcome, Void) or record.outcome.blame not in (
                "infrastructure",
                "cancelled",
                "harness",
            ):
                raise ValueError(f"trial {trial.name!r} is finished; it is never begun again")
            self._voids.setdefault(trial.name, []).append(self._records.pop(trial.name))
        self._outputs.pop(trial.name, None)
        folder = self.paths.trial(trial).submission
        atomic.remove_tree(folder)
        atomic.make_folder(folder)
        return folder, self.reply(trial, prompt.digest)

    def save_reply(self, trial: Trial, prompt: Prompt, reply: Reply) -> None:
        """Keep the reply with its prompt's digest."""
        encode("reply", {"prompt_digest": prompt.digest, "reply": codec.to_json(reply)})
        self._replies[trial.name, prompt.digest] = reply

    def reply(self, trial: Trial, prompt_digest: str) -> Reply | None:
        """The reply if it answers exactly that prompt."""
        return self._replies.get((trial.name, prompt_digest))

    def save_output(self, trial: Trial, output: ProbeOutput, observation: Observation) -> None:
        """Keep an output and its facts."""
        self._save_output(trial.name, output_name(output), output, observation)

    def save_service_log(self, trial: Trial, log: bytes) -> None:
        """Nothing reads it back."""

    def save_record(self, record: TrialRecord) -> None:
        """Keep the record; ValueError if there is one."""
        if record.trial.name in self._records:
            raise ValueError(f"trial {record.trial.name!r} already has a record; it is never rewritten")
        encode("trial", codec.to_json(record))
        self._records[record.trial.name] = record

    def reference_folder(self, task_id: str) -> Path:
        """Folder for the reference's files, a real one."""
        atomic.make_folder(self.paths.reference_files(task_id))
        return self.paths.reference_files(task_id)

    def load_reference(self, task_id: str, block: int, probe: str) -> ProbeOutput | None:
        """What the reference did in that block."""
        return self.reference_outputs(task_id, block).get(probe)

    def save_reference(self, task_id: str, block: int, output: ProbeOutput, observation: Observation) -> None:
        """Keep a measurement of the reference."""
        self._save_output(f"{task_id}/{block}", output.probe, output, observation)

    def save_rescoring(self, rescoring: Rescoring) -> str:
        """Keep a later scoring; returns its digest."""
        digest, _ = rescoring_document(rescoring)
        self._rescorings[digest] = rescoring
        return digest

    def set_status(self, status: RunStatus, finished_utc: str | None = None, tally: Tally | None = None) -> None:
        """Change the state."""
        self._state = replace(self._state, status=status, finished_utc=finished_utc, tally=tally)

    def log_event(self, at_utc: str, kind: str, data: JsonObject) -> None:
        """Keep an event."""
        self._events.append({"at": at_utc, "kind": kind, **data})

    def events(self) -> tuple[dict[str, Any], ...]:
        """What happened, in order."""
        return tuple(self._events)

    def lock(self) -> Lock:
        """What the run is made of."""
        return self._lock

    def state(self) -> RunState:
        """Status and tally."""
        return self._state

    def records(self) -> tuple[TrialRecord, ...]:
        """Records in the order of the plan."""
        return tuple(self._records[t.name] for t in self._lock.trials if t.name in self._records)

    def record(self, trial: Trial) -> TrialRecord | None:
        """One record."""
        return self._records.get(trial.name)

    def voids(self, trial: Trial) -> tuple[TrialRecord, ...]:
        """Earlier void records."""
        return tuple(self._voids.get(trial.name, ()))

    def outputs(self, trial: Trial) -> Mapping[str, ProbeOutput]:
        """Stored outputs by name."""
        return {name: pair[0] for name, pair in sorted(self._outputs.get(trial.name, {}).items())}

    def observations(self, trial: Trial) -> Mapping[str, Observation]:
        """Stored facts by name."""
        return {name: pair[1] for name, pair in sorted(self._outputs.get(trial.name, {}).items())}

    def submission_folder(self, trial: Trial) -> Path:
        """Where the workspace writes."""
        return self.paths.trial(trial).submission

    def reference_blocks(self, task_id: str) -> tuple[int, ...]:
        """Measuring blocks of a task's reference."""
        return tuple(sorted(int(key.split("/")[1]) for key in self._outputs if key.startswith(f"{task_id}/")))

    def reference_outputs(self, task_id: str, block: int) -> Mapping[str, ProbeOutput]:
        """The reference's outputs in one block."""
        return {name: pair[0] for name, pair in self._outputs.get(f"{task_id}/{block}", {}).items()}

    def reference_observations(self, task_id: str, block: int) -> Mapping[str, Observation]:
        """The reference's facts in one block."""
        return {name: pair[1] for name, pair in self._outputs.get(f"{task_id}/{block}", {}).items()}

    def rescorings(self) -> Mapping[str, Rescoring]:
        """Later scorings by digest."""
        return dict(self._rescorings)

    def _save_output(self, key: str, name: str, output: ProbeOutput, observation: Observation) -> None:
        encode("observation", codec.to_json(observation))
        self._outputs.setdefault(key, {})[name] = (output, observation)
