"""Arrays for tests: few distinct elements, so that there are ties, and the extremes among them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "float32", "float64")
COMPLEX = ("complex64", "complex128")
REAL = (*INTEGERS, *FLOATS)
ALL = ("bool", *REAL, *COMPLEX)
TEXT = "str"
WITH_TEXT = (*ALL, TEXT)


def elements(dtype: str) -> list[Any]:
    """Return the elements that arrays of a dtype are made of."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return [False, True]
    if kind == "U":
        # code points of one to four bytes, in no order, and one that needs memory of its own
        return ["b", "a", "", "ab", "a\0b", "B", "\x7f", "é", "\uffff", "😀", "a" * 40, "12"]
    if kind in "iu":
        info = np.iinfo(dtype)
        middle = info.max // 2
        # neighbours that a float64 does not tell apart
        chosen = [info.min, info.min + 1, 0, 1, 2, middle, middle + 1, info.max - 1, info.max]
        return sorted(set(chosen))
    if kind == "f":
        limits = np.finfo(dtype)
        tiny, large = float(limits.smallest_subnormal), float(limits.max)
        return [-np.inf, -large, -1.0, -tiny, -0.0, 0.0, tiny, 1.0, 2.0, large, np.inf, np.nan]
    parts = [-1.0, -0.0, 0.0, 2.0, np.inf, np.nan]
    return [complex(real, imag) for real in parts for imag in parts]


def array(dtype: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray[Any, Any]:
    """Return an array of random ones of those elements."""
    pool = np.array(elements(dtype), dtype)
    return np.random.default_rng(seed).choice(pool, shape)


def arrays(
    dtype: str, *, least: int = 0, most: int = 6, ranks: tuple[int, int] = (1, 3)
) -> st.SearchStrategy[np.ndarray[Any, Any]]:
    """Arrays of a dtype with sizes between `least` and `most`."""
    shapes = st.lists(st.integers(least, most), min_size=ranks[0], max_size=ranks[1])
    return st.builds(
        lambda shape, seed: array(dtype, tuple(shape), seed), shapes, st.integers(0, 2**32)
    )
