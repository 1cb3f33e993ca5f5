"""Chapter 9, Monte Carlo: the judge of the four milestones."""

import math
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, strategies
from judge import close, holds, refuses
from scipy import integrate, stats

mc = chapter("monte_carlo_pi")

SEEDS = strategies.integers(0, 10**6)
SPREAD = math.sqrt(math.pi * (4 - math.pi))  # of 4 or 0, which is what a dart counts


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def near(got: float, want: float, error: float, call: str) -> None:
    """Claim that an estimate is within four standard errors of what it estimates."""
    within = f"{want:.6g}, give or take {4 * error:.2g} (four standard errors)"
    holds(abs(got - want) <= 4 * error, call, got, within)


def peak_of(work: Callable[[], object]) -> float:
    """The most memory that the work held at one time, in megabytes."""
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


# --------------------------------------------------------------------------
# Milestone 1: the share of hits is the share of area


@pytest.mark.milestone1
def test_darts_in_and_out_of_the_circle_by_hand():
    """x² + y²: 0, 0.5, 1.28, 0.82, 1.0082; then two on the circle itself, which hit."""
    points = [[0, 0], [0.5, -0.5], [0.8, 0.8], [-0.9, 0.1], [0.71, -0.71],
              [1, 0], [0, -1]]  # fmt: skip
    got = mc.inside_circle(np.array(points))
    close(got, [1, 1, 0, 1, 0, 1, 1], f"inside_circle({points})")


@pytest.mark.milestone1
def test_in_space_the_circle_is_a_ball():
    """x² + y² + z²: 0.75, 1.08, 0.99 and, on the ball, 1."""
    points = [[0.5, 0.5, -0.5], [0.6, -0.6, 0.6], [0.5, 0.5, 0.7], [0, 0, 1]]
    got = mc.inside_circle(np.array(points))
    close(got, [1, 0, 1, 1], f"inside_circle({points})")


@pytest.mark.milestone1
@given(seed=SEEDS)
def test_a_dart_and_its_mirror_images_hit_alike(seed):
    points = generator(seed).uniform(-1.5, 1.5, (30, 2))
    want = mc.inside_circle(points)
    close(mc.inside_circle(points * [-1, 1]), want, "inside_circle, x mirrored")
    close(mc.inside_circle(points[:, ::-1]), want, "inside_circle, x and y exchanged")
    want = np.hypot(*points.T) <= 1
    close(mc.inside_circle(points), want, "inside_circle of points in [-1.5, 1.5]²")


@pytest.mark.milestone1
@pytest.mark.parametrize("n, d", [(7, 2), (5, 3), (1, 2)])
def test_darts_are_rows(n, d):
    points = mc.throw(n, generator(), d)
    holds(points.shape == (n, d), f"shape of throw({n}, rng, {d})", points.shape,
          f"({n}, {d})")  # fmt: skip
    holds(mc.throw(4, generator()).shape == (4, 2), "shape of throw(4, rng)",
          mc.throw(4, generator()).shape, "(4, 2)")  # fmt: skip


@pytest.mark.milestone1
def test_every_place_of_the_square_is_equally_likely():
    """Each coordinate is uniform on [-1, 1] (Kolmogorov and Smirnov), and knows nothing
    of the other: 16 fields of the square are hit alike (chi-square)."""
    points = mc.throw(4000, generator(1))
    for name, values in zip("xy", points.T):
        p = stats.kstest(values, stats.uniform(-1, 2).cdf).pvalue
        holds(p > 0.001, f"p of uniform {name} in throw(4000, rng)", p, "above 0.001")
    counts = np.histogram2d(*points.T, bins=4, range=[(-1, 1)] * 2)[0]
    p = stats.chisquare(counts.ravel()).pvalue
    holds(p > 0.001, "p of equal fields in throw(4000, rng)", p, "above 0.001")


@pytest.mark.milestone1
@given(n=strategies.integers(1, 300_000))
def test_blocks_add_up_and_none_is_too_large(n):
    sizes = list(mc.blocks(n))
    close(sum(sizes), n, f"sum of blocks({n})")
    holds(0 < min(sizes) and max(sizes) <= mc.BLOCK, f"blocks({n})", sizes,
          f"numbers from 1 to {mc.BLOCK}")  # fmt: skip


