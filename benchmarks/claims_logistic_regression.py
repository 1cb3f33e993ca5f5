"""What is claimed of chapter 14, over several seeds."""

from collections.abc import Iterator

import numpy as np
from harness import Claim

from common import data
from phase4_ml import logistic_regression as lr

SPLITS = 30


def claims() -> Iterator[Claim]:
    """Accuracy on new rows, steps to the bottom, and how far promises are off."""
    frame = data.read_csv(data.find("iris.csv"))
    X = data.numbers(frame, [str(name) for name in frame.columns[:4]])
    y = np.unique(frame["species"], return_inverse=True)[1]
    runs = [learn(X, y, seed, 1.0) for seed in range(SPLITS)]
    yield Claim("iris, 30 new rows right (%)", [right for right, *_ in runs])
    yield Claim("iris, steps of L-BFGS", [steps for _, steps, _ in runs])
    for share, name in ((1.0, "1/n"), (0.05, "1/(20 n)")):
        off = [learn(X, y, seed, share)[2] for seed in range(SPLITS)]
        yield Claim(f"iris, stated less true, lam = {name} (points)", off)
    yes = (y == 2).astype(int)
    steps = [in_few_steps(X, yes, seed) for seed in range(SPLITS)]
    yield Claim("virginica or not: steps of Newton", [a for a, _ in steps])
    yield Claim("the same: steps of gradient descent", [b for _, b in steps])
    digits, y = data.load_digits()
    runs = [learn(digits / 16, y, seed, 1.0, False) for seed in range(10)]
    yield Claim("digits 8 x 8, 355 new rows right (%)", [right for right, *_ in runs])


def learn(
    X: np.ndarray, y: np.ndarray, seed: int, share: float, scale: bool = True
) -> tuple[float, float, float]:
    """New rows right in %, steps, and mean P of the answer less share right, in %."""
    numbers = lr.fold_numbers(y, 5, np.random.default_rng(seed))
    train, test = numbers != 0, numbers == 0
    if scale:
        _, mean, std = data.standardize(X[train])
        X = (X - mean) / std
    model = lr.LogisticRegression(share / train.sum()).fit(X[train], y[train])
    P = model.predict_proba(X[test])
    right = (P.argmax(axis=1) == y[test]).mean()
    off = P.max(axis=1).mean() - right
    return 100 * float(right), float(model.n_iter_), 100 * float(off)


def in_few_steps(X: np.ndarray, y: np.ndarray, seed: int) -> tuple[float, float]:
    """Steps to the lowest loss: of Newton, and of descent to 1e-6 above it."""
    rows = np.flatnonzero(lr.fold_numbers(y, 5, np.random.default_rng(seed)))
    A = lr.with_ones(data.standardize(X[rows])[0])
    *_, (few, _, bottom) = lr.newton(A, y[rows], 1 / len(rows))
    walk = lr.train(A, y[rows], None, 20_000, 1 / len(rows))
    many = next(step for step, _, loss in walk if loss <= bottom + 1e-6)
    return float(few), float(many)
