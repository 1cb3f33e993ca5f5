"""What is claimed of chapter 9, over several seeds."""

import math
from collections.abc import Iterator

import numpy as np
from harness import Claim

from phase3_probability import monte_carlo_pi as mc


def claims() -> Iterator[Claim]:
    """Errors over error bars, slopes of the race, coverage of intervals."""
    n = 10**7
    error = mc.standard_error(math.pi, n)
    runs = [mc.estimate_pi(n, np.random.default_rng(s)) for s in range(100)]
    yield Claim("10^7 darts: error / standard error (0 ± 1)",
                [(estimate - math.pi) / error for estimate in runs])  # fmt: skip
    ns = np.array([100, 316, 1000, 3162, 10_000, 31_622])
    races = [mc.errors_of_ways(ns, 60, np.random.default_rng(s)) for s in range(5)]
    for name in mc.WAYS:
        powers = [mc.slope(ns, mc.rms(found[name])) for found in races]
        yield Claim(f"race: error of {name} as points to the power", powers)
    for name, kind in (("Wald", mc.wald_interval), ("Wilson", mc.wilson_interval)):
        for darts in (5, 100):
            shares = [100 * mc.coverage(kind, darts, np.random.default_rng(s))
                      for s in range(20)]  # fmt: skip
            yield Claim(f"{name}, {darts} darts: intervals that hold π (%)", shares)
    pulls = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        value, bar = mc.integrate(lambda x: np.exp(-(x**2)), 0, 1, 10_000, rng)
        pulls.append((value - math.sqrt(math.pi) / 2 * math.erf(1)) / bar)
    yield Claim("∫ exp(-x²): error / error bar (0 ± 1)", pulls)
