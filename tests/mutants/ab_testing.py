"""Wrong variants of chapter 11, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    return plain(np.sqrt(p * (1 - p) / n))",
        "    return plain(np.sqrt(p * (1 - p)))",
        "This is what happens when the n under the root is missing: that is the scatter "
        "of a single visitor, and a share of n of them strays √n times less.",
    ),
    Mutant(
        1,
        "    return plain(np.sqrt(p * (1 - p) / n))",
        "    return plain(np.sqrt(p * (1 - p)) / n)",
        "This is what happens when n is left outside of the root: p (1 − p) / n is the "
        "variance, and the root is taken of all of it.",
    ),
    Mutant(
        1,
        "    pooled = (ca + cb) / (na + nb)",
        "    pooled = (ca / na + cb / nb) / 2",
        "This is what happens when the mean of the two rates is taken for the rate of "
        "both together: the larger group has more to say. Add up conversions and visitors.",
    ),
    Mutant(
        1,
        "    return plain((cb / nb - ca / na) / np.where(error > 0, error, 1))",
        "    return plain((ca / na - cb / nb) / np.where(error > 0, error, 1))",
        "This is what happens when B is taken from A: z is B minus A, above 0 when B is "
        "better.",
    ),
    Mutant(
        1,
        "    error = np.sqrt(pooled * (1 - pooled) * (1 / na + 1 / nb))",
        "    error = np.sqrt(pooled * (1 - pooled) / (na + nb))",
        "This is what happens when all visitors together stand for the scatter of the "
        "difference: it is that of two groups, 1/n_A + 1/n_B.",
    ),
    # Milestone 2
    Mutant(
        2,
        "    return plain(2 * np.asarray(normal_cdf(-np.abs(z))))",
        "    return plain(np.asarray(normal_cdf(-np.abs(z))))",
        "This is what happens when one tail is counted: two-sided means as far from 0 on "
        "either side, twice the area.",
    ),
    Mutant(
        2,
        '    return normal_cdf(-np.asarray(z) if alternative == "larger" else z)',
        '    return normal_cdf(-np.abs(z) if alternative == "larger" else np.abs(z))',
        "This is what happens when a one-sided test forgets the sign of z: if B is worse, "
        "then luck nearly always does better than that.",
    ),
    Mutant(
        2,
        "        term = term * near**2 / k",
        "        term = term * near / k",
        "This is what happens when a term is multiplied by x once: from x³/3 to x⁵/(3·5) "
        "it is x² / 5.",
    ),
    Mutant(
        2,
        "    return plain(np.where(z > 0, 1 - tail, tail))",
        "    return plain(np.where(z > 0, 1 - tail, 1 - (1 - tail)))",
        "This is what happens when the small area is got from the large one: 1 less a "
        "number near 1 has lost all its digits. Compute the tail itself.",
    ),
    Mutant(
        2,
        "    return float((apart >= seen - 1e-12).mean())",
        "    return float((apart > seen + 1e-12).mean())",
        "This is what happens when deals that are just as uneven do not count: the p-value "
        "asks for at least as far apart.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    half = critical(level) * np.hypot(standard_error(*a), standard_error(*b))",
        "    half = critical(level) * (standard_error(*a) + standard_error(*b))",
        "This is what happens when standard errors are added: the variances are, and the "
        "root is taken of their sum.",
    ),
    Mutant(
        3,
        "    return plain(proportion(conversions_b, visitors_b) / rate - 1)",
        "    return plain(proportion(conversions_b, visitors_b) - rate)",
        "This is what happens when the difference is taken for the lift: a lift is a share "
        "of A's rate.",
    ),
    Mutant(
        3,
        "    return plain(r * low - 1), plain(r * high - 1)",
        "    return plain(r * low), plain(r * high)",
        "This is what happens when the ratio is taken for the lift: a ratio of 1.2 is a "
        "lift of 0.2.",
    ),
    Mutant(
        3,
        "    half = z * np.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / (1 + z**2 / n)",
        "    half = z * np.sqrt(share * (1 - share) / n) / (1 + z**2 / n)",
        "This is what happens when the second term under Wilson's root is missing: where "
        "nobody converted the interval then has no length.",
    ),
    Mutant(
        3,
        "    half = critical(level) * np.sqrt((1 - ca / na) / ca + (1 - cb / nb) / cb)",
        "    half = critical(level) * np.sqrt(1 / ca + 1 / cb)",
        "This is what happens when the 1 − p is missing: it is near 1 for small rates, "
        "and not for large ones.",
    ),
    # Milestone 4
    Mutant(
        4,
        "    need = critical(1 - alpha) * pooled + normal_quantile(power) * true",
        "    need = critical(1 - alpha) * pooled",
        "This is what happens when the power is left out: with so few visitors the "
        "difference is found in 50 of 100 tests.",
    ),
    Mutant(
        4,
        "    chi2 = (a - want_a) ** 2 / want_a + (b - want_b) ** 2 / want_b",
        "    chi2 = (a - want_a) ** 2 / want_a",
        "This is what happens when one group only is compared with the plan: χ² adds up "
        "both.",
    ),
    Mutant(
        4,
        "    return plain(np.exp(-np.maximum(log_wealth, 0)))",
        "    return p_value(z)",
        "This is what happens when the usual p-value is looked at again and again: it "
        "cries wolf far more often than in 5 of 100.",
    ),
    Mutant(
        4,
        "    return a.cumsum(axis=1), b.cumsum(axis=1)",
        "    return a, b",
        "This is what happens when every look sees the new visitors alone: at a look one "
        "sees all that have come so far.",
    ),
    Mutant(
        4,
        "    if split < BROKEN:",
        "    if split < 0:",
        "This is what happens when the split is not looked at: groups that were not dealt "
        "as planned cannot be compared, however small p is.",
    ),
]  # fmt: skip
