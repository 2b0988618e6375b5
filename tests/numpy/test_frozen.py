"""The clock and random numbers: a model keeps what the trace got, which a warning says with the line."""

# ruff: noqa: NPY002  # what users write

from __future__ import annotations

import datetime as dt
import linecache
import random
import sys
import time
import warnings
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.random import normal
from sklearn.preprocessing import FunctionTransformer

import onnxp as xp
from onnxp.errors import FrozenValueWarning, NumpyFunctionError
from onnxp.sklearn import trace_estimator

Function = Callable[[Any], Any]
GENERATOR = np.random.default_rng(0)


class Model:
    """A model with methods of which only one is traced."""

    def __init__(self) -> None:
        self.generator = np.random.RandomState(0)

    def fit(self, x: Any) -> None:
        self.fitted = datetime.now()

    def predict(self, x: Any) -> Any:
        return x * 2.0

    def noisy(self, x: Any) -> Any:
        return x + self.generator.normal()


MODEL = Model()


def years(x: Any) -> Any:
    return date.today().year - x


def dropout(x: Any) -> Any:
    keep = np.random.rand(2) > 0.5
    return x * keep


def only_in_a_branch(x: Any) -> Any:
    if x.ndim > 5:
        return x + time.time()
    return x + 1.0


def of_a_seed(x: Any) -> Any:
    np.random.seed(0)
    return x + np.random.normal(size=2) + np.random.default_rng(1).normal()


def of_a_generator(x: Any) -> Any:
    rng = np.random.default_rng(0)
    return x + rng.normal(size=2)


def of_variables(x: Any) -> Any:
    today, time = x * 2.0, x
    random = {"choice": 3.0}
    return today + time + random["choice"] + dt.datetime(2020, 1, 1).year


def with_a_timer(x: Any) -> Any:
    start = time.perf_counter()
    y = x + np.float64(1.0)
    assert time.perf_counter() >= start
    return y + int(np.datetime64("2020-01-01").astype(int))


TOLD: dict[str, tuple[Function, str]] = {
    "datetime": (lambda x: x + datetime.now().year, "datetime.now"),
    "of a module": (lambda x: x + dt.datetime.today().hour, "dt.datetime.today"),
    "in a function": (lambda x: years(x) + 1.0, "date.today"),
    "pandas": (lambda x: x + pd.Timestamp.now().hour, "pd.Timestamp.now"),
    "text": (lambda x: x + pd.Timestamp("now").hour, "pd.Timestamp"),
    "numpy": (lambda x: x + np.datetime64("today").astype(np.int64), "np.datetime64"),
    "time": (lambda x: x + time.time(), "time.time"),
    "random": (lambda x: x + random.random(), "random.random"),
    "random.choice": (lambda x: x + random.choice([1.0, 2.0]), "random.choice"),
    "numpy.random": (dropout, "np.random.rand"),
    "of a name": (lambda x: x + normal(size=2), "normal"),
    "of a size": (lambda x: x + np.random.normal(size=x.shape), "np.random.normal"),
    "without a seed": (lambda x: x + np.random.default_rng().normal(), "np.random.default_rng"),
    "generator": (lambda x: x + GENERATOR.normal(size=2), "GENERATOR.normal"),
    "attribute": (MODEL.noisy, "self.generator.normal"),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_changes_from_call_to_call_is_told(name: str) -> None:
    function, what = TOLD[name]
    with pytest.warns(FrozenValueWarning) as warned:
        program = xp.trace(function, "float64[2]")
    (warning,) = warned
    assert str(warning.message).startswith(f"{what} is called while the function is traced")
    assert warning.filename == __file__
    assert what.rpartition(".")[2] in linecache.getline(__file__, warning.lineno)
    x = np.ones(2)
    np.testing.assert_array_equal(program(x), program(x))  # it is a constant of the model


SILENT: list[Function] = [
    MODEL.predict,
    only_in_a_branch,
    of_a_seed,
    of_a_generator,
    of_variables,
    with_a_timer,
]


@pytest.mark.parametrize("function", SILENT)
def test_nothing_is_told_of_what_stays_the_same(function: Function) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = xp.trace(function, "float64[2]")
    np.testing.assert_array_equal(program(np.ones(2)), function(np.ones(2)))


def test_estimators() -> None:
    transformer = FunctionTransformer(years)
    with pytest.warns(FrozenValueWarning, match="date.today"):
        trace_estimator(transformer, "transform", spec="float64[N, 2]")


@pytest.mark.filterwarnings("ignore::onnxp.errors.FrozenValueWarning")
def test_a_draw_for_each_row_is_refused() -> None:
    with pytest.raises(NumpyFunctionError, match=r"draws no random numbers; make them an argument"):
        xp.trace(lambda x: x + np.random.normal(size=x.shape), "float64[N]")


def test_a_debugger_keeps_its_trace_function() -> None:
    def follow(*_: Any) -> None:
        return None

    before = sys.gettrace()
    sys.settrace(follow)
    try:
        xp.trace(dropout, "float64[2]")
        assert sys.gettrace() is follow
    finally:
        sys.settrace(before)
    with pytest.warns(FrozenValueWarning):
        xp.trace(dropout, "float64[2]")
    assert sys.gettrace() is before
