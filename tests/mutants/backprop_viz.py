"""Wrong variants of chapter 18, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    delta = [(trace.a[L] - y[:, None]) / n]  # (n, 1)",
        "    delta = [(trace.a[L] - y[:, None]) / 1]  # (n, 1)",
        "This is what happens when the 1/n of the mean is missing: all blame is n times "
        "too large.",
    ),
    Mutant(
        1,
        "        at_z = at_a * slope\n",
        "        at_z = at_a * 1\n",
        "This is what happens when blame does not go through the bend: times g′(z) is "
        "missing.",
    ),
    Mutant(
        1,
        "W, z = trace.weights[layer], trace.z[layer - 1]",
        "W, z = trace.weights[layer], trace.a[layer]",
        "This is what happens when the slope g′ is taken at a, after the bend, and not "
        "at z, before it.",
    ),
    Mutant(
        1,
        '            a.append(bent(z[-1], "sigmoid"))',
        "            a.append(bent(z[-1], activation))",
        "This is what happens when the last layer bends as the hidden ones do: it has "
        "the sigmoid, whatever they have.",
    ),
    Mutant(
        1,
        "    weights = [W - lr * G for W, G in zip(trace.weights, back.dW)]",
        "    weights = [W + lr * G for W, G in zip(trace.weights, back.dW)]",
        "This is what happens when the step goes uphill: W + lr · dW for W − lr · dW.",
    ),
    # Milestone 2
    Mutant(
        2,
        "np.sqrt(len(W) * np.mean(W**2) * np.mean(slopes**2))",
        "np.sqrt(W.shape[1] * np.mean(W**2) * np.mean(slopes**2))",
        "This is what happens with √k for √d: W is (d, k), and blame that goes back "
        "is spread over d units.",
    ),
    Mutant(
        2,
        "np.sqrt(len(W) * np.mean(W**2) * np.mean(slopes**2))",
        "np.sqrt(len(W) * np.mean(W**2)) * np.mean(slopes)",
        "This is what happens with the mean of the slopes for their rms, the root of the "
        "mean of their squares.",
    ),
    Mutant(
        2,
        "    return np.array([np.linalg.norm(d) for d in backward_trace(trace, y).delta])",
        "    return np.array([d.std() for d in backward_trace(trace, y).delta])",
        "This is what happens with a standard deviation of δ for its length, the root of "
        "the sum of all squares.",
    ),
    Mutant(
        2,
        "    return np.array([np.linalg.norm(d) for d in backward_trace(trace, y).delta])",
        "    found = backward_trace(trace, y).delta[::-1]\n"
        "    return np.array([np.linalg.norm(d) for d in found])",
        "This is what happens when the last layer comes first.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    centred = z - z.mean(axis=1, keepdims=True)",
        "    centred = z - z.mean(axis=0, keepdims=True)",
        "This is what happens with the mean of each column: it is each row that gets "
        "the mean 0.",
    ),
    Mutant(
        3,
        "    return (g - g.mean(axis=1, keepdims=True) - h * along) / s",
        "    return g / s",
        "This is what happens when mean and spread are taken for fixed: they depend on "
        "z, too, and what that takes off is missing.",
    ),
    Mutant(
        3,
        "            at_a = at_a + beyond\n",
        "            at_a = at_a + 0 * beyond\n",
        "This is what happens when blame does not come back on the skip as well: "
        "∂loss/∂a[l+1] has to be added.",
    ),
    Mutant(
        3,
        "        beyond = at_a\n",
        "        beyond = delta[0]\n",
        "This is what happens when the skip carries δ, the blame of z: it goes round "
        "the bend, so it carries ∂loss/∂a.",
    ),
    Mutant(
        3,
        "bent_slope(normalised(z) if trace.norm else z, trace.activation)",
        "bent_slope(z, trace.activation)",
        "This is what happens when the slope g′ is taken at z, though it was "
        "normalised(z) that was bent.",
    ),
    # Milestone 4
    Mutant(
        4,
        "for by in (h, -h))\n    return Edge(delta, a, float(delta @ a), (up - down) / (2 * h))",
        "for by in (h, 0))\n    return Edge(delta, a, float(delta @ a), (up - down) / h)",
        "This is what happens with a wiggle to one side only: its error is of order h, "
        "not h².",
    ),
    Mutant(
        4,
        "float(delta @ a), (up - down) / (2 * h))",
        "float(delta @ a), (up - down) / h)",
        "This is what happens when the difference is divided by h: from w − h to w + h "
        "it is 2h.",
    ),
    Mutant(
        4,
        "float(delta @ a), (up",
        "float(np.mean(delta * a)), (up",
        "This is what happens with the mean over the rows for the sum: the 1/n is in δ "
        "already.",
    ),
    Mutant(
        4,
        "    weights = [W.copy() for W in trace.weights]\n",
        "    weights = list(trace.weights)\n",
        "This is what happens when the list is copied, but not the arrays in it: the "
        "wiggled weight is not put back.",
    ),
    Mutant(
        4,
        "delta[layer][:, j], trace.a[layer][:, i]",
        "delta[layer][:, min(i, shape[1] - 1)], trace.a[layer][:, min(j, shape[0] - 1)]",
        "This is what happens when i and j change places: the wire runs from unit i, "
        "whose a comes in, to unit j, which has the blame.",
    ),
]
