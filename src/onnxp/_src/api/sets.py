"""Set functions (the standard's chapter of that name).

Elements are the same if they are equal: each NaN, and each complex number with a NaN in it, is distinct, and
zeros of either sign are the same; the first one is kept. Distinct elements come in ascending order, NaN last;
complex numbers in the order of their real parts, then of their imaginary parts; strings in the order of their
code points. Their number depends on the values, so it is a new symbol in the shape of a traced array.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from onnxp._src import dtypes, ops
from onnxp._src.array.array import Array
from onnxp._src.array.base import all_materialized, new_array
from onnxp._src.array.defined import definable
from onnxp._src.array.operands import Operand, as_array, as_pair, cast
from onnxp._src.lowering import categories, sorting
from onnxp._src.lowering.order import from_order, in_order
from onnxp._src.lowering.time.arithmetic import is_nat


class UniqueAllResult(NamedTuple):
    """The result of `unique_all`."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCountsResult(NamedTuple):
    """The result of `unique_counts`."""

    values: Array
    counts: Array


class UniqueInverseResult(NamedTuple):
    """The result of `unique_inverse`."""

    values: Array
    inverse_indices: Array


@definable
def isin(x1: Operand, x2: Operand, /, *, invert: bool = False) -> Array:
    """Test which elements of one array are equal to an element of another.

    Parameters
    ----------
    x1 : array or scalar
        The elements to test.
    x2 : array or scalar
        The elements to look for, in any shape. One of the two is an array; a Python scalar takes its
        dtype.
    invert : bool, optional
        Test which elements are not equal to any.

    Returns
    -------
    Array
        Of dtype bool, in the shape of `x1`.

    Raises
    ------
    DTypeError
        If the dtypes do not promote.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.isin(xp.asarray([1, 2, 3]), xp.asarray([3, 1]))
    Array([ True, False,  True], dtype=bool)
    """
    a, b = as_pair("isin", x1, x2)
    common = dtypes.promote(a.dtype, b.dtype, "isin")
    a, b = cast(a, common), cast(b, common)
    result = sorting.is_in(a._planes, b._planes, invert=bool(invert))
    if common.unit:  # NaT equals nothing
        missing = is_nat(a._planes[0])
        result = ops.or_(result, missing) if invert else ops.and_(result, ops.not_(missing))
    if common.family == "category":  # and so does a missing label
        missing = categories.is_missing(a._planes[0])
        result = ops.or_(result, missing) if invert else ops.and_(result, ops.not_(missing))
    return new_array(dtypes.bool_, (result,))


@definable
def unique_all(x: Operand, /) -> UniqueAllResult:
    """Return the distinct elements, their indices, the indices that rebuild the array, and their counts.

    Parameters
    ----------
    x : array
        Of any dtype and shape.

    Returns
    -------
    UniqueAllResult
        A named tuple: ``values``, of the dtype of `x`; ``indices`` of their first occurrences in the
        flattened array; ``inverse_indices`` into ``values``, in the shape of `x`; ``counts``.

    Examples
    --------
    >>> import onnxp as xp
    >>> found = xp.unique_all(xp.asarray([3, 1, 3]))
    >>> found.values, found.indices
    (Array([1, 3], dtype=int64), Array([1, 0], dtype=int64))
    >>> found.inverse_indices, found.counts
    (Array([1, 0, 1], dtype=int64), Array([1, 2], dtype=int64))
    """
    facts = ("indices", "inverse_indices", "counts")
    return UniqueAllResult(*_unique("unique_all", x, *facts))


@definable
def unique_counts(x: Operand, /) -> UniqueCountsResult:
    """Return the distinct elements and their counts.

    Parameters
    ----------
    x : array
        Of any dtype and shape.

    Returns
    -------
    UniqueCountsResult
        A named tuple: ``values``, of the dtype of `x`, and ``counts``, of dtype int64.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.unique_counts(xp.asarray([3, 1, 3])).counts
    Array([1, 2], dtype=int64)
    """
    return UniqueCountsResult(*_unique("unique_counts", x, "counts"))


@definable
def unique_inverse(x: Operand, /) -> UniqueInverseResult:
    """Return the distinct elements and the indices into them that rebuild the array.

    Parameters
    ----------
    x : array
        Of any dtype and shape.

    Returns
    -------
    UniqueInverseResult
        A named tuple: ``values``, of the dtype of `x`, and ``inverse_indices``, of dtype int64 and in
        the shape of `x`.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.unique_inverse(xp.asarray([3, 1, 3])).inverse_indices
    Array([1, 0, 1], dtype=int64)
    """
    return UniqueInverseResult(*_unique("unique_inverse", x, "inverse_indices"))


@definable
def unique_values(x: Operand, /) -> Array:
    """Return the distinct elements.

    Parameters
    ----------
    x : array
        Of any dtype and shape.

    Returns
    -------
    Array
        Of the dtype of `x` and rank 1.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.unique_values(xp.asarray([3, 1, 3]))
    Array([1, 3], dtype=int64)
    """
    return _unique("unique_values", x)[0]


def _unique(function: str, x: Operand, *outputs: str) -> Sequence[Array]:
    array = as_array(x, function)
    ordered = tuple(in_order(plane, array.dtype) for plane in array._planes)
    planes, facts = sorting.unique(function, ordered, *outputs)
    results = [
        new_array(array.dtype, tuple(from_order(plane, array.dtype) for plane in planes)),
        *(new_array(dtypes.INDEX, (fact,)) for fact in facts),
    ]
    return all_materialized(results)
