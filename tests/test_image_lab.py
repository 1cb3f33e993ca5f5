"""Chapter 2, image lab: the judge of the four milestones."""

import math

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, strategies
from judge import close, holds, refuses
from oracles import numerical_gradient
from scipy import ndimage

lab = chapter("image_lab")

numbers = strategies.floats(-2, 2)
degrees = strategies.floats(-360, 360)


def picture(*shape: int, seed: int = 0) -> np.ndarray:
    """A picture of random greys or colours."""
    return np.random.default_rng(seed).random(shape)


def referee(
    image: np.ndarray, matrix: np.ndarray, shape: tuple[int, int], order: int, mode: str
) -> np.ndarray:
    """scipy's samples of a grey picture at the places where the new pixels came from.

    Its orders 0 and 1 are those of this chapter; 3 is another curve, a spline.
    """
    y, x = np.mgrid[: shape[0], : shape[1]]
    u, v, z = np.linalg.inv(matrix) @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    found = ndimage.map_coordinates(image, [v / z, u / z], order=order, mode=mode)
    return found.reshape(shape)


MODES = {"constant": "grid-constant", "edge": "nearest", "reflect": "mirror",
         "wrap": "grid-wrap"}  # fmt: skip


# --------------------------------------------------------------------------
# Milestone 1: a flip is a matrix


@pytest.mark.milestone1
def test_the_corners_lie_half_a_pixel_outside():
    """2 rows of 3 pixels: centres at x = 0, 1, 2 and y = 0, 1, edges half beyond."""
    want = [[-0.5, -0.5], [2.5, -0.5], [2.5, 1.5], [-0.5, 1.5]]
    close(lab.frame((2, 3)), want, "frame((2, 3))")
    close(lab.frame((2, 3, 4)), want, "frame((2, 3, 4)): colours do not count")


@pytest.mark.milestone1
def test_the_area_by_hand():
    """A triangle of base 4 and height 3 has 6; gone round the other way, −6."""
    corners = np.array([[0.0, 0.0], [4.0, 0.0], [1.0, 3.0]])
    close(lab.area(corners), 6.0, "area([[0, 0], [4, 0], [1, 3]])")
    close(lab.area(corners[::-1]), -6.0, "area of the same, the other way round")
    close(lab.area(lab.frame((5, 7))), 35.0, "area(frame((5, 7)))")


@pytest.mark.milestone1
def test_where_points_go_by_hand():
    """(1, 2) -> (2·1 + 5, 3·2 + 7) = (7, 13); with z = 1 + 1 it is halved."""
    M = np.array([[2.0, 0.0, 5.0], [0.0, 3.0, 7.0], [0.0, 0.0, 1.0]])
    close(lab.apply(M, np.array([[1.0, 2.0]])), [[7, 13]], "apply(M, [[1, 2]])")
    M[2, 0] = 1
    got = lab.apply(M, np.array([[1.0, 2.0], [0.0, 0.0], [3.0, 0.0]]))
    want = [[3.5, 6.5], [5, 7], [11 / 4, 7 / 4]]
    close(got, want, "apply(M, three points), last row of M 1 0 1")


@pytest.mark.milestone1
@given(seed=strategies.integers(0, 10**6))
def test_one_matrix_after_the_other_is_their_product(seed):
    rng = np.random.default_rng(seed)
    A, B = np.eye(3) + rng.uniform(-0.1, 0.1, (2, 3, 3))
    points = rng.uniform(-2, 2, (5, 2))
    want = lab.apply(A, lab.apply(B, points))
    close(lab.apply(A @ B, points), want, "apply(A @ B, points (5, 2))")


@pytest.mark.milestone1
def test_a_mirror_on_the_first_and_the_last_pixel():
    """5 columns: x -> 4 − x. 3 rows: y -> 2 − y. The other coordinate stays."""
    points = np.array([[0.0, 0.0], [4.0, 1.0], [1.0, 2.0]])
    got = lab.apply(lab.flip_matrix((3, 5), 1), points)
    close(got, [[4, 0], [0, 1], [3, 2]], "points moved by flip_matrix((3, 5), 1)")
    got = lab.apply(lab.flip_matrix((3, 5), 0), points)
    close(got, [[0, 2], [4, 1], [1, 0]], "points moved by flip_matrix((3, 5), 0)")


@pytest.mark.milestone1
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("shape", [(3, 5), (4, 3, 2), (1, 6), (7, 1, 3)])
def test_a_flip_turns_the_order_of_the_pixels_round(shape, axis):
    image = picture(*shape)
    close(lab.flip(image, axis), np.flip(image, axis), f"flip(image {shape}, {axis})")


