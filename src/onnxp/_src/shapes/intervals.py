"""Arithmetic of intervals of integers: what bounds of operands say of a result."""

from __future__ import annotations

from collections.abc import Callable

Bounds = tuple[int | None, int | None]
"""The smallest and the largest value; None is unbounded."""

UNBOUNDED: Bounds = (None, None)


def scale(a: Bounds, factor: int) -> Bounds:
    """Return the bounds of ``factor * a``."""
    low, high = (None if b is None else b * factor for b in a)
    return (low, high) if factor >= 0 else (high, low)


def add(a: Bounds, b: Bounds) -> Bounds:
    """Return the bounds of ``a + b``."""
    low = None if a[0] is None or b[0] is None else a[0] + b[0]
    high = None if a[1] is None or b[1] is None else a[1] + b[1]
    return low, high


def multiply(a: Bounds, b: Bounds) -> Bounds:
    """Return the bounds of ``a * b``."""
    if a[0] is not None and a[0] >= 0 and b[0] is not None and b[0] >= 0:
        return a[0] * b[0], None if a[1] is None or b[1] is None else a[1] * b[1]
    if None in a or None in b:
        return UNBOUNDED
    corners = [x * y for x in a for y in b if x is not None and y is not None]
    return min(corners), max(corners)


def floor_divide(a: Bounds, b: Bounds) -> Bounds:
    """Return the bounds of ``a // b``."""
    if b[0] is None or b[0] < 1:
        return UNBOUNDED
    return _quotient(a[0], b[0], b[1], is_low=True), _quotient(a[1], b[0], b[1], is_low=False)


def _quotient(a: int | None, least: int, most: int | None, *, is_low: bool) -> int | None:
    """Return the extreme of ``a // b`` for a positive `b`: the quotient by the smallest `b`, or the largest."""
    if a is None:
        return None
    if (a < 0) == is_low:
        return a // least
    return a // most if most is not None else 0 if a >= 0 else -1


def remainder(a: Bounds, b: Bounds) -> Bounds:
    """Return the bounds of ``a % b``."""
    if b[0] is None or b[0] < 1:
        return UNBOUNDED
    return 0, None if b[1] is None else b[1] - 1


def maximum(a: Bounds, b: Bounds) -> Bounds:
    """Return the bounds of ``max(a, b)``."""
    high = None if a[1] is None or b[1] is None else max(a[1], b[1])
    return _known(a[0], b[0], max), high


def minimum(a: Bounds, b: Bounds) -> Bounds:
    """Return the bounds of ``min(a, b)``."""
    low = None if a[0] is None or b[0] is None else min(a[0], b[0])
    return low, _known(a[1], b[1], min)


def broadcast(a: Bounds, b: Bounds) -> Bounds:
    """Return the bounds of what two sizes broadcast to."""
    if a[0] and b[0] and a[0] > 0 and b[0] > 0:
        return maximum(a, b)
    return min(a[0] or 0, b[0] or 0), maximum(a, b)[1]


def both(a: Bounds, b: Bounds) -> Bounds:
    """Return the bounds of what lies in both intervals."""
    return _known(a[0], b[0], max), _known(a[1], b[1], min)


def _known(a: int | None, b: int | None, pick: Callable[[int, int], int]) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return pick(a, b)
