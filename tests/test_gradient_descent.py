"""Chapter 6, gradient descent: the judge of the four milestones."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, strategies
from judge import close, holds, refuses
from oracles import numerical_gradient
from scipy import optimize
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from common import expressions

gd = chapter("gradient_descent")


def bowl(p: np.ndarray) -> Any:
    return p[0] ** 2 + p[1] ** 2


def rosenbrock(p: np.ndarray) -> Any:
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


def rosenbrock_gradient(p: np.ndarray) -> np.ndarray:
    x, y = p
    return np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])


def quadratic(A: np.ndarray) -> Any:
    """f = ½ xᵀAx, whose gradient is Ax and whose Hessian is A."""
    return lambda x: 0.5 * x @ A @ x


def symmetric(rng: np.random.Generator, values: list[float]) -> np.ndarray:
    """A symmetric matrix with these eigenvalues."""
    Q, _ = np.linalg.qr(rng.normal(size=(len(values), len(values))))
    A = (Q * np.asarray(values, dtype=float)) @ Q.T
    return (A + A.T) / 2


def places(steps: Iterable[Any]) -> np.ndarray:
    """Where the steps of a walk are: (m,) or (m, d)."""
    return np.array([step.x for step in steps])


def breaks_off(walk: Iterable[Any], call: str) -> None:
    """Claim that a walk ends in a DivergenceError, with a sentence."""
    try:
        *_, last = walk
    except ValueError as error:
        got = f"{type(error).__name__}: {error}"
        long = type(error).__name__ == "DivergenceError" and len(str(error)) > 20
        holds(long, call, got, "a DivergenceError that says what to do")
    else:
        holds(False, call, last, "a DivergenceError")


# --------------------------------------------------------------------------
# Milestone 1: downhill on a curve


@pytest.mark.milestone1
def test_slopes_by_hand():
    """(3.1² − 2.9²) / 0.2 = (9.61 − 8.41) / 0.2 = 6: of a parabola exact for any h."""
    close(gd.slope(lambda x: x**2, 3.0), 6.0, "slope of x² at 3", rtol=1e-6)
    close(gd.slope(lambda x: x**2, 3.0, 0.1), 6.0, "slope of x² at 3, h = 0.1")
    close(gd.slope(lambda x: 7 - 2 * x, 5.0), -2.0, "slope of 7 − 2x at 5", rtol=1e-6)


@pytest.mark.milestone1
@given(x=strategies.floats(-3, 3))
def test_the_slope_is_the_derivative(x):
    for text in ("x**3 - 2*x", "sin(3*x)", "exp(x/2)"):
        f = expressions.parse(text)
        want = f.derivative()(x)
        close(gd.slope(f, x), want, f"slope of {text} at {x}", rtol=1e-6, atol=1e-6)


@pytest.mark.milestone1
def test_its_error_falls_like_h_squared():
    """(e^{1+h} − e^{1−h}) / 2h = e (1 + h²/6 + …): half of h, a 4th of the error."""
    far, near = (gd.slope(np.exp, 1.0, h) - np.e for h in (0.1, 0.05))
    close(far / near, 4.0, "error with h = 0.1 / error with h = 0.05", rtol=0.01)


@pytest.mark.milestone1
def test_of_an_array_the_slope_is_taken_at_every_entry():
    x = np.array([-2.0, 0.0, 0.5, 1.0, 3.0])
    close(gd.slope(lambda x: x**3, x), 3 * x**2, "slope of x³ at 5 places", 1e-6, 1e-8)


@pytest.mark.milestone1
def test_far_out_the_step_h_grows_with_x():
    """1e12 + 0.00001 is rounded to 1e12, and f seems level there: h must be 1e7."""
    got = gd.slope(lambda x: x**2, 1e12)
    close(got, 2e12, "slope of x² at 1e12, where x + 0.00001 is x", rtol=1e-6)


@pytest.mark.milestone1
def test_three_steps_by_hand():
    """f = x², lr = 0.1: x − 0.1 · 2x = 0.8 x, so 1, 0.8, 0.64, 0.512; slopes 2, 1.6…"""
    steps = list(islice(gd.descend(lambda x: x**2, 1.0, 0.1), 4))
    call = "descend(x², 1, lr = 0.1)"
    close(places(steps), [1, 0.8, 0.64, 0.512], f"x of {call}", rtol=1e-6)
    close([s.iteration for s in steps], [0, 1, 2, 3], f"iterations of {call}")
    values = [1, 0.64, 0.4096, 0.262144]
    close([s.value for s in steps], values, f"values of {call}", rtol=1e-6)
    slopes = [2, 1.6, 1.28, 1.024]
    close([s.gradient_norm for s in steps], slopes, f"slopes of {call}", rtol=1e-6)


@pytest.mark.milestone1
def test_a_slope_to_the_left_is_a_size_too():
    steps = list(islice(gd.descend(lambda x: x**2, -3.0, 0.25), 2))
    close(places(steps), [-3, -1.5], "x of descend(x², −3, lr = 0.25)", rtol=1e-6)
    close(steps[0].gradient_norm, 6.0, "gradient_norm of x² at −3", rtol=1e-6)


@pytest.mark.milestone1
@given(
    a=strategies.floats(0.1, 5), lr=strategies.floats(0.01, 0.3),
    start=strategies.floats(1, 9),
)  # fmt: skip
def test_on_a_parabola_the_distance_shrinks_by_a_constant_factor(a, lr, start):
    """f = a x²/2 has the slope a x: x ← (1 − lr·a) x."""
    steps = gd.descend(lambda x: a * x**2 / 2, start, lr, max_iterations=8, tol=0)
    want = start * (1 - lr * a) ** np.arange(9)
    close(places(steps), want, "x of descend(a x²/2)", rtol=1e-5, atol=1e-6)


@pytest.mark.milestone1
@pytest.mark.parametrize("tol", [1e-2, 1e-5])
def test_it_ends_where_the_ground_is_level(tol):
    steps = list(gd.descend(lambda x: x**2, 1.0, 0.1, tol=tol))
    sizes = [s.gradient_norm for s in steps]
    holds(sizes[-1] <= tol, "the last slope", sizes[-1], f"at most tol = {tol}")
    holds(min(sizes[:-1]) > tol, "the slopes before", min(sizes[:-1]), f"above {tol}")


@pytest.mark.milestone1
def test_it_ends_after_so_many_iterations_in_any_case():
    """f = x has no level place: from 5, seven steps of lr = 0.5 lead to 1.5."""
    steps = list(gd.descend(lambda x: x, 5.0, 0.5, max_iterations=7))
    close(steps[-1].iteration, 7, "last iteration, max_iterations = 7")
    close(steps[-1].x, 1.5, "x after seven steps", rtol=1e-6)


@pytest.mark.milestone1
def test_a_start_on_level_ground_is_the_end():
    steps = list(gd.descend(lambda x: (x - 2) ** 2, 2.0, 0.1))
    close(len(steps), 1, "number of Steps from the very bottom")


@pytest.mark.milestone1
def test_a_gradient_that_is_given_is_used():
    """The slope says "down is left" although f is flat."""
    steps = gd.descend(lambda x: 0 * x, 4.0, 0.5, lambda x: 1.0, max_iterations=3)
    close(places(steps), [4, 3.5, 3, 2.5], "x with gradient = 1 everywhere")


@pytest.mark.milestone1
def test_the_start_may_be_a_list_and_each_step_keeps_its_own_place():
    """f = x² + y², the gradient (2x, 2y) is given: lr = 0.25 halves both."""
    start = [2.0, -1.0]
    steps = list(gd.descend(bowl, start, 0.25, lambda p: 2 * p, max_iterations=2))
    want = [[2, -1], [1, -0.5], [0.5, -0.25]]
    close(places(steps), want, "x of descend(x² + y², [2, −1], lr = 0.25), all at once")
    close(start, [2, -1], "the start itself after the walk")


@pytest.mark.milestone1
def test_the_bottom_is_where_scipy_finds_it():
    def f(x):
        return x**4 / 4 - x + np.cos(x)

    *_, last = gd.descend(f, 0.2, 0.1)
    want = optimize.minimize_scalar(f, bracket=(0, 2)).x
    close(last.x, want, "the end of descend(x⁴/4 − x + cos x)", atol=1e-5)


@pytest.mark.milestone1
def test_too_long_steps_diverge_and_the_sentence_names_the_rate():
    """f = x², lr = 1.1: x ← −1.2 x, every step lands higher."""
    breaks_off(gd.descend(lambda x: x**2, 1.0, 1.1), "descend(x², 1, lr = 1.1)")
    sentence = refuses(lambda: gd.descend(lambda x: x**2, 1.0, 1.1), "descend, lr 1.1")
    holds("1.1" in sentence, "the sentence", sentence, "the rate 1.1 named in it")


@pytest.mark.milestone1
def test_leaving_the_domain_and_falling_for_ever_are_divergence_too():
    breaks_off(gd.descend(np.log, 0.1, 1.0), "descend(log, 0.1, lr = 1)")
    breaks_off(gd.descend(np.log, -1.0, 1.0), "descend(log, −1, lr = 1)")
    breaks_off(gd.descend(lambda x: x**3, -1.0, 0.1), "descend(x³, −1, lr = 0.1)")


@pytest.mark.milestone1
@pytest.mark.parametrize("lr", [0.0, -0.1])
def test_a_rate_that_is_not_positive_is_refused(lr):
    refuses(lambda: gd.descend(lambda x: x**2, 1.0, lr), f"descend(x², 1, lr = {lr})")


@pytest.mark.milestone1
def test_plain_descent_goes_by_the_slope_itself():
    direction, memory = gd.plain_rule(3.0, "kept", 1)
    close(direction, 3.0, "direction of plain_rule(3, …)")
    holds(memory == "kept", "memory of plain_rule(3, 'kept', 1)", memory, "'kept'")


@pytest.mark.milestone1
def test_the_walk_follows_any_rule_and_carries_its_memory():
    """The rule counts its turns and goes by their number: 10 − 1, − 2, − 3."""

    def rule(g, memory, t):
        return memory + t, memory + 10 * t

    got = list(gd.walk(lambda x: x, 10.0, 1.0, rule, 0.0, None, 3, 1e-6))
    close(places(got), [10, 9, -3, -36], "x of walk, direction = memory + t")


# --------------------------------------------------------------------------
# Milestone 2: any direction, and how long a step may be


@pytest.mark.milestone2
def test_partial_derivatives_by_hand():
    """f = x²y + yz at (1, 2, 3): ∂x = 2xy = 4, ∂y = x² + z = 4, ∂z = y = 2."""
    got = gd.gradient(lambda p: p[0] ** 2 * p[1] + p[1] * p[2], np.array([1.0, 2, 3]))
    close(got, [4, 4, 2], "gradient of x²y + yz at (1, 2, 3)", rtol=1e-6)


@pytest.mark.milestone2
@given(x=strategies.floats(-2, 2), y=strategies.floats(-2, 2))
def test_the_gradient_agrees_with_the_rules_of_calculus(x, y):
    p = np.array([x, y])
    want = rosenbrock_gradient(p)
    close(gd.gradient(rosenbrock, p), want, "gradient of Rosenbrock", 1e-6, 1e-5)
    got = numerical_gradient(rosenbrock, p)
    close(gd.gradient(rosenbrock, p), got, "gradient of Rosenbrock", 1e-6, 1e-5)


@pytest.mark.milestone2
def test_of_many_points_in_columns_each_has_its_gradient(rng):
    X = rng.normal(size=(2, 5))
    want = rosenbrock_gradient(X)
    close(gd.gradient(rosenbrock, X), want, "gradient at 5 columns", 1e-6, 1e-5)


@pytest.mark.milestone2
def test_the_point_is_left_where_it_was():
    x = np.array([1.0, 2.0])
    gd.gradient(rosenbrock, x)
    list(gd.descend(bowl, x, 0.1))
    close(x, [1, 2], "x after gradient(f, x) and descend(f, x, lr)")


@pytest.mark.milestone2
def test_two_steps_in_the_bowl_by_hand():
    """f = x² + y², lr = 0.25: the gradient is (2x, 2y), each step halves both."""
    steps = list(islice(gd.descend(bowl, [2.0, -1.0], 0.25), 3))
    want = [[2, -1], [1, -0.5], [0.5, -0.25]]
    close(places(steps), want, "x of descend(x² + y², (2, −1), lr = 0.25)", rtol=1e-6)
    close(steps[0].value, 5.0, "value of x² + y² at (2, −1)")
    size = 20**0.5  # ‖(4, −2)‖
    close(steps[0].gradient_norm, size, "gradient_norm at (2, −1)", rtol=1e-6)


@pytest.mark.milestone2
def test_in_three_dimensions_descent_is_a_power_of_a_matrix(rng):
    """The gradient of ½ xᵀAx is Ax, so x ← (I − lr A) x."""
    A, x = symmetric(rng, [3, 1, 0.2]), np.array([1.0, -2.0, 3.0])
    steps = list(gd.descend(quadratic(A), x, 0.3, max_iterations=6, tol=0))
    step = np.eye(3) - 0.3 * A
    want = [np.linalg.matrix_power(step, t) @ x for t in range(7)]
    close(places(steps), want, "x of descend(½ xᵀAx), d = 3", rtol=1e-5, atol=1e-6)


@pytest.mark.milestone2
def test_a_small_step_against_the_gradient_goes_down_fastest(rng):
    x = np.array([0.5, 1.5])
    g = gd.gradient(rosenbrock, x)
    here = rosenbrock(x - 1e-6 * g / np.linalg.norm(g))
    turned = [np.cos(a) * g + np.sin(a) * g[::-1] * [1, -1] for a in (0.3, 1, 3, -0.5)]
    other = min(rosenbrock(x - 1e-6 * v / np.linalg.norm(v)) for v in turned)
    holds(here < other, "f a step of 1e-6 against the gradient", here, f"< {other}")


@pytest.mark.milestone2
def test_second_derivatives_by_hand():
    """f = x²y + y³ at (1, 2): ∂x² = 2y = 4, ∂x∂y = 2x = 2, ∂y² = 6y = 12."""
    got = gd.hessian(lambda p: p[0] ** 2 * p[1] + p[1] ** 3, np.array([1.0, 2.0]))
    close(got, [[4, 2], [2, 12]], "hessian of x²y + y³ at (1, 2)", rtol=1e-5)
    got = gd.hessian(rosenbrock, np.array([1.0, 1.0]))
    want = [[802, -400], [-400, 200]]
    close(got, want, "hessian of Rosenbrock at (1, 1)", rtol=1e-5)


@pytest.mark.milestone2
def test_the_hessian_of_a_quadratic_is_its_matrix_anywhere(rng):
    A = symmetric(rng, [7, 2, -1, 0.5])
    got = gd.hessian(quadratic(A), rng.normal(size=4))
    close(got, A, "hessian of ½ xᵀAx, d = 4", rtol=1e-4, atol=1e-5)


@pytest.mark.milestone2
@given(seed=strategies.integers(0, 10**6), d=strategies.integers(1, 6))
def test_the_largest_eigenvalue_is_numpys(seed, d):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(d, d))
    A = A + A.T
    want = np.linalg.eigvalsh(A)[-1]
    close(gd.largest_eigenvalue(A), want, f"largest_eigenvalue, d = {d}", 1e-6, 1e-8)


@pytest.mark.milestone2
@pytest.mark.parametrize("values", [
    [1, -5], [-1, -2, -3], [4, 4, 1], [2, 2 - 1e-6, 0], [0, 0, -3], [0, 0], [3],
    [1e6, 1e-3],
])  # fmt: skip
def test_the_largest_eigenvalue_counts_with_its_sign(rng, values):
    got = gd.largest_eigenvalue(symmetric(rng, values))
    close(got, max(values), f"largest_eigenvalue, eigenvalues {values}", 1e-6, 1e-8)


@pytest.mark.milestone2
def test_stable_rates_by_hand():
    """x² curves by 2: 2/2. x² + 10y² by 2 and 20: 2/20. −x² bends down: no limit."""
    close(gd.stable_rate(lambda x: x**2, 3.0), 1.0, "stable_rate(x², 3)", rtol=1e-5)
    point = np.array([1.0, 2.0])
    got = gd.stable_rate(lambda p: p[0] ** 2 + 10 * p[1] ** 2, point)
    close(got, 0.1, "stable_rate(x² + 10y²)", rtol=1e-5)
    close(gd.stable_rate(lambda p: -bowl(p), point), np.inf, "stable_rate(−x² − y²)")
    close(gd.stable_rate(lambda x: -(x**2), 3.0), np.inf, "stable_rate(−x², 3)")
    # Rosenbrock at (1, 1): 1002 = 802 + 200, 400 = det; λ = 501 + √(501² − 400)
    want = 2 / (501 + (501**2 - 400) ** 0.5)
    got = gd.stable_rate(rosenbrock, np.array([1.0, 1.0]))
    close(got, want, "stable_rate(Rosenbrock, (1, 1))", rtol=1e-5)


@pytest.mark.milestone2
def test_straight_ground_sets_no_limit():
    got = gd.stable_rate(lambda p: 100 * p[0] + p[1], np.array([2.0, 3.0]))
    close(got, np.inf, "stable_rate(100x + y)")


@pytest.mark.milestone2
@given(seed=strategies.integers(0, 10**6))
def test_below_the_stable_rate_descent_settles_and_above_it_flies_off(seed):
    rng = np.random.default_rng(seed)
    A, start = symmetric(rng, rng.uniform(0.5, 5, size=3)), rng.normal(size=3) + 2
    limit = gd.stable_rate(quadratic(A), start)
    far = {}
    for share in (0.97, 1.03):
        walk = gd.descend(quadratic(A), start, share * limit, lambda x: A @ x, 150)
        *_, last = walk
        far[share] = np.linalg.norm(last.x)
    holds(far[0.97] < 0.1, "distance after 150 steps at 0.97 · 2/L", far[0.97], "< 0.1")
    holds(far[1.03] > 10, "distance after 150 steps at 1.03 · 2/L", far[1.03], "> 10")


@pytest.mark.milestone2
@pytest.mark.parametrize("text, want", [
    ("x**2 + 3*y**2", "minimum"), ("-x**2 - y**2", "maximum"), ("x*y", "saddle"),
    ("x**2 - y**2", "saddle"), ("7 + 0*x*y", "plateau"),
])  # fmt: skip
def test_level_ground_is_told_apart(text, want):
    f = expressions.parse(text, ("x", "y"))
    got = gd.ground(lambda p: f(*p), np.zeros(2))
    holds(got == want, f"ground({text}, (0, 0))", got, want)


# --------------------------------------------------------------------------
# Milestone 3: a ball that rolls


@pytest.mark.milestone3
def test_the_rules_of_the_ball_by_hand():
    """g = (2, −1, 0), v = (1, 1, 1): 0.9 v + g = (2.9, −0.1, 0.9); Nesterov's direction
    is g + 0.9 of that, (4.61, −1.09, 0.81). With μ = 0.5 v is (2.5, −0.5, 0.5)."""
    g = np.array([2.0, -1.0, 0.0])
    for name, want in (
        ("momentum_rule", [2.9, -0.1, 0.9]),
        ("nesterov_rule", [4.61, -1.09, 0.81]),
    ):
        v = np.ones(3)
        direction, memory = getattr(gd, name)(g, v, 1)
        close(direction, want, f"direction of {name}((2, −1, 0), (1, 1, 1))")
        close(memory, [2.9, -0.1, 0.9], f"memory of {name}((2, −1, 0), (1, 1, 1))")
        close(v, np.ones(3), f"the array v given to {name}, afterwards: unchanged")
        half = getattr(gd, name)(g, v, 1, mu=0.5)[1]
        close(half, [2.5, -0.5, 0.5], f"memory of {name}(…, mu = 0.5)")


@pytest.mark.milestone3
def test_three_steps_of_momentum_by_hand():
    """f = x², lr = 0.1, from 1. v = 2, x = 0.8. g = 1.6, v = 1.8 + 1.6 = 3.4, x = 0.46.
    g = 0.92, v = 3.06 + 0.92 = 3.98, x = 0.062."""
    steps = islice(gd.momentum(lambda x: x**2, 1.0, 0.1), 4)
    want = [1, 0.8, 0.46, 0.062]
    close(places(steps), want, "x of momentum(x², 1, lr = 0.1)", rtol=1e-5)


@pytest.mark.milestone3
def test_two_steps_of_nesterov_by_hand():
    """f = x², lr = 0.1, from 1. v = 2, direction 2 + 1.8 = 3.8, x = 0.62.
    g = 1.24, v = 1.8 + 1.24 = 3.04, direction 1.24 + 2.736 = 3.976, x = 0.2224."""
    steps = islice(gd.nesterov(lambda x: x**2, 1.0, 0.1), 3)
    close(places(steps), [1, 0.62, 0.2224], "x of nesterov(x², 1, lr = 0.1)", rtol=1e-5)


@pytest.mark.milestone3
@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_they_take_the_steps_of_scikit_learn(name):
    x = np.array([-1.0, 1.5])
    theirs = SGDOptimizer([x], 1e-3, momentum=0.9, nesterov=name == "nesterov")
    want = [x.copy()]
    for _ in range(30):
        theirs.update_params([x], [rosenbrock_gradient(x)])
        want.append(x.copy())
    walk = getattr(gd, name)(rosenbrock, want[0], 1e-3, rosenbrock_gradient, 30)
    close(places(walk), want, f"x of {name}(Rosenbrock, (−1, 1.5), lr = 0.001)")


@pytest.mark.milestone3
def test_nesterov_feels_the_slope_where_it_is_going():
    """His own form: v ← μ v + ∇f(z − lr μ v), z ← z − lr v; x is the place felt."""
    z, v, lr, want = np.array([-1.0, 1.5]), np.zeros(2), 1e-3, []
    for _ in range(20):
        ahead = z - lr * 0.9 * v
        want.append(ahead)
        v = 0.9 * v + rosenbrock_gradient(ahead)
        z = z - lr * v
    walk = gd.nesterov(rosenbrock, want[0], lr, rosenbrock_gradient, 19)
    close(places(walk), want, "x of nesterov, against his own form")


@pytest.mark.milestone3
@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_on_a_straight_slope_the_ball_gets_ten_times_as_fast(name):
    """v ← 0.9 v + g tends to g / (1 − 0.9): on f = 3x the step tends to lr · 30."""
    walk = getattr(gd, name)(lambda x: 3 * x, 0.0, 0.01, max_iterations=200)
    got = np.diff(places(walk))
    close(got[-1], -0.3, f"the last step of {name}(3x, lr = 0.01)", rtol=1e-5)
    holds((np.diff(got) < 1e-9).all(), "the steps", got, "longer and longer")


@pytest.mark.milestone3
@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_without_memory_it_is_plain_descent(name):
    ways = [
        places(walk)
        for walk in (
            getattr(gd, name)(bowl, [2.0, -1.0], 0.1, lambda p: 2 * p, 5, mu=0.0),
            gd.descend(bowl, [2.0, -1.0], 0.1, lambda p: 2 * p, 5),
        )
    ]
    close(ways[0], ways[1], f"x of {name}(…, mu = 0), against descend")


@pytest.mark.milestone3
@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_in_a_narrow_valley_it_needs_far_fewer_steps(name):
    """x² + 100y²: at the rate 1/L plain descent takes x down by 1 % a step."""

    def valley(p):
        return p[0] ** 2 + 100 * p[1] ** 2

    def steps(method):
        *_, last = method(valley, [5.0, 1.0], 1 / 200, lambda p: p * [2, 200])
        return last.iteration

    got, plain = steps(getattr(gd, name)), steps(gd.descend)
    holds(4 * got < plain, f"steps of {name}", got, f"less than {plain} / 4")


@pytest.mark.milestone3
@pytest.mark.parametrize("name, limit", [("momentum", 1.9), ("nesterov", 1.9 / 2.8)])
def test_the_largest_stable_rate_is_the_known_one(name, limit):
    """On x² (L = 2): 2(1 + μ)/L = 1.9; Nesterov's is (2 + 2μ)/(1 + 2μ)/L = 0.679."""
    method = getattr(gd, name)
    *_, last = method(lambda x: x**2, 1.0, 0.97 * limit)
    holds(abs(last.x) < 1e-6, f"end of {name} at 0.97 of the limit", last.x, "0")
    call = f"{name}(x², 1, lr = {1.03 * limit:.3f}), above the limit"
    breaks_off(method(lambda x: x**2, 1.0, 1.03 * limit), call)


