"""What is claimed of results, measured over several seeds: a dated table.

python benchmarks/results.py [kmeans pca_visualizer …] [--write]

With --write the table in benchmarks/RESULTS.md gets their rows.
"""

import datetime
import importlib
import math
import sys
from collections.abc import Sequence

import harness
import numpy as np


def written(values: Sequence[float]) -> str:
    """Mean ± standard deviation, to two digits of the deviation; at most 5 decimals."""
    mean, sd = float(np.mean(values)), float(np.std(values))
    if sd <= 1e-12 * abs(mean):  # of one run nothing is known of others
        return f"{mean:,.4g}" + " ± 0" * (len(values) > 1)
    digits = min(max(1 - math.floor(math.log10(sd)), 0), 5)
    kind = ".1e" if abs(mean) < 0.002 else f".{digits}f"
    return f"{mean:,{kind}} ± {sd:,{kind}}"


def main(names: list[str]) -> None:
    """Measure the claims of the named projects, or of all."""
    chosen = harness.chosen("claims", names)
    print(f"{datetime.date.today()}, mean ± standard deviation (seeds)\n")
    for name in chosen:
        rows = []
        for claim in importlib.import_module(f"claims_{name}").claims():
            result, n = written(claim.values), len(claim.values)
            print(f"{name:24}{claim.what:58} {result} ({n})", flush=True)
            rows.append([claim.what, result, str(n)])
        if "--write" in names:
            harness.keep("RESULTS.md", name, rows)


if __name__ == "__main__":
    main(sys.argv[1:])
