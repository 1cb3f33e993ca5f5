"""Chapter 12. Distribution visualiser: the shapes of chance, and why means are bells.

A random number comes from somewhere, and how often it comes out where has a shape. Of
numbers that are counted a probability can be told for each: the mass f(k). Of numbers
that are measured none comes twice, so only stretches have a probability: it is the area
under a curve, the density f(x), and the height itself may well be above 1. Added up
from the left both give the same, a curve that climbs from 0 to 1:

    F(x) = P(X ≤ x), the cdf             x = F⁻¹(u), the quantile, back again

A computer makes one kind of random number, evenly spread from 0 to 1. F⁻¹ turns it into
any shape, and three other ways do it too. Twelve families have only seven shapes, the
rest is moved and stretched. And whatever the shape: if it has a spread σ at all, means
of n numbers have the spread σ / √n, and the shape of a bell.

You will see mass or density above the cdf, with sliders for the parameters; samples
pile up under the curve; means turn into a bell, or refuse to (a Cauchy parent); and an
audit that catches samplers which are wrong by a few parts in a hundred.

    python phase3_probability/distribution_visualizer.py
    python phase3_probability/distribution_visualizer.py -c "poisson 4; sample 5000"
    python phase3_probability/distribution_visualizer.py -c "clt 30" --save clt.gif

Names
    f, F      density or mass, and cdf; f.pdf f.pmf f.cdf f.quantile of an object
    x, k      values; k where they are whole numbers
    z         values of the standard shape: x = place + scale · z
    u         uniform numbers, 0 < u ≤ 1: all chance in this chapter comes from them
    tails     P(X ≤ x) and P(X > x), both, since 1 − 0.999… has few digits left
    parent    the distribution of which means are taken

What this leaves out: several variables at once, estimating parameters from data, the
ziggurat (the fastest way to a bell), how uniform numbers are made.

Source: Blitzstein and Hwang, "Introduction to Probability", chapters 3 to 6 and 10;
Devroye, "Non-Uniform Random Variate Generation"; Marsaglia and Tsang (2000); Vose
(1991); Lentz (1976), in Press and others, "Numerical Recipes", chapters 5 and 6.
"""

import argparse
import atexit
import itertools
import math
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator

from common import console, figures

Array = np.ndarray
Pair = tuple[Array, Array]
Function = Callable[..., Any]
Numbers = Sequence[Any]

EPSILON = 2.0**-52  # the distance from 1 to the next number
TINY = 1e-300  # stands for 0 where a density may be infinite
DISCRETE = ("binomial", "poisson", "geometric", "bernoulli")


# --------------------------------------------------------------------------
# Milestone 1: uniform numbers become any shape


def sample_moments(x: Array) -> tuple[float, float, float]:
    """Mean, standard deviation and skew of a sample (n,): what can be read off it.

    The skew is the mean of ((x − mean) / std)³: above 0 if the right tail is longer;
    nan where the deviation is 0.
    """
    mean, std = x.mean(), x.std()
    skew = (((x - mean) / std) ** 3).mean() if std > 0 else math.nan
    return float(mean), float(std), float(skew)


def uniforms(n: int, rng: Generator) -> Array:
    """n numbers evenly spread over 0 < u ≤ 1: -> (n,). The only source of chance.

    subtle: `rng.random` gives 0 ≤ u < 1, and the logarithm of 0 is infinite.
    """
    return 1 - rng.random(n)


def sample_uniform(n: int, rng: Generator, a: float, b: float) -> Array:
    """n numbers evenly spread from a to b: -> (n,)."""
    return a + (b - a) * uniforms(n, rng)


def sample_exponential(n: int, rng: Generator, rate: float) -> Array:
    """Waiting times at so many events per unit of time, by the inverse of the cdf.

    F(x) = 1 − e^(−rate x) = u, solved for x; and 1 − u is as uniform as u.
    """
    return -np.log(uniforms(n, rng)) / rate


def sample_cauchy(n: int, rng: Generator, x0: float, gamma: float) -> Array:
    """Where a lamp at distance γ, turned at random, lights the wall: x0 + γ tan(angle).

    F(x) = ½ + arctan((x − x0) / γ) / π, solved for x.
    """
    return x0 + gamma * np.tan(np.pi * (uniforms(n, rng) - 0.5))


def sample_geometric(n: int, rng: Generator, p: float) -> Array:
    """Trials up to the first success: 1, 2, 3 …, an exponential time rounded up.

    F(k) = 1 − (1 − p)^k first reaches u at k = log(1 − u) / log(1 − p), rounded up.
    At least 1; and always 1 if p = 1, where log(1 − p) does not exist.
    """
    if p == 1:
        return np.ones(n)
    return np.maximum(np.ceil(np.log(uniforms(n, rng)) / math.log1p(-p)), 1)


def sample_bernoulli(n: int, rng: Generator, p: float) -> Array:
    """1 with the probability p, else 0: a coin."""
    return 1.0 * (rng.random(n) < p)


def sample_normal(n: int, rng: Generator, mean: float, std: float) -> Array:
    """Bell-shaped numbers by Box and Muller: points of a plane, made of two bells.

        r = √(−2 log u)      x, y = r cos(angle), r sin(angle)

    No direction is favoured, and half the squared distance, r² / 2, is exponential.
    The inverse of the bell's cdf has no formula; this needs none.
    """
    half = (n + 1) // 2
    r, angle = np.sqrt(-2 * np.log(uniforms(half, rng))), 2 * np.pi * rng.random(half)
    z = np.concatenate([r * np.cos(angle), r * np.sin(angle)])[:n]
    return mean + std * z


def log_gamma_numbers(n: int, rng: Generator, shape: float) -> Array:
    """Logarithms of gamma numbers of rate 1, by rejection (Marsaglia and Tsang).

        v = (1 + z / √(9d))³, d = shape − ⅓, z of a bell
        keep d v if log u < z²/2 + d − d v + d log v

    The cube of a bell is nearly gamma-shaped. Where it is too frequent some are thrown
    away, at most 5 of 100, and drawn anew. A shape below 1 comes from the next one, as
    gamma(shape + 1) · u^(1/shape), perhaps below all floats; hence the logarithms.
    """
    if shape < 1:
        more = log_gamma_numbers(n, rng, shape + 1)
        return more + np.log(uniforms(n, rng)) / shape
    d, kept, missing = shape - 1 / 3, np.empty(n), np.arange(n)
    while len(missing):
        z, u = sample_normal(len(missing), rng, 0, 1), uniforms(len(missing), rng)
        root_v = np.maximum(1 + z / math.sqrt(9 * d), TINY)
        v, log_v = root_v**3, 3 * np.log(root_v)
        good = np.log(u) < z**2 / 2 + d - d * v + d * log_v
        kept[missing[good]] = math.log(d) + log_v[good]
        missing = missing[~good]
    return kept


def sample_gamma(n: int, rng: Generator, shape: float, rate: float) -> Array:
    """Waiting times for `shape` events at so many events per unit of time."""
    return np.exp(log_gamma_numbers(n, rng, shape)) / rate


def sample_chi2(n: int, rng: Generator, v: float) -> Array:
    """Sums of v squares of bell-shaped numbers: a gamma number of shape v/2, rate ½."""
    return sample_gamma(n, rng, v / 2, 0.5)


def sample_beta(n: int, rng: Generator, a: float, b: float) -> Array:
    """The share G / (G + H) of two gamma numbers, of shapes a and b: -> (n,)."""
    G, H = log_gamma_numbers(n, rng, a), log_gamma_numbers(n, rng, b)
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(H - G))


def sample_t(n: int, rng: Generator, v: float) -> Array:
    """A bell-shaped number over its own, estimated deviation: Z / √(χ² / v)."""
    z, log_g = sample_normal(n, rng, 0, 1), log_gamma_numbers(n, rng, v / 2)
    return z * np.exp((math.log(v / 2) - log_g) / 2)


def chain(ratios: Array) -> Array:
    """Probabilities of 0, 1, 2 …, from the ratio of each to the one before it.

    (m − 1,) -> (m,). As sums of logarithms, so that nothing overflows on the way. A
    ratio may be 0, from there on nothing comes any more.
    """
    with np.errstate(divide="ignore"):
        logs = np.cumsum(np.concatenate([[0.0], np.log(ratios)]))
    w = np.exp(logs - logs.max())
    return w / w.sum()


