"""Chapter 9 against one-shot numpy: the time and the memory of 10**8 darts.

python benchmarks/bench_monte_carlo_pi.py
"""

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import harness
import numpy as np

from phase3_probability import monte_carlo_pi

N = 10**8


def one_shot(n: int) -> float:
    """What everybody writes first: all darts in memory at once."""
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-1, 1, n), rng.uniform(-1, 1, n)
    return float(4 * np.mean(x**2 + y**2 <= 1))


def one_shot_of_rows(n: int) -> float:
    """The same with a row for each dart."""
    points = np.random.default_rng(0).uniform(-1, 1, (n, 2))
    return float(4 * np.mean((points**2).sum(axis=1) <= 1))


def ours(n: int) -> float:
    """The estimate of the chapter."""
    return monte_carlo_pi.estimate_pi(n, np.random.default_rng(0))


def memory(name: str, n: int) -> float:
    """The most memory that a process of its own held for this, in MB.

    Linux tells; elsewhere it is what Python and numpy's arrays held.
    """
    code = f"""if True:
        import re, tracemalloc
        from pathlib import Path
        import bench_monte_carlo_pi as bench
        status = Path("/proc/self/status")
        if not status.exists():
            tracemalloc.start()
        bench.{name}({n})
        if status.exists():
            print(int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) / 1e3)
        else:
            print(tracemalloc.get_traced_memory()[1] / 1e6)"""
    here = Path(__file__).parent
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=here, capture_output=True, text=True
    )
    return float(answer.stdout)


def main() -> list[harness.Result]:
    """10**8 darts, and 10**9 for us alone: the memory must not grow."""
    harness.title("Monte Carlo π", "numpy")
    error, results = monte_carlo_pi.standard_error(math.pi, N), []
    for peer, shape in ((one_shot, "x and y"), (one_shot_of_rows, "rows (x, y)")):
        for estimate in (ours(N), peer(N)):
            assert abs(estimate - math.pi) < 4 * error, f"not the same work: {estimate}"

        def theirs(peer: Callable[[int], float] = peer) -> float:
            return peer(N)

        work = f"{N:,} darts: numpy at one shot, {shape}"
        results.append(harness.duel(work, lambda: ours(N), theirs, "9", 5))
    a, b, more = memory("ours", N), memory("one_shot", N), memory("ours", 10 * N)
    print(f"memory of the process: ours {a:,.0f} MB (bar 50), theirs {b:,.0f} MB: "
          f"{b / a:,.0f} times; ours with {10 * N:,} darts {more:,.0f} MB")  # fmt: skip
    return results


if __name__ == "__main__":
    main()
