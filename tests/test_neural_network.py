"""Chapter 17, the neural network: the judge of the four milestones."""

import math

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, settings, strategies
from judge import close, holds, refuses
from oracles import numerical_gradient
from scipy import special
from sklearn.neural_network import MLPClassifier
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from common import data

nn = chapter("neural_network")

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
AND, OR, XOR = (np.array(y) for y in ([0, 0, 0, 1], [0, 1, 1, 1], [0, 1, 1, 0]))
SIZES = (4, 6, 5, 3)  # all different, so that a wrong axis shows
NAMES = ("relu", "tanh", "sigmoid")

seeds = strategies.integers(0, 10**6)
few = settings(max_examples=15)
each_bend = pytest.mark.parametrize("activation", NAMES)


def layers(rng: np.random.Generator, sizes=SIZES) -> tuple[list, list]:
    """Random weights and biases."""
    pairs = list(zip(sizes, sizes[1:]))
    return [rng.normal(size=p) for p in pairs], [rng.normal(size=k) for _, k in pairs]


def rows(rng: np.random.Generator, n: int = 7, d: int = 4, k: int = 3) -> tuple:
    """n rows of d numbers and their classes, every class among them."""
    return rng.normal(size=(n, d)), np.arange(n) % k


def loss_of(weights, biases, X, y, activation, masks=None) -> float:
    """The loss, written apart from the chapter: a loop over the layers, scipy."""
    bends = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": special.expit,
    }
    a = X
    for layer, (W, b) in enumerate(zip(weights, biases)):
        a = a if masks is None else a * masks[layer]
        z = a @ W + b
        a = bends[activation](z)
    return float(-special.log_softmax(z, axis=1)[np.arange(len(y)), y].mean())


def referee(weights, biases, X, y, activation, masks=None) -> tuple[list, list]:
    """dW and db by central differences."""
    dW, db = [], []
    for layer in range(len(weights)):

        def of_W(W, layer=layer):
            changed = [*weights[:layer], W, *weights[layer + 1 :]]
            return loss_of(changed, biases, X, y, activation, masks)

        def of_b(b, layer=layer):
            changed = [*biases[:layer], b, *biases[layer + 1 :]]
            return loss_of(weights, changed, X, y, activation, masks)

        dW.append(numerical_gradient(of_W, weights[layer]))
        db.append(numerical_gradient(of_b, biases[layer]))
    return dW, db


def clear(weights, biases, X, masks=None) -> np.ndarray:
    """True for the rows whose hidden z all lie so far from the kink of relu, at 0, that
    no wiggle of the referee crosses it: one of 1e-5 moves no z here by 0.01."""
    far, a = np.full(len(X), True), X
    for layer, (W, b) in enumerate(zip(weights[:-1], biases)):
        a = a if masks is None else a * masks[layer]
        z = a @ W + b
        far &= (np.abs(z) > 0.01).all(axis=1)
        a = np.maximum(z, 0)
    return far


def clear_rows(rng: np.random.Generator, weights, biases, n: int = 7) -> tuple:
    """n rows that are clear of kinks, and their classes."""
    X = rng.normal(size=(5 * n, len(weights[0])))
    return X[clear(weights, biases, X)][:n], np.arange(n) % len(biases[-1])


