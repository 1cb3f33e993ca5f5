"""Chapter 20. Minigrad: a small PyTorch that you can read, and that says what is wrong.

In chapter 17 every gradient was written by hand: change the network, and you write it
anew. Here the machine does it. A *tensor* is an array that remembers which operation
made it, and of what. From a loss one can then walk back to every number that went into
it, and at each operation apply one rule, the chain rule:

    gradient of an input  =  gradient of the result  ×  slope of the result in the input

That is all a framework is: a table of operations, each with its rule; a walk; and, on
top, layers, losses and optimisers with the names, arguments and defaults of PyTorch.

    import minigrad as mg                         (in this folder)
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    x.grad                                        tensor([2., 4.])

You will see how a graph is recorded and walked, every rule checked against finite
differences, and networks learn: digits, one-dimensional digits, photos.

    python phase5_capstone/minigrad.py             a graph, its gradients, a picture
    python phase5_capstone/minigrad.py mnist       an MLP (--cnn: convolutions; minutes)
    python phase5_capstone/minigrad.py mnist1d     what structure is worth; a minute
    python phase5_capstone/minigrad.py cifar10     photos; a quarter of an hour
    python phase5_capstone/minigrad.py --check --profile

Names
    y, a, b     the result and the inputs of an operation: arrays of any shape
    g           the gradient that reaches y: ∂loss/∂y, of the shape of y
    leaf        a tensor that no operation made: data, and parameters
    n, c, h, w  images in a batch, channels, height, width: the shape (n, c, h, w)

What this leaves out: graphics cards, compilation, compiled kernels, lazily loaded data.
The table in the chapter says which names of PyTorch are here, and which are not.

Source: Paszke and others, "PyTorch: an imperative style, high-performance deep learning
library" (2019); Baydin and others, "Automatic differentiation in machine learning: a
survey" (2018); Greydanus, "Scaling down deep learning" (2020), for MNIST-1D.
"""

# ruff: noqa: E702
# mypy: allow-untyped-defs, allow-incomplete-defs, disable-error-code="misc,override"

import contextlib
import functools
import heapq
import inspect
import io
import itertools
import linecache
import math
import sys
import time
import types
from argparse import Namespace
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from common import console, data, figures

CLOCK = itertools.count(1)  # numbers tensors, and moments of writing, in order of time
MODE = types.SimpleNamespace(grad=True, rng=np.random.default_rng(0))
OPERATIONS: dict[str, "Operation"] = {}  # all there are, by name
Value = Any  # an array or a Tensor: rules are written for both
Rules = tuple[Callable[[], Any], ...]  # a gradient for each input, computed when asked
BLOCK = 1_000_000  # bytes: so large a table of patches stays in the cache
# subtle: an array of 32 MB, freed at once, tells the C library to keep freed memory for
# the next array; to ask the system for it anew each time costs a third of a step
KEPT = np.empty(8_000_000, np.float32).nbytes
float32, float64, int64 = np.float32, np.float64, np.int64

# subtle: sum, max, min, abs and pow below are ours, as they are in torch; Python's own
# are not used in this file


# --------------------------------------------------------------------------
# Milestone 1: a tensor remembers, and walks back


class GradError(RuntimeError, ValueError):
    """What minigrad refuses: a RuntimeError, as in PyTorch, with a cure in it."""


def _called(name):  # given
    """A method that calls the function of this name; looked up when it is called."""
    return lambda *inputs, **options: globals()[name](*inputs, **options)


def _compared(ufunc):  # given
    """A method that compares entry by entry."""
    return lambda self, other: Tensor(ufunc(self.array, _array(other)))


def _refuse(wrong: Any, sentence: str) -> None:  # given
    """GradError with the sentence and the user's line, if something is wrong."""
    if wrong:
        raise GradError(sentence + _at())


class Tensor:
    """An array that remembers what made it, so that gradients find their way back.

    `array` (numpy) holds the values, `grad` (a Tensor, or None) the gradient.
    `operation` made it of its `inputs` and `options`, on the user's `line`; None for
    a leaf. `number` is larger for what was made later.
    """

    __slots__ = ("array", "grad", "inputs", "line", "number", "operation", "options",
                 "owner", "requires_grad", "retains", "written")  # fmt: skip
    inputs: Any
    options: dict
    line: tuple[str, int]
    __array_ufunc__ = None  # so that array * tensor asks us
    __hash__ = object.__hash__  # == compares entries, so a dictionary goes by identity

    def __init__(self, array, requires_grad: bool = False):  # given
        self.array = np.asarray(array, float32 if isinstance(array, list) else None)
        self.requires_grad, self.number, self.written = False, next(CLOCK), 0
        self.grad: Tensor | None = None
        self.operation: Operation | None = None
        self.owner: Tensor | None = None  # whose memory this is, if it is a view
        self.retains = False
        self.requires_grad_(requires_grad)

    def backward(self, gradient=None, retain_graph=False, create_graph=False) -> None:
        """Adds to the .grad of every leaf that went into this: ∂self/∂leaf × gradient.

        Without `gradient` this must be one number, and the gradient is 1; else
        GradError (a ValueError), as for a gradient of another shape: `_seed` (given)
        sees to that. Of two calls the gradients add up in .grad (`_receive`, given).
        The graph is forgotten on the way, unless retain_graph; create_graph records
        the walk itself, so that gradients have gradients.
        """
        start = _seed(self, gradient, create_graph)
        seen = {id(start)}  # arrays that somebody holds already
        with np.errstate(all="ignore"), no_grad(not create_graph):
            for t, g in walk([(self, start)], create_graph, retain_graph):
                if t.operation is None or t.retains:
                    t._receive(g, seen)

    def _receive(self, g, seen: set[int]) -> None:  # given
        """Add g to .grad. The first one is kept as it is, unless others hold it too."""
        if isinstance(g, Tensor):
            self.grad = g if self.grad is None else self.grad + g
        elif self.grad is not None:
            self.grad.array += g
        else:
            shared = g.base is not None or id(g) in seen or not g.flags.writeable
            seen.add(id(g))
            self.grad = Tensor(g.copy() if shared else g)

    # What is asked of an array, and the conversions  (given, as all that are one line)
    # fmt: off
    shape = property(lambda self: self.array.shape)
    dtype = property(lambda self: self.array.dtype)
    ndim = property(lambda self: self.array.ndim)
    is_leaf = property(lambda self: self.operation is None)
    T = property(lambda self: self.permute(*range(self.ndim)[::-1]))
    def dim(self) -> int: "Number of axes."; return self.array.ndim
    def numel(self) -> int: "Number of entries."; return self.array.size
    def item(self) -> Any: "The one entry, as a number."; return self.array.item()
    def tolist(self) -> list: "The entries in lists."; return self.array.tolist()
    def retain_grad(self) -> None: "Keep .grad, though no leaf."; self.retains = True
    def float(self) -> "Tensor": "In single precision."; return self.to(float32)
    def double(self) -> "Tensor": "In double precision."; return self.to(float64)
    def long(self) -> "Tensor": "As integers."; return Tensor(self.array.astype(int64))
    def clone(self) -> "Tensor": "A copy, with a gradient."; return self + 0
    def __array__(self, dtype=None, copy=None): return np.array(self.array, dtype)
    def __len__(self): return len(self.array)
    def __iter__(self): return (self[i] for i in range(len(self)))
    def __float__(self): return float(self.array)
    def __int__(self): return int(self.array)
    def __bool__(self): return bool(self.array)
    def __format__(self, spec): return format(self.tolist(), spec)
    # fmt: on

    def size(self, dim: int | None = None) -> Any:  # given
        """The shape, or one of its numbers."""
        return self.shape if dim is None else self.shape[dim]

    def numpy(self) -> np.ndarray:  # given
        """The array itself; one that takes part in gradients must be detached first."""
        _refuse(self.requires_grad, "numpy() would lose the graph; write x.detach()")
        return self.array

    def detach(self) -> "Tensor":  # given
        """The same memory, without a past and without gradients."""
        other = Tensor(self.array)
        other.owner = self
        return other

    def requires_grad_(self, requires_grad: bool = True) -> "Tensor":  # given
        """Let gradients of this leaf be kept in .grad, or not."""
        if requires_grad and self.array.dtype.kind != "f":
            raise GradError(f"only floats have gradients, not {self.array.dtype}")
        self.requires_grad = requires_grad
        return self

    def __repr__(self):  # given
        text = np.array2string(self.array, precision=4, separator=", ",
                               prefix="tensor(")  # fmt: skip
        made = f", grad_fn=<{self.operation.name}>" if self.operation else ""
        leaf = ", requires_grad=True" if self.requires_grad and not made else ""
        plain = self.array.dtype in (float32, int64, bool)
        kind = "" if plain else f", dtype={self.array.dtype}"
        return f"tensor({text}{kind}{made}{leaf})"

    # Operators and methods: x + y is add(x, y)
    __add__ = __radd__ = _called("add")
    __mul__ = __rmul__ = _called("mul")
    __sub__, __truediv__, __pow__ = map(_called, ("sub", "div", "pow"))
    __matmul__, __neg__, __abs__ = map(_called, ("matmul", "neg", "abs"))
    exp, log, sqrt, abs, pow = map(_called, ("exp", "log", "sqrt", "abs", "pow"))
    sin, cos, tanh, sigmoid = map(_called, ("sin", "cos", "tanh", "sigmoid"))
    relu, clamp, matmul, to = map(_called, ("relu", "clamp", "matmul", "to"))
    softmax, log_softmax = map(_called, ("softmax", "log_softmax"))
    sum, mean, amax, var, std = map(_called, ("sum", "mean", "amax", "var", "std"))
    max, min = map(_called, ("max", "min"))
    __eq__, __ne__ = map(_compared, (np.equal, np.not_equal))
    __lt__, __le__ = map(_compared, (np.less, np.less_equal))
    __gt__, __ge__ = map(_compared, (np.greater, np.greater_equal))

    # fmt: off
    def __rsub__(self, other): return sub(other, self)
    def __rtruediv__(self, other): return div(other, self)
    def __rpow__(self, other): return pow(other, self)
    def __rmatmul__(self, other): return matmul(other, self)
    def __getitem__(self, key): return index(self, _plain(key))
    # fmt: on

    def reshape(self, *shape) -> "Tensor":  # given
        """The same entries in another shape; one size may be −1."""
        return reshape(self, shape=_sizes(shape))

    view = reshape

    def permute(self, *dims) -> "Tensor":  # given
        """The axes in another order."""
        return permute(self, dims=_sizes(dims))

    def expand(self, *shape) -> "Tensor":  # given
        """Axes of length 1 repeated (no memory is copied); −1 leaves an axis."""
        shape = _sizes(shape)
        old = (1,) * (len(shape) - self.ndim) + self.shape
        return expand(self, tuple(o if s == -1 else s for s, o in zip(shape, old)))

    def transpose(self, dim0: int, dim1: int) -> "Tensor":  # given
        """Two axes exchanged."""
        dims = np.arange(self.ndim)
        dims[[dim0, dim1]] = dims[[dim1, dim0]]
        return permute(self, tuple(dims.tolist()))

    swapaxes = transpose

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> "Tensor":  # given
        """The axes from start_dim to end_dim in one."""
        end = end_dim % self.ndim + 1 if self.ndim else 0
        return self.reshape(*self.shape[:start_dim], -1, *self.shape[end:])

    def unsqueeze(self, dim: int) -> "Tensor":  # given
        """A new axis of length 1."""
        dim %= self.ndim + 1
        return self.reshape(*self.shape[:dim], 1, *self.shape[dim:])

    def squeeze(self, dim: int | None = None) -> "Tensor":  # given
        """Without the axes (or the one axis) of length 1."""
        gone = range(self.ndim) if dim is None else [dim % self.ndim]
        keep = [s for i, s in enumerate(self.shape) if s != 1 or i not in gone]
        return self.reshape(*keep)

    def argmax(self, dim=None, keepdim: bool = False) -> "Tensor":  # given
        """Where the largest entry is; the first of several."""
        return Tensor(np.argmax(self.array, dim, keepdims=keepdim and dim is not None))

    # Writing in place
    def _writing(self) -> np.ndarray:  # given
        """The array, to be written to; refused where the graph would not know of it."""
        _refuse(MODE.grad and self.requires_grad, "this would overwrite a tensor "
                f"{self.shape} that gradients need; make a new one (x = x + 1), or "
                "write inside `with mg.no_grad():`")  # fmt: skip
        _root(self).written = next(CLOCK)
        return self.array

    def __setitem__(self, key, value):  # given
        self._writing()[_plain(key)] = _array(value)

    def copy_(self, other) -> "Tensor":  # given
        """Write other's entries over these."""
        self._writing()[...] = _array(other)
        return self

    def _in_place(self, ufunc, other):  # given
        ufunc(self.array, _array(other), out=self._writing(), casting="same_kind")
        return self

    # fmt: off
    def __iadd__(self, other): return self._in_place(np.add, other)
    def __isub__(self, other): return self._in_place(np.subtract, other)
    def __imul__(self, other): return self._in_place(np.multiply, other)
    def __itruediv__(self, other): return self._in_place(np.divide, other)
    # fmt: on


