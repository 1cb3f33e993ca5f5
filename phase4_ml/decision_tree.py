"""Chapter 16. Decision tree: twenty questions, and which to ask first.

Somebody was on the Titanic; did he or she live? You may ask questions that have two
answers. "A woman?" is a good one: of the women 74 % lived, of the men 19 %. "Boarded at
Queenstown?" is a bad one: whatever the answer, you guess as before. A decision tree
asks the question that leaves the two groups purest; then it asks of each group the best
question for that group, and so on. How mixed a group is, is a number:

    Gini = 1 − Σ p²       entropy = −Σ p log₂ p       (p: the share of each class)

    gain = impurity before − (n_left · impurity left + n_right · impurity right) / n

You will see the tree grow level by level, and read why it says what it says. As it gets
deeper it comes to know its own passengers by heart, and others worse. It takes data as
they are, with words and with holes, and says which columns are no better than noise.

    python phase4_ml/decision_tree.py titanic.csv
    python phase4_ml/decision_tree.py titanic.csv --prune
    python phase4_ml/decision_tree.py titanic.csv --explain 12
    python phase4_ml/decision_tree.py california_housing.csv --max-depth 3

Names
    X      (n, d)  a row for each thing that is asked about; NaN where a cell is empty
    y      (n,)    its class; or a number, where numbers are to be predicted
    left   (n,)    True where the answer is yes
    Y      (k, n)  y class by class: a 1 in the row of its class (numbers: y, k = 1)
    value  (m, k)  of each of m nodes: the share of each class, or the mean of y
    alpha          what one more leaf has to save, to be worth having

What this leaves out: forests of many trees (chapter 19 adds trees up), questions that
mix two columns, and looking ahead: each question is the best one for now.

Source: Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees"
(1984); Géron, "Hands-On Machine Learning", chapter 6.
"""

import argparse
import copy
import json
import math
import textwrap
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from common import console, data, figures

if TYPE_CHECKING:
    import pandas as pd

Axes = Any  # of matplotlib, which is imported late

TARGETS = "survived species risk mpg medv median_house_value class label".split()
FEW = 20  # a column with more different words is text, a target with more numbers
MOST = 100  # classes at most
SHOWN = 5  # levels of questions that fit into a picture
GAINS = {"gini": "Gini", "entropy": "Entropy", "mse": "Variance"}
WHITE = {"fc": "white", "ec": "none", "pad": 0.8}  # behind texts
TRIES = 100_000  # changes of some columns that are tried at most
MANY = 3  # columns that are changed at most

EQUAL = 1e-9  # gains that differ by so small a share of the impurity are equal
PURE = 1e-14  # an impurity of so small a share of the root's is rounding


# --------------------------------------------------------------------------
# Milestone 1: the best question


def gini(y: np.ndarray) -> float:
    """Gini impurity of labels y (n,): 1 − Σ p², where p is the share of each class.

    It is the chance that two draws from y differ: 0 if all are alike, ½ for two classes
    half and half. Of no labels it is 0.
    """
    if len(y) == 0:
        return 0.0
    counts = np.unique(y, return_counts=True)[1]
    return float(1 - ((counts / len(y)) ** 2).sum())


def gain(y: np.ndarray, left: np.ndarray, criterion: str = "gini") -> float:
    """How much purer a question makes y (n,); `left` (n,) is True where it says yes.

        gain = I(y) − (n_left · I(y of the left) + n_right · I(y of the right)) / n

    I is the function IMPURITY[criterion]: of "gini", "entropy", or "mse" (numbers). It
    is never below 0 (let no rounding make it so), and 0 if all rows go to one side.
    """
    impurity, left = IMPURITY[criterion], np.asarray(left, dtype=bool)
    sides = [y[left], y[~left]]
    after = sum(len(side) * impurity(side) for side in sides) / len(y)
    return float(max(impurity(y) - after, 0))


def midpoints(x: np.ndarray) -> np.ndarray:
    """Half-way between neighbours: m different values of x (n,) -> (m − 1,), rising.

    Where two values are so close that their middle is rounded to the upper one, it is
    the lower one: "x <= threshold" must be yes for the one and no for the other. Halve
    before you add: the sum of two huge numbers would be infinite.

    >>> midpoints(np.array([4.0, 1.0, 4.0, 2.0]))
    array([1.5, 3. ])
    """
    values = np.unique(x)
    low, high = values[:-1], values[1:]
    middle = low / 2 + high / 2  # subtle: low + high could be infinite
    return np.where((low <= middle) & (middle < high), middle, low)


def best_split(
    X: np.ndarray, y: np.ndarray, criterion: str = "gini", min_samples_leaf: int = 1
) -> tuple[int, float, float]:
    """The best question "is X[:, feature] <= threshold?": (feature, threshold, gain).

    Tried are the `midpoints` of all columns of X (n, d) that leave `min_samples_leaf`
    rows on either side. Of equal gains the first wins: the lowest column, there the
    lowest threshold; gains within EQUAL · I(y) are equal. One that gains 0 is a
    question too. If there is none: (−1, nan, 0.0). ValueError if X has empty cells.

    Read this one; `Grower`, further down, finds the same and is what runs.
    """
    if np.isnan(X).any():
        raise ValueError("X has empty cells (NaN), and here they have no side to go to")
    equal, best = EQUAL * IMPURITY[criterion](y), (-1, np.nan, -1.0)
    for j, x in enumerate(X.T):
        for threshold in midpoints(x):
            left = x <= threshold
            if min(left.sum(), (~left).sum()) >= min_samples_leaf:
                found = gain(y, left, criterion)
                if found > best[2] + equal:
                    best = (j, float(threshold), found)
    return best if best[0] >= 0 else (-1, np.nan, 0.0)


# --------------------------------------------------------------------------
# Milestone 2: impurity falls at every level


def entropy(y: np.ndarray) -> float:
    """Entropy of labels y (n,) in bits: −Σ p log₂ p.

    So many yes-or-no questions is a label worth, on average: 0 if all are alike, 1 for
    two classes half and half, 2 for four equal ones. Of no labels it is 0.
    """
    p = np.unique(y, return_counts=True)[1] / max(len(y), 1)
    return float(abs((p * np.log2(p)).sum()))


def squared_error(y: np.ndarray) -> float:
    """Impurity of numbers y (n,): the mean of (y − mean)². Of none it is 0."""
    return float(((y - y.mean()) ** 2).mean()) if len(y) else 0.0


IMPURITY = {"gini": gini, "entropy": entropy, "mse": squared_error}


class Node(NamedTuple):
    """A group of rows and the question asked of them; a leaf asks none."""

    n: int  # rows that come here
    impurity: float
    feature: int = -1
    threshold: float = np.nan
    left: "Node | None" = None  # those with x <= threshold
    right: "Node | None" = None


def grow(
    X: np.ndarray, y: np.ndarray, max_depth: int | None = None,
    criterion: str = "gini", min_samples_leaf: int = 1,
) -> Node:  # fmt: skip
    """The tree of X (n, d) and y (n,), nodes within nodes: ask, part, and so on.

    A node is a leaf, Node(n, impurity), if its rows are pure (impurity at most 1e-12),
    if `max_depth` questions have been asked on the way (0: just a leaf; None: no
    limit), or if `best_split` has no question. A question that gains 0 is asked, for
    the one after it may gain: "either, but not both" takes two.
    """
    node = Node(len(y), IMPURITY[criterion](y))
    if node.impurity <= 1e-12 or max_depth == 0:
        return node
    feature, threshold, _ = best_split(X, y, criterion, min_samples_leaf)
    if feature < 0:
        return node
    deeper = None if max_depth is None else max_depth - 1
    yes = X[:, feature] <= threshold
    left, right = (
        grow(X[side], y[side], deeper, criterion, min_samples_leaf)
        for side in (yes, ~yes)
    )
    return Node(node.n, node.impurity, feature, threshold, left, right)


def levels(root: Node) -> list[float]:
    """The impurity that is left after 0, 1, 2 … levels of questions; it never rises.

    Each is Σ (n / n of the root) · impurity, over the nodes of that level and over the
    leaves above it, whose rows stay where they are.
    """
    left_over, waiting, front = [], 0.0, [root]
    while front:
        masses = [node.n / root.n * node.impurity for node in front]
        left_over.append(waiting + sum(masses))
        waiting += sum(m for node, m in zip(front, masses) if node.feature < 0)
        front = [side for node in front for side in (node.left, node.right) if side]
    return left_over


# --------------------------------------------------------------------------
# Milestone 3: a tree that knows when to stop


