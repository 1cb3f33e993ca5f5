"""What is claimed of chapter 1, over several seeds."""

import math
from collections.abc import Iterator

import numpy as np
from harness import Claim

from phase1_linear_algebra import vector_graphics as vector


def claims() -> Iterator[Claim]:
    """How long a simple player, who stands still and aims, lasts in Asteroids."""
    ends = [played(seed, off) for off in (0.0, 0.12) for seed in range(10)]
    for who, games in (("never off", ends[:10]), ("off by 7°", ends[10:])):
        seconds, scores, levels = map(list, zip(*games))
        yield Claim(f"Asteroids, a player {who}: seconds", seconds)
        yield Claim(f"Asteroids, a player {who}: score", scores)
        yield Claim(f"Asteroids, a player {who}: level", levels)
    gaps = []
    for seed in range(200):
        game = vector.new_game(np.random.default_rng(seed))
        far = [np.hypot(*rock.position) - rock.radius for rock in game.rocks]
        gaps.append(float(min(far)))
    yield Claim("Asteroids: gap between ship and nearest rock", gaps)


def played(seed: int, off: float) -> tuple[float, float, float]:
    """Seconds, score and level at the end of a game (or after 15 minutes).

    Four times a second the player looks for the nearest rock, turns to it, off by so
    many radians, and fires.
    """
    game = vector.new_game(np.random.default_rng(seed))
    rng, frame, aim = np.random.default_rng(1000 + seed), 0, 0.0
    while not game.over and frame < 15 * 60 * 60:
        ship = game.ship
        if frame % 15 == 0:
            ways = [
                vector.wrap(rock.position - ship.position, game.size)
                for rock in game.rocks
            ]
            x, y = min(ways, key=lambda way: math.hypot(*way))
            aim = math.atan2(y, x) + rng.normal(0, off)
        left = (aim - ship.angle + math.pi) % (2 * math.pi) - math.pi
        keys = {"left"} if left > 0.06 else {"right"} if left < -0.06 else set()
        if frame % 15 == 8 and abs(left) < 0.3:
            keys.add("fire")
        game, frame = vector.step(game, keys, 1 / 60), frame + 1
    return frame / 60, float(game.score), float(game.level)
