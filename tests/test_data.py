"""The data folder: every file is listed with its sha256, and holds what README says."""

import csv
import gzip
import hashlib
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

from common.data import find

DATA = Path(__file__).resolve().parents[1] / "data"
README = (DATA / "README.md").read_text(encoding="utf-8")
LISTED = dict(re.findall(r"^([0-9a-f]{64})  (\S+)$", README, re.MULTILINE))
LISTED = {path: sha256 for sha256, path in LISTED.items()}
SHIPPED = sorted(
    path.relative_to(DATA).as_posix()
    for path in DATA.rglob("*")
    if path.is_file() and path != DATA / "README.md" and path.name != ".DS_Store"
)


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def blanks(table: list[dict[str, str]]) -> dict[str, int]:
    """Columns with empty cells, and how many."""
    return dict(
        Counter(name for row in table for name, cell in row.items() if not cell)
    )


def test_every_file_is_listed_and_every_listed_file_is_there() -> None:
    assert SHIPPED == sorted(LISTED)


@pytest.mark.parametrize("path", SHIPPED)
def test_a_file_has_the_sha256_of_the_list(path: str) -> None:
    assert hashlib.sha256((DATA / path).read_bytes()).hexdigest() == LISTED[path]


def test_the_list_is_sorted_so_that_changes_are_seen() -> None:
    assert list(LISTED) == sorted(LISTED)


def test_the_readme_names_every_file_in_its_text() -> None:
    text = README.partition("## sha256 of every file")[0]
    for path in SHIPPED:
        if path.startswith("nist/nonlinear/"):
            path = "nist/nonlinear/"
        folder, _, name = path.rpartition("/")
        assert f"{folder}/" in text or not folder
        assert name in text or folder == "mnist", path


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("iris_dataset.csv", "iris.csv"),
        ("customer_data.csv", "customers_cdnow.csv"),
        ("housing_data.csv", "boston_housing.csv"),
        ("temperature_data.csv", "seattle_weather.csv"),
        ("shakespeare.txt", "shakespeare/complete_works.txt"),
        ("photo.jpg", "photos/china.jpg"),
        ("mnist", "mnist"),
    ],
)
def test_the_names_of_the_commands_mean_the_files_of_the_readme(
    name: str, file: str
) -> None:
    assert re.search(rf"^\| `{re.escape(name)}` \| .*`{file}/?`", README, re.MULTILINE)
    assert find(name) == DATA / file


# --------------------------------------------------------------------------
# Tables


@pytest.mark.parametrize(
    ("name", "count", "columns"),
    [
        ("iris.csv", 150, 5),
        ("penguins.csv", 344, 7),
        ("titanic.csv", 891, 12),
        ("california_housing.csv", 20_640, 10),
        ("boston_housing.csv", 506, 14),
        ("auto_mpg.csv", 392, 9),
        ("customers_cdnow.csv", 2_357, 4),
        ("customers_german_credit.csv", 1_000, 10),
        ("seattle_weather.csv", 1_461, 6),
        ("ab_cookie_cats.csv", 2, 4),
        ("ab_resume_callbacks.csv", 2, 3),
        ("nist/linear/longley.csv", 16, 8),
    ],
)
def test_a_table_has_its_rows_and_columns(name: str, count: int, columns: int) -> None:
    table = rows(name)
    assert len(table) == count
    assert {len(row) for row in table} == {columns}
    assert not any(None in row or None in row.values() for row in table)


def test_iris_has_three_species_of_fifty_and_fishers_own_rows() -> None:
    table = rows("iris.csv")
    assert set(Counter(row["species"] for row in table).values()) == {50}
    assert list(table[34].values())[:4] == ["4.9", "3.1", "1.5", "0.2"]
    assert list(table[37].values())[:4] == ["4.9", "3.6", "1.4", "0.1"]


def test_the_blanks_are_where_the_readme_says() -> None:
    assert blanks(rows("titanic.csv")) == {"Age": 177, "Cabin": 687, "Embarked": 2}
    assert blanks(rows("california_housing.csv")) == {"total_bedrooms": 207}
    birds = blanks(rows("penguins.csv"))
    assert birds.pop("sex") == 11
    assert set(birds.values()) == {2} and len(birds) == 4
    assert not blanks(rows("boston_housing.csv"))


def test_california_is_cut_off_at_the_top() -> None:
    table = rows("california_housing.csv")
    values = [float(row["median_house_value"]) for row in table]
    assert max(values) == 500_001 and values.count(500_001) == 965
    assert [float(row["housing_median_age"]) for row in table].count(52) == 1_273


def test_titanic_and_boston_end_their_lines_in_cr_lf() -> None:
    """A git that changes line ends changes the sha256: this test says so in words."""
    for name, count in (("titanic.csv", 892), ("boston_housing.csv", 507)):
        assert (DATA / name).read_bytes().count(b"\r\n") == count
    assert b"\r" not in (DATA / "iris.csv").read_bytes()


def test_the_published_counts_of_the_two_experiments() -> None:
    cats = {row["variant"]: row for row in rows("ab_cookie_cats.csv")}
    assert (
        cats["gate_30"]["players"] == "44700" and cats["gate_40"]["players"] == "45489"
    )
    names = {row["ethnicity"]: row for row in rows("ab_resume_callbacks.csv")}
    assert {row["resumes"] for row in names.values()} == {"2435"}
    assert [names[k]["callbacks"] for k in ("cauc", "afam")] == ["235", "157"]