@pytest.mark.milestone1
@pytest.mark.parametrize("n", [40, 70_001])
def test_hits_are_counted_like_tosses_of_a_coin(n):
    """n darts of which each hits with the probability π / 4: Binomial(n, π / 4)."""
    rng, p = generator(2), math.pi / 4
    runs = 300 if n < 100 else 6
    counts = np.array([mc.count_hits(n, rng) for _ in range(runs)])
    holds(((counts >= 0) & (counts <= n)).all(), f"count_hits({n}, rng)", counts,
          f"from 0 to {n}")  # fmt: skip
    sd = math.sqrt(n * p * (1 - p))
    near(counts.mean(), n * p, sd / math.sqrt(runs), f"mean of count_hits({n}, rng)")
    ratio = counts.std() / sd
    holds(0.4 < ratio < 1.8, f"scatter of count_hits({n}, rng) over √(n p (1 − p))",
          ratio, "about 1")  # fmt: skip


@pytest.mark.milestone1
def test_two_million_darts_take_the_memory_of_a_block():
    """At once they would take 2,000,000 · 2 · 8 bytes = 32 MB, and as much for x²."""
    peak = peak_of(lambda: mc.count_hits(2_000_000, generator()))
    holds(peak < 10, "memory of count_hits(2_000_000, rng) in MB", peak, "below 10")


@pytest.mark.milestone1
def test_pi_comes_out_of_a_thousand_darts():
    for seed in range(5):
        got = mc.estimate_pi(1000, generator(seed))
        near(got, math.pi, SPREAD / math.sqrt(1000), "estimate_pi(1000, rng)")


@pytest.mark.milestone1
@given(seed=SEEDS, n=strategies.integers(1, 200))
def test_an_estimate_is_four_times_a_share_of_n(seed, n):
    hits = mc.estimate_pi(n, generator(seed)) * n / 4
    call = f"estimate_pi({n}, rng) · {n} / 4"
    close(hits, round(hits), call)
    holds(-1e-9 <= hits <= n + 1e-9, call, hits, f"from 0 to {n}")


@pytest.mark.milestone1
def test_the_same_seed_gives_the_same_and_another_seed_another():
    a, b, c = (mc.estimate_pi(5000, generator(seed)) for seed in (1, 1, 2))
    close(a, b, "estimate_pi(5000, rng), twice from the same seed")
    holds(a != c, "estimate_pi(5000, rng) from two seeds", [a, c], "two estimates")
    rng = generator()
    pair = [mc.estimate_pi(5000, rng) for _ in range(2)]
    holds(pair[0] != pair[1], "estimate_pi twice with one rng", pair, "new darts")


@pytest.mark.milestone1
@pytest.mark.parametrize("n", [0, -5])
def test_no_darts_are_no_estimate(n):
    refuses(lambda: mc.estimate_pi(n, generator()), f"estimate_pi({n}, rng)")
    refuses(lambda: list(mc.blocks(n)), f"blocks({n})")


# --------------------------------------------------------------------------
# Milestone 2: the more darts, the nearer


@pytest.mark.milestone2
def test_the_path_of_five_darts_by_hand():
    """Hits 1, 2, 2, 3, 3 after 1, 2, 3, 4, 5 darts: 4 · hits / darts."""
    got = mc.path(np.array([True, True, False, True, False]))
    want = [4, 4, 8 / 3, 3, 12 / 5]
    close(got, want, "path([True, True, False, True, False])")


@pytest.mark.milestone2
@given(inside=strategies.lists(strategies.booleans(), min_size=1, max_size=60))
def test_a_path_ends_at_four_times_the_share(inside):
    got = mc.path(np.array(inside))
    close(len(got), len(inside), "length of path(inside)")
    close(got[-1], 4 * np.mean(inside), f"end of path({inside})")
    hits = got * np.arange(1, len(inside) + 1) / 4
    close(np.diff(hits), inside[1:], f"hits that each dart adds in path({inside})")


@pytest.mark.milestone2
def test_it_looks_where_it_is_told():
    stops = [3, 10, 11, 500, 40_000]
    steps = list(mc.estimates(stops, generator()))
    close([darts for darts, _ in steps], stops, f"darts of estimates({stops}, rng)")
    hits = np.array([darts * estimate / 4 for darts, estimate in steps])
    close(hits, hits.round(), f"hits behind estimates({stops}, rng)", atol=1e-6)


@pytest.mark.milestone2
@given(seed=SEEDS)
def test_hits_add_up_from_stop_to_stop(seed):
    """Between two looks at least none and at most all of the new darts hit."""
    stops = np.cumsum(generator(seed).integers(1, 900, 6)).tolist()
    steps = np.array(list(mc.estimates(stops, generator(seed))))
    new = np.diff(steps[:, 0] * steps[:, 1] / 4, prepend=0)
    thrown = np.diff(stops, prepend=0)
    holds(((new > -1e-6) & (new < thrown + 1e-6)).all(), f"new hits at {stops}", new,
          f"from 0 to {thrown.tolist()}")  # fmt: skip


