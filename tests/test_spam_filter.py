"""Chapter 10, the spam filter: the judge of the four milestones."""

import math
from collections import Counter

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, strategies
from judge import close, holds, refuses
from scipy import optimize, special
from sklearn import metrics, naive_bayes

spam = chapter("spam_filter")

WORDS = [f"word{letter}" for letter in "abcdefghij"]
SHARES = strategies.floats(0.001, 0.999)


def mails(seed: int, n: int = 60) -> tuple[list[list[str]], np.ndarray]:
    """Mails of a few words, some of them repeated; of spams the first are typical."""
    rng = np.random.default_rng(seed)
    y = (np.arange(n) % 3 == 0).astype(int)
    tilt = np.linspace(1, 3, len(WORDS))
    documents = []
    for label in y:
        chances = tilt[::-1] if label else tilt
        size = rng.integers(1, 9)
        documents.append(list(rng.choice(WORDS, size, p=chances / chances.sum())))
    return documents, y


def table(documents: list[list[str]], words: list[str]) -> np.ndarray:
    """1 where a document holds a word: (n, V)."""
    return np.array([[int(word in d) for word in words] for d in documents])


# --------------------------------------------------------------------------
# Milestone 1: how often a word stands in spam, and in good mail


@pytest.mark.milestone1
def test_the_words_of_a_text_come_in_small_letters_without_marks():
    got = spam.tokens('"Buy NOW, dear Friend; buy it for $9.99 (only today)!"')
    want = ["buy", "now", "dear", "friend", "buy", "for", "only", "today"]
    holds(list(got) == want, "tokens('\"Buy NOW, dear Friend …')", got, str(want))


@pytest.mark.milestone1
@pytest.mark.parametrize("text, want", [
    ("FREE!!! MONEY!", ["free!!!", "money!"]),
    ("don't opt-in", ["don't", "opt-in"]),
    ("'quoted' -dash-", ["quoted", "dash"]),
    ("I am at no. 10, ok", []),
    ("a" * 25, ["a" * 20, "aaaaa"]),
])  # fmt: skip
def test_a_word_has_3_to_20_signs_and_keeps_its_exclamation_marks(text, want):
    got = spam.tokens(text)
    holds(list(got) == want, f"tokens({text!r})", got, str(want))


@pytest.mark.milestone1
@pytest.mark.parametrize("address", [
    "joe@home.org", "<Joe@HOME.org>,", "http://shop.example.com/buy", "www.Shop.com",
    "(https://x.yz/win)",
])  # fmt: skip
def test_addresses_are_no_words(address):
    holds(spam.is_address(address.lower()), f"is_address({address.lower()!r})",
          spam.is_address(address.lower()), "True")  # fmt: skip
    got = spam.tokens(f"Click here {address} please")
    want = ["click", "here", "please"]
    holds(list(got) == want, f"tokens('Click here {address} please')", got, str(want))


@pytest.mark.milestone1
def test_words_are_counted_once_a_mail():
    """ "buy" stands in the first two of three mails, twice in the first: 2, not 3."""
    got = spam.count_words([["buy", "now", "buy"], ["buy", "here"], ["lunch"]])
    want = {"buy": 2, "now": 1, "here": 1, "lunch": 1}
    holds(dict(got) == want, "count_words of three mails", dict(got), str(want))
    holds(got["never"] == 0, "count_words(…)['never']", got["never"], "0: a Counter")


@pytest.mark.milestone1
def test_counting_leaves_the_mails_as_they_were():
    documents = [["a", "b", "a"], []]
    spam.count_words(documents)
    holds(documents == [["a", "b", "a"], []], "the mails, afterwards", documents,
          "as before")  # fmt: skip


@pytest.mark.milestone1
def test_likelihoods_by_hand():
    """Of 4 mails, 3 hold "free": 3/4."""
    got = spam.likelihoods({"free": 3, "lunch": 1}, 4)
    close([got["free"], got["lunch"]], [0.75, 0.25], "likelihoods({free: 3, …}, 4)")


