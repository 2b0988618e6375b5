"""Replacements in ``sklearn.naive_bayes``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._probabilities import log_softmax, softmax
from onnxp.sklearn._registry import replaces

_WIDEST = 128  # numbers of a row in memory, where scikit-learn has a row for one class at a time


@replaces(
    "sklearn.naive_bayes:_BaseNB.predict_proba",
    reason="It is the exponential of logarithms (1.9.1, naive_bayes.py:160): several nodes more.",
)
def _probabilities(xp: ModuleType, /, model: Any, X: Any) -> Any:
    return softmax(model.predict_joint_log_proba(X))


@replaces(
    "sklearn.naive_bayes:_BaseNB.predict_log_proba",
    reason="It counts the largest scores apart (1.9.1, naive_bayes.py:119): 28 nodes more.",
)
def _log_probabilities(xp: ModuleType, /, model: Any, X: Any) -> Any:
    return log_softmax(model.predict_joint_log_proba(X))


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
    # with the rows last, where kernels broadcast them to classes and features in long spans
    distances = xp.sum((X.T - means[:, :, None]) ** 2 / (2.0 * variances[:, :, None]), axis=1)
    return (xp.asarray(constant[:, None], dtype=means.dtype) - distances).T
