"""The context in which functions of scikit-learn accept traced arrays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import joblib
import sklearn

from onnxp.sklearn import _replacements  # noqa: F401 - registers the replacements
from onnxp.sklearn._install import installed


@contextmanager
def dispatch() -> Iterator[None]:
    """Make functions of scikit-learn accept arrays of onnxp, traced or not, for the duration of the context.

    In this thread, scikit-learn's array API support is enabled, its checks for NaN and infinity are disabled,
    and its parallel loops run sequentially. Functions that do not support traced arrays are replaced by
    those that `replaces` and `replacing` have registered.
    On exit, everything is restored.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.metrics.pairwise import rbf_kernel
    >>> import onnxp as xp
    >>> from onnxp.sklearn import dispatch
    >>> centers = xp.asarray([[0.0, 0.0], [1.0, 1.0]])
    >>> with dispatch():
    ...     program = xp.trace(lambda X: rbf_kernel(X, centers), "float64[N, 2]")
    >>> program(np.zeros((1, 2))).shape
    (1, 2)
    """
    with (
        installed(),
        joblib.parallel_config(backend="sequential"),
        sklearn.config_context(
            array_api_dispatch=True, assume_finite=True, transform_output="default"
        ),
    ):
        yield
