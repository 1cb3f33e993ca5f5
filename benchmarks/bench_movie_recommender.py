"""Chapter 3 against scikit-learn and scikit-surprise, on MovieLens 100k.

python benchmarks/bench_movie_recommender.py
"""

import importlib
import importlib.util
from collections.abc import Iterator
from typing import Any

import harness
import numpy as np
from sklearn.metrics.pairwise import cosine_similarity

from phase1_linear_algebra import movie_recommender as movies


def main() -> list[harness.Result]:
    """Likeness of all users against scikit-learn; training against SVD++."""
    harness.title("movies", "numpy", "scikit-learn")
    ratings, results = movies.load("100k")[0], []
    for dtype, bar in ((np.float64, "1.9"), (np.float32, "1.0")):
        R = ratings.table.astype(dtype)

        def ours() -> np.ndarray:
            return movies.similarity(ratings, "user", "whole")

        def peer(R: np.ndarray = R) -> np.ndarray:
            return cosine_similarity(R)

        off = np.abs(ours() - peer()).max()
        assert off < 1e-5, f"not the same work: cosines differ by {off:.1e}"
        work = f"cosines of {len(R)} users, theirs in {R.dtype}"
        results.append(harness.duel(work, ours, peer, bar, 31))
    if importlib.util.find_spec("surprise") is None:
        print("SVD++: not measured, surprise is not installed "
              "(python -m pip install scikit-surprise)")  # fmt: skip
        return results
    return [*results, *against_surprise(ratings)]


def against_surprise(ratings: movies.Ratings) -> Iterator[harness.Result]:
    """Cosines over common films only; then one fold, learnt and forecast."""
    import pandas as pd

    surprise: Any = importlib.import_module("surprise")

    def learn_from(part: movies.Ratings) -> Any:
        frame = pd.DataFrame(dict(zip("uir", part.triplets())))
        reader = surprise.Reader(rating_scale=(1, 5))
        return surprise.Dataset.load_from_df(frame, reader).build_full_trainset()

    known = learn_from(ratings)
    inner = [known.to_inner_uid(user) for user in ratings.users]

    def likeness() -> np.ndarray:
        return movies.similarity(ratings, "user", "cosine")

    def their_likeness() -> np.ndarray:
        return surprise.similarities.cosine(known.n_users, known.ir, 1)

    off = np.abs(likeness() - their_likeness()[np.ix_(inner, inner)]).max()
    assert off < 1e-5, f"not the same work: cosines differ by {off:.1e}"
    work = "cosines over common films, surprise's own"
    yield harness.duel(work, likeness, their_likeness)

    users, films, stars = ratings.triplets()
    test = np.random.default_rng(0).permutation(len(ratings)) % 5 == 0
    train = movies.Ratings(users[~test], films[~test], stars[~test])
    their_train = learn_from(train)
    their_test = list(zip(users[test], films[test], stars[test]))

    def ours() -> float:
        forecasts = movies.Recommender().fit(train).predict(users[test], films[test])
        return movies.rmse(np.clip(forecasts, 1, 5), stars[test])

    def peer() -> float:
        model = surprise.SVDpp(random_state=0).fit(their_train)
        return surprise.accuracy.rmse(model.test(their_test), verbose=False)

    a, b = ours(), peer()
    assert a < b, f"not as good: RMSE {a:.4f}, theirs {b:.4f}"
    work = f"a fold: RMSE {a:.3f}, SVD++ {b:.3f}"
    yield harness.duel(work, ours, peer, "10", 3)


if __name__ == "__main__":
    main()
