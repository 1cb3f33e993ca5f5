"""Chapter 4, PCA: the judge of the four milestones."""

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, strategies
from judge import close, holds, refuses
from sklearn import datasets, decomposition

from common import data

pca = chapter("pca_visualizer")


def spectrum(rng: np.random.Generator, values: list[float]) -> np.ndarray:
    """A symmetric matrix with these eigenvalues, its eigenvectors drawn at random."""
    Q, _ = np.linalg.qr(rng.normal(size=(len(values), len(values))))
    A = (Q * np.asarray(values, dtype=float)) @ Q.T
    return (A + A.T) / 2


def referee(A: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """numpy's eigenpairs: values falling, the entry of largest size positive."""
    values, V = np.linalg.eigh(A)
    values, V = values[::-1][:k], V[:, ::-1][:, :k]
    return values, V * np.sign(V[np.abs(V).argmax(axis=0), np.arange(k)])


def iris() -> np.ndarray:
    """Fisher's flowers, every column with mean 0 and standard deviation 1."""
    X = datasets.load_iris().data
    return (X - X.mean(axis=0)) / X.std(axis=0)


def digits() -> np.ndarray:
    return data.load_digits()[0]


# --------------------------------------------------------------------------
# Milestone 1: how the columns vary together


@pytest.mark.milestone1
@pytest.mark.parametrize("name", ["covariance_loop", "covariance"])
def test_the_covariance_of_three_points_by_hand(name):
    """Means 2 and 5. Differences (−1, −3), (0, −1), (1, 4): the squares have the means
    2/3 and 26/3, the products (3 + 0 + 4) / 3 = 7/3."""
    X = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 9.0]])
    want = [[2 / 3, 7 / 3], [7 / 3, 26 / 3]]
    close(getattr(pca, name)(X), want, f"{name}([[1, 2], [2, 4], [3, 9]])")


@pytest.mark.milestone1
def test_the_loop_says_the_same(rng):
    X = rng.normal(size=(40, 3)) + [1, 20, 300]
    want = np.cov(X.T, bias=True)
    close(pca.covariance_loop(X), want, "covariance_loop(X), X (40, 3)")


@pytest.mark.milestone1
def test_the_data_are_left_as_they_were(rng):
    X = rng.normal(size=(20, 3)) + 5
    before = X.copy()
    pca.covariance(X)
    close(X, before, "X itself, after covariance(X)")


@pytest.mark.milestone1
def test_it_agrees_with_numpy(rng):
    X = rng.normal(size=(500, 6)) @ rng.normal(size=(6, 6)) + 5
    close(pca.covariance(X), np.cov(X.T, bias=True), "covariance(X), X (500, 6)")


@pytest.mark.milestone1
def test_it_is_symmetric_and_moving_all_points_changes_nothing(rng):
    X = rng.normal(size=(100, 4))
    C = pca.covariance(X)
    close(C.T, C, "covariance(X).T")
    close(pca.covariance(X + [3, -2, 100, 0]), C, "covariance(X + a row)", atol=1e-8)


@pytest.mark.milestone1
def test_the_diagonal_holds_the_variances(rng):
    X = rng.normal(size=(100, 4)) * [1, 2, 3, 4]
    close(np.diag(pca.covariance(X)), X.var(axis=0), "diagonal of covariance(X)")


@pytest.mark.milestone1
def test_a_column_in_other_units_scales_its_row_and_column(rng):
    X, units = rng.normal(size=(50, 3)), np.array([1.0, 10.0, 0.5])
    want = pca.covariance(X) * np.outer(units, units)
    close(pca.covariance(X * units), want, "covariance(X * [1, 10, 0.5])")


@pytest.mark.milestone1
def test_many_rows_count_as_much_as_few(rng):
    """Every row counts, however the work is cut: 30,001 of them."""
    X = rng.normal(size=(30_001, 2)) + np.linspace(0, 5, 30_001)[:, None]
    want = np.cov(X.T, bias=True)
    close(pca.covariance(X), want, "covariance(X) of 30,001 rows")


@pytest.mark.milestone1
def test_single_precision_and_whole_numbers_are_understood(rng):
    X = rng.integers(0, 9, size=(200, 3))
    want = np.cov(X.T, bias=True)
    close(pca.covariance(X), want, "covariance(whole numbers)")
    close(pca.covariance(X.astype(np.float32)), want, "covariance(float32)", rtol=1e-5)


