"""Replacements in ``sklearn.impute``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._registry import replaces


@replaces(
    "sklearn.impute._base:SimpleImputer.transform",
    reason="It asks for numpy's kinds of dtypes, and how much is missing (1.9.1, _base.py:383, :680).",
)
def _impute(xp: ModuleType, /, imputer: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(imputer)
    X = validate_data(imputer, X, dtype=[xp.float64, xp.float32], reset=False)
    marker = imputer.missing_values
    is_missing = xp.isnan(X) if marker is np.nan or marker != marker else marker == X
    values = np.asarray(imputer.statistics_, float)  # Python objects, of a constant
    filled = xp.where(is_missing, xp.asarray(values, dtype=X.dtype), X)
    if not imputer.keep_empty_features and np.isnan(values).any():
        filled = filled[:, np.flatnonzero(~np.isnan(values))]
    if imputer.add_indicator:
        indicator = xp.take(is_missing, xp.asarray(imputer.indicator_.features_), axis=1)
        filled = xp.concat([filled, xp.astype(indicator, X.dtype)], axis=1)
    return filled
