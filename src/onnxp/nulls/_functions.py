"""What tells, fills and makes nulls."""

from __future__ import annotations

from onnxp._src import dtypes
from onnxp._src.api.elementwise import equal, isnan, logical_not, logical_or
from onnxp._src.api.searching import where
from onnxp._src.api.statistical import sum as total
from onnxp._src.array import nullable
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.nullable import MISSING, filled, null_of, plain, with_null
from onnxp._src.array.operands import Operand, as_array, as_like, as_pair, cast
from onnxp._src.dtypes import bool_, int64
from onnxp._src.lowering import nulls
from onnxp._src.shapes.shape import broadcast_all, same_shape
from onnxp.errors import DTypeError

Axis = int | tuple[int, ...] | None


def isnull(x: Operand, /) -> Array:
    """Test which elements are null.

    Parameters
    ----------
    x : array
        Of any dtype. Of times NaT, and of categories missing ones are null; NaN is not.

    Returns
    -------
    Array
        Of dtype bool.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.nulls.isnull(xp.asarray([1, None, 3]))
    Array([False,  True, False], dtype=bool)
    """
    return new_array(bool_, (null_of(as_array(x, "nulls.isnull")),))


def get_mask(x: Operand, /) -> Array:
    """Return the mask of an array: true where elements are null. The same as `isnull`.

    Parameters
    ----------
    x : array
        Of any dtype.

    Returns
    -------
    Array
        Of dtype bool.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.nulls.get_mask(xp.asarray([1, None, 3]))
    Array([False,  True, False], dtype=bool)
    """
    return isnull(x)


def get_data(x: Operand, /) -> Array:
    """Return the elements of an array, with 0, False or ``""`` in place of nulls.

    Parameters
    ----------
    x : array
        Of any dtype.

    Returns
    -------
    Array
        Of the plain dtype.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.nulls.get_data(xp.asarray([1, None, 3]))
    Array([1, 0, 3], dtype=int64)
    """
    array = as_array(x, "nulls.get_data")
    if not array.dtype.is_nullable:
        return array
    return new_array(array.dtype.plain, nulls.blanked(array._planes)[:-1])


def fill_null(x: Operand, value: Operand, /) -> Array:
    """Replace nulls.

    Parameters
    ----------
    x : array
        Of any dtype. Of times, NaT is replaced, and of categories, missing ones are.
    value : array or scalar
        What to put in their place. An array must broadcast to the shape of `x`.

    Returns
    -------
    Array
        Of the plain dtype that those of `x` and `value` promote to. `x` itself, if its dtype has no nulls.

    Raises
    ------
    DTypeError
        If the dtypes do not promote, or `value` is nullable.
    BroadcastError
        If the shapes do not broadcast.

    See Also
    --------
    coalesce : Replace nulls by elements that may be null.

    Examples
    --------
    >>> import onnxp as xp
    >>> x = xp.asarray([1, None, 3])
    >>> xp.nulls.fill_null(x, 0)
    Array([1, 0, 3], dtype=int64)
    >>> xp.nulls.fill_null(x, xp.nan)
    Array([ 1., nan,  3.], dtype=float64)
    """
    array = as_array(x, "nulls.fill_null")
    if array.dtype.family in MISSING:
        return where(isnull(array), as_like(value, array.dtype, "nulls.fill_null"), array)
    other = as_like(value, array.dtype.plain, "nulls.fill_null")
    if other.dtype.is_nullable:
        raise DTypeError(
            f"nulls.fill_null: value is {other.dtype}, so that nulls may stay; "
            "write xp.nulls.coalesce(x, value)"
        )
    if not array.dtype.is_nullable:
        return array
    values, other = _common("nulls.fill_null", plain(array), other)
    broadcast_all((values._planes[0].shape, other._planes[0].shape), "nulls.fill_null")
    return filled(with_null(values, null_of(array)), other)


def _common(function: str, a: Array, b: Array) -> tuple[Array, Array]:
    dtype = dtypes.promote(a.dtype, b.dtype, function)
    return cast(a, dtype), cast(b, dtype)


def coalesce(x: Operand, /, *others: Operand) -> Array:
    """Return the first of several elements that is not null.

    Parameters
    ----------
    x : array
        The elements to take if they are not null.
    *others : array or scalar
        What to take instead, in this order.

    Returns
    -------
    Array
        Of the promoted dtype, which is plain if that of an argument is, and of the broadcast shape.

    Raises
    ------
    DTypeError
        If the dtypes do not promote.
    BroadcastError
        If the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.nulls.coalesce(xp.asarray([1, None, None]), xp.asarray([7, 8, None]))
    Array([1, 8, null], dtype=int64?)
    >>> xp.nulls.coalesce(xp.asarray([1, None, None]), xp.asarray([7, 8, None]), 0)
    Array([1, 8, 0], dtype=int64)
    """
    result = as_array(x, "nulls.coalesce")
    for other in others:
        if not result.dtype.is_nullable and result.dtype.family not in MISSING:
            break
        a, b = as_pair("nulls.coalesce", result, other)
        kept = a if b.dtype.is_nullable else plain(a)
        shape = broadcast_all((a._planes[0].shape, b._planes[0].shape), "nulls.coalesce")
        if nulls.is_none(null_of(a)) and same_shape(shape, a._planes[0].shape):
            result = cast(kept, dtypes.promote(kept.dtype, b.dtype, "nulls.coalesce"))
        else:
            result = where(isnull(a), b, kept)
    return result


