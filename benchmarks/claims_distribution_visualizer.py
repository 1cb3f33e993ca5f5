"""What is claimed of chapter 12, over several seeds."""

from collections.abc import Iterator

import numpy as np
from harness import Claim

from phase3_probability import distribution_visualizer as dv

SHAPES = [("normal", 0, 1), ("gamma", 2, 1), ("cauchy", 0, 1), ("poisson", 4),
          ("binomial", 20, 0.3)]  # fmt: skip
AUDITS = 40  # for each shape and seed


def caught(words: tuple, kind: str, seed: int, n: int = 10_000) -> float:
    """The share of audits, in per cent, that find something."""
    f, rng, found = dv.distribution(*words), np.random.default_rng(seed), 0
    for _ in range(AUDITS):
        x = dv.draw(f, n, rng, kind)
        found += not all(check.passed for check in dv.audit(f, x, rng))
    return 100 * found / AUDITS


def claims() -> Iterator[Claim]:
    """False alarms, what an audit catches, and how far means are from a bell."""
    for kind in ("", *dv.SPOILS):
        values = [caught(words, kind, seed) for seed in range(3) for words in SHAPES]
        what = f"sabotage {kind} caught" if kind else "honest samplers accused"
        yield Claim(f"{what}, audit of 10,000 (%)", values)
    for words in (("uniform", 0, 1), ("exponential", 1), ("cauchy", 0, 1)):
        parent, far = dv.distribution(*words), []
        for seed in range(10):
            means = dv.clt(parent, 30, np.random.default_rng(seed))
            z = dv.standardised(means, parent, 30)
            far.append(dv.ks_distance(dv.BELL.cdf(z)))
        yield Claim(f"means of 30, {parent}: distance from the bell", far)
