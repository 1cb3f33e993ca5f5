"""Chapter 15, k-means: the judge of the four milestones."""

import itertools

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, strategies
from judge import close, holds, refuses
from oracles import numerical_gradient
from sklearn import cluster, metrics
from threadpoolctl import threadpool_limits

km = chapter("kmeans")

# Two pairs far apart: the centres can be had by hand.
LINE = np.array([[0.0], [1.0], [9.0], [10.0]])


def blobs(
    rng: np.random.Generator, k: int = 4, n: int = 60, d: int = 2, apart: float = 12
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """k round groups of n points: X, the true labels, the true centres."""
    places = apart * np.stack(np.meshgrid(*[[0, 1, 2]] * d), -1).reshape(-1, d)[:k]
    truth = np.repeat(np.arange(k), n)
    return places[truth] + rng.normal(size=(k * n, d)), truth, places.astype(float)


def referee(X: np.ndarray, C: np.ndarray, **settings) -> cluster.KMeans:
    """scikit-learn's k-means from the start C, on one thread."""
    with threadpool_limits(1):
        return cluster.KMeans(
            len(C), init=C, n_init=1, algorithm="lloyd", **settings
        ).fit(X)


def rounds(X: np.ndarray, C: np.ndarray, *more: int) -> list:
    """The steps of lloyd(X, C), which must end by itself."""
    steps = list(itertools.islice(km.lloyd(X, C, *more), 1000))
    holds(len(steps) < 1000, "list(lloyd(X, C))", "1,000 steps and more", "it ends")
    return steps


def last_of(X: np.ndarray, C: np.ndarray):
    return rounds(X, C)[-1]


# --------------------------------------------------------------------------
# Milestone 1: the centres settle


@pytest.mark.milestone1
@pytest.mark.parametrize("name", ["nearest_loop", "nearest"])
def test_each_point_goes_to_its_closest_centroid(name):
    """Squared distances of (3, 4): 25, 17, 37; of (−1, 0): 1, 9, 89; of (5, 9): 106,
    90, 16."""
    X = np.array([[3.0, 4.0], [-1.0, 0.0], [5.0, 9.0], [0.0, 1.0]])
    C = np.array([[0.0, 0.0], [2.0, 0.0], [9.0, 9.0]])
    got = getattr(km, name)(X, C)
    close(got, [1, 0, 2, 0], f"{name}(4 points, [[0, 0], [2, 0], [9, 9]])")


@pytest.mark.milestone1
@pytest.mark.parametrize("name", ["nearest_loop", "nearest"])
def test_a_tie_goes_to_the_first_centroid(name):
    got = getattr(km, name)(np.array([[5.0]]), np.array([[4.0], [6.0]]))
    close(got, [0], f"{name}([[5]], [[4], [6]]), a tie")


@pytest.mark.milestone1
def test_nearest_agrees_with_all_distances_written_out(rng):
    X, C = rng.normal(size=(5000, 3)), rng.normal(size=(7, 3))
    want = np.linalg.norm(X[:, None] - C, axis=2).argmin(axis=1)
    close(km.nearest(X, C), want, "nearest(X, C) of 5,000 points")
    got = km.nearest_loop(X[:50], C)
    close(got, want[:50], "nearest_loop(X, C) of 50 points")


@pytest.mark.milestone1
def test_nearest_does_not_lose_digits_far_from_zero(rng):
    X = rng.normal(size=(200, 2))
    C = X[:5]
    close(km.nearest(X + 1e7, C + 1e7), km.nearest(X, C), "nearest(X + 1e7, C + 1e7)")


@pytest.mark.milestone1
def test_means_are_the_means_of_the_owned_points():
    labels = np.array([0, 0, 1, 1])
    got = km.means(LINE, labels, np.array([[0.0], [1.0]]))
    close(got, [[0.5], [9.5]], "means([[0], [1], [9], [10]], [0, 0, 1, 1], …)")


@pytest.mark.milestone1
def test_the_slope_of_J_is_zero_at_the_means(rng):
    """Σ 2 (c − x) = 0 at the mean: central differences of J, labels held."""
    X = rng.normal(size=(40, 3))
    labels = np.arange(40) % 3
    C = km.means(X, labels, np.zeros((3, 3)))
    slope = numerical_gradient(lambda C: ((X - C[labels]) ** 2).sum(), C)
    close(slope, np.zeros((3, 3)), "slope of J at means(…)", atol=1e-6)


@pytest.mark.milestone1
def test_a_centroid_without_points_stays_where_it_is():
    got = km.means(LINE, np.zeros(4, dtype=int), np.array([[0.0], [99.0]]))
    close(got, [[5.0], [99.0]], "means(…) when centroid 1 owns no point")


@pytest.mark.milestone1
def test_inertia_is_the_sum_of_squared_distances():
    """0.5² four times = 1. With 9 in the wrong group: 3 · 0.5² + 8.5² = 73."""
    C = np.array([[0.5], [9.5]])
    close(km.inertia(LINE, C), 1.0, "inertia(X, [[0.5], [9.5]])")
    got = km.inertia(LINE, C, np.array([0, 0, 0, 1]))
    close(got, 73.0, "inertia(X, [[0.5], [9.5]], labels = [0, 0, 0, 1])")


@pytest.mark.milestone1
def test_what_is_given_is_left_as_it_was(rng):
    X, labels = rng.normal(size=(50, 2)), np.zeros(50, dtype=int)
    C = X[:3].copy()
    X_before, C_before = X.copy(), C.copy()
    calls = {
        "nearest(X, C)": lambda: km.nearest(X, C),
        "means(X, labels, C)": lambda: km.means(X, labels, C),
        "fill_empty(X, labels, C)": lambda: km.fill_empty(X, labels, C),
        "lloyd(X, C)": lambda: rounds(X, C),
    }
    for call, run in calls.items():
        run()
        close(X, X_before, f"X itself, after {call}")
        close(C, C_before, f"C itself, after {call}")
        close(labels, np.zeros(50, dtype=int), f"labels itself, after {call}")


@pytest.mark.milestone1
def test_four_points_settle_in_their_pairs():
    """From 0 and 1: first 1, 9, 10 share a centre at 6⅔; then the pairs part."""
    last = last_of(LINE, np.array([[0.0], [1.0]]))
    close(last.centroids, [[0.5], [9.5]], "centroids of the last step of lloyd")
    close(last.labels, [0, 0, 1, 1], "labels of the last step of lloyd")
    close(last.moved, 0, "points that moved in the last step")


@pytest.mark.milestone1
@given(seed=strategies.integers(0, 10**6), k=strategies.integers(1, 8))
def test_inertia_never_rises(seed, k):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, 2)) * rng.uniform(0.1, 10)
    J = [step.inertia for step in rounds(X, X[rng.choice(60, k, replace=False)])]
    rises = [b - a for a, b in zip(J, J[1:]) if b > a * (1 + 1e-12)]
    holds(not rises, "inertia of the steps of lloyd", np.array(J), "never rises")


