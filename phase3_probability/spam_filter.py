"""Chapter 10. Spam filter: words are evidence, and evidence adds up.

Is this mail spam? No single word can tell: "free" stands in 44 % of the spams, but in
11 % of the good mails too. So it is evidence, of a strength that can be counted. Bayes'
theorem says how belief changes when evidence comes in. If words came independently of
each other (they do not: that is the "naive" in naive Bayes), their strengths would
multiply, and their logarithms simply add up:

    P(spam | word) = P(word | spam) P(spam) / P(word)

    log-odds(spam | mail) = ln P(spam)/P(ham) + Σ ln P(word | spam)/P(word | ham)

    P(word | class) = (c + α) / (Σ c + α V)        c mails of the class hold the word

You will see a filter learn from 4,582 mails of the year 2002 and judge 1,145 others,
97.8 ± 0.5 % of them rightly (40 splits). Each verdict comes with its evidence, word
by word. It is over-sure, "99.9 %" of nine mails in ten, until mails that were held back
teach it modesty; it says UNSURE where a mistake would cost more than a look; and the
attack shows how few good words smuggle a spam through.

    python phase3_probability/spam_filter.py
    python phase3_probability/spam_filter.py --classify mail.eml
    python phase3_probability/spam_filter.py --train-folder DIR
    python phase3_probability/spam_filter.py --attack

Names
    documents   n lists of words, one a mail; only which words it holds counts
    y, y_hat    (n,)  true and stated class: 1 is spam, 0 is ham (good mail)
    c, V        how many mails of a class hold a word; how many words are known
    weights     {word: ln P(word | spam)/P(word | ham)}: above 0 speaks for spam
    z, known    (n,)  log-odds of spam, all evidence added; how many known words
    p           (n,)  P(spam)

What this leaves out: the order of words, senders, links, pictures: filters of today
lean on those. Mails that are nearly copies may stand on both sides of the split.

Source: Manning, Raghavan and Schütze, "Introduction to Information Retrieval", ch. 13.
"""

import argparse
import email
import gzip
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from email import policy
from html.parser import HTMLParser
from itertools import chain, compress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from common import console, data, figures

Axes = Any  # of matplotlib, which is imported late
Documents = Sequence[Sequence[str]]
Weights = Mapping[str, float]
Mails = tuple[list[list[str]], np.ndarray]  # their words; 1 for each that is spam

# By this rule the word sets of data/spam were cut, so all mail is cut by it: a letter,
# then letters or ' $ ! -, at the end a letter or !, 3 to 20 signs together.
WORD = re.compile(r"[a-z][a-z'$!-]{1,18}[a-z!]")

# Words that betray who collected the mails, not whether they are spam: the lists that
# nearly all the good mail came through, the addresses that the spam was sent to, and
# what was written over both. A filter that learns them looks good on these mails only.
COLLECTOR = re.compile(
    "deathtospam|spamassassin|sightin|razor|exmh|ilug|iiu|zzzz|yyyy|satalk|sadev"
    "|rpm-list|freshrpms|spambayes|jmason|webmake|sitescooper|forteana"
)

# Words: so long a mail is worth half of what the longest is. Of 5, 10, 20, 40 and 80
# this gives the lowest log loss on mails held out (benchmarks/claims_spam_filter.py).
HALF = 20
FOLDS = 5
BINS = (0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1)  # of the reliability curve
LIMIT = 2_000_000  # bytes: so much of a mail is read
EXAMPLE = "FREE MONEY!!! Click here to claim your prize!!!"


# --------------------------------------------------------------------------
# Milestone 1: how often a word stands in spam, and in good mail


def is_address(text: str) -> bool:
    """Whether a text holds an e-mail or web address: an "@", a "://" or a "www."."""
    return "@" in text or "://" in text or "www." in text


def tokens(text: str) -> list[str]:
    """The words of a text as they come, in small letters, without addresses.

    >>> tokens("Win FREE money!!! Write to me@home.org")
    ['win', 'free', 'money!!!', 'write']
    """
    text = text.lower()
    if is_address(text):  # fast: most texts hold none, and need not be taken apart
        text = " ".join(part for part in text.split() if not is_address(part))
    return WORD.findall(text)


def count_words(documents: Iterable[Iterable[str]]) -> Counter[str]:
    """How many documents hold each word; one that says it ten times counts once."""
    return Counter(chain.from_iterable(map(set, documents)))


def likelihoods(counts: Mapping[str, int], n: int) -> dict[str, float]:
    """The share of a class's n mails that hold each word: P(word | class) = c / n.

    ValueError if there are no mails: then there is nothing to take a share of.
    """
    if n < 1:
        raise ValueError("no mails of this class: nothing has a share in them")
    return {word: count / n for word, count in counts.items()}


# --------------------------------------------------------------------------
# Milestone 2: Bayes' theorem turns shares into belief


def posterior(prior: float, likelihood_spam: float, likelihood_ham: float) -> float:
    """P(spam | evidence), from P(spam) and how likely the evidence is in each class.

        P(spam | e) = P(e | spam) P(spam) / (P(e | spam) P(spam) + P(e | ham) P(ham))

    Of all mails that show the evidence, the share that is spam. ValueError if the
    evidence comes in neither class.
    """
    spam, ham = likelihood_spam * prior, likelihood_ham * (1 - prior)
    if not spam + ham > 0:
        raise ValueError("such evidence never comes, so no share of it is spam")
    return float(spam / (spam + ham))


