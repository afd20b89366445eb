"""Reading a probe's stdout: what counts as a report, and what its absence means."""

import json

import pytest

from harness.model.probe import ProbeOutput, ServiceFate
from harness.probes.report_line import observe_report, ready_line, report_object

NONCE = "5f2a"
RUNNING = ServiceFate("running")


def output(
    stdout: str,
    *,
    exit_code: int | None = 0,
    service: ServiceFate = RUNNING,
    timed_out: bool = False,
    truncated: bool = False,
    oom: bool = False,
    stderr: bytes = b"",
) -> ProbeOutput:
    return ProbeOutput(
        "p", NONCE, exit_code, stdout.encode(), stderr, truncated, timed_out, oom, 3.0, service, environment={}
    )


def lines(report: object, ready: str = f"ready {NONCE} 0.25\n", nonce: str = NONCE) -> str:
    return f"{ready}report {nonce} {json.dumps(report)}\n"


def test_a_whole_report_is_measured_and_carries_the_services_fate() -> None:
    seen = observe_report("p", 3, output("noise\n" + lines({"n": 1}), service=ServiceFate("exited", 9)))
    assert (seen.status, seen.version, seen.facts["n"]) == ("measured", 3, 1)
    assert seen.facts["service"] == {
        "state": "exited",
        "exit_code": 9,
        "oom_killed": False,
        "limits_hit": [],
        "ready_after_s": 0.25,
    }


def test_a_report_of_another_nonce_is_not_ours() -> None:
    seen = observe_report("p", 1, output(lines({"n": 1}, nonce="0000")))
    assert seen.status == "crashed"
    assert "another nonce" in seen.cause


def test_a_forged_ready_line_of_another_nonce_is_ignored() -> None:
    assert ready_line(output("ready 0000 0.1\n")) is None
    assert ready_line(output(f"ready {NONCE} soon\n")) is None
    assert ready_line(output(f"ready {NONCE} nan\n")) is None
    assert ready_line(output(f"ready {NONCE} 0.5\n")) == 0.5


@pytest.mark.parametrize(
    ("tail", "why"),
    [
        ("", "no report line"),
        (f"report {NONCE} {{\n", "not valid JSON"),
        (f"report {NONCE} [1]\n", "not a JSON object"),
        (f'report {NONCE} {{"x": NaN}}\n', "not valid JSON"),
        (f"report {NONCE} " + "[" * 100_000 + "\n", "not valid JSON"),
        (f"report {NONCE} {{}}\nafterwards\n", "no report line"),
    ],
)
def test_what_is_not_a_report_is_a_crash_with_its_cause(tail: str, why: str) -> None:
    seen = observe_report("p", 1, output(f"ready {NONCE} 0.1\n{tail}", exit_code=70, stderr=b"Traceback: boom"))
    assert seen.status == "crashed"
    assert why in seen.cause
    assert "exit code 70" in seen.cause
    assert "boom" in seen.cause


def test_truncated_stdout_is_a_crash_even_with_a_last_line() -> None:
    assert observe_report("p", 1, output(lines({"n": 1}), truncated=True)).status == "crashed"
    assert "cap" in report_object(output(f"ready {NONCE} 1\nxx", truncated=True))[1]


def test_timeouts_and_memory_are_named() -> None:
    stopped = observe_report("p", 1, output(f"ready {NONCE} 0.1\n", exit_code=None, timed_out=True))
    assert "stopped after 3.0 s" in stopped.cause
    assert "memory" in observe_report("p", 1, output(f"ready {NONCE} 0.1\n", exit_code=137, oom=True)).cause


def test_a_silent_service_is_not_ready() -> None:
    said = observe_report("p", 1, output(f'report {NONCE} {{"ready":false,"waited_s":30}}\n'))
    killed = observe_report("p", 1, output("", exit_code=None))
    assert (said.status, killed.status) == ("not_ready", "not_ready")
    assert "30" in said.cause


def test_a_service_that_exits_before_answering_is_not_ready_with_its_code() -> None:
    fate = ServiceFate("exited", 3, oom_killed=True, limits_hit=("memory",))
    seen = observe_report("p", 1, output("", exit_code=None, service=fate))
    assert seen.status == "not_ready"
    assert "code 3" in seen.cause
    assert "memory" in seen.cause


def test_a_driver_that_dies_before_ready_crashed() -> None:
    assert observe_report("p", 1, output("", exit_code=1)).status == "crashed"


def test_a_report_without_ready_is_a_crash_only_where_a_service_is_needed() -> None:
    text = lines({"n": 1}, ready="")
    assert observe_report("p", 1, output(text)).status == "crashed"
    assert observe_report("p", 1, output(text), needs_service=False).status == "measured"


def test_what_listens_instead_is_told_of_a_service_that_never_answered() -> None:
    report = {"ready": False, "waited_s": 30.0, "listens": "it listens on 127.0.0.1:5000, and not on 127.0.0.1:8000"}
    seen = observe_report("p", 1, output(lines(report, ready="")))
    assert (seen.status, seen.facts["listens"]) == ("not_ready", report["listens"])
    assert seen.cause.endswith("within 30.0 s; it listens on 127.0.0.1:5000, and not on 127.0.0.1:8000")
    died = observe_report("p", 1, output(lines(report, ready=""), service=ServiceFate("exited", 9)))
    assert "5000" not in died.cause, "it exited, which is the reason"
