"""Chapter 20, minigrad: the judge of the four milestones."""

import math
import warnings

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, strategies
from judge import close, holds, refuses
from scipy import signal, special

from common import data

mg = chapter("minigrad")


def leaf(array, **options):
    """A float64 tensor that requires a gradient."""
    return mg.tensor(np.array(array, dtype=float), requires_grad=True, **options)


def slopes(f, arrays: list[np.ndarray], v: np.ndarray) -> list[np.ndarray]:
    """The referee: central differences of Σ v f(*arrays), f made of numpy alone."""
    found = []
    for k, array in enumerate(arrays):
        slope = np.zeros(array.shape)
        for i in np.ndindex(array.shape):
            ends = []
            for h in (1e-5, -1e-5):
                moved = [a.copy() for a in arrays]
                moved[k][i] += h
                ends.append(float((v * f(*moved)).sum()))
            slope[i] = (ends[0] - ends[1]) / 2e-5
        found.append(slope)
    return found


def judged(name: str, ours, numpys, arrays: list[np.ndarray], rng) -> None:
    """Value equal to numpy's, gradients equal to the slopes that the referee finds."""
    tensors = [leaf(a) for a in arrays]
    y = ours(*tensors)
    want = numpys(*arrays)
    shapes = ", ".join(str(a.shape) for a in arrays)
    close(y, want, f"{name} of {shapes}", rtol=1e-9, atol=1e-10)
    v = rng.normal(size=np.shape(want))
    y.backward(mg.tensor(v))
    for k, (t, slope) in enumerate(zip(tensors, slopes(numpys, arrays, v))):
        call = f"gradient of input {k} of {name}, shapes {shapes}"
        close(t.grad, slope, call, rtol=1e-5, atol=1e-7)


def relu(a):
    return np.maximum(a, 0)


def rows(a):
    return a[[0, 2, 2], 1:3]


def put_back(a):
    zeros = np.zeros((4, 3))
    np.add.at(zeros, ([0, 2, 2], slice(1, 3)), a)
    return zeros


# name, with minigrad, with numpy, shapes of the inputs, their range
ELEMENTWISE = [
    ("add", lambda a, b: a + b, np.add, [(2, 3, 4), (3, 1)], (-2, 2)),
    ("sub", lambda a, b: a - b, np.subtract, [(4,), (2, 3, 4)], (-2, 2)),
    ("mul", lambda a, b: a * b, np.multiply, [(2, 1, 4), (3, 1)], (-2, 2)),
    ("div", lambda a, b: a / b, np.divide, [(3, 4), (4,)], (0.5, 2)),
    ("pow", lambda a, b: a**b, np.power, [(3, 4), (4,)], (0.5, 2)),
    ("neg", lambda a: -a, np.negative, [(3, 4)], (-2, 2)),
    ("exp", lambda a: a.exp(), np.exp, [(3, 4)], (-2, 2)),
    ("log", lambda a: a.log(), np.log, [(3, 4)], (0.5, 2)),
    ("sqrt", lambda a: a.sqrt(), np.sqrt, [(3, 4)], (0.5, 2)),
    ("abs", lambda a: a.abs(), np.abs, [(3, 4)], (-2, 2)),
    ("sign", lambda a: mg.sign(a), np.sign, [(3, 4)], (-2, 2)),
    ("sin", lambda a: a.sin(), np.sin, [(3, 4)], (-2, 2)),
    ("cos", lambda a: a.cos(), np.cos, [(3, 4)], (-2, 2)),
    ("tanh", lambda a: a.tanh(), np.tanh, [(3, 4)], (-2, 2)),
    ("sigmoid", lambda a: a.sigmoid(), special.expit, [(3, 4)], (-2, 2)),
    ("relu", lambda a: a.relu(), relu, [(3, 4)], (-2, 2)),
    ("softplus", lambda a: mg.softplus(a), lambda a: np.log1p(np.exp(a)), [(3, 4)],
     (-2, 2)),
    ("maximum", lambda a, b: mg.maximum(a, b), np.maximum, [(3, 4), (4,)], (-2, 2)),
    ("minimum", lambda a, b: mg.minimum(a, b), np.minimum, [(3, 1), (3, 4)], (-2, 2)),
    ("clamp", lambda a: a.clamp(-1, 0.5), lambda a: np.clip(a, -1, 0.5), [(3, 4)],
     (-2, 2)),
    ("choose", lambda a, b: mg.where(np.arange(4) > 1, a, b),
     lambda a, b: np.where(np.arange(4) > 1, a, b), [(3, 4), (3, 1)], (-2, 2)),
]  # fmt: skip
SHAPES = [
    ("sum", lambda a: a.sum((0, -1)), lambda a: a.sum((0, -1)), [(2, 3, 4)]),
    ("sum, keepdim", lambda a: a.sum(1, keepdim=True),
     lambda a: a.sum(1, keepdims=True), [(2, 3, 4)]),
    ("sum of all", lambda a: a.sum(), np.sum, [(2, 3)]),
    ("mean", lambda a: a.mean(-2), lambda a: a.mean(-2), [(2, 3, 4)]),
    ("mean of all", lambda a: a.mean(), np.mean, [(2, 3)]),
    ("amax", lambda a: a.amax(1), lambda a: a.max(1), [(3, 4)]),
    ("max along -1", lambda a: a.max(-1).values, lambda a: a.max(-1), [(3, 4)]),
    ("min along 0", lambda a: a.min(0, keepdim=True)[0],
     lambda a: a.min(0, keepdims=True), [(3, 4)]),
    ("var", lambda a: a.var(1), lambda a: a.var(1, ddof=1), [(3, 4)]),
    ("reshape", lambda a: a.reshape(2, -1), lambda a: a.reshape(2, -1), [(3, 4)]),
    ("permute", lambda a: a.permute(2, 0, 1), lambda a: a.transpose(2, 0, 1),
     [(2, 3, 4)]),
    ("transpose", lambda a: a.transpose(0, -1), lambda a: a.swapaxes(0, -1),
     [(2, 3, 4)]),
    ("expand", lambda a: a.expand(2, -1, 4), lambda a: np.broadcast_to(a, (2, 3, 4)),
     [(3, 1)]),
    ("index", lambda a: a[[0, 2, 2], 1:3], rows, [(4, 3)]),
    ("put", lambda a: mg.put(a, ([0, 2, 2], slice(1, 3)), (4, 3)), put_back, [(3, 2)]),
    ("concatenate", lambda a, b: mg.cat([a, b], dim=-1),
     lambda a, b: np.concatenate([a, b], -1), [(2, 3), (2, 1)]),
    ("stack", lambda a, b: mg.stack([a, b], 1), lambda a, b: np.stack([a, b], 1),
     [(2, 3), (2, 3)]),
    ("softmax", lambda a: a.softmax(0), lambda a: special.softmax(a, 0), [(3, 4)]),
    ("log_softmax", lambda a: mg.log_softmax(a, 1),
     lambda a: special.log_softmax(a, 1), [(3, 4)]),
]  # fmt: skip


# --------------------------------------------------------------------------
# Milestone 1: a tensor remembers, and walks back


