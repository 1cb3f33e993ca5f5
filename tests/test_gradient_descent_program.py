"""Chapter 6 as a program: its commands, pictures, keys, and bad input."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from PIL import Image, ImageSequence

from common import figures

gd = chapter("gradient_descent")


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """The chapter's main in an empty folder, fed some input: what it prints."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str, typed: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert gd.main(list(words)) == 0
        return capsys.readouterr().out

    return call


@pytest.fixture
def says(run, monkeypatch):
    """What main prints; the picture, which takes longest, is not made."""
    assert gd.NAMES  # the chapter is loaded
    module = sys.modules["chapter_gradient_descent"]
    monkeypatch.setattr(module, "Window", lambda *_: SimpleNamespace(fig=None))
    monkeypatch.setattr("common.figures.finish", lambda *_, **__: None)
    return lambda *words, typed="": run(*words, "--no-show", typed=typed)


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(gd.main, *words)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --------------------------------------------------------------------------
# What it prints


def test_the_transcript_of_the_book(says):
    out = says("--function", "2", "--start", "2", "2", "--algorithm", "adam")
    lines = [
        "Starting point: (2.0, 2.0)",
        "Algorithm: Adam",
        "Iteration 0: f(x,y) = 401.0",
        "Minimum found at: (1.0000, 1.0000)",
        "True minimum: (1.0, 1.0)",
    ]
    assert [line for line in out.splitlines() if line in lines] == lines
    assert re.search(r"\nIteration \d+: Converged! f\(x,y\) = [\d.e-]+\n", out)
    assert "2/L = 0.00048" in out and "below 2/L = 0.002:" in out


@pytest.mark.parametrize("typed, echo, found", [
    ("1\n", "> 1\n", "(0.0000, 0.0000)"),
    ("\n", "> 2\n", "(1.0000, 1.0000)"),
    ("", "> 2\n", "(1.0000, 1.0000)"),
    ("3\nnever read\n", "> 3\n", "(4.7124, 4.7124)"),
    ("x**2 + (y-1)**2\n", "> x**2 + (y-1)**2\n", "(0.0000, 1.0000)"),
])  # fmt: skip
def test_the_menu_asks_and_rosenbrock_is_taken_if_nobody_answers(
    says, typed, echo, found
):
    out = says(typed=typed)
    assert out.startswith("Choose function to minimize:\n1. f(x,y) = x² + y² (bowl")
    assert echo in out and f"Minimum found at: {found}" in out


def test_a_wrong_choice_is_told_and_asked_again(run, says, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("7\nx*\n1\n"))
    assert gd.main(["--no-show"]) == 0
    out, err = capsys.readouterr()
    assert out.count("> ") == 3 and "Minimum found at: (0.0000, 0.0000)" in out
    no_such, no_formula = err.splitlines()
    assert "there is no function 7: choose 1, 2 or 3" in no_such
    assert "missing at the end" in no_formula


def test_a_typed_function_has_no_known_minimum(says):
    out = says("--function", "x**4 + y**2 - x*y")
    assert "Minimum found at: (0.3536, 0.1768)" in out  # x = 1/√8, y = x/2
    assert "True minimum: not known" in out


def test_a_function_of_x_alone_is_a_curve(says):
    out = says("--function", "x^2 - 4x*1".replace("4x", "4*x"), "--start", "-1.5")
    assert "Starting point: -1.5" in out and "Iteration 0: f(x) = 8.25" in out
    assert "Minimum found at: 2.0000" in out


def test_negative_starts_and_every_method_are_understood(says):
    for name, title in gd.NAMES.items():
        words = ("--function", "1", "--start", "-1", "-0.5", "--algorithm", name)
        out = says(*words, "--lr", "0.1", "--iterations", "700")
        assert "Starting point: (-1.0, -0.5)" in out and f"Algorithm: {title}\n" in out


def test_the_limit_is_predicted_and_comes_true(says):
    """x² + 10y²: 2/L = 0.1. Below it ends near the minimum, above it far away."""
    out = says("--function", "x**2 + 10*y**2", "--algorithm", "gd")
    assert "(limit of plain descent here: 2/L = 0.1)" in out
    below, above = re.findall(r"at lr = ([\d.]+) end ([\d.e-]+) away", out)
    assert "from 0.001 beside it, 100 steps at lr = 0.095" in out
    assert below[0] == "0.095" and float(below[1]) < 1e-5
    assert above[0] == "0.105" and float(above[1]) > 1


