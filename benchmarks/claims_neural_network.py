"""What is claimed of chapter 17, over several seeds.

The settings were chosen on 10,000 digits held back from the 60,000; each network here
then learns from all 60,000 and is judged once on the test set. Five minutes or so.
"""

from collections.abc import Iterator

import numpy as np
from harness import Claim

from common import data
from phase4_ml import neural_network as nn


def claims() -> Iterator[Claim]:
    """MNIST with 784-128-64-10, held back and for good; and how often XOR is learnt."""
    X, y, X_test, y_test = data.load_mnist()
    right: dict[str, list[float]] = {"held back": [], "test": []}
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(X))
        train, held = order[:-10_000], order[-10_000:]
        parts = {
            "held back": (train, X[held], y[held]),
            "test": (order, X_test, y_test),
        }
        for name, (rows, X_new, y_new) in parts.items():
            settings = dict(nn.DIGITS)
            model = nn.MLP(settings.pop("layers"), settings.pop("activation"), seed)
            model.fit(X[rows], y[rows], **settings)
            right[name].append(nn.percent_right(model, X_new, y_new))
    yield Claim("MNIST: 10,000 held back, rightly read (%)", right["held back"])
    yield Claim("MNIST: test set, after all 60,000 (%)", right["test"])
    for hidden in (1, 2, 3, 4):
        learnt = [float(learns_xor(hidden, seed)) for seed in range(100)]
        yield Claim(f"XOR: share learnt with {hidden} hidden units", learnt)


def learns_xor(hidden: int, seed: int) -> bool:
    """Whether 2 → hidden → 2, tanh, has XOR right after 1,000 steps."""
    rng, sizes = np.random.default_rng(seed), (2, hidden, 2)
    weights = [rng.normal(size=shape) for shape in zip(sizes, sizes[1:])]
    biases = [np.zeros(k) for k in sizes[1:]]
    y = np.array(nn.GATES["xor"])
    *_, (_, W, b) = nn.train(weights, biases, nn.CORNERS, y, 1000, 1.0)
    return bool((nn.forward(W, b, nn.CORNERS).a[-1].argmax(axis=1) == y).all())
