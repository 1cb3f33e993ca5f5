"""Chapter 9. Monte Carlo: throw darts at a square, get π.

Throw rice on a square into which a circle is drawn, blindly, so that every place is
equally likely. The share of the grains that fall into the circle is, nearly, the
share of the square that the circle covers, and that is π / 4. So count, and multiply:

    π ≈ 4 · hits / darts        standard error = 4 √(p (1 − p) / n),   p = hits / n

Nothing was known about π, and yet it comes out; chance has computed an area. The error
shrinks like 1/√n: four times the darts, half the error. What works for this area works
for any integral, since an integral is a mean height times a width, and a mean can be
had from a sample.

You will see darts fall while the estimate settles in the band that 95 of 100 runs keep
to; a race in which 10,000 well-spread points do better than a hundred billion darts
(--race); and intervals that hold the truth as often as they promise, or do not
(--coverage). A million darts take a moment, 1,000,000,000 a few seconds, and not a byte
more of memory.

    python phase3_probability/monte_carlo_pi.py 1000000
    python phase3_probability/monte_carlo_pi.py --race
    python phase3_probability/monte_carlo_pi.py --coverage
    python phase3_probability/monte_carlo_pi.py --integrand "exp(-x**2)" --range 0 1
    python phase3_probability/monte_carlo_pi.py --buffon
    python phase3_probability/monte_carlo_pi.py --ball 12

Names
    points   (n, 2)  the darts, a row each, in the square [-1, 1]²
    inside   (n,)    True where a dart hit the circle of radius 1 round (0, 0)
    n                how many darts, points or needles
    p                the share of them that hit, hits / n
    error            the standard error: how far estimates scatter from run to run

What this leaves out: importance sampling, control variates, Markov chains; the error
of quasi-random points in theory (Koksma and Hlawka); how random numbers are made.

Source: Bhargava, "Grokking Algorithms", chapter 10; Metropolis and Ulam, "The Monte
Carlo method" (1949); Owen, "Monte Carlo theory, methods and examples", chapters 2, 8.
"""

import argparse
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.random import SFC64, Generator, SeedSequence

from common import console, expressions, figures

Axes = Any  # of matplotlib, which is imported late
Function = Callable[..., Any]
Numbers = Callable[[int], np.ndarray]  # draw(m) gives m numbers, new ones at every call
Estimates = Iterator[tuple[int, float]]  # darts so far, estimate of π
Means = Iterator[tuple[int, float, float]]  # numbers so far, their mean, its error
Pair = tuple[float, float]  # a number, and how uncertain it is

BLOCK = 32_768  # darts at a time: their 512 KiB stay in the cache of a processor
STREAMS = 8  # of random numbers, however many processors there are
Z = 1.959964  # 95 % of a bell curve lies within so many standard deviations
GOLDEN = (math.sqrt(5) - 1) / 2
DOTS = 2000  # that a picture shows
HUGE = 1e140  # the squares of larger numbers could add up to infinity


# --------------------------------------------------------------------------
# Milestone 1: the share of hits is the share of area


def throw(n: int, rng: Generator, d: int = 2) -> np.ndarray:
    """n darts in the square [-1, 1]², every place equally likely: -> (n, 2).

    With d = 3 points of a cube, and so on: -> (n, d).
    """
    return rng.uniform(-1, 1, (n, d))


def inside_circle(points: np.ndarray) -> np.ndarray:
    """Whether each dart hit the circle of radius 1 round (0, 0): (n, 2) -> (n,).

        x² + y² ≤ 1

    Of points (n, d), whether Σ x² ≤ 1: in space that is a ball.

    >>> inside_circle(np.array([[0.5, 0.5], [0.8, -0.8]]))
    array([ True, False])
    """
    return (np.asarray(points) ** 2).sum(axis=1) <= 1


def blocks(n: int) -> Iterator[int]:
    """Sizes of at most BLOCK that add up to n; n darts at once may not fit in memory.

    ValueError if n is below 1.
    """
    if n < 1:
        raise ValueError(f"the number of darts must be at least 1, and it is {n}")
    for left in range(n, 0, -BLOCK):
        yield min(left, BLOCK)


def count_hits(n: int, rng: Generator) -> int:
    """How many of n darts hit, said plainly: block by block, only a count is kept."""
    return sum(int(inside_circle(throw(m, rng)).sum()) for m in blocks(n))


# The same, made fast. Skip these three and the class on a first reading.


def throw_bits(n: int, rng: Generator) -> np.ndarray:  # given
    """n darts as whole numbers from −2³¹ to 2³¹: the square in small units, (n, 2).

    Fast, because one draw of 64 random bits makes both coordinates.
    """
    bits = rng.integers(2**64 - 1, size=n, dtype=np.uint64, endpoint=True)
    return bits.view(np.int32).reshape(n, 2)


