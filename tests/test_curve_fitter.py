"""Chapter 7, curve fitting: the judge of the four milestones."""

import re

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, settings, strategies
from judge import close, holds, refuses
from oracles import numerical_gradient
from scipy import optimize
from sklearn import linear_model, model_selection

from common import data

cf = chapter("curve_fitter")

THREE = np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 2.0])  # the points of the page

seeds = strategies.integers(0, 10**6)
few = settings(max_examples=25)


def families() -> dict[str, tuple]:
    """Every kind of curve with parameters to try it at, and places x."""
    x = np.array([0.5, 1.0, 1.7, 2.2, 3.0, 4.5, 6.0])
    return {
        "polynomial(3)": (cf.polynomial(3), [1.0, -2.0, 0.5, 0.3], x),
        "exponential()": (cf.exponential(), [2.0, -0.7, 1.5], x),
        "power()": (cf.power(), [1.5, -0.8], x),
        "logistic()": (cf.logistic(), [5.0, 1.3, 2.5], x),
        "sinusoidal()": (cf.sinusoidal(), [1.0, 2.0, 3.1, 0.4], x),
        "typed('a*exp(-b*x)+c')": (cf.typed("a*exp(-b*x)+c"), [2.0, 0.7, 1.5], x),
        "typed('a*sin(b*x)/x')": (cf.typed("a*sin(b*x)/x"), [2.0, 1.1], x),
    }


EVERY = ["polynomial(3)", "exponential()", "power()", "logistic()", "sinusoidal()",
         "typed('a*exp(-b*x)+c')", "typed('a*sin(b*x)/x')"]  # fmt: skip


def nist() -> list:
    """The problems of NIST: name, model, x, y, and what is known of the parameters.

    That is read here, so that the chapter does not tell what it is judged by. And its
    model must miss the data at the certified parameters by as much as NIST says.
    """
    problems = []
    for file in sorted((data.FOLDER / "nist" / "nonlinear").glob("*.dat")):
        text = file.read_text(encoding="utf-8", errors="replace")
        rows = [line.split("=")[1].split() for line in text.splitlines()
                if re.match(r" *b\d+ *=", line)]  # fmt: skip
        known = np.array(rows, dtype=float)  # start 1, start 2, certified, its error
        model, x, y, _ = cf.read_nist(file)
        squares = float(text.split("Residual Sum of Squares:")[1].split()[0])
        got = float(np.sum((y - model.f(x, known[:, 2])) ** 2))
        close(got, squares, f"sum of squares of {file.stem}", rtol=1e-6, atol=1e-19)
        problems.append((file.stem, model, x, y, known))
    return problems


def losses(steps) -> list[float]:
    """The loss of each step: what a fit has done, in numbers that can be shown."""
    return [step.loss for step in steps]


# --------------------------------------------------------------------------
# Milestone 1: a line, found by walking downhill


@pytest.mark.milestone1
def test_the_error_by_hand():
    """Misses 0, −2 and 1: the squares 0, 4, 1 have the mean 5/3."""
    got = cf.mse(np.array([1.0, 2.0, 6.0]), np.array([1.0, 4.0, 5.0]))
    close(got, 5 / 3, "mse([1, 2, 6], [1, 4, 5])")


@pytest.mark.milestone1
def test_the_gradient_of_three_points_by_hand():
    """The flat line 0 is too high by −1, −3, −2: twice the mean is −4. Times x = 0, 1
    and 2 it is 0, −3, −4: twice the mean is −14/3."""
    got = cf.line_gradient(*THREE, np.zeros(2))
    close(got, [-4, -14 / 3], "line_gradient(x, y, [0, 0]), points (0,1) (1,3) (2,2)")


@pytest.mark.milestone1
def test_the_gradient_vanishes_at_the_best_line_of_three_points():
    """1.5 + 0.5 x misses by −0.5, 1, −0.5: the sum is 0, the sum times x as well."""
    got = cf.line_gradient(*THREE, np.array([1.5, 0.5]))
    close(got, [0, 0], "line_gradient(x, y, [1.5, 0.5]), points (0,1) (1,3) (2,2)")


@pytest.mark.milestone1
@few
@given(seed=seeds)
def test_the_gradient_agrees_with_central_differences(seed):
    rng = np.random.default_rng(seed)
    x, y, p = rng.normal(2, 3, 7), rng.normal(size=7), rng.normal(size=2)
    want = numerical_gradient(lambda p: float(np.mean((y - p[0] - p[1] * x) ** 2)), p)
    close(cf.line_gradient(x, y, p), want, "line_gradient(x, y, p)", 1e-6, 1e-6)


@pytest.mark.milestone1
def test_the_walk_begins_with_the_flat_line_and_its_error():
    """p = (0, 0): the squares of y are 1, 9 and 4, their mean 14/3."""
    first = next(iter(cf.fit_line(*THREE)))
    close(first.iteration, 0, "iteration of the first step of fit_line")
    close(first.parameters, [0, 0], "parameters of the first step of fit_line")
    close(first.loss, 14 / 3, "loss of the first step of fit_line")