@pytest.mark.milestone2
@pytest.mark.parametrize("n, chunk, want", [
    (1050, 200, [200, 400, 600, 800, 1000, 1050]), (900, 300, [300, 600, 900]),
    (7, 50, [7]), (3, 1, [1, 2, 3]),
])  # fmt: skip
def test_chunks_come_one_after_another_and_the_rest_at_the_end(n, chunk, want):
    darts = [darts for darts, _ in mc.running_estimate(n, generator(), chunk)]
    close(darts, want, f"darts of running_estimate({n}, rng, {chunk})")


@pytest.mark.milestone2
@pytest.mark.parametrize("chunk", [1, 37, 10_000, 99_999])
def test_looking_more_often_changes_nothing(chunk):
    """The darts of a seed are the same; a look does not disturb them."""
    n = 400 if chunk == 1 else 90_000
    *_, (darts, got) = mc.running_estimate(n, generator(5), chunk)
    *_, (_, want) = mc.running_estimate(n, generator(5), n)
    close(darts, n, f"last darts of running_estimate({n}, rng, {chunk})")
    close(got, want, f"last estimate of running_estimate({n}, rng, {chunk})")


@pytest.mark.milestone2
def test_more_darts_come_nearer_on_the_whole():
    """The median of 40 errors, at 100 and at 10,000 darts: a tenth is expected."""
    runs = [dict(mc.estimates([100, 10_000], generator(s))) for s in range(40)]
    few, many = (
        np.median([abs(run[n] - math.pi) for run in runs]) for n in (100, 10_000)
    )
    holds(many < few / 4, "median error at 100 and at 10,000 darts", [few, many],
          "less than a quarter at 10,000")  # fmt: skip


@pytest.mark.milestone2
def test_the_end_is_near_pi():
    *_, (_, got) = mc.running_estimate(300_000, generator(7), 70_000)
    near(got, math.pi, SPREAD / math.sqrt(300_000), "end of running_estimate(300_000)")


@pytest.mark.milestone2
def test_memory_does_not_grow_with_the_darts():
    """3,000,000 darts at once would be 48 MB."""
    peak = peak_of(lambda: list(mc.running_estimate(3_000_000, generator(), 250_000)))
    holds(peak < 20, "memory of running_estimate(3_000_000, rng) in MB", peak,
          "below 20")  # fmt: skip


@pytest.mark.milestone2
@pytest.mark.parametrize("n, chunk", [(0, 10), (-3, 10), (10, 0), (10, -1)])
def test_nothing_to_throw_is_refused(n, chunk):
    refuses(lambda: mc.running_estimate(n, generator(), chunk),
            f"running_estimate({n}, rng, {chunk})")  # fmt: skip


@pytest.mark.milestone2
@given(n=strategies.integers(1, 10**9))
def test_looks_rise_to_n_and_meet_every_power_of_ten(n):
    at = list(mc.looks(n))
    steps = np.diff(at, prepend=0)
    holds((steps > 0).all() and steps.max() <= 20_000_000, f"steps of looks({n})",
          steps, "from 1 to 20,000,000")  # fmt: skip
    close(at[-1], n, f"last of looks({n})")
    powers = [10**k for k in range(10) if 10**k <= n]
    missing = sorted(set(powers) - set(at))
    holds(not missing, f"powers of ten that looks({n}) leaves out", missing, "none")
    holds(len(at) < 300, f"number of looks({n})", len(at), "below 300")


# --------------------------------------------------------------------------
# Milestone 3: four times the darts, half the error


@pytest.mark.milestone3
def test_standard_errors_by_hand():
    """Of 12 darts 9 hit: the estimate is 3, √(3 · 1 / 12) = 0.5. Of 100 darts 80:
    √(3.2 · 0.8 / 100) = 0.16. All or none hit: no scatter is seen."""
    got = [mc.standard_error(*pair) for pair in ((3, 12), (3.2, 100), (4, 9), (0, 9))]
    close(
        got, [0.5, 0.16, 0, 0], "standard_error of (3, 12), (3.2, 100), (4, 9), (0, 9)"
    )


@pytest.mark.milestone3
@given(n=strategies.integers(1, 10**6), share=strategies.floats(0, 1))
def test_the_standard_error_is_that_of_counted_hits(n, share):
    hits = round(share * n)
    want = 4 * stats.binom.std(n, hits / n) / n
    got = mc.standard_error(4 * hits / n, n)
    close(got, want, f"standard_error({4 * hits / n:.6g}, {n})", atol=1e-12)


