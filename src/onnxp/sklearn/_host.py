"""What replacements compute on the host: fitted numbers, by scikit-learn's own code."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import sklearn

from onnxp._src.array.array import Array


def on_host() -> Any:
    """Let scikit-learn compute with numpy inside of a trace."""
    return sklearn.config_context(array_api_dispatch=False)


def hosted(estimator: Any) -> Any:
    """Return a converted estimator with numpy's arrays, as it was; not those of the estimators inside it."""
    result = copy.copy(estimator)
    for name, value in vars(result).items():
        if isinstance(value, Array):
            setattr(result, name, np.asarray(value))
    return result