@pytest.mark.milestone1
def test_two_flips_are_none_and_the_picture_is_left_as_it_was():
    image = picture(5, 8, 3)
    before = image.copy()
    for axis in (0, 1):
        close(lab.flip(lab.flip(image, axis), axis), image, f"flip twice, axis {axis}")
        M = lab.flip_matrix(image.shape, axis)
        close(M @ M, np.eye(3), f"flip_matrix(…, {axis}) twice")
    close(image, before, "the picture itself, after the flips")


@pytest.mark.milestone1
def test_pixels_are_carried_by_hand():
    """x -> x + 1: a b c becomes 0 a b; c has fallen off."""
    shift = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    got = lab.carry(np.array([[5.0, 6.0, 7.0], [1.0, 2.0, 3.0]]), shift)
    close(
        got, [[0, 5, 6], [0, 1, 2]], "carry([[5, 6, 7], [1, 2, 3]], one to the right)"
    )
    back = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    got = lab.carry(np.array([[5.0, 6.0, 7.0]]), back)
    close(got, [[6, 7, 0]], "carry([[5, 6, 7]], one to the left)")
    got = lab.carry(np.array([[5.0, 6.0, 7.0]]), shift, (2, 5))
    close(got, [[0, 5, 6, 7, 0], [0] * 5], "carry(…, shape=(2, 5))")


@pytest.mark.milestone1
def test_a_quarter_turn_is_carried_exactly():
    """(x, y) -> (y, w − 1 − x), as numpy's rot90 does."""
    image = picture(3, 5, 2)
    M = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 4.0], [0.0, 0.0, 1.0]])
    close(lab.carry(image, M, (5, 3)), np.rot90(image), "carry(image, a quarter turn)")


@pytest.mark.milestone1
def test_carrying_leaves_holes_where_the_picture_grows():
    """Twice as wide: pixels land on columns 0, 2, 4, and nobody on 1, 3, 5."""
    wide = np.diag([2.0, 1.0, 1.0])
    got = lab.carry(np.array([[7.0, 8.0, 9.0]]), wide, (1, 6))
    close(got, [[7, 0, 8, 0, 9, 0]], "carry([[7, 8, 9]], twice as wide)")


@pytest.mark.milestone1
def test_bytes_stay_bytes_when_they_are_carried():
    image = (255 * picture(3, 4)).astype(np.uint8)
    got = lab.flip(image, 1)
    holds(got.dtype == np.uint8, "dtype of flip(bytes)", got.dtype, "uint8")


@pytest.mark.milestone1
def test_colours_are_mixed_by_hand():
    """New red = ½ r + ½ g, new green = b, new blue = 2 r, which is clipped to 1."""
    M = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [2.0, 0.0, 0.0]])
    got = lab.recolour(np.array([[[0.2, 0.4, 0.6], [0.8, 0.0, 0.1]]]), M)
    want = [[[0.3, 0.6, 0.4], [0.4, 0.1, 1.0]]]
    close(got, want, "recolour([[(.2, .4, .6), (.8, 0, .1)]], M)")
    got = lab.recolour(np.array([[[0.2, 0.4, 0.6]]]), -M)
    close(got, [[[0, 0, 0]]], "recolour(…, −M): nothing is darker than black")


@pytest.mark.milestone1
def test_grey_and_sepia_make_three_numbers_of_one():
    """A grey has r = g = b. For white, the row sums: 1 for grey; sepia is brownish."""
    image = picture(4, 6, 3)
    grey = lab.recolour(image, lab.GREY)
    want = np.repeat(image @ [[0.299], [0.587], [0.114]], 3, axis=2)
    close(grey, want, "recolour(image, GREY)")
    close(lab.recolour(grey, lab.GREY), grey, "GREY twice")
    r, g, b = lab.recolour(np.full((1, 1, 3), 0.5), lab.SEPIA)[0, 0]
    holds(r > g > b, "sepia of a grey", (r, g, b), "red > green > blue")


# --------------------------------------------------------------------------
# Milestone 2: turn it, asking every new pixel where it came from


@pytest.mark.milestone2
def test_the_matrices_by_hand():
    """At (2, 1): shifted by (3, −1): (5, 0). Scaled by 2 and 5: (4, 5). Sheared by ½
    along x: x + ½ y = 2.5. By 3 along y: y + 3 x = 7."""
    point = np.array([[2.0, 1.0]])
    cases = {
        "translation(3, -1)": (lab.translation(3, -1), [5, 0]),
        "scaling(2, 5)": (lab.scaling(2, 5), [4, 5]),
        "scaling(2)": (lab.scaling(2), [4, 2]),
        "shear(0.5)": (lab.shear(0.5), [2.5, 1]),
        "shear(0, 3)": (lab.shear(0, 3), [2, 7]),
    }
    for call, (matrix, want) in cases.items():
        close(lab.apply(matrix, point), [want], f"(2, 1) moved by {call}")


