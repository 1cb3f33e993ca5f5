"""Chapter 1, vector graphics: the judge of the four milestones."""

import copy
import math
from fractions import Fraction

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, strategies
from judge import close, holds, refuses
from matplotlib.path import Path
from scipy.spatial.transform import Rotation

vg = chapter("vector_graphics")

WHOLE = strategies.integers(-3, 3)
ANGLES = strategies.floats(-10, 10)
FACTORS = strategies.floats(0.1, 5) | strategies.floats(-5, -0.1)
SHIFTS = strategies.floats(-9, 9).map(lambda x: round(x, 3) + 0.0)  # never -0.0
SQUARE = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
HOOK = np.array([(0, 0), (4, 0), (4, 4), (3, 4), (3, 1), (0, 1)])  # an L, not convex


def complex_numbers(points: np.ndarray) -> np.ndarray:
    """The points as x + iy, for a referee that knows no matrix."""
    return points[:, 0] + 1j * points[:, 1]


def pairs(z: np.ndarray) -> np.ndarray:
    return np.column_stack([z.real, z.imag])


# --------------------------------------------------------------------------
# Milestone 1: a triangle is three vectors


@pytest.mark.milestone1
def test_the_way_round_a_triangle_ends_where_it_began():
    """Three corners, and the first once more: four rows."""
    triangle = np.array([(-1.0, 0.5), (3.0, 0.0), (0.0, 2.0)])
    want = [(-1, 0.5), (3, 0), (0, 2), (-1, 0.5)]
    close(vg.outline(triangle), want, "outline([(-1, 0.5), (3, 0), (0, 2)])")


@pytest.mark.milestone1
@pytest.mark.parametrize("n", [3, 4, 10])
def test_the_way_round_is_as_long_as_the_sides(n):
    """A regular polygon of n corners on the unit circle has n sides of 2 sin(π/n)."""
    angle = 2 * np.pi * np.arange(n) / n
    way = vg.outline(np.column_stack([np.cos(angle), np.sin(angle)]))
    close(np.shape(way), (n + 1, 2), f"the shape of outline of {n} points")
    sides = np.hypot(*np.diff(way, axis=0).T)
    close(sides, np.full(n, 2 * np.sin(np.pi / n)), "the lengths of the sides")


@pytest.mark.milestone1
def test_five_places_on_a_screen_by_hand():
    """The window is 801 x 600, a unit 50 pixels, (2, 1) in the middle: (400.5, 300).
    (3, 1) is a unit to its right: 450.5. (2, 3) is two units above: 300 − 100 = 200."""
    points = [(2, 1), (3, 1), (2, 3), (0, 0), (-6, 7)]
    want = [(400.5, 300), (450.5, 300), (400.5, 200), (300.5, 350), (0.5, 0)]
    got = vg.to_screen(np.array(points), (801, 600), 50.0, np.array([2.0, 1.0]))
    close(got, want, f"to_screen({points}, (801, 600), 50, (2, 1))")


@pytest.mark.milestone1
def test_up_in_the_world_is_up_on_the_screen():
    view = ((640, 480), 30.0, np.array([0.0, 0.0]))
    low, high = vg.to_screen(np.array([(1.0, -2.0), (1.0, 2.0)]), *view)
    holds(high[1] < low[1], "to_screen of a low and a high point", (low, high),
          "the higher one nearer to the top edge, where y is 0")  # fmt: skip
    close(high[0], low[0], "their distances from the left edge")


@pytest.mark.milestone1
def test_two_pixels_in_the_world_by_hand():
    """Of a window of 800 x 601, (400, 300.5) is the middle: (2, 1). From there (0, 0.5)
    is 400 / 50 = 8 units to the left, and 300 / 50 = 6 units up: (−6, 7)."""
    pixels, centre = [(400, 300.5), (0, 0.5)], np.array([2, 1])
    got = vg.to_world(np.array(pixels), (800, 601), 50.0, centre)
    close(got, [(2, 1), (-6, 7)], f"to_world({pixels}, (800, 601), 50, (2, 1))")


@pytest.mark.milestone1
@given(
    strategies.lists(strategies.tuples(SHIFTS, SHIFTS), min_size=1, max_size=5),
    strategies.integers(5, 300), strategies.tuples(SHIFTS, SHIFTS),
)  # fmt: skip
def test_there_and_back_is_where_one_was(points, zoom, centre):
    view = ((1100, 700), zoom, np.array(centre))
    pixels = vg.to_screen(np.array(points), *view)
    call = f"to_world(to_screen({points})), zoom {zoom}, centre {centre}"
    close(vg.to_world(pixels, *view), points, call)


@pytest.mark.milestone1
def test_arrays_come_out_not_lists():
    triangle, view = np.array([(0, 0), (2, 0), (0, 1)]), ((9, 5), 2, np.zeros(2))
    for name, more in (("outline", ()), ("to_screen", view), ("to_world", view)):
        got = getattr(vg, name)(triangle, *more)
        want = "ndarray, a numpy array to calculate with: np.array makes it of a list"
        kind = type(got).__name__
        holds(isinstance(got, np.ndarray), f"what {name} gives back", kind, want)


