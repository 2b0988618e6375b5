"""What may stand beside an array, and its conversion to arrays and to their dtypes."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from onnxp._src import dtypes
from onnxp._src.array import scalars
from onnxp._src.array.base import ArrayBase, from_host, new_array, widened
from onnxp._src.array.missing import is_missing
from onnxp._src.array.nullable import MISSING, is_nullable, null_of, null_scalar, plain, with_null
from onnxp._src.array.scalars import Scalar
from onnxp._src.dtypes import EXTENSIONS, FILL_ADVICE, DType, labels, moments, promote
from onnxp._src.graph.values import constant
from onnxp._src.lowering import casts, categories
from onnxp._src.lowering.time import units
from onnxp._src.namespace import namespace
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ArgumentTypeError, DTypeError, ScalarRangeError

if TYPE_CHECKING:
    from onnxp._src.array.array import Array

Operand: TypeAlias = (
    "Array | Scalar | Dim | DimReal | np.generic | np.ndarray[Any, Any] | moments.Moment"
)
"""What may stand beside an array: an array, a number (of sizes too), text, a time, and numpy's of these."""

_TYPED = (ArrayBase, np.ndarray, np.generic, date, timedelta)
"""The types of operands that have a dtype of their own."""


def is_operand(obj: object) -> bool:
    """Test whether `obj` is an `Operand` of every operator, which text is not."""
    return isinstance(obj, _OPERANDS)


_OPERANDS = (*_TYPED, int, float, complex, Dim, DimReal)


def as_array(obj: object, function: str) -> Array:
    """Convert a numpy array or scalar to an array; return an array unchanged.

    Stored numbers are returned in the dtype in which they are computed.

    Raises
    ------
    ArgumentTypeError
        If `obj` is of another type.
    """
    if isinstance(obj, ArrayBase):
        dtype = obj._dtype
        return obj if dtype.computed is dtype else widened(obj)  # type: ignore[return-value]  # an Array, the only subclass
    if isinstance(obj, np.ndarray | np.generic):
        return from_host(np.array(obj, order="C", subok=True))
    if isinstance(obj, moments.Moment):
        return from_host(np.asarray(moments.of_python(obj, function)))
    raise ArgumentTypeError(
        f"{function} needs an array, not {obj!r} of type {type(obj).__name__}; use xp.asarray"
    )


def scalar_array(number: Scalar | Dim | DimReal, dtype: DType, function: str) -> Array:
    """Convert a Python scalar to an array, in the dtype that it takes beside an array of `dtype`.

    Raises
    ------
    ScalarError
        If a scalar of its kind cannot stand beside the dtype.
    ScalarRangeError
        If an integer does not fit.
    """
    return new_array(*scalars.to_planes(number, dtype, function))


def as_pair(function: str, a: object, b: object) -> tuple[Array, Array]:
    """Convert two operands to arrays; a Python scalar takes the dtype of the other one."""
    if isinstance(a, ArrayBase) or (isinstance(a, _TYPED) and not moments.lacks_unit(a)):
        left = as_array(a, function)
        right = as_like(b, left._dtype, function)
        if right._dtype.family == "category":
            left = labelled(left, right._dtype, function)
        return left, right
    right = as_array(b, function)
    return as_like(a, right._dtype, function), right


def common(function: str, *operands: object) -> tuple[Array, ...]:
    """Cast arrays to the dtype that they promote to; Python scalars are refused."""
    arrays = [as_array(operand, function) for operand in operands]
    dtype = dtypes.promote_all((array._dtype for array in arrays), function)
    return tuple(cast(array, dtype) for array in arrays)


def as_like(obj: object, dtype: DType, function: str) -> Array:
    """Convert an operand to an array; a Python scalar takes `dtype`, and None is what is missing in it."""
    if is_missing(obj) and (dtype.is_nullable or dtype.family in MISSING):
        return null_scalar(dtype)
    if isinstance(obj, _TYPED):
        if dtype.unit and moments.lacks_unit(obj):
            obj = moments.with_unit(obj, dtype)
        array = as_array(obj, function)
        return labelled(array, dtype, function) if dtype.family == "category" else array
    if EXTENSIONS and dtype.plain.extension is not None:
        return _of_users(obj, dtype.plain, function)
    if isinstance(obj, int | float | complex | str | bytes | Dim | DimReal):
        return scalar_array(obj, dtype, function)  # type: ignore[arg-type]  # bytes are refused
    return as_array(obj, function)


