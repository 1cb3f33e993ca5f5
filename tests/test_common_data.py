"""common/data.py: files are found by name, and CSV files of every kind are read right.

Where a file is wrong the sentence names file, line and column. Every file here is
written into a temporary folder, but for those of data/ itself.
"""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from common import data

Write = Callable[..., Path]
Read = Callable[..., pd.DataFrame]

XY = [[1.0, 2.5], [-3.0, 4.0]]  # what most small files below hold


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file into an empty folder: text as UTF-8, bytes as they are."""

    def write(content: str | bytes, name: str = "t.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def read(write: Write) -> Read:
    """The table in a file with this content."""
    return lambda content, name="t.csv": data.read_csv(write(content, name))


def complaint(call: Callable[[], object], kind: type[Exception] = ValueError) -> str:
    """The message of a call that has to fail: one line."""
    with pytest.raises(kind) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --------------------------------------------------------------------------
# Finding


def test_a_path_as_given_comes_first(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("x\n1\n", "iris.csv")
    assert data.find(path) == path
    assert data.find(str(path)) == path
    monkeypatch.chdir(path.parent)
    assert data.find("iris.csv") == Path("iris.csv")


def test_then_a_name_is_looked_up_in_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert data.find("iris.csv") == data.FOLDER / "iris.csv"
    assert data.find("photos/china.jpg") == data.FOLDER / "photos" / "china.jpg"


@pytest.mark.parametrize(("name", "file"), data.ALIASES.items())
def test_the_names_of_the_learning_path_are_known(name: str, file: str) -> None:
    assert data.find(name) == data.FOLDER / file
    assert data.find(name).is_file()


def test_a_chapter_can_give_a_name_another_meaning() -> None:
    california = data.find(
        "housing_data.csv", {"housing_data.csv": "california_housing.csv"}
    )
    assert california == data.FOLDER / "california_housing.csv"
    assert data.find("my_flowers", {"my_flowers": "iris.csv"}).name == "iris.csv"
    assert data.find("iris_dataset.csv", {"a": "b"}).name == "iris.csv"


def test_a_file_of_the_reader_beats_an_alias(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write("x\n1\n", "housing_data.csv").parent)
    assert data.find("housing_data.csv") == Path("housing_data.csv")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("iirs.csv", "iris.csv"),
        ("Iris.CSV", "iris.csv"),
        ("customers_data.csv", "customer_data.csv"),
        ("china.jpg", "photos/china.jpg"),
    ],
)
def test_the_nearest_name_is_suggested(typed: str, meant: str) -> None:
    if (data.FOLDER / typed).exists():  # where the file system takes capitals for small
        return
    message = complaint(lambda: data.find(typed), FileNotFoundError)
    assert message == f"{typed}: no such file, here or in data/; did you mean {meant}?"


def test_nothing_is_suggested_for_a_name_like_no_other() -> None:
    message = complaint(lambda: data.find("zzzzqqqq"), FileNotFoundError)
    assert message == "zzzzqqqq: no such file, here or in data/"


def test_an_empty_name_is_not_the_current_folder() -> None:
    assert "empty" in complaint(lambda: data.find(""), FileNotFoundError)


def test_an_unknown_home_is_only_a_file_that_is_not_there() -> None:
    complaint(lambda: data.find("~nobody_of_this_name/x.csv"), FileNotFoundError)


def test_a_folder_is_found_but_is_no_csv_file(tmp_path: Path) -> None:
    assert data.find("mnist") == data.FOLDER / "mnist"
    assert "is a folder" in complaint(lambda: data.read_csv(tmp_path))


# --------------------------------------------------------------------------
# CSV files of every kind


@pytest.mark.parametrize(
    "content",
    [
        "x,y\n1,2.5\n-3,4\n",
        "x,y\n1,2.5\n-3,4",
        "\ufeffx,y\n1,2.5\n-3,4\n",
        "x,y\r\n1,2.5\r\n-3,4\r\n",
        "x,y\r1,2.5\r-3,4\r",
        "x;y\n1;2.5\n-3;4\n",
        "x;y\n1;2,5\n-3;4,0\n",
        "x;y\r\n1;2,5\r\n-3;4\r\n",
        "x\ty\n1\t2.5\n-3\t4\n",
        "x\ty\n1\t2,5\n-3\t4\n",
        "x|y\n1|2.5\n-3|4\n",
        "x, y\n1, 2.5\n-3, 4\n",
        " x ,y \n 1 ,2.5\n-3, 4 \n",
        '"x","y"\n"1","2.5"\n"-3","4"\n',
        "\n\nx,y\n\n1,2.5\n   \n-3,4\n\n\n",
        "x,y\n1,2.5\n-3,4\n,\n,\n,,,\n",
        "x,y,,\n1,2.5,,\n,,,\n-3,4,,\n",
        ",\nx,y\n1,2.5\n-3,4\n",
        "x,y\n1e0,25e-1\n-0.3E+1,4.\n",
    ],
    ids=[
        "plain", "no newline at the end", "byte-order mark", "CRLF", "lone CR",
        "semicolons", "decimal commas", "decimal commas and CRLF", "tabs",
        "tabs and decimal commas", "bars", "blanks after commas", "blanks everywhere",
        "quoted", "blank lines", "lines of commas at the end", "columns of commas",
        "a line of commas first", "exponents",
    ],
)  # fmt: skip
def test_every_common_kind_of_file_is_read(read: Read, content: str) -> None:
    frame = read(content)
    assert list(frame) == ["x", "y"]
    assert data.numbers(frame, ["x", "y"]).tolist() == XY


def test_gz_files_are_unzipped(read: Read) -> None:
    frame = read(gzip.compress(b"x,y\n1,2.5\n-3,4\n"), "t.csv.gz")
    assert data.numbers(frame, ["x", "y"]).tolist() == XY


def test_a_file_without_a_header_gets_numbered_columns(read: Read) -> None:
    for content in ("1,2.5\n-3,4\n", "1;2,5\n-3;4\n", "1\t2.5\n-3\t4\n"):
        frame = read(content)
        assert list(frame) == ["1", "2"] and frame.attrs["header"] is False
        assert data.numbers(frame, ["1", "2"]).tolist() == XY
    assert list(read("1,,3\n4,5,6\n")) == ["1", "2", "3"]  # a hole does not name
    assert list(read("5\n6\n")) == ["1"]
    assert read("x\n6\n").attrs["header"] is True


def test_words_that_hold_an_e_or_digits_are_a_header(read: Read) -> None:
    assert list(read("e1,e2\n3,4\n")) == ["e1", "e2"]
    assert list(read("x1,1st\n3,4\n")) == ["x1", "1st"]


def test_one_column_needs_no_separator(read: Read) -> None:
    assert read("x\n1\n\n2\n").x.tolist() == [1, 2]


def test_quoted_cells_hold_commas_quotes_and_line_breaks(read: Read) -> None:
    frame = read('name,x\n"Doe, Jane",1\n"two\nlines",2\n"say ""no""",3\n')
    assert frame.name.tolist() == ["Doe, Jane", "two\nlines", 'say "no"']
    assert frame.x.tolist() == [1, 2, 3]


