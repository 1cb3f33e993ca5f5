"""The path: skeletons, judging, and what learn.py says in every case."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import judge
import numpy as np
import pytest

import learn

CHAPTERS = judge.written()
MEANS = "    moved[owned] = sums[owned] / counts[owned, None]"


class Path_:
    """learn.py run as a reader runs it, with a my/ of its own."""

    def __init__(self, folder: Path):
        self.my = folder / "my"

    def __call__(self, *words: str, code: int | None = None, **more) -> str:
        child = subprocess.run(
            [sys.executable, str(judge.ROOT / "learn.py"), *words],
            capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL,
            env={**os.environ, "MY_FOLDER": str(self.my), "PYTHONUTF8": "1", **more},
            timeout=240,
        )  # fmt: skip
        assert "Traceback" not in child.stderr, child.stderr
        assert code is None or child.returncode == code, child.stdout + child.stderr
        return child.stdout + child.stderr

    def write(self, name: str, old: str = "", new: str = "") -> None:
        """my/<name>.py: the reference, with a change."""
        text = judge.reference(name).read_text(encoding="utf-8")
        assert text.count(old) == 1 or not old
        self.my.mkdir(exist_ok=True)
        (self.my / f"{name}.py").write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def path(tmp_path: Path) -> Path_:
    return Path_(tmp_path)


# --------------------------------------------------------------------------
# Skeletons


@pytest.mark.slow
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_skeleton_fails_every_milestone_as_not_started(path, name):
    path("start", name, code=0)
    text = path("check", name, code=1)
    assert text.count("\n  not started\n") == 4
    assert not any(word in text for word in ("wrong", "crashed", "too slow", "passed"))


@pytest.mark.slow
@pytest.mark.parametrize("name", CHAPTERS)
def test_the_reference_passes_everything(path, name):
    path.write(name)
    text = path("check", name, code=0)
    assert text.count("\n  passed: ") == 4
    assert "4 of 84" in path()


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_skeleton_keeps_all_but_the_bodies(name):
    one = next(p for p in learn.PROJECTS if p.name == name)
    whole = ast.parse(one.reference.read_text(encoding="utf-8"))
    text = learn.skeleton(one)
    bare = ast.parse(text)
    story = ast.get_docstring(whole) or ""
    mine = story.replace(f"{one.folder}/{name}.py", f"my/{name}.py")
    assert ast.get_docstring(bare) == mine
    for a, b in zip(ast.walk(whole), ast.walk(ast.parse(text))):
        if isinstance(a, ast.FunctionDef) and isinstance(b, ast.FunctionDef):
            break  # from the first emptied body on, the trees differ
        assert type(a) is type(b)
    for tree in (whole, bare):
        signatures = [
            (node.name, ast.unparse(node.args), ast.get_docstring(node))
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.col_offset <= 4
        ]
        assert signatures == sorted(signatures, key=signatures.index)
        if tree is whole:
            expected = set(signatures)
    assert set(signatures) == expected
    head = text.partition('"""')[0]
    assert "Milestone 4" in head and f"learn.py check {name}" in head
    for part in learn.parts(one.reference.read_text(encoding="utf-8")):
        assert f'NotImplementedError("milestone {part.milestone}: {part.name}")' in text


COMMAND = {"gpt": ["explain"]}  # of chapters that want one


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_skeleton_shows_its_help_and_says_what_is_to_do(path, name, tmp_path):
    path("start", name, code=0)
    script = str(path.my / f"{name}.py")
    first = COMMAND.get(name, [])
    for words, code in ((["--help"], 0), ([*first, "--no-show"], 2)):
        child = subprocess.run(
            [sys.executable, script, *words],
            capture_output=True, encoding="utf-8", cwd=tmp_path, timeout=60,
        )  # fmt: skip
        assert child.returncode == code and "Traceback" not in child.stderr
    assert child.stderr.startswith("To do: milestone ")


# --------------------------------------------------------------------------
# Judging


@pytest.mark.slow
def test_a_wrong_version_gets_its_diagnosis(path):
    path.write("kmeans", MEANS, "    moved[owned] = sums[owned]")
    text = path("check", "kmeans", "1", code=1)
    assert (
        "wrong: " in text
        and "expected  [[0.5]," in text
        and "got       [[ 1.]," in text
    )
    assert "every entry is 2 times what it should be" in text
    assert " ".join("division by the number of points".split()) in " ".join(
        text.split()
    )


@pytest.mark.slow
def test_a_crash_is_told_with_the_readers_line(path):
    path.write("kmeans", MEANS, "    moved = sumz")
    text = path("check", "kmeans", "1", code=1)
    assert "crashed: " in text and "NameError: name 'sumz' is not defined" in text
    assert "in means: moved = sumz" in text


