"""Wrong variants of chapter 10, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    return Counter(chain.from_iterable(map(set, documents)))",
        "    return Counter(chain.from_iterable(documents))",
        "This is what happens when a word counts as often as a mail says it: what is "
        "wanted is the number of mails that hold it.",
    ),
    Mutant(
        1,
        "    text = text.lower()\n",
        "",
        "This is what happens when capitals stay: the pattern knows small letters only, "
        "and of FREE nothing is left.",
    ),
    Mutant(
        1,
        "    return {word: count / n for word, count in counts.items()}",
        "    n = sum(counts.values())\n"
        "    return {word: count / n for word, count in counts.items()}",
        "This is what happens when the counts are divided by all words, not by the "
        "mails: the share asked for is one of mails.",
    ),
    Mutant(
        1,
        "    if is_address(text):  #",
        "    if False:  #",
        "This is what happens when addresses are cut into words too: joe@home.org "
        "becomes joe, home and org.",
    ),
    # Milestone 2
    Mutant(
        2,
        "    spam, ham = likelihood_spam * prior, likelihood_ham * (1 - prior)",
        "    spam, ham = likelihood_spam, likelihood_ham",
        "This is what happens when the prior is forgotten: as if half of all mail were "
        "spam. It is the base-rate trap.",
    ),
    Mutant(
        2,
        "    spam, ham = likelihood_spam * prior, likelihood_ham * (1 - prior)",
        "    spam, ham = likelihood_spam * prior, likelihood_ham * prior",
        "This is what happens when ham gets the prior of spam: its own is 1 − prior.",
    ),
    Mutant(
        2,
        "    return float(spam / (spam + ham))",
        "    return float(spam)",
        "This is what happens without the division by P(evidence): the two classes then "
        "do not add up to 1.",
    ),
    Mutant(
        2,
        "        p = posterior(p, spam[word], ham[word])",
        "        p = posterior(prior, spam[word], ham[word])",
        "This is what happens when every word starts from the first prior: only the last "
        "word counts. The posterior of one is the prior of the next.",
    ),
    Mutant(
        2,
        "    return {word: math.log(spam[word] / ham[word]) for word in both}",
        "    return {word: math.log(ham[word] / spam[word]) for word in both}",
        "This is what happens when the ratio stands on its head: evidence for spam "
        "comes out below 0.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    return (counts + alpha) / (counts.sum() + alpha * len(counts))",
        "    return (counts + alpha) / counts.sum()",
        "This is what happens when alpha is added above and not below: the shares add up "
        "to more than 1.",
    ),
    Mutant(
        3,
        "    return (counts + alpha) / (counts.sum() + alpha * len(counts))",
        "    return (counts + alpha) / (counts.sum() + alpha)",
        "This is what happens when alpha is added once below: it was given to each of V "
        "words, so α V belongs there.",
    ),
    Mutant(
        3,
        "    both = list(spam.keys() | ham.keys())",
        "    both = list(spam.keys() & ham.keys())",
        "This is what happens when only words of both classes are kept: those that only "
        "spam says are the strongest evidence of all.",
    ),
    Mutant(
        3,
        "    known = weights.keys() & document  # a set: each word once",
        "    known = [word for word in document if word in weights]",
        "This is what happens when a word counts each time it is said: it was learnt as "
        "held or not held.",
    ),
    Mutant(
        3,
        "    return logit(prior) + sum(map(",
        "    return sum(map(",
        "This is what happens when the prior is left out: a mail without a word then has "
        "the log-odds 0.",
    ),
    # Milestone 4
    Mutant(
        4,
        "        first.setdefault(frozenset(document), i)",
        "        first.setdefault(frozenset([*document, str(i)]), i)",
        "This is what happens when equal mails count as different: copies of a training "
        "mail are then asked for in the test.",
    ),
    Mutant(
        4,
        "    called = table[0, 1] + table[1, 1]",
        "    called = table[1, 0] + table[1, 1]",
        "This is what happens when precision is divided by the spams: that is recall. "
        "Precision asks of what was called spam.",
    ),
    Mutant(
        4,
        "        other = NaiveBayes(model.alpha, model.fewest).fit(train, y[fold != k])",
        "        other = NaiveBayes(model.alpha, model.fewest).fit(documents, y)",
        "This is what happens when the mails that are scored were learnt from too: nothing "
        "is held out.",
    ),
    Mutant(
        4,
        "    return float(((p - y) * x).mean()), float((p * (1 - p) * x**2).mean())",
        "    return float((p - y).mean()), float((p * (1 - p) * x**2).mean())",
        "This is what happens when the chain rule stops half-way: worth reaches p through "
        "worth · x, so a factor x belongs to it.",
    ),
    Mutant(
        4,
        "    costs = np.array([p, np.full_like(p, look), (1 - p) * cost])  # (3, …)",
        "    costs = np.array([p * cost, np.full_like(p, look), 1 - p])  # (3, …)",
        "This is what happens when the cost stands on the wrong mistake: it is the good "
        "mail that is dear to lose.",
    ),
]
