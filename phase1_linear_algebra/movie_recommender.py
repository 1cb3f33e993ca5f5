"""Chapter 3. Movie recommender: films for you, and a receipt for each of them.

You gave The Matrix 5 stars and Titanic 2. Which of nine thousand other films will you
like? Nobody says what the films are about; all there is are the stars that 671 people
gave. A film is then a list of numbers, one for each person, and two films are alike
when their lists point the same way. Multiply entry by entry and add up: that is the dot
product, and nearly all of machine learning rests on it.

    a · b = Σ aᵢ bᵢ          ‖a‖ = √(a · a)          cos(a, b) = a · b / (‖a‖ ‖b‖)

The dot product alone favours what many have rated, so each list is set to length 1, and
what is usual is taken off first: a 3 from a harsh judge is praise. The forecast for you
and a film is then a sum, and the receipt prints it, term by term:

    stars = μ + b_you + b_film + Σⱼ wⱼ eⱼ        wⱼ = sⱼ² / (caution + Σ s²)

You will see questions about a few films, a list made for you whose receipts add up to
the last digit, and how likeness changes from the dot product to the one that is used.
Ask `why`, `what if Titanic 5`, `similar`; --evaluate (half a minute) compares methods.

    python phase1_linear_algebra/movie_recommender.py
    python phase1_linear_algebra/movie_recommender.py --rate "The Matrix=5"
    python phase1_linear_algebra/movie_recommender.py --similar "Toy Story"
    python phase1_linear_algebra/movie_recommender.py --evaluate

Names
    R, seen   (n, m)  stars of n users for m movies, 0 where none; 1 where there are any
    S         (n, n)  likeness of every two users (or of movies: (m, m))
    μ         float   the mean of all ratings, in stars
    b_user    (n,)    how much more than μ somebody gives; b_movie (m,): how much more a
                      film gets; μ + b_user + b_movie is the baseline
    e         float   a rating less its baseline: what was not to be expected
    s, w      float   likeness of two films, and the weight that a rating gets from it
    films     (g,)    some movies, by their places: the numbers of their columns in R

What this leaves out: what the films are about, and when they were rated; ratings are
not missing by chance either: people choose what they watch.

Source: Sarwar and others, "Item-based collaborative filtering" (2001); Koren, "Factor
in the neighbors" (2010).
"""

import argparse
import re
import sys
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from common import console, data, figures

Rng = np.random.Generator
Rows = np.ndarray | slice  # some rows of a table, by their numbers
Taste = Mapping[int, float]  # movie id -> stars: what somebody has rated
Score = tuple[str, float, float, float]  # method, RMSE, precision@10, coverage

LOWEST, HIGHEST = 0.5, 5.0  # stars that can be given
LIKED = 4  # so many stars say "I liked it", where lists are judged
BLOCK = 512  # so many films at a time are compared with all others
# Four that all know, and four of the longest lists of deviations: much seen, disputed.
ASKED = ("The Matrix", "Titanic", "Toy Story", "The Godfather", "Pulp Fiction",
         "Forrest Gump", "The Silence of the Lambs", "Independence Day")  # fmt: skip


# --------------------------------------------------------------------------
# Milestone 1: multiply and add


def dot_loop(a: Sequence[float], b: Sequence[float]) -> float:
    """a · b said plainly: a₁b₁ + a₂b₂ + … The same as `dot`, and slower."""
    total = 0.0
    for x, y in zip(a, b):
        total += x * y
    return total


def dot(a: np.ndarray, b: np.ndarray) -> float:
    """a · b = Σ aᵢ bᵢ, large when large entries meet large ones: (d,), (d,) -> float.

    Plain lists will do as well. ValueError if the two are not equally long.

    >>> dot(np.array([5, 1, 4]), np.array([4, 2, 5]))
    42.0
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise ValueError(f"{a.size} numbers and {b.size} numbers have no dot product")
    return float((a * b).sum())


def all_dots(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Every row of A with every row of B: (n, d), (m, d) -> (n, m).

    A matrix product is just that: many dot products.
    """
    return A @ B.T


# --------------------------------------------------------------------------
# Milestone 2: likeness over what both have rated


