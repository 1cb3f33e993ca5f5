"""How the tests run: no screen, no global state, --mine for the reader's version."""

import faulthandler
import json
import os
import re
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

os.environ.update(
    MPLBACKEND="Agg",
    SDL_VIDEODRIVER="dummy",
    SDL_AUDIODRIVER="dummy",
    PYGAME_HIDE_SUPPORT_PROMPT="1",
)

import judge
import numpy as np
import pytest
from hypothesis import Phase, settings
from judge import chapter

from common import console

__all__ = ["chapter"]  # from conftest import chapter

settings.register_profile("house", derandomize=True, deadline=None, database=None)
settings.register_profile(  # a wrong version is to be told at once, not to be shrunk
    "mine",
    parent=settings.get_profile("house"),
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
)
settings.load_profile("house")

report: TextIO | None = None  # where --report writes what happens, a line an event
diagnosing = 0.0  # seconds spent so far on comparing with mutants


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mine", action="store_true", help="judge the files in my/")
    parser.addoption("--report", metavar="FILE", help="write a JSON line per event")
    parser.addoption(
        "--claim-limit", type=float, default=0, help="seconds to a traceback"
    )


def pytest_configure(config: pytest.Config) -> None:
    global report
    judge.judging_mine = config.getoption("--mine")
    if judge.judging_mine:
        settings.load_profile("mine")
        config.option.tbstyle = "native"  # ours is told; the other takes half a second
    if config.getoption("--report"):
        report = open(config.getoption("--report"), "a", encoding="utf-8")


def pytest_unconfigure(config: pytest.Config) -> None:
    global report
    if report:
        report.close()
        report = None


@pytest.fixture(autouse=True)
def no_figures_left() -> Iterator[None]:
    """Every test begins without figures, and closes its own."""
    yield
    import sys

    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers, the same in every run."""
    return np.random.default_rng(0)


@pytest.fixture
def program(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """program(main, "--k", "4"): its exit code and stdout, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(main: Callable[[list[str]], int], *words: object) -> tuple[int, str]:
        return main(list(map(str, words))), capsys.readouterr().out

    return call


@pytest.fixture
def complaint(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """complaint(main, "--k", "0"): its one line on stderr, with exit code 2."""
    monkeypatch.chdir(tmp_path)

    def call(main: Callable[[list[str]], int], *words: str) -> str:
        with pytest.raises(SystemExit) as end:
            console.run(lambda: main([*words, "--no-show"]))
        out, err = capsys.readouterr()
        assert end.value.code == 2, out + err
        assert len(err.splitlines()) == 1, err
        return err

    return call


# --------------------------------------------------------------------------
# A failed claim, in plain words


def milestone_of(item: pytest.Item) -> int:
    """The milestone that a test is marked with; 0 if none."""
    return next((n for n in range(1, 5) if item.get_closest_marker(f"milestone{n}")), 0)


def claim_of(item: pytest.Item) -> str:
    """The name of a test, read as the claim that it is."""
    return item.name.partition("[")[0].removeprefix("test_").replace("_", " ")


def pytest_runtest_call(item: pytest.Item) -> None:
    tell(event="start", milestone=milestone_of(item), claim=claim_of(item))
    limit = item.config.getoption("--claim-limit")
    if report and limit:  # says where an endless loop is, before learn.py ends it
        faulthandler.dump_traceback_later(limit, file=report)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Any:
    result = yield
    if call.when == "call" or call.excinfo:
        faulthandler.cancel_dump_traceback_later()
        words = {"outcome": "passed"}
        if call.excinfo and not call.excinfo.errisinstance(pytest.skip.Exception):
            words = outcome(item, call.excinfo.value)
            if judge.judging_mine:
                result.longrepr = "\n".join(v for v in words.values() if v)
        tell(event="end", milestone=milestone_of(item), claim=claim_of(item), **words)
    return result


def tell(**event: object) -> None:
    if report:
        print(json.dumps({"time": time.time(), **event}), file=report, flush=True)


def outcome(item: pytest.Item, error: BaseException) -> dict[str, str]:
    """What a failure is: not started, wrong, or crashed; with all that helps."""
    to_do = re.match(r"milestone (\d): (.*)", str(error))
    if isinstance(error, NotImplementedError) and to_do:
        return {"outcome": "not started", "to_do": f"{to_do[2]} (milestone {to_do[1]})"}
    if isinstance(error, judge.Wrong):
        return {
            "outcome": "wrong",
            "call": error.call,
            "expected": error.shown[0],
            "got": error.shown[1],
            "advice": error.advice,
            "diagnosis": diagnosis_of(item, error),
        }
    return {"outcome": "crashed", "error": said(error), "where": builder_line(error)}


def diagnosis_of(item: Any, error: judge.Wrong) -> str:
    """The known mistake that gives the same wrong result, if there is one."""
    global diagnosing
    name = Path(item.path).stem.removeprefix("test_")
    if not judge.judging_mine or diagnosing > 3:  # seconds: the reader is waiting
        return ""
    arguments = {name: item.funcargs[name] for name in item._fixtureinfo.argnames}

    def anew() -> None:
        if "rng" in arguments:  # each run draws from it: begin as the first one did
            arguments["rng"] = np.random.default_rng(0)
        item.obj(**arguments)

    began = time.monotonic()
    try:
        return judge.diagnosis(name, milestone_of(item), anew, error)
    finally:
        diagnosing += time.monotonic() - began


def said(error: BaseException) -> str:
    if isinstance(error, judge.Missing):
        return str(error)
    if sizes := re.search(
        r"^matmul: .*\(size (\d+) is different from (\d+)\)", str(error)
    ):
        columns = f"the rows on its left are {sizes[2]} long, the columns on its right "
        return f"a matrix product does not fit: {columns}{sizes[1]}"
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]


def builder_line(error: BaseException) -> str:
    """The last line of the reader's file on the way to a crash, and of the check."""
    frames = list(reversed(traceback.extract_tb(error.__traceback__)))
    mine = [f for f in frames if Path(f.filename).parent == judge.MY]
    check = [
        f for f in frames if Path(f.filename).parent == Path(__file__).parent and f.line
    ]
    lines = [f"{Path(f.filename).name}, line {f.lineno}, in {f.name}: {f.line}"
             for f in mine[:1]]  # fmt: skip
    if not mine:
        lines.append("not in your file: the check cannot use what it was given")
    return "\n".join([*lines, *(f"in the check: {f.line}" for f in check[:1])])
