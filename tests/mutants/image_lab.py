"""Wrong variants of chapter 2, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    matrix[1 - axis, 2] = shape[axis] - 1\n",
        "    matrix[1 - axis, 2] = shape[axis]\n",
        "This is what happens when the mirror stands one pixel too far: the last of w "
        "columns is w − 1, for counting starts at 0.",
    ),
    Mutant(
        1,
        "    matrix[1 - axis, 1 - axis] = -1  # in a point x comes first, in a shape the rows\n    matrix[1 - axis, 2] = shape[axis] - 1\n",
        "    matrix[axis, axis] = -1\n    matrix[axis, 2] = shape[axis] - 1\n",
        "This is what happens when the axes are taken the wrong way round: axis 1 of an "
        "array counts the columns, and that is x, the first number of a point.",
    ),
    Mutant(
        1,
        "    return np.stack([u / z, v / z], axis=1)",
        "    return np.stack([u, v], axis=1)",
        "This is what happens without the division by the third number: it makes no "
        "difference until the last row is not 0 0 1.",
    ),
    Mutant(
        1,
        "        lands = ((to >= 0) & (to < new.shape[1::-1])).all(axis=1)",
        "        lands = (to < new.shape[1::-1]).all(axis=1)",
        "This is what happens when places below 0 are let in: to numpy −1 is the last "
        "one, and what leaves on the left comes in again on the right.",
    ),
    Mutant(
        1,
        "    return np.clip(image @ matrix.T, 0, 1)",
        "    return np.clip(image @ matrix, 0, 1)",
        "This is what happens without the transpose: the colours stand in rows here, "
        "and row times M is not M times column.",
    ),
    # Milestone 2
    Mutant(
        2,
        "    return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])",
        "    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])",
        "This is what happens when the matrix from the paper is used: with y downwards "
        "it turns clockwise.",
    ),
    Mutant(
        2,
        "    back, (h, w) = inverse(matrix), (shape or image.shape)[:2]",
        "    back, (h, w) = np.asarray(matrix), (shape or image.shape)[:2]",
        "This is what happens when M is used where M⁻¹ belongs: the picture turns and "
        "shifts the wrong way.",
    ),
    Mutant(
        2,
        "    return translation(x, y) @ matrix @ translation(-x, -y)",
        "    return translation(-x, -y) @ matrix @ translation(x, y)",
        "This is what happens when the order is the wrong one: what acts first stands "
        "on the right, and first the centre must come to (0, 0).",
    ),
    Mutant(
        2,
        "        pivot = j + int(np.abs(T[j:, j]).argmax())",
        "        pivot = j if T[j, j] else j + int(np.abs(T[j:, j]).argmax())",
        "This is what happens when the first entry that is not 0 leads: dividing by a "
        "tiny one makes the other numbers huge, and their digits are lost.",
    ),
    Mutant(
        2,
        "    return image[within(np.rint(y), h, border), within(np.rint(x), w, border)]",
        "    return image[within(np.floor(y), h, border), within(np.floor(x), w, border)]",
        "This is what happens when places are rounded down: the picture moves by half a "
        "pixel. The nearest is what is asked for.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    upper, lower = a + across * (b - a), c + across * (d - c)\n    return (upper + down * (lower - upper))",
        "    upper, lower = a + down * (b - a), c + down * (d - c)\n    return (upper + across * (lower - upper))",
        "This is what happens when the two shares change places: across belongs to x.",
    ),
    Mutant(
        3,
        "            (1 - across) * image[row, columns[0]] + across * image[row, columns[1]]",
        "            across * image[row, columns[0]] + (1 - across) * image[row, columns[1]]",
        "This is what happens when the weights are turned round: the nearer pixel must "
        "count more.",
    ),
    Mutant(
        3,
        "            rows += kernel[-1 - j, -1 - i] *",
        "            rows += kernel[j, i] *",
        "This is what happens when the kernel is not turned round: that is called a "
        "correlation.",
    ),
    Mutant(
        3,
        "    return turn + mirror, abs(turn - mirror)",
        "    return max(math.hypot(a, c), math.hypot(b, d)), min(math.hypot(a, c), math.hypot(b, d))",
        "This is what happens when only (1, 0) and (0, 1) are looked at: the longest "
        "stretch may lie between them.",
    ),
    Mutant(
        3,
        "    bell /= bell.sum()\n",
        "",
        "This is what happens when the weights do not add up to 1: the picture becomes "
        "brighter.",
    ),
    # Milestone 4
    Mutant(
        4,
        "    return np.array([[1, 0, 0], [0, 1, 0], [x, y, 1]], dtype=float)",
        "    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=float)",
        "This is what happens when the two numbers stand in the last column: that is a "
        "shift. Perspective is in the last row.",
    ),
    Mutant(
        4,
        "[0, 0, 0, x, y, 1, -v * x, -v * y]]",
        "[0, 0, 0, x, y, 1, v * x, v * y]]",
        "This is what happens when g and h keep their sign as they come to the other "
        "side of the equation.",
    ),
    Mutant(
        4,
        "    eight = solve(np.array(rows), np.reshape(target, (8, 1)))",
        "    eight = solve(np.array(rows), np.reshape(np.transpose(target), (8, 1)))",
        "This is what happens when all u come first and then all v: the rows of the "
        "equations take turns.",
    ),
    Mutant(
        4,
        "    return warp(image, homography(corners, target), shape)",
        "    return warp(image, homography(target, corners), shape)",
        "This is what happens when the two sets of corners are exchanged: warp wants "
        "the matrix from old places to new ones.",
    ),
    Mutant(
        4,
        "for p in (source, target) for k in range(4)]",
        "for p in (source,) for k in range(4)]",
        "This is what happens when only the old corners are looked at: three new ones "
        "on a line squash the picture just as well.",
    ),
]
