"""The path: rebuild the twenty-one projects, and be judged milestone by milestone.

    python learn.py                  where you are: 21 projects, 84 milestones
    python learn.py start kmeans     writes my/kmeans.py, with the maths left to do
    python learn.py check kmeans     judges my/kmeans.py (check kmeans 2: one milestone)
    python learn.py watch kmeans     the same at every save, until Ctrl-C
    python learn.py hint kmeans 2    a hint for milestone 2, one more each time
    python learn.py show kmeans 2    how the reference does milestone 2
    python learn.py reset kmeans     start anew; your version is kept in my/backup/

A project may be given by its number, too. The overview shows a dot for each of its four
milestones: ● passed, ○ still to do. Needs nothing but Python to start; `check` needs
the packages of the project.
"""

import argparse
import ast
import difflib
import errno
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parent
MY = Path(os.environ.get("MY_FOLDER") or ROOT / "my")
INSTALL = 'python -m pip install -e ".[test]"'


# The first month of the README, and how many milestones of each it takes.
MONTH = {"vector_graphics": 2, "function_explorer": 1, "gradient_descent": 1,
         "monte_carlo_pi": 3}  # fmt: skip


class Project(NamedTuple):
    """One of the twenty-one."""

    number: int
    folder: str
    name: str
    idea: str

    @property
    def level(self) -> int:
        """1 for a week-end, 5 for months."""
        return int("122312221221222333455"[self.number - 1])

    @property
    def reference(self) -> Path:
        return ROOT / self.folder / f"{self.name}.py"

    @property
    def mine(self) -> Path:
        return MY / f"{self.name}.py"


PHASES = {
    "phase1_linear_algebra": "Linear algebra",
    "phase2_calculus": "Calculus",
    "phase3_probability": "Probability",
    "phase4_ml": "Machine learning",
    "phase5_capstone": "Capstone",
    "final_gpt": "Final",
}

PROJECTS = [
    Project(i, folder, name, idea)
    for i, (folder, name, idea) in enumerate(
        [
            ("phase1_linear_algebra", "vector_graphics", "points are vectors"),
            ("phase1_linear_algebra", "image_lab", "a matrix moves every pixel"),
            ("phase1_linear_algebra", "movie_recommender", "likeness is a dot product"),
            ("phase1_linear_algebra", "pca_visualizer", "the axes that data choose"),
            ("phase2_calculus", "function_explorer", "how steep is a curve here?"),
            ("phase2_calculus", "gradient_descent", "walk downhill"),
            ("phase2_calculus", "curve_fitter", "make a formula fit"),
            ("phase2_calculus", "physics_sim", "motion, a step at a time"),
            ("phase3_probability", "monte_carlo_pi", "throw darts, get pi"),
            ("phase3_probability", "spam_filter", "evidence adds up"),
            ("phase3_probability", "ab_testing", "luck or better?"),
            ("phase3_probability", "distribution_visualizer", "the shapes of chance"),
            ("phase4_ml", "linear_regression", "the best straight line"),
            ("phase4_ml", "logistic_regression", "yes or no, with a probability"),
            ("phase4_ml", "kmeans", "groups nobody has named"),
            ("phase4_ml", "decision_tree", "twenty questions"),
            ("phase4_ml", "neural_network", "layers that learn digits"),
            ("phase4_ml", "backprop_viz", "see the chain rule flow"),
            ("phase5_capstone", "ml_pipeline", "from messy data to a service"),
            ("phase5_capstone", "minigrad", "a small PyTorch of your own"),
            ("final_gpt", "gpt", "a transformer that writes"),
        ],
        start=1,
    )
]


def fail(sentence: str) -> NoReturn:
    """End with exit code 2 and one sentence."""
    print(sentence, file=sys.stderr)
    sys.exit(2)


def project(name: str) -> Project:
    """The project of this name (kmeans, kmeans.py, or its number); exit 2 if none."""
    word = Path(name).name.removesuffix(".py")
    for one in PROJECTS:
        if word in (one.name, str(one.number)):
            if not one.reference.exists():
                fail(f"{one.name}: this project is not written yet.")
            return one
    names = [one.name for one in PROJECTS]
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    near = [n for n in names if word and word in n][:1] or near
    hint = f"; did you mean {near[0]}?" if near else ""
    fail(f"{word!r} is no project{hint} ('python learn.py' lists all 21)")


