"""Chapter 3 as a program: its prompt, titles, receipts, pictures, and bad input."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from PIL import Image

from common import console

movies = chapter("movie_recommender")

TITLES = {
    1: "Toy Story (1995)", 2: "Matrix, The (1999)", 3: "Titanic (1997)",
    4: "Titanic (1953)", 5: "Godfather, The (1972)", 6: "Heat (1995)",
    7: "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
    8: "Seven (a.k.a. Se7en) (1995)", 9: "2001: A Space Odyssey (1968)",
    10: "Star Wars: Episode IV - A New Hope (1977)", 11: "Ocean's Eleven (2001)",
    12: "Star Wars: Episode V - The Empire Strikes Back (1980)",
    13: "8 1/2 (8½) (1963)", 14: "Avventura, L' (Adventure, The) (1960)",
    15: "Dumb & Dumber (1994)", 16: "M",
}  # fmt: skip


def two_tastes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """60 people: half love the odd films, half the even ones; few saw film 4."""
    rng, share = np.random.default_rng(1), np.where(np.arange(16) == 3, 0.3, 0.7)
    i, j = np.nonzero(rng.uniform(size=(60, 16)) < share)
    stars = np.where((i + j) % 2 == 0, 4.5, 2.0) + rng.integers(-1, 2, len(i)) / 2
    return i, j + 1, stars


def write(folder: Path, **texts: str) -> None:
    """A folder laid out as data/ is, and a file of it with another text."""
    rows = [f"{u},{m},{v},0" for u, m, v in zip(*two_tastes())]
    ratings = "\n".join(["userId,movieId,rating,timestamp", *rows, ""])
    rows = [f'{m},"{title}",Drama' for m, title in TITLES.items()]
    titles = "\n".join(["movieId,title,genres", *rows, ""])
    (folder / "movielens").mkdir()
    for name, text in ({"ratings": ratings, "movies": titles} | texts).items():
        (folder / "movielens" / f"{name}.csv").write_text(text, encoding="utf-8")


class Terminal(io.StringIO):
    """Somebody sits before it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write(folder)
    return folder


@pytest.fixture
def data_in(monkeypatch):
    """Lets the chapter find its data in another folder."""
    return lambda folder: monkeypatch.setattr("common.data.FOLDER", folder)


@pytest.fixture
def films():
    return movies.Films(TITLES, movies.Ratings(*two_tastes()))


@pytest.fixture
def state(films):
    model = movies.Recommender().fit(films.ratings)
    return movies.State(model, films, {2: 5.0, 3: 1.5, 8: 4.0})


@pytest.fixture
def run(capsys, tmp_path, monkeypatch, folder, data_in):
    """The chapter's main, on few ratings, with what is typed: code, stdout."""
    monkeypatch.chdir(tmp_path)
    data_in(folder)

    def call(*words: str, typed: str | io.StringIO = "") -> tuple[int, str]:
        stdin = io.StringIO(typed) if isinstance(typed, str) else typed
        monkeypatch.setattr("sys.stdin", stdin)
        code = movies.main(list(words))
        return code, capsys.readouterr().out

    return call


@pytest.fixture
def says(run):
    """What main prints, without a picture."""
    return lambda *words, typed="": run(*words, "--no-show", typed=typed)[1]


@pytest.fixture
def bad(complaint, folder, data_in):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    data_in(folder)
    return lambda *words: complaint(movies.main, *words)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --------------------------------------------------------------------------
# Titles


@pytest.mark.parametrize("text, movie", [
    ("The Matrix", 2), ("matrix", 2), ("MATRIX, THE", 2), ("the matrix (1999)", 2),
    ("matrix 1999", 2), ("teh matrix", 2), ("matrx", 2), ("Titanic", 3),
    ("Titanic (1953)", 4),
    ("titanic 1953", 4), ("godfater", 5), ("la cite des enfants perdus", 7),
    ("Cité des enfants perdus, La", 7), ("lost children", 7), ("se7en", 8),
    ("Seven", 8), ("2001", 9), ("2001: A Space Odyssey", 9), ("a space odyssey", 9),
    ("empire strikes bak", 12), ("A New Hope", 10), ("oceans eleven", 11),
    ("Ocean’s Eleven", 11), ("8 1/2", 13), ("8½", 13), ("l'avventura", 14),
    ("Avventura, L'", 14), ("dumb and dumber", 15), ("  heat ", 6), ("m", 16),
])  # fmt: skip
def test_a_title_is_found_however_it_is_typed(films, text, movie):
    assert films.find(text)[0] == movie


