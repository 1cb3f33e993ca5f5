"""What is claimed of chapter 11, over several seeds."""

from collections.abc import Iterator

import numpy as np
from harness import Claim

from phase3_probability import ab_testing as ab


def claims() -> Iterator[Claim]:
    """False alarms, power and the winner's curse; coverage of the four intervals."""
    for lift in (0.0, 0.1):
        runs = [ab.machine(0.05, lift, 1000, 10, 20_000, np.random.default_rng(s))[1]
                for s in range(10)]  # fmt: skip
        for i, row in enumerate(runs[0]):
            what = "power" if lift else "false alarms"
            shares = [100 * run[i].alarms for run in runs]
            yield Claim(f"{row.rule}, 10 looks: {what} (%)", shares)
            if lift:
                seen = [100 * run[i].lift for run in runs]
                yield Claim(f"{row.rule}: lift when found, truth 10 (%)", seen)
    for looks, each in ((100, 100), (365, 200)):
        found = [ab.machine(0.05, 0, each, looks, 5000, np.random.default_rng(s))[1]
                 for s in range(10)]  # fmt: skip
        shares = [100 * run[0].alarms for run in found]
        yield Claim(f"sequential, {looks} looks of {each}: false alarms (%)", shares)
    held: dict[str, list[float]] = {}
    for seed in range(10):
        rng = np.random.default_rng(seed)
        a, b = rng.binomial(4500, 0.045, 5000), rng.binomial(4600, 0.054, 5000)
        counts = (a, 4500, b, 4600)
        for name, (low, high), truth in (
            ("Wilson", ab.wilson(a, 4500), 0.045),
            ("difference, unpooled", ab.difference_interval(*counts), 0.009),
            ("lift, log", ab.lift_interval(*counts), 0.2),
            ("lift, delta", ab.lift_interval(*counts, method="delta"), 0.2),
        ):
            share = 100 * float(((low <= truth) & (truth <= high)).mean())
            held.setdefault(name, []).append(share)
    for name, shares in held.items():
        yield Claim(f"95 % intervals that hold the truth: {name} (%)", shares)
