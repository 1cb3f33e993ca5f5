"""What is claimed of chapter 18, over several seeds."""

from collections.abc import Iterator

import numpy as np
from harness import Claim

from phase4_ml import backprop_viz as bv

SEEDS = range(10)


def claims() -> Iterator[Claim]:
    """What 20 layers leave of the blame; who learns with ten layers; the prediction."""
    for activation in bv.ACTIVATIONS:
        left: dict[str, list[float]] = {name: [] for name in bv.ARCHITECTURES}
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            for name, share in bv.share_left([20], activation, rng).items():
                left[name].append(float(np.log10(share[0])))
        for name, values in left.items():
            yield Claim(f"log10 of the share left, 20 layers, {activation}, {name}",
                        values)  # fmt: skip
    for name, how in (("plain", {}), ("skip", {"skip": True})):
        losses = [learnt("sigmoid", seed, **how) for seed in SEEDS]
        yield Claim(f"moons: loss after 300 steps, 10 layers, sigmoid, {name}", losses)
    losses = [learnt("tanh", seed) for seed in SEEDS]
    yield Claim("moons: loss after 300 steps, 10 layers, tanh, plain", losses)
    yield Claim("predicted / measured shrink factor, 9 layers 32 wide, sigmoid",
                [prediction("sigmoid", seed) for seed in SEEDS])  # fmt: skip


def learnt(activation: str, seed: int, skip: bool = False) -> float:
    """The loss of ten layers, four units wide, after 300 steps on the moons."""
    points, sizes = bv.made_points("moons", seed), (2, *[4] * 9, 1)
    weights, biases = bv.fresh_weights(sizes, activation, np.random.default_rng(seed))
    for _ in range(300):
        trace = bv.forward_trace(weights, biases, points.X, activation, skip)
        weights, biases = bv.after_step(trace, bv.backward_trace(trace, points.y), 0.5)
    trace = bv.forward_trace(weights, biases, points.X, activation, skip)
    return bv.trace_loss(trace, points.y)


def prediction(activation: str, seed: int) -> float:
    """The mean of predicted / measured over the layers of a new network."""
    rng, sizes = np.random.default_rng(seed), [32] * 10 + [1]
    X, y = rng.normal(size=(64, 32)), rng.integers(0, 2, 64)
    trace = bv.forward_trace(*bv.fresh_weights(sizes, activation, rng), X, activation)
    norms = [np.linalg.norm(d) for d in bv.backward_trace(trace, y).delta]
    told = [bv.shrink_factor(W, z, activation)
            for W, z in zip(trace.weights[1:], trace.z)]  # fmt: skip
    return float(np.mean([t / (a / b) for t, a, b in zip(told, norms, norms[1:])]))