@pytest.mark.milestone1
def test_without_mails_there_are_no_shares():
    refuses(lambda: spam.likelihoods({}, 0), "likelihoods({}, 0)")


@pytest.mark.milestone1
@given(seed=strategies.integers(0, 10**6))
def test_shares_are_the_means_of_the_columns(seed):
    documents, _ = mails(seed, 23)
    got = spam.likelihoods(spam.count_words(documents), len(documents))
    want = table(documents, WORDS).mean(axis=0)
    close([got.get(w, 0.0) for w in WORDS], want, "likelihoods of 23 mails")


# --------------------------------------------------------------------------
# Milestone 2: Bayes' theorem turns shares into belief


@pytest.mark.milestone2
def test_the_posterior_by_counting_people():
    """1,000 mails, 300 spam. 40 % of spams hold the word: 120. 10 % of 700 hams: 70.
    Of the 190 that hold it, 120 are spam."""
    close(spam.posterior(0.3, 0.4, 0.1), 120 / 190, "posterior(0.3, 0.4, 0.1)")


@pytest.mark.milestone2
def test_the_base_rate_counts():
    """A test that finds 99 % and errs in 1 %, of something that 1 in 1,000 has:
    0.99 / (0.99 + 9.99) = 9 %."""
    close(spam.posterior(0.001, 0.99, 0.01), 0.99 / 10.98, "posterior(0.001, .99, .01)")


@pytest.mark.milestone2
@given(prior=SHARES, a=SHARES, b=SHARES)
def test_the_two_posteriors_add_up_to_one(prior, a, b):
    got = spam.posterior(prior, a, b) + spam.posterior(1 - prior, b, a)
    close(got, 1.0, "P(spam | e) + P(ham | e)")


@pytest.mark.milestone2
@given(prior=SHARES, a=SHARES)
def test_what_is_as_likely_in_both_changes_nothing(prior, a):
    close(spam.posterior(prior, a, a), prior, "posterior(prior, a, a)")


@pytest.mark.milestone2
def test_only_in_one_class_is_certainty_and_nowhere_is_refused():
    close(spam.posterior(0.2, 0.5, 0.0), 1.0, "posterior(0.2, 0.5, 0)")
    close(spam.posterior(0.2, 0.0, 0.5), 0.0, "posterior(0.2, 0, 0.5)")
    refuses(lambda: spam.posterior(0.2, 0.0, 0.0), "posterior(0.2, 0, 0)")


@pytest.mark.milestone2
def test_three_mails_by_hand():
    """Spam: "buy now", "buy here"; ham: "lunch now". Of "buy" and "now" P(word | spam)
    is 1 and ½, and let P(buy | ham) be ¼, P(now | ham) 1. Prior 2/3. For spam
    2/3 · 1 · ½ = 1/3, for ham 1/3 · ¼ · 1 = 1/12: P = 4/5."""
    p, q = {"buy": 1.0, "now": 0.5}, {"buy": 0.25, "now": 1.0}
    got = spam.posterior_loop(["buy", "now"], 2 / 3, p, q)
    close(got, 0.8, "posterior_loop([buy, now], 2/3, …)")
    close(spam.posterior_loop([], 0.3, p, q), 0.3, "posterior_loop([], 0.3, …)")


@pytest.mark.milestone2
@given(
    prior=SHARES, shares=strategies.lists(strategies.tuples(SHARES, SHARES), max_size=6)
)
def test_word_after_word_is_the_product(prior, shares):
    words = [f"w{i}" for i in range(len(shares))]
    p, q = (dict(zip(words, column)) for column in zip(*(shares or [(1, 1)])))
    a = prior * np.prod([x for x, _ in shares])
    b = (1 - prior) * np.prod([x for _, x in shares])
    got = spam.posterior_loop(words, prior, p, q)
    close(got, a / (a + b), f"posterior_loop of {len(words)} words", rtol=1e-6)


