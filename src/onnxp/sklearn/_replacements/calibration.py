"""Replacements in ``sklearn.calibration``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from onnxp.sklearn._registry import replaces


@replaces(
    "sklearn.calibration:_convert_to_logits",
    reason="It takes scores for probabilities if they look like that (1.9.1, calibration.py:1000).",
)
def _convert_to_logits(xp: ModuleType, /, scores: Any, eps: float = 1e-12) -> Any:
    if scores.ndim == 1 or scores.shape[1] == 1:
        scores = xp.reshape(scores, (-1, 1))
        return xp.concat([-scores, scores], axis=1)
    between = xp.all((scores >= 0) & (scores <= 1))
    total = xp.sum(scores, axis=1)
    are_probabilities = between & xp.all(xp.abs(total - 1.0) <= 1e-8 + 1e-5)
    # of scores below 0 the logarithm is NaN, but then they are not chosen
    return xp.where(are_probabilities, xp.log(scores + eps), scores)


@replaces(
    "sklearn.calibration:CalibratedClassifierCV.predict_proba",
    reason="It adds to as many zeros as there are rows, and divides by 1 (1.9.1, calibration.py:531).",
)
def _mean_of_calibrated(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(model)
    parts = [part.predict_proba(X) for part in model.calibrated_classifiers_]
    total = xp.astype(parts[0], xp.float64)
    for part in parts[1:]:
        total = total + part
    return total / len(parts) if len(parts) > 1 else total


@replaces(
    "sklearn.calibration:_CalibratedClassifier.predict_proba",
    reason="It makes a numpy array with as many rows as X, even where it does not use it (1.9.1, "
    "calibration.py:810).",
)
def _calibrated_probabilities(xp: ModuleType, /, classifier: Any, X: Any) -> Any:
    from sklearn.utils._response import _get_response_values
    from sklearn.utils.validation import _check_response_method

    methods = ["decision_function", "predict_proba"]
    scores, _ = _get_response_values(classifier.estimator, X, response_method=methods)
    if scores.ndim == 1:
        scores = xp.reshape(scores, (-1, 1))
    chosen = _check_response_method(classifier.estimator, methods).__name__
    if classifier.method == "temperature":
        if scores.shape[1] == 1 and chosen == "predict_proba":
            scores = xp.concat([1 - scores, scores], axis=1)
        result = classifier.calibrators[0].predict(scores)
    else:
        result = _one_against_rest(xp, classifier, scores)
        if classifier.method == "sigmoid":  # not above 1
            return result
    return xp.where((result > 1.0) & (result <= 1.0 + 1e-5), 1.0, result)


def _one_against_rest(xp: ModuleType, classifier: Any, scores: Any) -> Any:
    count = classifier.classes.shape[0]
    if count == 2 and classifier.method == "sigmoid":
        likely = classifier.calibrators[0].predict(scores[:, :1])
        return xp.concat([1.0 - likely, likely], axis=1)
    probabilities = [
        calibrator.predict(scores[:, j]) for j, calibrator in enumerate(classifier.calibrators)
    ]
    if count == 2:
        return xp.stack([1.0 - probabilities[0], probabilities[0]], axis=1)
    columns = [xp.zeros_like(probabilities[0])] * count
    positions = xp.searchsorted(classifier.classes, classifier.estimator.classes_)
    for place, column in zip(positions, probabilities, strict=True):
        columns[int(place)] = column
    result = xp.stack(columns, axis=1)
    total = xp.sum(result, axis=1, keepdims=True)
    return xp.where(total == 0, 1 / count, result / xp.where(total == 0, 1.0, total))


@replaces(
    "sklearn.calibration:_SigmoidCalibration.predict",
    reason="It calls scipy's `expit` (1.9.1, calibration.py:1067).",
)
def _sigmoid(xp: ModuleType, /, calibrator: Any, scores: Any) -> Any:
    return 1.0 / (1.0 + xp.exp(calibrator.a_ * scores + calibrator.b_))
