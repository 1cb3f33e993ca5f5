"""Chapter 5, function explorer: the judge of the four milestones."""

import itertools
import math

import numpy as np
import pytest
import scipy.optimize
import sympy
from conftest import chapter
from hypothesis import given, strategies
from judge import close, holds, refuses
from numpy.polynomial import Polynomial
from oracles import numerical_gradient

from common.expressions import parse

fe = chapter("function_explorer")

# function, its slope as textbooks have it, places away from where that is zero
STANDARD = {
    "x³ − 3x + 1": (lambda x: x**3 - 3 * x + 1, lambda x: 3 * x**2 - 3, [-2.5, 0.2, 2]),
    "x⁵": (lambda x: x**5, lambda x: 5 * x**4, [-2.0, 0.7, 8]),
    "sin": (np.sin, np.cos, [-2.5, 0.3, 1.2, 9.0]),
    "cos": (np.cos, lambda x: -np.sin(x), [-2.5, 0.5, 1.2, 8.0]),
    "tan": (np.tan, lambda x: 1 / np.cos(x) ** 2, [-1.2, 0.1, 1.0, 2.5]),
    "exp": (np.exp, np.exp, [-3.0, 0.0, 2.0, 10.0]),
    "log": (np.log, lambda x: 1 / x, [0.3, 1.0, 5.0, 1e4]),
    "√": (np.sqrt, lambda x: 0.5 / np.sqrt(x), [0.3, 1.0, 5.0, 1e4]),
    "1/x": (lambda x: 1 / x, lambda x: -1 / x**2, [-3.0, 0.4, 2.0]),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2, [-2.0, 0.1, 1.5]),
    "1/(1 + e⁻ˣ)": (lambda x: 1 / (1 + np.exp(-x)),
                    lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2, [-4.0, 0.0, 3.0]),
}  # fmt: skip
each = pytest.mark.parametrize("name", STANDARD)


def cubic(x):
    return x**3 - 3 * x + 1


# --------------------------------------------------------------------------
# Milestone 1: the slope, from a small step


@pytest.mark.milestone1
def test_the_secants_of_a_parabola_by_hand():
    """x² from 3 to 4: (16 − 9)/1 = 7; to 3.1: (9.61 − 9)/0.1 = 6.1; to 3.01: 6.01."""
    for b, want in ((4.0, 7.0), (3.1, 6.1), (3.01, 6.01)):
        close(fe.secant(lambda x: x**2, 3.0, b), want, f"secant(x², 3, {b})")


@pytest.mark.milestone1
def test_a_secant_is_the_same_in_both_directions_and_many_at_once(rng):
    a, b = rng.normal(size=(2, 7))
    want = (np.sin(b) - np.sin(a)) / (b - a)
    close(fe.secant(np.sin, a, b), want, "secant(sin, a, b), a and b (7,)")
    close(fe.secant(np.sin, b, a), want, "secant(sin, b, a)")


@pytest.mark.milestone1
def test_without_a_run_there_is_no_slope():
    close(fe.secant(np.exp, 2.0, 2.0), np.nan, "secant(exp, 2, 2): 0/0")


@pytest.mark.milestone1
@pytest.mark.parametrize("method, want", [("forward", 7), ("central", 4),
                                          ("richardson", 3)])  # fmt: skip
def test_the_slope_of_a_cube_by_hand(method, want):
    """x³ at 1, h = 1. Forward (8 − 1)/1 = 7. Central D(1) = (8 − 0)/2 = 4. D(½) =
    (3.375 − 0.125)/1 = 3.25, and (4 · 3.25 − 4)/3 = 3, which is exactly 3x²."""
    got = fe.derivative(lambda x: x**3, 1.0, 1.0, method)
    close(got, want, f"derivative(x³, 1, h = 1, {method!r})")


@pytest.mark.milestone1
@pytest.mark.parametrize("method, degree", [("forward", 1), ("central", 2),
                                            ("richardson", 4)])  # fmt: skip