# --------------------------------------------------------------------------
# Milestone 2: a vector that turns to the longest axis


@pytest.mark.milestone2
def test_the_eigenpair_of_a_matrix_by_hand(rng):
    """[[2, 1], [1, 2]] (1, 1) = (3, 3): the value 3, the vector (1, 1) / √2."""
    value, v, _ = pca.power_iteration(np.array([[2.0, 1.0], [1.0, 2.0]]), rng)
    close(value, 3.0, "value of power_iteration([[2, 1], [1, 2]])")
    close(np.abs(v), [0.5**0.5] * 2, "|vector| of power_iteration([[2, 1], [1, 2]])")
    close(v[0], v[1], "vector[0] of power_iteration([[2, 1], [1, 2]])")


@pytest.mark.milestone2
@given(seed=strategies.integers(0, 10**6), d=strategies.integers(1, 8))
def test_multiplying_by_A_only_stretches_the_vector(seed, d):
    rng = np.random.default_rng(seed)
    A = spectrum(rng, [10, 7, *rng.uniform(0, 7, d)])
    value, v, _ = pca.power_iteration(A, rng)
    close(A @ v, value * v, "A @ vector, vector of power_iteration(A)", atol=1e-8)
    close(np.linalg.norm(v), 1.0, "length of the vector of power_iteration(A)")
    close(value, 10.0, "value of power_iteration(A), largest eigenvalue 10")


@pytest.mark.milestone2
def test_a_negative_eigenvalue_is_found_with_its_sign(rng):
    """−5 is the largest in size. A v points against v, and still the way settles."""
    A = spectrum(rng, [-5, 3, 1])
    value, v, history = pca.power_iteration(A, rng)
    close(value, -5.0, "value of power_iteration(A), eigenvalues −5, 3, 1")
    close(A @ v, -5 * v, "A @ vector of power_iteration(A)", atol=1e-8)
    close(
        history[-2], v, "last but one of the history, eigenvalues −5, 3, 1", atol=1e-6
    )


@pytest.mark.milestone2
def test_the_history_is_of_unit_vectors_and_ends_at_the_vector(rng):
    A = spectrum(rng, [4, 2, 1])
    _, v, history = pca.power_iteration(A, rng)
    holds(history.ndim == 2 and history.shape[1] == 3, "shape of the history",
          history.shape, "(m, 3)")  # fmt: skip
    lengths = np.linalg.norm(history, axis=1)
    close(lengths, np.ones(len(history)), "lengths of the vectors of the history")
    close(history[-1], v, "the last of the history")


@pytest.mark.milestone2
def test_each_of_the_history_is_A_times_the_one_before(rng):
    A = spectrum(rng, [4, 2, 1])
    history = pca.power_iteration(A, rng)[2]
    want = history[:-1] @ A
    want /= np.linalg.norm(want, axis=1, keepdims=True)
    close(history[1:], want, "history[1:] of power_iteration(A)", atol=1e-8)


@pytest.mark.milestone2
def test_it_ends_when_a_step_moves_the_vector_by_tol(rng):
    A = spectrum(rng, [4, 2, 1])
    for tol in (1e-3, 1e-12):
        history = pca.power_iteration(A, np.random.default_rng(3), tol)[2]
        step = np.linalg.norm(np.diff(history, axis=0), axis=1)
        holds(step[-1] <= 2 * tol < step[-3], f"the last steps, tol {tol}", step[-3:],
              f"the last, and it only, is about {tol} or less")  # fmt: skip


@pytest.mark.milestone2
def test_in_two_dimensions_every_step_shrinks_the_tangent_by_the_ratio(rng):
    """(a, b) becomes (λ₁ a, λ₂ b): the tangent b/a is multiplied by λ₂/λ₁ = 0.4."""
    history = pca.power_iteration(np.diag([5.0, 2.0]), rng)[2]
    tangent = np.abs(history[:12, 1] / history[:12, 0])
    want = np.full(len(tangent) - 1, 0.4)
    close(
        tangent[1:] / tangent[:-1], want, "tangent after / before each step", rtol=1e-6
    )


@pytest.mark.milestone2
def test_angles_by_hand():
    """To (1, 0): (0, 1) has 90°, (1, 1) has 45°, (−1, 0) lies on the same axis: 0°."""
    r = 0.5**0.5
    got = pca.angles(np.array([[0.0, 1.0], [r, r], [-1.0, 0.0], [1.0, 0.0]]))
    close(
        got, [np.pi / 2, np.pi / 4, 0, 0], "angles([[0, 1], [r, r], [−1, 0], [1, 0]])"
    )