@pytest.mark.milestone3
@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_two_walks_at_a_time_do_not_share_their_memory(name):
    method = getattr(gd, name)
    one, two = (method(lambda x: x**2, x, 0.1, None, 9) for x in (1.0, 5.0))
    pairs = np.array([(a.x, b.x) for a, b in zip(one, two)])
    close(pairs[:, 1], 5 * pairs[:, 0], f"two walks of {name} in turn, from 1 and 5")


@pytest.mark.milestone3
@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_they_find_the_minimum_that_scipy_finds(name):
    def f(p):
        return np.exp(p[0]) + p[0] ** 2 + p[1] ** 2 - p[0] * p[1]

    def slopes(p):
        return np.array([np.exp(p[0]) + 2 * p[0] - p[1], 2 * p[1] - p[0]])

    *_, last = getattr(gd, name)(f, [1.0, 0.5], 0.1, slopes)
    want = optimize.minimize(f, [0.0, 0.0], tol=1e-12).x
    close(last.x, want, f"the end of {name}(eˣ + x² + y² − xy)", atol=1e-5)


# --------------------------------------------------------------------------
# Milestone 4: a step of its own for every coordinate


@pytest.mark.milestone4
def test_the_rules_of_fixed_steps_by_hand():
    """RMSprop, g = (3, −0.2), s = (0, 0): s = 0.1 g², direction ±1/√0.1 = ±3.162278.
    Adam, t = 1: m̂ = g, v̂ = g², direction ±1, and the memory is 0.1 g, 0.001 g²."""
    g = np.array([3.0, -0.2])
    direction, s = gd.rmsprop_rule(g, np.zeros(2), 1)
    close(direction, [3.162278, -3.162278], "direction of rmsprop_rule", rtol=1e-5)
    close(s, [0.9, 0.004], "memory of rmsprop_rule((3, −0.2), 0, 1)")
    direction, (m, v) = gd.adam_rule(g, (0.0, 0.0), 1)
    close(direction, [1, -1], "direction of adam_rule((3, −0.2), …)", rtol=1e-6)
    close(m, [0.3, -0.02], "m of adam_rule((3, −0.2), (0, 0), 1)")
    close(v, [0.009, 0.00004], "v of adam_rule((3, −0.2), (0, 0), 1)")


