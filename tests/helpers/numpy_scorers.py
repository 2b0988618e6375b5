"""More predict functions as people write them for numpy: tables, buffers, helper modules, classes and loops."""

from __future__ import annotations

import math
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from functools import cache, partial, reduce

import numpy as np
from numpy import exp, log1p, newaxis, where

from tests.helpers import scoring_parts
from tests.helpers.numpy_predictors import Case, takes
from tests.helpers.scoring_parts import Whitener, clip_to_limits

CASES: dict[str, Case] = {}
_takes = partial(takes, CASES)
floats = _takes("float64[N, 4]", lambda rng, n: rng.normal(size=(n, 4)))
singles = _takes("float32[N, 4]", lambda rng, n: rng.normal(size=(n, 4)).astype(np.float32))
gaps = _takes(
    "float64[N, 4]",
    lambda rng, n: np.where(rng.random((n, 4)) < 0.3, np.nan, rng.normal(size=(n, 4))),
)
codes = _takes("int64[N, 3]", lambda rng, n: rng.integers(0, 4, size=(n, 3)))
small_codes = _takes("int32[N]", lambda rng, n: rng.integers(0, 4, size=n).astype(np.int32))
prices = _takes("float64[N]", lambda rng, n: np.exp(rng.normal(size=n) * 0.1).cumprod() * 100)
windows = _takes("float64[N, 16]", lambda rng, n: rng.normal(size=(n, 16)))
images = _takes("uint8[N, 4, 6, 3]", lambda rng, n: rng.integers(0, 256, (n, 4, 6, 3), np.uint8))
texts = _takes(
    "string[N]", lambda rng, n: np.array(["red", "green", "blue", "Red"])[rng.integers(0, 4, n)]
)
masks = _takes("bool[N, 4]", lambda rng, n: rng.random((n, 4)) < 0.5)

# Constants and parameters

np.random.seed(7)  # noqa: NPY002
COEF = np.array([[0.4, -1.2, 0.3, 0.8], [1.1, 0.2, -0.5, 0.1], [-0.6, 0.7, 0.9, -0.4]])
INTERCEPT = np.array([0.05, -0.1, 0.2])
CLASSES = np.array(["setosa", "versicolor", "virginica"])
THRESHOLD = np.float32(0.35)
PRIOR = np.float64(0.2)
GRID = np.linspace(0, 1, 11)
COV = np.array(
    [[2.0, 0.3, 0.1, 0.0], [0.3, 1.5, 0.2, 0.1], [0.1, 0.2, 1.0, 0.3], [0.0, 0.1, 0.3, 0.8]]
)
PRECISION = np.linalg.inv(COV)
SUPPORT = np.array([[0.1, 0.5, -0.3, 0.2], [1.0, -1.0, 0.5, 0.0], [-0.7, 0.3, 0.9, -1.2]])
DUAL = np.array([0.7, -1.1, 0.4])
TREE = {
    "feature": np.array([0, 1, -1, -1, 2, -1, -1]),
    "threshold": np.array([0.1, -0.3, 0.0, 0.0, 0.4, 0.0, 0.0]),
    "left": np.array([1, 2, -1, -1, 5, -1, -1]),
    "right": np.array([4, 3, -1, -1, 6, -1, -1]),
    "value": np.array([0.0, 0.0, 1.0, 2.0, 0.0, 3.0, 4.0]),
}
WEIGHTS = OrderedDict(
    w1=np.full((4, 5), 0.1), b1=np.zeros(5), w2=np.ones((5, 2)) / 5, b2=np.array([0.1, -0.1])
)
Stats = namedtuple("Stats", ["mean", "std"])
STATS = Stats(np.array([0.1, 0.2, 0.3, 0.4]), np.array([1.0, 2.0, 0.5, 1.5]))
PALETTE = {"red": 0, "green": 1, "blue": 2}
COLUMNS = ["age", "height", "weight", "income"]
RULES = [(0, np.greater, 0.5, 1.0), (1, np.less, 0.0, 2.0), (3, np.greater_equal, 0.2, 4.0)]


