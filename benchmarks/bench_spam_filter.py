"""Chapter 10 against scikit-learn: learn from mails and judge others, from their text.

python benchmarks/bench_spam_filter.py
"""

from collections.abc import Sequence
from typing import Any

import harness
import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from phase3_probability import spam_filter


class Cut(Sequence[list[str]]):
    """Texts that are cut into words one by one, each when it is asked for.

    So the words of a mail are counted while the cache of the processor holds them, as
    they are by the other side, which takes texts.
    """

    def __init__(self, texts: list[str]):
        self.texts = texts

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, i: Any) -> Any:
        return spam_filter.tokens(self.texts[i])


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
        model = spam_filter.NaiveBayes().fit(Cut(texts), y[train])
        return model.predict(Cut(new))

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
