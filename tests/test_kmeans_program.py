"""Chapter 15 as a program: its commands, pictures, keys, and bad input."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from PIL import Image, ImageSequence

import common.data

km = chapter("kmeans")


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """kmeans' main in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        try:
            code = km.main(list(words))
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(km.main, *words)


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


# --------------------------------------------------------------------------
# Commands and pictures


@pytest.mark.slow
def test_the_film_has_a_frame_for_every_step_and_two_seconds_of_end(run, tmp_path):
    code, out, _ = run("iris.csv", "--columns", "petal_length,petal_width", "--k", "3",
                       "--max-k", "4", "--save", "film.gif")  # fmt: skip
    assert code == 0 and "Saved film.gif" in out
    rounds = out.count("\nIteration ")
    with Image.open(tmp_path / "film.gif") as gif:
        shots = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(gif)]
        gif.seek(0)
    assert len(shots) >= rounds and (shots[0] != shots[-1]).any()


@pytest.mark.slow
def test_the_picture_and_the_elbow_plot_are_saved(run, tmp_path):
    run("iris.csv", "--k", "3", "--max-k", "4", "--save", "out.png")
    assert {p.name for p in tmp_path.iterdir()} == {"out.png", "elbow.png"}


@pytest.mark.slow
def test_the_same_seed_prints_the_same(run):
    words = ("iris.csv", "--max-k", "3", "--restarts", "2", "--no-show", "--seed")
    runs = [run(*words, seed)[1] for seed in ("4", "4", "5")]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.slow
def test_a_photo_in_few_colours(run, tmp_path):
    code, out, _ = run("--image", "photos/china.jpg", "--k", "3", "--save", "c.png")
    assert code == 0 and "640 x 427 pixels" in out and "2 bits a pixel" in out
    assert out.count(" % of pixels") == 3 and (tmp_path / "c.png").exists()


def test_the_gallery_measures_what_is_wrong(run):
    _, out, _ = run("--gallery", "--no-show")
    for name in ("moons", "unequal spread", "stretched", "one outlier"):
        finding = out.partition(f"{name}: ")[2].split("\n")[1]
        assert "Nothing wrong" not in finding, name
    assert "round and equal: 100 % right\n  Nothing wrong is measured." in out


@pytest.mark.parametrize("seed", range(4))
def test_the_doctor_is_right_on_new_specimens_too(seed):
    """Healthy groups get a clean bill, sick ones do not, whatever the seed."""
    rng = np.random.default_rng(seed)
    for name, (X, truth) in km.specimens(rng).items():
        k = len(np.unique(truth))
        found = km.doctor(X, km.KMeans(max(k, 3), rng=rng).fit(X).centroids_)
        if name == "round and equal":
            assert not found
        if name in ("moons", "stretched", "one outlier"):
            assert found, name


def test_elbow_prints_a_line_for_every_k(run):
    _, out, _ = run("iris.csv", "--elbow", "--max-k", "5", "--no-show")
    assert [line.split()[0] for line in out.splitlines() if line[:1].isdigit()] == list(
        "12345"
    )
    assert "gap" in out and "Optimal k appears to be" in out


@pytest.mark.slow
def test_the_game_counts_the_answers(run):
    _, out, _ = run("--digits", "--script", "3 backspace 1 q a", "--no-show")
    assert "Your 50 answers (" in out and "% right (20 draws)" in out


@pytest.mark.slow
def test_fifty_answers_beat_fifty_random_digits(run):
    """Mean of the runs from five seeds, all answers true, against 20 random draws."""
    X, y = common.data.load_digits()
    ours = []
    for seed in range(5):
        model = km.KMeans(50, restarts=1, rng=seed).fit(X)
        nearest = km.nearest(model.centroids_, X)  # the digit nearest to each centroid
        ours.append(100 * (y[nearest][model.labels_] == y).mean())
    chance = [km.at_random(X, y, np.random.default_rng(s)) for s in range(20)]
    assert np.mean(ours) > np.mean(chance) + 3 * np.std(chance)


@pytest.mark.parametrize("answers, key, want", [
    ("", "3", "3"), ("12", "backspace", "1"), ("", "backspace", ""), ("9", "a", "934"),
    ("934", "5", "934"), ("1", "x", "1"), ("1", "", "1"), ("1", "²", "1"),
])  # fmt: skip
def test_keys_of_the_game(answers, key, want):
    assert km.on_key(answers, key, "134") == want


@pytest.mark.slow
def test_random_start_and_mini_batches(run):
    assert "at random points" in run("--init", "random", "--max-k", "3", "--no-show")[1]
    assert (
        "mini-batches of 100" in run("--batch", "100", "--max-k", "3", "--no-show")[1]
    )


# --------------------------------------------------------------------------
# The window


@pytest.fixture
def film():
    """The window of a run on four round groups."""
    import matplotlib.pyplot as plt

    rng = np.random.default_rng(0)
    raw = np.repeat([[0, 0], [9, 0], [0, 9], [9, 9]], 30, axis=0) + rng.normal(
        size=(120, 2)
    )
    table = km.prepare(["a", "b"], raw)
    fig, _ = plt.subplots(1, 2)
    film = km.Evolution(fig, table, rng)
    film.show(fig, list(km.lloyd(table.X, table.X[:4])))
    return film


def press(film, *keys):
    from matplotlib.backend_bases import KeyEvent

    for key in keys:
        KeyEvent("key_press_event", film.fig.canvas, key)._process()


