"""Wrong variants of chapter 5, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "        return (f(b) - f(a)) / (b - a)",
        "        return (b - a) / (f(b) - f(a))",
        "This is what happens when run is divided by rise: steep ground then has a small "
        "slope.",
    ),
    Mutant(
        1,
        "        slope = secant(f, x - h, x + h)\n",
        "        slope = 2 * secant(f, x - h, x + h)\n",
        "This is what happens when the central rise is divided by h: from x − h to x + h "
        "the run is 2h.",
    ),
    Mutant(
        1,
        "(4 * secant(f, x - h / 2, x + h / 2) - secant(f, x - h, x + h)) / 3",
        "2 * secant(f, x - h / 2, x + h / 2) - secant(f, x - h, x + h)",
        "This is what happens when Richardson weighs as if the error halved with h. That "
        "of the central difference falls to a quarter: 4 and 1, over 3.",
    ),
    Mutant(
        1,
        "    return EPS ** (1 / (ORDERS[method] + 1)) * np.maximum(1.0, np.abs(x))",
        "    return 10 * EPS * np.maximum(1.0, np.abs(x))",
        "This is what happens when h is as small as it can be: hardly a digit is left in "
        "f(x + h) − f(x).",
    ),
    Mutant(
        1,
        "    return EPS ** (1 / (ORDERS[method] + 1)) * np.maximum(1.0, np.abs(x))",
        "    return EPS ** (1 / (ORDERS[method] + 1)) + 0 * np.abs(x)",
        "This is what happens when the step does not grow with x: near a million it is "
        "lost in the rounding of f.",
    ),
    # Milestone 2
    Mutant(
        2,
        "            found += touch(g, x[i - 1], x[i + 1])",
        "            found += []",
        "This is what happens when only crossings are looked for: x² touches zero and "
        "keeps its sign.",
    ),
    Mutant(
        2,
        "    x = np.linspace(a - 2 * step, b + 2 * step, SAMPLES + 4)",
        "    x = np.linspace(a, b, SAMPLES + 4)",
        "This is what happens when nobody looks beyond a and b: a zero at an end has no "
        "place on its other side, and is missed.",
    ),
    Mutant(
        2,
        "        a, b = (middle, b) if side == left else (a, middle)",
        "        a, b = (a, middle) if side == left else (middle, b)",
        "This is what happens when bisection keeps the wrong half, the one whose ends have "
        "the same sign.",
    ),
    Mutant(
        2,
        "        elif sign[i] * sign[i + 1] < 0 and whole[i]:",
        "        elif sign[i] * sign[i + 1] < 0:",
        "This is what happens when every change of sign counts: at a pole or a jump the "
        "function changes its sign and is never zero.",
    ),
    Mutant(
        2,
        '    kinds = {(1, -1): "max", (-1, 1): "min"}',
        '    kinds = {(1, -1): "min", (-1, 1): "max"}',
        "This is what happens when max and min are taken for each other: up and then down "
        "is a top.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    return slope, float(f(x)) - slope * x",
        "    return slope, float(f(x))",
        "This is what happens when the height at x is given as the intercept: that is the "
        "height of the line at 0.",
    ),
    Mutant(
        3,
        "            slope = sum(partial(*values) * u.derivative for partial, u in pairs)",
        "            slope = sum(partial(*values) for partial, u in pairs)",
        "This is what happens when the chain rule is forgotten: the slope of the outside "
        "must be multiplied by that of the inside.",
    ),
    Mutant(
        3,
        "        pairs = [(d, u) for d, u in zip(PARTIALS[ufunc], inputs) if isinstance(u, Dual)]",
        "        pairs = [(PARTIALS[ufunc][0], u) for u in inputs if isinstance(u, Dual)]",
        "This is what happens when every input gets the first partial derivative: that by "
        "v is another one.",
    ),
    Mutant(
        3,
        "    y = f(Dual(x, 1 + 0 * x)) + Dual(0 * x, 0 * x)",
        "    y = f(Dual(x, x)) + Dual(0 * x, 0 * x)",
        "This is what happens when x is given its own value for a slope: x grows as fast "
        "as x, so its slope is 1.",
    ),
    Mutant(
        3,
        "        pairs = [(d, u) for d, u in zip(PARTIALS[ufunc], inputs) if isinstance(u, Dual)]",
        "        duals = [u if isinstance(u, Dual) else Dual(u, 1.0) for u in inputs]\n"
        "        pairs = list(zip(PARTIALS[ufunc], duals))",
        "This is what happens when plain numbers are given the slope 1, as x has: they "
        "stand still, and add nothing.",
    ),
    # Milestone 4
    Mutant(
        4,
        "        step = -lr * derivative(f, x)",
        "        step = lr * derivative(f, x)",
        "This is what happens when the ball is sent where f' points: that is uphill.",
    ),
    Mutant(
        4,
        "            while not f(x + step) < f(x):",
        "            while f(x + step) == f(x):",
        "This is what happens when a step is taken even if it leads up: a long one jumps "
        "over the valley.",
    ),
    Mutant(
        4,
        "        step = -lr * derivative(f, x)",
        "        step = -lr * np.sign(derivative(f, x))",
        "This is what happens when only the direction of the slope is used: where it is "
        "steeper the ball should go farther.",
    ),
    Mutant(
        4,
        "        step = -lr * derivative(f, x)",
        "        step = -lr * derivative(f, float(x0))",
        "This is what happens when the slope of the start is used all the way: it must be "
        "felt anew after each step.",
    ),
    Mutant(
        4,
        "    x = float(x0)\n    yield x\n",
        "    x = float(x0)\n",
        "This is what happens when the start is not yielded: the path begins at x0.",
    ),
]
