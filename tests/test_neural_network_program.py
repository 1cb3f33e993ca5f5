"""Chapter 17 as a program: its commands, pictures, window, game, and bad input."""

import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from PIL import Image, ImageSequence

import common.data
from common import figures

nn = chapter("neural_network")


@pytest.fixture
def run(program):
    """The chapter's main in an empty folder: exit code and stdout."""
    return partial(program, nn.main)


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(nn.main, *words)


@pytest.fixture
def little_mnist(monkeypatch):
    """MNIST with 11,000 and 400 digits: reads and trains in no time."""
    X, y, X_test, y_test = all_digits()
    little = X[:11_000], y[:11_000], X_test[:400], y_test[:400]
    monkeypatch.setattr(common.data, "load_mnist", lambda: little)


KNOWN: list = []  # so that the digits are read once


def all_digits():
    if not KNOWN:
        KNOWN.extend(common.data.load_mnist())
    return KNOWN


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def a_network(path: Path, sizes=(784, 12, 10)) -> Path:
    nn.MLP(sizes, rng=1).save(path)
    return path


# --------------------------------------------------------------------------
# The gates


@pytest.mark.parametrize("gate, rounds", [("and", 6), ("or", 4)])
def test_a_gate_that_one_neuron_learns(run, tmp_path, gate, rounds):
    code, out = run(gate, "--no-show")
    assert code == 0 and not files(tmp_path)
    mistakes = re.findall(r"round: (.*)", out)[0].split(", ")
    assert len(mistakes) == rounds and mistakes[-1] == "0"
    assert "hidden" not in out
    for line in out.splitlines():
        if re.match(r"  [01]  [01] ", line):
            a, b, want, says = line.split()
            true = min(a, b) if gate == "and" else max(a, b)
            assert want == says == true


def test_xor_needs_a_hidden_layer(run, tmp_path):
    code, out = run("xor", "--save", "xor.png")
    assert code == 0 and files(tmp_path) == {"xor.png"}
    assert "No straight line parts these points" in out and "Learnt." in out
    losses = [float(x) for x in re.findall(r"loss = ([\d.]+)", out)]
    assert losses == sorted(losses, reverse=True) and losses[-1] < 0.01


def test_a_single_hidden_unit_is_no_better_than_none(run):
    out = run("xor", "--layers", "2,1,2", "--no-show")[1]
    assert "wrong: it is stuck" in out


@pytest.mark.slow
def test_the_line_bends_in_the_film(run, tmp_path):
    run("xor", "--save", "xor.gif")
    with Image.open(tmp_path / "xor.gif") as gif:
        shots = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(gif)]
    assert len(shots) > 15 and (shots[0] != shots[-1]).any()


# --------------------------------------------------------------------------
# Digits


def test_the_transcript_has_its_lines_and_the_network_is_saved(
    run, tmp_path, little_mnist
):
    code, out = run("mnist", "--epochs", "3", "--batch", "20", "--limit", "900",
                    "--layers", "784,32,16,10", "--no-show")  # fmt: skip
    assert code == 0 and files(tmp_path) == {"neural_network.npz"}
    for line in (
        "=== Neural Network from Scratch ===", "Architecture: 784 → 32 → 16 → 10",
        "Activation: ReLU (hidden), Softmax (output)", "Total parameters: 25,818",
        "The sanity ladder:", "Training on MNIST (900 images; 10,000 held back)...",
        "(400 images, opened only now)", "Gradient check: PASSED",
    ):  # fmt: skip
        assert line in out
    assert re.search(r"loss = 2\.\d\d \(ln 10 = 2\.30\)", out)
    assert re.search(r"by heart: loss = 0\.00\d\d, 100% right", out)
    epochs = re.findall(
        r"  Epoch (\d): Loss = [\d.]+, Train Acc = [\d.]+%, Val Acc", out
    )
    assert epochs == ["1", "2", "3"]
    assert float(re.findall(r"Test accuracy: ([\d.]+)%", out)[0]) > 50
    assert re.search(r"Forward pass time: [\d.]+ ms", out)
    assert re.search(r"Backprop time: [\d.]+ ms", out)


def test_a_saved_network_reads_the_test_set_without_training(
    run, tmp_path, little_mnist
):
    first = run("--epochs", "2", "--layers", "784,16,10", "--no-show")[1]
    second = run("--load", "neural_network.npz", "--save", "a.png")[1]
    right = [re.findall(r"Test accuracy: .*", out) for out in (first, second)]
    assert right[0] == right[1] and "Epoch" not in second and "784 → 16 → 10" in second
    assert files(tmp_path) == {"neural_network.npz", "a.png"}


