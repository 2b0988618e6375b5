"""Constructors of arrays, and conversions."""

from __future__ import annotations

import numpy as np

from tests.helpers.numpy_predictors.cases import floats
from tests.helpers.numpy_predictors.parameters import MEANS, W


@floats
def with_intercept(X):
    X = np.asarray(X, dtype=float)
    return np.c_[np.ones(len(X)), X] @ np.r_[0.5, MEANS]


@floats
def stacked_intercept(X):
    return np.hstack([X, np.ones((X.shape[0], 1))]) @ np.append(MEANS, 1.0)


@floats
def zeros_and_masks(X):
    out = np.zeros(len(X))
    out[X[:, 0] > 0] = 1.0
    out[X[:, 1] > 1] = 2.0
    return out


@floats
def filled_columns(X):
    n, d = X.shape
    out = np.empty((n, d + 2))
    out[:, :d] = X
    out[:, d] = X.mean(axis=1)
    out[:, d + 1] = X.std(axis=1)
    return out


@floats
def probabilities_of_two(X):
    p = 1 / (1 + np.exp(-(X @ MEANS)))
    return np.array([1 - p, p]).T


@floats
def checked_input(X):
    X = np.atleast_2d(np.ascontiguousarray(X))
    if not isinstance(X, np.ndarray) or X.ndim != 2:
        raise ValueError("X must be a matrix")
    if len(X) == 0:
        return np.zeros(0)
    return X.sum(axis=1)


@floats
def share_of_total(X):
    return X[:, 0] / len(X) + np.arange(len(X)) * 0.1


@floats
def rank_weights(X):
    n = len(X)
    weights = np.full(X.shape[0], 2.0) / np.sqrt(n)
    return (X.T * weights).T


@floats
def summary_row(X):
    return np.array([X.min(), X.max(), X.mean(), len(X)])


@floats
def scalar_or_array(X):
    total = X.sum()
    scale = total if np.isscalar(total) else total[0]
    return np.array(X) * scale


@floats
def mixed_scalars(X):
    result = np.zeros((3,))
    result[0] = X.max()
    result[1] = (X > 0).sum()
    result[2] = X[:, 0] @ X[:, 1]
    return result


@floats
def rotation(X):
    angle = X[0, 0]
    R = np.eye(2)
    R[0, 0], R[0, 1] = np.cos(angle), -np.sin(angle)
    R[1, 0], R[1, 1] = np.sin(angle), np.cos(angle)
    return X[:, :2] @ R.T


@floats
def mean_of_a_list(X):
    scores = [X @ W[:, k] for k in range(3)]
    return np.mean(scores, axis=0) + np.max(scores, axis=0)