@pytest.mark.milestone2
def test_tiny_angles_are_seen():
    """cos 1e-9 = 1 − 5e-19 is rounded to 1: the cosine alone cannot tell."""
    got = pca.angles(np.array([[1.0, 1e-9], [1.0, 0.0]]))
    close(got, [1e-9, 0], "angles([[1, 1e-9], [1, 0]])", rtol=1e-6, atol=1e-15)


@pytest.mark.milestone2
@pytest.mark.parametrize("second", [0.1, 0.5, 0.9])
def test_the_measured_contraction_is_the_ratio_of_the_eigenvalues(rng, second):
    A = spectrum(rng, [3, 3 * second, second, 0.3 * second])
    got = pca.contraction(pca.power_iteration(A, rng)[2])
    close(got, second, f"contraction, λ₂ / λ₁ = {second}", rtol=0.02)


@pytest.mark.milestone2
def test_one_axis_is_all_there_is(rng):
    """A = 5 u uᵀ: the first step is the last, and there is nothing to contract."""
    u = np.array([0.6, 0.8])
    value, v, history = pca.power_iteration(5 * np.outer(u, u), rng)
    close(value, 5.0, "value of power_iteration(5 u uᵀ)")
    close(np.abs(v), u, "|vector| of power_iteration(5 u uᵀ)")
    holds(len(history) <= 4, "steps for 5 u uᵀ", len(history), "at most 4")
    close(pca.power_iteration(np.zeros((3, 3)), rng)[0], 0.0, "value of a zero matrix")


# --------------------------------------------------------------------------
# Milestone 3: all the axes, and the data seen along them


@pytest.mark.milestone3
def test_deflation_takes_one_eigenvalue_to_zero_and_keeps_the_others(rng):
    A = spectrum(rng, [5, 3, 1])
    values, V = referee(A, 3)
    rest = pca.deflate(A, values[0], V[:, 0])
    close(rest @ V[:, 0], np.zeros(3), "deflate(A, 5, v₁) @ v₁")
    close(rest @ V[:, 1:], A @ V[:, 1:], "deflate(A, 5, v₁) @ [v₂ v₃]")


@pytest.mark.milestone3
def test_one_by_one_finds_them_in_order(rng):
    A = spectrum(rng, [6, 4, 2.5, 1])
    values, V = pca.one_by_one(A, 3, rng)
    close(values, [6, 4, 2.5], "values of one_by_one(A, 3, rng), eigenvalues 6 4 2.5 1")
    close(A @ V, V * values, "A @ V of one_by_one(A, 3, rng)", atol=1e-8)


@pytest.mark.milestone3
@given(seed=strategies.integers(0, 10**6), d=strategies.integers(1, 14))
def test_eigenpairs_are_eigenpairs_at_right_angles(seed, d):
    rng = np.random.default_rng(seed)
    A = np.cov(rng.normal(size=(2 * d + 2, d)).T, bias=True).reshape(d, d)
    k = int(rng.integers(1, d + 1))
    values, V = pca.eigenpairs(A, k, rng)
    close(values, referee(A, k)[0], f"values of eigenpairs(A, {k}), d = {d}", atol=1e-8)
    close(A @ V, V * values, f"A @ V of eigenpairs(A, {k}), d = {d}", atol=1e-8)
    close(V.T @ V, np.eye(k), f"VᵀV of eigenpairs(A, {k}), d = {d}", atol=1e-8)


@pytest.mark.milestone3
@pytest.mark.parametrize("d, k", [(4, 4), (10, 3), (30, 30), (120, 6), (150, 40)])
def test_eigenpairs_agree_with_numpy(d, k):
    rng = np.random.default_rng(d)
    A = spectrum(rng, 3.0 * 0.9 ** np.arange(d))
    values, V = pca.eigenpairs(A, k, rng)
    want, W = referee(A, k)
    close(values, want, f"values of eigenpairs(A, {k}), d = {d}", atol=1e-8)
    close(np.abs((V * W).sum(axis=0)), np.ones(k), f"cosines with numpy's, d = {d}")


