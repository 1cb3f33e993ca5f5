"""Chapter 16, the decision tree: the judge of the four milestones."""

from itertools import combinations

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, settings, strategies
from judge import close, holds, refuses
from scipy import stats
from sklearn import metrics
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

dt = chapter("decision_tree")

SEEDS = strategies.integers(0, 10**6)
CRITERIA = ("gini", "entropy", "mse")


def table(seed: int, most: int = 25) -> tuple[np.ndarray, np.ndarray]:
    """X of small whole numbers, with many ties, and y of up to three classes."""
    rng = np.random.default_rng(seed)
    n, d = rng.integers(2, most), rng.integers(1, 4)
    X = rng.integers(0, rng.integers(2, 9), (n, d)).astype(float)
    return X, rng.integers(0, rng.integers(1, 4), n)


def smooth(seed: int, n: int = 240, d: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """X without equal values (in single precision too), y that column 1 half tells."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)).astype(np.float32).astype(float)
    return X, ((X[:, 1] + 0.8 * rng.normal(size=n)) > 0.3).astype(int)


def blurred(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The same with numbers for classes: no two questions gain the same."""
    X, y = smooth(seed)
    return X, y + np.random.default_rng(seed).normal(size=len(y))


def mixed(y: np.ndarray, criterion: str) -> float:
    """The impurity, by a road of its own: by pairs, by scipy, by numpy."""
    if len(y) == 0:
        return 0.0
    if criterion == "gini":
        return float((y[:, None] != y[None, :]).mean())
    if criterion == "mse":
        return float(np.var(y))
    return float(stats.entropy(np.unique(y, return_counts=True)[1], base=2))


def gained(y: np.ndarray, left: np.ndarray, criterion: str) -> float:
    share = left.mean()
    after = share * mixed(y[left], criterion) + (1 - share) * mixed(y[~left], criterion)
    return mixed(y, criterion) - after


def best_gain(X: np.ndarray, y: np.ndarray, criterion: str, fewest: int = 1) -> float:
    """The best gain of all thresholds of all columns; −1 if none can be asked."""
    gains = [-1.0]
    for x in X.T:
        for value in np.unique(x)[:-1]:
            left = x <= value
            if min(left.sum(), (~left).sum()) >= fewest:
                gains.append(gained(y, left, criterion))
    return max(gains)


def tree_of(**columns: list) -> object:
    """A Tree by hand: two classes, no categories, unless said otherwise."""
    m = len(columns["feature"])
    blank = {
        "threshold": [np.nan] * m, "left": [-1] * m, "right": [-1] * m,
        "missing_left": [False] * m, "codes_left": [[False]] * m,
        "value": [[0.5, 0.5]] * m, "n": [1] * m, "impurity": [0.0] * m,
    }  # fmt: skip
    return dt.Tree(**{k: np.array(v) for k, v in {**blank, **columns}.items()})


# --------------------------------------------------------------------------
# Milestone 1: the best question


@pytest.mark.milestone1
@pytest.mark.parametrize("y, want", [
    (["a", "a", "a", "b"], 3 / 8),  # 1 − 9/16 − 1/16
    ([0, 1, 2, 1, 2, 2], 11 / 18),  # 1 − 1/36 − 4/36 − 9/36
    ([7, 7, 7], 0.0),
    ([], 0.0),
])  # fmt: skip
def test_gini_by_hand(y, want):
    close(dt.gini(np.array(y)), want, f"gini({y})")


@pytest.mark.milestone1
@given(seed=SEEDS)
@settings(max_examples=25)
def test_gini_is_the_chance_that_two_draws_differ(seed):
    y = table(seed)[1]
    close(dt.gini(y), mixed(y, "gini"), f"gini({y.tolist()})")


@pytest.mark.milestone1
def test_gain_of_ten_passengers():
    """4 women, of whom 3 lived; 6 men, of whom 1. All: 1 − 0.4² − 0.6² = 0.48. Women:
    1 − 9/16 − 1/16 = 0.375. Men: 1 − 1/36 − 25/36 = 0.2778. Left over is
    0.4 · 0.375 + 0.6 · 0.2778 = 0.3167, so the question gains 0.1633."""
    y = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0, 0])
    woman = np.arange(10) < 4
    close(dt.gain(y, woman), 0.48 - 0.15 - 1 / 6, "gain of asking for women")
    close(dt.gain(y, woman, "gini"), dt.gain(y, ~woman), "gain of asking for men")


@pytest.mark.milestone1
def test_the_question_for_women_gains_on_the_titanic_what_the_chapter_says():
    """Of 314 women 233 lived, of 577 men 109: 0.47301 − (314 · 0.38278 + 577 · 0.30642)
    / 891 = 0.13965. (0.16, as one reads, it is not.)"""
    counts = [233, 81, 109, 468]
    y, woman = (
        np.repeat([1, 0, 1, 0], counts),
        np.repeat([True, True, False, False], counts),
    )
    close(dt.gain(y, woman), 0.1396479574, "gain of Sex on the Titanic", rtol=1e-8)


@pytest.mark.milestone1
def test_a_question_that_parts_nobody_gains_nothing():
    y = np.array([0, 1, 1, 0, 1])
    for left in (np.ones(5, bool), np.zeros(5, bool)):
        close(dt.gain(y, left), 0.0, "gain(y, all rows on one side)")


