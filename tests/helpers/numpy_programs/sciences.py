"""Programs of physics, signals and images."""

from __future__ import annotations

import numpy as np
import scipy.signal
from numpy.lib.stride_tricks import sliding_window_view

from tests.helpers.numpy_programs.cases import colour, image, signal, table


# Physics
@table
def kinetic_energy(X):
    m, v = np.abs(X[:, 0]) + 1, X[:, 1:]
    return 0.5 * m * np.sum(v**2, axis=-1)


@table
def gravitational(X):
    G = 6.674e-11
    r = np.linalg.norm(X[:, :3], axis=1)
    r = np.maximum(r, 1e-3)
    return -G * 5.0e3 / r[:, np.newaxis] ** 2 * X[:, :3] / r[:, np.newaxis]


@table
def planck(X):
    h, c, k = 6.626e-34, 3e8, 1.381e-23
    lam = (np.abs(X[:, 0]) + 1) * 1e-6
    T = 300 + 10 * np.abs(X[:, 1])
    return (2 * h * c**2 / lam**5) / np.expm1(h * c / (lam * k * T))


@table
def rotate_points(X):
    theta = np.deg2rad(30)
    R = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
    return np.dot(X[:, :2], R.T)


@table
def rotate_each(X):
    t = X[:, 0]
    R = np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]])
    return np.einsum("ijn,nj->ni", R, X[:, 1:3])


@table
def quaternion_norm(X):
    q = X + np.array([1e-3, 0, 0, 0])
    q = q / np.sqrt((q * q).sum(axis=1))[:, None]
    w, x, y, z = q.T
    return np.array([1 - 2 * (y**2 + z**2), 2 * (x * y - z * w), 2 * (x * z + y * w)]).T


@table
def spherical(X):
    x, y, z = X[:, 0], X[:, 1], X[:, 2]
    r = np.sqrt(x**2 + y**2 + z**2)
    theta = np.arctan2(np.hypot(x, y), z)
    phi = np.arctan2(y, x)
    return r, theta, phi


@table
def haversine(X):
    lat1, lon1, lat2, lon2 = np.radians(X.T * 10)
    a = (
        np.sin((lat2 - lat1) / 2.0) ** 2
        + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2.0) ** 2
    )
    return 2 * 6371 * np.arcsin(np.sqrt(a))


