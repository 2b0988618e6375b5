"""Replacements in ``sklearn.dummy``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.errors import EstimatorError
from onnxp.sklearn._registry import computes_in, replaces

for _kind in ("DummyClassifier", "DummyRegressor"):
    computes_in("float64", f"sklearn.dummy:{_kind}")


@replaces(
    "sklearn.dummy:DummyClassifier.predict",
    reason="It repeats the labels as often as there are rows (1.9.1, dummy.py:308).",
)
def _constant_labels(xp: ModuleType, /, model: Any, X: Any) -> Any:
    if model._strategy not in ("most_frequent", "prior", "constant"):
        raise _random(model)
    several = model.n_outputs_ > 1
    classes = model.classes_ if several else [model.classes_]
    priors = model.class_prior_ if several else [model.class_prior_]
    if model._strategy == "constant":
        labels = [*np.ravel(np.asarray(model.constant))]
    else:
        labels = [
            np.asarray(own)[np.asarray(prior).argmax()]
            for own, prior in zip(classes, priors, strict=True)
        ]
    row = xp.asarray(np.asarray(labels, np.asarray(classes[0]).dtype))
    result = xp.broadcast_to(row, (X.shape[0], len(labels)))
    return result if several else result[:, 0]


def _random(model: Any) -> EstimatorError:
    return EstimatorError(
        f"{type(model).__name__} cannot be traced for strategy={model.strategy!r}: it draws random labels"
    )


@replaces(
    "sklearn.dummy:DummyClassifier.predict_proba",
    reason="It counts the rows (1.9.1, dummy.py:371).",
)
def _probabilities(xp: ModuleType, /, model: Any, X: Any) -> Any:
    if model.strategy == "stratified":
        raise _random(model)
    return NotImplemented
