"""Wrong variants of chapter 19, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "np.array([np.median(x) if len(x) else 0.0 for x in columns])",
        "np.array([np.mean(x) if len(x) else 0.0 for x in columns])",
        "This is what happens when holes are filled with the mean: a few huge cells move "
        "it; the median stays.",
    ),
    Mutant(
        1,
        "        return np.where(np.isnan(X), self.medians_, X)",
        "        return np.where(np.isnan(X), Imputer().fit(X).medians_, X)",
        "This is what happens when the medians are taken anew from the rows that are to "
        "be filled: they must be those of the rows that were fitted, or the test rows "
        "have a say.",
    ),
    Mutant(
        1,
        "    reach = 1.5 * (high - low)",
        "    reach = 3.0 * (high - low)",
        "This is what happens when the fences stand 3 quartile distances away: Tukey's "
        "stand 1.5.",
    ),
    Mutant(
        1,
        "    single = filled.drop_duplicates()",
        "    single = filled",
        "This is what happens when repeated rows stay: one copy may come to the training "
        "rows and the other to the test, where its price is then known.",
    ),
    Mutant(
        1,
        '            tidy[name] = words.where(words != "", None)',
        "            tidy[name] = words",
        "This is what happens when words of nothing but blanks stay: an empty word is an "
        "empty cell.",
    ),
    # Milestone 2
    Mutant(
        2,
        "        if own:\n            d[np.arange(len(d)), np.arange(i, i + len(d))] = np.inf",
        "        if own and i:\n            d[np.arange(len(d)), np.arange(i, i + len(d))] = np.inf",
        "This is what happens when a row is its own neighbour: it finds its own price at "
        "distance 0, and the model learns to copy it.",
    ),
    Mutant(
        2,
        "        return self.fit(frame, y).transform(frame, own=True)",
        "        return self.fit(frame, y).transform(frame)",
        "This is what happens when the training rows are transformed like any other: each "
        "finds itself, and its price, next door.",
    ),
    Mutant(
        2,
        "    return np.divide(a, b, out=np.full(a.shape, np.nan), where=np.abs(b) > 1e-9)",
        "    return np.divide(a, b, out=np.zeros(a.shape), where=np.abs(b) > 1e-9)",
        "This is what happens when a / 0 is called 0: it is unknown, an empty cell.",
    ),
    Mutant(
        2,
        "    weight, near = 1 / (far + 0.01), y[rows]",
        "    weight, near = np.ones(far.shape), y[rows]",
        "This is what happens when all neighbours weigh the same: the nearer should count "
        "more, 1 / (distance + 0.01).",
    ),
    Mutant(
        2,
        "    return np.column_stack([east * math.cos(math.radians(36.5)), north])",
        "    return np.column_stack([east, north])",
        "This is what happens when a degree of longitude counts like one of latitude: in "
        "California it is a fifth shorter.",
    ),
    # Milestone 3
    Mutant(
        3,
        "        X_out = features.transform(frame[out])",
        "        X_out = features.fit(frame, y).transform(frame[out])",
        "This is what happens when the features are fitted anew on all rows before the "
        "held-out ones are told: those find their own price next door.",
    ),
    Mutant(
        3,
        "model.fit(X, y[~out]).predict(X_out)",
        "model.fit(X_out, y[out]).predict(X_out)",
        "This is what happens when a model learns from the very rows that it is judged "
        "on: it should learn from the others.",
    ),
    Mutant(
        3,
        "        return column, bound, self.rate * total / (n + self.lam + 1e-12)",
        "        return column, bound, total / (n + self.lam + 1e-12)",
        "This is what happens when a leaf takes the whole step: rate makes it shorter, "
        "and the trees after it mend the rest.",
    ),
    Mutant(
        3,
        "    before = (G_all**2 / (n_all + lam + 1e-12))[:, 0, 0]",
        "    before = np.zeros(len(gain))",
        "This is what happens when the node's own G² / (n + λ) is not taken off: then "
        "every question seems to gain.",
    ),
    Mutant(
        3,
        "            dA = dA @ self.parameters_[2 * i].T * (layers[i] > 0)",
        "            dA = dA @ self.parameters_[2 * i].T",
        "This is what happens when the slope of ReLU is forgotten on the way back: where "
        "it gave 0, nothing passes.",
    ),
    # Milestone 4
    Mutant(
        4,
        "    rank = math.ceil((len(sizes) + 1) * level - 1e-9)",
        "    rank = math.ceil(len(sizes) * level - 1e-9)",
        "This is what happens with n in place of n + 1: the new row is one of the "
        "n + 1 that share the ranks, and the interval gets a little too narrow.",
    ),
    Mutant(
        4,
        "    sizes = np.sort(np.abs(residuals))",
        "    sizes = np.sort(np.asarray(residuals))",
        "This is what happens when errors below 0 count as small: it is their size that "
        "matters.",
    ),
    Mutant(
        4,
        "        shares[i] = (weight[size[s]] * (values[s | (1 << i)] - values[s])).sum()",
        "        shares[i] = values[1 << i] - values[0]",
        "This is what happens when each field is added alone to the typical row: the "
        "parts then miss what fields do together, and do not add up.",
    ),
    Mutant(
        4,
        "        total.update(array.tobytes())",
        "        pass",
        "This is what happens when the checksum does not hear of the numbers in the "
        "arrays: a damaged model would be believed.",
    ),
    Mutant(
        4,
        "        return price.clip(self.low, self.high)",
        "        return price",
        "This is what happens when a price may lie beyond all that were seen: it is kept "
        "within low and high.",
    ),
]