@pytest.mark.milestone2
def test_log_odds_by_hand():
    """0.4 is 4 times 0.1: ln 4. 0.01 is a tenth of 0.1: −ln 10."""
    p, q = {"free": 0.4, "talk": 0.01, "odd": 0.2}, {"free": 0.1, "talk": 0.1}
    got = spam.log_odds(["free", "talk", "free", "odd", "new"], p, q)
    holds(set(got) == {"free", "talk"}, "words of log_odds", set(got), "free and talk")
    close([got["free"], got["talk"]], [math.log(4), -math.log(10)], "log_odds")


@pytest.mark.milestone2
def test_logit_and_probability_by_hand():
    close([spam.logit(0.5), spam.logit(0.8)], [0, math.log(4)], "logit of ½ and 0.8")
    close(spam.probability(0.0), 0.5, "probability(0)")
    close(spam.probability(math.log(4)), 0.8, "probability(ln 4)")
    close([spam.logit(1.0), spam.logit(0.0)], [math.inf, -math.inf], "logit of 1 and 0")


@pytest.mark.milestone2
def test_probability_takes_arrays_and_is_never_too_large():
    z = np.array([-1000.0, -3.0, 0.0, 0.5, 40.0, 1000.0])
    close(spam.probability(z), special.expit(z), "probability(z)", atol=0)


@pytest.mark.milestone2
@given(p=SHARES)
def test_each_undoes_the_other(p):
    close(spam.probability(spam.logit(p)), p, f"probability(logit({p}))")


# --------------------------------------------------------------------------
# Milestone 3: words never seen before, and sums in place of products


@pytest.mark.milestone3
def test_smoothing_by_hand():
    """Counts 3, 1, 0 and α = 1: (4, 2, 1) / 7. With α = ½: (3.5, 1.5, 0.5) / 5.5."""
    close(spam.smooth(np.array([3, 1, 0]), 1.0), [4 / 7, 2 / 7, 1 / 7], "smooth, α = 1")
    close(
        spam.smooth(np.array([3, 1, 0]), 0.5), [7 / 11, 3 / 11, 1 / 11], "smooth, α = ½"
    )


@pytest.mark.milestone3
@given(
    counts=strategies.lists(strategies.integers(0, 1000), min_size=1, max_size=9),
    alpha=strategies.floats(0.01, 10),
)
def test_smoothed_shares_are_above_zero_and_add_up_to_one(counts, alpha):
    got = spam.smooth(np.array(counts), alpha)
    close(np.sum(got), 1.0, "sum of smooth(counts)")
    holds(np.min(got) > 0, f"smooth({counts}, {alpha:g})", got, "all above 0")


@pytest.mark.milestone3
@pytest.mark.parametrize("alpha", [0.0, -1.0, math.nan])
def test_without_alpha_a_word_can_be_impossible(alpha):
    refuses(lambda: spam.smooth(np.array([1, 0]), alpha), f"smooth([1, 0], {alpha})")


@pytest.mark.milestone3
def test_weights_by_hand():
    """Words buy, lunch, now. Spam counts 2, 0, 1: (3, 1, 2) / 6. Ham 0, 1, 1:
    (1, 2, 2) / 5. The ratios: 5/2, 5/12, 5/6."""
    got = spam.weigh({"buy": 2, "now": 1}, {"lunch": 1, "now": 1})
    want = np.log([5 / 2, 5 / 12, 5 / 6])
    holds(set(got) == {"buy", "lunch", "now"}, "words of weigh", set(got), "all three")
    close([got[w] for w in ("buy", "lunch", "now")], want, "weigh of three words")


@pytest.mark.milestone3
def test_rare_words_are_not_learnt():
    """ "now" stands in 1 + 1 mails: two are enough for fewest = 2. Then V = 2: spam
    (3, 2) / 5, ham (1, 2) / 3."""
    got = spam.weigh({"buy": 2, "now": 1}, {"lunch": 1, "now": 1}, fewest=2)
    holds(set(got) == {"buy", "now"}, "words of weigh, fewest=2", set(got), "buy, now")
    close([got["buy"], got["now"]], np.log([9 / 5, 3 / 5]), "weigh, fewest=2")