@pytest.mark.milestone3
def test_estimates_scatter_as_it_says():
    """The deviation of 500 estimates from 400 darts is one standard error."""
    rng = generator()
    inside = rng.random((500, 400)) < math.pi / 4
    spread = (4 * inside.mean(axis=1)).std()
    close(mc.standard_error(math.pi, 400), spread, "standard_error(π, 400)", rtol=0.1)


@pytest.mark.milestone3
@pytest.mark.parametrize("estimate, n", [(4.5, 10), (-0.1, 10), (3, 0)])
def test_what_no_darts_can_give_is_refused(estimate, n):
    refuses(lambda: mc.standard_error(estimate, n), f"standard_error({estimate}, {n})")


@pytest.mark.milestone3
def test_slopes_by_hand():
    """y = 5 / √x at 1, 4, 100 is 5, 2.5, 0.5; y = x³ at 1, 2, 4 is 1, 8, 64."""
    got = mc.slope(np.array([1, 4, 100]), np.array([5, 2.5, 0.5]))
    close(got, -0.5, "slope([1, 4, 100], [5, 2.5, 0.5])")
    got = mc.slope(np.array([1, 2, 4]), np.array([1, 8, 64]))
    close(got, 3.0, "slope([1, 2, 4], [1, 8, 64])")


@pytest.mark.milestone3
@given(seed=SEEDS)
def test_the_slope_is_that_of_the_best_line_through_the_logarithms(seed):
    rng = generator(seed)
    x = np.exp(np.sort(rng.normal(size=7)) * 3)
    y = np.exp(rng.normal(size=7))
    want = stats.linregress(np.log(x), np.log(y)).slope
    close(mc.slope(x, y), want, "slope(x, y), 7 points", rtol=1e-6)


@pytest.mark.milestone3
@pytest.mark.parametrize("x, y", [([1, 2], [1, 0]), ([0, 2], [1, 1]), ([2, 2], [1, 3])])
def test_what_has_no_slope_is_refused(x, y):
    refuses(lambda: mc.slope(np.array(x), np.array(y)), f"slope({x}, {y})")


@pytest.mark.milestone3
def test_the_root_mean_square_by_hand():
    """Of 3, −3, 0: √(18 / 3). Of 4, 0, −2: √(20 / 3). A sign does not matter."""
    errors = np.array([[3.0, 4.0], [-3.0, 0.0], [0.0, -2.0]])
    close(mc.rms(errors), [6**0.5, (20 / 3) ** 0.5], "rms([[3, 4], [−3, 0], [0, −2]])")


@pytest.mark.milestone3
def test_the_exponent_of_a_power_law_is_its_power():
    """Errors of n^−0.75 times a random number of each run have the power −0.75."""
    rng = generator()
    ns = np.array([10, 100, 1000, 5000])
    power, sd = mc.exponent(ns, rng.normal(size=(60, 1)) * ns**-0.75)
    close([power, sd], [-0.75, 0], "exponent of errors like n^−0.75", atol=1e-9)
    noisy = rng.normal(size=(600, 4)) * ns**-0.75
    power, sd = mc.exponent(ns, noisy)
    near(power, -0.75, max(sd, 0.005), "exponent of noisy errors like n^−0.75")
    holds(0.001 < sd < 0.1, "deviation of the exponent of 600 runs", sd, "about 0.02")


@pytest.mark.milestone3
def test_errors_of_runs_fall_like_one_over_the_root_of_n():
    ns = np.array([20, 200, 2000])
    errors = mc.errors_of_runs(ns, 150, generator(3))
    holds(errors.shape == (150, 3), "shape of errors_of_runs(3 ns, 150, rng)",
          errors.shape, "(150, 3)")  # fmt: skip
    close(np.sqrt((errors**2).mean(axis=0)), SPREAD / np.sqrt(ns),
          "root mean square of errors_of_runs(ns, 150)", rtol=0.25)  # fmt: skip
    near(errors[:, 2].mean(), 0, SPREAD / math.sqrt(2000 * 150), "mean of the errors")
    hits = (errors + math.pi) * ns / 4
    close(hits, hits.round(), "hits behind errors_of_runs", atol=1e-6)
    holds((np.diff(hits) >= 0).all(), "hits within a run", hits[0], "rising numbers")


@pytest.mark.milestone3
def test_wald_interval_by_hand():
    """75 of 100: p = 0.75, √(p (1 − p) / 100) = 0.0433, 4 · 1.96 · 0.0433 = 0.3395."""
    low, high = mc.wald_interval(np.array([75]), 100)
    close([low[0], high[0]], [2.6605, 3.3395], "wald_interval([75], 100)", rtol=1e-4)
    low, high = mc.wald_interval(np.array([0, 5]), 5)
    close([low, high], [[0, 4], [0, 4]], "wald_interval([0, 5], 5): no length")


