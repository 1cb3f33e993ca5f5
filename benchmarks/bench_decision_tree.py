"""Chapter 16 against scikit-learn: the price of a house, by a tree of 20,640 blocks.

python benchmarks/bench_decision_tree.py
"""

from typing import Any

import harness
import numpy as np
from sklearn.tree import DecisionTreeRegressor

from common import data
from phase4_ml import decision_tree


def main() -> list[harness.Result]:
    """The eight columns of numbers of California, ten levels deep and without limit.

    The bedrooms that are missing (207) are set to the median, for both. Five levels
    deep both say the same of every block. Further down come questions that gain the
    same, of which each takes its own: the errors left may differ by 1 in 1,000.
    """
    harness.title("decision tree", "numpy", "scikit-learn")
    frame = data.read_csv(data.find("california_housing.csv"))
    names = [n for n in data.number_columns(frame) if n != "median_house_value"]
    X = frame[names].fillna(frame[names].median()).to_numpy(float)
    X = X.astype(np.float32).astype(float)  # scikit-learn looks at no more digits
    y = frame["median_house_value"].to_numpy(float)

    def both(depth: int | None) -> tuple[decision_tree.DecisionTree, Any]:
        own = decision_tree.DecisionTree(depth, criterion="mse")
        return own, DecisionTreeRegressor(max_depth=depth, random_state=0)

    first, second = (tree.fit(X, y).predict(X) for tree in both(5))
    assert np.allclose(first, second), "not the same work"

    def measure(depth: int | None, bar: str) -> harness.Result:
        own, peer = both(depth)
        a, b = (np.mean((m.fit(X, y).predict(X) - y) ** 2) for m in (own, peer))
        assert abs(a - b) <= 1e-3 * b, f"not the same work: {a} and {b}"
        work = f"tree of {X.shape[0]:,} x {X.shape[1]}, depth {depth or 'unlimited'}"
        return harness.duel(work, lambda: own.fit(X, y), lambda: peer.fit(X, y), bar)

    return [measure(10, "1.4"), measure(None, "1.1")]


if __name__ == "__main__":
    main()
