"""Chapter 8 against pymunk: throughput only, for the physics differ.

pymunk solves all contacts of a step together, in 10 rounds from where the last step
ended, and lets balls overlap. Here elastic hits are done each at its own moment, and
heaps in small steps. The balls are the same, and their overlap is asserted.

python benchmarks/bench_physics_sim.py
"""

from collections.abc import Callable

import harness
import numpy as np
import pymunk

from phase2_calculus import physics_sim as sim

UNIT = 100  # pymunk wants lengths of pixels: its slop is a tenth of a unit
STEPS, DT = 30, 1 / 60


def balls(n: int, speed: float, gravity: float, bounce: float) -> sim.State:
    """n balls in a box, some 28 % of it, at random."""
    state = sim.scattered(n, np.random.default_rng(0), speed)
    return state._replace(gravity=gravity, bounce=bounce)


def space_of(state: sim.State) -> pymunk.Space:
    """The same balls, without friction, in the same box, for pymunk."""
    space = pymunk.Space()
    space.gravity, space.iterations = (0, -state.gravity * UNIT), 10
    size = 2 * float(state.radius[0]) * UNIT
    space.use_spatial_hash(size, 2 * len(state.mass))
    left, bottom, right, top = np.multiply(state.box or sim.BOX, UNIT)
    wall = 1000.0  # thick, or balls get through
    for a, b in (
        ((left - wall, bottom - wall), (right + wall, bottom - wall)),
        ((left - wall, top + wall), (right + wall, top + wall)),
        ((left - wall, bottom - wall), (left - wall, top + wall)),
        ((right + wall, bottom - wall), (right + wall, top + wall)),
    ):
        side = pymunk.Segment(space.static_body, a, b, wall)
        side.elasticity = 1
        space.add(side)
    for x, v, r in zip(state.position, state.velocity, state.radius):
        body = pymunk.Body(1, float("inf"))
        body.position, body.velocity = tuple(x * UNIT), tuple(v * UNIT)
        disc = pymunk.Circle(body, float(r) * UNIT)
        disc.elasticity = state.bounce
        space.add(body, disc)
    return space


def overlap(x: np.ndarray, r: float) -> float:
    """The deepest overlap of two balls, in radii."""
    i, j = sim.neighbours(np.ascontiguousarray(x).view(complex)[:, 0], 2 * r)
    return float((2 * r - np.hypot(*(x[i] - x[j]).T)).max(initial=0) / r)


def sides(state: sim.State, warm: int) -> tuple[Callable[[], float], ...]:
    """Each side goes on from where it is: a gas or a heap looks always the same."""
    space, now = space_of(state), [state]
    radius = float(state.radius[0])

    def ours(steps: int = STEPS) -> float:
        for _ in range(steps):
            now[0] = sim.step(now[0], DT)
        return overlap(now[0].position, radius)

    def peer(steps: int = STEPS) -> float:
        for _ in range(steps):
            space.step(DT)
        x = np.array([body.position for body in space.bodies]) / UNIT
        return overlap(x, radius)

    ours(warm), peer(warm)
    return ours, peer


def main() -> list[harness.Result]:
    """Heaps that have fallen for 3 s, and gases: 30 steps at a time."""
    harness.title("physics", "numpy", "pymunk")
    results = []
    for n in (1000, 5000):
        for name, speed, gravity, bounce in (
            ("a heap, bounce 0.5", 0.0, 9.81, 0.5), ("a gas, elastic", 3.0, 0.0, 1.0)
        ):  # fmt: skip
            ours, peer = sides(balls(n, speed, gravity, bounce), warm=180)
            mine, theirs = ours(), peer()
            assert mine < theirs + 0.1, f"we overlap by {mine:.2f} radii, not they"
            work = f"{STEPS} steps, {n:,} balls, {name}"
            results.append(harness.duel(work, ours, peer, "2"))
            print(f"    deepest overlap, in radii: ours {mine:.2f}, peer {theirs:.2f}")
    return results


if __name__ == "__main__":
    main()