@pytest.mark.milestone3
def test_a_word_of_one_class_only_is_no_certainty():
    got = spam.weigh({"buy": 5}, {"lunch": 4}, alpha=0.5)
    holds(all(np.isfinite(v) for v in got.values()), "weigh of disjoint words", got,
          "finite weights")  # fmt: skip
    holds(got["buy"] > 0 > got["lunch"], "weigh", got, "buy above 0, lunch below")


@pytest.mark.milestone3
def test_the_score_by_hand():
    """Prior ¼: ln ⅓. Then 2 for a, once, −½ for b, and nothing for a word unknown."""
    got = spam.score(["a", "b", "a", "new"], 0.25, {"a": 2.0, "b": -0.5, "c": 9.0})
    close(got, -math.log(3) + 1.5, "score([a, b, a, new], ¼, {a: 2, b: −½, c: 9})")


@pytest.mark.milestone3
@given(
    prior=SHARES,
    shares=strategies.lists(strategies.tuples(SHARES, SHARES), min_size=1, max_size=5),
)
def test_sums_of_logarithms_say_what_products_say(prior, shares):
    words = [f"w{i}" for i in range(len(shares))]
    p, q = (dict(zip(words, column)) for column in zip(*shares))
    weights = spam.log_odds(words, p, q)
    got = spam.probability(spam.score(words, prior, weights))
    want = spam.posterior_loop(words, prior, p, q)
    close(got, want, f"probability(score of {len(words)} words)", rtol=1e-6)


@pytest.mark.milestone3
def test_a_thousand_words_do_not_underflow():
    """0.001 to the power 1,000 is 0 to a computer; 500 words for spam and 501 against
    it leave one against it."""
    weights = {f"s{i}": 2.0 for i in range(500)} | {f"h{i}": -2.0 for i in range(501)}
    close(spam.score(list(weights), 0.5, weights), -2.0, "score of 1,001 words")


# --------------------------------------------------------------------------
# Milestone 4: judged on new mail, and as sure as it should be


@pytest.mark.milestone4
@given(seed=strategies.integers(0, 10**6), alpha=strategies.sampled_from([1.0, 0.3]))
def test_it_is_scikit_learns_multinomial_on_tables_of_0_and_1(seed, alpha):
    documents, y = mails(seed)
    new, _ = mails(seed + 1, 15)
    words = sorted({word for d in documents for word in d})
    peer = naive_bayes.MultinomialNB(alpha=alpha).fit(table(documents, words), y)
    model = spam.NaiveBayes(alpha=alpha).fit(documents, y)
    want = peer.predict_proba(table(new, words))[:, 1]
    close(model.predict_proba(new), want, "predict_proba of 15 mails")
    close(model.predict(new), want > 0.5, "predict of 15 mails")


@pytest.mark.milestone4
def test_after_fit_it_holds_what_it_has_counted():
    model = spam.NaiveBayes().fit([["buy"], ["buy", "now"], ["lunch"]], [1, 1, 0])
    close(model.prior_, 2 / 3, "prior_ of two spams and a ham")
    holds(set(model.weights_) == {"buy", "now", "lunch"}, "weights_",
          set(model.weights_), "all three words")  # fmt: skip
    got = model.log_odds(["now", "never", "now"])
    holds(list(got) == ["now"], "log_odds([now, never, now])", got, "now, once")
    close(got["now"], model.weights_["now"], "log_odds of now")


@pytest.mark.milestone4
def test_the_terms_add_up_to_the_score():
    documents, y = mails(3)
    model = spam.NaiveBayes().fit(documents, y)
    got = model.scores(documents)
    prior = special.logit(20 / 60)
    want = [prior + sum(model.log_odds(d).values()) for d in documents]
    close(got, want, "scores of 60 mails")
    close(model.known(documents), [len(set(d)) for d in documents], "known words")
    close(
        model.known([["wordx", "worda", "worda"]]), [1], "known([wordx, worda twice])"
    )


