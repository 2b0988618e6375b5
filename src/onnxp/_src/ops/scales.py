"""Constant factors around products of matrices, which optimizers multiply into one of float32.

See "scales of products" in `runtime_bugs`.
"""

from __future__ import annotations

import math

from onnxp._src.graph.values import Function, Node, Value
from onnxp._src.ops.origins import changes_nothing, separated

MOST_BITS = 64.0
"""By how many powers of two the factors of a product may change it together, half of what float32 has."""
MOST_FACTORS = 32
"""How many nodes are looked at behind each other."""

_PASSED = frozenset(("Identity", "Transpose"))
"""Operators that optimizers make a part of the product."""


def scaled(x: Value, scale: Value) -> Value:
    """Return what is multiplied or divided by `scale`, apart from its product if there are too many factors."""
    if scale.data is None or scale.data.size != 1 or x.node is None or x.data is not None:
        return x
    bits, product = _factors(x)
    if isinstance(product, Node):
        bits += sum(_factors(y)[0] for y in product.inputs if y is not None)
    return separated(x) if product and bits + _bits(scale) > MOST_BITS else x


def operands(a: Value, b: Value) -> tuple[Value, Value]:
    """Return the operands of a product, apart from their factors if these are too many."""
    bits = [_factors(x)[0] for x in (a, b)]
    if sum(bits) <= MOST_BITS:
        return a, b
    return separated(a) if bits[0] else a, separated(b) if bits[1] else b


def _factors(x: Value) -> tuple[float, Node | bool]:
    """Return the bits of the constant factors of a value, and the product of matrices that they are behind.

    It is False if there is none, and True if it is not looked for any longer.
    """
    bits = 0.0
    for _ in range(MOST_FACTORS):
        node = x.node
        if node is None or x.data is not None:
            return bits, False
        if isinstance(node.op, Function):
            x = node.op.outputs[x.index]
        elif node.op == "MatMul":
            return bits, node
        elif node.op in ("Mul", "Div"):
            x, scale = _parts(node)
            if scale is None:
                return bits, False
            bits += _bits(scale)
        elif node.op in _PASSED or changes_nothing(node):
            others = [y for y in node.inputs if y is not None and y.data is None]
            if not others:
                return bits, False
            x = others[0]
        else:
            return bits, False
    return bits, True


def _parts(node: Node) -> tuple[Value, Value | None]:
    """Return what is scaled, and the constant by which it is."""
    a, b = (x for x in node.inputs if x is not None)
    for x, scale in ((a, b), (b, a))[: 1 if node.op == "Div" else 2]:
        if scale.data is not None and scale.data.size == 1:
            return x, scale
    return a, None


def _bits(scale: Value) -> float:
    assert scale.data is not None
    number = abs(float(scale.data.item()))
    return abs(math.log2(number)) if 0 < number < math.inf else math.inf
