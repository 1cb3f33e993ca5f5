"""Finding and reading the data sets: names, CSV files, MNIST, and four small chores.

A bare file name is looked up as given, then in the project's data/ folder, so that
`python phase4_ml/kmeans.py customer_data.csv` works from anywhere. pandas reads the
CSV files; what is ours is the sentence about a bad cell: file, line and column.
"""

import csv
import gzip
import io
import os
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from common.console import nearest_name
from common.fetch import fetch as fetch  # so that chapters have all data from here

if TYPE_CHECKING:
    import pandas as pd

FOLDER = Path(__file__).resolve().parents[1] / "data"

ALIASES = {
    "iris_dataset.csv": "iris.csv",
    "customer_data.csv": "customers_cdnow.csv",
    "housing_data.csv": "boston_housing.csv",  # chapter 19 asks for California instead
    "temperature_data.csv": "seattle_weather.csv",
    "shakespeare.txt": "shakespeare/complete_works.txt",
    "photo.jpg": "photos/china.jpg",
}

# A first line made of such cells only is no header: numbers, or nothing.
NUMBER = r"[-+]?[\d.,]*(\d[eE][-+]?\d+)?"


# --------------------------------------------------------------------------
# Finding


def find(name: str | Path, aliases: Mapping[str, str] = {}) -> Path:
    """Where a file is: the path as given, else its place in data/.

    `aliases` maps other names to files of data/, before the usual ones.
    FileNotFoundError, with the nearest name, if it is nowhere.
    """
    if not str(name):
        raise FileNotFoundError("the name of the file is empty")
    path = Path(os.path.expanduser(name))
    if path.exists():
        return path
    known = {**ALIASES, **aliases}
    shipped = FOLDER / known.get(str(name), str(name))
    if shipped.exists():
        return shipped
    files = [file.relative_to(FOLDER).as_posix() for file in FOLDER.rglob("*")]
    hint = nearest_name(str(name), [*known, *files])
    raise FileNotFoundError(f"{name}: no such file, here or in data/{hint}")


# --------------------------------------------------------------------------
# CSV files


def read_csv(path: str | Path) -> "pd.DataFrame":
    """The table in a CSV file (also .csv.gz), numbers read as numbers where they are.

    Its index is the line of the file on which each row begins. Byte-order marks, CRLF,
    semicolons (with decimal commas), tabs, blank lines and quoted commas are all read.
    A file whose first line is all numbers has no header: its columns are then called
    1, 2, 3 … ValueError, with file and line, if the file is empty, no text, or a row
    has too many cells.
    """
    import pandas as pd  # subtle: half a second, so only when a CSV file is read

    path = Path(path)
    text = _text(path)
    separator, decimal = _punctuation(text)
    first: list[str] = []
    lines, tidy = [], io.StringIO()
    for line, cells in _rows(path, text, separator):
        first = first or cells
        lines.append(line)
        csv.writer(tidy).writerow(cells)
    header = not all(re.fullmatch(NUMBER, cell) for cell in first)
    if not lines[header:]:
        raise ValueError(f"{path.name}: there is no row of data in this file")
    names = None if header else [str(j + 1) for j in range(len(first))]
    tidy.seek(0)
    frame = pd.read_csv(tidy, names=names, decimal=decimal, low_memory=False)
    frame.index = pd.Index(lines[header:])
    frame.attrs.update(path=str(path), header=header)
    return frame


def number_columns(frame: "pd.DataFrame") -> list[str]:
    """Names of the columns that hold numbers: most of their filled cells are one.

    A column of numbers with one bad cell counts, so that `numbers` names that cell.
    """
    import pandas as pd

    def good(column: pd.Series) -> float:
        return pd.to_numeric(column.dropna(), errors="coerce").notna().mean()

    return [str(name) for name in frame if good(frame[name]) >= 0.8]


