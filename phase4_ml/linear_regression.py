"""Chapter 13. Linear regression: the straight line that misses all points the least.

What is a house worth? Give each room, each mile to work, each point of tax a price, and
add up. Which prices? Those with the smallest squares of all misses. That is a bowl in
the prices, and there are two ways to its bottom: solve for the place where it is level,
or walk down. Both lead to the same numbers, the second without any formula, and it is
the one that will train the networks of the later chapters.

    ‖y − Xw‖²  is least where its gradient  −2 Xᵀ(y − Xw)  is 0:    XᵀX w = Xᵀy

You will see both ways agree, what they know of houses that they have not seen, and how
sure each price is. `--ridge` and `--lasso` hold the prices small, `--path` films the
lasso as it lets in one feature after the other; `--nist` counts the digits that four
solvers keep on problems whose columns are nearly alike.

    python phase4_ml/linear_regression.py housing_data.csv
    python phase4_ml/linear_regression.py california_housing.csv
    python phase4_ml/linear_regression.py housing_data.csv --columns RM
    python phase4_ml/linear_regression.py housing_data.csv --ridge 1.0
    python phase4_ml/linear_regression.py housing_data.csv --lasso 0.1
    python phase4_ml/linear_regression.py --path
    python phase4_ml/linear_regression.py --nist
    python phase4_ml/linear_regression.py housing_data.csv --model houses.npz
    python phase4_ml/linear_regression.py --model houses.npz --predict new.csv

Names
    X        (n, d)  features: n rows of d numbers
    y        (n,)    the target, what is to be predicted; ŷ = Xw + b is the prediction
    w, b     (d,)    weights, one for each feature, and the intercept, a number
    G, c     (d, d)  XᵀX, and Xᵀy (d,), of centred columns
    lam              the price of large weights, λ
    lr               the learning rate, the length of a step downhill

What this leaves out: errors in the features, robust losses (a square makes much of an
outlier), and whether a feature is a cause: weights describe, they do not explain.

Source: James et al., "An Introduction to Statistical Learning", chapters 3 and 6;
Golub, "Numerical methods for solving linear least squares problems" (1965).
"""

import argparse
import math
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from common import console, data, figures

Array = np.ndarray
Line = tuple[Array, float]  # weights and intercept

ROWS = 4096  # rows at a time, so that a block stays in the cache
LEVELS = 20  # a column of words with more different ones than this is left out
ALIKE = 1e-6  # if so little of a column is new, it follows from those before it


# --------------------------------------------------------------------------
# Milestone 1: the best line, solved for


def cholesky(A: Array) -> Array:
    """The lower triangle L, 0 above its diagonal, with L Lᵀ = A: (d, d) -> (d, d).

    For a symmetric A. Column by column, from entry j of the diagonal down:

        L[:, j] = (A[:, j] − Σ_{k<j} L[j, k] L[:, k]) / L[j, j]

    and L[j, j] is the root of what the bracket has at j, the pivot. If A is XᵀX, the
    pivot is the squared length of what is new in column j of X, and A[j, j] that of the
    whole column. ValueError, naming j, if the pivot is at most 1e-13 of A[j, j]: then
    nothing is new but rounding.
    """
    L = np.zeros(A.shape)
    for j in range(len(A)):
        column = A[j:, j] - L[j:, :j] @ L[j, :j]
        if not column[0] > 1e-13 * A[j, j]:
            raise ValueError(f"column {j} (from 0) follows from the others; leave it "
                             "out, or ask for small weights (ridge)")  # fmt: skip
        L[j:, j] = column / math.sqrt(column[0])
    return L


def solve_lower(L: Array, b: Array) -> Array:
    """z with L z = b, L lower triangular: the first line has one unknown, and so on.

    L (d, d), b (d,) or (d, k) for k right sides at once -> the shape of b.
    """
    z = np.zeros(b.shape)
    for i in range(len(L)):
        z[i] = (b[i] - L[i, :i] @ z[:i]) / L[i, i]
    return z


def solve_upper(R: Array, b: Array) -> Array:
    """z with R z = b, R upper triangular: the same, from the last line up."""
    z = np.zeros(b.shape)
    for i in reversed(range(len(R))):
        z[i] = (b[i] - R[i, i + 1 :] @ z[i + 1 :]) / R[i, i]
    return z


def normal_equation(X: Array, y: Array) -> Array:
    """The w with the least ‖y − Xw‖², out of XᵀX w = Xᵀy: X (n, d), y (n,) -> (d,).

    XᵀX = L Lᵀ, so solve L z = Xᵀy, then Lᵀ w = z. Only the columns that are given: an
    intercept is a column of ones. ValueError (from `cholesky`) if a column follows from
    the others, as some do whenever d > n.
    """
    L = cholesky(X.T @ X)
    return solve_upper(L.T, solve_lower(L, X.T @ y))


def householder(A: Array, b: Array) -> tuple[Array, Array]:
    """R (d, d), upper triangular, and c (d,): A w = b, mirrored until it is solved.

    A mirror keeps lengths, so ‖A w − b‖ is least at the same w when both sides are
    mirrored. Mirror j sends column j, from its diagonal entry down, to (∓length, 0 …):

        v = column ± length · (1, 0, …)       mirrored u = u − 2 v (v·u) / (v·v)

    with the sign of the column's first entry, so that nothing cancels in v. It acts on
    the rows from j on, of (copies of) A and b. Of n > d rows only the first d are
    returned: no w changes the rest. A column that is 0 from j down is left alone.
    """
    R, c = np.array(A, dtype=float), np.array(b, dtype=float)
    for j in range(R.shape[1]):
        v = R[j:, j].copy()
        v[0] += np.copysign(np.linalg.norm(v), v[0])
        size = v @ v
        if size > 0:
            R[j:, j:] -= np.outer(v, (2 / size) * (v @ R[j:, j:]))
            c[j:] -= (2 / size) * (v @ c[j:]) * v
    d = R.shape[1]
    return np.triu(R[:d]), c[:d]


def qr_solve(A: Array, b: Array) -> Array:
    """The w with the least ‖b − A w‖², by mirrors: A (n, d), b (n,) -> (d,).

    R w = c of `householder`, from the last line up. The same w as `normal_equation`,
    with more of its digits: AᵀA was never made. ValueError if n < d, or if the diagonal
    of R has an entry of at most 1e-13 of its column's length: nothing new in it.
    """
    if len(A) < A.shape[1]:
        raise ValueError(f"{A.shape[1]} unknowns need as many rows, not {len(A)}")
    R, c = householder(A, b)
    new = np.abs(np.diag(R)) > 1e-13 * np.linalg.norm(R, axis=0)
    if not new.all():
        raise ValueError(f"column {np.argmin(new)} (from 0) follows from the others")
    return solve_upper(R, c)


def condition(X: Array) -> float:
    """How much a small error in y may grow in w: largest / smallest singular value.

    Every column is brought to length 1 first, so that units do not matter. 1 if all are
    at right angles; without end if one follows from the others. (A singular value of X
    is the root of an eigenvalue of XᵀX, so XᵀX has the square of this.) ValueError if a
    column is 0.
    """
    length = np.linalg.norm(X, axis=0)
    if not length.all():
        raise ValueError(f"column {np.argmin(length)} (from 0) is all zeros")
    values = np.linalg.svd(X / length, compute_uv=False)
    return float(values[0] / values[-1]) if values[-1] > 0 else math.inf


def spare_columns(X: Array) -> list[int]:
    """Numbers of the columns that say nothing new: X (n, d) -> at most d of them.

    Constant ones, and those that follow from the ones before them. In Z each column has
    the mean 0 and the deviation 1 (`data.standardize(X)[0]`; a constant one is 0), so
    its length is √n. Take from column j its shadow on each direction kept so far
    (twice: the first round leaves rounding). If at most ALIKE · √n is left, it is
    spare; else what is left, brought to length 1, is one more direction.
    """
    Z, spare = data.standardize(X)[0], []
    kept = np.zeros((len(Z), 0))
    for j, z in enumerate(Z.T):
        left = z - kept @ (kept.T @ z)
        left -= kept @ (kept.T @ left)
        size = np.linalg.norm(left)
        if size <= ALIKE * math.sqrt(len(Z)):
            spare.append(j)
        else:
            kept = np.column_stack([kept, left / size])
    return spare


