"""One page, one error: weighted Holm, by the textbook and by an independent implementation."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from harness.compare.family import PRIMARY_WEIGHT, adjusted, holm


def test_holm_is_the_textbook_step_down() -> None:
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert list(found) == ["a", "b", "c", "d"]
    assert list(found.values()) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


@pytest.mark.parametrize("seed", range(5))
def test_equal_weights_are_holm_of_an_independent_implementation(seed: int) -> None:
    p = np.random.default_rng(seed).uniform(0, 0.2, 9) ** 2
    oracle = multipletests(p, method="holm")[1]
    assert list(holm({str(n): float(x) for n, x in enumerate(p)}).values()) == pytest.approx(list(oracle))


def test_the_primary_endpoint_has_its_weight_and_the_rest_share() -> None:
    found = adjusted({"accepted": 0.029, "a": 0.0029, "b": 0.6, "c": 0.7, "d": 0.8}, "accepted")
    # a: .0029 at .4/4 -> .029; then accepted: .029 at .6 of the .9 left -> .0435: both stand at 5 %
    assert found["a"].p == pytest.approx(0.029)
    assert found["accepted"].p == pytest.approx(0.029 * 0.9 / PRIMARY_WEIGHT)
    assert found["accepted"].factor == pytest.approx(1.5)
    assert found["accepted"].alone == pytest.approx(1 / 0.6)
    assert {one.tests for one in found.values()} == {5}


def test_weights_go_to_what_is_there() -> None:
    assert adjusted({"accepted": 0.04}, "accepted")["accepted"].p == pytest.approx(0.04)
    assert adjusted({"a": 0.02, "b": 0.5}, "accepted")["a"].p == pytest.approx(0.04)


def test_a_weighted_step_down_rejects_what_closed_testing_rejects() -> None:
    # Holm's step down is the short form of testing every intersection by weighted Bonferroni.
    rng = np.random.default_rng(3)
    names = ["p", "a", "b", "c"]
    weights = {"p": 0.6, "a": 0.4 / 3, "b": 0.4 / 3, "c": 0.4 / 3}
    for _ in range(200):
        p = {name: float(rng.uniform() ** 3) for name in names}
        found = adjusted(p, "p")
        for name in names:
            sets = [[n for n in names if bits >> names.index(n) & 1] for bits in range(1, 16)]
            closed = max(
                min(p[n] * sum(weights[m] for m in chosen) / weights[n] for n in chosen)
                for chosen in sets
                if name in chosen
            )
            assert found[name].p == pytest.approx(min(1.0, closed))