def posterior_loop(
    words: Iterable[str], prior: float, spam: Weights, ham: Weights
) -> float:
    """P(spam | words), word after word: each posterior is the next word's prior.

    `spam` and `ham` hold P(word | class) of every word. Read this one, run `score`:
    here P soon is 1 to the last digit, and then no word can move it any more.
    """
    p = prior
    for word in words:
        p = posterior(p, spam[word], ham[word])
    return p


def logit(p: float) -> float:
    """The log-odds ln p / (1 − p): 0 for ½, above it for more; ±∞ for 1 and 0."""
    if 0 < p < 1:
        return math.log(p / (1 - p))
    return math.inf if p >= 1 else -math.inf


def probability(z: np.ndarray | float) -> Any:
    """P of log-odds z, 1 / (1 + e⁻ᶻ), entry by entry; the inverse of `logit`."""
    small = np.exp(-np.abs(z))  # subtle: of z = −1000, e⁻ᶻ itself would overflow
    p = np.where(np.asarray(z) >= 0, 1 / (1 + small), small / (1 + small))
    return p if np.ndim(z) else float(p)


def log_odds(words: Iterable[str], spam: Weights, ham: Weights) -> dict[str, float]:
    """The evidence of each word: ln P(word | spam) / P(word | ham), above 0 for spam.

    `spam` and `ham` hold P(word | class); words that are not in both are left out.
    """
    both = [word for word in dict.fromkeys(words) if word in spam and word in ham]
    return {word: math.log(spam[word] / ham[word]) for word in both}


# --------------------------------------------------------------------------
# Milestone 3: words never seen before, and sums in place of products