@pytest.mark.milestone3
@given(n=strategies.integers(1, 2000), share=strategies.floats(0, 1))
def test_wilson_interval_is_that_of_scipy(n, share):
    hits = round(share * n)
    want = stats.binomtest(hits, n).proportion_ci(0.95, "wilson")
    low, high = mc.wilson_interval(np.array([hits]), n)
    got = [low[0], high[0]]
    close(got, [4 * want.low, 4 * want.high], f"wilson_interval([{hits}], {n})",
          rtol=1e-5, atol=1e-9)  # fmt: skip


@pytest.mark.milestone3
def test_at_wilsons_ends_the_hits_are_just_credible():
    """|hits / n − p| = 1.96 √(p (1 − p) / n) at both ends p, whatever the hits."""
    hits, n = np.array([0, 3, 20, 33]), 33
    for end in mc.wilson_interval(hits, n):
        p = end / 4
        close(np.abs(hits / n - p), 1.959964 * np.sqrt(np.maximum(p * (1 - p), 0) / n),
              "|hits / n − p| at an end of wilson_interval", atol=1e-8)  # fmt: skip


@pytest.mark.milestone3
def test_coverage_counts_the_intervals_that_hold_pi():
    for ends, want in (((0, 4), 1), ((3.2, 4), 0), ((0, 3.1), 0)):
        got = mc.coverage(lambda hits, n, ends=ends: (
            np.full(len(hits), ends[0]), np.full(len(hits), ends[1])
        ), 7, generator(), 50)  # fmt: skip
        close(got, want, f"coverage of intervals from {ends[0]} to {ends[1]}")


@pytest.mark.milestone3
@pytest.mark.parametrize("name", ["wald_interval", "wilson_interval"])
@pytest.mark.parametrize("n", [5, 20, 100])
def test_coverage_is_what_counting_all_outcomes_says(name, n):
    """All hits from 0 to n with their probabilities: which of the intervals hold π?"""
    hits = np.arange(n + 1)
    low, high = getattr(mc, name)(hits, n)
    held = (low <= math.pi) & (math.pi <= high)
    exact = float(stats.binom.pmf(hits, n, math.pi / 4) @ held)
    got = mc.coverage(getattr(mc, name), n, generator(n), 1000)
    near(got, exact, math.sqrt(exact * (1 - exact) / 1000), f"coverage({name}, {n})")


@pytest.mark.milestone3
def test_wilson_keeps_its_promise_where_wald_does_not():
    wald, wilson = (
        mc.coverage(interval, 5, generator(1), 2000)
        for interval in (mc.wald_interval, mc.wilson_interval)
    )
    holds(wald < 0.75 and wilson > 0.9, "coverage of Wald, Wilson at 5 darts",
          [wald, wilson], "Wald below 0.75, Wilson above 0.9")  # fmt: skip


# --------------------------------------------------------------------------
# Milestone 4: any mean will do, and some points are better than chance


def repeated(values: np.ndarray) -> Callable[[int], np.ndarray]:
    """draw(m) that hands out the given numbers, m at a time."""
    left = iter(values)
    return lambda m: np.array([next(left) for _ in range(m)])


@pytest.mark.milestone4
def test_the_mean_and_error_of_four_numbers_by_hand():
    """1, 2, 3, 6: the mean is 3, S = 4 + 1 + 0 + 9 = 14, √(14 / 3 / 4) = 1.0801."""
    *_, last = mc.running_mean(repeated(np.array([1.0, 2.0, 3.0, 6.0])), 4)
    want = [4, 3, math.sqrt(14 / 12)]
    close(last, want, "running_mean of 1, 2, 3, 6: count, mean, error")


@pytest.mark.milestone4
def test_blocks_are_put_together_as_if_they_were_one():
    """The numbers drift from block to block, so that every block has a mean of its own:
    after each, numpy's mean and deviation of all so far."""
    rng = generator()
    y = rng.normal(size=100_000) + np.linspace(0, 9, 100_000)
    steps = list(mc.running_mean(repeated(y), len(y)))
    close(steps[-1][0], 100_000, "last count of running_mean(draw, 100_000)")
    for count, mean, error in steps:
        part = y[:count]
        want = [part.mean(), part.std(ddof=1) / math.sqrt(count)]
        close([mean, error], want, f"mean and error after {count} numbers")