@pytest.mark.milestone2
def test_a_turn_is_counter_clockwise_as_seen():
    """y grows downwards: from the right, (1, 0), a quarter turn leads up, (0, −1)."""
    got = lab.apply(lab.rotation(90), np.array([[1.0, 0.0], [0.0, -1.0]]))
    close(got, [[0, -1], [-1, 0]], "(1, 0) and (0, −1) moved by rotation(90)")
    got = lab.apply(lab.rotation(30), np.array([[2.0, 0.0]]))
    close(got, [[3**0.5, -1]], "(2, 0) moved by rotation(30)")


@pytest.mark.milestone2
@given(a=degrees, b=degrees)
def test_turns_add_up_and_keep_lengths_and_areas(a, b):
    A, B = lab.rotation(a), lab.rotation(b)
    close(A @ B, lab.rotation(a + b), f"rotation({a}) @ rotation({b})")
    close(A @ A.T, np.eye(3), f"rotation({a}) times its transpose")
    close(np.linalg.det(A), 1.0, f"determinant of rotation({a})")


@pytest.mark.milestone2
@given(x=numbers, y=numbers, a=degrees)
def test_the_centre_stays_where_it_is(x, y, a):
    M = lab.about(lab.rotation(a), (x, y))
    got = lab.apply(M, np.array([[x, y], [x + 1, y]]))
    call = f"the centre ({x}, {y}) and its neighbour after about(rotation({a}), centre)"
    c, s = math.cos(math.radians(a)), math.sin(math.radians(a))
    close(got, [[x, y], [x + c, y - s]], call, atol=1e-8)


@pytest.mark.milestone2
def test_hue_turns_red_to_green_to_blue_and_keeps_greys():
    """A third of a turn about r = g = b takes red to green, green to blue."""
    close(lab.hue(120) @ [1, 0, 0], [0, 1, 0], "red after hue(120)")
    close(lab.hue(120) @ [0, 1, 0], [0, 0, 1], "green after hue(120)")
    for a in (17, 90, -200):
        close(lab.hue(a) @ np.full(3, 0.4), [0.4] * 3, f"a grey after hue({a})")
        close(lab.hue(a) @ lab.hue(a).T, np.eye(3), f"hue({a}) times its transpose")
    close(lab.hue(40) @ lab.hue(50), lab.hue(90), "hue(40) @ hue(50)")


@pytest.mark.milestone2
def test_two_equations_by_hand():
    """x + 2 y = 5 and 3 x + 4 y = 11: x = 1, y = 2."""
    A, B = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0], [11.0]])
    close(lab.solve(A, B), [[1], [2]], "solve([[1, 2], [3, 4]], [[5], [11]])")
    close(A, [[1, 2], [3, 4]], "A itself, after solve(A, B)")


@pytest.mark.milestone2
def test_a_zero_in_the_corner_needs_another_pivot():
    """0 x + y = 3 and x + 0 y = 4."""
    got = lab.solve(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[3.0], [4.0]]))
    close(got, [[4], [3]], "solve([[0, 1], [1, 0]], [[3], [4]])")


@pytest.mark.milestone2
def test_a_tiny_pivot_loses_no_digits():
    """1e-10 x + y = 1 and x + y = 2: divided by 1e-10, y would swallow digits of x."""
    got = lab.solve(np.array([[1e-10, 1.0], [1.0, 1.0]]), np.array([[1.0], [2.0]]))
    want = [[1 / (1 - 1e-10)], [1 - 1e-10]]
    close(got, want, "solve([[1e-10, 1], [1, 1]], [[1], [2]])", rtol=1e-13, atol=0)


@pytest.mark.milestone2
@pytest.mark.parametrize("n, k", [(3, 1), (5, 2), (8, 1)])
def test_solve_agrees_with_numpy(rng, n, k):
    A, B = rng.normal(size=(n, n)), rng.normal(size=(n, k))
    close(lab.solve(A, B), np.linalg.solve(A, B), f"solve(A ({n}, {n}), B ({n}, {k}))")


@pytest.mark.milestone2
@given(a=degrees, x=numbers, y=numbers, s=strategies.floats(0.01, 9))
def test_the_inverse_undoes(a, x, y, s):
    M = lab.translation(100 * x, y) @ lab.rotation(a) @ lab.scaling(s, 1) @ lab.shear(x)
    close(lab.inverse(M) @ M, np.eye(3), "inverse(M) @ M", atol=1e-8)


@pytest.mark.milestone2
def test_what_squashes_has_no_inverse():
    for call, M in (("scaling(0)", lab.scaling(0)), ("shear(1, 1)", lab.shear(1, 1)),
                    ("scaling(3, 0)", lab.scaling(3, 0))):  # fmt: skip
        refuses(lambda M=M: lab.inverse(M), f"inverse({call})")
        refuses(lambda M=M: lab.warp(picture(3, 4), M, order=0), f"warp(image, {call})")
    got = lab.inverse(lab.scaling(1e-9))
    close(got, lab.scaling(1e9), "inverse(scaling(1e-9)): small is not singular")


