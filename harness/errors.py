"""The error taxonomy: blame is set by exception type, where the error is raised.

    HarnessError
    ├── AgentFault               -> Failed: worth 0, counted, never retried
    │   ├── SubmissionRefused        reply or workspace that cannot become a safe submission
    │   ├── DependencyRefused        a requirement line we do not accept, or that does not resolve
    │   └── StartFailed              the service exits or stays silent (settled by the control)
    ├── InfrastructureFault      -> Void(infrastructure): not scored, retried a bounded number of times
    │   ├── EngineFault              the container engine is gone, hangs or answers nonsense
    │   ├── RegistryFault            a package index or image registry did not answer
    │   ├── ProviderFault            the model provider did not give a usable answer
    │   └── StorageFault             the disk is full or the store cannot be written
    ├── TaskFault                -> Void(task): the task itself is wrong (its reference fails, its files are broken)
    ├── Cancelled                -> Void(cancelled): the user asked us to stop
    ├── UsageError               -> exit 2: input we cannot accept; names file and key
    └── IsolationRefused         -> exit 4: this machine cannot contain agent code, so nothing runs

Any other exception is a bug of ours: recorded as Void(harness), exit 70. Foreign exceptions are mapped once, in the
one file that imports the library they come from. This module refuses to carry behaviour: no retry, no printing.
"""

from typing import Any


class HarnessError(Exception):
    """Root of every error this project raises on purpose.

    `code` is a stable snake_case word for tables and scripts; `message` is one sentence for people; `detail` holds
    what they may want to read next (a log's tail), several lines long.
    """

    def __init__(self, code: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail


class AgentFault(HarnessError):
    """The agent's delivery is at fault; the trial counts, worth 0."""


class SubmissionRefused(AgentFault):
    """The reply or workspace cannot become a safe submission (catalogue: fixtures/hostile/replies/index.toml)."""


class DependencyRefused(AgentFault):
    """The submission's dependencies break the policy or do not resolve."""


class StartFailed(AgentFault):
    """The service exited or stayed silent during start-up, and the reference did not."""


class InfrastructureFault(HarnessError):
    """Something of ours or our suppliers' failed; never charged to the agent."""


class EngineFault(InfrastructureFault):
    """The container engine is unreachable, hung, or answered with a server error."""


class RegistryFault(InfrastructureFault):
    """A package index or image registry did not answer a control request either."""


class ProviderFault(InfrastructureFault):
    """The model provider refused, failed or timed out. A code `provider_...` says that the adapter has retried it as
    far as its budget went: nobody above tries again before the user resumes the run. `tries` are its tries, as data."""

    def __init__(self, code: str, message: str, detail: str = "", tries: tuple[dict[str, Any], ...] = ()) -> None:
        super().__init__(code, message, detail)
        self.tries = tries


class StorageFault(InfrastructureFault):
    """A write to the store failed (disk full, read-only file system)."""


class TaskFault(HarnessError):
    """The task is broken: its reference fails, or its files contradict each other."""


class Cancelled(HarnessError):
    """The user interrupted the run."""


class UsageError(HarnessError):
    """Input from the user that we cannot accept: what, what was expected, what to do."""


class IsolationRefused(HarnessError):
    """This machine cannot contain agent code as required; the harness refuses to start."""