def test_several_seeds_give_mean_and_spread(run, tmp_path, little_mnist):
    out = run("--seeds", "2", "--epochs", "1", "--layers", "784,16,10")[1]
    rights = [float(x) for x in re.findall(r"Seed \d: test accuracy ([\d.]+)%", out)]
    mean, sd = re.findall(
        r"Test accuracy: ([\d.]+) ± ([\d.]+)% \(2 seeds, 11,000", out
    )[0]
    assert abs(float(mean) - np.mean(rights)) < 0.01 and len(rights) == 2
    assert abs(float(sd) - np.std(rights)) < 0.01 and not files(tmp_path)


def test_the_same_seed_prints_the_same(run, little_mnist):
    how = ("--epochs", "1", "--layers", "784,16,10", "--no-show")
    outs = [re.sub("time: .*", "", run(*how, "--seed", s)[1]) for s in ("3", "3", "4")]
    assert outs[0] == outs[1] != outs[2]


def test_the_check_lists_every_array_and_passes(run, little_mnist):
    code, out = run("--check", "--layers", "784,12,10", "--activation", "tanh")
    assert code == 0 and "Gradient check: PASSED" in out
    assert [name for name in ("W[0]", "W[1]", "b[0]", "b[1]") if name not in out] == []


# --------------------------------------------------------------------------
# Saved networks


def test_a_network_comes_back_as_it_was_saved(tmp_path):
    model = nn.MLP([5, 4, 3], "tanh", 2)
    model.save(tmp_path / "a.npz")
    back = nn.MLP.load(tmp_path / "a.npz")
    assert back.sizes == (5, 4, 3) and back.activation == "tanh"
    for a, b in zip(model.weights + model.biases, back.weights + back.biases):
        np.testing.assert_array_equal(a, b)
    assert files(tmp_path) == {"a.npz"}


def test_a_kill_while_saving_leaves_the_old_network(tmp_path, monkeypatch):
    file = a_network(tmp_path / "a.npz")
    before = file.read_bytes()

    def killed(stream, **_):
        stream.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", killed)
    with pytest.raises(KeyboardInterrupt):
        nn.MLP([2, 3, 2]).save(file)
    assert file.read_bytes() == before and files(tmp_path) == {"a.npz"}


def spoil(path: Path, how: str) -> None:
    """Make a bad file of a network."""
    a_network(path)
    with np.load(path) as file:
        arrays = dict(file)
    if how == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    elif how == "text":
        path.write_text("no network")
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "an array":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    elif how == "locked":  # a zip that says it is encrypted
        raw = bytearray(path.read_bytes())
        raw[raw.index(b"PK\1\2") + 8] |= 1
        path.write_bytes(raw)
    else:
        changes = {
            "words for W": {k: arrays[k].astype(str) for k in ("W0", "b0", "W1", "b1")},
            "whole": {k: arrays[k].astype(int) for k in ("W0", "b0", "W1", "b1")},
            "no W1": {"W1": None}, "NaN": {"W0": np.full((784, 12), np.nan)},
            "objects": {"W0": np.array([{}, []], dtype=object)},
            "another shape": {"W0": np.zeros((3, 3))},
            "words": {"sizes": np.array(["a"])}, "a size": {"sizes": np.array(784)},
            "huge": {"sizes": np.array([10**9] * 3)},
            "activation": {"activation": np.array("magic")},
        }  # fmt: skip
        kept = {k: v for k, v in {**arrays, **changes[how]}.items() if v is not None}
        with path.open("wb") as file:
            np.savez(file, **kept)


@pytest.mark.parametrize("how", [
    "cut", "text", "empty", "an array", "no W1", "NaN", "objects", "another shape",
    "words", "a size", "huge", "activation", "locked", "words for W", "whole",
])  # fmt: skip
def test_a_damaged_network_gets_one_sentence(bad, tmp_path, how):
    spoil(tmp_path / "bad.npz", how)
    for words in (["--draw"], ["mnist"]):
        assert "model of this chapter, or it is" in bad(*words, "--load", "bad.npz")
    assert files(tmp_path) == {"bad.npz"}


def test_a_network_for_other_data_gets_one_sentence(bad, tmp_path):
    a_network(tmp_path / "other.npz", (64, 10))
    assert "a network 64 → 10 cannot read 784 pixels" in bad(
        "--draw", "--load", "other.npz"
    )
    assert "no such file" in bad("--draw", "--load", "nothing.npz")


