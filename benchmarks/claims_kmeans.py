"""What is claimed of chapter 15, over several seeds."""

from collections.abc import Iterator

import numpy as np
from harness import Claim

from common import data
from phase4_ml import kmeans


def claims() -> Iterator[Claim]:
    """Fifty answers against fifty random digits; k-means++ against a random start."""
    X, y = data.load_digits()
    named = []
    for seed in range(10):
        model = kmeans.KMeans(50, restarts=3, rng=seed).fit(X)
        answers = y[kmeans.nearest(model.centroids_, X)]  # of the digits in the middle
        named.append(100 * float((answers[model.labels_] == y).mean()))
    yield Claim("digits named rightly by 50 answers (%)", named)
    chance = [kmeans.at_random(X, y, np.random.default_rng(s)) for s in range(50)]
    yield Claim("digits named rightly by 50 random ones (%)", chance)
    best = min(kmeans.KMeans(50, restarts=20, rng=s).fit(X).inertia_ for s in range(3))
    for name, start in (("++", kmeans.plus_plus), ("random", kmeans.random_start)):
        ends = []
        for seed in range(50):
            C = start(X, 50, np.random.default_rng(seed))
            ends.append(100 * (kmeans.KMeans(50, start=C).fit(X).inertia_ / best - 1))
        yield Claim(f"digits, k = 50: J above the best, start {name} (%)", ends)
