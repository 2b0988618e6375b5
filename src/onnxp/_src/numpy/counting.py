"""numpy functions that count and that add up groups: ``bincount``, ``ufunc.at``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.constants import cannot_write
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.manipulation import ravel
from onnxp._src.numpy.operands import as_array, as_count, as_size, is_complex, required
from onnxp._src.numpy.results import of_shape
from onnxp._src.shapes.dims import Dim
from onnxp._src.shapes.shape import is_empty
from onnxp.errors import (
    ArgumentError,
    DTypeError,
    ShapeError,
)

_REDUCTIONS = {"add": "add", "multiply": "mul", "maximum": "max", "minimum": "min"}
"""The reductions of ScatterElements, by the names of ufuncs."""


def scattered(a: Any, positions: Any, values: Any, name: str) -> Any:
    """Return a vector with values combined into its elements at positions, which may repeat."""
    return a._scatter(positions, xp().astype(values, a.dtype, copy=False), _REDUCTIONS[name])


def at(ufunc: np.ufunc, apply: Callable[..., Any], a: Any, indices: Any, b: Any, name: str) -> None:
    """Apply a ufunc in place at indices, once more for each time that an index repeats.

    Raises
    ------
    NumpyFunctionError
        If `a` is an array of numpy, which has no place for a traced array.
    """
    if not isinstance(a, xp().Array):
        raise cannot_write(a, f"numpy.{name}.at")
    size = a.size
    flat = xp().asarray(ravel(a), copy=True)  # copies, because a is written to
    key = indices if isinstance(indices, tuple) else (indices,)
    key = tuple(as_array(k) if isinstance(k, list | np.ndarray) else k for k in key)
    positions = xp().reshape(xp().arange(size), a.shape)[key]
    values = None
    if ufunc.nin == 2:
        values = xp().asarray(ravel(xp().broadcast_to(as_array(b), positions.shape)), copy=True)
    positions = ravel(positions)
    kind = flat.dtype.numpy.kind
    if name in _REDUCTIONS and kind in "iuf" and _casts(values, flat):
        result = scattered(flat, positions, values, name)
    elif name == "subtract" and kind in "iuf" and _casts(values, flat):
        result = scattered(flat, positions, -xp().astype(values, flat.dtype), "add")
    else:
        result = _one_by_one(apply, flat, positions, values)
    a[...] = xp().reshape(result, a.shape)


def _casts(values: Any, flat: Any) -> bool:
    """Return whether values take the dtype of an array before the operation, so that it is computed in that."""
    return bool(np.result_type(values.dtype.numpy, flat.dtype.numpy) == flat.dtype.numpy)


def _one_by_one(apply: Callable[..., Any], flat: Any, positions: Any, values: Any) -> Any:
    def step(i: Any, array: Any) -> Any:
        place = positions[i]
        new = apply(array[place]) if values is None else apply(array[place], values[i])
        array[place] = new
        return array

    return xp().fori_loop(0, positions.shape[0], step, flat)


@implements(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: Any = 0) -> Any:
    """Translate `numpy.bincount`; the number of bins depends on the elements."""
    array = as_array(np.zeros(0, np.int64) if isinstance(x, list | tuple) and not x else x)
    if array.ndim != 1:
        raise ShapeError(f"numpy.bincount: the array must have rank 1, not {array.ndim}")
    if not xp().isdtype(array.dtype, ("bool", "integral")):
        raise DTypeError(f"numpy.bincount: the elements must be integers, not {array.dtype}")
    if array.dtype == xp().uint64:
        raise DTypeError("numpy.bincount: uint64 is not cast to int64; write x.astype(np.int64)")
    array = xp().astype(array, xp().int64)
    least = as_size(minlength, "bincount")
    if not isinstance(least, Dim):
        least = as_count(least, "bincount", "minlength")
        if least < 0:
            raise ArgumentError(f"numpy.bincount: minlength must not be negative, not {minlength}")
    array = required(array, array >= 0, "numpy.bincount: the elements must not be negative")
    values = xp().ones_like(array) if weights is None else as_array(weights)
    if is_complex(values):
        raise DTypeError("numpy.bincount: weights must be real numbers")
    if weights is not None:
        if is_empty(array.shape):  # numpy looks at no weights, and counts
            values = xp().zeros_like(array)
        else:
            values = xp().astype(values, xp().float64)
        problem = (
            f"numpy.bincount: weights have shape {values.shape}, but x has shape {array.shape}"
        )
        values = of_shape(values, array.shape, problem)
    # one more element than there are, so that the largest exists
    largest = xp().max(xp().concat([array, xp().reshape(xp().asarray(least - 1), (1,))]))
    zeros = xp().repeat(xp().zeros(1, dtype=values.dtype), xp().reshape(largest + 1, (1,)))
    return scattered(zeros, array, values, "add")
