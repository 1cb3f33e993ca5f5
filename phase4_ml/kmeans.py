"""Chapter 15. K-means: find groups in data that nobody has labelled.

A shop knows of each customer how long ago, how often and for how much they bought. It
would like to speak of "kinds of customers", but nobody has ever said which kinds there
are. K-means finds k groups: put down k centres, give every point to its nearest centre,
move each centre to the mean of its points, and repeat until nothing changes. Either
half of a round can only lower the inertia, so the rounds must come to an end:

    J = Σᵢ ‖xᵢ − c_{label(i)}‖²      (sum of squared distances to the nearest centre)

You will see the centres wander to their places, J falling with every round, the elbow
that suggests how many groups to ask for, and what the groups are, in days and dollars.

    python phase4_ml/kmeans.py customer_data.csv --k 4
    python phase4_ml/kmeans.py --image photos/china.jpg --k 16
    python phase4_ml/kmeans.py --elbow
    python phase4_ml/kmeans.py --gallery
    python phase4_ml/kmeans.py --digits

Names
    X        (n, d)  the points, one a row: n points of d numbers
    C        (k, d)  the centres, called centroids because each is a mean
    labels   (n,)    which centroid owns each point: 0 … k − 1
    J                inertia, in squared units of X

What this leaves out: soft membership (Gaussian mixtures), groups that are no blobs
(DBSCAN, spectral clustering). `--gallery` shows where k-means fails, and says why.

Source: Lloyd, "Least squares quantization in PCM" (1982); Arthur and Vassilvitskii,
"k-means++: the advantages of careful seeding" (2007).
"""

import argparse
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from common import console, data, figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import KeyEvent
    from matplotlib.figure import Figure

FEW = 32  # centroids: to look at all of them costs less than to keep bounds
ROWS = 2048  # so many rows at a time, so that a block of distances stays in the cache


# --------------------------------------------------------------------------
# Milestone 1: the centres settle


class Step(NamedTuple):
    """One round of k-means; labels and inertia belong to these centroids."""

    iteration: int  # 0 is the start
    centroids: np.ndarray  # (k, d)
    labels: np.ndarray  # (n,)
    moved: int  # points that changed their owner in this round
    shift: float  # the longest way that a centroid went in this round
    inertia: float