@pytest.mark.milestone4
@pytest.mark.parametrize("labels", [[0, 0, 0], [1, 1, 1], [0, 1]])
def test_both_classes_and_a_label_for_each_mail_are_needed(labels):
    documents = [["a"], ["b"], ["c"]]
    refuses(lambda: spam.NaiveBayes().fit(documents, labels), f"fit(…, {labels})")


@pytest.mark.milestone4
def test_equal_mails_never_stand_on_both_sides(rng):
    """40 different sets of words, each three times, once in another order."""
    base = [[f"w{i}", f"w{i + 1}"] for i in range(40)]
    documents = base + [words[::-1] for words in base] + base
    train, test = spam.split_without_leaks(documents, 0.25, rng)
    sides = [{frozenset(documents[i]) for i in part} for part in (train, test)]
    holds(not sides[0] & sides[1], "mails on both sides", sides[0] & sides[1], "none")
    close([len(train), len(test)], [30, 10], "sizes of the two sides")
    holds(
        len(sides[0] | sides[1]) == 40, "mails in all", len(sides[0] | sides[1]), "40"
    )


@pytest.mark.milestone4
def test_the_split_is_at_random():
    documents = [[f"w{i}"] for i in range(200)]
    tests = []
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        tests.append(set(map(int, spam.split_without_leaks(documents, 0.2, rng)[1])))
    first, other = tests
    holds(len(first & other) < 30, "test rows that two seeds share", len(first & other),
          "about 8 of 40")  # fmt: skip


@pytest.mark.milestone4
def test_the_confusion_table_by_hand():
    """3 hams, one of them called spam; 5 spams, two of them missed: of 8 mails 5 are
    right, of 4 called spam 3 are, of 5 spams 3 were found."""
    y, said = np.array([0, 0, 0, 1, 1, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 0, 1, 0])
    got = spam.confusion(y, said.astype(bool))
    close(got, [[2, 1], [2, 3]], "confusion")
    close(spam.accuracy(got), 5 / 8, "accuracy")
    close(spam.precision(got), 3 / 4, "precision")
    close(spam.recall(got), 3 / 5, "recall")


@pytest.mark.milestone4
def test_nothing_called_spam_has_no_precision():
    empty = np.array([[5, 0], [0, 0]])
    close(spam.precision(empty), math.nan, "precision([[5, 0], [0, 0]])")
    close(spam.recall(empty), math.nan, "recall([[5, 0], [0, 0]])")
    close(spam.accuracy(np.zeros((2, 2))), math.nan, "accuracy of no mails")


@pytest.mark.milestone4
@given(seed=strategies.integers(0, 10**6), n=strategies.integers(5, 40))
def test_the_measures_agree_with_scikit_learn(seed, n):
    rng = np.random.default_rng(seed)
    y, p = rng.integers(0, 2, n), rng.uniform(0.01, 0.99, n)
    y[:2] = 0, 1
    close(spam.confusion(y, p > 0.5), metrics.confusion_matrix(y, p > 0.5), "confusion")
    close(spam.log_loss(y, p), metrics.log_loss(y, p), "log_loss")
    close(spam.brier(y, p), metrics.brier_score_loss(y, p), "brier")


@pytest.mark.milestone4
def test_a_sure_mistake_costs_much_but_not_everything():
    got = spam.log_loss(np.array([1, 0]), np.array([0.0, 0.0]))
    holds(10 < got < 100, "log_loss([1, 0], [0, 0])", got, "large, but finite")


@pytest.mark.milestone4
def test_reliability_by_hand():
    """Below ½: P 0.1, 0.3 and one of the two spam; above: P 0.9, 1.0, 0.8, all spam."""
    y, p = np.array([0, 1, 1, 1, 1]), np.array([0.1, 0.3, 0.9, 1.0, 0.8])
    got = spam.reliability(y, p, (0, 0.5, 0.7, 1))
    want = np.array([[0.2, 0.5, 2], [0.8, 0.5, 0], [0.9, 1.0, 3]])[[0, 2]]
    close(got, want, "reliability, the bins 0 to ½ and 0.7 to 1")


