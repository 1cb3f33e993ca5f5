"""Chapter 7 as a program: its commands, pictures, keys, and bad input."""

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
from hypothesis import given, strategies
from judge import close, reference, refuses
from PIL import Image, ImageSequence

import common.data

cf = chapter("curve_fitter")
NIST = common.data.FOLDER / "nist" / "nonlinear"
seeds = strategies.integers(0, 10**6)


@pytest.fixture
def run(program):
    """The chapter's main in an empty folder: exit code and stdout."""
    return partial(program, cf.main)


@pytest.fixture
def says(run):
    """What main prints, without a picture."""
    return lambda *words: run(*words, "--no-show")[1]


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(cf.main, *words)


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def points(path: Path, x: np.ndarray, y: np.ndarray, head: str = "x,y") -> str:
    rows = "".join(f"{a},{b}\n" for a, b in zip(x, y))
    return write(path, f"{head}\n{rows}")


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --------------------------------------------------------------------------
# Commands and pictures


def test_without_a_screen_the_picture_is_saved_where_it_says(
    run, tmp_path, monkeypatch
):
    monkeypatch.delenv("DISPLAY", raising=False)
    code, out = run()
    assert code == 0 and "Saved curve_fitter.png" in out
    assert files(tmp_path) == {"curve_fitter.png"}


def test_the_wave_is_told_with_its_errors_and_what_they_are_worth(says):
    out = says("seattle_weather.csv")
    assert "amplitude = 8.974 ± 0.13" in out and "period = 360.96 ± 0.77" in out
    assert "Chosen by leave-one-out: Sinusoidal (AIC: Sinusoidal, BIC" in out
    assert "Neighbours miss alike (correlation 0.69)" in out
    assert "about 2.3 times as large" in out and "highest about 26 July" in out


def test_the_models_are_those_asked_for(says):
    out = says("auto_mpg.csv", "--x", "weight", "--target", "mpg", "--models",
               "linear,power", "--degree", "4", "--model", "a/(x+b)")  # fmt: skip
    names = re.findall(r"^  (\S.*?): +MSE", out, re.M)
    assert names == ["Linear", "Power", "Degree 4", "a/(x+b)"]
    assert out.count("<- best fit") == 1 and "Loaded 392 readings of mpg" in out
    assert says("auto_mpg.csv", "--degree", "3").count("MSE") == 1
    assert "Cubic" in says("auto_mpg.csv", "--models", "cubic")


def test_a_typed_formula_finds_its_own_start(says, tmp_path, rng):
    x = np.linspace(0, 100, 60)
    y = 7 * np.exp(-0.08 * x) + 3 + rng.normal(0, 0.05, 60)
    file = points(tmp_path / "t.csv", x, y)
    out = says(file, "--model", "a*exp(-b*x)+c", "--models", "linear")
    assert "a*exp(-b*x)+c:  MSE" in out and "<- best fit" in out.splitlines()[4]
    found = dict(re.findall(r"^  ([abc]) = (\S+) ±", out, re.M))
    got = [float(found[name]) for name in "abc"]
    np.testing.assert_allclose(got, [7, 0.08, 3], rtol=0.02)


def test_signs_are_written_as_a_person_would(says, tmp_path):
    x = np.linspace(1, 2, 9)
    file = points(tmp_path / "t.csv", x, np.exp(0.5 * x) - 4)
    out = says(file, "--models", "exponential")
    assert "y(x) = 1*exp(0.5*x) - 4" in out
    out = says(file, "--model", "a*exp(-b*x) - c")
    assert "y(x) = 1*exp(0.5*x) - 4" in out


def test_an_exact_fit_is_no_matter_and_the_simplest_one_wins(says, tmp_path):
    file = points(tmp_path / "t.csv", np.arange(9), 2 * np.arange(9) + 1)
    out = says(file)
    assert re.search(r"Linear: +MSE = \S+  <- best fit", out)
    assert "y(x) = 1 + 2*x" in out


