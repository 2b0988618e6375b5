"""Programs of finance, and scores with lookups."""

from __future__ import annotations

import numpy as np
import scipy.spatial.distance
import scipy.special
import scipy.stats
from numpy import newaxis, pi

from tests.helpers.numpy_programs.cases import prices, sequence, table


# Finance
@prices
def returns_and_drawdown(X):
    p = np.abs(X) + 1.0
    ret = np.diff(np.log(p), axis=1)
    peak = np.maximum.accumulate(p, axis=1)
    return ret.mean(1), (p / peak - 1).min(axis=1)


@prices
def rsi(X):
    d = np.diff(X)
    gain = np.where(d > 0, d, 0).mean(axis=1)
    loss = -np.where(d < 0, d, 0).mean(axis=1)
    return 100 - 100 / (1 + gain / (loss + 1e-12))


@table
def black_scholes(X):
    S, K, t, sigma = (np.abs(X) + 1).T
    sigma = sigma / 10
    d1 = (np.log(S / K) + (0.02 + sigma**2 / 2) * t) / (sigma * np.sqrt(t))
    d2 = d1 - sigma * np.sqrt(t)
    N = scipy.stats.norm.cdf
    return S * N(d1) - K * np.exp(-0.02 * t) * N(d2)


@table
def npv(X):
    rate = 0.05
    t = np.arange(X.shape[1])
    return (X / (1 + rate) ** t).sum(axis=1)


@table
def portfolio_variance(X):
    cov = np.array([[0.1, 0.02, 0, 0], [0.02, 0.2, 0.01, 0], [0, 0.01, 0.05, 0], [0, 0, 0, 0.3]])
    w = np.abs(X) + 0.1
    w /= w.sum(axis=1, keepdims=True)
    return np.einsum("ni,ij,nj->n", w, cov, w)


@table
def loan_payment(X):
    principal, r = np.abs(X[:, 0]) * 1000, 0.01 * np.ones(len(X))
    n = 12
    return np.round(principal * r * (1 + r) ** n / ((1 + r) ** n - 1), 2)


@table
def tax_brackets(X):
    income = np.abs(X[:, 0]) * 20
    bounds = [0, 10, 40, 90]
    rates = [0.1, 0.2, 0.3, 0.4]
    tax = np.zeros_like(income, dtype=float)
    for lo, hi, r in zip(bounds, [*bounds[1:], np.inf], rates, strict=True):
        tax += r * np.clip(income - lo, 0, hi - lo)
    return tax


# Scoring with lookups
LABELS = np.array(["setosa", "versicolor", "virginica", "other"])
COST = np.array([[0, 1, 5, 2], [1, 0, 2, 2], [5, 2, 0, 2], [2, 2, 2, 0]])


@table
def predict_label(X):
    return LABELS[np.argmax(X @ np.eye(4), axis=1)]


@table
def label_where(X):
    return np.where(X[:, 0] > 0, "positive", "negative")


@table
def label_select(X):
    s = X.sum(axis=1)
    return np.select([s < -2, s < 2, s < 5], ["low", "mid", "high"], default="extreme")


@table
def expected_cost(X):
    p = scipy.special.softmax(X, axis=1)
    return np.argmin(p @ COST, axis=1)


@table
def score_card(X):
    points = np.zeros(len(X))
    points += np.where(X[:, 0] > 1, 15, 0)
    points += np.where((X[:, 1] >= 0) & (X[:, 1] < 2), 10, -5)
    points[X[:, 2] < 0] -= 20
    points[(X[:, 3] > 2) | (X[:, 3] < -2)] = 0
    return points.astype(int)


@table
def piecewise_score(X):
    return np.piecewise(
        X[:, 0].astype(float), [X[:, 0] < 0, X[:, 0] >= 2], [lambda v: -v, lambda v: v**2, 0.5]
    )


@table
def nested_where(X):
    x = X[:, 0]
    return np.where(x < -1, 0, np.where(x < 0, 1, np.where(x < 1, 2, 3)))


@table
def top_two(X):
    idx = np.argpartition(X, -2, axis=1)[:, -2:]
    return np.sort(np.take_along_axis(X, idx, axis=1), axis=1)


@table
def top_k_labels(X):
    order = np.argsort(-X, axis=1)[:, :2]
    return LABELS[order]


@table
def majority_vote(X):
    votes = np.stack([X[:, 0] > 0, X[:, 1] > 1, X[:, 2] > -1]).astype(int)
    counts = np.apply_along_axis(np.bincount, 0, votes, minlength=2)
    return counts.argmax(axis=0)


@table
def margin(X):
    s = np.sort(X, axis=1)
    return s[:, -1] - s[:, -2]


@table
def logistic_regression(X):
    w = np.array([0.3, -0.2, 0.5, 0.1])
    z = X.dot(w) + 0.7
    p = 1 / (1 + np.exp(-z))
    return np.vstack([1 - p, p]).T


@table
def naive_bayes(X):
    mu = np.array([[0, 1, 0, 1], [1, 0, 1, 0]])
    var = np.array([[1, 2, 1, 2], [0.5, 1, 1, 1]])
    ll = -0.5 * np.sum(np.log(2 * pi * var), axis=1) - 0.5 * (
        ((X[:, newaxis, :] - mu) ** 2) / var
    ).sum(axis=2)
    ll -= scipy.special.logsumexp(ll, axis=1)[:, newaxis]
    return np.exp(ll)