@pytest.mark.milestone4
def test_large_numbers_lose_no_digits():
    """10⁹ plus a random number from 0 to 1: the error is that of the latter."""
    rng = generator()
    small = rng.random(70_000)
    *_, (_, mean, error) = mc.running_mean(repeated(1e9 + small), 70_000)
    want = small.std(ddof=1) / math.sqrt(70_000)
    close(error, want, "error of running_mean, numbers near 10⁹", rtol=1e-5)
    close(mean - 1e9, small.mean(), "mean − 10⁹, numbers near 10⁹", rtol=1e-5)


@pytest.mark.milestone4
def test_the_area_under_a_parabola():
    """∫ x² dx from 0 to 1 is 1/3; the variance of x² is 1/5 − 1/9 = 4/45."""
    value, error = mc.integrate(lambda x: x**2, 0, 1, 50_000, generator())
    want = math.sqrt(4 / 45 / 50_000)
    close(error, want, "error of ∫ x² from 0 to 1, 50,000 points", rtol=0.03)
    near(value, 1 / 3, want, "∫ x² from 0 to 1")


@pytest.mark.milestone4
@pytest.mark.parametrize("f, a, b", [
    (np.exp, -1, 2), (np.sin, 0, 9), (lambda x: 1 / (1 + x**2), -3, 5),
    (lambda x: np.abs(x - 1), 4, -2),
])  # fmt: skip
def test_integrals_are_those_of_scipy(f, a, b):
    want = integrate.quad(f, a, b, points=[1] if a > b else None)[0]
    value, error = mc.integrate(f, a, b, 40_000, generator(4))
    near(value, want, error, f"∫ f from {a} to {b}")
    holds(error < 0.05, f"error of ∫ f from {a} to {b}", error, "small")


@pytest.mark.milestone4
def test_a_constant_has_no_error():
    got = mc.integrate(lambda x: np.full(len(x), 2.5), 1, 5, 100, generator())
    close(got, [10, 0], "integrate(2.5, 1, 5): value, error")
    got = mc.integrate(lambda x: 2.5, 1, 5, 100, generator())
    close(got, [10, 0], "integrate of a function that gives one number")


@pytest.mark.milestone4
def test_error_bars_say_the_truth():
    """(value − truth) / error over 300 runs: mean 0, deviation 1, 95 % within 1.96."""
    truth = math.e - 1
    runs = (mc.integrate(np.exp, 0, 1, 500, generator(s)) for s in range(300))
    pulls = np.array([(value - truth) / error for value, error in runs])
    near(pulls.mean(), 0, 1 / math.sqrt(300), "mean of (value − truth) / error")
    close(pulls.std(), 1, "deviation of (value − truth) / error", rtol=0.15)
    share = float((np.abs(pulls) < 1.96).mean())
    near(
        share, 0.95, math.sqrt(0.05 * 0.95 / 300), "share of truths within 1.96 errors"
    )


@pytest.mark.milestone4
def test_an_integral_takes_the_memory_of_a_block():
    peak = peak_of(lambda: mc.integrate(np.cos, 0, 1, 2_000_000, generator()))
    holds(
        peak < 10, "memory of integrate(cos, 0, 1, 2_000_000) in MB", peak, "below 10"
    )


@pytest.mark.milestone4
@pytest.mark.parametrize("f, a, b", [
    (np.log, -1, 1), (np.sqrt, -2, 0), (lambda x: np.exp(x), 0, 1e4),
    (lambda x: np.where(x > 0.5, np.inf, x), 0, 1),
])  # fmt: skip
def test_holes_and_infinite_values_are_refused(f, a, b):
    call = f"integrate(f, {a}, {b}, 1000, rng), f with a hole"
    said = refuses(lambda: mc.integrate(f, a, b, 1000, generator()), call)
    holds("x = " in said, call, said, "a sentence that names the place, x = …")


@pytest.mark.milestone4
def test_one_point_shows_no_scatter():
    refuses(lambda: mc.integrate(np.exp, 0, 1, 1, generator()), "integrate(f, 0, 1, 1)")


@pytest.mark.milestone4
def test_heights_are_new_at_every_draw():
    rng = generator()
    y = np.array([*mc.heights(lambda x: x, 2, 5, 300, rng),
                  *mc.heights(lambda x: x, 2, 5, 200, rng)])  # fmt: skip
    holds(len(y) == 500 and len(set(y)) == 500, "heights drawn", len(set(y)), "500 new")
    holds(6 <= y.min() < 6.2 and 14.8 < y.max() <= 15, "3 x, x from 2 to 5",
          [y.min(), y.max()], "from 6 to 15")  # fmt: skip


