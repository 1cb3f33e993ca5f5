"""Wrong variants of chapter 9, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    return (np.asarray(points) ** 2).sum(axis=1) <= 1",
        "    return np.abs(np.asarray(points)).sum(axis=1) <= 1",
        "This is what happens when |x| + |y| is compared, not x² + y²: that is a square "
        "that stands on its corner, of area 2.",
    ),
    Mutant(
        1,
        "    return (np.asarray(points) ** 2).sum(axis=1) <= 1",
        "    return (np.asarray(points) ** 2).sum(axis=1) < 1",
        "This is what happens when the edge is left out: a dart on the circle itself is "
        "at most 1 away, so it hits.",
    ),
    Mutant(
        1,
        "    return rng.uniform(-1, 1, (n, d))",
        "    return rng.uniform(0, 1, (n, d))",
        "This is what happens when the darts fall into one quarter of the square only: "
        "both coordinates go from −1 to 1.",
    ),
    Mutant(
        1,
        "    return 4 * Thrower(rng).hits(n) / n",
        "    return Thrower(rng).hits(n) / n",
        "This is what happens when the share is not multiplied by 4, the area of the "
        "square: it is then an estimate of π / 4.",
    ),
    Mutant(
        1,
        "        yield min(left, BLOCK)",
        "        yield BLOCK",
        "This is what happens when the last block is as large as the others: more darts "
        "are thrown than were asked for.",
    ),
    # Milestone 2
    Mutant(
        2,
        "    return 4 * np.cumsum(inside) / np.arange(1, len(inside) + 1)",
        "    return 4 * np.cumsum(inside) / len(inside)",
        "This is what happens when all estimates are divided by the number of all darts: "
        "each belongs to the darts thrown by then.",
    ),
    Mutant(
        2,
        "        hits += thrower.hits(stop - darts)",
        "        hits = thrower.hits(stop - darts)",
        "This is what happens when the hits do not add up: those of the last step are "
        "divided by all darts.",
    ),
    Mutant(
        2,
        "        hits += thrower.hits(stop - darts)",
        "        hits += thrower.hits(stop)",
        "This is what happens when every step throws as many darts as should lie there "
        "in all: only those that are still missing are to be thrown.",
    ),
    Mutant(
        2,
        "for at in range(chunk, n + chunk, chunk))",
        "for at in range(chunk, n + 1, chunk))",
        "This is what happens when the rest is forgotten: 1,050 darts in chunks of 200 "
        "end at 1,000.",
    ),
    Mutant(
        2,
        "        at = min(at + step, 10 ** len(str(at)), n)",
        "        at = min(at + step, n)",
        "This is what happens when steps go over the powers of ten: the lines at 1,000, "
        "10,000 … are then never printed.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    return math.sqrt(estimate * (4 - estimate) / n)",
        "    return math.sqrt(estimate * (4 - estimate)) / n",
        "This is what happens when it is divided by n, not by √n: errors that come by "
        "chance partly cancel, so they do not fall as fast as 1/n.",
    ),
    Mutant(
        3,
        "    return math.sqrt(estimate * (4 - estimate) / n)",
        "    return math.sqrt(estimate * (4 - estimate) / n) / 4",
        "This is what happens when the error of the share is given: π is 4 times the "
        "share, and so is its error.",
    ),
    Mutant(
        3,
        "    u = np.log(x) - np.log(x).mean()\n"
        "    return float(u @ np.log(y) / (u @ u))",
        "    u = x - x.mean()\n    return float(u @ y / (u @ u))",
        "This is what happens when no logarithms are taken: the power is the slope of "
        "the line through log x and log y.",
    ),
    Mutant(
        3,
        "    return np.sqrt((errors**2).mean(axis=0))",
        "    return np.abs(errors).mean(axis=0)",
        "This is what happens when the mean size of the errors is taken: the standard "
        "error is a root mean square, in which large errors count more.",
    ),
    Mutant(
        3,
        "    return 4 * (middle - half), 4 * (middle + half)",
        "    return middle - half, middle + half",
        "This is what happens when the ends for the share p are given: π is 4 times the "
        "share, and its ends are 4 times those of p.",
    ),
    # Milestone 4
    Mutant(
        4,
        " + way**2 * count * m / (count + m)",
        "",
        "This is what happens when the way between the means is left out: blocks whose "
        "means differ scatter more than each of them does by itself.",
    ),
    Mutant(
        4,
        "        yield count, mean, math.sqrt(S / max(count - 1, 1) / count)",
        "        yield count, mean, math.sqrt(S / max(count - 1, 1))",
        "This is what happens when the deviation of single numbers is given: their mean "
        "is surer, by √n.",
    ),
    Mutant(
        4,
        "        y = (b - a) * np.asarray(f(x), dtype=float) + 0 * x  # f may be constant",
        "        y = np.asarray(f(x), dtype=float) + 0 * x",
        "This is what happens when the mean height is given for the area: it has still "
        "to be multiplied by the width b − a.",
    ),
    Mutant(
        4,
        "    return (np.arange(n) + rng.random(n)) / n",
        "    return (np.arange(n) + rng.random()) / n",
        "This is what happens when one random number serves all pieces: the points then "
        "move together, and each piece should have a chance of its own.",
    ),
    Mutant(
        4,
        "    half = turn / np.linalg.norm(turn, axis=1, keepdims=True) / 2",
        "    half = turn / np.linalg.norm(turn, axis=1, keepdims=True)",
        "This is what happens when the needles are twice as long: from the middle to an "
        "end it is half a needle.",
    ),
]
