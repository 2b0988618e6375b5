"""Columns of categories of pandas, Polars and Arrow, none of which is imported, as labels and codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.dtypes import labels
from onnxp._src.dtypes.dtype import DType
from onnxp._src.dtypes.parametrized import category
from onnxp.errors import DTypeError

_Host = np.ndarray[Any, Any]


def is_categorical(column: object) -> bool:
    """Return whether an object is an array or a column of categories of text."""
    return _reader(column) is not None


def categorical(column: Any) -> tuple[DType, _Host]:
    """Return the dtype and the codes of a column of categories; the label ``""`` counts as missing.

    Raises
    ------
    DTypeError
        If its labels are not text.
    """
    read = _reader(column)
    assert read is not None
    names, ordered, codes = read(column)
    if not all(isinstance(name, str) for name in names):
        kind = np.asarray(names).dtype.kind
        cast = "x.astype(float)" if kind in "iuf" else f"x.astype({np.asarray(names).dtype.name!r})"
        raise DTypeError(
            f"asarray: x has categories that are not text, such as {names[0]!r}, and labels are text; "
            f"write {cast}"
        )
    kept = [name for name in names if name != ""]
    table = _positions(kept, [*names, None])
    return category(kept, ordered), table[np.where(codes < 0, len(names), codes)]


_Read = Callable[[Any], tuple[list[Any], bool, _Host]]


def _reader(column: Any) -> _Read | None:
    if isinstance(column, np.ndarray | np.generic | list | tuple | str):
        return None
    dtype = getattr(column, "dtype", None)
    if type(dtype).__name__ == "CategoricalDtype":
        return _of_pandas
    if type(dtype).__name__ in ("Enum", "Categorical") and hasattr(column, "to_physical"):
        return _of_polars
    if str(getattr(column, "type", "")).startswith("dictionary<"):
        return _of_arrow
    return None


def _of_pandas(column: Any) -> tuple[list[Any], bool, _Host]:
    codes = column.cat.codes if hasattr(column, "cat") else column.codes
    return list(column.dtype.categories), bool(column.dtype.ordered), np.asarray(codes)


def _of_polars(column: Any) -> tuple[list[Any], bool, _Host]:
    names = getattr(column.dtype, "categories", None)
    values = column.to_list()
    if type(column.dtype).__name__ != "Enum" or names is None:  # the labels that occur
        names = dict.fromkeys(value for value in values if value is not None)
    names = list(names)
    return names, False, _positions(names, values)


def _of_arrow(column: Any) -> tuple[list[Any], bool, _Host]:
    ordered = bool(column.type.ordered)
    if hasattr(column, "unify_dictionaries"):  # chunks, each with labels of its own
        column = column.unify_dictionaries().combine_chunks()
        if hasattr(column, "chunks"):  # of no chunks, before pyarrow 12
            column = column.chunk(0)
    names = column.dictionary.to_pylist()
    return names, ordered, _positions(names, column.to_pylist())


def _positions(names: list[Any], values: list[Any]) -> _Host:
    positions = {name: code for code, name in enumerate(names)}
    return np.array([positions.get(value, labels.MISSING) for value in values], np.int64)