def alias_table(p: Array) -> Pair:
    """Columns of equal width for probabilities p (m,): -> keep (m,), other (m,).

    Column i is i itself up to the height keep[i], above it is other[i]: each column
    that is too low takes what it lacks from one that is too high (Vose).
    """
    keep, other = len(p) * np.asarray(p, dtype=float), np.arange(len(p))
    low, high = list(np.flatnonzero(keep < 1)), list(np.flatnonzero(keep >= 1))
    while low and high:
        i, j = low.pop(), high[-1]
        other[i] = j
        keep[j] -= 1 - keep[i]
        if keep[j] < 1:
            low.append(high.pop())
    keep[low + high] = 1  # what is left is 1, up to rounding
    return keep, other


def sample_alias(n: int, rng: Generator, p: Array) -> Array:
    """Whole numbers 0 … m − 1 with probabilities p (m,), in a time that knows no m.

    One uniform number chooses a column, and its digits behind the point the height.
    """
    keep, other = alias_table(p)
    place = len(p) * rng.random(n)
    column = place.astype(int)
    return np.where(place - column < keep[column], column, other[column])


def sample_poisson(n: int, rng: Generator, lam: float) -> Array:
    """How many events happen where λ are expected: the alias table of f(k).

    f(k) / f(k − 1) = λ / k. Twelve deviations around λ are all that ever happens.
    """
    reach = 12 * math.sqrt(lam) + 30
    k = np.arange(max(0, int(lam - reach)), lam + reach)
    return k[sample_alias(n, rng, chain(lam / k[1:]))]


def sample_binomial(n: int, rng: Generator, trials: float, p: float) -> Array:
    """How many of so many trials succeed: -> (n,), by the alias table of f(k).

    f(k) / f(k − 1) = (trials − k + 1) / k · p / (1 − p); p may be 0 or 1. Above ½ the
    failures are counted instead.
    """
    if p > 0.5:
        return trials - sample_binomial(n, rng, trials, 1 - p)
    reach = 12 * math.sqrt(trials * p) + 30
    low, high = int(max(0, trials * p - reach)), min(trials, trials * p + reach)
    k = np.arange(low, int(high) + 1.0)
    return k[sample_alias(n, rng, chain((trials + 1 - k[1:]) / k[1:] * p / (1 - p)))]


SAMPLERS: dict[str, Function] = {
    "normal": sample_normal, "binomial": sample_binomial, "poisson": sample_poisson,
    "exponential": sample_exponential, "uniform": sample_uniform, "beta": sample_beta,
    "gamma": sample_gamma, "geometric": sample_geometric, "t": sample_t,
    "bernoulli": sample_bernoulli, "cauchy": sample_cauchy, "chi2": sample_chi2,
}  # fmt: skip


# --------------------------------------------------------------------------
# Milestone 2: area is probability


def log_gamma(x: Any) -> Array:  # given
    """log Γ(x) for x > 0; n! is Γ(n + 1), also where n is not whole."""
    return np.vectorize(lambda one: math.lgamma(min(one, 1e300)), otypes=[float])(x)


def log_beta(a: Any, b: Any) -> Array:  # given
    """log B(a, b) = log Γ(a) + log Γ(b) − log Γ(a + b): beta's area, before it is 1."""
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b)


def poisson_mass(k: Any, lam: Any) -> Array:
    """e^(−λ) λ^k / k!, for any k ≥ 0, whole or not; e to the sum of the logarithms.

    The logarithms, since 1000! is beyond all floats. k! is Γ(k + 1), see `log_gamma`.
    """
    return np.exp(k * np.log(lam) - lam - log_gamma(k + 1))


def binomial_mass(k: Array, n: float, p: float) -> Array:
    """n! / (k! (n − k)!) p^k (1 − p)^(n − k), by logarithms too; p may be 0 or 1.

    0⁰ is 1, but 0 · log 0 is nan: no success, or no failure, adds 0 to the logarithm.
    """
    ways = log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1)
    hits = np.where(k > 0, k * np.log(p), 0)
    return np.exp(ways + hits + np.where(k < n, (n - k) * np.log1p(-p), 0))


def continued_fraction(terms: Iterable[tuple[Any, Any]]) -> Array:
    """a₁ / (b₁ + a₂ / (b₂ + a₃ / (b₃ + …))) from the terms (a, b), by Lentz.

        D ← 1 / (b + a D)      C ← b + a / C      value ← value · C D

    They begin with D = 0, C = value = TINY. C and D are ratios of neighbouring numbers
    above and below the line. At the end: when C D is 1 up to 2 EPSILON, everywhere.
    """
    value, C, D = TINY, TINY, 0.0
    for a, b in terms:
        D = 1 / (b + a * D)
        C = b + a / C
        value = value * C * D
        if not (np.abs(C * D - 1) > 2 * EPSILON).any():
            break
    return np.asarray(value)


def gamma_series(a: Any, x: Array) -> Array:
    """1 + x / (a+1) + x² / ((a+1) (a+2)) + …: short for x below a + 1.

    Times x^a e^(−x) / a! it is P(X ≤ x) of a gamma number of shape a, rate 1.
    """
    term, total = np.ones(x.shape), np.ones(x.shape)
    while (term > EPSILON * total).any():
        a = a + 1
        term = term * x / a
        total = total + term
    return total


def gamma_terms(a: Any, x: Array) -> Iterator[tuple[Any, Array]]:
    """Terms of the fraction for P(X > x): 1/(x+1−a + 1(a−1)/(x+3−a + 2(a−2)/(…))).

    Above the lines stand 1 and then i (a − i), below them x + 2i + 1 − a. Times
    x^a e^(−x) / Γ(a) it is P(X > x).
    """
    yield 1.0, x + 1 - a
    for i in itertools.count(1):
        yield i * (a - i), x + 2 * i + 1 - a


def gamma_tails(a: Any, x: Any) -> Pair:
    """P(X ≤ x), P(X > x) of a gamma number of shape a, rate 1: the incomplete gamma.

    The smaller one is computed: below a + 1 by the series, above by the fraction. The
    other is the rest. Where one is not wanted it gets an x with which it is short.
    """
    few, x = x < a + 1, np.minimum(x, 1e300)
    near, far = np.where(few, x, a / 2), np.where(few, 9 * (a + 1), x)
    lower = poisson_mass(a, near) * gamma_series(a, near)
    upper = poisson_mass(a, far) * a * continued_fraction(gamma_terms(a, far))
    return np.where(few, lower, 1 - upper), np.where(few, 1 - lower, upper)


def beta_terms(a: Array, b: Array, x: Array) -> Iterator[tuple[Any, float]]:
    """Terms of the fraction for the incomplete beta: 1/(1 + d₁/(1 + d₂/(1 + …))).

        odd:   d₁, d₃ … = −(a+m) (a+b+m) x / ((a+2m) (a+2m+1))      m = 0, 1, 2 …
        even:  d₂, d₄ … = m (b−m) x / ((a+2m−1) (a+2m))             m = 1, 2, 3 …

    Times x^a (1 − x)^b / (a B(a, b)) it is P(X ≤ x).
    """
    yield 1.0, 1.0
    for m in itertools.count():
        yield -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1.0
        yield (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2)), 1.0


def beta_tails(a: Any, b: Any, x: Any, y: Any) -> Pair:
    """P(X ≤ x), P(X > x) of a beta number; y = 1 − x: the incomplete beta function.

    The fraction is good for x up to (a + 1) / (a + b + 2). Right of it the same is
    done in the mirror: P(X > x) of beta(a, b) is P(X < y) of beta(b, a).
    """
    front = np.exp(a * np.log(x) + b * np.log(y) - log_beta(a, b))
    swap = x > (a + 1) / (a + b + 2)
    a, b, x = np.where(swap, b, a), np.where(swap, a, b), np.where(swap, y, x)
    one = front / a * continued_fraction(beta_terms(a, b, x))
    return np.where(swap, 1 - one, one), np.where(swap, one, 1 - one)


def both_sides(z: Array, outside: Array) -> Pair:
    """The tails at z of what is symmetric about 0, from outside = P(|Z| > |z|)."""
    small = outside / 2
    return np.where(z < 0, small, 1 - small), np.where(z < 0, 1 - small, small)


