"""Functions of the namespace that user-defined dtypes define, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from onnxp._src.array.base import ArrayBase
from onnxp._src.dtypes import EXTENSIONS, DType
from onnxp._src.lowering.elementwise.table import ELEMENTWISE
from onnxp.errors import ArgumentTypeError, DTypeError

if TYPE_CHECKING:
    from onnxp._src.array.array import Array

P = ParamSpec("P")
R = TypeVar("R")


DEFINABLE = {*ELEMENTWISE, "astype", "matmul"}
"""The functions that may be defined."""


def extension_of(*operands: object) -> DType | None:
    """Return the first dtype among those of operands that a user has defined."""
    for x in operands:
        if isinstance(x, ArrayBase) and x._dtype.extension is not None:
            return x._dtype
    return None


def call_defined(name: str, *operands: Any, **options: Any) -> Array:
    """Call what a user has defined as a function of the namespace for the dtypes of operands.

    Raises
    ------
    DTypeError
        If there is no such definition.
    ArgumentTypeError
        If the definition returns no array.
    """
    kinds = dict.fromkeys(x._dtype for x in operands if isinstance(x, ArrayBase))
    extensions = [dtype for dtype in kinds if dtype.extension is not None]
    for dtype in extensions:
        result = defined(dtype, name, *operands, **options)
        if result is not NotImplemented:
            return result  # type: ignore[no-any-return]  # of a user's function
    raise DTypeError(
        f"{name} is not defined for {' and '.join(map(str, kinds))}; define it by a function with the "
        f"decorator @{extensions[0]}.define({name!r})"
    )


_SEVERAL = {"nonzero", "unique_all", "unique_counts", "unique_inverse"}
"""The functions that return tuples of arrays."""


def defined(dtype: DType, name: str, /, *operands: Any, **options: Any) -> Any:
    """Call the definition of a function for a user-defined dtype; NotImplemented if there is none.

    Raises
    ------
    ArgumentTypeError
        If the definition returns no array.
    """
    function = dtype.extension._operations.get(name)
    if function is None:
        return NotImplemented
    result = function(*operands, **options)
    parts = result if name in _SEVERAL and isinstance(result, tuple) else (result,)
    if result is NotImplemented or (parts and all(isinstance(x, ArrayBase) for x in parts)):
        return result
    needed = "a tuple of arrays" if name in _SEVERAL else "an array"
    raise ArgumentTypeError(
        f"{name}: the definition for {dtype} returned {result!r} of type {type(result).__name__}, but {needed} "
        f"is needed; write {dtype}.of(...) for an array of the dtype, or xp.asarray(...)"
    )


def _no_nulls(name: str, dtype: DType) -> DTypeError:
    return DTypeError(
        f"{name} is not defined for {dtype}, since definitions for {dtype.plain} see no nulls; fill them by "
        f"xp.nulls.fill_null(x, {dtype.plain}.of(...)), or leave them out, as in "
        "xp.nulls.get_data(x)[~xp.nulls.isnull(x)]"
    )


OF_NULLS: dict[str, Callable[..., Any]] = {}
"""The functions of the namespace for nullable arrays, by name."""


def definable(function: Callable[P, R]) -> Callable[P, R]:
    """Let user-defined dtypes define a function of the namespace, and nullable ones have a rule for it."""
    name = function.__name__
    DEFINABLE.add(name)

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        for x in args:  # every call pays for it
            may_be_null = (
                x._dtype.is_nullable
                if isinstance(x, ArrayBase)
                else isinstance(x, np.ma.MaskedArray)
            )
            if may_be_null and name in OF_NULLS:
                if isinstance(x, ArrayBase) and x._dtype.fields:
                    raise _no_nulls(name, x._dtype)
                return OF_NULLS[name](*args, **kwargs)  # type: ignore[no-any-return]  # a table
        if EXTENSIONS and extension_of(*args) is not None:
            return call_defined(name, *args, **kwargs)  # type: ignore[return-value]  # of a user's function
        return function(*args, **kwargs)

    return called
