"""Two sides, one run: interleaved repeats, medians, and the ratio of the two.

A single timing says little: machines differ, and the same one is slower when somebody
else is using it. So our side and the peer's take turns, A B A B …, in one process, and
what is quoted is the ratio of the medians, theirs / ours: above 1 ours is faster.
"""

import datetime
import os
import platform
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Result(NamedTuple):
    """A line of the table."""

    work: str
    ours: float  # median seconds
    peer: float
    ratio: float  # median of peer / median of ours
    spread: str  # the ratio turn by turn: lowest to highest
    bar: str


class Claim(NamedTuple):
    """What was measured for results.py, and the value for each seed."""

    what: str
    values: list[float]


def chosen(kind: str, names: list[str]) -> list[str]:
    """The named projects, or all that have a file <kind>_<project>.py here."""
    names = [name for name in names if name != "--write"]
    files = sorted(Path(__file__).parent.glob(f"{kind}_*.py"))
    known = [file.stem.removeprefix(f"{kind}_") for file in files]
    for name in names:
        if name not in known:
            sys.exit(f"{name}: nothing is measured; there are {', '.join(known)}")
    return names or known


def keep(page: str, project: str, rows: list[list[str]]) -> None:
    """Put rows of a project into the table of a page, in place of those it had."""
    path = Path(__file__).parent / page
    old = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    head = next(i for i, text in enumerate(old) if text.startswith("|--")) + 1
    mine = [f"| {' | '.join([project, *row, str(datetime.date.today())])} |"
            for row in rows]  # fmt: skip
    others = [text for text in old[head:] if not text.startswith(f"| {project} |")]
    table = sorted([*others, *mine], key=lambda text: text.split(" | ")[0])
    text = "\n".join([*old[:head], *table]) + "\n"
    path.write_text(text, encoding="utf-8")


def duel(
    work: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    bar: str = "",
    repeats: int = 7,
) -> Result:
    """Time both sides in turn, after one turn that does not count."""
    ours(), peer()
    a, b = np.array([(_seconds(ours), _seconds(peer)) for _ in range(repeats)]).T
    turns = b / a
    ratio = float(np.median(b) / np.median(a))
    spread = f"{turns.min():.2f} to {turns.max():.2f}"
    result = Result(work, float(np.median(a)), float(np.median(b)), ratio, spread, bar)
    print(line(result), flush=True)
    return result


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


WITH: list[str] = []  # what was measured with, of each title


def title(project: str, *packages: str) -> None:
    """What is measured, and with what."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    WITH.append(f"{project}: {versions}")
    print(f"\n{project}: Python {platform.python_version()}, {versions}, "
          f"{os.cpu_count()} cores")  # fmt: skip
    print(f"{'work':52}{'ours':>10}{'peer':>10}{'ratio':>7}  turn by turn   bar")


def line(r: Result) -> str:
    """A result in 80 columns and a bit."""
    return (f"{r.work:52}{1e3 * r.ours:7.0f} ms{1e3 * r.peer:7.0f} ms{r.ratio:7.2f}  "
            f"{r.spread:13}  {r.bar}")  # fmt: skip
