"""The dtypes that numpy's universal functions compute in, where the standard defines none."""

from __future__ import annotations

from functools import cache

import numpy as np

from onnxp._src.dtypes.dtype import DType
from onnxp._src.dtypes.names import from_numpy

_UFUNCS = {"round": "rint"}
"""numpy's names of universal functions, where they are not the standard's."""


@cache
def loop_dtypes(function: str, *operands: DType) -> tuple[DType, ...] | None:
    """Return the dtypes that numpy casts the operands of an elementwise function to.

    Parameters
    ----------
    function : str
        The standard's name, such as ``"atan2"``.
    *operands : DType
        The dtypes of the operands.

    Returns
    -------
    tuple of DType or None
        One for each operand: float16 for ``sqrt`` of int8, for example. None if numpy refuses them.
    """
    loop = _loop(function, operands)
    return None if loop is None else loop[: len(operands)]


@cache
def time_loop(function: str, *operands: DType) -> tuple[DType, ...] | None:
    """Return the dtypes that numpy casts the operands of an elementwise function to, and those of the results.

    As `loop_dtypes`, for operands among which are times: points in time and spans have a common unit.
    """
    return _loop(function, operands)


def _loop(function: str, operands: tuple[DType, ...]) -> tuple[DType, ...] | None:
    ufunc = getattr(np, _UFUNCS.get(function, function), None)
    if not isinstance(ufunc, np.ufunc):
        return None
    try:
        loop = ufunc.resolve_dtypes((*(dtype.numpy for dtype in operands), *(None,) * ufunc.nout))
    except TypeError:
        return None
    return tuple(map(from_numpy, loop))
