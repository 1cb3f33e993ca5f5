"""Wrong variants of chapter 13, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "        L[j:, j] = column / math.sqrt(column[0])",
        "        L[j:, j] = column / column[0]",
        "This is what happens when the column is divided by the pivot and not by its "
        "root: L is used twice, so each time the root.",
    ),
    Mutant(
        1,
        "    return solve_upper(L.T, solve_lower(L, X.T @ y))",
        "    return solve_upper(L, solve_lower(L, X.T @ y))",
        "This is what happens when the second triangle is not transposed: L Lᵀ w is to "
        "be Xᵀy, so the last to be solved is Lᵀ.",
    ),
    Mutant(
        1,
        "            R[j:, j:] -= np.outer(v, (2 / size) * (v @ R[j:, j:]))",
        "            R[j:, j:] -= np.outer(v, (1 / size) * (v @ R[j:, j:]))",
        "This is what happens when the 2 is missing: that moves the columns onto the "
        "mirror, where lengths are lost; the image lies as far behind it.",
    ),
    Mutant(
        1,
        "        v[0] += np.copysign(np.linalg.norm(v), v[0])",
        "        v[0] -= np.copysign(np.linalg.norm(v), v[0])",
        "This is what happens when the length has the other sign: for a column nearly "
        "along the axis, v is the difference of two equal numbers, and only rounding.",
    ),
    Mutant(
        1,
        "    Z, spare = data.standardize(X)[0], []",
        "    Z, spare = X, []",
        "This is what happens when the means are not taken off first: a constant column, "
        "and one that differs from others by a constant, then seem to be new.",
    ),
    # Milestone 2
    Mutant(
        2,
        "    return 2 * X.T @ (X @ w - y) / len(y)",
        "    return X.T @ (X @ w - y) / len(y)",
        "This is what happens when the 2 of the slope of a square is forgotten.",
    ),
    Mutant(
        2,
        "    return 2 * X.T @ (X @ w - y) / len(y)",
        "    return 2 * X.T @ (X @ w - y)",
        "This is what happens when the 1/n is forgotten: that is the gradient of the sum "
        "of the squares, not of their mean.",
    ),
    Mutant(
        2,
        "    for iteration in range(iterations + 1):",
        "    for iteration in range(iterations):",
        "This is what happens when the w after the last step is not yielded: 20 steps "
        "lead over 21 places, for the start counts too.",
    ),
    Mutant(
        2,
        "        w = w - lr * gradient(X, y, w)",
        "        w -= lr * gradient(X, y, w)",
        "This is what happens when w is changed in place: every w that was yielded is "
        "the same array, and shows the last one. Make a new one at each step.",
    ),
    Mutant(
        2,
        "    return w / std, float(b - (w / std) @ mean)",
        "    return w / std, float(b - w @ mean)",
        "This is what happens when the means are taken with the weights of the scaled "
        "columns: the intercept needs those of X, w / std.",
    ),
    # Milestone 3
    Mutant(
        3,
        "        block = X[i : i + ROWS] - mean",
        "        block = X[i : i + ROWS]",
        "This is what happens when the means of X are not taken off: G and c then speak "
        "of a line through 0, not through the means.",
    ),
    Mutant(
        3,
        "    L = cholesky(G + lam * np.eye(len(c)))",
        "    L = cholesky(G + lam * len(y) * np.eye(len(c)))",
        "This is what happens when lam is multiplied by n: ridge has the sum of the "
        "squares, only the lasso their mean.",
    ),
    Mutant(
        3,
        "    return math.copysign(max(abs(z) - lam, 0.0), z)",
        "    return math.copysign(abs(z) - lam, z)",
        "This is what happens when z is not stopped at 0: a pull weaker than lam would "
        "then push the weight to a value that is not 0.",
    ),
    Mutant(
        3,
        "    w = coordinate_descent(G / len(y), c / len(y), lam, np.zeros(len(c)))",
        "    w = coordinate_descent(G, c, lam, np.zeros(len(c)))",
        "This is what happens when n is left out: the lasso has half the mean of the "
        "squares beside lam, so G and c are divided by n.",
    ),
    Mutant(
        3,
        "    first = share.min(initial=1)",
        "    first = 1.0",
        "This is what happens when the jump goes all the way: behind a weight's 0 its "
        "sign is another, and so is the bowl. Stop at the first 0.",
    ),
    # Milestone 4
    Mutant(
        4,
        "    spread = mse(y, np.full(len(y), y.mean()))",
        "    spread = mse(y_hat, np.full(len(y), y.mean()))",
        "This is what happens when the spread of the predictions is taken: R² compares "
        "with that of y, whatever was predicted.",
    ),
    Mutant(
        4,
        "        model.fit(X[rest], y[rest])",
        "        model.fit(X, y)",
        "This is what happens when the model has seen the rows it is judged by: fit only "
        "to the rest.",
    ),
    Mutant(
        4,
        "    freedom = len(A) - A.shape[1]",
        "    freedom = len(A) - A.shape[1] + 1",
        "This is what happens when the intercept is not counted: d weights and the "
        "intercept were fitted, so n − d − 1 rows are left for the noise.",
    ),
    Mutant(
        4,
        "    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))",
        "    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2",
        "This is what happens when one tail is taken: luck may push a coefficient either "
        "way.",
    ),
    Mutant(
        4,
        "    error = errors[:, best].std(ddof=1) / math.sqrt(len(errors))",
        "    error = errors[:, best].std(ddof=1)",
        "This is what happens when the deviation of the folds is taken for the error of "
        "their mean: that is smaller by the root of their number.",
    ),
]
