"""common/figures.py: every figure is seen, in a window, a file or a replay.

There is no screen here. Where a window would open, `plt.show` is replaced by a look at
what it would show; the choice between windows is tested with toolkits that are made up.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import pytest
from matplotlib.backend_bases import CloseEvent
from matplotlib.figure import Figure
from PIL import Image

from common import figures
from common.figures import Action, Film

Captured = pytest.CaptureFixture[str]
Options = Callable[..., argparse.Namespace]


@pytest.fixture(autouse=True)
def own_folder_and_style(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """What is saved without a name goes to an empty folder; no style stays behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(figures, "_options", [])
    with matplotlib.rc_context():
        yield


@pytest.fixture
def options() -> Options:
    """The options of a chapter called demo.py."""

    def parse(*words: str) -> argparse.Namespace:
        parser = argparse.ArgumentParser(prog="demo.py", exit_on_error=False)
        figures.add_options(parser, "/some/where/demo.py", script="n*3")
        return parser.parse_args(words)

    return parse


def files() -> list[str]:
    """All that is in the current folder, hidden files too."""
    return sorted(path.name for path in Path().iterdir())


def small(inches: float = 1) -> Figure:
    """A square figure with one axes, 10 units wide and high."""
    fig, ax = plt.subplots(figsize=(inches, inches), dpi=100)
    ax.set(xlim=(0, 10), ylim=(0, 10), xticks=[], yticks=[])
    return fig


class Filmed:
    """A film of a line that grows, and the frames that were drawn."""

    def __init__(self, frames: int = 4, fps: int = 5):
        self.fig, self.drawn = small(), list[int]()
        (self.line,) = self.fig.axes[0].plot([0, 0], [5, 5])
        self.film = Film(self.fig, self.draw, frames, fps)

    def draw(self, frame: int) -> None:
        self.drawn.append(frame)
        self.line.set_xdata([0, 3 * frame])

    def press(self, keys: str) -> None:
        figures.replay(self.fig, keys, self.film)


# --------------------------------------------------------------------------
# Options


def test_the_options_are_off_unless_given(options: Options) -> None:
    got = options()
    assert (got.save, got.no_show, got.script, got.picture) == (
        None, False, None, "demo.png",
    )  # fmt: skip


def test_a_chapter_without_keys_has_no_script(capsys: Captured) -> None:
    parser = argparse.ArgumentParser(prog="demo.py")
    figures.add_options(parser, "demo.py")
    assert parser.parse_args([]).script is None
    with pytest.raises(SystemExit):
        parser.parse_args(["--script", "n"])


@pytest.mark.parametrize(
    "name", ["a.png", "a.PNG", "a.svg", "a.pdf", "a.jpg", "a.gif", "a b.c.Gif", "ü.png"]
)
def test_pictures_and_films_can_be_saved(name: str, options: Options) -> None:
    assert options("--save", name).save == Path(name)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a.bmp", "a.bmp: a picture's name ends in .png .svg .pdf .jpg .gif .mp4"),
        ("picture", "picture: a picture's name ends in .png"),
        (".png", ".png: a picture's name ends in .png"),
        ("", ": a picture's name ends in .png"),
        ("no/a.png", "no/a.png: there is no such folder"),
        ("file/a.png", "file/a.png: there is no such folder"),
        ("folder.png", "folder.png: this is a folder"),
        ("~nobody_of_this_name/a.png", "there is no such folder"),
    ],
)
def test_a_name_that_cannot_be_saved_is_refused_at_once(
    name: str, says: str, options: Options
) -> None:
    Path("folder.png").mkdir()
    Path("file").touch()
    with pytest.raises(argparse.ArgumentError) as caught:
        options("--save", name)
    assert says in str(caught.value)


