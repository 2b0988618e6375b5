"""The operators of models of common estimators, and what they give for NaN and scores of any size."""

from __future__ import annotations

import functools
import warnings
from importlib.metadata import version
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import onnxp as xp
from onnxp._src.ops.versions import release
from onnxp.sklearn import trace_estimator
from tests.helpers import sessions

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((120, 20)).astype(np.float32)
SCORES = X @ RANDOM.standard_normal((20, 3)) + RANDOM.standard_normal((120, 3))
THREE, TWO = SCORES.argmax(axis=1), (SCORES[:, 0] > 0).astype(int)


@functools.cache
def fitted(name: str, dtype: str = "float64") -> tuple[BaseEstimator, list[str]]:
    make, target, _ = MODELS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = make().fit(X.astype(dtype), target)
    proba = hasattr(model, "predict_proba")
    return model, ["predict", "predict_proba"] if proba else ["predict"]


@functools.cache
def traced(name: str, dtype: str) -> xp.Program:
    model, methods = fitted(name, dtype)
    return trace_estimator(model, methods, dtype=dtype)


QUADRATIC = "Sub MatMul ReduceSumSquare Transpose Mul Cast Shape Expand Add ArgMax Softmax"
MODELS: dict[str, tuple[Any, Any, str]] = {
    "linear": (LinearRegression, SCORES[:, 0], "Gemm Squeeze"),
    "logistic, 2": (
        LogisticRegression,
        TWO,
        "Gemm Reshape Less Cast Exp Add Div Sub Concat",
    ),
    "logistic, 3": (LogisticRegression, THREE, "Gemm ArgMax Softmax"),
    "scaler, logistic": (
        lambda: make_pipeline(StandardScaler(), LogisticRegression()),
        THREE,
        "Sub Div Gemm ArgMax Softmax",
    ),
    "naive Bayes": (
        GaussianNB,
        THREE,
        "Transpose Sub Mul Div ReduceSum Sub Transpose ArgMax Softmax",
    ),
    "mixture": (
        lambda: GaussianMixture(3, random_state=0),
        None,
        "Gemm Reshape ReduceSumSquare Shape Expand Sub ArgMax Softmax",
    ),
    "network": (
        lambda: MLPClassifier((8, 4), max_iter=5, random_state=0),
        THREE,
        "Gemm Relu Gemm Relu Gemm Softmax ArgMax",
    ),
    "LDA": (LinearDiscriminantAnalysis, THREE, "Gemm ArgMax Softmax"),
    "calibrated": (
        lambda: CalibratedClassifierCV(LogisticRegression(), ensemble=False),
        TWO,
        "Gemm Cast Mul Add Exp Add Div Sub Concat ArgMax",
    ),
    "QDA": (lambda: QuadraticDiscriminantAnalysis(reg_param=0.1), THREE, QUADRATIC),
    "mean of calibrated": (
        lambda: CalibratedClassifierCV(LogisticRegression(), cv=2),
        THREE,
        "",
    ),
    "Bayesian mixture": (lambda: BayesianGaussianMixture(n_components=2, random_state=0), None, ""),
    "tied mixture": (lambda: GaussianMixture(3, covariance_type="tied", random_state=0), None, ""),
    "Bernoulli": (BernoulliNB, THREE, ""),
    "identity network": (
        lambda: MLPClassifier((4,), activation="logistic", max_iter=5, random_state=0),
        TWO,
        "",
    ),
}
"""The estimators, what they are fitted on, and the operators in float32, where they are promised."""


_LOGISTIC = ("logistic, 2", "logistic, 3", "scaler, logistic", "calibrated")
_SINCE_1_9 = pytest.mark.skipif(
    release(version("scikit-learn")) < (1, 9),
    reason="scikit-learn 1.8 fits logistic regression in float64, also to rows of float32",
)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[_SINCE_1_9] if name in _LOGISTIC else [])
        for name, row in MODELS.items()
        if row[2]
    ],
)
def test_operators(name: str):
    program = traced(name, "float32")
    assert " ".join(node.op_type for node in program.model.graph.node) == MODELS[name][2]


LOGARITHMS = {
    ("naive Bayes", "predict_log_proba"): "LogSoftmax",
    ("Bernoulli", "predict_log_proba"): "LogSoftmax",
    ("mixture", "score_samples"): "ReduceLogSumExp",
    ("tied mixture", "score_samples"): "ReduceLogSumExp",
    ("Bayesian mixture", "score_samples"): "ReduceLogSumExp",
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "method"), LOGARITHMS)
def test_logarithms_are_one_node(name: str, method: str, dtype: str):
    model, _ = fitted(name, dtype)
    program = trace_estimator(model, method, dtype=dtype)
    assert program.model.graph.node[-1].op_type == LOGARITHMS[name, method]
    tolerance = 2e-4 if dtype == "float32" else 1e-12
    for size in (1e-3, 1.0, 1e3):
        rows = (X * size).astype(dtype)
        (result,) = sessions.both(program.model).run(None, {"X": rows})
        expected = getattr(model, method)(rows.astype(float))
        np.testing.assert_allclose(result, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("rows", [1, 3, 120])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MODELS)
def test_right(name: str, dtype: str, rows: int):
    model, methods = fitted(name, dtype)
    program = traced(name, dtype)
    rows_of_dtype = X[:rows].astype(dtype)
    results = sessions.both(program.model).run(None, {"X": rows_of_dtype})
    tolerance = 1e-4 if dtype == "float32" else 1e-10
    for method, result in zip(methods, results, strict=True):
        expected = getattr(model, method)(rows_of_dtype.astype(float))
        np.testing.assert_allclose(result, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", sorted(MODELS.keys() - {"linear", "Bernoulli"}))
def test_probabilities_of_nan_are_nan(name: str):
    model, _ = fitted(name)
    program = traced(name, "float64")
    rows = X[:3].astype(float)
    rows[1, 4] = np.nan
    labels, probabilities = sessions.both(program.model).run(None, {"X": rows})
    np.testing.assert_array_equal(np.isnan(probabilities).all(axis=1), [False, True, False])
    np.testing.assert_array_equal(labels[::2], model.predict(rows[::2]))


@pytest.mark.parametrize("size", [1e-30, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("name", ["logistic, 2", "logistic, 3", "naive Bayes", "mixture", "QDA"])
def test_scores_of_any_size(name: str, size: float):
    model, methods = fitted(name)
    program = trace_estimator(model, [*methods, "predict_log_proba"][: 3 if "x" not in name else 2])
    results = program(X[:20].astype(float) * size)
    for method, result in zip(methods, results.values(), strict=False):
        expected = getattr(model, method)(X[:20].astype(float) * size)
        np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-300)
