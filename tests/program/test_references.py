"""``Program.check(reference, ...)``: loaded programs beside functions, methods and estimators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import skl2onnx
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import onnxp as xp
from onnxp.errors import ArgumentError, FeedError
from onnxp.sklearn import trace_estimator

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(40, 3)), columns=["a", "b", "c"])
Y = np.where(X["a"] > 0, "yes", "no")
PIPELINE = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> xp.Program:
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    trace_estimator(PIPELINE, ["predict", "predict_proba"], example=X).save(path)
    return xp.load(path)


@pytest.mark.parametrize(
    ("estimator", "method"),
    [
        (PIPELINE, "predict"),
        (PIPELINE, ("predict_proba", "decision_function", "predict_log_proba")),
        (LinearRegression().fit(X, X["a"]), "predict"),
        (KMeans(2, n_init=1, random_state=0).fit(X), ("predict", "transform")),
        (PCA(2).fit(X), ("transform", "score_samples")),
    ],
    ids=["labels", "numbers of classes", "regression", "clusters", "components"],
)
def test_the_methods_of_an_estimator(estimator: Any, method: Any) -> None:
    program = xp.load(bytes(trace_estimator(estimator, method, example=X)))
    comparison = program.check(estimator, X)
    assert comparison
    assert len(comparison) == (1 if isinstance(method, str) else len(method))


def test_another_estimator_differs(loaded: xp.Program) -> None:
    other = make_pipeline(StandardScaler(), LogisticRegression(C=0.1)).fit(X, Y)
    assert loaded.check(PIPELINE, X)
    comparison = loaded.check(other, X)
    assert [row.agrees for row in comparison] == [True, False]
    assert loaded.check(other, X, atol=0.5)


def test_functions(loaded: xp.Program) -> None:
    assert loaded.check(lambda df: [PIPELINE.predict(df), PIPELINE.predict_proba(df)], X)

    def by_name(df: Any) -> dict[str, Any]:
        return {"probabilities": PIPELINE.predict_proba(df), "label": PIPELINE.predict(df)}

    assert loaded.check(by_name, X)
    single = xp.load(bytes(xp.trace(lambda x, y: x + y, "float64[N]", "float64[N]")))
    x = X["a"].to_numpy()
    assert single.check(np.add, x, x)
    assert single.check(lambda x, y: x + y, x, y=x)
    assert not single.check(np.subtract, x, x)


def test_a_traced_program_takes_another_function() -> None:
    program = xp.trace(lambda x: x * 2, "float64[N]")
    assert program.check(X["a"].to_numpy())
    assert not program.check(lambda x: x * 3, X["a"].to_numpy())


def test_the_arguments_are_not_changed(loaded: xp.Program) -> None:
    def careless(df: Any) -> Any:
        result = [PIPELINE.predict(df), PIPELINE.predict_proba(df)]
        df["a"] = 0.0
        return result

    before = X.copy()
    assert loaded.check(careless, X)
    pd.testing.assert_frame_equal(X, before)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((X,), {}, r"give it, or the estimator, as in program\.check\(estimator, X\)"),
        ((LogisticRegression, X), {}, "give it, or the estimator"),  # a class
        ((PIPELINE.predict, X), {}, "has 2 results, and its function 1"),
        ((PIPELINE[0], X), {}, "StandardScaler has no method for the output 'label'"),
        ((lambda df: df["z"], X), {}, "the function of Pipeline.predict fails; KeyError: 'z'"),
        ((PIPELINE, X), {"locate": True}, "locate=True traces the function again"),
    ],
    ids=["none", "class", "one result", "no method", "error", "locate"],
)
def test_what_cannot_be_compared(
    loaded: xp.Program, arguments: Any, options: Any, message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        loaded.check(*arguments, **options)


def test_labels_beside_a_table_are_refused(loaded: xp.Program) -> None:
    with pytest.raises(FeedError, match=r"a table is the only argument, .* leave out the other 1"):
        loaded.check(PIPELINE, X, Y)
    with pytest.raises(FeedError, match="a table is the only argument"):
        loaded(X, Y)


def test_models_of_other_tools() -> None:
    model = LinearRegression().fit(X.to_numpy(), X["a"])
    foreign = xp.load(skl2onnx.to_onnx(model, X.to_numpy()))
    assert foreign.check(lambda x: model.predict(x)[:, None], X.to_numpy())
    with pytest.raises(
        ArgumentError, match="LinearRegression has no method for the output 'variable'"
    ):
        foreign.check(model, X.to_numpy())
