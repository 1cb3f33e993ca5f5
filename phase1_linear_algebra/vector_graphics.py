"""Chapter 1. Vector graphics: shapes are vectors, and a matrix moves them.

A place on a page is two numbers, so far to the right and so far up. Such a list of
numbers is a vector, and three of them make a triangle. To turn it one need only know
where the arrows (1, 0) and (0, 1) go. Every other place is so much of the one and so
much of the other, and follows. Those two answers, written side by side, are a matrix:

    R = ⎡cos θ  −sin θ⎤      (1, 0) goes to the first column,
        ⎣sin θ   cos θ⎦      (0, 1) to the second: a turn by the angle θ

With a third coordinate that is always 1 a shift is a matrix too, so that every
chain of turns, stretches and shifts is one product, and its inverse leads back:

    M = ⎡a  b  tx⎤      x' = a x + b y + tx
        ⎢c  d  ty⎥      y' = c x + d y + ty
        ⎣0  0   1⎦      area × (a d − b c), the determinant

You will see a window with a triangle, and its matrix as you press R, S and the arrow
keys; U takes a step back by the inverse, O shows that AB is not BA. Key A starts
Asteroids: everything in it flies by these matrices. H lists the keys.

    python phase1_linear_algebra/vector_graphics.py
    python phase1_linear_algebra/vector_graphics.py --game asteroids
    python phase1_linear_algebra/vector_graphics.py --script "R30 S1.5 T2,1"

Names
    points     (n, 2)  places in the world, one a row: x to the right, y up
    pixels     (n, 2)  the same places on the screen: y down
    M, matrix  (3, 3)  what it does to (x, y, 1); its last row is 0 0 1
    θ, theta           angle in radians, counter-clockwise: 180° is π
    T, R, S            matrices that shift, rotate (turn) and scale (stretch)
    zoom, size         pixels per unit; (width, height)

What this leaves out: perspective, which is chapter 2; three dimensions; shears of your
own (stretch a turned shape one way only, and one appears).

Source: Orland, "Math for Programmers", chapters 2 to 5.
"""

import argparse
import copy
import functools
import math
import os
import re
import textwrap
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from common import console, figures

Pair = tuple[float, float]

