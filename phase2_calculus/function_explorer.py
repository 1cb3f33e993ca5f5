"""Chapter 5. Function explorer: how steep is a curve, just here?

You walk on a hill. Take a step, see how far up it took you, divide: that is the slope,
rise over run. A shorter step tells more about the place where you stand, and what the
slope comes to as the step h shrinks is the derivative:

    f'(x) = what (f(x + h) − f(x)) / h comes to as h shrinks to 0

Only not too short: a computer keeps 16 digits, and with h = 1e-15 hardly one is left of
f(x + h) − f(x). So the error falls with h, and then it rises again. Two ways make no
error: the rules of calculus, which turn a formula into that of its derivative (they are
in common/expressions.py), and numbers that carry their slope along.

You will see a curve above its derivative, a tangent under your mouse, the secant that
turns into it as you turn h down, tops and bottoms marked, and a ball that rolls down.

    python phase2_calculus/function_explorer.py "x**3 - 3*x + 1"
    python phase2_calculus/function_explorer.py "x^2" --at 3
    python phase2_calculus/function_explorer.py "x**4 - 4*x^2 + x" --roll 2.4
    python phase2_calculus/function_explorer.py "sin(x)" "tan(x)" --range -5 5

Names
    f, df        a function and its derivative: of a number, or of an array of them
    x, h         a place, and the length of the step from there
    a, b         the ends of an interval
    secant       the line through two points of a curve; its slope is rise over run
    tangent      the line that touches it: what the secant turns into as h shrinks
    critical     a place where f turns or its slope is zero

What this leaves out: functions of several numbers (chapter 6), and wiggles narrower
than a 2000th of the picture.

Source: Thompson, "Calculus Made Easy", chapters 2 and 11; Orland, "Math for
Programmers", chapter 8.
"""

import argparse
import math
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from common import console, figures
from common.expressions import DERIVATIVES, Formula, parse

Function = Callable[[Any], Any]  # of a number or of an array
Pair = tuple[float, float]
Turn = tuple[float, str]  # a place, and "max", "min" or "flat"

EPS = float(np.finfo(float).eps)  # 2.2e-16: what is left of 1 after 16 digits
ORDERS = {"forward": 1, "central": 2, "richardson": 4}  # the error falls like h**order
SAMPLES = 2000  # so many places of a curve are looked at
STEPS = np.geomspace(1e-16, 1, 65)  # of the dial: four to a power of ten
LABEL: Any = {"textcoords": "offset points", "ha": "center", "animated": True,
    "size": 10, "zorder": 9, "bbox": {"fc": "#FFFC", "lw": 0, "pad": 1}}  # fmt: skip


# --------------------------------------------------------------------------
# Milestone 1: the slope, from a small step


def secant(f: Function, a: Any, b: Any) -> Any:
    """Slope of the straight line through f at a and f at b: rise over run.

    Of numbers or arrays; nan where a = b, since there is no run.

    >>> float(secant(lambda x: x**2, 3, 4))
    7.0
    """
    a, b = np.asarray(a, dtype=float)[()], np.asarray(b, dtype=float)[()]
    with np.errstate(all="ignore"):  # where f has no value there is no slope: nan
        return (f(b) - f(a)) / (b - a)


def best_step(x: Any, method: str) -> Any:
    """A good h at x: -> a number, or (n,) for x (n,).

    The error is about h**p from the curve, p the order of the method, and eps / h from
    rounding. Together they are least near h = eps**(1 / (p + 1)). Far from 0 the step
    grows with x, or x + h would keep too few digits of h.
    """
    return EPS ** (1 / (ORDERS[method] + 1)) * np.maximum(1.0, np.abs(x))


def derivative(f: Function, x: Any, h: Any = None, method: str = "central") -> Any:
    """f'(x) from secants: -> a number, or (n,) for x (n,).

        forward       from x to x + h            the error falls like h
        central       from x − h to x + h        like h²
        richardson    (4 D(h/2) − D(h)) / 3      like h⁴, where D(h) is the central one

    Half the step makes the error of D a quarter. So 4 D(h/2) has as much of it as D(h):
    subtract, and it is gone; 3 times the slope is left. ValueError for another method.
    """
    if method not in ORDERS:
        raise ValueError(f"no method {method!r}: there are {', '.join(ORDERS)}")
    x = np.asarray(x, dtype=float)[()]
    h = best_step(x, method) if h is None else h
    if method == "forward":
        slope = secant(f, x, x + h)
    elif method == "central":
        slope = secant(f, x - h, x + h)
    else:
        slope = (4 * secant(f, x - h / 2, x + h / 2) - secant(f, x - h, x + h)) / 3
    return slope if np.ndim(slope) else float(slope)


def errors(f: Function, x: float, exact: float, steps: Any, method: str) -> Any:
    """How far off the slope at x is for each step: steps (m,) -> (m,).

    As a share of the exact slope if that is above 1 in size.
    """
    return np.abs(derivative(f, x, steps, method) - exact) / max(1.0, abs(exact))


# --------------------------------------------------------------------------
# Milestone 2: tops and bottoms, where the slope is zero


