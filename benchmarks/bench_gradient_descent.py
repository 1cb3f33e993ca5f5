"""Chapter 6 against a plain loop with scipy's gradient.

python benchmarks/bench_gradient_descent.py

No optimiser of scipy takes these very steps, so the peer is the loop that one would
write with it: scipy.optimize.approx_fprime, then the update. It evaluates f 3 times an
iteration (differences to one side), ours 5 times (to both sides, which is far more
accurate, and the value): the count is in the peer's favour. The last line is another
kind of comparison: different methods, but both end at a minimum from every start.
"""

from functools import partial

import harness
import numpy as np
from scipy import optimize

from phase2_calculus import gradient_descent

STEPS = 1000
START = np.array([-1.0, 1.0])


def rosenbrock(p: np.ndarray) -> float:
    """The banana valley."""
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


def hills(p: np.ndarray) -> np.ndarray:
    """Many minima, all of them -2."""
    return np.sin(p[0]) + np.sin(p[1])


def ours(name: str, lr: float) -> np.ndarray:
    """The end of the walk of a method."""
    walk = gradient_descent.METHODS[name](rosenbrock, START, lr, None, STEPS, 0.0)
    *_, last = walk
    return last.x


def plain_loop(lr: float) -> np.ndarray:
    """Plain descent with scipy's gradient: the end of the walk."""
    x = START
    for _ in range(STEPS):
        x = x - lr * optimize.approx_fprime(x, rosenbrock)
    return x


def adam_loop(lr: float) -> np.ndarray:
    """Adam with scipy's gradient: the end of the walk."""
    x, m, v = START, np.zeros(2), np.zeros(2)
    for t in range(1, STEPS + 1):
        g = optimize.approx_fprime(x, rosenbrock)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        x = x - lr * m_hat / (np.sqrt(v_hat) + 1e-8)
    return x


def crowd(starts: np.ndarray) -> np.ndarray:
    """Where plain descent leads from each start (2, n), all at once."""
    *_, ends = gradient_descent.crowd("gd", hills, starts, 0.5, 60)
    return ends


def one_by_one(starts: np.ndarray) -> np.ndarray:
    """Where scipy's conjugate gradients lead from each start, one after the other."""
    return np.array([optimize.minimize(hills, x, method="CG").x for x in starts.T]).T


def main() -> list[harness.Result]:
    """Iterations of plain descent and of Adam; and the basins of many starts."""
    harness.title("gradient descent", "numpy", "scipy")
    results = []
    for name, loop, lr in (("gd", plain_loop, 1e-3), ("adam", adam_loop, 0.05)):
        off = np.abs(ours(name, lr) - loop(lr)).max()
        assert off < 1e-4, f"not the same walk: the ends differ by {off:.1e}"
        work = f"{STEPS:,} iterations of {name}, gradients by differences"
        result = harness.duel(work, partial(ours, name, lr), partial(loop, lr), "1")
        each = STEPS / result.ours, STEPS / result.peer
        print(f"  iterations a second: {each[0]:,.0f}, of the loop {each[1]:,.0f}")
        results.append(result)
    starts = np.random.default_rng(0).uniform(-7, 7, size=(2, 400))
    for ends in (crowd(starts), one_by_one(starts)):
        assert np.mean(hills(ends) < -1.999) > 0.95, "not all at a minimum"
    sides = partial(crowd, starts), partial(one_by_one, starts)
    results.append(harness.duel("400 starts to a minimum; minimize, CG", *sides, "", 3))
    return results


if __name__ == "__main__":
    main()
