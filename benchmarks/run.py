"""All benchmarks, or the named ones: python benchmarks/run.py [kmeans …] [--write]

With --write the table in benchmarks/SPEED.md gets their rows.
"""

import importlib
import os
import platform
import sys

import harness


def main(names: list[str]) -> None:
    """Run the benchmarks of the named projects, or of all."""
    for name in harness.chosen("bench", names):
        harness.WITH.clear()
        try:
            results = importlib.import_module(f"bench_{name}").main()
        except ImportError as error:
            print(f"\n{name}: not measured, {error.name} is not installed "
                  '(python -m pip install -e ".[bench]")')  # fmt: skip
            continue
        if "--write" in names:
            here = f"Python {platform.python_version()}, {os.cpu_count()} cores"
            rows = [
                [r.work, f"{1e3 * r.ours:,.0f}", f"{1e3 * r.peer:,.0f}",
                 f"{r.ratio:.2f}", r.spread, r.bar or "–"]
                for r in results
            ]  # fmt: skip
            made = "; ".join(harness.WITH)
            harness.keep("SPEED.md", name, [[*row, f"{made}; {here}"] for row in rows])


if __name__ == "__main__":
    main(sys.argv[1:])
