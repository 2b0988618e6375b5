"""Verification where fitted rows are equally far: which of them are neighbors is not defined."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.ensemble import BaggingRegressor
from sklearn.impute import KNNImputer
from sklearn.metrics._pairwise_distances_reduction import ArgKminClassMode
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    KNeighborsTransformer,
    LocalOutlierFactor,
    NearestNeighbors,
)
from sklearn.neighbors._base import KNeighborsMixin
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import onnxp as xp
from onnxp.errors import TiesWarning, VerificationError
from onnxp.sklearn import _ties, trace_estimator
from onnxp.sklearn._ties import neighbors_of_models

pytestmark = pytest.mark.filterwarnings("ignore::onnxp.errors.TiesWarning")
RNG = np.random.default_rng(0)
X = RNG.integers(0, 3, (80, 3)).astype(float)
HOLES = np.where(RNG.random(X.shape) < 0.2, np.nan, X)
CODES = RNG.integers(0, 3, 80)
REAL = RNG.normal(size=80)
ESTIMATORS = {
    "neighbors": (NearestNeighbors(n_neighbors=4), "kneighbors"),
    "outliers": (LocalOutlierFactor(5, novelty=True), "score_samples"),
    "classes": (KNeighborsClassifier(4), "predict_proba"),
    "classes of all": (KNeighborsClassifier(4, algorithm="brute"), "predict_proba"),
    "numbers": (KNeighborsRegressor(4, weights="distance"), "predict"),
    "graph": (KNeighborsTransformer(n_neighbors=3, algorithm="kd_tree"), "transform"),
    "imputation": (KNNImputer(n_neighbors=3), "transform"),
    "pipeline": (make_pipeline(StandardScaler(), KNeighborsRegressor(3, metric="l1")), "predict"),
    "bagging": (BaggingRegressor(KNeighborsRegressor(3), 3, random_state=0), "predict"),
}


def patched() -> tuple[Any, ...]:
    return KNeighborsMixin.kneighbors, KNNImputer._calc_impute, ArgKminClassMode.is_usable_for


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_neighbors_at_the_same_distance(name: str, dtype: str):
    estimator, method = ESTIMATORS[name]
    rows = (HOLES if name == "imputation" else X).astype(dtype)
    target = CODES if name.startswith("classes") else REAL
    before = patched()
    estimator.fit(rows, target)
    wanted = getattr(estimator, method)(rows)
    wanted = wanted.toarray() if hasattr(wanted, "toarray") else wanted
    found = trace_estimator(estimator, method, dtype=dtype)(rows)
    assert not np.allclose(found, wanted, rtol=1e-3)  # as there are ties
    with pytest.warns(TiesWarning, match="equally far"):
        trace_estimator(estimator, method, example=rows)
    assert patched() == before


@pytest.mark.parametrize("name", ["classes", "imputation", "pipeline"])
def test_check_says_that_no_step_is_wrong(name: str):
    estimator, method = ESTIMATORS[name]
    rows = HOLES if name == "imputation" else X
    estimator.fit(rows, CODES if name == "classes" else REAL)
    program = trace_estimator(estimator, method, dtype="float64")
    comparison = program.check(rows, locate=True)
    assert not comparison
    assert (comparison.location, comparison.ties) == (None, _ties.TIES)
    assert repr(comparison).endswith(f"no step is wrong: {_ties.TIES}")
    assert program.check(rows).ties == ""


def test_distances_that_are_zero_but_for_rounding():
    """Of rows that miss what others have, scikit-learn subtracts squares, and weights by what is left."""
    rows = RNG.normal(size=(60, 4)).round(2)
    rows[:20] = rows[20:40]
    rows[:40, 3] = np.nan
    rows[40:, 0] = np.nan
    frame = np.concatenate([rows, np.where(RNG.random(rows.shape) < 0.3, np.nan, rows)])
    imputer = KNNImputer(n_neighbors=2, weights="distance").fit(frame)
    with pytest.warns(TiesWarning, match="equally far"):
        trace_estimator(imputer, "transform", example=frame)


def test_check_does_not_take_errors_for_ties():
    estimator = KNeighborsRegressor(3).fit(X, REAL)
    program = trace_estimator(estimator, dtype="float64")
    estimator._y = REAL + 1.0  # as if the model were wrong
    assert program.check(X, locate=True).ties == ""


def test_frames():
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    trace_estimator(KNeighborsRegressor(4).fit(frame, REAL), example=frame)


class Drifting(KNeighborsRegressor):
    """A regressor that gives something else each time."""

    calls = 0

    def predict(self, X: Any) -> Any:
        Drifting.calls += 1
        return super().predict(X) + float(Drifting.calls)


def test_other_differences_are_errors():
    before = patched()
    with pytest.raises(VerificationError, match="disagree on the example"):
        trace_estimator(Drifting(4).fit(X, REAL), example=X)
    assert patched() == before


class Choosing(KNeighborsRegressor):
    """A regressor whose model gives the right distances, but other fitted rows."""

    def __init__(self, choice: str = "first", n_neighbors: int = 3, algorithm: str = "auto"):
        super().__init__(n_neighbors, algorithm=algorithm)
        self.choice = choice

    def kneighbors(self, X: Any = None, n_neighbors: Any = None, return_distance: bool = True):
        distances, index = super().kneighbors(X, n_neighbors)
        if isinstance(index, xp.Array):
            if self.choice == "first":
                index = index * 0
            elif self.choice == "nearest":
                index = index * 0 + index[:, :1]
            elif self.choice == "next":
                index = (index + 1) % self.n_samples_fit_
            elif self.choice == "outside":
                index = index - self.n_samples_fit_
        return (distances, index) if return_distance else index


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
@pytest.mark.parametrize("choice", ["first", "nearest", "next", "outside"])
def test_rows_that_are_not_neighbors_are_errors(choice: str, algorithm: str):
    trace_estimator(Choosing("own", algorithm=algorithm).fit(X, REAL), example=X)
    with pytest.raises(VerificationError, match="disagree on the example"):
        trace_estimator(Choosing(choice, algorithm=algorithm).fit(X, REAL), example=X)


def test_many_rows_at_the_same_distance(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_ties, "_MOST_DISTANCES", 1000)  # a few rows at once
    rows = RNG.integers(0, 2, (500, 2)).astype(float)
    target = RNG.normal(size=500)
    for algorithm in ("brute", "kd_tree"):
        model = KNeighborsRegressor(3, algorithm=algorithm).fit(rows, target)
        trace_estimator(model, example=rows)


def test_jobs():
    model = BaggingRegressor(KNeighborsRegressor(3, n_jobs=2), 3, random_state=0, n_jobs=2)
    with parallel_config(backend="threading"):
        trace_estimator(model.fit(X, REAL), example=X)


def test_threads():
    before = patched()
    model = KNeighborsClassifier(3).fit(X, CODES)
    plain = model.predict_proba(X)
    done = threading.Event()

    def predict() -> bool:
        same = True
        while same and not done.is_set():
            same = np.array_equal(model.predict_proba(X), plain)
        return same

    def trace() -> None:
        for _ in range(4):
            trace_estimator(KNeighborsClassifier(3).fit(X, CODES), "predict_proba", example=X)

    with ThreadPoolExecutor(5) as pool:
        same = pool.submit(predict)
        traces = [pool.submit(trace) for _ in range(4)]
        errors = [future.exception() for future in traces]
        done.set()
    assert errors == [None] * 4
    assert same.result()
    assert patched() == before
    assert KNeighborsMixin.kneighbors.__qualname__ == "KNeighborsMixin.kneighbors"


def test_other_threads_are_not_affected():
    model = KNeighborsRegressor(4, algorithm="brute").fit(X, REAL)
    plain = model.kneighbors(X)[1]
    with neighbors_of_models(trace_estimator), ThreadPoolExecutor(1) as pool:
        here, there = model.kneighbors(X)[1], pool.submit(model.kneighbors, X).result()[1]
    np.testing.assert_array_equal(there, plain)
    assert np.any(here != plain)