def test_titles_are_shown_as_one_says_them(films):
    assert films.titles[2] == "The Matrix (1999)"
    assert films.titles[7] == "The City of Lost Children (1995)"
    assert films.titles[14] == "L'Avventura (1960)" and films.titles[16] == "M"
    assert movies.natural("Good, the Bad and the Ugly, The") == (
        "The Good, the Bad and the Ugly"
    )
    assert movies.short(films.titles[12]) == "Episode V - The Empire Strikes Back"


def test_of_several_films_the_most_rated_is_taken_and_that_is_said(films):
    movie, remark = films.choose("titanic")
    assert movie == 3 and films.counts[3] > films.counts[4]
    assert remark == "(Titanic (1997), the most rated of 2 so called)\n"
    assert films.choose("Titanic 1953") == (4, "")
    assert set(films.find("star wars")) == {10, 12}


@pytest.mark.parametrize("text", ["Casablanca", "99", "xyzzy"])
def test_a_title_that_is_not_there_is_refused(films, text):
    with pytest.raises(ValueError, match="there is no film"):
        films.find(text)


def test_the_nearest_titles_are_suggested(films):
    with pytest.raises(ValueError, match=r"did you mean .*The Matrix \(1999\)"):
        films.find("Matilda rix")


# --------------------------------------------------------------------------
# Receipts and commands


def printed(text: str) -> list[float]:
    """The signed terms that a receipt prints."""
    return [float(n) for n in re.findall(r"(?<=[=\s])[+-]?\d\.\d\d(?= [^s])", text)]


@pytest.mark.parametrize("seed", range(8))
def test_receipts_add_up_as_they_are_printed(state, seed):
    rng = np.random.default_rng(seed)
    some = rng.choice(16, 7, replace=False) + 1
    given = dict(zip(some.tolist(), (rng.integers(1, 11, 7) / 2).tolist()))
    text = movies.show_top(state._replace(n=9), given)
    for block in re.split(r"^\d+\. ", text, flags=re.M)[1:]:
        stars = float(re.findall(r": (\d\.\d\d) stars", block)[0])
        receipt = block.partition("\n")[2]
        assert round(sum(printed(receipt)), 2) == stars, block
    for movie in (1, 16):
        text = movies.show_why(state._replace(given=given), movie)
        total = float(re.findall(r"= (\d\.\d\d) stars", text)[0])
        assert round(sum(printed(text)), 2) == total, text


def test_the_receipt_in_words_sums_to_the_forecast(state):
    for movie, stars in state.model.recommend(state.given, 20):
        rows = movies.receipt(state, state.given, movie)
        assert abs(sum(value for _, value in rows) - stars) < 1e-12
    names = [name for name, _ in movies.receipt(state, state.given, 1)]
    assert names[:3] == ["mean of all", "you", "the film"]
    assert set(names[3:]) == {"The Matrix (5)", "Titanic (1.5)", "Seven (4)"}


def test_why_tells_the_place_in_the_list(state):
    best = state.model.recommend(state.given, 1)[0][0]
    after, text = movies.run_command(state, f"why {state.films.titles[best]}")
    assert "number 1 of 13 for you" in text and after.focus == best
    assert f", rated by {state.films.counts[best]}: number" in text


def test_why_of_a_rated_film_says_what_would_have_been_guessed(state):
    _, text = movies.run_command(state, "why The Matrix")
    assert "you have rated it" in text and "The Matrix (5)" not in text


def test_what_if_shows_another_list_and_keeps_nothing(state):
    after, text = movies.run_command(state, "What If Titanic 5")
    assert after == state and "what if Titanic (1997) 5:" in text
    assert "Titanic (5)" in text and "(new)" in text
    assert movies.run_command(after, "top")[1] == movies.show_top(state, state.given)


