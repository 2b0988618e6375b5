"""Replacements of power transformations in ``sklearn.preprocessing``, for all columns at once."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._distances import double
from onnxp.sklearn._registry import computes_in, replaces

computes_in("float64", "sklearn.preprocessing._data:PowerTransformer")


@replaces(
    "sklearn.preprocessing._data:PowerTransformer.transform",
    reason="It calls scipy's `yeojohnson` and `boxcox` (1.9.1, _data.py:3482).",
)
def _power(xp: ModuleType, /, model: Any, X: Any) -> Any:
    X = _validated(xp, model, X)
    rows, powers = double(X), np.asarray(model.lambdas_, float)
    if model.method == "box-cox":
        result = _box_cox(xp, xp.log(rows), powers)
    else:
        up = _box_cox(xp, xp.log1p(xp.maximum(rows, 0.0)), powers)
        down = _box_cox(xp, xp.log1p(xp.maximum(-rows, 0.0)), 2.0 - powers)
        result = xp.where(rows >= 0, up, -down)
        result = xp.where(xp.isnan(rows), rows, result)
    result = xp.astype(result, X.dtype)
    return model._scaler.transform(result) if model.standardize else result


@replaces(
    "sklearn.preprocessing._data:PowerTransformer.inverse_transform",
    reason="It calls scipy's `inv_boxcox`, and assigns to chosen rows (1.9.1, _data.py:3545).",
)
def _power_inverse(xp: ModuleType, /, model: Any, X: Any) -> Any:
    X = _validated(xp, model, X)
    rows, powers = double(X), np.asarray(model.lambdas_, float)
    if model.standardize:
        rows = double(model._scaler.inverse_transform(xp.astype(rows, X.dtype)))
    if model.method == "box-cox":
        return xp.astype(xp.exp(_log_inverse(xp, rows, powers)), X.dtype)
    up = xp.exp(_log_inverse(xp, xp.maximum(rows, 0.0), powers)) - 1.0
    down = 1.0 - xp.exp(_log_inverse(xp, xp.maximum(-rows, 0.0), 2.0 - powers))
    result = xp.where(rows >= 0, up, down)
    return xp.astype(xp.where(xp.isnan(rows), rows, result), X.dtype)


def _validated(xp: ModuleType, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_array, check_is_fitted

    check_is_fitted(model)
    return check_array(X, dtype=[xp.float64, xp.float32], ensure_all_finite=False)


def _box_cox(xp: ModuleType, logs: Any, powers: np.ndarray[Any, Any]) -> Any:
    """Return ``(exp(power * log) - 1) / power``, or the logarithm if the power is 0."""
    is_zero = np.abs(powers) < np.spacing(1.0)
    safe = xp.asarray(np.where(is_zero, 1.0, powers))
    return xp.where(xp.asarray(is_zero), logs, xp.expm1(safe * logs) / safe)


def _log_inverse(xp: ModuleType, x: Any, powers: np.ndarray[Any, Any]) -> Any:
    """Return ``log(power * x + 1) / power``, or the number itself if the power is 0."""
    is_zero = np.abs(powers) < np.spacing(1.0)
    safe = xp.asarray(np.where(is_zero, 1.0, powers))
    return xp.where(xp.asarray(is_zero), x, xp.log1p(safe * x) / safe)
