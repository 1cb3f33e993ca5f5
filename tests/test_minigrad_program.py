"""Chapter 20 as a program: commands, pictures, files, and bad input."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from PIL import Image

import common.data

mg = chapter("minigrad")


def few_digits(n: int = 300) -> tuple[np.ndarray, ...]:
    """Digits of 28x28 that are easily told apart: each has a bright row of its own."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 10, n + 80)
    X = rng.uniform(0, 0.3, (n + 80, 28, 28)).astype(np.float32)
    X[np.arange(n + 80), 2 * y + 3] = 1
    X = X.reshape(-1, 784)
    return X[:n], y[:n], X[n:], y[n:]


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """The chapter's main in an empty folder, on few digits: exit code and stdout."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(common.data, "load_mnist", few_digits)

    def call(*words: str) -> tuple[int, str]:
        return mg.main(list(words)), capsys.readouterr().out

    return call


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(mg.main, *words)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --------------------------------------------------------------------------
# Commands and pictures


def test_without_a_task_the_graph_is_printed_and_drawn(run, tmp_path, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    code, out = run()
    assert code == 0 and files(tmp_path) == {"minigrad.png"}
    walked, moved = re.findall(r"\d\.\d{6}", out)
    assert walked == moved == "3.237454"
    assert re.search(r"#4 z = mul +#1 #0 +1 +1\.619", out)


def test_mnist_prints_its_lines_and_saves_a_picture(run, tmp_path):
    code, out = run("mnist", "--epochs", "3", "--no-show", "--save", "m.png")
    assert code == 0 and files(tmp_path) == {"m.png"}
    first, *epochs, last, saved = out.strip().split("\n")
    assert first == "101,770 parameters, 300 images to learn from, 80 to test"
    assert len(epochs) == 3
    for n, line in enumerate(epochs):
        assert re.match(
            rf"Epoch {n}: Loss = \d\.\d{{4}}   test accuracy \d+\.\d\d %", line
        )
    assert last.startswith("Test accuracy: ") and saved == "Saved m.png"
    with Image.open(tmp_path / "m.png") as picture:
        assert np.ptp(np.asarray(picture)) > 200


def test_the_convolutional_net_trains_and_its_file_is_loaded_again(run, tmp_path):
    code, out = run("mnist", "--cnn", "--epochs", "1", "--no-show", "--out", "net.npz")
    assert code == 0 and "Saved net.npz" in out
    state = mg.load(tmp_path / "net.npz")
    model = mg.digit_net()
    model.load_state_dict(state)
    X = few_digits()[2].reshape(-1, 1, 28, 28)
    assert mg.probabilities(model, X).shape == (80, 10)


def test_the_same_seed_prints_the_same(run):
    runs = [run("mnist", "--epochs", "1", "--no-show", "--seed", s)[1] for s in "445"]
    losses = [re.search(r"Loss = (\S+)", out)[1] for out in runs]
    assert losses[0] == losses[1] != losses[2]


def test_the_profile_names_the_operations(run):
    out = run("--profile", "--no-show")[1]
    assert re.search(r"^operation +calls +forward ms +backward ms +share$", out, re.M)
    for name in ("linear", "relu", "cross_entropy", "the rest"):
        assert re.search(rf"^{name}\b.*%$", out, re.M)


def test_a_profile_counts_what_a_rule_computes_once():
    """The rule of matmul calls matmul twice: one call of the user's, one row."""
    a = mg.tensor(np.ones((2, 3)), requires_grad=True)
    forward, rule = mg.matmul.forward, mg.matmul.rule
    with mg.profile() as found:
        (a @ mg.tensor(np.ones((3, 4)))).sum().backward()
    calls = {name: row[0] for name, row in found.rows.items()}
    assert calls["matmul"] == calls["sum"] == 1 and "permute" not in calls
    assert (mg.matmul.forward, mg.matmul.rule) == (forward, rule)


def to_do():
    raise NotImplementedError("milestone 1: softplus")


def test_every_operation_is_checked_that_is_built(run, monkeypatch):
    code, out = run("--check")
    assert code == 0
    assert f"{len(mg.OPERATIONS)} operations agree with finite differences" in out
    monkeypatch.setattr(mg.OPERATIONS["softplus"], "rule", lambda *_: to_do())
    out = run("--check")[1]
    assert re.search(r"^softplus +3×4 +to do$", out, re.M)
    assert f"{len(mg.OPERATIONS) - 1} operations agree" in out
    assert re.search(r"^conv2d .*right +fused: none", out, re.M)
    assert re.search(r"^matmul .*right +right", out, re.M)


