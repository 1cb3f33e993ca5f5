"""Chapter 8, the physics simulator: the judge of the four milestones."""

import numpy as np
import pytest
from conftest import chapter
from hypothesis import given, settings, strategies
from judge import close, holds
from oracles import numerical_gradient
from scipy import integrate

sim = chapter("physics_sim")

G = 10.0  # m/s², so that the arithmetic can be done in the head
BOX = (0.0, 0.0, 10.0, 8.0)
seeds = strategies.integers(0, 10**6)


def world(balls, springs=(), gravity=G, box=None, **more):
    """A state from rows of x, y, vx, vy, mass, radius."""
    x, y, vx, vy, m, r = np.array(balls, dtype=float).reshape(-1, 6).T
    table = np.array(springs, dtype=float).reshape(-1, 5)
    place, v = np.stack([x, y], axis=1), np.stack([vx, vy], axis=1)
    return sim.State(place, v, m, r, table, gravity, box, **more)


def net(rng, n=5, damping=0.0):
    """Balls at random, one of them an anchor, each on springs to two others."""
    balls = np.zeros((n, 6))
    balls[:, :2] = rng.uniform(0, 10, (n, 2))
    balls[:, 2:4] = rng.normal(size=(n, 2))
    balls[:, 4], balls[:, 5] = rng.uniform(0.5, 3, n), 0.1
    balls[0, 2:5] = 0, 0, np.inf
    springs = [
        (i, (i + d) % n, rng.uniform(1, 50), rng.uniform(1, 5), damping)
        for i in range(n) for d in (1, 2)
    ]  # fmt: skip
    return world(balls, springs)


def oscillator(omega=100.0, stretched=1.0):
    """A unit mass on an anchor 5 m away, k = ω², stretched and let go; no gravity."""
    balls = [(0, 0, 0, 0, np.inf, 0.1), (5 + stretched, 0, 0, 0, 1, 0.1)]
    return world(balls, [(0, 1, omega**2, 5, 0)], gravity=0.0)


def after(state, dt, steps, way):
    """The state after so many steps by sim.<way>."""
    for _ in range(steps):
        state = getattr(sim, way)(state, dt)
    return state


def spring_energy(x, state):
    """Σ ½ k (length − rest)² of balls at x (n, 2): the referee's own."""
    i, j = state.springs[:, :2].astype(int).T
    _, _, k, rest, _ = state.springs.T
    return float((k * (np.linalg.norm(x[j] - x[i], axis=1) - rest) ** 2).sum() / 2)


def swing(state, omega=100.0):
    """Stretch and velocity of the oscillator, and its energy."""
    x, v = state.position[1, 0] - 5, state.velocity[1, 0]
    return x, v, (v**2 + (omega * x) ** 2) / 2


# --------------------------------------------------------------------------
# Milestone 1: a ball falls


@pytest.mark.milestone1
def test_all_fall_alike_but_the_anchor_which_stays():
    s = world([(0, 5, 0, 0, 1, 0.1), (1, 5, 3, 0, 20, 0.1), (2, 5, 0, 0, np.inf, 0.1)])
    close(sim.falling(s), [10, 10, 0], "falling(masses 1, 20, inf; g = 10)")
    want = [[0, -10], [0, -10], [0, 0]]
    close(sim.accelerations(s), want, "accelerations(masses 1, 20, inf; g = 10)")


@pytest.mark.milestone1
def test_three_steps_of_euler_by_hand():
    """g = 10, dt = 0.1, from y = 10 at rest, 2 m/s to the right. Each step adds the
    old v times 0.1 to y, and −1 to v: y = 10, 9.9, 9.7; v = −1, −2, −3; x = 0.2,
    0.4, 0.6."""
    s = world([(0, 10, 2, 0, 3, 0.1)])
    for n, (x, y, v) in enumerate([(0.2, 10, -1), (0.4, 9.9, -2), (0.6, 9.7, -3)], 1):
        s = sim.euler(s, 0.1)
        close(s.position, [[x, y]], f"position after step {n} of euler, dt = 0.1")
        close(s.velocity, [[2, v]], f"velocity after step {n} of euler, dt = 0.1")


@pytest.mark.milestone1
@settings(max_examples=40)
@given(seed=seeds, steps=strategies.integers(1, 60))
def test_a_fall_by_euler_is_too_high_by_half_g_dt_squared_a_step(seed, steps):
    rng = np.random.default_rng(seed)
    dt, y, v = rng.uniform(0.001, 0.2), rng.uniform(-5, 5), rng.uniform(-5, 5)
    t = steps * dt
    got = after(world([(0, y, 0, v, 1, 0.1)]), dt, steps, "euler").position[0, 1]
    want = y + v * t - G * t**2 / 2 + steps * G * dt**2 / 2
    close(got, want, f"height after {steps} steps of euler, dt = {dt:.3f}", atol=1e-8)


@pytest.mark.milestone1
def test_several_balls_move_each_by_its_own_velocity(rng):
    balls = rng.normal(size=(4, 6)) + [0, 0, 0, 0, 9, 9]
    s = sim.euler(world(balls), 0.5)
    close(
        s.position, balls[:, :2] + 0.5 * balls[:, 2:4], "position after euler(s, 0.5)"
    )
    close(s.velocity, balls[:, 2:4] - [0, 5], "velocity after euler(s, 0.5)")


@pytest.mark.milestone1
def test_a_step_gives_a_new_state_and_leaves_the_old_one():
    s = world([(1, 2, 3, 4, 5, 6)], bounce=0.3)
    new = sim.euler(s, 0.1)
    close(s.position, [[1, 2]], "position of the old state, after euler(state, 0.1)")
    close(s.velocity, [[3, 4]], "velocity of the old state, after euler(state, 0.1)")
    kept = (new.mass[0], new.radius[0], new.gravity, new.bounce)
    close(kept, (5, 6, G, 0.3), "mass, radius, gravity, bounce after euler(state, 0.1)")