@pytest.mark.milestone4
def test_held_out_scores_come_from_filters_that_have_not_seen_the_mail():
    """A word that one mail alone holds is unknown to whom has not seen this mail."""
    documents, y = mails(5, 60)
    documents = [[*d, f"only{i}"] for i, d in enumerate(documents)]
    z, known = spam.held_out(spam.NaiveBayes(), documents, y)
    close(known, [len(set(d)) - 1 for d in documents], "known words of held-out mails")
    holds(np.mean(z[y == 1]) > np.mean(z[y == 0]), "mean z of spam and of ham",
          [np.mean(z[y == 1]), np.mean(z[y == 0])], "the first is larger")  # fmt: skip


def noisy(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-odds that exaggerate, known words, and labels as chance would have them."""
    rng = np.random.default_rng(seed)
    known = rng.integers(5, 200, 400).astype(float)
    z = rng.normal(0, 0.15, 400) * (known + 20)
    return z, known, (rng.uniform(size=400) < special.expit(12 * z / (known + 20))) * 1


@pytest.mark.milestone4
def test_a_mail_of_half_words_is_believed_by_worth_over_forty():
    close(spam.believed(20, 18.0), 18 / 40, "believed(20, 18)")
    close(spam.believed(np.array([0, 180]), 20.0), [1, 0.1], "believed([0, 180], 20)")


@pytest.mark.milestone4
@pytest.mark.parametrize("worth", [0.5, 3.0, 12.0])
def test_both_derivatives_agree_with_central_differences(worth):
    z, known, y = noisy(1)

    def loss(w: float) -> float:
        p = special.expit(w * z / (known + 20))
        return float(-np.where(y == 1, np.log(p), np.log1p(-p)).mean())

    h = 1e-3
    first = (loss(worth + h) - loss(worth - h)) / (2 * h)
    second = (loss(worth + h) - 2 * loss(worth) + loss(worth - h)) / h**2
    got = spam.slope(z, known, y, worth)
    close(got[0], first, f"first derivative at worth = {worth}", rtol=1e-5)
    close(got[1], second, f"second derivative at worth = {worth}", rtol=1e-3)


@pytest.mark.milestone4
@pytest.mark.parametrize("seed", range(5))
def test_calibration_finds_the_bottom_of_the_loss(seed):
    z, known, y = noisy(seed)
    x = z / (known + 20)
    found = optimize.minimize_scalar(
        lambda w: np.logaddexp(0, np.where(y == 1, -1, 1) * w * x).mean(),
        bounds=(0, 100), method="bounded", options={"xatol": 1e-8},
    )  # fmt: skip
    close(spam.calibrate(z, known, y), found.x, "calibrate(z, known, y)", rtol=1e-4)


@pytest.mark.milestone4
def test_calibration_ends_where_all_is_right():
    z, known = np.array([5.0, -5.0, 8.0]), np.array([3.0, 4.0, 5.0])
    got = spam.calibrate(z, known, np.array([1, 0, 1]))
    holds(1 < got < 1000, "calibrate, no mail judged wrong", got, "large, but finite")


@pytest.mark.milestone4
def test_the_threshold_is_where_both_words_cost_the_same():
    """Cost 10 at P = 10/11: thrown away it costs 1/11 · 10, let through 10/11."""
    close(spam.threshold(10.0), 10 / 11, "threshold(10)")
    close(spam.threshold(1.0), 0.5, "threshold(1)")


@pytest.mark.milestone4
def test_verdicts_by_hand():
    """Cost 10, a look 0.3. P = 0.2: 0.2 against 0.3 and 8. P = 0.5: 0.3 is least. P =
    0.96: to throw away costs 0.4, a look 0.3. P = 0.98: 0.2."""
    got = spam.verdicts(np.array([0.2, 0.5, 0.96, 0.98]), 10.0, 0.3)
    want = ["HAM", "UNSURE", "UNSURE", "SPAM"]
    holds(list(got) == want, "verdicts([.2, .5, .96, .98], 10, 0.3)", got, str(want))


@pytest.mark.milestone4
@given(p=SHARES, cost=strategies.floats(0.1, 100))
def test_where_a_look_is_dear_the_threshold_decides(p, cost):
    got = str(spam.verdicts(p, cost, 1e9))
    want = "SPAM" if p > cost / (1 + cost) else "HAM"
    holds(got == want, f"verdicts({p}, {cost}, 1e9)", got, want)


@pytest.mark.milestone4
def test_the_tradeoff_by_hand():
    """P 0.9 spam, 0.6 ham, 0.6 spam, 0.1 ham. From 0.9: 1 of 1, 3 of 4 right. From 0.6:
    2 of 3, 3 of 4. From 0.1: 2 of 4."""
    got = spam.tradeoff(np.array([0, 1, 1, 0]), np.array([0.6, 0.9, 0.6, 0.1]))
    want = [[0.9, 0.75, 1, 0.5], [0.6, 0.75, 2 / 3, 1], [0.1, 0.5, 0.5, 1]]
    close(got, want, "tradeoff of four mails")


@pytest.mark.milestone4
@given(seed=strategies.integers(0, 10**6))
def test_every_row_of_the_tradeoff_is_a_confusion_table(seed):
    rng = np.random.default_rng(seed)
    y, p = rng.integers(0, 2, 30), rng.integers(0, 9, 30) / 8
    y[0] = 1
    for t, *got in spam.tradeoff(y, p):
        said = p >= t
        want = [(said == y).mean(), y[said].mean(), said[y == 1].mean()]
        close(got, want, f"accuracy, precision, recall from {t:g} on")


@pytest.mark.milestone4
def test_good_words_stop_when_the_mail_passes():
    """z = 3. "lunch" −2, "talk" −1.5: 3 − 2 − 1.5 < 0. "code" is in it already."""
    weights = {"buy": 4.0, "code": -5.0, "lunch": -2.0, "talk": -1.5, "hello": -0.1}
    good = spam.good_words(weights)
    want = ["code", "lunch", "talk", "hello"]
    holds(list(good) == want, "good_words", good, str(want))
    got = spam.smuggle(["buy", "code"], 3.0, weights, good)
    holds(list(got) == ["lunch", "talk"], "smuggle([buy, code], 3, …)", got,
          "['lunch', 'talk']")  # fmt: skip
    holds(list(spam.smuggle(["x"], -1.0, weights, good)) == [], "smuggle of ham",
          spam.smuggle(["x"], -1.0, weights, good), "[]")  # fmt: skip


@pytest.mark.milestone4
def test_smuggled_mails_pass_the_filter():
    documents, y = mails(8, 90)
    model = spam.NaiveBayes().fit(documents, y)
    spams = [["worda"], ["worda", "wordb", "worda"]]
    got = spam.attacked(model, spams, spam.good_words(model.weights_))
    holds(model.predict(spams).all() and not model.predict(got).any(),
          "predict before and after", [model.predict(spams), model.predict(got)],
          "all spam, then none")  # fmt: skip
    for before, after in zip(spams, got):
        holds(Counter(after) >= Counter(before), "a mail afterwards", after,
              f"{before} and more")  # fmt: skip


@pytest.mark.milestone4
def test_on_mails_of_the_corpus_over_95_percent_are_right():
    """A tenth of the corpus' words would do; here all of them, and one split."""
    import gzip
    import json

    from common import data

    with gzip.open(data.find("spam/words.jsonl.gz"), "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    documents = [row["words"] for row in rows]
    y = np.array([int(row["label"] == "spam") for row in rows])
    train, test = spam.split_without_leaks(documents, 0.2, np.random.default_rng(1))
    close(len(train) + len(test), 5728, "different word sets")
    model = spam.NaiveBayes(fewest=5).fit([documents[i] for i in train], y[train])
    got = spam.confusion(y[test], model.predict([documents[i] for i in test]))
    right, exact = spam.accuracy(got), spam.precision(got)
    holds(right > 0.95, "accuracy on held-out mail", right, "above 0.95")
    holds(exact > 0.93, "precision on held-out mail", exact, "above 0.93")
