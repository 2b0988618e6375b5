"""Fitted scikit-learn estimators, traced by scikit-learn's own code."""

from __future__ import annotations

import itertools
import os
import pickle
import re
import subprocess
import sys
import threading
import warnings
from typing import Any

import numpy as np
import pandas
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import make_scorer, pairwise
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    LabelBinarizer,
    LabelEncoder,
    MaxAbsScaler,
    MinMaxScaler,
    StandardScaler,
)

import onnxp as xp
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    EstimatorError,
    FixedSizeWarning,
    ScalarRangeError,
    ShapeError,
    SpecError,
    TracedValueError,
)
from onnxp.sklearn import convert_estimator, dispatch, trace_estimator
from onnxp.sklearn._numpy_namespace import SklearnNumpy
from tests.helpers import sessions
from tests.helpers.sklearn_cases import CASES, Case, data
from tests.helpers.sklearn_results import check

BATCHES = (1, 3, 7, 12)
X = data("float64")["X"]


def expected(case: Case, rows: np.ndarray) -> np.ndarray:
    fitted = case.fitted("float64")
    return np.asarray(fitted(rows) if case.method == "call" else getattr(fitted, case.method)(rows))


def program(case: Case, rows: np.ndarray, example: np.ndarray | None = None) -> xp.Program:
    spec = xp.spec(("N", *rows.shape[1:]), rows.dtype)
    if case.method == "call":
        with dispatch():
            return xp.trace(case.fitted("float64"), spec, example=example)
    return trace_estimator(case.fitted("float64"), case.method, spec=spec, example=example)


