"""What is claimed of results, measured over several seeds: a dated table.

python benchmarks/results.py [kmeans pca_visualizer …]
"""

import datetime
import importlib
import sys

import harness
import numpy as np


def main(names: list[str]) -> None:
    """Measure the claims of the named projects, or of all."""
    chosen = harness.chosen("claims", names)
    print(f"{datetime.date.today()}, mean ± standard deviation (seeds)\n")
    for name in chosen:
        for claim in importlib.import_module(f"claims_{name}").claims():
            mean, sd, n = np.mean(claim.values), np.std(claim.values), len(claim.values)
            print(f"{name:18}{claim.what:52}{mean:8.2f} ± {sd:.2f} ({n})", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
