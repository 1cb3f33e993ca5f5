"""Chapter 13 as a program: its commands, pictures, keys, models, and bad input."""

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

from common import data

lr = chapter("linear_regression")


@pytest.fixture
def run(program):
    """The chapter's main in an empty folder: exit code and stdout."""
    return partial(program, lr.main)


@pytest.fixture
def says(run):
    """What main prints, without a picture."""
    return lambda *words: run(*words, "--no-show")[1]


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(lr.main, *words)


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def houses(path: Path, n: int = 40, seed: int = 0) -> str:
    """A made-up table: y = 3a − 2b + 10 for every red one, and a little noise."""
    rng = np.random.default_rng(seed)
    rows = ["a,b,colour,y"]
    for i in range(n):
        a, b = rng.normal(5, 2, 2)
        colour = ("red", "blue", "red")[i % 3]
        y = 3 * a - 2 * b + 10 * (colour == "red") + rng.normal(0, 0.01)
        rows.append(f"{a:.4f},{b:.4f},{colour},{y:.4f}")
    return write(path, "\n".join(rows) + "\n")


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def numbers_after(label: str, text: str) -> list[list[float]]:
    """The lists of coefficients that are printed after a label."""
    found = re.findall(rf"{label}: \[([^\]]*)\]", text, re.S)
    return [[float(v) for v in one.split(",")] for one in found]


# --------------------------------------------------------------------------
# Commands and pictures


def test_without_a_screen_the_picture_is_saved_where_it_says(
    run, tmp_path, monkeypatch
):
    monkeypatch.delenv("DISPLAY", raising=False)
    code, out = run()
    assert code == 0 and "Saved linear_regression.png" in out
    assert files(tmp_path) == {"linear_regression.png"}


def test_both_methods_print_the_same_coefficients(says):
    out = says("housing_data.csv")
    first, second = numbers_after("Coefficients", out)
    assert first == second and len(first) == 12
    assert len(re.findall(r"Training time: [\d.]+ s", out)) == 2
    assert "name       coefficient" in out and "LSTAT" in out
    assert "The residuals bend" in out and "Most influential" in out


def test_column_b_is_left_out_and_said_why_unless_asked_for(says):
    out = says("housing_data.csv")
    assert "left out: B, a formula of the share of Black residents" in out
    assert re.search(r"^B ", out, re.M) is None
    out = says("housing_data.csv", "--with-b")
    assert "(13 total)" in out and re.search(r"^B ", out, re.M)
    out = says("housing_data.csv", "--columns", "B,RM")
    assert "Features: B, RM (2 total)" in out


def test_words_become_features_and_gaps_are_filled(says):
    out = says("california_housing.csv")
    assert "total_bedrooms: 159 empty cells filled with the median, 436" in out
    assert "ocean_proximity: 1 or 0 for each word but the most frequent, <1H" in out
    assert "ocean_proximity=INLAND" in out and "R²: 0.68" in out


def test_a_planted_line_is_found_with_its_words(says, tmp_path):
    out = says(houses(tmp_path / "t.csv"))
    assert "colour=blue" in out and "Target: y (the last column of numbers" in out
    a, b, blue = numbers_after("Coefficients", out)[0]
    np.testing.assert_allclose([a, b, blue], [3, -2, -10], atol=0.02)
    assert "R²: 1.00" in out


def test_ridge_and_lasso_are_told_beside_least_squares(says):
    out = says("housing_data.csv", "--ridge", "1.0")
    assert "Method 3: Ridge, lam = 1 " in out and out.count("Evaluation on test") == 2
    out = says("housing_data.csv", "--lasso", "0.1")
    assert "Method 3: Lasso, lam = 0.1 " in out
    count, names = re.findall(
        r"Weights that are 0: (\d+) \(from .*?\)\. ([\w, ]*)", out
    )[0]
    assert int(count) == len(names.split(",")) == numbers_after("Coefficients", out)[
        2].count(0)  # fmt: skip