def test_rate_is_kept(state):
    after, text = movies.run_command(state, "rate Heat 4,5")
    assert after.given == {**state.given, 6: 4.5} and state.given.get(6) is None
    assert "rate Heat (1995) 4.5:" in text and "1. " in text
    after, _ = movies.run_command(after, "rate Heat 1")
    assert after.given[6] == 1.0


def test_forget_takes_a_rating_back(state):
    after, text = movies.run_command(state, "forget titanic")
    assert after.given == {2: 5.0, 8: 4.0} and 3 in state.given
    assert "forget Titanic (1997):\n1. " in text and "Titanic (1.5)" not in text
    assert movies.run_command(state, "forget Heat")[0].given == state.given


def test_top_changes_the_length_of_the_list(state):
    after, text = movies.run_command(state, "top 7")
    assert "\n7. " in text and "\n8. " not in text
    assert "\n7. " in movies.run_command(after, "top")[1]
    assert "\n13. " in movies.run_command(state, "top 500")[1]


def test_similar_lists_the_same_taste_and_how_many_rated_both(state):
    """Film 2 is even: so are all that are like it; the likeness falls."""
    _, text = movies.run_command(state, "similar the matrix")
    lines = text.splitlines()[1:]
    values = [float(line.split()[0]) for line in lines]
    assert values == sorted(values, reverse=True) and values[0] > 0.3
    j = next(k for k, t in state.films.titles.items() if t in lines[0])
    seen = state.films.ratings.seen
    assert (
        j % 2 == 0
        and f"{(seen[:, 1] * seen[:, j - 1]).sum():.0f} rated both" in lines[0]
    )


def test_help_names_every_command(state):
    text = movies.run_command(state, "help")[1]
    assert all(verb in text for verb in (*movies.VERBS[:6], "quit"))


