"""Replacements in ``sklearn.isotonic``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._registry import computes_in, replaces
from onnxp.sklearn._validity import require

Host = np.ndarray[Any, Any]

computes_in("float64", "sklearn.isotonic:IsotonicRegression")


@replaces(
    "sklearn.isotonic:IsotonicRegression._transform",
    reason="It calls an interpolation of scipy (1.9.1, isotonic.py:434).",
)
def _interpolated(xp: ModuleType, /, model: Any, T: Any) -> Any:
    from sklearn.utils.validation import check_array

    places, values = np.asarray(model.X_thresholds_), np.asarray(model.y_thresholds_)
    T = check_array(T, dtype=places.dtype, ensure_2d=False)
    model._check_input_data_shape(T)
    x = xp.reshape(T, (-1,))
    low, high = float(model.X_min_), float(model.X_max_)
    if model.out_of_bounds == "clip":
        x = xp.clip(x, low, high)
    elif model.out_of_bounds == "raise":
        require((x >= low) & (x <= high))
    if len(values) == 1:
        return xp.broadcast_to(xp.asarray(values, dtype=x.dtype), x.shape)
    is_double = places.dtype == np.float64
    result = np.interp(x, places, values) if is_double else _on_lines(xp, x, places, values)
    if model.out_of_bounds != "clip":
        result = xp.where((x < low) | (x > high), xp.nan, result)
    return result


def _on_lines(xp: ModuleType, x: Any, places: Host, values: Host) -> Any:
    """Interpolate in the dtype of the numbers, as scipy does unless they are float64 (1.17.1)."""
    line = xp.clip(xp.searchsorted(xp.asarray(places), x), 1, len(places) - 1) - 1
    slope = np.diff(values) / np.diff(places)
    start, height, slope = (xp.take(xp.asarray(a), line) for a in (places, values, slope))
    return slope * (x - start) + height
