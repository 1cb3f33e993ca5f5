"""Chapter 4 against scikit-learn: 50 components of MNIST.

python benchmarks/bench_pca_visualizer.py
"""

import harness
import numpy as np
from sklearn import decomposition

from common import data
from phase1_linear_algebra import pca_visualizer


def main() -> list[harness.Result]:
    """PCA(50).fit of 60,000 x 784 in float32, against both of scikit-learn's ways."""
    harness.title("PCA", "numpy", "scikit-learn")
    X, results = data.load_mnist()[0], []
    for solver, bar, repeats in (("auto", "0.95", 9), ("randomized", "5", 3)):

        def ours() -> pca_visualizer.PCA:
            return pca_visualizer.PCA(50).fit(X)

        def peer(solver: str = solver) -> decomposition.PCA:
            return decomposition.PCA(50, svd_solver=solver, random_state=0).fit(X)

        variance = peer().explained_variance_ * (len(X) - 1) / len(X)  # ours has 1/n
        excess = np.abs(ours().explained_variance_ / variance - 1).max()
        limit = 1e-3 if solver == "auto" else 0.05  # the randomised way is not exact
        assert excess < limit, f"not the same work: variances differ by {excess:.1e}"
        work = f"50 components of 60,000 x 784, solver {solver!r}"
        results.append(harness.duel(work, ours, peer, bar, repeats))
    return results


if __name__ == "__main__":
    main()
