"""Replacements in ``sklearn.covariance``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._distances import double, row_sum
from onnxp.sklearn._host import hosted
from onnxp.sklearn._registry import computes_in, replaces

computes_in("float64", "sklearn.covariance._empirical_covariance:EmpiricalCovariance")


@replaces(
    "sklearn.covariance._empirical_covariance:EmpiricalCovariance.mahalanobis",
    reason="It calls scipy's `cdist` (1.9.1, pairwise.py:1981).",
)
def _mahalanobis(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import validate_data

    own = hosted(model)
    differences = double(validate_data(model, X, reset=False)) - xp.asarray(own.location_)
    precision = xp.asarray(np.asarray(own.get_precision(), float))
    return row_sum((differences @ precision) * differences)
