"""What is claimed of results, measured over several seeds: a dated table.

python benchmarks/results.py [kmeans pca_visualizer …] [--write]

With --write the table in benchmarks/RESULTS.md gets their rows.
"""

import datetime
import importlib
import math
import sys

import harness
import numpy as np


def main(names: list[str]) -> None:
    """Measure the claims of the named projects, or of all."""
    chosen = harness.chosen("claims", names)
    print(f"{datetime.date.today()}, mean ± standard deviation (seeds)\n")
    for name in chosen:
        rows = []
        for claim in importlib.import_module(f"claims_{name}").claims():
            mean, sd, n = np.mean(claim.values), np.std(claim.values), len(claim.values)
            print(f"{name:18}{claim.what:52}{mean:8.2f} ± {sd:.2f} ({n})", flush=True)
            digits = min(max(1 - math.floor(math.log10(sd or 0.1)), 0), 5)
            rows.append([claim.what, f"{mean:,.{digits}f} ± {sd:,.{digits}f}", str(n)])
        if "--write" in names:
            harness.keep("RESULTS.md", name, rows)


if __name__ == "__main__":
    main(sys.argv[1:])
