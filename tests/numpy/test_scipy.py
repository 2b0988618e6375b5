"""scipy's functions on traced arrays, by its own array API support."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special, stats
from scipy.spatial import distance

import onnxp as xp
from onnxp.errors import OnnxpError
from onnxp.testing import run_all_ways

X = np.random.default_rng(0).uniform(0.1, 2.0, size=(5, 3))

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "softmax": lambda x: special.softmax(x, axis=1),
    "log_softmax": lambda x: special.log_softmax(x, axis=1),
    "logsumexp": lambda x: special.logsumexp(x, axis=1),
    "xlogy": lambda x: special.xlogy(x, x),
    "zscore": lambda x: stats.zscore(x, axis=0),
    "gmean": lambda x: stats.gmean(x, axis=1),
    "skew": lambda x: stats.skew(x, axis=1),
    "kurtosis": lambda x: stats.kurtosis(x, axis=1),
    "variation": lambda x: stats.variation(x, axis=1),
    "sem": lambda x: stats.sem(x, axis=1),
    "moment": lambda x: stats.moment(x, 2, axis=1),
    "tmean": lambda x: stats.tmean(x, axis=1),
    "trim_mean": lambda x: stats.trim_mean(x, 0.1, axis=1),
}


def compare() -> None:
    """Compare every function, in a process where scipy supports other arrays."""
    for name, function in FUNCTIONS.items():
        expected = np.asarray(function(X))
        for spec in ("float64[N, 3]", "float64[5, 3]"):
            result = xp.trace(function, spec)(X)
            np.testing.assert_allclose(result, expected, rtol=1e-10, err_msg=name)
            assert (result.dtype, result.shape) == (expected.dtype, expected.shape), name


def test_functions_of_scipy() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            "-c",
            "from tests.numpy.test_scipy import compare; compare()",
        ],
        env={**os.environ, "SCIPY_ARRAY_API": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["erf", "expit", "gammaln", "digamma", "ndtri", "log_ndtr"])
def test_ufuncs_without_its_array_api(name: str) -> None:
    function = getattr(special, name)
    result = run_all_ways(function, X / 2.5)
    np.testing.assert_allclose(result, function(X / 2.5), rtol=1e-14)
    assert xp.trace(function, "float32[N, 3]")(X.astype(np.float32)).dtype == np.float32


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "function",
    [
        lambda x: distance.cdist(x, X),
        lambda x: stats.norm.cdf(x),
        lambda x: special.softmax(x, axis=1),
    ],
)
def test_scipy_refuses_without_its_array_api(function: Callable[[Any], Any]) -> None:
    with pytest.raises(OnnxpError, match="SCIPY_ARRAY_API"):
        xp.trace(function, "float64[N, 3]")


def test_an_iterator_needs_no_size() -> None:
    """Libraries ask whether an array is iterable, and numpy's are."""
    assert iter(xp.argument(("N", 3), xp.float64))
    with pytest.raises(OnnxpError, match="N"):
        list(xp.argument(("N", 3), xp.float64))
