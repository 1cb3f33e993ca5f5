"""Wrong variants of chapter 21, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    P *= 1 / math.sqrt(D)\n    P += mask(T, q.dtype)",
        "    P += mask(T, q.dtype)",
        "This is what happens when the scores are not divided by the root of D.",
    ),
    Mutant(
        1,
        "    P *= 1 / math.sqrt(D)\n    P += mask(T, q.dtype)",
        "    P *= 1 / math.sqrt(D)",
        "This is what happens without the mask: each place sees those after it too, and "
        "a model that is trained so has only to copy what comes next.",
    ),
    Mutant(
        1,
        "    return np.triu(np.full((T, T), -np.inf, dtype), 1)",
        "    return np.triu(np.full((T, T), -np.inf, dtype))",
        "This is what happens when the diagonal is masked too: no place sees itself, and "
        "the first one sees nothing at all. In np.triu the 1 spares the diagonal.",
    ),
    Mutant(
        1,
        '    dS -= np.einsum("bhtd,bhtd->bht", d_out, out)[..., None]\n    dS *= P',
        "    dS *= P",
        "This is what happens when the shares are taken for free numbers: one of them "
        "grows only at the others' cost, and so r is to be subtracted.",
    ),
    Mutant(
        1,
        "    dS *= 1 / math.sqrt(q.shape[-1])\n",
        "",
        "This is what happens when the root of D is forgotten on the way back.",
    ),
    # Milestone 2
    Mutant(
        2,
        "    parts = qkv.reshape(B, T, 3, heads, width // (3 * heads)).transpose(2, 0, 3, 1, 4)",
        "    parts = qkv.reshape(B, T, heads, 3, width // (3 * heads)).transpose(3, 0, 2, 1, 4)",
        "This is what happens when a row of 3 C is cut into heads first and then into q, "
        "k, v: all of q comes first, then all of k, then all of v.",
    ),
    Mutant(
        2,
        '        x += p["wpe"][:T]\n',
        "",
        "This is what happens when no place is told where it is: the same token then "
        "means the same everywhere, and a sentence is a bag of words.",
    ),
    Mutant(
        2,
        "        before = np.cumsum(P[order]) - P[order]\n",
        "        before = np.cumsum(P[order])\n",
        "This is what happens when the token that reaches p is left out itself: the "
        "fewest that have at least p together include it.",
    ),
    Mutant(
        2,
        "    P = softmax(scores / temperature)",
        "    P = softmax(scores * temperature)",
        "This is what happens when the scores are multiplied by the temperature: then "
        "the cold makes it wild.",
    ),
    Mutant(
        2,
        "    x = memory.wte.take(ids, axis=0) + memory.wpe[t : t + n]  # (n, C)",
        "    x = memory.wte.take(ids, axis=0) + memory.wpe[:n]  # (n, C)",
        "This is what happens when new places are numbered from 0 again: they come after "
        "the t that are in memory.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    dx -= np.multiply(xhat, along, out=new(dy.shape, dy.dtype))\n",
        "",
        "This is what happens when the deviation is taken for fixed: a nudge of x "
        "changes it too, and so all that is divided by it.",
    ),
    Mutant(
        3,
        "        rows /= len(rows)\n",
        "        rows /= len(self.ids)\n",
        "This is what happens when the blame is divided by B alone: the loss is a mean "
        "over all B T places.",
    ),
    Mutant(
        3,
        '        g["wte"][tokens] += np.add.reduceat(',
        '        g["wte"][tokens] = np.add.reduceat(',
        "This is what happens when the second use of wte replaces the first: as logits "
        "and as what is looked up, both blames add.",
    ),
    Mutant(
        3,
        '        g["wte"][tokens] += np.add.reduceat(dx.reshape(len(ids), -1)[order], first)',
        '        g["wte"][ids] += dx.reshape(len(ids), -1)',
        "This is what happens with g[ids] += dx: where a token comes several times, numpy "
        "adds the blame of its last place only.",
    ),
    Mutant(
        3,
        "            w[: max(0, self.matrices - i)] *= 1 - lr * self.decay\n",
        "            w *= 1 - lr * self.decay\n",
        "This is what happens when all parameters decay: those of the norms are to stay "
        "near 1, so only matrices do.",
    ),
    # Milestone 4
    Mutant(
        4,
        "            out[-1] = new\n",
        "            out.append(new)\n",
        "This is what happens when the new token takes the place of the right half only: "
        "the left half still stands beside it.",
    ),
    Mutant(
        4,
        "        return -self.count[pair], self.rank[pair[0]], self.rank[pair[1]], pair",
        "        return -self.count[pair], -self.rank[pair[0]], -self.rank[pair[1]], pair",
        "This is what happens when of equally frequent pairs the one made last is taken.",
    ),
    Mutant(
        4,
        "            pair = min(pairwise(parts), key=lambda pair: self.rank.get(pair, math.inf))",
        "            pair = next((p for p in pairwise(parts) if p in self.rank), (b'', b''))",
        "This is what happens when the first pair from the left is merged: the one that "
        "was made earliest comes first, wherever it stands.",
    ),
    Mutant(
        4,
        "                P[i] = (count + kind * P[i]) / (seen + kind)",
        "                P[i] = (count + P[i]) / (seen + 1)",
        "This is what happens when every history counts one unseen letter: it is to be "
        "as many as different ones came after it.",
    ),
    Mutant(
        4,
        "    for name in sorted(arrays):\n        sha.update(name.encode() + np.ascontiguousarray(arrays[name]).tobytes())\n",
        "",
        "This is what happens when the fingerprint forgets the arrays: a damaged weight "
        "then goes unnoticed.",
    ),
]
