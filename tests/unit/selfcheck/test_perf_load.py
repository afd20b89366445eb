"""What the accuracy check makes of its own figures."""

from harness.selfcheck.perf_load import Accuracy, table, true_latencies_ms


def row(truth: float, measured: float, lag: float = 1.0) -> Accuracy:
    return Accuracy("case", 100, truth, measured, lag)


def test_the_target_is_five_percent_but_never_below_2_5_ms() -> None:
    assert row(5, 7.4).verdict == "ok"
    assert row(5, 7.6).verdict == "MISSED"
    assert row(300, 286).verdict == "ok"
    assert row(300, 284).verdict == "MISSED"


def test_a_late_generator_shows_nothing_about_accuracy() -> None:
    assert row(5, 9, lag=2.6).verdict.startswith("void")
    assert row(300, 301, lag=5.9).verdict == "ok"


def test_the_services_own_record_is_read_line_by_line() -> None:
    assert true_latencies_ms(b"started\nms 5.100\nms 6.000\n") == [5.1, 6.0]
    assert "MISSED" in table([row(5, 9)])
