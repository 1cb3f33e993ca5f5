"""Chapter 19. Pipeline: from a messy table to a price that somebody can ask for.

A table of 20,640 blocks of houses in California, with holes in it, is to become a
service: describe a block, get its price, and an honest margin of error. On the way one
rule matters more than any model: *what is learnt, is learnt from the training rows
alone*. The median that fills a hole, the words of a column, the centres of clusters,
the prices next door, the choice of a model: the test rows must not have a say in any.

    log price ≈ mean + lr · tree₁(x) + lr · tree₂(x) + …     each mends the rest
    margin    = the error that 90 % of rows which a model had not seen stay below

You will see five models, all written here, compared on the same folds; the best of them
judged once on rows set aside; and a page with a map, on which you click on a place. A
prediction is taken apart so that its parts add up: so much for the income, so much for
the place. `train` takes a minute or less, and `train --quick` some seconds.

    python phase5_capstone/ml_pipeline.py train california_housing.csv
    python phase5_capstone/ml_pipeline.py leak
    python phase5_capstone/ml_pipeline.py predict new.csv --out predictions.csv
    python phase5_capstone/ml_pipeline.py serve
    python phase5_capstone/ml_pipeline.py report

Names
    frame        the table: a column for each name; `frame[name]` is what is asked of it
    X (n, d)     the features, made of the frame; NaN is an empty cell
    y (n,)       what is learnt: the logarithm of the price
    C (d, n)     X in bins: how many of its column's cuts lie below each cell
    lam          λ: keeps weights, or leaves with few rows, near 0
    level        0.9: how often the truth shall lie in the interval

What this leaves out: tuning by a search, models of single houses, watching a service
while the world changes (these are prices of 1990), and intervals that know where they
are too narrow: here 90 % is a promise about all blocks, not about each kind.

Source: Géron, "Hands-On Machine Learning", chapter 2; Friedman, "Greedy function
approximation" (2001); Ke et al., "LightGBM" (2017); Vovk, Gammerman and Shafer,
"Algorithmic Learning in a Random World" (2005); Shapley (1953).
"""

import argparse
import base64
import copy
import hashlib
import html
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.random import Generator

from common import console, data, figures

if TYPE_CHECKING:
    import pandas as pd
    from flask import Flask

Axes = Any  # of matplotlib, which is imported late
Frame = Any  # a pandas table, or a dictionary: frame[name] is a column

PAGES = console.PROJECT / "phase5_capstone" / "templates"
TARGETS = ("median_house_value", "medv", "price", "value", "target")
PLACE = ("longitude", "latitude")
RATIOS = {
    "rooms_per_household": ("total_rooms", "households"),
    "bedrooms_ratio": ("total_bedrooms", "total_rooms"),
    "people_per_household": ("population", "households"),
}
TOGETHER = {  # fields that say nothing one without the other
    "location": PLACE,
    "rooms and people": ("total_rooms", "total_bedrooms", "population", "households"),
}
VERSION = 1  # of the model file
LARGEST = 1e9  # a number in a request, at most
BODY = 1_000_000  # bytes of a request
MANY = 1_000  # rows of a request
KINDS = 30  # different words of a column, at most
PLAYERS = 10  # fields among which a prediction is divided, at most


# --------------------------------------------------------------------------
# Milestone 1: a table without holes


def clean(frame: "pd.DataFrame", target: str) -> tuple["pd.DataFrame", dict[str, int]]:
    """The rows and columns that can be learnt from, and how many were left out, by why.

    In this order: words lose the blanks around them, and words of nothing but blanks
    are empty (None); "no target": rows whose target is empty; "repeated": rows equal to
    an earlier one in all columns; "empty columns": columns in which nothing stands. The
    counts are a dictionary with those three keys. Other holes stay: to fill them needs
    the training rows. ValueError if no row is left.
    """
    tidy = frame.copy()
    for name in tidy:
        if tidy[name].dtype.kind not in "fiub":
            words = tidy[name].astype(object)
            words = words.where(words.isna(), words.astype(str).str.strip())
            tidy[name] = words.where(words != "", None)
    filled = tidy[tidy[target].notna()]
    single = filled.drop_duplicates()
    kept = single.dropna(axis="columns", how="all")
    if not len(kept):
        raise ValueError(f"no row has a {target}: there is nothing to learn from")
    counts = {
        "no target": len(tidy) - len(filled),
        "repeated": len(filled) - len(single),
        "empty columns": single.shape[1] - kept.shape[1],
    }
    return kept, counts


class Imputer:
    """Fills holes with the median of the column, in the rows it was fitted on."""

    def fit(self, X: np.ndarray) -> "Imputer":
        """Keep the medians of the filled cells of X (n, d) as medians_ (d,).

        Of a column without any it is 0. The median, not the mean: a few blocks with
        30,000 rooms do not move it. Returns self.
        """
        X = np.asarray(X, dtype=float)
        columns = (x[~np.isnan(x)] for x in X.T)
        self.medians_ = np.array([np.median(x) if len(x) else 0.0 for x in columns])
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """X (n, d) with medians_ in place of NaN; X itself stays as it is."""
        X = np.asarray(X, dtype=float)
        return np.where(np.isnan(X), self.medians_, X)


def outliers(x: np.ndarray) -> np.ndarray:
    """Which of x (n,) lie far outside of the rest: -> (n,) bool; NaN does not.

    Tukey's fences: below q₁ − 1.5 (q₃ − q₁) or above q₃ + 1.5 (q₃ − q₁), with the
    quartiles q₁ and q₃ of the filled cells (np.percentile). They are not removed:
    a rich block is no mistake.
    """
    x = np.asarray(x, dtype=float)
    if np.isnan(x).all():
        return np.zeros(x.shape, dtype=bool)
    low, high = np.nanpercentile(x, [25, 75])
    reach = 1.5 * (high - low)
    return (x < low - reach) | (x > high + reach)


# --------------------------------------------------------------------------
# Milestone 2: columns that say more


def ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a / b cell by cell: (n,); empty, NaN, where |b| ≤ 1e-9 or either is empty."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return np.divide(a, b, out=np.full(a.shape, np.nan), where=np.abs(b) > 1e-9)


def one_hot(words: Sequence[Any], kinds: Sequence[str]) -> np.ndarray:
    """A column of 0 and 1 for each of the k kinds: n words -> (n, k).

    The kinds are fixed when fitted; a word that is none of them gets zeros only.
    """
    cells = np.asarray(words, dtype=object)[:, None]
    return (cells == np.array(kinds, dtype=object)).astype(float)


def squared_distances(P: np.ndarray, Q: np.ndarray) -> np.ndarray:
    """|p − q|² for all pairs: P (n, 2) and Q (m, 2) -> (n, m)."""
    return (P[:, :1] - Q[:, 0]) ** 2 + (P[:, 1:] - Q[:, 1]) ** 2


def centres(P: np.ndarray, k: int, rng: Generator, turns: int = 20) -> np.ndarray:
    """k centres of points P (n, 2), by k-means as in chapter 15: -> (k, 2).

    They begin at k different points; then `turns` times each moves to the mean of the
    points that are nearest to it, or stays where it is if there are none. With fewer
    than k different points there are as many centres as those.
    """
    different = np.unique(P, axis=0)
    C = rng.permutation(different)[:k]
    for _ in range(turns):
        mine = squared_distances(P, C).argmin(axis=1)
        count = np.bincount(mine, minlength=len(C))
        sums = np.array([np.bincount(mine, p, len(C)) for p in P.T]).T
        C = np.where(count[:, None] > 0, sums / np.maximum(count, 1)[:, None], C)
    return C