@pytest.mark.milestone1
def test_it_arrives_at_the_line_of_three_points():
    *_, last = cf.fit_line(*THREE, lr=0.1, steps=200)
    close(last.parameters, [1.5, 0.5], "fit_line of (0,1) (1,3) (2,2), 200 steps")
    close(last.loss, 0.5, "its loss: the squares 0.25, 1, 0.25 have the mean 0.5")


@pytest.mark.milestone1
@few
@given(seed=seeds, size=strategies.sampled_from([1e-6, 1.0, 1e5]))
def test_it_arrives_at_the_least_squares_line_in_any_units(seed, size):
    rng = np.random.default_rng(seed)
    x = size * rng.normal(rng.uniform(-5, 5), 1, 20)
    y = rng.normal(size=20) + x / size
    *_, last = cf.fit_line(x, y, lr=0.2, steps=100)
    want = np.polyfit(x, y, 1)[::-1] * [1, size]
    got = last.parameters * [1, size]
    close(got, want, f"fit_line, x of the size {size:g}", rtol=1e-6, atol=1e-6)


@pytest.mark.milestone1
def test_every_step_shrinks_what_is_missing_by_the_same_factor(rng):
    """The bowl curves by 2: a step leaves 1 − 2 lr = 0.6 of the way, and of the loss
    above the lowest 0.6² = 0.36."""
    x, y = rng.normal(7, 3, 50), rng.normal(size=50)
    loss = np.array(losses(cf.fit_line(x, y, lr=0.2, steps=10)))
    lowest = np.polyfit(x, y, 1, full=True)[1][0] / 50
    above = loss - lowest
    close(above[1:] / above[:-1], np.full(10, 0.36), "loss above the lowest, step by "
          "step, lr = 0.2", rtol=1e-5)  # fmt: skip


@pytest.mark.milestone1
def test_the_steps_are_numbered_and_their_loss_is_that_of_their_line(rng):
    x, y = rng.normal(size=9), rng.normal(size=9)
    steps = list(cf.fit_line(x, y, lr=0.3, steps=12))
    close(
        [s.iteration for s in steps], np.arange(13), "iterations of fit_line, 12 steps"
    )
    for step in steps:
        a, b = step.parameters
        close(step.loss, np.mean((y - a - b * x) ** 2), "loss of a step of fit_line")


@pytest.mark.milestone1
def test_a_rate_that_is_too_large_is_refused(rng):
    x, y = rng.normal(size=9), rng.normal(size=9)
    call = "losses of fit_line, lr = 1.2"
    refuses(lambda: losses(cf.fit_line(x, y, lr=1.2, steps=300)), call)


@pytest.mark.milestone1
@pytest.mark.parametrize("x, y", [
    ([1.0], [2.0]), ([3.0, 3.0], [1.0, 2.0]), ([1.0, 2.0, 3.0], [1.0, 2.0]),
    ([], []),
])  # fmt: skip
def test_points_that_make_no_line_are_refused(x, y):
    x_y = np.array(x), np.array(y)
    refuses(lambda: losses(cf.fit_line(*x_y)), f"losses of fit_line({x}, {y})")


# --------------------------------------------------------------------------
# Milestone 2: curves of many kinds


@pytest.mark.milestone2
def test_the_curves_by_hand():
    """1 + 2·2 + 3·4 = 17; 2 e⁰ + 1 = 3; 3·2² = 12; half of 8 at the middle; and a wave
    of the period 4 around 1 goes 1, 3, 1, −1."""
    for call, model, x, p, want in (
        ("polynomial(2)", cf.polynomial(2), [2.0], [1.0, 2.0, 3.0], [17]),
        ("exponential()", cf.exponential(), [5.0], [2.0, 0.0, 1.0], [3]),
        ("power()", cf.power(), [2.0], [3.0, 2.0], [12]),
        ("logistic()", cf.logistic(), [3.0], [8.0, 2.0, 3.0], [4]),
        (
            "sinusoidal()",
            cf.sinusoidal(),
            [0.0, 1, 2, 3],
            [1.0, 2, 4, 0],
            [1, 3, 1, -1],
        ),
        ("typed('a*x+b')", cf.typed("a*x+b"), [2.0, 3.0], [5.0, 1.0], [11, 16]),
    ):
        got = model.f(np.array(x), np.array(p))
        close(got, want, f"{call}.f({x}, {p})")


@pytest.mark.milestone2
@pytest.mark.parametrize("call, name, formula", [
    ("polynomial(1)", "Linear", "{p0} + {p1}*x"),
    ("polynomial(2)", "Quadratic", "{p0} + {p1}*x + {p2}*x^2"),
    ("polynomial(3)", "Cubic", "{p0} + {p1}*x + {p2}*x^2 + {p3}*x^3"),
    ("polynomial(0)", "Degree 0", "{p0}"),
    ("exponential()", "Exponential", "{factor}*exp({rate}*x) + {level}"),
    ("power()", "Power", "{factor}*x^{exponent}"),
    ("logistic()", "Logistic", "{height}/(1 + exp(-{rate}*(x - {middle})))"),
    ("sinusoidal()", "Sinusoidal",
     "{mean} + {amplitude} * sin(2π*x/{period} + {phase})"),
])  # fmt: skip
def test_every_kind_has_the_name_and_the_formula_that_are_printed(call, name, formula):
    kind, degree = call.rstrip(")").split("(")
    model = getattr(cf, kind)(*map(int, degree))
    holds(model.name == name, f"{call}.name", model.name, name)
    holds(model.formula == formula, f"{call}.formula", model.formula, formula)