@pytest.mark.milestone1
@given(seed=SEEDS)
@settings(max_examples=25)
def test_a_gain_is_never_below_zero_and_at_most_the_impurity(seed):
    y = table(seed)[1]
    left = np.random.default_rng(seed).random(len(y)) < 0.5
    got = dt.gain(y, left)
    holds(0 <= got <= dt.gini(y) + 1e-12, "gain(y, left)", got, "from 0 to gini(y)")
    close(got, max(gained(y, left, "gini"), 0), "gain(y, left)")


@pytest.mark.milestone1
def test_midpoints_lie_between_different_values():
    close(
        dt.midpoints(np.array([4.0, 1, 4, 2, 8])), [1.5, 3, 6], "midpoints of 4 1 4 2 8"
    )
    close(dt.midpoints(np.array([3.0, 3.0])), [], "midpoints of 3 3")


@pytest.mark.milestone1
def test_a_threshold_parts_the_closest_and_the_largest_numbers():
    for low, high in ((1.0, np.nextafter(1, 2)), (1e308, 1.7e308), (-1e308, 1.6e308)):
        got = dt.midpoints(np.array([high, low]))
        holds(len(got) == 1 and low <= got[0] < high, f"midpoints of {low!r}, {high!r}",
              got, "one number, at least the lower and below the upper")  # fmt: skip
        asked = dt.best_split(np.array([[high], [low]]), np.array([1, 0]))
        close(
            asked, (0, got[0], 0.5), f"best_split of {low:.17g} (0) and {high:.17g} (1)"
        )


@pytest.mark.milestone1
def test_the_best_question_by_hand():
    """7 rows, 3 columns. Only column 1 parts the classes wholly, between 4 and 7: the
    gain is all the impurity there is, 1 − (3/7)² − (4/7)² = 24/49."""
    X = np.array(
        [[1, 2, 5], [2, 9, 5], [3, 3, 6], [4, 8, 6], [5, 4, 5], [6, 7, 6], [7, 9.5, 5]]
    )
    y = np.array(["no", "yes", "no", "yes", "no", "yes", "yes"])
    got = dt.best_split(X, y)
    close(got, [1, 5.5, 24 / 49], "best_split(X (7, 3), y)")


@pytest.mark.milestone1
def test_of_equal_gains_the_first_question_wins():
    X = np.array([[0, 5, 5], [0, 6, 6], [0, 7, 7.0]])
    got = dt.best_split(X, np.array([0, 1, 0]))
    close(got[:2], [1, 5.5], "best_split: two columns alike, two thresholds alike")


@pytest.mark.milestone1
def test_both_sides_keep_enough_rows():
    """Alone, the last row is told apart at 4.5. With two rows a side 3.5 is best:
    0.32 − 2/5 · 0.5 = 0.12."""
    X, y = np.array([[1.0], [2], [3], [4], [5]]), np.array([0, 0, 0, 0, 1])
    close(dt.best_split(X, y), [0, 4.5, 0.32], "best_split(X, y)")
    got = dt.best_split(X, y, "gini", 2)
    close(got, [0, 3.5, 0.12], "best_split(X, y, 'gini', 2)")
    none = dt.best_split(X, y, "gini", 3)
    close(none, [-1, np.nan, 0.0], "best_split(X, y, 'gini', 3)")


@pytest.mark.milestone1
def test_where_all_cells_are_alike_there_is_no_question():
    got = dt.best_split(np.ones((4, 2)), np.array([0, 1, 1, 0]))
    close(got, [-1, np.nan, 0.0], "best_split of equal cells")


@pytest.mark.milestone1
def test_a_question_that_gains_nothing_yet_is_still_one():
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]])
    got = dt.best_split(X, np.array([0, 1, 1, 0]))
    call = "best_split of 'either, but not both'"
    holds(got[0] >= 0, call, got, "(0, 0.5, 0): what gains 0 is a question too")
    close(got, [0, 0.5, 0.0], call)


@pytest.mark.milestone1
def test_empty_cells_have_no_side_yet():
    refuses(lambda: dt.best_split(np.array([[np.nan], [1]]), np.array([0, 1])),
            "best_split with an empty cell")  # fmt: skip


@pytest.mark.milestone1
@given(seed=SEEDS)
@settings(max_examples=25)
def test_no_other_question_gains_more(seed):
    X, y = table(seed)
    feature, threshold, got = dt.best_split(X, y)
    want = max(best_gain(X, y, "gini"), 0)
    close(got, want, "the gain of best_split(X, y)", atol=1e-9)
    if feature >= 0:
        left = X[:, int(feature)] <= threshold
        close(gained(y, left, "gini"), want, "what its question gains", atol=1e-9)


@pytest.mark.milestone1
@pytest.mark.parametrize("seed", range(4))
def test_scikit_learn_asks_the_same(seed):
    X, y = smooth(seed, 90, 5)
    peer = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y).tree_
    got = dt.best_split(X, y)
    close(got[:2], [peer.feature[0], peer.threshold[0]], "best_split(X, y)[:2]")


# --------------------------------------------------------------------------
# Milestone 2: impurity falls at every level


@pytest.mark.milestone2
@pytest.mark.parametrize("y, want", [
    ([0, 1], 1.0),
    (["a", "b", "c", "d"], 2.0),
    ([0, 0, 1, 2], 1.5),  # ½ · 1 + ¼ · 2 + ¼ · 2
    ([5, 5, 5], 0.0),
    ([], 0.0),
])  # fmt: skip
def test_entropy_by_hand_in_bits(y, want):
    close(dt.entropy(np.array(y)), want, f"entropy({y})")