@pytest.mark.milestone2
@pytest.mark.parametrize("border", ["edge", "reflect", "wrap"])
@pytest.mark.parametrize("n", [1, 2, 4])
def test_borders_stand_in_as_numpy_pads(border, n):
    i = np.arange(-7.0, n + 7)
    want = np.pad(np.arange(n), 7, mode=border)
    got = lab.within(i, n, border)
    close(got, want, f"within(−7 … {n + 6}, {n}, {border!r})")
    holds(got.dtype.kind == "i", "dtype of within(…)", got.dtype, "whole numbers")


@pytest.mark.milestone2
def test_the_nearest_pixel_by_hand():
    image = np.array([[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]])
    x, y = np.array([0.4, 1.6, -3.0, 1.0]), np.array([0.0, 0.7, 0.4, 9.0])
    got = lab.nearest(image, x, y)
    close(got, [10, 60, 10, 50], "nearest(image, [.4, 1.6, −3, 1], [0, .7, .4, 9])")


@pytest.mark.milestone2
def test_every_new_pixel_has_a_value():
    """Twice as wide, about (0, 0): columns 0 … 5 come from 0, ½, 1, 1½, 2, 2½."""
    image = np.array([[7.0, 8.0, 9.0]])
    got = lab.warp(image, np.diag([2.0, 1.0, 1.0]), (1, 6), order=0)
    holds((got > 0).all(), "warp([[7, 8, 9]], twice as wide)", got, "no holes")
    close(got[0, ::2], [7, 8, 9], "every second column of it")


@pytest.mark.milestone2
@pytest.mark.parametrize("shape", [(5, 4), (3, 5, 3)])
def test_four_quarter_turns_are_none(shape):
    image = picture(*shape)
    h, w = shape[:2]
    M = lab.translation(0, w - 1) @ lab.rotation(90)
    turned = lab.warp(image, M, (w, h), order=0)
    close(turned, np.rot90(image), f"warp(image {shape}, a quarter turn, order=0)")
    for _ in range(3):
        high, wide = turned.shape[:2]
        M = lab.translation(0, wide - 1) @ lab.rotation(90)
        turned = lab.warp(turned, M, (wide, high), order=0)
    close(turned, image, "four quarter turns")


@pytest.mark.milestone2
@given(dx=strategies.integers(-4, 4), dy=strategies.integers(-3, 3))
def test_a_pixel_follows_the_matrix(dx, dy):
    image = np.zeros((9, 11))
    image[4, 5] = 1
    got = lab.warp(image, lab.translation(dx, dy), order=0)
    where = np.argwhere(got == 1)
    close(
        where, [[4 + dy, 5 + dx]], f"(row, column) of pixel (4, 5) after ({dx}, {dy})"
    )


@pytest.mark.milestone2
def test_what_is_fetched_came_from_where_the_inverse_says():
    """back: x -> 2 x − 1. Columns 0 1 2 come from −1 (outside), 1, 3."""
    image = np.array([[10.0, 20.0, 30.0, 40.0]])
    back = lab.translation(-1, 0) @ lab.scaling(2, 1)
    x, y = np.arange(3.0), np.zeros(1)
    got = lab.fetch(image, back, x, y, 0, "constant")
    close(got, [[0, 20, 40]], "fetch(…, order 0, 'constant')")
    got = lab.fetch(image, back, x, y, 0, "edge")
    close(got, [[10, 20, 40]], "fetch(…, order 0, 'edge')")


@pytest.mark.milestone2
@pytest.mark.parametrize("border", MODES)
def test_nearest_pixels_agree_with_scipy(border):
    image = picture(21, 30)
    M = lab.about(lab.rotation(33), (14, 10)) @ lab.shear(0.3) @ lab.scaling(0.7, 1.2)
    got = lab.warp(image, M, (25, 28), order=0, border=border)
    want = referee(image, M, (25, 28), 0, MODES[border])
    close(got, want, f"warp(image, M, (25, 28), order=0, border={border!r})")


@pytest.mark.milestone2
def test_a_strip_is_a_part_of_the_picture():
    """Shifted down by 2: row 4 of the new picture is row 2 of the old."""
    image = picture(9, 5)
    back = lab.translation(0, -2)
    got = lab.strip(image, back, 4, (6, 5), 0, "constant", False)
    close(got, image[2:4], "strip(image, back, 4, (6, 5), …): rows 4 and 5 of 6")