def _of_users(obj: Any, dtype: DType, function: str) -> Array:
    """Convert an object to an array of a user-defined dtype, as ``asarray`` does.

    Raises
    ------
    DTypeError
        If the class does not make elements of it; of a number `ScalarError`.
    """
    try:
        return namespace().asarray(obj, dtype=dtype)  # type: ignore[no-any-return]  # a module
    except DTypeError:
        if isinstance(obj, int | float | complex | str | bytes):
            return scalar_array(obj, dtype, function)  # type: ignore[arg-type]  # which raises
        raise


def labelled(array: Array, dtype: DType, function: str) -> Array:
    """Convert text beside categories to categories; return other arrays unchanged.

    Comparisons take any text. Elsewhere, text must be known, and consist of labels.

    Raises
    ------
    DTypeError
        If there is text that is not a label.
    """
    if array._dtype is not dtypes.string or (
        function not in labels.COMPARISONS and array.is_traced
    ):
        return array
    if function in labels.COMPARISONS:
        return new_array(dtype, (categories.codes_of(array._planes[0], dtype, labels.UNKNOWN),))
    return new_array(dtype, (constant(labels.known_codes(array._numpy(), dtype, function)),))


def as_dtype_of(obj: object, dtype: DType, function: str) -> Array:
    """Cast a value that is assigned to an array of `dtype` to it, as numpy does.

    Raises
    ------
    DTypeError
        If it is complex and `dtype` is not, or one is text and the other is not.
    """
    if dtype.is_nullable:
        if not is_missing(obj) and not isinstance(obj, list | tuple) and not is_nullable(obj):
            return cast(as_dtype_of(obj, dtype.plain, function), dtype)
        if isinstance(obj, list | tuple):
            obj = namespace().asarray(obj, dtype=dtype)
    if dtype.family in ("int", "uint"):
        obj = _as_integers(obj, dtype, function)
    if dtype.extension is None:
        obj = from_sequence(obj)
    array = as_like(obj, dtype, function)
    if array._dtype is dtype:
        return array
    promoted = promote(array._dtype, dtype, function)
    if promoted.family == "complex" != dtype.family:
        raise DTypeError(
            f"{function}: {array._dtype} cannot be written into an array of {dtype}; "
            "write xp.real(value) for the real parts"
        )
    return cast(array, dtype)


def _as_integers(obj: Any, dtype: DType, function: str) -> Any:
    """Return a number, or numbers in a list, as integers, which numpy refuses if the dtype cannot hold them."""
    if isinstance(obj, float | np.integer | np.floating):
        if not math.isfinite(obj):
            raise ScalarRangeError(f"{function}: {obj} is not a number that {dtype} holds")
        return int(obj)
    return namespace().asarray(obj, dtype=dtype) if isinstance(obj, list | tuple) else obj


def cast(array: Array, dtype: DType) -> Array:
    """Cast an array; real to complex gives a zero imaginary part."""
    if array._dtype is dtype:
        return array
    array = widened(array)
    if dtype.is_nullable or array._dtype.is_nullable:
        return _cast_nulls(array, dtype)
    if dtype.extension is not None or array._dtype.extension is not None:
        return namespace().astype(array, dtype)  # type: ignore[no-any-return]  # a module
    if dtype.unit or array._dtype.unit:
        return new_array(dtype, (units.cast(array._planes[0], array._dtype, dtype),))
    return new_array(dtype, casts.cast_planes(array._planes, dtype))


def _cast_nulls(array: Array, dtype: DType) -> Array:
    if not dtype.is_nullable and dtype.family not in MISSING:
        raise DTypeError(
            f"astype: {array._dtype} cannot be cast to {dtype}, which has no nulls; {FILL_ADVICE}, or let "
            "runs fail by xp.nulls.require_no_null(x)"
        )
    return with_null(cast(plain(array), dtype.plain), null_of(array))


def from_sequence(obj: Any) -> Any:
    """Return a list or tuple as an array, and anything else as it is."""
    return namespace().asarray(obj) if isinstance(obj, list | tuple) else obj
