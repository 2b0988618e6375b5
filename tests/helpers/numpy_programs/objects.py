"""Programs that write in place, and use containers, classes and closures."""

from __future__ import annotations

import dataclasses
import functools
import math
import operator
from collections import namedtuple
from functools import partial, reduce

import numpy as np

from tests.helpers.numpy_programs.cases import CASES, Program, table


# Masks and in place
@table
def masked_update(X):
    Y = X.astype(float)
    m = Y[:, 0] > 0
    Y[m, 1] *= 2
    Y[~m, 1:3] = -1
    return Y


@table
def clip_columns_view(X):
    X = X.copy()
    for j, hi in enumerate([1, 2, 3, 4]):
        col = X[:, j]
        col[col > hi] = hi
    return X


@table
def fill_forward(X):
    X = X.astype(float)
    X[X < -3] = np.nan
    mask = np.isnan(X)
    idx = np.where(~mask, np.arange(mask.shape[1]), 0)
    np.maximum.accumulate(idx, axis=1, out=idx)
    return X[np.arange(idx.shape[0])[:, None], idx]


@table
def outlier_rows(X):
    z = np.abs((X - X.mean(0)) / (X.std(0) + 1e-9))
    return X[(z < 1.5).all(axis=1)]


@table
def swap_columns(X):
    X = X.copy()
    X[:, [0, 2]] = X[:, [2, 0]]
    return X


@table
def reverse_pairs(X):
    out = np.empty_like(X)
    out[:, ::2], out[:, 1::2] = X[:, 1::2], X[:, ::2]
    return out


# Containers, classes, closures
@dataclasses.dataclass
class Scaled:
    values: np.ndarray
    scale: np.ndarray
    name: str = "s"

    def apply(self):
        return self.values / self.scale


@table
def with_dataclass(X):
    s = Scaled(X, np.abs(X).max(axis=0) + 1)
    s = dataclasses.replace(s, name="t")
    return s.apply()


class Model:
    def __init__(self):
        self.coef_ = np.array([1.0, 2, 3, 4])
        self.intercept_ = -1
        self.classes_ = np.array([10, 20])

    def decision_function(self, X):
        X = np.asarray(X, dtype=float)
        if X.ndim != 2 or X.shape[1] != len(self.coef_):
            raise ValueError("bad shape")
        return X @ self.coef_ + self.intercept_

    def predict(self, X):
        return self.classes_[(self.decision_function(X) > 0).astype(int)]


@table
def class_predict(X):
    return Model().predict(X)


MODEL = Model()


@table
def class_global(X):
    return MODEL.predict(X), MODEL.decision_function(X)


def make_scaler(lo, hi):
    span = np.subtract(hi, lo)

    def scale(X):
        return (X - lo) / span

    return scale


CASES["closure_scaler"] = Program(make_scaler([0, 0, 0, 0], [1, 2, 4, 8]), (4,))


def affine(X, w, b=0.0):
    return np.tensordot(X, w, axes=1) + b


WEIGHTS = np.array([[1.0, 0], [0, 1], [1, 1], [2, 3]])
CASES["partial_affine"] = Program(partial(affine, w=WEIGHTS, b=np.array([0.5, -0.5])), (4,))


@table
def reduce_maximum(X):
    return reduce(np.maximum, [X[:, 0], X[:, 1], X[:, 2]])


@table
def map_columns(X):
    fns = [np.sin, np.cos, np.tanh, np.square]
    return np.array([f(c) for f, c in zip(fns, X.T, strict=True)]).T


@table
def compose(X):
    steps = [
        lambda v: v - v.mean(0),
        np.abs,
        lambda v: np.log(v + 1),
        operator.methodcaller("sum", axis=1),
    ]
    for s in steps:
        X = s(X)
    return X


Point = namedtuple("Point", "x y")


@table
def namedtuple_result(X):
    p = Point(X[:, 0], X[:, 1])
    return p._replace(y=p.y * 2)


@table
def dict_of_columns(X):
    names = ["a", "b", "c", "d"]
    cols = {n: X[:, i] for i, n in enumerate(names)}
    cols["ab"] = cols["a"] * cols["b"]
    return np.stack([cols[k] for k in sorted(cols)], -1)


@table
def vectorized_python(X):
    f = np.vectorize(lambda a, b: a * 2 + math.pi * b)
    return f(X[:, 0], X[:, 1])


@functools.lru_cache
def weights(n):
    return np.linspace(0, 1, n)


@table
def cached_weights(X):
    return np.average(X, axis=1, weights=weights(4) + 0.1)