@pytest.mark.milestone1
def test_steps_are_counted_in_whole_numbers():
    """A frame of 1/144 s is 60/144 of a step: 60 of 144 parts. Three make 180: 1 step,
    36 left."""
    close(sim.steps_due(0, 1, 144, 60), (0, 60), "steps_due(0, 1, 144, 60)")
    close(sim.steps_due(120, 1, 144, 60), (1, 36), "steps_due(120, 1, 144, 60)")
    close(sim.steps_due(0, 50, 1000, 60), (3, 0), "steps_due(0, 50, 1000, 60)")


@pytest.mark.milestone1
@given(
    ticks=strategies.lists(strategies.integers(0, 400), max_size=60),
    hz=strategies.integers(1, 500),
    rate=strategies.sampled_from([30, 60, 144, 1000]),
)
def test_however_time_is_cut_no_step_is_lost(ticks, hz, rate):
    left = total = 0
    for tick in ticks:
        due, left = sim.steps_due(left, tick, rate, hz)
        total += due
    want = sum(ticks) * hz // rate
    close(
        total, want, f"steps in {len(ticks)} frames, {sum(ticks)} ticks of 1/{rate} s"
    )


# --------------------------------------------------------------------------
# Milestone 2: springs, and how Euler explodes


@pytest.mark.milestone2
def test_the_stretch_of_a_spring_by_hand():
    """From (1, 1) to (4, 5): (3, 4), so 5 m long, direction (0.6, 0.8). One end moves
    with (1, 0): 0.6 of it along the spring."""
    s = world([(1, 1, 0, 0, 1, 0), (4, 5, 1, 0, 1, 0)], [(0, 1, 10, 2, 0)])
    length, u, rate = sim.stretch(s)
    close(length, [5], "length, stretch(spring from (1, 1) to (4, 5))")
    close(u, [[0.6, 0.8]], "direction, stretch(spring from (1, 1) to (4, 5))")
    close(rate, [0.6], "rate, stretch(spring, its end moving with (1, 0))")


@pytest.mark.milestone2
def test_the_force_of_a_spring_by_hand():
    """5 m long, 2 m at rest, k = 10: 30 N along (0.6, 0.8) is (18, 24), and the
    opposite on the other end. With a damping of 2 and a rate of 0.6 it is 31.2 N."""
    balls = [(1, 1, 0, 0, 1, 0), (4, 5, 1, 0, 2, 0)]
    got = sim.spring_forces(world(balls, [(0, 1, 10, 2, 0)]))
    close(got, [[18, 24], [-18, -24]], "spring_forces(k = 10, stretched by 3)")
    got = sim.spring_forces(world(balls, [(0, 1, 10, 2, 2)]))
    want = [[18.72, 24.96], [-18.72, -24.96]]
    close(got, want, "spring_forces(the same with damping 2, rate 0.6)")


@pytest.mark.milestone2
def test_a_pressed_spring_pushes_its_ends_apart():
    s = world([(0, 0, 0, 0, 1, 0), (1, 0, 0, 0, 1, 0)], [(0, 1, 10, 3, 0)])
    want = [[-20, 0], [20, 0]]
    close(sim.spring_forces(s), want, "spring_forces(k = 10, pressed by 2)")


@pytest.mark.milestone2
def test_a_ball_on_several_springs_feels_all_of_them():
    """In the middle of three anchors at 2 m, each spring at rest 1 m long, k = 1: from
    the right, the left and above come (1, 0) + (−1, 0) + (0, 1)."""
    ends = [(2, 0, 0, 0, 1, 0), (-2, 0, 0, 0, 1, 0), (0, 2, 0, 0, 1, 0)]
    springs = [(0, 1, 1, 1, 0), (0, 2, 1, 1, 0), (0, 3, 1, 1, 0)]
    got = sim.spring_forces(world([(0, 0, 0, 0, 1, 0), *ends], springs))
    close(got[0], [0, 1], "force on a ball with three springs")


@pytest.mark.milestone2
def test_a_spring_of_length_zero_does_no_harm():
    s = world([(1, 1, 0, 0, 1, 0), (1, 1, 0, 0, 1, 0)], [(0, 1, 10, 2, 1)])
    close(
        sim.spring_forces(s), np.zeros((2, 2)), "spring_forces(both ends in one place)"
    )


@pytest.mark.milestone2
@settings(max_examples=40)
@given(seed=seeds)
def test_the_force_is_minus_the_slope_of_the_energy(seed):
    s = net(np.random.default_rng(seed), n=4)
    want = -numerical_gradient(lambda x: spring_energy(x, s), s.position)
    close(sim.spring_forces(s), want, "spring_forces of a net of 4 balls", 1e-6, 1e-5)


@pytest.mark.milestone2
@given(seed=seeds)
def test_all_forces_together_are_nothing(seed):
    """To every force there is an opposite one, so nothing pulls itself along."""
    F = sim.spring_forces(net(np.random.default_rng(seed), damping=0.7))
    close(F.sum(axis=0), [0, 0], "sum of the spring_forces of a net", atol=1e-9)


@pytest.mark.milestone2
def test_dampers_only_take_energy(rng):
    """Their power is −Σ c · rate²: it is what they do to balls that move."""
    with_c, without = (net(np.random.default_rng(3), damping=c) for c in (0.8, 0.0))
    F = sim.spring_forces(with_c) - sim.spring_forces(without)
    got = float((F * with_c.velocity).sum())
    want = -0.8 * float((sim.stretch(with_c)[2] ** 2).sum())
    close(got, want, "power of the dampers, c = 0.8")
    holds(got < 0, "power of the dampers", got, "below 0")