def test_a_quotation_may_follow_a_blank(read: Read) -> None:
    assert read('x,name\n1, "a, b"\n').name.tolist() == ["a, b"]


def test_semicolons_are_seen_behind_commas_in_the_names(read: Read) -> None:
    frame = read("length, mm;width, mm\n1,5;2,5\n3,5;4\n")
    names = ["length, mm", "width, mm"]
    assert list(frame) == names
    assert data.numbers(frame, names).tolist() == [[1.5, 2.5], [3.5, 4]]


def test_dates_with_points_do_not_hide_decimal_commas(read: Read) -> None:
    frame = read("day;x\n31.12.2024;1,5\n01.01.2025;2,5\n")
    assert data.number_columns(frame) == ["x"]
    assert frame.x.tolist() == [1.5, 2.5]


def test_commas_in_text_do_not_make_commas_decimal(read: Read) -> None:
    assert read('x;note\n1.5;"1,2"\n2.5;a\n').x.tolist() == [1.5, 2.5]


def test_of_two_columns_of_one_name_the_second_is_renamed(read: Read) -> None:
    for content in ("a,a\n1,2\n", "a, a\n1,2\n"):
        frame = read(content)
        assert list(frame) == ["a", "a.1"]
        assert data.numbers(frame, ["a", "a.1"]).tolist() == [[1, 2]]


