"""Pages of two equal versions: how often any verdict or pace is false. Target: 5 % of pages at most.

Before all tests of a page were one family: 6-11 % of pages had a false verdict, 13-70 % a false pace over 24 tasks.
"""

import numpy as np
import pytest

from harness.compare.latency import LatencyDifference, compare_logs
from harness.compare.tasks import TaskDifference, paired_of
from harness.compare.values import Rate
from harness.compare.verdicts import Pairing, judged
from tests.simulations.worlds import Array, wilson_low

NAMES = ("accepted", "acceptance", "conformance", "attacks", "static", "coverage", "load")
FALSE = ("BETTER", "WORSE", "FASTER", "SLOWER")
BLOCKS = 5


def trials(rng: np.random.Generator, rates: Array, attempts: int) -> dict[str, Array]:
    """Family means of one version, endpoint by endpoint: yes/no and graded, near and far from a ceiling, correlated as
    scores of one delivery are."""
    shape = (len(rates), attempts)
    quality = rng.random(shape)
    passed = quality < rates[:, None]
    noise = rng.normal(0, 0.05, (3, *shape))
    found = {
        "accepted": passed.astype(float),
        "acceptance": np.where(passed, 1.0, np.clip(0.9 - 0.5 * (quality - rates[:, None]), 0, 1)),
        "conformance": (rng.random(shape) < 0.5 + 0.4 * passed).astype(float),
        "attacks": (rng.random(shape) < 0.97).astype(float),
        "static": np.clip(0.8 + 0.1 * passed + noise[0], 0, 1),
        "coverage": np.clip(rates[:, None] * 0.5 + 0.4 + noise[1], 0, 1),
        "load": np.where(rng.random(shape) < 0.9, 1.0, np.clip(0.6 + noise[2], 0, 1)),
    }
    return {name: values.mean(axis=1) for name, values in found.items()}


def page(rng: np.random.Generator, families: int, attempts: int, blocks: int) -> tuple[str, ...]:
    """Every verdict and pace of one page of two equal versions."""
    rates = rng.beta(2, 1.2, families)
    first, second = (trials(rng, rates, attempts) for _ in range(2))
    pairings = {}
    for name in NAMES:
        tasks = tuple(
            TaskDifference(f"t{n}", f"t{n}", float(a), attempts, float(b), attempts)
            for n, (a, b) in enumerate(zip(first[name], second[name], strict=True))
        )
        rate = Rate(0.5, families * attempts, {})
        pairings[name] = Pairing(rate, rate, tasks, paired_of(tasks))
    latency: list[LatencyDifference] = []
    for n in range(families if blocks else 0):
        noise = float(rng.choice([0.03, 0.1, 0.3]))
        logs = noise * (rng.normal(size=blocks) if n % 2 else rng.standard_t(4, blocks))
        latency.append(compare_logs(f"t{n}", [float(x) for x in logs]))
    endpoints, paces = judged(pairings, latency, "accepted", attempts)
    return (*(one.verdict for one in endpoints), *(one.pace for one in paces))


def false_pages(families: int, attempts: int, blocks: int, times: int, seed: int) -> tuple[int, int, int]:
    """Pages with a false verdict or pace, those false on `accepted`, and those with a pace that is false alone."""
    rng = np.random.default_rng(seed)
    pages = [page(rng, families, attempts, blocks) for _ in range(times)]
    wrong = sum(any(word in FALSE for word in words) for words in pages)
    primary = sum(words[0] in FALSE for words in pages)
    paces = sum(any(word in FALSE for word in words[len(NAMES) :]) for words in pages)
    return wrong, primary, paces


@pytest.mark.slow
@pytest.mark.parametrize(
    ("families", "attempts", "blocks"), [(24, 5, 0), (24, 5, BLOCKS), (12, 3, BLOCKS), (40, 3, BLOCKS), (24, 8, 8)]
)
def test_a_page_of_equal_versions_is_false_in_five_of_a_hundred(families: int, attempts: int, blocks: int) -> None:
    times = 2000
    wrong, primary, paces = false_pages(families, attempts, blocks, times, seed=families + attempts)
    print(
        f"{families}x{attempts}, {blocks} blocks: any {wrong / times:.3f}, accepted {primary / times:.3f},"
        f" paces {paces / times:.3f} (target: Wilson lower bound <= .05)"
    )
    assert wilson_low(wrong, times) <= 0.05
