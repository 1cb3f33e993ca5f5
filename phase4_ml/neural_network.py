"""Chapter 17. Neural network: layers of simple units that learn from their blame.

What makes a 5 a 5? Nobody can write that rule down, so let it be learnt. One neuron
adds up its inputs, each times a weight, and fires if the sum is large: it cuts the
world in two along a straight line. Let many do so side by side, bend what they say, and
feed it to the next layer: lines become corners, corners become shapes. And the weights?
Of each of 109,386 ask: were you a little larger, how would the loss change? The chain
rule answers for all of them in one sweep from the end to the start, backpropagation:

    z[l] = a[l] W[l] + b[l]      a[l+1] = g(z[l])      a[0] = X      p = softmax(z[L−1])

    δ[L−1] = (p − y) / n         δ[l−1] = (δ[l] W[l]ᵀ) · g′(z[l−1])
    ∂loss/∂W[l] = a[l]ᵀ δ[l]     ∂loss/∂b[l] = Σ δ[l]

You will see one neuron learn AND and fail at XOR, which a hidden layer learns; then a
network climb the sanity ladder and read handwritten digits that it has never seen, 98.6
of 100 (± 0.1, five seeds), and yours too. MNIST takes half a minute, the rest seconds.

    python phase4_ml/neural_network.py mnist
    python phase4_ml/neural_network.py mnist --layers 784,128,64,10 --epochs 5
    python phase4_ml/neural_network.py and
    python phase4_ml/neural_network.py xor
    python phase4_ml/neural_network.py --draw
    python phase4_ml/neural_network.py --check
    python phase4_ml/neural_network.py --find-the-bug

Names
    X, y     (n, d), (n,)  the inputs, one example a row; their classes 0 … k − 1
    W, b     (d, k), (k,)  weights and biases of a layer; layers count from 0
    z, a     (n, k)        a layer before and after its bend g; a[0] is X
    p, loss  (n, k), float probabilities; the mean of −ln p of the right class
    δ        (n, k)        the blame: ∂loss/∂z
    dW, db                 ∂loss/∂W, ∂loss/∂b, of the same shapes

What this leaves out: convolution and attention (chapters 20, 21), batch normalisation,
larger data by shifting and turning the digits, which would take it above 99 %.

Source: Goodfellow, Bengio and Courville, "Deep Learning", chapters 6 to 8.
"""

import argparse
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from common import console, data, figures

Arrays = list[np.ndarray]
Axes = Any  # of matplotlib, which is imported late

PASS = 1e-6  # so near must slopes by backpropagation come to the measured ones


# --------------------------------------------------------------------------
# Milestone 1: one neuron draws one line


class Perceptron:
    """One neuron: `Perceptron().fit(X, y).predict(X)`, y of 0 and 1.

        ŷ = 1 if w·x + b > 0, else 0

    After fit: coef_ w (d,), intercept_ b, and mistakes_, how many in each round.
    """

    def __init__(self, rounds: int = 100):  # given
        self.rounds = rounds

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Perceptron":
        """Start from w = 0, b = 0, and learn from each mistake; returns self.

            w ← w + (y − ŷ) x        b ← b + (y − ŷ)

        The rows of X (n, d) in their order, again and again, until a round has no
        mistake, or for so many `rounds`. If any line parts the classes, it finds one.
        ValueError unless y is of 0 and 1, one for each row.
        """
        X, y = np.asarray(X, dtype=float), np.asarray(y)
        if y.shape != X.shape[:1] or not np.isin(y, (0, 1)).all():
            raise ValueError("a perceptron needs a 0 or a 1 for each row of X")
        self.coef_, self.intercept_, self.mistakes_ = np.zeros(X.shape[1]), 0.0, []
        for _ in range(self.rounds):
            errors = 0
            for x, target in zip(X, y):
                blame = float(target - (x @ self.coef_ + self.intercept_ > 0))
                self.coef_ = self.coef_ + blame * x
                self.intercept_ += blame
                errors += blame != 0
            self.mistakes_.append(errors)
            if errors == 0:
                break
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """0 or 1 for each row: X (n, d) -> (n,)."""
        return (np.asarray(X) @ self.coef_ + self.intercept_ > 0).astype(int)


# --------------------------------------------------------------------------
# Milestone 2: a hidden layer learns what no line can


def relu(z: np.ndarray) -> np.ndarray:
    """max(z, 0), entry by entry."""
    return np.maximum(z, 0)


def relu_slope(z: np.ndarray) -> np.ndarray:
    """1 where z > 0, else 0; at the kink, z = 0, it has no slope, and 0 is taken."""
    return (z > 0).astype(z.dtype)


def tanh(z: np.ndarray) -> np.ndarray:
    """The S from −1 to 1: (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)."""
    return np.tanh(z)


def tanh_slope(z: np.ndarray) -> np.ndarray:
    """1 − tanh²(z): 1 in the middle, 0 far out."""
    return 1 - np.tanh(z) ** 2


def sigmoid(z: np.ndarray) -> np.ndarray:
    """The S from 0 to 1: 1 / (1 + e⁻ᶻ), as in chapter 14, without overflow."""
    small = np.exp(-np.abs(z))  # subtle: e⁻ᶻ of z = −1000 would overflow
    return np.where(z >= 0, 1, small) / (1 + small)


def sigmoid_slope(z: np.ndarray) -> np.ndarray:
    """σ(z) (1 − σ(z)): never above ¼, which is how blame fades (chapter 18)."""
    return sigmoid(z) * (1 - sigmoid(z))


BENDS = {
    "relu": (relu, relu_slope),
    "tanh": (tanh, tanh_slope),
    "sigmoid": (sigmoid, sigmoid_slope),
}


def softmax(z: np.ndarray) -> np.ndarray:
    """Each row as probabilities, eᶻ / Σ eᶻ, as in chapter 14: (n, k) -> (n, k).

    The row's maximum is taken off first: it cancels, and e¹⁰⁰⁰ would overflow.
    """
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def mean_cross_entropy(p: np.ndarray, y: np.ndarray) -> float:
    """The loss, the mean over the rows of −ln p[i, y[i]]: p (n, k), y (n,) -> float.

    0 for who is sure and right; ln k for who gives all k classes the same. A p of 0
    counts as the smallest number there is, so the loss stays finite.
    """
    right = p[np.arange(len(y)), y]  # (n,)
    return float(-np.log(np.maximum(right, np.finfo(p.dtype).tiny)).mean())


class Trace(NamedTuple):
    """All that a pass forward has computed; L layers of weights."""

    z: Arrays  # L of them: z[l] = a[l] W[l] + b[l]
    a: Arrays  # L + 1: a[0] = X; a[L] the probabilities


def forward(weights: Arrays, biases: Arrays, X: np.ndarray, activation: str = "tanh",
            masks: Arrays | None = None) -> Trace:  # fmt: skip
    """From X (n, d) through all layers to the probabilities; keeps what it computes.

        z[l] = a[l] W[l] + b[l]        a[l+1] = g(z[l]), at the last layer the softmax

    g is the function that `activation` names in BENDS. Where masks are given (milestone
    3, dropout), a[l] is multiplied by masks[l] before use, and so stands in the trace.
    """
    g, _ = BENDS[activation]
    z: Arrays = []
    a = [X]
    for layer, (W, b) in enumerate(zip(weights, biases)):
        if masks:
            a[layer] = a[layer] * masks[layer]
        z.append(a[layer] @ W)  # (n, k)
        z[layer] += b
        last = layer == len(weights) - 1
        a.append(softmax(z[layer]) if last else g(z[layer]))
    return Trace(z, a)