def test_the_trial_starts_as_far_beside_the_minimum_as_it_says(says):
    """In the round bowl a step at 0.95 · 2/L takes 0.001 to −0.9 of it, in any d."""
    out = says("--function", "1", "--algorithm", "gd")
    below, _ = re.findall(r"100 steps at lr = [\d.]+ end ([\d.e-]+) away", out)
    assert float(below) == pytest.approx(0.001 * 0.9**100, rel=0.2)


def test_level_ground_that_is_no_minimum_is_called_so(says):
    out = says("--function", "x**2 - y**2", "--start", "2", "0")
    assert "Level ground, but a saddle, found at: (0.0000, 0.0000)" in out
    out = says("--function", "3", "--start", "1.5707963267948966", "1.5707963267948966")
    assert "Level ground, but a maximum, found at: (1.5708, 1.5708)" in out
    out = says("--function", "tanh(x)", "--start", "30")
    assert "Level ground, but a plateau, found at: 30.0000" in out


def test_a_function_without_a_minimum_ends_with_an_honest_sentence(says):
    out = says("--function", "x + y", "--iterations", "50")
    assert "after 50 iterations, not converged:\n  the slope is still 1.4." in out
    assert "or f has no minimum this way" in out and "Minimum found" not in out
    assert "none, f does not bend up" in out


def test_the_race_has_a_row_for_each_method(says):
    out = says("--race", "--function", "1", "--iterations", "150")
    rows = [line.split() for line in out.splitlines() if line.endswith(" %")]
    assert [row[0] for row in rows] == list(gd.METHODS)
    assert rows[0][1:6] == ["4", "0.46", "4", "of", "13"]
    assert "within 1e-07 of its true minimum" in out
    out = says("--race", "--function", "(x-1)**2", "--iterations", "20")
    assert "within 1e-07 of the lowest value that Adam finds" in out
    assert "never" in out


@pytest.mark.slow
def test_adam_wins_on_rosenbrock_within_the_bar(says):
    """At most 1,035 iterations with the best of 13 rates, and the most rates."""
    out = says("--race")
    rows = {
        line.split()[0]: line.split() for line in out.splitlines() if "of 13" in line
    }
    assert int(rows["adam"][1].replace(",", "")) <= 1035
    share = {name: int(row[row.index("of") - 1]) for name, row in rows.items()}
    assert share["adam"] == max(share.values()) and share["gd"] < share["adam"]


def test_the_same_command_prints_the_same(says):
    runs = [says("--function", "3", "--seed", seed) for seed in ("0", "0", "1")]
    assert runs[0] == runs[1] == runs[2]  # nothing here is left to chance


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_its_gradients_agree_with_the_rules_of_calculus(number, rng):
    problem = gd.Problem(number)
    X = rng.uniform(-2, 2, size=(2, 50))
    want = [problem.formula.derivative(name)(*X) for name in "xy"]
    np.testing.assert_allclose(gd.gradient(problem.f, X), want, rtol=1e-6, atol=1e-6)
    assert np.abs(gd.gradient(problem.f, problem.true(X))).max() < 1e-6


def test_slopes_far_from_zero_are_not_lost_to_rounding():
    """1e9 + 1e-5 keeps only two digits of the 1e-5; 1e12 + 1e-5 none at all."""
    for x in (1e9, 1e12):
        assert abs(gd.slope(lambda x: x**2, x) / (2 * x) - 1) < 1e-6


# --------------------------------------------------------------------------
# Pictures


def test_without_a_screen_the_picture_is_saved_where_it_says(
    run, tmp_path, monkeypatch
):
    monkeypatch.delenv("DISPLAY", raising=False)
    assert "Saved gradient_descent.png" in run()
    assert files(tmp_path) == {"gradient_descent.png"}


def test_nothing_is_written_with_no_show(run, tmp_path):
    run("--function", "x**2 - x", "--no-show")
    assert not files(tmp_path)


@pytest.mark.slow
def test_the_film_shows_the_walk(run, tmp_path):
    words = ("--algorithm", "gd", "--lr", "0.2", "--iterations", "6")
    run("--function", "x**2", *words, "--save", "film.gif")
    with Image.open(tmp_path / "film.gif") as gif:
        shots = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(gif)]
    assert len(shots) >= 7 and (shots[0] != shots[-1]).any()
    assert files(tmp_path) == {"film.gif"}


