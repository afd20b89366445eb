"""The simulations at a size that every run can afford: gross errors show here, exact levels in tests/simulations."""

from harness.compare.planner import margin_plan
from harness.compare.quantiles import normal_bound
from tests.simulations.test_advice import as_expected
from tests.simulations.test_floors import reached
from tests.simulations.test_level import passes
from tests.simulations.test_looks import answers as looked
from tests.simulations.test_page import false_pages
from tests.simulations.test_power import answers
from tests.simulations.worlds import World, pairs


def test_a_loss_equal_to_the_margin_seldom_passes_near_a_ceiling() -> None:
    assert passes(World(24, 5, 0.95, 0.1, "confined"), 400, seed=1) <= 36  # .086 before, 5 % asked


def test_pages_of_equal_versions_seldom_say_anything() -> None:
    wrong, _, _ = false_pages(24, 3, 5, 60, seed=2)
    assert wrong <= 8


def test_what_there_is_to_find_is_found() -> None:
    passed, _ = answers(World(40, 5, 0.7, 0.0, mixed=True), 150, seed=3)
    _, blocked = answers(World(40, 10, 0.7, 0.15, mixed=True), 150, seed=4)
    assert passed >= 0.6
    assert blocked >= 0.9


def test_intervals_cover() -> None:
    spans = [found.interval() for found in pairs(World(24, 5, 0.8, 0.1, "uneven"), 300, seed=5)]
    assert sum(span is not None and span[0] <= -0.1 <= span[1] for span in spans) >= 0.91 * 300


def test_a_version_at_its_floor_seldom_passes() -> None:
    assert reached(24, 5, 0.8, 8, 0.8, seed=6, times=300)[0] <= 30


def test_five_looks_pass_hardly_more_than_one() -> None:
    passed, _ = looked(World(16, 3, 0.8, 0.1), 5, 150, seed=7)
    assert passed[-1] <= 17


def test_advice_is_where_the_gate_answers() -> None:
    world = World(24, 5, 0.7, 0.2, mixed=True)
    plan = margin_plan(as_expected(world), 5, 0.1, 0.05, 0.025)
    assert plan.families is not None
    found = pairs(World(plan.families, 5, 0.7, 0.2, mixed=True), 200, seed=8)
    assert 0.7 <= sum(one.z(sign=-1) >= normal_bound(0.025) for one in found) / 200 <= 0.97
