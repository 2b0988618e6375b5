"""Replacements in ``sklearn.isotonic``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._distances import double
from onnxp.sklearn._registry import computes_in, replaces
from onnxp.sklearn._validity import require

computes_in("float64", "sklearn.isotonic:IsotonicRegression")


@replaces(
    "sklearn.isotonic:IsotonicRegression._transform",
    reason="It calls an interpolation of scipy (1.9.1, isotonic.py:434).",
)
def _interpolated(xp: ModuleType, /, model: Any, T: Any) -> Any:
    from sklearn.utils.validation import check_array

    places, values = np.asarray(model.X_thresholds_), np.asarray(model.y_thresholds_, float)
    T = check_array(T, dtype=model.X_thresholds_.dtype, ensure_2d=False)
    model._check_input_data_shape(T)
    T = xp.reshape(T, (-1,))
    x = double(T)
    low, high = float(model.X_min_), float(model.X_max_)
    if model.out_of_bounds == "clip":
        x = xp.clip(x, low, high)
    elif model.out_of_bounds == "raise":
        require((x >= low) & (x <= high))
    if len(values) == 1:
        return xp.astype(xp.broadcast_to(xp.asarray(values), x.shape), T.dtype)
    result = np.interp(x, places, values)
    if model.out_of_bounds != "clip":
        result = xp.where((x < low) | (x > high), xp.nan, result)
    return xp.astype(result, T.dtype)
