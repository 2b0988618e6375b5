"""Physics, geography, signals, images and time series, as people write them for numpy."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.spatial.distance import cdist

from tests.helpers.numpy_programs.cases import Program, takes

CASES: dict[str, Program] = {}
_takes = partial(takes, CASES)


class Pendulum:
    G = 9.81

    def __init__(self, L=1.0):
        self.L = L

    def energy(self, th, om):
        return 0.5 * self.L**2 * om**2 + self.G * self.L * (1 - np.cos(th))

    def __call__(self, X, steps=5, dt=0.01):
        th, om = (X[:, 0].copy(), X[:, 1].copy())
        for _ in range(steps):
            om -= self.G / self.L * np.sin(th) * dt
            th += om * dt
        return np.column_stack((th, om, self.energy(th, om)))


@_takes((4,))
def pendulum(X):
    return Pendulum()(X)


@_takes((3,))
def lennard(P):
    d = P[:, None, :] - P[None, :, :]
    r2 = (d**2).sum(-1)
    i = np.arange(len(P))
    r2[i, i] = np.inf
    inv6 = 1.0 / (r2 + 0.001) ** 3
    return (4 * (inv6**2 - inv6).sum() / 2, r2.min(axis=1))


@_takes((5,), "positive")
def planck(X):
    h, c, k = (6.626e-34, 299800000.0, 1.381e-23)
    lam = X * 1e-06
    T = 3000.0
    with np.errstate(over="ignore"):
        B = 2 * h * c**2 / lam**5 / np.expm1(h * c / (lam * k * T))
    return (np.log10(B), np.trapezoid(np.sort(lam, axis=1), axis=1))


@_takes((4,))
def heat(X):
    u = X.copy()
    for _ in range(4):
        un = u.copy()
        u[:, 1:-1] = un[:, 1:-1] + 0.1 * (un[:, 2:] - 2 * un[:, 1:-1] + un[:, :-2])
        u[:, 0] = u[:, -1] = 0
    return u


@_takes((2,))
def utm_zone(X):
    lon = X[:, 1] * 40
    z = (np.floor((lon + 180) / 6) % 60 + 1).astype(int)
    hemi = np.where(X[:, 0] >= 0, "N", "S")
    return (z, hemi)


@_takes((2,))
def bearing(P):
    lat = np.deg2rad(P[:, 0])
    lon = np.deg2rad(P[:, 1])
    dlon = np.diff(lon)
    y = np.sin(dlon) * np.cos(lat[1:])
    x = np.cos(lat[:-1]) * np.sin(lat[1:]) - np.sin(lat[:-1]) * np.cos(lat[1:]) * np.cos(dlon)
    return (np.rad2deg(np.arctan2(y, x)) + 360) % 360


@_takes((2,))
def grid_count(P):
    gx = np.clip(((P[:, 0] + 5) / 2).astype(int), 0, 4)
    gy = np.clip(((P[:, 1] + 5) // 2).astype(int), 0, 4)
    grid = np.zeros((5, 5), int)
    np.add.at(grid, (gx, gy), 1)
    return (grid, grid[gx, gy])


@_takes((2,))
def kdist(P):
    ref = np.array([[0, 0], [1, 1], [-2, 3.0]])
    D = cdist(P, ref)
    D2 = np.linalg.norm(P[:, None] - ref, axis=2)
    return (D, np.argsort(D2, axis=1)[:, 0], np.where(D.min(1) < 1, D.argmin(1), -1))


@_takes((16,))
def autocorr(X):
    Z = X - X.mean(-1, keepdims=True)
    F = np.fft.fft(Z, n=32)
    r = np.fft.ifft(F * np.conj(F)).real[:, :16]
    return r / np.maximum(r[:, :1], 1e-12)


@_takes((12,))
def median_filter(X):
    P = np.pad(X, ((0, 0), (1, 1)), "reflect")
    return np.median(np.stack([P[:, i : i + X.shape[1]] for i in range(3)]), axis=0)


@_takes((9,))
def savgol(X):
    k = np.array([-3, 12, 17, 12, -3]) / 35
    out = X.copy()
    for i in range(2, X.shape[1] - 2):
        out[:, i] = X[:, i - 2 : i + 3].dot(k)
    return out


@_takes((12,))
def crossings_times(X):
    s = np.signbit(X).astype(int)
    d = np.abs(np.diff(s, axis=1))
    first = np.where(d.any(1), d.argmax(1), X.shape[1])
    return (first, d.sum(1), np.count_nonzero(d, axis=1) / X.shape[1])


@_takes((12,))
def dct(X):
    N = X.shape[1]
    n = np.arange(N)
    B = np.cos(np.pi / N * (n + 0.5)[None, :] * n[:, None]) * np.sqrt(2 / N)
    B[0] /= np.sqrt(2)
    return (B @ X.T).T


@_takes((6, 6), "bytes")
def gamma_lut(img):
    lut = np.array([(i / 255.0) ** (1 / 2.2) * 255 for i in range(256)]).astype(np.uint8)
    return (lut[img], img > img.mean(axis=(1, 2), keepdims=True), 255 - img, img + 10)


@_takes((6, 6), "bytes")
def lbp(img):
    c = img[:, 1:-1, 1:-1].astype(int)
    code = np.zeros_like(c)
    for k, (dy, dx) in enumerate([(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]):
        nb = img[:, dy : dy + 4, dx : dx + 4]
        code |= (nb >= c).astype(int) << k
    return (
        code,
        np.stack([np.bincount(r.ravel(), minlength=256) for r in code[:1]])
        if False
        else code.max((1, 2)),
    )


@_takes((8, 8))
def resize_nn(img):
    h, w = img.shape[1:]
    rows = (np.arange(4) * h / 4).astype(int)
    cols = (np.arange(6) * w / 6).astype(int)
    return (
        img[:, rows][:, :, cols],
        img[:, rows[:, None], cols],
        np.rot90(img, axes=(1, 2)),
        img[:, ::-1, :].transpose(0, 2, 1),
    )


@_takes((4, 4, 3), "bytes")
def palette(img):
    pal = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0], [255, 255, 255]])
    d = ((img[:, :, :, None, :].astype(int) - pal) ** 2).sum(axis=-1)
    idx = d.argmin(-1)
    return (pal[idx].astype(np.uint8), idx)


@_takes(())
def cusum(x):
    s = np.cumsum(x - 0.1)
    return (s - np.minimum.accumulate(np.minimum(s, 0)), np.where(s > 2)[0])


@_takes(())
def streak(x):
    pos = x > 0
    idx = np.arange(len(x))
    last = np.maximum.accumulate(np.where(pos, -1, idx)) if len(x.shape) else 0
    return np.where(pos, idx - last, 0)


@_takes(())
def rolling3(x):
    p = np.concatenate([np.full(2, np.nan), x])
    w = np.lib.stride_tricks.sliding_window_view(p, 3)
    return (np.nanmean(w, axis=1), w[:, -1] - w[:, 0])


@_takes(())
def quant(x):
    return (
        np.digitize(x, np.quantile(np.random.default_rng(3).normal(size=100), [0.25, 0.5, 0.75])),
        np.ptp(np.r_[0, x]),
        np.histogram(x, bins=4, range=(-4, 4))[0],
    )


@_takes((8,))
def garch(X):
    s2 = np.full(len(X), 0.1)
    out = np.zeros_like(X)
    for t in range(X.shape[1]):
        out[:, t] = s2
        s2 = 0.01 + 0.1 * X[:, t] ** 2 + 0.85 * s2
    return np.sqrt(out)


@_takes((8,))
def biquad(X):
    b0, b1, b2, a1, a2 = (0.2, 0.4, 0.2, -0.3, 0.1)
    z1 = z2 = np.zeros(X.shape[0])
    Y = []
    for x in X.T:
        y = b0 * x + z1
        z1 = b1 * x - a1 * y + z2
        z2 = b2 * x - a2 * y
        Y.append(y)
    return np.array(Y).T


@_takes((8,))
def season(X):
    S = X.reshape(len(X), 2, 4)
    s = S.mean(axis=1)
    t = np.arange(8)
    return (
        np.tile(s, 2),
        X - np.tile(s, (1, 2)),
        X @ (t - t.mean()) / ((t - t.mean()) ** 2).sum(),
        np.polyfit(t, X.T, 1)[0],
    )


@_takes((4,))
def quaternion_rotate(Q):
    q = Q / np.sqrt(np.sum(Q * Q, axis=1))[:, np.newaxis]
    w, x, y, z = q.T
    R = np.empty((len(Q), 3, 3))
    R[:, 0, 0] = 1 - 2 * (y**2 + z**2)
    R[:, 0, 1] = 2 * (x * y - z * w)
    R[:, 0, 2] = 2 * (x * z + y * w)
    R[:, 1, 0] = 2 * (x * y + z * w)
    R[:, 1, 1] = 1 - 2 * (x**2 + z**2)
    R[:, 1, 2] = 2 * (y * z - x * w)
    R[:, 2, 0] = 2 * (x * z - y * w)
    R[:, 2, 1] = 2 * (y * z + x * w)
    R[:, 2, 2] = 1 - 2 * (x**2 + y**2)
    return (np.einsum("nij,j->ni", R, np.array([1.0, 0.0, 0.0])), np.trace(R, axis1=1, axis2=2))


@_takes((2,))
def point_in_polygon(P):
    poly = [(-2.0, -2.0), (2.0, -2.0), (2.5, 1.0), (0.0, 3.0), (-2.5, 1.0)]
    x, y = (P[:, 0], P[:, 1])
    inside = np.zeros(len(P), dtype=bool)
    j = len(poly) - 1
    for i in range(len(poly)):
        xi, yi = poly[i]
        xj, yj = poly[j]
        cross = ((yi > y) != (yj > y)) & (x < (xj - xi) * (y - yi) / (yj - yi + 1e-12) + xi)
        inside ^= cross
        j = i
    return inside


@_takes((16,))
def iir_filter(X):
    b = [0.2, 0.3]
    a = [1.0, -0.5]
    y = np.zeros(X.shape)
    for t in range(X.shape[1]):
        acc = b[0] * X[:, t]
        if t > 0:
            acc += b[1] * X[:, t - 1] - a[1] * y[:, t - 1]
        y[:, t] = acc
    return y


@_takes((16,))
def spectral_features(X):
    w = np.hanning(X.shape[-1])
    S = np.abs(np.fft.rfft(X * w, axis=-1)) ** 2
    f = np.fft.rfftfreq(X.shape[-1], d=1 / 100.0)
    p = S / (S.sum(axis=-1, keepdims=True) + 1e-12)
    centroid = (p * f).sum(-1)
    bw = np.sqrt((p * (f - centroid[..., None]) ** 2).sum(-1))
    roll = np.argmax(np.cumsum(p, axis=-1) >= 0.85, axis=-1)
    return (centroid, bw, f[roll])


@_takes((8,))
def kalman1d(X):
    x = np.zeros(len(X))
    P = np.ones(len(X))
    q, r = (0.01, 0.5)
    est = np.empty_like(X)
    for k, z in enumerate(X.T):
        P = P + q
        K = P / (P + r)
        x = x + K * (z - x)
        P = (1 - K) * P
        est[:, k] = x
    return est


@_takes((8, 8), "bytes")
def threshold_blocks(img):
    b = img.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4))
    m = b > b.mean(axis=(1, 2), keepdims=True)
    bits = m.reshape(len(img), 16)
    return (np.packbits(bits, axis=1), bits @ (1 << np.arange(16)))


@_takes((8, 8, 3), "bytes")
def rgb_to_hsv(img):
    r, g, b = np.moveaxis(img / 255.0, -1, 0)
    mx = np.max(img / 255.0, axis=-1)
    mn = np.min(img / 255.0, axis=-1)
    d = mx - mn
    h = np.zeros_like(mx)
    nz = d != 0
    m = nz & (mx == r)
    h[m] = (60 * ((g[m] - b[m]) / d[m]) + 360) % 360
    m = nz & (mx == g) & (mx != r)
    h[m] = 60 * ((b[m] - r[m]) / d[m]) + 120
    m = nz & (mx == b) & (mx != r) & (mx != g)
    h[m] = 60 * ((r[m] - g[m]) / d[m]) + 240
    s = np.divide(d, mx, out=np.zeros_like(d), where=mx != 0)
    return np.stack([h, s, mx], axis=-1)


@_takes((6, 6), "bytes")
def im2col(img):
    p = sliding_window_view(img, (3, 3), axis=(1, 2))
    cols = p.reshape(p.shape[0], -1, 9)
    return np.median(cols, axis=2).astype(np.uint8)


@_takes((8,))
def changepoint(X):
    n = X.shape[1]
    c = np.cumsum(X, axis=1)
    k = np.arange(1, n)
    left = c[:, :-1] / k
    right = (c[:, -1:] - c[:, :-1]) / (n - k)
    stat = np.abs(left - right) * np.sqrt(k * (n - k) / n)
    i = stat.argmax(1)
    return (i, stat[np.arange(len(stat)), i])


@_takes(())
def run_length(x):
    up = x > 0
    c = np.cumsum(up)
    reset = np.maximum.accumulate(np.where(~up, c, 0))
    return c - reset