@pytest.mark.milestone2
def test_acceleration_is_gravity_and_force_by_mass(rng):
    s = net(rng)
    want = sim.spring_forces(s)[1:] / s.mass[1:, None] - [0, G]
    close(sim.accelerations(s)[1:], want, "accelerations of a net")
    close(sim.accelerations(s)[0], [0, 0], "acceleration of the anchor of a net")


@pytest.mark.milestone2
def test_the_reduced_mass_by_hand():
    """1/(1/3 + 1/6) = 1/(1/2) = 2; two equal ones have half; an anchor leaves it."""
    close(sim.reduced_mass(3, 6), 2, "reduced_mass(3, 6)")
    close(sim.reduced_mass(4, 4), 2, "reduced_mass(4, 4)")
    close(sim.reduced_mass(5, np.inf), 5, "reduced_mass(5, inf)")


@pytest.mark.milestone2
def test_the_stability_limit_by_hand():
    """k = 10,000 and 1 kg: 2 √(1/10,000) = 0.02 s. Four times the mass, twice that."""
    close(sim.stability_limit(1e4, 1), 0.02, "stability_limit(10,000, 1)")
    close(sim.stability_limit(1e4, 4), 0.04, "stability_limit(10,000, 4)")
    got = sim.stability_limit(0, 1)
    holds(got == np.inf, "stability_limit(0, 1)", got, "inf: nothing swings")


@pytest.mark.milestone2
@given(k=strategies.floats(0.1, 1e5), m=strategies.floats(0.01, 100))
def test_beyond_the_limit_the_matrix_of_a_step_stretches(k, m):
    """v ← v − ω² x dt, x ← x + v dt is a matrix. Its largest eigenvalue has the size 1
    below the limit, and more beyond."""
    limit = sim.stability_limit(k, m)
    for share, bounded in ((0.99, True), (1.01, False)):
        dt, w2 = share * limit, k / m
        size = np.abs(np.linalg.eigvals([[1 - w2 * dt**2, dt], [-w2 * dt, 1]])).max()
        holds((size < 1 + 1e-6) == bounded, f"|eigenvalue| at {share} of the limit",
              size, "1 below the limit, more beyond")  # fmt: skip


@pytest.mark.milestone2
def test_the_longest_step_of_one_spring_is_its_limit():
    for m, other in ((1, np.inf), (3, 6)):
        s = world([(0, 0, 0, 0, other, 0), (1, 0, 0, 0, m, 0)], [(0, 1, 500, 1, 0)])
        want = 2 * np.sqrt(1 / (1 / m + 1 / other) / 500)
        close(sim.longest_step(s), want, f"longest_step, k = 500, masses {m}, {other}")
    got = sim.longest_step(world([(0, 0, 0, 0, 1, 0)]))
    holds(got == np.inf, "longest_step without springs", got, "inf")


@pytest.mark.milestone2
@given(seed=seeds)
def test_the_longest_step_of_a_net_is_safe_and_not_timid(seed):
    """The referee: the highest frequency of the net, from the eigenvalues of its
    stiffness matrix (all springs in one line, where they are stiffest)."""
    s = net(np.random.default_rng(seed), n=6)
    K = np.zeros((6, 6))
    for i, j, k, _, _ in s.springs:
        ends = np.ix_([int(i), int(j)], [int(i), int(j)])
        K[ends] += k * np.array([[1, -1], [-1, 1]])
    half = np.diag(1 / np.sqrt(s.mass))
    true = 2 / np.sqrt(np.linalg.eigvalsh(half @ K @ half).max())
    got = sim.longest_step(s)
    holds(0.5 * true <= got <= true * (1 + 1e-9), "longest_step / the true limit",
          got / true, "from 0.5 to 1")  # fmt: skip


@pytest.mark.milestone2
def test_euler_multiplies_the_energy_of_a_swing_at_every_step():
    """x + v dt and v − ω² x dt: the squares add up to (1 + ω² dt²) times the old
    energy. With ω = 100 and dt = 1/60 that is 3.78: in 15 steps 460 million times as
    much."""
    s = oscillator(stretched=1e-6)
    for n in range(1, 16):
        before, s = swing(s)[2], sim.euler(s, 1 / 60)
        got, want = swing(s)[2] / before, 1 + (100 / 60) ** 2
        close(got, want, f"energy after / before step {n} of euler, ω dt = 1.67", 1e-6)


# --------------------------------------------------------------------------
# Milestone 3: steps that stay bounded


@pytest.mark.milestone3
def test_two_steps_of_a_fall_by_hand():
    """g = 10, dt = 0.1, from y = 10 at rest. The new v first: −1, y = 9.9; −2, 9.7.
    The mean: y = 10 − ½ · 10 · 0.01 = 9.95, then 9.95 − 0.1 − 0.05 = 9.8: what ½ g
    t² says."""
    want = {"semi_implicit": (9.9, 9.7), "verlet": (9.95, 9.8), "rk4": (9.95, 9.8)}
    for way, heights in want.items():
        s = world([(0, 10, 2, 0, 3, 0.1)])
        for n, y in enumerate(heights, 1):
            s = getattr(sim, way)(s, 0.1)
            close(s.position, [[0.2 * n, y]], f"position after step {n} of {way}")
            close(s.velocity, [[2, -n]], f"velocity after step {n} of {way}")


