"""How long a program takes: the first call, the others, and rows in a second."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np


class Timing(NamedTuple):
    """The seconds of calls with one number of rows."""

    rows: int
    first: float
    median: float
    slowest: float  # of a hundred, about

    @property
    def rows_per_second(self) -> float:
        """Rows in a second, at the median."""
        return self.rows / self.median


def time_calls(call: Callable[[], Any], rows: int, seconds: float) -> Timing:
    """Time calls for about `seconds`, at least three."""
    samples: list[float] = []
    start = perf_counter()
    call()
    first = perf_counter() - start
    end = start + first + seconds
    while len(samples) < 3 or (perf_counter() < end and len(samples) < 100_000):
        before = perf_counter()
        call()
        samples.append(perf_counter() - before)
    return Timing(rows, first, float(np.median(samples)), float(np.quantile(samples, 0.99)))


def most_memory() -> int:
    """Return the most bytes of memory that the process has used; 0 where that is not known."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