def test_arrows_step_through_the_run(film):
    press(film, "right", "right", "left")
    assert film.frame == 1
    press(film, "end")
    assert film.frame == len(film.steps) - 1 and "settled" in film.fig.axes[
        0
    ].get_title(loc="left")


def test_up_and_down_change_the_number_of_groups(film):
    press(film, "up", "up", "down")
    assert len(film.steps[0].centroids) == 5 and film.frame == 0 and film.playing
    press(film, *["down"] * 6)
    assert len(film.steps[0].centroids) == 1


def test_an_empty_group_is_repaired_in_view(film):
    press(film, "e")
    assert "owns nothing: it takes the farthest point" in film.fig.axes[0].get_title(
        loc="left"
    )
    press(film, "end")
    counts = np.bincount(film.steps[-1].labels, minlength=4)
    assert counts.all()


def test_two_columns_show_their_voronoi_cells(film):
    assert len(film.fig.axes[0].images) == 1


def test_logarithms_are_taken_of_skewed_columns_only():
    rng = np.random.default_rng(0)
    raw = np.stack([np.exp(rng.normal(size=300) * 2), rng.normal(size=300)], axis=1)
    table = km.prepare(["a", "b"], raw)
    assert table.logs.tolist() == [True, False]
    assert km.prepare(["a", "b"], raw, plain=True).logs.tolist() == [False, False]
    np.testing.assert_allclose(table.X.mean(axis=0), 0, atol=1e-12)


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["nothing.csv"], "no such file"),
    (["custmer_data.csv"], "did you mean customer_data.csv?"),
    (["--k", "0"], "give a whole number of at least 1"),
    (["--k", "x"], "not 'x'"),
    (["iris.csv", "--k", "151"], "from 1 to the number of rows, 150"),
    (["iris.csv", "--columns", "petal_lenth"], "did you mean petal_length?"),
    (["iris.csv", "--columns", "species"], "line 2, column 'species': 'setosa'"),
    (["titanic.csv"], "the cell is empty"),
    (["--image", "iris.csv"], "not a picture"),
    (["--image", "photos/none.jpg"], "no such file"),
    (["--save", "film.xyz"], "a picture's name ends in"),
    (["--save", "nowhere/film.gif"], "folder"),
    (["--gallery", "--save", "g.gif"], "does not move"),
    (["--unknown"], "--unknown"),
    (["--init", "best"], "--init"),
    (["."], "a folder"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not list(tmp_path.glob("*.*"))


@pytest.mark.parametrize("text, sentence", [
    ("", "no row of data"),
    ("a,b\n", "no row of data"),
    ("a,b\n1,2\n", "k = 4, but it must be from 1 to the number of rows, 1"),
    ("a,b\n" + "1,2\n" * 9, "only 1 different points"),
    ("name\nx\ny\n", "no column of numbers"),
    ("a,b\n1,2\n3,x\n5,6\n7,8\n9,1\n2,2\n", "line 3, column 'b': 'x'"),
    ("a,b\n1,2\n3,\n5,6\n", "line 3, column 'b': the cell is empty"),
    ("a,b\n1,2\n3,inf\n5,6\n", "line 3, column 'b': 'inf'"),
    ("a,b\n1,2\n3,4,5\n", "line 3: 3 cells"),
])  # fmt: skip
def test_a_bad_table_gets_one_sentence(bad, text, sentence, tmp_path):
    assert sentence in bad(write(tmp_path / "t.csv", text))


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n", b"not a picture at all"]
)
def test_a_broken_picture_gets_one_sentence(bad, content, tmp_path):
    (tmp_path / "x.png").write_bytes(content)
    assert "not a picture" in bad("--image", "x.png")


def test_a_truncated_picture_gets_one_sentence(bad, tmp_path):
    whole = common.data.find("photos/china.jpg").read_bytes()
    (tmp_path / "x.jpg").write_bytes(whole[: len(whole) // 2])
    assert "not a picture" in bad("--image", "x.jpg")


@pytest.mark.slow
def test_rows_with_empty_cells_can_be_left_out(run):
    code, out, _ = run("penguins.csv", "--drop-missing", "--k", "3", "--max-k", "3",
                       "--no-show")  # fmt: skip
    assert code == 0 and "342 rows" in out


@pytest.mark.slow
def test_as_a_process_of_its_own_it_ends_as_promised(tmp_path):
    """From another folder, piped, without a screen: 2 for bad input, 0 for good."""
    for words, code in (
        (["none.csv"], 2),
        (["iris.csv", "--k", "3", "--max-k", "3"], 0),
    ):
        child = subprocess.run(
            [sys.executable, str(reference("kmeans")), *words],
            capture_output=True, encoding="utf-8", cwd=tmp_path, timeout=60,
        )  # fmt: skip
        assert child.returncode == code and "Traceback" not in child.stderr
    assert (tmp_path / "kmeans.png").exists() and "Saved kmeans.png" in child.stdout


@pytest.mark.slow
def test_a_single_column_and_a_constant_one_work(run, tmp_path):
    file = write(
        tmp_path / "t.csv", "a,b\n" + "".join(f"{i % 7},5\n" for i in range(40))
    )
    for columns in ("a", "a,b"):
        code, out, err = run(
            file, "--columns", columns, "--k", "2", "--max-k", "3", "--no-show"
        )
        assert code == 0 and "Converged!" in out, err