@pytest.mark.milestone2
@pytest.mark.parametrize("name", EVERY)
def test_every_gradient_agrees_with_central_differences(name):
    model, p, x = families()[name]
    got = model.gradient(x, np.array(p))
    holds(np.shape(got) == (7, len(p)), f"shape of {name}.gradient(x, p)",
          np.shape(got), f"(7, {len(p)})")  # fmt: skip
    for i in range(len(x)):
        want = numerical_gradient(lambda p, i=i: model.f(x, p)[i], np.array(p))
        close(got[i], want, f"row {i} of {name}.gradient(x, {p})", rtol=1e-6, atol=1e-7)


@pytest.mark.milestone2
def test_the_pseudo_inverse_by_hand():
    """(1, 2) v nearest to b: v = (b₁ + 2 b₂) / 5."""
    got = cf.pseudo_inverse(np.array([[1.0], [2.0]]))
    close(got, [[0.2, 0.4]], "pseudo_inverse([[1], [2]])")


@pytest.mark.milestone2
def test_the_pseudo_inverse_solves_in_the_least_squares_sense(rng):
    A, b = rng.normal(size=(9, 4)), rng.normal(size=9)
    want = np.linalg.lstsq(A, b, rcond=None)[0]
    units = np.array([1.0, 1e-9, 1e12, 1e-30])
    for size in (np.ones(4), units):
        got = cf.pseudo_inverse(A * size) @ b * size
        close(got, want, f"pseudo_inverse(A * {size}) @ b, times the units", rtol=1e-6)
    got = cf.pseudo_inverse(np.array([[1.0, np.nan], [2.0, 1.0], [0.0, 1.0]]))
    holds(np.isnan(got).all(), "pseudo_inverse of a matrix with a NaN", got, "all NaN")


@pytest.mark.milestone2
def test_linear_parts_are_known_by_turning_the_knobs():
    """In a·b·x either is a factor, but not both at once: the first is taken."""
    x = np.linspace(0.5, 6, 9)
    for name, part in zip(EVERY, ([0, 1, 2, 3], [0, 2], [0], [0], [0, 1], [0, 2], [0])):
        model, p, _ = families()[name]
        close(cf.linear_part(model, x, np.array(p)), part, f"linear_part of {name}")
    got = cf.linear_part(cf.typed("a*b*x"), x, np.array([2.0, 3.0]))
    close(got, [0], "linear_part of typed('a*b*x')")
    got = cf.linear_part(cf.sinusoidal(), x, np.array([0.0, 2.0, 3.0, 0.0]))
    close(got, [0, 1], "linear_part of sinusoidal() at a mean and a phase of 0")


@pytest.mark.milestone2
def test_the_linear_part_is_solved_at_once_and_the_rest_stays(rng):
    x = np.linspace(0, 3, 12)
    y = 2 * np.exp(-1.5 * x) + 7
    p = np.array([1.0, -1.5, 0.0])
    got = cf.least_squares(cf.exponential(), x, y, p, [0, 2])
    close(got, [2, -1.5, 7], "least_squares of 2 exp(−1.5 x) + 7, rate −1.5 given")
    close(p, [1, -1.5, 0], "p itself, after least_squares")


@pytest.mark.milestone2
def test_the_best_of_some_starts_is_taken_with_its_factors():
    """2 x³: with the exponents 1, 3 and 5 to choose from, 3 misses nothing."""
    x = np.array([1.0, 2.0, 3.0, 4.0])
    got = cf.best_start(cf.power(), x, 2 * x**3, [(1, 1), (1, 3), (1, 5)])
    close(got, [2, 3], "best_start of 2 x³ among the exponents 1, 3, 5")
    overflows = cf.typed("a*exp(exp(b*x))")
    refuses(lambda: cf.best_start(overflows, x, x, [(1.0, 9.0), (1.0, 99.0)]),
            "best_start of a curve that overflows at every try")  # fmt: skip


@pytest.mark.milestone2
@few
@given(seed=seeds, degree=strategies.integers(1, 8))
def test_powers_are_the_same_polynomial_in_other_units(seed, degree):
    rng = np.random.default_rng(seed)
    x, w = rng.normal(rng.uniform(-3, 3), 1, 20), rng.normal(size=degree + 1)
    A = cf.powers(x, degree)
    close([A[x.argmin()], A[x.argmax()]], [(-1.0) ** np.arange(degree + 1), A[0] ** 0],
          f"powers(x, {degree}) at the least and the largest x")  # fmt: skip
    got = np.polynomial.polynomial.polyval(x, cf.in_units_of(x, w))
    close(got, A @ w, f"in_units_of(x, w) at x, degree {degree}", rtol=1e-6, atol=1e-6)
    got = cf.in_units_of(x, np.eye(degree + 1)[0])
    close(got, np.eye(degree + 1)[0], "in_units_of(x, [1, 0, 0 …]): the constant 1")


