"""Finance."""

from __future__ import annotations

import math

import numpy as np

from tests.helpers.numpy_scorers.cases import floats, prices
from tests.helpers.numpy_scorers.parameters import COV


@prices
def log_returns(p):
    return np.diff(np.log(p))


@prices
def simple_returns_with_first(p):
    r = np.empty_like(p)
    r[0] = 0.0
    r[1:] = p[1:] / p[:-1] - 1
    return r


@prices
def max_drawdown(p):
    peak = np.maximum.accumulate(p)
    return ((p - peak) / peak).min()


@prices
def moving_average_crossover(p):
    def sma(x, k):
        c = np.cumsum(np.r_[0.0, x])
        n = np.minimum(np.arange(1, len(x) + 1), k)
        return (c[1:] - c[np.arange(1, len(x) + 1) - n]) / n

    return np.sign(sma(p, 2) - sma(p, 4)).astype(int)


@prices
def discounted(p):
    t = np.arange(len(p))
    return (p * (1 + 0.03) ** -t).sum()


@prices
def bollinger(p):
    mean, sd = p.mean(), p.std(ddof=0)
    upper, lower = mean + 2 * sd, mean - 2 * sd
    signal = np.zeros(p.shape, dtype=np.int8)
    signal[p > upper] = -1
    signal[p < lower] = 1
    return signal


@floats
def black_scholes(X):
    S, K, T = np.exp(X[:, 0]), np.exp(X[:, 1]), np.abs(X[:, 2]) + 0.1
    sigma, r = 0.2, 0.01
    d1 = (np.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * np.sqrt(T))
    return S * 0.5 * (1 + np.tanh(0.8 * d1))


@floats
def amortized(X):
    rate = np.abs(X[:, 0]) / 100 + 0.001
    n = 12
    return rate * 1000 / (1 - (1 + rate) ** -n)


@floats
def tiered_fee(X):
    amount = np.abs(X).sum(axis=1) * 100
    tiers = np.array([0, 100, 300, np.inf])
    rates = np.array([0.01, 0.02, 0.03])
    in_tier = np.clip(amount[:, None] - tiers[:-1], 0, np.diff(tiers))
    return in_tier @ rates


@floats
def portfolio_risk(X):
    w = np.abs(X)
    w /= w.sum(axis=1, keepdims=True)
    var = ((w @ COV) * w).sum(axis=1)
    return np.sqrt(var) * math.sqrt(252)
