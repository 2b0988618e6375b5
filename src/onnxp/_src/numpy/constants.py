"""Arrays of numpy that traced arrays can index, as in ``LABELS[np.argmax(scores, axis=1)]``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import has_arrays
from onnxp.errors import NumpyFunctionError


class ConstantArray(np.ndarray):
    """A view of an array of numpy; what depends on arrays of onnxp is recorded as a constant of the model."""

    def __getitem__(self, key: Any) -> Any:
        if has_arrays(key):
            return xp().asarray(plain(self))[key]
        return super().__getitem__(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        if has_arrays((key, value)):
            raise NumpyFunctionError(
                "a traced array cannot be written into an array of numpy, which has its elements before the "
                "model runs: write into x = np.array(constant), a copy that is made in the traced function"
            )
        super().__setitem__(key, value)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        if return_scalar:  # as of an array of numpy
            return plain(array)[()]
        return super().__array_wrap__(array, context, return_scalar)

    def __reduce__(self) -> Any:
        return plain(self).__reduce__()

    def copy(self, order: Any = "C") -> Any:
        """Return a copy to write into: an array of onnxp, unless onnxp has no such dtype."""
        return as_writable(np.array(plain(self), order="C"))


def plain(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return an array of numpy itself with the same memory."""
    return array.view(np.ndarray)


def as_constant(result: Any) -> Any:
    """Return a view that traced arrays can index, for an array of numpy, and other objects unchanged."""
    if type(result) is np.ndarray:
        return result.view(ConstantArray)
    if type(result) is tuple or type(result) is list:
        return type(result)(map(as_constant, result))
    return result


def as_writable(result: Any, *, text: bool = False) -> Any:
    """Return an array of onnxp for one of numpy of numbers, or `text`, so that traced arrays can be written."""
    kinds = "biufcmMU" if text else "biufcmM"
    if isinstance(result, np.ndarray) and result.dtype.kind in kinds:
        return xp().asarray(plain(result))
    return as_constant(result)


def _method(name: str) -> Callable[..., Any]:
    original = getattr(np.ndarray, name)

    def method(self: ConstantArray, *args: Any, **kwargs: Any) -> Any:
        if has_arrays((args, kwargs)):
            return getattr(xp().asarray(plain(self)), name)(*args, **kwargs)
        return original(self, *args, **kwargs)

    method.__name__ = name
    return method


for _name in ("clip", "compress", "dot", "repeat", "searchsorted", "take", "__contains__"):
    setattr(ConstantArray, _name, _method(_name))
