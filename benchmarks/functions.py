"""Functions whose kernels are slow or missing in the runtime: beside numpy, a million elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import onnxp as xp

from .measure import seconds
from .table import Row

SIZE = 1_000_000


def beside_numpy(
    function: Callable[[Any, Any, Any], Any], dtype: type[np.generic] = np.float64
) -> Callable[[], tuple[float, float]]:
    """Time a function of a namespace, data and random positions, evaluated."""

    def measure() -> tuple[float, float]:
        random = np.random.default_rng(0)
        x = (random.standard_normal(SIZE) * 1e6).astype(dtype)
        at = random.integers(0, SIZE, SIZE)
        ours = xp.asarray(x), xp.asarray(at)

        def look(result: Any) -> list[np.ndarray[Any, Any]]:
            return [
                np.asarray(part) for part in (result if isinstance(result, tuple) else [result])
            ]

        for mine, expected in zip(
            look(function(xp, *ours)), look(function(np, x, at)), strict=True
        ):
            np.testing.assert_allclose(mine, expected, rtol=1e-12)
        return seconds(lambda: look(function(xp, *ours)), lambda: look(function(np, x, at)))

    return measure


FUNCTIONS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "sort": lambda ns, x, _: ns.sort(x),
    "argsort": lambda ns, x, _: ns.argsort(x, stable=True),
    "unique_values": lambda ns, x, _: (
        ns.unique_values(x) if ns is xp else ns.unique(x, equal_nan=False)
    ),
    "max": lambda ns, x, _: ns.max(x),
    "argmax": lambda ns, x, _: ns.argmax(x),
    "any": lambda ns, x, _: ns.any(x > 1e9),
    "unique_all": lambda ns, x, _: tuple(ns.unique_all(x)),
    "cumulative_sum": lambda ns, x, _: ns.cumulative_sum(x),
    "take": lambda ns, x, at: ns.take(x, at, axis=0),
    "x[x > 0]": lambda ns, x, _: x[x > 0],
    "std": lambda ns, x, _: ns.std(x),
}

# The promises of all others are twice the time of numpy; docs/speed.rst says why some are slower.
SLOW = {"sort": 1.5, "unique_values": 1.5, "max": 2.5, "argmax": 3, "any": 4.5}

ROWS = (
    *(
        Row(f"{name}, 1e6 float64", "numpy", beside_numpy(function), at_most=SLOW.get(name, 2))
        for name, function in FUNCTIONS.items()
    ),
    Row(
        "sum, 1e6 int64",
        "numpy",
        beside_numpy(lambda ns, x, _: ns.sum(x), np.int64),
        at_most=6,
    ),
)
