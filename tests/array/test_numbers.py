"""Results of rank 0 are numbers where numpy has numbers: they never change, and share no elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import DTypeError

X = np.arange(1.0, 7.0).reshape(2, 3)
NUMBERS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda x: x.sum(),
    "max of numpy": lambda x: np.max(x),
    "element": lambda x: x[0, 1],
    "element of a row": lambda x: x[1][2],
    "product": lambda x: x[0] @ x[1],
    "ufunc": lambda x: np.sqrt(x[0, 1]),
    "operator": lambda x: x[0, 0] + x[1, 1],
    "cast": lambda x: x[0, 0].astype(np.float64),
    "index of the largest": lambda x: np.argmax(x),
    "unpacked": lambda x: tuple(x[i, 0] for i in range(2))[1],
}
SHARED: dict[str, Callable[[Any], Any]] = {
    "itself": lambda number: number,
    "atleast_1d": lambda number: np.atleast_1d(number),
    "atleast_2d": lambda number: np.atleast_2d(number),
    "None": lambda number: number[None],
    "reshape": lambda number: number.reshape(-1),
    "np.reshape": lambda number: np.reshape(number, (1, 1)),
    "ravel": lambda number: number.ravel(),
    "squeeze": lambda number: number.squeeze(),
    "T": lambda number: number.T,
    "expand_dims": lambda number: np.expand_dims(number, 0),
}


def _as_in_numpy(function: Callable[[Any], Any], x: np.ndarray[Any, Any] = X) -> None:
    expected = function(x.copy())
    for results in (
        function(xp.asarray(x, copy=True)),
        xp.trace(lambda x: function(x.copy()), xp.spec(x.shape, x.dtype))(x),
        xp.trace(lambda x: function(x.copy()), xp.spec(("N", "M")[: x.ndim], x.dtype))(x),
    ):
        for result, right in zip(results, expected, strict=True):
            assert np.asarray(result).dtype == np.asarray(right).dtype
            np.testing.assert_array_equal(result, right)


@pytest.mark.parametrize("shared", SHARED)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_stays_what_it_is(number: str, shared: str) -> None:
    def function(x: Any) -> Any:
        kept = NUMBERS[number](x)
        other = SHARED[shared](kept)
        other += 1
        return kept, other, x

    _as_in_numpy(function)


def test_a_number_takes_the_dtype_of_its_new_value() -> None:
    def function(x: Any) -> Any:
        count = (x > 2).sum()
        share = count
        share /= x.size
        total = x[0, 0]
        total += x[0]  # which is an array
        return count, share, total

    _as_in_numpy(function)
    _as_in_numpy(function, X.astype(np.int32))


def test_arrays_of_rank_0_change() -> None:
    def function(x: Any) -> Any:
        total = np.zeros((), np.float32)
        array, chosen = np.array(2.0), np.where(x[0, 0] > 0, x[0, 0], 1.0)
        part = x[0, 0, ...]
        same = [total, array, chosen, part]
        total += np.float64(1.5)
        array += 1
        chosen += 1
        part += 1
        return *same, total, x

    _as_in_numpy(function)
    with pytest.raises(DTypeError):
        xp.zeros((), dtype=xp.int64).__iadd__(0.5)


def test_numbers_of_a_loop() -> None:
    def function(x: Any) -> Any:
        best = x[0, 0]
        for i in range(2):
            candidate = best
            candidate += x[i, 0]
            best = np.maximum(best, candidate * 0.75)
        return best, candidate

    _as_in_numpy(function)
