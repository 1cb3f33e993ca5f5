"""Finding and reading the data sets: names, CSV files, MNIST, and four small chores.

A bare file name is looked up as given, then in the project's data/ folder, so that
`python phase4_ml/kmeans.py customer_data.csv` works from anywhere. pandas reads the
CSV files; what is ours is the sentence about a bad cell: file, line and column.
"""

import csv
import difflib
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from common.fetch import fetch

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "batches", "features", "fetch", "find", "load_digits", "load_mnist",
    "number_columns", "numbers", "one_hot", "read_csv", "split", "standardize",
]  # fmt: skip

FOLDER = Path(__file__).resolve().parents[1] / "data"

ALIASES = {
    "iris_dataset.csv": "iris.csv",
    "customer_data.csv": "customers_cdnow.csv",
    "housing_data.csv": "boston_housing.csv",  # chapter 19 asks for California instead
    "temperature_data.csv": "seattle_weather.csv",
    "shakespeare.txt": "shakespeare/complete_works.txt",
    "photo.jpg": "photos/china.jpg",
}


# --------------------------------------------------------------------------
# Finding


def find(name: str | Path, aliases: Mapping[str, str] = {}) -> Path:
    """Where a file is: the path as given, else its place in data/.

    `aliases` maps other names to files of data/, before the usual ones.
    FileNotFoundError, with the nearest name, if it is nowhere.
    """
    path = Path(name).expanduser()
    if path.exists():
        return path
    names = {**ALIASES, **aliases}
    shipped = FOLDER / names.get(str(name), str(name))
    if shipped.exists() and str(name):
        return shipped
    known = [*names, *(p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*.*"))]
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise FileNotFoundError(f"{name}: no such file, here or in data/{hint}")


# --------------------------------------------------------------------------
# CSV files


def read_csv(path: str | Path) -> "pd.DataFrame":
    """The table in a CSV file (also .csv.gz), numbers read as numbers where they are.

    Byte-order marks, CRLF, semicolons (with decimal commas), tabs, blank lines and
    quoted commas are all read. A file whose first line is all numbers has no header:
    its columns are then called 1, 2, 3 … ValueError, with file and line, if the file
    is empty, no text, or a row has too many cells.
    """
    import pandas as pd  # subtle: half a second, so only when a CSV file is read

    path = Path(path)
    text = _text(path)
    separator, decimal = _punctuation(text)
    first = next(_records(text, separator), (0, []))[1]
    if not first:
        raise ValueError(f"{path.name}: the file is empty")
    _refuse_long_rows(path, text, separator, len(first))
    header = not all(_is_number(cell) for cell in first)
    frame = pd.read_csv(
        io.StringIO(text),
        sep=separator,
        decimal=decimal,
        header=0 if header else None,
        index_col=False,
        skipinitialspace=True,
    ).dropna(how="all")
    if frame.empty:
        raise ValueError(f"{path.name}: there is a header but no row of data")
    frame.columns = (
        frame.columns.str.strip()
        if header
        else [str(j + 1) for j in range(frame.shape[1])]
    )
    frame.attrs.update(path=str(path), header=header)
    return frame


def number_columns(frame: "pd.DataFrame") -> list[str]:
    """Names of the columns that hold numbers: most of their filled cells are one.

    A column of numbers with one bad cell counts, so that `numbers` names that cell.
    """
    import pandas as pd

    names = []
    for name in frame:
        filled = frame[name].dropna()
        good = pd.to_numeric(filled, errors="coerce").notna().sum()
        if len(filled) and good >= 0.8 * len(filled):
            names.append(str(name))
    return names


def numbers(frame: "pd.DataFrame", columns: Sequence[str]) -> np.ndarray:
    """The named columns as floats: -> (n, d).

    ValueError if a column is not there (the nearest name is suggested), or a cell is
    empty, no number or infinite: the message names file, line and column.
    """
    import pandas as pd

    for name in columns:
        if name not in frame:
            near = difflib.get_close_matches(name, map(str, frame.columns), n=1)
            hint = f"did you mean {near[0]}?" if near else "there are: "
            known = "" if near else ", ".join(map(str, frame.columns))[:200]
            raise ValueError(f"{_file(frame)}: no column {name!r}; {hint}{known}")
    chosen = frame[list(columns)]
    X = chosen.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)  # (n, d)
    bad = np.argwhere(~np.isfinite(X))
    if len(bad):
        row, column = bad[0]
        raise ValueError(_bad_cell(chosen, int(row), columns[column]))
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
        names = [name for name in names if not _numbers_the_rows(frame[name])]
    if not names:
        raise ValueError(f"{_file(frame)}: there is no column of numbers to learn from")
    left_out = [str(name) for name in frame if str(name) not in names]
    if drop_missing:
        frame = frame.dropna(subset=[name for name in names if name in frame])
    return names, numbers(frame, names), left_out


def _numbers_the_rows(column: "pd.Series") -> bool:
    """Whether a column is an id: whole, no two alike, and rising or called so."""
    called = str(column.name).lower().split("_")[-1] == "id"
    unique = column.dtype.kind == "i" and column.is_unique and len(column) > 2
    return unique and (called or bool((column.diff().dropna() == 1).all()))


def _bad_cell(frame: "pd.DataFrame", row: int, column: str) -> str:
    """The sentence about a cell that is no number: file, line, column, cure."""
    cell = frame[column].iloc[row]
    where = f"{_file(frame)}, line {_line(frame, row)}, column {column!r}"
    if cell != cell:  # subtle: only a missing value differs from itself
        return f"{where}: the cell is empty; fill it in or leave the row out"
    return f"{where}: {str(cell)[:40]!r} is not a finite number"


def _file(frame: "pd.DataFrame") -> str:
    return Path(frame.attrs.get("path", "the table")).name


def _line(frame: "pd.DataFrame", row: int) -> int:
    """The line of the file (from 1) on which a row of the table begins."""
    path, header = Path(frame.attrs["path"]), int(frame.attrs["header"])
    text = _text(path)
    records = list(_records(text, _punctuation(text)[0]))
    return records[int(frame.index[row]) + header][0]


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
        line = raw[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path.name}, line {line}: this is not UTF-8 text; "
            "a spreadsheet writes it as 'CSV UTF-8'"
        ) from None
    if "\0" in text:
        raise ValueError(f"{path.name}: this is not a text file")
    return text


