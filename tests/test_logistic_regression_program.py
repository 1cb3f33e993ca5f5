"""Chapter 14 as a program: its commands, pictures, keys, and bad input."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from PIL import Image, ImageSequence

from common import console

lr = chapter("logistic_regression")
FAST = ("--splits", "0", "--epochs", "10")


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """The chapter's main in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        try:
            code = lr.main(list(words))
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(lr.main, *words)


@pytest.fixture
def table(tmp_path):
    """table("a,label", rows): a CSV file of that content."""

    def write(head: str, lines: list[str], name: str = "t.csv") -> str:
        path = tmp_path / name
        path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
        return str(path)

    return write


def overlapping(n: int = 40) -> list[str]:
    """Rows of two numbers, a word, and a class that follows from them only mostly."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 2))
    said = np.where(X[:, 0] + rng.normal(size=n) > 0, "yes", "no")
    return [f"{a:.3f},{b:.3f},{'ab'[i % 2]},{c}" for i, ((a, b), c) in
            enumerate(zip(X, said))]  # fmt: skip


# --------------------------------------------------------------------------
# Commands


def test_the_transcript_has_the_promised_lines(run):
    code, out, _ = run("iris.csv", "--splits", "3", "--no-show")
    assert code == 0
    assert out.startswith(
        "=== Logistic Regression from Scratch ===\n\nLoading iris.csv"
    )
    assert "Classes: setosa, versicolor, virginica\n" in out
    assert "  Epoch 0: Loss = 1.099, Accuracy = 33.3%\n" in out
    assert "  Epoch 50: Loss = " in out and "  Epoch 100: Loss = " in out
    assert "Test set performance:\n  Accuracy: " in out
    assert "over 3 other splits: " in out and " ± " in out
    matrix = out.partition("Confusion Matrix")[2].splitlines()[1:5]
    assert matrix[0].split() == ["setosa", "versicolor", "virginica"]
    counts = np.array([line.split()[1:] for line in matrix[1:]], dtype=int)
    assert counts.sum(axis=1).tolist() == [10, 10, 10]
    assert "a straight cut parts setosa from all others" in out
    assert "Can the probabilities be trusted?" in out
    assert max(map(len, out.splitlines())) <= 80


def test_the_file_may_be_left_out_and_has_another_name(run):
    first = run("--no-show", *FAST)[1]
    assert first == run("iris.csv", "--no-show", *FAST)[1]
    other = run("iris_dataset.csv", "--no-show", *FAST)[1]
    assert other.splitlines()[3:] == first.splitlines()[3:]


def test_the_same_seed_prints_the_same(run):
    runs = [run("--no-show", *FAST, "--seed", seed)[1] for seed in ("4", "4", "5")]
    assert runs[0] == runs[1] != runs[2]


def test_one_question_of_many_classes(run):
    _, out, _ = run("--question", "virginica", "--no-show", *FAST)
    assert "Classes: not virginica, virginica" in out and "Newton: " in out
    assert "all classes" not in out and "x " in out.partition("Weights")[2]


def test_words_become_features_and_gaps_are_filled(run, table):
    lines = [line.replace("a,", ",", 1) for line in overlapping()]
    lines[3] = "," + lines[3].partition(",")[2]
    code, out, err = run(table("x1,x2,kind,label", lines), "--no-show", *FAST)
    assert code == 0, err
    assert "kind=" in out and "empty cells filled with the median: x1 1" in out


def test_titanic_says_what_it_chose_and_leaves_out(run):
    code, out, _ = run("titanic.csv", "--no-show", *FAST)
    assert code == 0 and "target: Survived (its name says so" in out
    assert "left out (ids, or too many words): PassengerId, Name, Ticket, Cabin" in out
    right = float(out.partition("Accuracy: ")[2].partition("%")[0])
    assert right > 50 and "Sex=female" in out


def test_without_lam_a_cut_is_told_and_lam_suggested(run, table):
    lines = [f"{i},{'low' if i < 15 else 'high'}" for i in range(30)]
    code, out, _ = run(table("a,label", lines), "--lam", "0", "--no-show", *FAST)
    assert code == 0 and "a straight cut parts low from all others" in out
    assert "Give lam a value, such as --lam 0.0417 (1/n)." in out


def test_a_cut_with_rows_on_it_is_told_as_such(run, table):
    lines = [f"{i % 7 / 10},{int(i < 6)},{'yn'[i % 2] if i >= 6 else 'y'}"
             for i in range(60)]  # fmt: skip
    _, out, _ = run(table("a,b,label", lines), "--columns", "b", "--no-show", *FAST)
    assert "has no row of y on its wrong side" in out
    assert "without one error" not in out.replace("\n", " ")


@pytest.mark.slow
def test_ten_rows_and_500_columns(run, table):
    rng = np.random.default_rng(0)
    lines = [",".join(map(str, rng.normal(size=500).round(2))) + f",{'ab'[i % 2]}"
             for i in range(10)]  # fmt: skip
    head = ",".join(f"f{j}" for j in range(500)) + ",label"
    code, out, _ = run(table(head, lines), "--no-show", *FAST)
    assert code == 0 and "Perfect separation" in out and "one row is 50 points" in out


@pytest.mark.slow
def test_digits_are_pixels(run):
    code, out, _ = run("digits_8x8.csv.gz", "--no-show", *FAST)
    assert code == 0 and "Features: 8 x 8 pixels" in out
    right = float(out.partition("  Accuracy: ")[2].partition("%")[0])
    assert right > 94


@pytest.mark.slow
def test_over_splits_iris_is_as_good_as_it_should_be(run):
    _, out, _ = run("--splits", "30", "--no-show")
    mean = float(out.partition("other splits: ")[2].partition(" ")[0])
    assert 94 < mean < 98


def test_the_folds_share_out_every_class():
    """13 rows of class 0, 6 of class 1, one of class 2, which is not in fold 0."""
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat([0, 1, 2], [13, 6, 1]))
    got = lr.fold_numbers(y, 5, rng)
    counts = np.array([np.bincount(got[y == c], minlength=5) for c in range(3)])
    assert (np.ptp(counts[:2], axis=1) <= 1).all()
    assert counts[2].tolist() == [0, 1, 0, 0, 0]


def test_the_folds_are_at_random():
    y = np.arange(200) % 2
    first, other = (lr.fold_numbers(y, 5, np.random.default_rng(s)) for s in (0, 1))
    assert ((first == 0) & (other == 0)).sum() < 20


# --------------------------------------------------------------------------
# Models and predictions


def test_a_model_is_saved_and_predicts_as_it_did(run, table, tmp_path):
    file = table("x1,x2,kind,label", overlapping())
    code, out, _ = run(file, "--model", "m.npz", "--predict", file, "--no-show", *FAST)
    assert code == 0 and "Saved m.npz" in out and "Predicted label for 40 rows" in out
    first = (tmp_path / "predictions.csv").read_text(encoding="utf-8")
    words = ("--model", "m.npz", "--predict", file, "--out", "o.csv")
    code, out, _ = run(*words)
    assert code == 0 and "line 2: " in out and "Epoch" not in out
    assert (tmp_path / "o.csv").read_text(encoding="utf-8") == first
    assert first.startswith("x1,x2,kind,label,prediction,probability\n")


def test_a_model_of_many_classes_predicts_names(run, tmp_path):
    run("iris.csv", "--model", "m.npz", "--no-show", *FAST)
    code, out, _ = run("--model", "m.npz", "--predict", "iris.csv")
    assert code == 0 and "Predicted species for 150 rows" in out
    text = (tmp_path / "predictions.csv").read_text(encoding="utf-8").splitlines()
    right = [line.split(",")[4] == line.split(",")[5] for line in text[1:]]
    assert np.mean(right) > 0.93


def test_a_strange_word_or_a_missing_column_is_named(run, bad, table):
    file = table("x1,x2,kind,label", overlapping())
    run(file, "--model", "m.npz", "--no-show", *FAST)
    new = table("x1,x2,kind", ["1,2,a", "1,2,zebra"], "new.csv")
    words = ("--model", "m.npz", "--predict")
    assert "line 3, column 'kind': 'zebra' is new to the model" in bad(*words, new)
    new = table("x1,kind", ["1,a", "1,b"], "new.csv")
    assert "no column 'x2'" in bad(*words, new)
    assert not Path("predictions.csv").exists()


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04 broken"])
def test_a_damaged_model_gets_one_sentence(bad, content, tmp_path):
    (tmp_path / "m.npz").write_bytes(content)
    said = bad("--model", "m.npz", "--predict", "iris.csv")
    assert "no model of this chapter" in said


def test_a_part_that_is_not_built_yet_is_no_damage(run, monkeypatch, tmp_path):
    def unbuilt(*_):
        raise NotImplementedError("milestone 4: LogisticRegression.predict_proba")

    run("iris.csv", "--model", "m.npz", "--no-show", *FAST)
    monkeypatch.setattr(lr.LogisticRegression, "predict_proba", unbuilt)
    with pytest.raises(NotImplementedError, match="milestone 4"):
        lr.load_model(tmp_path / "m.npz")


def test_a_model_that_would_run_code_is_refused(bad, tmp_path):
    np.savez(tmp_path / "m.npz", columns=np.array([print], dtype=object))
    assert "no model" in bad("--model", "m.npz", "--predict", "iris.csv")


def test_a_model_with_parts_that_do_not_fit_is_refused(run, bad, tmp_path):
    run("--model", "m.npz", "--no-show", *FAST)
    with np.load(tmp_path / "m.npz") as file:
        parts = dict(file)
    np.savez(tmp_path / "m.npz", **{**parts, "coef": parts["coef"][:, :2]})
    assert "no model" in bad("--model", "m.npz", "--predict", "iris.csv")


# --------------------------------------------------------------------------
# The picture


@pytest.fixture
def window(run, monkeypatch):
    """The figure of a run, kept open."""
    import matplotlib.pyplot as plt

    from common import figures

    kept = []
    monkeypatch.setattr(
        figures, "finish", lambda options, fig, film=None: kept.append((fig, film))
    )
    code, _, err = run("iris.csv", "--save", "x.png", *FAST)
    assert code == 0, err
    yield kept[0]
    plt.close("all")


def press(fig, *keys):
    from matplotlib.backend_bases import KeyEvent

    for key in keys:
        KeyEvent("key_press_event", fig.canvas, key)._process()


def test_keys_walk_through_the_training(window):
    fig, film = window
    press(fig, "home")
    title = film.ax.get_title(loc="left")
    assert title == "Step 0: by these two alone 33.3 % of 120 rows right"
    press(fig, "right", "right", "left")
    assert film.frame == 1
    press(fig, "end")
    assert film.ax.get_title(loc="left").startswith("Step 3,000: by these two alone 9")


def test_a_click_says_the_probabilities_there(window):
    from matplotlib.backend_bases import MouseEvent

    fig, film = window
    press(fig, "end")
    fig.canvas.draw()
    for point, word in (((1.4, 0.3), "setosa: 9"), ((6.5, 2.4), "virginica: 9")):
        x, y = film.ax.transData.transform(point)
        MouseEvent("button_press_event", fig.canvas, x, y, 1)._process()
        assert film.said.get_text().startswith(word)
    beside = fig.axes[1].transAxes.transform((0.5, 0.5))
    MouseEvent("button_press_event", fig.canvas, *beside, 1)._process()
    assert film.said.get_text().startswith("virginica: 9")
    press(fig, "home")  # what is said of a place is said anew after each step
    assert film.said.get_text().endswith(": 33.3 %")


def test_the_drawn_borders_are_where_two_classes_tie(window):
    _, film = window
    film.go(film.frames - 1)
    _, W, b = film.walk[-1]
    seen = 0
    for (i, j), line in film.lines.items():
        points = np.array(line.get_data()).T
        scores = points[~np.isnan(points[:, 1])] @ W + b
        np.testing.assert_allclose(scores[:, i], scores[:, j], atol=1e-6)
        seen += len(scores)
    assert seen > 100


@pytest.mark.slow
@pytest.mark.parametrize("words", [
    ("iris.csv",), ("iris.csv", "--columns", "petal_width"), ("digits_8x8.csv.gz",),
    ("titanic.csv",), ("iris.csv", "--question", "setosa"),
])  # fmt: skip
def test_pictures_are_saved(run, words, tmp_path):
    code, out, err = run(*words, *FAST, "--save", "p.png")
    assert code == 0 and "Saved p.png" in out, err
    assert {p.name for p in tmp_path.iterdir()} == {"p.png"}


def test_seven_classes_along_one_column_have_marks(run, table, tmp_path):
    file = table("a,label", [f"{i * 0.1:.1f},c{i % 7}" for i in range(70)])
    code, _, err = run(file, *FAST, "--save", "p.png")
    assert code == 0 and (tmp_path / "p.png").exists(), err


@pytest.mark.slow
def test_the_film_moves(run, tmp_path):
    code, _, err = run("iris.csv", *FAST, "--save", "f.gif")
    assert code == 0, err
    with Image.open(tmp_path / "f.gif") as gif:
        shots = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(gif)]
    assert len(shots) > 20 and (shots[0] != shots[-1]).mean() > 0.05


@pytest.mark.slow
def test_a_replay_ends_at_the_frame_it_asks_for(run, tmp_path):
    code, _, err = run(
        *FAST, "--script", "home right*3 click:4.9,1.6", "--save", "a.png"
    )
    assert code == 0 and (tmp_path / "a.png").exists(), err


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["nothing.csv"], "no such file"),
    (["iris.cvs"], "did you mean iris.csv?"),
    (["--target", "specis"], "did you mean species?"),
    (["--columns", "petal_lenth"], "did you mean petal_length?"),
    (["--question", "virginca"], "did you mean virginica?"),
    (["--lam", "-1"], "give a number from 0"),
    (["--lam", "inf"], "not 'inf'"),
    (["--epochs", "0"], "give a whole number from 1"),
    (["--save", "film.xyz"], "a picture's name ends in"),
    (["--model", "m.txt"], "ending in .npz"),
    (["--out", "nowhere/o.csv"], "in a folder that exists"),
    (["--predict", "none.csv"], "no such file"),
    (["--model", "none.npz", "--predict", "iris.csv"], "no such model"),
    (["boston_housing.csv"], "which column is to be predicted?"),
    (["--columns", "petal_width", "--splits", "0", "--save", "d.gif"], "does not move"),
    (["--unknown"], "--unknown"),
    (["."], "a folder"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not list(tmp_path.glob("*.*"))


@pytest.mark.parametrize("head, lines, sentence", [
    ("a,label", [], "no row of data"),
    ("a,label", ["1,x"] * 20, "'x' in every row"),
    ("a,label", [f"{i % 9},c{i}" for i in range(500)], "500 different values"),
    ("a,b", [f"{i * 0.37},{i * 0.11}" for i in range(40)], "--target NAME"),
    ("a,label", ["1,x", "2,y", "3,x"], "3 rows are too few"),
    ("a,label", [f"{i},{'xy'[i % 2]}" for i in range(20)] + ["inf,x"],
     "line 22, column 'a': 'inf'"),
    ("a,label", [f"{i % 5},{'xy'[i % 2]}" for i in range(20)] + ["odd,x"],
     "line 22, column 'a': 'odd'"),
    ("a,y", [f"{i % 5},{i % 2}" for i in range(20)] + ["1,inf"], "not finite"),
    ("id,label", [f"{i},{'xy'[i % 2]}" for i in range(20)], "no column to learn from"),
    ("a,label", [f"{i % 7}e300,{'xy'[i % 2]}" for i in range(20)], "above 1e100"),
    ("label", ["x", "y"] * 9, "no column to learn from"),
    ("a,label", ["1,x,3"], "line 2: 3 cells"),
])  # fmt: skip
def test_a_bad_table_gets_one_sentence(bad, table, head, lines, sentence):
    assert sentence in bad(table(head, lines))


def test_columns_that_never_change_teach_nothing_and_break_nothing(run, table):
    file = table("a,b,label", [f"1,5,{'xy'[i % 2]}" for i in range(30)])
    code, out, err = run(file, "--no-show", *FAST)
    assert code == 0 and "Epoch 10: Loss = 0.693" in out, err


# --------------------------------------------------------------------------
# As a process of its own


def process(tmp_path, *words, **more):
    return subprocess.Popen(
        [sys.executable, str(reference("logistic_regression")), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", cwd=tmp_path,
        env={**os.environ, "PYTHONUTF8": "1", **more},
    )  # fmt: skip


@pytest.mark.slow
def test_from_another_folder_without_a_screen(tmp_path):
    child = process(tmp_path, *FAST)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0 and "Saved logistic_regression.png" in out, err
    assert (tmp_path / "logistic_regression.png").exists()


@pytest.mark.slow
def test_a_console_without_greek_gets_question_marks(tmp_path):
    more = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    child = process(tmp_path, "--no-show", "--splits", "2", **more)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0 and "? " in out and not err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are others on Windows")
@pytest.mark.parametrize("sign, code", [("SIGINT", 130), ("SIGKILL", -9)])
def test_an_end_in_the_middle_leaves_nothing_half_written(tmp_path, sign, code):
    (tmp_path / "p.gif").write_bytes(b"the old one")
    child = process(tmp_path, "--save", "p.gif", "--splits", "0")
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".p.part*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(getattr(signal, sign))  # Windows has no name for the second
    _, err = child.communicate(timeout=60)
    assert child.returncode == code and "Traceback" not in err
    assert (tmp_path / "p.gif").read_bytes() == b"the old one"


def test_the_help_has_examples(capsys):
    with pytest.raises(SystemExit) as end:
        console.run(lambda: lr.main(["--help"]))
    assert end.value.code == 0
    assert capsys.readouterr().out.count("logistic_regression.py") >= 3