@pytest.mark.slow
def test_a_missing_function_is_named(path):
    path.write("kmeans", "def means(", "def mean(")
    text = path("check", "kmeans", "1", code=1)
    assert "kmeans.py has no 'means': was it renamed?" in text


def test_a_syntax_error_is_shown(path):
    path.write("kmeans", "def means(", "def means((")
    text = path("check", "kmeans", code=1)
    assert (
        "Python cannot read your file" in text and "def means((" in text and "^" in text
    )


@pytest.mark.slow
def test_an_endless_loop_is_stopped_and_its_line_named(path):
    path.write("kmeans", MEANS, "    while True:\n        pass")
    text = path("check", "kmeans", "1", "--seconds", "3", code=1)
    assert "too slow" in text and "stopped after 3 s" in text and "in means" in text


@pytest.mark.slow
def test_an_endless_loop_at_import_is_stopped(path):
    path.write("kmeans", "ROWS = 2048", "while True:\n    pass\nROWS = 2048")
    text = path("check", "kmeans", "2", "--seconds", "3", code=1)
    assert "too slow" in text and "in <module>" in text


@pytest.mark.slow
def test_a_process_that_dies_is_told(path):
    path.write("kmeans", MEANS, "    import os; os._exit(9)")
    assert "Python itself ended" in path("check", "kmeans", "1", code=1)