# --------------------------------------------------------------------------
# What is remembered: my/progress.json


def progress() -> dict[str, Any]:
    """What passed and which hints were shown; a damaged file is set aside."""
    path = MY / "progress.json"
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return {k: v for k, v in known.items() if isinstance(v, dict)}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError):
        os.replace(path, path.with_suffix(".damaged.json"))
        print("my/progress.json was damaged and is set aside; 'check' finds it anew.")
        return {}


def remember(name: str, **facts: object) -> None:
    """Add facts about a project; written whole or not at all."""
    known = progress()
    known[name] = {**known.get(name, {}), **facts}
    write(MY / "progress.json", json.dumps(known, indent=1))


def write(path: Path, text: str) -> None:
    """Write a file under another name first: a kill leaves the old one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def passed(name: str) -> list[int]:
    """The milestones of a project that passed."""
    found = progress().get(name, {}).get("passed", [])
    return [n for n in found if n in (1, 2, 3, 4)] if isinstance(found, list) else []


# --------------------------------------------------------------------------
# The skeleton: the reference without the bodies of the maths


BANNER = re.compile(r"^# Milestone (\d): (.*)$", re.MULTILINE)


class Part(NamedTuple):
    """A function of a milestone, and the lines of its body (from 1, last included)."""

    milestone: int
    name: str
    first: int  # first line after signature and docstring
    last: int
    indent: int


def banners(source: str) -> dict[int, tuple[int, str]]:
    """Line and title of each milestone's banner."""
    return {
        int(m[1]): (source.count("\n", 0, m.start()) + 1, m[2])
        for m in BANNER.finditer(source)
    }


def parts(source: str) -> list[Part]:
    """The functions that a reader builds: those under the banners, up to the picture.

    A function, or a class, whose `def` ends in "# given" is kept; "# milestone 3" there
    puts it under another milestone.
    """
    lines = source.splitlines()
    starts = [(line, n) for n, (line, _) in banners(source).items()]
    end = lines.index("# The picture") + 1

    def walk(node: ast.AST, prefix: str) -> Iterator[Part]:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.FunctionDef | ast.ClassDef):
                continue
            head = " ".join(lines[child.lineno - 1 : child.body[0].lineno - 1])
            one_liner = child.body[0].lineno == child.lineno
            if child.lineno > end or "# given" in head or one_liner:
                continue
            if isinstance(child, ast.ClassDef):
                yield from walk(child, f"{child.name}.")
                continue
            said = re.search(r"# milestone (\d)", head)
            under = max((s for s in starts if s[0] < child.lineno), default=(0, 0))[1]
            milestone = int(said[1]) if said else under
            body = child.body[bool(ast.get_docstring(child)) :]
            if milestone and body:
                first, last = body[0].lineno, child.end_lineno or body[-1].lineno
                after = child.body[0].end_lineno if body is not child.body else None
                first = (after or child.body[0].lineno - 1) + 1
                yield Part(
                    milestone, prefix + child.name, first, last, child.col_offset
                )

    return list(walk(ast.parse(source), ""))


def skeleton(one: Project) -> str:
    """The chapter with every body of a milestone replaced by "to do"."""
    source = one.reference.read_text(encoding="utf-8")
    lines = source.splitlines()
    found = parts(source)
    for part in reversed(found):
        to_do = f'raise NotImplementedError("milestone {part.milestone}: {part.name}")'
        lines[part.first - 1 : part.last] = [" " * (part.indent + 4) + to_do]
    lines = [line for line in lines if not re.fullmatch(r"\s*# fmt: (on|off)", line)]
    text = "\n".join(lines).replace(f"{one.folder}/{one.name}.py", f"my/{one.name}.py")
    return "\n".join(preface(one, source, found)) + f"\n{text}\n"


