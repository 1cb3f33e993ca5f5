"""Chapter 7 against SciPy and lmfit: the 27 certified problems of NIST.

python benchmarks/bench_curve_fitter.py
"""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import harness
import lmfit
import numpy as np
from scipy import optimize

from common import data
from phase2_calculus import curve_fitter


class Problem(NamedTuple):
    """A problem of NIST; `known` has start 1, start 2, certified value and error."""

    name: str
    model: curve_fitter.Model
    x: np.ndarray
    y: np.ndarray
    known: np.ndarray


Fitter = Callable[[Problem], np.ndarray]


def by_us(one: Problem) -> np.ndarray:
    """The parameters that chapter 7 finds from start 1."""
    return curve_fitter.learned(one.model, one.x, one.y, one.known[:, 0]).parameters


def by_scipy(one: Problem) -> np.ndarray:
    """MINPACK's Levenberg-Marquardt with our exact gradient and its own scaling."""
    return optimize.least_squares(
        lambda p: one.model.f(one.x, p) - one.y, one.known[:, 0], method="lm",
        jac=lambda p: one.model.gradient(one.x, p), x_scale="jac", max_nfev=20_000,
        xtol=1e-15, ftol=1e-15, gtol=1e-15,
    ).x  # fmt: skip


def by_lmfit(one: Problem) -> np.ndarray:
    """lmfit as its users call it: leastsq, with differences for the gradient."""
    start = lmfit.Parameters()
    for j, value in enumerate(one.known[:, 0]):
        start.add(f"b{j + 1}", value=value)

    def missing(parameters: lmfit.Parameters) -> np.ndarray:
        p = np.array([parameter.value for parameter in parameters.values()])
        return one.model.f(one.x, p) - one.y

    found = lmfit.minimize(missing, start, nan_policy="omit")
    return np.array([parameter.value for parameter in found.params.values()])


def score(fitter: Fitter, one: Problem) -> float:
    """Certified digits that agree; 0 if the fitter gives up."""
    try:
        return curve_fitter.digits(fitter(one), one.known[:, 2])
    except (ValueError, FloatingPointError):
        return 0.0


@np.errstate(all="ignore")
def main() -> list[harness.Result]:
    """Digits of all three on every problem; then the time where both sides succeed."""
    warnings.simplefilter("ignore")
    harness.title("curve fitting", "numpy", "scipy", "lmfit")
    files = sorted((data.FOLDER / "nist" / "nonlinear").glob("*.dat"))
    problems = [Problem(f.stem, *curve_fitter.read_nist(f)) for f in files]
    peers: dict[str, Fitter] = {"SciPy": by_scipy, "lmfit": by_lmfit}
    digits = {
        name: np.array([score(fitter, one) for one in problems])
        for name, fitter in {"ours": by_us, **peers}.items()
    }
    print(f"{'certified digits, from start 1':30}{'ours':>8}{'SciPy':>8}{'lmfit':>8}")
    for one, *row in zip(problems, *digits.values()):
        print(f"  {one.name:28}" + "".join(f"{value:8.1f}" for value in row))
    solved = {name: int((row >= 4).sum()) for name, row in digits.items()}
    print(f"  {'sets with at least 4':28}{'':2}"
          + "".join(f"{count:3}/27  " for count in solved.values()))  # fmt: skip
    results = []
    for name, fitter in peers.items():
        both = [one for one, a, b in zip(problems, digits["ours"], digits[name])
                if min(a, b) >= 4]  # fmt: skip

        def ours(both: list[Problem] = both) -> object:
            return [by_us(one) for one in both]

        def peer(both: list[Problem] = both, fitter: Fitter = fitter) -> object:
            return [fitter(one) for one in both]

        work = f"the {len(both)} sets that both solve, {name}"
        results.append(harness.duel(work, ours, peer))
    return results


if __name__ == "__main__":
    main()
