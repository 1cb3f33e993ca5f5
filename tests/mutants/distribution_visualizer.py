"""Wrong variants of chapter 12, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    return -np.log(uniforms(n, rng)) / rate",
        "    return -np.log(uniforms(n, rng)) * rate",
        "This is what happens when the rate is taken for the mean: twice as many events "
        "an hour, half the time to wait, so divide by it.",
    ),
    Mutant(
        1,
        "np.maximum(np.ceil(np.log(uniforms(n, rng)) / math.log1p(-p)), 1)",
        "np.floor(np.log(uniforms(n, rng)) / math.log1p(-p))",
        "This is what happens when it is rounded down: that counts the failures before "
        "the success, 0, 1, 2 …; here the trials are counted, with the success.",
    ),
    Mutant(
        1,
        "np.sqrt(-2 * np.log(uniforms(half, rng)))",
        "np.sqrt(-np.log(uniforms(half, rng)))",
        "This is what happens when the 2 under the root is left out: r²/2 is "
        "exponential, not r², and the bell is too narrow by √2.",
    ),
    Mutant(
        1,
        "        good = np.log(u) < z**2 / 2 + d - d * v + d * log_v",
        "        good = np.log(u) < 1",
        "This is what happens when nothing is rejected: the cube of a bell is nearly "
        "gamma-shaped, but not quite.",
    ),
    Mutant(
        1,
        "        keep[j] -= 1 - keep[i]\n",
        "",
        "This is what happens when a high column fills up a low one and loses nothing: "
        "it gives away more than it has.",
    ),
    # Milestone 2
    Mutant(
        2,
        "            return np.exp((a - 1) * np.log(z) - z - log_gamma(a))",
        "            return np.exp(a * np.log(z) - z - log_gamma(a + 1))",
        "This is what happens when the exponent is a: z^a e^(−z) / a! is the gamma "
        "density of shape a + 1. Below the line stands Γ(a), above it z^(a−1).",
    ),
    Mutant(
        2,
        "            upper, lower = gamma_tails(z + 1, lam)",
        "            upper, lower = gamma_tails(z, lam)",
        "This is what happens when P(X ≤ k) is the wait for k events: at most k have "
        "come as long as number k + 1 has not.",
    ),
    Mutant(
        2,
        "            return p * (1 - p) ** (z - 1)",
        "            return p * (1 - p) ** z",
        "This is what happens when failures are counted, 0, 1, 2 …: here the trials are, "
        "the success as the last of them, so k begins at 1.",
    ),
    Mutant(
        2,
        "        enough = np.where(p > 0.5, upper <= 1 - p, lower >= p) & (k >= least)",
        "        enough = np.where(p > 0.5, upper < 1 - p, lower > p) & (k > least)",
        "This is what happens when the cdf has to be above p: the quantile is the first "
        "k at which it reaches p.",
    ),
    Mutant(
        2,
        "            return a, math.sqrt(a), 2 / math.sqrt(a)",
        "            return a, a, 2 / math.sqrt(a)",
        "This is what happens when the variance is given for the deviation: it is in "
        "squared units, and its root is asked for.",
    ),
    # Milestone 3
    Mutant(
        3,
        "        yield n, total / n",
        "        yield n, total / math.sqrt(n)",
        "This is what happens when sums are divided by √n: that keeps the spread, but a "
        "mean is divided by n.",
    ),
    Mutant(
        3,
        "        return (means - parent.mean) * math.sqrt(n) / parent.std",
        "        return (means - parent.mean) / parent.std",
        "This is what happens when √n is forgotten: means of n scatter by σ / √n, and "
        "would shrink to a needle.",
    ),
    Mutant(
        3,
        "    return float(np.exp(n * (log_mgf(parent, t) - t * parent.mean)))",
        "    return float(n * np.exp(log_mgf(parent, t) - t * parent.mean))",
        "This is what happens when the n factors are added: M of a sum of independent "
        "numbers is the product of theirs, so it is log M that is multiplied by n.",
    ),
    Mutant(
        3,
        "    return float(max((after - u).max(), (u - after + 1 / n).max()))",
        "    return float(np.abs(after - u).max())",
        "This is what happens when only the top of each step is compared: just before "
        "it the share is still lower by 1 / n.",
    ),
    # Milestone 4
    Mutant(
        4,
        "        if not rule.low <= value <= rule.high or",
        "        if rule.low > value or value > rule.high or",
        "This is what happens when nan is asked whether it is too small or too large: it "
        "is neither, and slips through. Ask whether it is within.",
    ),
    Mutant(
        4,
        'R("2 rate X", D("chi2", 2 * a), moved(0, 0.5 / rate))',
        'R("2 rate X", D("chi2", a), moved(0, 0.5 / rate))',
        "This is what happens when the degrees of freedom are taken for the shape: a "
        "chi-square of ν is a gamma of shape ν / 2.",
    ),
    Mutant(
        4,
        "    return f.cdf(k)[which] - rng.random(len(x)) * f.height(k)[which]",
        "    return f.cdf(k)[which]",
        "This is what happens when F of counts is taken for uniform: it can only have "
        "the heights of its steps, so a place on each step is drawn.",
    ),
    Mutant(
        4,
        "(z[1:] * z[:-1]).mean() * math.sqrt(n), limit),",
        "(z * z).mean() - 1, limit),",
        "This is what happens when each number is compared with itself: neighbours that "
        "repeat each other are not noticed.",
    ),
]
