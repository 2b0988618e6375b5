"""Convolutions as sums of products: exact for integers, and elements reach their neighbors only."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.operands import is_bool, required
from onnxp._src.numpy.results import certainly_positive

FEW = 256  # elements of a kernel for each of which a model may have nodes of its own


def full(x: Any, y: Any) -> Any:
    """Return the full convolution of two arrays of one rank and dtype."""
    certain = [all(type(size) is int for size in array.shape) for array in (x, y)]
    if certain[0] and (not certain[1] or prod(x.shape) < prod(y.shape)):
        x, y = y, x
    if any(certain) and prod(y.shape) <= FEW:
        return _by_shifts(x, y)
    return by_places(x, y)


def _by_shifts(x: Any, y: Any) -> Any:
    """Return a sum of shifted multiples, one for each element of the kernel."""
    if is_bool(x):
        return _by_shifts(*(xp().astype(z, xp().int64) for z in (x, y))) != 0
    result = None
    for place in product(*map(range, y.shape)):
        ends = [(i, size - 1 - i) for i, size in zip(place, y.shape, strict=True)]
        term = np.pad(x * y[place], ends) if ends else x * y
        result = term if result is None else result + term
    return result


def by_places(x: Any, y: Any) -> Any:
    """Return sums of the products of an array, taken at the places of shifts, and a kernel."""
    shifted, inside = x, xp().asarray(True)
    columns = tuple(range(1, 2 * x.ndim, 2))
    for i, (n, m) in enumerate(zip(x.shape, y.shape, strict=True)):
        # a row for each element of the kernel, because sums of rows have one order in every model
        places = xp().arange(m)[:, None] + xp().arange(n + m - 1)
        if not (certainly_positive(n) and certainly_positive(m)):
            places = required(places, (xp().asarray(n) > 0) & (xp().asarray(m) > 0))
        before, after = shifted.shape[: 2 * i], shifted.shape[2 * i + 1 :]
        ends = xp().zeros((*before, m - 1, *after), dtype=x.dtype)
        shifted = xp().take(xp().concat([ends, shifted, ends], axis=2 * i), places, axis=2 * i)
        overlap = (places >= m - 1) & (places < n + m - 1)
        inside = inside[..., None, None] & overlap
    kernel = xp().expand_dims(xp().flip(y), axis=columns)
    along = tuple(range(0, 2 * x.ndim, 2))
    if is_bool(x):
        return xp().any(shifted & kernel, axis=along)
    products = shifted * kernel
    if not _is_finite(y):
        products = xp().where(inside, products, xp().zeros((), dtype=x.dtype))
    return xp().sum(products, axis=along, dtype=x.dtype)


def _is_finite(y: Any) -> bool:
    """Return whether zeros beyond the ends of an array add nothing."""
    if not xp().isdtype(y.dtype, ("real floating", "complex floating")):
        return True
    return not y.is_traced and bool(xp().all(xp().isfinite(y)))
