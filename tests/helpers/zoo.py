"""Predict functions as people write them: array-API code, and code written for numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

RNG = np.random.default_rng(7)
W = RNG.normal(size=(5, 3))
V = RNG.normal(size=5)
B = RNG.normal(size=3)
W1, B1 = RNG.normal(size=(5, 8)), RNG.normal(size=8)
W2, B2 = RNG.normal(size=(8, 4)), RNG.normal(size=4)
CENTRES = RNG.normal(size=(4, 5))
TRAIN = RNG.normal(size=(12, 5))
LABELS = RNG.integers(0, 3, 12)
TARGETS = RNG.normal(size=12)
MEAN, SCALE = RNG.normal(size=5), RNG.uniform(0.5, 2, size=5)
PRECISIONS = np.stack([np.diag(RNG.uniform(0.5, 2, size=5)) for _ in range(4)])
MIX = np.asarray([0.1, 0.2, 0.3, 0.4])
CLASSES = np.asarray([10, 20, 30])
KNOTS = np.asarray([-1.0, 0.0, 0.5, 1.5])
STEPS = np.asarray([0.1, 0.2, 0.6, 0.9, 1.0])
KERNEL = RNG.normal(size=(3, 2))
TREE = {
    "feature": np.asarray([0, 1, 2, -1, -1, -1, -1]),
    "threshold": np.asarray([0.0, 0.3, -0.2, 0, 0, 0, 0]),
    "left": np.asarray([1, 3, 5, 3, 4, 5, 6]),
    "right": np.asarray([2, 4, 6, 3, 4, 5, 6]),
    "value": np.asarray([0, 0, 0, 1.5, -2.0, 0.5, 3.0]),
}

# The array API: the namespace is the array's own


def linear_regression(x):
    return x @ W + B


def linear_regression_one_target(x):
    xp = x.__array_namespace__()
    return xp.matmul(x, xp.asarray(V)) + 0.25


def logistic_regression(x):
    xp = x.__array_namespace__()
    p = 1 / (1 + xp.exp(-(x @ V)))
    return xp.stack([1 - p, p], axis=1)


def softmax_regression(x):
    xp = x.__array_namespace__()
    scores = x @ W + B
    scores = scores - xp.max(scores, axis=1, keepdims=True)
    e = xp.exp(scores)
    return e / xp.sum(e, axis=1, keepdims=True)


def softmax_labels(x):
    xp = x.__array_namespace__()
    return xp.take(xp.asarray(CLASSES), xp.argmax(x @ W + B, axis=1))


def perceptron_layers(x):
    xp = x.__array_namespace__()
    hidden = xp.maximum(x @ W1 + B1, xp.asarray(0.0, dtype=x.dtype))
    logits = hidden @ W2 + B2
    e = xp.exp(logits - xp.max(logits, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)


def gelu_layer(x):
    xp = x.__array_namespace__()
    h = x @ W1
    return 0.5 * h * (1 + xp.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h**3)))


def k_means(x):
    xp = x.__array_namespace__()
    centres = xp.asarray(CENTRES)
    distances = xp.sum((x[:, None, :] - centres[None, :, :]) ** 2, axis=-1)
    return xp.argmin(distances, axis=1)


def k_means_by_product(x):
    xp = x.__array_namespace__()
    centres = xp.asarray(CENTRES)
    squares = xp.sum(x * x, axis=1, keepdims=True) - 2 * x @ centres.T + xp.sum(centres**2, axis=1)
    return xp.sqrt(xp.clip(squares, 0.0, None))


def nearest_neighbours(x):
    xp = x.__array_namespace__()
    distances = xp.sum(xp.abs(x[:, None, :] - xp.asarray(TRAIN)), axis=2)
    nearest = xp.argsort(distances, axis=1)[:, :3]
    return xp.mean(xp.take(xp.asarray(TARGETS), nearest, axis=0), axis=1)


def nearest_neighbours_vote(x):
    xp = x.__array_namespace__()
    distances = xp.sum((x[:, None, :] - xp.asarray(TRAIN)) ** 2, axis=2)
    nearest = xp.argsort(distances, axis=1)[:, :5]
    found = xp.asarray(LABELS)[nearest]
    votes = xp.sum(xp.astype(found[:, :, None] == xp.arange(3), xp.int64), axis=1)
    return xp.argmax(votes, axis=1)


def mixture_log_density(x):
    xp = x.__array_namespace__()
    logs = xp.empty((x.shape[0], 4), dtype=xp.float64)
    for k in range(4):
        y = (x - CENTRES[k]) @ PRECISIONS[k]
        logs[:, k] = xp.sum(y**2, axis=1)
    logs = -0.5 * (logs + 5 * math.log(2 * math.pi)) + np.log(MIX)
    top = xp.max(logs, axis=1)
    return top + xp.log(xp.sum(xp.exp(logs - top[:, None]), axis=1))


def mixture_responsibilities(x):
    xp = x.__array_namespace__()
    logs = xp.stack([-0.5 * xp.sum((x - c) ** 2, axis=1) for c in xp.asarray(CENTRES)], axis=1)
    weights = xp.exp(logs) * xp.asarray(MIX)
    return weights / xp.sum(weights, axis=1, keepdims=True)


def kernel_ridge(x):
    xp = x.__array_namespace__()
    train = xp.asarray(TRAIN)
    distances = xp.sum(x**2, axis=1)[:, None] + xp.sum(train**2, axis=1)[None, :] - 2 * x @ train.T
    return xp.exp(-0.1 * distances) @ xp.asarray(TARGETS)


def gaussian_process_variance(x):
    xp = x.__array_namespace__()
    k = xp.exp(-xp.sum((x[:, None, :] - xp.asarray(TRAIN)) ** 2, axis=-1) / 8)
    return 1.0 - xp.vecdot(k, k @ xp.eye(12) * 0.01)


def naive_bayes(x):
    xp = x.__array_namespace__()
    scores = []
    for k in range(3):
        mean, variance = CENTRES[k], SCALE + 0.1 * k
        scores.append(
            math.log(1 / 3)
            - 0.5 * float(np.sum(np.log(2 * np.pi * variance)))
            - 0.5 * xp.sum((x - mean) ** 2 / variance, axis=1)
        )
    scores = xp.stack(scores).T
    return xp.asarray(CLASSES)[xp.argmax(scores, axis=1)]


def pca(x):
    return (x - MEAN) @ W / np.sqrt(np.asarray([3.0, 2.0, 1.0]))


def pca_and_back(x):
    return ((x - MEAN) @ W) @ W.T + MEAN


def standardise(x):
    x = x - MEAN
    x /= SCALE
    return x


def standardise_the_batch(x):
    xp = x.__array_namespace__()
    return (x - xp.mean(x, axis=0)) / (xp.std(x, axis=0) + 1e-9)


def robust_scale(x):
    xp = x.__array_namespace__()
    return xp.clip((x - MEAN) / SCALE, -2, 2)


def tf_idf(x):
    xp = x.__array_namespace__()
    counts = xp.astype(xp.floor(xp.abs(x) * 3), xp.float64)
    tf = xp.log1p(counts) * xp.asarray(SCALE)
    norm = xp.sqrt(xp.sum(tf**2, axis=1, keepdims=True))
    return tf / xp.where(norm == 0, xp.asarray(1.0), norm)


def unit_norm(x):
    xp = x.__array_namespace__()
    norms = xp.max(xp.abs(x), axis=1)
    norms[norms < 0.1] = 1.0
    return x / norms[:, None]


def polynomial_features(x):
    xp = x.__array_namespace__()
    columns = [xp.ones(x.shape[0], dtype=x.dtype)]
    for i in range(x.shape[1]):
        columns.append(x[:, i])
        for j in range(i, x.shape[1]):
            columns.append(x[:, i] * x[:, j])
    return xp.stack(columns, axis=1)


def spline_basis(x):
    xp = x.__array_namespace__()
    truncated = [xp.clip(x[:, 0] - k, 0, None) ** 3 for k in KNOTS.tolist()]
    return xp.stack([x[:, 0] ** 0, x[:, 0], x[:, 0] ** 2, *truncated], axis=-1)


def isotonic_regression(x):
    xp = x.__array_namespace__()
    knots, values = xp.asarray(KNOTS), xp.asarray(STEPS[:4])
    v = xp.clip(x[:, 0], float(KNOTS[0]), float(KNOTS[-1]))
    i = xp.clip(xp.searchsorted(knots, v), 1, 3)
    x0, x1 = knots[i - 1], knots[i]
    return values[i - 1] + (values[i] - values[i - 1]) * (v - x0) / (x1 - x0)


def quantile_bins(x):
    xp = x.__array_namespace__()
    bins = xp.searchsorted(xp.asarray(KNOTS), xp.reshape(x, (-1,)), side="right")
    return xp.reshape(bins, x.shape)


def one_hot_bins(x):
    xp = x.__array_namespace__()
    bins = xp.searchsorted(xp.asarray(KNOTS), x[:, 0], side="right")
    return xp.astype(bins[:, None] == xp.arange(KNOTS.shape[0] + 1), xp.float32)


def decision_tree(x):
    xp = x.__array_namespace__()
    tree = {name: xp.asarray(column) for name, column in TREE.items()}
    node = xp.zeros(x.shape[0], dtype=xp.int64)
    rows = xp.arange(x.shape[0])
    for _ in range(2):
        value = x[rows, xp.clip(tree["feature"][node], 0, None)]
        node = xp.where(value <= tree["threshold"][node], tree["left"][node], tree["right"][node])
    return tree["value"][node]


def boosted_stumps(x):
    xp = x.__array_namespace__()
    total = xp.full(x.shape[0], 0.5)
    for feature, threshold, low, high in ((0, 0.1, -1.0, 0.5), (3, -0.4, 0.25, -0.25)):
        total += 0.1 * xp.where(x[:, feature] <= threshold, low, xp.full(x.shape[0], high))
    return 1 / (1 + xp.exp(-total))


def lag_features(x):
    xp = x.__array_namespace__()
    padded = xp.concat([xp.zeros((2, x.shape[1]), dtype=x.dtype), x], axis=0)
    return xp.concat([padded[2:, :], padded[1:-1, :], padded[:-2, :]], axis=1)


def differences(x):
    xp = x.__array_namespace__()
    return xp.diff(x, axis=0, prepend=x[:1, :])


def moving_average(x):
    xp = x.__array_namespace__()
    total = np.cumsum(x, axis=0)
    total = xp.concat([xp.zeros_like(total[:1, :]), total], axis=0)
    n = x.shape[0]
    start = xp.clip(xp.arange(n) - 2, 0, None)
    stop = xp.arange(n) + 1
    width = xp.astype(stop - start, x.dtype)
    return (total[1:, :] - xp.take(total, start, axis=0)) / width[:, None]


def exponential_smoothing(x):
    y = x[:, 0]
    for j in range(1, x.shape[1]):
        y = 0.3 * x[:, j] + 0.7 * y
    return y


def layer_norm(x):
    xp = x.__array_namespace__()
    mean = xp.mean(x, axis=-1, keepdims=True)
    variance = xp.var(x, axis=-1, keepdims=True)
    return (x - mean) / xp.sqrt(variance + 1e-5) * SCALE + MEAN


def batch_norm(x):
    return (x - MEAN) / np.sqrt(SCALE + 1e-5) * 1.5 + 0.1


def attention(x):
    xp = x.__array_namespace__()
    q, k, v = x @ W, x @ (W * 0.5), x @ W1
    scores = q @ k.T / math.sqrt(W.shape[1])
    e = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True) @ v


def causal_attention(x):
    xp = x.__array_namespace__()
    n = x.shape[0]
    scores = x @ x.T / x.shape[1] ** 0.5
    allowed = xp.tril(xp.ones((n, n), dtype=xp.bool))
    scores = xp.where(allowed, scores, -xp.inf)
    e = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
    return (e / xp.sum(e, axis=-1, keepdims=True)) @ x


def convolution(x):
    xp = x.__array_namespace__()
    length = x.shape[1] - KERNEL.shape[0] + 1
    windows = xp.stack([x[:, i : i + length] for i in range(KERNEL.shape[0])], axis=-1)
    return windows @ xp.asarray(KERNEL)


def max_pooling(x):
    xp = x.__array_namespace__()
    return xp.max(xp.reshape(x[:, :4], (x.shape[0], 2, 2)), axis=2)


def log_sum_exp(x):
    xp = x.__array_namespace__()
    top = xp.max(x, axis=1, keepdims=True)
    return xp.squeeze(top + xp.log(xp.sum(xp.exp(x - top), axis=1, keepdims=True)), axis=1)


def cosine_similarity(x):
    xp = x.__array_namespace__()
    a = x / xp.sqrt(xp.sum(x**2, axis=1, keepdims=True))
    b = xp.asarray(CENTRES / np.sqrt((CENTRES**2).sum(axis=1, keepdims=True)))
    return a @ b.mT


def pairwise_in_the_batch(x):
    xp = x.__array_namespace__()
    d = xp.sum((x[:, None, :] - x[None, :, :]) ** 2, axis=-1)
    return xp.min(d + 1e9 * xp.eye(x.shape[0]), axis=1)


def calibrated(x):
    xp = x.__array_namespace__()
    p = 1 / (1 + xp.exp(-(x @ W)))
    p = 1 / (1 + xp.exp(-1.2 * (p - 0.3)))
    total = xp.sum(p, axis=1, keepdims=True)
    return xp.where(total > 0, p / total, 1 / p.shape[1])


def top_two(x):
    xp = x.__array_namespace__()
    order = xp.argsort(-(x @ W), axis=1)[:, :2]
    return xp.take_along_axis(x @ W, order, axis=1), order


def greedy_decoding(x):
    xp = x.__array_namespace__()
    state, tokens = x, []
    for _ in range(4):
        token = xp.argmax(state @ W, axis=1)
        tokens.append(token)
        state = 0.5 * state + xp.asarray(CENTRES)[token, :]
    return xp.stack(tokens, axis=1)


def beam_step(x):
    xp = x.__array_namespace__()
    logs = x[:, :3, None] + xp.asarray(B)[None, None, :]
    flat = xp.reshape(logs, (x.shape[0], -1))
    best = xp.flip(xp.argsort(flat, axis=1), axis=1)[:, :2]
    return best // 3, best % 3


def rank_in_the_batch(x):
    xp = x.__array_namespace__()
    order = xp.argsort(x[:, 0])
    ranks = xp.zeros_like(order)
    ranks[order] = xp.arange(x.shape[0])
    return xp.astype(ranks, x.dtype) / x.shape[0]


def outliers(x):
    xp = x.__array_namespace__()
    z = xp.abs(x - MEAN) / SCALE
    return xp.any(z > 2, axis=1), xp.count_nonzero(z > 1, axis=1)


def imputed(x):
    xp = x.__array_namespace__()
    x = xp.where(x < -1, xp.asarray(xp.nan), x)
    missing = xp.isnan(x)
    return xp.concat([xp.where(missing, MEAN, x), xp.astype(missing, x.dtype)], axis=1)


def only_positive_rows(x):
    return x[x[:, 0] > 0, :] * 2


def fourier_features(x):
    xp = x.__array_namespace__()
    angles = 2 * xp.pi * (x @ W)
    return xp.concat([xp.cos(angles), xp.sin(angles)], axis=1) * math.sqrt(2 / W.shape[1])


def minkowski(x):
    xp = x.__array_namespace__()
    return xp.sum(xp.abs(x[:, None, :] - CENTRES) ** 3, axis=-1) ** (1 / 3)


def poisson_rate(x):
    xp = x.__array_namespace__()
    return xp.astype(xp.round(xp.exp(x @ V * 0.1)), xp.int64)


def one_versus_one(x):
    xp = x.__array_namespace__()
    decisions = x @ W
    votes = xp.zeros((x.shape[0], 3))
    for k, (i, j) in enumerate(((0, 1), (0, 2), (1, 2))):
        first = decisions[:, k] < 0
        votes[first, i] += 1
        votes[~first, j] += 1
    return votes


# numpy: `import numpy as np` and the methods of arrays


def np_linear(x):
    return np.dot(x, W) + B


def np_softmax(x):
    z = np.dot(x, W)
    z -= z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def np_layers(x):
    h = np.maximum(0, x.dot(W1) + B1)
    h = np.tanh(h @ W2 + B2)
    return 1.0 / (1.0 + np.exp(-h.mean(axis=1)))


def np_standardise(x):
    z = (x - MEAN) / SCALE
    return np.clip(z, -3, 3).astype(np.float32)


def np_whole_batch(x):
    n = x.shape[0]
    mean = x.sum(axis=0) / n
    centred = x - mean
    return centred.T.dot(centred) * (1.0 / n) + np.eye(x.shape[1])


def np_distances(x):
    d = np.sqrt(((x[:, np.newaxis, :] - CENTRES) ** 2).sum(axis=2))
    return d.argmin(axis=1), d.min(axis=1)


def np_einsum_bilinear(x):
    return np.einsum("ni,kij,nj->nk", x, PRECISIONS, x)


def np_einsum_batch(x):
    a = np.einsum("ij,jk->ik", x, W)
    b = np.einsum("ij->j", x)
    c = np.einsum("ni,ni->n", x, x)
    return a, b, c, np.einsum("ij,kj", x, x)


def np_norms(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def np_select(x):
    v = x[:, 0]
    return np.select([v < -0.5, v < 0.5], [v * 2, v * v], default=0.0)


def np_piecewise(x):
    return np.interp(x[:, 0], KNOTS, STEPS[:4])


def np_digitized(x):
    return np.digitize(x[:, 1], KNOTS)


def np_padded(x):
    p = np.pad(x, ((0, 0), (1, 1)))
    return p[:, :-2] + p[:, 1:-1] + p[:, 2:]


def np_edge_padded(x):
    return np.pad(x, ((2, 0), (0, 0)), mode="edge")[:-2] - x


def np_columns(x):
    return np.column_stack([np.ones(len(x.T[0].shape)) * 0 + x[:, 0].sum(), x[0, :1]])


def np_design_matrix(x):
    return np.hstack([np.ones_like(x[:, :1]), x, x**2])


def np_vander(x):
    return np.vander(x[:, 0], 4)


def np_votes(x):
    scores = np.where(x @ W > 0, 1, -1)
    return np.sign(scores.sum(axis=1)), (scores == 1).all(axis=1)


def np_median_of_features(x):
    return np.median(x, axis=1), np.percentile(x, 75, axis=1), np.quantile(x, [0.1, 0.5], axis=1)


def np_logs(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(np.log(x), nan=-1.0, neginf=-100.0)


def np_triangles(x):
    i, j = np.triu_indices(x.shape[1], 1)
    return x[:, i] * x[:, j]


def np_polynomial(x):
    return np.polyval([2.0, -1.0, 0.5], x[:, 0])


def np_cumulative(x):
    p = np.exp(x) / np.exp(x).sum(axis=1)[:, None]
    return np.cumsum(p, axis=1), (np.cumsum(p, axis=1) > 0.5).argmax(axis=1)


def np_nan_aware(x):
    x = np.where(x > 1, np.nan, x)
    return np.nansum(x, axis=1), np.nanmean(x, axis=0), np.nanmax(x, axis=1)


def np_in_place(x):
    x = x.copy()
    x[x < 0] = 0
    x[:, 0] += 1
    np.multiply(x, 2, out=x)
    return x


def np_kernel(x):
    sq = np.sum(x**2, 1).reshape(-1, 1) + np.sum(TRAIN**2, 1) - 2 * np.dot(x, TRAIN.T)
    return np.exp(-0.5 * sq).dot(TARGETS)


def np_float32(x):
    x = x.astype("float32")
    return np.round((x @ W.astype(np.float32)) * np.float32(0.5), 4)


def np_ensemble(x):
    trees = [np.where(x[:, i] > 0, 1.0, -1.0) for i in range(3)]
    return np.stack(trees).mean(axis=0), np.median(np.stack(trees), axis=0)


def np_square_distances(x):
    return np.linalg.norm(x[:, None] - x[None], axis=-1), np.trace(x.T @ x)


GENERIC: dict[str, Any] = {}
NUMPY: dict[str, Any] = {}
for _name, _function in list(globals().items()):
    if getattr(_function, "__module__", None) == __name__ and callable(_function):
        (NUMPY if _name.startswith("np_") else GENERIC)[_name] = _function
