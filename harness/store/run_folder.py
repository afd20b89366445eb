"""A run as a folder: the writing side, and the door the corridor stores through.

Refuses to rewrite a record, to begin a finished trial again, and to create what should already exist: a missing or
damaged lock is an error, never a reason to start over. One process at a time: hold the lease (`working`).
"""

import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from harness.errors import StorageFault, UsageError
from harness.model.jsontypes import JsonObject
from harness.model.probe import Observation, ProbeOutput
from harness.model.submission import Prompt, Reply
from harness.model.suite import Lock
from harness.model.trial import Tally, Trial, TrialRecord, Void
from harness.store import atomic, codec, lease, outputs, transcript
from harness.store.codec import Rescoring, RunState, RunStatus
from harness.store.documents import encode
from harness.store.events import EventLog
from harness.store.layout import RunPaths, TrialPaths
from harness.store.reader import FolderReader

_KEPT_WHEN_BEGUN_AGAIN = ("reply", "transcript", "voids")
ABANDONED_S = 60.0  # a folder of a run that is being made is younger, or its maker holds the lease
TRIAL_BYTES = 8_000_000  # the longest reply (2 MB) escaped and stored, its transcript and its files
_RETRIED = ("infrastructure", "cancelled", "harness")  # whatever cannot come from the submission or the task


class RunFolder:
    """`reports/runs/<run>/` (tree drawn in `layout.RunPaths`). Implements ports.Store and ports.ReferenceStore.

    Life of a trial: `begin` → `save_reply` → the workspace fills the submission folder → `save_output`
    for each probe → `save_record`. A kill anywhere before the last step leaves an unfinished trial.
    """

    def __init__(self, root: Path) -> None:
        """A folder that exists and has been read once; use `create_run` or `open_run`."""
        self.paths = RunPaths(root)
        self.reader = FolderReader(root)
        self._references_begun: set[str] = set()
        self._events = EventLog(self.paths.events)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Hold the run's lease; UsageError `run_busy` when another live process has it.

        Temporary files that a killed writer left in the run's folder are removed first.
        """
        with lease.hold(self.paths.lease):
            with atomic.storage_errors(self.paths.root, "clean"):
                for leftover in self.paths.root.glob(".*.tmp"):
                    leftover.unlink()
            yield

    def require_room(self) -> None:
        """StorageFault unless a trial's reply can be stored: asked before an agent is, since replies cost money."""
        atomic.require_free_space(self.paths.root, TRIAL_BYTES)

    def begin(self, trial: Trial, prompt: Prompt) -> tuple[Path, Reply | None]:
        """Clear what an earlier try left; give the empty submission folder, and the reply stored for this prompt.

        What was paid for stays: replies and transcript. A void record that is worth another go (blame infrastructure,
        cancelled or harness) moves to `voids/<n>.json`.
        """
        paths = self._clear(trial)
        atomic.make_folder(paths.submission)
        return paths.submission, self.reader.reply(trial, prompt.digest)

    def _clear(self, trial: Trial) -> TrialPaths:
        paths = self.paths.trial(trial)
        if atomic.exists(paths.record):
            self._set_void_aside(trial, paths)
        if atomic.exists(paths.root):
            with atomic.storage_errors(paths.root, "list"):
                entries = sorted(paths.root.iterdir())
            for entry in entries:
                if entry.name.split(".")[0] not in _KEPT_WHEN_BEGUN_AGAIN:
                    atomic.remove_tree(entry)
        atomic.make_folder(paths.root)
        with atomic.storage_errors(paths.root, "create"):
            atomic.sync_folder(self.paths.trials)
        return paths

    def save_reply(self, trial: Trial, prompt: Prompt, reply: Reply) -> None:
        """Store prompt and reply, durably, before anyone uses the reply; an earlier reply stays as `reply.<n>.json`."""
        paths = self.paths.trial(trial)
        atomic.make_folder(paths.root)
        document = encode("reply", {"prompt_digest": prompt.digest, "reply": codec.to_json(reply)})
        atomic.write_atomic(paths.prompt, _prompt_text(prompt).encode("utf-8", "backslashreplace"))
        with atomic.storage_errors(paths.reply, "write"):
            _keep_earlier_reply(paths.reply, document)
        atomic.write_atomic(paths.reply, document)
        transcript.append(paths.transcript, prompt, reply)

    def save_output(self, trial: Trial, output: ProbeOutput, observation: Observation) -> None:
        """Store what a probe brought back and what was read from it, as one folder that appears whole."""
        outputs.save(self.paths.trial(trial).probes, outputs.output_name(output), output, observation)

    def save_service_log(self, trial: Trial, log: bytes) -> None:
        """Log of a service that never came up."""
        atomic.write_atomic(self.paths.trial(trial).service_log, log)

    def save_record(self, record: TrialRecord) -> None:
        """Write `trial.json`, the last step; ValueError if the trial already has one (a bug: counted twice)."""
        paths = self.paths.trial(record.trial)
        if atomic.exists(paths.record):
            raise ValueError(f"trial {record.trial.name!r} already has a record; it is never rewritten")
        atomic.make_folder(paths.root)
        atomic.write_atomic(paths.record, encode("trial", codec.to_json(record)))

    def reference_folder(self, task_id: str) -> Path:
        """Folder for the reference's files; emptied on this process's first use (a kill may have cut its writing)."""
        folder = self.paths.reference_files(task_id)
        if task_id not in self._references_begun:
            atomic.remove_tree(folder)
            self._references_begun.add(task_id)
        atomic.make_folder(folder)
        return folder

    def load_reference(self, task_id: str, block: int, probe: str) -> ProbeOutput | None:
        """What `probe` brought back from the reference in that measuring block, None when it was not measured yet."""
        return self.reader.reference_outputs(task_id, block).get(probe)

    def save_reference(self, task_id: str, block: int, output: ProbeOutput, observation: Observation) -> None:
        """Store a measurement of the task's reference, the yardstick."""
        outputs.save(self.paths.reference(task_id, block), output.probe, output, observation)

    def save_rescoring(self, rescoring: Rescoring) -> str:
        """Write `scores/<digest>.json` and return the digest; the same content has the same digest."""
        digest, document = rescoring_document(rescoring)
        atomic.make_folder(self.paths.scores)
        atomic.write_atomic(self.paths.scores / f"{digest}.json", document)
        return digest

    def set_status(self, status: RunStatus, finished_utc: str | None = None, tally: Tally | None = None) -> None:
        """Rewrite `run.json`, keeping its creation time and labels."""
        state = replace(self.reader.state(), status=status, finished_utc=finished_utc, tally=tally)
        atomic.write_atomic(self.paths.state, encode("run", codec.to_json(state)))

    def log_event(self, at_utc: str, kind: str, data: JsonObject) -> None:
        """Append to `events.jsonl`; for people and progress views, never read to decide anything."""
        self._events.append(at_utc, kind, data)

    def _set_void_aside(self, trial: Trial, paths: TrialPaths) -> None:
        record = self.reader.record(trial)
        if record is None or not isinstance(record.outcome, Void) or record.outcome.blame not in _RETRIED:
            raise ValueError(f"trial {trial.name!r} is finished; it is never begun again")
        atomic.make_folder(paths.voids)
        with atomic.storage_errors(paths.voids, "write"):
            number = 1 + len(atomic.list_names(paths.voids))
            paths.record.rename(paths.voids / f"{number}.json")
            atomic.sync_folder(paths.voids)
            atomic.sync_folder(paths.root)


