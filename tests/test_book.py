"""The book tells the truth: its commands run, and print what the pages show."""

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import judge
import pytest

import learn

PAGES = sorted(
    p for p in judge.ROOT.glob("**/README.md") if not {".venv", "my"} & set(p.parts)
)
BLOCKS = ["The question", "The picture", "The maths in a few lines", "Run it",
          "What to notice", "Milestones", "Try it", "Read on"]  # fmt: skip
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*(?:e-?\d+)?")
WILD = re.compile(r"\d[\d.,]* (?:s|ms|seconds|steps/s|fps)\b|(?<=Saved )\S+")


class Example(NamedTuple):
    """A command of the book and the lines that it shows below it."""

    page: str
    command: str
    shown: list[str]


def examples() -> list[Example]:
    """Every `$ python …` in a console block, with what follows it."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S):
            for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
                command, *shown = part.rstrip("\n").split("\n")
                name = page.relative_to(judge.ROOT).as_posix()
                found.append(Example(name, command, shown))
    return found


def run(command: str, folder: Path) -> str:
    """What a command of the book prints, in an empty folder, without a screen."""
    words = []
    for word in re.findall(r'"[^"]*"|\S+', command):
        word = word.strip('"')
        file = judge.ROOT / word
        words.append(str(file) if word.endswith(".py") and file.exists() else word)
    assert words[0] == "python", command
    child = subprocess.run(
        [sys.executable, *words[1:]], cwd=folder, capture_output=True, timeout=180,
        encoding="utf-8", stdin=subprocess.DEVNULL,
        # one thread: with a busy neighbour two wait for each other, for ever so long
        env={**os.environ, "PYTHONUTF8": "1", "MPLBACKEND": "agg",
             "OPENBLAS_NUM_THREADS": "1",
             "MY_FOLDER": str(folder / "my")},
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    return child.stdout


def agree(shown: str, printed: str) -> bool:
    """Whether two lines are alike: words equal, numbers within 2 %."""
    shown, printed = (WILD.sub("~", line.rstrip()) for line in (shown, printed))
    if NUMBER.sub("#", shown).split() != NUMBER.sub("#", printed).split():
        return False
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(printed))
    values = [(float(a.replace(",", "")), float(b.replace(",", ""))) for a, b in pairs]
    return all(abs(a - b) <= 0.02 * max(abs(a), abs(b)) + 1e-9 for a, b in values)


def first_difference(shown: list[str], printed: list[str]) -> str:
    """The first line of the page that the program does not print; "…" skips lines."""
    at = 0
    skipping = False
    for line in shown:
        if line.strip() == "…":
            skipping = True
            continue
        while skipping and at < len(printed) and not agree(line, printed[at]):
            at += 1
        if at >= len(printed) or not agree(line, printed[at]):
            return f"the page: {line!r}\nprinted:  {printed[at : at + 1]}"
        at, skipping = at + 1, False
    rest = [line for line in printed[at:] if line.strip()]
    return "" if skipping or not rest else f"printed too: {rest[:3]}"


@pytest.mark.slow
@pytest.mark.parametrize("example", examples(), ids=lambda e: e.command[:60])
def test_the_book_shows_what_is_printed(example, tmp_path):
    if not example.shown:
        run(example.command, tmp_path)
        return
    printed = run(example.command, tmp_path).split("\n")
    assert not first_difference(example.shown, printed)


def test_the_comparison_can_fail():
    """The referee of the book: alike is alike, and a wrong number is found."""
    assert agree("J = 1,282.0, shift 0.00404", "J = 1,282.8, shift 0.00405")
    assert not agree("J = 1,282.0", "J = 1,382.0")
    assert not agree("Cluster sizes", "Cluster size")
    assert agree("took 0.31 s", "took 2.5 s")
    assert first_difference(["a", "…", "c"], ["a", "b", "c"]) == ""
    assert first_difference(["a", "…", "c"], ["a", "b"])
    assert first_difference(["a"], ["a", "b"])


def test_the_examples_of_chapter_0_are_right():
    flags = doctest.NORMALIZE_WHITESPACE
    file = str(judge.ROOT / "README.md")
    result = doctest.testfile(
        file, module_relative=False, optionflags=flags, encoding="utf-8"
    )
    assert result.attempted > 10 and not result.failed


def test_every_figure_of_the_book_is_there_and_small():
    for page in PAGES:
        for name in re.findall(
            r"!\[[^\]]+\]\(([^)]+)\)", page.read_text(encoding="utf-8")
        ):
            figure = page.parent / name
            assert figure.exists(), f"{page}: {name} is missing"
            assert figure.stat().st_size < 600_000, f"{name} is too large"


def test_every_link_inside_the_book_leads_somewhere():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)]+)\)", text):
            name, _, anchor = link.partition("#")
            if name.startswith("http"):
                continue
            target = page.parent / name if name else page
            assert target.exists(), f"{page}: {link}"
            if anchor and target.suffix == ".md":
                heads = re.findall(
                    r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.M
                )
                anchors = [
                    re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads
                ]
                assert anchor in anchors, f"{page}: {link}"


@pytest.mark.parametrize("name", judge.written())
def test_every_chapter_has_its_eight_blocks(name):
    one = next(p for p in learn.PROJECTS if p.name == name)
    text = (judge.ROOT / one.folder / "README.md").read_text(encoding="utf-8")
    chapter = text.partition(f"\n## {one.number}. ")[2].partition("\n## ")[0]
    heads = re.findall(r"^### (.*)$", chapter, re.M)
    assert heads == BLOCKS
    titles = learn.banners(one.reference.read_text(encoding="utf-8"))
    for n, (_, title) in titles.items():
        assert f"**Milestone {n}: {title}**" in chapter
        assert f"learn.py check {name} {n}" in chapter
    exercises = chapter.partition("### Try it")[2].partition("### Read on")[0]
    assert len(re.findall(r"^\d\. ", exercises, re.M)) == 3
    assert "Break it" in exercises


def test_the_cover_lists_all_projects():
    cover = (judge.ROOT / "README.md").read_text(encoding="utf-8")
    cover = cover.split("<!-- reached -->")[0]
    rows = re.findall(r"^\| (\d+) \| (?:\[)?`?(\w+)`?", cover, re.M)
    assert [(int(n), name) for n, name in rows] == [
        (one.number, one.name) for one in learn.PROJECTS
    ]
    for one in learn.PROJECTS:
        linked = f"]({one.folder}/{one.name}.py)" in cover
        assert linked == one.reference.exists(), one.name


def quoted(mark: str, table: str) -> Iterator[tuple[str, str, list[str]]]:
    """Of each project in a table of the cover: its name, what is said of it, and the
    rows that a table of benchmarks/ has of it."""
    cover = (judge.ROOT / "README.md").read_text(encoding="utf-8")
    measured = (judge.ROOT / "benchmarks" / table).read_text(encoding="utf-8")
    lines = cover.split(f"<!-- {mark} -->\n")[1].split("\n\n")[0].splitlines()[2:]
    names = [line.split(" | ")[1].strip("`") for line in lines]
    assert names == [one.name for one in learn.PROJECTS]
    for line, name in zip(lines, names):
        rows = [x for x in measured.split("\n") if x.startswith(f"| {name} |")]
        yield name, line.split(" | ")[2], rows


def test_what_the_cover_says_was_reached_was_measured():
    for name, said, rows in quoted("reached", "RESULTS.md"):
        for value in re.findall(r"[\d.,]+ ± [\d.,]*\d", said):
            assert any(f"{value} |" in row for row in rows), (name, value)


def test_how_fast_the_cover_says_it_is_was_measured():
    for name, said, rows in quoted("speed", "SPEED.md"):
        ratios = [row.split(" | ")[4] for row in rows]
        values = re.findall(r"\d+\.\d\d\b", said)
        assert values and set(values) <= set(ratios), (name, values)