# --------------------------------------------------------------------------
# Milestone 2: the best line, walked to


def mse(y: Array, y_hat: Array) -> float:
    """The mean squared error, Σ (y − ŷ)² / n, as in chapter 7."""
    return float(np.mean((y - y_hat) ** 2))


def gradient_loop(X: Array, y: Array, w: Array) -> Array:
    """The gradient of the mean squared error, said plainly: -> (d,).

    The same as `gradient`, a hundred times slower: read this one, run the other.
    """
    slope = np.zeros(len(w))
    for x, target in zip(X, y):
        too_high = sum(x * w) - target
        for j in range(len(w)):
            slope[j] += 2 * too_high * x[j] / len(y)
    return slope


def gradient(X: Array, y: Array, w: Array) -> Array:
    """How fast the mean squared error grows with each weight: -> (d,).

        ∂/∂wⱼ Σᵢ (xᵢ·w − yᵢ)² / n = 2 Σᵢ (xᵢ·w − yᵢ) xᵢⱼ / n        2 Xᵀ(Xw − y) / n

    For one row it is the chain rule: a square has the slope 2 · (what is inside), and
    the inside grows by xⱼ with wⱼ.
    """
    return 2 * X.T @ (X @ w - y) / len(y)


def best_rate(X: Array) -> float:
    """The learning rate with which descent arrives soonest: 2 / (steepest + flattest).

    The bowl curves by the eigenvalues of 2 XᵀX / n (chapter 6): the largest limits the
    step, the smallest is the direction that waits. With κ = largest / smallest, every
    step leaves (κ − 1) / (κ + 1) of the way.
    """
    curves = np.linalg.eigvalsh(2 * X.T @ X / len(X))
    return float(2 / (curves[-1] + max(curves[0], 0)))


def gradient_descent(
    X: Array, y: Array, lr: float, iterations: int
) -> Iterator[tuple[int, Array, float]]:
    """Yields (iteration, w, mean squared error), from the start, 0, to `iterations`.

    It begins with w = 0, and each step is w − lr · gradient; so that many + 1 triples.
    ValueError if the error grows: above a thousand times the mean of y², or no number.
    """
    w, limit = np.zeros(X.shape[1]), 1000 * float(np.mean(y**2)) + 1e-300
    for iteration in range(iterations + 1):
        error = mse(y, X @ w)
        if not error <= limit:
            raise ValueError(f"lr = {lr:.4g} is too large: the error grows, take less")
        yield iteration, w, error
        w = w - lr * gradient(X, y, w)


def undo_scaling(w: Array, b: float, mean: Array, std: Array) -> Line:
    """Weights and intercept for X itself, from those for Z = (X − mean) / std.

    w·(x − mean)/std + b is the same number as (w/std)·x + (b − (w/std)·mean).
    """
    return w / std, float(b - (w / std) @ mean)


# --------------------------------------------------------------------------
# Milestone 3: small weights predict better


def centred_products(X: Array, y: Array) -> tuple[Array, float, Array, Array]:
    """Means of X (d,) and of y, then G = XᵀX (d, d) and c = Xᵀy (d,) less the means.

    All that least squares, ridge and lasso need to know of n rows. The line goes
    through the means, ȳ = x̄·w + b; with the means taken off, nobody need speak of b. A
    constant column has zeros in G and c, exactly: if Gⱼⱼ is at most n (1e-14 x̄ⱼ)².
    """
    n, d = X.shape
    mean, y_mean = np.full(n, 1 / n) @ X, float(y.mean())  # fast: a product
    G, c = np.zeros((d, d)), np.zeros(d)
    for i in range(0, n, ROWS):  # fast: no second X, each block is in the cache
        block = X[i : i + ROWS] - mean
        G += block.T @ block
        c += block.T @ (y[i : i + ROWS] - y_mean)
    constant = np.diag(G) <= n * (1e-14 * mean) ** 2  # subtle: all that is left is
    G[constant], G[:, constant], c[constant] = 0, 0, 0  # rounding, which is no news
    return mean, y_mean, G, c


def ridge(X: Array, y: Array, lam: float) -> Line:
    """w (d,) and b with the least ‖y − Xw − b‖² + lam ‖w‖²; b is free.

    The gradient is 0 where (G + lam I) w = c. lam > 0 makes every pivot at least lam,
    and so it can be solved for any X, even with more columns than rows; lam = 0 is
    least squares. ValueError if lam < 0.
    """
    if not lam >= 0:
        raise ValueError(f"lam must not be negative: {lam}")
    mean, y_mean, G, c = centred_products(X, y)
    L = cholesky(G + lam * np.eye(len(c)))
    w = solve_upper(L.T, solve_lower(L, c))
    return w, float(y_mean - mean @ w)


def soft_threshold(z: float, lam: float) -> float:
    """z moved towards 0 by lam, and 0 if it would pass it.

    The w with the least ½ (w − z)² + lam |w|: the kink of |w| holds w at 0 until z
    pulls harder than lam.
    """
    return math.copysign(max(abs(z) - lam, 0.0), z)


def too_strong(G: Array, c: Array, lam: float, w: Array) -> float:
    """By how much any pull misses what it is where ½ wᵀGw − cᵀw + lam ‖w‖₁ is least.

    The pull at a weight, cⱼ − (G w)ⱼ, is how fast the bowl falls as wⱼ grows. Where the
    whole is least it is lam signⱼ if wⱼ is not 0, so |pull − lam sign| counts; if wⱼ is
    0, it is at most lam either way, and |pull| − lam counts. The largest of these: at
    most 0, up to rounding, if no better w exists.
    """
    pull = c - G @ w
    used = np.abs(pull - lam * np.sign(w))
    return float(np.where(w != 0, used, np.abs(pull) - lam).max())


def jump(G: Array, c: Array, lam: float, w: Array) -> Array:
    """From w to the bottom of its own bowl, or as far as the signs stay: -> (d,), new.

    While the signs stay, lam |wⱼ| is lam signⱼ wⱼ and has no kink. The weights in use
    (not 0) then have a plain bowl; its bottom is the step δ away that solves

        G δ = c − lam sign − G w            in the rows and columns of these weights

    (with 1e-11 of its diagonal added to G: columns that are alike could not be solved
    for). Go there; but if a sign would change on the way, stop where the first weight
    becomes 0, exactly. Weights that are 0 stay 0.
    """
    used, new = np.flatnonzero(w), w.copy()
    old, curves = w[used], G[np.ix_(used, used)]
    L = cholesky(curves + 1e-11 * np.diag(np.diag(curves)))
    missing = (c - G @ w)[used] - lam * np.sign(old)
    step = solve_upper(L.T, solve_lower(L, missing))
    crosses = np.sign(old + step) != np.sign(old)
    share = np.ones(len(used))  # of the way, until this weight is 0
    share[crosses] = old[crosses] / -step[crosses]
    first = share.min(initial=1)
    new[used] = np.where(crosses & (share == first), 0.0, old + first * step)
    return new


def coordinate_descent(G: Array, c: Array, lam: float, start: Array) -> Array:
    """The w with the least ½ wᵀGw − cᵀw + lam ‖w‖₁, one weight at a time: -> (d,).

    With the others held, wⱼ is best at soft_threshold(pull, lam) / Gⱼⱼ, and its pull is
    cⱼ − Σ_{k≠j} Gⱼₖ wₖ. Sweep over all j, again and again; after a sweep that changes
    no sign, `jump`, which is usually the end of it: when `too_strong` is at most 1e-10
    of the largest |c|, or after 10,000 sweeps. A weight with Gⱼⱼ = 0 (of a constant
    column) is 0, whatever `start` has in its place.
    """
    w, limit = np.where(np.diag(G) > 0, start, 0.0), 1e-10 * np.abs(c).max()
    diagonal = np.diag(G).tolist()
    for _ in range(10_000):
        before, left = np.sign(w), c - G @ w  # left: what pulls at each weight
        for j, curve in enumerate(diagonal):
            old = float(w[j])
            if curve > 0:
                new = soft_threshold(float(left[j]) + curve * old, lam) / curve
                if new != old:
                    left -= (new - old) * G[j]
                    w[j] = new
        if (np.sign(w) == before).all():
            w = jump(G, c, lam, w)
        if too_strong(G, c, lam, w) <= limit:
            break
    return w