@given(seed=strategies.integers(0, 10**6))
def test_on_short_polynomials_even_long_steps_are_exact(method, degree, seed):
    """What is left out begins with h, h², h⁴: lines, parabolas, quartics have none."""
    rng = np.random.default_rng(seed)
    p = Polynomial(rng.normal(size=degree + 1))
    x, h = rng.normal(size=5), rng.uniform(0.1, 2)
    got = fe.derivative(p, x, h, method)
    close(got, p.deriv()(x), f"derivative(degree {degree}, x (5,), h, {method!r})")


@pytest.mark.milestone1
@pytest.mark.parametrize("method, factor", [("forward", 2), ("central", 4),
                                            ("richardson", 16)])  # fmt: skip
def test_half_the_step_makes_the_error_so_much_smaller(method, factor):
    error = [fe.derivative(np.sin, 1.0, h, method) - math.cos(1) for h in (0.02, 0.01)]
    close(error[0] / error[1], factor, f"error of {method} with h, by that with h/2",
          rtol=0.02)  # fmt: skip


@pytest.mark.milestone1
@each
def test_the_slopes_of_the_standard_functions_are_right(name):
    """Eight digits by central differences, nine by Richardson, six by forward ones."""
    f, df, x = STANDARD[name]
    x = np.array(x, dtype=float)
    for method, bar in (("forward", 1e-6), ("central", 1e-8), ("richardson", 1e-9)):
        got = fe.derivative(f, x, method=method)
        close(got, df(x), f"derivative({name}, x, {method!r})", rtol=bar, atol=0)


@pytest.mark.milestone1
def test_central_is_the_default():
    close(fe.derivative(np.sin, 0.3), math.cos(0.3), "derivative(sin, 0.3)", rtol=1e-8)
    want = fe.derivative(np.sin, 0.3, 0.1, "central")
    close(fe.derivative(np.sin, 0.3, 0.1), want, "derivative(sin, 0.3, 0.1)")


@pytest.mark.milestone1
def test_numbers_give_a_float_and_arrays_an_array_of_their_shape(rng):
    for method in ("forward", "central", "richardson"):
        got = fe.derivative(np.exp, 1.0, method=method)
        holds(isinstance(got, float), f"type of derivative(exp, 1.0, {method!r})",
              type(got).__name__, "float")  # fmt: skip
        x = rng.normal(size=(2, 3))
        got = fe.derivative(np.exp, x, method=method)
        close(got, np.exp(x), f"derivative(exp, x (2, 3), {method!r})", rtol=1e-6)


@pytest.mark.milestone1
def test_many_steps_can_be_tried_at_once():
    h = np.array([1.0, 0.1, 0.01])
    got = fe.derivative(lambda x: x**2, 3.0, h, "forward")
    close(got, [7, 6.1, 6.01], "derivative(x², 3, h = [1, 0.1, 0.01], 'forward')")


@pytest.mark.milestone1
def test_far_from_zero_the_step_grows_with_x():
    """x³ at 10⁶ is 10¹⁸, known to 100 or so: h = 1e-5 would see little of 3·10¹²."""
    got = fe.derivative(lambda x: x**3, 1e6)
    close(got, 3e12, "derivative(x³, 1e6)", rtol=1e-8)


@pytest.mark.milestone1
@pytest.mark.parametrize("method", ["forward", "central", "richardson"])
def test_a_hundred_times_the_best_step_is_worse_and_so_is_a_hundredth(method):
    x, h = np.linspace(0.5, 1.5, 50), float(fe.best_step(1.0, method))
    tried = [fe.derivative(np.exp, x, step, method) for step in (100 * h, h, h / 100)]
    off = np.abs(np.array(tried) - np.exp(x)).mean(axis=1)
    holds(off[0] > 5 * off[1] < off[2], f"mean errors with 100 h, h, h/100 ({method})",
          off, "the middle one is the least by far")  # fmt: skip


@pytest.mark.milestone1
def test_errors_by_hand():
    """x² forward at 3: 7 and 6.1 for 6, off by 1/6 and 0.1/6 of it. At 0.25 the slope
    is 0.5, below 1, so the 1.5 that h = 1 gives is simply off by 1."""
    got = fe.errors(lambda x: x**2, 3.0, 6.0, np.array([1, 0.1]), "forward")
    close(got, [1 / 6, 0.1 / 6], "errors(x², 3, 6, [1, 0.1], 'forward')")
    got = fe.errors(lambda x: x**2, 0.25, 0.5, np.array([1.0]), "forward")
    close(got, [1.0], "errors(x², 0.25, 0.5, [1], 'forward')")


