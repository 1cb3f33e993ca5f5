"""What is claimed of chapter 10, over several seeds."""

import argparse
from collections.abc import Iterator
from itertools import compress

import numpy as np
from harness import Claim

from phase3_probability import spam_filter as sf


def claims() -> Iterator[Claim]:
    """Ten random splits: right, sure, calibrated, and what smuggles a spam through."""
    documents, y = sf.load(argparse.Namespace(raw=False, train_folder=None))
    found: dict[str, list[float]] = {}
    for seed in range(10):
        for what, value in of_a_split(documents, y, np.random.default_rng(seed)):
            found.setdefault(what, []).append(value)
    yield from (Claim(what, values) for what, values in found.items())
    documents, y = sf.load_sets()  # with the words that betray the collector
    tables = [of_all_words(documents, y, np.random.default_rng(s)) for s in range(10)]
    accuracies = [100 * sf.accuracy(table) for table in tables]
    yield Claim("accuracy with the collector's words, too (%)", accuracies)


def of_all_words(
    documents: list[list[str]], y: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """The confusion table of one split."""
    train, test = sf.split_without_leaks(documents, 0.2, rng)
    model = sf.NaiveBayes(fewest=5).fit([documents[i] for i in train], y[train])
    return sf.confusion(y[test], model.predict([documents[i] for i in test]))


def of_a_split(
    documents: list[list[str]], y: np.ndarray, rng: np.random.Generator
) -> Iterator[tuple[str, float]]:
    """What one split gives: name and value."""
    train, test = sf.split_without_leaks(documents, 0.2, rng)
    mails, truth = [documents[i] for i in test], y[test]
    lessons = [documents[i] for i in train], y[train]
    model, worth = sf.learn(*lessons)
    z, known = model.scores(mails), model.known(mails)
    naive, p = sf.probability(z), sf.probability(sf.believed(known, worth) * z)
    table = sf.confusion(truth, z > 0)
    for name, measure in sf.MEASURES.items():
        yield f"{name.lower()} (%)", 100 * measure(table)
    _, right, exact, _ = sf.tradeoff(truth, p).T
    left = 100 * right[exact >= 0.985].max()
    yield "accuracy left by a precision of 98.5 % (%)", left
    yield "worth of the longest mail, in words", worth
    for half, loss in losses_of_half(*lessons).items():
        yield f"log loss on held-out mail, HALF = {half}", loss
    for name, P in (("naive", naive), ("calibrated", p)):
        often, wrong = sf.sure(truth, P)
        yield f"{name}: over 99.9 % sure of (%)", 100 * often
        yield f"{name}: of these wrong (%)", 100 * wrong
        yield f"{name}: log loss", sf.log_loss(truth, P)
        yield f"{name}: Brier score", sf.brier(truth, P)
    caught = (z > 0) & (truth == 1)
    spams = list(compress(mails, caught))
    after = sf.attacked(model, spams, sf.good_words(model.weights_))
    needed = [len(a) - len(b) for a, b in zip(after, spams)]
    yield "good words that smuggle a spam through (median)", float(np.median(needed))
    near = nearest(mails, [documents[i] for i in train]) > 0.8
    yield "test mails with a near copy to learn from (%)", 100 * near.mean()
    wrong = (z > 0) != truth
    yield "accuracy on mails with a near copy (%)", 100 * (1 - wrong[near].mean())
    yield "accuracy on mails without (%)", 100 * (1 - wrong[~near].mean())


def losses_of_half(documents: list[list[str]], y: np.ndarray) -> dict[int, float]:
    """The log loss on held-out mail, calibrated as if HALF were another number."""
    z, known = sf.held_out(sf.NaiveBayes(fewest=5), documents, y)
    usual, losses = sf.HALF, {}
    for half in (5, 10, 20, 40, 80):
        sf.HALF = half
        p = sf.probability(sf.believed(known, sf.calibrate(z, known, y)) * z)
        losses[half] = sf.log_loss(y, p)
    sf.HALF = usual
    return losses


def nearest(mails: list[list[str]], others: list[list[str]]) -> np.ndarray:
    """The share of words, of both together, that each mail has in common with one."""
    holds: dict[str, list[int]] = {}
    for i, words in enumerate(others):
        for word in words:
            holds.setdefault(word, []).append(i)
    sizes, best = np.array([len(words) for words in others]), []
    for words in mails:
        rows = [i for word in words for i in holds.get(word, [])]
        common = np.bincount(rows, minlength=len(others)) if rows else 0 * sizes
        best.append((common / (sizes + len(words) - common + 1e-9)).max())
    return np.array(best)
