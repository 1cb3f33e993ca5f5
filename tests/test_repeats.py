"""A lesson may stand in several chapters; then the copies must agree."""

import numpy as np
from conftest import chapter
from judge import reference, written

import learn

# name of the function -> the chapters that write it again, and arguments to try
TURN = np.array([[0.6, -0.8, 2.0], [0.8, 0.6, -1.0], [0.0, 0.0, 1.0]])
POINTS = np.array([[0.0, 0.0], [1.0, 2.0], [-3.0, 0.5]])
MATRICES = ["vector_graphics", "image_lab"]
REPEATS: dict[str, tuple[list[str], tuple]] = {
    "translation": (MATRICES, (2.0, -1.0)),
    "scaling": (MATRICES, (2.0, 0.5)),
    "apply": (MATRICES, (TURN, POINTS)),
    "inverse": (MATRICES, (TURN,)),
    "brier": (
        ["spam_filter", "logistic_regression"],
        (np.array([1, 0, 1]), np.array([0.9, 0.3, 0.2])),
    ),
    "mse": (
        ["curve_fitter", "linear_regression"],
        (np.array([1.0, 2.0, 6.0]), np.array([1.0, 4.0, 7.0])),
    ),
    "rmse": (
        ["movie_recommender", "ml_pipeline"],
        (np.array([1.0, 2.0, 6.0]), np.array([1.0, 4.0, 7.0])),
    ),
    "softmax": (
        ["logistic_regression", "neural_network", "gpt"],
        (np.array([[0.0, 1], [5, -9]]),),
    ),
}
# the same name, but not the same lesson
EXEMPT = {"fit", "predict", "transform", "check", "rotation", "nearest", "neighbours",
          "slope", "standard_error", "step", "rates", "power", "gradient", "ridge",
          "cross_validate", "predict_proba", "forward", "backward", "train", "walk",
          "save_model", "load_model", "gradients", "grow", "explain",
          # of minigrad, where such a name is a rule: a gradient on its way back
          "tanh", "relu", "sigmoid", "linear", "layer_norm",
          "cross_entropy", "boundary", "confusion", "reliability"}  # fmt: skip


def test_the_copies_agree():
    for name, (chapters, arguments) in REPEATS.items():
        results = [
            getattr(chapter(c), name)(*arguments) for c in chapters if c in written()
        ]
        for other in results[1:]:
            np.testing.assert_allclose(other, results[0], rtol=1e-12, err_msg=name)


def test_a_lesson_that_stands_twice_is_listed_here():
    """A maths function of the same name in two chapters is a copy, or exempt."""
    seen: dict[str, set[str]] = {}
    for name in written():
        for part in learn.parts(reference(name).read_text(encoding="utf-8")):
            seen.setdefault(part.name.rpartition(".")[2], set()).add(name)
    twice = {f for f, where in seen.items() if len(where) > 1 and f[0] != "_"}
    assert twice <= set(REPEATS) | EXEMPT, "add them to REPEATS, with arguments"
