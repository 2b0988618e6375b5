"""Functions of `numpy.ma` are refused for traced arrays, and are numpy's own for others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import ma

import onnxp as xp
from onnxp.errors import NumpyFunctionError

X = np.array([[1.0, -2.0, 5.0], [3.0, 4.0, -0.5]])
MASKED = ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False])


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.ma.masked_less(x, 0).mean(axis=0),
        lambda x: np.ma.masked_where(x < 0, x),
        lambda x: np.ma.array(x, mask=x < 0).filled(0),
        lambda x: np.ma.masked_array(x, mask=x < 0),
        lambda x: np.ma.MaskedArray(x),
        lambda x: ma.masked_invalid(x).sum(axis=1),
        lambda x: ma.average(x, axis=1),
        lambda x: ma.sqrt(x),
        lambda x: ma.mean(x, axis=1),
    ],
)
def test_functions_of_masked_arrays_are_refused(function: Callable[[Any], Any]) -> None:
    with pytest.raises(NumpyFunctionError, match=r"numpy\.ma.*make_nullable"):
        xp.trace(function, "float64[N, 3]")


def test_masked_constants_are_numpys() -> None:
    def function(x: Any) -> Any:
        table = ma.masked_array([1.0, 2.0, 3.0], [False, True, False])
        assert isinstance(table, ma.MaskedArray)
        assert isinstance(MASKED, ma.MaskedArray)
        return x + ma.mean(table) + np.ma.filled(MASKED, 0.0)[:, None].sum()

    np.testing.assert_array_equal(xp.trace(function, "float64[N, 3]")(X), X + 6.0)


def test_what_the_advice_says() -> None:
    def function(x: Any) -> Any:
        return xp.mean(xp.nulls.make_nullable(x, x < 0), axis=0)

    result = xp.trace(function, "float64[N, 3]")(X)
    np.testing.assert_array_equal(result.filled(), ma.masked_less(X, 0).mean(axis=0))
