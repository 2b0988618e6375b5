"""Replacements in ``sklearn.gaussian_process``, which computes in float64."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._distances import double
from onnxp.sklearn._registry import computes_in, replaces

for _kind in (
    "_gpr:GaussianProcessRegressor",
    "_gpc:GaussianProcessClassifier",
    "kernels:Kernel",
):
    computes_in("float64", f"sklearn.gaussian_process.{_kind}")


@replaces(
    "sklearn.gaussian_process._gpr:GaussianProcessRegressor.predict",
    reason="With `return_std`, it asks whether a variance is negative (1.9.1, _gpr.py:495).",
)
def _mean_and_deviation(
    xp: ModuleType, /, model: Any, X: Any, return_std: bool = False, return_cov: bool = False
) -> Any:
    from sklearn.utils.validation import validate_data

    if not return_std or return_cov or not hasattr(model, "X_train_"):
        return NotImplemented
    X = double(validate_data(model, X, reset=False))
    kernel = model.kernel_(X, model.X_train_)
    scale = np.asarray(model._y_train_std)
    mean = model._y_train_std * (kernel @ model.alpha_) + model._y_train_mean
    solved = xp.asarray(np.linalg.inv(np.asarray(model.L_))) @ kernel.T
    variance = xp.maximum(model.kernel_.diag(X) - xp.sum(solved * solved, axis=0), 0.0)
    if scale.size > 1:
        variance = variance[:, None] * xp.asarray(scale**2)
    else:  # of one target, of shape () or (1,)
        variance = variance * float(scale.item() ** 2)
    if mean.ndim > 1 and mean.shape[1] == 1:
        mean = mean[:, 0]
    return mean, xp.sqrt(variance)
