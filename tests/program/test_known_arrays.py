"""Constants are called what their authors call them."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import onnxp as xp
from onnxp.sklearn import trace_estimator

WEIGHTS = np.asarray([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


def helper(x: Any) -> Any:
    return x @ WEIGHTS


class Model:
    def __init__(self) -> None:
        self._w = np.asarray([1.5, 2.5, 3.5])
        self.table = {"rates": xp.asarray([7.0, 8.0, 9.0])}

    def predict(self, x: Any) -> Any:
        return x * self._w + self.table["rates"]


def names(program: xp.Program) -> set[str]:
    return {tensor.name for tensor in program.model.graph.initializer}


def closure() -> Any:
    bias, layers = np.asarray([1.0, -1.0]), [np.asarray([0.5, 1.5, 2.5])]
    return lambda x: helper(x + layers[0]) + bias


def with_default(x: Any, rates: Any = np.asarray([1.0, 2.0, 3.0])) -> Any:  # noqa: B008
    return x * rates


model = Model()


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (helper, {"WEIGHTS"}),
        (closure(), {"WEIGHTS", "bias", "layers/0"}),
        (Model().predict, {"_w", "table/rates"}),
        (lambda x: model.predict(x), {"model/_w", "model/table/rates"}),
        (with_default, {"rates"}),
        (partial(lambda x, scale: x * scale, scale=np.asarray([3.0, 2.0, 1.0])), {"scale"}),
        (lambda x: x @ WEIGHTS.T[0], {"constant"}),
        (lambda x: x[:, :2] @ WEIGHTS.T, {"WEIGHTS"}),
    ],
)
def test_the_variables_of_functions(function: Any, expected: set[str]) -> None:
    assert expected <= names(xp.trace(function, "float64[N, 3]"))


def test_another_dtype_and_shape_have_the_name_too() -> None:
    row = np.asarray([[0.1, 0.2, 0.3]])
    program = xp.trace(lambda x: x * row.astype(np.float32).ravel(), "float32[N, 3]")
    assert names(program) == {"row"}


def test_two_arrays_of_one_name() -> None:
    parts = [{"w": np.asarray([1.0, 2.0, 3.0])}, {"w": np.asarray([4.0, 5.0, 6.0])}]
    first, second = parts

    def inner(x: Any, w: Any = first["w"]) -> Any:
        return x * w

    def outer(x: Any, w: Any = second["w"]) -> Any:
        return inner(x) + w

    assert len(names(xp.trace(outer, "float64[N, 3]"))) == 2


def test_what_is_not_set_or_no_array_is_passed_over() -> None:
    def function(x: Any) -> Any:
        return x * later if x is None else x + 1

    program = xp.trace(function, "float64[N]")
    later = 3
    assert names(program) == {"constant"}
    assert later == 3


class Odd:
    def __init__(self) -> None:
        self.w = np.asarray([3.0, 1.0, 2.0])

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


class Pair(NamedTuple):
    first: Any
    second: Any


def test_objects_are_not_asked() -> None:
    odd, pair = Odd(), Pair(np.asarray([1.0, 2.0, 3.0]), None)
    words = dict.fromkeys(map(str, range(100_000)))
    program = xp.trace(lambda x: x * odd.w + pair.first + len(words), "float64[N, 3]")
    assert {"odd/w", "pair/first"} <= names(program)


class Proxy:
    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


def test_objects_that_are_not_used_are_not_asked() -> None:
    module: dict[str, Any] = {"__name__": "users", "np": np, "proxy": Proxy(), "W": WEIGHTS}
    exec("def predict(x):\n    return np.exp(x @ W)", module)
    assert names(xp.trace(module["predict"], "float64[N, 3]")) == {"W"}


def test_large_lists_cost_nothing() -> None:
    numbers = list(range(1_000_000))
    start = perf_counter()
    xp.trace(lambda x: x * numbers[3], "float64[N]")
    assert perf_counter() - start < 1


def test_names_are_printable() -> None:
    weights = {"\udcff": np.asarray([1.0, 2.0, 3.0])}
    program = xp.trace(lambda x: x * weights["\udcff"], "float64[N, 3]")
    assert names(program) == {"constant"}


def test_cycles_end() -> None:
    nested: dict[str, Any] = {"w": np.asarray([1.0, 2.0, 3.0])}
    nested["self"] = nested
    assert names(xp.trace(lambda x: x * nested["w"], "float64[N, 3]")) == {"nested/w"}


X = np.random.default_rng(0).normal(size=(40, 3))
y = (X[:, 0] > 0).astype(int)


@pytest.mark.parametrize(
    ("estimator", "method", "expected"),
    [
        (LogisticRegression(), "predict_proba", {"coef_/negative"}),
        (
            make_pipeline(StandardScaler(), LogisticRegression()),
            "predict",
            {"standardscaler/mean_", "standardscaler/scale_", "logisticregression/coef_"},
        ),
        (MLPClassifier((4,), max_iter=1), "predict", {"coefs_/0", "intercepts_/0", "coefs_/1/negative"}),
        (
            make_pipeline(
                make_column_transformer((StandardScaler(), [0, 1]), remainder="passthrough"),
                make_union(MinMaxScaler(), StandardScaler()),
            ),
            "transform",
            {"columntransformer/standardscaler/mean_", "featureunion/minmaxscaler/min_"},
        ),
        (
            GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2),
            "decision_function",
            {"best_estimator_/coef_"},
        ),
        (
            VotingClassifier([("a", LogisticRegression()), ("b", LogisticRegression(C=0.1))], voting="soft"),
            "predict_proba",
            {"a/coef_/negative", "b/coef_/negative"},
        ),
    ],
    ids=lambda x: type(x).__name__,
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_attributes_of_estimators(estimator: Any, method: str, expected: set[str]) -> None:
    program = trace_estimator(estimator.fit(X, y), method)
    assert expected <= names(program)


@pytest.mark.parametrize(
    "number", [np.float64(0.123456789), np.asarray([-12.3456789])], ids=["scalar", "array"]
)
def test_single_numbers_with_many_digits(number: Any) -> None:
    class Shifted:
        def __init__(self) -> None:
            self.bias, self.half = number, np.asarray([0.5])

        def predict(self, x: Any) -> Any:
            return x * self.half + self.bias

    assert names(xp.trace(Shifted().predict, "float64[N]")) == {"bias", "constant"}


@pytest.mark.parametrize("estimator", [LinearRegression(), LogisticRegression()])
def test_intercepts(estimator: Any) -> None:
    assert "intercept_" in names(trace_estimator(estimator.fit(X, y), "predict"))


def test_two_methods_of_a_step_share_its_scope() -> None:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    program = trace_estimator(pipeline, ["predict", "predict_proba"])
    scopes = {node.name.partition("/")[0] for node in program.model.graph.node if "/" in node.name}
    assert scopes == {"standardscaler", "logisticregression"}
