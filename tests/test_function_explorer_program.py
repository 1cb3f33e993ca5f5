"""Chapter 5 as a program: its commands, pictures, keys, mouse, and bad input."""

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
from common.expressions import parse

fe = chapter("function_explorer")

VERMILION = np.array([0xD5, 0x5E, 0x00])  # of the tangent


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """The chapter's main in an empty folder: what it prints; the exit code is 0."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> str:
        with monkeypatch.context() as now:
            if "--save" not in words:  # then nobody looks: draw as little as can be
                now.setattr(fe.Explorer, "lay_out", without_layout)
            if not {"--save", "--script"} & set(words):
                now.setattr(figures, "finish", lambda *_, **__: None)
            assert fe.main([*words, "--no-show"]) == 0
        return capsys.readouterr().out

    return call


def without_layout(window, *_):
    """In place of lay_out, which takes most of the time."""
    window.fig.set_layout_engine("none")


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(fe.main, *words)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def ink(path: Path) -> int:
    """How many pixels have the colour of the tangent."""
    with Image.open(path) as image:
        return int((np.asarray(image.convert("RGB")) == VERMILION).all(axis=2).sum())


# --------------------------------------------------------------------------
# Commands and what they print


def test_without_arguments_there_is_a_cubic(run, tmp_path):
    assert run().splitlines() == [
        "f(x) = x**3 - 3*x + 1",
        "f'(x) = 3*x**2 - 3",
        "Critical points found: x = -1 (max), x = 1 (min)",
        "Zeros: x = -1.879385, 0.347296, 1.532089",
    ]
    assert not files(tmp_path)


def test_both_ways_to_write_a_power_are_understood(run):
    assert run("x^3 - 3*x + 1") == run("x**3 - 3*x + 1")


def test_at_prints_the_slope_and_how_the_secant_comes_to_it(run):
    """The secants of x² from 3: 7, 6.1, 6.01, 6.001; and at 1e-14 one digit is left."""
    lines = run("x^2", "--at", "3").splitlines()
    assert "At x = 3:" in lines and "slope = 6.00" in lines
    rows = {words[0]: words[1] for words in map(str.split, lines) if len(words) == 4}
    assert [rows[h] for h in ("1", "0.1", "0.01", "0.001")] == [
        "7",
        "6.1",
        "6.01",
        "6.001",
    ]
    assert abs(float(rows["1e-14"]) - 6) > 0.01
    assert lines[-1].endswith("9 + 6 ε")


def test_a_gap_and_a_pole_are_said_in_a_sentence(run):
    out = run("log(x)")
    assert "No value from x = -3 to 0" in out and "Zeros: x = 1\n" in out
    assert "No value from x = -1 to 1" in run("sqrt(x**2 - 1)")
    assert "Torn (a pole or a jump) at x = -1.570796, 1.570796\n" in run("tan(x)")
    assert "Torn (a pole or a jump) at x = 0\n" in run("1/x")


def test_the_edge_of_a_gap_can_be_a_zero(run):
    assert "Zeros: x = 0\n" in run("sqrt(x)")
    assert "Zeros: x = 0, 0.628319, 1.256637" in run("sqrt(x)*sin(5*x)")
    assert "Zeros: x = 1\n" in run("x*log(x)")  # at 0 it has no value


@pytest.mark.parametrize("text, words", [
    ("abs(x)", "no slope here: left -1.00, right 1.00"),
    ("2*abs(x) + x", "no slope here: left -1.00, right 3.00"),
    ("sqrt(abs(x))", "no slope here"), ("sqrt(x)", "no slope here"),
    ("floor(x)", "no slope here"), ("1e9 + x", "slope = 1.00"),
    ("sin(400*x)", "slope = 400.00"), ("x*abs(x)", "slope = 0.00"),
])  # fmt: skip
def test_a_kink_or_a_cliff_has_no_slope_and_that_is_said(run, text, words):
    lines = run(text, "--at", "0").splitlines()
    assert lines[lines.index("At x = 0:") + 1] == words


def test_level_ground_has_no_critical_point(run):
    assert "Critical points found: none" in run("5")
    assert "x = 0 (flat)" in run("x**3")


def test_words_that_begin_with_minus_are_formulas_and_numbers(run):
    out = run("-x**2", "--range", "-1e0", "1e0", "--at", "-1e-1")
    assert "f(x) = -x**2" in out and "x = 0 (max)" in out and "slope = 0.20" in out
    out = run("-sin(x)", "--range", "-3", "3", "-x")
    assert "f(x) = -sin(x)" in out and "g(x) = -x" in out


def test_several_functions_are_told_apart(run):
    out = run("sin(x)", "--range", "-5", "5", "x**2")
    assert "g'(x) = 2*x" in out
    first, second = out.partition("On g:")[::2]
    assert "On f:\nCritical points found: x = -4.712389 (max)" in first
    assert second.startswith("\nCritical points found: x = 0 (min)")


def test_many_findings_are_not_all_listed(run):
    assert "and 84 more" in run("sin(50*x)")


@pytest.mark.parametrize("words, place", [
    (["(x - 50)**2"], "x = 50 (min)"), (["x**2", "--at", "40"], "slope = 80.00"),
])  # fmt: skip
def test_the_range_is_chosen_so_that_there_is_something_to_see(run, words, place):
    assert place in run(*words)


@pytest.mark.parametrize("words, sentence", [
    (["x**3 - 3*x + 1", "--roll", "2.5"], "rolls from x = 2.5 to x = 1 (min)"),
    (["x**3 - 3*x + 1", "--roll", "-1"], "stays at x = -1 (max)"),
    (["x**3 - 3*x + 1", "--roll", "-2"], "rolls from x = -2 to x = -3 and on"),
    (["x**4 - 4*x^2 + x", "--roll", "-2.4"], "rolls from x = -2.4 to x = -1.472998 (m"),
])  # fmt: skip
def test_the_ball_is_followed_in_a_sentence(run, words, sentence):
    assert f"The ball {sentence}" in run(*words)


def test_a_script_is_replayed_and_its_end_told(run):
    last = run("--script", "left*3 drag:1,0:-2,0").splitlines()[-1]
    x, slope = (float(word) for word in re.findall(r"= (-?[\d.]+)", last))
    assert abs(x + 2) < 0.01 and abs(slope - 9) < 0.1
    out = run("--at", "2.5", "--script", "b wait:9")
    assert out.endswith("to x = 1 (min)\nx = 1: slope = 0.00\n")


# --------------------------------------------------------------------------
# Pictures


def test_the_picture_has_all_that_moves(run, tmp_path):
    for name in ("a.png", "a.svg"):
        assert f"Saved {name}" in run("--save", name)
    assert files(tmp_path) == {"a.png", "a.svg"}
    assert ink(tmp_path / "a.png") > 500
    assert "d55e00" in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_without_a_screen_the_picture_is_saved_where_it_says(
    capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert fe.main(["1/x"]) == 0
    assert "Saved function_explorer.png" in capsys.readouterr().out
    assert files(tmp_path) == {"function_explorer.png"}


@pytest.mark.slow
def test_the_film_shows_the_point_moving(run, tmp_path):
    assert "Saved film.gif" in run("--save", "film.gif")
    with Image.open(tmp_path / "film.gif") as gif:
        shots = [np.asarray(f.convert("RGB")) for f in ImageSequence.Iterator(gif)]
    assert len(shots) > 15 and (shots[0] != shots[-1]).any()
    there = (np.abs(shots[0].astype(int) - VERMILION) < 40).all(axis=2)
    assert there.sum() > 100


# --------------------------------------------------------------------------
# The window


@pytest.fixture
def explorer(monkeypatch):
    """explorer("x**2", …): the window of these functions, which nobody looks at."""
    import matplotlib.pyplot as plt

    plt.style.use(Path(figures.__file__).with_name("house.mplstyle"))
    monkeypatch.setattr(fe.Explorer, "lay_out", without_layout)

    def make(*texts: str, view=(-3.0, 3.0), x=1.2):
        formulas = [parse(text) for text in texts or ["x**3 - 3*x + 1"]]
        curves = [fe.Curve(n, f, f.derivative()) for n, f in zip("fgp", formulas)]
        window = fe.Explorer(plt, curves, view, x)
        window.fig.canvas.draw()
        monkeypatch.setattr(window.fig.canvas, "draw_idle", lambda: None)
        monkeypatch.setattr(window.fig, "draw_artist", lambda artist: None)
        return window

    return make


def press(window, *keys):
    from matplotlib.backend_bases import KeyEvent

    for key in keys:
        KeyEvent("key_press_event", window.fig.canvas, key)._process()


def mouse(window, ax, *points, button=1):
    """Press at the first point, move to the others, release at the last."""
    from matplotlib.backend_bases import MouseEvent

    names = ["button_press", *["motion_notify"] * (len(points) - 1), "button_release"]
    for name, point in zip(names, [*points, points[-1]]):
        x, y = ax.transData.transform(point)
        MouseEvent(f"{name}_event", window.fig.canvas, x, y, button)._process()


def test_a_click_puts_the_tangent_there(explorer, capsys):
    """x³ − 3x + 1 at 2: the height 3, the slope 9; a pixel is 0.014 of x."""
    window = explorer()
    mouse(window, window.F, (2, 5))
    at = window.state.x
    assert abs(at - 2) < 0.01
    slope = 3 * at**2 - 3
    assert window.note.get_text() == f"slope = {slope:.2f}"
    x, y = window.touching.get_data()
    np.testing.assert_allclose(y, at**3 - 3 * at + 1 + slope * (x - at), atol=1e-6)
    np.testing.assert_allclose(window.points[0].get_xydata(), [[2, 3]], atol=0.1)
    np.testing.assert_allclose(window.points[1].get_xydata(), [[2, 9]], atol=0.2)
    assert capsys.readouterr().out == f"x = {at:g}: slope = {slope:.2f}\n"


def test_a_drag_takes_the_tangent_along_on_either_curve(explorer):
    window = explorer()
    mouse(window, window.F, (2, 5), (0, 0), (-1, 3))
    assert window.state.x == pytest.approx(-1, abs=0.01)
    mouse(window, window.D, (0.5, 0), (1.5, 0))
    assert window.state.x == pytest.approx(1.5, abs=0.01)
    mouse(window, window.F, (2, 0), (99, 0))
    assert window.state.x == 3
    mouse(window, window.F, (1, 0), button=3)
    assert window.state.x == 3


def test_while_the_tool_bar_zooms_clicks_are_its_own(explorer):
    window = explorer()
    window.fig.canvas.toolbar = SimpleNamespace(mode="zoom rect")
    mouse(window, window.F, (2, 5))
    assert window.state.x == 1.2


def test_the_knob_turns_the_secant_into_the_tangent(explorer):
    window = explorer()
    gap = []
    for h in (0.5, 1e-3, 1e-7):
        mouse(window, window.E, (h, 1e-3))
        assert window.state.h == pytest.approx(h, rel=0.1)  # a pixel is 8 % of h
        gap.append(np.abs(window.chord.get_ydata() - window.touching.get_ydata()).max())
    assert gap[0] > 1 > 0.1 > gap[1] > 1e-4 > gap[2]
    assert window.heading.get_text().startswith("h = 9.6e-08, off by 3.4e-07")
    mouse(window, window.E, (0.1, 1), (1e-30, 1))
    assert window.state.h == fe.STEPS[0]


def test_the_errors_are_those_of_the_methods(explorer):
    """Forward at 1.2: f'' h/2 = 3.6 h for short steps; central: f''' h²/6 = h²."""
    window = explorer()
    h, forward = window.falls[0].get_data()
    central = window.falls[1].get_ydata()
    fall = (h > 1e-6) & (h < 1e-2)
    np.testing.assert_allclose(forward[fall], 3.6 * h[fall] / 1.32, rtol=0.02)
    fall = (h > 1e-3) & (h < 1e-1)
    np.testing.assert_allclose(central[fall], h[fall] ** 2 / 1.32, rtol=0.02)
    rounded = (h > 1e-15) & (h < 1e-13)
    assert forward[rounded].max() > 1e-3 > forward[np.abs(np.log10(h) + 8) < 1].max()
    press(window, "left")
    assert (window.falls[0].get_ydata() != forward).any()


def test_keys_move_the_point_and_the_step(explorer):
    window = explorer(x=1.0)
    press(window, "right", "right", "left")
    assert window.state.x == pytest.approx(1.06)
    press(window, "shift+left")
    assert window.state.x == pytest.approx(1.054)
    window.stand(x=-1.0)
    h = window.state.h
    press(window, "down", "[", "up")
    assert window.state.h == pytest.approx(h / 10**0.25)
    press(window, *["up"] * 9)
    assert window.state.h == 1
    press(window, *["left"] * 99)
    assert window.state.x == -3
    press(window, "q", "f12", None)
    assert window.state.x == -3


def test_c_goes_from_one_critical_point_to_the_next(explorer):
    window = explorer(x=-2.0)
    stops = []
    for _ in range(3):
        press(window, "c")
        stops.append(round(window.state.x, 9))
    assert stops == [-1, 1, -1]
    empty = explorer("exp(x)")
    press(empty, "c")
    assert empty.state.x == 1.2


def test_critical_points_are_marked_and_named_on_both_curves(explorer):
    window = explorer()
    np.testing.assert_allclose(
        window.marks[0].get_xydata(), [[-1, 3], [1, -1]], atol=1e-9
    )
    np.testing.assert_allclose(
        window.marks[1].get_xydata(), [[-1, 0], [1, 0]], atol=1e-9
    )
    assert [mark.get_text() for mark in window.marks[2:]] == ["max", "min"]
    assert window.F.get_title(loc="left") == "f(x) = x³ − 3x + 1"
    assert window.D.get_title(loc="left") == "f′(x) = 3x² − 3 is 0 at x = −1, 1"


def test_at_a_critical_point_the_errors_fall_and_rise_as_elsewhere(explorer):
    """The slope there is 0, and not what rounding leaves of it."""
    window = explorer("x**4 - 4*x**2 + x", x=2.0)
    press(window, "c")
    for fall in window.falls:
        error = fall.get_ydata()[:40]  # up to h = 6e-7
        assert not ((error > 0) & (error < 1e-11)).any()


def test_where_f_has_no_value_neither_slope_nor_point_is_drawn(explorer):
    window = explorer("log(x)")
    x, slopes = window.lines[1][2].get_data()
    assert np.isnan(slopes[x < 0]).all() and np.isfinite(slopes[x > 0.01]).all()
    window.stand(x=-1.0)
    assert window.note.get_text() == "no value here" and np.isfinite(window.note.xy[1])
    assert window.heading.get_text().startswith("h = ")


def test_a_kink_has_no_tangent(explorer):
    window = explorer("abs(x)", x=2.0)
    press(window, "c")
    assert window.note.get_text() == "no slope here:\nleft -1.00, right 1.00"
    assert np.isnan(window.touching.get_ydata()).all()
    assert window.D.get_title(loc="left") == "f′(x) = sign(x)"


def test_the_title_names_as_many_zeros_as_have_room(explorer):
    window = explorer("sin(x)", view=(-7.0, 7.0))
    title = "f′(x) = cos(x) is 0 at x = −4.71, −1.57, 1.57, 4.71"
    assert window.D.get_title(loc="left") == title
    window = explorer("sin(x) + x/4", view=(-13.0, 13.0))
    assert window.D.get_title(loc="left").endswith("= −10.7, −8.11, …")


def test_n_takes_the_next_function(explorer):
    window = explorer("x**2", "sin(x)")
    assert window.note.get_text() == "slope = 2.40"
    press(window, "n")
    assert window.note.get_text() == "slope = 0.36"
    assert window.D.get_title(loc="left").startswith("g′(x) = cos(x)")
    press(window, "n")
    assert window.note.get_text() == "slope = 2.40"


def test_the_ball_rolls_down_and_can_be_stopped(explorer, capsys):
    window = explorer(x=2.5)
    press(window, "b")
    heights = []
    for _ in range(400):
        heights.append(window.points[0].get_ydata()[0])
        window.tick()
    assert np.all(np.diff(heights) <= 0) and heights[-1] == pytest.approx(-1)
    assert capsys.readouterr().out == "The ball rolls from x = 2.5 to x = 1 (min)\n"
    assert not window.playing and len(window.trail.get_xdata()) == window.frames
    press(window, " ")  # once more
    window.tick()
    press(window, " ")
    held = window.state.x
    window.tick()
    assert 1 < held == window.state.x
    press(window, "left")
    assert window.frames == 1 and len(window.trail.get_xdata()) == 0


def test_space_drops_a_ball_where_there_is_none(explorer, capsys):
    window = explorer(x=0.0)
    press(window, " ")
    assert window.playing and "rolls from x = 0 to x = 1" in capsys.readouterr().out


@pytest.mark.parametrize("text, poles", [
    ("tan(x)", [-np.pi / 2, np.pi / 2]), ("1/x", [0]), ("1/x**2", [0]),
    ("floor(x)", [-2, -1, 0, 1, 2]), ("1/(x**2 - 2)", [-(2**0.5), 2**0.5]),
])  # fmt: skip
def test_no_line_is_drawn_across_a_pole_or_a_jump(text, poles):
    x, y = fe.sampled(parse(text), -3.0, 3.0)
    for pole in poles:
        i = np.searchsorted(x, pole)
        assert np.isnan(y[i - 2 : i + 2]).any()
    assert np.isfinite(y).sum() == fe.SAMPLES


@pytest.mark.parametrize(
    "text", ["abs(x)", "sqrt(abs(x))", "x**3", "exp(5*x)", "sin(99*x)"]
)
def test_a_whole_curve_is_drawn_in_one_line(text):
    _, y = fe.sampled(parse(text), -3.0, 3.0)
    assert np.isfinite(y).all()


def test_poles_do_not_dwarf_the_rest(explorer):
    low, high = explorer("tan(x)").F.get_ylim()
    assert -20 < low < -2 < 2 < high < 20
    low, high = explorer("x**3 - 3*x + 1").F.get_ylim()
    assert low < -17 and 19 < high


def test_zooming_draws_the_curve_anew_with_as_many_points(explorer):
    window = explorer("sin(20*x)")
    window.F.set_xlim(0.0, 0.1)  # as the tool bar does
    x, y = window.lines[0][2].get_data()
    assert len(x) == fe.SAMPLES and x[0] == 0 and x[-1] == pytest.approx(0.1)
    np.testing.assert_allclose(y, np.sin(20 * x))
    assert [round(x, 6) for x, _ in window.turns] == [0.07854]
    press(window, "home")
    assert window.F.get_xlim() == (-3, 3)
    press(window, "+")
    assert window.F.get_xlim() == pytest.approx((-0.9, 2.1))
    window.look(1.2, 1.2 + 3e-9)
    press(window, "+", "+", "+")
    a, b = window.F.get_xlim()
    assert 1e-9 < b - a < 2e-9


def test_the_wheel_zooms_at_the_mouse(explorer):
    from matplotlib.backend_bases import MouseEvent

    window = explorer()
    for step in (1, -1):
        x, y = window.F.transData.transform((2, 0))
        MouseEvent("scroll_event", window.fig.canvas, x, y, step=step)._process()
        if step > 0:
            assert window.F.get_xlim() == pytest.approx((-2, 2.8))
    assert window.F.get_xlim() == pytest.approx((-3, 3))


def test_a_zoom_into_a_gap_shows_nothing_and_lives_on(explorer):
    window = explorer("log(x)")
    window.F.set_xlim(-3, -2)
    window.fit()
    press(window, "left", "b", "home")
    assert window.F.get_xlim() == (-3, 3)


def test_moving_the_point_draws_only_what_moves(explorer, monkeypatch):
    window = explorer()
    drawn = []
    monkeypatch.setattr(window.fig, "draw", lambda *_: drawn.append("all of it"))
    monkeypatch.setattr(window.fig, "draw_artist", drawn.append)
    press(window, "left")
    assert set(drawn) == {*window.moving, *window.marks[2:]}


def test_after_a_resize_everything_has_its_place_again(explorer, monkeypatch):
    from matplotlib.backend_bases import ResizeEvent

    monkeypatch.undo()
    window = explorer()
    before = window.F.get_position().width
    window.fig.set_size_inches(6, 4)
    ResizeEvent("resize_event", window.fig.canvas)._process()
    assert window.F.get_position().width < before


@pytest.mark.parametrize("typed, written", [
    ("x**3 - 3*x + 1", "x³ − 3x + 1"), ("x**-2", "x⁻²"), ("2**x", "2^x"),
    ("2*sin(3*x)*x", "2sin(3x)·x"), ("x**0.5", "x^0.5"), ("log10(x)*2", "log10(x)·2"),
    ("x + " * 20 + "1", "x + " * 9 + "x +…"),
])  # fmt: skip
def test_formulas_are_written_as_on_paper(typed, written):
    assert fe.pretty(typed) == written


def test_slopes_and_places_are_short():
    slopes = [1.32, 5.2, 0, -1e-12, 0.00131, 215_000, -0.5]
    short = ["1.32", "5.20", "0.00", "0.00", "0.0013", "2.2e+05", "-0.50"]
    assert [fe.short(slope) for slope in slopes] == short
    assert [fe.place(x, 6.0) for x in (1 - 1e-12, -1e-13, -1.87938524)] == [
        "1", "0", "-1.879385"]  # fmt: skip


# --------------------------------------------------------------------------
# As a process of its own


def process(*words: str, folder: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(reference("function_explorer")), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.slow
def test_from_another_folder_piped_with_a_console_that_has_no_epsilon(tmp_path):
    child = process("x**2", "--at", "3", "--no-show", folder=tmp_path,
                    PYTHONIOENCODING="cp1252", PYTHONUTF8="0")  # fmt: skip
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0 and "slope = 6.00" in out and not err
    child = process("x.__class__", folder=tmp_path)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 2 and not out and "(column 2)" in err
    assert not files(tmp_path)


@pytest.mark.slow
def test_killed_while_it_saves_it_leaves_the_old_film(tmp_path):
    (tmp_path / "film.gif").write_text("old")
    child = process("--save", "film.gif", folder=tmp_path)
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith("Zeros"):
            break
    time.sleep(1)
    child.kill()
    child.communicate()
    assert (tmp_path / "film.gif").read_text() == "old"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signal to a child")
def test_ctrl_c_ends_it_with_130_and_no_traceback(tmp_path):
    child = process("--save", "film.gif", folder=tmp_path)
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith("Zeros"):
            break
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130 and "Traceback" not in err
    assert not files(tmp_path)


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["__import__('os')"], 'I do not know "__import__"'),
    (["x.__class__"], 'I do not know "." (column 2)'),
    (["9**9**9"], "has no value anywhere from -3 to 3"),
    (["sine(x)"], "did you mean sin? (column 1)"),
    (["x + y"], 'I do not know "y": did you mean x? (column 5)'),
    (["(x + 1"], 'this "(" is never closed (column 1)'),
    (["x + 1)"], 'this ")" has no "(" (column 6)'),
    (["2x"], "to multiply, write 2*x (column 2)"),
    (["-2x"], "to multiply, write 2*x (column 3)"),
    (["x +"], "missing at the end (column 4)"),
    ([""], "the formula is empty"), (["   "], "the formula is empty"),
    (["x" * 2000], "at most 1000 characters"),
    (["sin(" * 90 + "x" + ")" * 90], "too long to be written down"),
    (["x**2", "x +* 2"], "x +* 2: a number or a name is missing"),
    (["x"] * 7, "7 functions are too many: at most six"),
    (["log(x)", "--range", "-3", "-1"], "log(x) has no value anywhere from -3 to -1"),
    (["--range", "3", "-3"], "--range 3 -3 is empty: give the lower end first"),
    (["--range", "2", "2"], "--range 2 2 is empty"),
    (["--range", "1", "1.0000000000000002"], "is empty"),
    (["--range", "1"], "expected 2 arguments"),
    (["--range", "a", "b"], "give a number from"),
    (["--range", "-inf", "inf"], "give a number from"),
    (["--at", "nan"], "give a number from"), (["--at", "two"], "give a number from"),
    (["--at", "5", "--range", "0", "1"], "x = 5 is outside the range from 0 to 1"),
    (["log(x)", "--at", "-1"], "log(x) has no value at x = -1"),
    (["sqrt(x)", "--roll", "-0.5"], "sqrt(x) has no value at x = -0.5"),
    (["--script", "click:1"], "do not understand 'click:1'"),
    (["--save", "film.xyz"], "a picture's name ends in"),
    (["--save", "nowhere/a.png"], "folder"),
    (["--unknown"], "--unknown"), (["--seed", "-1"], "--seed"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)


def test_the_help_shows_how_to_call_it(capsys):
    with pytest.raises(SystemExit) as end:
        fe.main(["--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.count("function_explorer.py") >= 3