@pytest.mark.milestone3
def test_one_step_of_a_spring_by_hand():
    """k = 100, 1 kg, stretched by 1, dt = 0.1, so ω dt = 1 and a = −100. New v first:
    −10, then x = 1 − 1 = 0. Verlet: x = 1 − ½ = ½, a′ = −50, v = −7.5. Runge and Kutta:
    the series of cos 1 and sin 1 to the 4th power: x = 1 − 1/2 + 1/24, v = −10 (1 −
    1/6)."""
    want = {"semi_implicit": (0, -10), "verlet": (0.5, -7.5),
            "rk4": (1 - 1 / 2 + 1 / 24, -10 * (1 - 1 / 6))}  # fmt: skip
    for way, (x, v) in want.items():
        s = getattr(sim, way)(oscillator(10), 0.1)
        got = swing(s)[:2]
        close(got, (x, v), f"stretch and velocity after {way}, ω dt = 1")
        close(s.position[0], [0, 0], f"the anchor after {way}")


@pytest.mark.milestone3
def test_the_rates_by_hand():
    """The spring from above, a = −100 at stretch 1. Half a second on with 3 m/s,
    gaining 4 m/s²: x = 1 + 1.5 and v = 0 + 2, so a = −250."""
    s = oscillator(10)
    v, a = sim.rates(s)
    close((v[1, 0], a[1, 0]), (0, -100), "rates(s): v and a now")
    way = np.array([[0, 0], [3.0, 0]]), np.array([[0, 0], [4.0, 0]])
    v, a = sim.rates(s, way, 0.5)
    close((v[1, 0], a[1, 0]), (2, -250), "rates(s, way, 0.5), way = (3, 4)")


@pytest.mark.milestone3
@pytest.mark.parametrize(
    "way, order", [("euler", 1), ("semi_implicit", 1), ("verlet", 2), ("rk4", 4)]
)
def test_the_error_falls_with_the_right_power_of_the_step(way, order):
    """Half the step, twice as many: the error at 1 s falls to 1/2, 1/4, 1/16."""
    errors = []
    for steps in (400, 800):
        x, v, _ = swing(after(oscillator(2), 1 / steps, steps, way))
        errors.append(np.hypot(x - np.cos(2), v + 2 * np.sin(2)))
    got = np.log2(errors[0] / errors[1])
    close(got, order, f"power of dt in the error of {way}", rtol=0, atol=0.1)


@pytest.mark.milestone3
def test_with_dampers_the_error_of_verlet_still_falls_with_dt_squared():
    """x″ = −4 x − 0.8 x′ from rest at 1: e^(−0.4 t) (cos bt + 0.4/b sin bt)."""
    b, errors = np.sqrt(4 - 0.16), []
    want = np.exp(-0.4) * (np.cos(b) + 0.4 / b * np.sin(b))
    for steps in (100, 200):
        s = oscillator(2)
        s.springs[0, 4] = 0.8
        errors.append(abs(swing(after(s, 1 / steps, steps, "verlet"))[0] - want))
    got = np.log2(errors[0] / errors[1])
    close(got, 2, "power of dt in the error of verlet, damped", rtol=0, atol=0.15)


@pytest.mark.milestone3
@pytest.mark.parametrize(
    "way, tol", [("semi_implicit", 5e-2), ("verlet", 3e-4), ("rk4", 1e-8)]
)
def test_a_net_moves_as_scipy_says(way, tol):
    s = net(np.random.default_rng(5), damping=0.1)
    n, mass = 5, s.mass[:, None]

    def slope(_, z):
        x, v = z.reshape(2, n, 2)
        F = np.zeros((n, 2))
        for i, j, k, rest, c in s.springs:
            i, j = int(i), int(j)
            d = x[j] - x[i]
            u = d / np.linalg.norm(d)
            F[i] += (k * (np.linalg.norm(d) - rest) + c * (v[j] - v[i]) @ u) * u
            F[j] -= (k * (np.linalg.norm(d) - rest) + c * (v[j] - v[i]) @ u) * u
        a = F / mass - [0, G]
        a[0] = 0
        return np.concatenate([v, a]).ravel()

    z = np.concatenate([s.position, s.velocity]).ravel()
    true = integrate.solve_ivp(slope, (0, 0.5), z, "DOP853", rtol=1e-12, atol=1e-12)
    got = after(s, 0.5 / 400, 400, way)
    want = true.y[:, -1].reshape(2, n, 2)
    close(got.position, want[0], f"positions after 400 steps of {way}", 0, tol)
    close(got.velocity, want[1], f"velocities after 400 steps of {way}", 0, 10 * tol)


@pytest.mark.milestone3
@pytest.mark.parametrize("way", ["semi_implicit", "verlet"])
def test_the_stiff_spring_stays_bounded_at_60_steps_a_second(way):
    """k = 10,000 and 1 kg: 1/60 s is below the limit of 0.02 s. In 20 s the energy
    never exceeds what it reached in the first second."""
    s, energies = oscillator(), []
    for _ in range(1200):
        s = getattr(sim, way)(s, 1 / 60)
        energies.append(swing(s)[2])
    got = max(energies) / max(energies[:60])
    holds(got < 1.02, f"largest energy in 20 s / in the first, {way}", got, "about 1")


@pytest.mark.milestone3
def test_verlet_keeps_an_energy_of_its_own():
    """½ v² + ½ ω² x² (1 − ω² dt²/4) stays exactly: an ellipse a little off the true
    one."""
    s, dt, kept = oscillator(), 1 / 60, []
    for _ in range(300):
        s = sim.verlet(s, dt)
        x, v, _ = swing(s)
        kept.append(v**2 / 2 + (100 * x) ** 2 / 2 * (1 - (100 * dt) ** 2 / 4))
    close(kept, np.full(300, kept[0]), "½ v² + ½ ω² x² (1 − ω² dt²/4)", rtol=1e-8)