@pytest.mark.milestone4
def test_two_steps_of_rmsprop_by_hand():
    """f = x², lr = 0.1, from 1. g = 2, s = 0.1·4 = 0.4, x = 1 − 0.2/√0.4 = 0.683772.
    g = 1.367544, s = 0.36 + 0.1·1.870178 = 0.547018, x −= 0.136754/0.739607."""
    steps = islice(gd.rmsprop(lambda x: x**2, 1.0, 0.1), 3)
    want = [1, 0.683772, 0.498872]
    close(places(steps), want, "x of rmsprop(x², 1, lr = 0.1)", rtol=1e-5)


@pytest.mark.milestone4
@given(slopes=strategies.lists(strategies.floats(0.01, 1000), min_size=3, max_size=3))
def test_the_first_step_of_adam_has_the_size_of_the_rate(slopes):
    """m̂ = g and v̂ = g², so the direction is g / |g|, however steep it is."""
    a = np.array(slopes) * [1, -1, 1]
    steps = list(gd.adam(lambda p: a @ p, [5.0, 6.0, 7.0], 0.2, max_iterations=1))
    want = [4.8, 6.2, 6.8]
    close(steps[1].x, want, "first step of adam(a·x, (5, 6, 7), lr = 0.2)", rtol=1e-5)


