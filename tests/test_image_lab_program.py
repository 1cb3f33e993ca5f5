"""Chapter 2 as a program: its commands, pictures, window, files, and bad input."""

import signal
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from PIL import Image

from common import console, data

lab = chapter("image_lab")
PHOTOS = data.FOLDER / "photos"


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """The chapter's main in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        return lab.main(list(words)), *capsys.readouterr()

    return call


@pytest.fixture
def says(run):
    """What the commands print after the line about the photo."""

    def call(photo: str, commands: str) -> str:
        code, out, err = run(photo, "--no-show", "-c", commands)
        assert (code, err) == (0, "")
        return out.partition("\n")[2]

    return call


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(lab.main, *words)


@pytest.fixture
def begun(tmp_path):
    """The lab with a small picture: (h, w) grey, or (h, w, c); and some commands."""

    def call(pixels: np.ndarray, commands: str = "") -> object:
        Image.fromarray(pixels).save(tmp_path / "begun.png")
        state = lab.load(str(tmp_path / "begun.png"))
        for line in filter(None, map(str.strip, commands.split(";"))):
            state, _ = lab.run_command(state, line)
        return state

    return call


def pixels(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        return np.asarray(image)


def noise(*shape: int, top: int = 256, kind: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(0).integers(1, top, shape).astype(kind)


def rendered(state) -> np.ndarray:
    """The result in full, (h, w, 4)."""
    return lab.render(lab.floats(state.pixels), state.past[-1])


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --------------------------------------------------------------------------
# Nothing is lost


@pytest.mark.parametrize("photo", ["photo.jpg", "chelsea.png", "camera.png"])
def test_twelve_turns_by_30_degrees_give_every_pixel_back(says, photo, tmp_path):
    out = says(photo, "; ".join(["rotate 30"] * 12) + "; save out.png")
    assert "every pixel copied exactly" in out.splitlines()[-2]
    want = pixels(PHOTOS / photo.replace("photo.jpg", "china.jpg"))
    np.testing.assert_array_equal(pixels(tmp_path / "out.png"), want)


@pytest.mark.parametrize("image", [
    noise(7, 9, 3), noise(7, 9), noise(8, 5, 4), noise(8, 5, 2), noise(6, 7) > 99,
    noise(9, 4, top=65536, kind=np.uint16), noise(1, 1, 3), noise(1, 6),
], ids="rgb grey rgba grey+alpha 1-bit 16-bits a-pixel a-row".split())  # fmt: skip
def test_what_was_not_computed_is_saved_as_it_was(run, image, tmp_path):
    Image.fromarray(image).save(tmp_path / "in.png")
    turns = "rotate 17; shear 0.3; scale 2; undo; undo; undo; hue 40; hue -40"
    assert run("in.png", "--no-show", "-c", f"{turns}; save out.png")[0] == 0
    want = 255 * image.astype(np.uint8) if image.dtype == bool else image
    got = pixels(tmp_path / "out.png")
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("commands, want", [
    ("flip", lambda a: a[:, ::-1]), ("flip vertical", lambda a: a[::-1]),
    ("rotate 90", np.rot90), ("rotate -90", lambda a: np.rot90(a, -1)),
    ("rotate 180", lambda a: a[::-1, ::-1]),
    ("rotate 45; rotate 45", np.rot90), ("scale 0.3; scale 2; rotate 5; reset", None),
    ("shear 0.25; shear -0.25", None), ("tilt 0.4; undo; redo; undo", None),
    ("rotate 7; flip; rotate 7; flip", None), ("scale 4; scale 0.25", None),
    ("crop 2 1 5 4", lambda a: a[1:5, 2:7]),
    ("rotate 90; crop 0 2 4 3", lambda a: np.rot90(a)[2:5, :4]),
    ("corners 1 0 6 0 6 4 1 4", lambda a: a[0:5, 1:7]),
    ("order 3; border wrap; smooth off; grid on", None),
])  # fmt: skip
def test_whole_pixels_are_copied(begun, commands, want):
    image = noise(7, 9, 3)
    got = rendered(begun(image, commands))
    want = image if want is None else want(image)
    np.testing.assert_array_equal(np.rint(255 * got[..., :3]), want)
    assert (got[..., 3] == 1).all()


def test_a_turn_and_a_crop_are_one_resampling(begun):
    """Whatever comes in between, the result is that of the one product."""
    image = noise(40, 60, 3)
    one = rendered(begun(image, "rotate 20; crop 10 10 30 25"))
    two = rendered(begun(image, "rotate 50; rotate -30; crop 10 10 30 25"))
    np.testing.assert_allclose(one, two, atol=1e-12)


def test_undo_takes_back_and_redo_does_again(begun):
    state = begun(noise(8, 8, 3), "rotate 10; scale 2")
    shape = state.past[-1].shape
    back, _ = lab.run_command(state, "undo")
    again, _ = lab.run_command(back, "redo")
    assert again.past[-1].shape == shape and not again.future
    other, _ = lab.run_command(back, "flip")
    assert not other.future and len(other.past) == 3
    for line, first in (("redo", again), ("undo", begun(noise(8, 8, 3)))):
        with pytest.raises(ValueError, match=f"nothing to {line}"):
            lab.run_command(first, line)


def test_a_command_changes_no_state_but_gives_a_new_one(begun):
    state = begun(noise(8, 8, 3), "rotate 10")
    before = state.past, state.pixels.copy()
    for line in ("scale 2", "blur 2", "sepia", "explain", "undo", "reset"):
        one, text = lab.run_command(state, line)
        two, same = lab.run_command(state, line)
        assert text == same and one.past[-1].shape == two.past[-1].shape
    lab.seen(state, state.past[-1])
    assert state.past is before[0]
    np.testing.assert_array_equal(state.pixels, before[1])


# --------------------------------------------------------------------------
# What the commands do


def test_the_transcript_of_the_source(run, tmp_path):
    code, out, err = run("photo.jpg", "--no-show", "-c",
                         "rotate 45; scale 0.5; shear 0.3 0; flip; save output.jpg"
                         )  # fmt: skip
    assert (code, err) == (0, "")
    assert out.startswith("china.jpg: 640 x 427 pixels, colour\n755 x 755 pixels")
    assert out.endswith("Saved transformed image to output.jpg\n")
    assert pixels(tmp_path / "output.jpg").shape == (378, 355, 3)
    assert files(tmp_path) == {"output.jpg"}


def test_a_turn_is_counter_clockwise_as_with_pillow(begun):
    image = np.zeros((31, 31, 3), np.uint8)
    image[10:20, 20:28] = 255
    got = rendered(begun(image, "rotate 30; crop 6 6 31 31"))[..., 0]
    want = np.asarray(Image.fromarray(image).rotate(30, Image.Resampling.BILINEAR))
    assert np.abs(got - want[..., 0] / 255).max() < 0.02


def test_scaled_pictures_have_no_seam(begun):
    """The outermost pixels of a whole picture are whole, whatever the factor."""
    for factor in (0.3, 0.5, 0.77, 1.4, 3):
        state = begun(noise(27, 41, 3), f"scale {factor}")
        h, w = state.past[-1].shape
        assert (h, w) == (np.ceil(27 * factor - 1e-6), np.ceil(41 * factor - 1e-6))
        assert (rendered(state)[..., 3] == 1).all()


def test_a_flat_picture_stays_flat(begun):
    """No dark rim, no colour out of nothing: 0.6 everywhere that there is anything."""
    flat = np.full((20, 30, 3), 153, np.uint8)
    for line in ("rotate 33", "scale 0.4", "shear 0.7", "tilt 0.6", "order 3; rotate 9",
                 "rotate 33; blur 3", "border reflect; rotate 33"):  # fmt: skip
        got = rendered(begun(flat, line))
        alpha = got[..., 3]
        np.testing.assert_allclose(got[..., 0], 0.6 * alpha, atol=1e-9)
        assert alpha.max() > 0.999


def test_a_transparent_colour_does_not_leak(begun):
    """Left half white, right half red of which there is nothing: no pink in between."""
    image = np.zeros((9, 20, 4), np.uint8)
    image[:, :10], image[:, 10:] = 255, (255, 0, 0, 0)
    got = rendered(begun(image, "rotate 5"))
    np.testing.assert_allclose(got[..., 0], got[..., 1], atol=1e-12)


def test_crop_cuts_the_empty_corners_off(begun):
    for line in ("rotate 12", "rotate 45", "shear 0.2 0.1", "tilt 0.3", "rotate 200"):
        state = begun(noise(60, 90, 3), f"{line}; crop")
        assert (rendered(state)[..., 3] == 1).all(), line
        assert min(state.past[-1].shape) > 15
    same = begun(noise(60, 90, 3), "crop")
    assert same.past[-1].shape == (60, 90)


def test_what_was_cut_off_does_not_come_back(begun):
    white = np.full((50, 50, 3), 255, np.uint8)
    got = rendered(begun(white, "crop 20 20 10 10; rotate 45"))
    assert got.shape[:2] == (15, 15) and got[0, 0, 3] == 0 and got[7, 7, 3] == 1


def test_borders_fill_what_is_outside(begun):
    image = noise(12, 16, 3)
    for border in ("edge", "reflect", "wrap"):
        got = rendered(begun(image, f"border {border}; rotate 30"))
        assert (got[..., 3] == 1).all()
    assert rendered(begun(image, "rotate 30"))[0, 0, 3] == 0


def test_grey_sepia_and_hue_are_one_product_of_colours(begun):
    image = noise(5, 6, 3)
    got = rendered(begun(image, "hue 90; grey; sepia"))[..., :3]
    M = lab.SEPIA @ lab.GREY @ lab.hue(90)
    np.testing.assert_allclose(got, np.clip(image / 255 @ M.T, 0, 1), atol=1e-12)


def test_filters_come_last_and_grow_with_the_picture(begun):
    """A blur of 2 pixels, then twice the size: a blur of 4. A turn changes nothing."""
    state = begun(noise(30, 40, 3), "blur 2; scale 2; rotate 90; flip; crop 5 5 20 20")
    ((name, sigma),) = state.past[-1].filters
    assert name == "blur" and abs(sigma - 4) < 1e-9
    soft = rendered(begun(noise(30, 40, 3), "blur 2"))[..., :3]
    want = lab.blur(noise(30, 40, 3) / 255, 2)
    np.testing.assert_allclose(soft, want, atol=1e-12)


def test_sharpen_and_edges_use_what_a_blur_takes_away(begun):
    image = np.zeros((20, 20, 3), np.uint8)
    image[:, 10:] = 128
    sharp, edges = (
        rendered(begun(image, f"{name}"))[10, :, 0] for name in ("sharpen", "edges")
    )
    assert sharp[10] > 0.51 and sharp[9] == 0  # brighter beside the edge; below 0 is 0
    assert (
        edges[10] > 0.3
        and edges[0] == 0
        and (rendered(begun(image, "edges"))[..., 3] == 1).all()
    )


def test_smooth_keeps_thin_lines_where_single_samples_lose_them(begun):
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 3::16] = 255
    smooth, rough = (
        rendered(begun(image, f"smooth {s}; scale 0.125"))[..., 0]
        for s in ("on", "off")
    )
    assert np.ptp(rough.sum(axis=1)) < 1e-9 and abs(smooth.mean() - 1 / 16) < 1e-9
    assert abs(rough.mean() - 1 / 16) > 0.02


def test_the_page_is_straightened(says, tmp_path):
    """Its lines, which ran down at 17 degrees, are level: rows are light, then dark."""
    corners = "corners 290 70 640 118 560 590 95 440"
    says("image_page.jpg", f"{corners}; crop 100 60 250 360; grey; save page.png")
    rows = pixels(tmp_path / "page.png")[..., 0].mean(axis=1)
    askew = pixels(reference("image_lab").parent / "figures" / "image_page.jpg")
    askew = askew[200:500, 280:500].mean(axis=(1, 2))
    assert np.abs(np.diff(rows)).mean() > 3 * np.abs(np.diff(askew)).mean()


def test_explain_gives_factors_product_and_what_they_do(says):
    out = says("photo.jpg", "rotate 90; scale 2; sepia; explain").splitlines()
    assert "rotate 90" in out and "scale 2" in out
    assert "the product, the first command rightmost:" in out
    at = out.index("the product, the first command rightmost:")
    assert [float(x) for x in " ".join(out[at + 1 : at + 4]).split()] == [
        0, 2, 0.5, -2, 0, 1278.5, 0, 0, 1]  # fmt: skip
    assert "pixel (0, 0) goes to (0.50, 1278.50)" in out
    assert "in the middle a pixel becomes 2.000 long, 2.000 wide" in out
    assert "new red, green, blue out of the old:" in out


def test_history_tells_what_was_done_and_undone(says):
    out = says("photo.jpg", "rotate 45; blur 2; flip; undo; history").splitlines()
    lines = [line.split() for line in out[-4:]]
    assert [line[:2] for line in lines] == [
        ["0", "china.jpg"], ["1", "rotate"], ["2", "blur"], ["-", "flip"]]  # fmt: skip
    assert "resampled once, blur 2" in out[-2]


def test_help_lists_every_command(says):
    out = says("photo.jpg", "help")
    names = """rotate scale shear flip tilt corners crop grey sepia hue blur sharpen
        edges order border smooth grid undo redo reset history explain open save help
        quit"""
    for name in names.split():
        assert sum(line.split()[0] == name for line in out.splitlines()) == 1, name
    assert max(map(len, out.splitlines())) <= 80


def test_open_takes_another_photo(says, tmp_path):
    out = says("photo.jpg", "rotate 45; open chelsea.png; save 'a b.png'; history")
    assert "chelsea.png: 451 x 300 pixels, colour" in out
    assert "Saved transformed image to a b.png" in out
    assert out.splitlines()[-1].split()[:2] == ["0", "chelsea.png"]
    np.testing.assert_array_equal(
        pixels(tmp_path / "a b.png"), pixels(PHOTOS / "chelsea.png")
    )


@pytest.mark.parametrize("f", [2, 3])
def test_a_small_picture_for_the_window_shows_the_same(monkeypatch, begun, f):
    """A photo larger than the screen is shown f times smaller, by the same product."""
    y, x = np.mgrid[:60, :90]
    image = np.rint(128 + 60 * np.sin(x / 9) + 60 * np.cos(y / 7)).astype(np.uint8)
    state = begun(np.dstack([image] * 3), "rotate 20; tilt 0.2; blur 1.5; crop")
    n = -(-max(state.past[-1].shape) // (-(-90 // f)))
    small = lab.render(lab.floats(state.pixels, f), state.past[-1], f, n)
    whole = rendered(state)
    h, w = (size // n for size in whole.shape[:2])
    want = whole[: h * n, : w * n].reshape(h, n, w, n, 4).mean(axis=(1, 3))
    assert np.abs(small[:h, :w] - want)[1:-1, 1:-1].max() < 0.05


def test_bytes_on_the_fast_road_differ_by_a_grey_level_at_most():
    for name in ("china.jpg", "chelsea.png", "coffee.png"):
        image = pixels(PHOTOS / name)[..., :3]
        h, w = image.shape[:2]
        M = lab.about(lab.rotation(31), (w / 2, h / 2)) @ lab.shear(0.2, 0.1)
        got, want = lab.warp_bytes(image, M), 255 * lab.warp(image / 255, M)
        assert np.abs(got - np.rint(want)).max() <= 1
    image = noise(30, 40, 4)  # neighbours have nothing in common: twice as much
    got, want = lab.warp_bytes(image, M), 255 * lab.warp(image / 255, M)
    assert np.abs(got - want).max() < 2
    got = lab.warp_bytes(image, np.eye(3))
    np.testing.assert_array_equal(got, image)


# --------------------------------------------------------------------------
# Pictures


def end_of_file(_: str) -> str:
    raise EOFError


def test_without_a_window_the_contact_sheet_is_saved(run, tmp_path, monkeypatch):
    monkeypatch.setattr("builtins.input", end_of_file)
    code, out, _ = run()
    assert code == 0 and "Commands: rotate <degrees> | scale <factor>" in out
    assert "no window can be opened here" in out and "Saved image_lab.png" in out
    assert files(tmp_path) == {"image_lab.png"}


def test_what_is_saved_needs_no_other_picture(run, tmp_path):
    run("chelsea.png", "-c", "rotate 30; save a.png; explain")
    assert files(tmp_path) == {"a.png"}


@pytest.mark.slow
def test_what_came_after_the_last_save_does(run, tmp_path):
    run("chelsea.png", "-c", "rotate 30; save a.png; scale 2")
    assert files(tmp_path) == {"a.png", "image_lab.png"}


@pytest.mark.slow
def test_save_writes_the_sheet_of_all_steps(run, tmp_path):
    for n, commands in enumerate(["explain", "flip", "flip; scale 0.1; grid on; " * 4]):
        run("camera.png", "--no-show", "-c", commands, "--save", f"{n}.png")
    shapes = [pixels(tmp_path / f"{n}.png").shape for n in range(3)]
    assert len(set(shapes)) == 3 and min(min(s[:2]) for s in shapes) > 500


def test_white_is_nothing_where_a_file_has_no_alpha(says, tmp_path):
    names = ("a.png", "a.webp", "a.tif", "a.jpg", "a.bmp")
    says("camera.png", "rotate 45; scale 0.2; " + "; ".join(f"save {n}" for n in names))
    for name in names:
        corner = pixels(tmp_path / name)[0, 0]
        if name in ("a.jpg", "a.bmp"):
            assert np.asarray(corner).ndim == 0 and corner > 250
        else:
            assert corner[-1] == 0


def test_16_bits_stay_where_the_file_can_hold_them(begun, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    state = begun(noise(20, 30, top=65536, kind=np.uint16), "scale 0.7")
    for name, kind in (("a.png", np.uint16), ("a.tif", np.uint16), ("a.jpg", np.uint8)):
        lab.run_command(state, f"save {name}")
        assert pixels(tmp_path / name).dtype == kind
    turned, _ = lab.run_command(state, "rotate 45")
    lab.run_command(turned, "save b.png")
    assert pixels(tmp_path / "b.png").shape[2] == 2  # grey and alpha, 8 bits


# --------------------------------------------------------------------------
# The window


@pytest.fixture
def desk(monkeypatch, begun, tmp_path):
    """The window on a picture of 30 x 40 pixels, drawn by nobody."""
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("matplotlib.backends.backend_agg.FigureCanvasAgg.draw_idle",
                        lambda _: None)  # fmt: skip
    made = lab.Desk(begun(noise(30, 40, 3)))
    monkeypatch.setattr(plt, "show", lambda **_: None)
    monkeypatch.setattr(plt, "pause", lambda _: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    made.open(plt)
    yield made
    made.live = False


def mouse(desk, name: str, x: float, y: float) -> None:
    from matplotlib.backend_bases import MouseEvent

    place = desk.ax.transData.transform((x, y))
    MouseEvent(name, desk.fig.canvas, *place, 1)._process()


def test_the_window_shows_every_step_and_its_matrix(desk):
    desk.run(None, "rotate 90")
    assert desk.fig.get_suptitle() == "begun.png · rotate 90"
    matrix = desk.ax.get_xlabel().partition("\n")[2]
    assert matrix.split() == "0 1 0 -1 0 39 0 0 1".split()
    np.testing.assert_array_equal(desk.image.get_array(), np.rot90(noise(30, 40, 3)))
    assert list(desk.image.get_extent()) == [-0.5, 29.5, 39.5, -0.5]
    desk.run(None, "grid on")
    assert len(desk.ax.lines) > 20
    desk.run(None, "reset")
    desk.run(None, "flip")
    assert desk.fig.get_suptitle() == "begun.png · flip"


def test_four_clicks_are_the_corners(desk, capsys):
    _, text = desk.run(None, "corners")
    assert text.startswith("Click four corners in the window: top left")
    todo = ["top left", "top right", "bottom right", "bottom left"]
    for i, (x, y) in enumerate(((5, 5), (34, 5), (34, 24), (5, 24))):
        assert desk.fig.get_suptitle() == f"Click: {', '.join(todo[i:])}"
        mouse(desk, "button_press_event", x, y)
        mouse(desk, "button_release_event", x, y)
    assert "corners 5 5 34 5 34 24 5 24\n30 x 20 pixels" in capsys.readouterr().out
    want = noise(30, 40, 3)[5:25, 5:35]
    np.testing.assert_array_equal(desk.picture, want)


def test_corners_that_cross_are_refused_and_nothing_is_lost(desk, capsys):
    desk.run(None, "corners")
    for x, y in ((5, 5), (34, 24), (34, 5), (5, 24)):
        mouse(desk, "button_press_event", x, y)
    assert "do not go round" in capsys.readouterr().err
    assert desk.lab.past[-1].shape == (30, 40) and desk.clicks is None
    assert desk.fig.get_suptitle() == "begun.png" and not desk.ax.lines


def test_another_command_gives_the_corners_up(desk):
    desk.run(None, "corners")
    mouse(desk, "button_press_event", 5, 5)
    desk.run(None, "flip")
    assert desk.clicks is None and not desk.ax.lines


def test_a_drag_turns_the_picture(desk, capsys):
    before = desk.image.get_array().copy()
    mouse(desk, "button_press_event", 35, 14.5)
    mouse(desk, "motion_notify_event", 19.5, 2)
    assert (desk.image.get_array() != before).any() and len(desk.lab.past) == 1
    mouse(desk, "button_release_event", 19.5, 2)
    assert "rotate 8" in capsys.readouterr().out or len(desk.lab.past) == 2
    assert desk.lab.past[-1].line.startswith("rotate 9")


def test_a_click_alone_turns_nothing(desk):
    mouse(desk, "button_press_event", 35, 14.5)
    mouse(desk, "button_release_event", 35, 14.5)
    assert len(desk.lab.past) == 1


def test_closing_the_window_ends_the_lab(desk):
    from matplotlib.backend_bases import CloseEvent

    with pytest.raises(SystemExit) as end:
        CloseEvent("close_event", desk.fig.canvas)._process()
    assert end.value.code == 0


def test_a_part_still_to_do_does_not_end_the_window(desk):
    handler = desk.fig.canvas.callbacks.exception_handler
    handler(NotImplementedError("milestone 2: rotation"))
    with pytest.raises(KeyError):
        handler(KeyError("a mistake"))


# --------------------------------------------------------------------------
# The prompt


def prompt(folder: Path, text: str, *words: str) -> tuple[int, str, str]:
    """The program as a process of its own, its lines piped in."""
    done = subprocess.run(
        [sys.executable, str(reference("image_lab")), *words], input=text,
        capture_output=True, encoding="utf-8", cwd=folder, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_a_piped_script_reads_as_if_it_had_been_typed(tmp_path):
    text = "rotate 45\n\nscale nought\nroate 45\nsave out.png\nsave no/such.png\n"
    code, out, err = prompt(tmp_path, text, "chelsea.png", "--no-show")
    assert code == 0 and "> rotate 45\n532 x 532 pixels, resampled once\n" in out
    assert err.splitlines() == [
        "scale nought: please type scale <factor> [<y factor>]: make it larger or "
        "smaller",
        "roate: no such command; did you mean rotate? ('help' lists them all)",
        "no/such.png: no such file or directory",
    ]
    assert out.endswith("> \n") and files(tmp_path) == {"out.png"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_leaves_quietly(tmp_path):
    child = subprocess.Popen(
        [sys.executable, str(reference("image_lab")), "--no-show"], cwd=tmp_path,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    while child.stdout.read(1) != b">":
        pass
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert (child.returncode, err.strip()) == (130, b"")


@pytest.mark.parametrize("line, sentence", [
    ("rotate", "rotate: please type rotate <degrees>"),
    ("rotate x", "rotate x: please type rotate <degrees>"),
    ("rotate nan", "rotate nan: please type rotate <degrees>"),
    ("rotate 1 2", "please type rotate <degrees>"),
    ("scale 0", "scale 0: a singular matrix squashes it flat: no way back"),
    ("scale 2 0", "scale 2 0: a singular matrix"),
    ("shear 1 1", "shear 1 1: a singular matrix"),
    ("scale 1000", "scale 1000: 9000 x 7000 pixels are more than"),
    ("scale 99999999999", "please type scale"),
    ("flip sideways", "please type flip [vertical]"),
    ("tilt 1", "please type tilt <share>"),
    ("corners", "please type corners"),
    ("corners 0 0 1 1 2 2 0 5", "do not go round"),
    ("corners 0 0 0 6 8 6 8 0", "do not go round"),
    ("crop 0 0 99 5", "crop 0 0 99 5: that is not within the 9 x 7 pixels"),
    ("crop 0 0 0 0", "not within"),
    ("crop -1 0 3 3", "not within"),
    ("blur 0", "please type blur [<pixels>]"),
    ("blur 99", "please type blur"),
    ("blur 40; scale 2", "scale 2: a filter would be over 50 pixels wide"),
    ("order 2", "please type order 0|1|3"),
    ("border mirror", "please type border <kind>"),
    ("grid maybe", "please type grid on|off"),
    ("hue", "please type hue <degrees>"),
    ("turn 5", "turn: no such command"),
    ("Roate 5", "did you mean rotate?"),
    ("undo", "there is nothing to undo"),
    ("redo", "there is nothing to redo"),
    ("save", "save : name it .png .jpg .webp .tif or .bmp"),
    ("save a.xyz", "save a.xyz: name it .png"),
    ("save nowhere/a.png", "nowhere/a.png: no such file or directory"),
    ("save a\0.png", "null"),
    ("open", "the name of the file is empty"),
    ("open nothing.png", "nothing.png: no such file"),
    ("open chelsae.png", "did you mean chelsea.png?"),
])  # fmt: skip
def test_a_wrong_command_gets_one_sentence_and_the_next_is_run(
    begun, line, sentence, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    before = files(tmp_path) | {"begun.png"}
    desk = lab.Desk(begun(noise(7, 9, 3)))
    monkeypatch.setattr(lab._module, "LIMIT", 10**7)
    assert console.commands(desk.lab, desk.run, f"{line}; rotate 90") == 2
    out, err = capsys.readouterr()
    assert len(err.splitlines()) == 1 and sentence in err
    assert out.splitlines()[-1].endswith("pixels, every pixel copied exactly") or (
        "blur" in out
    )
    assert files(tmp_path) == before


# --------------------------------------------------------------------------
# Files that are no pictures


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """A .png file that says so large a picture is in it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    made = b"\x89PNG\r\n\x1a\n"
    for kind, body in (
        (b"IHDR", head),
        *((b"IDAT", c) for c in chunks),
        (b"IEND", b""),
    ):
        crc = struct.pack(">I", zlib.crc32(kind + body))
        made += struct.pack(">I", len(body)) + kind + body + crc
    return made


