"""Chapter 13, linear regression: the judge of the four milestones."""

from fractions import Fraction

import numpy as np
import pytest
from conftest import chapter
from hypothesis import example, given, settings, strategies
from judge import close, holds, refuses
from oracles import numerical_gradient
from scipy import stats
from sklearn import linear_model, metrics, model_selection
from statsmodels.api import OLS, add_constant

lr = chapter("linear_regression")

# The three points of the page: the best line through them is 1 + 1.5 x.
ONES = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
X3, Y3 = ONES[:, 1:], np.array([1.0, 2.5, 4.0]) + [0.5, -1.0, 0.5]

seeds = strategies.integers(0, 10**6)
few = settings(max_examples=25)


def problem(seed, n=9, d=4, noise=1.0):
    """Random X (n, d), y (n,): the columns are neither centred nor of one size."""
    rng = np.random.default_rng(seed)
    X = rng.normal(3, 2, (n, d)) * np.geomspace(0.1, 10, d)
    return X, X @ rng.normal(size=d) + noise * rng.normal(size=n) + 7


def exact_solution(A, y):
    """Least squares in fractions: Gauss on AᵀA w = Aᵀy, without any rounding."""
    rows = [[Fraction(float(v)) for v in row] for row in A]
    target = [Fraction(float(v)) for v in y]
    d = len(rows[0])
    M = [[sum(r[i] * r[j] for r in rows) for j in range(d)]
         + [sum(r[i] * t for r, t in zip(rows, target))] for i in range(d)]  # fmt: skip
    for i in range(d):
        M[i] = [value / M[i][i] for value in M[i]]
        for k in range(d):
            if k != i:
                M[k] = [a - M[k][i] * b for a, b in zip(M[k], M[i])]
    return np.array([float(row[-1]) for row in M])


# --------------------------------------------------------------------------
# Milestone 1: the best line, solved for


@pytest.mark.milestone1
def test_a_matrix_is_split_by_hand():
    """[[4, 6], [6, 25]]: 2, then 6/2 = 3, then √(25 − 9) = 4."""
    got = lr.cholesky(np.array([[4.0, 6.0], [6.0, 25.0]]))
    close(got, [[2, 0], [3, 4]], "cholesky([[4, 6], [6, 25]])")


@pytest.mark.milestone1
@few
@given(seed=seeds, d=strategies.integers(1, 7))
def test_the_triangle_times_itself_is_the_matrix(seed, d):
    X, _ = problem(seed, 12, d)
    L = lr.cholesky(X.T @ X)
    close(L, np.tril(L), "cholesky(XᵀX), of which nothing lies above the diagonal")
    close(L @ L.T, X.T @ X, "L Lᵀ of cholesky(XᵀX)", rtol=1e-9)


@pytest.mark.milestone1
def test_triangles_are_solved_by_hand():
    """2 z₀ = 4, so z₀ = 2; 3·2 + 4 z₁ = 14, so z₁ = 2. From below: 4 z₁ = 8, so z₁ = 2;
    2 z₀ + 3·2 = 8, so z₀ = 1."""
    got = lr.solve_lower(np.array([[2.0, 0.0], [3.0, 4.0]]), np.array([4.0, 14.0]))
    close(got, [2, 2], "solve_lower([[2, 0], [3, 4]], [4, 14])")
    got = lr.solve_upper(np.array([[2.0, 3.0], [0.0, 4.0]]), np.array([8.0, 8.0]))
    close(got, [1, 2], "solve_upper([[2, 3], [0, 4]], [8, 8])")


@pytest.mark.milestone1
def test_many_right_sides_are_solved_at_once(rng):
    T, B = np.tril(rng.normal(size=(5, 5))) + 3 * np.eye(5), rng.normal(size=(5, 2))
    close(lr.solve_lower(T, B), np.linalg.solve(T, B), "solve_lower(L, B), B (5, 2)")
    close(lr.solve_upper(T.T, B), np.linalg.solve(T.T, B), "solve_upper(Lᵀ, B)")


@pytest.mark.milestone1
def test_three_points_by_hand():
    """XᵀX = [[3, 3], [3, 5]], Xᵀy = (7.5, 10.5): 3b + 3w = 7.5 and 3b + 5w = 10.5 give
    w = 1.5 and b = 1."""
    for name in ("normal_equation", "qr_solve"):
        got = getattr(lr, name)(ONES, Y3)
        close(got, [1, 1.5], f"{name}(X, y) of (0, 1.5) (1, 1.5) (2, 4.5)")


@pytest.mark.milestone1
@few
@given(seed=seeds, d=strategies.integers(1, 6))
def test_both_solvers_agree_with_numpy(seed, d):
    X, y = problem(seed, 11, d)
    want = np.linalg.lstsq(X, y, rcond=None)[0]
    close(lr.normal_equation(X, y), want, "normal_equation(X, y)", rtol=1e-6, atol=1e-7)
    close(lr.qr_solve(X, y), want, "qr_solve(X, y)", rtol=1e-8, atol=1e-9)


@pytest.mark.milestone1
@few
@given(seed=seeds)
def test_what_is_missing_is_at_right_angles_to_every_column(seed):
    X, y = problem(seed, 20, 3)
    for name in ("normal_equation", "qr_solve"):
        left = y - X @ getattr(lr, name)(X, y)
        cosine = X.T @ left / np.linalg.norm(X, axis=0) / np.linalg.norm(y)
        close(cosine, np.zeros(3), f"columns · (y − Xw), w by {name}", atol=1e-8)


