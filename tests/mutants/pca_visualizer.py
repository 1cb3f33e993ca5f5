"""Wrong variants of chapter 4, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    return C / n\n\n\n# ---",
        "    return C / (n - 1)\n\n\n# ---",
        "This is what happens when the sum is divided by n − 1, not by n: right for an "
        "estimate from a sample, but not what this chapter asks for.",
    ),
    Mutant(
        1,
        "    (n, d), mean = X.shape, X.mean(axis=0)",
        "    (n, d), mean = X.shape, 0 * X.mean(axis=0)",
        "This is what happens when the means are not taken off: the products then "
        "measure where the points lie, not how they vary.",
    ),
    Mutant(
        1,
        "    (n, d), mean = X.shape, X.mean(axis=0)",
        "    (n, d), mean = X.shape, np.full(X.shape[1], X.mean())",
        "This is what happens when one mean of the whole table is taken off: every "
        "column has a mean of its own (axis=0).",
    ),
    Mutant(
        1,
        "        C += B.T @ B  #",
        "        C = B.T @ B  #",
        "This is what happens when each block of rows replaces the sum so far: only the "
        "last block counts.",
    ),
    Mutant(
        1,
        "* (x[j] - mean[j]) for x in X) / n",
        "* (x[j] - mean[j]) for x in X)",
        "This is what happens when the loop forgets the 1/n: a sum is not a mean.",
    ),
    # Milestone 2
    Mutant(
        2,
        "    return float(v @ A @ v), v, np.array(history)",
        "    return float(np.linalg.norm(A @ v)), v, np.array(history)",
        "This is what happens when ‖A v‖ is given as the eigenvalue: it has lost its "
        "sign. v · A v keeps it.",
    ),
    Mutant(
        2,
        "        history.append(Av / np.copysign(size, v @ Av))",
        "        history.append(Av / size)",
        "This is what happens when a negative eigenvalue turns the vector around at "
        "every step: it never settles, although its axis does.",
    ),
    Mutant(
        2,
        "        if np.linalg.norm(history[-1] - v) <= tol:",
        "        if np.linalg.norm(history[-1] - v) <= 1e-2:",
        "This is what happens when it stops while the vector is still moving: tol is "
        "not looked at.",
    ),
    Mutant(
        2,
        "    return np.arctan2(across, np.abs(along))",
        "    return np.arccos(np.minimum(np.abs(along), 1))",
        "This is what happens when the angle is had from its cosine: below 1e-8 the "
        "cosine is rounded to 1. The sine still sees it.",
    ),
    Mutant(
        2,
        "    return float((late[-1] / late[0]) ** (1 / steps)) if steps > 0 else 0.0",
        "    return float(late[-1] / late[0]) if steps > 0 else 0.0",
        "This is what happens when the root is missing: that is the factor of all the "
        "steps together, not of one.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    return A - value * np.outer(vector, vector)",
        "    return A - np.outer(vector, vector)",
        "This is what happens when v vᵀ is taken off without its λ: the eigenvalue only "
        "becomes smaller by 1.",
    ),
    Mutant(
        3,
        '    order = np.argsort(-values, kind="stable")\n    return values[order], V[:, order]',
        '    order = np.argsort(values, kind="stable")\n    return values[order], V[:, order]',
        "This is what happens when the eigenvalues rise: argsort puts the smallest "
        "first, and the first component should be the largest.",
    ),
    Mutant(
        3,
        "    return values, V * np.sign(V[largest, np.arange(k)])",
        "    return values, V",
        "This is what happens without the sign rule: v and −v are both eigenvectors, "
        "and chance chooses between them.",
    ),
    Mutant(
        3,
        "explained(self.explained_variance_, C.trace())",
        "explained(self.explained_variance_)",
        "This is what happens when the shares are of what is kept, not of all the "
        "variance: k components then always keep 100 %.",
    ),
    Mutant(
        3,
        "        return (np.asarray(X) - self.mean_) @ self.components_.T",
        "        return np.asarray(X) @ self.components_.T",
        "This is what happens when the scores are taken without centring: they do not "
        "have the mean 0.",
    ),
    # Milestone 4
    Mutant(
        4,
        "    return model.inverse_transform(model.transform(X))",
        "    return model.transform(X) @ model.components_",
        "This is what happens when the mean is not put back: every picture comes back "
        "without what all of them share.",
    ),
    Mutant(
        4,
        "    return int(reached.argmax()) + 1 if reached.any() else 0",
        "    return int(reached.argmax()) if reached.any() else 0",
        "This is what happens when the place is given for the number: the component at "
        "place 0 is the first, so 1 is enough there.",
    ),
    Mutant(
        4,
        "    reached = np.cumsum(shares) >= wanted - 1e-12",
        "    reached = np.asarray(shares) >= wanted - 1e-12",
        "This is what happens when single shares are compared, not their sum so far.",
    ),
    Mutant(
        4,
        "    shuffles = (rng.permuted(X, axis=0) for _ in range(rounds))",
        "    shuffles = (rng.permutation(X, axis=0) for _ in range(rounds))",
        "This is what happens when whole rows are shuffled: the columns stay together, "
        "and nothing they share is lost. Each column needs a shuffle of its own.",
    ),
    Mutant(
        4,
        "    return m if real.all() else int(real.argmin())",
        "    return int(real.sum())",
        "This is what happens when all that lie above are counted: after the first that "
        "does not, the others have only noise to share out.",
    ),
]