@pytest.mark.milestone1
def test_the_points_themselves_are_left_alone(rng):
    points = rng.normal(size=(5, 2))
    before, view = points.copy(), ((300, 200), 9.0, np.array([1.0, 2.0]))
    for name in ("to_screen", "to_world"):
        getattr(vg, name)(points, *view)
        close(points, before, f"the points given to {name}, afterwards: unchanged")


# --------------------------------------------------------------------------
# Milestone 2: a matrix turns the triangle


@pytest.mark.milestone2
def test_a_quarter_turn_by_hand():
    """Walk a quarter round the circle, against the clock: (1, 0) is at (0, 1) then, and
    (0, 1) at (−1, 0). Those are the first two columns."""
    want = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    close(vg.rotation(math.pi / 2), want, "rotation(pi / 2)")


@pytest.mark.milestone2
def test_a_turn_by_30_degrees_by_hand():
    """On the unit circle 30° is at (√3/2, 1/2)."""
    first = vg.rotation(math.pi / 6)[:, 0]
    close(first, [math.sqrt(3) / 2, 0.5, 0], "first column of rotation(pi / 6)")


@pytest.mark.milestone2
def test_stretching_and_shifting_by_hand():
    """(1, 0) stretched by 10 and 100 is (10, 0), (0, 1) is (0, 100); the origin stays.
    A shift by (5, −1) takes (2, 3) to (7, 2): M (2, 3, 1) = (7, 2, 1)."""
    want = [[10, 0, 0], [0, 100, 0], [0, 0, 1]]
    close(vg.scaling(10, 100), want, "scaling(10, 100)")
    got = vg.translation(5, -1) @ [2, 3, 1]
    close(got, [7, 2, 1], "translation(5, -1) @ [2, 3, 1]")


@pytest.mark.milestone2
def test_the_columns_are_where_the_arrows_and_the_origin_go():
    """x' = 2 x + 3 y + 5 and y' = 4 x + 1 y + 6: (0, 0) goes to (5, 6), (1, 0) to
    (7, 10)."""
    M = np.array([[2.0, 3.0, 5.0], [4.0, 1.0, 6.0], [0.0, 0.0, 1.0]])
    points = np.array([(0, 0), (1, 0), (0, 1), (1, 1)])
    want = [(5, 6), (7, 10), (8, 7), (10, 11)]
    call = "apply([[2, 3, 5], [4, 1, 6], [0, 0, 1]], [(0, 0), (1, 0), (0, 1), (1, 1)])"
    close(vg.apply(M, points), want, call)


@pytest.mark.milestone2
@pytest.mark.parametrize("make, numbers", [
    ("rotation", (0.7,)), ("scaling", (2.0, 3.0)), ("translation", (4.0, 5.0)),
])  # fmt: skip
def test_they_are_three_by_three_and_end_in_0_0_1(make, numbers):
    M = getattr(vg, make)(*numbers)
    call = f"{make}({', '.join(map(str, numbers))})"
    holds(np.shape(M) == (3, 3), f"the shape of {call}", np.shape(M), "(3, 3)")
    close(M[2], [0, 0, 1], f"the last row of {call}")


@pytest.mark.milestone2
@given(ANGLES, strategies.lists(strategies.tuples(SHIFTS, SHIFTS), min_size=1))
def test_a_turn_is_a_product_of_complex_numbers(theta, points):
    """The referee: (x + iy) · e^{iθ}, which is how a turn is said without a matrix."""
    want = pairs(complex_numbers(np.array(points)) * np.exp(1j * theta))
    got = np.array([vg.rotation(theta)[:2, :2] @ point for point in points])
    close(got, want, f"rotation({theta:.3f}) @ each of {points}", atol=1e-8)


@pytest.mark.milestone2
@pytest.mark.parametrize("degrees", [-400, -90, -1, 0, 45, 180, 270, 725])
def test_it_agrees_with_scipy(degrees):
    want = Rotation.from_euler("z", degrees, degrees=True).as_matrix()
    got = vg.rotation(math.radians(degrees))
    close(got, want, f"rotation of {degrees}°", atol=1e-12)


@pytest.mark.milestone2
@given(ANGLES, ANGLES)
def test_turns_add_up(a, b):
    got = vg.rotation(a) @ vg.rotation(b)
    close(got, vg.rotation(a + b), f"rotation({a:.3f}) @ rotation({b:.3f})", atol=1e-8)


@pytest.mark.milestone2
def test_a_turn_keeps_lengths_and_angles(rng):
    points = rng.normal(size=(7, 2))
    turned = vg.apply(vg.rotation(1.2345), points)
    close(turned @ turned.T, points @ points.T, "all dot products after a turn")


@pytest.mark.milestone2
def test_a_matrix_without_a_shift_leaves_the_origin(rng):
    origin = np.zeros((1, 2))
    for M in (vg.rotation(2.0), vg.scaling(3.0, -0.5)):
        close(vg.apply(M, origin), origin, "where (0, 0) goes")


@pytest.mark.milestone2
def test_one_point_and_many_points_go_the_same_way(rng):
    M = vg.translation(1, 2) @ vg.rotation(0.5) @ vg.scaling(2, 3)
    points = rng.normal(size=(6, 2))
    before = points.copy()
    one_by_one = np.vstack([vg.apply(M, point[None]) for point in points])
    close(vg.apply(M, points), one_by_one, "apply(M, 6 points)")
    close(points, before, "the points after apply(M, points)")


