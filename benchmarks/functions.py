"""Functions whose kernels are slow or missing in the runtime: beside numpy, a million elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import onnxp as xp

from .measure import seconds
from .table import Row

SIZE = 1_000_000


class Data(NamedTuple):
    """What functions compute with.

    Attributes
    ----------
    far, x, y : array
        Numbers up to about 5e6, and up to 5.
    at, mask : array
        Indices, and truth values, at random.
    cube, block : array
        Numbers with 3 and with 4 axes.
    """

    far: Any
    x: Any
    y: Any
    at: Any
    mask: Any
    cube: Any
    block: Any


Function = Callable[[Any, Data], Any]


def _data(dtype: type[np.generic]) -> Data:
    random = np.random.default_rng(0)
    x, y = (random.standard_normal(SIZE) for _ in range(2))
    return Data(
        (x * 1e6).astype(dtype),
        x.astype(dtype),
        y.astype(dtype),
        random.integers(0, SIZE, SIZE),
        random.random(SIZE) < 0.5,
        x.astype(dtype).reshape(100, 100, 100),
        x[: 31**4].astype(dtype).reshape(31, 31, 31, 31),
    )


def beside_numpy(
    function: Function, dtype: type[np.generic] = np.float64
) -> Callable[[], tuple[float, float]]:
    """Time a function of a namespace and data, evaluated."""

    def measure() -> tuple[float, float]:
        ours = Data(*map(xp.asarray, _data(dtype)))
        # the same memory: where it is, and on what pages, changes times by a factor of three
        data = Data(*map(np.asarray, ours))

        def look(result: Any) -> list[np.ndarray[Any, Any]]:
            parts = result if isinstance(result, tuple) else [result]
            return [np.ascontiguousarray(part) for part in parts]

        tolerance = 1e-12 if dtype is np.float64 else 1e-5
        for mine, expected in zip(look(function(xp, ours)), look(function(np, data)), strict=True):
            np.testing.assert_allclose(mine, expected, rtol=tolerance, atol=tolerance)
        return seconds(lambda: look(function(xp, ours)), lambda: look(function(np, data)))

    return measure


def _of_x(name: str) -> Function:
    return lambda ns, d: getattr(ns, name)(d.x)


FUNCTIONS: dict[str, Function] = {
    "sort": lambda ns, d: ns.sort(d.far),
    "argsort": lambda ns, d: ns.argsort(d.far, stable=True),
    "unique_values": lambda ns, d: (
        ns.unique_values(d.far) if ns is xp else ns.unique(d.far, equal_nan=False)
    ),
    "max": lambda ns, d: ns.max(d.far),
    "argmax": lambda ns, d: ns.argmax(d.far),
    "any": lambda ns, d: ns.any(d.far > 1e9),
    "unique_all": lambda ns, d: tuple(ns.unique_all(d.far)),
    "cumulative_sum": lambda ns, d: ns.cumulative_sum(d.far),
    "take": lambda ns, d: ns.take(d.far, d.at, axis=0),
    "x[x > 0]": lambda ns, d: d.far[d.far > 0],
    "std": lambda ns, d: ns.std(d.far),
    "where": lambda ns, d: ns.where(d.mask, d.x, d.y),
    "permute_dims (2, 1, 0)": lambda ns, d: ns.permute_dims(d.cube, (2, 1, 0)),
    "permute_dims (1, 0, 3, 2)": lambda ns, d: ns.permute_dims(d.block, (1, 0, 3, 2)),
    "permute_dims (0, 3, 2, 1)": lambda ns, d: ns.permute_dims(d.block, (0, 3, 2, 1)),
    "sin up to 1e6": lambda ns, d: ns.sin(d.far),
    "cos up to 1e6": lambda ns, d: ns.cos(d.far),
    "tan up to 1e6": lambda ns, d: ns.tan(d.far),
    "logaddexp": lambda ns, d: ns.logaddexp(d.x, d.y),
    "log1p": lambda ns, d: ns.log1p(ns.abs(d.x)),
    "expm1": _of_x("expm1"),
    "tanh": _of_x("tanh"),
    "atan2": lambda ns, d: ns.atan2(d.x, d.y),
    "exp": _of_x("exp"),
}

# The promises of all others are twice the time of numpy; docs/speed.rst says why some are slower.
FLOAT64: dict[str, float] = {
    "sort": 1.5,
    "unique_values": 1.5,
    "max": 2.5,
    "argmax": 3,
    "any": 4.5,
    "where": 1.2,
    "permute_dims (2, 1, 0)": 1.5,
    "permute_dims (1, 0, 3, 2)": 1.5,
    "permute_dims (0, 3, 2, 1)": 1.5,
    "logaddexp": 3,
    "log1p": 7,
    "expm1": 18,
    "tanh": 10,
    "atan2": 10,
    "exp": 6,
}
FLOAT32 = {
    "sort": 1.5,
    "unique_values": 1.5,
    "max": 2.5,
    "argmax": 3,
    "any": 4.5,
    "where": 1.2,
    "permute_dims (2, 1, 0)": 1.5,
    "permute_dims (1, 0, 3, 2)": 1.5,
    "permute_dims (0, 3, 2, 1)": 1.5,
    "logaddexp": 2,
    "log1p": 17,
    "atan2": 13,
}

ROWS = (
    *(
        Row(f"{name}, 1e6 float64", "numpy", beside_numpy(function), at_most=FLOAT64.get(name, 2))
        for name, function in FUNCTIONS.items()
    ),
    *(
        Row(
            f"{name}, 1e6 float32",
            "numpy",
            beside_numpy(FUNCTIONS[name], np.float32),
            at_most=most,
        )
        for name, most in FLOAT32.items()
    ),
    Row(
        "sum, 1e6 int64",
        "numpy",
        beside_numpy(lambda ns, d: ns.sum(d.far), np.int64),
        at_most=6,
    ),
)
