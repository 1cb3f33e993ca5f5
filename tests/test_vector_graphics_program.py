"""Chapter 1 as a program: scripts, pictures, the window's keys and mouse, bad input."""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pygame
import pytest
from conftest import chapter
from judge import instead, load, reference
from PIL import Image, ImageSequence

import learn
from common import console

vg = chapter("vector_graphics")


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """The chapter's main in an empty folder: what it prints."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> str:
        assert vg.main(list(words)) == 0
        return capsys.readouterr().out

    return call


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(vg.main, *words)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def rows(text: str) -> np.ndarray:
    """The matrix in the last three lines."""
    lines = text.rstrip("\n").split("\n")[-3:]
    return np.array([[float(x) for x in line.split()] for line in lines])


def after(script: str, scene: Any = None) -> Any:
    """The scene after the words of a script."""
    app = vg.App(vg.load_pygame().Surface((1120, 700)), options())
    app.scene = scene or app.scene
    for _ in vg.replay(app, vg.script(script)):
        pass
    return app.scene


def options(*words: str) -> Any:
    return vg.build_parser().parse_args(list(words))


# --------------------------------------------------------------------------
# Scripts: words


def test_the_words_are_the_plain_matrices_the_first_acting_first(run):
    """R30 S1.5 T2,1: 1.5 cos 30° = 1.299, 1.5 sin 30° = 0.75, and then the shift."""
    out = run("--script", "R30 S1.5 T2,1", "--no-show")
    want = [[1.299038, -0.75, 2], [0.75, 1.299038, 1], [0, 0, 1]]
    np.testing.assert_allclose(rows(out), want, atol=1e-6)
    assert len(out.splitlines()) == 3


def test_the_order_of_the_words_matters(run):
    """T2,1 first: then the shift is turned and stretched as well."""
    out = run("--script", "T2,1 R30 S1.5", "--no-show")
    x, y = 1.5 * (2 * math.cos(math.pi / 6) - 0.5), 1.5 * (1 + math.cos(math.pi / 6))
    np.testing.assert_allclose(rows(out)[:2, 2], [x, y], atol=1e-6)


def test_a_word_times_three_is_three_words(run):
    one = run("--script", "R10*3 T1,0", "--no-show")
    np.testing.assert_allclose(rows(one), rows(run("--script", "R30 T1,0")), atol=1e-6)


def test_small_letters_are_the_same_words(run):
    assert run("--script", "r90 s2 t1,0", "--no-show") == run(
        "--script", "R90 S2 T1,0", "--no-show"
    )


def test_two_factors_stretch_either_way_and_a_negative_one_mirrors(run):
    np.testing.assert_allclose(
        rows(run("--script", "S2,0.5", "--no-show")), np.diag([2, 0.5, 1])
    )
    assert rows(run("--script", "S-1,1", "--no-show"))[0, 0] == -1


def test_the_same_command_prints_and_draws_the_same(run, tmp_path):
    words = "--script", "n r*3 right s u o tab R20"
    assert run(*words, "--save", "a.png").replace("a.png", "b.png") == run(
        *words, "--save", "b.png"
    )
    assert (pixels(tmp_path / "a.png") == pixels(tmp_path / "b.png")).all()


# --------------------------------------------------------------------------
# Scripts: keys of the shapes


def test_a_tap_of_r_is_15_degrees_about_the_centre_of_the_shape():
    scene = after("right*4 r*6")
    np.testing.assert_allclose(scene.shape.matrix, [[0, -1, 2], [1, 0, 0], [0, 0, 1]],
                               atol=1e-9)  # fmt: skip
    middle = vg.apply(scene.shape.matrix, scene.shape.points).mean(axis=0)
    np.testing.assert_allclose(middle, [2, 0], atol=1e-9)


def test_about_the_origin_the_shape_goes_round_it():
    scene = after("right*4 c r*6")
    np.testing.assert_allclose(scene.shape.matrix[:2, 2], [0, 2], atol=1e-9)
    assert "origin" in after("c").note and "own centre" in after("c c").note


def test_shift_reverses_and_arrows_move_half_a_unit():
    np.testing.assert_allclose(
        after("r*2 shift+r*2").shape.matrix, np.eye(3), atol=1e-9
    )
    np.testing.assert_allclose(
        after("s*3 shift+s*3").shape.matrix, np.eye(3), atol=1e-9
    )
    scene = after("left*2 up*3 right down")
    np.testing.assert_allclose(scene.shape.matrix[:2, 2], [-0.5, 1], atol=1e-9)


@pytest.mark.parametrize("frames", [1, 7, 60])
def test_held_keys_are_one_move_at_any_frame_rate(frames):
    """R and the right arrow for half a second: 45°, and 1.5 units of the way."""
    scene = vg.Scene().on_key("r").on_key("right")
    for _ in range(frames):
        scene = scene.advance(0.5 / frames)
    scene = scene.on_key("r", down=False).on_key("right", down=False)
    assert len(scene.shape.moves) == 1 and scene.open is None
    c = math.sqrt(0.5)
    np.testing.assert_allclose(scene.shape.matrix, [[c, -c, 1.5], [c, c, 0], [0, 0, 1]],
                               atol=1e-9)  # fmt: skip


def test_a_tap_shorter_than_a_frame_is_a_whole_step_all_the_same():
    scene = vg.Scene().on_key("r").on_key("r", down=False)
    for dt in (0.1, 0.1, 0.1):
        scene = scene.advance(dt)
    assert [str(move) for move in scene.shape.moves] == ["turn 15°"]


def test_undo_multiplies_by_the_inverse_back_to_where_it_began():
    scene = after("r*2 right s up u*6")
    np.testing.assert_allclose(scene.shape.matrix, np.eye(3), atol=1e-9)
    assert "Nothing to undo" in scene.note
    assert "inverse of “stretch" in after("right s u").note
    np.testing.assert_allclose(after("R40 S2,0.5 T3,1 u*3").shape.matrix, np.eye(3),
                               atol=1e-9)  # fmt: skip


def test_the_other_order_differs_and_says_so():
    scene = after("r*1 right o")
    R, T = vg.rotation(math.radians(15)), vg.translation(0.5, 0)
    np.testing.assert_allclose(scene.shape.matrix, vg.compose(T, R), atol=1e-9)
    ends = [M for _, M in scene.ghosts]
    np.testing.assert_allclose(ends, [vg.compose(R, T), vg.compose(T, R)], atol=1e-9)
    assert [words for words, _ in scene.ghosts] == [
        "first turn 15°, then move 0.5, 0",
        "first move 0.5, 0, then turn 15°",
    ]
    gap = math.hypot(0.5 - ends[1][0, 2], ends[1][1, 2])
    assert f"{gap:.2f} apart: AB is not BA" in scene.note
    np.testing.assert_allclose(after("r right o o").shape.matrix, ends[0], atol=1e-9)


def test_two_moves_that_may_be_swapped_are_told_apart():
    assert "same place" in after("right up o").note
    assert "make two first" in after("r o").note
    assert not after("r right o r").ghosts


def test_shapes_are_added_in_turn_selected_and_taken_away():
    scene = after("n*4")
    assert [s.name for s in scene.shapes] == [*vg.SHAPES, "triangle"]
    assert scene.selected == 4
    assert after("n n tab").selected == 0 and after("n n shift+tab").selected == 1
    assert after("n n tab tab del").selected == 0
    for gone in (after("del"), after("del r right u o c tab del")):
        assert not gone.shapes and "Press N" in gone.note
    assert len(after("del r right u o c tab del n r").shapes) == 1


@pytest.mark.parametrize("view", ["drag:0,0:-9,-7", "drag:0,0:6,8"])
@pytest.mark.parametrize("zoom", [70, 250])
def test_a_new_shape_is_born_where_one_looks(view, zoom):
    scene = after("n*2 " + view)
    scene = after("n", scene.zoom_at(scene.centre, zoom / scene.zoom))
    middle = scene.corners(scene.selected).mean(axis=0)
    seen = vg.to_screen(middle[None], vg.SIZE, scene.zoom, scene.centre)[0]
    assert (seen > 60).all() and (seen < np.array(vg.SIZE) - 100).all()


def test_each_shape_has_a_matrix_of_its_own():
    scene = after("n r*2 tab right")
    first, second = scene.shapes
    np.testing.assert_allclose(first.matrix, vg.translation(0.5, 0), atol=1e-9)
    assert len(second.moves) == 3  # its birth, and two turns
    places = [shape.matrix[:2, 2] for shape in after("n*8").shapes]
    gaps = [np.hypot(*(a - b)) for a in places for b in places if a is not b]
    assert min(gaps) > 1.8


def test_a_shape_cannot_leave_what_can_be_drawn():
    scene = vg.Scene().on_key("s").advance(60).on_key("s", down=False)
    assert "Taken back" in scene.note and not scene.shape.moves


def test_a_key_pressed_while_another_is_held_ends_what_it_did():
    scene = vg.Scene().on_key("r").advance(0.5).on_key("n")
    assert [len(shape.moves) for shape in scene.shapes] == [1, 1] and not scene.held
    scene = vg.Scene().on_key("r").on_key("r", down=False).on_key("u")
    assert not scene.shape.moves  # the tap was done to its end, and undone


# --------------------------------------------------------------------------
# Scripts: the mouse, the clock, the game


def test_a_click_selects_and_a_drag_moves_what_is_under_the_mouse():
    scene = after("n click:0,0")
    assert scene.selected == 0 and not scene.shape.moves
    scene = after("n click:0,0 drag:0,0:2,-1")
    np.testing.assert_allclose(scene.shape.matrix, vg.translation(2, -1), atol=1e-9)
    assert [str(move) for move in scene.shape.moves] == ["move 2, -1"]


def test_a_drag_of_the_ground_moves_the_view():
    scene = after("drag:-4,-3:-5,-1")
    np.testing.assert_allclose(scene.centre - vg.Scene().centre, [1, -2], atol=1e-9)
    assert not scene.shape.moves


def test_a_shape_is_picked_where_it_is_drawn_now():
    assert not after("right*8 drag:0,0:1,1").shape.moves[8:]
    assert after("right*8 drag:4,0:5,1").shape.moves[8:]


def test_the_wheel_zooms_at_the_mouse():
    scene = vg.Scene()
    point = np.array([2.0, 1.0])
    closer = scene.zoom_at(point, 2)
    for zoomed in (scene, closer):
        got = vg.to_screen(point[None], (1120, 700), zoomed.zoom, zoomed.centre)
        if zoomed is scene:
            want = got
    np.testing.assert_allclose(got, want, atol=1e-9)
    assert closer.zoom == 2 * scene.zoom and closer.zoom_at(point, 1e9).zoom == 400


def test_a_move_is_shown_smoothly():
    """At half the time a typed turn by 90° is a turn by 45°, by lerp."""
    scene = vg.Scene().do(vg.Move(turn=math.pi / 2), show=True)
    seen = []
    for _ in range(10):
        seen.append(math.degrees(math.atan2(*scene.matrix(0)[1::-1, 0])))
        scene = scene.advance(vg.GLIDE / 10)
    assert seen == sorted(seen) and abs(seen[5] - 45) < 1e-6
    scene = scene.advance(vg.GLIDE).on_key("u").advance(vg.GLIDE / 2)
    c = math.sqrt(0.5)
    np.testing.assert_allclose(scene.matrix(0)[:2, :2], [[c, -c], [c, c]], atol=1e-9)


def test_a_game_is_replayed_without_a_window(run):
    words = "--game", "asteroids", "--seed", "3", "--script"
    out = run(*words, "wait:1", "--no-show")
    assert out == "score 0, lives 3, level 1, rocks 4\n"
    script = "left*3 space*2 up*4 right space*3 wait:2 space*4 wait:5"
    assert run(*words, script, "--no-show") == run(*words, script, "--no-show")


def test_left_alone_the_game_ends_some_time(run):
    out = run("--game", "asteroids", "--script", "wait:60", "--no-show")
    assert out.startswith("score 0, lives 0, level 1") and "game over" in out


def test_from_the_shapes_into_the_game_and_back(run):
    assert "score 0" in run("--script", "r a wait:0.5", "--no-show")
    out = run("--script", "r a up*3 p space a right", "--no-show")
    np.testing.assert_allclose(rows(out)[:2, 2], [0.5, 0], atol=1e-6)


def test_enter_starts_anew_and_escape_ends(run):
    lost = "--game", "asteroids", "--script"
    assert "lives 3" in run(*lost, "wait:60 return wait:0.5", "--no-show")
    app = vg.App(vg.load_pygame().Surface((300, 200)), options(*lost[:2]))
    for name in ("", "r"):  # R turned the shapes a moment ago: it ends no game
        before = app.game.clock
        app.press(name)
        app.update(0.1)
        assert app.game.clock > before
    app.press("escape")
    assert not app.running


# --------------------------------------------------------------------------
# Pictures and films


def test_a_picture_shows_the_shapes_and_the_panel(run, tmp_path):
    run("--script", "R30 S1.5 T2,1", "--save", "out.png")
    run("--script", "", "--save", "plain.png")
    assert files(tmp_path) == {"out.png", "plain.png"}
    out, plain = pixels(tmp_path / "out.png"), pixels(tmp_path / "plain.png")
    assert out.shape == (700, 1120, 3)
    changed = (out != plain).any(axis=2)
    assert changed[:330, 20:340].any() and changed[:, 600:].mean() > 0.05
    M = vg.translation(2, 1) @ vg.scaling(1.5, 1.5) @ vg.rotation(math.pi / 6)
    corner = vg.apply(M, vg.SHAPES["triangle"])
    for x, y in vg.to_screen(corner, (1120, 700), 70.0, vg.Scene().centre).round():
        patch = out[int(y) - 3 : int(y) + 4, int(x) - 3 : int(x) + 4].reshape(-1, 3)
        near = np.abs(patch.astype(int) - (0x56, 0xB4, 0xE9)).sum(axis=1).min()
        assert near < 60, "no corner of the triangle there"


def test_without_a_screen_the_picture_is_saved_where_it_says(run, tmp_path):
    out = run()
    assert "no screen" in out and "Saved vector_graphics.png" in out
    assert files(tmp_path) == {"vector_graphics.png"}
    np.testing.assert_allclose(rows(out), np.eye(3))


def test_no_show_writes_nothing_but_what_is_asked_for(run, tmp_path):
    np.testing.assert_allclose(rows(run("--no-show")), np.eye(3))
    assert files(tmp_path) == set()
    run("--no-show", "--save", "a.jpg")
    assert files(tmp_path) == {"a.jpg"}


def test_ghosts_help_and_mirrors_are_drawn(run, tmp_path):
    base = "r right*2"
    more = {"ghosts": "o", "help": "h", "mirror": "S-1,1", "slant": "S2,1"}
    scripts = {name: f"{base} {words}" for name, words in more.items()}
    scripts |= {"base": base, "gone": "del"}
    for name, script in scripts.items():
        run("--script", script, "--save", f"{name}.png")
    plain = pixels(tmp_path / "base.png")
    for name in scripts:
        if name != "base":
            assert (pixels(tmp_path / f"{name}.png") != plain).mean() > 0.005, name


def panel(M: np.ndarray) -> str:
    """The words of the inspector about a matrix."""
    return " ".join(str(row) for row in vg.factor_rows(M))


def test_the_inspector_tells_area_factors_and_mirrors():
    M = vg.compose(vg.scaling(1.5, -2), vg.rotation(0.5), vg.translation(3, -4))
    text = panel(M)
    assert "-3.00" in text and "mirrored" in text
    assert "1.50  -2.00" in text and "28.65" in text and "3.00  -4.00" in text
    slanted = panel(vg.scaling(2, 1) @ vg.rotation(0.5))
    assert "sheared" in slanted and "area" in slanted and "2.00" in slanted
    assert "-0.00" not in str(vg.matrix_rows("M", vg.rotation(math.pi)))


def test_a_long_sentence_stays_inside_the_inspector(monkeypatch):
    def own(matrix: np.ndarray) -> Any:
        raise ValueError("these two columns are not at right angles, " * 9)

    monkeypatch.setitem(vg.factor_rows.__globals__, "decompose", own)
    told = vg.factor_rows(vg.scaling(2, 1))
    assert told[0][0] == "area ×" and "two columns" in str(told)
    assert len(told) <= 6 and max(len(words) for _, (words, _) in told[2:]) <= 24


@pytest.fixture
def texts(monkeypatch):
    """texts(script): the words drawn after a script, and the box of each."""
    draw_text = vg.Canvas.text

    def call(script: str, *more: str, **game: Any) -> dict[str, pygame.Rect]:
        found = {}

        def text(self, words, place, colour="white", px=14, anchor=(0, 0), **how):
            wide = draw_text(self, words, place, colour, px, anchor, **how)
            high = 1.2 * px * self.scale
            corner = np.subtract(place, np.multiply(anchor, (wide, high)))
            found[words] = pygame.Rect(*corner, wide, high)
            return wide

        app = vg.App(vg.load_pygame().Surface(vg.SIZE), options(*more))
        for _ in vg.replay(app, vg.script(script)):
            pass
        app.game = app.game and replace(app.game, **game)
        with monkeypatch.context() as patch:
            patch.setattr(vg.Canvas, "text", text)
            app.draw()
        return found

    return call


def test_names_of_the_arrows_lie_beside_the_corners(texts):
    for script in ("", "R30", "R90", "R180", "S-1,1", "n", "n n", "n n n"):
        found, scene = texts(script), after(script)
        boxes = [found["(1, 0)"], found["(0, 1)"]]
        corners = vg.to_screen(scene.corners(scene.selected), vg.SIZE, 70, scene.centre)
        assert not any(box.collidepoint(*c) for box in boxes for c in corners), script


@pytest.mark.parametrize("script", ["R60 T3,0 o", "T3,0 R60 o", "n R60 T1,0 o"])
def test_the_words_of_the_ghosts_are_clear_of_the_arrows_and_of_each_other(
    texts, script
):
    found = texts(script)
    words = [box for said, box in found.items() if said.startswith("first ")]
    assert len(words) == 2 and not words[0].colliderect(words[1])
    names = [found["(1, 0)"], found["(0, 1)"]]
    assert not any(name.colliderect(word) for name in names for word in words)


def test_the_game_has_a_help_of_its_own_and_names_it(texts):
    found = texts("h", "--game", "asteroids")
    assert "turn the ship" in found and "stretch, shrink" not in found
    assert any("H help" in words for words in found)
    assert "stretch, shrink" in texts("h")


def test_when_the_game_is_over_the_panel_shows_no_ship(texts):
    game = "--game", "asteroids"
    assert "The ship's matrix: T · R" in texts("wait:1", *game)
    over = texts("wait:1", *game, over=True)
    assert "Game over" in over and "The ship's matrix: T · R" not in over


def test_rocks_are_seen_over_the_panel_of_the_game():
    app = vg.App(vg.load_pygame().Surface(vg.SIZE), options("--game", "asteroids"))
    place, rng = np.array([12.0, 8.0]), np.random.default_rng(0)
    app.game.rocks = [vg.new_rock(place, np.zeros(2), 3, rng)]
    app.draw()
    rock = app.game.rocks[0].polygon()
    zoom = min(1120 / 32, 0.94 * 700 / 20)
    for x, y in vg.to_screen(rock, vg.SIZE, zoom, np.array([0, -0.03 * 700 / zoom])):
        near = pygame.Rect(x - 2, y - 2, 5, 5)
        patch = pygame.surfarray.array3d(app.screen.subsurface(near)).reshape(-1, 3)
        assert np.abs(patch - [0x9A, 0xA4, 0xB2]).sum(axis=1).min() < 60


def test_a_message_too_long_for_the_window_is_made_smaller():
    canvas = vg.Canvas(vg.load_pygame().Surface((600, 400)), 1.0, np.zeros(2))
    canvas.message("a sentence of a reader's numpy " * 8, 0.5, vg.INK, 17)
    seen = pygame.surfarray.array3d(canvas.screen).max(axis=2).max(axis=1) > 60
    assert seen[5:595].any() and not seen[:5].any() and not seen[595:].any()


def test_the_game_is_drawn_on_both_sides_of_an_edge(tmp_path):
    game = vg.new_game(np.random.default_rng(0))
    middle = np.array([15.9, 0.0])
    rock = vg.new_rock(middle, np.zeros(2), 3, np.random.default_rng(1))
    game.rocks, game.ship.age = [rock], -1.0
    screen = vg.load_pygame().Surface((1120, 700))
    app = vg.App(screen, options())
    app.game = game
    app.draw()
    seen = pygame.surfarray.array3d(screen).max(axis=2) > 100  # (w, h)
    assert seen[1040:1086, 250:420].any() and seen[34:80, 250:420].any()


def test_a_film_of_the_script_is_written(run, tmp_path):
    run("--script", "r wait:0.1 right u", "--save", "film.gif")
    with Image.open(tmp_path / "film.gif") as gif:
        shots = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(gif)]
    assert len(shots) > 8 and shots[0].shape == (450, 720)
    assert (shots[0] != shots[5]).any() and files(tmp_path) == {"film.gif"}


@pytest.mark.slow
def test_too_long_a_film_is_refused(bad, tmp_path):
    assert "at most 30 seconds" in bad("--script", "wait:40", "--save", "film.gif")
    assert files(tmp_path) == set()


def test_a_save_that_fails_leaves_the_old_picture(bad, tmp_path, monkeypatch):
    (tmp_path / "a.png").write_text("old", encoding="utf-8")

    def full(self, path, **_):
        Path(path).write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Image.Image, "save", full)
    assert "a.png: no space left" in bad("--script", "r", "--save", "a.png")
    assert files(tmp_path) == {"a.png"}
    assert (tmp_path / "a.png").read_text(encoding="utf-8") == "old"


# --------------------------------------------------------------------------
# The window


class Clock:
    """Time that does not wait."""

    def tick(self, fps: int) -> int:
        return 1000 // fps


@pytest.fixture
def window(run, monkeypatch):
    """window(frames): the App after a window got these events, frame by frame."""

    def call(frames: Iterable[list], *words: str, broken: bool = False) -> Any:
        waiting, apps, update = iter(frames), [], vg.App.update

        def next_frame(app: Any, dt: float) -> None:
            apps.append(app)
            for event in next(waiting, [pygame.event.Event(pygame.QUIT)]):
                pygame.event.post(event)
            update(app, 1 / 60)

        pygame.display.init()
        pygame.event.clear()
        with monkeypatch.context() as patch:
            patch.setattr(pygame.time, "Clock", Clock)
            patch.setitem(vg.main.__globals__, "has_screen", lambda pg: True)
            patch.setattr(vg.App, "update", next_frame)
            text = run(*words)
        assert text.startswith("In the window, H shows")
        assert apps[-1].to_do.startswith("Line ") == broken, apps[-1].to_do
        return apps[-1]

    return call


def key(name: str, down: bool = True) -> Any:
    code = getattr(pygame, "K_" + (name if len(name) == 1 else name.upper()))
    return pygame.event.Event(pygame.KEYDOWN if down else pygame.KEYUP, key=code)


def tap(name: str) -> list[list]:
    return [[key(name)], *[[]] * 12, [key(name, down=False)], *[[]] * 12]


def mouse(kind: int, at: tuple[float, float], **more: Any) -> Any:
    return pygame.event.Event(kind, pos=at, **more)


def test_real_keys_move_the_shape_until_the_window_is_closed(window):
    app = window([*tap("r"), *tap("right"), *tap("lshift")])
    assert [str(m).split()[0] for m in app.scene.shape.moves] == ["turn", "move"]
    assert abs(app.scene.shape.moves[0].turn - 12 / 60 * vg.TURN) < 0.05


def test_escape_and_q_end_the_window(window):
    for name in ("escape", "q"):
        app = window([[], [key(name)], [key("r")], *[[]] * 30])
        assert not app.running and not app.scene.shape.moves


def test_the_mouse_drags_a_shape(window):
    x, y = vg.to_screen(np.zeros((1, 2)), vg.SIZE, 70.0, vg.Scene().centre)[0]
    move = mouse(
        pygame.MOUSEMOTION, (x + 70, y - 140), rel=(70, -140), buttons=(1, 0, 0)
    )
    app = window([
        [mouse(pygame.MOUSEBUTTONDOWN, (x, y), button=1)], [move], [],
        [mouse(pygame.MOUSEBUTTONUP, (x + 70, y - 140), button=1)], [], [],
    ])  # fmt: skip
    assert [str(m) for m in app.scene.shape.moves] == ["move 1, 2"]


def test_the_wheel_zooms_and_focus_lost_lets_go_of_keys(window):
    wheel = pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=2)
    lost = pygame.event.Event(pygame.WINDOWFOCUSLOST)
    app = window([[wheel], [key("r")], *[[]] * 6, [lost], *[[]] * 30])
    assert app.scene.zoom > 80 and not app.scene.held
    assert len(app.scene.shape.moves) == 1
    assert app.scene.shape.moves[0].turn < vg.TURN / 4


def test_the_game_is_played_by_real_keys(window):
    quick = [key("space"), key("space", down=False)]  # up again within a frame
    play = [[key("up")], *[[]] * 20, quick, [], quick, [], [key("up", down=False)], []]
    app = window([[key("a")], *[[]] * 5, *play])
    assert len(app.game.shots) == 2 and np.hypot(*app.game.ship.velocity) > 2
    play = [[key("left")], *[[]] * 9, [key("p")], *[[]] * 9, [key("h")], [], []]
    app = window(play, "--game", "asteroids")
    assert app.game.paused and app.help and app.game.ship.angle > 2


def test_closed_the_window_leaves_its_picture(window, tmp_path):
    window(tap("r"), "--save", "end.png")
    assert pixels(tmp_path / "end.png").shape == (700, 1120, 3)


def test_at_any_size_the_picture_is_drawn_and_text_grows_with_it():
    for size in ((480, 300), (1700, 1100), (300, 900)):
        app = vg.App(vg.load_pygame().Surface(size), options())
        app.press("h")
        app.draw()
        app.press("a")
        app.draw()
    assert vg.growth((2240, 1400)) == 2 and vg.growth((100, 100)) == 0.6


def test_ctrl_c_ends_with_130_and_no_traceback(window, capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setitem(vg.main.__globals__, "has_screen", lambda pg: True)
    monkeypatch.setattr(vg.App, "update", stop)
    with pytest.raises(SystemExit) as end:
        console.run(lambda: vg.main([]))
    assert end.value.code == 130 and "Traceback" not in capsys.readouterr().err


def test_pygame_without_any_screen_is_understood(monkeypatch):
    pg = vg.load_pygame()

    def none():
        raise pg.error("no video device")

    monkeypatch.setenv("DISPLAY", ":0")
    assert not vg.has_screen(pg)  # the tests run with a driver that nobody sees
    monkeypatch.setattr(pg.display, "init", none)
    assert not vg.has_screen(pg)


# --------------------------------------------------------------------------
# A version of one's own: what is not built is told in the window, which lives on


def built(*milestones: int) -> Any:
    """The chapter with only these milestones built."""
    path = reference("vector_graphics")
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    for part in reversed(learn.parts(source)):
        if part.milestone not in milestones:
            stub = (
                f'raise NotImplementedError("milestone {part.milestone}: {part.name}")'
            )
            lines[part.first - 1 : part.last] = [" " * (part.indent + 4) + stub]
    return load("vector_graphics", path, "\n".join(lines) + "\n")


def test_the_window_lives_on_with_nothing_built(window):
    with instead("vector_graphics", built()):
        app = window([*tap("r"), *tap("n"), *tap("a")])
    assert "To do: milestone" in app.to_do
    assert "python learn.py hint vector_graphics" in app.to_do


def test_with_milestone_1_the_triangle_is_there_and_keys_are_to_do(window):
    with instead("vector_graphics", built(1)):
        app = window([[], [key("r")], *[[]] * 5, [key("r", down=False)], [], []])
        app.draw()  # nothing is missing for the picture of what never moved
        screen = pygame.surfarray.array3d(app.screen).max(axis=2)
    assert "milestone 2: rotation" in app.to_do and not app.scene.shape.moves
    assert (screen[600:860, 250:450] > 100).sum() > 500


def test_with_milestone_2_it_turns_and_undo_is_to_do(window):
    with instead("vector_graphics", built(1, 2)):
        app = window([*tap("r"), *tap("right"), [key("u")], [], []])
    assert "milestone 3: inverse" in app.to_do and len(app.scene.shape.moves) == 2


def test_with_milestone_3_the_game_is_to_do(window):
    with instead("vector_graphics", built(1, 2, 3)):
        app = window(
            [*tap("r"), *tap("right"), [key("o")], *[[]] * 80, [key("a")], [], []]
        )
    assert "milestone 4: new_game" in app.to_do and len(app.scene.ghosts) == 0


def variant(*changes: tuple[str, str]) -> Any:
    """The chapter with some lines of it written otherwise."""
    path = reference("vector_graphics")
    source = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return load("vector_graphics", path, source)


def test_unbuilt_parts_are_to_do_in_the_inspector():
    with instead("vector_graphics", built(1, 2)):
        assert "to do: milestone 3" in panel(np.eye(3))


@pytest.mark.parametrize("old, new, error", [
    ("    ones = np.ones((len(points), 1))", "    return matrix @ points[:2]",
     "ValueError: matmul: "),
    ("    c, s = math.cos(theta), math.sin(theta)", "    c, s = cos(theta), 0",
     "NameError: name 'cos' is not defined"),
])  # fmt: skip
def test_the_window_lives_on_when_a_part_is_wrong_and_names_its_line(
    window, old, new, error
):
    with instead("vector_graphics", variant((old, new))):
        app = window([*tap("right"), *tap("r")], broken=True)
    source = reference("vector_graphics").read_text(encoding="utf-8")
    line = source[: source.index(old)].count("\n") + 1
    assert app.to_do.startswith(f"Line {line}, {error}") and not app.running
    assert vg.sentence(NotImplementedError()).startswith("To do: ")


def test_a_version_that_returns_numbers_of_numpy_is_drawn_too(window, run):
    """det < 0 is a numpy.bool then, by which no list can be multiplied."""
    own = variant(
        ("    return float(a * d - b * c)", "    return a * d - b * c"),
        ("float(np.sign(a * d - b * c))", "np.sign(a * d - b * c)"),
        ("    return one and other and not apart.any()",
         "    return np.bool_(one) & np.bool_(other) & ~apart.any()"),
        ("        game = replace(game, paused=not game.paused)",
         "        game = replace(game, paused=np.logical_not(game.paused))"),
    )  # fmt: skip
    play = [[key("a")], *[[]] * 9, *tap("space"), [key("p")], [], []]
    with instead("vector_graphics", own):
        window([*tap("r"), *tap("s"), [key("u")], [], [key("o")], [], *play])
        run("--script", "S-1,1 R30", "--save", "mirror.png")
        assert "mirrored" in panel(vg.scaling(-1, 1))


def test_without_a_window_what_is_not_built_is_one_sentence(complaint):
    with instead("vector_graphics", built()):
        assert complaint(vg.main).startswith("To do: milestone 1: ")


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["--script", "R30x"], "I do not understand 'R30x'"),
    (["--script", "rotate"], "I do not understand 'rotate'"),
    (["--script", "spce"], "did you mean space?"),
    (["--script", "S0"], "no way back"),
    (["--script", "S1,0"], "no way back"),
    (["--script", "T2"], "R takes one number, T two"),
    (["--script", "R30,40"], "R takes one number, T two"),
    (["--script", "T1,2,3"], "I do not understand"),
    (["--script", "click:1"], "I do not understand"),
    (["--script", "drag:0,0"], "I do not understand"),
    (["--script", "r*0"], "I do not understand"),
    (["--script", "wait:-1"], "I do not understand"),
    (["--script", "wait:1000"], "at most 600 seconds"),
    (["--script", "S1000*9"], "too small, too large or too far away"),
    (["--script", "S0.001*9"], "too small, too large or too far away"),
    (["--script", "T9000,0*9"], "too small, too large or too far away"),
    (["--script", "del R30"], "no shape to move"),
    (["--game", "tetris"], "there is no 'tetris'; did you mean asteroids?"),
    (["--save", "a.pdf"], "saved as .png, .jpg or .gif"),
    (["--save", "a.gif"], "needs a --script"),
    (["--save", "a.xyz"], "a picture's name ends in"),
    (["--save", "nowhere/a.png"], "there is no such folder"),
    (["--seed", "-1"], "give a whole number"),
    (["--unknown"], "--unknown"),
    (["picture.png"], "picture.png"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)


# --------------------------------------------------------------------------
# As a process of its own


def start(folder: Path, *words: str, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(reference("vector_graphics")), *words],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        env={k: v for k, v in os.environ.items() if k != "DISPLAY"}, **more,
    )  # fmt: skip


@pytest.mark.slow
def test_from_another_folder_it_ends_as_promised(tmp_path):
    for words, code in ((["--script", "R30 X9"], 2), (["--script", "R30"], 0), ([], 0)):
        child = start(tmp_path, *words)
        out, err = child.communicate(timeout=60)
        assert child.returncode == code, err
        assert len(err.splitlines()) == (code == 2) and "pygame" not in out
    assert files(tmp_path) == {"vector_graphics.png"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_stops_a_long_script(tmp_path):
    """What it imports is there before it says "go", so Ctrl-C meets the script."""
    code = "import runpy, numpy, pygame, common.console; print('go', flush=True); "
    code += (
        f"runpy.run_path({str(reference('vector_graphics'))!r}, run_name='__main__')"
    )
    words = ["-c", code, "--script", "a left*9999 right*9999"]
    child = subprocess.Popen(
        [sys.executable, *words], cwd=tmp_path, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    assert child.stdout and "go" in child.stdout.readline()
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 130 and "Traceback" not in err
    assert not files(tmp_path)


@pytest.mark.slow
def test_killed_while_saving_it_leaves_no_half_picture(tmp_path):
    for wait in (0.9, 1.1):
        child = start(tmp_path, "--script", "r*20 right*20", "--save", "film.gif")
        time.sleep(wait)
        child.kill()
        child.communicate()
        assert not (tmp_path / "film.gif").exists() or len(
            pixels(tmp_path / "film.gif")
        )


def test_the_help_has_its_examples(capsys):
    with pytest.raises(SystemExit) as end:
        vg.main(["--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0 and out.count("vector_graphics.py") >= 4
    assert "R30 turns by 30 degrees" in " ".join(out.split())
