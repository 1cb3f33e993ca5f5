"""Chapter 18, the backprop visualiser: the judge of the four milestones."""

import math

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, settings, strategies
from judge import close, holds, refuses
from oracles import numerical_gradient
from scipy import special
from sklearn.metrics import log_loss

bv = chapter("backprop_viz")

SIZES = (3, 4, 2, 1)  # all different, so that a wrong axis shows
SQUARE = (4, 4, 3, 3, 3, 1)  # here a skip has places to go round, even the first layer
NAMES = ("relu", "tanh", "sigmoid")
WAYS = {"skip": {"skip": True}, "norm": {"norm": True},
        "skip + norm": {"skip": True, "norm": True}}  # fmt: skip

seeds = strategies.integers(0, 10**6)
few = settings(max_examples=6)
each_bend = pytest.mark.parametrize("activation", NAMES)


def network(seed: int, sizes=SIZES, n: int = 5) -> tuple:
    """Random weights, biases, rows and kinds, both kinds among them."""
    rng = np.random.default_rng(seed)
    pairs = list(zip(sizes, sizes[1:]))
    weights = [rng.normal(size=p) for p in pairs]
    biases = [rng.normal(size=k) for _, k in pairs]
    return weights, biases, rng.normal(size=(n, sizes[0])), np.arange(n) % 2


def one_by_one(seed: int = 0) -> tuple:
    """Chapter 17's smallest network: x = 2, w = 0.5, v = 3, y = 1."""
    weights, biases = [np.array([[0.5]]), np.array([[3.0]])], [np.zeros(1)] * 2
    return weights, biases, np.array([[2.0]]), np.array([1])


def loss_of(weights, biases, X, y, activation, skip=False, norm=False,
            push=None) -> float:  # fmt: skip
    """The loss, written apart from the chapter; push = (layer, what to add to z)."""
    bends = {"relu": lambda z: z * (z > 0), "tanh": np.tanh, "sigmoid": special.expit}
    a = X
    for layer, (W, b) in enumerate(zip(weights, biases)):
        z = np.einsum("nd,dk->nk", a, W) + b
        if push and push[0] == layer:
            z = z + push[1]
        if layer == len(weights) - 1:
            break
        if norm:
            mean, variance = z.mean(axis=1), z.var(axis=1)
            z = ((z.T - mean) / np.sqrt(variance + 1e-5)).T
        g = bends[activation](z)
        a = a + g if skip and W.shape[0] == W.shape[1] else g
    right = np.where(y == 1, z[:, 0], -z[:, 0])
    return float(-special.log_expit(right).mean())


def true_slopes(weights, biases, X, y, activation, **ways) -> tuple[list, list]:
    """dW and db by central differences."""
    dW, db = [], []
    for layer in range(len(weights)):

        def of_W(W, layer=layer):
            changed = [*weights[:layer], W, *weights[layer + 1 :]]
            return loss_of(changed, biases, X, y, activation, **ways)

        def of_b(b, layer=layer):
            changed = [*biases[:layer], b, *biases[layer + 1 :]]
            return loss_of(weights, changed, X, y, activation, **ways)

        dW.append(numerical_gradient(of_W, weights[layer]))
        db.append(numerical_gradient(of_b, biases[layer]))
    return dW, db


def true_blame(weights, biases, X, y, activation, layer, **ways) -> np.ndarray:
    """∂loss/∂z of a layer, by pushing each entry of z."""
    shape = (len(X), weights[layer].shape[1])

    def of_push(push):
        return loss_of(weights, biases, X, y, activation, push=(layer, push), **ways)

    return numerical_gradient(of_push, np.zeros(shape))


def agrees_with_differences(seed, sizes, activation, **ways) -> None:
    """All of backward_trace against central differences."""
    weights, biases, X, y = network(seed, sizes)
    how = f"backward_trace, {activation} {' '.join(ways)}: "
    trace = bv.forward_trace(weights, biases, X, activation, **ways)
    back = bv.backward_trace(trace, y)
    dW, db = true_slopes(weights, biases, X, y, activation, **ways)
    for layer in range(len(weights)):
        d = true_blame(weights, biases, X, y, activation, layer, **ways)
        tolerance = {"rtol": 1e-5, "atol": 1e-8}
        close(back.delta[layer], d, f"{how}delta[{layer}]", **tolerance)
        close(back.dW[layer], dW[layer], f"{how}dW[{layer}]", **tolerance)
        close(back.db[layer], db[layer], f"{how}db[{layer}]", **tolerance)


