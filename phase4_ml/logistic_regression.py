"""Chapter 14. Logistic regression: yes or no, with a probability.

A flower with petals 5 cm long: is it a virginica? A straight line (chapter 13) would
answer with some number, perhaps 1.3, which is neither yes, nor no, nor a probability.
So let the line say how far the *odds* lean, on a scale of logarithms, and bend it into
a probability by the sigmoid. Best are the weights under which what was seen is least
surprising; the surprise at a row is −ln of the probability that was given to the truth:

    z = w·x + b        p = σ(z) = 1 / (1 + e⁻ᶻ)        z = ln p / (1 − p)

    L = mean of −ln P(truth) + lam/2 ‖w‖²              ∂L/∂w = Xᵀ(p − y) / n + lam w

For k classes there are k such scores, and softmax makes them add up to one. There is no
formula for the bottom of L, but it is a bowl: walk down by gradient descent, or, with
the bend of the bowl, in Newton's seven steps where the other takes hundreds.

You will see the borders between three irises swing into place, 96.0 ± 2.9 % of new
flowers named rightly (20 splits; one in 30 is 3.3 points), whether "80 %" means eight
in ten, and what a digit looks like to such a model. MNIST takes about a minute.

    python phase4_ml/logistic_regression.py iris.csv
    python phase4_ml/logistic_regression.py digits_8x8.csv.gz
    python phase4_ml/logistic_regression.py mnist
    python phase4_ml/logistic_regression.py titanic.csv --model titanic.npz

Names
    X      (n, d)  rows to learn from. Where a function has no b, a column of ones is
                   one of the d, and its weight is the b of the formulas
    y, Y   (n,), (n, k)  the class of each row, 0 … k − 1; the same one-hot
    w, W   (d,), (d, k)  weights, of one question and of k classes
    p, P   (n,), (n, k)  probabilities
    lam            how hard the weights are pulled to 0; that of the ones never is

What this leaves out: borders that are not straight (chapters 16, 17), other penalties.

Source: Géron, "Hands-On Machine Learning", ch. 4; Bishop, "Pattern Recognition", ch. 4.
"""

import argparse
import itertools
import textwrap
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from common import console, data, figures

Array = np.ndarray
Axes = Any  # of matplotlib; it and pandas are imported late
Frame = Any  # of pandas: a table
History = Iterator[tuple[int, Array, float]]  # iteration, weights, loss
LossSlope = tuple[float, Array]
Pairs = list[tuple[Array, Array]]  # a step, and by how much it changed the slope
Curves = dict[str, tuple[Array, Array, float]]  # name of a class: fpr, tpr, auc

MOST = 50  # so many classes at most
FEW = 12  # so many different words in a column can be features of their own
SMALL = 250_000  # so few multiplications are done before a second thread is awake
LARGE = 3e8  # multiplications: so many in a step of Newton's take too long to show
CALLED = ("target", "class", "label", "species", "survived", "risk", "outcome", "y")


# --------------------------------------------------------------------------
# Milestone 1: yes or no


def sigmoid(z: Array | float) -> Any:
    """The probability whose log-odds are z, entry by entry; a number gives a number.

        σ(z) = 1 / (1 + e⁻ᶻ) = eᶻ / (1 + eᶻ)

    Of z = −1000 the first form overflows, of z = 1000 the second. So e^(−|z|), which is
    at most 1, serves both.

    >>> sigmoid(0.0)
    0.5
    """
    small = np.exp(-np.abs(z))
    p = np.where(np.asarray(z) >= 0, 1, small) / (1 + small)
    return p if np.ndim(z) else float(p)


def cross_entropy(y: Array, p: Array) -> float:
    """The mean surprise, −ln of the probability that was given to what is true.

    Two classes: y (n,) of 0 and 1, p (n,) = P(1), so to y = 0 was given 1 − p. More:
    p (n, k), and y (n,) of 0 … k − 1, or one-hot (n, k). To have it lowest is to make
    what was seen most probable: ln of a product is the sum of ln (maximum likelihood).
    A probability below 1e-300 counts as 1e-300: else one sure mistake would cost ∞.
    """
    y, p = np.asarray(y), np.asarray(p, dtype=float)
    if p.ndim == 1:
        given = np.where(y == 1, p, 1 - p)
    else:
        Y = y if y.ndim == 2 else data.one_hot(y, p.shape[1])
        given = (Y * p).sum(axis=1)
    return float(-np.log(np.maximum(given, 1e-300)).mean())


def shrinks(X: Array) -> Array:  # given
    """1 for each column of X whose weight lam pulls to 0, 0 for those of ones: (d,)."""
    return 1.0 - (X == 1).all(axis=0)


def penalty(X: Array, w: Array, lam: float) -> float:  # given
    """lam/2 times the sum of squared weights, but for a column of ones: w (d,) or W."""
    return float(lam / 2 * (shrinks(X) @ w**2).sum())


def loss_at(X: Array, y: Array, w: Array, lam: float) -> float:  # given
    """What is to be made small: the surprise of yes or no (y 0 or 1), and the pull."""
    return cross_entropy(y, sigmoid(X @ w)) + penalty(X, w, lam)


def gradient(X: Array, y: Array, w: Array, lam: float = 0) -> Array:
    """Slope of the loss in each weight: X (n, d), y (n,), w (d,) -> (d,).

        Xᵀ (p − y) / n + lam w        but no lam for a column of ones: shrinks(X)

    One row, one weight, y = 1: L = −ln p with p = σ(z), z = w x. Since σ' = σ (1 − σ),
    dL/dz = −(1/p) p (1 − p) = p − 1. For y = 0, L = −ln(1 − p) gives p. Both are p − y,
    and z = w x adds the factor x.
    """
    return X.T @ (sigmoid(X @ w) - y) / len(X) + lam * shrinks(X) * w


def safe_rate(X: Array, lam: float = 0) -> float:
    """A learning rate that never overshoots: one over the steepest bend of the loss.

        1 / (λ/2 + lam)        λ the largest eigenvalue of XᵀX / n

    p (1 − p), the bend of one row, is ¼ at most; of softmax it is ½ at most.
    """
    return float(1 / (np.linalg.eigvalsh(X.T @ X / len(X))[-1] / 2 + lam))


def train(X: Array, y: Array, lr: float | None = None,
          iterations: int = 100, lam: float = 0) -> History:  # fmt: skip
    """Yields (iteration, w, loss) of gradient descent: w ← w − lr · gradient.

    It begins with iteration 0, at w = 0; `loss` is loss_at this w.
    Without lr, safe_rate(X, lam). y is 0 or 1.
    """
    lr, w = safe_rate(X, lam) if lr is None else lr, np.zeros(X.shape[1])
    for iteration in range(iterations + 1):
        yield iteration, w, loss_at(X, y, w, lam)
        w = w - lr * gradient(X, y, w, lam)


# --------------------------------------------------------------------------
# Milestone 2: one of many


