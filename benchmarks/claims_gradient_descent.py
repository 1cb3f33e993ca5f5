"""What is claimed of chapter 6, over several seeds."""

from collections.abc import Iterator

import numpy as np
from harness import Claim

from phase2_calculus import gradient_descent as descent


def claims() -> Iterator[Claim]:
    """The race from ten random starts: rates that arrive, and how fast the best."""
    starts = np.random.default_rng(0).uniform((-2, -1), (2, 3), size=(10, 2))
    grounds = {"Rosenbrock": "2", "bowl": "1", "x² + 10y²": "x**2 + 10*y**2"}
    for ground, text in grounds.items():
        f = descent.Problem(text).f
        races = [descent.race(f, start, 0.0) for start in starts]
        for name in descent.METHODS:
            found = [race[name] for race in races]
            share = [100 * float((first >= 0).mean()) for first in found]
            yield Claim(f"{ground}: rates that arrive, {name} (%)", share)
            best = [
                float(first[first >= 0].min()) for first in found if first.max() >= 0
            ]
            if best:
                yield Claim(f"{ground}: best iterations, {name}", best)
