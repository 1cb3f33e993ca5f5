"""Chapter 14 against scikit-learn: ten digits, to the same loss.

python benchmarks/bench_logistic_regression.py
"""

import warnings

import harness
import numpy as np
from scipy import special
from sklearn import exceptions, linear_model

from common import data
from phase4_ml import logistic_regression


def objective(V: np.ndarray, X: np.ndarray, y: np.ndarray) -> float:
    """Mean cross-entropy + 1/(2n) ‖W‖², in double precision; V (k, d + 1)."""
    Z = X @ V[:, :-1].T + V[:, -1]
    surprise = special.logsumexp(Z, axis=1) - Z[np.arange(len(y)), y]
    return float(surprise.mean() + (V[:, :-1] ** 2).sum() / 2 / len(y))


def main() -> list[harness.Result]:
    """20,000 digits of MNIST: until the loss is that of scikit-learn's lbfgs."""
    harness.title("logistic regression", "numpy", "scikit-learn")
    warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
    X, y = (part[:20_000] for part in data.load_mnist()[:2])
    results = []
    for dtype, bar in ((np.float32, "3"), (np.float64, "")):
        rows = X.astype(dtype)

        def peer(rows: np.ndarray = rows) -> np.ndarray:
            model = linear_model.LogisticRegression(C=1.0).fit(rows, y)
            return np.column_stack([model.coef_, model.intercept_])

        goal = objective(peer().astype(float), X.astype(float), y)

        def ours(rows: np.ndarray = rows, goal: float = goal) -> np.ndarray:
            walk = logistic_regression.descend(rows, y, 1 / len(y))
            return next(V for _, V, loss in walk if loss <= goal)

        excess = objective(ours(), X.astype(float), y) / goal - 1
        assert excess < 1e-6, f"not the same work: the loss differs by {excess:.1e}"
        work = f"20,000 x 784, 10 classes, to lbfgs's loss, {rows.dtype}"
        results.append(harness.duel(work, ours, peer, bar, repeats=5))
    return results


if __name__ == "__main__":
    main()
