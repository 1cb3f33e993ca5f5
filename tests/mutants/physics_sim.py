"""Wrong variants of chapter 8, and what each of them means."""

from judge import Mutant

MUTANTS = [
    # Milestone 1
    Mutant(
        1,
        "    return state._replace(position=x + v * dt, velocity=v + a * dt)",
        "    return state._replace(position=x + (v + a * dt) * dt, velocity=v + a * dt)",
        "This is what happens when the new velocity moves the ball: that is the "
        "semi-implicit step of milestone 3. Euler's uses the old one.",
    ),
    Mutant(
        1,
        "    a[:, 1] = -falling(state)",
        "    a[:, 1] = falling(state)",
        "This is what happens when balls fall upwards: y counts up, so gravity is "
        "negative.",
    ),
    Mutant(
        1,
        "    return divmod(left + ticks * hz, rate)",
        "    return divmod(left + ticks * rate, hz)",
        "This is what happens when hz and rate change places: in a tick of 1/rate s, "
        "hz/rate of a step is due, so ticks * hz is counted, and rate of it make a step.",
    ),
    Mutant(
        1,
        "    return np.where(np.isinf(state.mass), 0.0, state.gravity)",
        "    return np.full(len(state.mass), float(state.gravity))",
        "This is what happens when anchors fall too: an infinite mass stays where it "
        "is.",
    ),
    Mutant(
        1,
        "    return divmod(left + ticks * hz, rate)",
        "    return divmod(ticks * hz, rate)",
        "This is what happens when what was left of the last frame is forgotten: the "
        "world falls behind the clock.",
    ),
    # Milestone 2
    Mutant(
        2,
        "    pull = (k * (length - rest) + c * rate)[:, None] * u  # (s, 2)",
        "    pull = (k * (rest - length) + c * rate)[:, None] * u  # (s, 2)",
        "This is what happens when a stretched spring pushes: on i the force points to "
        "j, along u, when the spring is too long.",
    ),
    Mutant(
        2,
        "    np.add.at(force, i, pull)  #",
        "    force[i] += pull  #",
        "This is what happens when a ball that stands in i twice is counted once: of "
        "force[i] += pull numpy keeps only the last. np.add.at adds all.",
    ),
    Mutant(
        2,
        "    pull = (k * (length - rest) + c * rate)[:, None] * u  # (s, 2)",
        "    pull = (k * length + c * rate)[:, None] * u  # (s, 2)",
        "This is what happens when the rest length is left out: the spring would pull "
        "at rest too.",
    ),
    Mutant(
        2,
        "    return 1 / (1 / m + 1 / other)\n\n\ndef stability_limit",
        "    return (m + other) / 2\n\n\ndef stability_limit",
        "This is what happens when the mean of the two masses is taken: two equal "
        "masses swing like half of one, not like one.",
    ),
    Mutant(
        2,
        "    return 2 * math.sqrt(m / k) if k > 0 else math.inf",
        "    return 2 * math.sqrt(k / m) if k > 0 else math.inf",
        "This is what happens when k and m change places: that is 2 ω, and the limit is "
        "2 / ω. A stiffer spring needs a shorter step.",
    ),
    # Milestone 3
    Mutant(
        3,
        "    return state._replace(position=state.position + v * dt, velocity=v)",
        "    return state._replace(position=state.position + state.velocity * dt, velocity=v)",
        "This is what happens when the old velocity moves the ball: that is Euler's "
        "step again, and it explodes.",
    ),
    Mutant(
        3,
        "    x = state.position + v * dt + a * dt**2 / 2",
        "    x = state.position + v * dt + a * dt**2",
        "This is what happens without the ½ in ½ a dt²: from rest the mean velocity of "
        "a step is half of the last one.",
    ),
    Mutant(
        3,
        "    return there._replace(velocity=v + (a + accelerations(there)) * dt / 2)",
        "    return there._replace(velocity=v + a * dt)",
        "This is what happens when the velocity follows the old acceleration only: "
        "Verlet's step takes the mean of the old and the new one.",
    ),
    Mutant(
        3,
        "    return there._replace(velocity=v + (a + accelerations(there)) * dt / 2)",
        "    return there._replace(velocity=v + accelerations(there) * dt)",
        "This is what happens when the velocity follows the new acceleration only: "
        "Verlet's step takes the mean of the old and the new one.",
    ),
    Mutant(
        3,
        "    x, v = ((a + 2 * b + 2 * c + d) * dt / 6 for",
        "    x, v = ((a + b + c + d) * dt / 4 for",
        "This is what happens when all four slopes count alike: those in the middle "
        "count double, and the sum is divided by 6.",
    ),
    # Milestone 4
    Mutant(
        4,
        "        kinetic=float((m * dot(state.velocity, state.velocity)).sum() / 2),",
        "        kinetic=float((m * dot(state.velocity, state.velocity)).sum()),",
        "This is what happens without the ½ in ½ m v²: then the sum cannot stay while "
        "a ball falls.",
    ),
    Mutant(
        4,
        "    b, c = dot(d, u), dot(d, d) - np.add(r, s) ** 2",
        "    b, c = dot(d, u), dot(d, d) - np.square(r) - np.square(s)",
        "This is what happens with r² + s² for (r + s)²: they touch when their centres "
        "are r + s apart.",
    ),
    Mutant(
        4,
        "        t = np.maximum(c, 0) / (np.sqrt(np.maximum(D, 0)) - b)",
        "        t = np.maximum(c, 0) / (-np.sqrt(np.maximum(D, 0)) - b)",
        "This is what happens with the larger root: it is the moment at which they "
        "would part, after passing through each other.",
    ),
    Mutant(
        4,
        "    up = np.where(h < 0, -1.0, 1.0)",
        "    up = np.ones(np.shape(h))",
        "This is what happens when a wall above is taken for one below: that is when the "
        "ball comes down again. Seen upside down, y − wall, v and g change their signs.",
    ),
    Mutant(
        4,
        "    return (1 + bounce) * closing / (1 / m + 1 / other)",
        "    return bounce * closing / (1 / m + 1 / other)",
        "This is what happens without the 1 in 1 + e: they must first be stopped, and "
        "then be sent back.",
    ),
]
