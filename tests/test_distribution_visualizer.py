"""Chapter 12, distributions: the judge of the four milestones."""

import math

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, strategies
from judge import close, holds, refuses
from scipy import integrate, special, stats

dv = chapter("distribution_visualizer")

# Scipy's name for each, as a referee; our parameters in the order of the chapter.
REFEREES = {
    "normal": stats.norm,
    "binomial": stats.binom,
    "poisson": stats.poisson,
    "exponential": lambda rate: stats.expon(scale=1 / rate),
    "uniform": lambda a, b: stats.uniform(a, b - a),
    "beta": stats.beta,
    "gamma": lambda shape, rate: stats.gamma(shape, scale=1 / rate),
    "geometric": stats.geom,
    "bernoulli": stats.bernoulli,
    "t": stats.t,
    "cauchy": stats.cauchy,
    "chi2": stats.chi2,
}
ONE_EACH = [("normal", -2, 3), ("binomial", 17, 0.3), ("poisson", 4.5),
            ("exponential", 0.4), ("uniform", -3, 2), ("beta", 2, 5), ("gamma", 3, 0.5),
            ("geometric", 0.2), ("bernoulli", 0.3), ("t", 5), ("cauchy", 1, 2),
            ("chi2", 3)]  # fmt: skip
CORNERS = [("normal", 1e5, 1e-3), ("gamma", 0.1, 20), ("gamma", 400, 3),
           ("beta", 0.2, 0.3), ("beta", 300, 4000), ("t", 0.5), ("t", 1), ("t", 3000),
           ("chi2", 1), ("chi2", 900), ("binomial", 1000, 0.01),
           ("binomial", 5000, 0.9), ("poisson", 0.3), ("poisson", 3000),
           ("geometric", 0.001)]  # fmt: skip
LARGEST = [("gamma", 1e5, 1), ("t", 1e5), ("poisson", 1e5), ("binomial", 1e5, 0.5),
           ("beta", 1e5, 1e5)]  # fmt: skip
DISCRETE = ("binomial", "poisson", "geometric", "bernoulli")
MEASURED = [w for w in ONE_EACH + CORNERS if w[0] not in DISCRETE]
COUNTED = [w for w in ONE_EACH + CORNERS if w not in MEASURED]


def over(cases):
    """A claim about each of these shapes, as one test."""

    def every(claim):
        def test():
            for words in cases:
                claim(words)

        test.__name__, test.__doc__ = claim.__name__, claim.__doc__
        return test

    return every


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def sampled(name, n, rng, *parameters):
    """A sample by the function of milestone 1 for this family."""
    samplers = {
        "normal": dv.sample_normal, "binomial": dv.sample_binomial,
        "poisson": dv.sample_poisson, "exponential": dv.sample_exponential,
        "uniform": dv.sample_uniform, "beta": dv.sample_beta,
        "gamma": dv.sample_gamma, "geometric": dv.sample_geometric,
        "bernoulli": dv.sample_bernoulli, "t": dv.sample_t,
        "cauchy": dv.sample_cauchy, "chi2": dv.sample_chi2,
    }  # fmt: skip
    return samplers[name](n, rng, *parameters)


def referee(words):
    return REFEREES[words[0]](*words[1:])


def made(words):
    """The object, without the checks of milestone 4."""
    return dv.Distribution(words[0], tuple(map(float, words[1:])))


def called(words, what: str) -> str:
    return f"{what} of {' '.join(map(str, words))}"


class Scripted(np.random.Generator):
    """A generator whose `random` gives these numbers, one after the other."""

    def __init__(self, *values: float):
        super().__init__(np.random.PCG64(0))
        self.values = list(values)

    def random(self, size=None, *_, **__):  # type: ignore[override]
        n = 1 if size is None else int(np.prod(size))
        taken, self.values = self.values[:n], self.values[n:]
        return np.array(taken).reshape(size) if size is not None else taken[0]


class Uniform(np.random.Generator):
    """A generator that has nothing but `random`."""

    def __getattribute__(self, name):
        if name in ("normal", "standard_normal", "exponential", "gamma", "beta",
                    "poisson", "binomial", "standard_gamma", "standard_exponential",
                    "standard_t", "standard_cauchy", "chisquare", "geometric",
                    "choice"):  # fmt: skip
            raise ValueError(f"rng.{name} is not allowed: use rng.random")
        return super().__getattribute__(name)


# --------------------------------------------------------------------------
# Milestone 1: uniform numbers become any shape


@pytest.mark.milestone1
def test_moments_of_a_sample_by_hand():
    """0, 0, 0, 4: mean 1, deviations −1, −1, −1, 3; variance 12/4 = 3; the cubes
    −1 −1 −1 + 27 = 24, a fourth is 6, over 3^1.5 = 5.196: 1.1547."""
    close(dv.sample_moments(np.array([0, 0, 0, 4.0])), [1, 3**0.5, 6 / 3**1.5],
          "sample_moments([0, 0, 0, 4])")  # fmt: skip
    close(dv.sample_moments(np.full(3, 2.0)), [2, 0, math.nan], "moments of 2, 2, 2")


@pytest.mark.milestone1
def test_uniforms_are_above_0_and_at_most_1():
    """`random` may give 0 and never 1; the logarithm must never see the 0."""
    u = dv.uniforms(3, Scripted(0.0, 0.25, 0.75))
    holds(((u > 0) & (u <= 1)).all(), "uniforms from 0, 0.25, 0.75", u, "0 < u ≤ 1")
    u = dv.uniforms(5000, generator())
    holds(len(u) == 5000, "length of uniforms(5000, rng)", len(u), "5000")
    p = stats.kstest(u, "uniform").pvalue
    holds(p > 0.001, "p of uniform uniforms(5000, rng)", p, "above 0.001")