@dataclass
class Model:
    """A linear model."""

    coef: np.ndarray
    intercept: float = 0.0
    link: str = "logit"
    limits: tuple[float, float] = (0.01, 0.99)
    names: list[str] = field(default_factory=lambda: ["no", "yes"])

    def margin(self, X):
        return X @ self.coef + self.intercept

    def predict_proba(self, X):
        z = self.margin(X)
        if self.link == "logit":
            p = 1.0 / (1.0 + np.exp(-z))
        elif self.link == "probit":
            p = 0.5 * (1 + np.tanh(z * math.sqrt(2 / math.pi)))
        else:
            raise ValueError(self.link)
        p = np.clip(p, *self.limits)
        return np.column_stack((1 - p, p))

    def predict(self, X):
        return np.array(self.names)[self.predict_proba(X).argmax(axis=1)]


MODEL = Model(np.array([0.3, -0.2, 0.5, 0.1]), 0.05)

# Classifiers and regressors


@floats
def multinomial_labels(X):
    scores = np.dot(X, COEF.T) + INTERCEPT
    return CLASSES[scores.argmax(axis=1)]


@floats
def logistic_of_a_dataclass(X):
    return MODEL.predict_proba(X)


@floats
def labels_of_a_dataclass(X):
    return MODEL.predict(X)


@floats
def lda_scores(X):
    scores = np.empty((X.shape[0], len(COEF)))
    for k, (w, b) in enumerate(zip(COEF, INTERCEPT, strict=True)):
        scores[:, k] = X @ w + b
    scores -= scores.max(axis=1)[:, np.newaxis]
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


@floats
def mahalanobis(X):
    d = X - STATS.mean
    return np.sqrt(np.einsum("ij,jk,ik->i", d, PRECISION, d))


@floats
def gaussian_log_likelihood(X):
    d = (X - STATS.mean) / STATS.std
    return (
        -0.5 * (d**2).sum(axis=1) - np.log(STATS.std).sum() - 0.5 * X.shape[1] * np.log(2 * np.pi)
    )


@floats
def svm_decision(X):
    gamma = 1.0 / X.shape[1]
    K = np.exp(-gamma * ((X[:, None, :] - SUPPORT[None, :, :]) ** 2).sum(axis=2))
    return np.where(K @ DUAL + 0.1 > 0, 1, -1)


@floats
def squared_distances(X):
    XX = (X * X).sum(axis=1)[:, newaxis]
    YY = (SUPPORT * SUPPORT).sum(axis=1)[newaxis, :]
    D = XX + YY - 2.0 * X.dot(SUPPORT.T)
    np.maximum(D, 0, out=D)
    return np.sqrt(D)


@floats
def nearest_neighbors_vote(X):
    d = np.linalg.norm(X[:, None] - SUPPORT, axis=-1)
    order = np.argsort(d, axis=1)[:, :2]
    y = np.array([1.0, 0.0, 1.0])
    return y[order].mean(axis=1)


@floats
def decision_tree(X):
    node = np.zeros(X.shape[0], dtype=int)
    for _ in range(2):
        feature = TREE["feature"][node]
        leaf = feature < 0
        value = X[np.arange(X.shape[0]), np.where(leaf, 0, feature)]
        child = np.where(value <= TREE["threshold"][node], TREE["left"][node], TREE["right"][node])
        node = np.where(leaf, node, child)
    return TREE["value"][node]


@floats
def naive_bayes(X):
    means, variances = COEF, np.abs(COEF) + 0.5
    log_prob = []
    for mean, var in zip(means, variances):  # noqa: B905
        log_prob.append(-0.5 * np.sum(np.log(2.0 * np.pi * var) + (X - mean) ** 2 / var, axis=1))
    jll = np.array(log_prob).T + np.log([0.5, 0.3, 0.2])
    return jll - np.log(np.sum(np.exp(jll - jll.max(1, keepdims=True)), 1, keepdims=True))