@pytest.mark.milestone4
def test_on_a_straight_slope_every_step_of_adam_is_as_long():
    walk = gd.adam(lambda x: 5 * x, 3.0, 0.1, max_iterations=20)
    want = 3 - 0.1 * np.arange(21)
    close(places(walk), want, "x of adam(5x, 3, lr = 0.1)", rtol=1e-6, atol=1e-6)


@pytest.mark.milestone4
def test_adam_takes_the_steps_of_scikit_learn():
    x = np.array([-1.0, 1.5])
    theirs, want = AdamOptimizer([x], 0.05), [x.copy()]
    for _ in range(60):
        theirs.update_params([x], [rosenbrock_gradient(x)])
        want.append(x.copy())
    walk = gd.adam(rosenbrock, want[0], 0.05, rosenbrock_gradient, 60)
    # they put the eps beside another v: 1e-8 of a slope of 100 makes no difference
    close(places(walk), want, "x of adam(Rosenbrock, lr = 0.05)", rtol=1e-5)


@pytest.mark.milestone4
def test_the_constants_of_adam_are_its_own():
    """On f = 5x all slopes are equal; of x² they fall, and the betas are felt."""
    a, b, c = (
        places(gd.adam(lambda x: x**2, 1.0, 0.1, None, 5, 0.0, **betas))[-1]
        for betas in ({}, {"beta1": 0.5}, {"beta2": 0.5})
    )
    holds(len({a, b, c}) == 3, "x after 5 steps: as usual, beta1 = 0.5, beta2 = 0.5",
          [a, b, c], "three different places")  # fmt: skip