@pytest.mark.milestone1
def test_the_error_falls_with_h_and_then_rises():
    h = np.array([1e-2, 1e-5, 1e-8, 1e-11, 1e-14])
    error = fe.errors(np.sin, 1.0, math.cos(1), h, "forward")
    holds(error.argmin() == 2, "errors(sin, 1, …, 'forward') for h = 1e-2 … 1e-14",
          error, "least for 1e-8")  # fmt: skip


@pytest.mark.milestone1
def test_a_hole_in_the_domain_has_no_slope_and_gives_no_warning():
    got = fe.derivative(np.log, np.array([-1.0, 2.0]))
    close(got, [np.nan, 0.5], "derivative(log, [−1, 2])", rtol=1e-8)


@pytest.mark.milestone1
def test_another_method_is_refused():
    refuses(lambda: fe.derivative(np.sin, 1.0, method="backward"),
            "derivative(sin, 1, method='backward')")  # fmt: skip


# --------------------------------------------------------------------------
# Milestone 2: tops and bottoms, where the slope is zero


@pytest.mark.milestone2
def test_bisection_finds_the_root_of_two():
    got = fe.bisect(lambda x: x**2 - 2, 0.0, 2.0)
    close(got, math.sqrt(2), "bisect(x² − 2, 0, 2)", rtol=0, atol=1e-12)
    got = fe.bisect(lambda x: x**2 - 2, 0.0, 2.0, tol=1e-3)
    close(got, math.sqrt(2), "bisect(x² − 2, 0, 2, tol=1e-3)", rtol=0, atol=1e-3)


@pytest.mark.milestone2
def test_bisection_takes_falling_functions_and_ends_in_any_order():
    close(fe.bisect(lambda x: 1 - x, 0.0, 3.0), 1.0, "bisect(1 − x, 0, 3)")
    close(fe.bisect(lambda x: 1 - x, 3.0, 0.0), 1.0, "bisect(1 − x, 3, 0)")


@pytest.mark.milestone2
def test_bisection_halves():
    """1 / 2⁴⁰ < 10⁻¹²: some 40 looks are enough, and it takes 35 to come near."""
    looks = itertools.count()

    def f(x):
        next(looks)
        return x - math.pi / 10

    fe.bisect(f, 0.0, 1.0)
    n = next(looks)
    holds(35 <= n <= 130, "calls of f by bisect(f, 0, 1)", n, "about 40")


@pytest.mark.milestone2
def test_a_zero_at_an_end_is_one():
    close(fe.bisect(lambda x: x - 2, 2.0, 5.0), 2.0, "bisect(x − 2, 2, 5)")
    close(fe.bisect(lambda x: x - 5, 2.0, 5.0), 5.0, "bisect(x − 5, 2, 5)")


@pytest.mark.milestone2
def test_bisection_of_large_numbers_ends():
    """Near 10¹² neighbouring numbers lie 10⁻⁴ apart: tol cannot be reached."""
    got = fe.bisect(lambda x: x - 1e12, 0.0, 3e12)
    close(got, 1e12, "bisect(x − 1e12, 0, 3e12)", rtol=1e-12)


@pytest.mark.milestone2
def test_no_change_of_sign_is_refused():
    refuses(lambda: fe.bisect(lambda x: x**2 + 1, -1.0, 2.0), "bisect(x² + 1, −1, 2)")
    refuses(lambda: fe.bisect(lambda x: x * np.nan, -1.0, 2.0), "bisect(nan, −1, 2)")
    holed = "bisect(f, −1, 2), f(−1) = nan"
    refuses(lambda: fe.bisect(lambda x: x if x > 0 else np.nan, -1.0, 2.0), holed)


@pytest.mark.milestone2
def test_the_roots_of_the_cubic():
    """x = 2 cos t makes x³ − 3x + 1 = 2 cos 3t + 1, zero at t = 40°, 80°, 160°."""
    want = 2 * np.cos(np.radians([160, 80, 40]))
    close(fe.roots(cubic, -3, 3), want, "roots(x³ − 3x + 1, −3, 3)", atol=1e-10)


