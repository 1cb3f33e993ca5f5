"""What all commands share at the terminal: options, one-line errors, tables, prompts.

A chapter ends with `console.run(main)`. What the user did wrong then becomes one
sentence on stderr and exit code 2; Ctrl-C becomes exit code 130; a mistake in the code
keeps its traceback, because somebody has to find it.
"""

import difflib
import errno
import math
import os
import re
import sys
import traceback
from argparse import (
    Action,
    ArgumentError,
    ArgumentParser,
    ArgumentTypeError,
    RawDescriptionHelpFormatter,
)
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from common import figures

State = TypeVar("State")

PROJECT = Path(__file__).resolve().parents[1]

# Errors that may be the user's; `_sentence` knows which of them are.
ERRORS = (ValueError, OSError, MemoryError, NotImplementedError)


# --------------------------------------------------------------------------
# Options


class Parser(ArgumentParser):
    """An argument parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        message = " ".join(message.split())
        self.exit(2, f"{self.prog}: {message} (--help shows the options)\n")

    def _check_value(self, action: Action, value: Any) -> None:
        """Refuse a word that is none of the choices, with the nearest of them."""
        if action.choices is not None and value not in action.choices:
            known = [str(choice) for choice in action.choices]
            hint = nearest_name(str(value), known) or f"; there is {', '.join(known)}"
            raise ArgumentError(action, f"there is no {value!r}{hint}")


def parser(file: str, story: str | None, examples: str) -> Parser:
    """A parser for a chapter, with --seed: `parser(__file__, __doc__, "…")`.

    The help begins with the first line of the chapter's story and ends with examples.
    """
    made = Parser(
        prog=Path(file).name,
        description=(story or "").strip().partition("\n")[0],
        epilog="\n  ".join(["examples:", *map(str.strip, examples.split("\n"))]),
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    seed = "start of the random numbers: same seed, same run (default 0)"
    made.add_argument("--seed", type=whole(0), default=0, metavar="N", help=seed)
    return made


def whole(low: int, high: float = math.inf) -> Callable[[str], int]:
    """The type of an option: a whole number from low to high; 1e6 is one too."""
    convert = _within("a whole number", low, high, float.is_integer)
    return lambda text: int(convert(text))


def number(low: float, high: float = math.inf) -> Callable[[str], float]:
    """The type of an option: a number from low to high, both included."""
    return _within("a number", low, high, math.isfinite)


def new_file(suffix: str = "") -> Callable[[str], Path]:
    """The type of an option: a file to write, ending so, in a folder that exists."""
    ending = f" ending in {suffix}" if suffix else ""

    def convert(text: str) -> Path:
        path = Path(os.path.expanduser(text))  # leaves ~nobody as it is
        wrong = path.is_dir() or not path.parent.is_dir()
        if wrong or suffix not in ("", path.suffix.lower()):
            problem = f"give a file name{ending}, in a folder that exists"
            raise ArgumentTypeError(f"{text!r}: {problem}")
        return path

    return convert


def _within(
    kind: str, low: float, high: float, fits: Callable[[float], bool]
) -> Callable[[str], float]:
    """The type of an option: what float() reads, fits, and is within the limits."""
    limits = f" from {_plain(low)} to {_plain(high)}"
    if high == math.inf:
        limits = f" of at least {_plain(low)}" if low > -math.inf else ""

    def convert(text: str) -> float:
        with suppress(ValueError):
            value = float(text)
            if low <= value <= high and fits(value):
                return value
        raise ArgumentTypeError(f"give {kind}{limits}, not {text!r}")

    return convert


def _plain(limit: float) -> str:
    """A limit as one would write it: 1,000,000 (of 1e6 as well), 0.5, 1e+18."""
    short = abs(limit) < 1e10 and float(limit).is_integer()
    return f"{int(limit):,}" if short else f"{limit:g}"


def names(text: str) -> list[str]:
    """The type of an option that lists names: "a, b" -> ["a", "b"]."""
    return [name.strip() for name in text.split(",") if name.strip()]


def nearest_name(word: str, known: Iterable[str]) -> str:
    """ "; did you mean …?" with the known name most like the word, or nothing."""
    lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), lower, n=1)
    return f"; did you mean {lower[near[0]]}?" if near else ""


# --------------------------------------------------------------------------
# Running


def run(main: Callable[[], int]) -> NoReturn:
    """Run a chapter's `main` and end the program with its exit code."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that has no π prints "?"
    try:
        code = _code(main)
    except KeyboardInterrupt:
        code = 130
        print(file=sys.stderr)  # the terminal has just shown ^C
    except OSError as error:  # stdout is gone: a closed pipe, or a full disk
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 2 if _tell(error) else 0
    sys.exit(code)


