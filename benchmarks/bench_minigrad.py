"""Chapter 20 against PyTorch: the same lines of code, run with both; then the time.

python benchmarks/bench_minigrad.py

First every operation, layer and optimiser is compared, on random shapes, in float32:
values and gradients. Then training steps take turns. PyTorch runs in a process of its
own, eager, with two threads and its fused optimisers: in one process the idle threads
of the two disturb each other. If this Python has no torch, MINIGRAD_TORCH may name one
that has.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness
import numpy as np

from phase5_capstone import minigrad as mg

# T is torch or minigrad, F its functions, nn its layers: the text is the same for both.
EXPRESSIONS: list[tuple[str, list[tuple[int, ...]]]] = [
    ("a + b", [(2, 3, 4), (3, 1)]), ("a - b", [(4,), (2, 3, 4)]),
    ("a * b", [(2, 1, 4), (3, 1)]), ("a / b.exp()", [(3, 4), (4,)]),
    ("a.exp() ** b", [(3, 4), (3, 1)]), ("2.5 - a", [(3,)]), ("1 / a.exp()", [(3,)]),
    ("a ** 2", [(3, 4)]), ("a.abs() ** 0.5", [(3, 4)]), ("T.tanh(a)", [(3, 4)]),
    ("T.exp(a)", [(3, 4)]), ("T.log(a.exp() + 1)", [(3, 4)]), ("T.sin(a)", [(3, 4)]),
    ("T.cos(a)", [(3, 4)]), ("T.sigmoid(3 * a)", [(3, 4)]), ("T.relu(a)", [(3, 4)]),
    ("F.softplus(a)", [(3, 4)]), ("T.abs(a)", [(3, 4)]), ("T.sqrt(a.exp())", [(3, 4)]),
    ("T.maximum(a, b)", [(3, 4), (4,)]), ("T.minimum(a, b)", [(3, 1), (3, 4)]),
    ("a.clamp(-0.5, 0.5)", [(3, 4)]), ("a.clamp(min=0.1)", [(3, 4)]),
    ("T.where(a > b, a, 2 * b)", [(3, 4), (4,)]), ("a @ b", [(2, 3, 4), (4, 5)]),
    ("a @ b", [(4,), (2, 4, 5)]), ("a @ b", [(5, 1, 3, 4), (2, 4, 2)]),
    ("a @ b", [(3, 4), (4,)]), ("a @ b", [(4,), (4,)]), ("a.sum()", [(2, 3)]),
    ("a.sum((0, -1))", [(2, 3, 4)]), ("a.sum(1, keepdim=True)", [(2, 3, 4)]),
    ("a.mean(-2)", [(2, 3, 4)]), ("a.max()", [(3, 4)]), ("a.max(-1)[0]", [(3, 4)]),
    ("a.max(0, keepdim=True).values", [(3, 4)]), ("a.min(1).values", [(3, 4)]),
    ("(a > 0).float().max() * a.sum()", [(3, 4)]),
    ("(a * 0).max() + (a * 0).amax(1).sum()", [(3, 4)]), ("a.var(1)", [(3, 4)]),
    ("a.std()", [(3, 4)]), ("a.reshape(2, -1)", [(3, 4)]), ("a.view(4, 3)", [(3, 4)]),
    ("a.permute(2, 0, 1)", [(2, 3, 4)]), ("a.transpose(0, -1)", [(2, 3, 4)]),
    ("a.T", [(3, 4)]), ("a.expand(2, -1, 4)", [(3, 1)]), ("a.flatten(1)", [(2, 3, 4)]),
    ("a.unsqueeze(-1) * b", [(3, 4), (5,)]), ("a.squeeze(1)", [(3, 1, 4)]),
    ("a[1]", [(3, 4)]), ("a[:, -1:]", [(3, 4)]), ("a[[0, 2, 2]]", [(3, 4)]),
    ("a[T.tensor([0, 2, 2]), T.tensor([1, 1, 1])]", [(3, 4)]), ("a[a > 0]", [(3, 4)]),
    ("T.cat([a, b], dim=-1)", [(2, 3), (2, 1)]),
    ("T.stack([a, b], 1)", [(2, 3), (2, 3)]),
    ("T.softmax(a, dim=0)", [(3, 4)]), ("F.log_softmax(a, -1)", [(2, 3, 4)]),
    ("F.cross_entropy(a, T.tensor([2, 0, 1]))", [(3, 4)]),
    ("F.cross_entropy(a, T.tensor([2, 0, 1]), reduction='none')", [(3, 4)]),
    ("F.nll_loss(F.log_softmax(a, 1), T.tensor([2, 0, 1]), reduction='sum')", [(3, 4)]),
    ("F.mse_loss(a, b)", [(3, 4), (3, 4)]), ("F.l1_loss(a, b)", [(3, 4), (3, 4)]),
    ("F.binary_cross_entropy_with_logits(9 * a, b.sigmoid())", [(3, 4), (3, 4)]),
    ("F.linear(a, b)", [(2, 3, 4), (5, 4)]),
    ("F.conv2d(a, b, stride=2, padding=1)", [(2, 3, 7, 6), (4, 3, 3, 2)]),
    ("F.conv2d(a, b, stride=(1, 2), padding=(0, 2))", [(2, 3, 5, 6), (4, 3, 1, 5)]),
    ("F.max_pool2d(a, 2)", [(2, 3, 4, 7)]), ("F.max_pool2d(a, 3, 1)", [(2, 3, 5, 6)]),
    ("F.max_pool2d(T.relu(a), 2)", [(2, 3, 6, 6)]),
    ("F.layer_norm(a, (3, 4))", [(2, 3, 4)]),
]  # fmt: skip
LAYERS: list[tuple[str, tuple[int, ...]]] = [
    ("nn.Linear(4, 3)", (5, 4)), ("nn.Linear(4, 3, bias=False)", (2, 5, 4)),
    ("nn.Conv2d(3, 4, 3, padding=1)", (2, 3, 5, 6)),
    ("nn.BatchNorm2d(3)", (4, 3, 5, 6)),
    ("nn.BatchNorm2d(3).eval()", (4, 3, 5, 6)), ("nn.BatchNorm1d(3)", (7, 3)),
    ("nn.BatchNorm1d(3)", (7, 3, 5)), ("nn.LayerNorm(6)", (4, 3, 6)),
    ("nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2), nn.Tanh())", (3, 4)),
    ("nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Sigmoid())",
     (2, 1, 6, 6)), ("nn.Dropout(0.4).eval()", (3, 4)),
]  # fmt: skip
OPTIMISERS = [
    "optim.SGD(p, lr=0.1)", "optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1)",
    "optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.3)",
    "optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True)", "optim.Adam(p)",
    "optim.Adam(p, lr=0.1, betas=(0.8, 0.9), weight_decay=0.1)",
    "optim.AdamW(p, lr=0.1)",
]  # fmt: skip
MLP = ("nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), "
       "nn.Linear(64, 10))")  # fmt: skip
CNN = ("nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), "
       "nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), "
       "nn.Linear(2048, 10))")  # fmt: skip
SMALL, LARGE = (128, 784), (64, 3, 32, 32)  # a batch of digits, one of photos
STEPS = [("MLP 784-128-64-10, 128 rows, SGD", MLP, "optim.SGD(p, lr=0.01)", SMALL, 200),
         ("the same, Adam", MLP, "optim.Adam(p)", SMALL, 200),
         ("CNN 3-16-32, 64 x 3x32x32, SGD", CNN, "optim.SGD(p, lr=0.01)", LARGE,
          20)]  # fmt: skip

# What both sides run; the child process reads this very text.
BOTH = """
def expression(code, arrays):
    leaves = [T.tensor(a, requires_grad=True) for a in arrays]
    y = eval(code, {**space, **dict(zip("ab", leaves))})
    (y * T.tensor(weights(y.shape))).sum().backward()
    return [y.detach(), *(t.grad for t in leaves)]


