"""What traced methods and functions return, as outputs of a model: arrays, and the columns of frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from onnxp import nulls
from onnxp._src.array.array import Array
from onnxp._src.program import tables
from onnxp._src.program.tree import flatten, is_structure, record_types, unflatten
from onnxp._src.shapes import dims
from onnxp.errors import EstimatorError, FrameError
from onnxp.sklearn._column import Column
from onnxp.sklearn._conversion import without_nulls
from onnxp.sklearn._dummies import Dummies, without_names
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._nullable import input_of
from onnxp.sklearn._selections import Selection
from onnxp.sklearn._tuples import Tuples

# Of methods


def plain(result: Any, names: list[str] | None) -> Any:
    """Return a frame as an array, or as a dict of columns if no array has them all."""
    _require_result(result)
    if not isinstance(result, Frame | Column):
        return result
    if isinstance(result, Frame) and result.is_mixed:
        labels = list(result.columns) if names is None or len(names) != result.shape[1] else names
        return dict(zip(labels, map(_without_nulls, result.arrays), strict=True))
    return _without_nulls(result.to_numpy())


def _without_nulls(array: Array) -> Array:
    """Return an array as steps of scikit-learn get it; categories keep their labels."""
    return without_nulls(array) if array.dtype.is_nullable else array


def checked(result: Any, X: Array | Frame, what: str) -> Any:
    """Return a result, if it is an array, or several, with the rows of the input.

    Raises
    ------
    EstimatorError
        If it is not.
    """
    parts = list(result.values()) if isinstance(result, dict) else result
    for array in parts if isinstance(parts, list | tuple) else [parts]:
        _require_rows(array, X, what)
    return result


def _require_rows(result: Any, X: Array | Frame, what: str) -> None:
    if not isinstance(result, Array):
        raise EstimatorError(
            f"{what} cannot be traced: it gives a {type(result).__name__}, made of what it was fitted with, "
            "not an array that depends on the input"
        )
    if not any(dims.same(size, X.shape[0]) for size in result.shape):
        raise EstimatorError(
            f"{what} cannot be traced: from {X.shape[0]} rows it gives an array of shape {result.shape}, "
            "whose rows are not those of the input"
        )


def by_column(table: Any, labels: list[str]) -> dict[str, Any]:
    """Return the columns of scikit-learn's result, which may be an array of objects."""
    if hasattr(table, "iloc"):  # of pandas
        return {label: np.asarray(table.iloc[:, i]) for i, label in enumerate(labels)}
    return dict(zip(labels, np.asarray(table, dtype=object).T, strict=True))


# Of functions


def with_columns(result: Any) -> Any:
    """Return a structure in which dicts of columns by name are in place of frames, traced or not.

    Raises
    ------
    FrameError
        If something in it is no result, such as rows that a condition selects.
    """
    parts, treedef = flatten(result, lambda obj: not is_structure(obj), "the result")
    leaves = [_by_name(part) for _, part in parts]
    return unflatten(treedef, iter(leaves), record_types(result))


def _by_name(obj: Any) -> Any:
    _require_result(obj)
    if isinstance(obj, Column):
        return _values(obj)
    if isinstance(obj, Frame):
        return {str(name): _values(column) for name, column in obj.items()}
    if tables.is_frame(obj):
        names = list(map(str, tables.column_names(obj)))
        return dict(zip(names, tables.columns(obj, names, "the result"), strict=True))
    return obj


def _values(column: Column) -> Array:
    """Return the array of a column; in a nullable one, NaN is missing, as in pandas."""
    array = column.array
    is_result = (
        array.dtype.is_nullable and array.dtype.plain.family == "float" and input_of(array) is None
    )
    return nulls.null_from_nan(array) if is_result else array


def _require_result(obj: object) -> None:
    """Raise for what a function of a frame computes with, but cannot return.

    Raises
    ------
    FrameError
        If it is rows that a condition selects, tuples, or indicators without names.
    """
    if isinstance(obj, Dummies):
        raise without_names("is not a result")
    if isinstance(obj, Selection):
        raise FrameError(
            "rows that a condition selects are not a result: a model keeps all rows; use where"
        )
    if isinstance(obj, Tuples):
        raise FrameError(
            "tuples are not a result; make columns of them, by apply(..., axis=1, result_type='expand')"
        )


def first_rows(table: Any, count: int) -> Any:
    """Return the first rows of a table."""
    if isinstance(table, Mapping):
        return {name: column[:count] for name, column in table.items()}
    if hasattr(table, "iloc"):  # of pandas
        return table.iloc[:count]
    return table.slice(0, count) if hasattr(table, "slice") else table[:count]