@pytest.mark.milestone1
def test_labels_and_inertia_belong_to_the_centroids_of_their_step(rng):
    X = rng.normal(size=(100, 2))
    for step in rounds(X, X[:5]):
        distance = np.linalg.norm(X[:, None] - step.centroids, axis=2)
        close(step.labels, distance.argmin(axis=1), "labels of a step of lloyd")
        J = (distance.min(axis=1) ** 2).sum()
        close(step.inertia, J, "inertia of a step of lloyd")


@pytest.mark.milestone1
def test_moved_and_shift_tell_what_changed(rng):
    X = rng.normal(size=(100, 2))
    steps = rounds(X, X[:5])
    numbers = [step.iteration for step in steps]
    close(numbers, np.arange(len(steps)), "iteration in the steps of lloyd")
    close(steps[0].moved, 100, "moved at the start of lloyd, 100 points")
    close(steps[0].shift, 0.0, "shift at the start of lloyd")
    for before, after in zip(steps, steps[1:]):
        moved = (before.labels != after.labels).sum()
        close(after.moved, moved, "points that moved in a step of lloyd")
        way = np.linalg.norm(after.centroids - before.centroids, axis=1).max()
        close(after.shift, way, "longest way of a centroid in a step of lloyd")


@pytest.mark.milestone1
def test_it_ends_where_every_centroid_is_the_mean_of_its_points(rng):
    X = rng.normal(size=(200, 2))
    last = last_of(X, X[:6])
    counts = np.bincount(last.labels, minlength=6)
    holds(counts.all(), "points in each group at the end of lloyd", counts, "all > 0")
    want = [X[last.labels == j].mean(axis=0) for j in range(6)]
    close(last.centroids, want, "centroids of the last step of lloyd")


