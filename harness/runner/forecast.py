"""What a run on this host will take, and which verdicts it cannot give: said once, before the first trial.

The minutes are those of containers: how long a model thinks is not known. Seconds a probe takes are medians of two
calm cores (reports/baselines); a busy host gets less done in the same time.
"""

from collections.abc import Iterator, Sequence

from harness.model.noise import Noise
from harness.model.probe import NotPlanned, ProbeCommand
from harness.model.task import Task
from harness.ports import Probe

PREPARED_S = 4.0  # environment and pods of one trial
CALM_S = {"acceptance": 8.0, "attacks": 6.0, "conformance": 28.0, "static": 6.0, "coverage": 50.0, "load": 16.0}
UNKNOWN_S = 15.0
CALM_SHARE = 0.8  # below it a host counts as busy
CALM_LATE_MS = 2.5  # the lateness up to which versions are compared in pace
SLOW_SHARE = 0.3  # below it limits of ours are met by right work, too
LATE_TWICE = 2  # before a request is sent, and before its answer is noticed


def is_calm(noise: Noise) -> bool:
    """Whether a run on such a host measures everything that it can."""
    return noise.share >= CALM_SHARE and noise.late_p95_ms <= CALM_LATE_MS


def told(noise: Noise) -> str:
    """The figures in words."""
    return f"a greedy process gets {noise.share:.0%} of a CPU, a sleeper wakes {noise.late_p95_ms:.1f} ms late (p95)"


def minutes(tasks: Sequence[Task], probes: Sequence[Probe], profile: str, workers: int, noise: Noise) -> float:
    """Expected minutes of trials of these tasks (one entry a trial), load phases one after the other."""
    alone = beside = 0.0
    for task in tasks:
        beside += PREPARED_S
        for probe in probes:
            command = probe.command(task, profile)
            if isinstance(command, NotPlanned):
                continue
            took = _calm_s(probe, command)
            alone += took if command.exclusive else 0.0
            beside += 0.0 if command.exclusive else took
    return (alone + beside / max(1, workers)) / max(0.05, noise.share) / 60


def undecided(noise: Noise) -> Iterator[str]:
    """One line per kind of verdict that this host will leave open."""
    if noise.late_p95_ms > CALM_LATE_MS:
        spread = LATE_TWICE * noise.late_p95_ms
        yield f"load: a p95 within {spread:.0f} ms of its limit stays undetermined; no version is FASTER or SLOWER"
    if noise.share < CALM_SHARE:
        yield "load: a limit that the reference misses here decides nothing against a submission"
    if noise.share < SLOW_SHARE:
        yield "all probes: what a limit of ours cuts here is tried on the reference, and may stay unmeasured"


def _calm_s(probe: Probe, command: ProbeCommand) -> float:
    """The soak's length is what its profile asks for; the others' is known."""
    return CALM_S.get(probe.name, command.timeout_s if command.exclusive else UNKNOWN_S)
