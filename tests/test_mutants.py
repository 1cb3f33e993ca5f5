"""The judges are judged: every wrong variant of a chapter must fail its milestone."""

import json
import subprocess
import sys

import judge
import pytest


@pytest.mark.slow
@pytest.mark.parametrize("name", judge.written())
def test_every_mutant_is_caught(name):
    child = subprocess.run(
        [sys.executable, str(judge.ROOT / "tests" / "mutate.py"), name],
        capture_output=True, encoding="utf-8", cwd=judge.ROOT, timeout=300,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    verdicts = json.loads(child.stdout.splitlines()[-1])
    missed = [(n, says, end) for n, says, end in verdicts if end != "wrong"]
    assert len(verdicts) >= 8 and not missed


@pytest.mark.parametrize("name", judge.written())
def test_a_mutant_is_explained_in_a_sentence(name):
    for mutant in judge.mutants(name):
        assert mutant.says.endswith(".") and len(mutant.says) > 40
        mutant.module(name)  # stands once in the chapter, and is valid Python