def test_folds_of_one_row_have_no_r2(says):
    out = says("housing_data.csv", "--rows", "5", "--ridge", "1")
    assert "Ridge 1:" in out and "five folds" not in out and "nan" not in out


def test_few_rows_need_small_weights(says):
    least, small = [float(v) for v in re.findall(
        r"^  R²: (-?[\d.]+)$", says("housing_data.csv", "--rows", "15", "--ridge", "3"),
        re.M)]  # fmt: skip
    assert small > least


def test_the_path_names_the_order_and_both_lams(says):
    out = says("--path")
    assert "The lasso lets them in one by one: LSTAT, RM, PTRATIO" in out
    best, simple = re.findall(r"(?:best|simplest) +lam = ([\d.]+): (\d+) features", out)
    assert float(best[0]) < float(simple[0]) and int(best[1]) >= int(simple[1])


def test_more_columns_than_rows_are_learnt_with_a_price_on_weights(says, bad, tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10, 500))
    names = ",".join(f"x{j}" for j in range(500))
    rows = "\n".join(",".join(f"{v:.3f}" for v in [*x, x[0]]) for x in X)
    file = write(tmp_path / "wide.csv", f"{names},y\n{rows}\n")
    assert "8 rows are too few to learn 500 weights from; hold them small" in bad(file)
    for way in ("--ridge", "--lasso"):
        assert "Method 3" in says(file, way, "0.1")
    narrow = ",".join(names.split(",")[:30])
    assert "one by one" in says(file, "--path", "--columns", narrow)


def test_constant_repeated_and_numbering_columns_are_left_out_by_name(says, tmp_path):
    rng = np.random.default_rng(0)
    rows = ["id,a,same,twice,word,void,y"]
    for i in range(30):
        a = rng.normal()
        rows.append(
            f"{i + 1},{a:.5f},7.7,{2 * round(a, 5) + 1:.8f},ok,,{a + rng.normal():.4f}"
        )
    out = says(write(tmp_path / "t.csv", "\n".join(rows)))
    for words in ("left out: id, which only numbers the rows", "same is constant",
                  "twice follows from the",
                  "left out: word, ok in all",
                  "left out: void, (blank)", "Features: a (1 total)"):  # fmt: skip
        assert words in out


def test_rows_with_empty_cells_can_be_left_out(says, bad, tmp_path):
    text = Path(houses(tmp_path / "t.csv")).read_text(encoding="utf-8").split("\n")
    text[3] = "1,2,red,"
    text[5] = ",2,red,9"
    file = write(tmp_path / "t.csv", "\n".join(text))
    assert "t.csv, line 4, column 'y': the cell is empty" in bad(file)
    assert "left out: 2 rows with empty cells" in says(file, "--drop-missing")


def test_the_scorecard_shows_what_squares_lose(says):
    out = says("--nist")
    rows = {line.split()[0]: line for line in out.splitlines() if "condition" in line}
    assert set(rows) == {"Norris", "Longley", "Wampler1", "Wampler2"}
    for name, line in rows.items():
        kept = {way: float(v) for way, v in re.findall(r"(\w+) (\d+\.\d)", line)}
        assert set(kept) == {"normal", "qr", "centred", "descent"}
        assert kept["qr"] >= 8 and (name == "Norris" or kept["qr"] > kept["normal"] + 1)
    assert "condition 43,275" in rows["Longley"]


@pytest.mark.slow
def test_pictures_and_films_are_written(run, tmp_path):
    file = houses(tmp_path / "t.csv")
    code, out = run(file, "--path", "--save", "p.gif")
    assert code == 0 and "Saved p.gif" in out
    with Image.open(tmp_path / "p.gif") as gif:
        shots = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(gif)]
    assert len(shots) > 20 and (shots[0] != shots[-1]).any()
    run(file, "--columns", "a", "--script", "up*3 click:5,5", "--save", "d.svg")
    run(file, "--lasso", "0.5", "--save", "e.jpg")
    assert files(tmp_path) == {"t.csv", "p.gif", "d.svg", "e.jpg"}


