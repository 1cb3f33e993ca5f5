"""Wrong variants of chapter 6, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    return (f(x + h) - f(x - h)) / (2 * h)",
        "    return (f(x + h) - f(x - h)) / h",
        "This is what happens when the difference is divided by h, not by 2h: from "
        "x − h to x + h it is twice as far, and the slope comes out twice too steep.",
    ),
    Mutant(
        1,
        "        x = x - lr * direction",
        "        x -= lr * direction",
        "This is what happens when an array x is changed in place, as x -= … does: the "
        "Steps given before hold the same array, and move with it.",
    ),
    Mutant(
        1,
        "        x = x - lr * direction",
        "        x = x + lr * direction",
        "This is what happens when the step is added: the slope points uphill, so x "
        "must go the other way.",
    ),
    Mutant(
        1,
        "        direction, memory = rule(g, memory, t + 1)",
        "        direction, memory = rule(g, memory, t)",
        "This is what happens when the rule is asked with the number of the place, not "
        "of the step: the first step, from place 0, is step 1.",
    ),
    Mutant(
        1,
        "    for t in range(max_iterations + 1):",
        "    for t in range(max_iterations):",
        "This is what happens when the start is counted as an iteration: after "
        "max_iterations steps there are max_iterations + 1 places.",
    ),
    # Milestone 2
    Mutant(
        2,
        "            p[j] = value\n            return f(p)",
        "            p[:] = value\n            return f(p)",
        "This is what happens when all coordinates move together: in a partial "
        "derivative only coordinate j does.",
    ),
    Mutant(
        2,
        "    return np.array(parts)",
        "    return np.array(parts) / np.linalg.norm(parts)",
        "This is what happens when the gradient is set to length 1: its length says how "
        "steep it is, and is needed.",
    ),
    Mutant(
        2,
        "    M = H / s + 2 * np.eye(len(H))",
        "    M = H / s",
        "This is what happens without the shift: multiplying by H leads to the eigenvalue "
        "of largest size, and a strong downward curve (−5) wins over an upward one (1).",
    ),
    Mutant(
        2,
        "    return 2 / L if L > rounding(f, x) else math.inf",
        "    return 1 / L if L > rounding(f, x) else math.inf",
        "This is what happens with 1/L: at that rate one step reaches the bottom; what "
        "is stable goes on to twice as much.",
    ),
    Mutant(
        2,
        "            p = np.array(x, dtype=float)",
        "            p = np.asarray(x, dtype=float)",
        "This is what happens when x itself is moved, not a copy: the place is another one "
        "afterwards, and so are the slopes that are taken next.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    v = mu * v + g\n    return v, v",
        "    v = mu * v + (1 - mu) * g\n    return v, v",
        "This is what happens when the velocity is a mean of the slopes, (1 − μ) g: the "
        "ball then is no faster than plain descent.",
    ),
    Mutant(
        3,
        "    v = mu * v + g\n    return v, v",
        "    v = mu * v + g\n    return v, g",
        "This is what happens when the last slope is remembered instead of the "
        "velocity: the memory then goes back one step only.",
    ),
    Mutant(
        3,
        "    return g + mu * v, v",
        "    return v, v",
        "This is what happens when Nesterov's look ahead is missing: that is plain "
        "momentum.",
    ),
    Mutant(
        3,
        "    return g + mu * v, v",
        "    return mu * v, v",
        "This is what happens when the direction is μ v alone: the slope of this very "
        "place is forgotten in it.",
    ),
    # Milestone 4
    Mutant(
        4,
        "    return g / (np.sqrt(s) + 1e-8), s",
        "    return g / (s + 1e-8), s",
        "This is what happens without the root: s is the mean of g², so only its root "
        "is a size of slopes.",
    ),
    Mutant(
        4,
        "    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)",
        "    m_hat, v_hat = m, v",
        "This is what happens without the correction of the beginning: m is 0.1 g and "
        "√v is 0.03 g after one step, and their ratio is not 1.",
    ),
    Mutant(
        4,
        "    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)",
        "    m_hat, v_hat = m / (1 - beta1), v / (1 - beta2)",
        "This is what happens when the correction stays that of the first step: the "
        "exponent t is missing.",
    ),
    Mutant(
        4,
        "    v = beta2 * v + (1 - beta2) * g**2",
        "    v = beta2 * v + (1 - beta2) * (g @ g if np.ndim(g) else g * g)",
        "This is what happens when all coordinates share one size, ‖g‖²: each must be "
        "divided by its own.",
    ),
    Mutant(
        4,
        "            first[there & (first < 0)] = t",
        "            first[there] = t",
        "This is what happens when the last time below the line is noted instead of the "
        "first.",
    ),
]
