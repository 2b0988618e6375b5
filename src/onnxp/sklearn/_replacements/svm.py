"""Replacements in ``sklearn.svm``: libsvm, which computes in float64."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.errors import ArgumentError
from onnxp.sklearn._distances import double, squared
from onnxp.sklearn._registry import computes_in, replaces

computes_in("float64", "sklearn.svm._base:BaseLibSVM")

_CLASSIFIERS = 2  # below are libsvm's types c_svc and nu_svc


def _kernel(
    xp: ModuleType,
    X: Any,
    vectors: Any,
    kernel: str,
    degree: Any = 3,
    gamma: Any = 0.1,
    coef0: Any = 0.0,
) -> Any:
    """Return the kernel of rows and support vectors."""
    fitted = np.asarray(vectors)
    if kernel == "rbf":
        return xp.exp(-float(gamma) * squared(X, fitted))
    product = X @ xp.asarray(fitted.T.copy())
    if kernel == "linear":
        return product
    scaled = float(gamma) * product + float(coef0)
    return scaled ** float(degree) if kernel == "poly" else xp.tanh(scaled)


def _coefficients(dual: np.ndarray[Any, Any], counts: np.ndarray[Any, Any]) -> Any:
    """Return the coefficients of the support vectors, with a column for each pair of classes."""
    ends = np.cumsum(counts)
    of = [slice(end - count, end) for count, end in zip(counts, ends, strict=True)]
    columns = []
    for i in range(len(counts)):
        for j in range(i + 1, len(counts)):
            column = np.zeros(dual.shape[1])
            column[of[i]] = dual[j - 1, of[i]]
            column[of[j]] = dual[i, of[j]]
            columns.append(column)
    return np.stack(columns, axis=1)


@replaces(
    "sklearn.svm._libsvm:decision_function",
    reason="It is compiled code (1.9.1, _libsvm.pyx:603).",
)
def _scores(
    xp: ModuleType,
    /,
    X: Any,
    support: Any,
    SV: Any,
    nSV: Any,
    sv_coef: Any,
    intercept: Any,
    probA: Any = None,
    probB: Any = None,
    svm_type: int = 0,
    kernel: str = "rbf",
    degree: Any = 3,
    gamma: Any = 0.1,
    coef0: Any = 0.0,
    **_: Any,
) -> Any:
    X = double(X)
    if kernel == "precomputed":
        values = xp.take(X, xp.asarray(np.asarray(support, np.int64)), axis=1)
    else:
        values = _kernel(xp, X, SV, kernel, degree, gamma, coef0)
    dual = np.asarray(sv_coef)
    weights = _coefficients(dual, np.asarray(nSV)) if svm_type < _CLASSIFIERS else dual.T.copy()
    return values @ xp.asarray(weights) + xp.asarray(np.asarray(intercept))


@replaces(
    "sklearn.svm._libsvm:predict",
    reason="It is compiled code (1.9.1, _libsvm.pyx:345).",
)
def _predicted(
    xp: ModuleType,
    /,
    X: Any,
    support: Any,
    SV: Any,
    nSV: Any,
    sv_coef: Any,
    intercept: Any,
    *args: Any,
    svm_type: int = 0,
    **options: Any,
) -> Any:
    scores = _scores(xp, X, support, SV, nSV, sv_coef, intercept, svm_type=svm_type, **options)
    if svm_type == _CLASSIFIERS:
        return xp.where(scores[:, 0] > 0, 1.0, -1.0)
    if svm_type > _CLASSIFIERS:
        return scores[:, 0]
    count = len(np.asarray(nSV))
    first, second = _pairs(count)
    won = xp.astype(scores > 0, xp.float64)
    votes = won @ xp.asarray(first) + (1.0 - won) @ xp.asarray(second)
    return xp.astype(xp.argmax(votes, axis=1), xp.float64)


def _pairs(count: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return which class is the first of each pair of classes, and which the second."""
    i, j = np.triu_indices(count, 1)
    return np.eye(count)[i], np.eye(count)[j]


@replaces(
    "sklearn.svm._base:BaseLibSVM._validate_for_predict",
    reason="Fitted on a sparse matrix, it makes one of the rows (1.9.1, _base.py:661).",
)
def _as_dense(xp: ModuleType, /, model: Any, X: Any) -> Any:
    model._sparse = False  # of the converted model, whose support vectors are dense
    return NotImplemented


@replaces(
    "sklearn.svm._base:BaseLibSVM._compute_kernel",
    reason="It makes a numpy array of the kernel (1.9.1, _base.py:535).",
)
def _own_kernel(xp: ModuleType, /, model: Any, X: Any) -> Any:
    if not callable(model.kernel):
        return X
    return double(model.kernel(X, model._BaseLibSVM__Xfit))


