"""The pytest plugin of hidden tests: fixtures client, env, rng, seed, restart; one plain record per test.

It refuses to judge: a record says what happened (outcome, message, last exchanges), not what it is worth. Order and
values are drawn from the trial's seed, so a submission that was fitted to one sequence gains nothing. Tests that
restart the service come last.
"""

import random
import signal
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness_probe import CannotRun, Exploited, fair_clock
from harness_probe.client import Client
from harness_probe.limits import LIMITS
from harness_probe.report import Job
from harness_probe.restart import Restart

MESSAGE_CAP = 2_000
EXCHANGES_KEPT = 12  # per test that did not pass
LOOK_S = 0.5  # between two looks at the fair clock
RECORDED_EXCHANGE_BYTES = 8_000_000  # over all tests, so that the report stays below its cap


class TestTimeLimit(BaseException):
    """One test ran longer than it may; raised by the alarm signal inside the test."""

    __test__ = False


@dataclass
class Record:
    """What happened to one test; `outcome`: passed | failed | error | skipped | not_run | exploited | cannot_run."""

    id: str
    title: str
    requirements: list[str]
    attack: dict[str, Any] | None
    outcome: str = "not_run"
    message: str = ""
    where: str = ""
    duration_s: float = 0.0
    sent: int = 0
    answered: int = 0
    exchanges: list[dict[str, Any]] = field(default_factory=list)


_CLIENT, _ENV, _SEED = pytest.StashKey[Client](), pytest.StashKey[dict[str, str]](), pytest.StashKey[int]()
_RESTART = pytest.StashKey[Restart]()


@pytest.fixture(scope="session")
def client(pytestconfig: pytest.Config) -> Client:
    """The bounded HTTP client, bound to the service under test."""
    return pytestconfig.stash[_CLIENT]


@pytest.fixture(scope="session")
def env(pytestconfig: pytest.Config) -> dict[str, str]:
    """The service's resolved environment, e.g. env["API_TOKENS"]."""
    return dict(pytestconfig.stash[_ENV])


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """The trial's seed."""
    return pytestconfig.stash[_SEED]


@pytest.fixture(scope="session")
def restart(pytestconfig: pytest.Config) -> Restart:
    """`restart()`: the service is killed and started again on what it stored; returns when it answers."""
    return pytestconfig.stash[_RESTART]


@pytest.fixture
def rng(request: pytest.FixtureRequest, seed: int) -> random.Random:
    """A generator per test, from seed and test id: two tests never draw the same "unique" name."""
    return random.Random(f"{seed}:{request.node.nodeid}")


