"""Chapter 17 against PyTorch: an epoch of MNIST, 784-128-64-10, batches of 128.

python benchmarks/bench_neural_network.py

PyTorch is driven in a process of its own, eager, with its fused optimisers: in one
process the idle threads of the two disturb each other. No DataLoader, which would slow
it down. If this Python has no torch, NEURAL_NETWORK_TORCH may name one that has.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import harness
import numpy as np

from common import data
from phase4_ml import neural_network as nn

SIZES, BATCH, ROWS = (784, 128, 64, 10), 128, 60_000
RATES = {"sgd": 0.05, "adam": 0.001}
CHECK = 5  # steps after which both sides must have the same weights

PEER = """
import sys
import numpy as np
import torch

torch.set_num_threads(2)
folder, kind, lr, batch = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
with np.load(folder + "/work.npz") as file:
    arrays = {name: torch.from_numpy(file[name]) for name in file.files}
X, y, order = arrays["X"], arrays["y"], arrays["order"]
layers = [torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 64),
          torch.nn.ReLU(), torch.nn.Linear(64, 10)]
net, loss_of = torch.nn.Sequential(*layers), torch.nn.CrossEntropyLoss()
with torch.no_grad():
    for i, layer in enumerate(layers[::2]):
        layer.weight.copy_(arrays[f"W{i}"].T)
        layer.bias.copy_(arrays[f"b{i}"])
make = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[kind]
optimiser = make(net.parameters(), lr=lr, fused=True)

def steps(order):
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        optimiser.zero_grad()
        loss = loss_of(net(X[rows]), y[rows])
        loss.backward()
        optimiser.step()

for line in sys.stdin:
    if line.startswith("check"):
        steps(order[: int(line.split()[1]) * batch])
        np.save(folder + "/W0.npy", layers[0].weight.detach().numpy().T)
    else:
        steps(torch.randperm(len(X)))
    print("done", flush=True)
"""


def torch_of() -> tuple[str, str] | None:
    """A Python that has torch, and torch's version; None if there is none."""
    for python in (sys.executable, os.environ.get("NEURAL_NETWORK_TORCH", "")):
        if python:
            code = "from importlib import metadata; print(metadata.version('torch'))"
            child = subprocess.run([python, "-c", code], capture_output=True, text=True)
            if child.returncode == 0:
                return python, child.stdout.strip()
    return None


class Torch:
    """The peer's process; `ask` has it work, and waits until it has done so."""

    def __init__(self, python: str, folder: str, kind: str):
        words = [folder, kind, str(RATES[kind]), str(BATCH)]
        self.child = subprocess.Popen(
            [python, "-c", PEER, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, word: str) -> None:
        assert self.child.stdin and self.child.stdout
        print(word, file=self.child.stdin, flush=True)
        assert self.child.stdout.readline() == "done\n", "PyTorch's process ended"

    def end(self) -> None:
        self.child.communicate()


def compare(python: str, folder: str, kind: str, X: np.ndarray,
            y: np.ndarray) -> harness.Result:  # fmt: skip
    """Both from the same weights: a few equal steps, then whole epochs in turn."""
    model = nn.MLP(SIZES, rng=0)
    seed, rows = 1, CHECK * BATCH
    order = np.random.default_rng(seed).permutation(rows)
    start = {f"W{i}": W.astype(np.float32) for i, W in enumerate(model.weights)}
    start |= {f"b{i}": b.astype(np.float32) for i, b in enumerate(model.biases)}
    np.savez(Path(folder) / "work.npz", X=X, y=y, order=order, **start)  # type: ignore[arg-type]
    peer = Torch(python, folder, kind)
    try:
        peer.ask(f"check {CHECK}")
        how: dict[str, Any] = {"lr": RATES[kind], "batch": BATCH, "optimizer": kind}
        model.rng = np.random.default_rng(seed)  # so that fit draws the same order
        model.fit(X[:rows], y[:rows], epochs=1, **how)
        gap = np.abs(np.load(Path(folder) / "W0.npy") - model.weights[0]).max()
        moved = np.abs(start["W0"] - model.weights[0]).max()
        assert gap < 0.02 * moved, f"not the same work: W[0] differs by {gap:.1e}"

        def ours() -> nn.MLP:
            return model.fit(X, y, epochs=1, **how)

        work = f"an epoch of 60,000 digits, {kind}, float32"
        return harness.duel(work, ours, lambda: peer.ask("go"), "1.5", 11)
    finally:
        peer.end()


def main() -> list[harness.Result]:
    """An epoch by SGD and one by Adam, forward, backward and step."""
    found = torch_of()
    if not found:
        print("\nneural network: not measured, no torch here (benchmarks/README.md)")
        return []
    python, version = found
    harness.title(f"neural network (PyTorch {version})", "numpy")
    X, y, _, _ = data.load_mnist()
    with tempfile.TemporaryDirectory() as folder:
        return [compare(python, folder, kind, X[:ROWS], y[:ROWS]) for kind in RATES]


if __name__ == "__main__":
    main()