def compress(index: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Compressed rows: the entries in the order of their rows, and where rows begin.

    index (N,) says in which row, 0 … size − 1, each entry is. The entries of row i are
    then order[start[i] : start[i + 1]]: order (N,), start (size + 1,).
    """
    counts = np.bincount(index, minlength=size)
    return np.argsort(index, kind="stable"), np.concatenate([[0], np.cumsum(counts)])


def places(known: np.ndarray, ids: Any) -> np.ndarray:  # given
    """Where each id stands in `known`, whose ids rise; −1 if it is not there."""
    spots = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    return np.where(known[spots] == ids, spots, -1)


class Ratings:
    """Who gave which movie how many stars: a table that is nearly all holes.

    Only what is there is stored: entry k is values[k], in row row[k] and column
    column[k] of the table, sorted by row and column. `users` (n,) and `movies` (m,) are
    the ids, rising. Of two ratings of a movie by one user the later counts. With `like`
    the users and movies are those of other Ratings, even where nothing is left of them.
    """

    def __init__(self, users: Any, movies: Any, values: Any,
                 like: "Ratings | None" = None):  # given  # fmt: skip
        users, movies, values = (np.asarray(x) for x in (users, movies, values))
        if not users.shape == movies.shape == values.shape == (values.size,):
            raise ValueError("users, movies and values must be equally long lists")
        values = values if values.dtype == np.float32 else values.astype(float)
        self.users: np.ndarray = np.unique(users) if like is None else like.users
        self.movies: np.ndarray = np.unique(movies) if like is None else like.movies
        row, column = places(self.users, users), places(self.movies, movies)
        cell = row * len(self.movies) + column
        order = np.argsort(cell, kind="stable")
        order = order[np.diff(cell[order], append=-1) != 0]  # the last of equals
        self.row, self.column, self.values = row[order], column[order], values[order]

    def __len__(self) -> int:  # given
        """How many ratings there are."""
        return len(self.values)

    def triplets(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ids of users, ids of movies, stars, as they are stored: three (N,)."""
        return self.users[self.row], self.movies[self.column], self.values

    def with_values(self, values: np.ndarray) -> "Ratings":
        """The same entries with other values (N,)."""
        users, movies, old = self.triplets()
        return Ratings(users, movies, values.astype(old.dtype), like=self)

    @cached_property
    def rows(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Compressed rows by "user", and by "movie": the columns of the table."""
        by_user = compress(self.row, len(self.users))
        return {"user": by_user, "movie": compress(self.column, len(self.movies))}

    def of(self, key: int, by: str = "user") -> tuple[np.ndarray, np.ndarray]:
        """Movies and stars of a user; by="movie": users and stars of a movie.

        ValueError if there is no such user or movie.
        """
        users, movies, values = self.triplets()
        ids, others = (self.users, movies) if by == "user" else (self.movies, users)
        i, (order, start) = int(places(ids, key)), self.rows[by]
        if i < 0:
            raise ValueError(f"there is no {by} {key} in these ratings")
        entries = order[start[i] : start[i + 1]]
        return others[entries], values[entries]

    @cached_property
    def table(self) -> np.ndarray:
        """R (n, m): the stars, and 0 where there are none."""
        R = np.zeros((len(self.users), len(self.movies)), self.values.dtype)
        R[self.row, self.column] = self.values
        return R

    @cached_property
    def seen(self) -> np.ndarray:
        """1 where there is a rating (which may be 0 itself), 0 elsewhere: (n, m)."""
        return self.with_values(np.ones(len(self))).table


def both(ratings: Ratings, a: int, b: int, by: str = "user") -> tuple[Any, Any]:
    """The stars of user a, and those of user b, for the movies that both have rated.

    Two arrays of one length, movie by movie; by="movie": of the users who rated both.
    """
    (movies, stars), (others, their_stars) = ratings.of(a, by), ratings.of(b, by)
    _, here, there = np.intersect1d(movies, others, return_indices=True)
    return stars[here], their_stars[there]


def similarity(ratings: Ratings, by: str = "user", measure: str = "dot",
               shrink: float = 0, rows: Rows = slice(None)) -> np.ndarray:  # fmt: skip
    """Likeness of every two users, in the order of ratings.users: -> S (n, n).

        "dot"     the dot product of the two over the movies that both have rated
        "cosine"  that over the lengths of the two lists of what both have rated
        "whole"   that over the lengths of the two whole lists

    A hole is a 0 in R and adds nothing, so one matrix product does it for all pairs.
    by="movie": of every two movies, (m, m). With `shrink`, few common ratings count
    less. With `rows`, only these rows of S are computed. ValueError for another `by` or
    `measure`.
    """
    if by not in ("user", "movie") or measure not in ("dot", "cosine", "whole"):
        raise ValueError(f"there is no similarity by {by!r}, measure {measure!r}")
    R, seen = ratings.table, ratings.seen
    if by == "movie":
        R, seen = R.T, seen.T
    S = all_dots(R[rows], R)
    if measure != "dot":
        S /= lengths(R, seen, rows, measure)
    return shrunk(S, all_dots(seen[rows], seen), shrink) if shrink else S


def neighbours(likeness: np.ndarray, i: int, k: int) -> np.ndarray:
    """Places of the k most like number i, the nearest first: row i of S (n,) -> (k,).

    `likeness` is that one row, not all of S. Nobody is his own neighbour, and whoever
    is not alike at all (0 or less) is none, so that there may be fewer than k. Of
    equals the first comes first.
    """
    order = np.argsort(-likeness, kind="stable")
    return order[(order != i) & (likeness[order] > 0)][:k]


# --------------------------------------------------------------------------
# Milestone 3: length, habit, and little evidence


def norm(a: np.ndarray) -> float:
    """The length of a list of numbers, ‖a‖ = √(a · a): (d,) -> float."""
    return dot(a, a) ** 0.5


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """cos(a, b) = a · b / (‖a‖ ‖b‖), from −1 to 1; 0 if all entries of one are 0.

    It is the dot product of the two after each was set to length 1.
    """
    size = norm(a) * norm(b)
    return dot(a, b) / size if size > 0 else 0.0


def lengths(R: np.ndarray, seen: np.ndarray, rows: Rows, measure: str) -> np.ndarray:
    """‖a‖ ‖b‖ for each of the rows a and every row b of R: R, seen (n, m) -> (rows, n).

    "whole": of the whole rows. "cosine": of what a and b have in common, so that each
    pair has lengths of its own: √(Σ a² where b is seen · Σ b² where a is seen). 1 in
    place of 0, so that it can be divided by.
    """
    squares = R * R
    if measure == "whole":
        size = np.sqrt(squares.sum(axis=1))  # (n,)
        size[size == 0] = 1
        return np.outer(size[rows], size)
    a, b = all_dots(squares[rows], seen), all_dots(seen[rows], squares)
    size = np.sqrt(a * b)
    size[size == 0] = 1
    return size


def centre(ratings: Ratings) -> Ratings:
    """Each rating less the mean of its user: what one always gives says nothing."""
    counts = np.bincount(ratings.row, minlength=len(ratings.users))
    sums = np.bincount(ratings.row, ratings.values, len(ratings.users))
    mean = sums / np.maximum(counts, 1)
    return ratings.with_values(ratings.values - mean[ratings.row])


def shrunk(S: np.ndarray, common: np.ndarray, shrink: float) -> np.ndarray:
    """S · c / (c + shrink), c being how many ratings the two have in common.

    Two films in common are no friendship yet: only with `shrink` of them S counts half.
    """
    return S * (common / (common + shrink))


# --------------------------------------------------------------------------
# Milestone 4: recommendations with receipts


def bias_baseline(ratings: Ratings, lam_user: float = 5, lam_movie: float = 5,
                  rounds: int = 50) -> tuple[float, Any, Any]:  # fmt: skip
    """The mean μ, what each user gives above it (n,), what each movie gets above (m,).

    They make Σ (r − μ − b_u − b_m)² + lam_user Σ b_u² + lam_movie Σ b_m² least. For
    fixed b_u the slope in b_m, −2 Σ (r − μ − b_u − b_m) + 2 lam_movie b_m, is zero at

        b_m = Σ (r − μ − b_u) / (number of ratings + lam_movie)

    and in the same way b_u for fixed b_m: to and fro until nothing moves, b_u last. It
    is as if each had lam more ratings that are just average: one 5 is no favourite yet.
    """
    row, column, r = ratings.row, ratings.column, ratings.values.astype(float)
    n, m = len(ratings.users), len(ratings.movies)
    mu, b_user = float(r.mean()), np.zeros(n)
    for _ in range(rounds):
        before = b_user
        sums = np.bincount(column, r - mu - b_user[row], m)
        b_movie = sums / (np.bincount(column, minlength=m) + lam_movie)
        sums = np.bincount(row, r - mu - b_movie[column], n)
        b_user = sums / (np.bincount(row, minlength=n) + lam_user)
        if np.abs(b_user - before).max() < 1e-10:
            break
    return mu, b_user, b_movie


class Recommender:
    """Forecasts of stars, each with its receipt: `Recommender().fit(ratings)`.

        stars = μ + b_user + b_movie + Σⱼ wⱼ eⱼ        wⱼ = sⱼ² / (caution + Σ s²)

    over all movies j that the user has rated, e being the rating less its baseline. A
    square makes near ones count and far ones hardly; s < 0 counts as 0. `common` is the
    shrinkage of s; `caution` keeps a forecast near its baseline while evidence is thin.
    """

    def __init__(self, common: float = 20, caution: float = 0.02,
                 lam_user: float = 5, lam_movie: float = 5):  # given  # fmt: skip
        self.common, self.caution = common, caution
        self.lam_user, self.lam_movie = lam_user, lam_movie

    def fit(self, ratings: Ratings) -> "Recommender":
        """Find the baseline, and how much each rating deviates; ValueError if none."""
        if not len(ratings):
            raise ValueError("there are no ratings to learn from")
        mu, b_user, b_movie = bias_baseline(ratings, self.lam_user, self.lam_movie)
        self.mu_, self.b_user_, self.b_movie_ = mu, b_user, b_movie
        baseline = mu + b_user[ratings.row] + b_movie[ratings.column]
        self.movies_, self.users_ = ratings.movies, ratings.users
        self.residuals_ = ratings.with_values(ratings.values - baseline)
        return self

    def likeness(self, films: np.ndarray) -> np.ndarray:
        """s of some movies (places in movies_) with all: (g,) -> (g, m); own ones 0."""
        S = similarity(self.residuals_, "movie", "whole", self.common, films)
        S[np.arange(len(films)), films] = 0
        return S

    def weights(self, films: np.ndarray) -> np.ndarray:
        """s² where two are alike, 0 where they are not: (g,) -> (g, m)."""
        return np.maximum(self.likeness(films), 0) ** 2

    def everybody(self, films: np.ndarray) -> np.ndarray:
        """Forecasts for all users and some movies (places): (g,) -> (n, g)."""
        E, seen = self.residuals_.table, self.residuals_.seen  # (n, m)
        stars = self.mu_ + self.b_user_[:, None] + self.b_movie_[films]
        # All weights at once would need much memory.
        for part in (slice(i, i + BLOCK) for i in range(0, len(films), BLOCK)):
            W = self.weights(films[part])
            stars[:, part] += all_dots(E, W) / (self.caution + all_dots(seen, W))
        return stars

    def predict(self, users: np.ndarray, movies: np.ndarray) -> np.ndarray:
        """Forecasts for pairs of ids: (N,), (N,) -> (N,). Of unknown ones b is 0."""
        i, j = places(self.users_, users), places(self.movies_, movies)
        b_user, b_movie = np.append(self.b_user_, 0), np.append(self.b_movie_, 0)
        stars = self.mu_ + b_user[i] + b_movie[j]  # place −1, unknown, is the last: 0
        known = (i >= 0) & (j >= 0)
        films, column = np.unique(j[known], return_inverse=True)
        stars[known] = self.everybody(films)[i[known], column]
        return stars

    def fold_in(self, user_ratings: Taste) -> tuple[float, np.ndarray, np.ndarray]:
        """A new user, without new training: bias, movies rated (places), deviations.

        The bias is that of `bias_baseline`, closed form and all, the movies' biases
        being fixed. Ratings of movies that are not known are left out.
        """
        rated = {int(places(self.movies_, m)): v for m, v in user_ratings.items()}
        films = np.array([j for j in rated if j >= 0], dtype=int)  # (g,)
        surplus = np.array([rated[j] for j in films]) - self.mu_ - self.b_movie_[films]
        bias = float(surplus.sum() / (len(films) + self.lam_user))
        return bias, films, surplus - bias

    def terms(self, user_ratings: Taste) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Movies rated (g,), baselines of all (m,), what each rating adds (g, m)."""
        bias, films, deviations = self.fold_in(user_ratings)
        W = self.weights(films).astype(float)  # (g, m)
        added = W * deviations[:, None] / (self.caution + W.sum(axis=0))
        return films, self.mu_ + bias + self.b_movie_, added

    def recommend(self, user_ratings: Taste, n: int = 5) -> list[tuple[int, float]]:
        """The n movies of highest forecast that are not rated yet: (id, stars)."""
        films, baseline, added = self.terms(user_ratings)
        stars = baseline + added.sum(axis=0)
        best = np.argsort(-stars, kind="stable")
        best = best[~np.isin(best, films)][:n]
        return [(int(self.movies_[j]), float(stars[j])) for j in best]

    def explain(self, user_ratings: Taste, movie: int) -> list[tuple[Any, float]]:
        """The receipt: ("baseline", stars), then (movie id, what its rating adds).

        The terms add up to the forecast. ValueError if the movie is not known.
        """
        j = int(places(self.movies_, movie))
        if j < 0:
            raise ValueError(f"there is no movie {movie} in these ratings")
        films, baseline, added = self.terms(user_ratings)
        ratings = zip(self.movies_[films].tolist(), added[:, j].tolist())
        return [("baseline", float(baseline[j])), *ratings]


def rmse(predicted: np.ndarray, true: np.ndarray) -> float:
    """How far off, typically, in stars: √ of the mean of (predicted − true)²."""
    return float(np.sqrt(((np.asarray(predicted) - true) ** 2).mean()))


def precision_at_k(ranked: Sequence[int], liked: set[int], k: int = 10) -> float:
    """The share of the first k of a list that is liked: hits / k."""
    return sum(movie in liked for movie in ranked[:k]) / k


# The rivals, and the board on which all stand. Skip these on a first reading.


def user_knn(ratings: Ratings, common: float = 20,
             caution: float = 0.1) -> np.ndarray:  # given  # fmt: skip
    """Forecasts by people alike: a user's mean, and what others deviate: -> (n, m)."""
    centred = centre(ratings)
    W = np.maximum(similarity(centred, "user", "cosine", common), 0) ** 2
    np.fill_diagonal(W, 0)
    mean = np.zeros((len(ratings.users), 1))
    mean[ratings.row, 0] = ratings.values - centred.values
    return mean + W @ centred.table / (caution + W @ centred.seen)


def factorise(residuals: Ratings, rng: Rng, k: int = 10, lam: float = 15,
              rounds: int = 15) -> np.ndarray:  # given  # fmt: skip
    """k numbers for each user and movie whose dot products fit, P Qᵀ: -> (n, m).

    They lower Σ (e − p · q)² + lam (Σ ‖p‖² + Σ ‖q‖²) by alternating least squares: for
    fixed Q every p has a closed form, and then every q for fixed P.
    """
    E, seen = residuals.table, residuals.seen
    Q = rng.normal(0, 0.1, (E.shape[1], k)).astype(E.dtype)
    for _ in range(rounds):
        P = ridge_rows(E, seen, Q, lam)
        Q = ridge_rows(E.T, seen.T, P, lam)
    return P @ Q.T


def ridge_rows(E: np.ndarray, seen: np.ndarray, Q: np.ndarray,
               lam: float) -> np.ndarray:  # given  # fmt: skip
    """For each row of E the p where (Σ q qᵀ + lam I) p = Σ e q, over what is seen."""
    k = Q.shape[1]
    squares = (Q[:, :, None] * Q[:, None, :]).reshape(-1, k * k)  # q qᵀ, (m, k²)
    A = (seen @ squares).reshape(-1, k, k) + lam * np.eye(k, dtype=Q.dtype)
    return np.linalg.solve(A, (E @ Q)[:, :, None])[:, :, 0]


def methods(train: Ratings, rng: Rng) -> Iterator[tuple[str, Any]]:  # given
    """Yields the name and the forecasts (n, m) of each method on the board."""
    model = Recommender().fit(train)
    baseline = model.mu_ + model.b_user_[:, None] + model.b_movie_
    yield "global mean", np.full_like(baseline, model.mu_)
    yield "bias baseline", baseline
    yield "user-kNN", user_knn(train)
    yield "item-kNN with baseline", model.everybody(np.arange(len(train.movies)))
    yield "matrix factorisation by ALS", baseline + factorise(model.residuals_, rng)


def evaluate(ratings: Ratings, rng: Rng, folds: int = 5) -> Iterator[Score]:  # given
    """Yields (name, RMSE, precision@10, coverage) of each method on each fold.

    A fold is judged by methods that have learnt from the others. For the RMSE forecasts
    are clipped to the scale. For precision@10 all movies that a user has not rated in
    the other folds are ranked, equal ones by lot; a hit has 4 stars or more in this
    fold; the mean goes over the users who have any such. Coverage is the share of all
    movies that are among the first ten of somebody.
    """
    users, movies, values = ratings.triplets()
    fold = rng.permutation(len(ratings)) % folds
    for test in (fold == f for f in range(folds)):
        train = Ratings(users[~test], movies[~test], values[~test], like=ratings)
        row, column, true = ratings.row[test], ratings.column[test], values[test]
        good = [(i, set(column[(row == i) & (true >= LIKED)])) for i in np.unique(row)]
        for name, stars in methods(train, rng):
            off = rmse(np.clip(stars[row, column], values.min(), values.max()), true)
            lot = rng.permutation(len(ratings.movies))
            ranks = np.where(train.seen, np.inf, -stars)[:, lot]
            top = lot[np.argpartition(ranks, 9, axis=1)[:, :10]]  # (n, 10), any order
            hits = [precision_at_k(top[i], liked) for i, liked in good if liked]
            yield name, off, float(np.mean(hits)), len(np.unique(top)) / len(lot)


# --------------------------------------------------------------------------
# The picture


class State(NamedTuple):
    """What the prompt works on."""

    model: Recommender
    films: "Films"
    given: Taste
    n: int = 5  # so many films in a list
    focus: int | None = None  # the film whose receipt is drawn; None: the first


def draw_maps(axes: Sequence[Any], state: State, n: int = 22) -> None:
    """Likeness of every two of n well-known films, by three measures."""
    model, ratings = state.model, state.films.ratings
    size = (model.residuals_.table**2).sum(axis=0)  # ‖e‖²: much seen, and disputed
    best = np.sort(np.argsort(-size, kind="stable")[:n])
    S, order = model.likeness(best)[:, best], [0]
    while len(order) < len(best):  # after each film the one most like it
        rest = [j for j in range(len(best)) if j not in order]
        order.append(max(rest, key=lambda j: S[order[-1], j]))
    names = [short(state.films.titles[i]) for i in model.movies_[best[order]].tolist()]
    titles = ("Dot product:\nfame decides", "Cosine:\nall films are alike",
              "Deviations:\nfamilies appear")  # fmt: skip
    for ax, title, measure in zip(axes, titles, ("dot", "cosine", "")):
        T = similarity(ratings, "movie", measure, 0, best)[:, best] if measure else S
        T = (T * (1 - np.eye(len(best))))[order][:, order]
        limit = np.quantile(np.abs(T), 0.97) or 1  # lest one pair outshine all others
        look = {"cmap": "Blues" if measure else "RdBu", "vmax": limit}
        image = ax.imshow(T, vmin=0 if measure else -limit, **look)
        ax.figure.colorbar(image, ax=ax, location="bottom", shrink=0.7, pad=0.02)
        ax.set_title(title, fontsize=11)
        ax.set(xticks=[], yticks=[], frame_on=False)
    for j in np.flatnonzero(T.max(axis=1) >= limit):  # the families have names here too
        kin, name = [j, *np.flatnonzero(T[j] >= limit)], names[j].rpartition(" - ")[2]
        at, side = (max(kin) + 0.7, "left") if 2 * j < n else (min(kin) - 1.7, "right")
        ax.text(at, j, name, ha=side, va="center", size=7, in_layout=False)
    axes[0].set_yticks(range(len(best)), names, fontsize=7)
    axes[0].tick_params(length=0, grid_alpha=0)


def draw_receipt(ax: Any, state: State) -> None:
    """The terms of a forecast, each beginning where the one before it ends."""
    ax.clear()
    first = state.model.recommend(state.given, 1) or [(int(state.model.movies_[0]), 0)]
    movie = first[0][0] if state.focus is None else state.focus
    rows = receipt(state, state.given, movie)
    if len(rows) > 9:
        rows[8:] = [("your other ratings", sum(value for _, value in rows[8:]))]
    names, values = zip(*rows)
    ends, place = np.cumsum(values), np.arange(len(values))
    inks = [figures.MUTED, *(figures.COLOURS[v < 0] for v in values[1:])]
    ax.barh(place, values, left=ends - values, height=0.6, color=inks)
    ax.vlines(ends[:-1], place[:-1] + 0.3, place[1:] - 0.3, color=figures.MUTED, lw=1)
    for y, text in enumerate(hundredths(rows)):
        ax.text(ends[y] - min(values[y], 0), y, f" {text[:5]}", va="center", size=10)
    ax.set_yticks(place, names)
    ax.set(ylim=(len(ends) - 0.4, -0.6), xlim=(min(0, *ends), max(ends) + 0.4))
    ax.grid(axis="y", visible=False)
    title = f"{short(state.films.titles[movie])}: {ends[-1]:.2f} stars"
    ax.set(title=title, xlabel="stars")


# --------------------------------------------------------------------------
# The command line


ARTICLES = "the|a|an|la|le|les|l'|il|lo|el|los|las|das|der|die|det|den|un|une"


def natural(title: str) -> str:
    """A title as one says it: "Ring, The (Ringu) (2002)" -> "The Ring (2002)"."""
    title = re.sub(r" \((?!\d{4})[^()]*\)", "", title)  # its names in other languages
    article = rf"(.*), ({ARTICLES})( \(.*)?$"
    title = re.sub(article, r"\2 \1\3", title, flags=re.IGNORECASE)
    return title.replace("L' ", "L'")


def plain(text: str) -> str:
    """Without capitals, accents, marks and English article: so titles are compared."""
    text = unicodedata.normalize("NFKD", text.lower().replace("&", " and "))
    text = "".join(c for c in text if not unicodedata.combining(c) and c not in "'’.")
    words = re.sub(r"[^a-z0-9]+", " ", text).strip()
    return re.sub(r"^(the|a|an) ", "", words)


def short(title: str) -> str:
    """A title for a small place: without its year, a long one without its series."""
    name = title.partition(" (")[0]
    return name.rpartition(": ")[2] if len(name) > 28 else name


def names_of(title: str) -> set[str]:
    """What a film may be called: its title, parts of it, with or without the year."""
    name, year, _ = re.split(r"\((\d{4})[-\d]*\)\s*$|$", title, maxsplit=1)
    main = natural(re.sub(r"\(.*", "", name).strip())
    others = [n.removeprefix("a.k.a. ") for n in re.findall(r"\(([^()]*)\)", name)]
    names = {plain(n) for n in [main, *re.split(": | - ", main), *map(natural, others)]}
    return {n for name in names - {""} for n in (name, f"{name} {year}")}


class Films:
    """The titles of all movies that are rated, and what somebody may mean by one."""

    def __init__(self, titles: Mapping[int, str], ratings: Ratings):
        counts = np.bincount(ratings.column, minlength=len(ratings.movies))
        self.ratings = ratings
        self.counts = dict(zip(ratings.movies.tolist(), counts.tolist()))
        self.titles = {i: natural(titles.get(i, f"movie {i}")) for i in self.counts}
        self.names: dict[str, list[int]] = {}  # what a movie may be called -> its ids
        for movie in self.counts:
            for name in names_of(titles.get(movie, f"movie {movie}")):
                self.names.setdefault(name, []).append(movie)

    def find(self, text: str) -> list[int]:
        """Ids of the movies that text may mean, the most rated first.

        By a name, else by words of one, else by one spelled nearly so. ValueError, with
        the nearest titles, if there is none.
        """
        name, names = plain(text), self.names
        if not name:
            raise ValueError("give the title of a film, such as The Matrix")
        found = [n for n in names if f" {name} " in f" {n} "]
        found = [name] if name in names else found
        if not found:
            near = get_close_matches(name, names, 3, 0.4)
            found = get_close_matches(name, near, 1, 0.75)
        if not found:
            titles = ", ".join(dict.fromkeys(self.titles[names[n][0]] for n in near))
            nearest = f"; did you mean {titles}?" if titles else ""
            raise ValueError(f"there is no film {text.strip()!r} here{nearest}")
        ids = {movie for n in found for movie in names[n]}
        return sorted(ids, key=lambda movie: (-self.counts[movie], movie))

    def choose(self, text: str) -> tuple[int, str]:
        """The movie that text most likely means; says so where it may be another."""
        ids = self.find(text)
        some = f"{self.titles[ids[0]]}, the most rated of {len(ids)} so called"
        return ids[0], f"({some})\n" if len(ids) > 1 else ""


def stars_of(text: str) -> float:
    """What somebody typed as stars; ValueError if they cannot be given."""
    found = re.fullmatch(r"\d*[.,]?\d+|\d+[.,]", text.strip())
    stars = float(text.replace(",", ".")) if found else -1
    if not LOWEST <= stars <= HIGHEST:
        scale = f"from {LOWEST:g} (awful) to {HIGHEST:g} (wonderful)"
        raise ValueError(f"{text!r} is no rating: give stars {scale}")
    return stars


def title_and_stars(text: str, between: str = " ") -> tuple[str, float]:
    """ "Titanic 5" -> ("Titanic", 5.0); ValueError if one of the two is missing."""
    title, _, stars = text.strip().rpartition(between)
    if not title.strip():
        example = f"'The Matrix{between}5'"
        raise ValueError(f"{text!r}: give a title and stars, such as {example}")
    return title, stars_of(stars)


def receipt(state: State, given: Taste, movie: int) -> list[tuple[str, float]]:
    """The terms of a forecast, in words; a rating of the movie itself is left out."""
    model, given = state.model, {k: v for k, v in given.items() if k != movie}
    (_, baseline), *terms = model.explain(given, movie)
    mu, bias = model.mu_, model.fold_in(given)[0]
    rows = [("mean of all", mu), ("you", bias), ("the film", baseline - mu - bias)]
    for other, value in sorted(terms, key=lambda term: -abs(term[1])):
        rows.append((f"{short(state.films.titles[other])} ({given[other]:g})", value))
    return rows


def hundredths(rows: list[tuple[str, float]]) -> list[str]:
    """The terms with two decimals, rounded so that they add up as they are printed."""
    sums = np.cumsum([0, *(value for _, value in rows)]).round(2)
    return [f"{b - a + 0:+.2f} {name}" for (name, _), a, b in zip(rows, sums, sums[1:])]


def show_top(state: State, given: Taste, before: Sequence[int] = ()) -> str:
    """The list of the best films with their receipts; says which are new in it."""
    lines = []
    for rank, (movie, stars) in enumerate(state.model.recommend(given, state.n), 1):
        new = "  (new)" if before and movie not in before else ""
        lines.append(f"{rank}. {state.films.titles[movie]}: {stars:.2f} stars{new}")
        rows = hundredths(receipt(state, given, movie))
        rows = [r.replace(" ", "\N{NO-BREAK SPACE}") for r in rows if r[1:5] != "0.00"]
        line = textwrap.fill(" ".join(rows).lstrip("+"), 74, subsequent_indent=" " * 5)
        lines.append(f"   = {line}".replace("\N{NO-BREAK SPACE}", " "))
    return "\n".join(lines) or "You have rated every film."


def show_why(state: State, movie: int) -> str:
    """The whole receipt of a film."""
    rows, films = receipt(state, state.given, movie), state.films
    order = [i for i, _ in state.model.recommend(state.given, len(films.titles))]
    place = "you have rated it; without that I would have said"
    if movie in order:
        place = f"number {order.index(movie) + 1:,} of {len(order):,} for you"
    total = f"= {sum(value for _, value in rows):.2f} stars"
    head = f"{films.titles[movie]}, rated by {films.counts[movie]}: {place}"
    return "\n   ".join([head, *hundredths(rows), total])


def show_similar(state: State, movie: int) -> str:
    """The films most like one, and how many people have rated both."""
    j, seen = places(state.model.movies_, [movie]), state.films.ratings.seen
    likeness, common = state.model.likeness(j)[0], seen[:, j[0]] @ seen  # (m,)
    lines = [f"Most like {state.films.titles[movie]}:"]
    for i in neighbours(likeness, int(j[0]), max(state.n, 10)):
        title = state.films.titles[int(state.model.movies_[i])]
        lines.append(f"{likeness[i]:.2f}  {title}, {common[i]:.0f} rated both")
    return "\n".join(lines)


HELP = """\
top 10               the list, of ten films
why Inception        the receipt of a film
what if Titanic 5    the list, had you given it 5 stars
rate Heat 4          one more rating, or a changed one
forget Heat          one rating less
similar Toy Story    films that the same people like and dislike
quit                 the end"""

LEGEND = """\
   (mean of all: of all ratings; you, the film: how much more you give, and it
   gets, than usual; then what each of your ratings adds. help: what to ask)"""

BOARD = f"""
A fold: each method learns from four fifths of the ratings and is judged on the
rest. RMSE: how far off its forecasts are, in stars. precision@10: of the ten
films it puts first, of all that somebody had not rated, the share that was held
back with {LIKED} stars or more. coverage: films that are in anybody's ten, of all."""

VERBS = ("top", "why", "what if", "rate", "forget", "similar", "help")


def run_command(state: State, line: str) -> tuple[State, str]:
    """Do what a line of the prompt says: the next state, and what to print."""
    verb, _, text = re.sub(r"(?i)^what\s+if\b", "what_if", line).partition(" ")
    verb, text = verb.lower().replace("_", " "), text.strip()
    if verb not in VERBS:
        film = plain(line) in state.films.names and f"; did you mean 'why {line}'?"
        near = film or console.nearest_name(verb, VERBS)
        raise ValueError(f"{verb}: no such command{near} ('help' lists them all)")
    if verb == "help":
        return state, HELP
    if verb == "top":
        if not re.fullmatch("([1-9][0-9]{0,3})?", text):
            raise ValueError(f"give a whole number from 1 to 9,999, not {text!r}")
        state = state._replace(n=int(text or state.n), focus=None)
        return state, show_top(state, state.given)
    if verb in ("why", "similar", "forget"):
        movie, remark = state.films.choose(text)
        if verb == "similar":
            return state, remark + show_similar(state, movie)
        if verb == "why":
            return state._replace(focus=movie), remark + show_why(state, movie)
        given = {k: v for k, v in state.given.items() if k != movie}
        text = f"{remark}forget {state.films.titles[movie]}:\n{show_top(state, given)}"
        return state._replace(given=given, focus=None), text
    title, stars = title_and_stars(text)
    movie, remark = state.films.choose(title)
    before = [i for i, _ in state.model.recommend(state.given, state.n)]
    given = {**state.given, movie: stars}
    head = f"{remark}{verb} {state.films.titles[movie]} {stars:g}:\n"
    if verb == "rate":
        state = state._replace(given=given, focus=None)
    return state, head + show_top(state, given, before)


def ask(films: Films) -> dict[int, float]:
    """The stars that somebody gives when asked; the end of input ends the questions."""
    given: dict[int, float] = {}
    print("Enter your ratings (1-5, or skip):")
    todo = [name for name in ASKED if plain(name) in films.names]
    while todo:
        try:
            answer = input(f"{todo[0]}: ").strip()
        except EOFError:
            print()
            break
        if not sys.stdin.isatty():
            print(answer)  # a piped answer reads as if it had been typed
        try:
            if answer.lower() not in ("", "skip"):
                given[films.find(todo[0])[0]] = stars_of(answer)
            del todo[0]
        except ValueError as error:
            print(error, file=sys.stderr)
    return given


def load(name: str) -> tuple[Ratings, dict[int, str]]:
    """The ratings and the titles of MovieLens: "small", which is here, or "100k"."""
    if name == "100k":
        folder = data.fetch("movielens-100k")
        X = np.loadtxt(folder / "u.data", usecols=(0, 1, 2))
        text = (folder / "u.item").read_text(encoding="latin-1")
        titles = dict(line.split("|")[:2] for line in text.splitlines())
    else:
        folder = data.FOLDER / "movielens"
        columns = ["userId", "movieId", "rating"]
        X = data.numbers(data.read_csv(folder / "ratings.csv"), columns)
        films = data.read_csv(folder / "movies.csv")
        titles = dict(zip(data.numbers(films, ["movieId"])[:, 0], films["title"]))
    ids, stars = X[:, :2].astype(int), X[:, 2].astype(np.float32)  # half stars: exact
    ratings = Ratings(ids[:, 0], ids[:, 1], stars)
    return ratings, {int(movie): str(title) for movie, title in titles.items()}


def print_board(ratings: Ratings, rng: Rng, quick: bool) -> None:
    """The honest board: every method on five folds, or on the first of them."""
    from tqdm import tqdm

    scores: dict[str, list[Sequence[float]]] = {}
    some = islice(evaluate(ratings, rng), 5 if quick else None)
    for name, *score in tqdm(some, total=5 if quick else 25, disable=None):
        scores.setdefault(name, []).append(score)
    for name, runs in scores.items():
        (off, precision, coverage), spread = np.mean(runs, axis=0), np.std(runs, axis=0)
        row = f"{name:27}  RMSE {off:.3f}  precision@10 {precision:.3f}  coverage"
        end = "" if quick else f"  (RMSE ± {spread[0]:.3f})"
        print(f"{row} {100 * coverage:.0f}%{end}")
    print(BOARD)


def talk(state: State, options: argparse.Namespace) -> int:
    """Answer the commands of -c, or of the prompt, with the picture beside it."""
    if options.no_show and not options.save:
        return console.commands(state, run_command, options.commands)
    plt = figures.start(options)
    fig, axes = plt.subplot_mosaic("ABC;RRR", figsize=(12, 8), height_ratios=[5, 4])
    draw_maps([axes[letter] for letter in "ABC"], state)
    draw_receipt(axes["R"], state)
    beside = options.commands is None and sys.stdin.isatty() and figures.has_window()

    def run_and_draw(state: State, line: str) -> tuple[State, str]:
        state, text = run_command(state, line)
        draw_receipt(axes["R"], state)
        if plt.fignum_exists(fig.number):  # it may have been closed
            fig.canvas.draw_idle()
        return state, text

    if beside:
        plt.show(block=False)
        plt.pause(0.1)
    code = console.commands(state, run_and_draw, options.commands)
    if not beside:
        figures.finish(options, fig)
    elif options.save:
        figures.save(options.save, fig)
    return code


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase1_linear_algebra/movie_recommender.py
        python phase1_linear_algebra/movie_recommender.py --rate "Heat=5" -c "why Alien"
        python phase1_linear_algebra/movie_recommender.py --data 100k --evaluate"""
    parser = console.parser(__file__, __doc__, examples)
    add = parser.add_argument
    rate = "a rating of yours, so that you are not asked; repeat it for more"
    add("--rate", metavar="TITLE=STARS", action="append", default=[], help=rate)
    add("--similar", metavar="TITLE", help="list the films most like this one, and end")
    board = "compare five methods on five folds (half a minute), and end"
    add("--evaluate", action="store_true", help=board)
    add("--quick", action="store_true", help="--evaluate on one fold, not on five")
    sets = "MovieLens small (default), or 100k, which is fetched first"
    add("--data", choices=("small", "100k"), default="small", help=sets)
    commands = "run these commands, not those typed: 'why Heat; what if Titanic 5'"
    add("-c", dest="commands", metavar="COMMANDS", help=commands)
    figures.add_options(parser, __file__)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Load the ratings, ask for yours, recommend, and answer questions about it."""
    options = build_parser().parse_args(argv)
    rates = [title_and_stars(text, "=") for text in options.rate]
    print("Loading MovieLens dataset...", flush=True)
    ratings, titles = load(options.data)
    sizes = f"{len(ratings.users):,} users on {len(ratings.movies):,} movies"
    print(f"Loaded {len(ratings):,} ratings from {sizes}\n", flush=True)
    if options.evaluate:
        print_board(ratings, np.random.default_rng(options.seed), options.quick)
        return 0
    model, films = Recommender().fit(ratings), Films(titles, ratings)
    if options.similar:
        print(run_command(State(model, films, {}), f"similar {options.similar}")[1])
        return 0
    given = {films.choose(title)[0]: stars for title, stars in rates}
    if not rates and options.commands is None:
        given = ask(films)
    for movie, stars in given.items():
        print(f"{films.titles[movie]}: {stars:g}")
    print("\nComputing recommendations using dot product similarity...\n")
    state = State(model, films, given)
    print(f"Top {state.n} recommendations {'for you' if given else 'for anybody'}:")
    print(show_top(state, given), LEGEND, sep="\n", flush=True)
    return talk(state, options)


if __name__ == "__main__":
    console.run(main)
