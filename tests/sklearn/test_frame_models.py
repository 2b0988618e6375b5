"""Models of several kinds that were fitted on a data frame with all kinds of columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
import pandas as pd
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from onnxp.errors import NameCollisionError, VerificationError
from onnxp.sklearn import trace_estimator

ROWS = 80
_rng = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "age": np.where(_rng.random(ROWS) < 0.2, np.nan, _rng.normal(40, 10, ROWS)),
        "fare (USD)": _rng.gamma(2, 10, ROWS).astype("float32"),
        "class": _rng.integers(1, 4, ROWS),
        "sex": np.where(_rng.random(ROWS) < 0.1, None, _rng.choice(["m", "f"], ROWS)),
        "port": pd.Series(_rng.choice(["S", "C", "Q"], ROWS), dtype="category"),
        "alone": _rng.random(ROWS) < 0.5,
        "check": _rng.normal(size=ROWS),
        "self": _rng.normal(size=ROWS),
    }
).astype({"sex": object})
Y = (FRAME["fare (USD)"] * _rng.random(ROWS) > 10).astype(int).to_numpy()
REAL = (FRAME["check"] * 2 + FRAME["class"]).to_numpy()
NUMBERS = ["age", "fare (USD)", "check"]


def columns() -> Any:
    return make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
        (OneHotEncoder(handle_unknown="ignore"), ["sex", "port", "class"]),
    )


def linear() -> Any:
    return make_pipeline(columns(), LogisticRegression())


def tree() -> Any:
    return make_pipeline(columns(), DecisionTreeClassifier(max_depth=3))


def boosting(**options: Any) -> Any:
    return HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=5, **options)


MODELS: dict[str, tuple[Any, Any, Any]] = {
    "categories by name": (boosting(categorical_features=["sex", "port"]), FRAME, Y),
    "categories by dtype": (
        boosting(categorical_features="from_dtype"),
        FRAME.drop(columns="sex"),
        Y,
    ),
    "boosting": (boosting(), FRAME[NUMBERS], Y),
    "forest": (RandomForestClassifier(5, random_state=0), FRAME[NUMBERS], Y),
    "search": (GridSearchCV(linear(), {"logisticregression__C": [1, 2]}, cv=2), FRAME, Y),
    "voting": (VotingClassifier([("a", linear()), ("b", tree())], voting="soft"), FRAME, Y),
    "stacking": (StackingClassifier([("a", linear()), ("b", tree())], cv=2), FRAME, Y),
    "calibration": (CalibratedClassifierCV(make_pipeline(columns(), LinearSVC()), cv=2), FRAME, Y),
    "one against the rest": (OneVsRestClassifier(linear()), FRAME, FRAME["class"].to_numpy()),
    "selection": (make_pipeline(columns(), SelectKBest(k=4), LogisticRegression()), FRAME, Y),
    "projection": (
        make_pipeline(
            make_column_transformer((make_pipeline(SimpleImputer(), PCA(2)), NUMBERS)),
            LogisticRegression(),
        ),
        FRAME,
        Y,
    ),
    "imputed text": (
        make_pipeline(
            make_column_transformer(
                (
                    make_pipeline(
                        SimpleImputer(strategy="most_frequent", missing_values=np.nan),
                        OneHotEncoder(),
                    ),
                    ["sex"],
                )
            ),
            LogisticRegression(),
        ),
        FRAME,
        Y,
    ),
    "nullable": (linear(), FRAME.fillna({"sex": "m"}).convert_dtypes().astype({"class": str}), Y),
    "target encoder": (
        make_pipeline(
            make_column_transformer((TargetEncoder(), ["sex", "port"])),
            LogisticRegression(),
        ),
        FRAME,
        Y,
    ),
    "target": (
        TransformedTargetRegressor(
            make_pipeline(columns(), Ridge()), func=np.log1p, inverse_func=np.expm1
        ),
        FRAME,
        np.abs(REAL),
    ),
    "bins and products": (
        make_pipeline(
            make_column_transformer(
                (
                    KBinsDiscretizer(4, quantile_method="averaged_inverted_cdf"),
                    ["check", "fare (USD)"],
                ),
                (PolynomialFeatures(2), ["self", "class", "alone"]),
                (MinMaxScaler(), ["class"]),
                (RobustScaler(), ["fare (USD)"]),
            ),
            Ridge(),
        ),
        FRAME,
        REAL,
    ),
}


@pytest.mark.filterwarnings("ignore:Found unknown categories")
@pytest.mark.parametrize("name", MODELS)
def test_models(name: str):
    model, frame, target = MODELS[name]
    model.fit(frame, target)
    method = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    program = trace_estimator(model, method, example=frame)
    assert [leaf.name for leaf in program.signature.inputs] == list(frame)
    assert program.assumptions == ()
    session = ort.InferenceSession(program.model.SerializeToString())
    for count in (1, 3, ROWS):
        rows = frame.head(count)
        wanted = getattr(model, method)(rows)
        np.testing.assert_allclose(
            session.run(None, program.feeds(rows))[0], wanted, rtol=1e-12, atol=1e-15
        )


OF_1_8 = sklearn.__version__.startswith("1.8.")


@pytest.mark.skipif(OF_1_8, reason="scikit-learn 1.8 does not fit a selection of columns of polars")
def test_a_frame_of_polars():
    polars = pytest.importorskip("polars", reason="`make test` installs polars")
    frame = polars.from_pandas(FRAME.astype({"port": str}))
    model = linear().fit(frame, Y)
    program = trace_estimator(model, "predict_proba", example=frame)
    np.testing.assert_allclose(program(frame), model.predict_proba(frame), rtol=1e-13)


def test_frames_that_the_configuration_asks_for():
    with sklearn.config_context(transform_output="pandas"):
        transformer = make_column_transformer(
            (make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["sex", "port"]),
        )
        model = make_pipeline(transformer, LogisticRegression()).fit(FRAME, Y)
        program = trace_estimator(model, "predict_proba", example=FRAME)
        np.testing.assert_allclose(program(FRAME), model.predict_proba(FRAME), rtol=1e-13)


def test_a_column_with_the_name_of_an_output():
    frame = FRAME.rename(columns={"self": "label"})
    model = linear().fit(frame, Y)
    with pytest.raises(
        NameCollisionError, match=r"name of a column .* output_names=\['label_out'\]"
    ):
        trace_estimator(model, example=frame)
    program = trace_estimator(model, example=frame, output_names=["label_out"])
    np.testing.assert_array_equal(program(frame), model.predict(frame))


def test_boosting_with_categories_takes_no_rows():
    """Its preprocessor has functions of scikit-learn in it, which are replaced as well."""
    model = boosting(categorical_features="from_dtype").fit(FRAME[[*NUMBERS, "port"]], Y)
    program = trace_estimator(
        model, "predict_proba", example=FRAME[[*NUMBERS, "port"]], batch="N>=0"
    )
    assert program(FRAME[:0]).shape == (0, 2)
    np.testing.assert_allclose(program(FRAME), model.predict_proba(FRAME[[*NUMBERS, "port"]]))


@pytest.mark.skipif(OF_1_8, reason="scikit-learn 1.8 has no row at a threshold there")
def test_rows_at_thresholds_are_named_as_a_cause():
    rows = _rng.lognormal(size=(600, 2))
    model = make_pipeline(PowerTransformer(), HistGradientBoostingRegressor(max_iter=20))
    model.fit(rows, rows.sum(axis=1))
    with pytest.raises(VerificationError, match="thresholds of HistGradientBoostingRegressor are"):
        trace_estimator(model, example=rows)
    trace_estimator(model, example=rows * 1.001)
