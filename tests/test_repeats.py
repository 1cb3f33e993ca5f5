"""A lesson may stand in several chapters; then the copies must agree."""

import numpy as np
import pytest
from conftest import chapter
from judge import written

# name of the function -> the chapters that write it again, and an argument to try
REPEATS: dict[str, tuple[list[str], tuple]] = {}


@pytest.mark.parametrize("name", REPEATS)
def test_the_copies_agree(name):
    chapters, arguments = REPEATS[name]
    results = [
        getattr(chapter(c), name)(*arguments) for c in chapters if c in written()
    ]
    for other in results[1:]:
        np.testing.assert_allclose(other, results[0], rtol=1e-12)


def test_a_lesson_that_stands_twice_is_listed_here():
    """Public functions of the same name in two chapters are either listed or exempt."""
    import learn

    exempt = {"fit", "predict", "transform", "check"}
    seen: dict[str, list[str]] = {}
    for name in written():
        source = next(p for p in learn.PROJECTS if p.name == name).reference
        for part in learn.parts(source.read_text(encoding="utf-8")):
            seen.setdefault(part.name.rpartition(".")[2], []).append(name)
    twice = {f for f, where in seen.items() if len(set(where)) > 1 and f[0] != "_"}
    assert twice <= set(REPEATS) | exempt, "add them to REPEATS, with an argument"
