"""Chapter 2. Image lab: a picture is a table of numbers, and a matrix moves all of it.

A grey picture is a table with a number for every pixel, a coloured one has three:
red, green, blue. Where a pixel is, is a point (x, y), and points can be turned,
stretched and mirrored by a matrix, as in chapter 1. So one small matrix bends a photo.
But carry every pixel to its new place, and holes stay where none lands. So ask the
other way: for every new pixel, where did it come from? The place lies between old
pixels, and what is there is a mean of those around it:

    old place = M⁻¹ new place              bilinear: two means across, one down

With a 1 as third coordinate a shift is a matrix too, and a last row other than 0 0 1
divides by what grows with distance: perspective. Four corners are enough to find such
a matrix, and its inverse straightens a page that was photographed askew.

You will see your photo in a window that follows every command. Nothing is ever lost:
the lab keeps the original and the product of all matrices, and resamples once. Turn by
30 degrees twelve times and every pixel is back, exactly.

    python phase1_linear_algebra/image_lab.py photo.jpg
    python phase1_linear_algebra/image_lab.py photo.jpg -c "rotate 30; save out.png"

Names
    image     (h, w) or (h, w, c)  float, 0 black … 1 white: in short (h, w[, c])
    (…, c)    … is the shape of the places asked for; of a grey picture c is 1 here
    x, y      column and row: y grows downwards, pixel centres at whole numbers
    M         (3, 3)  where places go: M (x, y, 1) = (u, v, z) stands for (u/z, v/z)
    corners   (4, 2)  top left, top right, bottom right, bottom left
    stack     all that is done to a photo: one product of matrices, colours, filters

What this leaves out: the true proportions of a page seen askew; lenses, which bend
straight lines; colour profiles, and any data about the photo but its orientation.

Source: Orland, "Math for Programmers", chapters 4 to 7; Hartley and Zisserman,
"Multiple View Geometry in Computer Vision", chapter 2.
"""

import argparse
import atexit
import math
import os
import re
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from common import console, data, figures

Array = np.ndarray
Shape = tuple[int, int]  # rows, columns

ROWS = 16  # so many rows at a time, so that what is computed on the way stays in cache
FINEST = 16  # a new pixel is the mean of 16 x 16 samples at most
LIMIT = 50_000_000  # pixels, four times those of a phone
SCREEN = 1200  # the window has no more pixels a side
WIDEST = 50  # pixels, sigma of a filter
ORDER = "top left, top right, bottom right, bottom left"

# New red, green, blue out of the old. Grey is as bright as the colour seems to the eye.
GREY = np.array([[0.299, 0.587, 0.114]] * 3)
SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])


# --------------------------------------------------------------------------
# Milestone 1: a flip is a matrix


def frame(shape: Sequence[int]) -> Array:
    """Corners of a picture as points (x, y), tl tr br bl: (h, w[, c]) -> (4, 2).

    A pixel is a square with its place in the middle: the first begins at −½.
    """
    h, w = shape[:2]
    return np.array([[0, 0], [w, 0], [w, h], [0, h]]) - 0.5


def area(corners: Array) -> float:
    """Area within corners (n, 2): positive if they go round as tl tr br bl do.

    ½ Σ (x y' − x' y)         with (x', y') the corner after (x, y)
    """
    x, y = np.transpose(corners)
    return float(x @ np.roll(y, -1) - np.roll(x, -1) @ y) / 2


def apply(matrix: Array, points: Array) -> Array:
    """Where a matrix sends points: (3, 3), (n, 2) -> (n, 2).

        (u, v, z) = M (x, y, 1)          (x, y) -> (u / z, v / z)

    >>> apply(np.array([[1, 0, 5], [0, 1, 7], [0, 0, 1]]), np.array([[1, 2]]))
    array([[6., 9.]])
    """
    u, v, z = matrix @ np.vstack([np.transpose(points), np.ones(len(points))])
    return np.stack([u / z, v / z], axis=1)


def flip_matrix(shape: Sequence[int], axis: int) -> Array:
    """The matrix that mirrors a picture: axis 1 left and right, 0 top and bottom.

    Column 0 becomes the last one, w − 1, and the other way round: x -> (w − 1) − x.
    """
    matrix = np.eye(3)
    matrix[1 - axis, 1 - axis] = -1  # in a point x comes first, in a shape the rows
    matrix[1 - axis, 2] = shape[axis] - 1
    return matrix


def carry(image: Array, matrix: Array, shape: Shape | None = None) -> Array:
    """The picture with every pixel carried to the place nearest to where M sends it.

    What leaves the new shape (h, w) is lost; where no pixel lands it stays 0. The dtype
    stays: bytes are bytes again. For a flip, a quarter turn, a shift by whole pixels
    there are no holes: all is exact.
    """
    (h, w), x = image.shape[:2], np.arange(image.shape[1])
    new = np.zeros((*(shape or (h, w)), *image.shape[2:]), image.dtype)
    for y, row in enumerate(image):
        to = np.rint(apply(matrix, np.column_stack([x, np.full(w, y)]))).astype(int)
        lands = ((to >= 0) & (to < new.shape[1::-1])).all(axis=1)  # (w,)
        new[to[lands, 1], to[lands, 0]] = row[lands]
    return new


def flip(image: Array, axis: int = 1) -> Array:
    """The mirrored picture: axis 1 swaps left and right, axis 0 top and bottom."""
    return carry(image, flip_matrix(image.shape, axis))


def recolour(image: Array, matrix: Array) -> Array:
    """Every colour mixed anew, and clipped to 0 … 1: (h, w, 3), (3, 3) -> (h, w, 3).

    new (r, g, b) = matrix (r, g, b)
    """
    return np.clip(image @ matrix.T, 0, 1)


# --------------------------------------------------------------------------
# Milestone 2: turn it, asking every new pixel where it came from


def translation(dx: float, dy: float) -> Array:
    """The matrix that shifts by (dx, dy): it is why points get a third number, 1."""
    return np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]], dtype=float)


def rotation(degrees: float) -> Array:
    """The matrix that turns about (0, 0), counter-clockwise as seen.

    With y downwards, the signs of the sines are the other way round than on paper.
    """
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])


def scaling(sx: float, sy: float | None = None) -> Array:
    """The matrix that stretches x by sx and y by sy; by sx too if sy is left out."""
    return np.diag([sx, sx if sy is None else sy, 1.0])


