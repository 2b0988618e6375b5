"""Functions of scipy that are linear along an axis: products with what they give for unit vectors."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import has_arrays
from onnxp._src.numpy.operands import as_float, axis_of, is_complex
from onnxp._src.shapes.shape import normalize_axes
from onnxp.errors import NumpyFunctionError

MOST_WEIGHTS = 1 << 20  # 8 MB of the model


def linear_along(module: str, name: str, parameter: str) -> Callable[..., Any]:
    """Return the translation of a function whose `parameter` is the array."""

    def call(*args: Any, **kwargs: Any) -> Any:
        function = getattr(sys.modules[module], name)
        full = f"{module}.{name}"
        bound = inspect.signature(function).bind(*args, **kwargs)
        bound.apply_defaults()
        x = as_float(bound.arguments.pop(parameter))
        if has_arrays(list(bound.arguments.values()), traced=True):
            raise NumpyFunctionError(f"{full}: only {parameter} may be a traced array")
        if bound.arguments.get("zi") is not None or bound.arguments.get("output") is not None:
            raise NumpyFunctionError(f"{full} of traced arrays is supported without zi and output")
        axis = axis_of(bound.arguments.pop("axis"), x, full)
        options = dict(bound.arguments)

        def apply(columns: Any) -> Any:
            return np.asarray(function(**{**options, parameter: columns, "axis": 0}))

        return product(full, x, axis, apply)

    return call


def product(name: str, x: Any, axis: int, apply: Callable[[Any], Any]) -> Any:
    """Compute a linear function of an array along an axis, from what it gives for columns.

    The results are of the same rank as `x`, or, if it reduces the axis, of one less.
    """
    weights, offset, dtype = _weights(name, x, axis, apply)
    rows = xp().moveaxis(x, axis, -1)
    if weights.dtype.kind != "c":  # in the precision of float64, as scipy's routines
        rows = xp().astype(rows, xp().complex128 if is_complex(x) else xp().float64, copy=False)
    result = _propagating(rows, weights)
    if offset.any():
        result = result + offset
    result = xp().astype(result, dtype, copy=False)
    return xp().moveaxis(result, -1, axis) if weights.ndim == 2 else result


def size_of_weights(name: str, x: Any, axis: int) -> int:
    """Return the size of an axis, or raise an error if it is not known, or makes too many weights."""
    size = x.shape[axis]
    if type(size) is not int or size == 0:
        raise NumpyFunctionError(
            f"{name} of traced arrays becomes a product with constant weights, for which sizes must be known: "
            f"axis {axis} has size {size}. Give this axis a number in the spec, or pass another axis"
        )
    if size * size > MOST_WEIGHTS:
        raise NumpyFunctionError(
            f"{name} of traced arrays becomes a product with constant weights, of which there are too many for "
            f"axis {axis} of size {size}: it may have up to {math.isqrt(MOST_WEIGHTS)} elements"
        )
    return size


def _weights(name: str, x: Any, axis: int, apply: Callable[[Any], Any]) -> tuple[Any, Any, Any]:
    """Return a matrix, or a vector, a constant result, and the dtype of results."""
    size = size_of_weights(name, x, axis)
    dtype = np.dtype(x.dtype.name)
    result = apply(np.zeros((size, 1), dtype)).dtype
    offset = apply(np.zeros((size, 1)))[..., 0]
    weights = (apply(np.eye(size)) - offset[..., None]).T
    example = np.random.default_rng(0).normal(size=(size, 1))
    errors = np.abs(apply(example)[..., 0] - (example[:, 0] @ weights + offset))
    if not (errors <= 1e-8 * np.abs(weights).sum() + 1e-300).all():
        raise NumpyFunctionError(
            f"{name} is not linear with these options, and not supported for traced arrays; write it with "
            "array functions"
        )
    if is_complex(x) and result.kind != "c":
        raise NumpyFunctionError(f"{name} takes no complex numbers; pass real and imaginary parts")
    return weights, offset, getattr(xp(), result.name)


def _propagating(rows: Any, weights: Any) -> Any:
    """Multiply, such that elements that are not finite change only those results that they have a part in."""
    if (weights != 0).all():
        return xp().matmul(rows, xp().asarray(weights))
    bad = ~xp().isfinite(rows)
    result = xp().matmul(xp().where(bad, 0.0, rows), xp().asarray(weights))
    spoiled = xp().matmul(
        xp().astype(bad, xp().float64), xp().asarray((weights != 0).astype(np.float64))
    )
    return xp().where(spoiled > 0, xp().nan, result)


def _over_axes(name: str) -> Callable[..., Any]:
    def call(
        x: Any,
        type: int = 2,
        s: Any = None,
        axes: Any = None,
        norm: Any = None,
        overwrite_x: bool = False,
        workers: Any = None,
        *,
        orthogonalize: Any = None,
    ) -> Any:
        array = as_float(x)
        if axes is None and s is not None:
            axes = tuple(range(-len(s), 0))
        axes = normalize_axes(axes, array.ndim, f"scipy.fft.{name}n")
        for axis, size in zip(axes, s or [None] * len(axes), strict=True):
            array = FUNCTIONS["scipy.fft", name](
                array, type, size, axis, norm, orthogonalize=orthogonalize
            )
        return array

    return call


def _all() -> Iterator[tuple[tuple[str, str], Callable[..., Any]]]:
    for module, parameter, names in (
        ("scipy.fft", "x", "dct dst idct idst"),
        ("scipy.integrate", "y", "cumulative_simpson cumulative_trapezoid simpson"),
        ("scipy.ndimage", "input", "convolve1d correlate1d gaussian_filter1d uniform_filter1d"),
        ("scipy.signal", "data", "detrend"),
        (
            "scipy.signal",
            "x",
            "decimate filtfilt lfilter resample_poly savgol_filter sosfilt sosfiltfilt upfirdn",
        ),
    ):
        for name in names.split():
            yield (module, name), linear_along(module, name, parameter)


FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    **dict(_all()),
    **{("scipy.fft", f"{name}n"): _over_axes(name) for name in "dct dst idct idst".split()},
}
