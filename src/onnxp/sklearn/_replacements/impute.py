"""Replacements in ``sklearn.impute``. Among text, ``""`` is a missing value."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp._src.dtypes import string
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._lookup import is_missing
from onnxp.sklearn._registry import computes_in, replaces
from onnxp.sklearn._validity import require

computes_in("float64", "sklearn.impute._base:SimpleImputer")


@replaces(
    "sklearn.impute._base:SimpleImputer.transform",
    reason="It asks for numpy's kinds of dtypes, and how much is missing (1.9.1, _base.py:383, :680).",
)
def _impute(xp: ModuleType, /, imputer: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(imputer)
    numeric = imputer.strategy not in ("most_frequent", "constant")
    X = _validated(imputer, X, [xp.float64, xp.float32] if numeric else None)
    statistics = np.asarray(imputer.statistics_)
    kept = list(range(len(statistics)))
    if not imputer.keep_empty_features:
        kept = [i for i in kept if not is_missing(statistics[i])]
    mask = _missing(xp, X, imputer.missing_values)
    if isinstance(X, Frame):
        columns = [
            xp.where(mask[:, i], _fill(statistics[i], X.arrays[i].dtype), X.arrays[i]) for i in kept
        ]
        filled: Any = Frame.of_blocks([column[:, None] for column in columns])
    else:
        every = len(kept) == len(statistics)
        places = xp.asarray(np.asarray(kept, dtype=np.int64))
        values = np.asarray([_fill(statistics[i], X.dtype) for i in kept])
        is_kept = mask if every else xp.take(mask, places, axis=1)
        rows = X if every else xp.take(X, places, axis=1)
        filled = xp.where(is_kept, xp.asarray(values, dtype=X.dtype), rows)
    if not imputer.add_indicator:
        return filled
    indicator = xp.take(mask, xp.asarray(imputer.indicator_.features_), axis=1)
    if isinstance(filled, Frame) or filled.dtype is string:
        return Frame.of_blocks([filled, indicator])
    return xp.concat([filled, xp.astype(indicator, filled.dtype)], axis=1)


@replaces(
    "sklearn.impute._base:MissingIndicator.transform",
    reason="It asks for numpy's kinds of dtypes, and which columns miss values (1.9.1, _base.py:1073).",
)
def _indicate(xp: ModuleType, /, indicator: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(indicator)
    mask = (
        X
        if indicator._precomputed
        else _missing(xp, _validated(indicator, X, None), indicator.missing_values)
    )
    if indicator.features == "all":
        return mask
    features = np.asarray(indicator.features_)
    if indicator.error_on_new:
        others = np.setdiff1d(np.arange(indicator._n_features), features)
        require(~xp.take(mask, xp.asarray(others), axis=1))
    return xp.take(mask, xp.asarray(features), axis=1)


def _validated(estimator: Any, X: Any, dtype: Any) -> Any:
    """Return the rows as an array, or as a frame if they are text and numbers."""
    from sklearn.utils.validation import _check_n_features, validate_data

    if isinstance(X, Frame) and X.is_mixed:
        _check_n_features(estimator, X, reset=False)
        return X
    allowed = "allow-nan" if is_missing(estimator.missing_values) else True
    return validate_data(estimator, X, dtype=dtype, reset=False, ensure_all_finite=allowed)


def _missing(xp: ModuleType, X: Any, marker: Any) -> Any:
    """Return which elements are missing."""
    if isinstance(X, Frame):
        return xp.stack([_missing(xp, array, marker) for array in X.arrays], axis=1)
    if is_missing(marker):
        if X.dtype is string:
            return X == ""
        return xp.isnan(X) if X.dtype.family == "float" else xp.zeros_like(X, dtype=xp.bool)
    if isinstance(marker, str) != (X.dtype is string):
        return xp.zeros_like(X == "" if X.dtype is string else X, dtype=xp.bool)
    return marker == X


def _fill(value: Any, dtype: Any) -> Any:
    """Return the value that replaces missing ones, in the dtype of the column."""
    if dtype is string:
        return str(value)
    return dtype.numpy.type(value).item()
