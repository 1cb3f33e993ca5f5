"""Chapter 1: a frame of 200 shapes against its time, and points against two libraries.

python benchmarks/bench_vector_graphics.py
"""

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import replace

import cv2
import harness
import numpy as np
import skimage.transform

from phase1_linear_algebra import vector_graphics as vg

BUDGET = 1 / 60  # s for a frame
SHAPES, FRAMES = 200, 120


def main() -> list[harness.Result]:
    """Frames of the window's own drawing; `apply` on many points and on few."""
    harness.title("vector graphics", "numpy", "pygame-ce", "scikit-image",
                  "opencv-python-headless")  # fmt: skip
    return [frames(), *points(1_000_000, 1), *points(10, 1000)]


def frames() -> harness.Result:
    """A frame with 200 shapes, all of them turning: the time it takes, of 16.7 ms."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"  # the picture is drawn, and shown to nobody
    pg = vg.load_pygame()
    screen = pg.display.set_mode(vg.SIZE)
    app = vg.App(screen, argparse.Namespace(seed=0, game=None))
    while len(app.scene.shapes) < SHAPES:
        app.scene = app.scene.add().settle()
    app.scene, spent = replace(app.scene, zoom=30.0), []
    for _ in range(FRAMES):
        began = time.perf_counter()
        turned = [turn(shape) for shape in app.scene.shapes]
        app.scene = replace(app.scene, shapes=tuple(turned))
        app.update(BUDGET)
        app.draw()
        pg.display.flip()
        spent.append(time.perf_counter() - began)
    ms = 1e3 * np.array(spent[10:])
    spread = f"{BUDGET * 1e3 / ms.max():.2f} to {BUDGET * 1e3 / ms.min():.2f}"
    median = float(np.median(ms)) / 1e3
    work = f"a frame of {SHAPES} turning shapes; peer: 1/60 s"
    result = harness.Result(work, median, BUDGET, BUDGET / median, spread, "1")
    print(harness.line(result), flush=True)
    return result


def turn(shape: vg.Shape) -> vg.Shape:
    """A shape turned by a degree about its own place."""
    x, y = shape.matrix[:2, 2]
    R = vg.Move(turn=np.radians(1), pivot=(float(x), float(y))).matrix()
    return shape._replace(matrix=R @ shape.matrix)


def points(n: int, times: int) -> list[harness.Result]:
    """`apply` to n points, so many times, against two libraries' function for it."""
    P = np.random.default_rng(0).normal(size=(n, 2))
    M = vg.compose(vg.rotation(0.5), vg.scaling(1.5, 0.7), vg.translation(2, 1))
    results = []
    peers: dict[str, Callable[[], np.ndarray]] = {
        "scikit-image": lambda: skimage.transform.matrix_transform(P, M),
        "OpenCV": lambda: cv2.transform(P[None], M[:2])[0],
    }
    for name, peer in peers.items():
        off = np.abs(vg.apply(M, P) - peer()).max()
        assert off < 1e-9, f"not the same work: places differ by {off:.1e}"

        def ours() -> None:
            for _ in range(times):
                vg.apply(M, P)

        def theirs(peer: Callable[[], np.ndarray] = peer) -> None:
            for _ in range(times):
                peer()

        work = f"apply, {times:,} x {n:,} points: {name}"
        results.append(harness.duel(work, ours, theirs))
    return results


if __name__ == "__main__":
    main()
