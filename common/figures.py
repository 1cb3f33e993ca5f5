"""Figures: one style, and three ways to see them: a window, a file, a replay.

    figures.add_options(parser, __file__)   # --save, --no-show
    plt = figures.start(options)            # backend and style; slow, so call it late
    fig, ax = plt.subplots()
    figures.finish(options, fig)            # a window, a file, or both

Without a screen or a window toolkit the picture is saved beside a sentence that says
where it is and how to get a window. A `Film` plays in a window with keys, is written as
GIF or MP4 by --save, and gives its last frame to a PNG.
"""

import argparse
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import KeyEvent
    from matplotlib.figure import Figure

# Okabe and Ito's colours: colour-blind readers too tell them apart (last two: fills).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = "os^DvP"
INK, MUTED = "#1C2026", "#6B7280"

PICTURES, FILMS = (".png", ".svg", ".pdf", ".jpg"), (".gif", ".mp4")

# What opens a window under Linux, the first choice first, each with a line that tries
# it. Qt ends the whole program where a system library is missing: try it in a child.
WINDOWS = {
    "tkagg": "import tkinter; tkinter.Tk()",
    "qtagg": "from PySide6.QtWidgets import QApplication; QApplication([])",
}

NO_WINDOW = """\
This Python cannot open a window. On Debian or Ubuntu: sudo apt install python3-tk
(elsewhere, or without sudo: python -m pip install -e ".[qt]")."""

_options: list[argparse.Namespace] = []  # of the run under way, for show_to_do


def add_options(
    parser: argparse.ArgumentParser, file: str, script: str | None = None
) -> None:
    """Give a chapter --save and --no-show, and --script when its window takes keys."""
    parser.set_defaults(picture=f"{Path(file).stem}.png", script=None)
    add = parser.add_argument
    kinds = "write the picture there (.png .svg .pdf .jpg; .gif or .mp4 if it moves)"
    add("--save", type=_save_path, metavar="FILE", help=kinds)
    add("--no-show", action="store_true", help="open no window")
    if script:
        keys = f"press these keys, then go on as usual, such as '{script}'; "
        keys += "also KEY*20, click:x,y, drag:x0,y0:x1,y1 and wait:0.5 (seconds)"
        add("--script", metavar="KEYS", help=keys)


def _save_path(text: str) -> Path:
    path, known = Path(os.path.expanduser(text)), PICTURES + FILMS
    suffix = path.suffix.lower()
    if suffix not in known:
        problem = f"a picture's name ends in {' '.join(known)}"
    elif path.is_dir():
        problem = "this is a folder"
    elif not path.parent.is_dir():
        problem = "there is no such folder"
    elif suffix == ".mp4" and not shutil.which("ffmpeg"):
        problem = "an .mp4 needs ffmpeg, which is not here; try .gif"
    else:
        return path
    raise argparse.ArgumentTypeError(f"{text}: {problem}")


# --------------------------------------------------------------------------
# The window


def start(options: argparse.Namespace) -> ModuleType:
    """Choose how figures are shown, apply the house style; gives matplotlib.pyplot."""
    import matplotlib

    backend = "agg" if options.no_show else _backend()
    if backend:
        matplotlib.use(backend)
    import matplotlib.pyplot as plt

    plt.style.use(Path(__file__).with_name("house.mplstyle"))
    _options[:] = [options]
    return plt


def _backend() -> str | None:
    """The backend to ask for; None leaves the choice to matplotlib."""
    if os.environ.get("MPLBACKEND") or not sys.platform.startswith("linux"):
        return None  # Windows and macOS bring a window of their own
    if not _has_screen():
        return "agg"
    return next((name for name, code in WINDOWS.items() if _runs(code)), "agg")


def _has_screen() -> bool:
    named = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(named) or not sys.platform.startswith("linux")


def _runs(code: str) -> bool:
    """Whether a child process survives a line of Python."""
    child = subprocess.run([sys.executable, "-c", code], capture_output=True)
    return child.returncode == 0