@floats
def two_layer_network(X):
    h = X @ WEIGHTS["w1"] + WEIGHTS["b1"]
    h *= h > 0
    out = h @ WEIGHTS["w2"] + WEIGHTS["b2"]
    return scoring_parts.softmax(out)


@singles
def float32_network(X):
    w = COEF.astype(np.float32)
    z = X @ w.T + np.float32(0.5)
    z = np.where(z > 0, z, np.float32(0.01) * z)
    return (z.max(axis=1) > THRESHOLD).astype(np.int8)


@floats
def rules_of_a_list(X):
    score = np.zeros(len(X))
    for column, test, limit, points in RULES:
        score += test(X[:, column], limit) * points
    return score


@floats
def score_card(X):
    points = np.zeros(X.shape[0], dtype=np.int64)
    bins = {0: ([-1, 0, 1], [10, 20, 30, 40]), 2: ([0.0], [5, -5])}
    for j, (edges, awards) in bins.items():
        points += np.take(awards, np.digitize(X[:, j], edges))
    return points


@floats
def named_columns(X):
    data = {name: X[:, i] for i, name in enumerate(COLUMNS)}
    bmi = data["weight"] / (data["height"] ** 2 + 1)
    return np.stack([bmi, np.log1p(np.abs(data["income"])), data["age"] / 10], axis=-1)


@floats
def whitened(X):
    whitener = Whitener([0.1, 0.2, 0.3, 0.4], [1, 2, 3, 4])
    return whitener.transform(X)


@floats
def clipped_by_a_helper(X):
    return clip_to_limits(X.copy()).mean(axis=1)


@codes
def looked_up_by_a_helper(C):
    return scoring_parts.look_up(C).sum(axis=-1)


@floats
def calibrated(X):
    p = 1 / (1 + exp(-X[:, 0]))
    iso_x, iso_y = GRID, GRID**1.5
    p = np.interp(p, iso_x, iso_y)
    odds = p / (1 - p) * PRIOR / (1 - PRIOR)
    return odds / (1 + odds)


@floats
def closure_of_weights(X):
    def make(weights, bias=0.0):
        weights = np.asarray(weights)

        def score(Z):
            return Z.dot(weights) + bias

        return score

    first, second = make([1, 2, 3, 4]), make(COEF[0], bias=1)
    return np.maximum(first(X), second(X))


@floats
def early_return_for_vectors(X):
    X = np.asarray(X, dtype=np.float64)
    if X.ndim == 1:
        return float(X.sum())
    if X.shape[1] != COEF.shape[1]:
        raise ValueError(f"expected {COEF.shape[1]} columns, got {X.shape[1]}")
    return (X @ COEF.T).sum(axis=1)


@floats
def boosted_stumps(X):
    raw = np.full(len(X), 0.3)
    for feature, split, low, high in [
        (0, 0.1, -0.2, 0.3),
        (1, -0.4, 0.1, -0.1),
        (3, 0.0, 0.05, 0.2),
    ]:
        raw = raw + 0.1 * np.where(X[:, feature] < split, low, high)
    return np.c_[1 - raw, raw]


@floats
def majority_of_models(X):
    votes = np.column_stack([(X @ w > b).astype(int) for w, b in zip(COEF, INTERCEPT, strict=True)])
    counts = np.apply_along_axis(np.bincount, 1, votes, minlength=2)
    return counts.argmax(axis=1)


@floats
def reduced_by_a_lambda(X):
    return reduce(lambda a, b: np.logaddexp(a, b), [X[:, j] for j in range(4)])


# Preparing features


@gaps
def mean_imputed(X):
    X = np.array(X)
    means = np.array([0.1, 0.2, 0.3, 0.4])
    inds = np.where(np.isnan(X))
    X[inds] = np.take(means, inds[1])
    return X


@gaps
def median_imputed_in_columns(X):
    out = X.copy()
    for j, m in enumerate([0.0, 1.0, 2.0, 3.0]):
        col = out[:, j]
        col[~np.isfinite(col)] = m
    return out


