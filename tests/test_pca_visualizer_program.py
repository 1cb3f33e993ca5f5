"""Chapter 4 as a program: its commands, pictures, keys, and bad input."""

import gzip
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from PIL import Image, ImageSequence

import common.data

pca = chapter("pca_visualizer")


@pytest.fixture
def run(program):
    """The chapter's main in an empty folder: exit code and stdout."""
    return partial(program, pca.main)


@pytest.fixture
def says(run, monkeypatch):
    """What main prints; the picture, which takes longest, is not written."""
    monkeypatch.setattr("common.figures.write", lambda *_: None)
    return lambda *words: run(*words, "--no-show")[1]


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(pca.main, *words)


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --------------------------------------------------------------------------
# Commands and pictures


def test_the_other_name_of_iris_is_known(run, tmp_path):
    assert "Eigenvalue 1: 2.918 (73.0%" in run("iris_dataset.csv", "--no-show")[1]
    assert files(tmp_path) == {"pca_iris.png"}


def test_without_a_screen_the_picture_is_saved_where_it_says(
    run, tmp_path, monkeypatch
):
    monkeypatch.delenv("DISPLAY", raising=False)
    code, out = run()
    assert code == 0 and "Saved pca_visualizer.png" in out
    assert files(tmp_path) == {"pca_iris.png", "pca_visualizer.png"}


@pytest.mark.slow
def test_three_components_are_drawn_in_space(run, tmp_path):
    flat, space = (
        run("iris.csv", "--components", k, "--save", f"{k}.png") for k in "23"
    )
    assert "first 2 keep 95.8 %" in flat[1] and "first 3 keep 99.5 %" in space[1]
    with Image.open(tmp_path / "2.png") as two, Image.open(tmp_path / "3.png") as three:
        assert (np.asarray(two) != np.asarray(three)).any()


def test_the_transcript_ends_with_what_was_measured(says):
    out = says("iris.csv")
    measured, promised = re.findall(r"0\.\d{4}", out.partition("Power iteration:")[2])
    assert abs(float(measured) - 0.9140 / 2.9185) < 1e-3
    assert promised == "0.3132"
    assert "+0.52*sepal_length -0.27*sepal_width +0.58*petal_length" in out
    assert "the entry of largest size is made positive" in out


def test_the_same_seed_prints_the_same(says):
    runs = [says("iris.csv", "--seed", seed) for seed in ("4", "4", "5")]
    assert runs[0] == runs[1]
    assert runs[0].partition("Power")[0] == runs[2].partition("Power")[0]


def test_raw_columns_are_not_scaled(says):
    """Iris in centimetres: the published eigenvalues, with n, are 4.20 and 0.24."""
    out = says("iris.csv", "--raw")
    assert "Eigenvalue 1: 4.200 (92.5%" in out and "Eigenvalue 2: 0.241 (5.3%" in out
    assert "scaled" not in out


def test_columns_and_label_are_chosen_or_found(says, tmp_path):
    out = says("penguins.csv", "--drop-missing")
    assert "Loading 342 samples with 4 features" in out and "coloured by species" in out
    assert "2 rows with empty cells" in out and "measure nothing: island, sex" in out
    out = says("penguins.csv", "--drop-missing", "--label", "sex", "--columns",
              "bill_length_mm,bill_depth_mm,body_mass_g")  # fmt: skip
    assert "with 3 features" in out and "coloured by sex" in out
    out = says("customers_cdnow.csv")
    assert "with 3 features" in out and "measure nothing: customer_id" in out


def test_a_numeric_column_can_be_the_label(says):
    out = says("auto_mpg.csv", "--label", "origin")
    assert "with 7 features" in out and "coloured by origin" in out


def test_years_that_rise_are_kept_and_counting_numbers_are_not(says, tmp_path):
    rows = "".join(f"{i},{1900 + i * i},{i % 7}.5\n" for i in range(1, 30))
    out = says(write(tmp_path / "t.csv", "row,year,x\n" + rows))
    assert "with 2 features" in out and "measure nothing: row" in out


def test_columns_that_depend_on_each_other_have_a_zero_eigenvalue(says, tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 50))
    rows = "".join(f"{a},{b},{a + b}\n" for a, b in zip(x, y))
    out = says(write(tmp_path / "t.csv", "a,b,c\n" + rows))
    assert "Eigenvalue 3: 0.000 (0.0%" in out


@pytest.mark.slow
def test_the_digits_become_pictures(run, tmp_path):
    code, out = run("digits_8x8.csv.gz", "--save", "d.png")
    assert code == 0 and "Loading 1,797 samples with 64 features" in out
    assert "... and 54 more" in out and "k for 95 %: 29" in out
    assert files(tmp_path) == {"d.png", "pca_digits_8x8.png"}


