"""The name a probe goes by: a browser-like User-Agent drawn from the trial's seed.

It refuses a constant name: a service could otherwise answer the prober and nobody else well.
"""

import random


def user_agent(seed: int) -> str:
    """Plausible, and different for different seeds."""
    rng = random.Random(f"user-agent:{seed}")
    major, patch = rng.randrange(110, 140), rng.randrange(1000, 7000)
    system = rng.choice(["X11; Linux x86_64", "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7"])
    engine = "AppleWebKit/537.36 (KHTML, like Gecko)"
    return f"Mozilla/5.0 ({system}) {engine} Chrome/{major}.0.{patch}.{rng.randrange(10, 200)} Safari/537.36"