def blobs(n: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Three clumps of points in four dimensions."""
    rng = np.random.default_rng(5)
    y = np.arange(n) % 3
    return 3 * np.eye(3, 4)[y] + rng.normal(size=(n, 4)), y


def digits() -> tuple:
    """The small digits as float32: 1,400 to learn from, 397 others."""
    X, y = data.load_digits()
    X_train, X_test, y_train, y_test = data.split(
        (X / 16).astype(np.float32), y, 397 / 1797, np.random.default_rng(0)
    )
    return X_train, y_train, X_test, y_test


# --------------------------------------------------------------------------
# Milestone 1: one neuron draws one line


@pytest.mark.milestone1
def test_the_first_round_of_a_neuron_by_hand():
    """OR from w = 0, b = 0. (0,0): says 0, right. (0,1): says 0, is 1: w = (0, 1),
    b = 1. (1,0): 0 + 1 > 0, says 1, right. (1,1): 2 > 0, right. One mistake."""
    neuron = nn.Perceptron(rounds=1).fit(CORNERS, OR)
    close(neuron.coef_, [0, 1], "coef_ of Perceptron(rounds=1).fit(corners, OR)")
    close(neuron.intercept_, 1, "intercept_ after one round of OR")
    close(neuron.mistakes_, [1], "mistakes_ after one round of OR")


@pytest.mark.milestone1
def test_the_second_round_of_a_neuron_by_hand():
    """From w = (0, 1), b = 1. (0,0): 1 > 0, says 1, is 0: b = 0. (0,1): 1 > 0, right.
    (1,0): 0, not above 0, says 0, is 1: w = (1, 1), b = 1. (1,1): right. Two wrong."""
    neuron = nn.Perceptron(rounds=2).fit(CORNERS, OR)
    close(neuron.mistakes_, [1, 2], "mistakes_ after two rounds of OR")
    close(neuron.coef_, [1, 1], "coef_ of Perceptron(rounds=2).fit(corners, OR)")
    close(neuron.intercept_, 1, "intercept_ after two rounds of OR")


@pytest.mark.milestone1
@pytest.mark.parametrize(
    "name, y, mistakes", [("AND", AND, [1, 3, 3, 2, 1, 0]), ("OR", OR, [1, 2, 1, 0])]
)
def test_a_neuron_learns_and_and_or(name, y, mistakes):
    """It ends with the first round in which all is right."""
    neuron = nn.Perceptron().fit(CORNERS, y)
    close(neuron.mistakes_, mistakes, f"mistakes_ in each round of {name}")
    close(neuron.predict(CORNERS), y, f"predict(corners) after fit(corners, {name})")


@pytest.mark.milestone1
def test_a_neuron_never_learns_xor():
    """b ≤ 0, w₁ + b > 0, w₂ + b > 0, w₁ + w₂ + b ≤ 0 contradict each other: the middle
    two add up to w₁ + w₂ + b > −b ≥ 0."""
    neuron = nn.Perceptron(rounds=40).fit(CORNERS, XOR)
    close(neuron.mistakes_, [2, 3] + 38 * [4], "mistakes_ in each of 40 rounds of XOR")
    wrong = (neuron.predict(CORNERS) != XOR).sum()
    holds(wrong > 0, "wrong answers of a neuron for XOR", wrong, "at least 1")


@pytest.mark.milestone1
@given(seed=seeds)
@few
def test_where_a_line_parts_the_points_it_is_found(seed):
    """Novikoff's theorem; a gap of 0.3 on either side keeps the rounds few."""
    rng = np.random.default_rng(seed)
    w, X = rng.normal(size=5), rng.normal(size=(60, 5))
    side = X @ w / np.linalg.norm(w) + 0.2
    X, y = X[np.abs(side) > 0.3], (side > 0)[np.abs(side) > 0.3].astype(int)
    neuron = nn.Perceptron(rounds=2000).fit(X, y)
    close(neuron.predict(X), y, "predict(X) of points that a line parts")


@pytest.mark.milestone1
def test_what_a_neuron_cannot_learn_from_is_refused():
    for y in ([0, 1, 2, 1], [0, 1, 1], [-1, 1, 1, -1]):
        refuses(lambda y=y: nn.Perceptron().fit(CORNERS, y), f"fit(corners, {y})")


# --------------------------------------------------------------------------
# Milestone 2: a hidden layer learns what no line can


@pytest.mark.milestone2
def test_the_bends_by_hand():
    z = np.array([-2.0, 0.0, math.log(3)])
    close(nn.relu(z), [0, 0, math.log(3)], "relu([−2, 0, ln 3])")
    close(nn.sigmoid(z[1:]), [0.5, 0.75], "sigmoid([0, ln 3])")
    close(nn.tanh(z[1:]), [0, 0.8], "tanh([0, ln 3]), (3 − 1/3) / (3 + 1/3)")


@pytest.mark.milestone2
def test_the_slopes_by_hand():
    """σ(ln 3) = ¾: slope ¾ · ¼. tanh(ln 3) = 0.8: slope 1 − 0.64."""
    z = np.array([-2.0, 0.0, math.log(3)])
    close(nn.relu_slope(z), [0, 0, 1], "relu_slope([−2, 0, ln 3])")
    close(nn.sigmoid_slope(z[1:]), [0.25, 3 / 16], "sigmoid_slope([0, ln 3])")
    close(nn.tanh_slope(z[1:]), [1, 0.36], "tanh_slope([0, ln 3])")


@pytest.mark.milestone2
@each_bend
def test_the_slopes_are_those_of_the_bends(activation):
    z = np.array([[-3.0, -0.5, 0.1], [0.7, 2.0, 5.0]])
    bend, slope = getattr(nn, activation), getattr(nn, f"{activation}_slope")
    want = numerical_gradient(lambda x: float(bend(x).sum()), z)
    close(slope(z), want, f"{activation}_slope(z) by differences", rtol=1e-5)


@pytest.mark.milestone2
def test_large_numbers_do_not_overflow():
    z = np.array([-1000.0, 1000.0])
    close(nn.sigmoid(z), [0, 1], "sigmoid([−1000, 1000])")
    close(nn.sigmoid_slope(z), [0, 0], "sigmoid_slope([−1000, 1000])")
    close(nn.softmax(1000 * np.eye(2)), np.eye(2), "softmax([[1000, 0], [0, 1000]])")


@pytest.mark.milestone2
def test_softmax_by_hand():
    """e⁰ : e^ln 3 is 1 : 3, e^ln 2 : e^ln 2 is 1 : 1."""
    z = np.log([[1.0, 3.0, 4.0], [2.0, 2.0, 6.0]])
    want = [[1 / 8, 3 / 8, 4 / 8], [0.2, 0.2, 0.6]]
    close(nn.softmax(z), want, "softmax(ln [[1, 3, 4], [2, 2, 6]])")


@pytest.mark.milestone2
def test_softmax_is_scipys(rng):
    z = 5 * rng.normal(size=(6, 4))
    close(nn.softmax(z), special.softmax(z, axis=1), "softmax(z), z (6, 4)")
    before = z.copy()
    nn.softmax(z)
    close(z, before, "z after softmax(z)")


@pytest.mark.milestone2
def test_the_loss_by_hand():
    """−ln ½ and −ln ⅛ have the mean (1 + 3)/2 · ln 2; ten equal classes have ln 10."""
    p = np.array([[0.5, 0.25, 0.25], [0.5, 0.375, 0.125]])
    got = nn.mean_cross_entropy(p, np.array([0, 2]))
    close(got, 2 * math.log(2), "mean_cross_entropy(p, [0, 2])")
    got = nn.mean_cross_entropy(np.full((7, 10), 0.1), np.arange(7))
    close(got, math.log(10), "mean_cross_entropy of ten equal classes")


@pytest.mark.milestone2
def test_the_loss_of_who_is_sure_and_wrong_is_large_and_finite():
    got = nn.mean_cross_entropy(np.array([[1.0, 0.0]]), np.array([1]))
    holds(
        20 < got < 1e6, "mean_cross_entropy([[1, 0]], [1])", got, "large, not infinite"
    )


@pytest.mark.milestone2
def test_forward_by_hand():
    """x = (1, 2), W[0] = [[1, −1, 0], [1, 0, −1]], b[0] = (0, 0, 1): z = (3, −1, −1),
    relu makes (3, 0, 0); W[1] begins with (0, ln 3 / 3): z = (0, ln 3), p = (¼, ¾)."""
    W0 = np.array([[1.0, -1.0, 0.0], [1.0, 0.0, -1.0]])
    W1 = np.array([[0.0, math.log(3) / 3], [5.0, 7.0], [5.0, 7.0]])
    biases = [np.array([0.0, 0.0, 1.0]), np.zeros(2)]
    z, a = nn.forward([W0, W1], biases, np.array([[1.0, 2.0]]), "relu")
    close(z[0], [[3, -1, -1]], "z[0] of forward, x = (1, 2)")
    close(a[1], [[3, 0, 0]], "a[1] of forward, relu")
    close(z[1], [[0, math.log(3)]], "z[1] of forward")
    close(a[2], [[0.25, 0.75]], "a[2] of forward, the softmax of z[1]")


@pytest.mark.milestone2
@each_bend
def test_forward_keeps_every_layer(rng, activation):
    weights, biases = layers(rng)
    X, y = rows(rng)
    z, a = nn.forward(weights, biases, X, activation)
    shapes = [one.shape for one in z], [one.shape for one in a]
    close(shapes[0], [(7, 6), (7, 5), (7, 3)], "shapes of z, sizes 4 6 5 3, n = 7")
    close(shapes[1], [(7, 4), (7, 6), (7, 5), (7, 3)], "shapes of a")
    close(a[0], X, "a[0]")
    got = nn.mean_cross_entropy(a[-1], y)
    close(got, loss_of(weights, biases, X, y, activation), f"loss with {activation}")


@pytest.mark.milestone2
def test_one_layer_has_the_gradient_of_logistic_regression(rng):
    """Without a hidden layer: dW = Xᵀ (P − Y) / n, db the column means of P − Y."""
    weights, biases = layers(rng, (4, 3))
    X, y = rows(rng)
    error = special.softmax(X @ weights[0] + biases[0], axis=1) - np.eye(3)[y]
    trace = nn.forward(weights, biases, X)
    dW, db = nn.backward(trace, weights, y)
    close(dW[0], X.T @ error / 7, "dW[0] of a network 4 → 3")
    close(db[0], error.mean(axis=0), "db[0] of a network 4 → 3")


@pytest.mark.milestone2
@each_bend
@given(seed=seeds)
@few
def test_backward_is_the_slope_of_the_loss(activation, seed):
    rng = np.random.default_rng(seed)
    weights, biases = layers(rng)
    X, y = clear_rows(rng, weights, biases)
    trace = nn.forward(weights, biases, X, activation)
    dW, db = nn.backward(trace, weights, y, activation)
    W_want, b_want = referee(weights, biases, X, y, activation)
    for layer in (
        2,
        1,
        0,
    ):  # from the end, as backward goes: the first wrong one counts
        call = f"[{layer}] by backward, {activation}, sizes 4 6 5 3"
        close(dW[layer], W_want[layer], f"dW{call}", rtol=1e-4, atol=1e-7)
        close(db[layer], b_want[layer], f"db{call}", rtol=1e-4, atol=1e-7)


@pytest.mark.milestone2
def test_a_row_twice_weighs_no_more_than_once(rng):
    """The loss is a mean: the same rows twice have the same gradient."""
    weights, biases = layers(rng)
    X, y = rows(rng)
    once, twice = (
        nn.backward(nn.forward(weights, biases, Z), weights, t)[0]
        for Z, t in ((X, y), (np.vstack([X, X]), np.concatenate([y, y])))
    )
    close(twice[0], once[0], "dW[0] of all rows twice")


@pytest.mark.milestone2
def test_backward_changes_nothing_and_can_be_asked_twice(rng):
    weights, biases = layers(rng)
    X, y = rows(rng)
    trace = nn.forward(weights, biases, X)
    first, _ = nn.backward(trace, weights, y)
    second, _ = nn.backward(trace, weights, y)
    for layer in range(3):
        close(
            second[layer],
            first[layer],
            f"dW[{layer}] of a second backward with the same trace",
        )


@pytest.mark.milestone2
def test_training_starts_at_the_start_and_goes_downhill(rng):
    weights, biases = layers(rng)
    X, y = rows(rng)
    kept = [W.copy() for W in weights]
    steps = list(nn.train(weights, biases, X, y, 20, 0.1, "tanh"))
    close(len(steps), 21, "what train(…, steps=20) yields: the start and 20 steps")
    close(steps[0][0], loss_of(kept, biases, X, y, "tanh"), "first loss of train")
    dW, db = referee(kept, biases, X, y, "tanh")
    close(steps[1][1][0], kept[0] - 0.1 * dW[0], "W[0] after a step of 0.1", atol=1e-6)
    close(steps[1][2][1], biases[1] - 0.1 * db[1], "b[1] after a step", atol=1e-6)
    close(weights[0], kept[0], "weights[0] that train was given, afterwards")
    fell = np.diff([loss for loss, _, _ in steps])
    holds((fell < 0).all(), "change of the loss at each step", fell, "always down")


@pytest.mark.milestone2
@pytest.mark.parametrize("seed", range(5))
def test_a_hidden_layer_learns_xor(seed):
    weights, biases = layers(np.random.default_rng(seed), (2, 4, 2))
    *_, last = nn.train(weights, biases, CORNERS, XOR, 1000, 1.0)
    p = nn.forward(last[1], last[2], CORNERS).a[-1]
    close(p.argmax(axis=1), XOR, f"classes of the corners, seed {seed}")
    holds(last[0] < 0.05, f"loss for XOR, seed {seed}", last[0], "below 0.05")


@pytest.mark.milestone2
def test_without_a_hidden_layer_xor_stays_a_guess():
    """No line is better than ½ for each: the loss ends at ln 2."""
    start = [np.array([[0.5, -0.2], [0.1, 0.3]])], [np.zeros(2)]
    *_, last = nn.train(*start, CORNERS, XOR, 2000, 1.0)
    close(last[0], math.log(2), "loss of 2 → 2 for XOR", rtol=1e-4)


# --------------------------------------------------------------------------
# Milestone 3: from XOR to handwritten digits


@pytest.mark.milestone3
@each_bend
def test_fresh_weights_have_the_right_spread(activation):
    """He: √(2/d) before relu; Xavier: √(2/(d + k)) elsewhere, and at the end."""
    weights, biases = nn.fresh(
        (300, 200, 100, 50), activation, np.random.default_rng(1)
    )
    want = [math.sqrt(2 / 500), math.sqrt(2 / 300), math.sqrt(2 / 150)]
    if activation == "relu":
        want[:2] = [math.sqrt(2 / 300), math.sqrt(2 / 200)]
    shapes = [W.shape for W in weights]
    close(shapes, [(300, 200), (200, 100), (100, 50)], "shapes of fresh weights")
    for layer, W in enumerate(weights):
        got = W.std() / want[layer]
        close(got, 1, f"sd of W[{layer}] / theory, {activation}", rtol=0.05)
        off = abs(W.mean()) / want[layer]
        holds(off < 0.08, f"|mean| of W[{layer}] in sd", off, "about 0")
    close([b.shape[0] for b in biases], [200, 100, 50], "sizes of fresh biases")
    close(np.concatenate(biases), np.zeros(350), "fresh biases")


@pytest.mark.milestone3
def test_signals_keep_their_size_through_ten_fresh_layers(rng):
    weights, biases = nn.fresh([400] * 11, "relu", rng)
    a = nn.forward(weights, biases, rng.normal(size=(50, 400)), "relu").a
    ratio = (a[9] ** 2).mean() / (a[1] ** 2).mean()
    holds(0.4 < ratio < 2.5, "mean square of a[9] / of a[1]", ratio, "about 1")


@pytest.mark.milestone3
def test_a_dropout_mask_drops_its_share_and_makes_up_for_it(rng):
    mask = nn.dropout_mask((300, 200), 0.2, rng)
    close(mask.shape, (300, 200), "shape of dropout_mask((300, 200), 0.2, rng)")
    close(np.unique(mask), [0, 1.25], "values of a mask of rate 0.2", rtol=1e-6)
    close((mask == 0).mean(), 0.2, "share of zeros, rate 0.2", rtol=0.05)
    other = nn.dropout_mask((300, 200), 0.2, rng)
    holds((mask != other).any(), "a second mask", "the same", "another one")
    close(nn.dropout_mask((3, 4), 0.0, rng), np.ones((3, 4)), "dropout_mask, rate 0")


@pytest.mark.milestone3
@each_bend
def test_the_gradient_is_right_under_masks(rng, activation):
    weights, biases = layers(rng)
    X, masks = rng.normal(size=(35, 4)), [rng.random((35, d)) for d in SIZES[:-1]]
    masks = [2.0 * (mask > 0.4) for mask in masks]
    kept = np.flatnonzero(clear(weights, biases, X, masks))[:7]
    X, y, masks = X[kept], np.arange(7) % 3, [mask[kept] for mask in masks]
    trace = nn.forward(weights, biases, X, activation, masks)
    got = nn.mean_cross_entropy(trace.a[-1], y)
    want = loss_of(weights, biases, X, y, activation, masks)
    close(got, want, f"loss with masks, {activation}")
    dW, db = nn.backward(trace, weights, y, activation, masks)
    W_want, b_want = referee(weights, biases, X, y, activation, masks)
    for layer in (2, 1, 0):
        call = f"[{layer}] with masks, {activation}"
        close(dW[layer], W_want[layer], f"dW{call}", rtol=1e-4, atol=1e-7)
        close(db[layer], b_want[layer], f"db{call}", rtol=1e-4, atol=1e-7)


@pytest.mark.milestone3
def test_the_cosine_rate_by_hand():
    """cos 0 = 1, cos π/3 = ½, cos π/2 = 0, cos π = −1."""
    got = [nn.cosine_rate(0.4, step, 60) for step in (0, 20, 30, 60)]
    close(got, [0.4, 0.3, 0.2, 0], "cosine_rate(0.4, step, 60) at 0, 20, 30, 60")


def walk(mover, slopes: np.ndarray, lr: float) -> np.ndarray:
    """theta after each step of an optimiser along given slopes, from 0."""
    theta, path = np.zeros(slopes.shape[1]), []
    for g in slopes:
        mover.step(theta, g.copy(), lr)
        path.append(theta.copy())
    return np.array(path)


@pytest.mark.milestone3
def test_the_first_steps_by_hand():
    """Slope 2, rate 0.1. Descent −0.2, −0.4. Momentum: v = 2, then 3.8: −0.2, −0.58.
    Adam: m̂ = 2, v̂ = 4, so −0.1, and again: −0.2."""
    slopes = np.array([[2.0, -2.0], [2.0, -2.0]])
    for name, want in (("Descent", [-0.2, -0.4]), ("Momentum", [-0.2, -0.58]),
                       ("Adam", [-0.1, -0.2])):  # fmt: skip
        got = walk(getattr(nn, name)(), slopes, 0.1)
        both = np.stack([want, np.negative(want)], axis=1)
        call = f"theta, changed in place by each {name}().step, slope ±2"
        close(got, both, call, rtol=1e-6)


@pytest.mark.milestone3
@pytest.mark.parametrize("name", ["Descent", "Momentum", "Adam"])
def test_the_optimisers_are_scikit_learns(rng, name):
    slopes = rng.normal(size=(30, 5)) * [10, 100, 1, 10, 30]
    theta = [np.zeros(5)]
    if name == "Adam":
        # its ε stands at another place: as good as none, as ours is beside such slopes
        peer = AdamOptimizer(theta, learning_rate_init=0.01, epsilon=1e-12)
    else:
        peer = SGDOptimizer(theta, learning_rate_init=0.01, nesterov=False,
                            momentum=0.9 * (name == "Momentum"))  # fmt: skip
    want = []
    for g in slopes:
        peer.update_params(theta, [g])
        want.append(theta[0].copy())
    got = walk(getattr(nn, name)(), slopes, 0.01)
    close(got, np.array(want), f"30 steps of {name}", rtol=1e-5, atol=1e-6)


@pytest.mark.milestone3
def test_the_network_of_the_title_has_109386_parameters():
    """784·128 + 128 + 128·64 + 64 + 64·10 + 10 = 109,386."""
    model = nn.MLP([784, 128, 64, 10])
    got = sum(a.size for a in model.weights + model.biases)
    close(got, 109_386, "parameters of MLP([784, 128, 64, 10])")


@pytest.mark.milestone3
@each_bend
def test_the_model_agrees_with_scikit_learns(rng, activation):
    X, y = rows(rng, n=30)
    theirs = {"sigmoid": "logistic"}.get(activation, activation)
    peer = MLPClassifier((6, 5), theirs, max_iter=1, batch_size=30, random_state=1)
    peer.partial_fit(X, y, classes=[0, 1, 2])
    X, y = clear_rows(rng, peer.coefs_, peer.intercepts_, n=30)
    model = nn.MLP(SIZES, activation)
    model.weights, model.biases = peer.coefs_, peer.intercepts_
    want = peer.predict_proba(X)
    close(model.predict_proba(X), want, f"predict_proba(X) with {activation}")
    close(model.predict(X), want.argmax(axis=1), f"predict(X) with {activation}")
    got = model.loss(X, y)
    close(got, -np.log(want[np.arange(30), y]).mean(), "loss(X, y)")
    dW, db = model.gradients(X, y)
    W_want, b_want = referee(peer.coefs_, peer.intercepts_, X, y, activation)
    close(dW[0], W_want[0], "gradients(X, y)[0][0]", rtol=1e-4, atol=1e-7)
    close(db[1], b_want[1], "gradients(X, y)[1][1]", rtol=1e-4, atol=1e-7)


def one_fit(**how) -> tuple[list, list, object]:
    """Weights before and after fit on the blobs, and the model."""
    X, y = blobs()
    model = nn.MLP([4, 5, 3], "tanh", 3)
    model.biases[0][:] = 0.5  # so that a decay of biases would show
    before = [a.copy() for a in model.weights + model.biases]
    model.fit(X, y, **how)
    return before, model.weights + model.biases, model


@pytest.mark.milestone3
def test_an_epoch_of_one_batch_is_one_step_of_descent():
    X, y = blobs()
    before, after, model = one_fit(epochs=1, batch=90, lr=0.1, optimizer="sgd")
    dW, db = referee(before[:2], before[2:], X, y, "tanh")
    for layer, g in enumerate(dW + db):
        want = before[layer] - 0.1 * g
        close(after[layer], want, f"parameters {layer} after a step", atol=1e-6)
    want = loss_of(before[:2], before[2:], X, y, "tanh")
    close(model.losses_, [want], "losses_ after one epoch")


@pytest.mark.milestone3
def test_the_loss_of_an_epoch_is_a_mean_over_rows_not_over_batches():
    """90 rows in batches of 40, 40, 10; at a rate near 0 nothing moves."""
    X, y = blobs()
    before, _, model = one_fit(epochs=2, batch=40, lr=1e-12, optimizer="sgd")
    want = loss_of(before[:2], before[2:], X, y, "tanh")
    close(
        model.losses_, [want, want], "losses_ of 2 epochs that move nothing", rtol=1e-6
    )


@pytest.mark.milestone3
def test_decay_shrinks_the_weights_and_leaves_the_biases():
    """W ← (1 − 0.001 · 5) W − 0.001 dW: 0.005 W less than without decay."""
    how = {"epochs": 1, "batch": 90, "lr": 1e-3, "optimizer": "sgd"}
    before, plain, _ = one_fit(**how)
    _, decayed, _ = one_fit(**how, weight_decay=5.0)
    for layer in (0, 1):
        got = plain[layer] - decayed[layer]
        want = 0.005 * before[layer]
        close(got, want, f"what decay takes from W[{layer}]", rtol=0.02, atol=1e-5)
    close(decayed[2], plain[2], "b[0] with and without weight_decay")


@pytest.mark.milestone3
def test_the_cosine_schedule_is_followed_step_by_step():
    """Two steps: at the rate 0.1, then at ½ · 0.1 · (1 + cos π/2) = 0.05."""
    X, y = blobs()
    before, after, _ = one_fit(epochs=2, batch=90, lr=0.1, optimizer="sgd",
                               schedule="cosine")  # fmt: skip
    weights, biases = before[:2], before[2:]
    for rate in (0.1, 0.05):
        dW, db = referee(weights, biases, X, y, "tanh")
        weights = [W - rate * G for W, G in zip(weights, dW)]
        biases = [b - rate * g for b, g in zip(biases, db)]
    close(after[0], weights[0], "W[0] after two steps of the cosine", atol=1e-6)
    close(after[3], biases[1], "b[1] after two steps of the cosine", atol=1e-6)


@pytest.mark.milestone3
def test_dropout_is_for_training_only():
    X, _ = blobs()
    how = {"epochs": 1, "batch": 90, "lr": 1e-12, "optimizer": "sgd"}
    _, _, calm = one_fit(**how)
    for name in ("dropout", "input_dropout"):
        _, _, model = one_fit(**how, **{name: 0.5})
        gap = abs(model.losses_[0] - calm.losses_[0])
        holds(gap > 1e-6, f"what {name} = 0.5 changes in the loss", gap, "something")
        close(model.predict_proba(X), calm.predict_proba(X), f"predict_proba, {name}",
              rtol=1e-5)  # fmt: skip


@pytest.mark.milestone3
@pytest.mark.parametrize(
    "optimizer, lr", [("sgd", 0.5), ("momentum", 0.1), ("adam", 0.01)]
)
def test_every_optimiser_learns_the_clumps(optimizer, lr):
    X, y = blobs()
    told = []
    model = nn.MLP([4, 8, 3], rng=1)
    got = model.fit(X, y, epochs=40, lr=lr, batch=16, optimizer=optimizer,
                    after=lambda *news: told.append(news))  # fmt: skip
    holds(got is model, "what fit returns", type(got).__name__, "the model itself")
    right = (model.predict(X) == y).mean()
    holds(
        right > 0.9, f"share of 90 points rightly placed, {optimizer}", right, "> 0.9"
    )
    close(
        told,
        list(enumerate(model.losses_, start=1)),
        "what after(epoch, loss) was told",
    )


@pytest.mark.milestone3
def test_the_same_seed_gives_the_same_network_and_the_data_stay(rng):
    X, y = blobs()
    kept = X.copy(), y.copy()
    how = {"epochs": 3, "dropout": 0.2, "input_dropout": 0.1, "weight_decay": 0.01}
    one, two = (nn.MLP([4, 5, 3], rng=7).fit(X, y, **how) for _ in range(2))
    other = nn.MLP([4, 5, 3], rng=8).fit(X, y, **how)
    close(two.weights[0], one.weights[0], "W[0] of two fits with rng=7")
    gap = np.abs(other.weights[0] - one.weights[0]).max()
    holds(gap > 0, "W[0] with another seed", gap, "another one")
    close(X, kept[0], "X after fit")
    close(y, kept[1], "y after fit")


@pytest.mark.milestone3
def test_single_precision_stays_single_precision():
    X, y = blobs()
    model = nn.MLP([4, 5, 3]).fit(X.astype(np.float32), y, epochs=2)
    kinds = {a.dtype.name for a in model.weights + model.biases}
    holds(kinds == {"float32"}, "dtypes after fit(float32)", kinds, "float32")


@pytest.mark.milestone3
def test_twenty_digits_are_learnt_by_heart():
    """The second rung: who cannot do that has a mistake."""
    X, y, _, _ = digits()
    model = nn.MLP([64, 32, 10], rng=1)
    loss = model.loss(X, y)
    holds(1.9 < loss < 3.2, "loss before training", loss, "about ln 10 = 2.3")
    model.fit(X[:20], y[:20], epochs=300, lr=0.01)
    got = model.losses_[-1]
    holds(got < 0.01, "loss of 20 digits learnt by heart", got, "below 0.01")


@pytest.mark.milestone3
def test_small_digits_never_seen_are_read():
    X, y, X_test, y_test = digits()
    model = nn.MLP([64, 64, 32, 10], rng=2).fit(
        X, y, epochs=25, lr=0.003, batch=32, dropout=0.1, schedule="cosine"
    )
    right = (model.predict(X_test) == y_test).mean()
    holds(right > 0.95, "share of 397 new digits rightly read", right, "> 0.95")


@pytest.mark.milestone3
def test_what_cannot_be_a_network_or_be_learnt_is_refused():
    X, y = blobs()
    for sizes in ([4], [4, 0, 3], [4, 5, 1]):
        refuses(lambda sizes=sizes: nn.MLP(sizes), f"MLP({sizes})")
    refuses(lambda: nn.MLP([4, 3], "rleu"), "MLP([4, 3], 'rleu')")
    model = nn.MLP([4, 5, 3])
    refuses(lambda: model.fit(X[:, :3], y), "fit of rows that are too short")
    refuses(lambda: model.fit(X, y + 1), "fit with a class that has no output")
    refuses(lambda: model.fit(np.full_like(X, np.nan), y), "fit of NaN")
    for bad in ({"lr": -0.1}, {"epochs": 0}, {"batch": 0}, {"dropout": 1.0},
                {"optimizer": "adm"}, {"schedule": "step"},
                {"weight_decay": -1.0}):  # fmt: skip
        refuses(lambda bad=bad: model.fit(X, y, **bad), f"fit with {bad}")


@pytest.mark.slow
@pytest.mark.milestone3
def test_mnist_is_read_above_97_percent_after_three_epochs():
    """The source asks for 95 %; the whole training, five seeds, is in benchmarks."""
    X, y, X_test, y_test = data.load_mnist()
    model = nn.MLP([784, 128, 64, 10]).fit(X, y, epochs=3, lr=0.002, schedule="cosine")
    right = (model.predict(X_test) == y_test).mean()
    holds(right > 0.97, "share of MNIST's test set rightly read", right, "> 0.97")


# --------------------------------------------------------------------------
# Milestone 4: proof that the gradient is right


@pytest.mark.milestone4
@each_bend
def test_the_measured_slope_is_the_referees(rng, activation):
    model = nn.MLP(SIZES, activation, 4)
    X, y = clear_rows(rng, model.weights, model.biases)
    dW, db = referee(model.weights, model.biases, X, y, activation)
    for array, want, place in ((model.weights[0], dW[0], (3, 5)),
                               (model.biases[1], db[1], (4,)),
                               (model.weights[2], dW[2], (1, 2))):  # fmt: skip
        kept = array.copy()
        got = nn.numeric_slope(model, X, y, array, place)
        call = f"numeric_slope at {place}, {activation}"
        close(got, want[place], call, rtol=1e-6, atol=1e-10)
        close(array, kept, f"the array after {call}")


@pytest.mark.milestone4
def test_at_a_kink_there_is_no_slope():
    """x = 1, w = 0, b = 0: z = 0, and the wiggle crosses the kink. With x = 0 none is
    crossed: z stays 0. tanh has no kink."""
    for activation, x, kink in (("relu", 1.0, True), ("relu", 0.0, False),
                                ("tanh", 1.0, False)):  # fmt: skip
        model = nn.MLP([1, 1, 2], activation)
        model.weights[0][:] = 0
        got = nn.numeric_slope(
            model, np.array([[x]]), np.array([1]), model.weights[0], (0, 0)
        )
        want = "NaN" if kink else "a number"
        holds(math.isnan(got) == kink, f"numeric_slope, {activation}, x = {x:g}, w = 0",
              got, want)  # fmt: skip


@pytest.mark.milestone4
def test_the_relative_error_by_hand():
    """(3, 4) and (3, 4): 0. (3, 4) and (−3, −4): 10 / 10. 2 and 1: 1 / 3."""
    g = np.array([3.0, 4.0])
    close(nn.relative_error(g, g), 0, "relative_error([3, 4], [3, 4])")
    close(nn.relative_error(g, -g), 1, "relative_error([3, 4], [−3, −4])")
    got = nn.relative_error(np.array([2.0]), np.array([1.0]))
    close(got, 1 / 3, "relative_error([2], [1])")
    close(
        nn.relative_error(np.zeros(3), np.zeros(3)), 0, "relative_error(zeros, zeros)"
    )


@pytest.mark.milestone4
@each_bend
@given(seed=seeds)
@few
def test_the_gradient_passes_the_check(activation, seed):
    X, y = rows(np.random.default_rng(seed))
    worst = nn.gradient_check(nn.MLP(SIZES, activation, seed), X, y)
    holds(worst < 1e-6, f"gradient_check of an MLP, {activation}", worst, "below 1e-6")


@pytest.mark.milestone4
def test_a_wrong_gradient_does_not_pass(rng):
    """Twice the gradient: ‖2g − g‖ / (‖2g‖ + ‖g‖) = 1/3. One b alone: just as clear."""
    X, y = rows(rng)

    class Doubled(nn.MLP):
        def gradients(self, X, y):
            dW, db = super().gradients(X, y)
            return [2 * G for G in dW], db

    class Askew(nn.MLP):
        def gradients(self, X, y):
            dW, db = super().gradients(X, y)
            return dW, [db[0], -db[1], db[2]]

    got = nn.gradient_check(Doubled(SIZES, "tanh", 1), X, y)
    close(got, 1 / 3, "gradient_check of twice the gradient", rtol=1e-6)
    got = nn.gradient_check(Askew(SIZES, "tanh", 1), X, y)
    close(got, 1, "gradient_check when b[1] has the wrong sign", rtol=1e-6)


@pytest.mark.milestone4
def test_the_comparison_names_every_array(rng):
    X, y = rows(rng)
    found = nn.compare_gradients(nn.MLP(SIZES, "tanh", 1), X, y, most=20)
    names = [row.name for row in found]
    want = ["W[0]", "W[1]", "W[2]", "b[0]", "b[1]", "b[2]"]
    holds(names == want, "names of compare_gradients", names, str(want))
    close([row.entries for row in found], [20, 20, 15, 6, 5, 3], "entries, most = 20")
    close([row.kinks for row in found], [0] * 6, "kinks of tanh")
    close(found[0].shape, (4, 6), "shape of W[0]")


@pytest.mark.milestone4
def test_kinks_are_left_out_and_counted(rng):
    """Wiggles of 0.3 cross many kinks of relu; without those the rest still agrees."""
    X, y = rows(rng, n=40)
    model = nn.MLP(SIZES, "relu", 1)
    found = nn.compare_gradients(model, X, y, h=0.3)
    kinks = sum(row.kinks for row in found)
    holds(kinks > 20, "kinks crossed by wiggles of 0.3", kinks, "many")
    found = nn.compare_gradients(model, X, y, h=1e-4)
    worst = max(row.error for row in found)
    holds(worst < 1e-5, "worst error with wiggles of 1e-4", worst, "below 1e-5")


@pytest.mark.milestone4
def test_the_check_is_done_in_double_precision_and_changes_nothing(rng):
    X, y = blobs()
    X = X.astype(np.float32)
    model = nn.MLP([4, 5, 3], "tanh").fit(X, y, epochs=1)
    kept = [a.copy() for a in model.weights + model.biases]
    worst = nn.gradient_check(model, X, y)
    holds(worst < 1e-6, "gradient_check of a float32 model", worst, "below 1e-6")
    kinds = {a.dtype.name for a in model.weights + model.biases}
    holds(kinds == {"float32"}, "dtypes after the check", kinds, "float32 as before")
    for now, before in zip(model.weights + model.biases, kept):
        close(now, before, "parameters after gradient_check")
