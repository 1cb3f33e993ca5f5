"""Judges each mutant of a chapter: python tests/mutate.py kmeans

Prints, as JSON, how the milestone of each mutant ended: it must be "wrong".
One process for all mutants of a chapter, since starting one costs more than judging.
"""

import contextlib
import io
import json
import sys

import judge
import pytest


class Outcomes:
    """A plugin that notes how the claims end."""

    def __init__(self) -> None:
        self.failed: list[str] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item, call):  # type: ignore[no-untyped-def]
        result = yield
        if call.excinfo:
            wrong = call.excinfo.errisinstance(judge.Wrong)
            self.failed.append("wrong" if wrong else repr(call.excinfo.value)[:200])
            if wrong:
                item.session.shouldstop = "caught"
        return result


def verdict(name: str, mutant: judge.Mutant) -> str:
    """How the mutant's milestone ended: "wrong", a crash, or "survived"."""
    outcomes = Outcomes()
    with judge.instead(name, mutant.module(name)):
        with contextlib.redirect_stdout(io.StringIO()):
            pytest.main(
                [
                    str(judge.ROOT / "tests" / f"test_{name}.py"),
                    "-m",
                    f"milestone{mutant.milestone} and not slow",
                    "-p",
                    "no:cacheprovider",
                    "-q",
                    "--tb=native",  # nobody reads it, and the other kind is slow
                ],
                plugins=[outcomes],
            )
    if not outcomes.failed:
        return "survived"
    return "wrong" if "wrong" in outcomes.failed else outcomes.failed[0]


if __name__ == "__main__":
    chosen = sys.argv[1]
    found = [[m.milestone, m.says, verdict(chosen, m)] for m in judge.mutants(chosen)]
    print(json.dumps(found))