@pytest.mark.milestone1
def test_two_rows_are_mirrored_by_hand():
    """(3, 4) is 5 long. The mirror sends it to (−5, 0), and b, (6, 8), to (−10, 0)."""
    R, c = lr.householder(np.array([[3.0], [4.0]]), np.array([6.0, 8.0]))
    close(np.abs([R[0, 0], c[0]]), [5, 10], "sizes of householder([[3], [4]], [6, 8])")
    close(c[0] / R[0, 0], 2, "c / R of householder([[3], [4]], [6, 8])")


@pytest.mark.milestone1
@few
@given(seed=seeds, d=strategies.integers(1, 5))
def test_mirrors_keep_lengths_and_leave_a_triangle(seed, d):
    A, b = problem(seed, 8, d)
    before = A.copy()
    R, c = lr.householder(A, b)
    close(A, before, "A itself, after householder(A, b)")
    holds(R.shape == (d, d) and c.shape == (d,), "shapes of householder(A, b)",
          (R.shape, c.shape), f"R ({d}, {d}) and c ({d},)")  # fmt: skip
    close(R, np.triu(R), "R of householder, of which nothing is below the diagonal")
    close(R.T @ R, A.T @ A, "RᵀR of householder(A, b), against AᵀA", rtol=1e-9)
    close(R.T @ c, A.T @ b, "Rᵀc of householder(A, b), against Aᵀb", rtol=1e-8)


@pytest.mark.milestone1
def test_a_column_that_nearly_lies_along_an_axis_loses_nothing():
    """The mirror must not come out of 1 − 1.0000000000000001: all that tells the two
    columns apart is of the size 1e-8."""
    A = np.array([[1.0, 1.0], [1e-8, 2e-8], [1e-8, -1e-8]])
    got = lr.qr_solve(A, A @ [5.0, -2.0])
    close(got, [5, -2], "qr_solve of (1, 1e-8, 1e-8), (1, 2e-8, −1e-8)", 1e-5)


@pytest.mark.milestone1
def test_mirrors_keep_the_digits_that_squares_lose():
    """Wampler's problem: 1 + x + … + x⁵ at 0 … 20. Every coefficient is 1."""
    A = np.vander(np.arange(21.0), 6, increasing=True)
    y = A.sum(axis=1)
    got = {name: np.abs(getattr(lr, name)(A, y) - 1).max()
           for name in ("normal_equation", "qr_solve")}  # fmt: skip
    holds(got["qr_solve"] < 1e-8, "worst error of qr_solve, Wampler1",
          got["qr_solve"], "below 1e-8")  # fmt: skip
    holds(got["normal_equation"] < 1e-3, "worst error of normal_equation, Wampler1",
          got["normal_equation"], "below 1e-3")  # fmt: skip


@pytest.mark.milestone1
def test_longley_agrees_with_the_certified_values():
    """What NIST certifies is what fractions give, without any rounding."""
    name, X, y, known = list(lr.nist_problems())[1]
    A = np.column_stack([np.ones(len(X)), X])
    close(exact_solution(A, y), known, f"certified {name}, against fractions", 1e-12)
    close(lr.qr_solve(A, y), known, "qr_solve of Longley", rtol=1e-8)
    close(lr.normal_equation(A, y), known, "normal_equation of Longley", rtol=1e-4)


@pytest.mark.milestone1
def test_condition_by_hand():
    """Columns of length 1 with the cosine c: the eigenvalues of XᵀX are 1 ± c, and for
    c = 0.6 the roots are in the ratio √(1.6 / 0.4) = 2. Units do not matter."""
    X = np.array([[1.0, 0.6], [0.0, 0.8]])
    close(lr.condition(X), 2, "condition([[1, 0.6], [0, 0.8]])")
    close(lr.condition(X * [1e6, 1e-3]), 2, "condition of the same in other units")
    close(lr.condition(np.eye(3)), 1, "condition of the identity")


@pytest.mark.milestone1
def test_spare_columns_are_found():
    rng = np.random.default_rng(1)
    a, b, c = rng.normal(50, 1, (3, 30))
    X = np.column_stack([a, np.full(30, 7.7), b, 2 * a - b + 3, c])
    close(lr.spare_columns(X), [1, 3], "spare_columns of a, 7.7, b, 2a − b + 3, c")
    close(lr.spare_columns(X[:, [0, 2, 4]]), [], "spare_columns of a, b, c")
    close(lr.spare_columns(X[:, :3] * [1e-9, 1, 1e9]), [1], "the same in other units")


@pytest.mark.milestone1
def test_columns_that_follow_from_others_are_refused(rng):
    X = rng.normal(size=(9, 3))
    X[:, 2] = X[:, 0] - 2 * X[:, 1]
    wide, y = rng.normal(size=(3, 5)), rng.normal(size=9)
    for name in ("normal_equation", "qr_solve"):
        solve = getattr(lr, name)
        refuses(lambda s=solve: s(X, y), f"{name} of a, b, a − 2b")
        refuses(lambda s=solve: s(wide, y[:3]), f"{name} of 3 rows and 5 columns")
    refuses(lambda: lr.condition(np.zeros((4, 2))), "condition of zeros")