# --------------------------------------------------------------------------
# The window to draw in


def test_digits_of_mnist_come_back_to_the_pixel():
    """They are framed already: enlarged, cut out, shrunk, put in the middle."""
    for image in all_digits()[0][:60].reshape(-1, 28, 28):
        got = nn.as_mnist(np.kron(image, np.ones((4, 4))))
        np.testing.assert_allclose(got, image, atol=1e-6)


def test_a_drawing_is_framed_alike_wherever_and_however_large_it_is():
    ink = np.zeros((112, 112))
    for p, q in (((10, 6), (18, 6)), ((18, 6), (12, 20))):
        ink = nn.stroke(ink, np.array(p), np.array(q))
    moved = np.roll(ink, (15, -12), axis=(0, 1))
    np.testing.assert_allclose(nn.as_mnist(moved), nn.as_mnist(ink), atol=1e-12)
    framed = nn.as_mnist(ink)
    assert framed.shape == (28, 28) and 0 <= framed.min() and framed.max() < 1.001
    high = np.flatnonzero(framed.any(axis=1))
    assert high[-1] - high[0] + 1 == 20
    assert not nn.as_mnist(np.zeros((112, 112))).any()


def test_averaging_keeps_the_mean(rng):
    for n, m in ((40, 20), (17, 20), (20, 20), (5, 3)):
        A = nn.averaging(n, m)
        np.testing.assert_allclose(A.sum(axis=1), np.ones(m))
        x = rng.random(n)
        assert abs((A @ x).mean() - x.mean()) < 1e-12


def test_a_stroke_is_drawn_where_the_pen_went():
    ink = nn.stroke(np.zeros((112, 112)), np.array([4.0, 14.0]), np.array([24.0, 14.0]))
    assert (
        ink[56, 20] == 1 and ink[56, 92] == 1 and ink[40, 56] == 0 and ink[56, 4] == 0
    )


@pytest.mark.slow
def test_drawn_digits_are_read(run, tmp_path):
    """1, 4 and 7 in straight strokes, by a network trained a short while."""
    X, y, _, _ = all_digits()
    nn.MLP([784, 64, 10]).fit(X[:20_000], y[:20_000], epochs=4).save(
        tmp_path / nn.SAVED
    )
    drawn = {
        "1": "drag:14,4:14,24", "7": "drag:8,6:20,6 drag:20,6:12,23",
        "4": "drag:9,4:8,14 drag:8,14:19,14 drag:17,4:17,24",
    }  # fmt: skip
    for digit, script in drawn.items():
        code, out = run("--draw", "--script", script, "--save", f"{digit}.png")
        assert code == 0 and f"I read a {digit}" in out, out
    assert files(tmp_path) == {"neural_network.npz", "1.png", "4.png", "7.png"}


@pytest.fixture
def pad(tmp_path):
    import matplotlib.pyplot as plt

    plt.style.use(Path(figures.__file__).with_name("house.mplstyle"))
    pad = nn.Pad(plt, nn.MLP.load(a_network(tmp_path / "a.npz")))
    pad.fig.canvas.draw()
    return pad


def press(pad, *keys):
    from matplotlib.backend_bases import KeyEvent

    for key in keys:
        KeyEvent("key_press_event", pad.fig.canvas, key)._process()


def mouse(pad, kind, ax, point):
    from matplotlib.backend_bases import MouseEvent

    x, y = ax.transData.transform(point)
    MouseEvent(kind, pad.fig.canvas, x, y, 1)._process()


def draw(pad, *points):
    mouse(pad, "button_press_event", pad.D, points[0])
    for point in points[1:]:
        mouse(pad, "motion_notify_event", pad.D, point)
    mouse(pad, "button_release_event", pad.D, points[-1])


def test_strokes_are_taken_back_one_by_one_and_all_at_once(pad):
    draw(pad, (5, 5), (20, 5))
    one = pad.ink.copy()
    draw(pad, (20, 5), (10, 22))
    assert pad.ink.sum() > one.sum() > 0
    press(pad, "z")
    np.testing.assert_array_equal(pad.ink, one)
    press(pad, "z", "z")
    assert not pad.ink.any()
    draw(pad, (5, 5), (20, 5))
    press(pad, "c", "z", "q")
    assert not pad.ink.any() and "Draw a digit" in pad.D.get_title(loc="left")


