"""Index keys of all kinds, and arrays to use them on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

Key = tuple[Any, ...]


def same_bits(result: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> None:
    """Check that two arrays are equal to the last bit, but for the payloads of NaN."""
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape
    if expected.dtype.kind == "c":
        same_bits(result.real, expected.real)
        same_bits(result.imag, expected.imag)
        return
    np.testing.assert_array_equal(result, expected)
    if expected.dtype.kind == "f":
        number = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(result[number]), np.signbit(expected[number]))


@st.composite
def shapes(draw: st.DrawFn, most: int = 3) -> tuple[int, ...]:
    """Shapes, 0 and 1 among the sizes."""
    return tuple(draw(st.lists(st.sampled_from([3, 2, 4, 1, 5, 0]), max_size=most)))


@st.composite
def slices(draw: st.DrawFn, size: int) -> slice:
    """Slices of an axis, with bounds behind both ends."""
    bound = st.none() | st.integers(-size - 2, size + 2)
    step = st.sampled_from([None, 1, 2, -1, -2, 7])
    return slice(draw(bound), draw(bound), draw(step))


@st.composite
def keys(draw: st.DrawFn, shape: tuple[int, ...]) -> Key:
    """Keys that may go with a shape. Index arrays need not broadcast."""
    parts: list[Any] = []
    kinds = ["slice", "slice", "int", "array", "mask", "new", "bool", "all"]
    if draw(st.booleans()):
        kinds = ["slice", "int", "new", "all"]
    axis = 0
    while axis < len(shape):
        size = shape[axis]
        kind = draw(st.sampled_from(kinds))
        if kind == "new":
            parts.append(None)
        elif kind == "bool":
            parts.append(np.array(draw(st.booleans())))
        elif kind == "all":
            kinds = [k for k in kinds if k != "all"]
            parts.append(...)
            axis += draw(st.integers(0, len(shape) - axis))
        elif kind == "mask":
            covered = shape[axis : axis + draw(st.integers(1, 2))]
            parts.append(np.random.default_rng(draw(st.integers(0, 99))).random(covered) < 0.5)
            axis += len(covered)
        elif kind == "slice" or not size:
            parts.append(draw(slices(size)))
            axis += 1
        elif kind == "int":
            parts.append(draw(st.integers(-size, size - 1)))
            axis += 1
        else:
            many = draw(st.sampled_from([(2,), (1,), (3,), (2, 2), (3, 1), (0,)]))
            dtype = draw(st.sampled_from([np.int64, np.int32, np.int8]))
            seed = draw(st.integers(0, 99))
            parts.append(np.random.default_rng(seed).integers(-size, size, many).astype(dtype))
            axis += 1
    if draw(st.booleans()):
        while parts and isinstance(parts[-1], slice):  # the last axes need not be named
            parts.pop()
    return tuple(parts)


def with_arguments(draw: st.DrawFn, key: Key) -> tuple[list[Any], Callable[..., Key]]:
    """Return some arrays of a key, and a function that puts others in their places."""
    places = [
        i for i, part in enumerate(key) if isinstance(part, np.ndarray) and draw(st.booleans())
    ]

    def filled(*arrays: Any) -> Key:
        given = dict(zip(places, arrays, strict=True))
        return tuple(given.get(i, part) for i, part in enumerate(key))

    return [key[i] for i in places], filled