# --------------------------------------------------------------------------
# Milestone 2: the best line, walked to


@pytest.mark.milestone2
def test_the_error_by_hand():
    """Misses 0, −2 and 1: the squares 0, 4, 1 have the mean 5/3."""
    got = lr.mse(np.array([1.0, 2.0, 6.0]), np.array([1.0, 4.0, 5.0]))
    close(got, 5 / 3, "mse([1, 2, 6], [1, 4, 5])")


@pytest.mark.milestone2
def test_the_gradient_of_three_points_by_hand():
    """w = 0 is too high by −1.5, −1.5, −4.5: twice the mean is −5. Times x = 0, 1, 2 it
    is 0, −1.5, −9: twice the mean is −7."""
    for name in ("gradient", "gradient_loop"):
        got = getattr(lr, name)(ONES, Y3, np.zeros(2))
        close(got, [-5, -7], f"{name}(X, y, [0, 0]) of three points")
        got = getattr(lr, name)(ONES, Y3, np.array([1, 1.5]))
        close(got, [0, 0], f"{name}(X, y, [1, 1.5]), at the best line")


@pytest.mark.milestone2
@few
@given(seed=seeds, d=strategies.integers(1, 5))
def test_the_gradient_agrees_with_central_differences(seed, d):
    X, y = problem(seed, 7, d)
    w = np.random.default_rng(seed + 1).normal(size=d)
    want = numerical_gradient(lambda w: float(np.mean((y - X @ w) ** 2)), w)
    close(lr.gradient(X, y, w), want, "gradient(X, y, w)", rtol=1e-6, atol=1e-5)
    close(lr.gradient_loop(X, y, w), want, "gradient_loop(X, y, w)", 1e-6, 1e-5)


@pytest.mark.milestone2
def test_the_walk_begins_at_zero_and_steps_downhill_by_hand():
    """At 0 the squares 2.25, 2.25, 20.25 have the mean 8.25; the first step of the rate
    0.1 goes to (0.5, 0.7)."""
    first, second = list(lr.gradient_descent(ONES, Y3, 0.1, 1))
    close(first[0], 0, "iteration of the first triple of gradient_descent")
    close(first[1], [0, 0], "w of the first triple of gradient_descent")
    close(first[2], 8.25, "error of the first triple of gradient_descent")
    close(second[0], 1, "iteration of the second triple of gradient_descent")
    close(second[1], [0.5, 0.7], "w of the second triple, lr = 0.1")


@pytest.mark.milestone2
@few
@given(seed=seeds)
def test_the_walk_arrives_where_the_normal_equation_is(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(40, 3)), rng.normal(size=40)
    *_, (last, w, error) = lr.gradient_descent(X, y, lr.best_rate(X), 300)
    want, left, *_ = np.linalg.lstsq(X, y, rcond=None)
    close(last, 300, "the last iteration of gradient_descent, 300 asked for")
    close(w, want, "w of gradient_descent after 300 steps", rtol=1e-6, atol=1e-8)
    close(error, left[0] / 40, "its error after 300 steps")


@pytest.mark.milestone2
def test_the_error_falls_at_every_step_and_every_w_is_kept(rng):
    X, y = rng.normal(size=(30, 4)), rng.normal(size=30)
    steps = list(lr.gradient_descent(X, y, 0.1, 20))
    close([s[0] for s in steps], np.arange(21), "iterations of 20 steps")
    errors = [s[2] for s in steps]
    holds(np.all(np.diff(errors) < 0), "errors of gradient_descent", errors, "falling")
    for _, w, error in steps:
        close(error, np.mean((y - X @ w) ** 2), "error of a triple, against its own w")


@pytest.mark.milestone2
def test_the_best_rate_by_hand():
    """Columns (2, 0), (0, 1) in two rows: the bowl curves by 2·4/2 = 4 and 2·1/2 = 1,
    so 2 / (4 + 1) = 0.4. Each step then leaves (4 − 1) / (4 + 1) = 0.6 of the way."""
    X, y = np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([2.0, 3.0])
    close(lr.best_rate(X), 0.4, "best_rate([[2, 0], [0, 1]])")
    w = np.array([step[1] for step in lr.gradient_descent(X, y, 0.4, 6)])
    off = np.abs(w - [1, 3])
    close(off[1:] / off[:-1], np.full((6, 2), 0.6), "way left, step by step, at 0.4")


@pytest.mark.milestone2
def test_a_rate_that_is_too_large_is_refused(rng):
    X, y = rng.normal(size=(20, 3)), rng.normal(size=20)
    for rate in (5.0, 50.0):
        walk = lr.gradient_descent(X, y, rate, 500)
        refuses(lambda w=walk: [s[2] for s in w], f"gradient_descent at lr = {rate:g}")


@pytest.mark.milestone2
@few
@given(seed=seeds)
def test_scaling_is_undone(seed):
    X, _ = problem(seed, 6, 3)
    rng = np.random.default_rng(seed)
    w, b, mean, std = rng.normal(size=3), 2.5, X.mean(axis=0), X.std(axis=0)
    got, base = lr.undo_scaling(w, b, mean, std)
    want = (X - mean) / std @ w + b
    close(X @ got + base, want, "X w + b with undo_scaling(w, b, mean, std)", 1e-9)