class Tree(NamedTuple):
    """A tree as a table: a node a row, the root first, parents before their children.

    A column of categories holds codes 0 … c − 1; NaN in any column is an empty cell.
    """

    feature: np.ndarray  # (m,) the column asked about; −1 in a leaf
    threshold: np.ndarray  # (m,) yes if x <= threshold; NaN: it asks for categories
    left: np.ndarray  # (m,) the node for yes; −1 in a leaf
    right: np.ndarray  # (m,) the node for no
    missing_left: np.ndarray  # (m,) whether an empty cell counts as yes
    codes_left: np.ndarray  # (m, c + 1) whether each code does; last: an empty cell
    value: np.ndarray  # (m, k) the share of each class, or the mean of y
    n: np.ndarray  # (m,) rows that came here
    impurity: np.ndarray  # (m,)


def goes_left(tree: Tree, node: np.ndarray, x: np.ndarray) -> np.ndarray:
    """What nodes (n,) say to cells x (n,) of the columns they ask about: -> (n,) bool.

    A number, negative ones too: x <= threshold; an empty cell (NaN): `missing_left`.
    Where the threshold is NaN, x is a code: `codes_left` in the column x, and in the
    last column for an empty cell, or for a code above all that it has learnt from.
    """
    empty = np.isnan(x)
    unknown = empty | (x >= tree.codes_left.shape[1] - 1)  # a code never met: as empty
    code = np.where(unknown, -1, x).astype(int)
    number = np.where(empty, tree.missing_left[node], x <= tree.threshold[node])
    coded = np.isnan(tree.threshold[node])
    number[coded] = tree.codes_left[node[coded], code[coded]]
    return number


def route(tree: Tree, X: np.ndarray) -> np.ndarray:
    """The leaf that each row of X (n, d) comes to: -> (n,), numbers of nodes.

    All rows begin at node 0 and walk at once, one level a turn, until nobody is asked.
    """
    at = np.zeros(len(X), dtype=int)
    rows = np.flatnonzero(tree.feature[at] >= 0)
    while len(rows):
        node = at[rows]
        yes = goes_left(tree, node, X[rows, tree.feature[node]])
        at[rows] = np.where(yes, tree.left[node], tree.right[node])
        rows = rows[tree.feature[at[rows]] >= 0]
    return at


class DecisionTree:
    """A tree as a model: `DecisionTree(max_depth=3).fit(X, y).predict(X_new)`.

    criterion "gini" or "entropy" for classes, "mse" for numbers; `categorical` lists
    the columns of X that hold codes of categories. After fit: tree_, a Tree; classes_
    (k,), sorted, empty for numbers; importances_ (d,).
    """

    def __init__(self, max_depth: int | None = None, min_samples_leaf: int = 1,
                 criterion: str = "gini", categorical: Sequence[int] = ()
                 ):  # given  # fmt: skip
        if criterion not in ("gini", "entropy", "mse"):
            raise ValueError(f"{criterion!r}: it is 'gini', 'entropy' or 'mse'")
        self.max_depth, self.min_samples_leaf = max_depth, min_samples_leaf
        self.criterion, self.categorical = criterion, tuple(categorical)
        self.columns_ = 0  # d, set by `check`
        self.codes_: dict[int, int] = {}  # how many codes each categorical column has

    def fit(self, X: np.ndarray, y: np.ndarray) -> "DecisionTree":
        """Grow the tree: sets classes_ and tree_, returns self.

        X, y = check(X, y, self) comes first. For "mse" classes_ is an empty array and Y
        is y as one row (1, n). Else classes_ are the sorted labels, an array (k,), and
        row c of Y (k, n) is 1.0 where y is classes_[c], else 0.0. The tree is
        Grower(X, Y, self).tree.
        """
        X, y = check(X, y, self)
        if self.criterion == "mse":
            self.classes_, Y = np.array([]), y[None]
        else:
            self.classes_ = np.unique(y)
            Y = y == self.classes_[:, None]
        self.tree_ = Grower(X, Y.astype(float), self).tree
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Of each row the commonest class in its leaf, or the mean of y there: -> (n,).

        Of classes equally common the first one.
        """
        value = self.predict_proba(X)
        if len(self.classes_):
            return self.classes_[value.argmax(axis=1)]
        return value[:, 0]

    def predict_proba(self, X: np.ndarray) -> np.ndarray:  # given
        """The value of each row's leaf: -> (n, k), the share of each class."""
        return self.tree_.value[route(self.tree_, np.asarray(X, dtype=float))]

    @property
    def importances_(self) -> np.ndarray:  # given
        """The share of each column in all that the questions gained: -> (d,)."""
        return importances(self.tree_, self.columns_)

    def path(self, x: np.ndarray) -> list[int]:  # given
        """The nodes that a row x (d,) comes through: see `trail`."""
        return trail(self.tree_, np.asarray(x, dtype=float))


def check(
    X: np.ndarray, y: np.ndarray, model: DecisionTree
) -> tuple[np.ndarray, np.ndarray]:  # given
    """X as floats, and y; ValueError if they do not fit, or codes are no codes."""
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if X.ndim != 2 or y.shape != (len(X),) or not len(X):
        raise ValueError(f"X (n, d) and y (n,) do not fit: {X.shape} and {y.shape}")
    if np.isinf(X).any():
        raise ValueError("X has infinite cells; an empty one is NaN")
    y = y.astype(float) if model.criterion == "mse" else y
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError("y has cells that are missing or infinite")
    codes = X[:, list(model.categorical)]
    if ((codes < 0) | (codes != np.floor(codes)))[~np.isnan(codes)].any():
        raise ValueError("categories are given by codes: 0, 1, 2 …")
    model.columns_ = X.shape[1]
    for j in model.categorical:
        model.codes_ = {**model.codes_, j: int(np.nanmax([-1, *X[:, j]])) + 1}
    return X, y


# The same questions as those of `grow`, for all nodes of a level at once. Skip it on a
# first reading; a test holds the two equal. Each column is sorted once only, and one
# running sum gives the gains of all its thresholds in all nodes. Let y be centred, less
# the mean of its node, and L its sum over the rows on the left. Then
#
#     n · gain = L² (1 / n_left + 1 / n_right)
#
# for "mse". For "gini" too: y is 1 in its class and 0 else, and the classes are summed.


class Level(NamedTuple):
    """The S nodes of a level that may be split, and the N places of their rows."""

    ids: np.ndarray  # (S,) their numbers in the tree
    start: np.ndarray  # (S,) the first place of each
    node: np.ndarray  # (N,) which of the S has this place
    n_left: np.ndarray  # (N,) places of this node up to here
    n_right: np.ndarray  # (N,) and after here
    fits: np.ndarray  # (N,) whether either side is large enough


