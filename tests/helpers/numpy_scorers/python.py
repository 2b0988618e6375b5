"""Python around arrays: caches, options, scalars and loops."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy import exp, log1p, where

from tests.helpers.numpy_scorers.cases import codes, floats
from tests.helpers.numpy_scorers.parameters import COEF, INTERCEPT


@cache
def _cached_table(n):
    return np.arange(n) ** 2 / 10


@codes
def cached_table(C):
    return _cached_table(4)[C]


@floats
def keyword_options(X):
    options = {"axis": 1, "keepdims": True}
    return (X - X.mean(**options)) / (X.std(**options) + 1e-8)


@floats
def formatted_message_unused(X):
    message = f"{X.shape[1]} columns, dtype {X.dtype}"
    assert "4 columns" in message
    assert X.dtype == np.float64
    assert np.issubdtype(X.dtype, np.floating)
    return X.sum(1)


@floats
def errstate_division(X):
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.true_divide(X[:, 0], np.where(X[:, 1] > 0, X[:, 1], 0.0))
        ratio[~np.isfinite(ratio)] = 0
    return ratio


@floats
def where_with_out(X):
    out = np.zeros_like(X[:, 0])
    np.divide(X[:, 0], X[:, 1], out=out, where=X[:, 1] > 0)
    return out


@floats
def log_where_positive(X):
    return np.log(X, out=np.full_like(X, -10.0), where=X > 0)


@floats
def chained_methods(X):
    return X.clip(-1, 1).round(2).cumsum(axis=1).reshape(-1, 2, 2).swapaxes(1, 2).copy().ravel()


@floats
def numpy_scalars(X):
    scale = np.float32(2.0)
    offset = np.int8(3)
    flag = np.bool_(True)
    return X * scale + offset if flag else X


@floats
def generator_expression(X):
    return sum(w * X[:, j] for j, w in enumerate((0.1, 0.2, 0.3, 0.4)))


@floats
def while_over_columns(X):
    j, total = 0, np.zeros(X.shape[0])
    while j < X.shape[1]:
        if j % 2:
            total -= X[:, j]
        else:
            total += X[:, j]
        j += 1
    return total


@floats
def imported_names(X):
    return where(X > 0, log1p(abs(X)), exp(X) - 1)


@floats
def index_of_the_best_two(X):
    best = np.argpartition(-X, 2, axis=1)[:, :2]
    return np.sort(np.take_along_axis(X, best, axis=1), axis=1)


@floats
def batched_by_hand(X):
    result = np.zeros((X.shape[0], 3))
    for k in range(3):
        result[..., k] = np.sum(X * COEF[k], axis=-1)
    result[:, -1] += INTERCEPT[-1]
    return result


@floats
def unique_of_constants(X):
    values = np.unique([3, 1, 2, 3])
    return X[:, :3] * values


@floats
def stacked_depthwise(X):
    stacked = np.dstack((X, X**2))
    return stacked.sum(axis=-1).max(axis=1)


@floats
def any_row_is_bad(X):
    bad = np.any(np.abs(X) > 2, axis=1)
    out = X.mean(axis=1)
    out[bad] = np.nan
    return out


@floats
def meshed(X):
    gx, gy = np.meshgrid(np.linspace(-1, 1, 3), np.linspace(-1, 1, 2))
    grid = np.column_stack([gx.ravel(), gy.ravel()])
    return ((X[:, None, :2] - grid) ** 2).sum(-1)


@floats
def tiled_and_repeated(X):
    return np.tile(X[:, :2], (1, 2)) + np.repeat(X[:, 2:], 2, axis=1)


@floats
def flattened_index(X):
    rows = np.repeat(np.arange(len(X)), 2)
    columns = np.tile([0, 3], len(X))
    return X[rows, columns].reshape(-1, 2)


@floats
def sequential_updates(X):
    state = np.zeros(3)
    outputs = []
    for w in COEF:
        state = 0.5 * state + w[:3]
        outputs.append(X[:, :3] @ state)
    return np.stack(outputs, axis=1)
