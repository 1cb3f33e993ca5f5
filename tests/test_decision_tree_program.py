"""Chapter 16 as a program: transcript, pictures, files, models, bad input."""

import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from PIL import Image

dt = chapter("decision_tree")

PASSENGERS = """\
Pclass,Sex,Age,SibSp,Parch,Fare,Embarked
1,female,30,0,0,80,C
3,male,,0,0,7,Z
"""


@pytest.fixture
def run(program):
    """The chapter's main in an empty folder: exit code and stdout."""
    return partial(program, dt.main)


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(dt.main, *words)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def csv(folder: Path, text: str, name: str = "x.csv") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


def rows(n: int, cell: str = "{i}", y: str = "{half}") -> str:
    """A file of n rows: a number, a word, and a target."""
    line = cell + ",w{third}," + y
    lines = [line.format(i=i, third=i % 3, half=i % 2) for i in range(n)]
    return "\n".join(["a,b,y", *lines])


@pytest.fixture
def study(capsys):
    """The passenger list, read as the program reads it."""
    options = dt.build_parser().parse_args(["titanic.csv"])
    found = dt.read_table(options)
    capsys.readouterr()
    return found


# --------------------------------------------------------------------------
# The transcript


def test_the_transcript_has_its_lines(run):
    code, out = run("titanic.csv", "--no-show")
    assert code == 0 and max(map(len, out.splitlines())) <= 80
    assert out.startswith("=== Decision Tree Classifier from Scratch ===\n")
    for line in (
        r"titanic\.csv: 891 rows; target: Survived, 2 classes",
        r"Building tree on 713 rows\.\.\.",
        r"Root split: Sex = female \(Gini gain: 0\.1\d+\)",
        r"  Left child \(female\): Survived=1 \(probability: 0\.7\d\)",
        r"  Right child \(male\): Survived=0 \(probability: 0\.8\d\)",
        r"    Split: \w+ <= [\d.]+ \(Gini gain: 0\.\d+\)",
        r"Tree depth: 3", r"Nodes: \d+", r"Test accuracy: \d\d\.\d%",
        r"Feature Importances:", r"  Sex: 0\.\d\d +shuffled: .* points lost",
    ):  # fmt: skip
        assert re.search(f"^{line}$", out, re.M), line
    assert "left out: PassengerId (numbers the rows), Name (891" in out
    assert "Age (177 empty)" in out and "Embarked* (2 empty)" in " ".join(out.split())


def test_the_root_of_all_passengers_gains_0140(study):
    woman = study.X[:, 1] == study.table.words[1].index("female")
    assert round(dt.gain(study.y, woman), 4) == 0.1396


def test_the_text_tree_shows_every_leaf_once(run):
    out = run("titanic.csv", "--max-depth", "4", "--no-show")[1]
    tree = out.partition("Visualization")[2].partition("Training")[0].split("\n")[1:]
    nodes = [line for line in tree if line.strip()]
    assert len(nodes) == int(re.search(r"Nodes: (\d+)", out)[1])
    leaves = [line for line in nodes if not re.search(r"\? \[", line)]
    assert sum(int(re.search(r"\[(\d+)\]", line)[1]) for line in leaves) == 713


@pytest.mark.parametrize("words, root", [
    (["--criterion", "entropy"], "Sex = female (Entropy gain: 0.2"),
    (["--target", "Fare"], "(Variance gain: "),
    (["--columns", "Pclass", "--categories", "Pclass"], "Pclass = 1, 2 (Gini gain"),
    (["--columns", "Age", "--min-samples-leaf", "50"], "Age <= "),
])  # fmt: skip
def test_the_options_choose_what_is_asked(run, words, root):
    assert root in run("titanic.csv", *words, "--no-show")[1]


def test_pruning_says_what_is_left(run):
    out = run("iris.csv", "--prune", "--no-show")[1]
    left, all_ = re.search(r"Pruned: (\d+) of (\d+) leaves are left", out).groups()
    assert int(left) < int(all_) and f"Nodes: {2 * int(left) - 1}\n" in out


def test_the_same_seed_prints_the_same(run):
    outs = [run("iris.csv", "--no-show", "--seed", seed)[1] for seed in "112"]
    assert outs[0] == outs[1] != outs[2]