@pytest.mark.milestone2
@few
@given(seed=seeds, degree=strategies.integers(1, 7))
def test_a_polynomial_starts_at_the_least_squares_one(seed, degree):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-2, 3, 30), rng.normal(size=30)
    want = np.polyfit(x, y, degree)[::-1]
    got = cf.polynomial(degree).start(x, y)
    close(got, want, f"polynomial({degree}).start(x, y)", rtol=1e-6, atol=1e-8)


@pytest.mark.milestone2
def test_years_do_not_lose_the_digits_of_a_polynomial():
    """x from 1990 to 2030: x³ is 8e9, and still the parabola is found."""
    x = np.arange(1990.0, 2031)
    y = 0.05 * (x - 2005) ** 2 + 3
    got = cf.polynomial(2).start(x, y)
    want = [0.05 * 2005**2 + 3, -0.1 * 2005, 0.05]
    close(got, want, "polynomial(2).start of 0.05 (x − 2005)² + 3", rtol=1e-6)


@pytest.mark.milestone2
@pytest.mark.parametrize("name", EVERY[1:6])
def test_the_automatic_start_is_near_enough(name):
    """Of data without noise it explains nine tenths, with no start given."""
    model, p, _ = families()[name]
    x = np.linspace(0.3, 9, 40)
    y = model.f(x, np.array(p))
    left = np.mean((y - model.f(x, model.start(x, y))) ** 2) / y.var()
    holds(left < 0.1, f"share of the variance left by {name}.start", left, "below 0.1")


@pytest.mark.milestone2
def test_a_power_of_a_negative_x_is_refused():
    x, y = np.array([-1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])
    refuses(lambda: cf.power().start(x, y), "power().start with x = −1")


@pytest.mark.milestone2
def test_a_wave_starts_with_a_positive_amplitude_and_a_phase_within_a_turn(rng):
    for phase in (-3.0, -1.0, 0.5, 2.5):
        x = np.linspace(0, 10, 60)
        y = 4 + 2 * np.sin(2 * np.pi * x / 2.5 + phase)
        got = cf.sinusoidal().start(x, y)
        want = [4, 2, 2.5, phase]
        close(
            got, want, f"sinusoidal().start of 4 + 2 sin(2π x/2.5 + {phase})", 0.02, 0.1
        )


@pytest.mark.milestone2
def test_rates_go_from_slow_to_fast_in_either_direction():
    """Over 10 units, e^(b x) changes by a few percent at the slowest, and out of sight
    at the fastest."""
    got = cf.rates(np.linspace(5, 15, 7))
    holds(np.abs(got).min() < 0.05 and np.abs(got).max() > 1, "sizes of rates(x)",
          np.sort(np.abs(got)), "from below 0.05 to above 1")  # fmt: skip
    close(np.sort(got), np.sort(-got), "rates(x) and their opposites")


@pytest.mark.milestone2
def test_draws_are_of_either_sign_and_every_size(rng):
    """|x| up to 20: from 1/2,000 to 2,000, half of them below 1 and half above."""
    got = cf.scatter(np.array([-20.0, 3.0]), 4, rng)
    close(got.shape, (1000, 4), "shape of scatter(x, 4, rng)")
    size = np.abs(got)
    holds(size.min() > 1 / 2001 and size.max() < 2001, "sizes of scatter(x, 4, rng)",
          np.array([size.min(), size.max()]), "from 1/2,000 to 2,000")  # fmt: skip
    close((size > 1).mean(axis=0), [0.5] * 4, "share of sizes above 1", 0, 0.08)
    close((got > 0).mean(axis=0), [0.5] * 4, "share of positive draws", 0, 0.08)
    got = cf.scatter(np.array([0.0, 0.01]), 2, rng)
    holds(np.abs(got).max() > 1000, "largest of scatter, |x| up to 0.01",
          np.abs(got).max(), "near 100 / 0.01")  # fmt: skip


@pytest.mark.milestone2
def test_a_wave_is_read_off_the_periodogram():
    """3 + 2 sin(2π x/5 + 1), sampled finely: its mean, amplitude, period and phase."""
    x = np.linspace(0, 40, 161)
    y = 3 + 2 * np.sin(2 * np.pi * x / 5 + 1)
    got = cf.sinusoidal_start(x, y)
    close(got, [3, 2, 5, 1], "sinusoidal_start of 3 + 2 sin(2π x/5 + 1)", 0.02, 0.02)


@pytest.mark.milestone2
def test_the_gradients_by_hand():
    """At x = 2: e⁰ = 1 grows by a·x = 6 with b; x² by 3·4·log 2; half of 8 by 8/4 · 0
    with k and by −8/4 · k with m; and a wave at its highest only moves with c and A."""
    x = np.array([2.0])
    for call, gradient, p, want in (
        ("exponential_gradient", cf.exponential_gradient, [3, 0, 1], [1, 6, 1]),
        ("power_gradient", cf.power_gradient, [3, 2], [4, 12 * np.log(2)]),
        ("logistic_gradient", cf.logistic_gradient, [8, 3, 2], [0.5, 0, -6]),
        ("sinusoidal_gradient", cf.sinusoidal_gradient, [1, 5, 8, 0], [1, 1, 0, 0]),
    ):
        got = gradient(x, np.array(p, dtype=float))
        close(got, [want], f"{call}([2], {p})")


