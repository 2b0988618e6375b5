"""Pipelines as in notebooks: features of frames, text, dates, several targets, estimators of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import (
    ColumnTransformer,
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectFromModel, SelectPercentile, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge, RidgeCV
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import LinearSVC

from onnxp.sklearn import trace_estimator
from tests.helpers.sessions import both

ROWS = 150


def passengers(seed: int) -> pd.DataFrame:
    """Return a table with names, text that is missing, a time and categories."""
    rng = np.random.default_rng(seed)
    titles = rng.choice(["Mr", "Mrs", "Miss", "Dr"], ROWS, p=[0.5, 0.2, 0.25, 0.05])
    hours = rng.integers(0, 24 * 700, ROWS)
    return pd.DataFrame(
        {
            "name": [f"Braun, {title}. Édith {i}" for i, title in enumerate(titles)],
            "sex": rng.choice(["male", "female"], ROWS),
            "age": np.where(rng.random(ROWS) < 0.2, np.nan, rng.normal(30, 12, ROWS).round(1)),
            "fare": rng.gamma(1.2, 25, ROWS).round(4),
            "family": rng.integers(0, 5, ROWS),
            "cabin": pd.Series(
                np.where(rng.random(ROWS) < 0.5, None, rng.choice(["C85", "E46", "G6"], ROWS)),
                dtype="str",
            ),
            "port": pd.Categorical(rng.choice(["S", "C", "Q"], ROWS)),
            "when": pd.to_datetime("2024-01-01") + pd.to_timedelta(hours, unit="h"),
            "note": [" ".join(rng.choice(["late", "Été", "food", "no"], 3)) for _ in range(ROWS)],
            "price": rng.choice(["$1,200", "$30", "n/a"], ROWS),
        }
    )


def labels(table: pd.DataFrame) -> np.ndarray:
    rng = np.random.default_rng(5)
    return ((table["sex"] == "female") + table["fare"] / 50 + rng.normal(size=ROWS) > 1).to_numpy()


def numbers(table: pd.DataFrame) -> pd.Series:
    noise = np.random.default_rng(6).normal(0, 0.1, ROWS)
    return np.exp(2 + table["family"] / 5 + noise).rename("target")


def targets(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"a": numbers(table), "b": numbers(table) ** 0.5 + table["fare"] / 50})


class Features(TransformerMixin, BaseEstimator):
    """Features that people compute of names, cabins and ages."""

    def fit(self, X: Any, y: Any = None) -> Features:
        self.medians_ = X.groupby("family")["age"].median()
        self.ports_ = X["port"].astype(str).value_counts(normalize=True)
        return self

    def transform(self, X: Any) -> Any:
        X = X.copy()
        X["title"] = X["name"].str.extract(r" ([A-Za-z]+)\.", expand=False)
        X["title"] = X["title"].where(X["title"].isin(["Mr", "Mrs", "Miss"]), "Rare")
        X["deck"] = X["cabin"].fillna("U").str[0]
        X["age"] = X["age"].fillna(X["family"].map(self.medians_)).fillna(30.0)
        X["child"] = X["age"].apply(lambda age: 1 if age < 18 else 0)
        X["log_fare"] = np.log1p(X["fare"])
        X["port_share"] = X["port"].astype(str).map(self.ports_).fillna(0)
        X.loc[X["fare"] > 100, "fare"] = 100.0
        return X[["title", "deck", "sex", "age", "child", "log_fare", "port_share", "fare"]]


class Threshold(ClassifierMixin, BaseEstimator):
    """A classifier with a threshold of its own."""

    def __init__(self, estimator: Any, threshold: float = 0.4) -> None:
        self.estimator = estimator
        self.threshold = threshold

    def fit(self, X: Any, y: Any) -> Threshold:
        self.estimator_ = clone(self.estimator).fit(X, y)
        self.classes_ = self.estimator_.classes_
        return self

    def predict_proba(self, X: Any) -> Any:
        return self.estimator_.predict_proba(X)

    def predict(self, X: Any) -> Any:
        is_second = self.predict_proba(X)[:, 1] >= self.threshold
        return np.where(is_second, self.classes_[1], self.classes_[0])


def usual() -> Any:
    return make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["age", "fare"]),
        (OneHotEncoder(handle_unknown="ignore"), ["sex", "port"]),
    )


def sine(period: int) -> Any:
    return FunctionTransformer(lambda x: np.sin(x / period * 2 * np.pi))


def of_time(df: Any) -> Any:
    return pd.DataFrame(
        {
            "hour": df["when"].dt.hour,
            "weekend": df["when"].dt.dayofweek.isin([5, 6]).astype(int),
            "rush": df["when"].dt.hour.between(7, 9),
            "month": df["when"].dt.month,
        }
    )


def of_text(df: Any) -> Any:
    price = pd.to_numeric(df["price"].str.replace("[$,]", "", regex=True), errors="coerce")
    return np.c_[price.fillna(-1), df["note"].str.len(), df["note"].str.count("o")]


def of_row(row: Any) -> Any:
    if row["sex"] == "male" and row["family"] > 2:
        return row["fare"] / row["family"]
    return row["fare"]


def dummies(df: Any) -> Any:
    columns = ["sex_female", "sex_male", "sex_none", "age"]
    return pd.get_dummies(df[["sex", "age"]].fillna({"age": 0})).reindex(
        columns=columns, fill_value=0
    )


_BOTH = "predict predict_proba"
PIPELINES: dict[str, tuple[Callable[[], Any], Callable[[Any], Any], str]] = {
    "features, forest": (
        lambda: make_pipeline(
            Features(),
            make_column_transformer(
                (OneHotEncoder(sparse_output=False), make_column_selector(dtype_exclude="number")),
                remainder="passthrough",
            ),
            RandomForestClassifier(10, random_state=0),
        ),
        labels,
        _BOTH,
    ),
    "encoded frame, boosting": (
        lambda: make_pipeline(
            FunctionTransformer(lambda df: df[["sex", "port", "age", "fare"]]),
            ColumnTransformer(
                [("codes", OrdinalEncoder(), ["sex", "port"])],
                remainder="passthrough",
                verbose_feature_names_out=False,
            ).set_output(transform="pandas"),
            HistGradientBoostingClassifier(max_iter=8, random_state=0),
        ),
        labels,
        _BOTH,
    ),
    "bands": (
        lambda: make_pipeline(
            FunctionTransformer(
                lambda df: df.assign(
                    band=pd.cut(df["age"], [0, 12, 18, 60, 99], labels=False).fillna(-1),
                    cheap=np.digitize(df["fare"], [7.9, 14.4, 31]),
                )[["band", "cheap", "family"]]
            ),
            GradientBoostingClassifier(n_estimators=8, random_state=0),
        ),
        labels,
        _BOTH,
    ),
    "dates": (
        lambda: make_pipeline(FunctionTransformer(of_time), Ridge()),
        numbers,
        "predict",
    ),
    "cycles and splines": (
        lambda: make_pipeline(
            FunctionTransformer(of_time),
            ColumnTransformer(
                [
                    ("sine", sine(24), ["hour"]),
                    ("month", SplineTransformer(extrapolation="periodic", n_knots=5), ["month"]),
                    ("bins", KBinsDiscretizer(3, strategy="uniform"), ["hour"]),
                ],
                remainder=MinMaxScaler(),
            ),
            RidgeCV(np.logspace(-3, 3, 7)),
        ),
        numbers,
        "predict",
    ),
    "text beside numbers of text": (
        lambda: make_pipeline(
            FeatureUnion(
                [
                    (
                        "words",
                        make_pipeline(
                            FunctionTransformer(lambda df: df["note"].str.lower()),
                            TfidfVectorizer(),
                        ),
                    ),
                    ("numbers", make_pipeline(FunctionTransformer(of_text), StandardScaler())),
                ]
            ),
            LogisticRegression(),
        ),
        labels,
        _BOTH,
    ),
    "rows": (
        lambda: make_pipeline(
            FunctionTransformer(lambda df: df.apply(of_row, axis=1).to_frame()),
            PolynomialFeatures(2),
            LogisticRegression(),
        ),
        labels,
        _BOTH,
    ),
    "dummies": (
        lambda: make_pipeline(FunctionTransformer(dummies), LogisticRegression()),
        labels,
        _BOTH,
    ),
    "calibrated vectors": (
        lambda: CalibratedClassifierCV(make_pipeline(usual(), LinearSVC(random_state=0)), cv=3),
        labels,
        _BOTH,
    ),
    "stacking of rows": (
        lambda: make_pipeline(
            FunctionTransformer(lambda df: df[["fare", "family"]]),
            StackingClassifier(
                [
                    ("trees", ExtraTreesClassifier(5, random_state=0)),
                    ("line", make_pipeline(PowerTransformer(), LogisticRegression())),
                ],
                passthrough=True,
                cv=2,
            ),
        ),
        labels,
        _BOTH,
    ),
    "powers of a frame": (
        lambda: make_pipeline(
            FunctionTransformer(lambda df: df[["fare", "family"]]),
            PowerTransformer(),
            SelectPercentile(f_classif, percentile=60),
            Threshold(LogisticRegression()),
        ),
        labels,
        _BOTH,
    ),
    "selection by trees": (
        lambda: make_pipeline(
            usual(),
            SelectFromModel(ExtraTreesClassifier(8, random_state=0), threshold="median"),
            Threshold(LogisticRegression(), 0.3),
        ),
        labels,
        _BOTH,
    ),
    "logarithms of the target": (
        lambda: TransformedTargetRegressor(
            make_pipeline(
                make_column_transformer(("passthrough", ["family", "fare"])),
                HistGradientBoostingRegressor(max_iter=8, random_state=0),
            ),
            func=np.log,
            inverse_func=np.exp,
        ),
        numbers,
        "predict",
    ),
    "counts": (
        lambda: make_pipeline(usual(), PoissonRegressor(max_iter=300)),
        numbers,
        "predict",
    ),
    "several targets": (
        lambda: TransformedTargetRegressor(
            make_pipeline(usual(), MultiOutputRegressor(Ridge())), transformer=StandardScaler()
        ),
        targets,
        "predict",
    ),
    "a chain of targets": (
        lambda: make_pipeline(usual(), RegressorChain(Ridge(), order=[1, 0])),
        targets,
        "predict",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PIPELINES)
def test_pipelines(name: str):
    make, target, methods = PIPELINES[name]
    table, other = passengers(0), passengers(1)
    model = make().fit(table, target(table))
    program = trace_estimator(model, methods.split(), example=table[:20])
    assert program.assumptions == ()
    session = both(program.model)
    for rows in (other, other[7:8], table):
        results = session.run(None, program.feeds(rows))
        for method, result in zip(methods.split(), results, strict=True):
            expected = np.asarray(getattr(model, method)(rows))
            np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-12)
