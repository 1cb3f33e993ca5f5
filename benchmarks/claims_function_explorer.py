"""What is claimed of chapter 5, over several seeds."""

from collections.abc import Iterator

import numpy as np
from harness import Claim

from common.expressions import parse
from phase2_calculus import function_explorer as fe


def claims() -> Iterator[Claim]:
    """Digits right of f' by each method's own step, over random smooth functions."""
    digits: dict[str, list[float]] = {method: [] for method in fe.ORDERS}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        a, b, c = rng.uniform(0.5, 2, 3).round(3)
        f = parse(f"exp(-{a}*x)*sin({b}*x) + {c}*x**3 - x")
        x = rng.uniform(-2, 2, 200)
        exact = f.derivative()(x)
        steep = np.abs(exact) > 0.1  # away from the zeros of f'
        for method in fe.ORDERS:
            off = np.abs(fe.derivative(f, x, method=method) / exact - 1)[steep]
            digits[method].append(float(-np.log10(off.max())))
    for method, values in digits.items():
        yield Claim(f"f' by {method}: digits right, the worst of 200 places", values)
