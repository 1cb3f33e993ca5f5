"""The judge: loads a chapter (the reference, or the reader's own) and words a failure.

`chapter("kmeans")` gives the chapter under test. With `pytest --mine` that is the one
in my/. `close`, `holds` and `refuses` are the only assertions of a milestone: they keep
the call, what was expected and what came, so that a failure speaks of the reader's
function, not of pytest. A `Mutant` is a wrong variant with the sentence that says why.
"""

import importlib.util
import inspect
import os
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
MY = Path(os.environ.get("MY_FOLDER") or ROOT / "my")


# --------------------------------------------------------------------------
# Chapters


def reference(name: str) -> Path:
    """The file of a chapter of this project."""
    return next(ROOT.glob(f"[pf]*_*/{name}.py"))


def written() -> list[str]:
    """Names of the chapters that are there, in the order of their folders."""
    return [path.stem for path in sorted(ROOT.glob("[pf]*_*/*.py"))]


class Missing(AttributeError):
    """A function that the milestones call is not in the reader's file."""


class Chapter:
    """A chapter that is loaded when first used, and can be exchanged for another."""

    def __init__(self, name: str):
        self._name = name
        self._module: types.ModuleType | None = None

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith(
            ("_", "pytest")
        ):  # pytest looks about while it collects
            raise AttributeError(attribute)
        if self._module is None:
            self._module = load(self._name, path_of(self._name))
        try:
            return getattr(self._module, attribute)
        except AttributeError:
            file = Path(self._module.__file__ or "").name
            raise Missing(f"{file} has no {attribute!r}: was it renamed?") from None


_chapters: dict[str, Chapter] = {}
judging_mine = False  # set by conftest from --mine


def chapter(name: str) -> Chapter:
    """The chapter under test, by the name of its file."""
    return _chapters.setdefault(name, Chapter(name))


def path_of(name: str) -> Path:
    """Where the chapter under test is: its folder, or my/ with --mine."""
    return MY / f"{name}.py" if judging_mine else reference(name)


def load(name: str, path: Path, source: str | None = None) -> types.ModuleType:
    """Run a chapter's file, or a variant of its source, as a module of its own."""
    spec = importlib.util.spec_from_file_location(f"chapter_{name}", path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"chapter_{name}"] = module  # dataclasses look themselves up here
    text = path.read_text(encoding="utf-8") if source is None else source
    exec(compile(text, str(path), "exec"), module.__dict__)
    return module


@contextmanager
def instead(name: str, module: types.ModuleType) -> Iterator[None]:
    """Let another module be the chapter for a while."""
    held = chapter(name)
    before, held._module = held._module, module
    try:
        yield
    finally:
        held._module = before


# --------------------------------------------------------------------------
# Assertions


class Wrong(AssertionError):
    """A claim that does not hold: the call, what was expected, what came."""

    def __init__(self, call: str, want: object, got: object, advice: str = ""):
        self.call, self.want, self.got, self.advice = call, want, got, advice
        self.shown = show(want), show(got)
        if self.shown[0] == self.shown[1]:  # the difference is in later digits
            self.shown = show(want, 15), show(got, 15)
        expected, came = self.shown
        lines = [call, f"expected  {expected}", f"got       {came}", advice]
        super().__init__("\n".join(line for line in lines if line))


def close(
    got: Any, want: Any, call: str, rtol: float = 1e-7, atol: float = 1e-9
) -> None:
    """Claim that a result is what it should be, up to rounding; `call` says of what."""
    if got is None:
        raise Wrong(call, want, got, "nothing came back: is there a 'return'?")
    try:
        a, b = np.asarray(got, dtype=float), np.asarray(want, dtype=float)
    except (TypeError, ValueError):
        raise Wrong(call, want, got, "that is not made of numbers") from None
    if a.shape != b.shape:
        raise Wrong(call, want, got, shape_advice(a.shape, b.shape))
    if not np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True):
        raise Wrong(call, want, got, difference_advice(a, b, rtol, atol))


def holds(truth: object, call: str, got: object, want: str) -> None:
    """Claim a law: `want` says in words what must hold of `got`."""
    if not truth:
        raise Wrong(call, want, got)


def refuses(function: Callable[[], object], call: str) -> str:
    """Claim that a call raises ValueError with a sentence; gives the sentence."""
    try:
        got = function()
        got = list(got) if inspect.isgenerator(got) else got
    except ValueError as error:
        words = "a ValueError with a sentence, of some words, that says what is wrong"
        holds(len(str(error)) > 10, call, str(error), words)
        return str(error)
    raise Wrong(call, "ValueError", got)