@pytest.mark.milestone1
@pytest.mark.parametrize("name, parameters, want", [
    ("uniform", (2, 6), (3.0, 5.0)),
    ("exponential", (2,), (0.5 * math.log(4), 0.5 * math.log(4 / 3))),
    ("cauchy", (1, 3), (-2.0, 4.0)),
])  # fmt: skip
def test_the_inverse_cdf_by_hand(name, parameters, want):
    """u and 1 − u are ¼ and ¾. Uniform on 2 … 6: 3 and 5. Exponential of rate 2:
    −log(¼)/2 and −log(¾)/2. Cauchy about 1, γ = 3: 1 ± 3 tan(π/4) = −2 and 4."""
    got = sampled(name, 2, Scripted(0.25, 0.75), *parameters)
    close(
        np.sort(got), np.sort(want), f"{name} {parameters} from u = 0.25, 0.75, sorted"
    )


@pytest.mark.milestone1
def test_geometric_numbers_by_hand():
    """p = ½: 1 up to F = ½, 2 up to ¾, 3 up to ⅞; u or 1 − u, both are uniform."""
    places = np.array([0.1, 0.45, 0.55, 0.7, 0.8, 0.9])
    got = dv.sample_geometric(6, Scripted(*places), 0.5)
    one, other = [1, 1, 2, 2, 3, 4], [4, 2, 2, 1, 1, 1]
    want = one if np.array_equal(got, one) else other
    close(got, want, f"sample_geometric from {places}")
    close(dv.sample_geometric(4, generator(), 1.0), np.ones(4), "geometric, p = 1")


@pytest.mark.milestone1
def test_bernoulli_is_0_or_1():
    x = dv.sample_bernoulli(4000, generator(), 0.3)
    holds(set(x) == {0, 1}, "values of sample_bernoulli", sorted(set(x)), "0 and 1")
    z = (x.mean() - 0.3) / math.sqrt(0.21 / 4000)
    holds(abs(z) < 4, "z of the share of 1, p = 0.3", z, "from -4 to 4")


@pytest.mark.milestone1
@pytest.mark.parametrize("n", [1, 2, 7, 8])
def test_a_bell_of_odd_length_has_its_length(n):
    got = dv.sample_normal(n, generator(), 5, 2)
    holds(got.shape == (n,), f"shape of sample_normal({n}, …)", got.shape, f"({n},)")


