"""What is claimed of results, measured over several seeds: a dated table.

python benchmarks/results.py [kmeans pca_visualizer …]
"""

import datetime
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from common import data
from phase1_linear_algebra import pca_visualizer as pca
from phase4_ml import kmeans


class Claim(NamedTuple):
    """What was measured, and the value for each seed."""

    what: str
    values: list[float]


def of_kmeans() -> Iterator[Claim]:
    """Fifty answers against fifty random digits; k-means++ against a random start."""
    X, y = data.load_digits()
    named = []
    for seed in range(10):
        model = kmeans.KMeans(50, restarts=3, rng=seed).fit(X)
        answers = y[kmeans.nearest(model.centroids_, X)]  # of the digits in the middle
        named.append(100 * float((answers[model.labels_] == y).mean()))
    yield Claim("digits named rightly by 50 answers (%)", named)
    chance = [kmeans.at_random(X, y, np.random.default_rng(s)) for s in range(50)]
    yield Claim("digits named rightly by 50 random ones (%)", chance)
    best = min(kmeans.KMeans(50, restarts=20, rng=s).fit(X).inertia_ for s in range(3))
    for name, start in (("++", kmeans.plus_plus), ("random", kmeans.random_start)):
        ends = []
        for seed in range(50):
            C = start(X, 50, np.random.default_rng(seed))
            ends.append(100 * (kmeans.KMeans(50, start=C).fit(X).inertia_ / best - 1))
        yield Claim(f"digits, k = 50: J above the best, start {name} (%)", ends)


def of_pca_visualizer() -> Iterator[Claim]:
    """How many components are real, and how well the contraction is predicted."""
    X, _ = data.load_digits()
    real = [pca.parallel_analysis(X, np.random.default_rng(s), 20) for s in range(5)]
    yield Claim("digits: components above chance", [float(r) for r in real])
    C = pca.covariance(X)
    values, _ = pca.eigenpairs(C, 2, np.random.default_rng(0))
    measured = [
        pca.contraction(pca.power_iteration(C, np.random.default_rng(s))[2])
        for s in range(10)
    ]
    off = [100 * (m / (values[1] / values[0]) - 1) for m in measured]
    yield Claim("digits: contraction off the predicted one (%)", off)


CLAIMS: dict[str, Callable[[], Iterator[Claim]]] = {
    "kmeans": of_kmeans,
    "pca_visualizer": of_pca_visualizer,
}


def main(names: list[str]) -> None:
    """Measure the claims of the named projects, or of all."""
    for name in names:
        if name not in CLAIMS:
            sys.exit(f"{name}: nothing is measured; there are {', '.join(CLAIMS)}")
    print(f"{datetime.date.today()}, mean ± standard deviation (seeds)\n")
    for name in names or CLAIMS:
        for claim in CLAIMS[name]():
            mean, sd, n = np.mean(claim.values), np.std(claim.values), len(claim.values)
            print(f"{name:16}{claim.what:52}{mean:8.2f} ± {sd:.2f} ({n})", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