# --------------------------------------------------------------------------
# Milestone 3: the loss falls, and the errors are known


@pytest.mark.milestone3
@pytest.mark.parametrize("name", EVERY)
def test_the_gradient_of_the_loss_agrees_with_central_differences(name, rng):
    model, p, x = families()[name]
    y = model.f(x, np.array(p)) + rng.normal(size=7)

    def loss(p: np.ndarray) -> float:
        return float(np.mean((y - model.f(x, p)) ** 2))

    got = cf.loss_gradient(model, x, y, np.array(p))
    want = numerical_gradient(loss, np.array(p))
    close(got, want, f"loss_gradient of {name} at {p}", rtol=1e-5, atol=1e-6)


@pytest.mark.milestone3
def test_one_knob_is_turned_right_at_once():
    """y = 2x, one knob: the rate is 1/1, and the gradient over the curvature is the
    whole way, from 0 to 2."""
    x = np.array([1.0, 2.0])
    path = cf.descent(cf.typed("a*x"), x, 2 * x, np.zeros(1))
    close(path[0][0], [0], "where descent starts")
    close(path[0][1], 10, "the loss there: (4 + 16) / 2")
    close(path[1][0], [2], "the first step of descent for y = 2x")
    close(path[1][1], 0, "the loss after it")


@pytest.mark.milestone3
@pytest.mark.parametrize("name", EVERY)
def test_descent_only_goes_down(name, rng):
    model, p, x = families()[name]
    y = model.f(x, np.array(p)) + rng.normal(0, 0.1, 7)
    loss = np.array([end for _, end in cf.descent(model, x, y, 0.95 * np.array(p))])
    holds((np.diff(loss) < 0).all(), f"losses of descent of {name}", loss, "falling")
    holds(loss[-1] < 0.5 * loss[0], f"losses of descent of {name}", loss[[0, -1]],
          "halved at least")  # fmt: skip


@pytest.mark.milestone3
def test_momentum_carries_along_a_narrow_valley():
    """Two knobs that do nearly the same, x and x + 0.1: plain descent at the rate 1/2
    needs some 2 / 0.0012 steps to get anywhere; the momentum of 0.9 a tenth of that."""
    x = np.linspace(1, 2, 20)
    model = cf.polynomial(1)
    y = 3 - x
    path = cf.descent(model, x, y, np.zeros(2), steps=60)
    holds(path[-1][1] < 0.5 * path[5][1], "loss after 60 and 5 steps of descent",
          np.array([path[-1][1], path[5][1]]), "less than half")  # fmt: skip


@pytest.mark.milestone3
def test_in_a_bowl_one_jump_is_enough(rng):
    """All knobs are factors: the bowl is the truth, up to the care of λ = 0.01."""
    x, y = rng.normal(size=20), rng.normal(size=20)
    path = cf.refine(cf.polynomial(2), x, y, np.zeros(3))
    lowest = np.polyfit(x, y, 2, full=True)[1][0] / 20
    close(path[1][1], lowest, "loss after one step of refine", rtol=1e-3)
    close(path[-1][0], np.polyfit(x, y, 2)[::-1], "end of refine", rtol=1e-6)
    path = cf.refine(cf.polynomial(2), x, y, np.zeros(3), [0, 1, 2])
    close(
        path[0][0], np.polyfit(x, y, 2)[::-1], "start of refine, all solved for", 1e-6
    )


@pytest.mark.milestone3
@pytest.mark.parametrize("name", EVERY)
def test_refine_agrees_with_scipy(name, rng):
    model, p, x = families()[name]
    y = model.f(x, np.array(p)) + rng.normal(0, 0.05, 7)
    path = cf.refine(model, x, y, 1.1 * np.array(p))
    found = optimize.least_squares(
        lambda q: model.f(x, q) - y, p, method="lm", xtol=1e-14, ftol=1e-14, gtol=1e-14
    )
    close(path[-1][1], 2 * found.cost / 7, f"loss of refine of {name}", rtol=1e-8)
    close(path[-1][0], found.x, f"parameters of refine of {name}", rtol=1e-4, atol=1e-5)
    loss = np.array([end for _, end in path])
    holds((np.diff(loss) < 0).all(), f"losses of refine of {name}", loss, "falling")


@pytest.mark.milestone3
@pytest.mark.parametrize("name", EVERY)
def test_learning_yields_steps_that_fall_to_the_best(name, rng):
    model, p, x = families()[name]
    y = model.f(x, np.array(p)) + rng.normal(0, 0.05, 7)
    start = 0.7 * np.array(p)
    steps = list(cf.fit(model, x, y, start))
    close(steps[0].parameters, start, f"first step of fit of {name}")
    close([s.iteration for s in steps], np.arange(len(steps)), "iterations of fit")
    loss = np.array([s.loss for s in steps])
    holds((np.diff(loss) < 0).all(), f"losses of fit of {name}", loss, "falling")
    want = [np.mean((y - model.f(x, s.parameters)) ** 2) for s in steps]
    close(loss, want, f"losses of fit of {name}")
    close(cf.learned(model, x, y, start).loss, loss[-1], "loss of learned: the last")