@pytest.mark.milestone1
def test_an_empty_group_takes_the_farthest_point():
    """From 5 and 99, centroid 1 owns nothing; 0 and 10 are farthest from the mean 5."""
    last = last_of(LINE, np.array([[5.0], [99.0]]))
    got = np.sort(last.centroids, axis=0)
    close(got, [[0.5], [9.5]], "centroids of lloyd from [[5], [99]]")


@pytest.mark.milestone1
def test_fill_empty_gives_an_empty_group_the_farthest_point():
    """Centroids 2 and 50: all four points are nearest to 2, and 10 lies farthest."""
    got = km.fill_empty(LINE, np.zeros(4, dtype=int), np.array([[2.0], [50.0]]))
    close(got, [0, 0, 0, 1], "fill_empty(X, [0, 0, 0, 0], [[2], [50]])")


@pytest.mark.milestone1
def test_several_empty_groups_take_the_farthest_then_the_next():
    """From 2 it is 8 to 10, and 7 to 9."""
    got = km.fill_empty(LINE, np.zeros(4, dtype=int), np.array([[2.0], [50.0], [60.0]]))
    close(got, [0, 0, 2, 1], "fill_empty(X, [0, 0, 0, 0], [[2], [50], [60]])")
    got = km.fill_empty(np.ones((3, 1)), np.zeros(3, int), np.array([[1.0], [5.0]]))
    close(got, [0, 0, 0], "fill_empty of points that all lie on centroid 0")


@pytest.mark.milestone1
def test_no_group_is_empty_at_the_end(rng):
    X, _, _ = blobs(rng)
    C = np.vstack([X[:2], [[1e3, 1e3], [-1e3, 50]]])
    last = last_of(X, C)
    counts = np.bincount(last.labels, minlength=4)
    holds(
        counts.all(), "points in each group, two centroids far out", counts, "all > 0"
    )


@pytest.mark.milestone1
def test_equal_points_cannot_keep_it_running():
    X = np.ones((6, 2))
    steps = rounds(X, np.array([[1.0, 1.0], [5.0, 5.0]]))
    J = np.array([step.inertia for step in steps])
    holds(len(steps) < 5, "J in the steps of lloyd, six equal points", J, "4 at most")
    close(steps[-1].inertia, 0.0, "inertia of six equal points")


@pytest.mark.milestone1
def test_it_ends_after_so_many_iterations_in_any_case(rng):
    """The start and two rounds: three steps."""
    X = rng.normal(size=(500, 2))
    close(len(rounds(X, X[:9], 2)), 3, "steps of lloyd(X, C, 2)")


@pytest.mark.milestone1
def test_a_random_start_is_k_different_rows(rng):
    X = np.arange(10.0)[:, None]
    got = np.sort(km.random_start(X, 10, rng), axis=0)
    close(got, X, "random_start(X, 10, rng) of 10 rows, sorted")
    first = np.unique([km.random_start(X, 2, rng) for _ in range(200)])
    close(first, np.arange(10), "rows that come in 200 random starts of 2")


@pytest.mark.milestone1
@pytest.mark.parametrize("seed", range(5))
def test_it_agrees_with_scikit_learn_from_the_same_start(seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(400, 3))
    C = X[rng.choice(400, 6, replace=False)]
    last, theirs = last_of(X, C), referee(X, C, tol=0)
    close(last.centroids, theirs.cluster_centers_, "centroids of lloyd, 400 points")
    close(last.inertia, theirs.inertia_, "inertia of lloyd, 400 points")


# --------------------------------------------------------------------------
# Milestone 2: a good start is half the work


@pytest.mark.milestone2
def test_plus_plus_chooses_k_points_of_the_data(rng):
    X = rng.normal(size=(50, 3))
    C = km.plus_plus(X, 5, rng)
    close(np.shape(C), (5, 3), "shape of plus_plus(X, 5, rng), X (50, 3)")
    distance = np.linalg.norm(X[:, None] - C, axis=2).min(axis=0)
    close(distance, np.zeros(5), "distance of each chosen point to the nearest of X")