@pytest.mark.milestone1
def test_a_product_by_hand():
    """y = a b with a = 2, b = 3: ∂y/∂a = b = 3, ∂y/∂b = a = 2."""
    a, b = leaf(2.0), leaf(3.0)
    y = a * b
    close(y, 6.0, "2 * 3")
    y.backward()
    close(
        [a.grad.item(), b.grad.item()],
        [3, 2],
        "gradients of a and b after (a * b).backward()",
    )


@pytest.mark.milestone1
@pytest.mark.parametrize("name, ours, numpys, shapes, limits", ELEMENTWISE,
                         ids=[case[0] for case in ELEMENTWISE])  # fmt: skip
def test_entry_by_entry_operations_have_the_slopes_measured(
    name, ours, numpys, shapes, limits, rng
):
    judged(name, ours, numpys, [rng.uniform(*limits, s) for s in shapes], rng)


@pytest.mark.milestone1
@pytest.mark.parametrize("a, b", [
    ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)),
    ((1, 2, 3), (5, 3, 4)),
    ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((3,), (5, 3, 4)), ((5, 2, 3), (3,)),
])  # fmt: skip
def test_matmul_of_matrices_stacks_and_vectors_has_the_slopes_measured(a, b, rng):
    arrays = [rng.normal(size=a), rng.normal(size=b)]
    judged("matmul", lambda x, y: x @ y, np.matmul, arrays, rng)


@pytest.mark.milestone1
@pytest.mark.parametrize("name, ours, numpys, shapes", SHAPES,
                         ids=[case[0] for case in SHAPES])  # fmt: skip
def test_operations_on_axes_have_the_slopes_measured(name, ours, numpys, shapes, rng):
    judged(name, ours, numpys, [rng.normal(size=s) for s in shapes], rng)


@pytest.mark.milestone1
def test_fit_adds_up_where_broadcasting_repeated():
    """(4,) was repeated twice, (2, 1) four times: gradients of ones become 2 and 4."""
    g = np.ones((2, 4))
    close(mg.fit(g, np.zeros(4)), [2, 2, 2, 2], "fit(ones (2, 4), x (4,))")
    close(mg.fit(g, np.zeros((2, 1))), [[4], [4]], "fit(ones (2, 4), x (2, 1))")
    close(mg.fit(g, np.zeros(())), 8, "fit(ones (2, 4), x ())")
    close(mg.fit(g, np.zeros((2, 4))), g, "fit(ones (2, 4), x (2, 4))")


@pytest.mark.milestone1
def test_of_a_tensor_used_twice_the_gradients_add_up():
    """y = x x + 3 x at x = 5: 2 x + 3 = 13."""
    x = leaf(5.0)
    (x * x + 3 * x).backward()
    close(x.grad, 13.0, "x.grad after (x * x + 3 * x).backward(), x = 5")


@pytest.mark.milestone1
def test_a_diamond_is_walked_once_all_gradients_have_arrived():
    """a = 2 x, b = a a, y = b + a: dy/dx = (2 a + 1) 2 = 26 at x = 3."""
    x = leaf(3.0)
    a = 2 * x
    b = a * a
    (b + a).backward()
    close(x.grad, 26.0, "x.grad of y = a² + a, a = 2 x, x = 3")


@pytest.mark.milestone1
def test_two_calls_of_backward_add_up():
    x = leaf([1.0, 2.0])
    for _ in range(2):
        (x * x).sum().backward()
    close(x.grad, [4, 8], "x.grad after (x * x).sum().backward() twice")


@pytest.mark.milestone1
def test_walk_yields_the_youngest_first_with_whole_gradients():
    x = leaf(3.0)
    a = 2 * x
    y = a * a
    found = [(t, float(g)) for t, g in mg.walk([(y, np.array(1.0))], False, True)]
    want = [(y, 1.0), (a, 12.0), (x, 24.0)]
    close([g for _, g in found], [g for _, g in want], "gradients that walk yields")
    order = [t is w for (t, _), (w, _) in zip(found, want)]
    holds(all(order), "tensors that walk yields", order, "y, a, x")


@pytest.mark.milestone1
def test_pull_gives_only_the_inputs_that_want_a_gradient():
    x, c = leaf([1.0, 2.0]), mg.tensor(np.array([3.0, 4.0]))
    found = list(mg.pull(x * c, np.ones(2), False))
    holds(len(found) == 1 and found[0][0] is x, "pull(x * c, 1)", found, "x alone")
    close(found[0][1], [3, 4], "what pull(x * c, 1) gives x")


@pytest.mark.milestone1
def test_record_of_plain_arrays_is_a_plain_array():
    y = mg.record(mg.OPERATIONS["mul"], (np.array([1.0, 2.0]), 3.0), {})
    holds(type(y) is np.ndarray, "record(mul, arrays)", type(y), "an array")
    close(y, [3, 6], "record(mul, ([1, 2], 3), {})")


@pytest.mark.milestone1
def test_a_chain_of_many_operations_needs_no_recursion():
    x = leaf(1.0)
    y = x
    for _ in range(20_000):
        y = y + 1
    y.backward()
    close(x.grad, 1.0, "x.grad at the far end of 20,000 additions")


@pytest.mark.slow
@pytest.mark.milestone1
def test_a_chain_of_a_million_operations_works():
    x = leaf(1.0)
    y = x
    for _ in range(1_000_000):
        y = y + 1
    y.backward()
    close(x.grad, 1.0, "x.grad at the far end of a million additions")


@pytest.mark.milestone1
def test_inside_no_grad_nothing_is_recorded():
    x = leaf([1.0, 2.0])
    with mg.no_grad():
        y = (x * x).sum()
    holds(not y.requires_grad and y.is_leaf, "y made inside no_grad", y, "no past")
    refuses(y.backward, "y.backward(), y made inside no_grad")
    holds((x * x).requires_grad, "x * x after no_grad", (x * x).requires_grad, "True")


@pytest.mark.milestone1
def test_no_gradient_is_kept_of_what_asks_for_none():
    x, c = leaf([1.0, 2.0]), mg.tensor([3.0, 4.0])
    (x * c.detach()).sum().backward()
    holds(c.grad is None, "c.grad, c without requires_grad", c.grad, "None")
    close(x.grad, [3, 4], "x.grad of (x * c).sum()")


@pytest.mark.milestone1
def test_only_one_number_starts_a_walk_by_itself():
    x = leaf([1.0, 2.0])
    refuses(lambda: (x * x).backward(), "backward() of a tensor of shape (2,)")
    refuses(
        lambda: (x * x).backward(mg.tensor([1.0])), "backward(gradient of shape (1,))"
    )
    refuses(mg.tensor([1.0]).backward, "backward() of a tensor that nothing led to")
    (x * x).backward(mg.tensor([1.0, 10.0]))
    close(x.grad, [2, 40], "x.grad after (x * x).backward([1, 10])")