def bisect(f: Function, a: float, b: float, tol: float = 1e-12) -> float:
    """A place between a and b where f changes its sign, to within tol.

    Look in the middle; keep the half whose ends differ in sign; again. Forty halvings
    make an interval 10¹² times as narrow. The ends may come in any order, and a zero at
    one of them is the answer. ValueError if f(a) and f(b) do not differ in sign, or one
    of them is nan.
    """
    a, b = min(float(a), float(b)), max(float(a), float(b))
    left, right = np.sign(f(a)), np.sign(f(b))
    if left * right == 0:
        return a if left == 0 else b
    if left != -right:
        raise ValueError(f"the sign does not change between {a:g} and {b:g}")
    while b - a > tol and a < (middle := (a + b) / 2) < b:
        side = np.sign(f(middle))
        if side == 0:
            return middle
        a, b = (middle, b) if side == left else (a, middle)
    return (a + b) / 2


def steeper_half(f: Function, a: Any, b: Any) -> tuple[Any, Any]:  # given
    """The half of the interval from a to b in which f changes more."""
    middle = (a + b) / 2
    first, second = np.abs(f(middle) - f(a)), np.abs(f(b) - f(middle))
    return np.where(first > second, a, middle), np.where(first > second, middle, b)


def tears(f: Function, x: np.ndarray) -> np.ndarray:  # given
    """Where f is torn between two of x (n,): -> (n − 1,), nan where it is whole.

    Take the steeper half of each gap, thirty times. If f is continuous its change
    shrinks with the gap; at a jump it does not, and at a pole it grows.
    """
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(f(x[:-1])), np.abs(f(x[1:])))
        a, b = steeper_half(f, x[:-1], x[1:])
        change = np.abs(f(b) - f(a))
        for _ in range(30):
            a, b = steeper_half(f, a, b)
        jumps = np.abs(f(b) - f(a)) > np.maximum(change / 2, 1e-9 * size)
        grows = np.maximum(np.abs(f(a)), np.abs(f(b))) > 2 * size
    return np.where(jumps | grows, (a + b) / 2, np.nan)


def touch(g: Function, a: float, b: float) -> list[float]:  # given
    """[t] if g comes down to zero at t between a and b, and goes back; [] if not."""
    with suppress(ValueError):
        t = bisect(lambda x: derivative(g, x), a, b)
        if abs(g(t)) < 1e-4 * max(abs(g(a)), abs(g(b))):
            return [t]
    return []


def zeros(g: Function, f: Function, a: float, b: float) -> list[float]:
    """Where g crosses or touches zero from a to b and f is not torn, rising.

    Looks at 2,000 places: where the sign changes from one to the next there is a
    crossing, and where |g| is lower than left and right it may touch zero. A zero at a
    or b counts. Where f has no value g has none either: it is made nan. Ground where g
    is zero all along has no single place. Of two less than a quarter of a step apart
    only the first is kept. ValueError if the interval is empty.
    """
    if not a < b:
        raise ValueError(f"there is nothing between {a:g} and {b:g}")
    a, b, step, found = float(a), float(b), (b - a) / SAMPLES, []
    x = np.linspace(a - 2 * step, b + 2 * step, SAMPLES + 4)  # a and b lie inside
    with np.errstate(all="ignore"):
        y = np.where(np.isfinite(f(x)), g(x), np.nan)
    sign, size, whole = np.sign(y), np.abs(y), np.isnan(tears(f, x))
    for i in range(1, len(x) - 1):
        low, high = sorted((size[i - 1], size[i + 1]))
        if sign[i] == 0 and sign[i - 1] != 0 and sign[i + 1] != 0:
            found.append(float(x[i]))
        elif sign[i] * sign[i + 1] < 0 and whole[i]:
            with suppress(ValueError):  # of numbers near 1e-16 a sign is not certain
                found.append(bisect(g, x[i], x[i + 1], tol=0))  # to the last digit
        elif size[i] <= low and size[i] < 0.4 * high and sign[i - 1] == sign[i + 1]:
            found += touch(g, x[i - 1], x[i + 1])
    slack = 1e-9 * (b - a)
    found = sorted(min(max(t, a), b) for t in found if a - slack < t < b + slack)
    return [t for t, last in zip(found, [-np.inf, *found]) if t - last > step / 4]


def roots(f: Function, a: float, b: float) -> list[float]:
    """Where f(x) = 0 from a to b, rising: it crosses zero there, or touches it."""
    return zeros(f, f, a, b)


def critical_points(f: Function, a: float, b: float, df: Any = None) -> list[Turn]:
    """Where f turns or is level from a to b: pairs of x and "max", "min" or "flat".

    The slope df (from secants if it is not given) tells by its sign before and after:
    up and then down is a max, down and then up a min, the same twice is flat. A kink as
    that of |x| counts, a pole or a jump does not.
    """
    df = df or (lambda x: derivative(f, x))
    near = (b - a) / SAMPLES / 4
    kinds = {(1, -1): "max", (-1, 1): "min"}
    found = zeros(df, f, a, b)
    ways = [(np.sign(df(x - near)), np.sign(df(x + near))) for x in found]
    return [(x, kinds.get(way, "flat")) for x, way in zip(found, ways)]


