"""Chapter 21 against PyTorch (training, writing) and Hugging Face (pieces of words).

python benchmarks/bench_gpt.py

PyTorch is driven in a process of its own, eager, float32, two threads, with its fused
AdamW and its own attention: in one process the idle threads of the two disturb each
other. If this Python has no torch, NEURAL_NETWORK_TORCH may name one that has. PyTorch
in bfloat16 (autocast) is faster at the two large shapes; that is another precision.
"""

import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import harness
import numpy as np
from bench_neural_network import torch_of
from threadpoolctl import threadpool_limits

from common import data
from final_gpt import gpt

# layers, heads, dim, context, batch, vocabulary; bars of a step, of writing; turns; and
# steps, writings a turn: a turn lasts about a third of a second, or what is measured is
# caches that the other side has filled
SETTINGS = {
    "4 x 128": ((4, 4, 128, 64, 12, 65), "1.15", "3", 15, 12, 20),
    "6 x 384": ((6, 6, 384, 256, 8, 65), "1.15", "2.2", 5, 1, 1),
    "6 x 512": ((6, 8, 512, 128, 8, 10_000), "1.10", "2.2", 5, 1, 1),
}

PEER = """
import sys
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(2)
file = sys.argv[1]
L, H, C, T, B, V = map(int, sys.argv[2:])

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = (nn.LayerNorm(C, bias=False) for _ in range(2))
        sizes = (C, 3 * C), (C, C), (C, 4 * C), (4 * C, C)
        layers = [nn.Linear(*size, bias=False) for size in sizes]
        self.attn, self.proj, self.fc, self.back = layers

    def forward(self, x, past=None):
        b, t, _ = x.shape
        q, k, v = (z.view(b, t, H, C // H).transpose(1, 2)
                   for z in self.attn(self.ln_1(x)).split(C, dim=2))
        if past is not None:
            K, W, n = past
            K[:, :, n : n + t], W[:, :, n : n + t] = k, v
            k, v = K[:, :, : n + t], W[:, :, : n + t]
        y = F.scaled_dot_product_attention(q, k, v, is_causal=t > 1)
        x = x + self.proj(y.transpose(1, 2).reshape(b, t, C))
        return x + self.back(F.gelu(self.fc(self.ln_2(x)), approximate="tanh"))

class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(V, C), nn.Embedding(T, C)
        self.h = nn.ModuleList(Block() for _ in range(L))
        self.ln_f = nn.LayerNorm(C, bias=False)

    def forward(self, ids, past=None, start=0):
        x = self.wte(ids) + self.wpe(torch.arange(start, start + ids.shape[1]))
        for i, block in enumerate(self.h):
            x = block(x, None if past is None else (*past[i], start))
        return self.ln_f(x) @ self.wte.weight.T

net = GPT()
with np.load(file) as work, torch.no_grad():
    ids = torch.from_numpy(work["ids"])
    names = {"wte": net.wte, "wpe": net.wpe, "ln_f.weight": net.ln_f}
    for i, b in enumerate(net.h):
        for name, part in {"ln_1": b.ln_1, "ln_2": b.ln_2, "attn.c_attn": b.attn,
                           "attn.c_proj": b.proj, "mlp.c_fc": b.fc,
                           "mlp.c_proj": b.back}.items():
            names[f"h.{i}.{name}.weight"] = part
    for name, part in names.items():
        value = torch.from_numpy(work[name])
        table = value.ndim == 1 or isinstance(part, nn.Embedding)
        part.weight.copy_(value if table else value.T)
matrices = [p for p in net.parameters() if p.ndim > 1]
others = [p for p in net.parameters() if p.ndim == 1]
groups = [{"params": matrices, "weight_decay": 0.1},
          {"params": others, "weight_decay": 0.0}]
optimiser = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=True)

def loss_of(ids):
    return F.cross_entropy(net(ids[:, :-1]).reshape(-1, V), ids[:, 1:].reshape(-1))

def step(ids):
    optimiser.zero_grad(set_to_none=True)
    loss = loss_of(ids)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimiser.step()

def write(n):
    with torch.inference_mode():
        past = [torch.empty(2, 1, H, T, C // H) for _ in net.h]
        seen, x = 0, ids[:1, :8]
        while seen < n:
            logits = net(x, past, seen)[0, -1]
            seen += x.shape[1]
            x = torch.multinomial(F.softmax(logits, 0), 1)[None]

for line in sys.stdin:
    if line == "check\\n":
        loss = loss_of(ids)
        loss.backward()
        grads = {n: (p.weight.grad if p.weight.ndim == 1 or isinstance(p, nn.Embedding)
                     else p.weight.grad.T).numpy() for n, p in names.items()}
        np.savez(file, loss=loss.item(), **grads)
    elif line == "write\\n":
        write(T)
    else:
        step(torch.randint(V, (B, T + 1)))
    print("done", flush=True)
"""