def test_an_mp4_needs_ffmpeg(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/" + name)
    assert options("--save", "a.mp4").save == Path("a.mp4")
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(argparse.ArgumentError, match=r"a\.mp4.* ffmpeg.* try \.gif"):
        options("--save", "a.mp4")


def test_a_script_that_is_not_understood_is_refused_at_once(options: Options) -> None:
    with pytest.raises(
        argparse.ArgumentError, match=r"understand 'n\*x' in the script"
    ):
        options("--script", "space n*x")
    assert options("--script", "space n*2").script == "space n*2"


def test_the_home_folder_can_be_named(
    options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert options("--save", "~/a.png").save == tmp_path / "a.png"


# --------------------------------------------------------------------------
# Which window


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str | None]:
    """The backend that `start` asks for on a system that is made up."""

    def asked(
        platform: str = "linux", works: str = "", no_show: bool = False, **env: str
    ) -> str | None:
        for name in ("MPLBACKEND", "DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        chosen: list[str] = []
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setattr(matplotlib, "use", chosen.append)
        monkeypatch.setattr(figures, "_tk_works", lambda: "tk" in works)
        monkeypatch.setattr(figures, "_qt_works", lambda: "qt" in works)
        figures.start(argparse.Namespace(no_show=no_show))
        return chosen[0] if chosen else None

    return asked


@pytest.mark.parametrize(
    ("where", "backend"),
    [
        ({"works": "tk qt", "DISPLAY": ":0"}, "tkagg"),
        ({"works": "tk", "DISPLAY": ":0"}, "tkagg"),
        ({"works": "qt", "DISPLAY": ":0"}, "qtagg"),
        ({"works": "qt", "WAYLAND_DISPLAY": "wayland-0"}, "qtagg"),
        ({"works": "", "DISPLAY": ":0"}, "agg"),
        ({"works": "tk qt"}, "agg"),
        ({"works": "tk qt", "DISPLAY": ""}, "agg"),
        ({"works": "tk qt", "DISPLAY": ":0", "no_show": True}, "agg"),
        ({"works": "tk qt", "DISPLAY": ":0", "MPLBACKEND": "pdf"}, None),
        ({"MPLBACKEND": "pdf"}, None),
        ({"MPLBACKEND": "pdf", "no_show": True}, "agg"),
        ({"platform": "win32"}, None),
        ({"platform": "darwin"}, None),
        ({"platform": "win32", "no_show": True}, "agg"),
    ],
)
def test_the_window_is_chosen_by_what_is_there(
    where: dict[str, Any], backend: str | None, system: Callable[..., str | None]
) -> None:
    assert system(**where) == backend


class Screen:
    """A made-up tkinter, with a screen that can be opened or not."""

    TclError = type("TclError", (Exception,), {})

    def __init__(self, opens: bool):
        self.opens, self.closed = opens, False

    def Tk(self) -> "Screen":
        if not self.opens:
            raise self.TclError("couldn't connect to display")
        return self

    def destroy(self) -> None:
        self.closed = True


def test_tk_works_where_it_opens_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for tkinter, works in ((None, False), (Screen(False), False), (Screen(True), True)):
        monkeypatch.setitem(sys.modules, "tkinter", tkinter)
        assert figures._tk_works() is works
        assert tkinter is None or tkinter.closed is works


@pytest.mark.parametrize(
    ("module", "works"),
    [
        ("QApplication = list", True),
        ("import os; os.abort()", False),  # as Qt does where a library is missing
        ("QApplication = None", False),
    ],
)
def test_a_qt_that_kills_its_process_does_not_kill_ours(
    module: str, works: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6" / "QtWidgets.py").write_text(module)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert figures._qt_works() is works


@pytest.mark.parametrize(
    ("backend", "window"),
    [("agg", False), ("svg", False), ("TkAgg", True), ("qtagg", True), ("macosx", True),
     ("module://matplotlib_inline.backend_inline", False)],
)  # fmt: skip
def test_a_backend_without_a_window_is_known_as_one(
    backend: str, window: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plt, "get_backend", lambda: backend)
    assert figures.has_window() is window


def test_the_house_style_is_applied(options: Options) -> None:
    pyplot = figures.start(options("--no-show"))
    assert pyplot is plt and plt.get_backend().lower() == "agg"
    assert plt.rcParams["axes.spines.top"] is False
    colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    assert tuple(colours) == figures.COLOURS


def test_the_keys_belong_to_the_chapters(options: Options) -> None:
    """Pressing S must not open matplotlib's Save dialog, nor Q close the window."""
    figures.start(options("--no-show"))
    keymaps = {n: k for n, k in plt.rcParams.items() if n.startswith("keymap.")}
    taken = {key for keys in keymaps.values() for key in keys}
    assert len(keymaps) > 10
    assert all("+" in key or key == "f1" for key in taken), taken


# --------------------------------------------------------------------------
# The end of a chapter


def test_without_a_screen_the_picture_is_saved_and_named(
    options: Options, capsys: Captured
) -> None:
    got = options()
    figures.start(got)
    figures.finish(got, small())
    assert files() == ["demo.png"] and capsys.readouterr().out == "Saved demo.png\n"
    assert plt.get_fignums() == []


def test_with_a_screen_but_no_toolkit_the_cure_is_told(
    options: Options, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MPLBACKEND")
    monkeypatch.setenv("DISPLAY", ":0")
    figures.finish(options(), small())
    out = capsys.readouterr().out
    assert out.startswith("Saved demo.png\n") and "sudo apt install python3-tk" in out


def test_a_backend_that_was_asked_for_needs_no_cure(
    options: Options, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    figures.finish(options(), small())
    assert capsys.readouterr().out == "Saved demo.png\n"


def test_no_show_writes_nothing(options: Options, capsys: Captured) -> None:
    figures.finish(options("--no-show"), small(), small(), film=Filmed().film)
    assert files() == [] and capsys.readouterr().out == ""
    assert plt.get_fignums() == []


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".jpg", ".PNG"])
def test_save_writes_the_main_figure_and_the_others_beside_it(
    suffix: str, options: Options, capsys: Captured
) -> None:
    name = f"out{suffix}"
    figures.finish(options("--save", name), small(1), small(2), small(3))
    names = [name, f"out_2{suffix}", f"out_3{suffix}"]
    assert files() == sorted(names)
    assert capsys.readouterr().out == "".join(f"Saved {n}\n" for n in names)
    if suffix == ".png":
        widths = [plt.imread(n).shape[1] for n in names]
        assert widths[1:] == [2 * widths[0], 3 * widths[0]]


def test_save_and_no_show_go_together(options: Options) -> None:
    figures.finish(options("--save", "out.png", "--no-show"), small())
    assert files() == ["out.png"]


def length(path: str) -> tuple[int, float]:
    """Different frames of a GIF, and the seconds that it takes."""
    with Image.open(path) as gif:
        seconds = []
        for frame in range(gif.n_frames):  # type: ignore[attr-defined]
            gif.seek(frame)
            seconds.append(gif.info["duration"] / 1000)
    return len(seconds), sum(seconds)


@pytest.mark.parametrize("name", ["out.gif", "out.GIF"])
def test_a_film_is_saved_as_gif_and_ends_in_two_seconds_of_rest(
    name: str, options: Options, capsys: Captured
) -> None:
    filmed = Filmed(frames=4, fps=5)
    figures.finish(options("--save", name), filmed.fig, small(), film=filmed.film)
    assert files() == [name, "out_2.png"]
    assert capsys.readouterr().out == f"Saved {name}\nSaved out_2.png\n"
    frames, seconds = length(name)
    assert frames == 4 and seconds == pytest.approx(4 / 5 + 2)


def test_ctrl_c_ends_the_writing_of_a_film_even_where_python_would_drop_it() -> None:
    """As in a callback of the garbage collector, which swallows what is raised."""
    filmed = Filmed(frames=50)
    Path("film.gif").write_bytes(b"the old one")
    draw = filmed.film.update

    def update(frame: int) -> None:
        draw(frame)
        if frame == 2:
            with suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)

    filmed.film.update = update
    with pytest.raises(KeyboardInterrupt):
        figures.save(Path("film.gif"), filmed.fig, film=filmed.film)
    assert Path("film.gif").read_bytes() == b"the old one"
    assert files() == ["film.gif"]
    assert max(filmed.drawn) == 2


def test_ctrl_c_ends_the_writing_of_a_film_that_it_breaks() -> None:
    """ffmpeg, in the same terminal, hears it too: its pipe is closed then."""
    filmed = Filmed(frames=50)

    def update(frame: int) -> None:
        signal.raise_signal(signal.SIGINT)
        raise BrokenPipeError

    filmed.film.update = update
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        figures.save(Path("film.gif"), filmed.fig, film=filmed.film)
    assert files() == [] and signal.getsignal(signal.SIGINT) is before


def test_a_picture_that_does_not_move_is_no_gif(options: Options) -> None:
    with pytest.raises(ValueError, match=r"^out\.gif: this picture does not move"):
        figures.finish(options("--save", "out.gif"), small())
    assert files() == []


@pytest.mark.parametrize(
    ("script", "frame"),
    [(None, 3), ("home", 0), ("home right", 1), ("space wait:9", 3)],
)
def test_a_picture_of_a_film_is_the_last_frame_or_where_the_script_ends(
    script: str | None, frame: int, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    filmed, saved = Filmed(), list[tuple[int, str]]()

    def save(path: Path, **how: Any) -> None:
        saved.append((filmed.drawn[-1], str(filmed.fig.get_supxlabel())))
        path.touch()

    monkeypatch.setattr(filmed.fig, "savefig", save)
    words = ["--script", script] if script else []
    got = options("--save", "out.png", *words)
    figures.finish(got, filmed.fig, film=filmed.film)
    assert saved == [(frame, "")]  # the keys stand in the window only


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Makes `plt.show` look at what a window would show, by the calls put in here."""
    looks: list[Callable[[], None]] = []

    def show(block: bool) -> None:
        assert block  # or `python -i` would close the window at once
        for look in looks:
            look()

    monkeypatch.setattr(figures, "has_window", lambda: True)
    monkeypatch.setattr(plt, "show", show)
    return looks


def test_a_window_plays_the_film_with_its_keys_below(
    options: Options, window: list[Callable[[], None]], capsys: Captured
) -> None:
    filmed, seen = Filmed(), list[object]()
    window.append(lambda: seen.append(filmed.fig.get_supxlabel()))
    window.append(lambda: seen.append((filmed.film.frame, filmed.film.playing)))
    window.append(lambda: seen.append(filmed.film.timer.interval))
    figures.finish(options(), filmed.fig, film=filmed.film)
    assert seen == [Film.KEYS, (0, True), 200]
    assert files() == [] and capsys.readouterr().out == ""
    assert plt.get_fignums() == []


def test_after_a_script_the_window_goes_on_from_there(
    options: Options, window: list[Callable[[], None]]
) -> None:
    filmed, seen = Filmed(), list[object]()
    window.append(lambda: seen.append((filmed.film.frame, filmed.film.playing)))
    window.append(lambda: filmed.press("space"))
    window.append(lambda: seen.append(filmed.film.timer is not None))
    window.append(lambda: seen.append(filmed.film.playing))
    figures.finish(options("--script", "right*2"), filmed.fig, film=filmed.film)
    assert seen == [(2, False), True, True]


def test_save_and_a_window_go_together(
    options: Options, window: list[Callable[[], None]]
) -> None:
    filmed, seen = Filmed(), list[object]()
    window.append(lambda: seen.append((files(), filmed.film.frame)))
    figures.finish(options("--save", "out.png"), filmed.fig, film=filmed.film)
    assert seen == [(["out.png"], 0)]


def test_the_main_window_is_called_after_the_chapter(
    options: Options, window: list[Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    titles: list[str] = []
    main, other = small(), small()
    for fig in (main, other):
        assert fig.canvas.manager
    monkeypatch.setattr(main.canvas.manager, "set_window_title", titles.append)
    figures.finish(options(), main, other)
    assert titles == ["Demo"]


def test_closing_the_main_window_ends_the_clock_and_closes_the_others(
    options: Options, window: list[Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    filmed, stopped = Filmed(), list[bool]()

    def close() -> None:
        monkeypatch.setattr(filmed.film.timer, "stop", lambda: stopped.append(True))
        CloseEvent("close_event", filmed.fig.canvas)._process()  # type: ignore[attr-defined]
        assert plt.get_fignums() == [] and stopped == [True]

    window.append(close)
    figures.finish(options(), filmed.fig, small(), film=filmed.film)
    assert stopped == [True]


def test_ctrl_c_closes_the_windows_and_ends_the_program(
    options: Options, window: list[Callable[[], None]]
) -> None:
    """Raised in the middle of a redraw it would be lost: Tk only prints it."""
    before, seen = signal.getsignal(signal.SIGINT), list[object]()
    window.append(lambda: signal.raise_signal(signal.SIGINT))
    window.append(lambda: seen.append(plt.get_fignums()))
    with pytest.raises(KeyboardInterrupt):
        figures.finish(options(), small(), small())
    assert seen == [[]] and signal.getsignal(signal.SIGINT) is before


# --------------------------------------------------------------------------
# Writing


def test_a_write_that_fails_leaves_the_old_file_and_no_other() -> None:
    Path("a.png").write_text("old")
    for error in (ValueError("no"), KeyboardInterrupt(), MemoryError()):

        def put(path: Path, error: BaseException = error) -> None:
            path.write_text("half")
            raise error

        with pytest.raises(type(error)):
            figures.write(Path("a.png"), put)
        assert files() == ["a.png"] and Path("a.png").read_text() == "old"


def test_a_write_that_is_killed_leaves_the_old_file() -> None:
    Path("a.png").write_text("old")
    code = (
        "import os; from pathlib import Path; from common import figures\n"
        "def put(path): path.write_text('half'); os._exit(9)\n"
        "figures.write(Path('a.png'), put)"
    )
    root = Path(figures.__file__).parents[1]
    env = {**os.environ, "PYTHONPATH": str(root)}
    assert subprocess.run([sys.executable, "-c", code], env=env).returncode == 9
    assert Path("a.png").read_text() == "old"


def test_a_write_that_ends_replaces_the_old_file() -> None:
    Path("a.png").write_text("old")
    figures.write(Path("a.png"), lambda path: path.write_text("new"))
    assert files() == ["a.png"] and Path("a.png").read_text() == "new"


def test_the_temporary_file_is_of_the_same_kind_and_folder() -> None:
    """np.savez and savefig look at the suffix; a rename must not cross disks."""
    seen: list[Path] = []
    Path("deep").mkdir()

    def put(path: Path) -> None:
        seen.append(path)
        path.touch()

    figures.write(Path("deep/a.b.npz"), put)
    assert seen[0].suffix == ".npz" and seen[0].parent == Path("deep")
    assert seen[0].name != "a.b.npz" and os.listdir("deep") == ["a.b.npz"]


def test_a_write_that_is_refused_names_the_file_that_was_asked_for() -> None:
    with pytest.raises(FileNotFoundError) as missing:
        figures.write(Path("no/a.png"), lambda path: path.write_text("new"))
    assert missing.value.filename == str(Path("no/a.png"))
    Path("a.png").mkdir()
    with pytest.raises(OSError) as folder:
        figures.write(Path("a.png"), lambda path: path.write_text("new"))
    assert folder.value.filename == "a.png" and files() == ["a.png"]
    with pytest.raises(FileNotFoundError) as other:
        figures.write(Path("b.png"), lambda path: open("other"))
    assert other.value.filename == "other"


# --------------------------------------------------------------------------
# A film


def test_a_film_begins_with_its_first_frame_drawn_and_stands() -> None:
    filmed = Filmed()
    assert filmed.drawn == [0]
    filmed.film.tick()
    assert filmed.drawn == [0]


def test_ticks_play_to_the_last_frame_and_stop() -> None:
    filmed = Filmed(frames=4)
    filmed.film.play()
    for _ in range(9):
        filmed.film.tick()
    assert filmed.drawn == [0, 0, 1, 2, 3] and not filmed.film.playing


def test_go_stays_within_the_film() -> None:
    filmed = Filmed(frames=4)
    for frame, drawn in ((-5, 0), (2, 2), (99, 3)):
        filmed.film.go(frame)
        assert filmed.film.frame == filmed.drawn[-1] == drawn


def test_a_film_of_one_frame_ends_at_once() -> None:
    filmed = Filmed(frames=1)
    filmed.film.play()
    filmed.film.tick()
    assert filmed.film.frame == 0 and not filmed.film.playing


@pytest.mark.parametrize(
    ("keys", "frame", "playing"),
    [
        ("right", 1, False),
        ("right right left", 1, False),
        ("left", 0, False),
        ("end", 3, False),
        ("end home", 0, False),
        ("right*99", 3, False),
        ("space", 0, True),
        ("space space", 0, False),
        ("space wait:0.4", 2, True),
        ("space wait:0.4 space wait:9", 2, False),
        ("space wait:0.4 right", 3, False),
        ("space wait:9", 3, False),
        ("end space wait:0.2", 1, True),  # at its end it starts anew
        ("x wait:1", 0, False),
    ],
)
def test_the_keys_of_a_film(keys: str, frame: int, playing: bool) -> None:
    filmed = Filmed(frames=4, fps=5)
    filmed.press(keys)
    assert (filmed.film.frame, filmed.film.playing) == (frame, playing)
    assert filmed.drawn[-1] == frame


# --------------------------------------------------------------------------
# Scripts


def key(*names: str) -> list[Action]:
    return [Action("key", name) for name in names]


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("", []),
        ("  n \n r ", key("n", "r")),
        ("n*3 space", key("n", "n", "n", "space")),
        ("*", key("*")),
        ("**2", key("*", "*")),
        (":", key(":")),
        ("R30 S1.5 T2,1", key("R30", "S1.5", "T2,1")),
        ("ctrl+s", key("ctrl+s")),
        ("click", key("click")),
        ("click:1,2", [Action("click", points=((1, 2),))]),
        ("click:-1.5,2e3", [Action("click", points=((-1.5, 2000),))]),
        ("drag:0,1:2,3", [Action("drag", points=((0, 1), (2, 3)))]),
        ("wait:0.5 n", [Action("wait", seconds=0.5), *key("n")]),
    ],
)
def test_the_words_of_a_script(text: str, actions: list[Action]) -> None:
    assert list(figures.read_script(text)) == actions


@pytest.mark.parametrize(
    "word",
    ["click:", "click:1", "click:a,b", "click:1,2,3", "click:nan,1", "click:1,2:3,4",
     "drag:1,2", "drag:1,2:3", "drag:1,2:3,inf", "wait:", "wait:x", "wait:nan",
     "wait:inf", "wait:-1", "n*", "n*x", "n*0", "n*-1", "n*1.5", "n*1000000000"],
)  # fmt: skip
def test_a_word_that_is_not_understood_is_named(word: str) -> None:
    with pytest.raises(ValueError) as caught:
        list(figures.read_script(f"n {word} n"))
    assert str(caught.value) == f"I do not understand {word!r} in the script"


def test_keys_reach_the_figure_pressed_and_released() -> None:
    fig, heard = small(), list[tuple[str, str | None]]()
    for name in ("key_press_event", "key_release_event"):
        fig.canvas.mpl_connect(
            name, lambda event: heard.append((event.name, event.key))
        )
    figures.replay(fig, "a space left")
    assert heard == [
        (f"key_{what}_event", name)
        for name in ("a", " ", "left")
        for what in ("press", "release")
    ]


def test_clicks_and_drags_reach_the_canvas_in_the_units_of_the_data() -> None:
    fig, heard = small(), list[tuple[Any, ...]]()
    for name in ("button_press_event", "motion_notify_event", "button_release_event"):
        fig.canvas.mpl_connect(
            name,
            lambda e: heard.append(
                (e.name, round(e.xdata, 6), round(e.ydata, 6), e.button)
            ),
        )
    figures.replay(fig, "click:2.5,7 drag:1,1:9,2.5")
    assert heard == [
        ("button_press_event", 2.5, 7, 1),
        ("button_release_event", 2.5, 7, 1),
        ("button_press_event", 1, 1, 1),
        ("motion_notify_event", 9, 2.5, 1),
        ("button_release_event", 9, 2.5, 1),
    ]


def test_clicks_go_to_the_axes_that_is_named() -> None:
    fig, (left, right) = plt.subplots(1, 2)
    right.set(xlim=(100, 200), ylim=(0, 1))
    hit: list[Any] = []
    fig.canvas.mpl_connect("button_press_event", lambda event: hit.append(event.inaxes))
    figures.replay(fig, "click:150,0.5", ax=right)
    figures.replay(fig, "click:0.5,0.5")
    assert hit == [right, left]


def test_a_figure_without_axes_has_keys_all_the_same() -> None:
    fig, heard = plt.figure(), list[str | None]()
    fig.canvas.mpl_connect("key_press_event", lambda event: heard.append(event.key))
    figures.replay(fig, "n wait:1 n")
    assert heard == ["n", "n"]


# --------------------------------------------------------------------------
# Parts that are not built yet


def test_the_figure_begun_tells_what_is_to_do(options: Options) -> None:
    got = options("--save", "out.png", "--script", "n")
    figures.start(got)
    fig = small(4)
    figures.show_to_do("To do: milestone 2: plus_plus.")
    assert files() == ["out.png"]
    assert fig.get_suptitle() == "To do: milestone 2: plus_plus."
    assert plt.get_fignums() == [] and got.script == "n"


def test_a_film_that_is_not_built_yet_is_not_saved(options: Options) -> None:
    figures.start(options("--save", "out.gif", "--no-show"))
    small()
    figures.show_to_do("To do")
    assert files() == []


def test_in_a_window_too(options: Options, window: list[Callable[[], None]]) -> None:
    seen: list[str] = []
    figures.start(options("--save", "out.gif"))
    fig = small(4)
    window.append(lambda: seen.append(fig.get_suptitle()))
    figures.show_to_do("To do")
    assert seen == ["To do"] and files() == []


def test_without_a_figure_or_a_place_for_it_nothing_happens(options: Options) -> None:
    figures.show_to_do("To do")
    figures.start(options("--save", "out.png"))
    figures.show_to_do("To do")
    figures.start(options("--no-show"))
    small()
    figures.show_to_do("To do")
    assert files() == []


def test_a_film_begun_is_kept_with_the_sentence(options: Options) -> None:
    figures.start(options("--save", "out.gif"))
    fig = small()
    figures.Film(fig, lambda frame: None, frames=2, fps=2)
    figures.show_to_do("To do")
    assert files() == ["out.gif"] and fig.get_suptitle() == "To do"


def test_a_key_that_meets_an_unbuilt_part_says_so_and_the_window_lives_on(
    options: Options, window: list[Callable[[], None]]
) -> None:
    from matplotlib.backend_bases import KeyEvent

    def unbuilt(event: object) -> None:
        raise NotImplementedError("milestone 2: plus_plus")

    figures.start(options())
    fig = small()
    fig.canvas.mpl_connect("key_press_event", unbuilt)  # type: ignore[arg-type]
    seen: list[str] = []

    def press() -> None:
        KeyEvent("key_press_event", fig.canvas, "n")._process()  # type: ignore[attr-defined]
        seen.append(fig.get_suptitle())

    window.append(press)
    figures.finish(options(), fig)
    assert seen == ["To do: milestone 2: plus_plus"]


# --------------------------------------------------------------------------
# A Python without a window toolkit


def test_a_python_without_tkinter_saves_and_says_how_to_get_a_window(
    tmp_path: Path,
) -> None:
    """Debian's python3 has no tkinter: a real process, with a screen that is named."""
    lame = tmp_path / "lame"
    lame.mkdir()
    hide = "import sys\nsys.modules.update(tkinter=None, _tkinter=None, PySide6=None)\n"
    (lame / "sitecustomize.py").write_text(hide)
    code = (
        "import argparse\nfrom common import figures\n"
        "parser = argparse.ArgumentParser()\nfigures.add_options(parser, 'demo.py')\n"
        "options = parser.parse_args()\nplt = figures.start(options)\n"
        "print(plt.get_backend())\nfigures.finish(options, plt.figure())\n"
    )
    env = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    root = Path(figures.__file__).parents[1]
    env |= {"PYTHONPATH": os.pathsep.join([str(lame), str(root)]), "DISPLAY": ":0"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"agg\nSaved demo.png\n{figures.NO_WINDOW}\n"
    assert (tmp_path / "demo.png").exists()
