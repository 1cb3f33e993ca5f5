"""Chapter 21. GPT: a machine that reads everything so far and guesses what comes next.

All that it learns is to say, for every place in a text, how likely each next token is.
A token is a letter, or a piece of a word. Whoever can do that can write: draw the next
token, append it, ask again. The new idea is attention. Every place asks a question q,
offers a key k and holds a value v, each a matrix product of what stands there; and it
gathers the values of the places whose keys answer its question, never of later ones:

    out = softmax(q kᵀ / √D + mask) v         mask: −∞ for what comes later, else 0

Twelve or twenty-four matrices of that kind, with layers as in chapter 17 between them,
are the whole of it. Nothing is new in how it learns: cross-entropy, the chain rule, and
steps downhill. Every forward function has its backward beside it, derived by hand.

You will see a model learn to spell, then to write verses: the loss of each step, what
it writes meanwhile, the ladder of n-grams that it has to beat, and how much it merely
knows by heart. `explain` draws where each head looks. A small model comes with this
book: `generate` works at once; `train` needs as many minutes as you give it.

    python final_gpt/gpt.py generate --prompt "To be, or not to be"
    python final_gpt/gpt.py train --minutes 3
    python final_gpt/gpt.py train shakespeare.txt --layers 6 --heads 8 --dim 512
    python final_gpt/gpt.py explain --prompt "To be, or not to be"

Names
    B, T, C   sequences side by side, tokens in each, numbers that stand for a token
    H, D, V   heads, numbers of each head (C = H D), tokens in the vocabulary
    x         (B, T, C)  what stands at each place; every block adds to it
    q, k, v   (B, H, T, D)  question, key and value of each place, in each head
    P         (B, H, T, T)  where each place looks: rows of shares that add up to 1
    ids       (B, T) int  the tokens by their numbers
    d_out     ∂loss/∂out, with the shape of out; so for every array
    new       makes an empty array: np.empty, or an Arena that lends old ones again

What this leaves out: rotary positions, grouped queries, experts; instruction tuning.

Source: Vaswani et al. 2017, "Attention Is All You Need"; Radford et al. 2019 (GPT-2).
"""

import argparse
import copy
import functools
import hashlib
import heapq
import json
import math
import os
import re
import signal
import textwrap
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from common import console, data, figures

Array = np.ndarray
New = Callable[[tuple[int, ...], Any], Array]
Values = Mapping[str, Array]  # parameters, or their gradients, by name
Axes = Any  # of matplotlib, which is imported late

BEND, CUBE = math.sqrt(2 / math.pi), 0.044715  # of GPT-2's gelu
SIGNS = r"!-/:-@\[-`{-~"  # the signs of ASCII
ALPHABET = [bytes([b]) for b in range(256)]
CHUNK = 32_768  # numbers at a time: so many stay in a core's own cache


# --------------------------------------------------------------------------
# Milestone 1: attention: each place asks all the places before it


def softmax(S: Array) -> Array:
    """Scores turned into shares, in place: e^s / Σ e^s along the last axis.

    As in chapter 14. A score of −∞ gets the share 0.
    """
    # subtle: e^90 overflows; the shares are the same
    S -= S.max(axis=-1, keepdims=True)
    np.exp(S, out=S)
    S /= S.sum(axis=-1, keepdims=True)
    return S


@functools.cache
def mask(T: int, dtype: Any = np.float32) -> Array:
    """(T, T): −∞ where the column comes later than the row, else 0; added to scores.

    On the diagonal it is 0: a place sees itself.
    """
    return np.triu(np.full((T, T), -np.inf, dtype), 1)


def attention(
    q: Array, k: Array, v: Array, new: New = np.empty, hide: Array | None = None
) -> tuple[Array, Any]:
    """What each place gathers from itself and those before it: -> (out, cache).

        S = q kᵀ / √D + mask        P = softmax(S)        out = P v

    q, k, v, out (B, H, T, D). A sum of D products of numbers of size 1 has the size √D:
    divided by it, the scores do not drown each other. `hide` is added to S as well; it
    need not be as large, if it can be broadcast.
    The cache is for `attention_backward`; its entry 3 is P (B, H, T, T).
    """
    B, H, T, D = q.shape
    P = np.matmul(q, k.swapaxes(2, 3), out=new((B, H, T, T), q.dtype))
    P *= 1 / math.sqrt(D)
    P += mask(T, q.dtype)
    if hide is not None:
        P += hide
    softmax(P)
    # fast: laid out as (B, T, H, D); so the heads already stand side by side in memory
    out = new((B, T, H, D), q.dtype).swapaxes(1, 2)
    np.matmul(P, v, out=out)
    return out, (q, k, v, P, out)


def attention_backward(
    d_out: Array, cache: Any, new: New = np.empty, into: Any = None
) -> tuple[Array, Array, Array]:
    """(dq, dk, dv) from d_out, all (B, H, T, D); written `into` three arrays, if given.

        out = P v               dv = Pᵀ d_out       dP = d_out vᵀ
        P = softmax(S)          dS = P (dP − r)     r = Σ dP P, one number a row
        S = q kᵀ / √D           dq = dS k / √D      dk = dSᵀ q / √D

    The first and the last are matrix products, as in chapter 17. In between, one row:
    P_i = e^(S_i) / Σ e^S has the slopes ∂P_i/∂S_j = P_i (1 − P_i) if i = j, and else
    −P_i P_j. Summed with the weights dP_i they give dS_j = P_j (dP_j − Σ_i dP_i P_i).
    A later place had the share 0 and so gets no blame: the mask needs no line here.
    """
    q, k, v, P, out = cache
    dq, dk, dv = into or (new(q.shape, q.dtype) for _ in range(3))
    np.matmul(P.swapaxes(2, 3), d_out, out=dv)
    dS = np.matmul(d_out, v.swapaxes(2, 3), out=new(P.shape, P.dtype))  # dP so far
    # fast: Σ dP P = Σ d_out out, a sum of D numbers in place of T
    dS -= np.einsum("bhtd,bhtd->bht", d_out, out)[..., None]
    dS *= P
    dS *= 1 / math.sqrt(q.shape[-1])
    np.matmul(dS, k, out=dq)
    np.matmul(dS.swapaxes(2, 3), q, out=dk)
    return dq, dk, dv


# --------------------------------------------------------------------------
# Milestone 2: the whole model reads, and writes


def linear(x: Array, W: Array, b: Array | None = None, new: New = np.empty) -> Array:
    """x W + b: (…, d), (d, k), (k,) or None -> (…, k)."""
    y = new((*x.shape[:-1], W.shape[1]), x.dtype)
    np.matmul(x.reshape(-1, len(W)), W, out=y.reshape(-1, W.shape[1]))
    if b is not None:
        y += b
    return y


def linear_backward(
    dy: Array, x: Array, W: Array, new: New = np.empty, into: Array | None = None
) -> tuple[Array, Array, Array]:  # milestone 3
    """(dx, dW, db) from dy (…, k): dx = dy Wᵀ, dW = xᵀ dy, db = Σ dy, as in chapter 17.

    dW is written `into` an array, if one is given. Rows are all tokens together.
    """
    rows, dy_rows = x.reshape(-1, len(W)), dy.reshape(-1, W.shape[1])
    dW = np.matmul(rows.T, dy_rows, out=new(W.shape, W.dtype) if into is None else into)
    dx = new(x.shape, x.dtype)
    np.matmul(dy_rows, W.T, out=dx.reshape(rows.shape))
    return dx, dW, dy_rows.sum(axis=0)


def layer_norm(
    x: Array, gamma: Array, beta: Array | None = None, eps: float = 1e-5,
    new: New = np.empty,
) -> tuple[Array, Any]:  # fmt: skip
    """Each place brought to mean 0 and variance 1, stretched, moved: -> (y, cache).

        x̂ = (x − mean) s        s = 1 / √(variance + eps)        y = γ x̂ + β

    x, y (…, C), gamma and beta (C,). The variance is the mean square, over C.
    """
    xhat, y = new(x.shape, x.dtype), new(x.shape, x.dtype)
    np.subtract(x, x.sum(axis=-1, keepdims=True) / x.shape[-1], out=xhat)
    variance = np.einsum("...c,...c->...", xhat, xhat)[..., None] / x.shape[-1]
    s = 1 / np.sqrt(variance + eps)
    xhat *= s
    np.multiply(xhat, gamma, out=y)
    if beta is not None:
        y += beta
    return y, (xhat, s, gamma)


def layer_norm_backward(
    dy: Array, cache: Any, new: New = np.empty
) -> tuple[Array, Array, Array]:  # milestone 3
    """(dx, dgamma, dbeta) from dy (…, C).

        dx̂ = γ dy        dx = s (dx̂ − mean(dx̂) − x̂ mean(x̂ dx̂))
        dγ = Σ x̂ dy      dβ = Σ dy                    over all places

    Of one place: x̂_i = (x_i − m) s. A nudge of x_j moves x̂_j by s; through the mean it
    moves each x̂_i by −s/C; and through s, since ∂s/∂x_j = −s² x̂_j / C, by −s x̂_i x̂_j/C.
    Times dx̂_i, and summed over i, these are the three terms.
    """
    xhat, s, gamma = cache
    C = xhat.shape[-1]
    rows, dy_rows = xhat.reshape(-1, C), dy.reshape(-1, C)
    dgamma, dbeta = np.einsum("rc,rc->c", rows, dy_rows), dy_rows.sum(axis=0)
    dx = np.multiply(dy, gamma, out=new(dy.shape, dy.dtype))  # dx̂ so far
    along = np.einsum("...c,...c->...", xhat, dx)[..., None] / C
    dx -= dx.mean(axis=-1, keepdims=True)
    dx -= np.multiply(xhat, along, out=new(dy.shape, dy.dtype))
    dx *= s
    return dx, dgamma, dbeta