class ProbePlugin:
    """One run's records. Limits are in fair seconds; tests after `total_s` become not_run."""

    def __init__(self, client: Client, job: Job, total_s: float, test_limit_s: float) -> None:
        self._client, self._env, self._seed = client, job.environment, job.seed
        self._total_s, self._test_limit_s = total_s, test_limit_s
        self._began = fair_clock.now()
        self._deadline = self._began + total_s
        self._room = RECORDED_EXCHANGE_BYTES
        self._restart = Restart(job, self._put_off)
        self.records: dict[str, Record] = {}
        self.collect_errors: list[str] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[_CLIENT], config.stash[_ENV], config.stash[_SEED] = self._client, self._env, self._seed
        config.stash[_RESTART] = self._restart
        config.addinivalue_line("markers", "requirement(*ids): the sentences of the instruction that back the test")
        config.addinivalue_line("markers", "attack(cwe, severity, title): an exploit; a pass means it was blocked")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.collect_errors.append(f"{report.nodeid}: {report.longreprtext}"[-MESSAGE_CAP:])

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        random.Random(self._seed).shuffle(items)
        items.sort(key=lambda item: "restart" in getattr(item, "fixturenames", ()))
        for item in items:
            self.records[item.nodeid] = _record(item)

    def _put_off(self, seconds: float) -> None:
        self._deadline += seconds
        self._began += seconds

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        if fair_clock.now() < self._deadline:
            return None
        LIMITS.cut("time", self._total_s, item.nodeid)
        self.records[item.nodeid].message = "not run: the time limit for all tests together was reached"
        return True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._client.clear_log()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._began = fair_clock.now()
        limit_s = max(0.01, min(self._test_limit_s, self._deadline - self._began))

        def look(_signal: int, _frame: object) -> None:
            if fair_clock.now() - self._began >= limit_s:
                raise TestTimeLimit("the test exceeded its time limit")

        previous = signal.signal(signal.SIGALRM, look)
        signal.setitimer(signal.ITIMER_REAL, limit_s, min(limit_s, LOOK_S))
        try:
            result = yield
            LIMITS.used(fair_clock.now() - self._began, self._test_limit_s)
            return result
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        record = self.records[item.nodeid]
        record.duration_s = round(record.duration_s + report.duration, 4)
        if report.when == "call" or (report.when == "setup" and not report.passed):
            self._fill(record, report, call)
        return report

    def _fill(self, record: Record, report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
        record.outcome = _outcome(report, call)
        self._note_cut(record, call)
        record.sent, record.answered = self._client.sent, self._client.answered
        leaks = [entry for entry in self._client.log if "leak" in entry]
        if record.outcome == "passed" and leaks and record.attack is None:
            record.outcome, record.message = "failed", f"an answer repeats {leaks[0]['leak']}, which is no part of it"
            record.exchanges = leaks[:1]
            return
        if record.outcome == "passed":
            return
        record.message, record.where = _reason(report, call)
        for entry in reversed(self._client.log[-EXCHANGES_KEPT:]):
            self._room -= sum(len(str(value)) for value in entry.values())
            if self._room > 0:
                record.exchanges.insert(0, entry)

    def _note_cut(self, record: Record, call: pytest.CallInfo[None]) -> None:
        """A test that came to nothing after one of our limits had ended it, or a request of it."""
        if record.outcome in ("passed", "exploited"):
            return
        silent = any(str(entry.get("error", "")).startswith("timeout") for entry in self._client.log)
        if isinstance(call.excinfo.value if call.excinfo else None, TestTimeLimit):
            LIMITS.cut("time", self._test_limit_s, record.id)
        elif silent:
            LIMITS.cut("time", self._client.deadline_s, f"{record.id}: a request")


def _record(item: pytest.Item) -> Record:
    function = getattr(item, "function", None)
    title = ((function.__doc__ or "").strip().splitlines() or [item.name])[0]
    marker = item.get_closest_marker("attack")
    ids = [str(arg) for found in item.iter_markers("requirement") for arg in found.args]
    attack = dict(marker.kwargs) if marker else None
    return Record(item.nodeid, title[:300], sorted(set(ids), key=lambda word: (len(word), word)), attack)


def _outcome(report: pytest.TestReport, call: pytest.CallInfo[None]) -> str:
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, Exploited):
        return "exploited"
    if isinstance(error, CannotRun):
        return "cannot_run"
    if report.passed:
        return "passed"
    if report.skipped:
        return "skipped"
    return "failed" if report.when == "call" else "error"


def _reason(report: pytest.TestReport, call: pytest.CallInfo[None]) -> tuple[str, str]:
    """The exception's message and the line of the test it came from (the innermost line in a test file)."""
    if call.excinfo is None:
        return report.longreprtext[:MESSAGE_CAP], ""
    error = call.excinfo.value
    message = str(error) if isinstance(error, (AssertionError, Exploited, CannotRun)) else call.excinfo.exconly()
    test_file = str(report.nodeid).split("::", 1)[0].rsplit("/", 1)[-1]
    lines = [entry for entry in call.excinfo.traceback if str(entry.path).endswith(test_file)]
    where = f"{test_file}:{lines[-1].lineno + 1}" if lines else ""
    statement = str(lines[-1].statement).strip() if lines else ""
    shown = f"{statement}\n{message}" if isinstance(error, AssertionError) else message
    return shown[:MESSAGE_CAP], where