# --------------------------------------------------------------------------
# Milestone 1: forward and back, and nothing is forgotten


@pytest.mark.milestone1
def test_the_bends_and_their_slopes_by_hand():
    """relu: 0, 0, 2, slopes 0, 0, 1. σ(0) = ½, slope ¼; σ(ln 3) = ¾, slope 3/16.
    tanh(ln 2) = (2 − ½)/(2 + ½) = 0.6, slope 0.64."""
    z = np.array([[-1.0, 0.0, 2.0]])
    close(bv.bent(z, "relu"), [[0, 0, 2]], "bent([[-1, 0, 2]], 'relu')")
    close(bv.bent_slope(z, "relu"), [[0, 0, 1]], "bent_slope([[-1, 0, 2]], 'relu')")
    z = np.array([0.0, math.log(3)])
    close(bv.bent(z, "sigmoid"), [0.5, 0.75], "bent([0, ln 3], 'sigmoid')")
    close(bv.bent_slope(z, "sigmoid"), [0.25, 3 / 16], "bent_slope(…, 'sigmoid')")
    z = np.array([0.0, math.log(2)])
    close(bv.bent(z, "tanh"), [0, 0.6], "bent([0, ln 2], 'tanh')")
    close(bv.bent_slope(z, "tanh"), [1, 0.64], "bent_slope([0, ln 2], 'tanh')")


@pytest.mark.milestone1
def test_a_bend_overflows_nowhere_and_an_unknown_one_is_refused():
    z = np.array([-1000.0, 1000.0])
    close(bv.bent(z, "sigmoid"), [0, 1], "bent([-1000, 1000], 'sigmoid')")
    close(bv.bent_slope(z, "sigmoid"), [0, 0], "bent_slope(…, 'sigmoid')")
    refuses(lambda: bv.bent(z, "magic"), "bent(z, 'magic')")


@pytest.mark.milestone1
@each_bend
def test_the_slope_of_a_bend_is_that_of_differences(activation):
    z = np.array([[-2.0, -0.3], [0.4, 1.7], [3.0, -4.0]])
    got = bv.bent_slope(z, activation)
    want = (bv.bent(z + 1e-6, activation) - bv.bent(z - 1e-6, activation)) / 2e-6
    close(got, want, f"bent_slope(z, {activation!r})", rtol=1e-6, atol=1e-8)


@pytest.mark.milestone1
def test_the_start_has_the_right_shapes_and_spread(rng):
    """Standard deviation scale √(gain/d): relu 3 √(2/50) = 0.6; tanh √(1/50)."""
    weights, biases = bv.fresh_weights((50, 400, 1), "relu", rng, 3.0)
    close(weights[0].shape, (50, 400), "shape of W[0] of fresh_weights((50, 400, 1))")
    close(biases[0], np.zeros(400), "b[0] of fresh_weights")
    close(weights[0].std(), 0.6, "standard deviation, relu, scale 3", rtol=0.03)
    weights, _ = bv.fresh_weights((50, 400, 1), "tanh", rng)
    close(weights[0].std(), math.sqrt(1 / 50), "standard deviation, tanh", rtol=0.03)