@pytest.mark.slow
def test_mnist_is_taken_as_one_block(says):
    out = says("mnist")
    assert "Loading 60,000 samples with 784 features each..." in out
    assert "160 of 784 as one block" in out and "k for 95 %: 154" in out
    real = int(re.findall(r"Parallel analysis: (\d+)", out)[0])
    assert 35 <= real <= 55


@pytest.mark.slow
def test_the_film_is_written_with_or_without_watch(run, tmp_path):
    code, out = run("iris.csv", "--columns", "petal_length,sepal_width,petal_width",
                    "--save", "film.gif")  # fmt: skip
    assert code == 0 and "Saved film.gif" in out
    with Image.open(tmp_path / "film.gif") as gif:
        shots = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(gif)]
    assert len(shots) > 15 and (shots[0] != shots[-1]).any()
    assert files(tmp_path) == {"film.gif", "pca_iris.png"}


@pytest.mark.slow
def test_watch_saves_the_last_frame_as_a_picture(run, tmp_path):
    run("iris.csv", "--watch", "--save", "last.png")
    assert files(tmp_path) == {"last.png", "pca_iris.png"}


@pytest.mark.slow
def test_as_a_process_of_its_own_it_ends_as_promised(tmp_path):
    """From another folder, piped, without a screen: 2 for bad input, 0 for good."""
    for words, code in ((["none.csv"], 2), (["iris.csv", "--no-show"], 0)):
        child = subprocess.run(
            [sys.executable, str(reference("pca_visualizer")), *words],
            capture_output=True, encoding="utf-8", cwd=tmp_path, timeout=60,
        )  # fmt: skip
        assert child.returncode == code and "Traceback" not in child.stderr
    assert files(tmp_path) == {"pca_iris.png"}


# --------------------------------------------------------------------------
# What the given parts promise


@pytest.mark.parametrize("b", [1, 2, 7, 20])
def test_jacobi_diagonalises_any_symmetric_matrix(rng, b):
    S = rng.normal(size=(b, b))
    S = S + S.T
    values, V = pca.jacobi(S)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(S)[::-1], atol=1e-10)
    np.testing.assert_allclose(V @ np.diag(values) @ V.T, S, atol=1e-10)


def test_orthonormal_columns_span_the_same(rng):
    Y = rng.normal(size=(30, 6)) * [1, 10, 100, 1, 1, 0.01]
    Q = pca.orthonormal(Y)
    np.testing.assert_allclose(Q.T @ Q, np.eye(6), atol=1e-8)
    np.testing.assert_allclose(Q @ (Q.T @ Y), Y, atol=1e-7)


# --------------------------------------------------------------------------
# The windows


@pytest.fixture
def window(monkeypatch):
    """The window of the digits, and what its keys move."""
    import matplotlib.pyplot as plt

    X, y = common.data.load_digits()
    table = pca.Table("digits", X, [], y, list("0123456789"))
    fig, axes = pca.stage(plt, table, 2)
    monkeypatch.setattr(fig.canvas, "draw_idle", lambda: None)  # nobody looks
    keys = pca.Rebuilder(axes, pca.PCA(20).fit(X), X, 9)
    fig.canvas.mpl_connect("key_press_event", lambda event: keys.on_key(event.key))
    return fig, axes, keys


def press(fig, *keys):
    from matplotlib.backend_bases import KeyEvent

    for key in keys:
        KeyEvent("key_press_event", fig.canvas, key)._process()


def test_arrows_move_k_and_stop_at_the_ends(window):
    fig, axes, keys = window
    press(fig, "right", "right", "left")
    assert keys.slider.val == 10 and "k = 10" in axes["R"].get_title(loc="left")
    press(fig, "up", "up")
    assert keys.slider.val == 20
    press(fig, "down", "down", "down", "q")
    assert keys.slider.val == 0


def test_the_picture_shown_is_the_one_rebuilt_from_k_components(window):
    fig, axes, _ = window
    press(fig, "n", "n")
    X = common.data.load_digits()[0]
    model = pca.PCA(9).fit(X)
    want = model.inverse_transform(model.transform(X[2:3])).reshape(8, 8)
    got = np.asarray(axes["R"].images[0].get_array())
    np.testing.assert_allclose(got, want, atol=1e-6)
    np.testing.assert_array_equal(axes["O"].images[0].get_array(), X[2].reshape(8, 8))


def test_the_slider_follows_the_mouse(window):
    from matplotlib.backend_bases import MouseEvent

    fig, axes, keys = window
    fig.canvas.draw()
    for name, k in (("press", 3), ("motion_notify", 15), ("release", 15)):
        full = name if name == "motion_notify" else f"button_{name}"
        x, y = keys.slider.ax.transData.transform((k, 0.5))
        MouseEvent(f"{full}_event", fig.canvas, x, y, 1)._process()
    assert keys.slider.val == 15 and "k = 15" in axes["R"].get_title(loc="left")


