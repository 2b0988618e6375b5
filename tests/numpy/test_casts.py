"""Casts that numpy makes of arguments, and those that it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import DTypeError


@pytest.mark.parametrize("dtype", ["float16", "float64", "uint64"])
@pytest.mark.parametrize(
    "function",
    [
        lambda x, i: np.repeat(x, i),
        lambda x, i: np.add.reduceat(x, i),
        lambda x, i: x.put(i, 0.0),
        lambda x, i: np.choose(i, [x, -x, x]),
    ],
    ids=["repeat", "reduceat", "put", "choose"],
)
def test_indices_that_numpy_does_not_cast(function: Any, dtype: str) -> None:
    with pytest.raises(TypeError):
        function(np.ones(3), np.array([0, 1, 2], dtype))
    with pytest.raises(DTypeError, match="astype"):
        xp.trace(function, "float64[3]", f"{dtype}[3]")


def test_polyfit_of_float16() -> None:
    with pytest.raises(DTypeError, match="float32"):
        xp.trace(lambda y: np.polyfit(np.arange(4.0), y, 1), "float16[4]")