@pytest.mark.parametrize("line, sentence", [
    ("whi Heat", "whi: no such command; did you mean why?"),
    ("42", "42: no such command ('help' lists them all)"),
    ("The Matrix", "the: no such command; did you mean 'why The Matrix'?"),
    ("what", "what: no such command"),
    ("why", "give the title of a film"), ("similar (", "give the title of a film"),
    ("why Casablanca", "there is no film 'Casablanca'"),
    ("rate Heat", "'Heat': give a title and stars"),
    ("rate Heat 6", "'6' is no rating: give stars from 0.5 (awful) to 5"),
    ("rate Heat five", "'five' is no rating"),
    ("rate Heat -1", "'-1' is no rating"),
    ("rate Heat nan", "'nan' is no rating"),
    ("rate Heat 0", "'0' is no rating"),
    ("what if Heat 1e0", "'1e0' is no rating"),
    ("top ten", "give a whole number from 1 to 9,999, not 'ten'"),
    ("top 0", "not '0'"), ("top -3", "not '-3'"), ("top 99999", "not '99999'"),
])  # fmt: skip
def test_a_wrong_command_gets_a_sentence(state, line, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        movies.run_command(state, line)


def test_who_has_rated_everything_is_told(state):
    full = state._replace(given=dict.fromkeys(TITLES, 3.0))
    assert movies.run_command(full, "top")[1] == "You have rated every film."
    assert "you have rated it" in movies.run_command(full, "why Heat")[1]


# --------------------------------------------------------------------------
# The conversation


def test_it_asks_and_recommends(says):
    out = says(typed="5\n2\n4\nskip\n")
    assert out.startswith("Loading MovieLens dataset...\nLoaded ")
    assert (
        "ratings from 60 users on 16 movies\n\nEnter your ratings (1-5, or skip):\n"
        in out
    )
    assert "The Matrix: 5\nTitanic: 2\nToy Story: 4\nThe Godfather: skip\n" in out
    assert "Computing recommendations using dot product similarity..." in out
    listed = re.findall(r"^\d\. (.*): \d", out.partition("for you:")[2], re.M)
    assert len(listed) == 5
    assert not {"The Matrix (1999)", "Titanic (1997)", "Toy Story (1995)"} & set(listed)


def test_a_wrong_answer_is_asked_again(says, capsys):
    out = says(typed="6\nfive\n-1\n5\n\n")
    assert out.count("The Matrix: ") == 4 and "The Matrix (1999): 5" in out
    assert "Top 5 recommendations for you" in out


def test_the_end_of_input_goes_on_with_what_was_given(says):
    assert "Titanic: \n" in says(typed="5\n") and "for you:" in says(typed="5\n")
    out = says(typed="")
    assert "Top 5 recommendations for anybody:" in out and "the film" in out


def test_commands_follow_the_questions_in_a_pipe(says):
    out = says(typed="5\nskip\nskip\nskip\nwhy Heat\nnonsense\ntop 2\nquit\n")
    assert "> why Heat" in out and "Heat (1995), rated by" in out
    assert out.rstrip().endswith("quit") and "> top 2\n1. " in out


def test_rate_and_c_do_without_questions(run):
    code, out = run("--rate", "matrix=5", "--rate", "Titanic=1.5", "-c",
                    "why Heat; top 2", "--no-show")  # fmt: skip
    assert code == 0 and "Enter your ratings" not in out and ">" not in out
    assert (
        "The Matrix (1999): 5\nTitanic (1997): 1.5\n" in out
        and "Heat (1995), rated by" in out
    )


def test_a_failing_command_of_c_ends_in_2_and_the_others_are_run(run, capsys):
    code, out = run("--rate", "matrix=5", "-c", "why Nothing; top 2", "--no-show")
    assert code == 2 and "\n2. " in out


def test_no_rating_and_c_ask_nothing(says):
    out = says("-c", "top 3")
    assert "for anybody" in out and "Enter your ratings" not in out


def test_similar_lists_and_ends(run):
    code, out = run("--similar", "Toy Story")
    assert code == 0 and "Most like Toy Story (1995):" in out and "Top" not in out


def test_an_interrupt_in_the_middle_of_the_questions_ends_in_130(
    capsys, monkeypatch, folder, data_in
):
    def interrupt(prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupt)
    data_in(folder)
    with pytest.raises(SystemExit) as end:
        console.run(lambda: movies.main(["--no-show"]))
    assert end.value.code == 130 and "Traceback" not in capsys.readouterr().err


def test_the_board_has_a_row_for_each_method(says):
    out = says("--evaluate", "--seed", "3")
    row = r"^(\S.*?) +RMSE (\d\.\d{3})  precision@10 (\d\.\d{3})  coverage (\d+)%"
    rows = re.findall(row, out, re.M)
    assert [name for name, *_ in rows] == [
        "global mean", "bias baseline", "user-kNN", "item-kNN with baseline",
        "matrix factorisation by ALS",
    ]  # fmt: skip
    off = {name: float(value) for name, value, *_ in rows}
    assert off["item-kNN with baseline"] < off["bias baseline"] < 1.5
    assert says("--evaluate", "--seed", "3") == out and out.count("(RMSE ± ") == 5
    quick = says("--evaluate", "--quick")
    assert len(re.findall(row, quick, re.M)) == 5 and "±" not in quick
    assert "precision@10: of the ten" in out and "coverage: " in out


# --------------------------------------------------------------------------
# What the given parts promise


def test_places_by_hand():
    known = np.array([2, 5, 9])
    got = movies.places(known, [9, 3, 2, 99, -1])
    np.testing.assert_array_equal(got, [2, -1, 0, -1, -1])


def test_the_later_of_two_ratings_counts():
    ratings = movies.Ratings([1, 1, 1], [7, 8, 7], [2.0, 3.0, 5.0])
    assert ratings.table.tolist() == [[5, 3]] and len(ratings) == 2
    with pytest.raises(ValueError, match="equally long"):
        movies.Ratings([1, 2], [7], [3.0])


def test_a_part_of_the_ratings_keeps_the_places_of_all():
    whole = movies.Ratings([1, 2, 3], [7, 8, 9], [1.0, 2.0, 3.0])
    part = movies.Ratings([2], [8], [2.0], like=whole)
    assert part.table.tolist() == [[0, 0, 0], [0, 2, 0], [0, 0, 0]]
    assert part.values.dtype == float
    assert movies.Ratings([1], [1], np.ones(1, np.float32)).table.dtype == np.float32


def test_ridge_rows_solve_what_they_say(rng):
    E = rng.normal(size=(4, 9))
    seen = (rng.uniform(size=(4, 9)) < 0.6).astype(float)
    E, Q = E * seen, rng.normal(size=(9, 3))
    for i, p in enumerate(movies.ridge_rows(E, seen, Q, 0.7)):
        q = Q[seen[i] == 1]
        want = np.linalg.solve(q.T @ q + 0.7 * np.eye(3), q.T @ E[i, seen[i] == 1])
        np.testing.assert_allclose(p, want)


def test_a_table_of_products_is_factorised(rng):
    R = np.outer(rng.normal(size=30), rng.normal(size=20))
    i, j = np.nonzero(rng.uniform(size=(30, 20)) < 0.7)
    residuals = movies.Ratings([*i, 29], [*j, 19], [*R[i, j], R[29, 19]])
    got = movies.factorise(residuals, rng, k=2, lam=0.01)
    assert np.abs(got - R).max() < 0.05 * np.abs(R).max()


def test_people_alike_forecast_for_each_other(rng):
    """Users 1 and 2 agree, 3 disagrees with both: 1's liking of film 9 goes to 2."""
    users, films = (
        [1] * 5 + [2] * 4 + [3] * 5,
        [5, 6, 7, 8, 9, 5, 6, 7, 8, 5, 6, 7, 8, 9],
    )
    stars = [5.0, 1, 5, 1, 5, 4, 2, 4, 2, 1, 5, 1, 5, 1]
    table = movies.user_knn(movies.Ratings(users, films, stars))
    assert table.shape == (3, 5) and table[1, 4] > 3.2


def test_the_board_is_counted_right(films):
    """The global mean's row by hand, and a method that knows the tastes is ahead."""
    rng = np.random.default_rng(0)
    ratings = films.ratings
    fold = np.random.default_rng(0).permutation(len(ratings)) % 5
    got = list(movies.evaluate(ratings, rng))
    off = [score for name, score, *_ in got if name == "global mean"]
    want = [
        ratings.values[fold == f] - ratings.values[fold != f].mean() for f in range(5)
    ]
    np.testing.assert_allclose(off, [(w**2).mean() ** 0.5 for w in want])
    assert len(got) == 25 and all(0 < coverage <= 1 for *_, coverage in got)
    hits = {n: [p for name, _, p, _ in got if name == n] for n, *_ in got}
    assert np.mean(hits["item-kNN with baseline"]) > np.mean(hits["global mean"])


# --------------------------------------------------------------------------
# Pictures


@pytest.fixture
def axes():
    import matplotlib.pyplot as plt

    return plt.subplots(1, 3)[1]


def test_the_third_map_shows_the_two_families(state, axes):
    """In the order of the map the films of one taste stand together."""
    movies.draw_maps(axes, state)
    T = np.asarray(axes[2].images[0].get_array())
    assert T.shape == (16, 16)
    assert np.abs(np.diff(np.sign(T[0, 1:]))).sum() <= 2  # the sign changes once
    np.testing.assert_allclose(T, T.T, atol=1e-6)
    names = [label.get_text() for label in axes[0].get_yticklabels()]
    assert len(set(names)) == 15 and "The Matrix" in names  # two are called Titanic
    kin = {text.get_text() for text in axes[2].texts}
    assert kin and kin <= {name.rpartition(" - ")[2] for name in names}


def test_the_receipt_is_drawn_term_by_term(state, axes):
    movies.draw_receipt(axes[0], state._replace(focus=6))
    bars = axes[0].patches
    total = movies.receipt(state, state.given, 6)
    assert len(bars) == len(total) == 6
    ends = [bar.get_x() + bar.get_width() for bar in bars]
    np.testing.assert_allclose(ends, np.cumsum([value for _, value in total]))
    titles = {axes[0].get_title(loc) for loc in ("left", "center")}  # as the style says
    assert f"Heat: {ends[-1]:.2f} stars" in titles
    assert axes[0].get_xlim()[0] == 0  # or the largest term would look like a small one
    movies.draw_receipt(axes[0], state._replace(given=dict.fromkeys(TITLES, 3.0)))
    assert len(axes[0].patches) == 9  # many ratings: the smallest in one bar
    movies.draw_receipt(axes[0], state._replace(given={}))


def test_without_a_screen_the_picture_is_saved_where_it_says(
    run, tmp_path, monkeypatch
):
    monkeypatch.delenv("DISPLAY", raising=False)
    code, out = run()
    assert code == 0 and out.endswith("Saved movie_recommender.png\n")
    assert files(tmp_path) == {"movie_recommender.png"}
    with Image.open(tmp_path / "movie_recommender.png") as picture:
        assert picture.width > 1000


def test_a_save_that_is_interrupted_leaves_the_old_picture(run, tmp_path, monkeypatch):
    (tmp_path / "out.png").write_bytes(b"old")

    def half(self, path, **_):
        Path(path).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", half)
    with pytest.raises(KeyboardInterrupt):
        run("--rate", "Heat=5", "--save", "out.png")
    assert files(tmp_path) == {"out.png"}
    assert (tmp_path / "out.png").read_bytes() == b"old"


@pytest.mark.slow
def test_the_picture_shows_the_film_asked_about(run, tmp_path):
    for name, command in (("a", "top 3"), ("b", "why Heat")):
        code, out = run("--rate", "matrix=5", "-c", command, "--save", f"{name}.png")
        assert code == 0 and f"Saved {name}.png" in out
    with Image.open(tmp_path / "a.png") as a, Image.open(tmp_path / "b.png") as b:
        assert (np.asarray(a) != np.asarray(b)).any()


@pytest.mark.slow
def test_the_window_lives_beside_the_prompt_and_ends_with_it(
    run, tmp_path, monkeypatch
):
    """A terminal and a window are pretended; closing the window is no matter."""
    import matplotlib.pyplot as plt

    shown = []
    monkeypatch.setattr("common.figures.has_window", lambda: True)
    monkeypatch.setattr(plt, "show", lambda **words: shown.append(words))
    monkeypatch.setattr(plt, "pause", lambda seconds: None)
    lines = iter(["top 2", "why Heat", "quit"])

    def answer(prompt: str) -> str:
        line = next(lines)
        if line == "why Heat":
            plt.close("all")
        return line

    monkeypatch.setattr("builtins.input", answer)
    code, _ = run("--rate", "matrix=5", "--save", "out.png", typed=Terminal())
    assert code == 0 and shown == [{"block": False}]
    assert files(tmp_path) == {"out.png"}


@pytest.mark.slow
def test_as_a_process_of_its_own_it_ends_as_promised(tmp_path):
    """From another folder, piped, on a console that has no é: 2 for bad, 0 for good."""
    for words, code in ((["--rate", "Amélie=9"], 2), (["--similar", "leon"], 0)):
        child = subprocess.run(
            [sys.executable, str(reference("movie_recommender")), *words, "--no-show"],
            capture_output=True, encoding="ascii", cwd=tmp_path, timeout=60,
            stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONIOENCODING": "ascii"},
        )  # fmt: skip
        assert child.returncode == code and "Traceback" not in child.stderr
    assert "Most like L?on: The Professional (1994):" in child.stdout
    assert not files(tmp_path)


# --------------------------------------------------------------------------
# Data


def test_the_small_set_holds_what_is_said_of_it():
    ratings, titles = movies.load("small")
    assert (len(ratings), len(ratings.users), len(ratings.movies)) == (
        100004,
        671,
        9066,
    )
    films = movies.Films(titles, ratings)
    for name in movies.ASKED:
        assert movies.short(films.titles[films.find(name)[0]]) == name
    for name in ("Inception", "Dark Knight", "Interstellar", "Fight Club"):
        assert films.find(name)


def test_the_larger_set_is_read_as_it_was_published(tmp_path, monkeypatch):
    """Tabs between the ratings; titles in Latin-1 between bars."""
    (tmp_path / "u.data").write_text("196\t242\t3\t881250949\n186\t302\t4\t8917\n")
    text = "242|Kolya (1996)||||0|1\n302|Misérables, Les (1995)||||1|0\n"
    (tmp_path / "u.item").write_bytes(text.encode("latin-1"))
    monkeypatch.setattr("common.data.fetch", lambda name: tmp_path)
    ratings, titles = movies.load("100k")
    assert ratings.users.tolist() == [186, 196] and ratings.values.tolist() == [4, 3]
    assert titles == {242: "Kolya (1996)", 302: "Misérables, Les (1995)"}


def test_a_film_without_a_title_is_called_by_its_number(tmp_path, films):
    some = movies.Films({1: "Toy Story (1995)"}, films.ratings)
    assert some.titles[2] == "movie 2" and some.find("movie 2") == [2]


@pytest.mark.parametrize("words, sentence", [
    (["--rate", "The Matrix=6"], "'6' is no rating: give stars from 0.5"),
    (["--rate", "The Matrix=five"], "'five' is no rating"),
    (["--rate", "The Matrix=-1"], "'-1' is no rating"),
    (["--rate", "The Matrix="], "'' is no rating"),
    (["--rate", "The Matrix"], "'The Matrix': give a title and stars, such as"),
    (["--rate", "=5"], "'=5': give a title and stars"),
    (["--rate", "Casablanca=5"], "there is no film 'Casablanca'"),
    (["--similar", "Casablanca"], "there is no film 'Casablanca'"),
    (["--data", "90k"], "argument --data: there is no '90k'; there is small, 100k"),
    (["--save", "film.xyz"], "a picture's name ends in"),
    (["--save", "nowhere/a.png"], "folder"),
    (["--seed", "x"], "--seed"), (["--unknown"], "--unknown"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)


@pytest.mark.parametrize("name, text, sentence", [
    ("ratings", "", "ratings.csv: "),
    ("ratings", "userId,movieId,rating\n", "no row of data"),
    ("ratings", "user,movieId,rating\n1,2,3\n", "no column 'userId'"),
    ("ratings", "userId,movieId,rating\n1,2,3\n1,3,\n", "line 3, column 'rating'"),
    ("ratings", "userId,movieId,rating\n1,2,3\n1,x,3\n", "line 3, column 'movieId'"),
    ("movies", "movieId,title\n1,Heat,Drama,x,y\n", "movies.csv, line 2"),
    ("movies", "movieId,title\nx,Heat\n", "movies.csv, line 2, column 'movieId'"),
])  # fmt: skip
def test_a_damaged_file_gets_one_sentence(
    complaint, tmp_path_factory, data_in, name, text, sentence
):
    folder = tmp_path_factory.mktemp("data")
    write(folder, **{name: text})
    data_in(folder)
    assert sentence in complaint(movies.main, "-c", "top")


def test_a_missing_file_gets_one_sentence(complaint, tmp_path_factory, data_in):
    folder = tmp_path_factory.mktemp("data")
    write(folder)
    (folder / "movielens" / "movies.csv").unlink()
    data_in(folder)
    assert "movies.csv: no such file" in complaint(movies.main, "-c", "top")


@pytest.mark.slow
@pytest.mark.parametrize("rows", ["1,2,3", "1,2,3\n1,3,4", "1,2,4\n2,2,4\n3,2,4"])
def test_very_little_data_do(run, tmp_path, tmp_path_factory, rows, data_in):
    """One rating; one user; one film that all rate the same: a list, and a picture."""
    folder = tmp_path_factory.mktemp("data")
    write(folder, ratings=f"userId,movieId,rating\n{rows}\n")
    data_in(folder)
    words = ["--rate", "matrix=5", "-c", "why matrix; top", "--save", "out.png"]
    code, out = run(*words)
    assert code == 0 and "you have rated it" in out and (tmp_path / "out.png").exists()
