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
        "(too_high * x).mean()])",
        "too_high.mean() * x.mean()])",
        "This is what happens when the two means are multiplied: the mean of a product "
        "is not the product of the means.",
    ),
    Mutant(
        1,
        "np.array([p[0] - slope * middle, slope])",
        "np.array([p[0], slope])",
        "This is what happens when the height at the mean of x is given as the height at "
        "x = 0: x was measured from its mean, and that has to be undone.",
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
        "    longer = slope * -2 * np.pi * x / p[2] ** 2",
        "    longer = slope * 2 * np.pi * x",
        "This is what happens when the wave is differentiated by its frequency: 1/P has "
        "the slope −1/P² in the period P.",
    ),
    Mutant(
        2,
        "- p[2]), -slope * p[1]], axis=1)",
        "- p[2]), slope * p[1]], axis=1)",
        "This is what happens when the sign of the middle is lost: x − m shrinks as m "
        "grows.",
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
        "        turned, columns = p.copy(), [*part, j]",
        "        turned, columns = p.copy(), [j]",
        "This is what happens when each knob is only asked for its own gradient: in "
        "a·b·x both a and b seem to be factors, but they cannot be solved for at once.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    return -2 * model.gradient(x, p).T @ (y - model.f(x, p)) / len(y)",
        "    return -2 * model.gradient(x, p).T @ (y - model.f(x, p))",
        "This is what happens when the gradient of the sum is taken, where the loss is "
        "a mean: every entry is n times too large.",
    ),
    Mutant(
        3,
        "    return -2 * model.gradient(x, p).T @ (y - model.f(x, p)) / len(y)",
        "    return 2 * model.gradient(x, p).T @ (y - model.f(x, p)) / len(y)",
        "This is what happens when the sign is lost: y − f falls when f grows.",
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
        "    return float(np.mean(((y - model.f(x, p)) / (1 - h)) ** 2))",
        "    return float(np.mean((y - model.f(x, p)) ** 2 / (1 - h)))",
        "This is what happens when 1 − h is not squared: it belongs to the miss, and "
        "the miss is squared.",
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