@pytest.mark.milestone2
@given(seed=SEEDS)
@settings(max_examples=25)
def test_entropy_is_what_scipy_finds(seed):
    y = table(seed)[1]
    close(dt.entropy(y), mixed(y, "entropy"), f"entropy({y.tolist()})")


@pytest.mark.milestone2
def test_squared_error_is_the_variance():
    """2, 4, 9: the mean is 5, the squares are 9, 1, 16, their mean 26/3."""
    close(dt.squared_error(np.array([2.0, 4, 9])), 26 / 3, "squared_error([2, 4, 9])")
    close(dt.squared_error(np.array([])), 0.0, "squared_error([])")


@pytest.mark.milestone2
@given(seed=SEEDS)
@settings(max_examples=25)
def test_the_gain_in_bits_is_what_question_and_class_share(seed):
    y = table(seed)[1]
    left = np.random.default_rng(seed).random(len(y)) < 0.5
    want = metrics.mutual_info_score(y, left) / np.log(2)
    close(
        dt.gain(y, left, "entropy"), max(want, 0), "gain(y, left, 'entropy')", atol=1e-9
    )


@pytest.mark.milestone2
@given(seed=SEEDS)
@settings(max_examples=25)
def test_a_question_takes_from_the_variance_what_lies_between_the_sides(seed):
    """Variance = within sides + between them: Σ share · (mean of the side − mean)²."""
    rng = np.random.default_rng(seed)
    y, left = rng.normal(size=9), np.arange(9) < rng.integers(1, 9)
    between = sum(s.mean() * (y[s].mean() - y.mean()) ** 2 for s in (left, ~left))
    close(dt.gain(y, left, "mse"), between, "gain(y, left, 'mse')")


@pytest.mark.milestone2
def test_either_but_not_both_takes_two_questions():
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]])
    root = dt.grow(X, np.array([0, 1, 1, 0]))
    close(dt.levels(root), [0.5, 0.5, 0], "levels(grow('either, but not both'))")
    got = [root.n, root.feature, root.left.n, root.left.feature, root.right.feature]
    close(got, [4, 0, 2, 1, 1], "n, feature, left.n, left.feature, right.feature")
    ends = [root.left.left, root.left.right, root.right.left, root.right.right]
    close([end.impurity for end in ends], [0, 0, 0, 0], "impurity of the four leaves")
    holds(all(end.feature == -1 and end.left is None for end in ends),
          "the four leaves", ends, "feature −1, and nothing below")  # fmt: skip


@pytest.mark.milestone2
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_no_more_levels_than_allowed(depth):
    X, y = smooth(0, 60, 3)
    root = dt.grow(X, y, depth)
    close(len(dt.levels(root)), depth + 1, f"len(levels(grow(X, y, {depth})))")


@pytest.mark.milestone2
def test_a_small_tree_by_hand():
    """1 2 | 3 4 5: left over after one question are 3/5 of the variance of 1, 4, 7, 6,
    and then nothing of the left."""
    X, y = np.array([[1.0], [2], [3], [4], [5]]), np.array([9.0, 9, 1, 4, 7])
    root = dt.grow(X, y, 1, "mse")
    close([root.n, root.threshold], [5, 2.5], "n and threshold of the root")
    close([root.left.n, root.right.n], [2, 3], "n of the left and of the right")
    sides = [root.left.impurity, root.right.impurity]
    close(sides, [0, 6], "'mse' of the left and of the right of grow(X, y, 1, 'mse')")
    close(root.impurity, np.var(y), "impurity of the root")
    close(dt.levels(root), [np.var(y), 3 / 5 * 6], "levels(root)")


@pytest.mark.milestone2
def test_leaves_above_a_level_keep_their_impurity():
    """8 rows. The left 4 are a leaf, ½ mixed; the right 4 are parted into pure ones.
    Left over: 0.5, then ½ · 0.5 + ½ · 0.5 = 0.5, then ½ · 0.5 + 0 = 0.25."""
    pure = dt.Node(2, 0.0)
    root = dt.Node(8, 0.5, 0, 1.0, dt.Node(4, 0.5), dt.Node(4, 0.5, 1, 2.0, pure, pure))
    close(dt.levels(root), [0.5, 0.5, 0.25], "levels of a lopsided tree")


@pytest.mark.milestone2
@given(seed=SEEDS, criterion=strategies.sampled_from(CRITERIA))
@settings(max_examples=25)
def test_impurity_never_rises_from_level_to_level(seed, criterion):
    X, y = table(seed)
    got = dt.levels(dt.grow(X, y, None, criterion))
    falls = all(b <= a + 1e-9 for a, b in zip(got, got[1:]))
    holds(falls, f"levels(grow(X, y, None, {criterion!r}))", got, "never rising")
    close(got[0], mixed(y, criterion), "levels(…)[0], the impurity of y")


@pytest.mark.milestone2
@given(seed=SEEDS)
@settings(max_examples=25)
def test_without_a_limit_only_equal_rows_stay_together(seed):
    X, y = table(seed)
    rows = {tuple(x): y[(X == x).all(axis=1)] for x in X}
    want = sum(len(part) * mixed(part, "gini") for part in rows.values()) / len(y)
    close(dt.levels(dt.grow(X, y))[-1], want, "levels(grow(X, y))[-1]")


@pytest.mark.milestone2
@given(seed=SEEDS, fewest=strategies.integers(1, 4))
@settings(max_examples=25)
def test_every_leaf_keeps_enough_rows(seed, fewest):
    X, y = table(seed)
    stack, total = [dt.grow(X, y, None, "gini", fewest)], 0
    while stack:
        node = stack.pop()
        if node.feature >= 0:
            stack += [node.left, node.right]
            continue
        total += node.n
        holds(node.n >= min(fewest, len(y)), f"a leaf of grow(…, {fewest})", node.n,
              f"at least {fewest} rows")  # fmt: skip
    close(total, len(y), "the rows of all leaves together")


