"""Replacements for traced frames: selection of columns, conversion to arrays, and joining side by side."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.shapes import dims
from onnxp.sklearn._column import Column
from onnxp.sklearn._convert import NAMES
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._registry import replaces
from onnxp.sklearn._terms import Joined, note, parts_of


@replaces(
    "sklearn.utils.validation:check_array",
    reason="It converts frames with numpy, and asks whether there are rows (1.9.1, validation.py:1048, :1112).",
)
def _check_array(xp: ModuleType, /, array: Any, *args: Any, **kwargs: Any) -> Any:
    from sklearn.utils.validation import check_array

    if isinstance(array, Frame | Column):
        return check_array(array.to_numpy(), *args, **kwargs)
    if kwargs.get("ensure_min_samples", 1) == 1 and _may_be_empty(array):
        return check_array(array, *args, **{**kwargs, "ensure_min_samples": 0})
    return NotImplemented


def _may_be_empty(array: Any) -> bool:
    return isinstance(array, Array) and array.ndim > 0 and dims.bounds(array.shape[0])[0] == 0


@replaces(
    "sklearn.utils._indexing:_safe_indexing",
    reason="It knows frames of pandas and narwhals (1.9.1, _indexing.py:293).",
)
def _safe_indexing(xp: ModuleType, /, X: Any, indices: Any, *, axis: int = 0) -> Any:
    if not isinstance(X, Frame) or axis != 1:
        return NotImplemented
    columns = X.iloc[:, np.asarray(indices) if not isinstance(indices, slice) else indices]
    return columns


@replaces(
    "sklearn.compose._column_transformer:ColumnTransformer._hstack",
    reason="It joins by scipy, pandas or numpy (1.9.1, _column_transformer.py:1054).",
)
def _join_columns(xp: ModuleType, /, transformer: Any, Xs: Any, *, n_samples: Any = None) -> Any:
    return _side_by_side(xp, transformer, Xs)


@replaces(
    "sklearn.pipeline:FeatureUnion._hstack",
    reason="It joins by scipy, pandas or an array library (1.9.1, pipeline.py:2097).",
)
def _join_features(xp: ModuleType, /, union: Any, Xs: Any) -> Any:
    return _side_by_side(xp, union, Xs)


def _side_by_side(xp: ModuleType, transformer: Any, blocks: Any) -> Any:
    """Join blocks to an array of their common dtype, or to a frame if that is asked for or has no dtype."""
    names = vars(transformer).get(NAMES)
    arrays = [block.to_numpy() if _is_plain(block) else block for block in blocks]
    mixed = any(isinstance(block, Frame) for block in arrays)
    if names is not None or mixed or len({array.dtype is string for array in arrays}) > 1:
        return Frame.of_blocks(blocks, names or None)
    if len(arrays) == 1:
        return arrays[0]
    result: Any = np.hstack(arrays)
    if any(parts_of(array) is not None for array in arrays):
        note(result, Joined(tuple(arrays)))
    return result


def _is_plain(block: Any) -> bool:
    return isinstance(block, Column) or (isinstance(block, Frame) and not block.is_mixed)


@replaces(
    "sklearn.utils._set_output:_wrap_data_with_container",
    reason="It makes a frame of pandas or polars (1.9.1, _set_output.py:315).",
)
def _as_asked(
    xp: ModuleType, /, method: str, data_to_wrap: Any, original_input: Any, estimator: Any
) -> Any:
    names = vars(estimator).get(NAMES)
    is_named = isinstance(data_to_wrap, Frame) and not names
    if names is None or is_named or not isinstance(data_to_wrap, Array | Frame):
        return data_to_wrap
    return Frame.of_blocks([data_to_wrap], names or None)


@replaces(
    "sklearn.preprocessing._function_transformer:FunctionTransformer.transform",
    reason="It compares the names of columns, which are known (1.9.1, _function_transformer.py:273).",
)
def _function(xp: ModuleType, /, transformer: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_array

    if not isinstance(X, Frame):
        return NotImplemented
    X = check_array(X) if transformer.validate else X
    return transformer._transform(X, func=transformer.func, kw_args=transformer.kw_args)