@pytest.mark.milestone3
@settings(max_examples=40)
@given(seed=seeds)
def test_verlet_finds_its_way_back(seed):
    """Turn all velocities around and take as many steps: back at the start."""
    s = net(np.random.default_rng(seed))
    there = after(s, 0.01, 20, "verlet")
    back = after(there._replace(velocity=-there.velocity), 0.01, 20, "verlet")
    close(back.position, s.position, "verlet, 20 steps and 20 back", atol=1e-7)
    close(
        back.velocity, -s.velocity, "velocity, 20 steps of verlet and back", atol=1e-6
    )


@pytest.mark.milestone3
def test_what_a_step_does_to_areas():
    """A small area of starts (x, v) becomes one of the same size by the two that stay
    bounded, 1 + ω² dt² times as large by Euler, smaller by Runge and Kutta."""
    dt, omega = 1 / 60, 100.0
    s = oscillator(omega)
    areas = {}
    for way in sim.INTEGRATORS:

        def step(z, way=way):
            place, v = s.position.copy(), s.velocity.copy()
            place[1, 0], v[1, 0] = z
            new = getattr(sim, way)(s._replace(position=place, velocity=v), dt)
            return np.array([new.position[1, 0], new.velocity[1, 0]])

        z = np.array([5.7, 3.0])
        rows = [numerical_gradient(lambda z, i=i: step(z)[i], z) for i in (0, 1)]
        areas[way] = np.linalg.det(rows)
    got = [areas[way] for way in ("euler", "semi_implicit", "verlet")]
    want = [1 + (omega * dt) ** 2, 1, 1]
    close(got, want, "area after / before: euler, semi_implicit, verlet", rtol=1e-5)
    holds(areas["rk4"] < 0.95, "area after / before: rk4", areas["rk4"], "below 1")


@pytest.mark.milestone3
@pytest.mark.parametrize("y", [0.5, 1.0, 100 / 60])
def test_runge_and_kutta_leak_a_known_share_at_every_step(y):
    """The energy is multiplied by 1 − y⁶/72 + y⁸/576, y = ω dt (for y = 1.67: 0.81)."""
    s, dt = oscillator(), y / 100
    for n in (1, 2, 3):
        before, s = swing(s)[2], sim.rk4(s, dt)
        want = 1 - y**6 / 72 + y**8 / 576
        close(
            swing(s)[2] / before,
            want,
            f"energy after / before step {n}, ω dt = {y:.2f}",
        )


@pytest.mark.milestone3
def test_no_step_changes_the_state_it_is_given(rng):
    s = net(rng)
    x, v = s.position.copy(), s.velocity.copy()
    for way in sim.INTEGRATORS:
        getattr(sim, way)(s, 0.1)
        close(s.position, x, f"position of the old state, after {way}")
        close(s.velocity, v, f"velocity of the old state, after {way}")


# --------------------------------------------------------------------------
# Milestone 4: energy that stays


@pytest.mark.milestone4
def test_the_energy_by_hand():
    """2 kg with (3, 4) m/s: ½ · 2 · 25 = 25 J, at 6 m above the floor, which is at 1:
    2 · 10 · 5 = 100 J. An anchor at (0, 1); the spring is 5 m long, 3 at rest, k = 8:
    ½ · 8 · 4 = 16 J."""
    balls = [(0, 1, 0, 0, np.inf, 0.1), (0, 6, 3, 4, 2, 0.1)]
    s = world(balls, [(0, 1, 8, 3, 0)], box=(-5, 1, 5, 9))
    got = sim.energy(s)
    close(tuple(got), (25, 16, 100), "energy: kinetic, spring, gravity")
    close(got.total, 141, "energy(s).total")


@pytest.mark.milestone4
def test_a_springs_energy_stays_within_a_percent_for_a_thousand_steps():
    s = oscillator(6, 0.5)
    E = []
    for _ in range(1000):
        s = sim.step(s, 1 / 60)
        E.append(sim.energy(s).total)
    drift = np.ptp(E) / E[0]
    holds(
        drift < 0.01, "drift of the energy, ω dt = 0.1, 1,000 steps", drift, "below 1 %"
    )


@pytest.mark.milestone4
@pytest.mark.parametrize("y, v, g, wall, want", [
    (20, 0, 10, 0, 2), (0, 5, 10, 0, 1), (3, -2, 0, 0, 1.5), (3, 2, 0, 0, np.inf),
    (0, 5, 10, 1.2, 0.4), (0, 4, 10, 1.2, np.inf), (7, -4, 0, 5, 0.5), (4, 3, 0, 10, 2),
    (2, 0, 10, 2, 0), (2, -1, 10, 2, 0), (2, 1, 0, 2, np.inf), (2, 0, 0, 2, np.inf),
])  # fmt: skip
def test_the_time_to_a_wall_by_hand(y, v, g, wall, want):
    """From 20 m: 20 = 5 t², 2 s. Thrown up with 5: back after 2 · 5/10. To a ceiling at
    1.2 m: 5 t − 5 t² = 1.2 at 0.4 s and, coming down again, at 0.6 s: the first counts.
    With 4 m/s one only comes to 0.8 m, and never there."""
    close(sim.time_to_wall(y, v, g, wall), want, f"time_to_wall({y}, {v}, {g}, {wall})")


