"""Convolutions of `scipy.signal` with any number of signals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from tests.helpers.sessions import both

signal = pytest.importorskip("scipy.signal")

RANDOM = np.random.default_rng(0)
KERNEL = np.array([[1.0, 2.0, -0.5]])
CASES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "full": (lambda x: signal.fftconvolve(x, KERNEL, axes=1), "float64[N>=0, 8]"),
    "same": (lambda x: signal.fftconvolve(x, KERNEL, mode="same", axes=1), "float64[N>=0, 8]"),
    "valid": (lambda x: signal.fftconvolve(x, KERNEL, "valid", axes=[-1]), "float64[N>=0, 8]"),
    "a longer kernel": (
        lambda x: signal.fftconvolve(x, np.ones((1, 11)), "valid", axes=1),
        "float64[N, 8]",
    ),
    "any length": (lambda x: signal.fftconvolve(x, KERNEL, "same", axes=1), "float64[N, M>=3]"),
    "itself": (lambda x: signal.fftconvolve(x, x[:, ::-1], axes=1), "float64[N, 7]"),
    "both axes": (lambda x: signal.fftconvolve(x, KERNEL.T @ KERNEL), "float64[5, 8]"),
    "float32": (lambda x: signal.fftconvolve(x, np.float32(KERNEL), axes=1), "float32[N, 8]"),
    "complex": (lambda x: signal.fftconvolve(x, KERNEL * 1j, axes=1), "float64[N, 8]"),
    "integers": (lambda x: signal.fftconvolve(x, KERNEL, axes=1), "int64[N, 8]"),
    "oaconvolve": (lambda x: signal.oaconvolve(x, KERNEL, axes=1), "float64[N, 8]"),
}


RUNS = [
    (name, rows)
    for name, (_, spec) in CASES.items()
    for rows in ((5,) if "[5" in spec else (0, 1, 5) if "N>=0" in spec else (1, 5))
]


@pytest.mark.parametrize(("name", "rows"), RUNS)
def test_convolutions(name: str, rows: int) -> None:
    function, spec = CASES[name]
    dtype = spec.partition("[")[0]
    X = (RANDOM.normal(size=(max(rows, 1), 7 if spec.endswith("7]") else 8)) * 10).astype(dtype)
    expected = function(X)
    if not rows:  # scipy takes no empty array
        expected, X = expected[:0], X[:0]
    program = xp.trace(function, spec)
    tolerance = 1e-4 if dtype == "float32" else 1e-12
    for result in (program(X), both(program.model).run(None, {"x": X})[0]):
        if name == "complex" and result.dtype.kind != "c":
            # the model has the real parts for itself
            expected = expected.real
        assert result.dtype == expected.dtype
        assert result.shape == expected.shape
        np.testing.assert_allclose(result, expected, rtol=tolerance, atol=tolerance * 10)


def test_modes_and_ranks_that_are_refused() -> None:
    with pytest.raises(xp.errors.ArgumentError, match="mode must be one of"):
        xp.trace(lambda x: signal.fftconvolve(x, KERNEL, "inner"), "float64[N, 8]")
    with pytest.raises(xp.errors.ShapeError, match="rank 2 and 1"):
        xp.trace(lambda x: signal.fftconvolve(x, np.ones(3)), "float64[N, 8]")