# Each family is one of seven shapes, moved and stretched: the shape, its numbers, and
# the place and scale of X = place + scale · Z. Those not named here are a shape.
SHAPES: dict[str, Function] = {
    "normal": lambda mean, std: ("normal", (), mean, std),
    "uniform": lambda a, b: ("beta", (1, 1), a, b - a),
    "cauchy": lambda x0, gamma: ("t", (1,), x0, gamma),
    "gamma": lambda a, rate: ("gamma", (a,), 0, 1 / rate),
    "exponential": lambda rate: ("gamma", (1,), 0, 1 / rate),
    "chi2": lambda v: ("gamma", (v / 2,), 0, 2),
    "bernoulli": lambda p: ("binomial", (1, p), 0, 1),
}


def mass_or_density(shape: str, numbers: Numbers, z: Array) -> Array:
    """f(z) of a standard shape, where Z can be; of counts the mass: (…) -> (…).

    normal    e^(−z²/2) / √(2π)                gamma     z^(a−1) e^(−z) / Γ(a)
    geometric p (1−p)^(z−1)                    beta      z^(a−1) (1−z)^(b−1) / B(a, b)
    poisson, binomial: see above               t         (1 + z²/v)^(−(v+1)/2) · c
    c = Γ((v+1)/2) / (Γ(v/2) √(vπ)) = 1 / (B(v/2, ½) √v). Where gamma and beta may be
    infinite TINY stands for 0, in z and in 1 − z.
    """
    match (shape, *numbers):
        case "gamma", a:
            z = np.maximum(z, TINY)
            return np.exp((a - 1) * np.log(z) - z - log_gamma(a))
        case "beta", a, b:
            x, y = np.log(np.maximum(z, TINY)), np.log(np.maximum(1 - z, TINY))
            return np.exp((a - 1) * x + (b - 1) * y - log_beta(a, b))
        case "t", v:
            log = -(v + 1) / 2 * np.log1p(z**2 / v) - log_beta(v / 2, 0.5)
            return np.exp(log) / math.sqrt(v)
        case "geometric", p:
            return p * (1 - p) ** (z - 1)
        case "poisson", lam:
            return poisson_mass(z, lam)
        case "binomial", n, p:
            return binomial_mass(z, n, p)
    return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)  # normal


def tails(shape: str, numbers: Numbers, z: Array) -> Pair:
    """P(Z ≤ z) and P(Z > z) of a standard shape, where Z can be: (…) -> (…), (…).

    normal    P(|Z| > |z|) = P(gamma of shape ½ > z²/2)
    t         P(|Z| > |z|) = P(beta(v/2, ½) < v / (v + z²))
    geometric P(Z > k) = (1 − p)^k             poisson   P(Z ≤ k) = P(gamma(k+1) > λ)
    binomial  P(Z ≤ k) = P(beta(n−k, k+1) ≤ 1−p)
    Fewer than k events in a time is to wait longer for the k-th: so counts have the
    tails of gamma and beta too.
    """
    match (shape, *numbers):
        case "gamma", a:
            return gamma_tails(a, z)
        case "beta", a, b:
            return beta_tails(a, b, z, 1 - z)
        case "t", v:
            square = np.maximum(z**2, TINY)
            y = 1 / (1 + v / square)  # 1 − v / (v + z²), with all its digits
            return both_sides(z, beta_tails(v / 2, 0.5, v / (v + square), y)[0])
        case "geometric", p:
            return -np.expm1(z * np.log1p(-p)), np.exp(z * np.log1p(-p))
        case "poisson", lam:
            upper, lower = gamma_tails(z + 1, lam)
            return lower, upper
        case "binomial", n, p:
            return beta_tails(n - z, z + 1, 1 - p, p)
    return both_sides(z, gamma_tails(0.5, z**2 / 2)[1])  # normal


def moments(shape: str, numbers: Numbers) -> tuple[float, float, float]:
    """Mean, standard deviation and skew of a standard shape; nan if there is none.

    skew      gamma 2/√a    poisson 1/√λ    geometric (2−p)/√(1−p)
              binomial (1−2p)/std    beta 2(b−a) √(a+b+1) / ((a+b+2) √(ab))
    std       beta √(ab/(a+b+1)) / (a+b), the others in the table of the chapter
    t has a mean (0) for v > 1, a deviation for v > 2, a skew (0) for v > 3; from 1 to
    2 the deviation is infinite. What is always the same has the deviation 0, no skew.
    """
    match (shape, *numbers):
        case "gamma", a:
            return a, math.sqrt(a), 2 / math.sqrt(a)
        case "beta", a, b:
            s, root = a + b, math.sqrt(a * b / (a + b + 1))
            return a / s, root / s, 2 * (b - a) / root / (s + 2)
        case "t", v:
            std = math.sqrt(v / (v - 2)) if v > 2 else math.inf if v > 1 else math.nan
            return 0.0 if v > 1 else math.nan, std, 0.0 if v > 3 else math.nan
        case "geometric", p:
            root = math.sqrt(1 - p)
            return 1 / p, root / p, (2 - p) / root if root else math.nan
        case "poisson", lam:
            return lam, math.sqrt(lam), 1 / math.sqrt(lam)
        case "binomial", n, p:
            std = math.sqrt(n * p * (1 - p))
            return n * p, std, (1 - 2 * p) / std if std else math.nan
    return 0.0, 1.0, 0.0  # normal


def support(shape: str, numbers: Numbers) -> tuple[float, float]:
    """The smallest and the largest value that Z can have, ±inf if there is none."""
    least = {"normal": -math.inf, "t": -math.inf, "geometric": 1.0}.get(shape, 0.0)
    most = {"beta": 1.0, "binomial": numbers[0] if numbers else 0}.get(shape, math.inf)
    return least, most


# To search for a z of any size, u is searched for: z(u), dz/du, and the first u.
PLACES: dict[str, tuple[Function, Function, Function]] = {
    "gamma": (np.exp, np.exp, lambda a: math.log(a)),
    "beta": (lambda u: 1 / (1 + np.exp(-u)), lambda u: 0.25 / np.cosh(u / 2) ** 2,
             lambda a, b: math.log(a / b)),
    "normal": (np.sinh, np.cosh, lambda: 0.0), "t": (np.sinh, np.cosh, lambda v: 0.0),
}  # fmt: skip


def root(shape: str, numbers: Numbers, p: Array) -> Array:
    """The z with P(Z ≤ z) = p, for 0 < p < 1: Newton's steps, held by a bracket.

        u ← u − log(tail(z) / target) · tail / (density · dz/du)       z = z(u)

    tail is P(Z ≤ z) and target p, where p is at most ½; above it, P(Z > z) and 1 − p,
    with a plus. Its logarithm is nearly straight in u, even where z is 10¹⁰⁰. The
    bracket begins at ±709; a step that leaves it is replaced by its middle.
    """
    place, slope, first = PLACES[shape]
    sign, target = np.where(p > 0.5, -1, 1), np.minimum(p, 1 - p)
    low, high = np.full(p.shape, -709.0), np.full(p.shape, 709.0)
    u = np.full(p.shape, float(first(*numbers)))
    for _ in range(80):
        lower, upper = tails(shape, numbers, place(u))
        tail = np.where(p > 0.5, upper, lower)
        far = sign * np.log(tail / target)  # below 0 where z is too small
        low, high = np.where(far < 0, u, low), np.where(far < 0, high, u)
        new = u - far * tail / (mass_or_density(shape, numbers, place(u)) * slope(u))
        new = np.where((low <= new) & (new <= high), new, (low + high) / 2)
        done, u = np.abs(new - u) < 1e-9, new  # the next would be below 1e-16
        if done.all():
            break
    return place(u)


def count_root(shape: str, numbers: Numbers, p: Array) -> Array:
    """The smallest k with P(Z ≤ k) ≥ p, by halving a bracket of whole numbers.

    Where p is above ½, P(Z > k) ≤ 1 − p is asked, which is the same, but exact. Forty
    deviations (and 40) above the mean is far enough.
    """
    mean, std, _ = moments(shape, numbers)
    least, most = support(shape, numbers)
    top = min(most, math.floor(mean + 40 * std + 40))
    low, high = np.full(p.shape, least - 1), np.full(p.shape, float(top))
    while (high - low > 1).any():
        k = np.floor((low + high) / 2)
        lower, upper = tails(shape, numbers, np.maximum(k, least))
        enough = np.where(p > 0.5, upper <= 1 - p, lower >= p) & (k >= least)
        low, high = np.where(enough, low, k), np.where(enough, k, high)
    return high


