"""Transforms of tests: evaluated and in models, beside those of numpy in long double."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx

import onnxp as xp
from tests.helpers.sessions import session

ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
SEVERAL = ("fftn", "ifftn", "rfftn", "irfftn")
REAL = ("rfft", "ihfft", "rfftn")
STATIC_LIMIT, SYMBOLIC_LIMIT = 2.0, 2e-15


def numbers(name: str, shape: tuple[int, ...], dtype: str = "float64", seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    real = rng.standard_normal(shape)
    whole = real if name in REAL else real + 1j * rng.standard_normal(shape)
    return whole.astype(dtype if name in REAL else {"float64": "c16", "float32": "c8"}[dtype])


def bare(function: Callable[..., Any], x: Any, spec: Any) -> Any:
    """Export a function, check the model, and run it in a session with default options."""
    program = xp.trace(function, spec)
    onnx.checker.check_model(program.model, full_check=True)
    planes = (x.real, x.imag) if np.iscomplexobj(x) else (x,)
    inputs = session(program.model).get_inputs()
    feeds = {i.name: np.ascontiguousarray(p) for i, p in zip(inputs, planes, strict=True)}
    results = session(program.model).run(None, feeds)
    return results[0] if len(results) == 1 else results[0] + 1j * results[1]


def ways(function: Callable[..., Any], x: Any) -> tuple[Any, Any, Any]:
    """Return what a function is evaluated to, and the results of its static and symbolic models."""
    symbolic = xp.spec(tuple(f"N{i}>=0" for i in range(x.ndim)), x.dtype)
    static = bare(function, x, xp.spec(x.shape, x.dtype))
    return np.asarray(function(xp.asarray(x))), static, bare(function, x, symbolic)


def error(result: Any, exact: Any) -> float:
    return float(np.linalg.norm(result - exact) / max(np.linalg.norm(exact), 1e-300))


def check(name: str, x: Any, **options: Any) -> None:
    """Compare the three ways with numpy's transform in long double."""
    exact = getattr(np.fft, name)(x.astype(np.result_type(x, np.longdouble)), **options)
    by_numpy = getattr(np.fft, name)(x, **options)
    unit = np.finfo(by_numpy.dtype).eps / np.finfo(np.float64).eps
    for result in ways(lambda a: getattr(xp.fft, name)(a, **options), x):
        assert result.shape == by_numpy.shape
        assert result.dtype == by_numpy.dtype
        assert error(result, exact) <= SYMBOLIC_LIMIT * unit
    evaluated = np.asarray(getattr(xp.fft, name)(xp.asarray(x), **options))
    assert error(evaluated, exact) <= STATIC_LIMIT * error(by_numpy, exact) + 1e-16 * unit