@pytest.mark.milestone3
@pytest.mark.parametrize("values, k", [
    ([2, 2, 2, 1], 4), ([1, 1 - 1e-7, 0.5, 0.2], 3), ([5, 0, 0, 0], 3), ([0, 0], 2),
    ([3.0] * 3 + [1.0] * 12, 12), ([4.0] * 2 + [0.0] * 118, 5),
])  # fmt: skip
def test_equal_and_nearly_equal_and_zero_eigenvalues(rng, values, k):
    A = spectrum(rng, values)
    got, V = pca.eigenpairs(A, k, rng)
    close(got, sorted(values, reverse=True)[:k], "values of eigenpairs(A)", atol=1e-8)
    close(A @ V, V * got, "A @ V of eigenpairs(A)", atol=1e-8)
    close(V.T @ V, np.eye(k), "VᵀV of eigenpairs(A)", atol=1e-8)


@pytest.mark.milestone3
def test_the_entry_of_largest_size_is_positive(rng):
    for seed in range(5):
        A = spectrum(rng, [5, 3, 2, 1])
        V = pca.eigenpairs(A, 4, np.random.default_rng(seed))[1]
        largest = V[np.abs(V).argmax(axis=0), np.arange(4)]
        holds((largest > 0).all(), "entries of largest size in V", largest, "all > 0")
        close(V, referee(A, 4)[1], "V of eigenpairs(A, 4)", atol=1e-8)


@pytest.mark.milestone3
def test_what_has_no_eigenpairs_of_this_kind_is_refused(rng):
    refuses(lambda: pca.eigenpairs(np.array([[1.0, 2.0], [0.0, 1.0]]), 1, rng),
            "eigenpairs([[1, 2], [0, 1]], 1): not symmetric")  # fmt: skip
    for k in (0, 4):
        refuses(lambda k=k: pca.eigenpairs(np.eye(3), k, rng), f"eigenpairs(I, {k})")


@pytest.mark.milestone3
def test_shares_by_hand():
    close(
        pca.explained(np.array([6.0, 3.0, 1.0])),
        [0.6, 0.3, 0.1],
        "explained([6, 3, 1])",
    )
    close(
        pca.explained(np.array([6.0, 3.0]), 12.0), [0.5, 0.25], "explained([6, 3], 12)"
    )
    refuses(lambda: pca.explained(np.zeros(3)), "explained([0, 0, 0])")


@pytest.mark.milestone3
def test_the_variance_along_each_axis_is_its_eigenvalue(rng):
    X = rng.normal(size=(200, 5)) @ rng.normal(size=(5, 5)) + 7
    model = pca.PCA(5).fit(X)
    Z = model.transform(X)
    close(Z.mean(axis=0), np.zeros(5), "means of the scores")
    got = np.cov(Z.T, bias=True)
    close(
        got, np.diag(model.explained_variance_), "covariance of the scores", atol=1e-8
    )


@pytest.mark.milestone3
def test_all_axes_together_lose_nothing(rng):
    X = rng.normal(size=(30, 4)) + [0, 5, 10, 15]
    model = pca.PCA(4).fit(X)
    got = model.inverse_transform(model.transform(X))
    close(got, X, "inverse_transform(transform(X)) of PCA(4), X (30, 4)", atol=1e-8)
    close(model.explained_variance_ratio_.sum(), 1.0, "sum of all shares")


@pytest.mark.milestone3
@pytest.mark.parametrize("k", [1, 2, 4])
def test_the_model_agrees_with_scikit_learn(k):
    X = iris() * [1, 2, 3, 4] + 1
    ours, theirs = pca.PCA(k).fit(X), decomposition.PCA(k).fit(X)
    sign = np.sign((ours.components_ * theirs.components_).sum(axis=1, keepdims=True))
    close(ours.components_, sign * theirs.components_, "components_", atol=1e-8)
    close(ours.mean_, theirs.mean_, "mean_")
    want = theirs.explained_variance_ * (149 / 150)  # theirs has n − 1
    close(ours.explained_variance_, want, "explained_variance_", atol=1e-8)
    ratio = theirs.explained_variance_ratio_
    close(ours.explained_variance_ratio_, ratio, "explained_variance_ratio_", atol=1e-8)
    Z = theirs.transform(X) * sign.T
    close(ours.transform(X), Z, "transform(X)", atol=1e-8)
    want = theirs.inverse_transform(theirs.transform(X))
    close(ours.inverse_transform(Z), want, "inverse_transform(Z)", atol=1e-8)