def show(value: object, digits: int = 6) -> str:
    """A value, short enough to read; with many digits, so exactly that it differs."""
    if isinstance(value, str):
        return value
    try:
        several = isinstance(value, np.ndarray | list | tuple) and np.size(value) > 1
    except ValueError:  # a ragged list
        several = False
    if several:
        look = {"precision": digits, "suppress": digits < 10}
        with np.printoptions(threshold=12, edgeitems=2, **look):  # type: ignore[arg-type]
            array = np.asarray(value)
            deep = array.ndim > 2  # of a picture the first row of pixels will do
            some = array.reshape(-1, *array.shape[-2:])[0] if deep else array
            text = np.array2string(some, separator=", ", prefix=" " * 10)
            text = f"{text} …" if deep else text
            return f"{text}  shape {array.shape}" if array.ndim > 1 else text
    if isinstance(value, float | np.floating):
        return f"{value:.{max(10, digits)}g}"
    return repr(value)[:300]


def shape_advice(got: tuple[int, ...], want: tuple[int, ...]) -> str:
    """What a wrong shape may mean."""
    advice = f"the shape is {got}, expected {want}"
    if got == want[::-1]:
        return advice + ": it lies on its side (transposed)"
    if sorted(got + (1,)) == sorted(want) or sorted(got) == sorted(want + (1,)):
        return advice + ": an axis of length 1 is too much or missing"
    return advice


def difference_advice(a: np.ndarray, b: np.ndarray, rtol: float, atol: float) -> str:
    """What differs first, and whether the difference has a pattern."""
    if not np.isfinite(a).all() and np.isfinite(b).all():
        return "there are NaN or infinite entries: a division by zero, or log of 0?"
    differs = ~np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
    place = tuple(int(i) for i in np.argwhere(differs)[0])
    where = f"at {list(place)} " if place else ""
    x, y = float(a[place]), float(b[place])
    digits = 8 if f"{x:.8g}" != f"{y:.8g}" else 17
    advice = f"first difference {where}: {x:.{digits}g} instead of {y:.{digits}g}"
    with np.errstate(all="ignore"):
        ratio = (a / b)[np.abs(b) > atol]
    if ratio.size > 1 and np.isfinite(ratio[0]) and np.allclose(ratio, ratio[0]):
        if np.isclose(ratio[0], -1):
            return advice + "; every entry has the wrong sign"
        if np.isclose(ratio[0], [0, 1], atol=1e-3).any():
            return advice
        return advice + f"; every entry is {ratio[0]:.6g} times what it should be"
    return advice


# --------------------------------------------------------------------------
# Mutants


class Mutant(NamedTuple):
    """A wrong variant of a chapter: `old` replaced by `new`, and what that means."""

    milestone: int
    old: str
    new: str
    says: str

    def module(self, name: str) -> types.ModuleType:
        """The chapter with this mistake in it."""
        source = reference(name).read_text(encoding="utf-8")
        times = source.count(self.old)
        assert times == 1, f"{name}: {self.old!r} stands {times} times in the chapter"
        return load(name, reference(name), source.replace(self.old, self.new))


def mutants(name: str) -> list[Mutant]:
    """The wrong variants of a chapter: MUTANTS in tests/mutants/<name>.py."""
    path = ROOT / "tests" / "mutants" / f"{name}.py"
    space: dict[str, Any] = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    return space["MUTANTS"]


def same(a: object, b: object) -> bool:
    """Whether two wrong results are the same mistake."""
    try:
        x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    except (TypeError, ValueError):
        return repr(a) == repr(b)
    return x.shape == y.shape and bool(np.allclose(x, y, rtol=1e-6, equal_nan=True))


def diagnosis(
    name: str, milestone: int, claim: Callable[[], object], wrong: Wrong
) -> str:
    """The sentence of the mutant that fails the claim in just this way, or ""."""
    for mutant in mutants(name):
        if mutant.milestone != milestone:
            continue
        with instead(name, mutant.module(name)):
            try:
                claim()
            except Wrong as other:
                if other.call == wrong.call and same(other.got, wrong.got):
                    return mutant.says
            except Exception:
                continue  # a variant that breaks in another way is not this one
    return ""
