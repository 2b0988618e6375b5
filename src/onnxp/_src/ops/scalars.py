"""Small constants, cached so that equal numbers are the same value."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from onnxp._src.dtypes import DType
from onnxp._src.graph.values import Value, constant

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1


def scalar(number: bool | int | float | str, dtype: DType) -> Value:
    """Return a constant of rank 0. The number, or text, must fit the dtype."""
    # 0.0 == -0.0 and 1 == 1.0 == True, but the key must distinguish them.
    return _scalar(number, dtype, number == 0 and math.copysign(1.0, number) < 0)


@lru_cache(maxsize=4096)
def _scalar(number: bool | int | float | str, dtype: DType, negative_zero: bool) -> Value:
    with np.errstate(over="ignore"):
        # a Python float that is too large becomes infinity, as in numpy
        return constant(np.asarray(-0.0 if negative_zero else number, dtype.host))


@lru_cache(maxsize=4096)
def ints(*numbers: int) -> Value:
    """Return an int64 constant of rank 1."""
    return constant(np.asarray(numbers, np.int64).reshape(len(numbers)))


def full(number: Any, dtype: DType, shape: tuple[int, ...]) -> Value:
    """Return a constant with a static shape, stored with all elements."""
    return constant(np.full(shape, number, dtype.host))