def shear(x: float, y: float = 0) -> Array:
    """The matrix that slides each row by x times its height: x' = x + kₓ y."""
    return np.array([[1, x, 0], [y, 1, 0], [0, 0, 1]], dtype=float)


def about(matrix: Array, centre: Sequence[float]) -> Array:
    """The same about another centre: bring that to (0, 0), do it, bring it back."""
    x, y = centre
    return translation(x, y) @ matrix @ translation(-x, -y)


def hue(degrees: float) -> Array:
    """The colour matrix that turns all colours about the axis of the greys, r = g = b.

        c I + (1 − c) / 3 · (all ones) + s / √3 · [[0, −1, 1], [1, 0, −1], [−1, 1, 0]]

    with c and s the cosine and the sine. A turn in space keeps its axis: (1, 1, 1)
    stays, and with it every grey.
    """
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    across = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    return c * np.eye(3) + (1 - c) / 3 + s * across


def solve(A: Array, B: Array) -> Array:
    """X with A X = B, by elimination: (n, n), (n, k) -> (n, k).

    A multiple of one row is taken off all others, for one column after another, until
    A has become the identity: B has then become X. The largest entry left leads (it is
    the pivot), so that nothing is divided by nearly 0. ValueError if A is singular.
    """
    n, size = len(A), np.abs(A).max(axis=0)
    T = np.hstack([A, B]).astype(float)  # (n, n + k)
    for j in range(n):
        pivot = j + int(np.abs(T[j:, j]).argmax())
        if abs(T[pivot, j]) <= 1e-12 * size[j]:
            raise ValueError("a singular matrix: nothing can undo it")
        T[[j, pivot]] = T[[pivot, j]]
        T[j] /= T[j, j]
        others = np.arange(n) != j
        T[others] -= np.outer(T[others, j], T[j])
    return T[:, n:]


def inverse(matrix: Array) -> Array:
    """The matrix that undoes it; ValueError if it is singular."""
    return solve(matrix, np.eye(len(matrix)))


def within(i: Array, n: int, border: str) -> Array:
    """Which of n pixels stands for pixel i, where i may lie outside: -> whole numbers.

    edge  a a a | a b c d | d d d        reflect  d c b | a b c d | c b a
    wrap  b c d | a b c d | a b c        A single pixel stands for all.
    """
    if border == "wrap":
        i = i % n
    elif border == "reflect":  # there and back again is 2 (n − 1) steps
        i = (n - 1) - np.abs(i % max(2 * n - 2, 1) - (n - 1))
    return np.clip(i, 0, n - 1).astype(np.intp)


def nearest(image: Array, x: Array, y: Array, border: str = "edge") -> Array:
    """The pixel nearest to each place: x, y of one shape (…) -> (…[, c])."""
    h, w = image.shape[:2]
    return image[within(np.rint(y), h, border), within(np.rint(x), w, border)]


def fetch(image: Array, back: Array, x: Array, y: Array, order: int,
          border: str) -> Array:  # fmt: skip
    """What belongs at columns x (w,) and rows y (h,) of the new picture: (h, w[, c]).

    `back` is M⁻¹. Of order 0 is the nearest pixel, of 1 bilinear, of 3 bicubic. With
    the border "constant" all is 0 outside; to there it falls within one pixel.
    """
    u, v, z = (row[0] * x + (row[1] * y + row[2])[:, None] for row in back)  # (h, w)
    if (back[2] != [0, 0, 1]).any():
        z = np.where(z == 0, 1e-12, z)  # the horizon, infinitely far away
        u, v = u / z, v / z
    look = {0: nearest, 1: bilinear, 3: bicubic}[order]
    found = look(image, u, v, "edge" if border == "constant" else border)
    if border == "constant":
        h, w = image.shape[:2]
        on = np.clip(np.minimum(u + 1, w - u), 0, 1)  # 1 on the picture, 0 off it
        on = on * np.clip(np.minimum(v + 1, h - v), 0, 1)
        on = on if order else on >= 0.5
        found = found * on.reshape(on.shape + (1,) * (found.ndim - 2))
    return found


def strip(image: Array, back: Array, top: int, shape: Shape, order: int, border: str,
          smooth: bool) -> Array:  # fmt: skip
    """Some rows of the new picture, from `top` on: -> (ROWS or fewer, w[, c]).

    With `smooth`, n x n places spread over each pixel are fetched, and their mean
    is taken. Without it n is 1, and the place is the middle of the pixel.
    """
    bottom, w = min(top + ROWS, shape[0]), shape[1]
    n = density(back, (0, w - 1), (top, bottom - 1)) if smooth else 1
    x = (np.arange(n * w) + 0.5) / n - 0.5
    y = (np.arange(n * top, n * bottom) + 0.5) / n - 0.5
    found = fetch(image, back, x, y, order, border)
    if n == 1:
        return found
    return found.reshape(-1, n, w, n, *image.shape[2:]).mean(axis=(1, 3))


def warp(image: Array, matrix: Array, shape: Shape | None = None, order: int = 1,
         border: str = "constant", smooth: bool = False) -> Array:  # fmt: skip
    """The picture moved by M, which sends old places to new ones: -> shape (h, w[, c]).

        new[y, x] = old at M⁻¹ (x, y, 1)

    Every new pixel gets a value, so there are no holes. `smooth` makes it the mean of
    so many samples that no old pixel is skipped where the picture shrinks. ValueError
    if M has no inverse.
    """
    image = np.asarray(image, dtype=float)
    back, (h, w) = inverse(matrix), (shape or image.shape)[:2]
    new, tops = np.empty((h, w, *image.shape[2:])), range(0, h, ROWS)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # fast: numpy lets threads run
        strips = pool.map(
            lambda top: strip(image, back, top, (h, w), order, border, smooth), tops
        )
        for top, rows in zip(tops, strips):
            new[top : top + ROWS] = rows
    return new


# --------------------------------------------------------------------------
# Milestone 3: between the pixels


