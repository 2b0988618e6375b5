"""Whether two values are the same, because equal nodes compute them."""

from __future__ import annotations

import numpy as np

from onnxp._src.graph.values import Value

DEPTH = 6
"""How many nodes behind each other are compared."""
LARGEST = 64
"""How many elements of constants are compared."""


def is_same(x: Value, y: Value, depth: int = DEPTH) -> bool:
    """Return whether two values are known to be the same; False where that would take long to find."""
    if x is y:
        return True
    if x.data is not None and y.data is not None:
        is_alike = x.dtype is y.dtype and x.data.shape == y.data.shape and x.data.size <= LARGEST
        return is_alike and bool(np.all(x.data == y.data))
    one, other = x.node, y.node
    if one is None or other is None or depth == 0 or x.index != y.index:
        return False
    if one.op != other.op or one.attributes != other.attributes:
        return False
    return len(one.inputs) == len(other.inputs) and all(
        a is b or (a is not None and b is not None and is_same(a, b, depth - 1))
        for a, b in zip(one.inputs, other.inputs, strict=True)
    )
