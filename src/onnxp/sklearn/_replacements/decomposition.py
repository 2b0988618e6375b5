"""Replacements in ``sklearn.decomposition``."""

from __future__ import annotations

from math import log, pi
from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._distances import double
from onnxp.sklearn._host import hosted, on_host
from onnxp.sklearn._registry import computes_in, replaces

computes_in("float64", "sklearn.decomposition._factor_analysis:FactorAnalysis")


@replaces(
    "sklearn.decomposition._factor_analysis:FactorAnalysis.score_samples",
    reason="It computes the precision with scipy (1.9.1, _factor_analysis.py:378).",
)
def _log_likelihood(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.extmath import fast_logdet
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(model)
    centered = double(validate_data(model, X, reset=False)) - model.mean_
    precision = np.asarray(hosted(model).get_precision())
    distances = xp.sum(centered * (centered @ xp.asarray(precision)), axis=1)
    with on_host():
        norm = precision.shape[0] * log(2 * pi) - float(fast_logdet(precision))
    return -0.5 * distances - 0.5 * norm


@replaces(
    "sklearn.decomposition._sparse_pca:_BaseSparsePCA.transform",
    reason="It calls `ridge_regression` with the rows as targets (1.9.1, _ridge.py:647).",
)
def _sparse_components(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(model)
    X = validate_data(model, X, reset=False)
    components = np.asarray(model.components_, float)
    gram = components @ components.T + model.ridge_alpha * np.eye(len(components))
    weights = np.linalg.solve(gram, components).T.copy()
    dtype = model.components_.dtype  # in which scikit-learn solves
    return xp.astype(X - model.mean_, dtype) @ xp.asarray(weights, dtype=dtype)
