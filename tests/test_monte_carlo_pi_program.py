"""Chapter 9 as a program: its commands, pictures, keys, and bad input."""

import math
import os
import re
import signal
import subprocess
import sys
import time
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from PIL import Image, ImageSequence
from scipy import stats

from common import console

mc = chapter("monte_carlo_pi")


@pytest.fixture
def run(program):
    """The chapter's main in an empty folder: exit code and stdout."""
    return partial(program, mc.main)


@pytest.fixture
def says(run, monkeypatch):
    """What main prints; no picture is drawn, and 40 runs must do, not 400."""
    whole = mc.errors_of_runs
    for name in ("draw_stage", "LiveDarts", "draw_integrand", "draw_needles"):
        getattr(mc, name)  # the chapter is loaded when first used
        monkeypatch.setattr(mc._module, name, lambda *_: None)
    few = lambda ns, runs, rng: whole(ns, runs // 10, rng)  # noqa: E731
    monkeypatch.setattr(mc._module, "errors_of_runs", few)
    return lambda *words: run(*words, "--no-show")[1]


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(mc.main, *words)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# --------------------------------------------------------------------------
# Darts


def test_the_transcript_has_its_lines(says):
    out = says("1000000")
    assert (
        "Running Monte Carlo simulation with 1,000,000 darts...\n\nProgress:\n" in out
    )
    line = r"^  ([\d,]+) darts: π ≈ (\d\.\d+) \(error: (\d+\.\d+)%\)$"
    found = re.findall(line, out, re.M)
    assert [darts for darts, _, _ in found] == ["1,000", "10,000", "100,000",
                                                "1,000,000"]  # fmt: skip
    for _, estimate, error in found:
        off = 100 * abs(float(estimate) / math.pi - 1)
        assert abs(off - float(error)) < 0.03
    assert "\nTrue π = 3.14159265...\n" in out


def test_the_help_names_every_part_with_examples(capsys):
    with pytest.raises(SystemExit) as end:
        mc.main(["--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0 and out.count("monte_carlo_pi.py") >= 3
    for word in ("--integrand", "--range", "--race", "--coverage", "--buffon", "--ball",
                 "--seed", "--save", "--no-show", "--script"):  # fmt: skip
        assert word in out


def test_a_number_of_darts_is_written_in_many_ways(says):
    a, b, c = (says(n) for n in ("10000", "1e4", "10**4"))
    assert a == b == c and "10,000 darts: π ≈ 3." in a


def test_few_darts_or_one_are_darts_too(says):
    out = says("1")
    assert (
        "\n  1 dart: π ≈ " in out and "Standard error, from the hits alone: 0\n" in out
    )
    assert "\n  42 darts: π ≈ " in says("42")


def test_the_first_darts_of_a_seed_are_the_same_however_many_follow(says):
    few, many = says("10000"), says("300000")
    lines = [line for line in few.splitlines() if " darts: " in line]
    assert len(lines) == 2 and all(line in many.splitlines() for line in lines)


def test_the_same_seed_prints_the_same(says):
    runs = [says("5000", "--seed", seed) for seed in ("4", "4", "5")]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize("seed, verdict", [
    ("0", "it holds π"), ("83", "it misses π, as 5 of 100 do"),
])  # fmt: skip
def test_the_interval_says_whether_it_holds_pi(says, seed, verdict):
    out = says("2000", "--seed", seed)
    low, high = map(float, re.findall(r"interval: ([\d.]+) to ([\d.]+);", out)[0])
    assert (low <= math.pi <= high) == ("holds" in verdict) and verdict in out


def test_what_is_said_of_the_power_is_near_one_half(run):
    out = run("1000", "--no-show")[1]
    power = float(re.findall(r"to the power (-?[\d.]+) ±", out)[0])
    assert abs(power + 0.5) < 0.03


# --------------------------------------------------------------------------
# What the given parts promise


@pytest.mark.parametrize("n", [1, 500, 32_768, 32_769, 100_000])
def test_the_fast_count_is_the_plain_one_of_the_same_darts(n):
    points = mc.throw_bits(n, generator(n)) / 2**31
    assert mc.count_fast(n, generator(n)) == mc.inside_circle(points).sum()


def test_fast_darts_too_fall_everywhere_alike():
    points = mc.throw_bits(40_000, generator(1)) / 2**31
    counts = np.histogram2d(*points.T, bins=8, range=[(-1, 1)] * 2)[0]
    assert stats.chisquare(counts.ravel()).pvalue > 0.001
    for values in points.T:
        assert stats.kstest(values, stats.uniform(-1, 2).cdf).pvalue > 0.001


def test_the_thrower_throws_the_darts_of_its_streams():
    """The first block is the first stream's, the second the second's, and so on."""
    n = 3 * mc.BLOCK + 100
    parts = [mc.BLOCK] * 3 + [100] + [0] * 4
    want = sum(map(mc.count_fast, parts, mc.streams(generator(3))))
    assert mc.Thrower(generator(3)).hits(n) == want


@pytest.mark.parametrize("cores", [None, 1, 3, 64])
def test_the_estimate_does_not_depend_on_the_machine(monkeypatch, cores):
    n = 1_000_003
    want = mc.estimate_pi(n, generator(2))
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert mc.estimate_pi(n, generator(2)) == want


def test_running_and_single_estimate_are_the_same():
    n = 700_000
    *_, (_, last) = mc.running_estimate(n, generator(6), 123_457)
    assert last == mc.estimate_pi(n, generator(6))


def test_ten_million_darts_take_a_few_megabytes():
    tracemalloc.start()
    mc.estimate_pi(10**7, generator())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10e6


def test_an_error_bar_has_no_digits_that_mean_nothing():
    assert mc.bar95(3.14159265, 0.001) == "3.1416 ± 0.002"
    assert mc.bar95(0.74682413, 0.00021) == "0.74682 ± 0.00041"
    assert mc.bar95(123456.789, 1000) == "123500 ± 2e+03"
    assert mc.bar95(2.0, 0.0) == "2 ± 0"


# --------------------------------------------------------------------------
# The other commands


def test_an_integral_is_printed_with_its_error_bar(says):
    """scipy: ∫ exp(−x²) from 0 to 1 is 0.7468241."""
    out = says("--integrand", "exp(-x**2)", "--range", "0", "1")
    assert "∫ exp(-x**2) dx from 0 to 1, 1,000,000 random points:" in out
    value, half = map(float, re.findall(r"  ([\d.]+) ± ([\d.]+)  \(95 %\)", out)[0])
    assert abs(value - 0.7468241) < 2 * half and half < 5e-4
    assert "believe" not in out


@pytest.mark.parametrize("ends, want", [
    (("0", "pi"), 2), (("pi", "0"), -2), (("-1", "1"), 0), (("pi/2", "pi"), 1)
])  # fmt: skip
def test_ends_may_be_negative_reversed_or_written_with_pi(says, ends, want):
    out = says("20000", "--integrand", "sin(x)", "--range", *ends)
    value, half = map(float, re.findall(r"  (-?[\d.e-]+) ± ([\d.e-]+)  ", out)[0])
    assert abs(value - want) < 2.1 * half


@pytest.mark.parametrize("integrand", ["1/x", "1/sqrt(x)", "1/x**2"])
def test_an_integral_that_does_not_exist_is_not_believed(says, integrand):
    for seed in range(5):
        out = says("50000", "--integrand", integrand, "--seed", str(seed))
        assert "do not believe the error bar" in out and "if it exists at all" in out


@pytest.mark.parametrize("integrand", ["x", "2", "log(x)", "sqrt(x)", "exp(10*x)"])
def test_an_integral_that_exists_is_not_suspected(says, integrand):
    for seed in range(5):
        assert "believe" not in says("9", "--integrand", integrand, "--seed", str(seed))


@pytest.mark.slow
def test_the_race_prints_slopes_with_their_deviation(says):
    out = says("--race")
    powers = dict(
        re.findall(r"^(\w+(?: ratio)?) .* (-\d\.\d\d) ± \d\.\d\d ", out, re.M)
    )
    assert list(powers) == ["darts", "integral", "antithetic", "golden ratio",
                            "stratified"]  # fmt: skip
    want = [-0.5, -0.5, -0.5, -0.94, -1.45]
    assert np.abs(np.array([float(p) for p in powers.values()]) - want).max() < 0.08


def test_coverage_prints_a_row_for_each_number_of_darts(says):
    rows = re.findall(r"^([\d,]+) +([\d.]+) % +([\d.]+) %$", says("--coverage"), re.M)
    assert [row[0] for row in rows] == ["5", "10", "20", "50", "100", "1,000"]
    assert float(rows[0][1]) < 76 and 92 < float(rows[0][2]) < 98
    assert 92.5 < float(rows[-1][1]) < 97.5


def test_needles_give_pi(says):
    out = says("--buffon", "200000")
    value, half = map(float, re.findall(r"π ≈ ([\d.]+) ± ([\d.]+) ", out)[0])
    assert abs(value - math.pi) < 2.1 * half and "that is 2 / π:" in out


def test_the_ball_vanishes_in_its_cube(says):
    rows = re.findall(r"^(\d+) +([\d.e-]+) % +(.+?)  +([\d.e-]+)$",
                      says("--ball", "40", "20000"), re.M)  # fmt: skip
    assert rows[0][:3] == ("1", "100", "2 ± 0") and rows[-1][:3] == (
        "40",
        "0",
        "no hit",
    )
    assert len(rows) == 12 and rows[-1][3] == "3.605e-09"
    assert "3  " in says("--ball", "3", "5000")


# --------------------------------------------------------------------------
# Pictures and keys


def history(n: int, seed: int) -> list[tuple[int, float]]:
    return list(mc.estimates(mc.looks(n), generator(seed)))


@pytest.fixture
def film(monkeypatch):
    """The film of 20,000 darts."""
    import matplotlib.pyplot as plt

    fig, _ = plt.subplot_mosaic("DR;DE")
    monkeypatch.setattr(fig.canvas, "draw_idle", lambda: None)  # nobody looks
    return mc.LiveDarts(fig, history(20_000, 0), 0)


def press(film, *keys):
    from matplotlib.backend_bases import KeyEvent

    for key in keys:
        KeyEvent("key_press_event", film.fig.canvas, key)._process()


def test_the_darts_that_are_drawn_are_those_that_are_counted(film):
    press(film, "end")
    drawn = len(film.hit.get_xdata()), len(film.missed.get_xdata())
    assert sum(drawn) == mc.DOTS == len(film.points)
    *_, (_, estimate) = mc.estimates([mc.DOTS], generator(0))
    assert drawn[0] == round(mc.DOTS * estimate / 4)


def test_blue_is_inside_and_red_is_outside(film):
    from common.figures import COLOURS

    for line, colour, inside in ((film.hit, COLOURS[0], True),
                                 (film.missed, COLOURS[1], False)):  # fmt: skip
        radius = np.hypot(*line.get_data())
        assert line.get_color() == colour and ((radius <= 1) == inside).all()


def test_darts_fall_from_frame_to_frame(film):
    seen = []
    for frame in range(film.frames):
        film.go(frame)
        seen.append(len(film.hit.get_xdata()) + len(film.missed.get_xdata()))
        assert f"of {int(film.way.get_xdata()[-1]):,} darts hit" in (
            film.square.get_title(loc="left")
        )
    assert seen == sorted(seen) and seen[0] < 5 and film.way.get_xdata()[-1] == 20_000
    assert 25 < film.frames < 60


def test_n_throws_anew_and_keeps_the_former_run_in_grey(film):
    press(film, "end")
    before, lines = film.way.get_ydata().copy(), len(film.right.lines)
    press(film, "n", "n")
    assert film.seed == 2 and film.frame == 0 and film.playing
    assert len(film.right.lines) == lines + 2
    grey = film.right.lines[lines].get_ydata()
    np.testing.assert_array_equal(grey, before)
    press(film, "end")
    assert film.way.get_ydata()[-1] == history(20_000, 2)[-1][1]
    cut_short = film.right.lines[lines + 1].get_ydata()  # N at its first frame
    np.testing.assert_array_equal(cut_short, [e for _, e in history(20_000, 1)])


def test_arrows_step_and_other_keys_do_nothing(film):
    press(film, "home", "right", "right", "left", "x")
    assert film.frame == 1 and not film.playing


def test_the_band_is_that_of_the_standard_error(run, monkeypatch):
    shown = []
    monkeypatch.setattr("common.figures.finish", lambda o, fig, film: shown.append(fig))
    run("5000")
    _, right, below = shown[0].axes
    edges = right.collections[0].get_paths()[0].vertices
    at_end = edges[edges[:, 0] == edges[:, 0].max(), 1]
    want = 1.959964 * mc.standard_error(math.pi, 5000)
    assert abs(at_end.max() - math.pi - want) < 1e-9
    x, y = below.lines[0].get_data()
    np.testing.assert_allclose(y * np.sqrt(x), 1.6422, rtol=1e-3)  # the 1/√n line


def test_without_a_screen_the_picture_is_saved_where_it_says(
    run, tmp_path, monkeypatch
):
    monkeypatch.delenv("DISPLAY", raising=False)
    code, out = run("2000")
    assert code == 0 and "Saved monte_carlo_pi.png" in out
    assert files(tmp_path) == {"monte_carlo_pi.png"}


@pytest.mark.slow
def test_a_script_presses_the_keys_before_the_picture(run, tmp_path):
    for name, script in (("a.png", "left"), ("b.png", "n n end")):
        run("3000", "--script", script, "--save", name)
    with Image.open(tmp_path / "a.png") as a, Image.open(tmp_path / "b.png") as b:
        assert (np.asarray(a) != np.asarray(b)).any()


@pytest.mark.slow
def test_the_film_is_written(run, tmp_path):
    code, out = run("4", "--save", "darts.gif")
    assert code == 0 and "Saved darts.gif" in out
    with Image.open(tmp_path / "darts.gif") as gif:
        shots = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(gif)]
    assert len(shots) == 4 and (shots[0] != shots[-1]).any()


@pytest.mark.slow
@pytest.mark.parametrize("words", [
    ["--race"], ["--coverage"], ["--buffon", "1000"], ["--ball", "9", "1000"],
    ["--integrand", "1/x", "500"], ["--integrand", "2", "--range", "-3", "-1", "500"],
    ["--integrand", "0*x", "500"], ["1"], ["2"],
])  # fmt: skip
def test_every_command_draws_its_picture(run, words, tmp_path):
    code, out = run(*words, "--save", "a.png")
    assert code == 0 and out.endswith("Saved a.png\n")
    with Image.open(tmp_path / "a.png") as picture:
        assert np.asarray(picture.convert("L")).std() > 5


def test_a_run_killed_while_it_saves_leaves_the_old_picture(run, tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    def killed(fig, path, *_, **__):
        Path(path).write_bytes(b"half")
        raise KeyboardInterrupt

    (tmp_path / "a.png").write_bytes(b"old")
    monkeypatch.setattr(Figure, "savefig", killed)
    with pytest.raises(KeyboardInterrupt):
        run("500", "--save", "a.png")
    assert (tmp_path / "a.png").read_bytes() == b"old" and files(tmp_path) == {"a.png"}


# --------------------------------------------------------------------------
# Long runs


def test_a_long_run_says_how_long_it_will_take():
    said = mc.patience(10**13)
    assert re.fullmatch(r"  \([\d,]+ million a second: about [\d,.]+ hours; Ctrl-C "
                        r"stops\)\n", said)  # fmt: skip
    assert " minutes; " in mc.patience(2 * 10**9)


@pytest.mark.parametrize("words, known", [
    (["10**13"], r"π ≈ 3\.\d+ ± [\d.]+"),
    (["10**13", "--integrand", "x"], r"integral ≈ 0\.\d+ ± [\d.]+"),
    (["10**13", "--buffon"], r"share ≈ 0\.\d+ ± [\d.]+"),
])  # fmt: skip
def test_an_interrupted_run_says_what_it_knows(capsys, monkeypatch, words, known):
    def interrupted(steps):
        for i, step in enumerate(steps):
            if i == 60:
                raise KeyboardInterrupt
            yield step

    for name in ("estimates", "running_mean"):
        whole = getattr(mc, name)
        monkeypatch.setattr(
            mc._module, name, lambda *a, whole=whole: interrupted(whole(*a))
        )
    with pytest.raises(SystemExit) as end:
        console.run(lambda: mc.main(words))
    out, err = capsys.readouterr()
    assert end.value.code == 130 and not err.strip()
    assert re.search(rf"\nStopped after [\d,]+ of 10,000,000,000,000: {known}\n$", out)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a child there has no Ctrl-C")
def test_ctrl_c_ends_a_run_of_hours_at_once(tmp_path):
    child = subprocess.Popen(
        [sys.executable, str(reference("monte_carlo_pi")), "10**13"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", cwd=tmp_path,
        env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    out = ""
    while "10,000,000 darts" not in out:
        out += child.stdout.readline()
    began = time.monotonic()
    child.send_signal(signal.SIGINT)
    rest, err = child.communicate(timeout=60)
    assert child.returncode == 130 and "Traceback" not in err
    assert " hours; Ctrl-C stops)" in out and "Stopped after" in rest
    assert time.monotonic() - began < 10 and not files(tmp_path)


@pytest.mark.slow
def test_as_a_process_of_its_own_it_ends_as_promised(tmp_path):
    """From another folder, piped, without a screen, on a console that has no π."""
    for words, code in ((["abc"], 2), (["1000", "--no-show"], 0)):
        child = subprocess.run(
            [sys.executable, str(reference("monte_carlo_pi")), *words],
            capture_output=True, encoding="cp1252", cwd=tmp_path, timeout=60,
            env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        )  # fmt: skip
        assert child.returncode == code and "Traceback" not in child.stderr
    assert "1,000 darts: ? ? 3." in child.stdout and not child.stderr
    assert not files(tmp_path)


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["-5"], "give a whole number from 1 to 1e+18, not '-5'"),
    (["0"], "give a whole number from 1"),
    (["abc"], "not 'abc'"),
    (["1.5"], "not '1.5'"),
    (["1,000"], "not '1,000'"),
    (["inf"], "not 'inf'"),
    (["nan"], "not 'nan'"),
    (["10**400"], "not '1e400'"),
    (["10", "20"], "20"),
    (["--race", "1000"], "leave out 1000"),
    (["--coverage", "7"], "leave out 7"),
    (["--race", "--coverage"], "not allowed with"),
    (["--range", "0", "1"], "--range belongs to --integrand"),
    (["--integrand", "x", "--range", "0"], "--range"),
    (["--integrand", "x", "--range", "0", "b"], "'b' is no number such as 2.5 or pi/2"),
    (["--integrand", "x", "--range", "0", "inf"], "'inf' is no number such as"),
    (["--integrand", "x", "--range", "2", "2"], "two different ends"),
    (["--integrand", "x", "1"], "an error bar 2 points"),
    (["--integrand", "x", "--range", "0", "1/0"], "a huge one"),
    (["--integrand", ""], "the formula is empty"),
    (["--integrand", "x +"], "(column 4)"),
    (["--integrand", "y"], "did you mean x?"),
    (["--integrand", "__import__('os')"], "I do not know"),
    (["--integrand", "log(x)", "--range", "-1", "1"], "no value, or a huge one, at x"),
    (["--integrand", "exp(1000*x)"], "no value, or a huge one, at x = "),
    (["--integrand", "sqrt(x - 1)"], "no value, or a huge one, at x = "),
    (["--ball", "0"], "give a whole number from 1 to 100"),
    (["--ball", "101"], "not '101'"),
    (["--buffon", "1"], "none, or all, of the needles lie across"),
    (["--buffon", "9", "--save", "a.gif"], "does not move"),
    (["--save", "a.xyz"], "a picture's name ends in"),
    (["--save", "nowhere/a.png"], "folder"),
    (["--script", "n*x"], "I do not understand"),
    (["--seed", "-1"], "--seed"),
    (["--unknown"], "--unknown"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)