def test_dates_become_days_and_other_columns_are_chosen(says, tmp_path):
    rows = "".join(f"2024-0{1 + i // 28}-{1 + i % 28:02},{i % 7},{i * i}\n"
                   for i in range(60))  # fmt: skip
    file = write(tmp_path / "t.csv", "day,week,square\n" + rows)
    out = says(file, "--models", "linear,quadratic")
    assert "Loaded 60 readings of square" in out and "square(t) = " in out
    out = says(file, "--columns", "week", "--target", "square", "--models", "linear")
    assert "square(x) = " in out


def test_a_single_column_is_taken_in_the_order_of_its_rows(says, tmp_path):
    rows = "\n".join(str(3 * i + 1) for i in range(1, 9))
    out = says(write(tmp_path / "t.csv", "height\n" + rows), "--models", "linear")
    assert "height(x) = 1 + 3*x" in out


def test_rows_with_empty_cells_can_be_left_out(says, bad, tmp_path):
    text = "x,y\n1,2\n2,\n3,6.1\n4,8\n,3\n5,9.9\n"
    file = write(tmp_path / "t.csv", text)
    assert "line 3, column 'y': the cell is empty" in bad(file, "--models", "linear")
    out = says(file, "--drop-missing", "--models", "linear")
    assert "Loaded 4 readings" in out


@pytest.mark.slow
def test_the_same_seed_prints_the_same(says, tmp_path):
    file = points(tmp_path / "t.csv", np.arange(8), np.arange(8) ** 2)
    words = [file, "--model", "a*exp(b*x)+c"]
    assert says(*words, "--seed", "3") == says(*words, "--seed", "3")


def test_overfitting_is_told_in_a_table(says):
    out = says("--overfit")
    assert "Learning from 24 of them; 341 others are kept back." in out
    rows = re.findall(r"^(\d+) +([\d.,]+) +([\d.,]+) +([\d.,]+)$", out, re.M)
    train, test, back = np.array([[float(v.replace(",", "")) for v in row[1:]]
                                  for row in rows]).T  # fmt: skip
    assert len(rows) == 16 and (np.diff(train) <= 0).all()
    assert test.argmin() == 3 and test[-1] > 1000 and back[-1] > 100 * back.min()
    assert "Cross-validation takes degree 3" in out


@pytest.mark.slow
def test_the_scorecard_has_a_line_for_every_set(says):
    lines = says("--nist").splitlines()
    assert len(lines) == 28 and lines[-1] == "27/27 sets with at least 4 digits"
    for line in lines[:-1]:
        assert re.fullmatch(r"\w+ +start 1  digits (\d+\.\d)", line), line


def test_the_scorecard_of_a_folder_of_ones_own(says, tmp_path):
    text = (NIST / "Misra1a.dat").read_text(encoding="utf-8")
    write(tmp_path / "Mine.dat", text)
    out = says("--nist", str(tmp_path))
    assert re.match(r"Mine +start 1  digits \d+\.\d\n1/1 sets with at least 4", out)


@pytest.mark.parametrize("score, p", [(11, [2.0, 3.0]), (2, [2.02, 3.0]), (0, [9, 3])])
def test_digits_are_counted_in_the_worst_parameter(score, p):
    assert cf.digits(np.array(p), np.array([2.0, 3.0])) == pytest.approx(
        score, abs=1e-6
    )


@pytest.mark.slow
def test_pictures_and_films_are_written(run, tmp_path):
    file = points(tmp_path / "t.csv", np.arange(17), np.arange(17) ** 2 % 17)
    code, out = run(file, "--overfit", "--save", "b.gif")
    assert code == 0 and "Saved b.gif" in out
    with Image.open(tmp_path / "b.gif") as gif:
        shots = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(gif)]
    assert len(shots) == 6 and (shots[0] != shots[-1]).any()
    run(file, "--models", "linear", "--script", "home right*5", "--save", "d.svg")
    assert files(tmp_path) == {"t.csv", "b.gif", "d.svg"}


