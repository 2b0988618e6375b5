"""Replacements in ``sklearn.preprocessing``: encoders of categories, by tables."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import from_numpy
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._lookup import look_up
from onnxp.sklearn._registry import computes_in, replaces

_ENCODERS = "sklearn.preprocessing._encoders"
_SETS = "It compares categories with sets and numpy (1.9.1, _encode.py:236)"

computes_in("float64", f"{_ENCODERS}:_BaseEncoder")


@replaces(f"{_ENCODERS}:_BaseEncoder._transform", reason=f"{_SETS}.")
def _codes(
    xp: ModuleType,
    /,
    encoder: Any,
    X: Any,
    handle_unknown: str = "error",
    ensure_all_finite: Any = True,
    warn_on_unknown: bool = False,
    ignore_category_indices: Any = None,
) -> tuple[Array, Array]:
    kept = ignore_category_indices or {}
    codes = xp.stack(_column_codes(encoder, X, handle_unknown, kept), axis=1)
    return xp.maximum(codes, 0), codes >= 0


def _column_codes(
    encoder: Any, X: Any, handle_unknown: str, kept: dict[int, int] | None = None
) -> list[Array]:
    """Return the code of each column, which is -1 for unknown categories."""
    result = []
    for i, (x, categories) in enumerate(
        zip(_columns(encoder, X), encoder.categories_, strict=True)
    ):
        keys = np.asarray(categories)
        codes = np.arange(len(keys))
        unknown = -1
        if getattr(encoder, "_infrequent_enabled", False):
            infrequent = encoder._infrequent_indices[i]
            mapping = encoder._default_to_infrequent_mappings[i]
            if infrequent is not None and handle_unknown == "infrequent_if_exist":
                unknown = int(np.asarray(mapping)[int(np.asarray(infrequent)[0])])
            if mapping is not None:
                mapped = np.asarray(mapping).astype(np.int64)
                is_kept = np.isin(codes, [(kept or {}).get(i, -1)])
                codes = np.where(is_kept, codes, mapped)
        result.append(look_up(x, keys, codes, unknown))
    return result


def _columns(encoder: Any, X: Any) -> list[Array]:
    """Return the columns to encode."""
    from sklearn.utils.validation import _check_n_features, check_array

    _check_n_features(encoder, X, reset=False)
    if isinstance(X, Frame):
        return X.arrays
    X = check_array(X, dtype=None)
    return [X[:, i] for i in range(X.shape[1])]


@replaces(f"{_ENCODERS}:OneHotEncoder.transform", reason=f"{_SETS}, and makes a sparse matrix.")
def _one_hot(xp: ModuleType, /, encoder: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(encoder)
    handle = "infrequent_if_exist" if encoder.handle_unknown == "warn" else encoder.handle_unknown
    codes = _column_codes(encoder, X, handle)
    dropped = encoder._drop_idx_after_grouping
    widths = [int(width) for width in encoder._n_features_outs]
    hot: list[int] = []  # the code that sets each column of the result
    for i, width in enumerate(widths):
        drop = None if dropped is None else np.asarray(dropped, dtype=object)[i]
        if drop is None:
            hot += range(width)
        else:
            hot += [code for code in range(width + 1) if code != int(drop)]
    spread = xp.take(
        xp.stack(codes, axis=1), xp.asarray(np.repeat(np.arange(len(widths)), widths)), axis=1
    )
    return xp.astype(spread == xp.asarray(np.asarray(hot, dtype=np.int64)), _dtype(encoder.dtype))


@replaces(f"{_ENCODERS}:OrdinalEncoder.transform", reason=f"{_SETS}.")
def _ordinal(xp: ModuleType, /, encoder: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(encoder)
    dtype = _dtype(encoder.dtype)
    missing = dict(encoder._missing_indices)
    codes = xp.stack(_column_codes(encoder, X, encoder.handle_unknown, missing), axis=1)
    result = xp.astype(codes, dtype)
    if missing:
        places = xp.asarray([missing.get(i, -2) for i in range(codes.shape[1])])
        result = xp.where(codes == places, _scalar(encoder.encoded_missing_value, dtype), result)
    if encoder.handle_unknown == "use_encoded_value":
        result = xp.where(codes < 0, _scalar(encoder.unknown_value, dtype), result)
    return result


@replaces("sklearn.preprocessing._target_encoder:TargetEncoder.transform", reason=f"{_SETS}.")
def _target(xp: ModuleType, /, encoder: Any, X: Any) -> Any:
    mean = np.atleast_1d(np.asarray(encoder.target_mean_, dtype=np.float64))
    classes = len(mean)
    columns = []
    for i, (x, categories) in enumerate(
        zip(_columns(encoder, X), encoder.categories_, strict=True)
    ):
        for k in range(classes):
            encoding = np.asarray(encoder.encodings_[i * classes + k], dtype=np.float64)
            columns.append(look_up(x, np.asarray(categories), encoding, mean[k]))
    return xp.stack(columns, axis=1)


def _dtype(dtype: Any) -> Any:
    return from_numpy(np.dtype(dtype))


def _scalar(value: Any, dtype: Any) -> Any:
    return float(value) if dtype.family == "float" else int(value)
