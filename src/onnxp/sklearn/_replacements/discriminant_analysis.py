"""Replacements in ``sklearn.discriminant_analysis``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._probabilities import softmax
from onnxp.sklearn._registry import replaces

_LARGEST = 4096  # numbers of all factors: the centered rows of all classes are in memory at a time


@replaces(
    "sklearn.discriminant_analysis:DiscriminantAnalysisPredictionMixin.predict_proba",
    reason="It is the exponential of logarithms (1.9.1, discriminant_analysis.py:233): several nodes more.",
)
def _probabilities(xp: ModuleType, /, model: Any, X: Any) -> Any:
    return softmax(model._decision_function(X))


@replaces(
    "sklearn.discriminant_analysis:QuadraticDiscriminantAnalysis._decision_function",
    reason="It goes through the classes (1.9.1, discriminant_analysis.py:1164): several nodes for each.",
)
def _log_posterior(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(model)
    scalings = [np.asarray(scaling) for scaling in model.scalings_]
    rotations = [np.asarray(rotation) for rotation in model.rotations_]
    widths = {rotation.shape for rotation in rotations}
    if len(widths) > 1 or sum(rotation.size for rotation in rotations) > _LARGEST:
        return NotImplemented
    X = validate_data(model, X, reset=False)
    factors = [r * s**-0.5 for r, s in zip(rotations, scalings, strict=True)]
    centered = X - np.asarray(model.means_)[:, None, :]
    distances = xp.sum((centered @ xp.asarray(np.stack(factors))) ** 2, axis=2).T
    priors = np.log(np.asarray(model.priors_))
    constant = priors - 0.5 * np.asarray([np.sum(np.log(s)) for s in scalings], priors.dtype)
    return -0.5 * distances + xp.asarray(constant)