@pytest.mark.slow
@pytest.mark.parametrize("text, start", [
    ("log(x) + 1/x", ["3"]), ("sqrt(x) + 1/y + y", ["1", "2"]), ("abs(x)", ["1"]),
    ("x**8 + y**2", ["1", "1"]), ("1e9*x**2 + y", ["1", "1"]), ("0*x", ["2"]),
    ("0*x + 0*y", ["1", "1"]),
])  # fmt: skip
def test_odd_grounds_can_be_drawn(run, text, start, tmp_path):
    """Holes, kinks, walls and plains: a picture without a warning."""
    run("--function", text, "--start", *start, "--algorithm", "adam", "--lr", "0.01",
        "--iterations", "40", "--script", "b", "--save", "odd.png")  # fmt: skip
    assert files(tmp_path) == {"odd.png"}


@pytest.mark.slow
def test_keys_and_mouse_can_be_replayed(run, tmp_path):
    for name, script in ("a", "1"), ("b", "1 up drag:2,2:-1,0.5"):
        run("--function", "1", "--script", script, "--save", f"{name}.png")
    with Image.open(tmp_path / "a.png") as one, Image.open(tmp_path / "b.png") as two:
        assert (np.asarray(one) != np.asarray(two)).any()


# --------------------------------------------------------------------------
# The window


@pytest.fixture
def window(monkeypatch):
    """window("3", method, lr): the window of a walk from (2, 2), or from 2."""
    import matplotlib.pyplot as plt

    def make(text="1", method="gd", lr=0.1, iterations=200):
        problem = gd.Problem(text)
        start = np.array([2.0] * len(problem.names))
        problem.frame(start, start)
        made = gd.Window(plt, problem, start, {method: lr}, iterations)
        for name in ("draw", "draw_idle"):  # nobody looks
            monkeypatch.setattr(made.fig.canvas, name, lambda: None)
        made.go(made.frames - 1)
        return made

    return make


def press(window, *keys):
    from matplotlib.backend_bases import KeyEvent

    for key in keys:
        KeyEvent("key_press_event", window.fig.canvas, key)._process()


def title(window):
    """What it says above the ground in space."""
    return window.axes["S"].get_title()


def ends(window):
    """Where the path that is drawn on the map begins and ends."""
    method = list(window.rates)[-1]
    x, y = window.lines[method]["F"].get_data()
    return (x[-1], y[-1]), (x[0], y[0])


def test_digits_choose_the_method_with_its_usual_rate(window):
    seen = window()
    for key, name, lr in zip("12345", gd.METHODS, (0.5, 0.5, 0.5, 0.01, 0.5)):
        press(seen, key)
        assert list(seen.rates) == [name] and abs(seen.rates[name] - lr) < 1e-6
        assert gd.NAMES[name] in title(seen)


def test_up_and_down_change_the_rate_until_it_flies_off(window):
    seen = window(lr=0.9)
    assert "level after" in title(seen)
    press(seen, "up")
    assert abs(seen.rates["gd"] - 1.125) < 1e-9
    assert "flies off" in title(seen)
    press(seen, "down", "down")
    assert "lr = 0.72: level" in title(seen)


def test_the_path_is_the_walk(window):
    seen = window(method="momentum", lr=0.05)
    steps = list(gd.momentum(gd.Problem("1").f, [2.0, 2.0], 0.05, None, 200))
    x, y = seen.lines["momentum"]["F"].get_data()
    np.testing.assert_allclose(x[::-1], [s.x[0] for s in steps])
    np.testing.assert_allclose(y[::-1], [s.x[1] for s in steps])
    z = seen.lines["momentum"]["S"].get_data_3d()[2]
    np.testing.assert_allclose(z[::-1], [s.value for s in steps])


def test_arrows_step_through_the_walk(window):
    seen = window()
    press(seen, "home", "right", "right", "left")
    assert seen.frame == 1 and len(seen.lines["gd"]["F"].get_xdata()) == 2
    assert seen.axes["F"].get_title(loc="left") == "Iteration 1"
    press(seen, "end")
    assert len(seen.lines["gd"]["F"].get_xdata()) == seen.paths["gd"].shape[1]


