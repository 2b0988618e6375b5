"""Convolutions as sums of products: exact for integers, and elements reach their neighbors only."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.operands import is_bool, required
from onnxp._src.numpy.results import certainly_positive
from onnxp._src.shapes import dims

FEW = 256  # elements of a kernel for each of which a model may have nodes of its own


def full(x: Any, y: Any) -> Any:
    """Return the full convolution of two arrays of one rank and dtype."""
    certain = [all(type(size) is int for size in array.shape) for array in (x, y)]
    if certain[0] and (not certain[1] or prod(x.shape) < prod(y.shape)):
        x, y = y, x
    if any(certain) and prod(y.shape) <= FEW:
        return _by_shifts(x, y)
    return by_steps(x, y)


def _by_shifts(x: Any, y: Any) -> Any:
    """Return a sum of shifted multiples, one for each element of the kernel."""
    if is_bool(x):
        return _counted(_by_shifts, x, y)
    result = None
    for place in product(*map(range, y.shape)):
        ends = [(i, size - 1 - i) for i, size in zip(place, y.shape, strict=True)]
        term = np.pad(x * y[place], ends) if ends else x * y
        result = term if result is None else result + term
    return result


def _counted(convolve: Callable[[Any, Any], Any], x: Any, y: Any) -> Any:
    """Return where there are pairs of true elements."""
    return convolve(*(xp().astype(z, xp().int64) for z in (x, y))) != 0


def by_steps(x: Any, y: Any) -> Any:
    """Return a sum of shifted multiples by a loop over the elements of the kernel, for any number of them."""
    if is_bool(x):
        return _counted(by_steps, x, y)
    taps = xp().reshape(y, (-1,))
    sizes = list(zip(x.shape, y.shape, strict=True))
    shape = tuple(dims.maximum(n + m - 1, 0) for n, m in sizes)
    total = xp().zeros(shape, dtype=x.dtype)
    if not all(certainly_positive(size) for size in (*x.shape, *y.shape)):
        filled = [xp().asarray(size) > 0 for size in (*x.shape, *y.shape)]
        total = required(total, xp().all(xp().stack(filled)))
    ends: list[Any] = [(dims.maximum(m - 1, 0),) * 2 for m in y.shape]

    def step(i: Any, total: Any) -> Any:
        # what is beyond the ends is 0 also beside an infinite element of the kernel
        wide = np.pad(x * taps[i], ends)
        parts = []
        for size, m in zip(shape[::-1], y.shape[::-1], strict=True):
            start, i = (m - 1) - i % m, i // m
            parts.append(slice(start, start + size))
        return total + xp().reshape(wide[tuple(parts[::-1])], shape)

    return xp().fori_loop(0, taps.shape[0], step, total)