def next_door(
    P: np.ndarray, Q: np.ndarray, k: int, own: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """For each of P (n, 2) the k nearest of Q (m, 2), nearest first: rows, distances.

    Two arrays (n, k). With `own` P and Q are the same points, and none is its own
    neighbour. If there are fewer than k, all are given: m, or m − 1 with `own`. Some
    rows at a time, for n · m may be 300 million.
    """
    k = min(k, len(Q) - own)
    rows, far = [], []
    for i in range(0, len(P), 512):
        d = squared_distances(P[i : i + 512], Q)
        if own:
            d[np.arange(len(d)), np.arange(i, i + len(d))] = np.inf
        near = np.argpartition(d, k - 1, axis=1)[:, :k]  # the k smallest, in any order
        apart = np.take_along_axis(d, near, axis=1)
        order = apart.argsort(axis=1)
        rows.append(np.take_along_axis(near, order, axis=1))
        far.append(np.sqrt(np.take_along_axis(apart, order, axis=1)))
    return np.concatenate(rows), np.concatenate(far)


def prices_nearby(y: np.ndarray, rows: np.ndarray, far: np.ndarray) -> np.ndarray:
    """What those next door cost: y (m,), rows and distances (n, k) -> (n, 5).

    Means of y over the 3, 8 and all k nearest, each with the weight 1 / (distance +
    0.01); the deviation of y over all k; the distance of the farthest.
    """
    weight, near = 1 / (far + 0.01), y[rows]
    means = [(near[:, :k] * weight[:, :k]).sum(axis=1) / weight[:, :k].sum(axis=1)
             for k in (3, 8, far.shape[1])]  # fmt: skip
    return np.column_stack([*means, near.std(axis=1), far[:, -1]])


def on_map(frame: Frame) -> np.ndarray:
    """Where the rows lie, (n, 2): longitude · cos(36.5°), and latitude.

    A degree of longitude is shorter by the cosine of the latitude, and 36.5° is the
    middle of California: so both axes are degrees of the same length.
    """
    east, north = (np.asarray(frame[name], dtype=float) for name in PLACE)
    return np.column_stack([east * math.cos(math.radians(36.5)), north])


class Features:
    """Turns a frame into numbers (n, d); it knows only the rows it is fitted on.

    names_ (d,) are its columns; numbers_ and words_ those of the frame that it reads.
    """

    def __init__(self, k: int = 10, neighbours: int = 20, rng: int = 0):  # given
        self.k, self.neighbours, self.rng = k, neighbours, rng

    def fit(self, frame: Frame, y: np.ndarray | None = None) -> "Features":
        """Learn words, medians and centres; keep places and y (n,). Gives self.

        numbers_, words_: as from `kinds_of`. ratios_: names of those RATIOS whose two
        columns are there. placed_: whether both columns of PLACE are. imputer_: fitted
        on `plain(frame)`. centres_: of `on_map`, `filled`, or (0, 2) if there is no
        place. Kept for later, if there are a place and y: places_ (n, 2), the same
        points, and prices_ = y; else both are empty. names_: as from `named`.
        """
        self.numbers_, self.words_ = kinds_of(frame)
        self.ratios_ = [name for name, pair in RATIOS.items()
                        if set(pair) <= set(self.numbers_)]  # fmt: skip
        self.placed_ = set(PLACE) <= set(self.numbers_)
        self.imputer_ = Imputer().fit(self.plain(frame))
        P = self.filled(on_map(frame)) if self.placed_ else np.zeros((0, 2))
        rng = np.random.default_rng(self.rng)
        self.centres_ = centres(P, self.k, rng) if len(P) else P
        self.places_, self.prices_ = P[:0], np.zeros(0)
        if y is not None and len(P) > 1:
            self.places_, self.prices_ = P, y
        self.names_ = self.named()
        return self

    def plain(self, frame: Frame) -> np.ndarray:
        """The numbers, then the ratios, with holes: (n, d₁), d₁ from 0 up."""
        X = [np.asarray(frame[name], dtype=float) for name in self.numbers_]
        X += [ratio(*(frame[part] for part in RATIOS[name])) for name in self.ratios_]
        rows = len(frame[next(iter(frame))])
        return np.column_stack(X) if X else np.zeros((rows, 0))

    def transform(self, frame: Frame, own: bool = False) -> np.ndarray:
        """The features of rows: -> (n, d), with no holes.

        In the order of names_. Nearness to a centre is exp(−|p − c|²). With `own` the
        frame is the one that was fitted, and no row is its own neighbour.
        """
        X = self.imputer_.transform(self.plain(frame))
        parts = [X, *(one_hot(frame[name], k) for name, k in self.words_.items())]
        if self.placed_:
            P = self.filled(on_map(frame))
            parts.append(np.exp(-squared_distances(P, self.centres_)))
            if len(self.prices_):
                # many rows may have one place: `explain` has 2^k rows, two places
                places, row = np.unique(P, axis=0, return_inverse=True)
                if own:
                    places, row = P, np.arange(len(P))
                found = next_door(places, self.places_, self.neighbours, own)
                parts.append(prices_nearby(self.prices_, *found)[row.ravel()])
        return np.column_stack(parts)

    def fit_transform(self, frame: Frame, y: np.ndarray) -> np.ndarray:
        """The features of the training rows: no row sees its own price. -> (n, d).

        subtle: `fit(frame, y).transform(frame)` is something else. There every training
        row has a neighbour at distance 0, itself, whose price is the answer; a test row
        has not. A model would trust that neighbour, and be lost in the test.
        """
        return self.fit(frame, y).transform(frame, own=True)

    def filled(self, P: np.ndarray) -> np.ndarray:  # given
        """Places, those with a hole put to the medians."""
        at = [self.numbers_.index(name) for name in PLACE]
        east, north = self.imputer_.medians_[at]
        return np.where(np.isnan(P), [east * math.cos(math.radians(36.5)), north], P)

    def named(self) -> list[str]:  # given
        """The names of the columns that `transform` makes."""
        kinds = [f"{name}: {kind}" for name, k in self.words_.items() for kind in k]
        near = [f"near centre {j + 1}" for j in range(len(self.centres_))]
        prices = ["price of 3 nearest", "price of 8 nearest", "price of all nearest",
                  "spread nearby", "distance nearby"]  # fmt: skip
        told = prices if len(self.prices_) else []
        return [*self.numbers_, *self.ratios_, *kinds, *near, *told]


def kinds_of(frame: Frame) -> tuple[list[str], dict[str, list[str]]]:  # given
    """Columns of numbers, and of words: {column: its kinds}, if they are few.

    What only numbers the rows is left out, and so are texts of more than KINDS kinds.
    """
    numbers, words = [], {}
    for name in map(str, frame):
        column = np.asarray(frame[name])
        if column.dtype.kind in "fiub":
            if not (hasattr(frame, "columns") and data.numbers_the_rows(frame[name])):
                numbers.append(name)
        else:
            kinds = sorted({str(word) for word in column if isinstance(word, str)})
            if 1 <= len(kinds) <= KINDS:
                words[name] = kinds
    return numbers, words


# --------------------------------------------------------------------------
# Milestone 3: five models, judged alike


def rmse(y: np.ndarray, y_hat: np.ndarray) -> float:
    """The root of the mean squared error: √(Σ (y − ŷ)² / n), in the unit of y."""
    return float(np.sqrt(np.mean((np.asarray(y) - y_hat) ** 2)))


def r_squared(y: np.ndarray, y_hat: np.ndarray) -> float:
    """1 − Σ (y − ŷ)² / Σ (y − ȳ)²: the share of the scatter that is explained."""
    y = np.asarray(y, dtype=float)
    return float(1 - ((y - y_hat) ** 2).sum() / ((y - y.mean()) ** 2).sum())


class Ridge:
    """A weighted sum of the features, with small weights; lam=0 is least squares."""

    def __init__(self, lam: float = 0.0):  # given
        self.lam = lam

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Ridge":
        """Set mean_, scale_ (d,), weights_ (d,), level_ (the mean of y); gives self.

            Z = (X − mean_) / scale_         weights_ = (ZᵀZ + λ I)⁻¹ Zᵀ (y − level_)

        scale_ is the deviation, or 1 where it is 0. Columns may repeat each other (the
        kinds of a word add up to 1), so the smallest weights are taken (lstsq).
        """
        self.mean_, self.scale_ = X.mean(axis=0), X.std(axis=0)
        self.scale_ = np.where(self.scale_ > 0, self.scale_, 1.0)
        Z = (X - self.mean_) / self.scale_
        self.level_ = float(np.mean(y))
        A = Z.T @ Z + self.lam * np.eye(X.shape[1])
        self.weights_ = np.linalg.lstsq(A, Z.T @ (y - self.level_), rcond=1e-10)[0]
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """level_ + Z weights_: (n, d) -> (n,)."""
        return self.level_ + (X - self.mean_) / self.scale_ @ self.weights_


class Network:
    """Two hidden layers of ReLU, one number out, taught with Adam: chapter 17."""

    def __init__(self, sizes: Sequence[int] = (64, 32), epochs: int = 30,
                 rate: float = 0.004, batch: int = 256, rng: int = 0
                 ):  # given  # fmt: skip
        self.sizes, self.epochs, self.rate = list(sizes), epochs, rate
        self.batch, self.rng = batch, rng

    def forward(self, Z: np.ndarray) -> list[np.ndarray]:
        """Z (n, d) and what each layer makes of it: max(0, A W + b), the last: A W + b.

        -> a list of arrays, the last one (n, 1).
        """
        layers = [Z]
        for i in range(len(self.sizes) + 1):
            A = layers[-1] @ self.parameters_[2 * i] + self.parameters_[2 * i + 1]
            layers.append(np.maximum(A, 0) if i < len(self.sizes) else A)
        return layers

    def gradients(self, Z: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
        """∂loss/∂ of each of parameters_, loss = Σ (ŷ − y)² / n, in the same order.

        Backwards: dA of the last layer is 2 (ŷ − y) / n; then dW = (layer before)ᵀ dA,
        db = Σ dA over rows, and dA of the layer before = dA Wᵀ, where it was above 0.
        """
        layers = self.forward(Z)
        dA = 2 * (layers[-1] - y[:, None]) / len(y)
        found: list[np.ndarray] = []
        for i in range(len(self.sizes), -1, -1):
            found = [layers[i].T @ dA, dA.sum(axis=0), *found]
            dA = dA @ self.parameters_[2 * i].T * (layers[i] > 0)
        return found

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Network":  # given
        """Standardise X and y, then Adam on shuffled batches, the rate falling to 0."""
        rng = np.random.default_rng(self.rng)
        self.mean_, self.scale_ = X.mean(axis=0), X.std(axis=0)
        self.scale_ = np.where(self.scale_ > 0, self.scale_, 1.0)
        self.level_, self.spread_ = float(np.mean(y)), float(np.std(y)) or 1.0
        Z = ((X - self.mean_) / self.scale_).clip(-8, 8)
        t = (np.asarray(y) - self.level_) / self.spread_
        widths = [X.shape[1], *self.sizes, 1]
        self.parameters_ = []
        for a, b in zip(widths, widths[1:]):
            self.parameters_ += [rng.normal(0, math.sqrt(2 / a), (a, b)), np.zeros(b)]
        m = [np.zeros(p.shape) for p in self.parameters_]
        v = [np.zeros(p.shape) for p in self.parameters_]
        parts = math.ceil(len(y) / self.batch)
        orders = (rng.permutation(len(y)) for _ in range(self.epochs))
        batches = (rows for order in orders for rows in np.array_split(order, parts))
        for step, rows in enumerate(batches):
            done = step / (self.epochs * parts)
            rate = self.rate * (1 + math.cos(math.pi * done)) / 2
            for i, g in enumerate(self.gradients(Z[rows], t[rows])):
                m[i] += 0.1 * (g - m[i])
                v[i] += 0.001 * (g * g - v[i])
                size = np.sqrt(v[i] / (1 - 0.999 ** (step + 1))) + 1e-8
                self.parameters_[i] -= rate * m[i] / (1 - 0.9 ** (step + 1)) / size
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:  # given
        """(n, d) -> (n,)."""
        Z = ((X - self.mean_) / self.scale_).clip(-8, 8)
        return self.level_ + self.spread_ * self.forward(Z)[-1][:, 0]


def cuts_of(x: np.ndarray, bins: int) -> np.ndarray:
    """At most bins − 1 places, rising, that cut x (n,) into `bins` bins.

    Half-way between neighbours if x has at most `bins` different values, else the
    1/bins, 2/bins … quantiles (np.quantile), each once.
    """
    values = np.unique(x)
    if len(values) <= bins:
        return (values[:-1] + values[1:]) / 2
    return np.unique(np.quantile(x, np.arange(1, bins) / bins))


def binned(X: np.ndarray, cuts: Sequence[np.ndarray]) -> np.ndarray:
    """How many of its column's cuts lie below each cell: X (n, d) -> C (d, n), int."""
    bins = [c.searchsorted(x) for c, x in zip(cuts, X.T)]
    return np.array(bins).reshape(X.shape[::-1])


def histogram(C: np.ndarray, node: np.ndarray, g: np.ndarray, bins: int) -> np.ndarray:
    """Rows, and sums of g, by node, column and bin: (2, S, d, bins).

    C (d, m) are bins, node (m,) 0 … S − 1 says where a row is, and g (m,) what it asks
    for; S = node.max() + 1. All in two calls: each triple (node, column, bin) has a
    number, and np.bincount adds up by number.
    """
    S, d = int(node.max()) + 1, len(C)
    number = ((node * d + np.arange(d)[:, None]) * bins + C).ravel()
    weight = np.broadcast_to(g, C.shape).ravel()
    both = [np.bincount(number, w, S * d * bins) for w in (None, weight)]
    return np.array(both).reshape(2, S, d, bins)


def best_cuts(
    H: np.ndarray, lam: float, fewest: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The best question of each node: its column, its bin ("bin ≤ b?"), its gain: (S,).

        gain = G_left² / (n_left + λ) + G_right² / (n_right + λ) − G² / (n + λ)

    from a `histogram` H: by so much two leaves lower the squared error. A side of fewer
    than `fewest` rows is not allowed: its gain is −inf. Add 1e-12 to each divisor: with
    λ = 0 an empty side would be 0 / 0.
    """
    n, G = np.cumsum(H, axis=3)  # of the left side, (S, d, bins) each
    n_all, G_all = n[:, :, -1:], G[:, :, -1:]
    gain = G**2 / (n + lam + 1e-12) + (G_all - G) ** 2 / (n_all - n + lam + 1e-12)
    gain[(n < fewest) | (n_all - n < fewest)] = -np.inf
    flat = gain.reshape(len(gain), -1)
    at = flat.argmax(axis=1)
    before = (G_all**2 / (n_all + lam + 1e-12))[:, 0, 0]
    return *np.divmod(at, H.shape[3]), flat[np.arange(len(at)), at] - before


class HistGradientBoosting:
    """Many small trees, each mending what the ones before it have left over.

    Every tree is full, with `depth` levels of questions: node i has the children
    2 i + 1 and 2 i + 2, so it is three arrays, and all rows walk at once. A node
    without a good question sends all its rows left: its bin is `bins`.
    """

    def __init__(self, trees: int = 300, rate: float = 0.06, depth: int = 6,
                 lam: float = 5.0, fewest: int = 10, rows: float = 0.5,
                 columns: float = 0.5, bins: int = 64, patience: int = 0, rng: int = 0
                 ):  # given  # fmt: skip
        self.trees, self.rate, self.depth, self.lam = trees, rate, depth, lam
        self.fewest, self.rows, self.columns = fewest, rows, columns
        self.bins, self.patience, self.rng = bins, patience, rng

    def grow(
        self, C: np.ndarray, g: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A tree for bins C (d, m) and what is left over, g (m,): column, bin, leaf.

        column and bin (2^depth − 1,), leaf (2^depth,): rate · Σ g / (n + λ) over the
        rows that come there. Level by level: `histogram`, `best_cuts`, and each row
        goes to its child. A question counts if its gain is above 1e-12.
        """
        column = np.zeros(2**self.depth - 1, dtype=int)
        bound = np.full(2**self.depth - 1, self.bins)
        node, rows = np.zeros(len(g), dtype=int), np.arange(len(g))
        for level in range(self.depth):
            H = histogram(C, node, g, self.bins)
            j, b, gain = best_cuts(H, self.lam, self.fewest)
            b = np.where(gain > 1e-12, b, self.bins)
            here = slice(2**level - 1, 2**level - 1 + len(j))
            column[here], bound[here] = j, b
            node = 2 * node + (C[j[node], rows] > b[node])
        n = np.bincount(node, minlength=2**self.depth)
        total = np.bincount(node, g, 2**self.depth)
        return column, bound, self.rate * total / (n + self.lam + 1e-12)

    def fit(self, X: np.ndarray, y: np.ndarray) -> "HistGradientBoosting":
        """Add trees_ one at a time to the mean of y, mean_; gives self.

        Each is grown on a random part of rows and columns, for g = y − ŷ: for squared
        error that is the slope downhill (Newton's step too). With `patience` a tenth of
        the rows is set aside, and trees after the best round for those are dropped,
        once so many rounds have not bettered it. history_: the RMSE after each tree, of
        the rows set aside, or else of all. trees_: three arrays, columns, bins and
        leaves, each with one row for a tree, so that a file keeps three and not 900.
        """
        rng = np.random.default_rng(self.rng)
        self.cuts_ = [cuts_of(x, self.bins) for x in X.T]
        C, n, d = binned(X, self.cuts_), len(y), X.shape[1]
        order = rng.permutation(n)
        out, inside = np.split(order, [n // 10 if self.patience else 0])
        self.mean_, grown = float(np.mean(y[inside])), []
        y_hat, self.history_ = np.full(n, self.mean_), []
        for _ in range(self.trees):
            rows = rng.permutation(inside)[: max(1, round(self.rows * len(inside)))]
            some = rng.permutation(d)[: max(1, round(self.columns * d))]
            j, b, leaf = self.grow(C[some][:, rows], (y - y_hat)[rows])
            grown.append((some[j], b, leaf))
            y_hat += leaf[self.walk(C, some[j], b)]
            judged = out if self.patience else inside
            self.history_.append(rmse(y[judged], y_hat[judged]))
            best = int(np.argmin(self.history_))
            if self.patience and len(grown) - best > self.patience:
                grown = grown[: best + 1]
                break
        self.trees_ = [np.array(part) for part in zip(*grown)]
        return self

    def walk(self, C: np.ndarray, column: np.ndarray, bound: np.ndarray) -> np.ndarray:
        """The leaf, 0 … 2^depth − 1, that each of the bins C (d, n) comes to: (n,)."""
        node, rows = np.zeros(C.shape[1], dtype=int), np.arange(C.shape[1])
        for _ in range(self.depth):
            node = 2 * node + 1 + (C[column[node], rows] > bound[node])
        return node - (2**self.depth - 1)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """mean_ and the leaves of all trees_ that a row comes to: (n, d) -> (n,).

        Few rows walk through all trees at once, many rows tree by tree: the same sum.
        """
        C = binned(X, self.cuts_)
        columns, bounds, leaves = self.trees_
        if len(X) >= 50:
            trees = zip(columns, bounds, leaves)
            return self.mean_ + sum(v[self.walk(C, j, b)] for j, b, v in trees)
        row, tree = np.arange(len(X))[:, None], np.arange(len(columns))
        node = np.zeros((len(X), len(columns)), dtype=int)
        for _ in range(self.depth):
            node = 2 * node + 1 + (C[columns[tree, node], row] > bounds[tree, node])
        return self.mean_ + leaves[tree, node - (2**self.depth - 1)].sum(axis=1)


class Tree(HistGradientBoosting):
    """One tree alone, of all rows and columns, as in chapter 16."""

    def __init__(self, depth: int = 8, fewest: int = 10, bins: int = 255):  # given
        super().__init__(1, 1.0, depth, 1e-9, fewest, 1.0, 1.0, bins)


def fold_of(n: int, k: int, rng: Generator) -> np.ndarray:
    """The fold, 0 … k − 1, of each of n rows, at random; sizes differ by 1 at most.

    ValueError unless 2 ≤ k ≤ n.
    """
    if not 2 <= k <= n:
        raise ValueError(f"{n} rows cannot be dealt into {k} folds")
    return rng.permutation(np.arange(n) % k)


def cross_validate(
    models: Mapping[str, Any], frame: "pd.DataFrame", y: np.ndarray, folds: np.ndarray,
    tick: Any = None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """What each model says of rows it has not seen: {name: ŷ (n,)}.

    For each fold: `Features` are fitted on the rows of the others (fit_transform), all
    models too, and each predicts the rows of the fold. So every row is predicted once,
    and all models have the same rows and features. `folds` (n,) as from `fold_of`;
    `tick(name)`, if given, is called after each fit, with the model's name.
    """
    found = {name: np.zeros(len(y)) for name in models}
    for fold in np.unique(folds):
        out = folds == fold
        features = Features()
        X = features.fit_transform(frame[~out], y[~out])
        X_out = features.transform(frame[out])
        for name, model in models.items():
            found[name][out] = model.fit(X, y[~out]).predict(X_out)
            if tick:
                tick(name)
    return found


# --------------------------------------------------------------------------
# Milestone 4: a service that says how sure it is


def conformal_interval(residuals: np.ndarray, level: float = 0.9) -> float:
    """Half the width of an interval that holds the next truth with probability `level`.

    It is the ⌈(n + 1) level⌉-th smallest of |residuals| (n,): if the next row is like
    the others, its error is equally likely to have any rank among the n + 1. It is inf
    if that is more than n. ValueError if level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level is between 0 and 1, not {level}")
    sizes = np.sort(np.abs(residuals))
    rank = math.ceil((len(sizes) + 1) * level - 1e-9)
    return float(sizes[rank - 1]) if rank <= len(sizes) else math.inf


def shapley(values: np.ndarray) -> np.ndarray:
    """What each of k fields adds: values (2^k,) -> (k,), whose sum is last − first.

    values[s] is the prediction if the fields in the set s are this row's, and the
    others are typical; field i is in s if its bit, s & (1 << i), is set. What a field
    adds depends on what has been said before it; so take the mean over all orders:

        φᵢ = Σ |s|! (k − 1 − |s|)! / k! · (values[s with i] − values[s])   s without i
    """
    k = len(values).bit_length() - 1
    sets = np.arange(2**k)
    size = np.array([int(s).bit_count() for s in sets])
    weight = np.array([math.factorial(m) * math.factorial(k - 1 - m) / math.factorial(k)
                       for m in range(k)])  # fmt: skip
    shares = np.zeros(k)
    for i in range(k):
        s = sets[sets & (1 << i) == 0]
        shares[i] = (weight[size[s]] * (values[s | (1 << i)] - values[s])).sum()
    return shares


class Bundle:
    """All that a service needs: features, model, margin, limits, what a row looks like.

    features, model: fitted. half: the margin, of the log price if `log`. low, high: the
    range of prices seen. target: its name. fields: {name: {"kind": "number", "low",
    "high", "typical", "empty": whether a cell may be empty} or {"kind": "word",
    "words", "typical", "empty"}}. story: what `report` tells.
    """

    def __init__(self, **parts: Any):  # given
        self.features: Any = None
        self.model: Any = None
        self.half, self.low, self.high = 0.0, 0.0, 0.0
        self.log, self.target = True, ""
        self.fields: dict[str, Any] = {}
        self.story: dict[str, Any] = {}
        vars(self).update(parts)

    def predict(self, frame: Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Price, and both ends of its interval: three arrays (n,).

        `price` of ŷ, of ŷ − half and of ŷ + half.
        """
        y = self.model.predict(self.features.transform(frame))
        low, high = y - self.half, y + self.half
        return self.price(y), self.price(low), self.price(high)

    def price(self, y: np.ndarray) -> np.ndarray:
        """The price of what was learnt, exp(y) if `log`, kept within low and high.

        No price outside of them was ever seen; min(y, 700) first, for e⁷¹⁰ is too much.
        """
        price = np.exp(np.minimum(y, 700)) if self.log else y
        return price.clip(self.low, self.high)

    def explain(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """ "prediction", "base" (the typical row's) and "contributions", which add up.

        `players(names of the fields)` says which fields go together, such as longitude
        and latitude, and `as_column(values, field)` makes a column. All 2^k mixtures of
        the row and the typical one are predicted at once: in mixture s the fields of
        group i are the row's if s has the bit 1 << i. `shapley` divides the difference.
        A field that is not in the row is empty. All numbers are Python floats.
        """
        groups = players(list(self.fields))
        k = len(groups)
        typical = {name: field["typical"] for name, field in self.fields.items()}
        mixed: dict[str, Any] = {}
        for i, names in enumerate(groups.values()):
            mine = np.arange(2**k) & (1 << i) > 0
            for name in names:
                pair = as_column([typical[name], row.get(name)], self.fields[name])
                mixed[name] = pair[mine.astype(int)]
        values = self.predict(mixed)[0]
        shares = dict(zip(groups, shapley(values).tolist()))
        return {"prediction": float(values[-1]), "base": float(values[0]),
                "contributions": shares}  # fmt: skip


def as_column(values: Sequence[Any], field: Mapping[str, Any]) -> np.ndarray:  # given
    """Values of a field as a column: floats with NaN for None, or words."""
    if field["kind"] == "word":
        return np.array(values, dtype=object)
    return np.array([math.nan if v is None else v for v in values], dtype=float)


def players(names: Sequence[str]) -> dict[str, list[str]]:  # given
    """The groups of fields among which a prediction is divided: {group: names}.

    Those TOGETHER are one group; beyond PLAYERS groups the last ones are "the rest".
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        group = name
        for many, parts in TOGETHER.items():
            if name in parts and set(parts) <= set(names):
                group = many
        if group not in groups and len(groups) >= PLAYERS - 1:
            group = "the rest"
        groups.setdefault(group, []).append(name)
    return groups


def pack(thing: Any, arrays: dict[str, np.ndarray], place: str = "bundle") -> Any:
    """What a thing is made of, as JSON; its arrays go into `arrays`, by place.

    An array becomes {"array": place}; an object of a known class {"class": its name,
    "parts": its attributes}; lists and dictionaries are gone through. A part's place is
    the thing's, a dot, and its name, or its number in a list.
    """
    if isinstance(thing, np.ndarray):
        arrays[place] = thing
        return {"array": place}
    if type(thing).__name__ in CLASSES:
        parts = pack(vars(thing), arrays, place)
        return {"class": type(thing).__name__, "parts": parts}
    if isinstance(thing, dict):
        return {n: pack(part, arrays, f"{place}.{n}") for n, part in thing.items()}
    if isinstance(thing, list | tuple):
        return [pack(part, arrays, f"{place}.{i}") for i, part in enumerate(thing)]
    return thing


def unpack(told: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """The thing that `pack` took apart. Only CLASSES are made; no code runs."""
    if isinstance(told, list):
        return [unpack(part, arrays) for part in told]
    if not isinstance(told, dict):
        return told
    if set(told) == {"array"}:
        return arrays[told["array"]]
    if set(told) == {"class", "parts"}:
        made = CLASSES[told["class"]].__new__(CLASSES[told["class"]])
        vars(made).update(unpack(told["parts"], arrays))
        return made
    return {key: unpack(part, arrays) for key, part in told.items()}


CLASSES: dict[str, Any] = {
    made.__name__: made
    for made in (Imputer, Features, Ridge, Network, HistGradientBoosting, Tree, Bundle)
}


def digest(text: str, arrays: Mapping[str, np.ndarray]) -> str:
    """A checksum, sha256 in hexadecimals, of a text and named arrays.

    Of the text, then for each name in sorted order: the name, dtype.str, the shape as
    str(), and the bytes of the array; texts in UTF-8.
    """
    total = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        total.update(f"{name}{array.dtype.str}{array.shape}".encode())
        total.update(array.tobytes())
    return total.hexdigest()


def save_model(path: str | Path, bundle: Bundle) -> None:
    """Write a bundle as arrays and JSON (.npz), with a checksum, or not at all.

    The arrays of `pack`, and one called "about": the JSON text of {"kind":
    "ml_pipeline", "version", "bundle", "checksum": `digest` of the JSON of the bundle
    and of the arrays}. figures.write(path, put) lets put(temporary path) write, and
    then renames: who is killed leaves the old file.
    """
    arrays: dict[str, np.ndarray] = {}
    told = pack(bundle, arrays)
    about = {"kind": "ml_pipeline", "version": VERSION, "bundle": told,
             "checksum": digest(json.dumps(told), arrays)}  # fmt: skip
    parts: dict[str, Any] = {"about": np.array(json.dumps(about)), **arrays}
    file = io.BytesIO()
    np.savez_compressed(file, **parts)
    figures.write(Path(path), lambda part: part.write_bytes(file.getvalue()))


def load_model(path: str | Path) -> Bundle:
    """The bundle in a file that `save_model` wrote.

    ValueError, with a sentence, if it is damaged, of another program, or of another
    version; FileNotFoundError, with the command to train one, if there is none.
    """
    path = Path(path)
    if not path.exists():
        hint = "to make one: python phase5_capstone/ml_pipeline.py train"
        raise FileNotFoundError(f"{path}: no such model; {hint}")
    name, arrays = path.name, data.read_arrays(path)
    try:
        about = json.loads(str(arrays.pop("about")))
        kind, version, told = about["kind"], about["version"], about["bundle"]
        sound = about["checksum"] == digest(json.dumps(told), arrays)
    except (KeyError, TypeError, ValueError):  # of another program
        raise ValueError(f"{name}: {data.DAMAGED}") from None
    if kind != "ml_pipeline":
        raise ValueError(f"{name}: this is a model of another program, {kind}")
    if version != VERSION:
        raise ValueError(f"{name}: version {version}, not {VERSION}: train anew")
    if not sound:
        raise ValueError(f"{name}: damaged, the checksum does not fit; train anew")
    return unpack(told, arrays)


def problems(row: Any, fields: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a row of a request, by field; {} if nothing is.

    "must be an object, in braces" (under the name ""), "is not known", "is missing",
    "must not be null", "must be a number", "must be from … to …" (`lowest` and
    LARGEST), "must be one of …". A field that may be empty may be null or left out.
    True and False are no numbers.
    """
    if not isinstance(row, dict):
        return {"": "must be an object, in braces"}
    found = {str(name)[:60]: "is not known" for name in row if name not in fields}
    for name, field in fields.items():
        value = row.get(name)
        if name not in row or value is None:
            if not field["empty"]:
                found[name] = "is missing" if name not in row else "must not be null"
        elif field["kind"] == "word":
            if value not in field["words"]:
                found[name] = f"must be one of {', '.join(field['words'])}"
        elif type(value) not in (int, float) or value != value:
            found[name] = "must be a number"
        elif not (lowest(field) <= value <= LARGEST):
            found[name] = f"must be from {lowest(field):,.0f} to {LARGEST:,.0f}"
    return found


def lowest(field: Mapping[str, Any]) -> float:
    """The least that is accepted: 0 where no training row was below, else −LARGEST."""
    return 0.0 if field["low"] >= 0 else -LARGEST


def beyond(row: Mapping[str, Any], fields: Mapping[str, Any]) -> list[str]:
    """A sentence for each number of a row outside of what training rows had."""
    return [
        f"{name} is {row[name]:g}, but the training rows go from {field['low']:g} to "
        f"{field['high']:g}"
        for name, field in fields.items()
        if field["kind"] == "number" and row.get(name) is not None
        and not field["low"] <= row[name] <= field["high"]
    ]  # fmt: skip


def answer_rows(
    bundle: Bundle, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """For each row {"prediction", "confidence_interval": [low, high], "warnings"}."""
    frame = {name: as_column([row.get(name) for row in rows], field)
             for name, field in bundle.fields.items()}  # fmt: skip
    found = np.round(np.array(bundle.predict(frame)), 2).T.tolist()
    return [
        {"prediction": price, "confidence_interval": [low, high],
         "warnings": beyond(row, bundle.fields)}
        for row, (price, low, high) in zip(rows, found)
    ]  # fmt: skip


class Refusal(Exception):  # given
    """A request that is answered with a status of 400 or above."""

    def __init__(self, status: int, error: str, fields: dict[str, str] | None = None):
        self.status, self.error, self.fields = status, error, fields or {}


def read_body() -> Any:  # given
    """The JSON of the request under way. Refusal 415 if none, 400 if malformed."""
    from flask import request

    if request.mimetype != "application/json":
        raise Refusal(415, "send JSON, with Content-Type: application/json")
    try:
        return json.loads(request.get_data(), parse_constant=int)  # int refuses NaN
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is not JSON") from None


def read_rows(body: Any, bundle: Bundle) -> list[dict[str, Any]]:
    """The rows of a request, one or a list. Refusal 422 names all that is wrong.

    In a list a field is called "3.longitude", by the number of its row from 0, and an
    empty list, or one of more than MANY rows, is refused.
    """
    rows = body if isinstance(body, list) else [body]
    if not 1 <= len(rows) <= MANY:
        raise Refusal(422, f"a list has 1 to {MANY:,} rows, not {len(rows):,}")
    wrong = {}
    for i, row in enumerate(rows):
        for name, says in problems(row, bundle.fields).items():
            numbered = f"{i}.{name}".rstrip(".")
            wrong[numbered if isinstance(body, list) else name or "row"] = says
    if wrong:
        raise Refusal(422, "some fields are wrong", dict(list(wrong.items())[:50]))
    return rows


def reply(bundle: Bundle, body: Any) -> dict[str, Any]:
    """The answer to /predict: that of `answer_rows` to a row alone; of a list of rows
    {"predictions": [one for each]}. `read_rows` checks them."""
    found = answer_rows(bundle, read_rows(body, bundle))
    return {"predictions": found} if isinstance(body, list) else found[0]


def receipt(bundle: Bundle, body: Any) -> dict[str, Any]:
    """The answer to /explain: `Bundle.explain` of the row; Refusal 422 of a list."""
    if isinstance(body, list):
        raise Refusal(422, "one row is explained at a time, not a list")
    return bundle.explain(read_rows(body, bundle)[0])


def create_app(path: str | Path) -> "Flask":
    """The service of a model file: a page at /, and JSON.

    GET / -> the file index.html of PAGES, which asks for /static/page.css and page.js
    of the same folder. POST /predict -> `reply`; POST /explain -> `receipt`; both of
    `read_body()`. GET /schema -> {"target", "fields"}; GET /points -> the story's
    "points", as lists; GET /health -> {"status": "ok", "target"}; GET /openapi.json ->
    `describe(bundle)`. JSON goes through `send`, the whole app through `guarded`, which
    makes errors JSON. The configuration's MAX_CONTENT_LENGTH is BODY.
    """
    from flask import Flask, send_from_directory

    bundle = load_model(path)
    app = Flask("ml_pipeline", static_folder=PAGES, static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = BODY
    get = {
        "health": {"status": "ok", "target": bundle.target},
        "schema": {"target": bundle.target, "fields": bundle.fields},
        "points": np.asarray(bundle.story.get("points", [])).tolist(),
        "openapi.json": describe(bundle),
    }
    for name, answer in get.items():
        app.get(f"/{name}", endpoint=name)(lambda answer=answer: send(answer))
    app.get("/", endpoint="page")(lambda: send_from_directory(PAGES, "index.html"))

    for name, answer_of in (("predict", reply), ("explain", receipt)):
        app.post(f"/{name}", endpoint=name)(
            lambda answer_of=answer_of: send(answer_of(bundle, read_body()))
        )
    return guarded(app)


def send(found: Any, status: int = 200) -> Any:  # given
    """An answer in JSON."""
    from flask import Response

    return Response(json.dumps(found) + "\n", status, mimetype="application/json")


def guarded(app: "Flask") -> "Flask":  # given
    """The app with errors in JSON; its page may load nothing from elsewhere."""

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> Any:
        return send({"error": error.error, "fields": error.fields}, error.status)

    @app.errorhandler(NotImplementedError)
    def unbuilt(error: NotImplementedError) -> Any:
        return send({"error": f"To do: {error}", "fields": {}}, 501)

    def failed(error: Any) -> Any:
        answer = error.get_response()  # keeps headers such as Allow
        answer.data = json.dumps({"error": error.name.lower(), "fields": {}})
        answer.content_type = "application/json"
        return answer

    for status in (400, 404, 405, 413, 500):
        app.register_error_handler(status, failed)

    @app.after_request
    def headers(answer: Any) -> Any:
        answer.headers["Content-Security-Policy"] = "default-src 'self'; img-src data:"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    return app


def describe(bundle: Bundle) -> dict[str, Any]:  # given
    """The OpenAPI document: templates/openapi.json, with this model's fields put in."""
    api = json.loads((PAGES / "openapi.json").read_text(encoding="utf-8"))
    known: dict[str, Any] = {}
    for name, field in bundle.fields.items():
        if field["kind"] == "word":
            empty = [None] if field["empty"] else []
            part: dict[str, Any] = {"enum": [*field["words"], *empty]}
        else:
            kind = ["number", "null"] if field["empty"] else "number"
            part = {"type": kind, "minimum": lowest(field), "maximum": LARGEST}
        known[name] = {**part, "example": field["typical"]}
    api["components"]["schemas"]["row"] = {
        "type": "object", "additionalProperties": False, "properties": known,
        "required": [n for n, field in bundle.fields.items() if not field["empty"]],
    }  # fmt: skip
    return api


# --------------------------------------------------------------------------
# The picture


def unit(target: str) -> str:
    """ "$" where the target is a price in dollars, else nothing."""
    return "$" if target in ("median_house_value", "price") else ""


def scale_of(target: str) -> tuple[int, str]:
    """By what an axis of prices is divided, and what is said of it there."""
    return (1000, f" (1,000 {unit(target)})") if unit(target) else (1, "")


def amount(x: float, target: str) -> str:
    """A price, as one says it: $43,100; or 3.21 where there is no unit."""
    sign = "−" if x < 0 else ""
    if unit(target) or abs(x) >= 10_000:
        return f"{sign}{unit(target)}{abs(x):,.0f}"
    return f"{sign}{abs(x):.4g}"


def draw_map(ax: Axes, story: Mapping[str, Any]) -> None:
    """The training rows where they lie, by their price; or the prices' distribution."""
    points = np.asarray(story["points"])
    if not len(points):
        ax.hist(story["test_y"], 40)
        ax.set(xlabel=story["target"], ylabel="test rows")
        ax.set_title(f"{story['target']}: what is to be predicted", loc="left")
        return
    dots = ax.scatter(points[:, 0], points[:, 1], c=points[:, 2] / 1000, s=4,
                      cmap="viridis", rasterized=True)  # fmt: skip
    bar = ax.figure.colorbar(dots, ax=ax)
    bar.set_label("price of a block's houses (1,000 $)")
    ax.set(xlabel="longitude (°)", ylabel="latitude (°)", aspect=1.24)
    ax.set_title("Dear along the coast, cheap inland", loc="left")


def draw_models(ax: Axes, story: Mapping[str, Any]) -> None:
    """The error of each model on rows it had not seen."""
    names, errors = list(story["cv"]), list(story["cv"].values())
    best = int(np.argmin(errors))
    ink = [figures.COLOURS[1] if i == best else figures.COLOURS[5]
           for i in range(len(names))]  # fmt: skip
    ax.barh(names, errors, color=ink)
    for i, error in enumerate(errors):
        ax.text(error * 0.98, i, amount(error, story["target"]), va="center",
                ha="right", color=figures.INK)  # fmt: skip
    ax.invert_yaxis()
    ax.set_xticks([])
    ax.set(xlabel=f"RMSE of cross-validation, {story['folds']} folds")
    ax.set_title(f"Least error: {names[best]}", loc="left")


def draw_test(ax: Axes, story: Mapping[str, Any]) -> None:
    """What was predicted of the test rows, and what was true."""
    y, p = np.asarray(story["test_y"]), np.asarray(story["test_p"])
    scale, said = scale_of(story["target"])
    ax.plot(p / scale, y / scale, ".", ms=2.5, alpha=0.4, rasterized=True)
    ends = [min(y.min(), p.min()) / scale, max(y.max(), p.max()) / scale]
    ax.plot(ends, ends, color=figures.COLOURS[1], lw=1.5)
    ax.set(xlabel=f"predicted{said}", ylabel=f"true{said}")
    ax.set_title(f"R² = {story['r2']:.3f} on {len(y):,} test rows", loc="left")


def draw_coverage(ax: Axes, story: Mapping[str, Any]) -> None:
    """Promised and measured coverage, for margins of every level."""
    want, got = np.asarray(story["levels"]), np.asarray(story["covered"])
    ax.plot([0, 100], [0, 100], color=figures.MUTED, lw=1)
    ax.plot(100 * want, 100 * got, "o-", ms=4)
    ax.set(xlabel="promised: so much of the truth lies inside (%)",
           ylabel="measured on the test rows (%)")  # fmt: skip
    ax.set_title(f"90 % promised, {100 * story['coverage']:.1f} % measured", loc="left")


def draw_correlation(ax: Axes, story: Mapping[str, Any]) -> None:
    """The correlation of each column of numbers with each other."""
    R, names = np.asarray(story["correlation"]), story["numbers"]
    ax.imshow(R, cmap="RdBu_r", vmin=-1, vmax=1)
    ax.set_xticks(range(len(names)), names, rotation=40, ha="right")
    ax.set_yticks(range(len(names)), names)
    ax.grid(False)
    if len(names) <= 14:
        for i, j in np.ndindex(R.shape):
            ink = "white" if abs(R[i, j]) > 0.6 else figures.INK
            said = f"{round(float(R[i, j]), 2) + 0.0:.2f}".replace("-", "−")  # no −0.00
            ax.text(j, i, said, ha="center", va="center", fontsize=8, color=ink)
    last = np.abs(R[-1, :-1])
    said = f"{names[int(last.argmax())]} says most of {names[-1]}" if len(last) else ""
    ax.set_title(said, loc="left")


def draw_residuals(ax: Axes, story: Mapping[str, Any]) -> None:
    """How far off the test rows are, by tenths of the predicted price."""
    y, p = np.asarray(story["test_y"]), np.asarray(story["test_p"])
    scale, said = scale_of(story["target"])
    edges = np.unique(np.quantile(p, np.linspace(0, 1, 11)))
    bins = np.digitize(p, edges[1:-1])
    off = [(y - p)[bins == b] / scale for b in np.unique(bins)]
    middles = [np.median(p[bins == b]) / scale for b in np.unique(bins)]
    ax.boxplot(off, positions=middles,
               widths=(p.max() - p.min()) / scale / 25, showfliers=False,
               manage_ticks=False)  # fmt: skip
    ax.axhline(0, color=figures.COLOURS[1], lw=1)
    ax.set(xlabel=f"predicted{said}", ylabel=f"true − predicted{said}")
    half = amount(float(np.median(np.abs(y - p))), story["target"])
    ax.set_title(f"Half of the errors are below {half}", loc="left")


def draw_importance(ax: Axes, story: Mapping[str, Any]) -> None:
    """How much worse the model is if a column of the frame is shuffled."""
    pairs = sorted(story["importance"].items(), key=lambda pair: pair[1])[-12:]
    scale, said = scale_of(story["target"])
    ax.barh([name for name, _ in pairs], [worse / scale for _, worse in pairs])
    ax.set(xlabel=f"so much the test RMSE grows when the column is shuffled{said}")
    ax.set_title(f"Most of all on: {pairs[-1][0]}", loc="left")


def draw_overview(
    options: argparse.Namespace, story: Mapping[str, Any]
) -> tuple[Any, Any]:
    """The two figures of `train`: four panels, and the correlations."""
    plt = figures.start(options)
    fig, axes = plt.subplots(2, 2, figsize=(11, 8), layout="constrained")
    for ax, draw in zip(axes.flat, (draw_map, draw_models, draw_test, draw_coverage)):
        draw(ax, story)
    heat, ax = plt.subplots(figsize=(8, 7), layout="constrained")
    draw_correlation(ax, story)
    return fig, heat


# --------------------------------------------------------------------------
# The command line


def make_models(quick: bool, seed: int) -> dict[str, Any]:
    """The five models, by the names by which they are called."""
    trees, epochs = (60, 5) if quick else (300, 30)
    return {
        "Linear Regression": Ridge(),
        "Ridge Regression": Ridge(lam=10.0),
        "Decision Tree": Tree(),
        "Neural Network": Network(epochs=epochs, rng=seed),
        "Boosted Trees": HistGradientBoosting(trees, 0.15 if quick else 0.06, rng=seed),
    }


class Table(NamedTuple):
    """A clean table, and what is to be predicted of it."""

    frame: "pd.DataFrame"  # without the target
    price: np.ndarray  # (n,)
    target: str
    counts: dict[str, int]  # what `clean` left out


def number_cells(frame: "pd.DataFrame", name: str) -> np.ndarray:
    """A column as floats, (n,), NaN where it is empty. ValueError names the line."""
    holes = frame[name].isna().to_numpy()
    cells = np.full(len(frame), math.nan)
    cells[~holes] = data.numbers(frame[~holes], [name])[:, 0]
    return cells


def read_table(name: str, target: str | None) -> Table:
    """The table in a file, cleaned, with its target. ValueError says what is wrong."""
    path = data.find(name, {"housing_data.csv": "california_housing.csv"})
    frame = data.read_csv(path)
    numbers = data.number_columns(frame)
    if target is None:
        likely = [n for word in TARGETS for n in numbers if n.lower() == word]
        target = [*likely, *reversed(numbers), ""][0]
    data.check_columns(frame, [target])
    filled = frame[frame[target].notna()]
    cells = {n: number_cells(filled, n) for n in numbers if n != target}
    data.numbers(filled, [target])  # complains with the line in the file
    tidy, counts = clean(filled.assign(**cells), target)
    counts["no target"] = len(frame) - len(filled)
    rest, price = tidy.drop(columns=target), data.numbers(tidy, [target])[:, 0]
    if len(tidy) < 50:
        raise ValueError(f"{path.name}: {len(tidy)} rows are too few; 50 at least")
    if np.ptp(price) == 0:
        raise ValueError(f"{path.name}: {target} is the same everywhere")
    if not any(kinds_of(rest)):
        raise ValueError(f"{path.name}: there is no column to learn from")
    return Table(rest, price, target, counts)


def forward_of(price: np.ndarray) -> tuple[np.ndarray, bool]:
    """What is learnt: log price, and True, if all prices are above 0."""
    return (np.log(price), True) if (price > 0).all() else (price, False)


def fields_of(features: Features, frame: "pd.DataFrame") -> dict[str, Any]:
    """What a row looks like, for `Bundle.fields`: of the training rows."""
    fields: dict[str, Any] = {}
    for name in map(str, frame):
        column, empty = frame[name], bool(frame[name].isna().any())
        if name in features.numbers_:
            fields[name] = {
                "kind": "number", "low": float(column.min()),
                "high": float(column.max()), "typical": float(column.median()),
                "empty": empty,
            }  # fmt: skip
        elif name in features.words_:
            common = str(column.value_counts().index[0])
            fields[name] = {"kind": "word", "words": features.words_[name],
                            "typical": common, "empty": empty}  # fmt: skip
    return fields


def split_of(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A fifth of n rows, set aside as test, and the rest, to learn from."""
    test, rows = np.split(np.random.default_rng(seed).permutation(n), [n // 5])
    return test, rows


class Judged(NamedTuple):
    """One split: a bundle made of the training rows, and how it did on the others."""

    bundle: Bundle
    cv: dict[str, float]  # RMSE of each model, in the unit of the target
    y: np.ndarray  # of the test rows
    y_hat: np.ndarray  # what the model says of them, (n,)
    residuals: np.ndarray  # of the best model, of rows it had not seen
    test: np.ndarray  # the test rows

    def predicted(self) -> np.ndarray:
        """The price of each test row: (n,)."""
        return self.bundle.price(self.y_hat)

    def coverage(self, level: float) -> float:
        """The share of test rows whose price lies in its interval of that level."""
        half = conformal_interval(self.residuals, level)
        low, high = (self.bundle.price(self.y_hat + side) for side in (-half, half))
        return float(((low <= self.y) & (self.y <= high)).mean())


def study(
    table: Table, models: Mapping[str, Any], k: int, seed: int, tick: Any = None
) -> Judged:
    """One split: models compared on k folds of the training rows, the best one tested.

    The margin comes from the same folds: there the price of every training row was
    predicted by a model that had not seen it. The test rows are looked at once, last.
    """
    test, rows = split_of(len(table.price), seed)
    y, log = forward_of(table.price)
    frame, y, price = table.frame.iloc[rows], y[rows], table.price[rows]
    folds = fold_of(len(rows), k, np.random.default_rng(seed))
    found = cross_validate(models, frame, y, folds, tick)
    bundle = Bundle(log=log, low=float(price.min()), high=float(price.max()))
    cv = {name: rmse(price, bundle.price(p)) for name, p in found.items()}
    best = min(cv, key=lambda name: cv[name])
    residuals = y - found[best]
    bundle.features = Features()
    X = bundle.features.fit_transform(frame, y)
    bundle.model = copy.deepcopy(models[best]).fit(X, y)  # the next split's are new
    bundle.half = conformal_interval(residuals)
    bundle.fields, bundle.target = fields_of(bundle.features, frame), table.target
    y_hat = bundle.model.predict(bundle.features.transform(table.frame.iloc[test]))
    return Judged(bundle, cv, table.price[test], y_hat, residuals, test)


def correlations(X: np.ndarray) -> np.ndarray:
    """The correlation of each column of X (n, d) with each: (d, d); holes filled."""
    X = Imputer().fit(X).transform(X)
    Z = (X - X.mean(axis=0)) / np.where(X.std(axis=0) > 0, X.std(axis=0), 1)
    return Z.T @ Z / len(Z)


def tell_story(
    table: Table, found: Judged, folds: int, rng: Generator
) -> dict[str, Any]:
    """All that pictures and report need, kept in the model file."""
    bundle, y, y_hat, frame = found.bundle, found.y, found.predicted(), table.frame
    numbers = bundle.features.numbers_
    rows = np.setdiff1d(np.arange(len(table.price)), found.test)
    X = np.column_stack([frame[numbers].iloc[rows], table.price[rows]])
    points: Any = np.zeros((0, 3))
    if bundle.features.placed_:
        some = rng.permutation(rows)[:4000]
        points = np.column_stack([frame[list(PLACE)].iloc[some], table.price[some]])
        points = points[np.isfinite(points).all(axis=1)].round(3)
    levels = np.linspace(0.05, 0.95, 19)
    few = found.test[:1000]
    return {
        "target": table.target, "cv": found.cv, "folds": folds, "points": points,
        "test_y": y, "test_p": y_hat, "rmse": rmse(y, y_hat), "r2": r_squared(y, y_hat),
        "mae": float(np.abs(y - y_hat).mean()), "coverage": found.coverage(0.9),
        "levels": levels, "covered": np.array([found.coverage(v) for v in levels]),
        "correlation": correlations(X), "numbers": [*numbers, table.target],
        "rows": len(table.price), "half": bundle.half, "log": bundle.log,
        "importance": importance(bundle, frame.iloc[few], table.price[few], rng),
    }  # fmt: skip


def importance(bundle: Bundle, frame: "pd.DataFrame", y: np.ndarray, rng: Generator
               ) -> dict[str, float]:  # fmt: skip
    """How much the RMSE grows when a field is shuffled: a rough guide, by field."""
    before = rmse(y, bundle.predict(frame)[0])
    found = {}
    for group, names in players(list(bundle.fields)).items():
        mixed = {name: frame[name].to_numpy() for name in bundle.fields}
        order = rng.permutation(len(y))
        mixed |= {name: mixed[name][order] for name in names}
        found[group] = rmse(y, bundle.predict(mixed)[0]) - before
    return found


def tell_data(table: Table, name: str) -> None:
    """Steps 1 and 2 of the transcript."""
    frame, target = table.frame, table.target
    print("Step 1: Data Loading")
    print(f"  Loaded {len(frame):,} samples, {frame.shape[1]} features")
    print(f"  Target: {target}")
    left = [f"{why} ({n:,})" for why, n in table.counts.items() if n]
    print(f"  Left out: {', '.join(left)}" if left else "  Left out: nothing")
    print("\nStep 2: Exploratory Data Analysis")
    holes = [f"{n} ({k:,})" for n, k in frame.isna().sum().items() if k]
    print(f"  Missing values: {', '.join(holes) or 'none'}")
    numbers, _ = kinds_of(frame)
    many = {n: int(outliers(frame[n].to_numpy(float)).sum()) for n in numbers}
    told = [f"{n} ({k:,})" for n, k in many.items() if k > len(frame) / 50]
    pairs = [", ".join(told[i : i + 2]) for i in range(0, len(told), 2)]
    print("  Outliers detected in:", ",\n    ".join(pairs) or "no column")
    top = table.price == table.price.max()
    if top.sum() > 1:
        print(f"  {int(top.sum()):,} rows stand at the highest {target}, cut off there")


def tell_features(features: Features) -> None:
    """Step 3 of the transcript."""
    print("\nStep 3: Feature Engineering")
    if features.ratios_:
        print(f"  Created: {', '.join(features.ratios_)}")
    if features.words_:
        kinds = [f"{n} ({len(k)} kinds)" for n, k in features.words_.items()]
        print(f"  One-hot encoded: {', '.join(kinds)}")
    if features.placed_:
        print(f"  Nearness to {len(features.centres_)} centres of the map")
        print("  Prices next door, each row's own left out")
    print(f"  Final features: {len(features.names_)}")


def tell_models(found: Judged, target: str) -> None:
    """The table of step 4."""
    best = min(found.cv, key=lambda n: found.cv[n])
    for name, error in found.cv.items():
        mark = "  ← Best!" if name == best else ""
        print(f"  {name + ':':<20} CV RMSE = {amount(error, target)}{mark}")


def all_splits(
    table: Table, models: Mapping[str, Any], options: argparse.Namespace
) -> list[Judged]:
    """`study` of as many splits as are wanted, with a progress bar."""
    from tqdm import tqdm

    splits = range(options.seed, options.seed + (options.splits or 1))
    total = len(splits) * options.folds * len(models)
    with tqdm(total=total, disable=None, leave=False) as bar:

        def tick(model: str) -> None:
            bar.set_description(model)
            bar.update()

        return [study(table, models, options.folds, seed, tick) for seed in splits]


def train(options: argparse.Namespace) -> int:
    """The five steps, the model file, the pictures."""
    name = options.file or "california_housing.csv"
    table = read_table(name, options.target)
    rng = np.random.default_rng(options.seed)
    if options.quick and len(table.price) > 2000:
        some = rng.permutation(len(table.price))[:2000]
        table = table._replace(frame=table.frame.iloc[some], price=table.price[some])
    print("=== Complete ML Pipeline ===\n")
    tell_data(table, name)
    y, _ = forward_of(table.price)
    models = make_models(options.quick, options.seed)
    rows = split_of(len(y), options.seed)[1]
    tell_features(Features().fit(table.frame.iloc[rows], y[rows]))
    print("\nStep 4: Model Training (all from scratch!)", flush=True)
    results = all_splits(table, models, options)
    found = results[0]
    tell_models(found, table.target)
    bundle = found.bundle
    bundle.story = story = tell_story(table, found, options.folds, rng)
    tell_test(story, table.target, results)
    out = options.out or options.model
    save_model(out, bundle)
    print(f"\nModel saved to {out}", flush=True)
    figures.finish(options, *draw_overview(options, story))
    return 0


def tell_test(story: Mapping[str, Any], target: str, results: Sequence[Judged]) -> None:
    """Step 5: what the rows say that nobody has looked at."""
    print("\nStep 5: Final Evaluation")
    print(f"  Test RMSE: {amount(story['rmse'], target)}")
    print(f"  Test R²: {story['r2']:.3f}")
    print(f"  Test MAE: {amount(story['mae'], target)}")
    if story["log"]:
        less, more = 100 * math.expm1(-story["half"]), 100 * math.expm1(story["half"])
        width = f"{less:.0f} % to +{more:.0f} %".replace("-", "−")
    else:
        width = f"± {story['half']:.4g}"
    print(f"  90 % intervals, {width}: coverage {100 * story['coverage']:.1f} %")
    if len(results) > 1:
        print(f"\n{len(results)} splits, mean ± sd:")
        errors = [rmse(r.y, r.predicted()) for r in results]
        shares = [r_squared(r.y, r.predicted()) for r in results]
        covers = [100 * r.coverage(0.9) for r in results]
        mean, sd = float(np.mean(errors)), float(np.std(errors))
        print(f"  Test RMSE: {amount(mean, target)} ± {amount(sd, target)}")
        print(f"  Test R²: {np.mean(shares):.3f} ± {np.std(shares):.3f}")
        print(f"  coverage {np.mean(covers):.1f} % ± {np.std(covers):.1f}")


def leak(options: argparse.Namespace) -> int:
    """What it does if every row sees its own price among those next door.

    A fifth is the test; a fifth chooses between models; from the rest is learnt.
    """
    table = read_table(options.file or "california_housing.csv", options.target)
    if not set(PLACE) <= set(kinds_of(table.frame)[0]):
        raise ValueError("the prices next door need columns longitude and latitude")
    order = np.random.default_rng(options.seed).permutation(len(table.price))
    order = order[: 2000 if options.quick else None]
    test, chooses, learns = np.split(order, [len(order) // 5, len(order) * 2 // 5])
    rows = []
    for said, own in (("own price left out", False), ("own price let in", True)):
        errors = leaky(table, learns, chooses, test, own, options)
        rows.append((said, *(amount(error, table.target) for error in errors)))
    print("RMSE of Boosted Trees. Does a row find its own price next door?\n")
    print(console.table(["", "learnt from", "chosen by", "test"], rows))
    return 0


def leaky(
    table: Table, learns: np.ndarray, chooses: np.ndarray, test: np.ndarray, own: bool,
    options: argparse.Namespace,
) -> list[float]:  # fmt: skip
    """Errors on the rows of all three kinds, if features see the own price or not."""
    y, log = forward_of(table.price)
    low, high = table.price[learns].min(), table.price[learns].max()
    bundle = Bundle(log=log, low=low, high=high)
    frame, features = table.frame, Features()
    if own:  # fitted on the rows that choose as well, and nothing is left out
        both = np.concatenate([learns, chooses])
        features.fit(frame.iloc[both], y[both])
        X = features.transform(frame.iloc[learns])
    else:
        X = features.fit_transform(frame.iloc[learns], y[learns])
    model = make_models(options.quick, options.seed)["Boosted Trees"].fit(X, y[learns])
    errors = []
    for rows in (learns, chooses, test):
        part = X if rows is learns else features.transform(frame.iloc[rows])
        errors.append(rmse(table.price[rows], bundle.price(model.predict(part))))
    return errors


def read_cells(
    frame: "pd.DataFrame", name: str, field: Mapping[str, Any], file: str
) -> np.ndarray:
    """A column that the model needs, (n,). ValueError names file, line, column."""
    if name not in frame:
        hint = console.nearest_name(name, map(str, frame))
        raise ValueError(f"{file}: no column {name!r}, which the model needs{hint}")
    holes = frame[name].isna().to_numpy()
    if holes.any() and not field["empty"]:
        where = f"{file}, line {frame.index[int(holes.argmax())]}, column {name!r}"
        raise ValueError(f"{where}: the cell is empty")
    if field["kind"] == "number":
        return number_cells(frame, name)
    words = frame[name].astype(str).str.strip().to_numpy(object)
    words[holes] = None
    for line, word in zip(frame.index, words):
        if word is not None and word not in field["words"]:
            known = ", ".join(field["words"])
            where = f"{file}, line {line}, column {name!r}"
            raise ValueError(f"{where}: {word[:30]!r} is none of {known}")
    return words


def predict_file(options: argparse.Namespace) -> int:
    """Predict the rows of a CSV file: the input's columns, prediction, lower, upper."""
    if not options.file:
        raise ValueError("which rows? give a CSV file: predict new.csv")
    bundle = load_model(options.model)
    path = data.find(options.file, {"new.csv": "california_housing.csv"})
    frame = data.read_csv(path)
    columns = {name: read_cells(frame, name, field, path.name)
               for name, field in bundle.fields.items()}  # fmt: skip
    ends = dict(zip(("prediction", "lower", "upper"), bundle.predict(columns)))
    for name, values in ends.items():
        frame[name] = np.round(values, 2)
    out = Path(options.out or "predictions.csv")
    figures.write(out, lambda part: frame.to_csv(part, index=False))
    typical = amount(float(np.median(ends["prediction"])), bundle.target)
    print(f"{len(frame):,} rows, median {typical}")
    strange = 0
    for name, field in bundle.fields.items():
        if field["kind"] == "number":
            x = columns[name]
            strange += int(((x < field["low"]) | (x > field["high"])).sum())
    if strange:
        print(f"Outside of what the training rows had: {strange:,} cells")
    print(f"Saved {out}")
    return 0


def picture_of(draw: Any, story: Mapping[str, Any]) -> str:
    """A panel as a PNG, in base64, so that it can stand in a page."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(8, 6), layout="constrained")
    draw(ax, story)
    file = io.BytesIO()
    fig.savefig(file, format="png", dpi=110)
    plt.close(fig)
    return base64.b64encode(file.getvalue()).decode()


def report(options: argparse.Namespace) -> int:
    """One HTML file, with its pictures in it."""
    story = load_model(options.model).story
    options.no_show = True  # a page is written, no window is opened
    figures.start(options)
    pictures = "\n".join(
        f'<h2>{title}</h2>\n<img alt="{title}" src="data:image/png;base64,'
        f'{picture_of(draw, story)}">'
        for title, draw in PANELS
    )
    rows, target, least = "", story["target"], min(story["cv"].values())
    for name, error in story["cv"].items():
        kind, said = (" class=verdict", ", the best") if error == least else ("", "")
        cells = f"<td>{name}{said}</td><td>{amount(error, target)}</td>"
        rows += f"<tr{kind}>{cells}</tr>\n"
    page = (PAGES / "report.html").read_text(encoding="utf-8").format(
        title=html.escape(target), rows=rows, pictures=pictures, n=story["rows"],
        css=(PAGES / "page.css").read_text(encoding="utf-8"), r2=story["r2"],
        rmse=amount(story["rmse"], target), mae=amount(story["mae"], target),
        coverage=100 * story["coverage"], folds=story["folds"],
    )  # fmt: skip
    out = Path(options.out or "report.html")
    figures.write(out, lambda part: part.write_text(page, encoding="utf-8"))
    print(f"Saved {out}: open it in a browser")
    return 0


PANELS = (
    ("Where and how dear", draw_map),
    ("Which columns go together", draw_correlation),
    ("Models, on rows they had not seen", draw_models),
    ("Predicted and true", draw_test),
    ("Errors", draw_residuals),
    ("Do the intervals keep their word?", draw_coverage),
    ("What the model leans on", draw_importance),
)


def make_server(path: str | Path, host: str, port: int) -> Any:
    """A server of a model file; even what is no HTTP is answered in JSON."""
    import logging
    from socket import AF_INET, AF_INET6, create_server

    import waitress  # type: ignore[import-untyped]
    import waitress.utilities  # type: ignore[import-untyped]

    def in_json(error: Any, ident: object = None) -> tuple[str, list[Any], bytes]:
        body = json.dumps({"error": error.reason.lower(), "fields": {}}).encode()
        kind = [("Content-Type", "application/json")]
        return f"{error.code} {error.reason}", kind, body

    waitress.utilities.Error.to_response = in_json
    logging.getLogger("waitress").setLevel(logging.ERROR)  # that some wait is no news
    how = {"threads": 4, "connection_limit": 500, "max_request_body_size": 16 * BODY}
    app, family = create_app(path), AF_INET6 if ":" in host else AF_INET
    if not host:
        raise ValueError("--host: the name is empty")  # to Python that means everybody
    try:  # Python's own socket refuses a port that is taken, on Windows too
        sockets = [create_server((host, port), family=family)]
        return waitress.create_server(app, sockets=sockets, **how)
    except OSError as error:
        why = (error.strerror or str(error)).lower().partition(" (while")[0]
        raise ValueError(f"{host}:{port}: {why}; try another --port") from None


def run_until(server: Any, stop: list[Any], patience: float = 10.0) -> None:
    """Serve until something is in `stop`; then take no more, and finish what was begun.

    Who waits at the door at that moment is still let in; whoever is answered then is
    told that the connection ends, and when all has been still a while the server goes.
    """
    import time

    import waitress.channel  # type: ignore[import-untyped]

    class Last(waitress.channel.WSGITask):
        def build_response_header(self) -> bytes:
            self.request.headers["CONNECTION"] = "close"
            return super().build_response_header()

    def turn(seconds: float) -> None:
        server.asyncore.loop(seconds, server.adj.asyncore_use_poll, server._map, 1)

    while not stop:
        turn(0.1)
    waitress.channel.HTTPChannel.task_class = Last
    channels, waiting = server.active_channels, -1
    with server.task_dispatcher.lock:  # the workers rest: nobody knocks meanwhile
        time.sleep(0.05)
        while waiting != len(channels):
            waiting = len(channels)
            server.handle_accept()
        server.accepting = False
        server.socket.close()
    server.del_channel()
    began = quiet = time.monotonic()
    while time.monotonic() - quiet < 0.3 and time.monotonic() - began < patience:
        turn(0.05)
        if any(c.requests or c.request or c.total_outbufs_len
               for c in list(channels.values())):  # fmt: skip
            quiet = time.monotonic()
    server.task_dispatcher.shutdown(True, 1)
    server.close()


def serve(options: argparse.Namespace) -> int:
    """Serve the page and the JSON until Ctrl-C or SIGTERM; no request is lost."""
    import signal

    stop: list[int] = []
    server = make_server(options.model, options.host, options.port)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: stop.append(number))
    name = f"[{options.host}]" if ":" in options.host else options.host
    where = f"http://{name}:{options.port}"
    print(f" * Running on {where}  (the page and the JSON; Ctrl-C ends)", flush=True)
    run_until(server, stop)
    print("Stopped; every request that had come was answered.", flush=True)
    if stop[0] == signal.SIGINT:
        raise KeyboardInterrupt
    return 0


COMMANDS = {"train": train, "serve": serve, "predict": predict_file, "report": report,
            "leak": leak}  # fmt: skip


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase5_capstone/ml_pipeline.py train california_housing.csv
        python phase5_capstone/ml_pipeline.py train boston_housing.csv --target MEDV
        python phase5_capstone/ml_pipeline.py predict new.csv --out predictions.csv
        python phase5_capstone/ml_pipeline.py serve --port 5000
        python phase5_capstone/ml_pipeline.py leak --quick"""
    parser = console.parser(__file__, __doc__, examples)
    add = parser.add_argument
    add("command", nargs="?", choices=COMMANDS, default="train",
        help="what to do (default train)")  # fmt: skip
    add("file", nargs="?", help="CSV file, for train, predict, leak")
    add("--target", metavar="NAME",
        help="column to predict (default median_house_value)")  # fmt: skip
    file, out = console.new_file(), "model.npz, predictions.csv or report.html"
    add("--model", type=file, default=Path("model.npz"), metavar="FILE",
        help="model file (default model.npz)")  # fmt: skip
    add("--out", type=file, metavar="FILE", help=f"where to write (default {out})")
    add("--folds", type=console.whole(2, 20), default=5, metavar="N",
        help="folds of the cross-validation, 2 to 20 (default 5)")  # fmt: skip
    add("--splits", type=console.whole(2, 20), metavar="N",
        help="judge so many splits, and tell mean ± sd: N times the time")  # fmt: skip
    add("--quick", action="store_true", help="2,000 rows and small models: seconds")
    add("--host", default="127.0.0.1", metavar="NAME",
        help="who may ask: this machine alone (default 127.0.0.1)")  # fmt: skip
    add("--port", type=console.whole(1, 65_535), default=5000, metavar="N",
        help="where it is served (default 5000)")  # fmt: skip
    figures.add_options(parser, __file__)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command that the options name."""
    options = build_parser().parse_args(argv)
    if options.file and options.command in ("serve", "report"):
        raise ValueError(f"{options.command} takes no file but --model FILE")
    return COMMANDS[options.command](options)


if __name__ == "__main__":
    console.run(main)