@pytest.mark.milestone4
@settings(max_examples=40)
@given(seed=seeds)
def test_at_that_time_it_is_at_the_wall_and_not_before(seed):
    rng = np.random.default_rng(seed)
    y, v, wall = rng.uniform(-5, 5, 3)
    g = rng.choice([0.0, rng.uniform(0, 20)])
    call = f"time_to_wall({y:.3f}, {v:.3f}, {g:.3f}, {wall:.3f})"
    roots = np.roots([-g / 2, v, y - wall]) if g else np.array([(wall - y) / v])
    times = sorted(t.real for t in roots if abs(t.imag) < 1e-9 and t.real > 1e-9)
    close(sim.time_to_wall(y, v, g, wall), times[0] if times else np.inf, call, 1e-6)


@pytest.mark.milestone4
def test_times_of_many_balls_at_once():
    got = sim.time_to_wall(np.array([20.0, 3.0]), np.array([0.0, 2.0]), 10.0, 0.0)
    close(got, [2, 1], "time_to_wall([20, 3], [0, 2], 10, 0)")
    p, q = np.zeros((2, 2)), np.array([[10.0, 0.0], [0.0, 6.0]])
    w, r = np.array([[-4.0, 0.0], [0.0, -4.0]]), np.ones(2)
    got = sim.time_of_impact(p, np.zeros((2, 2)), r, q, w, r)
    close(got, [2, 1], "time_of_impact of two pairs at once")


@pytest.mark.milestone4
@pytest.mark.parametrize("q, w, want", [
    ((10, 0), (-4, 0), 2), ((10, 0), (4, 0), np.inf), ((10, 0), (0, 0), np.inf),
    ((10, 3), (-4, 0), np.inf), ((10, 1.2), (-4, 0), 2.1), ((1, 0), (-4, 0), 0),
    ((1, 0), (4, 0), np.inf),
])  # fmt: skip
def test_the_time_of_impact_by_hand(q, w, want):
    """Radii 1 and 1. Ten metres apart, closing with 4 m/s: 8 m to go, 2 s. Passing
    1.2 to the side: they touch 1.6 apart along the way, as 1.2² + 1.6² = 2²: 8.4 m,
    2.1 s."""
    got = sim.time_of_impact((0, 0), (0, 0), 1, q, w, 1)
    close(got, want, f"time_of_impact((0, 0), (0, 0), 1, {q}, {w}, 1)")


@pytest.mark.milestone4
@settings(max_examples=40)
@given(seed=seeds)
def test_at_that_time_they_touch_and_not_before(seed):
    rng = np.random.default_rng(seed)
    p, v, w = rng.uniform(-5, 5, (3, 2))
    r, s = rng.uniform(0.1, 1, 2)
    turn = rng.uniform(0, 2 * np.pi)
    q = p + (r + s + rng.uniform(0.1, 5)) * np.array([np.cos(turn), np.sin(turn)])
    t = sim.time_of_impact(p, v, r, q, w, s)
    call = "distance − (r + s) at time_of_impact(p, v, r, q, w, s)"

    def gap(t):
        return np.linalg.norm(q + w * t - p - v * t) - r - s

    if np.isfinite(t):
        close(gap(t), 0, call, atol=1e-7)
    early = np.linspace(0, t if np.isfinite(t) else 50, 400)[:-1]
    least = min(map(gap, early))
    holds(least > -1e-7, f"least gap before {t:.3f} s", least, "not below 0")


@pytest.mark.milestone4
def test_an_impulse_by_hand():
    """Two of 1 kg closing with 4: elastic 2 · 4/2 = 4, so each loses 4; inelastic 2:
    they end up together. Against a wall all of it turns around: 2 · 4 · 3 = 24 for 3
    kg."""
    for m, other, e, want in ((1, 1, 1, 4), (1, 1, 0, 2), (3, np.inf, 1, 24)):
        got = sim.impulse(4.0, m, other, e)
        close(got, want, f"impulse(4, {m}, {other}, bounce = {e})")


@pytest.mark.milestone4
@settings(max_examples=40)
@given(seed=seeds, e=strategies.sampled_from([0.0, 0.5, 1.0]))
def test_a_collision_keeps_momentum_and_the_share_of_speed(seed, e):
    """Far from walls, without gravity. They part with e times the speed they had."""
    rng = np.random.default_rng(seed)
    m, M = rng.uniform(0.1, 10, 2)
    side = rng.uniform(-0.8, 0.8)
    s = world([(0, 0, 2, 0, m, 0.5), (1.1, side, -1, 0, M, 0.5)], gravity=0.0, bounce=e)
    p, q = zip(s.position, s.velocity, s.radius)
    t = sim.time_of_impact(*p, *q)
    n = s.position[1] + t * s.velocity[1] - s.position[0] - t * s.velocity[0]
    n /= np.linalg.norm(n)
    new = sim.step(s, 1.0)
    momentum = (s.mass[:, None] * s.velocity).sum(axis=0)
    got = (new.mass[:, None] * new.velocity).sum(axis=0)
    close(got, momentum, f"momentum after a collision, bounce = {e}", atol=1e-7)
    before, now = ((x.velocity[1] - x.velocity[0]) @ n for x in (s, new))
    close(now, -e * before, f"speed of parting along the line of centres, bounce = {e}",
          atol=1e-7)  # fmt: skip


@pytest.mark.milestone4
def test_equal_balls_exchange_their_velocities_at_their_moment():
    """1 m apart, closing with 4 m/s: they touch after 0.25 s and go on for 0.75 s."""
    s = world([(0, 0, 4, 0, 1, 0.5), (2, 0, 0, 0, 1, 0.5)], gravity=0.0)
    new = sim.step(s, 1.0)
    close(new.velocity, [[0, 0], [4, 0]], "velocities after a head-on hit")
    close(new.position, [[1, 0], [5, 0]], "positions after a head-on hit at 0.25 s")


