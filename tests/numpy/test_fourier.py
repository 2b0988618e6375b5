"""`numpy.fft` on arrays of onnxp, evaluated and traced."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import ShapeError

X = np.random.default_rng(0).standard_normal((4, 6))
CASES = [
    lambda x: np.fft.fft(x),
    lambda x: np.fft.fft(x, 5, 0, "ortho"),
    lambda x: np.fft.ifft(x, n=8, norm="forward"),
    lambda x: np.fft.rfft(x, axis=0),
    lambda x: np.fft.irfft(x, norm=None),
    lambda x: np.fft.hfft(x, 7),
    lambda x: np.fft.ihfft(x),
    lambda x: np.fft.fft2(x),
    lambda x: np.fft.ifft2(x, (3, 3)),
    lambda x: np.fft.rfft2(x),
    lambda x: np.fft.irfft2(x, axes=(1, 0)),
    lambda x: np.fft.fftn(x, axes=[0]),
    lambda x: np.fft.ifftn(x),
    lambda x: np.fft.rfftn(x),
    lambda x: np.fft.irfftn(x, s=(4, 6), axes=(0, 1)),
    lambda x: np.fft.fftshift(x),
    lambda x: np.fft.ifftshift(x, axes=0),
    lambda x: np.abs(np.fft.rfft((x * 10).astype(np.int64), axis=0)) ** 2,
]


@pytest.mark.parametrize("function", CASES)
def test_against_numpy(function: Any):
    expected = function(X)
    evaluated = function(xp.asarray(X))
    assert type(evaluated) is xp.Array
    traced = xp.trace(function, "float64[M,N]")(X)
    for result in (evaluated, traced):
        assert np.asarray(result).dtype == expected.dtype
        np.testing.assert_allclose(np.asarray(result), expected, rtol=1e-13, atol=1e-13)


def test_out():
    out = xp.zeros((4, 6), dtype=xp.complex128)
    assert np.fft.fft(xp.asarray(X), out=out) is out
    np.testing.assert_allclose(np.asarray(out), np.fft.fft(X), atol=1e-13)
    with pytest.raises(ShapeError):
        np.fft.fft(xp.asarray(X), out=xp.zeros(3, dtype=xp.complex128))


def test_frequencies_of_a_traced_size():
    def function(x):
        return np.fft.fftfreq(len(x), 0.5)[:, None] + np.fft.rfftfreq(2 * len(x) - 1)[:, None] + x

    np.testing.assert_allclose(xp.trace(function, "float64[N, M]")(X.real), function(X.real))
