"""The formula of the smallest loss against simulation: components, standard error, power, and what halving costs."""

import numpy as np
import pytest

from harness.compare.calibration import Numbers
from harness.compare.detectable import Components, Rule, components, detectable, halving, power, standard_error
from harness.compare.quantiles import t_quantile

FAMILIES, ATTEMPTS, DRAWS = 24, 5, 4000
RATES = np.linspace(0.35, 0.95, FAMILIES)  # a heterogeneous version: ω² of the rates .032, σ² .195
KNOWN = Components(
    families=FAMILIES,
    tasks=FAMILIES,
    mean=float(RATES.mean()),
    between=float(RATES.var(ddof=1)),
    within=float((RATES * (1 - RATES)).mean()),
    squares=float((RATES**2).mean()),
)
MARGIN = Rule(0.025, 0.10, 0.05)


def differences(
    loss: float, spread: float = 1.0, families: int = FAMILIES, attempts: int = ATTEMPTS, seed: int = 1
) -> Numbers:
    """draws × families: mean of fresh trials that lose less mean of fresh ones that do not."""
    rng = np.random.default_rng(seed)
    rates = np.resize(RATES, families)
    hit = np.argsort(rng.random((DRAWS, families)), axis=1) < round(spread * families)
    kept = np.where(hit, 1 - loss / spread, 1.0) * rates
    return (rng.binomial(attempts, kept) - rng.binomial(attempts, rates, (DRAWS, families))) / attempts


def found_share(seen: Numbers, rule: Rule) -> float:
    """How often the rule finds it, by the t test on each draw."""
    families = seen.shape[1]
    mean, se = seen.mean(axis=1), seen.std(axis=1, ddof=1) / families**0.5
    worse = mean + t_quantile(1 - rule.beyond, families - 1) * se < 0
    if rule.margin is None:
        return float(worse.mean())
    return float((worse & (mean + rule.margin < t_quantile(1 - rule.shown, families - 1) * se)).mean())


def test_components_are_right_on_average() -> None:
    rng = np.random.default_rng(3)
    seen = [
        components((rng.random((FAMILIES, 8)) < RATES[:, None]).astype(float), np.arange(FAMILIES)) for _ in range(400)
    ]
    for name in ("mean", "between", "within", "squares"):
        values = [getattr(one, name) for one in seen]
        assert np.mean(values) == pytest.approx(getattr(KNOWN, name), abs=4 * np.std(values) / 20 + 1e-3), name


def test_tasks_of_a_family_share_its_variance() -> None:
    values = np.random.default_rng(4).random((24, 30))
    alone, paired = components(values, np.arange(24)), components(values, np.arange(24) // 2)
    assert alone is not None
    assert paired is not None
    assert (paired.families, paired.tasks) == (12, 24)
    assert paired.within == pytest.approx(alone.within / 2)


def test_gaps_are_no_values_and_nothing_is_known_of_single_ones() -> None:
    nan = float("nan")
    found = components(np.array([[1.0, 0.0, nan], [1.0, nan, nan]]), np.array([0, 1]))
    assert found is not None
    assert (found.families, found.mean, found.within) == (1, 0.5, 0.5)
    assert components(np.array([[1.0, nan], [nan, nan]]), np.array([0, 1])) is None


@pytest.mark.parametrize("spread", [1.0, 0.25])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_the_standard_error_is_what_fresh_samples_show(spread: float, share: float) -> None:
    loss = share * spread
    seen = differences(loss, spread)
    expected = (seen.var(axis=1, ddof=1).mean() / FAMILIES) ** 0.5
    assert standard_error(KNOWN, FAMILIES, ATTEMPTS, loss, spread) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("rule", [Rule(), Rule(0.0125), MARGIN, Rule(0.025, 0.20, 0.05)])
@pytest.mark.parametrize("loss", [0.1, 0.2, 0.3])
def test_the_chance_of_finding_a_loss_is_what_fresh_samples_show(rule: Rule, loss: float) -> None:
    assert power(KNOWN, FAMILIES, ATTEMPTS, loss, rule) == pytest.approx(found_share(differences(loss), rule), abs=0.04)


@pytest.mark.parametrize("rule", [Rule(), MARGIN])
@pytest.mark.parametrize("attempts", [3, 5, 10])
def test_the_smallest_loss_is_found_in_four_of_five(rule: Rule, attempts: int) -> None:
    loss = detectable(KNOWN, FAMILIES, attempts, rule)
    assert loss is not None
    assert found_share(differences(loss, attempts=attempts), rule) == pytest.approx(0.8, abs=0.04)


def test_more_of_anything_finds_less_of_a_loss() -> None:
    losses = [detectable(KNOWN, families, k, Rule()) for families, k in ((24, 5), (24, 10), (48, 10), (48, 20))]
    numbers = [loss for loss in losses if loss is not None]
    assert len(numbers) == 4
    assert numbers == sorted(numbers, reverse=True)


def test_nothing_is_found_on_few_families_or_of_a_version_that_has_nothing_to_lose() -> None:
    assert detectable(KNOWN, 11, 50, Rule()) is None
    never = components(np.zeros((24, 10)), np.arange(24))
    assert never is not None
    assert detectable(never, 24, 5, Rule()) is None


def test_halving_costs_what_simulation_says_it_costs() -> None:
    loss = detectable(KNOWN, FAMILIES, ATTEMPTS, Rule())
    assert loss is not None
    cost = halving(KNOWN, ATTEMPTS, Rule(), loss)
    assert cost.attempts is not None
    assert cost.families is not None
    assert cost.trials_by_attempts == 2 * FAMILIES * (cost.attempts - ATTEMPTS)
    assert cost.trials_by_families == 2 * ATTEMPTS * (cost.families - FAMILIES)
    by_attempts = differences(loss / 2, attempts=cost.attempts)
    by_families = differences(loss / 2, families=cost.families)
    assert found_share(by_attempts, Rule()) == pytest.approx(0.8, abs=0.04)
    assert found_share(by_families, Rule()) == pytest.approx(0.8, abs=0.04)


def test_no_number_of_trials_finds_what_the_margin_lets_through() -> None:
    loss = detectable(KNOWN, 96, 20, MARGIN)
    assert loss is not None
    cost = halving(KNOWN, 20, MARGIN, loss)
    assert (cost.attempts, cost.families) == (None, None)


def test_steady_repeats_leave_little_to_chance() -> None:
    found = components(np.ones((24, 10)), np.arange(24))
    assert found is not None
    assert (found.within, found.between, found.mean) == (0, 0, 1)
    loss = detectable(found, 24, 5, Rule())
    assert loss is not None
    assert loss < 0.1