def count_fast(n: int, rng: Generator) -> int:  # given
    """How many of n darts hit: fast, because their block stays in the cache."""
    room, hits = np.empty((BLOCK, 2)), 0
    for left in range(n, 0, -BLOCK):
        points = room[: min(left, BLOCK)]
        points[:] = throw_bits(len(points), rng)
        points *= points
        hits += int(np.count_nonzero(points[:, 0] + points[:, 1] <= 2.0**62))
    return hits


def streams(rng: Generator) -> list[Generator]:  # given
    """Generators that know nothing of each other, so that each can have a thread.

    SFC64 makes a number in less time than numpy's usual generator.
    """
    seed = SeedSequence(rng.integers(2**32, size=4).tolist())
    return [Generator(SFC64(child)) for child in seed.spawn(STREAMS)]


class Thrower:  # given
    """Throws darts on all processors, and counts: `Thrower(rng).hits(10**9)`.

    Blocks of darts are dealt to the streams in turn, like cards. So the first million
    darts of a seed are the same on every machine, and however often one looks at them.
    """

    def __init__(self, rng: Generator):
        self.streams, self.thrown = streams(rng), 0

    def hits(self, n: int) -> int:
        """How many of the next n darts hit."""
        before = self.dealt(self.thrown)
        self.thrown += n
        parts = [now - then for now, then in zip(self.dealt(self.thrown), before)]
        if n < BLOCK * STREAMS:
            return sum(map(count_fast, parts, self.streams))
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # fast: numpy frees Python
            return sum(pool.map(count_fast, parts, self.streams))

    def dealt(self, n: int) -> list[int]:
        """How many of the first n darts each stream throws."""
        rounds, rest = divmod(n, BLOCK * STREAMS)
        last = [min(max(rest - i * BLOCK, 0), BLOCK) for i in range(STREAMS)]
        return [rounds * BLOCK + extra for extra in last]


def estimate_pi(n: int, rng: Generator) -> float:
    """π from n darts: 4 · hits / n. ValueError if n is below 1.

    The circle has the area π, the square around it 2 · 2 = 4, so a dart hits with the
    probability π / 4. `count_hits(n, rng)` counts; `Thrower(rng).hits(n)` is faster.
    """
    if n < 1:
        raise ValueError(f"the number of darts must be at least 1, and it is {n}")
    return 4 * Thrower(rng).hits(n) / n


# --------------------------------------------------------------------------
# Milestone 2: the more darts, the nearer


def path(inside: np.ndarray) -> np.ndarray:
    """The estimate of π after the first dart, the second, and so on: (n,) -> (n,).

    >>> path(np.array([True, True, False, True]))
    array([4.        , 4.        , 2.66666667, 3.        ])
    """
    return 4 * np.cumsum(inside) / np.arange(1, len(inside) + 1)


def estimates(stops: Iterable[int], rng: Generator) -> Estimates:
    """Yields (darts, estimate) at each of the rising numbers of darts in `stops`.

    It goes on throwing from stop to stop, and keeps two numbers, darts and hits: the
    memory does not grow. The darts are those of `estimate_pi(n, rng)`.
    """
    thrower, hits, darts = Thrower(rng), 0, 0
    for stop in stops:
        hits += thrower.hits(stop - darts)
        darts = stop
        yield darts, 4 * hits / darts


def running_estimate(n: int, rng: Generator, chunk: int = 1_000_000) -> Estimates:
    """Yields (darts, estimate) after every `chunk` of darts, and last after all n.

    ValueError if n or chunk is below 1.
    """
    if n < 1 or chunk < 1:
        raise ValueError(f"n = {n} darts, {chunk} at a time: both must be at least 1")
    yield from estimates((min(at, n) for at in range(chunk, n + chunk, chunk)), rng)


