"""Floating-point numbers that are rounded to decimal ones as Python does."""

from __future__ import annotations

from typing import Any

from onnxp._src.namespace import namespace


def rounded(x: Any, digits: int) -> Any:
    """Round as Python does, to the nearest decimal number; numpy rounds the product with a power of 10."""
    scale = 10.0**digits
    return namespace().where(namespace().abs(x * scale) < 2.0**53, scaled(x, digits) / scale, x)


def scaled(x: Any, digits: int) -> Any:
    """Return the integer next to the product with a power of 10, which is not rounded before."""
    xp, scale = namespace(), 10.0**digits
    product = x * scale
    x_high, scale_high = (z * _SPLIT - (z * _SPLIT - z) for z in (x, scale))
    x_low, scale_low = x - x_high, scale - scale_high
    error = x_high * scale_high - product + x_high * scale_low + x_low * scale_high
    error = error + x_low * scale_low  # of the product, which decides where that is halfway
    low = xp.floor(product)
    is_halfway = (product - low == 0.5) & (error != 0)
    return xp.where(is_halfway, xp.where(error > 0, low + 1, low), xp.round(product))


_SPLIT = 2.0**27 + 1
"""Splits a float64 into two halves, whose products are exact (Veltkamp)."""
