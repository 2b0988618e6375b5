"""Advice for the attributes of `numpy.ndarray` that need a memory, which arrays of onnxp do not have."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.elementwise import round
from onnxp.errors import ArgumentTypeError, NumpyAttributeError

_NO_MEMORY = "an array of onnxp has no memory of its own"
_GROUPS: dict[str, str] = {
    "ctypes data tofile dump dumps": f"{_NO_MEMORY}; write np.asarray(x).{{name}}",
    "strides": f"{_NO_MEMORY}; write np.lib.stride_tricks.sliding_window_view(x, n) for windows",
    "flags setflags": f"{_NO_MEMORY}; write x.copy() for an array to write into",
    "byteswap newbyteorder": f"{_NO_MEMORY}, and no order of bytes",
    "getfield setfield": "there are no fields; make an array of each",
    "resize": "an array keeps its size; write y = np.zeros(shape), and y.flat[: x.size] = x.flat",
}
ADVICE = {name: advice for names, advice in _GROUPS.items() for name in names.split()}


"""What to write for each of numpy's attributes that arrays lack."""


class Missing:
    """An attribute of numpy's arrays that others lack, which says what to write.

    A method ``__getattr__`` would make every access to an attribute slower, and `numpy.asarray`, which asks for
    several that are missing.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, array: object, owner: type) -> NoReturn:
        advice = ADVICE[self._name].format(name=self._name)
        raise NumpyAttributeError(f"'Array' object has no attribute {self._name!r}: {advice}")


def view(array: Any, dtype: Any) -> Any:
    """Return a view of all elements, in the dtype that they have, or of times as int64.

    Raises
    ------
    NumpyAttributeError
        If the bytes would be read as another dtype.
    """
    if dtype is None or (isinstance(dtype, type) and issubclass(dtype, np.ndarray)):
        return array[...]
    target = xp().zeros((), dtype=dtype).dtype
    if array.dtype.unit and target == xp().int64:
        return array._counts()
    if target != array.dtype:
        raise NumpyAttributeError(
            f"ndarray.view: {_NO_MEMORY}, so that its bytes cannot be read as {target}; write "
            f"x.astype({target}) for numbers of equal value"
        )
    return array[...]


def set_imaginary(array: Any, values: Any) -> None:
    """Write imaginary parts.

    Raises
    ------
    ArgumentTypeError
        If the array is real.
    """
    if not xp().isdtype(array.dtype, "complex floating"):
        raise ArgumentTypeError(f"imag: an array of {array.dtype} has no imaginary parts to set")
    array.imag[...] = values


def refuse_to_set(name: str, instead: str) -> NumpyAttributeError:
    """Return the error for an assignment to an attribute."""
    return NumpyAttributeError(f"{name}: it cannot be set; write {instead}")


def rounded(array: Any, name: str, decimals: int | None = None) -> Any:
    """Round a number for Python's functions, which give integers unless there are decimals.

    Raises
    ------
    ArgumentTypeError
        If it is an array of several numbers.
    """
    if array.ndim != 0:
        raise ArgumentTypeError(
            f"{name}() takes one number; write np.{name}(x) for the elements of an array"
        )
    if decimals is not None:
        return round(array, decimals)
    return xp().astype(getattr(xp(), name)(array), xp().int64)
