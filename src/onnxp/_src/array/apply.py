"""Elementwise functions of arrays, by their names in the table, and what Python's operators call."""

from __future__ import annotations

import operator
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.array import views
from onnxp._src.array.base import ArrayBase, new_array, of_planes, widened
from onnxp._src.array.column_types import is_column, library
from onnxp._src.array.defined import OF_NULLS, call_defined, extension_of
from onnxp._src.array.missing import is_missing
from onnxp._src.array.nullable import blanked, is_nullable, null_of, plain, with_null
from onnxp._src.array.operands import as_array, as_pair, cast, from_sequence, is_operand, labelled
from onnxp._src.dtypes import EXTENSIONS, DType, promote
from onnxp._src.lowering import categories, contraction, nulls
from onnxp._src.lowering.elementwise.table import ELEMENTWISE, Row
from onnxp._src.lowering.time import arithmetic as time_arithmetic
from onnxp._src.lowering.time import units
from onnxp._src.namespace import namespace
from onnxp.errors import ArgumentTypeError, DTypeError, PromotionError

if TYPE_CHECKING:
    from onnxp._src.array.array import Array


def apply(name: str, *operands: Any) -> Array:
    """Apply an elementwise function of the table to arrays; a Python scalar adapts to the other operand.

    Dtypes that the standard leaves undefined are computed with as in numpy.

    Raises
    ------
    DTypeError, PromotionError
        If neither the standard nor numpy defines it for these dtypes.
    BroadcastError
        If the shapes do not broadcast.
    """
    if len(operands) == 2:
        return _apply_to_pair(name, *operands)
    row = ELEMENTWISE[name]
    x = operands[0]
    if not isinstance(x, ArrayBase):
        x = as_array(x, name)
    dtype = x._dtype
    if dtype in row.real_dtypes:
        value = row.real(x._planes[0])
        result = new_array(value.dtype, (value,))
    elif dtype in row.allowed:
        result = of_planes(_complex(row, name, dtype)(x._planes))
    else:
        return _apply_as_numpy(name, row, x)
    return result if x._links is None else views.like(result, x)


def _apply_to_pair(name: str, a: Any, b: Any) -> Array:
    row = ELEMENTWISE[name]
    if type(a) is not type(b) or not isinstance(a, ArrayBase):
        if is_nullable(a) or is_nullable(b):
            return _apply_to_nulls(name, row, a, b)
        if row.mixed is not None and (answer := _beyond_range(name, a, b)) is not None:
            return answer
        if EXTENSIONS and extension_of(a, b) is not None:
            return call_defined(name, *(_as_operand(x) for x in (a, b)))
        scalar = b
        if row.category == "boolean":
            a, b = (bool(x) if type(x) in (int, float, complex) else x for x in (a, b))
        elif type(a) is int or type(b) is int:
            a, b = _as_floats(name, row, a), _as_floats(name, row, b)
        a, b = as_pair(name, a, b)
        if row.check is not None:
            row.check(scalar, b._dtype)
    dtype = a._dtype
    if b._dtype is not dtype:
        if (
            row.mixed is not None
            and dtypes.uint64 in (dtype, b._dtype)
            and "int" in (dtype.family, b._dtype.family)
        ):
            pair = (x if x._dtype is dtypes.uint64 else cast(x, dtypes.INDEX) for x in (a, b))
            return of_planes(row.mixed(*(x._planes[0] for x in pair)))
        if dtype.unit or b._dtype.unit:
            return _apply_as_numpy(name, row, a, b)
        if dtype.fields or b._dtype.fields:
            return _apply_as_numpy(name, row, a, b)
        if "category" in (dtype.family, b._dtype.family):
            a, b = labelled(a, b._dtype, name), labelled(b, dtype, name)
        dtype = promote(a._dtype, b._dtype, name)
        if dtype in row.allowed:
            a, b = cast(a, dtype), cast(b, dtype)
    if dtype in row.real_dtypes:
        value = row.real(a._planes[0], b._planes[0])
        result = new_array(value.dtype, (value,))
    elif dtype in row.allowed:
        result = of_planes(_complex(row, name, dtype)(a._planes, b._planes))
    else:
        return _apply_as_numpy(name, row, a, b)
    if a._links is None and b._links is None:
        return result
    return views.like(result, a, b)


def _as_operand(x: Any) -> Any:
    """Return numpy's arrays as arrays, and anything else as it is."""
    return as_array(x, "operator") if isinstance(x, np.ndarray | np.generic) else x