# --------------------------------------------------------------------------
# Milestone 3: small weights predict better


@pytest.mark.milestone3
def test_centred_products_by_hand():
    """x = 0, 1, 2 has the mean 1, y = 1.5, 1.5, 4.5 the mean 2.5: −1, 0, 1 times itself
    is 2, times −1, −1, 2 it is 3."""
    mean, y_mean, G, c = lr.centred_products(X3, Y3)
    close([*mean, y_mean], [1, 2.5], "means of centred_products of three points")
    close(G, [[2]], "G of centred_products of three points")
    close(c, [3], "c of centred_products of three points")


@pytest.mark.milestone3
def test_centred_products_of_many_rows_lose_no_digits(rng):
    X, y = rng.normal(1e6, 1, (2500, 3)), rng.normal(1e6, 1, 2500)
    _, _, G, c = lr.centred_products(X, y)
    Z, r = X - X.mean(axis=0), y - y.mean()
    close(G, Z.T @ Z, "G of centred_products, X about a million", rtol=1e-6)
    close(c, Z.T @ r, "c of centred_products, X about a million", 1e-6, 1e-5)


@pytest.mark.milestone3
def test_a_constant_column_is_nothing_but_zeros(rng):
    """The mean of thirty 7.7 is not 7.7 to the last digit, and that must not count."""
    X, y = rng.normal(size=(30, 3)), rng.normal(size=30)
    X[:, 1] = 7.7
    _, _, G, c = lr.centred_products(X, y)
    close([*G[1], *G[:, 1], c[1]], np.zeros(7), "G and c of a constant column", 0, 0)
    refuses(lambda: lr.ridge(X, y, 0.0), "ridge with lam = 0 and a constant column")
    close(lr.lasso(X, y, 0.0)[0][1], 0, "the lasso's weight of a constant column")


@pytest.mark.milestone3
def test_ridge_of_three_points_by_hand():
    """(2 + lam) w = 3: 1.5 for lam = 0, 1 for lam = 1; the line meets (1, 2.5)."""
    for lam, want in ((0.0, [1.5, 1.0]), (1.0, [1.0, 1.5]), (4.0, [0.5, 2.0])):
        w, b = lr.ridge(X3, Y3, lam)
        close([w[0], b], want, f"w and b of ridge(x, y, {lam:g}) of three points")


@pytest.mark.milestone3
@few
@given(seed=seeds, lam=strategies.sampled_from([0.1, 3.0, 100.0]))
def test_ridge_agrees_with_scikit_learn(seed, lam):
    X, y = problem(seed, 15, 4)
    want = linear_model.Ridge(alpha=lam).fit(X, y)
    w, b = lr.ridge(X, y, lam)
    close(w, want.coef_, f"w of ridge(X, y, {lam})", rtol=1e-8, atol=1e-10)
    close(b, want.intercept_, f"b of ridge(X, y, {lam})", rtol=1e-8)


@pytest.mark.milestone3
def test_ridge_shrinks_and_has_an_answer_for_any_shape(rng):
    X, y = rng.normal(size=(5, 12)), rng.normal(5, 1, 5)
    sizes = [np.linalg.norm(lr.ridge(X, y, lam)[0]) for lam in (0.1, 1, 10, 1e9)]
    holds(np.all(np.diff(sizes) < 0), "‖w‖ of ridge, lam 0.1, 1, 10, 1e9", sizes,
          "falling")  # fmt: skip
    w, b = lr.ridge(X, y, 1e12)
    close(w, np.zeros(12), "w of ridge(X, y, 1e12)", atol=1e-6)
    close(b, y.mean(), "b of ridge(X, y, 1e12), the mean of y", rtol=1e-6)


@pytest.mark.milestone3
@pytest.mark.parametrize("z, lam, want", [(3, 1, 2), (-3, 1, -2), (0.5, 1, 0),
                                          (-1, 1, 0), (2, 0, 2)])  # fmt: skip
def test_the_threshold_by_hand(z, lam, want):
    close(lr.soft_threshold(z, lam), want, f"soft_threshold({z}, {lam})")


@pytest.mark.milestone3
def test_a_pull_that_is_too_strong_by_hand():
    """2 w² / 2 − 3 w + |w|: at w = 1 the pull is 3 − 2 = 1 = lam. At 0 it is 3, 2 more
    than lam. At 0.5 it is 2, 1 more; at −1 it is 5, where −1 should be."""
    G, c = np.array([[2.0]]), np.array([3.0])
    for w, want in ((1.0, 0), (0.0, 2), (0.5, 1), (-1.0, 6)):
        got = lr.too_strong(G, c, 1.0, np.array([w]))
        close(got, want, f"too_strong([[2]], [3], 1, [{w:g}])")
    got = lr.too_strong(np.eye(2), np.array([0.4, 3.0]), 1.0, np.array([0.0, 2.0]))
    close(got, 0, "too_strong of (0, 2), pulled by 0.4 and 1, lam = 1")


