"""Where everything of a run lies on disk: one property per path.

Refuses to touch the disk; and refuses names that could leave the run's folder.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from harness.model.trial import Trial

_COMPONENT = re.compile(r"\w[\w.@+-]{0,199}")


def component(name: str) -> str:
    """`name` if it is safe as one path component, else ValueError (names are made by us, so this is a bug)."""
    if not _COMPONENT.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a folder name of the store; expected letters, digits and _.@+-")
    return name


@dataclass(frozen=True)
class ProbePaths:
    """`probes/<probe>/`: appears whole or not at all (a temporary folder is renamed into place).

    probes/<probe>/
    ├── stdout            bytes as they came, capped by the sandbox
    ├── stderr
    ├── service.log       what the service wrote while this probe ran
    ├── output.json       everything else of the ProbeOutput, and size and sha256 of the three files above
    └── observation.json  the facts read from it
    """

    root: Path

    @property
    def stdout(self) -> Path:
        """The probe's standard output."""
        return self.root / "stdout"

    @property
    def stderr(self) -> Path:
        """The probe's standard error."""
        return self.root / "stderr"

    @property
    def service_log(self) -> Path:
        """The service's log while the probe ran."""
        return self.root / "service.log"

    @property
    def output(self) -> Path:
        """The ProbeOutput without its bytes."""
        return self.root / "output.json"

    @property
    def observation(self) -> Path:
        """The facts."""
        return self.root / "observation.json"


@dataclass(frozen=True)
class ProbesPaths:
    """`probes/` of a trial, or of one measurement of the reference.

    probes/
    ├── <probe>/              the submission (see ProbePaths)
    ├── <probe>@reference/    the control: the same probe on the reference
    └── <probe>~<n>/          an earlier measurement of the same thing, kept as evidence
    """

    root: Path

    def probe(self, name: str) -> ProbePaths:
        """Folder of one probe; `name` is `<probe>` or `<probe>@<target>`."""
        return ProbePaths(self.root / component(name))


@dataclass(frozen=True)
class TrialPaths:
    """One trial's folder. A trial exists if and only if `trial.json` exists.

    trials/<task>__<agent>@<8 hex>__<NN>/
    ├── prompt.md         what the agent was sent, for people
    ├── reply.json        what came back; stored before it is used, kept when a trial is begun again
    ├── reply.<n>.json    an earlier reply of the same conversation (before a follow-up)
    ├── transcript.jsonl  the conversation, try by try (see transcript), kept likewise
    ├── submission/       the delivery as files, as it was mounted
    ├── service.log       start-up log where the service never came up
    ├── probes/           see ProbesPaths
    ├── voids/<n>.json    earlier records of this trial that were void and were tried again
    └── trial.json        the record; written last, atomically, never rewritten
    """

    root: Path

    @property
    def prompt(self) -> Path:
        """The prompt as readable text."""
        return self.root / "prompt.md"

    @property
    def reply(self) -> Path:
        """The latest reply, bound to the digest of its prompt."""
        return self.root / "reply.json"

    @property
    def transcript(self) -> Path:
        """The conversation as events."""
        return self.root / "transcript.jsonl"

    @property
    def submission(self) -> Path:
        """The submitted files; written by the workspace."""
        return self.root / "submission"

    @property
    def service_log(self) -> Path:
        """Log of a service that never came up."""
        return self.root / "service.log"

    @property
    def probes(self) -> ProbesPaths:
        """What the probes brought back."""
        return ProbesPaths(self.root / "probes")

    @property
    def voids(self) -> Path:
        """Folder of earlier void records."""
        return self.root / "voids"

    @property
    def record(self) -> Path:
        """The record."""
        return self.root / "trial.json"


@dataclass(frozen=True)
class RunPaths:
    """A run's folder, `reports/runs/<run>/`.

    <run>/
    ├── .lease            locked by the process that works on this run
    ├── lock.json         what the run is made of, by digest; never rewritten
    ├── run.json          status, tally, labels
    ├── events.jsonl      progress, append-only
    ├── decision.json     what `harness gate` decided last
    ├── comparison.md     what `harness compare` found last with this run as the second
    ├── index.sqlite      what the records come to, made again from them at will (see index)
    ├── agents/<label>.md the definitions, as they were read
    ├── trials/<trial>/   see TrialPaths
    ├── references/<task>/submission/      the reference as it was mounted, the yardstick
    ├── references/<task>/<block>/probes/  what it did in each measuring block (two digits)
    └── scores/<digest>.json               what `harness score` made of it later
    """

    root: Path

    @property
    def lease(self) -> Path:
        """Lock file; its content names the holder, for messages only."""
        return self.root / ".lease"

    @property
    def lock(self) -> Path:
        """The resolved inputs."""
        return self.root / "lock.json"

    @property
    def state(self) -> Path:
        """Status, tally and labels."""
        return self.root / "run.json"

    @property
    def events(self) -> Path:
        """Progress."""
        return self.root / "events.jsonl"

    @property
    def comparison(self) -> Path:
        """The last comparison in which this run was the second side."""
        return self.root / "comparison.md"

    @property
    def decision(self) -> Path:
        """The last decision of the gate."""
        return self.root / "decision.json"

    @property
    def index(self) -> Path:
        """What the records come to; may be removed at will."""
        return self.root / "index.sqlite"

    @property
    def agents(self) -> Path:
        """Folder of the definitions."""
        return self.root / "agents"

    def definition(self, label: str) -> Path:
        """The definition of one version."""
        return self.agents / f"{component(label)}.md"

    @property
    def trials(self) -> Path:
        """Folder of all trials."""
        return self.root / "trials"

    @property
    def references(self) -> Path:
        """Folder of all measurements of references."""
        return self.root / "references"

    @property
    def scores(self) -> Path:
        """Folder of later scorings."""
        return self.root / "scores"

    def trial(self, trial: Trial) -> TrialPaths:
        """Folder of one trial."""
        return TrialPaths(self.trials / component(trial.name))

    def reference_files(self, task_id: str) -> Path:
        """The reference's files."""
        return self.references / component(task_id) / "submission"

    def reference(self, task_id: str, block: int) -> ProbesPaths:
        """Probe outputs of a task's reference in one measuring block."""
        return ProbesPaths(self.references / component(task_id) / f"{block:02d}" / "probes")