def has_window() -> bool:
    """Whether figures open a window (after `start`)."""
    import matplotlib.pyplot as plt
    from matplotlib.backends import BackendFilter, backend_registry

    windows = backend_registry.list_builtin(BackendFilter.INTERACTIVE)
    return plt.get_backend().lower() in windows


# --------------------------------------------------------------------------
# A film


class Film:
    """A figure that moves: `update(i)` draws frame i of 0 … frames - 1.

    In a window it plays once; Space plays and pauses, the left and right arrow keys go
    one frame back and on, Home and End to the first and last.
    """

    KEYS = "Space play / pause  ←→ step  Home End"

    def __init__(
        self, fig: "Figure", update: Callable[[int], None], frames: int, fps: int
    ):
        self.fig, self.update, self.frames, self.fps = fig, update, frames, fps
        self.frame, self.playing = 0, False
        fig.canvas.mpl_connect("key_press_event", self.on_key)
        update(0)

    def go(self, frame: int) -> None:
        """Draw a frame; before the first is the first, past the last is the last."""
        self.frame = min(max(frame, 0), self.frames - 1)
        self.update(self.frame)
        self.fig.canvas.draw_idle()

    def tick(self) -> None:
        """One beat of the clock: the next frame, if it plays."""
        if self.playing:
            self.go(self.frame + 1)
            self.playing = self.frame < self.frames - 1

    def on_key(self, event: "KeyEvent") -> None:
        """Space, arrows, Home and End."""
        key = event.key
        if key == " ":
            self.playing = not self.playing
            if self.playing and self.frame == self.frames - 1:
                self.go(0)
        elif key in ("left", "right", "home", "end"):
            self.playing = False
            moves = {"left": self.frame - 1, "right": self.frame + 1, "home": 0}
            self.go(moves.get(key, self.frames - 1))

    def play(self, anew: bool = True) -> None:
        """Start the clock of the window; anew: let it play from the first frame."""
        if anew:
            self.go(0)
            self.playing = True
        self.timer = self.fig.canvas.new_timer(interval=round(1000 / self.fps))
        self.timer.add_callback(self.tick)
        self.fig.canvas.mpl_connect("close_event", lambda event: self.timer.stop())
        self.timer.start()

    def write(self, path: Path) -> None:
        """All frames into a GIF or MP4; the last one stays for two seconds."""
        from matplotlib.animation import FFMpegWriter, PillowWriter

        kind = PillowWriter if path.suffix.lower() == ".gif" else FFMpegWriter
        writer = kind(fps=self.fps)
        with writer.saving(self.fig, path, dpi=100):
            for frame in [*range(self.frames), *[self.frames - 1] * 2 * self.fps]:
                self.update(frame)
                writer.grab_frame()


# --------------------------------------------------------------------------
# The end of a chapter


def finish(
    options: argparse.Namespace,
    fig: "Figure",
    *others: "Figure",
    film: Film | None = None,
) -> None:
    """Replay --script, then save and show the figures; `fig` is the main one."""
    import matplotlib.pyplot as plt

    if options.script:
        replay(fig, options.script, film)
    elif film:
        film.go(film.frames - 1)
    if options.save:
        save(options.save, fig, *others, film=film)
    if has_window():
        if film:
            fig.supxlabel(film.KEYS, fontsize=9, color=MUTED)
            film.play(anew=not options.script)
        if fig.canvas.manager:
            fig.canvas.manager.set_window_title(Path(options.picture).stem)
        fig.canvas.mpl_connect("close_event", lambda event: plt.close("all"))
        plt.show(block=True)
    elif not (options.save or options.no_show):
        save(Path(options.picture), fig, *others)
        if _has_screen() and not os.environ.get("MPLBACKEND"):
            print(NO_WINDOW)
    plt.close("all")