@pytest.mark.slow
def test_one_dimensional_digits_make_a_ladder(run, tmp_path):
    code, out = run(
        "mnist1d", "--quick", "--epochs", "1", "--save", "l.png", "--no-show"
    )
    assert code == 0 and files(tmp_path) == {"l.png"}
    for name in ("logistic", "MLP", "CNN"):
        assert re.search(rf"^{name} +\d+\.\d %   \(published: \d\d %\)$", out, re.M)


def test_one_dimensional_digits_are_as_published():
    """4,000 and 1,000 of 40 numbers, each digit 500 times, mean 0 and deviation 1."""
    X, y, X_test, y_test = mg.mnist1d(np.random.default_rng(42))
    assert X.shape == (4000, 40) and X_test.shape == (1000, 40)
    assert X.dtype == np.float32
    assert (np.bincount(np.concatenate([y, y_test])) == 500).all()
    both = np.concatenate([X, X_test])
    assert abs(both.mean()) < 1e-3 and abs(both.std() - 1) < 1e-3


def test_photos_are_read_from_the_published_files(run, tmp_path, monkeypatch):
    """A record is a byte of label and 1,024 bytes of red, of green, of blue."""
    folder = tmp_path / "cifar10"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]:
        records = rng.integers(0, 256, (12, 3073), dtype=np.uint8)
        records[:, 0] %= 10
        (folder / f"{name}.bin").write_bytes(records.tobytes())
    monkeypatch.setattr(common.data, "fetch", lambda name: folder)
    X, y, X_test, _ = mg.load_cifar10()
    assert X.shape == (60, 3, 32, 32) and X_test.shape == (12, 3, 32, 32)
    assert np.abs(X.mean((0, 2, 3))).max() < 1e-4 and y.max() < 10
    code, out = run("cifar10", "--epochs", "1", "--no-show")
    assert code == 0 and "113,962 parameters, 60 images" in out


def test_photos_are_moved_and_mirrored_but_not_changed_otherwise():
    X = np.arange(2 * 3 * 32 * 32, dtype=np.float32).reshape(2, 3, 32, 32) + 1
    mg.manual_seed(0)
    moved = mg.varied(X)
    assert moved.shape == X.shape
    for one, old in zip(moved, X):
        seen = one[one > 0]
        assert len(seen) >= 3 * 28 * 28 and np.isin(seen, old).all()


