"""When the load driver measures another block, and when it has seen enough."""

import importlib
import sys
from pathlib import Path
from typing import Any

LOAD = Path(__file__).parents[3] / "harness" / "images" / "load"
if str(LOAD) not in sys.path:
    sys.path.insert(0, str(LOAD))
looks = importlib.import_module("looks")


def block(latency_ms: list[float], lag_ms: list[float] | None = None, failed: int = 0) -> dict[str, Any]:
    count = len(latency_ms)
    return {
        "windows": 5,
        "planned_s": 5.0,
        "intended_us": [int(5e6 * index / count) for index in range(count)],
        "lag_us": [round(1000 * lag) for lag in lag_ms or [1.0] * count],
        "latency_us": [round(1000 * ms) for ms in latency_ms],
        "outcome": [1] * failed + [0] * (count - failed),
    }


def more(*blocks: dict[str, Any]) -> bool:
    return bool(looks.worth_more(blocks, 100.0, 2.5))


def test_a_clear_case_is_measured_once() -> None:
    assert not more(block([20.0] * 500))
    assert not more(block([300.0] * 500))


def test_a_limit_inside_the_interval_asks_for_more() -> None:
    assert more(block([index * 0.21 for index in range(500)]))  # p95 just below 100


def test_failures_are_slow() -> None:
    assert not more(block([20.0] * 500, failed=100))
    assert more(block([20.0] * 500, failed=25))


def test_spoilt_windows_ask_for_more_only_while_their_lateness_leaves_the_p95_open() -> None:
    assert not more(block([20.0] * 500, lag_ms=[9.0] * 500)), "20 ms give or take 18 is surely below 100"
    assert not more(block([300.0] * 500, lag_ms=[90.0] * 500)), "and 300 less 180 surely above"
    late = block([90.0] * 400 + [110.0] * 100, lag_ms=[1.0] * 400 + [20.0] * 100)
    assert more(late)
    assert not more(late, block([50.0] * 2500))


def test_windows_are_measured_until_three_in_five_of_all_are_good() -> None:
    spoilt = block([110.0] * 500, lag_ms=[20.0] * 500)
    assert more(block([50.0] * 500), spoilt), "five of ten"
    assert not more(block([50.0] * 500), spoilt, block([50.0] * 500))


def longer(latency_ms: list[float], lag_ms: float = 1.0) -> bool:
    return bool(looks.worth_longer(block(latency_ms, lag_ms=[lag_ms] * len(latency_ms)), 100.0, 2.5))


def test_a_step_is_made_longer_only_where_it_leaves_open_whether_it_is_held() -> None:
    assert not longer([12.0] * 600), "far below the limit"
    assert longer([12.0] * 500 + [70.0] * 100), "a queue begins to grow"
    assert longer([12.0] * 560 + [130.0] * 40), "the limit itself lies within the interval"
    assert not longer([300.0] * 600), "surely beyond"
    assert not longer([12.0] * 500 + [70.0] * 100, lag_ms=9.0), "the generator was late: nothing would be learnt"
