"""Imputers, power transformations, splines and embeddings: the numbers of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.manifold import Isomap, LocallyLinearEmbedding
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PowerTransformer, SplineTransformer
from sklearn.tree import DecisionTreeRegressor

from onnxp.errors import EstimatorError
from onnxp.sklearn import trace_estimator
from tests.helpers.estimators import DTYPES, assert_agrees

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
NEW = np.r_[RNG.normal(size=(9, 4)) * 1.5, X[:3]]
HOLES = np.where(RNG.random(X.shape) < 0.2, np.nan, X)
NEW_HOLES = np.where(RNG.random(NEW.shape) < 0.4, np.nan, NEW)
NEW_HOLES[4] = np.nan
EMPTY = HOLES.copy()
EMPTY[:, 1] = np.nan


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("options", [{}, {"add_indicator": True}, {"n_neighbors": 50}])
def test_imputing_from_neighbors(options, weights: str, dtype: str):
    model = KNNImputer(weights=weights, **options).fit(HOLES)
    # scikit-learn's distances by a matrix product are not 0 for equal rows
    assert_agrees(model, "transform", (NEW_HOLES + 0.05).astype(dtype))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.filterwarnings("ignore:Skipping features")
def test_columns_without_a_number(keep: bool):
    for make in (KNNImputer, IterativeImputer):
        model = make(keep_empty_features=keep, add_indicator=True).fit(EMPTY)
        assert_agrees(model, "transform", NEW_HOLES, rtol=1e-11)


def test_a_number_for_missing():
    zeros = np.where(np.isnan(HOLES), 0.0, HOLES)
    model = KNNImputer(missing_values=0).fit(zeros)
    assert_agrees(model, "transform", np.where(np.isnan(NEW_HOLES), 0.0, NEW_HOLES))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_iter": 3, "imputation_order": "random", "random_state": 0},
        {"estimator": Ridge(), "min_value": -1, "max_value": [1, 0.5, 1, 2], "add_indicator": True},
        {"n_nearest_features": 2, "random_state": 0},
        {"max_iter": 0},
        {"estimator": DecisionTreeRegressor(max_depth=3, random_state=0), "max_iter": 2},
        {"estimator": KNeighborsRegressor(), "max_iter": 2},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_imputing_iteratively(options, dtype: str):
    model = IterativeImputer(**options).fit(HOLES)
    # the iterations pass on the rounding errors of float32
    assert_agrees(model, "transform", NEW_HOLES.astype(dtype), rtol=1e-11)


def test_all_missing():
    model = IterativeImputer().fit(HOLES)
    assert_agrees(model, "transform", np.full((12, 4), np.nan))


def test_random_imputation_is_refused():
    model = IterativeImputer(sample_posterior=True, random_state=0).fit(HOLES)
    with pytest.raises(EstimatorError, match="cannot be traced"):
        trace_estimator(model, "transform")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_powers(method: str, standardize: bool, dtype: str):
    fitted, new = (Z if method == "yeo-johnson" else np.abs(Z) + 0.1 for Z in (X, NEW_HOLES))
    model = PowerTransformer(method, standardize=standardize).fit(fitted)
    assert_agrees(model, "transform", new.astype(dtype))
    assert_agrees(model, "inverse_transform", (NEW_HOLES / 3).astype(dtype), rtol=1e-11)


def test_exceptional_powers():
    rows = np.linspace(-3, 3, 12)[:, None] * np.ones(4)
    model = PowerTransformer(standardize=False).fit(X)
    model.lambdas_ = np.asarray([0.0, 2.0, 1.0, 1e-3])
    assert_agrees(model, "transform", rows)
    assert_agrees(model, "inverse_transform", rows / 3)
    model.method = "box-cox"
    assert_agrees(model, "transform", np.abs(rows) + 0.1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("degree", "extrapolation"),
    [
        (degree, extrapolation)
        for degree in (0, 1, 2, 3, 5)
        for extrapolation in ("constant", "linear", "continue", "periodic")
        # scikit-learn 1.9.0 raises an error for the other splines of degree 0
        if degree or extrapolation in ("linear", "continue")
    ],
)
def test_splines(degree: int, extrapolation: str, dtype: str):
    model = SplineTransformer(
        7, degree=degree, extrapolation=extrapolation, include_bias=degree != 2
    ).fit(X)
    rows = NEW.copy()
    rows[-1] = X.max(axis=0)
    rows[-2] = X.min(axis=0)
    assert_agrees(model, "transform", rows.astype(dtype), rtol=1e-11)


@pytest.mark.parametrize(
    "knots", ["quantile", np.asarray([[-2.0] * 4, [-0.5] * 4, [0] * 4, [2] * 4])]
)
def test_knots(knots):
    assert_agrees(SplineTransformer(knots=knots).fit(X), "transform", NEW)


def test_splines_of_missing_numbers():
    model = SplineTransformer(handle_missing="zeros").fit(HOLES)
    assert_agrees(model, "transform", NEW_HOLES)


def test_splines_that_end():
    model = SplineTransformer(extrapolation="error").fit(X)
    assert_agrees(model, "transform", X[:12])
    result = trace_estimator(model, "transform")(NEW * 9)
    assert np.isnan(result).any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("components", [2, 3])
def test_embeddings(components: int, dtype: str):
    rows = (NEW + 0.05).astype(dtype)
    isomap = Isomap(n_neighbors=6, n_components=components).fit(X)
    assert_agrees(isomap, "transform", rows, rtol=1e-11 if dtype == "float64" else 1e-5)
    linear = LocallyLinearEmbedding(n_neighbors=7, n_components=components, random_state=0).fit(X)
    assert_agrees(linear, "transform", rows, rtol=1e-10 if dtype == "float64" else 1e-5)


# Missing text: models have "" for None and NaN, of which scikit-learn fills one


def text(*values: Any) -> pd.DataFrame:
    return pd.DataFrame({"s": pd.Series(values, dtype=object)})


@pytest.mark.parametrize("encode", [True, False])
@pytest.mark.parametrize(
    "options", [{"strategy": "most_frequent"}, {"strategy": "constant"}], ids=str
)
@pytest.mark.parametrize(
    # SimpleImputer refuses columns of NaN if another value marks what is missing
    ("missing", "marker"),
    [(None, None), (None, np.nan), (np.nan, np.nan)],
)
def test_missing_text(missing: Any, marker: Any, options: dict[str, Any], encode: bool):
    rows = text("a", "a", "b", missing, "c")
    model = SimpleImputer(missing_values=marker, **options)
    if encode:
        model = make_pipeline(model, OneHotEncoder(sparse_output=False))
    model.fit(rows)
    new = text("b", missing, "a")
    found = trace_estimator(model, "transform", example=rows)(new)
    wanted = model.transform(new)
    if not encode:
        wanted = np.where(pd.isna(wanted), "", wanted)
    np.testing.assert_array_equal(found, wanted)
    if encode and marker is not None and missing is None:  # the categories tell that None was kept
        found = trace_estimator(model, "transform", dtype={"s": "string"})(new)
        np.testing.assert_array_equal(found, wanted)


def test_none_as_the_most_frequent_text():
    rows = text("a", None, None)
    model = SimpleImputer(strategy="most_frequent").fit(rows)
    assert trace_estimator(model, "transform", example=rows)(rows).tolist() == [["a"], [""], [""]]
