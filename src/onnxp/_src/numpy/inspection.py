"""numpy functions that ask for the shape, the dtype and the memory of arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import FUNCTIONS, implements
from onnxp._src.numpy.operands import as_array
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp._src.shapes.shape import normalize_axes
from onnxp.errors import NumpyFunctionError


@implements(np.shape)
def shape(a: Any) -> Any:
    """Translate `numpy.shape`."""
    return as_array(a).shape


@implements(np.ndim)
def ndim(a: Any) -> Any:
    """Translate `numpy.ndim`."""
    return as_array(a).ndim


@implements(np.size)
def size(a: Any, axis: Any = None) -> Any:
    """Translate `numpy.size`."""
    array = as_array(a)
    if axis is None:
        return array.size
    return math.prod(array.shape[i] for i in normalize_axes(axis, array.ndim, "numpy.size"))


@implements(np.result_type)
def result_type(*arrays_and_dtypes: Any) -> Any:
    """Translate `numpy.result_type`."""
    return np.result_type(
        *(x.dtype.numpy if isinstance(x, xp().Array) else x for x in arrays_and_dtypes)
    )


@implements(np.common_type)
def common_type(*arrays: Any) -> Any:
    """Translate `numpy.common_type`."""
    return np.common_type(*(np.empty(0, as_array(x).dtype.numpy) for x in arrays))


@implements(np.may_share_memory)
def may_share_memory(a: Any, b: Any, max_work: Any = None) -> bool:
    """Translate `numpy.may_share_memory`, which is true if it cannot be known."""
    return _shared(a, b) is not False


@implements(np.shares_memory)
def shares_memory(a: Any, b: Any, max_work: Any = None) -> bool:
    """Translate `numpy.shares_memory`: whether a write into one array changes the other."""
    shared = _shared(a, b)
    if shared is None:
        raise NumpyFunctionError(
            "numpy.shares_memory: sizes or values that are known when the model runs decide it; write "
            "np.may_share_memory"
        )
    return shared


def _shared(a: Any, b: Any) -> bool | None:
    if not (isinstance(a, xp().Array) and isinstance(b, xp().Array)):
        return False
    answer: bool | None = a._shares(b)
    return answer


FUNCTIONS[np.iscomplexobj] = lambda x: bool(xp().isdtype(as_array(x).dtype, "complex floating"))
FUNCTIONS[np.isrealobj] = lambda x: not xp().isdtype(as_array(x).dtype, "complex floating")


@implements(np.isscalar)
def isscalar(element: Any) -> bool:
    """Translate `numpy.isscalar`: numpy has scalars where arrays of onnxp have rank 0."""
    if isinstance(element, xp().Array):
        return bool(element.ndim == 0)
    return isinstance(element, Dim | DimReal)


@implements(np.iterable)
def iterable(y: Any) -> bool:
    """Translate `numpy.iterable`."""
    return isinstance(y, xp().Array) and y.ndim > 0