@pytest.mark.milestone1
def test_forward_and_back_by_hand():
    """z = 2 · 0.5 = 1, a = tanh 1 = 0.761594, z = 3a = 2.284782, p = σ = 0.907606;
    loss = −ln p = 0.096945. δ[1] = p − 1 = −0.092394; dW[1] = a δ[1] = −0.070367;
    δ[0] = δ[1] · 3 · (1 − a²) = −0.116409; dW[0] = 2 δ[0] = −0.232817."""
    weights, biases, X, y = one_by_one()
    trace = bv.forward_trace(weights, biases, X, "tanh")
    near = {"rtol": 1e-4}
    close(trace.z[0], [[1]], "z[0] for x = 2, w = 0.5")
    close(trace.a[1], [[0.761594]], "a[1] for x = 2, w = 0.5", **near)
    close(trace.a[2], [[0.907606]], "a[2] for x = 2, w = 0.5, v = 3", **near)
    close(bv.trace_loss(trace, y), 0.096945, "trace_loss for y = 1", **near)
    back = bv.backward_trace(trace, y)
    close(back.delta[1], [[-0.092394]], "delta[1] for y = 1", **near)
    close(back.dW[1], [[-0.070367]], "dW[1] for y = 1", **near)
    close(back.delta[0], [[-0.116409]], "delta[0] for y = 1", **near)
    close(back.dW[0], [[-0.232817]], "dW[0] for y = 1", **near)


@pytest.mark.milestone1
def test_every_intermediate_is_kept_with_its_shape():
    weights, biases, X, y = network(0)
    trace = bv.forward_trace(weights, biases, X, "tanh")
    shapes = [np.shape(z) for z in trace.z]
    holds(shapes == [(5, 4), (5, 2), (5, 1)], "shapes of z", shapes, "(5, 4) (5, 2) …")
    shapes = [np.shape(a) for a in trace.a]
    want = [(5, 3), (5, 4), (5, 2), (5, 1)]
    holds(shapes == want, "shapes of a", shapes, str(want))
    close(trace.a[0], X, "a[0]")
    for layer in range(3):
        z = trace.a[layer] @ weights[layer] + biases[layer]
        close(trace.z[layer], z, f"z[{layer}]")
    close(trace.a[3], special.expit(trace.z[2]), "a[3], of 3 layers")
    back = bv.backward_trace(trace, y)
    lengths = [len(part) for part in (back.delta, back.dW, back.db)]
    close(lengths, [3, 3, 3], "lengths of delta, dW and db, of 3 layers")


@pytest.mark.milestone1
@each_bend
@given(seed=seeds)
@few
def test_the_loss_is_that_of_scikit_learn(activation, seed):
    weights, biases, X, y = network(seed)
    trace = bv.forward_trace(weights, biases, X, activation)
    want = log_loss(y, trace.a[-1][:, 0])
    close(bv.trace_loss(trace, y), want, f"trace_loss, {activation}", rtol=1e-6)
    want = loss_of(weights, biases, X, y, activation)
    close(bv.trace_loss(trace, y), want, f"trace_loss, {activation}", rtol=1e-6)


@pytest.mark.milestone1
def test_the_loss_of_a_sure_mistake_is_large_but_finite():
    """z = 2000, y = 0: ln(1 + e²⁰⁰⁰) = 2000, though p is exactly 1."""
    weights, biases = [np.array([[1.0]])], [np.zeros(1)]
    trace = bv.forward_trace(weights, biases, np.array([[2000.0]]), "relu")
    close(bv.trace_loss(trace, np.array([0])), 2000, "trace_loss of z = 2000, y = 0")


@pytest.mark.milestone1
@each_bend
@given(seed=seeds)
@few
def test_every_slope_is_that_of_central_differences(activation, seed):
    agrees_with_differences(seed, SIZES, activation)


@pytest.mark.milestone1
def test_targets_of_another_shape_are_refused():
    weights, biases, X, y = network(0)
    trace = bv.forward_trace(weights, biases, X, "tanh")
    for wrong in (y[:, None], y[:-1]):
        call = f"backward_trace, y of shape {wrong.shape}"
        refuses(lambda wrong=wrong: bv.backward_trace(trace, wrong), call)


@pytest.mark.milestone1
def test_a_step_by_hand_and_the_old_weights_stay():
    """w = 0.5 − 2 · (−0.232817) = 0.965634; b = 0 − 2 · (−0.116409) = 0.232817."""
    weights, biases, X, y = one_by_one()
    trace = bv.forward_trace(weights, biases, X, "tanh")
    moved, shifted = bv.after_step(trace, bv.backward_trace(trace, y), 2.0)
    close(moved[0], [[0.965634]], "W[0] after a step of lr 2", rtol=1e-4)
    close(shifted[0], [0.232817], "b[0] after a step of lr 2", rtol=1e-4)
    close(weights[0], [[0.5]], "the old W[0], after a step")