@pytest.mark.milestone3
@given(seed=seeds, degree=strategies.integers(0, 10))
def test_polynomials_are_those_of_numpy(seed, degree):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-1, 1, 40) * rng.choice([0.01, 1, 30]), rng.normal(size=40)
    p = cf.learned(cf.polynomial(degree), x, y).parameters
    size = np.abs(x).max() ** np.arange(degree + 1)
    want = np.polyfit(x, y, degree)[::-1] * size
    call = f"fit(polynomial({degree}), x, y), in units of the largest x"
    close(p * size, want, call, rtol=1e-6, atol=1e-6)


def find_a_wave(seed: int) -> None:
    """From 1.5 periods and three points a period on, with noise of up to half the
    amplitude: it ends at least as low as a fit that begins at the truth."""
    rng = np.random.default_rng(seed)
    periods, dense = rng.uniform(1.5, 30), rng.uniform(3, 15)
    n = int(np.ceil(periods * dense)) + 1
    u = np.linspace(0, 1, n)
    u[1:-1] = u[1:-1] if seed % 2 else np.sort(rng.uniform(0, 1, n - 2))
    span, size = 10 ** rng.uniform(-3, 4), 10 ** rng.uniform(-3, 3)
    x = (u + rng.uniform(-2, 2)) * span
    true = [rng.normal() * size, size, span / periods, rng.uniform(-np.pi, np.pi)]
    model = cf.sinusoidal()
    y = model.f(x, np.array(true)) + rng.normal(0, size / rng.uniform(2, 10), n)
    got, best = cf.learned(model, x, y), cf.learned(model, x, y, true)
    call = f"a wave of {periods:.2f} periods in {n} points"
    want = f"at most {best.loss:.6g}, which a fit from the truth has"
    holds(got.loss <= best.loss * (1 + 1e-6), f"loss of {call}", got.loss, want)
    close(span / got.parameters[2], periods, f"periods of {call}", 0.0, 0.5)
    holds(got.parameters[1] > 0, f"amplitude of {call}", got.parameters[1], "positive")


@pytest.mark.milestone3
@settings(max_examples=15)
@given(seed=seeds)
def test_a_wave_is_found_whatever_its_frequency_phase_and_amplitude(seed):
    find_a_wave(seed)


@pytest.mark.slow
@pytest.mark.milestone3
@settings(max_examples=120)
@given(seed=seeds)
def test_a_hundred_and_twenty_waves_are_found(seed):
    find_a_wave(seed)


@pytest.mark.milestone3
def test_all_27_problems_of_nist_are_solved_from_the_hard_start():
    """Digits of agreement with the certified values: 4 at least, in every parameter."""
    for name, model, x, y, known in nist():
        got = cf.learned(model, x, y, known[:, 0]).parameters
        close(
            got, known[:, 2], f"parameters of {name}, from start 1", rtol=1e-4, atol=0
        )


@pytest.mark.milestone3
def test_the_error_of_a_line_by_hand():
    """Misses −0.5, 1, −0.5 of three points: s² = 1.5 / (3 − 2). Around their mean the x
    have the squares 1, 0, 1, so the slope has the variance 1.5 / 2; the height at 0 has
    1.5 (1/3 + 1/2) = 1.25."""
    got = cf.standard_errors(cf.polynomial(1), *THREE, np.array([1.5, 0.5]))
    close(got, np.sqrt([1.25, 0.75]), "standard_errors of the line of three points")


@pytest.mark.milestone3
def test_the_standard_errors_are_the_certified_ones():
    """Lanczos1 misses by 1e-13: less than the eleven digits of its parameters tell, and
    of that the machine keeps three digits."""
    for name, model, x, y, known in nist():
        p, rtol = known[:, 2], 1e-4
        if name == "Lanczos1":
            p, rtol = cf.learned(model, x, y, p).parameters, 0.02
        got = cf.standard_errors(model, x, y, p)
        close(got, known[:, 3], f"standard_errors of {name}", rtol=rtol, atol=0)


@pytest.mark.milestone3
def test_without_a_point_to_spare_nothing_is_known_of_the_errors():
    x, y = np.array([0.0, 1.0]), np.array([1.0, 3.0])
    got = cf.standard_errors(cf.polynomial(1), x, y, np.array([1.0, 2.0]))
    holds(
        np.isnan(got).all(), "standard_errors of a line through two points", got, "NaN"
    )


