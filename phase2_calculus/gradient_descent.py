"""Chapter 6. Gradient descent: walk downhill until the ground is level.

You stand on a hillside in thick fog and want to get down. The valley is out of sight,
but your feet feel the slope. So take a step downhill, feel again, and go on until the
ground is level. Every neural network learns in this way; its hillside only has more
directions than two. The gradient g = ∇f(x) holds the slope along each of them, and
points straight uphill. All five methods of this chapter take the step

    x ← x − lr · direction

and differ in what they make of g. Plain descent takes g as it is, momentum rolls on
like a ball, RMSprop and Adam give every coordinate a step length of its own.

You will see the path on its ground, which the mouse turns; drag the start about in the
map beside it, and the path follows. From (2, 2) plain descent is still in Rosenbrock's
valley after 10,000 steps; Adam is within 1e-7 of its lowest value after 926, with the
best of 13 rates (--race, five seconds). The largest rate that lets plain descent
settle, 2/L, is predicted before each run, and tried out after it.

    python phase2_calculus/gradient_descent.py
    python phase2_calculus/gradient_descent.py --function 2 --start 2 2 --algorithm adam
    python phase2_calculus/gradient_descent.py --function "x**4 + y**2 - x*y"
    python phase2_calculus/gradient_descent.py --race

Names
    f               a function of x, where x is a number or d numbers
    x       (d,)    where we stand; (d, n) is n walkers at once, a column each
    g       (d,)    the gradient ∇f(x): the slope of f along every coordinate
    H       (d, d)  the Hessian: how much each slope changes along each coordinate
    lr              the learning rate: how far to go for a slope of 1
    L               the largest eigenvalue of H: the strongest upward curve

What this leaves out: noise (gradients of a few examples at a time, chapter 17), rates
that shrink with time, and methods that use H itself, such as Newton's.

Source: Orland, "Math for Programmers", chapter 12; Polyak (1964) and Nesterov (1983) on
momentum; Tieleman and Hinton, RMSprop (2012); Kingma and Ba, "Adam" (2015).
"""

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from common import console, expressions, figures

Axes = Any  # of matplotlib, which is imported late
Function = Callable[[Any], Any]
Rule = Callable[[Any, Any, int], tuple[Any, Any]]  # g, memory, t -> direction, memory
Walk = Iterator["Step"]

HUGE = 1e30  # a value beyond this, up or down, will not come back
FAR = 1e6  # a walker of a crowd that gets so far is given up
NEAR = 1e-7  # the race is won by who comes so near to the lowest value
TOL = 1e-6  # ground less steep than this is level
RATES = 10.0 ** np.linspace(-4, 0, 13)  # that every method may try

MENU = """\
Choose function to minimize:
1. f(x,y) = x² + y² (bowl - easy)
2. f(x,y) = (1-x)² + 100(y-x²)² (Rosenbrock - hard)
3. f(x,y) = sin(x) + sin(y) (multiple minima)"""
NAMED: dict[str, tuple[str, Any, Any]] = {  # formula, nearest true minimum, sides
    "1": ("x**2 + y**2", np.zeros_like, [(-3, 3), (-3, 3)]),
    "2": ("(1-x)**2 + 100*(y-x**2)**2", np.ones_like, [(-2.2, 2.2), (-1.6, 3.6)]),
    "3": ("sin(x) + sin(y)",
          lambda x: math.tau * (np.round(x / math.tau + 0.25) - 0.25),
          [(-7, 7), (-7, 7)]),
}  # fmt: skip
NAMES = {"gd": "Gradient descent", "momentum": "Momentum", "nesterov": "Nesterov",
         "rmsprop": "RMSprop", "adam": "Adam"}  # fmt: skip


# --------------------------------------------------------------------------
# Milestone 1: downhill on a curve


class DivergenceError(ValueError):
    """The walk leads nowhere; the message says why, and what to do."""


class Step(NamedTuple):
    """Where a walk has come to, and how the ground lies there."""

    iteration: int  # 0 is the start
    x: Any  # a number, or (d,)
    value: float  # f(x)
    gradient_norm: float  # ‖g‖, how steep it is; |f′(x)| for a number


def slope(f: Function, x: Any, h: float = 1e-5) -> Any:
    """Slope of f at the number x, by central differences as in chapter 5.

        f′(x) ≈ (f(x + h) − f(x − h)) / 2h

    For an array x, whose entries f takes one by one, the slope at each entry. Where
    |x| is above 1 take |x| times h for h: far out x + h would be rounded to x.
    """
    h = h * np.maximum(1.0, np.abs(x))  # subtle: 1e12 + 1e-5 would be rounded to 1e12
    return (f(x + h) - f(x - h)) / (2 * h)