@pytest.mark.milestone1
def test_a_second_backward_is_refused_unless_the_graph_was_kept():
    x = leaf(3.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    close(x.grad, 12.0, "x.grad after two walks back from x * x, x = 3")
    sentence = refuses(y.backward, "a third backward, the graph forgotten")
    holds("retain_graph" in sentence, "the sentence", sentence, "names the cure")


@pytest.mark.milestone1
def test_two_leaves_never_share_the_memory_of_a_gradient():
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    (a + b).sum().backward()
    a.grad *= 10
    close(b.grad, [1, 1], "b.grad after a.grad *= 10")
    seed = mg.tensor(np.array([1.0, 1.0]))
    (a + 0).backward(seed)
    close(seed, [1, 1], "the gradient given to backward, afterwards")


@pytest.mark.milestone1
def test_dtypes_are_those_of_pytorch():
    """Python's floats are float32; float64 stays; what has no axes widens nothing."""
    kinds = [
        (mg.tensor([1.0]), "float32"),
        (mg.tensor(np.ones(2)), "float64"),
        (mg.tensor([1, 2]), "int64"),
        (mg.tensor([1.0]) * 2.5, "float32"),
        (mg.tensor([1.0]) * mg.tensor(np.ones(1)), "float64"),
        (mg.tensor([1.0]) * mg.tensor(np.array(2.0)), "float32"),
        (mg.tensor([1, 2]) * 0.5, "float32"),
        (mg.tensor([1, 2]) / mg.tensor([2, 2]), "float32"),
        (mg.tensor([1, 2]) * mg.tensor([1.0, 2.0]), "float32"),
    ]
    got = [str(t.dtype) for t, _ in kinds]
    holds(got == [k for _, k in kinds], "dtypes", got, str([k for _, k in kinds]))
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    (x * mg.tensor(np.ones(2))).sum().backward()
    holds(
        x.grad.dtype == np.float32,
        "dtype of x.grad, x float32",
        x.grad.dtype,
        "float32",
    )


@pytest.mark.milestone1
def test_of_equal_largest_entries_the_gradient_is_shared_or_goes_to_the_index():
    """amax and max(): ½ and ½. max(dim) names one place, the first."""
    x = leaf([[1.0, 5.0, 5.0]])
    x.max().backward()
    close(x.grad, [[0, 0.5, 0.5]], "x.grad after max() of [1, 5, 5]")
    x = leaf([[1.0, 5.0, 5.0]])
    values, indices = x.max(1)
    values.sum().backward()
    close(indices, [1], "indices of max(1)")
    close(x.grad, [[0, 1, 0]], "x.grad after max(1) of [1, 5, 5]")


@pytest.mark.milestone1
def test_at_the_kinks_the_slopes_are_those_of_pytorch():
    """relu and abs have 0 at 0; of two equal ones, maximum and minimum give each ½."""
    x = leaf([0.0])
    (
        x.relu() + x.abs() + mg.maximum(x, np.zeros(1)) + mg.minimum(x, np.zeros(1))
    ).backward()
    close(x.grad, [1.0], "gradient of relu + |x| + max(x, 0) + min(x, 0) at 0")
    x = leaf([0.0, 2.0])
    (x**2).sum().backward()
    close(x.grad, [0, 4], "gradient of x² at 0 and 2")
    x = leaf([0.0])
    (x**0.0).sum().backward()
    close(x.grad, [0], "gradient of x⁰ at 0")


@pytest.mark.milestone1
def test_empty_tensors_and_single_numbers_work():
    x = leaf(np.zeros((0, 3)))
    (x * 2).sum().backward()
    close(x.grad, np.zeros((0, 3)), "x.grad of (2 x).sum(), x of shape (0, 3)")
    s = leaf(3.0)
    s.reshape(1).expand(4).sum().backward()
    close(s.grad, 4.0, "s.grad of s repeated four times")
    s = leaf(3.0)
    s.sum(0).softmax(0).mean().backward()
    close(s.grad, 0.0, "gradient of a softmax of one number")
    values, indices = leaf(3.0).max(0)
    close([values.item(), indices.item()], [3, 0], "max(0) of a single number")


@pytest.mark.milestone1
def test_large_numbers_do_not_overflow():
    x = leaf([-1000.0, 0.0, 1000.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = x.softmax(0).sum() + x.sigmoid().sum() + mg.softplus(x).sum()
        y.backward()
    holds(np.isfinite(x.grad.numpy()).all(), "gradients at ±1000", x.grad, "finite")
    close(mg.softplus(x), [0, np.log(2), 1000], "softplus([−1000, 0, 1000])")


@pytest.mark.milestone1
@given(seed=strategies.integers(0, 10**6))
def test_a_random_expression_has_the_slopes_measured(seed):
    rng = np.random.default_rng(seed)
    shapes = [(2, 3), (3,), (2, 1), ()]
    x, y = (rng.uniform(0.5, 1.5, shapes[rng.integers(4)]) for _ in range(2))

    def f(a, b, tanh, exp):
        return (tanh(a * b) + a / b - exp(-b) * a) * b

    judged("tanh(a b) + …", lambda a, b: f(a, b, mg.tanh, mg.exp),
           lambda a, b: f(a, b, np.tanh, np.exp), [x, y], rng)  # fmt: skip


@pytest.mark.milestone1
def test_grad_gives_gradients_and_leaves_grad_alone():
    x, y = leaf(2.0), leaf(3.0)
    found = mg.grad(x * x * y, [x, y])
    close([g.item() for g in found], [12, 4], "grad(x² y, [x, y]) at 2, 3")
    holds(x.grad is None, "x.grad", x.grad, "None")
    refuses(lambda: mg.grad(x * x, [y]), "grad(x², [y])")
    holds(
        mg.grad(x * x, [y], allow_unused=True)[0] is None, "allow_unused", found, "None"
    )


@pytest.mark.milestone1
def test_gradients_of_gradients_by_hand():
    """y = x⁴: y' = 4 x³ = 32, y'' = 12 x² = 48, y''' = 24 x = 48 at x = 2."""
    x = leaf(2.0)
    y = x**4
    for n, want in ((1, 32), (2, 48), (3, 48)):
        (y,) = mg.grad(y, x, create_graph=True)
        close(y, want, f"derivative {n} of x⁴ at 2")


@pytest.mark.milestone1
def test_gradcheck_passes_what_is_right_and_names_what_is_wrong(rng):
    x = leaf(rng.normal(size=(2, 3)))
    holds(mg.gradcheck(lambda x: x.tanh() * x, x), "gradcheck(x tanh x)", False, "True")
    refuses(lambda: mg.gradcheck(lambda x: x * x.detach(), x),
            "gradcheck(x * x.detach()): half of the gradient is missing")  # fmt: skip
    refuses(lambda: mg.gradcheck(lambda x: x * x, x.float()), "gradcheck in float32")


@pytest.mark.milestone1
@pytest.mark.parametrize("make, words", [
    (lambda: mg.tensor(np.ones((2, 3))) + mg.tensor(np.ones(4)),
     "add of (2, 3) and (4,)"),
    (lambda: mg.tensor(np.ones((2, 3))) @ mg.tensor(np.ones((4, 5))),
     "matmul of (2, 3) and (4, 5)"),
    (lambda: mg.tensor(np.ones((2, 3))).reshape(4, 2), "reshape of (2, 3)"),
    (lambda: mg.tensor(np.ones((2, 3))).sum(2), "sum of (2, 3)"),
    (lambda: mg.tensor(np.ones((2, 3)))[5], "index of (2, 3)"),
    (lambda: mg.cat([mg.tensor(np.ones((2, 3))), mg.tensor(np.ones((3, 3)))], 1),
     "concatenate of (2, 3) and (3, 3)"),
])  # fmt: skip
def test_an_error_names_operation_shapes_and_the_users_line(make, words):
    sentence = refuses(make, words)
    holds(words in sentence, "the sentence", sentence, words)
    holds("test_minigrad.py, line" in sentence, "the sentence", sentence, "the line")


@pytest.mark.milestone1
def test_writing_over_what_gradients_need_is_refused():
    x = leaf([1.0, 2.0])
    y = x.exp()

    def write():
        y[0] = 5.0

    sentence = refuses(write, "y[0] = 5, y recorded")
    holds("no_grad" in sentence, "the sentence", sentence, "names the cure")
    with mg.no_grad():
        x[0] = 7.0
    sentence = refuses(y.sum().backward, "backward after x was overwritten")
    holds("exp" in sentence, "the sentence", sentence, "names the operation, exp")
    c = mg.tensor([1.0, 2.0])
    c += 1
    close(c, [2, 3], "c += 1 of a tensor without gradients")


# --------------------------------------------------------------------------
# Milestone 2: a layer keeps its parameters, and learns


class Two:
    """A model like the source's: without super().__init__()."""

    def __new__(cls):
        class Model(mg.Module):
            def __init__(self):
                self.fc1 = mg.Linear(4, 3)
                self.blocks = [
                    mg.Linear(3, 3, bias=False),
                    mg.Sequential(mg.Linear(3, 2)),
                ]
                self.scale = mg.Parameter(np.ones(2))
                self.note = "no module"

            def forward(self, x):
                return self.blocks[1](self.blocks[0](self.fc1(x))) * self.scale

        return Model()


@pytest.mark.milestone2
@pytest.mark.parametrize("shape", [(2, 4), (2, 3, 4), (4,)])
def test_linear_is_x_times_the_transposed_weight_plus_bias(shape, rng):
    arrays = [rng.normal(size=shape), rng.normal(size=(5, 4)), rng.normal(size=5)]
    judged("linear", lambda x, W, b: mg.linear(x, W, b), lambda x, W, b: x @ W.T + b,
           arrays, rng)  # fmt: skip


@pytest.mark.milestone2
def test_linear_without_bias_and_with_rows_that_do_not_fit(rng):
    arrays = [rng.normal(size=(2, 4)), rng.normal(size=(5, 4))]
    judged("linear", lambda x, W: mg.linear(x, W), lambda x, W: x @ W.T, arrays, rng)
    layer = mg.Linear(4, 5)
    sentence = refuses(
        lambda: layer(mg.tensor(np.ones((2, 3)))), "Linear(4, 5) of (2, 3)"
    )
    holds("linear of (2, 3)" in sentence, "the sentence", sentence, "linear of (2, 3)")


@pytest.mark.milestone2
def test_a_layer_starts_as_pytorchs_does():
    """Even between ±1/√in: the standard deviation is 1 / √(3 in)."""
    layer = mg.Linear(100, 400)
    holds(layer.weight.shape == (400, 100), "weight", layer.weight.shape, "(400, 100)")
    holds(layer.bias.shape == (400,), "bias", layer.bias.shape, "(400,)")
    W = layer.weight.detach().numpy()
    holds(
        np.abs(W).max() <= 0.1, "largest weight, 100 inputs", np.abs(W).max(), "≤ 0.1"
    )
    close(W.std(), 1 / math.sqrt(300), "std of the weights", rtol=0.02)
    holds(mg.Linear(3, 2, bias=False).bias is None, "bias=False", "a bias", "None")


@pytest.mark.milestone2
def test_parameters_are_found_by_name_in_attributes_and_lists():
    names = [name for name, _ in Two().named_parameters()]
    want = ["scale", "fc1.weight", "fc1.bias", "blocks.0.weight", "blocks.1.0.weight",
            "blocks.1.0.bias"]  # fmt: skip
    holds(names == want, "named_parameters()", names, str(want))
    layer = mg.Linear(1, 1)
    layer.register_buffer("seen", mg.tensor(0))
    names = [name for name, _ in mg.Sequential(layer).named_state()]
    want = ["0.weight", "0.bias", "0.seen"]
    holds(names == want, "named_state() with a buffer", names, str(want))
    children = [name for name, _ in Two().children()]
    want = ["fc1", "blocks.0", "blocks.1"]
    holds(children == want, "children()", children, str(want))


@pytest.mark.milestone2
def test_a_shared_parameter_is_learnt_once():
    model = mg.Sequential(mg.Linear(3, 3), mg.Linear(3, 3))
    model[1].weight = model[0].weight
    count = len(list(model.parameters()))
    close(count, 3, "parameters() of two layers that share a weight")


@pytest.mark.milestone2
def test_sequential_calls_one_after_the_other(rng):
    a, b = mg.Linear(4, 3), mg.Linear(3, 2)
    x = mg.tensor(rng.normal(size=(5, 4)).astype(np.float32))
    close(mg.Sequential(a, b)(x).detach(), b(a(x)).detach(), "Sequential(a, b)(x)")


@pytest.mark.milestone2
def test_zero_grad_forgets_all_gradients():
    model = Two()
    model(mg.tensor(np.ones((5, 4), np.float32))).sum().backward()
    holds(
        all(p.grad is not None for p in model.parameters()),
        "gradients",
        None,
        "all there",
    )
    model.zero_grad()
    holds(all(p.grad is None for p in model.parameters()), "zero_grad()", 0, "all None")


@pytest.mark.milestone2
def test_mse_by_hand_and_its_gradient():
    """Differences 1 and −3: the mean of 1 and 9 is 5; the gradient 2 d / n = 1, −3."""
    x, y = leaf([2.0, 1.0]), mg.tensor(np.array([1.0, 4.0]))
    loss = mg.mse_loss(x, y)
    close(loss, 5.0, "mse_loss([2, 1], [1, 4])")
    loss.backward()
    close(x.grad, [1, -3], "gradient of mse_loss")
    close(mg.mse_loss(x, y, reduction="sum"), 10, "reduction='sum'")
    close(mg.mse_loss(x, y, reduction="none"), [1, 9], "reduction='none'")
    refuses(lambda: mg.mse_loss(x.reshape(2, 1), y), "mse_loss of (2, 1) and (2,)")
    refuses(lambda: mg.mse_loss(x, y, reduction="average"), "reduction='average'")


def steps(make, gradients) -> list[float]:
    """Where a parameter that starts at 1 goes under given gradients."""
    p = mg.Parameter(np.array([1.0]))
    optimizer = make([p])
    path = []
    for g in gradients:
        p.grad = mg.tensor(np.array([float(g)]))
        optimizer.step()
        path.append(p.item())
    return path


@pytest.mark.milestone2
def test_sgd_by_hand():
    """lr = 0.1, gradients 1, 2: 1 → 0.9 → 0.7. Momentum ½: v = 1, 2.5: 0.9, 0.65."""
    close(steps(lambda p: mg.SGD(p, lr=0.1), [1, 2]), [0.9, 0.7], "SGD, lr 0.1")
    got = steps(lambda p: mg.SGD(p, lr=0.1, momentum=0.5), [1, 2])
    close(got, [0.9, 0.65], "SGD, momentum 0.5")
    got = steps(lambda p: mg.SGD(p, lr=0.1, momentum=0.5, nesterov=True), [1, 2])
    close(got, [0.85, 0.525], "SGD, nesterov: g + ½ v = 1.5, then 2 + 1.25 = 3.25")
    got = steps(lambda p: mg.SGD(p, lr=0.1, momentum=0.5, dampening=0.5), [1, 2])
    close(got, [0.9, 0.75], "SGD, dampening 0.5: v = 1, then 0.5 + 1 = 1.5")
    got = steps(lambda p: mg.SGD(p, lr=0.1, weight_decay=1.0), [1])
    close(got, [0.8], "SGD, weight_decay 1: the gradient is 1 + 1")


@pytest.mark.milestone2
def test_update_leaves_the_gradient_as_it_is():
    p = mg.Parameter(np.array([1.0, 2.0]))
    p.grad = mg.tensor(np.array([1.0, 1.0]))
    optimizer = mg.SGD([p], lr=0.1, momentum=0.9, weight_decay=0.1)
    optimizer.step()
    optimizer.step()
    close(p.grad, [1, 1], "p.grad after two steps of SGD")
    refuses(lambda: mg.SGD([], lr=0.1), "SGD([])")


@pytest.mark.milestone2
def test_groups_have_rates_of_their_own():
    a, b = mg.Parameter(np.array([1.0])), mg.Parameter(np.array([1.0]))
    optimizer = mg.SGD([{"params": [a]}, {"params": [b], "lr": 0.5}], lr=0.1)
    a.grad, b.grad = mg.tensor([1.0]), mg.tensor([1.0])
    optimizer.step()
    close([a.item(), b.item()], [0.9, 0.5], "two groups, lr 0.1 and 0.5", rtol=1e-6)


@pytest.mark.milestone2
def test_a_linear_layer_learns_what_least_squares_says(rng):
    """The referee is numpy's lstsq."""
    X = rng.normal(size=(60, 3)).astype(np.float32)
    Y = (X @ rng.normal(size=(3, 2)) + [1, -1]).astype(np.float32)
    mg.manual_seed(1)
    model = mg.Linear(3, 2)
    optimizer = mg.SGD(model.parameters(), lr=0.2, momentum=0.5)
    x, y = mg.tensor(X), mg.tensor(Y)
    for _ in range(300):
        loss = mg.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    best = np.linalg.lstsq(np.column_stack([X, np.ones(60)]), Y, rcond=None)[0]
    close(model.weight.detach(), best[:3].T, "weight learnt", atol=1e-4)
    close(model.bias.detach(), best[3], "bias learnt", atol=1e-4)


# --------------------------------------------------------------------------
# Milestone 3: losses, Adam and batches: digits are learnt


def log_loss(z, y):
    return -special.log_softmax(z, 1)[np.arange(len(y)), y]


@pytest.mark.milestone3
def test_cross_entropy_of_even_odds_is_ln_k():
    """Two rows of five equal logits: each class has 1/5, the loss is ln 5."""
    z = leaf(np.zeros((2, 5)))
    loss = mg.cross_entropy(z, mg.tensor([3, 0]))
    close(loss, np.log(5), "cross_entropy(zeros (2, 5), [3, 0])")
    loss.backward()
    want = np.full((2, 5), 0.1) - np.eye(5)[[3, 0]] / 2
    close(z.grad, want, "its gradient, (p − [class]) / 2")


@pytest.mark.milestone3
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_has_the_slopes_measured(reduction, rng):
    y = rng.integers(0, 3, 4)
    reduce = {"mean": np.mean, "sum": np.sum, "none": lambda a: a}[reduction]
    z = [rng.normal(size=(4, 3))]
    judged(f"cross_entropy, {reduction},",
           lambda z: mg.cross_entropy(z, mg.tensor(y), reduction=reduction),
           lambda z: reduce(log_loss(z, y)), z, rng)  # fmt: skip


@pytest.mark.milestone3
def test_cross_entropy_refuses_what_are_no_class_numbers():
    z = mg.tensor(np.zeros((4, 3)))
    wrong = {"floats": [0.0, 1.0, 2.0, 0.0], "three for four rows": [0, 1, 2],
             "3 of classes 0 … 2": [0, 1, 2, 3], "−1": [0, 1, 2, -1]}  # fmt: skip
    for name, y in wrong.items():
        refuses(lambda y=y: mg.cross_entropy(z, mg.tensor(y)), f"targets {name}")
    refuses(lambda: mg.cross_entropy(z[0], mg.tensor([1, 2, 0])), "logits of one axis")


@pytest.mark.milestone3
def test_nll_of_log_softmax_is_cross_entropy(rng):
    z, y = leaf(rng.normal(size=(5, 3))), mg.tensor(rng.integers(0, 3, 5))
    for reduction in ("mean", "sum", "none"):
        got = mg.nll_loss(mg.log_softmax(z, 1), y, reduction=reduction)
        want = mg.cross_entropy(z, y, reduction=reduction)
        close(
            got.detach(), want.detach(), f"nll_loss(log_softmax(z, 1), y), {reduction}"
        )


@pytest.mark.milestone3
def test_l1_by_hand():
    x, y = leaf([2.0, 1.0]), mg.tensor(np.array([1.0, 4.0]))
    loss = mg.l1_loss(x, y)
    close(loss, 2.0, "l1_loss([2, 1], [1, 4]), the mean of 1 and 3")
    loss.backward()
    close(x.grad, [0.5, -0.5], "its gradient")
    refuses(lambda: mg.l1_loss(x.reshape(2, 1), y), "l1_loss of (2, 1) and (2,)")


@pytest.mark.milestone3
def test_binary_cross_entropy_has_the_slopes_measured_and_does_not_overflow(rng):
    t = rng.uniform(size=(3, 4))

    def plain(z):
        p = special.expit(z)
        return np.mean(-t * np.log(p) - (1 - t) * np.log(1 - p))

    judged("binary_cross_entropy_with_logits",
           lambda z: mg.binary_cross_entropy_with_logits(z, mg.tensor(t)), plain,
           [rng.normal(size=(3, 4))], rng)  # fmt: skip
    z = leaf([-1000.0, 0.0, 1000.0])
    loss = mg.binary_cross_entropy_with_logits(z, mg.tensor(np.array([1.0, 1.0, 1.0])))
    close(loss, (1000 + np.log(2)) / 3, "logits −1000, 0, 1000, all of class 1")
    loss.backward()
    close(z.grad, [-1 / 3, -1 / 6, 0], "its gradient, (σ(z) − 1) / 3")
    refuses(
        lambda: mg.binary_cross_entropy_with_logits(z, mg.tensor([1.0])), "other shapes"
    )


@pytest.mark.milestone3
def test_the_first_step_of_adam_is_of_the_size_lr():
    """m/(1 − β₁) = g, √(v/(1 − β₂)) = |g|: g/|g| = ±1, however large g is."""
    for g in (1e-3, 50.0, -2.0):
        got = steps(lambda p: mg.Adam(p, lr=0.1), [g])
        close(
            got,
            [1 - math.copysign(0.1, g)],
            f"first step of Adam, gradient {g}",
            rtol=1e-5,
        )


@pytest.mark.milestone3
def test_adam_follows_its_formula():
    """The formula, written out once more with numbers."""
    gradients, p, m, v, want = [1.0, -2.0, 0.5, 3.0], 1.0, 0.0, 0.0, []
    for t, g in enumerate(gradients, start=1):
        g += 0.1 * p
        m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g * g
        p -= 0.05 * (m / (1 - 0.8**t)) / (math.sqrt(v / (1 - 0.9**t)) + 1e-3)
        want.append(p)

    def make(params):
        return mg.Adam(params, lr=0.05, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1)

    close(steps(make, gradients), want, "four steps of Adam")


@pytest.mark.milestone3
@pytest.mark.parametrize("drop_last, sizes", [(False, [4, 4, 2]), (True, [4, 4])])
def test_the_loader_goes_through_all_rows_in_batches(drop_last, sizes):
    X = np.arange(30).reshape(10, 3)
    loader = mg.DataLoader(mg.TensorDataset(X, np.arange(10)), 4, drop_last=drop_last)
    found = [(x.numpy(), y.numpy()) for x, y in loader]
    got = [len(x) for x, _ in found]
    holds(got == sizes, f"sizes of the batches, drop_last={drop_last}", got, str(sizes))
    close(len(loader), len(sizes), "len(loader)")
    seen = np.concatenate([y for _, y in found])
    close(seen, np.arange(len(seen)), "the rows, in order")
    close(found[1][0], X[4:8], "X of the second batch")


@pytest.mark.milestone3
def test_a_shuffled_loader_draws_a_new_order_each_time():
    mg.manual_seed(3)
    loader = mg.DataLoader(mg.TensorDataset(np.arange(50)), 7, shuffle=True)
    one, two = (np.concatenate([x.numpy() for (x,) in loader]) for _ in range(2))
    close(np.sort(one), np.arange(50), "the rows of a shuffled epoch, sorted")
    holds((one != two).any() and (one != np.arange(50)).any(), "the order", one, "new")
    mg.manual_seed(3)
    again = np.concatenate([x.numpy() for (x,) in loader])
    close(again, one, "the order after the same manual_seed")
    refuses(lambda: mg.TensorDataset(np.ones(3), np.ones(4)), "lengths 3 and 4")
    refuses(lambda: mg.DataLoader(mg.TensorDataset(np.ones(3)), 0), "batch_size 0")


@pytest.mark.milestone3
def test_schedulers_change_the_rate_by_their_formulas():
    def rates(make):
        optimizer = mg.SGD([mg.Parameter(np.ones(1))], lr=1.0)
        scheduler, found = make(optimizer), []
        for _ in range(4):
            found.append(optimizer.param_groups[0]["lr"])
            scheduler.step()
        return found

    close(
        rates(lambda o: mg.StepLR(o, 2)), [1, 1, 0.1, 0.1], "StepLR(2), rate by epoch"
    )
    got = rates(lambda o: mg.CosineAnnealingLR(o, 4, eta_min=0.2))
    half = 0.4 * math.sqrt(0.5)
    close(got, [1, 0.6 + half, 0.6, 0.6 - half], "CosineAnnealingLR(4, eta_min=0.2)")


def train(model, X, y, epochs, lr, batch=64):
    """The loop of the source's example."""
    dataloader = mg.DataLoader(mg.TensorDataset(X, y), batch_size=batch, shuffle=True)
    optimizer = mg.Adam(model.parameters(), lr=lr)
    for _ in range(epochs):
        for x, t in dataloader:
            loss = mg.cross_entropy(model(x), t)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def small_digits() -> tuple[np.ndarray, ...]:
    X, y = data.load_digits()
    order = np.random.default_rng(0).permutation(len(X))
    X, y = (X[order] / 16).astype(np.float32), y[order]
    return X[:1400], y[:1400], X[1400:], y[1400:]


def right(model, X, y) -> float:
    with mg.no_grad():
        return float((model(mg.tensor(X)).argmax(1).numpy() == y).mean())


def two_layers(inputs, hidden):
    """The class of the source's example, letter by letter but for the sizes."""

    class MLP(mg.Module):
        def __init__(self):
            self.fc1 = mg.Linear(inputs, hidden)
            self.fc2 = mg.Linear(hidden, 10)

        def forward(self, x):
            x = mg.relu(self.fc1(x))
            return self.fc2(x)

    return MLP()


@pytest.mark.milestone3
def test_the_example_learns_small_digits():
    mg.manual_seed(0)
    X, y, X_test, y_test = small_digits()
    model = two_layers(64, 32)
    before = mg.cross_entropy(model(mg.tensor(X)), mg.tensor(y)).item()
    close(before, np.log(10), "loss before training: nothing known, ln 10", rtol=0.05)
    train(model, X, y, 15, 0.005)
    got = right(model, X_test, y_test)
    holds(got > 0.93, "share of 397 other digits that are right", got, "above 0.93")


@pytest.mark.slow
@pytest.mark.milestone3
def test_the_example_learns_mnist():
    mg.manual_seed(0)
    X, y, X_test, y_test = data.load_mnist()
    model = two_layers(784, 128)
    close(sum(p.numel() for p in model.parameters()), 101_770, "parameters")
    train(model, X, y, 5, 0.002, batch=128)
    got = right(model, X_test, y_test)
    holds(
        got >= 0.97, "share of MNIST's test digits that are right", got, "at least 0.97"
    )


# --------------------------------------------------------------------------
# Milestone 4: the rest of the interface: pictures, norms, files


def convolved(x, k, b=0.0, stride=(1, 1), padding=(0, 0)):
    """The referee: SciPy's correlation, channel by channel."""
    (sy, sx), (py, px) = stride, padding
    x = np.pad(x, [(0, 0), (0, 0), (py, py), (px, px)])
    y = np.stack([
        [sum(signal.correlate2d(a, q, "valid") for a, q in zip(one, kernel))
         for kernel in k] for one in x
    ])  # fmt: skip
    return y[:, :, ::sy, ::sx] + np.reshape(b, (-1, 1, 1))


@pytest.mark.milestone4
def test_correlate_by_hand():
    """[[1 2 3] [4 5 6]] under [[1 0] [0 −1]]: 1 − 5, 2 − 6."""
    x = np.array([[[[1.0, 2, 3], [4, 5, 6]]]])
    kernel = np.array([[[[1.0, 0], [0, -1]]]])
    close(mg.correlate(x, kernel), [[[[-4, -4]]]], "correlate, by hand")


@pytest.mark.milestone4
@pytest.mark.parametrize("kernel", [(3, 3), (1, 1), (2, 3), (1, 5), (4, 1)])
def test_correlate_agrees_with_scipy(kernel, rng):
    x, k = rng.normal(size=(3, 2, 5, 6)), rng.normal(size=(4, 2, *kernel))
    close(
        mg.correlate(x, k), convolved(x, k), f"correlate, kernel {kernel}", atol=1e-10
    )


@pytest.mark.milestone4
def test_kernel_gradient_has_the_slopes_measured(rng):
    x, g = rng.normal(size=(3, 2, 4, 5)), rng.normal(size=(3, 4, 3, 3))
    kernel = rng.normal(size=(4, 2, 2, 3))
    (want,) = slopes(lambda k: convolved(x, k), [kernel], g)
    close(mg.kernel_gradient(x, g, 2, 3), want, "kernel_gradient", rtol=1e-5, atol=1e-7)


@pytest.mark.milestone4
def test_input_gradient_by_hand_and_measured(rng):
    """One g at the only place of a 1 x 2 kernel [[3, 5]]: x gets 3 and 5."""
    got = mg.input_gradient(np.ones((1, 1, 1, 1)), np.array([[[[3.0, 5.0]]]]))
    close(got, [[[[3, 5]]]], "input_gradient([[1]], [[3, 5]])")
    x, g = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(2, 4, 3, 3))
    kernel = rng.normal(size=(4, 3, 2, 3))
    (want,) = slopes(lambda x: convolved(x, kernel), [x], g)
    close(mg.input_gradient(g, kernel), want, "input_gradient", rtol=1e-5, atol=1e-7)


@pytest.mark.milestone4
@pytest.mark.parametrize(
    "stride, padding", [(1, 0), (1, 1), (2, 1), ((1, 2), (0, 2)), (3, 0)]
)
def test_conv2d_has_the_slopes_measured(stride, padding, rng):
    two = [(s, s) if isinstance(s, int) else s for s in (stride, padding)]
    arrays = [
        rng.normal(size=(2, 3, 5, 6)),
        rng.normal(size=(4, 3, 2, 3)),
        rng.normal(size=4),
    ]
    judged(f"conv2d, stride {stride}, padding {padding}",
           lambda x, k, b: mg.conv2d(x, k, b, stride, padding),
           lambda x, k, b: convolved(x, k, b, *two), arrays, rng)  # fmt: skip


@pytest.mark.milestone4
def test_many_images_are_done_in_blocks(rng):
    """More than fit in one block: every image counts."""
    x = rng.normal(size=(70, 4, 16, 16)).astype(np.float32)
    k, g = (
        rng.normal(size=(2, 4, 3, 3)).astype(np.float32),
        np.ones((70, 2, 14, 14), "f"),
    )
    y = mg.correlate(x, k)
    close(y[[0, 33, 69]], convolved(x[[0, 33, 69]], k), "correlate, 70 images",
          rtol=1e-3, atol=1e-4)  # fmt: skip
    want = [[[x[:, c, i : i + 14, j : j + 14].sum() for j in range(3)]
             for i in range(3)] for c in range(4)]  # fmt: skip
    close(mg.kernel_gradient(x, g, 3, 3)[1], want, "kernel_gradient of 70", rtol=1e-3,
          atol=0.05)  # fmt: skip


@pytest.mark.milestone4
def test_max_pool_by_hand_and_among_equals():
    """Windows 2 x 2; of three equal entries the first gets the gradient."""
    x = leaf([[[[1.0, 7, 2, 2], [3, 4, 2, 1]]]])
    y = mg.max_pool2d(x, 2)
    close(y, [[[[7, 2]]]], "max_pool2d of [[1 7 2 2] [3 4 2 1]]")
    y.sum().backward()
    close(x.grad, [[[[0, 1, 1, 0], [0, 0, 0, 0]]]], "its gradient")


@pytest.mark.milestone4
@pytest.mark.parametrize("size, stride", [(2, None), (3, 1), (2, 3), ((1, 2), (1, 2))])
def test_max_pool_has_the_slopes_measured(size, stride, rng):
    kh, kw = (size, size) if isinstance(size, int) else size
    sy, sx = (stride,) * 2 if isinstance(stride, int) else stride or (kh, kw)

    def plain(x):
        windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), (2, 3))
        return windows[:, :, ::sy, ::sx].max((-1, -2))

    judged(f"max_pool2d, size {size}, stride {stride}",
           lambda x: mg.max_pool2d(x, size, stride), plain,
           [rng.normal(size=(2, 3, 5, 6))], rng)  # fmt: skip