def _code(main: Callable[[], int]) -> int:
    """What `main` returns; 2, after a sentence, if it ends in an error of the user."""
    try:
        return main()
    except ERRORS as error:
        sentence = _tell(error)
        if not sentence:
            raise
        if isinstance(error, NotImplementedError):
            figures.show_to_do(sentence)  # what is built already is seen all the same
        return 2
    finally:
        print(end="", flush=True)  # here, so that `run` hears of a closed pipe


def _tell(error: BaseException) -> str:
    """Print the sentence about an error on stderr, after what was printed before."""
    sentence = _sentence(error)
    if sentence:
        print(end="", flush=True)
        print(sentence, file=sys.stderr)
    return sentence


def _sentence(error: BaseException) -> str:
    """What an error says to the user, in one line; "" if it is none of the user's.

    A ValueError out of numpy ("operands could not be broadcast …") is a mistake in the
    code, most likely in a chapter being rebuilt; one that a line of this project raises
    was written for the user.
    """
    text = " ".join(str(error).split())
    if isinstance(error, BrokenPipeError) or _is_windows_pipe(error):
        return ""  # `… | head` closed it: nobody reads on, and that is fine
    if isinstance(error, MemoryError):
        return "Not enough memory for this; ask for less at once."
    if isinstance(error, OSError):
        why = (error.strerror or "").lower()
        return f"{error.filename or 'output'}: {why}" if why else text
    place = traceback.extract_tb(error.__traceback__)[-1]
    file = Path(place.filename).resolve()
    if isinstance(error, NotImplementedError):
        unbuilt = re.match(r"milestone (\d)", text)
        hint = f"A hint: python learn.py hint {file.stem}"
        return f"To do: {text}. {hint} {unbuilt[1]}" if unbuilt else ""
    ours = PROJECT in file.parents and "site-packages" not in file.parts
    return text if ours and "raise " in (place.line or "") else ""


def _is_windows_pipe(error: BaseException) -> bool:
    """Whether stdout is a pipe that was closed, as Windows says it: errno 22."""
    if sys.platform != "win32" or not isinstance(error, OSError):
        return False
    return error.errno == errno.EINVAL and error.filename is None


# --------------------------------------------------------------------------
# Talking


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Text in columns: the first flush left, the others flush right."""
    cells = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = []
    for first, *others in cells:
        line = [first.ljust(widths[0]), *map(str.rjust, others, widths[1:])]
        lines.append("  ".join(line).rstrip())
    return "\n".join(lines)


def commands(
    state: State,
    run_command: Callable[[State, str], tuple[State, str]],
    text: str | None = None,
    prompt: str = "> ",
) -> int:
    """Run the commands of `text` ("a; b"), or those typed at a prompt; the exit code.

    `run_command(state, line)` gives the next state and what to print, and raises
    ValueError or OSError with a sentence: at a prompt the next line is asked for, in
    `text` the rest is run and the exit code is 2. `quit` or the end of input ends.
    """
    code = 0
    for line in map(str.strip, _typed(prompt) if text is None else text.split(";")):
        if line in ("quit", "exit"):
            break
        if not line:
            continue
        try:
            state, answer = run_command(state, line)
        except ERRORS as error:
            if not _tell(error):
                raise
            code = 0 if text is None else 2
        else:
            print(answer, end="\n" if answer else "", flush=True)
    return code


def _typed(prompt: str) -> Iterable[str]:
    """Lines typed at a prompt, with history; the end of input ends quietly."""
    with suppress(ImportError):  # arrow keys recall earlier lines, but on Windows
        import readline  # noqa: F401
    while True:
        try:
            line = input(prompt)
        except EOFError:
            print()
            return
        if not sys.stdin.isatty():
            print(line)  # a piped script reads as if it had been typed
        yield line
