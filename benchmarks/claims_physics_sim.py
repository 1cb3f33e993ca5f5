"""What is claimed of chapter 8, over several seeds."""

from collections.abc import Iterator

import numpy as np
from harness import Claim

from phase2_calculus import physics_sim as sim


def claims() -> Iterator[Claim]:
    """A gas keeps its energy and finds Maxwell's law; how far a heap gives."""
    drifts, shapes, heaps, lost = [], [], [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        s = sim.gas_scene(rng)
        E, v2 = sim.energy(s).total, []
        for n in range(1200):
            s = sim.step(s, 1 / 60)
            if n >= 600:
                v2.append((s.velocity**2).sum(axis=1))
        drifts.append(1e15 * abs(sim.energy(s).total / E - 1))
        shapes.append(float(np.mean(np.square(v2)) / np.mean(v2) ** 2))
        s = sim.scattered(1000, rng)._replace(bounce=0.5)
        E = sim.energy(s).total
        for _ in range(300):
            s = sim.step(s, 1 / 60)
        x, r = s.position, float(s.radius[0])
        i, j = sim.neighbours(np.ascontiguousarray(x).view(complex)[:, 0], 2 * r)
        deepest = (2 * r - np.hypot(*(x[i] - x[j]).T)).max() / r
        heaps.append(100 * float(deepest))
        lost.append(1e12 * abs((sim.energy(s).total + s.heat) / E - 1))
    yield Claim("gas, 20 s: drift of the energy (1e-15)", drifts)
    yield Claim("gas: mean v⁴ / (mean v²)², Maxwell's law says 2", shapes)
    yield Claim("1,000 balls, 5 s: deepest overlap (% of a radius)", heaps)
    yield Claim("1,000 balls, 5 s: energy and heat, off by (1e-12)", lost)