@pytest.mark.slow
def test_as_a_process_of_its_own_it_ends_as_promised(tmp_path):
    """From another folder, piped, on a console without π: 2 for bad input, else 0."""
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    for words, code in ((["none.csv"], 2), (["--no-show"], 0)):
        child = subprocess.run(
            [sys.executable, str(reference("curve_fitter")), *words],
            capture_output=True, encoding="utf-8", cwd=tmp_path, timeout=60, env=env,
        )  # fmt: skip
        assert child.returncode == code and "Traceback" not in child.stderr
    assert "sin(2?*t/361" in child.stdout and not files(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_interrupted_or_killed_it_leaves_no_half_picture(tmp_path):
    whole = tmp_path / "film.gif"
    whole.write_bytes(b"the old one")
    file = points(tmp_path / "t.csv", np.arange(9), np.arange(9) ** 2)
    for number, code in ((signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)):
        child = subprocess.Popen(
            [sys.executable, str(reference("curve_fitter")), file,
             "--save", "film.gif"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
            cwd=tmp_path, env={**os.environ, "MPLBACKEND": "agg"},
        )  # fmt: skip
        for _ in range(600):  # until it writes
            if len(files(tmp_path)) > 2:
                break
            time.sleep(0.05)
        child.send_signal(number)
        _, err = child.communicate(timeout=60)
        assert child.returncode == code and "Traceback" not in err
        assert whole.read_bytes() == b"the old one"
        for part in tmp_path.glob(".film*"):
            part.unlink()  # a kill may leave it


# --------------------------------------------------------------------------
# What is given: the periodogram, and formulas that are typed


def test_the_periodogram_is_least_squares_at_every_frequency(rng):
    """The referee fits 1, sin and cos at some of the frequencies, one by one."""
    x, y = np.sort(rng.uniform(3, 17, 40)), rng.normal(size=40)
    frequencies, share = cf.periodogram(x, y)
    for i in range(3, len(frequencies), 17):
        angle = 2 * np.pi * frequencies[i] * x
        A = np.stack([np.ones(40), np.sin(angle), np.cos(angle)], axis=1)
        left = np.linalg.lstsq(A, y, rcond=None)[1][0] / (40 * y.var())
        close(share[i], 1 - left, f"share at the frequency {frequencies[i]:.4f}", 1e-6)


@given(seed=seeds)
def test_the_periodogram_peaks_at_the_planted_frequency(seed):
    rng = np.random.default_rng(seed)
    n, periods = int(rng.integers(40, 90)), rng.uniform(2, 13)
    x = np.sort(rng.uniform(0, 1, n))
    x = (x - x[0]) / np.ptp(x)
    y = 5 + np.sin(2 * np.pi * periods * x + rng.uniform(0, 6)) + rng.normal(0, 0.3, n)
    frequencies, share = cf.periodogram(x, y)
    got = frequencies[share.argmax()]
    close(got, periods, f"peak of the periodogram, {periods:.2f} periods", 0, 0.3)


def test_a_wave_of_any_length_of_data_is_seen(rng):
    """More points than are taken at a time count as well."""
    x = np.arange(1500.0)
    y = np.sin(2 * np.pi * x / 90) + rng.normal(0, 2, 1500)
    frequencies, share = cf.periodogram(x, y)
    close(1 / frequencies[share.argmax()], 90, "period of a wave in 1,500 points", 0.02)
    angle = 2 * np.pi * frequencies[160] * x
    A = np.stack([np.ones(1500), np.sin(angle), np.cos(angle)], axis=1)
    want = 1 - np.linalg.lstsq(A, y, rcond=None)[1][0] / (1500 * y.var())
    close(share[160], want, "share at one frequency, 1,500 points", 1e-6)


def test_the_parameters_of_a_typed_formula_are_in_order():
    model = cf.typed("b10*x + b2 + b1*x**2")
    got = model.f(np.array([2.0]), np.array([1.0, 10.0, 100.0]))
    close(
        got, [4 + 10 + 200], "typed('b10*x + b2 + b1*x**2').f(2, b1 b2 b10 = 1 10 100)"
    )


def test_a_typed_formula_may_have_two_variables():
    model, x = cf.typed("a*x1*exp(b*x2)", ("x1", "x2")), np.array([[1.0, 2], [0, 1]])
    got = model.gradient(x, np.array([3.0, 1.0]))
    want = [[1, 0], [2 * np.e, 6 * np.e]]
    close(got, want, "gradient of typed('a*x1*exp(b*x2)', ('x1', 'x2'))")


def test_formulas_that_will_not_do_are_refused():
    for text in ("2*x", "a*b", "a*", "__import__('os')", ""):
        refuses(lambda text=text: cf.typed(text), f"typed({text!r})")


# --------------------------------------------------------------------------
# The windows


def press(fig, *keys):
    from matplotlib.backend_bases import KeyEvent

    for key in keys:
        KeyEvent("key_press_event", fig.canvas, key)._process()


@pytest.fixture
def table(rng):
    x = np.linspace(0, 10, 30)
    y = np.sin(x) + rng.normal(0, 0.2, 30)
    return cf.Table(x, y, "x", "y", "readings of y")


@pytest.fixture
def overfit(table, monkeypatch):
    import matplotlib.pyplot as plt

    picture = cf.Overfit(plt, table, cf.report_overfit(table))
    monkeypatch.setattr(picture.fig.canvas, "draw_idle", lambda: None)  # nobody looks
    return picture


def test_the_film_of_learning_begins_flat_and_ends_at_the_best(table):
    import matplotlib.pyplot as plt

    fits, best = cf.report(table, [cf.polynomial(1), cf.sinusoidal()])
    picture = cf.Learning(plt, table)
    film = picture.learn(fits, best)
    film.go(0)
    np.testing.assert_allclose(picture.curve.get_ydata(), 0, atol=1e-12)
    press(picture.fig, "end")
    want = best.model.f(picture.grid, best.p)
    np.testing.assert_allclose(picture.curve.get_ydata(), want, atol=1e-4)
    r = table.y - best.model.f(table.x, best.p)
    np.testing.assert_allclose(picture.misses.get_ydata(), r, atol=1e-4)
    assert "Sinusoidal fits best" in picture.axes[0].get_title(loc="left")
    press(picture.fig, "left")
    assert "learns, step" in picture.axes[0].get_title(loc="left")


def test_arrows_change_the_degree_and_the_ridge(overfit):
    press(overfit.fig, "home", "right", "right")
    assert overfit.film.frame == 2
    assert "Degree 2" in overfit.curves.get_title(loc="left")
    wild = overfit.curves.get_title(loc="left")
    overfit.slider.set_val(-1)
    assert overfit.curves.get_title(loc="left") != wild
    press(overfit.fig, "up", "up", "x")
    assert overfit.slider.val == 0 and overfit.slider.valtext.get_text() == "1"
    for end, key in ((2, "up"), (-8, "down")):
        overfit.slider.set_val(end)
        press(overfit.fig, key)
        assert overfit.slider.val == end
    assert overfit.slider.valtext.get_text() == "0"
    assert overfit.curves.get_title(loc="left") == wild


def test_the_slider_follows_the_mouse(overfit):
    from matplotlib.backend_bases import MouseEvent

    overfit.fig.canvas.draw()
    for name, value in (("press", -6), ("motion_notify", 1), ("release", 1)):
        full = name if name == "motion_notify" else f"button_{name}"
        x, y = overfit.slider.ax.transData.transform((value, 0.5))
        MouseEvent(f"{full}_event", overfit.fig.canvas, x, y, 1)._process()
    assert overfit.slider.val == 1 and overfit.slider.valtext.get_text() == "10"


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["nothing.csv"], "no such file"),
    (["temprature_data.csv"], "did you mean temperature_data.csv?"),
    (["."], "a folder"),
    (["--models", "linear,sinusodal"], "there is no model 'sinusodal'; did you mean "
     "sinusoidal?"),
    (["--models", "zzz"], "known: linear, quadratic, cubic"),
    (["--degree", "0"], "give a whole number from 1 to 30"),
    (["--degree", "two"], "give a whole number from 1 to 30"),
    (["--target", "temp_mx"], "did you mean temp_max?"),
    (["--target", "weather"], "line 2, column 'weather': 'drizzle' is not a finite"),
    (["--x", "weather"], "line 2, column 'weather': 'drizzle' is not a finite"),
    (["--x", "dat"], "no column 'dat'; did you mean date?"),
    (["--model", "2*x"], "there is no parameter to fit, such as a in a*x"),
    (["--model", "a+b"], "there is no x in it"),
    (["--model", "a*"], "(column 3)"),
    (["--model", "a*__import__('os')"], "(column"),
    (["--model", "a*exp(exp(exp(exp(x))))"], "not a finite number at any start"),
    (["--models", "power"], "the power model needs x above 0, and x = 0"),
    (["penguins.csv", "--target", "body_mass_g"], "the cell is empty"),
    (["--nist", "nowhere"], "no such file"),
    (["--nist", "."], "there are no .dat files"),
    (["--save", "film.xyz"], "a picture's name ends in"),
    (["--script", "click:a"], "I do not understand"),
    (["--unknown"], "--unknown"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)


@pytest.mark.parametrize("text, sentence", [
    ("", "t.csv: "),
    ("x,y\n", "no row of data"),
    ("x,y\n1,2\n", "column 'y' is constant"),
    ("x,y\n1,2\n2,5\n", "Quadratic: 3 parameters need 3 points; there are 2"),
    ("x,y\n1,2\n2,5\n3,7\n", "Sinusoidal: 4 parameters need 4 points; there are 3"),
    ("x,y\n1,5\n2,5\n4,5\n7,5\n", "column 'y' is constant: there is nothing to fit"),
    ("x,y\n3,1\n3,2\n3,4\n3,7\n", "all x are equal"),
    ("a,b\nu,v\nw,z\n", "t.csv: there is no column of numbers"),
    ("a,b\n1,1e300\n2,-1e300\n3,2\n4,7\n", "'b' has numbers beyond ±1e50"),
    ("x,y\n1,2\n3,k\n5,6\n7,8\n9,1\n2,2\n", "line 3, column 'y': 'k'"),
    ("x,y\n1,2\n3,inf\n5,6\n", "line 3, column 'y': 'inf'"),
    ("day,y\n" + "2024-01-01,2\n" * 9 + "2024-13-45,3\n", "line 11, column 'day': "
     "'2024-13-45' is no date; write it as 2012-12-31"),
    ("x,y\n1,2\n3,4,5\n", "line 3: 3 cells"),
])  # fmt: skip
def test_a_bad_table_gets_one_sentence(bad, text, sentence, tmp_path):
    assert sentence in bad(write(tmp_path / "t.csv", text))
    assert files(tmp_path) == {"t.csv"}


def test_too_few_rows_to_overfit_get_one_sentence(bad, tmp_path):
    file = points(tmp_path / "t.csv", np.arange(9), np.arange(9) ** 2)
    assert "--overfit needs 16 rows at least; there are 9" in bad(file, "--overfit")


@pytest.mark.parametrize("old, new", [
    ("y = b1*(1-exp[-b2*x])", "no formula"), ("(lines 61 to 74)", "somewhere"),
    ("10.07E0      77.6E0", "ten      77.6E0"), ("10.07E0      77.6E0", "10.07E0"),
])  # fmt: skip
def test_a_damaged_problem_of_nist_gets_one_sentence(bad, old, new, tmp_path):
    text = (NIST / "Misra1a.dat").read_text(encoding="utf-8")
    assert text.count(old) == 1
    write(tmp_path / "Bad.dat", text.replace(old, new))
    assert "Bad.dat: this is no nonlinear problem of NIST" in bad(
        "--nist", str(tmp_path)
    )