# --------------------------------------------------------------------------
# Milestone 3: one after another, and back


@pytest.mark.milestone3
def test_the_first_given_acts_first():
    """(1, 0): a quarter turn brings it to (0, 1), a shift by (3, 0) then to (3, 1).
    The other way round: to (4, 0), and then to (0, 4)."""
    R, T, point = vg.rotation(math.pi / 2), vg.translation(3, 0), np.array([(1.0, 0.0)])
    close(
        vg.apply(vg.compose(R, T), point), [(3, 1)], "turn, then shift: compose(R, T)"
    )
    close(
        vg.apply(vg.compose(T, R), point), [(0, 4)], "shift, then turn: compose(T, R)"
    )


@pytest.mark.milestone3
def test_the_product_is_written_from_right_to_left(rng):
    A, B, C = rng.normal(size=(3, 3, 3))
    close(vg.compose(A, B, C), C @ B @ A, "compose(A, B, C), against C @ B @ A")
    close(vg.compose(A), A, "compose(A)")
    close(vg.compose(), np.eye(3), "compose() of nothing")


@pytest.mark.milestone3
@given(ANGLES, FACTORS, FACTORS, SHIFTS, SHIFTS)
def test_a_chain_is_the_steps_one_by_one(theta, sx, sy, dx, dy):
    chain = vg.rotation(theta), vg.scaling(sx, sy), vg.translation(dx, dy)
    points = np.array([(1.0, 2.0), (-3.0, 0.5), (0.0, 0.0), (4.0, -1.0)])
    want = points
    for M in chain:
        want = vg.apply(M, want)
    got = vg.apply(vg.compose(*chain), points)
    close(got, want, "apply(compose(R, S, T), points)", atol=1e-8)


@pytest.mark.milestone3
def test_the_typed_words_of_the_chapter():
    """R30 S1.5 T2,1: 1.5 cos 30° = 1.299, 1.5 sin 30° = 0.75, and the shift last."""
    words = vg.rotation(math.pi / 6), vg.scaling(1.5, 1.5), vg.translation(2, 1)
    want = [[1.299038106, -0.75, 2], [0.75, 1.299038106, 1], [0, 0, 1]]
    close(vg.compose(*words), want, "compose(R 30°, S 1.5, T 2,1)")


@pytest.mark.milestone3
def test_the_determinant_by_hand():
    """2 · 5 − 3 · 4 = −2: twice the area, and mirrored. The shift does not matter."""
    M = np.array([[2.0, 3.0, 7.0], [4.0, 5.0, 8.0], [0.0, 0.0, 1.0]])
    close(vg.determinant(M), -2.0, "determinant([[2, 3, 7], [4, 5, 8], [0, 0, 1]])")


@pytest.mark.milestone3
@given(ANGLES, FACTORS, FACTORS, SHIFTS)
def test_the_determinant_is_the_area_of_the_unit_square(theta, sx, sy, dx):
    """The referee is the shoelace formula: ½ Σ (xᵢ yᵢ₊₁ − xᵢ₊₁ yᵢ)."""
    M = vg.translation(dx, 1) @ vg.rotation(theta) @ vg.scaling(sx, sy)
    (x, y), (u, v) = vg.apply(M, SQUARE).T, np.roll(vg.apply(M, SQUARE), -1, axis=0).T
    area = float((x * v - u * y).sum() / 2)
    close(vg.determinant(M), area, "determinant(T @ R @ S)", atol=1e-7)
    close(vg.determinant(M), np.linalg.det(M), "determinant, against numpy", atol=1e-7)


@pytest.mark.milestone3
def test_the_way_back_of_simple_moves():
    quarter = math.pi / 2
    close(vg.inverse(vg.rotation(quarter)), vg.rotation(-quarter), "inverse(R)")
    close(vg.inverse(vg.scaling(2, -4)), vg.scaling(0.5, -0.25), "inverse(S)")
    close(vg.inverse(vg.translation(3, -1)), vg.translation(-3, 1), "inverse(T)")


@pytest.mark.milestone3
@given(ANGLES, FACTORS, FACTORS, SHIFTS, SHIFTS, ANGLES)
def test_there_and_back_by_the_inverse(theta, sx, sy, dx, dy, slant):
    """R S R T, a matrix that slants too; the referee is numpy.linalg.inv."""
    M = vg.translation(dx, dy) @ vg.rotation(theta) @ vg.scaling(sx, sy)
    M = M @ vg.rotation(slant)
    close(vg.inverse(M) @ M, np.eye(3), "inverse(M) @ M", atol=1e-8)
    close(vg.inverse(M), np.linalg.inv(M), "inverse(M)", rtol=1e-6, atol=1e-7)


@pytest.mark.milestone3
@pytest.mark.parametrize("size", [1e-6, 1, 1e6])
def test_tiny_and_huge_shapes_have_a_way_back_too(size):
    M = vg.scaling(size, 2 * size)
    close(vg.inverse(M) @ M, np.eye(3), f"inverse(M) @ M, M = scaling({size:g}, …)")


