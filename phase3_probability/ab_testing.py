"""Chapter 11. A/B testing: is B better than A, or was it luck?

A shop shows half of its visitors a new checkout button. Of 4,532 who saw the old one,
A, 203 bought; of 4,621 who saw the new one, B, 248 did: 4.48 % against 5.37 %. But if
both buttons were one and the same, the shares would differ too, since chance never
deals evenly. How far does chance alone pull them apart? That is the standard error, and
the difference is measured in it:

    z = (p_B − p_A) / √(p (1 − p) (1/n_A + 1/n_B))      p: the share of both together
    p-value = how often luck alone gives a z as far from 0, or farther

You will see z = 1.96 and p = 0.0498, a hair below the usual 0.05, while two intervals
for the lift of 19.8 % reach below zero: a verdict on the edge, and the report says so.
(Where these counts are usually shown, z = 2.14 and p = 0.032 are printed. They are not
what the counts give.) `--simulate` runs 100,000 experiments in which nothing differs,
in a second or so: who looks ten times cries wolf not in 5 but in 19 of 100. `serve`
opens a dashboard in the browser.

    python phase3_probability/ab_testing.py
    python phase3_probability/ab_testing.py --control 4532 203 --treatment 4621 248
    python phase3_probability/ab_testing.py visits.csv
    python phase3_probability/ab_testing.py --plan --lift 0.1
    python phase3_probability/ab_testing.py --simulate
    python phase3_probability/ab_testing.py serve

Names
    conversions, visitors   how many bought, of how many; _a and _b: of which group
    p        a proportion, conversions / visitors; also the p-value: the text says which
    lift     (p_B − p_A) / p_A: how much better, as a share of A's rate
    alpha    α, the false alarms that one accepts: 0.05 is 5 of 100
    power    how often a real difference is found
    looks    how often one looks at the numbers before the end

What this leaves out: means (revenue a visitor; Welch's t), more than two groups,
corrections for many measures at once, bandits. Intervals are named wherever printed.

Source: Wheelan, "Naked Statistics", chapters 9 and 10; Reinhart, "Statistics Done
Wrong"; Armitage, McPherson and Rowe (1969), on looking repeatedly; Robbins (1970) and
Johari, Pekelis and Walsh, "Always valid inference" (2015); Kohavi, Tang and Xu (2020).
"""

import argparse
import functools
import json
import math
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.random import Generator

from common import console, data, figures

if TYPE_CHECKING:
    from flask import Flask

Axes = Any  # of matplotlib, which is imported late
Values = Any  # a number, or an array of them
Interval = tuple[Values, Values]  # its two ends
Counts = tuple[int, int, int, int]  # conversions and visitors of A, then of B

PAGES = console.PROJECT / "phase3_probability" / "templates"  # of the dashboard
FEW = 5  # conversions that each group should have, so that a bell curve is near enough
BROKEN = 0.001  # below this sample ratio p the groups were not dealt as planned
TUNED = 5000  # visitors a group at which the sequential test is sharpest
LARGEST = 400_000_000  # visitors of a group
BODY = 1_000_000  # bytes of a request


# --------------------------------------------------------------------------
# Milestone 1: how far apart, in standard errors


def plain(x: Values) -> Values:  # given
    """A Python float for a single number; an array as it is."""
    return float(x) if np.ndim(x) == 0 else x


def checked(conversions: Values, visitors: Values) -> Interval:  # given
    """Both as arrays of floats, checked.

    ValueError unless they are whole, visitors ≥ 1 and 0 ≤ conversions ≤ visitors.
    """
    c, n = np.asarray(conversions, dtype=float), np.asarray(visitors, dtype=float)
    for values, name in ((n, "visitors"), (c, "conversions")):
        if not (np.isfinite(values).all() and (values == np.rint(values)).all()):
            raise ValueError(f"{name} must be whole numbers, not {values}")
    if (n < 1).any() or (c < 0).any():
        raise ValueError("a group needs 1 visitor at least, and 0 conversions or more")
    if (c > n).any():
        many, few = (v.flat[np.argmax(c > n)] for v in np.broadcast_arrays(c, n))
        raise ValueError(f"{many:,.0f} conversions of {few:,.0f} visitors: too many")
    return c, n


def proportion(conversions: Values, visitors: Values) -> Values:
    """The share of the visitors who converted: p = conversions / visitors."""
    c, n = checked(conversions, visitors)
    return plain(c / n)


def standard_error(conversions: Values, visitors: Values) -> Values:
    """How far such a share strays from run to run: √(p (1 − p) / n).

    A visitor counts 1 or 0, which has the variance p (1 − p); the mean of n of them has
    an n-th of it.
    """
    p, n = proportion(conversions, visitors), np.asarray(visitors, dtype=float)
    return plain(np.sqrt(p * (1 - p) / n))


def z_statistic(
    conversions_a: Values, visitors_a: Values, conversions_b: Values, visitors_b: Values
) -> Values:
    """The difference B minus A in standard errors, if both had the same rate.

        z = (p_B − p_A) / √(p (1 − p) (1/n_A + 1/n_B))

    p is the share of both groups together (pooled): if nothing differs, that is the
    best guess of the one rate that both have. z = 0 if nobody converted, or everybody.

    >>> round(z_statistic(203, 4532, 248, 4621), 3)
    1.961
    """
    ca, na = checked(conversions_a, visitors_a)
    cb, nb = checked(conversions_b, visitors_b)
    pooled = (ca + cb) / (na + nb)
    error = np.sqrt(pooled * (1 - pooled) * (1 / na + 1 / nb))
    return plain((cb / nb - ca / na) / np.where(error > 0, error, 1))


# --------------------------------------------------------------------------
# Milestone 2: how often would luck do that?


def deal(
    conversions_a: int, visitors_a: int, conversions_b: int, visitors_b: int,
    times: int, rng: Generator,
) -> float:  # fmt: skip
    """The p-value without a formula: the share of deals at least as uneven as this.

    If the group makes no difference, those who bought would have bought in the other
    one too. So write every visitor on a card, bought or not, shuffle, deal n_A cards
    to A and the rest to B, and look how far apart the two shares are.
    `rng.hypergeometric(good, bad, n_A, times)` deals so many times: A's conversions.
    """
    bought, everybody = conversions_a + conversions_b, visitors_a + visitors_b
    a = rng.hypergeometric(bought, everybody - bought, visitors_a, times)  # (times,)
    apart = np.abs((bought - a) / visitors_b - a / visitors_a)
    seen = abs(conversions_b / visitors_b - conversions_a / visitors_a)
    return float((apart >= seen - 1e-12).mean())


def bell(z: Values) -> Values:
    """The bell curve, density of the normal distribution: e^(−z²/2) / √(2π)."""
    return plain(np.exp(-np.square(z) / 2) / math.sqrt(2 * math.pi))


