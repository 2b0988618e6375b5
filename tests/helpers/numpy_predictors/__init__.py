"""Predict functions as people write them for numpy, in different fields, who have never heard of onnxp."""

from tests.helpers.numpy_predictors import (
    construction,
    features,
    finance,
    geometry,
    images,
    labels,
    objects,
    scores,
    series,
)
from tests.helpers.numpy_predictors.cases import CASES

__all__ = [
    "CASES",
    "construction",
    "features",
    "finance",
    "geometry",
    "images",
    "labels",
    "objects",
    "scores",
    "series",
]
