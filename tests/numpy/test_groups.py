"""Groups and other arrays whose sizes the elements decide, as code for numpy makes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import DTypeError, NumpyFunctionError, OnnxpError
from tests.helpers import sessions

CODES = np.array([3, 1, 3, 7, 1])
NUMBERS = np.array([0.5, -0.1, 2.0, 0.3, 0.7])


def group_means(c, v):
    groups, inverse = np.unique(c, return_inverse=True)
    sums = np.bincount(inverse, weights=v, minlength=len(groups))
    return groups, sums / np.bincount(inverse, minlength=len(groups))


def positive(v):
    return (v > 0).sum()


def quartiles(v):
    return np.quantile(v, [0.25, 0.5, 0.75])


FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "groups": group_means,
    "zeros": lambda c, v: np.zeros(positive(v)),
    "ones": lambda c, v: np.ones((2, positive(v)), dtype=int),
    "full": lambda c, v: np.full((positive(v), 2), 3.0),
    "eye": lambda c, v: np.eye(positive(v)) + np.identity(positive(v)),
    "tri": lambda c, v: np.tri(positive(v)),
    "linspace": lambda c, v: np.linspace(0, 1, positive(v)),
    "broadcast_to": lambda c, v: np.broadcast_to(v[:1], (positive(v),)),
    "repeat": lambda c, v: np.repeat(v[:1], positive(v)),
    "tile": lambda c, v: np.tile(v, positive(v)),
    "bincount": lambda c, v: np.bincount(c, minlength=c.max() + 3),
    "digitize": lambda c, v: np.digitize(v, quartiles(v)),
    "digitize, falling": lambda c, v: np.digitize(v, quartiles(v)[::-1], right=True),
    "digitize, as many": lambda c, v: np.digitize(v, np.sort(v)),
    "roll": lambda c, v: (np.roll(v, positive(v)), np.roll(v[v < 0], -c.max())),
    "roll along axes": lambda c, v: np.roll(np.outer(v, v), (c.max(), 1 - c.max()), axis=(0, 1)),
    "triu_indices": lambda c, v: np.triu_indices(len(v), k=1),
    "tril_indices": lambda c, v: np.tril_indices(positive(v), -1, m=len(v)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_as_numpy(name: str) -> None:
    function = FUNCTIONS[name]
    for spec in ("[N]", "[5]"):
        program = xp.trace(function, f"int64{spec}", f"float64{spec}")
        _same(program(CODES, NUMBERS), function(CODES, NUMBERS))
        if spec == "[N]":
            _same(program(CODES[:1], NUMBERS[:1]), function(CODES[:1], NUMBERS[:1]))
    sessions.session(program.model)


def _same(results: Any, expected: Any) -> None:
    if not isinstance(expected, tuple):
        results, expected = (results,), (expected,)
    for result, right in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, right)
        assert (result.dtype, result.shape) == (right.dtype, right.shape)


def test_what_numpy_refuses_fails() -> None:
    program = xp.trace(lambda v, k: np.zeros(k) + v.sum(), "float64[N]", "int64[]")
    with pytest.raises(OnnxpError):
        program(NUMBERS, np.int64(-1))
    with pytest.raises(DTypeError, match="must be an integer"):
        xp.trace(lambda v: np.zeros(v.sum()), "float64[N]")
    bins = xp.trace(np.digitize, "float64[N]", "float64[M]")
    with pytest.raises(OnnxpError):
        bins(NUMBERS, NUMBERS)


_BITS = np.random.default_rng(1).integers(0, 2, (9, 3))
ROWS: dict[str, tuple[np.ndarray, int, str]] = {
    "integers": (_BITS, 0, "[N, 3]"),
    "columns": (_BITS.T.copy(), -1, "[3, N]"),
    "fixed columns": (_BITS, 1, "[9, 3]"),
    "floats": (_BITS * 1.5 - 0.7, 0, "[N, 3]"),
    "NaN": (np.where(_BITS > 0, np.nan, _BITS), 0, "[N, 3]"),
    "signs of zero": (np.array([[0.0, -0.0], [-0.0, 0.0]]), 0, "[N, 2]"),
    "truth values": (_BITS.astype(bool), 0, "[N, 3]"),
    "matrices": (np.stack([_BITS, 1 - _BITS], axis=-1), 0, "[N, 3, 2]"),
    "no rows": (_BITS[:0], 0, "[N>=0, 3]"),
    "one row": (_BITS[:1], 0, "[N, 3]"),
    "a vector": (_BITS[:, 0], 0, "[N]"),
    "uint64": (_BITS.astype(np.uint64) * 2**63, 0, "[N, 3]"),
}


@pytest.mark.parametrize("name", ROWS)
def test_unique_along_an_axis(name: str) -> None:
    x, axis, shape = ROWS[name]

    def function(x: Any) -> Any:
        parts = np.unique(x, axis=axis, return_index=True, return_inverse=True, return_counts=True)
        return *parts, np.unique(x, axis=axis)

    program = xp.trace(function, f"{x.dtype}{shape}")
    _same(program(x), function(x))
    sessions.session(program.model)


@pytest.mark.parametrize("spec", ["float64[3, N]", "complex128[N, 2]", "float64[N, 0]"])
def test_unique_of_slices_that_are_not_compared(spec: str) -> None:
    with pytest.raises(NumpyFunctionError, match="slices must have"):
        xp.trace(lambda x: np.unique(x, axis=0), spec)
