"""Constant factors around products of matrices, which optimizers multiply into one of float32.

See "scales of products" in `runtime_bugs`. Runtimes write functions, linked models and the branches of a known
condition inline before, so the factors outside of them meet those in them.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from onnxp._src.graph.traversal import walk
from onnxp._src.graph.values import Function, LinkedModel, Node, Value
from onnxp._src.ops.origins import changes_nothing, separated

MOST_BITS = 64.0
"""By how many powers of two the factors of a product may change it together, half of what float32 has."""
MOST_PASSED = 16.0
"""By how many those of an operand may that a function multiplies, beside its own."""
MOST_FACTORS = 32
"""How many nodes are looked at behind each other."""

_PASSED = frozenset(("Identity", "Transpose"))
"""Operators that optimizers make a part of the product."""
_SCALES = frozenset(("Div", "Mul"))


class _Factors(NamedTuple):
    """The constant factors of a value.

    Attributes
    ----------
    bits : float
        By how many powers of two they change it together; infinite if that is not known.
    source : Value
        What they are factors of.
    is_product : bool
        Whether that is a product of matrices, or may be one.
    """

    bits: float
    source: Value
    is_product: bool


def scaled(x: Value, scale: Value) -> Value:
    """Return what is multiplied or divided by `scale`, apart from its product if there are too many factors."""
    if x.trace is None or x.node is None or not _is_number(scale):
        return x
    bits, source, is_product = _factors(x)
    if source.node is not None and source.node.op == "MatMul":
        bits += sum(_factors(y).bits for y in source.node.inputs if y is not None)
    return separated(x) if is_product and bits + _bits(scale) > MOST_BITS else x


def operands(a: Value, b: Value) -> tuple[Value, Value]:
    """Return the operands of a product, apart from their factors if these are too many."""
    bits = [_factors(x).bits for x in (a, b)]
    if sum(bits) <= MOST_BITS:
        return a, b
    return separated(a) if bits[0] else a, separated(b) if bits[1] else b


def passed(callee: Function | LinkedModel, position: int, x: Value) -> Value:
    """Return an argument of a function or model, apart from its factors if they meet others there."""
    if x.trace is None or x.node is None or x.dtype.family != "float":
        return x
    bits, _, is_product = _factors(x)
    if not is_product and bits <= MOST_PASSED:
        return x
    scales = _scales(callee) if isinstance(callee, Function) else _linked_scales(callee)
    return separated(x) if scales is None or position in scales else x


@lru_cache(maxsize=4096)
def _scales(function: Function) -> frozenset[int]:
    """Return the positions of the inputs that a function scales by a number, or multiplies as matrices."""
    positions = {x: i for i, x in enumerate(function.inputs)}
    found: set[int] = set()

    def add(x: Value | None) -> None:
        if x is not None and (position := positions.get(_factors(x).source)) is not None:
            found.add(position)

    for node in {x.node for x in walk(function.outputs) if x.node is not None}:
        if isinstance(node.op, Function):
            for i in _scales(node.op):
                add(node.inputs[i])
        elif node.op == "MatMul":
            for x in node.inputs:
                add(x)
        elif node.op in _SCALES:
            a, b = node.inputs
            if _may_be_number(b):
                add(a)
            if node.op == "Mul" and _may_be_number(a):
                add(b)
    return frozenset(found)


def _linked_scales(linked: LinkedModel) -> frozenset[int] | None:
    """Return the same of a linked model; None if it may be any of them."""
    nodes = [*linked.model.graph.node]
    for function in linked.model.functions:
        nodes.extend(function.node)
    return (
        None if any(n.op_type in _SCALES or n.op_type == "MatMul" for n in nodes) else frozenset()
    )


def _factors(x: Value) -> _Factors:
    bits = 0.0
    calls: list[Node] = []
    for _ in range(MOST_FACTORS):
        x = _argument(x, calls)
        node = x.node
        if node is None or x.data is not None:
            return _Factors(bits, x, False)
        if isinstance(node.op, Function):
            calls.append(node)
            x = node.op.outputs[x.index]
        elif node.op == "If":
            condition = node.inputs[0]
            assert condition is not None
            if condition.data is None:  # it may be known when the model is written
                return _Factors(math.inf, x, condition.trace is None)
            taken = "then_branch" if condition.data.item() else "else_branch"
            x = dict(node.bodies)[taken].outputs[x.index]
        elif node.op in _SCALES:
            factor = _factor(node, calls)
            if factor is None:
                return _Factors(bits, x, False)
            x, scale = factor
            bits += _bits(scale)
        elif node.op in _PASSED or changes_nothing(node):
            others = [y for y in node.inputs if y is not None and y.data is None]
            if not others:
                return _Factors(bits, x, False)
            x = others[0]
        else:
            return _Factors(bits, x, node.op == "MatMul" or isinstance(node.op, LinkedModel))
    return _Factors(bits, x, True)


def _argument(x: Value, calls: list[Node]) -> Value:
    """Return what an input of the function that is called last is given."""
    while calls and x.node is None and x.data is None:
        function = calls[-1].op
        assert isinstance(function, Function)
        if x not in function.inputs:
            break
        given = calls.pop().inputs[function.inputs.index(x)]
        assert given is not None
        x = given
    return x


def _factor(node: Node, calls: list[Node]) -> tuple[Value, Value] | None:
    """Return what is scaled, and the number by which it is."""
    a, b = (x for x in node.inputs if x is not None)
    for x, scale in ((a, b), (b, a))[: 1 if node.op == "Div" else 2]:
        number = _argument(scale, calls.copy())
        if _is_number(number):
            return x, number
    return None


def _is_number(x: Value) -> bool:
    """Return whether a value is one number that is known when a model is written."""
    return x.trace is None and all(type(size) is int and size == 1 for size in x.shape)


def _may_be_number(x: Value | None) -> bool:
    return x is not None and (_is_number(x) or (x.node is None and x.data is None))


def _bits(scale: Value) -> float:
    if scale.data is None:  # it is not computed yet
        return math.inf
    number = abs(float(scale.data.item()))
    return abs(math.log2(number)) if 0 < number < math.inf else math.inf
