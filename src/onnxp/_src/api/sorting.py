"""Sorting functions (the standard's chapter of that name).

NaN counts as the largest number: it comes last in ascending order, first in descending order. What is missing
comes last in either: nulls, NaT, and missing labels. Strings have the order of their code points, as in Python.
"""

from __future__ import annotations

from onnxp._src import dtypes
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.defined import definable
from onnxp._src.array.operands import Operand, as_array
from onnxp._src.lowering import sorting
from onnxp._src.lowering.order import from_order, in_order
from onnxp._src.shapes.shape import normalize_axis


@definable
def argsort(
    x: Operand, /, *, axis: int = -1, descending: bool = False, stable: bool = True
) -> Array:
    """Return the indices that sort along an axis.

    Parameters
    ----------
    x : array
        Of a real numeric dtype, of strings, times or categories, of rank 1 or more.
    axis : int, optional
        The axis to sort along, the last one by default.
    descending : bool, optional
        Whether the largest element comes first. What is missing comes last in either case, as null, NaT and a
        missing label; NaN counts as the largest number.
    stable : bool, optional
        Whether equal elements have to keep their order. They do in either case.

    Returns
    -------
    Array
        Of dtype int64, in the shape of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    AxisError
        If there is no such axis.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.argsort(xp.asarray([3.0, 1.0, 2.0]))
    Array([1, 2, 0], dtype=int64)
    """
    array, along = _operand("argsort", x, axis)
    plane = array._planes[0] if descending else in_order(array._planes[0], array.dtype)
    return new_array(dtypes.INDEX, (sorting.argsort(plane, along, descending=bool(descending)),))


@definable
def sort(x: Operand, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """Return an array sorted along an axis.

    Parameters
    ----------
    x : array
        Of a real numeric dtype, of strings, times or categories, of rank 1 or more.
    axis : int, optional
        The axis to sort along, the last one by default.
    descending : bool, optional
        Whether the largest element comes first. What is missing comes last in either case, as null, NaT and a
        missing label; NaN counts as the largest number.
    stable : bool, optional
        Whether equal elements have to keep their order, which can be seen of zeros of either sign.
        They do in either case.

    Returns
    -------
    Array
        Of the dtype and shape of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    AxisError
        If there is no such axis.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.sort(xp.asarray([3, 1, 2]), descending=True)
    Array([3, 2, 1], dtype=int64)
    """
    array, along = _operand("sort", x, axis)
    (plane,), dtype = array._planes, array.dtype
    if descending:  # what is missing is the smallest number
        return new_array(dtype, (sorting.sort(plane, along, descending=True),))
    ordered = sorting.sort(in_order(plane, dtype), along, descending=False)
    return new_array(dtype, (from_order(ordered, dtype),))


def _operand(function: str, x: Operand, axis: int) -> tuple[Array, int]:
    array = as_array(x, function)
    dtypes.require(function, "ordered", array.dtype)
    return array, normalize_axis(axis, array.ndim, function)