@pytest.mark.milestone2
@pytest.mark.parametrize("name, f, want", [
    ("x² + 1", lambda x: x**2 + 1, []),
    ("x(x² − 9)", lambda x: x * (x**2 - 9), [-3, 0, 3]),
    ("(x + 2)(x − 0.5)²", lambda x: (x + 2) * (x - 0.5) ** 2, [-2, 0.5]),
    ("|x| (x − 2)", lambda x: np.abs(x) * (x - 2), [0, 2]),
    ("1/x", lambda x: 1 / x, []),
    ("tan x", np.tan, [0]),
    ("3", lambda x: 3 + 0 * x, []),
    ("x − ⌊x⌋ − ½", lambda x: x - np.floor(x) - 0.5, [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]),
])  # fmt: skip
def test_roots_are_crossed_or_touched_and_poles_and_jumps_are_none(name, f, want):
    close(fe.roots(f, -3, 3), want, f"roots({name}, −3, 3)", atol=1e-6)


@pytest.mark.milestone2
def test_zeros_of_g_where_f_has_no_value_do_not_count():
    """x² − 1 is zero at −1 and 1, but log x has no value at −1."""
    got = fe.zeros(lambda x: x**2 - 1, np.log, -3, 3)
    close(got, [1], "zeros(x² − 1, log, −3, 3)")


@pytest.mark.milestone2
def test_zeros_of_g_where_f_is_torn_do_not_count():
    """g = −2/x³ changes its sign at 0, but there f = 1/x² has a pole."""
    got = fe.zeros(lambda x: -2 / x**3, lambda x: 1 / x**2, -3, 3)
    close(got, [], "zeros(−2/x³, 1/x², −3, 3)")
    close(fe.zeros(np.cos, np.sin, 0, 3), [math.pi / 2], "zeros(cos, sin, 0, 3)")


@pytest.mark.milestone2
def test_the_top_and_the_bottom_of_the_cubic():
    """f' = 3x² − 3 is 0 at −1, where it falls through 0, and at 1, where it rises."""
    for df in (None, lambda x: 3 * x**2 - 3):
        got = fe.critical_points(cubic, -3, 3, *([df] if df else []))
        close([x for x, _ in got], [-1, 1], "critical_points(x³ − 3x + 1, −3, 3)",
              atol=1e-6)  # fmt: skip
        holds([kind for _, kind in got] == ["max", "min"], "their kinds",
              [kind for _, kind in got], "['max', 'min']")  # fmt: skip


@pytest.mark.milestone2
@pytest.mark.parametrize("name, f, want", [
    ("x²", lambda x: x**2, [(0, "min")]),
    ("−(x − 1)²", lambda x: -((x - 1) ** 2), [(1, "max")]),
    ("x⁴ − 2x³", lambda x: x**4 - 2 * x**3, [(0, "flat"), (1.5, "min")]),
    ("x⁵ − x³", lambda x: x**5 - x**3,
     [(-math.sqrt(0.6), "max"), (0, "flat"), (math.sqrt(0.6), "min")]),
    ("sin", np.sin, [(-math.pi / 2, "min"), (math.pi / 2, "max")]),
    ("|x|", np.abs, [(0, "min")]),
    ("1/x²", lambda x: 1 / x**2, []),
    ("tan", np.tan, []),
    ("exp", np.exp, []),
    ("2x + 1", lambda x: 2 * x + 1, []),
    ("5", lambda x: 5 + 0 * x, []),
])  # fmt: skip
def test_critical_points_and_their_kinds(name, f, want):
    got = fe.critical_points(f, -3, 3)
    call = f"critical_points({name}, −3, 3)"
    close([x for x, _ in got], [x for x, _ in want], call, atol=1e-5)
    kinds = [kind for _, kind in got]
    holds(kinds == [kind for _, kind in want], f"kinds of {call}", kinds,
          str([kind for _, kind in want]))  # fmt: skip