def backward(trace: Trace, weights: Arrays, y: np.ndarray, activation: str = "tanh",
             masks: Arrays | None = None) -> tuple[Arrays, Arrays]:  # fmt: skip
    """The gradient of the loss: lists dW and db, shaped like weights and biases.

    The blame δ[l] = ∂loss/∂z[l] goes from the last layer to the first. Softmax and
    −ln p together have a simple slope, p − 1 for the right class and p for the others:

        δ[L−1] = (a[L] − Y) / n        Y (n, k): 1 in column y[i] of row i, else 0
        δ[l−1] = (δ[l] W[l]ᵀ) · g′(z[l−1])

    back along the same wires, times the slope of the bend (and times masks[l], where
    given). One weight's slope is what came in times the blame, a·δ, summed over rows:

        dW[l] = a[l]ᵀ δ[l]             db[l] = Σ δ[l]

    The 1/n of the mean comes in with the first δ, and nowhere else.
    """
    _, slope = BENDS[activation]
    n, L = len(y), len(weights)
    delta = trace.a[L].copy()
    delta[np.arange(n), y] -= 1
    delta /= n  # (n, k)
    dW, db = [], []
    for layer in reversed(range(L)):
        dW.append(trace.a[layer].T @ delta)  # (d, k)
        db.append(delta.sum(axis=0))  # (k,)
        if layer > 0:  # nobody asks who is to blame for the inputs
            delta = delta @ weights[layer].T  # (n, d)
            delta *= slope(trace.z[layer - 1])
            if masks:
                delta *= masks[layer]
    return dW[::-1], db[::-1]


def train(weights: Arrays, biases: Arrays, X: np.ndarray, y: np.ndarray, steps: int,
          lr: float, activation: str = "tanh"
          ) -> Iterator[tuple[float, Arrays, Arrays]]:  # fmt: skip
    """Yields loss, weights, biases: of the start, then after each of so many steps.

        W ← W − lr · dW        b ← b − lr · db

    Gradient descent with all rows at once. The lists given are not changed.
    """
    for step in range(steps + 1):
        trace = forward(weights, biases, X, activation)
        yield mean_cross_entropy(trace.a[-1], y), weights, biases
        if step < steps:
            dW, db = backward(trace, weights, y, activation)
            weights = [W - lr * G for W, G in zip(weights, dW)]
            biases = [b - lr * g for b, g in zip(biases, db)]


# --------------------------------------------------------------------------
# Milestone 3: from XOR to handwritten digits


def fresh(
    sizes: Sequence[int], activation: str, rng: np.random.Generator
) -> tuple[Arrays, Arrays]:
    """Random weights and zero biases for layers of these sizes.

    Normal, with mean 0. W (d, k) of a hidden layer of relu has the standard deviation
    √(2/d) (He), every other, the last layer too, √(2/(d + k)) (Xavier): then signals
    neither die nor explode on the way. All equal would not do: units that begin alike
    get the same blame, and stay alike for ever.
    """
    weights, last = [], len(sizes) - 2
    for layer, (d, k) in enumerate(zip(sizes, sizes[1:])):
        he = activation == "relu" and layer < last
        scale = math.sqrt(2 / (d if he else d + k))
        weights.append(rng.normal(size=(d, k)) * scale)
    return weights, [np.zeros(k) for k in sizes[1:]]


def dropout_mask(
    shape: tuple[int, int], rate: float, rng: np.random.Generator
) -> np.ndarray:
    """0 with probability `rate`, else 1 / (1 − rate), each entry for itself.

    Times this, a share of the units is silent, differently at every step, so that none
    can lean on another. The mean of an entry is 1: what comes in stays as large as it
    will be when nothing is dropped.
    """
    kept = rng.random(shape, dtype=np.float32) >= rate
    return kept * np.float32(1 / (1 - rate))


def cosine_rate(lr: float, step: int, steps: int) -> float:
    """The rate at a step of 0 … steps: from lr down to 0 along half a cosine.

    lr/2 · (1 + cos(π · step / steps))
    """
    return lr / 2 * (1 + math.cos(math.pi * step / steps))


class Descent:
    """Plain gradient descent, for all parameters in one vector theta."""

    def step(self, theta: np.ndarray, g: np.ndarray, lr: float) -> None:
        """θ ← θ − lr · g, in place: the weights and biases are views of theta."""
        theta -= lr * g


class Momentum:
    """Descent with a memory: a ball that rolls. velocity is None before the start."""

    beta = 0.9
    velocity: np.ndarray | None = None

    def step(self, theta: np.ndarray, g: np.ndarray, lr: float) -> None:
        """v ← β v + g, from v = 0; then θ ← θ − lr · v, in place."""
        self.velocity = g if self.velocity is None else self.beta * self.velocity + g
        theta -= lr * self.velocity


class Adam:
    """A rate for each parameter: its mean slope over its usual size of slope."""

    beta1, beta2, eps = 0.9, 0.999, 1e-8

    def __init__(self) -> None:  # given
        self.t = 0  # steps taken; m and v are made at the first

    def step(self, theta: np.ndarray, g: np.ndarray, lr: float) -> None:
        """One step, in place, from m = 0, v = 0, t = 0:

            t ← t + 1      m ← β₁ m + (1 − β₁) g      v ← β₂ v + (1 − β₂) g²
            θ ← θ − lr · m̂ / (√v̂ + ε)      m̂ = m / (1 − β₁ᵗ)      v̂ = v / (1 − β₂ᵗ)

        The means begin at 0, and m̂, v̂ correct that: the first step is ± lr.
        """
        if self.t == 0:
            self.m, self.v = np.zeros_like(theta), np.zeros_like(theta)
        self.t += 1
        self.m *= self.beta1
        self.m += (1 - self.beta1) * g
        self.v *= self.beta2
        self.v += (1 - self.beta2) * g * g
        size = np.sqrt(self.v / (1 - self.beta2**self.t))
        size += self.eps
        theta -= lr / (1 - self.beta1**self.t) * self.m / size


OPTIMISERS: dict[str, type[Any]] = {"sgd": Descent, "momentum": Momentum, "adam": Adam}


def one_buffer(
    weights: Arrays, biases: Arrays, dtype: Any
) -> tuple[np.ndarray, Arrays, Arrays]:  # given
    """All parameters in one vector theta, and the weights and biases as views of it.

    An optimiser then moves them all in a few calls, where each call costs as much as
    thousands of sums. The weights come first, so that decay is one product.
    """
    arrays = weights + biases
    theta = np.concatenate([array.ravel() for array in arrays]).astype(dtype)
    ends = np.cumsum([array.size for array in arrays])
    views = [theta[end - array.size : end].reshape(array.shape)
             for end, array in zip(ends, arrays)]  # fmt: skip
    return theta, views[: len(weights)], views[len(weights) :]