def looks(n: int, most: int = 20_000_000) -> Iterator[int]:
    """When to look: 1, 2, 3 …, then every eighth more, all powers of ten, last n.

    On a scale of 10, 100, 1,000 … these are evenly spread. No step is above `most`.
    """
    at = 0
    while at < n:
        step = min(max(1, at // 8), most)
        at = min(at + step, 10 ** len(str(at)), n)
        yield at


# --------------------------------------------------------------------------
# Milestone 3: four times the darts, half the error


def standard_error(estimate: float, n: int) -> float:
    """Standard error of an estimate of π from n darts: 4 √(p (1 − p) / n).

    A dart counts 1 or 0. Such a number has the variance p (1 − p), the mean of n of
    them an n-th of that; the root is the deviation, and π is 4 times the mean. With
    p = estimate / 4 that is √(estimate (4 − estimate) / n).
    ValueError if the estimate is not from 0 to 4, or n below 1.
    """
    if not 0 <= estimate <= 4 or n < 1:
        raise ValueError(f"{estimate} of {n} darts is no estimate: 4 · hits / n is")
    return math.sqrt(estimate * (4 - estimate) / n)


def slope(x: np.ndarray, y: np.ndarray) -> float:
    """The power b in y ≈ c · x**b: slope of the straight line through log x, log y.

        b = Σ u v / Σ u²      u, v = log x and log y less their means (least squares)

    ValueError if a number is not above 0, or all x are equal.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if not (x.min() > 0 and y.min() > 0 and x.max() > x.min()):
        raise ValueError("a slope of logarithms needs numbers above 0, and not one x")
    u = np.log(x) - np.log(x).mean()
    return float(u @ np.log(y) / (u @ u))


def rms(errors: np.ndarray) -> np.ndarray:
    """Root mean square of the errors of many runs: (runs, k) -> (k,)."""
    return np.sqrt((errors**2).mean(axis=0))


def exponent(ns: np.ndarray, errors: np.ndarray) -> Pair:
    """The power of n with which errors (runs, k) fall, and how sure that is.

    One slope for each tenth of the runs: their mean and standard deviation.
    """
    slopes = [slope(ns, rms(tenth)) for tenth in np.array_split(errors, 10)]
    return float(np.mean(slopes)), float(np.std(slopes))


def errors_of_runs(ns: np.ndarray, runs: int, rng: Generator) -> np.ndarray:
    """Estimate − π after ns darts (k rising numbers), in each run: -> (runs, k)."""
    last = int(ns[-1])
    paths = (path(inside_circle(throw(last, rng))) for _ in range(runs))
    return np.array([estimate[ns - 1] for estimate in paths]) - math.pi


def wald_interval(hits: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the usual 95 % interval for π: the estimate ± Z standard errors.

    When all darts hit, or none, its length is 0, and it is sure of a wrong number.
    """
    p = np.asarray(hits) / n
    half = Z * np.sqrt(p * (1 - p) / n)
    return 4 * (p - half), 4 * (p + half)


def wilson_interval(hits: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends of Wilson's 95 % interval for π: all p that the hits do not speak against.

        |hits / n − p| ≤ Z √(p (1 − p) / n)        solved for p, a quadratic equation

    The scatter is that of the p asked about, not of the share that happened to come.
    """
    share, more = np.asarray(hits) / n, Z**2 / n
    middle = (share + more / 2) / (1 + more)
    half = np.sqrt(share * (1 - share) * more + more**2 / 4) / (1 + more)
    return 4 * (middle - half), 4 * (middle + half)


def coverage(interval: Function, n: int, rng: Generator, repeats: int = 1000) -> float:
    """The share of experiments, of n darts each, whose interval holds π."""
    inside = inside_circle(throw(repeats * n, rng)).reshape(repeats, n)
    low, high = interval(inside.sum(axis=1), n)
    return float(((low <= math.pi) & (math.pi <= high)).mean())


# --------------------------------------------------------------------------
# Milestone 4: any mean will do, and some points are better than chance


def running_mean(draw: Numbers, n: int) -> Means:
    """Yields (count, mean, standard error) of the numbers drawn, after every block.

        error = √(S / (n − 1) / n)        S = Σ (y − mean)²

    S is never Σ y² − n mean²: for large y that takes two nearly equal numbers from
    each other, and the digits are gone. A new block brings its own S, and the way
    between the two means (Welford; Chan, Golub and LeVeque).
    """
    count, mean, S = 0, 0.0, 0.0
    for m in blocks(n):
        y = draw(m)
        way = float(y.mean()) - mean
        S += float(((y - y.mean()) ** 2).sum()) + way**2 * count * m / (count + m)
        count += m
        mean += way * m / count
        yield count, mean, math.sqrt(S / max(count - 1, 1) / count)


def heights(f: Function, a: float, b: float, m: int, rng: Generator) -> np.ndarray:
    """(b − a) f(x) at m random x from a to b; their mean is the integral: -> (m,).

    f takes an array (m,) and gives one, or gives a single number, if it is constant.
    ValueError if it has no value at one of them, or one not below HUGE, with the
    place: "… x = 0.25 …".
    """
    x = a + (b - a) * rng.random(m)
    with np.errstate(all="ignore"):
        y = (b - a) * np.asarray(f(x), dtype=float) + 0 * x  # f may be constant
    bad = ~(np.abs(y) < HUGE)  # subtle: nan is not below it either
    if bad.any():
        place = f"there is no value, or a huge one, at x = {x[bad][0]:.6g}"
        raise ValueError(f"{place}: choose a range without such places")
    return y


def integrate(f: Function, a: float, b: float, n: int, rng: Generator) -> Pair:
    """∫ f(x) dx from a to b from n random points, and its standard error.

        ∫ f(x) dx = (b − a) · mean height ≈ (b − a) Σ f(xᵢ) / n

    f is as in `heights`. However large n is, only a block of points is in memory.
    ValueError if n is below 2, which shows no scatter, or f has holes.
    """
    if n < 2:
        raise ValueError(f"an error bar needs 2 points at least, and n is {n}")
    *_, (_, value, error) = running_mean(lambda m: heights(f, a, b, m, rng), n)
    return value, error


def tail_share(y: np.ndarray, k: int = 10) -> float:
    """The share of Σ (y − mean)² that the k values farthest from the mean own.

    A few of many should own next to nothing. Where they own a tenth, the next rare
    value may be larger than all so far, and mean and error say little. 0 if all are
    equal.
    """
    squares = np.sort((y - np.mean(y)) ** 2)
    return float(squares[-k:].sum() / (squares.sum() or 1.0))


def antithetic(n: int, rng: Generator) -> np.ndarray:
    """n points of [0, 1]: each x has its mirror image 1 − x beside it: -> (n,).

    Where f rises from 0 to 1 one of the two is too high, the other too low. If n is
    odd, the last point has no image.
    """
    x = rng.random(n - n // 2)
    return np.concatenate([x, 1 - x])[:n]


def stratified(n: int, rng: Generator) -> np.ndarray:
    """n points of [0, 1], one at random in each of n equal pieces: -> (n,)."""
    return (np.arange(n) + rng.random(n)) / n


def golden(n: int, rng: Generator) -> np.ndarray:
    """n points of [0, 1], from a random start each a golden ratio on, round and round.

    Each falls into one of the widest gaps that the others have left: -> (n,).
    """
    return (rng.random() + GOLDEN * np.arange(n)) % 1


def quarter(x: np.ndarray) -> np.ndarray:
    """4 √(1 − x²): four times the height of the circle over x; its mean is π."""
    return 4 * np.sqrt(1 - x**2)


WAYS: dict[str, Function] = {  # each gives n numbers whose mean is π, or nearly
    "darts": lambda n, rng: 4.0 * inside_circle(throw(n, rng)),
    "integral": lambda n, rng: quarter(rng.random(n)),
    "antithetic": lambda n, rng: quarter(antithetic(n, rng)),
    "golden ratio": lambda n, rng: quarter(golden(n, rng)),
    "stratified": lambda n, rng: quarter(stratified(n, rng)),
}


def errors_of_ways(ns: np.ndarray, runs: int, rng: Generator) -> dict[str, np.ndarray]:
    """Errors of each of the WAYS, from ns points (k numbers): name -> (runs, k)."""
    errors = {}
    for name, way in WAYS.items():
        found = [[way(n, rng).mean() for n in ns] for _ in range(runs)]
        errors[name] = np.array(found) - math.pi
    return errors


def drop_needles(n: int, rng: Generator) -> np.ndarray:
    """Both ends of n needles of length 1 on a floor of boards of width 1: (n, 2, 2).

    Their middles lie anywhere on a floor 10 wide and 5 high: x 0 to 10, y 0 to 5.
    The direction is that of a point drawn from a bell curve in x and in y, which has
    no favourite one. (To draw an angle from 0 to 2π would be to know π beforehand.)
    """
    middle = rng.uniform([0, 0], [10, 5], (n, 2))
    turn = rng.normal(size=(n, 2))
    half = turn / np.linalg.norm(turn, axis=1, keepdims=True) / 2
    return np.stack([middle - half, middle + half], axis=1)


def crosses(needles: np.ndarray) -> np.ndarray:
    """Whether each needle lies across a seam, y = 0, 1, 2 …: (n, 2, 2) -> (n,)."""
    board = np.floor(needles[:, :, 1])  # (n, 2), the board on which each end lies
    return board[:, 0] != board[:, 1]


def ball_darts(d: int, rng: Generator) -> Numbers:
    """draw(m) gives 1 or 0 for m darts in a cube of d dimensions: 1 hit the ball."""
    return lambda m: 1.0 * inside_circle(throw(m, rng, d))


def ball_volume(d: int) -> float:
    """Volume of the ball of radius 1 in d dimensions: π^(d/2) / Γ(d/2 + 1).

    Γ is `math.gamma`: Γ(n + 1) = 1 · 2 · … · n, and defined between whole n as well.
    """
    return math.pi ** (d / 2) / math.gamma(d / 2 + 1)


# --------------------------------------------------------------------------
# The picture


class LiveDarts(figures.Film):
    """The film: darts fall, the estimate settles in its band, the error shrinks.

    N throws anew, with the next seed; the whole ways of former runs stay, in grey.
    """

    KEYS = f"N throw anew  {figures.Film.KEYS}"

    def __init__(self, fig: Any, history: list[Any], seed: int):
        self.square, self.right, self.below = fig.axes
        blue, red = figures.COLOURS[:2]
        (self.hit,) = self.square.plot([], [], "o", ms=3.5, mew=0, color=blue)
        (self.missed,) = self.square.plot([], [], "s", ms=3.5, mew=0, color=red)
        (self.way,) = self.right.plot([], [], color=blue, zorder=3)
        (self.off,) = self.below.plot([], [], color=blue, lw=1.2)
        self.load(history, seed)
        super().__init__(fig, self.draw, self.frames, fps=8)

    def load(self, history: list[Any], seed: int) -> None:
        """Let the film be of this run (darts and estimates so far): 45 frames or so."""
        self.seed, (self.darts, self.estimates) = seed, np.array(history).T[:2]
        first = streams(np.random.default_rng(seed))[0]  # it threw the first block
        self.points = throw_bits(min(int(self.darts[-1]), DOTS), first) / 2**31
        self.shown = np.arange(len(history))[:: -(len(history) // 45 + 1)][::-1]
        self.frames = len(self.shown)

    def draw(self, frame: int) -> None:
        """Frame `frame`: the darts thrown by then, and what they say of π."""
        until = self.shown[frame] + 1
        darts, estimate = self.darts[:until], self.estimates[:until]
        n, points = int(darts[-1]), self.points[: int(darts[-1])]
        inside = inside_circle(points)
        self.hit.set_data(*points[inside].T)
        self.missed.set_data(*points[~inside].T)
        self.way.set_data(darts, estimate)
        self.off.set_data(darts, np.abs(estimate - math.pi))
        self.square.set_title(f"{n * estimate[-1] / 4:,.0f} of {n:,} darts hit")
        self.right.set_title(f"π ≈ 4 · hits / darts = {estimate[-1]:.5f}")

    def on_key(self, event: Any) -> None:
        """N: another run, from its first dart; the rest as in every film."""
        if event.key != "n":
            super().on_key(event)
            return
        self.right.plot(self.darts, self.estimates, color=figures.MUTED, lw=0.5)
        n, rng = int(min(self.darts[-1], 1e7)), np.random.default_rng(self.seed + 1)
        self.load(list(estimates(looks(n), rng)), self.seed + 1)
        self.playing = True
        self.go(0)


def draw_stage(fig: Any, n: int, ns: np.ndarray, errors: np.ndarray) -> None:
    """What stands still: the circle, the band of 95 %, the errors of many runs."""
    square, right, below = fig.axes
    edge, x = np.linspace(0, 2 * math.pi, 200), np.geomspace(1, max(n, 10), 200)
    sigma = standard_error(math.pi, 1) / np.sqrt(x)
    square.plot(np.cos(edge), np.sin(edge), color=figures.INK, lw=1)
    square.set(xlim=(-1, 1), ylim=(-1, 1), xticks=[], yticks=[], aspect=1)
    some = f"   (the first {DOTS:,})" * (n > DOTS)
    square.set_xlabel(f"blue: hit   orange: missed{some}")
    square.spines[:].set_visible(True)
    right.fill_between(x, math.pi - Z * sigma, math.pi + Z * sigma, alpha=0.15)
    right.axhline(math.pi, color=figures.INK, lw=1)
    right.text(x[-1], 3.87, "of 100 runs 95 end in the band", ha="right", fontsize=10)
    right.set(xscale="log", xlim=(1, x[-1]), ylim=(2.4, 4.05), ylabel="estimate of π")
    below.loglog(x, sigma, "--", color=figures.INK, lw=1.2)
    below.loglog(ns, rms(errors), "o", ms=5, color=figures.COLOURS[1])
    below.set(xlabel="darts", ylabel="error", xlim=(1, x[-1]), ylim=(sigma[-1] / 30, 9))
    note = f"dots: {len(errors)} runs   dashes: 1.64 / √darts"
    below.text(x[-1], 2.5, note, ha="right", fontsize=10)
    for ax in (right, below):
        ax.minorticks_off()  # to draw them would take half of the time of a frame
    below.set_title(f"4 × the darts: error × {4 ** exponent(ns, errors)[0]:.2f}")


def draw_race(ax: Axes, ns: np.ndarray, errors: dict[str, np.ndarray]) -> None:
    """The error of every way against the number of points, and its power of n."""
    for ink, mark, name in zip(figures.COLOURS, figures.MARKERS, errors):
        y, power = rms(errors[name]), f"power {exponent(ns, errors[name])[0]:.2f}"
        ax.loglog(ns, y, mark + "-", color=ink)
        ax.text(1.15 * ns[-1], y[-1], f"{name}: {power}", color=ink, weight="bold")
    ax.set(xlabel="points", ylabel="error of π", xlim=(0.8 * ns[0], 20 * ns[-1]))


def draw_intervals(ax: Axes, name: str, low: np.ndarray, high: np.ndarray) -> None:
    """Intervals side by side, in orange those that do not hold π."""
    missed = (low > math.pi) | (high < math.pi)
    for some, ink in zip((~missed, missed), figures.COLOURS):
        ax.vlines(np.flatnonzero(some), low[some], high[some], color=ink, lw=1.6)
        ax.plot(np.flatnonzero(some), (low + high)[some] / 2, ".", ms=4, color=ink)
    ax.axhline(math.pi, color=figures.INK, lw=1)
    ax.set(title=f"{name}: {missed.sum()} of {len(low)} miss π", xlabel="experiment")


def draw_integrand(ax: Axes, f: Function, x: np.ndarray, mean: float) -> None:
    """The curve, its height at random places, and the mean height."""
    line, (blue, red) = np.linspace(x.min(), x.max(), 800), figures.COLOURS[:2]
    low, high = np.quantile([*np.nanquantile(f(line), [0.01, 0.99]), mean, 0], [0, 1])
    edge = 0.07 * (high - low) + 1e-12
    ax.vlines(x[:60], 0, f(x[:60]), color=blue, lw=1, alpha=0.5, label="random heights")
    ax.plot(line, f(line), color=blue)
    ax.fill_between(line[[0, -1]], 0, mean, color=red, alpha=0.15)
    ax.axhline(mean, color=red, ls="--", label="mean height")
    ax.set(xlabel="x", ylabel="f(x)", ylim=(low - edge, high + edge))
    ax.legend()


def draw_needles(ax: Axes, needles: np.ndarray) -> None:
    """Needles on the boards: blue across a seam, red on one board."""
    ax.hlines(range(6), -0.5, 10.5, color=figures.MUTED, lw=1)
    for some, ink in zip((crosses(needles), ~crosses(needles)), figures.COLOURS):
        ax.plot(*needles[some].T, color=ink, lw=1.5)
    ax.set(xlim=(-0.5, 10.5), ylim=(-0.6, 5.6), aspect=1)
    ax.set_axis_off()


# --------------------------------------------------------------------------
# The command line


def patience(n: int) -> str:
    """How long n darts will take here, going by ten million of them."""
    began = time.perf_counter()
    Thrower(np.random.default_rng(0)).hits(10**7)
    rate = 1e7 / (time.perf_counter() - began)
    minutes = n / rate / 60
    about = f"{minutes:.1f} minutes" if minutes < 60 else f"{minutes / 60:,.1f} hours"
    return f"  ({rate / 1e6:,.0f} million a second: about {about}; Ctrl-C stops)\n"


def bar95(value: float, error: float) -> str:
    """The value and its 95 % error bar, with no more digits than mean something."""
    half = Z * error
    places = 1 - math.floor(math.log10(half)) if half > 0 else 6
    return f"{round(value, places):.12g} ± {half:.2g}"


def watch(steps: Means, n: int, name: str, tell: Function = lambda *_: "") -> list[Any]:
    """Go through steps (done, value, error); gives some of them, and the last.

    Meanwhile a bar, and what `tell` says of a step. Ctrl-C prints what is known so far,
    and ends the program.
    """
    from tqdm import tqdm

    last = (0, math.nan, math.nan)
    kept = [last]
    with tqdm(total=n, unit_scale=True, disable=None, delay=1, leave=False) as bar:
        try:
            for last in steps:
                bar.update(last[0] - bar.n)
                if line := tell(*last):
                    bar.clear()
                    print(line, flush=True)
                if last[0] > 1.06 * kept[-1][0] or last[0] == n:
                    kept.append(last)
        except KeyboardInterrupt:
            bar.clear()
            print(f"\nStopped after {last[0]:,} of {n:,}: {name} ≈ {bar95(*last[1:])}")
            raise
    return kept[1:]


def progress(darts: int, estimate: float, n: int) -> str:
    """The line about so many darts, at powers of ten from 1,000 on and at the end."""
    size = len(str(darts)) - 1
    if darts != n and (darts < 1000 or darts != 10**size):
        return ""
    digits, off = max(3, size - 1), 100 * abs(estimate / math.pi - 1)
    said = f"π ≈ {estimate:.{digits}f} (error: {off:.{max(2, size - 3)}f}%)"
    return f"  {darts:,} dart{'s' * (darts > 1)}: {said}"


def run_darts(options: argparse.Namespace, rng: Generator) -> Any:
    """Throw darts and say what they tell: the figure and its film."""
    n = options.n
    darts = f"{n:,} dart{'s' * (n > 1)}"
    print(f"Running Monte Carlo simulation with {darts}...\n\nProgress:")
    print(patience(n) if n > 10**9 else "", end="", flush=True)
    steps = ((m, e, standard_error(e, m)) for m, e in estimates(looks(n), rng))
    history = watch(steps, n, "π", lambda m, e, _: progress(m, e, n))
    _, estimate, error = history[-1]
    low, high = wilson_interval(n * estimate / 4, n)
    holds = "holds π" if low <= math.pi <= high else "misses π, as 5 of 100 do"
    print(f"\nTrue π = {math.pi:.8f}...\n")
    print(f"Standard error, from the hits alone: {error:.2g}")
    print(f"95 % interval: {low:.6g} to {high:.6g}; it {holds}")
    ns = np.array([10, 30, 100, 300, 1000, 3000, 10_000])
    errors = errors_of_runs(ns, 400, rng)
    power = "{:.2f} ± {:.2f}".format(*exponent(ns, errors))
    print(f"The error falls as darts to the power {power} (400 runs, to 10,000 darts)")
    fig, _ = figures.start(options).subplot_mosaic("DR;DE", figsize=(11, 5.6))
    draw_stage(fig, n, ns, errors)
    return fig, LiveDarts(fig, history, options.seed)


def run_integrand(options: argparse.Namespace, rng: Generator) -> Any:
    """The integral of a typed function, with its error bar or a warning."""
    f, (a, b), n = expressions.parse(options.integrand), options.range, options.n
    if a == b or n < 2:
        raise ValueError("a range has two different ends, and an error bar 2 points")
    owned = tail_share(heights(f, a, b, 100_000, rng))
    steps = running_mean(lambda m: heights(f, a, b, m, rng), n)
    _, value, error = watch(steps, n, "integral")[-1]
    print(f"∫ {f} dx from {a:g} to {b:g}, {n:,} random points:")
    print(f"  {bar95(value, error)}  (95 %)")
    title = f"Mean height · width = {bar95(value, error)}"
    if owned > 0.1:
        title = "A few values decide: do not believe the error bar"
        print(f"{title}.\n10 of 100,000 values own {100 * owned:.0f} % of the scatter: "
              "rare places decide\nthis integral, if it exists at all.")  # fmt: skip
    fig, ax = figures.start(options).subplots(num="Integral")
    draw_integrand(ax, f, a + (b - a) * rng.random(5000), value / (b - a))
    ax.set_title(title)
    return fig, None


def run_race(options: argparse.Namespace, rng: Generator) -> Any:
    """Five ways to π from the same numbers of points."""
    ns = np.array([100, 316, 1000, 3162, 10_000, 31_622])
    print("Five ways to π, each 200 times; error: root mean square\n", flush=True)
    errors, rows = errors_of_ways(ns, 200, rng), []
    for name, found in errors.items():
        error, power = rms(found), "{:.2f} ± {:.2f}".format(*exponent(ns, found))
        worth = float(f"{(standard_error(math.pi, 1) / error[4]) ** 2:.2g}")
        rows.append([name, *(f"{e:.2g}" for e in error[:5:2]), power, f"{worth:,.0f}"])
    head = ["points", "100", "1,000", "10,000", "power", "10,000 are worth (darts)"]
    print(console.table(head, rows))
    fig, ax = figures.start(options).subplots(figsize=(9, 5.4), num="Race")
    draw_race(ax, ns, errors)
    ax.set_title(f"10,000 stratified points are worth {worth / 1e9:,.0f} billion darts")
    return fig, None


def run_coverage(options: argparse.Namespace, rng: Generator) -> Any:
    """How often a 95 % interval holds what it should."""
    kinds, rows = {"Wald": wald_interval, "Wilson": wilson_interval}, []
    print("Of 1,000 intervals of 95 % so many hold π:\n", flush=True)
    for n in (5, 10, 20, 50, 100, 1000):
        shares = [100 * coverage(kind, n, rng) for kind in kinds.values()]
        rows.append([f"{n:,}", *(f"{share:.1f} %" for share in shares)])
    print(console.table(["darts", *kinds], rows))
    print("\nChance moves such a share by 0.7 points or so, up or down.")
    fig, axes = figures.start(options).subplots(1, 2, figsize=(11, 4.8), sharey=True)
    hits = inside_circle(throw(100 * 20, rng)).reshape(100, 20).sum(axis=1)
    for ax, (name, kind) in zip(axes, kinds.items()):
        draw_intervals(ax, name, *kind(hits, 20))
    axes[0].set_ylabel("95 % interval for π, 20 darts")
    return fig, None


def run_buffon(options: argparse.Namespace, rng: Generator) -> Any:
    """π from needles on a floor of boards."""
    n, needles = options.n, drop_needles(300, rng)
    steps = running_mean(lambda m: 1.0 * crosses(drop_needles(m, rng)), n)
    _, share, error = watch(steps, n, "share")[-1]
    if share in (0, 1):
        raise ValueError("none, or all, of the needles lie across a seam: drop more")
    print(f"{n:,} needles, {100 * share:.2f} % across a seam, and that is 2 / π:")
    off = 100 * abs(2 / share / math.pi - 1)
    print(f"π ≈ {bar95(2 / share, 2 * error / share**2)} (error: {off:.2g}%)")
    fig, ax = figures.start(options).subplots(num="Buffon")
    draw_needles(ax, needles)
    across = crosses(needles).sum()
    ax.set_title(f"{across} of 300 across a seam: 600 / {across} = {600 / across:.2f}")
    return fig, None


def run_ball(options: argparse.Namespace, rng: Generator) -> Any:
    """The volume of the ball in 1, 2, 3 … dimensions, by darts and by the formula."""
    d, n, rows, shares = options.ball, options.n, [], []
    dims = sorted({round(k) for k in np.linspace(1, d, 12)})
    for k in dims:
        _, share, error = watch(running_mean(ball_darts(k, rng), n), n, "share")[-1]
        found = bar95(2**k * share, 2**k * error) if share else "no hit"
        rows.append([k, f"{100 * share:.4g} %", found, f"{ball_volume(k):.4g}"])
        shares.append(share)
    print(f"The ball of radius 1 in its cube of side 2; {n:,} darts a row:\n")
    print(console.table(["dimensions", "hits", "volume", "true"], rows))
    fig, ax = figures.start(options).subplots(num="Ball")
    ax.semilogy(dims, shares, "o", label=f"{n:,} darts")
    ax.semilogy(dims, [ball_volume(k) / 2**k for k in dims], "--", label="formula")
    ax.legend()
    ax.set(xlabel="dimensions", ylabel="share of the darts that hit")
    ax.set_title(f"In {d} dimensions one dart in {2**d / ball_volume(d):,.4g} hits")
    return fig, None


def whole(text: str) -> int:
    """The type of a number of darts: 1000000, 1e6 or 10**6."""
    return console.whole(1, 1e18)(text.replace("10**", "1e"))


def number(text: str) -> float:
    """The type of an end of a range: 0, -2.5, pi/2."""
    try:
        return float(expressions.parse(text, ())())
    except ValueError:
        wrong = f"{text!r} is no number such as 2.5 or pi/2"
        raise argparse.ArgumentTypeError(wrong) from None


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase3_probability/monte_carlo_pi.py 1e6
        python phase3_probability/monte_carlo_pi.py 3000 --script "n n" --save darts.gif
        python phase3_probability/monte_carlo_pi.py --integrand "exp(-x**2)" --range 0 1
        python phase3_probability/monte_carlo_pi.py --race"""
    parser = console.parser(__file__, __doc__, examples)
    n, ends = "darts, points or needles (default 1e6)", "F from A to B (default 0 1)"
    parser.add_argument("n", nargs="?", type=whole, help=n)
    parser.add_argument("--range", nargs=2, type=number, metavar=("A", "B"), help=ends)
    add = parser.add_mutually_exclusive_group().add_argument
    add("--integrand", metavar="F", help='integrate F, such as "exp(-x**2)"')
    ball = "volume of the ball in 1 to D dimensions"
    add("--ball", type=console.whole(1, 100), metavar="D", help=ball)
    race, coverage = "five ways to π, and their errors", "do 95 %% intervals hold π?"
    buffon, flag = "π from needles dropped on a floor", "store_const"
    add("--race", dest="run", action=flag, const=run_race, help=race)
    add("--coverage", dest="run", action=flag, const=run_coverage, help=coverage)
    add("--buffon", dest="run", action=flag, const=run_buffon, help=buffon)
    figures.add_options(parser, __file__, script="n n left*9")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the part of the chapter that the options ask for."""
    options = build_parser().parse_args(argv)
    run = options.run or (run_ball if options.ball else run_darts)
    if options.integrand is not None:
        run = run_integrand
    elif options.range:
        raise ValueError("--range belongs to --integrand")
    if options.n and run in (run_race, run_coverage):
        raise ValueError(f"this takes no number of darts: leave out {options.n}")
    options.n, options.range = options.n or 1_000_000, options.range or (0.0, 1.0)
    fig, film = run(options, np.random.default_rng(options.seed))
    figures.finish(options, fig, film=film)
    return 0


if __name__ == "__main__":
    console.run(main)
