"""What is claimed of chapter 3, over folds and several cuts into folds."""

from collections.abc import Iterator

import numpy as np
from harness import Claim

from phase1_linear_algebra import movie_recommender as movies


def claims() -> Iterator[Claim]:
    """RMSE over five folds; once with settings chosen inside the training parts."""
    grid = [(c, k) for c in (10, 20, 40) for k in (0.01, 0.02, 0.04)]
    for name, cuts in (("100k", 5), ("small", 3)):
        ratings = movies.load(name)[0]
        fold = np.random.default_rng(0).permutation(len(ratings)) % 5
        inner = np.random.default_rng(1).permutation(len(ratings)) % 10 == 0
        chosen = []
        for k in range(5):
            train = fold != k
            learn, held = train & ~inner, train & inner
            tries = [film_rmse(ratings, learn, held, *settings) for settings in grid]
            best = grid[int(np.argmin(tries))]
            chosen.append(film_rmse(ratings, train, ~train, *best))
        yield Claim(f"{name}: RMSE in stars, settings chosen inside", chosen)
        plain = [film_rmse(ratings, fold != k, fold == k, 20, 1e9) for k in range(5)]
        yield Claim(f"{name}: RMSE in stars of the bias baseline", plain)
        means = []
        for seed in range(cuts):
            fold = np.random.default_rng(seed).permutation(len(ratings)) % 5
            runs = [film_rmse(ratings, fold != k, fold == k) for k in range(5)]
            means.append(float(np.mean(runs)))
        yield Claim(f"{name}: RMSE in stars, {cuts} cuts into folds", means)


def film_rmse(
    ratings: movies.Ratings, learn: np.ndarray, test: np.ndarray, *settings: float
) -> float:
    """RMSE in stars: learnt from some ratings, judged on others."""
    users, films, stars = ratings.triplets()
    part = movies.Ratings(users[learn], films[learn], stars[learn])
    model = movies.Recommender(*settings).fit(part)
    forecasts = model.predict(users[test], films[test])
    forecasts = np.clip(forecasts, stars.min(), stars.max())
    return movies.rmse(forecasts, stars[test])