@pytest.mark.milestone3
def test_what_is_squashed_onto_a_line_has_no_way_back():
    refuses(lambda: vg.inverse(vg.scaling(1, 0)), "inverse(scaling(1, 0))")
    flat = vg.rotation(0.3) @ vg.scaling(2, 0) @ vg.rotation(1.1)
    refuses(lambda: vg.inverse(flat), "inverse of a matrix of determinant 0")
    refuses(lambda: vg.inverse(vg.scaling(0, 0)), "inverse(scaling(0, 0))")


@pytest.mark.milestone3
@given(ANGLES, FACTORS, FACTORS, SHIFTS, SHIFTS)
def test_a_matrix_comes_apart_into_shift_turn_and_stretch(theta, sx, sy, dx, dy):
    M = vg.translation(dx, dy) @ vg.rotation(theta) @ vg.scaling(sx, sy)
    T, R, S = vg.decompose(M)
    close(T @ R @ S, M, "T @ R @ S of decompose(M)", atol=1e-8)
    close(T[:2, :2], np.eye(2), "the turning part of T")
    close(T[:2, 2], [dx, dy], "the shift in T", atol=1e-8)
    close(R @ R.T, np.eye(3), "R @ R.T", atol=1e-8)
    close(np.linalg.det(R), 1.0, "the determinant of R, which does not mirror")
    close(S, np.diag(np.diag(S)), "S, which has a diagonal only")
    holds(S[0, 0] > 0, "sx of decompose(M)", S[0, 0], "positive: a mirror is in sy")
    close(abs(S[[0, 1], [0, 1]]), [abs(sx), abs(sy)], "the factors in S", atol=1e-8)


@pytest.mark.milestone3
def test_a_mirror_image_is_a_negative_sy():
    """x' = −x: turned by 180° and then mirrored up and down is the same."""
    _, R, S = vg.decompose(vg.scaling(-1, 1))
    close(S, vg.scaling(1, -1), "S of decompose(scaling(-1, 1))")
    close(R, vg.rotation(math.pi), "R of decompose(scaling(-1, 1))")


@pytest.mark.milestone3
def test_slanted_and_flat_matrices_do_not_come_apart():
    slanted = vg.scaling(2, 1) @ vg.rotation(0.5)
    refuses(lambda: vg.decompose(slanted), "decompose(scaling(2, 1) @ rotation(0.5))")
    refuses(lambda: vg.decompose(vg.scaling(0, 1)), "decompose(scaling(0, 1))")


@pytest.mark.milestone3
def test_lerp_goes_from_one_to_the_other_in_a_straight_line():
    """A quarter of the way from 10 to 30 is 15."""
    close(vg.lerp(10.0, 30.0, 0.25), 15.0, "lerp(10, 30, 1/4)")
    a, b = np.array([(0.0, 0.0), (1.0, 5.0)]), np.array([(4.0, 8.0), (1.0, -5.0)])
    close(vg.lerp(a, b, 0.75), [(3, 6), (1, -2.5)], "lerp of two arrays, t = 3/4")
    for t, end in ((0.0, a), (1.0, b)):
        close(vg.lerp(a, b, t), end, f"lerp(a, b, {t:.0f})")


# --------------------------------------------------------------------------
# Milestone 4: Asteroids, by the same matrices


def meet(p, q, r, s):
    """The referee: fractions, no rounding. Solve p + t (q − p) = r + u (s − r)."""
    (px, py), (qx, qy), (rx, ry), (sx, sy) = p, q, r, s
    a, b, c, d = qx - px, rx - sx, qy - py, ry - sy
    e, f, det = rx - px, ry - py, a * d - b * c
    if det:
        t, u = Fraction(e * d - b * f, det), Fraction(a * f - e * c, det)
        return 0 <= t <= 1 and 0 <= u <= 1
    line = [(px, py), (qx, qy), (rx, ry), (sx, sy)]
    (ox, oy), (wx, wy) = min(line), max(line)
    if any((x - ox) * (wy - oy) != (y - oy) * (wx - ox) for x, y in line):
        return False
    return max(min(p, q), min(r, s)) <= min(max(p, q), max(r, s))


@pytest.mark.milestone4
@pytest.mark.parametrize("p, q, r, s, want", [
    ((0, 0), (2, 2), (0, 2), (2, 0), True),  # an X
    ((0, 0), (2, 0), (1, 0), (1, 5), True),  # a T: touching counts
    ((0, 0), (1, 0), (1, 0), (1, 1), True),  # an L
    ((0, 0), (2, 0), (1, 1), (1, 5), False),  # too short to reach
    ((0, 0), (4, 0), (0, 1), (4, 1), False),  # parallel
    ((0, 0), (2, 0), (1, 0), (3, 0), True),  # on one line, overlapping
    ((0, 0), (1, 0), (2, 0), (3, 0), False),  # on one line, apart
])  # fmt: skip
def test_segments_that_cross_touch_or_miss(p, q, r, s, want):
    call = f"segments_cross({p}, {q}, {r}, {s})"
    got = vg.segments_cross(*(np.array(point) for point in (p, q, r, s)))
    holds(bool(got) == want, call, got, str(want))


