"""Wrong variants of chapter 15, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    X, C = X - middle, C - middle\n    size = (C**2).sum(axis=1) / 2  # (k,)",
        "    size = np.zeros(len(C))",
        "This is what happens when ‖c‖² is left out of ‖x‖² − 2 x·c + ‖c‖²: a centroid "
        "far out in the direction of x then always wins.",
    ),
    Mutant(
        1,
        "    X, C = X - middle, C - middle\n",
        "",
        "This is what happens when ‖c‖² and 2 x·c are taken far from zero: no digits "
        "are left for their difference. Take C.mean(axis=0) off X and C first.",
    ),
    Mutant(
        1,
        "    moved[owned] = sums[owned] / counts[owned, None]",
        "    moved[owned] = sums[owned]",
        "This is what happens when the division by the number of points is missing: a "
        "sum is not a mean.",
    ),
    Mutant(
        1,
        "    moved[owned] = sums[owned] / counts[owned, None]",
        "    moved = sums / np.maximum(counts, 1)[:, None]",
        "This is what happens when a centroid without points is sent to the origin: its "
        "sum is 0, and so is 0/1.",
    ),
    Mutant(
        1,
        "        C = means(X, fill_empty(X, labels, C), C)",
        "        C = means(X, labels, C)",
        "This is what happens when an empty group is ignored: it never gets a point, and "
        "one of the k groups is lost.",
    ),
    # Milestone 2
    Mutant(
        2,
        "        chosen.append(X[rng.choice(len(X), p=D2 / D2.sum())])",
        "        chosen.append(X[rng.choice(len(X), p=D2**0.5 / (D2**0.5).sum())])",
        "This is what happens when the chance grows with the distance D, not with D².",
    ),
    Mutant(
        2,
        "        D2 = np.minimum(D2, ((X - chosen[-1]) ** 2).sum(axis=1))",
        "        D2 = ((X - chosen[-1]) ** 2).sum(axis=1)",
        "This is what happens when only the distance to the last chosen point counts: "
        "the others can be chosen again.",
    ),
    Mutant(
        2,
        "        chosen.append(X[rng.choice(len(X), p=D2 / D2.sum())])",
        "        chosen.append(X[D2.argmax()])",
        "This is what happens when always the farthest point is taken: no lots are "
        "drawn, and every outlier becomes a centroid.",
    ),
    Mutant(
        2,
        "        chosen.append(X[rng.choice(len(X), p=D2 / D2.sum())])",
        "        chosen.append(X[rng.integers(len(X))])",
        "This is what happens when all points are equally likely: a random start.",
    ),
    Mutant(
        2,
        "    return runs[int(np.argmin(ends))], ends",
        "    return runs[-1], ends",
        "This is what happens when the last run is kept, not the best.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    return int(ks[int((line - height).argmax())])",
        "    return int(ks[int((J[:-1] - J[1:]).argmax())])",
        "This is what happens when the largest fall is taken for the bend: the bend "
        "comes after it.",
    ),
    Mutant(
        3,
        "    return int(ks[int((line - height).argmax())])",
        "    return int((line - height).argmax())",
        "This is what happens when the position in ks is returned: what is asked for is "
        "the k that stands there.",
    ),
    Mutant(
        3,
        "        a = total[here] / np.maximum(counts[own[rows]] - 1, 1)",
        "        a = total[here] / counts[own[rows]]",
        "This is what happens when a point counts among its own neighbours: divide by "
        "the size of the group less one.",
    ),
    Mutant(
        3,
        "    return np.sqrt(np.maximum(squared, 0))",
        "    return np.maximum(squared, 0)",
        "This is what happens with squared distances: the silhouette wants plain ones.",
    ),
    Mutant(
        3,
        "    values = reference.mean(axis=0) - np.log(elbow(X, ks, rng, 3))",
        "    values = np.log(elbow(X, ks, rng, 3)) - reference.mean(axis=0)",
        "This is what happens when the gap is taken the other way round: it is uniform "
        "data less yours.",
    ),
    # Milestone 4
    Mutant(
        4,
        "            if last.inertia < self.inertia_:",
        "            if True:",
        "This is what happens when the last restart is kept, not the best.",
    ),
    Mutant(
        4,
        "        N += m\n",
        "        N = m\n",
        "This is what happens when a centroid forgets its earlier points: it jumps to "
        "the mean of the last batch and never settles.",
    ),
    Mutant(
        4,
        "        C = C + (means(rows, labels, C) - C)",
        "        C += (means(rows, labels, C) - C)",
        "This is what happens when one array is changed in every round: a list of them "
        "holds the last one many times. Make a new one each round.",
    ),
    Mutant(
        4,
        "    return palette[nearest(pixels, palette.astype(float))].reshape(image.shape), palette",
        "    return np.sort(palette[nearest(pixels, palette.astype(float))], axis=0).reshape(image.shape), palette",
        "This is what happens when the pixels lose their places: the order of the rows "
        "is the order of the picture.",
    ),
    Mutant(
        4,
        "        palette = np.rint(palette)\n    palette = palette.astype(image.dtype)",
        "        palette = np.rint(palette)\n    palette = palette.astype(float)",
        "This is what happens when bytes come back as numbers with a point: round the "
        "palette, and give it the dtype of the image.",
    ),
]