def gelu(x: Array) -> Array:
    """x, but softly 0 where x is negative: (…) -> (…).

        ½ x (1 + tanh u)        u = √(2/π) (x + 0.044715 x³)

    GPT-2's way to come near x times P(a standard normal number < x). Read this one,
    run `gelu_and_slope`.
    """
    return 0.5 * x * (1 + np.tanh(BEND * x * (1 + CUBE * x * x)))


def gelu_and_slope(x: Array, new: New = np.empty) -> tuple[Array, Array]:
    """gelu(x) and gelu'(x), both with the shape of x: (…, C) -> (y, slope).

        gelu' = ½ (1 + t) + ½ x (1 − t²) u'        t = tanh u, u' = √(2/π) (1 + 3c x²)

    By the product rule and the chain rule, since tanh' = 1 − tanh²; c = 0.044715.
    """
    y, slope = new(x.shape, x.dtype), new(x.shape, x.dtype)
    step = max(1, CHUNK // x.shape[-1])
    flat = [array.reshape(-1, x.shape[-1]) for array in (x, y, slope)]
    for i in range(0, len(flat[0]), step):  # fast: block by block, in the cache
        part, out, d = (rows[i : i + step] for rows in flat)
        square = part * part
        t = square * (BEND * CUBE)
        t += BEND
        t *= part
        np.tanh(t, out=t)
        square *= 3 * BEND * CUBE / 2
        square += BEND / 2
        square *= part  # ½ x u'
        np.multiply(t, t, out=d)
        np.subtract(1, d, out=d)
        d *= square
        t += 1
        t *= 0.5  # ½ (1 + t)
        d += t
        np.multiply(t, part, out=out)
    return y, slope


def dropout(
    x: Array, rate: float, rng: np.random.Generator | None
) -> Array | None:  # given
    """Zero a share of x in place, and enlarge the rest to make up: -> what x was times.

    As in chapter 17. Without a generator nothing is dropped: -> None.
    """
    if rng is None or not rate:
        return None
    keep = (rng.random(x.shape, dtype=np.float32) >= rate) / x.dtype.type(1 - rate)
    x *= keep
    return keep


def block(
    x: Array, p: Values, heads: int, new: New, drop: Any, hide: Array | None = None
) -> tuple[Array, Any]:
    """One layer: attention adds to x, and then two linear layers do: -> (x, cache).

        x = x + c_proj(attention(c_attn(ln_1(x))))        places exchange
        x = x + c_proj(gelu(c_fc(ln_2(x))))               each place thinks

    x (B, T, C); p are the parameters of this layer, by the names that nanoGPT gives
    them. c_attn makes q, k and v of all heads in one product, (C, 3 C). `drop(y)` drops
    some of what is added, in place, and returns its factor.
    """
    a, ln_1 = layer_norm(x, p["ln_1.weight"], p.get("ln_1.bias"), new=new)
    qkv = linear(a, p["attn.c_attn.weight"], p.get("attn.c_attn.bias"), new)
    out, looked = attention(*split_heads(qkv, heads), new, hide)
    y = out.swapaxes(1, 2).reshape(x.shape)  # (B, H, T, D) -> (B, T, C)
    added = linear(y, p["attn.c_proj.weight"], p.get("attn.c_proj.bias"), new)
    keep = drop(added)
    added += x
    b, ln_2 = layer_norm(added, p["ln_2.weight"], p.get("ln_2.bias"), new=new)
    h = linear(b, p["mlp.c_fc.weight"], p.get("mlp.c_fc.bias"), new)
    u, slope = gelu_and_slope(h, new)
    x = linear(u, p["mlp.c_proj.weight"], p.get("mlp.c_proj.bias"), new)
    keep_2 = drop(x)
    x += added
    return x, (a, ln_1, looked, y, keep, b, ln_2, u, slope, keep_2)


def split_heads(qkv: Array, heads: int) -> tuple[Array, Array, Array]:
    """q, k and v of each head, as views: (B, T, 3 C) -> three of (B, H, T, D)."""
    B, T, width = qkv.shape  # 3 C
    parts = qkv.reshape(B, T, 3, heads, width // (3 * heads)).transpose(2, 0, 3, 1, 4)
    return parts[0], parts[1], parts[2]


def back_through(
    name: str, dy: Array, seen: Any, p: Values, g: Values, new: New
) -> Array:  # milestone 3
    """dx from dy, back through the layer of that name; its gradients go into g.

    `seen` is what came in, if the layer is linear, or the cache of a layer norm.
    """
    weight, bias = f"{name}.weight", f"{name}.bias"
    if g[weight].ndim > 1:
        dx, _, db = linear_backward(dy, seen, p[weight], new, g[weight])
    else:
        dx, g[weight][:], db = layer_norm_backward(dy, seen, new)
    if bias in g:
        g[bias][:] = db
    return dx


def block_backward(
    dx: Array, cache: Any, p: Values, g: Values, new: New
) -> None:  # milestone 3
    """From ∂loss/∂(x after the block), in place, to ∂loss/∂(x before it).

    Writes the gradients of the layer's parameters into g. What is added on the way
    forward hands its blame on to both: to x as it is, and to what made the addition.
    """
    a, ln_1, looked, y, keep, b, ln_2, u, slope, keep_2 = cache
    (B, T, C), H, rest = dx.shape, looked[0].shape[1], (p, g, new)
    dh = back_through("mlp.c_proj", dx if keep_2 is None else dx * keep_2, u, *rest)
    dh *= slope
    dx += back_through("ln_2", back_through("mlp.c_fc", dh, b, *rest), ln_2, *rest)
    dy = back_through("attn.c_proj", dx if keep is None else dx * keep, y, *rest)
    dqkv = new((B, T, 3 * C), dx.dtype)
    d_out = dy.reshape(B, T, H, C // H).swapaxes(1, 2)
    attention_backward(d_out, looked, new, split_heads(dqkv, H))
    da = back_through("attn.c_attn", dqkv, a, *rest)
    dx += back_through("ln_1", da, ln_1, *rest)


def cross_entropy(logits: Array, targets: Array, new: New = np.empty) -> Any:
    """The mean of −ln P(target), and P: (B, T, V), (B, T) -> (float, (B, T, V)).

    P = softmax(logits). As in chapter 14; a model that knows nothing gets ln V.
    """
    P = new(logits.shape, logits.dtype)
    np.copyto(P, logits)
    rows, right = softmax(P).reshape(-1, P.shape[-1]), targets.reshape(-1)
    tiny = np.finfo(P.dtype).tiny  # subtle: of 0, the logarithm would be −∞
    loss = -np.log(np.maximum(rows[np.arange(len(rows)), right], tiny))
    return float(loss.mean(dtype=float)), P


def shapes_of(
    vocab_size: int, context: int, layers: int, dim: int, bias: bool
) -> dict[str, tuple[int, ...]]:  # given
    """The shape of each parameter, by nanoGPT's names; matrices first."""
    C, matrices = dim, {"wte": (vocab_size, dim), "wpe": (context, dim)}
    parts = {"attn.c_attn": (C, 3 * C), "attn.c_proj": (C, C), "mlp.c_fc": (C, 4 * C),
             "mlp.c_proj": (4 * C, C)}  # fmt: skip
    vectors: dict[str, tuple[int, ...]] = {}
    for i in range(layers):
        for name, shape in parts.items():
            matrices[f"h.{i}.{name}.weight"] = shape
            if bias:
                vectors[f"h.{i}.{name}.bias"] = shape[1:]
    for name in [*(f"h.{i}.ln_{j}" for i in range(layers) for j in (1, 2)), "ln_f"]:
        vectors |= {f"{name}.weight": (C,)} | ({f"{name}.bias": (C,)} if bias else {})
    return {**matrices, **vectors}


class Arena:
    """Arrays that are lent, and lent again at the next step: asking costs nothing.

    Each step asks for the same shapes in the same order. Set `used` to 0, and the first
    array is lent again; set it to what it was, and all that came later is free again.
    """

    def __init__(self) -> None:  # given
        self.arrays: list[Array] = []
        self.used = 0

    def __call__(self, shape: tuple[int, ...], dtype: Any) -> Array:  # given
        """An array with anything in it."""
        if self.used == len(self.arrays):
            self.arrays.append(np.empty(shape, dtype))
        array = self.arrays[self.used]
        if array.shape != shape or array.dtype != dtype:
            array = self.arrays[self.used] = np.empty(shape, dtype)
        self.used += 1
        return array


class GPT:
    """The model: `GPT(65, 64, 4, 4, 128).forward(ids, targets) -> (logits, loss)`.

    All its parameters lie in one array, `flat`, and `parameters` are views of it by
    name; `gradient` and `gradients` likewise. A token is found by the same matrix `wte`
    by which the next one is scored. ValueError unless the heads divide dim.
    """

    def __init__(
        self, vocab_size: int, context: int, layers: int, heads: int, dim: int,
        dropout: float = 0.0, bias: bool = False, rng: Any = 0, dtype: Any = np.float32,
    ):  # fmt: skip  # given
        sizes = {"vocab_size": vocab_size, "context": context, "layers": layers,
                 "heads": heads, "dim": dim}  # fmt: skip
        if min(sizes.values()) < 1 or not 0 <= dropout < 1:
            raise ValueError(f"{sizes}, dropout {dropout}: sizes are at least 1, and "
                             "dropout is from 0 to below 1")  # fmt: skip
        if dim % heads:
            near = math.ceil(dim / heads) * heads
            raise ValueError(f"{heads} heads do not divide dim {dim}; {near} would do")
        self.settings: Any = {**sizes, "dropout": dropout, "bias": bias}
        self.context, self.heads, self.rate = context, heads, dropout
        self.shapes = shapes_of(vocab_size, context, layers, dim, bias)
        self.flat = np.empty(sum(map(math.prod, self.shapes.values())), dtype)
        self.parameters = self.views(self.flat)
        self.noise: np.random.Generator | None = None  # for dropout, while it trains
        self.own_gradient()
        rng = np.random.default_rng(rng)
        for name, w in self.parameters.items():
            adds = name.endswith("c_proj.weight")  # to x, 2 · layers times in all
            sd = 0.02 / math.sqrt(2 * layers) if adds else 0.02
            w[:] = rng.normal(0, sd, w.shape) if w.ndim > 1 else name.endswith("weight")

    def views(self, flat: Array) -> dict[str, Array]:  # given
        """The parts of one long array, by name."""
        ends = np.cumsum([math.prod(shape) for shape in self.shapes.values()])
        parts = np.split(flat, ends[:-1])
        return {n: part.reshape(s) for (n, s), part in zip(self.shapes.items(), parts)}

    def own_gradient(self) -> None:  # given
        """A gradient to write in, and views of it."""
        self.gradient = np.zeros_like(self.flat)
        self.gradients = self.views(self.gradient)
        self.arena: Arena | None = None  # while it trains: arrays to write in
        self.p, self.g = (
            [{name.removeprefix(f"h.{i}."): value for name, value in values.items()
              if name.startswith(f"h.{i}.")} for i in range(self.settings["layers"])]
            for values in (self.parameters, self.gradients)
        )  # of each layer  # fmt: skip

    def twin(self) -> "GPT":  # given
        """The same parameters with a gradient of its own: for another thread."""
        other = copy.copy(self)
        other.own_gradient()
        return other

    def forward(
        self, ids: Array, targets: Array | None = None, hide: Array | None = None
    ) -> tuple[Array, float | None]:
        """(logits (B, T, V), loss), from ids (B, T); the loss is None without targets.

            x = wte[ids] + wpe[0 … T − 1]        what stands there, and where it stands
            x = block(x)                         layer after layer
            logits = ln_f(x) wteᵀ

        ValueError if T is more than the context. What `backward` needs is kept.
        """
        T = ids.shape[1]
        if T > self.context:
            raise ValueError(f"{T} tokens, but it has learnt {self.context} only")
        if self.arena:
            self.arena.used = 0
        new, p, self.ids = self.arena or np.empty, self.parameters, ids
        x = np.take(p["wte"], ids, axis=0)
        x += p["wpe"][:T]
        drop = functools.partial(dropout, rate=self.rate, rng=self.noise)
        self.keep, self.tape = drop(x), []
        for layer in self.p:
            x, cache = block(x, layer, self.heads, new, drop, hide)
            self.tape.append(cache)
        norm = p["ln_f.weight"], p.get("ln_f.bias")
        self.top, self.ln_f = layer_norm(x, *norm, new=new)
        logits = linear(self.top, p["wte"].T, None, new)
        if targets is None:
            return logits, None
        self.targets = targets
        loss, self.P = cross_entropy(logits, targets, new)
        return logits, loss

    def backward(self) -> dict[str, Array]:  # milestone 3
        """{name: ∂loss/∂parameter} of the last `forward`, written into `gradients`.

        It begins with ∂loss/∂logits = (P − Y) / (B T), Y being 1 at the target and else
        0, as in chapter 14. `wte` is used twice and so is blamed twice; a token that
        came several times gathers the blame of all its places.
        """
        g, p, new = self.gradients, self.parameters, self.arena or np.empty
        rows, ids = self.P.reshape(-1, len(p["wte"])), self.ids.reshape(-1)
        rows[np.arange(len(rows)), self.targets.reshape(-1)] -= 1
        rows /= len(rows)
        d_top, _, _ = linear_backward(self.P, self.top, p["wte"].T, new, g["wte"].T)
        dx = back_through("ln_f", d_top, self.ln_f, p, g, new)
        used = self.arena.used if self.arena else 0
        for cache, p_layer, g_layer in zip(self.tape[::-1], self.p[::-1], self.g[::-1]):
            if self.arena:
                self.arena.used = used  # fast: a layer's arrays serve the layer below
            block_backward(dx, cache, p_layer, g_layer, new)
        if self.keep is not None:
            dx *= self.keep
        g["wpe"][:] = 0
        g["wpe"][: dx.shape[1]] = dx.sum(axis=0)
        # fast: tokens sorted, so that the places of each stand together
        order = np.argsort(ids, kind="stable")
        tokens, first = np.unique(ids[order], return_index=True)
        g["wte"][tokens] += np.add.reduceat(dx.reshape(len(ids), -1)[order], first)
        return g


def centred(W: Array) -> Array:  # given
    """Each row less its mean: what is added to x then leaves the mean of x at 0."""
    return W - W.mean(axis=-1, keepdims=True)


def folded(p: Values) -> dict[str, Any]:  # given
    """(W, b) of a block's four linear layers, with most of the layer norms in them.

    A layer norm subtracts the mean, divides by the size, and stretches. To subtract the
    mean is a product with a matrix, I − 1/C (1/C taken off every entry), and to stretch
    is one too, diag(γ); and of two products in a row one can be made (chapter 1), once
    for all tokens:

        what adds to x    c_proj       W (I − 1/C)
        what takes in x   c_attn, c_fc (γ x̂ + β) W + b = x̂ (diag(γ) W) + (β W + b)

    Then x has the mean 0 at any time, and of the norm the division is left: `level`.
    """
    layers = {}
    for norm, takes, adds in (("ln_1", "attn.c_attn", "attn.c_proj"),
                              ("ln_2", "mlp.c_fc", "mlp.c_proj")):  # fmt: skip
        W, b = p[f"{takes}.weight"], p.get(f"{takes}.bias")
        b = None if b is None else p[f"{norm}.bias"] @ W + b
        layers[takes] = p[f"{norm}.weight"][:, None] * W, b
        W, b = p[f"{adds}.weight"], p.get(f"{adds}.bias")
        layers[adds] = centred(W), None if b is None else centred(b)
    return layers


class Memory:
    """The keys and values of all that was read: no place is ever computed twice.

    K and V are (layers, H, context, D), of which `length` places are filled. The
    weights are the model's, but `folded`, so that reading takes fewer sums: layers, a
    dictionary of (W, b) for each; wte, wpe; and head (C, V), b, which gives the scores.
    """

    def __init__(self, model: GPT):  # given
        size, H, p = model.settings, model.heads, model.parameters
        shape = size["layers"], H, size["context"], size["dim"] // H
        self.K, self.V = np.empty(shape, np.float32), np.empty(shape, np.float32)
        self.length = 0
        self.layers = [folded(layer) for layer in model.p]
        self.wte, self.wpe = centred(p["wte"]), centred(p["wpe"])
        beta = p.get("ln_f.bias")
        bias = None if beta is None else p["wte"] @ beta
        self.head = p["ln_f.weight"][:, None] * p["wte"].T, bias


def level(x: Array) -> Array:
    """x / √(mean of x² + 1e-5), row by row (…, C): the size of its numbers is 1.

    All that is left of `layer_norm` where the mean is 0 and γ is in the next weights.
    """
    return x / np.sqrt(np.vecdot(x, x) / x.shape[-1] + 1e-5)[..., None]


def through(x: Array, W: Array, b: Array | None) -> Array:
    """x W + b, as `linear`; fast: of one row a call costs more than its sum."""
    y = x @ W
    if b is not None:
        y += b
    return y


def read(memory: Memory, ids: Sequence[int] | Array) -> Array:
    """Scores of the next token (V,), after some more tokens than `memory` holds.

    The same sums as in `forward`, for the n new places only: they look at the keys and
    values in memory, leave their own there (K and V of a layer: (H, context, D)), and
    its length grows by n. There must be room for them.
    """
    t, n = memory.length, len(ids)
    x = memory.wte.take(ids, axis=0) + memory.wpe[t : t + n]  # (n, C)
    for layer, K, V in zip(memory.layers, memory.K, memory.V):
        qkv = through(level(x), *layer["attn.c_attn"])
        q, k, v = qkv.reshape(n, 3, len(K), -1).transpose(1, 2, 0, 3)  # (H, n, D)
        K[:, t : t + n], V[:, t : t + n] = k, v
        S = q @ K[:, : t + n].swapaxes(1, 2)  # (H, n, t + n)
        S /= math.sqrt(q.shape[-1])
        if n > 1:
            S[:, :, t:] += mask(n, S.dtype)
        y = (softmax(S) @ V[:, : t + n]).swapaxes(0, 1).reshape(n, -1)
        x += through(y, *layer["attn.c_proj"])
        h = gelu(through(level(x), *layer["mlp.c_fc"]))
        x += through(h, *layer["mlp.c_proj"])
    memory.length = t + n
    return through(level(x[-1]), *memory.head)


def chances(
    logits: Array, temperature: float = 1.0, top_k: int | None = None,
    top_p: float | None = None,
) -> Array:  # fmt: skip
    """The probability of each next token: (V,) -> (V,), float64, sum 1.

    A temperature below 1 makes the likely likelier; 0 leaves the likeliest alone (the
    first of equals). top_k keeps the k likeliest; top_p, after that, the fewest of the
    likeliest that have at least the probability p together. ValueError, with a sentence
    that says what is allowed, for a negative temperature, k below 1, p not in (0, 1].
    """
    k, p = (1 if top is None else top for top in (top_k, top_p))
    if temperature < 0 or k < 1 or not 0 < p <= 1:
        raise ValueError("temperature is at least 0, top_k 1, top_p above 0, up to 1")
    scores = np.asarray(logits, dtype=float)
    if temperature == 0 or top_k == 1:
        return np.eye(1, len(scores), int(scores.argmax()))[0]
    P = softmax(scores / temperature)
    if top_k is not None and top_k < len(P):
        P[np.argsort(-P, kind="stable")[top_k:]] = 0
    if top_p is not None:
        order = np.argsort(-P, kind="stable")
        before = np.cumsum(P[order]) - P[order]
        P[order[before >= top_p * P.sum()]] = 0
    return P / P.sum()


def writing(
    model: GPT, ids: Sequence[int] | Array, rng: np.random.Generator,
    temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None,
    cache: bool = True,
) -> Iterator[int]:  # fmt: skip
    """One new token after another, for ever, each drawn from its `chances`.

    Of ids longer than the context, it reads the last ones. When the context is full,
    the older half of it is forgotten and the rest is read anew. Without the cache all
    is read anew for each token: the same, but slower.
    """
    window, memory = list(ids)[-model.context :], Memory(model)
    while True:
        if len(window) > model.context:
            window, memory.length = window[-(model.context // 2 or 1) :], 0
        if not cache:
            memory.length = 0
        logits = read(memory, window[memory.length :])
        P = chances(logits, temperature, top_k, top_p)
        ends = P.cumsum()  # a number below the last falls into one token's stretch
        token = int(ends.searchsorted(rng.random() * ends[-1], side="right"))
        window.append(min(token, int(P.nonzero()[0][-1])))
        yield window[-1]


def generate(
    model: GPT, ids: Sequence[int] | Array, n: int, rng: Any, temperature: float = 1.0,
    top_k: int | None = None, top_p: float | None = None, cache: bool = True,
) -> Array:  # fmt: skip
    """The ids, and n more that the model writes after them: (t,) -> (t + n,).

    `rng` is a generator or a seed. ValueError if there is nothing to go on from.
    """
    if len(ids) < 1:
        raise ValueError("give at least one token to go on from")
    rng = np.random.default_rng(rng)
    more = writing(model, ids, rng, temperature, top_k, top_p, cache)
    return np.array([*ids, *(next(more) for _ in range(n))])


# --------------------------------------------------------------------------
# Milestone 3: every weight learns


def learning_rate(
    step: int, steps: int, highest: float, warmup: int, lowest: float
) -> float:
    """The learning rate of a step: up in a line, then down along half a wave.

        (step + 1) / (warmup + 1) · highest                         while step < warmup
        lowest + ½ (1 + cos(π share)) (highest − lowest)            after it

    The share of the way from warmup to steps that is done; `lowest` from steps on.
    """
    if step < warmup:
        return highest * (step + 1) / (warmup + 1)
    share = min(1.0, (step - warmup) / max(1, steps - warmup))
    return lowest + 0.5 * (1 + math.cos(math.pi * share)) * (highest - lowest)


def add_and_clip(gradients: Sequence[Array], most: float) -> float:
    """The mean of some gradients, clipped to a length, in the first: -> length before.

    A gradient that is longer than `most` is shortened to it: one odd batch must not
    throw the model far away.
    """
    mean, total = gradients[0], 0.0
    for i in range(0, len(mean), CHUNK):
        part = mean[i : i + CHUNK]
        for other in gradients[1:]:
            part += other[i : i + CHUNK]
        part /= len(gradients)
        total += float(part @ part)
    length = math.sqrt(total)
    if length > most:
        mean *= most / length
    return length


class AdamW:
    """Adam with weight decay: `AdamW(model).step(gradient, lr)` changes the parameters.

        m = β₁ m + (1 − β₁) g        m̂ = m / (1 − β₁ᵗ)
        v = β₂ v + (1 − β₂) g²       v̂ = v / (1 − β₂ᵗ)
        w = (1 − lr · decay) w − lr m̂ / (√v̂ + ε)

    As in chapter 17; only matrices decay, and they lie first in `flat`.
    """

    def __init__(
        self, model: GPT, betas: tuple[float, float] = (0.9, 0.99), decay: float = 0.1,
        eps: float = 1e-8,
    ):  # fmt: skip  # given
        self.model, self.betas, self.decay, self.eps = model, betas, decay, eps
        self.t = 0  # steps taken
        self.m, self.v = np.zeros_like(model.flat), np.zeros_like(model.flat)
        sizes = {n: w.size for n, w in model.parameters.items() if w.ndim > 1}
        self.matrices = sum(sizes.values())

    def step(self, gradient: Array, lr: float) -> None:
        """One step; the gradient's array is used as scratch paper."""
        self.t += 1
        b1, b2 = self.betas
        lr_t, root = lr / (1 - b1**self.t), math.sqrt(1 - b2**self.t)
        scratch = np.empty(CHUNK, gradient.dtype)
        for i in range(0, len(gradient), CHUNK):  # fast: part by part, in the cache
            part = slice(i, i + CHUNK)
            w, g, m, v = (a[part] for a in (self.model.flat, gradient, self.m, self.v))
            size = scratch[: len(g)]
            m *= b1
            m += np.multiply(g, 1 - b1, out=size)
            v *= b2
            g *= g
            v += np.multiply(g, 1 - b2, out=g)
            np.sqrt(v, out=size)
            size /= root
            size += self.eps
            w[: max(0, self.matrices - i)] *= 1 - lr * self.decay
            w -= np.multiply(np.divide(m, size, out=size), lr_t, out=size)


class Trainer:
    """Trains a model, each part of a batch on a core of its own.

    Numbers that are drawn (which places, what is dropped) depend on the seed and the
    step alone. So a training that was stopped goes on as if it never had been.
    """

    def __init__(
        self, model: GPT, steps: int, batch: int = 12, lr: float = 1e-3, seed: int = 0,
        workers: int | None = None,
    ):  # fmt: skip  # given
        self.model, self.steps, self.batch, self.lr = model, steps, batch, lr
        self.seed, self.step, self.optimizer = seed, 0, AdamW(model)
        workers = min(workers or os.cpu_count() or 1, batch)
        self.models = [model, *(model.twin() for _ in range(workers - 1))]
        for each in self.models:
            each.arena = Arena()

    def draw(self, ids: Array) -> tuple[Array, Array]:
        """Pieces of the text, each at random, and what comes next in each place.

        ids (n,) -> (batch, T) and (batch, T): the second is the first moved by one.
        """
        rng, T = np.random.default_rng((self.seed, self.step)), self.model.context
        starts = rng.integers(0, len(ids) - T, self.batch)
        pieces = ids[starts[:, None] + np.arange(T + 1)].astype(np.int64)
        return pieces[:, :-1], pieces[:, 1:]

    @np.errstate(over="ignore", invalid="ignore")  # the loss says it: it is nan
    def learn(self, pool: ThreadPoolExecutor, ids: Array) -> float:
        """One step on a batch drawn from the text: -> its loss before."""
        x, y = self.draw(ids)
        n = len(self.models)
        parts = [slice(i * len(x) // n, (i + 1) * len(x) // n) for i in range(n)]

        @np.errstate(over="ignore", invalid="ignore")
        def one(number: int) -> float:
            model, part = self.models[number], parts[number]
            model.noise = np.random.default_rng((self.seed, self.step, number))
            _, loss = model.forward(x[part], y[part])
            model.backward()
            model.noise = None
            share = n * len(x[part]) / len(x)  # parts may differ in size by one row
            if share != 1:
                model.gradient *= share
            return (loss or 0.0) * share / n

        loss = sum(pool.map(one, range(n)))
        add_and_clip([model.gradient for model in self.models], 1.0)
        warmup = min(100, self.steps // 10)
        lr = learning_rate(self.step, self.steps, self.lr, warmup, self.lr / 10)
        self.optimizer.step(self.model.gradient, lr)
        self.step += 1
        return loss


def whole_loss(
    model: GPT, ids: Array, most: int | None = None, bar: Callable[..., Any] = iter
) -> float:
    """The mean loss in nats of a whole text, read in windows of the context's length.

    Each token is judged once, but the first. At most so many windows, evenly chosen. A
    progress bar goes round what is gone through: `for … in bar(windows)`.
    """
    T, n = model.context, len(ids) - 1
    starts = np.arange(0, n, T)
    if most and len(starts) > most:
        starts = starts[np.linspace(0, len(starts) - 1, most).astype(int)]
    full, short = starts[starts + T <= n], starts[starts + T > n]  # short: 0 or 1
    groups = [full[i : i + 16] for i in range(0, len(full), 16)]
    total, count = 0.0, 0
    for group in bar([*groups, short] if len(short) else groups):
        length = min(T, n - int(group[0]))
        pieces = ids[group[:, None] + np.arange(length + 1)].astype(int)
        _, loss = model.forward(pieces[:, :-1], pieces[:, 1:])
        total += (loss or 0.0) * len(group) * length
        count += len(group) * length
    return total / count


# --------------------------------------------------------------------------
# Milestone 4: pieces of words, and a model that is kept


class CharTokenizer:
    """Every different letter of a text is a token: `CharTokenizer.train(text)`."""

    def __init__(self, letters: str):  # given
        self.letters = letters
        self.number = {letter: i for i, letter in enumerate(letters)}

    @classmethod
    def train(cls, text: str) -> "CharTokenizer":
        """The letters in the order of their code points, numbered from 0."""
        return cls("".join(sorted(set(text))))

    def __len__(self) -> int:  # given
        """How many letters it knows."""
        return len(self.letters)

    def encode(self, text: str) -> list[int]:
        """The number of each letter. ValueError names a letter that was never seen."""
        try:
            return [self.number[letter] for letter in text]
        except KeyError as error:
            name = ascii(error.args[0])
            raise ValueError(f"the model has never seen the letter {name}") from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text of some numbers."""
        return "".join(self.letters[i] for i in ids)

    def described(self) -> dict[str, Any]:  # given
        """Its letters, for a file."""
        return {"kind": "char", "letters": self.letters}

    def save(self, path: str | Path) -> None:  # given
        """Write its letters to a file."""
        save_tokenizer(self, path)

    @staticmethod
    def load(path: str | Path) -> Any:  # given
        """The letters that `save` wrote."""
        return load_tokenizer(path)


@functools.cache
def word_pattern() -> re.Pattern[str]:  # given
    """GPT-2's way to cut a text into words, before any merge: a blank goes with a word.

    's 't 're 've 'm 'll 'd, letters, digits, other signs, and white space. Its pattern
    speaks of Unicode's letters and numbers; Python's `re` needs them spelt out.
    """
    kinds: dict[str, list[int]] = {"L": [], "N": [], "Z": [*range(9, 14), 0x85]}
    for code in range(0x110000):
        kinds.setdefault(unicodedata.category(chr(code))[0], []).append(code)
    spelt = {}
    for kind in "LNZ":
        codes = np.array(sorted(kinds[kind]))
        ends = np.flatnonzero(np.diff(codes) > 1)
        runs = zip(codes[np.append(0, ends + 1)], codes[np.append(ends, -1)])
        spelt[kind] = "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in runs)
    L, N, Z = spelt["L"], spelt["N"], spelt["Z"]
    # fast: what is plain ASCII is tried first; "++" never gives a letter back, so that
    # "na" of "naïve" is no word
    kept = r"]++(?![^\x00-\x7f])"
    plain = "|".join(f" ?[{kind}{kept}" for kind in ("a-zA-Z", "0-9", SIGNS))
    return re.compile(
        rf"[{Z}]+(?![^{Z}])|(?! )[{Z}]|'(?:[sdmt]|ll|ve|re)|{plain}"
        rf"| ?[{L}]+| ?[{N}]+| ?[^{Z}{L}{N}]+|[{Z}]+"
    )


@functools.cache
def byte_letters() -> str:  # given
    """GPT-2's printable letter for each of the 256 bytes, in their order."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = iter(range(256, 512))
    return "".join(chr(b) if b in shown else chr(next(rest)) for b in range(256))


def merged(word: list, pair: tuple, new: Any) -> list:
    """The word with each such pair made one token, from the left.

    >>> merged([1, 1, 1, 2], (1, 1), 9)
    [9, 1, 2]
    """
    (left, right), out = pair, list[Any]()
    for token in word:
        if token == right and out and out[-1] == left:
            out[-1] = new
        else:
            out.append(token)
    return out


class PairCounts:
    """How often each pair of neighbours comes in some words, kept as they are merged.

    `words` are lists of tokens, each with how many times it comes. Pairs may overlap:
    "aaa" holds the pair (a, a) twice.
    """

    def __init__(
        self, words: list[list[int]], times: list[int], rank: dict[int, int]
    ):  # given
        self.words, self.times, self.rank = words, times, rank
        self.count: Counter[tuple[int, int]] = Counter()
        self.where: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        for i, word in enumerate(words):
            for pair in pairwise(word):
                self.count[pair] += times[i]
                self.where[pair].add(i)
        self.heap = [self.entry(pair) for pair in self.count]
        heapq.heapify(self.heap)

    def entry(
        self, pair: tuple[int, int]
    ) -> tuple[int, int, int, tuple[int, int]]:  # given
        """What is compared: most frequent first; of equals, the one made earlier."""
        return -self.count[pair], self.rank[pair[0]], self.rank[pair[1]], pair

    def best(self) -> tuple[int, int] | None:
        """The pair that comes most often, or None when every word is one token.

        fast: entries of the heap may be out of date; they are mended when they come up.
        """
        while self.heap:
            *key, pair = heapq.heappop(self.heap)
            if key[0] == -self.count[pair]:
                return pair
            if self.count[pair]:
                heapq.heappush(self.heap, self.entry(pair))
        return None

    def merge(self, pair: tuple[int, int], new: int) -> None:
        """Make the pair one token in the words that hold it, and count these anew."""
        change: defaultdict[tuple[int, int], int] = defaultdict(int)
        for i in self.where.pop(pair):
            times, before = self.times[i], self.words[i]
            self.words[i] = after = merged(before, pair, new)
            for old in pairwise(before):
                change[old] -= times
            for now in pairwise(after):
                change[now] += times
                if new in now:
                    self.where[now].add(i)
        for each, difference in change.items():
            self.count[each] += difference
            if difference > 0:
                heapq.heappush(self.heap, self.entry(each))
        self.count[pair] = 0


class BPETokenizer:
    """Byte pair encoding: the most frequent pair of neighbours becomes a token, again
    and again. `BPETokenizer.train(text, 10_000)`; tokens 0 to 255 are the bytes.

    merges is the list of pairs of bytes that were made one, in order. Any text can be
    written in its tokens, for any text is bytes.
    """

    def __init__(self, merges: list[tuple[bytes, bytes]], numbers: Any = None):  # given
        self.merges = merges
        self.tokens = ALPHABET + [left + right for left, right in merges]
        if numbers:
            self.tokens.sort(key=numbers.get)
        self.number = {token: i for i, token in enumerate(self.tokens)}
        self.rank = {pair: i for i, pair in enumerate(merges)}
        self.known = functools.cache(self.encode_word)

    @classmethod
    def train(cls, text: str, vocab_size: int) -> "BPETokenizer":
        """Merge until there are so many tokens, or no pair is left.

        Pairs lie within words, as `word_pattern` cuts them. Of pairs that come equally
        often, the one whose left part comes first, then whose right one does: bytes in
        the order of their `byte_letters`, then merged tokens as they were made.
        ValueError if vocab_size is below 256: then not even the bytes have room.
        """
        if vocab_size < 256:
            raise ValueError(f"a vocabulary of {vocab_size}: the bytes alone are 256")
        counted = Counter(word_pattern().findall(text))
        words = [list(word.encode("utf-8", "surrogateescape")) for word in counted]
        order = sorted(range(256), key=byte_letters().__getitem__)
        rank = {b: i for i, b in enumerate(order)}
        pairs = PairCounts(words, list(counted.values()), rank)
        tokens, merges = [*ALPHABET], []
        while len(tokens) < vocab_size and (pair := pairs.best()):
            rank[len(tokens)] = len(tokens)
            pairs.merge(pair, len(tokens))
            merges.append((tokens[pair[0]], tokens[pair[1]]))
            tokens.append(merges[-1][0] + merges[-1][1])
        return cls(merges)

    @classmethod
    def from_gpt2(cls, folder: Path) -> "BPETokenizer":  # given
        """GPT-2's own 50,256 tokens, from its files `vocab.bpe` and `encoder.json`."""
        byte = {letter: b for b, letter in enumerate(byte_letters())}

        def spelt(token: str) -> bytes:
            return bytes(byte[letter] for letter in token)

        paths = Path(folder) / "vocab.bpe", Path(folder) / "encoder.json"
        merges, numbered = (path.read_text(encoding="utf-8") for path in paths)
        pairs = [line.split(" ") for line in merges.splitlines()[1:] if line]
        numbers = json.loads(numbered)
        special = "<|endoftext|>"
        own = {spelt(token): i for token, i in numbers.items() if token != special}
        return cls([(spelt(left), spelt(right)) for left, right in pairs], own)

    def __len__(self) -> int:  # given
        """How many pieces it knows."""
        return len(self.tokens)

    def encode_word(self, word: str) -> list[int]:
        """The tokens of one word.

        It begins with its bytes. Of all pairs of neighbours that were ever merged, the
        one that was merged first becomes one token, wherever it stands; and again.
        """
        parts = [bytes([b]) for b in word.encode("utf-8", "surrogateescape")]
        while len(parts) > 1:
            pair = min(pairwise(parts), key=lambda pair: self.rank.get(pair, math.inf))
            if pair not in self.rank:
                break
            parts = merged(parts, pair, pair[0] + pair[1])
        return [self.number[part] for part in parts]

    def encode(self, text: str | bytes) -> list[int]:
        """The numbers of the tokens of a text. Bytes need not be proper UTF-8."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogateescape")
        # fast: each different word is worked out once
        return [i for word in word_pattern().findall(text) for i in self.known(word)]

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes that the tokens stand for."""
        return b"".join(self.tokens[i] for i in ids)

    def decode(self, ids: Iterable[int]) -> str:
        """The text; what is no proper UTF-8, as half a letter, becomes the sign �."""
        return self.decode_bytes(ids).decode("utf-8", "replace")

    def described(self) -> dict[str, Any]:  # given
        """All of it, for a file: each merge by the numbers of its two parts."""
        made = ALPHABET + [left + right for left, right in self.merges]
        order = {token: i for i, token in enumerate(made)}
        pairs = [[order[left], order[right]] for left, right in self.merges]
        own = [self.number[token] for token in made]
        return {"kind": "bpe", "merges": pairs, "numbers": own}

    def save(self, path: str | Path) -> None:  # given
        """Write its merges to a file."""
        save_tokenizer(self, path)

    @staticmethod
    def load(path: str | Path) -> Any:  # given
        """The merges that `save` wrote."""
        return load_tokenizer(path)


Tokenizer = CharTokenizer | BPETokenizer
VERSION = 1  # of the file that holds a model
FILE = "model.npz"


class Kept(NamedTuple):
    """What a file holds: a model, how it writes and reads, and how far it has come."""

    model: GPT  # with the weights that were best on held-out text
    tokenizer: Tokenizer
    facts: dict[str, Any]  # step, steps, batch, lr, seed, text, best, …
    state: dict[str, Array]  # of the training: weights now, m, v; {} if it is over


def described_by(described: dict[str, Any]) -> Tokenizer:  # given
    """The tokenizer that `described` itself."""
    if described["kind"] == "char":
        return CharTokenizer(described["letters"])
    tokens, merges = [*ALPHABET], []
    for left, right in described["merges"]:
        merges.append((tokens[left], tokens[right]))
        tokens.append(tokens[left] + tokens[right])
    return BPETokenizer(merges, dict(zip(tokens, described["numbers"])))


def save_tokenizer(tokenizer: Tokenizer, path: str | Path) -> None:  # given
    """Write a tokenizer as JSON, whole or not at all."""
    text = json.dumps(tokenizer.described())
    figures.write(Path(path), lambda part: part.write_text(text, encoding="utf-8"))


def load_tokenizer(path: str | Path) -> Tokenizer:  # given
    """The tokenizer in a file. ValueError if there is none in it."""
    try:
        return described_by(json.loads(Path(path).read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, IndexError):
        raise ValueError(f"{path}: this is no tokenizer, or it is damaged") from None


def fingerprint(header: dict[str, Any], arrays: Values) -> str:
    """SHA-256 of all that a file holds: another bit anywhere, another fingerprint."""
    sha = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name in sorted(arrays):
        sha.update(name.encode() + np.ascontiguousarray(arrays[name]).tobytes())
    return sha.hexdigest()


def write_arrays(part: Path, arrays: Values) -> None:  # given
    """Write arrays to a file, and wait until they are on the disk."""
    values: Any = arrays
    with part.open("wb") as file:
        np.savez(file, **values)
        file.flush()
        os.fsync(file.fileno())


def save_model(
    folder: Path, model: GPT, tokenizer: Tokenizer, facts: dict[str, Any],
    best: Array | None = None, state: Values | None = None, half: bool = False,
) -> Path:  # fmt: skip
    """Write `folder`/model.npz: -> its path. It is there whole, or the old one is.

    `best` are the weights to write, `model.flat` if not given; `half` keeps them in
    float16, half as large. The file is written under another name, and gets its own
    when it is complete and on the disk: no moment is the wrong one for a power cut.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = model.flat if best is None else best
    kept = weights.astype(np.float16) if half else weights
    arrays: dict[str, Any] = {"weights": kept, **(state or {})}
    header = {"version": VERSION, "settings": model.settings,
              "tokenizer": tokenizer.described(), "facts": facts}  # fmt: skip
    header["sha256"] = fingerprint(header, arrays)
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    parts = {"header": text, **arrays}
    figures.write(folder / FILE, lambda part: write_arrays(part, parts))
    return folder / FILE


def load_model(folder: str | Path) -> Kept:
    """What `save_model` wrote. ValueError if it is damaged, or a file of another kind.

    OSError, as `open` raises it, if there is no such file.
    """
    path = Path(folder)
    path = path / FILE if path.is_dir() else path
    arrays = data.read_arrays(path)
    try:
        header = json.loads(arrays.pop("header").tobytes())
        good = header.pop("sha256") == fingerprint(header, arrays)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ValueError(f"{path}: {data.DAMAGED}") from None
    if not good or header["version"] != VERSION:
        raise ValueError(f"{path}: the file is damaged, or of another version")
    model = GPT(**header["settings"])
    model.flat[:] = arrays.pop("weights")
    return Kept(model, described_by(header["tokenizer"]), header["facts"], arrays)


def ladder(train: str, text: str, most: int = 5) -> list[float]:
    """The loss in nats of n-grams of letters, n = 1 … most, which a GPT has to beat.

        P₀(c) = 1 / V
        Pₙ(c | h) = (count(h c) + kinds(h) Pₙ₋₁(c | h')) / (count(h) + kinds(h))

    h are the n − 1 letters before c, and h' all of them but the first. kinds(h) is how
    many different letters ever came after h: where many came, yet another is likely
    (Witten and Bell 1991). An h that never came leaves Pₙ₋₁ as it is.
    """
    letters = len(set(train + text))
    P = np.full(len(text), 1 / letters)
    losses = []
    for n in range(1, most + 1):
        counts = Counter(train[i : i + n] for i in range(len(train) - n + 1))
        after, kinds = Counter[str](), Counter[str]()
        for gram, count in counts.items():
            after[gram[:-1]] += count
            kinds[gram[:-1]] += 1
        for i in range(n - 1, len(text)):
            history = text[i - n + 1 : i]
            if seen := after.get(history):
                kind = kinds[history]
                count = counts.get(text[i - n + 1 : i + 1], 0)
                P[i] = (count + kind * P[i]) / (seen + kind)
        losses.append(float(-np.log(P).mean()))
    return losses


def longest_copy(text: str, source: str) -> str:
    """The longest piece of a text that stands in the source word for word."""
    best, start = "", 0
    for end in range(1, len(text) + 1):  # text[start:end] is a piece, as long as can be
        while text[start:end] not in source:
            start += 1
        if end - start > len(best):
            best = text[start:end]
    return best


# --------------------------------------------------------------------------
# The picture


def shown(tokenizer: Tokenizer, ids: Iterable[int]) -> list[str]:
    """Each token as it can be printed: a blank as ␣, the end of a line as ⏎."""
    return [tokenizer.decode([i]).replace(" ", "␣").replace("\n", "⏎") for i in ids]


def looks(model: GPT, ids: Array) -> Array:
    """Where each place looks, in every layer and head: (T,) -> (L, H, T, T)."""
    model.forward(ids[None])
    return np.array([cache[2][3][0] for cache in model.tape])


def influence(model: GPT, ids: Array) -> tuple[Array, Array]:
    """What moved the next token: its chances (V,), and an effect for each place (T,).

    The effect is ln P(the likeliest next token), less what it is when nobody can look
    at that place: above 0, the place speaks for the token. All are tried at once, as a
    batch of T copies of the text, of which each hides another place.
    """
    P = softmax(model.forward(ids[None])[0][0, -1].astype(float))
    hide = np.where(np.eye(len(ids)), np.float32(-1e9), np.float32(0))
    copies = np.tile(ids, (len(ids), 1))
    hidden, _ = model.forward(copies, hide=hide[:, None, None, :])
    others = softmax(hidden[:, -1].astype(float))[:, P.argmax()]
    return P, np.log(P.max()) - np.log(np.maximum(others, 1e-300))


def draw_looks(plt: Any, P: Array, names: list[str]) -> Any:
    """A map for each head of each layer: rows look at columns."""
    L, H, T, _ = P.shape
    size = max(1.1, min(2.6, 11 / H))
    how = {"figsize": (size * H + 0.8, size * L + 1.2), "squeeze": False}
    fig, axes = plt.subplots(L, H, **how)

    def name_them(_: Any = None) -> None:
        """Name as many of the tokens as there is room for, in letters that fit."""
        width, height = fig.get_size_inches()
        room = 72 * min((width - 1) / H, (height - 1.2) / L) / T  # points for a token
        some = range(0, T, math.ceil(9 / room))
        letters = {"fontsize": min(9.0, 0.7 * room * some.step)}
        for ax in axes[:, 0]:
            ax.set_yticks(some, [names[i] for i in some], **letters)
        for ax in axes[-1]:
            ax.set_xticks(some, [names[i] for i in some], rotation=90, **letters)

    for (layer, head), ax in np.ndenumerate(axes):
        ax.imshow(np.sqrt(P[layer, head]), cmap="Blues", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
        ax.grid(False)
        if layer == 0:
            ax.set_title(f"head {head}", fontsize=9)
        if head == 0:
            ax.set_ylabel(f"layer {layer}", fontsize=9)
    name_them()
    fig.canvas.mpl_connect("resize_event", name_them)
    sure = P.max(axis=3).mean(axis=2)  # (L, H): the share of the token looked at most
    i, j = (divmod(int(place), H) for place in (sure.argmax(), sure.argmin()))
    fig.suptitle(f"Rows look at columns: layer {i[0]}, head {i[1]} mostly at one, "
                 f"layer {j[0]}, head {j[1]} at all", fontsize=11)  # fmt: skip
    return fig


def draw_training(plt: Any, history: Sequence, bars: Sequence[float]) -> Any:
    """The loss of training and of held-out text, and the n-grams to beat."""
    fig, ax = plt.subplots(figsize=(8, 5))
    step, train, held = np.array(history).T
    learnt = "on what it learns from (mean of 200 steps)"
    ax.plot(step, train, color=figures.COLOURS[0], label=learnt)
    ax.plot(step, held, color=figures.COLOURS[1], label="on text it has not seen")
    for n, loss in enumerate(bars, start=1):
        ax.axhline(loss, color=figures.MUTED, lw=1, ls=":")
        ax.text(1.01, loss, f"{n}-gram", fontsize=8, va="center",
                transform=ax.get_yaxis_transform())  # fmt: skip
    beaten = sum(held[-1] < loss for loss in bars)  # the last is of all the text
    said = f"it beats the {beaten}-gram" if beaten else "it beats no n-gram yet"
    ax.set(xlabel="step", ylabel="loss, bits per letter",
           title=f"{held[-1]:.2f} bits per letter: {said}")  # fmt: skip
    ax.legend(loc="upper right", frameon=True, framealpha=1, edgecolor="none")
    return fig


# --------------------------------------------------------------------------
# The command line


SHIPPED = data.FOLDER.parent / "final_gpt" / "shakespeare"  # this book's own model
OUT = Path("gpt_model")
TEXT = "tiny_shakespeare.txt"
LONG = 2_000_000  # letters: so long a text is cut into pieces of words, not letters
SIZES = (  # up to so many minutes: layers, heads, dim, context, batch
    (10, (4, 4, 128, 64, 12)),
    (45, (6, 6, 192, 128, 16)),
    (math.inf, (6, 6, 384, 256, 16)),
)


def read_text(name: str) -> str:
    """A text file. ValueError if it is empty, binary or no UTF-8."""
    path = data.find(name, {TEXT: f"shakespeare/{TEXT}"})
    raw = path.read_bytes()
    if b"\0" in raw:
        raise ValueError(f"{path}: this is a binary file, not a text")
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: no UTF-8 text, from byte {error.start} on") from None
    if not text.strip():
        raise ValueError(f"{path}: the text is empty")
    return text


class Stop:
    """Ctrl-C, heard between two steps: `with Stop() as stop: … if stop.heard`."""

    def __enter__(self) -> "Stop":
        self.heard, signals = 0, (signal.SIGINT, signal.SIGTERM)
        self.before = {number: signal.signal(number, self.hear) for number in signals}
        return self

    def hear(self, number: int, frame: Any) -> None:
        """The first time: finish the step, save. The second time: end at once."""
        self.heard += 1
        if self.heard > 1:
            raise KeyboardInterrupt

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)


class Run:
    """A training under way: its text in two parts, its best weights, what it printed.

    ValueError if a part of the text is too short for the context.
    """

    def __init__(self, trainer: Trainer, tokenizer: Tokenizer, text: str, facts: dict):
        self.trainer, self.tokenizer, self.facts = trainer, tokenizer, facts
        cut, T = int(0.9 * len(text)), trainer.model.context
        self.texts = text[:cut], text[cut:]
        kind = np.uint16 if len(tokenizer) < 65_536 else np.uint32
        ids = [np.array(tokenizer.encode(part), kind) for part in self.texts]
        self.train, self.held = ids
        if len(self.train) < T + 2 or len(self.held) < 2:
            count = f"{len(self.train) + len(self.held):,} tokens"
            need = f"with a context of {T} it needs {T + T // 8 + 20} or so"
            raise ValueError(f"the text has {count}; {need}")
        self.bits = len(self.held) / len(self.texts[1]) / math.log(2)  # of nats a token
        self.best, self.losses = trainer.model.flat.copy(), [math.nan]

    def judge(self, last: bool = False) -> bool:
        """Measure, print a line: -> whether it is the best so far; then it is kept.

        What is the best is told by 400 windows of the held-out text, which is quick;
        in the end the line shows the loss of all of it.
        """
        trainer, facts, seen = self.trainer, self.facts, self.losses[-200:]
        loss = whole_loss(trainer.model, self.held, 400)
        better = loss < facts["best"]
        if better:
            self.best[:] = trainer.model.flat
            facts["best"], facts["best_step"] = loss, trainer.step
        if last:
            loss = whole_loss(trainer.model, self.held)
        learnt = float(np.mean(seen[1:] or seen))
        epoch = trainer.step * trainer.batch * trainer.model.context / len(self.train)
        print(f"step {trainer.step}  epoch {epoch:.2f}  train loss {learnt:.3f}  "
              f"val loss {loss:.3f}  perplexity {math.exp(min(loss, 99)):.1f}  "
              f"bits/char {loss * self.bits:.3f}{'  of all of it' * last}",
              flush=True)  # fmt: skip
        facts["history"].append([trainer.step, learnt * self.bits, loss * self.bits])
        return better

    def keep(self, folder: Path) -> None:
        """Write all of it, so that it can go on."""
        trainer, facts = self.trainer, {**self.facts, "step": self.trainer.step}
        state = {"now": trainer.model.flat, "m": trainer.optimizer.m,
                 "v": trainer.optimizer.v}  # fmt: skip
        save_model(folder, trainer.model, self.tokenizer, facts, self.best, state)

    def write(self, length: int = 120) -> None:
        """Print what the model writes at this point."""
        rng = np.random.default_rng((self.trainer.seed, self.trainer.step))
        ids = generate(self.trainer.model, self.held[:1], length, rng, top_p=0.95)
        text = self.tokenizer.decode(ids[1:]).strip()[:length]
        print(textwrap.indent(text, "    | ", lambda line: True), flush=True)

    def ladder(self) -> list[float]:
        """Print the n-grams that are to be beaten; -> their bits per letter."""
        losses = ladder(*self.texts)
        rows = [(f"{n}-gram", f"{loss:.3f}", f"{loss / math.log(2):.3f}")
                for n, loss in enumerate(losses, start=1)]  # fmt: skip
        print("\nTo beat, on the same held-out letters:")
        table = console.table(["", "nats/char", "bits/char"], rows)
        print(table, end="\n\n", flush=True)
        return [loss / math.log(2) for loss in losses]


def resumed(options: argparse.Namespace) -> Run:
    """The training that --out holds, as it was when it was last saved."""
    model, tokenizer, facts, state = load_model(options.out)
    if not state:
        raise ValueError(f"{options.out}: kept without what training needs to go on")
    facts["steps"] = options.steps or facts["steps"]
    how = (facts[name] for name in ("steps", "batch", "lr", "seed", "workers"))
    trainer = Trainer(model, *how)
    run = Run(trainer, tokenizer, read_text(options.file or facts["text"]), facts)
    model.flat[:], trainer.optimizer.m[:] = state["now"], state["m"]
    trainer.optimizer.v[:] = state["v"]
    trainer.step = trainer.optimizer.t = facts["step"]
    print(f"Goes on from step {trainer.step} of {trainer.steps}")
    return run


def begun(options: argparse.Namespace) -> Run:
    """A new training: tokenizer, model and trainer; how long is not yet known."""
    name, wanted = options.file or TEXT, options.tokenizer
    text = read_text(name)
    print("=== MiniGPT from scratch ===\n", flush=True)
    tokenizer: Tokenizer = CharTokenizer.train(text)
    if wanted == "bpe" or (not wanted and len(text) > LONG):
        tokenizer = BPETokenizer.train(text[: int(0.9 * len(text))], options.vocab)
    kind = "characters" if isinstance(tokenizer, CharTokenizer) else "BPE"
    print(f"Tokenizer: {kind}, {len(tokenizer):,} different", flush=True)
    fit = next(size for minutes, size in SIZES if options.minutes <= minutes)
    own = (options.layers, options.heads, options.dim, options.context, options.batch)
    layers, heads, dim, context, batch = (o or f for o, f in zip(own, fit))
    if not options.context:  # a short text is no reason to refuse
        context = min(context, max(1, len(text) // 40))
    sizes = len(tokenizer), context, layers, heads, dim
    model = GPT(*sizes, options.dropout, options.bias, options.seed)
    print(f"Model: {layers} layers, {heads} heads, {dim} dim, context {context}")
    print(f"Parameters: {model.flat.size / 1e6:.1f}M ({model.flat.size:,})\n")
    print(f"Training on {name} ({len(text) / 1e6:.1f} million letters)", flush=True)
    trainer = Trainer(model, 1, batch, options.lr, options.seed)
    facts = {"text": str(name), "batch": batch, "lr": options.lr, "seed": options.seed,
             "workers": len(trainer.models), "best": math.inf, "best_step": 0,
             "history": []}  # fmt: skip
    return Run(trainer, tokenizer, text, facts)


def plan(run: Run, pool: ThreadPoolExecutor, options: argparse.Namespace) -> None:
    """Take the time of a step, and find how many there is time for; say so."""
    trainer, before, times = run.trainer, run.trainer.model.flat.copy(), []
    for _ in range(4):
        began = time.perf_counter()
        trainer.learn(pool, run.train)
        times.append(time.perf_counter() - began)
    trainer.model.flat[:], trainer.step = before, 0  # as if nothing had been
    trainer.optimizer = AdamW(trainer.model)
    seconds, tokens = min(times), trainer.batch * trainer.model.context
    steps = options.steps or math.ceil(60 * options.minutes / seconds)
    if options.epochs:
        steps = math.ceil(options.epochs * len(run.train) / tokens)
    trainer.steps = run.facts["steps"] = steps
    rate, whole = tokens / seconds, steps * seconds
    last = f"{whole / 60:.1f} minutes" if whole > 60 else f"{whole:.0f} seconds"
    print(f"A step takes {seconds:.3f} s ({rate:,.0f} tokens a second): "
          f"{steps:,} steps, about {last}", flush=True)  # fmt: skip


def learn(run: Run, pool: ThreadPoolExecutor, options: argparse.Namespace) -> bool:
    """Take the steps that are left, and judge and save now and then: -> all done?

    Not all are done if Ctrl-C was heard. Early stopping: when so many judgements in a
    row were no better, the rest is not worth the time.
    """
    from tqdm import tqdm

    trainer, worse = run.trainer, 0
    every = options.eval_every or max(1, trainer.steps // 10)
    left = range(trainer.step, trainer.steps)
    scale: Any = {"unit": "token", "unit_scale": trainer.batch * trainer.model.context}
    with Stop() as stop, tqdm(left, disable=None, **scale) as bar:
        for step in bar:
            run.losses.append(trainer.learn(pool, run.train))
            if not math.isfinite(run.losses[-1]):
                raise ValueError("the loss is no number any more: try a smaller --lr")
            bar.set_postfix(loss=f"{run.losses[-1]:.3f}", refresh=False)
            if (step + 1) % every == 0 and step + 1 < trainer.steps:
                bar.clear()
                worse = 0 if run.judge() else worse + 1
                run.write()
                run.keep(options.out)
            if worse >= options.patience:
                print(f"No better for {worse} times: it stops early")
                break
            if stop.heard:
                return False
    return True


def train(options: argparse.Namespace) -> int:
    """Train, and say how it goes; keep the best weights, and all to go on from."""
    from threadpoolctl import threadpool_limits

    # fast: a core for each worker; products that share cores wait for one another
    with threadpool_limits(1, "blas"), ThreadPoolExecutor() as pool:
        run = resumed(options) if options.resume else begun(options)
        if not options.resume:
            plan(run, pool, options)
        bars, file = run.ladder(), options.out / FILE
        if not learn(run, pool, options):
            run.keep(options.out)
            print(f"Saved {file} at step {run.trainer.step}; with --resume it goes on")
            return 130
    run.judge(last=True)
    run.write()
    run.keep(options.out)
    if options.compact:
        parts = run.trainer.model, run.tokenizer, run.facts, run.best
        save_model(options.out, *parts, half=True)
    print(f"Saved {file}, with the weights of step {run.facts['best_step']}")
    if options.save:
        plt = figures.start(options)
        figures.finish(options, draw_training(plt, run.facts["history"], bars))
    return 0


def chosen(options: argparse.Namespace) -> Kept:
    """The model to use: --checkpoint, or the last that was trained here, or ours."""
    folder = Path(options.checkpoint or (OUT if (OUT / FILE).exists() else SHIPPED))
    if not folder.exists():
        raise ValueError(f"{folder}: no such folder; `train --out {folder}` makes it")
    kept = load_model(folder)
    if options.command in ("evaluate", "explain"):  # what is written stands alone
        print(f"Model: {'the one of this book' if folder == SHIPPED else folder}\n")
    return kept


def prompt_ids(options: argparse.Namespace, tokenizer: Tokenizer) -> Array:
    """The tokens of the prompt (t,). ValueError if it is empty."""
    if not options.prompt:
        raise ValueError("the prompt is empty: give at least one letter to go on from")
    return np.array(tokenizer.encode(options.prompt))


def write_on(options: argparse.Namespace) -> int:
    """`generate` and `sample`: print the prompt, and what the model writes after it."""
    model, tokenizer, *_ = chosen(options)
    ids, how = prompt_ids(options, tokenizer), (options.top_k, options.top_p)
    for number in range(options.count):
        line = f"\n{'-' * 40}\n" if number else ""
        print(line + options.prompt, end="", flush=True)  # at once: the rest takes long
        rng = np.random.default_rng((options.seed, number))
        new = generate(model, ids, options.length, rng, options.temperature, *how)
        print(tokenizer.decode(new[len(ids) :]), flush=True)
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """The loss on the held-out part of its text, n-grams, and how much it copies."""
    model, tokenizer, facts, _ = chosen(options)
    text = read_text(options.file or facts["text"])
    run = Run(Trainer(model, 1, workers=1), tokenizer, text, facts)
    known, held = run.texts
    print(f"Held-out text: {len(held):,} letters, {len(run.held):,} tokens", flush=True)
    from tqdm import tqdm

    bar = functools.partial(tqdm, disable=None, leave=False)
    loss = whole_loss(model, run.held, bar=bar)
    print(f"val loss {loss:.3f}  perplexity {math.exp(loss):.1f}  "
          f"bits/char {loss * run.bits:.3f}", flush=True)  # fmt: skip
    bars = run.ladder()
    beaten = sum(loss * run.bits < bar for bar in bars)
    print(f"It beats {beaten or 'none'} of the {len(bars)}.\n")
    print("The longest piece of 400 letters that stands in what it learnt from:")
    for number in range(3):
        rng = np.random.default_rng((options.seed, number))
        written = tokenizer.decode(generate(model, run.held[:1], 400, rng)[1:])[:400]
        piece = longest_copy(written, known)
        print(f"  it wrote: {len(piece)} letters {piece!r}", flush=True)
    piece = longest_copy(held[:400], known)
    print(f"  the author: {len(piece)} letters {piece!r}")
    return 0


def explain(options: argparse.Namespace) -> int:
    """What the next token may be, what moved it, and where each head looks."""
    model, tokenizer, *_ = chosen(options)
    ids = prompt_ids(options, tokenizer)[-model.context :]
    names, (P, effect) = shown(tokenizer, ids), influence(model, ids)
    print(f"After {tokenizer.decode(ids)!r} may come:\n")
    for i in np.argsort(-P)[:5].tolist():
        print(f"  {shown(tokenizer, [i])[0]:12} {P[i]:6.1%}  {'█' * round(40 * P[i])}")
    best = shown(tokenizer, [int(P.argmax())])[0]
    print(f"\nBy how much ln P({best}) falls when nobody can look at a place:\n")
    for i in sorted(np.argsort(-np.abs(effect))[:10]):
        bar = ("█" if effect[i] > 0 else "░") * round(10 * min(4, abs(effect[i])))
        print(f"  place {i:3}  {names[i]:12} {effect[i]:+6.2f}  {bar}")
    if options.save or not options.no_show:
        fig = draw_looks(figures.start(options), looks(model, ids), names)
        figures.finish(options, fig)
    return 0


COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], int], str]] = {
    "train": (train, "train a model on a text"),
    "generate": (write_on, "write on after a prompt"),
    "sample": (write_on, "write several continuations"),
    "evaluate": (evaluate, "measure a model on held-out text"),
    "explain": (explain, "show where it looks, and what moved its next token"),
}


def add_training(add: Callable[..., Any]) -> None:
    """The options of `train`."""
    whole, number = console.whole, console.number
    add("file", nargs="?", help=f"text file (default {TEXT})")
    kinds = "letters, or pieces of words (default for a long text)"
    add("--tokenizer", choices=("char", "bpe"), help=kinds)
    vocab = "how many pieces of words (default 10,000)"
    add("--vocab", type=whole(256, 200_000), default=10_000, metavar="N", help=vocab)
    sizes = {"layers": "blocks of the model", "heads": "heads in each block",
             "dim": "numbers that stand for a token", "context": "tokens that it sees",
             "batch": "pieces of text a step", "steps": "training steps"}  # fmt: skip
    for name, what in sizes.items():
        add(f"--{name}", type=whole(1, 10_000_000), metavar="N", help=what)
    minutes = "train about so long: chooses the model and the steps (default 3)"
    add("--minutes", type=number(0.001, 1e5), default=3.0, metavar="M", help=minutes)
    add("--epochs", type=number(1e-4, 1e4), metavar="N", help="times through the text")
    rate = "the highest learning rate (default 0.001)"
    add("--lr", type=number(1e-8, 1e3), default=1e-3, metavar="RATE", help=rate)
    share = "share of numbers dropped while it learns (default 0)"
    add("--dropout", type=number(0, 0.9), default=0.0, metavar="P", help=share)
    add("--bias", action="store_true", help="add numbers as well as multiply")
    every = "judge and save every N steps (default: ten times in all)"
    add("--eval-every", type=whole(1), metavar="N", help=every)
    patience = "stop when so many judgements in a row were no better (default 5)"
    add("--patience", type=whole(1), default=5, metavar="N", help=patience)
    add("--out", type=Path, default=OUT, metavar="DIR", help=f"folder (default {OUT})")
    add("--resume", action="store_true", help="go on with what --out holds")
    compact = "keep only the weights at the end, in half as many bits"
    add("--compact", action="store_true", help=compact)


def add_writing(add: Callable[..., Any], count: int) -> None:
    """The options of `generate` and `sample`."""
    whole, number = console.whole, console.number
    length = "new tokens (default 400)"
    add("--length", type=whole(1, 1_000_000), default=400, metavar="N", help=length)
    heat = "0: always the likeliest; 1: as it thinks (default 0.8)"
    add("--temperature", type=number(0, 100), default=0.8, metavar="T", help=heat)
    add("--top-k", type=whole(1), metavar="K", help="draw from the K likeliest")
    some = "draw from the likeliest that have P together"
    add("--top-p", type=number(1e-9, 1), metavar="P", help=some)
    many = f"how many texts (default {count})"
    add("--count", type=whole(1, 1000), default=count, metavar="N", help=many)


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line, command by command."""
    examples = """python final_gpt/gpt.py generate --prompt "To be, or not to be"
        python final_gpt/gpt.py train --minutes 3
        python final_gpt/gpt.py train shakespeare.txt --layers 6 --heads 8 --dim 512
        python final_gpt/gpt.py explain --prompt "To be, or" --save looks.png"""
    parser = console.parser(__file__, __doc__, examples)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, what) in COMMANDS.items():
        one = commands.add_parser(name, help=what, description=what, allow_abbrev=False)
        add = one.add_argument
        seed = "start of the random numbers: same seed, same run (default 0)"
        add("--seed", type=console.whole(0), default=0, metavar="N", help=seed)
        if name == "train":
            add_training(add)
        else:
            model = "the model (default: what was trained here, else the book's)"
            add("--checkpoint", metavar="DIR", help=model)
        if name in ("generate", "sample"):
            add_writing(add, 1 if name == "generate" else 3)
        if name in ("generate", "sample", "explain"):
            start = "To be, or not to be" if name == "explain" else "\n"
            add("--prompt", default=start, metavar="TEXT", help="the text so far")
        if name == "evaluate":
            add("file", nargs="?", help="text file (default: its own)")
        if name in ("train", "explain"):
            figures.add_options(one, __file__)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Do what the command says."""
    options = build_parser().parse_args(argv)
    return COMMANDS[options.command][0](options)


if __name__ == "__main__":
    console.run(main)