def test_a_short_row_has_missing_cells(read: Read) -> None:
    frame = read("x,y,z\n1\n1,2\n1,2,3\n")
    assert frame.isna().sum().tolist() == [0, 1, 2]


def test_the_index_is_the_line_of_the_file(read: Read) -> None:
    frame = read('\nname,x\n\n"two\nlines",1\nb,2\n,\nc,3\n')
    assert frame.index.tolist() == [4, 6, 8]
    assert frame[frame.x > 1].index.tolist() == [6, 8]
    assert read("1\n2\n").index.tolist() == [1, 2]


def test_a_column_of_a_large_file_has_one_type(read: Read) -> None:
    """pandas reads large files in pieces, and warns where the pieces differ."""
    frame = read("x,y\n" + "1,2\n" * 300_000 + "a,2\n")
    assert frame.x.iloc[0] == "1" and frame.index[-1] == 300_002


# --------------------------------------------------------------------------
# Files that cannot be read


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "t.csv: there is no row of data in this file"),
        ("\n \n,,\n", "t.csv: there is no row of data in this file"),
        ("x,y\n", "t.csv: there is no row of data in this file"),
        ("x,y\n1,2\n1,2,3\n", "t.csv, line 3: 3 cells, but the first line has 2"),
        ('x,y\n"1\n2",2\n\n1,2,3\n', "t.csv, line 5: 3 cells, but the first"),
        (b"x,y\n1,2\n1,caf\xe9\n", "t.csv, line 3: this is not UTF-8 text"),
        ("x,y\n1,2\n".encode("utf-16"), "t.csv, line 1: this is not UTF-8 text"),
        (b"x,y\0\n1,2\n", "t.csv: this is not a text file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "t.csv, line 1: this is not UTF-8 text"),
        ("x,y\n1,2\n1," + "9" * 200_000, "t.csv, line 3: field larger than"),
        ("x," + "y" * 200_000 + "\n1,2\n", "t.csv, line 1: field larger than"),
    ],
    ids=[
        "empty", "only blank", "header only", "too many cells",
        "too many cells after a line break in a cell", "Latin-1", "UTF-16", "NUL",
        "picture", "huge cell", "huge name",
    ],
)  # fmt: skip
def test_the_sentence_names_file_and_line(
    write: Write, content: str | bytes, says: str
) -> None:
    path = write(content)
    assert complaint(lambda: data.read_csv(path)).startswith(says)


def test_what_a_spreadsheet_writes_comes_with_the_cure(write: Write) -> None:
    path = write(b"PK\x03\x04\xff\xfe", "book.xlsx")
    assert "CSV UTF-8" in complaint(lambda: data.read_csv(path))


def test_a_damaged_gz_file_is_called_so(write: Write) -> None:
    whole = gzip.compress(b"x,y\n" + b"1,2\n" * 1000)
    broken = whole[:20] + bytes(20) + whole[40:]
    for content in (whole[:-9], broken, b"x,y\n1,2\n"):
        path = write(content, "t.csv.gz")
        with pytest.raises(ValueError, match=r"^t\.csv\.gz: the \.gz file is damaged$"):
            data.read_csv(path)