@contextlib.contextmanager
def no_grad(off: bool = True) -> Iterator[None]:  # given
    """`with mg.no_grad():` nothing is recorded inside. Also a decorator: @no_grad()."""
    before = MODE.grad
    MODE.grad = before and not off
    try:
        yield
    finally:
        MODE.grad = before


def record(operation: "Operation", inputs: Sequence, options: dict) -> Any:
    """The result of an operation: a Tensor that remembers, if a gradient may be wanted.

    `operation.run(arrays, options)` computes it. Called with plain arrays and numbers
    only, this gives a plain array: so one rule serves for both, gradients in arrays
    and gradients that are recorded themselves. Else a Tensor of the array
    (`settled`). It has requires_grad if any input has, unless MODE.grad is False;
    then it keeps `operation`, `inputs`, `options`, and as `line` what `_users_line()`
    gives. Where it shows memory of an input (a view), that input is its `owner`.
    """
    arrays = [x.array if isinstance(x, Tensor) else x for x in inputs]
    y = operation.run(arrays, options)
    if not any(isinstance(x, Tensor) for x in inputs):  # `any` is Python's own
        return y
    result = Tensor(settled(y, arrays, operation))
    for x in inputs if y.base is not None else ():
        if isinstance(x, Tensor) and np.may_share_memory(y, x.array):
            result.owner = x
    if MODE.grad and any(isinstance(x, Tensor) and x.requires_grad for x in inputs):
        result.requires_grad = True
        result.operation, result.inputs, result.options = operation, inputs, options
        result.line = _users_line()
    return result


