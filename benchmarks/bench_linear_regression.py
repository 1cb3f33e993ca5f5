"""Chapter 13 against scikit-learn: least squares, ridge, the lasso and its path.

python benchmarks/bench_linear_regression.py
"""

import harness
import numpy as np
from sklearn import linear_model

from phase4_ml import linear_regression as lr


def table(n: int, d: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Related columns that are not centred, and a y that a third of them make."""
    mix = np.eye(d) + 0.3 * rng.normal(size=(d, d)) / np.sqrt(d)
    X = rng.normal(size=(n, d)) @ mix + 5
    w = rng.normal(size=d) * (rng.random(d) < 1 / 3)
    return X, X @ w + 3 * rng.normal(size=n)


def main() -> list[harness.Result]:
    """The same coefficients (to 1e-8, the lasso to 1e-6), then the time of each."""
    harness.title("linear regression", "numpy", "scikit-learn")
    rng = np.random.default_rng(0)
    small, large = table(20_640, 13, rng), table(20_000, 200, rng)
    plain, ridge, lasso = (
        linear_model.LinearRegression, linear_model.Ridge, linear_model.Lasso
    )  # fmt: skip
    work = [
        ("least squares", small, lr.LinearRegression(), plain(), 1e-8, "4"),
        ("ridge, lam 1", small, lr.Ridge(1.0), ridge(alpha=1.0), 1e-8, "1.6"),
        ("lasso, lam 0.1", small, lr.Lasso(0.1), lasso(alpha=0.1), 1e-6, "1.5"),
        ("lasso, lam 0.1", large, lr.Lasso(0.1), lasso(alpha=0.1), 1e-6, "1.0"),
    ]
    results = []
    for name, (X, y), ours, theirs, limit, bar in work:
        if isinstance(theirs, lasso):  # to their own limit they are only near
            exact = lasso(alpha=0.1, tol=1e-12).fit(X, y).coef_
        else:
            exact = theirs.fit(X, y).coef_
        off = np.abs(ours.fit(X, y).coef_ - exact).max()
        assert off < limit, f"not the same work: {name} differs by {off:.1e}"

        def we(model: lr.LinearRegression = ours, X=X, y=y) -> object:  # type: ignore[no-untyped-def]
            return [model.fit(X, y) for _ in range(20 if X.shape[1] < 50 else 2)]

        def peer(model=theirs, X=X, y=y) -> object:  # type: ignore[no-untyped-def]
            return [model.fit(X, y) for _ in range(20 if X.shape[1] < 50 else 2)]

        times = 20 if X.shape[1] < 50 else 2
        label = f"{name}: {len(X):,} x {X.shape[1]}, {times} times"
        results.append(harness.duel(label, we, peer, bar, repeats=15))
    for X, y in (small, large):
        Z, r = X - X.mean(axis=0), y - y.mean()
        lams, W = lr.regularisation_path(X, y)
        theirs = linear_model.lasso_path(Z, r, alphas=lams, tol=1e-10)[1].T
        off = np.abs(W - theirs).max()
        assert off < 1e-6, f"not the same work: the paths differ by {off:.1e}"

        def our_path(X: np.ndarray = X, y: np.ndarray = y) -> object:
            return lr.regularisation_path(X, y)

        def their_path(
            X: np.ndarray = X, y: np.ndarray = y, lams: np.ndarray = lams
        ) -> object:
            Z, r = X - X.mean(axis=0), y - y.mean()
            return linear_model.lasso_path(Z, r, alphas=lams)

        label = f"lasso path of 100 lams: {len(X):,} x {X.shape[1]}"
        results.append(harness.duel(label, our_path, their_path))
    return results


if __name__ == "__main__":
    main()
