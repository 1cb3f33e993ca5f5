"""What is claimed of chapter 13, over several seeds."""

from collections.abc import Iterator

import numpy as np
from harness import Claim

from common import data
from phase4_ml import linear_regression as lr

SPLITS = 30


def claims() -> Iterator[Claim]:
    """Boston with and without column B; few rows; the lasso's two lams; coverage."""
    frame = data.read_csv(data.find("housing_data.csv"))
    names = [str(name) for name in frame]
    X, y = data.numbers(frame, names[:-1]), data.numbers(frame, ["MEDV"])[:, 0]
    place = names.index("B")
    without = np.delete(X, place, axis=1)
    scores = [boston(without, y, seed) for seed in range(SPLITS)]
    yield Claim("Boston, 80 % to learn from: R² of the test", [r2 for r2, _ in scores])
    yield Claim("the same: root of the MSE, $1,000", [rms for _, rms in scores])
    yield Claim("the same with column B", [boston(X, y, s)[1] for s in range(SPLITS)])
    yield from few_rows(without, y)
    yield from sparse(without, y)
    yield Claim("true weights within 1.96 se (%)", [covered(s) for s in range(10)])


def boston(X: np.ndarray, y: np.ndarray, seed: int) -> tuple[float, float]:
    """R² and root of the MSE of least squares, on a fifth of the rows."""
    A, B, a, b = data.split(X, y, 0.2, np.random.default_rng(seed))
    y_hat = lr.LinearRegression().fit(A, a).predict(B)
    return lr.r2(b, y_hat), lr.mse(b, y_hat) ** 0.5


def few_rows(X: np.ndarray, y: np.ndarray) -> Iterator[Claim]:
    """Root of the MSE elsewhere, when only 20 districts are known."""
    models = {"least squares": lr.LinearRegression(), "ridge, lam 3": lr.Ridge(3.0),
              "lasso, lam 0.5": lr.Lasso(0.5)}  # fmt: skip
    found: dict[str, list[float]] = {name: [] for name in models}
    for seed in range(SPLITS):
        order = np.random.default_rng(seed).permutation(len(y))
        few, rest = order[:20], order[20:]
        _, mean, std = data.standardize(X[few])
        Z = (X - mean) / std
        for name, model in models.items():
            keep = np.ptp(X[few], axis=0) > 0  # CHAS is often 0 in all twenty
            model.fit(Z[few][:, keep], y[few])
            y_hat = model.predict(Z[rest][:, keep])
            found[name].append(lr.mse(y[rest], y_hat) ** 0.5)
    for name, values in found.items():
        yield Claim(f"20 districts to learn from, root of the MSE: {name}", values)


def sparse(X: np.ndarray, y: np.ndarray) -> Iterator[Claim]:
    """Features in, and root of the MSE, at the lasso's best and simplest lam."""
    rows: list[list[float]] = []
    for seed in range(SPLITS):
        A, B, a, b = data.split(X, y, 0.2, np.random.default_rng(seed))
        Z, mean, std = data.standardize(A)
        lams, W = lr.regularisation_path(Z, a)
        errors = lr.path_errors(Z, a, lams, 10, seed)
        row: list[float] = []
        for at in lr.one_standard_error(errors):
            miss = b - a.mean() - (B - mean) / std @ W[at]
            row += [float((W[at] != 0).sum()), float(np.sqrt(np.mean(miss**2)))]
        rows.append(row)
    names = ("features in, best lam", "root of the MSE, best lam",
             "features in, simplest lam", "root of the MSE, simplest lam")  # fmt: skip
    for name, values in zip(names, zip(*rows)):
        yield Claim(f"lasso, Boston: {name}", list(values))


def covered(seed: int) -> float:
    """Share of true weights that lie within 1.96 standard errors, in %."""
    rng, hits = np.random.default_rng(seed), []
    for _ in range(200):
        X, w = rng.normal(size=(60, 4)), rng.normal(size=4)
        found = lr.summary(X, X @ w + rng.normal(size=60))[1:]
        hits += list(np.abs(found[:, 0] - w) <= 1.96 * found[:, 1])
    return 100 * float(np.mean(hits))
