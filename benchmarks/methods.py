"""The methods of scikit-learn whose models gain least: ``python -m benchmarks.methods`` prints them.

All methods of tests/helpers/sklearn_cases.py are traced in float32, and timed on one thread for one row and for
10,000. Times are those of the processor, so that a busy machine matters little.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from collections.abc import Callable
from time import process_time
from typing import NamedTuple

import numpy as np

from onnxp.errors import OnnxpError
from onnxp.sklearn import trace_estimator
from tests.helpers.sklearn_cases import CASES, Case

from .models import bare

COUNTS = (1, 10_000)
ROUNDS = 5
SHORTEST = 1e-3  # seconds that a sample takes, at least
LONGEST = 2.0  # seconds that the samples of one method take, at most


class Time(NamedTuple):
    """The time of scikit-learn by ours, and what it was measured for."""

    ratio: float
    case: str
    nodes: int
    ours: float


def least(call: Callable[[], object]) -> float:
    """Return the least seconds that a call takes."""
    times, best, spent = 1, float("inf"), 0.0
    for _ in range(100):
        start = process_time()
        for _ in range(times):
            call()
        passed = process_time() - start
        spent += passed
        best = min(best, passed / times)
        if passed < SHORTEST:
            times *= 2
        elif spent > ROUNDS * SHORTEST or spent > LONGEST:
            break
    return best


def times(case: Case, count: int) -> Time | None:
    """Time a method for so many rows; None if it is not traced."""
    if case.method == "call":
        return None
    rows = np.resize(case.input("float64"), (count, *case.input("float64").shape[1:]))
    rows = np.ascontiguousarray(rows.astype("float32" if rows.dtype.kind == "f" else rows.dtype))
    fitted = case.fitted("float64")
    try:
        model = trace_estimator(fitted, case.method, dtype=str(rows.dtype), verify=False).model
        run = bare(model)
        run(rows)
    except (OnnxpError, RuntimeError):
        return None
    ours = least(lambda: run(rows))
    its = least(lambda: getattr(fitted, case.method)(rows))
    nodes = len(model.graph.node) + sum(len(function.node) for function in model.functions)
    return Time(its / ours, case.id, nodes, ours)


def main(argv: list[str]) -> int:
    """Print the slowest methods."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.methods", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="case", help="parts of names; all by default")
    parser.add_argument("--show", type=int, default=10, help="how many to print")
    options = parser.parse_args(argv)
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    chosen = [c for c in CASES if not options.cases or any(p in c.id for p in options.cases)]
    for count in COUNTS:
        found = [time for case in chosen if (time := times(case, count)) is not None]
        print(
            f"{len(found)} methods, {count:,} row{'s' * (count > 1)}: scikit-learn's time by ours"
        )
        for time in sorted(found)[: options.show]:
            print(
                f"  {time.ratio:7.2f} {time.case:60} {time.nodes:5} nodes {time.ours * 1e6:9.0f} us"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
