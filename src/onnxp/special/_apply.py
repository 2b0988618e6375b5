"""The way from a public function to its recipe: convert, promote, record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from onnxp._src.array import views
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.nullable import is_nullable, null_of, plain, with_null
from onnxp._src.array.operands import as_array, as_like, cast
from onnxp._src.dtypes import (
    DType,
    bool_,
    complex64,
    complex128,
    float32,
    float64,
    require,
)
from onnxp._src.graph.values import Value
from onnxp._src.lowering import nulls
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp.errors import DTypeError
from onnxp.special._complex import RECIPES


def apply(recipe: Callable[..., Value], *operands: Any, name: str = "") -> Array:
    """Apply the recipe of a special function to arrays and numbers.

    Raises
    ------
    DTypeError
        If an array is complex and the function has no recipe for complex numbers, or an array is text.
    ArgumentTypeError
        If no operand is an array, or one is neither an array nor a number.
    BroadcastError
        If the shapes do not broadcast.
    """
    name = name or recipe.__name__
    if any(map(is_nullable, operands)):
        result = apply(recipe, *map(plain, operands), name=name)
        null_masks = [null_of(x) for x in operands if is_nullable(x)]
        return with_null(result, nulls.either(null_masks, result._planes[0].shape))
    of_complex = RECIPES.get(recipe)
    dtype = computed_in(name, operands, or_complex=of_complex is not None)
    arrays = [cast(as_like(x, dtype, name), dtype) for x in operands]
    if dtype.family == "complex":
        assert of_complex is not None
        result = new_array(dtype, tuple(of_complex(*(x._planes for x in arrays))))
    else:
        result = new_array(dtype, (recipe(*(x._planes[0] for x in arrays)),))
    return views.like(result, *(x for x in operands if type(x) is Array and x._links is not None))


def computed_in(name: str, operands: tuple[Any, ...], *, or_complex: bool = False) -> DType:
    """Return the dtype of the result: single precision if all arrays have it, else double precision.

    Raises
    ------
    DTypeError
        If an array has another dtype; also for a complex one, unless `or_complex`.
    """
    numbers = (int, float, Dim, DimReal, *((complex,) if or_complex else ()))
    arrays = [
        as_array(x, name) for x in operands if hasattr(x, "dtype") or not isinstance(x, numbers)
    ]
    if not arrays:
        as_array(operands[0], name)
    for array in arrays:
        if array._dtype.family == "complex" and not or_complex:
            raise DTypeError(
                f"{name} is for real numbers, not {array._dtype}; if the imaginary parts are 0, "
                "write xp.real(x)"
            )
        if array._dtype is not bool_:
            require(name, "numeric" if or_complex else "real numeric", array._dtype)
    single = all(array._dtype in (float32, complex64) for array in arrays)
    if any(isinstance(x, complex) or _is_complex(x) for x in (*operands, *arrays)):
        return complex64 if single else complex128
    return float32 if single else float64


def _is_complex(x: object) -> bool:
    return isinstance(x, Array) and x._dtype.family == "complex"
