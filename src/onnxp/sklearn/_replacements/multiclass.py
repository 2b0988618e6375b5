"""Replacements in ``sklearn.multiclass``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._registry import replaces


@replaces(
    "sklearn.multiclass:OneVsRestClassifier.predict",
    reason="Of two classes and of several labels, it makes a sparse matrix (1.9.1, multiclass.py:514).",
)
def _labels(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.multiclass import _predict_binary, _threshold_for_binary_predict
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(model)
    if model.label_binarizer_.y_type_ == "multiclass":
        return NotImplemented
    threshold = _threshold_for_binary_predict(model.estimators_[0])
    columns = [_predict_binary(estimator, X) > threshold for estimator in model.estimators_]
    if model.multilabel_:
        return xp.astype(xp.stack(columns, axis=1), xp.int64)
    classes = model.label_binarizer_.classes_
    codes = (
        xp.astype(columns[0], xp.int64)
        if classes.shape[0] > 1
        else xp.zeros(X.shape[0], dtype=xp.int64)
    )
    return xp.take(classes, codes, axis=0)


_REPEATED = "It repeats a label as often as there are rows (1.9.1, multiclass.py:141)."


@replaces("sklearn.multiclass:_ConstantPredictor.decision_function", reason=_REPEATED)
def _constant(xp: ModuleType, /, model: Any, X: Any) -> Any:
    return xp.broadcast_to(xp.asarray(np.asarray(model.y_)), (X.shape[0],))


@replaces("sklearn.multiclass:_ConstantPredictor.predict_proba", reason=_REPEATED)
def _constant_probabilities(xp: ModuleType, /, model: Any, X: Any) -> Any:
    label = float(np.asarray(model.y_)[0])
    return xp.broadcast_to(xp.asarray([1.0 - label, label]), (X.shape[0], 2))