@pytest.mark.milestone4
@given(*[strategies.tuples(WHOLE, WHOLE)] * 4)
def test_crossing_agrees_with_exact_fractions(p, q, r, s):
    got = vg.segments_cross(*(np.array(point) for point in (p, q, r, s)))
    want = meet(p, q, r, s)
    holds(
        got == want, f"segments_cross({p}, {q}, {r}, {s})", got, f"{want}: exactly so"
    )


@pytest.mark.milestone4
def test_the_side_of_a_way():
    """From (0, 0) to (2, 0): above is to the left, below to the right."""
    p, q = np.array([0.0, 0.0]), np.array([2.0, 0.0])
    got = [
        vg.side(p, q, np.array(point))
        for point in ((1.0, 3.0), (1.0, -1.0), (9.0, 0.0))
    ]
    close(got, [1, -1, 0], "side((0, 0), (2, 0), …) of points above, below, on it")


@pytest.mark.milestone4
def test_points_inside_an_l_by_hand():
    """(1, 2) is in the notch of the L: outside, though within its box."""
    points = [(0.5, 0.5), (3.5, 3.5), (1, 2), (5, 0.5), (-1, 0.5), (3.5, -1)]
    want = [True, True, False, False, False, False]
    close(vg.inside(np.array(points), HOOK), want, "inside(6 points, an L)")


@pytest.mark.milestone4
def test_an_open_and_a_closed_polygon_are_the_same(rng):
    points = rng.uniform(-1, 5, (50, 2))
    closed = np.vstack([HOOK, HOOK[:1]])
    close(vg.inside(points, closed), vg.inside(points, HOOK), "inside, closed polygon")


@pytest.mark.milestone4
@pytest.mark.parametrize("clockwise", [False, True])
def test_inside_agrees_with_matplotlib(rng, clockwise):
    for _ in range(20):
        angle = np.sort(rng.uniform(0, 2 * np.pi, 9))
        star = rng.uniform(0.2, 1, 9)[:, None] * np.column_stack(
            [np.cos(angle), np.sin(angle)]
        )
        star, points = star[:: -1 if clockwise else 1], rng.uniform(-1, 1, (40, 2))
        want = Path(star).contains_points(points)
        close(vg.inside(points, star), want, "inside(40 points, a ragged star)")


@pytest.mark.milestone4
def test_what_leaves_on_one_side_comes_in_on_the_other():
    """A world of 20 x 10: x from −10 to 10. 11 is 1 beyond the right edge: −9."""
    got = vg.wrap(np.array([11.0, 2.0]), (20, 10))
    close(got, [-9, 2], "wrap((11, 2), (20, 10))")
    close(
        vg.wrap(np.array([-10.5, -26.0]), (20, 10)), [9.5, 4], "wrap((-10.5, -26), …)"
    )
    close(vg.wrap(np.array([3.0, -4.0]), (20, 10)), [3, -4], "wrap of a place inside")


@pytest.mark.milestone4
@pytest.mark.parametrize("degrees", [0, 90, 200])
def test_the_heading_is_an_arrow_of_length_1(degrees):
    theta = math.radians(degrees)
    want = [math.cos(theta), math.sin(theta)]
    close(vg.heading(theta), want, f"heading({degrees}°)", atol=1e-12)


# ---- the game, played by its keys

DT = 1 / 64  # s: a fraction that has no rounding


def but(thing, **news):
    """A copy of a game or a body with some things changed, whatever its class is."""
    if hasattr(thing, "_replace"):
        return thing._replace(**news)
    other = copy.copy(thing)
    for name, value in news.items():
        setattr(other, name, value)
    return other


def play(game, keys=(), seconds=DT):
    """The game after some time with these keys down."""
    for _ in range(max(round(seconds / DT), 1)):
        game = vg.step(game, set(keys), DT)
    return game


def still(size, place, velocity=(0.0, 0.0)):
    """A rock of a size, at rest, and spinning as it likes."""
    rng = np.random.default_rng(size)
    return vg.new_rock(np.array(place, float), np.array(velocity, float), size, rng)


def quiet(rocks=None, seconds=4.0):
    """A game with rocks of our own, its ship no longer safe: one far rock if none."""
    far = [still(3, (-12.0, -7.0))]
    game = but(vg.new_game(np.random.default_rng(0)), rocks=far)
    return but(play(game, seconds=seconds), rocks=far if rocks is None else rocks)


def place(body):
    return np.asarray(body.position, dtype=float)


@pytest.mark.milestone4
@pytest.mark.parametrize("seed", range(6))
def test_a_new_game_is_fair(seed):
    game = vg.new_game(np.random.default_rng(seed))
    got = [game.score, game.lives, game.level, len(game.rocks), len(game.shots)]
    close(got, [0, 3, 1, 4, 0], "score, lives, level, rocks and shots of a new game")
    close([rock.size for rock in game.rocks], [3] * 4, "the sizes of its rocks")
    holds(
        not (game.paused or game.over), "new_game", (game.paused, game.over), "running"
    )
    gaps = [np.hypot(*(place(r) - place(game.ship))) - r.radius for r in game.rocks]
    holds(min(gaps) > 2, "the gap between ship and rocks", min(gaps), "no rock near")


