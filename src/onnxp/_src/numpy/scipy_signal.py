"""Convolutions of `scipy.signal`, by sums of products or Fourier transforms, and a filter of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.convolution import full
from onnxp._src.numpy.operands import as_array, as_float, in_common, is_complex, required
from onnxp._src.numpy.results import certainly_positive
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import is_empty, is_static, normalize_axes
from onnxp.errors import ArgumentError, NumpyFunctionError, ShapeError

_NAME = "scipy.signal.fftconvolve"
_MODES = ("full", "valid", "same")
_METHODS = ("auto", "direct", "fft")


def _operands(name: str, in1: Any, in2: Any, mode: str) -> tuple[Any, Any]:
    """Return two arrays of one rank and dtype, where the mode allows their sizes."""
    a, b = in_common(in1, in2)
    if mode not in _MODES:
        raise ArgumentError(f"{name}: mode must be one of {', '.join(_MODES)}, not {mode!r}")
    if a.ndim != b.ndim:
        raise ShapeError(f"{name}: arrays of rank {a.ndim} and {b.ndim}; the ranks must be equal")
    return a, b


def _part(name: str, result: Any, a: Any, b: Any, mode: str, along: Sequence[int]) -> Any:
    """Return the part of the full convolution that a mode selects."""
    if mode == "full":
        return result
    n, m = ([array.shape[i] for i in along] for array in (a, b))
    parts = [slice(None)] * result.ndim
    for axis, most, size in zip(along, n, m, strict=True):
        if mode == "same":
            parts[axis] = slice((size - 1) // 2, (size - 1) // 2 + most)
        else:
            parts[axis] = slice(dims.minimum(most, size) - 1, dims.maximum(most, size))
    if mode == "valid" and not (_covers(n, m) or _covers(m, n)):
        if _exceeds(n, m) and _exceeds(m, n):
            raise ShapeError(
                f"{name}: arrays of shapes {a.shape} and {b.shape}; mode='valid' needs one that is at least as "
                "large as the other along every axis"
            )
        if len(along) > 1:
            result = required(result, _is_covered(n, m) | _is_covered(m, n))
    return result[tuple(parts)]


def _covers(n: Sequence[Any], m: Sequence[Any]) -> bool:
    return all(certainly_positive(i - j + 1) for i, j in zip(n, m, strict=True))


def _exceeds(n: Sequence[Any], m: Sequence[Any]) -> bool:
    return any(certainly_positive(i - j) for i, j in zip(n, m, strict=True))


def _is_covered(n: Sequence[Any], m: Sequence[Any]) -> Any:
    conditions = [xp().asarray(i) >= xp().asarray(j) for i, j in zip(n, m, strict=True)]
    return xp().all(xp().stack(conditions))


def _by_transforms(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    a, b = _operands(_NAME, as_float(in1), as_float(in2), mode)
    if is_empty(a.shape + b.shape):
        return xp().zeros(0)
    along = normalize_axes(axes, a.ndim, _NAME)
    sizes = [a.shape[i] + b.shape[i] - 1 for i in along]
    lengths = [_fast(size) for size in sizes]
    name = "fftn" if is_complex(a) or is_complex(b) else "rfftn"
    transform: Callable[..., Any] = getattr(xp().fft, name)
    inverse: Callable[..., Any] = getattr(xp().fft, f"i{name}")
    product = transform(a, s=lengths, axes=along) * transform(b, s=lengths, axes=along)
    result = inverse(product, s=lengths, axes=along) if along else a * b
    parts = [slice(None)] * result.ndim
    for axis, size in zip(along, sizes, strict=True):
        parts[axis] = slice(0, size)
    convolved = [x.shape[axis] for x in (a, b) for axis in along]
    result = _of_nothing(result[tuple(parts)], convolved, mode)
    return _part(_NAME, result, a, b, mode, along)


def _of_nothing(result: Any, sizes: Sequence[Any], mode: str) -> Any:
    """Return a convolution by transforms, which has no elements where an array has none, and then rank 1.

    No rows beside the axes that are convolved give no rows.
    """
    open_sizes = [size for size in sizes if not certainly_positive(size)]
    if not open_sizes or (result.ndim == 1 and mode == "same"):
        return result
    if result.ndim == 1 and mode == "full":
        return result[: prod((dims.minimum(size, 1) for size in open_sizes), start=result.shape[0])]
    filled = [xp().asarray(size) > 0 for size in open_sizes]
    return required(result, xp().all(xp().stack(filled)), f"{_NAME}: an array has no elements")


def _by_sums(name: str, in1: Any, in2: Any, mode: str) -> Any:
    a, b = _operands(name, in1, in2, mode)
    if is_empty(a.shape + b.shape):
        raise ArgumentError(f"{name}: an array has no elements")
    result = full(a, b)
    if not all(certainly_positive(size) for size in (*a.shape, *b.shape)):
        filled = [xp().asarray(size) > 0 for size in (*a.shape, *b.shape)]
        result = required(result, xp().stack(filled))
    return _part(name, result, a, b, mode, range(a.ndim))


def _by_method(name: str, in1: Any, in2: Any, mode: str, method: str) -> Any:
    """Return a convolution by sums of products, or of numbers by transforms where scipy chooses these."""
    a, b = _operands(name, in1, in2, mode)
    if method not in _METHODS:
        raise ArgumentError(f"{name}: method must be one of {', '.join(_METHODS)}, not {method!r}")
    is_exact = not xp().isdtype(a.dtype, ("real floating", "complex floating"))
    if is_exact or method == "direct" or (method == "auto" and _is_small(a, b, mode)):
        return _by_sums(name, a, b, mode)
    return xp().astype(_by_transforms(a, b, mode), a.dtype, copy=False)


def _is_small(a: Any, b: Any, mode: str) -> bool:
    """Return whether scipy computes a convolution of these sizes directly; if it is open, it is."""
    sizes = a.shape + b.shape
    if is_empty(sizes) or not is_static(sizes):
        return True
    x, y = (np.broadcast_to(1.0, array.shape) for array in (a, b))
    if mode == "valid" and not (_covers(x.shape, y.shape) or _covers(y.shape, x.shape)):
        return True
    method: str = sys.modules["scipy.signal"].choose_conv_method(x, y, mode)
    return method == "direct"


def _convolve(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    return _by_method("scipy.signal.convolve", in1, in2, mode, method)


def _reversed(array: Any) -> Any:
    turned = xp().flip(as_array(array))
    return xp().conj(turned) if is_complex(turned) else turned


def _correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    return _by_method("scipy.signal.correlate", in1, _reversed(in2), mode, method)


def _images(name: str, in1: Any, in2: Any) -> tuple[Any, Any]:
    a, b = as_array(in1), as_array(in2)
    if a.ndim != 2 or b.ndim != 2:
        raise ShapeError(f"{name}: the arrays must have rank 2, not {a.ndim} and {b.ndim}")
    return a, b


def _convolve2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    _filled_by_zeros("convolve2d", boundary, fillvalue)
    name = "scipy.signal.convolve2d"
    return _by_sums(name, *_images(name, in1, in2), mode)


def _correlate2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    _filled_by_zeros("correlate2d", boundary, fillvalue)
    name = "scipy.signal.correlate2d"
    a, b = _images(name, in1, in2)
    turned = _reversed(b)
    if mode != "same":
        return _by_sums(name, a, turned, mode)
    # its center is another one than that of a convolution if the sizes are even
    first = [n // 2 for n in turned.shape]
    parts = (slice(i, i + n) for i, n in zip(first, a.shape, strict=True))
    return _by_sums(name, a, turned, "full")[tuple(parts)]


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
    ("scipy.signal", "convolve"): _convolve,
    ("scipy.signal", "convolve2d"): _convolve2d,
    ("scipy.signal", "correlate"): _correlate,
    ("scipy.signal", "correlate2d"): _correlate2d,
    ("scipy.signal", "fftconvolve"): _by_transforms,
    ("scipy.signal", "oaconvolve"): _by_transforms,
    ("scipy.signal", "wiener"): _wiener,
}
