"""Preprocessing: products, labels, imputation and chosen columns."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectFromModel, SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    LabelBinarizer,
    LabelEncoder,
    MinMaxScaler,
    PolynomialFeatures,
    StandardScaler,
)

from onnxp.sklearn import trace_estimator
from tests.helpers.sklearn_cases import data
from tests.helpers.sklearn_results import check

BATCHES = (1, 3, 7, 12)
X = data("float64")["X"]


@pytest.mark.parametrize("interaction_only", [False, True])
@pytest.mark.parametrize(
    ("degree", "include_bias"),
    [
        (0, True),  # scikit-learn refuses to make no columns
        *itertools.product([1, 2, 3, 7, (2, 3), (1, 2), (0, 2)], [False, True]),
    ],
    ids=str,
)
def test_polynomial_features(degree, include_bias: bool, interaction_only: bool):
    """Bit for bit: the products are taken in the same order."""
    features = PolynomialFeatures(
        degree, include_bias=include_bias, interaction_only=interaction_only
    )
    features.fit(X[:, :3])
    model = trace_estimator(features, "transform")
    for size in BATCHES:
        np.testing.assert_array_equal(model(X[:size, :3]), features.transform(X[:size, :3]))


def test_polynomial_pipeline_is_lean():
    pipeline = make_pipeline(StandardScaler(), PolynomialFeatures(2), Ridge(solver="svd"))
    pipeline.fit(X, data("float64")["target"])
    operators = [node.op_type for node in trace_estimator(pipeline).model.graph.node]
    assert len([op for op in operators if op not in ("Shape", "Expand")]) <= 13
    assert operators.count("Transpose") == 1  # the other one is the product's


@pytest.mark.parametrize("kind", [str, object])
@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("transformer", [LabelEncoder, LabelBinarizer])
def test_text_labels(transformer, count: int, kind: type):
    y = np.array(["no", "yes", "maybe"])[data("float64")["codes"] % count].astype(kind)
    fitted = transformer().fit(y)
    codes = fitted.transform(y)
    check(trace_estimator(fitted, "transform")(y), codes)
    check(trace_estimator(fitted, "inverse_transform")(codes), fitted.inverse_transform(codes))
    classifier = LogisticRegression().fit(X, y)
    check(trace_estimator(classifier)(X), classifier.predict(X))


@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent", "constant"])
@pytest.mark.parametrize("indicator", [False, True])
@pytest.mark.parametrize("missing", [np.nan, -1.0])
def test_missing_values(strategy: str, indicator: bool, missing: float):
    rows = X.copy()
    rows[::3, 1] = rows[::4, 2] = missing
    rows[:, 3] = missing
    imputer = SimpleImputer(strategy=strategy, add_indicator=indicator, missing_values=missing)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a column without any value is left out
        imputer.fit(rows)
        wanted = imputer.transform(rows)
        found = trace_estimator(imputer, "transform")(rows)
    check(found, wanted)


def test_chosen_columns():
    y = data("float64")["two"]
    pipeline = make_pipeline(
        SelectKBest(k=2), SelectFromModel(LogisticRegression()), LogisticRegression()
    ).fit(X, y)
    check(trace_estimator(pipeline, "predict_proba")(X), pipeline.predict_proba(X))


def test_columns_by_transformer():
    columns = ColumnTransformer(
        [("a", StandardScaler(), [0, 3]), ("b", MinMaxScaler(), slice(1, 3))],
        remainder="passthrough",
    )
    pipeline = make_pipeline(columns, LogisticRegression()).fit(X, data("float64")["two"])
    check(trace_estimator(pipeline, "predict_proba")(X), pipeline.predict_proba(X))
