"""Finance, ranking, calibration, features and rules, as people write them for numpy."""

from __future__ import annotations

import enum
import functools
import logging
import operator
import warnings
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import scipy.stats as st

from tests.helpers.numpy_programs.cases import Program, takes

CASES: dict[str, Program] = {}
_takes = partial(takes, CASES)

log = logging.getLogger("x")


@_takes((10,))
def bollinger(X):
    w = 5
    c = np.cumsum(np.insert(X, 0, 0, axis=1), axis=1)
    ma = (c[:, w:] - c[:, :-w]) / w
    sd = np.array([X[:, i : i + w].std(axis=1) for i in range(X.shape[1] - w + 1)]).T
    last = X[:, w - 1 :]
    sig = np.zeros_like(last, dtype=np.int8)
    sig[last > ma + 2 * sd] = -1
    sig[last < ma - 1 * sd] = 1
    return (ma, sig)


class Risk(enum.Enum):
    LOW = 1
    MID = 2
    HIGH = 3


@_takes((4,))
def enum_rules(X):
    s = X.sum(axis=1)
    out = np.full(s.shape, Risk.LOW.value)
    out[s > 0] = Risk.MID.value
    out[(s > 3) | (X[:, 0] > 4)] = Risk.HIGH.value
    names = np.array([r.name for r in Risk])
    return (out, names[out - 1])


@_takes((5,))
def rank_avg(X):
    less = (X[:, :, None] > X[:, None, :]).sum(-1)
    eq = (X[:, :, None] == X[:, None, :]).sum(-1)
    return (less + (eq + 1) / 2, st.rankdata(X, axis=1))


@_takes((6,))
def nms1d(X):
    s = X[:, :3]
    pos = X[:, 3:]
    order = np.argsort(-s, axis=1)
    P = np.take_along_axis(pos, order, 1)
    keep = np.ones(P.shape, bool)
    for i in range(3):
        for j in range(i):
            keep[:, i] &= ~(keep[:, j] & (np.abs(P[:, i] - P[:, j]) < 1))
    out = np.zeros_like(keep)
    np.put_along_axis(out, order, keep, axis=1)
    return out


@_takes((4, 3))
def beam(X):
    lp = X - np.log(np.exp(X).sum(-1, keepdims=True))
    score = np.zeros(len(X))
    path = []
    for t in range(X.shape[1]):
        k = lp[:, t].argmax(-1)
        score += lp[np.arange(len(X)), t, k]
        path.append(k)
    return (np.stack(path, 1), score)


@_takes((4, 3))
def viterbi(E):
    A = np.log(np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]]))
    d = E[:, 0]
    back = []
    for t in range(1, E.shape[1]):
        m = d[:, :, None] + A
        back.append(m.argmax(1))
        d = m.max(1) + E[:, t]
    state = d.argmax(1)
    out = [state]
    for b in reversed(back):
        state = b[np.arange(len(E)), state]
        out.insert(0, state)
    return np.array(out).T


@_takes((5,))
def top_label(X):
    classes = ["a", "b", "c", "d", "e"]
    order = np.argsort(X, axis=1)[:, ::-1][:, :2]
    return (np.array(classes)[order], np.take(np.asarray(classes), order[:, 0]))


@_takes((3,))
def conformal(X):
    q = 0.9
    p = np.exp(X) / np.exp(X).sum(1, keepdims=True)
    pi_ = p.argsort(1)[:, ::-1]
    srt = np.take_along_axis(p, pi_, axis=1).cumsum(axis=1)
    return np.take_along_axis(srt <= q, pi_.argsort(axis=1), axis=1)


@dataclass(frozen=True)
class Bins:
    edges: tuple
    labels: tuple

    def apply(self, x):
        return np.asarray(self.labels)[np.digitize(x, self.edges)]


AGE = Bins((-1, 0, 2), ("young", "adult", "mid", "old"))


@_takes((4,))
def bins(X):
    return AGE.apply(X[:, 0])


