"""Waveforms, medians and extrema of scipy.signal on traced arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.signal as signal

import onnxp as xp
from onnxp.errors import OnnxpError
from tests.numpy.test_scipy_linear import check

X = np.random.default_rng(0).normal(size=(6, 4)) * 7
X[2] = X[3]  # equal neighbors
Function = Callable[[Any], Any]

CASES: dict[str, Function] = {
    "sawtooth": lambda x: signal.sawtooth(x),
    "sawtooth, falling": lambda x: signal.sawtooth(x, 0),
    "sawtooth, widths": lambda x: signal.sawtooth(x, np.array([0.5, 0.3, -0.1, 1.1])),
    "square": lambda x: signal.square(x),
    "square, duties": lambda x: signal.square(x, x[:, :1] / 9),
    "medfilt": lambda x: signal.medfilt(x),
    "medfilt of rows": lambda x: signal.medfilt(x, [1, 3]),
    "medfilt of integers": lambda x: signal.medfilt(x.astype("int32"), 3),
    "argrelmax": lambda x: signal.argrelmax(x),
    "argrelmax, order": lambda x: signal.argrelmax(x, axis=1, order=2)[1],
    "argrelmin, wrap": lambda x: signal.argrelmin(x, mode="wrap"),
    "argrelextrema": lambda x: signal.argrelextrema(x[:, 0], np.greater_equal)[0],
    "wiener": lambda x: signal.wiener(x),
    "wiener, noise": lambda x: signal.wiener(x, (3, 1), 2.0),
}


@pytest.mark.filterwarnings("ignore:kernel_size exceeds", "ignore:divide by zero", "ignore:invalid")
@pytest.mark.parametrize("name", CASES)
def test_functions(name: str) -> None:
    check(CASES[name], X, "float64[N>=4, 4]")


@pytest.mark.filterwarnings("ignore:invalid")
def test_squares_of_angles_that_are_not_finite() -> None:
    t = np.array([np.nan, np.inf, 1.0, -1.0, np.nan, 2.0, 2.0])
    duty = np.array([0.5, 0.5, np.nan, 0.0, 2.0, 2.0, np.inf])
    check(lambda x: signal.square(x), t, "float64[N]")
    check(lambda x: signal.square(x, duty), t, "float64[7]")


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda x: signal.medfilt(x, 2), "odd"),
        (lambda x: signal.medfilt(x, [3]), "2 axes"),
        (lambda x: signal.argrelmax(x, order=0), "from 1 on"),
        (lambda x: signal.argrelmax(x, mode="raise"), "wrap"),
    ],
)
def test_what_is_not_supported_says_so(function: Function, match: str) -> None:
    with pytest.raises(OnnxpError, match=match):
        xp.trace(function, "float64[N, 4]")
