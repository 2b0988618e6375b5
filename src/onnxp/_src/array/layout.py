"""How numpy lays out an array in memory, as far as it decides whether `reshape` makes a view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from onnxp._src.graph.values import Value
from onnxp._src.shapes.dims import Dim


class Strided(NamedTuple):
    """Sizes and strides, in elements."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]

    @classmethod
    def in_order(cls, sizes: Sequence[int]) -> Strided:
        """Return the layout of an array in C order."""
        strides, stride = [], 1
        for size in reversed(sizes):
            strides.append(stride)
            stride *= size
        return cls(tuple(sizes), tuple(reversed(strides)))


def transposed(memory: Strided, order: Sequence[int]) -> Strided:
    """Return the layout with axes in another order."""
    sizes, strides = memory
    return Strided(tuple(sizes[i] for i in order), tuple(strides[i] for i in order))


def indexed(memory: Strided, parts: Sequence[Any], number: Callable[[Any], int]) -> Strided | None:
    """Return the layout of a basic index; None if slices depend on values, and for arrays of indices.

    Parameters
    ----------
    memory : Strided
        The layout of the array.
    parts : sequence
        Integers, sizes, slices, None and Ellipsis.
    number : callable
        Returns the number that a symbolic size is.
    """
    used = sum(part is not None and part is not Ellipsis for part in parts)
    axes = list(zip(*memory, strict=True))
    result: list[tuple[int, int]] = []
    for part in parts:
        if part is None:
            result.append((1, 0))
        elif part is Ellipsis:
            kept = len(memory.sizes) - used
            result += axes[:kept]
            del axes[:kept]
        elif type(part) is Value and part.shape:
            return None
        else:
            size, stride = axes.pop(0)
            if type(part) is slice:
                bounds = (part.start, part.stop, part.step)
                if any(isinstance(bound, Value) for bound in bounds):
                    return None
                plain = [number(bound) if type(bound) is Dim else bound for bound in bounds]
                start, stop, step = slice(*plain).indices(size)
                result.append((len(range(start, stop, step)), stride * step))
    result += axes
    sizes, strides = zip(*result, strict=True) if result else ((), ())
    return Strided(tuple(sizes), tuple(strides))


def reshaped(memory: Strided, sizes: Sequence[int]) -> Strided | None:
    """Return the layout of the same memory in another shape, or None if the elements must be copied.

    The number of elements must be the same. Axes are taken together in the smallest groups of the same
    number of elements before and after; the axes of a group must follow each other in memory.
    """
    if 0 in sizes or 0 in memory.sizes:
        return Strided.in_order(sizes)
    old = [(size, stride) for size, stride in zip(*memory, strict=True) if size != 1]
    strides = [0] * len(sizes)
    i = j = 0
    while i < len(old) and j < len(sizes):
        if sizes[j] == 1:
            j += 1
            continue
        last, end = i + 1, j + 1
        before, after = old[i][0], sizes[j]
        while before != after:
            if before < after:
                before *= old[last][0]
                last += 1
            else:
                after *= sizes[end]
                end += 1
        group = old[i:last]
        if any(a[1] != b[0] * b[1] for a, b in pairwise(group)):
            return None
        stride = group[-1][1]
        for axis in reversed(range(j, end)):
            strides[axis] = stride
            stride *= sizes[axis]
        i, j = last, end
    return Strided(tuple(sizes), tuple(strides))