@pytest.mark.milestone3
def test_the_flowers_have_the_known_eigenvalues():
    """Fisher's iris, standardised with n: 2.918, 0.914, 0.147, 0.021 of 4."""
    model = pca.PCA(4).fit(iris())
    want = [2.918, 0.914, 0.147, 0.021]
    close(model.explained_variance_, want, "explained_variance_ of iris", atol=6e-4)
    want = [0.730, 0.229, 0.037, 0.005]
    close(model.explained_variance_ratio_, want, "shares of iris", atol=6e-4)


@pytest.mark.milestone3
def test_the_data_are_left_as_they_were_and_the_result_is_repeatable(rng):
    X = rng.normal(size=(40, 3))
    before = X.copy()
    one, two = (pca.PCA(2, rng=4).fit(X) for _ in range(2))
    one.transform(X)
    close(X, before, "X after fit(X) and transform(X)")
    close(one.components_, two.components_, "components_ of two fits with one seed")


@pytest.mark.milestone3
def test_single_precision_stays_single_precision(rng):
    X = rng.normal(size=(300, 130)).astype(np.float32) * np.arange(1, 131)
    model = pca.PCA(5).fit(X.astype(np.float32))
    Z = model.transform(X.astype(np.float32))
    holds(Z.dtype == np.float32, "dtype of transform(float32)", Z.dtype, "float32")
    want = decomposition.PCA(5).fit(X).explained_variance_ratio_
    close(model.explained_variance_ratio_, want, "shares of float32 data", rtol=1e-4)


@pytest.mark.milestone3
@pytest.mark.parametrize("X, k", [
    ([[1.0, 2.0], [3.0, 5.0]], 0), ([[1.0, 2.0], [3.0, 5.0]], 3), ([[1.0, 2.0]], 1),
    ([[1.0, np.nan], [3.0, 5.0]], 1), ([[1.0, np.inf], [3.0, 5.0]], 1),
    ([[2.0, 3.0], [2.0, 3.0]], 1), ([1.0, 2.0, 3.0], 1),
])  # fmt: skip
def test_data_that_will_not_do_are_refused(X, k):
    refuses(lambda: pca.PCA(k).fit(np.array(X)), f"PCA({k}).fit({X})")


# --------------------------------------------------------------------------
# Milestone 4: digits from a few numbers, and how many are real


@pytest.mark.milestone4
def test_points_on_a_line_need_one_number_each():
    X = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [5.0, 10.0]])
    close(pca.reconstruct(X, 1), X, "reconstruct(points on a line, 1)", atol=1e-8)


@pytest.mark.milestone4
@pytest.mark.parametrize("k", [1, 3, 5])
def test_what_is_lost_is_the_sum_of_the_eigenvalues_left_out(rng, k):
    X = rng.normal(size=(80, 6)) @ rng.normal(size=(6, 6)) + 3
    lost = ((X - pca.reconstruct(X, k)) ** 2).sum() / 80
    left_out = np.linalg.eigvalsh(np.cov(X.T, bias=True))[: 6 - k].sum()
    close(lost, left_out, f"Σ (X − reconstruct(X, {k}))² / n", atol=1e-8)


@pytest.mark.milestone4
def test_no_other_k_numbers_lose_less(rng):
    """The referee is the singular value decomposition: the best of rank k there is."""
    X = rng.normal(size=(60, 8)) @ rng.normal(size=(8, 8)) - 2
    U, s, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    best = (U[:, :3] * s[:3]) @ Vt[:3] + X.mean(axis=0)
    close(pca.reconstruct(X, 3), best, "reconstruct(X, 3)", atol=1e-8)


@pytest.mark.milestone4
def test_digits_come_back_better_with_more_components():
    X = digits()
    lost = [((X - pca.reconstruct(X, k)) ** 2).mean() for k in (1, 10, 29, 64)]
    holds(np.all(np.diff(lost) < 0), "loss with 1, 10, 29, 64 components",
          np.array(lost), "falls")  # fmt: skip
    close(lost[-1], 0.0, "loss of the digits with all 64 components", atol=1e-8)


@pytest.mark.milestone4
def test_enough_by_hand():
    """0.6, 0.9, 0.98, 1: three for 95 %, two for 90 %, one for a half."""
    shares = np.array([0.6, 0.3, 0.08, 0.02])
    for wanted, k in ((0.95, 3), (0.9, 2), (0.5, 1), (1.0, 4)):
        close(pca.enough(shares, wanted), k, f"enough([0.6 0.3 0.08 0.02], {wanted})")
    close(pca.enough(shares[:2]), 0, "enough([0.6, 0.3], 0.95): not reached")


