"""Replacements in ``sklearn.naive_bayes``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._probabilities import softmax
from onnxp.sklearn._registry import replaces

_WIDEST = 128  # numbers of a row in memory, where scikit-learn has a row for one class at a time


@replaces(
    "sklearn.naive_bayes:_BaseNB.predict_proba",
    reason="It is the exponential of logarithms (1.9.1, naive_bayes.py:160): several nodes more.",
)
def _probabilities(xp: ModuleType, /, model: Any, X: Any) -> Any:
    return softmax(model.predict_joint_log_proba(X))


@replaces(
    "sklearn.naive_bayes:GaussianNB._joint_log_likelihood",
    reason="It goes through the classes (1.9.1, naive_bayes.py:536): several nodes for each.",
)
def _log_likelihood(xp: ModuleType, /, model: Any, X: Any) -> Any:
    means, variances = np.asarray(model.theta_), np.asarray(model.var_)
    if means.size > _WIDEST:
        return NotImplemented
    wide = variances.astype(np.float64)
    constant = np.log(np.asarray(model.class_prior_, dtype=np.float64))
    constant = constant - 0.5 * np.sum(np.log(2 * np.pi * wide), axis=1)
    distances = xp.sum((X[:, None, :] - means) ** 2 / variances, axis=2)
    return xp.asarray(constant, dtype=means.dtype) - 0.5 * distances