def normal_cdf(z: Values) -> Values:
    """Φ(z), the area under the bell curve left of z; 12 digits right in both tails.

    With x = |z|, the area between 0 and x, and the area beyond x:

        bell(x) · (x + x³/3 + x⁵/(3·5) + x⁷/(3·5·7) + …)              if x < 2
        bell(x) / (x + 1/(x + 2/(x + 3/(x + …))))                     if x ≥ 2

    subtle: Φ(−9) is 1e-19, but 1 − Φ(9) is 0, for a float near 1 has no room for it. So
    the small area is computed, and the large one is 1 less it, never the other way.
    """
    z = np.asarray(z, dtype=float)
    x = np.abs(z)
    near, far = np.minimum(x, 2.0), np.maximum(x, 2.0)
    term = total = near
    for k in range(3, 60, 2):
        term = term * near**2 / k
        total = total + term
    fraction = far
    for k in range(70, 0, -1):  # from the inside out
        fraction = far + k / fraction
    tail = np.where(x < 2, 0.5 - bell(near) * total, bell(far) / fraction)
    return plain(np.where(z > 0, 1 - tail, tail))


@functools.lru_cache(1000)  # asked for the same few again and again
def normal_quantile(p: float) -> float:
    """The z with Φ(z) = p, by Newton's method on the logarithm of Φ.

        z ← z − (log Φ(z) − log p) · Φ(z) / bell(z)

    It begins where ½ e^(−z²/2) = p: the tail is never above that, so z lies beyond.
    ValueError if p is not between 0 and 1.
    """
    if not 0 < p < 1:
        raise ValueError(f"a probability between 0 and 1 is needed, not {p}")
    if p > 0.5:
        return -normal_quantile(1 - p)
    z = -math.sqrt(-2 * math.log(2 * p))
    for _ in range(50):  # 4 to 8 are enough
        area = normal_cdf(z)
        step = (math.log(area) - math.log(p)) * area / bell(z)
        z -= step
        if abs(step) < 1e-14:
            break
    return z


def critical(level: float) -> float:
    """So many standard errors hold the middle `level` of a bell curve: 0.95 -> 1.96."""
    return normal_quantile((1 + level) / 2)


def p_value(z: Values, alternative: str = "two-sided") -> Values:
    """How often luck alone gives a z like this one, or a more extreme one.

    "two-sided": as far from 0 on either side; "larger" (B better): this or above;
    "smaller": this or below. ValueError if it is none of the three.
    """
    if alternative == "two-sided":
        return plain(2 * np.asarray(normal_cdf(-np.abs(z))))
    if alternative not in ("larger", "smaller"):
        raise ValueError(f"two-sided, larger or smaller, not {alternative!r}")
    return normal_cdf(-np.asarray(z) if alternative == "larger" else z)


# --------------------------------------------------------------------------
# Milestone 3: how large is the difference?


def wilson(conversions: Values, visitors: Values, level: float = 0.95) -> Interval:
    """Wilson's interval for a rate: all p that the counts do not speak against.

        |conversions / n − p| ≤ z √(p (1 − p) / n)        solved for p, as in chapter 9

    It stays within 0 and 1, and has a length even when nobody converted.
    """
    share, n = proportion(conversions, visitors), np.asarray(visitors, dtype=float)
    z = critical(level)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / (1 + z**2 / n)
    return plain(np.maximum(middle - half, 0)), plain(np.minimum(middle + half, 1))


def difference_interval(
    conversions_a: Values, visitors_a: Values, conversions_b: Values,
    visitors_b: Values, level: float = 0.95,
) -> Interval:  # fmt: skip
    """The unpooled (Wald) interval for p_B − p_A.

        p_B − p_A ± z √(p_A (1 − p_A) / n_A + p_B (1 − p_B) / n_B)

    Unpooled, for here the question is how far apart they are, not whether they are one:
    each group has its own scatter, and variances of independent things add.
    """
    a, b = (conversions_a, visitors_a), (conversions_b, visitors_b)
    apart = proportion(*b) - proportion(*a)
    half = critical(level) * np.hypot(standard_error(*a), standard_error(*b))
    return plain(apart - half), plain(apart + half)


def lift(
    conversions_a: Values, visitors_a: Values, conversions_b: Values, visitors_b: Values
) -> Values:
    """How much better B is, as a share of A's rate: p_B / p_A − 1; 0.2 is 20 %.

    ValueError if nobody in A converted: there is nothing to be a share of.
    """
    rate = np.asarray(proportion(conversions_a, visitors_a))
    if (rate == 0).any():
        raise ValueError("nobody in A converted, so that there is no lift over A")
    return plain(proportion(conversions_b, visitors_b) / rate - 1)


def lift_interval(
    conversions_a: Values, visitors_a: Values, conversions_b: Values,
    visitors_b: Values, level: float = 0.95, method: str = "log",
) -> Interval:  # fmt: skip
    """An interval for the lift, from the scatter of the ratio r = p_B / p_A.

        s² = (1 − p_A) / conversions_A + (1 − p_B) / conversions_B     variance of log r
        "log":    r e^(−z s) − 1   to   r e^(z s) − 1
        "delta":  r (1 − z s) − 1  to   r (1 + z s) − 1

    A small change of r by the share t changes log r by t (the delta method): so s is
    the standard error of log r, and r s that of r. The log of a ratio is nearer to a
    bell curve than the ratio is. ValueError if a group has no conversions.
    """
    if method not in ("log", "delta"):
        raise ValueError(f"the method is log or delta, not {method!r}")
    r = 1 + lift(conversions_a, visitors_a, conversions_b, visitors_b)
    if np.any(np.asarray(conversions_b) == 0):
        raise ValueError("nobody in B converted, so that the lift has no interval")
    ca, na = checked(conversions_a, visitors_a)
    cb, nb = checked(conversions_b, visitors_b)
    half = critical(level) * np.sqrt((1 - ca / na) / ca + (1 - cb / nb) / cb)
    ends = np.array([-half, half])
    low, high = np.exp(ends) if method == "log" else 1 + ends
    return plain(r * low - 1), plain(r * high - 1)


# --------------------------------------------------------------------------
# Milestone 4: decisions, and what spoils them


def scatters(p: float, lift: float) -> tuple[float, float, float]:
    """Of a rate p that is lifted: the difference, and √n times its standard error.

    Two of the latter: √(2 p̄ (1 − p̄)) if both groups had the mean rate p̄ (pooled), and
    √(p (1 − p) + q (1 − q)) with q = p (1 + lift), as it is.
    ValueError if p or q is not between 0 and 1.
    """
    q = p * (1 + lift)
    if not (0 < p < 1 and 0 < q < 1):
        raise ValueError(f"rates must be between 0 and 1, and they are {p:g}, {q:g}")
    mean = (p + q) / 2
    return q - p, math.sqrt(2 * mean * (1 - mean)), math.sqrt(p * (1 - p) + q * (1 - q))


