"""Wrong variants of chapter 20, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "                waiting[t] = waiting[t] + g  #",
        "                waiting[t] = g  #",
        "This is what happens when a later gradient replaces an earlier one: a tensor that "
        "is used twice moves the result in two ways, and the two add up.",
    ),
    Mutant(
        1,
        "        g = reshape(sum(g, dim=(*range(front), *long), keepdim=True), shape=x.shape)",
        "        g = reshape(mean(g, dim=(*range(front), *long), keepdim=True), shape=x.shape)",
        "This is what happens when fit takes the mean of what broadcasting repeated: every "
        "copy moves the result, so their gradients add up.",
    ),
    Mutant(
        1,
        "    return g * (1 - y * y)",
        "    return g * (1 - a * a)",
        "This is what happens when the derivative of tanh is taken as 1 − a²: it is 1 − y², "
        "with y = tanh a.",
    ),
    Mutant(
        1,
        "    return y * (g - sum(g * y, dim=dim, keepdim=True))",
        "    return y * (1 - y) * g",
        "This is what happens when only y_i (1 − y_i) is taken of softmax's derivatives: "
        "the other probabilities fall when one rises, and that counts as well.",
    ),
    Mutant(
        1,
        "    return expand(reshape(g, kept) * (math.prod(kept) / math.prod(a.shape)), a.shape)",
        "    return expand(reshape(g, kept), a.shape)",
        "This is what happens when the mean's gradient forgets the 1/n: that is the "
        "gradient of the sum.",
    ),
    # Milestone 2
    Mutant(
        2,
        "lambda: sum(G, 0))",
        "lambda: mean(G, 0))",
        "This is what happens when the bias gets the mean over the rows: it is added to "
        "every row, so it gets the sum. The loss has the 1/n already.",
    ),
    Mutant(
        2,
        '                memory["v"] += (1 - dampening) * g',
        '                memory["v"] += (1 - momentum) * g',
        "This is what happens when momentum is taken as a mean of the gradients: here, as "
        "in PyTorch, v = momentum · v + g.",
    ),
    Mutant(
        2,
        "            g = g + weight_decay * p\n        if momentum:",
        "            g = g - weight_decay * p\n        if momentum:",
        "This is what happens when the decay has the wrong sign: the weights are driven "
        "away from 0.",
    ),
    Mutant(
        2,
        "yield from dict.fromkeys(p for _, p in self.named_parameters())",
        "yield from (p for _, p in self.named_parameters())",
        "This is what happens when a shared parameter is yielded twice: the optimiser "
        "would move it twice.",
    ),
    Mutant(
        2,
        "    return _reduced((input - target) ** 2, reduction)",
        "    return _reduced(0.5 * (input - target) ** 2, reduction)",
        "This is what happens when half the square is taken: PyTorch's mse_loss has no ½.",
    ),
    # Milestone 3
    Mutant(
        3,
        '(g / n if reduction == "mean" else g, (-1, 1))',
        "(g, (-1, 1))",
        "This is what happens when the 1/n of the mean is missing in the gradient: it is "
        "n times too large.",
    ),
    Mutant(
        3,
        "        w *= 1 / math.sqrt(1 - b2**t)\n        w += eps\n"
        "        np.divide(m, w, out=w)\n        w *= lr / (1 - b1**t)",
        "        w += eps\n        np.divide(m, w, out=w)\n        w *= lr",
        "This is what happens without the two corrections: m and v begin at 0, and v is "
        "slower, so the first steps come out too long. Divide m by 1 − β₁ᵗ and v by 1 − β₂ᵗ.",
    ),
    Mutant(
        3,
        "    d[np.arange(n), _array(target)] -= 1",
        "    d[:, _array(target)] -= 1",
        "This is what happens when 1 is taken off whole columns: p[:, target] are the "
        "targets' columns in all rows, p[arange(n), target] is one entry of each row.",
    ),
    Mutant(
        3,
        "    return _reduced(softplus(input) - target * input, reduction)",
        "    return _reduced(softplus(input) + target * input, reduction)",
        "This is what happens when t z is added: the loss then rewards the wrong answer.",
    ),
    Mutant(
        3,
        "        return full + (rest > 0 and not self.drop_last)",
        "        return full",
        "This is what happens when the short last batch is left out: its rows are never "
        "seen. Only drop_last asks for that.",
    ),
    # Milestone 4
    Mutant(
        4,
        "    turned = kernel[:, :, ::-1, ::-1].swapaxes(0, 1)",
        "    turned = kernel.swapaxes(0, 1)",
        "This is what happens when the kernel is not turned around: an entry of x right of "
        "the kernel's middle was met by the kernel's left half.",
    ),
    Mutant(
        4,
        "(g - to_bias / n - z * (to_weight / n)) * slopes",
        "(g - to_bias / n) * slopes",
        "This is what happens when it is forgotten that x moves the scale, too: what only "
        "stretches z must be taken off, z · mean(g z).",
    ),
    Mutant(
        4,
        "        free &= ~first\n",
        "",
        "This is what happens when all equal entries of a window get the gradient: only "
        "the first may have it, or it is counted twice.",
    ),
    Mutant(
        4,
        "        p *= 1 - lr * weight_decay",
        "        p *= 1 - weight_decay",
        "This is what happens when the decay is not multiplied by lr.",
    ),
    Mutant(
        4,
        "    return input * (kept / (1 - p) if p < 1 else kept * 0.0).astype(input.dtype)",
        "    return input * (kept / 1.0 if p < 1 else kept * 0.0).astype(input.dtype)",
        "This is what happens when what is kept is not divided by 1 − p: the mean is "
        "smaller in training than afterwards.",
    ),
]