def preface(one: Project, source: str, found: list[Part]) -> list[str]:
    """The first lines of a skeleton: whose it is, where it ends, what is to do."""
    lines = [
        f"# Your own chapter {one.number}. Replace each 'raise NotImplementedError'",
        "# under the Milestone banners by your code: the docstrings say what it does.",
        '# Your part ends at "The picture"; what is marked "given" is done already.',
        "# All below works as soon as yours does.",
        "#",
    ]
    for n, (_, title) in sorted(banners(source).items()):
        names = [p.name for p in found if p.milestone == n and "._" not in f".{p.name}"]
        text = f"Milestone {n}: {title}: {', '.join(names)}"
        lines += textwrap.wrap(
            text, 84, initial_indent="#   ", subsequent_indent="#       "
        )
    return [*lines, f"# Judge it:  python learn.py check {one.name}", ""]


def start(one: Project, force: bool = False) -> int:
    """Write my/<name>.py; refuses to overwrite."""
    if one.mine.exists() and not force:
        fail(
            f"my/{one.name}.py exists already; 'python learn.py reset {one.name}' "
            "starts anew and keeps a backup"
        )
    if one.mine.exists():
        backup(one)
    write(one.mine, skeleton(one))
    titles = banners(one.reference.read_text(encoding="utf-8"))
    print(f"Wrote my/{one.name}.py: your own version of {one.folder}/{one.name}.py.\n")
    for n, (_, title) in sorted(titles.items()):
        print(f"  milestone {n}  {title}")
    print(f"\nThe chapter is in {one.folder}/README.md. Build milestone 1, then:")
    print(f"  python learn.py check {one.name}")
    return 0


def backup(one: Project) -> Path:
    """Keep the reader's file under the time of day."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = MY / "backup" / f"{one.name}-{stamp}.py"
    number = 2
    while kept.exists():
        kept = kept.with_name(f"{one.name}-{stamp}-{number}.py")
        number += 1
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(one.mine, kept)
    return kept


def reset(one: Project, yes: bool) -> int:
    """Start anew, after asking; the old version is kept."""
    if not one.mine.exists():
        fail(
            f"there is no my/{one.name}.py; 'python learn.py start {one.name}' makes it"
        )
    if not yes:
        if not sys.stdin.isatty():
            fail(f"reset asks before it acts; say 'reset {one.name} --yes' in a script")
        if input(f"Start my/{one.name}.py anew? (y/n) ").strip().lower() not in (
            "y",
            "yes",
        ):
            print("Nothing was changed.")
            return 0
    kept = backup(one)
    write(one.mine, skeleton(one))
    remember(one.name, passed=[])
    print(f"my/{one.name}.py is new; your version is my/backup/{kept.name}")
    return 0


# --------------------------------------------------------------------------
# Judging


def missing_packages() -> list[str]:
    """Packages that `check` needs and this Python does not have."""
    needed = ["numpy", "matplotlib", "pandas", "PIL", "tqdm", "pytest", "hypothesis"]
    names = {"PIL": "pillow"}
    return [names.get(n, n) for n in needed if importlib.util.find_spec(n) is None]


def need_packages() -> None:
    if missing := missing_packages():
        fail(f"Not installed here: {', '.join(missing)}. Install with: {INSTALL}")


def need_mine(one: Project) -> None:
    """Exit 2, and say what to do, if the reader has not started."""
    if not one.mine.exists():
        fail(f"there is no my/{one.name}.py yet; 'python learn.py start {one.name}'")


def syntax_error(one: Project) -> str:
    """Where Python cannot read the reader's file, or ""."""
    try:
        ast.parse(one.mine.read_bytes())
    except SyntaxError as error:
        line = (error.text or "").rstrip("\n")
        caret = " " * ((error.offset or 1) - 1) + "^"
        where = f"my/{one.name}.py, line {error.lineno}: {error.msg}"
        return f"{where}\n    {line}\n    {caret}"
    except ValueError as error:
        return f"my/{one.name}.py cannot be read: {error}"
    return ""


