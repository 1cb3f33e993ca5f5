"""Wrong variants of chapter 7, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    return float(np.mean((y - y_hat) ** 2))",
        "    return float(np.sum((y - y_hat) ** 2))",
        "This is what happens when the squares are added up and not divided by n: a sum "
        "is not a mean.",
    ),
    Mutant(
        1,
        "    return 2 * np.array([too_high.mean(), (too_high * x).mean()])",
        "    return np.array([too_high.mean(), (too_high * x).mean()])",
        "This is what happens when the 2 of the slope of a square is forgotten.",
    ),
    Mutant(
        1,
        "    too_high = p[0] + p[1] * x - y  # (n,)",
        "    too_high = y - p[0] - p[1] * x  # (n,)",
        "This is what happens when the difference is taken the other way round: the "
        "gradient then points downhill, and the walk goes up.",
    ),
    Mutant(
        1,
        "    for iteration in range(steps + 1):",
        "    for iteration in range(steps):",
        "This is what happens when the line after the last step is not yielded: 12 steps "
        "lead over 13 lines, for the flat one of the start counts too.",
    ),
    Mutant(
        1,
        "np.array([p[0] - slope * middle, slope])",
        "np.array([p[0], p[1]])",
        "This is what happens when the knobs are yielded as they were turned: they belong "
        "to z, which is x from its mean in units of its spread, and not to x.",
    ),
    # Milestone 2
    Mutant(
        2,
        "    return np.stack([e, p[0] * x * e, np.ones_like(x)], axis=1)",
        "    return np.stack([e, p[0] * e, np.ones_like(x)], axis=1)",
        "This is what happens when the chain rule stops halfway: the inside b x grows "
        "with b by x, and that factor is missing.",
    ),
    Mutant(
        2,
        "    c, a, b = pseudo_inverse(columns) @ y\n"
        "    return np.array([c, np.hypot(a, b), 1 / best, np.arctan2(b, a)])",
        "    c, a, b = pseudo_inverse(columns) @ y\n"
        "    return np.array([c, np.hypot(a, b), 1 / best, np.arctan2(a, b)])",
        "This is what happens when arctan2 gets its two numbers in the wrong order: b = A "
        "sin φ comes first, then a = A cos φ.",
    ),
    Mutant(
        2,
        "    return np.linalg.pinv(A / length) / length[:, None]",
        "    return np.linalg.pinv(A / length)",
        "This is what happens when the columns are brought to length 1 and the result is "
        "not: row j of it must be divided by the length of column j.",
    ),
    Mutant(
        2,
        "p[0] * x ** p[1] * np.log(x)], axis=1)",
        "p[0] * x ** p[1] * p[1] / x], axis=1)",
        "This is what happens when the power is differentiated by x, not by its "
        "exponent.",
    ),
    Mutant(
        2,
        "    best = p.copy()\n    best[part] += step",
        "    best = p\n    best[part] += step",
        "This is what happens when p itself is changed: an array that is handed over is "
        "no copy. Make one with p.copy().",
    ),
    # Milestone 3
    Mutant(
        3,
        "    return -2 * model.gradient(x, p).T @ (y - model.f(x, p)) / len(y)",
        "    return 2 * model.gradient(x, p).T @ (y - model.f(x, p)) / len(y)",
        "This is what happens when the sign is lost: y − f falls when f grows.",
    ),
    Mutant(
        3,
        "    return np.sqrt(s2 * (pseudo_inverse(model.gradient(x, p)) ** 2).sum(axis=1))",
        "    return s2 * (pseudo_inverse(model.gradient(x, p)) ** 2).sum(axis=1)",
        "This is what happens when the root is forgotten: the diagonal holds the squares "
        "of the errors.",
    ),
    Mutant(
        3,
        "        if ahead < loss:\n            path.append((p + velocity, ahead))",
        "        if ahead < np.inf:\n            path.append((p + velocity, ahead))",
        "This is what happens when a step is taken although the loss rises: the momentum "
        "then swings over the valley and up the other side.",
    ),
    Mutant(
        3,
        "model.f(x, q), lam / 5\n        else:\n            lam *= 3",
        "model.f(x, q), lam * 5\n        else:\n            lam /= 3",
        "This is what happens when λ grows after a good step and shrinks after a bad "
        "one: careful where it could be bold, and bold where it fails.",
    ),
    Mutant(
        3,
        "    r, free = y - model.f(x, p), len(y) - len(p)",
        "    r, free = y - model.f(x, p), len(y)",
        "This is what happens when the squares are divided by n: p of the n points were "
        "used up by the parameters, so n − p are left to tell of the noise.",
    ),
    # Milestone 4
    Mutant(
        4,
        "        p = learned(model, x[rest], y[rest]).parameters",
        "        p = learned(model, x, y).parameters",
        "This is what happens when the fit has seen the points that it is to predict: "
        "that is the training error once more.",
    ),
    Mutant(
        4,
        "    wish = np.sqrt(lam * len(y)) * np.eye(degree + 1)[1:]",
        "    wish = np.sqrt(lam) * np.eye(degree + 1)[1:]",
        "This is what happens when n is left out: lam stands beside the mean of the "
        "squares, and a row beside their sum, which is n times as much.",
    ),
    Mutant(
        4,
        "    return fit + 2 * (p + 1), fit + np.log(n) * (p + 1)",
        "    return fit + 2 * p, fit + np.log(n) * p",
        "This is what happens when the size of the noise is not counted: it was "
        "estimated too, so there are p + 1 parameters.",
    ),
    Mutant(
        4,
        "    wish = np.sqrt(lam * len(y)) * np.eye(degree + 1)[1:]",
        "    wish = np.sqrt(lam * len(y)) * np.eye(degree + 1)",
        "This is what happens when the constant is penalised as well: then the curve is "
        "pulled down to 0, and not to the mean.",
    ),
    Mutant(
        4,
        "    draws = rng.integers(len(y), size=(30, len(y)))",
        "    draws = np.array([rng.permutation(len(y)) for _ in range(30)])",
        "This is what happens when the points are drawn without putting back: every "
        "sample is the same points in another order.",
    ),
]
