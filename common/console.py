"""What all commands share at the terminal: options, one-line errors, tables, prompts.

A chapter ends with `console.run(main)`. What the user did wrong then becomes one
sentence on stderr and exit code 2; Ctrl-C becomes exit code 130; a mistake in the code
keeps its traceback, because somebody has to find it.
"""

import argparse
import difflib
import linecache
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NoReturn, TypeVar

State = TypeVar("State")

PROJECT = Path(__file__).resolve().parents[1]


# --------------------------------------------------------------------------
# Options


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (--help shows the options)\n")


def parser(file: str, story: str | None, examples: str) -> Parser:
    """A parser for a chapter, with --seed: `parser(__file__, __doc__, "…")`.

    The help begins with the first line of the chapter's story and ends with examples.
    """
    made = Parser(
        prog=Path(file).name,
        description=(story or "").strip().partition("\n")[0],
        epilog="examples:\n"
        + "\n".join(f"  {e.strip()}" for e in examples.split("\n")),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument(
        "--seed",
        type=whole(0),
        default=0,
        metavar="N",
        help="start of the random numbers: same seed, same run (default 0)",
    )
    return made


def whole(low: int, high: float = float("inf")) -> Callable[[str], int]:
    """The type of an option: a whole number from low to high; 1e6 is one too."""

    def convert(text: str) -> int:
        value = _number(text)
        if not low <= value <= high or value != int(value):
            raise argparse.ArgumentTypeError(_range("a whole number", low, high, text))
        return int(value)

    return convert


def number(low: float, high: float = float("inf")) -> Callable[[str], float]:
    """The type of an option: a number from low to high, both included."""

    def convert(text: str) -> float:
        value = _number(text)
        if not low <= value <= high or value in (float("inf"), -float("inf")):
            raise argparse.ArgumentTypeError(_range("a number", low, high, text))
        return value

    return convert


def names(text: str) -> list[str]:
    """The type of an option that lists names: "a, b" -> ["a", "b"]."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _range(what: str, low: float, high: float, text: str) -> str:
    limits = (
        f"of at least {low:g}" if high == float("inf") else f"from {low:g} to {high:g}"
    )
    return f"give {what} {limits}, not {text!r}"


def nearest_name(word: str, known: Iterable[str]) -> str:
    """ "; did you mean …?" with the known name most like the word, or nothing."""
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


# --------------------------------------------------------------------------
# Running


def run(main: Callable[[], int]) -> NoReturn:
    """Run a chapter's `main` and end the program with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that has no π prints "?"
    try:
        code = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = _say("", 130)
    except (
        BrokenPipeError
    ):  # `… | head` closed the pipe: nobody reads on, and that is fine
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except NotImplementedError as todo:
        code = _say(_to_do(todo), 2)
    except (ValueError, OSError, MemoryError) as error:
        if not _is_a_sentence(error):
            raise
        code = _say(_sentence(error), 2)
    sys.exit(code)


def _say(sentence: str, code: int) -> int:
    sys.stdout.flush()
    print(sentence, file=sys.stderr)
    return code


def _to_do(todo: NotImplementedError) -> str:
    """The sentence about a part not built yet; the window opens all the same."""
    from common import figures

    if not str(todo).startswith("milestone"):
        raise todo
    sentence = f"To do: {todo}. 'python learn.py' shows the way."
    figures.show_to_do(sentence)
    return sentence


def _is_a_sentence(error: BaseException) -> bool:
    """Whether a message was written for the user: raised by a line of this project.

    A ValueError out of numpy ("operands could not be broadcast …") is a mistake in the
    code, most likely in a chapter being rebuilt, and must keep its traceback.
    """
    if not isinstance(error, ValueError):
        return True
    frame: TracebackType | None = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return False
    file = Path(frame.tb_frame.f_code.co_filename).resolve()
    ours = PROJECT in file.parents and "site-packages" not in file.parts
    line = linecache.getline(str(file), frame.tb_lineno)
    return ours and line.strip().startswith("raise")


def _sentence(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "Not enough memory for this; ask for less at once."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'file'}: {error.strerror.lower()}"
    return " ".join(str(error).split())


# --------------------------------------------------------------------------
# Talking


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Text in columns: the first flush left, the others flush right."""
    cells = [list(header)] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[j]) for row in cells) for j in range(len(header))]
    lines = [
        "  ".join(
            c.rjust(w) if j else c.ljust(w) for j, (c, w) in enumerate(zip(r, widths))
        )
        for r in cells
    ]
    return "\n".join(line.rstrip() for line in lines)


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
    failed = False
    for line in _typed(prompt) if text is None else text.split(";"):
        if line.strip() in ("quit", "exit"):
            break
        if not line.strip():
            continue
        try:
            state, answer = run_command(state, line.strip())
            print(answer, end="\n" if answer else "", flush=True)
        except (ValueError, OSError) as error:
            if not _is_a_sentence(error):
                raise
            _say(_sentence(error), 2)
            failed = True
    return 2 if failed and text is not None else 0


def _typed(prompt: str) -> Iterable[str]:
    """Lines typed at a prompt, with history; the end of input ends quietly."""
    try:
        import readline  # noqa: F401  # arrow keys recall earlier lines, where there is one
    except ImportError:
        pass
    at_terminal = sys.stdin.isatty()
    while True:
        try:
            line = input(prompt)
        except EOFError:
            print()
            return
        if not at_terminal:
            print(line)  # a piped script reads as if it had been typed
        yield line