class Distribution(NamedTuple):  # given
    """A family with its parameters: `distribution("gamma", 2, 1).cdf(x)`."""

    name: str
    parameters: tuple[Any, ...]

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{value:g}" for value in self.parameters)])

    @property
    def standard(self) -> tuple[str, Numbers, float, float]:
        """The shape, its numbers, and the place and scale of X = place + scale · Z."""
        whole = self.name, self.parameters, 0.0, 1.0
        return SHAPES.get(self.name, lambda *_: whole)(*self.parameters)

    @property
    def discrete(self) -> bool:
        """Whether X is counted, not measured."""
        return self.name in DISCRETE

    @property
    def moments(self) -> tuple[float, float, float]:
        """Mean, standard deviation (in the units of X), and skew."""
        shape, numbers, place, scale = self.standard
        mean, std, skew = moments(shape, numbers)
        return float(place + scale * mean), float(scale * std), float(skew)

    @property
    def mean(self) -> float:
        """Where the shape would balance on a finger; nan if there is no such place."""
        return self.moments[0]

    @property
    def std(self) -> float:
        """The standard deviation, in the units of X."""
        return self.moments[1]

    @property
    def skew(self) -> float:
        """0 if symmetric, above 0 if the right tail is longer."""
        return self.moments[2]

    @property
    def support(self) -> Array:
        """The smallest and the largest value that X can have."""
        shape, numbers, place, scale = self.standard
        return place + scale * np.array(support(shape, numbers))

    def inside(self, x: Array) -> Array:
        """Whether X can have these values."""
        low, high = self.support
        return (low <= x) & (x <= high) & (not self.discrete or x == np.floor(x))

    def height(self, x: Any) -> Array:
        """The density, or the mass of a discrete one; 0 where X cannot be."""
        shape, numbers, place, scale = self.standard
        z, inside = (np.asarray(x, dtype=float) - place) / scale, self.inside(x)
        with np.errstate(all="ignore"):
            f = mass_or_density(shape, numbers, np.where(inside, z, 1)) / scale
        return np.where(inside, f, 0.0)[()]

    def __getattr__(self, name: str) -> Function:
        """What is counted has a pmf, what is measured a pdf; nothing has both."""
        if name == ("pmf" if self.name in DISCRETE else "pdf"):
            return self.height
        raise AttributeError(f"{self.name} has no {name}")

    def both(self, x: Any) -> Pair:
        """P(X ≤ x) and P(X > x), at any x."""
        shape, numbers, place, scale = self.standard
        z = (np.asarray(x, dtype=float) - place) / scale
        z, (least, most) = np.floor(z) if self.discrete else z, support(shape, numbers)
        on = (z >= least) & (z < most)
        with np.errstate(all="ignore"):
            pair = tails(shape, numbers, np.where(on, z, max(least, -1e6)))
        after = np.where(np.isnan(z), z, z >= most)  # before the support 0, behind it 1
        lower, upper = np.where(on, pair, [after, 1 - after])
        return lower[()], upper[()]

    def cdf(self, x: Any) -> Array:
        """P(X ≤ x)."""
        return self.both(x)[0]

    def sf(self, x: Any) -> Array:
        """P(X > x), which keeps its digits where the cdf is nearly 1."""
        return self.both(x)[1]

    def quantile(self, p: Any) -> Array:
        """The smallest x with cdf(x) ≥ p; ValueError if p is not from 0 to 1."""
        shape, numbers, place, scale = self.standard
        p, (least, most) = np.asarray(p, dtype=float), self.support
        if not ((p >= 0) & (p <= 1)).all():
            raise ValueError("a quantile is asked for at probabilities from 0 to 1")
        find, some = count_root if self.discrete else root, np.atleast_1d(p)
        with np.errstate(all="ignore"):
            z = find(shape, numbers, np.where((some > 0) & (some < 1), some, 0.5))
        x = place + scale * z.reshape(p.shape)
        return np.where(p == 0, least, np.where(p == 1, most, x))[()]

    def sample(self, n: int, rng: Generator) -> Array:
        """n random numbers of this shape: -> (n,)."""
        return SAMPLERS[self.name](n, rng, *self.parameters)


BELL = Distribution("normal", (0.0, 1.0))
EVEN = Distribution("uniform", (0.0, 1.0))


# --------------------------------------------------------------------------
# Milestone 3: means become bells


