"""All benchmarks, or the named ones: python benchmarks/run.py [kmeans …]"""

import importlib
import sys
from pathlib import Path


def main(names: list[str]) -> None:
    """Run the benchmarks of the named projects, or of all."""
    known = sorted(
        p.stem.removeprefix("bench_") for p in Path(__file__).parent.glob("bench_*.py")
    )
    for name in names or known:
        if name not in known:
            sys.exit(f"{name}: no such benchmark; there are {', '.join(known)}")
    for name in names or known:
        try:
            importlib.import_module(f"bench_{name}").main()
        except ImportError as error:
            print(f"\n{name}: not measured, {error.name} is not installed "
                  '(python -m pip install -e ".[bench]")')  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