# --------------------------------------------------------------------------
# Milestone 3: the tangent, and numbers that carry their slope along


def tangent(f: Function, x: float) -> tuple[float, float]:
    """Slope and intercept of the line that touches f at x.

    The line is y = slope · t + intercept. Near x it is as good as f: a step of h away
    they differ by h² f''(x) / 2 only.
    """
    slope = derivative(f, x, method="richardson")
    return slope, float(f(x)) - slope * x


PARTIALS: dict[Any, Any] = {  # ∂/∂u, and ∂/∂v if there is a v
    np.add: (lambda u, v: 1.0, lambda u, v: 1.0),
    np.subtract: (lambda u, v: 1.0, lambda u, v: -1.0),
    np.multiply: (lambda u, v: v, lambda u, v: u),
    np.divide: (lambda u, v: 1 / v, lambda u, v: -u / v**2),
    np.power: (lambda u, v: v * u ** (v - 1), lambda u, v: u**v * np.log(u)),
    np.negative: (lambda u: -1.0,),
    # sin: cos(u), exp: exp(u), log: 1/u … from the table of common/expressions.py
    **{getattr(np, f): (parse(rule, ("u",)),) for f, rule in DERIVATIVES.items()},
}


class Dual(np.lib.mixins.NDArrayOperatorsMixin):
    """A number that carries its slope along: value + derivative · ε, where ε² = 0.

        (u + u'ε) + (v + v'ε) = (u + v) + (u' + v')ε
        (u + u'ε) · (v + v'ε) = u v + (u'v + u v')ε

    Those are the sum rule and the product rule, so whatever is computed from
    Dual(x, 1) (x grows as fast as x) ends as f(x) + f'(x)ε: no step h, no error.
    value and derivative may be arrays. Chapter 20 does it backwards, for millions.

    >>> Dual(3.0, 1.0) ** 2
    Dual(9.0, 6.0)
    """

    def __init__(self, value: Any, derivative: Any = 0.0):  # given
        self.value = np.asarray(value, dtype=float)[()]
        self.derivative = np.asarray(derivative, dtype=float)[()]

    def __repr__(self) -> str:  # given
        return f"Dual({self.value}, {self.derivative})"

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **_: Any) -> Any:
        """ufunc(u, v) as a dual number, by the chain rule.

            value = ufunc(u, v)        derivative = ∂ufunc/∂u · u' + ∂ufunc/∂v · v'

        Numpy hands over here for every + − * / ** and every function that meets a Dual.
        Plain numbers among the inputs stand still, and add nothing.
        """
        if ufunc not in PARTIALS or method != "__call__":
            return NotImplemented  # then Python says that it does not work
        values = [u.value if isinstance(u, Dual) else u for u in inputs]
        pairs = [(d, u) for d, u in zip(PARTIALS[ufunc], inputs) if isinstance(u, Dual)]
        with np.errstate(all="ignore"):
            slope = sum(partial(*values) * u.derivative for partial, u in pairs)
            return Dual(ufunc(*values), slope)


def by_dual(f: Function, x: Any) -> tuple[Any, Any]:
    """f(x) and f'(x), the slope as exact as the value: -> numbers, or two (n,).

    f must be made of + − * / ** and numpy's functions; np.where and if are not.
    """
    x = np.asarray(x, dtype=float)[()]
    y = f(Dual(x, 1 + 0 * x)) + Dual(0 * x, 0 * x)  # a Dual even where f is constant
    return y.value, y.derivative


# --------------------------------------------------------------------------
# Milestone 4: the ball rolls downhill


def roll_downhill(f: Function, x0: float, lr: float = 0.05,
                  steps: int = 500) -> Iterator[float]:  # fmt: skip
    """Yields where a ball is that rolls from x0, as through honey; x0 first.

        x ← x − lr · f'(x)

    f' points uphill, so it goes the other way, and farther where it is steeper. A step
    that would not end lower is halved until it does: the ball never goes up. It rests
    when no step leads down, or after so many steps. This is gradient descent.
    """
    x = float(x0)
    yield x
    for _ in range(steps):
        step = -lr * derivative(f, x)
        with np.errstate(all="ignore"):
            while not f(x + step) < f(x):  # subtle: nan is no way to go, either
                step /= 2
                if not abs(step) > EPS * max(1.0, abs(x)):
                    return
        x += step
        yield x


def path_in_view(f: Function, x0: float, a: float, b: float) -> list[float]:  # given
    """The places of a ball for a film: it ends where it rests, or at a or b.

    A steep place moves it by a 40th of the view. Of the long creeping at the end only
    the last place is kept.
    """
    steep = np.abs(derivative(f, np.linspace(a, b, 200)))
    steep = np.quantile([*steep[np.isfinite(steep)], 0.0], 0.8) + EPS
    path, rest = [float(x0)], float(x0)
    for x in roll_downhill(f, x0, (b - a) / 40 / steep, steps=3000):
        rest = min(max(x, a), b)
        if abs(rest - path[-1]) > (b - a) / 1000:
            path.append(rest)
        if rest != x:
            break
    return [*path, rest]