def softmax(Z: Array) -> Array:
    """Scores to probabilities, each row by itself: Z (n, k) -> (n, k), rows sum to 1.

        Pⱼ = e^(zⱼ) / Σ e^(zᵢ)

    The largest score of the row is subtracted first: it cancels, and e¹⁰⁰⁰ would
    overflow. With two classes P is sigmoid(z₁ − z₀).
    """
    raised = np.exp(Z - Z.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def softmax_gradient(X: Array, Y: Array, W: Array, lam: float = 0) -> Array:
    """Slope of the loss in each weight: X (n, d), Y (n, k) one-hot, W (d, k) -> (d, k).

        Xᵀ (P − Y) / n + lam W        but no lam for a column of ones: shrinks(X)

    One row whose class is c: L = −ln P_c = −z_c + ln Σ e^(zᵢ). So ∂L/∂zⱼ is
    e^(zⱼ) / Σ e^(zᵢ) = Pⱼ, less 1 if j is c: P − Y, as for yes and no.
    """
    return X.T @ (softmax(X @ W) - Y) / len(X) + lam * shrinks(X)[:, None] * W


def train_softmax(X: Array, Y: Array, lr: float | None = None,
                  iterations: int = 100, lam: float = 0) -> History:  # fmt: skip
    """Yields (iteration, W, loss) of gradient descent from W = 0, as `train` does."""
    lr = safe_rate(X, lam) if lr is None else lr
    W = np.zeros((X.shape[1], Y.shape[1]))
    for iteration in range(iterations + 1):
        yield iteration, W, cross_entropy(Y, softmax(X @ W)) + penalty(X, W, lam)
        W = W - lr * softmax_gradient(X, Y, W, lam)


# --------------------------------------------------------------------------
# Milestone 3: where one answer turns into the other


def unscale(W: Array, mean: Array, std: Array) -> tuple[Array, Array]:
    """Weights of plain columns, from those of standardised ones and of a 1: W, b.

        w (x − mean)/std + b  =  (w/std) x + (b − Σ w mean/std)

    W (d + 1, k), its last row the b's; mean, std (d,) -> (d, k), (k,).
    """
    plain = W[:-1] / std[:, None]
    return plain, W[-1] - mean @ plain


def between(W: Array, b: Array, i: int, j: int) -> tuple[Array, float]:
    """The yes-or-no question "i rather than j?" in a softmax of many: w (d,), b.

    ln Pᵢ/Pⱼ = zᵢ − zⱼ: the difference of the two columns. W (d, k), b (k,).
    """
    return W[:, i] - W[:, j], float(b[i] - b[j])


def boundary(w: Array, b: float, x1: Array) -> Array:
    """The x₂ at which p = ½, for each x₁: w (2,), x1 (m,) -> (m,).

        w₁ x₁ + w₂ x₂ + b = 0, since σ(0) = ½

    ValueError if w₂ = 0: then p does not depend on x₂, the border is upright or none.
    """
    if w[1] == 0:
        raise ValueError("w₂ = 0: the border is upright, and has no x₂ of its own")
    return -(w[0] * np.asarray(x1) + b) / w[1]


def borders(W: Array, b: Array, x1: Array) -> dict[tuple[int, int], Array]:
    """For each pair of classes i < j the border between them, where it is one.

    {(i, j): x₂ (m,)}, W (2, k): NaN at those x₁ where on the line of i and j some third
    class has a higher score. Pairs with w₂ = 0 are left out.
    """
    found = {}
    for i, j in itertools.combinations(range(len(b)), 2):
        w, c = between(W, b, i, j)
        if w[1] != 0:
            x2 = boundary(w, c, x1)
            scores = np.column_stack([x1, x2]) @ W + b  # (m, k)
            third = np.delete(scores, [i, j], axis=1).max(axis=1, initial=-np.inf)
            found[i, j] = np.where(scores[:, i] >= third, x2, np.nan)
    return found


def tint(P: Array, inks: Array, bands: int = 0) -> Array:
    """A colour for each row of probabilities: P (…, k), inks (k, 3) -> (…, 3).

    The ink of the most probable class, mixed with white (1, 1, 1): as much ink as that
    class leads the next by. So white is "either", pure ink is "for sure". With `bands`
    the lead is rounded to a multiple of 1/bands: then steps can be seen.
    """
    ordered = np.sort(P, axis=-1)
    lead = (ordered[..., -1] - ordered[..., -2])[..., None]
    if bands:
        lead = np.round(bands * lead) / bands
    return 1 - lead * (1 - inks[P.argmax(axis=-1)])


# --------------------------------------------------------------------------
# Milestone 4: a probability that can be trusted


def curvature(X: Array, w: Array, lam: float = 0) -> Array:
    """How the gradient changes with the weights, the bend of the loss: -> (d, d).

        H = Xᵀ S X / n + lam I        S has p (1 − p) of each row; no lam for the ones

    The gradient is Xᵀ(p − y)/n, and p changes by p (1 − p) as z does.
    """
    p = sigmoid(X @ w)  # (n,)
    rows = X * np.sqrt(p * (1 - p))[:, None]
    return rows.T @ rows / len(X) + lam * np.diag(shrinks(X))


def newton(X: Array, y: Array, lam: float = 0, limit: int = 50) -> History:
    """Yields (iteration, w, loss) of Newton's method, from iteration 0 at w = 0.

        w ← w − H⁻¹ g        to the bottom of the parabola that fits the loss at w

    The parabola promises to fall by g·H⁻¹g / 2: below 1e-16 it ends, or after `limit`
    steps. A step that would go up is halved until it does not. Also known as IRLS:
    each step is a least-squares fit, rows weighted by p (1 − p).
    """
    w = np.zeros(X.shape[1])
    for iteration in range(limit + 1):
        loss = loss_at(X, y, w, lam)
        yield iteration, w, loss
        slope = gradient(X, y, w, lam)
        # subtle: columns that repeat each other make H singular; pinv leaves them out
        step = np.linalg.pinv(curvature(X, w, lam), 1e-12, hermitian=True) @ slope
        if slope @ step / 2 <= 1e-16:
            return
        while loss_at(X, y, w - step, lam) > loss + 1e-14:  # rounding may lift so far
            step = step / 2
        w = w - step


def separation(X: Array, y: Array) -> Array | None:
    """Weights w that part the two classes, if any do: X (n, d), y of 0, 1 -> (d,).

        X w ≥ 0 in every row of class 1, ≤ 0 in every row of class 0, ≠ 0 in some

    Then there is no best fit without lam: along w the loss falls for ever, and the
    weights run to infinity. Newton, without lam, finds out: either some w on its way is
    such, or, with rows that stay on the border, its step is. Else it settles, and the
    answer is None.
    """
    side, before = np.where(y == 1, 1, -1), np.zeros(X.shape[1])
    for _, w, _ in newton(X, y, limit=30):
        if (side * (X @ w) > 0).all():
            return w
        margins = side * (X @ (w - before))  # of a step: it grows those of parted rows
        if margins.min() > -1e-6 and margins.max() > 0.5:
            return w - before
        before = w
    return None


class LogisticRegression:
    """The model: `LogisticRegression(lam=0.01).fit(X, y).predict_proba(X_new)`.

    It minimises mean cross-entropy + lam/2 ‖W‖², intercept free: scikit-learn's
    C = 1/(n lam). After fit: classes_, the sorted labels; losses_, a list, the loss at
    the start and after each of n_iter_ steps; for two classes coef_ (d,) and
    intercept_, a float, for more coef_ (k, d), intercept_ (k,). ValueError, with a
    sentence, before fit, and for an X that `check` refuses or of other columns.
    """

    def __init__(self, lam: float = 0.0, limit: int = 1000, tol: float = 0.0):  # given
        self.lam, self.limit, self.tol = lam, limit, tol

    def fit(self, X: Array, y: Array) -> "LogisticRegression":
        """Learn from X (n, d) and any labels y (n,): gives the model itself.

        Two classes by `newton` on with_ones(X), more by `descend`. ValueError if all
        labels are the same, or if `check(X, y)` raises one.
        """
        X, y = check(X, y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"all labels are {y[0]}: there is nothing to tell apart")
        if len(self.classes_) == 2:
            walk = newton(with_ones(X), labels, self.lam)
        else:
            walk = descend(X, labels, self.lam, self.limit, self.tol)
        self.losses_ = []
        for self.n_iter_, weights, loss in walk:
            self.losses_.append(loss)
            w = weights
        self.coef_, b = w[..., :-1], w[..., -1]
        self.intercept_ = float(b) if w.ndim == 1 else b
        return self

    def decision_function(self, X: Array) -> Array:
        """The scores X·coef_ + intercept_: (n,) for two classes, (n, k) for more."""
        if not hasattr(self, "coef_"):
            raise ValueError("this model has not learnt yet: call fit first")
        X, _ = check(X)
        if X.shape[1] != self.coef_.shape[-1]:
            columns = f"X has {X.shape[1]} columns; "
            raise ValueError(f"{columns}it was learnt from {self.coef_.shape[-1]}")
        return X @ self.coef_.T + self.intercept_

    def predict_proba(self, X: Array) -> Array:
        """P of each class, in the order of classes_: (n, k), also for two classes."""
        Z = self.decision_function(X)
        return softmax(np.column_stack([np.zeros(len(Z)), Z]) if Z.ndim == 1 else Z)

    def predict(self, X: Array) -> Array:
        """The label of the most probable class of each row: (n,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]


def check(X: Any, y: Any = None) -> tuple[Array, Array]:  # given
    """X as a table of floats, y as labels for its rows; ValueError if they are not."""
    X, y = np.asarray(X), np.asarray(y if y is not None else np.zeros(len(X)))
    X = X if X.dtype == np.float32 else X.astype(float)
    if X.ndim != 2 or not X.size:
        raise ValueError(f"X must be a table (n, d), but its shape is {X.shape}")
    if y.shape != X.shape[:1]:
        raise ValueError(f"{len(X)} rows need as many labels; y has shape {y.shape}")
    if not np.isfinite(X).all():
        raise ValueError("X has cells that are missing or infinite")
    return X, y


def with_ones(X: Array) -> Array:  # given
    """X (n, d) as floats, and a last column of ones: (n, d + 1)."""
    return np.hstack([X, np.ones((len(X), 1))])


def confusion(y: Array, y_hat: Array, k: int) -> Array:
    """How many rows of class i were called j: y, y_hat (n,) of 0 … k − 1 -> (k, k)."""
    pairs = k * np.asarray(y) + np.asarray(y_hat)
    return np.bincount(pairs, minlength=k * k).reshape(k, k)


def brier(y: Array, p: Array) -> float:
    """Mean of (p − y)²: 0 is perfect, ¼ is what "50 %" of everything gets."""
    return float(np.mean((np.asarray(p) - y) ** 2))


def reliability(y: Array, p: Array, bins: int = 10) -> Array:
    """Promise and truth: mean p stated, share that came true, number of rows: (m, 3).

    A row for each of the equal `bins` from 0 to 1 in which some p lies; p = 1 is in the
    last. y (n,) of 0 and 1. Where promises are kept, the first two are alike.
    """
    place = np.minimum((np.asarray(p) * bins).astype(int), bins - 1)
    parts = [place == i for i in np.unique(place)]
    return np.array([[p[part].mean(), y[part].mean(), part.sum()] for part in parts])


def roc(y: Array, score: Array) -> tuple[Array, Array, float]:
    """What every threshold finds, at the price of how many false alarms: fpr, tpr, auc.

    Call "yes" what has a score of at least t. tpr is the share of the yeses (y = 1)
    called so, fpr that of the noes. From (0, 0), where t is above all scores, a point
    for each distinct score, falling, to (1, 1). auc, the area below, is the chance that
    a yes scores above a no (a tie is half a chance). ValueError, with a sentence,
    unless there are both.
    """
    y, score = np.asarray(y) == 1, np.asarray(score, dtype=float)
    if y.all() or not y.any():
        raise ValueError("a ROC curve needs rows of both classes")
    order = np.argsort(-score, kind="stable")
    last = np.append(np.diff(score[order]) != 0, True)  # of equal scores the last
    tpr, fpr = (np.append(0, np.cumsum(part)[last] / part.sum())
                for part in (y[order], ~y[order]))  # fmt: skip
    return fpr, tpr, float(np.trapezoid(tpr, fpr))


def fold_numbers(y: Array, folds: int, rng: np.random.Generator) -> Array:  # given
    """A number 0 … folds − 1 for each row, at random, every class shared out evenly.

    The rows of fold 0 are for testing. The first row of a class gets 1, the next 2 …:
    a class with few rows is then learnt, not tested.
    """
    order = rng.permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]  # class by class
    place = np.arange(len(y)) - np.searchsorted(y[order], y[order])
    numbers = np.empty(len(y), dtype=int)
    numbers[order] = (place + 1) % folds
    return numbers


# For many classes H would have (k d)² entries. L-BFGS learns from its last ten steps
# how the gradient changes, and never writes H down. Skip these on a first reading.


def block_sums(X: Array, y: Array, V: Array, piece: int) -> LossSlope:  # given
    """Loss and slope of some rows, summed: X (n, d), y (n,), V (k, d + 1).

    Fast: a few rows are scored, and add to the slope while they are in the cache.
    Scores lie class by class, (k, rows), so that numpy works along the rows. One matmul
    does eight products of `piece` rows, each so small that it stays on one thread.
    """
    (n, d), k = X.shape, len(V)
    total, slope = 0.0, np.zeros((k, d + 1))
    edges = sorted({*range(0, n, 8 * piece), n - n % piece, n})
    for i, j in itertools.pairwise(edges):
        m = min(piece, j - i)
        rows, own = X[i:j].reshape(-1, m, d), y[i:j].reshape(-1, 1, m)
        Z = np.matmul(V[:, :-1], rows.transpose(0, 2, 1)) + V[:, -1:]  # (…, k, m)
        Z -= Z.max(axis=1, keepdims=True)
        truth = np.take_along_axis(Z, own, 1)
        sums = np.exp(Z, out=Z).sum(axis=1, keepdims=True)
        total += float((np.log(sums) - truth).sum(dtype=float))
        Z /= sums
        np.put_along_axis(Z, own, np.take_along_axis(Z, own, 1) - 1, 1)  # P − Y
        slope[:, :-1] += np.matmul(Z, rows).sum(axis=0)
        slope[:, -1] += Z.sum(axis=(0, 2))
    return total, slope


def block_loss(  # given
    X: Array, y: Array, k: int, lam: float
) -> Callable[[Array], LossSlope]:
    """The function V -> loss, slope of softmax, V (k, d + 1) the weights | intercepts.

    Many rows are shared by two threads, for numpy lets go of Python while it counts.
    """
    n, d = X.shape
    piece, share, half = max(SMALL // (k * d), 1), map, n
    if n * d > 1_000_000:
        share, half = ThreadPoolExecutor(2).map, n // 2  # type: ignore[assignment]
    parts = slice(half), slice(half, n)

    def loss(V: Array) -> LossSlope:
        pulled, W = np.hstack([V[:, :-1], np.zeros((k, 1))]), V.astype(X.dtype)
        sides = share(lambda part: block_sums(X[part], y[part], W, piece), parts)
        totals, slopes = zip(*sides)
        value = sum(totals) / n + lam / 2 * float((pulled**2).sum())
        return value, sum(slopes) / n + lam * pulled

    return loss


def descend(X: Array, y: Array, lam: float = 0, limit: int = 1000,
            tol: float = 0) -> History:  # given  # fmt: skip
    """Yields (iteration, V, loss) of L-BFGS, V (k, d + 1), from 0 until |slope| ≤ tol.

    Without tol, 1e-7, or 1e-4 where X has single precision. A step goes along H⁻¹g as
    the last ten steps know H, far enough to flatten the slope, not so far as to rise.
    Source: Liu and Nocedal, "On the limited memory BFGS method" (1989).
    """
    k, d = int(y.max()) + 1, X.shape[1]
    function = block_loss(X, y, k, lam)
    tol = tol or (1e-4 if X.dtype == np.float32 else 1e-7)
    # a first guess of H: a tenth of each column's mean square, and lam
    size = np.append(np.einsum("ij,ij->j", X, X) / len(X), 1.0)
    guess = 1 / (0.1 * size + lam + 1e-3 * size.max())
    V: Array = np.zeros((k, d + 1))
    pairs: Pairs = []
    loss, slope = function(V)
    for iteration in range(limit + 1):
        yield iteration, V, loss
        if np.abs(slope).max() <= tol:
            return
        way = -two_loops(slope, pairs, guess)
        t, low, high, fall = 1.0, 0.0, np.inf, float((slope * way).sum())
        for _ in range(30):
            after, slope_after = function(V + t * way)
            if after > loss + 1e-4 * t * fall:
                high = t  # too far: it does not fall enough
            elif (slope_after * way).sum() < 0.9 * fall:
                low = t  # not far enough: it is still steep
            else:
                break
            t = (low + high) / 2 if high < np.inf else 2 * t
        else:
            return  # no digits are left to gain
        pairs = [*pairs[-9:], (t * way, slope_after - slope)]
        V, loss, slope = V + t * way, after, slope_after


def two_loops(slope: Array, pairs: Pairs, guess: Array) -> Array:  # given
    """H⁻¹ slope, where H maps each of these steps to its change of the slope."""
    way, shares = slope.copy(), []
    for step, change in reversed(pairs):
        shares.append((step * way).sum() / (step * change).sum())
        way -= shares[-1] * change
    if pairs:
        step, change = pairs[-1]
        guess = guess * (step * change).sum() / (change * change * guess).sum()
    way *= guess
    for (step, change), share in zip(pairs, reversed(shares)):
        way += (share - (change * way).sum() / (step * change).sum()) * step
    return way


# --------------------------------------------------------------------------
# The picture


class Recipe(NamedTuple):
    """How rows of a file become features, one entry each."""

    columns: list[str]  # of the file
    words: list[str]  # "" for a column of numbers; else 1 where the cell says this
    fills: list[float]  # what an empty cell counts as, the median
    common: list[str]  # the word that has no feature of its own
    mean: list[float]  # is taken off
    std: list[float]  # and this divided by

    @property
    def names(self) -> list[str]:
        """What the features are called."""
        return [c + "=" * bool(w) + w for c, w in zip(self.columns, self.words)]


class Task(NamedTuple):
    """What the command works on."""

    name: str  # of the file
    target: str
    classes: list[str]
    X: Array  # (n, d) in the units of the file
    y: Array  # (n,)
    train: Array  # numbers of the rows to learn from
    test: Array
    recipe: Recipe
    side: int  # of the pictures that the rows are; 0 if they are none

    def scaled(self, rows: Array) -> Array:
        """Some rows as the model sees them."""
        mean, std = (np.array(part, self.X.dtype) for part in self.recipe[-2:])
        return (self.X[rows] - mean) / std


def ink(j: int) -> tuple[float, float, float]:
    """The colour of class j: red, green, blue from 0 to 1."""
    from matplotlib.colors import to_rgb

    return to_rgb(figures.COLOURS[j % len(figures.COLOURS)])


def marker(j: int) -> str:
    """The mark of a row of class j."""
    return figures.MARKERS[j % len(figures.MARKERS)]


def in_words(task: Task, j: int) -> str:
    """The name of class j; a mere number is said with the name of its column."""
    name = task.classes[j]
    bare = name.replace(".", "").isdigit() and not task.target.isdigit()
    return f"{task.target} {name}" if bare else name


def short_list(words: Sequence[str], most: int = 12) -> str:
    """Words with commas between them, not too many."""
    return ", ".join(words[:most]) + f", ... ({len(words)})" * (len(words) > most)


def plain_walk(task: Task, X: Array, lam: float) -> Iterator[tuple[int, Array, Array]]:
    """Steps of descent on some columns of the rows to learn from: number, W, b."""
    Z, mean, std = data.standardize(X)
    Y = data.one_hot(task.y[task.train], len(task.classes))
    for i, W, _ in train_softmax(with_ones(Z), Y, None, 3000, lam):
        yield i, *unscale(W, mean, std)


def legend_above(ax: Axes) -> None:
    """Names of the classes between the title and the axes, where nothing is drawn."""
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=7, columnspacing=1,
              handletextpad=0.3, borderpad=0, fontsize=9)  # fmt: skip


class Borders(figures.Film):
    """Two of the features: how sure the model is everywhere, as it learns."""

    KEYS = figures.Film.KEYS + "   click a place: what it would say there"

    def __init__(self, fig: Any, ax: Axes, task: Task, two: Sequence[int], lam: float,
                 bands: int):  # fmt: skip
        self.ax, self.task, self.bands, rows = ax, task, bands, task.train
        self.names = [task.recipe.names[j] for j in two]
        X = task.X[rows][:, two].astype(float)
        steps = np.unique(np.geomspace(1, 3001, 24).astype(int)) - 1
        self.walk = [(i, W, b) for i, W, b in plain_walk(task, X, lam) if i in steps]
        self.place: Array | None = None  # that was clicked
        self.lay_out(X)
        ax.figure.canvas.mpl_connect("button_press_event", self.on_click)
        super().__init__(fig, self.show, len(self.walk), fps=8)

    def lay_out(self, X: Array) -> None:
        """What stays: points, axes, and an empty plane and borders to be filled."""
        ax, y, k = self.ax, self.task.y[self.task.train], len(self.task.classes)
        low, high = np.quantile(X, [0.003, 0.997], axis=0)
        few = np.array([len(np.unique(x)) <= 10 for x in X.T])
        edge = 0.07 * np.maximum(high - low, 1e-9) + 0.1 * few
        (self.x1, self.x2) = np.linspace(low - edge, high + edge, 240).T
        box = [self.x1[0], self.x1[-1], self.x2[0], self.x2[-1]]
        smooth = "nearest" if self.bands else "bilinear"
        self.plane = ax.imshow(np.ones((2, 2, 3)), extent=box, origin="lower",
                               aspect="auto", interpolation=smooth,
                               mouseover=False)  # fmt: skip
        pairs = itertools.combinations(range(k), 2)
        self.lines = {p: ax.plot([], [], color=figures.INK, lw=1.6)[0] for p in pairs}
        shown = np.random.default_rng(0).permutation(len(X))[:1200]
        # equal dots would hide each other
        shake = np.random.default_rng(0).uniform(-0.12, 0.12, X.shape) * few
        self.X, self.y, self.dots = X, y, X + shake
        _, W, b = self.walk[-1]
        few_wrong = ((X @ W + b).argmax(axis=1) != y).sum() <= 60  # else none is ringed
        self.wrong = ax.plot([], [], "o", ms=10, mfc="none", mec=figures.INK, mew=1.2,
                             label="wrong" if few_wrong else None)[0]  # fmt: skip
        for j in range(k):
            own = self.dots[shown][y[shown] == j].T
            ax.plot(*own, marker(j), ms=5, color=ink(j), mec="white", mew=0.6,
                    label=in_words(self.task, j) if j < 6 else None)  # fmt: skip
        ax.set(xlim=box[:2], ylim=box[2:], xlabel=self.names[0], ylabel=self.names[1])
        ax.grid(False)
        legend_above(ax)
        self.said = ax.annotate("", (0, 0), (0, 0), textcoords="offset points",
            ha="center", fontsize=10, zorder=9, visible=False,
            arrowprops={"arrowstyle": "-|>", "color": figures.INK, "lw": 1.2},
            bbox={"fc": "white", "ec": figures.INK, "lw": 1.2})  # fmt: skip

    def show(self, frame: int) -> None:
        """Colours, borders and mistakes after some steps of descent."""
        step, W, b = self.walk[frame]
        grid = np.stack(np.meshgrid(self.x1, self.x2), axis=-1)  # (240, 240, 2)
        inks = np.array([ink(j) for j in range(len(b))])
        colour = tint(softmax(grid @ W + b), inks, self.bands)
        self.plane.set_data(np.clip(0.25 + 0.75 * colour, 0, 1))
        fine = np.linspace(self.x1[0], self.x1[-1], 4000)
        found = borders(W, b, fine)
        for pair, line in self.lines.items():
            line.set_data(fine, found.get(pair, np.full(len(fine), np.nan)))
        wrong = (self.X @ W + b).argmax(axis=1) != self.y
        ringed = 0 < wrong.sum() <= 60 and step > 0
        self.wrong.set_data(*self.dots[wrong & ringed].T)
        right = f"{100 * (1 - wrong.mean()):.1f} % of {len(self.y):,} rows right"
        title = f"Step {step:,}: by these two alone {right}"
        self.ax.set_title(title, fontsize=12, pad=24)
        if self.place is not None:
            self.say(softmax(self.place @ W + b), *self.place)

    def on_click(self, event: Any) -> None:
        """Choose the place of which is said, from now on, what the model thinks."""
        if event.inaxes is self.ax and event.xdata is not None:
            self.place = np.array([event.xdata, event.ydata])
            self.show(self.frame)
            self.ax.figure.canvas.draw_idle()

    def say(self, P: Array, x1: float, x2: float) -> None:
        """Write the probabilities P (k,) at a place of the map."""
        best = np.argsort(-P, kind="stable")[:3]
        lines = [f"{in_words(self.task, j)}: {100 * P[j]:.1f} %" for j in best]
        self.said.set_text("\n".join(lines))
        self.said.xy = x1, x2
        low = x2 < (self.x2[0] + self.x2[-1]) / 2
        self.said.set(position=(0, 30 if low else -30), visible=True,
                      va="bottom" if low else "top")  # fmt: skip


def draw_curves(ax: Axes, task: Task, lam: float) -> None:
    """One feature alone: the probability of each class along it."""
    x, y = task.X[task.train][:, 0].astype(float), task.y[task.train]
    *_, (_, W, b) = plain_walk(task, x[:, None], lam)
    line = np.linspace(x.min(), x.max(), 400)
    P = softmax(line[:, None] @ W + b)
    shake = np.random.default_rng(0).uniform(-2.5, 2.5, len(x))
    for j in range(len(task.classes)):
        name = in_words(task, j) if j < 6 else None
        ax.plot(line, 100 * P[:, j], color=ink(j), label=name)
        own, at = y == j, -7 if j % 2 == 0 else 107
        ax.plot(
            x[own], (at + shake)[own], marker(j), ms=4, color=ink(j), alpha=0.5, mew=0
        )
    ax.axhline(50, color=figures.MUTED, lw=1, ls=":")
    ax.set(xlabel=task.recipe.names[0], ylabel="probability, %", ylim=(-12, 112),
           yticks=range(0, 101, 25))  # fmt: skip
    ax.set_title("A line, bent into a probability", pad=24)
    legend_above(ax)


def draw_losses(ax: Axes, slow: list[float], name: str, quick: list[float]) -> None:
    """How far above the bottom gradient descent and a quicker method are, by step."""
    bottom = min(*slow, *quick)
    for j, (way, losses) in enumerate({name: quick, "gradient descent": slow}.items()):
        ax.plot(np.maximum(np.array(losses) - bottom, 1e-9), label=way, color=ink(j))
    ax.set(yscale="log", xlabel="steps", ylabel="loss above the lowest")
    ax.set_ylim(bottom=1e-8)
    ax.legend(borderpad=0)
    ax.set_title(f"{name}: {len(quick) - 1} steps", fontsize=11)


def apart(table: Array) -> float:
    """Mean distance of what was stated and what came true, in percentage points."""
    return 100 * float(np.average(abs(table[:, 0] - table[:, 1]), weights=table[:, 2]))


def draw_reliability(ax: Axes, table: Array, what: str) -> None:
    """What was stated against what came true."""
    said, true, count = table.T
    ax.plot([0, 100], [0, 100], color=figures.MUTED, lw=1, ls=":")
    ax.plot(100 * said, 100 * true, "o-", color=figures.COLOURS[0], ms=4)
    ax.scatter(100 * said, 100 * true, 260 * count / count.max(),
               color=figures.COLOURS[0], alpha=0.35)  # fmt: skip
    ax.set(xlabel=f"{what}: stated, %", ylabel="came true, %", xlim=(-4, 104),
           ylim=(-6, 106))  # fmt: skip
    ax.set_title(f"Stated and true: {apart(table):.1f} points apart", fontsize=11)


def draw_roc(ax: Axes, curves: Curves) -> None:
    """Yeses found against false alarms; for many classes, each against the others."""
    worst = min(curves, key=lambda name: curves[name][2])
    for j, (name, (fpr, tpr, auc)) in enumerate(curves.items()):
        label = f"{name} {auc:.3f}" if len(curves) <= 4 or name == worst else None
        ax.plot(100 * fpr, 100 * tpr, color=ink(j), label=label, lw=1.8)
    ax.plot([0, 100], [0, 100], color=figures.MUTED, lw=1, ls=":")
    ax.set(xlabel="false alarms, % of the noes", ylabel="found, % of the yeses")
    ax.legend(loc="lower right", borderpad=0)
    more = " or more" * (len(curves) > 1)
    ax.set_title(f"ROC: area of {curves[worst][2]:.3f}{more}", fontsize=11)


def draw_templates(
    fig: Any, axes: Sequence[Axes], W: Array, classes: Sequence[str]
) -> None:
    """The weights of each class as a picture: W (k, d)."""
    side, most = int(np.sqrt(W.shape[1])), float(np.quantile(np.abs(W), 0.995))
    for ax, w, name in zip(axes, W, classes):
        ax.imshow(w.reshape(side, side), cmap="RdBu", vmin=-most, vmax=most)
        ax.set_title(name, fontsize=12, loc="center", pad=3)
        ax.axis("off")
    fig.suptitle("What it looks for: ink on blue speaks for it, ink on red against it")


def draw_mistakes(axes: Sequence[Axes], task: Task, P: Array) -> None:
    """The test pictures on which it was most sure of a wrong answer."""
    said, y = P.argmax(axis=1), task.y[task.test]
    wrong = np.flatnonzero(said != y)
    worst = wrong[np.argsort(-P[wrong].max(axis=1), kind="stable")]
    for ax, i in itertools.zip_longest(axes, worst[: len(axes)]):
        ax.axis("off")
        if i is not None:
            picture = task.X[task.test[i]].reshape(task.side, task.side)
            ax.imshow(picture, cmap="Greys")
            text = f"says {task.classes[said[i]]} ({100 * P[i].max():.0f} %),\n"
            text += f"it is a {task.classes[y[i]]}"
            ax.set_title(text, fontsize=10, loc="center", pad=3)


# --------------------------------------------------------------------------
# The command line


def tell(text: str, indent: str = "  ") -> None:
    """Print text in lines of at most 79 letters; all but the first deeper by two."""
    print(textwrap.fill(text, 79, initial_indent=indent, break_on_hyphens=False,
                        subsequent_indent=indent + "  "))  # fmt: skip


def words_in(column: Any) -> Any:
    """A column as words; an empty cell is a word as well, 3.0 is 3."""
    words = column.map(lambda v: f"{v:g}" if isinstance(v, float) else str(v))
    return words.where(column.notna(), "(blank)")


def sorts(column: Any) -> bool:
    """Whether a column may be the target: its cells are words, or few whole numbers."""
    if column.dtype.kind not in "iuf":
        return True
    kinds, known = column.nunique(), column.dropna()
    return kinds <= MOST and kinds < len(known) and bool((known % 1 == 0).all())


def choose_target(frame: Frame, wanted: str | None) -> tuple[str, str]:
    """The column to predict, and why it is this one."""
    if wanted:
        data.numbers(frame.iloc[:0], [wanted])  # says so if it is not there
        return wanted, "as you wish"
    for name in frame:
        if str(name).lower() in CALLED:
            return name, "its name says so; --target NAME for another"
    for at, why in ((-1, "last"), (0, "first")):
        if sorts(frame.iloc[:, at]) and not data.numbers_the_rows(frame.iloc[:, at]):
            return frame.columns[at], f"the {why} column; --target NAME for another"
    kind = "words, or few whole numbers; amounts are for chapter 13"
    raise ValueError(f"which column is to be predicted? --target NAME ({kind})")


def classes_of(frame: Frame, target: str, question: str | None
               ) -> tuple[list[str], Array]:  # fmt: skip
    """The classes, sorted, and the class of each row; with a question no and yes."""
    numeric = frame[target].dtype.kind in "iuf"
    if numeric and not np.isfinite(frame[target].to_numpy(float)).all():
        raise ValueError(f"the target {target!r} holds a number that is not finite")
    words = words_in(frame[target])
    in_order = words_in(frame[target].sort_values()).unique()  # 2 before 10
    known = list(in_order) if numeric else sorted(set(words))
    if len(known) < 2:
        only = f"is {known[0]!r} in every row" if known else "is empty"
        raise ValueError(f"the target {target!r} {only}: nothing to tell apart")
    if len(known) > MOST:
        why = f"holds {len(known):,} different values, and {MOST} classes are the most"
        raise ValueError(f"the target {target!r} {why}; amounts are for chapter 13")
    if question is not None:
        if question not in known:
            hint = console.nearest_name(question, known) or f"; there are {known[:9]}"
            raise ValueError(f"the target {target!r} is never {question!r}{hint}")
        return [f"not {question}", question], (words == question).to_numpy().astype(int)
    number = {word: i for i, word in enumerate(known)}
    return known, words.map(number).to_numpy()


def recipe_of(frame: Frame, columns: Sequence[str], chosen: bool) -> Recipe:
    """The features of a table: columns of numbers, and of others each word but one."""
    import pandas as pd

    numeric, rows, left_out = data.number_columns(frame), [], []
    for name in columns:
        kinds = frame[name].nunique()
        if name in numeric and (chosen or not data.numbers_the_rows(frame[name])):
            fill = float(pd.to_numeric(frame[name], errors="coerce").median())
            rows.append((name, "", fill, ""))
        elif name not in numeric and 1 < kinds + frame[name].hasnans and kinds <= FEW:
            common, *others = words_in(frame[name]).value_counts().index
            rows += [(name, word, 0.0, common) for word in sorted(others)]
        else:
            left_out.append(name)
    empty = frame[[name for name in numeric if name in columns]].isna().sum()
    if left_out:
        tell(f"left out (ids, or too many words): {short_list(left_out)}")
    if gaps := [f"{name} {count}" for name, count in empty.items() if count]:
        tell(f"empty cells filled with the median: {short_list(gaps)}")
    if not rows:
        raise ValueError("there is no column to learn from")
    parts: Any = [*map(list, zip(*rows)), [], []]
    return Recipe(*parts)


def expand(frame: Frame, recipe: Recipe) -> Array:
    """X (n, d) of a table; ValueError, with line and column, for what will not do."""
    X = np.zeros((len(frame), len(recipe.columns)))
    if missing := [c for c in recipe.columns if c not in frame]:
        data.numbers(frame, missing)  # says so, with the nearest name
    for j, (name, word) in enumerate(zip(recipe.columns, recipe.words)):
        if word:
            X[:, j] = words_in(frame[name]) == word
        else:
            known = frame[name].notna().to_numpy()
            X[~known, j] = recipe.fills[j]
            X[known, j] = data.numbers(frame[known], [name])[:, 0]
    return X


def strange_words(frame: Frame, recipe: Recipe) -> None:
    """ValueError, with line and column, for a word that the model has never met."""
    for name in dict.fromkeys(c for c, w in zip(recipe.columns, recipe.words) if w):
        own = [j for j, column in enumerate(recipe.columns) if column == name]
        known = [recipe.words[j] for j in own] + [recipe.common[own[0]]]
        words = words_in(frame[name])
        for line, word in words[~words.isin(known)].items():
            what = f"line {line}, column {name!r}: {word[:40]!r} is new to the model"
            raise ValueError(f"{what}; it knows {short_list(known)}")


def measure(X: Array, pixels: bool) -> tuple[Array, Array]:
    """Mean and deviation of each column; of pixels 0 and the most there is."""
    if pixels:
        return np.zeros(X.shape[1]), np.full(X.shape[1], X.max() or 1.0)
    return data.standardize(X)[1:]


def read_mnist() -> Task:
    """The 70,000 digits, of which the last 10,000 are for the test."""
    X, y, X_test, y_test = data.load_mnist()
    columns, none, zeros = [str(j + 1) for j in range(784)], [""] * 784, [0.0] * 784
    recipe = Recipe(columns, none, zeros, none, zeros, [1.0] * 784)
    rows = np.arange(len(X) + len(X_test))
    return Task("mnist", "digit", list("0123456789"), np.vstack([X, X_test]),
                np.append(y, y_test), rows[: len(X)], rows[len(X) :], recipe,
                28)  # fmt: skip


def read_task(options: argparse.Namespace) -> Task:
    """Read the file, choose target and columns; says what was chosen, and why."""
    print(f"Loading {options.file}...", flush=True)
    if options.file == "mnist":
        return read_mnist()
    frame = data.read_csv(data.find(options.file))
    target, why = choose_target(frame, options.target)
    frame = frame[frame[target].notna()]
    classes, y = classes_of(frame, target, options.question)
    numbers = fold_numbers(y, 5, np.random.default_rng(options.seed))
    train, test = np.flatnonzero(numbers != 0), np.flatnonzero(numbers == 0)
    if not len(test) or len(np.unique(y[train])) < 2:
        raise ValueError(f"{options.file}: {len(y)} rows are too few to learn and test")
    tell(f"target: {target} ({why})")
    if options.columns:
        data.numbers(frame.iloc[:0], options.columns)
    columns = [str(c) for c in options.columns or frame if c != target]
    recipe = recipe_of(frame.iloc[train], columns, bool(options.columns))
    X, side = expand(frame, recipe), int(len(recipe.columns) ** 0.5)
    if np.abs(X).max() > 1e100:
        raise ValueError(f"{options.file}: numbers above 1e100; choose other units")
    square = side >= 7 and side**2 == X.shape[1] and X.min() >= 0 and X.max() <= 255
    side = side if square and not frame.attrs["header"] else 0
    mean, std = measure(X[train], side > 0)
    recipe = recipe._replace(mean=mean.tolist(), std=std.tolist())
    return Task(options.file, target, classes, X, y, train, test, recipe, side)


def describe(task: Task, lam: float) -> None:
    """Print what is learnt from what."""
    print(f"Classes: {short_list(task.classes)}")
    scaled = f"{short_list(task.recipe.names)} (each scaled to deviation 1)"
    features = f"{task.side} x {task.side} pixels, from 0 to 1" if task.side else scaled
    tell(f"Features: {features}", "")
    print(f"Rows to learn from: {len(task.train):,}, to test with: {len(task.test):,}; "
          f"lam = {lam:.3g}\n")  # fmt: skip


def print_descent(task: Task, Z: Array, lam: float, epochs: int
                  ) -> tuple[list[float], Array]:  # fmt: skip
    """Print the epochs of gradient descent; its losses and its last weights (d, ·)."""
    y, two, losses = task.y[task.train], len(task.classes) == 2, []
    A = with_ones(Z).astype(Z.dtype)
    rate = safe_rate(A, lam)
    print(f"Training with gradient descent (learning rate {rate:.3g})...")
    if two:
        walk = train(A, y, rate, epochs, lam)
    else:
        Y = data.one_hot(y, len(task.classes)).astype(Z.dtype)
        walk = train_softmax(A, Y, rate, epochs, lam)
    for epoch, W, loss in walk:
        losses.append(loss)
        if epoch in (0, epochs // 2, epochs):
            scores = A @ W
            said = scores > 0 if two else scores.argmax(axis=1)
            right = f"Accuracy = {100 * (said == y).mean():.1f}%"
            print(f"  Epoch {epoch}: Loss = {loss:.3f}, {right}", flush=True)
    return losses, W[:-1].reshape(Z.shape[1], -1)


def print_steps(task: Task, Z: Array, model: LogisticRegression) -> None:
    """Print how many steps each method needs, on one question and on the whole."""
    y, k, lam = task.y[task.train], len(task.classes), model.lam
    if Z.size * Z.shape[1] < LARGE:
        A, yes = with_ones(Z), (y == k - 1).astype(int)
        *_, (steps, _, bottom) = newton(A, yes, lam)
        limit = 20_000 if Z.size < 20_000 else 2000
        walk = train(A, yes, None, limit, lam)
        far = len([*itertools.takewhile(lambda step: step[2] > bottom + 1e-6, walk)])
        more = f"{far:,}" if far <= limit else f"over {limit:,}"
        way = f"{task.classes[-1]} or not? " * (k > 2) + f"Newton: {steps} steps to"
        tell(f"{way} Loss = {bottom:.4f}; gradient descent: {more}")
    if k > 2:
        way = f"all classes at once? L-BFGS: {model.n_iter_} steps to"
        tell(f"{way} Loss = {model.losses_[-1]:.4f}")


def print_separation(task: Task, Z: Array, lam: float) -> None:
    """Say which classes can be parted without an error, and what lam is for then."""
    if Z.size * Z.shape[1] >= LARGE:
        return
    A, y, k = with_ones(Z), task.y[task.train], len(task.classes)
    parted, touching = list[str](), list[str]()
    for j in range(k)[k == 2 :]:
        w = separation(A, (y == j).astype(int))
        if w is not None:
            clean = (np.where(y == j, 1, -1) * (A @ w) > 0).all()
            (parted if clean else touching).append(in_words(task, j))
    if not parted and not touching:
        return
    print("\nPerfect separation:")
    if parted:
        tell(f"a straight cut parts {short_list(parted)} from all others, without "
             "one error in these rows.")  # fmt: skip
    if touching:
        tell(f"a straight cut has no row of {short_list(touching)} on its wrong "
             "side, and only some lie on it.")  # fmt: skip
    tell("So the loss has no bottom of its own: twice the weights would be surer still,"
         " and they would grow for ever.")  # fmt: skip
    cure = f"Give lam a value, such as --lam {1 / len(Z):.3g} (1/n)."
    tell(f"lam = {lam:.3g} holds them back." if lam else cure)


def print_confusion(classes: Sequence[str], table: Array) -> None:
    """The confusion matrix, rows the truth; of many classes the commonest mistakes."""
    if len(classes) <= 10:
        print("\nConfusion Matrix (rows: what it is, columns: what was said):")
        wide = min(max(2, *map(len, classes)), 64 // len(classes) - 2)
        cut = [name[:wide].rjust(wide) for name in classes]
        rows = [["  " + name[:14], *row] for name, row in zip(classes, table)]
        print(console.table(["", *cut], rows))
    else:
        wrong = table - np.diag(np.diag(table))
        worst = sorted(np.ndindex(*wrong.shape), key=lambda place: -wrong[place])[:3]
        pairs = [f"{classes[i]} called {classes[j]} {wrong[i, j]}" for i, j in worst]
        tell(f"Most frequent mistakes: {', '.join(pairs)}", "")


def print_test(task: Task, model: LogisticRegression, lam: float, splits: int) -> None:
    """How it does on rows it has not seen, and on how many other draws of them."""
    y, k = task.y[task.test], len(task.classes)
    said = model.predict(task.scaled(task.test))
    print("\nTest set performance:")
    print(f"  Accuracy: {100 * (said == y).mean():.1f}% of {len(y):,} rows "
          f"(one row is {100 / len(y):.2g} points)")  # fmt: skip
    most = np.bincount(task.y[task.train]).argmax()
    print(f"  always {task.classes[most]!r} would get {100 * (y == most).mean():.1f}%")
    if splits:
        scores = [100 * one_split(task, lam, seed) for seed in range(splits)]
        print(f"  over {splits} other splits: {np.mean(scores):.1f} ± "
              f"{np.std(scores):.1f}% (mean ± standard deviation)")  # fmt: skip
    print_confusion(task.classes, confusion(y, said, k))


def unseen(task: Task, lam: float, numbers: Array, fold: int) -> tuple[Array, Array]:
    """Rows of a fold, and P (m, k) for them by a model learnt from all the others."""
    train, test = np.flatnonzero(numbers != fold), np.flatnonzero(numbers == fold)
    mean, std = measure(task.X[train], task.side > 0)
    model = LogisticRegression(lam).fit((task.X[train] - mean) / std, task.y[train])
    P = np.zeros((len(test), len(task.classes)))
    P[:, model.classes_] = model.predict_proba((task.X[test] - mean) / std)
    return test, P


def one_split(task: Task, lam: float, seed: int) -> float:
    """Accuracy on a fifth of the rows, learnt from the others, all drawn anew."""
    numbers = fold_numbers(task.y, 5, np.random.default_rng(seed))
    test, P = unseen(task, lam, numbers, 0)
    return float((P.argmax(axis=1) == task.y[test]).mean())


def held_out(task: Task, model: LogisticRegression, lam: float
             ) -> tuple[Array, Array, str]:  # fmt: skip
    """Probabilities for rows by models that have not seen them: y, P (n, k), whose."""
    if task.X.size * len(task.classes) > 5e6:
        P = model.predict_proba(task.scaled(task.test))
        return task.y[task.test], P, f"the {len(P):,} test rows"
    P = np.zeros((len(task.y), len(task.classes)))
    numbers = fold_numbers(task.y, 5, np.random.default_rng(0))
    for fold in np.unique(numbers):
        if len(np.unique(task.y[numbers != fold])) > 1:
            test, some = unseen(task, lam, numbers, fold)
            P[test] = some
    return task.y, P, "every row, by a model that has not seen it"


def print_calibration(
    task: Task, y: Array, P: Array, whose: str
) -> tuple[Array, Curves]:
    """Can its probabilities be trusted? Prints, and gives, reliability and ROC."""
    k = len(task.classes)
    right, said = (y, P[:, 1]) if k == 2 else (P.argmax(axis=1) == y, P.max(axis=1))
    table = reliability(right.astype(int), said)
    print(f"\nCan the probabilities be trusted? ({whose})")
    rows = [(f"  {100 * a:.0f}%", f"{100 * b:.0f}%", f"{n:,.0f}") for a, b, n in table]
    print(console.table(["  stated", "true", "rows"], rows))
    what = f"P({in_words(task, 1)})" if k == 2 else "P of what was said"
    scores = f"Brier score {brier(right, said):.3f}"
    scores += f", log loss {cross_entropy(y, P):.3f}"
    tell(f"{what}: stated and true are {apart(table):.1f} points apart; {scores}")
    there = [j for j in range(k)[k == 2 :] if 0 < (y == j).sum() < len(y)]
    curves = {in_words(task, j): roc(y == j, P[:, j]) for j in there}
    areas = [f"{name} {auc:.3f}" for name, (_, _, auc) in curves.items()]
    tell(f"Area under the ROC curve: {short_list(areas)}")
    return table, curves


def print_weights(task: Task, model: LogisticRegression) -> None:
    """What it has learnt: by how much one step of a feature multiplies the odds."""
    W = np.atleast_2d(model.coef_)
    if task.side or W.shape[1] > 40 or len(W) > 6:
        return
    order = np.argsort(-np.abs(W).max(axis=0), kind="stable")[:10]
    names = [task.classes[j][:12] for j in (model.classes_ if len(W) > 1 else [1])]
    what = " and x on the odds" * (len(W) == 1)
    print(f"\nWeights: what one standard deviation more does to the log-odds{what}")
    rows = [["  " + task.recipe.names[j][:30], *(f"{w:+.2f}" for w in W[:, j])]
            + [f"x {np.exp(W[0, j]):.2f}"] * (len(W) == 1) for j in order]  # fmt: skip
    print(console.table(["  feature", *names, *[""] * (len(W) == 1)], rows))


# Models in files, and predictions for new tables


def save_model(path: Path, task: Task, model: LogisticRegression) -> None:
    """Write a model: arrays of numbers and text, no code."""
    parts = {"target": task.target, "coef": model.coef_, "intercept": model.intercept_,
             "classes": [task.classes[j] for j in model.classes_],
             **task.recipe._asdict()}  # fmt: skip
    figures.write(path, lambda part: np.savez(part, **parts))
    print(f"Saved {path}")


def load_model(path: Path) -> tuple[str, Recipe, LogisticRegression]:
    """Read a model; loading runs no code. ValueError if the file is none of ours."""
    if not path.exists():
        raise ValueError(f"{path}: no such model; to make one, name a CSV file as well")
    model, file = LogisticRegression(), data.read_arrays(path)
    try:
        recipe = Recipe(*(file[name].tolist() for name in Recipe._fields))
        target, model.classes_ = str(file["target"]), file["classes"]
        model.coef_, model.intercept_ = file["coef"], file["intercept"]
        d, words = len(recipe.columns), [*recipe[0], *recipe[1], *recipe[3]]
        numbers = np.hstack([model.coef_.ravel(), np.ravel(model.intercept_),
                             recipe.fills, recipe.mean, recipe.std])  # fmt: skip
        good = {len(part) for part in recipe} == {d} and min(recipe.std) > 0
        good = good and all(isinstance(w, str) for w in [*words, *model.classes_])
        if good := good and bool(np.isfinite(numbers).all()):
            P = model.predict_proba(np.zeros((1, d)))
            good = P.shape == (1, len(model.classes_))
    except (KeyError, TypeError, ValueError, IndexError):  # of other names or kinds
        good = False
    if not good:
        raise ValueError(f"{path}: {data.DAMAGED}")
    return target, recipe, model


def predict_file(target: str, recipe: Recipe, model: LogisticRegression,
                 frame: Frame, out: Path) -> None:  # fmt: skip
    """Predict every row of a table; print some, and write all beside the input."""
    X = expand(frame, recipe)
    strange_words(frame, recipe)
    P = model.predict_proba((X - np.array(recipe.mean)) / np.array(recipe.std))
    said, p = model.classes_[P.argmax(axis=1)], P.max(axis=1)
    print(f"Predicted {target} for {len(frame):,} rows:")
    for line, word, sure in [*zip(frame.index, said, p)][:5]:
        print(f"  line {line}: {word} ({100 * sure:.1f}%)")
    print("  ...\n" * (len(frame) > 5), end="")
    table = frame.assign(prediction=said, probability=p)
    figures.write(out, lambda part: table.to_csv(part, index=False, encoding="utf-8"))
    print(f"Saved {out}")


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase4_ml/logistic_regression.py iris.csv
        python phase4_ml/logistic_regression.py titanic.csv --columns Sex,Age,Fare
        python phase4_ml/logistic_regression.py my.csv --target sold --model my.npz
        python phase4_ml/logistic_regression.py --model my.npz --predict new.csv"""
    parser = console.parser(__file__, __doc__, examples)
    add = parser.add_argument
    add("file", nargs="?", help="CSV file (default iris.csv), or mnist")
    target = "column to predict (default: it looks for one)"
    add("--target", metavar="NAME", help=target)
    add("--columns", type=console.names, metavar="A,B", help="use these columns only")
    add("--question", metavar="CLASS", help="only ask: this class, or not?")
    lam = "how hard weights are pulled to 0 (default 1/n; scikit-learn's C = 1/(n lam))"
    add("--lam", type=console.number(0, 1e6), metavar="LAM", help=lam)
    epochs = "steps of gradient descent to show (default 100)"
    add("--epochs", type=console.whole(1, 10**6), default=100, metavar="N", help=epochs)
    splits = "test on so many other splits (default 20, for large files 0)"
    add("--splits", type=console.whole(0, 1000), metavar="N", help=splits)
    model = "save the model there (.npz); with --predict and no CSV file: use it"
    add("--model", type=console.new_file(".npz"), metavar="FILE", help=model)
    add("--predict", metavar="FILE", help="predict the rows of this CSV file")
    out, where = Path("predictions.csv"), "write them there (default predictions.csv)"
    add("--out", type=console.new_file(".csv"), default=out, metavar="FILE", help=where)
    figures.add_options(parser, __file__, script="home right*9 click:4.9,1.6")
    return parser


def begin_picture(
    task: Task, options: argparse.Namespace, W: Array, lam: float
) -> tuple[Any, dict[str, Axes], Borders | None]:
    """The figure, its axes by letter, and in M a map of two features, or a curve.

    The two have the largest weights W (d, ·). A film has M alone; where rows are
    pictures there is no M.
    """
    moves = bool(options.save) and options.save.suffix.lower() in figures.FILMS
    layout, size = "MMR;MMC;MML", (12.4, 7.6)
    if task.side:
        k = "0123456789"[: len(task.classes)].ljust(10, ".")
        layout, size = f"{k[:5]}RRR;{k[5:]}RRR;abcdeRRR", (12.4, 6.6)
    elif moves:
        layout, size = "M", (7.0, 4.8)
    title = f"Logistic regression: {task.name}"
    fig, axes = figures.start(options).subplot_mosaic(layout, num=title, figsize=size)
    if task.side:
        return fig, axes, None
    numbers = [j for j, word in enumerate(task.recipe.words) if not word]
    pull = np.abs(W).max(axis=1)
    pull[numbers] += 1e6 * (len(numbers) > 1)  # words make poor axes
    two = sorted(np.argsort(-pull, kind="stable")[:2].tolist())
    if len(two) == 2:
        bands = 10 * moves  # a GIF has 256 colours
        return fig, axes, Borders(fig, axes["M"], task, two, lam, bands)
    draw_curves(axes["M"], task, lam)
    return fig, axes, None


def fill_picture(
    fig: Any, axes: dict[str, Axes], task: Task, model: LogisticRegression,
    losses: list[float], table: Array, curves: Curves,
) -> None:  # fmt: skip
    """What stands beside the map, or the templates; a film has no room for it."""
    if "R" not in axes:
        return
    two = len(task.classes) == 2
    what = f"P({in_words(task, 1)})" if two else "of its answer"
    draw_reliability(axes["R"], table, what)
    if task.side:
        axes["R"].set_box_aspect(1)
        shown = [axes[c] for c in "0123456789" if c in axes]
        W = np.atleast_2d(model.coef_)
        draw_templates(fig, shown, W, task.classes[-len(W) :])
        P = model.predict_proba(task.scaled(task.test))
        draw_mistakes([axes[c] for c in "abcde"], task, P)
    else:
        draw_roc(axes["C"], curves)
        name = "Newton" if two else "L-BFGS"
        draw_losses(axes["L"], losses, name, model.losses_)


def learn(task: Task, options: argparse.Namespace) -> LogisticRegression:
    """Train, judge, and draw, each part as soon as it is known."""
    Z, lam = task.scaled(task.train), options.lam
    lam = 1 / len(Z) if lam is None else lam
    describe(task, lam)
    losses, W = print_descent(task, Z, lam, options.epochs)
    seen = not options.no_show or options.save or options.script
    if seen:
        fig, axes, film = begin_picture(task, options, W, lam)
    model = LogisticRegression(lam).fit(Z, task.y[task.train])
    print_steps(task, Z, model)
    print_separation(task, Z, lam)
    few = task.X.size * len(task.classes) < 3e5
    splits = options.splits if options.splits is not None else 20 * few
    print_test(task, model, lam, splits)
    print_weights(task, model)
    table, curves = print_calibration(task, *held_out(task, model, lam))
    if seen:
        fill_picture(fig, axes, task, model, losses, table, curves)
        figures.finish(options, fig, film=film)
    return model


def main(argv: list[str] | None = None) -> int:
    """Learn from a table, print what is found, and show it."""
    options = build_parser().parse_args(argv)
    print("=== Logistic Regression from Scratch ===\n", flush=True)
    new = data.read_csv(data.find(options.predict)) if options.predict else None
    if new is not None and options.model and not options.file:
        predict_file(*load_model(options.model), new, options.out)
        return 0
    options.file = options.file or "iris.csv"
    task = read_task(options)
    model = learn(task, options)
    if options.model:
        save_model(options.model, task, model)
    if new is not None:
        model.classes_ = np.array([task.classes[j] for j in model.classes_])
        predict_file(task.target, task.recipe, model, new, options.out)
    return 0


if __name__ == "__main__":
    console.run(main)