@pytest.mark.milestone2
def test_a_picture_of_many_rows_is_warped_in_all_of_them():
    image = picture(301, 7)
    got = lab.warp(image, lab.translation(0, 3), order=0)
    close(got[3:], image[:-3], "rows 3 … 300 of 301, shifted down by 3")
    close(got[:3], np.zeros((3, 7)), "rows 0 … 2: nothing came there")


# --------------------------------------------------------------------------
# Milestone 3: between the pixels


@pytest.mark.milestone3
@pytest.mark.parametrize("name", ["bilinear_loop", "bilinear"])
def test_between_four_pixels_by_hand(name):
    """A quarter right, half down: above 10 + ¼·10 = 12.5, below 30 + ¼·20 = 35; the
    middle of the two is 23.75."""
    image = np.array([[10.0, 20.0, 0.0], [30.0, 50.0, 0.0]])
    x, y = np.array([0.25, 0.5, 1.0]), np.array([0.5, 0.0, 1.0])
    got = getattr(lab, name)(image, x, y)
    close(got, [23.75, 15, 50], f"{name}(image, [.25, .5, 1], [.5, 0, 1])")


@pytest.mark.milestone3
@pytest.mark.parametrize("shape", [(6, 9), (7, 4, 3), (1, 5, 2), (4, 1)])
def test_the_loop_says_the_same(rng, shape):
    image = picture(*shape)
    x = rng.uniform(-2, shape[1] + 1, (5, 8))
    y = rng.uniform(-2, shape[0] + 1, (5, 8))
    want = lab.bilinear_loop(image, x, y)
    close(lab.bilinear(image, x, y), want, f"bilinear(image {shape}, x, y (5, 8))")


@pytest.mark.milestone3
@pytest.mark.parametrize("name", ["bilinear", "bicubic"])
@given(a=numbers, b=numbers, c=numbers, x=strategies.floats(1, 6),
       y=strategies.floats(1, 4))  # fmt: skip
def test_on_a_ramp_it_is_exact(name, a, b, c, x, y):
    rows, columns = np.mgrid[:6, :9]
    got = getattr(lab, name)(a * columns + b * rows + c, np.array([x]), np.array([y]))
    call = f"{name} at ({x}, {y}) of the ramp {a} x + {b} y + {c}"
    close(got, [a * x + b * y + c], call)


@pytest.mark.milestone3
@pytest.mark.parametrize("name", ["bilinear", "bicubic"])
def test_on_a_pixel_it_is_the_pixel_and_outside_the_edge(name):
    image = picture(4, 5, 3)
    y, x = np.mgrid[:4, :5].astype(float)
    close(getattr(lab, name)(image, x, y), image, f"{name} at all pixels", rtol=1e-15)
    got = getattr(lab, name)(image, np.array([-9.0, 9.0]), np.array([0.0, 9.0]))
    close(got, image[[0, 3], [0, 4]], f"{name} at (−9, 0) and (9, 9)")


@pytest.mark.milestone3
def test_the_sixteen_come_row_by_row():
    """Around column 1, row 1 of a picture that counts 10 · row + column."""
    rows, columns = np.mgrid[:4, :4]
    image = 10.0 * rows + columns
    one = np.array([1.0])
    got = [float(v.ravel()[0]) for v in lab.neighbours(image, one, one, (0, 1), "edge")]
    close(got, [11, 12, 21, 22], "neighbours(image, [1], [1], (0, 1), 'edge')")
    got = list(lab.neighbours(image, one, one, (-1, 0, 1, 2), "edge"))
    close(
        [v.ravel()[0] for v in got], image.ravel(), "all sixteen neighbours of (1, 1)"
    )


@pytest.mark.milestone3
def test_the_cubic_weights_by_hand():
    """Half-way: −1/16, 9/16, 9/16, −1/16. On a pixel: that pixel alone."""
    close(lab.cubic_weights(0.5), [-1 / 16, 9 / 16, 9 / 16, -1 / 16],
          "cubic_weights(½)")  # fmt: skip
    close(lab.cubic_weights(0.0), [0, 1, 0, 0], "cubic_weights(0)")
    close(lab.cubic_weights(1.0), [0, 0, 1, 0], "cubic_weights(1)")


@pytest.mark.milestone3
@given(t=strategies.floats(0, 1), a=numbers, b=numbers, c=numbers)
def test_the_cubic_weights_hit_every_parabola(t, a, b, c):
    """The slope by the neighbours, (f(1) − f(−1)) / 2, is exact for a parabola."""
    at = np.array([-1.0, 0.0, 1.0, 2.0])
    got = np.dot(lab.cubic_weights(t), a * at**2 + b * at + c)
    close(got, a * t**2 + b * t + c, f"{a} t² + {b} t + {c} at t = {t}")


