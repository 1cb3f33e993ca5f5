"""Chapter 11 against loops over statsmodels and scipy: z-tests, and the A/A machine.

python benchmarks/bench_ab_testing.py
"""

import math

import harness
import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest

from phase3_probability import ab_testing

N, LOOKS, EACH = 100_000, 10, 1000
FEW = 2000  # so many of them by the loops: they are timed for these, on both sides


def tests(times: int) -> tuple[np.ndarray, np.ndarray]:
    """Conversions of A and B in so many experiments of 10,000 visitors a group."""
    rng = np.random.default_rng(0)
    return rng.binomial(10_000, 0.05, times), rng.binomial(10_000, 0.055, times)


def by_statsmodels(a: np.ndarray, b: np.ndarray, n: int) -> np.ndarray:
    """The p-values, a call for each experiment, as its documentation shows."""
    return np.array([proportions_ztest([y, x], [n, n])[1] for x, y in zip(a, b)])


def by_scipy(a: np.ndarray, b: np.ndarray, n: int) -> np.ndarray:
    """The p-values by arrays and scipy's normal distribution."""
    mean = (a + b) / (2 * n)
    z = (b - a) / n / np.sqrt(mean * (1 - mean) * 2 / n)
    return 2 * stats.norm.sf(np.abs(z))


def ours(a: np.ndarray, b: np.ndarray, n: int) -> np.ndarray:
    """The p-values of the chapter."""
    return ab_testing.p_value(ab_testing.z_statistic(a, n, b, n))


def machine(times: int) -> float:
    """The share that cries wolf in ten looks, by the chapter."""
    rng = np.random.default_rng(1)
    found = ab_testing.machine(0.05, 0, EACH, LOOKS, times, rng)[1]
    return next(row.alarms for row in found if row.rule == "peeking")


def machine_by_loop(times: int) -> float:
    """The same as most people write it: experiment by experiment, look by look."""
    rng, line, wolves = np.random.default_rng(1), stats.norm.ppf(0.975), 0
    for _ in range(times):
        a, b = (rng.binomial(EACH, 0.05, LOOKS).cumsum() for _ in "AB")
        for look, (x, y) in enumerate(zip(a, b), start=1):
            z, _ = proportions_ztest([y, x], [look * EACH, look * EACH])
            if abs(z) >= line:
                wolves += 1
                break
    return wolves / times


def main() -> list[harness.Result]:
    """z-tests of 2,000 and of 100,000 experiments, and 300 A/A tests of ten looks."""
    harness.title("A/B testing", "numpy", "scipy", "statsmodels")
    a, b = tests(FEW)
    np.testing.assert_allclose(ours(a, b, 10_000), by_statsmodels(a, b, 10_000), 1e-10)
    results = [
        harness.duel(
            f"{FEW:,} z-tests: statsmodels, a call each",
            lambda: ours(a, b, 10_000),
            lambda: by_statsmodels(a, b, 10_000),
            repeats=3,
        )
    ]
    many = tests(N)
    np.testing.assert_allclose(ours(*many, 10_000), by_scipy(*many, 10_000), 1e-10)
    results.append(
        harness.duel(
            f"{N:,} z-tests: scipy, one call",
            lambda: ours(*many, 10_000),
            lambda: by_scipy(*many, 10_000),
        )
    )
    times = 300
    apart = math.sqrt(2 * 0.193 * 0.807 / times)
    assert abs(machine(times) - machine_by_loop(times)) < 4 * apart
    results.append(
        harness.duel(
            f"{times} A/A tests of {LOOKS} looks: a loop over statsmodels",
            lambda: machine(times),
            lambda: machine_by_loop(times),
            repeats=3,
        )
    )
    return results


if __name__ == "__main__":
    main()