class MLP:
    """A network of layers of these sizes: `MLP([784, 128, 64, 10]).fit(X, y)`.

    weights, a list of (d, k), and biases, of (k,), are what it knows; double precision
    when made, after fit that of X. "MLP" is short for multi-layer perceptron.
    """

    def __init__(self, sizes: Sequence[int], activation: str = "relu",
                 rng: np.random.Generator | int = 0):  # given  # fmt: skip
        check_sizes(sizes, activation)
        self.sizes, self.activation = tuple(map(int, sizes)), activation
        self.rng = np.random.default_rng(rng)
        self.weights, self.biases = fresh(self.sizes, activation, self.rng)

    def fit(self, X: np.ndarray, y: np.ndarray, epochs: int = 10, lr: float = 1e-3,
            batch: int = 128, optimizer: str = "adam", dropout: float = 0.0,
            input_dropout: float = 0.0, weight_decay: float = 0.0,
            schedule: str | None = None,
            after: Callable[[int, float], object] | None = None) -> "MLP":  # fmt: skip
        """Learn from X (n, d) and classes y (n,), in batches; returns self.

        An epoch goes once through all rows, in a new order each time. Each step takes
        the gradient of one batch, lets the weights (not the biases) decay, times
        1 − rate · weight_decay, and lets the optimizer move all parameters. The rate is
        lr, or with schedule "cosine" falls from lr to 0 over all the steps. losses_ is
        the mean loss of each epoch; after(epoch, loss) is called at its end, from 1.
        ValueError for data or settings that will not do (check_data, check_settings) or
        weights beyond a million. Given: one_buffer; _slopes, the gradient of a batch.
        """
        X, y = check_data(X, y, self.sizes)
        check_settings(epochs, lr, batch, optimizer, schedule, dropout, input_dropout,
                       weight_decay)  # fmt: skip
        theta, self.weights, self.biases = one_buffer(
            self.weights, self.biases, X.dtype
        )
        decaying = theta[: sum(W.size for W in self.weights)]
        rates = [input_dropout] + [dropout] * (len(self.weights) - 1)
        mover, self.losses_ = OPTIMISERS[optimizer](), list[float]()
        steps, step = epochs * math.ceil(len(X) / batch), 0
        for epoch in range(1, epochs + 1):
            total = 0.0
            with np.errstate(over="ignore", invalid="ignore"):  # told below
                for rows in data.batches(len(X), batch, self.rng):
                    loss, g = self._slopes(X.take(rows, axis=0), y[rows], rates)
                    rate = cosine_rate(lr, step, steps) if schedule else lr
                    decaying *= 1 - rate * weight_decay
                    mover.step(theta, g, rate)
                    total, step = total + loss * len(rows), step + 1
            if not np.abs(theta).max() < 1e6:  # NaN is not below it either
                raise ValueError(f"the weights grow without end: lower lr = {lr:g}")
            self.losses_.append(total / len(X))
            if after:
                after(epoch, self.losses_[-1])
        return self

    def _slopes(
        self, X: np.ndarray, y: np.ndarray, rates: list[float]
    ) -> tuple[float, np.ndarray]:  # given
        """The loss of a batch, and its gradient as one vector, with dropout."""
        masks = None
        if any(rates):
            widths = self.sizes[:-1]
            masks = [dropout_mask((len(X), d), rate, self.rng)
                     for d, rate in zip(widths, rates)]  # fmt: skip
        trace = forward(self.weights, self.biases, X, self.activation, masks)
        dW, db = backward(trace, self.weights, y, self.activation, masks)
        g = np.concatenate([array.ravel() for array in dW + db])
        return mean_cross_entropy(trace.a[-1], y), g

    def loss(self, X: np.ndarray, y: np.ndarray) -> float:
        """The mean cross-entropy over the rows of X (n, d), y (n,), nothing dropped."""
        return mean_cross_entropy(self.predict_proba(X), y)

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[Arrays, Arrays]:
        """∂loss/∂weights and ∂loss/∂biases: lists dW and db of the same shapes."""
        trace = forward(self.weights, self.biases, X, self.activation)
        return backward(trace, self.weights, y, self.activation)

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """The probability of each class: X (n, d) -> (n, k), nothing dropped."""
        return forward(self.weights, self.biases, X, self.activation).a[-1]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The most probable class of each row: X (n, d) -> (n,)."""
        return self.predict_proba(X).argmax(axis=1)

    def save(self, path: str | Path) -> None:  # given
        """Write the network to a file, whole or not at all; arrays only, no code."""
        named = {"sizes": np.array(self.sizes), "activation": np.array(self.activation)}
        for i, (W, b) in enumerate(zip(self.weights, self.biases)):
            named |= {f"W{i}": W, f"b{i}": b}

        def put(part: Path) -> None:
            with part.open("wb") as file:
                np.savez(file, **named)  # type: ignore[arg-type]

        figures.write(Path(path), put)

    @classmethod
    def load(cls, path: str | Path) -> "MLP":  # given
        """The network in a file; ValueError if there is none, or a damaged one."""
        damaged = ValueError(f"{path}: {data.DAMAGED}")
        file = data.read_arrays(Path(path))
        try:
            sizes = file["sizes"].tolist()
            weights = [file[f"W{i}"] for i in range(len(sizes) - 1)]
            biases = [file[f"b{i}"] for i in range(len(sizes) - 1)]
            activation = str(file["activation"])
        except (KeyError, TypeError):  # arrays of other names or shapes
            raise damaged from None
        shapes = [W.shape + b.shape for W, b in zip(weights, biases)]
        fits = shapes == [(d, k, k) for d, k in zip(sizes, sizes[1:])]
        kinds = {array.dtype for array in weights + biases}
        real = kinds in ({np.dtype(np.float32)}, {np.dtype(np.float64)})
        if not fits or not real or activation not in BENDS:
            raise damaged
        if not all(np.isfinite(array).all() for array in weights + biases):
            raise damaged
        model = cls(sizes, activation)
        model.weights, model.biases = weights, biases
        return model


def check_sizes(sizes: Sequence[int], activation: str) -> None:  # given
    """ValueError unless these are layers that a network can have."""
    if len(sizes) < 2 or min(sizes) < 1 or sizes[-1] < 2:
        kind = "at least two layers, none of them empty, and 2 outputs or more"
        raise ValueError(f"the layers {list(sizes)} will not do: {kind} are needed")
    if activation not in BENDS:
        known = f"; there is {', '.join(BENDS)}"
        hint = console.nearest_name(activation, BENDS) or known
        raise ValueError(f"no activation {activation!r}{hint}")


def check_data(
    X: np.ndarray, y: np.ndarray, sizes: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:  # given
    """X as floats and y as classes; ValueError if they do not fit the layers."""
    X, y = np.asarray(X), np.asarray(y)
    X = X if X.dtype == np.float32 else X.astype(float)
    if X.ndim != 2 or X.shape[1] != sizes[0] or len(X) < 1:
        raise ValueError(f"the network takes {sizes[0]} numbers a row; X is {X.shape}")
    if not np.isfinite(X).all():
        raise ValueError("X has cells that are missing or infinite")
    if y.shape != X.shape[:1] or not np.isin(y, np.arange(sizes[-1])).all():
        raise ValueError(f"y must have a class of 0 … {sizes[-1] - 1} for each row")
    return X, y.astype(int)


def check_settings(
    epochs: int, lr: float, batch: int, optimizer: str, schedule: str | None,
    dropout: float, input_dropout: float, weight_decay: float,
) -> None:  # given  # fmt: skip
    """ValueError for settings that cannot train."""
    if epochs < 1 or batch < 1 or not 0 < lr < math.inf or not weight_decay >= 0:
        raise ValueError("epochs, batch and lr must be above 0, weight_decay not below")
    if not (0 <= dropout < 1 and 0 <= input_dropout < 1):
        raise ValueError("a dropout rate is from 0 to below 1: 1 would drop everything")
    if optimizer not in OPTIMISERS or schedule not in (None, "cosine"):
        known = f"optimizer: {', '.join(OPTIMISERS)}; schedule: None or 'cosine'"
        raise ValueError(f"{optimizer!r}, {schedule!r}: {known}")


# --------------------------------------------------------------------------
# Milestone 4: proof that the gradient is right


class Compared(NamedTuple):
    """Backpropagation against measured slopes, for one array of parameters."""

    name: str  # W[0] …
    shape: tuple[int, ...]
    entries: int  # so many were measured
    kinks: int  # of these left out, because a kink lies in between
    error: float  # relative


def numeric_slope(model: MLP, X: np.ndarray, y: np.ndarray, array: np.ndarray,
                  place: tuple[int, ...], h: float = 1e-5) -> float:  # fmt: skip
    """∂loss/∂w of one parameter w = array[place], by wiggling it.

        (loss(w + h) − loss(w − h)) / 2h

    `array` is one of model.weights or model.biases; afterwards it is as before. relu
    has a kink at z = 0: if in a hidden layer any z is above 0 on one side and not on
    the other, the two losses lie on two slopes, and the answer is NaN.
    """
    w, losses, above = array[place], [], []
    for moved in (w + h, w - h):
        array[place] = moved
        trace = forward(model.weights, model.biases, X, model.activation)
        losses.append(mean_cross_entropy(trace.a[-1], y))
        above.append([z > 0 for z in trace.z[:-1]])
    array[place] = w
    crossed = any((one != other).any() for one, other in zip(*above))
    if crossed and model.activation == "relu":
        return math.nan
    return (losses[0] - losses[1]) / (2 * h)


def relative_error(g: np.ndarray, measured: np.ndarray) -> float:
    """‖g − measured‖ / (‖g‖ + ‖measured‖): 0 if equal, 1 if opposite; 0 of zeros."""
    size = np.linalg.norm(g) + np.linalg.norm(measured)
    return float(np.linalg.norm(g - measured) / size) if size else 0.0


def compare_gradients(
    model: MLP, X: np.ndarray, y: np.ndarray, most: int = 200, h: float = 1e-5
) -> list[Compared]:
    """How near backpropagation comes to the measured slopes, array by array.

    Judges gradients(X, y) of a copy of the model, of the same class, in double
    precision: in single, (loss − loss) / 2h has hardly a digit. W[0], W[1] …, b[0] …:
    of an array with more than `most` entries so many are drawn, always the same. Where
    numeric_slope is NaN the entry is left out of the error, and counted as a kink.
    """
    twin = type(model)(model.sizes, model.activation)
    twin.weights = [W.astype(float) for W in model.weights]
    twin.biases = [b.astype(float) for b in model.biases]
    X, rng, rows = np.asarray(X, dtype=float), np.random.default_rng(0), []
    arrays = {"W": twin.weights, "b": twin.biases}
    for (name, group), slopes in zip(arrays.items(), twin.gradients(X, y)):
        for layer, (array, g) in enumerate(zip(group, slopes)):
            drawn = rng.permutation(array.size)[:most]
            places = list(zip(*np.unravel_index(drawn, array.shape)))
            found = np.array([numeric_slope(twin, X, y, array, p, h) for p in places])
            clear = np.isfinite(found)
            error = relative_error(g.ravel()[drawn][clear], found[clear])
            counts = len(found), int((~clear).sum())
            rows.append(Compared(f"{name}[{layer}]", array.shape, *counts, error))
    return rows


def gradient_check(model: MLP, X: np.ndarray, y: np.ndarray) -> float:
    """The worst relative error of all weights and biases; below 1e-6 is a proof.

    Two ways that have nothing in common agree to 7 digits: the chain rule, and wiggling
    each parameter to see what the loss does. The model is not changed.
    """
    return max(row.error for row in compare_gradients(model, X, y))


# --------------------------------------------------------------------------
# The picture


def draw_digits(ax: Axes, images: np.ndarray, words: Sequence[str], columns: int,
                title: str) -> None:  # fmt: skip
    """Digits (m, 784) on one sheet, a word below each: far faster than m axes."""
    rows = math.ceil(len(images) / columns)
    sheet = np.zeros((42 * rows, 32 * columns))
    for i, (image, word) in enumerate(zip(images, words)):
        top, left = 42 * (i // columns), 32 * (i % columns)
        sheet[top : top + 28, left + 2 : left + 30] = image.reshape(28, 28)
        ax.text(left + 16, top + 29, word, ha="center", va="top", size=9)
    ax.imshow(sheet, cmap="Greys", vmin=0, vmax=1)
    ax.set_axis_off()
    ax.set_title(title)


def draw_weights(ax: Axes, W: np.ndarray) -> None:
    """The weights from the pixels into each unit of the first layer, as pictures."""
    images = W.T[:128].reshape(-1, 28, 28)
    sheet = np.zeros((30 * math.ceil(len(images) / 16), 30 * 16))
    for i, image in enumerate(images):
        top, left = 30 * (i // 16), 30 * (i % 16)
        sheet[top : top + 28, left : left + 28] = image
    shades = (10 * sheet / np.abs(sheet).max()).round()  # few: the file stays small
    ax.imshow(shades, cmap="RdBu", vmin=-5, vmax=5, interpolation="nearest")
    ax.set_axis_off()
    ax.set_title("What its first units look for: ink blue, none red", fontsize=11)


class Epoch(NamedTuple):
    """What is known at the end of an epoch; accuracies in percent."""

    number: int
    loss: float
    train: float
    new: float  # on rows that it did not learn from


def draw_learning(ax: Axes, history: Sequence[Epoch]) -> None:
    """Accuracy after each epoch, on rows learnt from and on new ones."""
    epochs = [one.number for one in history]
    names = {"train": "learnt from", "new": "held back"}
    for name, ink in zip(names, figures.COLOURS):
        values = [getattr(one, name) for one in history]
        ax.plot(epochs, values, "o-" if len(epochs) < 20 else "-", color=ink)
        words = f"{names[name]}: {values[-1]:.1f} %"
        height = 0.08 if name == "new" else 0.16
        ax.text(0.97, height, words, color=ink, weight="bold", ha="right",
                transform=ax.transAxes)  # fmt: skip
    low = min(one.new for one in history)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set(xlabel="epoch", ylabel="right (%)", ylim=(min(low - 2, 98), 100.3),
           title=f"{history[-1].new:.1f} % of those held back are right")  # fmt: skip


def draw_plane(ax: Axes, probability: Callable[[np.ndarray], np.ndarray], X: np.ndarray,
               y: np.ndarray, title: str) -> None:  # fmt: skip
    """Where it says 1 (blue) and where 0 (red), the border, and the points."""
    ax.clear()
    side = np.linspace(-0.5, 1.5, 81)
    grid = np.stack(np.meshgrid(side, side), axis=-1)  # (81, 81, 2)
    p = probability(grid.reshape(-1, 2)).reshape(81, 81)
    ax.contourf(side, side, p, levels=np.linspace(0, 1, 11), cmap="RdBu",
                vmin=-0.4, vmax=1.4)  # fmt: skip
    ax.contour(side, side, p, levels=[0.5], colors=figures.INK)
    for (x0, x1), target in zip(X, y):
        ax.plot(x0, x1, "os"[target], ms=17, mfc="white", mec=figures.INK, mew=2)
        ax.text(x0, x1, str(target), ha="center", va="center_baseline", weight="bold")
    ax.set(xlabel="first input", ylabel="second input", xticks=[0, 1], yticks=[0, 1],
           title=title, aspect="equal")  # fmt: skip


def draw_mistakes(ax: Axes, mistakes: Sequence[int], name: str) -> None:
    """How many mistakes a neuron makes in each round, until it has learnt a gate."""
    rounds = range(1, len(mistakes) + 1)
    ax.plot(rounds, mistakes, "o-")
    ax.set(xlabel="round", ylabel="mistakes", xticks=rounds,
           yticks=range(max(mistakes) + 1),
           title=f"{name} is learnt in {len(rounds)} rounds")  # fmt: skip


def stroke(ink: np.ndarray, p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The ink (s, s) after a line from p to q, drawn with a pen of 2.4 pixels of 28."""
    y, x = (np.indices(ink.shape) + 0.5) * 28 / len(ink)
    (dx, dy), length2 = q - p, float((q - p) @ (q - p))
    along = ((x - p[0]) * dx + (y - p[1]) * dy) / (length2 or 1.0)
    t = np.clip(along, 0, 1)  # the nearest point of the line is p + t (q − p)
    distance = np.hypot(x - p[0] - t * dx, y - p[1] - t * dy)
    return np.maximum(ink, np.clip((1.2 - distance) / 0.5 + 0.5, 0, 1))


