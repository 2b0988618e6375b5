"""Classifiers and regressors."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy import exp, newaxis

from tests.helpers import scoring_parts
from tests.helpers.numpy_scorers.cases import codes, floats, singles
from tests.helpers.numpy_scorers.parameters import (
    CLASSES,
    COEF,
    COLUMNS,
    DUAL,
    GRID,
    INTERCEPT,
    MODEL,
    PRECISION,
    PRIOR,
    RULES,
    STATS,
    SUPPORT,
    THRESHOLD,
    TREE,
    WEIGHTS,
)
from tests.helpers.scoring_parts import Whitener, clip_to_limits


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