@pytest.mark.milestone4
def test_the_ship_turns_as_its_keys_say():
    """Left is counter-clockwise: the angle grows (`steer` does it, `step` is asked)."""
    game = quiet()
    left, right = play(game, {"left"}, 0.25), play(game, {"right"}, 0.25)
    holds(left.ship.angle > game.ship.angle, "left", left.ship.angle, "a larger angle")
    close(left.ship.angle + right.ship.angle, 2 * game.ship.angle, "left and right")
    both = play(game, {"left", "right"}, 0.25)
    close(both.ship.angle, game.ship.angle, "the angle with both keys down")


@pytest.mark.milestone4
@pytest.mark.parametrize("seconds", [0.0, 0.25, 0.75])
def test_thrust_speeds_the_ship_up_along_its_nose(seconds):
    game = play(quiet(), {"left"}, seconds)
    faster = play(game, {"thrust"}, 0.5)
    nose = [math.cos(game.ship.angle), math.sin(game.ship.angle)]
    speed = np.hypot(*faster.ship.velocity)
    holds(speed > 1, "the speed after half a second of thrust", speed, "more than 1")
    close(faster.ship.velocity, speed * np.array(nose), "its velocity, along the nose")


@pytest.mark.milestone4
def test_the_ship_drifts_on_and_slows_down_only_a_little():
    game = play(quiet(), {"thrust"}, 0.5)
    later = play(game, seconds=0.5)
    way, speed = place(later.ship) - place(game.ship), np.hypot(*game.ship.velocity)
    holds(np.hypot(*way) > 0.25 * speed, "the way in half a second without thrust", way,
          f"at least half of {speed / 2:.2f}, at a speed of {speed:.2f}")  # fmt: skip
    turned = play(game, {"right"}, 0.5)
    close(place(turned.ship), place(later.ship), "its place, if it turned meanwhile")


@pytest.mark.milestone4
def test_ship_rocks_and_shots_wrap_around():
    game = quiet([still(3, (15.9, 9.9), (8.0, 8.0))])
    ship = but(game.ship, position=np.array([0.0, 9.9]), velocity=np.array([0.0, 9.0]))
    half = np.array(game.size) / 2
    for later in (play(but(game, ship=ship), seconds=s / 8) for s in range(2, 40, 6)):
        places = np.array([place(later.ship), *map(place, later.rocks)])
        inside = (np.abs(places) <= half + 1e-9).all()
        holds(inside, "all places in the next seconds", places, f"within ± {half}")
    after = play(but(game, ship=ship), seconds=0.25)
    holds(place(after.ship)[1] < -5, "a ship that left at the top", place(after.ship),
          "back at the bottom")  # fmt: skip


@pytest.mark.milestone4
def test_the_corners_of_the_ship_are_turned_and_shifted():
    """A quarter turn more turns the polygon about the ship's own place."""
    ship = but(quiet().ship, position=np.array([5.0, -2.0]), angle=0.3)
    corners = complex_numbers(ship.polygon() - ship.position)
    after = but(ship, angle=0.3 + math.pi / 2).polygon() - ship.position
    close(after, pairs(corners * 1j), "polygon() after a quarter turn more")
    tip = ship.polygon()[np.abs(corners).argmax()] - ship.position
    close(math.atan2(*tip[::-1]), 0.3, "the direction of its farthest corner, the nose")


@pytest.mark.milestone4
def test_a_body_moves_by_velocity_times_time():
    """From (1, 2) with velocity (4, −2), half a second: (3, 1)."""
    rock = still(2, (1.0, 2.0), (4.0, -2.0))
    later = rock.later(0.5, (32, 20))
    close(later.position, [3, 1], "later(0.5): from (1, 2) with velocity (4, -2)")
    close(
        later.angle,
        rock.angle + rock.spin / 2,
        "its angle, after half a second of spin",
    )
    close(rock.position, [1, 2], "the body itself, after that")


@pytest.mark.milestone4
def test_a_shot_is_fired_once_for_each_press():
    game = quiet()
    held = play(game, {"fire"}, 8 * DT)
    close(len(held.shots), 1, "shots after the key was held for eight steps")
    again = play(play(held), {"fire"})
    close(len(again.shots), 2, "shots after it was let go and pressed again")


@pytest.mark.milestone4
def test_a_shot_starts_at_the_nose_and_flies_on_along_it():
    game = play(quiet(), {"left"}, 0.3)
    nose = np.array([math.cos(game.ship.angle), math.sin(game.ship.angle)])
    game = play(game, {"fire"})
    shot = game.shots[0]
    way = place(shot) - place(game.ship)
    close(nose[0] * way[1] - nose[1] * way[0], 0.0, "how far it is off the nose's line")
    holds(0 < way @ nose < 2, "its distance from the ship", way @ nose, "at the nose")
    speed = np.hypot(*shot.velocity)
    close(shot.velocity, speed * nose, "its velocity, along the nose")
    holds(speed > 5, "its speed", speed, "fast")


@pytest.mark.milestone4
def test_shots_are_limited_and_end():
    game = quiet()
    for _ in range(20):
        game = play(play(game, {"fire"}))
    close(len(game.shots), vg.SHOTS, "shots on their way after 20 quick presses")
    close(len(play(game, seconds=3).shots), 0, "shots on their way three seconds later")