@pytest.mark.milestone3
def test_jumps_by_hand():
    """One weight: 2 w = 3 − 1 gives 1, from any positive w. From −1 the goal is
    2 w = 3 + 1, so 2: on the way there w is 0, and there the jump ends."""
    G, c = np.array([[2.0]]), np.array([3.0])
    for w, want in ((0.3, 1), (5.0, 1), (-1.0, 0), (0.0, 0)):
        got = lr.jump(G, c, 1.0, np.array([w]))
        close(got, [want], f"jump([[2]], [3], 1, [{w:g}])")
    w = np.array([0.5, 0.5])
    got = lr.jump(np.ones((2, 2)), np.ones(2), 0.1, w)
    close(got.sum(), 0.9, "the sum of jump with two equal columns, c = 1, lam = 0.1")
    close(w, [0.5, 0.5], "w itself, after a jump")


@pytest.mark.milestone3
def test_a_jump_ends_where_the_first_weight_becomes_zero():
    """G is 1, lam 0: the goal is c = (−3, 1, −1). From (1, 2, 1) the first weight is 0
    after a quarter of the way, the third after a half: so (0, 1.75, 0.5). The fourth is
    0 and stays so."""
    c, w = np.array([-3.0, 1.0, -1.0, 9.0]), np.array([1.0, 2.0, 1.0, 0.0])
    got = lr.jump(np.eye(4), c, 0.0, w)
    close(got, [0, 1.75, 0.5, 0], "jump(1, (−3, 1, −1, 9), 0, (1, 2, 1, 0))")


@pytest.mark.milestone3
def test_columns_that_are_all_but_equal_do_not_stop_it(rng):
    """a and 2a + 1, rounded to eight decimals: nobody can tell which of them it is."""
    a = rng.normal(size=30)
    X, y = np.column_stack([a, np.round(2 * a + 1, 8)]), a + rng.normal(size=30)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    lams, W = lr.regularisation_path(X, y)
    one = lr.regularisation_path(X[:, :1], y, lams)[1][:, 0]
    close(W.sum(axis=1), one, "the two weights summed, against that of a alone", 1e-4)


@pytest.mark.milestone3
@few
@given(seed=seeds, share=strategies.sampled_from([0.5, 0.1, 0.01, 0.0]))
def test_the_lasso_leaves_no_pull_above_lam(seed, share):
    """It is the best if every weight in use is pulled by lam, in the direction of its
    sign, and no other by more."""
    X, y = problem(seed, 12, 5)
    n, Z, r = len(y), X - X.mean(axis=0), y - y.mean()
    lam = share * np.abs(Z.T @ r).max() / n
    w, b = lr.lasso(X, y, lam)
    pull, size = Z.T @ (r - Z @ w) / n, np.abs(Z.T @ r).max() / n
    used = w != 0
    close(pull[used] / size, lam / size * np.sign(w[used]), "pulls of weights in use",
          atol=1e-7)  # fmt: skip
    holds(np.all(np.abs(pull) <= lam + 1e-7 * size), "pulls of all weights", pull,
          f"at most lam = {lam:g}")  # fmt: skip
    close(b, y.mean() - X.mean(axis=0) @ w, "b of lasso: the line meets the means")


@pytest.mark.milestone3
@few
@given(seed=seeds)
def test_the_lasso_agrees_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(2, 1, (40, 6)), rng.normal(size=40)
    want = linear_model.Lasso(alpha=0.1, tol=1e-13, max_iter=10**5).fit(X, y)
    w, b = lr.lasso(X, y, 0.1)
    close(w, want.coef_, "w of lasso(X, y, 0.1)", atol=1e-6)
    close(b, want.intercept_, "b of lasso(X, y, 0.1)", atol=1e-6)


@pytest.mark.milestone3
def test_the_lasso_goes_from_least_squares_to_nothing():
    """For three points: 2/3 w = 1 − lam, so 1.5, 0.75, and 0 from lam = 1 on."""
    for lam, want in ((0.0, 1.5), (0.5, 0.75), (1.0, 0.0), (9.0, 0.0)):
        w, b = lr.lasso(X3, Y3, lam)
        close(w, [want], f"w of lasso(x, y, {lam:g}) of three points", atol=1e-9)
        close(b, 2.5 - want, f"b of lasso(x, y, {lam:g}) of three points", atol=1e-9)


@pytest.mark.milestone3
def test_coordinates_descend_to_the_same_from_any_start(rng):
    X, y = rng.normal(size=(8, 12)), rng.normal(size=8)
    X[:, 3] = 0  # says nothing
    G, c = X.T @ X / 8, X.T @ y / 8
    want = lr.coordinate_descent(G, c, 0.05, np.zeros(12))
    got = lr.coordinate_descent(G, c, 0.05, rng.normal(size=12))
    close(got, want, "coordinate_descent from a random start", atol=1e-7)
    close(got[3], 0, "the weight of a column of zeros")


@pytest.mark.milestone3
@few
@given(seed=seeds)
def test_the_path_lets_weights_in_one_after_the_other(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(50, 7)), rng.normal(size=50)
    lams, W = lr.regularisation_path(X, y)
    holds(W.shape == (len(lams), 7), "shape of W, 7 columns", W.shape, "(lams, 7)")
    largest = np.abs((X - X.mean(axis=0)).T @ (y - y.mean())).max() / 50
    close(lr.largest_lam(X, y), largest, "largest_lam(X, y): max |c| / n")
    close(lams[0], largest, "the first lam of regularisation_path: max |c| / n")
    close(lams[-1] / lams[0], 1e-3, "the last lam over the first")
    close(W[0], np.zeros(7), "weights at the first lam", atol=1e-12)
    some = [0.2, 0.05, 0.01]
    got, W = lr.regularisation_path(X, y, some)
    close(got, some, f"lams of regularisation_path(X, y, {some})")
    for lam, w in zip(some, W):
        want = linear_model.Lasso(alpha=lam, tol=1e-13, max_iter=10**5).fit(X, y)
        close(w, want.coef_, f"weights of the path at {lam}", atol=1e-6)


