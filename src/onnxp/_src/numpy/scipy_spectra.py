"""Spectra of `scipy.signal`: transforms of segments, as products with what scipy gives for unit vectors."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.operands import as_float, axis_of, is_complex
from onnxp._src.numpy.scipy_linear import size_of_weights
from onnxp.errors import NumpyFunctionError, ShapeError


def _scipys(name: str) -> Any:
    return getattr(sys.modules["scipy.signal"], name)


def _options(name: str, args: Any, kwargs: Any) -> dict[str, Any]:
    """Return all arguments of a function of scipy by name, with its defaults."""
    bound = inspect.signature(_scipys(name)).bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def _signal(name: str, x: Any, axis: int) -> tuple[Any, int]:
    array = as_float(x)
    return array, axis_of(axis, array, f"scipy.signal.{name}")


def _transformed(
    name: str, x: Any, axis: int, transform: str, options: dict[str, Any]
) -> tuple[Any, Any, Any]:
    """Return frequencies, times, and transforms of segments with these as the last two axes."""
    size = size_of_weights(f"scipy.signal.{name}", x, axis)
    options = {**options, "axis": -1}
    if is_complex(x):
        options["return_onesided"] = False
    frequencies, times, weights = _scipys(transform)(np.eye(size), **options)
    rows = xp().moveaxis(x, axis, -1)
    segments = xp().matmul(rows, xp().asarray(weights.reshape(size, -1)))
    segments = xp().reshape(segments, (*rows.shape[:-1], *weights.shape[1:]))
    narrow = x.dtype.name in ("float32", "complex64")
    dtype = xp().complex64 if narrow else xp().complex128
    places = map(xp().asarray, (frequencies, times))
    return *places, xp().astype(segments, dtype, copy=False)


def _doubled(power: Any, frequencies: Any, fs: float, *, one_sided: bool) -> Any:
    """Add the power of negative frequencies, which one-sided transforms leave out."""
    if not one_sided:
        return power
    places = np.asarray(frequencies)
    alone = (places == 0) | np.isclose(places, fs / 2)
    factors = np.where(alone, 1.0, 2.0)[:, None]
    return power * xp().asarray(factors, dtype=xp().abs(power).dtype)


def _squares(x: Any) -> Any:
    return xp().real(x) ** 2 + xp().imag(x) ** 2


def _mean_power(name: str, x: Any, y: Any, options: dict[str, Any]) -> tuple[Any, Any]:
    """Return frequencies, and the products of transforms, on average over the segments."""
    a, axis = _signal(name, x, options["axis"])
    b, other = _signal(name, y, options["axis"])
    if a.ndim != b.ndim or a.shape[axis] != b.shape[other]:
        raise ShapeError(
            f"scipy.signal.{name}: arrays of shapes {a.shape} and {b.shape} need equal sizes"
        )
    average = options.pop("average", "mean")
    if average != "mean":
        raise NumpyFunctionError(
            f"scipy.signal.{name}: average={average!r} is not supported for traced arrays; it may be 'mean'"
        )
    size = size_of_weights(f"scipy.signal.{name}", a, axis)
    if options["nperseg"] is None:
        window = options["window"]
        options["nperseg"] = 256 if isinstance(window, str | tuple) else len(window)
    options["nperseg"] = min(options["nperseg"], size)
    if options["noverlap"] is None:
        options["noverlap"] = options["nperseg"] // 2
    one_sided = options.pop("return_onesided", True) and not (is_complex(a) or is_complex(b))
    options |= {"mode": "complex", "return_onesided": one_sided}
    frequencies, _, first = _transformed(name, a, axis, "spectrogram", options)
    if y is x:
        power = _squares(first)
    else:
        power = xp().conj(first) * _transformed(name, b, axis, "spectrogram", options)[2]
    power = _doubled(power, frequencies, options["fs"], one_sided=one_sided)
    return frequencies, xp().moveaxis(xp().mean(power, axis=-1), -1, axis)


def _csd(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    options = _options("csd", args, kwargs)
    return _mean_power("csd", options.pop("x"), options.pop("y"), options)


def _welch(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    options = _options("welch", args, kwargs)
    x = options.pop("x")
    return _mean_power("welch", x, x, options)


def _periodogram(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    options = _options("periodogram", args, kwargs)
    x, axis = _signal("periodogram", options.pop("x"), options["axis"])
    size, nfft = x.shape[axis], options["nfft"]
    if type(size) is int and nfft is not None and nfft < size:
        x = x[(slice(None),) * axis + (slice(nfft),)]
        size, nfft = nfft, None
    options |= {"nfft": nfft, "nperseg": size, "noverlap": 0}
    return _mean_power("periodogram", x, x, options)


def _coherence(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    options = _options("coherence", args, kwargs)
    x, y = options.pop("x"), options.pop("y")
    frequencies, first = _welch(x, **options)
    second, both = _welch(y, **options)[1], _csd(x, y, **options)[1]
    return frequencies, _squares(both) / first / second


def _spectrogram(*args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
    options = _options("spectrogram", args, kwargs)
    x, axis = _signal("spectrogram", options.pop("x"), options["axis"])
    mode, one_sided = options["mode"], options["return_onesided"] and not is_complex(x)
    options |= {"mode": "complex"}
    frequencies, times, values = _transformed("spectrogram", x, axis, "spectrogram", options)
    if mode == "psd":
        values = _doubled(_squares(values), frequencies, options["fs"], one_sided=one_sided)
    elif mode == "magnitude":
        values = xp().abs(values)
    elif mode != "complex":
        raise NumpyFunctionError(
            f"scipy.signal.spectrogram: mode={mode!r} is not supported for traced arrays; it may be 'psd', "
            "'magnitude' or 'complex'"
        )
    return frequencies, times, xp().moveaxis(values, -2, axis)


def _stft(*args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
    options = _options("stft", args, kwargs)
    x, axis = _signal("stft", options.pop("x"), options["axis"])
    frequencies, times, values = _transformed("stft", x, axis, "stft", options)
    return frequencies, times, xp().moveaxis(values, -2, axis)


FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("scipy.signal", "coherence"): _coherence,
    ("scipy.signal", "csd"): _csd,
    ("scipy.signal", "periodogram"): _periodogram,
    ("scipy.signal", "spectrogram"): _spectrogram,
    ("scipy.signal", "stft"): _stft,
    ("scipy.signal", "welch"): _welch,
}
