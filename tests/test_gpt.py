"""Chapter 21, GPT: the judge of the four milestones."""

import json
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tiktoken
from conftest import chapter
from hypothesis import given, strategies
from judge import close, holds, refuses
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from common import data

gpt = chapter("gpt")

B, H, T, D, C = 2, 3, 5, 4, 12  # all different, so that a wrong axis fails


def triple(rng, *shape: int) -> list[np.ndarray]:
    return [rng.normal(size=shape or (B, H, T, D)) for _ in range(3)]


def slopes(f, x: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """The referee of every gradient: central differences of f(), x changed in place."""
    out, flat = np.zeros(x.size), x.reshape(-1)
    for i, kept in enumerate(flat.copy()):
        flat[i] = kept + h
        high = f()
        flat[i] = kept - h
        out[i] = (high - f()) / (2 * h)
        flat[i] = kept
    return out.reshape(x.shape)


def small_model(rng, bias: bool = False, dtype=np.float64):
    """A model with weights so large that every part of it matters."""
    model = gpt.GPT(7, 6, 2, 3, C, bias=bias, dtype=dtype)
    model.flat[:] = rng.normal(0, 0.4, model.flat.size)
    return model


def some_ids(rng, rows: int = 2, length: int = 5) -> tuple[np.ndarray, np.ndarray]:
    ids = rng.integers(0, 7, (rows, length + 1))
    return ids[:, :-1], ids[:, 1:]


def play(name: str) -> str:
    return data.find(f"shakespeare/{name}").read_text(encoding="utf-8")


# --------------------------------------------------------------------------
# Milestone 1: attention: each place asks all the places before it


@pytest.mark.milestone1
def test_shares_by_hand():
    """e^0 = 1 and e^(ln 3) = 3: shares 1/4 and 3/4. A score of −∞ gets nothing."""
    S = np.array([[0.0, math.log(3), -np.inf]])
    close(gpt.softmax(S), [[0.25, 0.75, 0]], "softmax([[0, ln 3, −∞]])")


@pytest.mark.milestone1
def test_huge_scores_do_not_overflow():
    S = np.array([[1000.0, 1000.0], [-1000.0, 0.0]])
    close(gpt.softmax(S), [[0.5, 0.5], [0, 1]], "softmax([[1000, 1000], [−1000, 0]])")


@pytest.mark.milestone1
def test_the_mask_hides_what_comes_later():
    want = [[0, -np.inf, -np.inf], [0, 0, -np.inf], [0, 0, 0]]
    got = gpt.mask(3)
    holds(np.array_equal(got, want), "mask(3)", got, "0 up to the diagonal, then −∞")


@pytest.mark.milestone1
def test_attention_of_two_places_by_hand():
    """D = 1. Place 0 sees itself alone: it takes v = 10. Place 1 asks 1; the keys are
    ln 3 and 0, so the scores are ln 3 and 0, the shares 3/4 and 1/4: 7.5 + 5 = 12.5."""
    q = np.array([2.0, 1.0]).reshape(1, 1, 2, 1)
    k = np.array([math.log(3), 0.0]).reshape(1, 1, 2, 1)
    v = np.array([10.0, 20.0]).reshape(1, 1, 2, 1)
    out, _ = gpt.attention(q, k, v)
    close(out, [[[[10.0], [12.5]]]], "attention of 2 places, D = 1")


@pytest.mark.milestone1
def test_scores_are_divided_by_the_root_of_the_width():
    """D = 4, q = (2, 2, 2, 2), k = (ln 3)/4 · (1, 1, 1, 1) and 0: q·k = 2 ln 3, by √4
    it is ln 3: the shares of place 1 are 3/4 and 1/4."""
    q = np.full((1, 1, 2, 4), 2.0)
    k = np.zeros((1, 1, 2, 4))
    k[0, 0, 0] = math.log(3) / 4
    v = np.eye(2, 4).reshape(1, 1, 2, 4)
    out, _ = gpt.attention(q, k, v)
    close(out[0, 0, 1], [0.75, 0.25, 0, 0], "attention, D = 4: what place 1 gathers")


@pytest.mark.milestone1
def test_it_is_the_loop_over_every_place_and_head(rng):
    q, k, v = triple(rng)
    want = np.zeros((B, H, T, D))
    for b, h, t in np.ndindex(B, H, T):
        scores = [q[b, h, t] @ k[b, h, s] / math.sqrt(D) for s in range(t + 1)]
        shares = np.exp(scores) / np.exp(scores).sum()
        want[b, h, t] = sum(p * v[b, h, s] for s, p in enumerate(shares))
    out, cache = gpt.attention(q, k, v)
    close(out, want, f"attention(q, k, v), all of shape {(B, H, T, D)}")
    close(cache[3].sum(axis=-1), np.ones((B, H, T)), "rows of P, cache[3], summed")


@pytest.mark.milestone1
def test_the_future_cannot_leak(rng):
    """Whatever stands at place 3 and later, places 0 to 2 gather the same."""
    q, k, v = triple(rng)
    before = gpt.attention(q, k, v)[0][:, :, :3].copy()
    for array in (q, k, v):
        array[:, :, 3:] = rng.normal(size=array[:, :, 3:].shape) * 9
    after = gpt.attention(q, k, v)[0][:, :, :3]
    close(after, before, "attention at places 0 to 2, others at 3 and 4")


@pytest.mark.milestone1
def test_equal_keys_give_the_mean_of_what_came_so_far(rng):
    q, _, v = triple(rng)
    out, _ = gpt.attention(q, np.ones((B, H, T, D)), v)
    want = np.cumsum(v, axis=2) / np.arange(1, T + 1)[:, None]
    close(out, want, "attention with all keys alike")


@pytest.mark.milestone1
def test_nothing_that_was_handed_in_is_changed(rng):
    parts = triple(rng)
    before = [part.copy() for part in parts]
    gpt.attention(*parts)
    for name, part, old in zip("qkv", parts, before):
        close(part, old, f"{name} after attention(q, k, v)")


@pytest.mark.milestone1
@pytest.mark.parametrize("name", "qkv")
def test_the_backward_agrees_with_central_differences(name, rng):
    parts, weight = dict(zip("qkv", triple(rng))), rng.normal(size=(B, H, T, D))
    _, cache = gpt.attention(*parts.values())
    got = dict(zip("qkv", gpt.attention_backward(weight, cache)))[name]
    want = slopes(lambda: float((gpt.attention(*parts.values())[0] * weight).sum()),
                  parts[name])  # fmt: skip
    close(got, want, f"d{name} of attention_backward", rtol=1e-6, atol=1e-8)


@pytest.mark.milestone1
def test_single_precision_stays_single(rng):
    parts = [part.astype(np.float32) for part in triple(rng)]
    out, cache = gpt.attention(*parts)
    kinds = {a.dtype.name for a in (out, *gpt.attention_backward(out, cache))}
    holds(kinds == {"float32"}, "dtypes of out, dq, dk, dv", kinds, "float32 alone")


# --------------------------------------------------------------------------
# Milestone 2: the whole model reads, and writes


@pytest.mark.milestone2
def test_a_linear_layer_by_hand():
    """(1, 2) W = (1 + 6, 2 + 8, 0 + 10) = (7, 10, 10), and b adds 1, 0, −1."""
    x, W = np.array([[[1.0, 2.0]]]), np.array([[1.0, 2, 0], [3, 4, 5]])
    close(gpt.linear(x, W), [[[7, 10, 10]]], "linear([[[1, 2]]], W)")
    close(gpt.linear(x, W, np.array([1.0, 0, -1])), [[[8, 10, 9]]], "the same with b")


@pytest.mark.milestone2
def test_layer_norm_by_hand():
    """(1, 3): mean 2, variance 1, so x̂ = (−1, 1); γ = (2, 3), β = (10, 20)."""
    x, gamma, beta = (np.array(v, dtype=float) for v in ([[1, 3]], [2, 3], [10, 20]))
    y, _ = gpt.layer_norm(x, gamma, eps=0.0)
    close(y, [[-2, 3]], "layer_norm([[1, 3]], (2, 3), eps=0)")
    y, _ = gpt.layer_norm(x, gamma, beta, eps=0.0)
    close(y, [[8, 23]], "layer_norm([[1, 3]], (2, 3), (10, 20), eps=0)")


@pytest.mark.milestone2
def test_layer_norm_leaves_mean_0_and_variance_1_at_every_place(rng):
    x = rng.normal(5, 3, (B, T, C))
    y, _ = gpt.layer_norm(x, np.ones(C), eps=0.0)
    close(y.mean(axis=-1), np.zeros((B, T)), "means after layer_norm", atol=1e-12)
    close(y.var(axis=-1), np.ones((B, T)), "variances after layer_norm")


@pytest.mark.milestone2
def test_gelu_by_its_formula_and_far_out():
    """At 1: u = 0.797885 · 1.044715 = 0.833562, tanh u = 0.682384: 0.841192. Far to the
    right it is x, far to the left 0."""
    x = np.array([[0.0, 1.0, -1.0, 20.0, -20.0]])
    want = [[0, 0.8411920, -0.1588080, 20, 0]]
    close(gpt.gelu(x), want, "gelu([0, 1, −1, 20, −20])", rtol=1e-6)


@pytest.mark.milestone2
def test_gelu_and_its_slope_agree_with_gelu(rng):
    x = rng.normal(0, 2, (3, 50))
    y, slope = gpt.gelu_and_slope(x)
    close(y, gpt.gelu(x), "gelu_and_slope(x)[0]")
    want = (gpt.gelu(x + 1e-5) - gpt.gelu(x - 1e-5)) / 2e-5
    close(slope, want, "gelu_and_slope(x)[1]", rtol=1e-5, atol=1e-8)


@pytest.mark.milestone2
def test_heads_are_cut_out_of_one_product(rng):
    """Of 3 C columns the first C are q; of these the first D belong to head 0."""
    qkv = rng.normal(size=(B, T, 3 * C))
    for n, (name, got) in enumerate(zip("qkv", gpt.split_heads(qkv, H))):
        close(got.shape, (B, H, T, D), f"shape of {name} of split_heads")
        want = qkv[1, 3, n * C + 2 * D : n * C + 3 * D]
        close(got[1, 2, 3], want, f"{name} of head 2, place 3")


@pytest.mark.milestone2
def test_a_block_adds_to_what_is_there(rng):
    """With the two last products 0, a block leaves x as it was."""
    model = small_model(rng)
    layer = {name: value.copy() for name, value in model.p[0].items()}
    layer["attn.c_proj.weight"][:] = layer["mlp.c_proj.weight"][:] = 0
    x = rng.normal(size=(B, T, C))
    got, _ = gpt.block(x.copy(), layer, H, np.empty, lambda y: None)
    close(got, x, "block(x) with both c_proj = 0")


@pytest.mark.milestone2
def test_a_block_is_two_sums(rng):
    p, x = small_model(rng).p[0], rng.normal(size=(B, T, C))
    got, _ = gpt.block(x.copy(), p, H, np.empty, lambda y: None)
    a, _ = gpt.layer_norm(x, p["ln_1.weight"])
    out, _ = gpt.attention(*gpt.split_heads(a @ p["attn.c_attn.weight"], H))
    want = x + out.swapaxes(1, 2).reshape(B, T, C) @ p["attn.c_proj.weight"]
    b, _ = gpt.layer_norm(want, p["ln_2.weight"])
    want = want + gpt.gelu(b @ p["mlp.c_fc.weight"]) @ p["mlp.c_proj.weight"]
    close(got, want, "block(x) against its two lines")


@pytest.mark.milestone2
def test_the_loss_of_two_places_by_hand():
    """Logits (0, ln 3): chances 1/4 and 3/4. Targets 0 and 1: the mean of ln 4 and
    ln 4/3 is (1.386294 + 0.287682) / 2."""
    logits = np.array([[[0.0, math.log(3)], [0.0, math.log(3)]]])
    loss, P = gpt.cross_entropy(logits, np.array([[0, 1]]))
    close(loss, (math.log(4) + math.log(4 / 3)) / 2, "loss of cross_entropy")
    close(P, [[[0.25, 0.75], [0.25, 0.75]]], "P of cross_entropy")


@pytest.mark.milestone2
def test_an_untrained_model_knows_nothing(rng):
    """Every one of V tokens is about as likely: the loss is near ln V = 4.17."""
    ids = rng.integers(0, 65, (8, 17))
    model = gpt.GPT(65, 16, 3, 4, 32, rng=1)
    logits, loss = model.forward(ids[:, :-1], ids[:, 1:])
    close(logits.shape, (8, 16, 65), "shape of the logits")
    close(loss, math.log(65), "loss of an untrained GPT", atol=0.1)


@pytest.mark.milestone2
def test_each_place_sees_only_what_came_before(rng):
    model, (ids, _) = small_model(rng), some_ids(rng)
    before = model.forward(ids)[0][:, :3].copy()
    other = ids.copy()
    other[:, 3:] = (other[:, 3:] + 1) % 7
    close(model.forward(other)[0][:, :3], before, "logits at 0 to 2, others at 3, 4")
    one, two = (model.forward(each)[0][:, 3] for each in (ids, other))
    holds(not np.allclose(one, two), "logits at 3", two, "others: another token")


@pytest.mark.milestone2
def test_the_same_token_counts_otherwise_elsewhere(rng):
    """Two equal tokens: without positions both places would say the same."""
    logits, _ = small_model(rng).forward(np.array([[4, 4]]))
    holds(not np.allclose(logits[0, 0], logits[0, 1]), "logits of the ids [4, 4]",
          logits[0], "different rows: wpe tells places apart")  # fmt: skip


@pytest.mark.milestone2
def test_the_logits_are_the_rows_of_wte_that_fit(rng):
    """One token, no layer to speak of: ln_f(wte[3] + wpe[0]) times each row of wte."""
    model = small_model(rng)
    for layer in model.p:
        layer["attn.c_proj.weight"][:] = layer["mlp.c_proj.weight"][:] = 0
    p = model.parameters
    top, _ = gpt.layer_norm(p["wte"][3] + p["wpe"][0], p["ln_f.weight"])
    close(model.forward(np.array([[3]]))[0], [[p["wte"] @ top]], "logits of the id 3")


@pytest.mark.milestone2
def test_more_tokens_than_the_context_are_refused(rng):
    refuses(lambda: small_model(rng).forward(np.zeros((1, 7), int)), "7 ids, context 6")


@pytest.mark.milestone2
def test_level_by_hand():
    """(3, −3, 1, −1): the squares 9, 9, 1, 1 have the mean 5; divide by √5.00001."""
    row = np.array([3.0, -3, 1, -1])
    want = row / np.sqrt(5.00001)
    close(gpt.level(row), want, "level of (3, −3, 1, −1)")
    close(gpt.level(np.array([row, 2 * row]))[0], want, "the same as one of two rows")
    close(row, [3, -3, 1, -1], "x after level")


@pytest.mark.milestone2
def test_level_is_the_layer_norm_where_the_mean_is_0(rng):
    x = rng.normal(size=(4, C))
    x -= x.mean(axis=1, keepdims=True)
    close(gpt.level(x), gpt.layer_norm(x, np.ones(C))[0], "level of 4 rows, mean 0")


@pytest.mark.milestone2
def test_through_a_layer_is_linear_without_work_arrays(rng):
    x, W, b = rng.normal(size=(4, C)), rng.normal(size=(C, 5)), rng.normal(size=5)
    for bias in (None, b):
        want = gpt.linear(x, W, bias)
        close(gpt.through(x, W, bias), want, "through of 4 rows", 1e-9)
        close(gpt.through(x[0], W, bias), want[0], "through of one row (C,)", 1e-9)


@pytest.mark.milestone2
@pytest.mark.parametrize("bias", [False, True])
def test_reading_with_a_memory_is_the_same_as_reading_at_once(bias, rng):
    model, ids = small_model(rng, bias, np.float32), rng.integers(0, 7, 6)
    want = model.forward(ids[None])[0][0].copy()
    memory = gpt.Memory(model)
    close(gpt.read(memory, ids[:3]), want[2], "read of 3 ids", 1e-3, 1e-4)
    for t in (3, 4, 5):
        got = gpt.read(memory, ids[t : t + 1])
        close(got, want[t], f"read of id {t}, the others in memory", 1e-3, 1e-4)
    close(memory.length, 6, "memory.length")


@pytest.mark.milestone2
def test_chances_by_hand():
    """Logits ln 4, ln 1, ln 3, ln 2: chances 0.4, 0.1, 0.3, 0.2. The two likeliest:
    4/7 and 3/7. At least 0.6 together: 0.4 and 0.3. Temperature ½ squares them."""
    logits = np.log([4.0, 1, 3, 2])
    for how, want in (
        ({}, [0.4, 0.1, 0.3, 0.2]),
        ({"temperature": 0.5}, np.array([16, 1, 9, 4]) / 30),
        ({"temperature": 0}, [1, 0, 0, 0]),
        ({"top_k": 2}, [4 / 7, 0, 3 / 7, 0]),
        ({"top_k": 9}, [0.4, 0.1, 0.3, 0.2]),
        ({"top_p": 0.6}, [4 / 7, 0, 3 / 7, 0]),
        ({"top_p": 0.05}, [1, 0, 0, 0]),
        ({"top_p": 1.0}, [0.4, 0.1, 0.3, 0.2]),
        ({"top_k": 3, "top_p": 0.7}, [4 / 7, 0, 3 / 7, 0]),
    ):
        close(gpt.chances(logits, **how), want, f"chances(ln (4, 1, 3, 2), {how})")


@pytest.mark.milestone2
def test_chances_are_left_alone_and_nonsense_is_refused():
    logits = np.log([4.0, 1, 3, 2])
    gpt.chances(logits, 0.5, 2, 0.5)
    close(logits, np.log([4.0, 1, 3, 2]), "the logits after chances")
    for how in ({"temperature": -1}, {"top_k": 0}, {"top_p": 0.0}, {"top_p": 1.5}):
        refuses(lambda how=how: gpt.chances(logits, **how), f"chances(…, {how})")


@pytest.mark.milestone2
def test_it_writes_n_more_and_the_seed_decides(rng):
    model = small_model(rng, dtype=np.float32)
    one, two = (gpt.generate(model, [1, 2], 30, seed) for seed in (5, 5))
    close(one, two, "generate(…, rng=5), twice")
    close(one[:2], [1, 2], "the first ids of generate: the prompt")
    close(len(one), 32, "how many ids come from 2 and 30 more")
    other = gpt.generate(model, [1, 2], 30, 6)
    holds(not np.array_equal(one, other), "generate with rng=6", other, "other ids")


@pytest.mark.milestone2
def test_the_memory_changes_nothing_that_is_written(rng):
    """Far beyond the context of 6 as well."""
    model = small_model(rng, dtype=np.float32)
    fast, slow = (gpt.generate(model, [3], 40, 1, cache=c) for c in (True, False))
    close(fast, slow, "generate(…, cache=True) and cache=False")


@pytest.mark.milestone2
def test_tokens_are_drawn_as_often_as_they_are_likely(rng):
    """4,000 next tokens after the same prompt: within five standard errors each."""
    model = small_model(rng, dtype=np.float32)
    want = gpt.chances(model.forward(np.array([[1, 2]]))[0][0, -1])
    drawn = [next(gpt.writing(model, [1, 2], rng)) for _ in range(4000)]
    got = np.bincount(drawn, minlength=7) / 4000
    error = np.sqrt(want * (1 - want) / 4000)
    holds((np.abs(got - want) <= 5 * error + 1e-9).all(), "shares of 4,000 next tokens",
          got, f"near {np.round(want, 3)}")  # fmt: skip


@pytest.mark.milestone2
def test_nothing_to_go_on_from_is_refused(rng):
    refuses(lambda: gpt.generate(small_model(rng), [], 3, 0), "generate(model, [], 3)")


# --------------------------------------------------------------------------
# Milestone 3: every weight learns


@pytest.mark.milestone3
def test_the_backward_of_a_linear_layer(rng):
    x, W, weight = (rng.normal(size=s) for s in ((2, 3, 4), (4, 5), (2, 3, 5)))
    dx, dW, db = gpt.linear_backward(weight, x, W)
    want = slopes(lambda: float((gpt.linear(x, W) * weight).sum()), x)
    close(dx, want, "dx of linear_backward", 1e-6)
    want = slopes(lambda: float((gpt.linear(x, W) * weight).sum()), W)
    close(dW, want, "dW of linear_backward", 1e-6)
    close(db, weight.sum(axis=(0, 1)), "db of linear_backward")


@pytest.mark.milestone3
def test_the_backward_of_a_layer_norm(rng):
    x, weight = rng.normal(2, 3, (2, 3, 5)), rng.normal(size=(2, 3, 5))
    gamma, beta = rng.normal(size=5), rng.normal(size=5)

    def loss() -> float:
        return float((gpt.layer_norm(x, gamma, beta)[0] * weight).sum())

    got = gpt.layer_norm_backward(weight, gpt.layer_norm(x, gamma, beta)[1])
    for name, value, array in zip(("dx", "dgamma", "dbeta"), got, (x, gamma, beta)):
        close(value, slopes(loss, array), f"{name} of layer_norm_backward", 1e-5, 1e-7)


@pytest.mark.milestone3
def test_back_through_a_layer_writes_its_gradients(rng):
    model, (x, dy) = small_model(rng, bias=True), rng.normal(size=(2, B, T, C))
    dx, dW, db = gpt.linear_backward(dy, x, model.p[1]["attn.c_proj.weight"])
    got = gpt.back_through("attn.c_proj", dy, x, model.p[1], model.g[1], np.empty)
    close(got, dx, 'dx of back_through("attn.c_proj", …)')
    close(model.gradients["h.1.attn.c_proj.weight"], dW, "its gradient of W")
    close(model.gradients["h.1.attn.c_proj.bias"], db, "its gradient of b")


@pytest.mark.milestone3
@pytest.mark.parametrize("bias", [False, True])
def test_every_gradient_of_the_model_agrees_with_central_differences(bias, rng):
    model, (ids, targets) = small_model(rng, bias), some_ids(rng)
    model.forward(ids, targets)
    got = {name: value.copy() for name, value in model.backward().items()}
    close(
        sorted(map(len, got)), sorted(map(len, model.parameters)), "names of backward"
    )
    for name, w in model.parameters.items():
        want = slopes(lambda: model.forward(ids, targets)[1], w)
        close(got[name], want, f"gradient of {name}", rtol=1e-5, atol=1e-8)


@pytest.mark.milestone3
def test_block_backward_goes_back_to_what_came_in(rng):
    """The referee is central differences by x, the input of the block."""
    model, x, weight = small_model(rng), *rng.normal(size=(2, B, T, C))

    def loss() -> float:
        y, _ = gpt.block(x.copy(), model.p[0], H, np.empty, lambda y: None)
        return float((y * weight).sum())

    _, cache = gpt.block(x.copy(), model.p[0], H, np.empty, lambda y: None)
    dx = weight.copy()
    gpt.block_backward(dx, cache, model.p[0], model.g[0], np.empty)
    close(dx, slopes(loss, x), "dx after block_backward", 1e-5, 1e-7)


@pytest.mark.milestone3
def test_what_was_dropped_gets_no_blame(rng):
    """With the same noise in both, forward and backward agree with differences."""
    model, (ids, targets) = small_model(rng), some_ids(rng)
    model.rate = 0.5

    def loss() -> float:
        model.noise = np.random.default_rng(3)
        return model.forward(ids, targets)[1]

    loss()
    got = {name: value.copy() for name, value in model.backward().items()}
    for name in ("wte", "h.0.attn.c_proj.weight", "h.1.mlp.c_fc.weight"):
        want = slopes(loss, model.parameters[name])
        close(got[name], want, f"gradient of {name}, half dropped", 1e-5, 1e-8)


@pytest.mark.milestone3
def test_the_learning_rate_goes_up_in_a_line_and_down_in_a_wave():
    """Warm-up 3: 1/4, 2/4, 3/4 of the highest. Then from 1 to 0.1 over 4 steps, half
    way down at 0.55."""
    got = [gpt.learning_rate(step, 7, 1.0, 3, 0.1) for step in range(9)]
    down = [0.1 + 0.45 * (1 + math.cos(math.pi * s / 4)) for s in range(5)]
    close(got, [0.25, 0.5, 0.75, *down, 0.1], "learning_rate of steps 0 to 8")


@pytest.mark.milestone3
def test_gradients_are_averaged_and_shortened():
    """The mean of (6, 0) and (0, 8) is (3, 4), 5 long; shortened to 1: (0.6, 0.8)."""
    parts = [np.array([6.0, 0]), np.array([0.0, 8])]
    close(gpt.add_and_clip(parts, 1.0), 5, "length of the mean of (6, 0) and (0, 8)")
    close(parts[0], [0.6, 0.8], "the first after add_and_clip(…, 1)")
    parts = [np.array([0.3, 0.4])]
    gpt.add_and_clip(parts, 1.0)
    close(parts[0], [0.3, 0.4], "a short one after add_and_clip")


@pytest.mark.milestone3
def test_the_first_step_of_adamw_by_hand(rng):
    """At t = 1, m̂ = g and v̂ = g²: each weight goes by lr against the sign of g; those
    of matrices are first shrunk by 1 − 0.1 · 0.5 = 0.95."""
    model = small_model(rng)
    before, g = model.flat.copy(), rng.normal(size=model.flat.size)
    gpt.AdamW(model, decay=0.5, eps=0.0).step(g.copy(), 0.1)
    matrix = np.concatenate([np.full(w.size, w.ndim > 1.5)
                             for w in model.parameters.values()])  # fmt: skip
    want = np.where(matrix, 0.95, 1.0) * before - 0.1 * np.sign(g)
    close(model.flat, want, "the weights after a step of AdamW")


@pytest.mark.milestone3
def test_ten_steps_of_adamw_are_those_of_its_formula(rng):
    model = small_model(rng)
    w, m, v = model.flat[-1], 0.0, 0.0
    optimizer = gpt.AdamW(model, betas=(0.8, 0.9), decay=0.5, eps=1e-3)
    for t in range(1, 11):
        g = rng.normal(size=model.flat.size)
        m, v = 0.8 * m + 0.2 * g[-1], 0.9 * v + 0.1 * g[-1] ** 2
        w -= 0.01 * (m / (1 - 0.8**t)) / (math.sqrt(v / (1 - 0.9**t)) + 1e-3)
        optimizer.step(g, 0.01)
    close(model.flat[-1], w, "the last weight (of a vector: no decay) after ten steps")


@pytest.mark.milestone3
def test_a_batch_is_pieces_of_the_text_and_what_comes_next():
    model = gpt.GPT(50, 4, 1, 1, 4)
    x, y = gpt.Trainer(model, 9, batch=3, seed=2).draw(np.arange(30))
    close(x.shape, (3, 4), "shape of x of draw")
    close(x - x[:, :1], np.tile(np.arange(4), (3, 1)), "x of draw: four in a row")
    close(y, x + 1, "y of draw, of the text 0, 1, 2 …")


@pytest.mark.milestone3
def test_each_step_draws_anew_and_the_seed_decides():
    trainer = gpt.Trainer(gpt.GPT(50, 4, 1, 1, 4), 9, batch=3, seed=2)
    first = trainer.draw(np.arange(3000))[0]
    close(trainer.draw(np.arange(3000))[0], first, "draw, twice at the same step")
    trainer.step = 1
    other = trainer.draw(np.arange(3000))[0]
    holds(not np.array_equal(other, first), "draw at step 1", other, "other pieces")


@pytest.mark.milestone3
@pytest.mark.parametrize("workers", [1, 2])
def test_it_learns_a_little_tune(workers):
    """0 1 2 3 0 1 2 3 …: after 60 steps it knows what comes next."""
    tune, model = np.tile(np.arange(4), 50), gpt.GPT(4, 8, 1, 2, 16)
    trainer = gpt.Trainer(model, 60, 5, lr=0.01, workers=workers)
    with ThreadPoolExecutor() as pool:
        losses = [trainer.learn(pool, tune) for _ in range(60)]
    holds(losses[-1] < 0.2 < 1 < losses[0], "loss, first and last of 60 steps",
          [losses[0], losses[-1]], "from about ln 4 to below 0.2")  # fmt: skip
    got = gpt.generate(model, [0, 1, 2], 5, 0, temperature=0)
    close(got, [0, 1, 2, 3, 0, 1, 2, 3], "generate after 0 1 2")


@pytest.mark.milestone3
def test_two_workers_do_what_one_does():
    tune, ends = np.tile(np.arange(4), 50), []
    for workers in (1, 2):
        model = gpt.GPT(4, 8, 1, 2, 16, dtype=np.float64)
        trainer = gpt.Trainer(model, 60, 5, lr=0.01, workers=workers)
        with ThreadPoolExecutor() as pool:
            ends.append([trainer.learn(pool, tune) for _ in range(5)])
    close(ends[1], ends[0], "losses of two workers, of one", rtol=1e-6)


@pytest.mark.milestone3
@pytest.mark.parametrize("length", [4, 5, 13, 14, 15, 100])
def test_the_whole_loss_judges_every_token_once(length, rng):
    """The referee reads the windows one by one; the first token is not judged."""
    model, ids = small_model(rng), rng.integers(0, 7, length)
    total = 0.0
    for i in range(0, length - 1, 6):
        piece = ids[i : i + 7]
        total += model.forward(piece[None, :-1], piece[None, 1:])[1] * (len(piece) - 1)
    close(gpt.whole_loss(model, ids), total / (length - 1), f"whole_loss, {length} ids")


# --------------------------------------------------------------------------
# Milestone 4: pieces of words, and a model that is kept


@pytest.mark.milestone4
def test_letters_are_numbered_in_their_order():
    """Of "hello": e h l o."""
    tokenizer = gpt.CharTokenizer.train("hello")
    close(tokenizer.encode("hole"), [1, 3, 2, 0], 'encode("hole") after "hello"')
    got = tokenizer.decode([1, 0, 2, 2, 3])
    holds(got == "hello", "decode([1, 0, 2, 2, 3])", got, "hello")
    sentence = refuses(lambda: tokenizer.encode("hex"), 'encode("hex")')
    holds("x" in sentence, 'the sentence about "hex"', sentence, "one that names x")


@pytest.mark.milestone4
def test_pairs_are_merged_from_the_left():
    for word, want in (
        ([1, 1, 1, 2], [9, 1, 2]),
        ([1, 1, 1, 1], [9, 9]),
        ([2, 1], [2, 1]),
    ):
        close(gpt.merged(word, (1, 1), 9), want, f"merged({word}, (1, 1), 9)")


@pytest.mark.milestone4
def test_merges_by_hand():
    """ "aab aab ab": the words are aab, " aab", " ab". a b comes 3 times, a a twice,
    " a" twice. So ab first; then a ab (2 times); of " a" only one is left, before aab,
    and " ab" once: both once; nothing more is asked for."""
    got = gpt.BPETokenizer.train("aab aab ab", 258).merges
    holds(got == [(b"a", b"b"), (b"a", b"ab")], 'merges of "aab aab ab"', got,
          "a b, then a ab")  # fmt: skip


@pytest.mark.milestone4
def test_pair_counts_stay_right_as_words_are_merged(rng):
    """After every merge the counts are those of counting anew."""
    words = [rng.integers(0, 3, rng.integers(1, 9)).tolist() for _ in range(30)]
    times, rank = rng.integers(1, 5, 30).tolist(), {i: i for i in range(20)}
    pairs = gpt.PairCounts([list(w) for w in words], times, rank)
    for new in range(3, 9):
        pair = pairs.best()
        pairs.merge(pair, new)
        want: dict = {}
        for word, n in zip(pairs.words, times):
            for p in zip(word, word[1:]):
                want[p] = want.get(p, 0) + n
        got = {p: n for p, n in pairs.count.items() if n}
        holds(got == want, f"pair counts after merge {new - 2}", got, f"{want}")


@pytest.mark.milestone4
def test_the_merges_are_those_of_hugging_face():
    """The same text, the same size: 800 merges, one by one, ties and all."""
    text = play("tiny_shakespeare.txt")[:60_000]
    peer = Tokenizer(models.BPE())
    peer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    how = {"vocab_size": 1056, "initial_alphabet": alphabet, "show_progress": False}
    peer.train_from_iterator([text], trainers.BpeTrainer(**how))
    letters = gpt.byte_letters()
    want = [tuple(pair) for pair in json.loads(peer.to_str())["model"]["merges"]]
    spelt = [tuple("".join(letters[b] for b in part) for part in pair)
             for pair in gpt.BPETokenizer.train(text, 1056).merges]  # fmt: skip
    wrong = next((i for i, (a, b) in enumerate(zip(spelt, want)) if a != b), None)
    where = "" if wrong is None else f"merge {wrong}: {spelt[wrong]}, not {want[wrong]}"
    holds(spelt == want, "800 merges of tiny Shakespeare", where, "those of the peer")


def gpt2_peer() -> tiktoken.Encoding:
    """tiktoken's GPT-2, from the same two files."""
    byte = {letter: b for b, letter in enumerate(gpt.byte_letters())}
    text = data.find("gpt2/encoder.json").read_text(encoding="utf-8")
    ranks = {bytes(byte[c] for c in token): i for token, i in json.loads(text).items()
             if token != "<|endoftext|>"}  # fmt: skip
    pattern = (r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++"
               r"|\s++$|\s+(?!\S)|\s")  # fmt: skip
    return tiktoken.Encoding(
        "gpt2", pat_str=pattern, mergeable_ranks=ranks, special_tokens={}
    )


@pytest.mark.milestone4
def test_gpt2_encodes_as_tiktoken_does(rng):
    """A play, and 400 lines of signs that are cut in odd ways."""
    ours, peer = gpt.BPETokenizer.from_gpt2(data.find("gpt2")), gpt2_peer()
    signs = [*" \n\t\r\x0b\x1c\x85\xa0", "a", "É", "1", "½", "'s", "'", "!", "字", "😀",
             "\u0301", "\u3000", "\u200b", "[", "don't"]  # fmt: skip
    lines = ["".join(rng.choice(signs, 12)) for _ in range(400)]
    for text in (play("tiny_shakespeare.txt")[:50_000], *lines):
        got, want = ours.encode(text), peer.encode(text)
        holds(got == want, f"GPT-2's encode({text[:40]!r})", got[:20], f"{want[:20]}")


@pytest.mark.milestone4
@given(strategies.binary(max_size=200))
def test_every_byte_string_comes_back(raw):
    tokenizer = trained()
    got = tokenizer.decode_bytes(tokenizer.encode(raw))
    holds(got == raw, f"decode_bytes(encode({raw!r}))", got, "the same bytes")


MEMO: dict = {}


def trained():
    """A small tokenizer, trained once for each version that is judged."""
    key = id(gpt.BPETokenizer.train.__func__)
    if key not in MEMO:
        MEMO[key] = gpt.BPETokenizer.train(play("tiny_shakespeare.txt")[:20_000], 400)
    return MEMO[key]


@pytest.mark.milestone4
@given(strategies.text(max_size=100))
def test_every_text_comes_back(text):
    tokenizer = trained()
    got = tokenizer.decode(tokenizer.encode(text))
    holds(got == text, f"decode(encode({text!r}))", got, "the same text")


@pytest.mark.milestone4
def test_tokens_up_to_255_are_the_bytes():
    tokenizer = gpt.BPETokenizer.train("aab aab ab", 258)
    close(tokenizer.encode(b"\xff\x00"), [255, 0], r'encode(b"\xff\x00")')
    close(tokenizer.encode("aab"), [257], 'encode("aab"): one token, made last')
    got = tokenizer.decode([257, 256])
    holds(got == "aabab", "decode([257, 256])", got, "aabab")


@pytest.mark.milestone4
def test_a_word_is_merged_in_the_order_the_merges_were_made():
    """With b c made before a b, "abc" is a bc."""
    tokenizer = gpt.BPETokenizer([(b"b", b"c"), (b"a", b"b")])
    close(tokenizer.encode_word("abc"), [97, 256], 'encode_word("abc"): a, bc')


@pytest.mark.milestone4
def test_half_a_letter_is_shown_as_such():
    tokenizer = gpt.BPETokenizer.train("e", 256)
    got = tokenizer.decode(tokenizer.encode("é")[:1])
    holds(got == "�", "decode of the first byte of é", got, "the sign for no letter")


@pytest.mark.milestone4
def test_too_small_a_vocabulary_is_refused():
    refuses(
        lambda: gpt.BPETokenizer.train("abc", 200), 'BPETokenizer.train("abc", 200)'
    )


@pytest.mark.milestone4
@pytest.mark.parametrize("kind", ["char", "bpe"])
def test_tokenizers_and_models_come_back_from_their_files(kind, tmp_path, rng):
    text = "To be, or not to be, that is the question"
    tokenizer = gpt.CharTokenizer.train(text)
    if kind == "bpe":
        tokenizer = gpt.BPETokenizer.train(text, 262)
    tokenizer.save(tmp_path / "t.json")
    for again in (type(tokenizer).load(tmp_path / "t.json"),
                  gpt.described_by(tokenizer.described())):  # fmt: skip
        close(again.encode(text), tokenizer.encode(text), "encode of what came back")
    model, facts = small_model(rng, dtype=np.float32), {"step": 3}
    gpt.save_model(tmp_path / "m", model, tokenizer, facts, state={"m": np.ones(3)})
    kept = gpt.load_model(tmp_path / "m")
    close(kept.model.flat, model.flat, "weights of load_model(save_model(…))", 0, 0)
    close(kept.state["m"], [1, 1, 1], "state of load_model")
    holds(kept.facts == facts, "facts of load_model", kept.facts, f"{facts}")


@pytest.mark.milestone4
def test_half_as_many_bits_are_nearly_the_same(tmp_path, rng):
    model = small_model(rng, dtype=np.float32)
    tokenizer = gpt.CharTokenizer("abcdefg")
    file = gpt.save_model(tmp_path, model, tokenizer, {}, half=True)
    close(gpt.load_model(file).model.flat, model.flat, "weights in float16", 1e-3, 1e-6)


@pytest.mark.milestone4
def test_another_number_has_another_fingerprint():
    one, two = (gpt.fingerprint({"a": 1}, {"w": np.ones(3) * k}) for k in (1, 2))
    holds(one != two, "fingerprint of the weights 2 2 2", two, "not that of 1 1 1")
    other = gpt.fingerprint({"a": 2}, {"w": np.ones(3)})
    holds(one != other, "fingerprint with another header", other, f"not {one}")


@pytest.mark.milestone4
def test_the_best_weights_are_those_that_come_back(tmp_path, rng):
    model, tokenizer = small_model(rng, dtype=np.float32), gpt.CharTokenizer("abcdefg")
    best = model.flat + 1
    file = gpt.save_model(tmp_path, model, tokenizer, {}, best)
    close(gpt.load_model(file).model.flat, best, "weights of save_model(…, best)", 0, 0)


@pytest.mark.milestone4
def test_any_other_bit_is_noticed(tmp_path, rng):
    """A byte changed here or there, a file cut short, and what was no model at all."""
    tokenizer = gpt.CharTokenizer("abcdefg")
    file = gpt.save_model(tmp_path, small_model(rng, dtype=np.float32), tokenizer, {})
    whole = file.read_bytes()
    for at in rng.integers(0, len(whole), 15):
        broken = bytearray(whole)
        broken[at] ^= 4
        file.write_bytes(broken)
        try:
            kept = gpt.load_model(file)
        except ValueError:
            continue
        same = gpt.fingerprint({}, {"w": kept.model.flat})
        file.write_bytes(whole)
        want = gpt.fingerprint({}, {"w": gpt.load_model(file).model.flat})
        what = "ValueError, or the very same weights"
        holds(same == want, f"load_model with byte {at} changed", same, what)
    for text in (whole[: len(whole) // 2], b"", b"no model"):
        file.write_bytes(text)
        refuses(lambda: gpt.load_model(file), f"load_model of {len(text)} bytes")


@pytest.mark.milestone4
def test_n_grams_by_hand():
    """Known "aab", judged "ab": V = 2. Letters a 2 of 3, two kinds: P₁(a) = (2 + 2 · ½)
    / (3 + 2) = 0.6 and P₁(b) = 0.4. After a came a and b, once each, two kinds: P₂(b |
    a) = (1 + 2 · 0.4) / (2 + 2) = 0.45; the first letter has no history: 0.6 stays."""
    want = [-(math.log(0.6) + math.log(0.4)) / 2, -(math.log(0.6) + math.log(0.45)) / 2]
    close(gpt.ladder("aab", "ab", 2), want, 'ladder("aab", "ab", 2)')


@pytest.mark.milestone4
def test_n_grams_are_shares(rng):
    """All letters that may come next have 1 together: summed over them, e^(−loss)."""
    known, letters = "abracadabra", "abcdr"
    for history in ("ab", "ra", "cc", ""):
        total = 0.0
        for letter in letters:
            n = len(history) + 1
            with_it = gpt.ladder(known + letters, history + letter, 3)[2] * n
            before = (
                gpt.ladder(known + letters, history, 3)[2] * (n - 1) if history else 0
            )
            total += math.exp(before - with_it)
        close(total, 1, f"chances after {history!r}, summed")


@pytest.mark.milestone4
def test_the_longest_copy_by_hand():
    got = gpt.longest_copy("xxto be ory", "or not to be or to be")
    holds(got == "to be or", 'longest_copy("xxto be ory", …)', got, "to be or")
    got = gpt.longest_copy("abc", "xyz")
    holds(got == "", 'longest_copy("abc", "xyz")', got, "nothing")
