"""Wrong variants of chapter 1, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    return np.concatenate([points, points[:1]])",
        "    return np.concatenate([points, points[-1:]])",
        "This is what happens when the last corner is repeated instead of the first: "
        "points[:1] is the first row, points[-1:] the last. The way stays open.",
    ),
    Mutant(
        1,
        "- centre).T * [[zoom], [-zoom]]",
        "- centre).T * [[zoom], [zoom]]",
        "This is what happens without the minus: on the screen y goes down, so all "
        "stands on its head.",
    ),
    Mutant(
        1,
        "    right, down = (np.asarray(points, dtype=float) - centre).T * [[zoom], [-zoom]]",
        "    right, down = (np.asarray(points, dtype=float) + centre).T * [[zoom], [-zoom]]",
        "This is what happens when the centre is added, not taken off: the view moves "
        "to the wrong side.",
    ),
    Mutant(
        1,
        "    return np.column_stack([size[0] / 2 + right, size[1] / 2 + down])",
        "    return np.column_stack([size[1] / 2 + right, size[0] / 2 + down])",
        "This is what happens when width and height change places: size is (width, "
        "height), and the middle is half of each.",
    ),
    Mutant(
        1,
        "    return np.column_stack([right / zoom, -down / zoom]) + centre",
        "    return np.column_stack([right, -down]) + centre",
        "This is what happens when the pixels are not divided by the zoom: they are "
        "not units of the world yet.",
    ),
    # Milestone 2
    Mutant(
        2,
        "    return np.array([[c, -s, 0],\n                     [s,  c, 0],",
        "    return np.array([[ c, s, 0],\n                     [-s, c, 0],",
        "This is what happens when the minus stands at the other sine: that is the "
        "transpose, and it turns clockwise.",
    ),
    Mutant(
        2,
        "    c, s = math.cos(theta), math.sin(theta)",
        "    c, s = math.cos(math.radians(theta)), math.sin(math.radians(theta))",
        "This is what happens when the angle is taken for degrees: it is in radians, "
        "180° being π.",
    ),
    Mutant(
        2,
        "    ones = np.ones((len(points), 1))",
        "    ones = np.zeros((len(points), 1))",
        "This is what happens when the third coordinate is 0: what it is multiplied "
        "by, the shift, is lost. It must be 1.",
    ),
    Mutant(
        2,
        "    return (np.hstack([points, ones]) @ matrix.T)[:, :2]",
        "    return (np.hstack([points, ones]) @ matrix)[:, :2]",
        "This is what happens when the points, as rows, meet the matrix itself: each "
        "row then meets its columns. It must be the transpose, matrix.T.",
    ),
    Mutant(
        2,
        "    return np.array([[sx,  0, 0],\n                     [0,  sy, 0],",
        "    return np.array([[sy,  0, 0],\n                     [0,  sx, 0],",
        "This is what happens when sx and sy change places: the first row makes the "
        "new x.",
    ),
    # Milestone 3
    Mutant(
        3,
        "        product = M @ product",
        "        product = product @ M",
        "This is what happens when the new matrix is multiplied on the right: then the "
        "last given acts first.",
    ),
    Mutant(
        3,
        "    back[:2, 2] = -back[:2, :2] @ matrix[:2, 2]",
        "    back[:2, 2] = -matrix[:2, 2]",
        "This is what happens when the shift is only reversed: on the way back it is "
        "turned and stretched too, −A⁻¹ t.",
    ),
    Mutant(
        3,
        "np.array([[d, -b], [-c, a]]) / not_flat(matrix)",
        "np.array([[d, -b], [-c, a]])",
        "This is what happens when the division by the determinant is missing: right "
        "for turns only, where it is 1. And nothing flat is refused.",
    ),
    Mutant(
        3,
        "    return translation(*shift), R, scaling(sx, det / sx)",
        "    return translation(*shift), R, scaling(sx, math.hypot(*second))",
        "This is what happens when sy is the length of the second column: a length is "
        "never negative, so a mirror is lost. The determinant keeps it.",
    ),
    Mutant(
        3,
        "    return (1 - t) * a + t * b",
        "    return a + t * b",
        "This is what happens when t times the end is added to the start: it must be t "
        "times the way, b − a.",
    ),
    # Milestone 4
    Mutant(
        4,
        "    one = side(p, q, r) * side(p, q, s) <= 0",
        "    one = side(p, q, r) * side(p, q, s) < 0",
        "This is what happens when touching does not count: a point on the line is on "
        "side 0.",
    ),
    Mutant(
        4,
        "    return (at_height & (left == (by > ay))).sum(axis=1) % 2 == 1",
        "    return (at_height & (left == (by > ay))).sum(axis=1) > 0",
        "This is what happens when any edge to the right counts as inside: from a "
        "notch there are two of them. An odd number is inside.",
    ),
    Mutant(
        4,
        "    pressed = set(keys) - game.held",
        "    pressed = set(keys)",
        "This is what happens when a key acts as long as it is down: a shot in every "
        "step, and pause on, off, on. What was down before is not pressed now.",
    ),
    Mutant(
        4,
        "    return not far and strikes(start, start + way, rock.polygon())",
        "    return not far and bool(inside(start[None] + way, rock.polygon())[0])",
        "This is what happens when only the end of the step is looked at: a fast shot "
        "jumps over a small rock.",
    ),
    Mutant(
        4,
        "    return (position + half) % (2 * half) - half",
        "    return position % (2 * half)",
        "This is what happens when the world begins at (0, 0): its middle is there, so "
        "half of it lies on the negative side.",
    ),
]
