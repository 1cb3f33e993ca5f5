"""Chapter 3, the movie recommender: the judge of the four milestones."""

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, strategies
from judge import close, holds, refuses
from oracles import numerical_gradient
from scipy import sparse
from scipy.spatial import distance
from sklearn.metrics.pairwise import cosine_similarity

movies = chapter("movie_recommender")

seeds = strategies.integers(0, 10**6)

# Ann, Bob and Cid, numbers 7, 2 and 40, on the films 10, 30 and 20; "-" is not rated.
#         10  20  30
#  Bob     4   2   5
#  Ann     5   1   4
#  Cid     -   5   1
THREE = ([7, 7, 7, 2, 2, 2, 40, 40], [10, 30, 20, 20, 10, 30, 30, 20],
         [5.0, 4.0, 1.0, 2.0, 4.0, 5.0, 1.0, 5.0])  # fmt: skip


def drawn(rng: np.random.Generator, n: int, m: int, share: float = 0.5):
    """Ratings of half the films, in half stars, by ids with gaps; and as a table.

    The table R (n, m) has nan where nothing is rated; every user and film has some.
    """
    R = rng.integers(1, 11, (n, m)) / 2
    hole = rng.uniform(size=(n, m)) > share
    hole[np.arange(max(n, m)) % n, np.arange(max(n, m)) % m] = False
    R[hole] = np.nan
    i, j = np.nonzero(~hole)
    order = rng.permutation(len(i))
    i, j = i[order], j[order]
    return movies.Ratings(3 * i + 5, 7 * j + 100, R[i, j]), R


def pairs(R: np.ndarray, measure) -> np.ndarray:
    """A measure of every two rows over the columns that both have: the slow referee."""
    S = np.zeros((len(R), len(R)))
    for i, a in enumerate(R):
        for j, b in enumerate(R):
            common = ~np.isnan(a) & ~np.isnan(b)
            S[i, j] = measure(a[common], b[common])
    return S


def in_common(a: np.ndarray, b: np.ndarray) -> float:
    """The cosine, 0 where there is nothing."""
    size = (a**2).sum() * (b**2).sum()
    return (a * b).sum() / size**0.5 if size else 0.0