@pytest.mark.slow
def test_one_milestone_can_be_done_before_the_others(path):
    """The skeleton with the four functions of milestone 1 filled in by hand."""
    one = next(p for p in learn.PROJECTS if p.name == "kmeans")
    source = one.reference.read_text(encoding="utf-8")
    lines = source.splitlines()
    for part in reversed(learn.parts(source)):
        if part.milestone > 1:
            stub = f'raise NotImplementedError("milestone {part.milestone}: x")'
            lines[part.first - 1 : part.last] = [" " * (part.indent + 4) + stub]
    path.my.mkdir()
    (path.my / "kmeans.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = path("check", "kmeans", code=1)
    assert "  passed: " in text.partition("Milestone 2")[0]
    assert json.loads((path.my / "progress.json").read_text())["kmeans"]["passed"] == [
        1
    ]
    assert "1 of 84" in path() and "milestone 2 of kmeans" in path()


# --------------------------------------------------------------------------
# The rest of the path


def test_the_overview_lists_all_projects_in_80_columns(path):
    text = path(code=0)
    assert "0 of 84 milestones" in text
    assert all(one.name in text for one in learn.PROJECTS)
    assert max(map(len, text.splitlines())) <= 80


def test_the_overview_works_where_the_console_has_no_dots(path):
    assert "...." in path(code=0, PYTHONUTF8="0", PYTHONIOENCODING="cp1252")


@pytest.mark.parametrize("command", ["start", "check", "watch", "reset"])
def test_an_unknown_project_is_refused_with_the_nearest_name(path, command):
    text = path(command, "kmean", code=2)
    assert "did you mean kmeans?" in text and len(text.splitlines()) == 1


def test_a_project_is_known_by_its_number_and_its_file_too(path):
    path("start", "15", code=0)
    assert "exists already" in path("start", "phase4_ml/kmeans.py", code=2)


def test_start_does_not_overwrite_unless_told(path):
    path("start", "kmeans", code=0)
    mine = path.my / "kmeans.py"
    mine.write_text("my work", encoding="utf-8")
    text = path("start", "kmeans", code=2)
    assert len(text.splitlines()) == 1 and mine.read_text() == "my work"
    path("start", "kmeans", "--force", code=0)
    kept = list((path.my / "backup").glob("kmeans-*.py"))
    assert [p.read_text() for p in kept] == ["my work"]


def test_reset_refuses_without_a_terminal_and_keeps_a_backup(path):
    assert "there is no my/kmeans.py" in path("reset", "kmeans", code=2)
    path.write("kmeans")
    assert "--yes" in path("reset", "kmeans", code=2)
    path("reset", "kmeans", "--yes", code=0)
    path("reset", "kmeans", "--yes", code=0)
    assert "to do" not in (path.my / "kmeans.py").read_text(encoding="utf-8")[:20]
    assert len(list((path.my / "backup").glob("kmeans-*.py"))) == 2


def test_check_without_a_file_says_how_to_start(path):
    assert "python learn.py start kmeans" in path("check", "kmeans", code=2)


def test_hints_come_one_at_a_time_and_are_remembered(path):
    first = path("hint", "kmeans", "1", code=0)
    second = path("hint", "kmeans", "1", code=0)
    assert first.count("Hint ") == 1 and second.count("Hint ") == 2
    assert second.startswith(first)


@pytest.mark.parametrize("name", CHAPTERS)
@pytest.mark.parametrize("milestone", [1, 2, 3, 4])
def test_every_milestone_has_three_hints(name, milestone):
    one = next(p for p in learn.PROJECTS if p.name == name)
    known = learn.hints(one, milestone)
    assert len(known) == 3 and all(len(hint) > 30 for hint in known)


def test_show_prints_the_reference_of_one_milestone(path):
    text = path("show", "kmeans", "2", code=0)
    assert "def plus_plus(" in text and "D2 = np.minimum" in text
    assert "def nearest(" not in text and "def elbow(" not in text


def test_a_damaged_progress_file_is_set_aside(path):
    path.my.mkdir()
    (path.my / "progress.json").write_text("{broken", encoding="utf-8")
    assert "0 of 84" in path(code=0)
    assert (path.my / "progress.damaged.json").exists()


@pytest.mark.parametrize(
    "words", [["chek", "kmeans"], ["check"], ["hint", "kmeans", "5"]]
)
def test_wrong_words_get_one_line(path, words):
    text = path(*words, code=2)
    assert len(text.splitlines()) == 1


def test_without_the_packages_it_names_them_and_the_command(path):
    """-S hides site-packages: a Python as it comes."""
    child = subprocess.run(
        [sys.executable, "-S", "-E", str(judge.ROOT / "learn.py")],
        capture_output=True, encoding="utf-8", cwd=path.my.parent,
        env={**os.environ, "MY_FOLDER": str(path.my)},
    )  # fmt: skip
    assert child.returncode == 0 and "of 84 milestones" in child.stdout
    last = child.stdout.splitlines()[-1]
    assert "numpy" in last and 'pip install -e ".[test]"' in last


def test_the_first_month_is_led_through(tmp_path, monkeypatch):
    """As far as the README goes in each of its four chapters; then all the rest."""
    monkeypatch.setattr(learn, "MY", tmp_path)
    done = {one.name: [] for one in learn.PROJECTS}
    said = []
    for _ in range(20):
        said.append(learn.advice(done).removeprefix("Next: ").split(";")[0])
        words = said[-1].split()
        if words[0] == "milestone":
            done[words[3]].append(int(words[1]))
        else:
            (tmp_path / f"{words[-1]}.py").touch()
    assert said[:13] == [
        "python learn.py start vector_graphics", "milestone 1 of vector_graphics",
        "milestone 2 of vector_graphics", "python learn.py start function_explorer",
        "milestone 1 of function_explorer", "python learn.py start gradient_descent",
        "milestone 1 of gradient_descent", "python learn.py start monte_carlo_pi",
        "milestone 1 of monte_carlo_pi", "milestone 2 of monte_carlo_pi",
        "milestone 3 of monte_carlo_pi", "milestone 3 of vector_graphics",
        "milestone 4 of vector_graphics",
    ]  # fmt: skip
    assert learn.advice({name: [1, 2, 3, 4] for name in done}).endswith(
        "start distribution_visualizer"
    )


@pytest.mark.slow
def test_watch_judges_again_at_every_save(path):
    path.write("kmeans", MEANS, "    moved = sumz")
    child = subprocess.Popen(
        [sys.executable, "-u", str(judge.ROOT / "learn.py"), "watch", "kmeans"],
        stdout=subprocess.PIPE, encoding="utf-8",
        env={**os.environ, "MY_FOLDER": str(path.my), "PYTHONUTF8": "1"},
    )  # fmt: skip
    try:
        assert child.stdout is not None
        seen = ""
        while "Waiting" not in seen:
            seen += child.stdout.readline()
        assert "crashed" in seen
        path.write("kmeans", "def means(", "def means((")
        seen = ""
        while "Waiting" not in seen:
            seen += child.stdout.readline()
        assert "Python cannot read your file" in seen
    finally:
        child.kill()
        child.communicate()


def test_what_differs_in_late_digits_only_is_shown_with_them():
    for got, want in ((1.00000000001, 1.0), (np.array([1e-4, 2]), [1.0000001e-4, 2])):
        with pytest.raises(judge.Wrong) as caught:
            judge.close(got, want, "f(1)", 1e-14, 0)
        _, expected, came, first = str(caught.value).splitlines()
        assert expected.split("  ")[1] != came.split("       ")[1]
        assert first.split(" instead of ")[0].split()[-1] != first.split()[-1]
