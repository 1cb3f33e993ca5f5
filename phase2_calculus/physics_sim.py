"""Chapter 8. A physics simulator: motion, a small step at a time.

Where will a ball be in ten seconds? Nobody knows a formula for a ball that hangs on
springs and hits others. But it is known where it is now and how it moves, and that is
enough for the next sixtieth of a second. Velocity is the derivative of position, and
acceleration that of velocity, so step after step

    x ← x + v dt        v ← v + a dt        a = force / mass        (Euler, 1768)

Simple, and wrong in a telling way: Euler's step makes energy out of nothing, a stiff
spring explodes. Taking the new v for the new x, or the mean of two accelerations
(Verlet's step), costs nothing and keeps a swing bounded for ever, as long as

    dt < 2 √(m / k)

You will see a window in which balls fall, bounce and swing on springs, and their energy
as it goes from one form into another while the sum stays. Key I changes the
integrator, C lets all four run side by side, ↑ makes springs stiffer until they
explode, H lists the keys. With --report all four are measured.

    python phase2_calculus/physics_sim.py
    python phase2_calculus/physics_sim.py --scene cradle
    python phase2_calculus/physics_sim.py --headless --seconds 20 --report
    python phase2_calculus/physics_sim.py --balls 1000

Names
    position, velocity  (n, 2)  of n balls: x to the right, y up; in m and m/s
    mass, radius        (n,)    in kg and m; a ball of infinite mass stays: an anchor
    springs             (s, 5)  i, j, stiffness k (N/m), rest length (m), damping (kg/s)
    gravity, g                  m/s², downwards       box: left, bottom, right, top in m
    dt                          the length of a step in s; hz steps make a second

What is exact: hits happen at their own moment within a step, and each is a collision of
two. What is not: a bounce slower than gravity makes in a small step is no bounce but
rest (or it would never end), and what lies in a heap is held by impulses that are
found in a few rounds, so that a deep heap gives a little.

What this leaves out: spin, friction, and shapes other than discs.

Source: Millington, "Game Physics Engine Development", chapters 3, 6 and 7; Hairer,
Lubich and Wanner, "Geometric numerical integration illustrated by the Störmer-Verlet
method" (2003).
"""

import argparse
import functools
import json
import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from common import console, figures

GRAVITY = 9.81  # m/s²
BOX = (0.0, 0.0, 16.0, 12.0)  # m
FEW = 100  # balls: up to so many, hits are done one by one in their true order
PARTS, PASSES = 3, 3  # small steps for what lies and loses energy, rounds in each
PULL, PUSH, SLOP = 0.5, 0.2, 1e-3  # of a heap: how eagerly it is held, and unmixed
BURST = 100  # times the energy that it began with: this is no world any more
MOST = 20_000  # balls


# --------------------------------------------------------------------------
# Milestone 1: a ball falls


class State(NamedTuple):
    """A world of n balls at one moment; the glossary above has the units."""

    position: np.ndarray  # (n, 2)
    velocity: np.ndarray  # (n, 2)
    mass: np.ndarray  # (n,)
    radius: np.ndarray  # (n,)
    springs: Any = ()  # (s, 5)
    gravity: float = GRAVITY
    box: tuple[float, ...] | None = BOX  # None: no walls
    bounce: float = 1.0  # share of its speed that a ball keeps in a hit
    heat: float = 0.0  # J, what hits and dampers have taken so far


def falling(state: State) -> np.ndarray:
    """Downward acceleration of each ball: g, and 0 for an anchor: -> (n,)."""
    return np.where(np.isinf(state.mass), 0.0, state.gravity)


def accelerations(state: State) -> np.ndarray:
    """How fast each velocity changes, a = (0, −g) + force / mass: -> (n, 2).

    Forces come from springs only (milestone 2). An anchor's acceleration is 0.
    """
    a = np.zeros(np.shape(state.position))
    a[:, 1] = -falling(state)
    if len(state.springs):
        a += spring_forces(state) / state.mass[:, None]
    return a


def euler(state: State, dt: float) -> State:
    """The state after dt by Euler's step: both old rates are followed for dt.

    x ← x + v dt        v ← v + a dt

    The ball moves on with the velocity that it had; that gravity bends its path within
    the step is missed. After n steps of a fall it is ½ g dt² n too high.
    """
    x, v, a = state.position, state.velocity, accelerations(state)
    return state._replace(position=x + v * dt, velocity=v + a * dt)


def steps_due(left: int, ticks: int, rate: int, hz: int) -> tuple[int, int]:
    """How many steps are due after some more ticks of a clock, and what is left.

    The clock ticks `rate` times a second, steps are made `hz` times. Whole numbers lose
    nothing: 144 frames of 1/144 s make 60 steps of 1/60 s. Added up as fractions,
    rounding can make them 59.

    >>> steps_due(0, 1, 144, 60), steps_due(120, 1, 144, 60)
    ((0, 60), (1, 36))
    """
    return divmod(left + ticks * hz, rate)


# --------------------------------------------------------------------------
# Milestone 2: springs, and how Euler explodes


def columns(state: State) -> tuple[np.ndarray, ...]:  # given
    """The springs by columns: i, j (whole numbers), k, rest length, damping."""
    i, j, *others = np.reshape(np.asarray(state.springs, dtype=float), (-1, 5)).T
    return i.astype(int), j.astype(int), *others


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:  # given
    """Dot product of rows, aₓbₓ + a_y b_y: (…, 2), (…, 2) -> (…,)."""
    return np.einsum("...k,...k->...", a, b)