@pytest.mark.milestone4
@pytest.mark.parametrize("name", ["rmsprop", "adam"])
def test_steep_and_flat_coordinates_are_walked_alike(name):
    """x² + 1000y² from (1, 1): the slopes differ by 1,000, the steps do not."""
    walk = getattr(gd, name)(lambda p: p[0] ** 2 + 1000 * p[1] ** 2, [1.0, 1.0], 0.01,
                             lambda p: p * [2, 2000], 40)  # fmt: skip
    x, y = places(walk).T
    close(y, x, f"y along {name}(x² + 1000y²), against x", rtol=1e-5)


@pytest.mark.milestone4
def test_rmsprop_trembles_at_the_bottom():
    """Each slope is divided by its own size: near the bottom steps stay about lr."""
    walk = gd.rmsprop(lambda p: p[0] ** 2 + 3 * p[1] ** 2, [1.0, 1.0], 0.1, None, 400)
    step = np.linalg.norm(np.diff(places(walk), axis=0), axis=1)[-50:].mean()
    holds(0.02 < step < 0.5, "the last 50 steps of rmsprop, lr = 0.1, mean length",
          step, "about 0.1, not 0")  # fmt: skip


@pytest.mark.milestone4
def test_adam_crosses_the_valley_of_rosenbrock():
    """From (2, 2) f is below 1e-7 in at most 1,035 steps with the best of the rates."""
    *_, last = gd.adam(rosenbrock, [2.0, 2.0], 0.5, rosenbrock_gradient)
    close(last.x, [1, 1], "the end of adam(Rosenbrock, (2, 2), lr = 0.5)", atol=1e-5)
    X = np.full((2, 4), 2.0)
    way = gd.crowd("adam", rosenbrock, X, np.array([0.1, 0.2, 0.5, 1.0]), 1035)
    lowest = min(float(rosenbrock(x).min()) for x in way)
    holds(
        lowest < 1e-7, "lowest f of adam in 1,035 steps, four rates", lowest, "< 1e-7"
    )