def save(
    path: Path, fig: "Figure", *others: "Figure", film: Film | None = None
) -> None:
    """Write the main figure to path, the others to path_2, path_3 …, and say so."""
    moves = path.suffix.lower() in FILMS
    if moves and not film:
        raise ValueError(f"{path}: this picture does not move; save it as .png")
    files = {path: film.write if film and moves else fig.savefig}
    for number, other in enumerate(others, start=2):
        suffix = ".png" if moves else path.suffix
        files[path.with_name(f"{path.stem}_{number}{suffix}")] = other.savefig
    for name, put in files.items():
        write(name, put)
        print(f"Saved {name}")


def write(path: Path, put: Callable[[Path], object]) -> None:
    """Let `put` write a file under a temporary name, then give it its own.

    A run that is killed leaves no half-written picture, and the old one is still there.
    """
    path = Path(path)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        put(part)
        os.replace(part, path)
    except OSError as error:
        if str(error.filename) == str(part):
            error.filename = str(path)  # the name that the user knows
        raise
    finally:
        part.unlink(missing_ok=True)


def show_to_do(sentence: str) -> None:
    """Finish the figure begun before an unbuilt part was met, with a sentence on it."""
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None or not plt.get_fignums() or not _options:
        return
    options = argparse.Namespace(**{**vars(_options[0]), "script": None})
    if options.save and options.save.suffix.lower() in FILMS:
        options.save = None  # nothing moves yet
    if options.save or has_window():
        fig = plt.gcf()
        fig.suptitle(sentence, color=COLOURS[1], fontsize=11, wrap=True)
        finish(options, fig)


# --------------------------------------------------------------------------
# Replay


class Action(NamedTuple):
    """One word of a script: a key, a click or drag (in data units), or a pause."""

    kind: str  # "key", "click", "drag" or "wait"
    key: str = ""
    points: tuple[tuple[float, float], ...] = ()
    seconds: float = 0.0


NUMBERS = {"click": 2, "drag": 4, "wait": 1}  # how many stand after the colon


def read_script(text: str) -> Iterator[Action]:
    """The actions of a script: "r r*20 space click:1,2 drag:0,0:1,1 wait:0.5".

    ValueError, naming the word, if it is none of these.
    """
    for word in text.split():
        kind, colon, rest = word.partition(":")
        key, star, times = word.rpartition("*")
        try:
            if colon and kind in NUMBERS:
                values = [float(value) for value in re.split("[,:]", rest)]
                points = tuple(zip(values[::2], values[1::2]))
                seconds = 0.0 if points else values[0]
                fits = len(values) == NUMBERS[kind] and all(map(math.isfinite, values))
                if not fits or seconds < 0:
                    raise ValueError
                yield Action(kind, "", points, seconds)
            elif star and key:
                if not 1 <= int(times) <= 10_000:
                    raise ValueError
                yield from [Action("key", key)] * int(times)
            else:
                yield Action("key", word)
        except ValueError:
            raise ValueError(f"--script: I do not understand {word!r}") from None


def replay(
    fig: "Figure", text: str, film: Film | None = None, ax: "Axes | None" = None
) -> None:
    """Send a script's keys and clicks to a figure; points are in the units of `ax`."""
    from matplotlib.backend_bases import KeyEvent, MouseButton, MouseEvent

    def mouse(name: str, point: tuple[float, float]) -> None:
        x, y = (ax or fig.axes[0]).transData.transform(point)
        MouseEvent(name, fig.canvas, x, y, MouseButton.LEFT)._process()  # type: ignore[attr-defined]

    fig.canvas.draw()  # fixes the layout, so that a point has its place
    for action in read_script(text):
        if action.kind == "key":
            key = " " if action.key == "space" else action.key
            for name in ("key_press_event", "key_release_event"):
                KeyEvent(name, fig.canvas, key)._process()  # type: ignore[attr-defined]
        elif action.kind == "wait" and film:
            for _ in range(round(action.seconds * film.fps)):
                film.tick()
        elif action.points:
            mouse("button_press_event", action.points[0])
            if action.kind == "drag":
                mouse("motion_notify_event", action.points[1])
            mouse("button_release_event", action.points[-1])
