"""Chapter 12 as a program: its commands, pictures, window, keys, and bad input."""

import math
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from PIL import Image, ImageSequence
from scipy import stats

from common import console

dv = chapter("distribution_visualizer")


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """The chapter's main in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        return dv.main(list(words)), *capsys.readouterr()

    return call


@pytest.fixture
def says(run):
    """What these commands print; no picture is drawn."""

    def call(commands: str, *words: str) -> str:
        code, out, err = run("-c", commands, "--no-show", *words)
        assert (code, err) == (0, "")
        return out

    return call


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(dv.main, *words)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def lab_after(*lines: str):
    """The state after these commands."""
    state = dv.Lab(dv.BELL, np.random.default_rng(0))
    for line in lines:
        state, _ = dv.run_command(state, line)
    return state


# --------------------------------------------------------------------------
# Commands


def test_the_transcript_has_its_lines(says):
    out = says("normal 0 1; sample 10000; clt 30")
    assert out.startswith("Mean: 0.0, Std: 1.0, Skew: 0.0\n")
    mean, std = re.findall(r"^Sample mean: (\S+), Sample std: ([\d.]+)", out, re.M)[0]
    assert abs(float(mean)) < 0.04 and abs(float(std) - 1) < 0.03
    assert "Means of n numbers of uniform 0 1, 10,000 times each:\n" in out
    assert "Result looks perfectly normal" in out


def test_the_help_has_examples_and_the_seed(capsys):
    with pytest.raises(SystemExit) as end:
        dv.main(["--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0 and out.count("distribution_visualizer.py") >= 3
    for word in ("-c", "--seed", "--save", "--no-show", "--script"):
        assert word in out


@pytest.mark.parametrize("line, want", [
    ("poisson 4", "Mean: 4.0, Std: 2.0, Skew: 0.5"),
    ("Exponential 0.5", "Mean: 2.0, Std: 2.0, Skew: 2.0"),
    ("binomial 100 0.5", "Mean: 50.0, Std: 5.0, Skew: 0.0"),
    ("t 2", "Mean: 0.0, Std: infinite, Skew: does not exist"),
    ("cauchy 0 1", "Mean: does not exist, Std: does not exist, Skew: does not exist"),
    ("bernoulli 1", "Mean: 1.0, Std: 0.0, Skew: does not exist"),
    ("geometric 0.25", "Mean: 4.0, Std: 3.464, Skew: 2.021"),
])  # fmt: skip
def test_a_name_tells_mean_std_and_skew(says, line, want):
    assert says(line) == want + "\n"


def test_twelve_families_are_offered_and_answer(says):
    assert len(dv.FAMILIES) == 12
    words = {"mean": 0.5, "n": 9, "p": 0.4, "b": 2}
    for name, rules in dv.FAMILIES.items():
        line = " ".join([name, *(str(words.get(rule.name, 1)) for rule in rules)])
        out = says(f"{line}; sample 300; relate; audit 300; area 0 1")
        assert "Sample mean: " in out and "found" in out and "P(0 ≤ X ≤ 1) = " in out


@pytest.mark.parametrize("commands, want", [
    ("area -1.96 1.96", stats.norm.cdf(1.96) - stats.norm.cdf(-1.96)),
    ("area 8 9", stats.norm.sf(8) - stats.norm.sf(9)),
    ("poisson 4; area 3 5", stats.poisson(4).cdf(5) - stats.poisson(4).cdf(2)),
    ("binomial 10 0.5; area 5 5", 252 / 1024),
    ("uniform 0 4; area 1 1", 0.0),
    ("uniform 0 4; area 2 1", 0.25),
])  # fmt: skip
def test_an_area_is_a_probability(says, commands, want):
    got = float(re.findall(r"X ≤ [\d.]+\) = (\S+)", says(commands))[0])
    assert got == pytest.approx(want, rel=1e-5, abs=1e-15)


@pytest.mark.parametrize("parent", ["normal 1e6 0.001", "geometric 1e-6", "beta 900 2",
                                    "poisson 1e5", "gamma 0.01 1", "chi2 0.02",
                                    "bernoulli 1e-5", "uniform -1e6 1e6"])  # fmt: skip
def test_means_of_extreme_parents_are_told_too(says, parent):
    assert "M(1) of the standardised mean" in says(f"clt 3 {parent}; {parent}")


def test_relations_are_listed_with_their_gap(says):
    out = says("binomial 100 0.03; relate")
    gap = float(re.findall(r"^X +poisson 3 +(\S+)$", out, re.M)[0])
    assert 0 < gap < 100 * 0.03**2
    assert re.search(r"^X \+ 1/2 +normal 3 1.70587", out, re.M)
    assert re.search(r"^2 rate X +chi2 6 +0$", says("gamma 3 1; relate"), re.M)


def test_means_of_cauchy_numbers_never_become_a_bell(says):
    out = says("clt 100 cauchy 0 1")
    assert "No std, so no bell: a mean of many is as wild as a single number." in out
    far = [float(v) for v in re.findall(r"(0\.\d{3})$", out, re.M)]
    assert len(far) == 6 and min(far) > 0.05


def test_means_of_skewed_numbers_take_longer(says):
    assert "Not yet a bell" in says("clt 5 exponential 1")
    assert "Not yet a bell" in says("clt 30 gamma 0.1 1")
    rows = re.findall(r"^(\d+) +([\d.]+) +([\d.]+) ", says("clt 64 chi2 1"), re.M)
    assert rows[0][0] == "1" and rows[-1][0] == "64"
    for _, std, hope in rows:
        assert float(std) == pytest.approx(float(hope), rel=0.06)


@pytest.mark.parametrize("kind", ["wide", "tail", "pairs", "power"])
def test_an_audit_catches_each_sabotage_and_tells_the_truth_after(says, kind):
    out = says(f"exponential 2; sabotage {kind}; audit 30000")
    assert f"The truth: sabotage {kind}: {dv.SPOILS[kind]}." in out
    assert "Caught!" in out and "<--" in out


def test_sabotage_is_secret_and_can_be_taken_back(says):
    out = says("sabotage")
    assert "spoilt" in out and not any(f" {kind}" in out for kind in dv.SPOILS)
    kinds = set()
    for seed in range(12):
        state = dv.Lab(dv.BELL, np.random.default_rng(seed))
        kinds.add(dv.run_command(state, "sabotage")[0].spoilt)
    assert kinds == set(dv.SPOILS)
    out = says("sabotage tail; sabotage off; audit")
    assert "Passed: 10,000 numbers show nothing that chance does not do." in out


def test_what_is_not_caught_stays_secret(says):
    out = says("sabotage wide; audit 100")
    assert "Passed: 100 numbers" in out and "wide" not in out


def test_a_spoilt_sampler_stays_spoilt_for_other_shapes():
    state = lab_after("sabotage wide", "poisson 3", "sample 10", "audit 200")
    assert state.spoilt == "wide" and state.f.name == "poisson"


def test_a_spoilt_sampler_takes_no_more_than_it_can_search(bad):
    said = bad("-c", "sabotage tail; sample 200000")
    assert "give a whole number from 1 to 100,000" in said


def test_the_same_seed_prints_the_same(says):
    runs = [says("t 3; sample 100; clt 5", "--seed", seed) for seed in ("4", "4", "5")]
    assert runs[0] == runs[1] != runs[2]


def test_help_lists_all_commands(says):
    out = says("help")
    for word in ("sample <n>", "clt <n>", "relate", "audit", "sabotage", "quit"):
        assert word in out


# --------------------------------------------------------------------------
# Pictures


@pytest.mark.slow
def test_without_a_window_the_last_picture_is_saved(run, tmp_path):
    code, out, _ = run("-c", "poisson 4; sample 500")
    assert code == 0 and "Saved distribution_visualizer.png" in out
    assert files(tmp_path) == {"distribution_visualizer.png"}


def test_with_no_show_nothing_is_written(run, tmp_path):
    assert run("-c", "normal 0 1", "--no-show")[0] == 0 and not files(tmp_path)


@pytest.mark.slow
def test_the_film_of_means_moves(run, tmp_path):
    run("-c", "clt 4", "--save", "clt.gif", "--no-show")
    with Image.open(tmp_path / "clt.gif") as film:
        frames = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(film)]
    assert len(frames) >= 4 and (frames[0] != frames[2]).any()


def test_what_does_not_move_is_no_film(bad, tmp_path):
    assert "does not move" in bad("-c", "normal 0 1", "--save", "a.gif")
    assert not files(tmp_path)


@pytest.fixture
def desk(monkeypatch):
    """The window, drawn by nobody."""
    import matplotlib.pyplot as plt

    monkeypatch.setattr("matplotlib.backends.backend_agg.FigureCanvasAgg.draw_idle",
                        lambda _: None)  # fmt: skip
    return dv.Desk(plt.figure(), dv.Lab(dv.BELL, np.random.default_rng(0)))


def press(desk, *keys):
    from matplotlib.backend_bases import KeyEvent

    for key in keys:
        KeyEvent("key_press_event", desk.fig.canvas, key)._process()


def title(desk) -> str:
    return desk.top.get_title(loc="left") or desk.top.get_title()


def test_density_stands_above_the_cdf(desk):
    desk.run(None, "gamma 2 1")
    x, y = desk.top.lines[0].get_data()
    np.testing.assert_allclose(y, stats.gamma(2).pdf(x), atol=1e-9)
    np.testing.assert_allclose(desk.below.lines[0].get_ydata(), stats.gamma(2).cdf(x))
    assert title(desk) == "gamma 2 1: mean 2.0, std 1.414, skew 1.414"
    assert desk.top.get_position().y0 > desk.below.get_position().y0


def test_a_mass_is_drawn_as_lines(desk):
    desk.run(None, "poisson 4")
    k, f = desk.top.lines[0].get_data()
    np.testing.assert_allclose(f, stats.poisson(4).pmf(k), atol=1e-12)
    assert desk.top.get_ylabel() == "mass f(k)"


def test_the_bars_of_a_sample_have_the_area_of_their_share(desk):
    for line in ("normal 0 1", "poisson 4"):
        desk.run(None, line)
        desk.run(None, "sample 3000")
        values, edges, _ = desk.top.patches[0].get_data()
        assert 0.98 < (values * np.diff(edges)).sum() <= 1 + 1e-9
        assert title(desk).startswith(f"3,000 numbers of {line}: mean ")


def test_a_few_numbers_show_how_u_becomes_x(desk):
    desk.run(None, "exponential 1")
    desk.run(None, "sample 7")
    across, down = (lines.get_segments() for lines in desk.below.collections)
    x = np.sort(desk.lab.sample)
    np.testing.assert_allclose([line[1] for line in across], np.c_[x, 1 - np.exp(-x)])
    np.testing.assert_allclose([line[0] for line in down], np.c_[x, 0 * x])


def test_every_parameter_has_a_slider_that_moves_the_curve(desk):
    desk.run(None, "normal 0 1")
    desk.run(None, "sample 400")
    assert [s.label.get_text() for s in desk.sliders] == ["mean", "std"]
    desk.sliders[1].set_val(2.0)
    assert desk.lab.f == dv.distribution("normal", 0, 2) and len(desk.lab.sample) == 400
    assert title(desk).startswith("400 numbers of normal 0 2")
    desk.run(None, "binomial 20 0.5")
    desk.sliders[0].set_val(12.4)
    assert desk.lab.f.parameters == (12.0, 0.5)
    desk.run(None, "uniform 0 1")
    desk.sliders[1].set_val(-3.0)  # the ends would have changed places
    assert desk.lab.f.parameters == (0.0, 1.0)
    assert title(desk) == "uniform <a> <b>: b must be above a"


def test_a_slider_that_meets_an_unbuilt_part_says_so(desk, monkeypatch):
    def unbuilt(*_):
        raise NotImplementedError("milestone 4: distribution")

    monkeypatch.setitem(dv.Desk.slide.__globals__, "distribution", unbuilt)
    desk.sliders[0].set_val(1.0)
    assert title(desk) == "To do: milestone 4: distribution"
    assert desk.lab.f == dv.BELL


def test_keys_are_commands(desk, capsys):
    press(desk, "s")
    assert len(desk.lab.sample) == 10_000
    press(desk, "a")
    assert desk.lab.view == "audit" and title(desk) == "Nothing to complain of"
    desk.run(None, "gamma 2 1")
    press(desk, "c")
    assert desk.frames > 10 and title(desk).startswith("Means of 30 numbers of gamma 2")
    out = capsys.readouterr().out
    assert "sample 10000\nSample mean" in out and "\nclt 30 gamma 2 1\nMeans of" in out
    press(desk, "home")
    assert title(desk) == "Single numbers of gamma 2 1: not yet a bell"
    press(desk, "right", "x")
    assert title(desk).startswith("Means of 2 numbers")


def test_a_mistake_changes_nothing(desk, capsys):
    desk.run(None, "gamma 2 1")
    with pytest.raises(ValueError, match="rate"):
        desk.run(None, "gamma 2 -1")
    assert desk.lab.f.name == "gamma" and title(desk).startswith("gamma 2 1")


def test_an_audit_says_what_was_caught(desk):
    desk.run(None, "sabotage tail")
    desk.run(None, "audit")
    assert title(desk).startswith("Caught: ") and "highest 1 %" in title(desk)
    assert len(desk.below.patches) == 7


def test_bars_of_counted_means_stand_on_their_steps(desk):
    """Means of 4 tosses are 0, ¼ … 1, in σ/√4 = ¼ the steps −2 … 2: heights k/16."""
    desk.run(None, "clt 4 bernoulli 0.5")
    desk.go(desk.frames - 1)
    values, edges, _ = desk.top.patches[0].get_data()
    shares = (values * np.diff(edges))[values > 0]
    np.testing.assert_allclose(shares, np.array([1, 4, 6, 4, 1]) / 16, atol=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("line", [
    "gamma 0.05 1", "beta 0.05 0.05", "poisson 30000", "binomial 50000 0.5",
    "t 0.1", "bernoulli 0", "geometric 1", "normal 1000000 0.001", "uniform -1e6 1e6",
    "geometric 0.001", "beta 1e4 1e4", "cauchy 0 1e6",
])  # fmt: skip
def test_extreme_shapes_are_drawn_too(desk, line):
    desk.run(None, line)
    desk.run(None, "sample 50")
    assert np.isfinite(desk.top.get_ylim()).all() and desk.top.get_ylim()[1] > 0
    low, high = desk.top.get_xlim()
    assert low < high


@pytest.mark.slow
def test_replay_presses_the_keys(run, tmp_path):
    code, out, _ = run("-c", "poisson 4", "--script", "s a", "--save", "a.png")
    assert code == 0 and "Sample mean" in out and "Passed" in out


def test_closing_the_live_window_ends_the_program(desk, monkeypatch):
    import matplotlib.pyplot as plt
    from matplotlib.backend_bases import CloseEvent

    monkeypatch.setattr(plt, "show", lambda **_: None)
    monkeypatch.setattr(plt, "pause", lambda _: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    desk.open(plt)
    desk.run(None, "clt 8")
    assert desk.playing and desk.frame == 0
    desk.tick()
    assert desk.frame == 1
    with pytest.raises(SystemExit) as end:
        CloseEvent("close_event", desk.fig.canvas)._process()
    assert end.value.code == 0


def test_after_ctrl_c_the_next_beat_of_the_clock_is_the_last(desk):
    desk.tick()
    desk.interrupt()
    with pytest.raises(SystemExit) as end:
        desk.tick()
    assert end.value.code == 130


# --------------------------------------------------------------------------
# The prompt


def prompt(folder: Path, text: str, *words: str) -> tuple[int, str, str]:
    """The program as a process of its own, its lines piped in."""
    done = subprocess.run(
        [sys.executable, str(reference("distribution_visualizer")), *words],
        input=text, capture_output=True, encoding="utf-8", cwd=folder, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_a_piped_script_reads_as_if_it_had_been_typed(tmp_path):
    text = "nromal 0 1\n\nnormal 0 one\npoisson 4\nquit\n"
    code, out, err = prompt(tmp_path, text, "--no-show")
    assert code == 0 and out.startswith(
        "=== Distribution Explorer ===\nAvailable: normal"
    )
    assert out.endswith("> poisson 4\nMean: 4.0, Std: 2.0, Skew: 0.5\n> quit\n")
    assert err.splitlines() == [
        "nromal: no such command; did you mean normal? ('help' lists them all)",
        "normal 0 one: give a number, not 'one'",
    ]
    assert not files(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_leaves_quietly(tmp_path):
    child = subprocess.Popen(
        [sys.executable, str(reference("distribution_visualizer")), "--no-show"],
        cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    while child.stdout.read(1) != b">":
        pass
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert (child.returncode, err.strip()) == (130, b"")


@pytest.mark.parametrize("line, sentence", [
    ("normal 0 0", "std is above 0"),
    ("normal 0 -1", "std is above 0"),
    ("normal 0", "normal has 2 parameters: give normal <mean> <std>"),
    ("poisson 1 2", "poisson has 1 parameter: give poisson <λ>"),
    ("binomial 10 1.5", "p is a probability from 0 to 1, not 1.5"),
    ("binomial 2.5 0.5", "n is a whole number from 1 to 100,000, not 2.5"),
    ("binomial 1e12 0.5", "n is a whole number"),
    ("normal nan 1", "give a number, not 'nan'"),
    ("normal 0 inf", "give a number, not 'inf'"),
    ("gama 2 1", "did you mean gamma?"),
    ("sampel 10", "did you mean sample?"),
    ("xyzzy", "no such command ('help' lists them all)"),
    ("sample", "please type sample <n>"),
    ("sample 0", "give a whole number from 1 to 10,000,000"),
    ("sample 1e12", "give a whole number from 1 to 10,000,000"),
    ("sample 2.5", "give a whole number"),
    ("sample many", "give a whole number from 1 to 10,000,000, not 'many'"),
    ("clt", "please type clt <n>"),
    ("clt -1", "give a whole number from 1 to 2,000"),
    ("clt 1e9", "give a whole number from 1 to 2,000"),
    ("clt 30 exponentail 1", "did you mean exponential?"),
    ("clt 30 exponential", "give exponential <rate>"),
    ("clt 30 bernoulli 1", "always the same"),
    ("area 1", "please type area <from> <to>"),
    ("area one 2", "give a number, not 'one'"),
    ("audit 5", "give a whole number from 100 to 100,000"),
    ("audit 200 3", "please type audit [<n>]"),
    ("sabotage wire", "one of wide, tail, pairs, power, or off"),
    ("relate 5", "please type relate"),
    ("normal " + "9" * 400 + " 1", "give a number, not '999"),
    ("\x00", "no such"),
])  # fmt: skip
def test_a_wrong_command_gets_one_sentence_and_the_next_is_run(line, sentence, capsys):
    state = dv.Lab(dv.BELL, np.random.default_rng(0))
    assert console.commands(state, dv.run_command, f"{line}; poisson 4") == 2
    out, err = capsys.readouterr()
    assert len(err.splitlines()) == 1 and sentence in err, err
    assert out == "Mean: 4.0, Std: 2.0, Skew: 0.5\n"


@pytest.mark.parametrize("words, sentence", [
    (["--save", "film.xyz"], "a picture's name ends in"),
    (["--save", "nowhere/a.png"], "folder"),
    (["--seed", "-1"], "--seed"), (["--unknown"], "--unknown"),
    (["normal"], "unrecognized arguments: normal"),
    (["-c", "normal 0 0", "--save", "a.png"], "std is above 0"),
])  # fmt: skip
def test_bad_words_get_one_sentence_and_no_file(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)


def test_numbers_are_told_in_four_digits():
    values = [0.0, -0.0, 2, 1234.5678, 1e-5, math.inf, math.nan]
    want = ["0.0", "0.0", "2.0", "1235.0", "1e-05", "infinite", "does not exist"]
    assert [dv.told(v) for v in values] == want