@pytest.mark.milestone4
def test_tail_shares_by_hand():
    """1, 2, 3, 6 with the mean 3: squares 4, 1, 0, 9 of 14. Of equal numbers: none."""
    y = np.array([6.0, 1.0, 3.0, 2.0])
    got = [mc.tail_share(y, k) for k in (1, 2, 4)]
    close(got, [9 / 14, 13 / 14, 1], "tail_share([6, 1, 3, 2], k), k = 1, 2, 4")
    close(mc.tail_share(np.full(20, 7.0)), 0, "tail_share of equal numbers")


@pytest.mark.milestone4
def test_tails_tell_integrals_that_exist_from_those_that_do_not():
    """√x, log x, x^−0.2 have a finite scatter; 1/√x and 1/x scatter without end."""
    for seed in range(5):
        x = generator(seed).random(100_000)
        tame = [mc.tail_share(y) for y in (np.sqrt(x), np.log(x), x**-0.2)]
        wild = [mc.tail_share(y) for y in (x**-0.5, 1 / x)]
        holds(max(tame) < 0.15 < min(wild), "tail_share of tame and wild functions",
              tame + wild, "three below 0.15, then two above")  # fmt: skip


@pytest.mark.milestone4
@pytest.mark.parametrize("name", ["antithetic", "stratified", "golden"])
@pytest.mark.parametrize("n", [6, 7, 400])
def test_points_lie_between_0_and_1_and_are_random(name, n):
    rng = generator()
    x, y = (getattr(mc, name)(n, rng) for _ in range(2))
    holds(x.shape == (n,), f"shape of {name}({n}, rng)", x.shape, f"({n},)")
    holds(((x >= 0) & (x <= 1)).all(), f"{name}({n}, rng)", x, "from 0 to 1")
    holds((x != y).any(), f"{name}({n}, rng) twice", [x[0], y[0]], "other points")
    means = [getattr(mc, name)(n, rng).mean() for _ in range(200)]
    near(np.mean(means), 0.5, 0.29 / math.sqrt(200 * n), f"mean of {name}({n}, rng)")


@pytest.mark.milestone4
def test_every_antithetic_point_has_its_mirror_image():
    x = np.sort(mc.antithetic(50, generator()))
    close(x, np.sort(1 - x), "antithetic(50, rng), and its mirror image")
    p = stats.kstest(mc.antithetic(4000, generator())[:2000], "uniform").pvalue
    holds(p > 0.001, "p of a uniform half in antithetic(4000, rng)", p, "above 0.001")


@pytest.mark.milestone4
@given(seed=SEEDS, n=strategies.integers(1, 300))
def test_every_piece_has_its_stratified_point(seed, n):
    x = mc.stratified(n, generator(seed))
    pieces = np.sort(np.floor(x * n * (1 + 1e-12)))
    close(pieces, np.arange(n), f"pieces in which stratified({n}, rng) lie")


@pytest.mark.milestone4
def test_where_in_its_piece_a_stratified_point_lies_is_chance():
    within = mc.stratified(3000, generator()) * 3000 % 1
    p = stats.kstest(within, "uniform").pvalue
    holds(p > 0.001, "p of uniform places within the pieces", p, "above 0.001")


@pytest.mark.milestone4
@given(seed=SEEDS, n=strategies.integers(2, 400))
def test_golden_points_leave_gaps_of_at_most_three_lengths(seed, n):
    """The three-gap theorem; for the golden ratio the widest is at most 2.62 times the
    narrowest, whatever n is (round the circle)."""
    x = np.sort(mc.golden(n, generator(seed)))
    gaps = np.diff(x, append=x[0] + 1)
    kinds = len(np.unique(gaps.round(9)))
    holds(kinds <= 3, f"different gaps of golden({n}, rng)", kinds, "at most 3")
    ratio = gaps.max() / gaps.min()
    holds(ratio < 2.6181, f"widest / narrowest gap, golden({n}, rng)", ratio, "≤ 2.618")


@pytest.mark.milestone4
def test_the_quarter_circle_by_hand():
    """4 √(1 − x²) at 0, 0.6, 0.8, 1 is 4, 3.2, 2.4, 0."""
    got = mc.quarter(np.array([0, 0.6, 0.8, 1]))
    close(got, [4, 3.2, 2.4, 0], "quarter([0, 0.6, 0.8, 1])")