def normed(x, w, b):
    """Batch norm of (n, c, h, w), plainly."""
    z = (x - x.mean((0, 2, 3), keepdims=True)) / np.sqrt(
        x.var((0, 2, 3), keepdims=True) + 1e-5
    )
    return z * w.reshape(-1, 1, 1) + b.reshape(-1, 1, 1)


@pytest.mark.milestone4
def test_normalise_has_the_slopes_measured(rng):
    arrays = [rng.normal(size=(4, 3, 2, 2)) + 5, rng.normal(size=3), rng.normal(size=3)]
    judged("normalise", lambda x, w, b: mg.normalise(x, w, b, axes=(0, 2, 3)), normed,
           arrays, rng)  # fmt: skip


@pytest.mark.milestone4
def test_batch_norm_learns_running_statistics_and_uses_them_afterwards(rng):
    """Running mean after one batch: 0.9 · 0 + 0.1 · mean; var over n − 1, from 1."""
    x = rng.normal(3, 2, size=(8, 3, 4, 5)).astype(np.float32)
    layer = mg.BatchNorm2d(3)
    y = layer(mg.tensor(x)).detach().numpy()
    close(y, normed(x, np.ones(3), np.zeros(3)), "BatchNorm2d in training", atol=1e-4)
    close(layer.running_mean, 0.1 * x.mean((0, 2, 3)), "running_mean", rtol=1e-4)
    want = 0.9 + 0.1 * x.var((0, 2, 3), ddof=1)
    close(layer.running_var, want, "running_var", rtol=1e-4)
    layer.eval()
    got = layer(mg.tensor(x)).detach().numpy()
    mean, var = (np.asarray(t).reshape(-1, 1, 1) for t in (layer.running_mean, want))
    close(got, (x - mean) / np.sqrt(var + 1e-5), "BatchNorm2d after eval()", atol=1e-4)
    flat = mg.BatchNorm1d(3)(mg.tensor(x[:, :, 0, 0])).detach().numpy()
    close(flat.mean(0), np.zeros(3), "mean after BatchNorm1d", atol=1e-5)
    refuses(lambda: mg.BatchNorm2d(4)(mg.tensor(x)), "BatchNorm2d(4) of 3 channels")
    refuses(lambda: mg.BatchNorm2d(3)(mg.tensor(x[0])), "BatchNorm2d of three axes")