class Torch:
    """The peer's process; `ask` has it work, and waits until it has done so."""

    def __init__(self, python: str, file: Path, sizes: tuple[int, ...]):
        words = [python, "-c", PEER, str(file), *map(str, sizes)]
        pipe = subprocess.PIPE
        self.child = subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True)

    def ask(self, word: str, times: int = 1) -> None:
        assert self.child.stdin and self.child.stdout
        for _ in range(times):
            print(word, file=self.child.stdin, flush=True)
            assert self.child.stdout.readline() == "done\n", "PyTorch's process ended"

    def end(self) -> None:
        self.child.communicate()


def same_gradients(model: gpt.GPT, ids: np.ndarray, file: Path) -> None:
    """The losses and every gradient agree, or it is not the same work."""
    _, loss = model.forward(ids[:, :-1], ids[:, 1:])
    ours = model.backward()
    with np.load(file) as peer:
        assert abs(float(peer["loss"]) - (loss or 0)) < 1e-4, "the losses differ"
        gaps = {
            n: np.abs(peer[n] - g).max() / np.abs(peer[n]).max()
            for n, g in ours.items()
        }
    name, gap = max(gaps.items(), key=lambda item: item[1])
    print(f"(loss and gradients agree with PyTorch's: {gap:.0e} at most, of {name})")
    assert gap < 1e-4, f"the gradients of {name} differ by {gap:.1e}"


def compare(python: str, folder: str, name: str) -> list[harness.Result]:
    """A step of training and a context full of writing, from the same weights."""
    sizes, step_bar, write_bar, turns, steps, texts = SETTINGS[name]
    L, H, C, T, B, V = sizes
    model, rng = gpt.GPT(V, T, L, H, C, rng=0), np.random.default_rng(0)
    for layer in model.p:  # 0.02 leaves gradients that say little
        layer["attn.c_attn.weight"] *= 3
    ids, file = rng.integers(0, V, (B, T + 1)), Path(folder) / f"{C}.npz"
    np.savez(file, ids=ids, **model.parameters)  # type: ignore[arg-type]
    peer, results = Torch(python, file, sizes), []
    try:
        peer.ask("check")
        same_gradients(model, ids, file)
        workers = os.cpu_count() or 1
        text = rng.integers(0, V, 50_000)
        with threadpool_limits(1, "blas"), ThreadPoolExecutor() as pool:
            trainer = gpt.Trainer(model, 1000, B, workers=min(2, workers))
            many = f"{steps} steps" if steps > 1 else "a step"
            work = f"GPT {name}, {many} of {B} x {T} tokens"
            ours, theirs = (
                lambda: [trainer.learn(pool, text) for _ in range(steps)],
                lambda: peer.ask("step", steps),
            )
            results.append(harness.duel(work, ours, theirs, step_bar, turns))
        start = ids[0, :8]
        many = f"{texts} times {T - 8}" if texts > 1 else f"{T - 8}"
        work = f"GPT {name}, writing {many} tokens, cache"
        write, theirs = (
            lambda: [gpt.generate(model, start, T - 8, 0) for _ in range(texts)],
            lambda: peer.ask("write", texts),
        )
        results.append(harness.duel(work, write, theirs, write_bar, turns))
    finally:
        peer.end()
    return results


def pieces() -> list[harness.Result]:
    """10,000 pieces of words of 5 MB: training, and cutting the text into them."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    harness.title("pieces of words", "tokenizers")
    text = data.find("shakespeare.txt").read_text(encoding="utf-8")[:5_000_000]
    alphabet = pre_tokenizers.ByteLevel.alphabet()

    def train() -> Tokenizer:
        peer = Tokenizer(models.BPE())
        peer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        how: Any = {"vocab_size": 10_000, "initial_alphabet": alphabet}
        trainer = trainers.BpeTrainer(show_progress=False, **how)
        peer.train_from_iterator([text], trainer)
        return peer

    ours, peer = gpt.BPETokenizer.train(text, 10_000), train()
    lines = text.splitlines(keepends=True)
    assert len(ours.encode(text[:100_000])) == len(peer.encode(text[:100_000]).ids)

    def cold() -> list[int]:
        return gpt.BPETokenizer(ours.merges).encode(text)

    def batch() -> object:
        return peer.encode_batch_fast(lines)

    return [
        harness.duel("training 10,000 pieces, 5 MB",
                     lambda: gpt.BPETokenizer.train(text, 10_000), train, "1.5", 3),
        harness.duel("encoding 5 MB, no word known yet", cold, batch, "1.2", 5),
        harness.duel("encoding 5 MB again", lambda: ours.encode(text), batch, "3", 5),
    ]  # fmt: skip


def main() -> list[harness.Result]:
    """Training and writing at three sizes, then pieces of words."""
    found, results = torch_of(), []
    if found:
        python, version = found
        harness.title(f"GPT (PyTorch {version})", "numpy")
        with tempfile.TemporaryDirectory() as folder:
            for name in SETTINGS:
                results += compare(python, folder, name)
    else:
        print("\nGPT: not measured, no torch here (benchmarks/README.md)")
    return results + pieces()


if __name__ == "__main__":
    main()
