"""What is claimed of chapter 4, over several seeds."""

from collections.abc import Iterator

import numpy as np
from harness import Claim

from common import data
from phase1_linear_algebra import pca_visualizer as pca


def claims() -> Iterator[Claim]:
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