@pytest.mark.milestone1
def test_box_and_muller_make_points_of_a_plane_without_a_favourite_direction():
    """The two halves are x and y: uncorrelated, x² + y² exponential with the mean 2,
    in each quadrant a fourth."""
    x = dv.sample_normal(8000, generator(3), 0, 1)
    z = x[:4000] + 1j * x[4000:]
    p = stats.kstest(np.abs(z) ** 2, stats.expon(scale=2).cdf).pvalue
    holds(p > 0.001, "p of exponential x² + y²", p, "above 0.001")
    p = stats.kstest(np.angle(z), stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue
    holds(p > 0.001, "p of a uniform angle", p, "above 0.001")


@pytest.mark.milestone1
@over(ONE_EACH)
def test_samples_have_the_moments_and_the_cdf_of_theory(words):
    """Kolmogorov and Smirnov for what is measured, chi-square for what is counted."""
    n, g = 4000, referee(words)
    rng = Uniform(np.random.PCG64(11))
    x = sampled(words[0], n, rng, *words[1:])
    holds(x.shape == (n,), called(words, "shape of a sample"), x.shape, f"({n},)")
    if words in COUNTED:
        k = np.arange(g.ppf(0.01), g.ppf(0.99) + 1)
        cells = np.diff([0, *g.cdf(k), 1])
        counts = np.histogram(x, [-np.inf, *(k + 0.5), np.inf])[0]
        full = cells > 1e-12
        holds(counts[~full].sum() == 0, called(words, "sample"), x, "possible values")
        p = stats.chisquare(counts[full], n * cells[full] / cells[full].sum()).pvalue
    else:
        p = stats.kstest(x, g.cdf).pvalue
    holds(p > 1e-3, called(words, "p of a sample"), p, "above 0.001")
    if words[0] != "cauchy":
        z = (x.mean() - g.mean()) / (g.std() / math.sqrt(n))
        holds(abs(z) < 4, called(words, "z of the mean of 4000"), z, "from -4 to 4")
        ratio = x.std() / g.std()
        holds(0.85 < ratio < 1.15, called(words, "std of 4000 / σ"), ratio, "about 1")


@pytest.mark.milestone1
@pytest.mark.parametrize("name, parameters", [
    ("gamma", (0.05, 2)), ("gamma", (0.9, 1)), ("gamma", (1, 1)), ("gamma", (150, 1)),
    ("beta", (0.05, 0.1)), ("beta", (40, 1)), ("chi2", (0.5,)), ("t", (0.3,)),
    ("poisson", (0.05,)), ("poisson", (2000,)), ("binomial", (3, 0.95)),
    ("binomial", (5000, 0.5)), ("geometric", (0.9,)), ("binomial", (9, 1)),
    ("binomial", (9, 0)), ("bernoulli", (1,)), ("bernoulli", (0,)),
])  # fmt: skip
def test_corners_of_the_parameters_are_sampled_too(name, parameters):
    x = sampled(name, 3000, generator(4), *parameters)
    g = REFEREES[name](*parameters)
    holds(np.isfinite(x).all(), f"{name} {parameters}", x, "finite numbers")
    u = g.cdf(x)
    if name in DISCRETE:  # a place at random on the step makes it uniform
        u = u - generator(5).random(3000) * g.pmf(x)
    p = stats.kstest(u, "uniform").pvalue
    holds(p > 1e-3, f"p of {name} {parameters}", p, "above 0.001")


@pytest.mark.milestone1
def test_logarithms_of_gamma_numbers_reach_where_no_float_does():
    """Shape 0.001: half of the numbers are below 2^(−1/0.001) = 10^(−301)."""
    logs = dv.log_gamma_numbers(2000, generator(), 0.001)
    holds(np.isfinite(logs).all(), "log_gamma_numbers, shape 0.001", logs, "finite")
    want = special.digamma(0.001)
    z = (logs.mean() - want) / math.sqrt(special.polygamma(1, 0.001) / 2000)
    holds(abs(z) < 4, "z of mean log, which is ψ(0.001)", z, "from -4 to 4")


@pytest.mark.milestone1
def test_a_chain_of_ratios_by_hand():
    """1, then times 2, times ½, times 3: 1, 2, 1, 3; together 7."""
    close(dv.chain(np.array([2, 0.5, 3])), np.array([1, 2, 1, 3]) / 7,
          "chain([2, ½, 3])")  # fmt: skip
    got = dv.chain(np.full(3000, 2.0))
    close(got[-3:], [1 / 8, 1 / 4, 1 / 2], "last weights of 3000 doublings")


@pytest.mark.milestone1
@given(strategies.lists(strategies.floats(0, 1), min_size=1, max_size=12).filter(sum))
def test_the_alias_table_holds_every_probability(values):
    """What column i keeps, and what others give to it, together is p[i]."""
    p = np.array(values) / sum(values)
    keep, other = dv.alias_table(p.copy())
    got = (
        keep + np.bincount(np.asarray(other), weights=1 - keep, minlength=len(p))
    ) / len(p)
    close(got, p, f"probabilities in alias_table({np.round(p, 4)})", atol=1e-9)
    holds(((keep >= -1e-9) & (keep <= 1 + 1e-9)).all(), "keep", keep, "from 0 to 1")


@pytest.mark.milestone1
def test_alias_draws_are_as_frequent_as_they_should_be():
    p = np.array([0.05, 0.5, 0.0, 0.15, 0.3])
    x = dv.sample_alias(6000, generator(2), p)
    counts = np.bincount(x.astype(int), minlength=5)
    holds(counts[2] == 0 and len(counts) == 5, "counts of sample_alias", counts,
          "none where p = 0")  # fmt: skip
    p_value = stats.chisquare(counts[p > 0], 6000 * p[p > 0]).pvalue
    holds(p_value > 0.001, f"p of sample_alias, {p}", p_value, "above 0.001")


# --------------------------------------------------------------------------
# Milestone 2: area is probability


@pytest.mark.milestone2
@np.errstate(divide="ignore", invalid="ignore")  # as the object calls them
def test_masses_by_hand():
    """Poisson 2: e⁻² 2³ / 3!. Four tosses, p = ⅓: 6 · (1/9) · (4/9) = 24/81. A coin
    that never shows heads: 1 at 0, nothing elsewhere."""
    close(dv.poisson_mass(np.array([0.0, 3.0]), np.array(2.0)),
          [math.exp(-2), math.exp(-2) * 8 / 6], "poisson_mass([0, 3], 2)")  # fmt: skip
    got = dv.binomial_mass(np.array([0.0, 2, 4]), 4.0, 1 / 3)
    close(got, [16 / 81, 24 / 81, 1 / 81], "binomial_mass([0, 2, 4], 4, 1/3)")
    got = dv.binomial_mass(np.array([0.0, 2, 4]), 4.0, 0.0)
    close(got, [1, 0, 0], "binomial_mass([0, 2, 4], 4, 0)")
    got = dv.poisson_mass(np.array([1000.0]), 1000.0)
    close(got, [0.01261461134870], "poisson_mass(1000, 1000)", rtol=1e-9)


@pytest.mark.milestone2
def test_continued_fractions_by_hand():
    """1/(1 + 1/(1 + …)) is the golden ratio, 0.618…; 1/(2 + 1/(2 + …)) is √2 − 1."""
    ones = ((np.ones(2), np.array([1.0, 2.0])) for _ in range(200))
    close(dv.continued_fraction(ones), [(math.sqrt(5) - 1) / 2, math.sqrt(2) - 1],
          "continued_fraction of 1, b for b = 1 and 2", rtol=1e-14)  # fmt: skip


@pytest.mark.milestone2
@pytest.mark.parametrize("a", [0.05, 0.5, 1, 3.7, 60, 2500])
def test_the_incomplete_gamma_function_in_both_tails(a):
    x = a * np.array([1e-3, 0.1, 0.5, 0.9, 1, 1.1, 1.5]) + [0, 0, 0, 0, 0, 1, 9]
    lower, upper = dv.gamma_tails(a, x)
    some = special.gammainc(a, x) > 1e-200
    close(np.where(some, lower, 0), np.where(some, special.gammainc(a, x), 0),
          f"lower of gamma_tails({a}, {x})", rtol=1e-10, atol=1e-280)  # fmt: skip
    close(upper, special.gammaincc(a, x), f"upper of gamma_tails({a}, {x})",
          rtol=1e-10, atol=1e-280)  # fmt: skip
    few = x < a + 1
    close(dv.poisson_mass(np.full(few.sum(), a), x[few])
          * dv.gamma_series(np.full(few.sum(), a), x[few]), lower[few],
          "poisson_mass · gamma_series", atol=1e-280)  # fmt: skip


@pytest.mark.milestone2
def test_the_terms_of_the_two_fractions():
    """a = 2, x = 5: 1/4, then 1·(2−1) = 1 over 6. a, b, x = 2, 3, ½: d₁ = −2·5·½/(2·3),
    d₂ = 1·2·½/(3·4)."""
    terms = dv.gamma_terms(np.array([2.0]), np.array([5.0]))
    got = [[float(np.squeeze(v)) for v in next(terms)] for _ in range(2)]
    close(got, [[1, 4], [1, 6]], "first terms of gamma_terms(2, 5)")
    terms = dv.beta_terms(np.array([2.0]), np.array([3.0]), np.array([0.5]))
    got = [[float(np.squeeze(v)) for v in next(terms)] for _ in range(3)]
    close(got, [[1, 1], [-5 / 6, 1], [1 / 12, 1]], "first terms of beta_terms(2, 3, ½)")


@pytest.mark.milestone2
@pytest.mark.parametrize("a, b", [(0.1, 0.2), (1, 1), (2, 5), (0.5, 80), (700, 300)])
def test_the_incomplete_beta_function_in_both_tails(a, b):
    x = np.array([1e-6, 0.01, 0.2, 0.5, 0.69, 0.72, 0.95, 1 - 1e-6])
    lower, upper = dv.beta_tails(a, b, x, 1 - x)
    call = f"beta_tails({a}, {b}, {x})"
    close(lower, special.betainc(a, b, x), f"lower of {call}", rtol=1e-9, atol=1e-280)
    close(upper, special.betaincc(a, b, x), f"upper of {call}", rtol=1e-9, atol=1e-280)


@pytest.mark.milestone2
def test_what_is_symmetric_has_equal_tails():
    got = dv.both_sides(np.array([-1.0, 0, 2]), np.array([0.4, 1, 0.1]))
    close(got, [[0.2, 0.5, 0.95], [0.8, 0.5, 0.05]], "both_sides of -1, 0, 2")


PROBABILITIES = np.concatenate([np.geomspace(1e-12, 0.5, 25),
                                1 - np.geomspace(1e-12, 0.4, 25)])  # fmt: skip


@pytest.mark.milestone2
@over(ONE_EACH + CORNERS + LARGEST)
def test_density_cdf_and_survival_equal_scipy_from_1e_12_to_1_minus_1e_12(words):
    f, g = made(words), referee(words)
    x = g.ppf(PROBABILITIES)
    x = x[(x > 0) & (x < 1)] if words[0] == "beta" else x
    name = "pmf" if words[0] in DISCRETE else "pdf"
    height, theirs = getattr(f, name), getattr(g, name)
    close(height(x), theirs(x), called(words, name), rtol=1e-9, atol=1e-300)
    close(f.cdf(x), g.cdf(x), called(words, "cdf"), rtol=1e-9, atol=1e-300)
    lost = 1e-12 if words[0] == "uniform" else 1e-300  # there scipy's sf is 1 − cdf
    close(f.sf(x), g.sf(x), called(words, "sf"), rtol=1e-9, atol=lost)


@pytest.mark.milestone2
@over(MEASURED)
def test_the_quantile_equals_scipy_from_1e_12_to_1_minus_1e_12(words):
    f, g = made(words), referee(words)
    near_0 = 1e-14 if words[0] == "uniform" else 1e-300  # -3 + 5 · 0.6 is not quite 0
    close(f.quantile(PROBABILITIES), g.ppf(PROBABILITIES), called(words, "quantile"),
          rtol=1e-9, atol=near_0)  # fmt: skip


@pytest.mark.milestone2
@over(COUNTED)
def test_the_quantile_of_counts_is_the_first_k_that_reaches_p(words):
    f = made(words)
    p = np.append(PROBABILITIES, generator().random(50))
    k = f.quantile(p)
    slack = 1e-9 * np.minimum(p, 1 - p)
    holds((k == np.floor(k)).all(), called(words, "quantile"), k, "whole numbers")
    holds((f.cdf(k) >= p - slack).all(), called(words, "cdf(quantile(p)) − p"),
          f.cdf(k) - p, "0 or more")  # fmt: skip
    holds((f.cdf(k - 1) < p + slack).all(), called(words, "cdf(quantile(p) − 1) − p"),
          f.cdf(k - 1) - p, "below 0")  # fmt: skip


@pytest.mark.milestone2
@over(MEASURED[:8])
def test_the_area_under_the_density_between_two_places_is_the_cdf_s_difference(words):
    f = made(words)
    low, high = f.quantile([0.05, 0.8])
    got, _ = integrate.quad(f.pdf, low, high, epsabs=1e-11)
    close(got, 0.75, called(words, "area from the 5 % to the 80 % quantile"), rtol=1e-8)


@pytest.mark.milestone2
@over(COUNTED)
def test_masses_add_up_to_1_and_to_the_cdf(words):
    f = made(words)
    k = np.arange(0, f.quantile(1 - 1e-15) + 2)
    close(f.pmf(k).sum(), 1, called(words, "sum of pmf"))
    close(np.cumsum(f.pmf(k)), f.cdf(k), called(words, "sums of pmf, and the cdf"))
    close(f.pmf(k + 0.5), 0 * k, called(words, "pmf between whole numbers"))


@pytest.mark.milestone2
@over(ONE_EACH + CORNERS)
def test_mean_std_and_skew_equal_scipy_where_they_exist(words):
    f, g = made(words), referee(words)
    mean, var, skew = (float(v) for v in g.stats("mvs"))
    got = [f.mean, f.std, f.skew]
    want = [mean, math.sqrt(var), skew]
    if words[0] == "cauchy" or (words[0] == "t" and words[1] <= 1):
        want = [math.nan, got[1], math.nan]
        holds(not math.isfinite(f.std), called(words, "std"), f.std, "none")
    close(got, want, called(words, "mean, std, skew"), rtol=1e-9)


@pytest.mark.milestone2
def test_outside_the_support_nothing_is_and_at_its_ends_all_or_nothing():
    for words in ONE_EACH:
        f = made(words)
        low, high = f.quantile([0.0, 1.0])
        want = referee(words).support()
        close([low, high], want, called(words, "quantile of 0 and 1"))
        far = np.array([-1e300, 1e300])
        got = [f.cdf(far), f.sf(far)]
        close(got, [[0, 1], [1, 0]], called(words, "cdf and sf far away"), atol=1e-9)
        outside = np.array([low - 1, high + 1])[[np.isfinite(low), np.isfinite(high)]]
        height = f.pmf if words in COUNTED else f.pdf
        close(height(outside), 0 * outside, called(words, f"height at {outside}"))


@pytest.mark.milestone2
def test_what_is_counted_has_a_mass_and_what_is_measured_a_density():
    for words in ONE_EACH:
        f = made(words)
        close(f.cdf(math.inf), 1, called(words, "cdf at infinity"))
        got = [hasattr(f, "pmf"), hasattr(f, "pdf")]
        want = [words in COUNTED, words in MEASURED]
        holds(got == want, called(words, "has a pmf, a pdf"), got, str(want))


@pytest.mark.milestone2
def test_a_quantile_is_asked_for_at_probabilities():
    f = made(("gamma", 2, 1))
    for p in (-0.1, 1.1, math.nan):
        refuses(lambda p=p: f.quantile(p), f"quantile({p})")


@pytest.mark.milestone2
def test_the_parts_agree_with_the_whole():
    """The plain functions, of standard shapes, which the object moves and stretches."""
    x = np.array([0.5, 2.0, 7.0])
    want = stats.gamma(3).pdf(x)
    close(dv.mass_or_density("gamma", (3.0,), x), want, f"density of gamma 3 at {x}")
    want = [stats.gamma(3).cdf(x), stats.gamma(3).sf(x)]
    close(dv.tails("gamma", (3.0,), x), want, f"tails('gamma', (3,), {x})")
    close(dv.moments("binomial", (16, 0.5)), [8, 2, 0], "moments of binomial 16 ½")
    close(dv.support("binomial", (16, 0.5)), [0, 16], "support of binomial 16 ½")
    p = np.array([0.01, 0.5, 0.99])
    close(dv.root("t", (4.0,), p), stats.t(4).ppf(p), "root('t', (4,), p)")
    close(dv.count_root("poisson", (4.0,), p), stats.poisson(4).ppf(p),
          "count_root('poisson', (4,), p)")  # fmt: skip
    close(dv.moments("normal", ()), [0, 1, 0], "moments of the standard normal")
    close(dv.support("normal", ()), [-math.inf, math.inf], "support of normal")


@pytest.mark.milestone2
@given(
    seed=strategies.integers(0, 10**6), which=strategies.integers(0, len(ONE_EACH) - 1)
)
def test_a_cdf_never_falls_and_its_two_tails_make_1(seed, which):
    f, rng = made(ONE_EACH[which]), generator(seed)
    x = np.sort(rng.normal(0, 10, 30))
    cdf, sf = f.cdf(x), f.sf(x)
    call = called(ONE_EACH[which], "cdf of sorted x")
    holds((np.diff(cdf) >= -1e-13).all() and (np.diff(sf) <= 1e-13).all(), call, cdf,
          "never falling")  # fmt: skip
    close(cdf + sf, np.ones(30), called(ONE_EACH[which], "cdf + sf"))


# --------------------------------------------------------------------------
# Milestone 3: means become bells


@pytest.mark.milestone3
@pytest.mark.parametrize("words", [("uniform", 0, 1), ("exponential", 2.0),
                                   ("bernoulli", 0.2), ("chi2", 1)])  # fmt: skip
def test_means_have_the_spread_sigma_over_root_n_and_less_skew(words):
    """Of n = 25: mean μ, std σ/5, skew of the parent / 5; 8000 of them, 4 errors."""
    f, n, repeats = made(words), 25, 8000
    means = dv.clt(f, n, generator(1), repeats)
    holds(means.shape == (repeats,), "shape of clt(f, 25, rng, 8000)", means.shape,
          "(8000,)")  # fmt: skip
    mean, var, skew = (float(v) for v in referee(words).stats("mvs"))
    sd = math.sqrt(var / n)
    z = (means.mean() - mean) / (sd / math.sqrt(repeats))
    holds(abs(z) < 4, called(words, "z of the mean of means"), z, "from -4 to 4")
    ratio = means.std() / sd
    holds(
        abs(ratio - 1) < 0.05, called(words, "std of means / (σ/5)"), ratio, "about 1"
    )
    got = float(stats.skew(means))
    holds(abs(got - skew / 5) < 0.12, called(words, "skew of means"), got,
          f"{skew / 5:.3g}, give or take 0.12")  # fmt: skip


@pytest.mark.milestone3
def test_means_of_one_number_are_the_numbers_and_n_below_1_is_refused():
    f = made(("exponential", 1))
    means = dv.clt(f, 1, generator(2), 3000)
    p = stats.kstest(means, "expon").pvalue
    holds(p > 0.001, "p of exponential clt(f, 1, rng, 3000)", p, "above 0.001")
    refuses(lambda: dv.clt(f, 0, generator(), 10), "clt(f, 0, rng, 10)")
    refuses(lambda: dv.clt(f, 5, generator(), 0), "clt(f, 5, rng, 0)")


@pytest.mark.milestone3
def test_the_path_of_means_goes_on_with_its_sums():
    """4 · mean of 4 − 3 · mean of 3 is one number: of Bernoulli 0 or 1."""
    f = made(("bernoulli", 0.5))
    path = list(dv.clt_path(f, [3, 4, 600], generator(), 5000))
    holds([n for n, _ in path] == [3, 4, 600], "n of clt_path", [n for n, _ in path],
          "3, 4, 600")  # fmt: skip
    one = 4 * path[1][1] - 3 * path[0][1]
    close(one, np.round(np.clip(one, 0, 1)), "4 · mean of 4 − 3 · mean of 3")
    ratio = path[2][1].std() / (0.5 / math.sqrt(600))
    holds(abs(ratio - 1) < 0.06, "std of means of 600 / (σ/√600)", ratio, "about 1")


@pytest.mark.milestone3
def test_standardised_means_by_hand():
    """Exponential of rate ½: μ = σ = 2. Means of 9: 2 is 0, 4 is 2 · 3/2 = 3."""
    got = dv.standardised(np.array([2.0, 4.0]), made(("exponential", 0.5)), 9)
    close(got, [0, 3], "standardised([2, 4], exponential ½, 9)")


@pytest.mark.milestone3
def test_means_of_cauchy_numbers_never_settle():
    """The mean of n Cauchy numbers is Cauchy again: the quartiles stay at −1 and 1."""
    f = made(("cauchy", 0, 1))
    for n, means in dv.clt_path(f, [1, 10, 200], generator(3), 4000):
        p = stats.kstest(means, "cauchy").pvalue
        holds(p > 0.001, f"p of Cauchy means of {n}", p, "above 0.001")
    one, many = (dv.standardised(np.array([1.0, -1.0]), f, n) for n in (1, 100))
    close(one, many, "standardised Cauchy means, n = 1 and 100: no √n")


@pytest.mark.milestone3
@over([(w, s) for w in ONE_EACH for s in (-0.7, 0.15) if w[0] not in ("t", "cauchy")])
def test_the_mgf_is_the_mean_of_e_to_the_sX(case):
    words, s = case
    g = referee(words)
    low, high = g.ppf([1e-15, 1 - 1e-15])
    if words in COUNTED:
        k = np.arange(0, high + 400)
        want = float((np.exp(s * k) * g.pmf(k)).sum())
    else:
        want, _ = integrate.quad(lambda x: math.exp(s * x) * g.pdf(x), low, high + 60,
                                 limit=200, points=[float(g.mean())])  # fmt: skip
    got = dv.log_mgf(made(words), s)
    close(got, math.log(want), called(words, f"log_mgf at {s}"), rtol=1e-5)


@pytest.mark.milestone3
def test_where_the_tails_are_too_heavy_there_is_no_mgf():
    for words, s in ((("exponential", 2), 2.5), (("gamma", 3, 2), 2), (("t", 9), 0.1),
                     (("geometric", 0.5), 0.7), (("cauchy", 0, 1), -1)):  # fmt: skip
        got = dv.log_mgf(made(words), s)
        holds(got == math.inf, called(words, f"log_mgf at {s}"), got, "inf")
    for words in ONE_EACH:
        close(dv.log_mgf(made(words), 0), 0, called(words, "log_mgf at 0"))


@pytest.mark.milestone3
def test_the_mgf_of_the_mean_becomes_that_of_a_bell():
    """e^(s²/2) is e^½ at 1. The gap is skew/6/√n, so a hundredfold n, a tenth of it."""
    f = made(("exponential", 1))
    gaps = [dv.mean_mgf(f, n, 1.0) / math.exp(0.5) - 1 for n in (100, 10_000)]
    holds(abs(gaps[0] - 2 / 6 / 10) < 0.005, "gap of mean_mgf(exponential, 100, 1)",
          gaps[0], "about 1/30")  # fmt: skip
    holds(9 < gaps[0] / gaps[1] < 11, "gap at 100 / gap at 10,000", gaps[0] / gaps[1],
          "about 10")  # fmt: skip
    close(dv.mean_mgf(made(("normal", 3, 2)), 7, 1.0), math.exp(0.5), "of a bell: e^½")


@pytest.mark.milestone3
def test_the_ks_distance_by_hand():
    """u = 0.2, 0.9: the share below jumps to ½ at 0.2 and to 1 at 0.9; widest at 0.9,
    where it is still ½: 0.4. One number 0.5: ½."""
    close(dv.ks_distance(np.array([0.9, 0.2])), 0.4, "ks_distance([0.9, 0.2])")
    close(dv.ks_distance(np.array([0.5])), 0.5, "ks_distance([0.5])")
    u = generator(5).beta(1, 1.3, 57)
    want = stats.kstest(u, "uniform").statistic
    close(dv.ks_distance(u), want, "ks_distance of 57 numbers, against scipy")


@pytest.mark.milestone3
@pytest.mark.parametrize("n, level", [(20, 0.05), (100, 0.01), (10_000, 0.001)])
def test_the_critical_ks_distance_is_exceeded_with_the_level_s_probability(n, level):
    want = stats.kstwo.ppf(1 - level, n)
    close(dv.ks_critical(n, level), want, f"ks_critical({n}, {level})", rtol=0.01)


# --------------------------------------------------------------------------
# Milestone 4: parameters, relatives, and samplers on trial


@pytest.mark.milestone4
def test_parameters_move_mean_and_std_as_the_formulas_say():
    """Twice the rate, half the mean; four times n, twice the std; the bell is moved."""
    D = dv.distribution
    close(D("exponential", 4).mean, D("exponential", 2).mean / 2, "exponential's mean")
    close(D("binomial", 40, 0.3).std, 2 * D("binomial", 10, 0.3).std, "binomial's std")
    close(D("gamma", 3, 2).mean, 1.5, "mean of gamma, shape 3, rate 2")
    close([D("normal", 5, 3).mean, D("normal", 5, 3).std], [5, 3], "normal 5 3")
    close(D("normal", 5, 3).cdf(8), D("normal", 0, 1).cdf(1), "cdf of normal 5 3 at 8")
    close(D("geometric", 0.25).mean, 4, "mean of geometric ¼: on 1, 2, …")
    close(D("geometric", 0.25).pmf(0), 0, "pmf(0) of geometric ¼")


@pytest.mark.milestone4
@pytest.mark.parametrize("words, sentence", [
    (("normal", 0, 0), "std"), (("normal", 0, -1), "std"), (("normal", 0), "normal"),
    (("normal", 0, 1, 2), "normal"), (("normal", math.nan, 1), "mean"),
    (("normal", 0, math.inf), "std"), (("binomial", 10, 1.2), "p"),
    (("binomial", 10, -0.1), "p"), (("binomial", 2.5, 0.5), "whole"),
    (("binomial", 0, 0.5), "n"), (("binomial", -3, 0.5), "n"), (("poisson", 0), "λ"),
    (("poisson", -4), "λ"), (("exponential", 0), "rate"), (("uniform", 1, 1), "b"),
    (("uniform", 2, 1), "b"), (("beta", 0, 1), "a"), (("gamma", 2, -1), "rate"),
    (("geometric", 0), "p"), (("geometric", 1.5), "p"), (("bernoulli", 2), "p"),
    (("t", 0), "ν"), (("cauchy", 0, 0), "γ"), (("chi2", -1), "ν"),
    (("nromal", 0, 1), "normal"), (("pareto", 1), "pareto"),
])  # fmt: skip
def test_bad_parameters_are_refused_with_a_sentence(words, sentence):
    said = refuses(lambda: str(dv.distribution(*words)), f"distribution{words}")
    holds(sentence in said, f"sentence of distribution{words}", said, sentence)


@pytest.mark.milestone4
def test_the_ends_of_what_a_parameter_may_be_are_allowed():
    for words, mean in ((("binomial", 5, 0), 0), (("binomial", 5, 1), 5),
                        (("bernoulli", 1), 1), (("geometric", 1), 1)):  # fmt: skip
        f = dv.distribution(*words)
        close([f.mean, f.std], [mean, 0], called(words, "mean and std"))
        close(f.sample(3, generator()), np.full(3, mean), called(words, "sample"))
        close([f.cdf(mean - 1), f.cdf(mean)], [0, 1], called(words, "cdf"))
        close(f.pmf(mean), 1, called(words, "pmf at the only value"))


@pytest.mark.milestone4
@over(ONE_EACH + CORNERS)
def test_every_relation_is_true_or_near(words):
    """The named place maps quantiles to quantiles: checked by scipy's own cdfs."""
    f = dv.distribution(*words)
    g = referee(words)
    x = g.ppf(np.linspace(0.001, 0.999, 499))
    for one in dv.relatives(f):
        other = REFEREES[one.other.name](*one.other.parameters)
        want = np.abs(g.cdf(x) - other.cdf(one.place(x))).max()
        call = called(words, f"gap to {one.says}: {one.other}")
        close(dv.cdf_gap(f, one), want, call, atol=1e-6)


@pytest.mark.milestone4
@pytest.mark.parametrize("words, other", [
    (("normal", 3, 2), "normal"), (("uniform", 2, 5), "beta"), (("cauchy", 2, 3), "t"),
    (("uniform", 2, 5), "exponential"), (("exponential", 3), "gamma"),
    (("exponential", 3), "chi2"), (("gamma", 2.5, 4), "chi2"), (("chi2", 3), "gamma"),
    (("t", 1), "cauchy"), (("beta", 1, 1), "uniform"),
    (("geometric", 0.1), "exponential"),
    (("bernoulli", 0.4), "binomial"),
])  # fmt: skip
def test_relatives_that_are_the_same_have_no_gap(words, other):
    f = dv.distribution(*words)
    found = [one for one in dv.relatives(f) if one.other.name == other]
    holds(found, called(words, "relatives"), [r.other for r in dv.relatives(f)], other)
    close(dv.cdf_gap(f, found[0]), 0, called(words, f"gap to {other}"), atol=1e-9)


@pytest.mark.milestone4
def test_the_bell_of_a_family_has_its_mean_and_std_where_there_are_any():
    """Counts up to k are the bell's area up to k + ½: Poisson 100 at k = 103."""
    (bell,) = dv.bell_of(dv.distribution("poisson", 100))
    close(bell.other.parameters, [100, 10], "parameters of bell_of(poisson 100)")
    close(bell.place(103.0), 103.5, "place of k = 103 in bell_of(poisson 100)")
    for words in (("cauchy", 0, 1), ("bernoulli", 0)):
        found = [str(r.other) for r in dv.bell_of(dv.distribution(*words))]
        holds(not found, called(words, "bell_of"), found, "nothing")


@pytest.mark.milestone4
def test_rare_successes_are_nearly_poisson_and_the_more_so_the_rarer():
    """Le Cam: the cdfs differ by less than n p²: 0.01 for 100 trials at 0.01."""
    D = dv.distribution
    gaps = []
    for n, p in ((20, 0.05), (100, 0.01), (10_000, 0.0001)):
        f = D("binomial", n, p)
        one = next(r for r in dv.relatives(f) if r.other.name == "poisson")
        close(one.other.parameters, [1], called((n, p), "the λ of the relative"))
        gaps.append(dv.cdf_gap(f, one))
        holds(gaps[-1] <= n * p**2, f"gap of binomial {n} {p} to Poisson", gaps[-1],
              f"at most n p² = {n * p**2:.2g}")  # fmt: skip
    holds(gaps[0] > gaps[1] > gaps[2] > 0, "gaps", gaps, "falling")


@pytest.mark.milestone4
@pytest.mark.parametrize("kind", ["wide", "tail", "pairs", "power"])
def test_a_spoilt_source_is_slightly_wrong_and_only_in_its_own_way(kind):
    """wide: a bell of std 1.03; tail: none above 0.99; pairs: one in 20 repeated;
    power: the median of u^1.05 is 0.5^1.05 = 0.483."""
    n = 40_000
    u = dv.spoil(generator(1).random(n), kind, generator(2))
    holds(((u >= 0) & (u <= 1)).all(), f"spoil(u, {kind})", u, "from 0 to 1")
    found = {
        "wide": (stats.norm.ppf(u).std(), 1.03, 0.015),
        "tail": (u.max(), 0.99, 0.001),
        "pairs": ((u[1:] == u[:-1]).mean(), 0.05, 0.005),
        "power": (np.median(u), 0.483, 0.01),
    }
    got, want, slack = found[kind]
    holds(abs(got - want) < slack, f"what spoil(u, {kind}) does", got, str(want))
    holds(stats.kstest(u, "uniform").statistic < 0.03, "distance from uniform",
          stats.kstest(u, "uniform").statistic, "below 0.03: subtle")  # fmt: skip


@pytest.mark.milestone4
def test_drawing_without_a_flaw_is_the_sampler_and_with_one_the_quantile():
    f = dv.distribution("gamma", 2, 1)
    close(dv.draw(f, 5, generator(3)), f.sample(5, generator(3)), "draw(f, 5, rng)")
    x = dv.draw(f, 3000, generator(4), "tail")
    holds(x.max() <= f.quantile(0.99) + 1e-9, "largest of draw(f, …, 'tail')", x.max(),
          "the 99 % quantile at most")  # fmt: skip


@pytest.mark.milestone4
@over(ONE_EACH)
def test_ranks_are_uniform_also_where_the_cdf_climbs_in_steps(words):
    f = dv.distribution(*words)
    x = referee(words).rvs(size=3000, random_state=generator(6))
    p = stats.kstest(dv.ranks(f, x, generator(7)), "uniform").pvalue
    holds(p > 0.001, called(words, "p of uniform ranks"), p, "above 0.001")


@pytest.mark.milestone4
def test_an_audit_passes_the_honest_and_catches_the_spoilt():
    f = dv.distribution("normal", 2, 3)
    for seed in range(4):
        x = stats.norm(2, 3).rvs(size=5000, random_state=generator(seed))
        failed = [c.says for c in dv.audit(f, x, generator(seed)) if not c.passed]
        holds(
            not failed, f"audit of scipy's own numbers, seed {seed}", failed, "passed"
        )
    rng = generator(9)
    good = rng.normal(2, 3, 5000)
    cut = good[good < 2 + 3 * stats.norm.ppf(0.99)]
    for name, x in {
        "σ 8 % too large": 2 + 1.08 * (good - 2), "no highest 1 %": cut,
        "sorted": np.sort(good), "moved by σ/10": good + 0.3,
        "in pairs": np.repeat(good[:2500], 2), "skewed": stats.gamma(400).rvs(
            size=5000, random_state=rng) * 3 / 20 - 58,
    }.items():  # fmt: skip
        failed = [c.says for c in dv.audit(f, x, generator(1)) if not c.passed]
        holds(failed, f"audit of numbers that are {name}", failed, "caught")


@pytest.mark.milestone4
def test_impossible_values_are_caught_at_once():
    for words, x in (
        (("gamma", 2, 1), [1.0, -0.1]),
        (("poisson", 4), [3, 3.5]),
        (("bernoulli", 0.5), [0, 2]),
    ):
        checks = dv.audit(dv.distribution(*words), np.array(x * 99, float), generator())
        failed = [c.says for c in checks if not c.passed]
        holds(failed, called(words, "audit of impossible values"), failed, "caught")