def test_an_open_quotation_is_named_where_it_begins(read: Read) -> None:
    frame = read('x,y\n1,2\n3,"4\n5,6\n7,8\n')
    message = complaint(lambda: data.numbers(frame, ["x", "y"]))
    assert message.startswith("t.csv, line 3, column 'y': ")


def test_a_file_that_is_not_there_is_an_os_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        data.read_csv(tmp_path / "none.csv")
    assert Path(caught.value.filename).name == "none.csv"


# --------------------------------------------------------------------------
# Numbers


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "x,y\n1,2\n3,abc\n",
            "t.csv, line 3, column 'y': 'abc' is not a finite number",
        ),
        ("x,y\n1,2\n\n\n3,abc\n", "t.csv, line 5, column 'y': 'abc' is not a finite"),
        ('n,x,y\n"a\nb",1,2\nc,3,abc\n', "t.csv, line 4, column 'y': 'abc' is not a"),
        ("x,y\n1,2\n3,\n", "t.csv, line 3, column 'y': the cell is empty"),
        ("x,y\n1,2\n3\n", "t.csv, line 3, column 'y': the cell is empty"),
        ("x,y\n1,2\n3,NA\n", "t.csv, line 3, column 'y': the cell is empty"),
        (
            "x,y\n1,2\n3,inf\n",
            "t.csv, line 3, column 'y': 'inf' is not a finite number",
        ),
        ("x,y\n1,2\n3,-1e999\n", "t.csv, line 3, column 'y': '-"),
        ('x,y\n1,2\n3,"1,234"\n', "t.csv, line 3, column 'y': '1,234' is not a finite"),
        ("x;y\n1;2\n3;n/b\n", "t.csv, line 3, column 'y': 'n/b' is not a finite"),
        ("x,y\r1,2\r3,abc\r", "t.csv, line 3, column 'y': 'abc' is not a finite"),
        ("x,y\n1,2\n3," + "q" * 99, "t.csv, line 3, column 'y': '" + "q" * 40 + "' is"),
        ("x,y\na,2\n3,b\n", "t.csv, line 2, column 'x': 'a' is not a finite number"),
    ],
)
def test_a_bad_cell_is_named_by_file_line_and_column(
    read: Read, content: str, says: str
) -> None:
    frame = read(content)
    assert complaint(lambda: data.numbers(frame, ["x", "y"])).startswith(says)


def test_the_line_is_right_after_rows_were_left_out(read: Read) -> None:
    frame = read("x,y\n1,2\n,2\n3,4\n5,abc\n").dropna()
    assert "line 5, column 'y'" in complaint(lambda: data.numbers(frame, ["x", "y"]))
    frame = read("1,2\n,2\n\n5,abc\n").dropna()
    assert "line 4, column '2'" in complaint(lambda: data.numbers(frame, ["1", "2"]))


def test_the_columns_come_in_the_order_asked_for(read: Read) -> None:
    frame = read("x,y,z\n1,2,3\n")
    assert data.numbers(frame, ["z", "x"]).tolist() == [[3, 1]]
    assert data.numbers(frame, ["y", "y"]).tolist() == [[2, 2]]
    assert data.numbers(frame, []).shape == (1, 0)


def test_a_bad_cell_of_a_column_named_twice_is_named_too(read: Read) -> None:
    frame = read("x,y\n1,abc\n")
    assert "line 2" in complaint(lambda: data.numbers(frame, ["y", "y"]))


def test_an_unknown_column_brings_the_nearest_or_all(read: Read) -> None:
    frame = read("MedInc,age\n1,2\n")
    nearest = complaint(lambda: data.numbers(frame, ["medinc"]))
    assert nearest == "t.csv: no column 'medinc'; did you mean MedInc?"
    known = complaint(lambda: data.numbers(frame, ["xyzzy"]))
    assert known == "t.csv: no column 'xyzzy'; there are: MedInc, age"