def lasso(X: Array, y: Array, lam: float) -> Line:
    """w (d,) and b with the least ‖y − Xw − b‖² / 2n + lam ‖w‖₁; b is free.

    ‖w‖₁ = Σ |wⱼ|. It is `coordinate_descent` with G/n and c/n, from w = 0. ValueError
    if lam < 0.
    """
    if not lam >= 0:
        raise ValueError(f"lam must not be negative: {lam}")
    mean, y_mean, G, c = centred_products(X, y)
    w = coordinate_descent(G / len(y), c / len(y), lam, np.zeros(len(c)))
    return w, float(y_mean - mean @ w)


def largest_lam(X: Array, y: Array) -> float:
    """The smallest lam at which the lasso makes all weights 0: max |c| / n."""
    return float(np.abs(centred_products(X, y)[3]).max() / len(y))


def regularisation_path(
    X: Array, y: Array, lams: Sequence[float] | Array | None = None
) -> tuple[Array, Array]:
    """lams (m,), and the lasso's weights for each of them, W (m, d).

    Without `lams`: 100, each the same share of the one before, from `largest_lam` to a
    thousandth of it. Each begins where the last one ended, which is near.
    """
    _, _, G, c = centred_products(X, y)
    G, c = G / len(y), c / len(y)
    if lams is None:
        lams = np.geomspace(1, 1e-3, 100) * largest_lam(X, y)
    W, w = [], np.zeros(len(c))
    for lam in lams:
        w = coordinate_descent(G, c, float(lam), w)
        W.append(w)
    return np.array(lams, dtype=float), np.array(W).reshape(len(W), len(c))


# --------------------------------------------------------------------------
# Milestone 4: judged on rows that it has not seen


def check(X: Any, y: Any = None) -> tuple[Array, Array]:  # given
    """X (n, d) and y (n,) as floats; ValueError if they will not do."""
    X = np.asarray(X, dtype=float)
    y = np.zeros(len(X)) if y is None else np.asarray(y, dtype=float)
    if X.ndim != 2 or 0 in X.shape or y.shape != (len(X),):
        raise ValueError(f"X must be (n, d) and y (n,), not {X.shape} and {y.shape}")
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise ValueError("X and y must be finite numbers; fill the gaps first")
    return X, y


class LinearRegression:
    """Least squares with an intercept, to be used as scikit-learn's."""

    coef_: Array  # (d,)
    intercept_: float

    def solve(self, X: Array, y: Array) -> Line:  # given
        """Weights and intercept of least squares."""
        return ridge(X, y, 0.0)

    def fit(self, X: Array, y: Array) -> Self:
        """Learn coef_ (d,) and intercept_ from X (n, d) and y (n,); returns self.

        By `self.solve(X, y)`, after `check`, which raises ValueError.
        """
        self.coef_, self.intercept_ = self.solve(*check(X, y))
        return self

    def predict(self, X: Array) -> Array:
        """ŷ = X coef_ + intercept_: (n, d) -> (n,).

        ValueError before fit, from `check`, or if d is not that of fit.
        """
        if not hasattr(self, "coef_"):
            raise ValueError("fit the model before you let it predict")
        X, _ = check(X)
        if X.shape[1] != len(self.coef_):
            raise ValueError(f"the model has learnt {len(self.coef_)} columns, "
                             f"and these are {X.shape[1]}")  # fmt: skip
        return X @ self.coef_ + self.intercept_


class Ridge(LinearRegression):
    """‖y − Xw − b‖² + lam ‖w‖²: many small weights. lam is scikit-learn's alpha."""

    def __init__(self, lam: float = 1.0):  # given
        self.lam = lam

    def solve(self, X: Array, y: Array) -> Line:  # given
        """Weights and intercept of `ridge`."""
        return ridge(X, y, self.lam)


class Lasso(Ridge):
    """‖y − Xw − b‖² / 2n + lam ‖w‖₁: few weights. lam is scikit-learn's alpha."""

    def solve(self, X: Array, y: Array) -> Line:  # given
        """Weights and intercept of `lasso`."""
        return lasso(X, y, self.lam)


def mae(y: Array, y_hat: Array) -> float:
    """The mean absolute error, Σ |y − ŷ| / n, in the units of y."""
    return float(np.mean(np.abs(y - y_hat)))


def r2(y: Array, y_hat: Array) -> float:
    """The share of the squares that is explained, 1 − Σ (y − ŷ)² / Σ (y − ȳ)².

    1 is perfect, 0 is no better than the mean of y, below 0 is worse. NaN if all y are
    equal: there is nothing to explain.
    """
    spread = mse(y, np.full(len(y), y.mean()))
    return 1 - mse(y, y_hat) / spread if spread > 0 else math.nan


def fold_rows(n: int, folds: int, rng: np.random.Generator | int) -> list[Array]:
    """Row numbers 0 … n − 1, shuffled, in `folds` parts of nearly equal size.

    ValueError unless 2 ≤ folds ≤ n. rng: a generator, or a seed for one.
    """
    if not 2 <= folds <= n:
        raise ValueError(f"{n} rows make from 2 to {n} folds, not {folds}")
    order = np.random.default_rng(rng).permutation(n)
    return np.array_split(order, folds)


def cross_validate(
    model: Any, X: Array, y: Array, folds: int, rng: np.random.Generator | int
) -> Array:
    """R² on each fold, of the model fitted to all the other folds: -> (folds,).

    Every row of `fold_rows` is judged once, by a model that has not seen it. The model
    is whatever has fit and predict.
    """
    scores = []
    for out in fold_rows(len(y), folds, rng):
        rest = np.delete(np.arange(len(y)), out)
        model.fit(X[rest], y[rest])
        scores.append(r2(y[out], model.predict(X[out])))
    return np.array(scores)


def path_errors(
    X: Array, y: Array, lams: Array, folds: int, rng: np.random.Generator | int
) -> Array:
    """The lasso's mean squared error on each fold, at each lam: -> (folds, m).

    The folds are those of `fold_rows`, in order. For each: `regularisation_path` of all
    other rows, with their means for the intercept.
    """
    errors = []
    for out in fold_rows(len(y), folds, rng):
        rest = np.delete(np.arange(len(y)), out)
        _, W = regularisation_path(X[rest], y[rest], lams)
        far = X[out] - X[rest].mean(axis=0)
        miss = y[out] - y[rest].mean() - W @ far.T  # (m, rows)
        errors.append((miss**2).mean(axis=1))
    return np.array(errors)


def one_standard_error(errors: Array) -> tuple[int, int]:
    """Numbers of the best lam, and of the simplest one that is no clearly worse.

    errors (folds, m), lams falling. The best has the least mean over the folds. Its
    standard error is their standard deviation (with folds − 1) / √folds. The simplest
    is the first, the largest lam, whose mean is at most one such error above the least.
    """
    mean = errors.mean(axis=0)
    best = int(mean.argmin())
    error = errors[:, best].std(ddof=1) / math.sqrt(len(errors))
    return best, int(np.argmax(mean <= mean[best] + error))


def incomplete_beta(a: float, b: float, x: float) -> float:  # given
    """The share of the area under u^(a−1) (1−u)^(b−1), 0 < u < 1, that is below x.

    By a continued fraction, as in chapter 12, multiplied out from the left (Lentz).
    """
    if x <= 0:
        return 0.0
    if x > (a + 1) / (a + b + 2):  # there it would be slow
        return 1 - incomplete_beta(b, a, 1 - x)
    total, ratio, inverse = 1.0, math.inf, 1.0
    for k in range(1, 10_000):
        m = k // 2
        term = -(a + m) * (a + b + m) if k % 2 else m * (b - m)
        term *= x / ((a + k - 1) * (a + k))
        inverse, ratio = 1 / (1 + term * inverse), 1 + term / ratio
        total *= inverse * ratio
        if abs(inverse * ratio - 1) < 1e-15:
            break
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return total * math.exp(log + a * math.log(x) + b * math.log1p(-x)) / a


