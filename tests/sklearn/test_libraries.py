"""Pipelines of imbalanced-learn, category_encoders and feature-engine, which ``make libraries`` installs."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from onnxp.errors import EstimatorError
from onnxp.sklearn import trace_estimator

pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries, about pandas

ROWS = 80
_rng = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "a": _rng.normal(size=ROWS),
        "b": _rng.gamma(2, 2, ROWS) + 0.1,
        "n": _rng.integers(0, 6, ROWS),
        "s": _rng.choice(["x", "y", "z"], ROWS),
        "t": _rng.choice(["u", "v", "w", "q"], ROWS),
    }
)
LABELS = (FRAME["a"] + (FRAME["s"] == "x") + _rng.normal(size=ROWS) > 0.3).astype(int)
NUMBERS = FRAME[["a", "b", "n"]]
HOLES = FRAME.assign(
    a=FRAME["a"].where(_rng.random(ROWS) < 0.8), s=FRAME["s"].where(_rng.random(ROWS) < 0.8)
)
NEW = pd.DataFrame(
    {
        "a": [0.1, 0.2, 0.3],
        "b": [1.0, 2.0, 3.0],
        "n": [0, 1, 5],
        "s": ["x", "unknown", None],
        "t": ["q", "u", "new"],
    }
)


def check(model: Any, method: str, example: pd.DataFrame, *frames: pd.DataFrame) -> None:
    """Compare a model with the estimator, in a session of its own."""
    program = trace_estimator(model, method, example=example)
    session = ort.InferenceSession(program.model.SerializeToString())
    for rows in (example.head(1), example.head(3), example, *frames):
        expected = getattr(model, method)(rows)
        expected = pd.DataFrame(expected.toarray() if hasattr(expected, "toarray") else expected)
        results = session.run(None, program.feeds(rows))
        columns = [c for r in results for c in ([r] if r.ndim == 1 else r.T)]
        assert len(columns) == expected.shape[1]
        for column, (_, series) in zip(columns, expected.items(), strict=True):
            if column.dtype == object:
                assert column.tolist() == ["" if pd.isna(v) else v for v in series]
            else:
                np.testing.assert_allclose(column, np.asarray(series, float), rtol=1e-9, atol=1e-12)


# imbalanced-learn: samplers do nothing in predictions


def imbalanced() -> dict[str, Any]:
    pytest.importorskip("imblearn", reason="`make libraries` installs imblearn")
    from imblearn import FunctionSampler, ensemble
    from imblearn.over_sampling import SMOTE, RandomOverSampler
    from imblearn.pipeline import make_pipeline
    from imblearn.under_sampling import RandomUnderSampler

    columns = make_column_transformer(
        (StandardScaler(), ["a", "b"]), (OneHotEncoder(handle_unknown="ignore"), ["s"])
    )
    return {
        "smote": make_pipeline(StandardScaler(), SMOTE(random_state=0), LogisticRegression()),
        "function": make_pipeline(FunctionSampler(), StandardScaler(), LogisticRegression()),
        "under": make_pipeline(RandomUnderSampler(random_state=0), LogisticRegression()),
        "mixed": make_pipeline(columns, RandomOverSampler(random_state=0), LogisticRegression()),
        "forest": ensemble.BalancedRandomForestClassifier(5, random_state=0),
        "bagging": ensemble.BalancedBaggingClassifier(n_estimators=3, random_state=0),
        "easy": ensemble.EasyEnsembleClassifier(3, random_state=0),
        "boosting": ensemble.RUSBoostClassifier(n_estimators=3, random_state=0),
    }


@pytest.mark.parametrize("name", "smote function under mixed forest bagging easy boosting".split())
def test_imbalanced_learn(name: str):
    rows = FRAME if name == "mixed" else NUMBERS
    model = imbalanced()[name].fit(rows, LABELS)
    check(model, "predict_proba", rows)
    check(model, "predict", rows)


def test_steps_of_a_pipeline_with_samplers():
    rows = NUMBERS
    model = imbalanced()["smote"].fit(rows, LABELS)
    program = trace_estimator(model, example=rows, outputs=["standardscaler"])
    np.testing.assert_allclose(
        program(rows)["standardscaler"], model[0].transform(rows), rtol=1e-14
    )


# category_encoders

ENCODERS = """
    BackwardDifferenceEncoder BinaryEncoder GrayEncoder CountEncoder CountTargetEncoder HelmertEncoder
    OneHotEncoder OrdinalEncoder SumEncoder PolynomialEncoder BaseNEncoder LeaveOneOutEncoder TargetEncoder
    WOEEncoder MEstimateEncoder JamesSteinEncoder CatBoostEncoder GLMMEncoder QuantileEncoder SummaryEncoder
    RankHotEncoder