@pytest.mark.milestone3
def test_small_weights_predict_better_from_few_rows():
    """30 rows, 20 features of which 3 matter: the mean over ten draws."""
    errors = {"least squares": [], "ridge 10": [], "lasso 0.3": []}
    for seed in range(10):
        rng = np.random.default_rng(seed)
        X, truth = rng.normal(size=(1030, 20)), np.r_[3.0, -2.0, 1.0, np.zeros(17)]
        y = X @ truth + 2 * rng.normal(size=1030)
        fits = [lr.ridge(X[:30], y[:30], 0.0), lr.ridge(X[:30], y[:30], 10.0),
                lr.lasso(X[:30], y[:30], 0.3)]  # fmt: skip
        for name, (w, b) in zip(errors, fits):
            errors[name].append(np.mean((y[30:] - X[30:] @ w - b) ** 2))
    plain, small, sparse = (np.mean(values) for values in errors.values())
    holds(small < 0.8 * plain, "test error of ridge over least squares", small / plain,
          "below 0.8")  # fmt: skip
    holds(sparse < 0.8 * plain, "test error of lasso over least squares",
          sparse / plain, "below 0.8")  # fmt: skip


@pytest.mark.milestone3
def test_a_negative_lam_is_refused():
    refuses(lambda: lr.ridge(X3, Y3, -1.0), "ridge with lam = −1")
    refuses(lambda: lr.lasso(X3, Y3, -1.0), "lasso with lam = −1")
    X = np.column_stack([X3, 2 * X3])
    refuses(lambda: lr.ridge(X, Y3, 0.0), "ridge with lam = 0 of x and 2x")


# --------------------------------------------------------------------------
# Milestone 4: judged on rows that it has not seen


@pytest.mark.milestone4
def test_the_measures_by_hand():
    """Misses 1, −1, 2: the sizes have the mean 4/3, the squares 2. y = 1, 2, 6 is
    −2, −1, 3 from its mean: 14/3. So 1 − 2 / (14/3) = 4/7."""
    y, y_hat = np.array([1.0, 2.0, 6.0]), np.array([0.0, 3.0, 4.0])
    close(lr.mae(y, y_hat), 4 / 3, "mae([1, 2, 6], [0, 3, 4])")
    close(lr.r2(y, y_hat), 4 / 7, "r2([1, 2, 6], [0, 3, 4])")
    close(lr.r2(y, y), 1, "r2(y, y)")
    close(lr.r2(y, np.full(3, 3.0)), 0, "r2 of the mean")
    close(lr.r2(np.ones(3), y), np.nan, "r2 where all y are equal")


@pytest.mark.milestone4
@few
@given(seed=seeds)
def test_the_measures_agree_with_scikit_learn(seed):
    y, y_hat = np.random.default_rng(seed).normal(size=(2, 9))
    close(lr.r2(y, y_hat), metrics.r2_score(y, y_hat), "r2(y, y_hat)")
    want = metrics.mean_absolute_error(y, y_hat)
    close(lr.mae(y, y_hat), want, "mae(y, y_hat)")


@pytest.mark.milestone4
@pytest.mark.parametrize("name, lam", [("LinearRegression", None), ("Ridge", 2.0),
                                       ("Lasso", 0.1)])  # fmt: skip
def test_models_are_used_as_those_of_scikit_learn(name, lam):
    X, y = problem(5, 30, 4)
    X_new, _ = problem(6, 7, 4)
    ours = getattr(lr, name)(*[] if lam is None else [lam])
    theirs = getattr(linear_model, name)(**{} if lam is None else {"alpha": lam})
    if name == "Lasso":
        theirs.set_params(tol=1e-13, max_iter=10**6)
    holds(ours.fit(X, y) is ours, f"{name}.fit(X, y)", "something else", "the model")
    theirs.fit(X, y)
    tolerance = 1e-6 if name == "Lasso" else 1e-8
    close(ours.coef_, theirs.coef_, f"{name}.coef_", tolerance, tolerance)
    close(ours.intercept_, theirs.intercept_, f"{name}.intercept_", tolerance, 1e-6)
    got = ours.predict(X_new)
    close(got, theirs.predict(X_new), f"{name}.predict of new rows", 1e-6, 1e-6)
    close(ours.fit(X.tolist(), y.tolist()).coef_, theirs.coef_, f"{name}, of lists",
          tolerance, tolerance)  # fmt: skip


@pytest.mark.milestone4
@few
@given(seed=seeds)
def test_units_change_the_weights_and_not_the_predictions(seed):
    X, y = problem(seed, 14, 3)
    units = np.array([1000.0, 0.01, 7.0])
    plain = lr.LinearRegression().fit(X, y)
    other = lr.LinearRegression().fit(X * units - 5, 3 * y + 2)
    close(other.coef_ * units / 3, plain.coef_, "coef_ in other units", 1e-6, 1e-9)
    got = other.predict(X * units - 5)
    close(got, 3 * plain.predict(X) + 2, "predictions in other units", rtol=1e-6)