@pytest.mark.milestone3
def test_the_standard_errors_are_how_far_repeated_fits_scatter(rng):
    x, true, model = np.linspace(0, 4, 30), np.array([3.0, -1.0, 1.0]), cf.exponential()
    y = model.f(x, true)
    fits = [cf.learned(model, x, y + rng.normal(0, 0.1, 30), true) for _ in range(60)]
    got = np.std([step.parameters for step in fits], axis=0)
    promised = np.mean(
        [
            cf.standard_errors(model, x, y + rng.normal(0, 0.1, 30), true)
            for _ in range(9)
        ],
        axis=0,
    )
    close(
        promised / got, np.ones(3), "standard errors over the scatter of 60 fits", 0.35
    )


@pytest.mark.milestone3
def test_likeness_by_hand():
    """1, −1, 1, −1: neighbours multiply to −1 three times, the squares sum to 4. The
    order is that of x."""
    x, r = np.array([3.0, 0.0, 1.0, 2.0]), np.array([-1.0, 1.0, -1.0, 1.0])
    close(
        cf.autocorrelation(x, r),
        -0.75,
        "autocorrelation(x, r), in the order of x 1 −1 1 −1",
    )
    x, r = np.arange(4.0), np.array([1.0, 1.0, -1.0, -1.0])
    close(cf.autocorrelation(x, r), 0.25, "autocorrelation(0 1 2 3, [1, 1, −1, −1])")


@pytest.mark.milestone3
def test_what_cannot_be_fitted_is_refused():
    x, y = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 5.0])
    for case, *arguments in (
        ("fit of 4 parameters to 3 points", cf.sinusoidal(), x, y),
        ("fit of a cubic to 3 points", cf.polynomial(3), x, y),
        ("fit of 3 x and 2 y", cf.polynomial(1), x, y[:2]),
        ("fit with all x equal", cf.polynomial(1), 0 * x, y),
        ("fit from a start that overflows", cf.exponential(), x, y, [1.0, 1000.0, 0.0]),
    ):
        refuses(lambda a=arguments: losses(cf.fit(*a)), case)


# --------------------------------------------------------------------------
# Milestone 4: a curve can fit too well


@pytest.mark.milestone4
def test_cross_validation_by_hand():
    """Left out are x = 1 and 3, then 2 and 4. For y = a x the others give the slopes
    (2·3 + 4·3)/20 = 0.9 and (1·1 + 3·5)/10 = 1.6. What is left out misses by 0.1, 2.3
    and by −0.2, −3.4; the squares add up to 16.9."""
    x, y = np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 5, 3])
    got = cf.cross_validate(cf.typed("a*x"), x, y, 2)
    close(got, 16.9 / 4, "cross_validate(a*x, x, y, 2)")


@pytest.mark.milestone4
def test_the_order_of_the_rows_does_not_matter(rng):
    x, y = rng.normal(size=17), rng.normal(size=17)
    order = rng.permutation(17)
    want = cf.cross_validate(cf.polynomial(2), x, y, 5)
    got = cf.cross_validate(cf.polynomial(2), x[order], y[order], 5)
    close(got, want, "cross_validate of shuffled rows", rtol=1e-6)


@pytest.mark.milestone4
@settings(max_examples=8)
@given(seed=seeds, degree=strategies.integers(1, 4))
def test_as_many_folds_as_points_agree_with_scikit_learn(seed, degree):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-1, 1, 14), rng.normal(size=14)
    X = np.vander(x, degree + 1)
    score = model_selection.cross_val_score(
        linear_model.LinearRegression(fit_intercept=False), X, y,
        cv=model_selection.LeaveOneOut(), scoring="neg_mean_squared_error",
    )  # fmt: skip
    got = cf.cross_validate(cf.polynomial(degree), x, y, 14)
    close(got, -score.mean(), f"cross_validate(polynomial({degree}), x, y, 14)", 1e-6)
    p = np.polyfit(x, y, degree)[::-1]
    got = cf.leave_one_out(cf.polynomial(degree), x, y, p)
    close(got, -score.mean(), f"leave_one_out of polynomial({degree})", rtol=1e-6)


@pytest.mark.milestone4
def test_leaving_one_out_of_three_by_hand():
    """The line of three points pulls h = 5/6, 1/3, 5/6: the misses −0.5, 1, −0.5 become
    −3, 1.5, −3, and the mean of the squares is 20.25/3."""
    got = cf.leave_one_out(cf.polynomial(1), *THREE, np.array([1.5, 0.5]))
    close(got, 6.75, "leave_one_out of the line of three points")


@pytest.mark.milestone4
def test_a_curve_through_every_point_predicts_nothing():
    got = cf.leave_one_out(cf.polynomial(2), *THREE, cf.polynomial(2).start(*THREE))
    holds(got == np.inf, "leave_one_out of a parabola through three points", got, "inf")


@pytest.mark.milestone4
def test_leaving_one_out_of_a_curve_is_nearly_what_refits_say(rng):
    x, model = np.linspace(0, 4, 25), cf.exponential()
    y = model.f(x, np.array([3.0, -1.0, 1.0])) + rng.normal(0, 0.1, 25)
    p = cf.learned(model, x, y).parameters
    want = cf.cross_validate(model, x, y, 25)
    close(
        cf.leave_one_out(model, x, y, p), want, "leave_one_out of exponential()", 0.05
    )