def layer(code, x):
    model = eval(code, space)
    state = {k: weights(tuple(t.shape)) for k, t in model.state_dict().items()}
    state = {k: T.tensor(abs(v) + 1 if "var" in k else v) for k, v in state.items()
             if "tracked" not in k}
    model.load_state_dict(state, strict=False)
    x = T.tensor(x, requires_grad=True)
    y = model(x)
    (y * T.tensor(weights(y.shape))).sum().backward()
    more = [p.grad for p in model.parameters()] + list(model.state_dict().values())
    return [y.detach(), x.grad, *(t.detach() for t in more)]


def optimiser(code):
    p = nn.Linear(4, 3)
    state = {"weight": weights((3, 4)), "bias": weights((3,))}
    p.load_state_dict({k: T.tensor(v) for k, v in state.items()})
    o = eval(code, {**space, "p": p.parameters()})
    for t in range(5):
        o.zero_grad()
        (p(T.tensor(weights((5, 4)) + t)) ** 2).mean().backward()
        o.step()
    return [t.detach() for t in p.parameters()]


def weights(shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


def trainer(code, optimizer, shape):
    model = eval(code, space)
    o = eval(optimizer, {**space, "p": model.parameters()})
    x = T.tensor(weights(shape))
    y = T.tensor(np.arange(shape[0]) % 10)

    def step():
        loss = F.cross_entropy(model(x), y)
        o.zero_grad()
        loss.backward()
        o.step()

    return step
"""
PEER = """
import sys
import numpy as np
import torch as T
import torch.nn as nn, torch.nn.functional as F, torch.optim as optim

T.set_num_threads(2)
space = {"T": T, "F": F, "nn": nn, "optim": optim}
<BOTH>
for line in sys.stdin:
    kind, *words = eval(line)
    if kind == "train":
        step = trainer(*words)
    elif kind == "go":
        for _ in range(words[0]):
            step()
    else:
        path, code, names = words
        arrays = [np.load(f"{path}/{name}.npy") for name in names]
        found = {"expression": lambda: expression(code, arrays),
                 "layer": lambda: layer(code, arrays[0]),
                 "optimiser": lambda: optimiser(code)}[kind]()
        np.savez(f"{path}/found.npz", *[t.numpy() for t in found])
    print("done", flush=True)
""".replace("<BOTH>", BOTH)
SPACE: dict[str, Any] = {"T": mg, "F": mg, "nn": mg, "optim": mg}
OURS: dict[str, Any] = {"T": mg, "F": mg, "nn": mg, "np": np, "space": SPACE}


def torch_of() -> tuple[str, str] | None:
    """A Python that has torch, and torch's version; None if there is none."""
    for python in (sys.executable, os.environ.get("MINIGRAD_TORCH", "")):
        if python:
            code = "from importlib import metadata; print(metadata.version('torch'))"
            child = subprocess.run([python, "-c", code], capture_output=True, text=True)
            if child.returncode == 0:
                return python, child.stdout.strip()
    return None


class Torch:
    """The peer's process; `ask` has it work, and waits until it has done so."""

    def __init__(self, python: str):
        self.child = subprocess.Popen(
            [python, "-c", PEER],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, *words: object) -> None:
        assert self.child.stdin and self.child.stdout
        print(repr(words), file=self.child.stdin, flush=True)
        assert self.child.stdout.readline() == "done\n", "PyTorch's process ended"

    def end(self) -> None:
        self.child.communicate()


def largest(a: np.ndarray) -> float:
    return float(np.abs(a).max(initial=0))


def same(
    peer: Torch, folder: str, kind: str, code: str, arrays: list[np.ndarray]
) -> float:
    """The largest difference of both sides' results, over 1 or the results' size."""
    names = []
    for i, array in enumerate(arrays):
        np.save(Path(folder) / f"{i}.npy", array)
        names.append(str(i))
    peer.ask(kind, folder, code, names)
    if kind == "expression":
        ours = OURS[kind](code, arrays)
    else:
        ours = OURS[kind](code, *arrays)
    with np.load(Path(folder) / "found.npz") as theirs:
        pairs = list(zip(ours, theirs.values(), strict=True))
        for a, b in pairs:
            assert np.shape(a) == b.shape, f"{code}: {np.shape(a)} is not {b.shape}"
        gap = max(largest(np.asarray(a) - b) / (1 + largest(b)) for a, b in pairs)
    assert gap < 1e-5, f"{code}: not the same, the difference is {gap:.1e}"
    return gap


def agree(peer: Torch, folder: str, seeds: int = 3) -> None:
    """Compare everything that is offered; print the largest difference of each kind."""
    for kind, cases in (("expression", EXPRESSIONS), ("layer", LAYERS)):
        gaps = []
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            for code, shapes in cases:
                all_shapes: Any = [shapes] if kind == "layer" else shapes
                arrays = [rng.normal(size=s).astype(np.float32) for s in all_shapes]
                gaps.append(same(peer, folder, kind, code, arrays))
        print(f"{len(gaps):4} {kind}s agree, the largest difference is {max(gaps):.1e}")
    gaps = [same(peer, folder, "optimiser", code, []) for code in OPTIMISERS]
    print(f"{len(gaps):4} optimisers agree, the largest difference is {max(gaps):.1e}")


def by_hand() -> tuple[Callable[[], None], Callable[[], None]]:
    """A training step of the MLP by minigrad, and the same written out in numpy."""
    step = OURS["trainer"](MLP, STEPS[0][2], SMALL)
    rng = np.random.default_rng(0)
    sizes = [(784, 128), (128, 64), (64, 10)]
    W = [rng.normal(0, 0.05, s).astype(np.float32) for s in sizes]
    b = [np.zeros(s[1], np.float32) for s in sizes]
    X, y = OURS["weights"](SMALL), np.arange(SMALL[0]) % 10

    def plain() -> None:
        a = [X]
        for i in range(3):
            z = a[-1] @ W[i] + b[i]
            a.append(np.maximum(z, 0) if i < 2 else z)
        p = np.exp(a[3] - a[3].max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        delta = p / np.float32(len(y))
        for i in (2, 1, 0):
            dW, db = a[i].T @ delta, delta.sum(axis=0)
            if i:
                delta = (delta @ W[i].T) * (a[i] > 0)
            W[i] -= np.float32(0.01) * dW
            b[i] -= np.float32(0.01) * db

    return step, plain


def main() -> list[harness.Result]:
    """Everything offered equals PyTorch's; training steps of an MLP and a CNN."""
    exec(BOTH, OURS)
    found = torch_of()
    harness.title(f"minigrad (PyTorch {found[1] if found else 'is not here'})", "numpy")
    step, plain = (lambda work=work: [work() for _ in range(200)] for work in by_hand())
    results = [harness.duel("200 steps of the MLP: by hand in numpy", step, plain,
                            "over 0.5", 9)]  # fmt: skip
    if not found:
        print("PyTorch: not measured (benchmarks/README.md)")
        return results
    peer = Torch(found[0])
    try:
        with tempfile.TemporaryDirectory() as folder:
            agree(peer, folder)
        bars = ("1.3", "1.3", "0.75")
        for (work, code, optimizer, shape, many), bar in zip(STEPS, bars):
            step = OURS["trainer"](code, optimizer, shape)
            peer.ask("train", code, optimizer.replace(")", ", fused=True)"), shape)

            def ours(step: Any = step, many: int = many) -> None:
                for _ in range(many):
                    step()

            def theirs(many: int = many) -> None:
                peer.ask("go", many)

            results.append(harness.duel(f"{many} steps: {work}", ours, theirs, bar, 9))
    finally:
        peer.end()
    return results


if __name__ == "__main__":
    main()
