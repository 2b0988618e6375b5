"""Index keys in plain terms: what users write between brackets, as ints, sizes, slices and values."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src import ops
from onnxp._src.array import exchange
from onnxp._src.dtypes import bool_
from onnxp._src.graph.values import Value
from onnxp._src.lowering import nulls
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.shapes.dims import Dim
from onnxp.errors import IndexingError

PlanesOf = Callable[[object], tuple[Value, ...] | None]
"""Return the planes of an array, None for any other object."""


def plain(key: Any, planes_of: PlanesOf) -> tuple[Any, ...]:
    """Return an index key as a tuple of ints, sizes, slices of these, None, Ellipsis and values.

    Raises
    ------
    IndexingError
        If a part of the key is not an index.
    """
    parts = key if isinstance(key, tuple) else (key,)
    return tuple([p if type(p) is int or p is None else _part(p, planes_of) for p in parts])


def is_view(parts: tuple[Any, ...], rank: int) -> bool:
    """Return whether a key gives a view, as basic indexing does, unless it picks a single element."""
    picks = 0
    for part in parts:
        if type(part) is Value:
            if part.shape or part.dtype is bool_:
                return False
            picks += 1
        elif type(part) is int or type(part) is Dim:
            picks += 1
    return not picks == len(parts) == rank


def _part(part: Any, planes_of: PlanesOf) -> Any:
    if type(part) is slice:
        bounds = start, stop, step = part.start, part.stop, part.step
        if (
            (start is None or type(start) is int)
            and (stop is None or type(stop) is int)
            and (step is None or type(step) is int)
        ):
            return part
        return slice(*[None if b is None else _bound(b, planes_of) for b in bounds])
    if part is Ellipsis or type(part) is Dim:
        return part
    planes = planes_of(part)
    if planes is not None:
        if planes[0].dtype is not part.dtype.plain:
            raise IndexingError(
                f"indexing: an index array must be integer or bool, not {part.dtype}"
            )
        value = planes[0] if len(planes) == 1 else _without_nulls(planes)
        return int(value.data[()]) if value.data is not None and _is_integer(value) else value
    if isinstance(part, bool | np.bool_):
        return ops.scalar(bool(part), bool_)
    if isinstance(part, np.ma.MaskedArray):
        return _masked_index(part)
    if isinstance(part, np.ndarray | list | tuple | range):
        return _index_array(part)
    if hasattr(type(part), "__onnxp_array__"):  # a traced column
        return _part(part.__onnxp_array__(), planes_of)
    return _integer(part, "integers, slices, ..., None, and integer or bool arrays")


def _bound(bound: Any, planes_of: PlanesOf) -> Any:
    if type(bound) is Dim:
        return bound
    planes = planes_of(bound)
    if planes is not None and planes[0].dtype is bound.dtype.plain:
        value = planes[0] if len(planes) == 1 else _without_nulls(planes)
        concrete = value.trace is None and _is_integer(value)
        return int(data_of(value)[()]) if concrete else value
    return _integer(bound, "slices of integers, integer arrays of rank 0 and None")


def _without_nulls(planes: tuple[Value, ...]) -> Value:
    """Return a mask in which nulls select nothing, or integers among which must be none.

    Raises
    ------
    IndexingError
        If an integer is null.
    """
    value, null = planes
    if value.dtype is bool_:
        return nulls.mask(value, null)
    if null.trace is None and not nulls.is_none(null) and data_of(null).any():
        raise IndexingError(
            "indexing: an integer of the index is null; fill the nulls by xp.nulls.fill_null(index, value), or "
            "leave them out by index[~xp.nulls.isnull(index)]"
        )
    return nulls.required([value], null)[0]


def _is_integer(value: Value) -> bool:
    return not value.shape and value.dtype.family in ("int", "uint")


def _integer(obj: Any, allowed: str) -> int:
    try:
        return operator.index(obj)
    except TypeError:
        is_name = isinstance(obj, str)
        columns = (
            "; an array has no columns, so pass each to a parameter of its own" if is_name else ""
        )
        raise IndexingError(
            f"indexing: {obj!r} of type {type(obj).__name__} is not an index; allowed are {allowed}{columns}"
        ) from None


def _index_array(obj: Any) -> Any:
    try:
        data = np.array(obj, None if isinstance(obj, np.ndarray) or len(obj) else np.int64)
    except ValueError as error:
        raise IndexingError(f"indexing: {obj!r} is not an index array: {error}") from None
    if data.dtype.kind not in "biu":
        raise IndexingError(
            f"indexing: an index array must be integer or bool, not {data.dtype}: {obj!r}"
        )
    if data.ndim == 0 and data.dtype.kind != "b":
        return int(data)
    return exchange.from_host(data)[1][0]


def _masked_index(obj: np.ma.MaskedArray[Any, Any]) -> Any:
    if obj.dtype.kind not in "biu":
        raise IndexingError(f"indexing: an index array must be integer or bool, not {obj.dtype}")
    value = _without_nulls(exchange.from_host(obj.copy())[1])
    return int(data_of(value)) if _is_integer(value) else value