DAMAGED = "this is no model of this chapter, or it is damaged"


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz file, by name; loading runs no code.

    OSError if it cannot be read; ValueError if it is something else, or damaged.
    """
    content = io.BytesIO(path.read_bytes())
    try:
        with np.load(content, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except Exception:  # each byte of a zip that is changed has its own way to fail
        raise ValueError(f"{path}: {DAMAGED}") from None


def check_columns(frame: "pd.DataFrame", names: Sequence[str]) -> None:
    """ValueError, with the nearest name, unless all these are columns."""
    known = [str(name) for name in frame]
    for name in names:
        if name not in known:
            hint = nearest_name(name, known) or f"; there are: {', '.join(known)}"
            raise ValueError(f"{_file(frame)}: no column {name!r}{hint[:200]}")


def numbers(frame: "pd.DataFrame", columns: Sequence[str]) -> np.ndarray:
    """The named columns as floats: -> (n, d).

    ValueError if a column is not there (the nearest name is suggested), or a cell is
    empty, no number or infinite: the message names file, line and column.
    """
    import pandas as pd

    check_columns(frame, columns)
    chosen = frame[list(columns)]
    X = chosen.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)  # (n, d)
    bad = np.argwhere(~np.isfinite(X))
    if len(bad):
        i, j = bad[0]
        problem = f"{str(chosen.iloc[i, j])[:40]!r} is not a finite number"
        if chosen.isna().iloc[i, j]:
            problem = (
                "the cell is empty; fill it in, or leave such rows out (--drop-missing)"
            )
        where = f"{_file(frame)}, line {frame.index[i]}, column {columns[j]!r}"
        raise ValueError(f"{where}: {problem}")
    return X


def features(
    frame: "pd.DataFrame",
    columns: Sequence[str] | None = None,
    drop_missing: bool = False,
) -> tuple[list[str], np.ndarray, list[str]]:
    """Names and numbers (n, d) of the columns to learn from, and those left out.

    Without `columns` all that hold numbers, but for one that only numbers the rows.
    """
    names = list(columns or number_columns(frame))
    if not columns:
        names = [name for name in names if not numbers_the_rows(frame[name])]
    if not names:
        raise ValueError(f"{_file(frame)}: there is no column of numbers to learn from")
    left_out = [str(name) for name in frame if name not in names]
    if drop_missing:
        frame = frame.dropna(subset=[name for name in names if name in frame])
    return names, numbers(frame, names), left_out


def numbers_the_rows(column: "pd.Series") -> bool:
    """Whether a column is an id, which measures nothing about its row.

    Whole, no two alike, and called so, or 5, 6, 7 … over ten rows and more.
    """
    if column.dtype.kind != "i" or not column.is_unique or len(column) < 2:
        return False
    called = re.fullmatch(r"id|.*(_id|Id|ID)", str(column.name))
    counts = len(column) > 9 and (column.diff().dropna() == 1).all()
    return bool(called) or bool(counts)


def _file(frame: "pd.DataFrame") -> str:
    """The name of the file that a table was read from."""
    return Path(frame.attrs.get("path", "the table")).name


def _text(path: Path) -> str:
    """What a text file says, unzipped when its name ends in .gz."""
    if path.is_dir():
        raise ValueError(f"{path}: this is a folder, not a CSV file")
    raw = path.read_bytes()
    try:
        raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
        text = raw.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error):
        raise ValueError(f"{path.name}: the .gz file is damaged") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        cure = "a spreadsheet writes it as 'CSV UTF-8'"
        where = f"{path.name}, line {line}"
        raise ValueError(f"{where}: this is not UTF-8 text; {cure}") from None
    if "\0" in text:
        raise ValueError(f"{path.name}: this is not a text file")
    return text


def _punctuation(text: str) -> tuple[str, str]:
    """The separator of the cells and the decimal sign: (",", "."), (";", ",") …"""
    # at the top, without quotations and decimal commas, every line has its separators
    bare = re.sub(r'"[^"]*"|\d,\d', "", text[:100_000])
    top = [line for line in bare.splitlines() if line.strip()][:5]
    counts = {sign: [line.count(sign) for line in top] for sign in ",;\t|"}
    separator = max(counts, key=lambda sign: min(counts[sign], default=0))
    if separator == ",":
        return ",", "."
    edge = f"(?:^|$|{re.escape(separator)})"
    points = re.findall(rf"(?m){edge}[-+ \d]*([.,])\d+(?=\s*{edge})", text)
    return separator, "," if points.count(",") > points.count(".") else "."


def _rows(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line of the file on which it begins.

    Spreadsheets end rows, and files, with commas between empty cells: those are cut.
    """
    source = io.StringIO(text, newline="")
    reader = csv.reader(source, delimiter=separator, skipinitialspace=True)
    line, width = 1, 0
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            width = width or len(cells)
            if len(cells) > width:
                raise csv.Error(f"{len(cells)} cells, but the first line has {width}")
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"{path.name}, line {line}: {error}") from None


# --------------------------------------------------------------------------
# Digits


def load_mnist() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """MNIST, 28x28 grey digits: X (60000, 784) float32 in 0..1, y, X_test, y_test."""

    def read(name: str) -> np.ndarray:
        """An IDX file: byte 3 says how many 4-byte sizes stand before the values."""
        raw = gzip.decompress((FOLDER / "mnist" / f"{name}-ubyte.gz").read_bytes())
        values = np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3])
        if raw[3] == 1:  # labels
            return values.astype(int)
        return values.reshape(-1, 784) / np.float32(255)

    X, X_test = read("train-images-idx3"), read("t10k-images-idx3")
    return X, read("train-labels-idx1"), X_test, read("t10k-labels-idx1")


def load_digits() -> tuple[np.ndarray, np.ndarray]:
    """The small digits, 8x8 pixels from 0 to 16: X (1797, 64), y (1797,)."""
    table = np.loadtxt(FOLDER / "digits_8x8.csv.gz", delimiter=",")
    return table[:, :64], table[:, 64].astype(int)


# --------------------------------------------------------------------------
# Small chores with arrays


def split(
    X: np.ndarray, y: np.ndarray, test_fraction: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """X_train, X_test, y_train, y_test: the rows shuffled, then cut in two."""
    order = rng.permutation(len(X))
    cut = round(len(X) * test_fraction)
    test, train = order[:cut], order[cut:]
    return X[train], X[test], y[train], y[test]


def batches(n: int, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Row numbers 0 … n-1 in random order, `size` at a time (the last may be short)."""
    order = rng.permutation(n)
    for start in range(0, n, size):
        yield order[start : start + size]


def standardize(X: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Z = (X - mean) / std, the means and the stds; a constant column becomes 0."""
    mean, std = X.mean(axis=0), X.std(axis=0)
    # subtle: ask the values, for rounding can give equal numbers a std of 1e-12
    constant = np.ptp(X, axis=0) <= 1e-14 * np.abs(mean)
    std = np.where(constant | (std == 0), 1.0, std)
    return (X - mean) / std, mean, std


def one_hot(y: np.ndarray, k: int) -> np.ndarray:
    """Row i is 0 but for a 1 in column y[i]: y (n,) of 0 … k-1 -> (n, k)."""
    return np.eye(k)[y]
