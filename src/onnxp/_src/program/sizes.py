"""Sizes that a function asked for of arrays that its results do not need, and that only the run can check.

A size that is a number for one array and symbolic for another, as of ``x + y``, is the number. The sum fails if
the sizes differ; so the results have to fail too if the function only took the size of the sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from onnxp._src.graph.traversal import walk
from onnxp._src.graph.values import FORMAL, Function, Node, Value
from onnxp._src.lowering.checks import nothing_of
from onnxp._src.shapes.dims import Dim, Size, same
from onnxp._src.shapes.shape import product

_BROADCASTING = frozenset(
    "Add And BitShift BitwiseAnd BitwiseOr BitwiseXor Div Equal Expand Greater GreaterOrEqual Less LessOrEqual "
    "Max Min Mod Mul Or Pow PRelu StringConcat Sub Sum Where Xor".split()
)


def size_checks(noted: Iterable[Value], order: Iterable[Value]) -> list[Value]:
    """Return a check for each operation that decides a noted size, and that is not in an order of values."""
    waiting = [x for x in dict.fromkeys(noted) if x.node is not None and x.data is None]
    if not waiting:
        return []
    needed = set(order)
    dead = [x for x in waiting if x not in needed]
    inside: set[Value] = set()  # loops, whose values nothing outside has
    checks: list[Value] = []
    for value in walk(dead, needed) if dead else ():
        node = value.node
        if node is None:
            inside |= {value} if value.index == FORMAL else set()
        elif value not in needed and value.data is None:
            if any(x in inside for x in node.inputs if x is not None):
                inside.add(value)
            elif any(_may_differ(*pair) for pair in _joined(node, value)):
                checks.append(nothing_of(value))
    return checks


def _may_differ(size: Size, other: Size) -> bool:
    """Return whether one of two sizes is a number and the other symbolic."""
    return isinstance(size, Dim) is not isinstance(other, Dim) and not same(size, other)


def _joined(node: Node, value: Value) -> Iterator[tuple[Size, Size]]:
    """Yield the pairs of sizes that must be equal, or else 1, for a node to be computed."""
    shapes = [x.shape for x in node.inputs if x is not None]
    if node.op in _BROADCASTING or isinstance(node.op, Function):
        for shape in shapes:
            pairs = zip(reversed(shape), reversed(value.shape), strict=False)
            yield from ((p, q) for p, q in pairs if not same(p, 1))
    elif node.op == "Concat":
        (axis,) = (number for name, number in node.attributes if name == "axis")
        for shape in shapes:
            yield from (
                pair for i, pair in enumerate(zip(shape, value.shape, strict=True)) if i != axis
            )
    elif node.op == "Reshape":
        yield product(shapes[0]), product(value.shape)
    elif node.op == "MatMul":
        a, b = shapes
        yield a[-1], (b[-2] if len(b) > 1 else b[0])
        yield from zip(reversed(a[:-2]), reversed(b[:-2]), strict=False)
    elif node.op == "Gemm":
        turned = dict(node.attributes)
        a, b, *_ = shapes
        yield a[0 if turned.get("transA") else 1], b[1 if turned.get("transB") else 0]