@_takes((4,))
def hashing(X):
    k = np.round(X * 100).astype(np.int64)
    h = np.zeros(len(X), np.int64)
    for j in range(X.shape[1]):
        h = (h * 31 + k[:, j]) % 1000003
    return (h, h % 8, (h & 1).astype(bool))


@_takes((4,), "missing")
def nan_feats(X):
    miss = np.isnan(X)
    filled = np.where(miss, np.nanmedian(np.where(miss, 0, X), axis=0), X)
    cnt = miss.sum(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mx = np.nanmax(np.where(miss.all(1, keepdims=True), 0, X), axis=1)
    return (filled, cnt, mx, np.nan_to_num(X, nan=-99).sum(1), np.nansum(X, 1))


@_takes((4,))
def copy_semantics(X):
    A = X
    B = A.copy()
    B[:, 0] = 0
    C = A[:, 1:3]
    C *= 2
    D = np.array(A)
    D -= 1
    return (A, B, C, D)


@_takes((4,))
def lookup_dict(X):
    table = {0: 1.5, 1: 2.5, 2: 9.0}
    key = np.clip(X[:, 0].astype(int), 0, 2)
    out = np.zeros(len(key))
    for k in sorted(table):
        out = np.where(key == k, table[k], out)
    arr = np.array([table[k] for k in range(3)])
    return (out, arr[key], np.select([key == k for k in table], list(table.values()), default=-1))


@_takes((4,))
def groups_mean(X):
    g = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    out = np.zeros(3)
    for k in range(3):
        m = g == k
        out[k] = X[m, 2].sum() / max(1, 1) if True else 0
    return (out, np.array([np.sum(g == k) for k in range(3)]))


RULES = [lambda r: r[:, 0] > 1, lambda r: r[:, 1] < 0, lambda r: (r[:, 2] > 0) & (r[:, 3] > 0)]


@_takes((4,))
def first_match(X):
    hits = np.stack([r(X) for r in RULES] + [np.ones(len(X), bool)], 1)
    return (
        hits.argmax(1),
        np.array(["r0", "r1", "r2", "none"])[hits.argmax(axis=1)],
        hits[:, :-1].sum(1),
    )


@_takes((4,))
def string_logic(X):
    a = np.where(X[:, 0] > 0, "pos", "neg")
    b = np.where(X[:, 1] > 0, "hi", "lo")
    lab = np.char.add(np.char.add(a, "_"), b)
    return (lab, lab == "pos_hi", np.char.upper(lab), (lab == "neg_lo").astype(int))


@_takes((4,))
def scorecard(X):
    card = {"bias": 600, "feat": {0: ([-1, 0, 1], [10, 20, 30, 40]), 2: ([0.0], [-5, 5])}}
    s = np.full(X.shape[0], card["bias"], dtype=np.int64)
    for j, (edges, pts) in card["feat"].items():
        s += np.asarray(pts)[np.searchsorted(edges, X[:, j], side="right")]
    return (s, 1 / (1 + np.exp(-(s - 620) / 20)))


@_takes((4,))
def guard(X):
    if X.ndim != 2:
        raise ValueError(f"bad ndim {X.ndim}")
    if not np.issubdtype(X.dtype, np.number):
        raise TypeError(f"bad {X.dtype}")
    log.debug("shape %s", X.shape)
    n, d = X.shape
    assert d == 4, f"{d}"
    return X @ np.arange(1, d + 1) / d + n * 0


@_takes((4,))
def walrus(X):
    if (k := X.shape[1]) > 3:
        X = X[:, :3]
    match k:
        case 4:
            w = np.array([1, 2, 3.0])
        case _:
            w = np.ones(3)
    return X @ w


@_takes((4,))
def generator_cols(X):
    return (
        np.stack([*(f(c) for f, c in zip((np.sin, np.cos, np.tanh, np.square), X.T))], axis=1),  # noqa: B905
        sum(c**2 for c in X.T),
        max(X.shape[1], 2) * X,
    )


@_takes((4,))
def reduceat(X):
    return (
        np.add.reduceat(X, [0, 2], axis=1),
        np.logical_or.reduce(X > 2, axis=1),
        np.multiply.outer(X[:, 0], [1, 2]),
        np.subtract.outer(X[:, 0], np.arange(3.0)),
    )


@_takes((4,))
def swap(X):
    X[:, 0], X[:, 1] = (X[:, 1].copy(), X[:, 0].copy())
    X[[0, -1]] = X[[-1, 0]] if False else X[[0, -1]]
    return X


@_takes((4,), "positive")
def black_scholes(X):
    S, K, T, sigma = np.split(X, 4, axis=1)
    r = 0.02
    d1 = (np.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * np.sqrt(T))
    d2 = d1 - sigma * np.sqrt(T)

    def cdf(z):
        return 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))

    call = S * cdf(d1) - K * np.exp(-r * T) * cdf(d2)
    put = call - S + K * np.exp(-r * T)
    return np.hstack((call, put))