def test_movielens_holds_its_people_films_and_licence() -> None:
    with (DATA / "movielens/ratings.csv").open(encoding="utf-8", newline="") as file:
        ratings = list(csv.reader(file))[1:]
    movies = rows("movielens/movies.csv")
    known = {row["movieId"] for row in movies}
    assert len(ratings) == 100_004
    assert len({rating[0] for rating in ratings}) == 671
    assert {rating[1] for rating in ratings} == known and len(known) == 9_066
    assert min(Counter(rating[0] for rating in ratings).values()) == 20
    assert len({row["title"] for row in movies}) == 9_064
    assert "Matrix, The (1999)" in {row["title"] for row in movies}
    licence = (DATA / "movielens/LICENSE.txt").read_text(encoding="utf-8")
    assert "commercial" in licence


# --------------------------------------------------------------------------
# Pictures, words, certified answers


@pytest.mark.parametrize(("part", "count"), [("train", 60_000), ("t10k", 10_000)])
def test_mnist_says_its_sizes_in_the_header(part: str, count: int) -> None:
    def header(name: str, sizes: int) -> list[int]:
        with gzip.open(DATA / "mnist" / name) as file:
            raw = file.read(4 + 4 * sizes)
        assert raw[:4] == bytes([0, 0, 8, sizes])
        return [int.from_bytes(raw[i : i + 4], "big") for i in range(4, len(raw), 4)]

    assert header(f"{part}-images-idx3-ubyte.gz", 3) == [count, 28, 28]
    assert header(f"{part}-labels-idx1-ubyte.gz", 1) == [count]


def test_the_small_digits_are_64_pixels_and_a_label() -> None:
    with gzip.open(DATA / "digits_8x8.csv.gz", "rt", encoding="utf-8") as file:
        table = [[int(cell) for cell in row] for row in csv.reader(file)]
    assert len(table) == 1_797 and {len(row) for row in table} == {65}
    assert {pixel for row in table for pixel in row[:64]} == set(range(17))
    assert {row[64] for row in table} == set(range(10))


def test_the_photos_have_the_sizes_of_the_readme() -> None:
    table = re.findall(r"^\| `(\S+)` \| (\d+) x (\d+)", README, re.MULTILINE)
    assert len(table) == 8
    for name, width, height in table:
        with Image.open(DATA / "photos" / name) as photo:
            assert photo.size == (int(width), int(height)), name


def test_the_spam_words_are_sets_and_hold_equal_ones() -> None:
    with gzip.open(DATA / "spam/words.jsonl.gz", "rt", encoding="utf-8") as file:
        mails = [json.loads(line) for line in file]
    assert Counter(mail["label"] for mail in mails) == {"spam": 1_896, "ham": 4_150}
    assert len({mail["id"] for mail in mails}) == 6_046
    assert all(mail["words"] == sorted(set(mail["words"])) for mail in mails)
    distinct = {(tuple(mail["words"]), mail["label"]) for mail in mails}
    assert len(distinct) == len({words for words, _ in distinct}) == 5_728
    assert sum(label == "spam" for _, label in distinct) == 1_640
    counts = Counter(word for mail in mails for word in mail["words"])
    assert len(counts) == 20_074 and min(counts.values()) == 3
    assert all(re.fullmatch(r"[a-z][a-z'$!-]{1,18}[a-z!]", word) for word in counts)
    assert sum(not mail["words"] for mail in mails) == 13


def test_shakespeare_is_there_twice() -> None:
    folder = DATA / "shakespeare"
    tiny = (folder / "tiny_shakespeare.txt").read_text(encoding="utf-8")
    works = (folder / "complete_works.txt").read_text(encoding="utf-8")
    assert len(tiny) == 1_115_394 and len(set(tiny)) == 65
    assert len(works) == 5_057_362 and len(set(works)) == 84
    assert works.count("\nby William Shakespeare") == 42
    assert "To be, or not to be" in works and "To be, or not to be" not in tiny


def test_gpt2_has_its_tokens_and_merges() -> None:
    tokens = json.loads((DATA / "gpt2/encoder.json").read_text(encoding="utf-8"))
    merges = (DATA / "gpt2/vocab.bpe").read_text(encoding="utf-8").splitlines()[1:]
    assert sorted(tokens.values()) == list(range(50_257))
    assert len(merges) == 50_000 and {m.count(" ") for m in merges} == {1}


def test_nist_has_27_nonlinear_problems_with_starts_and_answers() -> None:
    texts = [p.read_text("utf-8") for p in (DATA / "nist/nonlinear").glob("*.dat")]
    assert len(texts) == 27
    assert all("Certified Values" in text and "Start 2" in text for text in texts)
    levels = Counter(re.findall(r"(\w+) Level of Difficulty", "\n".join(texts)))
    assert levels == {"Lower": 8, "Average": 11, "Higher": 8}
    norris = (DATA / "nist/linear/Norris.dat").read_text(encoding="utf-8")
    assert len(re.findall(r"^ +[\d.]+ +[\d.]+ *$", norris, re.MULTILINE)) == 36
