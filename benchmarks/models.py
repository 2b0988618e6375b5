"""Exported models of scikit-learn: beside the models of skl2onnx, and scikit-learn itself."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime as ort
import skl2onnx
from sklearn.base import BaseEstimator, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from onnxp.sklearn import trace_estimator

from .measure import seconds
from .table import Row

FEATURES = 20
LARGE = 10_000
Rows = np.ndarray[Any, Any]


class Case(NamedTuple):
    """A model, its methods, and what is promised at 1 and at `LARGE` rows.

    Attributes
    ----------
    estimator : callable
        Returns the estimator.
    target : str
        What it is fitted on: ``"number"``, ``"2 classes"`` or ``"3 classes"``.
    converter, itself : (float, float)
        The least time of the model of skl2onnx, and of scikit-learn, by ours.
    """

    estimator: Callable[[], BaseEstimator]
    target: str
    converter: tuple[float, float]
    itself: tuple[float, float] = (10, 1.5)


def _calibrated() -> BaseEstimator:
    return CalibratedClassifierCV(LogisticRegression(max_iter=500), ensemble=False)


CASES = {
    "LinearRegression": Case(LinearRegression, "number", (0.8, 0.95)),
    "Ridge": Case(Ridge, "number", (0.8, 0.95)),
    "logistic, 2 classes": Case(lambda: LogisticRegression(max_iter=500), "2 classes", (0.7, 1.1)),
    "logistic, 3 classes": Case(lambda: LogisticRegression(max_iter=500), "3 classes", (0.8, 1.6)),
    "scaler, logistic": Case(
        lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
        "3 classes",
        (0.8, 1.6),
    ),
    "GaussianNB": Case(GaussianNB, "3 classes", (1, 1.2)),
    "GaussianMixture": Case(lambda: GaussianMixture(3, random_state=0), "3 classes", (1.3, 1.3)),
    "MLP": Case(
        lambda: MLPClassifier((64, 32), max_iter=30, random_state=0), "3 classes", (1, 0.95)
    ),
    "LDA": Case(LinearDiscriminantAnalysis, "3 classes", (0.8, 1)),
    "QDA": Case(QuadraticDiscriminantAnalysis, "3 classes", (1, 1)),
    "calibrated": Case(_calibrated, "2 classes", (1, 1.5)),
}


@functools.cache
def data() -> tuple[Rows, dict[str, Rows]]:
    """Return rows, and the targets that models are fitted on."""
    random = np.random.default_rng(0)
    X = random.standard_normal((2000, FEATURES)).astype(np.float32)
    scores = X @ random.standard_normal((FEATURES, 3)) + random.standard_normal((2000, 3))
    targets = {
        "number": scores[:, 0].astype(np.float32),
        "2 classes": (scores[:, 0] > 0).astype(int),
        "3 classes": scores.argmax(axis=1),
    }
    return X, targets


@functools.cache
def fitted(name: str) -> BaseEstimator:
    """Return the fitted model of a case."""
    X, targets = data()
    case = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return case.estimator().fit(X, targets[case.target])


def methods(model: BaseEstimator) -> list[str]:
    """Return what a model is asked for."""
    return ["predict", "predict_proba"] if hasattr(model, "predict_proba") else ["predict"]


def rows(count: int) -> Rows:
    """Return rows to predict."""
    X, _ = data()
    return np.ascontiguousarray(np.resize(X, (count, FEATURES)))


def bare(model: onnx.ModelProto) -> Callable[[Rows], list[Rows]]:
    """Return a call of a model in a session of one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    return lambda X: session.run(None, {name: X})


@functools.cache
def ours(name: str) -> Callable[[Rows], list[Rows]]:
    """Return a call of our model, which is right."""
    model = fitted(name)
    X = rows(1000)
    run = bare(trace_estimator(model, methods(model), dtype="float32").model)
    for method, result in zip(methods(model), run(X), strict=True):
        expected = getattr(model, method)(X.astype(np.float64))
        np.testing.assert_allclose(result, expected, rtol=1e-3, atol=1e-4)
    return run


@functools.cache
def converted(name: str) -> Callable[[Rows], list[Rows]]:
    """Return a call of skl2onnx's model."""
    model = fitted(name)
    last = model[-1] if hasattr(model, "steps") else model
    options = {id(last): {"zipmap": False}} if is_classifier(last) else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bare(skl2onnx.to_onnx(model, rows(1), options=options, target_opset=21))


def against_converter(name: str, count: int) -> tuple[float, float]:
    """Time our model and the converter's."""
    X, first, second = rows(count), ours(name), converted(name)
    return seconds(lambda: first(X), lambda: second(X))


def against_itself(name: str, count: int) -> tuple[float, float]:
    """Time our model and scikit-learn's methods."""
    X, model, run = rows(count), fitted(name), ours(name)
    calls = [getattr(model, method) for method in methods(model)]
    return seconds(lambda: run(X), lambda: [call(X) for call in calls])


def _rows() -> Iterator[Row]:
    for name, case in CASES.items():
        for other, measure, promised in (
            ("skl2onnx", against_converter, case.converter),
            ("scikit-learn", against_itself, case.itself),
        ):
            for count, least in zip((1, LARGE), promised, strict=True):
                yield Row(
                    f"{name}, {count:,} row{'s' * (count > 1)}",
                    other,
                    functools.partial(measure, name, count),
                    at_least=least,
                )


ROWS = list(_rows())
