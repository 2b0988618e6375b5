"""Tests of estimators for the target ``portable``, which has neither ai.onnx.ml nor com.microsoft."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.preprocessing import LabelEncoder, OrdinalEncoder
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import onnxp as xp
from onnxp.sklearn import trace_estimator
from tests.helpers.sessions import run

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
CLASSES = (X[:, 0] + X[:, 1] > 0).astype(int) + (X[:, 2] > 1)
TREES: list[tuple[Any, str]] = [
    (DecisionTreeClassifier(max_depth=5, random_state=0), "predict_proba"),
    (DecisionTreeRegressor(max_depth=1), "predict"),
    (RandomForestClassifier(5, random_state=0), "predict_proba"),
    (ExtraTreesRegressor(5, random_state=0), "predict"),
    (GradientBoostingClassifier(n_estimators=3, random_state=0), "predict_proba"),
    (HistGradientBoostingRegressor(max_iter=5), "predict"),
    (IsolationForest(n_estimators=5, random_state=0), "score_samples"),
]


def portable(program: xp.Program) -> None:
    assert not program.targets()["portable"]
    assert not program.model.functions
    assert {o.domain for o in program.model.opset_import} == {""}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("estimator", "method"), TREES)
def test_trees(estimator: Any, method: str, dtype: str) -> None:
    rows = X.astype(dtype)
    fitted = estimator.fit(rows, CLASSES)
    program = trace_estimator(fitted, method, n_features=4, dtype=dtype, target="portable")
    portable(program)
    for count in (1, 80):
        expected = getattr(fitted, method)(rows[:count])
        found = run(program.model, {"X": rows[:count]})[0]
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


def test_missing_values() -> None:
    rows = X.copy()
    rows[::3, 0] = np.nan
    fitted = HistGradientBoostingRegressor(max_iter=5).fit(rows, X[:, 1])
    program = trace_estimator(fitted, n_features=4, target="portable")
    portable(program)
    np.testing.assert_allclose(run(program.model, {"X": rows})[0], fitted.predict(rows), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["str", "int64", "float64"])
def test_encoders(dtype: str) -> None:
    values = np.asarray([3, 1, 2, 1]).astype(dtype)
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    encoder.fit(values[:3, None])
    rows = np.asarray([2, 3, 7, 1]).astype(dtype)[:, None]
    spec = xp.spec(("N", 1), "string" if dtype == "str" else dtype)
    program = trace_estimator(encoder, "transform", spec=spec, target="portable")
    portable(program)
    np.testing.assert_array_equal(program(rows), encoder.transform(rows))


def test_labels() -> None:
    encoder = LabelEncoder().fit(["no", "yes"])
    program = trace_estimator(
        encoder, "transform", spec=xp.spec(("N",), "string"), target="portable"
    )
    portable(program)
    assert program(np.asarray(["yes", "no", "yes"])).tolist() == [1, 0, 1]
