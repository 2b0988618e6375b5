"""Replacements in ``sklearn.preprocessing``."""

from __future__ import annotations

from itertools import combinations, combinations_with_replacement
from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._lookup import look_up
from onnxp.sklearn._registry import replaces
from onnxp.sklearn._validity import require


@replaces(
    "sklearn.preprocessing._label:LabelEncoder.transform",
    reason="It raises for labels that it does not know (1.9.1, _encode.py:236); here they give -1.",
)
def _encode_labels(xp: ModuleType, /, encoder: Any, y: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, column_or_1d

    check_is_fitted(encoder)
    classes = encoder.classes_
    y = column_or_1d(y, dtype=classes.dtype)
    codes = look_up(y, np.asarray(classes), np.arange(classes.shape[0]), -1)
    require(codes >= 0)
    return codes


@replaces(
    "sklearn.preprocessing._label:LabelEncoder.inverse_transform",
    reason="It raises for codes out of range (1.9.1, _label.py:171), and so does the model when it runs.",
)
def _decode_labels(xp: ModuleType, /, encoder: Any, y: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, column_or_1d

    check_is_fitted(encoder)
    y = column_or_1d(y)
    count = encoder.classes_.shape[0]
    return xp.take(encoder.classes_, xp.where(y < 0, count, y), axis=0)


@replaces(
    "sklearn.preprocessing._label:LabelBinarizer.transform",
    reason="It finds out the kind of target from the labels (1.9.1, multiclass.py:441) and goes "
    "through scipy.sparse.",
)
def _binarize_labels(xp: ModuleType, /, binarizer: Any, y: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, column_or_1d

    check_is_fitted(binarizer)
    classes = binarizer.classes_
    columns = (column_or_1d(y)[:, None] == classes[None, :])[:, 1 if classes.shape[0] == 2 else 0 :]
    dtype = y.dtype if xp.isdtype(y.dtype, "signed integer") else xp.int64
    if classes.shape[0] == 1:  # then there is nothing to tell from it
        columns = xp.zeros_like(columns)
    result = xp.where(columns, binarizer.pos_label, binarizer.neg_label)
    return xp.astype(result, dtype)


@replaces(
    "sklearn.preprocessing._label:_inverse_binarize_multiclass",
    reason="It limits indices that are in the range (1.9.1, _label.py:742).",
)
def _most_likely(xp: ModuleType, /, y: Any, classes: Any, **_: Any) -> Any:
    return xp.take(xp.asarray(classes), xp.argmax(y, axis=1), axis=0)


@replaces(
    "sklearn.preprocessing._polynomial:PolynomialFeatures.transform",
    reason="It fills columns block by block (1.9.1, _polynomial.py:544): a node for each, and rows "
    "in small pieces. Here the columns are rows until the end, and the products of one degree are one.",
)
def _polynomial_features(xp: ModuleType, /, features: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(features)
    X = validate_data(features, X, dtype=[xp.float64, xp.float32], reset=False)
    chosen = combinations if features.interaction_only else combinations_with_replacement
    blocks = [xp.ones((1, X.shape[0]), dtype=X.dtype)] if features.include_bias else []
    columns = terms = X.T
    places: dict[tuple[int, ...], int] = {(i,): i for i in range(X.shape[1])}
    for degree in range(1, features._max_degree + 1):
        if degree > 1:
            products = list(chosen(range(X.shape[1]), degree))
            if not products:
                break
            rest = xp.asarray([places[product[1:]] for product in products])
            first = xp.asarray([product[0] for product in products])
            terms = xp.take(terms, rest, axis=0) * xp.take(columns, first, axis=0)
            places = {product: i for i, product in enumerate(products)}
        if degree >= features._min_degree:
            blocks.append(terms)
    return xp.concat(blocks, axis=0).T