def bilinear_loop(image: Array, x: Array, y: Array) -> Array:
    """Values between the pixels, said plainly: x, y of one shape (…) -> (…[, c]).

    The same as `bilinear`, a hundred times slower: read this one, run the other.
    """
    (h, w), found = image.shape[:2], np.zeros(x.shape + image.shape[2:])
    for place in np.ndindex(x.shape):
        left, top = math.floor(x[place]), math.floor(y[place])
        across, down = x[place] - left, y[place] - top  # 0 … 1 of the way
        columns = [min(max(i, 0), w - 1) for i in (left, left + 1)]
        rows = [min(max(i, 0), h - 1) for i in (top, top + 1)]
        upper, lower = (
            (1 - across) * image[row, columns[0]] + across * image[row, columns[1]]
            for row in rows
        )
        found[place] = (1 - down) * upper + down * lower
    return found


def neighbours(image: Array, left: Array, top: Array, steps: Sequence[int],
               border: str) -> Iterator[Array]:  # fmt: skip
    """The pixels around places, row by row, each row from left to right: each (…, c).

    `left` and `top` (…) are whole; `steps` says how far to go from there, both ways.
    """
    h, w = image.shape[:2]
    pixels = np.asarray(image, dtype=float).reshape(h * w, -1)
    columns = [within(left + step, w, border) for step in steps]
    for step in steps:
        row = w * within(top + step, h, border)
        for column in columns:
            yield pixels.take(row + column, axis=0)


def bilinear(image: Array, x: Array, y: Array, border: str = "edge") -> Array:
    """Values between the pixels, by two means across and one down: -> (…[, c]).

        upper = a + across (b − a)     lower = c + across (d − c)
        value = upper + down (lower − upper)

    a b are the pixels above the place, c d those below. x, y have one shape (…).
    """
    left, top = np.floor(x), np.floor(y)
    across, down = (x - left)[..., None], (y - top)[..., None]  # 0 … 1 of the way
    a, b, c, d = neighbours(image, left, top, (0, 1), border)
    upper, lower = a + across * (b - a), c + across * (d - c)
    return (upper + down * (lower - upper)).reshape(left.shape + image.shape[2:])


def cubic_weights(t: Array) -> list[Array]:
    """Weights of the pixels at −1, 0, 1, 2 for a place t of the way from 0 to 1.

    The curve goes through all pixels, at each as steep as the line from the one before
    to the one after (Catmull and Rom). The weights add up to 1; some are negative.
    """
    before, after = ((2 - t) * t - 1) * t / 2, (t - 1) * t * t / 2
    return [before, ((3 * t - 5) * t * t + 2) / 2, ((4 - 3 * t) * t + 1) * t / 2, after]


def bicubic(image: Array, x: Array, y: Array, border: str = "edge") -> Array:
    """Values between the pixels, each from the sixteen around it: -> (…[, c]).

    Sharper than bilinear; at an edge it may go a little below 0 or above 1.
    """
    left, top, found = np.floor(x), np.floor(y), np.zeros(())
    columns, rows = cubic_weights(x - left), cubic_weights(y - top)
    around = neighbours(image, left, top, (-1, 0, 1, 2), border)
    for weight in (row * column for row in rows for column in columns):
        found = found + weight[..., None] * next(around)
    return found.reshape(left.shape + image.shape[2:])


def jacobian(matrix: Array, x: float, y: float) -> Array:
    """How far (x', y') = (u / z, v / z) moves where x, or y, grows by a little: (2, 2).

    Column 0 is for a step of 1 in x (a tiny one: times as much). There u changes by a,
    v by d, z by g, the entries of the first column of M, and so

        u / z  by  (a − u/z g) / z          v / z  by  (d − v/z g) / z

    Column 1 is for y, with the second column of M. Without perspective z is 1, and all
    this is the 2x2 corner of M, the same everywhere.
    """
    u, v, z = matrix @ [x, y, 1]
    z = z or 1e-12  # the horizon
    return (matrix[:2, :2] - np.outer([u / z, v / z], matrix[2, :2])) / z


def singular_values(J: Array) -> tuple[float, float]:
    """The longest and shortest stretch of a 2x2 matrix: circles become ellipses.

    J is the sum of a turn with a scale and a mirrored turn with a scale. One way the
    two add, the other way they are subtracted; what is left counts without its sign.
    """
    (a, b), (c, d) = J
    turn, mirror = math.hypot(a + d, b - c) / 2, math.hypot(a - d, b + c) / 2
    return turn + mirror, abs(turn - mirror)


def density(back: Array, xs: Sequence[float], ys: Sequence[float]) -> int:
    """Samples a side that a new pixel needs, so that no old pixel is skipped.

    A new pixel covers an ellipse of old ones; its longest stretch is the first
    singular value of M⁻¹ there. The largest at the corners of the block xs, ys counts,
    rounded up, but for 0.01 of rounding error; from 1 to FINEST.
    """
    stretch = max(singular_values(jacobian(back, x, y))[0] for x in xs for y in ys)
    return min(max(math.ceil(stretch - 0.01), 1), FINEST)


