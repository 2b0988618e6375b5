"""Functions that are methods, closures and partials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from tests.helpers.numpy_predictors.cases import floats
from tests.helpers.numpy_predictors.parameters import RATES, RNG


@dataclass
class Model:
    """A model as a user writes it."""

    coefficients: np.ndarray
    classes: np.ndarray
    offset: float = 0.5

    def decision(self, X):
        X = np.asarray(X, dtype=np.float64)
        return np.c_[X, np.ones(X.shape[0])] @ self.coefficients

    def predict(self, X):
        scores = self.decision(X)
        return self.classes[scores.argmax(axis=1)]

    def __call__(self, X):
        return self.decision(X).max(axis=1) + self.offset


MODEL = Model(RNG.normal(size=(6, 4)), np.array([3, 1, 4, 1]))


@floats
def model_of_a_class(X):
    return MODEL.predict(X)


floats(MODEL.predict)


def _scorer(table: np.ndarray) -> Callable[[Any], Any]:
    def closure(X):
        return table[np.argmax(X, axis=1)] + len(X)

    return closure


floats(_scorer(RNG.normal(size=5)))


def _scaled(table, X, power=2):
    return table[X.argmax(axis=1)] ** power


@floats
def partial_of_a_table(X):
    return partial(_scaled, RATES, power=3)(X)


@floats
def imported_inside(X):
    import numpy

    return numpy.concatenate([X, numpy.ones((len(X), 1))], axis=1)


@floats
def helper_functions(X):
    def normalize(v):
        total = np.sum(v, axis=1, keepdims=True)
        return np.divide(v, total, out=np.zeros_like(v), where=total != 0)

    return normalize(np.abs(X)).max(axis=1)


@floats
def ensemble_with_a_buffer(X):
    models = [Model(MODEL.coefficients * s, MODEL.classes) for s in (0.5, 1.0, 2.0)]
    out = np.empty((len(models), X.shape[0]))
    for i, model in enumerate(models):
        out[i] = model(X)
    return np.median(out, axis=0)
