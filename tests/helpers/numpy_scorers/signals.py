"""Signals, images and physics."""

from __future__ import annotations

import numpy as np

from tests.helpers.numpy_scorers.cases import floats, images, windows


@windows
def spectral_centroid(X):
    S = np.abs(np.fft.rfft(X * np.hanning(X.shape[1]), axis=1))
    f = np.fft.rfftfreq(X.shape[1], d=1 / 100.0)
    return (S * f).sum(axis=1) / (S.sum(axis=1) + 1e-12)


@windows
def rms_and_crest(X):
    rms = np.sqrt(np.mean(np.square(X), axis=-1))
    peak = np.abs(X).max(axis=-1)
    return np.stack((rms, peak, peak / (rms + 1e-9)), axis=-1)


@windows
def zero_crossing_rate(X):
    return (np.diff(np.signbit(X), axis=1) != 0).mean(axis=1)


@windows
def rolling_means(X):
    k = 4
    c = np.cumsum(np.insert(X, 0, 0.0, axis=1), axis=1)
    return (c[:, k:] - c[:, :-k]) / k


@windows
def rolling_windows(X):
    w = np.lib.stride_tricks.sliding_window_view(X, 5, axis=1)
    return w.max(axis=-1) - w.min(axis=-1)


@windows
def fir_filter(X):
    taps = np.array([0.25, 0.5, 0.25])
    return np.apply_along_axis(lambda row: np.convolve(row, taps, mode="same"), 1, X)


@windows
def iir_filter(X):
    y = np.zeros_like(X)
    y[:, 0] = X[:, 0]
    for t in range(1, X.shape[1]):
        y[:, t] = 0.9 * y[:, t - 1] + 0.1 * X[:, t]
    return y


@windows
def framed(X):
    frames = X.reshape(X.shape[0], -1, 4)
    energy = (frames**2).sum(axis=-1)
    return 10 * np.log10(energy + 1e-10)


@windows
def haar_transform(X):
    even, odd = X[:, ::2], X[:, 1::2]
    return np.hstack([(even + odd) / np.sqrt(2), (even - odd) / np.sqrt(2)])


@windows
def peaks(X):
    inner = X[:, 1:-1]
    is_peak = (inner > X[:, :-2]) & (inner >= X[:, 2:])
    return np.pad(is_peak, ((0, 0), (1, 1))).sum(axis=1)


@windows
def detrended(X):
    t = np.arange(X.shape[1]) - (X.shape[1] - 1) / 2
    slope = (X * t).sum(axis=1, keepdims=True) / (t * t).sum()
    return X - X.mean(axis=1, keepdims=True) - slope * t


@images
def grayscale(img):
    weights = np.array([0.299, 0.587, 0.114])
    return (img @ weights).round().astype(np.uint8)


@images
def normalized_channels_first(img):
    x = img.astype(np.float32) / 255.0
    x -= np.array([0.485, 0.456, 0.406], dtype=np.float32)
    x /= np.array([0.229, 0.224, 0.225], dtype=np.float32)
    return x.transpose(0, 3, 1, 2)


@images
def brightness_and_contrast(img):
    out = img.astype(np.int16) * 2 - 30
    out = np.clip(out, 0, 255).astype(np.uint8)
    out[:, 0, :, :] = 0
    return out


@images
def mean_pooled(img):
    n, h, w, c = img.shape
    return img.reshape(n, h // 2, 2, w // 2, 2, c).mean(axis=(2, 4))


@images
def channel_histogram(img):
    bins = img // 64
    return np.stack([(bins == k).sum(axis=(1, 2)) for k in range(4)], axis=1)


@images
def sobel(img):
    g = img[..., 1].astype(float)
    gx = np.zeros_like(g)
    gx[:, :, 1:-1] = g[:, :, 2:] - g[:, :, :-2]
    gy = np.zeros_like(g)
    gy[:, 1:-1, :] = g[:, 2:, :] - g[:, :-2, :]
    return np.hypot(gx, gy)


@floats
def kinetic_energy(X):
    v, m = X[:, :3], np.abs(X[:, 3])
    return 0.5 * m * np.sum(v * v, axis=1)


@floats
def rotated_by_matrix(X):
    theta = np.deg2rad(30)
    c, s = np.cos(theta), np.sin(theta)
    R = np.array([[c, -s], [s, c]])
    out = X.copy()
    out[:, :2] = out[:, :2] @ R.T
    return out


@floats
def pairwise_energy(X):
    d = X[:, None, :] - X[None, :, :]
    r = np.sqrt((d**2).sum(-1))
    np.fill_diagonal(r, np.inf)
    return (1.0 / r).sum(axis=1)


@floats
def runge_kutta(X):
    def f(y):
        return -0.5 * y + np.sin(y)

    y, h = X, 0.1
    for _ in range(3):
        k1 = f(y)
        k2 = f(y + h / 2 * k1)
        k3 = f(y + h / 2 * k2)
        k4 = f(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


@floats
def complex_impedance(X):
    w = 2 * np.pi * np.array([50.0, 60.0])
    resistance, inductance = np.abs(X[:, :1]), np.abs(X[:, 1:2])
    z = resistance + 1j * w * inductance
    return np.abs(z), np.angle(z)


@floats
def piecewise_formula(X):
    x = X[:, 0]
    return np.piecewise(x, [x < -0.5, (x >= -0.5) & (x < 0.5)], [lambda v: -v, 0.0, lambda v: v**2])


@floats
def selected_formula(X):
    x, y = X[:, 0], X[:, 1]
    return np.select([x > y, x > 0, y > 0], [x, x + y, y], default=np.nan)


@floats
def vectorized_by_a_polynomial(X):
    return np.polyval([0.1, -0.2, 0.3, 1.0], X) + np.polyval(np.array([1, 2]), X[:, :1])