@pytest.mark.milestone4
@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov", "rmsprop", "adam"])
def test_a_crowd_walks_as_each_would_alone(name, rng):
    X, rates = rng.normal(size=(2, 3)), np.array([1e-4, 5e-4, 1e-3])
    *_, crowd = gd.crowd(name, rosenbrock, X, rates, 12)
    alone = [
        list(gd.METHODS[name](rosenbrock, x, lr, None, 12))[-1].x
        for x, lr in zip(X.T, rates)
    ]
    close(crowd, np.array(alone).T, f"places of crowd({name!r}) after 12 steps", 1e-5)


@pytest.mark.milestone4
def test_who_is_lost_feels_no_slope():
    """1/x at 2 and −1 has the slopes −1/4 and −1; 1e9 is too far, nan is nowhere."""
    X = np.array([[2.0, -1.0, 1e9, np.nan]])
    got = gd.crowd_gradient(lambda p: 1 / p[0], X)
    close(got, [[-0.25, -1, 0, 0]], "crowd_gradient(1/x, [2 −1 1e9 nan])", 1e-6)


@pytest.mark.milestone4
def test_who_is_lost_does_not_disturb_the_others():
    """lr = 3 sends x² to infinity by a factor of −5 a step; lr = 0.1 settles."""
    *_, ends = gd.crowd("gd", lambda p: p[0] ** 2 + p[1] ** 2, np.ones((2, 3)),
                        np.array([0.1, 3.0, 0.25]), 500)  # fmt: skip
    close(ends[:, [0, 2]], np.zeros((2, 2)), "ends at lr = 0.1 and 0.25", atol=1e-6)
    far = np.abs(ends[:, 1]).min()
    holds(not far < 1e3, "the end at lr = 3", ends[:, 1], "far away")