def settled(y, arrays: Sequence, operation: "Operation") -> Any:  # given
    """float32 where numpy made it float64 but no input is; a 0-d one counts little."""
    if y.dtype != float64 or operation.name == "to":
        return y
    floats = [a for a in arrays if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
    floats = [a for a in floats if a.ndim] or floats
    return y if any(a.dtype == float64 for a in floats) else y.astype(float32)


def walk(starts, create_graph=False, retain_graph=False) -> Iterator[tuple]:
    """Yields every tensor that the starts were made of, with its whole gradient.

    starts = [(tensor, its gradient), …]. The youngest tensor comes first: whatever was
    made of it is younger still, so all its gradients have arrived and are added up. No
    recursion, so a chain of a million operations will do. Gradients are arrays, or
    Tensors where create_graph is set.
    """
    waiting: dict[Tensor, Any] = {}  # gradients that have arrived so far
    youngest: list[tuple[int, int, Tensor]] = []  # a heap: the smallest comes first
    arriving = starts
    while arriving or youngest:
        for t, g in arriving:
            if t in waiting:
                waiting[t] = waiting[t] + g  # subtle: not +=, others may hold the first
            else:
                waiting[t] = g
                heapq.heappush(youngest, (-t.number, id(t), t))
        t = heapq.heappop(youngest)[2]
        g = waiting.pop(t)
        yield t, g
        arriving = [] if t.operation is None else list(pull(t, g, create_graph))
        if not (retain_graph or create_graph):
            t.inputs = None  # so that memory is free as soon as it can be


def pull(t: Tensor, g, create_graph: bool) -> Iterator[tuple[Tensor, Any]]:
    """Yields each input of t that wants a gradient, with what t's gradient g gives it.

    `_still_there(t, create_graph)` gives the operation and its inputs. Its rule(g, y,
    *inputs, **options) is called with arrays (y is t's), or with Tensors where
    create_graph is set. It gives the gradient of its one input, or for each of
    several a function without arguments that computes it: call those that are wanted.
    `fit` takes back what broadcasting did.
    """
    operation, inputs = _still_there(t, create_graph)
    values = [x.array if isinstance(x, Tensor) else x for x in inputs]
    if create_graph:
        found = operation.rule(g, t, *inputs, **t.options)
    else:
        found = operation.rule(g, t.array, *values, **t.options)
    recipes = found if isinstance(found, tuple) else (found,)
    for x, recipe in zip(inputs, recipes):
        if isinstance(x, Tensor) and x.requires_grad:
            yield x, fit(recipe() if callable(recipe) else recipe, x)


def fit(g, x) -> Value:
    """g with the shape and dtype of x: where x was repeated, the gradients add up.

    A bias (k,) that was added to (n, k) moved n results with every entry, so its
    gradient is the sum over the n rows. Axes that broadcasting put in front are summed
    away; axes along which x has length 1 are summed and kept.
    """
    if g.shape != x.shape:
        front = g.ndim - x.ndim
        long = [i for i, s in enumerate(x.shape, front) if s == 1 != g.shape[i]]
        g = reshape(sum(g, dim=(*range(front), *long), keepdim=True), shape=x.shape)
    return g if g.dtype == x.dtype else to(g, dtype=x.dtype)


def grad(outputs, inputs, grad_outputs=None, retain_graph=None,
         create_graph: bool = False, allow_unused: bool = False) -> tuple:  # fmt: skip
    """The gradients of `outputs` for each of `inputs`: a tuple; .grad is not touched.

    As torch.autograd.grad: a tensor or a sequence for each; outputs of more than one
    entry need grad_outputs (`_seed` looks at them). With create_graph the gradients can
    be differentiated again. GradError for an input that did not go into the outputs, or
    None for it if allow_unused.
    """
    outputs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if grad_outputs is None or isinstance(grad_outputs, Tensor):
        grad_outputs = [grad_outputs] * len(outputs)
    starts = [(o, _seed(o, g, create_graph)) for o, g in zip(outputs, grad_outputs)]
    with np.errstate(all="ignore"), no_grad(not create_graph):
        found = {t: g for t, g in walk(starts, create_graph, bool(retain_graph))
                 if any(t is x for x in inputs)}  # fmt: skip
    for x in inputs:
        _refuse(x not in found and not allow_unused, f"an input {x.shape} did not go "
                "into the outputs; allow_unused=True gives None for it")  # fmt: skip
    found = {t: g if isinstance(g, Tensor) else Tensor(g) for t, g in found.items()}
    return tuple(found.get(x) for x in inputs)


def gradcheck(f: Callable, inputs, eps: float = 1e-6, atol: float = 1e-5,
              rtol: float = 1e-3) -> bool:  # fmt: skip
    """True if the gradients of f(*inputs) are its slopes; GradError, with both, if not.

        slope in x_i  ≈  (F(x_i + eps) − F(x_i − eps)) / (2 eps),    F = Σ v ⊙ f

    with weights v drawn at random (one number F stands for all results). Every entry of
    every input that requires a gradient is moved. Inputs must be float64: in single
    precision the difference drowns in rounding.
    """
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    wanted = [x for x in inputs if isinstance(x, Tensor) and x.requires_grad]
    _refuse(not wanted or any(x.dtype != float64 for x in wanted),
            "gradcheck needs float64 inputs that require a gradient")  # fmt: skip
    y = f(*inputs)
    v = np.random.default_rng(0).normal(size=y.shape)
    found = grad(y, wanted, Tensor(v), allow_unused=True)
    for x, g in zip(wanted, found):
        slopes = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            kept = x.array[i]
            for h in (eps, -eps):
                x.array[i] = kept + h
                slopes[i] += (v * f(*inputs).array).sum() / (2 * h)
            x.array[i] = kept
        got = np.zeros(x.shape) if g is None else g.array
        if not np.allclose(got, slopes, rtol, atol):
            i = np.unravel_index(np.abs(got - slopes).argmax(), x.shape)
            raise GradError(f"the gradient of entry {list(map(int, i))} of an input of "
                            f"shape {x.shape} is {got[i]:.6g}, but the slope measured "
                            f"is {slopes[i]:.6g}")  # fmt: skip
    return True


def gradgradcheck(f: Callable, inputs, **limits) -> bool:  # given
    """gradcheck of the gradients of f(*inputs): are second derivatives right?"""
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    wanted = [x for x in inputs if isinstance(x, Tensor) and x.requires_grad]
    y = f(*inputs)
    v = Tensor(np.random.default_rng(1).normal(size=y.shape), requires_grad=True)

    def gradients(*inputs):
        found = grad(f(*inputs[:-1]), wanted, inputs[-1], create_graph=True)
        return cat([g.flatten() for g in found])

    return gradcheck(gradients, (*inputs, v), **limits)


# How errors speak, and other help for the above


class Operation:  # given
    """A name, what it computes on arrays, and its rule: how gradients pass through it.

    rule(g, y, *inputs, **options) -> the gradient of the one input, or for each of
    several inputs a function that computes it when asked.
    """

    def __init__(self, forward, rule, shapes, fused=False, low=-2, high=2, **sample):
        self.name, self.__doc__ = rule.__name__, rule.__doc__
        self.forward, self.rule, self.fused = forward, rule, fused
        self.shapes, self.low, self.high, self.sample = shapes, low, high, sample
        words = list(inspect.signature(rule).parameters.values())[2:]
        many = words[0].kind is inspect.Parameter.VAR_POSITIONAL
        n = 1 if many else len(shapes)
        self.arity, self.names = sys.maxsize if many else n, [w.name for w in words[:n]]
        self.defaults = {w.name: w.default for w in words[n:]}

    def __call__(self, *inputs, **options) -> Any:
        """The result for these inputs and options, recorded where it must be."""
        if len(inputs) != self.arity or options or self.fused:
            inputs, options = self.sorted(inputs, options)
        return record(self, inputs, options or self.defaults)

    def sorted(self, words: tuple, options: dict) -> tuple[tuple, dict]:
        """What are inputs, and what options, as with any function of Python's."""
        inputs, extra = list(words[: self.arity]), words[self.arity :]
        named = [name for name in self.names[len(inputs) :] if name in options]
        inputs += [options.pop(name) for name in named]
        options = {**self.defaults, **dict(zip(self.defaults, extra)), **options}
        if len(options) > len(self.defaults) or len(extra) > len(self.defaults):
            raise TypeError(f"{self.name} takes only {(*self.names, *self.defaults)}")
        if self.fused:
            options["memory"] = {}  # what the forward pass leaves for its rule
        return tuple(inputs), options

    def run(self, arrays: Sequence, options: dict) -> Any:
        """The forward pass; what goes wrong in it is told with operation and shapes."""
        try:
            return self.forward(*arrays, **options)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            raise GradError(self.complaint(arrays, error)) from None

    def complaint(self, arrays: Sequence, error: Exception) -> str:
        """One sentence: operation, shapes, reason, and the user's line."""
        shapes = [str(a.shape) if isinstance(a, np.ndarray) else type(a).__name__
                  for a in arrays]  # fmt: skip
        cures = {"broadcast": "counted from the right, sizes must be equal or 1",
                 "core dim": "the two sizes to be summed over differ"}  # fmt: skip
        reason = next((cures[part] for part in cures if part in str(error)), error)
        place = "" if isinstance(error, GradError) else _at()
        return f"{self.name} of {' and '.join(shapes)}: {reason}{place}"

    def check(self, seed: int = 0) -> bool | None:
        """True if first and second derivatives are right; GradError if one is wrong.

        The check is generated: random inputs of the shapes given. None if fused, which
        has no second derivative.
        """
        rng = np.random.default_rng(seed)
        inputs = [Tensor(rng.uniform(self.low, self.high, shape), requires_grad=True)
                  for shape in self.shapes]  # fmt: skip
        f = functools.partial(self, **self.sample)
        try:
            gradcheck(f, inputs)
            return None if self.fused else gradgradcheck(f, inputs)
        except GradError as error:
            raise GradError(f"{self.name}: {error}") from None


def operation(forward: Callable, *shapes, **how) -> Callable:  # given
    """Makes the rule below it an operation of the same name, whose result is `forward`.

    Its first arguments, one for each of `shapes`, are inputs, the rest options. Shapes,
    range (`low`, `high`) and options are those of the generated check. A `fused` rule
    takes arrays only, so it has no second derivative.
    """

    def register(rule):
        OPERATIONS[rule.__name__] = Operation(forward, rule, shapes or [(3, 4)], **how)
        return OPERATIONS[rule.__name__]

    return register


def _users_line() -> tuple[str, int]:  # given
    """File and number of the line outside this file that is being run."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals is globals():
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def _at(line: tuple[str, int] | None = None) -> str:  # given
    """ " (train.py, line 12: y = x @ w)": the user's line, or one that was noted."""
    line = line or _users_line()
    code = linecache.getline(*line).strip()
    return f" ({Path(line[0]).name}, line {line[1]}{': ' + code if code else ''})"


def _seed(t: Tensor, gradient, create_graph: bool):  # given
    """The gradient that a walk from t starts with, or a GradError that says why not."""
    g = np.ones_like(t.array) if gradient is None else _array(gradient)
    _refuse(not t.requires_grad, "there is nothing to differentiate: nothing that went "
            "into this requires a gradient, or it was made inside no_grad")  # fmt: skip
    _refuse(gradient is None and g.size != 1, "backward starts from one number, not "
            f"{t.shape}; take .sum() or .mean(), or give a gradient")  # fmt: skip
    _refuse(g.shape != t.shape, f"the gradient is {g.shape}, but the tensor {t.shape}")
    if create_graph:
        return gradient if isinstance(gradient, Tensor) else Tensor(g)
    return np.asarray(g, t.dtype)


def _still_there(t: Tensor, create_graph: bool) -> tuple[Operation, Sequence]:  # given
    """The operation and inputs of t, if its rule can be applied still; or GradError."""
    assert t.operation is not None
    name, place = t.operation.name, _at(t.line)
    if t.inputs is None:
        raise GradError(f"an earlier backward has forgotten the graph: {name}{place}; "
                        "say backward(retain_graph=True) there")  # fmt: skip
    for x in (t, *t.inputs):
        if isinstance(x, Tensor) and _root(x).written > t.number:
            raise GradError(f"a tensor {x.shape} was overwritten after {name} had used "
                            f"it{place}; write to a copy, x.clone()")  # fmt: skip
    if create_graph and t.operation.fused:
        raise GradError(f"{name} is fused and has no second derivative{place}; build "
                        "it of others, as nll_loss(log_softmax(x, 1), y)")  # fmt: skip
    return t.operation, t.inputs


def _root(t: Tensor) -> Tensor:  # given
    """The tensor whose memory t shows."""
    while t.owner is not None:
        t = t.owner
    return t


def _array(x):  # given
    """The array of a Tensor; anything else as it is, in an array."""
    return x.array if isinstance(x, Tensor) else np.asarray(x)


def _plain(key):  # given
    """An index without Tensors in it."""
    if isinstance(key, tuple):
        return tuple(map(_plain, key))
    return key.array if isinstance(key, Tensor) else key


def _sizes(words: tuple) -> tuple[int, ...]:  # given
    """(2, 3) from both reshape(2, 3) and reshape((2, 3))."""
    one = len(words) == 1 and not isinstance(words[0], int)
    return tuple(words[0]) if one else words


def _quiet(f: Callable) -> Callable:  # given
    """f without numpy's warnings: like PyTorch, log(0) is −inf and says nothing."""
    return np.errstate(all="ignore")(f)


# The operations: what is computed, and below it the rule


@operation(np.add, (2, 3, 4), (3, 1))
def add(g, y, a, b) -> Rules:
    """a + b. Both move the sum as much as themselves: g, g."""
    return lambda: g, lambda: g


@operation(np.subtract, (3, 1), (2, 3, 4))
def sub(g, y, a, b) -> Rules:
    """a − b. The gradients are g and −g."""
    return lambda: g, lambda: -g


@operation(np.multiply, (2, 3, 4), (4,))
def mul(g, y, a, b) -> Rules:
    """a b, entry by entry. a moves it b times as far, and b moves it a times as far."""
    return lambda: g * b, lambda: g * a


@operation(_quiet(np.true_divide), (3, 4), (3, 1), low=0.5)
def div(g, y, a, b) -> Rules:
    """y = a / b. The derivatives are 1 / b and −a / b² = −y / b."""
    return lambda: g / b, lambda: -g * y / b


@operation(_quiet(np.power), (3, 4), (4,), low=0.5)
def pow(g, y, a, b) -> Rules:
    """y = aᵇ. The derivatives are b aᵇ⁻¹ (0 where b = 0) and y ln a (0 where a = 0).

    Where one is 0 give the other operation something harmless, by `where` (below): a
    product 0 · ∞ is no number.
    """
    return (lambda: g * b * a ** where(b == 0, 0, b - 1),
            lambda: g * y * log(where(a == 0, 1, a)))  # fmt: skip


@operation(np.negative)
def neg(g, y, a) -> Value:
    """−a. The derivative is −1."""
    return -g


@operation(_quiet(np.exp))
def exp(g, y, a) -> Value:
    """y = eᵃ. The derivative is y itself."""
    return g * y


@operation(_quiet(np.log), low=0.5)
def log(g, y, a) -> Value:
    """ln a. The derivative is 1 / a."""
    return g / a


@operation(_quiet(np.sqrt), low=0.5)
def sqrt(g, y, a) -> Value:
    """y = √a. The derivative is 1 / (2 y)."""
    return g / (2 * y)


@operation(np.abs)
def abs(g, y, a) -> Value:
    """|a|. The derivative is the sign of a, 0 at 0."""
    return g * sign(a)


@operation(np.sign)
def sign(g, y, a) -> Value:
    """−1, 0 or 1. It does not move: the derivative is 0."""
    return g * 0


@operation(np.sin)
def sin(g, y, a) -> Value:
    """sin a. The derivative is cos a."""
    return g * cos(a)


@operation(np.cos)
def cos(g, y, a) -> Value:
    """cos a. The derivative is −sin a."""
    return -g * sin(a)


@operation(np.tanh)
def tanh(g, y, a) -> Value:
    """y = tanh a. The derivative is 1 − y²."""
    return g * (1 - y * y)


@operation(lambda a: np.tanh(a * 0.5) * 0.5 + 0.5)  # e⁻ᵃ itself would overflow
def sigmoid(g, y, a) -> Value:
    """y = 1 / (1 + e⁻ᵃ). The derivative is y (1 − y)."""
    return g * y * (1 - y)


@operation(lambda a: np.maximum(a, 0))
def relu(g, y, a) -> Value:
    """a where a > 0, else 0. The derivative is 1 where a > 0, else 0 (at 0, too)."""
    return g * (y > 0)


@operation(lambda a: np.logaddexp(a, a.dtype.type(0)))
def softplus(g, y, a) -> Value:
    """ln(1 + eᵃ), a soft relu. The derivative is sigmoid(a)."""
    return g * sigmoid(a)


@operation(np.maximum, (3, 4), (4,))
def maximum(g, y, a, b) -> Rules:
    """The larger of a and b gets the gradient; of two equal ones, each gets half."""
    return lambda: g * ((a > b) + (a == b) / 2), lambda: g * ((a < b) + (a == b) / 2)


@operation(np.minimum, (3, 4), (4,))
def minimum(g, y, a, b) -> Rules:
    """The smaller of a and b gets the gradient; of two equal ones, each gets half."""
    return lambda: g * ((a < b) + (a == b) / 2), lambda: g * ((a > b) + (a == b) / 2)


@operation(lambda a, min, max: np.clip(a, min, max), min=-1.0, max=1.0)
def clamp(g, y, a, min=None, max=None) -> Value:
    """a, held between min and max. The gradient passes where nothing was held back."""
    return g * (a == y)


@operation(lambda a, b, condition: np.where(condition, a, b), (3, 4), (4,),
           condition=np.arange(12).reshape(3, 4) % 3 == 0)  # fmt: skip
def choose(g, y, a, b, condition=None) -> Rules:
    """a where the condition holds, else b: each gets g where it is chosen, else 0."""
    return lambda: g * condition, lambda: g * ~condition


@operation(np.matmul, (2, 3, 4), (4, 5))
def matmul(g, y, a, b) -> Rules:
    """The matrix product a @ b, of stacks of matrices, too: g bᵀ and aᵀ g.

    (…, n, d) @ (…, d, k) -> (…, n, k). A vector a stands for one row, a vector b for
    one column: give them that axis, and take it away from what comes out.
    """
    row, column = a.ndim == 1, b.ndim == 1
    A = reshape(a, (1, -1)) if row else a
    B = reshape(b, (-1, 1)) if column else b
    stacks = g.shape[: g.ndim + row + column - 2]
    G = reshape(g, (*stacks, A.shape[-2], B.shape[-1])) if row or column else g
    return (lambda: reshape(fit(G @ B.swapaxes(-1, -2), A), a.shape),
            lambda: reshape(fit(A.swapaxes(-1, -2) @ G, B), b.shape))  # fmt: skip


def _kept(shape: tuple, dim) -> tuple[int, ...]:  # given
    """The shape after a reduction over dim, if the axes were kept as 1."""
    dims = range(len(shape)) if dim is None else np.atleast_1d(dim) % (len(shape) or 1)
    return tuple(1 if i in dims else s for i, s in enumerate(shape))


@operation(lambda a, dim, keepdim: np.sum(a, axis=dim, keepdims=keepdim), (2, 3, 4),
           dim=(0, -1))  # fmt: skip
def sum(g, y, a, dim=None, keepdim=False) -> Value:
    """The sum along dim (a number, a tuple, or None for all). Each entry gets g.

    `_kept(a.shape, dim)` is a's shape with the axes that are gone as 1: reshape g to
    it, then expand it.
    """
    return expand(reshape(g, _kept(a.shape, dim)), a.shape)


@operation(_quiet(lambda a, dim, keepdim: np.mean(a, axis=dim, keepdims=keepdim)),
           (2, 3, 4), dim=1)  # fmt: skip
def mean(g, y, a, dim=None, keepdim=False) -> Value:
    """The mean along dim: as the sum, over the number of entries that went into one."""
    kept = _kept(a.shape, dim)
    return expand(reshape(g, kept) * (math.prod(kept) / math.prod(a.shape)), a.shape)


@operation(lambda a, dim, keepdim: np.max(a, axis=dim, keepdims=keepdim), dim=1)
def amax(g, y, a, dim=None, keepdim=False) -> Value:
    """The largest along dim; of several equal ones, each gets an equal part of g."""
    kept = _kept(a.shape, dim)
    largest = a == reshape(y, kept)
    return largest * reshape(g, kept) / sum(largest, dim=dim, keepdim=True)


@operation(lambda a, shape: np.reshape(a, shape), shape=(2, 6))
def reshape(g, y, a, shape=None) -> Value:
    """The same entries in another shape: the gradient goes back to the old one."""
    return reshape(g, a.shape)


@operation(lambda a, dims: np.transpose(a, dims), (2, 3, 4), dims=(2, 0, 1))
def permute(g, y, a, dims=None) -> Value:
    """The axes in the order dims: the gradient's axes in the order that undoes it."""
    return permute(g, tuple(int(i) for i in np.argsort(np.array(dims) % len(dims))))


@operation(lambda a, shape: np.broadcast_to(a, shape), (3, 1), shape=(2, 3, 4))
def expand(g, y, a, shape=None) -> Value:
    """a repeated to a larger shape. What was repeated gets the sum: `fit` does that."""
    return g


@operation(lambda a, key: a[key], (4, 3), key=([0, 2, 2], slice(1, 3)))
def index(g, y, a, key=None) -> Value:
    """a[key]. The gradient is put back there, into zeros; what is taken twice adds."""
    return put(g, key, a.shape)


def _put(a, key, shape):  # given
    """Zeros of this shape with a added at the key."""
    zeros = np.zeros(math.prod(shape), a.dtype)
    places = np.arange(zeros.size).reshape(shape)[key]
    np.add.at(zeros, places.ravel(), a.ravel())  # fast with one axis, slow with more
    return zeros.reshape(shape)


@operation(_put, (3, 2), key=([0, 2, 2], slice(1, 3)), shape=(4, 3))
def put(g, y, a, key=None, shape=None) -> Value:
    """Zeros of this shape with a added at the key: the gradient is read there."""
    return index(g, key)


@operation(lambda *parts, dim: np.concatenate(parts, axis=dim), (2, 3), (2, 1), dim=1)
def concatenate(g, y, *parts, dim=0) -> Rules:
    """The parts one after the other along dim: each gets its piece of the gradient."""
    ends = list(itertools.accumulate((p.shape[dim] for p in parts), initial=0))
    before = (slice(None),) * (dim % y.ndim)
    return tuple(functools.partial(index, g, (*before, slice(i, j)))
                 for i, j in zip(ends, ends[1:]))  # fmt: skip


@operation(lambda a, dtype: a.astype(dtype), dtype=np.float64)
def to(g, y, a, dtype=None) -> Value:
    """a in another precision: the gradient goes back to a's own."""
    return to(g, a.dtype)


def _softmax(a, dim):  # given
    """e^a over its sum along dim. The largest is taken off first: e^1000 overflows."""
    e = np.exp(a - a.max(axis=dim, keepdims=True))
    return e / e.sum(axis=dim, keepdims=True)


@operation(_softmax, dim=1)
def softmax(g, y, a, dim=-1) -> Value:
    """y = eᵃ / Σ eᵃ along dim. The gradient is y (g − Σ g y), the sum along dim.

    dy_i/da_j = y_i ([i = j] − y_j), so Σ_i g_i dy_i/da_j = y_j (g_j − Σ_i g_i y_i).
    """
    return y * (g - sum(g * y, dim=dim, keepdim=True))


def _log_softmax(a, dim):  # given
    """a − ln Σ e^a along dim, the largest taken off first."""
    a = a - a.max(axis=dim, keepdims=True)
    return a - np.log(np.exp(a).sum(axis=dim, keepdims=True))


@operation(_log_softmax, dim=1)
def log_softmax(g, y, a, dim=-1) -> Value:
    """y = a − ln Σ eᵃ along dim. The gradient is g − eʸ Σ g, the sum along dim."""
    return g - exp(y) * sum(g, dim=dim, keepdim=True)


# Made of the above  (given)


Extreme = namedtuple("Extreme", "values indices")  # what x.max(dim) gives


def max(x: Tensor, dim=None, keepdim: bool = False) -> Any:  # given
    """The largest entry (equal ones share its gradient), or with a dim a pair (values,
    indices); then the gradient goes to the one place that indices names."""
    if dim is None or isinstance(dim, Tensor):
        return amax(x) if dim is None else maximum(x, dim)
    x = x if x.ndim else x.reshape(1)
    places = x.array.argmax(dim)
    key = list(np.indices(places.shape, sparse=True))
    key.insert(dim % x.ndim, places)
    found = Extreme(index(x, tuple(key)), Tensor(places))
    return Extreme(*(t.unsqueeze(dim) for t in found)) if keepdim else found


def min(x: Tensor, dim=None, keepdim: bool = False) -> Any:  # given
    """The smallest: as max."""
    if isinstance(dim, Tensor):
        return minimum(x, dim)
    found = max(-x, dim, keepdim)
    return -found if dim is None else Extreme(-found.values, found.indices)


def var(x: Tensor, dim=None, correction=1, keepdim=False) -> Any:  # given
    """Σ (x − mean)² / (n − correction) along dim."""
    squares = (x - mean(x, dim, True)) ** 2
    n = x.numel() / math.prod(_kept(x.shape, dim))
    return sum(squares, dim, keepdim) / (n - correction)


def std(x: Tensor, dim=None, correction=1, keepdim=False) -> Any:  # given
    """The root of var."""
    return var(x, dim, correction, keepdim).sqrt()


def where(condition, a, b) -> Any:  # given
    """a where the condition holds, else b; the condition itself has no gradient."""
    return choose(a, b, _array(condition))


def cat(tensors: Sequence, dim: int = 0) -> Any:  # given
    """The tensors one after the other along an axis."""
    return concatenate(*tensors, dim=dim)


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:  # given
    """The tensors beside each other along a new axis."""
    return cat([t.unsqueeze(dim) for t in tensors], dim)


def tensor(values, requires_grad: bool = False, dtype=None) -> Tensor:  # given
    """A new Tensor (a copy): Python's floats become float32, numpy's dtypes stay."""
    array = np.array(_array(values), dtype)
    if array.dtype == float64 and dtype is None and not hasattr(values, "dtype"):
        array = array.astype(float32)
    _refuse(array.dtype.kind not in "fiub", f"tensors hold numbers, not {array.dtype}")
    return Tensor(array, requires_grad)


def _of(array, options: dict) -> Tensor:  # given
    return Tensor(array.astype(options.pop("dtype", float32)), **options)


def zeros(*shape, **options) -> Tensor:  # given
    """Zeros of this shape."""
    return _of(np.zeros(_sizes(shape)), options)


def ones(*shape, **options) -> Tensor:  # given
    """Ones of this shape."""
    return _of(np.ones(_sizes(shape)), options)


def randn(*shape, **options) -> Tensor:  # given
    """Numbers drawn from the bell curve with mean 0 and standard deviation 1."""
    return _of(MODE.rng.normal(size=_sizes(shape)), options)


def rand(*shape, **options) -> Tensor:  # given
    """Numbers drawn evenly from 0 to 1."""
    return _of(MODE.rng.random(_sizes(shape)), options)


def arange(*limits, dtype=None) -> Tensor:  # given
    """Numbers from a start up to, not including, an end, as Python's range."""
    return tensor(np.arange(*limits).tolist(), dtype=dtype)


def manual_seed(seed: int) -> None:  # given
    """Begin the random numbers of layers, dropout and shuffling anew."""
    MODE.rng = np.random.default_rng(seed)


# --------------------------------------------------------------------------
# Milestone 2: a layer keeps its parameters, and learns


class Parameter(Tensor):
    """A tensor that a module learns: it requires a gradient."""

    def __init__(self, array, requires_grad: bool = True):  # given
        super().__init__(_array(array), requires_grad)


class Module:
    """What has parameters and a forward: a layer, or a model made of modules.

    Parameters, modules, and lists of modules that are attributes are found by
    themselves. It works without super().__init__(), so a class of your own may leave it
    out. `training` is True until eval().
    """

    training = True
    _buffers: tuple[str, ...] = ()

    def __call__(self, *inputs) -> Any:  # given
        """What the module's `forward` makes of the inputs."""
        return self.forward(*inputs)  # type: ignore[attr-defined]

    def children(self) -> Iterator[tuple[str, "Module"]]:
        """Yields (name, module) of the modules that are attributes, or in such lists.

        In a list (or tuple) called layers they are named layers.0, layers.1 …
        """
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value
            elif isinstance(value, list | tuple):
                for i, one in enumerate(value):
                    if isinstance(one, Module):
                        yield f"{name}.{i}", one

    def modules(self) -> Iterator["Module"]:  # given
        """Yields this module and all that are in it."""
        yield self
        for _, child in self.children():
            yield from child.modules()

    def named_state(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """Yields (name, tensor): its own Parameters, its buffers, its children's.

        Buffers are the attributes that `_buffers` names. Names inside a child begin
        with the child's name and a dot: "fc1.weight".
        """
        for name, value in vars(self).items():
            if isinstance(value, Parameter):
                yield prefix + name, value
        for name in self._buffers:
            yield prefix + name, getattr(self, name)
        for name, child in self.children():
            yield from child.named_state(f"{prefix}{name}.")

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yields what is a Parameter in `named_state`, with its name."""
        return ((n, t) for n, t in self.named_state() if isinstance(t, Parameter))

    def parameters(self) -> Iterator[Parameter]:
        """Yields every parameter once, even one that two layers share."""
        yield from dict.fromkeys(p for _, p in self.named_parameters())

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters: .grad becomes None."""
        for p in self.parameters():
            p.grad = None

    def train(self, mode: bool = True) -> "Module":  # given
        """Switch to training, in which dropout drops, or back."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> "Module":  # given
        """Switch to use after training."""
        return self.train(False)

    def register_buffer(self, name: str, value: Tensor) -> None:  # given
        """Keep a tensor that is saved with the model, but not learnt."""
        setattr(self, name, value)
        self._buffers = (*self._buffers, name)

    def state_dict(self) -> dict[str, Tensor]:  # milestone 4
        """`named_state` as a dictionary, detached: they share memory with the model."""
        return {name: t.detach() for name, t in self.named_state()}

    def load_state_dict(self, state: dict, strict: bool = True) -> None:  # milestone 4
        """Copy the values of `state` into the parameters and buffers of the same names.

        GradError, before anything is changed, that names all keys which are missing or
        unexpected (unless not strict), or the first whose shape does not fit.
        """
        own = dict(self.named_state())
        missing = ", ".join(name for name in own if name not in state) or "nothing"
        unexpected = ", ".join(name for name in state if name not in own) or "nothing"
        _refuse(strict and own.keys() != state.keys(), "this state does not fit the "
                f"model: missing {missing}; unexpected {unexpected}")  # fmt: skip
        both = [(n, t, _array(state[n])) for n, t in own.items() if n in state]
        for name, t, new in both:
            _refuse(new.shape != t.shape, f"{name} has the shape {new.shape} in this "
                    f"state, but {t.shape} in the model")  # fmt: skip
        with no_grad():
            for _, t, new in both:
                t.copy_(new)


def _linear(x, weight, bias=None):  # given
    """x Wᵀ + b in one step, so that there is one node and one addition in place."""
    y = x @ weight.T
    if bias is not None:
        y += bias
    return y


@operation(_linear, (2, 3, 4), (5, 4), (5,))
def linear(g, y, x, weight, bias=None) -> Rules:
    """y = x Wᵀ + b: x (…, d), weight (k, d), bias (k,) or None -> (…, k).

    The gradients are g W, gᵀ x and the sum of g over all rows. Where x has more axes
    than two, lay all its rows below each other first, and those of g.
    """
    G, X = reshape(g, (-1, g.shape[-1])), reshape(x, (-1, x.shape[-1]))
    return (lambda: g @ weight, lambda: G.swapaxes(0, 1) @ X, lambda: sum(G, 0))


def uniform(shape: tuple, fan_in: int) -> Parameter:  # given
    """PyTorch's start: even between ±1/√fan_in, so that outputs have a sane size."""
    bound = 1 / math.sqrt(fan_in) if fan_in else 0.0
    return Parameter(MODE.rng.uniform(-bound, bound, shape).astype(float32))


class Linear(Module):
    """y = x Wᵀ + b, with weight (out, in) and bias (out,)."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True):
        """Both start `uniform`, with fan_in = in_features; bias is None without one."""
        self.weight = uniform((out_features, in_features), in_features)
        self.bias = uniform((out_features,), in_features) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """x (…, in) -> (…, out)."""
        return linear(x, self.weight, self.bias)


class Sequential(Module):
    """Modules one after the other; they are named 0, 1, 2 …"""

    def __init__(self, *modules: Module):  # given
        for i, module in enumerate(modules):
            setattr(self, str(i), module)

    def __getitem__(self, i: int) -> Module:  # given
        return [module for _, module in self.children()][i]

    def forward(self, x: Tensor) -> Tensor:
        """x through all of them: what one gives the next one takes."""
        for _, module in self.children():
            x = module(x)
        return x


def _reduced(losses, reduction: str) -> Any:  # given
    """The mean or the sum of the losses, or all of them ("none")."""
    known = ("mean", "sum", "none")
    _refuse(reduction not in known, f"reduction is one of {known}, not {reduction!r}")
    return losses if reduction == "none" else getattr(losses, reduction)()


def _same_shape(name: str, a: Tensor, b: Tensor) -> None:  # given
    """GradError unless both have one shape: (n, 1) against (n,) would make (n, n)."""
    _refuse(a.shape != _array(b).shape, f"{name} of {a.shape} and {_array(b).shape}: "
            "input and target must have one shape")  # fmt: skip


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """(input − target)², its mean over all entries (or "sum", or "none": `_reduced`).

    GradError if the shapes differ (`_same_shape`): broadcasting would hide a mistake.
    """
    _same_shape("mse_loss", input, target)
    return _reduced((input - target) ** 2, reduction)


class Optimizer:  # given
    """Parameters, in groups with settings of their own, and what is remembered of each.

    `params` is an iterable of Parameters, or of dictionaries {"params": …, "lr": …}.
    A subclass has update(p, g, memory, lr=…, …), which writes into the array p: its
    further arguments are the settings, in that order and with those defaults.
    """

    update: Callable

    def __init__(self, params: Iterable, *values, **settings):
        params = list(params)
        _refuse(not params, "the optimiser got no parameters")
        groups = params if isinstance(params[0], dict) else [{"params": params}]
        words = inspect.signature(self.update).bind(*"pgm", *values, **settings)
        words.apply_defaults()
        self.defaults = dict(list(words.arguments.items())[3:])
        self.param_groups = [{**self.defaults, **g, "params": list(g["params"])}
                             for g in groups]  # fmt: skip
        self.state: dict[Tensor, dict] = {}

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None

    @no_grad()
    def step(self) -> None:
        """Move every parameter that has a gradient."""
        for group in self.param_groups:
            settings = {name: group[name] for name in self.defaults}
            for p in group["params"]:
                if p.grad is not None:
                    memory = self.state.setdefault(p, {})
                    self.update(p._writing(), p.grad.array, memory, **settings)


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum."""

    def update(self, p, g, memory, lr=1e-3, momentum=0, dampening=0, weight_decay=0,
               nesterov=False) -> None:  # fmt: skip
        """Write p − lr · v over the array p; g is its gradient, and stays as it is.

            g ← g + weight_decay · p
            v ← momentum · v + (1 − dampening) · g     (the first time: v = g)
            nesterov: step along g + momentum · v instead of v

        Without momentum the step is along g. v is kept in the dictionary `memory`.
        """
        if weight_decay:
            g = g + weight_decay * p
        if momentum:
            if "v" not in memory:
                memory["v"] = g.copy()
            else:
                memory["v"] *= momentum
                memory["v"] += (1 - dampening) * g
            g = g + momentum * memory["v"] if nesterov else memory["v"]
        p -= lr * g


# --------------------------------------------------------------------------
# Milestone 3: losses, Adam and batches: digits are learnt


def _cross_entropy(input, target, reduction, memory):  # given
    """−ln softmax(input)[target], and the probabilities kept for the rule."""
    n, target = len(input), _array(target)
    if input.ndim != 2 or target.shape != (n,) or target.dtype.kind not in "iu":
        raise ValueError(f"logits (n, k) go with class numbers (n,), not with "
                         f"{target.dtype} {target.shape}")  # fmt: skip
    if n and not 0 <= target.min() <= target.max() < input.shape[1]:
        raise ValueError(f"class numbers go from 0 to {input.shape[1] - 1}, but here "
                         f"from {target.min()} to {target.max()}")  # fmt: skip
    z = input - input.max(axis=1, keepdims=True)
    e = np.exp(z)
    total = e.sum(axis=1, keepdims=True)
    memory["p"] = e / total
    return _reduced(np.log(total[:, 0]) - z[np.arange(n), target], reduction)


@operation(_cross_entropy, (4, 3), fused=True, target=np.array([0, 2, 1, 1]))
def cross_entropy(g, y, input, target=None, reduction="mean", memory=None) -> Value:
    """−ln of the probability that softmax gives the target: input (n, k), target (n,).

    It is made for logits: no softmax before it. Softmax and logarithm cancel, and the
    gradient of a row's loss is p − [its class]: memory["p"] (n, k) holds the
    probabilities p. Every row is multiplied by its g: g/n for all with "mean", g for
    all with "sum", g[i] with "none". `target` may be a Tensor (`_array`).
    """
    n = len(input)
    d = memory["p"].copy()
    d[np.arange(n), _array(target)] -= 1
    d *= np.reshape(g / n if reduction == "mean" else g, (-1, 1))
    return d


def nll_loss(input: Tensor, target, reduction: str = "mean") -> Tensor:
    """−input[i, target[i]] of log-probabilities input (n, k): mean, sum or all (n,)."""
    rows = np.arange(len(input))
    return _reduced(-input[rows, _array(target)], reduction)


def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """|input − target|, its mean over all entries. GradError if the shapes differ."""
    _same_shape("l1_loss", input, target)
    return _reduced(OPERATIONS["abs"](input - target), reduction)


def binary_cross_entropy_with_logits(input: Tensor, target: Tensor,
                                     reduction: str = "mean") -> Tensor:  # fmt: skip
    """−t ln σ(z) − (1 − t) ln(1 − σ(z)) for logits z and targets t from 0 to 1.

    Computed as softplus(z) − t z, which is the same and never overflows. Its mean over
    all entries. GradError if the shapes differ.
    """
    _same_shape("binary_cross_entropy_with_logits", input, target)
    return _reduced(softplus(input) - target * input, reduction)


class Adam(Optimizer):
    """Steps along the mean gradient, over the size that gradients usually have."""

    def update(self, p, g, memory, lr=1e-3, betas=(0.9, 0.999), eps=1e-8,
               weight_decay=0) -> None:  # fmt: skip
        """Write the next p over the array p; g is its gradient, and stays as it is.

            g ← g + weight_decay · p
            m ← β₁ m + (1 − β₁) g                    at first 0
            v ← β₂ v + (1 − β₂) g²                   at first 0
            p ← p − lr · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + eps)

        in step t = 1, 2, 3 …; m, v and t are kept in the dictionary `memory`.
        """
        if weight_decay:
            g = g + weight_decay * p
        if not memory:
            memory.update(t=0, **{name: np.zeros_like(p) for name in "mvw"})
        memory["t"] += 1
        (b1, b2), t, m, v, w = betas, *map(memory.get, "tmvw")
        m *= b1
        m += np.multiply(g, 1 - b1, out=w)  # w: one array for all that is in between
        v *= b2
        np.multiply(g, g, out=w)
        v += np.multiply(w, 1 - b2, out=w)
        np.sqrt(v, out=w)
        w *= 1 / math.sqrt(1 - b2**t)
        w += eps
        np.divide(m, w, out=w)
        w *= lr / (1 - b1**t)
        p -= w


class TensorDataset:
    """Tensors (or arrays) of the same length; [i] gives the i-th row of each."""

    def __init__(self, *tensors):  # given
        self.tensors = [t if isinstance(t, Tensor) else tensor(t) for t in tensors]
        lengths = [len(t) for t in self.tensors]
        _refuse(len(set(lengths)) != 1, f"a data set has one length, not {lengths}")

    def __len__(self) -> int:  # given
        """How many rows there are."""
        return len(self.tensors[0])

    def __getitem__(self, i):  # given
        return tuple(Tensor(t.array[_plain(i)]) for t in self.tensors)


class DataLoader:
    """Goes through a data set in batches: `for x, y in loader`."""

    def __init__(self, dataset, batch_size: int = 1, shuffle: bool = False,
                 drop_last: bool = False):  # given  # fmt: skip
        _refuse(batch_size < 1, f"a batch has at least 1 row, not {batch_size}")
        self.dataset, self.batch_size = dataset, batch_size
        self.shuffle, self.drop_last = shuffle, drop_last

    def __len__(self):
        """How many batches there are; a short last one counts, unless dropped."""
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self):
        """Yields the batches dataset[rows], rows an array of row numbers.

        They come in order, or for `shuffle` in a new random order each time
        (MODE.rng.permutation). The last batch may be short, or is left out.
        """
        n = len(self.dataset)
        order = MODE.rng.permutation(n) if self.shuffle else np.arange(n)
        for i in range(len(self)):
            yield self.dataset[order[i * self.batch_size : (i + 1) * self.batch_size]]


class Scheduler:  # given
    """Changes the learning rates of an optimiser: step() after every epoch.

    A subclass has rate(lr, epoch), the learning rate of an epoch.
    """

    def __init__(self, optimizer: Optimizer):
        self.optimizer, self.last_epoch = optimizer, 0
        self.base_lrs = [group["lr"] for group in optimizer.param_groups]

    def step(self) -> None:
        """The next epoch begins."""
        self.last_epoch += 1
        for group, lr in zip(self.optimizer.param_groups, self.base_lrs):
            group["lr"] = self.rate(lr, self.last_epoch)  # type: ignore[attr-defined]


class StepLR(Scheduler):
    """The rate times gamma after every step_size epochs."""

    def __init__(self, optimizer, step_size: int, gamma: float = 0.1):  # given
        super().__init__(optimizer)
        self.step_size, self.gamma = step_size, gamma

    def rate(self, lr: float, epoch: int) -> float:
        """lr · gamma^(whole step_sizes in epoch)."""
        return lr * self.gamma ** (epoch // self.step_size)


class CosineAnnealingLR(Scheduler):
    """The rate falls to eta_min along half a cosine in T_max epochs."""

    def __init__(self, optimizer, T_max: int, eta_min: float = 0.0):  # given
        super().__init__(optimizer)
        self.T_max, self.eta_min = T_max, eta_min

    def rate(self, lr: float, epoch: int) -> float:
        """eta_min + (lr − eta_min) (1 + cos(π epoch / T_max)) / 2."""
        wave = (1 + math.cos(math.pi * epoch / self.T_max)) / 2
        return self.eta_min + (lr - self.eta_min) * wave


# --------------------------------------------------------------------------
# Milestone 4: the rest of the interface: pictures, norms, files


def _pair(size) -> tuple[int, int]:  # given
    """(size, size), or the two sizes given."""
    return (size, size) if isinstance(size, int) else tuple(size)


def patches(x: np.ndarray, kh: int, kw: int) -> np.ndarray:  # given
    """Every kh x kw patch as a column: x (n, c, h, w) -> (c kh kw, n (h − kh + 1) w).

    Row (c, i, j) is channel c of all images, moved by i rows and j columns. Pictures
    are taken as they lie in memory, row after row, so each of these is one long copy;
    the price is kw − 1 columns at the end of each row that mean nothing.
    """
    n, c, h, w = x.shape
    flat = np.zeros((c, n, h * w + kw - 1), x.dtype)
    flat[:, :, : h * w] = x.reshape(n, c, -1).swapaxes(0, 1)
    long = (h - kh + 1) * w
    columns = np.empty((c, kh, kw, n, long), x.dtype)
    for i in range(kh):
        for j in range(kw):
            columns[:, i, j] = flat[:, :, i * w + j : i * w + j + long]
    return columns.reshape(c * kh * kw, -1)


def blocks(x: np.ndarray, kernel: np.ndarray) -> Iterator[slice]:  # given
    """Slices of the images, so few at a time that their patches stay in the cache."""
    each = x.shape[2] * x.shape[3] * kernel[0].size * x.itemsize
    step = BLOCK // (each or 1) or 1
    return (slice(i, i + step) for i in range(0, len(x), step))


def correlate(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The kernel laid on every place of the images: what lies under it, weighted.

        y[n, o, i, j] = Σ x[n, c, i + p, j + q] kernel[o, c, p, q]   over c, p, q

    x (n, c, h, w), kernel (o, c, kh, kw) -> (n, o, h', w'), h' = h − kh + 1. One
    matrix product does it: kernel (o, c kh kw) times `patches` (c kh kw, n h' w). Of
    its columns the last kw − 1 of each row are to be cut off. `blocks` gives a few
    images at a time.
    """
    (n, _, h, w), (o, _, kh, kw) = x.shape, kernel.shape
    y = np.empty((n, o, h - kh + 1, w - kw + 1), x.dtype)
    for some in blocks(x, kernel):
        flat = kernel.reshape(o, -1) @ patches(x[some], kh, kw)
        full = flat.reshape(o, -1, h - kh + 1, w)[..., : w - kw + 1]
        y[some] = full.swapaxes(0, 1)
    return y


def kernel_gradient(x: np.ndarray, g: np.ndarray, kh: int, kw: int) -> np.ndarray:
    """∂/∂kernel of Σ g · correlate(x, kernel): -> (o, c, kh, kw).

    Entry (o, c, p, q) met every place (i, j) at x[:, c, i + p, j + q], so it is Σ g x
    there: g (o, n h' w), with zeros where the patches mean nothing, times patchesᵀ.
    """
    (c, w), (o, high, wide) = x.shape[1::2], g.shape[1:]
    total = np.zeros((o, c * kh * kw), x.dtype)
    for some in blocks(x, np.empty((1, c, kh, kw))):
        whole = np.zeros((o, len(g[some]), high, w), x.dtype)
        whole[..., :wide] = g[some].swapaxes(0, 1)
        total += whole.reshape(o, -1) @ patches(x[some], kh, kw).T
    return total.reshape(o, c, kh, kw)


def input_gradient(g: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """∂/∂x of Σ g · correlate(x, kernel): g (n, o, h', w') -> (n, c, h, w).

    Every entry of x was met by the kernel from all sides, by its last entry first. So
    pad g by one less than the kernel on each side (`padded`), and correlate it with the
    kernel turned around in both directions, o and c exchanged.
    """
    turned = kernel[:, :, ::-1, ::-1].swapaxes(0, 1)
    g = padded(g, kernel.shape[2] - 1, kernel.shape[3] - 1)
    return correlate(g, np.ascontiguousarray(turned))


def padded(x: np.ndarray, top: int, left: int) -> np.ndarray:  # given
    """x with zero rows above and below, and zero columns on both sides."""
    n, c, h, w = x.shape
    wide = np.zeros((n, c, h + 2 * top, w + 2 * left), x.dtype)
    wide[:, :, top : top + h, left : left + w] = x
    return wide


def _conv2d(x, weight, bias=None, *, stride, padding, memory):  # given
    """Pad, correlate, keep every stride-th place, add the bias."""
    if x.ndim != 4 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"the layer takes (n, {weight.shape[1]}, h, w)")
    (sy, sx), (py, px) = _pair(stride), _pair(padding)
    x = padded(x, py, px)
    if x.shape[2] < weight.shape[2] or x.shape[3] < weight.shape[3]:
        raise ValueError("the kernel is larger than the picture with its padding")
    y = correlate(x, weight)[:, :, ::sy, ::sx]
    return y if bias is None else y + bias.reshape(-1, 1, 1)


@operation(_conv2d, (2, 3, 5, 6), (4, 3, 3, 2), (4,), fused=True,
           stride=(2, 1), padding=1)  # fmt: skip
def conv2d(g, y, x, weight, bias=None, stride=1, padding=0, memory=None) -> Rules:
    """Gradients of x, weight and bias. All g: (n, o, h', w').

    stride: put g back to its places, with zeros between, first. weight:
    `kernel_gradient` of the padded x. bias: the sum over images and places. x:
    `input_gradient`, without the padding.
    """
    (sy, sx), (py, px), (kh, kw) = _pair(stride), _pair(padding), weight.shape[2:]
    h, w = x.shape[2] + 2 * py, x.shape[3] + 2 * px
    if (sy, sx) != (1, 1):
        whole = np.zeros((*g.shape[:2], h - kh + 1, w - kw + 1), g.dtype)
        whole[:, :, ::sy, ::sx] = g
        g = whole

    return (lambda: input_gradient(g, weight)[:, :, py : h - py, px : w - px],
            lambda: kernel_gradient(padded(x, py, px), g, kh, kw),
            lambda: g.sum((0, 2, 3)))  # fmt: skip


def _windows(x, size, stride):  # given
    """Yields for each place in a window what of x lies there: (n, c, h', w')."""
    (kh, kw), (sy, sx), (h, w) = size, stride, x.shape[2:]
    for i in range(kh):
        for j in range(kw):
            yield x[:, :, i : h - kh + i + 1 : sy, j : w - kw + j + 1 : sx]


def _max_pool2d(x, kernel_size, stride, memory):  # given
    """The largest entry of every window."""
    size = _pair(kernel_size)
    if x.ndim != 4 or x.shape[2] < size[0] or x.shape[3] < size[1]:
        raise ValueError("the input is (n, c, h, w), and no smaller than the window")
    return functools.reduce(np.maximum, _windows(x, size, _pair(stride or kernel_size)))


@operation(_max_pool2d, (2, 3, 4, 6), fused=True, kernel_size=2)
def max_pool2d(g, y, x, kernel_size=2, stride=None, memory=None) -> Value:
    """The gradient goes to the largest of each window; of equal ones, to the first.

    `_windows(x, size, stride)` goes through the places in a window (size and stride as
    pairs, `_pair`; without a stride it is the size): the same slices of an array of
    zeros are where the gradient is added.
    """
    size, step = _pair(kernel_size), _pair(stride or kernel_size)
    d = np.zeros_like(x)
    free = np.ones(y.shape, bool)
    for part, place in zip(_windows(x, size, step), _windows(d, size, step)):
        first = (part == y) & free
        free &= ~first
        place += g * first
    return d


def _batch_norm(x, weight, bias, axes, eps, memory):  # given
    """z · weight + bias, z = (x − mean) / √(var + eps), all per channel."""
    shape = _kept(x.shape, axes)
    z = x - x.mean(axes, keepdims=True)
    variance = np.mean(np.square(z), axes, keepdims=True)
    scale = 1 / np.sqrt(variance + np.asarray(eps, x.dtype))
    z *= scale
    memory.update(z=z, scale=scale)
    return z * weight.reshape(shape) + bias.reshape(shape)


@operation(_batch_norm, (5, 3, 2, 2), (3,), (3,), fused=True, axes=(0, 2, 3))
def normalise(g, y, x, weight, bias, axes=None, eps=1e-5, memory=None) -> Rules:
    """Gradients of x, weight (c,), bias (c,); z = memory["z"] is x with mean 0, std 1.

    bias: Σ g over `axes`. weight: Σ g z. x moves the mean and the scale, too, and that
    takes from its gradient what would only shift or stretch all of z:

        scale · weight · (g − mean(g) − z · mean(g z)),    scale = memory["scale"]

    The means are over `axes`; weight needs the shape that _kept(x.shape, axes) gives.
    """
    z, scale = memory["z"], memory["scale"]
    n = x.size // weight.size
    to_bias = g.sum(axes, keepdims=True)
    to_weight = (g * z).sum(axes, keepdims=True)

    slopes = scale * weight.reshape(scale.shape)
    return (lambda: (g - to_bias / n - z * (to_weight / n)) * slopes,
            lambda: to_weight.reshape(-1), lambda: to_bias.reshape(-1))  # fmt: skip


def dropout(input: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """input with each entry 0 with probability p, the others over 1 − p; or as it is.

    So the mean stays the same, and nothing needs to be done after training. `MODE.rng`
    draws. GradError unless 0 ≤ p ≤ 1.
    """
    _refuse(not 0 <= p <= 1, f"p is a probability, from 0 to 1, not {p}")
    if not training or p == 0:
        return input
    kept = MODE.rng.random(input.shape, float32) >= p
    return input * (kept / (1 - p) if p < 1 else kept * 0.0).astype(input.dtype)


def layer_norm(input: Tensor, normalized_shape, weight=None, bias=None,
               eps: float = 1e-5) -> Tensor:  # fmt: skip
    """(x − mean) / √(var + eps) · weight + bias, over the last axes of each example.

    normalized_shape are their sizes. var is over n, not n − 1. GradError if the input
    does not end in them.
    """
    shape = _sizes((normalized_shape,))
    _refuse(input.shape[-len(shape) :] != shape,
            f"layer_norm of {input.shape}: it must end in {shape}")  # fmt: skip
    axes = tuple(range(-len(shape), 0))
    centred = input - mean(input, axes, True)
    z = centred / sqrt(mean(centred * centred, axes, True) + eps)
    z = z if weight is None else z * weight
    return z if bias is None else z + bias


class Conv2d(Module):
    """A kernel that slides over images: (n, c, h, w) -> (n, out, h', w')."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size, stride=1,
                 padding=0, bias: bool = True):  # given  # fmt: skip
        """weight (out, in, kh, kw) and bias (out,) are `uniform`, fan_in = in kh kw."""
        kh, kw = _pair(kernel_size)
        fan_in = in_channels * kh * kw
        self.weight = uniform((out_channels, in_channels, kh, kw), fan_in)
        self.bias = uniform((out_channels,), fan_in) if bias else None
        self.stride, self.padding = stride, padding

    def forward(self, x: Tensor) -> Tensor:  # given
        """The kernel laid on every place, `stride` apart, of the padded images."""
        return conv2d(x, self.weight, self.bias, self.stride, self.padding)


class BatchNorm2d(Module):
    """Each channel to mean 0 and std 1 over the batch; then · weight + bias."""

    dims: tuple[int, ...] = (4,)  # how many axes the input may have
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, num_features: int, eps=1e-5, momentum=0.1):  # given
        self.weight = Parameter(np.ones(num_features, float32))
        self.bias = Parameter(np.zeros(num_features, float32))
        self.eps, self.momentum = eps, momentum
        self.register_buffer("running_mean", zeros(num_features))
        self.register_buffer("running_var", ones(num_features))
        self.register_buffer("num_batches_tracked", tensor(0))

    def forward(self, x: Tensor) -> Tensor:
        """Training: `normalise` over all axes but 1. Else: by the running statistics.

        In training these follow: running ← (1 − momentum) · running + momentum · batch,
        where the batch's variance is over n − 1. `_statistics(x.array, axes)` does
        that (given). GradError for a wrong number of axes (`dims`) or channels.
        """
        n, name = len(self.weight), type(self).__name__
        _refuse(x.ndim not in self.dims or x.shape[1] != n,
                f"{name} of {x.shape}: it takes {n} channels at axis 1")  # fmt: skip
        axes = (0, *range(2, x.ndim))
        if self.training:
            self._statistics(x.array, axes)
            return normalise(x, self.weight, self.bias, axes, self.eps)
        shape = _kept(x.shape, axes)
        scale = self.weight / (self.running_var + self.eps).sqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale.reshape(*shape) + shift.reshape(*shape)

    @no_grad()
    def _statistics(self, x: np.ndarray, axes: tuple) -> None:  # given
        _refuse(x.size <= x.shape[1], "batch norm needs more than one value a channel")
        for kept, now in ((self.running_mean, x.mean(axes)),
                          (self.running_var, x.var(axes, ddof=1))):  # fmt: skip
            kept *= 1 - self.momentum
            kept += self.momentum * now
        self.num_batches_tracked += 1  # type: ignore[attr-defined]


class BatchNorm1d(BatchNorm2d):
    """The same for (n, c) and (n, c, length)."""

    dims = (2, 3)


class LayerNorm(Module):
    """Each example to mean 0 and std 1 over its last axes; then · weight + bias."""

    def __init__(self, normalized_shape, eps: float = 1e-5):  # given
        self.normalized_shape, self.eps = _sizes((normalized_shape,)), eps
        self.weight = Parameter(np.ones(self.normalized_shape, float32))
        self.bias = Parameter(np.zeros(self.normalized_shape, float32))

    def forward(self, x: Tensor) -> Tensor:  # given
        """`layer_norm` with the weight and bias."""
        return layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)


class Embedding(Module):
    """A table of vectors: whole numbers (…) -> their rows (…, dim)."""

    def __init__(self, num_embeddings: int, embedding_dim: int):  # given
        rows = MODE.rng.normal(size=(num_embeddings, embedding_dim))
        self.weight = Parameter(rows.astype(float32))

    def forward(self, ids) -> Tensor:
        """The rows of weight of these numbers; GradError for one that is not there."""
        ids, n = _array(ids), len(self.weight)
        _refuse(((ids < 0) | (ids >= n)).any(), f"an id outside 0 … {n - 1}")
        return self.weight[ids]


class Dropout(Module):
    """`dropout` while training."""

    def __init__(self, p: float = 0.5):  # given
        self.p = p

    def forward(self, x: Tensor) -> Tensor:  # given
        """x, thinned out while training."""
        return dropout(x, self.p, self.training)


class MaxPool2d(Module):
    """The largest of every window."""

    def __init__(self, kernel_size, stride=None):  # given
        self.kernel_size, self.stride = kernel_size, stride

    def forward(self, x: Tensor) -> Tensor:  # given
        """(n, c, h, w) -> (n, c, h', w')."""
        return max_pool2d(x, self.kernel_size, self.stride)


class Flatten(Module):
    """(n, …) -> (n, all the rest)."""

    def forward(self, x: Tensor) -> Tensor:  # given
        """All axes but the first in one."""
        return x.flatten(1)


class ReLU(Module):
    """`relu` as a module."""

    forward = relu


class Tanh(Module):
    """`tanh` as a module."""

    forward = tanh


class Sigmoid(Module):
    """`sigmoid` as a module."""

    forward = sigmoid


class AdamW(Adam):
    """Adam whose weight decay does not go through the moments."""

    def update(self, p, g, memory, lr=1e-3, betas=(0.9, 0.999), eps=1e-8,
               weight_decay=1e-2) -> None:  # fmt: skip
        """First p ← p − lr · weight_decay · p, then Adam's step with weight_decay 0."""
        p *= 1 - lr * weight_decay
        super().update(p, g, memory, lr, betas, eps, 0)


def save(state: dict[str, Tensor], path: str | Path) -> None:
    """Write a state_dict to a .npz file of arrays, np.savez(file, name=array, …).

    `figures.write(path, put)` has the file whole or not at all: put(part) writes it
    under another name first. Fill an io.BytesIO, then part.write_bytes(its getvalue()),
    for np.savez puts .npz behind the name of a file.
    """
    file = io.BytesIO()
    np.savez(file, **{name: _array(value) for name, value in state.items()})
    figures.write(Path(path), lambda part: part.write_bytes(file.getvalue()))


def load(path: str | Path) -> dict[str, Tensor]:
    """The state_dict in a file that `save` wrote; no code in a file is ever run.

    GradError, with the file's name, if it is damaged or something else.
    """
    try:
        arrays = data.read_arrays(Path(path))
        return {name: Tensor(array) for name, array in arrays.items()}
    except (TypeError, ValueError):
        raise GradError(f"{path}: no saved state, or it is damaged") from None


class profile:  # given
    """`with mg.profile() as p: …`, then print(p): calls and time of every operation.

    What a rule computes with other operations counts as time of the rule.
    """

    def __enter__(self) -> "profile":
        """Count from here on."""
        self.rows: dict[str, list] = {}
        self.inside = False
        for one in OPERATIONS.values():
            one.forward = functools.partial(self.timed, one.name, 1, one.forward)
            one.rule = functools.partial(self.timed, one.name, 2, one.rule)
        self.began = time.perf_counter()
        return self

    def __exit__(self, *_) -> None:
        """Count no more."""
        self.seconds = time.perf_counter() - self.began
        for one in OPERATIONS.values():
            one.forward, one.rule = one.forward.args[2], one.rule.args[2]

    def timed(self, name: str, column: int, f: Callable, *inputs, **options) -> Any:
        """f(*inputs, **options), its time added to the row of the operation `name`."""
        if self.inside:
            return f(*inputs, **options)
        self.inside, began = True, time.perf_counter()
        found = f(*inputs, **options)
        self.inside = False
        row = self.rows.setdefault(name, [0, 0.0, 0.0])
        row[0] += column == 1
        row[column] += time.perf_counter() - began
        if column == 2 and isinstance(found, tuple):  # of functions, to be called yet
            return tuple(functools.partial(self.timed, name, 2, f) for f in found)
        return found

    def __str__(self):
        rows = sorted(self.rows.items(), key=lambda row: -row[1][1] - row[1][2])
        rest = self.seconds - math.fsum(f + b for _, (_, f, b) in rows)
        cells = [(name, n, f"{1e3 * f:.1f}", f"{1e3 * b:.1f}",
                  f"{100 * (f + b) / self.seconds:.1f} %")
                 for name, (n, f, b) in rows]  # fmt: skip
        cells.append(("the rest: optimiser, batches, graph", "", "", "",
                      f"{100 * rest / self.seconds:.1f} %"))  # fmt: skip
        head = ("operation", "calls", "forward ms", "backward ms", "share")
        return console.table(head, cells)


# --------------------------------------------------------------------------
# The picture


def sources(t: Tensor) -> list[Tensor]:
    """The Tensors that t was made of; none for a leaf, or if the graph is forgotten."""
    made_of = t.inputs if t.operation is not None and t.inputs else ()
    return [x for x in made_of if isinstance(x, Tensor)]


def ancestors(t: Tensor) -> list[Tensor]:
    """All tensors that went into t, and t itself, the oldest first."""
    found, waiting = set(), [t]
    while waiting:
        if (x := waiting.pop()) not in found:
            found.add(x)
            waiting += sources(x)
    return sorted(found, key=lambda x: x.number)


def called(t: Tensor, names: Mapping[str, Tensor]) -> str:
    """What a tensor is called: its name, and the operation that made it."""
    name = next((name for name, x in names.items() if x is t), "")
    made = t.operation.name if t.operation is not None else ""
    kind = "" if made or name else "leaf" if t.requires_grad else "data"
    return f"{name} = {made}" if name and made else name or made or kind


def shown(t: Tensor) -> str:
    """Its value, if it is one number, else its shape."""
    return f"{t.item():.4g}" if t.array.size == 1 else " × ".join(map(str, t.shape))


def slope(t: Tensor) -> str:
    """Its gradient: the number, or the size that its entries have on average."""
    if t.grad is None:
        return ""
    size = np.sqrt(np.mean(np.square(t.grad.array)))
    return f"{t.grad.item():.4g}" if t.array.size == 1 else f"±{size:.2g}"


def local_slope(t: Tensor, x: Tensor) -> str:
    """ "× 3": how far the number t moves with its input x; "" for larger tensors."""
    if t.array.size * x.array.size != 1 or not x.requires_grad:
        return ""
    found = [float(g) for s, g in pull(t, np.ones_like(t.array), False) if s is x]
    return f"× {math.fsum(found):.3g}"


def graph_text(t: Tensor, names: Mapping[str, Tensor] = {}) -> str:
    """The graph of t as a table: a line for each tensor, the oldest first.

    Before a backward, or after one with retain_graph=True. Gradients are shown of
    leaves, and of what has called retain_grad().
    """
    order = ancestors(t)
    number = {x: str(i) for i, x in enumerate(order)}
    rows = []
    for x in order:
        of = " ".join(f"#{number[s]}" for s in sources(x)) if sources(x) else "-"
        rows.append((f"#{number[x]} {called(x, names)}", of, shown(x), slope(x) or "-"))
    return console.table(("tensor", "made of", "value or shape", "gradient"), rows)


def places(order: list[Tensor]) -> dict[Tensor, tuple[float, float]]:
    """Where to draw each tensor: in columns, one left of all that was made of it.

    Each column stands around the height 0, in the order of what is to the right of it,
    so that lines seldom cross.
    """
    column = dict.fromkeys(order, 0)
    users: dict[Tensor, set[Tensor]] = {t: set() for t in order}
    for t in reversed(order):
        for s in sources(t):
            users[s].add(t)
            column[s] = int(np.minimum(column[s], column[t] - 1))
    where: dict[Tensor, tuple[float, float]] = {}
    for c in range(0, np.min([*column.values()]) - 1, -1):
        stack = [t for t in order if column[t] == c]
        stack.sort(key=lambda t: -np.mean([where[u][1] for u in users[t]] or 0))
        for i, t in enumerate(stack):
            where[t] = (c, (len(stack) - 1) / 2 - i)
    return where


def draw_box(x: Tensor, at: tuple, ax: Any, names: Mapping[str, Tensor]) -> Any:
    """Name, value or shape, and gradient of a tensor; gives the box around them."""
    kind = "made" if x.operation else "leaf" if x.requires_grad else "data"
    lines = [called(x, names), shown(x)] + [f"gradient {slope(x)}"] * bool(slope(x))
    look = {"boxstyle": "round,pad=0.45", "fc": "white", "ec": COLOUR[kind], "lw": 2}
    text = ax.text(at[0], at[1], "\n".join(lines), fontsize=9, linespacing=1.4,
                   ha="center", va="center", bbox=look)  # fmt: skip
    return text.get_bbox_patch()


def draw(t: Tensor, ax: Any = None, names: Mapping[str, Tensor] = {}) -> Any:
    """Draw the graph of t: a box for each tensor, from the leaves on the left to t.

    Blue: what an operation made. Orange: leaves that have a gradient. Grey: data. Lines
    between single numbers show the slope by which the gradient is multiplied on its way
    back. Texts are as large as the window allows. Gives the Axes.
    """
    where = places(ancestors(t))
    (left, low), (_, high) = np.min([*where.values()], 0), np.max([*where.values()], 0)
    if ax is None:
        import matplotlib.pyplot as plt

        size = np.clip(1.9 * (1 - left), 6, 24), 1 + 0.95 * (high - low + 1)
        ax = plt.figure(figsize=size).add_subplot()
    boxes = {x: draw_box(x, at, ax, names) for x, at in where.items()}
    for s, x in [(s, t) for t in where for s in dict.fromkeys(sources(t))]:
        line = {"arrowstyle": "-|>", "color": figures.MUTED, "lw": 1.3, "shrinkA": 2,
                "shrinkB": 2, "patchA": boxes[s], "patchB": boxes[x]}  # fmt: skip
        ax.annotate("", where[x], where[s], arrowprops=line, zorder=4)
        middle = np.mean([where[x], where[s]], axis=0)
        ax.text(middle[0], middle[1], local_slope(x, s), fontsize=9, ha="center",
                va="center", color=COLOUR["leaf"], bbox=LABEL, zorder=5)  # fmt: skip
    ax.set(xlim=(left - 0.6, 0.6), ylim=(low - 0.6, high + 0.6))
    ax.set_axis_off()
    width, texts = ax.figure.bbox.width, ax.texts

    def resize(event) -> None:
        for text in texts:
            text.set_fontsize(np.clip(9 * event.width / width, 4, 12))

    ax.figure.canvas.mpl_connect("resize_event", resize)
    return ax


LABEL = {"fc": "white", "ec": "none", "pad": 1}
COLOUR = {"made": figures.COLOURS[0], "leaf": figures.COLOURS[1], "data": figures.MUTED}


def show_training(options: Namespace, history: list, X: np.ndarray, y: np.ndarray,
                  p: np.ndarray, labels: str | list) -> None:  # fmt: skip
    """The accuracy after every epoch, and test images X that were taken for something
    else, the surest first: p (n, k) are the probabilities."""
    fig = figures.start(options).figure(figsize=(11, 5.2))
    left, right = fig.subfigures(1, 2, width_ratios=(1, 1.1))
    left.suptitle(f"{history[-1].accuracy:.1f} % of {len(y):,} are right", fontsize=13)
    right.suptitle("The surest mistakes", fontsize=13)
    ax = left.subplots()
    ax.plot([e.number for e in history], [e.accuracy for e in history], "o-")
    ax.set(ylabel="test accuracy (%)", xlabel="epoch")
    ax.locator_params("x", integer=True)
    low, high = (f(X, (0, 2, 3), keepdims=True) for f in (np.min, np.max))
    wrong = np.flatnonzero(p.argmax(1) != y)
    surest = wrong[np.argsort(-p[wrong].max(1), kind="stable")]
    for ax, i in itertools.zip_longest(right.subplots(3, 5).ravel(), surest[:15]):
        ax.set_axis_off()
        if i is not None:
            picture = (X[i] - low[0]) / (high[0] - low[0])  # (c, h, w), from 0 to 1
            ax.imshow(picture.transpose(1, 2, 0), cmap="gray_r")
            said = f"{labels[p[i].argmax()]}?\nit is {labels[y[i]]}"
            ax.set_title(said, fontsize=9, fontweight="normal", loc="center", pad=3)
    figures.finish(options, fig)


def draw_ladder(ladder: dict[str, list[float]], X: np.ndarray, y: np.ndarray,
                fig: Any) -> None:  # fmt: skip
    """MNIST-1D: an example of each digit, and what each model makes of them."""
    left, right = fig.subfigures(1, 2, width_ratios=(1, 1.25))
    for digit, ax in enumerate(left.subplots(2, 5, sharey=True).ravel()):
        ax.plot(X[np.argmax(y == digit)], np.arange(40)[::-1], lw=1.6)
        ax.set_axis_off()
        ax.set_title(str(digit), loc="center", fontsize=11)
    ax, at, found = right.subplots(), np.arange(len(ladder)), list(ladder.values())
    ours = ax.bar(at - 0.2, np.mean(found, 1), 0.4, yerr=np.std(found, 1), label="here")
    theirs = ax.bar(at + 0.2, [published for _, published in LADDER.values()], 0.4,
                    label="published", color=figures.COLOURS[5])  # fmt: skip
    ax.bar_label(ours, fmt="%.0f", padding=3)
    ax.bar_label(theirs, fmt="%.0f", padding=3)
    ax.set_xticks(at, list(ladder))
    ax.set(ylabel="test accuracy (%)", ylim=(0, 112))
    ax.set_title("A model that knows what may move wins")
    ax.legend(loc="upper left", ncols=2)


# --------------------------------------------------------------------------
# The command line


def mlp() -> Module:
    """For (n, 784): two layers, as in the example that this project began with."""
    return Sequential(Linear(784, 128), ReLU(), Linear(128, 10))


class Residual(Module):
    """MNIST-1D's MLP: two hidden layers of 100, the second beside a short cut."""

    def __init__(self):
        self.linear1, self.linear2 = Linear(40, 100), Linear(100, 100)
        self.linear3 = Linear(100, 10)

    def forward(self, x: Tensor) -> Tensor:
        """(n, 40) -> (n, 10)."""
        h = relu(self.linear1(x))
        return self.linear3(h + relu(self.linear2(h)))


class Row(Module):
    """(n, length) -> (n, 1, 1, length): a picture one pixel high."""

    def forward(self, x: Tensor) -> Tensor:
        """Two axes of length 1 put in."""
        return x.reshape(len(x), 1, 1, -1)


def block(into: int, out: int) -> list[Module]:
    """Convolution, batch norm, relu, and half the size."""
    convolution = Conv2d(into, out, 3, padding=1, bias=False)
    return [convolution, BatchNorm2d(out), ReLU(), MaxPool2d(2)]


def digit_net() -> Module:
    """For (n, 1, 28, 28): two blocks and a linear layer."""
    end = [Flatten(), Dropout(0.3), Linear(32 * 7 * 7, 10)]
    return Sequential(*block(1, 16), *block(16, 32), *end)


def photo_net() -> Module:
    """For (n, 3, 32, 32): three blocks and a linear layer."""
    blocks = [*block(3, 32), *block(32, 64), *block(64, 128)]
    return Sequential(*blocks, Flatten(), Linear(128 * 4 * 4, 10))


def line_net() -> Module:
    """MNIST-1D's convolutional net: three layers of 25 channels, stride 2."""
    layers: list[Module] = [Row()]
    for into, width in ((1, 5), (25, 3), (25, 3)):
        layers += [Conv2d(into, 25, (1, width), stride=(1, 2), padding=(0, 1)), ReLU()]
    return Sequential(*layers, Flatten(), Linear(125, 10))


Epoch = namedtuple("Epoch", "number loss accuracy seconds")  # accuracy: test set, in %


@no_grad()
def probabilities(model: Module, X: np.ndarray) -> np.ndarray:
    """What the model, used as after training, gives each class: (n, …) -> (n, k)."""
    model.eval()
    batches = (Tensor(X[i : i + 500]) for i in range(0, len(X), 500))
    p = np.concatenate([softmax(model(x), 1).array for x in batches])
    model.train()
    return p


def varied(X: np.ndarray) -> np.ndarray:
    """Each photo (n, c, h, w) moved by up to 4 pixels, and half of them mirrored."""
    n, _, h, w = X.shape
    wide = padded(X, 4, 4)
    moves = MODE.rng.integers(0, 9, (n, 2))
    moved = np.stack([x[:, i : i + h, j : j + w] for x, (i, j) in zip(wide, moves)])
    mirrored = MODE.rng.random(n) < 0.5
    moved[mirrored] = moved[mirrored, :, :, ::-1]
    return moved


def training(model: Module, optimizer: Optimizer, Xy: tuple, test: tuple, epochs: int,
             batch: int, vary: bool = False) -> Iterator[Epoch]:  # fmt: skip
    """Yields an Epoch after each; the learning rate falls along a cosine."""
    from tqdm import tqdm

    loader = DataLoader(TensorDataset(*Xy), batch, shuffle=True)
    scheduler = CosineAnnealingLR(optimizer, epochs * len(loader))
    for number in range(epochs):
        began, losses = time.perf_counter(), []
        for x, y in tqdm(loader, desc=f"epoch {number}", leave=False, disable=None):
            loss = cross_entropy(model(Tensor(varied(x.array)) if vary else x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
        seconds = time.perf_counter() - began
        right = 100 * np.mean(probabilities(model, test[0]).argmax(1) == test[1])
        yield Epoch(number, math.fsum(losses) / len(losses), float(right), seconds)


def train_and_show(options: Namespace, model: Module, optimizer: Optimizer, sets,
                   labels: str | list, epochs: int, vary=False) -> None:  # fmt: skip
    """Train, print, save the model if asked, and draw."""
    if options.quick:
        sets, epochs = tuple(a[: len(a) // 10] for a in sets), 2
    X, y, X_test, y_test = sets
    size = np.sum([p.numel() for p in model.parameters()])
    print(f"{size:,} parameters, {len(y):,} images to learn from, "
          f"{len(y_test):,} to test")  # fmt: skip
    history = []
    with profile() if options.profile else contextlib.nullcontext() as found:
        for e in training(model, optimizer, (X, y), (X_test, y_test),
                          options.epochs or epochs, 64, vary):  # fmt: skip
            history.append(e)
            print(f"Epoch {e.number}: Loss = {e.loss:.4f}   test accuracy "
                  f"{e.accuracy:.2f} %   {e.seconds:.1f} s", flush=True)  # fmt: skip
    print(f"Test accuracy: {e.accuracy:.1f}%   "
          f"({math.fsum(e.seconds for e in history):.1f} s of training)")  # fmt: skip
    if found:
        print(f"\n{found}")
    if options.out:
        save(model.state_dict(), options.out)
        print(f"Saved {options.out}")
    pictures = X_test.reshape(len(X_test), -1, *(X_test.shape[2:] or (28, 28)))
    p = probabilities(model, X_test)
    show_training(options, history, pictures, y_test, p, labels)


def run_mnist(options: Namespace) -> None:
    """Handwritten digits, by the example's MLP or a convolutional net."""
    X, y, X_test, y_test = data.load_mnist()
    if options.cnn:
        X, X_test = X.reshape(-1, 1, 28, 28), X_test.reshape(-1, 1, 28, 28)
    model, lr, epochs = (digit_net(), 0.002, 5) if options.cnn else (mlp(), 0.001, 10)
    train_and_show(options, model, Adam(model.parameters(), lr), (X, y, X_test, y_test),
                   "0123456789", epochs)  # fmt: skip


CLASSES = "plane car bird cat deer dog frog horse ship truck".split()


def load_cifar10() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """X (50000, 3, 32, 32) float32, mean 0 and std 1 per colour, y, X_test, y_test."""
    folder = data.fetch("cifar10")
    names = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]
    raw = b"".join((folder / f"{name}.bin").read_bytes() for name in names)
    table = np.frombuffer(raw, np.uint8).reshape(-1, 3073)  # a label, then a picture
    X, y = table[:, 1:].reshape(-1, 3, 32, 32) / float32(255), table[:, 0].astype(int)
    n = 5 * len(table) // 6  # the last of six files is the test set
    X -= X[:n].mean((0, 2, 3), keepdims=True)
    X /= X[:n].std((0, 2, 3), keepdims=True)
    return X[:n], y[:n], X[n:], y[n:]


def run_cifar10(options: Namespace) -> None:
    """Photos of ten kinds of things, by a net of three convolutions."""
    model = photo_net()
    optimizer = AdamW(model.parameters(), lr=0.003)
    train_and_show(options, model, optimizer, load_cifar10(), CLASSES, 10, vary=True)


# The shapes of MNIST-1D's digits: heights at twelve places, from Greydanus (2020)
# fmt: off
TEMPLATES = [
    [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
    [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
    [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
    [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
    [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
    [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
    [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
    [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
    [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
    [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
]
# fmt: on


def blurred(noise: np.ndarray) -> np.ndarray:
    """Noise blurred by a bell curve of standard deviation 2, mirrored at the ends."""
    bell = np.exp(-(np.arange(-8, 9) ** 2) / 8)
    return np.convolve(np.pad(noise, 8, "symmetric"), bell / bell.sum(), "valid")


def one_line(shape: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A digit's shape (12,) padded, stretched, moved, in noise, sheared: -> (40,)."""
    x = np.concatenate([shape + 1e-8, np.zeros(rng.integers(36, 61))])
    x = np.interp(np.linspace(0, 1, 72), np.linspace(0, 1, len(x)), x)
    x = np.roll(x * (1 + 0.4 * (rng.random() - 0.5)), rng.integers(48))
    x = np.where(x != 0, x, blurred(0.25 * rng.normal(size=72)))
    noise = 0.02 * rng.normal(size=72)
    x += noise - 0.75 * (rng.random() - 0.5) * np.linspace(-0.5, 0.5, 72)
    return np.interp(np.linspace(0, 1, 40), np.linspace(0, 1, 72), x)


def mnist1d(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """MNIST-1D: X (4000, 40) float32, y, X_test (1000, 40), y_test; mean 0, std 1."""
    shapes = np.array(TEMPLATES)
    shapes = (shapes - shapes.mean(1, keepdims=True)) / shapes.std(1, keepdims=True)
    shapes = (shapes - shapes[:, :1]) / 6
    y = rng.permutation(np.repeat(np.arange(10), 500))
    X = np.stack([one_line(shapes[digit], rng) for digit in y])
    X = ((X - X.mean()) / X.std()).astype(float32)
    return X[:4000], y[:4000], X[4000:], y[4000:]


def climb(make: Callable[[], Module], sets: tuple, seed: int, epochs: int) -> float:
    """Test accuracy in % after training as in the paper (150 epochs: 6,000 steps)."""
    manual_seed(seed)
    model = make()
    optimizer = Adam(model.parameters(), lr=0.01)
    *_, last = training(model, optimizer, sets[:2], sets[2:], epochs, 100)
    return last.accuracy


LADDER = {"logistic": (lambda: Linear(40, 10), 32), "MLP": (Residual, 68),
          "CNN": (line_net, 94)}  # with the published accuracies, in %  # fmt: skip


def run_mnist1d(options: Namespace) -> None:
    """Three models on 4,000 signals of 40 numbers: what may move is what counts."""
    sets = mnist1d(np.random.default_rng(42 + options.seed))
    seeds, epochs = (1, 5) if options.quick else (3, 150)
    epochs, ladder = options.epochs or epochs, {}
    print(f"4,000 signals to learn from, 1,000 to test, {epochs} epochs, "
          f"{seeds} {'start' if seeds == 1 else 'starts'}\n")  # fmt: skip
    for name, (make, published) in LADDER.items():
        found = [climb(make, sets, options.seed + s, epochs) for s in range(seeds)]
        ladder[name] = found
        spread = f" ± {np.std(found):.1f}" if seeds > 1 else ""
        print(f"{name:10}{np.mean(found):6.1f}{spread} %   (published: {published} %)",
              flush=True)  # fmt: skip
    fig = figures.start(options).figure(figsize=(11, 4.6))
    draw_ladder(ladder, sets[0], sets[1], fig)
    figures.finish(options, fig)


def three_numbers(w: float = 0.5) -> dict[str, Tensor]:
    """Chapter 17's example: all that is computed, by name."""
    leaves = {"x": 2.0, "w": w, "v": 3.0, "target": 1.0}
    t = {name: tensor(a, name != "target", float64) for name, a in leaves.items()}
    t["z"] = t["w"] * t["x"]
    t["a"] = tanh(t["z"])
    t["p"] = t["v"] * t["a"]
    t["loss"] = 0.5 * (t["p"] - t["target"]) ** 2
    return t


def run_tour(options: Namespace) -> None:
    """Three numbers: their graph, its gradients, and one of them measured."""
    names = three_numbers()
    loss, w = names["loss"], names["w"]
    for t in ancestors(loss):
        t.retain_grad()
    loss.backward(retain_graph=True)
    print("z = w x,  a = tanh z,  p = v a,  loss = (p − target)² / 2\n")
    print(graph_text(loss, names))
    up, down = (three_numbers(0.5 + h)["loss"].item() for h in (1e-6, -1e-6))
    print(f"\n∂loss/∂w is {w.grad:.6f} by the walk back,")
    print(f"            {(up - down) / 2e-6:.6f} by moving w a little up and down")
    plt = figures.start(options)
    ax = draw(loss, names=names)
    ax.set_title(f"From loss back to w, slope by slope: ∂loss/∂w = {slope(w)}")
    figures.finish(options, plt.gcf())


def run_check() -> None:
    """The generated check of every operation, first and second derivatives."""
    rows = []
    for name, one in OPERATIONS.items():
        said = ("to do", "")
        with contextlib.suppress(NotImplementedError):
            said = ("right", "fused: none" if one.check() is None else "right")
        rows.append((name, " ".join("×".join(map(str, s)) for s in one.shapes), *said))
    print(console.table(("operation", "inputs", "gradient", "second"), rows))
    right = [row[2] for row in rows].count("right")
    print(f"\n{right} operations agree with finite differences.")


def build_parser() -> console.Parser:
    """The options."""
    file = "python phase5_capstone/minigrad.py"
    examples = f"{file}\n{file} mnist --cnn\n{file} --check"
    parser = console.parser(__file__, __doc__, examples)
    add = parser.add_argument
    add("task", nargs="?", choices=("mnist", "mnist1d", "cifar10"),
        help="what to train on; without one a small graph is shown")  # fmt: skip
    add("--cnn", action="store_true", help="mnist: a convolutional net, not the MLP")
    add("--epochs", type=console.whole(1, 10_000), metavar="N",
        help="times through the data (default 10; --cnn 5, mnist1d 150)")  # fmt: skip
    add("--quick", action="store_true", help="on a tenth of the data, in seconds")
    out = "save the parameters learnt there (.npz)"
    add("--out", type=console.new_file(), metavar="FILE", help=out)
    add("--check", action="store_true", help="check the gradient of every operation")
    add("--profile", action="store_true", help="print where the time of training goes "
        "(alone: two epochs on a tenth of mnist)")  # fmt: skip
    figures.add_options(parser, __file__)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Train, or show; the exit code."""
    parser = build_parser()
    options = parser.parse_args(argv)
    if options.profile and options.task is None:
        options.task, options.quick = "mnist", True
    if options.cnn and options.task != "mnist":
        parser.error("--cnn goes with mnist")
    if options.out and options.task not in ("mnist", "cifar10"):
        parser.error("--out saves what mnist or cifar10 has trained")
    manual_seed(options.seed)
    if options.check:
        run_check()
    if options.task or not options.check:
        runs = {"mnist": run_mnist, "mnist1d": run_mnist1d, "cifar10": run_cifar10}
        runs.get(options.task, run_tour)(options)
    return 0


if __name__ == "__main__":
    console.run(main)