def averaging(n: int, m: int) -> np.ndarray:
    """The matrix that makes n pixels into m, each the average of its share: (m, n)."""
    edges, cells = np.arange(m + 1)[:, None] * n / m, np.arange(n)
    shared = np.minimum(edges[1:], cells + 1) - np.maximum(edges[:-1], cells)
    return np.maximum(shared, 0) * m / n


def as_mnist(ink: np.ndarray) -> np.ndarray:
    """A drawing in the frame that MNIST's digits have: (s, s) -> (28, 28).

    They were cut out, shrunk to fit 20 x 20 pixels, and put into 28 x 28 so that their
    centre of mass lies in the middle. A network that has seen only such digits would
    not know one in a corner.
    """
    frame = np.zeros((28, 28))
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if len(rows) == 0:
        return frame
    crop = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    h, w = (max(1, round(20 * size / max(crop.shape))) for size in crop.shape)
    small = averaging(len(crop), h) @ crop @ averaging(crop.shape[1], w).T
    middle = (np.indices((h, w)) * small).sum(axis=(1, 2)) / small.sum()
    top, left = np.clip(np.rint(14 - middle).astype(int), 0, (28 - h, 28 - w))
    frame[top : top + h, left : left + w] = small
    return frame


class Pad:
    """The window: a digit is drawn on the left, read on the right while it is drawn."""

    KEYS = "mouse: draw a digit     Z: take a stroke back     C: clear"

    def __init__(self, plt: Any, model: MLP):
        self.model, self.ink = model, np.zeros((112, 112))
        self.before: list[np.ndarray] = []
        self.pen: np.ndarray | None = None
        self.fig, axes = plt.subplot_mosaic("DS;DP", figsize=(9.6, 6.2),
                                            width_ratios=[3, 2])  # fmt: skip
        self.D, self.S, self.P = (axes[name] for name in "DSP")
        look = {"cmap": "Greys", "vmin": 0, "vmax": 1, "extent": (0, 28, 28, 0)}
        self.pictures = [ax.imshow(self.ink, **look) for ax in (self.D, self.S)]
        for ax in (self.D, self.S):
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
            ax.spines[:].set_visible(True)
        self.S.set_title("what it sees: 28 x 28", fontsize=11)
        self.bars = self.P.bar(range(10), np.zeros(10), color=figures.COLOURS[0])
        self.P.set(xticks=range(10), ylim=(0, 1), ylabel="probability", xlabel="digit")
        self.P.grid(visible=False, axis="x")
        self.fig.supxlabel(self.KEYS, fontsize=10, color=figures.MUTED)
        for name, react in (("button_press_event", self.press),
                            ("motion_notify_event", self.move),
                            ("button_release_event", self.lift),
                            ("key_press_event", self.on_key)):  # fmt: skip
            self.fig.canvas.mpl_connect(name, react)
        self.show()

    def press(self, event: Any) -> None:
        """The pen comes down."""
        if event.inaxes is self.D:
            self.before.append(self.ink)
            self.pen = np.array([event.xdata, event.ydata])
            self.move(event)

    def move(self, event: Any) -> None:
        """The pen draws a line from where it was."""
        if self.pen is not None and event.inaxes is self.D:
            here = np.array([event.xdata, event.ydata])
            self.ink, self.pen = stroke(self.ink, self.pen, here), here
            self.show()

    def lift(self, event: Any) -> None:
        """The pen goes up."""
        self.pen = None

    def on_key(self, event: Any) -> None:
        """Z and C; a key held down does no more than one tap."""
        if event.key == "z" and self.before:
            self.ink = self.before.pop()
        elif event.key == "c":
            self.ink, self.before = np.zeros_like(self.ink), []
        self.show()

    def verdict(self) -> str:
        """What the network says, in words."""
        if not self.ink.any():
            return "Draw a digit here, large, with the mouse"
        first, second = np.argsort(-self.p)[:2]
        if self.p[first] > 0.8:
            sure = f"{self.p[first]:.1%}" if self.p[first] < 0.999 else "over 99.9%"
            return f"I read a {first} ({sure} sure)"
        return f"{first} ({self.p[first]:.0%}) or {second} ({self.p[second]:.0%})?"

    def show(self) -> None:
        """Everything, as it is now."""
        seen = as_mnist(self.ink)
        self.p = self.model.predict_proba(seen.reshape(1, 784))[0]
        for picture, pixels in zip(self.pictures, (self.ink, seen)):
            picture.set_data(pixels)
        for digit, (bar, p) in enumerate(zip(self.bars, self.p)):
            bar.set_height(p if self.ink.any() else 0)
            bar.set_color(figures.COLOURS[int(digit == self.p.argmax())])
        self.D.set_title(self.verdict())
        self.fig.canvas.draw_idle()


