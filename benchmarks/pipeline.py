"""A scikit-learn pipeline, scale, products of two columns, ridge: traced and run, beside others."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import ndonnx as ndx
import numpy as np
import onnx
import onnxruntime as ort
import skl2onnx
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from onnxp.sklearn import trace_estimator

from .measure import seconds
from .table import Row

FEATURES = 30
ROWS_OF_DATA = 10_000


@functools.cache
def pipeline() -> Pipeline:
    """Return the fitted pipeline."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, FEATURES))
    y = X[:, 0] * X[:, 1] + rng.normal(size=1000)
    return make_pipeline(StandardScaler(), PolynomialFeatures(2), Ridge()).fit(X, y)


@functools.cache
def rows(dtype: str) -> np.ndarray[Any, Any]:
    """Return rows to predict."""
    return np.random.default_rng(1).normal(size=(ROWS_OF_DATA, FEATURES)).astype(dtype)


def by_hand() -> onnx.ModelProto:
    """Write the pipeline as array code for ndonnx, which cannot trace scikit-learn's own."""
    scaler, _, ridge = (step for _, step in pipeline().steps)
    X = ndx.argument(shape=("N", FEATURES), dtype=ndx.float64)
    scaled = (X - ndx.asarray(scaler.mean_)) / ndx.asarray(scaler.scale_)
    blocks = [scaled] + [scaled[:, i:] * scaled[:, i : i + 1] for i in range(FEATURES)]
    first, rest = float(ridge.coef_[0]), ridge.coef_[1:]
    y = ndx.concat(blocks, axis=1) @ ndx.asarray(rest) + (first + float(ridge.intercept_))
    model: onnx.ModelProto = ndx.build({"X": X}, {"y": y})
    return model


def trace() -> tuple[float, float]:
    """Time tracing, from the fitted pipeline to the model."""
    expected = pipeline().predict(rows("float64")).ravel()
    np.testing.assert_allclose(run(by_hand(), "float64")().ravel(), expected, rtol=1e-9)
    return seconds(lambda: trace_estimator(pipeline()).model, by_hand)


def run(model: onnx.ModelProto, dtype: str) -> Callable[[], Any]:
    """Return a call of a model in a runtime with its own defaults."""
    session = ort.InferenceSession(model.SerializeToString())
    feeds = {"X": rows(dtype)}
    return lambda: session.run(None, feeds)[0]


def ours(dtype: str) -> Callable[[], Any]:
    """Return a call of our model, which is right."""
    call = run(trace_estimator(pipeline(), dtype=dtype).model, dtype)
    tolerance = 1e-9 if dtype == "float64" else 1e-3
    np.testing.assert_allclose(
        call(), pipeline().predict(rows(dtype)), rtol=tolerance, atol=tolerance
    )
    return call


def against_predict(dtype: str) -> Callable[[], tuple[float, float]]:
    """Time the model and scikit-learn's own predict."""
    return lambda: seconds(ours(dtype), lambda: pipeline().predict(rows(dtype)))


def against_converter() -> tuple[float, float]:
    """Time the model and that of hand-written converters; in float64 theirs does not load."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = skl2onnx.to_onnx(pipeline(), rows("float32")[:1])
    return seconds(ours("float32"), run(theirs, "float32"))


ROWS = [
    Row("trace scale, poly(2), ridge", "ndonnx, by hand", trace, at_most=1.0),
    Row(
        "predict 10,000 rows, float64",
        "scikit-learn",
        against_predict("float64"),
        at_most=1.0,
    ),
    Row(
        "predict 10,000 rows, float32",
        "scikit-learn",
        against_predict("float32"),
        at_most=1.0,
    ),
    Row("predict 10,000 rows, float32", "skl2onnx", against_converter, at_most=1.0),
]