class Judgement:
    """What became of the claims of a project, from the events of a pytest child."""

    def __init__(self) -> None:
        self.claims: dict[tuple[int, str], dict[str, Any]] = {}
        self.running: tuple[int, str] | None = None
        self.began = time.monotonic()
        self.milestone = 0

    def read(self, event: dict[str, Any]) -> None:
        """Take in one event."""
        key = (event["milestone"], event["claim"])
        if event["event"] == "start":
            self.running = key
            if key[0] != self.milestone:
                self.milestone, self.began = key[0], time.monotonic()
            return
        earlier = self.claims.get(key)
        # a claim of several cases is judged by the first that fails
        if earlier is None or earlier["outcome"] == "passed":
            self.claims[key] = event
        self.running = None

    def of(self, milestone: int) -> dict[str, dict[str, Any]]:
        """The claims of one milestone."""
        return {name: c for (n, name), c in self.claims.items() if n == milestone}

    def state(self, milestone: int) -> str:
        """How the first claim that fails ended; else passed, begun or not started."""
        outcomes = [c["outcome"] for c in self.of(milestone).values()]
        for outcome in outcomes:
            if outcome in ("too slow", "crashed", "wrong"):
                return outcome
        if "passed" in outcomes and "not started" in outcomes:
            return "begun"
        return "passed" if "passed" in outcomes else "not started"


def judge(one: Project, milestones: list[int], seconds: float) -> Judgement:
    """Run the milestones against my/<name>.py in a child, and end it when it hangs."""
    judgement = Judgement()
    waiting = list(milestones)
    while waiting:
        stuck = run_child(one, waiting, judgement, seconds)
        if stuck is None:
            break
        # the next milestones, in a new child
        waiting = [n for n in waiting if n > stuck]
    return judgement


def run_child(
    one: Project, milestones: list[int], judgement: Judgement, seconds: float
) -> int | None:
    """One pytest child; the milestone in which it had to be stopped, or None."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "events"
        report.touch()
        marks = " or ".join(f"milestone{n}" for n in milestones)
        command = [
            sys.executable, "-m", "pytest", str(ROOT / "tests" / f"test_{one.name}.py"),
            "--mine", "-q", "-p", "no:cacheprovider", f"--rootdir={ROOT}",
            "-c", str(ROOT / "pyproject.toml"), "-m", f"({marks}) and not slow",
            f"--report={report}", f"--claim-limit={0.9 * seconds}",
        ]  # fmt: skip
        environment = {**os.environ, "MY_FOLDER": str(MY), "PYTHONUTF8": "1"}
        # subtle: into a file, for a pipe that nobody reads fills up and stops the child
        with open(Path(folder) / "output", "w", encoding="utf-8") as output:
            child = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
            try:
                return follow(one, child, report, judgement, seconds)
            finally:
                child.kill()
                child.wait()


def follow(
    one: Project,
    child: subprocess.Popen[bytes],
    report: Path,
    judgement: Judgement,
    seconds: float,
) -> int | None:
    """Read the events as they come; the milestone that took too long, or None."""
    done, judgement.milestone, judgement.began = 0, 0, time.monotonic()
    while True:
        ended = child.poll() is not None
        lines = report.read_text(encoding="utf-8").splitlines(keepends=True)
        while done < len(lines) and lines[done].endswith("\n"):
            if lines[done].startswith("{"):
                judgement.read(json.loads(lines[done]))
            done += 1
        if ended:
            if not judgement.claims:
                said = report.with_name("output").read_text("utf-8", "replace")
                fail(f"the judge could not run:\n{said}")
            if judgement.running:  # it took the whole process down
                note(judgement, "crashed", "Python itself ended (out of memory?)")
            return None
        # before the first claim the packages are being imported: that may take long
        limit = seconds if judgement.milestone else 60 + seconds
        if time.monotonic() - judgement.began > limit and judgement.running:
            note(judgement, "too slow", place(lines, one), seconds)
            return judgement.milestone
        if time.monotonic() - judgement.began > limit + 60:
            fail("the judge did not start within a minute; try again")
        time.sleep(0.05)


def note(
    judgement: Judgement, outcome: str, where: str, seconds: float | None = None
) -> None:
    """Say of the running claim that it did not end well."""
    assert judgement.running is not None
    event = {"outcome": outcome, "where": where, "seconds": seconds}
    judgement.claims[judgement.running] = event
    judgement.running = None


def place(lines: list[str], one: Project) -> str:
    """The reader's line in a traceback that was written while the child hung."""
    for line in lines:
        found = re.search(r'File "(.*)", line (\d+) in (\S+)', line)
        if found and Path(found[1]) == one.mine:
            return f"{one.mine.name}, line {found[2]}, in {found[3]}"
    return ""