def nearest_loop(X: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Number of the centroid nearest to each point: X (n, d), C (k, d) -> (n,).

    Said plainly: for each point x the sum Σ (x − c)² to every centroid c, and the
    number of the smallest; of equal ones the first. The same as `nearest`, a hundred
    times slower: this one is to be read, the other to be run.
    """
    labels = np.zeros(len(X), dtype=int)
    for i, x in enumerate(X):
        distances = [sum((x - c) ** 2) for c in C]
        labels[i] = distances.index(min(distances))
    return labels


def nearest(X: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Number of the centroid nearest to each point: X (n, d), C (k, d) -> (n,).

        ‖x − c‖² = ‖x‖² − 2 x·c + ‖c‖²

    ‖x‖² is the same for every centroid and cannot change the winner. What is left is
    one matrix product for all pairs. Of two equally near centroids the first one wins.
    Far from zero the two terms left are huge and cancel nearly, and digits are lost:
    so take the mean of C off X and C first, which changes no distance.

    >>> nearest(np.array([[0.0], [9.0]]), np.array([[1.0], [8.0]]))
    array([0, 1])
    """
    middle = C.mean(axis=0)  # subtle: near 0 the subtraction below loses no digits
    X, C = X - middle, C - middle
    size = (C**2).sum(axis=1) / 2  # (k,)
    blocks = range(0, len(X), ROWS)
    return np.concatenate(
        [(size - X[i : i + ROWS] @ C.T).argmin(axis=1) for i in blocks] or [[]]
    ).astype(int)


def means(X: np.ndarray, labels: np.ndarray, C: np.ndarray) -> np.ndarray:
    """The mean of each centroid's points: -> (k, d). One without points stays at C.

    The means are floats, in an array of their own: `C` is not changed.

    The mean is where J is lowest: its slope in c, Σ 2 (c − x), is zero there.
    """
    counts = np.bincount(labels, minlength=len(C))  # (k,)
    sums = np.stack(
        [np.bincount(labels, weights=x, minlength=len(C)) for x in X.T], axis=1
    )  # (k, d)
    owned = counts > 0
    moved = C.astype(float)
    moved[owned] = sums[owned] / counts[owned, None]
    return moved


def inertia(X: np.ndarray, C: np.ndarray, labels: np.ndarray | None = None) -> float:
    """J = Σ ‖x − c‖², each point with the centroid of its label.

    Without `labels` each point takes the centroid nearest to it.
    """
    labels = nearest(X, C) if labels is None else labels
    return float(((X - C[labels]) ** 2).sum())


def fill_empty(X: np.ndarray, labels: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Labels in which every centroid owns a point: an empty one takes the farthest.

    A centroid that lies far from all points would own nothing for ever, and one of the
    k groups would be lost. The point farthest from its own centroid costs J most, so
    giving it a centroid saves most. Several empty groups take the farthest, the next,
    and so on; a point that lies on its centroid is not taken. `labels` is not changed.
    """
    empty = np.flatnonzero(np.bincount(labels, minlength=len(C)) == 0)
    if len(empty) == 0:
        return labels
    distance = ((X - C[labels]) ** 2).sum(axis=1)  # (n,)
    farthest = np.argsort(-distance, kind="stable")[: len(empty)]
    apart = distance[farthest] > 0  # subtle: equal points cannot fill two groups
    labels = labels.copy()
    labels[farthest[apart]] = empty[apart]
    return labels


def lloyd(X: np.ndarray, C: np.ndarray, iterations: int = 300) -> Iterator[Step]:
    """Yields a Step for each round from the centroids C, until no point changes owner.

    First comes the start as iteration 0, with moved = n and shift = 0. A round fills
    the empty groups, moves the centroids to the means, and labels the points anew; it
    yields these centroids with these labels. J never rises. After so many `iterations`
    it ends in any case.
    """
    labels = nearest(X, C)
    yield Step(0, C, labels, len(X), 0.0, inertia(X, C, labels))
    for iteration in range(1, iterations + 1):
        C_before, labels_before = C, labels
        C = means(X, fill_empty(X, labels, C), C)
        labels = nearest(X, C)
        moved = int((labels != labels_before).sum())
        shift = float(np.sqrt(((C - C_before) ** 2).sum(axis=1)).max())
        yield Step(iteration, C, labels, moved, shift, inertia(X, C, labels))
        if moved == 0:
            return


def random_start(X: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """k rows of X drawn at random, all equally likely, none twice: -> (k, d)."""
    return X[rng.choice(len(X), k, replace=False)].astype(float)


# --------------------------------------------------------------------------
# Milestone 2: a good start is half the work


def plus_plus(X: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """k points drawn so that they lie apart, by k-means++: -> (k, d).

    The first is any point. Each next one is drawn with a probability that grows with
    the squared distance to the nearest of those chosen so far:

        P(x) = D(x)² / Σ D²

    Far points are likely, outliers not certain, and no point is taken twice. Then J is
    on average at most 8 (ln k + 2) times the best possible, whatever the data.
    ValueError if there are fewer than k different points.
    """
    chosen = [X[rng.integers(len(X))]]
    D2 = np.full(len(X), np.inf)  # (n,) squared distance to the nearest chosen point
    while len(chosen) < k:
        D2 = np.minimum(D2, ((X - chosen[-1]) ** 2).sum(axis=1))
        if D2.sum() == 0:
            raise ValueError(
                f"k = {k}, but there are only {len(chosen)} different points"
            )
        chosen.append(X[rng.choice(len(X), p=D2 / D2.sum())])
    return np.array(chosen, dtype=float)


def best_run(
    X: np.ndarray, k: int, restarts: int, rng: np.random.Generator
) -> tuple[list[Step], list[float]]:
    """The steps of the best of several runs, and the J in which each run ended.

    Even k-means++ is a draw of lots, and k-means only ever walks downhill from where
    it starts. So `lloyd` is run from `restarts` starts by `plus_plus`, and the run
    whose last J is lowest is kept, as a list of its steps.
    """
    runs = [list(lloyd(X, plus_plus(X, k, rng))) for _ in range(restarts)]
    ends = [steps[-1].inertia for steps in runs]
    return runs[int(np.argmin(ends))], ends


# --------------------------------------------------------------------------
# Milestone 3: how many groups?


def elbow(
    X: np.ndarray, ks: Sequence[int], rng: np.random.Generator, restarts: int = 5
) -> np.ndarray:
    """The best J of a few starts for each number of groups in ks: -> (len(ks),).

    The starts are those of `best_run`, `restarts` for each k.

    J falls with k even where there are no groups (k = n gives J = 0), so its lowest
    value says nothing. Look for the bend after which it falls slowly.
    """
    return np.array([min(best_run(X, k, restarts, rng)[1]) for k in ks])


def bend(ks: Sequence[int], J: np.ndarray) -> int:
    """The k at the elbow: where ln J lies farthest below the line from first to last.

    The logarithm, because a group more is worth the share of J that it saves: from 80
    to 40 is as good as from 8 to 4. Units of X then do not matter either. (ln 0 is no
    number: a J below 10⁻¹² of the first counts as that.)
    """
    height = np.log(np.maximum(J, 1e-12 * J[0]))
    line = np.interp(ks, [ks[0], ks[-1]], [height[0], height[-1]])
    return int(ks[int((line - height).argmax())])


def silhouette(X: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette, from −1 (wrong group) over 0 (border) to 1 (far from others).

        s = (b − a) / max(a, b)

    a is a point's mean distance to the others of its group, b the mean distance to the
    nearest other group; s = 0 for a point alone. ValueError for fewer than two groups.
    """
    groups, own = np.unique(labels, return_inverse=True)
    if not 2 <= len(groups) < len(X):
        raise ValueError("a silhouette needs at least 2 groups and fewer than points")
    member = np.eye(len(groups))[own]  # (n, k), a 1 in the column of its group
    counts = member.sum(axis=0)  # (k,)
    s = np.zeros(len(X))
    for i in range(0, len(X), ROWS):
        rows = np.arange(i, min(i + ROWS, len(X)))
        total = _distances(X[rows], X) @ member  # (rows, k) sums of distances
        here = (np.arange(len(rows)), own[rows])
        a = total[here] / np.maximum(counts[own[rows]] - 1, 1)
        total[here] = np.inf
        b = (total / counts).min(axis=1)
        s[rows] = np.where(counts[own[rows]] > 1, (b - a) / np.maximum(a, b), 0)
    return float(s.mean())


def _distances(A: np.ndarray, B: np.ndarray) -> np.ndarray:  # given
    """Distance of each row of A to each row of B: (a, d), (b, d) -> (a, b)."""
    middle = B.mean(axis=0)
    A, B = A - middle, B - middle
    squared = (A**2).sum(axis=1)[:, None] - 2 * A @ B.T + (B**2).sum(axis=1)
    return np.sqrt(np.maximum(squared, 0))  # rounding can leave −1e-16


class Gap(NamedTuple):
    """The gap statistic for each k, its error, and the k it recommends."""

    values: np.ndarray  # (len(ks),)
    errors: np.ndarray  # (len(ks),)
    best: int


def gap(
    X: np.ndarray, ks: Sequence[int], rng: np.random.Generator, rounds: int = 10
) -> Gap:
    """How much better than in data without any groups J is, for each k.

        gap(k) = mean of ln J(k) over uniform data − ln J(k)

    The uniform data fill the same box as X. The best k is the smallest whose gap comes
    within two errors of the largest; that can be 1: no groups at all. (The paper stops
    at the first k that the next does not beat: three groups in a row then look like
    one.) Source: Tibshirani, Walther and Hastie (2001).
    """
    low, high = X.min(axis=0), X.max(axis=0)
    # subtle: as many starts for both, or the worse searched side looks worse by that
    uniform = [rng.uniform(low, high, X.shape) for _ in range(rounds)]
    reference = np.array([np.log(elbow(U, ks, rng, 3)) for U in uniform])
    values = reference.mean(axis=0) - np.log(elbow(X, ks, rng, 3))
    errors = reference.std(axis=0) * np.sqrt(1 + 1 / rounds)
    top = values.argmax()
    enough = values >= values[top] - 2 * errors[top]
    return Gap(values, errors, int(ks[int(enough.argmax())]))


# --------------------------------------------------------------------------
# Milestone 4: customers, colours, and large data


class KMeans:
    """K-means as a model: `KMeans(4).fit(X).predict(X_new)`.

    After fit: centroids_ (k, d), labels_ (n,), inertia_, and n_iter_, the number of
    rounds; all of the run with the lowest J.
    """

    def __init__(self, k: int = 8, start: np.ndarray | None = None, restarts: int = 10,
                 rng: np.random.Generator | int = 0, iterations: int = 300,
                 batch: int | None = None):  # given  # fmt: skip
        self.k, self.start, self.restarts = k, start, restarts
        self.rng, self.iterations = np.random.default_rng(rng), iterations
        self.batch = batch

    def fit(self, X: np.ndarray, y: object = None) -> "KMeans":
        """Find the centroids of X (n, d); ValueError if k does not fit the data.

        The best of `restarts` runs of `lloyd` from starts by `plus_plus`. (On large
        data `fast_lloyd`, which is given below, is the same and faster.) If a `start`
        is given it is the only one: an array or a list, ValueError if it is not (k, d).
        With a `batch` each start goes through `mini_batch`, and its last centroids are
        kept as they are: no rounds over all rows. Returns self.
        """
        X = check(X, self.k)
        start = None if self.start is None else np.asarray(self.start, dtype=float)
        if start is not None and start.shape != (self.k, X.shape[1]):
            raise ValueError(f"start must have the shape ({self.k}, {X.shape[1]})")
        self.inertia_ = np.inf
        for _ in range(self.restarts if start is None else 1):
            C = plus_plus(X, self.k, self.rng) if start is None else start
            if self.batch:
                *_, C = mini_batch(X, C, self.rng, self.batch)
            # rounds over all rows, but none after mini-batches: those were to save them
            *_, last = fast_lloyd(X, C, 0 if self.batch else self.iterations)
            if last.inertia < self.inertia_:
                self.n_iter_, self.centroids_, self.labels_ = last[:3]
                self.inertia_ = last.inertia
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Number of the centroid nearest to each row: X (n, d) -> (n,)."""
        return nearest(np.asarray(X), self.centroids_)


def check(X: np.ndarray, k: int) -> np.ndarray:  # given
    """X as a table of floats; ValueError if it has no rows for k groups, or holes."""
    X = np.asarray(X)
    X = X if X.dtype == np.float32 else X.astype(float)
    if X.ndim != 2:
        raise ValueError(f"X must be a table (n, d), but its shape is {X.shape}")
    if not np.isfinite(X).all():
        raise ValueError("X has cells that are missing or infinite")
    if not 1 <= k <= len(X):
        rows = f"from 1 to the number of rows, {len(X)}"
        raise ValueError(f"k = {k}, but it must be {rows}")
    return X


# The same rounds, made fast: most points need no distances at all. Skip these six
# functions on a first reading; they do what lloyd does, and a test says so.


def fast_lloyd(  # given
    X: np.ndarray, C: np.ndarray, iterations: int = 300
) -> Iterator[Step]:
    """The steps of `lloyd`, for large data: a test holds the two equal.

    `slack` is how much farther than its own centroid the second nearest one is, at
    least. A round takes from it the way that its own centroid went, and the longest way
    of all. While it is positive the label stands. Source: Hamerly (2010), simplified.
    """
    n, (k, d), shift = len(X), C.shape, 0.0
    middle = (np.ones(n, X.dtype) @ X / n).astype(X.dtype)  # faster than X.mean(axis=0)
    points, C = beside_ones(X - middle, k), (C - middle).astype(X.dtype)
    squares = np.einsum("ij,ij->i", points, points) - 1  # (n,) ‖x‖²
    labels, slack = np.zeros(n, dtype=int), np.zeros(n, X.dtype)
    totals = np.zeros((k, d + 1))  # row j: the sum of group j | its size
    totals[0] = points.sum(axis=0, dtype=float)
    for iteration in range(iterations + 1):
        before = labels
        if iteration:
            labels = fill_empty(points[:, :-1], labels, C)
            if labels is not before:
                totals += transfers(points, before, labels, k)
                slack[labels != before] = 0
            sums, counts = totals[:, :-1], totals[:, -1:]
            means = np.where(counts > 0, sums / np.maximum(counts, 1), C)
            way = np.sqrt(((means - C) ** 2).sum(axis=1)).astype(X.dtype)
            C = means.astype(X.dtype)
            shift = float(way.max())
            if k > FEW:
                slack -= (way + way.max())[labels]
        # ‖x − c‖² less ‖x‖² is (x, 1) · (−2c, ‖c‖²): one product scores all pairs
        table = np.hstack([-2 * C, (C**2).sum(axis=1, keepdims=True)])  # (k, d + 1)
        filled, labels = labels, look_again(points, squares, table, labels, slack)
        totals += transfers(points, filled, labels, k)
        J = max(float(squares.sum(dtype=float) + (table * totals).sum()), 0.0)
        moved = int((labels != before).sum()) if iteration else n
        yield Step(iteration, C + middle, labels, moved, shift, J)
        if moved == 0:
            return


def beside_ones(X: np.ndarray, k: int) -> np.ndarray:  # given
    """X (n, d) with a column of ones: -> (n, d + 1).

    It lies in memory by columns where all points are looked at, by rows where some are
    picked: what is read together stands together.
    """
    points = np.ones((len(X), X.shape[1] + 1), X.dtype, order="F" if k <= FEW else "C")
    points[:, :-1] = X
    return points


def look_again(
    points: np.ndarray,
    squares: np.ndarray,
    table: np.ndarray,
    labels: np.ndarray,
    slack: np.ndarray,
) -> np.ndarray:  # given
    """Labels in which every point without slack has its nearest; renews its slack.

    With few centroids it looks at every point: that costs less than to keep the slack.
    """
    few, labels = len(table) <= FEW, labels.copy()
    block = max(64 * ROWS // len(table), 64)  # so many scores as the cache holds
    room = np.empty((len(table), block), points.dtype)
    unsure = np.arange(len(points)) if few else np.flatnonzero(slack <= 0)
    for i in range(0, len(unsure), block):
        rows = unsure[i : i + block]
        x = points[i : i + block] if few else points.take(rows, axis=0)
        scores = np.matmul(table, x.T, out=room[:, : len(rows)])  # no new memory: fast
        best = scores.min(axis=0)
        labels[rows] = label = first_of(scores, best)
        if not few:
            slack[rows] = lead(scores, best, label, squares[rows])
    return labels


def first_of(scores: np.ndarray, best: np.ndarray) -> np.ndarray:  # given
    """Row of the first score that is the best of its column: (k, n), (n,) -> (n,).

    As argmin(axis=0), but with whole vectors at a time, where that goes one by one.
    """
    k = len(scores)
    rank = np.arange(k, 0, -1, dtype=np.min_scalar_type(k))[:, None]  # the first is k
    return k - ((scores == best).view(np.uint8) * rank).max(axis=0).astype(int)


def lead(
    scores: np.ndarray, best: np.ndarray, labels: np.ndarray, squares: np.ndarray
) -> np.ndarray:  # given
    """How much farther the second nearest centroid is; changes the scores: -> (n,)."""
    scores[labels, np.arange(scores.shape[1])] = np.finfo(scores.dtype).max
    d1, d2 = (np.sqrt(np.maximum(s + squares, 0)) for s in (best, scores.min(axis=0)))
    return d2 - d1


def transfers(  # given
    points: np.ndarray, old: np.ndarray, new: np.ndarray, k: int
) -> np.ndarray:
    """What changes in the totals: +1 where a point arrives, −1 where it leaves."""
    change = np.zeros((k, points.shape[1]))
    moved = np.flatnonzero(old != new)
    for i in range(0, len(moved), ROWS):
        rows = moved[i : i + ROWS]
        signs, each = np.zeros((k, len(rows)), points.dtype), np.arange(len(rows))
        signs[new[rows], each], signs[old[rows], each] = 1, -1
        picked = points[rows] if k <= FEW else points.take(rows, axis=0)
        change += signs @ picked  # a product of matrices adds faster than a loop
    return change


def mini_batch(
    X: np.ndarray,
    C: np.ndarray,
    rng: np.random.Generator,
    batch: int = 1024,
    rounds: int = 200,
) -> Iterator[np.ndarray]:
    """Centroids after each round on a few rows: for data too large to go through often.

    A round draws `batch` rows, rng.integers(n, size=batch), and gives each to its
    nearest centroid. That keeps the mean of all points it was ever given,
    c ← c + (x̄ − c) m/N for m new points with the mean x̄, of N in all: its steps grow
    short by themselves. Each round yields an array of its own; `C` is not changed.
    Source: Sculley, "Web-scale k-means clustering" (2010).
    """
    C, N = C.astype(float), np.zeros(len(C))
    for _ in range(rounds):
        rows = X[rng.integers(len(X), size=batch)]  # (batch, d)
        labels = nearest(rows, C)
        m = np.bincount(labels, minlength=len(C))
        N += m
        C = C + (means(rows, labels, C) - C) * (m / np.maximum(N, 1))[:, None]
        yield C


def quantise(
    image: np.ndarray, k: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The image in k colours of its own, and these colours: -> (h, w, 3), (k, 3).

    A pixel is a point of three numbers, red, green, blue; the centroids are the
    palette. 20,000 pixels (all, if they are fewer) are enough to find it. It is sorted
    from dark to light, by the sum of the three. Palette and picture have the dtype of
    the image: if that is whole numbers (bytes), the palette is rounded.
    """
    pixels = np.asarray(image, dtype=float).reshape(-1, 3)
    few = pixels[rng.permutation(len(pixels))[:20_000]]
    palette = KMeans(k, restarts=3, rng=rng).fit(few).centroids_
    palette = palette[np.argsort(palette.sum(axis=1))]
    if np.issubdtype(image.dtype, np.integer):
        palette = np.rint(palette)
    palette = palette.astype(image.dtype)
    return palette[nearest(pixels, palette.astype(float))].reshape(image.shape), palette


# The doctor: when the groups found are not the groups that are there.


def pieces(X: np.ndarray) -> np.ndarray:  # given
    """Number of the piece each point hangs together with, by a chain of near points.

    Two points are near when they are closer than twice the distance within which nine
    in ten points have two neighbours. Pieces of under 2 % of the points are −1.
    """
    distance = _distances(X, X)
    near = distance <= 2 * np.quantile(np.partition(distance, 2, axis=1)[:, 2], 0.9)
    piece, before = np.arange(len(X)), np.full(len(X), -1)
    while (piece != before).any():
        before = piece
        piece = np.where(near, piece, len(X)).min(axis=1)
        piece = piece[piece]  # subtle: a jump along the chain, or long ones take long
    _, piece, counts = np.unique(piece, return_inverse=True, return_counts=True)
    return np.where(counts[piece] >= 0.02 * len(X), piece, -1)


def purity(labels: np.ndarray, truth: np.ndarray) -> float:  # given
    """Share of the points that are in a group which mostly holds their own kind."""
    kinds = np.unique(truth, return_inverse=True)[1]
    counts = np.zeros((labels.max() + 1, kinds.max() + 1))
    np.add.at(counts, (labels, kinds), 1)
    return float(counts.max(axis=1).sum() / len(labels))


def doctor(X: np.ndarray, C: np.ndarray) -> list[str]:  # given
    """What is measurably wrong with the groups, a sentence each; [] if nothing is."""
    labels, found = nearest(X, C), []
    counts = np.bincount(labels, minlength=len(C))  # (k,)
    distance = np.sqrt(((X - C[labels]) ** 2).sum(axis=1))  # (n,)
    width = np.array([np.median(distance[labels == j]) for j in range(len(C))])
    small, wide, narrow = counts.argmin(), width.argmax(), width.argmin()
    if counts[small] < 0.01 * len(X):
        found.append(f"Group {small + 1} has {counts[small]} of {len(X)} points: an "
                     "outlier took a centroid for itself.")  # fmt: skip
    elif width[wide] > 3 * width[narrow]:
        found.append(f"Group {wide + 1} is over 3 times as wide as group {narrow + 1}, "
                     "but the border lies half-way: the wide one loses "
                     "points.")  # fmt: skip
    piece = pieces(X)
    kept = piece >= 0
    astray = 1 - purity(labels[kept], piece[kept]) if kept.any() else 0
    if astray > 0.02:
        found.append(f"The points hang together in {len(np.unique(piece[kept]))} "
                     f"pieces, and {100 * astray:.0f} % share a group with another: k "
                     "is wrong, or straight borders cannot part them.")  # fmt: skip
    return found


def specimens(  # given
    rng: np.random.Generator,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Six small data sets with their true groups: name -> X (300 or so, 2), truth."""
    three, two = np.repeat([0, 1, 2], 100), np.repeat([0, 1], 150)
    blobs = np.array([[0, 0], [6, 1], [2, 6]])[three] + rng.normal(size=(300, 2))
    t = rng.uniform(0, np.pi, 300)
    arcs = np.array([[np.cos(t), np.sin(t)], [1 - np.cos(t), 0.4 - np.sin(t)]])
    moons = arcs[two, :, np.arange(300)] + rng.normal(0, 0.06, (300, 2))
    sizes = np.where(two == 0, 2.0, 0.25)[:, None]
    unequal = two[:, None] * [5.0, 0.0] + sizes * rng.normal(size=(300, 2))
    stripes = np.stack([rng.uniform(-6, 6, 300), 2.2 * three], axis=1)
    return {
        "round and equal": (blobs, three),
        "moons": (moons, two),
        "unequal spread": (unequal, two),
        "stretched": (stripes + rng.normal(0, 0.25, (300, 2)), three),
        "one outlier": (np.vstack([blobs, [[60, 40]]]), np.append(three, 2)),
        "no groups at all": (rng.uniform(size=(300, 2)), np.zeros(300, dtype=int)),
    }


# The customers: columns that k-means can compare.


class Table(NamedTuple):
    """Columns made comparable: logs of skewed ones, then mean 0 and deviation 1."""

    names: list[str]
    raw: np.ndarray  # (n, d) in the units of the file
    logs: np.ndarray  # (d,) whether ln(1 + x) was taken
    X: np.ndarray  # (n, d) what k-means sees
    mean: np.ndarray  # (d,)
    std: np.ndarray  # (d,)


def prepare(names: list[str], raw: np.ndarray, plain: bool = False) -> Table:  # given
    """A table for k-means: without this, dollars would outvote days.

    A distance adds up all columns, so the column with the largest numbers decides
    alone. A skewed column (skew over 1, no negative values) is a few giants and a
    crowd; the logarithm makes "twice as much" one step everywhere.
    """
    skew = (data.standardize(raw)[0] ** 3).mean(axis=0)
    logs = (skew > 1) & (raw.min(axis=0) >= 0) & (not plain)
    scaled = data.standardize(np.where(logs, np.log1p(np.maximum(raw, 0)), raw))
    return Table(names, raw, logs, *scaled)


# The game: fifty answers of yours name all 1,797 digits.


def on_key(answers: str, key: str, truth: str) -> str:  # given
    """The answers after a key: a digit adds one, Backspace takes one, A tells all."""
    if key == "backspace":
        return answers[:-1]
    if key == "a":
        return answers + truth[len(answers) :]
    fits = len(key) == 1 and key in "0123456789" and len(answers) < len(truth)
    return answers + key if fits else answers


def verdict(
    answers: str, truth: str, groups: np.ndarray, y: np.ndarray
) -> str:  # given
    """What the answers are worth when every digit takes the one given for its group."""
    if len(answers) < len(truth):
        return f"Which digit is framed? {len(truth) - len(answers)} to go (A: tell me)"
    right = 100 * (np.array(list(answers), dtype=int)[groups] == y).mean()
    slips = sum(a != b for a, b in zip(answers, truth))
    return (
        f"Your 50 answers ({slips} slips) name {len(y):,} digits: {right:.1f} % right"
    )


# --------------------------------------------------------------------------
# The picture


def colour(j: int) -> str:
    """The colour of group j; past six they repeat, and the marker tells them apart."""
    return figures.COLOURS[j % len(figures.COLOURS)]


def marker(j: int) -> str:
    """The marker of group j: other than any group's of the same colour."""
    return figures.MARKERS[(j + j // len(figures.COLOURS)) % len(figures.MARKERS)]


def best_view(X: np.ndarray, step: Step) -> list[int]:
    """The two columns in which the groups lie farthest apart, in the table's order.

    Columns of few different values come last: their points would lie on a few lines.
    """
    between = step.centroids[step.labels].var(axis=0)
    fine = np.array([len(np.unique(x[:2000])) > 50 for x in X.T])
    order = np.lexsort((-between, ~fine)).tolist()
    return sorted((2 * order)[:2] if len(order) == 1 else order[:2])


def draw_stage(ax: "Axes", table: Table, view: list[int]) -> None:
    """Limits and ticks of two columns: k-means' scale, labelled in the file's units."""
    from matplotlib.ticker import MaxNLocator

    low, high = table.X[:, view].min(axis=0), table.X[:, view].max(axis=0)
    edge = 0.05 * (high - low) + 1e-9
    ax.set_xlim(low[0] - edge[0], high[0] + edge[0])
    ax.set_ylim(low[-1] - edge[-1], high[-1] + edge[-1])
    for axis, j in zip((ax.xaxis, ax.yaxis), view):
        raw = table.raw[:, j]
        powers = np.array([0, *(m * 10.0**e for e in range(9) for m in (1, 3))])
        even = MaxNLocator(6).tick_values(raw.min(), raw.max())
        ticks = powers if table.logs[j] else even
        ticks = ticks[(raw.min() <= ticks) & (ticks <= raw.max())]
        places = np.log1p(ticks) if table.logs[j] else ticks
        axis.set_ticks((places - table.mean[j]) / table.std[j])
        axis.set_ticklabels([f"{t:,g}" for t in ticks])
        axis.set_label_text(table.names[j].replace("_", " "))


def draw_cells(ax: "Axes", C: np.ndarray) -> None:
    """The Voronoi cells of C (k, 2): which centroid is nearest, all over the plane.

    The borders are straight: points equally far from two centroids lie on a line.
    """
    from matplotlib.colors import ListedColormap

    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    grid = np.meshgrid(np.linspace(left, right, 240), np.linspace(low, high, 240))
    cells = nearest(np.stack([g.ravel() for g in grid], axis=1), C).reshape(240, 240)
    ax.imshow(cells, origin="lower", extent=(left, right, low, high), aspect="auto",
              cmap=ListedColormap([colour(j) for j in range(len(C))]), alpha=0.13,
              vmin=-0.5, vmax=len(C) - 0.5, interpolation="nearest")  # fmt: skip


def draw_groups(ax: "Axes", P: np.ndarray, labels: np.ndarray, C: np.ndarray) -> None:
    """Points P (n, 2) in the colour and marker of their group, numbered centroids."""
    for j, (x, y) in enumerate(C):
        own = P[labels == j]
        ax.plot(own[:, 0], own[:, 1], marker(j), color=colour(j), ms=4, alpha=0.55)
        ax.text(x, y, str(j + 1), color="white", weight="bold", fontsize=10, zorder=5,
                ha="center", va="center", clip_on=True, bbox={"ec": figures.INK,
                "fc": colour(j), "boxstyle": "circle,pad=0.3", "lw": 1.2})  # fmt: skip


class Evolution(figures.Film):
    """The film of a run: points and centroids on the left, J on the right.

    Keys: N a new start by k-means++, R a random one, E one with an empty group; the
    arrows up and down ask for one group more or fewer; Space and the rest as in Film.
    """

    KEYS = f"N new start  R random start  E empty group  ↑↓ groups  {figures.Film.KEYS}"

    def __init__(self, fig: "Figure", table: Table, rng: np.random.Generator):
        self.table, self.rng = table, rng
        pick = np.random.default_rng(0).permutation(len(table.X))
        self.shown = np.sort(pick[:4000])  # more dots than this only make a blot
        self.most = min(12, len(np.unique(table.X, axis=0)))  # groups
        self.view = [0, min(1, table.X.shape[1] - 1)]
        draw_stage(fig.axes[0], table, self.view)
        P = table.X[self.shown][:, self.view]
        fig.axes[0].scatter(P[:, 0], P[:, 1], s=16, color=figures.MUTED, alpha=0.4)
        fig.axes[0].set_title(f"{len(table.X):,} points, no groups yet")

    def show(self, fig: "Figure", steps: list[Step]) -> None:
        """Let the film be of this run."""
        self.steps, self.view = steps, best_view(self.table.X, steps[-1])
        super().__init__(fig, self.draw, len(steps), fps=2)

    def draw(self, frame: int) -> None:
        """Draw step `frame` of the run."""
        step, ax = self.steps[frame], self.fig.axes[0]
        ax.clear()
        draw_stage(ax, self.table, self.view)
        ways = np.array([s.centroids[:, self.view] for s in self.steps[: frame + 1]])
        low, high = ways.min(axis=(0, 1)) - 0.2, ways.max(axis=(0, 1)) + 0.2
        ax.set_xlim(min(ax.get_xlim()[0], low[0]), max(ax.get_xlim()[1], high[0]))
        ax.set_ylim(min(ax.get_ylim()[0], low[1]), max(ax.get_ylim()[1], high[1]))
        if self.table.X.shape[1] == 2:
            draw_cells(ax, step.centroids)
        for j in range(len(step.centroids)):
            ax.plot(ways[:, j, 0], ways[:, j, 1], color=figures.INK, lw=3.2)
            ax.plot(ways[:, j, 0], ways[:, j, 1], color=colour(j), lw=1.8)
        P = self.table.X[self.shown][:, self.view]
        draw_groups(ax, P, step.labels[self.shown], ways[-1])
        ax.set_title(self.title(frame))
        self.draw_inertia(self.fig.axes[1], frame)

    def title(self, frame: int) -> str:
        """What this step shows, in a sentence."""
        step, k = self.steps[frame], len(self.steps[0].centroids)
        empty = np.flatnonzero(np.bincount(step.labels, minlength=k) == 0)
        if len(empty):
            return f"Group {empty[0] + 1} owns nothing: it takes the farthest point"
        if frame == 0:
            return f"The start: {k} centroids, each point goes to the nearest"
        if step.moved == 0:
            return f"{k} groups, settled after {frame} rounds"
        return f"Round {frame}: {step.moved:,} points changed their group"

    def draw_inertia(self, ax: "Axes", frame: int) -> None:
        """J of all steps so far."""
        J = [step.inertia for step in self.steps]
        ax.clear()
        ax.plot(range(frame + 1), J[: frame + 1], "o-", color=figures.INK, ms=4)
        ax.set(xlim=(-0.5, max(len(J) - 0.5, 4)), ylim=(0, 1.08 * max(J) or 1))
        ax.set(xlabel="round", ylabel="inertia J", title=f"J = {J[frame]:,.0f}")
        ax.locator_params(axis="x", integer=True)

    def on_key(self, event: "KeyEvent") -> None:
        """Start anew the way the key says."""
        X, k = self.table.X, len(self.steps[0].centroids)
        k = min(max(k + {"up": 1, "down": -1}.get(event.key or "", 0), 1), self.most)
        if event.key not in ("n", "r", "e", "up", "down"):
            super().on_key(event)
            return
        C = (random_start if event.key == "r" else plus_plus)(X, k, self.rng)
        if event.key == "e":
            C[-1] = X.max(axis=0) + 3 * X.std(axis=0)  # out where it owns nothing
        self.steps = list(lloyd(X, C))
        self.frames, self.playing = len(self.steps), True
        self.go(0)


def draw_scores(ax: "Axes", ks: Sequence[int], scores: np.ndarray, k: int,
                name: str, title: str) -> None:  # fmt: skip
    """A score for each number of groups, the recommended one ringed."""
    ax.plot(ks, scores, "o-", color=figures.COLOURS[0])
    ax.plot(k, scores[list(ks).index(k)], "o", ms=15, mfc="none", mew=2.2,
            mec=figures.COLOURS[1])  # fmt: skip
    ax.set(xlabel="groups k", ylabel=name, xticks=ks, title=f"{title} k = {k}")
    if name == "inertia J":  # the bend is sought in its logarithm
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter("{x:,.0f}")
        ax.yaxis.set_minor_formatter("{x:,.0f}")


def draw_gallery(
    fig: "Figure", found: dict[str, tuple[np.ndarray, np.ndarray]]
) -> None:
    """The specimens as k-means groups them: title -> points, centroids."""
    for ax, (title, (X, C)) in zip(fig.axes, found.items()):
        low, high = X.min(axis=0), X.max(axis=0)
        edge = 0.08 * (high - low)
        ax.set(xlim=(low[0] - edge[0], high[0] + edge[0]), xticks=[], yticks=[],
               ylim=(low[1] - edge[1], high[1] + edge[1]))  # fmt: skip
        draw_cells(ax, C)
        draw_groups(ax, X, nearest(X, C), C)
        ax.set_title(title, fontsize=11)


def draw_palette(fig: "Figure", image: np.ndarray, painted: np.ndarray,
                 palette: np.ndarray, shares: np.ndarray) -> None:  # fmt: skip
    """The photo, the photo in k colours, and the colours as wide as they are used."""
    before, after, below = fig.axes
    before.imshow(image)
    after.imshow(painted)
    left = np.cumsum(shares) - shares
    below.bar(left, 1, shares, color=np.clip(palette, 0, 1), align="edge")
    below.set(xlim=(0, 1), yticks=[], xlabel="share of the pixels")
    before.set(xticks=[], yticks=[], title="the photo")
    after.set(xticks=[], yticks=[], title=f"the same in {len(palette)} colours")
    for ax in fig.axes:
        ax.grid(False)
        ax.spines[:].set_visible(False)


def draw_digits(fig: "Figure", images: np.ndarray, answers: str) -> None:
    """Fifty digits, the answers given so far below them, the next one framed."""
    for i, (ax, image) in enumerate(zip(fig.axes, images)):
        now = i == len(answers)
        if not ax.images:
            ax.imshow(image.reshape(8, 8), cmap="Greys", vmin=0, vmax=16)
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
        ax.spines[:].set(visible=True, lw=3 if now else 0.6)
        ax.spines[:].set_color(figures.COLOURS[1] if now else figures.MUTED)
        answer = answers[i] if i < len(answers) else "?" if now else " "
        ax.set_xlabel(answer, color=figures.COLOURS[0], weight="bold", labelpad=2)


# --------------------------------------------------------------------------
# The command line


def read_table(options: argparse.Namespace) -> Table:
    """The columns of a CSV file that k-means can use; prints what is done to them."""
    frame = data.read_csv(data.find(options.file))
    names, raw, left_out = data.features(frame, options.columns, options.drop_missing)
    table = prepare(names, raw, options.no_logs)
    logs = ", ".join(name for name, log in zip(names, table.logs) if log)
    print(f"{Path(options.file).name}: {len(raw):,} rows; columns: {', '.join(names)}")
    if left_out:
        print(f"  left out: {', '.join(left_out)}")
    if logs:
        print(f"  skewed, so logarithms taken: {logs} (--no-logs: not)")
    print("  every column scaled to mean 0 and standard deviation 1")
    return table


def print_run(steps: Sequence[Step]) -> None:
    """The transcript of a run."""
    for j, c in enumerate(steps[0].centroids, start=1):
        print(f"  Centroid {j}: [{', '.join(f'{x:.2f}' for x in c)}]")
    print()
    for step in steps[1:]:
        points = "point" if step.moved == 1 else "points"
        print(f"Iteration {step.iteration}: Moved {step.moved} {points}, "
              f"centroid shift = {step.shift:.3g}")  # fmt: skip
    print("Converged!" if steps[-1].moved == 0 else "Stopped before it settled.")


def print_groups(table: Table, labels: np.ndarray, k: int) -> None:
    """Sizes, and the middle of every group in the units of the file."""
    sizes = np.bincount(labels, minlength=k)
    print(f"\nCluster sizes: {sizes.tolist()}\n")
    rows = []
    for j in range(k):
        middle = np.median(table.raw[labels == j], axis=0)
        rows.append([f"group {j + 1}", f"{sizes[j]:,}", *(f"{m:,.6g}" for m in middle)])
    print(console.table(["median of", "points", *table.names], rows), end="\n\n")


def advise(
    table: Table, options: argparse.Namespace, rng: np.random.Generator
) -> "Figure":
    """Try k = 1, 2 …, say which seems best, save elbow.png; gives that figure."""
    import matplotlib.pyplot as plt

    X = table.X[rng.permutation(len(table.X))[:3000]]  # enough to choose k by
    ks = range(1, min(options.max_k, len(np.unique(X, axis=0)) - 1) + 1)
    if len(ks) < 3:
        raise ValueError("to choose k there must be at least 4 different points")
    J = elbow(X, ks, rng)
    runs = [best_run(X, k, 3, rng)[0] for k in ks[1:]]
    s = np.array([silhouette(X, steps[-1].labels) for steps in runs])
    best = {"elbow": bend(ks, J), "silhouette": ks[1 + int(np.argmax(s))]}
    fig, axes = plt.subplots(1, 3 if options.elbow else 2, figsize=(11, 4.2))
    draw_scores(axes[0], ks, J, best["elbow"], "inertia J", "The elbow:")
    draw_scores(axes[1], ks[1:], s, best["silhouette"], "silhouette", "Most apart:")
    if options.elbow:
        found = gap(X, ks, rng)
        best["gap"] = found.best
        title = "Unlike chance:" if found.best < ks[-1] else "Still rising:"
        draw_scores(axes[2], ks, found.values, found.best, "gap", title)
        rows = zip(ks, J.round(1), ["", *np.round(s, 3)], found.values.round(3))
        print(console.table(["k", "inertia J", "silhouette", "gap"], rows))
    figures.write(Path("elbow.png"), fig.savefig)
    print("Elbow plot saved to elbow.png")
    print(conclusion(best, ks[-1]))
    return fig


def conclusion(best: dict[str, int], last: int) -> str:
    """What the ways to choose k say together.

    An answer at the end of the range is none: it would move on with the range.
    """
    inside = sorted({k for k in best.values() if k < last})
    details = ", ".join(
        f"{name} {k}" if k < last else f"{name} still rising at {k}"
        for name, k in best.items()
    )
    answers = " or ".join(map(str, inside)) or "unclear"
    return f"Optimal k appears to be {answers} ({details})"


def group(options: argparse.Namespace) -> int:
    """Find groups in a CSV file, show how they come to be, and advise on k."""
    print("=== K-Means Clustering from Scratch ===\n", flush=True)
    table, k = read_table(options), options.k or 4
    check(table.X, k)
    rng = np.random.default_rng(options.seed)
    plt = figures.start(options)
    if options.elbow:
        figures.finish(options, advise(table, options, rng))
        return 0
    fig, _ = plt.subplots(1, 2, figsize=(11, 5.6), width_ratios=[2, 1], num="k-means")
    film = Evolution(fig, table, rng)
    steps = run(table.X, k, options, rng)
    film.show(fig, steps)
    film.go(len(steps) - 1)
    print_run(steps)
    print_groups(table, steps[-1].labels, k)
    try:
        plt.close(advise(table, options, rng))  # it is in elbow.png
    except NotImplementedError as unbuilt:  # show what is built all the same
        print(f"To do, for advice on k: {unbuilt}")
    for sentence in doctor(table.X[film.shown[:2500]], steps[-1].centroids):
        print(textwrap.fill(f"Doctor: {sentence}", 80, subsequent_indent="  "))
    figures.finish(options, fig, film=film)
    return 0


def run(
    X: np.ndarray, k: int, options: argparse.Namespace, rng: np.random.Generator
) -> list[Step]:
    """The steps of the run that is shown, from the start that the options ask for."""
    if options.init == "random":
        print("\nInitializing centroids at random points...")
        return list(lloyd(X, random_start(X, k, rng)))
    if options.batch:
        print(f"\nInitializing centroids by mini-batches of {options.batch} rows...")
        model = KMeans(k, restarts=1, rng=rng, batch=options.batch).fit(X)
        return list(lloyd(X, model.centroids_))
    print("\nInitializing centroids with k-means++...")
    steps, ends = best_run(X, k, options.restarts, rng)
    low, high = min(ends), max(ends)
    print(f"  (best of {len(ends)} starts: J from {low:,.1f} to {high:,.1f})")
    return steps


def paint(options: argparse.Namespace) -> int:
    """A photo in k colours."""
    image, k = read_photo(options.image), options.k or 16
    painted, palette = quantise(image, k, np.random.default_rng(options.seed))
    before = len(np.unique(np.rint(255 * image).reshape(-1, 3), axis=0))
    error = 255 * np.sqrt(((painted - image) ** 2).mean())
    shares = np.bincount(nearest(painted.reshape(-1, 3), palette), minlength=k)
    shares = shares / shares.sum()
    print(f"{image.shape[1]} x {image.shape[0]} pixels, {before:,} colours -> {k}:")
    for c, share in zip(np.rint(255 * palette).astype(int), shares):
        print("  #{:02x}{:02x}{:02x}".format(*c) + f"  {100 * share:4.1f} % of pixels")
    bits = max(k - 1, 1).bit_length()
    print(f"Off by {error:.1f} of 255 (root mean square); {bits} bits a pixel, not 24.")
    plt = figures.start(options)
    fig, _ = plt.subplot_mosaic("AB;CC", figsize=(11, 4.6), height_ratios=[8, 1])
    draw_palette(fig, image, painted, palette, shares)
    figures.finish(options, fig)
    return 0


def read_photo(name: str) -> np.ndarray:
    """The pixels of a picture file: -> (h, w, 3), red, green, blue from 0 to 1."""
    from PIL import Image, ImageOps

    path = data.find(name)
    try:
        with Image.open(path) as file:
            return np.asarray(ImageOps.exif_transpose(file).convert("RGB")) / 255
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise ValueError(
            f"{path.name}: this is not a picture that can be read"
        ) from None


def show_gallery(options: argparse.Namespace) -> int:
    """Six data sets on which k-means is right, wrong, or not to be asked."""
    rng = np.random.default_rng(options.seed)
    found = {}
    for name, (X, truth) in specimens(rng).items():
        k = len(np.unique(truth))
        C = KMeans(k if k > 1 else 3, rng=rng).fit(X).centroids_
        right = f"{100 * purity(nearest(X, C), truth):.0f} % right"
        title = f"{name}: {right if k > 1 else 'no right answer'}"
        sentences = doctor(X, C)
        if not sentences and gap(X, range(1, 6), rng).best == 1:
            sentences = ["The gap statistic finds no groups: these are arbitrary."]
        print(title)
        for sentence in sentences or ["Nothing wrong is measured."]:
            print(
                textwrap.fill(sentence, 78, initial_indent="  ", subsequent_indent="  ")
            )
        found[title] = X, C
    fig, _ = figures.start(options).subplots(2, 3, figsize=(11, 6.4))
    draw_gallery(fig, found)
    figures.finish(options, fig)
    return 0


def play(options: argparse.Namespace) -> int:
    """The game: name fifty digits, and k-means names the other 1,747."""
    X, y = data.load_digits()
    model = KMeans(50, restarts=3, rng=options.seed).fit(X)
    shown = nearest(model.centroids_, X)  # the digit nearest to each centroid
    truth, answers = "".join(map(str, y[shown])), ""
    print("Name these 50 digits, and k-means names all 1,797.")
    print("Keys: 0-9 name the framed one, Backspace takes back, A tells the rest.")
    plt = figures.start(options)
    size = {"figsize": (11, 6.6), "layout": "none"}  # fifty axes are laid out at once
    fig, _ = plt.subplots(5, 10, num="Name 50 digits", **size)
    fig.subplots_adjust(left=0.03, right=0.97, bottom=0.06, top=0.9, hspace=0.35)

    def press(key: str) -> None:
        nonlocal answers
        answers = on_key(answers, key, truth)
        draw_digits(fig, X[shown], answers)
        fig.suptitle(verdict(answers, truth, model.labels_, y))
        fig.canvas.draw_idle()

    press("")
    fig.canvas.mpl_connect("key_press_event", lambda event: press(event.key or ""))
    figures.finish(options, fig)
    if len(answers) == 50:
        print(verdict(answers, truth, model.labels_, y))
        chance = [at_random(X, y, np.random.default_rng(seed)) for seed in range(20)]
        print(
            "Fifty picked at random, each other digit named like the nearest of them:"
        )
        print(f"{np.mean(chance):.1f} ± {np.std(chance):.1f} % right (20 draws)")
    return 0


def at_random(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> float:
    """Percentage named rightly by the nearest of 50 random digits."""
    known = rng.choice(len(X), 50, replace=False)
    return float(100 * (y[known][nearest(X, X[known])] == y).mean())


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase4_ml/kmeans.py customer_data.csv --k 4
        python phase4_ml/kmeans.py iris.csv --columns petal_length,petal_width --k 3
        python phase4_ml/kmeans.py --image photos/china.jpg --k 16
        python phase4_ml/kmeans.py --gallery --save gallery.png"""
    parser = console.parser(__file__, __doc__, examples)
    add, whole, flag = parser.add_argument, console.whole, "store_true"
    add("file", nargs="?", default="customer_data.csv",
        help="CSV file (default customer_data.csv)")  # fmt: skip
    add("--k", type=whole(1), metavar="K", help="groups or colours (default 4 or 16)")
    add("--columns", type=console.names, metavar="A,B", help="use these columns only")
    add("--no-logs", action=flag, help="take no logarithms of skewed columns")
    add("--drop-missing", action=flag, help="leave out rows with empty cells")
    add("--init", choices=["++", "random"], default="++", help="the start (default ++)")
    add("--restarts", type=whole(1, 1000), default=10, metavar="N",
        help="runs to choose the best from (default 10)")  # fmt: skip
    add("--batch", type=whole(1), metavar="N", help="start by mini-batches of N rows")
    add("--max-k", type=whole(3, 50), default=10, metavar="K",
        help="try up to so many groups for the elbow (default 10)")  # fmt: skip
    add("--elbow", action=flag, help="how many groups? three ways to ask")
    add("--image", metavar="PHOTO", help="the photo in k colours")
    add("--gallery", action=flag, help="where k-means fails, and why")
    add("--digits", action=flag, help="the game: name 50 digits, get 1,797")
    figures.add_options(parser, __file__, script="space right*3 n")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the part of the chapter that the options ask for."""
    options = build_parser().parse_args(argv)
    if options.image:
        return paint(options)
    if options.gallery:
        return show_gallery(options)
    return play(options) if options.digits else group(options)


if __name__ == "__main__":
    console.run(main)