def walk(f: Function, x0: Any, lr: Any, rule: Rule, memory: Any,
         slopes: Function | None, max_iterations: int, tol: float) -> Walk:  # fmt: skip
    """Yields a Step for each iteration of x ← x − lr · direction, from x0 on.

    The start is iteration 0. At iteration t = 1, 2 … the rule of a method makes the
    direction: `direction, memory = rule(g, memory, t)`; memory is what the method
    wants to keep for its next turn (None in plain descent). x0 may be a number, a list
    or an array: it stays as it is, and every Step has an x of its own. g is slopes(x);
    without `slopes`, the slope of f at a number or the gradient at an array. The walk
    ends where ‖g‖ ≤ tol, or after so many iterations. ValueError if lr is not above 0,
    DivergenceError if f or g has no value, or has grown beyond HUGE.
    """
    if not np.all(np.asarray(lr) > 0):
        raise ValueError(f"the learning rate must be above 0, and it is {lr}")
    x = np.array(x0, dtype=float)[()]
    slopes = slopes or (lambda x: gradient(f, x) if np.ndim(x) else slope(f, x))
    for t in range(max_iterations + 1):
        with np.errstate(all="ignore"):  # a walk that diverges is told of below
            value, g = float(f(x)), slopes(x)
            size = math.sqrt(np.sum(g * g))
        if not (abs(value) < HUGE and size < HUGE):  # subtle: nan is never below
            raise DivergenceError(trouble(t, x, value, lr))
        yield Step(t, x, value, size)
        if size <= tol:
            return
        direction, memory = rule(g, memory, t + 1)
        x = x - lr * direction


def trouble(t: int, x: Any, value: float, lr: float) -> str:  # given
    """Why a walk cannot go on from x, and the cure."""
    place = point_text(x, ".4g")
    if t == 0:
        return f"f has no value or no slope at the start {place}: begin elsewhere"
    if value <= -HUGE:
        return f"f falls below {-HUGE:g}: it has no minimum this way; start elsewhere"
    if value >= HUGE:
        grown = f"iteration {t}: f has grown beyond {HUGE:g}; lr = {lr:g} is too large"
        return f"{grown}, try {lr / 10:.2g}"
    where = f"iteration {t}: f has no value or no slope at {place}"
    return f"{where}; take a smaller rate than lr = {lr:g}, or another start"


def point_text(x: Any, form: str) -> str:  # given
    """A point as it is written: "(2.0, 2.0)", or "2.0" in one dimension."""
    entries = [format(float(f"{v:.6g}"), form) for v in np.atleast_1d(x)]
    return f"({', '.join(entries)})" if len(entries) > 1 else entries[0]


def plain_rule(g: Any, memory: Any, t: int) -> tuple[Any, Any]:
    """Plain gradient descent: the steeper, the longer the step.

        direction = g        (and the memory is handed back as it came)

    On f = x² from 1 with lr = 0.1: g = 2, so x = 1 − 0.2 = 0.8, then 0.64, 0.512 …
    """
    return g, memory


def by_rule(rule: Rule, memory: Any = None) -> Callable[..., Walk]:  # given
    """The method that goes by a rule, with this memory at first. Call it like

        descend(f, x0, lr, gradient=None, max_iterations=10_000, tol=1e-6)

    It yields Steps. x0 is a number or an array; without a gradient, differences of f
    must do. The constants of the rule can be given too: adam(f, x0, lr, beta1=0.5).
    """

    def go(f: Function, x0: Any, lr: Any, gradient: Function | None = None,
           max_iterations: int = 10_000, tol: float = TOL,
           **constants: float) -> Walk:  # fmt: skip
        turn = partial(rule, **constants)
        return walk(f, x0, lr, turn, memory, gradient, max_iterations, tol)

    return go


descend = by_rule(plain_rule)


# --------------------------------------------------------------------------
# Milestone 2: any direction, and how long a step may be


