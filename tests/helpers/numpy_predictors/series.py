"""Days as integers, and windows of series."""

from __future__ import annotations

import numpy as np

from tests.helpers.numpy_predictors.cases import days, series, sounds
from tests.helpers.numpy_predictors.parameters import DAYS_BEFORE_MONTH


@days
def weekday(t):
    return (t + 3) % 7


@days
def weekend(t):
    return np.isin((t + 3) % 7, [5, 6]).astype(np.int8)


@days
def month_of_day_in_year(t):
    day = t % 365
    return np.searchsorted(DAYS_BEFORE_MONTH, day, side="right")


@days
def day_in_month(t):
    day = t % 365
    month = DAYS_BEFORE_MONTH.searchsorted(day, "right") - 1
    return day - DAYS_BEFORE_MONTH[month] + 1


@days
def civil_year(t):
    z = t + 719468
    era = z // 146097
    doe = z - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    return yoe + era * 400


# Windows and series


@sounds
def framed_energy(X):
    frames = np.lib.stride_tricks.sliding_window_view(X, 8, axis=1)[:, ::4]
    return np.sqrt(np.mean((frames * np.hanning(8)) ** 2, axis=-1))


@sounds
def moving_average(X):
    c = np.cumsum(X, axis=1)
    c[:, 4:] = c[:, 4:] - c[:, :-4]
    return c[:, 3:] / 4


@sounds
def smoothed_rows(X):
    kernel = np.ones(5) / 5
    return np.apply_along_axis(lambda row: np.convolve(row, kernel, mode="same"), 1, X)


@series
def convolved(x):
    return np.convolve(x, [0.25, 0.5, 0.25])


@series
def drawdown(x):
    wealth = np.cumprod(1 + x / 100)
    return wealth / np.maximum.accumulate(wealth) - 1


@series
def ewma(x):
    weights = 0.9 ** np.arange(len(x))[::-1]
    return np.cumsum(weights * x) / np.cumsum(weights)


@sounds
def zero_crossings(X):
    return (np.diff(np.signbit(X), axis=1)).sum(axis=1)


@sounds
def gradients(X):
    return np.gradient(X, axis=1)


@sounds
def pre_emphasis(X):
    return np.append(X[:, :1], X[:, 1:] - 0.97 * X[:, :-1], axis=1)


@sounds
def autocorrelation(X):
    X = X - X.mean(axis=1, keepdims=True)
    return np.array([(X[:, : 32 - lag] * X[:, lag:]).sum(axis=1) for lag in range(4)]).T


@sounds
def phase(X):
    return np.unwrap(np.arctan2(X[:, ::2], X[:, 1::2]), axis=1)


@sounds
def ring_buffer(X):
    out = np.empty_like(X)
    out[:, :-1] = X[:, 1:]
    out[:, -1] = 0
    return out


@sounds
def recursive_filter(X):
    y = np.zeros_like(X)
    y[:, 0] = X[:, 0]
    for t in range(1, X.shape[1]):
        y[:, t] = 0.8 * y[:, t - 1] + X[:, t]
    return y
