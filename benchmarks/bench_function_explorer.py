"""Chapter 5 against scipy's differentiate, sympy the judge; and the redraw of a drag.

python benchmarks/bench_function_explorer.py
"""

import harness
import numpy as np
import sympy
from scipy import differentiate

from common.expressions import parse
from phase2_calculus import function_explorer as fe

TEXT = "exp(-x**2/4)*sin(3*x) + x**3/10"


def main() -> list[harness.Result]:
    """f' on 100,000 places by Richardson and by Dual; then ten drags of the point."""
    harness.title("function explorer", "numpy", "scipy", "matplotlib")
    x, f, u = np.linspace(-3, 3, 100_000), parse(TEXT), sympy.Symbol("x")
    exact = sympy.lambdify(u, sympy.diff(sympy.sympify(TEXT), u), "numpy")

    def richardson() -> np.ndarray:
        return fe.derivative(f, x, method="richardson")

    def scipys() -> np.ndarray:
        return differentiate.derivative(f, x).df

    def dual() -> np.ndarray:
        return fe.by_dual(lambda t: f.evaluate({"x": t}), x)[1]

    for way in (richardson, dual, scipys):
        off = np.abs(way() - exact(x)).max()
        assert off < 1e-9, f"not the same work: {way.__name__} is off by {off:.1e}"
        print(f"  {way.__name__}: off by {off:.1e} at most")
    results = [
        harness.duel(f"f' at 100,000 places, by {way.__name__}", way, scipys, "1")
        for way in (richardson, dual)
    ]
    return [*results, redraw(f)]


def redraw(f: fe.Formula) -> harness.Result:
    """A drag, drawing what moves; against drawing the whole figure (bar: 30 ms)."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    window = fe.Explorer(plt, [fe.Curve("f", f, f.derivative())], (-3, 3), 1.2)
    window.fig.canvas.draw()

    def drag() -> None:
        for x in np.linspace(-2, 2, 10):
            window.stand(x=float(x))

    def whole() -> None:
        for x in np.linspace(-2, 2, 10):
            window.state = fe.State(float(x), 0.1)
            window.show_errors()
            window.show_tangent()
            window.fig.canvas.draw()

    result = harness.duel("10 drags of the point: the whole figure", drag, whole, "3")
    print(f"a drag takes {100 * result.ours:.1f} ms of the 30 ms that it may")
    return result


if __name__ == "__main__":
    main()