def test_a_table_that_is_no_file_can_be_asked_too() -> None:
    frame = pd.DataFrame({"x": [1.0, np.nan]})
    assert data.numbers(frame[:1], ["x"]).tolist() == [[1]]
    assert complaint(lambda: data.numbers(frame, ["x"])).startswith("the table, line 1")


def test_a_column_with_one_bad_cell_still_is_one_of_numbers(read: Read) -> None:
    """One bad cell in five is a slip, two are a column of text."""
    frame = read(
        "whole,real,hole,slip,text,word,bare,flag\n"
        "1,1.5,,1,1,a,,True\n"
        "2,2.5,3,2,2,b,,False\n"
        "3,3.5,4,x,3,c,,True\n"
        "4,4.5,5,4,x,d,,True\n"
        "5,5.5,6,5,y,e,,False\n"
    )
    known = ["whole", "real", "hole", "slip", "flag"]
    assert data.number_columns(frame) == known
    assert data.numbers(frame, ["flag"]).ravel().tolist() == [1, 0, 1, 1, 0]


# --------------------------------------------------------------------------
# Columns to learn from


PEOPLE = "id,name,age,income\n7,a,30,1.5\n3,b,30,2.5\n9,c,,3.5\n"


def test_text_and_row_numbers_are_left_out(read: Read) -> None:
    frame = read(PEOPLE.replace(",,", ",41,"))
    names, X, left_out = data.features(frame)
    assert names == ["age", "income"] and left_out == ["id", "name"]
    assert X.tolist() == [[30, 1.5], [30, 2.5], [41, 3.5]]


@pytest.mark.parametrize(
    ("name", "cells", "learned"),
    [
        ("id", "7 3 9", False),
        ("customer_id", "7 3 9", False),
        ("CustomerID", "7 3 9", False),
        ("no", "5 6 7", True),  # of three rows it says nothing
        ("year", "2000 2010 2020", True),
        ("humid", "7 3 9", True),  # does not end in an id of its own
        ("group_id", "7 3 7", True),  # two rows share it
        ("id", "7.5 3.5 9.5", True),  # a measurement
    ],
)
def test_an_id_is_whole_unlike_and_called_so_or_counting(
    read: Read, name: str, cells: str, learned: bool
) -> None:
    rows = "".join(f"{cell},{cell}.5\n" for cell in ("1", "2", "2"))
    frame = read(f"{name},x\n" + rows)
    frame[name] = [float(c) if "." in c else int(c) for c in cells.split()]
    assert data.features(frame)[0] == ([name, "x"] if learned else ["x"])


def test_what_counts_ten_rows_and_more_numbers_them(read: Read) -> None:
    rows = [f"{n + 5},{n % 4},{2 * n}\n" for n in range(10)]
    frame = read("no,x,even\n" + "".join(rows))
    assert data.features(frame)[0] == ["x", "even"]


def test_the_only_row_of_a_table_is_not_its_number(read: Read) -> None:
    assert data.features(read("x,y\n5,7\n"))[0] == ["x", "y"]


def test_columns_asked_for_are_taken_whatever_they_are(read: Read) -> None:
    names, X, left_out = data.features(read(PEOPLE), ["income", "id"])
    assert names == ["income", "id"] and left_out == ["name", "age"]
    assert X.tolist() == [[1.5, 7], [2.5, 3], [3.5, 9]]
    frame = read(PEOPLE)
    assert "line 2, column 'name'" in complaint(lambda: data.features(frame, ["name"]))
    assert "did you mean income?" in complaint(lambda: data.features(frame, ["incom"]))


def test_rows_with_holes_are_named_or_left_out_when_asked(read: Read) -> None:
    frame = read(PEOPLE)
    assert "line 4, column 'age': the cell is empty" in complaint(
        lambda: data.features(frame)
    )
    _, X, _ = data.features(frame, drop_missing=True)
    assert X.tolist() == [[30, 1.5], [30, 2.5]]
    _, X, _ = data.features(frame, ["income"], drop_missing=True)
    assert len(X) == 3  # a hole in another column does not matter
    assert "no column 'q'" in complaint(
        lambda: data.features(frame, ["q"], drop_missing=True)
    )