def clt_path(
    parent: Distribution, ns: Iterable[int], rng: Generator, repeats: int = 10_000
) -> Iterator[tuple[int, Array]]:
    """Yields (n, means of n numbers (repeats,)) for rising n; the sums go on.

    Means of 4 are the sums of 3 and one number more each, divided by 4. A million
    numbers at most are drawn at once.
    """
    total, done = np.zeros(repeats), 0
    for n in ns:
        while done < n:
            rows = min(n - done, max(1, 1_000_000 // repeats))
            drawn = parent.sample(rows * repeats, rng).reshape(rows, repeats)
            total, done = total + drawn.sum(axis=0), done + rows
        yield n, total / n


def clt(parent: Distribution, n: int, rng: Generator, repeats: int = 10_000) -> Array:
    """Means of n numbers of the parent, many times: -> (repeats,).

    ValueError if n or repeats is below 1.
    """
    if n < 1 or repeats < 1:
        raise ValueError(f"n = {n} numbers, {repeats} times: both must be at least 1")
    return next(clt_path(parent, [n], rng, repeats))[1]


def standardised(means: Array, parent: Distribution, n: int) -> Array:
    """(mean − μ) √n / σ: about 0, with the spread 1, whatever the parent: (…) -> (…).

    Without μ or σ (cauchy, and t for small v): (mean − median) · 1.349 / (third − first
    quartile) of the parent; no √n, for nothing settles. (1.349 lie between a bell's.)
    """
    if math.isfinite(parent.std):
        return (means - parent.mean) * math.sqrt(n) / parent.std
    low, middle, high = parent.quantile([0.25, 0.5, 0.75])
    return (means - middle) * 1.349 / (high - low)


@np.errstate(over="ignore", invalid="ignore")
def log_mgf(f: Distribution, s: float) -> float:
    """log M(s), M(s) = mean of e^(sX), the moment generating function; else inf.

    X is place + scale Z: log M is place · s, and the log M of Z at scale · s = t,
        normal t²/2      gamma −a log(1 − t), t < 1        poisson λ (eᵗ − 1)
        binomial n log(1 + p (eᵗ − 1))      geometric t + log(p / (1 − (1 − p) eᵗ))
        beta  log(1 + t a/(a+b) + t²/2 · a(a+1)/((a+b)(a+b+1)) + …), 2,000 terms
    The tails of t outgrow every e^(sX). M's slopes at 0 are the means of X, X², X³ …
    For a sum of independent numbers M is the product, log M the sum.
    """
    (shape, numbers, place, scale), log = f.standard, math.inf
    t = scale * s
    match (shape, *numbers):
        case ["normal"]:
            log = t**2 / 2
        case "gamma", a if t < 1:
            log = -a * math.log1p(-t)
        case "beta", a, b:
            r = np.arange(2000)
            log = np.log1p(np.cumprod(t * (a + r) / (a + b + r) / (r + 1)).sum())
        case "poisson", lam:
            log = lam * np.expm1(t)
        case "geometric", p if (1 - p) * np.exp(t) < 1:
            log = t + np.log(p / (1 - (1 - p) * np.exp(t)))
        case "binomial", n, p:
            log = n * np.log1p(p * np.expm1(t))
    return float(place * s + log) if s else 0.0


@np.errstate(over="ignore")
def mean_mgf(parent: Distribution, n: int, s: float) -> float:
    """M(s) of the standardised mean of n numbers: (e^(−tμ) M(t))ⁿ, t = s / (σ√n).

    That of a bell is e^(s²/2), and to this it comes as n grows. It is the whole proof.
    Computed by the logarithm: inf if it is beyond all floats, or if there is no σ.
    """
    if not parent.std < math.inf:
        return math.inf
    t = s / (parent.std * math.sqrt(n))
    return float(np.exp(n * (log_mgf(parent, t) - t * parent.mean)))


def ks_distance(u: Array) -> float:
    """How far numbers are from uniform on 0 … 1: Kolmogorov and Smirnov's distance.

    The share of the sample below u should be u: the largest difference, anywhere.
    """
    u, n = np.sort(u), len(u)
    after = np.arange(1, n + 1) / n
    return float(max((after - u).max(), (u - after + 1 / n).max()))


def ks_critical(n: int, level: float = 0.01) -> float:
    """The distance that n uniform numbers exceed with this probability only.

    √(log(2 / level) / 2) / (√n + 0.12 + 0.11 / √n)         (Stephens)
    """
    root_n = math.sqrt(n)
    return math.sqrt(math.log(2 / level) / 2) / (root_n + 0.12 + 0.11 / root_n)


# --------------------------------------------------------------------------
# Milestone 4: parameters, relatives, and samplers on trial


class Rule(NamedTuple):
    """What a parameter may be."""

    name: str
    says: str
    low: float
    high: float


REAL = "a number from -1,000,000 to 1,000,000", -1e6, 1e6
POSITIVE = "above 0 (from 0.000001 to 1,000,000)", 1e-6, 1e6
SIZE = "above 0 (from 0.01 to 100,000)", 0.01, 1e5
SHARE = "a probability from 0 to 1", 0, 1
WHOLE = "a whole number from 1 to 100,000", 1, 1e5

FAMILIES: dict[str, tuple[Rule, ...]] = {
    "normal": (Rule("mean", *REAL), Rule("std", *POSITIVE)),
    "binomial": (Rule("n", *WHOLE), Rule("p", *SHARE)),
    "poisson": (Rule("λ", *SIZE),),
    "exponential": (Rule("rate", *POSITIVE),),
    "uniform": (Rule("a", *REAL), Rule("b", *REAL)),
    "beta": (Rule("a", *SIZE), Rule("b", *SIZE)),
    "gamma": (Rule("shape", *SIZE), Rule("rate", *POSITIVE)),
    "geometric": (Rule("p", "a probability above 0, to 1", 1e-6, 1),),
    "bernoulli": (Rule("p", *SHARE),),
    "t": (Rule("ν", "above 0 (from 0.1 to 100,000)", 0.1, 1e5),),
    "cauchy": (Rule("x0", *REAL), Rule("γ", *POSITIVE)),
    "chi2": (Rule("ν", *SIZE),),
}


def distribution(name: str, *parameters: float) -> Distribution:
    """The distribution of this name, lower or upper case, its parameters as floats.

    FAMILIES has the rules. ValueError, with a sentence that names the family or the
    parameter, if there is no such name (the nearest is proposed, see
    `console.nearest_name`), a parameter is missing or too much or not what it may be,
    or the ends of a uniform are less than 10⁻⁶ apart.
    """
    rules = FAMILIES.get(name.lower())
    if rules is None:
        near = console.nearest_name(name, FAMILIES)
        raise ValueError(f"{name}: there is no such distribution{near}")
    form = " ".join([name.lower(), *(f"<{rule.name}>" for rule in rules)])
    if len(parameters) != len(rules):
        few = "parameter" if len(rules) == 1 else "parameters"
        raise ValueError(f"{name} has {len(rules)} {few}: give {form}")
    for rule, value in zip(rules, parameters):
        if not rule.low <= value <= rule.high or ("whole" in rule.says and value % 1):
            raise ValueError(f"{form}: {rule.name} is {rule.says}, not {value:g}")
    if name.lower() == "uniform" and not parameters[1] - parameters[0] >= 1e-6:
        raise ValueError(f"{form}: b must be above a")
    return Distribution(name.lower(), tuple(map(float, parameters)))


def moved(place: float = 0, scale: float = 1) -> Function:  # given
    """The function (x − place) / scale."""
    return lambda x: (x - place) / scale


class Relative(NamedTuple):
    """A distribution that some function of X has, exactly or nearly."""

    says: str
    other: Distribution
    place: Function = moved()  # rising: P(X ≤ x) is P(other ≤ place(x))


def relatives(f: Distribution) -> list[Relative]:
    """What becomes of X when it is moved or bent, or its parameters grow.

    The same: normal, moved, is normal 0 1; uniform is beta 1 1, and −log(1 − U) then
    exponential; exponential is gamma 1 rate; 2 rate X of both is chi2 2a; chi2 is gamma
    ν/2 ½; cauchy is t 1, moved; bernoulli is binomial 1 p. Nearly: binomial is poisson
    np, geometric exponential −log(1 − p), t normal; and a bell, see `bell_of`.
    """
    D, R, found = distribution, Relative, list[Relative]()
    match (f.name, *f.parameters):
        case "normal", mean, std:
            found = [R("(X - mean) / std", BELL, moved(mean, std))]
        case "uniform", a, b:
            found = [R("U = (X - a) / (b - a)", D("beta", 1, 1), moved(a, b - a)),
                     R("-log(1 - U)", D("exponential", 1),
                       lambda x: -np.log((b - x) / (b - a)))]  # fmt: skip
        case "exponential", rate:
            found = [R("X", D("gamma", 1, rate)),
                     R("2 rate X", D("chi2", 2), moved(0, 0.5 / rate))]  # fmt: skip
        case "gamma", a, rate if 2 * a <= SIZE[2]:
            found = [R("2 rate X", D("chi2", 2 * a), moved(0, 0.5 / rate))]
        case "chi2", v if v / 2 >= SIZE[1]:
            found = [R("X", D("gamma", v / 2, 0.5))]
        case "t", v:
            found = [R("X", D("cauchy" if v <= 1 else "normal", 0, 1))]
        case "cauchy", x0, gamma:
            found = [R("(X - x0) / γ", D("t", 1), moved(x0, gamma))]
        case "beta", 1, 1:
            found = [R("X", EVEN)]
        case "binomial", n, p if n * p >= SIZE[1]:
            found = [R("X", D("poisson", n * p))]
        case "geometric", p if p < 1:
            found = [R("X", D("exponential", -math.log1p(-p)))]
        case "bernoulli", p:
            found = [R("X", D("binomial", 1, p))]
    return [*found, *bell_of(f)]


def bell_of(f: Distribution) -> list[Relative]:
    """The bell of the same mean and deviation, where there is one: [] or [it].

    A mass stands for the bell's area up to the middle between k and k + 1. None for
    normal and t, which have been compared with a bell already, nor without a deviation.
    """
    if f.name in ("normal", "t") or not 0 < f.std < math.inf:
        return []
    half, bell = f.discrete / 2, distribution("normal", f.mean, f.std)
    return [Relative(f"X{' + 1/2' * f.discrete}", bell, moved(-half))]


def cdf_gap(f: Distribution, one: Relative) -> float:
    """The largest difference of the two cdfs: 0 if the relation is exact.

    Looked for at 499 quantiles of f, from 0.001 to 0.999.
    """
    x = f.quantile(np.linspace(0.001, 0.999, 499))
    return float(np.abs(f.cdf(x) - one.other.cdf(one.place(x))).max())


SPOILS = {
    "wide": "every value lies 3 % too far from the middle",
    "tail": "the highest of 100 values never comes",
    "pairs": "one value in 20 repeats the one before it",
    "power": "the inverse cdf was taken at u^1.05, not at u",
}


def spoil(u: Array, kind: str, rng: Generator) -> Array:
    """Uniform numbers with a flaw of this kind in them, see SPOILS: (n,) -> (n,).

    For "wide" they are made values of a bell, these 3 % larger, and uniform again.
    """
    match kind:
        case "wide":
            return BELL.cdf(1.03 * BELL.quantile(u))
        case "tail":
            return 0.99 * u
        case "pairs":
            return np.where(rng.random(len(u)) < 0.05, np.roll(u, 1), u)
        case _:
            return u**1.05


def draw(f: Distribution, n: int, rng: Generator, spoilt: str = "") -> Array:  # given
    """A sample (n,) by the family's sampler, or F⁻¹ of spoilt uniform numbers."""
    if not spoilt:
        return f.sample(n, rng)
    return f.quantile(spoil(np.clip(rng.random(n), EPSILON, 1 - EPSILON), spoilt, rng))


def ranks(f: Distribution, x: Array, rng: Generator) -> Array:
    """F(x), which is uniform if the sampler is right: (n,) -> (n,).

    A discrete F climbs in steps, at k by f(k): a place on its step, at random, makes it
    uniform too.
    """
    if not f.discrete:
        return f.cdf(x)
    k, which = np.unique(x, return_inverse=True)
    return f.cdf(k)[which] - rng.random(len(x)) * f.height(k)[which]


class Check(NamedTuple):
    """A question to a sampler: in most cases a z-score, and what it may be at most."""

    says: str
    value: float
    limit: float

    @property
    def passed(self) -> bool:
        """Whether chance alone explains it: |value| is at most the limit."""
        return abs(self.value) <= self.limit


def audit(f: Distribution, x: Array, rng: Generator) -> list[Check]:
    """Seven questions to a sample (n,): an honest sampler fails one in 100 audits.

    Each value is turned into that of a bell of the same rank, z = Φ⁻¹(F(x)): so the
    same questions suit all families. Of n of these the mean scatters by 1 / √n, the
    variance by √(2 / n), the skew by √(6 / n), the correlation of neighbours by 1 / √n,
    the number of ranks below 0.01, or above 0.99, by √(n · 0.01 · 0.99). A value that
    X cannot have makes it one question: "impossible values", of which 0 are allowed.
    """
    n, level = len(x), 0.01 / 7  # seven chances of a false alarm
    wrong = int((~f.inside(x)).sum())
    if wrong:
        return [Check("impossible values", wrong, 0)]
    u = np.clip(ranks(f, x, rng), EPSILON, 1 - EPSILON)
    z, limit = BELL.quantile(u), float(BELL.quantile(1 - level / 2))
    mean, _, skew = sample_moments(z)
    edge = math.sqrt(n * 0.01 * 0.99)
    return [
        Check("distance of the cdfs (KS)", ks_distance(u), ks_critical(n, level)),
        Check("middle, z", mean * math.sqrt(n), limit),
        Check("spread, z", ((z**2).mean() - 1) * math.sqrt(n / 2), limit),
        Check("skew, z", skew * math.sqrt(n / 6), limit),
        Check("lowest 1 %, z", ((u < 0.01).sum() - 0.01 * n) / edge, limit),
        Check("highest 1 %, z", ((u > 0.99).sum() - 0.01 * n) / edge, limit),
        Check("neighbours alike, z", (z[1:] * z[:-1]).mean() * math.sqrt(n), limit),
    ]


# --------------------------------------------------------------------------
# The picture


class Means(NamedTuple):
    """One picture of the film: standardised means of n numbers (repeats,)."""

    n: int
    z: Array
    distance: float  # of their cdf from the bell's


class Lab(NamedTuple):
    """What is looked at: a distribution, and what has been done with it last."""

    f: Distribution
    rng: Generator
    view: str = "shape"  # or "means", "audit"
    sample: Array | None = None
    area: tuple[float, float] | None = None
    parent: Distribution = EVEN
    means: tuple[Means, ...] = ()
    checks: tuple[Check, ...] = ()
    spoilt: str = ""  # what `sabotage` did, in secret


BLUE, RED = figures.COLOURS[:2]  # blue is the formula, red are random numbers


def told(x: float) -> str:
    """A number in four digits, or a word."""
    if not math.isfinite(x):
        return "does not exist" if math.isnan(x) else "infinite"
    text = f"{x + 0:.4g}"
    return text if set(text) & set(".e") else text + ".0"


def summary(f: Distribution) -> str:
    """A distribution in a line."""
    return f"{f}: mean {told(f.mean)}, std {told(f.std)}, skew {told(f.skew)}"


def places(f: Distribution) -> Array:
    """Where to draw f: from 1 in 1,000 to 999 in 1,000; less of tails without end."""
    low, q1, middle, q3, high = f.quantile([0.001, 0.25, 0.5, 0.75, 0.999])
    if not f.std < math.inf:
        low, high = middle - 5 * (q3 - q1), middle + 5 * (q3 - q1)
    if f.discrete:
        return np.arange(low - 1, high + 2, (high - low) // 400 + 1)
    (least, most), more = f.support, (high - low) / 20
    low, high = max(low - more, least - more), min(high + more, most + more)
    return np.linspace(low, high, 601)


def draw_shape(top: Any, below: Any, lab: Lab) -> None:
    """Mass or density with the sample, and under it the cdf with the sample's steps."""
    f, x, title = lab.f, places(lab.f), summary(lab.f)
    y = f.height(x)
    if f.discrete:
        x_on, y_on = x[f.inside(x)], y[f.inside(x)]
        top.vlines(x_on, 0, y_on, color=BLUE, lw=min(4, 300 / len(x)), zorder=3)
        top.plot(x_on, y_on, "o", ms=min(6, 400 / len(x)), color=BLUE, zorder=3)
    else:
        top.plot(x, y, color=BLUE, zorder=3)
    below.step(x, f.cdf(x), where="post", color=BLUE)
    tallest = max(y[2:-2], default=y.max())  # at its ends a density may be infinite
    if lab.sample is not None:
        tallest = max(tallest, draw_sample(top, below, f, lab.sample, x))
        mean, std, _ = map(told, sample_moments(lab.sample))
        title = f"{len(lab.sample):,} numbers of {f}: mean {mean}, std {std}"
    if lab.area:
        low, high = lab.area
        title = f"{told(between(f, low, high))} of the area of {f} is here"
        some = (x >= low) & (x <= high)
        if f.discrete:
            top.bar(x[some], y[some], x[1] - x[0], color=RED, alpha=0.35)
        else:
            top.fill_between(x, y, where=some, color=RED, alpha=0.35)
    top.set(ylim=(0, 1.12 * tallest), title=title)
    top.set_ylabel("mass f(k)" if f.discrete else "density f(x)")
    below.set(ylim=(-0.02, 1.04), xlim=top.set_xlim(x[0], x[-1]), ylabel="cdf F(x)")


def draw_sample(
    top: Any, below: Any, f: Distribution, sample: Array, x: Array
) -> float:
    """Bars of which each has the area of its share, and the steps; the highest bar.

    Of a few numbers, how u, on the left of the cdf, becomes x, at the foot.
    """
    if f.discrete:
        edges = np.append(x, 2 * x[-1] - x[-2]) - 0.5
    else:
        low, high = np.clip(x[[0, -1]], *f.support)
        edges = np.linspace(low, high, 10 + min(60, int(len(sample) ** 0.5)))
    bars = np.histogram(sample, edges)[0] / len(sample) / np.diff(edges)
    top.stairs(bars, edges, fill=True, color=RED, alpha=0.35)
    some = np.sort(sample)[:: len(sample) // 1000 + 1]
    if len(some) > 60 or f.discrete:
        steps = np.arange(1, len(some) + 1) / len(some)
        below.step(some, steps, where="post", color=RED, lw=1)
    else:
        below.hlines(f.cdf(some), x[0], some, color=RED, lw=0.7)
        below.vlines(some, 0, f.cdf(some), color=RED, lw=0.7)
    return float(np.quantile(bars, 0.98))


def between(f: Distribution, low: float, high: float) -> float:
    """P(low ≤ X ≤ high), by the cdf or, on the right, the survival function."""
    low = np.nextafter(low, -math.inf)  # so that a mass at low counts
    return float(max(f.cdf(high) - f.cdf(low), f.sf(low) - f.sf(high)))


def draw_means(top: Any, below: Any, lab: Lab, i: int) -> None:
    """Means of n numbers beside the bell; below, their distance from it for each n."""
    parent, (n, z, distance) = lab.parent, lab.means[i]
    x, edges = np.linspace(-4, 4, 301), np.linspace(-4, 4, 61)
    if parent.discrete:  # bars as wide as one or more steps of the means
        step, half = standardised(parent.mean + np.array([1, 0.5]) / n, parent, n)
        first = standardised(np.zeros(1), parent, n)[0] - half
        step *= max(1, round(0.12 / step))
        edges = np.arange(first + (-4 - first) // step * step, 4 + step, step)
    bars = np.histogram(z, edges)[0] / len(z) / np.diff(edges)
    top.stairs(bars, edges, fill=True, color=RED, alpha=0.4)
    top.plot(x, BELL.pdf(x), color=BLUE)
    top.set(xlim=(-4, 4), ylim=(0, max(0.55, min(1.1 * bars.max(), 1.5))))
    finite, chance = math.isfinite(parent.std), ks_critical(len(z))
    unit = "(mean - μ) √n / σ" if finite else "mean - median, in quartiles"
    top.set(xlabel=unit, ylabel="density")
    some = f"Means of {n:,} numbers" if n > 1 else "Single numbers"
    what = "a bell" if distance <= chance else "not yet a bell"
    top.set_title(f"{some} of {parent}: {what if finite else 'no bell, ever'}")
    ns, seen = [one.n for one in lab.means], lab.means[: i + 1]
    below.loglog(ns[: i + 1], [one.distance for one in seen], "o-", color=RED, ms=4)
    below.axhline(chance, color=figures.MUTED, ls="--", lw=1)
    below.text(1, 0.9 * chance, "chance alone", va="top", fontsize=9)
    below.set(xlim=(0.9, 1.1 * ns[-1] + 0.2), ylim=(0.004, 1))
    below.set(xlabel="n, numbers in each mean", ylabel="distance from the bell")
    for axis in (below.xaxis, below.yaxis):
        axis.set_major_formatter("{x:g}")


def draw_trial(top: Any, below: Any, lab: Lab) -> None:
    """Quantiles of the sample against those of F; below, the verdicts as bars."""
    assert lab.sample is not None
    n = len(lab.sample)
    p = (np.arange(n) + 0.5)[:: n // 500 + 1] / n
    want, got = lab.f.quantile(p), np.sort(lab.sample)[:: n // 500 + 1]
    low, high = places(lab.f)[[0, -1]]
    top.plot([low, high], [low, high], color=figures.MUTED, lw=1)
    top.plot(want, got, "o", ms=3, color=BLUE)
    top.set(xlim=(low, high), ylim=(low, high), xlabel="quantiles of F",
            ylabel="of the sample")  # fmt: skip
    failed = [one.says.removesuffix(", z") for one in lab.checks if not one.passed]
    caught = f"Caught: {', '.join(failed)}"
    top.set_title(caught if failed else "Nothing to complain of")
    share = [min(abs(one.value) / (one.limit or 0.5), 3) for one in lab.checks]
    inks = [BLUE if one.passed else RED for one in lab.checks]
    below.barh([one.says for one in lab.checks], share, color=inks)
    below.axvline(1, color=figures.INK, lw=1)
    below.set(xlim=(0, 3), xlabel="share of what chance is allowed")
    below.invert_yaxis()
    below.grid(axis="y", visible=False)


class Desk(figures.Film):
    """The window: two pictures, a slider for each parameter, keys.

    It follows the prompt. S draws a sample, C lets means of it become a bell, A puts
    the sampler on trial.
    """

    KEYS = f"S sample  C means  A audit  {figures.Film.KEYS}"

    def __init__(self, fig: Any, lab: Lab):
        self.lab, self.live, self.stopped, self.fig = lab, False, False, fig
        self.lay_out()
        super().__init__(fig, self.draw, max(1, len(lab.means)), fps=4)

    def lay_out(self) -> None:
        """New axes, and a slider for each parameter."""
        from matplotlib.widgets import Slider

        self.laid = self.lab.f.name, self.lab.view == "means"
        rules = () if self.laid[1] else FAMILIES[self.lab.f.name]
        self.fig.clear()
        rows: Any = [["top"], ["below"], *([f"{rule.name} "] for rule in rules)]
        heights = [6, 5, *[0.5] * len(rules)]
        axes = self.fig.subplot_mosaic(rows, height_ratios=heights)
        self.top, self.below, self.sliders = axes["top"], axes["below"], []
        for rule, value in zip(rules, self.lab.f.parameters):
            low, high = reach(rule, value)
            step = 1 if "whole" in rule.says else None
            slider = Slider(axes[f"{rule.name} "], rule.name, low, high, valinit=value,
                            valstep=step, valfmt="%.3g", color=BLUE)  # fmt: skip
            slider.on_changed(self.slide)
            self.sliders.append(slider)
        self.fig.supxlabel(self.KEYS, fontsize=9, color=figures.MUTED)

    def slide(self, _: float) -> None:
        """The same with other parameters; a sample is drawn anew, from one seed.

        What cannot be (ends of a uniform that have met) or is still to be built becomes
        the title, and the window lives on.
        """
        values = (round(s.val) if s.valstep else s.val for s in self.sliders)
        lab, sample = self.lab, self.lab.sample
        try:
            f = distribution(lab.f.name, *values)
            if sample is not None:
                n, rng = min(len(sample), 10_000), np.random.default_rng(0)
                sample = draw(f, n, rng, lab.spoilt)
            self.lab = Lab(f, lab.rng, sample=sample, spoilt=lab.spoilt)
            self.frames, self.playing = 1, False
            self.go(0)
        except (ValueError, NotImplementedError) as error:
            to_do = "To do: " * isinstance(error, NotImplementedError)
            self.top.set_title(f"{to_do}{error}", color=RED)
            self.fig.canvas.draw_idle()

    def draw(self, frame: int) -> None:
        """The picture; of a film of means, frame `frame`."""
        for ax in (self.top, self.below):
            ax.clear()
            ax.grid(True)
        if self.lab.view == "means":
            draw_means(self.top, self.below, self.lab, frame)
        elif self.lab.view == "audit":
            draw_trial(self.top, self.below, self.lab)
        else:
            draw_shape(self.top, self.below, self.lab)

    def show(self, lab: Lab) -> None:
        """Show what a command has made; a film of means plays in a window."""
        self.lab = lab
        self.frames, self.playing = max(1, len(lab.means)), self.live
        values = tuple(slider.val for slider in self.sliders)
        if self.laid != (lab.f.name, lab.view == "means") or values != lab.f.parameters:
            self.lay_out()
        self.go(0 if self.live else self.frames - 1)
        if self.live:
            self.fig.canvas.flush_events()

    def run(self, _: Lab, line: str) -> tuple[Lab, str]:
        """The lab after a command, and what to print; nothing changes if it fails."""
        lab, text = run_command(self.lab, line)
        if lab is not self.lab:
            self.show(lab)
        return lab, text

    def on_key(self, event: Any) -> None:
        """S, C and A are commands; the rest as in every film."""
        lines = {"s": "sample 10000", "c": f"clt 30 {self.lab.f}", "a": "audit"}
        if event.key not in lines:
            super().on_key(event)
            return
        print(lines[event.key])
        console.commands(self.lab, self.run, lines[event.key])
        print("> " * self.live, end="", flush=True)

    def open(self, plt: Any) -> None:
        """Open the window; it lives on while the next line is typed.

        Python hears Ctrl-C only when it runs: the clock of the film wakes it, and the
        next beat is the last. The terminal has to be set right.
        """
        canvas: Any = self.fig.canvas
        canvas.mpl_connect("close_event", lambda event: self.live and sys.exit(0))
        canvas.manager.set_window_title("Distribution visualiser")
        plt.show(block=False)
        plt.pause(0.1)
        if sys.stdin.isatty() and sys.platform != "win32":
            import termios

            atexit.register(termios.tcsetattr, 0, termios.TCSANOW, termios.tcgetattr(0))
        signal.signal(signal.SIGINT, self.interrupt)
        self.live = True
        self.play(anew=False)

    def interrupt(self, *_: Any) -> None:
        """Ctrl-C: to end at once would be ignored in the middle of a drawing."""
        self.stopped = True

    def tick(self) -> None:
        """A beat of the clock."""
        if self.stopped:
            sys.exit(130)
        super().tick()


def reach(rule: Rule, value: float) -> tuple[float, float]:
    """From where to where a slider goes."""
    if rule.high == 1:
        return max(rule.low, min(0.01, value)), 1
    if rule.low < 0:
        return value - 5, value + 5
    return min(max(rule.low, 0.05), value), max(3 * value, 5.0)


# --------------------------------------------------------------------------
# The command line


WELCOME = f"""=== Distribution Explorer ===
Available: {", ".join(list(FAMILIES)[:6])},
           {", ".join(list(FAMILIES)[6:])}
Commands:  normal 0 1 | sample 10000 | clt 30 | relate | sabotage | audit | help"""
MOST, MOST_SEARCHED, MOST_MEANS = 10_000_000, 100_000, 2_000  # F⁻¹ takes its time


def run_command(lab: Lab, line: str) -> tuple[Lab, str]:
    """The lab after a command, and what to print; ValueError with a sentence if not.

    <name> <parameters>       another distribution, such as: normal 0 1
    sample <n>                n random numbers, their histogram and moments
    area <from> <to>          the probability of what lies there
    clt <n> [<distribution>]  means of n numbers (of uniform 0 1) become a bell
    relate                    which distributions are this one in other clothes
    audit [<n>]               seven questions to the sampler
    sabotage [<kind>|off]     spoil the sampler in secret: wide, tail, pairs or power
    help                      this list
    quit                      the end
    """
    name, *words = line.split()
    name = name.lower()
    match (name, *words):
        case ["help"]:
            return lab, "\n".join(listed())
        case ["relate"]:
            return lab, say_relatives(lab.f)
        case "sample", n:
            known = console.whole(1, MOST_SEARCHED if lab.spoilt else MOST)
            return do_sample(lab, *numbers(line, [n], known))
        case "audit", *n if len(n) < 2:
            known = console.whole(100, MOST_SEARCHED)
            return do_audit(lab, *numbers(line, n or ["10000"], known))
        case "sabotage", *kind if len(kind) < 2:
            return do_sabotage(lab, *kind)
        case "area", low, high:
            return do_area(lab, *sorted(numbers(line, [low, high])))
        case "clt", n, *of:
            parent = distribution(of[0], *numbers(line, of[1:])) if of else EVEN
            known = console.whole(1, MOST_MEANS)
            return do_clt(lab, parent, *numbers(line, [n], known))
    if name not in FAMILIES:
        raise ValueError(mistyped(name, line))
    f = distribution(name, *numbers(line, words))
    said = f"Mean: {told(f.mean)}, Std: {told(f.std)}, Skew: {told(f.skew)}"
    return Lab(f, lab.rng, spoilt=lab.spoilt), said


def listed() -> list[str]:
    """The commands, as the words about `run_command` list them."""
    lines = (run_command.__doc__ or "").splitlines()[1:]
    return [line.strip() for line in lines if line.strip()]


def mistyped(name: str, line: str) -> str:
    """What to say about a command that was not understood."""
    usage = {entry.split()[0]: entry.partition("  ")[0] for entry in listed()}
    if name in usage:
        return f"{line}: please type {usage[name]}"
    near = console.nearest_name(name, [*FAMILIES, *usage])
    return f"{name}: no such command{near} ('help' lists them all)"


ANY = console.number(-math.inf)


def numbers(line: str, words: Sequence[str], kind: Function = ANY) -> list[Any]:
    """The words as numbers of this kind; ValueError, naming the word, if one is not."""
    try:
        return [kind(word) for word in words]
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"{line}: {error}") from None


def do_sample(lab: Lab, n: int) -> tuple[Lab, str]:
    """Draw n numbers, and tell their moments."""
    sample = draw(lab.f, n, lab.rng, lab.spoilt)
    mean, std, skew = map(told, sample_moments(sample))
    said = f"Sample mean: {mean}, Sample std: {std}, Sample skew: {skew}"
    return Lab(lab.f, lab.rng, sample=sample, spoilt=lab.spoilt), said


def do_area(lab: Lab, low: float, high: float) -> tuple[Lab, str]:
    """Colour what lies from low to high, and tell its probability."""
    said = f"P({low:g} ≤ X ≤ {high:g}) = {between(lab.f, low, high):.6g}"
    return lab._replace(view="shape", area=(low, high), means=()), said


def do_clt(lab: Lab, parent: Distribution, n: int) -> tuple[Lab, str]:
    """The film of means of 1, 2 … n numbers of the parent, and a table of some."""
    if parent.std == 0:
        raise ValueError(f"{parent} is always the same, and so are its means")
    ns = np.unique(np.geomspace(1, n, 24).round().astype(int))
    some = {ns[round(i)] for i in np.linspace(0, len(ns) - 1, 6)}
    film, rows = [], []
    for m, means in clt_path(parent, ns.tolist(), lab.rng):
        z = standardised(means, parent, m)
        film.append(Means(m, z, ks_distance(BELL.cdf(z))))
        if m in some:
            hope = told(parent.std / math.sqrt(m)) if math.isfinite(parent.std) else "-"
            rows.append((m, told(means.std()), hope, told(sample_moments(z)[2]),
                         f"{film[-1].distance:.3f}"))  # fmt: skip
    head = ("n", "std of means", "σ / √n", "skew", "distance from the bell")
    said = [f"Means of n numbers of {parent}, {len(z):,} times each:",
            console.table(head, rows), verdict(parent, film[-1])]  # fmt: skip
    return lab._replace(view="means", parent=parent, means=tuple(film)), "\n".join(said)


def verdict(parent: Distribution, last: Means) -> str:
    """What the last means say."""
    if not parent.std < math.inf:
        return "No std, so no bell: a mean of many is as wild as a single number."
    chance = ks_critical(len(last.z))
    near = last.distance <= chance
    said = "Result looks perfectly normal" if near else "Not yet a bell"
    M = told(mean_mgf(parent, last.n, 1.0))
    return (f"{said}: chance alone makes distances up to {chance:.3f}.\n"
            f"M(1) of the standardised mean {M}, of a bell √e = 1.649")  # fmt: skip


def say_relatives(f: Distribution) -> str:
    """A table of what has the same shape, or nearly."""
    rows = []
    for one in relatives(f):
        gap = cdf_gap(f, one)
        rows.append((one.says, one.other, f"{gap:.2g}" if gap > 1e-9 else "0"))
    head = (f"X is {f}", "has the shape of", "largest gap of the cdfs")
    return console.table(head, rows) if rows else f"{f}: no relatives are known here"


def do_sabotage(lab: Lab, kind: str = "") -> tuple[Lab, str]:
    """Spoil the sampler, in a way that is not told."""
    kind = kind.lower() or str(lab.rng.choice(list(SPOILS)))
    if kind == "off":
        return lab._replace(spoilt=""), "The sampler is honest again."
    if kind not in SPOILS:
        raise ValueError(
            f"sabotage {kind}: one of {', '.join(SPOILS)}, or off, or none"
        )
    said = "The sampler is spoilt, and you cannot tell by the eye. Try sample, audit."
    return lab._replace(spoilt=kind), said


def do_audit(lab: Lab, n: int) -> tuple[Lab, str]:
    """Draw n numbers, ask the seven questions, judge; and tell what was caught."""
    sample = draw(lab.f, n, lab.rng, lab.spoilt)
    checks = tuple(audit(lab.f, sample, lab.rng))
    rows = [(one.says, f"{one.value:.3g}", f"{one.limit:.3g}",
             "<--" * (not one.passed)) for one in checks]  # fmt: skip
    said = f"Passed: {n:,} numbers show nothing that chance does not do."
    if not all(one.passed for one in checks):
        kind = lab.spoilt
        truth = f"sabotage {kind}: {SPOILS[kind]}" if kind else "honest, a false alarm"
        said = f"Caught! The truth: {truth}."
    table = console.table((f"{n:,} numbers of {lab.f}", "found", "limit", ""), rows)
    new = Lab(lab.f, lab.rng, "audit", sample, checks=checks, spoilt=lab.spoilt)
    return new, f"{table}\n{said}"


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    script = "python phase3_probability/distribution_visualizer.py"
    examples = f"""{script}
        {script} -c "poisson 4; sample 5000"
        {script} -c "clt 30" --save clt.gif"""
    parser = console.parser(__file__, __doc__, examples)
    lines = "run these commands, not those typed: 'poisson 4; sample 5000'"
    parser.add_argument("-c", metavar="COMMANDS", help=lines)
    figures.add_options(parser, __file__, "s c a")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Do what is typed or given, in a window that follows, or save the last picture."""
    options = build_parser().parse_args(argv)
    lab, typed = Lab(BELL, np.random.default_rng(options.seed)), options.c is None
    if typed:
        print(f"{WELCOME}\nNow:       {summary(lab.f)}", flush=True)
    if options.no_show and not (options.save or options.script):
        return console.commands(lab, run_command, options.c)
    plt = figures.start(options)
    desk = Desk(plt.figure(figsize=(9, 8)), lab)
    if typed and not (options.save or options.script) and figures.has_window():
        desk.open(plt)
        code = console.commands(lab, desk.run)
        desk.live = False
        return code
    code = console.commands(lab, desk.run, options.c)
    if not code:
        moves = desk.lab.means or not options.save
        still = not moves and options.save.suffix not in figures.PICTURES
        figures.finish(options, desk.fig, film=None if still else desk)
    return code


if __name__ == "__main__":
    console.run(main)