def test_a_click_moves_the_start_and_a_drag_takes_the_path_along(window):
    seen = window()
    figures.replay(seen.fig, "click:-1,0.5")
    start, end = ends(seen)
    assert np.allclose(start, (-1, 0.5), atol=0.02) and np.allclose(end, 0, atol=1e-4)
    ring = [float(v[0]) for v in seen.ring.get_data()]
    assert np.allclose(ring, (-1, 0.5), atol=0.02)
    figures.replay(seen.fig, "drag:-1,0.5:1,-2")
    assert np.allclose(ends(seen)[0], (1, -2), atol=0.02) and not seen.dragging


def test_while_it_is_dragged_the_path_is_short(window):
    from matplotlib.backend_bases import MouseEvent

    seen = window("2", "gd", 1e-4, 400)
    seen.fig.canvas.draw()
    x, y = seen.axes["F"].transData.transform((1, 0))
    MouseEvent("button_press_event", seen.fig.canvas, x, y, 1)._process()
    assert seen.dragging and seen.paths["gd"].shape[1] == 301
    MouseEvent("button_release_event", seen.fig.canvas, 0, 0, 1)._process()
    assert not seen.dragging and seen.paths["gd"].shape[1] == 401


def test_other_axes_do_not_move_the_start(window):
    seen = window()
    figures.replay(seen.fig, "click:5,1", ax=seen.axes["V"])
    assert seen.start.tolist() == [2, 2]


def test_r_shows_all_methods_and_a_digit_one_again(window, capsys):
    seen = window("1", iterations=120)
    press(seen, "r")
    assert list(seen.rates) == list(gd.METHODS)
    assert "rates that arrive" in capsys.readouterr().out
    assert all(len(seen.lines[name]["F"].get_xdata()) > 3 for name in gd.METHODS)
    assert "first level after" in title(seen)
    wide = [seen.lines[name]["F"].get_linewidth() for name in gd.METHODS]
    order = [seen.lines[name]["F"].get_zorder() for name in gd.METHODS]
    assert sorted(wide) == wide and sorted(order, reverse=True) == order
    press(seen, "3")
    drawn = [n for n in gd.METHODS if len(seen.lines[n]["F"].get_xdata())]
    assert drawn == ["nesterov"]


def test_while_they_race_the_title_says_so(window, monkeypatch):
    seen, said = window("1", iterations=5), []
    monkeypatch.setattr(seen.fig.canvas, "draw", lambda: said.append(title(seen)))
    press(seen, "r")
    assert said == ["Racing …"] and "Racing" not in title(seen)


def test_the_race_on_rosenbrock_stays_in_the_box(window):
    """Momentum swings farthest: with its best rate down to y = −1.4."""
    seen = window("2", "momentum", 1e-3, 500)
    (left, right), (low, high) = seen.problem.box
    x, y = seen.paths["momentum"][:2]
    assert left < x.min() and x.max() < right and low < y.min() and y.max() < high


def test_r_where_nothing_can_be_raced_to_changes_nothing(window, monkeypatch):
    seen = window("1")
    seen.problem = gd.Problem("x + y")
    seen.problem.frame(seen.start, seen.start)
    press(seen, "r")
    assert list(seen.rates) == ["gd"]


def test_b_shows_the_basins_and_takes_them_away(window):
    seen = window("3", lr=0.5)
    press(seen, "b")
    image = np.asarray(seen.basins.get_array())
    assert image.shape == (120, 120, 3)
    x, y = np.meshgrid(*(np.linspace(-7, 7, 120),) * 2)
    inside = (np.abs(x + np.pi / 2) < 2) & (np.abs(y + np.pi / 2) < 2)
    beside = (np.abs(x - 1.5 * np.pi) < 2) & (np.abs(y + np.pi / 2) < 2)
    hue = [image[part].min(axis=0).argmax() for part in (inside, beside)]
    colours = [np.median(image[part], axis=0) for part in (inside, beside)]
    assert np.abs(colours[0] - colours[1]).max() > 0.1, hue
    assert len(seen.axes["F"].images) == 1
    press(seen, "b")
    assert not seen.axes["F"].images and seen.basins is None


def test_a_curve_has_basins_and_a_draggable_start_too(window):
    seen = window("x**4 - 3*x**2 + x", "gd", 0.02)
    assert set(seen.axes) == {"F", "V"}
    press(seen, "b")
    assert np.asarray(seen.basins.get_array()).shape == (1, 120, 3)
    figures.replay(seen.fig, "click:-0.5,0.5")
    (x, _), (end, _) = ends(seen)
    assert abs(x + 0.5) < 0.05 and abs(end + 1.3008) < 0.01


