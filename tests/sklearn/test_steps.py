"""The results of steps as further outputs: those that scikit-learn computes on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from onnxp.errors import ArgumentError, ArgumentTypeError, NameCollisionError
from onnxp.sklearn import trace_estimator
from tests.helpers import sessions

ROWS = 30
_rng = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "age": np.where(_rng.random(ROWS) < 0.3, np.nan, _rng.normal(40, 9, ROWS)),
        "fare": _rng.gamma(2, 9, ROWS),
        "sex": _rng.choice(["m", "f"], ROWS),
    }
)
LABELS = _rng.integers(0, 2, ROWS)
NUMBERS = make_pipeline(SimpleImputer(), StandardScaler())
COLUMNS = make_column_transformer(
    (NUMBERS, ["age", "fare"]), (OneHotEncoder(), ["sex"]), sparse_threshold=1
)
PIPELINE = make_pipeline(COLUMNS, PCA(2), LogisticRegression()).fit(FRAME, LABELS)


def dense(array: Any) -> np.ndarray:
    return np.asarray(array.toarray() if hasattr(array, "toarray") else array)


def expected(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the results of the steps of `PIPELINE`."""
    columns = PIPELINE[0]
    numbers = columns.named_transformers_["pipeline"]
    return {
        "columntransformer": dense(columns.transform(rows)),
        "columntransformer__pipeline": numbers.transform(rows[["age", "fare"]]),
        "columntransformer__pipeline__simpleimputer": numbers[0].transform(rows[["age", "fare"]]),
        "columntransformer__pipeline__standardscaler": numbers.transform(rows[["age", "fare"]]),
        "columntransformer__onehotencoder": dense(
            columns.named_transformers_["onehotencoder"].transform(rows[["sex"]])
        ),
        "pca": PIPELINE[:2].transform(rows),
    }


@pytest.mark.parametrize("batch", ["N", 3])
@pytest.mark.parametrize("method", ["predict", ["predict", "predict_proba"]])
def test_steps_of_a_pipeline(method: Any, batch: Any):
    outputs = list(expected(FRAME))
    program = trace_estimator(
        PIPELINE, method, dtype={"sex": "string"}, batch=batch, outputs=outputs
    )
    methods = ["label"] if isinstance(method, str) else ["label", "probabilities"]
    assert [leaf.name for leaf in program.signature.outputs] == [*methods, *outputs]
    for count in (1, 3, ROWS) if batch == "N" else (3,):
        rows = FRAME.head(count)
        results = sessions.both(program.model).run(None, program.feeds(rows))
        np.testing.assert_array_equal(results[0], PIPELINE.predict(rows))
        for name, found in zip(outputs, results[len(methods) :], strict=True):
            np.testing.assert_allclose(
                found, expected(rows)[name], rtol=1e-13, atol=1e-14, err_msg=name
            )
    assert [node.op_type for node in program.model.graph.node].count("IsNaN") == 1


def test_checks_include_the_steps():
    program = trace_estimator(PIPELINE, example=FRAME, outputs=["pca", "columntransformer"])
    report = program.check(FRAME)
    assert [d.name for d in report] == ["label", "pca", "columntransformer"]
    assert report.largest < 1e-14
    assert "transform" not in vars(PIPELINE[0])  # it was not changed


def test_steps_in_a_search_and_a_union():
    union = FeatureUnion([("scaled", StandardScaler()), ("best", SelectKBest(k=1))])
    search = GridSearchCV(
        make_pipeline(union, LogisticRegression()), {"logisticregression__C": [1.0, 2.0]}, cv=2
    ).fit(FRAME[["fare"]], LABELS)
    names = ["estimator__featureunion__scaled", "featureunion__best", "featureunion"]
    program = trace_estimator(search, example=FRAME, outputs=names, validity=True)
    fitted = search.best_estimator_[0]
    wanted = [step.transform(FRAME[["fare"]]) for _, step in fitted.transformer_list]
    wanted.append(fitted.transform(FRAME[["fare"]]))
    results = program(FRAME)
    assert list(results) == ["label", *names, "valid"]
    for name, array in zip(names, wanted, strict=True):
        np.testing.assert_allclose(results[name], array, rtol=1e-14)


def test_steps_of_text_and_numbers_have_an_output_for_each_column():
    columns = ColumnTransformer([("a", StandardScaler(), ["fare"])], remainder="passthrough")
    model = make_pipeline(columns).fit(FRAME[["fare", "sex"]])
    program = trace_estimator(
        model, "transform", example=FRAME, outputs=["columntransformer__a", "columntransformer"]
    )
    assert [leaf.name for leaf in program.signature.outputs][-2:] == [
        "columntransformer_a__fare",
        "columntransformer_remainder__sex",
    ]
    found = program(FRAME)["columntransformer"]
    assert found["remainder__sex"].tolist() == FRAME["sex"].tolist()
    assert program.check(FRAME).largest < 1e-14


def test_names_of_set_output():
    columns = make_column_transformer((StandardScaler(), ["fare", "age"])).set_output(
        transform="pandas"
    )
    model = make_pipeline(
        columns, FunctionTransformer(lambda df: df[["standardscaler__fare"]] * 2)
    ).fit(FRAME)
    program = trace_estimator(model, "transform", example=FRAME, outputs=["columntransformer"])
    np.testing.assert_allclose(program(FRAME)["columntransformer"], columns.fit_transform(FRAME))


@pytest.mark.parametrize(
    ("outputs", "error", "message"),
    [
        (
            ["scaler"],
            ArgumentError,
            r"step 'scaler' of Pipeline does not exist; .*'columntransformer'",
        ),
        (["logisticregression"], ArgumentError, "transforms nothing: ask for its method"),
        (["pca__whiten"], ArgumentError, "does not exist"),
        ("pca", ArgumentTypeError, "a list of names of steps, not 'pca'"),
        ([1], ArgumentTypeError, "a list of names of steps"),
    ],
)
def test_bad_outputs(outputs: Any, error: type[Exception], message: str):
    with pytest.raises(error, match=message):
        trace_estimator(PIPELINE, example=FRAME, outputs=outputs)


def test_names_that_clash():
    with pytest.raises(NameCollisionError, match="must have different names"):
        trace_estimator(PIPELINE, example=FRAME, outputs=["pca"], output_names=["pca"])
    model = make_pipeline(StandardScaler()).fit(
        FRAME[["fare"]].rename(columns={"fare": "standardscaler"})
    )
    with pytest.raises(
        NameCollisionError, match="'standardscaler' is the name of a column and of an output"
    ):
        trace_estimator(model, "transform", columns="1d", outputs=["standardscaler"])