class State(NamedTuple):
    """What the keys change."""

    x: float  # the point
    h: float  # the step
    which: int = 0  # the function


def moved(state: State, key: str, view: Pair, stops: list, n: int) -> State:  # given
    """The state after a key; stops are the critical points, n is how many functions."""
    (a, b), (x, h, which) = view, state
    if key in ("left", "right", "shift+left", "shift+right"):
        way = (b - a) / (1000 if "shift" in key else 100)
        x += -way if "left" in key else way
    elif key in ("up", "]", "down", "["):
        h *= 10 ** (0.25 if key in ("up", "]") else -0.25)
    elif key == "c" and stops:
        x = next((stop for stop in stops if stop > x + 1e-6 * (b - a)), stops[0])
    elif key == "n":
        which = (which + 1) % n
    return State(min(max(x, a), b), h, which)


# --------------------------------------------------------------------------
# The picture


class Curve(NamedTuple):
    """A function to look at."""

    name: str  # f, g …
    f: Formula
    df: Formula

    def slopes(self, x: Any) -> Any:
        """f'(x), but nan where f has no value: the rule for log x, 1/x, has more."""
        return np.where(np.isfinite(self.f(x)), self.df(x), np.nan)[()]

    def at(self, x: float) -> tuple[float, str]:
        """The slope at x and the words for it; nan, and why, where there is none.

        On a smooth curve the slopes to the left and right of x differ by a multiple of
        the step. At a kink they differ as much with an eighth of it.
        """
        y, slope = self.f(x), float(self.slopes(x))
        h = 1e-4 * max(1.0, abs(x)) / np.array([1, 8])
        left, right = secant(self.f, x - h, x), secant(self.f, x, x + h)
        gap, less = np.abs(right - left)
        kink = less > max(0.7 * gap, 1e-3, 1e-3 * abs(y))
        if np.isfinite(slope) and not kink:
            return slope * (abs(slope) > 1e-9), f"slope = {short(slope)}"
        words = "no slope here" if np.isfinite(y) else "no value here"
        sides = f": left {short(left[1])}, right {short(right[1])}"
        return math.nan, words + sides * bool(kink and less < 1.4 * gap)


def pretty(text: str, most: int = 40) -> str:
    """A formula as on paper: 3x² − 3 for 3*x**2 - 3; a long one is cut."""
    raised = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
    text = re.sub(r"\*\*(-?\d+)\b(?!\.)", lambda m: m[1].translate(raised), text)
    text = re.sub(r"(?<![\w.])(\d[\d.]*)\*(?=[a-z(])", r"\1", text)
    for typed, written in (("**", "^"), ("*", "·"), ("-", "−")):
        text = text.replace(typed, written)
    return text if len(text) <= most else text[: most - 1] + "…"


def short(slope: float) -> str:
    """A slope in few digits: 1.32, 5.20, 0.0013, 2.1e+05."""
    plain = 0.01 <= abs(slope) < 10_000 or abs(slope) < 1e-9
    return f"{round(slope, 2) + 0.0:.2f}" if plain else f"{slope:.2g}"


def place(x: float, width: float) -> str:
    """A place, to a millionth of the width of the view."""
    return f"{round(x, 7 - math.ceil(math.log10(width))) + 0.0:.7g}"


def limits(y: np.ndarray) -> Pair:
    """The part of the y axis to show: all of y, unless poles would dwarf the rest."""
    y = y[np.isfinite(y)] if np.isfinite(y).any() else np.zeros(1)
    (tenth, ninth), low, high = np.quantile(y, [0.1, 0.9]), y.min(), y.max()
    if high - low > 10 * (ninth - tenth) > 0:
        reach = 0.6 * (ninth - tenth)
        low, high = max(low, tenth - reach), min(high, ninth + reach)
    edge = 0.16 * (high - low) or 1.0
    return low - edge, high + edge