def _punctuation(text: str) -> tuple[str, str]:
    """The separator of the cells and the decimal sign: (",", "."), (";", ",") …"""
    first = re.sub(r'"[^"]*"', "", next(filter(str.strip, text.splitlines()), ""))
    separator = max(",;\t|", key=first.count)
    commas = separator == ";" and re.search(r"\d,\d", text)
    return separator, "," if commas and not re.search(r"\d\.\d", text) else "."


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    begins = 1
    for cells in reader:
        if cells and (len(cells) > 1 or cells[0].strip()):
            yield begins, cells
        begins = reader.line_num + 1


def _refuse_long_rows(path: Path, text: str, separator: str, width: int) -> None:
    try:
        for line, cells in _records(text, separator):
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                raise ValueError(
                    f"{path.name}, line {line}: {len(cells)} cells, "
                    f"but the first line has {width}"
                )
    except csv.Error as error:
        raise ValueError(f"{path.name}: not a readable CSV file ({error})") from None


def _is_number(cell: str) -> bool:
    return (
        re.fullmatch(r"\s*[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?\s*", cell)
        is not None
    )


# --------------------------------------------------------------------------
# Digits


def load_mnist() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """MNIST, 28x28 grey digits: X (60000, 784) float32 in 0..1, y, X_test, y_test."""

    def idx(name: str) -> np.ndarray:
        """An IDX file: 4 bytes of type, the sizes as 4-byte integers, the bytes."""
        with gzip.open(find("mnist") / name) as file:
            raw = file.read()
        sizes = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
        return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(sizes)

    def images(name: str) -> np.ndarray:
        pixels = idx(name)
        return pixels.reshape(len(pixels), -1) / np.float32(255)

    return (
        images("train-images-idx3-ubyte.gz"),
        idx("train-labels-idx1-ubyte.gz").astype(int),
        images("t10k-images-idx3-ubyte.gz"),
        idx("t10k-labels-idx1-ubyte.gz").astype(int),
    )


def load_digits() -> tuple[np.ndarray, np.ndarray]:
    """The small digits, 8x8 pixels from 0 to 16: X (1797, 64), y (1797,)."""
    with gzip.open(find("digits_8x8.csv.gz"), "rt", encoding="utf-8") as file:
        table = np.loadtxt(file, delimiter=",")
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
    # subtle: the std of equal numbers is not always exactly 0 after rounding
    std = np.where(std <= 1e-12 * np.abs(mean), 1.0, std)
    return (X - mean) / std, mean, std


def one_hot(y: np.ndarray, k: int) -> np.ndarray:
    """Row i is 0 but for a 1 in column y[i]: y (n,) of 0 … k-1 -> (n, k)."""
    return np.eye(k)[y]
