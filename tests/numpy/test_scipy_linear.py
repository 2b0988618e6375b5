"""Linear functions and spectra of scipy along an axis of known size, as products with constant weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import fft, integrate, ndimage, signal

import onnxp as xp
from onnxp.errors import NumpyFunctionError, OnnxpError

X = np.random.default_rng(0).normal(size=(4, 12))
B, A = signal.butter(2, 0.3)
SOS = signal.butter(4, 0.3, output="sos")
Function = Callable[[Any], Any]

LINEAR: dict[str, Function] = {
    **{
        f"{name} {kind} {norm}": lambda x, name=name, kind=kind, norm=norm: getattr(fft, name)(
            x, kind, norm=norm
        )
        for name in ("dct", "idct", "dst", "idst")
        for kind, norm in ((1, None), (2, "ortho"), (3, "forward"), (4, None))
    },
    "dct of a length": lambda x: fft.dct(x, n=16, axis=1),
    "dctn": lambda x: fft.dctn(x, axes=(1,), norm="ortho") + fft.idctn(x, axes=(1,), s=(12,)),
    "decimate": lambda x: signal.decimate(x, 2, axis=1, ftype="fir"),
    "detrend": lambda x: signal.detrend(x, axis=1) + signal.detrend(x, type="constant", axis=-1),
    "filtfilt": lambda x: signal.filtfilt(B, A, x, axis=1, padlen=4),
    "lfilter": lambda x: signal.lfilter(B, A, x, axis=1),
    "lfilter, finite": lambda x: signal.lfilter([0.5, 0.3], [1.0], x),
    "resample_poly": lambda x: signal.resample_poly(x, 3, 2, axis=1),
    "savgol_filter": lambda x: signal.savgol_filter(x, 5, 2, deriv=1, axis=1),
    "savgol_filter, constant": lambda x: signal.savgol_filter(x, 5, 2, mode="constant", cval=2.0),
    "sosfilt": lambda x: signal.sosfilt(SOS, x),
    "sosfiltfilt": lambda x: signal.sosfiltfilt(SOS, x, padlen=5),
    "upfirdn": lambda x: signal.upfirdn([1.0, 0.5], x, 2),
    "cumulative_trapezoid": lambda x: integrate.cumulative_trapezoid(x, axis=1, initial=0),
    "simpson": lambda x: integrate.simpson(x, dx=0.5, axis=1),
    "gaussian_filter1d": lambda x: ndimage.gaussian_filter1d(x, 1.0, axis=1),
    "uniform_filter1d": lambda x: ndimage.uniform_filter1d(x, 3, mode="constant", cval=2.0),
}
SPECTRA: dict[str, Function] = {
    "coherence": lambda x: signal.coherence(x, x[:, ::-1], nperseg=4, axis=1),
    "csd": lambda x: signal.csd(x, x[:, ::-1] ** 2, 100.0, nperseg=5, axis=1),
    "periodogram": lambda x: signal.periodogram(x, axis=1),
    "periodogram, longer": lambda x: signal.periodogram(x, 2.0, nfft=20, axis=1),
    "periodogram, shorter": lambda x: signal.periodogram(x, nfft=7, scaling="spectrum"),
    "spectrogram": lambda x: signal.spectrogram(x, nperseg=4, axis=1),
    "spectrogram, magnitude": lambda x: signal.spectrogram(x, nperseg=4, mode="magnitude"),
    "stft": lambda x: signal.stft(x, nperseg=4, axis=1),
    "welch": lambda x: signal.welch(x, nperseg=4, axis=1),
    "welch, usual": lambda x: signal.welch(x, 50.0),
    "welch, complex": lambda x: signal.welch(x + 1j * x**2, nperseg=6),
}
CASES = {**LINEAR, **SPECTRA}


def leaves(result: Any) -> list[Any]:
    """Return the arrays and numbers of a result, without those that are `None`."""
    if isinstance(result, tuple | list):
        return [leaf for part in result for leaf in leaves(part)]
    return [np.asarray(result)]


def check(function: Function, x: Any, spec: str, **tolerance: float) -> None:
    """Compare a model with scipy, at disabled and at default options."""
    program = xp.trace(function, spec)
    expected = leaves(function(x))
    for way in (program, program._at_default_options()):
        results = leaves(way(x))
        assert len(results) == len(expected)
        for result, right in zip(results, expected, strict=True):
            assert (result.dtype, result.shape) == (right.dtype, right.shape)
            np.testing.assert_allclose(result, right, **{"rtol": 1e-9, "atol": 1e-12, **tolerance})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_along_the_last_axis(name: str) -> None:
    check(CASES[name], X, "float64[N, 12]")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "function",
    [
        lambda x: fft.dct(x, axis=0),
        lambda x: fft.dctn(x),
        lambda x: signal.lfilter(B, A, x, axis=0),
        lambda x: signal.detrend(x, axis=0),
        lambda x: signal.resample_poly(x, 2, 1),
        lambda x: signal.welch(x, nperseg=3, axis=0)[1],
        lambda x: signal.stft(x, nperseg=2, axis=0)[2],
        lambda x: integrate.simpson(x, axis=0),
    ],
)
def test_along_the_first_axis(function: Function) -> None:
    check(function, X, "float64[4, 12]")


@pytest.mark.parametrize("dtype", ["float32", "int64", "complex128"])
@pytest.mark.parametrize("name", ["dct 2 ortho", "lfilter", "sosfilt"])
def test_other_dtypes(name: str, dtype: str) -> None:
    x = (X * 5).astype(dtype) * (1 + 1j if dtype == "complex128" else 1)
    tolerance = {"rtol": 1e-5, "atol": 1e-5} if dtype == "float32" else {}
    check(LINEAR[name], x, f"{dtype}[N, 12]", **tolerance)


def test_batches_of_0_and_1_and_of_higher_rank() -> None:
    for rows in (0, 1):
        check(LINEAR["lfilter"], X[:rows], "float64[N>=0, 12]")
    check(SPECTRA["welch"], X[:1], "float64[N, 12]")
    cube = X.reshape(2, 2, 12)
    check(lambda x: signal.lfilter(B, A, x), cube, "float64[N, M, 12]")
    check(lambda x: signal.welch(x, nperseg=4), cube, "float64[N, M, 12]")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_changes_what_it_has_a_part_in(bad: float) -> None:
    x = X.copy()
    x[1, 5] = bad

    def function(x: Any) -> Any:
        return signal.lfilter([0.5, 0.3], [1.0], x)

    result = np.asarray(xp.trace(function, "float64[N, 12]")(x))
    expected = function(x)
    np.testing.assert_array_equal(np.isfinite(result), np.isfinite(expected))
    fine = np.isfinite(expected)
    np.testing.assert_allclose(result[fine], expected[fine], rtol=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda x: signal.lfilter(B, A, x, axis=0), "axis 0 has size N"),
        (lambda x: signal.welch(x, axis=0), "axis 0 has size N"),
        (lambda x: signal.lfilter(B, A, x, zi=np.zeros((4, 2))), "without zi"),
        (lambda x: signal.lfilter(x[0, :2], A, x), "only x may be"),
        (lambda x: signal.resample_poly(x, 2, 1, axis=1, padtype="maximum"), "not linear"),
        (lambda x: signal.savgol_filter(x * 1j, 3, 1), "complex"),
        (lambda x: signal.welch(x, nperseg=4, average="median"), "median"),
        (lambda x: signal.spectrogram(x, nperseg=4, mode="angle"), "angle"),
        (lambda x: signal.csd(x, x[:, :3]), "equal sizes"),
        (lambda x: signal.lfilter(B, A, np.tile(x, 100)), "up to 1024"),
    ],
)
def test_what_is_not_supported_says_so(function: Function, match: str) -> None:
    with pytest.raises(OnnxpError, match=match) as error:
        xp.trace(function, "float64[N, 12]")
    assert isinstance(error.value, NumpyFunctionError | OnnxpError)


IMAGES: dict[str, Function] = {
    f"{name} {mode}": lambda x, name=name, mode=mode: getattr(signal, name)(
        x, np.arange(1.0, 7).reshape(2, 3), mode=mode
    )
    for name in ("convolve", "convolve2d", "correlate", "correlate2d")
    for mode in ("full", "same", "valid")
}


@pytest.mark.parametrize("name", IMAGES)
def test_convolutions(name: str) -> None:
    check(IMAGES[name], X, "float64[N>=2, M>=3]")


def test_convolutions_of_integers_are_integers() -> None:
    x = (X * 100).astype(np.int64)
    check(lambda x: signal.convolve(x, np.array([[3, -2]])), x, "int64[N, 12]")
    check(lambda x: signal.correlate(x, np.array([[3, -2]]), "same"), x, "int64[N, 12]")
