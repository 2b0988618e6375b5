"""numpy in scikit-learn's modules, which creates arrays with as many rows as the input."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.numpy.standin import NumpyNamespace, is_tracing


class SklearnNumpy(NumpyNamespace):
    """numpy, whose functions accept traced arrays and symbolic sizes in a thread that traces."""

    def __init__(self) -> None:
        super().__init__(np, writable=False)

    def squeeze(self, a: Any, axis: Any = None) -> Any:
        """Remove axes of size 1, except for the axis of the rows, whose size may be 1."""
        if axis is None and is_tracing.get() and isinstance(a, Array) and a.is_traced:
            axis = tuple(i for i, size in enumerate(a.shape) if type(size) is int and size == 1)
        return np.squeeze(a, axis)
