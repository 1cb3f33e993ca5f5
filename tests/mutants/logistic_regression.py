"""Wrong variants of chapter 14, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    return X.T @ (sigmoid(X @ w) - y) / len(X) + lam * shrinks(X) * w",
        "    return X.T @ (sigmoid(X @ w) - y) + lam * shrinks(X) * w",
        "This is what happens when the 1/n is missing: the slope of the sum, not of the "
        "mean.",
    ),
    Mutant(
        1,
        "    return X.T @ (sigmoid(X @ w) - y) / len(X) + lam * shrinks(X) * w",
        "    return X.T @ (y - sigmoid(X @ w)) / len(X) + lam * shrinks(X) * w",
        "This is what happens when the difference is turned around: it is p − y, what was "
        "said less what is.",
    ),
    Mutant(
        1,
        "    return X.T @ (sigmoid(X @ w) - y) / len(X) + lam * shrinks(X) * w",
        "    return X.T @ (sigmoid(X @ w) - y) / len(X) + lam * w",
        "This is what happens when lam pulls on the column of ones too: its weight is the "
        "intercept, and stays free.",
    ),
    Mutant(
        1,
        "        given = np.where(y == 1, p, 1 - p)",
        "        given = np.where(y == 1, p, 1)",
        "This is what happens when only the rows with y = 1 count: to y = 0 was given "
        "1 − p.",
    ),
    Mutant(
        1,
        "    p = np.where(np.asarray(z) >= 0, 1, small) / (1 + small)",
        "    p = 1 / (1 + small)",
        "This is what happens when the form for z ≥ 0 serves negative z too: it is never "
        "below ½ then.",
    ),
    # Milestone 2
    Mutant(
        2,
        "    return raised / raised.sum(axis=-1, keepdims=True)",
        "    return raised / raised.sum(axis=0, keepdims=True)",
        "This is what happens when each column is divided by its sum: the probabilities of "
        "one row, over the classes, add up to 1.",
    ),
    Mutant(
        2,
        "    raised = np.exp(Z - Z.max(axis=-1, keepdims=True))",
        "    raised = np.exp(Z - Z.max(axis=0, keepdims=True))",
        "This is what happens when the largest score of each column is taken off: it must "
        "be the same number within a row, or it does not cancel.",
    ),
    Mutant(
        2,
        "    return X.T @ (softmax(X @ W) - Y) / len(X) + lam * shrinks(X)[:, None] * W",
        "    return X.T @ (softmax(X @ W) - Y) / Y.size + lam * shrinks(X)[:, None] * W",
        "This is what happens when the mean is taken over rows and classes: divide by the "
        "number of rows, n.",
    ),
    Mutant(
        2,
        "    return X.T @ (softmax(X @ W) - Y) / len(X) + lam * shrinks(X)[:, None] * W",
        "    return X.T @ (sigmoid(X @ W) - Y) / len(X) + lam * shrinks(X)[:, None] * W",
        "This is what happens with a sigmoid for each class by itself: then the classes do "
        "not compete, and P does not add up to 1.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    return -(w[0] * np.asarray(x1) + b) / w[1]",
        "    return (w[0] * np.asarray(x1) + b) / w[1]",
        "This is what happens when the sign is lost: w₂ x₂ = −(w₁ x₁ + b).",
    ),
    Mutant(
        3,
        "    return -(w[0] * np.asarray(x1) + b) / w[1]",
        "    return -w[0] * np.asarray(x1) / w[1]",
        "This is what happens without b: every border then goes through 0.",
    ),
    Mutant(
        3,
        "    return plain, W[-1] - mean @ plain",
        "    return plain, W[-1]",
        "This is what happens when the means are forgotten: what was taken off each column "
        "has to come off b.",
    ),
    Mutant(
        3,
        "            found[i, j] = np.where(scores[:, i] >= third, x2, np.nan)",
        "            found[i, j] = x2",
        "This is what happens when a border is drawn where a third class is more probable "
        "than both.",
    ),
    Mutant(
        3,
        "    lead = (ordered[..., -1] - ordered[..., -2])[..., None]",
        "    lead = ordered[..., -1][..., None]",
        "This is what happens when the tint is as strong as the probability itself: at a "
        "tie it must be white.",
    ),
    # Milestone 4
    Mutant(
        4,
        "    rows = X * np.sqrt(p * (1 - p))[:, None]",
        "    rows = X * (p * (1 - p))[:, None]",
        "This is what happens when the weight p (1 − p) counts twice: it stands once "
        "between Xᵀ and X.",
    ),
    Mutant(
        4,
        "    return rows.T @ rows / len(X) + lam * np.diag(shrinks(X))",
        "    return rows.T @ rows / len(X) + lam * np.eye(len(w))",
        "This is what happens when lam bends the loss along the column of ones too: there "
        "it does not pull.",
    ),
    Mutant(
        4,
        "    return np.bincount(pairs, minlength=k * k).reshape(k, k)",
        "    return np.bincount(pairs, minlength=k * k).reshape(k, k).T",
        "This is what happens when rows are what was said: the rows are the truth, the "
        "columns what it was called.",
    ),
    Mutant(
        4,
        "    last = np.append(np.diff(score[order]) != 0, True)  # of equal scores the last",
        "    last = np.ones(len(y), dtype=bool)",
        "This is what happens when equal scores are parted: no threshold can, so they are "
        "one step together.",
    ),
    Mutant(
        4,
        "    place = np.minimum((np.asarray(p) * bins).astype(int), bins - 1)",
        "    place = (np.asarray(p) * bins).astype(int)",
        "This is what happens when p = 1 gets a bin of its own, beyond the last.",
    ),
]
