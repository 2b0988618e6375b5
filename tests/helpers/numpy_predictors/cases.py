"""The table of functions, and their arguments."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    """A function with the spec of its argument, and a function that makes rows of data."""

    function: Callable[[Any], Any]
    spec: str
    rows: Callable[[np.random.Generator, int], np.ndarray]


def takes(
    cases: dict[str, Case], spec: str, rows: Callable[[np.random.Generator, int], np.ndarray]
) -> Any:
    """Return a decorator that enters a function into a table."""

    def register(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        cases[function.__name__] = Case(function, spec, rows)
        return function

    return register


CASES: dict[str, Case] = {}
_takes = partial(takes, CASES)
floats = _takes("float64[N, 5]", lambda rng, n: rng.normal(size=(n, 5)))
floats32 = _takes("float32[N, 5]", lambda rng, n: rng.normal(size=(n, 5)).astype(np.float32))
gaps = _takes(
    "float64[N, 5]",
    lambda rng, n: np.where(rng.random((n, 5)) < 0.3, np.nan, rng.normal(size=(n, 5))),
)
counts = _takes("int64[N, 5]", lambda rng, n: rng.integers(0, 5, size=(n, 5)))
days = _takes("int64[N]", lambda rng, n: rng.integers(0, 20000, size=n))
images = _takes("uint8[N, 6, 8]", lambda rng, n: rng.integers(0, 256, (n, 6, 8), dtype=np.uint8))
sounds = _takes("float64[N, 32]", lambda rng, n: rng.normal(size=(n, 32)))
series = _takes("float64[N]", lambda rng, n: rng.normal(size=n) + 3)
points = _takes("float64[N, 3]", lambda rng, n: rng.normal(size=(n, 3)))