def create_run(
    runs: Path,
    run: str,
    lock: Lock,
    created_utc: str,
    labels: JsonObject,
    definitions: Mapping[str, str] = MappingProxyType({}),
) -> RunFolder:
    """Make `runs/<run>/` with its lock; the folder appears whole. UsageError when the name is taken.

    definitions: agent label -> text of its definition, kept for people who compare two versions.
    """
    root = RunPaths(runs / run).root
    if atomic.exists(root):
        raise UsageError("run_exists", f"run folder {str(root)!r} exists already; choose another name or resume it")
    state = RunState(run=run, status="running", created_utc=created_utc, labels=labels)
    staging = RunPaths(runs / f".{run}.{os.getpid()}.tmp")
    _remove_abandoned(runs)
    try:
        for folder in (staging.root, staging.trials):
            atomic.make_folder(folder)
        with lease.hold(staging.lease):  # so that others can tell it from what a killed process left
            if definitions:
                atomic.make_folder(staging.agents)
            for label, text in definitions.items():
                atomic.write_atomic(staging.definition(label), text.encode("utf-8", "backslashreplace"))
            atomic.write_atomic(staging.lock, encode("lock", codec.to_json(lock)))
            atomic.write_atomic(staging.state, encode("run", codec.to_json(state)))
            with atomic.storage_errors(root, "create"):
                staging.root.rename(root)
                atomic.sync_folder(runs)
    except BaseException:
        with suppress(StorageFault):
            atomic.remove_tree(staging.root)
        raise
    return RunFolder(root)


def _remove_abandoned(runs: Path) -> None:
    """Runs that a killed process had not finished making: nobody holds their lease, and they were not begun just now.

    Their age counts because a process makes the folder a moment before it holds the lease.
    """
    with atomic.storage_errors(runs, "clean"):
        for path in list(runs.glob(".*.tmp")):
            with suppress(FileNotFoundError):  # its maker has just finished it
                age_s = time.time() - path.lstat().st_mtime
                if path.is_dir() and age_s > ABANDONED_S and not lease.is_held(RunPaths(path).lease):
                    atomic.remove_tree(path)


def open_run(root: Path) -> RunFolder:
    """An existing run, after reading its lock and state once. UsageError when it is not a run or is damaged."""
    folder = RunFolder(root)
    folder.reader.lock()
    folder.reader.state()
    return folder


def rescoring_document(rescoring: Rescoring) -> tuple[str, bytes]:
    """A rescoring's digest (first 16 hex digits of the sha256 of its stored form) and that stored form."""
    document = encode("scores", codec.to_json(rescoring))
    return hashlib.sha256(document).hexdigest()[:16], document


def _keep_earlier_reply(path: Path, document: bytes) -> None:
    """Give a reply that is about to be replaced a second name first; replies may have cost money."""
    if not path.exists() or path.read_bytes() == document:
        return
    number = 1
    while (kept := path.with_name(f"reply.{number}.json")).exists():
        number += 1
    os.link(path, kept)


def _prompt_text(prompt: Prompt) -> str:
    return f"<!-- system -->\n{prompt.system}\n\n<!-- user -->\n{prompt.user}\n"
