"""What is claimed of chapter 20, over several seeds.

Nothing was chosen on the test sets: the settings are those of the source's example, of
the paper on MNIST-1D, and a first guess for the convolutional nets. The photos take a
quarter of an hour, so they are trained once.
"""

from collections.abc import Iterator

import numpy as np
from harness import Claim

from common import data
from phase5_capstone import minigrad as mg


def claims() -> Iterator[Claim]:
    """MNIST with an MLP and a CNN, the ladder of MNIST-1D, CIFAR-10."""
    X, y, X_test, y_test = data.load_mnist()
    found = [trained(mg.mlp, 0.001, (X, y), (X_test, y_test), s, 10) for s in range(3)]
    yield Claim("MNIST test accuracy, the example's MLP (%)", found)
    X, X_test = X.reshape(-1, 1, 28, 28), X_test.reshape(-1, 1, 28, 28)
    found = [trained(mg.digit_net, 0.002, (X, y), (X_test, y_test), s, 5)
             for s in range(3)]  # fmt: skip
    yield Claim("MNIST test accuracy, two convolutions (%)", found)
    for name, (make, _) in mg.LADDER.items():
        rates = [mg.climb(make, mg.mnist1d(np.random.default_rng(42 + s)), s, 150)
                 for s in range(5)]  # fmt: skip
        yield Claim(f"MNIST-1D test accuracy, {name} (%)", rates)
    X, y, X_test, y_test = mg.load_cifar10()
    photos = trained(mg.photo_net, 0.003, (X, y), (X_test, y_test), 0, 10, vary=True)
    yield Claim("CIFAR-10 test accuracy, three convolutions (%)", [photos])


def trained(make, lr, train, test, seed, epochs, **how) -> float:  # type: ignore[no-untyped-def]
    """Test accuracy in % after the last epoch."""
    mg.manual_seed(seed)
    model = make()
    kind = mg.AdamW if how else mg.Adam
    optimizer = kind(model.parameters(), lr=lr)
    *_, last = mg.training(model, optimizer, train, test, epochs, 64, **how)
    return last.accuracy