@pytest.mark.milestone2
def test_no_point_is_chosen_twice():
    """Three equal points and one other: both kinds must be chosen."""
    X = np.array([[0.0], [0.0], [0.0], [5.0]])
    for seed in range(20):
        got = np.sort(km.plus_plus(X, 2, np.random.default_rng(seed)), axis=0)
        close(got, [[0.0], [5.0]], f"plus_plus([[0], [0], [0], [5]], 2), seed {seed}")


@pytest.mark.milestone2
def test_the_chance_of_a_point_grows_with_its_squared_distance(rng):
    """Points 0, 1, 3. The first is any; the second then has these chances:

    after 0: D² = 0, 1, 9 -> 3 with 9/10;  after 1: 1, 0, 4 -> 3 with 4/5;
    after 3: 9, 4, 0 -> 0 with 9/13. So {0, 3} comes with (9/10 + 9/13) / 3 = 0.531,
    {1, 3} with (4/5 + 4/13) / 3 = 0.369, {0, 1} with (1/10 + 1/5) / 3 = 0.1.
    """
    X = np.array([[0.0], [1.0], [3.0]])
    pairs = [frozenset(km.plus_plus(X, 2, rng).ravel().tolist()) for _ in range(4000)]
    for pair, p in (({0, 3}, 0.5308), ({1, 3}, 0.3692), ({0, 1}, 0.1)):
        share = np.mean([chosen == pair for chosen in pairs])
        sd = np.sqrt(p * (1 - p) / 4000)
        close(
            share, p, f"share of the start {sorted(pair)} in 4,000", rtol=0, atol=4 * sd
        )


@pytest.mark.milestone2
def test_all_chosen_points_count_not_only_the_last():
    """Points 0, 10, 11: the third can only be the one left over; k = 3 takes all."""
    X = np.array([[0.0], [0.0], [10.0], [10.0], [11.0]])
    for seed in range(20):
        got = np.sort(km.plus_plus(X, 3, np.random.default_rng(seed)), axis=0)
        close(got, [[0.0], [10.0], [11.0]], f"plus_plus(…, 3) of three places, {seed}")


@pytest.mark.milestone2
def test_more_groups_than_different_points_are_refused(rng):
    X = np.array([[1.0], [1.0], [2.0]])
    refuses(lambda: km.plus_plus(X, 3, rng), "plus_plus([[1], [1], [2]], 3, rng)")


@pytest.mark.milestone2
def test_the_same_seed_gives_the_same_start(rng):
    X = rng.normal(size=(40, 2))
    starts = [km.plus_plus(X, 4, np.random.default_rng(7)) for _ in range(2)]
    close(starts[0], starts[1], "plus_plus with the same seed twice")


@pytest.mark.milestone2
def test_it_starts_lower_than_random_and_within_its_promise(rng):
    """Mean J of the start: at most 8 (ln k + 2) times the best, far below random."""
    X, _, places = blobs(rng, k=9, n=30, apart=20)
    best = km.inertia(X, places)
    ours = np.mean([km.inertia(X, km.plus_plus(X, 9, rng)) for _ in range(60)])
    random = np.mean([km.inertia(X, km.random_start(X, 9, rng)) for _ in range(60)])
    bound = 8 * (np.log(9) + 2) * best
    holds(
        ours <= bound, "mean J of 60 starts by plus_plus", ours, f"at most {bound:.0f}"
    )
    holds(ours < 0.5 * random, "mean J of 60 starts by plus_plus", ours,
          f"less than half of a random start's {random:.0f}")  # fmt: skip


@pytest.mark.milestone2
def test_its_starts_are_as_good_as_scikit_learns(rng):
    """The referee draws with one trial a centre, which is the paper's algorithm."""
    X, _, _ = blobs(rng, k=6, n=30, apart=6)
    ours = [km.inertia(X, km.plus_plus(X, 6, rng)) for _ in range(300)]
    theirs = [
        km.inertia(
            X, cluster.kmeans_plusplus(X, 6, random_state=s, n_local_trials=1)[0]
        )
        for s in range(300)
    ]
    sd = np.hypot(np.std(ours), np.std(theirs)) / np.sqrt(300)
    close(np.mean(ours), np.mean(theirs), "mean J of 300 starts", rtol=0, atol=4 * sd)


@pytest.mark.milestone2
def test_the_best_of_several_runs_is_kept(rng):
    X, _, _ = blobs(rng, k=9, n=20, apart=6)
    for _ in range(4):
        steps, ends = km.best_run(X, 9, 12, rng)
        close(len(ends), 12, "runs of best_run(X, 9, 12, rng)")
        close(steps[-1].inertia, min(ends), "J of the run that best_run keeps")


