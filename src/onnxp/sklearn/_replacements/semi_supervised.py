"""Replacements in ``sklearn.semi_supervised``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from onnxp.sklearn._registry import computes_in, replaces

computes_in("float64", "sklearn.semi_supervised._label_propagation:BaseLabelPropagation")


@replaces(
    "sklearn.semi_supervised._label_propagation:BaseLabelPropagation.predict_proba",
    reason="With nearest neighbors, it goes through the rows (1.9.1, _label_propagation.py:223).",
)
def _probabilities(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    if model.kernel != "knn":
        return NotImplemented
    check_is_fitted(model)
    index = model._get_kernel(model.X_, validate_data(model, X, reset=False))
    probabilities = xp.sum(xp.take(model.label_distributions_, index, axis=0), axis=1)
    return probabilities / xp.sum(probabilities, axis=1, keepdims=True)
