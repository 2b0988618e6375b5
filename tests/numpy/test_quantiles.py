"""The methods of `numpy.quantile`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import onnxp as xp

METHODS = (
    "linear lower higher nearest midpoint hazen weibull median_unbiased normal_unbiased "
    "interpolated_inverted_cdf inverted_cdf averaged_inverted_cdf closest_observation"
).split()
QUANTILES = [0.0, 0.01, 0.1, 0.25, 0.3, 0.5, 0.7, 0.9, 1.0]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
@pytest.mark.parametrize("method", METHODS)
def test_as_numpy(method: str, dtype: str) -> None:
    def function(x: Any) -> Any:
        return (
            np.quantile(x, QUANTILES, axis=0, method=method),
            np.percentile(x, 30, method=method),
        )

    program = xp.trace(function, f"{dtype}[N, 3]")
    for n in (1, 2, 5, 10):
        x = (np.random.default_rng(n).normal(size=(n, 3)) * 9).astype(dtype)
        rtol = 1e-6 if dtype == "float32" else 1e-12
        for result, right in zip(program(x), function(x), strict=True):
            np.testing.assert_allclose(result, right, rtol=rtol, atol=rtol)
            assert result.dtype == right.dtype


@pytest.mark.parametrize("method", ["lower", "higher", "nearest", "inverted_cdf"])
def test_elements_are_taken_as_they_are(method: str) -> None:
    large = np.array([2**62 + 1, 2**62 + 3, -(2**62) - 1, 7])
    infinite = np.array([np.inf, 1, -np.inf, 2])
    for x in (large, infinite):
        program = xp.trace(
            lambda x: np.quantile(x, [0, 0.3, 0.6, 1.0], method=method), f"{x.dtype}[N]"
        )
        expected = np.quantile(x, [0, 0.3, 0.6, 1.0], method=method)
        np.testing.assert_array_equal(program(x), expected)


@pytest.mark.parametrize("function", [np.quantile, np.nanquantile, np.percentile, np.nanpercentile])
@pytest.mark.parametrize("q", [[0.5, 101.0], -0.5, [np.nan], np.full((1, 1, 1), 0.5)])
def test_what_is_no_quantile(function: Any, q: Any) -> None:
    x = np.arange(3.0)
    with pytest.raises(ValueError, match=r"uantile|ercentile|must be"):
        function(x, q)
    for given in (q, xp.asarray(q)):
        with pytest.raises(xp.errors.ArgumentError, match="quantiles must"):
            function(xp.asarray(x), given)
        with pytest.raises(xp.errors.ArgumentError, match="quantiles must"):
            xp.trace(lambda a, q=given: function(a, q), "float64[N]")
