"""The harness measured: figures, their verdicts and how they are read; no figure is asserted against its target."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness import plugins
from harness.errors import InfrastructureFault
from harness.sandbox.fake import FakeSandbox, Scripted
from harness.selfcheck import perf, perf_growth, perf_store

ROOT = Path(__file__).parents[3]
TASK = ROOT / "fixtures/tasks/greeting"


def test_a_miss_is_printed_beside_its_target_and_raises_nothing() -> None:
    figures = [
        perf.Figure("pod", 0.4, "s", 0.5, "median"),
        perf.Figure("memory", 250, "MB", 200, "VmHWM"),
        perf.Figure("size", 3, "MB", None, "for information"),
    ]
    assert [figure.verdict for figure in figures] == ["ok", "MISS", ""]
    head, pod, memory, size = perf.table(figures).splitlines()
    assert "target" in head
    assert ("0.40 s" in pod, "0.5 s" in pod, "ok" in pod) == (True, True, True)
    assert ("250 MB" in memory, "200 MB" in memory, "MISS" in memory) == (True, True, True)
    assert "MISS" not in size


def test_a_pod_is_measured_without_boot_and_probe(tmp_path: Path) -> None:
    figure = perf.pod_overhead(
        FakeSandbox({"acceptance": Scripted({})}), plugins.probe("acceptance"), TASK, tmp_path, times=3
    )
    assert figure.value < 0, "the fake claims half a second of probe time that has not passed: it is taken off"
    assert figure.target == perf.POD_TARGET_S


def test_what_is_left_behind_is_counted_and_named() -> None:
    assert perf.leftovers(lambda: ()).verdict == "ok"
    found = perf.leftovers(lambda: ("container 1", "volume 2"))
    assert (found.value, found.verdict, found.how) == (2, "MISS", "container 1")


def test_help_is_timed_on_the_real_program() -> None:
    program = (sys.executable, "-c", "import sys; assert sys.argv[1:] == ['--help']")
    assert perf.help_time(program, times=1).value > 0
    with pytest.raises(subprocess.CalledProcessError):
        perf.help_time((sys.executable, "-c", "raise SystemExit(3)"), times=1)


def test_a_measured_run_that_fails_is_told_with_its_words(tmp_path: Path) -> None:
    program = (sys.executable, "-c", "print('no engine here'); raise SystemExit(4)")
    with pytest.raises(InfrastructureFault) as fault:
        list(perf.whole_runs(program, TASK, tmp_path))
    assert "ended with 4" in fault.value.message
    assert "no engine here" in fault.value.detail


def test_store_and_report_are_measured_on_what_they_say(tmp_path: Path) -> None:
    figure = perf_store.scan_time(tmp_path, stored=20)
    assert figure.name == "read 20 trials"
    assert len(list((tmp_path / "scan/trials").iterdir())) == 20


@pytest.mark.slow
def test_growth_is_measured_on_the_real_program_and_leaves_nothing(tmp_path: Path) -> None:
    program = (sys.executable, "-c", "from harness.cli.main import entry; entry()")
    figures = list(perf_growth.growth(program, tmp_path, 48))
    assert [figure.name.partition(",")[0] for figure in figures] == [
        *("compare", "compare", "gate", "report", "memory", "report.html")
    ]
    assert [figure.target for figure in figures] == [120, 10, 15, 30, 1000, 5]
    assert all(figure.value > 0 for figure in figures)
    assert not list(tmp_path.glob("growth-*/"))
    with pytest.raises(InfrastructureFault):
        list(perf_growth.growth((sys.executable, "-c", "raise SystemExit(70)"), tmp_path, 48))