def stretch(state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Length of each spring, the unit vector from i to j, and how fast it grows.

    d = xⱼ − xᵢ      length = ‖d‖      u = d / length      rate = (vⱼ − vᵢ) · u

    -> (s,), (s, 2), (s,). A spring of length 0 has no direction: u = 0.
    """
    i, j, *_ = columns(state)
    d = state.position[j] - state.position[i]
    length = np.sqrt(dot(d, d))
    u = d / np.where(length > 0, length, 1.0)[:, None]
    return length, u, dot(state.velocity[j] - state.velocity[i], u)


def spring_forces(state: State) -> np.ndarray:
    """Force of all springs on each ball, by Hooke's law, in N: -> (n, 2).

    force on i = (k (length − rest) + c · rate) u        on j the opposite

    A stretched spring pulls its ends together, a pressed one pushes them apart.
    """
    i, j, k, rest, c = columns(state)
    length, u, rate = stretch(state)
    pull = (k * (length - rest) + c * rate)[:, None] * u  # (s, 2)
    force = np.zeros(np.shape(state.position))
    np.add.at(force, i, pull)  # subtle: force[i] += pull would count a ball once only
    np.subtract.at(force, j, pull)
    return force


def reduced_mass(m: float, other: float = math.inf) -> float:
    """The mass with which two ends of a spring swing, 1 / (1/m + 1/M).

    Two equal masses swing like half of one on a wall; an anchor leaves m as it is.
    """
    return 1 / (1 / m + 1 / other)


def stability_limit(k: float, m: float) -> float:
    """The longest step with which a spring stays bounded, 2 √(m / k), in s.

    k in N/m; m is the reduced mass of its ends. For semi-implicit and Verlet steps. inf
    if there is nothing to swing (k = 0, or two anchors).
    """
    return 2 * math.sqrt(m / k) if k > 0 else math.inf


def longest_step(state: State) -> float:
    """A step with which all springs together stay bounded; inf without springs.

    With Sᵢ the sum of k at ball i, no net of springs swings faster than

        ω² = max over springs of  Sᵢ/mᵢ + Sⱼ/mⱼ

    and dt < 2/ω will do. For a single spring this is `stability_limit`; a net may bear
    a little more.
    """
    i, j, k, *_ = columns(state)
    stiffness = np.bincount([*i, *j], [*k, *k], len(state.mass))
    pace = stiffness / state.mass  # an anchor: 0
    return stability_limit(float(np.max(pace[i] + pace[j], initial=0.0)), 1.0)


# --------------------------------------------------------------------------
# Milestone 3: steps that stay bounded


def semi_implicit(state: State, dt: float) -> State:
    """The state after dt: first the velocity, and the position by the new one.

        v ← v + a dt        x ← x + v dt

    Euler's two lines in another order. The error is as large, but it turns
    around with every swing and does not add up.
    """
    v = state.velocity + accelerations(state) * dt
    return state._replace(position=state.position + v * dt, velocity=v)


def verlet(state: State, dt: float) -> State:
    """The state after dt by (velocity) Verlet: the mean of both accelerations.

        x ← x + v dt + ½ a dt²        v ← v + ½ (a + a′) dt

    a′ is the acceleration at the new place (with v + a dt for its velocity). Exact
    where a is constant: a ball in free fall. Elsewhere the error goes with dt².
    """
    v, a = state.velocity, accelerations(state)
    x = state.position + v * dt + a * dt**2 / 2
    there = state._replace(position=x, velocity=v + a * dt)
    return there._replace(velocity=v + (a + accelerations(there)) * dt / 2)


def rates(state: State, way: tuple[Any, Any] = (0.0, 0.0), t: float = 0.0) -> Any:
    """How fast position and velocity change after t seconds along `way`: (v, a).

    `way` is such a pair itself: x goes on by way[0] t, v by way[1] t.
    """
    x, v = state.position + way[0] * t, state.velocity + way[1] * t
    return v, accelerations(state._replace(position=x, velocity=v))


def rk4(state: State, dt: float) -> State:
    """The state after dt by Runge and Kutta: four looks at the rates in a step.

        s ← s + (k₁ + 2 k₂ + 2 k₃ + k₄) dt / 6        s = (x, v), k = (v, a)

    k₁ are the rates now, k₂ those after dt/2 along k₁, k₃ those after dt/2 along k₂, k₄
    those after dt along k₃. The error goes with dt⁴, but it never turns around: energy
    leaks.
    """
    k1 = rates(state)
    k2 = rates(state, k1, dt / 2)
    k3 = rates(state, k2, dt / 2)
    k4 = rates(state, k3, dt)
    x, v = ((a + 2 * b + 2 * c + d) * dt / 6 for a, b, c, d in zip(k1, k2, k3, k4))
    return state._replace(position=state.position + x, velocity=state.velocity + v)


INTEGRATORS = {
    "euler": euler, "semi_implicit": semi_implicit, "verlet": verlet, "rk4": rk4
}  # fmt: skip


# --------------------------------------------------------------------------
# Milestone 4: energy that stays


class Energy(NamedTuple):
    """The energy of a state, in J; heat is counted apart, in the state."""

    kinetic: float
    spring: float
    gravity: float

    @property
    def total(self) -> float:  # given
        """All of it that is not heat."""
        return self.kinetic + self.spring + self.gravity


def energy(state: State) -> Energy:
    """Kinetic energy, that of springs, and that of height above the floor.

        Σ ½ m v²        Σ ½ k (length − rest)²        Σ m g y

    Anchors have none. Without a box the height is y.
    """
    m = np.where(np.isinf(state.mass), 0.0, state.mass)
    _, _, k, rest, _ = columns(state)
    height = state.position[:, 1] - (np.ravel(state.box)[1] if state.box else 0.0)
    return Energy(
        kinetic=float((m * dot(state.velocity, state.velocity)).sum() / 2),
        spring=float((k * (stretch(state)[0] - rest) ** 2).sum() / 2),
        gravity=float(state.gravity * (m * height).sum()),
    )


def time_to_wall(y: Any, v: Any, g: Any, wall: Any) -> Any:
    """Seconds until a ball at height y, rising with v, is at the wall; inf if never.

        y + v t − ½ g t² = wall        t = (v + √D) / g,  D = v² + 2 g (y − wall)

    That is for a wall below, y ≥ wall. One above is seen upside down: y − wall, v and g
    all change their signs, so that g pulls away from it, and t is the moment when the
    ball first gets there, not when it comes down again. With g = 0 it moves on evenly.
    inf: D < 0 (it turns back before), or v ≥ 0 and g ≤ 0 (nothing brings it). At the
    wall, y = wall: 0 if it moves into it (v < 0), or is at rest and drawn to it; moving
    away, the time until it is back. Numbers -> float; arrays -> array.
    """
    h = np.subtract(y, wall, dtype=float)
    up = np.where(h < 0, -1.0, 1.0)
    h, v, g = h * up, v * up, g * up
    D = v**2 + 2 * g * h
    root = np.sqrt(np.maximum(D, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        # subtle: both are the same root; the second can bear g = 0 and loses no digits
        t = np.where((v > 0) & (g > 0), (v + root) / g, 2 * h / (root - v))
    t = np.where((h == 0) & (v <= 0), 0.0, t)
    t = np.where((D < 0) | ((v >= 0) & (g <= 0)), np.inf, t)
    return t if t.ndim else float(t)


def time_of_impact(p: Any, v: Any, r: Any, q: Any, w: Any, s: Any) -> Any:
    """Seconds until two balls touch; inf if they do not.

    One is at p with velocity v and radius r, the other at q, w, s. Both fall alike, so
    seen from the first the other moves straight on: d = q − p, u = w − v, and

        ‖d + u t‖ = r + s        u·u t² + 2 d·u t + d·d − (r + s)² = 0

    The smaller root is the moment. Balls that overlap and approach touch now: 0; those
    that part never do. Points (…, 2) -> float, or an array.
    """
    d, u = np.subtract(q, p, dtype=float), np.subtract(w, v, dtype=float)
    b, c = dot(d, u), dot(d, d) - np.add(r, s) ** 2
    D = b**2 - dot(u, u) * c
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.maximum(c, 0) / (np.sqrt(np.maximum(D, 0)) - b)
    t = np.where((b < 0) & ((D >= 0) | (c <= 0)), t, np.inf)
    return t if t.ndim else float(t)


def impulse(closing: Any, m: Any, other: Any, bounce: float) -> Any:
    """By how much a hit changes the momentum of each of two balls, in kg m/s.

        J = (1 + e) closing / (1/m + 1/M)

    `closing` is the speed at which they approach along the line of their centres. After
    it they part with e times that: J / m is taken from the one, J / M given to
    the other, and what both have together stays. A wall has infinite mass.
    """
    return (1 + bounce) * closing / (1 / m + 1 / other)


def step(state: State, dt: float, integrator: str = "verlet") -> State:
    """The state after dt, with walls and collisions: the step that a simulation makes.

    The integrator says where the balls go. They are thrown on the parabolas that lead
    there, with all the hits on the way (`fly`); what velocity the integrator had left
    to give is added at the end, by the forces at the place where they really came to:
    of the change in acceleration, half for dt, as Verlet's step does. Balls that hit
    nothing go just as the integrator says. What dampers take is heat: the mean of
    `friction` before and after the step, times dt.
    """
    moved = INTEGRATORS[integrator](state, dt)
    fall = np.stack([np.zeros(len(state.mass)), -falling(state)], axis=1)
    throw = (moved.position - state.position) / dt - fall * dt / 2
    flown, hit = fly(state, throw, accelerations(state) - fall, dt)
    if hit.any():
        struck = hit[:, None]
        there = np.where(struck, flown.position, moved.position)
        v = moved.velocity + np.where(struck, flown.velocity - throw - fall * dt, 0)
        after = moved._replace(position=there, velocity=v, heat=flown.heat)
        late = (accelerations(after) - accelerations(moved)) * dt / 2
        moved = after._replace(velocity=v + late)
    if not len(state.springs):
        return moved
    taken = (friction(state) + friction(moved)) * dt / 2
    return moved._replace(heat=moved.heat + taken)


def friction(state: State) -> float:
    """What the dampers of all springs turn into heat each second: Σ c · rate², in W."""
    return float((columns(state)[4] * stretch(state)[2] ** 2).sum())


# What follows is given. It finds the hits of a step and does them in their order, for
# three balls or five thousand; skip it on a first reading. Pairs of numbers are complex
# numbers in it, x + iy: half as many calls of numpy.


def neighbours(x: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:  # given
    """All pairs of points (n,) nearer than `reach`, by a grid of cells of that size.

    Sorted by cell, the right hand neighbours of a ball stand in two runs: the rest of
    its cell with the next one, and three cells of the row below. So each pair is met
    once, and no ball is compared with one far away.
    """
    low, me = complex(x.real.min(), x.imag.min()), np.arange(len(x))
    cell = (x - low) / reach + (1 + 1j)
    wide = int(cell.real.max()) + 2
    key = cell.imag.astype(int) * wide + cell.real.astype(int)
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.cumsum(np.bincount(key + 1, minlength=int(key[-1]) + 4))
    start = np.concatenate([me + 1, first[key - wide - 1]])
    count = np.concatenate([first[key + 2], first[key - wide + 2]]) - start
    a = np.repeat(np.concatenate([me, me]), count)
    b = np.arange(len(a)) + np.repeat(start - np.cumsum(count) + count, count)
    a, b = order.take(a), order.take(b)
    d = x.take(b) - x.take(a)
    near = np.flatnonzero(d.real**2 + d.imag**2 < reach**2)
    return a.take(near), b.take(near)


def along(a: np.ndarray, b: np.ndarray) -> np.ndarray:  # given
    """Dot product of pairs of numbers told as complex ones."""
    return a.real * b.real + a.imag * b.imag


def rows(z: np.ndarray) -> np.ndarray:  # given
    """Complex numbers as rows of two numbers: (n,) -> (n, 2)."""
    return np.ascontiguousarray(z).view(float).reshape(-1, 2)


class Flight:  # given
    """Balls on parabolas x + v t + ½ pull t², told from the beginning of a small step.

    A hit at time t turns one parabola into another, and the ball is put where that one
    would have begun: v ← v + Δv, x ← x − Δv t. So no ball needs a clock of its own. The
    last row stands for the walls, whose mass is infinite.
    """

    def __init__(self, state: State, throw: np.ndarray, force: np.ndarray, dt: float):
        def column(pairs: np.ndarray) -> np.ndarray:
            pairs = np.ascontiguousarray(pairs, dtype=float)
            return np.append(pairs.view(complex)[:, 0], 0)

        n = self.n = len(state.mass)
        self.x, self.v = column(state.position), column(throw)
        self.ahead, self.force = column(throw - state.velocity), column(force)
        self.pull = np.append(-1j * falling(state), 0)
        self.mass, self.radius = np.append(state.mass, np.inf), state.radius
        self.state, self.hit = state, np.zeros(n + 1, bool)
        self.begun, self.since = 0.0, np.zeros(n + 1)  # since a ball's last hit
        self.few, self.lossy = n <= FEW, state.bounce < 1 and state.gravity > 0
        self.rounds = (100 if self.few else 1) if self.lossy else 1000
        parts = 1 if self.few else dt * self.fastest(dt) / state.radius.max()
        self.parts = max(min(math.ceil(parts), 16), PARTS if self.lossy else 1)
        self.h, self.slack = dt / self.parts, -1.0
        # slower than this is no bounce but rest
        rest = 1.2 * state.gravity * self.h if self.lossy else 1e-3
        self.slow = rest if state.gravity else 1e-9

    def fastest(self, h: float) -> float:
        """A speed that no ball exceeds in the time h, unless it is hit."""
        return float(np.abs(self.v).max()) + self.state.gravity * h

    def list_contacts(self) -> None:
        """Who may hit whom: pairs i, j, and balls with a wall, for which j = n.

        It holds until balls have moved by `slack`, even if a hit doubles the top speed.
        """
        n, top = self.n, self.fastest(self.h)
        self.limit, self.slack = 2 * top, 4 * top * self.h + self.radius.max() / 2
        x, r = self.x[:n], self.radius
        i, j = neighbours(x, 2 * r.max() + self.slack)
        found = [(i, j, np.zeros(len(i), complex), r.take(i) + r.take(j))]
        if self.state.box:
            left, bottom, right, top = np.ravel(self.state.box)
            for out, level in ((-1, -left), (1, right), (-1j, -bottom), (1j, top)):
                k = np.flatnonzero(level - along(x, np.array(out)) - r < self.slack)
                wall = np.full(len(k), out, complex)
                found.append((k, np.full(len(k), n), wall, r[k] - level))
        self.i, self.j, self.out, self.room = map(np.concatenate, zip(*found))
        self.pairs, self.push = len(i), np.zeros(len(self.i))
        fall = self.pull.take(self.j) - self.pull.take(self.i)
        self.bend = along(fall, self.out)  # of a way to a wall; that of a pair is 0

    def geometry(self, k: Any, t: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
        """Of contacts k at time t: way and velocity from i to j, the direction in which
        they touch, the gap between them, and the speed at which it closes."""
        i, j, out = self.i[k], self.j[k], self.out[k]
        d, u = self.x.take(j) - self.x.take(i), self.v.take(j) - self.v.take(i)
        if t is not None:
            bend = self.pull.take(j) - self.pull.take(i)  # 0 for two that fall
            d, u = d + (u + bend * t / 2) * t, u + bend * t
        size, pair = np.sqrt(d.real**2 + d.imag**2), out == 0
        out = np.where(pair, d / np.where(size > 0, size, 1), out)
        gap = np.where(pair, size, along(d, out)) - self.room[k]
        return d, u, out, gap, -along(u, out)

    def times(self, k: Any) -> np.ndarray:
        """When contacts k hit, in s of this small step; inf if not in it."""
        i, j, wall, pull = self.i[k], self.j[k], self.out[k] != 0, -self.bend[k]
        t0, t = np.zeros(len(i)), np.full(len(i), np.inf)
        if self.hit_yet:
            t0 = np.maximum(self.since.take(i), self.since.take(j))
        d, u, *self.seen = self.geometry(k, t0 if self.hit_yet else None)
        _, gap, closing = self.seen
        most = closing + np.maximum(pull, 0) * self.h
        near = (gap < most * self.h) & (most > (self.slow if self.lossy else 1e-9))
        p = np.flatnonzero(near & ~wall)
        if len(p):  # the mean velocity, where one falls and the other does not
            bend = (self.pull[j[p]] - self.pull[i[p]]) * (self.h - t0[p]) / 2
            here, still = np.zeros((1, 2)), np.zeros((1, 2))
            there, way = rows(d[p]), rows(u[p] + bend)
            t[p] = time_of_impact(here, still, self.room[k][p], there, way, 0.0)
        w = np.flatnonzero(near & wall)
        if len(w):
            height = np.maximum(gap[w], 0)
            t[w] = time_to_wall(height, -closing[w], pull[w], 0.0)
            speed = closing[w] + pull[w] * np.where(t[w] < self.h, t[w], 0)
            t[w[speed <= self.slow]] = np.inf
        t += t0
        return np.where(t < self.h, t, np.inf)

    def bounces(self) -> None:
        """All hits of a small step. A pair hits when each is the other's next hit."""
        self.since[:], self.hit_yet, self.until = 0, False, self.h
        when = self.times(slice(None))
        for _ in range(self.rounds):
            k = np.flatnonzero(when < self.h)
            if not len(k):
                return
            # of many the earliest: what they set off may yet come before the others
            some = len(k) if self.lossy else 1 + len(k) // 3
            k = k[np.argsort(when[k], kind="stable")][: 1 if self.few else some]
            rank, first = np.arange(len(k)), np.full(self.n + 1, len(k))
            np.minimum.at(first, self.i[k], rank)
            np.minimum.at(first, self.j[k], rank)
            first[self.n] = -1  # a wall can be hit by many
            i, j = self.i[k], self.j[k]
            k = k[(first[i] == rank) & ((first[j] == rank) | (j == self.n))]
            self.bounce(k, when[k])
            if np.abs(self.v).max() > self.limit:
                self.list_contacts()
                when = self.times(slice(None))
            k = np.flatnonzero(self.changed.take(self.i) | self.changed.take(self.j))
            when[k] = self.times(k)
        # more hits than can be done: what loses energy is pressed, else time is cut
        self.until = self.h if self.lossy else float(when.min(initial=self.h))

    def bounce(self, k: np.ndarray, t: np.ndarray) -> None:
        """The hits k at their times t; no ball has part in two of them."""
        i, j, e = self.i[k], self.j[k], self.state.bounce
        _, _, out, _, closing = self.geometry(k, t)
        # springs have acted till now only: what they still give does not bounce
        ahead = self.ahead[i] - self.ahead[j]
        ahead -= (self.force[i] - self.force[j]) * (self.begun + t)
        true = closing - along(ahead, out)
        speed = np.maximum(np.where((1 + e) * true > closing, true, closing), 0)
        J = impulse(speed, self.mass[i], self.mass[j], e) * out
        self.changed = np.zeros(self.n + 1, bool)
        for ball, dv in ((i, -J / self.mass[i]), (j, J / self.mass[j])):
            self.v[ball] += dv
            self.x[ball] -= dv * t
            self.since[ball], self.changed[ball] = t, True
        self.since[self.n], self.changed[self.n], self.hit_yet = 0, False, True
        self.hit |= self.changed

    def advance(self) -> None:
        """On to the end of the small step; what would end up in another is pressed."""
        h, v = self.until, self.v + self.pull * self.until
        pressed = self.press(v) if self.state.gravity else self.hit & False
        self.x += np.where(pressed, v, self.v + self.pull * h / 2) * h
        self.v = np.where(pressed, v, self.v + self.pull * h)
        self.hit |= pressed

    def mechanical(self) -> float:
        """Kinetic energy and that of height, in J."""
        free = np.isfinite(self.mass)
        x, v = self.x[free], self.v[free]
        height = self.state.gravity * x.imag
        return float(self.mass[free] @ (along(v, v) / 2 + height))

    def press(self, v: np.ndarray) -> np.ndarray:
        """Change the velocities v at the end of a small step so that no ball ends up in
        another; says which balls are held by this.

        Each contact pushes as far as is needed, and never pulls. All push at once,
        half as much as each would need alone, and again: that settles. The pushes of
        the small step before are a good first guess.
        """
        h, held = self.until, np.zeros(self.n + 1, bool)
        seen = self.geometry(slice(None))[2:] if self.hit_yet else self.seen
        out, gap, closing = seen
        end = gap - closing * h + self.bend * (h**2 / 2)
        k = np.flatnonzero(end < self.state.gravity * h**2 * self.lossy)
        k = k if self.lossy else k[k >= self.pairs]
        i, j, out, gap, push = self.i[k], self.j[k], out[k], gap[k], self.push[k]
        many = np.bincount(np.append(i, j), minlength=self.n + 1)
        many[self.n] = 0
        share = np.where(np.maximum(many.take(i), many.take(j)) > 1, PULL, 1.0)
        light, other = 1 / self.mass.take(i), 1 / self.mass.take(j)
        share, back, on = share / (light + other), out * light, out * other
        most = np.where(gap > 0, gap, np.minimum(PUSH * (gap + SLOP), 0)) / h
        more = push
        for turn in range(PASSES + 1):
            if turn or more.any():
                np.subtract.at(v, i, more * back)
                np.add.at(v, j, more * on)
            if turn < PASSES:
                closing = along(v.take(i) - v.take(j), out)
                more = np.maximum(push + share * (closing - most), 0) - push
                push = push + more
        self.push[:] = 0
        self.push[k] = push
        held[i[push > 0]] = held[j[push > 0]] = True
        held[self.n] = False
        return held


def fly(state: State, throw: np.ndarray, force: np.ndarray, dt: float) -> Any:  # given
    """The balls dt later, thrown with these velocities (n, 2), and who was hit (n,).

    Few balls: one hit at a time, in order. Many: at once what is next for both.
    """
    if not len(state.mass):
        return state, np.zeros(0, bool)
    flight = Flight(state, throw, force, dt)
    before = flight.mechanical()
    for part in range(flight.parts):
        flight.begun = part * flight.h
        way = 2 * flight.fastest(flight.h) * flight.h
        if flight.slack < way:
            flight.list_contacts()
        flight.slack -= way
        flight.bounces()
        flight.advance()
    x, v = rows(flight.x)[:-1].copy(), rows(flight.v)[:-1].copy()
    # all but lossy hits keep the energy of a flight; what is missing is heat
    taken = before - flight.mechanical() if state.bounce < 1 else 0.0
    new = state._replace(position=x, velocity=v, heat=state.heat + taken)
    return new, flight.hit[:-1]


# --------------------------------------------------------------------------
# The picture

# First what there is to see: seven scenes.


def make(balls: Any, springs: Any = (), **more: Any) -> State:
    """A state from rows of x, y, vx, vy, mass, radius, and springs."""
    x, y, vx, vy, m, r = np.reshape(np.array(balls, dtype=float), (-1, 6)).T
    table = np.reshape(np.array(springs, dtype=float), (-1, 5))
    return State(np.stack([x, y], 1), np.stack([vx, vy], 1), m, r, table, **more)


def start_scene(rng: np.random.Generator) -> State:
    """Balls that bounce, three on a chain, and three that hang together."""
    balls = [(4, 11.5, 0, 0, np.inf, 0.15), (5.5, 10.1, 0, 0, 1, 0.35)]
    balls += [(7.1, 8.9, 0, 0, 1, 0.35), (8.8, 7.9, 0, 0, 2, 0.5)]
    balls += [(10, 3, 2, 3, 1, 0.4), (11.5, 3, 2, 3, 1, 0.4), (10.7, 4.3, 2, 3, 1, 0.4)]
    balls += [(2, 6, 3, 0, 1, 0.4), (4, 3, -1, 5, 2, 0.55), (13.5, 9, -2, 0, 3, 0.7)]
    chain = [(i, i + 1, 200, 2, 0) for i in range(3)]
    body = [(4, 5, 200, 1.5, 0), (5, 6, 200, 1.5, 0), (6, 4, 200, 1.5, 0)]
    return make(balls, chain + body)


def ball_scene(rng: np.random.Generator) -> State:
    """One elastic ball: its energy must stay, to the last digits."""
    return make([(3, 9, 2, 0, 1, 0.5)])


def cradle_scene(rng: np.random.Generator) -> State:
    """Newton's cradle: five balls on stiff springs, one of them lifted."""
    k, length, r, balls, springs = 8000.0, 5.5, 0.7, [], []
    for i in range(5):
        x, tilt = 8 + (2 * r + 1e-3) * (i - 2), np.radians(-45 if i == 0 else 0)
        hang = length + GRAVITY * np.cos(tilt) / k  # so far does its weight stretch it
        bob = (x + hang * np.sin(tilt), 9.5 - hang * np.cos(tilt))
        balls += [(x, 9.5, 0, 0, np.inf, 0.1), (*bob, 0, 0, 1, r)]
        springs += [(2 * i, 2 * i + 1, k, length, 0)]
    return make(balls, springs)


def cloth_scene(rng: np.random.Generator) -> State:
    """A curtain of 99 small balls on damped springs, hung up at the top, in a gust."""
    across, down, gap, springs = 11, 9, 0.75, []
    j, i = (axis.ravel() for axis in np.meshgrid(np.arange(across), np.arange(down)))
    mass, gust = np.where(i == 0, np.inf, 0.15), 7 * (i / down) ** 2
    place = 8 + gap * (j - across // 2), 11.4 - gap * i
    balls = np.stack([*place, gust, 0 * gust, mass, 0 * gust + 0.08], axis=1)
    for di, dj, k in ((0, 1, 100), (1, 0, 100), (1, 1, 50), (1, -1, 50)):
        a = np.flatnonzero((i + di < down) & (0 <= j + dj) & (j + dj < across))
        rest = gap * math.hypot(di, dj)
        springs += [(b, b + di * across + dj, k, rest, 0.1) for b in a]
    return make(balls, springs)


def pendulum_scene(rng: np.random.Generator) -> State:
    """A double pendulum, each rod a stiff spring: it never does the same twice."""
    x, y = 8.0, 7.0
    balls: list[Any] = [(x, y, 0, 0, np.inf, 0.12)]
    for angle, radius in ((2.2, 0.35), (2.8, 0.3)):
        x, y = x + 2.4 * math.sin(angle), y - 2.4 * math.cos(angle)
        balls.append((x, y, 0, 0, 1, radius))
    return make(balls, [(0, 1, 20000, 2.4, 0), (1, 2, 20000, 2.4, 0)])


def stiff_scene(rng: np.random.Generator) -> State:
    """A unit mass on a spring with k = 10,000: at 60 steps a second just bearable.

    There are no walls, which would hold what explodes, and a swing that has 100 times
    the energy is 7 m wide: it does not reach the anchor.
    """
    balls = [(1, 6, 0, 0, np.inf, 0.15), (9.7, 6, 0, 0, 1, 0.4)]
    return make(balls, [(0, 1, 1e4, 8, 0)], gravity=0.0, box=None)


def gas_scene(rng: np.random.Generator, n: int = 240) -> State:
    """A gas: all start equally fast, and soon the speeds are those of Maxwell."""
    return scattered(n, rng, 3.0)._replace(gravity=0.0)


def scattered(n: int, rng: np.random.Generator, speed: float = 0.0) -> State:
    """n balls all over the box, none on another, in any direction: -> State."""
    _, _, wide, high = BOX
    across = math.ceil(math.sqrt(n * wide / high))
    cell = min(wide / across, high / math.ceil(n / across))
    r = min(0.28 * cell, 0.45)
    spot = np.stack([np.arange(n) % across, np.arange(n) // across], axis=1) + 0.5
    spot += rng.uniform(-1, 1, (n, 2)) * (0.48 - r / cell)
    angle = rng.uniform(0, 2 * np.pi, n)
    v = speed * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return State(spot * cell, v, np.ones(n), np.full(n, r))


SCENES = {
    "start": start_scene, "ball": ball_scene, "cradle": cradle_scene,
    "cloth": cloth_scene, "pendulum": pendulum_scene, "stiff": stiff_scene,
    "gas": gas_scene,
}  # fmt: skip


HZ = {"start": 240, "cradle": 240, "pendulum": 480}  # steps a second, if not 60


# Then what keys, the mouse and time do to it: pure functions of a World.


class World(NamedTuple):
    """What the window shows: balls, how they are stepped, and what is selected."""

    state: State
    start: State  # where R goes back to
    scene: str = ""
    integrator: str = "verlet"
    hz: int = 60  # steps a second
    others: Mapping[str, State] = MappingProxyType({})  # ghosts: by other integrators
    selected: tuple[int, ...] = ()
    held: int | None = None  # the ball that is dragged …
    mouse: tuple[float, float] = (8.0, 10.0)  # … to here
    paused: bool = False
    slow: int = 1  # 4: four times slower
    steps: int = 0
    whole: float = 0.0  # energy and heat when somebody last changed the world
    note: str = ""


def amount(state: State) -> float:
    """Energy and heat together; nan as long as `energy` is not built."""
    try:
        return energy(state).total + state.heat
    except NotImplementedError:
        return math.nan


def new_world(state: State, scene: str = "", **more: Any) -> World:
    """A world that begins with this state."""
    world = World(state, state, scene, whole=amount(state))
    world = world._replace(**{"hz": HZ.get(scene, 60), **more})
    if scene == "pendulum":
        return world._replace(selected=(2,))
    return compare(world._replace(slow=8)) if scene == "stiff" else world


def changed(world: World, note: str = "", **parts: Any) -> World:
    """The world after somebody changed it by hand: the count of energy starts anew."""
    state = world.state._replace(**parts, heat=0.0)
    others = {name: state for name in INTEGRATORS if name != world.integrator}
    others = others if world.others else {}  # the ghosts start anew with it
    return world._replace(state=state, others=others, whole=amount(state), note=note)


def compare(world: World) -> World:
    """The three other integrators from the same state on, as ghosts, or no more."""
    others = {} if world.others else {world.integrator: world.state}
    return changed(world._replace(others=others))


def burst(state: State, whole: float) -> bool:
    """Whether it has made far more energy than the whole with which it began."""
    far = amount(state) > BURST * abs(whole) + 1  # J, for what began at rest
    return far or not np.isfinite(state.position).all()


def advance(state: State, dt: float, way: str) -> State:
    """A step, or as much of it as is built: before milestone 4 there are no walls."""
    try:
        return step(state, dt, way)
    except NotImplementedError:
        return INTEGRATORS[way](state, dt)


def tick(world: World) -> World:
    """The world a step later."""
    state, held, dt, way = world.state, world.held, 1 / world.hz, world.integrator
    if held is not None:  # the hand leads it, and it comes with all its might
        mass, v = state.mass.copy(), state.velocity.copy()
        mass[held] = np.inf
        v[held] = (np.array(world.mouse) - state.position[held]) / (3 * dt)
        state = state._replace(mass=mass, velocity=v)
    after, others = advance(state, dt, way)._replace(mass=world.state.mass), {}
    for name, ghost in world.others.items():
        with suppress(NotImplementedError):  # one that is not built drops out
            others[name] = advance(ghost, dt, name)
    others = {n: s for n, s in others.items() if not burst(s, world.whole)}
    if state.box and (after.position[:, 1] < state.box[1] - 3).all():
        after = world.start  # no floor yet (milestone 4): let it fall again
    world = world._replace(state=after, others=others, steps=world.steps + 1)
    if held is None and burst(after, world.whole):
        words = f"{way} has made energy without end. R: start anew"
        return world._replace(paused=True, note=words)
    return world if held is None else changed(world, world.note)


def add_ball(world: World, rng: np.random.Generator, r: float = 0.4) -> World:
    """A ball more at the mouse, or anywhere else where it fits in."""
    s, (low, high) = world.state, np.reshape(world.state.box or BOX, (2, 2))
    for place in [world.mouse, *rng.uniform(low + r, high - r, (300, 2))]:
        far = np.hypot(*(s.position - place).T)
        if (far > s.radius + r).all() and len(s.mass) < MOST:
            new: dict[str, Any] = {"position": np.vstack([s.position, place])}
            new["velocity"] = np.vstack([s.velocity, [0, 0]])
            new["mass"], new["radius"] = np.append(s.mass, 1.0), np.append(s.radius, r)
            return changed(world, **new)
    return world._replace(note="There is no room for another ball.")


def add_springs(world: World) -> World:
    """A spring from each selected ball to the next; its length now is its rest."""
    s, chosen, x = world.state, world.selected, world.state.position
    if len(chosen) < 2:
        return world._replace(note="Select two balls first: click, then Shift-click.")
    more = [(i, j, 200, math.dist(x[i], x[j]), 0) for i, j in zip(chosen, chosen[1:])]
    return changed(world, springs=np.vstack([np.reshape(s.springs, (-1, 5)), more]))


def on_key(world: World, key: str, rng: np.random.Generator) -> World:
    """The world after a key; an unknown one changes nothing."""
    s, names, scenes = world.state, list(INTEGRATORS), list(SCENES)
    if key.isdigit() and int(key) < len(scenes):
        scene = scenes[int(key)]
        return new_world(SCENES[scene](rng), scene, integrator=world.integrator)
    if key == "r":
        way, hz = world.integrator, world.hz
        return new_world(world.start, world.scene, integrator=way, hz=hz)
    if key == "space":
        return add_ball(world, rng)
    if key in ("s", "c"):
        return add_springs(world) if key == "s" else compare(world)
    if key == "g":
        return changed(world, gravity=0.0 if s.gravity else GRAVITY)
    if key == "e":
        keeps = {1.0: 0.9, 0.9: 0.5}.get(s.bounce, 1.0)
        return changed(world, f"A hit keeps {keeps:.0%} of the speed.", bounce=keeps)
    if key in ("up", "down"):
        factor = [1, 1, 1.1 if key == "up" else 1 / 1.1, 1, 1]
        return changed(world, springs=np.reshape(s.springs, (-1, 5)) * factor)
    if key in ("left", "right"):
        hz = world.hz + (5 if key == "right" else -5)
        return world._replace(hz=min(max(hz, 5), 1000))
    if key == "i":
        after = names[(names.index(world.integrator) + 1) % len(names)]
        return changed(world._replace(integrator=after))
    if key == "p":
        return world._replace(paused=not world.paused)
    if key == ".":
        return tick(world._replace(paused=True))
    slower = {1: 4, 4: 16}.get(world.slow, 1)
    return world._replace(slow=slower) if key == "o" else world


def mouse_down(world: World, point: Any, more: bool = False) -> World:
    """The mouse goes down: what is there is selected (`more`: as well), and held."""
    s = world.state
    far = np.hypot(*(s.position - point).T) - np.maximum(s.radius, 0.3)
    i = int(far.argmin())
    others = tuple(k for k in world.selected if k != i) if more else ()
    world = mouse_move(world._replace(selected=others, note=""), point)
    return world if far[i] > 0 else world._replace(selected=(*others, i), held=i)


def mouse_move(world: World, point: Any) -> World:
    """The mouse moves; it does not lead a ball out of the box."""
    low, high = np.reshape(world.state.box or BOX, (2, 2)) + [[0.5], [-0.5]]
    return world._replace(mouse=tuple(np.clip(point, low, high).tolist()))


def mouse_up(world: World) -> World:
    """The mouse lets go: the ball flies on, an anchor stays where it is."""
    v = np.where(np.isinf(world.state.mass)[:, None], 0, world.state.velocity)
    return world._replace(state=world.state._replace(velocity=v), held=None)


# Last, all of it as a picture.

SIZE = (1120, 700)  # pixels of a new window
GROUND, GRID, AXIS, PANEL = "#12151B", "#1E232C", "#39414F", (18, 21, 27, 215)
INK, MUTED, FAINT = "#E8EBF0", "#9AA4B2", "#5B6575"
SKY, ORANGE, GREEN, PINK = "#56B4E9", "#E69F00", "#2FBF96", "#E08FBF"
YELLOW, RED = "#F0E442", "#F07D45"
FORMS = {"kinetic": SKY, "spring": PINK, "gravity": GREEN, "heat": RED}
INKS = {"euler": RED, "semi_implicit": YELLOW, "verlet": GREEN, "rk4": PINK}
SPEEDS = ("#3E63B5", "#4A8CD0", SKY, "#7FD0C8", "#BFDF8A", YELLOW, "#F5B942", RED)

KEYS_LINE = ("Space ball   S spring   G gravity   drag throws   P pause   I integrator"
             "   C compare   ↑↓ stiffness   0-6 scenes   H help   Esc")  # fmt: skip
HELP = {
    "click, drag": "select; lead and throw", "Shift-click": "select one more",
    "Space": "a ball more, at the mouse", "S": "spring between selected",
    "G, E": "gravity; how elastic", "I": "the next integrator",
    "C": "compare all four", "↑ ↓": "springs stiffer, softer",
    "← →": "fewer, more steps a second", "P, . (dot)": "pause; a single step",
    "O, R": "slow motion; start anew", "W, L": "write, load the world",
    "0": "bouncing balls and springs", "1, 2, 3": "ball, cradle, cloth",
    "4, 5, 6": "pendulum, stiff, gas", "H, Esc": "this help; quit (also Q)",
}  # fmt: skip


def load_pygame() -> Any:
    """pygame without the banner that it prints; late, as it takes its time."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame

    pygame.font.init()
    return pygame


@functools.cache
def font(px: int, mono: bool, bold: bool) -> Any:
    """DejaVu, which comes with matplotlib: it has Greek and arrows."""
    import matplotlib

    name = f"DejaVuSans{'Mono' * mono}{'-Bold' * bold}.ttf"
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", name)
    return load_pygame().font.Font(path, px)


@functools.lru_cache(200)
def disc(px: int, colour: str) -> Any:
    """A ball as a picture: drawn large and made small, which smoothes its edge."""
    pg, big = load_pygame(), 4 * px
    image, middle = pg.Surface((2 * big + 8, 2 * big + 8), pg.SRCALPHA), (big + 4,) * 2
    pg.draw.circle(image, colour, middle, big)
    fill = pg.Color(GROUND).lerp(colour, 0.35)
    pg.draw.circle(image, fill, middle, max(big - max(big // 6, 6), 0))
    return pg.transform.smoothscale(image, (2 * px + 2, 2 * px + 2))


class Canvas:
    """The box of the world to the left, a column of panels to the right."""

    def __init__(self, screen: Any, box: Any):
        self.pg, self.screen, (w, h) = load_pygame(), screen, screen.get_size()
        k = self.scale = min(max(min(w / SIZE[0], h / SIZE[1]), 0.5), 3.0)
        left, bottom, right, top = np.ravel(box or BOX)
        self.column, self.down = w - 292 * k, 16 * k
        room = self.column - 32 * k, h - 76 * k
        self.zoom = min(room[0] / (right - left), room[1] / (top - bottom))
        wide, high = self.zoom * (right - left), self.zoom * (top - bottom)
        x, y = (room[0] - wide) / 2 + 16 * k, (room[1] - high) / 2 + 16 * k
        self.corner = np.array([x - self.zoom * left, y + self.zoom * top])
        self.frame = self.pg.Rect(x, y, wide + 1, high + 1)

    def at(self, points: Any) -> np.ndarray:
        """Where points of the world are on the screen; what is far out is cut."""
        points = np.reshape(points, (-1, 2))
        pixels = self.corner + self.zoom * np.multiply(points, (1, -1))
        return np.nan_to_num(pixels).clip(-2e4, 2e4)

    def line(self, points: Any, colour: Any) -> None:
        """A line through points of the world."""
        if len(points) > 1:
            self.pg.draw.aalines(self.screen, colour, False, self.at(points).tolist())

    def arrow(self, start: Any, way: Any, colour: str, name: str) -> None:
        """An arrow from a point of the world, and its name beyond."""
        a, b = self.at([start, start + way])
        u = (b - a) / max(math.hypot(*(b - a)), 1e-9)
        back, across = b - 11 * u, 5 * u[::-1] * (-1, 1)
        self.pg.draw.aaline(self.screen, colour, tuple(a), tuple(back), 3)
        self.pg.draw.polygon(self.screen, colour, [b, back + across, back - across])
        side = -1 if name[0] == "a" else 1  # so that the two names do not meet
        self.text(name, b + (8 * side, 0), colour, 13, (0.5 - side / 2, 0.5), bold=True)

    def text(
        self, words: str, place: Any, colour: str = INK, px: float = 13,
        anchor: tuple[float, float] = (0, 0), mono: bool = False, bold: bool = False,
    ) -> None:  # fmt: skip
        """Text with its anchor (1, 1: bottom right) at a place."""
        face = font(round(px * self.scale), mono, bold)
        image = face.render(words, True, colour)
        self.screen.blit(image, place - np.multiply(anchor, image.get_size()))

    def panel(self, title: str, height: float) -> Any:
        """The next box of the column, with its title; gives what is left inside."""
        k = self.scale
        box = self.pg.Rect(self.column, self.down, 276 * k, (height + 40) * k)
        layer = self.pg.Surface(box.size, self.pg.SRCALPHA)
        self.pg.draw.rect(layer, PANEL, layer.get_rect(), border_radius=8)
        self.pg.draw.rect(layer, AXIS, layer.get_rect(), 1, border_radius=8)
        self.screen.blit(layer, box)
        self.text(title, (box.x + 12 * k, box.y + 8 * k), INK, 14, bold=True)
        self.down = box.bottom + 8 * k
        return self.pg.Rect(box.x + 12 * k, box.y + 31 * k, 252 * k, height * k)

    def rows(
        self, title: str, lines: Mapping[str, str], ink: str = MUTED, mono: bool = True
    ) -> None:
        """A panel of lines: label and value."""
        room, k = self.panel(title, 20 * len(lines)), self.scale
        for i, (label, value) in enumerate(lines.items()):
            y = room.y + 20 * i * k
            self.text(label, (room.x, y), ink)
            self.text(value, (room.right, y), anchor=(1, 0), mono=mono)

    def graph(self, room: Any, values: Any, high: float) -> list[list[float]]:
        """Values from 0 to `high` as points of a line that fills a rectangle."""
        x = np.linspace(room.x, room.right, len(values))
        share = np.clip(np.nan_to_num(values) / (high or 1.0), 0, 1)
        return np.stack([x, room.bottom - room.height * share], axis=1).tolist()


def draw_box(canvas: Canvas, box: Any) -> None:
    """The box, and a grid of metres."""
    left, bottom, right, top = np.ravel(box or BOX)
    for x in range(math.ceil(left), math.floor(right) + 1):
        canvas.line([(x, bottom), (x, top)], GRID)
    for y in range(math.ceil(bottom), math.floor(top) + 1):
        canvas.line([(left, y), (right, y)], GRID)
    if box:
        canvas.pg.draw.rect(canvas.screen, AXIS, canvas.frame.inflate(3, 3), 2)


def draw_springs(canvas: Canvas, s: State) -> None:
    """Springs as coils, or as lines where there are many: red when stretched."""
    (i, j, _, rest, _), (length, u, _) = columns(s), stretch(s)
    strain = (4 * (length / np.where(rest > 0, rest, 1) - 1)).clip(-1, 1)
    wave = np.concatenate([[0, 0], 0.12 * (-1.0) ** np.arange(16), [0, 0]])
    share = np.concatenate([[0, 0.1], np.linspace(0.12, 0.88, 16), [0.9, 1]])
    for a, b, way, much in zip(s.position[i], s.position[j], u, strain.tolist()):
        hue = canvas.pg.Color(MUTED).lerp(RED if much > 0 else SKY, abs(much))
        coil = a + np.outer(share, b - a) + np.outer(wave, (-way[1], way[0]))
        canvas.line(coil if len(i) <= 30 else [a, b], hue)


def draw_balls(canvas: Canvas, world: World, trail: Any = ()) -> None:
    """Ghosts, balls, and of the selected one how it moves."""
    pg, screen, s = canvas.pg, canvas.screen, world.state
    many, mean = len(s.mass) > 30, math.sqrt(dot(s.velocity, s.velocity).mean()) or 1.0
    hue = (3.2 * np.hypot(*s.velocity.T) / mean).clip(0, 7).astype(int)
    canvas.line(trail, pg.Color(GROUND).lerp(YELLOW, 0.4))
    for name, ghost in world.others.items():
        for spot, r in zip(canvas.at(ghost.position), ghost.radius * canvas.zoom):
            pg.draw.aacircle(screen, INKS[name], spot.tolist(), max(r, 2), 2)
    for i, (spot, r) in enumerate(zip(canvas.at(s.position), s.radius * canvas.zoom)):
        colour = SPEEDS[hue[i]] if many else (SKY, ORANGE, GREEN, PINK)[i % 4]
        image = disc(max(round(r), 2), MUTED if np.isinf(s.mass[i]) else colour)
        screen.blit(image, spot - np.divide(image.get_size(), 2))
        if i in world.selected:
            pg.draw.aacircle(screen, YELLOW, spot.tolist(), max(r, 2) + 4, 2)
    for i in world.selected[-1:]:
        rates = ("v", s.velocity[i], YELLOW, 0.25), ("a", accelerations(s)[i], RED, 0.1)
        for name, rate, ink, scale in rates:
            size = math.hypot(*rate)
            words = f"{name} {size:.1f} m/s{'²' * (name == 'a')}"
            shown = scale * min(1, 30 / (size or 1.0))
            if size > 0.5:
                canvas.arrow(s.position[i], shown * rate, ink, words)


def draw_energy(canvas: Canvas, world: World, past: Any) -> None:
    """How much there is of each form, what all of it sums up to, and the past."""
    now, k, pg = (*energy(world.state), world.state.heat), canvas.scale, canvas.pg
    room, whole = canvas.panel("Energy in joules", 186), max(*now, sum(now), 1e-9)
    off = 100 * (sum(now) / world.whole - 1) if world.whole else 0.0
    rows = [*zip(FORMS, now, FORMS.values()), (f"sum, off {off:.2g} %", sum(now), None)]
    for i, (name, value, colour) in enumerate(rows):
        y = room.y + 21 * i * k
        canvas.text(name, (room.x, y), MUTED if colour else INK, bold=not colour)
        words = f"{value:,.3f}" if value < 1e6 else f"{value:.4e}"
        canvas.text(words, (room.right, y), anchor=(1, 0), mono=True)
        if colour:
            wide = 95 * k * min(max(value / whole, 0), 1)
            pg.draw.rect(
                canvas.screen, colour, (room.x + 62 * k, y + 4 * k, wide, 10 * k)
            )
    chart = pg.Rect(room.x, room.y + 108 * k, room.width, 78 * k)
    stack = np.cumsum(np.clip(np.reshape(past, (-1, 4)).T, 0, None), axis=0)
    for level, colour in list(zip(stack, FORMS.values()))[::-1] * (len(past) > 1):
        shape = canvas.graph(chart, level, 1.1 * stack[-1].max())
        shape += [chart.bottomright, chart.bottomleft]
        pg.draw.polygon(canvas.screen, pg.Color(GROUND).lerp(colour, 0.6), shape)


def draw_race(canvas: Canvas, world: World, races: dict[str, deque[Any]]) -> None:
    """The energy of each integrator over time, in powers of ten of that at first."""
    room, k = canvas.panel("Energy / energy at the start", 124), canvas.scale
    chart = canvas.pg.Rect(room.x, room.y + 34 * k, room.width - 20 * k, 90 * k)
    for power in (-1, 0, 1, 2):
        a, b = canvas.graph(chart, [power + 1] * 2, 3)
        canvas.pg.draw.line(canvas.screen, GRID if power else AXIS, a, b)
        canvas.text(f"{10.0**power:g}", (room.right, a[1]), FAINT, 10, (1, 0.5))
    for n, (name, past) in enumerate(races.items()):
        if len(past) > 1:
            rest = max(map(len, races.values())) - len(past)  # since it burst
            share = np.pad(np.array(past)[:, 0], (0, rest), constant_values=np.inf)
            line = canvas.graph(chart, np.log10(np.maximum(share, 1e-9)) + 1, 3)
            canvas.pg.draw.aalines(canvas.screen, INKS[name], False, line)
        gone = name != world.integrator and name not in world.others
        place = room.x + 126 * (n % 2) * k, room.y + 15 * (n // 2) * k
        canvas.text(name + ": burst" * gone, place, INKS[name], 11, bold=True)


def draw_plane(canvas: Canvas, races: dict[str, deque[Any]]) -> None:
    """Place and speed of the stiff spring's ball as a point, step after step."""
    k, (x, y) = canvas.scale, np.add(canvas.frame.midbottom, (0, -125 * canvas.scale))
    canvas.text("place →, speed ↑", (x - 260 * k, y - 105 * k), MUTED, 12)
    for name, past in races.items():
        for _, place, speed in list(past)[:300]:
            dx, dy = 140 * k * (place - 9), 0.9 * k * speed
            if abs(dx) < 300 * k > 2 * abs(dy):
                spot = x + dx, y - dy
                canvas.pg.draw.circle(canvas.screen, INKS[name], spot, 3 * k)


def draw_limit(canvas: Canvas, world: World) -> None:
    """How near the step is to the longest that the springs bear."""
    limit, dt, k = longest_step(world.state), 1 / world.hz, canvas.scale
    room, over = canvas.panel("The step, and the stability limit", 58), dt > limit
    words = "past the limit: it explodes" if over else "↑ stiffer   ← longer steps"
    canvas.text("dt", (room.x, room.y), MUTED)
    value = f"{1000 * dt:.2f} of {1000 * limit:.2f} ms"
    canvas.text(value, (room.right, room.y), anchor=(1, 0), mono=True)
    bar = canvas.pg.Rect(room.x, room.y + 22 * k, room.width, 11 * k)
    canvas.pg.draw.rect(canvas.screen, GRID, bar)
    bar.width = int(room.width * min(dt / limit, 1.5) / 1.5)
    canvas.pg.draw.rect(canvas.screen, RED if over else GREEN, bar)
    line = canvas.pg.Rect(room.x + room.width / 1.5, bar.y - 4 * k, 2, 19 * k)
    canvas.pg.draw.rect(canvas.screen, INK, line)
    canvas.text(words, (room.x, room.y + 41 * k), RED if over else MUTED, 12)


def draw_speeds(canvas: Canvas, speeds: Any) -> None:
    """How many balls have which speed, beside what Maxwell's law expects of chance."""
    room, v = canvas.panel("Speeds, and Maxwell's law", 110), np.concatenate(speeds)
    unit = math.sqrt((v**2).mean() / 2) or 1.0  # √(kT/m)
    counts, edges = np.histogram(v / unit, 24, (0, 4))
    x, wide = (edges[1:] + edges[:-1]) / 2, room.width / 24
    for i, share in enumerate(counts / len(v) * 6):
        high = room.height * min(share / 0.8, 1)
        bar = room.x + i * wide + 1, room.bottom - high, wide - 2, high
        canvas.pg.draw.rect(canvas.screen, SPEEDS[min(int(2.3 * x[i]), 7)], bar)
    law = x * np.exp(-(x**2) / 2)  # in two dimensions
    canvas.pg.draw.aalines(canvas.screen, INK, False, canvas.graph(room, law, 0.8))


class Window:
    """A world that is looked at: keys, mouse and time in, a picture out."""

    def __init__(self, screen: Any, world: World, options: argparse.Namespace):
        self.screen, self.world = screen, world
        self.rng = np.random.default_rng(options.seed)
        self.file = Path(os.path.expanduser(options.load or "physics_world.json"))
        self.help, self.running, self.to_do = False, True, ""
        self.forget()

    def forget(self) -> None:
        """The charts begin anew."""
        self.past, self.trail = deque[Any](maxlen=600), deque[Any](maxlen=600)
        self.races = {name: deque[Any](maxlen=600) for name in INTEGRATORS}
        self.speeds = deque[Any](maxlen=60)

    def update(self, steps: int) -> None:
        """So many steps go by; sixty times a second the charts take them down."""
        for _ in range(0 if self.world.paused else steps):
            self.world = world = tick(self.world)
            if world.steps % max(world.hz // 60, 1) == 0:
                s = world.state
                self.trail.extend(s.position[i] for i in world.selected[-1:])
                self.speeds.append(np.hypot(*s.velocity.T))
                for name, state in {world.integrator: s, **world.others}.items():
                    x, v = state.position[-1, 0], state.velocity[-1, 0]
                    self.races[name].append((amount(state) / (world.whole or 1), x, v))
                self.past.append((*energy(s), s.heat))  # last: it is built last

    def key(self, key: str) -> None:
        """A key goes down."""
        before, self.to_do = self.world._replace(note=""), ""
        if key in ("q", "escape"):
            self.running = False
        elif key == "h":
            self.help = not self.help
        elif key in ("w", "f5", "l", "f9"):
            self.world = keep(before, self.file, load_it=key in ("l", "f9"))
        else:
            self.world = on_key(before, key, self.rng)
        if self.world.start is not before.start or key in ("r", "c", "i", "up", "down"):
            self.forget()

    def handle(self, pg: Any, event: Any) -> None:
        """One event of pygame's."""
        if event.type == pg.QUIT:
            self.running = False
        elif event.type == pg.KEYDOWN:
            name = pg.key.name(event.key)
            self.key(name if len(name) > 1 else event.unicode.lower() or name)
        elif event.type == pg.MOUSEBUTTONUP and event.button == 1:
            self.world = mouse_up(self.world)
        elif event.type in (pg.MOUSEMOTION, pg.MOUSEBUTTONDOWN):
            canvas = Canvas(self.screen, self.world.state.box)
            place = np.subtract(event.pos, canvas.corner) / canvas.zoom * (1, -1)
            self.world = mouse_move(self.world, place)
            if event.type == pg.MOUSEBUTTONDOWN and event.button == 1:
                more = bool(pg.key.get_mods() & pg.KMOD_SHIFT)
                self.world = mouse_down(self.world, place, more)
                self.trail.clear()

    def draw(self, fps: float = 0.0) -> None:
        """All of the picture; what needs a part that is not built is left out."""
        world, s, later = self.world, self.world.state, functools.partial
        self.screen.fill(GROUND)
        canvas = Canvas(self.screen, s.box)
        draw_box(canvas, s.box)
        self.screen.set_clip(canvas.frame)
        if len(s.springs):
            self.attempt(later(draw_springs, canvas, s))
        self.attempt(later(draw_balls, canvas, world, self.trail))
        if world.scene == "stiff":
            draw_plane(canvas, self.races)
        self.screen.set_clip(None)
        self.attempt(later(self.draw_column, canvas, fps))
        (x, y), k = canvas.frame.midbottom, canvas.scale
        words = self.to_do or world.note
        canvas.text(words, (x, y + 20 * k), YELLOW, 15, (0.5, 0.5), bold=True)
        x, y = np.divide(self.screen.get_size(), (2, 1))
        canvas.text(KEYS_LINE, (x, y - 18 * k), MUTED, 12, (0.5, 0.5))

    def draw_column(self, canvas: Canvas, fps: float) -> None:
        """The panels."""
        world, s = self.world, self.world.state
        if self.help:
            return canvas.rows("Keys", HELP, YELLOW, mono=False)
        pace = f"{world.hz} a second" + f", {world.slow} x slower" * (world.slow > 1)
        time = f"{world.steps / world.hz:.2f} s" + f", {fps:.0f} fps" * (fps > 0)
        time += ", paused" * world.paused
        lines = {"integrator": world.integrator, "steps": pace, "there are": count(s)}
        canvas.rows(world.scene or "world", {**lines, "time": time})
        draw_energy(canvas, world, self.past)
        if world.others:
            draw_race(canvas, world, self.races)
        if len(s.springs):
            draw_limit(canvas, world)
        elif len(s.mass) > 60 and not s.gravity and self.speeds:
            draw_speeds(canvas, self.speeds)

    def attempt(self, deed: Callable[[], object]) -> None:
        """Do it, or say which milestone it waits for."""
        try:
            deed()
        except NotImplementedError as error:
            other = "     I: another integrator" * ("milestone 3" in str(error))
            self.to_do = f"To do: {error}{other}"


def has_screen(pg: Any) -> bool:
    """Whether a window would be seen: pygame makes one without a screen too."""
    if not figures.has_screen():
        return False
    try:
        pg.display.init()
    except pg.error:
        return False
    return pg.display.get_driver() not in ("offscreen", "dummy")


def run_window(pg: Any, world: World, options: argparse.Namespace) -> None:
    """The loop: events, steps, a picture, sixty times a second."""
    pg.display.set_caption("Physics simulator")
    window = Window(pg.display.set_mode(SIZE, pg.RESIZABLE), world, options)
    clock, left, later = pg.time.Clock(), 0, functools.partial
    while window.running:
        window.screen = pg.display.get_surface()  # a new one when the size has changed
        for event in pg.event.get():
            window.attempt(later(window.handle, pg, event))
        # milliseconds are whole; a slow machine gets slow motion, not a queue
        ticks, rate = min(clock.tick(60), 50), 1000 * window.world.slow
        due, left = steps_due(left, ticks, rate, window.world.hz)
        window.attempt(later(window.update, due))
        window.draw(clock.get_fps())
        pg.display.flip()


# --------------------------------------------------------------------------
# The command line

FORMAT, FPS, FILM_SIZE = "physics_sim 1", 15, (800, 500)
FAR: Any = [-1e99, -1e99, 1e99, 1e99]  # m: in a file, the walls where there are none


def to_text(world: World) -> str:
    """A world as the text of a file (JSON): every number to its last digit."""
    kept = {"format": FORMAT, "integrator": world.integrator, "hz": world.hz}
    s = world.state
    state = s._replace(springs=np.reshape(s.springs, (-1, 5)), box=s.box or FAR)
    kept |= {name: np.asarray(part).tolist() for name, part in state._asdict().items()}
    lines = [f" {json.dumps(name)}: {json.dumps(part)}" for name, part in kept.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def from_text(text: str) -> World:
    """The world that a file describes; ValueError says what is wrong with it."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("this is no saved world, or it is damaged") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f"this is no world of the format {FORMAT!r}")
    n, s = (np.size(found.get(name, ())) for name in ("radius", "springs"))
    shapes = {"position": (n, 2), "velocity": (n, 2), "mass": (n,), "radius": (n,),
              "springs": (s // 5, 5), "gravity": (), "box": (4,), "bounce": (),
              "heat": (), "hz": ()}  # fmt: skip
    parts: list[Any] = [numbers(found, *entry) for entry in shapes.items()]
    state, hz = State(*parts[:-1]), parts[-1]
    x, r, low, high = state.position, state.radius[:, None], *np.split(parts[6], 2)
    ends, rest = np.split(state.springs, [2], axis=1)
    two = (ends % 1 == 0) & (ends >= 0) & (ends < n) & (ends[:, :1] != ends[:, 1:])
    for sentence, right in {
        f"it must have from 1 to {MOST:,} balls": 1 <= n <= MOST,
        "a mass or a radius is not above 0": min(*state.mass, *state.radius, 1) > 0,
        "a spring's ends must be two of its balls": two.all(),
        "a spring has a negative number": (rest >= 0).all(),
        "a ball is not in the box": ((x > low + r - 0.1) & (x < high - r + 0.1)).all(),
        "'bounce' must be from 0 to 1": 0 <= state.bounce <= 1,
        "'gravity' must not be negative": state.gravity >= 0,
        "'hz' must be a whole number from 1 to 10,000": hz in range(1, 10_001),
        "its integrator is not known": str(found.get("integrator")) in INTEGRATORS,
    }.items():
        if not right:
            raise ValueError(sentence)
    state = State(*parts[:5], *(np.asarray(part).tolist() for part in parts[5:-1]))
    state = state._replace(box=None) if state.box == FAR else state
    return new_world(state, integrator=found["integrator"], hz=int(hz))


def numbers(found: dict[str, Any], name: str, shape: tuple[int, ...]) -> np.ndarray:
    """An entry of a file as numbers; only a mass may be infinite."""
    try:
        table = np.array(found.get(name), dtype=float).reshape(shape)
    except (ValueError, TypeError, OverflowError):
        table = np.array(np.nan)
    if not np.isfinite(np.minimum(table, 1) if name == "mass" else table).all():
        size = " x ".join(map(str, shape)) or "1"
        raise ValueError(f"{name!r} must have {size} finite numbers")
    return table


def load(file: Path) -> World:
    """The world in a file; ValueError names the file and what is wrong."""
    try:
        return from_text(file.read_text(encoding="utf-8"))
    except ValueError as error:  # also bytes that are no text
        what = "this is no text" if isinstance(error, UnicodeError) else error
        raise ValueError(f"{file}: {what}") from None


def keep(world: World, file: Path, load_it: bool) -> World:
    """Write the world to the file, or load the one in it; says so in its note."""
    text = to_text(world)
    try:
        if load_it:
            return load(file)._replace(note=f"Loaded {file}", scene=world.scene)
        figures.write(file, lambda part: part.write_text(text, encoding="utf-8"))
        return world._replace(note=f"Saved {file}")
    except OSError as error:
        return world._replace(note=f"{file}: {(error.strerror or '').lower()}")
    except ValueError as error:
        return world._replace(note=str(error))


def replay(window: Window, script: str) -> Iterator[None]:
    """Do what a script says; yields after every step, so that it can be filmed."""
    more = False
    for action in figures.read_script(script):
        steps = round(action.seconds * window.world.hz)  # a drag takes 0.2 s
        if action.key == "shift":  # the next click selects one more
            more = True
        elif action.key:
            window.key(action.key.lower())
        elif action.points:
            a, b = np.array([action.points[0], action.points[-1]])
            window.world, more = mouse_down(window.world, a, more), False
            looks = window.world.hz // 5 * (len(action.points) - 1)
            for share in np.linspace(0, 1, looks):
                window.world = mouse_move(window.world, a + share * (b - a))
                window.update(1)
                yield
            window.world = mouse_up(window.world)
        for _ in range(steps):
            window.update(1)
            yield


def run_unseen(world: World, options: argparse.Namespace, file: Path | None) -> int:
    """Without a window: run, write a picture or a film to the file, print the end."""
    film = bool(file) and str(file).lower().endswith(".gif")
    surface = load_pygame().Surface(FILM_SIZE if film else SIZE)
    window, frames = Window(surface, world, options), []
    script = f"wait:{options.seconds:f}" if options.script is None else options.script
    if film and sum(action.seconds for action in figures.read_script(script)) > 30:
        raise ValueError("this is too long for a film: at most 30 seconds")
    for i, _ in enumerate(replay(window, script)):
        if film and i % max(window.world.hz // FPS, 1) == 0:
            window.draw()
            frames.append(photo(surface))
    if file:
        window.draw()
        save(file, [*frames, photo(surface)])
    print(describe(window.world))
    return 0


def photo(surface: Any) -> Any:
    """The picture as Pillow has it."""
    from PIL import Image

    data = load_pygame().image.tobytes(surface, "RGB")
    return Image.frombytes("RGB", surface.get_size(), data)


def save(file: Path, frames: list[Any]) -> None:
    """One picture into a PNG or JPG, several into a GIF; says so."""
    put = frames[0].save
    if len(frames) > 1:  # all in the colours of the last, or they would flicker
        colours = frames[-1].quantize(64, method=1)  # rare ones too
        first, *rest = (frame.quantize(palette=colours, dither=0) for frame in frames)
        times = [1000 // FPS] * len(rest) + [1500]  # ms
        more = {"append_images": rest, "duration": times, "loop": 0}
        put = functools.partial(first.save, save_all=True, **more)
    figures.write(file, put)
    print(f"Saved {file}")


def count(s: State) -> str:
    """How many balls and springs there are, in words."""
    found = (len(s.mass), "ball"), (len(s.springs), "spring")
    return ", ".join(f"{n:,} {name}{'s' * (n != 1)}" for n, name in found)


def describe(world: World) -> str:
    """The end of a run in words and numbers."""
    s, n = world.state, len(world.state.mass)
    time = f"{world.steps} steps, {world.steps / world.hz:g} s"
    lines = [f"{count(s)}; {world.integrator}, {time}"]
    forms = [*zip(FORMS, (*energy(s), s.heat)), ("sum", amount(s))]
    lines += [f"{name:8}{value:16.6f} J" for name, value in forms]
    lines[-1] += f", at the start {world.whole:.6f} J"
    for i, ((x, y), (vx, vy)) in enumerate(zip(s.position[:4], s.velocity)):
        lines.append(f"ball {i}  x ({x:.4f}, {y:.4f}) m  v ({vx:.4f}, {vy:.4f}) m/s")
    return "\n".join([*lines, *["…"] * (n > 4), *[world.note] * bool(world.note)])


def report(world: World, seconds: float) -> int:
    """Print how far the energy drifts with each integrator."""
    s, hz = world.state, world.hz
    print(f"{world.scene}: {count(s)}, {seconds:g} s at {hz} steps a second")
    if len(s.springs):
        limit = 1000 * longest_step(s)
        print(f"step {1000 / hz:.2f} ms, stability limit {limit:.2f} ms")
    print("drift: the most that the energy is ever off, in % of that at the start")
    for name in INTEGRATORS:
        sums, now = [amount(s)], s
        while len(sums) <= max(seconds * hz, 4) and not burst(now, sums[0]):
            now = step(now, 1 / hz, name)
            sums.append(amount(now))
        E, fifth = np.array(sums) / (sums[0] or 1.0), max(len(sums) // 5, 1)
        drift, first = 100 * np.abs(E - E[0]).max(), E[:fifth].mean() or 1.0
        ratio = E[-fifth:].mean() / first
        end = f"mean energy, last / first fifth of the time: {ratio:.4f}"
        if burst(now, sums[0]):
            drift, end = np.inf, f"burst after {(len(E) - 1) / hz:.2f} s"
        print(f"{name:14}drift {f'{drift:.3g} %':11}{end}", flush=True)
    return 0


def first_world(options: argparse.Namespace) -> World:
    """The world to begin with."""
    asked = {"integrator": options.integrator, "hz": options.hz}
    changes = {name: value for name, value in asked.items() if value}
    if options.load:
        file = Path(os.path.expanduser(options.load))
        return load(file)._replace(**changes, scene=file.stem)
    rng, n = np.random.default_rng(options.seed), options.balls
    scene = options.scene or ("ball" if options.report else "start")
    state = SCENES[scene](rng)
    if n:
        state = gas_scene(rng, n) if scene == "gas" else scattered(n, rng)
        scene = "gas" if scene == "gas" else "balls"
    return new_world(state._replace(bounce=options.bounce), scene, **changes)


def one_of(names: Iterable[str]) -> Callable[[str], str]:
    """The type of an option: one of these names."""

    def convert(text: str) -> str:
        if text in names:
            return text
        hint = console.nearest_name(text, names) or f"; known: {', '.join(names)}"
        raise argparse.ArgumentTypeError(f"there is no {text!r}{hint}")

    return convert


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase2_calculus/physics_sim.py
        python phase2_calculus/physics_sim.py --scene cradle
        python phase2_calculus/physics_sim.py --balls 1000 --bounce 0.5
        python phase2_calculus/physics_sim.py --headless --seconds 20 --report
        python phase2_calculus/physics_sim.py --scene cloth --save cloth.gif"""
    parser = console.parser(__file__, __doc__, examples)
    add, whole, number = parser.add_argument, console.whole, console.number
    scenes, ways = f"{', '.join(SCENES)} (default start)", ", ".join(INTEGRATORS)
    add("--scene", type=one_of(SCENES), metavar="NAME", help=scenes)
    add("--balls", type=whole(1, MOST), metavar="N", help="so many balls instead")
    keeps = "share of the speed that a hit leaves (default 1)"
    add("--bounce", type=number(0, 1), default=1.0, metavar="E", help=keeps)
    way = f"{ways} (default verlet)"
    add("--integrator", type=one_of(INTEGRATORS), metavar="NAME", help=way)
    hz = "steps a second (default 60, in some scenes more)"
    add("--hz", type=whole(1, 10_000), metavar="N", help=hz)
    add("--load", metavar="FILE", help="a world that the window wrote (key W)")
    add("--headless", action="store_true", help="no window: run, and print the end")
    long = "so long, where there is no window (default 5 s)"
    add("--seconds", type=number(0, 3600), default=5.0, metavar="S", help=long)
    add("--report", action="store_true", help="no window: the drift of each integrator")
    figures.add_options(parser, __file__, script="space*3 g wait:2 i")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Open the window; or run, report, replay or film without one."""
    options = build_parser().parse_args(argv)
    file, scripted = options.save, options.script is not None
    if file and file.suffix.lower() not in (".png", ".jpg", ".gif"):
        raise ValueError(f"{file}: this picture is saved as .png, .jpg or .gif")
    world = first_world(options)
    if options.report:
        return report(world, options.seconds)
    if options.headless or options.no_show or scripted or file:
        return run_unseen(world, options, file)
    pg = load_pygame()
    if has_screen(pg):
        print("In the window, H shows what the keys do, and Esc ends it.", flush=True)
        run_window(pg, world, options)
        return 0
    print("There is no screen here, so no window. This is what it would show:")
    return run_unseen(world, options, Path(options.picture))


if __name__ == "__main__":
    console.run(main)
