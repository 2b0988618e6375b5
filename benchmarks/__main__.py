"""Print the benchmark table; the exit code says whether every promise is kept."""

from __future__ import annotations

import argparse
import platform
import sys
from importlib.metadata import version

from . import batches, calls, fft, functions, linalg, models, pipeline, recorder, special, trees
from .table import show

GROUPS = {
    "recorder": recorder.ROWS,
    "calls": calls.ROWS,
    "batches": batches.ROWS,
    "functions": functions.ROWS,
    "linalg": linalg.ROWS,
    "fft": fft.ROWS,
    "special": special.ROWS,
    "pipeline": pipeline.ROWS,
    "models": models.ROWS,
    "trees": trees.ROWS,
}
PACKAGES = ("onnxp", "numpy", "onnx", "onnxruntime", "ndonnx", "scikit-learn", "skl2onnx")


def main(argv: list[str]) -> int:
    """Run the groups of rows that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="group", help=f"of {', '.join(GROUPS)}")
    groups = parser.parse_args(argv).groups or list(GROUPS)
    for unknown in sorted(set(groups) - set(GROUPS)):
        parser.error(f"there is no group {unknown!r}; there are {', '.join(GROUPS)}")
    rows = [row for group in groups for row in GROUPS[group]]
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    print(f"Python {platform.python_version()}, {versions}. Least times, sampled in turns.\n")
    broken = show(rows)
    print(f"\n{len(rows) - broken} of {len(rows)} promises kept")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