@pytest.mark.milestone3
def test_bicubic_is_the_curve_of_catmull_and_rom(rng):
    """The formula, one direction after the other, from Keys (1981), a = −½."""

    def kernel(t):
        t = np.abs(t)
        near = 1.5 * t**3 - 2.5 * t**2 + 1
        far = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
        return np.where(t <= 1, near, np.where(t < 2, far, 0))

    image = picture(9, 11)
    x, y = rng.uniform(2, 8, 20), rng.uniform(2, 6, 20)
    wx, wy = (kernel(u[:, None] - np.arange(n)) for u, n in ((x, 11), (y, 9)))
    want = np.einsum("pj,ji,pi->p", wy, image, wx)
    close(lab.bicubic(image, x, y), want, "bicubic(image, x, y)")


@pytest.mark.milestone3
@pytest.mark.parametrize("border", MODES)
@pytest.mark.parametrize("shape", [(19, 26), (40, 15)])
def test_bilinear_warps_agree_with_scipy(border, shape):
    image = picture(22, 31)
    M = lab.about(lab.rotation(-21), (12, 9)) @ lab.shear(0.2, 0.1) @ lab.scaling(0.9)
    got = lab.warp(image, M, shape, border=border)
    want = referee(image, M, shape, 1, MODES[border])
    close(got, want, f"warp(image, M, {shape}, border={border!r})", rtol=0, atol=1e-9)


@pytest.mark.milestone3
@pytest.mark.parametrize("order", [0, 1, 3])
def test_whole_shifts_and_flips_copy_every_pixel(order):
    image = picture(12, 17, 3)
    got = lab.warp(image, lab.flip_matrix(image.shape, 1), order=order)
    close(
        got, image[:, ::-1], f"warp(image, a flip, order={order})", rtol=1e-15, atol=0
    )
    got = lab.warp(image, np.eye(3), order=order)
    close(got, image, f"warp(image, identity, order={order})", rtol=1e-15, atol=0)


@pytest.mark.milestone3
def test_each_colour_is_warped_as_a_grey_picture():
    image = picture(13, 18, 3)
    M = lab.rotation(20) @ lab.translation(3, 2)
    for order in (1, 3):
        want = np.dstack(
            [lab.warp(c, M, order=order) for c in np.moveaxis(image, 2, 0)]
        )
        close(lab.warp(image, M, order=order), want, f"warp(colours, M, order={order})")


@pytest.mark.milestone3
@given(m=strategies.lists(numbers, min_size=9, max_size=9), x=numbers, y=numbers)
def test_the_jacobian_is_the_slope_of_the_map(m, x, y):
    """The referee is central differences, with z kept away from 0."""
    M = np.array(m).reshape(3, 3) / [[1], [1], [10]] + [[0, 0, 0], [0, 0, 0], [0, 0, 3]]
    want = np.stack([
        numerical_gradient(lambda p, k=k: (M[k] @ [*p, 1]) / (M[2] @ [*p, 1]),
                           np.array([x, y]))
        for k in (0, 1)
    ])  # fmt: skip
    got = lab.jacobian(M, x, y)
    close(got, want, f"jacobian(M, {x}, {y}), M = {M.tolist()}", rtol=1e-5, atol=1e-7)


@pytest.mark.milestone3
def test_stretches_by_hand():
    """diag(3, 2) stretches by 3 and 2; a turn by 1 and 1; [[1, 1], [1, 1]] sends the
    diagonal (1, 1)/√2 to (√2, √2), twice as long, and the other diagonal to 0."""
    close(
        lab.singular_values(np.diag([2.0, 3.0])), [3, 2], "singular_values(diag(2, 3))"
    )
    turn = lab.rotation(35)[:2, :2]
    close(lab.singular_values(turn), [1, 1], "singular_values(a turn)")
    close(
        lab.singular_values(np.ones((2, 2))),
        [2, 0],
        "singular_values([[1, 1], [1, 1]])",
    )


@pytest.mark.milestone3
@given(a=numbers, b=numbers, c=numbers, d=numbers)
def test_stretches_agree_with_numpy(a, b, c, d):
    J = np.array([[a, b], [c, d]])
    want = np.linalg.svd(J, compute_uv=False)
    close(lab.singular_values(J), want, f"singular_values({J.tolist()})", atol=1e-7)


@pytest.mark.milestone3
def test_where_the_picture_shrinks_a_pixel_is_the_mean_of_many():
    """A quarter of the size: 4 x 4 old pixels make one. The same size: one sample."""
    for factor, n in ((0.25, 4), (1.0, 1), (3.0, 1), (0.4, 3), (0.001, 16)):
        back = lab.inverse(lab.scaling(factor))
        got = lab.density(back, (0, 9), (0, 7))
        close(got, n, f"density(inverse(scaling({factor})), …)")
    turn = lab.inverse(lab.rotation(30) @ lab.scaling(0.5, 1))
    close(lab.density(turn, (0, 9), (0, 7)), 2, "density(half as wide, turned)")