@pytest.mark.milestone4
def test_the_race_counts_the_steps_of_the_parabola():
    """x² + y² from (1, 1): f = 2 (1 − 2 lr)^2t is below 1e-7 as soon as
    2t ln|1 − 2 lr| < ln 5e-8. lr = 0.5 does it in one step, lr = 1 never."""
    rates = np.array([0.1, 0.2, 0.5, 0.9, 1.0, 2.0])
    got = gd.race(bowl, np.array([1.0, 1.0]), 0.0, rates, 300)
    factor = np.log(np.abs([0.8, 0.6, 1e-9, 0.8]))
    want = [*np.ceil(np.log(5e-8) / (2 * factor)), -1, -1]
    close(got["gd"], want, "race(x² + y², (1, 1)) of gd, rates 0.1 0.2 0.5 0.9 1 2")
    names = sorted(got)
    holds(names == sorted(gd.METHODS), "the names of the race", names, "all five")


@pytest.mark.milestone4
def test_the_race_is_to_the_lowest_value_and_ends_in_time():
    """f = x² + y² − 7: to come within 1e-7 of −7; in four steps of 0.1 nobody does."""
    start, rates = np.array([1.0, 1.0]), np.array([0.1, 0.5])
    got = gd.race(lambda p: bowl(p) - 7, start, -7.0, rates, 100)["gd"]
    close(got, [38, 1], "race(x² + y² − 7, low = −7) of gd, rates 0.1 and 0.5")
    got = gd.race(bowl, start, 0.0, rates, 4)["gd"]
    close(got, [-1, 1], "race(…, iterations = 4) of gd, rates 0.1 and 0.5")


