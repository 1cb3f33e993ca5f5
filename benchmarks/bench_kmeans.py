"""Chapter 15 against scikit-learn: the same rounds from the same start.

python benchmarks/bench_kmeans.py
"""

import harness
import numpy as np
from sklearn import cluster

from phase4_ml import kmeans


def blobs(n: int, d: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """n points around k places, near enough to overlap."""
    places = rng.normal(0, 3, (k, d))
    return places[rng.integers(k, size=n)] + rng.normal(0, 1.5, (n, d))


def main() -> list[harness.Result]:
    """Twenty rounds of Lloyd's algorithm on 100,000 points, three shapes, two types."""
    harness.title("k-means", "numpy", "scikit-learn")
    rng, results = np.random.default_rng(0), []
    for d, k, bar in ((2, 10, "0.7"), (16, 64, "1.0"), (64, 64, "1.3")):
        for dtype in (np.float32, np.float64):
            X = blobs(100_000, d, k, rng).astype(dtype)
            C = X[rng.choice(len(X), k, replace=False)]

            def ours(X: np.ndarray = X, C: np.ndarray = C) -> float:
                return kmeans.KMeans(len(C), start=C, iterations=20).fit(X).inertia_

            def peer(X: np.ndarray = X, C: np.ndarray = C) -> float:
                return cluster.KMeans(
                    len(C), init=C, n_init=1, max_iter=20, tol=0, algorithm="lloyd"
                ).fit(X).inertia_  # fmt: skip

            excess = ours() / peer() - 1
            assert abs(excess) < 1e-4, f"not the same work: J differs by {excess:.1e}"
            work = f"20 rounds, n = 100,000, d = {d}, k = {k}, {X.dtype}"
            results.append(harness.duel(work, ours, peer, bar))
    return results


if __name__ == "__main__":
    main()