@pytest.mark.milestone3
def test_stripes_become_grey_when_they_shrink():
    """Black and white columns in turn have the mean ½. Single samples see one kind."""
    stripes = np.tile([0.0, 1.0], (40, 20))  # (40, 40)
    M = lab.about(lab.scaling(0.25), (-0.5, -0.5))
    got = lab.warp(stripes, M, (10, 10), border="edge", smooth=True)
    close(
        got, np.full((10, 10), 0.5), "warp(stripes, a quarter, smooth=True)", atol=0.02
    )


@pytest.mark.milestone3
@pytest.mark.parametrize("shape", [(24, 36), (24, 36, 3)])
def test_smooth_keeps_the_mean_of_blocks(shape):
    """At a third of the size, nine samples on the nine old pixels: their mean."""
    image = picture(*shape)
    M = lab.about(lab.scaling(1 / 3), (-0.5, -0.5))
    got = lab.warp(image, M, (8, 12), smooth=True)
    want = image.reshape(8, 3, 12, 3, -1).mean(axis=(1, 3)).reshape(8, 12, *shape[2:])
    close(got, want, f"warp(image {shape}, a third, smooth=True)")
    got = lab.warp(image, lab.rotation(0), smooth=True)
    close(got, image, "warp(image, identity, smooth=True)")


@pytest.mark.milestone3
def test_a_single_bright_pixel_becomes_the_kernel():
    image = np.zeros((5, 7))
    image[2, 3] = 1
    kernel = np.arange(15.0).reshape(3, 5)
    got = lab.convolve(image, kernel)
    close(got[1:4, 1:6], kernel, "convolve(a bright pixel, kernel (3, 5)), around it")
    close(got.sum(), kernel.sum(), "the sum of it")


@pytest.mark.milestone3
def test_a_convolution_by_hand():
    """Kernel 1 0 −1 on 1 3 6: turned round it is −1 0 1: 3 − 1, 6 − 1, 6 − 3."""
    got = lab.convolve(np.array([[1.0, 3.0, 6.0]]), np.array([[1.0, 0.0, -1.0]]))
    close(got, [[2, 5, 3]], "convolve([[1, 3, 6]], [[1, 0, −1]])")


@pytest.mark.milestone3
@pytest.mark.parametrize("border", MODES)
def test_convolutions_agree_with_scipy(rng, border):
    image, kernel = picture(39, 14), rng.normal(size=(5, 3))
    want = ndimage.convolve(image, kernel, mode=MODES[border])
    close(lab.convolve(image, kernel, border), want, f"convolve(…, border={border!r})")
    colours = np.dstack([image, 2 * image])
    want = np.dstack([want, 2 * want])
    close(lab.convolve(colours, kernel, border), want, "convolve of two colours")


@pytest.mark.milestone3
def test_a_kernel_needs_a_middle():
    refuses(lambda: lab.convolve(np.ones((4, 4)), np.ones((2, 3))), "convolve, (2, 3)")


@pytest.mark.milestone3
@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.5])
def test_a_blur_is_a_mean_with_the_weights_of_a_bell(sigma):
    image = picture(40, 50)
    got = lab.blur(image, sigma)
    want = ndimage.gaussian_filter(image, sigma, mode="nearest", truncate=3.2)
    close(got, want, f"blur(image, {sigma})", rtol=0, atol=3e-3)
    flat = np.full((6, 7, 3), 0.3)
    close(lab.blur(flat, sigma), flat, f"blur(a flat picture, {sigma})")


# --------------------------------------------------------------------------
# Milestone 4: four corners straighten a page


SQUARE = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 5.0], [0.0, 5.0]])


@pytest.mark.milestone4
def test_a_tilt_makes_the_far_side_smaller():
    """z = 1 + 0.5·y: the side at y = 2 is halved, that at y = 0 stays."""
    points = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 2.0], [0.0, 2.0]])
    got = lab.apply(lab.tilt(0, 0.5), points)
    close(got, [[0, 0], [4, 0], [2, 1], [0, 1]], "a square moved by tilt(0, 0.5)")
    got = lab.apply(lab.tilt(0.25, 0), points)
    close(got, [[0, 0], [2, 0], [2, 1], [0, 2]], "a square moved by tilt(0.25, 0)")


@pytest.mark.milestone4
def test_four_corners_by_hand():
    """The square doubled and shifted by (1, 3): no perspective is needed for that."""
    got = lab.homography(SQUARE, 2 * SQUARE + [1, 3])
    close(
        got, [[2, 0, 1], [0, 2, 3], [0, 0, 1]], "homography(square, 2 square + (1, 3))"
    )
    got = lab.homography(SQUARE, SQUARE)
    close(got, np.eye(3), "homography(square, square)")