# --------------------------------------------------------------------------
# Milestone 3: how many groups?


@pytest.mark.milestone3
def test_one_group_has_n_times_the_variance(rng):
    """k = 1: the centroid is the mean, so J = Σ ‖x − mean‖² = n · (var_1 + var_2)."""
    X = rng.normal(size=(50, 2))
    got = km.elbow(X, [1, 2], rng)
    close(np.shape(got), (2,), "shape of elbow(X, [1, 2], rng)")
    close(got[0], 50 * X.var(axis=0).sum(), "elbow(X, [1, 2], rng)[0]")


@pytest.mark.milestone3
def test_two_pairs_in_two_groups_cost_one():
    """0.5² four times."""
    close(km.elbow(LINE, [2], np.random.default_rng(0)), [1.0], "elbow(X, [2], rng)")


@pytest.mark.milestone3
def test_as_many_groups_as_points_leave_no_inertia(rng):
    X = rng.normal(size=(6, 2))
    close(km.elbow(X, [6], rng)[0], 0.0, "elbow(X, [6], rng) of 6 points")


@pytest.mark.milestone3
def test_more_groups_never_cost_more(rng):
    X, _, _ = blobs(rng, k=4)
    J = km.elbow(X, range(1, 9), rng)
    holds((np.diff(J) <= 0).all(), "elbow(X, 1 … 8, rng)", J, "falls with k")


@pytest.mark.milestone3
def test_the_bend_of_a_known_curve_is_found():
    """ln J = 4.61, 3.40, 3.00, 2.71, 2.30. The line falls by 0.576 a step: J(3) lies
    0.63 below it, J(4) only 0.46."""
    J = np.array([100.0, 30.0, 20.0, 15.0, 10.0])
    close(km.bend(range(2, 7), J), 3, "bend([2 … 6], [100, 30, 20, 15, 10])")


@pytest.mark.milestone3
@pytest.mark.parametrize("k", [3, 4, 5])
def test_the_elbow_is_at_the_planted_number_of_groups(k):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, _, _ = blobs(rng, k=k)
        got = km.bend(range(1, 9), km.elbow(X, range(1, 9), rng))
        close(got, k, f"the elbow of data with {k} groups, seed {seed}")


@pytest.mark.milestone3
def test_a_silhouette_by_hand():
    """Points 0, 1 | 4. For 0: a = 1, b = 4, s = 3/4; for 1: a = 1, b = 3, s = 2/3;
    4 is alone, s = 0. The mean is 17/36."""
    X = np.array([[0.0], [1.0], [4.0]])
    close(km.silhouette(X, np.array([0, 0, 1])), 17 / 36, "silhouette of 0, 1 | 4")


@pytest.mark.milestone3
def test_the_silhouette_agrees_with_scikit_learn(rng):
    X = rng.normal(size=(300, 4))
    labels = rng.integers(5, size=300)
    want = metrics.silhouette_score(X, labels)
    close(km.silhouette(X, labels), want, "silhouette(X, labels)", atol=1e-8)


@pytest.mark.milestone3
def test_the_silhouette_does_not_depend_on_the_numbering(rng):
    X, truth, _ = blobs(rng)
    names = np.array([7, 3, 40, 1])[truth]
    close(km.silhouette(X, names), km.silhouette(X, truth), "silhouette, renumbered")


@pytest.mark.milestone3
def test_a_silhouette_needs_two_groups():
    refuses(lambda: km.silhouette(LINE, np.zeros(4, int)), "silhouette of one group")


@pytest.mark.milestone3
def test_the_gap_statistic_finds_planted_groups_and_their_absence():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, _, _ = blobs(rng, k=3, n=40)
        close(km.gap(X, range(1, 7), rng).best, 3, f"gap's k, 3 groups, seed {seed}")
    ones = [
        km.gap(rng.uniform(size=(120, 2)), range(1, 5), rng).best == 1 for _ in range(5)
    ]
    holds(
        sum(ones) >= 4, "gap's k = 1 on five sets without groups", sum(ones), "4 or 5"
    )