@pytest.mark.milestone1
@each_bend
def test_small_steps_go_downhill(activation):
    weights, biases, X, y = network(3)
    losses = []
    for _ in range(20):
        trace = bv.forward_trace(weights, biases, X, activation)
        losses.append(bv.trace_loss(trace, y))
        back = bv.backward_trace(trace, y)
        weights, biases = bv.after_step(trace, back, 0.02)
    falls = all(b < a for a, b in zip(losses, losses[1:]))
    holds(falls, f"losses of 20 small steps, {activation}", losses, "ever smaller")


# --------------------------------------------------------------------------
# Milestone 2: blame that fades, blame that explodes


@pytest.mark.milestone2
def test_the_shrink_factor_by_hand():
    """W (3, 2): mean square (1+1+4+0+4+4)/6 = 14/6; d = 3: 7. Half of the slopes of
    relu are 1: mean square ½. √(7 · ½) = 1.870829."""
    W = np.array([[1.0, -1.0], [2.0, 0.0], [2.0, 2.0]])
    z = np.array([[1.0, -1.0, 2.0], [-1.0, -2.0, 3.0]])
    got = bv.shrink_factor(W, z, "relu")
    close(got, math.sqrt(3.5), "shrink_factor(W (3, 2), z (2, 3), 'relu')")
    holds(isinstance(got, float), "type of shrink_factor", type(got), "float")


@pytest.mark.milestone2
@each_bend
def test_the_prediction_comes_true_for_random_blame(activation, rng):
    """400 units, 300 ahead of them: signs are random, so it must hold within 3 %."""
    W, z = rng.normal(size=(400, 300)), rng.normal(size=(200, 400))
    delta = rng.normal(size=(200, 300))
    before = (delta @ W.T) * bv.bent_slope(z, activation)
    measured = np.linalg.norm(before) / np.linalg.norm(delta)
    got = bv.shrink_factor(W, z, activation)
    close(got, measured, f"shrink_factor, {activation}, and measured", rtol=0.03)


@pytest.mark.milestone2
@each_bend
def test_the_norms_are_those_of_blame_by_differences(activation):
    """depth 3, width 5, 4 rows, drawn in the order that the docstring gives."""
    rng = np.random.default_rng(7)
    X, y = rng.normal(size=(4, 5)), rng.integers(0, 2, 4)
    gain = 2 if activation == "relu" else 1
    sizes = (5, 5, 5, 1)
    weights = [rng.normal(size=p) * 1.5 * math.sqrt(gain / p[0])
               for p in zip(sizes, sizes[1:])]  # fmt: skip
    biases = [np.zeros(k) for k in sizes[1:]]
    want = [np.sqrt((true_blame(weights, biases, X, y, activation, layer) ** 2).sum())
            for layer in range(3)]  # fmt: skip
    rng = np.random.default_rng(7)
    got = bv.gradient_norms(3, activation, rng, 1.5, width=5, rows=4)
    close(got, want, f"gradient_norms(3, {activation!r}, rng, 1.5, …)", rtol=1e-5)


@pytest.mark.milestone2
def test_sigmoids_let_blame_fade_and_relus_hold_it():
    """A sigmoid's slope is ¼ at most: ten layers of them leave less than a 10,000th."""
    left = {}
    for activation in NAMES:
        norms = [bv.gradient_norms(10, activation, np.random.default_rng(s))
                 for s in range(5)]  # fmt: skip
        close(np.shape(norms[0]), (10,), f"shape of gradient_norms(10, {activation!r})")
        left[activation] = float(np.median([n[0] / n[-1] for n in norms]))
    few, many = left["sigmoid"], left["relu"]
    holds(few < 1e-4, "share left after 10 sigmoids", few, "below 0.0001")
    holds(0.03 < many < 30, "share left after 10 relus", many, "neither gone nor vast")
    norms = [bv.gradient_norms(10, "relu", np.random.default_rng(s), 2.0)
             for s in range(5)]  # fmt: skip
    vast = float(np.median([n[0] / n[-1] for n in norms]))
    holds(vast > 50, "share after 10 relus, weights × 2", vast, "vast, about 2⁹ = 512")