def test_the_same_seed_prints_the_same(says, tmp_path):
    file = houses(tmp_path / "t.csv")
    times = re.compile(r"Training time: .*")
    first, second, other = (times.sub("", says(file, "--seed", s)) for s in "334")
    assert first == second != other


@pytest.mark.slow
def test_as_a_process_of_its_own_it_ends_as_promised(tmp_path):
    """From another folder, piped, on a console without ŷ: 2 for bad input, else 0."""
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    for words, code in ((["none.csv"], 2), (["--no-show"], 0)):
        child = subprocess.run(
            [sys.executable, str(reference("linear_regression")), *words],
            capture_output=True, encoding="utf-8", cwd=tmp_path, timeout=60, env=env,
        )  # fmt: skip
        assert child.returncode == code and "Traceback" not in child.stderr
    assert "R?: 0.75" in child.stdout and not files(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_interrupted_or_killed_it_leaves_no_half_picture(tmp_path):
    whole = tmp_path / "film.gif"
    whole.write_bytes(b"the old one")
    for number, code in ((signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)):
        child = subprocess.Popen(
            [sys.executable, str(reference("linear_regression")), "--path",
             "--save", "film.gif"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
            cwd=tmp_path, env={**os.environ, "MPLBACKEND": "agg"},
        )  # fmt: skip
        while "(simplest" not in child.stdout.readline():
            assert child.poll() is None
        for _ in range(20 if code == 130 else 900):  # while it draws; until it writes
            if len(files(tmp_path)) > 1:
                break
            time.sleep(0.05)
        child.send_signal(number)
        _, err = child.communicate(timeout=60)
        assert child.returncode == code and "Traceback" not in err
        assert whole.read_bytes() == b"the old one"
        for part in tmp_path.glob(".film*"):
            part.unlink()  # a kill may leave it


# --------------------------------------------------------------------------
# Models in files, and predictions


def test_a_saved_model_predicts_what_the_fresh_one_does(says, tmp_path):
    file, new = houses(tmp_path / "t.csv"), houses(tmp_path / "new.csv", 7, 5)
    out = says(file, "--model", "m.npz", "--predict", new)
    assert "Saved m.npz" in out and "Predicted y for 7 rows" in out
    fresh = data.read_csv(tmp_path / "predictions.csv")
    out = says("--model", "m.npz", "--predict", new, "--out", "again.csv")
    assert "Method" not in out and "Saved again.csv" in out
    again = data.read_csv(tmp_path / "again.csv")
    assert list(again) == ["a", "b", "colour", "y", "prediction"]
    np.testing.assert_allclose(again["prediction"], fresh["prediction"])
    np.testing.assert_allclose(again["prediction"], again["y"], atol=0.1)


def test_new_rows_need_no_target_and_gaps_are_filled_as_before(says, tmp_path):
    file = houses(tmp_path / "t.csv")
    new = write(tmp_path / "new.csv", "colour,b,a\nred,1,2\nblue,1,\n")
    out = says(file, "--predict", new)
    assert "1 empty cells: filled as when it learnt" in out
    got = data.read_csv(tmp_path / "predictions.csv")["prediction"].to_numpy()
    train = data.read_csv(file)
    assert abs(got[0] - 14) < 0.05
    assert abs(got[1] - (3 * train["a"].median() - 2)) < 2.0


@pytest.mark.parametrize("text, sentence", [
    ("a,b\n1,2\n", "no column 'colour'"),
    ("b,colour\n1,red\n", "no column 'a'"),
    ("a,b,colour\n1,2,green\n", "line 2, column 'colour': 'green' is new to the model"),
    ("a,b,colour\n1,x,red\n", "line 2, column 'b': 'x' is not a finite number"),
    ("a,b,colour\n1,inf,red\n", "line 2, column 'b': 'inf' is not a finite number"),
    ("", "new.csv"),
])  # fmt: skip
def test_a_table_that_does_not_suit_the_model_gets_one_sentence(
    says, bad, text, sentence, tmp_path
):
    says(houses(tmp_path / "t.csv"), "--model", "m.npz")
    new = write(tmp_path / "new.csv", text)
    assert sentence in bad("--model", "m.npz", "--predict", new)
    assert files(tmp_path) == {"t.csv", "m.npz", "new.csv"}


def test_a_file_that_is_no_model_gets_one_sentence(says, bad, tmp_path):
    new = houses(tmp_path / "new.csv", 20)
    says(new, "--model", "m.npz")
    whole = (tmp_path / "m.npz").read_bytes()
    words = ("--model", "m.npz", "--predict", new)
    for raw in (b"", b"nonsense", whole[: len(whole) // 2]):
        (tmp_path / "m.npz").write_bytes(raw)
        assert "no model of this chapter, or it is damaged" in bad(*words)
    with np.load(write_npz(tmp_path, whole), allow_pickle=False) as file:
        parts = dict(file)
    for change in ({"w": np.array([1.0])}, {"b": np.array(np.nan)},
                   {"words": np.array([1, 2, 3])},
                   {"w": np.array([print], dtype=object)}):  # fmt: skip
        np.savez(tmp_path / "m.npz", **{**parts, **change})
        assert "no model of this chapter" in bad(*words)
    assert "no such model" in bad("--model", "other.npz", "--predict", new)


def write_npz(folder: Path, raw: bytes) -> Path:
    (folder / "whole.npz").write_bytes(raw)
    return folder / "whole.npz"


# --------------------------------------------------------------------------
# The windows


@pytest.fixture
def board(monkeypatch, capsys):
    """The window of the Boston houses, with one figure drawn."""
    options = lr.build_parser().parse_args(["housing_data.csv", "--no-show"])
    task = lr.prepare(data.read_csv(data.find("housing_data.csv")), options)
    plt = lr.figures.start(options)
    made = lr.Board(plt, task, lr.ridge, 0.0, lr.train(task, options)[1])
    monkeypatch.setattr(made.fig.canvas, "draw_idle", lambda: None)  # nobody looks
    return made


def press(fig, *keys):
    from matplotlib.backend_bases import KeyEvent

    for key in keys:
        KeyEvent("key_press_event", fig.canvas, key)._process()


def test_keys_hold_the_weights_small(board):
    before = board.w.copy()
    assert "R² = 0.75" in board.A.get_title(loc="left")
    assert board.slider.valtext.get_text().strip() == "0"
    press(board.fig, "up", "up", "down", "x")
    assert board.slider.val == 1 and board.lams[1] > 0
    board.slider.set_val(board.slider.valmax - 8)
    assert np.abs(board.w).sum() < 0.7 * np.abs(before).sum()
    for end, key in ((board.slider.valmax, "up"), (0, "down")):
        board.slider.set_val(end)
        press(board.fig, key)
        assert board.slider.val == end
    np.testing.assert_allclose(board.w, before)


def test_a_click_gives_the_receipt_and_its_terms_add_up(board):
    from matplotlib.backend_bases import MouseEvent

    board.fig.canvas.draw()
    i = 7
    for ax, y in ((board.A, board.task.y_test[i]),
                  (board.R, board.task.y_test[i] - board.new[i])):  # fmt: skip
        place = ax.transData.transform((board.new[i], y))
        MouseEvent("button_press_event", board.fig.canvas, *place, 1)._process()
        text = board.fig.get_suptitle()
        assert f"Line {board.task.lines_test[i]} is" in text
    terms = [float(v) for v in re.findall(r"[-+][\d.]+(?:e-\d+)?", text)]
    mean = float(re.search(r"mean ([\d.]+)", text)[1])
    assert abs(mean + sum(terms) - board.new[i]) < 0.02
    x, y = board.fig.transFigure.transform((0.01, 0.99))
    board.fig.suptitle("")
    MouseEvent("button_press_event", board.fig.canvas, x, y, 1)._process()
    assert board.fig.get_suptitle() == ""


def test_the_film_lets_features_in(capsys):
    import matplotlib.pyplot as plt

    options = lr.build_parser().parse_args(["housing_data.csv"])
    task = lr.prepare(data.read_csv(data.find("housing_data.csv")), options)
    film = lr.PathFilm(plt, task, *lr.follow_path(task, 0))
    titles = []
    for key in ("home", "right", "end"):
        press(film.fig, key)
        titles.append(film.sides[0].get_title(loc="left"))
    assert "2 of 12" in titles[0] and "12 of 12" in titles[2]
    assert "features predict as well as" in film.sides[1].get_title(loc="left")


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["nothing.csv"], "no such file"),
    (["housing_dta.csv"], "did you mean housing_data.csv?"),
    (["."], "a folder"),
    (["--target", "MEDVV"], "no column 'MEDVV'; did you mean MEDV?"),
    (["--columns", "RM,LSTATS"], "no column 'LSTATS'; did you mean LSTAT?"),
    (["--columns", "MEDV"], "nothing to learn 'MEDV' from"),
    (["iris.csv", "--target", "species"], "the target 'species' holds words"),
    (["--ridge", "-1"], "give a number from 1e-09"),
    (["--lasso", "much"], "give a number from 1e-09"),
    (["--ridge", "1", "--lasso", "1"], "not allowed with"),
    (["--rows", "1"], "give a whole number of at least 2"),
    (["--rows", "9"], "rows are too few to learn"),
    (["--model", "m.pkl"], "give a file name ending in .npz"),
    (["--model", "no/where/m.npz"], "in a folder that exists"),
    (["--predict", "nothing.csv"], "no such file"),
    (["--out", "p.txt"], "give a file name ending in .csv"),
    (["--save", "film.xyz"], "a picture's name ends in"),
    (["--script", "click:a"], "I do not understand"),
    (["--seed", "-1"], "give a whole number of at least 0"),
    (["--unknown"], "--unknown"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)


@pytest.mark.parametrize("text, sentence", [
    ("", "t.csv: "),
    ("x,y\n", "no row of data"),
    ("x,y\n1,2\n", "the target 'y' has fewer than 5 rows: there is nothing to learn"),
    ("x,y\n" + "1,5\n" * 9, "the target 'y' is the same in all rows"),
    ("x,y\n" + "".join(f"3,{i * i % 7}\n" for i in range(9)), "nothing to learn 'y'"),
    ("a,b\n" + "u,v\nw,z\n" * 5, "there is no column of numbers to predict"),
    ("x,y\n" + "1,2\n3,7\n4,4\n" * 5 + "3,k\n", "line 17, column 'y': 'k'"),
    ("x,y\n" + "1,2\n3,7\n4,4\n" * 5 + "k,3\n", "line 17, column 'x': 'k'"),
    ("x,y\n" + "1,2\n3,7\n4,4\n" * 5 + "inf,3\n", "line 17, column 'x': 'inf'"),
    ("x,y\n" + "1,2\n3,7\n4,4\n" * 5 + "3,inf\n", "line 17, column 'y': 'inf'"),
    ("x,y\n1,2\n3,4,5\n", "line 3: 3 cells"),
    ("x,y\n" + "1e200,2\n3,7\n4,4\n" * 5, "column 'x' goes up to 1e+200: choose"),
    ("x,y\n" + "1,1e-200\n3,7e-200\n" * 5, "column 'y' goes up to 7e-200: choose"),
])  # fmt: skip
def test_a_bad_table_gets_one_sentence(bad, text, sentence, tmp_path):
    assert sentence in bad(write(tmp_path / "t.csv", text))
    assert files(tmp_path) == {"t.csv"}
