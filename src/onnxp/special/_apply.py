"""The way from a public function to its recipe: convert, promote, record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from onnxp._src.array import views
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.nullable import is_nullable, null_of, plain, with_null
from onnxp._src.array.operands import as_array, as_like, cast
from onnxp._src.dtypes import DType, bool_, float32, float64, require
from onnxp._src.graph.values import Value
from onnxp._src.lowering import nulls
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim


def apply(recipe: Callable[..., Value], *operands: Any) -> Array:
    """Apply the recipe of a special function to arrays and numbers.

    Raises
    ------
    DTypeError
        If an array is complex or text.
    ArgumentTypeError
        If no operand is an array, or one is neither an array nor a real number.
    BroadcastError
        If the shapes do not broadcast.
    """
    name = recipe.__name__
    if any(map(is_nullable, operands)):
        result = apply(recipe, *map(plain, operands))
        known = [null_of(x) for x in operands if is_nullable(x)]
        return with_null(result, nulls.either(known, result._planes[0].shape))
    dtype = computed_in(name, operands)
    arrays = [cast(as_like(x, dtype, name), dtype) for x in operands]
    result = new_array(dtype, (recipe(*(x._planes[0] for x in arrays)),))
    return views.like(result, *(x for x in operands if type(x) is Array and x._links is not None))


def computed_in(name: str, operands: tuple[Any, ...]) -> DType:
    """Return the dtype of the result: float32 if all arrays have it, else float64."""
    arrays = [as_array(x, name) for x in operands if not _is_number(x)]
    if not arrays:
        as_array(operands[0], name)
    for array in arrays:
        if array._dtype is not bool_:
            require(name, "real numeric", array._dtype)
    return float32 if all(array._dtype is float32 for array in arrays) else float64


def _is_number(x: object) -> bool:
    return isinstance(x, int | float | Dim | DimReal) and not hasattr(x, "dtype")
