"""numpy functions that compare arrays, and that ask which elements are real."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import (
    as_array,
    as_float,
    implements,
    in_common,
    is_complex,
)


@implements(np.isclose)
def isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Any:
    """Translate `numpy.isclose`."""
    x, y = (as_float(x) for x in in_common(a, b))
    near = xp().abs(x - y) <= atol + rtol * xp().abs(y)
    result = (near & xp().isfinite(y)) | (x == y)
    if equal_nan:
        result = result | (xp().isnan(x) & xp().isnan(y))
    return result


@implements(np.allclose)
def allclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Any:
    """Translate `numpy.allclose`; of traced arrays it is an array of rank 0."""
    return decided(xp().all(isclose(a, b, rtol, atol, equal_nan)))


def decided(truth: Any) -> Any:
    """Return a truth value of Python, unless it is traced."""
    return truth if truth.is_traced else bool(truth)


@implements(np.array_equal)
def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    """Translate `numpy.array_equal`; of traced arrays it is an array of rank 0."""
    x, y = as_array(a1), as_array(a2)
    if x.ndim != y.ndim or x.shape != y.shape:
        return False
    x, y = in_common(x, y)
    equal = x == y
    if equal_nan and xp().isdtype(x.dtype, ("real floating", "complex floating")):
        equal = equal | (xp().isnan(x) & xp().isnan(y))
    return decided(xp().all(equal))


@implements(np.array_equiv)
def array_equiv(a1: Any, a2: Any) -> Any:
    """Translate `numpy.array_equiv`; of traced arrays it is an array of rank 0."""
    try:
        x, y = xp().broadcast_arrays(*in_common(a1, a2))
    except ValueError:
        return False
    return array_equal(x, y)


@implements(np.isreal)
def isreal(x: Any) -> Any:
    """Translate `numpy.isreal`."""
    array = as_array(x)
    return xp().imag(array) == 0 if is_complex(array) else xp().ones(array.shape, dtype=xp().bool)


@implements(np.iscomplex)
def iscomplex(x: Any) -> Any:
    """Translate `numpy.iscomplex`."""
    return ~isreal(x)