# --------------------------------------------------------------------------
# The command line

GATES = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "xor": [0, 1, 1, 0]}
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
SAVED = Path("neural_network.npz")
HELD = 10_000  # digits of MNIST kept from training, to choose the settings on

# Chosen on the digits held back, before the test set was opened.
DIGITS: dict[str, Any] = {
    "layers": [784, 128, 64, 10], "activation": "relu", "epochs": 60, "lr": 0.003,
    "batch": 128, "optimizer": "adam", "dropout": 0.1, "input_dropout": 0.2,
    "weight_decay": 0.05, "schedule": "cosine",
}  # fmt: skip
TABLE = DIGITS | {"layers": None, "epochs": 200, "lr": 0.01, "batch": 32,
                  "dropout": 0.0, "input_dropout": 0.0}  # fmt: skip
GATE = {"layers": [2, 4, 2], "activation": "tanh", "epochs": 1000, "lr": 1.0}


def chosen(options: argparse.Namespace, usual: dict[str, Any]) -> dict[str, Any]:
    """The settings of a run: those that were asked for, else the usual ones."""
    asked = {name: getattr(options, name, None) for name in usual}
    return {n: usual[n] if value is None else value for n, value in asked.items()}


def build(settings: dict[str, Any], inputs: int, outputs: int, seed: int) -> MLP:
    """The network that the settings ask for, taken out of them; ValueError if unfit."""
    must_fit(settings["layers"], inputs, outputs)
    return MLP(settings.pop("layers"), settings.pop("activation"), seed)


def must_fit(sizes: Sequence[int], inputs: int, outputs: int) -> None:
    """ValueError unless layers of these sizes suit the data."""
    if (sizes[0], sizes[-1]) != (inputs, outputs):
        given = f"--layers {','.join(map(str, sizes))}"
        want = f"must begin with {inputs} and end with {outputs}"
        raise ValueError(f"{given}: for these data it {want}")


def describe(model: MLP) -> None:
    """The first lines of the transcript."""
    arrays, bend = model.weights + model.biases, model.activation
    print("=== Neural Network from Scratch ===\n")
    print(f"Architecture: {' → '.join(map(str, model.sizes))}")
    names = {"relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid"}
    print(f"Activation: {names[bend]} (hidden), Softmax (output)")
    print(f"Total parameters: {sum(a.size for a in arrays):,}\n", flush=True)


def percent_right(model: MLP, X: np.ndarray, y: np.ndarray) -> float:
    """Of 100 rows so many are rightly classified."""
    return float(100 * (model.predict(X) == y).mean())


def learn(model: MLP, train: tuple[np.ndarray, np.ndarray],
          new: tuple[np.ndarray, np.ndarray], settings: dict[str, Any],
          name: str) -> list[Epoch]:  # fmt: skip
    """Train with a progress bar and a line now and then; what each epoch came to."""
    from tqdm import tqdm

    history: list[Epoch] = []
    epochs = settings["epochs"]
    every = 10 if epochs <= 100 else 50
    few = train[0][:10_000], train[1][:10_000]
    with tqdm(total=epochs, unit="epoch", leave=False, disable=None) as bar:

        def after(epoch: int, loss: float) -> None:
            right = percent_right(model, *few), percent_right(model, *new)
            history.append(Epoch(epoch, loss, *right))
            if epoch in (1, 2, 5, epochs) or epoch % every == 0:
                bar.clear()
                print(f"  Epoch {epoch}: Loss = {loss:.3f}, Train Acc = "
                      f"{right[0]:.1f}%, {name} Acc = {right[1]:.1f}%")  # fmt: skip
            bar.update()

        model.fit(*train, **settings, after=after)
    return history