def test_the_example_of_the_source_runs_from_its_folder(tmp_path):
    """Unchanged but for the data: import minigrad as mg, and the loop."""
    code = """
import numpy as np
import minigrad as mg
X = np.random.default_rng(0).normal(size=(64, 784)).astype("float32")
y = (X[:, 0] > 0).astype(int)
dataloader = mg.DataLoader(mg.TensorDataset(X, y), batch_size=16, shuffle=True)
class MLP(mg.Module):
    def __init__(self):
        self.fc1 = mg.Linear(784, 128)
        self.fc2 = mg.Linear(128, 10)

    def forward(self, x):
        x = mg.relu(self.fc1(x))
        return self.fc2(x)

model = MLP()
optimizer = mg.Adam(model.parameters(), lr=0.001)
for epoch in range(10):
    for x, y in dataloader:
        pred = model(x)
        loss = mg.cross_entropy(pred, y)

        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    print(f"Epoch {epoch}: Loss = {loss.item():.4f}")
"""
    child = subprocess.run(
        [sys.executable, "-c", code], cwd=reference("minigrad").parent,
        capture_output=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    lines = child.stdout.strip().split("\n")
    assert len(lines) == 10 and lines[9].startswith("Epoch 9: Loss = 0.")


# --------------------------------------------------------------------------
# Drawing, profile, printing


def test_a_graph_is_drawn_from_leaves_to_loss():
    model = mg.Sequential(mg.Linear(4, 3), mg.ReLU(), mg.Linear(3, 2))
    loss = mg.cross_entropy(model(mg.ones(5, 4)), mg.tensor([0, 1, 0, 1, 1]))
    names = dict(model.named_parameters())
    order = mg.ancestors(loss)
    assert order[-1] is loss and len(order) == 9
    where = mg.places(order)
    for t in order:
        assert all(where[s][0] < where[t][0] for s in mg.sources(t))
    assert len(set(where.values())) == len(order)
    ax = mg.draw(loss, names=names)
    words = " ".join(text.get_text() for text in ax.texts)
    assert "0.weight" in words and "cross_entropy" in words and "3 × 4" in words
    text = mg.graph_text(loss, names)
    assert len(text.split("\n")) == 10 and "2.bias" in text


def test_a_chain_that_uses_a_tensor_twice_is_drawn_once():
    x = mg.tensor(2.0, requires_grad=True)
    y = x * x
    assert mg.ancestors(y) == [x, y]
    assert mg.local_slope(y, x) == "× 4"


def test_tensors_print_as_pytorchs():
    assert repr(mg.tensor([1.0, 2.0])) == "tensor([1., 2.])"
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    assert repr(x) == "tensor([1., 2.], requires_grad=True)"
    assert repr(x * 2) == "tensor([2., 4.], grad_fn=<mul>)"
    assert repr(mg.tensor([1, 2])) == "tensor([1, 2])"
    assert "dtype=float64" in repr(mg.tensor(np.ones(2)))
    assert f"{mg.tensor(2.5):.2f}" == "2.50"


def test_numpy_and_lists_are_reached():
    x = mg.tensor([[1.0, 2.0]], requires_grad=True)
    with pytest.raises(RuntimeError, match="detach"):
        x.numpy()
    assert x.detach().numpy().tolist() == x.tolist() == [[1.0, 2.0]]
    assert float(x.sum()) == 3.0 and len(x) == 1 and x.size(1) == 2
    assert (np.ones(2) * x).requires_grad


# --------------------------------------------------------------------------
# As a process


def start(folder: Path, *words: str, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(reference("minigrad")), *words], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", **options,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_ends_a_training_quietly(tmp_path):
    child = start(tmp_path, "mnist", "--no-show")
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    assert child.returncode == 130 and "Traceback" not in err
    assert files(tmp_path) == set()


@pytest.mark.slow
def test_a_kill_in_the_middle_leaves_the_old_model_whole(tmp_path):
    old = {"weight": mg.ones(3)}
    mg.save(old, tmp_path / "net.npz")
    child = start(tmp_path, "mnist", "--no-show", "--out", "net.npz")
    assert child.stdout is not None
    child.stdout.readline()
    child.kill()
    child.communicate()
    assert mg.load(tmp_path / "net.npz")["weight"].tolist() == [1, 1, 1]


@pytest.mark.slow
def test_from_another_folder_on_a_console_without_greek_letters(tmp_path):
    poor = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    child = start(tmp_path, "--no-show", env={**os.environ, **poor})
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0 and "3.237454 by the walk back" in out and not err


def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "net.npz"
    mg.save({"a": mg.ones(2)}, path)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError):
        mg.save({"a": mg.zeros(2)}, path)
    assert mg.load(path)["a"].tolist() == [1, 1] and files(tmp_path) == {"net.npz"}


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["mnits"], "mnits"),
    (["mnist", "--epochs", "0"], "give a whole number from 1"),
    (["mnist", "--epochs", "two"], "two"),
    (["--cnn"], "--cnn goes with mnist"),
    (["cifar10", "--cnn"], "--cnn goes with mnist"),
    (["--out", "a.npz"], "--out saves what mnist or cifar10 has trained"),
    (["mnist1d", "--out", "a.npz"], "--out saves what mnist or cifar10 has trained"),
    (["mnist", "--out", "nowhere/a.npz"], "in a folder that exists"),
    (["mnist", "--out", "."], "in a folder that exists"),
    (["--save", "film.xyz"], "a picture's name ends in"),
    (["--save", "nowhere/a.png"], "folder"),
    (["--save", "a.gif"], "does not move"),
    (["--seed", "-1"], "give a whole number"),
    (["--unknown"], "--unknown"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)


def test_photos_that_cannot_be_fetched_get_one_sentence(bad, monkeypatch):
    def refuse(name):
        raise OSError(f"{name} could not be fetched")

    monkeypatch.setattr(common.data, "fetch", refuse)
    assert "cifar10 could not be fetched" in bad("cifar10")