def check(one: Project, only: int | None, seconds: float) -> int:
    """Judge the reader's version and say what was found; 0 only when all passed."""
    need_packages()
    need_mine(one)
    if problem := syntax_error(one):
        print(f"{one.name}: Python cannot read your file.\n\n{problem}")
        return 1
    milestones = [only] if only else [1, 2, 3, 4]
    judgement = judge(one, milestones, seconds)
    titles = banners(one.reference.read_text(encoding="utf-8"))
    print(f"{one.name}: your version, my/{one.name}.py\n")
    for n in milestones:
        print(verdict(n, titles[n][1], judgement))
    good = [n for n in milestones if judgement.state(n) == "passed"]
    before = [n for n in passed(one.name) if n not in milestones]
    remember(one.name, passed=sorted(before + good))
    if len(good) == len(milestones):
        print("All of it passed." if only is None else f"Milestone {only} passed.")
        print(advice({one.name: passed(one.name) for one in PROJECTS}))
        return 0
    first = next(n for n in milestones if n not in good)
    if judgement.state(first) not in ("not started", "begun"):
        print("Begin with the first claim that fails: others may follow from it.")
    print(f"Stuck? python learn.py hint {one.name} {first}")
    return 1


def verdict(milestone: int, title: str, judgement: Judgement) -> str:
    """A milestone's lines: its state, and every claim that does not hold yet."""
    claims = judgement.of(milestone)
    state = judgement.state(milestone)
    good = sum(c["outcome"] == "passed" for c in claims.values())
    lines = [
        f"Milestone {milestone}: {title}",
        f"  {state}: {good} of {len(claims)} claims hold",
    ]
    if state == "not started":
        lines[1:] = ["  not started"]
        text = f"to do: {to_do(claims.values(), milestone)}"
        whole = re.sub(r"(\(\w+) ", "\\1\N{NO-BREAK SPACE}", text)  # "(milestone 2)"
        text = textwrap.fill(whole, 76, initial_indent="  ", subsequent_indent="    ")
        lines.append(text.replace("\N{NO-BREAK SPACE}", " "))
        return paint("\n".join(lines) + "\n", state)
    told: set[str] = set()
    for name, c in claims.items():
        if c["outcome"] in ("passed", "not started"):
            needs = to_do([c], milestone)
            line = f"    {SAID[c['outcome']]:8} {name}" + f"  ({needs})" * bool(needs)
            lines += textwrap.wrap(line, 80, subsequent_indent=" " * 13)
        else:
            details = [detail for detail in describe(c) if detail]
            known = told.issuperset(details)  # the same mistake is told once
            lines.append(f"    {c['outcome']:8} {name}{'  (as above)' * known}")
            for detail in details:
                if detail not in told:
                    lines.append(textwrap.indent(detail, " " * 13))
                    told.add(detail)
    return paint("\n".join(lines) + "\n", state)


SAID = {"passed": "passed", "not started": "to do"}


def to_do(claims: Iterable[dict[str, Any]], milestone: int) -> str:
    """The functions that claims stopped at; of other milestones it says which."""
    names = sorted({c.get("to_do", "") for c in claims} - {""})
    here = f" (milestone {milestone})"  # subtle: this one goes without saying
    names.sort(key=lambda name: not name.endswith(here))
    names = [name.removesuffix(here) for name in names]
    return ", ".join(names)


def describe(c: dict[str, Any]) -> list[str]:
    """What is known of a claim that failed, and what mistake it looks like."""
    if c["outcome"] == "wrong":
        came = f"expected  {c['expected']}\ngot       {c['got']}\n{c['advice']}"
        known = "A known mistake gives the very same result. "
        sentence = f"-> {known}{c['diagnosis']}" if c["diagnosis"] else ""
        diagnosis = textwrap.fill(sentence, 64, subsequent_indent="   ")
        return [f"{c['call']}\n{came}".strip(), diagnosis]
    if c["outcome"] == "too slow":
        ended = f"stopped after {c['seconds']:g} s: a loop that does not end?"
        return [f"{ended}\n{c['where']}".strip()]
    error = c.get("error", "")
    advice = "\n(a warning when run by hand; here it counts)" * ("Warning:" in error)
    return [f"{error}{advice}\n{c['where']}".strip()]


