"""What replacements compute on the host: fitted numbers, by scikit-learn's own code."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import sklearn

from onnxp._src.array.array import Array
from onnxp._src.numpy.standin import is_tracing


@contextmanager
def on_host() -> Iterator[None]:
    """Let scikit-learn and others compute with numpy inside of a trace."""
    token = is_tracing.set(False)
    try:
        with sklearn.config_context(array_api_dispatch=False):
            yield
    finally:
        is_tracing.reset(token)


def hosted(estimator: Any) -> Any:
    """Return a converted estimator with numpy's arrays, as it was; not those of the estimators inside it."""
    result = copy.copy(estimator)
    for name, value in vars(result).items():
        if isinstance(value, Array):
            setattr(result, name, np.asarray(value))
    return result
