"""Replacements in ``sklearn.preprocessing``: encoders of categories, which look them up in tables.

scikit-learn raises an error for an unknown category if ``handle_unknown="error"``. Here its code is -1, and its
columns of a one-hot encoding are 0.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp._src.dtypes import DType, from_numpy
from onnxp.errors import EstimatorError
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._lookup import is_missing, look_up
from onnxp.sklearn._registry import computes_in, replaces
from onnxp.sklearn._validity import require

_ENCODERS = "sklearn.preprocessing._encoders"
_SETS = "It compares categories with sets and numpy (1.9.1, _encode.py:236)"

for _kind in ("_encoders:_BaseEncoder", "_discretization:KBinsDiscretizer"):
    computes_in("float64", f"sklearn.preprocessing.{_kind}")


def _column_codes(
    encoder: Any, X: Any, handle_unknown: str, kept: dict[int, int] | None = None
) -> list[Any]:
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
                mapped = codes.copy()  # the mapping may lack a missing category, the last one
                mapped[: len(mapping)] = np.asarray(mapping)
                codes = np.where(codes == (kept or {}).get(i, -1), codes, mapped)
        result.append(look_up(x, keys, codes, unknown))
    return result


def _columns(encoder: Any, X: Any) -> list[Any]:
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
    if handle == "error":
        require(xp.stack(codes, axis=1) >= 0)
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
    if encoder.handle_unknown == "error":
        require(codes >= 0)
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


# Back to categories


@replaces(
    f"{_ENCODERS}:OneHotEncoder.inverse_transform",
    reason="It writes to a numpy array by mask (1.9.1, _encoders.py:1141).",
)
def _from_one_hot(xp: ModuleType, /, encoder: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_array, check_is_fitted

    check_is_fitted(encoder)
    X = check_array(X, dtype=[xp.float64, xp.float32])
    _check_width(X, sum(int(width) for width in encoder._n_features_outs))
    drops = encoder._drop_idx_after_grouping
    infrequent = encoder._infrequent_indices if encoder._infrequent_enabled else None
    columns, start = [], 0
    for i, width in enumerate(map(int, encoder._n_features_outs)):
        categories = _grouped(encoder, i, infrequent)
        drop = None if drops is None else np.asarray(drops, dtype=object)[i]
        ignores = encoder.handle_unknown == "ignore" or (
            encoder.handle_unknown in ("infrequent_if_exist", "warn")
            and (infrequent is None or infrequent[i] is None)
        )
        block = X[:, start : start + width]
        start += width
        rest = [k for k in range(len(categories)) if drop is None or k != int(drop)]
        if not rest:  # the only category is dropped
            codes = xp.zeros((X.shape[0],), dtype=xp.int64)
        else:
            codes = xp.take(xp.asarray(rest), xp.argmax(block, axis=1), axis=0)
            if drop is not None or ignores:
                other = len(categories) if drop is None else int(drop)
                codes = xp.where(xp.sum(block, axis=1) == 0, other, codes)
        columns.append(_categories_of(xp, categories, codes, has_unknown=drop is None and ignores))
    return _joined(xp, columns)


@replaces(
    f"{_ENCODERS}:OrdinalEncoder.inverse_transform",
    reason="It writes to a numpy array by mask (1.9.1, _encoders.py:1645).",
)
def _from_ordinal(xp: ModuleType, /, encoder: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_array, check_is_fitted

    check_is_fitted(encoder)
    X = check_array(X, dtype=None)
    _check_width(X, len(encoder.categories_))
    infrequent = getattr(encoder, "_infrequent_indices", None)
    columns = []
    for i in range(len(encoder.categories_)):
        categories = _grouped(encoder, i, infrequent)
        labels = X[:, i]
        unknown = None
        if encoder.handle_unknown == "use_encoded_value":
            unknown = _equals(xp, labels, encoder.unknown_value)
        is_missing = None
        if i in encoder._missing_indices:
            is_missing = _equals(xp, labels, encoder.encoded_missing_value)
        masks = [mask for mask in (unknown, is_missing) if mask is not None]
        for mask in masks:
            labels = xp.where(mask, 0, labels)
        codes = xp.astype(labels, xp.int64)
        if is_missing is not None:
            codes = xp.where(is_missing, int(encoder._missing_indices[i]), codes)
        if unknown is not None:
            codes = xp.where(unknown, len(categories), codes)
        columns.append(_categories_of(xp, categories, codes, has_unknown=unknown is not None))
    return _joined(xp, columns)


def _check_width(X: Any, width: int) -> None:
    if X.shape[1] != width:
        raise EstimatorError(f"inverse_transform takes {width} columns, not {X.shape[1]}")


def _equals(xp: ModuleType, x: Any, value: Any) -> Any:
    if value != value:
        return xp.isnan(x) if x.dtype.family == "float" else xp.zeros_like(x, dtype=xp.bool)
    return x == value


def _grouped(encoder: Any, i: int, infrequent: Any) -> Any:
    """Return the categories of a column, with one for the infrequent ones at the end."""
    categories = np.asarray(encoder.categories_[i])
    if infrequent is None or infrequent[i] is None:
        return categories
    frequent = np.delete(categories, np.asarray(infrequent[i]))
    return np.append(frequent.astype(object), "infrequent_sklearn")


def _categories_of(xp: ModuleType, categories: Any, codes: Any, *, has_unknown: bool) -> Any:
    """Return the categories with some codes; an unknown or missing one is NaN, or ``""`` among text."""
    values = categories.tolist()
    if categories.dtype.kind not in "OU":
        table = np.append(categories, np.nan) if has_unknown else categories
    elif any(isinstance(value, str) for value in values):
        table = np.asarray(["" if is_missing(value) else str(value) for value in [*values, ""]])
    elif has_unknown or any(map(is_missing, values)):
        table = np.asarray([np.nan if is_missing(value) else value for value in [*values, np.nan]])
    else:
        table = np.asarray(values)
    return xp.take(xp.asarray(table), codes, axis=0)


def _joined(xp: ModuleType, columns: list[Any]) -> Any:
    frame = Frame.of_blocks([column[:, None] for column in columns])
    return frame if frame.is_mixed else frame.block()


# Other encoders


@replaces(
    "sklearn.preprocessing._label:MultiLabelBinarizer.transform",
    reason="It goes through sets of labels (1.9.1, _label.py:1006). Here the labels of a row are an array.",
)
def _binarize_sets(xp: ModuleType, /, binarizer: Any, y: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(binarizer)
    if y.ndim != 2:
        raise EstimatorError(
            'MultiLabelBinarizer.transform takes the labels of a row as an array, spec="string[N, K]", and '
            'other labels in unused places, such as ""'
        )
    classes = binarizer.classes_
    return xp.astype(xp.any(y[:, :, None] == classes[None, None, :], axis=1), xp.int64)


@replaces(
    "sklearn.feature_extraction._hash:FeatureHasher.transform",
    reason="It hashes text (1.9.1, _hash.py:153).",
)
def _hash(xp: ModuleType, /, hasher: Any, raw_X: Any) -> Any:
    raise EstimatorError(
        f"{type(hasher).__name__}.transform cannot be traced: it hashes the bytes of text (MurmurHash3), which "
        "no ONNX operator reads; use OneHotEncoder, OrdinalEncoder or CountVectorizer"
    )


def _dtype(dtype: Any) -> DType:
    return dtype if isinstance(dtype, DType) else from_numpy(np.dtype(dtype))


def _scalar(value: Any, dtype: Any) -> Any:
    return float(value) if dtype.family == "float" else int(value)