@pytest.mark.milestone4
@pytest.mark.parametrize("shape", [(4,), (3, 4)])
def test_layer_norm_has_the_slopes_measured(shape, rng):
    axes = tuple(range(-len(shape), 0))

    def plain(x, w, b):
        centred = x - x.mean(axes, keepdims=True)
        return centred / np.sqrt(x.var(axes, keepdims=True) + 1e-5) * w + b

    arrays = [
        rng.normal(size=(2, 3, 4)) + 5,
        rng.normal(size=shape),
        rng.normal(size=shape),
    ]
    judged(f"layer_norm over {shape}", lambda x, w, b: mg.layer_norm(x, shape, w, b),
           plain, arrays, rng)  # fmt: skip
    refuses(lambda: mg.layer_norm(mg.tensor(np.ones((2, 5))), shape), "of (2, 5)")
    layer = mg.LayerNorm(4)
    got = layer(mg.tensor(arrays[0].astype(np.float32))).detach()
    close(
        np.asarray(got).mean(-1), np.zeros((2, 3)), "mean after LayerNorm(4)", atol=1e-5
    )


@pytest.mark.milestone4
def test_dropout_keeps_the_mean_and_does_nothing_afterwards(rng):
    mg.manual_seed(0)
    x = mg.ones(200, 500, requires_grad=True)
    y = mg.dropout(x, 0.3)
    kept = y.detach().numpy()
    close(np.unique(kept), [0, 1 / 0.7], "values of dropout(ones, 0.3)", rtol=1e-5)
    close(kept.mean(), 1.0, "mean of dropout(ones, 0.3)", rtol=0.02)
    y.sum().backward()
    close(x.grad, kept, "gradient of dropout: what was kept")
    layer = mg.Dropout(0.3).eval()
    close(layer(x).detach(), np.ones((200, 500)), "Dropout after eval()")
    close(mg.dropout(x, 1.0).detach().sum(), 0, "dropout(x, 1).sum()")
    refuses(lambda: mg.dropout(x, 1.5), "dropout(x, 1.5)")


