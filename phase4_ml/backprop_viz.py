"""Chapter 18. Backprop visualiser: see blame flow back through a network.

Chapter 17 found the slope of every weight in one sweep from the end to the start. Here
you watch it. A small network learns to part two kinds of points, one step at each press
of a key: dots run forward along the wires, blame runs back, the weights move. Click a
wire, and its slope is worked out with the numbers that are there, beside what comes out
when that weight is wiggled. The rules, for rows of examples (chapter 17's letters):

    z[l] = a[l] W[l] + b[l]      a[l+1] = g(z[l])      p = σ(z[L−1])
    δ[L−1] = (p − y) / n         δ[l−1] = (δ[l] W[l]ᵀ) · g′(z[l−1])
    ∂loss/∂W[l] = a[l]ᵀ δ[l]     ∂loss/∂b[l] = Σ δ[l]

Each layer multiplies blame by √d · rms W · rms g′. If that is 0.2, as with sigmoids,
ten layers leave nothing: the gradient vanishes; if it is 2, it explodes.

You will see the network, its wires thick where weights are large and coloured where
slopes are; the loss; the border it draws; and bars of blame for each layer beside the
predicted ones, for 2 to 20 layers, with skip connections and normalisation too.

    python phase4_ml/backprop_viz.py
    python phase4_ml/backprop_viz.py --layers 2,4,4,1
    python phase4_ml/backprop_viz.py --data spiral --layers 2,8,8,8,1
    python phase4_ml/backprop_viz.py --save film.gif --steps 100
    python phase4_ml/backprop_viz.py --compare

Names
    X, y       (n, d), (n,)  points, one a row; their kinds, 0 or 1
    W, b       (d, k), (k,)  weights and biases of a layer; L layers, from 0
    z, a       (n, k)        a layer before and after its bend g; a[0] is X
    p          (n, 1)        a[L], the probability of kind 1
    δ          (n, k)        the blame: ∂loss/∂z
    dW, db                   ∂loss/∂W, ∂loss/∂b, of the same shapes

What this leaves out: better steps than plain gradient descent (chapter 17), batches.

Source: Goodfellow, Bengio and Courville, "Deep Learning", chapters 6 and 8.
"""

import argparse
import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from common import console, data, figures

Arrays = list[np.ndarray]
Axes = Any  # of matplotlib, which is imported late

ACTIVATIONS = ("sigmoid", "relu", "tanh")
ARCHITECTURES: dict[str, dict[str, bool]] = {  # options of forward_trace
    "plain": {}, "skip": {"skip": True}, "norm": {"norm": True},
    "skip + norm": {"skip": True, "norm": True},
}  # fmt: skip


# --------------------------------------------------------------------------
# Milestone 1: forward and back, and nothing is forgotten


def bent(z: np.ndarray, activation: str) -> np.ndarray:
    """g(z), entry by entry: "relu" max(z, 0), "tanh", or "sigmoid" 1 / (1 + e⁻ᶻ).

    ValueError for another name. No z overflows: e⁻ᶻ of z = −1000 must not be taken.
    """
    if activation == "relu":
        return np.maximum(z, 0)
    if activation == "tanh":
        return np.tanh(z)
    if activation == "sigmoid":
        return (1 + np.tanh(z / 2)) / 2  # the same S, and nothing overflows
    hint = console.nearest_name(activation, ACTIVATIONS) or " (see --help)"
    raise ValueError(f"there is no activation {activation!r}{hint}")


def bent_slope(z: np.ndarray, activation: str) -> np.ndarray:
    """g′(z), entry by entry: relu 1 where z > 0, else 0; 1 − tanh²(z); σ (1 − σ)."""
    if activation == "relu":
        return (z > 0).astype(float)
    g = bent(z, activation)
    return 1 - g**2 if activation == "tanh" else g * (1 - g)


class Trace(NamedTuple):
    """A pass forward: all that it computed, and the network that it went through."""

    z: Arrays  # L of them: z[l] = a[l] W[l] + b[l]
    a: Arrays  # L + 1: a[0] = X; a[L] (n, 1) the probabilities
    weights: Arrays
    biases: Arrays
    activation: str
    skip: bool  # of milestone 3
    norm: bool


class Back(NamedTuple):
    """A pass back: three lists of L arrays, those of index l belong to weights[l]."""

    delta: Arrays  # the blame ∂loss/∂z[l], (n, k)
    dW: Arrays
    db: Arrays


def fresh_weights(sizes: Sequence[int], activation: str, rng: np.random.Generator,
                  scale: float = 1.0) -> tuple[Arrays, Arrays]:  # fmt: skip
    """Random weights and zero biases of layers of these sizes.

    W (d, k), normal, mean 0, standard deviation scale · √(gain/d), gain 2 for relu and
    1 else; drawn from rng with one call for each layer, first to last.
    """
    gain = 2 if activation == "relu" else 1
    weights = [rng.normal(size=(d, k)) * scale * math.sqrt(gain / d)
               for d, k in zip(sizes, sizes[1:])]  # fmt: skip
    return weights, [np.zeros(k) for k in sizes[1:]]


def forward_trace(weights: Arrays, biases: Arrays, X: np.ndarray, activation: str,
                  skip: bool = False, norm: bool = False) -> Trace:  # fmt: skip
    """From X (n, d) through all layers to the probabilities; keeps what it computes.

        z[l] = a[l] W[l] + b[l]        a[l+1] = g(z[l]), at the last layer σ(z[L−1])

    With skip (milestone 3) a hidden layer adds to what it is given, where W[l] is
    square: a[l+1] = a[l] + g(z[l]). With norm the bend of a hidden layer is of
    normalised(z[l]); in the trace stands z[l] itself. The last layer has neither.
    """
    z: Arrays = []
    a = [X]
    for W, b in zip(weights, biases):
        z.append(a[-1] @ W + b)  # (n, k)
        if len(z) == len(weights):
            a.append(bent(z[-1], "sigmoid"))
            continue
        g = bent(normalised(z[-1]) if norm else z[-1], activation)
        a.append(a[-1] + g if skip and len(W) == len(b) else g)
    return Trace(z, a, weights, biases, activation, skip, norm)


def trace_loss(trace: Trace, y: np.ndarray) -> float:
    """Cross-entropy, the mean over rows of −y ln p − (1 − y) ln(1 − p): -> float.

    Of z, because ln p of p = 0 is infinite: that is ln(1 + eᶻ) − y z, z = z[L−1].
    """
    z = trace.z[-1][:, 0]
    return float(np.mean(np.logaddexp(0, z) - y * z))