def sanity_ladder(model: MLP, X: np.ndarray, y: np.ndarray) -> None:
    """Two rungs to climb before any training; each has caught many a mistake."""
    k, few = model.sizes[-1], (X[:20], y[:20])
    pupil = MLP(model.sizes, model.activation, 1).fit(*few, epochs=200, lr=0.01)
    right, loss = percent_right(pupil, *few), pupil.losses_[-1]
    print("The sanity ladder:")
    print(f"  1. Untrained, it knows nothing: loss = {model.loss(X, y):.2f} "
          f"(ln {k} = {math.log(k):.2f})")  # fmt: skip
    print(f"  2. 20 rows learnt by heart: loss = {loss:.4f}, {right:.0f}% right")
    print("  3. Now for all of them.\n", flush=True)


def stopwatch(work: Callable[[], object]) -> str:
    """The median time of some runs."""
    times = []
    for _ in range(15):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return f"{1e3 * np.median(times):.2f} ms"


def verdict_of(error: float) -> str:
    """PASSED or FAILED, and by how much."""
    word = "PASSED" if error < PASS else "FAILED"
    return f"{word} (numerical vs analytical gradient: {error:.0e})"


def print_end(model: MLP, X: np.ndarray, y: np.ndarray) -> None:
    """Times of a batch of 128, and the gradient check of the trained network."""
    X, y = X[:128], y[:128]
    trace = forward(model.weights, model.biases, X, model.activation)
    args = model.weights, y, model.activation
    print(f"Forward pass time: {stopwatch(lambda: model.predict_proba(X))} "
          f"({len(X)} rows)")  # fmt: skip
    print(f"Backprop time: {stopwatch(lambda: backward(trace, *args))}")
    hard = np.argsort(trace.a[-1][np.arange(len(y)), y])[:2]  # there slopes are large
    error = gradient_check(model, X[hard], y[hard])
    print(f"Gradient check: {verdict_of(error)}")


def network(options: argparse.Namespace, settings: dict[str, Any]) -> MLP:
    """The network for digits: the one that is to be loaded, else a new one."""
    if not options.load:
        return build(settings, 784, 10, options.seed)
    model = MLP.load(data.find(options.load))
    if (model.sizes[0], model.sizes[-1]) != (784, 10):
        kind = " → ".join(map(str, model.sizes))
        raise ValueError(f"{options.load}: a network {kind} cannot read 784 pixels")
    return model


def read_digits(options: argparse.Namespace) -> int:
    """Train on MNIST, or load a network, and open the test set; prints and draws."""
    settings, history = chosen(options, DIGITS), list[Epoch]()
    model = network(options, settings)
    describe(model)
    X, y, X_test, y_test = data.load_mnist()
    if not options.load:
        order = np.random.default_rng(options.seed).permutation(len(X))
        rows, held = order[:-HELD][: options.limit], order[-HELD:]
        sanity_ladder(model, X[rows[:1000]], y[rows[:1000]])
        print(f"Training on MNIST ({len(rows):,} images; {HELD:,} held back)...")
        parts = (X[rows], y[rows]), (X[held], y[held])
        history = learn(model, *parts, settings, "Val")
        model.save(SAVED)
        print(f"Saved {SAVED} (--draw uses it)")
    right = percent_right(model, X_test, y_test)
    print(f"\nTest accuracy: {right:.1f}%  ({len(y_test):,} images, opened only now)\n")
    fig = draw_run(options, model, history, X_test, y_test)
    print_end(model, X_test, y_test)
    figures.finish(options, fig)
    return 0


def draw_run(options: argparse.Namespace, model: MLP, history: Sequence[Epoch],
             X: np.ndarray, y: np.ndarray) -> Any:  # fmt: skip
    """The figure of a run on MNIST."""
    plt = figures.start(options)
    said = model.predict(X)
    good, bad = (np.flatnonzero(part)[:30] for part in (said == y, said != y))
    layout = "LG;WB" if history else "WG;WB"
    fig, axes = plt.subplot_mosaic(layout, figsize=(11, 6.8))
    draw_digits(axes["G"], X[good], [str(c) for c in said[good]], 10, "Rightly read")
    words = [f"{a}→{b}" for a, b in zip(y[bad], said[bad])]
    title = f"{(said != y).sum()} of {len(y):,} test digits misread (is → said)"
    draw_digits(axes["B"], X[bad], words, 10, title)
    if history:
        draw_learning(axes["L"], history)
    draw_weights(axes["W"], model.weights[0])
    return fig


def compare_seeds(options: argparse.Namespace) -> int:
    """Train on all 60,000 digits from several seeds; mean ± sd on the test set."""
    X, y, X_test, y_test = data.load_mnist()
    right = []
    for seed in range(options.seed, options.seed + options.seeds):
        settings = chosen(options, DIGITS)
        model = build(settings, 784, 10, seed)
        rows = np.random.default_rng(seed).permutation(len(X))[: options.limit]
        model.fit(X[rows], y[rows], **settings)
        right.append(percent_right(model, X_test, y_test))
        print(f"Seed {seed}: test accuracy {right[-1]:.2f}%", flush=True)
    print(f"Test accuracy: {np.mean(right):.2f} ± {np.std(right):.2f}% "
          f"({len(right)} seeds, {len(rows):,} images)")  # fmt: skip
    return 0


def learn_table(options: argparse.Namespace) -> int:
    """Train on the classes in a CSV file."""
    X, y, classes = read_table(options)
    settings, rng = chosen(options, TABLE), np.random.default_rng(options.seed)
    settings["layers"] = settings["layers"] or [X.shape[1], 16, len(classes)]
    model = build(settings, X.shape[1], len(classes), options.seed)
    describe(model)
    X_train, X_test, y_train, y_test = data.split(X, y, 0.25, rng)
    X_train, mean, std = data.standardize(X_train)
    test = (X_test - mean) / std, y_test
    sanity_ladder(model, X_train, y_train)
    print(f"Training on {len(X_train):,} rows; {len(y_test):,} held back...")
    history = learn(model, (X_train, y_train), test, settings, "Test")
    print(f"\nTest accuracy: {history[-1].new:.1f}%\n")
    fig, ax = figures.start(options).subplots()
    draw_learning(ax, history)
    print_end(model, X_train, y_train)
    figures.finish(options, fig)
    return 0


def read_table(options: argparse.Namespace) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """X (n, d), the classes y (n,) and their names out of a CSV file."""
    frame = data.read_csv(data.find(options.what))
    texts = [c for c in frame if frame[c].dtype.kind not in "if"] or list(frame)
    target = options.target or texts[-1]
    data.check_columns(frame, [str(target)])
    wanted = options.columns or data.number_columns(frame.drop(columns=target))
    if options.drop_missing:
        frame = frame.dropna(subset=[c for c in [target, *wanted] if c in frame])
    empty = frame.index[frame[target].isna()]
    if len(empty):
        where = f"line {empty[0]}, column {target!r}"
        raise ValueError(f"{options.what}, {where}: the cell is empty (--drop-missing)")
    classes, y = np.unique(frame[target].astype(str), return_inverse=True)
    if not 2 <= len(classes) <= min(50, len(y) // 4):
        cure = "name a column of 2 to 50 classes with --target"
        values = f"{target!r} has {len(classes)} different values"
        raise ValueError(f"{options.what}: {values}; {cure}")
    names, X, _ = data.features(frame.drop(columns=target), options.columns)
    print(f"{target}: {', '.join(classes)}; from {', '.join(names)}\n")
    return X, y, classes.tolist()


def learn_gate(options: argparse.Namespace) -> int:
    """AND, OR, XOR: one neuron, and where that is not enough a hidden layer."""
    X, y, name = CORNERS, np.array(GATES[options.what]), options.what.upper()
    plt = figures.start(options)
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4.8))
    neuron = Perceptron().fit(X, y)
    print_neuron(neuron, X, y, name)
    w, b = neuron.coef_, neuron.intercept_
    wrong = int((neuron.predict(X) != y).sum())
    draw_plane(left, lambda Z: np.clip(0.5 + 8 * (Z @ w + b), 0, 1), X, y,
               f"One neuron: {wrong} of 4 wrong")  # fmt: skip
    if wrong == 0:
        draw_mistakes(right, neuron.mistakes_, name)
        figures.finish(options, fig)
        return 0
    print("No straight line parts these points: it would go on for ever.\n")
    film = bend_the_line(fig, right, X, y, options)
    figures.finish(options, fig, film=film)
    return 0