@pytest.mark.milestone4
def test_the_digits_need_29_for_95_percent():
    """Known from scikit-learn: PCA(0.95) keeps 29 of the 64."""
    shares = pca.PCA(64).fit(digits()).explained_variance_ratio_
    close(pca.enough(shares), 29, "components for 95 % of the digits")
    close(len(decomposition.PCA(0.95).fit(digits()).components_), 29, "scikit-learn's")


@pytest.mark.milestone4
def test_shuffling_keeps_each_column_and_breaks_every_tie(rng):
    """Two equal columns: together 2 along one axis and 0 along the other. Shuffled, n =
    4,000, they are 1 and 1, up to the chance correlation of about 2 / √n."""
    x = rng.normal(size=4000)
    x = (x - x.mean()) / x.std()
    got = pca.shuffled_values(np.stack([x, x], axis=1), rng, 10)
    close(got, [1, 1], "shuffled_values(two equal columns, rng, 10)", rtol=0, atol=0.07)


@pytest.mark.milestone4
def test_above_counts_from_the_first_on():
    """3 > 2, 1 < 1.5: one is real, although the third is above again."""
    got = pca.above(np.array([3.0, 1.0, 0.9]), np.array([2.0, 1.5, 0.5]))
    close(got, 1, "above([3, 1, 0.9], [2, 1.5, 0.5])")
    close(pca.above(np.array([3.0, 2.0]), np.array([1.0, 1.0])), 2, "above, all real")
    close(pca.above(np.array([1.0, 1.0]), np.array([1.0, 1.0])), 0, "above, all equal")


@pytest.mark.milestone4
@pytest.mark.parametrize("k", [1, 2, 3])
def test_planted_axes_are_counted(k):
    for seed in range(2):
        rng = np.random.default_rng(seed)
        strong = (
            3 * rng.normal(size=(300, k)) @ np.linalg.qr(rng.normal(size=(8, k)))[0].T
        )
        got = pca.parallel_analysis(strong + rng.normal(size=(300, 8)), rng, 6)
        close(got, k, f"parallel_analysis of {k} planted axes, seed {seed}")


@pytest.mark.milestone4
def test_noise_has_no_real_component():
    """Each of 8 draws may fail with 5 % or a bit more: three of them never should."""
    found = [
        pca.parallel_analysis(np.random.default_rng(s).normal(size=(200, 5)),
                              np.random.default_rng(s + 99), 10)
        for s in range(8)
    ]  # fmt: skip
    holds(np.count_nonzero(found) < 3, "parallel_analysis of pure noise", found, "0")


@pytest.mark.milestone4
def test_a_single_column_shares_nothing(rng):
    got = pca.parallel_analysis(rng.normal(size=(50, 1)), rng, 5)
    close(got, 0, "parallel_analysis of one column")


@pytest.mark.milestone4
def test_the_flowers_give_the_lines_and_the_picture(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    close(pca.main(["iris.csv", "--no-show"]), 0, "exit code of iris.csv")
    text = capsys.readouterr().out
    for words in (
        "Loading 150 samples with 4 features each...", "Computing covariance matrix...",
        "Finding eigenvectors via power iteration...",
        "Eigenvalue 1: 2.918 (73.0% variance explained)",
        "Eigenvalue 2: 0.914 (22.9% variance explained)",
        "Eigenvalue 3: 0.147 (3.7% variance explained)",
        "Eigenvalue 4: 0.021 (0.5% variance explained)",
        "Saved visualization to pca_iris.png", "k for 95 %: 2", "1 component is real",
    ):  # fmt: skip
        holds(words in text, "what iris.csv prints", text, repr(words))
    size = (tmp_path / "pca_iris.png").stat().st_size
    holds(size > 20_000, "size of pca_iris.png", size, "a picture")


@pytest.mark.slow
@pytest.mark.milestone4
def test_mnist_needs_154_components_for_95_percent():
    """Published: Géron, "Hands-On Machine Learning", chapter 8: 154 of the 784."""
    shares = pca.PCA(160).fit(data.load_mnist()[0]).explained_variance_ratio_
    close(pca.enough(shares), 154, "components for 95 % of MNIST")