@pytest.mark.milestone2
@given(seed=strategies.integers(0, 10**6), n=strategies.integers(1, 5))
def test_planted_critical_points_are_found(seed, n):
    """f' = (x − c₁) … (x − cₙ): from the right it is +, and its sign alternates."""
    rng = np.random.default_rng(seed)
    c = np.linspace(-2, 2, n) + rng.uniform(-0.2, 0.2, n)
    df = Polynomial.fromroots(c)
    got = fe.critical_points(df.integ(), -3, 3)
    close([x for x, _ in got], c, f"critical points planted at {c.round(3)}", atol=1e-6)
    want = ["min", "max"] * 3
    kinds = [kind for _, kind in got]
    holds(kinds == want[:n][::-1], "their kinds", kinds, str(want[:n][::-1]))


@pytest.mark.milestone2
def test_an_empty_interval_is_refused():
    for a, b in ((1.0, 1.0), (2.0, -2.0)):
        refuses(lambda a=a, b=b: fe.roots(np.sin, a, b), f"roots(sin, {a}, {b})")


# --------------------------------------------------------------------------
# Milestone 3: the tangent, and numbers that carry their slope along


@pytest.mark.milestone3
def test_the_tangent_of_a_parabola_by_hand():
    """x² at 3 has the height 9 and the slope 6: 9 = 6 · 3 + b, so b = −9."""
    close(fe.tangent(lambda x: x**2, 3.0), [6, -9], "tangent(x², 3)", rtol=1e-8)


@pytest.mark.milestone3
@each
def test_a_tangent_touches_and_is_as_steep_as_the_curve(name):
    f, df, places = STANDARD[name]
    for x in places:
        slope, intercept = fe.tangent(f, float(x))
        close(slope, df(x), f"slope of tangent({name}, {x})", rtol=1e-8)
        close(slope * x + intercept, f(x), f"height of tangent({name}, {x}) at {x}")


@pytest.mark.milestone3
def test_near_the_point_the_gap_is_of_second_order():
    """sin(1 + h) − line = −sin(1) h²/2 + …: ten times nearer, a hundredth of it."""
    slope, intercept = fe.tangent(np.sin, 1.0)
    gap = [math.sin(1 + h) - (slope * (1 + h) + intercept) for h in (1e-2, 1e-3)]
    close(gap[0] / 1e-4, -math.sin(1) / 2, "gap at h = 0.01, by h²", rtol=0.01)
    close(gap[0] / gap[1], 100, "gap at h = 0.01 by gap at 0.001", rtol=0.02)


def parts(dual):
    """Value and slope, to be compared with two numbers."""
    return [dual.value, dual.derivative]


@pytest.mark.milestone3
@pytest.mark.parametrize("what, run, want", [
    ("x + x", lambda x: x + x, [6, 2]),
    ("x − 5", lambda x: x - 5, [-2, 1]),
    ("5 − x", lambda x: 5 - x, [2, -1]),
    ("2 x", lambda x: 2 * x, [6, 2]),
    ("x x", lambda x: x * x, [9, 6]),
    ("x / 2", lambda x: x / 2, [1.5, 0.5]),
    ("1 / x", lambda x: 1 / x, [1 / 3, -1 / 9]),
    ("x / (x + 1)", lambda x: x / (x + 1), [0.75, 1 / 16]),
    ("x²", lambda x: x**2, [9, 6]),
    ("x⁻¹", lambda x: x**-1, [1 / 3, -1 / 9]),
    ("2ˣ", lambda x: 2**x, [8, 8 * math.log(2)]),
    ("xˣ", lambda x: x**x, [27, 27 * (math.log(3) + 1)]),
    ("−x", lambda x: -x, [-3, -1]),
    ("|x − 5|", lambda x: abs(x - 5), [2, -1]),
])  # fmt: skip
def test_arithmetic_with_dual_numbers_at_three(what, run, want):
    """Dual(3, 1) is x at 3. Say 1/x: value 1/3, slope −1/x² = −1/9."""
    close(parts(run(fe.Dual(3.0, 1.0))), want, f"{what} for x = Dual(3, 1)")


@pytest.mark.milestone3
@given(u=strategies.tuples(*[strategies.floats(0.5, 3)] * 2),
       v=strategies.tuples(*[strategies.floats(0.5, 3)] * 2))  # fmt: skip