@gaps
def counts_of_missing(X):
    missing = np.isnan(X)
    filled = np.where(missing, 0, X)
    n = (~missing).sum(axis=1)
    return np.c_[filled.sum(axis=1) / np.maximum(n, 1), missing.sum(1)]


@gaps
def nan_in_place(X):
    X = X.copy()
    np.nan_to_num(X, copy=False, nan=-1.0)
    X[:, 1:] *= 2
    return X


@floats
def winsorized(X):
    lo, hi = np.array([-1, -0.5, 0, -2]), np.array([1, 0.5, 0.1, 2])
    Z = X.copy()
    for j in range(Z.shape[1]):
        Z[Z[:, j] < lo[j], j] = lo[j]
        Z[Z[:, j] > hi[j], j] = hi[j]
    return Z


@floats
def min_max_scaled(X):
    lo, hi = np.array([-2.0] * 4), np.array([2.0, 2.0, 2.0, -2.0])
    span = hi - lo
    span[span == 0] = 1
    return np.clip((X - lo) / span, 0.0, 1.0)


@codes
def one_hot_by_comparison(C):
    return (C[:, :, None] == np.arange(4)).reshape(len(C), -1).astype(np.float32)


@codes
def one_hot_into_zeros(C):
    out = np.zeros((C.shape[0], 4))
    out[np.arange(C.shape[0]), C[:, 0]] = 1
    return out


@codes
def one_hot_by_a_loop(C):
    out = np.zeros((len(C), 4), dtype=np.uint8)
    for k in range(4):
        out[:, k] = C[:, 1] == k
    return out


@codes
def frequency_encoded(C):
    table = np.zeros(4)
    np.add.at(table, np.array([0, 1, 1, 3, 3, 3]), 1)
    table /= table.sum()
    return table[C]


@codes
def crossed_codes(C):
    crossed = C[:, 0] * 4 + C[:, 1]
    hashed = (crossed * np.int64(2654435761)) % 97
    return np.stack([crossed, hashed], axis=1)


@small_codes
def int32_lookup(c):
    weights = np.array([1, 2, 4, 8], dtype=np.int32)
    return weights[c] << 1


@small_codes
def codes_to_labels(c):
    labels = np.array(["a", "b", "c", "d"])
    result = labels[c]
    result[c == 2] = "z"
    return result


@texts
def text_to_codes(t):
    result = np.full(t.shape, -1)
    for name, code in PALETTE.items():
        result[t == name] = code
    return result


@texts
def text_flags(t):
    return np.isin(t, ["red", "blue"]) & (t != "blue")


@masks
def mask_statistics(m):
    return np.stack([m.any(axis=1), m.all(axis=1), m.sum(axis=1) >= 2, m[:, 0] ^ m[:, 1]], axis=1)


@masks
def packed_bits(m):
    return m.astype(int) @ (1 << np.arange(m.shape[1]))


@masks
def first_true(m):
    return np.where(m.any(axis=1), m.argmax(axis=1), -1)


@floats
def polynomial_features(X):
    columns = [np.ones(X.shape[0])]
    for i in range(X.shape[1]):
        columns.append(X[:, i])
    for i in range(X.shape[1]):
        for j in range(i, X.shape[1]):
            columns.append(X[:, i] * X[:, j])
    return np.vstack(columns).T


@floats
def fourier_features(X):
    B = np.outer(np.arange(1, 4), [0.5, 1.0, -0.5, 0.25])
    proj = 2 * np.pi * X @ B.T
    return np.concatenate((np.sin(proj), np.cos(proj)), axis=-1)


@floats
def quantile_bins(X):
    edges = np.quantile(COEF, [0.25, 0.5, 0.75])
    return np.searchsorted(edges, X.ravel()).reshape(X.shape)


@floats
def ranks_in_rows(X):
    order = X.argsort(axis=1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(X.shape[1])[None, :], axis=1)
    return ranks


