"""Features: imputed, scaled, encoded and ranked columns."""

from __future__ import annotations

import numpy as np

from tests.helpers.numpy_scorers.cases import codes, floats, gaps, masks, small_codes, texts
from tests.helpers.numpy_scorers.parameters import COEF, PALETTE


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
