"""The functions of `numpy.fft`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import FUNCTIONS, implements
from onnxp._src.numpy.operands import as_array, as_float
from onnxp._src.numpy.results import stored


def _along_axis(name: str) -> Callable[..., Any]:
    def transform(
        a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: object = None
    ) -> Any:
        function = getattr(xp().fft, name)
        result = function(as_float(a), n=n, axis=axis, norm=_norm(norm))
        return stored(result, out, f"fft.{name}")

    return transform


def _along_axes(name: str, function_name: str, default: Any = None) -> Callable[..., Any]:
    def transform(
        a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: object = None
    ) -> Any:
        function = getattr(xp().fft, function_name)
        result = function(as_float(a), s=s, axes=axes, norm=_norm(norm))
        return stored(result, out, f"fft.{name}")

    return transform


def _norm(norm: Any) -> Any:
    return "backward" if norm is None else norm


FUNCTIONS[np.fft.fft] = _along_axis("fft")
FUNCTIONS[np.fft.ifft] = _along_axis("ifft")
FUNCTIONS[np.fft.rfft] = _along_axis("rfft")
FUNCTIONS[np.fft.irfft] = _along_axis("irfft")
FUNCTIONS[np.fft.hfft] = _along_axis("hfft")
FUNCTIONS[np.fft.ihfft] = _along_axis("ihfft")
FUNCTIONS[np.fft.fftn] = _along_axes("fftn", "fftn")
FUNCTIONS[np.fft.ifftn] = _along_axes("ifftn", "ifftn")
FUNCTIONS[np.fft.rfftn] = _along_axes("rfftn", "rfftn")
FUNCTIONS[np.fft.irfftn] = _along_axes("irfftn", "irfftn")
FUNCTIONS[np.fft.fft2] = _along_axes("fft2", "fftn", (-2, -1))
FUNCTIONS[np.fft.ifft2] = _along_axes("ifft2", "ifftn", (-2, -1))
FUNCTIONS[np.fft.rfft2] = _along_axes("rfft2", "rfftn", (-2, -1))
FUNCTIONS[np.fft.irfft2] = _along_axes("irfft2", "irfftn", (-2, -1))


@implements(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Any:
    """Translate `numpy.fft.fftshift`."""
    return xp().fft.fftshift(as_array(x), axes=axes)


@implements(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """Translate `numpy.fft.ifftshift`."""
    return xp().fft.ifftshift(as_array(x), axes=axes)


def _frequencies(name: str) -> Callable[..., Any]:
    def function(n: Any, d: Any = 1.0, *, device: Any = None) -> Any:
        return getattr(xp().fft, name)(n, d=d)

    return function


FUNCTIONS[np.fft.fftfreq] = _frequencies("fftfreq")
FUNCTIONS[np.fft.rfftfreq] = _frequencies("rfftfreq")