def bare(model, name: str, rows: np.ndarray) -> np.ndarray:
    """Run a model without onnxp, with the runtime's own defaults."""
    return sessions.run(model, {name: rows})[0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_method(case: Case, dtype: str):
    """The model gives what scikit-learn gives, for batches of several sizes."""
    rows = case.input("float64")
    if rows.dtype.kind == "f":
        rows = rows.astype(dtype)
    elif dtype == "float32":
        return  # labels are integers
    model = program(case, rows).model
    session = sessions.both(model)
    for size in BATCHES:
        (found,) = session.run(None, {"X": rows[:size]})
        check(found, expected(case, rows[:size]))


def test_table_is_whole():
    assert len(CASES) == len({case.id for case in CASES}) == 128


@pytest.mark.parametrize("case", CASES[:1] + CASES[30:31] + CASES[70:71], ids=lambda case: case.id)
def test_estimator_and_settings_stay_as_they_are(case: Case):
    fitted = case.fitted("float64")
    before = pickle.dumps(fitted)
    settings = sklearn.get_config()
    trace_estimator(fitted, case.method)
    assert pickle.dumps(fitted) == before
    assert sklearn.get_config() == settings


def functions() -> dict[str, object]:
    """Return every function and method of the modules of scikit-learn that are patched, and of others."""
    found: dict[str, object] = {}
    for name, module in list(sys.modules.items()):
        if name.startswith("sklearn."):
            for key, obj in list(vars(module).items()):
                found[f"{name}.{key}"] = obj
                if isinstance(obj, type):
                    found.update(
                        {f"{name}.{key}.{k}": v for k, v in vars(obj).items() if callable(v)}
                    )
    return found


def test_functions_are_put_back():
    before = functions()
    cells = [cell.cell_contents for cell in pairwise.manhattan_distances.__closure__]
    with dispatch(), dispatch():
        during = functions()
        changed = {name for name, obj in during.items() if before.get(name) is not obj}
        assert pairwise.manhattan_distances.__wrapped__ not in [
            cell.cell_contents for cell in pairwise.manhattan_distances.__closure__
        ]
    assert "sklearn.metrics.pairwise._fill_diagonal" in changed
    assert "sklearn.preprocessing._label.LabelEncoder.transform" in changed
    after = functions()
    assert [name for name in before if after[name] is not before[name]] == []
    now = [cell.cell_contents for cell in pairwise.manhattan_distances.__closure__]
    assert all(one is other for one, other in zip(cells, now, strict=True))


def test_functions_are_put_back_after_an_error():
    before = functions()
    with pytest.raises(EstimatorError):
        trace_estimator(BernoulliRBM().fit(X), "score_samples")
    after = functions()
    assert [name for name in before if after[name] is not before[name]] == []


def test_several_threads_trace_at_once():
    """And one that leaves does not take the replacements from another; numpy callers notice nothing."""
    given = data("float64")
    encoder = LabelEncoder().fit(given["three"])
    wanted = encoder.transform(given["three"])
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                found = trace_estimator(encoder, "transform")(given["three"])
                np.testing.assert_array_equal(found, wanted)
                np.testing.assert_array_equal(encoder.transform(given["three"]), wanted)
                with pytest.raises(ValueError, match="unseen"):
                    encoder.transform(np.asarray([11]))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_works_without_scipys_switch():
    """scikit-learn wants SCIPY_ARRAY_API in the environment; none of the code that is traced needs it."""
    script = (
        "import numpy as np; from sklearn.linear_model import Ridge\n"
        "from onnxp.sklearn import trace_estimator\n"
        "X = np.arange(6.0).reshape(3, 2); r = Ridge(solver='svd').fit(X, X[:, 0])\n"
        "print(np.allclose(trace_estimator(r)(X), r.predict(X)))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "SCIPY_ARRAY_API"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "True\n", done.stderr


# Names, shapes, dtypes


def test_names():
    given = data("float64")
    logistic = LogisticRegression().fit(X, given["three"])
    found = trace_estimator(logistic, "predict_proba", input_name="rows", output_names=["p"])
    assert (
        repr(found)
        == "Program(LogisticRegression.predict_proba(rows: float64[N, 5]) -> p: float64[N, 3])"
    )
    assert [y.name for y in trace_estimator(logistic).model.graph.output] == ["label"]
    linear = LinearRegression().fit(X, given["target"])
    assert [y.name for y in trace_estimator(linear).model.graph.output] == ["prediction"]
    assert trace_estimator(logistic, batch="rows").signature.inputs[0].text == "float64[rows, 5]"
    assert (
        trace_estimator(logistic, batch=4, dtype="float32").signature.inputs[0].text
        == "float32[4, 5]"
    )


def test_several_methods_in_one_model(subtests: pytest.Subtests):
    logistic = LogisticRegression().fit(X, data("float64")["three"])
    methods = ["predict", "predict_proba", "decision_function"]
    both = trace_estimator(logistic, methods)
    results = both(X)
    assert list(results) == ["label", "probabilities", "scores"]
    for found, method in zip(results.values(), methods, strict=True):
        with subtests.test(method=method):
            check(found, getattr(logistic, method)(X))
    operators = [node.op_type for node in both.model.graph.node]
    assert operators.count("MatMul") + operators.count("Gemm") == 1


@pytest.mark.parametrize(
    "model", [StandardScaler(), LogisticRegression(), KMeans(2, n_init=1), GaussianNB()]
)
def test_batches_that_may_be_empty(model: BaseEstimator):
    model.fit(X, data("float64")["three"])
    method = "predict" if hasattr(model, "predict") else "transform"
    program = trace_estimator(model, method, batch="N>=0")
    assert program.assumptions == ()
    for count in (0, 1, 5):
        if count:
            check(program(X[:count]), getattr(model, method)(X[:count]))
        assert len(program(X[:count])) == count


@pytest.mark.parametrize("fitted", ["float32", "float64"])
@pytest.mark.parametrize("exact", [True, False])
def test_float32_input_meets_fitted_numbers_of_both_dtypes(fitted: str, exact: bool):
    """Labels are not rounded: they are what is predicted."""
    labels = np.where(data("float64")["two"], 1.0, 1e9 + 1)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X.astype(fitted), labels)
    program = trace_estimator(pipeline, ["predict", "predict_proba"], dtype=np.float32, exact=exact)
    rows = X.astype(np.float32)
    results, expected = program(rows), pipeline.predict_proba(rows)
    assert results["probabilities"].dtype == (expected.dtype if exact else np.float32)
    np.testing.assert_allclose(
        results["probabilities"],
        expected,
        rtol=0,
        atol=1e-14 if expected.dtype == np.float64 and exact else 1e-6,
    )
    assert results["label"].tolist() == pipeline.predict(rows).tolist()


def test_numbers_too_large_for_float32():
    scaler = MaxAbsScaler().fit(X * 1e300)
    with pytest.raises(ScalarRangeError, match=r"contains \S+, which does not fit float32"):
        trace_estimator(scaler, "transform", dtype=np.float32, exact=False)


def test_columns_are_taken_from_the_estimator():
    given = data("float64")
    scaler = StandardScaler().fit(X)
    with pytest.raises(SpecError, match=r"StandardScaler.transform takes 5 columns, not 3"):
        trace_estimator(scaler, "transform", n_features=3)
    with pytest.raises(SpecError, match="give n_features="):
        trace_estimator(Unaware().fit(X), "transform")
    assert (
        trace_estimator(LabelBinarizer().fit(given["three"]), "inverse_transform")
        .signature.inputs[0]
        .text
        == "int64[N, 3]"
    )


def test_names_of_columns_and_pandas_output():
    """Columns are taken by position, without a warning; `set_output` does not matter."""
    frame = pandas.DataFrame(X, columns=list("abcde"))
    scaler = StandardScaler().set_output(transform="pandas").fit(frame)
    found = trace_estimator(scaler, "transform")(X)
    check(found, scaler.transform(frame).to_numpy())


@pytest.mark.parametrize("remainder", ["drop", "passthrough", MinMaxScaler()])
def test_columns_by_name(remainder):
    """A model takes them where they were in the table that the estimator was fitted with."""
    frame = pandas.DataFrame(X, columns=list("abcde"))
    steps = [
        ("list", StandardScaler(), ["d", "a"]),
        ("one", FunctionTransformer(_column), "e"),
        ("slice", MinMaxScaler(), slice("b", "c")),
        ("dropped", "drop", ["a"]),
    ]
    columns = ColumnTransformer(steps, remainder=remainder).fit(frame)
    check(trace_estimator(columns, "transform")(X), columns.transform(frame))


def _column(x):
    return np.reshape(x if hasattr(x, "__array_namespace__") else x.to_numpy(), (-1, 1)) * 2


# Examples


@pytest.mark.parametrize("case", CASES[1::9], ids=lambda case: case.id)
def test_example(case: Case):
    """An example changes nothing where there is nothing to assume."""
    rows = case.input("float64")
    found = program(case, rows, rows[:5])
    for size in BATCHES:
        check(found(rows[:size]), expected(case, rows[:size]))
    assert not found.assumptions


def test_example_answers():
    def halve(X):
        xp = X.__array_namespace__()
        return X / 2 if xp.max(X) > 100 else X

    halver = FunctionTransformer(halve)
    halver.fit(X)
    with pytest.raises(
        EstimatorError, match=r"test_trace.py:\d+, in halve:\n.*xp.max.*\n.*\n.*with example=X"
    ):
        trace_estimator(halver, "transform", n_features=5)
    found = trace_estimator(halver, "transform", example=X)
    assert [a.text for a in found.assumptions] == ["max(X) > 100.0"]
    check(found(X), X)


def test_program_check_compares_with_scikit_learn():
    scaler = StandardScaler().fit(X)
    program = trace_estimator(scaler, "transform")
    assert program.check(X).largest < 1e-12
    assert program.check(X[:1]).largest < 1e-12
    scaler.mean_ += 1  # the estimator that is compared with is the caller's
    assert program.check(X).largest > 0.1


# What cannot be traced


def test_line_that_left_the_array_api():
    fitted = BernoulliRBM().fit(X)  # it draws, as no model does
    place = (
        rf"sklearn/\S+\.p\w+:\d+, in \S+ \(scikit-learn {re.escape(sklearn.__version__)}\):\n    \S"
    )
    message = rf"BernoulliRBM.score_samples cannot be traced: it leaves the array API at {place}"
    for example in (None, X):
        with pytest.raises(EstimatorError, match=message):
            trace_estimator(fitted, "score_samples", example=example)


class Unaware(TransformerMixin, BaseEstimator):
    """Does not say how many columns it takes."""

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return X


class Constant(TransformerMixin, BaseEstimator):
    """Returns what does not depend on the input."""

    def __init__(self, result=None):
        self.result = result

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return self.result if self.result is not None else X[0, ...]


@pytest.mark.parametrize("result", [np.ones(3), None], ids=["numpy", "row"])
def test_results_that_have_no_rows(result):
    with pytest.raises(EstimatorError, match="cannot be traced"):
        trace_estimator(Constant(result).fit(X), "transform", n_features=5)


class Forgetful(TransformerMixin, BaseEstimator):
    """It is fitted, and has no attribute that says so."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X


def test_an_estimator_that_does_not_look_fitted():
    with pytest.raises(NotFittedError, match=r"end in _.*__sklearn_is_fitted__"):
        trace_estimator(Forgetful().fit(X), "transform")


def test_wrong_arguments(subtests: pytest.Subtests):
    scaler = StandardScaler()
    with pytest.raises(NotFittedError):
        trace_estimator(scaler, "transform")
    scaler.fit(X)
    with pytest.raises(
        ArgumentError, match=r"no method 'predict'; it has transform, inverse_transform"
    ):
        trace_estimator(scaler)
    for wrong in (StandardScaler, X, None):
        with (
            subtests.test(wrong=repr(wrong)),
            pytest.raises(ArgumentTypeError, match="needs a fitted estimator"),
        ):
            trace_estimator(wrong, "transform")
    for wrong in ([], [1], None):
        with (
            subtests.test(wrong=repr(wrong)),
            pytest.raises(ArgumentTypeError, match="method is a name"),
        ):
            trace_estimator(scaler, wrong)
    with pytest.raises(ArgumentError, match="as many output names"):
        trace_estimator(scaler, "transform", output_names=["a", "b"])
    with pytest.raises(SpecError):
        trace_estimator(scaler, "transform", batch="not a size")
    with pytest.raises(SpecError, match=r"X has 2 features|takes 5 columns"):
        trace_estimator(scaler, "transform", spec="float64[N, 2]")


# Estimators that others wrote


class Centered(TransformerMixin, BaseEstimator):
    """Array API code, with a helper object that is not scikit-learn's."""

    def fit(self, X, y=None):
        self.center_ = X.mean(axis=0)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X - self.center_


def test_own_estimators_in_pipelines():
    pipeline = make_pipeline(
        FeatureUnion([("a", Centered()), ("b", FunctionTransformer(np.tanh))]),
        LogisticRegression(),
    ).fit(X, data("float64")["two"])
    check(trace_estimator(pipeline, "predict_proba")(X), pipeline.predict_proba(X))


def test_shared_parts_stay_shared():
    scaler = StandardScaler().fit(X)
    union = FeatureUnion([("a", scaler), ("b", scaler)]).fit(X)
    union.transformer_list = [("a", scaler), ("b", scaler)]
    converted = convert_estimator(union)
    (_, a), (_, b) = converted.transformer_list
    assert a is b is not scaler


def test_an_estimator_that_refers_to_itself():
    scaler = StandardScaler().fit(X)
    scaler.self_ = scaler
    converted = convert_estimator(scaler)
    assert converted.self_ is converted


@pytest.mark.parametrize(
    "estimator", [KMeans(3, n_init=2, random_state=0), NearestCentroid()], ids=str
)
def test_nearest_center(estimator):
    fitted = estimator.fit(X, data("float64")["codes"])
    check(trace_estimator(fitted)(X), fitted.predict(X))


def test_votes_of_several():
    pair = [("a", LogisticRegression()), ("b", GaussianNB())]
    fitted = VotingClassifier(pair, voting="soft").fit(X, data("float64")["text"])
    found = trace_estimator(fitted, ["predict", "predict_proba"])(X)
    check(found["label"], fitted.predict(X))
    check(found["probabilities"], fitted.predict_proba(X))


def test_outputs_of_several(subtests: pytest.Subtests):
    """A method that gives a list of arrays gives several outputs."""
    fitted = MultiOutputClassifier(LogisticRegression()).fit(
        X, np.eye(3, dtype=int)[data("float64")["codes"]]
    )
    model = trace_estimator(fitted, ["predict_proba"])
    assert [y.name for y in model.model.graph.output] == [f"probabilities_{i}" for i in range(3)]
    for found, wanted in zip(model(X)["probabilities"], fitted.predict_proba(X), strict=True):
        with subtests.test(shape=wanted.shape):
            check(found, wanted)
    with pytest.raises(EstimatorError, match=r"list of 3 .*\['predict_proba'\]"):
        trace_estimator(fitted, "predict_proba")


@pytest.mark.parametrize("name", ["zeros", "ones", "empty"])
def test_stand_in_for_numpy_makes_numpys_arrays(name: str):
    result, expected = (getattr(n, name)((2, 3), dtype=np.int32) for n in (SklearnNumpy(), np))
    assert (result.shape, result.dtype, type(result)) == (
        expected.shape,
        expected.dtype,
        np.ndarray,
    )


def test_stand_in_for_numpy():
    """Where no size is symbolic and no array is traced, it is numpy."""
    numpy = SklearnNumpy()
    assert numpy.full(2, 7.0).tolist() == [7.0, 7.0]
    assert numpy.arange(1, 7, 2).tolist() == [1, 3, 5]
    assert numpy.array([1, 2], ndmin=2).shape == (1, 2)
    assert numpy.asarray([1, 2], np.float32).dtype == np.float32
    assert numpy.float64 is np.float64

    def made(X):
        n = X.shape[0]
        column = numpy.array([X[:, 0], X[:, 1]], dtype=np.float32).T
        return {
            "zeros": numpy.zeros((n, 2), dtype=int),
            "ones": numpy.ones(n) + numpy.empty(n),
            "full": numpy.full((n, 2), [1.0, 2.0]),
            "arange": numpy.arange(n),
            "array": column,
            "same": numpy.asarray(X),
        }

    found = xp.trace(made, "float64[N, 2]")(X[:4, :2])
    assert found["zeros"].tolist() == [[0, 0]] * 4
    assert found["ones"].tolist() == [1.0] * 4
    assert found["full"].tolist() == [[1.0, 2.0]] * 4
    assert found["arange"].tolist() == [0, 1, 2, 3]
    assert found["array"].tolist() == X[:4, :2].astype(np.float32).tolist()
    assert found["same"].tolist() == X[:4, :2].tolist()


def test_example_that_would_fix_the_number_of_rows():
    def rows_by_rows(X):
        return X.__array_namespace__().stack([X[i, :] * 2 for i in range(X.shape[0])])

    doubler = FunctionTransformer(rows_by_rows)
    doubler.fit(X[:1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FixedSizeWarning)
        with pytest.raises(EstimatorError, match=r"rows it gives|for any number of rows"):
            trace_estimator(doubler, "transform", example=X[:3])
    fixed = trace_estimator(doubler, "transform", batch=3, n_features=5)
    np.testing.assert_array_equal(fixed(X[:3]), X[:3] * 2)


def test_nodes_are_named_after_steps():
    """Once for each step, though a method calls others of the same estimator."""
    union = FeatureUnion([("scale", StandardScaler()), ("low-rank", PCA(2))])
    pipeline = make_pipeline(union, MinMaxScaler(), LogisticRegression())
    pipeline.fit(X, data("float64")["two"])
    names = [node.name.rpartition("/")[0] for node in trace_estimator(pipeline).model.graph.node]
    assert [name for name, _ in itertools.groupby(names)] == [
        "featureunion/scale",
        "featureunion/low-rank",
        "featureunion",
        "minmaxscaler",
        "logisticregression",
    ]


# `trace` instead of `trace_estimator`

_SCALER = StandardScaler().fit(np.arange(6.0).reshape(3, 2))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: xp.trace(_SCALER.transform, "float64[N, 2]"), EstimatorError),
        (lambda: xp.trace(_SCALER.transform), SpecError),
        (lambda: xp.trace(_SCALER, "float64[N, 2]"), ArgumentTypeError),
        (lambda: xp.trace(lambda X: _SCALER.transform(X), "float64[N, 2]"), TracedValueError),
        (lambda: xp.jit(_SCALER), ArgumentTypeError),
        (lambda: xp.jit(_SCALER.transform)(np.ones((1, 2))), TracedValueError),
    ],
    ids=["method", "without spec", "estimator", "function", "jit", "jitted method"],
)
def test_functions_of_arrays_name_trace_estimator(call: Any, error: type[Exception]):
    with pytest.raises(error, match=r"onnxp\.sklearn\.trace_estimator"):
        call()


