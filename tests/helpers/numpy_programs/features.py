"""Programs that prepare features, count and group."""

from __future__ import annotations

import numpy as np

from tests.helpers.numpy_programs.cases import table


# Feature engineering
@table
def add_ratio_features(X):
    eps = 1e-9
    ratios = X[:, [0, 1]] / (np.abs(X[:, [2, 3]]) + eps)
    return np.hstack([X, ratios])


@table
def polynomial_features(X):
    feats = [np.ones(X.shape[0])]
    for i in range(X.shape[1]):
        for j in range(i, X.shape[1]):
            feats.append(X[:, i] * X[:, j])
    return np.column_stack(feats)


@table
def impute_and_flag(X):
    X = X.astype(float).copy()
    X[X > 4] = np.nan
    mask = np.isnan(X)
    means = np.nanmean(X, axis=0)
    X[mask] = np.take(means, np.where(mask)[1])
    return np.concatenate([X, mask.astype(float)], axis=1)


@table
def robust_scale(X):
    med = np.median(X, axis=0)
    q1, q3 = np.percentile(X, [25, 75], axis=0)
    iqr = q3 - q1
    iqr[iqr == 0] = 1.0
    return (X - med) / iqr


@table
def winsorize(X):
    lo, hi = np.quantile(X, [0.05, 0.95], axis=0)
    return np.clip(X, lo, hi)


@table
def minmax_rows(X):
    mn = X.min(axis=1, keepdims=True)
    rng = np.ptp(X, axis=1, keepdims=True)
    return np.divide(X - mn, rng, out=np.zeros_like(X, dtype=float), where=rng != 0)


@table
def one_hot_argmax(X):
    idx = X.argmax(axis=1)
    return (idx[:, None] == np.arange(X.shape[1])).astype(int)


@table
def one_hot_eye(X):
    k = np.clip(np.abs(X[:, 0]).astype(int), 0, 4)
    return np.eye(5)[k]


@table
def one_hot_assign(X):
    labels = np.argmin(X, axis=1)
    out = np.zeros((len(X), 4))
    out[np.arange(len(X)), labels] = 1
    return out


@table
def bin_features(X):
    edges = np.array([-2.0, 0.0, 1.0, 3.0])
    return np.stack([np.digitize(X[:, j], edges) for j in range(X.shape[1])], axis=1)


@table
def equal_frequency_bins(X):
    v = X[:, 1]
    edges = np.quantile(v, np.linspace(0, 1, 5)[1:-1])
    return np.searchsorted(edges, v, side="right")


@table
def cyclic_encoding(X):
    hour = np.mod(X[:, 0], 24)
    angle = 2 * np.pi * hour / 24
    return np.c_[np.sin(angle), np.cos(angle), X[:, 1:]]


@table
def log_transform_signed(X):
    return np.sign(X) * np.log1p(np.abs(X))


@table
def count_nonzero_rows(X):
    r = np.count_nonzero(X > 0, axis=1)
    return r / X.shape[1]


@table
def missing_summary(X):
    X = np.where(X < -2, np.nan, X)
    return {
        "count": np.isnan(X).sum(axis=1),
        "any": np.isnan(X).any(axis=0),
        "filled": np.nan_to_num(X, nan=-1.0),
    }


@table
def target_encode(X):
    table = {0: 0.2, 1: 0.5, 2: 0.9}
    keys = np.fromiter(table.keys(), dtype=int)
    vals = np.fromiter(table.values(), dtype=float)
    cat = np.abs(X[:, 2]).astype(int) % 3
    order = np.argsort(keys)
    return vals[order][np.searchsorted(keys[order], cat)]


@table
def pairwise_differences(X):
    d = X[:, :, None] - X[:, None, :]
    i, j = np.triu_indices(4, k=1)
    return d[:, i, j]


@table
def rank_columns(X):
    return np.argsort(np.argsort(X, axis=0, kind="stable"), axis=0, kind="stable")


@table
def standardize_inplace(X):
    X = X.astype(np.float64)
    X -= X.mean(axis=0)
    s = X.std(axis=0)
    s[s == 0] = 1
    X /= s
    return X


@table
def whiten_zca(X):
    Xc = X - X.mean(axis=0)
    cov = Xc.T @ Xc / max(len(X), 1) + 0.1 * np.eye(4)
    w, v = np.linalg.eigh(cov)
    return Xc @ (v / np.sqrt(w)) @ v.T


# Counting, groups
@table
def group_means(X):
    g = np.abs(X[:, 0]).astype(int) % 3
    s = np.bincount(g, weights=X[:, 1], minlength=3)
    c = np.bincount(g, minlength=3)
    return s / np.maximum(c, 1)


@table
def group_add_at(X):
    g = np.abs(X[:, 0]).astype(np.intp) % 3
    out = np.zeros((3, 4))
    np.add.at(out, g, X)
    return out


@table
def unique_counts(X):
    vals, inv, counts = np.unique(np.floor(X[:, 0]), return_inverse=True, return_counts=True)
    return vals, counts[inv]


@table
def loop_groups(X):
    g = np.abs(X[:, 0]).astype(int) % 3
    return np.array([X[g == k, 1].sum() for k in range(3)])


@table
def lexsorted(X):
    order = np.lexsort((X[:, 1], np.round(X[:, 0])))
    return X[order]


@table
def histogram_density(X):
    h, e = np.histogram(X[:, 0], bins=np.arange(-5, 11, 2))
    return h, e


@table
def crosstab(X):
    a, b = (X[:, 0] > 0).astype(int), (X[:, 1] > 0).astype(int)
    m = np.zeros((2, 2), int)
    np.add.at(m, (a, b), 1)
    return m


@table
def auc_trapz(X):
    order = np.argsort(X[:, 0], kind="stable")
    return np.trapezoid(X[order, 1], X[order, 0])


@table
def run_lengths(X):
    b = (X[:, 0] > 0).astype(int)
    d = np.diff(np.concatenate(([0], b, [0])))
    return np.flatnonzero(d == -1) - np.flatnonzero(d == 1)