def test_what_is_shown_is_what_the_network_says(pad):
    draw(pad, (8, 6), (20, 6), (12, 22))
    seen = np.asarray(pad.pictures[1].get_array())
    np.testing.assert_allclose(seen, nn.as_mnist(pad.ink))
    p = pad.model.predict_proba(seen.reshape(1, 784))[0]
    np.testing.assert_allclose([bar.get_height() for bar in pad.bars], p)
    assert str(p.argmax()) in pad.D.get_title(loc="left")


def test_the_mouse_draws_only_while_pressed_and_on_the_paper(pad):
    mouse(pad, "motion_notify_event", pad.D, (10, 10))
    mouse(pad, "button_press_event", pad.S, (10, 10))
    mouse(pad, "motion_notify_event", pad.D, (12, 12))
    assert not pad.ink.any()


def test_a_click_makes_a_dot(pad):
    draw(pad, (14, 14))
    assert pad.ink.any() and np.isfinite(pad.p).all()


# --------------------------------------------------------------------------
# The game


def test_every_mistake_is_one_line_of_the_chapter_and_shows_in_the_checks():
    maths = reference("neural_network").read_text(encoding="utf-8")
    maths = maths.partition("# The picture\n")[0]
    healthy = nn.examine(nn.infect(None))
    assert len(nn.BUGS) == 10
    seen = set()
    for bug in nn.BUGS:
        assert maths.count(bug.right) == 1, bug.what
        checks = nn.examine(nn.infect(bug))
        changed = tuple(name for name in healthy if checks[name] != healthy[name])
        assert changed, bug.what
        seen.add(tuple(checks.values()))
    assert len(seen) == 10, "two mistakes look alike"


def test_the_game_is_played_with_guesses(run, tmp_path):
    order = np.random.default_rng(0).permutation(10)
    wrong = (order[0] + 1) % 10
    code, out = run("--find-the-bug", "-c", f"list; {wrong + 1}; {order[0] + 1}; tell")
    assert code == 0 and not files(tmp_path)
    assert f"Yes: {nn.BUGS[order[0]].what}" in out
    assert f"It was: {nn.BUGS[order[1]].what}" in out
    assert "No: '" in out and "Patient 3" in out and "Patient 4" not in out


@pytest.mark.slow
def test_all_ten_are_told_and_counted(run):
    order = np.random.default_rng(2).permutation(10)
    guesses = ";".join(str(n + 1) for n in order)
    out = run("--find-the-bug", "--seed", "2", "-c", guesses)[1]
    assert "That was all 10; guesses: 10." in out


def test_a_guess_that_is_none_is_told_and_the_game_goes_on(run, capsys):
    code = nn.main(["--find-the-bug", "-c", "11; what; tell"])
    out, err = capsys.readouterr()
    assert code == 2 and "It was: " in out
    assert err.splitlines() == ["type the number of a mistake, list, tell, or quit"] * 2


# --------------------------------------------------------------------------
# A table of one's own


def test_the_classes_of_a_table_are_learnt(run, tmp_path):
    code, out = run("iris.csv", "--epochs", "60", "--save", "a.png")
    assert code == 0 and files(tmp_path) == {"a.png"}
    assert "species: setosa, versicolor, virginica" in out
    assert "Architecture: 4 → 16 → 3" in out
    assert float(re.findall(r"Test accuracy: ([\d.]+)%", out)[0]) > 85


def test_target_and_columns_are_chosen(run):
    out = run("penguins.csv", "--target", "sex", "--drop-missing", "--epochs", "5",
              "--columns", "bill_length_mm,body_mass_g", "--no-show")[1]  # fmt: skip
    assert "Architecture: 2 → 16 → 2" in out and "sex: " in out


def test_numbers_may_be_classes(run):
    out = run("digits_8x8.csv.gz", "--epochs", "3", "--no-show")[1]
    assert "Architecture: 64 → 16 → 10" in out


# --------------------------------------------------------------------------
# Without a screen, in another folder, and interrupted


def test_without_a_screen_the_picture_is_saved_where_it_says(
    run, tmp_path, monkeypatch
):
    monkeypatch.delenv("DISPLAY", raising=False)
    code, out = run("and")
    assert code == 0 and out.endswith("Saved neural_network.png\n")
    assert files(tmp_path) == {"neural_network.png"}


def start(folder: Path, *words: str, **more) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-u", str(reference("neural_network")), *words], cwd=folder,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", errors="replace",
        # one thread: two of BLAS wait for each other when the machine is busy
        env={**os.environ, "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1", **more},
    )  # fmt: skip