@pytest.mark.milestone4
def test_the_race_knows_who_spreads_its_points_best():
    """Theory: −1/2 for independent points, −3/2 for strata, −1 for the golden ratio,
    but for logarithms; antithetic points gain by a factor, not by a power."""
    ns = np.array([100, 400, 1600])
    errors = mc.errors_of_ways(ns, 60, generator(1))
    shapes = {found.shape for found in errors.values()}
    holds(
        shapes == {(60, 3)},
        "shapes of errors_of_ways(3 ns, 60, rng)",
        shapes,
        "{(60, 3)}",
    )
    root = {k: np.sqrt((found**2).mean(axis=0)) for k, found in errors.items()}
    power = {k: np.polyfit(np.log(ns), np.log(y), 1)[0] for k, y in root.items()}
    for name, want, slack in (("darts", -0.5, 0.15), ("integral", -0.5, 0.15),
                              ("antithetic", -0.5, 0.15), ("golden ratio", -0.95, 0.25),
                              ("stratified", -1.45, 0.15)):  # fmt: skip
        close(power[name], want, f"power of {name} in the race", atol=slack, rtol=0)
    close(root["darts"], SPREAD / np.sqrt(ns), "errors of darts", rtol=0.3)
    at_last = [root[name][-1] for name in ("darts", "integral", "antithetic",
                                           "golden ratio", "stratified")]  # fmt: skip
    holds(at_last == sorted(at_last, reverse=True), "errors at 1,600 points", at_last,
          "each smaller than the one before")  # fmt: skip


@pytest.mark.milestone4
def test_no_way_to_pi_is_biased():
    for name, found in mc.errors_of_ways(np.array([50]), 400, generator(2)).items():
        near(found.mean(), 0, found.std() / 20, f"mean error of {name}, 50 points")


@pytest.mark.milestone4
def test_needles_have_the_length_1_and_no_favourite_direction():
    needles = mc.drop_needles(20_000, generator())
    holds(needles.shape == (20_000, 2, 2), "shape of drop_needles(20000, rng)",
          needles.shape, "(20000, 2, 2)")  # fmt: skip
    way = needles[:, 1] - needles[:, 0]
    close(np.hypot(*way.T), np.ones(20_000), "lengths of the needles")
    angle = np.arctan2(way[:, 1], way[:, 0]) % math.pi / math.pi
    heights = needles[:, :, 1].mean(axis=1) % 1
    floor = needles.mean(axis=1)
    holds((floor.min(axis=0) >= 0).all() and (floor.max(axis=0) <= [10, 5]).all(),
          "the middles of the needles", [floor.min(axis=0), floor.max(axis=0)],
          "x from 0 to 10, y from 0 to 5")  # fmt: skip
    across = floor[:, 0] / 10
    for name, values in (("angles", angle), ("heights of the middles", heights),
                         ("places along the boards", across)):  # fmt: skip
        p = stats.kstest(values, "uniform").pvalue
        holds(p > 0.001, f"p of uniform {name}", p, "above 0.001")


@pytest.mark.milestone4
def test_needles_across_a_seam_by_hand():
    """y from 0.4 to 0.6: on one board. 0.9 to 1.2, −0.1 to 0.3, 2.5 to 1.7: across."""
    y = [[0.4, 0.6], [0.9, 1.2], [-0.1, 0.3], [2.5, 1.7], [3.1, 3.9]]
    needles = np.array([[[0, low], [5, high]] for low, high in y])
    close(mc.crosses(needles), [0, 1, 1, 1, 0], f"crosses of needles with y = {y}")


@pytest.mark.milestone4
def test_two_in_pi_needles_lie_across():
    """Buffon: the probability is 2 / π = 0.6366."""
    share = mc.crosses(mc.drop_needles(20_000, generator(6))).mean()
    error = math.sqrt(0.6366 * 0.3634 / 20_000)
    near(share, 2 / math.pi, error, "share of needles across a seam")


@pytest.mark.milestone4
def test_volumes_of_balls_by_hand():
    """2, π, 4π/3, π²/2, 8π²/15; and V(d) = V(d − 2) · 2π / d from there on."""
    pi = math.pi
    got = [mc.ball_volume(d) for d in range(1, 6)]
    want = [2, pi, 4 * pi / 3, pi**2 / 2, 8 * pi**2 / 15]
    close(got, want, "ball_volume(1) … ball_volume(5)")
    got = [mc.ball_volume(d) / mc.ball_volume(d - 2) for d in range(6, 101)]
    close(got, 2 * pi / np.arange(6, 101), "ball_volume(d) / ball_volume(d − 2)")


@pytest.mark.milestone4
@pytest.mark.parametrize("d", [1, 3, 5])
def test_the_share_of_darts_in_the_ball_is_its_share_of_the_cube(d):
    *_, (_, share, error) = mc.running_mean(mc.ball_darts(d, generator(d)), 30_000)
    want = math.pi ** (d / 2) / math.gamma(d / 2 + 1) / 2**d
    near(share, want, max(error, 1e-12), f"share of ball_darts({d}, rng)")
