"""Boosters of other libraries: labels, margins and probabilities of their own predictions."""

from __future__ import annotations

import functools
import subprocess
import sys
import warnings

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from onnxp.errors import EstimatorError
from onnxp.sklearn import trace_estimator
from onnxp.sklearn._replacements import xgboost as rows_of_xgboost
from tests.helpers.estimators import DTYPES, assert_agrees

RNG = np.random.default_rng(0)
COUNT = 300
BATCHES = (1, 3, 1000)


def table(rng: np.random.Generator, count: int, known: int) -> np.ndarray:
    """Return rows with holes, and with categories in the last column."""
    rows = rng.normal(size=(count, 4))
    rows[rng.random(rows.shape) < 0.1] = np.nan
    rows[:, 3] = rng.integers(0, known, count)
    return rows


HOLES = table(RNG, COUNT, 30)
X = np.nan_to_num(HOLES)
REAL = X[:, 0] + np.sin(3 * X[:, 1]) + 3 * np.isin(X[:, 3], [1, 5, 7, 20, 21])
THREE = np.digitize(REAL, [-0.5, 1.0])
TWO = (REAL > 0.3).astype(int)
DATA = {
    "real": (X, REAL),
    "holes": (HOLES, REAL),
    "two": (HOLES, TWO),
    "three": (X, THREE),
    "names": (X, np.asarray(["low", "middle", "high"])[THREE]),
    "positive": (X, np.exp(REAL / 4)),
    "outputs": (X, np.c_[REAL, REAL**2]),
    "labels": (X, np.c_[TWO, THREE > 0]),
    "marked": (np.nan_to_num(HOLES, nan=-1.1), REAL),
}
NEW = np.r_[table(RNG, 900, 40), HOLES[:100]]
NEW[:50, 3] += RNG.choice([0.5, -0.5, -20, np.nan], 50)
RNG.shuffle(NEW)
QUANTITIES = ["q", "q", "q", "c"]

ALL = ("predict", "predict_proba")
XGBOOST = {  # the class, its parameters, the data, the methods
    "regressor": ("XGBRegressor", {}, "holes", ("predict",)),
    "two": ("XGBClassifier", {}, "two", ALL),
    "three": ("XGBClassifier", {"num_parallel_tree": 2, "subsample": 0.5}, "three", ALL),
    "softmax": ("XGBClassifier", {"objective": "multi:softmax"}, "three", ALL),
    "labels": ("XGBClassifier", {}, "labels", ALL),
    "hinge": ("XGBClassifier", {"objective": "binary:hinge"}, "two", ("predict",)),
    "logitraw": ("XGBClassifier", {"objective": "binary:logitraw"}, "two", ("predict",)),
    **{
        name: ("XGBRegressor", {"objective": name}, "positive", ("predict",))
        for name in (
            "count:poisson",
            "reg:gamma",
            "reg:tweedie",
            "survival:cox",
            "reg:absoluteerror",
            "reg:pseudohubererror",
            "reg:squaredlogerror",
        )
    },
    "logistic": ("XGBRegressor", {"objective": "reg:logistic"}, "two", ("predict",)),
    "quantiles": (
        "XGBRegressor",
        {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.5]},
        "real",
        ("predict",),
    ),
    "own objective": (
        "XGBRegressor",
        {"objective": lambda y, p: (p - y, np.ones_like(y))},
        "real",
        ("predict",),
    ),
    "dart": ("XGBRegressor", {"booster": "dart", "rate_drop": 0.5}, "holes", ("predict",)),
    "linear": ("XGBRegressor", {"booster": "gblinear"}, "holes", ("predict",)),
    "linear classes": ("XGBClassifier", {"booster": "gblinear"}, "three", ALL),
    "outputs": ("XGBRegressor", {}, "outputs", ("predict",)),
    "output trees": (
        "XGBRegressor",
        {"multi_strategy": "multi_output_tree"},
        "outputs",
        ("predict",),
    ),
    "sets": (
        "XGBRegressor",
        {"feature_types": QUANTITIES, "max_cat_to_onehot": 2},
        "holes",
        ("predict",),
    ),
    "single categories": (
        "XGBRegressor",
        {"feature_types": QUANTITIES, "max_cat_to_onehot": 99},
        "holes",
        ("predict",),
    ),
    "missing": ("XGBRegressor", {"missing": -1.1}, "marked", ("predict",)),
    "a leaf": ("XGBRegressor", {"max_depth": 0, "base_score": 3.0}, "real", ("predict",)),
    "no trees": ("XGBRegressor", {"n_estimators": 0}, "real", ("predict",)),
    "forest": ("XGBRFClassifier", {}, "two", ALL),
    "forest regressor": ("XGBRFRegressor", {}, "real", ("predict",)),
}

