"""What estimators of xgboost, lightgbm and catboost share: their rows, and what they make of sums of trees."""

from __future__ import annotations

from typing import Any

import onnxp as xp
from onnxp._src.array.array import Array
from onnxp.errors import EstimatorError
from onnxp.sklearn._frame import Frame


def rows(X: Any, what: str) -> Array:
    """Return rows and columns as one array of numbers.

    Raises
    ------
    EstimatorError
        If a column is text.
    """
    if isinstance(X, Frame):
        if X.is_mixed:
            raise EstimatorError(
                f"{what} cannot be traced for columns of text: encode them before, as OrdinalEncoder does"
            )
        X = X.to_numpy()
    if X.dtype == xp.string:
        raise EstimatorError(
            f"{what} takes numbers, not text: encode it before, as OrdinalEncoder does"
        )
    array: Array = X
    return array


def logistic(x: Array) -> Array:
    """Return probabilities for log-odds."""
    return 1.0 / (1.0 + xp.exp(-x))


def softmax(x: Array) -> Array:
    """Return probabilities for scores of several classes, a row each."""
    e = xp.exp(x - xp.max(x, axis=1, keepdims=True))
    return e / xp.sum(e, axis=1, keepdims=True)


def flat(scores: Array) -> Array:
    """Return a single column as an array of one axis, and several as they are."""
    return scores[:, 0] if scores.shape[1] == 1 else scores


def both(p: Array) -> Array:
    """Return the probabilities of two classes for that of the second."""
    return xp.stack([1.0 - p, p], axis=1)