def test_the_help_has_examples(capsys):
    with pytest.raises(SystemExit) as end:
        dt.main(["--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0 and out.count("decision_tree.py") >= 3
    for word in ("--max-depth", "--criterion", "--prune", "--explain", "--predict"):
        assert word in out


# --------------------------------------------------------------------------
# One row explained


def test_row_12_is_explained_and_flipped(run):
    out = run("titanic.csv", "--explain", "12", "--no-show")[1]
    text = out.partition("Row 12: ")[2]
    assert "Bonnell, Miss. Elizabeth" in text and "Sex is female: yes" in text
    assert re.search(r"So Survived=1 \(probability: 0\.\d\d\), as of \d+ known", text)
    assert "In truth Survived=1" in text
    assert re.search(r"Survived=0 \(probability: [01]\.\d\d\), if ", text)


def test_empty_cells_are_unknown_and_numbers_have_no_flip(run):
    out = run("titanic.csv", "--explain", "6", "--no-show")[1]  # his age is not known
    assert "Age is unknown: " in out
    out = run("california_housing.csv", "--explain", "1", "--no-show")[1]
    assert "So median_house_value = " in out and ", if " not in out


# --------------------------------------------------------------------------
# Other files


@pytest.mark.parametrize("file, line", [
    ("iris.csv", "target: species, 3 classes"),
    ("penguins.csv", "target: species, 3 classes"),
    ("customers_german_credit.csv", "target: risk, 2 classes"),
    ("auto_mpg.csv", "target: mpg, a number"),
])  # fmt: skip
def test_any_sensible_file_is_taken(run, file, line):
    out = run(file, "--no-show")[1]
    assert line in out and re.search(r"^Test (accuracy|R²): ", out, re.M)


@pytest.mark.slow
def test_more_columns_than_rows(run, tmp_path, rng):
    head = ",".join(f"column{j}" for j in range(500)) + ",y\n"
    cells = rng.normal(size=(10, 500)).round(3)
    lines = [",".join(map(str, row)) + f",{i % 2}" for i, row in enumerate(cells)]
    code, out = run(csv(tmp_path, head + "\n".join(lines)), "--no-show")
    assert code == 0 and "10 rows" in out and " ... " in out


def test_rows_without_a_target_are_left_out_and_counted(run, tmp_path):
    out = run(csv(tmp_path, rows(30) + "\n5,w1,"), "--no-show")[1]
    assert "30 rows" in out and "1 rows without y" in " ".join(out.split())


def test_the_last_column_is_the_target_unless_one_has_a_usual_name(run, tmp_path):
    assert "target: y, 2 classes" in run(csv(tmp_path, rows(30)), "--no-show")[1]
    assert "target: b, 3 classes" in run("x.csv", "--target", "b", "--no-show")[1]


# --------------------------------------------------------------------------
# Models and predictions


def test_a_saved_tree_answers_as_the_one_that_was_grown(run, tmp_path, study):
    csv(tmp_path, PASSENGERS, "new.csv")
    grown = run("titanic.csv", "--model", "t.npz", "--predict", "new.csv", "--no-show")[
        1
    ]
    first = (tmp_path / "predictions.csv").read_text(encoding="utf-8")
    (tmp_path / "predictions.csv").unlink()
    code, out = run("--model", "t.npz", "--predict", "new.csv")
    assert code == 0 and out in grown and "2 predictions saved" in out
    assert (tmp_path / "predictions.csv").read_text(encoding="utf-8") == first
    lines = first.splitlines()
    assert lines[0].endswith("Embarked,prediction,probability")
    assert re.search(r",1,0\.\d+$", lines[1]) and re.search(r",0,0\.\d+$", lines[2])
    table, model = dt.load_model(Path("t.npz"))
    assert table == study.table and model.tree_.feature[0] == 1


def test_a_tree_for_numbers_is_saved_too(run, tmp_path):
    run("auto_mpg.csv", "--model", "t.npz", "--no-show")
    run("--model", "t.npz", "--predict", "auto_mpg.csv")
    text = (tmp_path / "predictions.csv").read_text(encoding="utf-8")
    assert text.partition("\n")[0].endswith(",prediction")
    assert 9 < float(text.splitlines()[1].rpartition(",")[2]) < 47


def test_a_damaged_model_is_refused(run, bad, tmp_path):
    csv(tmp_path, PASSENGERS, "new.csv")
    run("titanic.csv", "--model", "t.npz", "--no-show")
    whole = dict(np.load("t.npz"))
    circle = {**whole, "left": np.where(whole["left"] > 0, 0, whole["left"])}
    for damage in (circle, {**whole, "about": np.array("{")}, {"x": np.zeros(2)},
                   {**whole, "n": whole["n"][:2]}):  # fmt: skip
        np.savez("d.npz", **damage)
        assert "or it is damaged" in bad("--model", "d.npz", "--predict", "new.csv")
    for raw in (b"", b"hello", (tmp_path / "t.npz").read_bytes()[:300]):
        (tmp_path / "d.npz").write_bytes(raw)
        assert "or it is damaged" in bad("--model", "d.npz", "--predict", "new.csv")
    assert "predictions.csv" not in files(tmp_path)


def test_a_model_made_of_objects_is_not_run(run, bad, tmp_path):
    csv(tmp_path, PASSENGERS, "new.csv")
    np.savez("d.npz", about=np.array([{}], dtype=object))
    assert "or it is damaged" in bad("--model", "d.npz", "--predict", "new.csv")


# --------------------------------------------------------------------------
# Pictures


def test_the_picture_is_written_and_nothing_else(run, tmp_path):
    out = run("titanic.csv", "--explain", "12", "--save", "a.png", "--no-show")[1]
    assert out.endswith("Saved a.png\n") and files(tmp_path) == {"a.png"}
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (1800, 1200)


def test_without_a_window_the_picture_is_named(run, tmp_path):
    assert run("iris.csv")[1].endswith("Saved decision_tree.png\n")
    assert files(tmp_path) == {"decision_tree.png"}


def drawn(study, depth: int):
    import matplotlib.pyplot as plt

    coded = [j for j, words in enumerate(study.table.words) if words]
    model = dt.DecisionTree(depth, 1, "gini", coded).fit(study.X, study.y)
    fig, ax = plt.subplots(figsize=(12, 6))
    portrait = dt.Portrait(study.table, model.tree_, study.X, study.y)
    portrait.draw(ax, depth)
    fig.canvas.draw()
    return fig, ax, portrait


def test_five_levels_fit_and_no_text_covers_another(study):
    fig, ax, portrait = drawn(study, 5)
    assert portrait.leaves > 20
    boxes = [t.get_window_extent() for t in ax.texts]
    inside = fig.bbox.padded(2)
    for i, box in enumerate(boxes):
        assert inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1)
        for other in boxes[i + 1 :]:
            assert not box.padded(-1.5).overlaps(other.padded(-1.5)), ax.texts[i]


def test_the_histograms_hold_all_who_come(study):
    *_, portrait = drawn(study, 3)
    for node in np.flatnonzero(portrait.tree.feature >= 0):
        bars, where = portrait.bars(node)
        seen = study.X[portrait.rows[node], portrait.tree.feature[node]]
        assert sum(map(len, bars)) == (~np.isnan(seen)).sum() and 0 <= where <= 1
    for node, here in enumerate(portrait.rows):
        assert len(here) == portrait.tree.n[node]


@pytest.mark.slow
def test_the_film_steps_level_by_level(run, monkeypatch):
    shown, draw = [], dt.Portrait.draw

    def watched(portrait: object, ax: object, level: int, *more: object) -> None:
        shown.append(level)
        draw(portrait, ax, level, *more)

    monkeypatch.setattr(dt.Portrait, "draw", watched)
    run("titanic.csv", "--script", "home right right", "--no-show")
    assert shown[0] == 0 and shown[-3:] == [0, 1, 2]


@pytest.mark.slow
def test_the_film_is_a_moving_gif(run, tmp_path):
    run("titanic.csv", "--max-depth", "2", "--save", "a.gif", "--no-show")
    with Image.open(tmp_path / "a.gif") as film:
        assert film.n_frames >= 3


def test_a_run_killed_while_it_saves_leaves_the_old_files(run, tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    def killed(*places: object, **_: object) -> None:
        path = next(p for p in places if isinstance(p, str | Path))
        Path(path).write_bytes(b"half")
        raise KeyboardInterrupt

    for name in ("a.png", "t.npz"):
        (tmp_path / name).write_bytes(b"old")
    monkeypatch.setattr(Figure, "savefig", killed)
    with pytest.raises(KeyboardInterrupt):
        run("iris.csv", "--save", "a.png", "--no-show")
    monkeypatch.setattr(np, "savez_compressed", killed)
    with pytest.raises(KeyboardInterrupt):
        run("iris.csv", "--model", "t.npz", "--no-show")
    assert files(tmp_path) == {"a.png", "t.npz"}
    assert all((tmp_path / name).read_bytes() == b"old" for name in files(tmp_path))


# --------------------------------------------------------------------------
# As a process of its own


def start(folder: Path, *words: str, **more: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-u", str(reference("decision_tree")), *words], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", **more},
    )  # fmt: skip


@pytest.mark.slow
def test_it_runs_from_any_folder_on_any_console(tmp_path):
    more = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    child = start(tmp_path, "auto_mpg.csv", "--no-show", **more)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0 and not err and "Test R?: 0." in out
    assert not files(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_ends_it_without_a_traceback(tmp_path):
    child = start(tmp_path, "california_housing.csv", "--prune", "--no-show")
    while "Building" not in child.stdout.readline():
        pass
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130 and "Traceback" not in err


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("text, sentence", [
    ("", "there is no row of data"),
    ("a,y\n", "there is no row of data"),
    (rows(3), "3 rows have a 'y'; 5 are needed"),
    (rows(20, y="1"), "'y' is always '1': nothing to learn"),
    (rows(20, y=""), "no column"),
    (rows(600, y="w{i}"), "'y' has 600 values in 600 rows, too many for classes"),
    (rows(20) + "\n1e999,w1,1", "' is not a finite number"),
    (rows(20) + "\noops,w1,1", "line 22, column 'a': 'oops' is not a finite"),
    ("y\n" + "0\n1\n" * 9, "give columns beside 'y'"),
    ("a,y\n" + "3,0\n3,1\n" * 9, "give columns beside 'y'"),
])  # fmt: skip
def test_a_file_that_cannot_be_learnt_from(bad, tmp_path, text, sentence):
    words = ["--target", "y"] if "a,b,y" in text else []
    told = bad(csv(tmp_path, text), *words)
    assert sentence in told or (sentence == "no column" and "'y'" in told), told
    assert files(tmp_path) == {"x.csv"}


@pytest.mark.parametrize("words, sentence", [
    (["nope.csv"], "no such file"),
    (["."], "this is a folder"),
    (["titanic.csv", "--target", "Survive"], "did you mean Survived?"),
    (["titanic.csv", "--columns", "Agee"], "did you mean Age?"),
    (["titanic.csv", "--columns", "Survived"], "give columns beside 'Survived'"),
    (["titanic.csv", "--categories", "Class"], "did you mean Pclass?"),
    (["titanic.csv", "--target", "Name"], "891 values in 891 rows"),
    (["titanic.csv", "--target", "Sex", "--criterion", "mse"], "'male' is not"),
    (["titanic.csv", "--explain", "892"], "there are 891 rows"),
    (["titanic.csv", "--explain", "0"], "a whole number of at least 1"),
    (["titanic.csv", "--max-depth", "0"], "a whole number from 1 to 60"),
    (["titanic.csv", "--min-samples-leaf", "x"], "a whole number"),
    (["titanic.csv", "--criterion", "luck"], "there is gini, entropy"),
    (["titanic.csv", "--predict", "nope.csv"], "no such file"),
    (["titanic.csv", "--predict", "iris.csv"], "iris.csv: no column 'Pclass'"),
    (["titanic.csv", "--model", "t.txt"], "ending in .npz"),
    (["titanic.csv", "--model", "no/t.npz"], "in a folder that exists"),
    (["--model", "no.npz", "--predict", "iris.csv"], "no.npz: no such model"),
    (["titanic.csv", "--save", "x.doc"], "a picture's name ends in"),
])  # fmt: skip
def test_a_wrong_word_gets_one_line(bad, tmp_path, words, sentence):
    assert sentence in bad(*words)
    assert not files(tmp_path)


def test_a_tree_of_few_rows_with_too_large_leaves_is_a_leaf(run):
    out = run("iris.csv", "--min-samples-leaf", "500", "--no-show")[1]
    assert "Tree depth: 0\nNodes: 1\n" in out