@pytest.mark.milestone4
def test_balls_that_keep_nothing_go_on_together():
    """Bounce 0: both have 2 m/s after 0.25 s, when they are at 1 and 2 m."""
    s = world([(0, 0, 4, 0, 1, 0.5), (2, 0, 0, 0, 1, 0.5)], gravity=0.0, bounce=0.0)
    new = sim.step(sim.step(s, 1.0), 1.0)
    close(new.velocity, [[2, 0], [2, 0]], "velocities after a hit with bounce 0")
    close(new.position, [[4.5, 0], [5.5, 0]], "positions 1.75 s after it", atol=1e-6)
    close(new.heat, 4, "heat: of ½ · 16 J two times ½ · 4 J are left")


@pytest.mark.milestone4
def test_a_bounce_happens_at_its_moment_within_the_step():
    """From 1.25 m above where it touches: it falls 0.5 s (½ · 10 · 0.25 = 1.25),
    arrives with 5 m/s, and 0.1 s later is 0.5 − 0.05 = 0.45 m up, rising with 4."""
    s = sim.step(world([(5, 1.75, 0, 0, 1, 0.5)], box=BOX), 0.6)
    close(s.position, [[5, 0.95]], "position after one step of 0.6 s with a bounce")
    close(s.velocity, [[0, 4]], "velocity after one step of 0.6 s with a bounce")


@pytest.mark.milestone4
@pytest.mark.parametrize("side", [0, 1, 2, 3])
def test_every_wall_turns_a_ball_around(side):
    v = np.array([(-5, 0), (5, 0), (0, -5), (0, 5)][side], dtype=float)
    s = world([(5, 4, *v, 1, 0.5)], gravity=0.0, box=BOX)
    for _ in range(80):
        s = sim.step(s, 1 / 60)
    close(s.velocity, [-v], f"velocity after a wall, moving with {v}")


@pytest.mark.milestone4
@pytest.mark.parametrize("speed, steps", [(10.0, 30), (1e4, 30), (1e6, 2)])
def test_nothing_passes_through_at_any_speed(speed, steps):
    """A bullet, a ball in its way, and a wall behind: 1e6 m/s are 17 km a step."""
    s = world([(1, 4, speed, 0, 1, 0.1), (5, 4, 0, 0, 1, 0.1)], gravity=0.0, box=BOX)
    for n in range(steps):
        s = sim.step(s, 1 / 60)
        x = s.position[:, 0]
        holds(0 < x[0] < x[1] < 10, f"x of bullet and ball after step {n + 1}", x,
              "in the box, the bullet to the left")  # fmt: skip
    got = float((s.velocity**2).sum())
    close(got, speed**2, f"sum of v², bullet of {speed:g} m/s", rtol=1e-6)


@pytest.mark.milestone4
def test_an_elastic_balls_energy_drifts_less_than_a_billionth_in_20_seconds():
    s = world([(3, 6, 2, 0, 1, 0.5)], gravity=9.81, box=BOX)
    E = [sim.energy(s).total]
    for _ in range(1200):
        s = sim.step(s, 1 / 60)
        E.append(sim.energy(s).total)
    drift = np.abs(np.array(E) / E[0] - 1).max()
    holds(
        drift < 1e-9, "drift of an elastic ball, 20 s at 60 steps", drift, "below 1e-9"
    )


@pytest.mark.milestone4
def test_without_a_hit_it_is_the_integrators_step(rng):
    s = net(rng)
    for way in sim.INTEGRATORS:
        want = getattr(sim, way)(s, 0.001)
        got = sim.step(s, 0.001, way)
        close(got.position, want.position, f"position, step(s, dt, {way!r}), no hit")
        close(got.velocity, want.velocity, f"velocity, step(s, dt, {way!r}), no hit")


@pytest.mark.milestone4
def test_a_ball_that_loses_speed_comes_to_rest():
    """Bounces of half the speed would go on for ever, smaller and smaller."""
    s = world([(5, 3, 0, 0, 2, 0.5)], box=BOX, bounce=0.5)
    E = sim.energy(s).total
    for _ in range(300):
        s = sim.step(s, 1 / 60)
    close(s.velocity, [[0, 0]], "velocity after 5 s, bounce = 0.5", atol=1e-9)
    close(s.position, [[5, 0.5]], "position after 5 s, bounce = 0.5", atol=2e-3)
    close(s.heat, E - sim.energy(s).total, "heat after 5 s: what is missing", rtol=1e-6)


@pytest.mark.milestone4
def test_a_ball_that_lies_still_stays():
    for e in (1.0, 0.5):
        s = world([(5, 0.5, 0, 0, 1, 0.5)], box=BOX, bounce=e)
        for _ in range(60):
            s = sim.step(s, 1 / 60)
        close(
            s.position, [[5, 0.5]], f"position after lying for 1 s, bounce {e}", 0, 2e-3
        )
        close(
            s.velocity, [[0, 0]], f"velocity after lying for 1 s, bounce {e}", 0, 1e-3
        )


@pytest.mark.milestone4
def test_what_dampers_take_is_counted_as_heat():
    """Two balls of 1 kg on a damped spring, c = 2, parting with 1 m/s: 2 W at first."""
    s = world([(0, 0, 0, 0, 1, 0), (2, 0, 1, 0, 1, 0)], [(0, 1, 50, 2, 2)], gravity=0.0)
    close(sim.friction(s), 2, "friction(c = 2, rate = 1)")
    E, new = sim.energy(s).total, sim.step(s, 0.01)
    want = 0.01 * (2 + sim.friction(new)) / 2
    close(new.heat, want, "heat of a step of 0.01 s: the mean of before and after")
    for _ in range(600):
        s = sim.step(s, 0.001)
    close(s.heat, E - sim.energy(s).total, "heat after 0.6 s of damping", rtol=1e-3)
    holds(s.heat > 0.1, "heat after 0.6 s of damping", s.heat, "more than 0.1 J")


