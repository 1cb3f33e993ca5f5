"""Chapter 12's samplers against numpy.random.Generator's own: a million numbers each.

python benchmarks/bench_distribution_visualizer.py
"""

from collections.abc import Callable
from typing import Any

import harness
import numpy as np
from numpy.random import Generator

from phase3_probability import distribution_visualizer as dv

N = 1_000_000
PEERS: dict[str, Callable[..., np.ndarray]] = {
    "normal": lambda rng, mean, std: rng.normal(mean, std, N),
    "binomial": lambda rng, n, p: rng.binomial(int(n), p, N),
    "poisson": lambda rng, lam: rng.poisson(lam, N),
    "exponential": lambda rng, rate: rng.exponential(1 / rate, N),
    "uniform": lambda rng, a, b: rng.uniform(a, b, N),
    "beta": lambda rng, a, b: rng.beta(a, b, N),
    "gamma": lambda rng, shape, rate: rng.gamma(shape, 1 / rate, N),
    "geometric": lambda rng, p: rng.geometric(p, N),
    "bernoulli": lambda rng, p: 1.0 * (rng.random(N) < p),
    "t": lambda rng, v: rng.standard_t(v, N),
    "cauchy": lambda rng, x0, gamma: x0 + gamma * rng.standard_cauchy(N),
    "chi2": lambda rng, v: rng.chisquare(v, N),
}
SHAPES: list[tuple[Any, ...]] = [
    ("normal", 0, 1), ("binomial", 100, 0.3), ("poisson", 4), ("exponential", 1),
    ("uniform", 0, 1), ("beta", 2, 5), ("gamma", 2.5, 1), ("geometric", 0.2),
    ("bernoulli", 0.3), ("t", 5), ("cauchy", 0, 1), ("chi2", 3),
]  # fmt: skip


def same_shape(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two large samples have the same cdf, as far as chance can tell."""
    places = np.unique(np.quantile(b, np.linspace(0.01, 0.99, 99)))
    below = [np.searchsorted(np.sort(x), places, "right") / len(x) for x in (a, b)]
    return float(np.abs(below[0] - below[1]).max()) < 2 * np.sqrt(2 / len(a))


def rng() -> Generator:
    """A fresh generator for each turn."""
    return np.random.default_rng(0)


def main() -> list[harness.Result]:
    """Every family; above 1 ours is faster. No bar: numpy's are written in C."""
    harness.title("Distributions", "numpy")
    results = []
    for name, *values in SHAPES:
        f, peer = dv.distribution(name, *values), PEERS[name]
        assert same_shape(f.sample(N, rng()), peer(rng(), *values)), "not the same work"

        def ours(f: dv.Distribution = f) -> np.ndarray:
            return f.sample(N, rng())

        def theirs(name: str = name, values: Any = values) -> np.ndarray:
            return PEERS[name](rng(), *values)

        results.append(harness.duel(f"{N:,} of {f}: numpy", ours, theirs, "", 5))
    return results


if __name__ == "__main__":
    main()
