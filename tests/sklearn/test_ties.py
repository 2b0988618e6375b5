"""Verification where fitted rows are equally far: which of them are neighbors is not defined."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
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

from onnxp.errors import VerificationError
from onnxp.sklearn import trace_estimator

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
    trace_estimator(estimator, method, example=rows)
    assert patched() == before


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