@pytest.mark.milestone4
@pytest.mark.parametrize("size, score", [(3, 20), (2, 50), (1, 100)])
def test_a_shot_splits_a_rock(size, score):
    """The ship points up; a rock lies above it. Two of the next size, or nothing."""
    far = still(3, (-12.0, -7.0))
    game = quiet([far, still(size, (0.0, 4.0))])
    game = play(play(game, {"fire"}), seconds=0.5)
    sizes = sorted(rock.size for rock in game.rocks)
    want = [3] if size == 1 else [size - 1, size - 1, 3]
    close(sizes, want, f"the sizes of the rocks after a rock of size {size} was hit")
    close(game.score, score, "the score")
    close(len(game.shots), 0, "the shots left")


@pytest.mark.milestone4
def test_the_pieces_fly_apart_from_one_place():
    rock = still(3, (3.0, 4.0), (1.0, 0.5))
    one, two = vg.split(rock, np.random.default_rng(1))
    close([one.position, two.position], [rock.position] * 2, "where the pieces begin")
    close([one.size, two.size], [2, 2], "their sizes")
    holds(one.radius < rock.radius, "their radius", one.radius, "smaller than before")
    across = [np.cross([1, 0.5, 0], [*piece.velocity, 0])[2] for piece in (one, two)]
    holds(
        across[0] * across[1] < 0, "the sides to which they turn", across, "both sides"
    )
    close(
        len(vg.split(still(1, (0, 0)), np.random.default_rng(1))),
        0,
        "pieces of a small one",
    )


@pytest.mark.milestone4
@pytest.mark.parametrize("velocity", [(0.0, 0.0), (-30.0, 0.0)])
def test_no_shot_jumps_over_a_rock(velocity):
    """4,000 units a second: 62 in a step, over a rock that is a unit wide, and back in
    at the other edge. A rock that crosses the shot's way is seen from the rock."""
    game = play(quiet(), {"fire"})
    shot = but(
        game.shots[0], position=np.array([0.0, 1.0]), velocity=np.array([0, 4000.0])
    )
    start = 30 * 3 / 4000 if velocity[0] else 0.0  # there when the shot is
    rock = still(1, (start, 4.0), velocity)
    far = still(3, (-12.0, -7.0))
    after = play(but(game, shots=[shot], rocks=[far, rock]))
    close(after.score - game.score, 100, "the score after one step of a very fast shot")
    wide = but(shot, position=np.array([3.0, 1.0]))
    after = play(but(game, shots=[wide], rocks=[far, still(1, (0.0, 4.0))]))
    close(
        after.score - game.score, 0, "the score after a shot that passes 3 units beside"
    )


@pytest.mark.milestone4
def test_a_shot_hits_over_the_edge_too():
    """A rock at the right edge reaches over to the left one."""
    game = play(quiet(), {"fire"})
    shot = but(
        game.shots[0], position=np.array([-15.8, -2.0]), velocity=np.array([0.0, 9.0])
    )
    rock, far = still(3, (15.6, 1.0)), still(3, (4.0, -7.0))
    after = play(but(game, shots=[shot], rocks=[far, rock]), seconds=0.5)
    close(after.score - game.score, 20, "the score")
    meets = vg.meets(but(shot, position=np.array([-15.8, 1.0])), rock, game.size, DT)
    holds(meets, "meets(a shot at −15.8, a rock at 15.6)", meets, "True: over the edge")


@pytest.mark.milestone4
def test_a_polygon_is_struck_from_outside_and_from_inside():
    def struck(p, q):
        return bool(vg.strikes(np.array(p), np.array(q), HOOK))

    got = [
        struck((-1, 0.5), (9, 0.5)),
        struck((0.5, 0.5), (0.6, 0.5)),
        struck((1, 2), (2, 3)),
    ]
    close(got, [True, True, False], "strikes: right through, within, in the notch")


@pytest.mark.milestone4
def test_a_rock_that_touches_the_ship_costs_a_life():
    rocks = [still(3, (-12.0, -7.0)), still(2, (0.3, 0.2))]
    game = play(quiet(rocks))
    close(game.lives, 2, "lives after a rock was on the ship")
    holds(not game.over, "over", game.over, "not yet")
    close(sorted(r.size for r in game.rocks), [1, 1, 3], "the rocks: it broke as well")
    missed = play(quiet([still(2, (2.5, 0.0))]))
    close(missed.lives, 3, "lives after a rock of radius 1 was 2.5 away")


@pytest.mark.milestone4
def test_a_rock_reaches_the_ship_over_the_edge():
    game = quiet([still(3, (-15.0, 0.0)), still(3, (0.0, 8.0))])
    ship = but(game.ship, position=np.array([15.6, 0.0]))
    way = vg.wrap(ship.position - game.rocks[0].position, game.size)
    close(way, [-1.4, 0], "from the rock to the ship: wrap((30.6, 0), (32, 20))")
    close(play(but(game, ship=ship)).lives, 2, "lives: the rock reaches over the edge")


