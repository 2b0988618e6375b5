"""Replacements in ``sklearn.mixture``."""

from __future__ import annotations

from math import log, pi, sqrt
from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._probabilities import log_sum_exp, softmax
from onnxp.sklearn._registry import is_traced, replaces

_WIDEST = (
    512  # numbers of a row in memory, where scikit-learn has a row for one component at a time
)


@replaces(
    "sklearn.mixture._base:BaseMixture.predict_proba",
    reason="It is the exponential of logarithms (1.9.1, _base.py:432): several nodes more.",
)
def _responsibilities(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(model)
    X = validate_data(model, X, reset=False)
    return softmax(model._estimate_weighted_log_prob(X))


_MOST_COMPONENTS = 10  # of more, the operator takes longer than its parts


@replaces(
    "sklearn.mixture._base:BaseMixture.score_samples",
    reason="It counts the largest scores apart (1.9.1, _base.py:373): 28 nodes more.",
)
def _scores(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    if model.n_components > _MOST_COMPONENTS:
        return NotImplemented
    check_is_fitted(model)
    X = validate_data(model, X, reset=False)
    return log_sum_exp(model._estimate_weighted_log_prob(X))


@replaces(
    "sklearn.mixture._base:BaseMixture._estimate_weighted_log_prob",
    reason="It adds constants one by one (1.9.1, _base.py:524, _gaussian_mixture.py:553).",
)
def _weighted_log_densities(xp: ModuleType, /, model: Any, X: Any, **_: Any) -> Any:
    from sklearn.mixture import GaussianMixture

    if type(model)._estimate_log_prob is not GaussianMixture._estimate_log_prob:
        return NotImplemented
    weights = np.log(np.asarray(model.weights_, dtype=np.float64))
    return _densities(
        xp, X, model.means_, model.precisions_cholesky_, model.covariance_type, weights
    )


@replaces(
    "sklearn.mixture._gaussian_mixture:_estimate_log_gaussian_prob",
    reason="It goes through the components (1.9.1, _gaussian_mixture.py:523): several nodes for each.",
)
def _log_densities(
    xp: ModuleType, /, X: Any, means: Any, precisions_chol: Any, covariance_type: str, **_: Any
) -> Any:
    return _densities(xp, X, means, precisions_chol, covariance_type, 0.0)


def _densities(
    xp: ModuleType, X: Any, means: Any, precisions: Any, covariance_type: str, weights: Any
) -> Any:
    """Return the logarithms of densities, plus constants, by one product for all components."""
    from sklearn.mixture._gaussian_mixture import _compute_log_det_cholesky

    if is_traced(means) or is_traced(precisions) or covariance_type not in ("full", "tied"):
        return NotImplemented
    centers, factors = np.asarray(means), np.asarray(precisions)
    count, features = centers.shape
    if count * features > _WIDEST or X.dtype.numpy != centers.dtype:
        return NotImplemented  # of mixed dtypes, scikit-learn rounds on the way
    halved = factors * sqrt(0.5)  # whose squares are half of the others
    blocks = [halved] * count if factors.ndim == 2 else list(halved)
    offsets = [-(center @ block) for center, block in zip(centers, blocks, strict=True)]
    scaled = X @ xp.asarray(np.hstack(blocks)) + xp.asarray(np.hstack(offsets))
    scaled = xp.reshape(scaled, (X.shape[0], count, features))
    constant = _compute_log_det_cholesky(factors, covariance_type, features) + weights
    constant = np.asarray(constant - 0.5 * features * log(2 * pi), centers.dtype)
    return xp.asarray(constant) - xp.sum(xp.square(scaled), axis=2)
