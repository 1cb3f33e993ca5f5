"""Chapter 10 against scikit-learn: learn from mails and judge others, from their text.

python benchmarks/bench_spam_filter.py
"""

from typing import Any

import harness
import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from phase3_probability import spam_filter


def main() -> list[harness.Result]:
    """4,582 texts to learn from, 1,146 to judge, against CountVectorizer and its model.

    The texts are made of the word sets of data/spam. Both sides cut them by the same
    rule, keep all words, and have to give the same verdicts.
    """
    harness.title("spam", "numpy", "scikit-learn")
    documents, y = spam_filter.load_sets()
    rng = np.random.default_rng(0)
    train, test = spam_filter.split_without_leaks(documents, 0.2, rng)
    texts, new = ([" ".join(documents[i]) for i in rows] for rows in (train, test))
    del documents  # the garbage collector need not look through them for either side

    def ours() -> np.ndarray:
        model = spam_filter.NaiveBayes()
        model.fit([spam_filter.tokens(text) for text in texts], y[train])
        return model.predict([spam_filter.tokens(text) for text in new])

    def peer() -> Any:
        pattern = spam_filter.WORD.pattern
        model = make_pipeline(
            CountVectorizer(token_pattern=pattern, binary=True), MultinomialNB(alpha=1)
        )
        return model.fit(texts, y[train]).predict(new).astype(bool)

    assert (ours() == peer()).all(), "not the same work: verdicts differ"
    work = f"{len(texts):,} mails to learn from, {len(new):,} to judge"
    return [harness.duel(work, ours, peer, "2.5")]


if __name__ == "__main__":
    main()
