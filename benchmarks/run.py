"""All benchmarks, or the named ones: python benchmarks/run.py [kmeans …]"""

import importlib
import sys

import harness


def main(names: list[str]) -> None:
    """Run the benchmarks of the named projects, or of all."""
    for name in harness.chosen("bench", names):
        try:
            importlib.import_module(f"bench_{name}").main()
        except ImportError as error:
            print(f"\n{name}: not measured, {error.name} is not installed "
                  '(python -m pip install -e ".[bench]")')  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
