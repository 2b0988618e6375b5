"""Nodes that are written as one: a product with a constant matrix and what is added to its rows, as Gemm.

Gemm adds while it multiplies. By default runtimes make one of MatMul and Add in float32, but not of others,
and not where the product with a column is squeezed before. Here Gemm is written where it gives the same bits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import final

from onnxp._src.graph.traversal import walk
from onnxp._src.graph.values import Node, Value, constant
from onnxp._src.shapes.dims import same

FUSED = ("Add", "Sub")
"""The operators of nodes that may be written as others."""

_PRODUCTS = ("MatMul", "Squeeze")
"""The operators of what they may add to."""

_MOST_TERMS = 128
"""Kernels sum up as many terms, then add the bias, which makes it the last term (onnxruntime 1.20.1 to 1.32.0).

Of more terms, the bias is added to the first. So it is of any number where the matrix is not constant, if
there is one row.
"""


@final
class Fusion:
    """The fused nodes of one graph.

    Parameters
    ----------
    outputs : sequence of Value
        What the graph computes.
    is_written : callable
        Whether a value is written already.
    """

    __slots__ = ("_fused", "_is_written", "_outputs", "_uses")

    def __init__(self, outputs: Sequence[Value], is_written: Callable[[Value], bool]) -> None:
        self._outputs = outputs
        self._is_written = is_written
        self._fused: dict[Node, Node] = {}
        self._uses: Counter[Value] | None = None

    def of(self, node: Node) -> Node:
        """Return the node to write for one that adds: another one for a product that nothing else reads."""
        for x in node.inputs:
            if x is not None and x.node is not None and x.node.op in _PRODUCTS:
                break
        else:
            return node
        fused = self._fused.get(node)
        if fused is None:
            fused = self._fused[node] = self._fuse(node) or node
        return fused

    def _fuse(self, node: Node) -> Node | None:
        left, right = _inputs(node)
        if node.op == "Add":
            return self._gemm(node, left, right) or self._gemm(node, right, left)
        if right.data is None or right.dtype.family != "float":
            return None
        return self._gemm(node, left, constant(-right.data))  # a - b is a + -b, to the bit

    def _gemm(self, node: Node, x: Value, bias: Value) -> Node | None:
        """Return a Gemm, or the Squeeze of one, if `x` is the product of matrices that it can add to."""
        squeeze = _maker(x, "Squeeze")
        product = x if squeeze is None else _inputs(squeeze)[0]
        matmul = _maker(product, "MatMul")
        if matmul is None or not _is_summable(matmul) or len(bias.shape) > len(x.shape):
            return None
        if not (_is_number(bias) or (squeeze is None and _is_row(bias, product))):
            return None
        if not all(self._is_read_once(value) for value in (x, product)):
            return None
        gemm = Node("Gemm", (*matmul.inputs, bias), (), 3, node.source, node.scope)
        if squeeze is None:
            return gemm
        column = Value(product.dtype, product.shape, gemm, 0, product.trace, product.depth)
        inputs = (column, *squeeze.inputs[1:])
        return Node("Squeeze", inputs, (), len(inputs), node.source, node.scope)

    def _is_read_once(self, x: Value) -> bool:
        if self._uses is None:
            self._uses = Counter(self._outputs)
            for node in dict.fromkeys(v.node for v in walk(self._outputs) if v.data is None):
                self._uses.update(_inputs(node) if node is not None else ())
        return self._uses[x] == 1 and not self._is_written(x)


def _inputs(node: Node) -> list[Value]:
    return [value for value in node.inputs if value is not None]


def _maker(x: Value, op: str) -> Node | None:
    """Return the node that computes a value, if it is the operator."""
    return x.node if x.data is None and x.node is not None and x.node.op == op else None


def _is_summable(matmul: Node) -> bool:
    """Return whether a product of matrices plus a bias has the same bits if Gemm computes it."""
    a, b = _inputs(matmul)
    if len(a.shape) != 2 or len(b.shape) != 2 or b.data is None:
        return False
    return b.dtype.family == "float" and 0 < b.data.shape[0] <= _MOST_TERMS


def _is_number(bias: Value) -> bool:
    return all(type(size) is int and size == 1 for size in bias.shape)


def _is_row(bias: Value, product: Value) -> bool:
    if not bias.shape or not same(bias.shape[-1], product.shape[1]):
        return False
    return len(bias.shape) == 1 or same(bias.shape[0], 1)