def _apply_as_numpy(name: str, row: Row, *arrays: Array) -> Array:
    """Apply an elementwise function in the dtypes that numpy computes it in.

    Raises
    ------
    DTypeError
        If numpy does not define it for these dtypes either.
    """
    if any(x._dtype.is_nullable for x in arrays):
        return _apply_to_nulls(name, row, *arrays)
    if any(x._dtype.family == "stored" for x in arrays):
        return apply(name, *map(widened, arrays))
    if any(x._dtype.unit for x in arrays):
        return _apply_to_times(name, *arrays)
    if extension_of(*arrays) is not None:
        return call_defined(name, *arrays)
    if arrays[0]._dtype.family == "category":
        return _apply_to_categories(name, *arrays)
    if dtypes.string in (x._dtype for x in arrays):
        if name == "add" and all(x._dtype is dtypes.string for x in arrays):  # as in numpy
            return of_planes(ops.string_concat(*(x._planes[0] for x in arrays)))
        dtypes.require(name, row.category, *(x._dtype for x in arrays))
    loop = dtypes.loop_dtypes(name, *(x._dtype for x in arrays))
    if loop is None:
        dtypes.require(name, row.category, *(x._dtype for x in arrays))
        raise PromotionError(
            f"{name}: {' and '.join(str(x._dtype) for x in arrays)} have no common {row.category} dtype; "
            "write xp.astype(x, dtype) on one of them"
        )
    if row.category == "boolean":  # numpy asks what is not zero
        arrays = tuple(x if x._dtype is dtypes.bool_ else apply("not_equal", x, 0) for x in arrays)
        return of_planes(row.real(*(x._planes[0] for x in arrays)))
    arrays = tuple(map(cast, arrays, loop))
    if loop[0] in row.allowed:
        return apply(name, *arrays)
    if loop[0].family == "complex":
        return of_planes(_complex(row, name, loop[0])(*(x._planes for x in arrays)))
    if row.boolean is None:
        dtypes.require(name, row.category, loop[0])
    assert row.boolean is not None
    return of_planes(row.boolean(*(x._planes[0] for x in arrays)))


def _apply_to_nulls(name: str, row: Row, *operands: Any) -> Array:
    """Apply an elementwise function to operands among which are nullable arrays.

    An element of the result is null if one of an operand is, but for Kleene's logic of truth values.
    """
    parts = tuple(map(blanked if name == "pow" else plain, operands))  # a power may fail the run
    rule = nulls.KLEENE.get(name)
    are_defined = EXTENSIONS and extension_of(*parts) is not None
    if rule is None or are_defined:
        result = _apply_to_elements(name, row, operands, parts)
        null = [x._planes[-1] for x in operands if is_nullable(x)]
        return with_null(result, nulls.either(null, result._planes[0].shape))
    if row.category == "boolean":  # numpy asks what is not zero
        parts = tuple(bool(x) if type(x) in (int, float, complex) else x for x in parts)
    a, b = as_pair(name, *parts)
    if row.category == "boolean":
        if dtypes.string in (a._dtype, b._dtype):  # which has no zero
            dtypes.require(
                name, row.category, *(x._dtype for x in operands if is_nullable(x)), nulls=True
            )
        a, b = (x if x._dtype is dtypes.bool_ else apply("not_equal", x, 0) for x in (a, b))
    result = _apply_to_elements(name, row, operands, (a, b))
    null_masks = [
        null_of(x if is_nullable(x) else y) for x, y in zip(operands, (a, b), strict=True)
    ]
    shape = result._planes[0].shape
    if result._dtype is not dtypes.bool_:
        return with_null(result, nulls.either(null_masks, shape))
    return with_null(result, rule(a._planes[0], null_masks[0], b._planes[0], null_masks[1], shape))


def _apply_to_elements(
    name: str, row: Row, operands: tuple[Any, ...], parts: tuple[Any, ...]
) -> Array:
    """Apply an elementwise function to the elements of operands.

    Raises
    ------
    DTypeError
        If it is not defined for the dtypes, which are named as those of the operands.
    """
    try:
        return apply(name, *parts)
    except DTypeError:
        if EXTENSIONS and extension_of(*parts) is not None:
            raise
        kinds = (x._dtype for x in operands if isinstance(x, ArrayBase))
        dtypes.require(name, row.category, *kinds, nulls=True)
        raise