def convolve(image: Array, kernel: Array, border: str = "edge") -> Array:
    """Every pixel becomes a weighted sum of those around it: -> the same shape.

        new[y, x] = Σⱼᵢ kernel[j, i] · image[y − j, x − i]      (j, i from the middle)

    The minus turns the kernel round: a single bright pixel becomes the kernel itself.
    ValueError if the kernel has no middle.
    """
    (h, w), (tall, wide) = image.shape[:2], kernel.shape
    if tall % 2 == 0 or wide % 2 == 0:
        raise ValueError(f"a kernel of {tall} x {wide} has no middle: take odd sizes")
    rim = ((tall // 2,) * 2, (wide // 2,) * 2, (0, 0))[: image.ndim]
    padded, new = np.pad(image, rim, border), np.zeros(image.shape)  # type: ignore[call-overload]
    for top in range(0, h, ROWS):
        rows, below = new[top : top + ROWS], padded[top : top + ROWS + tall - 1]
        for j, i in np.ndindex(tall, wide):
            rows += kernel[-1 - j, -1 - i] * below[j : j + len(rows), i : i + w]
    return new


def blur(image: Array, sigma: float) -> Array:
    """Every pixel becomes a mean of its surroundings, weighted by a bell sigma wide.

        weight of a pixel i away: e^{−i² / 2σ²}, and all of them add up to 1

    for whole i up to 3 σ, rounded up; past that nothing is left. A round bell is a
    column times a row: two thin kernels do the work of a square one.
    """
    i = np.arange(-math.ceil(3 * sigma), math.ceil(3 * sigma) + 1)
    bell = np.exp(-0.5 * (i / sigma) ** 2)
    bell /= bell.sum()
    return convolve(convolve(image, bell[None, :]), bell[:, None])


# --------------------------------------------------------------------------
# Milestone 4: four corners straighten a page


def tilt(x: float, y: float) -> Array:
    """The matrix that leans the picture back: z = 1 + x x₀ + y y₀ is not always 1.

    Where z is larger things are farther away; dividing by z makes them smaller.
    """
    return np.array([[1, 0, 0], [0, 1, 0], [x, y, 1]], dtype=float)


def homography(source: Array, target: Array) -> Array:
    """The matrix that sends four points to four others: (4, 2), (4, 2) -> (3, 3).

        u = (a x + b y + c) / (g x + h y + 1)     v = (d x + e y + f) / (g x + h y + 1)

    A multiple of a matrix sends places to the same ones, so its corner may be 1. Times
    the denominator, each point gives two equations where a … h are only multiplied by
    numbers and added: eight for eight. ValueError if three of the four lie on a line.
    """
    triples = [np.delete(p, k, axis=0) for p in (source, target) for k in range(4)]
    if any(abs(area(t)) <= 1e-9 * np.ptp(t, axis=0).max() ** 2 for t in triples):
        raise ValueError("three of the four corners lie on a line")
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(source, target):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    eight = solve(np.array(rows), np.reshape(target, (8, 1)))
    return np.append(eight, 1).reshape(3, 3)


def rectify(image: Array, corners: Array, shape: Shape) -> Array:
    """What lies between four corners (tl tr br bl), as an upright picture of a shape.

    The corners go to the middles of the four corner pixels.
    """
    target = frame((shape[0] - 1, shape[1] - 1)) + 0.5
    return warp(image, homography(corners, target), shape)


# The fast road for bytes, and the stack that forgets nothing: skip them at first.


def warp_bytes(image: Array, matrix: Array) -> Array:  # given
    """`warp` of order 1 for bytes, without perspective: uint8 (h, w, c), c ≤ 4 -> same.

    Fast, because a pixel is one number of 32 bits: one look-up fetches all its colours,
    and one product weighs two of them, each with 8 bits of room to grow. Places are
    whole numbers too, in steps of 1/65,536. A test compares it with `warp`.
    """
    (h, w, c), back = image.shape, inverse(matrix)[:2, :, None]
    rim = np.zeros((h + 2, w + 2), np.uint32)  # with a border of 0
    for k in range(c):
        rim.view(np.uint8).reshape(h + 2, w + 2, 4)[1:-1, 1:-1, k] = image[..., k]
    pixels, two = rim.ravel(), np.uint32(0x00FF00FF)
    across = np.rint(65536 * back[:, 0] * np.arange(w)).astype(np.int32)
    down = back[:, 1] * np.arange(h) + back[:, 2] + 1
    down = np.rint(65536 * down + 128).astype(np.int32)[..., None]
    new = np.empty((h, w), np.uint32)
    for top in range(0, h, ROWS):
        rows = slice(top, top + ROWS)
        x = (across[0] + down[0, rows]).clip(0, 65536 * (w + 1) - 1)
        y = (across[1] + down[1, rows]).clip(0, 65536 * (h + 1) - 1)
        right, low = (x >> 8 & 255).view(np.uint32), (y >> 8 & 255).view(np.uint32)
        place = ((y >> 16) * (w + 2) + (x >> 16)).astype(np.intp)
        both = right * low + 128 >> 8  # the four weights add up to 256
        weights = (256 - right - low + both, right - both, low - both, both)
        even = odd = np.uint32(0x00800080)  # a half, so that >> 8 rounds
        for weight, step in zip(weights, (0, 1, w + 2, w + 3)):
            pixel = pixels[step:].take(place, mode="clip")
            even, odd = even + weight * (pixel & two), odd + weight * (pixel >> 8 & two)
        new[rows] = (even >> 8 & two) | (odd & ~two)
    return new.view(np.uint8).reshape(h, w, 4)[..., :c]


class Stack(NamedTuple):
    """All that is done to a photo: moved by one product, mixed by another, filtered.

    The first frame is the photo, the others are what was cut out: each with its shape
    and the matrix that brings it to the canvas.
    """

    line: str  # the command that came last
    shape: Shape  # of the canvas
    frames: tuple[tuple[Shape, Array], ...]
    moves: tuple[tuple[str, Array], ...] = ()  # the factors of the product
    colour: Array = np.eye(3)
    filters: tuple[tuple[str, float], ...] = ()  # each with its width, sigma
    order: int = 1
    border: str = "constant"
    smooth: bool = True
    grid: bool = False


def tidy(matrix: Array) -> Array:  # given
    """The matrix without the rounding errors of a product: 1 − 1e-15 is 1 again."""
    whole = np.rint(matrix)
    return np.where(np.abs(matrix - whole) < 1e-10, whole, matrix) + 0.0


def exact(matrix: Array) -> bool:  # given
    """Whether it sends every pixel to a pixel of its own, so that none is computed."""
    whole = (matrix == np.rint(matrix)).all() and (matrix[2] == [0, 0, 1]).all()
    (a, b), (c, d) = matrix[:2, :2]
    return bool(whole) and abs(a * d - b * c) == 1


def moved(stack: Stack, line: str, matrix: Array,
          shape: Shape | None = None) -> Stack:  # given  # fmt: skip
    """The stack with one factor more in its product, on a canvas that holds it all.

    A shape that is given is cut out. ValueError if nothing or too much would be left.
    """
    size, before = stack.frames[-1]
    corners = apply(matrix @ before, frame(size))
    if abs(area(corners)) < 1e-6:
        raise ValueError(f"{line}: a singular matrix squashes it flat: no way back")
    low, high = corners.min(axis=0), corners.max(axis=0)
    w, h = np.ceil(high - low - 1e-6) if shape is None else shape[::-1]
    if w * h > LIMIT:
        raise ValueError(f"{line}: {w:.0f} x {h:.0f} pixels are more than {LIMIT:,}")
    if shape is None:  # the middle of the picture comes to the middle of the canvas
        matrix = translation(*(([w - 1, h - 1] - low - high) / 2)) @ matrix
    frames = tuple((size, tidy(matrix @ place)) for size, place in stack.frames)
    frames = frames if shape is None else (*frames, (shape, np.eye(3)))
    stack = stack._replace(line=line, shape=(int(h), int(w)), frames=frames)
    if stack.filters:  # a bell that is turned stays as it is, one that grows is wider
        grows = (w * h / abs(area(apply(inverse(matrix), frame((h, w)))))) ** 0.5
        wider = tuple((name, grows * sigma) for name, sigma in stack.filters)
        if any(sigma > WIDEST for _, sigma in wider):
            raise ValueError(f"{line}: a filter would be over {WIDEST} pixels wide")
        stack = stack._replace(filters=wider)
    return stack._replace(moves=(*stack.moves, (line, matrix)))


def sides(corners: Array) -> tuple[Array, Array]:  # given
    """Inward normals n (4, 2) and c (4,): a point p lies n·p − c inside each side."""
    way = np.roll(corners, -1, axis=0) - corners
    normals = np.stack([-way[:, 1], way[:, 0]], axis=1) * np.sign(area(corners))
    normals /= np.hypot(*way.T)[:, None]
    return normals, (normals * corners).sum(axis=1)


def coverage(corners: Array, shape: Shape) -> Array:  # given
    """1 for pixels within four corners, fading to 0 a pixel outside: -> (h, w, 1)."""
    (y, x), inside = np.ogrid[: shape[0], : shape[1]], np.zeros(shape)
    for (nx, ny), c in zip(*sides(corners)):
        inside = np.minimum(inside, nx * x + (ny * y - c))
    return np.clip(1 + inside, 0, 1)[..., None]


def full(stack: Stack) -> tuple[int, int, int, int]:  # given
    """x, y, width, height of the largest part without empty corners.

    It has the proportions and the middle of the canvas.
    """
    half, share = (np.array(stack.shape[::-1]) - 1) / 2, 1.0
    for size, matrix in stack.frames:
        normals, c = sides(apply(matrix, frame(size)))
        share = min(share, *(normals @ half - c) / (np.abs(normals) @ half + 1e-12))
    x, y = np.ceil(half * (1 - share) - 1e-6).astype(int)
    return x, y, stack.shape[1] - 2 * x, stack.shape[0] - 2 * y


def zoom(f: float) -> Array:  # given
    """From places in a picture to those in one f times smaller."""
    return np.array([[1 / f, 0, 0.5 / f - 0.5], [0, 1 / f, 0.5 / f - 0.5], [0, 0, 1]])


def shrinks(shape: Sequence[int]) -> int:  # given
    """By which whole factor a picture is made smaller to fit on the screen."""
    return -(-max(shape[:2]) // SCREEN)


def floats(pixels: Array, f: int = 1) -> Array:  # given
    """Whole numbers (h, w, 4) -> 0 … 1, colours times alpha, f times smaller.

    Alpha says how much there is of a pixel: where it is 0, the colour must not leak.
    """
    h, w = pixels.shape[:2]
    padded = np.pad(pixels, ((0, -h % f), (0, -w % f), (0, 0)), "edge")
    parts = (padded[j::f, i::f] for j, i in np.ndindex(f, f))
    values = sum(parts, np.zeros(())) / (f * f * np.iinfo(pixels.dtype).max)
    values[..., :3] *= values[..., 3:]
    return values


def render(pixels: Array, stack: Stack, f: int = 1, n: int = 1) -> Array:  # given
    """What the stack makes of a photo, in one resampling: -> (h, w, 4).

    The photo comes f times smaller than it is, and the result is to be n times smaller:
    the product is the same, between two zooms.
    """
    small, shape = zoom(n), (-(-stack.shape[0] // n), -(-stack.shape[1] // n))
    matrix = tidy(small @ stack.frames[0][1] @ zoom(1 / f))
    if exact(matrix):
        new = carry(pixels, matrix, shape)
    else:
        border = "edge" if stack.border == "constant" else stack.border
        smooth = stack.smooth and stack.order > 0
        new = warp(pixels, matrix, shape, stack.order, border, smooth)
    for size, place in stack.frames[stack.border != "constant" :]:
        new *= coverage(apply(small @ place, frame(size)), shape)
    if (stack.colour != np.eye(3)).any():
        new[..., :3] = recolour(new[..., :3], stack.colour)
    for name, sigma in stack.filters:
        new = filtered(new, name, sigma / n)
    new[..., :3] = np.clip(new[..., :3], 0, new[..., 3:])
    return new


def filtered(pixels: Array, name: str, sigma: float) -> Array:  # given
    """blur; sharpen: plus what a blur takes away; edges: only that, four times."""
    soft = blur(pixels, sigma)
    if name == "edges":
        soft[..., :3] = 4 * np.abs(pixels - soft)[..., :3]
        soft[..., 3] = pixels[..., 3]
    return np.clip(2 * pixels - soft if name == "sharpen" else soft, 0, 1)


# --------------------------------------------------------------------------
# The picture


class Lab(NamedTuple):
    """A photo as it was loaded; what was done to it; what of that was undone."""

    pixels: Array  # (h, w, 4) red, green, blue, alpha; uint8, or uint16 if grey
    grey: bool
    past: tuple[Stack, ...]  # after each command; the first, with its name, is no step
    future: tuple[Stack, ...] = ()


def caption(stack: Stack) -> str:
    """The size of the result, and how it came about."""
    copied = exact(stack.frames[0][1])
    how = "every pixel copied exactly" if copied else "resampled once"
    then = "".join(f", {name} {sigma:.3g}" for name, sigma in stack.filters)
    return f"{stack.shape[1]} x {stack.shape[0]} pixels, {how}{then}"


def seen(lab: Lab, stack: Stack) -> Array:
    """The result as bytes, on a chess board, which shows where nothing is."""
    f, n = shrinks(lab.pixels.shape), shrinks(stack.shape)
    values = render(floats(lab.pixels, f), stack, f, n)
    y, x = np.indices(values.shape[:2]) // 12 % 2
    values += (1 - values[..., 3:]) * (0.85 + 0.08 * (x == y)[..., None])
    return np.rint(255 * values[..., :3].clip(0, 1)).astype(np.uint8)


def draw(ax: Any, stack: Stack, title: str, picture: Array) -> Any:
    """The picture at its true proportions, on axes that count the pixels in full."""
    h, w = stack.shape
    ax.clear()
    ax.grid(False)
    shown = ax.imshow(picture, extent=(-0.5, w - 0.5, h - 0.5, -0.5))
    ax.set_title(title, fontsize=12, pad=22)
    ax.text(0, 1.02, caption(stack), transform=ax.transAxes, fontsize=9)
    if stack.grid:
        draw_grid(ax, stack)
    return shown


def draw_grid(ax: Any, stack: Stack) -> None:
    """Where the products have brought a straight grid on the photo."""
    limits, ((h, w), product) = ax.axis(), stack.frames[0]
    for across, (n, m) in enumerate([(w, h), (h, w)]):
        for at in np.arange(0, n + 1, max(h, w) / 10) - 0.5:
            line = np.column_stack([np.full(50, at), np.linspace(-0.5, m - 0.5)])
            x, y = apply(product, line[:, ::-1] if across else line).T
            ax.plot(x, y, color="black", lw=2, alpha=0.3)
            ax.plot(x, y, color="white", lw=1)
    ax.axis(limits)


def sheet(plt: Any, lab: Lab) -> Any:
    """The contact sheet: the photo, and what each of the last commands made of it."""
    stacks = lab.past[-12:]
    columns = min(len(stacks), 3 if len(stacks) < 10 else 4)
    rows, wide = -(-len(stacks) // columns), max(4, 8 / columns)
    tall = wide * min(max(h / w for h, w in [one.shape for one in stacks]), 1.2) + 0.7
    fig, axes = plt.subplots(rows, columns, squeeze=False, subplot_kw={"anchor": "N"},
                             figsize=(columns * wide, rows * tall))  # fmt: skip
    for ax, stack in zip(axes.flat, stacks):
        draw(ax, stack, stack.line, seen(lab, stack))
    for ax in axes.flat:
        ax.set_axis_off()
    fig.get_layout_engine().set(w_pad=0.15, h_pad=0.15)
    return fig


def unbuilt(error: Exception) -> None:
    """Let the window live on when the mouse meets a part that is still to do."""
    if not isinstance(error, NotImplementedError):
        raise error


class Desk:
    """What is typed, and the window that follows it, if there is one.

    In the window a drag turns the picture, and after `corners` four clicks place them.
    """

    def __init__(self, lab: Lab):
        self.lab, self.saved, self.live = lab, False, False
        self.clicks: list[float] | None = None  # the corners so far
        self.grip: float | None = None  # where the mouse has taken hold, in degrees
        self.turn = 0.0

    def open(self, plt: Any) -> None:
        """Open the window; it lives on while the next line is typed."""
        self.live, (self.fig, self.ax) = True, plt.subplots(figsize=(9, 8))
        self.fig.get_layout_engine().set(h_pad=0.1)
        canvas = self.fig.canvas
        for name in ("button_press", "motion_notify", "button_release"):
            canvas.mpl_connect(f"{name}_event", self.on_mouse)
        canvas.mpl_connect("close_event", lambda event: self.live and sys.exit(0))
        canvas.callbacks.exception_handler = unbuilt
        canvas.manager.set_window_title("Image lab")
        self.show(self.lab)
        plt.show(block=False)
        plt.pause(0.1)
        self.hear_ctrl_c()

    def hear_ctrl_c(self) -> None:
        """Let Ctrl-C end the program, although a window is waiting for its events.

        Python hears it only when it runs, so a timer wakes it; Tk swallows a
        KeyboardInterrupt, but not an exit; and the terminal has to be set right.
        """
        if sys.stdin.isatty() and sys.platform != "win32":
            import termios

            atexit.register(termios.tcsetattr, 0, termios.TCSANOW, termios.tcgetattr(0))
        signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
        self.timer = self.fig.canvas.new_timer(interval=200)
        self.timer.add_callback(lambda: None)
        self.timer.start()

    def run(self, _: Lab, line: str) -> tuple[Lab, str]:
        """The lab after a command, and what to print; nothing changes if it fails."""
        if self.clicks is not None:
            self.clicks = None
            self.show(self.lab)  # without the clicks
        if self.live and line == "corners":
            self.clicks = []
            self.say(f"Click: {ORDER}")
            return self.lab, f"Click four corners in the window: {ORDER}."
        lab, text = run_command(self.lab, line)
        if self.live:
            self.show(lab)
        self.saved = line.startswith("save ") or (self.saved and lab is self.lab)
        self.lab = lab
        return lab, text

    def say(self, text: str) -> None:
        """Write it above the picture, in as many lines as it needs."""
        self.fig.suptitle(text, x=0.02, ha="left", fontsize=12, wrap=True)
        self.fig.canvas.draw_idle()

    def show(self, lab: Lab) -> None:
        """The picture, what was done, and the product of the matrices below it."""
        stack, lines = lab.past[-1], [f" · {one.line}" for one in lab.past[1:]]
        title = lab.past[0].line + "".join(lines[-3:]).rpartition(" · reset")[2]
        self.picture = seen(lab, stack)
        self.image = draw(self.ax, stack, "", self.picture)
        product = f"M, which sends old places to new\n{rows_of(stack.frames[0][1])}"
        self.ax.set_xlabel(product, family="monospace", fontsize=10)
        self.say(title)
        self.fig.canvas.flush_events()

    def on_mouse(self, event: Any) -> None:
        """A drag turns the picture about its middle; a click may be a corner."""
        if event.name == "button_release_event":
            turn, self.grip, self.turn = self.turn, None, 0.0
            if abs(turn) >= 0.5:
                self.do(f"rotate {turn:.1f}")
            return
        if event.inaxes is not self.ax or self.fig.canvas.widgetlock.locked():
            return
        h, w = self.lab.past[-1].shape
        angle = math.degrees(math.atan2(h / 2 - event.ydata, event.xdata - w / 2))
        if event.name == "button_press_event" and self.clicks is not None:
            self.clicks += [event.xdata, event.ydata]
            self.ax.plot(self.clicks[::2], self.clicks[1::2], "o-", color="#D55E00")
            self.say(f"Click: {ORDER.split(', ', len(self.clicks) // 2)[-1]}")
            if len(self.clicks) == 8:
                self.do(f"corners {' '.join(f'{x:.0f}' for x in self.clicks)}")
        elif event.name == "button_press_event":
            self.grip = angle
        elif self.grip is not None:
            self.turn = (angle - self.grip + 180) % 360 - 180
            middle = (self.picture.shape[1] - 1) / 2, (self.picture.shape[0] - 1) / 2
            turned = warp_bytes(self.picture, about(rotation(self.turn), middle))
            self.image.set_data(turned)
        self.fig.canvas.draw_idle()

    def do(self, line: str) -> None:
        """Do what the mouse asked for, as though it had been typed."""
        print(line)
        console.commands(self.lab, self.run, line)
        print("> ", end="", flush=True)


# --------------------------------------------------------------------------
# The command line


NUMBER = re.compile(r"[-+]?(?=\.?\d)\d{0,7}(\.\d*)?")
COLOURS = {"grey": GREY, "sepia": SEPIA}
DEEP, OPAQUE = (".png", ".tif", ".tiff"), (".jpg", ".jpeg", ".bmp")
WELCOME = """\
Commands: rotate <degrees> | scale <factor> | shear <x> <y> | flip | save
          undo | explain | corners | crop | blur | grey | ...: help lists them"""


def run_command(lab: Lab, line: str) -> tuple[Lab, str]:
    """The lab after a command, and what to print; ValueError with a sentence if not.

    rotate <degrees>              turn it, counter-clockwise
    scale <factor> [<y factor>]   make it larger or smaller
    shear <x> [<y>]               slide the rows, or columns, against each other
    flip [vertical]               swap left and right, or top and bottom
    tilt <share>                  lean it back, by less than 1, such as 0.3
    corners [<x0> <y0> ... <y3>]  straighten what these enclose, or click them
    crop [<x> <y> <w> <h>]        cut this out, or only the empty corners off
    grey                          as bright as before, without colour
    sepia                         brown as an old photo
    hue <degrees>                 turn the colours
    blur [<pixels>]               a mean of what is around, so wide (1, up to 50)
    sharpen [<pixels>]            more of what a blur takes away
    edges [<pixels>]              only what a blur takes away
    order 0|1|3                   the nearest pixel, or a mean of 4, of 16 (1)
    border <kind>                 constant (outside is nothing), edge, reflect, wrap
    smooth on|off                 skip no pixel where the picture shrinks (on)
    grid on|off                   show where a straight grid goes
    undo                          take the last command back
    redo                          do it again after all
    reset                         back to the photo
    history                       what was done
    explain                       the matrices, their product, what it does
    open <file>                   another photo
    save <file>                   .png .jpg .webp .tif .bmp
    help                          this list
    quit                          the end
    """
    name, _, rest = line.strip().partition(" ")
    name, rest, now = name.lower(), rest.strip(" \"'"), lab.past[-1]
    tells: Any = {"help": listed, "history": history, "explain": explain}
    if name in tells:
        return lab, "\n".join(tells[name](lab))
    if name == "save":
        return lab, save(lab, rest)
    if name == "open":
        lab = load(rest)
        return lab, described(lab)
    past, future = lab.past, lab.future
    if name == "undo" and len(past) > 1:
        past, future = past[:-1], (now, *future)
    elif name == "redo" and future:
        past, future = (*past, future[0]), future[1:]
    elif name in ("undo", "redo"):
        raise ValueError(f"there is nothing to {name}")
    else:
        new = past[0]._replace(line=name) if name == "reset" else changed(now, line)
        past, future = (*past, new), ()
    return lab._replace(past=past, future=future), caption(past[-1])


def changed(stack: Stack, line: str) -> Stack:
    """The stack after a command that mixes, filters or sets; others are for `step`."""
    name, *rest = line.lower().split()
    values = [float(word) for word in rest if NUMBER.fullmatch(word)]
    words = [word for word in rest if not NUMBER.fullmatch(word)]
    stack = stack._replace(line=" ".join([name, *rest]))
    match [name, len(values), *words]:
        case ["grey" | "sepia", 0]:
            return stack._replace(colour=COLOURS[name] @ stack.colour)
        case ["hue", 1]:
            return stack._replace(colour=hue(*values) @ stack.colour)
        case ["blur" | "sharpen" | "edges", 0 | 1] if 0 < sum(values or [1]) <= WIDEST:
            return stack._replace(filters=(*stack.filters, (name, sum(values or [1]))))
        case ["order", 1] if values[0] in (0, 1, 3):
            return stack._replace(order=int(values[0]))
        case ["border", 0, "constant" | "edge" | "reflect" | "wrap" as border]:
            return stack._replace(border=border)
        case ["smooth", 0, "on" | "off" as state]:
            return stack._replace(smooth=state == "on")
        case ["grid", 0, "on" | "off" as state]:
            return stack._replace(grid=state == "on")
    return step(stack, name, values, words)


def step(stack: Stack, name: str, values: list[float], words: list[str]) -> Stack:
    """The stack after a command that moves the picture."""
    (h, w), line = stack.shape, stack.line
    match [name, len(values), *words]:
        case ["rotate", 1]:
            matrix = rotation(*values)
        case ["scale", 1 | 2]:
            matrix = scaling(*values)
        case ["shear", 1 | 2]:
            matrix = shear(*values)
        case ["tilt", 1] if abs(values[0]) < 1:
            matrix = tilt(0, -2 * values[0] / h)  # the share is that at the upper edge
        case ["flip", 0] | ["flip", 0, "vertical"]:
            return moved(stack, line, flip_matrix((h, w), 0 if words else 1))
        case ["crop", 0 | 4]:
            x, y, wide, high = map(round, values or full(stack))
            if min(x, y, wide - 1, high - 1, w - x - wide, h - y - high) < 0:
                raise ValueError(f"{line}: that is not within the {w} x {h} pixels")
            return moved(stack, line, translation(-x, -y), (high, wide))
        case ["corners", 8]:
            return straightened(stack, np.reshape(values, (4, 2)))
        case _:
            raise ValueError(mistyped(line))
    return moved(stack, line, about(matrix, ((w - 1) / 2, (h - 1) / 2)))


def straightened(stack: Stack, corners: Array) -> Stack:
    """The stack cut to what four corners enclose, as large as its longer sides."""
    if any(area(np.delete(corners, k, axis=0)) <= 0 for k in range(4)):
        raise ValueError(f"corners: these do not go round in the order {ORDER}")
    top, right, bottom, left = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    h, w = round(max(left, right)) + 1, round(max(top, bottom)) + 1
    target = frame((h - 1, w - 1)) + 0.5
    return moved(stack, stack.line, homography(corners, target), (h, w))


def mistyped(line: str) -> str:
    """What to say about a command that was not understood."""
    name = line.split()[0]
    known = {entry.split()[0]: re.sub("  +", ": ", entry) for entry in listed()}
    if name in known:
        return f"{line}: please type {known[name]}"
    near = console.nearest_name(name, known)
    return f"{name}: no such command{near} ('help' lists them all)"


def listed(_: Lab | None = None) -> list[str]:
    """The commands, as the words about `run_command` list them."""
    lines = (run_command.__doc__ or "").splitlines()[1:]
    return [line.strip() for line in lines if line.strip()]


def history(lab: Lab) -> list[str]:
    """All commands so far, and those undone."""
    done = [(str(i), one.line, caption(one)) for i, one in enumerate(lab.past)]
    undone = [("-", one.line, "undone") for one in lab.future]
    return [f"{i:>3}  {line:26} {text}" for i, line, text in done + undone]


def explain(lab: Lab) -> list[str]:
    """The factors of the product, the product, and what it does."""
    stack, lines = lab.past[-1], list[str]()
    (h, w), product = stack.frames[0]
    for line, matrix in stack.moves:
        lines += [line, rows_of(matrix)]
    if len(stack.moves) != 1:
        lines += ["the product, the first command rightmost:", rows_of(product)]
    corners = frame((h - 1, w - 1)) + 0.5
    for (x, y), (u, v) in zip(corners, apply(product, corners)):
        lines.append(f"pixel ({x:.0f}, {y:.0f}) goes to ({u:.2f}, {v:.2f})")
    long, short = singular_values(jacobian(product, w / 2, h / 2))
    lines.append(f"in the middle a pixel becomes {long:.3f} long, {short:.3f} wide")
    if (stack.colour != np.eye(3)).any():
        lines += ["new red, green, blue out of the old:", rows_of(stack.colour)]
    return [*lines, caption(stack)]


def rows_of(matrix: Array) -> str:
    """A matrix as text, a row a line."""
    rows = matrix.round(9) + 0.0
    return "\n".join("".join(f"{x:12.5g}" for x in row) for row in rows)


def described(lab: Lab) -> str:
    """The photo in one line."""
    (h, w), kind = lab.pixels.shape[:2], "grey" if lab.grey else "colour"
    deep = ", 16 bits" if lab.pixels.dtype == np.uint16 else ""
    return f"{lab.past[0].line}: {w} x {h} pixels, {kind}{deep}"


def load(name: str) -> Lab:
    """The lab with the photo in a file; ValueError if there is none, or a bomb."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = LIMIT
    shipped = [*data.FOLDER.glob("photos/*"), *data.FOLDER.glob("../*/figures/*")]
    path = data.find(name, {photo.name: str(photo) for photo in shipped})
    with path.open("rb") as file, warnings.catch_warnings(action="ignore"):
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = ImageOps.exif_transpose(Image.open(file))
            if image.mode[0] == "I":  # one deep number a pixel
                deep = np.asarray(image).clip(0, 65535).astype(np.uint16)
                pixels = np.dstack([deep] * 3 + [np.full_like(deep, 65535)])
            else:
                pixels = np.asarray(image.convert("RGBA"))
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise ValueError(f"{name}: it has more than {LIMIT:,} pixels") from None
        except Exception:  # subtle: of a damaged file Pillow may raise anything at all
            raise ValueError(f"{name}: this is no picture, or a damaged one") from None
    shape, one = pixels.shape[:2], np.eye(3)
    stack = moved(Stack("", shape, ((shape, one),)), path.name, one)
    return Lab(pixels, image.mode[0] in "1LIF", (stack._replace(moves=()),))


def save(lab: Lab, name: str) -> str:
    """Write the picture in full size; what to print. ValueError if it cannot be.

    What was not computed is saved as it was loaded: 8 bits, or 16 of a grey picture,
    and alpha, where the kind of file has them; .jpg and .bmp have white for nothing.
    """
    from PIL import Image

    path = Path(os.path.expanduser(name))
    kind = path.suffix.lower()
    if kind not in (*DEEP, *OPAQUE, ".webp"):
        raise ValueError(f"save {name}: name it .png .jpg .webp .tif or .bmp")
    values = render(floats(lab.pixels), lab.past[-1])
    if kind in OPAQUE:
        values += 1 - values[..., 3:]
    values[..., :3] /= np.maximum(values[..., 3:], 1e-12)
    top = 65535 if lab.pixels.dtype == np.uint16 and kind in DEEP else 255
    whole = np.rint(top * values).astype(np.uint16 if top > 255 else np.uint8)
    grey = lab.grey and (whole[..., :3] == whole[..., :1]).all()
    channels = [0] if grey else [0, 1, 2]
    channels += [3] if (whole[..., 3] < top).any() else []
    if top > 255 and channels != [0]:
        whole = np.rint(whole / 257).astype(np.uint8)
    image = Image.fromarray(whole[..., channels] if channels != [0] else whole[..., 0])
    try:
        figures.write(path, lambda part: image.save(part, quality=95, lossless=True))
    except ValueError as error:  # a .webp of too many pixels, and the like
        raise ValueError(f"{name}: {error}") from None
    return f"Saved transformed image to {name}"


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase1_linear_algebra/image_lab.py photo.jpg
        python phase1_linear_algebra/image_lab.py photo.jpg -c "rotate 30; save out.png"
        python phase1_linear_algebra/image_lab.py -c "rotate 30" --save out.png"""
    parser = console.parser(__file__, __doc__, examples)
    photo = "a picture, here or in data/photos (default photo.jpg)"
    parser.add_argument("photo", nargs="?", default="photo.jpg", help=photo)
    lines = "run these commands, not those typed: 'rotate 30; save out.png'"
    parser.add_argument("-c", metavar="COMMANDS", help=lines)
    figures.add_options(parser, __file__)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Load the photo, do what is typed or given, and show or save what came of it."""
    options = build_parser().parse_args(argv)
    desk = Desk(load(options.photo))
    print(described(desk.lab))
    if options.c is None:
        print(WELCOME, flush=True)
    if not (options.c is not None or options.save or options.no_show):
        plt = figures.start(options)
        if figures.has_window():
            desk.open(plt)
        else:
            print("(no window can be opened here; save writes the picture)")
    code, shown = console.commands(desk.lab, desk.run, options.c), desk.live
    desk.live = False
    if options.save or not (shown or code or desk.saved or options.no_show):
        figures.finish(options, sheet(figures.start(options), desk.lab))
    return code


if __name__ == "__main__":
    console.run(main)