@floats
def double_argsort(X):
    return X.argsort(axis=1).argsort(axis=1) / (X.shape[1] - 1)


@floats
def power_transform(X):
    lam = 0.5
    out = np.zeros_like(X)
    pos = X >= 0
    out[pos] = ((X[pos] + 1) ** lam - 1) / lam
    out[~pos] = -(((-X[~pos] + 1) ** (2 - lam) - 1) / (2 - lam))
    return out


@floats
def rows_normalized(X):
    norms = np.linalg.norm(X, axis=1)
    norms[norms == 0.0] = 1.0
    return X / norms[:, None]


@floats
def selected_and_masked(X):
    keep = np.array([True, False, True, True])
    Z = X[:, keep]
    Z[Z < 0] = 0
    return Z.cumsum(axis=1)


@floats
def diagonal_of_products(X):
    return np.diag(COEF @ COEF.T) + np.trace(COEF[:, :3]) + X[:, :3]


@floats
def accumulated_in_a_list(X):
    total, parts = 0, []
    for column in X.T:
        total = total + column
        parts.append(total)
    return np.array(parts).T


@floats
def unpacked_columns(X):
    a, b, c, d = X.T
    return np.array([a + b, c * d, np.hypot(a, d)]).T


@floats
def swapped_columns(X):
    X = X.copy()
    X[:, [0, 1]] = X[:, [1, 0]]
    X[:, 2:] = X[:, 2:][:, ::-1]
    return X


@floats
def flipped_signs(X):
    signs = np.sign(X[np.arange(len(X)), np.abs(X).argmax(axis=1)])
    return X * signs[:, np.newaxis]


@floats
def mixed_output(X):
    labels = (X[:, 0] > 0).astype(np.int64)
    proba = np.abs(np.tanh(X[:, 0]))
    return labels, proba


@floats
def dictionary_output(X):
    return {"mean": X.mean(axis=1), "label": np.where(X[:, 0] > 0, 1, 0)}


# Signals, images and physics


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


# Finance


@prices
def log_returns(p):
    return np.diff(np.log(p))


@prices
def simple_returns_with_first(p):
    r = np.empty_like(p)
    r[0] = 0.0
    r[1:] = p[1:] / p[:-1] - 1
    return r


@prices
def max_drawdown(p):
    peak = np.maximum.accumulate(p)
    return ((p - peak) / peak).min()


@prices
def moving_average_crossover(p):
    def sma(x, k):
        c = np.cumsum(np.r_[0.0, x])
        n = np.minimum(np.arange(1, len(x) + 1), k)
        return (c[1:] - c[np.arange(1, len(x) + 1) - n]) / n

    return np.sign(sma(p, 2) - sma(p, 4)).astype(int)


@prices
def discounted(p):
    t = np.arange(len(p))
    return (p * (1 + 0.03) ** -t).sum()


@prices
def bollinger(p):
    mean, sd = p.mean(), p.std(ddof=0)
    upper, lower = mean + 2 * sd, mean - 2 * sd
    signal = np.zeros(p.shape, dtype=np.int8)
    signal[p > upper] = -1
    signal[p < lower] = 1
    return signal


@floats
def black_scholes(X):
    S, K, T = np.exp(X[:, 0]), np.exp(X[:, 1]), np.abs(X[:, 2]) + 0.1
    sigma, r = 0.2, 0.01
    d1 = (np.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * np.sqrt(T))
    return S * 0.5 * (1 + np.tanh(0.8 * d1))


@floats
def amortized(X):
    rate = np.abs(X[:, 0]) / 100 + 0.001
    n = 12
    return rate * 1000 / (1 - (1 + rate) ** -n)


@floats
def tiered_fee(X):
    amount = np.abs(X).sum(axis=1) * 100
    tiers = np.array([0, 100, 300, np.inf])
    rates = np.array([0.01, 0.02, 0.03])
    in_tier = np.clip(amount[:, None] - tiers[:-1], 0, np.diff(tiers))
    return in_tier @ rates