def _apply_to_times(name: str, *arrays: Array) -> Array:
    """Apply an elementwise function to arrays among which are times, in a common unit.

    Raises
    ------
    DTypeError
        If numpy does not define it for these dtypes.
    """
    loop = dtypes.time_loop(name, *(x._dtype for x in arrays))
    recipes = time_arithmetic.RECIPES.get(name, {})
    recipe = None
    if loop is not None:
        recipe = recipes.get("".join(dtype.kind for dtype in loop[:-1]))
    if loop is None or recipe is None:
        takes_integers = dtypes.int64 in dtypes.CATEGORIES[ELEMENTWISE[name].category]
        number = "int64" if takes_integers else "float64"
        advice = (
            _TIME_ADVICE if recipes else f"write xp.astype(x, xp.{number}) for numbers of units"
        )
        if len({x._dtype.unit in "MY" for x in arrays if x._dtype.unit}) > 1:
            advice = (
                "months and years have no fixed length; add them to points in months, as in "
                "xp.astype(x, xp.datetime64('M')) + span"
            )
        raise DTypeError(
            f"{name} is not defined for {' and '.join(str(x._dtype) for x in arrays)}; {advice}"
        )
    if name in units.ORDER and all(x._dtype.unit for x in arrays):
        x, y = arrays
        pair = units.in_coarser_unit(name, x._planes[0], x._dtype, y._planes[0], y._dtype)
        if pair is not None:
            return new_array(loop[-1], (recipe(*pair),))
    planes = (cast(x, dtype)._planes[0] for x, dtype in zip(arrays, loop, strict=False))
    return new_array(loop[-1], (recipe(*planes),))


def _apply_to_categories(name: str, *arrays: Array) -> Array:
    """Apply an elementwise function to arrays of one dtype of categories.

    Raises
    ------
    DTypeError
        If it is not defined for them.
    """
    dtype = arrays[0]._dtype
    recipe = categories.EQUALITIES.get(name)
    if recipe is None and name in categories.ORDERINGS:
        dtypes.require_ordered(name, dtype)
        recipe = categories.ORDERINGS[name]
    if recipe is None:
        if name == "isnan":
            raise DTypeError(f"isnan: {dtype} has no NaN; write xp.nulls.isnull(x)")
        raise DTypeError(
            f"{name} is not defined for {dtype}; map labels to numbers by xp.map(x, {{label: number}}), or "
            "write xp.astype(x, xp.string) for their text"
        )
    value = recipe(*(x._planes[0] for x in arrays))
    return new_array(dtype if value.dtype is dtypes.int64 else value.dtype, (value,))


_TIME_ADVICE = (
    "points in time are compared with points, spans of time with spans, and spans are added, multiplied and "
    "divided"
)


def _as_floats(name: str, row: Row, x: Array | complex) -> Any:
    """Cast an integer array where numpy computes in floating-point numbers, which hold any Python integer."""
    if not isinstance(x, ArrayBase) or x._dtype.family == "float":
        return x
    dtype = dtypes.INDEX if x._dtype is dtypes.bool_ else x._dtype
    if dtype in row.allowed or dtype.family not in ("int", "uint"):
        return x
    loop = dtypes.loop_dtypes(name, dtype, dtype)
    return cast(x, loop[0]) if loop is not None and loop[0].family == "float" else x


def _beyond_range(name: str, a: Any, b: Any) -> Array | None:
    """Return the answer of a comparison with a Python integer that no number of the dtype can equal."""
    array, number = (b, a) if type(a) is int else (a, b)
    if type(number) is not int or not isinstance(array, ArrayBase):
        return None
    if array._dtype.family not in ("int", "uint"):
        return None
    low, high = dtypes.int_range(array._dtype)
    if low <= number <= high:
        return None
    is_true = _COMPARE[name](*((number, 0) if type(a) is int else (0, number)))
    same = apply("equal", array, array)
    return same if is_true else apply("logical_not", same)


_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "equal": operator.eq,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
    "not_equal": operator.ne,
}


def _complex(row: Row, name: str, dtype: DType) -> Any:
    if row.complex is None:
        raise DTypeError(f"{name}: {dtype} is not supported")
    return row.complex


_NUMBERS = frozenset((bool, complex, float, int))


