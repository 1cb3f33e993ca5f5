"""Wrong variants of chapter 17, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "                self.intercept_ += blame\n",
        "                self.intercept_ += 0 * blame\n",
        "This is what happens when the bias b never learns: the line then has to go "
        "through the origin.",
    ),
    Mutant(
        1,
        "blame = float(target - (x @ self.coef_ + self.intercept_ > 0))",
        "blame = float((x @ self.coef_ + self.intercept_ > 0) - target)",
        "This is what happens when the blame has the wrong sign, ŷ − y for y − ŷ: every "
        "mistake makes the next one worse.",
    ),
    Mutant(
        1,
        "errors += blame != 0",
        "errors += int(blame)",
        "This is what happens when mistakes are added up with their signs: +1 and −1 "
        "cancel, and it stops although both were wrong.",
    ),
    Mutant(
        1,
        "blame = float(target - (x @ self.coef_ + self.intercept_ > 0))",
        "blame = float(target - (x @ self.coef_ + self.intercept_ >= 0))",
        "This is what happens when it fires at exactly 0 too: ŷ = 1 only above 0.",
    ),
    # Milestone 2
    Mutant(
        2,
        "-= 1\n    delta /= n  # (n, k)",
        "-= 1\n    delta /= 1  # (n, k)",
        "This is what happens when the 1/n of the mean is missing: the gradient is n "
        "times too large.",
    ),
    Mutant(
        2,
        "            delta *= slope(trace.z[layer - 1])\n",
        "            delta *= 1\n",
        "This is what happens when the slope of the bend, g′(z), is missing on the way "
        "back: the blame goes through a bend as if it were straight.",
    ),
    Mutant(
        2,
        "            delta *= slope(trace.z[layer - 1])\n",
        "            delta *= slope(trace.a[layer])\n",
        "This is what happens when the slope is taken at a, after the bend, and not at "
        "z, before it: g′(g(z)). With relu nobody would notice.",
    ),
    Mutant(
        2,
        "    return e / e.sum(axis=1, keepdims=True)",
        "    return e / e.sum(axis=0, keepdims=True)",
        "This is what happens when softmax sums down the columns, not along the rows: "
        "each row, not each column, is to add up to 1.",
    ),
    Mutant(
        2,
        "weights = [W - lr * G for",
        "weights = [W + lr * G for",
        "This is what happens when the weights go up the slope, not down: W − lr · dW.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    return kept * np.float32(1 / (1 - rate))",
        "    return kept * np.float32(1)",
        "This is what happens when what is kept is not multiplied by 1/(1 − rate): with "
        "nothing dropped the next layer would then get more than it ever has.",
    ),
    Mutant(
        3,
        "        scale = math.sqrt(2 / (d if he else d + k))\n",
        "        scale = 2 / (d if he else d + k)\n",
        "This is what happens when the variance, 2/d, is taken for the standard "
        "deviation: its root is missing, and signals die away.",
    ),
    Mutant(
        3,
        "        theta -= lr / (1 - self.beta1**self.t) * self.m / size",
        "        theta -= lr * self.m / size",
        "This is what happens when Adam's mean m starts at 0 and is not corrected: the "
        "first step is a tenth of what it should be.",
    ),
    Mutant(
        3,
        "        decaying = theta[: sum(W.size for W in self.weights)]",
        "        decaying = theta",
        "This is what happens when the biases decay too: only the weights are to.",
    ),
    Mutant(
        3,
        "total + loss * len(rows), step + 1",
        "total + loss * batch, step + 1",
        "This is what happens when the last batch, which is shorter, counts as much as "
        "a full one in the mean loss of the epoch.",
    ),
    # Milestone 4
    Mutant(
        4,
        "    return (losses[0] - losses[1]) / (2 * h)",
        "    return (losses[0] - losses[1]) / h",
        "This is what happens when the difference is divided by h: from w − h to w + h "
        "the way is 2h.",
    ),
    Mutant(
        4,
        "    array[place] = w\n",
        "    array[place] = moved\n",
        "This is what happens when the parameter is not put back: it stays at w − h.",
    ),
    Mutant(
        4,
        "    for moved in (w + h, w - h):",
        "    for moved in (w + 2 * h, w):",
        "This is what happens when the slope is measured to one side of w only: the "
        "error is of order h, not h².",
    ),
    Mutant(
        4,
        '    if crossed and model.activation == "relu":',
        '    if crossed and model.activation == "nothing":',
        "This is what happens when a wiggle across a kink counts: half of it lies on "
        "one slope, half on another, and the mean of the two is neither.",
    ),
    Mutant(
        4,
        "    return float(np.linalg.norm(g - measured) / size) if size else 0.0",
        "    return float(np.linalg.norm(g - measured)) if size else 0.0",
        "This is what happens when the difference is not divided by the sizes: 0.001 is "
        "much for a slope of 0.001, and nothing for one of 1,000.",
    ),
]