def smooth(counts: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """P(word | class) of every word, none of them 0: counts (V,) -> (V,), sum 1.

        P = (c + α) / (Σ c + α V)

    As if α more mails had held each word. ValueError unless α > 0.
    """
    if not alpha > 0:
        raise ValueError(f"alpha = {alpha}, but only above 0 is no word impossible")
    counts = np.asarray(counts, dtype=float)
    return (counts + alpha) / (counts.sum() + alpha * len(counts))


def weigh(
    spam: Mapping[str, int], ham: Mapping[str, int], alpha: float = 1.0, fewest: int = 1
) -> dict[str, float]:
    """The weight ln P(word | spam) / P(word | ham) of every word, from two counts.

    Both are smoothed over the same words: all that at least `fewest` mails hold.
    """
    both = list(spam.keys() | ham.keys())
    counts = np.array([[c.get(word, 0) for word in both] for c in (spam, ham)])
    kept = counts.sum(axis=0) >= fewest
    P, Q = (smooth(c[kept], alpha) for c in counts)
    return dict(zip(compress(both, kept), (np.log(P) - np.log(Q)).tolist()))


def score(document: Iterable[str], prior: float, weights: Weights) -> float:
    """Log-odds of spam: ln P(spam)/P(ham), plus the weights of the distinct words.

    A word that is not among the weights was never seen: it says nothing, 0.
    """
    known = weights.keys() & document  # a set: each word once
    return logit(prior) + sum(map(weights.__getitem__, known))


# --------------------------------------------------------------------------
# Milestone 4: judged on new mail, and as sure as it should be


class NaiveBayes:
    """The filter: `NaiveBayes().fit(documents, labels).predict(documents)`.

    Documents are lists of words, label 1 is spam. Words that fewer than `fewest` mails
    hold are not learnt. After fit: prior_, P(spam); weights_, {word: log ratio}; and,
    ham first, counts_, how many mails hold each word, and sizes_, how many there are.
    It is scikit-learn's MultinomialNB on tables of 0 and 1.
    """

    def __init__(self, alpha: float = 1.0, fewest: int = 1):  # given
        self.alpha, self.fewest = alpha, fewest

    def fit(
        self, documents: Documents, labels: Sequence[int] | np.ndarray
    ) -> "NaiveBayes":
        """Count, smooth, take logarithms.

        ValueError unless both classes are there, and a label for each document.
        """
        y = np.asarray(labels).astype(bool)
        if len(y) != len(documents) or y.all() or not y.any():
            raise ValueError("give a label for each mail, and both spam and ham")
        rows = [np.flatnonzero(part).tolist() for part in (~y, y)]
        ham, spam = (count_words(documents[i] for i in part) for part in rows)
        self.counts_, self.sizes_ = [ham, spam], [len(part) for part in rows]
        self.prior_ = float(y.mean())
        self.weights_ = weigh(spam, ham, self.alpha, self.fewest)
        return self

    def scores(self, documents: Documents) -> np.ndarray:
        """Log-odds of spam of each mail, all its evidence added up: -> (n,)."""
        return np.array([score(d, self.prior_, self.weights_) for d in documents])

    def known(self, documents: Documents) -> np.ndarray:
        """How many distinct words of each mail have a weight: -> (n,)."""
        return np.array([len(self.weights_.keys() & d) for d in documents])

    def predict(self, documents: Documents) -> np.ndarray:
        """Whether each mail is rather spam than not: -> (n,) of bool."""
        return self.scores(documents) > 0

    def predict_proba(self, documents: Documents) -> np.ndarray:
        """P(spam) of each mail, as if words were independent: -> (n,)."""
        return probability(self.scores(documents))

    def log_odds(self, words: Iterable[str]) -> dict[str, float]:
        """The weights of the distinct words that have one, in the order they come."""
        known = (word for word in dict.fromkeys(words) if word in self.weights_)
        return {word: self.weights_[word] for word in known}


def split_without_leaks(
    documents: Documents, test_fraction: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers to train on and to test on, at random; of equal mails one only.

    The same letter goes to thousands. With a copy of it among the training mails the
    test would ask for what was learnt by heart.
    """
    first: dict[frozenset[str], int] = {}
    for i, document in enumerate(documents):
        first.setdefault(frozenset(document), i)
    order = rng.permutation(list(first.values()))
    cut = round(len(order) * test_fraction)
    return order[cut:], order[:cut]


def confusion(y: np.ndarray, y_hat: np.ndarray) -> np.ndarray:
    """How many mails of class i were called j: -> (2, 2); rows are the truth."""
    pairs = 2 * np.asarray(y).astype(int) + np.asarray(y_hat).astype(int)
    return np.bincount(pairs, minlength=4).reshape(2, 2)


def accuracy(table: np.ndarray) -> float:
    """The share of all mails that were called what they are; nan without mails."""
    total = np.sum(table)
    return float(np.trace(table) / total) if total else math.nan


def precision(table: np.ndarray) -> float:
    """Of the mails called spam, the share that is; nan if none was called so."""
    called = table[0, 1] + table[1, 1]
    return float(table[1, 1] / called) if called else math.nan


def recall(table: np.ndarray) -> float:
    """Of the spams, the share that was called so; nan if there was none."""
    spams = table[1, 0] + table[1, 1]
    return float(table[1, 1] / spams) if spams else math.nan


def log_loss(y: np.ndarray, p: np.ndarray) -> float:
    """Mean of −ln P(what was true): 0 if sure and right, large if sure and wrong.

    P is kept 1e-15 away from 0, or one sure mistake would cost ∞.
    """
    said = np.where(np.asarray(y) == 1, p, 1 - np.asarray(p))
    return float(-np.log(np.clip(said, 1e-15, 1)).mean())


def brier(y: np.ndarray, p: np.ndarray) -> float:
    """Mean of (P − y)²: 0 is perfect, ¼ is what "50 %" of everything gets."""
    return float(np.mean((np.asarray(p) - y) ** 2))


def reliability(
    y: np.ndarray, p: np.ndarray, bins: Sequence[float] = BINS
) -> np.ndarray:
    """For each bin that has mails: mean P stated, share that is spam, how many.

    Where promises are kept the first two are alike. y, p (n,) -> (m, 3).
    """
    place = np.clip(np.digitize(p, bins) - 1, 0, len(bins) - 2)
    parts = [place == i for i in np.unique(place)]
    return np.array([[p[part].mean(), y[part].mean(), part.sum()] for part in parts])


def held_out(
    model: NaiveBayes, documents: Documents, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds and known words of each mail, by a filter that has not seen it.

    A new one, with the alpha and fewest of `model`, learns from four fifths and scores
    the rest, and so for each fifth in turn. The mails are dealt to the fifths like
    cards, first all hams, then all spams: so each fifth has its share of both.
    """
    n = len(documents)
    z, known, fold = np.zeros(n), np.zeros(n), np.zeros(n, int)
    fold[np.argsort(y, kind="stable")] = np.arange(n) % FOLDS
    for k in range(FOLDS):
        train, part = list(compress(documents, fold != k)), fold == k
        other = NaiveBayes(model.alpha, model.fewest).fit(train, y[fold != k])
        some = list(compress(documents, part))
        z[part], known[part] = other.scores(some), other.known(some)
    return z, known


def believed(known: np.ndarray | float, worth: float) -> Any:
    """The share of its evidence to believe, of a mail with so many known words.

        worth / (known + HALF)

    Words repeat each other: who says "mortgage" says "rates" too. So n words are worth
    worth · n / (n + HALF) independent ones, and never more than `worth`.
    """
    return worth / (known + HALF)


def slope(
    z: np.ndarray, known: np.ndarray, y: np.ndarray, worth: float
) -> tuple[float, float]:
    """The first and the second derivative of the log loss by `worth`.

        p = probability(worth · x)              L' = mean of (p − y) x
        x = z / (known + HALF)                  L" = mean of p (1 − p) x²

    Of one spam L = −ln p. The slope of `probability` is p (1 − p), so that of L is
    −(1 − p) = p − y; of a ham, L = −ln(1 − p), it is p = p − y as well. The factor x is
    the chain rule's.
    """
    x = z * believed(known, 1.0)
    p = probability(worth * x)
    return float(((p - y) * x).mean()), float((p * (1 - p) * x**2).mean())


def calibrate(z: np.ndarray, known: np.ndarray, y: np.ndarray) -> float:
    """The `worth` with the lowest log loss on held-out mail, by Newton's method.

    The loss is a valley with one bottom: go where a parabola with this slope and this
    bend has its own, but at most to half or to double. The largest worth is HALF: then
    all the evidence of the shortest mails is believed.
    """
    worth = 1.0
    for _ in range(50):
        down, bend = slope(z, known, y, worth)
        step = down / max(bend, 1e-12)
        after = float(np.clip(worth - step, worth / 2, min(2 * worth, HALF)))
        if abs(after - worth) < 1e-9:
            break
        worth = after
    return worth


def threshold(cost: float) -> float:
    """The P(spam) above which "spam" is the cheaper word: cost / (1 + cost).

    A good mail lost is as bad as `cost` spams let through. To call it spam then costs
    (1 − P) · cost on average, to let it through P; here they are equal.
    """
    return cost / (1 + cost)


def verdicts(p: np.ndarray | float, cost: float, look: float) -> np.ndarray:
    """HAM, UNSURE or SPAM, whichever costs least on average: an array of words.

    P if it is let through, (1 − P) · cost if thrown away, `look` if you look yourself.
    """
    p = np.asarray(p, dtype=float)
    costs = np.array([p, np.full_like(p, look), (1 - p) * cost])  # (3, …)
    return np.array(["HAM", "UNSURE", "SPAM"])[costs.argmin(axis=0)]


def tradeoff(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Every threshold t, and the accuracy, precision and recall it gives: -> (m, 4).

    A row for each distinct p, the largest first; what has p >= t is called spam.
    """
    order = np.argsort(-p, kind="stable")
    t, truth = p[order], np.asarray(y)[order] == 1
    called = np.flatnonzero(np.append(t[1:] != t[:-1], True)) + 1  # equal p together
    hits = np.cumsum(truth)[called - 1]
    right = hits + (~truth).sum() - (called - hits)
    shares = right / len(y), hits / called, hits / max(truth.sum(), 1)
    return np.column_stack([t[called - 1], *shares])


def good_words(weights: Weights) -> list[str]:
    """The words that speak for ham, the strongest first."""
    return sorted((w for w in weights if weights[w] < 0), key=lambda w: (weights[w], w))


def smuggle(
    document: Iterable[str], z: float, weights: Weights, good: Iterable[str]
) -> list[str]:
    """The good words, in the order given, that turn a mail with log-odds z to ham.

    Words that it holds already would not count twice: they are passed over.
    """
    held, added = set(document), []
    for word in good:
        if z <= 0:
            break
        if word not in held:
            held.add(word)
            added.append(word)
            z += weights.get(word, 0.0)
    return added


def attacked(
    model: NaiveBayes, documents: Documents, good: Sequence[str]
) -> list[list[str]]:
    """The documents, each with the good words that smuggle it past this filter."""
    pairs = zip(documents, model.scores(documents))
    return [[*d, *smuggle(d, z, model.weights_, good)] for d, z in pairs]


# --------------------------------------------------------------------------
# The picture


class State(NamedTuple):
    """What the prompt works on."""

    model: NaiveBayes
    worth: float  # of so many independent words is the longest mail
    cost: float  # of a good mail lost, in spams let through
    look: float  # of a look at an unsure mail, likewise
    words: Sequence[str] = ()  # of the last mail
    pasted: tuple[str, ...] | None = None  # lines of a mail that is still being pasted


class Verdict(NamedTuple):
    """What is said of a mail."""

    z: float  # log-odds, were words independent
    known: int  # words
    share: float  # of z that is believed
    p: float  # P(spam)
    word: str  # HAM, UNSURE or SPAM


def judge(state: State) -> Verdict:
    """Score the last mail, discount, decide."""
    z = score(state.words, state.model.prior_, state.model.weights_)
    known = len(state.model.log_odds(state.words))
    share = believed(known, state.worth)
    p = probability(share * z)
    word = str(verdicts(p, state.cost, state.look)) if known else "UNSURE"
    return Verdict(z, known, share, p, word)


def ledger(state: State, most: int) -> list[tuple[str, float]]:
    """The terms of the last mail's log-odds: prior, strongest words, all others."""
    odds = state.model.log_odds(state.words)
    most += len(odds) == most + 1  # a single other word has its own line
    order = sorted(odds, key=lambda word: (-abs(odds[word]), word))
    rows = [("before a word is read", logit(state.model.prior_))]
    rows += [(word, odds[word]) for word in order[:most]]
    if rest := order[most:]:
        rows.append((f"{len(rest)} weaker words", sum(odds[word] for word in rest)))
    return rows


def percent(share: float) -> str:
    """A share in percent, or that there is none."""
    return "none" if math.isnan(share) else f"{100 * share:.1f}%"


def chance(p: float) -> str:
    """A probability in percent, never 0 and never 100."""
    return percent(min(max(p, 0.001), 0.999))


def draw_ledger(ax: Axes, state: State) -> None:
    """A bar for each term of the last mail: left speaks for ham, right for spam."""
    ax.clear()
    head = "" if state.words else f"“{EXAMPLE}”\n"
    state = state if state.words else state._replace(words=tokens(EXAMPLE))
    found, rows = judge(state), ledger(state, 12)[::-1]
    values = np.array([value for _, value in rows])
    inks = [figures.COLOURS[int(value > 0)] for value in values]
    ax.barh([name for name, _ in rows], values, color=inks, height=0.7)
    for i, value in enumerate(values):
        place, side = (4, "left") if value > 0 else (-4, "right")
        ax.annotate(f"{value:+.2f}", (value, i), (place, 0), fontsize=9, ha=side,
                    va="center", textcoords="offset points")  # fmt: skip
    ax.axvline(0, color=figures.INK, lw=1)
    ax.margins(x=0.12)
    ax.set_ylim(len(rows) - 8.6 if len(rows) < 8 else -0.6, len(rows) - 0.4)
    sums = f"the evidence adds up to {found.z:+.1f}, {found.share:.0%} is believed"
    title = f"{head}{found.word}, P(spam) = {chance(found.p)}:\n{sums}"
    ax.set_title(title if found.known else "None of its words is known", fontsize=11)
    ax.set_xlabel("← speaks for ham      log-odds      speaks for spam →")
    ax.grid(axis="y", visible=False)


def sure(y: np.ndarray, p: np.ndarray) -> tuple[float, float]:
    """Of how many mails P is over 99.9 % sure, and in how many of these it is wrong."""
    said, wrong = np.maximum(p, 1 - p) > 0.999, (p > 0.5) != y
    return float(said.mean()), float(wrong[said].mean()) if said.any() else 0.0


def draw_reliability(ax: Axes, y: np.ndarray, naive: np.ndarray, p: np.ndarray) -> None:
    """What was stated against what came true, before and after calibration."""
    ax.plot([0, 100], [0, 100], color=figures.MUTED, lw=1, ls=":")
    wrong = []
    for name, P, ink, mark in (("naive", naive, 1, "s"), ("calibrated", p, 0, "o")):
        said, spam, count = reliability(y, P).T * [[100], [100], [1]]
        colour = figures.COLOURS[ink]
        ax.plot(said, spam, "-" + mark, ms=4, color=colour, label=name)
        ax.scatter(said, spam, 0.4 * count, color=colour, marker=mark, alpha=0.4)
        wrong.append(f"{name} {sure(y, P)[1]:.2%}")
    ax.set_title(f"Over 99.9 % sure, and wrong:\n{', '.join(wrong)}", fontsize=11)
    ax.set(xlabel="P(spam) that was stated, %", ylabel="of these were spam, %")
    ax.legend(loc="upper left")


def draw_tradeoff(ax: Axes, y: np.ndarray, p: np.ndarray, cost: float) -> None:
    """Accuracy against precision, threshold by threshold, and where costs lead to."""
    _, right, exact, found = 100 * tradeoff(y, p).T
    some = (exact > 80) & (found > 40)
    ax.plot(exact[some], right[some], color=figures.COLOURS[2], lw=2)
    for each in dict.fromkeys([1.0, cost]):
        table = confusion(y, p > threshold(each))
        place = 100 * precision(table), 100 * accuracy(table)
        ax.plot(*place, "D" if each == cost else "o", ms=9, color=figures.COLOURS[1])
        ax.annotate(f"cost {each:g}", place, (-12, -4), textcoords="offset points",
                    ha="right", va="top")  # fmt: skip
    ax.set(xlabel="precision: of what is called spam, %", ylabel="accuracy: of all, %")
    lost = 1000 * ((p > threshold(cost)) & (y == 0)).mean()
    title = f"A lost mail costs {cost:g}, a spam 1:\n{lost:.0f} of 1,000 mails are lost"
    ax.set_title(title, fontsize=11)


def draw_attack(ax: Axes, needed: dict[str, np.ndarray]) -> None:
    """The share of caught spams that get through, as good words are added."""
    every = np.concatenate(list(needed.values()))
    most = int(np.quantile(every[np.isfinite(every)], 0.9)) + 1
    for colour, (name, counts) in zip(figures.COLOURS, needed.items()):
        through = [100 * (counts <= n).mean() for n in range(most + 1)]
        ax.step(range(most + 1), through, where="post", color=colour, lw=2)
        middle = min(float(np.median(counts)), most)
        ax.plot(middle, 50, "o", ms=8, color=colour)
        ax.annotate(f"{name}: {middle:g} words", (middle, 50), (10, -6), color=colour,
                    textcoords="offset points", va="top")  # fmt: skip
    ax.set(xlabel="good words added", ylabel="of caught spams get through, %")
    ax.set(ylim=(0, 102), xlim=(0, most))
    half = np.median(next(iter(needed.values())))
    ax.set_title(f"{half:g} good words smuggle half of the spams through")


# --------------------------------------------------------------------------
# The command line


MEASURES = {"Accuracy": accuracy, "Precision": precision, "Recall": recall}


class Page(HTMLParser):
    """What a reader sees of a web page: its text, without tags, scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.hidden = ""
        # fast: over what is opened and never closed the parser would take hours
        page, *comments = page[: LIMIT // 8].split("<!--")
        page += " ".join(comment.partition("-->")[2] for comment in comments)
        page, *tags = page.split("<")
        page += "".join(("<" if ">" in tag else " ") + tag for tag in tags)
        try:
            self.feed(page)
            self.close()
        except AssertionError:  # so some Pythons end at "<![x"; keep what came before
            pass

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """What a script or a style holds is not seen."""
        self.hidden = tag if tag in ("script", "style") else self.hidden

    def handle_endtag(self, tag: str) -> None:
        """What comes after it is."""
        self.hidden = "" if tag == self.hidden else self.hidden

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        self.seen += [] if self.hidden else [data]


class ShortHeaders(policy.EmailPolicy):
    """How mail is read: as usual, but only so much of a header that nothing hangs."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """What a header says."""
        return super().header_fetch_parse(name, value[:2000])


def mail_text(raw: bytes) -> str:
    """Subject and text of a mail, its web page only if there is no plain text.

    Attachments and pictures are left out. It is the rule of data/README.
    """
    message = email.message_from_bytes(raw, policy=ShortHeaders())
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    for part in message.walk():
        kind, attached = part.get_content_type(), part.get_content_disposition()
        if kind not in texts or attached == "attachment":
            continue
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        try:
            text = content.decode(part.get_content_charset() or "utf-8", "replace")
        except (LookupError, ValueError):  # a character set that nobody knows
            text = content.decode("utf-8", "replace")
        texts[kind].append(text if kind == "text/plain" else " ".join(Page(text).seen))
    plain, page = map("\n".join, texts.values())
    return f"{message.get('subject', '')}\n{plain if plain.strip() else page}"


def read_mail(path: Path) -> list[str]:
    """The words of a mail in a file; ValueError if it is empty, or no mail."""
    if path.is_dir():
        raise ValueError(f"{path}: this is a folder; give the file of a mail")
    with path.open("rb") as file:
        raw = file.read(LIMIT)  # of a mail of 50 MB all else is attachments
    if not raw.strip():
        raise ValueError(f"{path}: the message is empty")
    if b"\0" in raw:
        raise ValueError(f"{path}: this is a binary file, not a mail")
    try:
        return tokens(mail_text(raw))
    except RecursionError:
        raise ValueError(f"{path}: mails within mails, too deep to read") from None


def load_sets() -> Mails:
    """The word sets of data/spam."""
    with gzip.open(data.find("spam/words.jsonl.gz"), "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    documents = [row["words"] for row in rows]
    return documents, np.array([int(row["label"] == "spam") for row in rows])


def load_folder(folder: Path) -> Mails:
    """The mails in spam/ and ham/ of a folder; says which could not be read."""
    from tqdm import tqdm

    documents, labels, bad = [], [], []
    for label, name in enumerate(("ham", "spam")):
        if not (folder / name).is_dir():
            missing = f"{folder}: there must be a folder {name}/"
            raise ValueError(f"{missing} with mails in it")
        files = sorted(f for f in (folder / name).rglob("[!.]*") if f.is_file())
        for file in tqdm(files, desc=name, disable=None):
            try:
                documents.append(read_mail(file))
                labels.append(label)
            except ValueError as error:
                bad.append(str(error))
    if bad:
        print(f"Left out: {bad[0]}" + f", and {len(bad) - 1} more" * (len(bad) > 1))
    return documents, np.array(labels)


def load(options: argparse.Namespace) -> Mails:
    """The mails to learn from; ValueError if there are too few of a kind."""
    folder = data.fetch("spam-mails") if options.raw else options.train_folder
    documents, y = load_folder(folder) if folder else load_sets()
    if not options.train_folder:
        words = set(chain.from_iterable(documents))
        bad = set(filter(COLLECTOR.search, words))
        documents = [[word for word in d if word not in bad] for d in documents]
    ham, spam = ({frozenset(d) for d in compress(documents, y == k)} for k in (0, 1))
    for name, kind in (("ham", ham - spam), ("spam", spam - ham)):
        if len(kind) < 4 * FOLDS:
            few = f"{folder}: {len(kind)} different mails in {name}/"
            raise ValueError(f"{few}, and {4 * FOLDS} at least are needed")
    both = ham & spam  # mails that are called spam here and ham there
    clear = [frozenset(d) not in both for d in documents]
    return list(compress(documents, clear)), y[clear]


def learn(documents: Documents, y: np.ndarray) -> tuple[NaiveBayes, float]:
    """The filter, and the worth of the longest mail in words."""
    fewest = min(5, 1 + len(documents) // 200)  # of few mails learn rare words too
    model = NaiveBayes(fewest=fewest).fit(documents, y)
    return model, calibrate(*held_out(model, documents, y), y)


def print_learned(model: NaiveBayes) -> None:
    """P(word | class) of two words, as share of mails and as the model has it."""
    print(f"\nLearned probabilities:\n  P(spam) = {model.prior_:.2f}")
    words = list(model.weights_)
    for word in ("free", "meeting"):
        for label, name in ((1, "spam"), (0, "ham")):
            counts = model.counts_[label]
            share = likelihoods(counts, model.sizes_[label]).get(word, 0.0)
            line = f'  P("{word}" | {name}) = {share:.2f}'
            if word in model.weights_:
                used = smooth(np.array([counts[w] for w in words]), model.alpha)
                line = f"{line:31} model: {used[words.index(word)]:.5f}"
            print(line)
    print("  (the share of mails with the word; model: its share of words, smoothed)")


def print_test(y: np.ndarray, naive: np.ndarray, p: np.ndarray, state: State) -> None:
    """How often it is right, how sure it is, and what follows from the costs."""
    table, cost, look = confusion(y, naive > 0.5), state.cost, state.look
    for name, measure in MEASURES.items():
        print(f"{name}: {percent(measure(table))}")
    print()
    rows = [("ham", *table[0]), ("spam", *table[1])]
    print(console.table(["", "called ham", "called spam"], rows), end="\n\n")
    both = [(log_loss(y, P), brier(y, P), *sure(y, P)) for P in (naive, p)]
    heads = "log loss", "Brier score", "over 99.9 % sure of", "of these wrong"
    forms = "{:.3f}", "{:.4f}", "{:.1%}", "{:.2%}"
    rows = [(h, f.format(a), f.format(b)) for h, f, a, b in zip(heads, forms, *both)]
    print(console.table(["How sure?", "naive", "calibrated"], rows))
    table = confusion(y, p > threshold(cost))
    print(f"\nWhere a good mail lost costs {cost:g}, a spam let through 1 (--cost):")
    shares = percent(accuracy(table)), percent(precision(table))
    print(f"  spam is what has P above {percent(threshold(cost))}: accuracy "
          "{}, precision {}".format(*shares))  # fmt: skip
    _, accuracies, precisions, _ = tradeoff(y, p).T
    if (precisions >= 0.985).any():
        best = percent(accuracies[precisions >= 0.985].max())
        print(f"  a precision of 98.5% would leave an accuracy of {best} at most")
    words = verdicts(p, cost, look)
    if (words == "UNSURE").any():
        clear = words != "UNSURE"
        table = confusion(y[clear], words[clear] == "SPAM")
        ends = f"{percent(look)} to {percent(1 - look / cost)}"
        print(f"  UNSURE from {ends} (--look {look:g}): {percent(1 - clear.mean())}")
        print(f"  of the others {percent(accuracy(table))} are rightly judged")


def show_verdict(state: State) -> str:
    """What is said of the last mail."""
    found = judge(state)
    if not found.known:
        return "I know none of these words: unsure"
    how = f"confidence: {chance(max(found.p, 1 - found.p))}"
    if found.word == "UNSURE":
        how = f"P(spam) = {chance(found.p)}: look yourself"
    return f"Classification: {found.word} ({how})"


def show_why(state: State) -> str:
    """The ledger of the last mail, rounded so that it adds up as it is printed."""
    found, rows = judge(state), ledger(state, 10)
    sums = np.cumsum([0.0, *(value for _, value in rows)]).round(2)
    steps = np.diff(sums) + 0  # subtle: + 0 makes 0 of −0
    lines = [f"  {step:+.2f}  {name}" for (name, _), step in zip(rows, steps)]
    lines.append(f"= {sums[-1]:+.2f}  log-odds of spam, were the words independent")
    why = f"x {found.share:.2f}, the part believed (known words: {found.known})"
    lines.append(f"= {found.share * found.z:+.2f}  {why}: P(spam) = {chance(found.p)}")
    return "\n".join(lines)


def show_attack(state: State) -> str:
    """The good words with which the last mail would be ham rather than spam."""
    z, weights = judge(state).z, state.model.weights_
    added = smuggle(state.words, z, weights, good_words(weights))
    if not added or z + sum(weights[word] for word in added) > 0:
        return "No good word is needed" if z <= 0 else "Not even all good words do it"
    return f"With {len(added)} more it is rather ham: {' '.join(added)}"


HELP = """\
why      the evidence for the last verdict, word by word
attack   the good words that would smuggle this mail through
paste    for a mail of several lines; a line of one dot ends it
quit     the end
Anything else is a mail: type it, and I say what I think of it."""


def run_command(state: State, line: str) -> tuple[State, str]:
    """Do what a line says if it is just one of four words; else it is a mail."""
    verb = line.strip().lower()
    if state.pasted is not None and verb != ".":
        return state._replace(pasted=(*state.pasted, line)), ""
    if state.pasted is not None:
        line, state = "\n".join(state.pasted), state._replace(pasted=None)
    elif verb == "help":
        return state, HELP
    elif verb == "paste":
        return state._replace(pasted=()), "The mail, please; a line of one dot ends it."
    elif verb in ("why", "attack"):
        if not state.words:
            raise ValueError(f"type a mail first, then {verb!r}")
        return state, show_why(state) if verb == "why" else show_attack(state)
    state = state._replace(words=tokens(line))
    return state, show_verdict(state)


def print_splits(documents: Documents, y: np.ndarray, seeds: Sequence[int]) -> None:
    """Accuracy, precision and recall over several random splits."""
    from tqdm import tqdm

    tables = []
    for seed in tqdm(seeds, disable=None):
        train, test = split_without_leaks(documents, 0.2, np.random.default_rng(seed))
        model = NaiveBayes(fewest=5).fit([documents[i] for i in train], y[train])
        tables.append(confusion(y[test], model.predict([documents[i] for i in test])))
    print(f"{len(seeds)} splits, mean ± standard deviation")
    for name, measure in MEASURES.items():
        values = [measure(table) for table in tables]
        print(f"{name}: {percent(float(np.mean(values)))} ± {100 * np.std(values):.1f}")


def attack(model: NaiveBayes, train: Mails, test: Mails) -> dict[str, np.ndarray]:
    """How many words it takes to smuggle each caught spam through; prints that."""
    spams = list(compress(test[0], model.predict(test[0]) & (test[1] == 1)))
    if not spams:
        raise ValueError("none of the spams to test on is caught: nothing to smuggle")
    ways = {"knows the filter": good_words(model.weights_)}
    usual = model.counts_[0].most_common()
    ways["knows ham's usual words"] = [word for word, _ in usual]

    needed, rows = {}, []
    for who, good in ways.items():
        after = attacked(model, spams, good)
        count = [len(a) - len(b) for a, b in zip(after, spams)]
        needed[who] = np.where(model.predict(after), np.inf, count)
        quantiles = np.quantile(needed[who], (0.5, 0.1, 0.9), method="higher")
        rows.append([f"who {who}", *map("{:.0f}".format, quantiles)])
    print(f"\nGood words that smuggle each of {len(spams)} caught spams through:\n")
    print(console.table(["", "median", "10 % need", "90 % need"], rows), end="\n\n")
    for who, good in ways.items():
        print(f"{who}: {' '.join(good[:8])} ...")
    good = ways["knows the filter"]
    bad = attacked(model, list(compress(train[0], train[1] == 1)), good)
    mails = bad + list(compress(train[0], train[1] == 0))
    wiser = NaiveBayes(model.alpha, model.fewest)
    wiser.fit(mails, [1] * len(bad) + [0] * (len(mails) - len(bad)))
    through = 1 - wiser.predict(attacked(model, spams, good)).mean()
    old, new = (recall(confusion(test[1], m.predict(test[0]))) for m in (model, wiser))
    print(f"\nOnce it learns from such mails too, {percent(through)} of the first kind")
    print(f"pass. But of plain spam it finds {percent(new)}; before, {percent(old)}")
    return needed


def picture(options: argparse.Namespace, draw: Callable[[Axes], None]) -> int:
    """One drawing in a window, a file, or neither."""
    if options.save or not options.no_show:
        fig, ax = figures.start(options).subplots(figsize=(9, 5))
        draw(ax)
        figures.finish(options, fig)
    return 0


def talk(state: State, options: argparse.Namespace, *results: np.ndarray) -> int:
    """Judge what is typed, or what -c gives, with the picture beside it."""
    if options.no_show and not options.save:
        return console.commands(state, run_command, options.commands)
    plt = figures.start(options)
    fig, axes = plt.subplot_mosaic("RT;LL", figsize=(11, 8.4))
    draw_reliability(axes["R"], *results)
    draw_tradeoff(axes["T"], results[0], results[2], state.cost)
    draw_ledger(axes["L"], state)
    beside = options.commands is None and sys.stdin.isatty() and figures.has_window()

    def run_and_draw(state: State, line: str) -> tuple[State, str]:
        state, text = run_command(state, line)
        draw_ledger(axes["L"], state)
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
    examples = """python phase3_probability/spam_filter.py
        python phase3_probability/spam_filter.py -c "FREE MONEY, click now; why"
        python phase3_probability/spam_filter.py --classify mail.eml
        python phase3_probability/spam_filter.py --cost 100 --look 0.1"""
    parser = console.parser(__file__, __doc__, examples)
    add = parser.add_argument
    add("--classify", metavar="FILE", help="judge the mail in a file, and end")
    own = "learn from mails of your own: files in DIR/spam and in DIR/ham"
    add("--train-folder", type=Path, metavar="DIR", help=own)
    raw = "learn from the mails themselves, not their words; they are fetched first"
    add("--raw", action="store_true", help=raw)
    add("--attack", action="store_true", help="smuggle spams through, and end")
    splits = "test on so many random splits: mean ± standard deviation, and end"
    add("--splits", type=console.whole(2, 100), metavar="N", help=splits)
    cost = "a good mail lost is as bad as so many spams let through (default 10)"
    add("--cost", type=console.number(0.01, 1e6), default=10.0, metavar="C", help=cost)
    look = "so many spams let through is a look at an unsure mail worth (default 0.3)"
    add("--look", type=console.number(0, 1), default=0.3, metavar="L", help=look)
    commands = "judge these mails, not those typed: 'Win a free prize!!!; why'"
    add("-c", dest="commands", metavar="MAILS", help=commands)
    figures.add_options(parser, __file__)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Learn, test, and judge what is typed; or the mail in a file; or attack."""
    options = build_parser().parse_args(argv)
    mail: list[str] = []
    if options.classify is not None:
        mail = read_mail(data.find(options.classify))
    documents, y = load(options)
    if options.splits:
        seeds = range(options.seed, options.seed + options.splits)
        print_splits(documents, y, seeds)
        return 0
    rows = split_without_leaks(documents, 0.2, np.random.default_rng(options.seed))
    train, test = (([documents[i] for i in part], y[part]) for part in rows)
    spams = int(train[1].sum())
    print(f"Training on {len(train[0]):,} word sets ({spams:,} spam, "
          f"{len(train[0]) - spams:,} ham)...", flush=True)  # fmt: skip
    model, worth = learn(*train)
    state = State(model, worth, options.cost, options.look, mail)
    if options.classify is not None:
        print("", show_verdict(state), show_why(state), sep="\n", flush=True)
        return picture(options, lambda ax: draw_ledger(ax, state))
    if options.attack:
        needed = attack(model, train, test)
        return picture(options, lambda ax: draw_attack(ax, needed))
    print_learned(model)
    print(f"\nTesting on {len(test[0]):,} new word sets...")
    z, known = model.scores(test[0]), model.known(test[0])
    results = test[1], probability(z), probability(believed(known, worth) * z)
    print_test(*results, state)
    print("\nTry it yourself (help: what else):", flush=True)
    return talk(state, options, *results)


if __name__ == "__main__":
    console.run(main)
