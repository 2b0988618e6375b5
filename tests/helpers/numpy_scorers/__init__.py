"""More predict functions as people write them for numpy: tables, buffers, helper modules, classes and loops."""

from tests.helpers.numpy_scorers import (
    classifiers,
    features,
    finance,
    python,
    signals,
)
from tests.helpers.numpy_scorers.cases import CASES

__all__ = ["CASES", "classifiers", "features", "finance", "python", "signals"]
