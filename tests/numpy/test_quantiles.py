"""The methods of `numpy.quantile`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import onnxp as xp

METHODS = (
    "linear lower higher nearest midpoint hazen weibull median_unbiased normal_unbiased "
    "interpolated_inverted_cdf"
).split()
QUANTILES = [0.0, 0.01, 0.25, 0.5, 0.9, 1.0]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
@pytest.mark.parametrize("method", METHODS)
def test_as_numpy(method: str, dtype: str) -> None:
    def function(x: Any) -> Any:
        return (
            np.quantile(x, QUANTILES, axis=0, method=method),
            np.percentile(x, 30, method=method),
        )

    program = xp.trace(function, f"{dtype}[N, 3]")
    for n in (1, 2, 5):
        x = (np.random.default_rng(n).normal(size=(n, 3)) * 9).astype(dtype)
        rtol = 1e-6 if dtype == "float32" else 1e-12
        for result, right in zip(program(x), function(x), strict=True):
            np.testing.assert_allclose(result, right, rtol=rtol, atol=rtol)
            assert result.dtype == right.dtype