def backward_trace(trace: Trace, y: np.ndarray) -> Back:
    """All slopes of the loss, from the last layer to the first; y (n,) of 0 and 1.

        δ[L−1] = (p − y) / n           y as a column; the 1/n enters here only
        δ[l−1] = (δ[l] W[l]ᵀ) · g′(z[l−1])
        dW[l] = a[l]ᵀ δ[l]             db[l] = Σ δ[l] over the rows

    δ[l] W[l]ᵀ is ∂loss/∂a[l]. With skip (milestone 3) blame comes back on two ways:
    where W[l] is square and not the last, ∂loss/∂a[l+1] is added to it. With norm
    the slope is g′(normalised(z[l−1])), and what comes out goes through
    normalised_back. ValueError unless y has the shape (n,).
    """
    L, (n, _) = len(trace.z), trace.a[0].shape
    if np.shape(y) != (n,):
        raise ValueError(f"y must be one number a row, ({n},), not {np.shape(y)}")
    delta = [(trace.a[L] - y[:, None]) / n]  # (n, 1)
    beyond = delta[0]  # ∂loss/∂a[l+1], for the skip
    for layer in reversed(range(1, L)):
        W, z = trace.weights[layer], trace.z[layer - 1]
        at_a = delta[0] @ W.T  # (n, k) (k, d) = (n, d)
        if trace.skip and layer < L - 1 and W.shape[0] == W.shape[1]:
            at_a = at_a + beyond
        slope = bent_slope(normalised(z) if trace.norm else z, trace.activation)
        at_z = at_a * slope
        delta.insert(0, normalised_back(at_z, z) if trace.norm else at_z)
        beyond = at_a
    dW = [a.T @ d for a, d in zip(trace.a, delta)]  # (d, n) (n, k) = (d, k)
    return Back(delta, dW, [d.sum(axis=0) for d in delta])


def after_step(trace: Trace, back: Back, lr: float) -> tuple[Arrays, Arrays]:
    """New weights and biases: W − lr · dW and b − lr · db; the old ones stay."""
    weights = [W - lr * G for W, G in zip(trace.weights, back.dW)]
    return weights, [b - lr * g for b, g in zip(trace.biases, back.db)]


# --------------------------------------------------------------------------
# Milestone 2: blame that fades, blame that explodes


def shrink_factor(W: np.ndarray, z: np.ndarray, activation: str) -> float:
    """How many times as long δ[l−1] is to be as δ[l]: W = W[l] (d, k), z = z[l−1].

        √d · rms W · rms g′(z)         rms x = √(mean of x²)

    An entry of δ Wᵀ is a sum of k products. If their signs are random, its mean square
    is k (rms δ · rms W)²; ‖δ Wᵀ‖ is then √d · rms W · ‖δ‖; and the slopes scale it.
    """
    slopes = bent_slope(z, activation)
    return float(np.sqrt(len(W) * np.mean(W**2) * np.mean(slopes**2)))


def gradient_norms(depth: int, activation: str, rng: np.random.Generator,
                   scale: float = 1.0, skip: bool = False, norm: bool = False,
                   width: int = 32, rows: int = 64) -> np.ndarray:  # fmt: skip
    """How much blame each layer gets: ‖δ[l]‖, l = 0 … depth − 1, -> (depth,).

    ‖δ‖ is the root of the sum of all squares. The network is new (fresh_weights with
    scale): `depth` layers of weights, width → … → width → 1; X (rows, width) normal;
    y 0 or 1 at random. The rng gives X, then y, then the weights. ValueError if
    depth < 1.
    """
    if depth < 1:
        raise ValueError(f"a network has at least 1 layer, not {depth}")
    X, y = rng.normal(size=(rows, width)), rng.integers(0, 2, rows)
    sizes = [width] * depth + [1]
    weights, biases = fresh_weights(sizes, activation, rng, scale)
    trace = forward_trace(weights, biases, X, activation, skip, norm)
    return np.array([np.linalg.norm(d) for d in backward_trace(trace, y).delta])


# --------------------------------------------------------------------------
# Milestone 3: ways to keep blame alive


