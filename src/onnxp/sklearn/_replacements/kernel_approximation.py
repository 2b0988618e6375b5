"""Replacements in ``sklearn.kernel_approximation``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._distances import double
from onnxp.sklearn._registry import replaces
from onnxp.sklearn._validity import require


@replaces(
    "sklearn.kernel_approximation:PolynomialCountSketch.transform",
    reason="It calls scipy's `fft` (1.9.1, kernel_approximation.py:241). The transforms of the count sketches "
    "are linear in the rows.",
)
def _count_sketch(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import validate_data

    X = double(validate_data(model, X, reset=False)) * float(np.sqrt(model.gamma))
    index, sign = np.asarray(model.indexHash_), np.asarray(model.bitHash_)
    size = int(model.n_components)
    if index.shape[1] != X.shape[1]:  # of the constant term
        ones = xp.broadcast_to(xp.asarray(float(np.sqrt(model.coef0))), (X.shape[0], 1))
        X = xp.concat([X, ones], axis=1)
    real, imaginary = None, None
    for places, signs in zip(index, sign, strict=True):
        transform = np.fft.rfft(np.eye(size)[places] * signs[:, None], axis=1)
        a, b = (X @ xp.asarray(part) for part in (transform.real.copy(), transform.imag.copy()))
        if real is not None:
            a, b = real * a - imaginary * b, real * b + imaginary * a
        real, imaginary = a, b
    back = np.fft.irfft(np.eye(size // 2 + 1), size, axis=1)
    back_imaginary = np.fft.irfft(1j * np.eye(size // 2 + 1), size, axis=1)
    return real @ xp.asarray(back) + imaginary @ xp.asarray(back_imaginary)


@replaces(
    "sklearn.kernel_approximation:SkewedChi2Sampler.transform",
    reason="It raises for numbers up to -skewedness (1.9.1, kernel_approximation.py:568); here they give NaN.",
)
def _skewed(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(model)
    X = validate_data(model, X, dtype=[xp.float64, xp.float32], reset=False)
    require(X + model.skewedness > 0)
    projection = xp.log(X + model.skewedness) @ model.random_weights_ + model.random_offset_
    return xp.cos(projection) * float(np.sqrt(2.0) / np.sqrt(model.n_components))