@floats
def portfolio_risk(X):
    w = np.abs(X)
    w /= w.sum(axis=1, keepdims=True)
    var = ((w @ COV) * w).sum(axis=1)
    return np.sqrt(var) * math.sqrt(252)


# Python around arrays


@cache
def _cached_table(n):
    return np.arange(n) ** 2 / 10


@codes
def cached_table(C):
    return _cached_table(4)[C]


@floats
def keyword_options(X):
    options = {"axis": 1, "keepdims": True}
    return (X - X.mean(**options)) / (X.std(**options) + 1e-8)


@floats
def formatted_message_unused(X):
    message = f"{X.shape[1]} columns, dtype {X.dtype}"
    assert "4 columns" in message
    assert X.dtype == np.float64
    assert np.issubdtype(X.dtype, np.floating)
    return X.sum(1)


@floats
def errstate_division(X):
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.true_divide(X[:, 0], np.where(X[:, 1] > 0, X[:, 1], 0.0))
        ratio[~np.isfinite(ratio)] = 0
    return ratio


@floats
def where_with_out(X):
    out = np.zeros_like(X[:, 0])
    np.divide(X[:, 0], X[:, 1], out=out, where=X[:, 1] > 0)
    return out


@floats
def log_where_positive(X):
    return np.log(X, out=np.full_like(X, -10.0), where=X > 0)


@floats
def chained_methods(X):
    return X.clip(-1, 1).round(2).cumsum(axis=1).reshape(-1, 2, 2).swapaxes(1, 2).copy().ravel()


@floats
def numpy_scalars(X):
    scale = np.float32(2.0)
    offset = np.int8(3)
    flag = np.bool_(True)
    return X * scale + offset if flag else X


@floats
def generator_expression(X):
    return sum(w * X[:, j] for j, w in enumerate((0.1, 0.2, 0.3, 0.4)))


@floats
def while_over_columns(X):
    j, total = 0, np.zeros(X.shape[0])
    while j < X.shape[1]:
        if j % 2:
            total -= X[:, j]
        else:
            total += X[:, j]
        j += 1
    return total


@floats
def imported_names(X):
    return where(X > 0, log1p(abs(X)), exp(X) - 1)


@floats
def index_of_the_best_two(X):
    best = np.argpartition(-X, 2, axis=1)[:, :2]
    return np.sort(np.take_along_axis(X, best, axis=1), axis=1)


@floats
def batched_by_hand(X):
    result = np.zeros((X.shape[0], 3))
    for k in range(3):
        result[..., k] = np.sum(X * COEF[k], axis=-1)
    result[:, -1] += INTERCEPT[-1]
    return result


@floats
def unique_of_constants(X):
    values = np.unique([3, 1, 2, 3])
    return X[:, :3] * values


@floats
def stacked_depthwise(X):
    stacked = np.dstack((X, X**2))
    return stacked.sum(axis=-1).max(axis=1)


@floats
def any_row_is_bad(X):
    bad = np.any(np.abs(X) > 2, axis=1)
    out = X.mean(axis=1)
    out[bad] = np.nan
    return out


@floats
def meshed(X):
    gx, gy = np.meshgrid(np.linspace(-1, 1, 3), np.linspace(-1, 1, 2))
    grid = np.column_stack([gx.ravel(), gy.ravel()])
    return ((X[:, None, :2] - grid) ** 2).sum(-1)


@floats
def tiled_and_repeated(X):
    return np.tile(X[:, :2], (1, 2)) + np.repeat(X[:, 2:], 2, axis=1)


@floats
def flattened_index(X):
    rows = np.repeat(np.arange(len(X)), 2)
    columns = np.tile([0, 3], len(X))
    return X[rows, columns].reshape(-1, 2)


@floats
def sequential_updates(X):
    state = np.zeros(3)
    outputs = []
    for w in COEF:
        state = 0.5 * state + w[:3]
        outputs.append(X[:, :3] @ state)
    return np.stack(outputs, axis=1)