@pytest.mark.milestone4
def test_the_criteria_by_hand():
    """n = 10, two parameters and the noise: k = 3. E = 1 has the logarithm 0, so AIC is
    6 and BIC 3 log 10; E = e adds 10 to both."""
    close(cf.criteria(10, 2, 1.0), [6, 3 * np.log(10)], "criteria(10, 2, 1)")
    close(cf.criteria(10, 2, np.e), [16, 10 + 3 * np.log(10)], "criteria(10, 2, e)")


@pytest.mark.milestone4
@few
@given(seed=seeds, lam=strategies.sampled_from([1e-6, 0.01, 1.0]))
def test_ridge_agrees_with_scikit_learn(seed, lam):
    """Theirs has the sum of the squares, not the mean: alpha is n times lam."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(2, 5, 20), rng.normal(size=20)
    u = 2 * (x - x.min()) / np.ptp(x) - 1
    V = np.vander(u, 6, increasing=True)[:, 1:]
    want = linear_model.Ridge(alpha=20 * lam).fit(V, y).predict(V)
    got = np.vander(x, 6, increasing=True) @ cf.ridge(x, y, 5, lam)
    close(got, want, f"curve of ridge(x, y, 5, {lam})", rtol=1e-6, atol=1e-6)


@pytest.mark.milestone4
def test_ridge_goes_from_the_polynomial_to_the_mean(rng):
    x, y = rng.uniform(-1, 1, 15), rng.normal(size=15)
    want = np.polyfit(x, y, 3)[::-1]
    close(cf.ridge(x, y, 3, 0.0), want, "ridge(x, y, 3, 0)", rtol=1e-6, atol=1e-8)
    got = cf.ridge(x, y, 3, 1e9)
    close(got, [y.mean(), 0, 0, 0], "ridge(x, y, 3, 1e9)", rtol=1e-6, atol=1e-6)


@pytest.mark.milestone4
def test_more_degrees_fit_better_and_predict_worse():
    """A sine and noise: from degree 3 on the training error falls for nothing."""
    for seed in range(2):
        rng = np.random.default_rng(seed)
        x = np.linspace(-1, 1, 20)
        y = np.sin(3 * x) + rng.normal(0, 0.3, 20)
        degrees, train, test = map(np.array, zip(*cf.degree_sweep(x, y, range(1, 13))))
        close(degrees, np.arange(1, 13), "degrees of degree_sweep(x, y, 1 … 12)")
        holds((np.diff(train) <= 1e-9).all(), f"training errors, seed {seed}", train,
              "never rising")  # fmt: skip
        lowest = int(degrees[test.argmin()])
        holds(2 <= lowest <= 7, f"degree of the least test error, seed {seed}", lowest,
              "from 2 to 7")  # fmt: skip
        holds(test[-1] > 3 * test.min(), f"test errors, seed {seed}", test,
              "at degree 12 three times the least at least")  # fmt: skip
        want = np.polyfit(x, y, 4, full=True)[1][0] / 20
        close(train[3], want, "training error of degree 4", rtol=1e-6)
        want = cf.cross_validate(cf.polynomial(4), x, y, 5)
        close(test[3], want, "test error of degree 4, with five folds", rtol=1e-6)


@pytest.mark.milestone4
def test_the_bootstrap_scatters_as_the_standard_error_says(rng):
    x = np.linspace(0, 1, 200)
    y = 2 * x + rng.normal(0, 0.5, 200)
    fan = cf.bootstrap(x, y, 1, 0.0, rng)
    holds(fan.ndim == 2 and fan.shape[1] == 2 and len(fan) > 9, "shape of bootstrap",
          fan.shape, "(30, 2)")  # fmt: skip
    want = cf.standard_errors(cf.polynomial(1), x, y, np.polyfit(x, y, 1)[::-1])
    close(fan.std(axis=0), want, "scatter of bootstrap over the standard errors", 0.4)


@pytest.mark.milestone4
def test_points_without_noise_leave_nothing_to_luck(rng):
    x = np.linspace(0, 1, 30)
    fan = cf.bootstrap(x, 1 + 2 * x, 1, 0.0, rng)
    close(fan, np.tile([1.0, 2.0], (len(fan), 1)), "bootstrap of 1 + 2x", atol=1e-6)


@pytest.mark.milestone4
def test_the_wave_wins_in_four_years_of_temperatures(capsys):
    """Four years in Seattle: 52.8, 52.4, and for a wave of 365 days 13.6; a free period
    does a little better."""
    close(cf.main(["temperature_data.csv", "--no-show"]), 0, "exit code")
    text = capsys.readouterr().out
    for words in (
        "Loaded 1,461 daily temperature readings", "Fitting models:",
        "  Linear:      MSE = 52.8", "  Quadratic:   MSE = 52.4",
        "  Sinusoidal:  MSE = 13.4  <- best fit",
        "T(t) = 16.54 + 8.974 * sin(2π*t/361 - 2.036)",
        "Interpretation: Average temp 16.5°C, amplitude 9.0°C, phase shift -2.0 rad",
    ):  # fmt: skip
        holds(words in text, "what temperature_data.csv prints", text, repr(words))
