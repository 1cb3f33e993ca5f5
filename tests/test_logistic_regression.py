"""Chapter 14, logistic regression: the judge of the four milestones."""

import math

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, strategies
from judge import close, holds, refuses
from oracles import numerical_gradient
from scipy import optimize, special
from sklearn import linear_model, metrics

from common import data

lr = chapter("logistic_regression")

SEEDS = strategies.integers(0, 10**6)


def ones_beside(X: np.ndarray) -> np.ndarray:
    return np.hstack([X, np.ones((len(X), 1))])


def rows(seed: int, n: int = 17, d: int = 4, k: int = 3) -> tuple:
    """n rows of d numbers, the last of them 1, and a class of k for each."""
    rng = np.random.default_rng(seed)
    X = ones_beside(rng.normal(size=(n, d - 1)))
    y = np.append(np.arange(k), rng.integers(0, k, n - k))
    return X, y, np.eye(k)[y]


def noisy(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Two columns and a 1; the classes overlap, so there is a best fit."""
    rng = np.random.default_rng(seed)
    X = ones_beside(rng.normal(size=(n, 2)))
    return X, (X @ [1.5, -1.0, 0.4] + rng.logistic(size=n) > 0).astype(int)


def surprise(y: np.ndarray, z: np.ndarray) -> float:
    """The referee's loss of yes or no, from the scores."""
    return float(np.logaddexp(0, np.where(y == 1, -z, z)).mean())


def surprise_of_many(y: np.ndarray, Z: np.ndarray) -> float:
    """The referee's loss of k classes, from the scores (n, k)."""
    return float((special.logsumexp(Z, axis=1) - Z[np.arange(len(y)), y]).mean())


# --------------------------------------------------------------------------
# Milestone 1: yes or no


@pytest.mark.milestone1
def test_sigmoid_by_hand():
    """σ(0) = ½. Log-odds ln 4 are odds of 4 to 1: 4/5; −ln 4, 1/5."""
    close(lr.sigmoid(0.0), 0.5, "sigmoid(0)")
    close(lr.sigmoid(math.log(4)), 0.8, "sigmoid(ln 4)")
    close(lr.sigmoid(-math.log(4)), 0.2, "sigmoid(−ln 4)")


@pytest.mark.milestone1
def test_sigmoid_never_overflows_and_keeps_small_values():
    z = np.array([-1000.0, -700.0, -30.0, 0.0, 30.0, 1000.0])
    got = lr.sigmoid(z)
    close(got, special.expit(z), "sigmoid([−1000, −700, −30, 0, 30, 1000])", atol=0)


@pytest.mark.milestone1
@given(z=strategies.floats(-500, 500))
def test_yes_and_no_add_up_to_one(z):
    close(lr.sigmoid(z) + lr.sigmoid(-z), 1.0, f"sigmoid({z}) + sigmoid(−z)")


@pytest.mark.milestone1
def test_cross_entropy_by_hand():
    """The truth got 0.9, 1 − 0.2 = 0.8 and 0.5: −(ln 0.9 + ln 0.8 + ln 0.5) / 3."""
    got = lr.cross_entropy(np.array([1, 0, 1]), np.array([0.9, 0.2, 0.5]))
    close(got, -math.log(0.9 * 0.8 * 0.5) / 3, "cross_entropy([1, 0, 1], [.9, .2, .5])")


@pytest.mark.milestone1
def test_cross_entropy_of_three_classes_by_hand():
    """Of the first row class 2 is true and got ½, of the second class 0 and ¼."""
    P = np.array([[0.3, 0.2, 0.5], [0.25, 0.7, 0.05]])
    want = (math.log(2) + math.log(4)) / 2
    close(lr.cross_entropy(np.array([2, 0]), P), want, "cross_entropy([2, 0], P)")
    Y = np.array([[0, 0, 1], [1, 0, 0]])
    close(lr.cross_entropy(Y, P), want, "cross_entropy of one-hot Y and P")


@pytest.mark.milestone1
def test_a_sure_mistake_costs_much_but_not_everything():
    got = lr.cross_entropy(np.array([1, 0]), np.array([0.0, 1.0]))
    close(got, 300 * math.log(10), "cross_entropy([1, 0], [0, 1]), p = 1e-300 at least")


@pytest.mark.milestone1
def test_who_knows_nothing_loses_ln_2():
    y = np.array([1, 0, 0, 1, 1])
    close(lr.cross_entropy(y, np.full(5, 0.5)), math.log(2), "cross_entropy(y, ½)")


@pytest.mark.milestone1
def test_the_gradient_by_hand():
    """One row, x = 3, y = 1, w = 0: p = ½, so 3 · (½ − 1) = −1.5. A second row, x = 1,
    y = 0, adds 1 · ½; the mean is −0.5."""
    X = np.array([[3.0], [1.5]])
    got = lr.gradient(X[:1], np.array([1]), np.zeros(1))
    close(got, [-1.5], "gradient of one row")
    got = lr.gradient(X, np.array([1, 0]), np.zeros(1))
    close(got, [(-1.5 + 0.75) / 2], "gradient of two rows")


@pytest.mark.milestone1
@given(seed=SEEDS, lam=strategies.sampled_from([0.0, 0.3]))
def test_the_gradient_agrees_with_central_differences(seed, lam):
    X, y, _ = rows(seed, 13, 4, 2)
    w = np.random.default_rng(seed + 1).normal(size=4)

    def loss(v: np.ndarray) -> float:
        return surprise(y, X @ v) + lam / 2 * float((v[:-1] ** 2).sum())

    got = lr.gradient(X, y, w, lam)
    want = numerical_gradient(loss, w)
    close(got, want, f"gradient(X, y, w, lam = {lam})", rtol=1e-6, atol=1e-8)


@pytest.mark.milestone1
def test_the_safe_rate_by_hand():
    """XᵀX / n of the rows (2, 0), (0, 1), (0, 1), (0, 0) is diag(1, ½): λ = 1."""
    X = np.array([[2.0, 0], [0, 1], [0, 1], [0, 0]])
    close(lr.safe_rate(X), 2.0, "safe_rate(X), λ = 1")
    close(lr.safe_rate(X, 0.5), 1.0, "safe_rate(X, lam = ½)")


@pytest.mark.milestone1
def test_training_begins_at_zero_and_takes_the_first_step_by_hand():
    """X = (1, 2), y = (0, 1), w = 0: the gradient is (½ − 2 · ½) / 2 = −¼. With the
    rate 0.8 the next w is 0.2."""
    X, y = np.array([[1.0], [2.0]]), np.array([0, 1])
    steps = list(lr.train(X, y, lr=0.8, iterations=3))
    close([step[0] for step in steps], [0, 1, 2, 3], "iterations of train")
    close(steps[0][1], [0.0], "w at iteration 0")
    close(steps[0][2], math.log(2), "loss at iteration 0")
    close(steps[1][1], [0.2], "w after one step")
    close(steps[1][2], surprise(y, X @ [0.2]), "loss after one step")


@pytest.mark.milestone1
@given(seed=SEEDS, lam=strategies.sampled_from([0.0, 0.1, 5.0]))
def test_with_the_safe_rate_the_loss_never_rises(seed, lam):
    X, y = noisy(seed)
    scale = 10.0 ** np.random.default_rng(seed).integers(-2, 3)
    walk = lr.train(np.hstack([X[:, :-1] * scale, X[:, -1:]]), y, None, 30, lam)
    losses = np.array([loss for *_, loss in walk])
    holds((np.diff(losses) <= 1e-12).all(), f"losses of train, lam = {lam}", losses,
          "each at most the one before")  # fmt: skip


@pytest.mark.milestone1
def test_training_keeps_the_weights_of_each_step():
    X, y = noisy(1)
    steps = list(lr.train(X, y, None, 5))
    weights = np.array([w for _, w, _ in steps])
    holds(len({tuple(w) for w in weights}) == 6, "weights of six steps", weights,
          "six different ones: do not change w in place")  # fmt: skip


@pytest.mark.milestone1
def test_training_finds_the_best_fit_of_a_referee():
    X, y = noisy(2)
    found = optimize.minimize(lambda w: surprise(y, X @ w), np.zeros(3), tol=1e-12)
    *_, (_, w, loss) = lr.train(X, y, None, 3000)
    close(loss, found.fun, "the last loss of train", rtol=1e-6)
    close(w, found.x, "the last w of train", rtol=1e-3)


@pytest.mark.milestone1
def test_what_can_be_parted_is_learnt():
    X = ones_beside(np.array([[-2.0], [-1.0], [-0.5], [0.5], [1.0], [3.0], [4.0]]))
    y = np.array([0, 0, 0, 1, 1, 1, 1])
    *_, (_, w, _) = lr.train(X, y, None, 2000)
    close(X @ w > 0, y, "the answers after 2,000 steps")


# --------------------------------------------------------------------------
# Milestone 2: one of many


@pytest.mark.milestone2
def test_softmax_by_hand():
    """Scores ln 1, ln 2, ln 5: the shares 1, 2, 5 of 8."""
    got = lr.softmax(np.log([[1.0, 2.0, 5.0], [3.0, 3.0, 6.0]]))
    close(got, [[1 / 8, 2 / 8, 5 / 8], [0.25, 0.25, 0.5]], "softmax of logarithms")


@pytest.mark.milestone2
@given(seed=SEEDS)
def test_every_row_sums_to_one_and_a_shift_changes_nothing(seed):
    Z = np.random.default_rng(seed).normal(0, 5, (7, 4))
    close(lr.softmax(Z).sum(axis=1), np.ones(7), "sums of softmax(Z)")
    close(lr.softmax(Z + 100), lr.softmax(Z), "softmax(Z + 100)")


@pytest.mark.milestone2
def test_softmax_never_overflows():
    Z = np.array([[1000.0, 0.0, -1000.0], [-2000.0, -2000.0, -2001.0]])
    close(lr.softmax(Z), special.softmax(Z, axis=1), "softmax of ±1000")


@pytest.mark.milestone2
@given(z=strategies.floats(-50, 50))
def test_two_classes_are_yes_or_no(z):
    got = lr.softmax(np.array([[0.0, z]]))[0, 1]
    close(got, special.expit(z), f"softmax([[0, {z}]])[0, 1]")


@pytest.mark.milestone2
def test_softmax_leaves_its_scores_as_they_were():
    Z = np.array([[1.0, 2.0], [3.0, 0.0]])
    lr.softmax(Z)
    close(Z, [[1, 2], [3, 0]], "Z after softmax(Z)")


@pytest.mark.milestone2
def test_the_softmax_gradient_by_hand():
    """One row x = 2 of class 1 of three, W = 0: P = ⅓ each, 2 · (⅓, ⅓ − 1, ⅓)."""
    got = lr.softmax_gradient(np.array([[2.0]]), np.eye(3)[[1]], np.zeros((1, 3)))
    close(got, [[2 / 3, -4 / 3, 2 / 3]], "softmax_gradient of one row")


@pytest.mark.milestone2
@given(seed=SEEDS, lam=strategies.sampled_from([0.0, 0.3]))
def test_the_softmax_gradient_agrees_with_central_differences(seed, lam):
    X, y, Y = rows(seed, 13, 4, 3)
    W = np.random.default_rng(seed + 1).normal(size=(4, 3))

    def loss(V: np.ndarray) -> float:
        return surprise_of_many(y, X @ V) + lam / 2 * float((V[:-1] ** 2).sum())

    got = lr.softmax_gradient(X, Y, W, lam)
    want = numerical_gradient(loss, W)
    close(got, want, f"softmax_gradient(…, lam = {lam})", rtol=1e-6, atol=1e-8)


@pytest.mark.milestone2
def test_softmax_training_begins_with_ln_k_and_steps_by_the_gradient():
    X, y, Y = rows(5, 11, 3, 4)
    steps = list(lr.train_softmax(X, Y, lr=0.5, iterations=2))
    close([step[0] for step in steps], [0, 1, 2], "iterations of train_softmax")
    close(steps[0][2], math.log(4), "loss at iteration 0, k = 4")
    first = -0.5 * X.T @ (0.25 - Y) / 11
    close(steps[1][1], first, "W after one step")
    close(steps[1][2], surprise_of_many(y, X @ first), "loss after one step")


@pytest.mark.milestone2
@given(seed=SEEDS)
def test_with_the_safe_rate_the_softmax_loss_never_rises(seed):
    X, _, Y = rows(seed, 40, 5, 3)
    losses = np.array([loss for *_, loss in lr.train_softmax(X * 3, Y, None, 30, 0.01)])
    holds((np.diff(losses) <= 1e-12).all(), "losses of train_softmax", losses,
          "each at most the one before")  # fmt: skip


@pytest.mark.milestone2
def test_on_iris_it_reaches_the_best_fit_of_scikit_learn():
    X, y = iris()
    A, lam = ones_beside(X), 1 / len(X)
    peer = linear_model.LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(X, y)
    want = surprise_of_many(y, peer.decision_function(X))
    want += lam / 2 * (peer.coef_**2).sum()
    *_, (_, W, loss) = lr.train_softmax(A, np.eye(3)[y], None, 2000, lam)
    close(loss, want, "the last loss of train_softmax on iris", rtol=1e-4)
    right = ((A @ W).argmax(axis=1) == y).mean()
    holds(right > 0.95, "accuracy on iris", right, "above 0.95")


def iris() -> tuple[np.ndarray, np.ndarray]:
    """The four measures, standardised, and the species 0, 1, 2."""
    frame = data.read_csv(data.find("iris.csv"))
    X = data.numbers(frame, [str(c) for c in frame.columns[:4]])
    return data.standardize(X)[0], np.unique(frame["species"], return_inverse=True)[1]


# --------------------------------------------------------------------------
# Milestone 3: where one answer turns into the other


@pytest.mark.milestone3
def test_weights_of_plain_columns_by_hand():
    """2 (x − 5)/4 + 1 = ½ x − 1.5, and 6 (x − 5)/4 + 2 = 1.5 x − 5.5."""
    W, b = lr.unscale(
        np.array([[2.0, 6.0], [1.0, 2.0]]), np.array([5.0]), np.array([4.0])
    )
    close(W, [[0.5, 1.5]], "W of unscale")
    close(b, [-1.5, -5.5], "b of unscale")


@pytest.mark.milestone3
@given(seed=SEEDS)
def test_plain_and_scaled_columns_get_the_same_scores(seed):
    rng = np.random.default_rng(seed)
    X, W = rng.normal(3, 2, (6, 2)), rng.normal(size=(3, 4))
    mean, std = X.mean(axis=0), X.std(axis=0)
    plain, b = lr.unscale(W, mean, std)
    want = ones_beside((X - mean) / std) @ W
    close(X @ plain + b, want, "scores by unscale's W and b")


@pytest.mark.milestone3
def test_a_pair_is_the_difference_of_its_columns():
    W, b = np.array([[1.0, 2.0, 5.0], [0.0, 3.0, 1.0]]), np.array([1.0, 0.0, -2.0])
    w, c = lr.between(W, b, 2, 0)
    close(w, [4.0, 1.0], "w of between(W, b, 2, 0)")
    close(c, -3.0, "b of between(W, b, 2, 0)")


@pytest.mark.milestone3
def test_the_boundary_by_hand():
    """2 x₁ + 4 x₂ − 8 = 0: x₂ = 2 − x₁/2."""
    got = lr.boundary(np.array([2.0, 4.0]), -8.0, np.array([0.0, 2.0, 4.0]))
    close(got, [2.0, 1.0, 0.0], "boundary((2, 4), −8, [0, 2, 4])")


@pytest.mark.milestone3
@given(seed=SEEDS)
def test_on_the_boundary_the_probability_is_one_half(seed):
    rng = np.random.default_rng(seed)
    w, b, x1 = rng.normal(size=2), float(rng.normal()), rng.normal(0, 3, 5)
    x2 = lr.boundary(w, b, x1)
    got = special.expit(w[0] * x1 + w[1] * x2 + b)
    close(got, np.full(5, 0.5), "σ on the boundary", rtol=1e-6)


@pytest.mark.milestone3
def test_an_upright_border_has_no_x2():
    refuses(lambda: lr.boundary(np.array([1.0, 0.0]), 2.0, np.zeros(2)),
            "boundary((1, 0), 2, …)")  # fmt: skip


@pytest.mark.milestone3
def test_borders_by_hand():
    """Scores x₂, −x₂ and x₁ − 1. Classes 0 and 1 tie at x₂ = 0, while x₁ − 1 < 0. 0 and
    2 tie at x₂ = x₁ − 1, which is above −x₂ from x₁ = 1 on; 1 and 2 at 1 − x₁."""
    W, b = np.array([[0.0, 0.0, 1.0], [1.0, -1.0, 0.0]]), np.array([0.0, 0.0, -1.0])
    got = lr.borders(W, b, np.array([-1.0, 0.0, 2.0, 3.0]))
    nan = math.nan
    holds(
        set(got) == {(0, 1), (0, 2), (1, 2)}, "pairs of borders", set(got), "all three"
    )
    close(got[0, 1], [0, 0, nan, nan], "the border of 0 and 1")
    close(got[0, 2], [nan, nan, 1, 2], "the border of 0 and 2")
    close(got[1, 2], [nan, nan, -1, -2], "the border of 1 and 2")


@pytest.mark.milestone3
def test_pairs_with_an_upright_border_are_left_out():
    W, b = np.array([[1.0, 2.0, 0.0], [3.0, 3.0, 1.0]]), np.zeros(3)
    got = set(lr.borders(W, b, np.zeros(2)))
    holds(got == {(0, 2), (1, 2)}, "pairs of borders, w₂ of 0 and 1 alike", got,
          "{(0, 2), (1, 2)}")  # fmt: skip


@pytest.mark.milestone3
@given(seed=SEEDS, k=strategies.integers(2, 5))
def test_on_a_border_two_classes_share_the_lead(seed, k):
    rng = np.random.default_rng(seed)
    W, b, x1 = rng.normal(size=(2, k)), rng.normal(size=k), rng.normal(0, 4, 9)
    for (i, j), x2 in lr.borders(W, b, x1).items():
        seen = ~np.isnan(x2)
        scores = np.column_stack([x1, x2])[seen] @ W + b
        close(
            scores[:, i],
            scores[:, j],
            f"scores on the border of {i} and {j}",
            1e-6,
            1e-6,
        )
        lead = scores.max(axis=1, initial=-np.inf)
        close(scores[:, i], lead, f"scores on the border of {i} and {j}", 1e-6, 1e-6)


@pytest.mark.milestone3
def test_the_tint_by_hand():
    """0.7 leads 0.2 by ½: half ink, half white. A tie is white, certainty pure ink."""
    inks = np.array([[0.0, 0.0, 1.0], [1.0, 0.4, 0.0], [0.0, 0.6, 0.4]])
    P = np.array([[0.2, 0.7, 0.1], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    got = lr.tint(P, inks)
    close(got, [[1.0, 0.7, 0.5], [1, 1, 1], [0.0, 0.6, 0.4]], "tint(P, inks)")
    got = lr.tint(P[:1], inks, bands=5)  # ½ is nearest to 2/5 or 3/5; 2.5 rounds to 2
    close(got, [[1.0, 0.76, 0.6]], "tint(P, inks, bands = 5)")


@pytest.mark.milestone3
def test_a_plane_of_probabilities_is_tinted_point_by_point():
    rng = np.random.default_rng(0)
    P, inks = rng.dirichlet(np.ones(4), (5, 7)), rng.uniform(size=(4, 3))
    got = lr.tint(P, inks)
    want = np.array([lr.tint(row, inks) for row in P])
    close(got, want, "tint of (5, 7, 4) probabilities")


# --------------------------------------------------------------------------
# Milestone 4: a probability that can be trusted


@pytest.mark.milestone4
@given(seed=SEEDS, lam=strategies.sampled_from([0.0, 0.3]))
def test_the_curvature_agrees_with_differences_of_the_gradient(seed, lam):
    X, y, _ = rows(seed, 13, 4, 2)
    w = np.random.default_rng(seed + 1).normal(size=4)

    def slope(v: np.ndarray) -> np.ndarray:
        pull = lam * np.append(v[:-1], 0)
        return X.T @ (special.expit(X @ v) - y) / len(X) + pull

    h = 1e-5
    want = [(slope(w + h * e) - slope(w - h * e)) / (2 * h) for e in np.eye(4)]
    close(
        lr.curvature(X, w, lam), want, f"curvature(X, w, {lam})", rtol=1e-6, atol=1e-8
    )


@pytest.mark.milestone4
def test_the_first_step_of_newton_by_hand():
    """x = −1, 1.5, 2 with y = 0, 1, 1, no column of ones. At w = 0 p = ½: the gradient
    is −(½ + ¾ + 1) / 3, the bend ¼ (1 + 2.25 + 4) / 3 + lam."""
    X, y = np.array([[-1.0], [1.5], [2.0]]), np.array([0, 1, 1])
    g, H = -(0.5 + 0.75 + 1) / 3, 0.25 * (1 + 2.25 + 4) / 3
    steps = lr.newton(X, y, 0.1)
    first, second = next(steps), next(steps)
    close([first[0], second[0]], [0, 1], "iterations of newton")
    close(first[1], [0.0], "w at iteration 0")
    close(first[2], math.log(2), "loss at iteration 0")
    close(second[1], [-g / (H + 0.1)], "w after one step")


@pytest.mark.milestone4
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("lam", [0.001, 0.1, 2.0])
def test_newton_finds_scikit_learns_loss_in_few_steps(seed, lam):
    X, y = noisy(seed, 50)
    peer = linear_model.LogisticRegression(C=1 / (50 * lam), tol=1e-10, max_iter=5000)
    peer.fit(X[:, :-1], y)
    w = np.append(peer.coef_, peer.intercept_)
    want = surprise(y, X @ w) + lam / 2 * float((w[:-1] ** 2).sum())
    *_, (steps, _, loss) = lr.newton(X, y, lam)
    close(loss, want, f"the last loss of newton, lam = {lam}", rtol=1e-6, atol=1e-8)
    holds(steps <= 12, "steps of newton", steps, "at most 12")


@pytest.mark.milestone4
@given(seed=SEEDS)
def test_the_loss_of_newton_never_rises(seed):
    """Five rows of large numbers: a full step would often go up."""
    rng = np.random.default_rng(seed)
    X, y = ones_beside(rng.normal(0, 8, (6, 2))), np.array([0, 1, 1, 0, 1, 0])
    losses = np.array([loss for *_, loss in lr.newton(X, y, 1e-3)])
    holds((np.diff(losses) <= 1e-9).all(), "losses of newton", losses,
          "each at most the one before")  # fmt: skip


@pytest.mark.milestone4
def test_columns_that_repeat_each_other_do_not_stop_newton():
    X, y = noisy(4)
    twice = np.hstack([X[:, :1], X])
    *_, (_, _, want) = lr.newton(X, y)
    *_, (_, w, loss) = lr.newton(twice, y)
    close(loss, want, "the last loss of newton, a column twice", rtol=1e-8)
    holds(np.abs(w).max() < 100, "w of newton, a column twice", w, "no giant weights")


@pytest.mark.milestone4
def test_a_full_cut_is_found():
    X = ones_beside(np.array([[1.0], [2.0], [2.9], [3.1], [5.0]]))
    y = np.array([1, 1, 1, 0, 0])
    w = lr.separation(X, y)
    holds(w is not None, "separation of what a cut at 3 parts", w, "weights")
    sides = X @ w
    holds((sides[:3] > 0).all() and (sides[3:] < 0).all(), "X w", sides,
          "above 0 in the first three rows, below in the others")  # fmt: skip


@pytest.mark.milestone4
def test_a_cut_with_rows_of_both_classes_on_it_is_found():
    """A column that is 1 for yeses only: its weight grows for ever, though the rows
    with 0 in it overlap."""
    X = ones_beside(np.array([[0.0], [0], [0], [0], [1], [1]]))
    y = np.array([0, 1, 0, 1, 1, 1])
    w = lr.separation(X, y)
    holds(w is not None, "separation, four rows on the border", w, "weights")
    close((X @ w)[:4] / (X @ w)[4], np.zeros(4), "X w of the first four", atol=1e-4)
    holds((X @ w)[4] > 0, "X w of the last rows", (X @ w)[4:], "above 0")


@pytest.mark.milestone4
@given(seed=SEEDS)
def test_there_is_a_cut_just_where_a_linear_program_finds_one(seed):
    """The referee, scipy's linprog, asks for s·Xw ≥ 0 in all rows, with a sum of 1."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 14))
    X, y = ones_beside(rng.normal(size=(n, 3))), rng.integers(0, 2, n)
    y[:2] = 0, 1
    A = np.where(y == 1, 1, -1)[:, None] * X
    program = optimize.linprog(np.zeros(4), -A, np.zeros(n), A.sum(axis=0)[None], [1.0],
                               bounds=(None, None))  # fmt: skip
    w = lr.separation(X, y)
    holds((w is not None) == (program.status == 0), "separation(X, y)", w,
          "weights" if program.status == 0 else "None: no cut parts them")  # fmt: skip


@pytest.mark.milestone4
@pytest.mark.parametrize("lam", [0.002, 0.05])
def test_three_classes_have_scikit_learns_loss_and_probabilities(lam):
    X, y = iris()
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    peer = linear_model.LogisticRegression(C=1 / (150 * lam), tol=1e-9, max_iter=9999)
    peer.fit(X, names)
    model = lr.LogisticRegression(lam=lam).fit(X, names)
    ours, theirs = (surprise_of_many(y, X @ m.coef_.T + m.intercept_)
                    + lam / 2 * (m.coef_**2).sum() for m in (model, peer))  # fmt: skip
    close(ours, theirs, f"the loss on iris, lam = {lam}", rtol=1e-6)
    close(model.losses_[-1], ours, "losses_[-1]", rtol=1e-9)
    want = peer.predict_proba(X)
    close(model.predict_proba(X), want, "predict_proba on iris", atol=1e-3, rtol=1e-3)
    holds(list(model.classes_) == list(peer.classes_), "classes_", model.classes_,
          "the sorted labels")  # fmt: skip
    same = (model.predict(X) == peer.predict(X)).mean()
    holds(same == 1, "predict on iris, as scikit-learn", same, "the same labels")
    close(np.shape(model.coef_), (3, 4), "shape of coef_")


@pytest.mark.milestone4
def test_two_classes_are_one_question():
    X, y = noisy(7)
    X = X[:, :-1]
    names = np.where(y == 1, "yes", "no")
    peer = linear_model.LogisticRegression(C=1 / (60 * 0.01), tol=1e-10).fit(X, names)
    model = lr.LogisticRegression(lam=0.01).fit(X, names)
    close(model.coef_, peer.coef_[0], "coef_ of two classes", rtol=1e-4)
    close(model.intercept_, peer.intercept_[0], "intercept_", rtol=1e-4, atol=1e-5)
    P = model.predict_proba(X)
    close(P, peer.predict_proba(X), "predict_proba of two classes", atol=1e-4)
    scores = model.decision_function(X)
    close(scores, X @ model.coef_ + model.intercept_, "decision_function")
    said = model.predict(X)
    holds(set(said) <= {"yes", "no"}, "predict", set(said), "the labels themselves")
    close(said == "yes", P[:, 1] > 0.5, "predict against predict_proba")


@pytest.mark.milestone4
def test_calibrated_on_simulated_data():
    """Where the truth is of this form, of rows with P = 0.7 seven in ten come true."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(20_000, 2))
    y = (X @ [2.0, -1.0] + 0.5 + rng.logistic(size=20_000) > 0).astype(int)
    model = lr.LogisticRegression().fit(X[:10_000], y[:10_000])
    P = model.predict_proba(X[10_000:])[:, 1]
    table = lr.reliability(y[10_000:], P)
    noise = 4 * np.sqrt(0.25 / table[:, 2])
    off = np.abs(table[:, 0] - table[:, 1])
    holds((off < noise).all(), "stated − true by bin", off, "as chance moves it")
    close(model.coef_, [2, -1], "coef_, true weights (2, −1)", atol=0.2)


@pytest.mark.milestone4
def test_the_model_refuses_what_it_cannot_learn():
    model, X = lr.LogisticRegression, np.eye(3)
    refuses(lambda: model().fit(X, [1, 1, 1]), "fit with one class")
    refuses(lambda: model().fit(X, [0, 1]), "fit of 3 rows, 2 labels")
    refuses(lambda: model().fit(np.full((3, 3), np.nan), [0, 1, 1]), "fit of NaN")
    refuses(lambda: model().predict(X), "predict before fit")
    known = model(lam=1.0).fit(X, [0, 1, 1])
    refuses(lambda: known.predict(np.eye(2)), "predict of 2 columns, learnt from 3")


@pytest.mark.milestone4
@pytest.mark.parametrize("k", [2, 3])
def test_more_columns_than_rows_are_no_trouble(k):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(10, 70)), np.arange(10) % k
    model = lr.LogisticRegression(lam=0.1).fit(X, y)
    holds((model.predict(X) == y).all(), "predict of its own rows", model.predict(X),
          str(y))  # fmt: skip


@pytest.mark.milestone4
def test_confusion_by_hand():
    """Of two 0s one was called 2; the 1 is right; the 2 was called 1; no 3 is there."""
    got = lr.confusion(np.array([0, 0, 1, 2]), np.array([0, 2, 1, 1]), 4)
    close(got, [[1, 0, 1, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]], "confusion")


@pytest.mark.milestone4
@given(seed=SEEDS)
def test_rows_of_the_confusion_matrix_add_up_to_the_classes(seed):
    rng = np.random.default_rng(seed)
    y, said = rng.integers(0, 3, 40), rng.integers(0, 3, 40)
    got = lr.confusion(y, said, 3)
    close(got, metrics.confusion_matrix(y, said, labels=[0, 1, 2]), "confusion")
    close(got.sum(axis=1), np.bincount(y, minlength=3), "sums of its rows")


@pytest.mark.milestone4
def test_brier_by_hand():
    """(0.9 − 1)² and (0.4 − 0)²: (0.01 + 0.16) / 2."""
    close(lr.brier(np.array([1, 0]), np.array([0.9, 0.4])), 0.085, "brier")


@pytest.mark.milestone4
def test_reliability_by_hand():
    """Five bins of width 0.2. In the first 0.1 and 0.15, one true; in the fourth 0.7;
    in the last 0.9 and 1, both true. The others are empty, and not there."""
    y, p = np.array([0, 1, 0, 1, 1]), np.array([0.1, 0.15, 0.7, 0.9, 1.0])
    want = [[0.125, 0.5, 2], [0.7, 0, 1], [0.95, 1, 2]]
    close(lr.reliability(y, p, bins=5), want, "reliability, bins = 5")


@pytest.mark.milestone4
def test_roc_by_hand():
    """Falling: 0.9 yes, 0.8 no, 0.6 yes and 0.6 no together, 0.1 no. Of the six pairs
    0.9 wins three; the yes at 0.6 loses to 0.8, ties, wins: 4.5 of 6."""
    y, score = np.array([0, 1, 0, 1, 0]), np.array([0.6, 0.9, 0.8, 0.6, 0.1])
    fpr, tpr, auc = lr.roc(y, score)
    close(fpr, [0, 0, 1 / 3, 2 / 3, 1], "fpr")
    close(tpr, [0, 0.5, 0.5, 1, 1], "tpr")
    close(auc, 0.75, "auc")


@pytest.mark.milestone4
@given(seed=SEEDS)
def test_the_area_is_scikit_learns(seed):
    rng = np.random.default_rng(seed)
    y, score = rng.integers(0, 2, 30), rng.integers(0, 8, 30) / 4
    y[:2] = 0, 1
    close(lr.roc(y, score)[2], metrics.roc_auc_score(y, score), "auc of 30 rows")


@pytest.mark.milestone4
def test_a_roc_needs_both_classes():
    refuses(lambda: lr.roc(np.ones(3), np.arange(3)), "roc of yeses only")


@pytest.mark.milestone4
@pytest.mark.slow
def test_on_digits_it_is_as_good_as_scikit_learn():
    X, y = (part[:500] for part in data.load_digits())
    X = X / 16
    peer = linear_model.LogisticRegression(C=1.0, tol=1e-6, max_iter=9999).fit(X, y)
    model = lr.LogisticRegression(lam=1 / len(X)).fit(X, y)
    ours, theirs = (
        surprise_of_many(y, X @ m.coef_.T + m.intercept_) + (m.coef_**2).sum() / 1000
        for m in (model, peer)
    )  # 2 n = 1000
    close(ours, theirs, "the loss on digits", rtol=1e-6)