@pytest.mark.milestone4
def test_a_new_ship_is_safe_for_a_moment_and_has_room():
    rocks = [still(3, (0.0, 0.0)), still(1, (-12.0, -7.0))]
    fresh = but(vg.new_game(np.random.default_rng(0)), rocks=rocks)
    close(
        play(fresh, seconds=1).lives, 3, "lives a second after the start, under a rock"
    )
    game = play(play(quiet(), {"thrust"}, 0.3))
    game = play(but(game, rocks=[still(1, place(game.ship)), rocks[1]]))
    close(game.lives, 2, "lives after the crash")
    back = play(game, seconds=3)
    close(back.ship.position, [0, 0], "where the new ship is")
    close(back.ship.velocity, [0, 0], "its velocity")
    moved = play(back, {"thrust"}, 0.5)
    speed = np.hypot(*moved.ship.velocity)
    holds(speed > 1, "its speed after thrust", speed, "more than 1: it flies again")
    full = but(game, rocks=[*game.rocks, still(3, (0.0, 0.0))])
    full = play(full, {"fire"}, 3)
    age, shots = full.ship.age, len(full.shots)
    holds(age < 0, "age of the new ship, with a rock in the middle", age, "below 0 yet")
    close(shots, 0, "shots of a ship that is still to come")


@pytest.mark.milestone4
def test_without_lives_it_is_over_until_restart():
    game = quiet([still(3, (-12.0, -7.0)), still(2, (0.3, 0.2))])
    game = play(but(game, lives=1, score=70))
    holds(game.over and game.lives == 0, "after the last life", game.over, "over")
    later = play(game, {"fire", "thrust"}, 2.0)
    holds(later.over and not later.shots, "two seconds later", later.over, "still over")
    anew = play(later, {"restart"})
    got = [anew.score, anew.lives, anew.level, len(anew.rocks)]
    close(got, [0, 3, 1, 4], "score, lives, level and rocks after restart")
    holds(not anew.over, "over, after restart", anew.over, "no")


@pytest.mark.milestone4
def test_pause_acts_when_the_key_goes_down():
    game = play(quiet(), {"thrust"}, 0.5)
    paused = play(game, {"pause"})
    holds(paused.paused, "after the press of pause", paused.paused, "paused")
    held = play(paused, {"pause", "thrust", "fire"}, 1.0)
    holds(
        held.paused and not held.shots, "held for a second", held.paused, "still paused"
    )
    close(place(held.ship), place(paused.ship), "the ship's place, all that time")
    close(place(held.rocks[0]), place(paused.rocks[0]), "a rock's place, all that time")
    on = play(play(held), {"pause"})
    holds(not on.paused, "after the second press", on.paused, "going on")


@pytest.mark.milestone4
def test_the_last_rock_brings_the_next_level():
    game = quiet([still(1, (0.0, 4.0))])
    game = play(play(game, {"fire"}), seconds=0.5)
    got = [game.score, game.level, len(game.rocks)]
    close(got, [100, 2, 5], "score, level and rocks after the last rock was hit")
    gaps = [np.hypot(*(place(r) - place(game.ship))) for r in game.rocks]
    holds(
        min(gaps) > 3, "the distance of the new rocks", min(gaps), "none near the ship"
    )


@pytest.mark.milestone4
def test_every_so_many_points_there_is_a_life_more():
    rocks = [still(3, (-12.0, -7.0)), still(1, (0.0, 4.0))]
    game = but(quiet(rocks), score=vg.BONUS - 60)
    game = play(play(game, {"fire"}), seconds=0.5)
    close([game.score, game.lives], [vg.BONUS + 40, 4], "score and lives")


@pytest.mark.milestone4
def test_a_step_makes_a_new_game_and_leaves_the_old_one():
    game = quiet([still(3, (0.0, 4.0)), still(2, (6.0, 3.0))])
    for keys in ({"left", "thrust", "fire"}, set(), {"right"}):
        before = snapshot(game)
        one, two = vg.step(game, keys, DT), vg.step(game, keys, DT)
        close(snapshot(game), before, f"the game itself, after step(game, {keys}, dt)")
        close(snapshot(one), snapshot(two), "two steps of one game")
        game = play(one, keys, 0.4)


def snapshot(game):
    """All places, velocities and counts of a game, as one row of numbers."""
    bodies = [game.ship, *game.rocks, *game.shots]
    rows = [np.r_[place(b), np.asarray(b.velocity, float)] for b in bodies]
    return np.r_[np.ravel(rows), game.ship.angle, game.score, game.lives, game.level]


@pytest.mark.milestone4
def test_the_same_seed_and_keys_are_the_same_game():
    ends = []
    for _ in range(2):
        game = vg.new_game(np.random.default_rng(7))
        for i in range(400):
            keys = {("left", "thrust", "right")[i // 40 % 3], *["fire"] * (i % 6 == 0)}
            game = vg.step(game, keys, DT)
        ends.append(snapshot(game))
    close(ends[0], ends[1], "the same keys twice, new_game with seed 7")


@pytest.mark.milestone4
def test_motion_does_not_depend_on_the_frame_rate():
    """A second of drift, in 16 or in 128 steps: the same, as nothing speeds up."""
    game = quiet([still(3, (-8.0, -7.0), (1.5, -2.0))])
    ends = []
    for n in (16, 128):
        later = game
        for _ in range(n):
            later = vg.step(later, set(), 1 / n)
        ends.append([*place(later.rocks[0]), later.rocks[0].angle])
    close(ends[0], ends[1], "place and angle of a rock after a second")
