"""Features: scaled, imputed, encoded and binned columns."""

from __future__ import annotations

import numpy as np

from tests.helpers.numpy_predictors.cases import counts, floats, floats32, gaps
from tests.helpers.numpy_predictors.parameters import (
    BIAS,
    CENTERS,
    EDGES,
    MEANS,
    PERMUTATION,
    RATES,
    STDS,
    W,
)


@floats
def standardized(X):
    Z = X.copy()
    Z -= MEANS
    Z /= STDS
    Z[np.abs(Z) > 3] = 0
    return Z


@gaps
def imputed_with_means(X):
    X = X.copy()
    for j in range(X.shape[1]):
        column = X[:, j]
        column[np.isnan(column)] = MEANS[j]
    return X


@gaps
def missing_indicators(X):
    mask = np.isnan(X)
    return np.concatenate([np.nan_to_num(X), mask.astype(float)], axis=1)


@gaps
def filled_with_medians(X):
    rows, columns = np.where(np.isnan(X))
    X = X.copy()
    X[rows, columns] = np.take(STDS, columns)
    return X


@floats
def polynomial(X):
    terms = [np.ones(len(X))]
    for i in range(X.shape[1]):
        for j in range(i, X.shape[1]):
            terms.append(X[:, i] * X[:, j])
    return np.column_stack(terms)


@floats
def interactions(X):
    return np.einsum("ni,nj->nij", X, X).reshape(len(X), -1)


@floats
def binned(X):
    bins = np.digitize(X[:, 0], EDGES)
    return np.bincount(bins, minlength=5)


@counts
def one_hot_of_each_column(X):
    parts = []
    for column in X.T:
        parts.append((column[:, None] == np.arange(5)).astype(np.float32))
    return np.concatenate(parts, axis=1)


@counts
def target_encoding(X):
    out = np.zeros(X.shape, dtype=np.float64)
    for j in range(X.shape[1]):
        for value, rate in enumerate(RATES):
            out[X[:, j] == value, j] = rate
    return out


@floats
def clipped_features(X):
    low, high = np.percentile(CENTERS, [10, 90], axis=0)
    return np.clip(X, low, high)


@floats
def signed_logs(X):
    return np.sign(X) * np.log1p(np.abs(X))


@floats
def piecewise_feature(X):
    x = X[:, 0]
    return np.piecewise(x, [x < -0.5, (x >= -0.5) & (x < 0.5)], [lambda v: -v, 0.0, lambda v: v**2])


@floats
def cyclic(X):
    hour = (X[:, 0] * 24) % 24
    return np.stack([np.sin(2 * np.pi * hour / 24), np.cos(2 * np.pi * hour / 24)], axis=-1)


@floats
def permuted_columns(X):
    X = X[:, PERMUTATION]
    X[:, [0, 1]] = X[:, [1, 0]]
    return np.delete(X, 2, axis=1)


@floats
def inserted_column(X):
    return np.insert(X, 1, X[:, 0] * X[:, 1], axis=1)


@floats32
def float32_pipeline(X):
    X = (X - MEANS.astype(np.float32)) / STDS.astype(np.float32)
    hidden = np.maximum(X @ W.astype(np.float32) + BIAS, 0)
    return hidden.astype(np.float32)