@pytest.mark.milestone2
@given(seed=seeds, scale=strategies.sampled_from([0.3, 0.5, 0.8]))
@few
def test_weights_s_times_as_large_make_blame_s_times_as_large_a_layer(seed, scale):
    """relu(s z) = s relu(z), biases 0: which units are silent stays the same, so each
    of the 6 layers on the way back multiplies by s more; for one row exactly."""
    one = {"rows": 1}
    plain = bv.gradient_norms(7, "relu", np.random.default_rng(seed), **one)
    large = bv.gradient_norms(7, "relu", np.random.default_rng(seed), scale, **one)
    got, want = large[0] / large[-1], scale**6 * plain[0] / plain[-1]
    close(got, want, f"share left of gradient_norms(7, 'relu', rng, {scale})", 1e-6)


@pytest.mark.milestone2
def test_a_network_without_layers_is_refused(rng):
    refuses(lambda: bv.gradient_norms(0, "tanh", rng), "gradient_norms(0, 'tanh', rng)")


# --------------------------------------------------------------------------
# Milestone 3: ways to keep blame alive


@pytest.mark.milestone3
def test_a_normalised_row_by_hand():
    """(1, 3, 5): mean 3, variance (4 + 0 + 4)/3 = 8/3: −2/√(8/3), 0, 2/√(8/3).
    (0, 0, 6): mean 2, variance (4 + 4 + 16)/3 = 8: −2/√8, −2/√8, 4/√8."""
    z, a, b = np.array([[1.0, 3.0, 5.0], [0.0, 0.0, 6.0]]), 8 / 3, 8
    want = [[-2 / a**0.5, 0, 2 / a**0.5], [-2 / b**0.5, -2 / b**0.5, 4 / b**0.5]]
    close(bv.normalised(z), want, "normalised([[1, 3, 5], [0, 0, 6]])", 1e-4, 1e-6)


@pytest.mark.milestone3
@given(seed=seeds)
@few
def test_to_add_to_a_row_or_to_stretch_it_changes_nothing(seed):
    z = 3 * np.random.default_rng(seed).normal(size=(4, 6))
    h = bv.normalised(z)
    close(h.mean(axis=1), np.zeros(4), "means of the rows of normalised(z)")
    close(bv.normalised(z + 7), h, "normalised(z + 7)", atol=1e-7)
    close(bv.normalised(1000 * z), bv.normalised(100 * z), "normalised(1000 z)", 1e-5)


@pytest.mark.milestone3
def test_a_row_of_one_number_becomes_0():
    z = np.array([[3.0], [-5.0]])
    close(bv.normalised(z), np.zeros((2, 1)), "normalised([[3], [-5]])")
    back = bv.normalised_back(np.ones((2, 1)), z)
    close(back, np.zeros((2, 1)), "normalised_back(ones, [[3], [-5]])")


@pytest.mark.milestone3
@given(seed=seeds)
@few
def test_the_way_back_through_a_normalised_row_is_that_of_differences(seed):
    rng = np.random.default_rng(seed)
    z, g = rng.normal(size=(3, 5)), rng.normal(size=(3, 5))

    def of_z(z):
        centred = z.T - z.mean(axis=1)
        return float((g * (centred / np.sqrt(z.var(axis=1) + 1e-5)).T).sum())

    want = numerical_gradient(of_z, z)
    close(bv.normalised_back(g, z), want, "normalised_back(g, z)", 1e-5, 1e-7)


