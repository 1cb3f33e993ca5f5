"""Chapter 18: a step and its picture, 2-8-8-8-1, bar 50 ms; the step against a peer.

python benchmarks/bench_backprop_viz.py

The picture has no peer: its bar is an absolute time, so `peer` is the bar itself, a
sleep of 50 ms, and the ratio says how many times we fit into it. The step (forward,
back, new weights) is that of scikit-learn's MLPClassifier, whose loss is the same.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import harness
import numpy as np
from sklearn.neural_network import MLPClassifier

from common import figures
from phase4_ml import backprop_viz as bv

SIZES, LR, BAR = (2, 8, 8, 8, 1), 0.1, 0.050


def sklearn_network(weights: list, biases: list, X: np.ndarray,
                    y: np.ndarray) -> MLPClassifier:  # fmt: skip
    """scikit-learn's network with these weights, for plain descent on all rows."""
    how: dict[str, Any] = {
        "activation": "tanh",
        "solver": "sgd",
        "momentum": 0.0,
        "alpha": 0.0,
    }
    model = MLPClassifier(SIZES[1:-1], **how, learning_rate_init=LR,
                          batch_size=len(X), shuffle=False)  # fmt: skip
    model.partial_fit(X, y, classes=[0, 1])
    for mine, theirs in zip(weights + biases, model.coefs_ + model.intercepts_):
        theirs[...] = mine
    return model


def main() -> list[harness.Result]:
    """Space pressed, to the finished picture; and the step alone."""
    harness.title("backprop visualiser", "numpy", "matplotlib", "scikit-learn")
    plt = figures.start(bv.build_parser().parse_args(["--no-show"]))
    points = bv.made_points("spiral", 0)
    window = bv.Window(plt, bv.Setup(SIZES), points, LR)
    window.fig.canvas.draw()

    def frame() -> None:
        window.on_key(argparse.Namespace(key=" "))
        window.show()

    results = [
        harness.duel("a step and its picture, 2-8-8-8-1", frame,
                     lambda: time.sleep(BAR), "1.0", 31)
    ]  # fmt: skip
    weights, biases = bv.fresh_weights(SIZES, "tanh", np.random.default_rng(0))
    model = sklearn_network(weights, biases, points.X, points.y)
    state = {"now": (weights, biases)}

    def step() -> None:
        trace = bv.forward_trace(*state["now"], points.X, "tanh")
        state["now"] = bv.after_step(trace, bv.backward_trace(trace, points.y), LR)

    def peer() -> None:
        model.partial_fit(points.X, points.y)

    def hundred(one: Callable[[], None]) -> None:
        for _ in range(100):
            one()

    hundred(step)
    hundred(peer)
    gap = max(np.abs(a - b).max() for a, b in zip(state["now"][0], model.coefs_))
    assert gap < 1e-9, f"not the same work: weights differ by {gap:.1e}"
    work = "100 steps of 160 rows, 2-8-8-8-1"
    duel = harness.duel(work, lambda: hundred(step), lambda: hundred(peer), "1.0", 11)
    results.append(duel)
    plt.close("all")
    return results


if __name__ == "__main__":
    main()