def print_neuron(neuron: Perceptron, X: np.ndarray, y: np.ndarray, name: str) -> None:
    """What one neuron has learnt of a gate, and how."""
    w, b, mistakes = neuron.coef_, neuron.intercept_, neuron.mistakes_
    more = " …" * (len(mistakes) > 12)
    print(f"One neuron learns {name}:")
    print(f"  mistakes in each round: {', '.join(map(str, mistakes[:12]))}{more}")
    rule = f"{w[0]:g}·x₁ {w[1]:+g}·x₂ {b:+g} > 0"
    print(f"  it fires if {rule.replace(' +', ' + ').replace(' -', ' - ')}")
    rows = [[f"  {p:g}  {q:g}", t, s] for (p, q), t, s in zip(X, y, neuron.predict(X))]
    print(console.table(["  x₁ x₂", name, "it says"], rows))


def bend_the_line(fig: Any, ax: Axes, X: np.ndarray, y: np.ndarray,
                  options: argparse.Namespace) -> figures.Film:  # fmt: skip
    """A hidden layer learns the gate; prints the run, gives its film."""
    settings = chosen(options, GATE)
    sizes, bend, steps = (settings[n] for n in ("layers", "activation", "epochs"))
    check_sizes(sizes, bend)
    must_fit(sizes, 2, 2)
    rng = np.random.default_rng(options.seed)
    weights = [rng.normal(size=shape) for shape in zip(sizes, sizes[1:])]
    biases = [np.zeros(k) for k in sizes[1:]]
    run = list(train(weights, biases, X, y, steps, settings["lr"], bend))
    print(f"A hidden layer, {' → '.join(map(str, sizes))}, {bend}, {steps} steps:")
    for step in sorted({0, steps // 100, steps // 10, steps}):
        print(f"  step {step:4}: loss = {run[step][0]:.4f}")
    p = forward(*run[-1][1:], X, bend).a[-1][:, 1]
    rows = [[f"  {a:g}  {c:g}", t, f"{q:.3f}"] for (a, c), t, q in zip(X, y, p)]
    print(console.table(["  x₁ x₂", options.what.upper(), "P(1)"], rows))
    wrong = int(((p > 0.5) != y).sum())
    print(f"{wrong} of 4 wrong: it is stuck." if wrong else "Learnt.")
    shown = np.unique(np.geomspace(1, steps + 1, 36).astype(int) - 1)

    def update(frame: int) -> None:
        loss, W, b = run[shown[frame]]
        title = f"After {shown[frame]} steps: loss {loss:.3f}"
        draw_plane(ax, lambda Z: forward(W, b, Z, bend).a[-1][:, 1], X, y, title)

    return figures.Film(fig, update, len(shown), fps=12)


def check_gradients(options: argparse.Namespace) -> int:
    """The gradient check, array by array, of an untrained network for digits."""
    X, y, _, _ = data.load_mnist()
    settings = chosen(options, DIGITS)
    model = network(options, settings)
    describe(model)
    few = X[:2], y[:2]  # two digits: it takes thousands of passes
    rows = compare_gradients(model, *few)
    print("Slopes by backpropagation and by wiggling each parameter, 2 digits:\n")
    heads = ["", "shape", "measured", "kinks", "relative error"]
    cells = [[r.name, r.shape, r.entries, r.kinks, f"{r.error:.0e}"] for r in rows]
    print(console.table(heads, cells))
    print("\nThe same with other steps h (kinks, where h crosses z = 0, left out):\n")
    cells = []
    for h in (1e-2, 1e-3, 1e-4, 1e-5, 1e-7, 1e-9):
        tried = compare_gradients(model, *few, 40, h)
        kinks, worst = sum(r.kinks for r in tried), max(r.error for r in tried)
        cells.append([f"{h:.0e}", sum(r.entries for r in tried), kinks, f"{worst:.0e}"])
    print(console.table(["step h", *heads[2:]], cells), end="\n\n")
    worst = max(row.error for row in rows)
    print(f"Gradient check: {verdict_of(worst)}")
    return 0 if worst < PASS else 1


def draw_and_read(options: argparse.Namespace) -> int:
    """The window to draw in; trains a network first if none is saved."""
    options.load = options.load or (str(SAVED) if SAVED.exists() else None)
    settings = chosen(options, DIGITS | {"epochs": 6})
    model = network(options, settings)
    if not options.load:
        print("No network is saved here yet: a short training...", flush=True)
        X, y, _, _ = data.load_mnist()
        rows = slice(HELD, HELD + options.limit if options.limit else None)
        parts = (X[rows], y[rows]), (X[:HELD], y[:HELD])
        learn(model, *parts, settings, "Val")
        model.save(SAVED)
        print(f"Saved {SAVED}")
    pad = Pad(figures.start(options), model)
    print("Draw a digit with the mouse. Z takes a stroke back, C clears.", flush=True)
    figures.finish(options, pad.fig)
    if pad.ink.any():
        print(pad.verdict())
    return 0


class Bug(NamedTuple):
    """A mistake that still trains: what it is, the right line and the wrong one."""

    what: str
    right: str
    wrong: str


# fmt: off
BUGS = (
    Bug("the 1/n of the mean is missing in the gradient",
        "    delta /= n  # (n, k)", "    delta /= 1  # (n, k)"),
    Bug("the slope of the bend, g′, is missing on the way back",
        "delta *= slope(trace.z[layer - 1])", "delta *= 1"),
    Bug("the biases' gradient is a mean over the rows, not a sum",
        "db.append(delta.sum(axis=0))", "db.append(delta.mean(axis=0))"),
    Bug("all weights start with the same value, 0.1",
        "rng.normal(size=(d, k)) * scale", "np.full((d, k), 0.1)"),
    Bug("the weights start with a standard deviation of 1",
        "scale = math.sqrt(2 / (d if he else d + k))", "scale = 1.0"),
    Bug("dropout does not make up for what it drops",
        "np.float32(1 / (1 - rate))", "np.float32(1)"),
    Bug("dropout stays on when the network is asked",
        "X, self.activation).a[-1]",
        "X * dropout_mask(X.shape, 0.2, self.rng), self.activation).a[-1]"),
    Bug("Adam's means are not corrected for their start at zero",
        "lr / (1 - self.beta1**self.t) * self.m", "lr * self.m"),
    Bug("the softmax is taken twice",
        "a.append(softmax(z[layer])", "a.append(softmax(softmax(z[layer]))"),
    Bug("the rows come in the same order in every epoch",
        "data.batches(len(X), batch, self.rng)",
        "np.array_split(np.arange(len(X)), max(1, len(X) // batch))"),
)
# fmt: on


def infect(bug: Bug | None) -> ModuleType:
    """The maths of the book's chapter, with one of its lines exchanged."""
    path = data.FOLDER.parent / "phase4_ml" / "neural_network.py"
    source = path.read_text(encoding="utf-8").partition("# The picture\n")[0]
    if bug:
        source = source.replace(bug.right, bug.wrong)
    patient = ModuleType("patient")
    # nothing that was typed is run: it is the book's own text, and a line of BUGS
    exec(compile(source, str(path), "exec"), patient.__dict__)
    return patient


def examine(nn: ModuleType) -> dict[str, str]:
    """The checks of a network that learns small digits, 64 → 32 → 10."""
    X, y = data.load_digits()
    X, few, found = X / 16, slice(0, 20), {}
    model = nn.MLP([64, 32, 10], rng=1)
    found["loss before training (ln 10 = 2.30)"] = f"{model.loss(X, y):.2f}"
    dW, db = model.fit(X[few], y[few], epochs=1, lr=0.01).gradients(X[few], y[few])
    arrays = {"weights": (model.weights[0], dW[0]), "biases": (model.biases[0], db[0])}
    for name, (array, g) in arrays.items():
        places = list(np.ndindex(array.shape))[-500::7]
        m = [nn.numeric_slope(model, X[few], y[few], array, place) for place in places]
        both = np.array([[g[place] for place in places], m])[:, np.isfinite(m)]
        own, measured = np.linalg.norm(both, axis=1)
        found[f"slopes of {name}: backprop / measured"] = f"{own / measured:.2f}"
    model.fit(X[few], y[few], epochs=300, lr=0.01)
    found["loss on 20 digits learnt by heart"] = f"{model.losses_[-1]:.2f}"
    gap = np.abs(model.predict_proba(X) - model.predict_proba(X)).max()
    found["asked twice, probabilities differ by"] = f"{gap:.2f}"
    units = np.unique(model.weights[0].round(9), axis=1).shape[1]
    found["different units among the 32"] = str(units)
    mask = nn.dropout_mask((1000, 100), 0.5, np.random.default_rng(0))
    found["mean of a dropout mask, rate 0.5"] = f"{mask.mean():.2f}"
    theta = np.zeros(1)
    nn.Adam().step(theta, np.ones(1), 0.01)
    found["Adam's first step / lr"] = f"{-theta[0] / 0.01:.2f}"
    order, pupil = np.argsort(y[:1000], kind="stable"), nn.MLP([64, 32, 10], rng=1)
    pupil.fit(X[order], y[order], epochs=5, lr=0.01, batch=50)
    right = 100 * (pupil.predict(X[1000:]) == y[1000:]).mean()
    found["1,000 rows sorted by digit, new ones right"] = f"{right:.0f} %"
    return found


class Game(NamedTuple):
    """The state of the game; `order` numbers the bugs, from 0."""

    order: tuple[int, ...]
    at: int = 0
    guesses: int = 0
    healthy: Mapping[str, str] = MappingProxyType({})


def ask(game: Game) -> str:
    """The next patient's checks, beside those of a healthy network."""
    if game.at == len(game.order):
        return f"That was all {game.at}; guesses: {game.guesses}."
    rows = examine(infect(BUGS[game.order[game.at]])).items()
    cells = [[name, game.healthy[name], value] for name, value in rows]
    table = console.table([f"Patient {game.at + 1}", "healthy", "patient"], cells)
    return f"{table}\nWhich mistake (1-10)?"


def run_command(game: Game, line: str) -> tuple[Game, str]:
    """A guess: the number of a mistake; or `list`, or `tell`."""
    guess = line.strip()
    if guess == "list":
        return game, "\n".join(f"{n:3}. {bug.what}" for n, bug in enumerate(BUGS, 1))
    if game.at == len(game.order):
        return game, ask(game)
    if guess != "tell" and guess not in map(str, range(1, len(BUGS) + 1)):
        raise ValueError("type the number of a mistake, list, tell, or quit")
    bug = BUGS[game.order[game.at]]
    game = game._replace(guesses=game.guesses + (guess != "tell"))
    if guess not in ("tell", str(BUGS.index(bug) + 1)):
        mine, theirs = (examine(infect(b)) for b in (BUGS[int(guess) - 1], bug))
        row = next(name for name in mine if mine[name] != theirs[name])
        return game, f"No: '{row}' would then be {mine[row]}, not {theirs[row]}."
    verdict = "Yes" if guess != "tell" else "It was"
    lines = f"  - {bug.right.strip()}\n  + {bug.wrong.strip()}"
    game = game._replace(at=game.at + 1)
    return game, f"{verdict}: {bug.what}.\n{lines}\n\n{ask(game)}"


def find_the_bug(options: argparse.Namespace) -> int:
    """The game: ten networks, each with a mistake in a line, to be told by checks."""
    order = np.random.default_rng(options.seed).permutation(len(BUGS)).tolist()
    game = Game(tuple(order), healthy=examine(infect(None)))
    print("Ten networks learn to read, each with one mistake in its code. All of them")
    print("train. Find the mistake from the checks. (list, tell, quit)\n")
    print(run_command(game, "list")[1], ask(game), sep="\n\n", flush=True)
    return console.commands(game, run_command, options.commands, prompt="bug> ")


def sizes(text: str) -> list[int]:
    """The type of --layers: "784,128,10" -> [784, 128, 10]."""
    return [console.whole(1, 100_000)(word) for word in text.split(",")]


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase4_ml/neural_network.py mnist --epochs 5
        python phase4_ml/neural_network.py xor --save xor.gif
        python phase4_ml/neural_network.py iris.csv --target species
        python phase4_ml/neural_network.py --draw"""
    parser = console.parser(__file__, __doc__, examples)
    add, whole, number = parser.add_argument, console.whole, console.number
    what = "mnist (digits), and, or, xor, or a CSV file with classes (default mnist)"
    add("what", nargs="?", default="mnist", help=what)
    add("--layers", type=sizes, metavar="N,N,…", help="sizes (digits: 784,128,64,10)")
    add("--activation", metavar="NAME", help="relu (default), tanh (gates) or sigmoid")
    add("--epochs", type=whole(1), metavar="N", help="times through data (digits: 60)")
    add("--lr", type=number(1e-9, 100), metavar="RATE",
        help="learning rate (digits: 0.003)")  # fmt: skip
    add("--batch", type=whole(1), metavar="N", help="rows a step (digits: 128)")
    add("--optimizer", choices=OPTIMISERS, help="how steps are made (default adam)")
    share = number(0, 0.99)
    add("--dropout", type=share, metavar="P", help="units silenced (digits: 0.1)")
    add("--input-dropout", type=share, metavar="P", help="inputs (digits: 0.2)")
    add("--weight-decay", type=number(0, 10), metavar="D",
        help="pull to zero (digits: 0.05)")  # fmt: skip
    add("--limit", type=whole(100), metavar="N", help="learn from N digits only")
    add("--seeds", type=whole(2, 100), metavar="N", help="N runs on all 60,000 digits")
    add("--target", metavar="NAME", help="column to predict (default: last of text)")
    add("--columns", type=console.names, metavar="A,B", help="use these columns only")
    add("--drop-missing", action="store_true", help="leave out rows with empty cells")
    add("--load", metavar="FILE", help="use a saved network, train none")
    add("--draw", action="store_true", help="draw a digit, and have it read")
    add("--check", action="store_true", help="the gradient check, array by array")
    add("--find-the-bug", action="store_true", help="a game: ten mistakes to find")
    add("-c", dest="commands", metavar="GUESSES", help="play it with these: '3; tell'")
    figures.add_options(parser, __file__, script="drag:8,6:20,6 drag:20,6:12,22")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the part of the chapter that the options ask for."""
    options = build_parser().parse_args(argv)
    if options.save and (options.find_the_bug or options.check or options.seeds):
        raise ValueError("--check, --seeds and --find-the-bug draw nothing to --save")
    if options.find_the_bug:
        return find_the_bug(options)
    if options.draw:
        return draw_and_read(options)
    if options.check:
        return check_gradients(options)
    if options.what in GATES:
        return learn_gate(options)
    if options.what != "mnist":
        return learn_table(options)
    return compare_seeds(options) if options.seeds else read_digits(options)


if __name__ == "__main__":
    console.run(main)