@replaces(
    "sklearn.svm._base:BaseSVC.predict",
    reason="It takes the codes of labels as indices of numpy (1.9.1, _base.py:854).",
)
def _labels(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.svm._base import BaseLibSVM

    if model.break_ties and model.decision_function_shape == "ovo":
        raise ArgumentError(
            "SVC.predict: break_ties must be False if decision_function_shape is 'ovo'"
        )
    if model.break_ties and len(model.classes_) > 2:
        codes = xp.argmax(model.decision_function(X), axis=1)
    else:
        codes = xp.astype(BaseLibSVM.predict(model, X), xp.int64)
    return xp.take(model.classes_, codes, axis=0)


@replaces(
    "sklearn.utils.multiclass:_ovr_decision_function",
    reason="It adds votes to chosen rows (1.9.1, multiclass.py:614).",
)
def _one_against_rest(xp: ModuleType, /, predictions: Any, confidences: Any, n_classes: int) -> Any:
    confidences = double(confidences)
    first, second = _pairs(int(n_classes))
    chosen = xp.astype(predictions, confidences.dtype)
    votes = (1.0 - chosen) @ xp.asarray(first, dtype=chosen.dtype) + chosen @ xp.asarray(
        second, dtype=chosen.dtype
    )
    total = confidences @ xp.asarray(second - first, dtype=confidences.dtype)
    return votes + total / (3 * (xp.abs(total) + 1))


# Probabilities of classes, by the method of Platt and that of Wu, Lin and Weng


@replaces(
    "sklearn.svm._libsvm:predict_proba",
    reason="It is compiled code (1.9.1, _libsvm.pyx:469).",
)
def _probabilities(
    xp: ModuleType,
    /,
    X: Any,
    support: Any,
    SV: Any,
    nSV: Any,
    sv_coef: Any,
    intercept: Any,
    probA: Any,
    probB: Any,
    **options: Any,
) -> Any:
    scores = _scores(xp, X, support, SV, nSV, sv_coef, intercept, **options)
    power = scores * xp.asarray(np.asarray(probA)) + xp.asarray(np.asarray(probB))
    small = xp.exp(-xp.abs(power))
    won = xp.clip(xp.where(power >= 0, small, 1.0) / (1.0 + small), 1e-7, 1.0 - 1e-7)
    return _coupled(xp, won, len(np.asarray(nSV)))


def _coupled(xp: ModuleType, won: Any, count: int) -> Any:
    """Return the probabilities of classes from those that the first class of each pair wins."""
    first, second = np.triu_indices(count, 1)
    place = np.zeros((count, count), int)
    place[first, second] = place[second, first] = np.arange(len(first))
    lost = 1.0 - won
    # Q[t, t] is the sum of the squares of what the others win against t
    squares = (won * won) @ xp.asarray(np.eye(count)[second])
    squares = squares + (lost * lost) @ xp.asarray(np.eye(count)[first])
    across = xp.take(-won * lost, xp.asarray(place.ravel()), axis=1)
    across = xp.reshape(across, (won.shape[0], count, count))
    unit = xp.asarray(np.eye(count))
    Q = across * (1.0 - unit) + squares[:, :, None] * unit

    def error(p: Any) -> tuple[Any, Any, Any]:
        products = xp.sum(Q * p[:, None, :], axis=2)
        total = xp.sum(p * products, axis=1, keepdims=True)
        return products, total, xp.max(xp.abs(products - total), axis=1, keepdims=True)

    def going(state: tuple[Any, Any]) -> Any:
        step, p = state
        return (step < max(100, count)) & xp.any(error(p)[2] >= 0.005 / count)

    def improved(state: tuple[Any, Any]) -> tuple[Any, Any]:
        step, p = state
        before = p
        products, total, size = error(p)
        for t in range(count):
            own = Q[:, t, t : t + 1]
            change = (total - products[:, t : t + 1]) / own
            p = p + change * unit[t, :]
            total = (total + change * (change * own + 2.0 * products[:, t : t + 1])) / (
                1.0 + change
            ) ** 2
            products = (products + change * Q[:, t, :]) / (1.0 + change)
            p = p / (1.0 + change)
        return step + 1, xp.where(size >= 0.005 / count, p, before)

    start = xp.full((won.shape[0], count), 1.0 / count, dtype=xp.float64)
    return xp.while_loop(going, improved, (xp.asarray(0), start))[1]
