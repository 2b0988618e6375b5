"""The limits of numeric dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from onnxp._src.dtypes.categories import require
from onnxp._src.dtypes.dtype import DType
from onnxp._src.dtypes.names import dtype_of
from onnxp._src.dtypes.stored import LAYOUTS


class finfo_object(NamedTuple):
    """Limits of a floating-point dtype, as `finfo` returns them."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType

    def __reduce__(self) -> tuple[Callable[[object], finfo_object], tuple[DType]]:
        return finfo, (self.dtype,)


class iinfo_object(NamedTuple):
    """Limits of an integer dtype, as `iinfo` returns them."""

    bits: int
    max: int
    min: int
    dtype: DType

    def __reduce__(self) -> tuple[Callable[[object], iinfo_object], tuple[DType]]:
        return iinfo, (self.dtype,)


def finfo(type: object, /) -> finfo_object:
    """Limits of a floating-point dtype; for a complex one those of its parts.

    Parameters
    ----------
    type : dtype or array
        A floating-point dtype, or an array of one.

    Returns
    -------
    finfo_object
        With Python floats ``eps``, ``max``, ``min``, ``smallest_normal``, and ``bits``, ``dtype``.

    Raises
    ------
    DTypeError
        If it is not a floating-point dtype.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.finfo(xp.float32).bits
    32
    """
    dtype = dtype_of(type)
    require("finfo", "floating-point", dtype.computed)
    layout = LAYOUTS.get(dtype.name)
    if layout is not None:
        eps = 2.0**-layout.mantissa
        largest = layout.largest
        return finfo_object(dtype.bits, eps, largest, -largest, layout.smallest_normal, dtype)
    part = dtype.planes[0].dtype
    info = np.finfo(part.numpy)
    return finfo_object(
        int(info.bits),
        float(info.eps),
        float(info.max),
        float(info.min),
        float(info.smallest_normal),
        part,
    )


def iinfo(type: object, /) -> iinfo_object:
    """Limits of an integer dtype.

    Parameters
    ----------
    type : dtype or array
        An integer dtype, or an array of one.

    Returns
    -------
    iinfo_object
        With ``bits``, ``max``, ``min``, ``dtype``.

    Raises
    ------
    DTypeError
        If it is not an integer dtype.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.iinfo(xp.int8).max
    127
    """
    dtype = dtype_of(type)
    require("iinfo", "integer", dtype.computed)
    low, high = int_range(dtype)
    return iinfo_object(dtype.bits, high, low, dtype)


def int_range(dtype: DType) -> tuple[int, int]:
    """Return the smallest and the largest number of an integer dtype."""
    if dtype.computed.family == "int":
        return -(2 ** (dtype.bits - 1)), 2 ** (dtype.bits - 1) - 1
    return 0, 2**dtype.bits - 1