def gradient(f: Function, x: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """All partial derivatives of f at x: (d,) -> (d,).

        ∂f/∂xⱼ = slope of f when only xⱼ moves

    It points to where f rises fastest. Of n points in columns, each: (d, n) -> (d, n).
    """
    parts = []
    for j in range(len(x)):

        def only_j(value: Any, j: int = j) -> Any:
            p = np.array(x, dtype=float)
            p[j] = value
            return f(p)

        parts.append(slope(only_j, x[j], h))
    return np.array(parts)


def hessian(f: Function, x: np.ndarray, h: float = 1e-4) -> np.ndarray:
    """All second derivatives: (d,) -> (d, d), the gradient of the gradient.

        H[i, j] = ∂²f / ∂xᵢ∂xⱼ        how much slope i changes when xⱼ moves

    It is symmetric. (h is longer than for a slope: rounding is divided by h² here.)
    """
    x = np.asarray(x, dtype=float)
    steps = h * np.diag(np.maximum(1.0, np.abs(x)))  # (d, d), a row for each j
    rows = [gradient(f, x + s, h) - gradient(f, x - s, h) for s in steps]
    H = np.array(rows) / (2 * steps.max(axis=1))[:, None]
    return (H + H.T) / 2


def largest_eigenvalue(H: np.ndarray) -> float:
    """The largest eigenvalue, with its sign, of a symmetric matrix (d, d).

    For f = ½ xᵀHx it is how much f curves along its most curved direction. Multiplying
    by H again and again turns any vector to that direction, if no eigenvalue beats it
    in size. So add s to all of them first, enough to make them positive, and square:
    M, M², M⁴, M⁸ … is the same power iteration, in seven-league boots.
    """
    s = np.abs(H).sum(axis=1).max()  # no eigenvalue is larger in size
    if s == 0:
        return 0.0
    M = H / s + 2 * np.eye(len(H))  # eigenvalues from 1 to 3
    for _ in range(50):
        M = M @ M
        M = M / np.abs(M).max()
    v = M[:, np.abs(M).sum(axis=0).argmax()]  # the largest: some may be 0
    return float(v @ H @ v / (v @ v))


@np.errstate(all="ignore")  # where f has no value, nothing bends up
def stable_rate(f: Function, x: Any) -> float:
    """The largest rate at which plain descent can settle near x: 2/L; inf if L ≤ 0.

    x is (d,), or a number. An L not above `rounding(f, x)` may be 0, and counts as 0.

    Along a direction in which f curves by L the slope is L times the distance z from
    the bottom, and a step takes z to z − lr·L·z = (1 − lr·L) z. That shrinks as long as
    |1 − lr·L| < 1, so lr < 2/L. At 1/L one step does it; beyond 2/L z grows.
    """
    if np.ndim(x) == 0:
        return stable_rate(lambda p: f(p[0]), np.array([x]))
    L = largest_eigenvalue(hessian(f, x))
    return 2 / L if L > rounding(f, x) else math.inf


def ground(f: Function, x: np.ndarray) -> str:
    """What a level place is: "minimum", "maximum", "saddle" or "plateau".

    All eigenvalues of H above 0: f rises in every direction. All below: it falls. Some
    of each: a saddle, where the walk has only halted. All zero: H cannot tell.
    """
    H, noise = hessian(f, x), rounding(f, x)
    up, down = largest_eigenvalue(H) > noise, largest_eigenvalue(-H) > noise
    names = {(1, 1): "saddle", (1, 0): "minimum", (0, 1): "maximum", (0, 0): "plateau"}
    return names[int(up), int(down)]


def rounding(f: Function, x: np.ndarray) -> float:  # given
    """Curvature that may be nothing but rounding: 1e-16 of f, divided by h²."""
    return 1e-6 * max(1.0, abs(float(f(x))))


# --------------------------------------------------------------------------
# Milestone 3: a ball that rolls


def momentum_rule(g: Any, v: Any, t: int, mu: float = 0.9) -> tuple[Any, Any]:
    """Momentum: the walker is a heavy ball, and its memory is a velocity v.

        v ← μ v + g        direction = v        (v = 0 at first)

    Across a valley the slopes change sign and cancel out; along it they add up, to
    1/(1 − μ) = 10 times the step of plain descent.
    """
    v = mu * v + g
    return v, v


def nesterov_rule(g: Any, v: Any, t: int, mu: float = 0.9) -> tuple[Any, Any]:
    """Momentum that looks ahead: it brakes before the bend, not in it.

        v ← μ v + g        direction = g + μ v        (v = 0 at first)

    Nesterov's ball at z feels the slope not under itself but where its velocity will
    take it, x = z − lr·μ·v. These x are the places of the walk here: written for them,
    his rule becomes the one above.
    """
    v = mu * v + g
    return g + mu * v, v


momentum, nesterov = by_rule(momentum_rule, 0.0), by_rule(nesterov_rule, 0.0)


# --------------------------------------------------------------------------
# Milestone 4: a step of its own for every coordinate


def rmsprop_rule(g: Any, s: Any, t: int, rho: float = 0.9) -> tuple[Any, Any]:
    """RMSprop: every slope is divided by its own recent size, √s.

        s ← ρ s + (1 − ρ) g²        direction = g / (√s + 1e-8)        (s = 0 at first)

    So a steep coordinate and a flat one both move by about lr. The price: steps stay
    about lr long even at the bottom, where the walk trembles and does not settle.
    """
    s = rho * s + (1 - rho) * g**2
    return g / (np.sqrt(s) + 1e-8), s


def adam_rule(g: Any, memory: Any, t: int, beta1: float = 0.9, beta2: float = 0.999,
              eps: float = 1e-8) -> tuple[Any, Any]:  # fmt: skip
    """Adam: the mean slope over its own size, coordinate by coordinate.

        m ← β₁ m + (1 − β₁) g         m̂ = m / (1 − β₁ᵗ)        (m = v = 0 at first)
        v ← β₂ v + (1 − β₂) g²        v̂ = v / (1 − β₂ᵗ)        direction = m̂ / (√v̂ + ε)

    Its memory is the pair (m, v). A mean that begins at 0 is too small at first: of a
    slope that is always g it holds (1 − β₁ᵗ) g after t steps. Dividing by that repairs
    it, so the very first step has the size lr in each coordinate, however steep it is.
    """
    m, v = memory
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return m_hat / (np.sqrt(v_hat) + eps), (m, v)


rmsprop, adam = by_rule(rmsprop_rule, 0.0), by_rule(adam_rule, (0.0, 0.0))
METHODS = {"gd": descend, "momentum": momentum, "nesterov": nesterov,
           "rmsprop": rmsprop, "adam": adam}  # fmt: skip


def crowd_gradient(f: Function, X: np.ndarray) -> np.ndarray:
    """The gradients of n walkers, (d, n) -> (d, n), and 0 for those who are lost.

    Lost is who has got beyond FAR, or to where f has no slope, or one beyond HUGE.
    """
    g = gradient(f, X)
    good = (np.abs(X) < FAR).all(axis=0) & (np.abs(g) < HUGE).all(axis=0)
    return np.where(good, g, 0.0)


def crowd(name: str, f: Function, X: np.ndarray, lr: Any,
          iterations: int) -> Iterator[np.ndarray]:  # fmt: skip
    """Many walkers at once: yields their places (d, n), from X (d, n) on.

    All five rules work entry by entry, so a method that can lead one walker can lead n
    of them, each with a rate of its own if lr is (n,).
    """
    slopes = partial(crowd_gradient, f)
    for step in METHODS[name](lambda X: 0.0, X, lr, slopes, iterations, 0.0):
        yield step.x


def race(
    f: Function, start: np.ndarray, low: float, rates: np.ndarray = RATES,
    iterations: int = 10_000,
) -> dict[str, np.ndarray]:  # fmt: skip
    """The iterations that each method needs at each rate: {name: (k,)}, −1 for never.

    A walk has arrived when f is less than NEAR above `low`, the lowest value. All
    methods begin at `start` (d,) and try the same rates (k,): the same tuning for all.
    """
    X = np.repeat(np.asarray(start, dtype=float)[:, None], len(rates), axis=1)
    arrivals = {}
    for name in METHODS:
        first = np.full(len(rates), -1)
        for t, places in enumerate(crowd(name, f, X, rates, iterations)):
            there = f(places) < low + NEAR
            first[there & (first < 0)] = t
            lost = ~(np.abs(places) < FAR).all(axis=0)
            if (lost | (first >= 0)).all():
                break
        arrivals[name] = first
    return arrivals


def basins(ends: np.ndarray, radius: float,
           least: float = 0.01) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Which minimum each walker ended at: ends (d, n) -> labels (n,), minima (k, d).

    Ends within a radius of one another are at the same minimum. Where fewer than the
    share `least` have ended, there is none: the label is −1. Minima are sorted by x.
    """
    labels, free = np.full(ends.shape[1], -1), (np.abs(ends) < FAR).all(axis=0)
    minima: list[np.ndarray] = []
    while free.any():
        first = ends[:, free.argmax(), None]  # (d, 1)
        near = free & (np.abs(ends - first).max(axis=0) <= radius)
        free &= ~near
        if near.sum() > least * len(labels):
            labels[near] = len(minima)
            minima.append(np.median(ends[:, near], axis=1))
    order = sorted(range(len(minima)), key=lambda j: tuple(minima[j].round(2)))
    rank = np.array([*map(order.index, range(len(order))), -1])  # and −1 stays −1
    return rank[labels], np.array([minima[j] for j in order])


# --------------------------------------------------------------------------
# The picture


class Problem:
    """What is walked on: a function f, what is known of it, and how it is drawn.

    `text` is a formula, or 1, 2 or 3 for those of the menu. `true(x)` is the true
    minimum nearest to x; None where nobody knows.
    """

    def __init__(self, text: str):
        if text.isdigit() and text not in NAMED:
            known = "choose 1, 2 or 3, or type a formula such as x**2 + y**2"
            raise ValueError(f"there is no function {text}: {known}")
        formula, self.true, self.sides = NAMED.get(text, (text, None, None))
        try:
            self.formula = expressions.parse(formula)  # of x alone: a curve
        except expressions.ExpressionError:
            self.formula = expressions.parse(formula, ("x", "y"))
        self.names = self.formula.variables

    def f(self, x: Any) -> Any:
        """The value at x (d,), or the values at n points x (d, n)."""
        with np.errstate(all="ignore"):  # holes are nan, and too much is inf
            return self.formula.evaluate(dict(zip(self.names, x)))

    def bottom(self, start: np.ndarray) -> np.ndarray:
        """The true minimum, or else the place where Adam settles."""
        if self.true:
            return self.true(start)
        steps, _ = attempt(adam(self.f, start, 0.1))
        if not steps or steps[-1].gradient_norm > TOL:
            raise ValueError("from this start Adam finds no minimum to compare with")
        return steps[-1].x

    def usual_rate(self, method: str, start: np.ndarray) -> float:
        """Half of 2/L; for the methods whose steps are about lr long, a length."""
        limit, lengths = stable_rate(self.f, start), {"rmsprop": 0.01, "adam": 0.5}
        return lengths.get(method, limit / 2 if limit < math.inf else 0.1)

    def frame(self, start: np.ndarray, end: np.ndarray) -> None:
        """Choose the box (d, 2) that is drawn; these points are in it."""
        corners = np.array(self.sides).T if self.sides else [-start]
        P = np.clip(np.array([start, end, *corners]).T, -1e3, 1e3)  # (d, n)
        edge = 0.0 if self.sides else 0.2 * max(np.ptp(P, axis=1).max(), 2)
        self.box = np.array([P.min(axis=1) - edge, P.max(axis=1) + edge]).T
        self.low, self.log = 0.0, False
        _, Z = self.grid(61)
        self.low, self.log = np.nanmin(Z), np.nanmax(Z) - np.nanmin(Z) > 100

    def grid(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Points all over the box, (d, n) or (d, n, n), and how high they are drawn."""
        sides = [np.linspace(low, high, n) for low, high in self.box]
        P = np.array(np.meshgrid(*sides))
        return P, self.height(self.formula(*P))

    def height(self, values: np.ndarray) -> np.ndarray:
        """How high up values are drawn: as logarithms where walls hide a valley."""
        values = np.where(np.isfinite(values), values, np.nan)
        return np.log10(1 + np.maximum(values - self.low, 0)) if self.log else values


def attempt(walk: Walk) -> tuple[list[Step], str]:
    """The steps of a walk, and why it broke off ("" if it did not)."""
    steps: list[Step] = []
    try:
        for step in walk:
            steps.append(step)
    except DivergenceError as error:
        return steps, str(error)
    return steps, ""


def draw_ground(axes: dict[str, Axes], problem: Problem) -> None:
    """The curve of f; or its map, with lines of equal height, and its surface."""
    from matplotlib.colors import LinearSegmentedColormap

    (P, Z), ax = problem.grid(201), axes["F"]
    height = "log₁₀(1 + f − lowest f)" if problem.log else "f"
    ax.set(xlabel="x", ylabel=height, xlim=problem.box[0])
    if len(P) == 1:
        ax.plot(*P, Z, color=figures.MUTED)
        return
    colours = ["#FDFEFF", "#C5D5E6", "#6E89A8"]  # pale: the paths stand out
    look: dict[str, Any] = {"cmap": LinearSegmentedColormap.from_list("", colours)}
    ax.contourf(*P, np.ma.masked_invalid(Z), 16, **look)
    ax.contour(*P, np.ma.masked_invalid(Z), 16, colors="white", linewidths=0.6)
    ax.set(ylabel="y", ylim=problem.box[1], aspect="equal")
    ax.grid(False)
    if problem.true:  # each point has its nearest minimum: these are all in the box
        stars = np.unique(problem.true(P.reshape(2, -1)).round(9), axis=1)
        ax.plot(*stars, "*", ms=13, color=figures.INK, mec="white", zorder=4)
    (P, Z), ax = problem.grid(41), axes["S"]
    look |= {"lw": 0.2, "edgecolor": "#FFFFFF80", "rcount": 41, "ccount": 41}
    ax.plot_surface(*P, np.ma.masked_invalid(Z), zorder=1, **look)
    ax.set(xlabel="x", ylabel="y")
    ax.text2D(0, 0.95, f"height: {height}", transform=ax.transAxes, fontsize=10)
    ax.set_box_aspect((4, 4, 2.6))
    ax.view_init(38, -120)


def draw_basins(ax: Axes, problem: Problem, method: str, lr: float) -> Any:
    """Each start in the colour of the minimum it leads to, the paler the slower."""
    from matplotlib.colors import to_rgb

    P, _ = problem.grid(120)
    places = P.reshape(len(P), -1)  # (d, n)
    size, slow = np.ptp(problem.box), np.zeros(places.shape[1])
    for after in crowd(method, problem.f, places, lr, 300):
        slow += np.abs(after - places).max(axis=0) > 1e-4 * size
        places = after
    if problem.true:  # who is still on the way has not arrived
        goals = problem.true(places)
        there = np.abs(places - goals).max(axis=0) < 0.02 * size
        places = np.where(there, goals, np.nan)
    labels, _ = basins(places, 0.02 * size)
    inks = np.array([to_rgb(c) for c in (*figures.COLOURS, "#E4E7EB")])
    ink = inks[np.where(labels < 0, -1, labels % 6)]  # (n, 3)
    fade = 0.75 * np.minimum(slow / max(np.quantile(slow, 0.98), 1), 1)[:, None]
    look: dict[str, Any] = {"extent": np.ravel([ax.get_xlim(), ax.get_ylim()])}
    look |= {"origin": "lower", "aspect": ax.get_aspect(), "zorder": 3, "alpha": 0.85}
    return ax.imshow((ink + fade * (1 - ink)).reshape(-1, 120, 3), **look)


class Window(figures.Film):
    """The ground as a map and in space, the paths on it, and how steep it is there.

    `rates` says who walks: one method with its rate, or all of them in a race.
    """

    KEYS = "drag: start  1-5 method  ↑↓ rate  R race  B basins  " + figures.Film.KEYS

    def __init__(self, plt: Any, problem: Problem, start: np.ndarray,
                 rates: dict[str, float], iterations: int):  # fmt: skip
        self.problem, self.start, self.rates = problem, start, rates
        self.iterations, self.dragging, self.basins = iterations, False, None
        look: dict[str, Any] = {"figsize": (10.5, 5)}
        if len(start) == 2:
            space = {"S": {"projection": "3d", "computed_zorder": False}}
            look = {"figsize": (10.5, 6.1), "per_subplot_kw": space}
            look |= {"height_ratios": [2.4, 1], "width_ratios": [1, 1.4]}
        layout = "FS;VS" if len(start) == 2 else "FV"
        fig, self.axes = plt.subplot_mosaic(layout, num="gradient descent", **look)
        draw_ground(self.axes, problem)
        self.axes["V"].set(xlabel="iteration", ylabel="slope ‖∇f‖", yscale="log")
        self.axes["V"].axhline(TOL, color=figures.MUTED, lw=1, ls=":")
        look = {"ms": 15, "mfc": "none", "mec": figures.INK, "zorder": 9}
        self.ring = self.axes["F"].plot([], [], "o", **look)[0]
        self.lines = {name: self.make_lines(i) for i, name in enumerate(METHODS)}
        self.walk(iterations)
        super().__init__(fig, self.draw, self.frames, fps=8)
        for kind in ("button_press", "motion_notify", "button_release"):
            fig.canvas.mpl_connect(f"{kind}_event", self.on_mouse)

    def make_lines(self, i: int) -> dict[str, Any]:
        """An empty line for the path of method i in each of the axes."""
        from matplotlib.patheffects import Normal, Stroke

        look: dict[str, Any] = {"color": figures.COLOURS[i], "lw": 1.8, "zorder": 9 - i}
        look |= {"marker": figures.MARKERS[i], "ms": 9, "mec": "white"}
        look["path_effects"] = [Stroke(linewidth=3.5, foreground="white"), Normal()]
        lines = {name: self.axes[name].plot([], [], **look)[0] for name in "FV"}
        if "S" in self.axes:
            lines["S"] = self.axes["S"].plot([], [], [], axlim_clip=True, **look)[0]
        return lines

    def walk(self, iterations: int) -> None:
        """Walk anew from the start; all that is drawn follows from it."""
        self.paths = dict.fromkeys(METHODS, np.zeros((len(self.start) + 2, 0)))
        for k, (name, lr) in enumerate(self.rates.items()):
            for line in self.lines[name].values():  # what lies below others is wider
                line.set(lw=1.8 + 0.3 * k, ms=9 + 2 * k)
            walk = METHODS[name](self.problem.f, self.start, lr, None, iterations)
            steps, why = attempt(walk)
            rows = [[*s.x, s.value, max(s.gradient_norm, 1e-12)] for s in steps]
            if rows:
                self.paths[name] = np.array(rows).T  # (d + 2, m): x, height, slope
                self.paths[name][-2] = self.problem.height(self.paths[name][-2])
        here = self.problem.height(self.problem.f(self.start))
        self.ring.set_data(np.append(self.start, here)[:2, None])
        longest = max(1, *(path.shape[1] for path in self.paths.values()))
        self.times = np.unique(np.geomspace(1, longest, 50).astype(int)) - 1
        self.frames = len(self.times)
        self.label(name, "flies off" if why else "not level", longest)

    def label(self, first: str, end: str, longest: int) -> None:
        """Who walks, and who is on level ground first; the steepness has its limits."""
        ax, paths = self.axes["V"], self.paths
        level = [name for name, path in paths.items() if (path[-1] <= TOL).any()]
        if level:
            first = min(level, key=lambda name: paths[name].shape[1])
            end = "level" if len(self.rates) == 1 else "first level"
        n = max(paths[first].shape[1] - 1, 0)
        title = f"{NAMES[first]}, lr = {self.rates[first]:.3g}: {end} after {n:,} steps"
        sizes = np.concatenate([[TOL], *(path[-1] for path in paths.values())])
        ax.set_xscale("symlog" if len(self.rates) > 1 else "linear")
        ax.set(xlim=(0, 1.04 * longest), ylim=(sizes.min() / 2, 2 * sizes.max()))
        ax = self.axes.get("S", ax)
        ax.set_title(title, fontsize=11)
        lines = [self.lines[name]["F"] for name in self.rates]
        ax.legend(lines, [NAMES[name] for name in self.rates], loc="upper right")

    def draw(self, frame: int) -> None:
        """The paths up to this frame, each drawn from now back to the start."""
        t = int(self.times[frame])
        for name, lines in self.lines.items():
            path = self.paths[name][:, : t + 1]
            some = np.unique(np.geomspace(1, t + 1, 2000).astype(int))[::-1] - 1
            time = some[some < path.shape[1]]
            lines["F"].set(data=path[:2, time], markevery=[0])
            lines["V"].set(data=(time, path[-1, time]), markevery=[0])
            if "S" in lines:
                lines["S"].set(data_3d=path[:3, time], markevery=[0])
        title = "Where each start leads; pale is slow" if self.basins else ""
        self.axes["F"].set_title(title or f"Iteration {t:,}")

    def on_key(self, event: Any) -> None:
        """1-5 choose the method, up and down the rate, R all methods, B the basins."""
        key, factors = event.key or "", {"up": 1.25, "down": 0.8}
        name = dict(zip("12345", METHODS)).get(key)
        if name:
            self.rates = {name: self.problem.usual_rate(name, self.start)}
        elif key in factors:
            self.rates = {name: lr * factors[key] for name, lr in self.rates.items()}
        elif key == "r":
            self.axes.get("S", self.axes["V"]).set_title("Racing …")
            self.fig.canvas.draw()
            self.fig.canvas.flush_events()
            with suppress(ValueError):  # there is nothing to race to
                self.rates = tune(self.problem, self.start, self.iterations)
        elif key != "b":
            super().on_key(event)
            return
        show = bool(self.basins) != (key == "b")  # B shows them, and takes them away
        if self.basins:
            self.basins.remove()
        last = list(self.rates.items())[-1]
        self.basins = draw_basins(self.axes["F"], self.problem, *last) if show else None
        self.walk(self.iterations)
        self.go(self.frames - 1)

    def on_mouse(self, event: Any) -> None:
        """A click on the map moves the start; while it is dragged, the paths follow."""
        here = event.inaxes is self.axes["F"]
        if event.name == "button_press_event":
            busy = event.canvas.toolbar and event.canvas.toolbar.mode  # zooms or pans
            self.dragging = here and not busy
        if self.dragging:
            if here:
                self.start = np.array([event.xdata, event.ydata])[: len(self.start)]
            self.dragging = event.name != "button_release_event"
            self.walk(min(self.iterations, 300) if self.dragging else self.iterations)
            self.go(self.frames - 1)


# --------------------------------------------------------------------------
# The command line


def ask() -> Problem:
    """The function chosen at the menu; Rosenbrock's where nobody answers."""
    print(MENU)
    while True:
        try:
            answer = input("> ").strip() or "2"
            print(end="" if sys.stdin.isatty() else f"{answer}\n")
        except EOFError:
            answer = "2"
            print(answer)
        try:
            return Problem(answer)
        except ValueError as error:
            print(error, file=sys.stderr)


def print_walk(problem: Problem, walk: Walk) -> np.ndarray:
    """Print iterations 0, 10, 20, 50, 100 … of a walk as it goes; gives its end."""
    name = f"f({','.join(problem.names)})"
    for step in walk:
        t, value = step.iteration, float(f"{step.value:.4g}")
        if t % 10 == 0 and str(t).rstrip("0") in ("", "1", "2", "5"):
            print(f"Iteration {t}: {name} = {value}", flush=True)
    place = point_text(step.x, "z.4f")  # z: no minus before 0.0000
    if step.gradient_norm > TOL:
        print(f"Stopped at {place} after {t:,} iterations, not converged:")
        print(f"  the slope is still {step.gradient_norm:.2g}. Another --algorithm,")
        print("  --lr, or more --iterations may help; or f has no minimum this way.")
        return step.x
    print(f"Iteration {t}: Converged! {name} = {value}\n")
    kind = ground(problem.f, step.x)
    what = "Minimum" if kind == "minimum" else f"Level ground, but a {kind},"
    true = point_text(problem.true(step.x), "") if problem.true else "not known"
    print(f"{what} found at: {place}\nTrue minimum: {true}")
    if kind == "minimum":
        print_limit(problem.f, step.x)
    return step.x


def print_limit(f: Function, bottom: np.ndarray) -> None:
    """What is predicted of plain descent near the bottom, and what becomes of it."""
    limit, beside = stable_rate(f, bottom), bottom + 0.001 / math.sqrt(len(bottom))
    print(f"\nThere plain descent should settle at rates below 2/L = {limit:.3g}:")
    for lr in (0.95 * limit, 1.05 * limit):
        steps, _ = attempt(descend(f, beside, lr, None, 100, 0.0))
        away = np.linalg.norm(steps[-1].x - bottom) if steps else math.inf
        print(f"  from 0.001 beside it, 100 steps at lr = {lr:.3g} end {away:.2g} away")


def tune(problem: Problem, start: np.ndarray, iterations: int) -> dict[str, float]:
    """Race, and print a row for each method; gives the best rate of each."""
    goal = "its true minimum" if problem.true else "the lowest value that Adam finds"
    print(f"A race from {point_text(start, '')} until f is within {NEAR:g} of {goal}.")
    print(f"Every method tries the same {len(RATES)} rates, {RATES[0]:g} to", end=" ")
    print(f"{RATES[-1]:g}, and has {iterations:,} iterations.\n", flush=True)
    low, rows, rates = problem.f(problem.bottom(start)), [], {}
    for name, needed in race(problem.f, start, low, RATES, iterations).items():
        there, row = needed >= 0, [name, "never", ""]
        rates[name] = problem.usual_rate(name, start)
        if there.any():
            best = np.where(there, needed, np.inf).argmin()
            rates[name] = float(RATES[best])
            row = [name, f"{needed[best]:,}", f"{RATES[best]:.2g}"]
        share = f"{there.sum()} of {len(there)}", f"{100 * there.mean():.0f} %"
        rows.append([*row, *share])
    head = ["method", "best iterations", "at rate", "rates that arrive", ""]
    print(console.table(head, rows))
    return rates


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase2_calculus/gradient_descent.py
        python phase2_calculus/gradient_descent.py --function "x**4 + y**2 - x*y"
        python phase2_calculus/gradient_descent.py --race --save race.gif
        python phase2_calculus/gradient_descent.py --function 3 --script "2 b" """
    parser = console.parser(__file__, __doc__, examples)
    add, methods = parser.add_argument, ", ".join(METHODS)
    add("--function", metavar="F", help="1, 2, 3 of the menu, or a formula in x and y")
    add("--start", type=console.number(-math.inf), nargs="+", metavar="X",
        help="where to start: a number for each variable (default 2 2)")  # fmt: skip
    add("--algorithm", default="adam", metavar="NAME", help=f"{methods} (default adam)")
    add("--lr", type=console.number(1e-12), metavar="RATE",
        help="learning rate (default adam 0.5, rmsprop 0.01, others 1/L)")  # fmt: skip
    add("--iterations", type=console.whole(1, 200_000), default=10_000, metavar="N",
        help="at most so many (default 10,000)")  # fmt: skip
    add("--race", action="store_true", help="all methods, with the same 13 rates each")
    figures.add_options(parser, __file__, script="2 up*3 drag:2,2:-1,1 b")
    return parser


def read_problem(options: argparse.Namespace) -> tuple[Problem, np.ndarray]:
    """The function and the start that the options, or the menu, ask for."""
    if options.algorithm not in METHODS:
        near = console.nearest_name(options.algorithm, METHODS)
        raise ValueError(f"there is no algorithm {options.algorithm!r}{near}")
    text = options.function or ("2" if options.race else "")
    problem = Problem(text) if text else ask()
    start = np.array(options.start or [2.0] * len(problem.names))
    if len(start) != len(problem.names):
        names = " and ".join(problem.names)
        raise ValueError(f"--start: one number for each of {names}, not {len(start)}")
    return problem, start


def main(argv: list[str] | None = None) -> int:
    """Walk, print the way, and show it."""
    options = build_parser().parse_args(argv)
    (problem, start), method = read_problem(options), options.algorithm
    if options.race:
        rates, end = tune(problem, start, options.iterations), problem.bottom(start)
    else:
        lr = options.lr or problem.usual_rate(method, start)
        limit, rates = stable_rate(problem.f, start), {method: lr}
        cure = f"2/L = {limit:.3g}" if limit < math.inf else "none, f does not bend up"
        print(f"\nStarting point: {point_text(start, '')}\nAlgorithm: {NAMES[method]}")
        print(f"Learning rate: {lr:.3g} (limit of plain descent here: {cure})\n")
        walk = METHODS[method](problem.f, start, lr, None, options.iterations)
        try:
            end = print_walk(problem, walk)
        except DivergenceError as error:
            if method != "gd" or lr <= limit:
                raise
            raise DivergenceError(f"{error}; below {cure} it settles") from None
    problem.frame(start, end)
    window = Window(figures.start(options), problem, start, rates, options.iterations)
    figures.finish(options, window.fig, film=window)
    return 0


if __name__ == "__main__":
    console.run(main)
