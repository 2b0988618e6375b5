"""Labels and tables, looked up by elements."""

from __future__ import annotations

import numpy as np

from tests.helpers.numpy_predictors.cases import counts, floats
from tests.helpers.numpy_predictors.parameters import (
    EDGES,
    EMBEDDING,
    LABELS,
    NAMES,
    PARAMS,
    RATES,
    W,
)


@floats
def label_lookup(X):
    return LABELS[np.argmax(X, axis=1)]


@floats
def name_lookup(X):
    return NAMES[np.argmax(X @ W, axis=1)]


@floats
def rate_by_bracket(X):
    return RATES[np.searchsorted(EDGES, X[:, 0])]


@floats
def rate_by_method(X):
    return RATES.take(EDGES.searchsorted(X[:, 0], side="right"))


@floats
def one_hot(X):
    return np.eye(5)[X.argmax(axis=1)]


@counts
def embeddings(X):
    return EMBEDDING[X].mean(axis=1)


@counts
def embedding_of_two_columns(X):
    return np.hstack([EMBEDDING[X[:, 0]], EMBEDDING[X[:, 1] + 2, :2]])


@counts
def table_in_a_dict(X):
    return PARAMS["table"][X[:, 2]] * 2


@counts
def local_table(X):
    scores = np.array([1.5, 2.5, -3.0, 0.0, 7.0])
    return scores[X].sum(axis=1)


@floats
def taken_labels(X):
    return np.take(LABELS, X.argmin(1))


@counts
def matrix_lookup(X):
    return W[X[:, 0], X[:, 1] % 3]


@counts
def remapped_ids(X):
    lookup = np.full(5, -1)
    lookup[[0, 2, 4]] = [0, 1, 2]
    return lookup[X]


@floats
def threshold_table(X):
    thresholds = np.linspace(-1, 1, 5)
    best = np.abs(X).argmax(axis=1)
    return X[np.arange(len(X)), best] > thresholds[best]