@table
def rk4_step(X):
    def f(y):
        return np.stack([y[:, 1], -y[:, 0]], axis=1)

    y, h = X[:, :2], 0.1
    k1 = f(y)
    k2 = f(y + h / 2 * k1)
    k3 = f(y + h / 2 * k2)
    k4 = f(y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@table
def leapfrog_loop(X):
    pos, vel = X[:, :2].astype(float), X[:, 2:].astype(float)
    traj = []
    for _ in range(5):
        vel -= 0.05 * pos
        pos += 0.1 * vel
        traj.append(pos.copy())
    return np.array(traj).transpose(1, 0, 2)


@table
def complex_impedance(X):
    w = np.abs(X[:, 0]) + 1
    Z = 5.0 + 1j * w * 0.2 + 1 / (1j * w * 3)
    return np.abs(Z), np.angle(Z, deg=True)


@table
def cross_torque(X):
    r = X[:, :3]
    F = np.roll(X, 1, axis=1)[:, :3]
    return np.cross(r, F)


# Signal
@signal
def hann_spectrum(X):
    w = np.hanning(X.shape[1])
    spec = np.abs(np.fft.rfft(X * w, axis=1)) ** 2
    return 10 * np.log10(spec + 1e-12)


@signal
def zero_crossings(X):
    s = np.signbit(X)
    return (s[:, 1:] != s[:, :-1]).sum(axis=1)


@signal
def moving_average_apply(X):
    return np.apply_along_axis(lambda r: np.convolve(r, np.ones(4) / 4, mode="same"), 1, X)


@signal
def rolling_stats_window(X):
    w = sliding_window_view(X, 4, axis=1)
    return w.mean(-1), w.std(-1), w.max(axis=-1)


@signal
def ewma(X):
    alpha = 0.3
    out = np.empty(X.shape, dtype=float)
    out[:, 0] = X[:, 0]
    for t in range(1, X.shape[1]):
        out[:, t] = alpha * X[:, t] + (1 - alpha) * out[:, t - 1]
    return out


@signal
def cusum_rolling(X):
    c = np.cumsum(np.insert(X, 0, 0, axis=1), axis=1)
    return (c[:, 5:] - c[:, :-5]) / 5


@signal
def envelope_hilbert(X):
    return np.abs(scipy.signal.hilbert(X, axis=1))


@signal
def detrend_linear(X):
    t = np.arange(X.shape[1])
    A = np.vstack([t, np.ones_like(t)]).T
    coef, *_ = np.linalg.lstsq(A, X.T, rcond=None)
    return X - (A @ coef).T


@signal
def autocorr(X):
    Xc = X - X.mean(axis=1, keepdims=True)
    f = np.fft.fft(Xc, n=32, axis=1)
    ac = np.fft.ifft(f * np.conj(f), axis=1).real[:, :16]
    return ac / np.where(ac[:, :1] == 0, 1, ac[:, :1])


@signal
def frames_energy(X):
    frames = X.reshape(X.shape[0], 4, 4)
    return (frames**2).sum(-1), np.sqrt(np.mean(np.square(frames), axis=(1, 2)))


@signal
def spectral_centroid(X):
    mag = np.abs(np.fft.rfft(X))
    freqs = np.fft.rfftfreq(X.shape[-1], d=1 / 100.0)
    return (mag * freqs).sum(axis=-1) / (mag.sum(axis=-1) + 1e-10)


@signal
def median_filter3(X):
    p = np.pad(X, ((0, 0), (1, 1)), mode="edge")
    return np.median(np.stack([p[:, :-2], p[:, 1:-1], p[:, 2:]]), axis=0)


@signal
def haar_wavelet(X):
    approx = X
    out = []
    while approx.shape[1] > 1:
        even, odd = approx[:, ::2], approx[:, 1::2]
        out.append((even - odd) / np.sqrt(2))
        approx = (even + odd) / np.sqrt(2)
    out.append(approx)
    return np.concatenate(out[::-1], axis=1)


@signal
def downsample_max(X):
    n, t = X.shape
    return X.reshape(n, t // 4, 4).max(axis=2)


@signal
def peaks_mask(X):
    mid = X[:, 1:-1]
    peaks = (mid > X[:, :-2]) & (mid > X[:, 2:])
    out = np.zeros_like(X, dtype=bool)
    out[:, 1:-1] = peaks
    return out, peaks.sum(1)


# Images
@image
def normalize_images(X):
    X = X / 255.0
    mean = X.mean(axis=(1, 2), keepdims=True)
    std = X.std(axis=(1, 2), keepdims=True)
    return (X - mean) / np.maximum(std, 1e-6)


@image
def extract_patches(X):
    w = sliding_window_view(X, (3, 3), axis=(1, 2))
    return w.reshape(len(X), -1, 9)


@image
def sobel(X):
    k = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    out = np.zeros((X.shape[0], 4, 4))
    for i in range(3):
        for j in range(3):
            out += k[i, j] * X[:, i : i + 4, j : j + 4]
    return np.abs(out)


@image
def max_pool(X):
    n, h, w = X.shape
    return X.reshape(n, h // 2, 2, w // 2, 2).max(axis=(2, 4))


@image
def augment(X):
    return np.concatenate([X, X[:, ::-1], X[:, :, ::-1], np.rot90(X, axes=(1, 2))], axis=0)


@image
def center_crop_pad(X):
    c = X[:, 1:-1, 1:-1]
    return np.pad(c, [(0, 0), (2, 2), (2, 2)], mode="constant", constant_values=0)


@image
def blank_border(X):
    Y = X.copy()
    Y[:, 0, :] = Y[:, -1, :] = 0
    Y[:, :, [0, -1]] = 0
    return Y


@image
def threshold_otsu_like(X):
    t = X.mean(axis=(-2, -1))
    return np.where(t[:, None, None] < X, 255, 0).astype(np.uint8)


@image
def integral_image(X):
    return X.cumsum(axis=1).cumsum(axis=2)[:, ::2, ::2]


@colour
def rgb_to_gray(X):
    return np.dot(X[..., :3], [0.2989, 0.5870, 0.1140])


@colour
def rgb_to_hsv_value(X):
    mx = np.max(X, axis=-1)
    mn = np.min(X, axis=-1)
    d = mx - mn
    s = np.where(mx == 0, 0, d / np.where(mx == 0, 1, mx))
    r, g, b = np.moveaxis(X, -1, 0)
    h = np.select(
        [d == 0, mx == r, mx == g],
        [0, (g - b) / np.where(d == 0, 1, d) % 6, (b - r) / np.where(d == 0, 1, d) + 2],
        default=(r - g) / np.where(d == 0, 1, d) + 4,
    )
    return np.stack((h, s, mx), axis=-1)
