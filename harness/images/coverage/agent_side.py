"""Runs in the submission's interpreter: its tests under our tracer, our plugin and our configuration.

Refuses to be believed: everything here shares a process with agent code, so whatever it reports is evidence about the
tests and is cross-checked by the driver. Run as `python -P agent_side.py`, configuration as JSON on stdin.
Modes: `run` = once, report to a file; `serve` = fork once per line on stdin and answer survived or killed.
"""

import builtins
import contextlib
import ctypes
import importlib
import importlib.metadata
import json
import os
import select
import shutil
import signal
import sys
import time
from pathlib import Path

MAX_TESTS = 20_000
FOLLOWS_FORKS = "COVERAGE_PROCESS_CONFIG"  # coverage starts in a forked process when it is set
leave = os._exit  # as it was before coverage made it save first
LOOK_S = 0.5  # between two looks at what a faulty run has taken


class Recorder:
    """A pytest plugin that keeps outcomes, and beside them whether each test function really raised."""

    def __init__(self, keep=None, reverse=False):
        self.keep, self.reverse = keep, reverse  # node ids to run; None = all
        self.outcomes, self.raised, self.messages, self.collect_errors = {}, {}, {}, []
        self.order = []  # node ids as they started: the witness's marks count in it

    def pytest_collection_modifyitems(self, config, items):
        """Deselect what is not to be run."""
        if self.keep is not None:
            items[:] = [item for item in items if item.nodeid in self.keep]
        if self.reverse:
            items.reverse()
        del items[MAX_TESTS:]

    def pytest_deselected(self, items):
        """What the suite's own settings leave out is not run, like a skipped test."""
        for item in items:
            self.outcomes.setdefault(item.nodeid, "skipped")

    def pytest_collectreport(self, report):
        """A test file that cannot be imported is an error of the suite."""
        if report.failed:
            self.collect_errors.append(f"{report.nodeid}: {str(report.longrepr)[-800:]}")

    def pytest_runtest_logreport(self, report):
        """The outcome as reported; the worst of set-up, call and tear-down counts."""
        before = self.outcomes.get(report.nodeid)
        if report.failed:
            self.outcomes[report.nodeid] = "failed" if report.when == "call" and before != "error" else "error"
            self.messages[report.nodeid] = str(report.longrepr)[-800:]
        elif report.skipped:
            self.outcomes.setdefault(report.nodeid, "skipped")
        elif report.when == "call" and report.outcome == "passed" and before not in ("failed", "error"):
            self.outcomes[report.nodeid] = "passed"


def innermost(recorder, pytest):
    """The wrapper that stands closest to the test function, so that no other wrapper can hide an exception from it."""

    class Witness:
        @pytest.hookimpl(hookwrapper=True, trylast=True)
        def pytest_runtest_call(self, item):
            outcome = yield
            recorder.raised[item.nodeid] = outcome.excinfo is not None

    return Witness()


def prepare(config):
    """Import our tools, after the submission's packages, before any agent code; then act like `python -m pytest`.

    The same steps whatever the run is for: tests that could tell the runs apart could behave well in some of them.
    """
    side = config["side"]
    config["own_django_plugin"] = any(importlib.metadata.distributions(name="pytest-django"))
    sys.path.append(side["tools"])
    import coverage
    import followed
    import pytest
    import suite_side

    versions = {"pytest": pytest.__version__, "coverage": coverage.__version__, "python": sys.version.split()[0]}
    mark = install_witness(side["witness"]["name"], side["witness"]["path"])
    suite_side.watch(side["executed"], side["root"], side["tools"])
    coverage_run = coverage.Coverage(config_file=side["rcfile"])
    coverage_run.start()
    os.environ["SUITE_SIDE"] = json.dumps(side)  # for Python processes that the tests start
    followed.follow(side["inherit"], os.environ["SUITE_SIDE"])
    os.chdir(config["home"])
    followed.find_first(side["roots"])
    return pytest, coverage_run, versions, mark


def install_witness(name, path):
    """`name(line_id)` as a builtin: appends each id once per test to `path`, unbuffered.

    Returns mark(text), which writes `text` and lets every line be reported again.
    """
    seen, descriptor = set(), os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def hit(line_id, seen=seen, write=os.write):
        if line_id not in seen:
            seen.add(line_id)
            write(descriptor, b"%d\n" % line_id)

    def mark(text):
        seen.clear()
        os.write(descriptor, text.encode() + b"\n")

    setattr(builtins, name, hit)
    return mark


def marks(recorder, mark, pytest):
    """Say which test the witness speaks for: `#n` = the n-th test, `#` = any (set-up that several tests share)."""

    class Marks:
        def pytest_runtest_logstart(self, nodeid, location):
            recorder.order.append(nodeid)
            mark(f"#{len(recorder.order) - 1}")

        @pytest.hookimpl(hookwrapper=True)
        def pytest_fixture_setup(self, fixturedef, request):
            shared = fixturedef.scope != "function"
            if shared:
                mark("#")
            yield
            if shared:
                mark(f"#{len(recorder.order) - 1}")

    return Marks()