class Grower:  # given
    """Grows the tree of X (n, d) and Y (k, n) with a model's settings: `.tree`."""

    def __init__(self, X: np.ndarray, Y: np.ndarray, model: DecisionTree) -> None:
        self.X, self.Y, self.settings = X, Y, model
        self.empty = np.isnan(X)
        known = X[:, list(model.categorical)]
        self.c = int(max([-1, *known[~np.isnan(known)]])) + 1  # the code of "empty"
        self.prepare()
        deepest = len(X) if model.max_depth is None else model.max_depth
        size = min(2 * len(X) - 1, 2 ** min(deepest + 1, 40) - 1)
        self.tree, self.nodes = blank(size, self.c + 1, len(Y)), 1
        self.slot = np.zeros(len(X), int)  # which node of the level each row is in
        root = np.array([0])
        self.C = self.settle(root, np.arange(len(X)), self.slot)
        ids = root[self.impure(root)]
        for _ in range(deepest):
            ids = self.split(self.level(ids)) if len(ids) else ids
        self.tree = Tree(*(part[: self.nodes] for part in self.tree))

    def prepare(self) -> None:
        """Sort the columns: x (c, n), feature, coded, missing_left (c,), and orders.

        A column with empty cells is there twice: with them above all else, so that they
        go right, and below, so that they go left. A category has them as one code more.
        """
        x, feature, fill = [], [], []
        for j, column in enumerate(self.X.T):
            empty = np.isnan(column)
            coded = j in self.settings.categorical
            for value in [self.c] if coded else [np.inf, -np.inf][: 1 + empty.any()]:
                x.append(np.where(empty, value, column))
                feature.append(j)
                fill.append(value)
        self.x, self.feature = np.array(x), np.array(feature)
        self.coded, self.missing_left = np.isfinite(fill), np.array(fill) == -np.inf
        self.codes = {int(c): x[c].astype(int) for c in np.flatnonzero(self.coded)}
        self.orders = [np.argsort(column, kind="stable") for column in x]

    def settle(
        self, ids: np.ndarray, rows: np.ndarray, child: np.ndarray
    ) -> np.ndarray:
        """Fill in n, value, impurity of new nodes; gives y of the rows, centred (k, N).

        `child` (N,) says to which of the ids each row belongs.
        """
        n = np.bincount(child, minlength=len(ids))
        sums = [np.bincount(child, y, len(ids)) for y in self.Y[:, rows]]
        mean = np.array(sums) / n  # (k, S)
        C = self.Y[:, rows] - mean[:, child]
        squares = sum(np.bincount(child, y * y, len(ids)) for y in C) / n
        if self.settings.criterion == "entropy":
            squares = -(mean * np.log2(np.where(mean > 0, mean, 1))).sum(axis=0)
        self.tree.n[ids], self.tree.value[ids] = n, mean.T
        self.tree.impurity[ids] = squares
        return C

    def impure(self, ids: np.ndarray) -> np.ndarray:
        """Which of the nodes may be split: mixed, and large enough."""
        mixed = self.tree.impurity[ids] > PURE * self.tree.impurity[0]
        return mixed & (self.tree.n[ids] >= 2 * self.settings.min_samples_leaf)

    def level(self, ids: np.ndarray) -> Level:
        """The places of the rows of these nodes."""
        sizes, fewest = self.tree.n[ids], max(self.settings.min_samples_leaf, 1)
        start, node = np.cumsum(sizes) - sizes, np.repeat(np.arange(len(ids)), sizes)
        n_left = np.arange(1, len(node) + 1) - start[node]
        n_right = sizes[node] - n_left
        fits = (n_left >= fewest) & (n_right >= fewest)
        return Level(ids, start, node, n_left, n_right, fits)

    def rank(self, c: int, level: Level) -> None:
        """Put for each code, as its x, the mean of y among its rows in the node.

        So categories stand in the order of what they say. To cut that order is the best
        of all ways to part them, for numbers and for two classes (Breiman 1984, theorem
        4.5). Of more classes the share of the commonest in the node is taken: good, but
        not sure to be the best.
        """
        rows, main = self.orders[c], self.tree.value[level.ids].argmax(axis=1)
        node = self.slot[rows]
        key = node * (self.c + 1) + self.codes[c][rows]
        sums = np.bincount(key, self.C[main[node], rows])
        self.x[c, rows] = (sums / np.maximum(np.bincount(key), 1))[key]
        self.orders[c] = rows[np.lexsort((self.x[c, rows], node))]

    def gains(self, order: np.ndarray, level: Level) -> np.ndarray:
        """n · gain of a cut after each place, in this order of the rows: -> (N,)."""
        a, b = level.n_left, level.n_right
        sums = (np.cumsum(y.take(order)) for y in self.C)  # L of each class
        if self.settings.criterion != "entropy":
            squares = next(sums) ** 2
            for L in sums:
                squares += L**2
            return squares * (1 / a + 1 / np.maximum(b, 1))
        ids = level.ids[level.node]
        total = self.tree.impurity[ids] * (a + b) - xlogx(a) - xlogx(b)
        for L, share in zip(sums, self.tree.value[ids].T):
            count = np.rint(L + a * share)  # of the class, on the left
            total += xlogx(count) + xlogx(np.rint((a + b) * share) - count)
        return np.maximum(total, 0)

    def best(self, c: int, level: Level) -> tuple[np.ndarray, np.ndarray]:
        """n · gain of the best question of a column in each node, and its threshold."""
        x = self.x[c].take(self.orders[c])
        fits = level.fits.copy()
        fits[:-1] &= x[:-1] < x[1:]
        gains = np.where(fits, self.gains(self.orders[c], level), -np.inf)
        top = np.maximum.reduceat(gains, level.start)
        places = np.flatnonzero(gains >= (top - self.equal(level))[level.node])[::-1]
        first = np.zeros(len(top), int)
        first[level.node[places]] = places  # the last that is written stays: the first
        low, high = x[first], x[np.minimum(first + 1, len(x) - 1)]
        middle = low / 2 + np.where(high == -np.inf, 0, high / 2)
        return top, np.where((middle < high) | (high == np.inf), middle, low)

    def equal(self, level: Level) -> np.ndarray:
        """So much may n · gain differ and yet be equal: (S,)."""
        return EQUAL * self.tree.impurity[level.ids] * self.tree.n[level.ids]

    def split(self, level: Level) -> np.ndarray:
        """Ask all nodes their best question; gives the new nodes that may be split."""
        for c in self.codes:
            self.rank(c, level)
        found = [self.best(c, level) for c in range(len(self.x))]
        gains, thresholds = (np.array(part) for part in zip(*found))  # (c, S)
        winner = (gains >= gains.max(axis=0) - self.equal(level)).argmax(axis=0)
        threshold = thresholds[winner, np.arange(len(winner))]
        asks = gains.max(axis=0) > -np.inf
        rows = self.orders[0][asks[level.node]]
        node = (np.cumsum(asks) - 1)[self.slot[rows]]  # which of those that ask
        ids, winner, threshold = level.ids[asks], winner[asks], threshold[asks]
        x = self.x[winner[node], rows]
        yes = (x <= threshold[node]) & (x < np.inf)
        self.ask(ids, winner, threshold)
        self.decide_sides(ids, winner, node, rows, yes)
        return self.part(np.where(yes, node, node + len(ids)), 2 * len(ids), rows)

    def ask(self, ids: np.ndarray, winner: np.ndarray, threshold: np.ndarray) -> None:
        """Write the questions into the tree, and number the children."""
        tree, s = self.tree, np.arange(len(ids))
        tree.feature[ids] = self.feature[winner]
        tree.threshold[ids] = np.where(self.coded[winner], np.nan, threshold)
        tree.left[ids], tree.right[ids] = self.nodes + s, self.nodes + len(s) + s

    def decide_sides(self, ids: np.ndarray, winner: np.ndarray, node: np.ndarray,
                     rows: np.ndarray, yes: np.ndarray) -> None:  # fmt: skip
        """Sides for empty cells and for categories; where none was met, the larger."""
        tree, at = self.tree, ids[node]
        larger = 2 * np.bincount(node, yes, len(ids)) >= tree.n[ids]
        tree.missing_left[ids], tree.codes_left[ids] = larger, larger[:, None]
        empty = self.empty[rows, tree.feature[at]]
        tree.missing_left[at[empty]] = yes[empty]
        for column, codes in self.codes.items():
            mine = winner[node] == column
            tree.codes_left[at[mine], codes[rows[mine]]] = yes[mine]

    def part(self, child: np.ndarray, many: int, rows: np.ndarray) -> np.ndarray:
        """Send the rows to their children; gives those of them that may be split."""
        ids = self.nodes + np.arange(many)
        self.nodes += many
        self.C[:, rows] = self.settle(ids, rows, child)
        goes_on = self.impure(ids)
        self.slot[rows] = (np.cumsum(goes_on) - 1)[child]
        left, right = np.zeros((2, len(self.X)), bool)
        left[rows] = goes_on[child] & (child < many // 2)
        right[rows] = goes_on[child] & (child >= many // 2)
        self.orders = [np.concatenate([o[left[o]], o[right[o]]]) for o in self.orders]
        return ids[goes_on]


def blank(m: int, codes: int, k: int) -> Tree:  # given
    """A tree of m leaves, to be filled in."""
    none, no, zero = np.full(m, -1), np.zeros(m, bool), np.zeros(m)
    threshold, codes_left = np.full(m, np.nan), np.zeros((m, codes), bool)
    value, n = np.zeros((m, k)), np.zeros(m, int)
    return Tree(
        none, threshold, none.copy(), none.copy(), no, codes_left, value, n, zero
    )


def xlogx(x: np.ndarray) -> np.ndarray:  # given
    """x log₂ x of counts; 0 for 0."""
    return x * np.log2(np.maximum(x, 1))


def parents(tree: Tree) -> np.ndarray:  # given
    """The node above each: -> (m,); −1 of the root."""
    above = np.full(len(tree.n), -1)
    asks = np.flatnonzero(tree.feature >= 0)
    above[tree.left[asks]] = above[tree.right[asks]] = asks
    return above


def depths(tree: Tree) -> np.ndarray:  # given
    """How many questions stand before each node: -> (m,)."""
    depth = np.zeros(len(tree.n), int)
    for node, above in enumerate(parents(tree)[1:], start=1):
        depth[node] = depth[above] + 1
    return depth


def cut(model: DecisionTree, keep: np.ndarray) -> DecisionTree:  # given
    """A copy of a fitted tree in which only the nodes of `keep` (m,) bool still ask."""
    tree = model.tree_
    asks, reached = keep & (tree.feature >= 0), np.zeros(len(keep), bool)
    reached[0] = True
    for node in np.flatnonzero(asks):
        if reached[node]:
            reached[[tree.left[node], tree.right[node]]] = True
    asks, number = asks[reached], np.cumsum(reached) - 1
    tree = Tree(*(part[reached] for part in tree))
    left, right = (np.where(asks, number[to], -1) for to in (tree.left, tree.right))
    other = copy.copy(model)
    other.tree_ = tree._replace(
        feature=np.where(asks, tree.feature, -1), left=left, right=right,
        threshold=np.where(asks, tree.threshold, np.nan),
    )  # fmt: skip
    return other


def weakest_links(tree: Tree) -> np.ndarray:
    """The alpha from which on each node does better as a leaf: -> (m,); 0 for leaves.

    As a leaf, node t costs R(t) = impurity(t) · n(t) / n(root). Its branch, all that is
    below it, costs R(branch), the sum over its leaves, and has |branch| leaves:

        g(t) = (R(t) − R(branch)) / (|branch| − 1)

    is what each leaf too many saves. Make the t of the least g (of equal ones the
    first) a leaf, correct R(branch) and |branch| of all nodes above it, and so on, up
    to the root. A node's alpha is the largest g so far (0 at least) when it becomes a
    leaf, or vanishes with a branch.
    """
    asks, above = tree.feature >= 0, parents(tree)
    R = tree.impurity * tree.n / tree.n[0]
    cost, leaves = np.where(asks, 0, R), np.where(asks, 0, 1)
    for t in range(len(R) - 1, 0, -1):  # children come after their parents
        cost[above[t]] += cost[t]
        leaves[above[t]] += leaves[t]
    g = np.where(asks, (R - cost) / np.maximum(leaves - 1, 1), np.inf)
    links, alpha = np.zeros(len(R)), 0.0
    while g[0] < np.inf:
        t = int(g.argmin())
        alpha = max(alpha, float(g[t]))
        vanish(tree, t, alpha, g, links)
        saved, lost = R[t] - cost[t], leaves[t] - 1
        while t > 0:
            t = int(above[t])
            cost[t], leaves[t] = cost[t] + saved, leaves[t] - lost
            g[t] = (R[t] - cost[t]) / (leaves[t] - 1)
    return links


def vanish(
    tree: Tree, t: int, alpha: float, g: np.ndarray, links: np.ndarray
) -> None:  # given
    """Give all that asks in branch t the link alpha, and g = ∞: it is gone."""
    nodes = [t]
    while nodes:
        t = nodes.pop()
        if g[t] < np.inf:
            links[t], g[t] = alpha, np.inf
            nodes += [int(tree.left[t]), int(tree.right[t])]


def prune(tree: DecisionTree, alpha: float) -> DecisionTree:
    """A copy of a fitted tree, in which each leaf is worth more than `alpha`.

    Nodes whose `weakest_links` are above alpha go on asking, the others are leaves
    (`cut` makes the copy). No other pruning has a lower R(tree) + alpha · leaves. The
    tree itself stays as it is. ValueError unless alpha is 0 or more.
    """
    if not alpha >= 0:
        raise ValueError(f"alpha = {alpha}: what a leaf has to save is 0 or more")
    return cut(tree, weakest_links(tree.tree_) > alpha)


def skill(model: DecisionTree, X: np.ndarray, y: np.ndarray) -> float:
    """How good a tree's answers are. Classes: the share that is right. Numbers: R².

    R² = 1 − Σ (y − ŷ)² / Σ (y − mean of y)²       (0 if all y are equal)
    """
    y_hat = model.predict(X)
    if len(model.classes_):
        return float((y_hat == y).mean())
    spread = ((y - y.mean()) ** 2).sum()
    return float(1 - ((y - y_hat) ** 2).sum() / spread) if spread > 0 else 0.0


def folds_of(n: int, folds: int, rng: np.random.Generator) -> np.ndarray:
    """A fold, 0 … folds − 1, for each of n rows: -> (n,).

    At random, and so that the sizes of the folds differ by 1 at most.
    """
    return rng.permutation(np.arange(n) % folds)


def choose_alpha(
    model: DecisionTree, X: np.ndarray, y: np.ndarray, folds: np.ndarray
) -> tuple[float, np.ndarray]:
    """The alpha that prunes best for rows not learnt from, and a table of all tried.

    folds (n,) says in which fold each row is. `candidates` of a tree of all rows gives
    the alphas to try, rising. For each fold a tree learns from the other folds; pruned
    by each alpha, its `skill` on the fold is noted. The table (a, 3) holds alpha, the
    mean skill over the folds, and its standard error (np.std over folds / √folds).
    Chosen is the largest alpha whose mean skill is within 1e-9 of the best. The model
    stays as it is: copy.copy(model).fit(…) fits a copy.
    """
    alphas = candidates(weakest_links(copy.copy(model).fit(X, y).tree_))
    skills = []
    for fold in np.unique(folds):
        out = folds == fold
        tree = copy.copy(model).fit(X[~out], y[~out])
        links = weakest_links(tree.tree_)
        skills.append([skill(cut(tree, links > a), X[out], y[out]) for a in alphas])
    means = np.mean(skills, axis=0)
    errors = np.std(skills, axis=0) / np.sqrt(len(skills))
    best = np.flatnonzero(means >= means.max() - 1e-9)[-1]
    return float(alphas[best]), np.column_stack([alphas, means, errors])


def candidates(links: np.ndarray, most: int = 60) -> np.ndarray:  # given
    """Alphas between those at which a tree changes: 0, geometric means, the last."""
    known = np.unique(links[links > 0])
    between = np.sqrt(known[:-1] * known[1:])
    alphas = np.unique(np.concatenate([[0.0], between, known[-1:]]))
    some = np.linspace(0, len(alphas) - 1, min(most, len(alphas)))
    return alphas[np.unique(np.rint(some).astype(int))]


# --------------------------------------------------------------------------
# Milestone 4: what the tree has understood


def importances(tree: Tree, d: int) -> np.ndarray:
    """The share of each of d columns in all that the questions gained: -> (d,), sum 1.

    A node that asks has gained  n · impurity − those of its two children;  each column
    has the sum of the nodes that ask about it. All 0 if nothing was gained.
    """
    t = np.flatnonzero(tree.feature >= 0)
    mass = tree.n * tree.impurity
    gained = mass[t] - mass[tree.left[t]] - mass[tree.right[t]]
    total = np.bincount(tree.feature[t], np.maximum(gained, 0), minlength=d)
    return total / total.sum() if total.sum() > 0 else total


def trail(tree: Tree, x: np.ndarray) -> list[int]:
    """The numbers of the nodes that a row x (d,) passes: 0 first, its leaf last."""
    nodes = [0]
    while tree.feature[nodes[-1]] >= 0:
        node = nodes[-1]
        yes = goes_left(tree, np.array([node]), x[tree.feature[[node]]])[0]
        nodes.append(int(tree.left[node] if yes else tree.right[node]))
    return nodes


def permutation_importance(
    model: DecisionTree, X: np.ndarray, y: np.ndarray, rng: np.random.Generator,
    rounds: int = 20,
) -> np.ndarray:  # fmt: skip
    """What the tree's `skill` loses when one column is shuffled: -> (rounds, d).

    Each round shuffles the cells of one column among the rows of X (n, d), which stays
    as it is. A column that is never asked about loses 0. On rows that the tree has not
    learnt from, a column that only helped to learn by heart loses nothing.
    """
    before, lost = skill(model, X, y), np.zeros((rounds, X.shape[1]))
    for r in range(rounds):
        for j in range(X.shape[1]):
            shuffled = X.copy()
            shuffled[:, j] = rng.permutation(X[:, j])
            lost[r, j] = before - skill(model, shuffled, y)
    return lost


def noise_importance(
    model: DecisionTree, X: np.ndarray, y: np.ndarray, rng: np.random.Generator,
    rounds: int = 20, alpha: float = 0.0,
) -> np.ndarray:  # fmt: skip
    """The importance that a column of pure noise gets from a tree: -> (rounds,).

    Each round puts a column of random numbers (normal) after the last of X, fits a tree
    of the same settings to it, and prunes it by alpha. The model stays as it is:
    copy.copy(model).fit(…) fits a copy. A column of yours that is not more important
    than the noise may be there by luck.
    """
    found = []
    for _ in range(rounds):
        wider = np.column_stack([X, rng.normal(size=len(X))])
        tree = prune(copy.copy(model).fit(wider, y), alpha)
        found.append(tree.importances_[-1])
    return np.array(found)


def combined(model: DecisionTree, columns: Sequence[int]) -> np.ndarray:  # given
    """Every combination of new cells worth a try in these columns: -> (tries, columns).

    The codes of a category, or the nearest cell on either side of each threshold.
    """
    tree, cells = model.tree_, []
    for j in columns:
        at = tree.threshold[tree.feature == j]
        at = np.unique(at[np.isfinite(at)])
        codes = np.arange(float(model.codes_.get(j, 0)))
        sides = np.concatenate([at, np.nextafter(at, np.inf)])
        cells.append(codes if j in model.categorical else sides)
    if math.prod(map(len, cells)) > TRIES:
        return np.empty((0, len(columns)))
    return np.stack(np.meshgrid(*cells), axis=-1).reshape(-1, len(columns))


def smallest_flip(
    model: DecisionTree, x: np.ndarray, spread: np.ndarray
) -> dict[int, float]:
    """The smallest change of a row x (d,) that changes its class: {column: new cell}.

    Of the columns that the tree asks about, first each alone is tried, then each two,
    then each three, in all the ways of `combined`. The first number of columns that can
    do it is kept, and of its ways the one of the least  Σ |new − old| / spread[column],
    where a category or a cell that was empty counts 1. {} if none does it. spread (d,).
    (`predict` wants a table: x[None], of shape (1, d), is one of a single row.)
    """
    asked, own = np.unique(model.tree_.feature), model.predict(x[None])[0]
    for k in range(1, min(len(asked), MANY + 1)):  # asked[0] is −1, of the leaves
        best: dict[int, float] = {}
        least = np.inf
        for columns in combinations(asked[1:].tolist(), k):
            new = combined(model, columns)
            rows = np.tile(x, (len(new), 1))
            rows[:, columns] = new
            cost = np.zeros(len(new))
            for j in columns:
                step = np.abs(rows[:, j] - x[j]) / spread[j]
                cost += 1 if j in model.categorical or np.isnan(x[j]) else step
            cost[model.predict(rows) == own] = np.inf
            if cost.min(initial=np.inf) < least:
                least = cost.min()
                best = dict(zip(columns, new[cost.argmin()].tolist()))
        if best:
            return best
    return {}


# --------------------------------------------------------------------------
# The picture


class Table(NamedTuple):
    """What the columns of a file mean."""

    target: str
    names: list[str]  # of the d columns that are asked about
    words: list[list[str]]  # of each: its categories by code; none if it has numbers
    classes: list[str]  # of the target by code; none if it has numbers
    holes: list[bool]  # whether a column has empty cells


def tidy(x: float) -> str:
    """A number in at most four digits, never as 4.345e+05."""
    return f"{float(f'{x:.4g}'):,.15g}"


def question(table: Table, tree: Tree, node: int) -> tuple[str, str, str]:
    """The question of a node, and short words for yes and for no."""
    j, at = int(tree.feature[node]), tree.threshold[node]
    name, hole = table.names[j], table.holes[j]
    if at == np.inf:
        return f"{name} known", "known", "unknown"
    if not np.isnan(at):
        unknown = " or unknown" * bool(hole and tree.missing_left[node])
        return f"{name} <= {tidy(at)}{unknown}", f"<= {tidy(at)}", f"> {tidy(at)}"
    sides = {True: "", False: ""}
    for yes in sides:
        codes = tree.codes_left[node, : len(table.words[j])]
        words = [w for w, code in zip(table.words[j], codes) if code == yes]
        words = words[:3] + [f"{len(words) - 3} more"] * (len(words) > 3)
        words += ["unknown"] * bool(hole and tree.codes_left[node, -1] == yes)
        sides[yes] = ", ".join(words)
    return f"{name} = {sides[True]}", sides[True], sides[False]


def answer(table: Table, tree: Tree, node: int) -> str:
    """What a leaf says."""
    value = tree.value[node]
    if not table.classes:
        return f"{table.target} = {tidy(value[0])}"
    best = int(value.argmax())
    return f"{table.target}={table.classes[best]} (probability: {value[best]:.2f})"


def layout(tree: Tree) -> tuple[np.ndarray, int]:
    """The x of each node, and the number of leaves, which stand 1 apart."""
    x, stack, leaf = np.zeros(len(tree.n)), [0], 0
    while stack:  # from left to right
        node = stack.pop()
        if tree.feature[node] >= 0:
            stack += [int(tree.right[node]), int(tree.left[node])]
        else:
            x[node], leaf = leaf + 0.5, leaf + 1
    for node in np.flatnonzero(tree.feature >= 0)[::-1]:
        x[node] = (x[tree.left[node]] + x[tree.right[node]]) / 2
    return x, leaf


def visitors(tree: Tree, X: np.ndarray) -> list[np.ndarray]:
    """The rows of X that come to each node."""
    rows = [np.arange(len(X))] * len(tree.n)
    for node in np.flatnonzero(tree.feature >= 0):
        here = rows[node]
        yes = goes_left(tree, np.full(len(here), node), X[here, tree.feature[node]])
        rows[tree.left[node]], rows[tree.right[node]] = here[yes], here[~yes]
    return rows


class Portrait:
    """Draws a tree: with each question a histogram of what it is about."""

    def __init__(self, table: Table, tree: Tree, X: np.ndarray, y: np.ndarray):
        self.table, self.tree, self.X, self.y = table, tree, X, y
        self.x, self.leaves = layout(tree)
        self.y0, self.rows = -depths(tree), visitors(tree, X)

    def draw(self, ax: Axes, shown: int, path: Sequence[int] = ()) -> None:
        """So many levels of questions; a dark line joins the nodes of `path`."""
        ax.clear()
        self.asks = (self.tree.feature >= 0) & (-self.y0 < shown)
        ax.set(xlim=(0, self.leaves), ylim=(self.y0.min() - 0.6, 0.55))
        ax.axis("off")
        self.letter = ax.figure.get_figwidth() * 72 / self.leaves  # points a leaf has
        self.size = float(np.clip(0.15 * self.letter, 6.3, 10))
        for node in np.flatnonzero(-self.y0 <= shown).tolist():
            if self.asks[node]:
                self.ask(ax, node, path)
            else:
                self.leaf(ax, node)
        for c, name in enumerate(self.table.classes[:6]):
            label = f"{self.table.target} {name}"
            ax.plot([], [], "s", color=self.colour(c), label=label)
        if self.table.classes:
            ax.legend(loc="upper left", fontsize=9)

    def colour(self, value: float) -> Any:
        """The colour of a class; or of a number, from blue for low to yellow."""
        if self.table.classes:
            return figures.COLOURS[int(value) % len(figures.COLOURS)]
        import matplotlib

        low, high = np.percentile(self.y, [5, 95])
        return matplotlib.colormaps["viridis"]((value - low) / max(high - low, 1e-99))

    def parts(self, rows: np.ndarray) -> Iterator[tuple[Any, int]]:
        """Colours and counts of rows: by class, or all in the colour of their mean."""
        if self.table.classes:
            for c in np.unique(self.y[rows]):
                yield self.colour(c), int((self.y[rows] == c).sum())
        elif len(rows):
            yield self.colour(self.y[rows].mean()), len(rows)

    def bars(self, node: int) -> tuple[list[np.ndarray], float]:
        """The rows in each bar of a histogram, and where the question parts them."""
        tree, rows = self.tree, self.rows[node]
        x, at = self.X[rows, tree.feature[node]], tree.threshold[node]
        rows, x = rows[~np.isnan(x)], x[~np.isnan(x)]
        kinds = np.unique(x)
        if np.isnan(at):  # categories: those for yes come first
            yes = tree.codes_left[node, kinds.astype(int)]
            order = [*kinds[yes], *kinds[~yes]]
            return [rows[x == kind] for kind in order], float(yes.mean())
        many, span = min(14, len(kinds)), max(float(np.ptp(x)), 1e-99)
        place = np.minimum((x - x.min()) / span * many, many - 1).astype(int)
        where = float(np.clip((at - x.min()) / span, 0, 1))
        return [rows[place == bar] for bar in range(many)], where

    def ask(self, ax: Axes, node: int, path: Sequence[int]) -> None:
        """A question, its histogram, and the lines to the two answers."""
        self.edges(ax, node, path)
        level = self.x[self.y0 == self.y0[node]]
        gap = np.abs(level - self.x[node])[level != self.x[node]].min(initial=9.9)
        width = min(self.leaves / 6, 0.9 * gap)
        left, foot, ink = self.x[node] - width / 2, self.y0[node] - 0.2, figures.INK
        bars, where = self.bars(node)
        step, tallest = width / len(bars), max(map(len, bars))
        for i, rows in enumerate(bars):
            base, at = foot, left + step * (i + 0.5)
            for colour, count in self.parts(rows):
                height = 0.34 * count / tallest
                ax.bar(at, height, 0.88 * step, base, color=colour, zorder=3)
                base += height
        line = [left + width * where] * 2, [foot - 0.04, foot + 0.38]
        ax.plot([left, left + width], [foot, foot], color=ink, lw=0.6, zorder=4)
        ax.plot(*line, color=ink, lw=1.6, zorder=4)
        text = question(self.table, self.tree, node)[0].replace("<=", "≤")
        room = min(gap, 9) * self.letter / (0.62 * self.size)
        letters = int(max(room, len(text) / 2 + 4))  # two lines at most
        self.write(ax, node, 0.2, "bottom", textwrap.fill(text, letters))

    def leaf(self, ax: Axes, node: int) -> None:
        """A bar of the shares of the classes, and what is said here."""
        width, value = min(0.8, self.leaves / 8), self.tree.value[node]
        left, total = self.x[node] - width / 2, max(len(self.rows[node]), 1)
        for colour, count in self.parts(self.rows[node]):
            share = width * count / total
            ax.barh(self.y0[node], share, 0.16, left, color=colour, zorder=3)
            left += share
        said = f"{100 * value.max():.0f} %" if self.table.classes else tidy(value[0])
        if self.table.classes and self.leaves <= 12:
            said = f"{self.table.classes[value.argmax()]}: {said}"
        of = f"of {self.tree.n[node]:,}" + " rows" * (not self.table.classes)
        self.write(ax, node, -0.12, "top", f"{said}\n{of}")

    def write(self, ax: Axes, node: int, dy: float, va: str, text: str) -> None:
        """A text above or below a node."""
        ax.text(self.x[node], self.y0[node] + dy, text, size=self.size, ha="center",
                va=va, zorder=5, bbox=WHITE)  # fmt: skip

    def edges(self, ax: Axes, node: int, path: Sequence[int]) -> None:
        """Lines to the two children, as thick as many rows go there."""
        tree = self.tree
        for child, word in ((tree.left[node], "yes"), (tree.right[node], "no")):
            end = 0.3 if self.asks[child] else 0.0
            x, y = self.x[[node, child]], self.y0[[node, child]] + [-0.2, end]
            width = 2.5 if child in path else 0.8 + 8 * tree.n[child] / tree.n[0]
            colour = figures.INK if child in path else "#C9CED6"
            ax.plot(x, y, color=colour, lw=width, zorder=1 + (child in path))
            if node == 0:
                ax.text(x.mean(), y.mean(), word, ha="center", va="center", zorder=5,
                        color=figures.MUTED, bbox=WHITE)  # fmt: skip


def draw_curve(ax: Axes, curve: np.ndarray, shown: int, name: str) -> None:
    """Skill on the rows it learnt from (0) and on others (1), for each depth."""
    ax.clear()
    end, best = len(curve) - 1, int(curve[:, 1].argmax())
    for part, word in ((0, "rows learnt from"), (1, "others")):
        colour, offset = figures.COLOURS[part + 2], (0, 8 - 16 * part)
        ax.plot(curve[:, part], f"-{'os'[part]}", color=colour, ms=5)
        ax.annotate(word, (end, curve[-1, part]), offset, textcoords="offset points",
                    color=colour, ha="right", va=("bottom", "top")[part])  # fmt: skip
    ax.axvline(min(shown, end), color=figures.MUTED, lw=1, ls=":")
    ax.set(xlabel="levels of questions", ylabel=name)
    ax.margins(y=0.2)
    ax.xaxis.get_major_locator().set_params(integer=True)
    finding = f"Others are known best by {best} of {end} levels"
    ax.set_title(finding if best < end else "Deeper is better still", fontsize=11)


def draw_importances(
    ax: Axes, names: Sequence[str], share: np.ndarray, noise: float
) -> None:
    """The importances of the first ten columns, and the line that noise reaches."""
    order = np.argsort(-share, kind="stable")[:10][::-1]
    colours = [figures.COLOURS[0] if share[j] > noise else "#B8BEC8" for j in order]
    ax.barh([names[j][:22] for j in order], share[order], color=colours, height=0.7)
    right = max(share.max(), noise)
    for i, j in enumerate(order):
        at = share[j] if abs(share[j] - noise) > 0.1 * right else max(share[j], noise)
        ax.text(at, i, f" {share[j]:.2f}", va="center", size=9)
    ax.axvline(noise, color=figures.COLOURS[1], ls="--", lw=1.3)
    text = f"dashed: what pure noise reaches, {noise:.2f}"
    ax.text(0.98, 0.05, text, transform=ax.transAxes, ha="right", size=9, bbox=WHITE,
            color=figures.COLOURS[1])  # fmt: skip
    some = ", the first 10" * (len(share) > 10)
    ax.set(xlim=(0, 1.15 * right + 0.01), xlabel=f"importance{some}")
    ax.grid(axis="y", visible=False)
    finding = f"{(share > noise).sum()} of {len(share)} columns beat noise"
    ax.set_title(finding, fontsize=11)


# --------------------------------------------------------------------------
# The command line


class Study(NamedTuple):
    """A file that was read."""

    table: Table
    X: np.ndarray  # (n, d)
    y: np.ndarray  # (n,) codes of the classes, or numbers
    frame: "pd.DataFrame"  # its rows


def as_words(column: "pd.Series") -> "pd.Series":
    """The cells as words, 1.0 as "1"; empty cells stay empty."""

    def word(cell: object) -> str:
        return f"{cell:g}" if isinstance(cell, float) else str(cell)

    return column.map(word, na_action="ignore")


def cells(frame: "pd.DataFrame", name: str, words: Sequence[str] = ()) -> np.ndarray:
    """A column as numbers, or as codes of its words: -> (n,), NaN where it is empty.

    A word that is not known counts as empty. ValueError where a number should be and is
    not, with file and line.
    """
    import pandas as pd

    column, file = frame[name], Path(frame.attrs["path"]).name
    if words:
        codes = {word: float(code) for code, word in enumerate(words)}
        return as_words(column).map(codes).to_numpy(float)
    x = pd.to_numeric(column, errors="coerce").to_numpy(float)
    bad = np.flatnonzero((np.isnan(x) & column.notna().to_numpy()) | np.isinf(x))
    if len(bad):
        where = f"{file}, line {frame.index[bad[0]]}, column {name!r}"
        cell = str(column.iloc[bad[0]])[:40]
        raise ValueError(f"{where}: {cell!r} is not a finite number")
    return x


def read_target(
    frame: "pd.DataFrame", target: str, criterion: str | None
) -> tuple[np.ndarray, list[str]]:
    """y and the names of its classes: codes of them; or numbers, and no names."""
    file = Path(frame.attrs["path"]).name
    words = sorted(as_words(frame[target]).unique())
    number = target in data.number_columns(frame)
    if criterion == "mse" or (number and len(words) > FEW and criterion is None):
        return cells(frame, target), []
    if len(words) < 2:
        raise ValueError(f"{file}: {target!r} is always {words[0]!r}: nothing to learn")
    if len(words) > min(MOST, len(frame) / 2):
        cure = "--criterion mse" if number else "--target NAME"
        what = f"{target!r} has {len(words)} values in {len(frame)} rows"
        raise ValueError(f"{file}: {what}, too many for classes; try {cure}")
    return cells(frame, target, words).astype(int), words


def pick_columns(
    frame: "pd.DataFrame", target: str, options: argparse.Namespace
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The columns to ask about, each with its words; and why others are left out."""
    data.check_columns(frame, [*(options.columns or []), *options.categories])
    chosen, out, numeric = {}, {}, data.number_columns(frame)
    few = min(FEW, len(frame) // 2)
    for name in options.columns or [name for name in frame if name != target]:
        words = sorted(as_words(frame[name]).dropna().unique())
        number = name in numeric and name not in options.categories
        if len(words) < 2:
            out[name] = "all alike"
        elif number and not options.columns and data.numbers_the_rows(frame[name]):
            out[name] = "numbers the rows"
        elif not number and not options.columns and len(words) > few:
            out[name] = f"{len(words)} texts"
        else:
            chosen[name] = [] if number else words
    if not chosen or target in chosen:
        raise ValueError(f"{options.file}: give columns beside {target!r} to ask about")
    return chosen, out


def read_table(options: argparse.Namespace) -> Study:
    """The file as questions can be asked about it; says what was made of it."""
    frame = data.read_csv(data.find(options.file))
    frame.columns = frame.columns.map(str)
    columns = [str(name) for name in frame]
    usual = [name for name in columns if name.lower() in TARGETS]
    target = options.target or [*usual, *columns][0 if usual else -1]
    data.check_columns(frame, [target])
    filled = frame[frame[target].notna()]
    filled.attrs.update(frame.attrs)
    if len(filled) < 5:
        few = f"{len(filled)} rows have a {target!r}; 5 are needed"
        raise ValueError(f"{options.file}: {few}")
    y, classes = read_target(filled, target, options.criterion)
    chosen, out = pick_columns(filled, target, options)
    X = np.column_stack([cells(filled, name, words) for name, words in chosen.items()])
    holes = list(zip(chosen, np.isnan(X).sum(axis=0).tolist()))
    kind = f"{len(classes)} classes" if classes else "a number"
    print(f"{Path(options.file).name}: {len(filled):,} rows; target: {target}, {kind}")
    asked = [n + "*" * bool(chosen[n]) + f" ({h} empty)" * (h > 0) for n, h in holes]
    gone = [f"{name} ({why})" for name, why in out.items()]
    if len(filled) < len(frame):
        gone.append(f"{len(frame) - len(filled)} rows without {target}")
    less = f"; left out: {', '.join(gone)}" * bool(gone)
    say(f"asked about (* categories): {', '.join(asked)}{less}")
    names, words = list(chosen), list(chosen.values())
    table = Table(target, names, words, classes, [h > 0 for _, h in holes])
    return Study(table, X, y, filled)


def say(text: str) -> None:
    """Print a text in lines of 80 letters; of a very long one the middle is cut."""
    short = text if len(text) < 900 else f"{text[:600]} ... {text[-200:]}"
    print(textwrap.fill(short, 80, initial_indent="  ", subsequent_indent="  "))


def print_tree(table: Table, tree: Tree, name: str) -> None:
    """The first questions with what they gain, then the whole tree, yes before no."""
    mass, deep = tree.n * tree.impurity, depths(tree)

    def split(t: int) -> str:
        gained = (mass[t] - mass[tree.left[t]] - mass[tree.right[t]]) / tree.n[t]
        return f"{question(table, tree, t)[0]} ({name} gain: {tidy(gained)})"

    if tree.feature[0] >= 0:
        print(f"Root split: {split(0)}")
        words, sides = question(table, tree, 0)[1:], (tree.left[0], tree.right[0])
        for side, word, t in zip(("Left", "Right"), words, sides):
            print(f"  {side} child ({word}): {answer(table, tree, t)}")
            if tree.feature[t] >= 0:
                print(f"    Split: {split(t)}")
    print(f"\nTree depth: {deep.max()}\nNodes: {len(tree.n)}")
    print("\nDecision Tree Visualization (in brackets: rows learnt from):")
    stack = [(0, "")]
    while stack:
        t, word = stack.pop()
        asks = tree.feature[t] >= 0 and deep[t] < SHOWN
        text = f"{question(table, tree, t)[0]}?" if asks else answer(table, tree, t)
        more = " and more questions" * bool(tree.feature[t] >= 0 and not asks)
        print(f"{'   ' * deep[t]}  {word}{text} [{tree.n[t]:,}]{more}")
        if asks:
            stack += [(int(tree.right[t]), "no:  "), (int(tree.left[t]), "yes: ")]


def percent(model: DecisionTree, X: np.ndarray, y: np.ndarray) -> str:
    """The share that is right in percent, or R²."""
    value = skill(model, X, y)
    return f"{100 * value:.1f}%" if len(model.classes_) else f"{value:.3f}"


def print_test(
    study: Study, model: DecisionTree, train: np.ndarray, test: np.ndarray
) -> None:
    """How good it is on rows it learnt from and on others, against a bare guess."""
    X, y, classes = study.X, study.y, study.table.classes
    name = "accuracy" if classes else "R²"
    print(f"\nTraining {name}: {percent(model, X[train], y[train])}")
    print(f"Test {name}: {percent(model, X[test], y[test])}")
    if classes:
        usual, p = np.bincount(y[train]).argmax(), skill(model, X[test], y[test])
        error, bare = np.sqrt(p * (1 - p) / len(test)), (y[test] == usual).mean()
        guess = f"always {study.table.target}={classes[usual]}: {100 * bare:.1f}%"
        say(f"({len(test):,} rows: give or take {100 * error:.1f}; {guess})")


def print_importances(
    table: Table, share: np.ndarray, lost: np.ndarray, noise: np.ndarray
) -> None:
    """Each column's share of what was gained, and what the test loses without it."""
    unit = "points" if table.classes else "hundredths of R²"
    print("\nFeature Importances:")
    for j in [j for j in np.argsort(-share, kind="stable")[:12] if share[j] > 0]:
        mean, sd = round(100 * lost[:, j].mean(), 1) + 0, 100 * lost[:, j].std()
        line = f"  {table.names[j]}: {share[j]:.2f}"
        print(f"{line:30}  shuffled: {mean:.1f} ± {sd:.1f} {unit} lost")
    most = f"{noise.mean():.2f} on average, {noise.max():.2f} at most"
    say(f"(a column of pure noise gets {most}, of {len(noise)} draws)")


def show_cell(table: Table, j: int, x: float) -> str:
    """A cell in words."""
    if np.isnan(x):
        return "unknown"
    return table.words[j][int(x)] if table.words[j] else tidy(x)


def explain(study: Study, model: DecisionTree, i: int, learnt: bool) -> list[int]:
    """Say why a row gets its answer, and what would change it; gives its path."""
    table, tree, x = study.table, model.tree_, study.X[i]
    others = study.frame.drop(columns=[*table.names, table.target]).iloc[i]
    print()
    known_by = ", ".join(f"{name} {cell}" for name, cell in others.dropna().items())
    say(f"Row {i + 1}: {known_by[:300]}")
    path = model.path(x)
    for node, after in zip(path, path[1:]):
        j, said = int(tree.feature[node]), "yes" if after == tree.left[node] else "no"
        cell = f"{table.names[j]} is {show_cell(table, j, x[j])}"
        print(f"    {question(table, tree, node)[0]}? {cell}: {said}")
    n, truth = tree.n[path[-1]], study.y[i]
    print(f"  So {answer(table, tree, path[-1])}, as of {n:,} known ones.")
    said = table.classes[truth] if table.classes else tidy(truth)
    whose = "one it learnt from" if learnt else "not one it learnt from"
    print(f"  In truth {table.target}={said} ({whose}).")
    if table.classes:
        say(flip_in_words(study, model, x))
    return path


def flip_in_words(study: Study, model: DecisionTree, x: np.ndarray) -> str:
    """The smallest change that flips the answer, and the answer then."""
    table, tree, words = study.table, model.tree_, []
    changes = smallest_flip(model, x, np.nanstd(study.X, axis=0))
    for j, new in changes.items():
        over = not table.words[j] and new not in tree.threshold
        cell = "over " * over + show_cell(table, j, new)
        words.append(f"{table.names[j]} were {cell}, not {show_cell(table, j, x[j])}")
    if not words:
        return f"No change of {MANY} cells or fewer was found that flips it."
    other = x.copy()
    other[list(changes)] = list(changes.values())
    then = answer(table, tree, model.path(other)[-1])
    return f"{then}, if {' and '.join(words)}."


def save_model(path: Path, table: Table, model: DecisionTree) -> None:
    """The tree and what its columns mean, as arrays: to load them runs no code."""
    about = json.dumps([table._asdict(), model.criterion])
    arrays = {"about": np.array(about), **model.tree_._asdict()}
    figures.write(path, lambda part: np.savez_compressed(part, **arrays))
    print(f"Tree saved to {path}")


def load_model(path: Path) -> tuple[Table, DecisionTree]:
    """What `save_model` wrote; ValueError if it is anything else."""
    if not path.exists():
        raise ValueError(f"{path}: no such model; to make one, name a CSV file as well")
    file = data.read_arrays(path)
    try:
        about, criterion = json.loads(str(file["about"]))
        tree = Tree(*(file[part] for part in Tree._fields))
        table = Table(**about)
        coded = [j for j, words in enumerate(table.words) if words]
        model = DecisionTree(criterion=criterion, categorical=coded)
        asks = np.flatnonzero(tree.feature >= 0)
        sides = np.stack([tree.left[asks], tree.right[asks]])
        ahead = (sides > asks) & (sides < len(tree.n))  # so no way leads in a circle
        sound = bool(ahead.all() and (tree.feature < len(table.names)).all())
        sound = sound and len({len(part) for part in tree}) == 1
    except (KeyError, TypeError, IndexError, ValueError):  # of other names or kinds
        sound = False
    if not sound:
        raise ValueError(f"{path}: {data.DAMAGED}")
    model.tree_, model.columns_ = tree, len(table.names)
    model.codes_ = {j: len(table.words[j]) for j in coded}
    model.classes_ = np.arange(len(table.classes))
    return table, model


def predict_file(table: Table, model: DecisionTree, name: str) -> None:
    """Answers for the rows of another file, into predictions.csv; prints the first."""
    frame = data.read_csv(data.find(name))
    frame.columns = frame.columns.map(str)
    data.check_columns(frame, table.names)
    X = np.column_stack([cells(frame, n, w) for n, w in zip(table.names, table.words)])
    y = model.predict(X)
    frame["prediction"] = [table.classes[c] for c in y] if table.classes else y
    if table.classes:
        frame["probability"] = model.predict_proba(X).max(axis=1).round(4)
    path = Path("predictions.csv")
    figures.write(path, lambda part: frame.to_csv(part, index=False))
    for i in range(min(3, len(frame))):
        print(f"  row {i + 1}: {answer(table, model.tree_, model.path(X[i])[-1])}")
    print(f"{len(frame):,} predictions saved to {path}")


def make_model(
    options: argparse.Namespace, table: Table, deepest: int | None
) -> DecisionTree:
    """A tree with the settings of the command line, not fitted."""
    coded = [j for j, words in enumerate(table.words) if words]
    criterion = "mse" if not table.classes else options.criterion or "gini"
    return DecisionTree(deepest, options.min_samples_leaf, criterion, coded)


def learn(
    options: argparse.Namespace, table: Table, X: np.ndarray, y: np.ndarray
) -> tuple[DecisionTree, float]:
    """The tree that the options ask for, and the alpha it is pruned by (0: not)."""
    depth = options.max_depth or (None if options.prune else 3)
    model = make_model(options, table, depth).fit(X, y)
    if not options.prune:
        return model, 0.0
    folds = folds_of(len(y), min(10, len(y)), np.random.default_rng(options.seed))
    alpha, _ = choose_alpha(model, X, y, folds)
    small = prune(model, alpha)
    before, after = ((len(tree.tree_.n) + 1) // 2 for tree in (model, small))
    print(f"Pruned: {after:,} of {before:,} leaves are left, alpha = {alpha:.2g}")
    return small, alpha


def by_depth(
    model: DecisionTree, study: Study, parts: Sequence[np.ndarray]
) -> np.ndarray:
    """Skill on each part of the rows, of 0, 1, 2 … levels: -> (levels, parts)."""
    X, y, model = study.X, study.y, copy.copy(model)
    model.max_depth = 15
    depth = depths(model.fit(X[parts[0]], y[parts[0]]).tree_)
    trees = [cut(model, depth < level) for level in range(depth.max() + 1)]
    return np.array([[skill(t, X[rows], y[rows]) for rows in parts] for t in trees])


def picture(study: Study, model: DecisionTree, options: argparse.Namespace,
            parts: Sequence[np.ndarray], noise: np.ndarray, path: Sequence[int]
            ) -> None:  # fmt: skip
    """The tree as it grows; below it, skill by depth, and the importances."""
    table, train = study.table, parts[0]
    plt = figures.start(options)
    fig, axes = plt.subplot_mosaic("TT;CI", figsize=(12, 8), height_ratios=[2.1, 1])
    drawn = cut(model, depths(model.tree_) < SHOWN)
    portrait = Portrait(table, drawn.tree_, study.X[train], study.y[train])
    name, scale = ("right, %", 100) if table.classes else ("R²", 1)
    curve = scale * by_depth(model, study, parts)
    draw_importances(axes["I"], table.names, model.importances_, noise.max())
    last = int(-portrait.y0.min())

    def update(shown: int) -> None:
        tree = model if shown == last else cut(drawn, -portrait.y0 < shown)
        portrait.draw(axes["T"], shown, path)
        draw_curve(axes["C"], curve, shown, name)
        own, others = (percent(tree, study.X[p], study.y[p]) for p in parts)
        leaves = (len(tree.tree_.n) + 1) // 2
        right = "right about" if table.classes else "R²"
        count = f"{leaves:,} leaves" if leaves > 1 else "No question"
        words = f"{count}: {right} {own} of its own rows, {others} of others"
        if shown == last and len(drawn.tree_.n) < len(model.tree_.n):
            words += f" (drawn: {last} levels)"
        fig.suptitle(words, x=0.01, ha="left")

    film = figures.Film(fig, update, last + 1, fps=1)
    fig.canvas.mpl_connect("resize_event", lambda event: film.go(film.frame))
    figures.finish(options, fig, film=film)


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase4_ml/decision_tree.py titanic.csv
        python phase4_ml/decision_tree.py titanic.csv --max-depth 5 --criterion entropy
        python phase4_ml/decision_tree.py iris.csv --prune
        python phase4_ml/decision_tree.py titanic.csv --model titanic.npz
        python phase4_ml/decision_tree.py --model titanic.npz --predict new.csv"""
    parser = console.parser(__file__, __doc__, examples)
    add, whole = parser.add_argument, console.whole
    add("file", nargs="?", help="CSV file (default titanic.csv)")
    target = "column to predict (default: one of a usual name, or the last)"
    add("--target", metavar="NAME", help=target)
    only = "use these columns only"
    add("--columns", type=console.names, metavar="A,B", help=only)
    codes = "numbers in these columns are names of categories"
    add("--categories", type=console.names, default=[], metavar="A,B", help=codes)
    depth = "levels of questions at most (default 3; with --prune any number)"
    add("--max-depth", type=whole(1, 60), metavar="N", help=depth)
    fewest = "rows that a leaf has at least (default 1)"
    add("--min-samples-leaf", type=whole(1), default=1, metavar="N", help=fewest)
    kinds = "gini or entropy for classes, mse for numbers (default gini or mse)"
    add("--criterion", choices=list(IMPURITY), help=kinds)
    back = "grow fully, then cut back to what cross-validation advises"
    add("--prune", action="store_true", help=back)
    why = "why row N gets its answer, and the smallest change that flips it"
    add("--explain", type=whole(1), metavar="N", help=why)
    keep = "save the tree there (.npz); with --predict and no CSV file: use it"
    add("--model", type=console.new_file(".npz"), metavar="FILE", help=keep)
    rows = "predict the rows of this CSV file, into predictions.csv"
    add("--predict", metavar="FILE", help=rows)
    figures.add_options(parser, __file__, script="left left right")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Grow a tree, say what it has understood, and draw it."""
    options = build_parser().parse_args(argv)
    if options.predict:
        data.find(options.predict)  # before the work, not after it
    if options.model and options.predict and not options.file:
        predict_file(*load_model(options.model), options.predict)
        return 0
    options.file = options.file or "titanic.csv"
    print("=== Decision Tree Classifier from Scratch ===\n", flush=True)
    study = read_table(options)
    table, X, y, n = study.table, study.X, study.y, len(study.y)
    if options.explain and options.explain > n:
        raise ValueError(f"--explain {options.explain}: there are {n:,} rows")
    rng = np.random.default_rng(options.seed)
    test, train = np.split(rng.permutation(n), [max(1, round(n / 5))])
    print(f"\nBuilding tree on {len(train):,} rows...", flush=True)
    model, alpha = learn(options, table, X[train], y[train])
    print_tree(table, model.tree_, GAINS[model.criterion])
    print_test(study, model, train, test)
    lost = permutation_importance(model, X[test], y[test], rng)
    some = train[:3000]  # enough to see what noise can do
    noise = noise_importance(model, X[some], y[some], rng, 20, alpha)
    print_importances(table, model.importances_, lost, noise)
    path: list[int] = []
    if options.explain:
        i = options.explain - 1
        path = explain(study, model, i, bool((train == i).any()))
    if options.model:
        save_model(options.model, table, model)
    if options.predict:
        predict_file(table, model, options.predict)
    if options.save or options.script or not options.no_show:
        picture(study, model, options, (train, test), noise, path)
    return 0


if __name__ == "__main__":
    console.run(main)