def test_without_a_column_of_numbers_there_is_nothing_to_learn(read: Read) -> None:
    frame = read("id,name\n1,a\n2,b\n")
    message = complaint(lambda: data.features(frame))
    assert message == "t.csv: there is no column of numbers to learn from"


def test_asking_does_not_change_the_table(read: Read) -> None:
    frame = read(PEOPLE)
    before = frame.copy()
    data.features(frame, drop_missing=True)
    data.number_columns(frame)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("iris.csv", (150, 4)),
        ("penguins.csv", (344, 4)),
        ("california_housing.csv", (20640, 9)),
        ("customers_cdnow.csv", (2357, 4)),
    ],
)
def test_the_shipped_tables_are_read_whole(name: str, shape: tuple[int, int]) -> None:
    frame = data.read_csv(data.find(name))
    columns = data.number_columns(frame)
    assert (len(frame), len(columns)) == shape
    first = data.find(name).read_text(encoding="utf-8").partition("\n")[0]
    assert list(frame) == first.split(",")


# --------------------------------------------------------------------------
# Digits


def test_the_small_digits_are_8_by_8_and_named() -> None:
    X, y = data.load_digits()
    assert X.shape == (1797, 64) and y.shape == (1797,)
    assert X.min() == 0 and X.max() == 16
    assert sorted(set(y.tolist())) == list(range(10)) and y.dtype.kind == "i"


def test_a_folder_called_mnist_does_not_stand_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mnist").mkdir()
    (tmp_path / "digits_8x8.csv.gz").mkdir()
    monkeypatch.chdir(tmp_path)
    assert len(data.load_digits()[0]) == 1797
    assert data.load_mnist()[2].shape == (10000, 784)


def test_mnist_is_70000_pictures_from_0_to_1() -> None:
    """The labels of the training set begin 5, 0, 4, 1, 9; 5923 are a 0, 6742 a 1."""
    X, y, X_test, y_test = data.load_mnist()
    assert X.shape == (60000, 784) and X.dtype == np.float32
    assert X_test.shape == (10000, 784) and X_test.dtype == np.float32
    assert X[:100].min() == 0 and X[:100].max() == 1
    assert y.shape == (60000,) and y_test.shape == (10000,) and y.dtype.kind == "i"
    assert y[:5].tolist() == [5, 0, 4, 1, 9] and y_test[:3].tolist() == [7, 2, 1]
    assert np.bincount(y)[:2].tolist() == [5923, 6742]
    X[0, 0] = 1  # a chapter may write into what is its own


# --------------------------------------------------------------------------
# Small chores with arrays


def test_split_parts_the_rows_and_keeps_pairs_together(
    rng: np.random.Generator,
) -> None:
    X = np.arange(40.0).reshape(20, 2)
    y = X[:, 0] * 10
    X_train, X_test, y_train, y_test = data.split(X, y, 0.25, rng)
    assert len(X_train) == 15 and len(X_test) == 5
    assert sorted([*X_train[:, 0], *X_test[:, 0]]) == X[:, 0].tolist()
    assert (y_train == X_train[:, 0] * 10).all() and (y_test == X_test[:, 0] * 10).all()
    assert X_train[:, 0].tolist() != sorted(X_train[:, 0])  # shuffled
    again = data.split(X, y, 0.25, np.random.default_rng(0))
    assert (again[0] == X_train).all()  # the same seed, the same split


@pytest.mark.parametrize(("n", "size"), [(10, 3), (10, 5), (10, 99), (1, 1), (0, 4)])
def test_batches_go_through_every_row_once(
    n: int, size: int, rng: np.random.Generator
) -> None:
    parts = list(data.batches(n, size, rng))
    assert all(len(part) == size for part in parts[:-1])
    assert sorted(np.concatenate([*parts, np.empty(0, int)]).tolist()) == list(range(n))