@pytest.mark.milestone4
def test_after_a_hit_a_spring_pulls_as_at_the_place_where_the_ball_is():
    """At the rest length, with 4 m/s towards a wall 0.2 m away: it is hit after 0.05 s,
    and after 0.1 s the ball is back. There and here the spring (k = 50) pulls nothing,
    and what it took on the way out it gave on the way back: −4 m/s. Without the wall
    the ball would be 0.4 m on, and the spring would pull with 20 N."""
    balls = [(0, 4, 0, 0, np.inf, 0.1), (5, 4, 4, 0, 1, 0.5)]
    s = world(balls, [(0, 1, 50, 5, 0)], gravity=0.0, box=(-1, 0, 5.7, 8))
    new = sim.step(s, 0.1)
    close(new.position[1], [5, 4], "position after a bounce from the rest length")
    close(new.velocity[1], [-4, 0], "velocity after a bounce from the rest length")


@pytest.mark.milestone4
def test_hits_of_balls_on_springs_do_not_spoil_the_energy():
    """Two balls on a spring bounce about the box. A hit is in the middle of a step:
    what the spring gives after it must not be turned around with the ball."""
    balls = [(4, 5, 1, 0, 1, 0.4), (5.5, 5.3, 1, 0.5, 1, 0.4)]
    s = world(balls, [(0, 1, 150, 1.5, 0)], gravity=9.81, box=BOX)
    E = sim.energy(s).total
    for _ in range(2400):
        s = sim.step(s, 1 / 480)
    drift = abs(sim.energy(s).total / E - 1)
    holds(
        drift < 3e-3, "drift of a bouncing pair, 5 s at 480 steps", drift, "under 0.3 %"
    )


@pytest.mark.milestone4
def test_the_frame_rate_changes_nothing():
    """Four seconds of frames at 30, 60 and 144 a second: the same 240 steps, bit by
    bit."""
    ends = []
    for rate in (30, 60, 144):
        s, left = world([(3, 6, 2, 0, 1, 0.5), (6, 5, -1, 0, 2, 0.5)], box=BOX), 0
        for _ in range(4 * rate):
            due, left = sim.steps_due(left, 1, rate, 60)
            for _ in range(due):
                s = sim.step(s, 1 / 60)
        ends.append(np.stack([s.position, s.velocity]))
    for rate, end in zip((60, 144), ends[1:]):
        same = np.array_equal(end, ends[0])
        holds(
            same, f"state at {rate} frames a second less that at 30", end - ends[0], "0"
        )


@pytest.mark.milestone4
def test_the_click_goes_through_newtons_cradle():
    """Five equal balls in a row, the first arrives: the last leaves with its speed."""
    balls = [(1 + 1.001 * i, 4, 0, 0, 1, 0.5) for i in range(5)]
    balls[0] = (0.6, 4, 3, 0, 1, 0.5)
    s = world(balls, gravity=0.0)
    for _ in range(30):
        s = sim.step(s, 1 / 60)
    want = [[0, 0]] * 4 + [[3, 0]]
    close(s.velocity, want, "velocities after the click", atol=1e-9)


@pytest.mark.milestone4
@pytest.mark.parametrize("n", [40, 150])
def test_a_gas_keeps_its_energy_and_nothing_overlaps(n):
    rng = np.random.default_rng(1)
    i = np.arange(n)
    place = (
        np.stack([i % 15, i // 15], axis=1) * 0.6 + 0.7 + rng.uniform(-0.1, 0.1, (n, 2))
    )
    balls = np.column_stack(
        [place, rng.normal(size=(n, 2)) * 3, i % 3 + 1, 0 * i + 0.15]
    )
    s = world(balls, gravity=0.0, box=BOX)
    E = sim.energy(s).total
    for _ in range(60):
        s = sim.step(s, 1 / 60)
    close(sim.energy(s).total, E, f"energy of {n} balls after 60 steps", rtol=1e-9)
    d = np.linalg.norm(s.position[:, None] - s.position, axis=2) + np.eye(n)
    holds(d.min() > 0.29, "least distance of two centres", d.min(), "0.3, two radii")
    inside = (s.position > 0.14).all() and (s.position < np.array(BOX[2:]) - 0.14).all()
    holds(inside, "positions after 60 steps", s.position, "all in the box")


@pytest.mark.slow
@pytest.mark.milestone4
def test_a_heap_holds_and_does_not_boil():
    """200 balls dropped with bounce 0.3: after 6 s they lie, hardly in one another."""
    i = np.arange(200)
    rng = np.random.default_rng(2)
    place = (
        np.stack([i % 16, i // 16], axis=1) * 0.6
        + 0.5
        + rng.uniform(-0.1, 0.1, (200, 2))
    )
    balls = np.column_stack([place, np.zeros((200, 2)), 0 * i + 1, 0 * i + 0.2])
    s = world(balls, box=BOX, bounce=0.3)
    E = sim.energy(s).total
    for _ in range(360):
        s = sim.step(s, 1 / 60)
    d = np.linalg.norm(s.position[:, None] - s.position, axis=2) + np.eye(200)
    holds(d.min() > 0.32, "least distance of two centres", d.min(), "about 0.4")
    speed = float(np.sqrt((s.velocity**2).sum(axis=1).mean()))
    holds(speed < 0.1, "speed (root mean square) after 6 s", speed, "nearly 0")
    close(sim.energy(s).total + s.heat, E, "energy and heat after 6 s", rtol=1e-6)