# --------------------------------------------------------------------------
# Milestone 3: a tree that knows when to stop


def flat(root: object) -> list:
    """Nodes within nodes as a list: the node, the left of it, the right of it."""
    if root.feature < 0:
        return [(root.n,)]
    own = (root.n, root.feature, round(root.threshold, 9))
    return [own, *flat(root.left), *flat(root.right)]


def listed(tree: object, node: int = 0) -> list:
    """A tree as a table, in the same form."""
    if tree.feature[node] < 0:
        return [(int(tree.n[node]),)]
    own = (
        int(tree.n[node]),
        int(tree.feature[node]),
        round(float(tree.threshold[node]), 9),
    )
    return [own, *listed(tree, tree.left[node]), *listed(tree, tree.right[node])]


@pytest.mark.milestone3
def test_answers_to_numbers_categories_and_empty_cells():
    """Node 0: x <= 3, empty no. Node 1: x <= 3, empty yes. Node 2: the codes 0 and 2,
    empty yes; 7 was never met, so it counts as empty."""
    tree = tree_of(
        feature=[0, 0, 1], threshold=[3, 3, np.nan], left=[1, 3, 3], right=[2, 3, 3],
        missing_left=[False, True, False],
        codes_left=[[False] * 4, [False] * 4, [True, False, True, True]],
    )  # fmt: skip
    node = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2])
    x = np.array([3, 3.5, np.nan, 9, np.nan, 0, 1, np.nan, 7])
    want = [True, False, False, False, True, True, False, True, True]
    close(dt.goes_left(tree, node, x), want, "goes_left(tree, node, x)")


@pytest.mark.milestone3
def test_rows_walk_to_their_leaves():
    tree = tree_of(feature=[1, -1, 0, -1, -1], threshold=[5, np.nan, 2, np.nan, np.nan],
                   left=[1, -1, 3, -1, -1], right=[2, -1, 4, -1, -1])  # fmt: skip
    X = np.array([[9, 5], [1, 6], [3, 6], [2, 7.0]])
    close(dt.route(tree, X), [1, 3, 4, 3], "route(tree, X)")
    close(dt.route(tree_of(feature=[-1]), X), [0, 0, 0, 0], "route(just a leaf, X)")


@pytest.mark.milestone3
@given(seed=SEEDS, criterion=strategies.sampled_from(CRITERIA))
@settings(max_examples=25)
def test_the_table_asks_what_the_nodes_within_nodes_ask(seed, criterion):
    X, y = table(seed)
    rng = np.random.default_rng(seed)
    depth, fewest = [None, 1, 2, 3][rng.integers(4)], int(rng.integers(1, 4))
    got = listed(dt.DecisionTree(depth, fewest, criterion).fit(X, y).tree_)
    want = flat(dt.grow(X, y, depth, criterion, fewest))
    holds(got == want, f"DecisionTree({depth}, {fewest}, {criterion!r}).fit(X, y)",
          got, f"the questions of grow: {want}")  # fmt: skip


@pytest.mark.milestone3
@pytest.mark.parametrize("criterion", ["gini", "entropy"])
def test_the_classes_are_those_of_scikit_learn(criterion):
    X, y = smooth(1)
    y = np.array(["no", "perhaps", "yes"])[y + (X[:, 0] > 1)]
    new = smooth(2)[0]
    settings = {"max_depth": 4, "min_samples_leaf": 8, "criterion": criterion}
    peer = DecisionTreeClassifier(random_state=0, **settings).fit(X, y)
    model = dt.DecisionTree(**settings).fit(X, y)
    got, want = model.predict(new), peer.predict(new)
    holds(
        (got == want).all(),
        "predict(X_new)",
        got[got != want],
        "as scikit-learn has it",
    )
    close(model.predict_proba(new), peer.predict_proba(new), "predict_proba(X_new)")
    holds(list(model.classes_) == ["no", "perhaps", "yes"], "classes_", model.classes_,
          "the three, sorted")  # fmt: skip


@pytest.mark.milestone3
def test_the_numbers_are_those_of_scikit_learn():
    X, _ = smooth(3)
    y = X[:, 2] ** 2 + X[:, 0]
    new = smooth(4)[0]
    peer = DecisionTreeRegressor(max_depth=5, min_samples_leaf=6, random_state=0).fit(
        X, y
    )
    got = dt.DecisionTree(5, 6, "mse").fit(X, y).predict(new)
    close(got, peer.predict(new), "predict(X_new), 'mse'")


@pytest.mark.milestone3
def test_of_equally_common_classes_the_first_is_said():
    model = dt.DecisionTree(max_depth=0).fit(
        np.zeros((4, 2)), np.array(["b", "a", "a", "b"])
    )
    got = model.predict(np.zeros((3, 2)))
    holds(
        list(got) == ["a", "a", "a"],
        "predict where a and b are half and half",
        got,
        "a",
    )


