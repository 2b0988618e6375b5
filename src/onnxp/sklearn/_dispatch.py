"""scikit-learn with its array API support switched on, and with what tracing needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import joblib
import sklearn

from onnxp.sklearn import _replacements  # noqa: F401 - registers them
from onnxp.sklearn._install import installed


@contextmanager
def dispatch() -> Iterator[None]:
    """Make scikit-learn's methods and functions take arrays of onnxp, traced ones too, while inside.

    For this thread, scikit-learn's array API support is on, its checks for NaN and infinity are off, and
    its parallel loops run one after the other. Functions that no traced array gets through are replaced for
    traced arrays, by what `replaces` and `replacing` have registered.
    On leaving, all is as it was.

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
