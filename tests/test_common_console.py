"""common/console.py: what the user did wrong is one line, a mistake in the code is not.

Most runs are calls of `console.run` in this process; where the streams themselves
matter (a closed pipe, a console without π, Ctrl-C) it is a process of its own.
"""

import argparse
import errno
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from common import console

Captured = pytest.CaptureFixture[str]


def exit_code(main: Callable[[], object]) -> object:
    """The code with which `console.run(main)` ends the program."""
    with pytest.raises(SystemExit) as end:
        console.run(main)  # type: ignore[arg-type]
    return end.value.code


def main_that_raises(error: BaseException) -> Callable[[], NoReturn]:
    """A main that prints a line, then raises; this file is one of the project."""

    def main() -> NoReturn:
        print("before")
        raise error

    return main


def program(code: str) -> list[str]:
    """The command line of a program of ours that is this text."""
    return [sys.executable, "-c", f"from common import console\n{code}"]


def child(code: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of such a program, run to its end."""
    env = {**os.environ, **environment}
    done = subprocess.run(
        program(code), capture_output=True, cwd=console.PROJECT, env=env, timeout=60
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


ECHO = "console.run(lambda: console.commands(0, lambda state, line: (state, line)))"


# --------------------------------------------------------------------------
# The end of a program


@pytest.mark.parametrize("code", [0, 1, 7])
def test_the_exit_code_is_that_of_main(code: int) -> None:
    assert exit_code(lambda: code) == code


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ValueError("k = 9 is too much"), "k = 9 is too much"),
        (ValueError("two\n  lines"), "two lines"),
        (FileNotFoundError(2, "No such file or directory", "x.csv"),
         "x.csv: no such file or directory"),
        (PermissionError(13, "Permission denied"), "output: permission denied"),
        (OSError("the server said no"), "the server said no"),
        (MemoryError(), "Not enough memory for this; ask for less at once."),
        (NotImplementedError("milestone 2: plus_plus"),
         "To do: milestone 2: plus_plus. "
         "A hint: python learn.py hint test_common_console 2"),
    ],
)  # fmt: skip
def test_an_error_of_the_user_is_one_line_and_exit_2(
    error: Exception, says: str, capsys: Captured
) -> None:
    assert exit_code(main_that_raises(error)) == 2
    assert capsys.readouterr() == ("before\n", says + "\n")


def test_a_file_that_cannot_be_opened_is_named(
    capsys: Captured, tmp_path: Path
) -> None:
    path = tmp_path / "none.csv"
    assert exit_code(lambda: open(path)) == 2
    assert capsys.readouterr().err == f"{path}: no such file or directory\n"


def reads_a_number() -> None:
    int("x")


def shapes_that_do_not_fit() -> None:
    np.ones(3) + np.ones(4)


def numpy_raises() -> None:
    np.linalg.inv(np.ones((2, 3)))


@pytest.mark.parametrize(
    "mistake", [reads_a_number, shapes_that_do_not_fit, numpy_raises]
)
def test_a_value_error_out_of_a_library_keeps_its_traceback(
    mistake: Callable[[], object], capsys: Captured
) -> None:
    with pytest.raises(ValueError):
        console.run(mistake)  # type: ignore[arg-type]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "error", [NotImplementedError(), NotImplementedError("one day"), KeyError("k"),
              TypeError("no"), ZeroDivisionError(), AssertionError("no")],
)  # fmt: skip
def test_any_other_error_keeps_its_traceback(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        console.run(main_that_raises(error))
    assert caught.value is error


def test_a_traceback_ends_with_the_line_that_is_wrong() -> None:
    code, out, err = child("console.run(lambda: int('x'))")
    assert (code, out) == (1, "")
    assert err.startswith("Traceback") and "During handling" not in err
    assert err.endswith("invalid literal for int() with base 10: 'x'\n")


def test_an_interrupt_is_exit_130_without_a_traceback(capsys: Captured) -> None:
    assert exit_code(main_that_raises(KeyboardInterrupt())) == 130
    assert capsys.readouterr() == ("before\n", "\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_at_a_prompt_is_exit_130() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        program(ECHO), cwd=console.PROJECT, stdin=pipe, stdout=pipe, stderr=pipe
    ) as process:
        assert process.stdout and process.stdout.read(2) == b"> "
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err.strip()) == (130, b"")


@pytest.mark.parametrize(
    "main",
    [
        "print('a\\n' * 100_000)",
        "print('a')",
        "console.parser('x.py', 'Story', 'x').parse_args(['--help'])",
        "console.commands(0, lambda state, line: (state, line), 'a; b')",
        "int(print('a', flush=True) or 0)",
    ],
    ids=["much", "little", "help", "commands", "flushed"],
)
def test_a_pipe_that_nobody_reads_is_no_error(main: str) -> None:
    """As in `python chapter.py | head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    assert into(writer, main) == (0, b"")


def test_windows_calls_a_closed_pipe_an_invalid_argument(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pipe, named = OSError(errno.EINVAL, "Invalid argument"), OSError(errno.EINVAL, "no")
    named.filename = "a:b"
    assert console._sentence(pipe) == "output: invalid argument"
    monkeypatch.setattr(sys, "platform", "win32")
    assert console._sentence(pipe) == "" and console._sentence(named) == "a:b: no"


def into(stdout: int, main: str) -> tuple[int, bytes]:
    """Exit code and stderr of a program whose stdout is this open file."""
    code = program(f"console.run(lambda: {main})")
    error = subprocess.PIPE
    done = subprocess.run(
        code, stdout=stdout, stderr=error, cwd=console.PROJECT, timeout=60
    )
    os.close(stdout)
    return done.returncode, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_one_line() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    assert into(full, "print('a')") == (2, b"output: no space left on device\n")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_console_without_pi_prints_a_question_mark(encoding: str) -> None:
    code, out, err = child(
        "console.run(lambda: print('π = 3'))", PYTHONIOENCODING=encoding
    )
    assert (code, out, err) == (0, "? = 3\n", "")


def test_bytes_that_are_no_text_are_read_all_the_same() -> None:
    done = subprocess.run(
        program(ECHO), input=b"a\xffb\n", capture_output=True, cwd=console.PROJECT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"}, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert "a\ufffdb" in done.stdout.decode()


@pytest.mark.parametrize(
    "stream", [io.StringIO(), None], ids=["StringIO", "none at all"]
)
def test_a_stdout_that_is_no_file_will_do(
    stream: io.StringIO | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", stream)
    assert exit_code(lambda: print("π")) is None
    assert exit_code(main_that_raises(ValueError("no"))) == 2
    assert stream is None or stream.getvalue() == "π\nbefore\n"


def test_an_unbuilt_part_shows_the_figure_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(console.figures, "show_to_do", shown.append)
    assert exit_code(main_that_raises(NotImplementedError("milestone 1: f"))) == 2
    assert shown == [
        "To do: milestone 1: f. A hint: python learn.py hint test_common_console 1"
    ]
    assert exit_code(main_that_raises(ValueError("no"))) == 2
    assert len(shown) == 1


def test_ctrl_c_in_that_window_is_exit_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(sentence: str) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(console.figures, "show_to_do", interrupt)
    assert exit_code(main_that_raises(NotImplementedError("milestone 1: f"))) == 130


# --------------------------------------------------------------------------
# Options


@pytest.fixture
def parser() -> console.Parser:
    made = console.parser(
        "/home/me/demo.py",
        "\n  Chapter 99. A demo.\n\nIts story.",
        """python demo.py --k 3
        python demo.py --rate 0.5""",
    )
    made.add_argument("--k", type=console.whole(1, 1000))
    made.add_argument("--rate", type=console.number(0, 1))
    made.add_argument("--mode", choices=["up", "on"])
    return made


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--k", "0"], "argument --k: give a whole number from 1 to 1,000, not '0'"),
        (["--rate", "x"], "argument --rate: give a number from 0 to 1, not 'x'"),
        (["--seed", "-1"], "--seed: give a whole number of at least 0, not '-1'"),
        (["--seed", "1.5"], "--seed: give a whole number of at least 0, not '1.5'"),
        (["--mode", "x"], "argument --mode: there is no 'x'; there is up, on ("),
        (["--mode", "upp"], "there is no 'upp'; did you mean up? ("),
        (["--see", "1"], "unrecognized arguments: --see 1"),
        (["one\ntwo"], "unrecognized arguments: one two"),
        (["--k"], "expected one argument"),
    ],
)
def test_a_wrong_option_is_one_line_and_exit_2(
    parser: console.Parser, words: list[str], says: str, capsys: Captured
) -> None:
    assert exit_code(lambda: parser.parse_args(words)) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert err.startswith("demo.py: ") and says in err
    assert err.endswith(" (--help shows the options)\n")


def test_the_seed_is_0_unless_given(parser: console.Parser) -> None:
    assert parser.parse_args([]).seed == 0
    assert parser.parse_args(["--seed", "1e6"]).seed == 1_000_000
    np.random.default_rng(parser.parse_args(["--seed", "7"]).seed)


def test_help_tells_the_story_the_options_and_examples(
    parser: console.Parser, capsys: Captured
) -> None:
    assert exit_code(lambda: parser.parse_args(["--help"])) == 0
    text = capsys.readouterr().out
    assert "Chapter 99. A demo.\n" in text and "Its story" not in text
    assert text.count("demo.py") >= 3 and "/home" not in text
    assert text.endswith(
        "examples:\n  python demo.py --k 3\n  python demo.py --rate 0.5\n"
    )
    assert "same seed, same run (default 0)" in text


def test_a_chapter_without_a_docstring_has_help_too() -> None:
    assert "examples" in console.parser("x.py", None, "python x.py").format_help()


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("1000", 1000), ("1e3", 1000), (" 7 ", 7), ("2.0", 2), ("+3", 3)],
)
def test_whole_numbers_are_read(text: str, value: int) -> None:
    got = console.whole(1, 1000)(text)
    assert got == value and isinstance(got, int)


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "1.5", "abc", "-1", "0", "1001", "", "1e999", "1,5"]
)
def test_what_is_no_whole_number_within_the_limits_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        console.whole(1, 1000)(text)
    assert str(caught.value) == f"give a whole number from 1 to 1,000, not {text!r}"
    with pytest.raises(argparse.ArgumentTypeError, match="of at least 1,000,000, not"):
        console.whole(1_000_000)(text)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(1e-6, 1e6, "1e-06 to 1,000,000"), (0, 0.5, "0 to 0.5"), (2, 1e18, "2 to 1e+18")],
)
def test_limits_are_written_as_one_would(low: float, high: float, said: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        console.number(low, high)("-3")
    assert str(caught.value) == f"give a number from {said}, not '-3'"


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("1", 1), ("0.25", 0.25), ("1e-3", 0.001), (".5", 0.5)],
)
def test_numbers_are_read(text: str, value: float) -> None:
    got = console.number(0, 1)(text)
    assert got == value and isinstance(got, float)


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "abc", "-1e-9", "1.01", "", "0x1"]
)
def test_what_is_no_number_within_the_limits_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        console.number(0, 1)(text)
    assert str(caught.value) == f"give a number from 0 to 1, not {text!r}"


def test_a_number_may_be_any_but_is_finite() -> None:
    any_number = console.number(-np.inf)
    assert any_number("-1e300") == -1e300
    for text in ("inf", "-inf", "nan", "1e999", "x"):
        with pytest.raises(argparse.ArgumentTypeError) as caught:
            any_number(text)
        assert str(caught.value) == f"give a number, not {text!r}"


@pytest.mark.parametrize(
    ("suffix", "text"),
    [("", "no/a.npz"), ("", "."), (".npz", "a.txt"), (".npz", "~nobody_at_all/a.npz")],
)
def test_a_file_to_write_has_the_right_ending_and_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(argparse.ArgumentTypeError, match="in a folder that exists"):
        console.new_file(suffix)(text)
    assert console.new_file(suffix)("a.NPZ") == Path("a.NPZ")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert console.new_file(suffix)("~/a.npz") == tmp_path / "a.npz"


@pytest.mark.parametrize(
    ("text", "listed"),
    [("a,b", ["a", "b"]), (" a , b c ,", ["a", "b c"]), ("a", ["a"]), (" , ", [])],
)
def test_names_are_parted_by_commas(text: str, listed: list[str]) -> None:
    assert console.names(text) == listed


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("rotat", "; did you mean rotate?"),
        ("ROTATE", "; did you mean rotate?"),
        ("medinc", "; did you mean MedInc?"),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_the_nearest_name_is_suggested_whatever_its_case(word: str, says: str) -> None:
    assert console.nearest_name(word, ["rotate", "scale", "MedInc"]) == says
    assert console.nearest_name(word, iter(["rotate", "scale", "MedInc"])) == says
    assert console.nearest_name(word, []) == ""


# --------------------------------------------------------------------------
# Tables


def test_a_table_has_its_first_column_left_and_the_others_right() -> None:
    rows = [["a", 1, 2.5], ["long name", 1000, "-"]]
    assert console.table(["name", "n", "value"], rows) == (
        "name          n  value\n"
        "a             1    2.5\n"
        "long name  1000      -"
    )  # fmt: skip


def test_a_table_counts_letters_not_bytes() -> None:
    assert console.table(["λ₂", "±"], [["ü", "π"], ["abc", "1"]]) == (
        "λ₂   ±\n"
        "ü    π\n"
        "abc  1"
    )  # fmt: skip


def test_a_table_has_no_blanks_at_the_ends_of_lines() -> None:
    text = console.table(["a", "b"], [["long", ""], ["", ""]])
    assert text == "a     b\nlong\n"
    assert console.table(["only"], iter([[1]])) == "only\n1"
    assert console.table(["a", "b"], []) == "a  b"


# --------------------------------------------------------------------------
# Prompts


def count(state: int, line: str) -> tuple[int, str]:
    """A chapter's commands: a number is added; wrong words end in errors."""
    if line == "quiet":
        return state, ""
    if line == "memory":
        raise MemoryError
    if line == "unbuilt":
        raise NotImplementedError("milestone 3: add")
    if line == "open":
        open("/no/such/file")
    if line == "bug":
        np.ones(3) + np.ones(4)
    if line == "stop":
        raise KeyboardInterrupt
    if not line.lstrip("-").isdigit():
        raise ValueError(f"I do not know {line!r}")
    return state + int(line), f"= {state + int(line)}"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """Runs the commands of a piped script."""

    def run(text: str) -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        return console.commands(0, count)

    return run


def test_a_text_of_commands_runs_them_in_turn(capsys: Captured) -> None:
    assert console.commands(0, count, "1; 2 ;;  ; quiet; 4") == 0
    assert capsys.readouterr() == ("= 1\n= 3\n= 7\n", "")


def test_a_failing_command_in_a_text_is_exit_2_and_the_rest_runs(
    capsys: Captured,
) -> None:
    assert console.commands(0, count, "1; x; open; memory; unbuilt; 2") == 2
    assert capsys.readouterr() == (
        "= 1\n= 3\n",
        "I do not know 'x'\n"
        "/no/such/file: no such file or directory\n"
        "Not enough memory for this; ask for less at once.\n"
        "To do: milestone 3: add. A hint: python learn.py hint test_common_console 3\n",
    )


def test_a_piped_script_is_echoed_as_if_typed(
    typed: Callable[[str], int], capsys: Captured
) -> None:
    assert typed("1\n2\n") == 0
    assert capsys.readouterr().out == "> 1\n= 1\n> 2\n= 3\n> \n"


def test_at_a_prompt_an_error_does_not_end_it_nor_change_the_state(
    typed: Callable[[str], int], capsys: Captured
) -> None:
    assert typed("1\nx\nunbuilt\n2\n") == 0
    out, err = capsys.readouterr()
    assert "= 3" in out and err.count("\n") == 2


@pytest.mark.parametrize("word", ["quit", "exit", "  quit  "])
def test_quit_and_exit_end(
    word: str, typed: Callable[[str], int], capsys: Captured
) -> None:
    assert typed(f"1\n{word}\n2\n") == 0
    assert console.commands(0, count, f"1; {word}; x") == 0
    assert capsys.readouterr().out == f"> 1\n= 1\n> {word}\n= 1\n"


def test_blank_lines_do_nothing(typed: Callable[[str], int], capsys: Captured) -> None:
    assert typed("\n   \n1") == 0
    assert capsys.readouterr() == ("> \n>    \n> 1\n= 1\n> \n", "")


def test_no_input_at_all_ends_quietly(
    typed: Callable[[str], int], capsys: Captured
) -> None:
    assert typed("") == 0
    assert capsys.readouterr() == ("> \n", "")


@pytest.mark.parametrize("text", ["stop", "1; stop; 2"])
def test_an_interrupt_ends_the_program(text: str, typed: Callable[[str], int]) -> None:
    with pytest.raises(KeyboardInterrupt):
        console.commands(0, count, text)
    with pytest.raises(KeyboardInterrupt):
        typed(text.replace("; ", "\n"))


def test_a_mistake_in_the_code_ends_the_prompt_with_its_traceback(
    typed: Callable[[str], int],
) -> None:
    for run in (lambda: typed("bug\n"), lambda: console.commands(0, count, "bug")):
        with pytest.raises(ValueError, match="could not be broadcast"):
            run()


def test_a_line_typed_at_a_terminal_is_not_echoed(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal("1\n2\n"))
    assert console.commands(0, count, prompt="lab> ") == 0
    assert capsys.readouterr().out == "lab> = 1\nlab> = 3\nlab> \n"


def test_a_prompt_works_where_there_is_no_readline(
    typed: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "readline", None)
    assert typed("1\n") == 0


def test_answers_are_seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that talks to ours waits for each answer."""
    flushed: list[bool] = []
    monkeypatch.setattr(
        "builtins.print", lambda *words, **how: flushed.append(how.get("flush", False))
    )
    console.commands(0, count, "1; 2")
    assert flushed == [True, True]


# --------------------------------------------------------------------------
# Start-up


def test_the_chores_load_nothing_heavy() -> None:
    """--help is to come at once: matplotlib takes a second, pandas half of one."""
    heavy = "sorted({'matplotlib', 'pandas', 'numpy'} & set(__import__('sys').modules))"
    code, out, err = child(f"print({heavy})\nfrom common import data\nprint({heavy})")
    assert (code, out, err) == (0, "[]\n['numpy']\n", "")
