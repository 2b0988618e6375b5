"""numpy functions that compare arrays, and that ask which elements are real."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.operands import as_array, as_float, in_common, is_complex
from onnxp._src.numpy.results import certainly_differ
from onnxp._src.shapes import dims


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
    if certainly_differ(x.shape, y.shape):
        return _certain(False, x, y)
    x, y = in_common(x, y)

    def compared(x: Any, y: Any) -> Any:
        equal = x == y
        if equal_nan and xp().isdtype(x.dtype, ("real floating", "complex floating")):
            equal = equal | (xp().isnan(x) & xp().isnan(y))
        return xp().all(equal)

    pairs = zip(x.shape, y.shape, strict=True)
    fits = [xp().asarray(p) == xp().asarray(q) for p, q in pairs if not dims.same(p, q)]
    return _where_sizes_fit(fits, compared, x, y)


def _certain(truth: bool, *arrays: Any) -> Any:
    """Return a truth value that is known: an array if one is traced, since it may be a result."""
    return xp().asarray(truth) if any(array.is_traced for array in arrays) else truth


def _where_sizes_fit(conditions: list[Any], compare: Callable[..., Any], *arrays: Any) -> Any:
    """Return what a comparison of arrays gives, or False where conditions on their sizes do not hold."""
    if not conditions:
        return decided(compare(*arrays))
    fits = functools.reduce(operator.and_, conditions)
    return xp().cond(fits, compare, lambda *_: xp().asarray(False), *arrays)


@implements(np.array_equiv)
def array_equiv(a1: Any, a2: Any) -> Any:
    """Translate `numpy.array_equiv`; of traced arrays it is an array of rank 0."""
    x, y = in_common(a1, a2)
    pairs = [
        (p, q)
        for p, q in zip(reversed(x.shape), reversed(y.shape), strict=False)
        if not any(dims.same(a, b) for a, b in ((p, q), (p, 1), (q, 1)))
    ]
    if any(all(dims.equal(a, b) is False for a, b in ((p, q), (p, 1), (q, 1))) for p, q in pairs):
        return _certain(False, x, y)
    sizes = [tuple(map(xp().asarray, pair)) for pair in pairs]
    fits = [(p == q) | (p == 1) | (q == 1) for p, q in sizes]
    return _where_sizes_fit(fits, lambda x, y: xp().all(x == y), x, y)


@implements(np.isreal)
def isreal(x: Any) -> Any:
    """Translate `numpy.isreal`."""
    array = as_array(x)
    return xp().imag(array) == 0 if is_complex(array) else xp().ones(array.shape, dtype=xp().bool)


@implements(np.iscomplex)
def iscomplex(x: Any) -> Any:
    """Translate `numpy.iscomplex`."""
    return ~isreal(x)