@pytest.mark.slow
def test_as_a_process_of_its_own_it_ends_as_promised(tmp_path):
    """Piped, where the console has no Greek: 0 for good input, 2 for bad."""
    narrow = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252"}
    for words, code in ((["none.csv"], 2), (["xor", "--no-show"], 0)):
        child = start(tmp_path, *words, **narrow)
        _, err = child.communicate(timeout=60)
        assert child.returncode == code and "Traceback" not in err
    assert not files(tmp_path)


@pytest.mark.slow
def test_the_game_ends_quietly_with_its_input(tmp_path):
    child = start(tmp_path, "--find-the-bug")
    out, err = child.communicate("tell\nrubbish\nquit\n", timeout=60)
    assert child.returncode == 0 and "It was: " in out
    assert err == "type the number of a mistake, list, tell, or quit\n"
    child = start(tmp_path, "--find-the-bug")
    assert child.communicate("", timeout=60)[1] == "" and child.returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_ends_a_training_and_leaves_nothing(tmp_path):
    child = start(tmp_path, "mnist", "--no-show")
    assert child.stdout is not None
    while "Epoch 1" not in child.stdout.readline():
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130 and "Traceback" not in err and not files(tmp_path)


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["mnsit"], "no such file"),
    (["irs.csv"], "did you mean iris.csv?"),
    (["."], "a folder"),
    (["--layers", "784,0,10"], "give a whole number from 1 to 100,000, not '0'"),
    (["--layers", "784,12.5,10"], "a whole number"),
    (["--layers", "784,,10"], "a whole number"),
    (["--layers", "783,12,10"], "must begin with 784 and end with 10"),
    (["--layers", "784"], "must begin with 784"),
    (["--lr", "-0.1"], "give a number from"),
    (["--lr", "nan"], "give a number from"),
    (["--epochs", "0"], "give a whole number of at least 1"),
    (["--batch", "0"], "give a whole number of at least 1"),
    (["--dropout", "1"], "give a number from 0 to 0.99"),
    (["--activation", "rleu"], "no activation 'rleu'; did you mean relu?"),
    (["--optimizer", "adm"], "there is no 'adm'; did you mean adam?"),
    (["xor", "--layers", "3,4,2"], "must begin with 2 and end with 2"),
    (["xor", "--activation", "swish"], "no activation 'swish'"),
    (["iris.csv", "--target", "specis"], "no column 'specis'; did you mean species?"),
    (["iris.csv", "--target", "petal_length"], "43 different values"),
    (["iris.csv", "--columns", "petal_lenth"], "did you mean petal_length?"),
    (["iris.csv", "--layers", "4,8,2"], "must begin with 4 and end with 3"),
    (["penguins.csv", "--target", "species"], "the cell is empty"),
    (["penguins.csv", "--target", "sex"], "line 5, column 'sex': the cell is empty"),
    (["--save", "film.xyz"], "a picture's name ends in"),
    (["--save", "nowhere/a.png"], "folder"),
    (["--check", "--save", "a.png"], "draw nothing to --save"),
    (["--draw", "--script", "drag:1"], "I do not understand 'drag:1'"),
    (["--unknown"], "--unknown"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path, little_mnist):
    assert sentence in bad(*words)
    assert not files(tmp_path)


@pytest.mark.parametrize("text, sentence", [
    ("", "t.csv: "),
    ("a,kind\n", "no row of data"),
    ("a,kind\n1,u\n2,v\nNaN,u\n4,v\n5,u\n6,v\n7,u\n8,v\n", "line 4, column 'a'"),
    ("a,kind\n1,u\n2,v\ninf,u\n4,v\n5,u\n6,v\n7,u\n8,v\n", "line 4, column 'a': 'inf'"),
    ("a,kind\n" + "1,u\n" * 8, "'kind' has 1 different values"),
    ("a,kind\n1,u\n2,v\n", "'kind' has 2 different values"),
    ("name,kind\nx,u\ny,v\nz,u\nx,v\ny,u\nz,v\nx,u\ny,v\n", "no column of numbers"),
])  # fmt: skip
def test_a_bad_table_gets_one_sentence(bad, text, sentence, tmp_path):
    assert sentence in bad(write(tmp_path / "t.csv", text))
    assert files(tmp_path) == {"t.csv"}


def test_a_rate_that_is_too_large_is_told(bad, tmp_path):
    assert "lower lr" in bad("iris.csv", "--optimizer", "sgd", "--lr", "100")