@pytest.mark.milestone3
def test_the_gap_of_one_group_by_formula():
    """k = 1 needs no search. For a 30 x 30 grid of step 1, a side has the variance
    (30² − 1)/12; uniform points in its box, of side 29, have 29²/12. So the gap is
    ln(841 / 899) = −0.0667."""
    side = np.arange(30.0)
    X = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    got = km.gap(X, [1, 2], np.random.default_rng(0), 20).values[0]
    close(got, np.log(841 / 899), "gap(grid, [1, 2], rng).values[0]", rtol=0, atol=0.02)


# --------------------------------------------------------------------------
# Milestone 4: customers, colours, and large data


@pytest.mark.milestone4
def test_the_model_finds_planted_groups(rng):
    X, truth, places = blobs(rng)
    model = km.KMeans(4, rng=0).fit(X)
    got = model.centroids_[np.lexsort(model.centroids_.T)]
    want = np.array([X[truth == j].mean(axis=0) for j in range(4)])
    close(got, want[np.lexsort(want.T)], "KMeans(4).fit(X).centroids_, sorted")
    close(model.labels_, model.predict(X), "labels_ and predict(X)")
    close(model.inertia_, km.inertia(X, model.centroids_), "inertia_")
    close(model.predict(places), model.predict(want), "predict at the true centres")


@pytest.mark.milestone4
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n, d, k", [(300, 2, 5), (5000, 8, 20), (1000, 3, 1)])
def test_the_model_walks_the_same_way_as_plain_lloyd(n, d, k, dtype):
    rng = np.random.default_rng(n)
    X = (rng.normal(size=(n, d)) + 3).astype(dtype)
    model = km.KMeans(k, start=X[:k]).fit(X)
    last = last_of(X.astype(float), X[:k].astype(float))
    # 7 digits: a point half-way may take the other side, and others follow it
    rtol = 1e-2 if dtype is np.float32 else 1e-9
    close(
        model.inertia_, last.inertia, f"KMeans({k}, start).fit(X).inertia_", rtol=rtol
    )
    if dtype is np.float64:
        close(model.centroids_, last.centroids, "KMeans(k, start).fit(X).centroids_")


@pytest.mark.milestone4
@pytest.mark.parametrize("far", [0, 3])
def test_the_fast_rounds_are_the_plain_ones_step_by_step(rng, far):
    """Also when some centroids start so far out that their groups are empty."""
    X = rng.normal(size=(3000, 4)) + 5
    C = X[:12].copy()
    C[:far] += 1000
    pairs = zip(km.lloyd(X, C), km.fast_lloyd(X, C), strict=True)
    for plain, fast in pairs:
        close(
            fast.labels, plain.labels, f"labels of fast_lloyd, step {plain.iteration}"
        )
        close(fast.centroids, plain.centroids, "centroids of fast_lloyd")
        close([fast.inertia, fast.shift], [plain.inertia, plain.shift], "J and shift")
        close(fast.moved, plain.moved, "points that moved in fast_lloyd")


@pytest.mark.milestone4
@pytest.mark.parametrize("seed", range(8))
def test_inertia_is_never_above_scikit_learns_from_the_same_start(seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(500, 3)) * rng.uniform(0.1, 100, 3)
    C = X[rng.choice(500, 10, replace=False)]
    ours = km.KMeans(10, start=C).fit(X).inertia_
    theirs = referee(X, C).inertia_
    holds(ours <= theirs * (1 + 1e-9), "KMeans(10, start).fit(X).inertia_", ours,
          f"at most scikit-learn's {theirs:.6f}")  # fmt: skip


@pytest.mark.milestone4
def test_the_order_of_the_rows_does_not_matter(rng):
    X, _, _ = blobs(rng)
    order = rng.permutation(len(X))
    one, other = (km.KMeans(4, start=X[::70]).fit(rows) for rows in (X, X[order]))
    close(other.inertia_, one.inertia_, "inertia_ with the rows shuffled")
    close(other.labels_, one.labels_[order], "labels_ with the rows shuffled")


@pytest.mark.milestone4
def test_more_restarts_are_never_worse(rng):
    X, _, _ = blobs(rng, k=9, n=20, apart=6)
    one, ten = (km.KMeans(9, restarts=n, rng=3).fit(X).inertia_ for n in (1, 10))
    holds(ten <= one, "inertia_ of 10 restarts", ten, f"at most that of one, {one:.3f}")


@pytest.mark.milestone4
@pytest.mark.parametrize("k", [0, -1, 5])
def test_a_number_of_groups_that_does_not_fit_is_refused(k):
    refuses(lambda: km.KMeans(k).fit(LINE), f"KMeans({k}).fit(X) of 4 rows")


