"""Convolutions of `scipy.signal`, and a filter of them, by Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.operands import as_array, as_float, in_common, is_bool, is_complex
from onnxp._src.numpy.results import certainly_positive
from onnxp._src.shapes.shape import normalize_axes
from onnxp.errors import ArgumentError, NumpyFunctionError, ShapeError

_NAME = "scipy.signal.fftconvolve"
_MODES = ("full", "valid", "same")


def _convolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    a, b = as_float(in1), as_float(in2)
    if mode not in _MODES:
        raise ArgumentError(f"{_NAME}: mode must be one of {', '.join(_MODES)}, not {mode!r}")
    if a.ndim != b.ndim:
        raise ShapeError(f"{_NAME}: arrays of rank {a.ndim} and {b.ndim}; the ranks must be equal")
    along = normalize_axes(axes, a.ndim, _NAME)
    if mode == "valid" and any(certainly_positive(b.shape[i] - a.shape[i]) for i in along):
        a, b = b, a
    sizes = [a.shape[i] + b.shape[i] - 1 for i in along]
    lengths = [_fast(size) for size in sizes]
    name = "fftn" if is_complex(a) or is_complex(b) else "rfftn"
    transform: Callable[..., Any] = getattr(xp().fft, name)
    inverse: Callable[..., Any] = getattr(xp().fft, f"i{name}")
    product = transform(a, s=lengths, axes=along) * transform(b, s=lengths, axes=along)
    result = inverse(product, s=lengths, axes=along) if along else a * b
    parts = [slice(None)] * result.ndim
    for axis, size in zip(along, sizes, strict=True):
        kept = {"full": size, "same": a.shape[axis], "valid": a.shape[axis] - b.shape[axis] + 1}
        first = (size - kept[mode]) // 2
        parts[axis] = slice(first, first + kept[mode])
    return result[tuple(parts)]


def _whole(in1: Any, in2: Any, mode: str) -> Any:
    """Return the convolution of all axes, in the dtype of the arrays."""
    a, b = in_common(in1, in2)
    result = _convolve(a, b, mode)
    if xp().isdtype(a.dtype, "integral"):
        result = xp().round(result)
    return result if is_bool(a) else xp().astype(result, a.dtype, copy=False)


def _any_method(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    return _whole(in1, in2, mode)


def _reversed(array: Any) -> Any:
    turned = xp().flip(as_array(array))
    return xp().conj(turned) if is_complex(turned) else turned


def _correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    return _whole(in1, _reversed(in2), mode)


def _convolve2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    _filled_by_zeros("convolve2d", boundary, fillvalue)
    return _whole(in1, in2, mode)


def _correlate2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    _filled_by_zeros("correlate2d", boundary, fillvalue)
    turned = _reversed(in2)
    if mode != "same":
        return _whole(in1, turned, mode)
    # its center is another one than that of a convolution if the sizes are even
    first = [n // 2 for n in turned.shape]
    parts = (slice(i, i + n) for i, n in zip(first, as_array(in1).shape, strict=True))
    return _whole(in1, turned, "full")[tuple(parts)]


def _filled_by_zeros(name: str, boundary: str, fillvalue: Any) -> None:
    if boundary != "fill" or fillvalue != 0:
        raise NumpyFunctionError(
            f"scipy.signal.{name} of traced arrays is supported with boundary='fill' and fillvalue=0 only; "
            "write np.pad before it for other boundaries"
        )


def _wiener(im: Any, mysize: Any = None, noise: Any = None) -> Any:
    array = as_float(im)
    sizes = [3] * array.ndim if mysize is None else np.asarray(mysize).tolist()
    sizes = [sizes] * array.ndim if isinstance(sizes, int) else sizes
    ones, count = xp().ones(tuple(sizes), dtype=array.dtype), float(prod(sizes))
    mean = _correlate(array, ones, "same") / count
    variance = _correlate(array**2, ones, "same") / count - mean**2
    level = xp().mean(variance) if noise is None else noise
    return xp().where(variance < level, mean, (array - mean) * (1 - level / variance) + mean)


def _fast(size: Any) -> Any:
    """Return the next power of 2, if a size is known."""
    return 1 << (size - 1).bit_length() if type(size) is int else size


FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("scipy.signal", "convolve"): _any_method,
    ("scipy.signal", "convolve2d"): _convolve2d,
    ("scipy.signal", "correlate"): _correlate,
    ("scipy.signal", "correlate2d"): _correlate2d,
    ("scipy.signal", "fftconvolve"): _convolve,
    ("scipy.signal", "oaconvolve"): _convolve,
    ("scipy.signal", "wiener"): _wiener,
}
