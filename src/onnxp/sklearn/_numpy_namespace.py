"""A replacement of numpy in scikit-learn's modules that creates arrays with symbolic sizes.

Other libraries can override numpy's functions of arrays, but not those that create arrays. In
``np.zeros((n, 2))``, with the number of rows of a traced array, and in ``np.array([x, y])`` no argument is an
array to dispatch on. scikit-learn's methods use both often.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.api import creation
from onnxp._src.api.data_types import astype
from onnxp._src.api.manipulation import broadcast_to
from onnxp._src.array.array import Array
from onnxp._src.shapes.dims import Dim


class NumpyStandIn:
    """numpy, except for the functions that are defined here."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def zeros(self, shape: Any, dtype: Any = float, *args: Any, **kwargs: Any) -> Any:
        """Create an array of zeros."""
        if _is_symbolic(shape):
            return creation.zeros(shape, dtype=dtype)
        return np.zeros(shape, dtype, *args, **kwargs)

    def empty(self, shape: Any, dtype: Any = float, *args: Any, **kwargs: Any) -> Any:
        """Create an array to fill, here with zeros."""
        if _is_symbolic(shape):
            return creation.empty(shape, dtype=dtype)
        return np.empty(shape, dtype, *args, **kwargs)

    def ones(self, shape: Any, dtype: Any = float, *args: Any, **kwargs: Any) -> Any:
        """Create an array of ones."""
        if _is_symbolic(shape):
            return creation.ones(shape, dtype=dtype)
        return np.ones(shape, dtype, *args, **kwargs)

    def full(
        self, shape: Any, fill_value: Any, dtype: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """Create an array filled with a number, or with an array that broadcasts to the shape."""
        if _is_symbolic(shape):
            value = creation.asarray(fill_value, dtype=dtype)
            sizes = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
            return creation.asarray(broadcast_to(value, sizes), copy=True)
        return np.full(shape, fill_value, dtype, *args, **kwargs)

    def arange(self, *args: Any, **kwargs: Any) -> Any:
        """Create a range of numbers."""
        if _is_symbolic(args):
            return creation.arange(*args, dtype=kwargs.get("dtype"))
        return np.arange(*args, **kwargs)

    def squeeze(self, a: Any, axis: Any = None) -> Any:
        """Remove axes of size 1, except for the axis of the rows, whose size may be 1."""
        if axis is None and _is_traced(a):
            axis = tuple(i for i, size in enumerate(a.shape) if type(size) is int and size == 1)
        return np.squeeze(a, axis)

    def array(self, object: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Create an array by stacking others."""
        if not _is_traced(object):
            return np.array(object, dtype, **kwargs)
        result = creation.asarray(object)
        return result if dtype is None else astype(result, dtype)

    def asarray(self, a: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Return an array unchanged, or stack several arrays."""
        return self.array(a, dtype) if _is_traced(a) else np.asarray(a, dtype, *args, **kwargs)


def _is_symbolic(shape: Any) -> bool:
    if isinstance(shape, tuple | list):
        return any(isinstance(size, Dim) for size in shape)
    return isinstance(shape, Dim)


def _is_traced(obj: Any) -> bool:
    if isinstance(obj, list | tuple):
        return any(_is_traced(part) for part in obj)
    return isinstance(obj, Array) and obj.is_traced