def test_two_moving_numbers_follow_the_rules(u, v):
    """(uv)' = u'v + uv', (u/v)' = (u'v − uv')/v², (uᵛ)' = uᵛ (v' ln u + v u'/u)."""
    (a, da), (b, db), U, V = u, v, fe.Dual(*u), fe.Dual(*v)
    power = a**b * (db * math.log(a) + b * da / a)
    for sign, got, want in (
        ("+", U + V, [a + b, da + db]), ("−", U - V, [a - b, da - db]),
        ("*", U * V, [a * b, da * b + a * db]),
        ("/", U / V, [a / b, (da * b - a * db) / b**2]), ("**", U**V, [a**b, power]),
    ):  # fmt: skip
        close(parts(got), want, f"Dual{u} {sign} Dual{v}")


@pytest.mark.milestone3
@pytest.mark.parametrize("name", [
    "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "exp",
    "log", "log10", "log2", "sqrt", "abs",
])  # fmt: skip
def test_numpys_functions_carry_their_slope(name):
    """The referee is a central difference, and the inside has a slope of its own: 3."""
    f = getattr(np, name)
    got = f(fe.Dual(0.6, 3.0))
    close(got.value, f(0.6), f"value of {name}(Dual(0.6, 3))")
    want = 3 * numerical_gradient(f, np.array(0.6))
    close(got.derivative, want, f"slope of {name}(Dual(0.6, 3))", rtol=1e-8)


@pytest.mark.milestone3
def test_a_function_and_its_slope_in_one_run():
    """sin(x²) at 1: the value sin 1, the slope 2 cos 1."""
    got = fe.by_dual(lambda x: np.sin(x**2), 1.0)
    close(got, [math.sin(1), 2 * math.cos(1)], "by_dual(sin(x²), 1)", rtol=1e-14)
    close(fe.by_dual(lambda x: 7.0, 1.0), [7, 0], "by_dual(7, 1): stands still")


@pytest.mark.milestone3
@each
def test_dual_numbers_are_exact_where_secants_are_not(name):
    f, df, x = STANDARD[name]
    x = np.array(x, dtype=float)
    value, slope = fe.by_dual(f, x)
    close(value, f(x), f"values of by_dual({name}, x)", rtol=1e-14)
    close(slope, df(x), f"slopes of by_dual({name}, x)", rtol=5e-14, atol=0)


@pytest.mark.milestone3
@pytest.mark.parametrize("text", [
    "x**3 - 3*x + 1", "exp(-x**2)*sin(3*x)", "(x**2 + 1)/(x**4 + 2)", "x**x + 2**x",
    "sqrt(1 + tanh(x)**2)", "log(1 + exp(x))", "atan(x)/x - cos(log(x))", "1/(1/x + x)",
])  # fmt: skip
def test_formulas_have_sympys_slope_whoever_takes_it(text):
    f, u = parse(text), sympy.Symbol("x")
    exact = sympy.lambdify(u, sympy.diff(sympy.sympify(text), u), "math")
    for x in (0.4, 1.1, 2.3):
        slope = fe.by_dual(lambda t: f.evaluate({"x": t}), x)[1]
        close(slope, exact(x), f"slope of by_dual({text}, {x})", rtol=1e-12)
        close(f.derivative()(x), exact(x), f"({text})' at {x}, by rule", rtol=1e-12)
        close(fe.derivative(f, x, method="richardson"), exact(x),
              f"derivative({text}, {x}, 'richardson')", rtol=1e-8)  # fmt: skip


# --------------------------------------------------------------------------
# Milestone 4: the ball rolls downhill


def rolled(f, x0, *arguments):
    return list(fe.roll_downhill(f, x0, *arguments))


@pytest.mark.milestone4
def test_the_first_places_by_hand():
    """x² has the slope 2x, so x ← x − 0.1 · 2x = 0.8 x: 1, 0.8, 0.64, 0.512."""
    got = rolled(lambda x: x**2, 1.0, 0.1, 3)
    close(
        got, [1, 0.8, 0.64, 0.512], "roll_downhill(x², 1, lr 0.1, 3 steps)", rtol=1e-8
    )