def arguments(config, fail_fast=False):
    """pytest's command line: configuration, plugins and cache are ours."""
    own = ["-q", "--tb=short", "-p", "no:cov", "-p", "no:cacheprovider", "-p", "no:randomly"]
    own += ["-c", config["ini"], "--rootdir", config["root"], "--continue-on-collection-errors"]
    if not config["django"] and not config["own_django_plugin"]:
        own += ["-p", "no:django"]  # ours serves `manage.py test` only
    tests = [str(Path(config["root"], test)) for test in config["tests"]]
    return own + (["-x"] if fail_fast else []) + list(config["options"]) + tests


def packages(prefix):
    """Third-party modules in use, for the fork server to import once."""
    return sorted(
        name
        for name, module in list(sys.modules.items())
        if (getattr(module, "__file__", None) or "").startswith(prefix) and not name.startswith(("_pytest", "pytest"))
    )


def run(config):
    """One run of the whole suite; the report is written before the interpreter may hang in exit handlers."""
    pytest, coverage_run, versions, mark = prepare(config)
    recorder = Recorder()
    plugins = [recorder, innermost(recorder, pytest), marks(recorder, mark, pytest)]
    code = pytest.main(arguments(config), plugins=plugins)
    coverage_run.stop()
    coverage_run.save()
    report = {
        "token": config["token"],
        "exit": int(code),
        "outcomes": recorder.outcomes,
        "order": recorder.order,
        "raised": [test for test, raised in recorder.raised.items() if raised],
        "messages": dict(list(recorder.messages.items())[:50]),
        "collect_errors": recorder.collect_errors[:20],
        "versions": versions,
        "packages": packages(config["packages_under"]),
    }
    Path(config["report"]).write_text(json.dumps(report), encoding="utf-8")
    sys.stdout.flush()
    sys.stderr.flush()
    leave(int(code))


def serve(config):
    """The fork server: third-party imports are paid once, each mutant costs a fork and the suite itself."""
    dumpable(False)  # what it forks runs under the same uid and must not write to its pipes
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    pytest, coverage_run, _, _ = prepare(config)
    coverage_run.stop()  # faults are noticed by outcomes alone, and the tracer would cost time on every one of them
    for name in config["preload"]:
        try:
            importlib.import_module(name)
        except BaseException:  # noqa: BLE001 - a package that exits on import is only not preloaded
            continue
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        for folder in config["wiped"]:
            shutil.rmtree(folder, ignore_errors=True)
            Path(folder).mkdir(parents=True, exist_ok=True)
        print(one_mutant(pytest, {**config, **order}, answers), file=answers, flush=True)


def dumpable(allowed):
    """May processes of our own uid open our memory and descriptors? (prctl PR_SET_DUMPABLE, Linux)"""
    ctypes.CDLL(None).prctl(4, int(allowed), 0, 0, 0)


def one_mutant(pytest, config, answers):
    """Fork, run the tests in `keep` to the first failure, wait. The child's exit code is the answer."""
    read_end, write_end = os.pipe()
    traced = os.environ.pop(FOLLOWS_FORKS, None)  # not this fork: its outcome is all that is wanted
    child = os.fork()
    if traced is not None:
        os.environ[FOLLOWS_FORKS] = traced
    if child == 0:
        os.setsid()
        dumpable(True)
        os.close(read_end)
        answers.close()
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        code = 1
        try:
            importlib.invalidate_caches()
            code = int(
                pytest.main(
                    arguments(config, fail_fast=True), plugins=[Recorder(set(config["keep"]), config["reverse"])]
                )
            )
        finally:
            leave(code)
    os.close(write_end)
    ended = wait(child, read_end, config["timeout_s"])
    os.close(read_end)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if ended is None:
        os.waitpid(child, 0)
        return "timeout"
    return "survived" if ended == 0 else "killed"


def wait(child, read_end, timeout_s):
    """Exit status of `child`, None after `timeout_s`; the pipe closes when the child (and all it forked) is gone.

    Time in which it was ready to run and got no CPU does not count: a busy host is no fault that the tests notice.
    """
    taken, before, used = 0.0, time.monotonic(), 0.0
    while taken < timeout_s:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        select.select([read_end], [], [], 0.02 if taken < LOOK_S else 0.1)
        now = time.monotonic()
        if now - before < LOOK_S and taken + now - before < timeout_s:
            continue
        cpu, ready = session(child)
        taken += min(now - before, cpu - used) if ready else now - before
        before, used = now, cpu
    return None


def session(leader):
    """CPU seconds of the processes of a session so far, and whether one of their threads is ready to run."""
    ticks, ready = 0, False
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[3]) != leader:
                continue
            ticks += sum(int(word) for word in fields[11:15])
            tasks = [task.read_text(errors="replace") for task in stat.parent.glob("task/*/stat")]
            ready = ready or any(task.rpartition(")")[2].split()[0] in "RD" for task in tasks)
        except (OSError, IndexError):
            continue  # it has just ended
    return ticks / os.sysconf("SC_CLK_TCK"), ready


if __name__ == "__main__":
    settings = json.loads(sys.stdin.readline())
    serve(settings) if settings["mode"] == "serve" else run(settings)