""".split()


@pytest.mark.parametrize("missing", ["value", "return_nan"])
@pytest.mark.parametrize("unknown", ["value", "return_nan"])
@pytest.mark.parametrize("name", ENCODERS)
def test_category_encoders(name: str, unknown: str, missing: str):
    encoders = pytest.importorskip(
        "category_encoders", reason="`make libraries` installs category_encoders"
    )
    encoder = getattr(encoders, name)(
        cols=["s", "t"], handle_unknown=unknown, handle_missing=missing
    )
    check(encoder.fit(FRAME, LABELS), "transform", FRAME, NEW)


def test_category_encoders_in_a_pipeline():
    encoders = pytest.importorskip(
        "category_encoders", reason="`make libraries` installs category_encoders"
    )
    model = make_pipeline(encoders.TargetEncoder(cols=["s", "t"]), LogisticRegression())
    check(model.fit(FRAME, LABELS), "predict_proba", FRAME, NEW)


@pytest.mark.parametrize("name", ["HashingEncoder", "MultiHotEncoder"])
def test_category_encoders_that_are_refused(name: str):
    encoders = pytest.importorskip(
        "category_encoders", reason="`make libraries` installs category_encoders"
    )
    encoder = getattr(encoders, name)(cols=["s"])
    encoder.fit(FRAME, LABELS)
    with pytest.raises(EstimatorError):
        trace_estimator(encoder, "transform", example=FRAME)


# feature-engine


def features() -> dict[str, tuple[Any, pd.DataFrame]]:
    pytest.importorskip("feature_engine", reason="`make libraries` installs feature_engine")
    from feature_engine import (
        creation,
        discretisation,
        encoding,
        imputation,
        outliers,
        scaling,
        selection,
        transformation,
        wrappers,
    )

    relative = {"variables": ["a"], "reference": ["b"], "func": ["add", "sub", "mul", "div"]}
    return {
        "missing indicator": (imputation.AddMissingIndicator(), HOLES),
        "number": (imputation.ArbitraryNumberImputer(), HOLES),
        "text": (imputation.CategoricalImputer(), HOLES),
        "tail": (imputation.EndTailImputer(), HOLES),
        "mean": (imputation.MeanMedianImputer(), HOLES),
        "counts": (encoding.CountFrequencyEncoder(), FRAME),
        "means": (encoding.MeanEncoder(), FRAME),
        "one-hot": (encoding.OneHotEncoder(), FRAME),
        "ordinal": (encoding.OrdinalEncoder(), FRAME),
        "rare": (encoding.RareLabelEncoder(tol=0.3, n_categories=1), FRAME),
        "evidence": (encoding.WoEEncoder(), FRAME),
        "bins": (
            discretisation.ArbitraryDiscretiser(binning_dict={"b": [0, 1, 2, 5, np.inf]}),
            NUMBERS,
        ),
        "equal frequency": (discretisation.EqualFrequencyDiscretiser(q=4), NUMBERS),
        "equal width": (discretisation.EqualWidthDiscretiser(bins=4), NUMBERS),
        "capped": (outliers.ArbitraryOutlierCapper(max_capping_dict={"b": 3}), NUMBERS),
        "winsorized": (outliers.Winsorizer(), NUMBERS),
        "logarithm": (transformation.LogTransformer(variables=["b"]), NUMBERS),
        "shifted logarithm": (transformation.LogCpTransformer(variables=["b"]), NUMBERS),
        "power": (transformation.PowerTransformer(variables=["b"]), NUMBERS),
        "reciprocal": (transformation.ReciprocalTransformer(variables=["b"]), NUMBERS),
        "Box-Cox": (transformation.BoxCoxTransformer(variables=["b"]), NUMBERS),
        "Yeo-Johnson": (transformation.YeoJohnsonTransformer(variables=["a"]), NUMBERS),
        "cyclical": (creation.CyclicalFeatures(variables=["n"]), NUMBERS),
        "math": (
            creation.MathFeatures(variables=["a", "b"], func=["sum", "mean", "min", "std"]),
            NUMBERS,
        ),
        "relative": (creation.RelativeFeatures(**relative), NUMBERS),
        "constant": (selection.DropConstantFeatures(), NUMBERS),
        "correlated": (selection.DropCorrelatedFeatures(), NUMBERS),
        "duplicate": (selection.DropDuplicateFeatures(), NUMBERS),
        "wrapper": (
            wrappers.SklearnTransformerWrapper(StandardScaler(), variables=["a", "b"]),
            NUMBERS,
        ),
        "normalized": (scaling.MeanNormalizationScaler(), NUMBERS),
    }


FEATURES = """
    missing indicator, number, text, tail, mean, counts, means, one-hot, ordinal, rare, evidence, bins,
    equal frequency, equal width, capped, winsorized, logarithm, shifted logarithm, power, reciprocal,
    Box-Cox, Yeo-Johnson, cyclical, math, relative, constant, correlated, duplicate, wrapper, normalized
"""


@pytest.mark.parametrize("name", [name.strip() for name in FEATURES.replace("\n", " ").split(",")])
def test_feature_engine(name: str):
    transformer, rows = features()[name]
    check(transformer.fit(rows, LABELS), "transform", rows)


def test_libraries_behind_other_steps():
    encoders = pytest.importorskip(
        "category_encoders", reason="`make libraries` installs category_encoders"
    )
    frame = pd.DataFrame({"s": list("abcab") * 4, "n": np.arange(20.0)})
    model = make_pipeline(
        FunctionTransformer(lambda df: df.assign(m=df["n"] * 2)),
        encoders.TargetEncoder(cols=["s"]),
        LogisticRegression(),
    ).fit(frame, np.arange(20) % 2)
    program = trace_estimator(model, "predict_proba", example=frame)
    np.testing.assert_allclose(program(frame), model.predict_proba(frame), rtol=1e-12)