def two_sided(t: float, freedom: int) -> float:
    """The chance that luck alone makes a t as far from 0 as this one, either way.

        P(|T| ≥ |t|) = incomplete_beta(ν/2, 1/2, ν / (ν + t²))         ν = freedom

    T is a bell with heavier tails, for the noise has only been estimated. NaN for NaN.
    Near t = 0 the fraction rounds to 1, and t is lost; there 1 less the other side, the
    incomplete_beta(1/2, ν/2, t² / (ν + t²)), is exact.
    """
    if math.isnan(t):
        return math.nan
    if t * t < 1:
        return 1 - incomplete_beta(0.5, freedom / 2, t * t / (freedom + t * t))
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def summary(X: Array, y: Array) -> Array:
    """Each coefficient of least squares with its error: -> (d + 1, 4), intercept first.

    The columns are coefficient, standard error, t = coefficient / error, and p, the
    `two_sided` chance of such a t with n − d − 1 degrees of freedom if the true
    coefficient is 0. With A = [1, X], r = what is missing, and s² = Σ r² / (n − d − 1):

        squares of the errors = diagonal of s² (AᵀA)⁻¹       (AᵀA)⁻¹ = R⁻¹ (R⁻¹)ᵀ

    R is `householder`'s, so that AᵀA = RᵀR, and entry j of the diagonal is the sum of
    the squares in row j of R⁻¹. ValueError if n ≤ d + 1: no row is left for s².
    """
    A = np.column_stack([np.ones(len(X)), X])
    freedom = len(A) - A.shape[1]
    if freedom < 1:
        raise ValueError(f"{len(A)} rows say nothing of {A.shape[1]} errors")
    w = qr_solve(A, y)
    R, _ = householder(A, y)
    s2 = mse(y, A @ w) * len(y) / freedom
    errors = np.sqrt(s2 * (solve_upper(R, np.eye(len(R))) ** 2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):  # an exact fit has no errors
        t = w / errors
    p = [two_sided(float(value), freedom) for value in t]
    return np.column_stack([w, errors, t, p])


def influence(X: Array, y: Array) -> tuple[Array, Array]:
    """Leverage of each row, and its Cook's distance: (n,), (n,).

    h, the leverage, is how far the line follows the row's y: the squared rows of A R⁻¹,
    summed. Without row i all predictions would move; Cook's distance is the sum of the
    squares of that, in units of (d + 1) s²:

        rᵢ² hᵢ / ((1 − hᵢ)² (d + 1) s²)         with A, R, r and s² as in `summary`
    """
    A = np.column_stack([np.ones(len(X)), X])
    R, _ = householder(A, y)
    h = (solve_lower(R.T, A.T) ** 2).sum(axis=0)
    r = y - A @ qr_solve(A, y)
    s2 = r @ r / (len(A) - A.shape[1])
    return h, r**2 * h / ((1 - h) ** 2 * A.shape[1] * s2)


def bend_test(X: Array, y: Array) -> float:
    """The t of ŷ² as one more column, ŷ being least squares: do the residuals bend?

    Beyond ±2 a plane is not the whole truth. (It is what `summary` says of the last
    column.) Take ŷ less its mean before squaring, or ŷ² is nearly ŷ, which X knows.
    """
    w, b = ridge(X, y, 0.0)
    y_hat = X @ w + b
    return float(summary(np.column_stack([X, (y_hat - y_hat.mean()) ** 2]), y)[-1, 2])


# --------------------------------------------------------------------------
# The picture

BLUE, ORANGE, GREY = figures.COLOURS[0], figures.COLOURS[1], "#A9AFB9"
DOTS = {"mew": 0, "alpha": 0.65, "rasterized": True}


class Recipe(NamedTuple):
    """How a table becomes X: a feature is a column of numbers, or one of its words."""

    columns: list[str]
    words: list[str]  # "" for numbers; else the feature is 1 where this word stands
    fills: list[float]  # what stands for an empty cell of numbers
    common: list[str]  # the most frequent word of the column, which has no feature

    @property
    def names(self) -> list[str]:
        """What the features are called: RM, or ocean_proximity=INLAND."""
        return [f"{c}={w}" if w else c for c, w in zip(self.columns, self.words)]


class Task(NamedTuple):
    """What is to be learnt, from which rows, and those it will be judged by."""

    file: str
    target: str
    recipe: Recipe
    X: Array
    y: Array
    lines: Array  # of the file, one for each row
    X_test: Array
    y_test: Array
    lines_test: Array

    def scaled(self) -> tuple[Array, Array, Array, Array]:
        """X and X_test in standard deviations of X from its mean; mean and std."""
        Z, mean, std = data.standardize(self.X)
        return Z, (self.X_test - mean) / std, mean, std


def short(value: float) -> str:
    """A number in three or four digits: 21.9, 0.0301, 68,600."""
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"


def heaviest(w: Array, most: int) -> list[int]:
    """Numbers of the weights that are not 0, the largest first, at most so many."""
    return [int(j) for j in np.argsort(-np.abs(w), kind="stable")[:most] if w[j] != 0]


def brief(name: str, most: int) -> str:
    """A name of at most so many letters: the end of it, after "…"."""
    return name if len(name) <= most else "…" + name[1 - most :]


def plain(value: float, _: object = None) -> str:
    """The label of a tick: 0.1, 400, 400k, 4M, 6bn."""
    for least, size, unit in ((1e9, 1e9, "bn"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if abs(value) >= least:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def plain_ticks(ax: Any) -> None:
    """Few ticks, with plain labels."""
    for axis in (ax.xaxis, ax.yaxis):
        if axis.get_scale() == "linear":
            axis.get_major_locator().set_params(nbins=6)
        axis.set_major_formatter(plain)


class Board:
    """Four views of a fit; the slider, or the keys up and down, holds weights small."""

    KEYS = "click a blue dot: what its prediction is made of    ↑↓ larger, smaller lam"

    def __init__(self, plt: Any, task: Task, solve: Any, lam: float, found: Any):
        from matplotlib.widgets import Slider

        look = {"height_ratios": [9, 9, 1], "figsize": (12, 8.4), "num": "Prices"}
        self.fig, axes = plt.subplot_mosaic("AR;CD;KK", **look)
        self.A, self.R, self.C = axes["A"], axes["R"], axes["C"]
        self.task, self.solve, self.table, self.t = task, solve, found[1], found[2]
        self.Z, self.Z_test, self.mean, self.std = task.scaled()
        (n, d), unit = self.Z.shape, largest_lam(self.Z, task.y) or 1.0
        ends = (1e-3 * unit, 1.01 * unit) if solve is lasso else (1e-4 * n, 1e3 * n)
        start = lam or (0.0 if n > d + 1 else ends[0])
        self.lams = sorted({start, *np.geomspace(ends[0], ends[1], 57).tolist()})
        self.lams = [0.0, *self.lams] if lam and n > d + 1 else self.lams
        place = self.lams.index(start)
        self.slider = Slider(axes["K"], f"{solve.__name__}, lam ", 0,
                             len(self.lams) - 1, valinit=place, valstep=1)  # fmt: skip
        self.slider.on_changed(lambda _: self.draw())
        self.fig.canvas.mpl_connect("key_press_event", lambda e: self.on_key(e.key))
        self.fig.canvas.mpl_connect("button_press_event", self.on_click)
        self.fig.supxlabel(self.KEYS, fontsize=9, color=figures.MUTED)
        draw_descent(axes["D"], found[0])
        self.draw()

    def on_key(self, key: str | None) -> None:
        """Up and down: larger and smaller lam."""
        if move := {"up": 1, "down": -1}.get(key or ""):
            self.slider.set_val(np.clip(self.slider.val + move, 0, self.slider.valmax))

    def draw(self) -> None:
        """The three views that depend on lam."""
        lam, task = self.lams[int(self.slider.val)], self.task
        self.slider.valtext.set_text(f"{lam:<9.3g}")
        self.w, self.b = self.solve(self.Z, task.y, lam)
        self.old, self.new = (Z @ self.w + self.b for Z in (self.Z, self.Z_test))
        self.draw_fit()
        self.draw_residuals()
        self.draw_weights()
        for ax in (self.A, self.R, self.C):
            plain_ticks(ax)
        self.C.set_yticks(range(len(self.shown)), self.labels, fontsize=9)
        self.fig.suptitle(" ", fontsize=10)  # room for a receipt
        self.fig.canvas.draw_idle()

    def draw_fit(self) -> None:
        """Actual against predicted; of a single feature the line itself."""
        ax, task, only = self.A, self.task, len(self.w) == 1
        ax.clear()
        x, x_new = (task.X, task.X_test) if only else (self.old, self.new)
        ax.plot(x, task.y, "o", color=GREY, ms=3, label="learnt from", **DOTS)
        ax.plot(x_new, task.y_test, "o", color=BLUE, ms=4, label="never seen", **DOTS)
        if only:
            ax.vlines(task.X_test[:, 0], self.new, task.y_test, lw=0.8, color="#56B4E9")
            x, y_hat = (np.append(*pair) for pair in ((x, x_new), (self.old, self.new)))
            ends = [x.argmin(), x.argmax()]
            ax.plot(x[ends], y_hat[ends], color=ORANGE, lw=2.5)
        else:
            ax.axline((self.b, self.b), slope=1, ls="--", color=figures.INK, lw=1.2)
        score = r2(task.y_test, self.new)
        x_name = task.recipe.names[0] if only else f"predicted {task.target}"
        ax.set(title=f"{len(self.new):,} rows never seen: R² = {score:.2f}",
               xlabel=x_name, ylabel=f"actual {task.target}")  # fmt: skip
        ax.legend(loc="upper left", markerscale=1.6, framealpha=0.85)

    def draw_residuals(self) -> None:
        """What is missing, against the prediction, and its mean in ten slices."""
        ax, task = self.R, self.task
        ax.clear()
        ax.plot(self.old, task.y - self.old, "o", color=GREY, ms=3, **DOTS)
        ax.plot(self.new, task.y_test - self.new, "o", color=BLUE, ms=4, **DOTS)
        ax.axhline(0, color=figures.INK, lw=1.2, ls="--")
        order = np.argsort(self.old, kind="stable")
        means = [[v[s].mean() for s in np.array_split(order, min(10, len(order)))]
                 for v in (self.old, task.y - self.old)]  # fmt: skip
        ax.plot(*means, "s-", color=ORANGE, ms=5, label="mean of each tenth, grey dots")
        verb = "bend" if abs(self.t) > 2 else "do not bend"
        title = "Residuals" + f" {verb} (t = {self.t:.1f})" * (self.t == self.t)
        ax.set(xlabel=f"predicted {task.target}", ylabel="actual less predicted",
               title=title)  # fmt: skip
        ax.legend(loc="lower left", framealpha=0.85)

    def draw_weights(self) -> None:
        """The largest weights, for one standard deviation of each feature."""
        ax, w, names = self.C, self.w, self.task.recipe.names
        ax.clear()
        at_rest = w if self.table is None else self.table[1:, 0] * self.std
        self.shown = heaviest(at_rest, 14)[::-1]
        self.labels = [brief(names[j], 26) for j in self.shown]
        rows = np.arange(len(self.shown))
        if self.table is not None:
            bars = (1.96 * self.table[1:, 1] * self.std)[self.shown]
            ax.errorbar(at_rest[self.shown], rows, xerr=bars, fmt="none", capsize=3,
                        ecolor=GREY, lw=2, label="least squares ± 1.96 se")  # fmt: skip
        ax.plot(w[self.shown], rows, "o", color=ORANGE, ms=7, label="weight")
        ax.axvline(0, color=figures.INK, lw=1)
        top, zeros = [names[j] for j in heaviest(w, 1)], int((w == 0).sum())
        title = f"{brief(top[0], 22) if top else 'Nothing'} weighs most"
        title = "The only weight" if len(names) == 1 else title
        ax.set(title=title + f", {zeros} are 0" * (zeros > 0),
               xlabel=f"{self.task.target} for one standard deviation more",
               ylim=(-0.7, len(rows) - 0.3))  # fmt: skip
        ax.legend(loc="best", fontsize=9, framealpha=0.85)

    def on_click(self, event: Any) -> None:
        """Say what the prediction of the nearest blue dot is made of."""
        if event.inaxes not in (self.A, self.R):
            return
        x, y = self.new, self.task.y_test
        if event.inaxes is self.R:
            y = y - self.new
        elif len(self.w) == 1:
            x = self.task.X_test[:, 0]
        dots = event.inaxes.transData.transform(np.column_stack([x, y]))
        i = int(((dots - [event.x, event.y]) ** 2).sum(axis=1).argmin())
        self.fig.suptitle(self.receipt(i), fontsize=10, weight="normal", wrap=True)
        self.fig.canvas.draw_idle()

    def receipt(self, i: int) -> str:
        """The terms of a prediction, which add up: the mean, and feature by feature."""
        task, shares = self.task, self.w * self.Z_test[i]
        top = heaviest(shares, 4)
        names = [*(task.recipe.names[j] for j in top), "others"]
        values = [*shares[top], shares.sum() - shares[top].sum()]
        signs = ["+" if value >= 0 else "" for value in values]
        terms = [f"{n} {s}{short(v)}" for n, s, v in zip(names, signs, values)]
        sum_ = f"{short(self.new[i])} = mean {short(self.b)}, {', '.join(terms)}"
        return f"Line {task.lines_test[i]} is {short(task.y_test[i])}, predicted {sum_}"


def draw_descent(ax: Any, history: list) -> None:
    """The mean squared error, step by step, down to that of the normal equation."""
    if not history:
        ax.set_axis_off()
        ax.text(0.5, 0.5, "Hardly more rows than columns:\nno walk without a penalty",
                ha="center", va="center")  # fmt: skip
        return
    steps, errors = np.array([(i, e) for i, _, e in history]).T
    ax.set_xscale("symlog", linthresh=1)  # a logarithm that has room for 0
    ax.semilogy(steps, errors, subs=[], color=BLUE)
    ax.axhline(errors[-1], color=ORANGE, ls="--", lw=1.5)
    ax.text(0.4, errors[0], "gradient descent", color=BLUE, va="center")
    ax.text(0, 1.03 * errors[-1], "normal equation", color=ORANGE, va="bottom")
    near = int(np.argmax(errors <= 1.01 * errors[-1]))
    title = f"The walk: within 1 % in {near:,} step{'s' * (near != 1)}"
    ax.set(xlabel="steps walked", ylabel="mean squared error", title=title)
    plain_ticks(ax)
    ax.yaxis.get_major_locator().set_params(subs=(1, 2, 5))


class PathFilm(figures.Film):
    """The film of a path: lam falls, and one feature after the other is let in."""

    def __init__(self, plt: Any, task: Task, path: tuple[Array, Array], errors: Array):
        fig, self.sides = plt.subplots(1, 2, figsize=(12.5, 6), num="Path")
        self.task, (self.lams, self.W), self.errors = task, path, errors
        self.mean = errors.mean(axis=0)
        self.bar = errors.std(axis=0, ddof=1) / math.sqrt(len(errors))
        super().__init__(fig, self.draw, len(self.lams) // 3, fps=6)
        fig.supxlabel(" ", fontsize=9)  # room for the keys
        fig.canvas.draw()
        fig.set_layout_engine("none")  # fast: to lay it out takes longer than to draw

    def draw(self, frame: int) -> None:
        """The weights and the error down to a lam, every third one."""
        seen = slice(0, 3 * frame + 4)
        for ax, right in zip(self.sides, (5.0, 1.2)):
            ax.clear()
            ax.set(xscale="log", xlabel="lam, falling",
                   xlim=(1.2 * self.lams[0], self.lams[-1] / right))  # fmt: skip
        self.draw_weights(self.sides[0], seen)
        self.draw_errors(self.sides[1], seen)
        for ax in self.sides:
            plain_ticks(ax)

    def draw_weights(self, ax: Any, seen: slice) -> None:
        """Every weight as lam falls; the largest are named where they will end."""
        W, names, last = self.W, self.task.recipe.names, self.W[seen][-1]
        room, top = 1.1 * np.abs(W).max(), heaviest(W[-1], 12)
        out = (W == 0) & (np.roll(W, -1, axis=0) == 0)  # and not about to come in
        some = np.where(out, np.nan, W)
        ax.plot(self.lams[seen], some[seen], color=GREY, lw=0.8)
        y = -room
        for rank, j in sorted(enumerate(top), key=lambda pair: W[-1, pair[1]]):
            y = max(W[-1, j], y + room / 11)  # names need some room
            colour = figures.COLOURS[rank % 6]
            dash = ("-", "--")[rank // 6]
            ax.plot(self.lams[seen], some[seen, j], dash, color=colour)
            ax.text(self.lams[-1] / 1.1, y, brief(names[j], 16), va="center",
                    fontsize=9, color=colour if last[j] else GREY)  # fmt: skip
        ax.axhline(0, color=figures.INK, lw=0.8)
        lam, count = short(self.lams[seen][-1]), (last != 0).sum()
        ax.set(ylim=(-room, room), ylabel=f"{self.task.target} for one standard "
               "deviation more", title=f"lam = {lam}: {count} of {len(last)} features "
               "are in")  # fmt: skip

    def draw_errors(self, ax: Any, seen: slice) -> None:
        """The error on the folds left out, and the two lams that it suggests."""
        lams, low, high = self.lams, self.mean - self.bar, self.mean + self.bar
        ax.fill_between(lams[seen], low[seen], high[seen], color="#CBE5F6",
                        label="± one standard error")  # fmt: skip
        ax.plot(lams[seen], self.mean[seen], color=BLUE)
        best, simple = one_standard_error(self.errors)
        for at, word, fill in ((best, "best", "white"), (simple, "simplest", ORANGE)):
            if at < seen.stop:
                some = (self.W[at] != 0).sum()
                text = f"{word}: lam = {short(lams[at])}, {some} features"
                ax.plot(lams[at], self.mean[at], "o", ms=9, color=ORANGE, mfc=fill,
                        mew=2, label=text)  # fmt: skip
        few, more = ((self.W[at] != 0).sum() for at in (simple, best))
        title = "The error on rows left out falls"
        if best < seen.stop:
            ax.axhline(high[best], color=ORANGE, lw=1, ls="--")
            title = f"{few} features predict as well as {more}, within the error"
        ax.set(ylim=(0.95 * low.min(), 1.05 * high.max()), title=title,
               ylabel="mean squared error, rows left out")  # fmt: skip
        ax.legend(loc="upper right", framealpha=0.85)


# --------------------------------------------------------------------------
# The command line

# Certified by NIST for the data of Longley (1967); those of Wampler are exact.
LONGLEY = (-3482258.63459582, 15.0618722713733, -0.0358191792925910, -2.02022980381683,
           -1.03322686717369, -0.0511041056535807, 1829.15146461355)  # fmt: skip
STEPS = 20_000  # of descent, for each of NIST's problems
RACIST = ("B, a formula of the share of Black residents: people are no price; the test "
          "error hardly changes (--with-b keeps it)")  # fmt: skip


def tell(text: str, indent: str = "  ") -> None:
    """Print text in lines of at most 79 letters; all but the first deeper by two."""
    print(textwrap.fill(text, 79, initial_indent=indent, break_on_hyphens=False,
                        subsequent_indent=indent + "  "))  # fmt: skip


def listed(words: Sequence[str], most: int = 40) -> str:
    """Words with commas between them; "..." for what is too many."""
    return ", ".join(words[:most]) + ", ..." * (len(words) > most)


def choose(frame: Any, options: argparse.Namespace) -> tuple[str, list[str]]:
    """The target and the columns to learn from; says which are left out, and why."""
    numeric = data.number_columns(frame)
    ids = [c for c in numeric if data.numbers_the_rows(frame[c])]
    if not (options.target or numeric):
        raise ValueError(f"{options.file}: there is no column of numbers to predict")
    target = options.target or [*ids, *(c for c in numeric if c not in ids)][-1]
    data.numbers(frame.iloc[:0], [target, *(options.columns or [])])  # are they there?
    if target not in numeric:
        why = "holds words, and a line gives numbers; chapter 14 learns kinds"
        raise ValueError(f"the target {target!r} {why}")
    columns = [str(c) for c in options.columns or frame if c != target]
    reasons = {c: f"{c}, which only numbers the rows" for c in ids}
    if {"B", "LSTAT", "MEDV"} <= set(frame) and not options.with_b:
        reasons["B"] = RACIST
    reasons = {} if options.columns else reasons
    for c in [c for c in columns if c not in numeric and frame[c].nunique() > LEVELS]:
        reasons[c] = f"{c}: {frame[c].nunique():,} different words, more than {LEVELS}"
    for c in [c for c in columns if c in reasons]:
        tell(f"left out: {reasons[c]}")
    return target, [c for c in columns if c not in reasons]


def recipe_of(frame: Any, columns: Sequence[str]) -> Recipe:
    """The features of a table: columns of numbers, and of others each word but one."""
    import pandas as pd

    numeric, rows = data.number_columns(frame), []
    for name in columns:
        if name in numeric:
            fill = float(pd.to_numeric(frame[name], errors="coerce").median())
            rows.append((name, "", fill, ""))
            if gaps := int(frame[name].isna().sum()):
                tell(f"{name}: {gaps:,} empty cells filled with the median, {fill:,g}")
            continue
        common, *others = words_in(frame[name]).value_counts().index
        rows += [(name, word, 0.0, common) for word in sorted(others)]
        what = f"{name}: 1 or 0 for each word but the most frequent, {common}"
        tell(what if others else f"left out: {name}, {common} in all rows")
    parts: Any = [list(part) for part in zip(*rows)] or [[], [], [], []]
    return Recipe(*parts)


def words_in(column: Any) -> Any:
    """A column as words; an empty cell is a word as well."""
    return column.map(str).where(column.notna(), "(blank)")


def expand(frame: Any, recipe: Recipe, strict: bool = False) -> Array:
    """X (n, d) of a table; ValueError, with line and column, for what will not do.

    strict: also for a word that was not there to learn from; else it counts as none.
    """
    X = np.zeros((len(frame), len(recipe.columns)))
    number = [j for j, word in enumerate(recipe.words) if not word]
    fills = {recipe.columns[j]: recipe.fills[j] for j in number}
    filled = frame.assign(**{c: frame[c].fillna(fills[c]) for c in fills if c in frame})
    X[:, number] = data.numbers(filled, [*fills])
    for name in dict.fromkeys(c for c in recipe.columns if c not in fills):
        if name not in frame:
            data.numbers(frame, [name])  # says so, with the nearest name
        own = [j for j, column in enumerate(recipe.columns) if column == name]
        words = words_in(frame[name])
        known = [recipe.words[j] for j in own] + [recipe.common[own[0]]]
        for line, word in words[~words.isin(known)].items() if strict else ():
            where = f"line {line}, column {name!r}: {word[:40]!r}"
            raise ValueError(f"{where} is new to the model; it knows {listed(known)}")
        X[:, own] = words.to_numpy()[:, None] == [recipe.words[j] for j in own]
    return X


def prepare(frame: Any, options: argparse.Namespace) -> Task:
    """Choose columns, put rows aside for the test, fill gaps; says what was done."""
    target, columns = choose(frame, options)
    if options.drop_missing:
        before, frame = len(frame), frame.dropna(subset=[target, *columns])
        tell(f"left out: {before - len(frame):,} rows with empty cells")
    y, rows = data.numbers(frame, [target])[:, 0], np.arange(len(frame))
    if len(y) < 5 or np.ptp(y) == 0:
        problem = "is the same in all rows" if len(y) > 4 else "has fewer than 5 rows"
        raise ValueError(f"the target {target!r} {problem}: there is nothing to learn")
    train, test, *_ = data.split(rows, rows, 0.2, np.random.default_rng(options.seed))
    if options.rows:
        train, test = train[: options.rows], np.append(test, train[options.rows :])
    recipe = recipe_of(frame.iloc[train], columns)
    X, X_test = (expand(frame.iloc[part], recipe) for part in (train, test))
    for name, values in zip([*recipe.names, target], [*X.T, y]):
        if (size := np.abs(values).max()) > 1e100 or 0 < size < 1e-100:
            raise ValueError(f"column {name!r} goes up to {size:g}: choose other units")
    spare = [j for j, x in enumerate(X.T) if np.ptp(x) == 0]
    if 0 < X.shape[1] < len(X) - 1:
        spare = spare_columns(X)
    for j in spare:
        why = "follows from the columns before it" if np.ptp(X[:, j]) else "is constant"
        tell(f"left out: {recipe.names[j]} {why}")
    kept = [j for j in range(X.shape[1]) if j not in spare]
    if not kept or np.ptp(y[train]) == 0:
        raise ValueError(f"{options.file}: there is nothing to learn {target!r} from")
    parts: Any = ([part[j] for j in kept] for part in recipe)
    recipe = Recipe(*parts)
    lines = frame.index.to_numpy()
    return Task(options.file, target, recipe, X[:, kept], y[train], lines[train],
                X_test[:, kept], y[test], lines[test])  # fmt: skip


def tell_weights(w: Array, b: float, began: float) -> None:
    """Print the seconds since `began`, the coefficients and the intercept."""
    print(f"  Training time: {time.perf_counter() - began:.4f} s")
    some = listed([f"{value + 0:.3g}" for value in w])  # + 0: no "-0"
    tell(f"Coefficients: [{some}]")
    print(f"  Intercept: {b:.4g}")


def two_methods(task: Task) -> list[tuple[int, Array, float]]:
    """Print least squares, solved for and walked to; the history of the walk."""
    print("\nMethod 1: Normal Equation")
    began, ones = time.perf_counter(), np.ones(len(task.y))
    b, *w = normal_equation(np.column_stack([ones, task.X]), task.y)
    tell_weights(np.array(w), b, began)
    print("\nMethod 2: Gradient Descent (columns scaled to standard deviation 1)")
    Z, _, mean, std = task.scaled()
    A, history, began = np.column_stack([ones, Z]), [], time.perf_counter()
    steps = int(np.clip(3e9 / A.size, 500, 10_000))  # some seconds at most
    for step in gradient_descent(A, task.y, best_rate(A), steps):
        history.append(step)
        moved = np.abs(step[1] - history[max(step[0] - 1, 0)][1]).max()
        arrived = step[0] > 0 and moved <= 1e-11 * np.abs(step[1]).max()
        if arrived or step[0] in (0, 100, 500, 2000, steps):
            print(f"  Iteration {step[0]}: MSE = {short(step[2])}", flush=True)
        if arrived:
            break
    walked, base = undo_scaling(step[1][1:], step[1][0], mean, std)
    tell_weights(walked, base, began)
    off = np.abs(np.append(walked - w, base - b)) / np.abs([*w, b])
    same = f"the same as method 1, to {-math.log10(off.max() + 1e-15):.0f} digits"
    short_of = "not there yet: the valley is too flat"
    print(f"  <- {same if off.max() < 0.1 else short_of}")
    return history


def tell_summary(task: Task, most: int = 40) -> tuple[Array, float]:
    """Print the coefficients with their errors, and what the residuals say of them."""
    found, t = summary(task.X, task.y), math.nan
    rows = [(name[-36:], *(f"{value:.4g}" for value in row[:3]), f"{row[3]:.2g}")
            for name, row in zip(["intercept", *task.recipe.names], found)]  # fmt: skip
    print(f"\n{console.table(['name', 'coefficient', 'se', 't', 'p'], rows[:most])}")
    print("...\n" * (len(rows) > most))
    number = condition(np.column_stack([np.ones(len(task.y)), task.X]))
    tell(f"Condition number {number:,.0f}: rounding may grow so many times", "")
    with suppress(ValueError):  # ŷ² follows from the columns, or no row is left for it
        t = bend_test(task.X, task.y)
        word = "bend: a plane is not all" if abs(t) > 2 else "do not bend"
        print(f"The residuals {word} (ŷ² as one more column: t = {t:.1f})")
    _, cook = influence(task.X, task.y)
    worst = [f"line {task.lines[i]} ({cook[i]:.2f})" for i in np.argsort(-cook)[:3]]
    tell(f"Most influential, with Cook's distance: {listed(worst)}", "")
    return found, t


def evaluate(task: Task, model: LinearRegression, name: str) -> None:
    """Print how a model does on the rows put aside, and on folds of the others."""
    Z, Z_test, *_ = task.scaled()
    y_hat = model.fit(Z, task.y).predict(Z_test)
    error = mse(task.y_test, y_hat)
    print(f"\nEvaluation on test set ({len(y_hat):,} rows), {name}:")
    print(f"  MSE: {short(error)} (its root: {short(math.sqrt(error))})")
    print(f"  MAE: {short(mae(task.y_test, y_hat))}")
    print(f"  R²: {r2(task.y_test, y_hat):.2f}")
    with suppress(ValueError):  # too few rows, or a column that is constant in a fold
        scores = cross_validate(model, Z, task.y, 5, 0)
        if np.isfinite(scores).all():  # R² of a fold of one row is no number
            spread = f"{scores.mean():.2f} ± {scores.std():.2f}"
            print(f"  R² of five folds of the others: {spread}")
    model.fit(Z, task.y)


def train(task: Task, options: argparse.Namespace) -> tuple[Line, tuple]:
    """Print every method; the weights of the last; the walk, the table, the bend."""
    (Z, _, mean, std), lam = task.scaled(), options.ridge or options.lasso
    found: tuple = ([], None, math.nan)
    model = LinearRegression()
    if len(Z) >= Z.shape[1] + 2:
        found = (two_methods(task), *tell_summary(task))
        evaluate(task, model, "least squares")
    elif not lam:
        few = f"{len(Z)} rows are too few to learn {Z.shape[1]} weights from"
        raise ValueError(f"{few}; hold them small, with --ridge 1 or --lasso 0.1")
    if lam:
        model = (Lasso if options.lasso else Ridge)(lam)
        name, began = type(model).__name__, time.perf_counter()
        print(f"\nMethod 3: {name}, lam = {lam:g} (columns scaled as well)")
        model.fit(Z, task.y)
        tell_weights(*undo_scaling(model.coef_, model.intercept_, mean, std), began)
        zero = [task.recipe.names[j] for j in np.flatnonzero(model.coef_ == 0)]
        if options.lasso:
            most = short(largest_lam(Z, task.y))
            tell(f"Weights that are 0: {len(zero)} (from lam = {most} on, all). "
                 f"{listed(zero)}")  # fmt: skip
        evaluate(task, model, f"{name} {lam:g}")
    print()
    return undo_scaling(model.coef_, model.intercept_, mean, std), found


def follow_path(task: Task, seed: int) -> tuple[tuple[Array, Array], Array]:
    """Print the order in which the lasso lets features in; the path and its errors."""
    Z, Z_test, *_ = task.scaled()
    lams, W = regularisation_path(Z, task.y)
    errors = path_errors(Z, task.y, lams, min(10, len(Z)), seed)
    first = (np.vstack([W, W[-1] + 1]) != 0).argmax(axis=0)
    order = [task.recipe.names[j] for j in np.argsort(first, kind="stable")]
    tell(f"The lasso lets them in one by one: {listed(order)}", "")
    for at, word in zip(one_standard_error(errors), ("best", "simplest")):
        error, some = mse(task.y_test, task.y.mean() + Z_test @ W[at]), W[at] != 0
        errs = f"folds {short(errors[:, at].mean())}, test {short(error)}"
        print(f"  {word:9} lam = {short(lams[at])}: {some.sum()} features; MSE: {errs}")
    how = "the largest lam within one standard error of the best"
    print(f"  (simplest: {how})\n", flush=True)
    return (lams, W), errors


# Models in files, and predictions for new tables


class Saved(NamedTuple):
    """What a model file holds: arrays of numbers and text, no code."""

    recipe: Recipe
    target: str
    w: Array
    b: float


def save_model(path: Path, model: Saved) -> None:
    """Write a model."""
    parts = dict(model.recipe._asdict(), target=model.target, w=model.w, b=model.b)
    figures.write(path, lambda part: np.savez(part, **parts))
    print(f"Saved {path}")


def load_model(path: Path) -> Saved:
    """Read a model; loading runs no code. ValueError if the file is none of ours."""
    if not path.exists():
        raise ValueError(f"{path}: no such model; to make one, name a CSV file as well")
    file = data.read_arrays(path)
    try:
        recipe = Recipe(*(file[name].tolist() for name in Recipe._fields))
        model = Saved(recipe, str(file["target"]), file["w"], float(file["b"]))
        numbers = np.array([*model.w, model.b, *recipe.fills], dtype=float)
        good = np.isfinite(numbers).all() and {len(part) for part in recipe} == {
            len(model.w)}  # fmt: skip
        text = recipe.columns + recipe.words + recipe.common
        good = good and all(isinstance(word, str) for word in text)
    except (KeyError, TypeError, ValueError):  # arrays of other names or kinds
        good = False
    if not good:
        raise ValueError(f"{path}: {data.DAMAGED}")
    return model


def predict_file(model: Saved, frame: Any, out: Path) -> None:
    """Predict every row of a table; print some, and write all beside the input."""
    y_hat = expand(frame, model.recipe, strict=True) @ model.w + model.b
    used = frame[list(dict.fromkeys(model.recipe.columns))]
    if gaps := int(used.isna().sum().sum()):
        print(f"  {gaps:,} empty cells: filled as when it learnt")
    print(f"Predicted {model.target} for {len(frame):,} rows:")
    for line, value in [*zip(frame.index, y_hat)][:5]:
        print(f"  line {line}: {short(value)}")
    print("  ...\n" * (len(frame) > 5), end="")
    table = frame.assign(prediction=y_hat)
    figures.write(out, lambda part: table.to_csv(part, index=False, encoding="utf-8"))
    print(f"Saved {out}")


def digits(w: Array, certified: Array) -> float:
    """How many digits agree, in the coefficient where fewest do; NIST gives 15."""
    off = np.abs(w - certified) / np.abs(certified)
    return float(np.clip(-np.log10(max(off.max(), 1e-15)), 0, 15))


def nist_problems() -> Iterator[tuple[str, Array, Array, Array]]:
    """Name, X without the ones, y, and the certified coefficients, intercept first."""
    norris = data.find("nist/linear/Norris.dat").read_text(encoding="utf-8")
    rows = np.array([row.split() for row in norris.split("\n")[60:96]], dtype=float)
    known = [float(norris.split(f"  {name}  ")[1].split()[0]) for name in ("B0", "B1")]
    yield "Norris", rows[:, 1:], rows[:, 0], np.array(known)
    table = np.loadtxt(data.find("nist/linear/longley.csv"), delimiter=",", skiprows=1)
    yield "Longley", table[:, 2:], table[:, 1], np.array(LONGLEY)
    powers = np.vander(np.arange(21.0), 6, increasing=True)
    yield "Wampler1", powers[:, 1:], powers.sum(axis=1), np.ones(6)
    y = powers @ 10.0 ** np.arange(5, -1, -1) / 1e5  # whole numbers first: exact
    yield "Wampler2", powers[:, 1:], y, 0.1 ** np.arange(6)


def scorecard() -> int:
    """Print the certified digits that each of four solvers keeps."""
    for name, X, y, known in nist_problems():
        A = np.column_stack([np.ones(len(y)), X])
        Z, mean, std = data.standardize(X)
        flat = y - y.mean()
        *_, (_, walked, _) = gradient_descent(Z, flat, best_rate(Z), STEPS)
        found = {"normal": normal_equation(A, y), "qr": qr_solve(A, y)}
        for way, w in (("centred", normal_equation(Z, flat)), ("descent", walked)):
            w, b = undo_scaling(w, float(y.mean()), mean, std)
            found[way] = np.append(b, w)
        scores = [f"{way} {digits(w, known):.1f}" for way, w in found.items()]
        print(f"{name:8}  {'  '.join(f'{s:12}' for s in scores)}  "
              f"condition {condition(A):,.0f}", flush=True)  # fmt: skip
    tell("Digits that agree with NIST's certified coefficients, of 15. centred: the "
         "normal equation when the means are taken off first; descent: "
         f"{STEPS:,} steps.", "")  # fmt: skip
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase4_ml/linear_regression.py auto_mpg.csv --target mpg
        python phase4_ml/linear_regression.py my.csv --lasso 0.1 --model my.npz
        python phase4_ml/linear_regression.py --model my.npz --predict new.csv"""
    parser = console.parser(__file__, __doc__, examples)
    add, price = parser.add_argument, parser.add_mutually_exclusive_group().add_argument
    add("file", nargs="?", help="CSV file (default housing_data.csv: Boston, 1970)")
    add("--target", metavar="NAME", help="column to predict (default: last of numbers)")
    add("--columns", type=console.names, metavar="A,B", help="use these columns only")
    add("--rows", type=console.whole(2), metavar="N", help="learn from N rows only")
    add("--with-b", action="store_true", help="keep column B of the Boston houses")
    dropped = "leave out rows with empty cells (default: the median fills them)"
    add("--drop-missing", action="store_true", help=dropped)
    for name, what in (("ridge", "squares"), ("lasso", "sizes")):
        text = f"price of the sum of the weights' {what}"
        price(f"--{name}", type=console.number(1e-9, 1e15), metavar="LAM", help=text)
    add("--path", action="store_true", help="film the lasso as lam falls")
    add("--nist", action="store_true", help="digits of four solvers; no picture")
    model = "save the model there (.npz); with --predict and no CSV file: use it"
    add("--model", type=console.new_file(".npz"), metavar="FILE", help=model)
    add("--predict", metavar="FILE", help="predict the rows of this CSV file")
    out, where = Path("predictions.csv"), "write them there (default predictions.csv)"
    add("--out", type=console.new_file(".csv"), default=out, metavar="FILE", help=where)
    figures.add_options(parser, __file__, script="up*9 click:20,25")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Learn from a table, print what is found, and show it."""
    options = build_parser().parse_args(argv)
    print("=== Linear Regression from Scratch ===\n", flush=True)
    if options.nist:
        return scorecard()
    new = data.read_csv(data.find(options.predict)) if options.predict else None
    if new is not None and options.model and not options.file:
        predict_file(load_model(options.model), new, options.out)
        return 0
    options.file = options.file or "housing_data.csv"
    frame = data.read_csv(data.find(options.file))
    print(f"Loading {options.file}: {len(frame):,} rows")
    task = prepare(frame, options)
    print(f"Features: {listed(task.recipe.names, 3)} ({len(task.recipe.names)} total)")
    by_default = " (the last column of numbers; --target NAME for another)"
    print(f"Target: {task.target}{'' if options.target else by_default}")
    print(f"Rows to learn from: {len(task.y):,}, to test with: {len(task.y_test):,}")
    seen = not options.no_show or options.save or options.script
    if options.path:
        path, errors = follow_path(task, options.seed)
        if seen:
            film = PathFilm(figures.start(options), task, path, errors)
            figures.finish(options, film.fig, film=film)
        return 0
    (w, b), found = train(task, options)
    model = Saved(task.recipe, task.target, w, b)
    if new is not None:
        predict_file(model, new, options.out)
    if options.model:
        save_model(options.model, model)
    if seen:
        solve, lam = lasso if options.lasso else ridge, options.ridge or options.lasso
        board = Board(figures.start(options), task, solve, lam or 0.0, found)
        figures.finish(options, board.fig)
    return 0


if __name__ == "__main__":
    console.run(main)