@pytest.mark.milestone4
@given(seed=strategies.integers(0, 10**6))
def test_four_corners_land_on_four_targets(seed):
    rng = np.random.default_rng(seed)
    source = 100 * SQUARE + rng.uniform(-150, 150, (4, 2))
    target = 80 * SQUARE[[0, 1, 2, 3]] + rng.uniform(-120, 120, (4, 2)) + 300
    H = lab.homography(source, target)
    close(lab.apply(H, source), target, "apply(homography(a, b), a)", atol=1e-6)
    close(H[2, 2], 1.0, "the last entry of the matrix")
    back = lab.homography(target, source)
    got = back @ H / (back @ H)[2, 2]
    close(got, np.eye(3), "homography(b, a) @ homography(a, b)", rtol=0, atol=1e-6)


@pytest.mark.milestone4
def test_straight_lines_stay_straight_and_the_middle_moves():
    """The diagonals cross in the picture of the middle, wherever that is."""
    target = np.array([[2.0, 1.0], [8.0, 0.0], [11.0, 6.0], [0.0, 5.0]])
    H = lab.homography(SQUARE, target)
    along = SQUARE[0] + np.linspace(0, 1, 7)[:, None] * (SQUARE[2] - SQUARE[0])
    x, y = lab.apply(H, along).T
    slope = (y - 1) * (11 - 2) - (x - 2) * (6 - 1)
    close(slope, np.zeros(7), "how far the diagonal leaves its line")
    got = lab.apply(H, SQUARE.mean(axis=0)[None])[0]
    holds(np.abs(got - target.mean(axis=0)).max() > 0.05, "where the middle goes", got,
          "not the mean of the corners: the near half looks larger")  # fmt: skip


@pytest.mark.milestone4
def test_three_corners_on_a_line_are_refused():
    line = np.array([[0.0, 0.0], [4.0, 4.0], [8.0, 8.0], [0.0, 5.0]])
    refuses(lambda: lab.homography(line, SQUARE), "homography(three on a line, square)")
    refuses(lambda: lab.homography(SQUARE, line), "homography(square, three on a line)")
    twice = np.array([[0.0, 0.0], [0.0, 0.0], [8.0, 8.0], [0.0, 5.0]])
    refuses(lambda: lab.homography(twice, SQUARE), "homography(two equal, square)")


@pytest.mark.milestone4
def test_the_corners_themselves_give_the_picture_back():
    image = picture(6, 10, 3)
    corners = np.array([[0, 0], [9, 0], [9, 5], [0, 5]])
    close(lab.rectify(image, corners, (6, 10)), image, "rectify(image, its corners, …)")
    turned = lab.rectify(image, np.roll(corners, -1, axis=0), (10, 6))
    close(turned, np.rot90(image), "rectify with the corners moved on by one")


@pytest.mark.milestone4
def test_a_page_seen_askew_is_straightened():
    """A smooth page, put into a photo by a matrix, comes back within 1 %."""
    y, x = np.mgrid[:60, :90]
    page = 0.5 + 0.2 * np.sin(x / 9) + 0.2 * np.cos(y / 7)
    corners = np.array([[30.0, 12.0], [150.0, 30.0], [140.0, 110.0], [10.0, 90.0]])
    ends = np.array([[0.0, 0.0], [89.0, 0.0], [89.0, 59.0], [0.0, 59.0]])
    photo = lab.warp(page, lab.homography(ends, corners), (120, 160))
    got = lab.rectify(photo, corners, (60, 90))[2:-2, 2:-2]
    close(got, page[2:-2, 2:-2], "rectify(photo of a page, corners)", rtol=0, atol=0.01)


@pytest.mark.milestone4
def test_a_warp_in_perspective_agrees_with_scipy():
    image = picture(20, 30)
    target = np.array([[4.0, 2.0], [33.0, 5.0], [28.0, 24.0], [1.0, 20.0]])
    ends = np.array([[0.0, 0.0], [29.0, 0.0], [29.0, 19.0], [0.0, 19.0]])
    H = lab.homography(ends, target)
    want = referee(image, H, (26, 36), 1, "grid-constant")
    close(lab.warp(image, H, (26, 36)), want, "warp(image, H, (26, 36))", rtol=0)


@pytest.mark.milestone4
def test_the_horizon_is_no_reason_to_fail():
    """z = x − 3 is 0 in column 3 of the new picture: no warning, no NaN."""
    H = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, -3.0]])
    for border in ("constant", "edge", "wrap"):
        got = lab.warp(picture(6, 8), lab.inverse(H), border=border, smooth=True)
        holds(np.isfinite(got).all(), f"warp past the horizon, {border}", got, "finite")