@pytest.mark.milestone4
@pytest.mark.parametrize("case", [
    "no rows", "a NaN", "an infinite y", "one-dimensional X", "too few y",
    "5 rows and 9 columns", "x and 2x",
])  # fmt: skip
def test_what_cannot_be_learnt_is_refused(case):
    X, y = problem(0, 9, 3)
    bad = X.copy()
    bad[2, 1] = np.nan
    wide = np.random.default_rng(0).normal(size=(5, 9))
    X, y = {
        "no rows": (X[:0], y[:0]), "a NaN": (bad, y), "an infinite y": (X, y * np.inf),
        "one-dimensional X": (X[:, 0], y), "too few y": (X, y[:-1]),
        "5 rows and 9 columns": (wide, y[:5]),
        "x and 2x": (np.column_stack([X, 2 * X[:, 0]]), y),
    }[case]  # fmt: skip
    refuses(lambda: lr.LinearRegression().fit(X, y), f"fit with {case}")


@pytest.mark.milestone4
def test_predictions_that_make_no_sense_are_refused():
    X, y = problem(0)
    refuses(lambda: lr.LinearRegression().predict(X), "predict before fit")
    model = lr.LinearRegression().fit(X, y)
    refuses(lambda: model.predict(X[:, :2]), "predict of 2 columns after fit to 4")


@pytest.mark.milestone4
@few
@given(seed=seeds, n=strategies.integers(2, 23), folds=strategies.integers(2, 9))
def test_every_row_is_in_one_fold(seed, n, folds):
    if folds > n:
        refuses(lambda: lr.fold_rows(n, folds, seed), f"fold_rows({n}, {folds}, rng)")
        return
    got = lr.fold_rows(n, folds, seed)
    rows = np.sort(np.concatenate(got))
    close(rows, np.arange(n), f"all rows of fold_rows({n}, {folds}, rng)")
    sizes = [len(fold) for fold in got]
    holds(len(got) == folds and max(sizes) - min(sizes) <= 1, "sizes of the folds",
          sizes, f"{folds} sizes that differ by 1 at most")  # fmt: skip
    refuses(lambda: lr.fold_rows(n, 1, seed), f"fold_rows({n}, 1, rng)")


class Echo:
    """A model that remembers what it was fitted to, and predicts the mean of it."""

    def __init__(self):
        self.seen = []

    def fit(self, X, y):
        self.seen.append(set(X[:, 0]))
        self.mean = y.mean()
        return self

    def predict(self, X):
        assert not self.seen[-1] & set(X[:, 0]) or self.leak()
        return np.full(len(X), self.mean)

    def leak(self):
        """Noted, and told by the claim."""
        self.seen.append("leak")
        return True


@pytest.mark.milestone4
def test_folds_are_judged_by_models_that_have_not_seen_them():
    X = np.arange(20.0)[:, None]
    model = Echo()
    scores = lr.cross_validate(model, X, X[:, 0] ** 2, 4, 0)
    leaks = model.seen.count("leak")
    close(leaks, 0, "folds of cross_validate whose rows the model had seen")
    sizes = [len(rows) for rows in model.seen]
    close(sizes, [15] * 4, "rows that each model learns from, 20 rows, 4 folds")
    good = np.shape(scores) == (4,) and np.all(np.array(scores) <= 0)
    holds(good, "R² of predicting the mean of other rows", scores, "4 of at most 0")


@pytest.mark.milestone4
def test_leaving_one_pair_out_agrees_with_scikit_learn():
    X, y = problem(3, 24, 3)
    got = lr.cross_validate(lr.LinearRegression(), X, y, 6, 1)
    folds = [(np.setdiff1d(np.arange(24), out), out) for out in lr.fold_rows(24, 6, 1)]
    want = model_selection.cross_val_score(
        linear_model.LinearRegression(), X, y, cv=folds, scoring="r2"
    )
    close(got, want, "cross_validate(LinearRegression(), X, y, 6, rng)", rtol=1e-6)


@pytest.mark.milestone4
def test_errors_along_the_path_agree_with_scikit_learn():
    rng = np.random.default_rng(2)
    X, y = rng.normal(3, 1, (30, 5)), rng.normal(size=30)
    lams = np.array([0.5, 0.1, 0.02])
    got = lr.path_errors(X, y, lams, 4, 7)
    holds(got.shape == (4, 3), "shape of path_errors, 4 folds, 3 lams", got.shape,
          "(4, 3)")  # fmt: skip
    for k, out in enumerate(lr.fold_rows(30, 4, 7)):
        rest = np.setdiff1d(np.arange(30), out)
        for j, lam in enumerate(lams):
            theirs = linear_model.Lasso(alpha=lam, tol=1e-13, max_iter=10**5)
            miss = y[out] - theirs.fit(X[rest], y[rest]).predict(X[out])
            close(got[k, j], np.mean(miss**2), f"error on fold {k} at lam {lam}", 1e-5)