def operate(name: str, a: Any, b: Any) -> Array:
    """Apply a function for an operator, to operands of which at least one is an array."""
    if type(a) is type(b):
        return _apply_to_pair(name, a, b)
    if type(b) in _NUMBERS or (is_operand(a) and is_operand(b)):
        if name == "multiply" and (isinstance(a, np.matrix) or isinstance(b, np.matrix)):
            raise ArgumentTypeError(
                "multiply: * beside a numpy.matrix is the product of matrices; write x @ np.asarray(m) "
                "for that, and x * np.asarray(m) for the products of the elements"
            )
        return _apply_to_pair(name, a, b)
    if EXTENSIONS and _is_made_for(a, b):
        return apply(name, *as_pair(name, a, b))
    if isinstance(a, list | tuple) or isinstance(b, list | tuple):
        return apply(name, *(from_sequence(x) for x in (a, b)))
    column, array = (a, b) if isinstance(b, ArrayBase) else (b, a)
    if is_column(column) and (library(column) != "pandas" or not pandas_computes(array)):
        as_arrays = (x if x is array else namespace().asarray(x) for x in (a, b))
        return apply(name, *as_arrays)
    if name in ("equal", "not_equal"):
        if isinstance(b, str | bytes):
            return apply(name, a, b)
        if is_missing(b) and is_nullable(a):
            raise DTypeError(f"{name}: no element equals {b}; write xp.nulls.isnull(x)")
        if is_missing(b):  # as in numpy, no element is None
            same = apply("equal", a, a)
            return apply("not_equal" if name == "equal" else "equal", same, same)
    is_text = isinstance(a, str | bytes) or isinstance(b, str | bytes)
    if is_text and (
        name != "multiply"
        or dtypes.string in (getattr(a, "dtype", None), getattr(b, "dtype", None))
    ):
        # it raises the error that says what is defined for text; Python repeats text by an integer
        return apply(name, a, b)
    if any(x is not None and is_missing(x) for x in (a, b)):
        raise DTypeError(
            f"{name}: an array has no elements to compute with <NA>, all would be null; write "
            "xp.nulls.fill_null(x, value) to compute with a value where elements are null"
        )
    # Python asks the other operand, and raises if that refuses too
    return typing.cast("Array", NotImplemented)


def _is_made_for(*operands: object) -> bool:
    """Return whether one of two operands is an array of a user-defined dtype, and none is missing."""
    arrays = (x for x in operands if isinstance(x, ArrayBase))
    return any(x._dtype.plain.extension is not None for x in arrays) and not any(
        is_missing(x) for x in operands
    )


def pandas_computes(array: ArrayBase) -> bool:
    """Return whether pandas computes with its columns and the array: it knows arrays of numbers only."""
    return not array.is_traced and array._dtype in _MULTIPLIED


def _of_pandas(obj: Any) -> Any:
    """Return the numbers of a Series of pandas, which would ask a traced array for its elements."""
    return obj.to_numpy() if type(obj).__module__ == "pandas" and obj.ndim == 1 else obj


def operate_matmul(a: Any, b: Any) -> Array:
    """Compute the matrix product for the operator ``@``, of operands of which one is an array."""
    a, b = (_of_pandas(x) for x in (from_sequence(a), from_sequence(b)))
    if all(isinstance(x, ArrayBase | np.ndarray | str | bytes) for x in (a, b)):
        return matmul(a, b)
    return typing.cast("Array", NotImplemented)


_MULTIPLIED = dtypes.CATEGORIES["numeric or boolean"]


def matmul(x1: Any, x2: Any, /) -> Array:
    """Compute the matrix product of the last two axes; the others broadcast."""
    are_arrays = isinstance(x1, ArrayBase) and isinstance(x2, ArrayBase)
    if are_arrays and x1._dtype is x2._dtype and x1._dtype.family == "float":
        p, q = x1._planes[0], x2._planes[0]
        contraction.check_matmul(p.shape, q.shape)
        return new_array(x1._dtype, (ops.mat_mul(p, q),))
    if EXTENSIONS and extension_of(x1, x2) is not None:
        return call_defined("matmul", x1, x2)
    are_plain = are_arrays and x1._dtype in _MULTIPLIED and x2._dtype in _MULTIPLIED
    if not are_plain and (is_nullable(x1) or is_nullable(x2)):
        return OF_NULLS["matmul"](x1, x2)  # type: ignore[no-any-return]  # a table
    a, b = (x1, x2) if are_plain else as_pair("matmul", x1, x2)
    dtype = a._dtype if a._dtype is b._dtype else promote(a._dtype, b._dtype, "matmul")
    if dtype not in _MULTIPLIED:
        dtypes.require("matmul", "numeric or boolean", dtype)
    contraction.check_matmul(a._planes[0].shape, b._planes[0].shape)
    if dtype is dtypes.bool_:  # as in numpy: whether any product is true
        return apply("not_equal", matmul(cast(a, dtypes.INDEX), cast(b, dtypes.INDEX)), 0)
    return of_planes(contraction.matmul(cast(a, dtype)._planes, cast(b, dtype)._planes))