@pytest.mark.milestone4
def test_a_start_may_be_a_list_but_must_fit():
    got = km.KMeans(2, start=[[0.0], [1.0]]).fit(LINE).centroids_
    close(got, [[0.5], [9.5]], "KMeans(2, start=[[0], [1]]).fit(X).centroids_")
    for start in ([[0.0]], [[0.0, 1.0], [2.0, 3.0]]):
        call = f"KMeans(2, start={start}).fit(X), X (4, 1)"
        refuses(lambda start=start: km.KMeans(2, start=start).fit(LINE), call)


@pytest.mark.milestone4
def test_missing_cells_are_refused():
    X = np.array([[1.0, np.nan], [2.0, 3.0]])
    refuses(lambda: km.KMeans(1).fit(X), "KMeans(1).fit(X) with a NaN")


@pytest.mark.milestone4
def test_a_picture_of_three_colours_keeps_them(rng):
    colours = np.array([[0.1, 0.2, 0.3], [0.9, 0.1, 0.4], [0.5, 0.8, 0.9]])
    image = colours[rng.integers(3, size=(20, 30))]
    got, palette = km.quantise(image, 3, rng)
    close(got, image, "quantise(image of 3 colours, 3, rng)")
    close(np.shape(palette), (3, 3), "shape of the palette")


@pytest.mark.milestone4
def test_a_picture_gets_k_colours_each_the_nearest(rng):
    image = rng.uniform(size=(25, 40, 3))
    got, palette = km.quantise(image, 6, rng)
    close(len(np.unique(got.reshape(-1, 3), axis=0)), 6, "colours of quantise(…, 6)")
    distance = np.linalg.norm(image[:, :, None] - palette, axis=3)
    close(got, palette[distance.argmin(axis=2)], "quantise(image, 6, rng)")


@pytest.mark.milestone4
def test_bytes_stay_bytes(rng):
    image = rng.integers(0, 256, size=(12, 12, 3), dtype=np.uint8)
    got, palette = km.quantise(image, 4, rng)
    holds(got.dtype == palette.dtype == np.uint8, "dtype of quantise(bytes)", got.dtype,
          "uint8 as the image")  # fmt: skip
    grey = np.repeat(np.array([0, 2, 3], dtype=np.uint8), 3).reshape(1, 3, 3)
    close(km.quantise(grey, 1, rng)[1], [[2, 2, 2]], "palette of greys 0, 2, 3, k = 1")


@pytest.mark.milestone4
def test_mini_batches_keep_the_mean_of_all_rows_they_were_given():
    """k = 1: after every round the centroid is the mean of all rows drawn so far."""
    X = np.arange(50.0)[:, None]
    got = list(km.mini_batch(X, X[:1], np.random.default_rng(5), batch=8, rounds=6))
    replay = np.random.default_rng(5)
    rows = np.concatenate([X[replay.integers(50, size=8)] for _ in range(6)])
    want = [rows[: 8 * (i + 1)].mean(axis=0, keepdims=True) for i in range(6)]
    close(got, want, "centroids of mini_batch with k = 1")


@pytest.mark.milestone4
def test_mini_batches_come_near_the_full_result():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, _, _ = blobs(rng, k=4, n=1000)
        full = km.KMeans(4, rng=seed).fit(X).inertia_
        few = km.KMeans(4, rng=seed, batch=100).fit(X).inertia_
        holds(few <= 1.05 * full, f"inertia_ with batch=100, seed {seed}", few,
              f"within 5 % of {full:.1f}")  # fmt: skip


@pytest.mark.milestone4
def test_the_customers_fall_into_four_groups(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = km.main(["customer_data.csv", "--k", "4", "--max-k", "4", "--no-show"])
    text = capsys.readouterr().out
    close(code, 0, "exit code of customer_data.csv --k 4")
    for words in ("Initializing centroids with k-means++", "Iteration 1: Moved",
                  "Converged!", "Cluster sizes: [", "Elbow plot saved to elbow.png",
                  "Optimal k appears to be"):  # fmt: skip
        holds(words in text, "what customer_data.csv --k 4 prints", text, repr(words))
    holds(
        (tmp_path / "elbow.png").stat().st_size > 5000, "elbow.png", "empty", "written"
    )