@pytest.mark.milestone4
def test_an_embedding_gives_rows_and_adds_up_their_gradients():
    table = mg.Embedding(5, 3)
    y = table(mg.tensor([[1, 4], [1, 1]]))
    close(y.detach(), table.weight.detach().numpy()[[[1, 4], [1, 1]]], "Embedding(ids)")
    y.sum().backward()
    want = np.zeros((5, 3))
    want[1], want[4] = 3, 1
    close(table.weight.grad, want, "gradient of the table: row 1 was taken three times")
    refuses(lambda: table(mg.tensor([5])), "Embedding(5, 3) of the id 5")


@pytest.mark.milestone4
def test_adamw_decays_apart_from_the_moments():
    """p ← p (1 − lr · wd) = 0.95, then Adam's first step of the size lr = 0.1."""
    got = steps(lambda p: mg.AdamW(p, lr=0.1, weight_decay=0.5), [3.0])
    close(got, [0.85], "first step of AdamW", rtol=1e-5)
    got = steps(lambda p: mg.AdamW(p, lr=0.1), [3.0])
    close(got, [1 - 0.001 - 0.1], "its default weight_decay is 0.01", rtol=1e-5)


@pytest.mark.milestone4
def test_a_state_goes_to_a_file_and_back(tmp_path):
    def make():
        return mg.Sequential(mg.Conv2d(1, 2, 3), mg.BatchNorm2d(2), mg.Flatten(),
                             mg.Linear(8, 3))  # fmt: skip

    model, other = make(), make()
    x = mg.tensor(np.random.default_rng(0).normal(size=(6, 1, 4, 4)).astype(np.float32))
    model(x)  # moves the running statistics
    names = list(model.state_dict())
    want = ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean",
            "1.running_var", "1.num_batches_tracked", "3.weight", "3.bias"]  # fmt: skip
    holds(names == want, "names of the state_dict", names, str(want))
    mg.save(model.state_dict(), tmp_path / "model.npz")
    holds(
        [p.name for p in tmp_path.iterdir()] == ["model.npz"], "files", 0, "model.npz"
    )
    other.load_state_dict(mg.load(tmp_path / "model.npz"))
    close(other.eval()(x).detach(), model.eval()(x).detach(), "the model loaded")


