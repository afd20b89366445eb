"""The level of non-inferiority: how often a version that loses exactly the margin passes: 5 %, near a ceiling too."""

import pytest

from harness.compare.quantiles import normal_bound
from tests.simulations.worlds import World, pairs, wilson_low

MARGIN = 0.1
TIMES = 4000
SIZES = ((24, 5), (30, 5), (40, 3), (40, 10))


def passes(world: World, times: int, seed: int) -> int:
    return sum(found.z(MARGIN) >= normal_bound(0.05) for found in pairs(world, times, seed))


@pytest.mark.slow
@pytest.mark.parametrize("spread", ["even", "uneven", "confined"])
@pytest.mark.parametrize("base", [0.6, 0.95])
@pytest.mark.parametrize(("families", "attempts"), SIZES)
def test_a_loss_equal_to_the_margin_passes_in_five_of_a_hundred(
    families: int, attempts: int, base: float, spread: str
) -> None:
    hits = passes(World(families, attempts, base, MARGIN, spread), TIMES, seed=29)
    print(f"{families}x{attempts} base {base} {spread}: {hits / TIMES:.3f} (target: Wilson lower bound <= .05)")
    assert wilson_low(hits, TIMES) <= 0.05
