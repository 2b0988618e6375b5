"""Convolutions of scipy.signal by sums: exact integers, and elements that reach their neighbors only."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.signal as signal

import onnxp as xp
from onnxp.errors import ArgumentError, OnnxpError, ShapeError
from tests.helpers.sessions import both

NAMES = ("convolve", "correlate", "convolve2d", "correlate2d")
MODES = ("full", "same", "valid")
Function = Callable[..., Any]


def check(function: Function, specs: dict[str, str], *arrays: Any, rtol: float = 0.0) -> None:
    """Compare a program and its models with scipy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = np.asarray(function(*arrays))
    program = xp.trace(function, *specs.values())
    feeds = dict(zip(specs, arrays, strict=True))
    for result in (program(*arrays), both(program.model).run(None, feeds)[0]):
        assert result.dtype == expected.dtype
        np.testing.assert_allclose(result, expected, rtol=rtol, atol=rtol, strict=True)


def integers(dtype: str, *shape: int, seed: int = 0) -> Any:
    limits = np.iinfo(dtype)
    random = np.random.default_rng(seed)
    return random.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sizes", ["4, 5", "N, M"])
@pytest.mark.parametrize("swapped", [False, True])
def test_integers_of_any_value_are_exact(name: str, mode: str, sizes: str, swapped: bool) -> None:
    kernel = integers("int64", 2, 3, seed=1)

    def function(x: Any) -> Any:
        return getattr(signal, name)(*((kernel, x) if swapped else (x, kernel)), mode)

    check(function, {"x": f"int64[{sizes}]"}, integers("int64", 4, 5))
    if mode != "valid" and sizes == "N, M":
        check(function, {"x": f"int64[{sizes}]"}, integers("int64", 1, 1))


@pytest.mark.parametrize("name", ["fftconvolve", "oaconvolve"])
@pytest.mark.parametrize("mode", ["full", "same"])
@pytest.mark.parametrize("n", [0, 1, 4])
def test_transforms_of_nothing(name: str, mode: str, n: int) -> None:
    kernel = np.array([1.0, 2.0, -1.0])
    x = np.arange(1.0, n + 1)
    check(lambda x: getattr(signal, name)(x, kernel, mode), {"x": "float64[N>=0]"}, x, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["int8", "int32", "uint32", "uint64", "int64"])
@pytest.mark.parametrize("name", NAMES)
def test_integers_of_every_dtype_wrap(name: str, dtype: str) -> None:
    specs = {"x": f"{dtype}[N, M]", "y": f"{dtype}[K, L]"}
    check(
        lambda x, y: getattr(signal, name)(x, y),
        specs,
        integers(dtype, 4, 5),
        integers(dtype, 9, 10, seed=1),
    )


@pytest.mark.parametrize("name", ["convolve", "correlate"])
@pytest.mark.parametrize("method", ["auto", "direct"])
def test_large_elements_leave_others_alone(name: str, method: str) -> None:
    x = np.array([1, 2, 1e17, 4, np.nan, 6, 7, 8, 9, np.inf, 11, 12, 13])
    for kernel in (np.array([0.5, 0.5]), np.array([2.0, np.inf, 1.0])):

        def function(x: Any, y: Any = kernel) -> Any:
            return getattr(signal, name)(x, y, "same", method)

        for spec in ("float64[13]", "float64[N]"):
            check(function, {"x": spec}, x)
        check(function, {"x": "float64[N]", "y": "float64[M]"}, x, kernel, rtol=1e-15)


@pytest.mark.parametrize("name", ["convolve", "correlate"])
def test_truth_values(name: str) -> None:
    x = np.array([True, False, True, False])
    check(lambda x: getattr(signal, name)(x, x[:3]), {"x": "bool[N>=3]"}, x)
    check(lambda x, y: getattr(signal, name)(x, y), {"x": "bool[N]", "y": "bool[M]"}, x, x[1:])
    check(lambda x: getattr(signal, name)(x, np.int8([1, 100])), {"x": "bool[N]"}, x)


@pytest.mark.parametrize("name", NAMES)
def test_images_of_numbers_of_any_sizes(name: str) -> None:
    x = np.random.default_rng(0).normal(size=(6, 7))
    x[2, 3] = np.nan
    for mode in MODES:

        def function(x: Any, y: Any, mode: str = mode) -> Any:
            return getattr(signal, name)(x, y, mode)

        specs = {"x": "float64[N, M]", "y": "float64[K, L]"}
        check(function, specs, x, x[3:5, :3], rtol=1e-12)


def test_long_signals_are_transformed_where_scipy_does() -> None:
    def operators(method: str, sizes: str) -> set[str]:
        specs = [f"float32[{size}]" for size in sizes.split()]
        program = xp.trace(lambda x, y: signal.convolve(x, y, method=method), *specs)
        return {node.op_type for node in program.model.graph.node}

    assert operators("auto", "N M") == operators("direct", "N M")
    assert operators("auto", "3000 3000") == operators("fft", "3000 3000")
    assert operators("auto", "3000 500") == operators("direct", "3000 500")


@pytest.mark.parametrize(
    ("function", "spec", "error", "match"),
    [
        (lambda x: signal.convolve([], x), "float64[N]", ArgumentError, "no elements"),
        (lambda x: signal.correlate(x, x), "int64[0]", ArgumentError, "no elements"),
        (lambda x: signal.convolve(x, x.T, "valid"), "float64[2, 3]", ShapeError, "as large"),
        (lambda x: signal.fftconvolve(x, x.T, "valid"), "float64[2, 3]", ShapeError, "as large"),
        (lambda x: signal.convolve2d(x, x), "float64[3]", ShapeError, "rank 2"),
        (lambda x: signal.convolve(x, x, method="quick"), "int64[3]", ArgumentError, "method"),
        (lambda x: signal.correlate2d(x, x, "inner"), "int64[3, 3]", ArgumentError, "mode"),
    ],
)
def test_what_scipy_refuses_is_refused(
    function: Function, spec: str, error: type[OnnxpError], match: str
) -> None:
    with pytest.raises(error, match=match):
        xp.trace(function, spec)


def test_sizes_that_scipy_refuses_fail_at_run_time() -> None:
    program = xp.trace(lambda x: signal.convolve(x, [1.0, 2.0]), "float64[N>=0]")
    with pytest.raises(OnnxpError):
        program(np.zeros(0))
    program = xp.trace(lambda x: signal.correlate(x, np.ones((3, 2)), "valid"), "float64[N, M]")
    assert program(np.ones((2, 2))).shape == (2, 1)
    with pytest.raises(OnnxpError):
        program(np.ones((2, 3)))
