"""Replacements in ``sklearn.impute``. Among text, ``""`` is missing: None or NaN (`Options.missing_text`)."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp._src.dtypes import string
from onnxp.sklearn._distances import double, pairwise, smallest
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._lookup import is_missing
from onnxp.sklearn._options import options
from onnxp.sklearn._registry import computes_in, replaces
from onnxp.sklearn._validity import require

for _kind in ("_base:SimpleImputer", "_iterative:IterativeImputer", "_knn:KNNImputer"):
    computes_in("float64", f"sklearn.impute.{_kind}")


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
        kept = [i for i in kept if statistics[i] is None or not is_missing(statistics[i])]
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
            none_is_kept = marker is not None and options().missing_text is None
            return xp.zeros_like(X == "") if none_is_kept else X == ""
        return xp.isnan(X) if X.dtype.family == "float" else xp.zeros_like(X, dtype=xp.bool)
    if isinstance(marker, str) != (X.dtype is string):
        return xp.zeros_like(X == "" if X.dtype is string else X, dtype=xp.bool)
    return marker == X


def _fill(value: Any, dtype: Any) -> Any:
    """Return the value that replaces missing ones, in the dtype of the column."""
    if dtype is string:
        return "" if value is None else str(value)
    return dtype.numpy.type(value).item()


def _with_indicator(xp: ModuleType, imputer: Any, filled: Any, mask: Any) -> Any:
    """Return imputed numbers, followed by which were missing if `add_indicator` is set."""
    if not imputer.add_indicator:
        return filled
    indicator = xp.take(mask, xp.asarray(np.asarray(imputer.indicator_.features_)), axis=1)
    return xp.concat([filled, xp.astype(indicator, filled.dtype)], axis=1)


@replaces(
    "sklearn.impute._knn:KNNImputer.transform",
    reason="It goes through the rows with missing values (1.9.1, _knn.py:292).",
)
def _impute_from_neighbors(xp: ModuleType, /, imputer: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(imputer)
    if imputer.metric != "nan_euclidean":
        return NotImplemented
    X = _validated(imputer, X, [xp.float64, xp.float32])
    mask = _missing(xp, X, imputer.missing_values)
    missing = np.asarray(imputer._mask_fit_X)
    fitted = np.where(missing, np.nan, np.asarray(imputer._fit_X, float))
    distances = pairwise(xp.where(mask, xp.nan, X), fitted, "nan_euclidean")
    columns = []
    for column, is_valid in enumerate(np.asarray(imputer._valid_mask)):
        if is_valid:
            donors = np.flatnonzero(~missing[:, column])
            value = _average(xp, imputer, distances, donors, fitted[donors, column])
            value = xp.astype(value, X.dtype)
            columns.append(xp.where(mask[:, column], value, X[:, column]))
        elif imputer.keep_empty_features:
            columns.append(xp.zeros_like(X[:, column]))
    return _with_indicator(xp, imputer, xp.stack(columns, axis=1), mask)


def _average(
    xp: ModuleType, imputer: Any, distances: Any, donors: Any, values: np.ndarray[Any, Any]
) -> Any:
    """Return the averages of a column over the nearest of the fitted rows that have a value."""
    from sklearn.neighbors._base import _get_weights

    far = xp.take(distances, xp.asarray(donors), axis=1)
    far = xp.where(xp.isnan(far), xp.inf, far)
    near, places = smallest(far, min(int(imputer.n_neighbors), len(donors)))
    weights = _get_weights(near, imputer.weights)
    ones = xp.ones_like(near)
    weights = xp.where(near == xp.inf, 0.0, ones if weights is None else weights)
    total = xp.sum(weights, axis=1)
    imputed = xp.sum(weights * xp.take(xp.asarray(values), places, axis=0), axis=1)
    none = near[:, 0] == xp.inf  # no feature in common with any donor
    return xp.where(none, float(values.mean()), imputed / xp.where(total == 0, 1.0, total))


@replaces(
    "sklearn.impute._iterative:IterativeImputer.transform",
    reason="It predicts the rows with missing values only (1.9.1, _iterative.py:899); here all rows.",
)
def _impute_iteratively(xp: ModuleType, /, imputer: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(imputer)
    if imputer.sample_posterior:
        return NotImplemented  # random
    X = _validated(imputer, X, [xp.float64, xp.float32])
    complete = _missing(xp, X, imputer.missing_values)
    start = imputer.initial_imputer_.transform(X)
    empty = np.asarray(imputer._is_empty_feature)
    mask = complete
    if not imputer.keep_empty_features:
        mask = xp.take(complete, xp.asarray(np.flatnonzero(~empty)), axis=1)
    else:
        mask = complete & ~xp.asarray(empty)
    columns = [start[:, j] for j in range(start.shape[1])]
    if imputer.n_iter_ == 0:
        return _with_indicator(xp, imputer, start, complete)
    low, high = np.asarray(imputer._min_value), np.asarray(imputer._max_value)
    for feature, others, estimator in imputer.imputation_sequence_:
        feature = int(feature)
        rows = xp.stack([columns[int(j)] for j in np.asarray(others)], axis=1)
        value = xp.clip(estimator.predict(rows), float(low[feature]), float(high[feature]))
        value = xp.astype(value, X.dtype)
        columns[feature] = xp.where(mask[:, feature], value, columns[feature])
    result = xp.where(xp.all(mask), start, xp.stack(columns, axis=1))
    return _with_indicator(xp, imputer, result, complete)


@replaces(
    "sklearn.impute._base:SimpleImputer.inverse_transform",
    reason="It asks which columns miss all values (1.9.1, _base.py:742).",
)
def _missing_again(xp: ModuleType, /, imputer: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(imputer)
    if not imputer.add_indicator:
        return NotImplemented
    places = np.asarray(imputer.indicator_.features_, np.int64)
    count, width = X.shape[1] - len(places), len(np.asarray(imputer.statistics_))
    marks = xp.astype(X[:, count:], xp.bool)
    hot = np.eye(width, dtype=bool)[places]
    columns = [
        marks[:, int(hot[:, j].argmax())]
        if hot[:, j].any()
        else xp.zeros_like(X[:, 0], dtype=xp.bool)
        for j in range(width)
    ]
    mask = xp.stack(columns, axis=1)
    # scikit-learn skips columns that miss all values, and gives the imputed ones to the rest in their order
    is_whole = ~xp.all(mask, axis=0)
    index = xp.cumulative_sum(xp.astype(is_whole, xp.int64)) - 1
    given = xp.take(X[:, :count], xp.clip(index, 0, count - 1), axis=1)
    result = xp.where(is_whole & (index < count), double(given), xp.astype(mask, xp.float64))
    return xp.where(mask, imputer.missing_values, result)