def normalised(z: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    """Each row with mean 0, spread 1: (z − mean) / √(variance + eps), (n, k) -> same.

    The variance is the mean of (z − mean)². This is layer normalisation, without the
    weights of its own that it mostly has. A row of one number becomes 0.
    """
    centred = z - z.mean(axis=1, keepdims=True)
    return centred / np.sqrt(np.mean(centred**2, axis=1, keepdims=True) + eps)


def normalised_back(g: np.ndarray, z: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    """∂loss/∂z, given g = ∂loss/∂ẑ, where ẑ = normalised(z): (n, k), (n, k) -> (n, k).

        (g − mean(g) − ẑ · mean(g · ẑ)) / √(variance + eps)      means over the row

    To add the same to a whole row, or to stretch it, changes no ẑ. So what of g points
    along 1 1 … 1, and what points along ẑ, has no effect, and is taken off.
    """
    h = normalised(z, eps)
    s = np.sqrt(z.var(axis=1, keepdims=True) + eps)  # (n, 1)
    along = np.mean(g * h, axis=1, keepdims=True)
    return (g - g.mean(axis=1, keepdims=True) - h * along) / s


def share_left(depths: Sequence[int], activation: str, rng: np.random.Generator,
               scale: float = 1.0) -> dict[str, np.ndarray]:  # fmt: skip
    """What of the last layer's blame reaches the first, for each of ARCHITECTURES.

    ‖δ[0]‖ / ‖δ[L−1]‖ of gradient_norms for each depth: name -> (len(depths),). One
    architecture after the other, each with all the depths, drawn from the same rng.
    """
    shares = {}
    for name, joined in ARCHITECTURES.items():
        norms = [gradient_norms(m, activation, rng, scale, **joined) for m in depths]
        shares[name] = np.array([norm[0] / norm[-1] for norm in norms])
    return shares


# --------------------------------------------------------------------------
# Milestone 4: one slope, explained


class Edge(NamedTuple):
    """The arithmetic of one weight's slope, for n rows."""

    delta: np.ndarray  # (n,) the blame of the unit that the wire leads to
    activation: np.ndarray  # (n,) what came in at the other end
    product: float  # the sum over the rows of the two multiplied: ∂loss/∂w
    numeric: float  # the same slope by wiggling w


def wiggled(trace: Trace, layer: int, i: int, j: int, by: float) -> Trace:
    """The pass forward if weights[layer][i, j] were larger by `by`.

    Of the same rows, biases, activation, skip and norm; the trace's own weights stay.
    """
    weights = [W.copy() for W in trace.weights]
    weights[layer][i, j] += by
    X, joined = trace.a[0], (trace.activation, trace.skip, trace.norm)
    return forward_trace(weights, trace.biases, X, *joined)


def explain_edge(trace: Trace, layer: int, i: int, j: int, y: np.ndarray,
                 h: float = 1e-5) -> Edge:  # fmt: skip
    """The slope of weights[layer][i, j] in two ways, for y (n,) of 0 and 1.

        product = Σ δ[layer][:, j] · a[layer][:, i]
        numeric = (loss(w + h) − loss(w − h)) / 2h        all other weights as they are

    With relu they differ if the wiggle crosses a kink. The trace's weights stay as they
    are. ValueError if there is no such wire; negative numbers count as none.
    """
    shape = trace.weights[layer].shape if 0 <= layer < len(trace.weights) else (0, 0)
    if not (0 <= i < shape[0] and 0 <= j < shape[1]):
        raise ValueError(f"there is no wire {i} → {j} in layer {layer}")

    delta, a = backward_trace(trace, y).delta[layer][:, j], trace.a[layer][:, i]
    up, down = (trace_loss(wiggled(trace, layer, i, j, by), y) for by in (h, -h))
    return Edge(delta, a, float(delta @ a), (up - down) / (2 * h))


class Blame(NamedTuple):
    """Where the blame of one unit comes from: delta = terms.sum(axis=1) * slope."""

    terms: np.ndarray  # (n, m) from each unit m of the next layer
    slope: np.ndarray  # (n,) of the unit's own bend


def explain_blame(trace: Trace, layer: int, j: int, y: np.ndarray) -> Blame:
    """The parts of δ[layer][:, j] in a plain network (no skip, no norm).

        terms[:, m] = δ[layer+1][:, m] · W[layer+1][j, m]    slope = g′(z[layer][:, j])

    In the last layer blame begins: one term, (p − y) / n, and slope 1.
    """
    if layer == len(trace.z) - 1:
        return Blame((trace.a[-1] - y[:, None]) / len(y), np.ones(len(y)))
    ahead = backward_trace(trace, y).delta[layer + 1]  # (n, m)
    slope = bent_slope(trace.z[layer][:, j], trace.activation)
    return Blame(ahead * trace.weights[layer + 1][j], slope)


# --------------------------------------------------------------------------
# The picture

GREY, PLUS, MINUS = "#DDE1E6", figures.COLOURS[3], figures.COLOURS[2]
LARGEST, DEEPEST = 16, 20  # units in a layer, layers
BUTTONS = {
    "S": "Sigmoid", "R": "ReLU", "T": "Tanh", "K": "skip", "N": "norm",
    "D": "data", "Z": "new weights", "P": "play",
}  # fmt: skip


class Setup(NamedTuple):
    """What the keys change: the shape of the network, and how it is joined."""

    sizes: tuple[int, ...]
    activation: str = "tanh"
    skip: bool = False
    norm: bool = False
    scale: float = 1.0
    seed: int = 0


def setup_after(setup: Setup, key: str, layer: int) -> Setup:
    """The setup after a key; + and - change hidden layer `layer` (1 is the first)."""
    sizes, hidden = setup.sizes, len(setup.sizes) - 2
    names = {name[0]: name for name in ACTIVATIONS}
    if key in names:
        return setup._replace(activation=names[key])
    if key in ("k", "n"):
        field = "skip" if key == "k" else "norm"
        return setup._replace(**{field: not getattr(setup, field)})  # type: ignore[arg-type]
    if key == "up" and hidden < DEEPEST - 1:
        return setup._replace(sizes=(*sizes[:-1], sizes[-2], 1))
    if key == "down" and hidden > 1:
        return setup._replace(sizes=(*sizes[:-2], 1))
    if key in ("+", "-"):
        units = min(max(sizes[layer] + (1 if key == "+" else -1), 1), LARGEST)
        return setup._replace(sizes=(*sizes[:layer], units, *sizes[layer + 1 :]))
    if key in ("w", "W"):
        scale = setup.scale * (1.25 if key == "w" else 0.8)
        return setup._replace(scale=min(max(scale, 0.01), 100))
    return setup._replace(seed=setup.seed + 1) if key == "z" else setup


def tinted(slopes: np.ndarray, largest: float) -> np.ndarray:
    """Colours (m, 4): grey for 0, pink for plus, green for minus, by the root."""
    from matplotlib.colors import to_rgba

    strength = np.sqrt(np.abs(slopes) / (largest or 1))[:, None]
    ends = np.where(slopes[:, None] > 0, to_rgba(PLUS), to_rgba(MINUS))
    return np.clip(np.array(to_rgba(GREY)) * (1 - strength) + ends * strength, 0, 1)


def unit_places(sizes: Sequence[int]) -> Arrays:
    """Where the units are drawn: for each column (m, 2), the first unit on top."""
    return [np.column_stack([np.full(m, c), (m - 1) / 2 - np.arange(m)])
            for c, m in enumerate(sizes)]  # fmt: skip


def sum_text(trace: Trace, y: np.ndarray, layer: int, j: int, row: int) -> str:
    """The blame of a unit for one row, with the numbers of its three largest parts."""
    if trace.skip or trace.norm:
        return "several ways lead back here, added up"
    blame = explain_blame(trace, layer, j, y)
    if layer == len(trace.z) - 1:
        return f"(p − y) / n = ({trace.a[-1][row, 0]:.3f} − {y[row]}) / {len(y)}"
    terms, ahead = blame.terms[row], trace.weights[layer + 1][j]
    parts = [f"{terms[m] / ahead[m] + 0.0 if ahead[m] else 0:+.2g}·({ahead[m]:.2f})"
             for m in np.argsort(-abs(terms))[:3]]  # fmt: skip
    more = " …" if len(terms) > 3 else ""
    return f"({' '.join(parts)}{more}) · g′ {blame.slope[row]:.3f}"


def predicted_factors(trace: Trace) -> Arrays:
    """The shrink factor of each layer but the last; none where it does not hold."""
    with suppress(NotImplementedError):
        if not (trace.skip or trace.norm):
            pairs = zip(trace.weights[1:], trace.z)
            return [np.array(shrink_factor(W, z, trace.activation)) for W, z in pairs]
    return []


def crosses_kink(trace: Trace, wire: tuple[int, int, int], h: float = 1e-5) -> bool:
    """Whether a relu begins or ceases to fire as w goes from w − h to w + h."""
    fires = [[bent_slope(normalised(z) if trace.norm else z, "relu")
              for z in wiggled(trace, *wire, by).z[:-1]] for by in (-h, h)]  # fmt: skip
    return trace.activation == "relu" and any((a != b).any() for a, b in zip(*fires))


def edge_text(trace: Trace, y: np.ndarray, wire: tuple[int, int, int], row: int,
              lr: float) -> str:  # fmt: skip
    """A wire's slope: for one row with the chain, for all, and wiggled."""
    layer, i, j = wire
    edge, w = explain_edge(trace, *wire, y), trace.weights[layer][i, j]
    a, d = edge.activation[row] + 0.0, edge.delta[row] + 0.0  # no −0
    kink = "  (crosses a kink of relu)" if crosses_kink(trace, wire) else ""
    return "\n".join([
        f"Wire {i} → {j} of layer {layer}:  w = {w:+.4f}",
        f"Row {row}:  blame δ = {sum_text(trace, y, layer, j, row)}",
        f"        δ = {d:+.3e}    came in: a = {a:+.4f}    a·δ = {a * d:+.3e}",
        f"All {len(y)} rows:  ∂loss/∂w = Σ a·δ = {edge.product:+.6e}",
        f"w wiggled by h:  Δloss / 2h   = {edge.numeric:+.6e}{kink}",
        f"Next step:  w − lr · slope = {w:+.4f} − {lr:g}·({edge.product:+.2e})"
        f" = {w - lr * edge.product:+.4f}",
    ])  # fmt: skip


def unit_text(trace: Trace, back: Back, column: int, j: int, row: int) -> str:
    """What a unit says and is blamed for, and its layer's statistics."""
    a = trace.a[column]
    kind = "Input" if column == 0 else f"Unit {j} after layer {column - 1}"
    lines = [f"{kind}:  a = {a[row, j]:+.4f} in row {row};  over all rows "
             f"{a[:, j].min():+.2f} … {a[:, j].max():+.2f}"]  # fmt: skip
    if column == 0:
        return f"{lines[0]}\nNobody asks who is to blame for the inputs."
    delta = back.delta[column - 1]
    lines.append(f"Blame δ = {delta[row, j]:+.3e} in row {row};  "
                 f"∂loss/∂b = Σ δ = {back.db[column - 1][j]:+.3e}")  # fmt: skip
    lines.append(f"Its layer:  a {a.mean():+.3f} ± {a.std():.3f}   ‖δ‖ = "
                 f"{np.linalg.norm(delta):.3e}")  # fmt: skip
    if column < len(trace.z):
        h = normalised(trace.z[column - 1]) if trace.norm else trace.z[column - 1]
        slopes = bent_slope(h, trace.activation)
        flat = 100 * np.mean(slopes < 0.05)
        lines.append(f"Slopes g′:  mean {slopes.mean():.3f};  {flat:.0f} % below 0.05")
    return "\n".join(lines)


class Window(figures.Film):
    """The network, its border, its loss and its blame; each step is kept."""

    KEYS = ("Space step   P play   ←→ Home End rewind   ↑↓ layers   + − neurons   "
            "E next wire   U next unit   V next row   W start larger   "
            "(Shift: back)   X export")  # fmt: skip

    def __init__(self, plt: Any, setup: Setup, points: "Points", lr: float):
        self.setup, self.lr = setup, lr
        self.points, self.own, self.X, self.y = points, points, points.X, points.y
        self.wire: tuple[int, int, int] | None = None
        self.unit: tuple[int, int] | None = None
        self.row, self.flow, self.at, self.playing = 0, 2.0, 0, False
        self.reel: list[tuple[int, float]] = []
        self.fig = fig = plt.figure(figsize=(11.5, 7), num="backprop")
        fig.set_layout_engine("none")  # subtle: here, or saving brings it back
        places = {"F": [0.015, 0.275, 0.59, 0.6], "B": [0.015, 0.94, 0.97, 0.045],
                  "S": [0.665, 0.57, 0.315, 0.305], "L": [0.695, 0.345, 0.285, 0.11],
                  "N": [0.695, 0.115, 0.285, 0.14], "T": [0.015, 0.05, 0.6, 0.2],
                  }  # fmt: skip
        self.axes = {name: fig.add_axes(box) for name, box in places.items()}
        for name in "FBT":
            self.axes[name].axis("off")
        look: dict[str, Any] = {"va": "top", "fontsize": 9.5, "linespacing": 1.5}
        self.says = self.axes["T"].text(0.01, 0.98, "", family="monospace", **look)
        self.draw_buttons()
        self.restart()
        self.on_paper: object = None
        fig.canvas.mpl_connect("draw_event", self.keep_paper)
        fig.canvas.mpl_connect("resize_event", self.on_resize)
        super().__init__(fig, self.update_frame, len(self.history), fps=20)
        for kind in ("button_press", "motion_notify"):
            fig.canvas.mpl_connect(f"{kind}_event", self.on_mouse)

    def restart(self, weights: tuple[Arrays, Arrays] | None = None) -> None:
        """A new history: from these weights, or from fresh ones."""
        setup = self.setup
        rng = np.random.default_rng(setup.seed)
        first = fresh_weights(setup.sizes, setup.activation, rng, setup.scale)
        self.history = [weights or first]
        self.losses = [trace_loss(self.trace_at(0), self.y)]
        self.at, self.flow, self.frames, self.trouble = 0, 2.0, 1, ""
        self.build()

    def trace_at(self, step: int, X: np.ndarray | None = None) -> Trace:
        """The pass forward of the network after so many steps."""
        s, rows = self.setup, self.X if X is None else X
        return forward_trace(*self.history[step], rows, s.activation, s.skip, s.norm)

    def learn(self) -> None:
        """One step from where we are; what came after it in the history is gone."""
        trace = self.trace_at(self.at)
        moved = after_step(trace, backward_trace(trace, self.y), self.lr)
        if not max(np.abs(W).max() for W in moved[0]) < 1e6:  # not: so NaN too
            self.playing = False
            self.trouble = f"the weights fly off; a smaller --lr than {self.lr:g} helps"
            return
        del self.history[self.at + 1 :], self.losses[self.at + 1 :]
        self.history.append(moved)
        self.at += 1
        self.losses.append(trace_loss(self.trace_at(self.at), self.y))
        self.frames = len(self.history)

    def draw_buttons(self) -> None:
        """A row of words to click, each with its key; those that are on are dark."""
        ax = self.axes["B"]
        ax.set(xlim=(0, len(BUTTONS)), ylim=(0, 1))
        look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 10}
        look["bbox"] = {"boxstyle": "round,pad=0.35"}
        self.buttons = {
            key.lower(): ax.text(c + 0.5, 0.5, f"{name} ({key})", **look)
            for c, (key, name) in enumerate(BUTTONS.items())
        }

    def build(self) -> None:
        """The artists of this architecture, made once; `draw` only moves them."""
        for name in "FSLN":
            self.axes[name].clear()
        self.build_network()
        self.build_border()
        self.build_charts(len(self.setup.sizes) - 1)
        titles = [self.axes[name].set_title("") for name in "FSLN"]
        self.moving = [
            self.wires, self.ring, self.dots, self.light, self.halo, self.surface,
            self.spots, self.focus, self.curve, self.now, *self.bars, self.marks,
            *titles, self.note, self.says,
        ]  # fmt: skip
        for artist in self.moving:
            artist.set_animated(True)

    def build_network(self) -> None:
        """Units and wires; a ring for the chosen unit, a shadow for the chosen wire."""
        from matplotlib.collections import LineCollection

        ax, tall, wide = self.axes["F"], max(self.setup.sizes), len(self.setup.sizes)
        self.places = unit_places(self.setup.sizes)
        names = [(c, i) for c, m in enumerate(self.setup.sizes) for i in range(m)]
        self.units: dict[Any, Any] = dict(zip(names, np.vstack(self.places)))
        self.ends: dict[Any, Any] = {  # of all wires, (layer, i, j): where it runs
            (c, i, j): (a, b)
            for c, (left, right) in enumerate(zip(self.places, self.places[1:]))
            for i, a in enumerate(left) for j, b in enumerate(right)
        }  # fmt: skip
        self.segments = np.array(list(self.ends.values()))  # (m, 2, 2)
        self.wires = ax.add_collection(LineCollection(list(self.segments), zorder=1))
        size = min(420.0, 9000 / tall**1.6, 60000 / wide**2)
        look: dict[str, Any] = {"edgecolor": figures.INK, "lw": 1.2, "zorder": 3}
        self.dots = ax.scatter(*np.vstack(self.places).T, s=size, **look)
        self.light = ax.scatter([], [], s=34, zorder=4)
        (self.ring,) = ax.plot([], [], color=figures.INK, lw=6, alpha=0.3, zorder=0)
        self.halo = ax.scatter([], [], s=2.2 * size)
        self.halo.set(linewidth=2, facecolor="none", edgecolor=figures.INK)
        ax.set(xlim=(-0.4, wide - 0.6), ylim=(-tall / 2 - 0.35, tall / 2 + 0.35))
        ax.axis("off")
        look = {"transform": ax.transAxes, "fontsize": 9.5, "color": figures.MUTED}
        self.note = ax.text(0, 1, "", va="top", **look)

    def build_border(self) -> None:
        """The points in their first two columns, and what the network says there."""
        ax, d = self.axes["S"], self.X.shape[1]
        plane = np.column_stack([self.X, np.zeros(len(self.X))])[:, :2]
        low, high = plane.min(axis=0), plane.max(axis=0)
        edge = 0.12 * (high - low) + 1e-9
        sides = [np.linspace(a, b, 60) for a, b in zip(low - edge, high + edge)]
        self.grid = np.zeros((3600, d))  # in other columns all have the mean, 0
        self.grid[:, :2] = np.stack(np.meshgrid(*sides), -1).reshape(-1, 2)[:, :d]
        box = [sides[0][0], sides[0][-1], sides[1][0], sides[1][-1]]
        look: dict[str, Any] = {"vmin": 0, "vmax": 1, "aspect": "auto"}
        look |= {"extent": box, "origin": "lower", "interpolation": "bilinear"}
        self.surface = ax.imshow(np.zeros((60, 60)), cmap=two_tone(100), **look)
        ink = np.array(figures.COLOURS)[self.y]
        self.spots = ax.scatter(*plane.T, c=ink, s=16, ec="white", lw=0.5)
        (self.focus,) = ax.plot([], [], "o", ms=11, mfc="none", mec=figures.INK, mew=2)
        ax.set(xticks=[], yticks=[])
        no, yes = self.points.kinds
        ways = zip(("across", "up"), self.points.columns)
        place = "   ".join(f"{way}: {name}" for way, name in ways)
        told = f"blue: {no}   orange: {yes}   ring: the row\n{place}"
        ax.set_xlabel(told, fontsize=9)

    def build_charts(self, L: int) -> None:
        """The loss, and a bar of blame for each layer."""
        ax, N = self.axes["L"], self.axes["N"]
        (self.curve,) = ax.plot([], [], color=figures.COLOURS[0], lw=1.6)
        (self.now,) = ax.plot([], [], "o", ms=6, color=figures.COLOURS[0])
        ax.locator_params(integer=True)
        self.bars = N.bar(range(L), np.ones(L), color="#AEB8C4", width=0.7)
        dash: dict[str, Any] = {"ms": 70 / L + 6, "mew": 2}
        (self.marks,) = N.plot([], [], "_", color=figures.COLOURS[1], **dash)
        N.set(yscale="log", xticks=range(0, L, 1 + 2 * (L > 10)), xlim=(-0.6, L - 0.4))
        N.set_xlabel("layer (dashes: predicted from the layer after it)", fontsize=9)
        for chart in (ax, N):
            chart.tick_params(labelsize=8)
            chart.minorticks_off()

    def update_frame(self, frame: int) -> None:
        """Frame of the film, or the step of that number."""
        if self.reel:
            self.at, self.flow = self.reel[frame]
        else:
            self.at = min(frame, len(self.history) - 1)
        self.draw()

    def draw(self) -> None:
        """Everything that a step changes."""
        flowing = self.flow < 2
        step = max(self.at - 1, 0) if flowing else self.at
        trace = self.trace_at(step)
        back = backward_trace(trace, self.y)
        self.draw_network(trace, back, flowing)
        self.surface.set_data(self.trace_at(step, self.grid).a[-1].reshape(60, 60))
        right = 100 * np.mean((trace.a[-1][:, 0] > 0.5) == self.y)
        title = f"{self.points.name}: {right:.0f} % of {len(self.y)} right"
        self.axes["S"].set_title(title, fontsize=12)
        self.focus.set_data(np.append(self.X[self.row], 0)[:2, None])
        self.draw_loss(step)
        self.draw_blame(trace, back)
        for key, text in self.buttons.items():
            on = key in (self.setup.activation[0], "k" * self.setup.skip,
                         "n" * self.setup.norm, "p" * self.playing)  # fmt: skip
            text.set_color("white" if on else figures.INK)
            text.get_bbox_patch().set_facecolor(figures.INK if on else "#EEF1F4")
        self.says.set_text(self.story(trace, back))
        # half of the time goes into drawing these letters: no more often than need be
        self.says.set_animated(bool(self.unit or self.wire))

    def refresh(self) -> None:
        """Draw, and show it if there is a window."""
        self.draw()
        if figures.has_window():
            self.show()

    def show(self) -> None:
        """Bring it on the screen: all of it, or, in a third of the time, what moves."""
        scales = [self.axes[name].viewLim.extents.tolist() for name in "FSLN"]
        buttons = [text.get_color() for text in self.buttons.values()]
        still = "" if self.says.get_animated() else self.says.get_text()
        now = (self.setup, self.points.name, scales, buttons, still)
        canvas: Any = self.fig.canvas
        if now != self.on_paper:
            self.on_paper = now
            canvas.draw()  # everything, and then keep_paper
        else:
            canvas.restore_region(self.paper)
            self.draw_moving()
            canvas.blit(self.fig.bbox)

    def keep_paper(self, event: Any) -> None:
        """After a full drawing: keep what does not move, and put the rest on it."""
        if not event.canvas.is_saving():
            self.paper = event.canvas.copy_from_bbox(self.fig.bbox)
            self.draw_moving()

    def draw_moving(self) -> None:
        """Draw the animated artists, which a full drawing leaves out."""
        for artist in self.moving:
            if artist.get_animated():
                artist.axes.draw_artist(artist)

    def draw_network(self, trace: Trace, back: Back, flowing: bool) -> None:
        """Thick: a large weight. Colour: a large slope; a unit has that of its bias."""
        slopes = np.concatenate([G.ravel() for G in back.dW])
        biases = np.concatenate([np.zeros(len(self.places[0])), *back.db])  # inputs: 0
        sizes = np.abs(np.concatenate([W.ravel() for W in trace.weights]))
        largest = max(np.abs(slopes).max(), np.abs(biases).max())
        inks = tinted(slopes, largest)
        self.wires.set(color=inks, linewidth=0.4 + 3.6 * sizes / (sizes.max() or 1))
        self.dots.set_facecolor(tinted(biases, largest))
        self.note.set_text("thick: large weight   pink: slope +   green: −   "
                           f"full colour: {largest:.1e}")  # fmt: skip
        self.draw_light(inks, flowing)
        shape = " → ".join(map(str, self.setup.sizes))
        shape = f"{len(trace.z)} layers" if len(trace.z) > 7 else shape
        self.axes["F"].set_title(f"{shape}, {trace.activation}", fontsize=12)
        nothing = np.zeros((0, 2))
        self.ring.set_data(np.transpose(self.ends.get(self.wire, nothing)))
        self.halo.set_offsets(self.units.get(self.unit, nothing))

    def draw_light(self, inks: np.ndarray, flowing: bool) -> None:
        """Dots where the pass is: black on the way forward, on the way back inked."""
        forward, L = self.flow < 1, len(self.places) - 1
        way = L * (self.flow if forward else 2 - self.flow)
        layer = min(int(way), L - 1)
        lit = np.array([wire[0] == layer and flowing for wire in self.ends])
        a, b = self.segments[lit, 0], self.segments[lit, 1]
        self.light.set_offsets(a + (b - a) * (way - layer))
        self.light.set_color(figures.INK if forward else inks[lit])
        if flowing:
            self.note.set_text("forward: a" if forward else "back: blame δ")

    def draw_loss(self, step: int) -> None:
        """The loss so far, and where we are in it."""
        ax, last = self.axes["L"], len(self.losses) - 1
        told = step if self.flow < 2 or self.reel else last  # no answer before the show
        self.curve.set_data(range(told + 1), self.losses[: told + 1])
        self.now.set_data([step], [self.losses[step]])
        scales = (m * 10**e for e in range(1, 9) for m in (1, 2, 5))
        wide = next(m for m in scales if m >= last)  # seldom another scale
        highest = 1.1 * max(self.losses) + 1e-9
        ax.set(xlim=(-0.02 * wide, 1.02 * wide), ylim=(0, highest))
        ax.set_title(f"Loss {self.losses[step]:.4f} after step {step}", fontsize=12)

    def draw_blame(self, trace: Trace, back: Back) -> None:
        """‖δ‖ of each layer, measured and predicted."""
        norms = np.maximum([np.linalg.norm(d) for d in back.delta], 1e-30)
        for bar, norm in zip(self.bars, norms):
            bar.set_height(norm)
        factors = predicted_factors(trace)
        self.marks.set_data(range(len(factors)), norms[1:][: len(factors)] * factors)
        rate = (np.linalg.norm(back.delta[0]) / norms[-1]) ** (1 / (len(norms) - 1))
        word = "fades" if rate < 0.8 else "grows" if rate > 1.25 else "holds"
        self.axes["N"].set_title(f"Blame {word}: × {rate:.2g} a layer", fontsize=12)
        low, high = np.floor(np.log10(norms.min())), np.log10(norms.max())
        self.axes["N"].set_ylim(10.0 ** (low - 0.3), 10.0 ** np.ceil(high + 0.3))

    def story(self, trace: Trace, back: Back) -> str:
        """The text below the network: of a unit, of a wire, or what to do."""
        if self.trouble:
            return f"Stopped: {self.trouble}."
        try:
            if self.setup.skip or self.setup.norm:
                normalised(np.zeros((1, 1)))  # in a rebuilt chapter: is it there yet?
            if self.unit:
                return unit_text(trace, back, *self.unit, self.row)
            if self.wire:
                return edge_text(trace, self.y, self.wire, self.row, self.lr)
        except NotImplementedError as error:
            return f"To do: {error}"
        return ("Press Space: one step. Black dots run forward, blame\n"
                "runs back, the weights move, and the border does.\n"
                "Click a wire (or press E): its slope, worked out.\n"
                "Point at a unit (or press U): what it says, and its blame.\n"
                "Click a point at the border, or press V: another row.\n"
                "Click the loss: go back to that step.")  # fmt: skip

    # The keys, the mouse, the clock

    def on_key(self, event: Any) -> None:
        """Space: a step; P: play; arrows: rewind; others choose or change the setup."""
        key = event.key or ""
        if key == " ":
            self.playing, self.flow = False, 2.0
            self.learn()
            self.flow = 0.0 if figures.has_window() else 2.0
        elif key == "p":
            self.playing, self.flow = not self.playing, 2.0
        elif key in ("left", "right", "home", "end"):
            moves = {"left": self.at - 1, "right": self.at + 1, "home": 0}
            self.rewind(moves.get(key, len(self.history) - 1))
        elif key in ("e", "E", "u", "U", "v", "V"):
            self.choose_next(key)
        elif key == "x":
            try:
                self.export(Path("backprop_network.py"))
            except OSError as error:
                self.trouble = f"{error.filename}: {error.strerror}"
        else:
            self.change(key)
        self.refresh()

    def rewind(self, step: int) -> None:
        """Show the network as it was after so many steps."""
        self.playing, self.flow = False, 2.0
        self.at, self.trouble = min(max(step, 0), len(self.history) - 1), ""

    def change(self, key: str) -> None:
        """Another setup or other points; same weights where only the bend changes."""
        if key == "d" and self.X.shape[1] == 2:
            names = list(dict.fromkeys([*POINTS, self.own.name]))  # no name twice
            name = names[(names.index(self.points.name) + 1) % len(names)]
            made = name in POINTS
            self.points = made_points(name, self.setup.seed) if made else self.own
            self.X, self.y, self.row = self.points.X, self.points.y, 0
            return self.restart()
        column = self.unit[0] if self.unit else len(self.setup.sizes) - 2
        layer = min(max(column, 1), len(self.setup.sizes) - 2)
        setup, before = setup_after(self.setup, key, layer), self.setup
        if setup == before:
            return None
        self.setup, same = setup, setup.sizes == before.sizes
        self.wire = self.wire if same else None
        keeps = same and key not in ("w", "W", "z")
        self.restart(self.history[self.at] if keeps else None)
        self.unit = self.unit if self.unit in self.units else None

    def choose_next(self, key: str) -> None:
        """The next wire, unit or row; capitals: the one before."""
        by = 1 if key.islower() else -1

        def after(now: Any, places: dict[Any, Any]) -> Any:
            names = list(places)
            return names[(names.index(now) + by if now else min(by, 0)) % len(names)]

        if key in "vV":
            self.row = (self.row + by) % len(self.X)
        elif key in "uU":
            self.unit, self.wire = after(self.unit, self.units), None
        else:
            self.wire, self.unit = after(self.wire, self.ends), None

    def on_resize(self, event: Any) -> None:
        """All letters and lines grow with the window: on a wall they are to be read."""
        wide, high = event.canvas.get_width_height(physical=True)
        dpi = max(min(wide / 11.5, high / 7), 20)
        # subtle: to set .dpi would give the window another size in its turn
        event.canvas.figure._set_dpi(dpi, forward=False)
        self.fig.set_size_inches(wide / dpi, high / dpi, forward=False)

    def on_mouse(self, event: Any) -> None:
        """Point at a unit; click a wire, a row, a step of the loss, or a button."""
        click = event.name == "button_press_event"
        if event.canvas.toolbar and event.canvas.toolbar.mode:  # zooms or pans
            return
        if event.inaxes is self.axes["F"]:
            if not self.point_at(event, click):
                return
        elif not click or event.inaxes is None:
            return
        elif event.inaxes is self.axes["B"]:
            key = list(self.buttons)[min(int(event.xdata), len(self.buttons) - 1)]
            return self.on_key(argparse.Namespace(key=key))
        elif event.inaxes is self.axes["L"]:
            self.rewind(round(event.xdata))
        elif event.inaxes is self.axes["S"]:
            here = np.array([event.xdata, event.ydata])[: self.X.shape[1]]
            self.row = int(((self.X[:, :2] - here) ** 2).sum(axis=1).argmin())
        self.refresh()

    def point_at(self, event: Any, click: bool) -> bool:
        """Choose the unit under the pointer, or with a click the nearest wire."""
        to_pixels = self.axes["F"].transData.transform
        here = np.array([event.x, event.y])
        away = np.hypot(*(to_pixels(np.vstack(self.places)) - here).T)
        before, reach = self.unit, 0.14 * self.fig.dpi
        if away.min() < reach:
            self.unit = list(self.units)[away.argmin()]
            return self.unit != before
        self.unit = None
        if click:
            a, b = (to_pixels(self.segments[:, end]) for end in (0, 1))
            along = ((here - a) * (b - a)).sum(1) / ((b - a) ** 2).sum(1)
            foot = a + np.clip(along, 0, 1)[:, None] * (b - a)
            away = np.hypot(*(foot - here).T)
            near = away.min() < reach
            self.wire = list(self.ends)[away.argmin()] if near else None
        return click or before is not None

    def tick(self) -> None:
        """One beat of the clock: the light moves on; or the next step, if it plays."""
        if self.flow < 2:
            self.flow = min(self.flow + 0.08, 2.0)
        elif self.playing:
            self.learn()
        else:
            return
        self.refresh()

    def play(self, anew: bool = True) -> None:
        """Start the clock; nothing is learnt before a key is pressed."""
        super().play(anew=False)

    def write(self, path: Path) -> None:
        """The film: the first step with its light, then ever more steps a frame."""
        end, self.playing = self.at, False
        m = len(self.history) - 1
        self.reel = [(1, flow / 5) for flow in range(10)] if m else []
        self.reel += [(int(s), 2.0) for s in np.unique(np.geomspace(1, m + 1, 10) - 1)]
        self.frames = len(self.reel)
        self.surface.set_cmap(two_tone(11))  # bands: smooth colours make a GIF large
        super().write(path)
        self.surface.set_cmap(two_tone(100))
        self.reel, self.at, self.flow, self.frames = [], end, 2.0, m + 1

    def export(self, path: Path) -> None:
        """Write the network as a program that needs numpy alone."""
        text = network_source(self.setup, *self.history[self.at], self.points)
        figures.write(path, lambda part: part.write_text(text, encoding="utf-8"))
        print(f"Saved {path}", flush=True)


def two_tone(bands: int) -> Any:
    """From the first colour of the house over white to the second, all pale."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("", ["#7FB8DA", "white", "#EFB07A"], bands)


def draw_shares(ax: Axes, activation: str, depths: Sequence[int],
                shares: dict[str, np.ndarray]) -> None:  # fmt: skip
    """What is left of the blame at each depth, a line for each architecture."""
    for k, (name, left) in enumerate(shares.items()):
        look = {"marker": figures.MARKERS[k], "color": figures.COLOURS[k]}
        ax.plot(depths, left, label=name, **look)
    lost = shares["plain"][-1]
    ax.set(yscale="log", xlabel="layers", title=f"{activation}: plain keeps {lost:.1g}",
           xticks=depths)  # fmt: skip
    ax.axhline(1, color=figures.MUTED, lw=1, ls=":", zorder=0)


# --------------------------------------------------------------------------
# The command line


class Points(NamedTuple):
    """Points to learn from, standardised: (x − mean) / sd."""

    name: str
    X: np.ndarray
    y: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    columns: Sequence[str] = ()
    kinds: Sequence[str] = ("kind 0", "kind 1")


def moons(t: np.ndarray, k: int) -> np.ndarray:
    """Two half circles, one in the arms of the other; t from 0 to 1."""
    x, y = np.cos(np.pi * t), np.sin(np.pi * t)
    return np.column_stack([1 - x, 0.5 - y] if k else [x, y])


def spiral(t: np.ndarray, k: int) -> np.ndarray:
    """Two arms around each other, somewhat over one turn."""
    r, turn = 0.15 + 0.85 * t, 2.4 * np.pi * t + k * np.pi
    return np.column_stack([r * np.cos(turn), r * np.sin(turn)])


def circles(t: np.ndarray, k: int) -> np.ndarray:
    """A ring around a disc."""
    r = 1.0 if k else 0.45 * np.sqrt(np.arange(len(t)) / len(t))
    return np.column_stack([r * np.cos(39 * t), r * np.sin(39 * t)])


def xor(t: np.ndarray, k: int) -> np.ndarray:
    """Four squares, two and two across of one kind."""
    x, y = 0.15 + 0.85 * t, 0.15 + 0.85 * (np.arange(len(t)) * 0.618 % 1)
    sign = np.where(np.arange(len(t)) % 2, 1, -1)
    return np.column_stack([sign * x, (1 - 2 * k) * sign * y])


POINTS = {"moons": moons, "circles": circles, "xor": xor, "spiral": spiral}


def made_points(name: str, seed: int) -> Points:
    """80 points of each kind, with a little noise."""
    rng = np.random.default_rng(seed)
    X = np.vstack([POINTS[name](np.linspace(0, 1, 80), k) for k in (0, 1)])
    noise = 0.12 if name == "moons" else 0.02
    Z, mean, sd = data.standardize(X + noise * rng.normal(size=X.shape))
    return Points(name, Z, np.repeat([0, 1], 80), mean, sd)


def read_points(options: argparse.Namespace) -> Points:
    """The points that --data names: made ones, or a CSV file with two classes."""
    name = options.data
    if name in POINTS:
        return made_points(name, options.seed)
    if not name.lower().endswith((".csv", ".csv.gz")):
        hint = console.nearest_name(name, POINTS)
        raise ValueError(f"there are no points {name!r}{hint or ', nor is it a .csv'}")
    frame = data.read_csv(data.find(name))
    target = options.target or str(frame.columns[-1])
    data.check_columns(frame, [target])
    if options.drop_missing:
        frame = frame.dropna()
    if frame[target].isna().any():
        raise ValueError(f"{name}: {target!r} has empty cells; try --drop-missing")
    kinds, y = np.unique(frame[target].astype(str), return_inverse=True)
    if len(kinds) != 2:
        what = f"two different values, not {len(kinds)}; choose with --target"
        raise ValueError(f"{name}: {target!r} must have {what}")
    names, X, _ = data.features(frame.drop(columns=target), options.columns)
    if X.shape[1] > LARGEST:
        raise ValueError(f"{name}: {X.shape[1]} inputs are more than {LARGEST}; choose "
                         "with --columns")  # fmt: skip
    Z, mean, sd = data.standardize(X)
    return Points(Path(name).name, Z, y, mean, sd, names, kinds.tolist())


def network_source(setup: Setup, weights: Arrays, biases: Arrays,
                   points: Points) -> str:  # fmt: skip
    """A program that has this network in it: predict(X), or numbers on its line."""
    arrays = {"MEAN": points.mean, "SD": points.sd}
    lines = [f"{name} = np.array({a.tolist()})" for name, a in arrays.items()]
    for name, some in (("WEIGHTS", weights), ("BIASES", biases)):
        inner = ",\n    ".join(f"np.array({a.tolist()})" for a in some)
        lines.append(f"{name} = [\n    {inner},\n]")
    bends = {"relu": "np.maximum(z, 0)", "tanh": "np.tanh(z)",
             "sigmoid": "(1 + np.tanh(z / 2)) / 2"}  # fmt: skip
    norm = [
        "        z = z - z.mean(axis=1, keepdims=True)",
        "        z = z / np.sqrt(np.mean(z**2, axis=1, keepdims=True) + 1e-5)",
    ]
    joined = "a + g if len(W) == len(b) else g" if setup.skip else "g"
    return "\n".join([
        f'"""A network that learnt {points.name}: the probability of kind 1."""',
        "import sys\n", "import numpy as np\n", *lines, "\n",
        "def predict(X):",
        "    a = (np.array(X, dtype=float) - MEAN) / SD",
        "    for W, b in zip(WEIGHTS[:-1], BIASES[:-1]):",
        "        z = a @ W + b",
        *norm * setup.norm,
        f"        g = {bends[setup.activation]}",
        f"        a = {joined}",
        "    z = a @ WEIGHTS[-1] + BIASES[-1]",
        "    return ((1 + np.tanh(z / 2)) / 2)[:, 0]\n\n",
        'if __name__ == "__main__":',
        "    print(predict([[float(word) for word in sys.argv[1:]]])[0])\n",
    ])  # fmt: skip


def read_layers(text: str) -> list[int]:
    """The type of --layers: "2,4,4,1" -> [2, 4, 4, 1]."""
    sizes = [console.whole(1, LARGEST)(word) for word in text.split(",")]
    if not 3 <= len(sizes) <= DEEPEST + 1 or sizes[-1] != 1:
        problem = f"give 3 to {DEEPEST + 1} sizes, the last one 1, such as 2,4,4,1"
        raise argparse.ArgumentTypeError(problem)
    return sizes


def compare(options: argparse.Namespace) -> int:
    """What is left of the blame: depth, activation, architecture; a table, a figure."""
    plt, depths = figures.start(options), [2, 5, 10, 15, 20]
    fig, axes = plt.subplots(1, 3, figsize=(11.5, 4.4), sharey=True)
    print("‖δ first‖ / ‖δ last‖, the share of the blame that reaches the first layer")
    print(f"(new networks 32 units wide; weights × {options.scale:g} the usual)\n")
    for ax, activation in zip(axes, ACTIVATIONS):
        rng = np.random.default_rng(options.seed)
        shares = share_left(depths, activation, rng, options.scale)
        rows = [[name, *(f"{x:,.0f}" if 99.5 <= x < 1e4 else f"{x:.2g}" for x in some)]
                for name, some in shares.items()]  # fmt: skip
        head = [activation, *(f"{m} layers" for m in depths)]
        print(console.table(head, rows) + "\n")
        draw_shares(ax, activation, depths, shares)
    axes[0].set_ylabel("‖δ first‖ / ‖δ last‖")
    axes[0].legend(loc="lower left")
    figures.finish(options, fig)
    return 0


def print_blame(window: Window) -> None:
    """A table: how much blame each layer gets, and how much was predicted."""
    trace = window.trace_at(window.at)
    norms = [float(np.linalg.norm(d)) for d in backward_trace(trace, window.y).delta]
    factors = predicted_factors(trace)
    print("layer    blame ‖δ‖   × layer after   predicted")
    for layer, norm in enumerate(norms):
        line = f"{layer:5}   {norm:10.3e}"
        if layer < len(norms) - 1:
            line += f"   {norm / (norms[layer + 1] or 1):13.3f}"
        if layer < len(factors):
            line += f"   {factors[layer]:9.3f}"
        print(line)


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase4_ml/backprop_viz.py
        python phase4_ml/backprop_viz.py --layers 2,8,8,8,1 --data spiral --steps 300
        python phase4_ml/backprop_viz.py --save film.gif --steps 100
        python phase4_ml/backprop_viz.py --script "space*5 s e" --save wire.png """
    parser = console.parser(__file__, __doc__, examples)
    add, number = parser.add_argument, console.number
    known = f"{', '.join(POINTS)} (default moons) or a CSV file, two classes"
    add("--data", default="moons", metavar="NAME", help=known)
    add("--target", metavar="NAME", help="column to predict (default: the last)")
    add("--columns", type=console.names, metavar="A,B", help="use these columns only")
    add("--drop-missing", action="store_true", help="leave out rows with empty cells")
    add("--layers", type=read_layers, metavar="N,N,…",
        help="sizes (default inputs,4,4,1)")  # fmt: skip
    add("--activation", default="tanh", metavar="NAME",
        help="sigmoid, relu, tanh (default tanh)")  # fmt: skip
    add("--depth", type=console.whole(2, DEEPEST), metavar="N",
        help="so many layers of 4 units, instead of --layers")  # fmt: skip
    add("--skip", action="store_true", help="skip connections around layers")
    add("--norm", action="store_true", help="normalise each layer")
    add("--scale", type=number(0.01, 100), default=1.0, metavar="S",
        help="start with weights S times as large as usual (default 1)")  # fmt: skip
    add("--lr", type=number(1e-6, 1000), default=0.5, metavar="RATE",
        help="learning rate (default 0.5)")  # fmt: skip
    add("--steps", type=console.whole(0, 20_000), default=0, metavar="N",
        help="learn so many steps before the window opens (default 0)")  # fmt: skip
    add("--compare", action="store_true", help="2 to 20 layers, four architectures")
    program = "write the network as a program"
    add("--export", type=console.new_file(".py"), metavar="FILE", help=program)
    figures.add_options(parser, __file__, script="space*5 s e*3")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Build the network, let it learn, and show it."""
    options = build_parser().parse_args(argv)
    bent(np.zeros(1), options.activation)  # refuses an unknown name
    if options.compare:
        return compare(options)
    points = read_points(options)
    d = points.X.shape[1]
    sizes = options.layers or [d, *[4] * (options.depth - 1 if options.depth else 2), 1]
    if sizes[0] != d:
        raise ValueError(f"--layers begins with {sizes[0]}, but the points have {d} "
                         f"inputs: {d},4,4,1")  # fmt: skip
    print("=== Backpropagation Visualizer ===\n")
    count = sum((a + 1) * b for a, b in zip(sizes, sizes[1:]))
    print(f"Network: {' → '.join(map(str, sizes))} ({options.activation}), "
          f"{count} weights and biases")  # fmt: skip
    print(f"Points: {len(points.X)} ({points.name})\n", flush=True)
    setup = Setup(tuple(sizes), options.activation, options.skip, options.norm,
                  options.scale, options.seed)  # fmt: skip
    window = Window(figures.start(options), setup, points, options.lr)
    for _ in range(options.steps):
        window.learn()
        if window.trouble:
            raise ValueError(window.trouble)
    if figures.has_window():
        print("Press Space in the window: one training step.\n", flush=True)
    figures.finish(options, window.fig, film=window)
    print_blame(window)
    if options.export:
        window.export(options.export)
    print(f"\nStep {window.at}: loss = {window.losses[window.at]:.4f}")
    return 0


if __name__ == "__main__":
    console.run(main)