def make_nullable(x: Operand, null: Operand | None = None, /) -> Array:
    """Return an array in which elements are null where a mask is true.

    Parameters
    ----------
    x : array
        Of any dtype. Elements that are null stay so. Of times, elements become NaT.
    null : array, optional
        Of dtype bool, and of a shape that broadcasts with that of `x`. By default no more elements are null.

    Returns
    -------
    Array
        Of the nullable dtype.

    Raises
    ------
    DTypeError
        If `null` is not of bool.
    BroadcastError
        If the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> x = xp.asarray([1, -1, 3])
    >>> xp.nulls.make_nullable(x, x < 0)
    Array([1, null, 3], dtype=int64?)
    """
    array = as_array(x, "nulls.make_nullable")
    if null is None:
        return array if array.dtype.family in MISSING else with_null(plain(array), null_of(array))
    mask = as_like(null, bool_, "nulls.make_nullable")
    if mask.dtype is not bool_:
        raise DTypeError(f"nulls.make_nullable: null must be of dtype bool, not {mask.dtype}")
    shape = broadcast_all((array._planes[0].shape, mask._planes[0].shape), "nulls.make_nullable")
    values = nullable.expanded(plain(array), shape)
    return with_null(values, nulls.either([null_of(array), mask._planes[0]], shape))


def null_from_nan(x: Operand, /) -> Array:
    """Return an array in which NaN is null.

    Parameters
    ----------
    x : array
        Of any dtype. Those without NaN become nullable, too.

    Returns
    -------
    Array
        Of the nullable dtype.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.nulls.null_from_nan(xp.asarray([1.0, xp.nan]))
    Array([1.0, null], dtype=float64?)
    """
    array = as_array(x, "nulls.null_from_nan")
    if array.dtype.plain.family not in ("float", "complex"):
        return make_nullable(array)
    return make_nullable(array, isnan(plain(array)))


def require_no_null(x: Operand, /) -> Array:
    """Return the elements of an array that must have no nulls: if there is one, the run of a model fails.

    Parameters
    ----------
    x : array
        Of any dtype. Of times and categories, NaT and a missing label are what must not be there.

    Returns
    -------
    Array
        Of the plain dtype.

    Raises
    ------
    ArgumentError
        If an element of a concrete array is null.
    EvaluationError
        Raised by the call of a program, if an element is null there.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.nulls.require_no_null(xp.asarray([1, 2], dtype="int64?"))
    Array([1, 2], dtype=int64)
    """
    array = as_array(x, "nulls.require_no_null")
    if array.dtype.family in MISSING:
        codes = with_null(new_array(int64, array._planes), isnull(array)._planes[0])
        return new_array(array.dtype, nullable.required(codes, "nulls.require_no_null")._planes)
    return nullable.required(array, "nulls.require_no_null")


def count(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Count the elements along axes that are not null.

    Parameters
    ----------
    x : array
        Of any dtype. NaT and missing categories do not count.
    axis : int or tuple of int, optional
        The axes to reduce; all by default.
    keepdims : bool, optional
        Whether to keep them with size 1.

    Returns
    -------
    Array
        Of dtype int64.

    Raises
    ------
    AxisError
        If there is no such axis, or one is given twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.nulls.count(xp.asarray([[1, None], [3, 4]]), axis=0)
    Array([2, 1], dtype=int64)
    """
    present = cast(logical_not(isnull(x)), int64)
    return total(present, axis=axis, keepdims=keepdims)


def same(x1: Operand, x2: Operand, /) -> Array:
    """Test which elements are equal, where null equals null and nothing else.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of any dtypes that promote; at least one is an array. NaN equals nothing, NaT equals NaT.

    Returns
    -------
    Array
        Of dtype bool and the broadcast shape.

    Raises
    ------
    DTypeError, BroadcastError
        If the dtypes do not promote, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> x, y = xp.asarray([1, None, None, 4]), xp.asarray([1, None, 3, 5])
    >>> xp.nulls.same(x, y)
    Array([ True,  True, False, False], dtype=bool)
    """
    a, b = as_pair("nulls.same", x1, x2)
    truth = nullable.as_mask(equal(a, b))
    if nulls.is_none(null_of(a)) or nulls.is_none(null_of(b)):
        return truth
    return logical_or(truth, isnull(a) & isnull(b))
