"""Probes as descriptions: what to run in a pod, what came back, and the facts read from it.

A ProbeCommand does nothing by itself; only the sandbox runs it. Probe stdout protocol (every driver in
`harness/images/` follows it):

    line 1, only if needs == "service":   ready <nonce> <seconds since driver start>     (or nothing, when never ready)
    any line between, if `on_request`:    fault <nonce> <kind>     the sandbox carries it out, then says on stdin:
                                          done <nonce> <kind>
    last line:                            report <nonce> <one JSON object>

The driver reads one JSON object, one line, from stdin: {"nonce", "seed", "base_url", "environment", "readiness_path",
"start_timeout_s", "on_request", ...probe parameters}. Text on any other line is ignored. Nothing in a probe's container
but our driver, our pinned tools and the task's hidden files, so its report is trusted; its numbers about
an agent's own tests are evidence only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.model.jsontypes import JsonObject

FaultKind = Literal["kill", "restart", "pause_db", "sigterm"]
ObservationStatus = Literal["measured", "not_ready", "crashed", "void", "not_planned"]


@dataclass(frozen=True)
class Fault:
    """A planned disturbance, `at_s` seconds after the probe reported ready."""

    at_s: float
    kind: FaultKind


@dataclass(frozen=True)
class ProbeCommand:
    """What to run and under which conditions; a plain value.

    image: folder name under `harness/images/` (its driver and locked tools); files: path -> bytes, mounted read-only
    at /probe; parameters: merged into the stdin object; workspace: the submission is visible read-only at /app and
    its environment at /opt/env (test_packages: with those of its tests); pinned: service and probe get separate CPUs;
    stdout_cap in bytes. log_secrets: a regular expression; parts of the service's environment values that match it
    are looked for in all that the service writes. on_request: faults that the driver itself may ask for, at a moment
    of its own, once it is ready.
    """

    probe: str
    image: str
    parameters: JsonObject = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    needs: Literal["none", "service"] = "service"
    exclusive: bool = False
    faults: tuple[Fault, ...] = ()
    target: Literal["submission", "reference"] = "submission"
    workspace: bool = False
    test_packages: bool = False
    timeout_s: float = 120.0
    memory_mb: int = 512
    stdout_cap: int = 16_000_000
    stderr_cap: int = 1_000_000
    log_secrets: str = ""
    on_request: tuple[FaultKind, ...] = ()


@dataclass(frozen=True)
class ServiceFate:
    """What the sandbox saw of the service while the probe ran. `state`: running | exited | none (no service).

    log_secrets: names of environment values of which a part that ProbeCommand.log_secrets describes was written to
    stdout or stderr, whether `log` still holds it or not; None = not looked for, or not in all that was written.
    """

    state: Literal["running", "exited", "none"]
    exit_code: int | None = None
    oom_killed: bool = False  # some process in the group was killed; NOT proof that the service died
    log: bytes = b""
    log_truncated: bool = False
    ready_after_s: float | None = None  # None = the driver never reported ready
    log_secrets: tuple[str, ...] | None = None
    limits_hit: tuple[str, ...] = ()  # memory | pids | disk | descriptors | log, see sandbox/limits_hit.py


@dataclass(frozen=True)
class ProbeOutput:
    """What came back; stored before it is read. `exit_code` None = killed by us (timed out, or never ready)."""

    probe: str
    nonce: str
    exit_code: int | None
    stdout: bytes
    stderr: bytes
    stdout_truncated: bool
    timed_out: bool
    oom_killed: bool
    wall_s: float
    service: ServiceFate
    isolation: str = ""  # isolation level the pod ran under, see sandbox
    seed: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)  # resolved values given to the service
    target: str = "submission"


@dataclass(frozen=True)
class Cut:
    """One thing that a limit of ours ended. limit: time (as far as the host lets it pass) | cpu | idle, in seconds."""

    limit: str
    limit_s: float
    left: str  # what was left unrun, or did not come to its end

    def __str__(self) -> str:
        return f"{self.limit} limit of {self.limit_s:g} s: {self.left}"


@dataclass(frozen=True)
class Observation:
    """Facts, no judgement. `facts` is probe-specific JSON (documented in the probe's module).

    status: measured = the probe proved that it ran; not_ready = the service never answered; crashed = no valid report;
    void = the measurement is invalid through no fault of the submission (e.g. the generator lagged), see `cause`;
    not_planned = the profile has no such measurement (NotPlanned): nothing was run, nothing is stored.
    """

    probe: str
    version: int
    status: ObservationStatus
    facts: JsonObject = field(default_factory=dict)
    cause: str = ""

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """What limits of ours ended before its end (`facts["limits"]["cuts"]`); empty = nothing was left unrun."""
        limits: Mapping[str, Any] = self.facts.get("limits") or {}
        return tuple(Cut(str(c["limit"]), float(c["limit_s"]), str(c["left"])) for c in limits.get("cuts") or ())

    @property
    def spent(self) -> float:
        """The largest share of any of our limits that was used, as far as the driver said."""
        limits: Mapping[str, Any] = self.facts.get("limits") or {}
        return float(limits.get("spent") or 0.0)

    @property
    def control(self) -> str:
        """How the reference fared with the same command at that time: fine | slow | crashed; "" = it was not asked."""
        return str(self.facts.get("control", ""))

    @property
    def unsettled(self) -> tuple[Cut, ...]:
        """Cuts that a slow host may have caused: the reference was not seen to need less than a third of the limits."""
        return () if self.control == "fine" else self.cuts


@dataclass(frozen=True)
class NotPlanned:
    """A probe's answer where there is nothing to run: `why` is one clause, e.g. "the smoke profile has no soak"."""

    why: str

    def observation(self, probe: str, version: int) -> Observation:
        """What scorers are shown in place of a measurement; they answer NotApplicable."""
        return Observation(probe, version, "not_planned", cause=self.why)
