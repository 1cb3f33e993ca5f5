"""Chapter 8 as a program: its commands, pictures, keys, saved worlds, and bad input."""

import argparse
import json
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from PIL import Image, ImageSequence

from common import console

sim = chapter("physics_sim")


@pytest.fixture
def run(program):
    """The chapter's main in an empty folder: exit code and stdout."""
    return partial(program, sim.main)


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(sim.main, *words)


@pytest.fixture
def pg(monkeypatch):
    """pygame with a window that nobody sees."""
    pygame = sim.load_pygame()
    pygame.display.init()
    yield pygame
    pygame.display.quit()


@pytest.fixture
def patch(monkeypatch):
    """patch("step", f): another function in the chapter itself."""
    assert sim.step  # now it is loaded
    module = sys.modules["chapter_physics_sim"]
    return lambda name, value: monkeypatch.setattr(module, name, value)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def a_world(scene: str = "start", steps: int = 0):
    world = sim.new_world(sim.SCENES[scene](np.random.default_rng(0)), scene)
    for _ in range(steps):
        world = sim.tick(world)
    return world


def a_window(pygame, world):
    screen = pygame.display.set_mode(sim.SIZE)
    return sim.Window(screen, world, argparse.Namespace(seed=0, load=None))


def pressed(world, *keys):
    for key in keys:
        world = sim.on_key(world, key, np.random.default_rng(0))
    return world


# --------------------------------------------------------------------------
# Commands and pictures


def test_the_report_names_the_balls_and_measures_all_four(run):
    code, out = run("--headless", "--seconds", "4", "--report")
    assert code == 0 and out.startswith("ball: 1 ball, 0 springs, 4 s at 60 steps")
    drift = dict(re.findall(r"^(\w+) +drift ([\d.e+-]+) %", out, re.M))
    assert list(drift) == ["euler", "semi_implicit", "verlet", "rk4"]
    assert float(drift["verlet"]) < 1e-7 < 2 < float(drift["euler"])


def test_the_stiff_spring_bursts_by_euler_and_dies_by_runge_and_kutta(run):
    out = run("--scene", "stiff", "--report", "--seconds", "4")[1]
    assert "step 16.67 ms, stability limit 20.00 ms" in out
    assert re.search(r"^euler +drift inf % +burst after 0\.07 s$", out, re.M)
    ratio = dict(re.findall(r"^(\w+) .*time: ([\d.]+)$", out, re.M))
    assert float(ratio["rk4"]) == 0
    assert 0.95 < float(ratio["verlet"]) < 1.05
    assert 0.9 < float(ratio["semi_implicit"]) < 1.1


def test_a_thousand_balls_are_counted(run):
    out = run("--balls", "1000", "--seconds", "0.05", "--report")[1]
    assert out.startswith("balls: 1,000 balls, 0 springs, 0.05 s at 60 steps a second")
    assert run("--balls", "70", "--scene", "gas", "--report", "--seconds", "0.1")[
        1
    ].startswith("gas: 70 balls")


def test_without_a_window_the_end_is_printed(run, tmp_path):
    code, out = run("--scene", "ball", "--headless", "--seconds", "0.5")
    assert code == 0 and "1 ball, 0 springs; verlet, 30 steps, 0.5 s" in out
    assert "sum            90.290000 J, at the start 90.290000 J" in out
    assert "ball 0  x (4.0000, 7.7737) m  v (2.0000, -4.9050) m/s" in out
    assert not files(tmp_path)


def test_without_a_screen_the_picture_is_saved_where_it_says(run, tmp_path):
    code, out = run("--seconds", "0.2")
    assert code == 0 and "There is no screen here" in out
    assert "Saved physics_sim.png" in out and files(tmp_path) == {"physics_sim.png"}


def test_every_scene_can_be_drawn_at_every_size(pg):
    for scene in sim.SCENES:
        window = a_window(pg, a_world(scene))
        window.update(12)
        for size in ((320, 240), sim.SIZE, (1900, 1300)):
            window.screen = pg.Surface(size)
            window.draw(60)
            shades = np.unique(pg.surfarray.array2d(window.screen))
            assert len(shades) > 100, scene  # smooth edges have many shades