def power(p: float, lift: float, n: float, alpha: float = 0.05) -> float:
    """How often a two-sided test with n visitors a group finds this lift of rate p.

        Φ((√n d − z s₀) / s₁) + Φ((−√n d − z s₀) / s₁)        d, s₀, s₁: `scatters`

    |z_statistic| > z happens on the right side, or, rarely, on the wrong one. Without a
    lift it is α. ValueError if a rate is not between 0 and 1, or n is below 1.
    """
    d, pooled, true = scatters(p, lift)
    if not n >= 1:
        raise ValueError(f"a group needs 1 visitor at least, not {n}")
    way, line = math.sqrt(n) * d, critical(1 - alpha) * pooled
    return normal_cdf((way - line) / true) + normal_cdf((-way - line) / true)


def sample_size(p: float, lift: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Visitors that each group needs to find a lift of rate p, two-sided.

        n = ((z_α s₀ + z_power s₁) / d)², rounded up          d, s₀, s₁: `scatters`

    Half the lift takes four times the visitors. ValueError without a lift.
    """
    d, pooled, true = scatters(p, lift)
    if d == 0:
        raise ValueError("without a lift there is nothing to find: no number is enough")
    need = critical(1 - alpha) * pooled + normal_quantile(power) * true
    return max(math.ceil((need / d) ** 2), 1)


def sample_ratio_mismatch(a: int, b: int, ratio: float = 0.5) -> float:
    """p-value of the split: how often so uneven a one comes, if A gets `ratio` of all.

        χ² = (a − r n)² / (r n) + (b − (1 − r) n)² / ((1 − r) n)         n = a + b

    With two groups √χ² is a |z|. Below 0.001 something other than chance has dealt the
    visitors, and then no other number of the experiment can be believed.
    ValueError if there are no visitors, or ratio is not between 0 and 1.
    """
    n = a + b
    if min(a, b) < 0 or n < 1 or not 0 < ratio < 1:
        raise ValueError(f"{a} and {b} visitors, {ratio} of them in A: no such split")
    want_a, want_b = ratio * n, (1 - ratio) * n
    chi2 = (a - want_a) ** 2 / want_a + (b - want_b) ** 2 / want_b
    return p_value(math.sqrt(chi2))


def mixture(alpha: float) -> float:
    """ρ, the visitors' worth of doubt that the sequential test begins with.

        ρ = m / (2 log(1/α) + log(2 log(1/α)) + 1)     m = TUNED / 2

    It makes `boundary` about as low as it can be at m. It must be chosen before the
    first look: that is why it depends on nothing that was seen.
    ValueError if α is not above 0 and at most ½.
    """
    if not 0 < alpha <= 0.5:
        raise ValueError(f"alpha must be above 0 and at most 0.5, and it is {alpha}")
    doubt = 2 * math.log(1 / alpha)
    return TUNED / 2 / (doubt + math.log(doubt) + 1)


def sequential_test(
    conversions_a: Values, visitors_a: Values, conversions_b: Values,
    visitors_b: Values, alpha: float = 0.05,
) -> Values:  # fmt: skip
    """A p-value that may be looked at as often as one likes: the always-valid p.

        Λ = √(ρ / (ρ + m)) · e^(z²/2 · m / (ρ + m))       m = n_A n_B / (n_A + n_B)
        p = 1 / Λ, at most 1                              ρ: `mixture(alpha)`

    Λ is what you own when you bet against "nothing differs": it starts at 1, and odds
    that are fair if nothing differs neither raise nor lower it on average. Whatever you
    bet and whenever you stop, it then reaches 20 in at most 1 of 20 games (Ville). Here
    the bets are spread over all differences, as a bell curve (Robbins' mixture).
    It holds as far as z is normal, which needs a few conversions.
    """
    z = z_statistic(conversions_a, visitors_a, conversions_b, visitors_b)
    na, nb = np.asarray(visitors_a, dtype=float), np.asarray(visitors_b, dtype=float)
    m, rho = na * nb / (na + nb), mixture(alpha)
    log_wealth = np.log(rho / (rho + m)) / 2 + np.square(z) / 2 * m / (rho + m)
    return plain(np.exp(-np.maximum(log_wealth, 0)))


def boundary(visitors: Values, alpha: float = 0.05) -> Values:
    """The |z| at which the sequential p is α, with so many visitors in each group.

        z² = (ρ + m) / m · (2 log(1/α) + log((ρ + m) / ρ))        m = visitors / 2

    It falls at first, is lowest near TUNED, and then rises, ever more slowly.
    """
    m, rho = np.asarray(visitors) / 2, mixture(alpha)
    doubt = 2 * math.log(1 / alpha) + np.log((rho + m) / rho)
    return plain(np.sqrt((rho + m) / m * doubt))


def posterior_better(
    conversions_a: int, visitors_a: int, conversions_b: int, visitors_b: int
) -> float:
    """P(B's rate > A's rate), if before the test every rate was equally likely.

    Then a rate x has the density x^c (1 − x)^(n − c), times a constant: Beta(c + 1,
    n − c + 1). On the scale u = log(x / (1 − x)) both densities are smooth and fade out
    at both ends, and P = ∫ f_B(u) F_A(u) du is added up in thin slices.
    """
    groups = ((conversions_a, visitors_a), (conversions_b, visitors_b))
    u = np.unique([places(c, n) for c, n in groups])
    (f, slope), (g, slope_b) = (beta_bell(u, c, n) for c, n in groups)
    F = areas(u, f, slope)
    F, f = F / F[-1], f / F[-1]
    below = areas(u, g * F, slope_b * F + g * f)[-1]
    return min(float(below / areas(u, g, slope_b)[-1]), 1.0)  # 1 + 1e-15 is none


def places(c: int, n: int) -> np.ndarray:  # given
    """Where the density of a rate is not nearly 0, as 8,000 places u."""
    a, b = c + 1, n - c + 1
    middle, spread = math.log(a / b), math.sqrt(1 / a + 1 / b)
    return np.linspace(middle - 9 * spread - 40 / a, middle + 9 * spread + 40 / b, 8000)


def beta_bell(u: np.ndarray, c: int, n: int) -> tuple[np.ndarray, np.ndarray]:  # given
    """Beta(c + 1, n − c + 1) on the scale u, its top near 1, and its slope."""
    a, b = c + 1, n - c + 1
    top = a * math.log(a / (a + b)) + b * math.log(b / (a + b))
    x = 1 / (1 + np.exp(-u))
    f = np.exp(-a * np.logaddexp(0, -u) - b * np.logaddexp(0, u) - top)
    return f, f * (a * (1 - x) - b * x)


def areas(u: np.ndarray, f: np.ndarray, slope: np.ndarray) -> np.ndarray:  # given
    """The area under f left of each u; the slopes make slices round at the top."""
    h = np.diff(u)
    slices = h * (f[1:] + f[:-1]) / 2 + h**2 * (slope[:-1] - slope[1:]) / 12
    return np.append(0, np.cumsum(slices))


def limits(visitors: int, looks: int, alpha: float = 0.05) -> dict[str, np.ndarray]:
    """Rules of stopping: the |z| that each asks for at each look, (looks,) a rule.

    "sequential": `boundary`; "fixed horizon": `critical` at the last look and no other
    (infinite before); "peeking": `critical` at every look. `visitors` come to each
    group between two looks.
    """
    line = np.full(looks, critical(1 - alpha))
    fixed = np.where(np.arange(1, looks + 1) < looks, np.inf, line)
    bent = np.asarray(boundary(visitors * np.arange(1, looks + 1), alpha))
    return {"sequential": bent, "fixed horizon": fixed, "peeking": line}


def experiments(
    p: float, lift: float, visitors: int, looks: int, times: int, rng: Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Conversions so far of A and of B at each look: two arrays (times, looks).

    A converts with the probability p, B with p (1 + lift); so many `visitors` come to
    each between two looks.
    """
    size = (times, looks)
    a, b = (rng.binomial(visitors, rate, size) for rate in (p, p * (1 + lift)))
    return a.cumsum(axis=1), b.cumsum(axis=1)


def first_crossing(z: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """The first look at which |z| is at or above the limit: (times, looks) -> (times,).

    −1 if that never happens.
    """
    above = np.abs(z) >= limit
    return np.where(above.any(axis=1), above.argmax(axis=1), -1)


class Outcome(NamedTuple):
    """What a rule does in many experiments."""

    rule: str
    alarms: float  # the share that it calls significant
    error: float  # standard error of that share
    visitors: float  # a group, on average, when it stops
    lift: float  # the mean of the lifts seen in those that it calls significant


def machine(
    p: float, lift: float, visitors: int, looks: int, times: int, rng: Generator,
    alpha: float = 0.05,
) -> tuple[np.ndarray, list[Outcome]]:  # fmt: skip
    """The z of many experiments, (times, looks), and what each rule makes of them.

    With lift 0 every alarm is a false one; with a lift, the share of alarms is the
    power, and the mean lift of those that raised one is too high: only the lucky ones
    are among them (the winner's curse).
    """
    a, b = experiments(p, lift, visitors, looks, times, rng)
    n = visitors * np.arange(1, looks + 1)
    z, found = np.asarray(z_statistic(a, n, b, n)), []
    for rule, limit in limits(visitors, looks, alpha).items():
        stop = first_crossing(z, limit)
        rows = np.flatnonzero(stop >= 0)
        share = len(rows) / times
        at = (rows, stop[rows])
        seen = (b[at] / np.maximum(a[at], 1) - 1).mean() if len(rows) else math.nan
        error = math.sqrt(share * (1 - share) / times)
        found.append(Outcome(rule, share, error, float(n[stop].mean()), float(seen)))
    return z, found


def decide(
    counts: Counts, split: float, p: float, ends: Interval | None, alpha: float = 0.05
) -> str:
    """What may be said of (conversions_a, visitors_a, conversions_b, visitors_b).

    The first of these that applies; `split` is the p of `sample_ratio_mismatch`, p the
    p-value, `ends` the lift interval, if there is one:

        "broken"   split < BROKEN: the groups were not dealt as planned
        "few"      if nothing differs, the smaller group is to expect fewer than FEW
                   conversions, or fewer than FEW visitors who did not convert
        "no"       p > α: not significant
        "touches"  significant, but the lift interval holds 0: it is another
                   approximation, and on the edge the two part
        "yes"      significant
    """
    ca, na, cb, nb = counts
    rarer = min(ca + cb, na + nb - ca - cb) * min(na, nb) / (na + nb)
    if split < BROKEN:
        return "broken"
    if rarer < FEW:
        return "few"
    if p > alpha:
        return "no"
    return "touches" if ends and ends[0] <= 0 <= ends[1] else "yes"


def sized(found: dict[str, Any]) -> str:  # given
    """How many visitors would find a lift like this one, in words, or ""."""
    p, q, lift = found["control"]["rate"], found["treatment"]["rate"], found["lift"]
    if not lift or not (0 < p < 1 and 0 < q < 1):
        return ""
    n = sample_size(p, lift, found["alpha"])
    return f"; to find such a lift in 80 of 100 tests takes {n:,} visitors a group"


def worded(decision: str, found: dict[str, Any]) -> dict[str, Any]:  # given
    """The decision in words; significant is None where there is no verdict."""
    (a, b), at = groups(found), f"SIGNIFICANT at α={found['alpha']:g}"
    longer = f"Run longer to narrow the interval{sized(found)}."
    better = "B likely improves the rate"
    if found["difference"] < 0:
        better = "B's rate is likely the lower one"
    verdict, significant, reason, advice = {
        "broken": ("NO VERDICT: the sample ratio is broken", None,
                   f"{a['visitors']:,} and {b['visitors']:,} visitors are not the "
                   f"split that was planned (p = {found['sample_ratio_p']:.2g}).",
                   "Find out who is missing where; until then no number here counts."),
        "few": ("NO VERDICT: too few to say", None,
                f"A bell needs {FEW} who convert, and {FEW} who do not, in each group.",
                "Wait for more visitors. Wilson's intervals hold all the same."),
        "no": (f"NOT {at}", False, "Luck does this too often to speak of a difference. "
               "That is no proof that there is none.", longer),
        "touches": (f"{at}, but the lift interval touches 0", True,
                    f"{better}, but effect size is uncertain.", longer),
        "yes": (at, True, f"{better}.",
                "Plan with the ends of the interval, not with its middle."),
    }[decision]  # fmt: skip
    return {"verdict": verdict, "significant": significant, "reason": reason,
            "advice": advice}  # fmt: skip


def group(conversions: int, visitors: int, level: float) -> dict[str, Any]:  # given
    """A group in numbers; its interval is Wilson's."""
    both = (conversions, visitors)
    return {"visitors": visitors, "conversions": conversions, "rate": proportion(*both),
            "standard_error": standard_error(*both),
            "interval": wilson(*both, level)}  # fmt: skip


def groups(found: dict[str, Any]) -> list[dict[str, Any]]:  # given
    """A and B of an analysis."""
    return [found["control"], found["treatment"]]


def analyse(
    counts: Counts, alpha: float = 0.05, ratio: float = 0.5, side: str = "two-sided"
) -> dict[str, Any]:  # given
    """All there is to say of (conversions_a, visitors_a, conversions_b, visitors_b).

    The keys are those of the JSON that the server sends; None where a group without
    conversions leaves nothing to compute.
    """
    (ca, na, cb, nb), level, z = counts, 1 - alpha, z_statistic(*counts)
    p, split = p_value(z, side), sample_ratio_mismatch(na, nb, ratio)
    ways = ("log", "delta") if ca and cb else ()
    both: list[Any] = [lift_interval(*counts, level, way) for way in ways]
    log, delta = both or (None, None)
    found = {
        "alpha": alpha, "level": level, "alternative": side,
        "control": group(ca, na, level), "treatment": group(cb, nb, level),
        "z": z, "p_value": p, "difference": cb / nb - ca / na,
        "difference_interval": difference_interval(*counts, level),
        "lift": lift(*counts) if ca else None,
        "lift_interval": log, "lift_interval_delta": delta,
        "sequential_p": sequential_test(*counts, alpha),
        "posterior_better": posterior_better(*counts), "sample_ratio_p": split,
    }  # fmt: skip
    return found | worded(decide(counts, split, p, log, alpha), found)


# --------------------------------------------------------------------------
# The picture


def draw_rates(ax: Axes, found: dict[str, Any]) -> None:
    """Two bars with their Wilson intervals."""
    for x, (ink, part) in enumerate(zip(figures.COLOURS, groups(found))):
        rate, (low, high) = 100 * part["rate"], 100 * np.array(part["interval"])
        ax.bar(x, rate, 0.55, color=ink, alpha=0.85)
        ends = [[rate - low], [high - rate]]
        ax.errorbar(x, rate, ends, color=figures.INK, capsize=9, lw=1.6)
        ax.annotate(f"{rate:.2f} %", (x, high), (0, 5), textcoords="offset points",
                    ha="center", weight="bold")  # fmt: skip
    ax.set_xticks([0, 1], ["A, control", "B, treatment"])
    ax.margins(y=0.12)
    ax.set_ylabel(f"rate (%), Wilson {100 * found['level']:g} %")
    ax.set_xlim(-0.5, 1.5)
    up = found["lift"]
    ax.set_title("Nobody in A converted" if up is None else f"Observed lift: {up:+.1%}")


def draw_bells(ax: Axes, found: dict[str, Any]) -> None:
    """Where each rate would land if the experiment were run again and again."""
    z = np.linspace(-4, 4, 200)
    for ink, part, name in zip(figures.COLOURS, groups(found), "AB"):
        rate, error = 100 * part["rate"], 100 * part["standard_error"]
        if error:  # without conversions no scatter was seen
            ax.fill_between(rate + z * error, bell(z) / error, color=ink, alpha=0.25)
            ax.plot(rate + z * error, bell(z) / error, color=ink)
        ax.axvline(rate, ymax=0.9, color=ink, ls="--", lw=1.2)
        ax.text(rate, 0.93, name, color=ink, weight="bold", ha="center",
                transform=ax.get_xaxis_transform())  # fmt: skip
    ax.set(xlabel="rate (%), if the test were run again and again", yticks=[])
    ax.set_ylim(0, 1.2 * ax.dataLim.y1 if np.isfinite(ax.dataLim.y1) else 1)
    ax.spines["left"].set_visible(False)
    overlap = 200 * normal_cdf(-abs(found["z"]) / math.sqrt(2))
    both = all(part["standard_error"] for part in groups(found))
    title = f"The bells share {overlap:.2g} % of their area"
    ax.set_title(title if both else "No scatter seen, no bell")


def draw_luck(ax: Axes, found: dict[str, Any]) -> None:
    """The bell of z if nothing differs, and the part beyond the z that was seen."""
    z, (blue, red), p = found["z"], figures.COLOURS[:2], 100 * found["p_value"]
    wide = max(4.0, abs(z) + 0.5)
    x = np.linspace(-wide, wide, 801)
    sides = {"larger": x >= z, "smaller": x <= z}
    beyond = sides.get(found["alternative"], abs(x) >= abs(z))
    ax.fill_between(x, bell(x), color=blue, alpha=0.15)
    ax.fill_between(x, bell(x), where=beyond, color=red)
    ax.plot(x, bell(x), color=blue)
    ax.axvline(z, color=red, ls="--", lw=1.2)
    side = "left" if z > 0 else "right"
    ax.text(z, 0.36, f" z = {z:.2f} ", color=red, weight="bold", ha=side)
    ax.set(xlabel="z, if nothing differs", yticks=[], ylim=(0, 0.43))
    ax.spines["left"].set_visible(False)
    ax.set_title(f"Luck does this in {p:.3g} of 100 tests")


def draw_lift(ax: Axes, found: dict[str, Any]) -> None:
    """The two intervals for the lift, and the zero that they may or may not reach."""
    ax.axvline(0, color=figures.INK, lw=1)
    ax.set(yticks=[], ylim=(-0.6, 1.7), xlabel="lift (%)")
    ax.spines["left"].set_visible(False)
    ax.set_title("No conversions, no lift interval")
    if found["lift_interval"] is None:
        ax.set_xticks([])
        return
    for y, name, suffix in ((0, "delta", "_delta"), (1, "log", "")):
        ends = 100 * np.array(found[f"lift_interval{suffix}"])
        level, ink = 100 * found["level"], figures.COLOURS[2 + y]
        ax.plot(ends, [y, y], color=ink, lw=4)
        ax.plot(100 * found["lift"], y, "o", color=ink, ms=9)
        said = f"{level:g} %, {name} method: {ends[0]:.2f} to {ends[1]:.2f}"
        ax.text(ends.mean(), y + 0.2, said, color=figures.INK, ha="center")
    verb = "reaches" if ends[0] <= 0 <= ends[1] else "stays clear of"
    ax.set_title(f"The lift interval {verb} 0")  # the log one, as the verdict
    ax.margins(x=0.15)


def draw_power(ax: Axes, p: float, lift: float, alpha: float, n: int) -> None:
    """Power against visitors, for twice the lift, the lift, and half of it."""
    x = np.geomspace(max(n / 30, 1), 8 * n, 120)
    for ink, some in zip(figures.COLOURS, (2 * lift, lift, lift / 2)):
        if 0 < p * (1 + some) < 1:
            y = np.array([100 * power(p, some, size, alpha) for size in x])
            ax.plot(x, y, color=ink)
            at, said = abs(y - 55).argmin(), f"   lift {100 * some:+.3g} %"
            ax.text(x[at], y[at], said, color=ink, weight="bold", va="top")
    ax.axhline(80, color=figures.MUTED, ls="--", lw=1)
    ax.plot(n, 80, "o", color=figures.COLOURS[1], ms=9)
    ax.set(xscale="log", xlabel="visitors in each group", ylim=(0, 103))
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.set(ylabel="power (%): how often it is found",
           title=f"{n:,} a group find {100 * lift:+g} % in 80 of 100")  # fmt: skip


class Wolves(figures.Film):
    """Experiments in which nothing differs, look by look: who cries wolf?"""

    def __init__(self, fig: Any, z: np.ndarray, rules: dict[str, np.ndarray]):
        (self.left, self.right), self.z = fig.axes, z[:100]
        self.looks, last = np.arange(1, z.shape[1] + 1), max(z.shape[1], 2)
        inks = dict(zip(["fixed horizon", "peeking", "sequential"], figures.COLOURS))
        self.crossings = {rule: first_crossing(z, line) for rule, line in rules.items()}
        self.first = {rule: np.isfinite(line).argmax() for rule, line in rules.items()}
        self.paths = [self.left.plot([], [], ".-", lw=1, ms=3)[0] for _ in self.z]
        style = "o-" if last < 40 else "-"
        self.lines = {rule: self.right.plot([], [], style, color=inks[rule])[0]
                      for rule in rules}  # fmt: skip
        self.names = {rule: self.right.text(0, 0, "", va="center", weight="bold",
                      color=inks[rule]) for rule in rules}  # fmt: skip
        for rule in ("peeking", "sequential"):
            for side, label in ((1, f"line of {rule}"), (-1, None)):
                self.left.plot(self.looks, side * rules[rule], "--", color=inks[rule],
                               label=label)  # fmt: skip
        self.left.legend(loc="lower center", ncols=2)
        self.left.set(xlim=(0.9, last), ylim=(-5, 5), xlabel="look", ylabel="z")
        top = 115 * (self.crossings["peeking"] >= 0).mean() + 1
        self.right.set(xlim=(0.9, 1.6 * last), ylim=(0, top), xlabel="look",
                       ylabel="false alarms so far (%)")  # fmt: skip
        self.right.set_xticks([x for x in self.right.get_xticks() if 1 <= x <= last])
        super().__init__(fig, self.draw, len(self.looks), max(2, last // 10))

    def draw(self, frame: int) -> None:
        """All that was seen up to this look."""
        k, out = frame + 1, self.crossings["peeking"][: len(self.z)]
        for path, way, stop in zip(self.paths, self.z, out):
            wolf = 0 <= stop <= frame
            path.set(data=(self.looks[:k], way[:k]), alpha=0.9 if wolf else 0.35,
                     color=figures.COLOURS[1] if wolf else figures.MUTED)  # fmt: skip
        for rule, stops in self.crossings.items():
            share = [100 * ((0 <= stops) & (stops < m)).mean() for m in self.looks[:k]]
            asks = slice(self.first[rule], k)  # the looks at which it may cry
            self.lines[rule].set_data(self.looks[asks], share[asks])
            said = f"   {rule}: {share[-1]:.1f} %" if share[-1] else ""
            self.names[rule].set(position=(k, share[-1]), text=said)
        wolves = ((0 <= out) & (out <= frame)).sum()
        self.left.set_title(f"Nothing differs: {wolves} of {len(out)} peekers cry wolf")
        peeking, s = self.lines["peeking"].get_ydata()[-1], "s" * (k > 1)
        self.right.set_title(f"All {len(stops):,}: {peeking:.1f} % after {k} look{s}")


# --------------------------------------------------------------------------
# The command line


DEMO = (203, 4532, 248, 4621)


def columns_of(frame: Any, column: str | None) -> tuple[str, list[str]]:
    """The column of groups, and those of conversions, or visitors and conversions."""
    names = [str(name) for name in frame]
    by = "group" if "group" in names else names[0]
    others = [name for name in names if name != by]
    if len(others) == 1 or "converted" in others:  # a row for each visitor
        return by, [column or ("converted" if "converted" in others else others[0])]
    size = "visitors" if "visitors" in others else others[0]
    usual = [name for name in others if name != size]
    return by, [size, column or ("conversions" if "conversions" in usual else usual[0])]


def read_counts(path: Path, column: str | None = None) -> tuple[Counts, list[str], str]:
    """Counts, names of the groups, and column of the conversions, from a CSV file.

    Its columns are group,visitors,conversions, or group,converted for each visitor.
    Rows of one group are added up. The control is the group called so (or A), else the
    first. ValueError, with the line, if a cell is no count or there are not two groups.
    """
    frame = data.read_csv(path)
    if len(frame.columns) < 2:
        raise ValueError(f"{path.name}: group,visitors,conversions are needed")
    by, columns = columns_of(frame, column)
    values = data.numbers(frame, columns)
    if len(columns) == 1:
        values = np.c_[np.ones(len(values)), values]  # (rows, 2): visitors, conversions
    for line, (n, c) in zip(frame.index, values):
        if not (0 <= c <= n <= LARGEST and n % 1 == c % 1 == 0):
            said = f"{c:g} conversions of {n:g} visitors are not possible"
            raise ValueError(f"{path.name}, line {line}: {said}")
    labels = frame[by].astype(str)
    first = ("control", "a")
    names = sorted(dict.fromkeys(labels), key=lambda s: s.lower() not in first)
    if len(names) != 2:
        raise ValueError(f"{path.name}: two groups are needed, {by!r} has {len(names)}")
    (na, ca), (nb, cb) = (map(int, values[labels == s].sum(axis=0)) for s in names)
    if not 1 <= min(na, nb) <= max(na, nb) <= LARGEST:
        raise ValueError(f"{path.name}: a group has no visitors, or over {LARGEST:,}")
    return (ca, na, cb, nb), names, columns[-1]


def report(title: str, names: list[str], found: dict[str, Any], dealt: float) -> str:
    """The analysis in words and numbers."""
    kinds = {"larger": "one-sided: B larger", "smaller": "one-sided: B smaller"}
    lines, lift = [f"=== A/B Test: {title} ===\n"], found["lift"]
    for name, part in zip(names, groups(found)):
        lines.append(f"{name}: {part['visitors']:,} visitors, {part['conversions']:,} "
                     f"conversions ({part['rate']:.2%})")  # fmt: skip
    up = "none, for nobody in A converted" if lift is None else f"{lift:+.1%}"
    lines += [f"\nObserved lift: {up}", "\nStatistical Analysis:",
              f"  Test statistic: z = {found['z']:.2f}",
              f"  P-value: {found['p_value']:.3g} "
              f"({kinds.get(found['alternative'], 'two-sided')})"]  # fmt: skip
    for what, ends, kind in (
        ("lift", found["lift_interval"], "log method"),
        ("lift", found["lift_interval_delta"], "delta method"),
        ("the difference", found["difference_interval"], "unpooled"),
        ("A", found["control"]["interval"], "Wilson"),
        ("B", found["treatment"]["interval"], "Wilson"),
    ):
        form = "[{:.3%}, {:.3%}]" if kind == "unpooled" else "[{:.2%}, {:.2%}]"
        said = "none" if ends is None else form.format(*ends)
        lines.append(f"  {100 * found['level']:g}% CI for {what}: {said} ({kind})")
    split, always = found["sample_ratio_p"], found["sequential_p"]
    deals = f"{100 * dealt:.1f}" if dealt >= 0.0005 else "fewer than 0.1"
    words = (found["reason"], f"Recommend: {found['advice']}")
    lines += ["\nOther ways to ask:",
              f"  Visitors shuffled: as far apart in {deals} of 100 deals",
              f"  If you have peeked before: p = {always:.2g} (sequential test)",
              f"  P(B is better) = {found['posterior_better']:.3f} (flat prior)",
              f"  Visitors dealt as planned? p = {split:.2g} (chi-square)",
              f"\nConclusion: {found['verdict']}",
              *(textwrap.fill(text, 79) for text in words)]  # fmt: skip
    return "\n".join(lines)


def run_report(options: argparse.Namespace, rng: Generator) -> Any:
    """Read the counts, say what they tell, and draw it."""
    counts, title, names = DEMO, "New Checkout Button", ["Control (A)", "Treatment (B)"]
    if options.control:
        (na, ca), (nb, cb) = options.control, options.treatment
        counts, title = (ca, na, cb, nb), "A against B"
    elif options.data is not None:
        path = data.find(options.data, {"visits.csv": "ab_cookie_cats.csv"})
        counts, said, column = read_counts(path, options.target)
        title = f"{path.name}, {column}"
        names = [f"{name[:-1]}, {group})" for name, group in zip(names, said)]
    checked(counts[::2], counts[1::2])
    found = analyse(counts, options.alpha, options.ratio, options.alternative)
    print(report(options.name or title, names, found, deal(*counts, 100_000, rng)))
    fig, axes = figures.start(options).subplots(2, 2, figsize=(11, 7))
    for ax, draw in zip(axes.flat, (draw_rates, draw_bells, draw_luck, draw_lift)):
        draw(ax, found)
    fig.suptitle(found["verdict"])
    return fig, None


def run_plan(options: argparse.Namespace, rng: Generator) -> Any:
    """How many visitors, how many days, for a lift of this rate."""
    p, lift, alpha, daily = options.rate, options.lift, options.alpha, options.daily
    sizes = {w: sample_size(p, lift, alpha, w) for w in (0.5, 0.8, 0.9, 0.95)}
    more = sample_size(p, lift / 2, alpha) / sizes[0.8]
    rows = [(f"{w:.0%}", f"{n:,}", f"{math.ceil(2 * n / daily):,}")
            for w, n in sizes.items()]  # fmt: skip
    head = ["power", "visitors a group", f"days at {daily:,} a day"]
    print(f"To find a lift of {lift:g} over a rate of {p:g}; two-sided, α {alpha:g}:\n")
    print(console.table(head, rows))
    print(f"\nChoose before you begin. Half the lift takes {more:.1f} times as many.")
    fig, ax = figures.start(options).subplots()
    draw_power(ax, p, lift, alpha, sizes[0.8])
    return fig, None


def percent(row: Outcome) -> str:
    """The share of alarms, with its standard error."""
    return f"{100 * row.alarms:.1f} % ± {100 * row.error:.2f}"


def run_simulate(options: argparse.Namespace, rng: Generator) -> Any:
    """Many experiments: how often each rule cries wolf, and what it finds."""
    p, lift, looks, each = options.rate, options.lift, options.looks, options.daily // 2
    scatters(p, lift)
    how = (each, looks, options.experiments, rng, options.alpha)
    print(f"{options.experiments:,} experiments, A's rate {p:g}, {looks} looks,\n"
          f"{each:,} more visitors in each group at each look\n")  # fmt: skip
    print("Nothing differs:")
    z, found = machine(p, 0, *how)
    for row in found:
        print(f"{row.rule:<14}false alarms {percent(row)}")
    print(f"\nB has a lift of {lift:g}:", flush=True)
    rows = [(row.rule, percent(row), f"{row.visitors:,.0f}", f"{row.lift:.3f}")
            for row in machine(p, lift, *how)[1]]  # fmt: skip
    print(console.table(["", "power", "visitors a group", "lift when found"], rows))
    fig, _ = figures.start(options).subplots(1, 2, figsize=(11, 4.8))
    return fig, Wolves(fig, z, limits(each, looks, options.alpha))


# The dashboard


class Refusal(Exception):
    """A request that is answered with a status of 400 or above."""

    def __init__(self, status: int, error: str, fields: dict[str, str] | None = None):
        self.status, self.error, self.fields = status, error, fields or {}


def problems(value: Any, schema: dict[str, Any], name: str = "") -> dict[str, str]:
    """What is wrong with a value, by the name of the field; {} if it fits the schema.

    The schema is that of openapi.json: what is promised there is what is checked.
    """
    if schema["type"] == "object":
        if not isinstance(value, dict):
            return {name: "must be an object, in braces"}
        known, at = schema["properties"], f"{name}." if name else ""
        found = {f"{at}{key}"[:60]: "is not known" for key in value if key not in known}
        for key, part in known.items():
            if key in value:
                found |= problems(value[key], part, f"{at}{key}")
            elif key in schema["required"]:
                found[f"{at}{key}"] = "is missing"
        return found
    if schema["type"] == "string":
        fits = value in schema["enum"]
        return {} if fits else {name: f"must be one of {', '.join(schema['enum'])}"}
    low, high, whole = schema["minimum"], schema["maximum"], schema["type"] == "integer"
    fits = type(value) in (int, float) and low <= value <= high
    if fits and not (whole and value % 1):
        return {}
    kind = "a whole number" if whole else "a number"
    return {name: f"must be {kind} from {low:,} to {high:,}"}


def answer_test(body: dict[str, Any]) -> dict[str, Any]:
    """POST /api/test: the analysis of two groups."""
    parts = {name: body[name] for name in ("control", "treatment")}
    many = {f"{name}.conversions": "must not be more than visitors"
            for name, part in parts.items()
            if part["conversions"] > part["visitors"]}  # fmt: skip
    if many:
        raise Refusal(422, "there are more conversions than visitors", many)
    ca, na, cb, nb = (int(part[key]) for part in parts.values()
                      for key in ("conversions", "visitors"))  # fmt: skip
    return analyse((ca, na, cb, nb), body["alpha"], body["ratio"], body["alternative"])


def answer_plan(body: dict[str, Any]) -> dict[str, Any]:
    """POST /api/plan: visitors and days that a test needs."""
    p, lift, alpha, wanted = (body[key] for key in ("rate", "lift", "alpha", "power"))
    try:
        n, half = (sample_size(p, up, alpha, wanted) for up in (lift, lift / 2))
    except ValueError as error:
        raise Refusal(422, str(error), {"lift": str(error)}) from None
    return {"per_arm": n, "days": math.ceil(2 * n / body["daily"]), "half_lift": half}


def answer_peek(body: dict[str, Any]) -> dict[str, Any]:
    """POST /api/peek: 2,000 experiments in which nothing differs, and the z of 40."""
    looks, each, seed = (int(body[key]) for key in ("looks", "visitors", "seed"))
    z, found = machine(body["rate"], 0, each, looks, 2000, np.random.default_rng(seed))
    bent = limits(each, looks)["sequential"].tolist()
    alarms = {row.rule: row.alarms for row in found}
    return {"alarms": alarms, "boundary": bent, "paths": z[:40].round(3).tolist()}


def answer_counts(text: bytes) -> dict[str, Any]:
    """POST /api/counts: the counts in a CSV file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "upload.csv")
        path.write_bytes(text)
        try:
            (ca, na, cb, nb), names, column = read_counts(path)
        except ValueError as error:
            raise Refusal(422, str(error), {"file": str(error)}) from None
    sides = {"control": (na, ca), "treatment": (nb, cb)}
    parts = {k: {"visitors": n, "conversions": c} for k, (n, c) in sides.items()}
    return {**parts, "names": names, "column": column}


ANSWERS = {"test": answer_test, "plan": answer_plan, "peek": answer_peek}


def read_body(schema: dict[str, Any]) -> dict[str, Any]:
    """The JSON of the request, checked, with the defaults of what was left out."""
    from flask import request

    if request.mimetype != "application/json":
        raise Refusal(415, "send JSON, with Content-Type: application/json")
    try:
        body = json.loads(request.get_data(), parse_constant=int)  # int refuses NaN
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise Refusal(400, "the body must be an object, in braces")
    if bad := problems(body, schema):
        raise Refusal(422, "some fields are wrong", bad)
    known = schema["properties"].items()
    return {key: part.get("default") for key, part in known} | body


def send(found: Any, status: int = 200) -> Any:
    """An answer in JSON."""
    from flask import Response

    return Response(json.dumps(found) + "\n", status, mimetype="application/json")


def create_app() -> "Flask":
    """The dashboard and its JSON API, as `openapi.json` describes it."""
    from flask import Flask, request, send_from_directory

    app = Flask("ab_testing", static_folder=PAGES, static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = BODY
    api = json.loads((PAGES / "openapi.json").read_text(encoding="utf-8"))
    app.get("/", endpoint="page")(lambda: send_from_directory(PAGES, "index.html"))
    app.get("/health", endpoint="health")(lambda: send({"status": "ok"}))
    app.get("/openapi.json", endpoint="api")(lambda: send(api))

    @app.post("/api/<any(test, plan, peek):name>")
    def answer(name: str) -> Any:
        return send(ANSWERS[name](read_body(api["components"]["schemas"][name])))

    @app.post("/api/counts")
    def file() -> Any:
        if request.mimetype != "text/csv":
            raise Refusal(415, "send a CSV file, with Content-Type: text/csv")
        return send(answer_counts(request.get_data()))

    return guarded(app)


def guarded(app: "Flask") -> "Flask":
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


def make_server(port: int) -> Any:
    """A server for this machine alone; even what is no HTTP is answered in JSON."""
    import logging
    from socket import create_server  # refuses a port that is taken, on Windows too

    import waitress  # type: ignore[import-untyped]
    import waitress.utilities  # type: ignore[import-untyped]

    def in_json(error: Any, ident: object = None) -> tuple[str, list[Any], bytes]:
        body = json.dumps({"error": error.reason.lower(), "fields": {}}).encode()
        kind = [("Content-Type", "application/json")]
        return f"{error.code} {error.reason}", kind, body

    waitress.utilities.Error.to_response = in_json
    logging.getLogger("waitress").setLevel(logging.ERROR)  # that some wait is no news
    how = {"threads": 8, "connection_limit": 500, "max_request_body_size": 16 * BODY}
    try:
        sockets = [create_server(("127.0.0.1", port))]
    except OSError:
        raise ValueError(f"port {port} is taken, or forbidden: try another") from None
    return waitress.create_server(create_app(), sockets=sockets, **how)


def serve(port: int) -> int:
    """Serve the dashboard until Ctrl-C."""
    server = make_server(port)
    print(f"Open http://127.0.0.1:{port} in a browser; Ctrl-C ends this.", flush=True)
    server.run()  # waitress ends it at Ctrl-C, and swallows that
    server.close()
    raise KeyboardInterrupt


def count(text: str) -> int:
    """The type of visitors and conversions: 4532, 4,532 or 1e6."""
    return console.whole(0, LARGEST)(text.replace(",", ""))


SETTINGS = (  # name, type, default, help
    ("alpha", console.number(1e-6, 0.5), 0.05, "accepted false alarms, up to 0.5"),
    ("ratio", console.number(0.01, 0.99), 0.5, "planned share of visitors in A"),
    ("rate", console.number(1e-6, 1 - 1e-6), 0.05, "A's rate, 0 to 1"),
    ("lift", console.number(-1, 1e6), 0.1, "B's lift, as a share of A's rate"),
    ("daily", console.whole(2, 10**8), 2000, "visitors a day, both groups together"),
    ("looks", console.whole(1, 400), 10, "looks at the numbers, one a day"),
    ("experiments", console.whole(100, 10**6), 100_000, "how many to simulate"),
    ("port", console.whole(1, 65_535), 8011, "where the dashboard is served"),
)


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase3_probability/ab_testing.py --control 4532 203 \
--treatment 4621 248
        python phase3_probability/ab_testing.py visits.csv --target retained_day7
        python phase3_probability/ab_testing.py --plan --rate 0.05 --lift 0.1
        python phase3_probability/ab_testing.py serve --port 8011"""
    parser = console.parser(__file__, __doc__, examples)
    add = parser.add_argument
    file = "CSV file: group,visitors,conversions, or group,converted with a row "
    file += "a visitor; the word serve opens the dashboard"
    add("data", nargs="?", metavar="file", help=file)
    for name in ("control", "treatment"):
        add(f"--{name}", nargs=2, type=count, metavar=("VISITORS", "CONVERSIONS"),
            help=f"counts of the {name} group")  # fmt: skip
    add("--name", metavar="TEXT", help="title of the report")
    add("--target", metavar="NAME", help="column of the file that counts conversions")
    which, kinds = "two-sided", ["two-sided", "larger", "smaller"]
    extreme = f"which z count as extreme (default {which}; larger: B is better)"
    add("--alternative", choices=kinds, default=which, help=extreme)
    mode = parser.add_mutually_exclusive_group().add_argument
    for flag, run, does in (
        ("plan", run_plan, "visitors and days that a test needs"),
        ("simulate", run_simulate, "how often each rule cries wolf"),
    ):
        mode(f"--{flag}", dest="run", action="store_const", const=run, help=does)
    for name, kind, default, said in SETTINGS:
        add(f"--{name}", type=kind, default=default, metavar="N",
            help=f"{said} (default {default})")  # fmt: skip
    figures.add_options(parser, __file__, script="left right home end")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the part of the chapter that the options ask for."""
    options = build_parser().parse_args(argv)
    if bool(options.control) != bool(options.treatment):
        raise ValueError("--control and --treatment belong together: give both")
    given = (options.data is not None, options.control, options.run)
    if sum(map(bool, given)) > 1:
        raise ValueError("a file, --control, --plan, --simulate, serve: one at a time")
    if options.target and not options.data:
        raise ValueError("--target names a column of a file: give the file too")
    if options.looks * options.experiments > 10**7 and options.run == run_simulate:
        raise ValueError("looks times experiments: 10 million at most, for the memory")
    if options.data == "serve":
        return serve(options.port)
    run = options.run or run_report
    fig, film = run(options, np.random.default_rng(options.seed))
    figures.finish(options, fig, film=film)
    return 0


if __name__ == "__main__":
    console.run(main)
