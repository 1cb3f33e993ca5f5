"""Chapter 7. Curve fitting: turn the knobs of a formula until it passes by the data.

A line has two knobs, its height and its slope. Each point misses the line by a little;
square the misses, take their mean, and turn the knobs until that is smallest. Which way
to turn is told by the slope of the error in each knob, the gradient of chapter 6. With
other formulas it is the same, only the slope of the curve in each knob is another:

    E = Σ (yᵢ − f(xᵢ))² / n          ∂E/∂pⱼ = −2 Σ (yᵢ − f(xᵢ)) ∂f(xᵢ)/∂pⱼ / n

Near the bottom the valley is a bowl, so one can jump to where its own bottom should be
(Levenberg and Marquardt), and the bowl's width says how sure each parameter is.

You will see a line, a parabola and a wave learn four years of Seattle's temperatures:
the wave wins, with errors of 13.4 against 52.8 and 52.4 square degrees. `--overfit`
shows a polynomial that fits ever better and predicts ever worse; `--nist` fits the 27
certified problems of NIST from the hard start, and counts the digits that agree.

    python phase2_calculus/curve_fitter.py temperature_data.csv
    python phase2_calculus/curve_fitter.py --models linear,quadratic,sinusoidal
    python phase2_calculus/curve_fitter.py auto_mpg.csv --x weight --target mpg
    python phase2_calculus/curve_fitter.py --model "a*exp(-b*x)+c"
    python phase2_calculus/curve_fitter.py --overfit
    python phase2_calculus/curve_fitter.py --nist

Names
    x, y    (n,)    the points
    p       (p,)    the parameters, the knobs of a formula
    f       (n,)    the curve at each x
    J       (n, p)  its gradient: how fast each point of the curve moves with each knob
    r       (n,)    what is missing, y − f(x)
    E, loss         the mean squared error

What this leaves out: errors in x, outliers (a square makes much of them), and readings
that depend on each other, as neighbouring days do (but how much they do is printed).

Source: Orland, "Math for Programmers", chapters 14 and 15; Transtrum and Sethna,
"Improvements to the Levenberg-Marquardt algorithm" (2012).
"""

import argparse
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from common import console, data, expressions, figures

Array = np.ndarray
Pair = tuple[Array, Array]
Point = tuple[Array, float]  # parameters (p,) and the loss there

ROWS = 1024  # points at a time, to save memory
EXACT = 1e-25  # a loss of so small a share of the mean of y² is rounding
GREY = "#A9AFB9"  # of points, where there are many
FRAME = {"fontsize": 9, "frameon": True, "framealpha": 0.9, "edgecolor": "none"}
CLEARLY = 0.99  # a second attempt counts if its loss is below this share of the first


# --------------------------------------------------------------------------
# Milestone 1: a line, found by walking downhill


class Step(NamedTuple):
    """One step of learning."""

    iteration: int  # 0 is the start
    parameters: Array  # (p,)
    loss: float  # the mean squared error


def mse(y: Array, y_hat: Array) -> float:
    """The mean squared error, Σ (y − ŷ)² / n.

    >>> mse(np.array([1.0, 2.0, 6.0]), np.array([1.0, 4.0, 7.0]))  # (0 + 4 + 1) / 3
    1.6666666666666667
    """
    return float(np.mean((y - y_hat) ** 2))


def line_gradient(x: Array, y: Array, p: Array) -> Array:
    """How fast the error of the line p₀ + p₁ x grows with each knob: -> (2,).

        ∂E/∂p₀ = 2 Σ (p₀ + p₁ xᵢ − yᵢ) / n      ∂E/∂p₁ = 2 Σ (p₀ + p₁ xᵢ − yᵢ) xᵢ / n

    For one point it is the chain rule: a square has the slope 2 · (what is inside), and
    the inside grows by 1 with p₀ and by x with p₁.
    """
    too_high = p[0] + p[1] * x - y  # (n,)
    return 2 * np.array([too_high.mean(), (too_high * x).mean()])


def fit_line(x: Array, y: Array, lr: float = 0.1, steps: int = 100) -> Iterator[Step]:
    """Yields each Step of gradient descent to the line p₀ + p₁ x with least error.

    It begins with p = 0. Inside, x is measured from its mean, in units of its spread:
    then the error is a round bowl that curves by 2 whichever knob is turned, and each
    step shrinks what is missing by the factor 1 − 2 lr, whatever the data. The
    parameters of a Step are in the units of x. ValueError if the points make no line
    (`checked` raises it, for 2 parameters), or if lr makes the error grow: beyond a
    million times the mean of y².
    """
    x, y = checked(x, y, 2)
    middle, spread = x.mean(), x.std()
    z, p = (x - middle) / spread, np.zeros(2)
    for iteration in range(steps + 1):
        slope, loss = p[1] / spread, mse(y, p[0] + p[1] * z)
        if loss > 1e6 * np.mean(y**2):
            raise ValueError(f"lr = {lr} is too large, the error grows; stay below 1")
        yield Step(iteration, np.array([p[0] - slope * middle, slope]), loss)
        p = p - lr * line_gradient(z, y, p)