CASES = {"xgboost": XGBOOST}
SETTINGS = {"xgboost": {"n_estimators": 12, "n_jobs": 1}}
RTOL = {"xgboost": {"rtol32": 1e-6}}


@functools.cache
def fitted(library: str, case: str):
    module = pytest.importorskip(library, reason="needs the extra")
    name, parameters, data, _ = CASES[library][case]
    estimator = getattr(module, name)(**{**SETTINGS[library], **parameters})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(*DATA[data])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("library", "case"), [(library, case) for library, cases in CASES.items() for case in cases]
)
def test_predictions(library: str, case: str, dtype: str):
    estimator = fitted(library, case)
    for method in CASES[library][case][-1]:
        assert_agrees(estimator, method, NEW.astype(dtype), batches=BATCHES, **RTOL[library])


@pytest.mark.parametrize("case", ["regressor", "sets", "outputs", "output trees", "missing"])
def test_xgboost_margins_have_the_same_bits(case: str):
    estimator = fitted("xgboost", case)
    program = trace_estimator(estimator)
    assert np.array_equal(program(NEW), estimator.predict(NEW))


def test_xgboost_stops_at_the_best_iteration():
    xgboost = pytest.importorskip("xgboost", reason="needs the extra")
    estimator = xgboost.XGBRegressor(n_estimators=200, early_stopping_rounds=2, n_jobs=1)
    estimator.fit(X[:200], REAL[:200], eval_set=[(X[200:], REAL[200:])], verbose=0)
    assert estimator.best_iteration < estimator.get_booster().num_boosted_rounds() - 1
    assert_agrees(estimator, "predict", NEW, batches=BATCHES)


def test_xgboost_ranks():
    xgboost = pytest.importorskip("xgboost", reason="needs the extra")
    estimator = xgboost.XGBRanker(n_estimators=5).fit(X, THREE, qid=np.repeat(range(30), 10))
    assert_agrees(estimator, "predict", NEW, batches=BATCHES)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("library", "name"), [("xgboost", "XGBClassifier")])
def test_pipelines(library: str, name: str, dtype: str):
    module = pytest.importorskip(library, reason="needs the extra")
    pipeline = make_pipeline(StandardScaler(), getattr(module, name)(**SETTINGS[library]))
    pipeline.fit(X, THREE)
    for method in ALL:
        assert_agrees(pipeline, method, NEW.astype(dtype), batches=BATCHES, **RTOL[library])


@pytest.mark.parametrize(("library", "case"), [("xgboost", "three")])
def test_inexact_sums(library: str, case: str):
    estimator = fitted(library, case)
    program = trace_estimator(estimator, "predict_proba", exact=False)
    np.testing.assert_allclose(program(NEW), estimator.predict_proba(NEW), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("library", "name"), [("xgboost", "XGBRegressor")])
def test_data_frames(library: str, name: str):
    pandas = pytest.importorskip("pandas")
    module = pytest.importorskip(library, reason="needs the extra")
    frame = pandas.DataFrame(HOLES, columns=["a", "b", "c", "d"])
    estimator = getattr(module, name)(**SETTINGS[library]).fit(frame, REAL)
    program = trace_estimator(estimator, columns="1d")
    np.testing.assert_allclose(program(frame), estimator.predict(frame), rtol=0, atol=1e-6)


# What is refused


def test_xgboost_refuses_columns_of_categories():
    xgboost = pytest.importorskip("xgboost", reason="needs the extra")
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": X[:, 0], "b": pandas.Categorical(X[:, 3].astype(int) * 2)})
    estimator = xgboost.XGBRegressor(**SETTINGS["xgboost"], enable_categorical=True)
    estimator.fit(frame, REAL)
    with pytest.raises(EstimatorError, match="OrdinalEncoder"):
        trace_estimator(estimator, columns="1d")


def test_xgboost_refuses_unknown_objectives(monkeypatch: pytest.MonkeyPatch):
    estimator = fitted("xgboost", "count:poisson")
    monkeypatch.setattr(rows_of_xgboost, "_LOG", ())
    with pytest.raises(EstimatorError, match=r"objective 'count:poisson'.*reg:squarederror"):
        trace_estimator(estimator)


def test_libraries_are_not_imported():
    code = (
        "import sys, onnxp.sklearn; "
        "print([name for name in ('xgboost', 'lightgbm', 'catboost') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