def test_the_picture_is_written_and_nothing_else(run, tmp_path):
    out = run("--scene", "cradle", "--seconds", "0.1", "--save", "a.png", "--no-show")[
        1
    ]
    assert "Saved a.png" in out and files(tmp_path) == {"a.png"}
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == sim.SIZE


def test_a_film_has_fifteen_pictures_a_second(run, tmp_path):
    run("--scene", "cradle", "--seconds", "0.4", "--save", "a.gif", "--no-show")
    with Image.open(tmp_path / "a.gif") as gif:
        shots = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(gif)]
    assert len(shots) == 7 and (shots[0] != shots[-1]).any()


def test_the_same_seed_gives_the_same_gas(run):
    ends = [run("--scene", "gas", "--headless", "--seconds", "0.1", "--seed", seed)[1]
            for seed in ("1", "1", "2")]  # fmt: skip
    assert ends[0] == ends[1] != ends[2]


@pytest.mark.slow
def test_as_a_process_of_its_own_it_ends_as_promised(tmp_path):
    """From another folder, piped, without a screen: 2 for bad input, 0 for good."""
    for words, code in ((["--hz", "0"], 2), (["--no-show", "--seconds", "0.1"], 0)):
        child = subprocess.run(
            [sys.executable, str(reference("physics_sim")), *words],
            capture_output=True, encoding="utf-8", cwd=tmp_path, timeout=60,
        )  # fmt: skip
        assert child.returncode == code and "Traceback" not in child.stderr
        assert "pygame" not in child.stdout  # no banner
    assert not files(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a child there")
def test_ctrl_c_ends_it_quietly(tmp_path):
    child = subprocess.Popen(
        [sys.executable, str(reference("physics_sim")), "--report", "--seconds", "999"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", cwd=tmp_path,
    )  # fmt: skip
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    assert child.returncode == 130 and not err.strip()


# --------------------------------------------------------------------------
# Keys and the mouse


def test_space_adds_a_ball_where_it_fits_and_s_a_spring(run, patch):
    out = run("--scene", "ball", "--script", "click:3,9 shift space click:8,10 s")[1]
    assert "2 balls, 0 springs" in out and "Select two balls first" in out
    out = run("--scene", "ball", "--script", "space click:3,9 shift click:8,10 s")[1]
    assert "2 balls, 1 spring" in out and "0 steps" in out
    world = pressed(a_world("ball"), *["space"] * 30)
    place = world.state.position
    d = np.linalg.norm(place[:, None] - place, axis=2) + 9 * np.eye(31)
    assert d.min() > 0.8  # none on another
    patch("MOST", 31)
    full = pressed(world, "space")
    assert len(full.state.mass) == 31 and "no room" in full.note


def test_keys_change_gravity_bounce_springs_pace_and_integrator():
    world = a_world()
    assert pressed(world, "g").state.gravity == 0
    assert pressed(world, "g", "g").state.gravity == sim.GRAVITY
    assert [pressed(world, *"e" * n).state.bounce for n in (1, 2, 3)] == [0.9, 0.5, 1.0]
    assert pressed(world, "up").state.springs[0, 2] == pytest.approx(220)
    assert pressed(world, "up", "down").state.springs[0, 2] == pytest.approx(200)
    assert pressed(world, "right", "right", "left").hz == world.hz + 5
    assert pressed(world, *["left"] * 99).hz == 5
    ways = [pressed(world, *"i" * n).integrator for n in range(5)]
    assert ways == ["verlet", "rk4", "euler", "semi_implicit", "verlet"]
    assert [pressed(world, *"o" * n).slow for n in (1, 2, 3)] == [4, 16, 1]
    assert pressed(world, "z") is world


def test_pause_single_step_restart_and_scenes():
    world = a_world("start", 5)
    assert pressed(world, "p").paused and not pressed(world, "p", "p").paused
    one = pressed(world, ".")
    assert one.paused and one.steps == 6
    again = pressed(world, "r")
    assert again.steps == 0 and again.state is world.start
    assert [pressed(world, k).scene for k in "0123456"] == list(sim.SCENES)
    assert pressed(world, "9") is world


def test_c_races_all_four_from_one_start_and_the_burst_drop_out():
    world = pressed(a_world("ball"), "c")
    assert set(world.others) == {"euler", "semi_implicit", "rk4"}
    assert not pressed(world, "c").others
    stiff = a_world("stiff")
    assert len(stiff.others) == 3 and stiff.slow == 8
    for _ in range(240):
        stiff = sim.tick(stiff)
    assert set(stiff.others) == {"semi_implicit", "rk4"}
    softer = pressed(stiff, "down")  # then all begin anew
    assert len(softer.others) == 3 and softer.others["rk4"] is softer.state


def test_the_stiff_spring_swings_freely_until_it_bursts():
    """There are no walls, and no ball comes to the anchor or out of the picture."""
    for ups in range(4):
        world = pressed(a_world("stiff"), *["up"] * ups)
        assert world.state.box is None
        for _ in range(200):
            world = sim.tick(world)
            for s in (world.state, *world.others.values()):
                assert 1.55 < s.position[1, 0] < 16 and s.heat == 0
    world = pressed(a_world("stiff"), *["up"] * 4)
    for _ in range(30):
        world = sim.tick(world)
    assert set(world.others) == {"rk4"} and world.paused and "verlet" in world.note


def test_a_throw_with_all_might_is_no_burst():
    world = pressed(a_world("ball"), "g")
    world = sim.mouse_down(world, world.state.position[0])
    for x in (15, 15, 15):
        world = sim.tick(sim.mouse_move(world, (x, 9)))
    world = sim.tick(sim.mouse_up(world))
    assert not world.paused and world.state.velocity[0, 0] > 100


def test_a_world_that_bursts_stops_and_says_so(run):
    out = run("--scene", "stiff", "--integrator", "euler", "--headless")[1]
    assert "euler has made energy without end" in out
    assert int(re.findall(r"euler, (\d+) steps", out)[0]) < 300


def test_past_the_limit_verlet_explodes_too(run):
    out = run("--scene", "stiff", "--script", "up*5 wait:1")[1]
    sums = re.findall(r"sum +([\d.]+) J, at the start ([\d.]+)", out)[0]
    now, before = map(float, sums)
    assert now > 10 * before


def test_a_drag_throws(run):
    out = run("--scene", "ball", "--script", "g drag:3,9:7,9 wait:0.1")[1]
    x, vx = map(float, re.findall(r"x \(([\d.]+), 9.*v \(([\d.-]+),", out)[0])
    assert x > 6 and vx > 5
    world = sim.mouse_down(a_world("start"), (4.0, 11.5))  # an anchor
    for x in (5, 6, 7):
        world = sim.tick(sim.mouse_move(world, (x, 11)))
    world = sim.mouse_up(world)
    assert 4.5 < world.state.position[0, 0] < 7 and not world.state.velocity[0].any()
    assert np.isinf(world.state.mass[0])


def test_a_click_selects_and_shift_adds(run):
    world = a_world("start")
    x = world.state.position
    one = sim.mouse_up(sim.mouse_down(world, x[7]))
    both = sim.mouse_up(sim.mouse_down(one, x[8], more=True))
    assert one.selected == (7,) and both.selected == (7, 8) and both.held is None
    assert sim.mouse_up(sim.mouse_down(both, (15.5, 0.5))).selected == ()
    more = pressed(both, "s").state.springs
    assert len(more) == 7 and more[-1, 3] == pytest.approx(np.hypot(*(x[7] - x[8])))


def test_the_window_hears_keys_and_the_mouse(pg):
    window = a_window(pg, a_world("ball"))
    canvas = sim.Canvas(window.screen, window.world.state.box)
    spot = canvas.at([(3, 9)])[0]

    def post(kind, **parts):
        window.handle(pg, pg.event.Event(kind, **parts))

    post(pg.KEYDOWN, key=pg.K_g, unicode="g", mod=0)
    post(pg.MOUSEBUTTONDOWN, pos=spot, button=1)
    assert window.world.state.gravity == 0 and window.world.held == 0
    for i in range(1, 20):
        post(pg.MOUSEMOTION, pos=spot + [4 * i, 0], rel=(4, 0), buttons=(1, 0, 0))
        window.update(1)
    post(pg.MOUSEBUTTONUP, pos=spot, button=1)
    assert window.world.held is None and window.world.state.velocity[0, 0] > 2
    assert window.world.selected == (0,) and len(window.trail) == 19
    before = pg.surfarray.array3d(window.screen).copy()
    window.draw(60)
    assert (pg.surfarray.array3d(window.screen) != before).any()
    post(pg.KEYDOWN, key=pg.K_h, unicode="h", mod=0)
    assert window.help
    window.draw()
    post(pg.KEYDOWN, key=pg.K_ESCAPE, unicode="\x1b", mod=0)
    assert not window.running


def test_the_charts_begin_anew_with_a_new_world(pg):
    window = a_window(pg, a_world("ball"))
    window.update(30)
    assert len(window.past) == 30 and np.ptp(np.sum(window.past, axis=1)) < 1e-12
    window.key("2")
    assert len(window.past) == 0
    window.update(240)  # four steps a frame: taken down sixty times a second
    assert len(window.past) == 60


def test_the_loop_runs_and_ends_with_the_close_button(pg, monkeypatch, patch, run):
    frames, posted = [], []
    draw = sim.Window.draw

    def counting(self, fps=0.0):
        draw(self, fps)
        frames.append(self.world.steps)
        if len(frames) == 5:
            pg.event.post(pg.event.Event(pg.QUIT))
            posted.append(True)

    monkeypatch.setattr(sim.Window, "draw", counting)
    patch("has_screen", lambda pg: True)
    code, out = run("--scene", "cradle")
    assert code == 0 and posted and frames[-1] > 0 and "H shows" in out


def test_a_second_in_the_window_is_the_same_at_any_frame_rate(
    pg, monkeypatch, patch, run
):
    """Frames of 33 or 34, 16 or 17, 6 or 7 ms: after 1,000 ms as many steps, the same
    state bit by bit."""
    worlds, ends = [], []

    class Clock:
        def __init__(self):
            self.frame = 0

        def tick(self, most: int) -> int:
            self.frame += 1
            if self.frame == fps:
                pg.event.post(pg.event.Event(pg.QUIT))
            before, now = (min(n, fps) for n in (self.frame - 1, self.frame))
            return 1000 * now // fps - 1000 * before // fps

        def get_fps(self) -> float:
            return float(fps)

    patch("has_screen", lambda pg: True)
    monkeypatch.setattr(pg.time, "Clock", Clock)
    monkeypatch.setattr(sim.Window, "draw", lambda self, _: worlds.append(self.world))
    for fps in (30, 60, 144):
        assert run("--scene", "cradle")[0] == 0
        assert worlds[0].steps == 1000 // fps * 240 // 1000  # of the first frame
        assert worlds[-1].steps == worlds[-1].hz == 240
        ends.append(np.stack(worlds[-1].state[:2]))
        worlds.clear()
    assert np.array_equal(ends[0], ends[1]) and np.array_equal(ends[0], ends[2])


def test_what_is_not_built_is_written_into_the_window_which_lives_on(pg, monkeypatch):
    def unbuilt(*_):
        raise NotImplementedError("milestone 3: verlet")

    monkeypatch.setitem(sim.INTEGRATORS, "verlet", unbuilt)
    window = a_window(pg, a_world("ball"))
    window.attempt(lambda: window.update(1))
    window.draw()
    assert window.to_do.startswith("To do: milestone 3: verlet") and window.running
    window.key("i")
    window.attempt(lambda: window.update(3))
    assert not window.to_do and window.world.steps == 3


def test_a_ball_falls_as_soon_as_milestone_1_is_built(pg, patch):
    def unbuilt(*_):
        raise NotImplementedError("milestone 4: energy")

    for name in ("step", "energy"):
        patch(name, unbuilt)
    world = a_world("ball")._replace(integrator="euler")
    window = a_window(pg, world)
    for _ in range(10):
        window.attempt(lambda: window.update(1))
    window.draw()
    assert window.world.state.position[0, 1] < 9 and "energy" in window.to_do
    heights = []
    for _ in range(300):  # there is no floor yet: it falls out, and begins again
        window.attempt(lambda: window.update(1))
        heights.append(window.world.state.position[0, 1])
    assert min(heights) > -3.5 and np.count_nonzero(np.diff(heights) > 0) == 3


def test_without_a_window_what_is_not_built_is_one_sentence(monkeypatch, capsys):
    def unbuilt(*_):
        raise NotImplementedError("milestone 3: rk4")

    monkeypatch.setitem(sim.INTEGRATORS, "rk4", unbuilt)
    with pytest.raises(SystemExit) as end:
        console.run(lambda: sim.main(["--integrator", "rk4", "--headless"]))
    err = capsys.readouterr().err
    assert end.value.code == 2 and err.startswith("To do: milestone 3: rk4")


# --------------------------------------------------------------------------
# Saved worlds


@pytest.mark.parametrize("scene", ["start", "cloth", "gas", "stiff"])
def test_a_saved_world_goes_on_as_if_nothing_had_happened(scene):
    world = a_world(scene, 7)
    again = sim.from_text(sim.to_text(world))
    assert (again.hz, again.integrator) == (world.hz, world.integrator)
    for a, b in zip(again.state, world.state):
        assert np.array_equal(np.ravel(a), np.ravel(b))
    for a, b in zip(sim.tick(again).state[:2], sim.tick(world).state[:2]):
        assert np.array_equal(a, b)


def test_w_writes_and_l_loads(run, tmp_path, monkeypatch):
    out = run("--scene", "ball", "--script", "wait:1 w wait:1 l")[1]
    assert "Loaded physics_world.json" in out and "0 steps" in out
    assert files(tmp_path) == {"physics_world.json"}
    out = run("--load", "physics_world.json", "--headless", "--seconds", "0")[1]
    assert "x (5.0000, 4.0950)" in out  # 9 m less ½ · 9.81 · 1² m
    Path("physics_world.json").write_text("{", encoding="utf-8")
    out = run("--scene", "ball", "--script", "l wait:0.1")[1]
    assert "it is damaged" in out or "6 steps" in out
    world = sim.keep(a_world("ball"), tmp_path / "no" / "x.json", load_it=False)
    assert "no such file" in world.note
    assert "no such file" in sim.keep(world, tmp_path / "none.json", True).note


def test_a_failure_while_writing_leaves_the_old_file_whole(tmp_path, monkeypatch):
    file = tmp_path / "w.json"
    sim.keep(a_world("ball"), file, load_it=False)
    before = file.read_bytes()

    def half(self, text, encoding):
        with open(self, "w", encoding=encoding) as part:
            part.write(text[:50])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(KeyboardInterrupt):
        sim.keep(a_world("ball", 9), file, load_it=False)
    assert file.read_bytes() == before and files(tmp_path) == {"w.json"}


@pytest.mark.parametrize("change, sentence", [
    ({"format": "physics_sim 9"}, "this is no world of the format 'physics_sim 1'"),
    ({"mass": [-1.0]}, "a mass or a radius is not above 0"),
    ({"mass": [float("nan")]}, "'mass' must have 1 finite numbers"),
    ({"radius": [0]}, "a mass or a radius is not above 0"),
    ({"radius": []}, "'position' must have 0 x 2 finite numbers"),
    ({"position": [[3, float("nan")]]}, "'position' must have 1 x 2 finite numbers"),
    ({"position": [[1, 2], [3, 4]]}, "'position' must have 1 x 2 finite numbers"),
    ({"position": [[30, 4]]}, "a ball is not in the box"),
    ({"velocity": "fast"}, "'velocity' must have 1 x 2 finite numbers"),
    ({"velocity": [[float("inf"), 0]]}, "'velocity' must have 1 x 2 finite numbers"),
    ({"velocity": None}, "'velocity' must have 1 x 2 finite numbers"),
    ({"springs": [[0, 1, 10, 1, 0]]}, "a spring's ends must be two of its balls"),
    ({"springs": [[0, 0, 10, 1, 0]]}, "a spring's ends must be two of its balls"),
    ({"springs": [[0, 1]]}, "'springs' must have 0 x 5 finite numbers"),
    ({"box": [0, 0, 16]}, "'box' must have 4 finite numbers"),
    ({"bounce": 1.5}, "'bounce' must be from 0 to 1"),
    ({"gravity": -9.81}, "'gravity' must not be negative"),
    ({"hz": 0}, "'hz' must be a whole number"), ({"hz": 59.5}, "'hz' must be a whole"),
    ({"integrator": "leapfrog"}, "its integrator is not known"),
    ({"integrator": ["verlet"]}, "its integrator is not known"),
    ({"heat": {}}, "'heat' must have 1 finite numbers"),
    ({"mass": [10**400]}, "'mass' must have 1 finite numbers"),
])  # fmt: skip
def test_a_damaged_world_is_refused_in_a_sentence(bad, tmp_path, change, sentence):
    found = {**json.loads(sim.to_text(a_world("ball"))), **change}
    (tmp_path / "w.json").write_text(json.dumps(found), encoding="utf-8")
    assert f"w.json: {sentence}" in bad("--load", "w.json")
    assert files(tmp_path) == {"w.json"}


@pytest.mark.parametrize("data, sentence", [
    (b"", "this is no saved world, or it is damaged"),
    (b"{\n \"format\": \"phys", "this is no saved world, or it is damaged"),
    (b"[1, 2]", "no world of the format"), (b"null", "no world of the format"),
    (b"\xff\xfe\x00", "this is no text"), (b"[" * 100_000, "damaged"),
])  # fmt: skip
def test_what_is_no_world_at_all_is_refused_too(bad, tmp_path, data, sentence):
    (tmp_path / "w.json").write_bytes(data)
    assert sentence in bad("--load", "w.json")


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["--scene", "cradel"], "did you mean cradle?"),
    (["--scene", ""], "there is no ''; known: start, ball"),
    (["--integrator", "verlett"], "did you mean verlet?"),
    (["--balls", "0"], "give a whole number from 1 to 20,000"),
    (["--balls", "1e9"], "give a whole number from 1 to 20,000"),
    (["--balls", "ten"], "give a whole number"),
    (["--hz", "0"], "give a whole number from 1 to 10,000"),
    (["--hz", "59.5"], "give a whole number"),
    (["--seconds", "-1"], "give a number from 0 to 3,600"),
    (["--seconds", "nan"], "give a number"),
    (["--bounce", "1.1"], "give a number from 0 to 1"),
    (["--load", "nothing.json"], "nothing.json: no such file"),
    (["--load", "."], "is a directory"),
    (["--save", "a.svg"], "this picture is saved as .png, .jpg or .gif"),
    (["--save", "a.mp3"], "a picture's name ends in"),
    (["--save", "nowhere/a.png"], "there is no such folder"),
    (["--save", "a.gif", "--seconds", "100"], "too long for a film"),
    (["--script", "click:1"], "I do not understand 'click:1'"),
    (["--faster"], "--faster"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words).lower() or sentence in bad(*words)
    assert not files(tmp_path)


def test_the_help_has_examples(capsys):
    with pytest.raises(SystemExit):
        sim.main(["--help"])
    assert capsys.readouterr().out.count("physics_sim.py") >= 3