def test_a_start_where_f_has_no_value_is_survived(window):
    seen = window("(x-1)**2 + log(y)**2", "gd", 0.1)
    figures.replay(seen.fig, "click:1,-0.5")
    assert "flies off after 0 steps" in title(seen)
    press(seen, "5", "home", "end", "q", " ")


def test_other_keys_change_nothing(window):
    seen = window()
    before = dict(seen.rates)
    press(seen, "x", "6", "f1", "shift", "²")
    assert seen.rates == before


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["--function", "2", "--algorithm", "gd", "--lr", "0.5"],
     "beyond 1e+30; lr = 0.5 is too large, try 0.05; below 2/L = 0.00048 it settles"),
    (["--function", "log(x)", "--start", "0.1", "--algorithm", "gd", "--lr", "1"],
     "f has no value or no slope at -9.9; take a smaller rate than lr = 1"),
    (["--function", "log(x)", "--start", "-2"], "no value or no slope at the start -2"),
    (["--function", "9**9**9"], "no value or no slope at the start 2"),
    (["--function", "x**3", "--start", "-1", "--algorithm", "gd"], "no minimum"),
    (["--lr", "0"], "give a number of at least 1e-12, not '0'"),
    (["--lr", "-1"], "not '-1'"),
    (["--lr", "nan"], "not 'nan'"),
    (["--function", "1", "--start", "2"], "number for each of x and y, not 1"),
    (["--function", "1", "--start", "2", "2", "2"], "each of x and y, not 3"),
    (["--function", "x**2", "--start", "2", "2"], "one number for each of x, not 2"),
    (["--function", "1", "--start", "2", "up"], "not 'up'"),
    (["--function", "1", "--start", "inf", "2"], "not 'inf'"),
    (["--function", "1", "--algorithm", "adm"], "'adm'; did you mean adam?"),
    (["--function", "4"], "there is no function 4: choose 1, 2 or 3"),
    (["--function", "x*z"], 'I do not know "z": did you mean x or y? (column 3)'),
    (["--function", "x**2 + 3y"], "to multiply, write 3*y"),
    (["--function", "__import__('os')"], "__import__"),
    (["--function", "1", "--iterations", "0"], "give a whole number from 1 to 200,000"),
    (["--race", "--function", "x + y"], "Adam finds no minimum"),
    (["--save", "walk.xyz"], "a picture's name ends in"),
    (["--save", "nowhere/a.png"], "folder"),
    (["--script", "click:1"], "I do not understand 'click:1'"),
    (["--unknown"], "--unknown"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)


# --------------------------------------------------------------------------
# As a process of its own


def start(*words: str, folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(reference("gradient_descent")), *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", cwd=folder, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip


@pytest.mark.slow
def test_from_another_folder_piped_without_a_screen_it_ends_as_promised(tmp_path):
    for words, code in ((["--lr", "x"], 2), ([], 0)):
        child = start(*words, folder=tmp_path)
        _, err = child.communicate(timeout=60)
        assert child.returncode == code and "Traceback" not in err
    assert files(tmp_path) == {"gradient_descent.png"}


@pytest.mark.slow
def test_a_console_without_squares_and_arrows_is_no_problem(tmp_path):
    child = subprocess.run(
        [sys.executable, str(reference("gradient_descent")), "--no-show"],
        capture_output=True, cwd=tmp_path, timeout=60, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert child.returncode == 0 and b"x? + y? (bowl" in child.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_ends_it_quietly(tmp_path):
    words = ("--function", "x + y", "--iterations", "200000", "--no-show")
    child = start(*words, folder=tmp_path)
    assert child.stdout is not None
    while "Iteration 100:" not in child.stdout.readline():
        pass
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    assert child.returncode == 130 and "Traceback" not in err


@pytest.mark.slow
def test_killed_in_mid_save_it_leaves_the_old_picture_whole(tmp_path):
    (tmp_path / "film.gif").write_bytes(b"the old one")
    child = start("--function", "1", "--save", "film.gif", folder=tmp_path)
    assert child.stdout is not None
    while "1.05" not in child.stdout.readline():  # the last line before the film
        pass
    time.sleep(2)
    child.kill()
    child.communicate()
    assert (tmp_path / "film.gif").read_bytes() == b"the old one"
