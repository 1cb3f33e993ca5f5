"""Wrong variants of chapter 3, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "        total += x * y",
        "        total = x * y",
        "This is what happens when each product replaces the total: only the last one "
        "is left. Add up with +=.",
    ),
    Mutant(
        1,
        "    return float((a * b).sum())",
        "    return float((a * b).mean())",
        "This is what happens when the mean of the products is taken: a dot product is "
        "their sum.",
    ),
    Mutant(
        1,
        "    return float((a * b).sum())",
        "    return float(np.abs(a * b).sum())",
        "This is what happens when the signs of the products are lost: opposites then "
        "look alike.",
    ),
    Mutant(
        1,
        "    if a.shape != b.shape:",
        "    if a.ndim != b.ndim:",
        "This is what happens when the lengths are not compared: numpy repeats a list of "
        "one number until it fits, and says nothing.",
    ),
    Mutant(
        1,
        "    return A @ B.T",
        "    return B @ A.T",
        "This is what happens when A and B change places: the table of products lies on "
        "its side.",
    ),
    # Milestone 2
    Mutant(
        2,
        "np.concatenate([[0], np.cumsum(counts)])",
        "np.concatenate([np.cumsum(counts), [len(index)]])",
        "This is what happens when a row begins where it should end: the first row begins "
        "at 0, and the sums so far come after it.",
    ),
    Mutant(
        2,
        "        return self.with_values(np.ones(len(self))).table",
        "        return (self.table != 0).astype(self.values.dtype)",
        "This is what happens when a rating of 0 is taken for a hole: look at which "
        "entries are stored, not at their values.",
    ),
    Mutant(
        2,
        "    return stars[here], their_stars[there]",
        "    return stars[: len(here)], their_stars[: len(there)]",
        "This is what happens when the first ratings of each are taken, not those of the "
        "films they share: both lists must go through the same films.",
    ),
    Mutant(
        2,
        '    if by == "movie":\n        R, seen',
        '    if by == "user":\n        R, seen',
        "This is what happens when users and movies change places: users are the rows of "
        "the table, movies its columns.",
    ),
    Mutant(
        2,
        "    return order[(order != i) & (likeness[order] > 0)][:k]",
        "    return order[likeness[order] > 0][:k]",
        "This is what happens when somebody is counted among his own neighbours: nobody "
        "is more like him than he is.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    return dot(a, a) ** 0.5",
        "    return dot(a, a)",
        "This is what happens when the root is missing: a · a is the square of the length.",
    ),
    Mutant(
        3,
        "    size = np.sqrt(a * b)",
        "    size = np.sqrt(a)",
        "This is what happens when the product is divided by one of the two lengths only: "
        "b has a length too, over the films that a has seen.",
    ),
    Mutant(
        3,
        '    if measure == "whole":',
        '    if measure in ("whole", "cosine"):',
        "This is what happens when the lengths are those of all ratings: for the cosine "
        "over common films only the films that both have rated count.",
    ),
    Mutant(
        3,
        "    mean = sums / np.maximum(counts, 1)",
        "    mean = sums / len(ratings.movies)",
        "This is what happens when holes count as zeros in the mean: divide by how many "
        "films the user has rated, not by how many there are.",
    ),
    Mutant(
        3,
        "    return S * (common / (common + shrink))",
        "    return S * (shrink / (common + shrink))",
        "This is what happens when the shrinkage is upside down: those with little in "
        "common are then trusted most.",
    ),
    # Milestone 4
    Mutant(
        4,
        "(np.bincount(column, minlength=m) + lam_movie)",
        "np.maximum(np.bincount(column, minlength=m), 1)",
        "This is what happens when lam_movie is missing below: a film with one rating of "
        "5 is then the favourite of all.",
    ),
    Mutant(
        4,
        "        return bias, films, surplus - bias",
        "        return bias, films, surplus",
        "This is what happens when a person's own bias stays in the deviations: whoever "
        "is generous seems to love all films, and it counts twice.",
    ),
    Mutant(
        4,
        "        return np.maximum(self.likeness(films), 0) ** 2",
        "        return self.likeness(films) ** 2",
        "This is what happens when a negative likeness is squared: opposites become as "
        "good as friends. Set it to 0 first.",
    ),
    Mutant(
        4,
        "        best = best[~np.isin(best, films)][:n]",
        "        best = best[:n]",
        "This is what happens when films that were rated stay in the list: nobody wants "
        "to be told to see what he has just praised.",
    ),
    Mutant(
        4,
        "    return sum(movie in liked for movie in ranked[:k]) / k",
        "    return sum(movie in liked for movie in ranked[:k]) / len(liked)",
        "This is what happens when the hits are divided by all that is liked: that is "
        "recall. Precision asks how much of the list was good, and divides by k.",
    ),
]