@pytest.mark.milestone3
@pytest.mark.parametrize("seed", range(5))
def test_empty_cells_go_where_they_gain_most(seed):
    """The root's gain, with the empty cells tried on either side, as scikit-learn's."""
    X, y = smooth(seed)
    rng = np.random.default_rng(seed)
    X[rng.random(X.shape) < 0.1 + 0.5 * (y == 1)[:, None] * (seed % 2)] = np.nan
    model = dt.DecisionTree(max_depth=1).fit(X, y)
    peer = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y)
    close(
        (model.predict(X) != y).mean(), (peer.predict(X) != y).mean(), "share of errors"
    )
    p, q = model.tree_, peer.tree_
    close(
        p.n @ p.impurity,
        q.n_node_samples @ q.impurity,
        "Σ n · impurity of the three nodes",
    )


@pytest.mark.milestone3
def test_where_no_cell_was_empty_the_larger_side_takes_it():
    X, y = np.arange(5.0)[:, None], np.array([0, 0, 1, 1, 1])
    model = dt.DecisionTree().fit(X, y)
    close(model.predict(np.array([[np.nan]])), [1], "predict of an empty cell")


@pytest.mark.milestone3
@given(seed=SEEDS, numbers=strategies.booleans())
@settings(max_examples=25)
def test_no_way_to_part_the_categories_gains_more(seed, numbers):
    """All ways to send 5 categories, one of them 'empty', left or right are tried."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 5, 30)
    y = rng.normal(size=30).round(1) if numbers else rng.integers(0, 2, 30)
    criterion = "mse" if numbers else "gini"
    X = np.where(codes == 4, np.nan, codes)[:, None].astype(float)
    ways = [c for k in range(1, 5) for c in combinations(range(5), k)]
    want = max(gained(y, np.isin(codes, way), criterion) for way in ways)
    tree = dt.DecisionTree(1, 1, criterion, [0]).fit(X, y).tree_
    mass = tree.n * tree.impurity
    got = (mass[0] - mass[1:].sum()) / 30
    close(got, want, "the gain of the root, one column of 5 categories", atol=1e-9)


@pytest.mark.milestone3
def test_a_category_never_met_goes_as_an_empty_cell():
    X, y = np.array([[0], [0], [1], [1], [1.0]]), np.array([0, 0, 1, 1, 1])
    model = dt.DecisionTree(categorical=[0]).fit(X, y)
    close(model.predict(np.array([[0], [1], [2], [np.nan]])), [0, 1, 1, 1],
          "predict of the codes 0, 1, 2 and empty")  # fmt: skip


@pytest.mark.milestone3
def test_what_cannot_be_learnt_is_refused():
    X, y = np.ones((3, 2)), np.array([0, 1, 0])
    for bad, call in (
        (lambda: dt.DecisionTree().fit(X, y[:2]), "fit with a label too few"),
        (lambda: dt.DecisionTree().fit(X * np.inf, y), "fit with infinite cells"),
        (lambda: dt.DecisionTree(criterion="mse").fit(X, y + np.nan), "fit with y NaN"),
        (lambda: dt.DecisionTree(categorical=[0]).fit(-X, y), "fit with a code −1"),
    ):
        refuses(bad, call)


@pytest.mark.milestone3
@pytest.mark.parametrize("seed", range(4))
def test_the_weakest_links_are_those_of_scikit_learn(seed):
    X, y = blurred(seed)
    peer = DecisionTreeRegressor(min_samples_leaf=5, random_state=0)
    want = np.unique(peer.cost_complexity_pruning_path(X, y).ccp_alphas.round(12))
    model = dt.DecisionTree(None, 5, "mse").fit(X, y)
    links = dt.weakest_links(model.tree_)
    close(np.unique(links.round(12)), want, "the different weakest_links")


@pytest.mark.milestone3
def test_weakest_links_by_hand():
    """8 rows. Node 2 saves 4 · 0.5 / 8 = 0.25 by one leaf more, the root 0.5 by two:
    0.25 each. With a leaf 1 that costs 0.05, the root's (0.5 − 0.05) / 2 = 0.225 comes
    first and takes all with it. Where node 2 saves 4 · 0.2 / 8 = 0.1 only, it goes
    first, and for the root 0.5 − 0.1 by one leaf remain, 0.4."""
    shape = {"feature": [0, -1, 1, -1, -1], "left": [1, -1, 3, -1, -1],
             "right": [2, -1, 4, -1, -1], "n": [8, 4, 4, 2, 2]}  # fmt: skip
    pure = tree_of(**shape, impurity=[0.5, 0, 0.5, 0, 0])
    close(dt.weakest_links(pure), [0.25, 0, 0.25, 0, 0], "weakest_links(tree)")
    other = tree_of(**shape, impurity=[0.5, 0.1, 0.5, 0, 0])
    close(dt.weakest_links(other), [0.225, 0, 0.225, 0, 0], "weakest_links(another)")
    third = tree_of(**shape, impurity=[0.5, 0, 0.2, 0, 0])
    close(dt.weakest_links(third), [0.4, 0, 0.1, 0, 0], "weakest_links(a third)")


def cheapest(tree: object, alpha: float, node: int = 0) -> tuple[float, int]:
    """The least R + alpha · leaves of all prunings, and the leaves of the smallest."""
    own = (tree.impurity[node] * tree.n[node] / tree.n[0] + alpha, 1)
    if tree.feature[node] < 0:
        return own
    sides = [cheapest(tree, alpha, int(t[node])) for t in (tree.left, tree.right)]
    branch = (sides[0][0] + sides[1][0], sides[0][1] + sides[1][1])
    return own if own[0] <= branch[0] + 1e-12 else branch


@pytest.mark.milestone3
@given(seed=SEEDS, alpha=strategies.floats(0.001, 0.2))
@settings(max_examples=25)
def test_no_other_pruning_is_cheaper(seed, alpha):
    X, y = smooth(seed, 60, 3)
    full = dt.DecisionTree().fit(X, y)
    small = dt.prune(full, alpha).tree_
    leaf = small.feature < 0
    cost = float((small.impurity * small.n)[leaf].sum() / 60 + alpha * leaf.sum())
    want, leaves = cheapest(full.tree_, alpha)
    close(cost, want, f"R + alpha · leaves of prune(tree, {alpha:.4f})")
    close(leaf.sum(), leaves, f"leaves of prune(tree, {alpha:.4f})")


@pytest.mark.milestone3
def test_a_pruned_tree_is_a_copy_that_predicts_as_scikit_learns():
    X, y = smooth(5)
    new = smooth(6)[0]
    full = dt.DecisionTree(min_samples_leaf=5).fit(X, y)
    m = len(full.tree_.n)
    for alpha in (0.003, 0.01, 0.5):
        peer = DecisionTreeClassifier(
            min_samples_leaf=5, ccp_alpha=alpha, random_state=0
        )
        want = peer.fit(X, y).predict(new)
        close(dt.prune(full, alpha).predict(new), want, f"prune(tree, {alpha}).predict")
    close(len(full.tree_.n), m, "the nodes of the tree itself, afterwards")
    refuses(lambda: dt.prune(full, -0.1), "prune(tree, -0.1)")


@pytest.mark.milestone3
def test_a_leaf_has_to_save_more_than_alpha():
    """Two rows of two classes: one question, one leaf more, saves all of 0.5."""
    model = dt.DecisionTree().fit(np.array([[0], [1.0]]), np.array([0, 1]))
    for alpha, nodes in ((0.4, 3), (0.5, 1)):
        got = len(dt.prune(model, alpha).tree_.n)
        close(got, nodes, f"nodes of prune(tree, {alpha}), where a leaf saves 0.5")


@pytest.mark.milestone3
def test_skill_of_classes_and_of_numbers():
    X = np.array([[0.0], [0], [1], [1], [1]])
    y = np.array([0, 0, 1, 1, 0])
    model = dt.DecisionTree().fit(X, y)
    close(dt.skill(model, X, y), 4 / 5, "skill: 4 of 5 are right")
    z = np.array([1.0, 3, 4, 8, 9])
    model = dt.DecisionTree(criterion="mse").fit(X, z)
    want = metrics.r2_score(z, model.predict(X))
    close(dt.skill(model, X, z), want, "skill of numbers, R²")
    close(dt.skill(model, X, z * 0), 0.0, "skill where all y are equal")


@pytest.mark.milestone3
def test_the_folds_are_fair_and_dealt_at_random(rng):
    folds = dt.folds_of(23, 5, rng)
    close(np.sort(np.bincount(folds)), [4, 4, 5, 5, 5], "sizes of the folds of 23 rows")
    again = dt.folds_of(23, 5, rng)
    holds((folds != again).any(), "folds_of(23, 5, rng), twice", again, "another deal")
    holds((np.diff(folds) != 0).sum() > 8, "folds_of(23, 5, rng)", folds, "no blocks")


@pytest.mark.milestone3
def test_alpha_is_judged_on_rows_that_were_not_learnt_from():
    """The mean skill and its error, over again with scikit-learn's pruned trees."""
    X, y = smooth(7, 150)
    folds = np.arange(150) % 5
    model = dt.DecisionTree(min_samples_leaf=10)
    alpha, tried = dt.choose_alpha(model, X, y, folds)
    holds(np.ndim(tried) == 2 and np.shape(tried)[1] == 3, "shape of the table",
          np.shape(tried), "(a, 3): a row for each alpha")  # fmt: skip
    for a, mean, error in tried[:: max(1, len(tried) // 4)]:
        scores = []
        for k in range(5):
            out = folds == k
            peer = DecisionTreeClassifier(
                min_samples_leaf=10, ccp_alpha=a, random_state=0
            )
            scores.append(peer.fit(X[~out], y[~out]).score(X[out], y[out]))
        close(mean, np.mean(scores), f"mean skill for alpha = {a:.4f}")
        close(error, np.std(scores) / np.sqrt(5), f"standard error for alpha = {a:.4f}")
    best = tried[tried[:, 1] >= tried[:, 1].max() - 1e-9, 0].max()
    close(alpha, best, "the chosen alpha: the largest of the best")
    holds((np.diff(tried[:, 0]) > 0).all() and tried[0, 0] == 0, "the alphas tried",
          tried[:, 0], "rising, from 0")  # fmt: skip


@pytest.mark.milestone3
def test_choosing_alpha_leaves_the_model_as_it_is():
    X, y = smooth(7, 150)
    model = dt.DecisionTree().fit(X[:20], y[:20])
    dt.choose_alpha(model, X, y, np.arange(150) % 5)
    close(model.tree_.n[0], 20, "rows the model itself has learnt from, afterwards")


@pytest.mark.milestone3
def test_a_limit_helps_where_the_labels_are_noisy():
    """A full tree knows its own rows by heart, and pays for it on others."""
    rows = []
    for seed in range(5):
        X, y = smooth(seed, 300)
        new, truth = smooth(seed + 100, 1000)
        full, small = dt.DecisionTree().fit(X, y), dt.DecisionTree(2).fit(X, y)
        alpha, _ = dt.choose_alpha(dt.DecisionTree(), X, y, np.arange(300) % 5)
        pruned = dt.prune(full, alpha)
        rows.append([dt.skill(t, new, truth) for t in (full, small, pruned)])
        close(dt.skill(full, X, y), 1.0, "skill of the full tree on its own rows")
    full, small, pruned = np.mean(rows, axis=0)
    got = f"full {full:.3f}, two levels {small:.3f}, pruned {pruned:.3f}"
    holds(min(small, pruned) > full + 0.03, "skill on new rows, 5 seeds", got,
          "the small and the pruned are 0.03 better at least")  # fmt: skip


# --------------------------------------------------------------------------
# Milestone 4: what the tree has understood


@pytest.mark.milestone4
def test_importances_by_hand():
    """The root asks about column 2 and gains 8 · 0.5 − 4 · 0.1 − 4 · 0.5 = 1.6; node 2
    asks about column 0 and gains 4 · 0.5 = 2. Of 3.6: 2/3.6, 0, 1.6/3.6, 0."""
    tree = tree_of(feature=[2, -1, 0, -1, -1], left=[1, -1, 3, -1, -1],
                   right=[2, -1, 4, -1, -1], n=[8, 4, 4, 2, 2],
                   impurity=[0.5, 0.1, 0.5, 0, 0])  # fmt: skip
    close(dt.importances(tree, 4), [2 / 3.6, 0, 1.6 / 3.6, 0], "importances(tree, 4)")
    close(
        dt.importances(tree_of(feature=[-1]), 3),
        [0, 0, 0],
        "importances of just a leaf",
    )


@pytest.mark.milestone4
@pytest.mark.parametrize("seed", range(3))
def test_importances_are_those_of_scikit_learn(seed):
    X, y = blurred(seed)
    peer = DecisionTreeRegressor(max_depth=4, min_samples_leaf=6, random_state=0)
    peer.fit(X, y)
    model = dt.DecisionTree(4, 6, "mse").fit(X, y)
    close(model.importances_, peer.feature_importances_, "importances_")
    holds(model.importances_.argmax() == 1, "importances_", model.importances_,
          "column 1 first, which the labels were made of")  # fmt: skip


@pytest.mark.milestone4
def test_the_trail_of_a_row_leads_from_the_root_to_its_leaf():
    tree = tree_of(feature=[1, -1, 0, -1, -1], threshold=[5, np.nan, 2, np.nan, np.nan],
                   left=[1, -1, 3, -1, -1], right=[2, -1, 4, -1, -1])  # fmt: skip
    for x, want in (([9, 5.0], [0, 1]), ([1, 6.0], [0, 2, 3]), ([3, 6.0], [0, 2, 4])):
        close(dt.trail(tree, np.array(x)), want, f"trail(tree, {x})")


@pytest.mark.milestone4
def test_path_ends_where_route_ends():
    X, y = smooth(8)
    X[::3, 1] = np.nan
    model = dt.DecisionTree().fit(X, y)
    ends = [model.path(x)[-1] for x in X[:40]]
    close(ends, dt.route(model.tree_, X[:40]), "the ends of path(x), for 40 rows")


@pytest.mark.milestone4
def test_shuffling_costs_what_the_column_is_worth(rng):
    """y is column 1, half of it 1: shuffled, half of the rows are wrong. The others are
    never asked about, and cost 0. Rounds and columns differ: (7, 3)."""
    X = rng.normal(size=(400, 3))
    X[:, 1] = np.arange(400) % 2
    y = X[:, 1].astype(int)
    model, before = dt.DecisionTree().fit(X, y), X.copy()
    lost = dt.permutation_importance(model, X, y, rng, 7)
    close(X, before, "X, afterwards")
    close(lost[:, [0, 2]], np.zeros((7, 2)), "lost by the columns never asked about")
    holds(abs(lost[:, 1].mean() - 0.5) < 0.05, "mean lost by column 1",
          float(lost[:, 1].mean()), "about 0.5")  # fmt: skip
    holds(
        lost[:, 1].std() > 0,
        "lost in each round",
        lost[:, 1],
        "a new shuffle each round",
    )


@pytest.mark.milestone4
def test_what_was_learnt_by_heart_is_worth_nothing_on_new_rows():
    """Labels by the toss of a coin: a full tree gains by every column, and on new rows
    no shuffle costs anything, give or take."""
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(200, 3)), rng.integers(0, 2, 200)
    new, truth = rng.normal(size=(2000, 3)), rng.integers(0, 2, 2000)
    model = dt.DecisionTree().fit(X, y)
    lost = dt.permutation_importance(model, new, truth, rng, 10).mean(axis=0)
    holds(np.abs(lost).max() < 0.03, "lost on new rows", lost, "near 0")
    own = dt.permutation_importance(model, X, y, rng, 10).mean(axis=0)
    holds(own.min() > 0.1, "lost on the rows it learnt from", own, "over 0.1 each")


@pytest.mark.milestone4
def test_noise_is_as_important_as_any_column_where_all_is_noise(rng):
    X, y = rng.normal(size=(120, 3)), rng.integers(0, 2, 120)
    before = X.copy()
    got = dt.noise_importance(dt.DecisionTree(), X, y, rng, 12)
    close(np.shape(got), (12,), "the shape of noise_importance(…, rounds=12)")
    holds(abs(np.mean(got) - 0.25) < 0.06, "noise_importance, 3 columns of noise",
          float(np.mean(got)), "about a quarter")  # fmt: skip
    holds(np.std(got) > 0, "noise_importance", got, "another noise each round")
    none = dt.noise_importance(dt.DecisionTree(), X, y, rng, 3, 1.0)
    close(none, np.zeros(3), "noise_importance(…, 3, alpha=1), nothing being left")
    close(X, before, "X, afterwards")


@pytest.mark.milestone4
def test_noise_gets_little_from_a_tree_that_has_better_to_ask(rng):
    X, y = smooth(9)
    model = dt.DecisionTree(1).fit(X, y)
    got = dt.noise_importance(model, X, y, rng, 4)
    close(got, np.zeros(4), "noise_importance of a tree with one question")
    close(len(model.tree_.n), 3, "nodes of the model itself, afterwards")
    close(len(model.importances_), 4, "columns of the model itself, afterwards")


@pytest.mark.milestone4
def test_the_smallest_flip_by_hand():
    """Class 1 where column 0 > 4 and column 1 > 10. From (3, 20) one cell is enough,
    column 0 just over 4; from (5, 2) column 1. From (3, 9) both have to change. From
    (5, 20) column 0 down by 1 or column 1 down by 10: in units of the spreads 1/2
    against 10/100, so column 1."""
    X = np.array([[3, 20], [5, 20], [3, 0], [5, 0.0]])
    model = dt.DecisionTree().fit(X, np.array([0, 1, 0, 0]))
    spread = np.array([2.0, 100.0])
    for x, want in (
        ([3, 20.0], {0: 4.0}), ([5, 2.0], {1: 10.0}), ([3, 9.0], {0: 4.0, 1: 10.0}),
        ([5, 20.0], {1: 10.0}),
    ):  # fmt: skip
        got = dt.smallest_flip(model, np.array(x), spread)
        call = f"smallest_flip(model, {x}, spread)"
        holds(sorted(got) == sorted(want), call, got, f"change just {sorted(want)}")
        close([got[j] for j in want], list(want.values()), call)


@pytest.mark.milestone4
def test_a_category_is_changed_for_another():
    X = np.array([[0, 1], [1, 1], [2, 1], [0, 2], [1, 2], [2, 2.0]])
    model = dt.DecisionTree(categorical=[0]).fit(X, np.array([0, 1, 1, 0, 1, 1]))
    got = dt.smallest_flip(model, np.array([1, 1.0]), np.ones(2))
    holds(got == {0: 0.0}, "smallest_flip of the category 1", got, "{0: 0.0}")


@pytest.mark.milestone4
def test_a_category_that_its_column_does_not_have_is_no_change():
    """Column 0 has the codes 0, 1, and column 1 has 0 to 3; only 3 is class 1."""
    X = np.array([[0, 0], [1, 1], [1, 2], [0, 3], [1, 3], [0, 0.0]])
    model = dt.DecisionTree(categorical=[0, 1]).fit(X, np.array([0, 0, 0, 1, 1, 0]))
    got = dt.smallest_flip(model, np.array([0, 2.0]), np.ones(2))
    holds(got == {1: 3.0}, "smallest_flip of the categories (0, 2)", got, "{1: 3.0}")


@pytest.mark.milestone4
def test_another_category_counts_1_and_so_does_a_cell_that_was_empty():
    """Class 1 where column 0 > 2 or column 1 > 10. From 8, column 1 has to go up by 2,
    so column 0 is changed: from code 0 or 2 to 3 counts 1. From 9.5 it is ½ only. And
    what was empty (it goes where most rows go, and is class 0) counts 1 too."""
    X = np.array([[a, b] for a in (0, 1, 2, 3.0) for b in (0, 0, 20.0)])
    y = ((X[:, 0] > 2) | (X[:, 1] > 10)).astype(int)
    words = dt.DecisionTree(categorical=[0]).fit(X, y)
    rows = np.array([[0, 8], [0, 9.5], [2, 8]])
    got = [list(dt.smallest_flip(words, row, np.ones(2))) for row in rows]
    close(got, [[0], [1], [0]], "columns that smallest_flip changes in 0 8, 0 9.5, 2 8")
    numbers = dt.DecisionTree().fit(X, y)
    got = dt.smallest_flip(numbers, np.array([np.nan, 8.0]), np.ones(2))
    close(list(got), [0], "columns that smallest_flip changes in (empty, 8)")


@pytest.mark.milestone4
@pytest.mark.parametrize("seed", range(6))
def test_a_flip_flips_and_no_smaller_one_does(seed):
    X, y = smooth(seed, 100, 3)
    model, spread = dt.DecisionTree(4).fit(X, y), np.array([1.0, 3.0, 0.5])
    x = X[seed]
    got = dt.smallest_flip(model, x, spread)
    other = x.copy()
    other[list(got)] = list(got.values())
    own = model.predict(x[None])[0]
    holds(
        model.predict(other[None])[0] != own, "predict of the changed row", got, "flips"
    )
    size = sum(abs(new - x[j]) / spread[j] for j, new in got.items())
    for j in range(3):  # no single cell moved less far flips it
        steps = (
            np.linspace(-1, 1, 2001)
            * (size if len(got) == 1 else 9)
            * spread[j]
            * 0.999
        )
        rows = np.tile(x, (2001, 1))
        rows[:, j] += steps
        flips = model.predict(rows) != own
        holds(not flips.any(), f"changing column {j} alone by less", steps[flips][:3],
              "nothing flips: the change found is the smallest")  # fmt: skip


@pytest.mark.milestone4
def test_where_all_leaves_agree_nothing_flips():
    model = dt.DecisionTree().fit(np.arange(6.0).reshape(3, 2), np.array([1, 1, 1]))
    got = dt.smallest_flip(model, np.array([0.0, 1.0]), np.ones(2))
    holds(got == {}, "smallest_flip where there is one class", got, "{}")