@table
def decision_stumps(X):
    feat = [0, 2, 3]
    thr = [0.5, -0.2, 1.0]
    left, right = np.array([1.0, 2, 3]), np.array([-1.0, 0, 1])
    score = 0
    for k, (f, t) in enumerate(zip(feat, thr, strict=True)):
        score = score + np.where(X[:, f] <= t, left[k], right[k])
    return score


@table
def array_tree(X):
    feature = np.array([0, 1, -1, 2, -1, -1, -1])
    threshold = np.array([0.0, 1.0, 0, -0.5, 0, 0, 0])
    left = np.array([1, 2, -1, 4, -1, -1, -1])
    right = np.array([3, 6, -1, 5, -1, -1, -1])
    value = np.array([0, 0, 10.0, 0, 20.0, 30.0, 40.0])
    node = np.zeros(X.shape[0], dtype=int)
    for _ in range(3):
        f = feature[node]
        is_leaf = f < 0
        xv = X[np.arange(X.shape[0]), np.where(is_leaf, 0, f)]
        nxt = np.where(xv <= threshold[node], left[node], right[node])
        node = np.where(is_leaf, node, nxt)
    return value[node]


@table
def kmeans_predict(X):
    C = np.array([[0.0, 0, 0, 0], [1, 1, 1, 1], [-2, 0, 2, 0]])
    d = np.linalg.norm(X[:, None] - C[None], axis=2)
    return d.argmin(1), d.min(1)


@table
def knn_predict(X):
    train = np.arange(24.0).reshape(6, 4) % 5 - 2
    y = np.array([0, 1, 1, 0, 1, 0])
    D = scipy.spatial.distance.cdist(X, train)
    nn = np.argsort(D, axis=1, kind="stable")[:, :3]
    return (y[nn].mean(axis=1) > 0.5).astype(int)


@table
def mahalanobis_score(X):
    VI = np.linalg.inv(np.diag([1.0, 2, 3, 4]) + 0.1)
    d = X - np.array([0.1, 0.2, 0.3, 0.4])
    return np.sqrt(np.sum(d @ VI * d, axis=1))


@table
def rbf_kernel(X):
    Y = np.array([[0, 0, 0, 0], [1, 2, 1, 2.0]])
    sq = (X**2).sum(1)[:, None] + (Y**2).sum(1)[None, :] - 2 * X @ Y.T
    return np.exp(-0.1 * np.maximum(sq, 0))


@table
def cosine_self(X):
    n = X / (np.linalg.norm(X, axis=1, keepdims=True) + 1e-8)
    S = n @ n.T
    S[np.diag_indices_from(S)] = 0
    return S.max(axis=1)


@table
def jaccard_bits(X):
    B = X > 0
    ref = np.array([True, False, True, True])
    inter = np.logical_and(B, ref).sum(axis=1)
    union = np.logical_or(B, ref).sum(axis=1)
    return inter / union


@table
def softmax_temperature(X):
    def softmax(z, T=1.0):
        z = z / T
        z = z - np.max(z, axis=-1, keepdims=True)
        e = np.exp(z)
        return e / e.sum(axis=-1, keepdims=True)

    return softmax(X, T=2.0)


@table
def softmax_transposed(X):
    e = np.exp(X.T - X.max(axis=1))
    return (e / e.sum(0)).T


@table
def sparsemax(X):
    z = np.sort(X, axis=1)[:, ::-1]
    k = np.arange(1, X.shape[1] + 1)
    css = np.cumsum(z, axis=1)
    support = (1 + k * z) > css
    kz = support.sum(axis=1)
    tau = (css[np.arange(len(X)), kz - 1] - 1) / kz
    return np.maximum(X - tau[:, None], 0)


@table
def gelu_mlp(X):
    rng = np.random.RandomState(0)
    W1, b1, W2 = rng.randn(4, 8), rng.randn(8), rng.randn(8, 2)
    h = X @ W1 + b1
    h = 0.5 * h * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3)))
    return h @ W2


@table
def layer_norm(X):
    mu = X.mean(-1, keepdims=True)
    var = X.var(-1, keepdims=True)
    return (X - mu) / np.sqrt(var + 1e-5) * np.array([1, 2, 3, 4.0]) + 0.5


@sequence
def attention(X):
    q, k, v = X * 0.5, X * 0.3, X
    s = q @ k.transpose(0, 2, 1) / np.sqrt(X.shape[-1])
    mask = np.triu(np.ones((5, 5), dtype=bool), k=1)
    s = np.where(mask, -np.inf, s)
    p = scipy.special.softmax(s, axis=-1)
    return np.matmul(p, v)


@sequence
def gru_cell(X):
    rng = np.random.default_rng(3)
    W, U = rng.normal(size=(4, 3)), rng.normal(size=(3, 3))
    h = np.zeros((X.shape[0], 3))
    for t in range(X.shape[1]):
        z = scipy.special.expit(X[:, t] @ W + h @ U)
        h = (1 - z) * h + z * np.tanh(X[:, t, :] @ W)
    return h