@pytest.mark.milestone4
def test_a_state_that_does_not_fit_is_refused_before_anything_changes():
    model = mg.Sequential(mg.Linear(3, 2))
    before = model[0].bias.detach().clone()
    state = model.state_dict()
    broken = {"0.bias": mg.ones(2), "1.weight": state["0.weight"]}
    sentence = refuses(
        lambda: model.load_state_dict(broken), "a key too much, one missing"
    )
    holds("0.weight" in sentence and "1.weight" in sentence, "the sentence", sentence,
          "names both keys")  # fmt: skip
    broken = {"0.bias": mg.ones(2), "0.weight": mg.ones(2, 2)}
    refuses(lambda: model.load_state_dict(broken), "a weight (2, 2) for (2, 3)")
    close(model[0].bias.detach(), before, "the bias, after both")
    model.load_state_dict({"0.bias": mg.ones(2), "other": mg.ones(1)}, strict=False)
    close(model[0].bias.detach(), [1, 1], "the bias, after strict=False")


@pytest.mark.milestone4
def test_a_damaged_or_foreign_file_is_refused(tmp_path):
    path = tmp_path / "model.npz"
    mg.save(mg.Linear(30, 20).state_dict(), path)
    whole = path.read_bytes()
    broken = {"cut in half": whole[: len(whole) // 2], "text": b"hello", "empty": b"",
              "changed": whole[:200] + b"\0\1\2\3" * 9 + whole[236:]}  # fmt: skip
    for name, content in broken.items():
        path.write_bytes(content)
        sentence = refuses(lambda: mg.load(path), f"load of a file that is {name}")
        holds("model.npz" in sentence, "the sentence", sentence, "names the file")


@pytest.mark.milestone4
def test_fused_operations_say_that_they_have_no_second_derivative():
    z = leaf(np.zeros((2, 3)))
    loss = mg.cross_entropy(z, mg.tensor([0, 1]))
    sentence = refuses(
        lambda: mg.grad(loss, z, create_graph=True), "grad of cross_entropy"
    )
    both = "cross_entropy" in sentence and "nll_loss" in sentence
    holds(both, "the sentence", sentence, "names it and the cure")


@pytest.mark.milestone4
def test_every_operation_passes_its_own_check():
    for name, one in mg.OPERATIONS.items():
        twice = one.check()
        holds(twice or one.fused, f"{name}.check()", twice, "True")


@pytest.mark.milestone4
def test_a_convolutional_net_learns_small_digits():
    mg.manual_seed(0)
    X, y, X_test, y_test = small_digits()
    X, X_test = X.reshape(-1, 1, 8, 8), X_test.reshape(-1, 1, 8, 8)
    model = mg.Sequential(mg.Conv2d(1, 12, 3, padding=1), mg.BatchNorm2d(12), mg.ReLU(),
                          mg.MaxPool2d(2), mg.Flatten(), mg.Dropout(0.2),
                          mg.Linear(12 * 16, 10))  # fmt: skip
    train(model, X, y, 5, 0.01)
    got = right(model.eval(), X_test, y_test)
    holds(got > 0.93, "share of 397 other digits that are right", got, "above 0.93")