@pytest.mark.milestone4
def test_adam_gets_on_with_more_rates_than_plain_descent():
    """On Rosenbrock from two starts, the same seven rates, at most 800 steps."""
    rates = 10.0 ** np.arange(-3, 0.1, 0.5)
    share = {"gd": 0, "adam": 0}
    for start in ([-1, 1], [0, 0]):
        found = gd.race(rosenbrock, np.array(start, dtype=float), 0.0, rates, 800)
        for name in share:
            share[name] += int((found[name] >= 0).sum())
    holds(share["adam"] >= share["gd"] + 4, "arrivals out of 14: gd, adam",
          list(share.values()), "many more for adam")  # fmt: skip


@pytest.mark.milestone4
def test_ends_that_lie_together_are_one_minimum():
    """Three near (0, 0), two near (3, 1), one alone, one lost."""
    ends = np.array([[0, 3, 0.01, 9, -0.01, 3.01, np.inf],
                     [0, 1, 0.00, 9, 0.01, 0.99, np.nan]])  # fmt: skip
    labels, minima = gd.basins(ends, 0.1, least=0.2)
    close(labels, [0, 1, 0, -1, 0, 1, -1], "labels of basins(ends, 0.1, 0.2)")
    close(minima, [[0, 0], [3.005, 0.995]], "minima of basins(ends, 0.1)", atol=0.02)


@pytest.mark.milestone4
def test_minima_are_sorted_and_everybody_may_be_lost():
    ends = np.array([[5.0, 5, -5, -5, 1, 1]])
    labels, minima = gd.basins(ends, 0.1)
    close(labels, [2, 2, 0, 0, 1, 1], "labels of basins([5 5 −5 −5 1 1])")
    close(minima[:, 0], [-5, 1, 5], "minima of basins([5 5 −5 −5 1 1])")
    labels, minima = gd.basins(np.full((2, 4), np.nan), 0.1)
    close(labels, [-1] * 4, "labels of basins(nan)")
    close(len(minima), 0, "number of minima of basins(nan)")


@pytest.mark.milestone4
def test_each_start_leads_to_the_minimum_of_its_own_valley():
    """sin x + sin y: valleys lie around −π/2 + 2πk, their borders at π/2 + 2πk."""
    rng = np.random.default_rng(1)
    X = rng.uniform(-4.5, 7.5, size=(2, 300))
    X = X[:, (np.abs(np.sin(X)) < 0.98).all(axis=0)]  # clear of tops and borders
    *_, ends = gd.crowd("gd", lambda p: np.sin(p[0]) + np.sin(p[1]), X, 0.5, 200)
    labels, minima = gd.basins(ends, 0.2, least=0.01)
    want = 2 * np.pi * (np.round(X / (2 * np.pi) + 0.25) - 0.25)
    close(minima[labels].T, want, "minima of basins, for each start", atol=1e-3)