def test_errors_of_array_code_in_an_estimator_stay():
    class Own(BaseEstimator):
        def fit(self, X, y=None):
            return self

        def transform(self, X):
            return X + np.ones(7)

    with pytest.raises(ShapeError, match="trace_estimator"):
        xp.trace(Own().transform, "float64[N, 2]")


# Functions of the user, and wrappers


@pytest.mark.parametrize(
    ("function", "inverse"),
    [
        (np.log1p, np.expm1),
        (np.sqrt, lambda y: np.clip(y, 0, None) ** 2),
        (lambda y: y, lambda y: np.where(y > 2, 2 + (y - 2) / 2, y)),
    ],
)
def test_functions_of_targets(function: Any, inverse: Any):
    model = TransformedTargetRegressor(
        Ridge(), func=function, inverse_func=inverse, check_inverse=False
    ).fit(X, np.abs(X[:, 0]) + 1)
    check(trace_estimator(model)(X), model.predict(X))


def test_thresholds_and_frozen_estimators():
    codes = data("float64")["codes"] > 0
    logistic = make_pipeline(FrozenEstimator(StandardScaler().fit(X)), LogisticRegression())
    for model in (
        FixedThresholdClassifier(logistic, threshold=0.3),
        TunedThresholdClassifierCV(
            logistic, scoring=make_scorer(lambda y, p: (y == p).mean()), cv=2
        ),
    ):
        model.fit(X, codes)
        program = trace_estimator(model, ["predict", "predict_proba"])
        check(program(X)["label"], model.predict(X))
        check(program(X)["probabilities"], model.predict_proba(X))