@pytest.mark.milestone4
def test_the_simplest_within_one_error_by_hand():
    """Means 9, 6.2, 5.6, 5, 5.1. In the column of 5 the folds are 4, 5, 5, 6: their
    deviation is √(2/3) = 0.82, half of it is 0.41. So up to 5.41 will do."""
    means = np.array([9.0, 6.2, 5.6, 5.0, 5.1])
    errors = means + np.array([[-1.0], [0.0], [0.0], [1.0]])
    close(
        lr.one_standard_error(errors), (3, 3), "one_standard_error, means 9 … 5.6 5 5.1"
    )
    errors[:, 2] -= 0.3
    close(lr.one_standard_error(errors), (3, 2), "the same with 5.3 for 5.6")
    errors[:, 1] -= 0.81
    close(lr.one_standard_error(errors), (3, 1), "the same with 5.39 for 6.2 as well")


@pytest.mark.milestone4
def test_the_chance_of_a_t_by_hand():
    """One degree of freedom: |T| passes 1 in half of all cases. Two: √2 is passed with
    the chance 1 − √2 / √(2 + 2) = 0.2929."""
    close(lr.two_sided(1.0, 1), 0.5, "two_sided(1, 1)")
    close(lr.two_sided(2**0.5, 2), 1 - 0.5**0.5, "two_sided(√2, 2)")
    close(lr.two_sided(0.0, 7), 1, "two_sided(0, 7)")
    close(lr.two_sided(np.inf, 7), 0, "two_sided(∞, 7)")
    close(lr.two_sided(np.nan, 7), np.nan, "two_sided(NaN, 7)")


@pytest.mark.milestone4
@few
@given(t=strategies.floats(-50, 50), freedom=strategies.integers(1, 20_000))
@example(t=7.6e-06, freedom=4615)  # so near 0 that ν / (ν + t²) has lost it
def test_the_chance_of_a_t_agrees_with_scipy(t, freedom):
    want = 2 * stats.t.sf(abs(t), freedom)
    got = lr.two_sided(t, freedom)
    close(got, want, f"two_sided({t}, {freedom})", rtol=1e-8, atol=1e-300)


@pytest.mark.milestone4
def test_the_summary_of_three_points_by_hand():
    """1 + 1.5 x misses by 0.5, −1, 0.5: s² = 1.5 / (3 − 2) = 1.5. Around its mean x has
    the squares 2, so the slope's error is √(1.5/2) = 0.866, and that of the intercept
    √(1.5 (1/3 + 1/2)) = 1.118. t = 1.5 / 0.866 = √3, passed in a third of all cases."""
    got = lr.summary(X3, Y3)
    close(got[:, 0], [1, 1.5], "coefficients of summary of three points")
    close(got[:, 1], [1.25**0.5, 0.75**0.5], "standard errors of three points")
    close(got[1, 2:], [3**0.5, 1 / 3], "t and p of the slope of three points")


@pytest.mark.milestone4
@few
@given(seed=seeds, d=strategies.integers(1, 5))
def test_the_summary_agrees_with_statsmodels(seed, d):
    X, y = problem(seed, 17, d)
    want = OLS(y, add_constant(X)).fit()
    got = lr.summary(X, y)
    holds(got.shape == (d + 1, 4), "shape of summary(X, y)", got.shape, f"({d + 1}, 4)")
    for j, part in enumerate((want.params, want.bse, want.tvalues, want.pvalues)):
        name = ("coefficients", "standard errors", "t", "p")[j]
        close(got[:, j], part, f"{name} of summary(X, y)", rtol=1e-6, atol=1e-12)
    refuses(lambda: lr.summary(X[: d + 1], y[: d + 1]), "summary of n = d + 1 rows")


@pytest.mark.milestone4
@few
@given(seed=seeds)
def test_influence_agrees_with_statsmodels(seed):
    X, y = problem(seed, 16, 3)
    want = OLS(y, add_constant(X)).fit().get_influence()
    h, cook = lr.influence(X, y)
    close(h, want.hat_matrix_diag, "leverage of influence(X, y)", rtol=1e-6)
    close(h.sum(), 4, "the leverages summed: as many as coefficients")
    close(cook, want.cooks_distance[0], "Cook's distance of influence(X, y)", 1e-6)


@pytest.mark.milestone4
def test_a_bend_is_told_from_noise():
    bent, straight = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X, noise = rng.normal(size=(80, 2)), rng.normal(size=80)
        straight.append(lr.bend_test(X, X @ [2.0, -1.0] + noise))
        bent.append(lr.bend_test(X, np.exp(X @ [1.0, -0.5]) + 0.3 * noise))
    holds(min(bent) > 2, "least bend of 20 curved sets", min(bent), "above 2")
    share = np.mean(np.abs(straight) > 2)
    holds(share <= 0.2, "share of 20 straight sets with a bend beyond 2", share,
          "about 5 %, at most 20 %")  # fmt: skip


@pytest.mark.milestone4
def test_houses_that_were_not_seen_are_priced(capsys):
    close(lr.main(["housing_data.csv", "--no-show"]), 0, "exit code")
    text = capsys.readouterr().out
    for words in ("Features: CRIM, ZN, INDUS, ... (12 total)", "Target: MEDV",
                  "Method 1: Normal Equation", "Method 2: Gradient Descent",
                  "Iteration 0: MSE = 584.4", "the same as method 1", "  R²: 0.75",
                  "Evaluation on test set (101 rows)"):  # fmt: skip
        holds(words in text, "what housing_data.csv prints", text, repr(words))