WHOLE = (PHOTOS / "chelsea.png").read_bytes()
JPEG = (PHOTOS / "china.jpg").read_bytes()


@pytest.mark.parametrize("content, sentence", [
    (b"", "this is no picture, or a damaged one"),
    (b"not a picture at all", "this is no picture, or a damaged one"),
    (WHOLE[:20_000], "this is no picture, or a damaged one"),
    (WHOLE[:500] + bytes(200) + WHOLE[700:], "this is no picture, or a damaged one"),
    (JPEG[:9_000], "this is no picture, or a damaged one"),
    (png(30_000, 30_000, zlib.compress(bytes(1000))), "more than 50,000,000 pixels"),
    (png(9_000, 9_000, zlib.compress(bytes(1000))), "more than 50,000,000 pixels"),
    (png(0, 5), "this is no picture, or a damaged one"),
], ids="empty text cut broken jpeg bomb firework no-width".split())  # fmt: skip
def test_a_file_that_is_no_picture_gets_one_sentence(bad, content, sentence, tmp_path):
    (tmp_path / "a.png").write_bytes(content)
    assert f"a.png: {sentence}" in bad("a.png") or sentence in bad("a.png")
    assert sentence in bad("-c", "open a.png")
    assert files(tmp_path) == {"a.png"}