@pytest.mark.milestone4
@given(seed=strategies.integers(0, 10**6), lr=strategies.floats(0.001, 30))
def test_the_ball_never_goes_up_however_long_its_steps(seed, lr):
    rng = np.random.default_rng(seed)
    p = Polynomial([*rng.normal(size=4), 1.0])  # x⁴ wins in the end: there is a bottom
    x0 = rng.uniform(-2, 2)
    heights = p(np.array(rolled(p, x0, lr, 60)))
    holds(np.all(np.diff(heights) <= 0), f"heights of the ball, lr = {lr:.3g}", heights,
          "never rising")  # fmt: skip


@pytest.mark.milestone4
@pytest.mark.parametrize("x0, want", [(2.5, 1.0), (-0.9, 1.0), (0.2, 1.0)])
def test_it_rests_where_a_minimum_was_found(x0, want):
    got = rolled(cubic, x0, 0.05, 500)[-1]
    close(got, want, f"last of roll_downhill(x³ − 3x + 1, {x0})", atol=1e-5)
    [bottom] = [x for x, kind in fe.critical_points(cubic, -3, 3) if kind == "min"]
    close(got, bottom, "the same, and the min of critical_points", atol=1e-5)


@pytest.mark.milestone4
@pytest.mark.parametrize("x0, valley", [(2.4, (0.2, 3)), (-2.4, (-3, 0.1))])
def test_of_two_valleys_it_finds_the_one_it_stands_in(x0, valley):
    """The referee is scipy's bounded minimiser, within the valley."""
    want = scipy.optimize.minimize_scalar(lambda x: x**4 - 4 * x**2 + x, bounds=valley,
                                          options={"xatol": 1e-9}).x  # fmt: skip
    got = rolled(lambda x: x**4 - 4 * x**2 + x, x0, 0.02, 500)[-1]
    close(got, want, f"last of roll_downhill(x⁴ − 4x² + x, {x0})", atol=1e-5)


@pytest.mark.milestone4
def test_on_level_ground_it_stays():
    got = rolled(lambda x: -(x**2), 0.0, 0.1, 20)
    close(got, np.zeros(len(got)), "roll_downhill(−x², 0): balanced on the top")


@pytest.mark.milestone4
def test_it_comes_to_a_stop_and_keeps_within_its_steps():
    n = len(rolled(lambda x: x**2, 1.0, 0.4, 5000))
    holds(
        n < 1000, "places of roll_downhill(x², 1, lr 0.4, 5000 steps)", n, "below 1000"
    )
    n = len(rolled(np.exp, 0.0, 0.001, 7))
    close(n, 8, "places of roll_downhill(exp, 0, lr 0.001, 7 steps): start and 7 more")


@pytest.mark.milestone4
def test_it_does_not_roll_out_of_the_domain():
    """√x has no value below 0, and the steps grow as the ball comes near."""
    got = np.array(rolled(np.sqrt, 1.0, 0.3, 100))
    holds((got >= 0).all() and np.isfinite(got).all(), "roll_downhill(√x, 1)", got,
          "all of them at least 0")  # fmt: skip
    close(got[-1], 0, "last of roll_downhill(√x, 1)", atol=1e-3)


@pytest.mark.milestone4
def test_the_places_come_one_by_one():
    path = fe.roll_downhill(lambda x: x**2, 3.0, 0.1, 10**9)
    first = list(itertools.islice(path, 2))
    close(first, [3, 2.4], "the first two places of a billion", rtol=1e-8)


@pytest.mark.milestone4
def test_the_program_prints_what_it_finds(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["x**3 - 3*x + 1", "--at", "1.2", "--roll", "2.5", "--no-show"]
    close(fe.main([*words, "--save", "ball.png"]), 0, "exit code of the program")
    text = capsys.readouterr().out
    for line in (
        "f(x) = x**3 - 3*x + 1", "f'(x) = 3*x**2 - 3",
        "Critical points found: x = -1 (max), x = 1 (min)", "slope = 1.32",
        "The ball rolls from x = 2.5 to x = 1 (min)", "Saved ball.png",
    ):  # fmt: skip
        holds(line in text.splitlines(), "what the program prints", text, repr(line))