def watch(one: Project, only: int | None, seconds: float) -> int:
    """Check at every save, until Ctrl-C."""
    need_packages()
    need_mine(one)
    seen = 0
    while True:
        try:
            now = one.mine.stat().st_mtime_ns
        except FileNotFoundError:
            now = seen  # an editor that writes anew takes it away for a moment
        if now != seen:
            seen = now
            print(f"\n---- {time.strftime('%H:%M:%S')} ----")
            check(one, only, seconds)
            print("Waiting for the next save (Ctrl-C ends).", flush=True)
        time.sleep(0.3)


# --------------------------------------------------------------------------
# Hints and the reference


def hints(one: Project, milestone: int) -> list[str]:
    """The folded hints of a milestone, from the chapter in the phase's README."""
    text = (ROOT / one.folder / "README.md").read_text(encoding="utf-8")
    chapter = re.search(rf"^## {one.number}\. .*?(?=^## |\Z)", text, re.M | re.S)
    section = re.search(
        rf"^\*\*Milestone {milestone}\b.*?(?=^\*\*Milestone|^#|\Z)",
        chapter[0] if chapter else "",
        re.M | re.S,
    )
    found = re.findall(
        r"<details>\s*<summary>Hint.*?</summary>(.*?)</details>",
        section[0] if section else "",
        re.S,
    )
    return [hint.strip() for hint in found]


def hint(one: Project, milestone: int) -> int:
    """One hint more than last time."""
    known = hints(one, milestone)
    if not known:
        fail(f"the chapter has no hints for milestone {milestone} of {one.name}")
    shown = progress().get(one.name, {}).get("hints", {})
    shown = shown if isinstance(shown, dict) else {}
    count = min(int(shown.get(str(milestone), 0)) + 1, len(known))
    for n, text in enumerate(known[:count], start=1):
        print(f"Hint {n} of {len(known)}\n{wrapped(text)}\n")
    if count == len(known):
        print(f"That was the last one; 'python learn.py show {one.name} {milestone}'")
        print("shows how the reference does it.")
    remember(one.name, hints={**shown, str(milestone): count})
    return 0


def wrapped(text: str) -> str:
    """Paragraphs as wide as the terminal, at most 88, a little to the right."""
    width = min(shutil.get_terminal_size().columns - 1, 88)
    look = {"initial_indent": "  ", "subsequent_indent": "  ", "width": width}
    paragraphs = re.split(r"\n\s*\n", text)
    return "\n\n".join(
        textwrap.fill(one, break_long_words=False, break_on_hyphens=False, **look)  # type: ignore[arg-type]
        for one in paragraphs
    )


def show(one: Project, milestone: int) -> int:
    """Print the reference for one milestone."""
    lines = one.reference.read_text(encoding="utf-8").splitlines()
    starts = banners("\n".join(lines))
    first = starts[milestone][0]
    ends = [line for line, _ in starts.values()] + [lines.index("# The picture") + 1]
    last = min(line for line in ends if line > first) - 2
    print("\n".join(lines[first - 2 : last]).rstrip())
    return 0


# --------------------------------------------------------------------------
# The overview


def paint(text: str, state: str) -> str:
    """Colour, where the terminal has it: green passed, magenta wrong, red crashed."""
    codes = {"passed": "32", "wrong": "35", "crashed": "31", "too slow": "31"}
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or state not in codes:
        return text
    first, _, rest = text.partition("\n")
    return f"\033[1;{codes[state]}m{first}\033[0m\n{rest}"


