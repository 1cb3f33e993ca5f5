"""What is claimed of chapter 16, over several seeds."""

import contextlib
import copy
import io
from collections.abc import Iterator

import numpy as np
from harness import Claim

from phase4_ml import decision_tree as dt


def claims() -> Iterator[Claim]:
    """Ten-fold accuracy on the Titanic, one split after another, what noise gets."""
    options = dt.build_parser().parse_args(["titanic.csv"])
    with contextlib.redirect_stdout(io.StringIO()):
        study = dt.read_table(options)
    models = [(d, dt.make_model(options, study.table, d)) for d in (1, 2, 3, 5, None)]
    for depth, model in models:
        values = [ten_folds(study, model, seed) for seed in range(10)]
        yield Claim(f"ten-fold accuracy, depth {depth or 'unlimited'} (%)", values)
    values = [ten_folds(study, models[-1][1], seed, pruned=True) for seed in range(5)]
    yield Claim("ten-fold accuracy, pruned (%)", values)
    values = [split(study, models[2][1], seed) for seed in range(20)]
    yield Claim("accuracy on one split, depth 3 (%)", values)
    for depth, model in models[2:]:
        rng = np.random.default_rng(0)
        noise = dt.noise_importance(model, study.X, study.y, rng, 20)
        yield Claim(f"importance of noise, depth {depth or 'unlimited'}", list(noise))


def ten_folds(
    study: dt.Study, model: dt.DecisionTree, seed: int, pruned: bool = False
) -> float:
    """The share of all rows that is told rightly by the tree of the other nine folds.

    Pruned as ten folds of those rows advise; the fold that is judged is never seen.
    """
    folds = dt.folds_of(len(study.y), 10, np.random.default_rng(seed))
    inner = np.random.default_rng(1000 + seed)
    right = 0
    for k in range(10):
        out = folds == k
        X, y = study.X[~out], study.y[~out]
        tree = copy.copy(model).fit(X, y)
        if pruned:
            alpha, _ = dt.choose_alpha(model, X, y, dt.folds_of(len(y), 10, inner))
            tree = dt.prune(tree, alpha)
        right += int((tree.predict(study.X[out]) == study.y[out]).sum())
    return 100 * right / len(study.y)


def split(study: dt.Study, model: dt.DecisionTree, seed: int) -> float:
    """The accuracy on a fifth of the rows, as the program has it."""
    order = np.random.default_rng(seed).permutation(len(study.y))
    test, train = np.split(order, [round(len(order) / 5)])
    tree = copy.copy(model).fit(study.X[train], study.y[train])
    return 100 * dt.skill(tree, study.X[test], study.y[test])
