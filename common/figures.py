"""Figures: one style, and three ways to see them: a window, a file, a replay.

    figures.add_options(parser, __file__)   # --save, --no-show
    plt = figures.start(options)            # backend and style; slow, so call it late
    fig, ax = plt.subplots()
    figures.finish(options, fig)            # a window, a file, or both

Without a screen or a window toolkit the picture is saved beside a sentence that says
where it is and how to get a window. A `Film` plays in a window with keys, is written as
GIF or MP4 by --save, and gives its last frame to a PNG.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
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

NO_WINDOW = """\
This Python cannot open a window. On Debian or Ubuntu: sudo apt install python3-tk
(elsewhere, or without sudo: python -m pip install -e ".[qt]")."""

_options: list[Namespace] = []  # of the run under way, for show_to_do
_films: list["Film"] = []


def add_options(parser: ArgumentParser, file: str, script: str | None = None) -> None:
    """Give a chapter --save and --no-show, and --script when its window takes keys."""
    parser.set_defaults(picture=f"{Path(file).stem}.png", script=None)
    add = parser.add_argument
    kinds = "write the picture there (.png .svg .pdf .jpg; .gif or .mp4 if it moves)"
    add("--save", type=_save_path, metavar="FILE", help=kinds)
    add("--no-show", action="store_true", help="open no window")
    if script:
        keys = f"press these keys, then go on as usual, such as '{script}'; "
        keys += "also KEY*20, click:x,y, drag:x0,y0:x1,y1 and wait:0.5 (seconds)"
        add("--script", type=_script, metavar="KEYS", help=keys)


def _save_path(text: str) -> Path:
    """The type of --save: a path that can be written to."""
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
    raise ArgumentTypeError(f"{text}: {problem}")


def _script(text: str) -> str:
    """The type of --script: read once before the run, so that no run is in vain."""
    try:
        list(read_script(text))
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
    return text


# --------------------------------------------------------------------------
# The window


def start(options: Namespace) -> ModuleType:
    """Choose how figures are shown, apply the house style; gives matplotlib.pyplot."""
    import matplotlib

    backend = "agg" if options.no_show else _backend()
    if backend:
        matplotlib.use(backend)
    import matplotlib.pyplot as plt

    plt.style.use(Path(__file__).with_name("house.mplstyle"))
    _options[:], _films[:] = [options], []
    return plt


def _backend() -> str | None:
    """The backend to ask for; None leaves the choice to matplotlib."""
    if os.environ.get("MPLBACKEND") or not sys.platform.startswith("linux"):
        return None  # Windows and macOS bring a window of their own
    if not has_screen():
        return "agg"
    return "tkagg" if _tk_works() else "qtagg" if _qt_works() else "agg"


def has_screen() -> bool:
    """Whether there is a screen at all; a server has none."""
    named = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(named) or not sys.platform.startswith("linux")


def _tk_works() -> bool:
    """Whether Python came with tkinter, and tkinter can open the screen."""
    try:
        import tkinter
    except ImportError:
        return False
    try:
        tkinter.Tk().destroy()
    except tkinter.TclError:
        return False
    return True


def _qt_works() -> bool:
    """Whether Qt starts. Where a library is missing it aborts: try it in a child."""
    code = "from PySide6.QtWidgets import QApplication; QApplication([])"
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
        _films[:] = [self]
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
        if event.key == " ":
            self.playing = not self.playing
            if self.playing and self.frame == self.frames - 1:
                self.go(0)
        elif event.key in ("left", "right", "home", "end"):
            self.playing = False
            moves = {"left": self.frame - 1, "right": self.frame + 1, "home": 0}
            self.go(moves.get(event.key, self.frames - 1))

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
        writer, interrupted = kind(fps=self.fps), list[bool]()
        # subtle: Python drops a Ctrl-C that comes while it tidies its memory up
        before = signal.getsignal(signal.SIGINT)
        if before != signal.SIG_IGN:
            signal.signal(signal.SIGINT, lambda *_: interrupted.append(True))
        try:
            with writer.saving(self.fig, path, dpi=80):
                for frame in [*range(self.frames), *[self.frames - 1] * 2 * self.fps]:
                    self.update(frame)
                    writer.grab_frame()
                    if interrupted:
                        break
        finally:
            signal.signal(signal.SIGINT, before)
            if interrupted:  # here, for ffmpeg hears the Ctrl-C too, and breaks off
                raise KeyboardInterrupt


# --------------------------------------------------------------------------
# The end of a chapter


def finish(
    options: Namespace, fig: "Figure", *others: "Figure", film: Film | None = None
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
            title = Path(options.picture).stem.replace("_", " ").capitalize()
            fig.canvas.manager.set_window_title(title)
        _show(fig)
    elif not (options.save or options.no_show):
        save(Path(options.picture), fig)
        if has_screen() and not os.environ.get("MPLBACKEND"):
            print(NO_WINDOW)
    plt.close("all")


def _show(fig: "Figure") -> None:
    """Show all windows until the main one is closed, or Ctrl-C ends the program."""
    import matplotlib.pyplot as plt

    interrupted = []

    def unbuilt(error: Exception) -> None:
        if not isinstance(error, NotImplementedError):
            raise error
        fig.suptitle(f"To do: {error}", color=COLOURS[1], fontsize=11)
        fig.canvas.draw_idle()  # and the window lives on

    def interrupt(*_: object) -> None:
        interrupted.append(True)  # subtle: Tk swallows what is raised while it draws
        plt.close("all")

    fig.canvas.callbacks.exception_handler = unbuilt
    fig.canvas.mpl_connect("close_event", lambda event: plt.close("all"))
    before = signal.signal(signal.SIGINT, interrupt)
    plt.show(block=True)  # or `python -i` would go on at once
    signal.signal(signal.SIGINT, before)
    if interrupted:
        raise KeyboardInterrupt


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
        if Path(str(error.filename)).name == part.name:
            error.filename = str(path)  # the name that the user knows
        raise
    finally:
        part.unlink(missing_ok=True)


def show_to_do(sentence: str) -> None:
    """Finish the figure begun before an unbuilt part was met, with a sentence on it."""
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None or not plt.get_fignums() or not _options:
        return
    options = Namespace(**{**vars(_options[0]), "script": None})
    film = _films[0] if _films else None
    fig = film.fig if film else plt.figure(plt.get_fignums()[0])
    if not film and options.save and options.save.suffix.lower() in FILMS:
        options.save = None  # nothing moves yet
    fig.suptitle(sentence, color=COLOURS[1], fontsize=11, wrap=True)
    finish(options, fig, film=film)


# --------------------------------------------------------------------------
# Replay


class Action(NamedTuple):
    """One word of a script: a key, a click or drag (in data units), or a pause."""

    kind: str  # "key", "click", "drag" or "wait"
    key: str = ""
    points: tuple[tuple[float, float], ...] = ()
    seconds: float = 0.0


NUMBER = r"-?\d*\.?\d+(e-?\d\d?)?"
POINT = f"{NUMBER},{NUMBER}"
AFTER_COLON = {"click": POINT, "drag": f"{POINT}:{POINT}", "wait": r"\d*\.?\d+"}


def read_script(text: str) -> Iterator[Action]:
    """The actions of a script: "r r*20 space click:1,2 drag:0,0:1,1 wait:0.5".

    ValueError, naming the word, if it is none of these.
    """
    for word in text.split():
        kind, colon, rest = word.partition(":")
        key, star, times = word.rpartition("*")
        if colon and kind in AFTER_COLON and re.fullmatch(AFTER_COLON[kind], rest):
            values = [float(value) for value in re.split("[,:]", rest)]
            points = tuple(zip(values[::2], values[1::2]))
            yield Action(kind, points=points, seconds=0.0 if points else values[0])
        elif key and re.fullmatch("[1-9][0-9]{0,3}", times):
            yield from [Action("key", key)] * int(times)
        elif (colon and kind in AFTER_COLON) or (key and star):
            raise ValueError(f"I do not understand {word!r} in the script")
        else:
            yield Action("key", word)


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