def checked(x: Any, y: Any, p: int, name: str = "a line") -> Pair:  # given
    """x and y as floats; ValueError if they will not do for p parameters."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if y.ndim != 1 or x.shape[-1:] != y.shape:
        raise ValueError(f"x and y must be equally long: {x.shape} against {y.shape}")
    if len(y) < p:
        raise ValueError(f"{name}: {p} parameters need {p} points; there are {len(y)}")
    if np.ptp(x) == 0:
        raise ValueError("all x are equal: there is nothing to fit")
    return x, y


# --------------------------------------------------------------------------
# Milestone 2: curves of many kinds


class Model(NamedTuple):
    """A kind of curve, with p knobs to turn."""

    name: str
    f: Callable[[Array, Array], Array]  # x, parameters -> (n,)
    gradient: Callable[[Array, Array], Array]  # x, parameters -> ∂f/∂parameters, (n, p)
    start: Callable[[Array, Array], Array]  # x, y -> parameters (p,)
    formula: str = ""  # to be printed, with the parameters' names in { }


def pseudo_inverse(A: Array) -> Array:
    """The matrix A⁺ for which v = A⁺ b solves A v = b as nearly as can be: -> (p, n).

    Least squares: of all v the one with the smallest ‖A v − b‖. The columns of A (n, p)
    are brought to length 1 first, or those in small units would pass for rounding. NaN
    if A is not finite.
    """
    length = np.linalg.norm(A, axis=0)
    length = np.where(length == 0, 1, length)
    if not np.isfinite(length).all():
        return np.full(A.T.shape, np.nan)
    return np.linalg.pinv(A / length) / length[:, None]


@np.errstate(all="ignore")
def linear_part(model: Model, x: Array, p: Array) -> list[int]:
    """Numbers of the parameters that are mere factors, as a and c in a·exp(b x) + c.

    Turning such a knob changes no gradient, neither its own nor that of another in the
    list. So each is turned, and it joins the list if the columns of all stay as before.
    """
    part: list[int] = []
    before = model.gradient(x, p)  # (n, p)
    for j in range(len(p)):
        turned, columns = p.copy(), [*part, j]
        turned[j] = 1.5 * p[j] or 1.0
        change = np.abs(model.gradient(x, turned) - before)[:, columns].max(axis=0)
        if (change <= 1e-10 * np.abs(before[:, columns]).max(axis=0)).all():
            part.append(j)
    return part


@np.errstate(all="ignore")
def least_squares(model: Model, x: Array, y: Array, p: Array, part: list[int]) -> Array:
    """p with the parameters of a linear part at their best, all at once: -> (p,).

    In these the error is a bowl. At its bottom the columns of the gradient, each times
    the step of its knob, add up to what is missing, as nearly as they can: no walk is
    needed. Where a number is not finite, p itself.
    """
    if not part:
        return p
    step = pseudo_inverse(model.gradient(x, p)[:, part]) @ (y - model.f(x, p))
    best = p.copy()
    best[part] += step
    return best if np.isfinite(step).all() else p


@np.errstate(all="ignore")
def best_start(model: Model, x: Array, y: Array, tries: Any) -> Array:
    """Of all tries, each with its linear part solved, the one with the least error.

    tries: any number of (p,). ValueError if the curve has no finite value at any.
    """
    tries = [np.array(p, dtype=float) for p in tries]
    usable = [p for p in tries if np.isfinite(model.gradient(x, p)).all()]
    if not usable:
        raise ValueError(f"{model.name}: not a finite number at any start I tried")
    part = linear_part(model, x, usable[0])
    solved = [least_squares(model, x, y, p, part) for p in usable]
    losses = np.array([mse(y, model.f(x, p)) for p in solved])
    return solved[int(np.where(np.isfinite(losses), losses, np.inf).argmin())]


def family(name: str, f: Any, J: Any, tries: Any, formula: str) -> Model:  # given
    """The model that starts at the best of tries(x, y)."""

    def start(x: Array, y: Array) -> Array:
        return best_start(model, x, y, tries(x, y))

    model = Model(name, f, J, start, formula)
    return model


def powers(x: Array, degree: int) -> Array:
    """1, u, u² …, u going from −1 to 1 as x goes over the data: -> (n, degree + 1).

    In x itself the columns of high powers are all but alike, and digits are lost.
    """
    u = (2 * x - x.max() - x.min()) / np.ptp(x)
    return np.vander(u, degree + 1, increasing=True)


def in_units_of(x: Array, w: Array) -> Array:
    """The parameters in x of the polynomial that has the parameters w in u."""
    p = np.polynomial.Polynomial(w, domain=[x.min(), x.max()]).convert().coef
    return np.pad(p, (0, len(w) - len(p)))  # subtle: convert drops zeros at the end


def polynomial(degree: int) -> Model:
    """p₀ + p₁ x + p₂ x² + …: its gradient is 1, x, x² …

    All knobs are factors, so that it starts at its best already. It tries two starts:
    the least squares solution (of `powers`, in units of x), and zeros. The names are
    Linear, Quadratic, Cubic for the degrees 1 to 3, and else Degree 4. The formula of
    the third is "{p0} + {p1}*x + {p2}*x^2 + {p3}*x^3".
    """
    name = {1: "Linear", 2: "Quadratic", 3: "Cubic"}.get(degree, f"Degree {degree}")
    terms = ["{p0}", "{p1}*x", *(f"{{p{k}}}*x^{k}" for k in range(2, degree + 1))]
    return family(
        name, lambda x, p: np.vander(x, degree + 1, increasing=True) @ p,
        lambda x, p: np.vander(x, degree + 1, increasing=True),  # (n, degree + 1)
        lambda x, y: [in_units_of(x, pseudo_inverse(powers(x, degree)) @ y),
                      np.zeros(degree + 1)],
        " + ".join(terms[: degree + 1]),
    )  # fmt: skip


def rates(x: Array) -> Array:
    """Rates to try, for growth and decay over the data: -> (50,).

    First 25 positive ones, each the same multiple of the one before: from 0.03 to 100,
    divided by the range of x (largest less smallest). Then the same 25 with a minus.
    """
    slow_to_fast = np.geomspace(0.03, 100, 25) / np.ptp(x)
    return np.concatenate([slow_to_fast, -slow_to_fast])


def exponential_gradient(x: Array, p: Array) -> Array:
    """∂/∂(a, b, c) of a·e^(b x) + c: -> (n, 3).

    The chain rule: e^(b x) grows with its inside by e^(b x), and b x grows with b by x.
    """
    e = np.exp(p[1] * x)
    return np.stack([e, p[0] * x * e, np.ones_like(x)], axis=1)


def exponential() -> Model:
    """a·e^(b x) + c: growth or decay away from, or towards, a level.

    It tries (1, b, 0) for all b of `rates`. The name is Exponential, the formula
    "{factor}*exp({rate}*x) + {level}".
    """
    return family(
        "Exponential", lambda x, p: p[0] * np.exp(p[1] * x) + p[2],
        exponential_gradient, lambda x, y: [(1, b, 0) for b in rates(x)],
        "{factor}*exp({rate}*x) + {level}",
    )  # fmt: skip


def power_gradient(x: Array, p: Array) -> Array:
    """∂/∂(a, b) of a·xᵇ: -> (n, 2). Since xᵇ is e^(b log x), it grows by xᵇ log x."""
    return np.stack([x ** p[1], p[0] * x ** p[1] * np.log(x)], axis=1)


def power_tries(x: Array, y: Array) -> list:  # given
    """Exponents to try; ValueError if x is not above 0."""
    if x.min() <= 0:
        raise ValueError(f"the power model needs x above 0, and x = {x.min():g}")
    return [(1, b) for b in np.linspace(-6, 6, 49)]


def power() -> Model:
    """a·xᵇ for x > 0: twice the x makes y 2ᵇ times as large.

    It tries `power_tries`. The name is Power, the formula "{factor}*x^{exponent}".
    """
    return family("Power", lambda x, p: p[0] * x ** p[1], power_gradient, power_tries,
                  "{factor}*x^{exponent}")  # fmt: skip


def logistic_gradient(x: Array, p: Array) -> Array:
    """∂/∂(h, k, m) of h·s, s = 1 / (1 + e^(−k (x − m))): -> (n, 3).

    s grows with its inside, k (x − m), by s (1 − s). That grows by x − m with k, and by
    −k with m.
    """
    s = 1 / (1 + np.exp(-p[1] * (x - p[2])))
    slope = p[0] * s * (1 - s)
    return np.stack([s, slope * (x - p[2]), -slope * p[1]], axis=1)


def logistic_tries(x: Array, y: Array) -> list:  # given
    """Rates and middles to try."""
    middles = np.linspace(2 * x.min() - x.max(), 2 * x.max() - x.min(), 25)
    return [(1, k, m) for k in rates(x)[::3] for m in middles]


def logistic() -> Model:
    """h / (1 + e^(−k (x − m))): growth that ends at the height h, half of it at m.

    It tries `logistic_tries`. The name is Logistic, the formula
    "{height}/(1 + exp(-{rate}*(x - {middle})))".
    """
    return family(
        "Logistic", lambda x, p: p[0] / (1 + np.exp(-p[1] * (x - p[2]))),
        logistic_gradient, logistic_tries, "{height}/(1 + exp(-{rate}*(x - {middle})))",
    )  # fmt: skip


def sinusoidal_gradient(x: Array, p: Array) -> Array:
    """∂/∂(c, A, P, φ) of c + A·sin(2π x / P + φ): -> (n, 4).

    The sine grows with its inside by the cosine; that grows by −2π x / P² with P, and
    by 1 with φ.
    """
    inside = 2 * np.pi * x / p[2] + p[3]
    slope = p[1] * np.cos(inside)
    longer = slope * -2 * np.pi * x / p[2] ** 2
    return np.stack([np.ones_like(x), np.sin(inside), longer, slope], axis=1)


def spectrum(x: Array, w: Array, coarse: Array, small: Array) -> Array:  # given
    """Means of w cos(2πf x) + i w sin(2πf x), for all f = coarse + small: -> (k²,)."""
    total = np.zeros((len(coarse), len(small)), dtype=complex)
    for i in range(0, len(x), ROWS):
        turn = 2j * np.pi * x[i : i + ROWS]
        # fast: e^(a + b) is e^a e^b, so 2k exponentials of x and a product will do
        left = w[i : i + ROWS] * np.exp(coarse[:, None] * turn)  # (k, rows)
        total += left @ np.exp(turn[:, None] * small)
    return total.ravel() / len(x)


def periodogram(x: Array, y: Array) -> Pair:  # given
    """Frequencies, and the share of y's variance that a wave of each explains.

    At each frequency c + a sin + b cos is fitted by least squares, whatever the spacing
    of x (Lomb and Scargle, with a mean). For two knobs there is a formula: cc, ss, cs,
    yc, ys are the means of cos², sin², sin cos, y cos, y sin, less their own means:

        share = (ss yc² + cc ys² − 2 cs yc ys) / (cc ss − cs²) / variance of y

    From half a period in all to one for every 2.5 points. Waves look alike when they
    differ by less than a period in all, so the grid is ten times finer than that.
    """
    x, span, most = x - x.mean(), np.ptp(x), max(len(x) - 1, 4) / 2.5
    k = int(np.ceil(np.sqrt(10 * most)))
    grid = (0.5 + np.arange(k) * k / 10) / span, np.arange(k) / 10 / span
    one, two = (spectrum(times * x, np.ones(len(x)), *grid) for times in (1, 2))
    yw = spectrum(x, y - y.mean(), *grid)
    cc, ss = (1 + two.real) / 2 - one.real**2, (1 - two.real) / 2 - one.imag**2
    cs = two.imag / 2 - one.real * one.imag
    gain = ss * yw.real**2 + cc * yw.imag**2 - 2 * cs * yw.real * yw.imag
    share = gain / np.maximum(cc * ss - cs**2, 1e-12) / max(y.var(), 1e-300)
    frequencies = np.add.outer(*grid).ravel()
    inside = frequencies * span <= most
    return frequencies[inside], share[inside]


def sinusoidal_start(x: Array, y: Array) -> Array:
    """Mean, amplitude, period and phase of the wave that explains most: -> (4,).

    The period is 1 / frequency, of the frequency with the largest share. Its mean and
    its factors of sin and cos are then solved for, by least squares: a sin + b cos is
    A sin(… + φ), with a = A cos φ and b = A sin φ. A is positive, φ from −π to π.
    """
    frequencies, share = periodogram(x, y)
    best = frequencies[share.argmax()]
    angle = 2 * np.pi * best * x
    columns = np.stack([np.ones_like(x), np.sin(angle), np.cos(angle)], axis=1)
    c, a, b = pseudo_inverse(columns) @ y
    return np.array([c, np.hypot(a, b), 1 / best, np.arctan2(b, a)])


def sinusoidal() -> Model:
    """c + A·sin(2π x / P + φ): a wave of the amplitude A and the period P around c.

    It starts at `sinusoidal_start`, with no tries. The name is Sinusoidal, the formula
    "{mean} + {amplitude} * sin(2π*x/{period} + {phase})".
    """
    return Model(
        "Sinusoidal", lambda x, p: p[0] + p[1] * np.sin(2 * np.pi * x / p[2] + p[3]),
        sinusoidal_gradient, sinusoidal_start,
        "{mean} + {amplitude} * sin(2π*x/{period} + {phase})",
    )  # fmt: skip


def scatter(x: Array, k: int, rng: Any) -> Array:
    """1,000 draws of k numbers: of either sign, and of every size: -> (1000, k).

    From 1/(100 R) to 100 R, R being the largest |x| (or 1/R, if that is larger): as
    many of them between 0.1 and 1 as between 1 and 10, so that their logarithms are
    drawn evenly. Then either sign, at evens.
    """
    largest = np.abs(x).max()
    reach = np.log(100 * max(largest, 1 / largest))
    size = np.exp(reach * rng.uniform(-1, 1, (1000, k)))
    return size * rng.choice([-1, 1], (1000, k))


@np.errstate(all="ignore")
def columns_of(formulas: Any, names: Any, x: Array, p: Array) -> Array:  # given
    """The values of some formulas of x and p, side by side: -> (n, len(formulas))."""
    values = dict(zip(names, [*np.atleast_2d(x), *p]))
    columns = np.empty((x.shape[-1], len(formulas)))
    for j, formula in enumerate(formulas):
        columns[:, j] = formula.evaluate(values)
    return columns


def typed(text: str, variables: Any = ("x",), rng: Any = 0) -> Model:  # given
    """The model of a formula such as "a*exp(-b*x) + c": every free name is a knob.

    The rules of calculus differentiate it. It starts at the best of 1,000 draws. The
    parameters are in alphabetical order, b2 before b10. ValueError without a parameter,
    or without x.
    """
    formula = expressions.parse(text, tuple(variables), parameters=True)
    names = sorted(formula.parameters, key=lambda name: (len(name), name))
    if not names:
        raise ValueError(f"{text}: there is no parameter to fit, such as a in a*x")
    if not any(expressions.depends(formula.tree, x) for x in variables):
        raise ValueError(f"{text}: there is no {variables[0]} in it")
    slopes, rng = [formula.derivative(n) for n in names], np.random.default_rng(rng)
    known = [*variables, *names]
    return family(
        text, lambda x, p: columns_of([formula], known, x, p)[:, 0],
        lambda x, p: columns_of(slopes, known, x, p),
        lambda x, y: scatter(x, len(names), rng),
        re.sub(rf"\b({'|'.join(names)})\b", r"{\1}", str(formula)),
    )  # fmt: skip


# --------------------------------------------------------------------------
# Milestone 3: the loss falls, and the errors are known


@np.errstate(all="ignore")
def loss_gradient(model: Model, x: Array, y: Array, p: Array) -> Array:
    """How fast the mean squared error grows with each parameter: -> (p,).

        ∂E/∂pⱼ = −2 Σ rᵢ ∂f(xᵢ)/∂pⱼ / n      with what is missing, r = y − f(x)

    The chain rule once more: the slope of the square, times the slope of the curve.
    """
    return -2 * model.gradient(x, p).T @ (y - model.f(x, p)) / len(y)


@np.errstate(all="ignore")
def descent(model: Model, x: Array, y: Array, p: Array, steps: int = 60) -> list[Point]:
    """Parameters and loss of gradient descent with momentum, from p on.

    It is that of chapter 6, but every knob has units of its own. So each is turned by
    its gradient over its own curvature, 2 Σ (∂f/∂pⱼ)² / n; then p knobs at once are
    safe at the rate 1/p. A step that would raise the loss is not taken: the rate is
    halved, and the momentum lost.
    """
    path, velocity, lr = [(p, mse(y, model.f(x, p)))], np.zeros(len(p)), 1 / len(p)
    if not np.isfinite(path[0][1]):
        raise ValueError(f"{model.name}: not a finite number at the start {p}")
    for _ in range(steps):
        p, loss = path[-1]
        curvature = 2 * (model.gradient(x, p) ** 2).mean(axis=0)  # (p,)
        downhill = -loss_gradient(model, x, y, p) / np.where(curvature, curvature, 1)
        velocity = 0.9 * velocity + lr * downhill
        ahead = mse(y, model.f(x, p + velocity))
        if ahead < loss:
            path.append((p + velocity, ahead))
        else:
            velocity, lr = np.zeros(len(p)), lr / 2
    return path


@np.errstate(all="ignore")
def refine(model: Model, x: Array, y: Array, p: Array, part: Any = ()) -> list[Point]:
    """Parameters and loss of the method of Levenberg and Marquardt, from p on.

    Near the bottom the valley is a bowl, and where its own bottom is can be computed:
    the v for which J v is nearest to what is missing, r. Jump there. If that is worse,
    be more careful: λ larger, the step shorter and turned towards the gradient. If it
    is better, be bolder. D keeps the units of the knobs apart:

        v = argmin ‖J v − r‖² + λ ‖D v‖²            Dⱼ = largest ‖∂f/∂pⱼ‖ seen so far

    λ begins at 0.01, a good step divides it by 5, a bad one multiplies it by 3. The
    valley may bend: one more look on the way measures how, and w bends the step with
    it, J w being as near as can be to −bend / 2. Where w is long the bowl says little,
    and the step is not taken. The knobs of a linear `part` do not walk, they are solved
    for. It ends where J v is next to nothing, or λ beyond all measure.
    """
    part, lam, D = list(part), 0.01, np.zeros(len(p))
    p = least_squares(model, x, y, p, part)
    J, now, walks = model.gradient(x, p), model.f(x, p), ~np.isin(range(len(p)), part)
    path = [(p, mse(y, now))]
    for _ in range(500):
        p, loss = path[-1]
        D = np.maximum(D, np.linalg.norm(J, axis=0) * walks)
        A = np.vstack([J, np.diag(np.sqrt(lam) * D)])  # (n + p, p)
        P = pseudo_inverse(A)[:, : len(y)]  # (p, n)
        v = P @ (y - now)
        bend = 20 * (10 * (model.f(x, p + v / 10) - now) - J @ v)  # (n,)
        w = P @ -bend / 2
        q = least_squares(model, x, y, p + v + w, part)
        ahead, gain = mse(y, model.f(x, q)), np.mean((J @ v) ** 2)
        if ahead < loss and np.linalg.norm(D * w) < 0.4 * np.linalg.norm(D * v):
            path.append((q, ahead))
            J, now, lam = model.gradient(x, q), model.f(x, q), lam / 5
        else:
            lam *= 3
        if lam > 1e12 or not gain > 1e-15 * loss:
            break
    return path


def fit(model: Model, x: Array, y: Array, start: Any = None) -> Iterator[Step]:
    """Yields each Step of learning; none is worse than the one before it.

    Gradient descent goes first. Then Levenberg and Marquardt's method is tried three
    times: from the start, from the start with the linear part solved for, and from
    where the descent has come to. The first counts unless another ends clearly lower.
    ValueError if there are too few points, or no finite number at the start.
    """
    x, y = checked(x, y, 1)
    p = np.array(model.start(x, y) if start is None else start, dtype=float)
    checked(x, y, len(p), model.name)
    walk, best = descent(model, x, y, p), [(p, np.inf)]
    for begin, part in ((p, []), (p, linear_part(model, x, p)), (walk[-1][0], [])):
        if best[-1][1] > EXACT * np.mean(y**2):
            tried = refine(model, x, y, begin, part)
            best = tried if tried[-1][1] < CLEARLY * best[-1][1] else best
    walk += [point for point in best if point[1] < walk[-1][1]]
    for iteration, (p, loss) in enumerate(walk):
        yield Step(iteration, p, loss)


def learned(model: Model, x: Array, y: Array, start: Any = None) -> Step:
    """The last step of learning, which is the best."""
    *_, last = fit(model, x, y, start)
    return last


def standard_errors(model: Model, x: Array, y: Array, p: Array) -> Array:
    """How far off each parameter may be, its standard error: -> (p,).

        squares of the errors = diagonal of s² (JᵀJ)⁻¹          s² = Σ r² / (n − p)

    It holds if what is missing, r, is chance, and each rᵢ is independent of the others.
    NaN if there are no more points than parameters.
    """
    r, free = y - model.f(x, p), len(y) - len(p)
    s2 = r @ r / free if free else np.nan
    return np.sqrt(s2 * (pseudo_inverse(model.gradient(x, p)) ** 2).sum(axis=1))


def autocorrelation(x: Array, r: Array) -> float:
    """How much the misses of neighbours in x are alike: their correlation, −1 to 1.

        Σ rᵢ rᵢ₊₁ / Σ rᵢ²        in the order of x; the upper sum has a term less

    0 if nothing is missing.
    """
    r = r[np.argsort(x, kind="stable")]
    return float(r[1:] @ r[:-1] / max(r @ r, 1e-300))


# --------------------------------------------------------------------------
# Milestone 4: a curve can fit too well


def cross_validate(model: Model, x: Array, y: Array, folds: int) -> float:
    """The mean squared error on points that the fit has not seen.

    In the order of x, every folds-th point is left out and predicted by a fit to the
    others; then the next ones, until each has had its turn.
    """
    x, y = checked(x, y, folds)
    order, wrong = np.argsort(x, kind="stable"), np.zeros(len(y))
    for k in range(folds):
        out, rest = order[k::folds], np.delete(order, np.s_[k::folds])
        p = learned(model, x[rest], y[rest]).parameters
        wrong[out] = y[out] - model.f(x[out], p)
    return float(np.mean(wrong**2))


def leave_one_out(model: Model, x: Array, y: Array, p: Array) -> float:
    """The same with every point left out in turn, and without a single new fit.

        mean of (rᵢ / (1 − hᵢ))²            h = diagonal of J (JᵀJ)⁻¹ Jᵀ

    hᵢ is how far the curve follows a point: by so much point i has made its own miss
    smaller. Exact if all parameters are linear, else as near as the bowl is. Infinite
    if the curve goes through some point whatever its y.
    """
    J = model.gradient(x, p)
    h = (J * pseudo_inverse(J).T).sum(axis=1)  # (n,)
    if not h.max() < 1 - 1e-9:
        return np.inf
    return float(np.mean(((y - model.f(x, p)) / (1 - h)) ** 2))


def criteria(n: int, p: int, loss: float) -> tuple[float, float]:
    """AIC = n log E + 2 k and BIC = n log E + k log n: lower is better.

    k counts the p parameters, and the size of the noise. Both ask of each parameter to
    lower E by more than noise alone would let it.
    """
    fit = n * np.log(max(loss, 1e-300))
    return fit + 2 * (p + 1), fit + np.log(n) * (p + 1)


def ridge(x: Array, y: Array, degree: int, lam: float) -> Array:
    """Parameters of the polynomial of little error and small weights: -> (degree + 1,).

        minimise  Σ (y − ŷ)² / n + lam Σⱼ wⱼ²       w: weights of u, u² … (see `powers`)

    The penalty acts as one more point for each weight, which asks it to be 0. The
    constant is free. Low to high, in the units of x.
    """
    wish = np.sqrt(lam * len(y)) * np.eye(degree + 1)[1:]
    A = np.vstack([powers(x, degree), wish])  # (n + degree, degree + 1)
    return in_units_of(x, pseudo_inverse(A)[:, : len(y)] @ y)


def degree_sweep(x: Array, y: Array, degrees: Any, folds: int = 5) -> list:
    """(degree, error on the points, error on points left out) of each polynomial."""
    models = [polynomial(degree) for degree in degrees]
    seen = [learned(model, x, y).loss for model in models]
    unseen = [cross_validate(model, x, y, folds) for model in models]
    return list(zip(degrees, seen, unseen))


def bootstrap(x: Array, y: Array, degree: int, lam: float, rng: Any) -> Array:
    """Ridge fits to 30 samples, each drawn from the points with putting back.

    How far they lie apart is how much of the curve is luck: -> (30, degree + 1).
    """
    draws = rng.integers(len(y), size=(30, len(y)))
    return np.array([ridge(x[i], y[i], degree, lam) for i in draws])


class Fit(NamedTuple):
    """A model that was fitted, and what speaks for it."""

    model: Model
    p: Array
    loss: float
    unseen: float  # the leave-one-out error: this one chooses
    aic: float
    bic: float


def examine(model: Model, x: Array, y: Array) -> Fit:  # given
    """Fit a model to the points, and collect what speaks for it."""
    _, p, loss = learned(model, x, y)
    unseen = leave_one_out(model, x, y, p)
    return Fit(model, p, loss, unseen, *criteria(len(y), len(p), loss))


# --------------------------------------------------------------------------
# The picture


class Table(NamedTuple):
    """What the command works on."""

    x: Array  # (n,)
    y: Array  # (n,)
    x_name: str
    y_name: str
    what: str  # the readings, in words
    first_day: Any = None  # a date of pandas, if x counts days from it


def short(value: float) -> str:
    """A number as a person would write it: 52.8, 1,203.0, 0.00123."""
    return f"{value:,.1f}" if 10 <= abs(value) < 1e7 else f"{value:.3g}"


class Learning:
    """The film: a curve learns. Beside it what it misses, and the loss so far."""

    def __init__(self, plt: Any, table: Table):
        self.fig, axes = plt.subplot_mosaic("FFR;FFL", figsize=(12, 6.2))
        self.axes, self.x, self.y = [axes[name] for name in "FRL"], table.x, table.y
        (F, R, L), room, ink = self.axes, np.ptp(table.y), figures.COLOURS
        self.some = slice(None, None, len(self.x) // 500 + 1)  # more dots make a blot
        x, y, few = self.x[self.some], self.y[self.some], len(self.x) < 100
        dots = {"color": figures.INK if few else GREY, "ms": 7 if few else 4, "mew": 0}
        F.plot(x, y, "o", zorder=2 + few, **dots)
        (self.misses,) = R.plot(x, y - y.mean(), "o", **dots)
        R.axhline(0, color=ink[1])
        F.set(xlabel=table.x_name, ylabel=table.y_name, title="A line learns",
              ylim=(self.y.min() - 0.25 * room, self.y.max() + 0.1 * room))  # fmt: skip
        R.set(xlabel=table.x_name, ylabel="data − curve")
        L.set(xlabel="step", ylabel="mean squared error", title="The error falls",
              yscale="log", xscale="symlog")  # fmt: skip
        L.xaxis.set_major_formatter("{x:g}")
        self.grid = np.linspace(self.x.min(), self.x.max(), 600)
        walk = list(fit_line(self.x, self.y, steps=12))
        for iteration, (a, b), _ in walk[::3]:
            label = "" if iteration else "a line learning"
            F.plot(self.grid, a + b * self.grid, color=ink[5], lw=1, label=label)
        L.plot([step.loss for step in walk], color=ink[5], lw=1)

    def learn(self, fits: list[Fit], best: Fit) -> figures.Film:
        """Draw the other curves, and film how the best one learns, flat at first."""
        (F, _, L), ink, flat = self.axes, figures.COLOURS, best.p.copy()
        flat[linear_part(best.model, self.x, flat)] = 0
        self.model, self.history = best.model, [*fit(best.model, self.x, self.y, flat)]
        if self.history[-1].loss > best.loss:  # a flat start may lead elsewhere
            self.history.append(Step(len(self.history), best.p, best.loss))
        others = [one for one in fits if one is not best]
        for one, dash in zip(others, 9 * ["--", ":", "-."]):
            line = one.model.f(self.grid, one.p)
            F.plot(self.grid, line, dash, lw=1.5, color=ink[0], label=one.model.name)
        look = {"color": ink[1], "lw": 3, "label": best.model.name}
        (self.curve,) = F.plot(self.grid, self.grid, **look)
        F.legend(loc="lower center", ncols=3, **FRAME)
        losses = np.maximum([step.loss for step in self.history], 1e-30)
        L.plot(losses, color=ink[2])
        (self.here,) = L.plot(0, losses[0], "o", ms=9, color=ink[1])
        L.set_ylim(losses[-1] / 2, 3 * losses[0])
        some = np.geomspace(1, len(self.history), 25).round().astype(int)
        self.shown = np.unique(some) - 1  # all at first, then fewer
        return figures.Film(self.fig, self.draw, len(self.shown), fps=5)

    def draw(self, frame: int) -> None:
        """One frame: the curve after so many steps."""
        iteration, p, loss = self.history[self.shown[frame]]
        self.curve.set_ydata(self.model.f(self.grid, p))
        self.misses.set_ydata((self.y - self.model.f(self.x, p))[self.some])
        self.axes[1].relim()
        self.axes[1].autoscale_view(scalex=False)
        self.here.set_data([iteration], [max(loss, 1e-30)])
        done = frame == len(self.shown) - 1
        what = "fits best" if done else f"learns, step {iteration}"
        self.axes[0].set_title(f"{self.model.name} {what}: MSE {short(loss)}")
        self.axes[1].set_title(f"It misses by ± {short(loss**0.5)}")


def thinned(table: Table) -> tuple[Pair, Pair]:
    """x, y of some 24 of the first 365 rows, and of the others, which are kept back."""
    x, y = table.x[:365], table.y[:365]
    every = max(2, len(x) // 24)
    seen = np.arange(len(x)) % every == every // 2
    return (x[seen], y[seen]), (x[~seen], y[~seen])


class Overfit:
    """The film: the degree rises. The slider asks the polynomial for small weights."""

    def __init__(self, plt: Any, table: Table, sweep: Array):
        from matplotlib.widgets import Slider

        look = {"height_ratios": [14, 1], "figsize": (12, 6.4), "num": "Overfitting"}
        self.fig, axes = plt.subplot_mosaic("FFFEE;KKKKK", **look)
        self.table, self.errors = table, sweep[:, 1:].T  # (3, degrees)
        self.curves, self.chart = axes["F"], axes["E"]
        self.slider = Slider(axes["K"], "ridge, lam ", -8, 2, valinit=-8, valstep=0.5)
        self.film = figures.Film(self.fig, self.draw, len(sweep), fps=2)
        self.film.KEYS = "Space play / pause  ←→ degree  ↑↓ lam  Home End"
        self.slider.on_changed(lambda _: self.film.go(self.film.frame))
        self.fig.canvas.mpl_connect("key_press_event", lambda e: self.on_key(e.key))

    def on_key(self, key: str | None) -> None:
        """Up and down change lam; the film hears the other keys."""
        if move := {"up": 0.5, "down": -0.5}.get(key or ""):
            self.slider.set_val(np.clip(self.slider.val + move, -8, 2))

    def draw(self, degree: int) -> None:
        """One frame: the polynomial of this degree, and the errors of all of them."""
        errors, ink, E = self.draw_curve(degree), figures.COLOURS, self.chart
        here, back = (short(error**0.5) for error in errors)
        self.curves.set_title(f"Degree {degree}: ± {here} here, ± {back} elsewhere")
        E.clear()
        names = ["these points", "these, cross-validated", "points kept back"]
        for values, name, mark, colour in zip(self.errors, names, "os^", ink):
            E.semilogy(values, mark + "-", ms=5, color=colour, label=name)
        rings = {"ms": 13, "mfc": "none", "mew": 2}
        for error, name, colour in zip(errors, ("here", "elsewhere"), ink[::2]):
            E.plot(degree, error, "o", color=colour, label=f"{name}, this lam", **rings)
        most = self.errors[0].max()
        E.set(xlabel="degree", ylabel="mean squared error", ylim=(most / 30, 50 * most),
              title=f"Degree {self.errors[1].argmin()} is enough")  # fmt: skip
        E.xaxis.get_major_locator().set_params(integer=True)
        E.legend(loc="upper left", markerscale=0.7, **FRAME)

    def draw_curve(self, degree: int) -> tuple[float, float]:
        """The polynomial and thirty that might have been; its error here and back."""
        lam = 10**self.slider.val if self.slider.val > -8 else 0.0
        self.slider.valtext.set_text(f"{lam:.2g}")
        ((x, y), back), ax, ink = thinned(self.table), self.curves, figures.COLOURS
        p, f = ridge(x, y, degree, lam), polynomial(degree).f
        grid, room = np.linspace(x.min(), x.max(), 400), 0.4 * np.ptp(y)
        ax.clear()
        fan = bootstrap(x, y, degree, lam, np.random.default_rng(0))
        band = np.quantile([f(grid, luck) for luck in fan], [0.1, 0.9], axis=0)
        ax.fill_between(grid, *band, color="#CBE5F6", label="80 % of the refits")
        ax.plot(*back, "o", ms=3, color=GREY, mew=0, label="kept back")
        ax.plot(grid, f(grid, p), color=ink[1], lw=3)
        ax.plot(x, y, "o", ms=7, color=figures.INK, label="these points")
        ax.legend(loc="lower center", ncols=3, **FRAME)
        ax.set(xlabel=self.table.x_name, ylabel=self.table.y_name,
               ylim=(y.min() - room, y.max() + room))  # fmt: skip
        return mse(y, f(x, p)), mse(back[1], f(back[0], p))


# --------------------------------------------------------------------------
# The command line

KINDS: dict[str, Callable[[], Model]] = {
    "linear": lambda: polynomial(1), "quadratic": lambda: polynomial(2),
    "cubic": lambda: polynomial(3), "exponential": exponential, "power": power,
    "logistic": logistic, "sinusoidal": sinusoidal,
}  # fmt: skip
USUAL = "linear,quadratic,sinusoidal"
CELSIUS = "temp_max", "temp_min"  # columns whose unit is known


def load(options: argparse.Namespace) -> Table:
    """x and y out of a CSV file: dates or the first numbers, and temp… or the last."""
    frame = data.read_csv(data.find(options.file))
    numeric, date = data.number_columns(frame), r"\d{4}-\d\d?-\d\d?.*"
    text = [str(name) for name in frame if name not in numeric]
    dates = [c for c in text if frame[c].astype(str).str.fullmatch(date).mean() > 0.8]
    if not numeric:
        raise ValueError(f"{Path(options.file).name}: there is no column of numbers")
    if len(numeric) < 2 and not dates:
        frame["row"] = range(1, len(frame) + 1)
        numeric = ["row", *numeric]
    x_name = options.x or [*dates, *(c for c in numeric if c != options.target)][0]
    rest = [c for c in numeric if c != x_name]
    warm = [c for c in rest if c.startswith("temp")]
    y_name = options.target or [*warm, *rest[::-1], *numeric][0]
    if options.drop_missing:
        frame = frame.dropna(subset=[c for c in (x_name, y_name) if c in frame])
    y, what = data.numbers(frame, [y_name])[:, 0], f"readings of {y_name}"
    if np.abs(y).max() > 1e50:  # sums of squares of squares must be numbers
        raise ValueError(f"column {y_name!r} has numbers beyond ±1e50")
    if np.ptp(y) == 0:
        raise ValueError(f"column {y_name!r} is constant: there is nothing to fit")
    what = "temperature readings" if y_name.startswith("temp") else what
    if x_name not in dates:
        return Table(data.numbers(frame, [x_name])[:, 0], y, x_name, y_name, what)
    x, first = days(frame, x_name)
    what = f"daily {what}" if np.ptp(x) == len(x) - 1 else what
    return Table(x, y, f"days since {first:%d %B %Y}", y_name, what, first)


def days(frame: Any, name: str) -> tuple[Array, Any]:
    """A column of dates as days since the first, and the first."""
    import pandas as pd

    dates = pd.to_datetime(frame[name].astype(str), format="ISO8601", errors="coerce")
    for line in frame.index[dates.isna()]:
        cell = f"line {line}, column {name!r}: {str(frame.at[line, name])!r}"
        raise ValueError(f"{cell} is no date; write it as 2012-12-31")
    return ((dates - dates.min()) / pd.Timedelta(days=1)).to_numpy(), dates.min()


def kinds(text: str) -> list[str]:
    """The type of --models: names that are known, between commas."""
    names = console.names(text)
    for name in names:
        if name not in KINDS:
            hint = console.nearest_name(name, KINDS) or f"; known: {', '.join(KINDS)}"
            raise argparse.ArgumentTypeError(f"there is no model {name!r}{hint}")
    return names


def choose(options: argparse.Namespace) -> list[Model]:
    """The models that are asked for; without a word, the three usual ones."""
    usual = [] if options.model or options.degree else kinds(USUAL)
    models = [KINDS[name]() for name in options.models or usual]
    models += [polynomial(options.degree)] if options.degree else []
    return models + ([typed(options.model, rng=options.seed)] if options.model else [])


def report(table: Table, models: list[Model]) -> tuple[list[Fit], Fit]:
    """Fit the models and print what is found; the fits, and the best of them."""
    fits = [examine(model, table.x, table.y) for model in models]
    exact = EXACT * np.mean(table.y**2)
    best = min(fits, key=lambda one: (max(one.unseen, exact), len(one.p)))
    width = max(len(one.model.name) for one in fits) + 2
    print("Fitting models:")
    for one in fits:
        name, mark = f"{one.model.name}:", "  <- best fit" * (one is best)
        print(f"  {name:{width}} MSE = {short(one.loss)}{mark}")
    rows = [(one.model.name, len(one.p), *map(short, one[3:])) for one in fits]
    header = ["model", "parameters", "leave-one-out", "AIC", "BIC"]
    print(f"\n{console.table(header, rows)}")
    aic, bic = (min(fits, key=lambda one: one[j]).model.name for j in (4, 5))
    print(f"Chosen by leave-one-out: {best.model.name} (AIC: {aic}, BIC: {bic})\n")
    explain(table, best)
    return fits, best


def explain(table: Table, best: Fit) -> None:
    """Print the best curve as a formula, its errors, and what it means."""
    model, p, first = best.model, best.p, table.first_day
    y = "temp" if table.y_name.startswith("temp") else table.y_name
    unit = "°C" if table.y_name in CELSIUS else ""
    names = re.findall(r"{(\w+)}", model.formula)
    texts = {name: f"{value:.4g}" for name, value in zip(names, p)}
    line = model.formula.format(**texts)
    line = line.replace("+ -", "- ").replace("- -", "+ ").replace("--", "")
    line = f"{'T' if y == 'temp' else y}(x) = {line}"
    line = line if first is None else re.sub(r"\bx\b", "t", line)
    print(f"Learned parameters:\n  {line}")
    errors = standard_errors(model, table.x, table.y, p)
    for name, value, error in zip(names, p, errors):
        size = np.log10(max(abs(value), 1e-99) / error) if error > 0 else 4
        print(f"  {name} = {value:.{int(np.clip(size + 3, 2, 9))}g} ± {error:.2g}")
    alike = autocorrelation(table.x, table.y - model.f(table.x, p))
    if alike > 0.2:
        times = np.sqrt((1 + alike) / (1 - alike))
        print(f"  Neighbours miss alike (correlation {alike:.2f}): "
              f"the true errors are\n  about {times:.1f} times as large.")  # fmt: skip
    if model.name == "Sinusoidal":
        print(f"\nInterpretation: Average {y} {p[0]:.1f}{unit}, amplitude "
              f"{p[1]:.1f}{unit}, phase shift {p[3]:.1f} rad")  # fmt: skip
        top = p[2] * ((0.25 - p[3] / (2 * np.pi)) % 1)  # there the sine is 1
        day = first is not None and first + np.timedelta64(round(top), "D")
        print(f"  highest about {day:%d %B}" if day else f"  highest at x = {top:.4g}")


def report_overfit(table: Table) -> Array:
    """Print the errors of polynomials of every degree: rows of degree and 3 errors."""
    (x, y), (x_back, y_back) = thinned(table)
    if len(x) < 8:
        raise ValueError(f"--overfit needs 16 rows at least; there are {len(table.x)}")
    print(f"Learning from {len(x)} of them; {len(x_back)} others are kept back.\n")
    sweep = []
    for degree, here, unseen in degree_sweep(x, y, range(min(16, len(x) * 3 // 4))):
        f, p = polynomial(degree).f, ridge(x, y, degree, 0.0)
        sweep.append((degree, here, unseen, mse(y_back, f(x_back, p))))
    header = ["degree", "these points", "cross-validated", "kept back"]
    print(console.table(header, [(row[0], *map(short, row[1:])) for row in sweep]))
    best, least = (min(sweep, key=lambda row: row[j])[0] for j in (2, 3))
    print(f"\nCross-validation takes degree {best}; "
          f"degree {least} is best on the points kept back.")  # fmt: skip
    return np.array(sweep)


def read_nist(path: Path) -> tuple[Model, Array, Array, Array]:
    """The model, x and y of a problem of NIST, and what is known of each parameter:
    start 1, start 2, certified value, its certified standard error, (p, 4)."""
    text = path.read_text(encoding="utf-8", errors="replace")
    lines: Any = re.search(r"Data +\(lines +(\d+) to +(\d+)\)", text)
    formula: Any = re.search(r"^ *(\S+) *= *([^=]*?)\+ *e *$", text, re.M)
    known = re.findall(r"^ *b\d+ *= *(\S+) +(\S+) +(\S+) +(\S+) *$", text, re.M)
    try:
        first, last = (int(number) for number in lines.groups())
        rows = [row.split() for row in text.splitlines()[first - 1 : last]]
        y, *x = np.array(rows, dtype=float).T
        marks = str.maketrans("[]", "()")
        left, right = (side.translate(marks) for side in formula.groups())
    except (AttributeError, ValueError):
        raise ValueError(f"{path.name}: this is no nonlinear problem of NIST") from None
    names = ["x"] if len(x) == 1 else ["x1", "x2"]
    y = expressions.parse(left, ("y",))(y)  # one of them fits log(y)
    model = typed(right.replace("arctan", "atan"), names)
    return model, np.squeeze(x), y, np.array(known, dtype=float)


def digits(p: Array, certified: Array) -> float:
    """How many digits agree, in the parameter where fewest do; NIST gives 11."""
    off = np.abs(p - certified) / np.abs(certified)
    return float(np.clip(-np.log10(max(off.max(), 1e-11)), 0, 11))


def scorecard(folder: Path) -> int:
    """Fit every problem of a folder from the hard start, and print the digits."""
    files, good = sorted(folder.glob("*.dat")), 0
    if not files:
        raise ValueError(f"{folder}: there are no .dat files of NIST in it")
    for file in files:
        model, x, y, known = read_nist(file)
        score = digits(learned(model, x, y, known[:, 0]).parameters, known[:, 2])
        print(f"{file.stem:10}  start 1  digits {score:.1f}", flush=True)
        good += score >= 4
    print(f"{good}/{len(files)} sets with at least 4 digits")
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase2_calculus/curve_fitter.py my.csv --model "a*exp(b*x) + c"
        python phase2_calculus/curve_fitter.py auto_mpg.csv --x weight --target mpg
        python phase2_calculus/curve_fitter.py --overfit --script "right*12 up*4" """
    parser = console.parser(__file__, __doc__, examples)
    add = parser.add_argument
    file = "CSV file (default temperature_data.csv: four years of Seattle)"
    add("file", nargs="?", default="temperature_data.csv", help=file)
    x = "column of x: numbers, or dates such as 2012-12-31 (default: the first)"
    add("--x", "--columns", metavar="NAME", help=x)
    add("--target", metavar="NAME", help="column of y (default: temp…, or the last)")
    add("--drop-missing", action="store_true", help="leave out rows with empty cells")
    known = f"fit these of {', '.join(KINDS)} (default {USUAL})"
    add("--models", type=kinds, metavar="A,B", help=known)
    add("--degree", type=console.whole(1, 30), metavar="N", help="fit a polynomial too")
    add("--model", metavar="FORMULA", help="fit a formula of x, such as 'a*exp(b*x)'")
    add("--overfit", action="store_true", help="film what too high a degree does")
    nist = "score on certified problems (default data/nist/nonlinear); no picture"
    add("--nist", nargs="?", const="nist/nonlinear", metavar="DIR", help=nist)
    figures.add_options(parser, __file__, script="home right*5")
    return parser


@np.errstate(all="ignore")  # a curve may have holes, without a word
def main(argv: list[str] | None = None) -> int:
    """Fit the models, print what is found, and show how the best one learns."""
    options = build_parser().parse_args(argv)
    if options.nist:
        return scorecard(data.find(options.nist))
    table = load(options)
    print(f"Loaded {len(table.y):,} {table.what}\n", flush=True)
    if options.overfit:
        film = Overfit(figures.start(options), table, report_overfit(table)).film
    else:
        picture = Learning(figures.start(options), table)
        film = picture.learn(*report(table, choose(options)))
    figures.finish(options, film.fig, film=film)
    return 0


if __name__ == "__main__":
    console.run(main)
