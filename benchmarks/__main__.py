"""Print the benchmark table; the exit code says whether every promise is kept."""

from __future__ import annotations

import argparse
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from . import (
    batches,
    calls,
    eager,
    fft,
    functions,
    linalg,
    measure,
    models,
    pipeline,
    recorder,
    special,
    trees,
)
from .table import show, write

GROUPS = {
    "recorder": recorder.ROWS,
    "eager": eager.ROWS,
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
TABLES = Path(__file__).parents[1] / "docs" / "speed"
PACKAGES = ("onnxp", "numpy", "onnx", "onnxruntime", "ndonnx", "scikit-learn", "skl2onnx")


def main(argv: list[str]) -> int:
    """Run the groups of rows that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="group", help=f"of {', '.join(GROUPS)}")
    parser.add_argument(
        "--processor", action="store_true", help="the time of the processor, for busy machines"
    )
    parser.add_argument("--write", action="store_true", help="write the tables of docs/speed.rst")
    options = parser.parse_args(argv)
    groups = options.groups or [group for group in GROUPS if GROUPS[group]]
    for unknown in sorted(set(groups) - set(GROUPS)):
        parser.error(f"there is no group {unknown!r}; there are {', '.join(GROUPS)}")
    if options.processor:
        measure.use_processor_time()
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    print(f"Python {platform.python_version()}, {versions}. Least times, sampled in turns.\n")
    tables = show({group: GROUPS[group] for group in groups})
    results = [result for table in tables.values() for result in table]
    broken = sum(not result.kept for result in results)
    print(f"\n{len(results) - broken} of {len(results)} promises kept")
    if options.write:
        for group, table in tables.items():
            if table:  # eager has no rows without JAX
                write(TABLES / f"{group}.csv", table)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
