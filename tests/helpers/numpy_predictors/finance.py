"""Finance."""

from __future__ import annotations

import numpy as np

from tests.helpers.numpy_predictors.cases import floats, gaps
from tests.helpers.numpy_predictors.parameters import CENTERS


@floats
def progressive_tax(X):
    income = np.abs(X[:, 0]) * 50000
    brackets = np.array([0, 10000, 40000, 80000])
    rates = np.array([0.1, 0.2, 0.3, 0.4])
    tax = np.zeros_like(income)
    for i, rate in enumerate(rates):
        upper = brackets[i + 1] if i + 1 < len(brackets) else np.inf
        tax += rate * np.clip(income - brackets[i], 0, upper - brackets[i])
    return tax


@floats
def portfolio(X):
    weights = np.abs(X)
    weights /= weights.sum(axis=1)[:, np.newaxis]
    cov = np.cov(CENTERS, rowvar=False)
    return np.sqrt(np.einsum("ni,ij,nj->n", weights, cov, weights))


@floats
def ranked(X):
    order = X[:, 0].argsort()
    ranks = np.empty(len(X), dtype=int)
    ranks[order] = np.arange(len(X))
    return ranks


@floats
def outlier_flags(X):
    q1, q3 = np.nanpercentile(X, [25, 75], axis=1)
    low, high = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
    return np.less(X, low[:, None]) | np.greater(X, high[:, None])


@gaps
def nan_statistics(X):
    known = np.where(np.isnan(X).all(axis=1, keepdims=True), 0.0, X)
    return np.stack([np.nanmean(known, axis=1), np.nanmedian(known, axis=1), np.nanmax(known, 1)])