def test_the_film_turns_the_vector_and_collapses_the_cloud(rng):
    import matplotlib.pyplot as plt

    X = rng.normal(size=(80, 3)) * [3, 2, 1]
    model = pca.PCA(3).fit(X)
    C = pca.covariance(X)
    rest = pca.deflate(C, model.explained_variance_[0], model.components_[0])
    runs = [pca.power_iteration(A, rng)[2] for A in (C, rest)]
    watch = pca.Watch(plt, model, X, runs)
    parts = [part for part, _, _ in watch.scenes]
    assert parts == sorted(parts) and set(parts) == {0, 1}
    width = []
    for frame in (0, len(watch.scenes) - 1):
        watch.draw(frame)
        width.append(np.ptp(watch.axes[0].lines[0].get_xdata()))
    assert width[0] > 5 and width[1] < 1e-9
    press(watch.fig, "right", "right")
    assert watch.film.frame == 2


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["nothing.csv"], "no such file"),
    (["irs.csv"], "did you mean iris.csv?"),
    (["."], "a folder"),
    (["--components", "0"], "give a whole number of at least 1"),
    (["iris.csv", "--components", "5"], "5 components of 4 columns"),
    (["iris.csv", "--label", "specis"], "no column 'specis' of 2 to 20 values; did you "
     "mean species?"),
    (["iris.csv", "--label", "petal_length"], "no column 'petal_length' of 2 to 20"),
    (["iris.csv", "--columns", "petal_lenth"], "did you mean petal_length?"),
    (["iris.csv", "--columns", "petal_length"], "2 components of 1 columns"),
    (["iris.csv", "--columns", "species,petal_width"], "'species': 'setosa'"),
    (["penguins.csv"], "line 5, column 'bill_length_mm': the cell is empty"),
    (["titanic.csv"], "the cell is empty"),
    (["--save", "film.xyz"], "a picture's name ends in"),
    (["--save", "nowhere/a.png"], "folder"),
    (["--unknown"], "--unknown"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)


@pytest.mark.parametrize("text, sentence", [
    ("", "t.csv: "),
    ("a,b\n", "no row of data"),
    ("a,b\n1,2\n", "2 rows at least are needed; the shape is (1, 2)"),
    ("a,b,c\n1,5,2\n2,5,7\n4,5,1\n", "column 'b' is constant; leave it out with "
     "--columns, or scale nothing with --raw"),
    ("name,kind\nx,u\ny,v\nz,u\n", "2 components of 0 columns of numbers"),
    ("a,b\n1,2\n3,x\n5,6\n7,8\n9,1\n2,2\n", "line 3, column 'b': 'x'"),
    ("a,b\n1,2\n3,\n5,6\n", "line 3, column 'b': the cell is empty"),
    ("a,b\n1,2\n3,inf\n5,6\n", "line 3, column 'b': 'inf'"),
    ("a,b\n1,2\n3,4,5\n", "line 3: 3 cells"),
])  # fmt: skip
def test_a_bad_table_gets_one_sentence(bad, text, sentence, tmp_path):
    assert sentence in bad(write(tmp_path / "t.csv", text))
    assert files(tmp_path) == {"t.csv"}


def test_constant_columns_are_no_matter_when_nothing_is_scaled(says, bad, tmp_path):
    some = write(tmp_path / "some.csv", "a,b,c\n1,5,2\n2,5,7\n4,5,1\n")
    assert "Eigenvalue 3: 0.000" in says(some, "--raw")
    every = write(tmp_path / "every.csv", "a,b\n1,5\n1,5\n1,5\n")
    assert "there is no variance to explain" in bad(every, "--raw")


def test_no_row_left_gets_one_sentence(bad, tmp_path):
    file = write(tmp_path / "t.csv", "a,b\n1,\n,2\n3,\n,4\n")
    assert "2 rows at least are needed" in bad(file, "--drop-missing")


@pytest.mark.parametrize("name", ["t.csv.gz", "digits_8x8.csv.gz"])
def test_a_damaged_gz_gets_one_sentence(bad, name, tmp_path):
    whole = gzip.compress(common.data.find("iris.csv").read_bytes())
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    assert "the .gz file is damaged" in bad(name)
    assert files(tmp_path) == {name}


def test_a_folder_that_cannot_be_written_gets_one_sentence(bad, tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", "pca_iris.png")

    monkeypatch.setattr("common.figures.write", refuse)
    assert "pca_iris.png: permission denied" in bad("iris.csv")