def two_tastes(rng: np.random.Generator, n: int = 40):
    """Half of the users love films 0-9 and hate 10-19, the others the other way."""
    loves = (np.arange(n)[:, None] < n // 2) == (np.arange(20) < 10)  # (n, 20)
    R = np.where(loves, 4.5, 1.5) + rng.integers(-1, 2, (n, 20)) / 2
    i, j = np.nonzero(rng.uniform(size=(n, 20)) < 0.7)
    return movies.Ratings(i, j, R[i, j])


# --------------------------------------------------------------------------
# Milestone 1: multiply and add


@pytest.mark.milestone1
@pytest.mark.parametrize("name", ["dot_loop", "dot"])
def test_a_dot_product_by_hand(name):
    """5·4 + 1·2 + 4·5 = 20 + 2 + 20 = 42."""
    got = getattr(movies, name)(np.array([5.0, 1.0, 4.0]), np.array([4.0, 2.0, 5.0]))
    close(got, 42.0, f"{name}([5, 1, 4], [4, 2, 5])")


@pytest.mark.milestone1
@pytest.mark.parametrize("name", ["dot_loop", "dot"])
def test_opposites_are_negative_and_strangers_are_zero(name):
    """(2, −1)·(−2, 1) = −5; (2, −1)·(1, 2) = 2 − 2 = 0; of nothing it is 0."""
    f = getattr(movies, name)
    a = np.array([2.0, -1.0])
    close(f(a, np.array([-2.0, 1.0])), -5.0, f"{name}([2, −1], [−2, 1])")
    close(f(a, np.array([1.0, 2.0])), 0.0, f"{name}([2, −1], [1, 2])")
    close(f(np.array([]), np.array([])), 0.0, f"{name}([], [])")


@pytest.mark.milestone1
@given(seed=seeds, d=strategies.integers(1, 30))
def test_the_loop_and_the_array_say_the_same(seed, d):
    a, b = np.random.default_rng(seed).normal(size=(2, d))
    want = float(np.inner(a, b))
    close(movies.dot_loop(a, b), want, f"dot_loop(a, b), {d} numbers each")
    close(movies.dot(a, b), want, f"dot(a, b), {d} numbers each")


@pytest.mark.milestone1
def test_twice_as_long_is_twice_the_product_and_order_is_no_matter(rng):
    a, b = rng.normal(size=(2, 9))
    once = movies.dot(a, b)
    close(movies.dot(2 * a, b), 2 * once, "dot(2a, b)")
    close(movies.dot(b, a), once, "dot(b, a)")


@pytest.mark.milestone1
def test_lists_and_whole_numbers_are_understood():
    close(movies.dot([1, 2], [3, 4]), 11.0, "dot([1, 2], [3, 4])")
    got = movies.dot([1, 2], [3, 4])
    holds(type(got) is float, "type of dot(…)", type(got).__name__, "float")


@pytest.mark.milestone1
def test_lists_of_different_length_are_refused():
    """Numpy would let a single number meet all three."""
    for a, b in (([1.0, 2.0], [1.0, 2.0, 3.0]), ([2.0], [1.0, 2.0, 3.0])):
        a, b = np.array(a), np.array(b)
        refuses(lambda a=a, b=b: movies.dot(a, b), f"dot({a}, {b})")


@pytest.mark.milestone1
def test_all_dots_are_every_row_with_every_row(rng):
    A, B = rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    want = np.einsum("id,jd->ij", A, B)
    close(movies.all_dots(A, B), want, "all_dots(A, B), A (4, 3), B (5, 3)")


# --------------------------------------------------------------------------
# Milestone 2: likeness over what both have rated


@pytest.mark.milestone2
def test_compressed_rows_by_hand():
    """Entries 1 and 3 are in row 0, none in row 1, entries 0 and 2 in row 2, none in 3.

    So the rows begin at 0, 2, 2, 4, and all end at 4.
    """
    order, start = movies.compress(np.array([2, 0, 2, 0]), 4)
    close(order, [1, 3, 0, 2], "order of compress([2, 0, 2, 0], 4)")
    close(start, [0, 2, 2, 4, 4], "start of compress([2, 0, 2, 0], 4)")


@pytest.mark.milestone2
@given(seed=seeds, size=strategies.integers(1, 9), n=strategies.integers(0, 30))
def test_compressed_rows_hold_just_their_entries(seed, size, n):
    index = np.random.default_rng(seed).integers(0, size, n)
    order, start = movies.compress(index, size)
    for i in range(size):
        want = np.flatnonzero(index == i)
        close(order[start[i] : start[i + 1]], want, f"row {i} of compress({index})")


@pytest.mark.milestone2
def test_the_table_of_three_people_by_hand():
    """Rows are the users 2, 7, 40, columns the movies 10, 20, 30."""
    ratings = movies.Ratings(*THREE)
    close(ratings.users, [2, 7, 40], "users of three people")
    close(ratings.movies, [10, 20, 30], "movies of three people")
    close(ratings.table, [[4, 2, 5], [5, 1, 4], [0, 5, 1]], "table of three people")
    close(ratings.seen, [[1, 1, 1], [1, 1, 1], [0, 1, 1]], "seen of three people")
    close(len(ratings), 8, "len of three people's ratings")


@pytest.mark.milestone2
def test_triplets_give_back_what_came_in(rng):
    users, films, stars = (np.array(x) for x in THREE)
    order = np.lexsort((films, users))
    got = movies.Ratings(users, films, stars).triplets()
    for name, a, b in zip(("users", "movies", "values"), got, (users, films, stars)):
        close(a, b[order], f"{name} of triplets(), sorted by user and movie")


@pytest.mark.milestone2
def test_one_row_and_one_column_are_found():
    """Cid, 40, rated 20 with 5 and 30 with 1; film 20 has 2, 1 and 5."""
    ratings = movies.Ratings(*THREE)
    films, stars = ratings.of(40)
    close(films, [20, 30], "movies of user 40")
    close(stars, [5, 1], "stars of user 40")
    users, stars = ratings.of(20, by="movie")
    close(users, [2, 7, 40], "users of movie 20")
    close(stars, [2, 1, 5], "stars of movie 20")
    refuses(lambda: ratings.of(3), "of(3): there is no user 3")
    refuses(lambda: ratings.of(40, by="movie"), "of(40, by='movie'): no such movie")


@pytest.mark.milestone2
@given(seed=seeds)
def test_rows_by_user_and_by_movie_hold_the_same_ratings(seed):
    rng = np.random.default_rng(seed)
    ratings, R = drawn(rng, int(rng.integers(1, 7)), int(rng.integers(1, 9)), 0.4)
    for i, user in enumerate(ratings.users):
        close(ratings.of(user)[1], R[i][~np.isnan(R[i])], f"stars of user {user}")
    for j, film in enumerate(ratings.movies):
        want = R[:, j][~np.isnan(R[:, j])]
        close(ratings.of(film, "movie")[1], want, f"stars of movie {film}")
    order, start = ratings.rows["movie"]
    close(len(order), len(ratings), "entries in rows['movie']")
    close(start[-1], len(ratings), "the end of the last row of rows['movie']")


@pytest.mark.milestone2
def test_other_values_stand_in_the_same_places():
    ratings = movies.Ratings(*THREE)
    other = ratings.with_values(-2 * ratings.values)
    close(other.table, -2 * ratings.table, "table of with_values(−2 · values)")
    close(other.users, ratings.users, "users of with_values(…)")


@pytest.mark.milestone2
def test_a_rating_of_zero_is_no_hole():
    ratings = movies.Ratings([1, 1, 2], [5, 6, 6], [0.0, 2.0, 1.0])
    close(ratings.seen, [[1, 1], [0, 1]], "seen, a rating of 0 among them")


@pytest.mark.milestone2
def test_what_both_have_rated_by_hand():
    """Ann and Cid share the films 20 and 30: hers 1 and 4, his 5 and 1."""
    ratings = movies.Ratings(*THREE)
    hers, his = movies.both(ratings, 7, 40)
    close(hers, [1, 4], "Ann's in both(ratings, 7, 40)")
    close(his, [5, 1], "Cid's in both(ratings, 7, 40)")
    a, b = movies.both(ratings, 10, 20, by="movie")
    close(a, [4, 5], "film 10's in both(ratings, 10, 20, by='movie')")
    close(b, [2, 1], "film 20's in both(ratings, 10, 20, by='movie')")


@pytest.mark.milestone2
def test_likeness_of_three_people_by_hand():
    """Bob and Ann 4·5 + 2·1 + 5·4 = 42; Bob and Cid 2·5 + 5·1 = 15; Ann and Cid
    1·5 + 4·1 = 9; with themselves 16 + 4 + 25 = 45, 25 + 1 + 16 = 42, 25 + 1 = 26."""
    want = [[45, 42, 15], [42, 42, 9], [15, 9, 26]]
    close(movies.similarity(movies.Ratings(*THREE)), want, "similarity of three people")


@pytest.mark.milestone2
def test_likeness_of_three_films_by_hand():
    """10 and 20: 4·2 + 5·1 = 13; 10 and 30: 4·5 + 5·4 = 40; 20 and 30: 10 + 4 + 5."""
    want = [[41, 13, 40], [13, 30, 19], [40, 19, 42]]
    got = movies.similarity(movies.Ratings(*THREE), by="movie")
    close(got, want, "similarity(…, by='movie') of three films")


@pytest.mark.milestone2
@given(seed=seeds)
def test_only_films_that_both_have_rated_count(seed):
    rng = np.random.default_rng(seed)
    ratings, R = drawn(rng, 4, 7)
    want = pairs(R, lambda a, b: (a * b).sum())
    close(
        movies.similarity(ratings, "user", "dot"), want, "similarity, 4 users, 7 films"
    )
    want = pairs(R.T, lambda a, b: (a * b).sum())
    close(movies.similarity(ratings, "movie"), want, "similarity of 7 films, 4 users")


@pytest.mark.milestone2
def test_likeness_agrees_with_a_sparse_matrix_of_scipy(rng):
    ratings, R = drawn(rng, 30, 50, 0.1)
    A = sparse.csr_matrix(np.nan_to_num(R))
    want = (A @ A.T).toarray()
    close(movies.similarity(ratings), want, "similarity of 30 users and 50 films")
    close(movies.similarity(ratings), want.T, "similarity, mirrored")


@pytest.mark.milestone2
def test_some_rows_can_be_had_alone(rng):
    ratings, _ = drawn(rng, 6, 9)
    S = movies.similarity(ratings)
    got = movies.similarity(ratings, rows=np.array([4, 1]))
    close(got, S[[4, 1]], "similarity(ratings, rows=[4, 1])")


@pytest.mark.milestone2
def test_neighbours_by_hand():
    """Likeness 3, 9, 0, 5, −2, 5 to number 1: 3 and 5 have 5, then 0 has 3."""
    likeness = np.array([3.0, 9.0, 0.0, 5.0, -2.0, 5.0])
    close(movies.neighbours(likeness, 1, 2), [3, 5], "neighbours([3 9 0 5 −2 5], 1, 2)")
    got = movies.neighbours(likeness, 1, 10)
    close(got, [3, 5, 0], "neighbours([3 9 0 5 −2 5], 1, 10): who is alike at all")


@pytest.mark.milestone2
def test_an_unknown_way_of_comparing_is_refused():
    ratings = movies.Ratings(*THREE)
    refuses(lambda: movies.similarity(ratings, by="film"), "similarity(…, by='film')")
    refuses(lambda: movies.similarity(ratings, measure="sum"), "measure='sum'")


# --------------------------------------------------------------------------
# Milestone 3: length, habit, and little evidence


@pytest.mark.milestone3
def test_the_length_of_three_four_is_five():
    close(movies.norm(np.array([3.0, 4.0])), 5.0, "norm([3, 4])")
    close(movies.norm(np.array([2.0, -1.0, 2.0])), 3.0, "norm([2, −1, 2])")


@pytest.mark.milestone3
def test_cosines_by_hand():
    """(3, 4)·(4, 3) = 24, both of length 5: 24/25. (1, 0) and (1, 1): 1/√2."""
    close(movies.cosine([3, 4], [4, 3]), 24 / 25, "cosine([3, 4], [4, 3])")
    close(movies.cosine([1, 0], [1, 1]), 0.5**0.5, "cosine([1, 0], [1, 1])")
    close(movies.cosine([1, 2], [-2, -4]), -1.0, "cosine([1, 2], [−2, −4])")


@pytest.mark.milestone3
def test_nothing_is_like_nothing():
    close(movies.cosine([0.0, 0.0], [1.0, 2.0]), 0.0, "cosine([0, 0], [1, 2])")
    close(movies.cosine([0.0, 0.0], [0.0, 0.0]), 0.0, "cosine([0, 0], [0, 0])")


@pytest.mark.milestone3
@given(seed=seeds, d=strategies.integers(1, 12), times=strategies.floats(0.01, 100))
def test_length_does_not_matter_to_the_cosine(seed, d, times):
    a, b = np.random.default_rng(seed).normal(size=(2, d))
    want = 1 - distance.cosine(a, b)
    close(movies.cosine(a, b), want, f"cosine(a, b), {d} numbers each")
    close(movies.cosine(times * a, b), want, f"cosine({times:.4g} a, b)")
    close(movies.cosine(a, a), 1.0, "cosine(a, a)")


@pytest.mark.milestone3
def test_the_cosine_of_ann_and_cid_is_over_their_two_films():
    """(1, 4)·(5, 1) = 9; their lengths there √17 and √26, in all √42 and √26."""
    S = movies.similarity(movies.Ratings(*THREE), "user", "cosine")
    close(S[1, 2], 9 / (17 * 26) ** 0.5, "cosine of Ann and Cid, over what both rated")
    S = movies.similarity(movies.Ratings(*THREE), "user", "whole")
    close(S[1, 2], 9 / (42 * 26) ** 0.5, "whole of Ann and Cid: all that each rated")


@pytest.mark.milestone3
@given(seed=seeds)
def test_cosines_over_what_both_have_rated(seed):
    rng = np.random.default_rng(seed)
    ratings, R = drawn(rng, 5, 8, 0.3)
    got = movies.similarity(ratings, "user", "cosine")
    close(got, pairs(R, in_common), "similarity(…, 'user', 'cosine'), 5 users, 8 films")
    got = movies.similarity(ratings, "movie", "cosine")
    close(got, pairs(R.T, in_common), "similarity(…, 'movie', 'cosine')")


@pytest.mark.milestone3
def test_cosines_of_whole_lists_agree_with_scikit_learn(rng):
    ratings, R = drawn(rng, 20, 35, 0.3)
    R = np.nan_to_num(R)
    got = movies.similarity(ratings, "user", "whole")
    close(got, cosine_similarity(R), "similarity(…, 'user', 'whole'), 20 users")
    got = movies.similarity(ratings, "movie", "whole", rows=np.array([3, 30]))
    close(got, cosine_similarity(R.T)[[3, 30]], "rows 3 and 30 of 'movie', 'whole'")


@pytest.mark.milestone3
def test_lengths_by_hand():
    """Ann's (1, 4) against Cid: √17, Cid's (5, 1): √26; whole: √42 and √26."""
    ratings = movies.Ratings(*THREE)
    R, seen = ratings.table, ratings.seen
    for measure, size in (("cosine", (17 * 26) ** 0.5), ("whole", (42 * 26) ** 0.5)):
        got = movies.lengths(R, seen, np.array([1]), measure)
        close(got.shape, (1, 3), f"shape of lengths(…, [1], {measure!r})")
        close(got[0, 2], size, f"lengths(…, [1], {measure!r})[0, 2]")


@pytest.mark.milestone3
@pytest.mark.parametrize("measure", ["cosine", "whole"])
def test_a_list_of_zeros_and_no_common_film_give_zero(measure):
    """User 1 is all zeros; 2 and 3 have no film in common."""
    ratings = movies.Ratings([1, 1, 2, 3], [5, 6, 5, 6], [0.0, 0.0, 2.0, 3.0])
    S = movies.similarity(ratings, "user", measure)
    want = [[0, 0, 0], [0, 1, 0], [0, 0, 1]]
    close(S, want, f"similarity(…, 'user', {measure!r}), user 1 all zeros")


@pytest.mark.milestone3
def test_centring_by_hand():
    """One gives 1, 2, 3, mean 2: her 3 is praise. Another 5 and 4: his 4 is blame."""
    ratings = movies.Ratings([1, 1, 1, 2, 2], [10, 11, 12, 10, 12], [1.0, 2, 3, 5, 4])
    got = movies.centre(ratings).table
    close(
        got, [[-1, 0, 1], [0.5, 0, -0.5]], "centre(…).table of a harsh and a mild one"
    )
    seen = movies.centre(ratings).seen
    close(seen, [[1, 1, 1], [1, 0, 1]], "centre(…).seen: a 0 that was given stays seen")


@pytest.mark.milestone3
@given(seed=seeds)
def test_after_centring_every_user_has_the_mean_zero(seed):
    rng = np.random.default_rng(seed)
    ratings, _ = drawn(rng, 5, 9)
    before = ratings.values.copy()
    got = movies.centre(ratings)
    sums = [got.of(user)[1].sum() for user in got.users]
    close(sums, np.zeros(5), "sum of each user's centred ratings")
    more = movies.centre(ratings.with_values(ratings.values + 1.5))
    close(more.values, got.values, "centre(ratings + 1.5)")
    close(ratings.values, before, "the ratings themselves, after centre(ratings)")


@pytest.mark.milestone3
def test_shrinkage_by_hand():
    """8 in common with shrink 2: 0.5 · 8/10. 2 in common: the half. None: nothing."""
    S, common = np.array([[0.5, 1.0, 0.9]]), np.array([[8.0, 2.0, 0.0]])
    close(
        movies.shrunk(S, common, 2), [[0.4, 0.5, 0.0]], "shrunk([.5 1 .9], [8 2 0], 2)"
    )


@pytest.mark.milestone3
def test_two_films_in_common_are_no_friendship(rng):
    """1 and 2 agree on two films exactly; 1 and 3 nearly, on twenty."""
    a, noise = rng.normal(size=20), 0.3 * rng.normal(size=20)
    users = [1] * 20 + [2] * 2 + [3] * 20
    films = [*range(20), 0, 1, *range(20)]
    ratings = movies.Ratings(users, films, [*a, *a[:2], *(a + noise)])
    plain = movies.similarity(ratings, "user", "cosine")[0]
    shrunk = movies.similarity(ratings, "user", "cosine", shrink=5)[0]
    holds(plain[1] > plain[2], "likeness to 1, without shrinkage", plain,
          "2 before 3: they agree exactly")  # fmt: skip
    holds(shrunk[2] > shrunk[1], "likeness to 1, with shrink = 5", shrunk,
          "3 before 2: they share more")  # fmt: skip
    close(shrunk[1], 2 / 7, "2's likeness to 1, with shrink = 5: 1 · 2 / (2 + 5)")


# --------------------------------------------------------------------------
# Milestone 4: recommendations with receipts


def squares(R: np.ndarray, mu: float, b: np.ndarray, lam_user: float, lam_movie: float):
    """The sum that the baseline makes least; b holds the users', then the movies'."""
    b_user, b_movie = b[: len(R)], b[len(R) :]
    off = np.nan_to_num(R - mu - b_user[:, None] - b_movie)
    penalty = lam_user * (b_user**2).sum() + lam_movie * (b_movie**2).sum()
    return (off**2).sum() + penalty


@pytest.mark.milestone4
def test_one_film_rated_by_all_the_same_by_hand():
    """One user gives film 1 five stars and film 2 one: μ = 3. With lam_movie = 1 the
    film's bias is 2 / (1 + 1) = 1, and −1; the user's is then 0."""
    ratings = movies.Ratings([4, 4], [1, 2], [5.0, 1.0])
    mu, b_user, b_movie = movies.bias_baseline(ratings, lam_user=3, lam_movie=1)
    close(mu, 3.0, "mu of one user's 5 and 1")
    close(b_user, [0], "b_user of one user's 5 and 1")
    close(b_movie, [1, -1], "b_movie of one user's 5 and 1, lam_movie = 1")


@pytest.mark.milestone4
@given(seed=seeds)
def test_the_slope_of_what_the_baseline_makes_least_is_zero(seed):
    rng = np.random.default_rng(seed)
    ratings, R = drawn(rng, 4, 6, 0.6)
    mu, b_user, b_movie = movies.bias_baseline(ratings, 2.0, 3.0, rounds=500)
    close(mu, np.nanmean(R), "mu of 4 users, 6 films")
    b = np.concatenate([b_user, b_movie])
    slope = numerical_gradient(lambda b: squares(R, mu, b, 2.0, 3.0), b)
    close(slope, np.zeros(10), "slope in b_user, b_movie", atol=1e-6)


@pytest.mark.milestone4
def test_the_biases_solve_the_normal_equations(rng):
    """Least squares with a column for each user and movie, and a row for each lam."""
    ratings, R = drawn(rng, 7, 5)
    i, j = np.nonzero(~np.isnan(R))
    mu = np.nanmean(R)
    X = np.zeros((len(i) + 12, 12))
    X[np.arange(len(i)), i] = X[np.arange(len(i)), 7 + j] = 1
    X[len(i) :] = np.diag([4**0.5] * 7 + [6**0.5] * 5)
    y = np.append(R[i, j] - mu, np.zeros(12))
    want = np.linalg.lstsq(X, y, rcond=None)[0]
    _, b_user, b_movie = movies.bias_baseline(ratings, 4, 6, rounds=500)
    close(b_user, want[:7], "b_user of 7 users, 5 films, lam_user = 4", atol=1e-7)
    close(b_movie, want[7:], "b_movie of 7 users, 5 films, lam_movie = 6", atol=1e-7)


@pytest.mark.milestone4
def test_one_five_makes_no_favourite():
    """Film 1 has one rating of 5, film 2 has twelve, film 3 twelve of 1."""
    users = [0, *range(1, 13), *range(1, 13)]
    films, stars = [1] + [2] * 12 + [3] * 12, [5.0] + [5.0] * 12 + [1.0] * 12
    b_movie = movies.bias_baseline(movies.Ratings(users, films, stars))[2]
    holds(b_movie[1] > b_movie[0] + 0.5, "b_movie of one 5, twelve 5, twelve 1",
          b_movie, "the second well above the first")  # fmt: skip


@pytest.mark.milestone4
def test_the_root_of_the_mean_square_by_hand():
    """Errors 1, −1, 3, −3: the squares 1, 1, 9, 9 have the mean 5."""
    got = movies.rmse(np.array([2.0, 1, 6, 2]), np.array([1.0, 2, 3, 5]))
    close(got, 5**0.5, "rmse([2 1 6 2], [1 2 3 5])")


@pytest.mark.milestone4
def test_precision_by_hand():
    """Of the first three, 7, 5, 9, two are liked."""
    got = movies.precision_at_k([7, 5, 9, 4], {5, 9, 4, 8}, 3)
    close(got, 2 / 3, "precision_at_k([7 5 9 4], {5, 9, 4, 8}, 3)")
    got = movies.precision_at_k([7, 5], {5, 7}, 10)
    close(got, 0.2, "precision_at_k([7 5], {5, 7}, 10): hits / k")


@pytest.mark.milestone4
@pytest.mark.parametrize("seed", range(5))
def test_planted_tastes_are_recovered(seed):
    """Who loves films of one half and hates one of the other gets the first half."""
    model = movies.Recommender().fit(two_tastes(np.random.default_rng(seed)))
    got = [film for film, _ in model.recommend({0: 5, 1: 5, 10: 1}, 8)]
    holds(set(got) == set(range(2, 10)), "recommend({0: 5, 1: 5, 10: 1}, 8)", got,
          "2 to 9, the films of that taste")  # fmt: skip
    got = [film for film, _ in model.recommend({0: 1, 10: 5, 11: 5}, 8)]
    holds(set(got) == set(range(12, 20)), "recommend({0: 1, 10: 5, 11: 5}, 8)", got,
          "12 to 19, the films of the other taste")  # fmt: skip


@pytest.mark.milestone4
@given(seed=seeds)
def test_what_was_rated_is_never_recommended_and_the_best_come_first(seed):
    rng = np.random.default_rng(seed)
    ratings, _ = drawn(rng, 8, 12)
    model = movies.Recommender().fit(ratings)
    given_ = dict(
        zip(rng.choice(ratings.movies, 4, replace=False).tolist(), [5, 1, 3, 4])
    )
    got = model.recommend(given_, 100)
    films, stars = zip(*got)
    want = sorted(set(ratings.movies.tolist()) - set(given_))
    close(sorted(films), want, "movies of recommend(…, 100): all but the rated ones")
    holds(np.all(np.diff(stars) <= 0), "stars of recommend(…)", np.array(stars), "fall")
    close(len(model.recommend(given_, 3)), 3, "how many recommend(…, 3) gives")


@pytest.mark.milestone4
@given(seed=seeds)
def test_receipts_add_up_to_the_last_digit(seed):
    rng = np.random.default_rng(seed)
    ratings, _ = drawn(rng, 9, 11)
    model = movies.Recommender().fit(ratings)
    given_ = {107: 5.0, 114: 1.5, 121: 4.0}
    for film, stars in model.recommend(given_, 5):
        receipt = model.explain(given_, film)
        total = sum(value for _, value in receipt)
        close(total, stars, f"sum of explain(…, {film})", rtol=0, atol=1e-12)
        j = ratings.movies.tolist().index(film)
        films, baseline, added = model.terms(given_)
        close(baseline[j] + added[:, j].sum(), stars, f"terms of movie {film}, added")
        close(films, [1, 2, 3], "movies rated, of terms({107, 114, 121})")
        labels = [label for label, _ in receipt]
        holds(labels == ["baseline", 107, 114, 121], f"labels of explain(…, {film})",
              str(labels), "baseline, 107, 114, 121")  # fmt: skip


@pytest.mark.milestone4
def test_the_forecast_by_hand(rng):
    """Films that are alike with s = 1 · 2 / (2 + common), common = 2: s = ½, s² = ¼.

    Two users, two films: μ = 3, one gives 5 and 5, the other 1 and 1. With lam_user =
    lam_movie = 1e9 there are no biases: the deviations are 2, 2 and −2, −2, so the
    films have the cosine 1. A new user gives film 1 four stars, a deviation of 1: film
    2 gets 3 + ¼ · 1 / (¼ + ¼) = 3.5 with caution ¼.
    """
    ratings = movies.Ratings([1, 1, 2, 2], [1, 2, 1, 2], [5.0, 5.0, 1.0, 1.0])
    model = movies.Recommender(common=2, caution=0.25, lam_user=1e9, lam_movie=1e9)
    model.fit(ratings)
    got = model.recommend({1: 4}, 5)
    close(got, [(2, 3.5)], "recommend({1: 4}, 5)", rtol=1e-6)
    close(model.likeness(np.array([0])), [[0, 0.5]], "likeness([0])", rtol=1e-6)
    close(model.weights(np.array([0])), [[0, 0.25]], "weights([0])", rtol=1e-6)


@pytest.mark.milestone4
def test_films_that_are_opposites_say_nothing(rng):
    """Who loves the one half tells nothing, here, about the other: s < 0 counts 0."""
    model = movies.Recommender().fit(two_tastes(rng))
    W = model.weights(np.arange(20))
    holds(W.min() >= 0, "the smallest weight", W.min(), "at least 0")
    across = W[:10, 10:].max()
    holds(across < 0.05 * W[:10, :10].max(), "the largest weight across the two tastes",
          across, "nearly 0: their likeness is negative")  # fmt: skip
    close(np.diag(W), np.zeros(20), "the weight of a film for itself")


@pytest.mark.milestone4
def test_without_any_rating_it_is_the_baseline(rng):
    ratings, _ = drawn(rng, 6, 9)
    model = movies.Recommender().fit(ratings)
    mu, _, b_movie = movies.bias_baseline(ratings)
    got = dict(model.recommend({}, 9))
    want = mu + b_movie
    close([got[f] for f in ratings.movies.tolist()], want, "stars of recommend({}, 9)")


@pytest.mark.milestone4
def test_a_rating_that_was_expected_adds_nothing(rng):
    model = movies.Recommender().fit(two_tastes(rng))
    expected = dict(model.recommend({}, 20))[3]
    receipt = model.explain({3: expected}, 4)
    close(receipt[1][1], 0.0, "what a rating as expected adds", atol=1e-9)
    for stars, sign in ((5.0, 1), (1.0, -1)):
        value = model.explain({3: stars}, 4)[1][1]
        holds(sign * value > 0.01, f"what {stars:g} stars add for a film alike", value,
              "more if above the baseline, less if below")  # fmt: skip


@pytest.mark.milestone4
def test_folding_in_somebody_who_is_known_changes_nothing(rng):
    """The same person, typed in: the same bias, and the same forecasts."""
    ratings, _ = drawn(rng, 12, 15)
    model = movies.Recommender().fit(ratings)
    for i, user in enumerate(ratings.users[:4]):
        own = dict(zip(*(x.tolist() for x in ratings.of(user))))
        bias, films, deviations = model.fold_in(own)
        close(bias, model.b_user_[i], f"bias of fold_in(ratings of user {user})")
        close(ratings.movies[films], list(own), "movies of fold_in(…), by their places")
        close(deviations, model.residuals_.of(user)[1], "deviations of fold_in(…)")
        films, stars = zip(*model.recommend(own, 15))
        want = model.predict(np.full(len(films), user), np.array(films))
        close(stars, want, f"recommend(ratings of user {user}) and predict(user, …)")


@pytest.mark.milestone4
def test_the_deviations_of_fold_in_are_stars_less_baseline(rng):
    """The bias of a newcomer: Σ (r − μ − b_movie) / (ratings + lam_user)."""
    ratings, _ = drawn(rng, 8, 6)
    model = movies.Recommender(lam_user=2).fit(ratings)
    bias, films, deviations = model.fold_in({107: 5, 121: 2, 999: 4})
    close(sorted(films), [1, 3], "places of 107 and 121; 999 is not known")
    surplus = np.array([5, 2]) - model.mu_ - model.b_movie_[[1, 3]]
    close(bias, surplus.sum() / 4, "bias of fold_in({107: 5, 121: 2, 999: 4})")
    close(deviations, surplus - bias, "deviations of fold_in({107: 5, 121: 2, …})")


@pytest.mark.milestone4
def test_strangers_get_the_baseline_and_never_nan(rng):
    ratings, _ = drawn(rng, 7, 8)
    model = movies.Recommender().fit(ratings)
    mu, b_user, b_movie = movies.bias_baseline(ratings)
    got = model.predict(np.array([5, 6, 6, 5]), np.array([1, 100, 1, 100]))
    close(got[:3], [mu + b_user[0], mu + b_movie[0], mu], "predict, somebody unknown")
    holds(np.isfinite(got).all(), "predict(…)", got, "never nan")
    refuses(lambda: model.explain({107: 4.0}, 1), "explain(…, 1): there is no movie 1")
    refuses(
        lambda: movies.Recommender().fit(movies.Ratings([], [], [])), "fit(nothing)"
    )


@pytest.mark.milestone4
def test_everybody_is_predict_for_all(rng):
    ratings, _ = drawn(rng, 6, 10)
    model = movies.Recommender().fit(ratings)
    table = model.everybody(np.array([7, 2]))
    close(table.shape, (6, 2), "shape of everybody([7, 2]), 6 users")
    want = [model.predict(ratings.users, np.full(6, ratings.movies[j])) for j in (7, 2)]
    close(table.T, want, "everybody([7, 2]), film by film")


@pytest.mark.milestone4
def test_what_a_film_got_from_somebody_is_not_used_to_guess_it(rng):
    """A film's weight for itself is 0: else a forecast would only repeat the rating."""
    ratings, _ = drawn(rng, 6, 8, 0.8)
    model = movies.Recommender().fit(ratings)
    user, film = int(ratings.users[0]), int(ratings.of(ratings.users[0])[0][0])
    own = dict(zip(*(x.tolist() for x in ratings.of(user))))
    value = dict(model.explain(own, film))[film]
    close(value, 0.0, "what a rating adds to the forecast of its own film")


@pytest.mark.milestone4
@pytest.mark.parametrize("n, stars", [(1, [4.0, 2.0, 5.0]), (3, [4.0] * 9)])
def test_one_user_alone_and_films_that_all_rate_the_same(n, stars):
    users, films = np.repeat(np.arange(n), 3), np.tile([1, 2, 3], n)
    model = movies.Recommender().fit(movies.Ratings(users, films, stars))
    got = model.recommend({1: 5}, 5)
    holds(len(got) == 2 and np.isfinite(got).all(), "recommend({1: 5}, 5)", got,
          "two films, with finite stars")  # fmt: skip
    if n == 3:
        close(model.mu_ + model.b_movie_, [4, 4, 4], "baselines where all gave 4")


@pytest.mark.milestone4
def test_the_ratings_are_left_as_they_were(rng):
    ratings, _ = drawn(rng, 6, 8)
    before = ratings.values.copy()
    given_ = {107: 5.0}
    model = movies.Recommender().fit(ratings)
    model.recommend(given_, 3)
    close(ratings.values, before, "the ratings after fit and recommend")
    close(list(given_.items()), [(107, 5.0)], "user_ratings after recommend")


@pytest.mark.milestone4
def test_a_list_with_receipts_for_real_films(capsys):
    code = movies.main(
        ["--rate", "The Matrix=5", "--rate", "Titanic=2", "--no-show", "-c", "help"]
    )
    close(code, 0, "exit code")
    text = capsys.readouterr().out
    for words in (
        "Loading MovieLens dataset...",
        "Loaded 100,004 ratings from 671 users on 9,066 movies",
        "Computing recommendations using dot product similarity...",
        "Top 5 recommendations for you:\n1. ",
        "The Lord of the Rings",
    ):
        holds(words in text, "what the program prints", text, repr(words))


@pytest.mark.slow
@pytest.mark.milestone4
def test_forecasts_for_held_back_ratings_beat_the_baseline():
    """One fold of MovieLens small: the bar is 0.87, and the baseline's own RMSE."""
    ratings = movies.load("small")[0]
    users, films, stars = ratings.triplets()
    test = np.random.default_rng(0).permutation(len(ratings)) % 5 == 0
    train = movies.Ratings(users[~test], films[~test], stars[~test])
    model = movies.Recommender().fit(train)
    off = movies.rmse(model.predict(users[test], films[test]), stars[test])
    cautious = movies.Recommender(caution=1e9).fit(train)
    baseline = movies.rmse(cautious.predict(users[test], films[test]), stars[test])
    got, want = f"{off:.3f}, {baseline:.3f}", "under 0.87, and 0.02 under the baseline"
    holds(off < min(0.87, baseline - 0.02), "RMSE, and that of the baseline", got, want)
