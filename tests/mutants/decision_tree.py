"""Wrong variants of chapter 16, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    return float(1 - ((counts / len(y)) ** 2).sum())",
        "    return float(1 - (counts / len(y)).max())",
        "This is what happens when 1 − the largest share is taken: the share of errors is "
        "an impurity too, but not Gini's, which squares all the shares.",
    ),
    Mutant(
        1,
        "    after = sum(len(side) * impurity(side) for side in sides) / len(y)",
        "    after = sum(impurity(side) for side in sides) / 2",
        "This is what happens when the two sides count the same: a side weighs as much as "
        "it has rows, n_left / n and n_right / n.",
    ),
    Mutant(
        1,
        "    values = np.unique(x)\n    low",
        "    values = np.sort(x)\n    low",
        "This is what happens when equal values are not taken together: between two equal "
        "cells there is nothing to ask.",
    ),
    Mutant(
        1,
        "            if min(left.sum(), (~left).sum()) >= min_samples_leaf:",
        "            if max(left.sum(), (~left).sum()) >= min_samples_leaf:",
        "This is what happens when min_samples_leaf is not asked for, or only of the "
        "larger side: both sides have to keep so many rows.",
    ),
    Mutant(
        1,
        "                if found > best[2] + equal:",
        "                if found >= best[2]:",
        "This is what happens when a later question may take the place of an equal one: "
        "the first of equals should stay.",
    ),
    # Milestone 2
    Mutant(
        2,
        "    return float(abs((p * np.log2(p)).sum()))",
        "    return float(abs((p * np.log(p)).sum()))",
        "This is what happens with the natural logarithm: the entropy is then in nats, "
        "0.69 of what it is in bits (log₂).",
    ),
    Mutant(
        2,
        "    return float(((y - y.mean()) ** 2).mean()) if len(y) else 0.0",
        "    return float(((y - y.mean()) ** 2).sum()) if len(y) else 0.0",
        "This is what happens when the squares are added up but not divided by n: the gain "
        "weighs each side by its rows, so these would count twice.",
    ),
    Mutant(
        2,
        "        grow(X[side], y[side], deeper, criterion, min_samples_leaf)",
        "        grow(X[side], y[side], deeper)",
        "This is what happens when `grow` does not hand criterion and min_samples_leaf on to "
        "itself: below the root it falls back on 'gini' and 1.",
    ),
    Mutant(
        2,
        "        left_over.append(waiting + sum(masses))",
        "        left_over.append(sum(masses))",
        "This is what happens when the leaves above a level are forgotten: their rows are "
        "still as mixed as they were.",
    ),
    Mutant(
        2,
        "    if feature < 0:\n        return node",
        "    if feature < 0 or gain(y, X[:, feature] <= threshold, criterion) <= 1e-9:\n        return node",
        "This is what happens when a question that gains 0 is not asked: of 'either, but "
        "not both' the first question gains nothing, and all depends on it.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    number = np.where(empty, tree.missing_left[node], x <= tree.threshold[node])",
        "    number = x <= tree.threshold[node]",
        "This is what happens when an empty cell is compared: NaN <= anything is False, so "
        "all empty cells go right, whatever the node has learnt.",
    ),
    Mutant(
        3,
        "        at[rows] = np.where(yes, tree.left[node], tree.right[node])",
        "        at[rows] = np.where(yes, tree.right[node], tree.left[node])",
        "This is what happens when yes goes right: yes is the left node.",
    ),
    Mutant(
        3,
        "    R = tree.impurity * tree.n / tree.n[0]\n    cost",
        "    R = tree.impurity\n    cost",
        "This is what happens when R is not weighed by n(t) / n(root): a mixed leaf of two "
        "rows would cost as much as one of two hundred.",
    ),
    Mutant(
        3,
        "        saved, lost = R[t] - cost[t], leaves[t] - 1\n",
        "        saved, lost = 0.0, 0\n",
        "This is what happens when the nodes above a cut are not told of it: their branch "
        "has become dearer and has fewer leaves.",
    ),
    Mutant(
        3,
        "        tree = copy.copy(model).fit(X[~out], y[~out])",
        "        tree = copy.copy(model).fit(X, y)",
        "This is what happens when the tree has seen the rows that it is judged on: then "
        "the fullest tree looks best, for it knows them by heart.",
    ),
    # Milestone 4
    Mutant(
        4,
        "    mass = tree.n * tree.impurity\n"
        "    gained = mass[t] - mass[tree.left[t]] - mass[tree.right[t]]\n"
        "    total = np.bincount(tree.feature[t], np.maximum(gained, 0), minlength=d)",
        "    mass = 1.0 * tree.impurity\n"
        "    gained = mass[t] - mass[tree.left[t]] - mass[tree.right[t]]\n"
        "    total = np.bincount(tree.feature[t], gained, minlength=d)",
        "This is what happens when a node of three rows counts as much as one of three "
        "hundred: gains are weighed by the rows that come to the node.",
    ),
    Mutant(
        4,
        "    return total / total.sum() if total.sum() > 0 else total",
        "    return total",
        "This is what happens when the gains are not divided by their sum: importances are "
        "shares.",
    ),
    Mutant(
        4,
        "            shuffled[:, j] = rng.permutation(X[:, j])",
        "            shuffled[:, j] = 0",
        "This is what happens when the column is wiped out, not shuffled: its cells should "
        "stay the same, only at other rows.",
    ),
    Mutant(
        4,
        "        wider = np.column_stack([X, rng.normal(size=len(X))])",
        "        wider = np.column_stack([X, np.random.default_rng(0).normal(size=len(X))])",
        "This is what happens when all rounds get the same noise: one draw says little.",
    ),
    Mutant(
        4,
        "                cost += 1 if j in model.categorical or np.isnan(x[j]) else step",
        "                cost += 1 if np.isnan(x[j]) else step",
        "This is what happens when codes are taken for numbers: a code is a name, and from "
        "one name to any other is one change, which counts 1.",
    ),
]