@pytest.mark.milestone3
def test_a_skip_by_hand():
    """x = (1, 2), W = identity, relu: g = (1, 2), so a[1] = (2, 4); to one unit,
    weights 1, 1: relu(6) = 6, not square, no skip; the last is square, but has none."""
    weights = [np.eye(2), np.ones((2, 1)), np.array([[0.5]])]
    biases = [np.zeros(2), np.zeros(1), np.zeros(1)]
    X = np.array([[1.0, 2.0]])
    trace = bv.forward_trace(weights, biases, X, "relu", skip=True)
    close(trace.a[1], [[2, 4]], "a[1] with skip")
    close(trace.a[2], [[6]], "a[2] with skip, W[1] not square")
    close(trace.a[3], special.expit([[3.0]]), "a[3] with skip, the last layer")


@pytest.mark.milestone3
@pytest.mark.parametrize("way", WAYS)
@each_bend
@pytest.mark.parametrize("seed", [0, 1])
def test_every_slope_with_skip_and_norm_is_that_of_differences(way, activation, seed):
    agrees_with_differences(seed, SQUARE, activation, **WAYS[way])


@pytest.mark.milestone3
def test_a_square_last_layer_has_no_skip_on_the_way_back():
    agrees_with_differences(0, (2, 3, 1, 1), "tanh", skip=True)


@pytest.mark.milestone3
def test_a_table_of_shares_can_be_made_again(rng):
    depths = [1, 2, 6]
    shares = bv.share_left(depths, "tanh", rng, 1.3)
    names = sorted(shares)
    holds(names == sorted(bv.ARCHITECTURES), "names", names, "those of ARCHITECTURES")
    again = np.random.default_rng(0)
    for name, ways in bv.ARCHITECTURES.items():
        norms = [bv.gradient_norms(m, "tanh", again, 1.3, **ways) for m in depths]
        want = [n[0] / n[-1] for n in norms]
        close(shares[name], want, f"share_left(…)[{name!r}]")
        close(shares[name][0], 1, f"share left in one layer, {name}")


@pytest.mark.milestone3
def test_skips_and_normalisation_save_what_sigmoids_lose(rng):
    shares = bv.share_left([20], "sigmoid", rng)
    digits = {k: float(np.log10(max(shares[k][0], 1e-300))) for k in shares}
    lost, skip, norm = (digits[k] for k in ("plain", "skip", "norm"))
    holds(lost < -9, "log10 of the share, 20 sigmoids, plain", lost, "below -9")
    holds(skip > -2, "log10 of the share, with skips", skip, "above -2")
    holds(norm > lost + 2, "log10 of the share, with norm", norm, "far above plain")


# --------------------------------------------------------------------------
# Milestone 4: one slope, explained


def edge_referee(seed, layer, i, j, activation="tanh", sizes=SIZES, **ways):
    """An Edge, and the slope of the same wire by differences."""
    weights, biases, X, y = network(seed, sizes)
    trace = bv.forward_trace(weights, biases, X, activation, **ways)
    dW, _ = true_slopes(weights, biases, X, y, activation, **ways)
    return bv.explain_edge(trace, layer, i, j, y), dW[layer][i, j], trace


@pytest.mark.milestone4
def test_a_wire_by_hand():
    """δ[0] = −0.116409 (milestone 1), x = 2: the slope is −0.232817."""
    weights, biases, X, y = one_by_one()
    trace = bv.forward_trace(weights, biases, X, "tanh")
    edge = bv.explain_edge(trace, 0, 0, 0, y)
    close(edge.delta, [-0.116409], "delta of the wire w", rtol=1e-4)
    close(edge.activation, [2], "activation at the start of the wire w")
    close(edge.product, -0.232817, "product of the wire w", rtol=1e-4)
    close(edge.numeric, -0.232817, "numeric of the wire w", rtol=1e-4)


@pytest.mark.milestone4
@pytest.mark.parametrize(
    "wire", [(0, 0, 1), (0, 2, 3), (1, 1, 0), (1, 3, 1), (2, 1, 0)]
)
def test_product_and_numeric_are_the_slope_of_the_wire(wire):
    edge, want, trace = edge_referee(1, *wire)
    layer, i, _ = wire
    close(edge.activation, trace.a[layer][:, i], f"activation of the wire {wire}")
    close(edge.product, want, f"product of the wire {wire}", 1e-5, 1e-8)
    close(edge.numeric, want, f"numeric of the wire {wire}", 1e-5, 1e-8)
    close(edge.delta @ edge.activation, edge.product, f"Σ δ·a of the wire {wire}")


