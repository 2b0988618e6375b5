"""Convolutions of `scipy.signal` by Fourier transforms, which scipy computes by the sizes of the other axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.operands import as_float, is_complex
from onnxp._src.numpy.results import certainly_positive
from onnxp._src.shapes.shape import normalize_axes
from onnxp.errors import ArgumentError, ShapeError

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


def _fast(size: Any) -> Any:
    """Return the next power of 2, if a size is known."""
    return 1 << (size - 1).bit_length() if type(size) is int else size


FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("scipy.signal", "fftconvolve"): _convolve,
    ("scipy.signal", "oaconvolve"): _convolve,
}