@pytest.mark.parametrize("words, sentence", [
    (["nothing.png"], "nothing.png: no such file"),
    (["."], "is a directory"),
    (["--save", "film.xyz"], "a picture's name ends in"),
    (["--save", "nowhere/a.png"], "folder"),
    (["--unknown"], "--unknown"),
    (["photo.jpg", "other.jpg"], "unrecognized arguments: other.jpg"),
])  # fmt: skip
def test_bad_words_get_one_sentence(bad, words, sentence, tmp_path):
    if sys.platform == "win32" and words == ["."]:
        sentence = "permission denied"
    assert sentence in bad(*words)
    assert not files(tmp_path)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr",
                                  "I;16", "I", "F"])  # fmt: skip
def test_pictures_of_all_kinds_are_loaded(mode, tmp_path):
    values = np.linspace(0, 255, 24).reshape(4, 6)
    grey = Image.fromarray(values.astype(np.uint8))
    image = grey.convert(mode) if mode != "I;16" else Image.fromarray(
        (257 * np.rint(values)).astype(np.uint16))  # fmt: skip
    if mode == "I":
        image = Image.fromarray((257 * np.rint(values)).astype(np.int32))
    file = tmp_path / ("a.jpg" if mode == "YCbCr" else "a.tif")
    image.save(file)
    photo = lab.load(str(file))
    assert photo.pixels.shape == (4, 6, 4)
    assert photo.grey == (mode in ("1", "L", "LA", "I;16", "I", "F"))
    got = lab.floats(photo.pixels)[..., 0]
    assert mode == "1" or np.abs(got - np.rint(values) / 255).max() < 0.03


def test_a_photo_that_lies_on_its_side_is_set_upright(tmp_path):
    """EXIF orientation 6: the camera was held upright, row 0 is on the right."""
    image = noise(20, 30, 3)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(image).save(tmp_path / "a.png", exif=exif)
    got = lab.load(str(tmp_path / "a.png")).pixels
    np.testing.assert_array_equal(got[..., :3], np.rot90(image, -1))


def test_a_save_that_is_cut_short_leaves_the_old_file(begun, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    state = begun(noise(7, 9, 3), "rotate 30")
    lab.run_command(state, "save a.png")
    before = (tmp_path / "a.png").read_bytes()

    def half(self, path, **_):
        Path(path).write_bytes(b"half a picture")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Image.Image, "save", half)
    with pytest.raises(OSError, match="No space left"):
        lab.run_command(state, "save a.png")
    assert (tmp_path / "a.png").read_bytes() == before
    assert files(tmp_path) == {"a.png", "begun.png"}