@pytest.mark.milestone4
@pytest.mark.parametrize("way", WAYS)
def test_a_wire_is_explained_with_skip_and_norm_too(way):
    edge, want, _ = edge_referee(2, 1, 2, 1, "sigmoid", SQUARE, **WAYS[way])
    close(edge.product, want, f"product with {way}", 1e-5, 1e-8)
    close(edge.numeric, want, f"numeric with {way}", 1e-5, 1e-8)


@pytest.mark.milestone4
def test_the_loss_of_a_wiggled_weight():
    weights, biases, X, y = network(6)
    trace = bv.forward_trace(weights, biases, X, "tanh")
    for by in (0.0, 0.3, -0.2):
        changed = [W.copy() for W in weights]
        changed[1][3, 0] += by
        got = bv.trace_loss(bv.wiggled(trace, 1, 3, 0, by), y)
        want = loss_of(changed, biases, X, y, "tanh")
        close(got, want, f"trace_loss of wiggled(trace, 1, 3, 0, {by})")


@pytest.mark.milestone4
def test_the_wiggle_goes_both_ways():
    """With h = 0.01 the error of a central difference is about h²; of one side, h."""
    weights, biases, X, y = network(4)
    trace = bv.forward_trace(weights, biases, X, "tanh")
    edge = bv.explain_edge(trace, 1, 0, 1, y, h=0.01)
    dW, _ = true_slopes(weights, biases, X, y, "tanh")
    close(edge.numeric, dW[1][0, 1], "numeric with h = 0.01", 2e-4, 1e-6)


@pytest.mark.milestone4
def test_the_weights_stay_as_they_are():
    weights, biases, X, y = network(5)
    before = [W.copy() for W in weights]
    trace = bv.forward_trace(weights, biases, X, "tanh")
    bv.explain_edge(trace, 0, 1, 2, y)
    for layer in range(3):
        close(trace.weights[layer], before[layer], f"weights[{layer}] afterwards", 0, 0)


@pytest.mark.milestone4
def test_a_wire_that_is_not_there_is_refused():
    weights, biases, X, y = network(0)
    trace = bv.forward_trace(weights, biases, X, "tanh")
    for wire in [(3, 0, 0), (-1, 0, 0), (0, 3, 0), (0, 0, 4), (0, -1, 0), (0, 0, -1)]:
        call = f"explain_edge, wire {wire}"
        refuses(lambda wire=wire: bv.explain_edge(trace, *wire, y), call)


@pytest.mark.milestone4
def test_blame_is_explained_by_hand():
    """Two units ahead with blame; of one unit: δ = (Σ δ ahead · w) · g′. In the last
    layer (p − y)/n, slope 1: here −0.092394, and below it −0.277182 · 0.42."""
    weights, biases, X, y = one_by_one()
    trace = bv.forward_trace(weights, biases, X, "tanh")
    last = bv.explain_blame(trace, 1, 0, y)
    close(last.terms, [[-0.092394]], "terms in the last layer", rtol=1e-4)
    close(last.slope, [1], "slope in the last layer")
    first = bv.explain_blame(trace, 0, 0, y)
    close(first.terms, [[-0.277182]], "terms in layer 0", rtol=1e-4)
    close(first.slope, [0.419974], "slope in layer 0", rtol=1e-4)


@pytest.mark.milestone4
@each_bend
@given(seed=seeds)
@few
def test_the_parts_of_blame_add_up_to_it(activation, seed):
    weights, biases, X, y = network(seed)
    trace = bv.forward_trace(weights, biases, X, activation)
    for layer, j, m in ((0, 3, 2), (1, 1, 1), (2, 0, 1)):
        blame = bv.explain_blame(trace, layer, j, y)
        close(np.shape(blame.terms), (5, m), f"shape of the terms, layer {layer}")
        want = true_blame(weights, biases, X, y, activation, layer)[:, j]
        got = blame.terms.sum(axis=1) * blame.slope
        close(got, want, f"Σ terms · slope, layer {layer}", 1e-5, 1e-8)