# The shapes where they are born, around (0, 0); the nose of a ship points to the right.
TIPS = np.linspace(np.pi / 2, 2.5 * np.pi, 11)[:10, None]
SHAPES = {
    "triangle": np.array([(-1.2, -0.7), (1.2, -0.7), (0, 1.4)]),
    "square": np.array([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
    "star": np.hstack([np.cos(TIPS), np.sin(TIPS)]) * ([[1.3], [0.55]] * 5),
    "ship": np.array([(1.5, 0), (-0.7, 0.9), (-0.1, 0), (-0.7, -0.9)]),
}


# --------------------------------------------------------------------------
# Milestone 1: a triangle is three vectors


def outline(points: np.ndarray) -> np.ndarray:
    """The way round a shape: its corners, and the first once more: (n, 2) -> (n+1, 2).

    >>> outline(np.array([[0, 0], [2, 0], [0, 1]]))
    array([[0, 0],
           [2, 0],
           [0, 1],
           [0, 0]])
    """
    return np.concatenate([points, points[:1]])


def to_screen(
    points: np.ndarray, size: Pair, zoom: float, centre: np.ndarray
) -> np.ndarray:
    """Where points of the world are on the screen, a new array: (n, 2) -> (n, 2).

        right = width / 2 + zoom · (x − cx)        down = height / 2 − zoom · (y − cy)

    The point `centre` of the world is in the middle of the screen. Its y goes up, that
    of the screen goes down from the top edge: hence the minus.
    """
    right, down = (np.asarray(points, dtype=float) - centre).T * [[zoom], [-zoom]]
    return np.column_stack([size[0] / 2 + right, size[1] / 2 + down])


def to_world(
    pixels: np.ndarray, size: Pair, zoom: float, centre: np.ndarray
) -> np.ndarray:
    """Where pixels are in the world, the inverse of `to_screen`: (n, 2) -> (n, 2)."""
    right, down = (np.asarray(pixels, dtype=float) - np.asarray(size) / 2).T
    return np.column_stack([right / zoom, -down / zoom]) + centre


# --------------------------------------------------------------------------
# Milestone 2: a matrix turns the triangle


def rotation(theta: float) -> np.ndarray:
    """The matrix that turns by theta about (0, 0), counter-clockwise: (3, 3).

    The arrow (1, 0) goes to (cos θ, sin θ), which is what cos and sin mean: the place
    on the circle after walking round by θ. (0, 1) is a quarter turn ahead of it.
    """
    c, s = math.cos(theta), math.sin(theta)
    # fmt: off
    return np.array([[c, -s, 0],
                     [s,  c, 0],
                     [0,  0, 1]])
    # fmt: on


def scaling(sx: float, sy: float) -> np.ndarray:
    """The matrix that stretches x by sx and y by sy, away from (0, 0): (3, 3)."""
    # fmt: off
    return np.array([[sx,  0, 0],
                     [0,  sy, 0],
                     [0,   0, 1.0]])
    # fmt: on


def translation(dx: float, dy: float) -> np.ndarray:
    """The matrix that shifts by (dx, dy): (3, 3).

    No 2x2 matrix can, as it leaves (0, 0) where it is. The third coordinate, always 1,
    is what dx and dy are multiplied by.
    """
    # fmt: off
    return np.array([[1, 0, dx],
                     [0, 1, dy],
                     [0, 0, 1.0]])
    # fmt: on


def apply(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Where a matrix sends points: (3, 3), (n, 2) -> (n, 2).

        (x', y', 1) = M (x, y, 1)

    The points are rows, so all of them at once is one product with M's transpose.
    """
    ones = np.ones((len(points), 1))
    return (np.hstack([points, ones]) @ matrix.T)[:, :2]


# --------------------------------------------------------------------------
# Milestone 3: one after another, and back


def compose(*matrices: np.ndarray) -> np.ndarray:
    """One matrix for several, of which **the first given acts first**: (3, 3).

        compose(A, B, C) = C B A,   because C B A p = C (B (A p))

    So the product is read from the right. Without any it is the identity.
    """
    product = np.eye(3)
    for M in matrices:
        product = M @ product
    return product


def determinant(matrix: np.ndarray) -> float:
    """How many times as large areas become; negative if the shape is mirrored.

        det = a d − b c

    The area of the parallelogram into which the square on (1, 0) and (0, 1) turns.
    """
    (a, b), (c, d) = matrix[:2, :2]
    return float(a * d - b * c)


def inverse(matrix: np.ndarray) -> np.ndarray:
    """The matrix that leads back: inverse(M) @ M is the identity.

        A⁻¹ = 1 / (ad − bc) · ⎡ d  −b⎤       shift:  −A⁻¹ t
                              ⎣−c   a⎦

    ValueError if the determinant is 0: all is squashed onto a line, and where it came
    from is lost. The last row of the matrix must be 0 0 1.
    """
    (a, b), (c, d) = matrix[:2, :2]
    back = np.eye(3)
    back[:2, :2] = np.array([[d, -b], [-c, a]]) / not_flat(matrix)
    back[:2, 2] = -back[:2, :2] @ matrix[:2, 2]
    return back


def not_flat(matrix: np.ndarray) -> float:  # given
    """The determinant; ValueError if it is 0, or the last row is not 0 0 1."""
    if not np.array_equal(matrix[2], [0, 0, 1]):
        raise ValueError("the last row of the matrix must be 0 0 1")
    sides = np.linalg.norm(matrix[:2, :2], axis=0).prod()
    if not abs(determinant(matrix)) > 1e-12 * sides:  # 0 but for rounding
        raise ValueError("the matrix squashes all onto a line: there is no way back")
    return determinant(matrix)


def decompose(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The shift T, turn R and stretch S with T @ R @ S = M: three times (3, 3).

    The first column is (1, 0) stretched, turned: its length is sx, its angle that of R.
    The second must be at right angles to it, sy is the rest of the determinant, and
    negative when M mirrors. ValueError if M is flat (`not_flat` says so), or slants:
    then there are no such three.
    """
    det = not_flat(matrix)
    first, second, shift = matrix[:2].T
    sx = math.hypot(*first)
    if abs(first @ second) > 1e-9 * sx * math.hypot(*second):
        raise ValueError("sheared: no T · R · S")
    R = rotation(math.atan2(first[1], first[0]))
    return translation(*shift), R, scaling(sx, det / sx)


def lerp(a: Any, b: Any, t: float) -> Any:
    """From a (t = 0) to b (t = 1) in a straight line; t = ½ is the middle.

    All smooth motion here is this: a turn by 90° is shown as turns by lerp(0, 90°, t),
    with a t that grows from 0 to 1 as time goes by.
    """
    return (1 - t) * a + t * b


# --------------------------------------------------------------------------
# Milestone 4: Asteroids, by the same matrices

WORLD = (32.0, 20.0)  # units: what leaves on one side comes in on the other
SPIN, THRUST, DRAG = 3.8, 13.0, 0.5  # rad/s; units/s²; half the speed is lost in 1.4 s
SHOT_SPEED, SHOT_LIFE, SHOTS = 21.0, 0.9, 5  # units/s; s; so many at a time
SHIP, LINE = 0.42 * SHAPES["ship"], np.array([(0, 0), (-0.45, 0)])  # a shot, a spark
RADIUS = {3: 1.9, 2: 1.05, 1: 0.55}  # of rocks, by size
SPEED = {3: 1.6, 2: 2.6, 1: 3.6}  # units/s
SCORE, BONUS = {3: 20, 2: 50, 1: 100}, 5000  # points; points to a life more
GONE, SAFE = 1.5, 2.5  # s until a lost ship is replaced; s in which nothing can harm it


def segments_cross(p: np.ndarray, q: np.ndarray, r: np.ndarray, s: np.ndarray) -> bool:
    """Whether the segment from p to q meets that from r to s: four times (2,) -> bool.

    Touching counts. They meet if the ends of each lie on different sides of the other,
    or on it, and their boxes overlap (which matters only if all four are on one line).
    """
    p, q, r, s = (np.asarray(point, dtype=float) for point in (p, q, r, s))
    apart = np.minimum(p, q) > np.maximum(r, s)
    apart |= np.minimum(r, s) > np.maximum(p, q)
    one = side(p, q, r) * side(p, q, s) <= 0
    other = side(r, s, p) * side(r, s, q) <= 0
    return one and other and not apart.any()


def side(p: np.ndarray, q: np.ndarray, point: np.ndarray) -> float:
    """+1 if the point is to the left of the way from p to q, −1 to the right, 0 on it.

    The sign of the determinant whose columns are the arrows q − p and point − p.
    """
    (a, c), (b, d) = q - p, point - p
    return float(np.sign(a * d - b * c))


def inside(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Which points are inside a polygon, open or closed: (n, 2), (m, 2) -> (n,) bool.

    Walk from the point to the right, and count the edges on the way: odd is inside.
    """
    x, y = np.asarray(points, dtype=float).T[:, :, None]  # (n, 1) each
    a, b = np.asarray(polygon, dtype=float), np.roll(polygon, -1, axis=0)
    (ax, ay), (bx, by) = a.T, b.T  # (m,) each
    at_height = (ay > y) != (by > y)  # (n, m)
    left = (bx - ax) * (y - ay) > (by - ay) * (x - ax)  # of the edge from a to b
    return (at_height & (left == (by > ay))).sum(axis=1) % 2 == 1


def strikes(p: np.ndarray, q: np.ndarray, polygon: np.ndarray) -> bool:
    """Whether the way from p to q begins inside a polygon, or crosses an edge.

    p and q are (2,); `p[None]` is p as a table of one row, as `inside` wants it.
    """
    if inside(np.array([p]), polygon)[0]:
        return True
    way_round = outline(polygon)
    return any(segments_cross(p, q, a, b) for a, b in zip(way_round, way_round[1:]))


def wrap(position: np.ndarray, size: Pair) -> np.ndarray:
    """The same place inside the world, whose middle is (0, 0): (2,) -> (2,).

    Of the difference of two places it makes the shortest way, perhaps over an edge.
    """
    half = np.array(size) / 2
    return (position + half) % (2 * half) - half


def heading(angle: float) -> np.ndarray:
    """The arrow of length 1 in a direction: (1, 0), turned by the angle: (2,)."""
    return apply(rotation(angle), np.array([[1.0, 0.0]]))[0]


@dataclass(eq=False)
class Body:
    """Whatever flies: the ship, a rock, a shot, a spark."""

    position: np.ndarray  # (2,)
    velocity: np.ndarray  # (2,) units a second
    points: np.ndarray  # (n, 2) its corners, around (0, 0)
    angle: float = 0.0
    spin: float = 0.0  # rad/s
    size: int = 0  # of rocks: 3 large … 1 small
    radius: float = 0.65  # no corner is farther from its position
    age: float = 0.0  # s; below 0 it is still to come

    def polygon(self) -> np.ndarray:
        """Its corners in the world: turned by its angle, then shifted: (n, 2)."""
        M = compose(rotation(self.angle), translation(*self.position))
        return apply(M, self.points)

    def later(self, dt: float, size: Pair) -> "Body":
        """This body dt seconds later: on by velocity times dt, and wrapped."""
        position = wrap(self.position + self.velocity * dt, size)
        angle, age = self.angle + self.spin * dt, self.age + dt
        return replace(self, position=position, angle=angle, age=age)


@dataclass(eq=False)
class Game:
    """All there is in a game of Asteroids; `step` makes the next one."""

    ship: Body
    rocks: list[Body]
    shots: list[Body]
    rng: np.random.Generator
    size: Pair = WORLD
    score: int = 0
    lives: int = 3
    level: int = 0
    paused: bool = False
    over: bool = False
    held: frozenset[str] = frozenset()  # keys that were down in the last step
    clock: float = 0.0  # s since the level began
    sparks: list[Body] = field(default_factory=list)


def new_ship(age: float = 0.0) -> Body:
    """A ship at rest in the middle, its nose up."""
    return Body(np.zeros(2), np.zeros(2), SHIP, angle=math.pi / 2, age=age)


def new_rock(place: np.ndarray, velocity: np.ndarray, size: int, rng: Any) -> Body:
    """A rock with ten corners at random distances, all within its radius."""
    angles = np.linspace(0, 2 * np.pi, 11)[:10]
    far = RADIUS[size] * rng.uniform(0.7, 1.0, 10)
    points = np.column_stack([far * np.cos(angles), far * np.sin(angles)])
    spin = rng.uniform(-1.5, 1.5)
    return Body(place, velocity, points, 0.0, spin, size, RADIUS[size])


def split(rock: Body, rng: np.random.Generator) -> list[Body]:
    """What is left of a rock that was hit: two of the next size, or nothing.

    They fly apart: its velocity turned one way and the other, and faster.
    """
    pieces, size = [], rock.size - 1
    for way in (1, -1) if size else ():
        turned = apply(rotation(way * rng.uniform(0.4, 1.1)), rock.velocity[None])[0]
        velocity = SPEED[size] / SPEED[rock.size] * turned
        pieces.append(new_rock(rock.position, velocity, size, rng))
    return pieces


def new_game(rng: np.random.Generator, size: Pair = WORLD) -> Game:
    """A game at the beginning of level 1: three lives, four large rocks."""
    return next_level(Game(new_ship(), [], [], np.random.default_rng(rng), size))


def next_level(game: Game) -> Game:
    """The next level: one rock more, a bit faster, and none near the ship."""
    level, rng, rocks = game.level + 1, game.rng, list[Body]()
    while len(rocks) < min(3 + level, 10):
        place = rng.uniform(-0.5, 0.5, 2) * game.size
        if np.linalg.norm(wrap(place - game.ship.position, game.size)) > 6:
            speed = SPEED[3] * rng.uniform(0.7, 1.3) * (1 + 0.08 * level)
            velocity = speed * heading(rng.uniform(0, 2 * np.pi))
            rocks.append(new_rock(place, velocity, 3, rng))
    return replace(game, level=level, rocks=rocks, clock=0.0)


def step(game: Game, keys: set[str], dt: float) -> Game:
    """The game dt seconds later, as a new Game; `keys` are those that are down.

    left and right turn the ship, thrust speeds it up; fire, pause and restart act when
    their key goes down, not while it stays down.
    """
    pressed = set(keys) - game.held
    # subtle: a copy, so that the same game and keys have the same future every time
    game = replace(game, held=frozenset(keys), rng=copy.deepcopy(game.rng))
    if "restart" in pressed:
        return replace(new_game(game.rng, game.size), held=game.held)
    if "pause" in pressed and not game.over:
        game = replace(game, paused=not game.paused)
    if game.paused:
        return game
    if game.ship.age >= 0 and not game.over:
        game = steer(game, keys, "fire" in pressed, dt)
    game = drift(crash(hit(game, dt)), dt)
    return game if game.rocks or game.over else next_level(game)


def steer(game: Game, keys: set[str], fire: bool, dt: float) -> Game:
    """The ship turned, sped up along its nose, slowed a little; perhaps a shot."""
    ship, shots = game.ship, game.shots
    angle = ship.angle + SPIN * dt * (("left" in keys) - ("right" in keys))
    velocity = ship.velocity * math.exp(-DRAG * dt)
    velocity = velocity + THRUST * dt * ("thrust" in keys) * heading(angle)
    ship = replace(ship, angle=angle, velocity=velocity)
    if fire and len(shots) < SHOTS:
        speed = velocity + SHOT_SPEED * heading(angle)
        shots = [*shots, Body(ship.polygon()[0], speed, LINE, angle)]
    return replace(game, ship=ship, shots=shots)


def meets(shot: Body, rock: Body, size: Pair, dt: float) -> bool:
    """Whether a shot meets a rock within the next dt seconds.

    A fast shot would jump over a small rock, if only its places were looked at. So the
    whole way of this step is a segment, as it is seen from the rock.
    """
    start = rock.position + wrap(shot.position - rock.position, size)
    way = (shot.velocity - rock.velocity) * dt
    far = np.linalg.norm(start - rock.position) > rock.radius + np.linalg.norm(way)
    return not far and strikes(start, start + way, rock.polygon())


def hit(game: Game, dt: float) -> Game:
    """Rocks split by the shots that meet them in the next dt seconds; the score."""
    rocks, shots, score, sparks = [*game.rocks], [], game.score, [*game.sparks]
    for shot in game.shots:
        rock = next((r for r in rocks if meets(shot, r, game.size, dt)), None)
        if rock is None:
            shots.append(shot)
            continue
        rocks.remove(rock)
        rocks += split(rock, game.rng)
        score += SCORE[rock.size]
        sparks += burst(shot.position, 4 * rock.size, game.rng)
    lives = game.lives + score // BONUS - game.score // BONUS
    game = replace(game, rocks=rocks, shots=shots, sparks=sparks)
    return replace(game, score=score, lives=lives)


def crash(game: Game) -> Game:
    """A life less, and the rock split, if one touches the ship and it is not safe.

    They touch over an edge of the world too: what counts is the shortest way (`wrap`).
    """
    ship = game.ship
    if ship.age < SAFE or game.over:
        return game
    for rock in game.rocks:
        way = wrap(ship.position - rock.position, game.size)
        if np.linalg.norm(way) > rock.radius + ship.radius:
            continue
        corners = outline(ship.polygon() - ship.position + rock.position + way)
        if any(strikes(p, q, rock.polygon()) for p, q in zip(corners, corners[1:])):
            rocks = [r for r in game.rocks if r is not rock] + split(rock, game.rng)
            sparks = game.sparks + burst(ship.position, 24, game.rng)
            game = replace(game, rocks=rocks, sparks=sparks, ship=new_ship(-GONE))
            return replace(game, lives=game.lives - 1, over=game.lives == 1)
    return game


def burst(place: np.ndarray, n: int, rng: np.random.Generator) -> list[Body]:  # given
    """n sparks that fly from a place to all sides, and last up to a second."""
    numbers = rng.uniform([0, 1, 0], [2 * np.pi, 6, 0.6], (n, 3))
    return [Body(place, v * heading(a), LINE, a, age=age) for a, v, age in numbers]


def drift(game: Game, dt: float) -> Game:
    """Everything moved on; old shots end, and a new ship waits until there is room.

    A ship whose age is below 0 is not there yet: it neither flies nor fires.
    """
    rocks = [rock.later(dt, game.size) for rock in game.rocks]
    shots = [s.later(dt, game.size) for s in game.shots if s.age + dt < SHOT_LIFE]
    ship = game.ship.later(dt, game.size)
    crowded = any(np.linalg.norm(rock.position) < rock.radius + 2.5 for rock in rocks)
    if game.ship.age < 0 <= ship.age and crowded:
        ship = game.ship
    sparks = [s.later(dt, game.size) for s in game.sparks if s.age + dt < 1]
    game = replace(game, rocks=rocks, shots=shots, ship=ship, sparks=sparks)
    return replace(game, clock=game.clock + dt)


# --------------------------------------------------------------------------
# Given: the shapes of the window, and what keys and mouse do to them
#
# Nothing here draws, and nothing is changed in place: each key makes a new Scene.

TAP = 1 / 6  # s: a key counts as down at least so long, so that a tap is a whole step
TURN, GROWTH, PACE = math.radians(90), 1.5, 3.0  # a second of R, of S, of an arrow key
GLIDE = 0.6  # s for a move that is typed, undone or swapped
ARROWS = {"left": (-1, 0), "right": (1, 0), "up": (0, 1), "down": (0, -1)}
MOVERS = {"r", "s", "mouse", *ARROWS}  # keys that move a shape while they are held


class Move(NamedTuple):  # given
    """A turn and a stretch about a pivot, then a shift; mostly just one of them."""

    turn: float = 0.0  # radians
    sx: float = 1.0
    sy: float = 1.0
    dx: float = 0.0
    dy: float = 0.0
    pivot: Pair = (0.0, 0.0)

    def matrix(self, t: float = 1) -> np.ndarray:
        """T(p + d) · R · S · T(−p): p to (0, 0), stretch, turn, back, and on by d.

        With t from 0 to 1 only so much of it: that makes it smooth to look at.
        """
        turn, sx, sy, dx, dy = self[:5]
        if t < 1:
            turn, sx, sy, dx, dy = lerp(np.array(Move()[:5]), np.array(self[:5]), t)
        px, py = self.pivot
        A = rotation(turn) @ scaling(sx, sy)
        return translation(px + dx, py + dy) @ A @ translation(-px, -py)

    def __str__(self) -> str:
        turn = f"turn {math.degrees(self.turn):.4g}°" * (self.turn != 0)
        both = f", {self.sy:.4g}" * (self.sx != self.sy)
        stretch = f"stretch {self.sx:.4g}{both}" * (self[1:3] != (1, 1))
        move = f"move {self.dx:.4g}, {self.dy:.4g}" * (self[3:5] != (0, 0))
        return " and ".join(filter(None, (turn, stretch, move)))


class Shape(NamedTuple):  # given
    """A shape: where it was born, and the product of all that was done to it."""

    name: str
    points: np.ndarray  # (n, 2)
    moves: tuple[Move, ...] = ()
    matrix: np.ndarray = np.eye(3)


class Glide(NamedTuple):  # given
    """Moves that are shown one after another, or one that is undone."""

    start: np.ndarray
    moves: tuple[Move, ...]
    undone: bool = False
    age: float = 0.0  # s

    def matrix(self) -> np.ndarray:
        """Where they have got to: some are done, one is under way."""
        M = self.start
        for i, move in enumerate(self.moves):
            t = min(max(self.age / GLIDE - i, 0.0), 1.0)
            M = move.matrix(1 - t if self.undone else t) @ M
        return M


@dataclass(frozen=True, eq=False)
class Scene:  # given
    """The shapes, the view of them, and what is in progress with the selected one."""

    shapes: tuple[Shape, ...] = (Shape("triangle", SHAPES["triangle"]),)
    selected: int = 0
    made: int = 1
    zoom: float = 70.0
    centre: np.ndarray = field(default_factory=lambda: np.array([-2.2, 0.0]))
    about_origin: bool = False  # else a shape turns and stretches about its own centre
    held: dict[str, Pair] = field(default_factory=dict)  # key: s down, s to stay down
    open: Move | None = None  # it grows while keys are held
    glide: Glide | None = None
    ghosts: tuple[tuple[str, np.ndarray], ...] = ()  # their words, their matrix
    note: str = "Hold R to turn the triangle, and watch its matrix."

    @property
    def shape(self) -> Shape:
        """The selected shape."""
        return self.shapes[self.selected]

    def matrix(self, i: int) -> np.ndarray:
        """The matrix of shape i as it is shown now, with what is in progress."""
        M = self.shapes[i].matrix
        if i == self.selected and self.glide:
            return self.glide.matrix()
        return self.open.matrix() @ M if i == self.selected and self.open else M

    def corners(self, i: int) -> np.ndarray:
        """Where the corners of shape i are now; if it never moved, without a matrix."""
        points, M = self.shapes[i].points, self.matrix(i)
        return points if np.array_equal(M, np.eye(3)) else apply(M, points)

    def change(self, **news: Any) -> "Scene":
        """This scene with its selected shape changed."""
        shapes = list(self.shapes)
        shapes[self.selected] = self.shape._replace(**news)
        return replace(self, shapes=tuple(shapes))

    def do(self, move: Move, show: bool = False) -> "Scene":
        """The selected shape moved; ValueError if it would leave what can be drawn."""
        if not self.shapes:
            raise ValueError("there is no shape to move: n makes one")
        M = move.matrix() @ self.shape.matrix
        if np.linalg.norm(M[:2, :2], axis=0).min() < 1e-4 or np.abs(M).max() > 1e4:
            raise ValueError("the shape would be too small, too large or too far away")
        glide = Glide(self.shape.matrix, (move,)) if show else None
        scene = self.change(moves=(*self.shape.moves, move), matrix=M)
        return replace(scene, glide=glide)

    def hold(self, held: dict[str, Pair]) -> "Scene":
        """Other keys are held: a move begins with the first, and ends with the last.

        So what one press of a key does is one move, however long it lasts.
        """
        scene, moving = replace(self, held=held), bool(held.keys() & MOVERS)
        if moving == bool(self.open) or not self.shapes:
            return scene
        if moving:
            x, y = self.corners(self.selected).mean(axis=0).round(9) + 0.0
            move = Move(pivot=(0.0, 0.0) if self.about_origin else (float(x), float(y)))
            apply(move.matrix(), self.shape.points)  # what is not built shows up here
            return replace(scene, open=move)
        scene = replace(scene, open=None)
        try:
            return scene.do(self.open) if self.open and str(self.open) else scene
        except ValueError as error:
            return replace(scene, note=f"Taken back: {error}.")

    def settle(self) -> "Scene":
        """All that is in progress brought to its end, and no key held but Shift."""
        rest = [end - age for age, end in self.held.values() if end < math.inf]
        held = {key: times for key, times in self.held.items() if key == "shift"}
        scene = self.advance(max(rest, default=0)).hold(held)
        return replace(scene, glide=None, ghosts=(), note="")

    def advance(self, dt: float) -> "Scene":
        """dt seconds later: held keys move the shape, a glide glides on."""
        scene, held = self, {}
        for key, (age, end) in self.held.items():
            scene = scene.grown(key, min(dt, end - age))
            if age + dt < end:
                held[key] = (age + dt, end)
        if self.glide:
            glide = self.glide._replace(age=self.glide.age + dt)
            over = glide.age > GLIDE * len(glide.moves)
            scene = replace(scene, glide=None if over else glide)
        return scene.hold(held)

    def grown(self, key: str, run: float) -> "Scene":
        """The open move after a key was held for so many seconds; Shift reverses."""
        if not (m := self.open):
            return self
        (x, y), back = ARROWS.get(key, (0, 0)), -run if "shift" in self.held else run
        m = m._replace(dx=m.dx + PACE * run * x, dy=m.dy + PACE * run * y)
        if key == "r":
            m = m._replace(turn=m.turn + TURN * back)
        elif key == "s":
            m = m._replace(sx=m.sx * GROWTH**back, sy=m.sy * GROWTH**back)
        return replace(self, open=m)

    def on_key(self, key: str, down: bool = True) -> "Scene":
        """A key is pressed, or let go: the scene after that."""
        if not down and key in self.held:
            age = self.held[key][0]
            end = age if key in ("shift", "mouse") else max(age, TAP)
            return replace(self, held={**self.held, key: (age, end)}).advance(0)
        if down and (key == "shift" or key in MOVERS):
            now = replace(self, glide=None, ghosts=(), note="") if self.shapes else self
            return now.hold({**self.held, key: (0.0, math.inf)})
        deeds = {"n": Scene.add, "tab": Scene.next, "delete": Scene.remove,
                 "c": Scene.other_pivot, "u": Scene.undo, "o": Scene.swap}  # fmt: skip
        if not down or key not in deeds or (key != "n" and not self.shapes):
            return self
        return deeds[key](self.settle())

    def add(self) -> "Scene":
        """One shape more, of the next kind; its first move brings it to its place."""
        name = list(SHAPES)[self.made % len(SHAPES)]
        turn, far = 2.4 * self.made - 1.6, 2.4 * self.made**0.5  # as seeds in a flower
        place = np.array([2.2 + far * math.cos(turn), far * math.sin(turn)])
        x, y = (self.centre + place * 70 / self.zoom).round(1).tolist()  # in sight
        shapes = (*self.shapes, Shape(name, SHAPES[name]))
        note = f"A {name}, born at (0, 0); its first move takes it to ({x}, {y})."
        scene = replace(self, shapes=shapes, selected=len(self.shapes))
        scene = scene.do(Move(dx=x, dy=y), show=True)
        return replace(scene, made=self.made + 1, note=note)

    def next(self) -> "Scene":
        """The next shape selected; with Shift the one before."""
        step = -1 if "shift" in self.held else 1
        return replace(self, selected=(self.selected + step) % len(self.shapes))

    def remove(self) -> "Scene":
        """The selected shape taken away."""
        left = self.shapes[: self.selected] + self.shapes[self.selected + 1 :]
        note = "" if left else "All shapes are gone. Press N for a new one."
        return replace(self, shapes=left, selected=max(self.selected - 1, 0), note=note)

    def other_pivot(self) -> "Scene":
        """Turn and stretch about the origin now, or about the shape's centre again."""
        about = "the shape's own centre" if self.about_origin else "the origin (0, 0)"
        note = f"R and S now turn and stretch about {about}."
        return replace(self, about_origin=not self.about_origin, note=note)

    def undo(self) -> "Scene":
        """The last move undone: the matrix is multiplied by the inverse of its own."""
        if not self.shape.moves:
            return replace(self, note="Nothing to undo: here the shape was born.")
        *before, last = self.shape.moves
        M = inverse(last.matrix()) @ self.shape.matrix
        note = f"Undone: M was multiplied by the inverse of “{last}”."
        scene = self.change(moves=tuple(before), matrix=M)
        return replace(scene, glide=Glide(M, (last,), undone=True), note=note)

    def swap(self) -> "Scene":
        """The last two moves in the other order, and a ghost for each order."""
        if len(self.shape.moves) < 2:
            return replace(self, note="O swaps the last two moves: make two first.")
        *rest, A, B = self.shape.moves
        start = compose(*(move.matrix() for move in rest))
        M = compose(start, B.matrix(), A.matrix())
        old, new = (apply(end, self.shape.points) for end in (self.shape.matrix, M))
        gap = np.linalg.norm(old - new, axis=1).max()
        note = f"The same two moves, and {gap:.2f} apart: AB is not BA."
        if gap < 1e-9:
            note = "Both orders end at the same place. Make a turn, then a move: O."
        orders = f"first {A}, then {B}", f"first {B}, then {A}"
        ghosts = tuple(zip(orders, (self.shape.matrix, M)))
        scene = self.change(moves=(*rest, B, A), matrix=M)
        return replace(scene, ghosts=ghosts, glide=Glide(start, (B, A)), note=note)

    def grab(self, point: np.ndarray) -> "Scene":
        """The mouse goes down: the shape on top there is selected, and held."""
        scene = self.settle()
        for i in reversed(range(len(self.shapes))):
            if inside(point[None], scene.corners(i))[0]:
                return replace(scene, selected=i).on_key("mouse")
        return scene

    def drag(self, step: np.ndarray) -> "Scene":
        """The mouse moves by a step: the shape that it holds as well, or the view."""
        if not self.open or "mouse" not in self.held:
            return replace(self, centre=self.centre - step)
        (dx, dy), m = step, self.open
        return replace(self, open=m._replace(dx=m.dx + float(dx), dy=m.dy + float(dy)))

    def zoom_at(self, point: np.ndarray, factor: float) -> "Scene":
        """Closer by a factor; what is at the point stays there on the screen."""
        zoom = min(max(self.zoom * factor, 30), 400)
        centre = point + (self.centre - point) * self.zoom / zoom
        return replace(self, zoom=zoom, centre=centre)


# --------------------------------------------------------------------------
# The picture

SIZE = (1120, 700)  # pixels of a new window
GROUND, GRID, AXIS, PANEL = "#12151B", "#1E232C", "#39414F", (18, 21, 27, 235)
INK, MUTED, FAINT = "#E8EBF0", "#9AA4B2", "#5B6575"
SKY, ORANGE, GREEN, PINK = "#56B4E9", "#E69F00", "#2FBF96", "#E08FBF"
FIRST, SECOND = "#F07D45", "#F0E442"  # where (1, 0) and (0, 1) go
COLOURS = dict(zip(SHAPES, (SKY, ORANGE, GREEN, PINK)))

KEYS_LINE = ("R turn   S stretch   ←↑↓→ move   Shift reverse   U undo   O other order"
             "   N new   Tab next   A Asteroids   H help   Esc quit")  # fmt: skip
GAME_LINE = ("← → turn     ↑ thrust     Space fire     P pause     Enter new game"
             "     A shapes     H help     Esc quit")  # fmt: skip
HELP = {"R, Shift+R": "turn, turn back", "S, Shift+S": "stretch, shrink",
        "← ↑ ↓ →": "move", "U": "undo, by the inverse", "O": "swap the last two moves",
        "C": "turn and stretch about the origin, or the centre",
        "N": "one shape more", "Tab, Del": "select the next, take it away",
        "mouse": "drag a shape or the ground, wheel: zoom", "A": "Asteroids, and back",
        "H": "this help", "Esc, Q": "quit"}  # fmt: skip
GAME_HELP = {"← →": "turn the ship", "↑": "thrust, the way its nose points",
             "Space": "fire", "P": "pause", "Enter": "a new game",
             "A": "shapes, and back", "H": "this help", "Esc, Q": "quit"}  # fmt: skip
GAME_KEYS = {"left": "left", "right": "right", "up": "thrust", "space": "fire",
             "p": "pause", "return": "restart"}  # fmt: skip


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


@functools.lru_cache(1000)
def rendered(words: str, colour: str, px: int, mono: bool, bold: bool) -> Any:
    """Text on a dark box; kept, because most of it is the same in the next frame."""
    return font(px, mono, bold).render(words, True, colour, GROUND)


def growth(size: Pair) -> float:
    """By how much all is larger than in a new window: it grows and shrinks with it."""
    return min(max(min(np.divide(size, SIZE)), 0.6), 3.0)


class Canvas:
    """Shapes in units of the world, text and panels in pixels, on a pygame surface."""

    def __init__(self, screen: Any, zoom: float, centre: np.ndarray):
        self.pg, self.screen, self.size = load_pygame(), screen, screen.get_size()
        self.zoom, self.centre, self.scale = zoom, centre, growth(self.size)

    def at(self, points: Any) -> np.ndarray:
        """Where points of the world are on the screen, or far out of sight."""
        points = to_screen(np.array(points), self.size, self.zoom, self.centre)
        return points.clip(-2e4, 2e4)

    def polygon(self, points: Any, ink: str, width: int = 2, fill: float = 0) -> None:
        """A closed line, and inside it so much (0 to 1) of its colour."""
        pixels = outline(self.at(points)).tolist()
        if fill:
            shade = self.pg.Color(GROUND).lerp(ink, fill)
            self.pg.draw.polygon(self.screen, shade, pixels)
        for a, b in zip(pixels, pixels[1:]):
            self.pg.draw.aaline(self.screen, ink, a, b, width)

    def arrow(self, points: Any, colour: str, name: str) -> None:
        """An arrow from a to b of (a, b, c), its name beside the tip, away from c."""
        a, b, c = self.at(points)
        along, away = (v / max(np.linalg.norm(v), 1e-9) for v in (b - a, b - c))
        back, across = b - 13 * along, 6 * along[::-1] * (-1, 1)
        self.pg.draw.aaline(self.screen, colour, tuple(a), tuple(back), 3)
        self.pg.draw.polygon(self.screen, colour, [b, back + across, back - across])
        self.text(name, b + 24 * away, colour, 13, (1 - away) / 2, bold=True)

    # fmt: off
    def text(self, words: str, place: Any, colour: str = INK, px: float = 14,
             anchor: Pair = (0, 0), mono: bool = False, bold: bool = False) -> float:
        """Text with its anchor (1, 1: bottom right) at a place; gives its width."""
        image = rendered(words, colour, round(px * self.scale), mono, bold)
        corner = np.subtract(place, np.multiply(anchor, image.get_size()))
        self.screen.blit(image, corner)
        return image.get_width()
    # fmt: on

    def message(self, words: str, height: float, colour: str, px: float) -> None:
        """A line in the middle, so far down (0 to 1); smaller where it is too long."""
        px = min(px, 1.6 * self.size[0] / self.scale / (len(words) + 1))
        self.text(words, np.multiply(self.size, (0.5, height)), colour, px, (0.5, 0.5))

    def panel(self, corner: Pair, width: float, rows: list[list]) -> None:
        """A box in a corner; a row is a title, or a label and coloured words."""
        k = self.scale
        box = self.pg.Rect(0, 0, width * k, (22 * len(rows) + 20) * k)
        x, y = (np.subtract(self.size, box.size) - 32 * k) * corner + 16 * k
        layer = self.pg.Surface(box.size, self.pg.SRCALPHA)
        self.pg.draw.rect(layer, PANEL, box, border_radius=8)
        self.pg.draw.rect(layer, AXIS, box, 1, border_radius=8)
        self.screen.blit(layer, (x, y))
        for i, (label, *values) in enumerate(rows):
            at, down = x + 12 * k, y + (11 + 22 * i) * k
            self.text(label, (at, down), MUTED if values else INK, bold=not values)
            at += 96 * k
            for words, colour in values:
                at += self.text(words, (at, down), colour, mono=True)


def draw_grid(canvas: Canvas) -> None:
    """The world's grid and its two axes, with numbers."""
    w, h = canvas.size
    for k in range(-40, 41):
        mark = np.round(canvas.centre) + k  # one on either axis
        (x, y), (ox, oy) = canvas.at([mark, (0, 0)])
        upright = mark[0], (x, 0), (x, h), (x + 3, oy + 2)
        level = mark[1], (0, y), (w, y), (ox + 4, y + 1)
        for value, a, b, place in (upright, level):
            canvas.pg.draw.line(canvas.screen, GRID if value else AXIS, a, b)
            canvas.text(f"{value:g}", place, FAINT, 11, mono=True)


def draw_shape(canvas: Canvas, scene: Scene, i: int) -> None:
    """A shape; of the selected one also where (1, 0) and (0, 1) go."""
    chosen, M = i == scene.selected, scene.matrix(i)
    colour = COLOURS[scene.shapes[i].name]
    canvas.polygon(scene.corners(i), colour, 2 + chosen, fill=0.3 if chosen else 0.15)
    if chosen:
        foot, first, second = M[:2, 2], M[:2, [0, 2]].sum(1), M[:2, [1, 2]].sum(1)
        middle = tuple(canvas.at([foot])[0])  # and around it the circle of radius 1
        canvas.pg.draw.aacircle(canvas.screen, FAINT, middle, canvas.zoom, 1)
        canvas.arrow([foot, first, second], FIRST, "(1, 0)")
        canvas.arrow([foot, second, first], SECOND, "(0, 1)")


def draw_ghosts(canvas: Canvas, scene: Scene) -> None:
    """Where the shape ends by the old and the new order of its last two moves."""
    ghosts = sorted(zip(scene.ghosts, (MUTED, INK)), key=lambda g: g[0][1][1, 2])
    for ((words, M), colour), up in zip(ghosts, (0, 1)):  # the words: below and above
        points = apply(M, scene.shape.points)
        canvas.polygon(points, colour)
        x, y = canvas.at(points).T
        place = x.mean(), y.min() - 44 if up else y.max() + 44  # clear of the arrows
        place = np.clip(place, (170, 20), np.subtract(canvas.size, (170, 100)))
        canvas.text(words, place, colour, 13, (0.5, 0.5), bold=True)


def matrix_rows(title: str, M: np.ndarray) -> list[list]:
    """A matrix and what its columns are, for a panel."""
    rows = [["this goes", "  (1,0)", "  (0,1)", " origin"]]
    rows += [[name, *numbers(row)] for name, row in zip(("to x", "to y", ""), M)]
    return [[title], *([name, *zip(row, (FIRST, SECOND, INK))] for name, *row in rows)]


def factor_rows(M: np.ndarray) -> list[list]:
    """The determinant, and the three factors of a matrix, for a panel."""
    area, title = [], ["M = T · R · S, read from the right"]
    try:
        det = determinant(M)
        area = [["area ×", (numbers([det])[0] + " mirrored" * bool(det < 0), INK)]]
        T, R, S = decompose(M)
    except (ValueError, NotImplementedError) as error:
        to_do = "to do: " if isinstance(error, NotImplementedError) else ""
        lines = textwrap.wrap(f"{to_do}{error}", 24, max_lines=4, placeholder=" …")
        return [*area, title, *(["", (line, MUTED)] for line in lines)]
    angle = math.degrees(math.atan2(R[1, 0], R[0, 0]))
    found = {"S stretch": (S[0, 0], S[1, 1]), "R turn °": (angle,), "T shift": T[:2, 2]}
    rows = ([name, ("".join(numbers(x)), INK)] for name, x in found.items())
    return [*area, title, *rows]


def numbers(values: Any) -> list[str]:
    """Numbers as text of one width, so that nothing jumps; never "-0.00"."""
    return [f"{round(float(x), 2) + 0.0:7.2f}" for x in values]


def draw_scene(canvas: Canvas, scene: Scene) -> None:
    """The shapes, and the selected one in numbers."""
    draw_grid(canvas)
    for i in sorted(range(len(scene.shapes)), key=lambda i: i == scene.selected):
        draw_shape(canvas, scene, i)
    draw_ghosts(canvas, scene)
    if scene.shapes:
        shape, M = scene.shape, scene.matrix(scene.selected)
        n = f"{scene.selected + 1} of {len(scene.shapes)}"
        rows = matrix_rows(f"M, the matrix of the {shape.name} ({n})", M)
        moves = (*shape.moves, *filter(None, [scene.open]))[::-1]
        rows += factor_rows(M) + [["Its moves, the last one first"]] * bool(moves)
        rows += [[f"{len(moves) - i}", (f"{m}", INK)] for i, m in enumerate(moves[:4])]
        if moves and any(moves[0].pivot) and moves[0][:3] != (0, 1, 1):
            about = "about c =" + "".join(numbers(moves[0].pivot))
            rows.append(["T(c)·A·T(−c)", (about, MUTED)])
        canvas.panel((0, 0), 330, rows)


def draw_game(canvas: Canvas, game: Game) -> None:
    """The world of Asteroids; what is at an edge is seen on both sides."""
    half = np.array(game.size) / 2
    edge = canvas.at([half * (-1, 1), half * (1, -1)])
    frame = canvas.pg.Rect(edge[0], edge[1] - edge[0])
    canvas.pg.draw.rect(canvas.screen, GRID, frame, 1)
    canvas.screen.set_clip(frame)

    def put(points: Any, colour: str, width: int = 2, fill: float = 0) -> None:
        middle = np.mean(points, axis=0)
        dx, dy = 2 * half * np.sign(middle) * (np.abs(middle) > half - 2)
        for shift in {(0, 0), (dx, 0), (0, dy), (dx, dy)}:
            canvas.polygon(np.subtract(points, shift), colour, width, fill)

    for rock in game.rocks:
        put(rock.polygon(), (PINK, SKY, MUTED)[rock.size - 1], 2, 0.12)
    for shot in game.shots:
        put(shot.polygon(), SECOND, 3)
    for spark in game.sparks:
        put(spark.polygon(), FIRST, 1)
    ship = game.ship
    if not game.over and (ship.age > SAFE or ship.age * 6 % 1 > 0.4 <= ship.age):
        put(ship.polygon(), INK, 2, 0.15)
        if "thrust" in game.held and game.clock * 15 % 1 < 0.7:
            put(ship.position - np.outer([0.15, 0.9], heading(ship.angle)), ORANGE, 3)
    canvas.screen.set_clip(None)
    if game.over or game.paused:
        canvas.message("Game over" if game.over else "Paused", 0.3, INK, 34)
        canvas.message("Enter: new game" if game.over else "P: go on", 0.37, INK, 16)


def draw_score(canvas: Canvas, game: Game) -> None:
    """Score, lives, level, the ship's matrix: what flies is drawn over them."""
    left, top = -game.size[0] / 2 + 0.6, game.size[1] / 2 - 0.5
    words = f"{game.score:,}   Level {game.level}"
    canvas.text(words, canvas.at([(left, top)])[0], INK, 22, bold=True)
    for i in range(min(game.lives, 8)):
        place = translation(left + 0.4 + 0.8 * i, top - 1.6)
        canvas.polygon(apply(compose(rotation(np.pi / 2), place), 0.7 * SHIP), INK)
    if game.ship.age >= 0 and not game.over:
        M = compose(rotation(game.ship.angle), translation(*game.ship.position))
        canvas.panel((1, 0), 300, matrix_rows("The ship's matrix: T · R", M))


class App:
    """What the window holds, shapes or a game: keys and time in, a picture out."""

    def __init__(self, screen: Any, options: argparse.Namespace):
        self.screen, self.rng = screen, np.random.default_rng(options.seed)
        self.scene, self.keys, self.fresh = Scene(), set[str](), set[str]()
        self.game = new_game(self.rng) if options.game else None
        self.help, self.running, self.to_do = False, True, ""

    def press(self, key: str) -> None:
        """A key goes down."""
        self.to_do = ""
        if key in ("q", "escape"):
            self.running = False
        elif key == "h":
            self.help = not self.help
        elif key == "a":
            self.scene = self.scene.settle()
            self.game = None if self.game else new_game(self.rng)
        elif not self.game:
            self.scene = self.scene.on_key(key)
        elif key in GAME_KEYS:
            self.keys.add(GAME_KEYS[key])
            self.fresh.add(GAME_KEYS[key])

    def release(self, key: str) -> None:
        """A key comes up."""
        self.keys.discard(GAME_KEYS.get(key, ""))
        self.scene = self.scene.on_key(key, down=False)

    def world(self, pixel: Any) -> np.ndarray:
        """The place in the world under a pixel."""
        size, scene = self.screen.get_size(), self.scene
        view = (size, scene.zoom * growth(size), scene.centre)
        return to_world(np.array([pixel]), *view)[0]

    def update(self, dt: float) -> None:
        """dt seconds go by; a key that is up again already counts as well."""
        if not self.game:
            self.scene = self.scene.advance(dt)
        elif not self.help:
            self.game = step(self.game, self.keys | self.fresh, dt)
            self.fresh = set()

    def draw(self) -> None:
        """All of the picture."""
        self.screen.fill(GROUND)
        w, h = self.screen.get_size()
        if game := self.game:
            zoom = min(w / game.size[0], 0.94 * h / game.size[1])
            canvas = Canvas(self.screen, zoom, np.array([0, -0.03 * h / zoom]))
            draw_score(canvas, game)
            draw_game(canvas, game)
        else:
            zoom = self.scene.zoom * growth((w, h))
            canvas = Canvas(self.screen, zoom, self.scene.centre)
            draw_scene(canvas, self.scene)
            self.screen.fill(GROUND, (0, 0.905 * h, w, h))
            canvas.message(self.scene.note, 0.93, INK, 15)
        canvas.message(GAME_LINE if game else KEYS_LINE, 0.97, MUTED, 13)
        if self.help:
            rows = [[k, (v, INK)] for k, v in (GAME_HELP if game else HELP).items()]
            canvas.panel((1, 0), 560, [["Keys"], *rows])

    def handle(self, pg: Any, event: Any) -> None:
        """One event of pygame's: a key, the mouse, the close button."""
        if event.type == pg.QUIT:
            self.running = False
        elif event.type in (pg.KEYDOWN, pg.KEYUP):
            key = pg.key.name(event.key)
            do = self.press if event.type == pg.KEYDOWN else self.release
            do(ALIASES.get(key, key))
        elif event.type == pg.WINDOWFOCUSLOST:  # that a key comes up is not heard now
            self.keys, self.scene = set(), self.scene.settle()
        elif event.type == pg.MOUSEBUTTONUP and event.button == 1:
            self.release("mouse")
        elif self.game:
            return
        elif event.type == pg.MOUSEBUTTONDOWN and event.button == 1:
            self.scene = self.scene.grab(self.world(event.pos))
        elif event.type == pg.MOUSEMOTION and event.buttons[0]:
            before = self.world(np.subtract(event.pos, event.rel))
            self.scene = self.scene.drag(self.world(event.pos) - before)
        elif event.type == pg.MOUSEWHEEL:
            place = self.world(pg.mouse.get_pos())
            self.scene = self.scene.zoom_at(place, 1.15**event.y)


def has_screen(pg: Any) -> bool:
    """Whether a window would be seen: pygame makes one without a screen too."""
    if not figures.has_screen():
        return False
    try:
        pg.display.init()
    except pg.error:
        return False
    return pg.display.get_driver() not in ("offscreen", "dummy")


def sentence(error: Exception) -> str:
    """What is not built yet, or which line of this file went wrong, and how."""
    said = " ".join(str(error).split())
    if isinstance(error, NotImplementedError):
        return f"To do: {said}; python learn.py hint vector_graphics {said[10:11]}"
    calls = traceback.extract_tb(error.__traceback__)
    line = [call.lineno for call in calls if call.filename == __file__][-1]
    return f"Line {line}, {type(error).__name__}: {said}"


def run_window(pg: Any, options: argparse.Namespace) -> App:
    """The loop: events, time, a picture, sixty times a second; the App at the end."""
    pg.display.set_caption("Vector graphics")
    app, clock = App(pg.display.set_mode(SIZE, pg.RESIZABLE), options), pg.time.Clock()
    while app.running:
        app.screen = pg.display.get_surface()  # a new one when the size has changed
        dt, later = min(clock.tick(60) / 1000, 0.1), functools.partial
        deeds: list[Callable] = [later(app.handle, pg, e) for e in pg.event.get()]
        deeds += [later(app.update, dt), app.draw]
        for deed in deeds:
            try:
                deed()
            except Exception as error:  # in a version of one's own: it lives on
                app.to_do = app.to_do or sentence(error)
        Canvas(app.screen, 1.0, np.zeros(2)).message(app.to_do, 0.87, FIRST, 17)
        pg.display.flip()
    return app


# --------------------------------------------------------------------------
# The command line

FILM_SIZE, FILM_STEPS, LONGEST = (720, 450), 3, 600  # a picture every so many steps
WORD = re.compile(r"([RST])(-?\d*\.?\d+)(?:,(-?\d*\.?\d+))?")
ALIASES = {"left shift": "shift", "right shift": "shift", "enter": "return",
           "backspace": "delete", "del": "delete", "esc": "escape"}  # fmt: skip
KEYS = {*MOVERS, *GAME_KEYS, *ALIASES.values(), *ALIASES, *"nuocahq", "tab"} - {"mouse"}


def read_word(text: str) -> Move | list[str]:
    """What a word of a script means: a move about the origin, or keys to press.

    R30 turns by 30 degrees, S1.5 and S2,0.5 stretch, T2,1 shifts. ValueError if it is
    none of these and no key.
    """
    if match := WORD.fullmatch(text.upper()):
        kind, x, y = match[1], float(match[2]), float(match[3] or match[2])
        if (kind == "T") != bool(match[3]) and kind != "S":
            raise ValueError(f"{text}: R takes one number, T two, as in R30 T2,1")
        if kind == "S" and 0 in (x, y):
            raise ValueError(f"{text}: stretched by 0 it is flat, with no way back")
        if kind == "R":
            return Move(turn=math.radians(x))
        return Move(sx=x, sy=y) if kind == "S" else Move(dx=x, dy=y)
    key = text.lower().removeprefix("shift+")
    if key not in KEYS:
        near = console.nearest_name(text, KEYS)
        raise ValueError(f"I do not understand {text!r} in the script{near}")
    return ["shift"] * (key != text.lower()) + [ALIASES.get(key, key)]


def script(text: str) -> list[tuple[figures.Action, Any]]:
    """The type of --script: its actions, and what those mean that are words."""
    try:
        actions = list(figures.read_script(text))
        if sum(action.seconds for action in actions) > 600:
            raise ValueError("the script waits too long: at most 600 seconds")
        return [(a, read_word(a.key) if a.key else []) for a in actions]
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def replay(app: App, actions: list[tuple[figures.Action, Any]]) -> Iterator[None]:
    """Do what a script says; yields at every step of 1/60 s: it can be filmed."""

    def run(seconds: float) -> Iterator[None]:
        for _ in range(round(60 * seconds)):
            app.update(1 / 60)
            yield

    for action, word in actions:
        if isinstance(word, Move):
            app.scene = app.scene.settle().do(word, show=True)
            yield from run(GLIDE)
        elif word:
            for key in word:
                app.press(key)
            yield from run(TAP)
            for key in word:
                app.release(key)
            yield from run(1 / 60)
        elif action.points:
            start, end = np.array([action.points[0], action.points[-1]])
            app.scene = app.scene.grab(start)
            for _ in range(20):
                app.scene = app.scene.drag((end - start) / 20)
                yield from run(1 / 60)
            app.release("mouse")
        yield from run(action.seconds)
    app.scene = app.scene.advance(60)  # what glides has arrived


def state(app: App) -> str:
    """What there is at the end: the matrix of the selected shape, or the score."""
    if g := app.game:
        end = ", game over" if g.over else f", rocks {len(g.rocks)}"
        return f"score {g.score}, lives {g.lives}, level {g.level}{end}"
    if not app.scene.shapes:
        return "There is no shape left."
    M = app.scene.matrix(app.scene.selected).round(6) + 0.0  # + 0: never "-0.000000"
    return "\n".join("".join(f"{x:12.6f}" for x in row) for row in M)


def run_script(options: argparse.Namespace) -> int:
    """Without a window: replay the script, save a picture or a film, print the end."""
    film = bool(options.save) and options.save.suffix.lower() == ".gif"
    app = App(load_pygame().Surface(FILM_SIZE if film else SIZE), options)
    frames = []
    for i, _ in enumerate(replay(app, options.script or [])):
        if film and i % FILM_STEPS == 0:
            app.draw()
            frames.append(photo(app, film))
        if len(frames) > LONGEST:
            raise ValueError("this script is too long for a film: at most 30 seconds")
    app.draw()
    if options.save or not options.no_show:
        save(options.save or Path(options.picture), [*frames, photo(app, film)])
    print(state(app))
    return 0


def photo(app: App, film: bool = False) -> Any:
    """The picture as Pillow has it; for a film in few colours, always the same."""
    from PIL import Image

    pg, size = load_pygame(), app.screen.get_size()
    image = Image.frombytes("RGB", size, pg.image.tobytes(app.screen, "RGB"))
    if not film:
        return image
    ground = pg.Color(GROUND)
    inks = (INK, MUTED, FAINT, FIRST, SECOND, *COLOURS.values())
    shades = [ground.lerp(ink, k / 8)[:3] for ink in inks for k in range(9)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.ravel(shades).tolist())
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def save(path: Path, frames: list[Any]) -> None:
    """One picture into a PNG or JPG, several into a GIF; says so."""
    put, more = frames[0].save, frames[1:]
    if more:
        times = [1000 * FILM_STEPS // 60] * len(more) + [2000]  # ms
        film = {"append_images": more, "duration": times, "loop": 0}
        put = functools.partial(put, save_all=True, **film)
    figures.write(path, put)
    print(f"Saved {path}")


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase1_linear_algebra/vector_graphics.py
        python phase1_linear_algebra/vector_graphics.py --game asteroids
        python phase1_linear_algebra/vector_graphics.py --script "R30 S1.5 T2,1"
        python phase1_linear_algebra/vector_graphics.py --script "n r u" --save a.gif"""
    parser = console.parser(__file__, __doc__, examples)
    add = parser.add_argument
    add("--game", choices=["asteroids"], help="play, instead of moving shapes")
    figures.add_options(parser, __file__)
    words = "no window: do this, print the matrix, and write the last picture (.png) "
    words += "or a film (.gif) with --save. R30 turns by 30 degrees, S1.5 or S2,0.5 "
    words += "stretches, T2,1 moves, all about the origin; else keys of the window "
    words += "(r*3 shift+s n tab u o), click:x,y drag:x0,y0:x1,y1 wait:0.5 (seconds)"
    add("--script", type=script, metavar="WORDS", help=words)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Open the window, or replay a script without one."""
    options = build_parser().parse_args(argv)
    suffix = options.save.suffix.lower() if options.save else ".png"
    if suffix not in (".png", ".jpg", ".gif"):
        raise ValueError(f"{options.save}: this picture is saved as .png, .jpg or .gif")
    if suffix == ".gif" and options.script is None:
        raise ValueError(f"{options.save}: a film needs a --script to play")
    if options.script is not None or options.no_show:
        return run_script(options)
    pg = load_pygame()
    if not has_screen(pg):
        print("There is no screen here, so no window. This is what it would show:")
        return run_script(options)
    print("In the window, H shows what the keys do, and Esc ends it.")
    app = run_window(pg, options)
    if options.save:
        app.draw()
        save(options.save, [photo(app)])
    return 0


if __name__ == "__main__":
    console.run(main)
