"""Boosters of other libraries: labels, margins and probabilities of their own predictions."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pytest
from sklearn.feature_selection import SelectFromModel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import onnxp as xp
from onnxp._src.ops.versions import release
from onnxp.errors import ArgumentTypeError, EstimatorError
from onnxp.sklearn import trace_estimator
from onnxp.sklearn._replacements import catboost as rows_of_catboost
from onnxp.sklearn._replacements import lightgbm as rows_of_lightgbm
from onnxp.sklearn._replacements import xgboost as rows_of_xgboost
from tests.helpers.estimators import DTYPES, assert_agrees
from tests.helpers.sessions import session

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
    "constant": (X, np.ones(COUNT)),
    "zeros": (np.where(RNG.random(X.shape) < 0.2, 0.0, HOLES), REAL),
    "marked": (np.nan_to_num(HOLES, nan=-1.1), REAL),
}
NEW = np.r_[table(RNG, 900, 40), HOLES[:100]]
NEW[:50, 3] += RNG.choice([0.5, -0.5, -20, np.nan], 50)
NEW[50:150] = np.where(RNG.random((100, 4)) < 0.5, 0.0, NEW[50:150])
TINY = float(np.float32(1e-35))  # what lightgbm takes for zero
NEW[150:160, 0] = TINY, -TINY, 1e-36, -1e-36, 1e-35, -1e-35, 2 * TINY, -0.0, 1e-300, 1e-30
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
LIGHTGBM = {
    "holes": ("LGBMRegressor", {}, "holes", ("predict",)),
    "no holes": ("LGBMRegressor", {}, "real", ("predict",)),
    "two": ("LGBMClassifier", {}, "two", ALL),
    "names": ("LGBMClassifier", {}, "names", ALL),
    "one against all": ("LGBMClassifier", {"objective": "multiclassova"}, "three", ALL),
    "sigmoid": ("LGBMClassifier", {"sigmoid": 2.0}, "two", ALL),
    "own objective": (
        "LGBMClassifier",
        {"objective": lambda y, p: (p - y, np.ones_like(y))},
        "two",
        ALL,
    ),
    **{
        name: ("LGBMRegressor", {"objective": name}, "positive", ("predict",))
        for name in (
            "poisson",
            "gamma",
            "tweedie",
            "huber",
            "fair",
            "quantile",
            "mape",
            "regression_l1",
        )
    },
    "cross_entropy": ("LGBMRegressor", {"objective": "cross_entropy"}, "two", ("predict",)),
    "lambda": ("LGBMRegressor", {"objective": "cross_entropy_lambda"}, "two", ("predict",)),
    "square root": ("LGBMRegressor", {"reg_sqrt": True}, "real", ("predict",)),
    "forest": (
        "LGBMClassifier",
        {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
        "three",
        ALL,
    ),
    "dart": ("LGBMRegressor", {"boosting_type": "dart"}, "holes", ("predict",)),
    "zeros": ("LGBMRegressor", {"zero_as_missing": True}, "zeros", ("predict",)),
    "without missing": ("LGBMRegressor", {"use_missing": False}, "holes", ("predict",)),
    "categories": (
        "LGBMRegressor",
        {"categorical_feature": [3], "min_data_per_group": 3, "cat_smooth": 1},
        "holes",
        ("predict",),
    ),
    "categories and zeros": (
        "LGBMRegressor",
        {"categorical_feature": [3], "zero_as_missing": True, "min_data_per_group": 3},
        "zeros",
        ("predict",),
    ),
    "one leaf": ("LGBMRegressor", {"min_child_samples": 1000}, "real", ("predict",)),
    "linear": ("LGBMRegressor", {"linear_tree": True}, "real", ("predict",)),
    "linear two": ("LGBMClassifier", {"linear_tree": True}, "two", ALL),
    "linear names": ("LGBMClassifier", {"linear_tree": True}, "names", ALL),
    "linear categories": (
        "LGBMRegressor",
        {"linear_tree": True, "categorical_feature": [3], "min_data_per_group": 3},
        "holes",
        ("predict",),
    ),
    "one linear leaf": (
        "LGBMRegressor",
        {"linear_tree": True, "min_child_samples": 1000},
        "real",
        ("predict",),
    ),
}

LOGS = (*ALL, "predict_log_proba")
CATBOOST = {
    "holes": ("CatBoostRegressor", {}, "holes", ("predict",)),
    "holes above": ("CatBoostRegressor", {"nan_mode": "Max"}, "holes", ("predict",)),
    "no holes": ("CatBoostRegressor", {}, "real", ("predict",)),
    "two": ("CatBoostClassifier", {}, "two", LOGS),
    "three": ("CatBoostClassifier", {}, "three", LOGS),
    "names": ("CatBoostClassifier", {}, "names", ("predict",)),
    "one against all": (
        "CatBoostClassifier",
        {"loss_function": "MultiClassOneVsAll"},
        "three",
        LOGS,
    ),
    "labels": ("CatBoostClassifier", {"loss_function": "MultiLogloss"}, "labels", LOGS),
    **{
        name: ("CatBoostRegressor", {"loss_function": name}, "positive", ("predict",))
        for name in (
            "Poisson",
            "Tweedie:variance_power=1.5",
            "MAE",
            "Quantile:alpha=0.3",
            "MultiQuantile:alpha=0.1,0.5",
            "Huber:delta=1.0",
            "LogCosh",
        )
    },
    "outputs": ("CatBoostRegressor", {"loss_function": "MultiRMSE"}, "outputs", ("predict",)),
    "by leaves": ("CatBoostRegressor", {"grow_policy": "Lossguide"}, "holes", ("predict",)),
    "by levels": ("CatBoostClassifier", {"grow_policy": "Depthwise"}, "three", LOGS),
    "a leaf": (
        "CatBoostRegressor",
        {"allow_const_label": True, "bootstrap_type": "No"},
        "constant",
        ("predict",),
    ),
    "leaves": (
        "CatBoostRegressor",
        {"allow_const_label": True, "bootstrap_type": "No", "grow_policy": "Lossguide"},
        "constant",
        ("predict",),
    ),
}

CASES = {"xgboost": XGBOOST, "lightgbm": LIGHTGBM, "catboost": CATBOOST}
SETTINGS = {
    "xgboost": {"n_estimators": 12, "n_jobs": 1},
    "lightgbm": {"n_estimators": 12, "n_jobs": 1, "num_leaves": 8, "verbose": -1},
    "catboost": {"iterations": 12, "thread_count": 1, "verbose": 0, "allow_writing_files": False},
}
EXTRA = "`make boosters` installs the package"
RTOL = {"xgboost": {"rtol32": 1e-6}, "lightgbm": {"rtol": 1e-15}, "catboost": {"rtol": 1e-15}}


@functools.cache
def fitted(library: str, case: str):
    module = pytest.importorskip(library, reason=EXTRA)
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
    xgboost = pytest.importorskip("xgboost", reason=EXTRA)
    estimator = xgboost.XGBRegressor(n_estimators=200, early_stopping_rounds=2, n_jobs=1)
    estimator.fit(X[:200], REAL[:200], eval_set=[(X[200:], REAL[200:])], verbose=0)
    assert estimator.best_iteration < estimator.get_booster().num_boosted_rounds() - 1
    assert_agrees(estimator, "predict", NEW, batches=BATCHES)


def test_lightgbm_scores_have_the_same_bits():
    estimator = fitted("lightgbm", "names")
    if not hasattr(estimator, "decision_function"):
        pytest.skip("LGBMClassifier has decision_function since LightGBM 4.7")
    program = trace_estimator(estimator, "decision_function")
    assert np.array_equal(program(NEW), estimator.decision_function(NEW))
    regressor = fitted("lightgbm", "categories")
    assert any(
        "==" in str(tree["tree_structure"]) for tree in regressor.booster_.dump_model()["tree_info"]
    )
    assert np.array_equal(trace_estimator(regressor)(NEW), regressor.predict(NEW))


def beside_thresholds(estimator) -> np.ndarray:
    """Return rows of which one number is a threshold of the model, or the float64 above or below."""
    rows = []
    thresholds = estimator.booster_.trees_to_dataframe().query("decision_type == '<='")
    for feature, threshold in zip(thresholds.split_feature, thresholds.threshold, strict=True):
        column = int(feature.removeprefix("Column_"))
        for x in (threshold, *np.nextafter(threshold, [-np.inf, np.inf])):
            rows.append(NEW[len(rows) % len(NEW)].copy())
            rows[-1][column] = x
    return np.asarray(rows)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", ["linear", "linear categories", "many linear trees"])
def test_lightgbm_sums_of_linear_trees_have_the_same_bits(case: str, dtype: str):
    pytest.importorskip("pandas", reason="`make test` installs pandas")
    if case == "many linear trees":  # more than are added at a time
        lightgbm = pytest.importorskip("lightgbm", reason=EXTRA)
        settings = {**SETTINGS["lightgbm"], "n_estimators": 300, "learning_rate": 0.02}
        model = lightgbm.LGBMRegressor(**settings, linear_tree=True).fit(HOLES, REAL)
    else:
        model = fitted("lightgbm", case)
    assert re.search(r"'leaf_features': \[\d", str(model.booster_.dump_model()))
    far = np.where(RNG.random((200, 4)) < 0.1, RNG.choice(FAR, (200, 4)), NEW[:200])
    bare = session(trace_estimator(model, dtype=dtype).model)
    for rows in (beside_thresholds(model), far, NEW[:1], NEW[:3]):
        with np.errstate(over="ignore"):
            x = rows.astype(dtype)
        np.testing.assert_array_equal(bare.run(None, {"X": x})[0], model.predict(x))
    assert bare.run(None, {"X": NEW[:0].astype(dtype)})[0].shape == (0,)


@pytest.mark.parametrize("size", [0, 1, 3])
def test_lightgbm_linear_trees_of_fixed_sizes(size: int):
    model = fitted("lightgbm", "linear categories")
    program = trace_estimator(model, spec=xp.spec((size, 4), "float64"))
    expected = model.predict(NEW[:size]) if size else np.zeros(0)
    np.testing.assert_array_equal(program(NEW[:size]), expected)


# Rows with infinities

FAR_TARGETS = (
    "portable",
    "onnxruntime>=1.20",
    pytest.param(
        "onnxruntime>=1.23",
        marks=pytest.mark.skipif(
            release(version("onnxruntime")) < (1, 23), reason="1.20.1 has no kernel of TreeEnsemble"
        ),
    ),
)
FAR = np.array(
    [-np.inf, -1e301, -1e300, -4e38, -1.0, -0.0, 1.0, 1e30, 4e38, 1e299, 1e300, 1e301, 1e308, np.inf, np.nan]
)  # fmt: skip
SPLITS = {  # of even rows from odd ones, of which all are this number
    "NaN from the rest": (RNG.normal(size=COUNT), np.nan),
    "zero from NaN": (np.zeros(COUNT), np.nan),
    "huge": (9e299, 1.7e308),
    "just above": (9e299, 1.1e300),
    "huge below": (-1e303, -1e301),
    "-inf": (RNG.normal(size=COUNT), -np.inf),
    "inf": (RNG.normal(size=COUNT), np.inf),
    "inf and -inf": (-np.inf, np.inf),
}


@pytest.mark.parametrize("target", FAR_TARGETS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", SPLITS)
def test_lightgbm_splits_far_numbers(case: str, dtype: str, target: str):
    lightgbm = pytest.importorskip("lightgbm", reason=EXTRA)
    odd = np.arange(COUNT) % 2 == 1
    x = np.where(odd, SPLITS[case][1], SPLITS[case][0])[:, None]
    uneven = {"n_estimators": 1, "num_leaves": 40, "min_child_samples": 1}  # by an operator
    for more in ({}, uneven, {"zero_as_missing": True}):
        model = lightgbm.LGBMRegressor(**{**SETTINGS["lightgbm"], "n_estimators": 4, **more})
        model.fit(np.c_[x, X[:, 0]], 5 * odd + np.exp(3 * X[:, 0]))
        rows = far_rows(dtype)
        program = trace_estimator(model, dtype=dtype, target=target)
        np.testing.assert_array_equal(program(rows), model.predict(rows))


@pytest.mark.parametrize("target", FAR_TARGETS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_catboost_splits_far_numbers(dtype: str, target: str):
    catboost = pytest.importorskip("catboost", reason=EXTRA)
    for mode in ("Min", "Max"):  # where NaN is, which splits at the ends of float32
        model = catboost.CatBoostRegressor(**SETTINGS["catboost"], nan_mode=mode)
        model.fit(HOLES[:, :2], np.isnan(HOLES[:, 0]) * 5 + X[:, 1])
        rows = far_rows(dtype)
        program = trace_estimator(model, dtype=dtype, target=target)
        np.testing.assert_allclose(program(rows), model.predict(rows), rtol=1e-15)


@pytest.mark.parametrize("target", FAR_TARGETS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_xgboost_takes_infinities_for_missing(dtype: str, target: str):
    xgboost = pytest.importorskip("xgboost", reason=EXTRA)
    x = np.where(np.isnan(HOLES[:, :2]), np.inf, HOLES[:, :2])
    model = xgboost.XGBRegressor(**SETTINGS["xgboost"], missing=np.inf)
    model.fit(x, np.isinf(x[:, 0]) * 5 + X[:, 1])
    rows = far_rows(dtype)
    rows = rows[~(rows[:, 0] < -1e38)]  # it refuses -inf
    program = trace_estimator(model, dtype=dtype, target=target)
    np.testing.assert_allclose(program(rows), model.predict(rows), rtol=1e-6)


def far_rows(dtype: str) -> np.ndarray:
    rows = np.stack(np.meshgrid(FAR, [-1.0, 1.0, np.nan, np.inf]), axis=-1).reshape(-1, 2)
    with np.errstate(over="ignore"):
        return rows.astype(dtype)


def test_catboost_refuses_infinite_borders():
    catboost = pytest.importorskip("catboost", reason=EXTRA)
    x = np.where(np.isnan(HOLES[:, :1]), -np.inf, HOLES[:, :1])
    model = catboost.CatBoostRegressor(**SETTINGS["catboost"]).fit(x, REAL)
    with pytest.raises(EstimatorError, match="a border is infinite"):
        trace_estimator(model)


@pytest.mark.parametrize("case", ["holes", "holes above", "outputs", "by leaves"])
def test_catboost_sums_have_the_same_bits(case: str):
    estimator = fitted("catboost", case)
    assert np.array_equal(trace_estimator(estimator)(NEW), estimator.predict(NEW))


@pytest.mark.parametrize("data", ["holes", "two", "three"])
@pytest.mark.parametrize("booster", ["gbtree", "dart"])
def test_xgboost_leaves(booster: str, data: str):
    xgboost = pytest.importorskip("xgboost", reason=EXTRA)
    model = xgboost.XGBRegressor if data == "holes" else xgboost.XGBClassifier
    model = model(n_estimators=3, booster=booster).fit(*DATA[data])
    for rows in (NEW, NEW[:1]):
        found = trace_estimator(model, "apply", dtype="float32")(rows.astype(np.float32))
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, model.apply(rows.astype(np.float32)))


@pytest.mark.parametrize("data", ["holes", "two", "names"])
def test_catboost_stages(data: str):
    catboost = pytest.importorskip("catboost", reason=EXTRA)
    kind = catboost.CatBoostRegressor if data == "holes" else catboost.CatBoostClassifier
    model = kind(iterations=3, verbose=0, allow_writing_files=False).fit(*DATA[data])
    methods = ["staged_predict"] if data == "holes" else ["staged_predict", "staged_predict_proba"]
    for method in methods:
        (found,) = trace_estimator(model, [method])(NEW).values()
        for stage, expected in zip(found, getattr(model, method)(NEW), strict=True):
            assert stage.shape == expected.shape
            if expected.dtype.kind == "f":
                np.testing.assert_allclose(stage, expected, rtol=1e-12, atol=1e-15)
            else:
                np.testing.assert_array_equal(stage, expected)


def test_catboost_decides_at_the_threshold_of_the_model():
    catboost = pytest.importorskip("catboost", reason=EXTRA)
    estimator = catboost.CatBoostClassifier(**SETTINGS["catboost"]).fit(HOLES, TWO)
    before = estimator.predict(NEW)
    estimator.set_probability_threshold(0.2)
    assert (estimator.predict(NEW) != before).any()
    assert_agrees(estimator, "predict", NEW, batches=BATCHES)


def test_catboost_ranks():
    catboost = pytest.importorskip("catboost", reason=EXTRA)
    estimator = catboost.CatBoostRanker(**SETTINGS["catboost"])
    estimator.fit(X, THREE, group_id=np.repeat(range(30), 10))
    assert_agrees(estimator, "predict", NEW, batches=BATCHES)


def test_lightgbm_stops_at_the_best_iteration():
    lightgbm = pytest.importorskip("lightgbm", reason=EXTRA)
    estimator = lightgbm.LGBMRegressor(n_estimators=200, n_jobs=1, verbose=-1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the newest, which names its argument otherwise
        estimator.fit(
            X[:200],
            REAL[:200],
            eval_set=[(X[200:], REAL[200:])],
            callbacks=[lightgbm.early_stopping(2, verbose=False)],
        )
    assert 0 < estimator.best_iteration_ < 200
    assert_agrees(estimator, "predict", NEW, batches=BATCHES)


def test_lightgbm_ranks():
    lightgbm = pytest.importorskip("lightgbm", reason=EXTRA)
    estimator = lightgbm.LGBMRanker(**SETTINGS["lightgbm"]).fit(X, THREE, group=[10] * 30)
    assert_agrees(estimator, "predict", NEW, batches=BATCHES)


def test_xgboost_ranks():
    xgboost = pytest.importorskip("xgboost", reason=EXTRA)
    estimator = xgboost.XGBRanker(**SETTINGS["xgboost"]).fit(X, THREE, qid=np.repeat(range(30), 10))
    assert_agrees(estimator, "predict", NEW, batches=BATCHES)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("library", "name"),
    [
        ("xgboost", "XGBClassifier"),
        ("lightgbm", "LGBMClassifier"),
        ("catboost", "CatBoostClassifier"),
    ],
)
def test_pipelines(library: str, name: str, dtype: str):
    module = pytest.importorskip(library, reason=EXTRA)
    pipeline = make_pipeline(StandardScaler(), getattr(module, name)(**SETTINGS[library]))
    pipeline.fit(X, THREE)
    for method in ALL:
        assert_agrees(pipeline, method, NEW.astype(dtype), batches=BATCHES, **RTOL[library])


@pytest.mark.parametrize(
    ("library", "case"), [("xgboost", "three"), ("lightgbm", "names"), ("catboost", "three")]
)
def test_inexact_sums(library: str, case: str):
    estimator = fitted(library, case)
    program = trace_estimator(estimator, "predict_proba", exact=False)
    np.testing.assert_allclose(program(NEW), estimator.predict_proba(NEW), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("library", "name"),
    [("xgboost", "XGBRegressor"), ("lightgbm", "LGBMRegressor"), ("catboost", "CatBoostRegressor")],
)
def test_data_frames(library: str, name: str):
    pandas = pytest.importorskip("pandas", reason="`make test` installs pandas")
    module = pytest.importorskip(library, reason=EXTRA)
    frame = pandas.DataFrame(HOLES, columns=["a", "b", "c", "d"])
    estimator = getattr(module, name)(**SETTINGS[library]).fit(frame, REAL)
    program = trace_estimator(estimator, example=frame)
    np.testing.assert_allclose(program(frame), estimator.predict(frame), rtol=0, atol=1e-6)


@pytest.mark.filterwarnings("ignore:Constructing a Categorical")
@pytest.mark.parametrize("alone", [True, False])
def test_lightgbm_of_columns_of_categories(alone: bool):
    lightgbm = pytest.importorskip("lightgbm", reason=EXTRA)
    pandas = pytest.importorskip("pandas", reason="`make test` installs pandas")
    codes = X[:, 3].astype(int) % 3
    kinds = {
        "text": pandas.CategoricalDtype(["low", "mid", "high"]),
        "number": pandas.CategoricalDtype([2, 0, 4]),
    }
    frame = pandas.DataFrame(
        {"text": np.take(["low", "high", "mid"], codes), "a": X[:, 0], "number": codes * 2}
    )
    model = lightgbm.LGBMRegressor(
        **SETTINGS["lightgbm"], min_child_samples=2, min_data_per_group=2, cat_smooth=0
    )
    if not alone:
        model = make_pipeline(FunctionTransformer(lambda df: df.astype(kinds)), model)
    rows = frame.astype(kinds) if alone else frame
    model.fit(rows, REAL + codes * 5)
    program = trace_estimator(model, example=rows)
    np.testing.assert_allclose(program(rows), model.predict(rows), rtol=1e-12)
    others = rows.assign(text=rows["text"].where(X[:, 0] > 0, None)).head(9)
    np.testing.assert_allclose(program(others), model.predict(others), rtol=1e-12)
    if not alone:
        unknown = rows.head(3).assign(text="other", number=7)
        np.testing.assert_allclose(program(unknown), model.predict(unknown), rtol=1e-12)


@pytest.mark.parametrize("one_hot", [1, 10])
def test_xgboost_of_columns_of_categories(one_hot: int):
    xgboost = pytest.importorskip("xgboost", minversion="3.1", reason=EXTRA)
    pandas = pytest.importorskip("pandas", reason="`make test` installs pandas")
    codes = X[:, 3].astype(int) % 3
    frame = pandas.DataFrame(
        {
            "text": pandas.Categorical(
                np.take(["low", "high", "mid"], codes), ["low", "mid", "high"]
            ),
            "a": X[:, 0],
            "number": pandas.Categorical(codes * 2, [4, 0, 2]),
        }
    )
    frame.loc[::7, "text"] = None
    model = xgboost.XGBRegressor(
        **SETTINGS["xgboost"], enable_categorical=True, max_cat_to_onehot=one_hot
    ).fit(frame, REAL + codes * 5)
    program = trace_estimator(model, example=frame, validity=True)
    turned = frame.assign(text=frame["text"].cat.reorder_categories(["high", "low", "mid"]))
    for rows in (frame, frame.head(1), turned):
        result = program(rows)
        expected = model.predict(rows)
        np.testing.assert_allclose(result[next(iter(result))], expected, rtol=1e-6)
        assert result["valid"].all()
    unknown = program({"text": np.array(["other", ""]), "a": [0.5, 0.5], "number": [2, 2]})
    assert unknown["valid"].tolist() == [False, True]


# What is refused


def test_xgboost_refuses_categories_that_it_cannot_read():
    xgboost = pytest.importorskip("xgboost", minversion="3.1", reason=EXTRA)
    pandas = pytest.importorskip("pandas", reason="`make test` installs pandas")
    frame = pandas.DataFrame({"a": X[:, 0], "b": pandas.Categorical(X[:, 3].astype(int) * 2)})
    model = xgboost.XGBRegressor(**SETTINGS["xgboost"], enable_categorical=True)
    model.fit(frame, REAL)
    with pytest.raises(EstimatorError, match=r"at the places of \['b'\]"):
        trace_estimator(model, columns="1d")
    texts = frame.assign(b=frame["b"].map(lambda k: f"é{k}").astype("category"))
    model.fit(texts, REAL)
    with pytest.raises(EstimatorError, match=r"ASCII.*OrdinalEncoder"):
        trace_estimator(model, example=texts)


def test_xgboost_refuses_unknown_objectives(monkeypatch: pytest.MonkeyPatch):
    estimator = fitted("xgboost", "count:poisson")
    monkeypatch.setattr(rows_of_xgboost, "_LOG", ())
    with pytest.raises(EstimatorError, match=r"objective 'count:poisson'.*reg:squarederror"):
        trace_estimator(estimator)


def test_lightgbm_refuses_to_stop_early():
    lightgbm = pytest.importorskip("lightgbm", reason=EXTRA)
    estimator = lightgbm.LGBMRegressor(**SETTINGS["lightgbm"], pred_early_stop=True).fit(X, REAL)
    with pytest.raises(EstimatorError, match="pred_early_stop"):
        trace_estimator(estimator)


def test_lightgbm_needs_an_example_of_categories():
    lightgbm = pytest.importorskip("lightgbm", reason=EXTRA)
    pandas = pytest.importorskip("pandas", reason="`make test` installs pandas")
    frame = pandas.DataFrame({"a": X[:, 0], "b": pandas.Categorical(X[:, 3].astype(int) * 2)})
    estimator = lightgbm.LGBMRegressor(**SETTINGS["lightgbm"]).fit(frame, REAL)
    with pytest.raises(
        EstimatorError, match="fitted on 1 columns of the dtype category, and gets 0"
    ):
        trace_estimator(estimator, columns="1d")


def test_lightgbm_refuses_unknown_objectives(monkeypatch: pytest.MonkeyPatch):
    estimator = fitted("lightgbm", "poisson")
    monkeypatch.setattr(rows_of_lightgbm, "_LOG", ())
    with pytest.raises(EstimatorError, match=r"objective 'poisson'.*regression"):
        trace_estimator(estimator)


def test_catboost_refuses_categories():
    catboost = pytest.importorskip("catboost", reason=EXTRA)
    rows = X.astype(object)
    rows[:, 3] = X[:, 3].astype(int)
    estimator = catboost.CatBoostRegressor(**SETTINGS["catboost"], cat_features=[3]).fit(rows, REAL)
    with pytest.raises(EstimatorError, match="categorical_features"):
        trace_estimator(estimator)


def test_catboost_refuses_other_columns():
    catboost = pytest.importorskip("catboost", reason=EXTRA)
    pandas = pytest.importorskip("pandas", reason="`make test` installs pandas")
    frame = pandas.DataFrame(X[:, :2], columns=["a", "b"])
    estimator = catboost.CatBoostRegressor(**SETTINGS["catboost"]).fit(frame, REAL)
    with pytest.raises(EstimatorError, match=r"\['a', 'b'\] in this order, not \['b', 'a'\]"):
        trace_estimator(estimator, example=frame[["b", "a"]])


def test_catboost_refuses_uncertainty():
    catboost = pytest.importorskip("catboost", reason=EXTRA)
    estimator = catboost.CatBoostRegressor(
        **SETTINGS["catboost"], loss_function="RMSEWithUncertainty"
    ).fit(X, REAL)
    with pytest.raises(EstimatorError, match="RMSEWithUncertainty"):
        trace_estimator(estimator)


def test_catboost_refuses_unknown_losses(monkeypatch: pytest.MonkeyPatch):
    estimator = fitted("catboost", "two")
    monkeypatch.setattr(rows_of_catboost, "_BINARY", ())
    with pytest.raises(EstimatorError, match="loss 'Logloss'"):
        trace_estimator(estimator, "predict_proba")


def test_libraries_are_not_imported():
    code = (
        "import sys, onnxp.sklearn; "
        "print([name for name in ('xgboost', 'lightgbm', 'catboost') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_selection_by_a_booster():
    lightgbm = pytest.importorskip("lightgbm", reason="`make test` installs lightgbm")
    X = np.random.default_rng(0).normal(size=(80, 5))
    booster = lightgbm.LGBMClassifier(n_estimators=4, verbose=-1)
    selector = SelectFromModel(booster).fit(X, X[:, 2] > 0)
    np.testing.assert_array_equal(trace_estimator(selector, "transform")(X), selector.transform(X))


def test_what_train_returns_is_no_estimator():
    """The advice of the error works for xgboost."""
    xgboost = pytest.importorskip("xgboost")
    booster = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(X, label=TWO), 3)
    with pytest.raises(ArgumentTypeError, match=r'load_model\(booster\.save_raw\("json"\)\)'):
        trace_estimator(booster, "predict", example=X)
    model = xgboost.XGBClassifier()
    model.load_model(booster.save_raw("json"))
    program = trace_estimator(model, "predict_proba", example=X.astype(np.float32))
    expected = booster.predict(xgboost.DMatrix(X.astype(np.float32)))
    np.testing.assert_allclose(program(X.astype(np.float32))[:, 1], expected, rtol=1e-5)
    lightgbm = pytest.importorskip("lightgbm")
    booster = lightgbm.train({"verbose": -1}, lightgbm.Dataset(X, label=REAL), 2)
    with pytest.raises(ArgumentTypeError, match=r"fit lightgbm\.LGBMClassifier or LGBMRegressor"):
        trace_estimator(booster)