def sampled(f: Function, a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Points of the curve, with a nan where it is torn: no line is drawn across."""
    x = np.linspace(a, b, SAMPLES)
    torn = np.flatnonzero(np.isfinite(tears(f, x))) + 1
    return np.insert(x, torn, x[torn]), np.insert(f(x), torn, np.nan)


class Explorer(figures.Film):
    """The window: f above its derivative; on the right how the error depends on h.

    What moves with the point is drawn over a stored picture of all that does not: so
    the tangent keeps up with the mouse. As a film it goes through the states `scenes`.
    """

    KEYS = ("←→ or mouse: point  ↑↓: step h  C: next max or min  B: ball  "
            "Space: pause  + −: zoom  Home: all  N: next function")  # fmt: skip
    HERE, STEP = figures.COLOURS[1], figures.COLOURS[2]  # the tangent, and the secant
    WAYS = (STEP, figures.COLOURS[3], figures.INK)  # forward, central, Richardson
    INKS = (*(figures.COLOURS[i] for i in (0, 4, 5, 3)), figures.INK, figures.MUTED)

    def __init__(self, plt: Any, curves: list[Curve], view: Pair, x: float):
        self.curves, self.home, self.grip, self.background = curves, view, None, None
        self.moving, self.marks = list[Any](), list[Any]()
        self.fig, axes = plt.subplot_mosaic("FFFEE;DDDEE", figsize=(10, 6))
        self.F, self.D, self.E = (axes[name] for name in "FDE")
        self.scenes = [State(x, float(min(STEPS[-2], (view[1] - view[0]) / 8)))]
        self.state = self.scenes[0]
        self.set_the_stage()
        self.cast()
        self.resample()
        self.fit()
        self.listen()
        self.show_errors()  # in the order of the milestones, one by one,
        self.mark()  # so that a chapter being rebuilt shows what it has
        self.show_tangent()
        super().__init__(self.fig, self.show, frames=1, fps=25)
        self.lay_out()

    def set_the_stage(self) -> None:
        """What does not move: axes and their names, two lines for each curve."""
        self.D.sharex(self.F)
        self.F.set(xlim=self.home, ylabel="height")
        self.F.tick_params(labelbottom=False)
        self.D.set(xlabel="x", ylabel="slope")
        self.E.set(xscale="log", yscale="log", xlim=(5e-17, 4), ylim=(1e-17, 30))
        self.E.set(xlabel="step h: drag the knob, or ↑↓", ylabel="error")
        self.E.xaxis.get_major_locator().set_params(numticks=7)
        self.lines = []
        for c, ink in zip(self.curves, self.INKS):
            look = {"color": ink, "label": f"{c.name}(x) = {pretty(str(c.f), 30)}"}
            for g, ax in ((c.f, self.F), (c.slopes, self.D)):
                self.lines += [(g, ax, ax.plot([], [], **look)[0])]
        for ax in (self.F, self.D):
            ax.axhline(0, color=figures.MUTED, lw=0.8)
        if figures.has_window():
            self.fig.supxlabel(self.KEYS, fontsize=9, color=figures.MUTED)

    def cast(self) -> None:
        """What moves."""

        def moves(artist: Any) -> Any:
            artist.set(animated=True, in_layout=False, zorder=5 + len(self.moving))
            self.moving.append(artist)
            return artist

        def line(ax: Any, look: str, ink: str, **more: Any) -> Any:
            return moves(ax.plot([], [], look, color=ink, **more)[0])

        dot = {"ms": 10, "mec": "white", "mew": 1.5}
        self.chord = line(self.F, "-", self.STEP, lw=1.6)
        self.legs = line(self.F, "o:", self.STEP, **dot | {"ms": 7}, markevery=[2])
        self.touching = line(self.F, "--", self.HERE)
        self.trail = line(self.F, "o", self.HERE, ms=4, alpha=0.4)
        self.points = [line(ax, "o", self.HERE, **dot) for ax in (self.F, self.D)]
        look = LABEL | {"color": self.HERE, "weight": "bold", "size": 12}
        self.note = moves(self.F.annotate("", (0, 0), (0, 0), **look))
        self.falls = [line(self.E, "o", ink, ms=3) for ink in self.WAYS]
        self.dial = line(self.E, "o:", self.STEP, **dot | {"ms": 14}, markevery=[0])
        look = {"transform": self.E.transAxes}
        self.words = [moves(self.E.text(0.03, y, "", color=ink, **look))
                      for y, ink in zip((0.18, 0.13, 0.08), self.WAYS)]  # fmt: skip
        self.heading = moves(self.E.set_title(" "))
        if len(self.curves) > 1:  # it does not move, but lies on top
            moves(self.F.legend(loc="upper left", frameon=True, edgecolor="none"))

    def listen(self) -> None:
        """Let the window tell what happens in it."""
        hear: Any = self.fig.canvas.mpl_connect
        hear("draw_event", self.on_draw)
        hear("resize_event", self.lay_out)
        hear("scroll_event", self.on_wheel)
        for name in ("button_press", "motion_notify", "button_release"):
            hear(f"{name}_event", self.on_mouse)
        self.F.callbacks.connect("xlim_changed", self.on_view)

    # What the window shows

    def lay_out(self, *_: Any) -> None:
        """Give the axes their places, once for a size: it takes longer than drawing."""
        self.fig.set_layout_engine("constrained")
        self.fig.draw_without_rendering()
        self.fig.set_layout_engine("none")

    def resample(self) -> None:
        """The curves between the limits of x, whoever has set them."""
        for g, _, line in self.lines:
            line.set_data(*sampled(g, *self.F.get_xlim()))

    def fit(self) -> None:
        """Limits of y that suit the curves."""
        for axis in (self.F, self.D):
            y = [line.get_ydata() for _, ax, line in self.lines if ax is axis]
            axis.set_ylim(limits(np.concatenate(y)))

    def mark(self) -> None:
        """Critical points and titles of the function that the point is on."""
        c, (a, b) = self.curves[self.state.which], self.F.get_xlim()
        self.turns = critical_points(c.f, a, b, c.df)
        for old in self.marks:
            old.remove()
        x = np.array([x for x, _ in self.turns])
        slopes = np.array([c.at(t)[0] for t in x])
        self.marks = self.F.plot(x, c.f(x), "D", color=figures.INK)
        self.marks += self.D.plot(x, slopes, "D", color=figures.INK)
        for t, kind in self.turns[:12]:
            y, up = c.f(t), 9 if kind == "max" else -18
            inwards = 20 * (int(t < a + (b - a) / 30) - int(t > b - (b - a) / 30))
            self.marks.append(self.F.annotate(kind, (t, y), (inwards, up), **LABEL))
        zero = [f"{t:.3g}" for t in x[np.abs(slopes) < 1e-6].round(9) + 0]
        where = f" is 0 at x = {', '.join(zero)}".replace("-", "−") if zero else ""
        title = f"{c.name}′(x) = {pretty(str(c.df), 26)}{where}"
        self.F.set_title(f"{c.name}(x) = {pretty(str(c.f))}")
        self.D.set_title(textwrap.shorten(title, 52, placeholder=" …"))

    def show(self, frame: int) -> None:
        """Put all that moves where it belongs in this frame of the film."""
        self.state = self.scenes[frame]
        self.show_errors()
        self.show_tangent()

    def show_errors(self) -> None:
        """How far off each method is at the point: with every step, and with this h."""
        x, h, which = self.state
        f, (exact, _) = self.curves[which].f, self.curves[which].at(x)
        for method, fall, words in zip(ORDERS, self.falls, self.words):
            fall.set_data(STEPS, errors(f, x, exact, STEPS, method))
            words.set_text(f"{method}: {derivative(f, x, h, method):.9g}")
        self.dial.set_data([h, h], [5e-17, 30])
        off = abs(secant(f, x, x + h) - exact)
        self.heading.set_text(f"h = {h:.2g}" + f", off by {off:.2g}" * bool(off >= 0))

    def show_tangent(self) -> None:
        """The point, the tangent there, and the secant that h makes."""
        (x, h, which), ends = self.state, np.array(self.F.get_xlim())
        f, y = self.curves[which].f, self.curves[which].f(x)
        (slope, words), (_, intercept) = self.curves[which].at(x), tangent(f, x)
        self.touching.set_data(ends, slope * ends + intercept)
        self.chord.set_data(ends, y + secant(f, x, x + h) * (ends - x))
        self.legs.set_data([x, x + h, x + h], [y, y, f(x + h)])
        for point, height in zip(self.points, (y, slope)):
            point.set_data([x], [height])
        (a, b), (low, high) = ends, self.F.get_ylim()
        rising = slope * (b - a) > 0.3 * (high - low)  # keep the words off the tangent
        cramped = (x < a + 0.28 * (b - a)) if rising else (x > b - 0.28 * (b - a))
        cramped |= y > high - (high - low) / 5
        middle, up = abs(2 * x - a - b) < 0.8 * (b - a), not cramped
        right = rising == cramped if middle else x < b - 0.1 * (b - a)
        self.note.set(text=words.replace(": ", ":\n"), ha="left" if right else "right")
        self.note.set(position=(22 if right else -22, 12 if up else -22))
        self.note.xy = x, y if np.isfinite(y) else (low + high) / 2

    # What it does: a film of states, a ball, another view

    def film(self, scenes: list[State], trail: Sequence[float] = ()) -> None:
        """Be in these states, one after another, or in the only one."""
        self.scenes, self.frames, self.playing = scenes, len(scenes), len(scenes) > 1
        x = np.array(trail)
        self.trail.set_data(x, self.curves[scenes[0].which].f(x))
        self.go(0)

    def stand(self, **change: Any) -> None:
        """Stop, and be in a state changed by this much."""
        state = self.state._replace(**change)
        self.film([state._replace(h=float(np.clip(state.h, STEPS[0], STEPS[-1])))])

    def drop(self) -> None:
        """Let a ball roll down from the point, and say where it ends."""
        (x, _, which), (a, b) = self.state, self.F.get_xlim()
        path = path_in_view(self.curves[which].f, x, a, b)
        start, end = place(x, b - a), place(path[-1], b - a) + " and on"
        for turn, kind in self.turns:
            if abs(turn - path[-1]) < (b - a) / 1000:
                path[-1], end = turn, f"{place(turn, b - a)} ({kind})"
        how = f"rolls from x = {start} to x =" if len(path) > 2 else "stays at x ="
        print(f"The ball {how} {end}", flush=True)
        self.film([self.state._replace(x=x) for x in path], path)

    def slide(self) -> None:
        """The film without a ball: h makes a tangent of the secant; then it slides."""
        (a, b), x, self.fps = self.F.get_xlim(), self.state.x, 6
        down, way = [*STEPS[:-9:-1], *STEPS[-13:4:-4]], [*np.linspace(b, a, 9), x]
        turn = [self.state._replace(h=float(h)) for h in down]
        self.film(turn + [self.state._replace(x=float(x), h=1e-8) for x in way])

    def look(self, a: float, b: float) -> None:
        """Show the curves from a to b."""
        if 1e-9 < b - a < 1e9:
            self.F.set_xlim(a, b)
            self.fit()
            self.fig.canvas.draw_idle()

    def zoom(self, factor: float, centre: float) -> None:
        """Make the view wider or narrower; centre stays where it is."""
        self.look(*(centre + factor * (end - centre) for end in self.F.get_xlim()))

    def go(self, frame: int) -> None:
        """Show a frame of the film, drawing only what moves."""
        self.frame, canvas = min(max(frame, 0), self.frames - 1), self.fig.canvas
        self.show(self.frame)
        if self.background is None:
            canvas.draw_idle()
            return
        canvas.restore_region(self.background)
        for artist in sorted(self.moving + self.marks[2:], key=lambda a: a.zorder):
            self.fig.draw_artist(artist)
        canvas.blit(self.fig.bbox)

    # What it hears

    def on_draw(self, event: Any) -> None:
        """All was drawn anew: keep the picture, and draw over it what moves."""
        canvas: Any = self.fig.canvas
        if not canvas.is_saving():  # a file gets all in one go
            self.background = canvas.copy_from_bbox(self.fig.bbox)
            for artist in sorted(self.moving + self.marks[2:], key=lambda a: a.zorder):
                self.fig.draw_artist(artist)

    def on_view(self, *_: Any) -> None:
        """The limits of x are others: by a key, the wheel or the tool bar."""
        self.resample()
        self.mark()

    def on_wheel(self, event: Any) -> None:
        """The wheel zooms at the mouse."""
        if event.inaxes in (self.F, self.D):
            self.zoom(0.8 if event.button == "up" else 1.25, event.xdata)

    def on_mouse(self, event: Any) -> None:
        """Click or drag: on the curves the point goes there, on the right the step."""
        toolbar, (a, b) = self.fig.canvas.toolbar, self.F.get_xlim()
        if event.name == "button_press_event" and event.button == 1:
            self.grip = None if toolbar and toolbar.mode else event.inaxes
        if not self.grip:
            return
        pixel = event.x + 0.5, event.y
        where, _ = self.grip.transData.inverted().transform(pixel).tolist()
        near = round(min(max(where, a), b), 4 - math.ceil(math.log10(b - a)))
        self.stand(**({"h": where} if self.grip is self.E else {"x": near}))
        if event.name == "button_release_event":
            self.grip = None
            print(self.sentence(), flush=True)

    def on_key(self, event: Any) -> None:
        """B and Space for the ball, + − Home for the view, the others as in `moved`."""
        key, old, stops = event.key or "", self.state, [x for x, _ in self.turns]
        new = moved(old, key, self.F.get_xlim(), stops, len(self.curves))
        if key == "b" or (key == " " and self.frames == 1):
            self.drop()
        elif key == " ":
            super().on_key(event)
        elif key in ("+", "=", "-"):
            self.zoom(2 if key == "-" else 0.5, old.x)
        elif key == "home":
            self.look(*self.home)
        elif new != old:
            self.stand(**new._asdict())
        if new.which != old.which:
            self.mark()
            self.fig.canvas.draw_idle()

    def sentence(self) -> str:
        """Where the point is, and how steep it is there."""
        (x, _, which), (a, b) = self.state, self.F.get_xlim()
        return f"x = {place(x, b - a)}: {self.curves[which].at(x)[1]}"


# --------------------------------------------------------------------------
# The command line


def good_range(curves: list[Curve], asked: list[float]) -> Pair:
    """The first of ±3, ±10 … with the places asked for, and with a turn or a zero."""
    wide = [m for m in (3.0, 10.0, 100.0, 1e3, 1e9) if m > max([*map(abs, asked), 0])]
    for most in wide[:-1]:
        x = np.linspace(-most, most, SAMPLES)
        signs = np.sign([g(x) for c in curves for g in (c.f, c.df)])
        if (signs[:, 1:] * signs[:, :-1] < 0).any():
            return -most, most
    return -wide[0], wide[0]


def stage(options: argparse.Namespace, curves: list[Curve]) -> tuple[Pair, float]:
    """The view and the point to begin with; ValueError if there is nothing to see."""
    asked = [x for x in (options.at, options.roll) if x is not None]
    a, b = options.range or good_range(curves, asked)
    if not b - a > 1e-9 * max(1.0, abs(a), abs(b)):
        raise ValueError(f"--range {a:g} {b:g} is empty: give the lower end first")
    x = np.append(np.linspace(a, b, SAMPLES), 0.3 * a + 0.7 * b)
    for c in curves:
        if not np.isfinite(c.f(x)).any():
            raise ValueError(f"{c.f} has no value anywhere from {a:g} to {b:g}")
    for at in asked:
        if not a <= at <= b:
            raise ValueError(f"x = {at:g} is outside the range from {a:g} to {b:g}")
        if not np.isfinite(curves[0].f(at)):
            raise ValueError(f"{curves[0].f} has no value at x = {at:g}")
    there = x[np.isfinite(curves[0].f(x))]
    start = float(there[np.abs(there - x[-1]).argmin()])
    return (a, b), [start, *asked][-1]


def gaps(f: Function, a: float, b: float) -> list[Pair]:
    """Where f has no value between a and b: pairs of ends."""
    x = np.linspace(a, b, SAMPLES)
    there = np.isfinite(f(x))
    edges = np.flatnonzero(there[1:] != there[:-1])
    ends = [bisect(lambda t: np.isfinite(f(t)) - 0.5, x[i], x[i + 1]) for i in edges]
    ends = [a] * (not there[0]) + ends + [b] * (not there[-1])
    return list(zip(ends[::2], ends[1::2]))


def findings(c: Curve, a: float, b: float) -> Iterator[str]:
    """What there is on a curve, in sentences: it turns, is zero, torn, has no value."""

    def at(x: float) -> str:
        return place(x, b - a)

    torn, holes = tears(c.f, np.linspace(a, b, SAMPLES)), gaps(c.f, a, b)
    edges = np.ravel(holes).round(11)  # √x is zero at the edge of its gap
    zero = sorted([*roots(c.f, a, b), *edges[c.f(edges) == 0]])
    turns = [f"x = {at(x)} ({kind})" for x, kind in critical_points(c.f, a, b, c.df)]
    found = {
        "Critical points found: ": turns or ["none"],
        "Zeros: x = ": list(dict.fromkeys(map(at, zero))),
        "Torn (a pole or a jump) at x = ": [at(x) for x in torn[np.isfinite(torn)]],
        "No value from x = ": [f"{at(u)} to {at(v)}" for u, v in holes],
    }
    for what, words in found.items():
        if words:
            words[12:] = [f"and {len(words) - 12} more"] * (len(words) > 12)
            line = ", ".join(words).replace(" (", "\xa0(").replace("x = ", "x\xa0=\xa0")
            lines = textwrap.wrap(what + line, 80, subsequent_indent="  ")
            yield "\n".join(lines).replace("\xa0", " ")


def steps_table(c: Curve, x: float) -> str:
    """The slope at x by every method, with shorter and shorter steps."""
    rows = [[f"{h:g}", *(f"{derivative(c.f, x, h, way):.10g}" for way in ORDERS)]
            for h in 10.0 ** -np.r_[0:5, 6:15:2]]  # fmt: skip
    value, slope = by_dual(lambda u: c.f.evaluate({"x": u}), x)
    table = console.table(["step h", *ORDERS], rows)
    dual = f"a dual number, without a step: {value:.10g} + {slope:.10g} ε"
    return f"\nAt x = {x:g}:\n{c.at(x)[1]}\n\n{table}\n{dual}"


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase2_calculus/function_explorer.py "x^2" --at 3
        python phase2_calculus/function_explorer.py "sin(x)" "tan(x)" --range -5 5
        python phase2_calculus/function_explorer.py "x**4 - 4*x^2 + x" --roll 2.4
        python phase2_calculus/function_explorer.py --save film.gif"""
    parser = console.parser(__file__, __doc__, examples)
    add, number = parser.add_argument, console.number(-(10**8), 10**8)
    formula = "a function of x, or up to six (default x**3 - 3*x + 1)"
    add("formula", nargs="*", type=str.strip, help=formula)
    ends = "show this part (default: where things happen)"
    add("--range", nargs=2, type=number, metavar=("A", "B"), help=ends)
    add("--at", type=number, metavar="X", help="put the point there, print the slopes")
    add("--roll", type=number, metavar="X", help="let a ball roll down from there")
    figures.add_options(parser, __file__, script="click:-1.5,2 left*5 down*8 b wait:2")
    return parser


@np.errstate(all="ignore")  # where f has no value, nothing is drawn
def main(argv: list[str] | None = None) -> int:
    """Show the functions, say what is to be found on them, and let the reader play."""
    words = sys.argv[1:] if argv is None else argv
    # a blank before -x**2 and -1e3, or they would be taken for options
    words = [f" {word}" if re.match("-[^-h]", word) else word for word in words]
    options = build_parser().parse_intermixed_args(words)
    formulas = [parse(text) for text in options.formula or ["x**3 - 3*x + 1"]]
    if len(formulas) > 6:
        raise ValueError(f"{len(formulas)} functions are too many: at most six")
    curves = [Curve(name, f, f.derivative()) for name, f in zip("fgpqrs", formulas)]
    (a, b), x = stage(options, curves)
    for c in curves:
        print(f"{c.name}(x) = {c.f}\n{c.name}'(x) = {c.df}", flush=True)
    window = Explorer(figures.start(options), curves, (a, b), x)
    for c in curves:
        print(*[f"On {c.name}:"] * (len(curves) > 1), *findings(c, a, b), sep="\n")
    if options.at is not None:
        print(steps_table(curves[0], options.at))
    if options.roll is not None:
        window.drop()
    elif options.save and options.save.suffix.lower() in figures.FILMS:
        window.slide()
    figures.finish(options, window.fig, film=window)
    if options.script:
        print(window.sentence())
    return 0


if __name__ == "__main__":
    console.run(main)
