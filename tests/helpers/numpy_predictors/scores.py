"""Scores after a model: choices, votes, histograms and calibration."""

from __future__ import annotations

import numpy as np

from tests.helpers.numpy_predictors.cases import counts, floats
from tests.helpers.numpy_predictors.parameters import BIAS, CENTERS, LABELS, MEANS, PARAMS, W


@floats
def stable_softmax(X):
    z = X @ W + BIAS
    z = z - z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    return z


@floats
def top_k(X):
    k = 2
    order = np.argsort(-X, axis=1)[:, :k]
    return np.take_along_axis(X, order, axis=1), LABELS[order]


@floats
def reject_unsure(X):
    p = np.abs(X) / np.abs(X).sum(axis=1, keepdims=True)
    label = p.argmax(axis=1)
    label[p.max(axis=1) < 0.4] = -1
    return label


@floats
def select_risk(X):
    score = X @ MEANS
    return np.select([score < -1, score < 0, score < 1], [0, 1, 2], default=3)


@floats
def nested_where(X):
    s = X.sum(axis=1)
    return np.where(s > 1, "high", np.where(s > 0, "mid", "low"))


@floats
def votes(X):
    predictions = np.array([np.argmax(X * w, axis=1) for w in CENTERS])
    tally = np.zeros((len(X), 5), dtype=int)
    for row in predictions:
        tally[np.arange(len(X)), row] += 1
    return tally.argmax(axis=1)


@floats
def suppressed(X):
    X = X.copy()
    best = X.argmax(axis=1)
    X[np.arange(X.shape[0]), best] = -np.inf
    return X.max(axis=1)


@floats
def histogram_of_scores(X):
    edges = np.linspace(-3, 3, 7)
    return np.histogram(X.ravel(), bins=edges)[0]


@floats
def weighted_histogram(X):
    index = np.clip(((X[:, 0] + 3) // 1).astype(int), 0, 5)
    sums = np.zeros(6)
    np.add.at(sums, index, X[:, 1])
    return sums


@counts
def group_sums(X):
    return np.bincount(X[:, 0], weights=X[:, 1], minlength=5)


@floats
def calibrated_by_interpolation(X):
    p = 1 / (1 + np.exp(-X[:, 0]))
    return np.interp(p, [0.0, 0.3, 0.6, 1.0], [0.0, 0.1, 0.8, 1.0])


@floats
def nearest_center(X):
    d = np.linalg.norm(X[:, None, :] - CENTERS[None, :, :], axis=-1)
    return d.argmin(axis=1), np.sqrt((d**2).min(axis=1))


@floats
def layers_of_a_network(X):
    h = X
    for weights, bias in PARAMS["layers"]:
        h = np.tanh(np.dot(h, weights) + bias)
    return h.round(3)