@_takes((4,), "positive")
def npv_irr(X):
    cf = np.concatenate([-np.full((X.shape[0], 1), 10.0), X], axis=1)
    t = np.arange(cf.shape[1])
    rate = np.full(X.shape[0], 0.1)
    for _ in range(20):
        disc = (1 + rate)[:, None] ** t
        f = np.sum(cf / disc, axis=1)
        df = np.sum(-t * cf / (disc * (1 + rate)[:, None]), axis=1)
        step = f / df
        rate = np.clip(rate - step, -0.9, 5)
    return rate


@_takes((6,))
def rsi(X):
    delta = np.diff(X, axis=1)
    up, down = (delta.copy(), delta.copy())
    up[up < 0] = 0
    down[down > 0] = 0
    roll_up = up.mean(1)
    roll_down = np.abs(down.mean(1))
    with np.errstate(divide="ignore", invalid="ignore"):
        rs = roll_up / roll_down
    out = 100.0 - 100.0 / (1.0 + rs)
    out[roll_down == 0] = 100.0
    return out


@_takes((4,))
def credit_rules(X):
    score = np.zeros(X.shape[0], dtype=int)
    rules = [
        (0, operator.gt, 1.0, 25),
        (1, operator.le, 0.5, -10),
        (2, operator.ge, 2, 40),
        (3, operator.lt, -1, 5),
    ]
    for col, op, thr, pts in rules:
        score += np.where(op(X[:, col], thr), pts, 0)
    grade = np.array(["D", "C", "B", "A"])[np.digitize(score, [0, 20, 40])]
    return (score, grade)


@_takes((), "text")
def text_rules(s):
    s = np.char.strip(np.char.lower(s))
    status = np.where(s == "paid", 1, np.where(s == "late", -1, 0))
    ln = np.char.str_len(s)
    return (status, ln, np.isin(s, ["red", "blue", "green"]))


@_takes((), "dates")
def date_features(d):
    y = d.astype("datetime64[Y]")
    m = d.astype("datetime64[M]")
    dow = (d.astype("int64") - 4) % 7
    month = m.astype(int) % 12 + 1
    return (
        y.astype(int) + 1970,
        month,
        dow,
        (d - m).astype(int) + 1,
        (d - np.datetime64("2000-01-01")) / np.timedelta64(1, "D"),
    )


class Scaler:
    def __init__(self, mean, scale):
        self.mean, self.scale = (mean, scale)

    def __call__(self, X):
        return (X - self.mean) / self.scale


class MLP:
    def __init__(self):
        rng = np.random.default_rng(0)
        self.layers = [
            (rng.normal(size=(4, 8)), rng.normal(size=8)),
            (rng.normal(size=(8, 3)), np.zeros(3)),
        ]
        self.classes_ = np.array(["cat", "dog", "fish"])

    def _forward(self, X):
        h = X
        for i, (W, b) in enumerate(self.layers):
            h = h @ W + b
            if i < len(self.layers) - 1:
                h = np.maximum(h, 0)
        return h

    def predict_proba(self, X):
        z = self._forward(X)
        z -= z.max(1)[:, None]
        np.exp(z, out=z)
        z /= z.sum(1)[:, None]
        return z

    def predict(self, X):
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]