def test_standardize_gives_mean_0_and_deviation_1(rng: np.random.Generator) -> None:
    X = rng.normal(5, [1e-3, 1, 1e3], (200, 3))
    before = X.copy()
    Z, mean, std = data.standardize(X)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(Z.std(axis=0), 1)
    np.testing.assert_allclose(Z * std + mean, X)
    assert (X == before).all()


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e150, 1e-300])
@pytest.mark.parametrize("n", [1, 3, 100_000])
def test_a_constant_column_becomes_0(value: float, n: int) -> None:
    """The std of 100,000 times 0.1 is not 0 but 1e-12: dividing by it gives -1."""
    Z, _, std = data.standardize(np.column_stack([np.full(n, value), np.arange(n)]))
    np.testing.assert_allclose(Z[:, 0], 0, atol=1e-9 * max(abs(value), 1))
    assert std[0] == 1


@pytest.mark.parametrize(
    "column", [[1e-20, 2e-20], [1e9, 1e9 + 1e-4], [-1e-150, 1e-150], [0.0, 1e-9]]
)
def test_a_tiny_deviation_is_no_constant(column: list[float]) -> None:
    Z, _, _ = data.standardize(np.array([column]).T)
    np.testing.assert_allclose(np.abs(Z.ravel()), 1, rtol=0.01)
    assert Z[0, 0] < 0 < Z[1, 0]


def test_a_deviation_too_small_to_square_does_not_divide_by_0() -> None:
    Z, _, _ = data.standardize(np.array([[-1e-300], [1e-300]]))
    np.testing.assert_allclose(Z, 0, atol=1e-299)


def test_standardize_takes_whole_numbers_and_keeps_float32() -> None:
    assert data.standardize(np.array([[1], [3]]))[0].tolist() == [[-1], [1]]
    assert data.standardize(np.array([[1], [3]], np.float32))[0].dtype == np.float32


def test_one_hot_has_its_1_where_the_label_says() -> None:
    y = np.array([2, 0, 1, 2])
    assert data.one_hot(y, 4).tolist() == [
        [0, 0, 1, 0],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
    ]
    assert y.tolist() == [2, 0, 1, 2]
    assert data.one_hot(np.array([], dtype=int), 3).shape == (0, 3)


# --------------------------------------------------------------------------
# Arrays in files


def test_arrays_that_were_saved_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.arange(3), b=np.array("word"))
    found = data.read_arrays(path)
    assert found["a"].tolist() == [0, 1, 2] and str(found["b"]) == "word"
    with pytest.raises(FileNotFoundError):
        data.read_arrays(tmp_path / "none.npz")


def test_a_damaged_file_of_arrays_is_called_so_whatever_it_leads_to(
    tmp_path: Path,
) -> None:
    """A zip with changed bytes raises errors of ten kinds, NotImplementedError among
    them, which of a chapter would mean that something is not built yet."""
    path, rng = tmp_path / "a.npz", np.random.default_rng(0)
    np.savez(path, a=np.arange(3), b=np.ones((2, 2)))
    whole, damaged = path.read_bytes(), 0
    for _ in range(600):
        spoilt = bytearray(whole[: rng.integers(1, len(whole) + 1)])
        for place in len(spoilt) - 1 - rng.integers(0, min(300, len(spoilt)), 3):
            spoilt[place] = rng.integers(0, 256)
        path.write_bytes(bytes(spoilt))
        try:
            data.read_arrays(path)
        except ValueError as error:
            assert str(error) == f"{path}: {data.DAMAGED}"
            damaged += 1
    assert damaged > 500


def test_an_array_of_objects_is_never_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.array([object()], dtype=object))
    with pytest.raises(ValueError, match="or it is damaged"):
        data.read_arrays(path)
