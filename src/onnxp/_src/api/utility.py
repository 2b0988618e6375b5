"""Utility functions (the standard's chapter of that name)."""

from __future__ import annotations

from onnxp._src import dtypes, ops
from onnxp._src.array.apply import apply
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.defined import definable
from onnxp._src.array.operands import Operand, as_array, common
from onnxp._src.array.repeated import repeatable
from onnxp._src.lowering import reductions
from onnxp._src.shapes.dims import equal
from onnxp._src.shapes.shape import as_size, normalize_axes, normalize_axis, shape_text
from onnxp.errors import ArgumentError, ShapeError

Axis = int | tuple[int, ...] | None


@repeatable
@definable
def all(x: Operand, /, *, axis: Axis = None, keepdims: bool = False, skipna: bool = True) -> Array:
    """Test whether all elements along axes are true or not zero; True if there are no elements.

    Parameters
    ----------
    x : array
        Of a numeric dtype, bool or string; NaN is not zero, and text is true unless it is empty.
    axis : int or tuple of int, optional
        The axes to reduce; all by default.
    keepdims : bool, optional
        Whether to keep them with size 1.
    skipna : bool, optional
        Whether nulls of a nullable array are left out. If False, the result is null where they decide.

    Returns
    -------
    Array
        Of dtype bool; of the nullable dtype, if nulls are not left out.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    AxisError
        If there is no such axis, or one is given twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.all(xp.asarray([[True, False], [True, True]]), axis=1)
    Array([False,  True], dtype=bool)
    """
    return _holds("all", "ReduceMin", x, axis, keepdims)


@repeatable
@definable
def any(x: Operand, /, *, axis: Axis = None, keepdims: bool = False, skipna: bool = True) -> Array:
    """Test whether any element along axes is true or not zero; False if there are no elements.

    Parameters
    ----------
    x : array
        Of a numeric dtype, bool or string; NaN is not zero, and text is true unless it is empty.
    axis : int or tuple of int, optional
        The axes to reduce; all by default.
    keepdims : bool, optional
        Whether to keep them with size 1.
    skipna : bool, optional
        Whether nulls of a nullable array are left out. If False, the result is null where they decide.

    Returns
    -------
    Array
        Of dtype bool; of the nullable dtype, if nulls are not left out.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    AxisError
        If there is no such axis, or one is given twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.any(xp.asarray([[0, 0], [0, 2]]), axis=1)
    Array([False,  True], dtype=bool)
    """
    return _holds("any", "ReduceMax", x, axis, keepdims)


@definable
def diff(
    x: Operand,
    /,
    *,
    axis: int = -1,
    n: int = 1,
    prepend: Operand | None = None,
    append: Operand | None = None,
) -> Array:
    """Compute the differences of neighbouring elements along an axis, `n` times.

    Parameters
    ----------
    x : array
        Of a numeric dtype, of rank 1 or more.
    axis : int, optional
        The axis to run along.
    n : int, optional
        The number of times that differences are taken; 0 returns `x`.
    prepend, append : array, optional
        Arrays to join before and after `x` along the axis first; their other axes have the sizes of `x`.

    Returns
    -------
    Array
        Shorter by `n` along the axis, or of size 0; of the dtype that all arrays promote to.

    Raises
    ------
    DTypeError, PromotionError
        If the dtypes are not numeric, or do not promote.
    ShapeError, AxisError
        If `x` has rank 0, the shapes of the arrays differ in another axis, or there is no such axis.
    ArgumentError, ArgumentTypeError
        If `n` is negative or not an integer.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.diff(xp.asarray([1, 4, 9, 16]))
    Array([3, 5, 7], dtype=int64)
    """
    parts = [operand for operand in (prepend, x, append) if operand is not None]
    arrays = common("diff", *parts)
    dtype = arrays[0]._dtype
    dtypes.require("diff", "numeric or time", dtype, nulls=True)
    rank = as_array(x, "diff").ndim
    if rank == 0:
        raise ShapeError("diff needs an array of rank 1 or more, not 0")
    along = normalize_axis(axis, rank, "diff")
    times = as_size(n, "diff")
    if type(times) is not int:
        raise ArgumentError(f"diff: n must be a plain integer, not {times}")
    for array in arrays:
        _check_beside(arrays[0], array, along)
    planes = tuple(
        ops.concat(parts, along) for parts in zip(*(a._planes for a in arrays), strict=True)
    )
    result = new_array(dtype, planes)
    for _ in range(times):
        later, earlier = _but_one(result, along, last=False), _but_one(result, along, last=True)
        result = apply("subtract", later, earlier)
    return result


def _check_beside(a: Array, b: Array, axis: int) -> None:
    p, q = a._planes[0].shape, b._planes[0].shape
    if len(p) != len(q) or [i for i in range(len(p)) if i != axis and equal(p[i], q[i]) is False]:
        raise ShapeError(
            f"diff: shapes {shape_text(p)} and {shape_text(q)} differ in more than axis {axis}"
        )


def _but_one(array: Array, axis: int, *, last: bool) -> Array:
    """Return all elements along an axis except the first or last one."""
    start, stop = (None, -1) if last else (1, None)
    planes = (ops.slice_(p, (start,), (stop,), (axis,), (1,)) for p in array._planes)
    return new_array(array._dtype, tuple(planes))


def _holds(function: str, op: str, x: Operand, axis: Axis, keepdims: bool) -> Array:
    array = as_array(x, function)
    dtypes.require(function, "numeric, boolean or string", array._dtype)
    axes = tuple(sorted(normalize_axes(axis, array.ndim, function)))
    result = reductions.holds(op, reductions.truth(array._planes), axes, keepdims=bool(keepdims))
    return new_array(dtypes.bool_, (result,))
