"""Chapter 18 as a program: its window, keys, film, export, table, and bad input."""

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
from matplotlib.backend_bases import FigureCanvasBase, KeyEvent, MouseEvent, ResizeEvent
from oracles import numerical_gradient
from PIL import Image, ImageSequence
from scipy import special

from common import data, figures

bv = chapter("backprop_viz")


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """The chapter's main in an empty folder: what it prints. Saving draws, else nobody
    looks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(FigureCanvasBase, "draw_idle", lambda self: None)

    def call(*words: str) -> str:
        assert bv.main(list(words)) == 0
        return capsys.readouterr().out

    return call


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(bv.main, *words)


@pytest.fixture
def window():
    """The window of a small network, on a figure that nobody sees."""
    plt = figures.start(bv.build_parser().parse_args(["--no-show"]))
    return bv.Window(plt, bv.Setup((2, 3, 4, 1)), bv.made_points("moons", 0), 0.5)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def press(window, *keys: str) -> None:
    for key in keys:
        name = " " if key == "space" else key
        KeyEvent("key_press_event", window.fig.canvas, name)._process()


def mouse(window, kind: str, ax: str, point) -> None:
    x, y = window.axes[ax].transData.transform(point)
    MouseEvent(kind, window.fig.canvas, x, y, 1)._process()


def loss_of(window, weights, biases) -> float:
    """The loss of a plain network, apart from the chapter."""
    bends = {"relu": lambda z: z * (z > 0), "tanh": np.tanh, "sigmoid": special.expit}
    a = window.X
    for W, b in zip(weights, biases):
        z = a @ W + b
        a = bends[window.setup.activation](z)
    right = np.where(window.y == 1, z[:, 0], -z[:, 0])
    return float(-special.log_expit(right).mean())


# --------------------------------------------------------------------------
# What it prints and writes


def test_the_transcript_and_the_end_say_step_and_loss(run, tmp_path):
    out = run("--script", "space*5 s e*3", "--no-show")
    assert out.startswith(
        "=== Backpropagation Visualizer ===\n\nNetwork: 2 → 4 → 4 → 1"
    )
    assert "\nStep 0: loss = " in out  # another bend: a new history
    assert not files(tmp_path)
    out = run("--script", "space*5", "--no-show")
    assert re.search(r"\nStep 5: loss = 0\.\d{4}\n$", out)


def test_the_loss_printed_is_that_of_plain_descent(run):
    """Twenty steps, by central differences of a loss written apart."""
    out = run("--steps", "20", "--layers", "2,3,1", "--no-show")
    points = bv.made_points("moons", 0)
    rng = np.random.default_rng(0)
    W = [rng.normal(size=p) / np.sqrt(p[0]) for p in ((2, 3), (3, 1))]
    b = [np.zeros(3), np.zeros(1)]

    def loss(parts):
        z = np.tanh(points.X @ parts[0] + parts[2]) @ parts[1] + parts[3]
        return float(np.mean(np.logaddexp(0, z[:, 0]) - points.y * z[:, 0]))

    parts = [*W, *b]
    for _ in range(20):
        slopes = [
            numerical_gradient(
                lambda p, i=i, parts=parts: loss([*parts[:i], p, *parts[i + 1 :]]), x
            )
            for i, x in enumerate(parts)
        ]
        parts = [x - 0.5 * g for x, g in zip(parts, slopes)]
    assert f"Step 20: loss = {loss(parts):.4f}\n" in out


def test_the_same_seed_prints_the_same(run):
    outs = [run("--steps", "9", "--seed", s, "--no-show") for s in ("3", "3", "4")]
    assert outs[0] == outs[1] != outs[2]


def test_a_picture_is_saved(run, tmp_path):
    run("--data", "spiral", "--layers", "2,3,1", "--save", "a.png")
    assert files(tmp_path) == {"a.png"}
    with Image.open(tmp_path / "a.png") as picture:
        assert np.asarray(picture.convert("L")).std() > 10


def test_without_a_screen_the_picture_is_saved_where_it_says(
    run, tmp_path, monkeypatch
):
    monkeypatch.delenv("DISPLAY", raising=False)
    assert "Saved backprop_viz.png\n" in run()
    assert files(tmp_path) == {"backprop_viz.png"}


@pytest.mark.slow
def test_the_film_moves_and_leaves_the_network_at_its_last_step(run, tmp_path):
    out = run("--save", "film.gif", "--steps", "4")
    assert "Step 4: loss" in out and files(tmp_path) == {"film.gif"}
    with Image.open(tmp_path / "film.gif") as gif:
        shots = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(gif)]
    assert len(shots) > 12 and (shots[0] != shots[-1]).any()


def test_the_table_of_architectures(run, tmp_path):
    out = run("--compare", "--save", "a.png")
    assert files(tmp_path) == {"a.png"}
    for name in ("sigmoid", "relu", "tanh", "plain", "skip", "norm", "skip + norm"):
        assert re.search(rf"^{re.escape(name)} ", out, re.M)
    shares = bv.share_left([2, 5, 10, 15, 20], "sigmoid", np.random.default_rng(0))
    told = re.findall(r"^norm +(.+)$", out, re.M)[0].split()
    assert told == [f"{x:.2g}" for x in shares["norm"]]


def test_an_exported_network_says_the_same_on_its_own(run, tmp_path):
    """Run by a Python that does not see the project; with skip and norm."""
    run("--steps", "30", "--skip", "--norm", "--export", "net.py", "--no-show")
    child = subprocess.run(
        [sys.executable, "-I", "net.py", "0.5", "-0.25"], cwd=tmp_path,
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    points = bv.made_points("moons", 0)
    setup = bv.Setup((2, 4, 4, 1), skip=True, norm=True)
    plt = figures.start(bv.build_parser().parse_args(["--no-show"]))
    window = bv.Window(plt, setup, points, 0.5)
    for _ in range(30):
        window.learn()
    row = (np.array([[0.5, -0.25]]) - points.mean) / points.sd
    p = window.trace_at(30, row).a[-1][0, 0]
    assert float(child.stdout) == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "tanh"])
def test_every_activation_is_exported_rightly(activation):
    points = bv.made_points("xor", 1)
    rng, setup = np.random.default_rng(1), bv.Setup((2, 5, 3, 1), activation)
    weights, biases = bv.fresh_weights(setup.sizes, activation, rng)
    space: dict = {"__name__": "net"}
    exec(bv.network_source(setup, weights, biases, points), space)
    p = bv.forward_trace(weights, biases, points.X, activation).a[-1][:, 0]
    raw = points.X * points.sd + points.mean
    np.testing.assert_allclose(space["predict"](raw), p, rtol=1e-9)


def test_a_table_of_ones_own_is_learnt(run, tmp_path):
    rows = "\n".join(
        f"{2 * x},{x * x % 7},{'yes' if x > 9 else 'no'}" for x in range(20)
    )
    name = write(tmp_path / "own.csv", f"a,b,kind\n{rows}\n")
    out = run("--data", name, "--steps", "200", "--no-show")
    assert "Network: 2 → 4 → 4 → 1" in out and "Points: 20 (own.csv)" in out
    assert float(re.findall(r"loss = ([\d.]+)", out)[0]) < 0.1
    out = run(
        "--data", "penguins.csv", "--target", "sex", "--drop-missing", "--no-show"
    )
    assert re.search(r"Network: \d → 4 → 4 → 1", out)


def test_one_column_and_more_than_two_can_be_drawn(run, tmp_path):
    rows = "\n".join(f"{2 * x},{-3 * x},{x % 3},{int(x > 4)}" for x in range(10))
    name = write(tmp_path / "own.csv", f"a,b,c,kind\n{rows}\n")
    assert "3 → 4" in run("--data", name, "--no-show")
    assert "1 → 4" in run("--data", name, "--columns", "a", "--save", "b.png")


# --------------------------------------------------------------------------
# The window


def test_every_number_shown_of_a_wire_is_the_referees(window):
    press(window, "space", "space", *["e"] * 8, "v")
    layer, i, j = window.wire
    weights, biases = window.history[2]

    def of_W(W):
        return loss_of(window, [*weights[:layer], W, *weights[layer + 1 :]], biases)

    slope = numerical_gradient(of_W, weights[layer])[i, j]
    text = window.says.get_text()
    shown = float(re.findall(r"Σ a·δ = (\S+)", text)[0])
    wiggled = float(re.findall(r"Δloss / 2h +=\s+(\S+)", text)[0])
    assert shown == pytest.approx(slope, rel=1e-5)
    assert wiggled == pytest.approx(slope, rel=1e-5)
    assert f"Wire {i} → {j} of layer {layer}:  w = {weights[layer][i, j]:+.4f}" in text
    a, d = (float(re.findall(p, text)[0]) for p in (r" a = (\S+)", r" δ = (\S+e\S+)"))
    product = float(re.findall(r"a·δ = (\S+e\S+)", text)[0])
    assert a * d == pytest.approx(product, rel=0.01) and window.row == 1
    assert f"= {weights[layer][i, j] - 0.5 * slope:+.4f}" in text


def test_where_a_wiggle_crosses_a_kink_it_says_so(window):
    """The first unit's bias makes its z of row 0 exactly 0: there is relu's kink."""
    press(window, "r", "e")
    assert window.wire == (0, 0, 0) and "kink" not in window.says.get_text()
    (W, *_), (b, *_) = window.history[0]
    b[0] = -(window.X[:1] @ W[:, :1])[0, 0]
    press(window, "v", "V")
    text = window.says.get_text()
    assert re.search(r"Δloss / 2h   = \S+  \(crosses a kink of relu\)", text)
    press(window, "t")
    assert "kink" not in window.says.get_text()


def test_the_letters_grow_with_the_window(window):
    before = window.says.get_window_extent().width
    canvas = window.fig.canvas
    window.fig.set_size_inches(23, 14)
    ResizeEvent("resize_event", canvas)._process()
    canvas.draw()
    assert canvas.get_width_height() == (2300, 1400)
    assert window.says.get_window_extent().width == pytest.approx(2 * before, rel=0.1)


def test_what_is_shown_is_the_whole_picture_though_only_parts_are_drawn(window):
    """Two steps: blitted over the kept paper, and drawn anew."""
    press(window, "home")
    window.show()
    press(window, "space", "space")
    window.show()  # only what moves
    quick = np.asarray(window.fig.canvas.buffer_rgba()).copy()
    window.fig.canvas.draw()
    anew = np.asarray(window.fig.canvas.buffer_rgba())
    assert (quick == anew).all()


def test_the_loss_of_a_step_is_not_told_before_blame_is_back(window):
    window.learn()
    window.flow = 0.5
    window.draw()
    assert len(window.curve.get_xdata()) == 1
    window.flow = 2.0
    window.draw()
    assert len(window.curve.get_xdata()) == 2


def test_every_wire_and_unit_has_its_text(window):
    for activation in "srt":
        press(window, activation)
        for _ in list(window.ends)[::2]:
            press(window, "e")
            assert "wiggled" in window.says.get_text()
        for _ in range(10):
            press(window, "u")
            text = window.says.get_text()
            assert "Blame" in text or "Nobody asks" in text


def test_a_hovered_unit_shows_what_it_says_and_its_blame(window):
    mouse(window, "motion_notify_event", "F", window.places[2][1])
    assert window.unit == (2, 1)
    trace = window.trace_at(0)
    back = bv.backward_trace(trace, window.y)
    text = window.says.get_text()
    assert f"a = {trace.a[2][0, 1]:+.4f} in row 0" in text
    assert f"{back.db[1][1]:+.3e}" in text
    assert f"{np.linalg.norm(back.delta[1]):.3e}" in text
    mouse(window, "motion_notify_event", "F", (1.5, 1.45))
    assert window.unit is None


def test_a_click_chooses_a_wire_a_row_a_step_a_button(window):
    middle = (window.places[0][0] + window.places[1][0]) / 2
    mouse(window, "button_press_event", "F", middle)
    assert window.wire == (0, 0, 0)
    press(window, *["space"] * 6)
    mouse(window, "button_press_event", "S", window.X[37])
    assert window.row == 37
    mouse(window, "button_press_event", "L", (2.1, 0.1))
    assert window.at == 2 and len(window.history) == 7
    mouse(window, "button_press_event", "B", (0.5, 0.5))
    assert window.setup.activation == "sigmoid"


def test_rewinding_shows_the_network_as_it_was(window):
    seen = [window.trace_at(0).a[-1].copy()]
    for _ in range(4):
        press(window, "space")
        seen.append(window.trace_at(window.at).a[-1].copy())
    press(window, "left", "left")
    assert window.at == 2
    np.testing.assert_array_equal(window.trace_at(window.at).a[-1], seen[2])
    press(window, "home")
    assert window.at == 0 and "after step 0" in window.axes["L"].get_title(loc="left")
    press(window, "end", "right")
    assert window.at == 4
    press(window, "home", "space")
    assert len(window.history) == 2
    np.testing.assert_array_equal(window.trace_at(1).a[-1], seen[1])


def test_the_keys_add_and_remove_layers_and_units(window):
    press(window, "up", "+", "+")
    assert window.setup.sizes == (2, 3, 4, 6, 1)
    press(window, "down", "k", "n", "space")
    assert window.setup.sizes == (2, 3, 4, 1) and window.at == 1
    assert window.setup.skip and window.setup.norm


def test_the_keys_stop_at_the_smallest_and_the_largest_network():
    setup = bv.Setup((2, 3, 4, 1))
    for key in ["down"] * 9 + ["-"] * 9:
        setup = bv.setup_after(setup, key, 1)
    assert setup.sizes == (2, 1, 1)
    for key in ["up"] * 30 + ["+"] * 30 + ["w"] * 99:
        setup = bv.setup_after(setup, key, 3)
    assert len(setup.sizes) == 21 and max(setup.sizes) == 16 and setup.scale == 100


def test_the_largest_network_is_drawn_and_learns(run):
    sizes = ",".join(["2", *["16"] * 19, "1"])
    assert "Step 1: loss" in run("--layers", sizes, "--script", "space", "--no-show")


def test_the_toggles_keep_the_weights_and_others_draw_new_ones(window):
    press(window, "space", "space")
    held = window.history[2][0][0]
    press(window, "s", "k", "n", "r")
    np.testing.assert_array_equal(window.history[0][0][0], held)
    for key in ("z", "w", "W", "d"):
        before = window.history[0][0][0]
        press(window, key)
        same = np.array_equal(window.history[0][0][0], before)
        assert same == (key == "d"), key  # other points, the same seed


def test_the_bars_are_the_norms_and_the_dashes_the_prediction(window):
    press(window, "space")
    trace = window.trace_at(1)
    delta = bv.backward_trace(trace, window.y).delta
    norms = [np.linalg.norm(d) for d in delta]
    np.testing.assert_allclose([bar.get_height() for bar in window.bars], norms)
    want = [
        norms[m + 1] * bv.shrink_factor(window.history[1][0][m + 1], trace.z[m], "tanh")
        for m in (0, 1)
    ]
    np.testing.assert_allclose(window.marks.get_ydata(), want)


def test_blame_that_is_nothing_is_said_to_be_nothing(window):
    press(window, "r")
    for W in window.history[0][0]:
        W[...] = 0
    press(window, "v")
    assert window.axes["N"].get_title(loc="left") == "Blame fades: × 0 a layer"


def test_playing_learns_at_every_beat_until_stopped(window):
    press(window, "p")
    for _ in range(5):
        window.tick()
    press(window, "p")
    window.tick()
    assert window.at == 5 and not window.playing


def test_unknown_and_empty_keys_change_nothing(window):
    setup = window.setup
    press(window, "q", "f1", "alt+k", "shift")
    window.change("")
    assert window.setup == setup and window.at == 0


def test_weights_that_fly_off_stop_the_play_with_a_sentence(window):
    window.lr = 1e9
    press(window, "space", "space")
    assert "Stopped: the weights fly off" in window.says.get_text()
    press(window, "left")
    assert "Stopped" not in window.says.get_text()


def test_a_killed_export_leaves_the_old_file(window, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "backprop_network.py"
    file.write_text("old")

    def killed(self, text, **_):
        self.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", killed)
    with pytest.raises(KeyboardInterrupt):
        window.export(file)
    assert file.read_bytes() == b"old" and files(tmp_path) == {file.name}


# --------------------------------------------------------------------------
# As a process


def start(folder: Path, *words: str, **more) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-u", str(reference("backprop_viz")), *words], cwd=folder,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", errors="replace",
        env={**os.environ, "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1", **more},
    )  # fmt: skip


@pytest.mark.slow
def test_it_runs_from_another_folder_and_on_a_console_without_greek(tmp_path):
    child = start(tmp_path, "--no-show", PYTHONUTF8="0", PYTHONIOENCODING="cp1252")
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0 and not err and "Step 0: loss" in out


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_ends_it_and_leaves_nothing(tmp_path):
    child = start(tmp_path, "--steps", "20000", "--save", "a.png")
    assert child.stdout is not None
    while "Points" not in child.stdout.readline():
        time.sleep(0.01)
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130 and "Traceback" not in err and not files(tmp_path)


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["--data", "spirl"], "did you mean spiral?"),
    (["--data", "nothing.csv"], "no such file"),
    (["--data", "iris.csv"], "two different values, not 3"),
    (["--data", "penguins.csv", "--target", "sx"], "did you mean sex?"),
    (["--data", "penguins.csv", "--target", "sex"], "has empty cells"),
    (["--layers", "2,4"], "give 3 to 21 sizes"),
    (["--layers", "2,4,3"], "the last one 1"),
    (["--layers", "3,4,1"], "--layers begins with 3, but the points have 2"),
    (["--layers", "2,0,1"], "give a whole number from 1 to 16"),
    (["--layers", "2,x,1"], "give a whole number"),
    (["--layers", "2,99,1"], "from 1 to 16"),
    (["--depth", "21"], "from 2 to 20"),
    (["--activation", "relo"], "did you mean relu?"),
    (["--activation", "foo"], "there is no activation 'foo' (see --help)"),
    (["--lr", "0"], "give a number from"),
    (["--lr", "nan"], "give a number from"),
    (["--steps", "-1"], "give a whole number"),
    (["--scale", "0"], "give a number from"),
    (["--lr", "1000", "--steps", "9", "--activation", "relu", "--scale", "100",
      "--skip", "--depth", "12"], "fly off"),
    (["--script", "e*0"], "I do not understand 'e*0'"),
    (["--save", "a.txt"], "a picture's name ends in"),
    (["--export", "no/such/net.py"], "in a folder that exists"),
    (["--compare", "--save", "a.gif"], "does not move"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, tmp_path, words, sentence):
    assert sentence in bad(*words)
    assert not files(tmp_path)


@pytest.mark.parametrize("text, sentence", [
    ("", "there is no row of data"),
    ("a,kind\n1,x\n2,x\n", "two different values, not 1"),
    ("a,kind\n1,x\nfoo,y\n2,y\n3,x\n4,x\n5,x\n6,x\n", "line 3"),
    ("a,kind\n1,x\n,y\n3,x\n", "line 3"),
    ("a,kind\nu,x\nv,y\n", "no column of numbers"),
])  # fmt: skip
def test_a_bad_table_gets_one_sentence(bad, tmp_path, text, sentence):
    name = write(tmp_path / "bad.csv", text)
    assert sentence in bad("--data", name)
    assert files(tmp_path) == {"bad.csv"}


def test_too_many_columns_are_refused(bad, tmp_path):
    head = ",".join(f"c{m}" for m in range(20))
    rows = "\n".join(",".join([str(r)] * 20) + f",{r % 2}" for r in range(4))
    name = write(tmp_path / "wide.csv", f"{head},kind\n{rows}\n")
    assert "20 inputs are more than 16" in bad("--data", name)


def test_data_are_standardised():
    points = bv.made_points("circles", 0)
    Z, _, _ = data.standardize(points.X)
    np.testing.assert_allclose(points.X, Z, atol=1e-12)