MODEL = MLP()


SC = Scaler(np.array([0.1, 0.2, 0.3, 0.4]), np.array([1.0, 2, 3, 4]))


@_takes((4,))
def mlp(X):
    return (MODEL.predict(SC(X)), MODEL.predict_proba(SC(X)))


@dataclass
class Params:
    w: np.ndarray = field(default_factory=lambda: np.array([0.5, -1, 2, 0.25]))
    bias: float = 0.3
    thr: tuple = (-1.0, 0.0, 1.0)

    def score(self, X):
        return sum((w * x for w, x in zip(self.w, X.T))) + self.bias  # noqa: B905


@_takes((4,))
def dataclass_model(X):
    p = Params()
    s = p.score(X)
    b = np.zeros(s.shape, dtype=np.int64)
    for t in p.thr:
        b += s > t
    return (s, b)


def _power(X, p, offset=0):
    return (X + offset) ** p


CUBE = partial(_power, p=3, offset=1)


@_takes((4,))
def partials(X):
    return functools.reduce(np.add, [f(X) for f in (CUBE, partial(_power, p=2))])


def make_model(coefs):
    coefs = np.asarray(coefs)

    def predict(X):
        assert X.ndim == 2, f"need 2D, got {X.ndim}D"
        assert X.shape[1] == len(coefs), "columns"
        return X @ coefs > 0

    return predict


CL = make_model([1, -1, 0.5, 2])


@_takes((4,))
def closure(X):
    return CL(X)


@_takes((4,))
def gaussian_nb(X):
    mu = np.array([[0, 0, 1, 1.0], [1, 1, 0, 0]])
    var = np.array([[1, 2, 1, 1.0], [0.5, 1, 1, 3]])
    logp = []
    for m, v in zip(mu, var):  # noqa: B905
        logp.append(-0.5 * np.sum(np.log(2 * np.pi * v)) - 0.5 * np.sum((X - m) ** 2 / v, axis=1))
    jll = np.array(logp).T + np.log([0.4, 0.6])
    return np.exp(jll - np.logaddexp.reduce(jll, axis=1, keepdims=True))


@_takes((4,))
def decision_tree(X):
    feature = np.array([0, 1, 2, -2, -2, -2, -2])
    thr = np.array([0.0, 0.5, -0.5, 0, 0, 0, 0])
    lc = np.array([1, 3, 5, -1, -1, -1, -1])
    rc = np.array([2, 4, 6, -1, -1, -1, -1])
    val = np.array([0, 0, 0, 1.0, 2, 3, 4])
    node = np.zeros(len(X), dtype=int)
    for _ in range(2):
        go = X[np.arange(len(X)), feature[node]] <= thr[node]
        node = np.where(go, lc[node], rc[node])
    return val[node]


@_takes((4,))
def bilinear(X):
    t = np.outer(np.arange(5.0), np.arange(1, 6.0))
    x = np.clip(X[:, 0] + 2, 0, 3.999)
    y = np.clip(X[:, 1] + 2, 0, 3.999)
    x0 = np.floor(x).astype(int)
    y0 = np.floor(y).astype(int)
    fx = x - x0
    fy = y - y0
    return (
        t[x0, y0] * (1 - fx) * (1 - fy)
        + t[x0 + 1, y0] * fx * (1 - fy)
        + t[x0, y0 + 1] * (1 - fx) * fy
        + t[x0 + 1, y0 + 1] * fx * fy
    )


@_takes((4,))
def vect_grade(X):

    def grade(s):
        if s >= 2:
            return "A"
        elif s >= 0:
            return "B"
        else:
            return "F"

    return (
        np.array([grade(v) for v in [1, 2]])[(X[:, 0] > 0).astype(int)],
        np.vectorize(grade)(X[:, 0]),
    )