def can_print(text: str) -> bool:
    """Whether the console has these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def overview() -> int:
    """All projects, four dots each, and what to do next."""
    full, empty = "●○" if can_print("●○") else "#."
    done = {one.name: passed(one.name) for one in PROJECTS}
    total = sum(map(len, done.values()))
    print(f"{'Machine learning from first principles':48}{total:>3} of 84 milestones")
    folder = ""
    for one in PROJECTS:
        if one.folder != folder:
            folder = one.folder
            print(f"\n  {PHASES[folder]}")
        dots = "".join(full if n in done[one.name] else empty for n in (1, 2, 3, 4))
        there = one.reference.exists()
        state = "" if there else "not written"
        state = "in my/" if there and one.mine.exists() else state
        print(f"  {one.number:>2}  {dots}  {one.name:24}{one.idea:31}{state}".rstrip())
    print("\n" + advice(done))
    if missing := missing_packages():
        print(f"To be judged, install {', '.join(missing)} first: {INSTALL}")
    return 0


def advice(done: dict[str, list[int]]) -> str:
    """What to do next: what is begun, the first month, and then all the rest."""
    there = [one for one in PROJECTS if one.reference.exists()]
    begun = [one for one in there if one.mine.exists() and len(done[one.name]) < 4]
    fresh = [one for one in there if not one.mine.exists()]
    short = [one for one in begun if len(done[one.name]) < MONTH.get(one.name, 4)]
    month = [one for one in fresh if one.name in MONTH]
    if one := next(iter(short or (begun if not month else [])), None):
        n = next(n for n in (1, 2, 3, 4) if n not in done[one.name])
        return f"Next: milestone {n} of {one.name}; python learn.py check {one.name}"
    if fresh:
        easiest = min(fresh, key=lambda one: (one.level, one.number))
        return f"Next: python learn.py start {(month or [easiest])[0].name}"
    return "All that is here is rebuilt. Well done!"


# --------------------------------------------------------------------------
# The command line


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        message = message.replace("the following arguments are required", "missing")
        unknown, known = r".*invalid choice: ('\S*').*", r"there is no command \1"
        message = re.sub(unknown, known, message)
        fail(f"{self.prog}: {message}; for example: {self.epilog}")


def one_to_four(word: str) -> int:
    """The number of a milestone."""
    if word not in ("1", "2", "3", "4"):
        raise argparse.ArgumentTypeError("milestones are 1, 2, 3 and 4")
    return int(word)


def build_parser() -> argparse.ArgumentParser:
    """The commands."""
    parser = Parser(
        prog="learn.py",
        description=(__doc__ or ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="python learn.py start kmeans",
    )
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", parser_class=Parser
    )
    words = {
        "start": "write my/PROJECT.py with the maths left to do",
        "check": "judge my/PROJECT.py",
        "watch": "judge it at every save",
        "hint": "a hint for a milestone, one more each time",
        "show": "how the reference does a milestone",
        "reset": "start anew, keeping a backup",
    }
    for command, text in words.items():
        number = " 2" * (command in ("hint", "show"))
        example = f"python learn.py {command} kmeans{number}"
        sub = commands.add_parser(command, help=text, description=text, epilog=example)
        sub.add_argument("project", help="its name, or number")
        if command in ("hint", "show"):
            sub.add_argument("milestone", type=one_to_four, help="1, 2, 3 or 4")
        if command in ("check", "watch"):
            sub.add_argument("milestone", type=one_to_four, nargs="?",
                             help="1, 2, 3 or 4 (default: all)")  # fmt: skip
            sub.add_argument("--seconds", type=float, default=15, metavar="S",
                             help="seconds for a milestone (default 15)")  # fmt: skip
        if command == "start":
            sub.add_argument("--force", action="store_true",
                             help="overwrite, keeping a backup")  # fmt: skip
        if command == "reset":
            sub.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Do what the command says."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    options = build_parser().parse_args(argv)
    if options.command is None:
        return overview()
    one = project(options.project)
    if options.command == "start":
        return start(one, options.force)
    if options.command == "check":
        return check(one, options.milestone, options.seconds)
    if options.command == "watch":
        return watch(one, options.milestone, options.seconds)
    if options.command == "reset":
        return reset(one, options.yes)
    return {"hint": hint, "show": show}[options.command](one, options.milestone)


if __name__ == "__main__":
    try:
        code = main()
        print(end="", flush=True)  # here, so that a closed pipe is heard of
        sys.exit(code)
    except KeyboardInterrupt:
        print()
        sys.exit(130)
    except OSError as error:
        says = error.errno, error.filename, os.name  # Windows calls it an EINVAL
        if isinstance(error, BrokenPipeError) or says == (errno.EINVAL, None, "nt"):
            # `… | head` closed it: nobody reads on, nor shall Python try at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        fail(f"{error.filename or 'file'}: {(error.strerror or str(error)).lower()}")
