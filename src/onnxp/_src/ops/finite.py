"""What is known of the numbers in a value: whether they are finite, or at least no NaN, before it is computed.

Kernels of maxima ignore NaN, and need no guard where there is none. Arithmetic of finite numbers counts as
finite, though it may overflow: only values that the caller declares finite, and constants, begin a proof.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from weakref import WeakKeyDictionary

import numpy as np

from onnxp._src.dtypes import BY_ONNX
from onnxp._src.graph.values import Function, Node, Operator, Value


class Numbers(IntEnum):
    """What a value may contain, from the least to the most that is known."""

    ANY = 0
    NO_NAN = 1
    FINITE = 2


_declared: WeakKeyDictionary[Value, Numbers] = WeakKeyDictionary()
_LARGEST_CONSTANT = 2**16  # elements
_DEEPEST = 100


def declare_finite(x: Value) -> None:
    """Declare that a value is finite whenever the model runs, or that NaN in it has no meaning."""
    _declared[x] = Numbers.FINITE


def never_nan(x: Value) -> bool:
    """Return whether a value has certainly no NaN; of those that are evaluated nothing is known."""
    if x.trace is None and x.dtype.family == "float":
        return False
    return _numbers(x, _DEEPEST) >= Numbers.NO_NAN


def is_finite(x: Value) -> bool:
    """Return whether a value is finite, if its computation does not overflow."""
    return _numbers(x, _DEEPEST) is Numbers.FINITE


def _numbers(x: Value, depth: int) -> Numbers:
    if x.dtype.family == "string":  # of which some are read as NaN
        return Numbers.ANY
    if x.dtype.family != "float":
        return Numbers.FINITE
    known = _declared.get(x)
    if known is not None:
        return known
    if x.data is not None:
        return _constant(x.data)
    node = x.node
    if node is None or depth == 0:
        return Numbers.ANY
    found = _computed(node, depth - 1)
    _declared[x] = found
    return found


def _constant(data: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> Numbers:
    if data.size > _LARGEST_CONSTANT or np.isnan(data).any():
        return Numbers.ANY
    return Numbers.FINITE if np.isfinite(data).all() else Numbers.NO_NAN


def _computed(node: Node, depth: int) -> Numbers:
    op = node.op
    if isinstance(op, Function):
        return _least(node, depth) if op.name in _FUNCTIONS else Numbers.ANY
    name = op.name if isinstance(op, Operator) else op
    if not isinstance(name, str):
        return Numbers.ANY
    if name in _MADE_FINITE:
        return Numbers.FINITE
    if name in _MOVED:
        return _least(node, depth)
    if name in _ARITHMETIC:
        return _if_finite(_least(node, depth))
    rule = _RULES.get(name)
    return rule(node, depth) if rule is not None else Numbers.ANY


def _if_finite(numbers: Numbers) -> Numbers:
    return numbers if numbers is Numbers.FINITE else Numbers.ANY


def _least(node: Node, depth: int) -> Numbers:
    return min((_numbers(v, depth) for v in node.inputs if v is not None), default=Numbers.ANY)


_MADE_FINITE = frozenset({"TreeEnsembleRegressor", "TreeEnsemble"})
_MOVED = frozenset(
    "Abs Cast Ceil Clip Concat Expand Floor Gather GatherElements Identity Max Min Neg Pad ReduceMax ReduceMin "
    "Relu Reshape Round Sign Slice Squeeze Tile Transpose Unsqueeze".split()
)
"""Operators whose results are no more than their inputs."""
_ARITHMETIC = frozenset(
    "Add Sub Mul MatMul Gemm ReduceL1 ReduceL2 ReduceMean ReduceSum ReduceSumSquare Softmax Sum".split()
)
"""Operators that give NaN for infinities only."""
_FUNCTIONS = frozenset({"max", "min", "mean", "var", "std", "tanh"})


def _exp(node: Node, depth: int) -> Numbers:
    return min(_least(node, depth), Numbers.NO_NAN)


def _filled(node: Node, depth: int) -> Numbers:
    value = dict(node.attributes).get("value")
    if value is None:
        return Numbers.FINITE
    code, _, content = value
    return _constant(np.frombuffer(content, BY_ONNX[code].numpy))


def _div(node: Node, depth: int) -> Numbers:
    numerator, divisor = node.inputs
    assert numerator is not None
    assert divisor is not None
    if divisor.data is None and divisor.node is not None and divisor.node.op == "Expand":
        divisor = divisor.node.inputs[0]
        assert divisor is not None
    if divisor.data is not None:
        zeros = divisor.data.size > _LARGEST_CONSTANT or not divisor.data.all()
        return Numbers.ANY if zeros else _if_finite(_least(node, depth))
    if _numbers(numerator, depth) is Numbers.FINITE and _is_positive(divisor, depth):
        return Numbers.FINITE
    return Numbers.ANY


def _log(node: Node, depth: int) -> Numbers:
    (x,) = node.inputs
    assert x is not None
    return _numbers(x, depth) if _is_positive(x, depth) else Numbers.ANY


def _pow(node: Node, depth: int) -> Numbers:
    base, exponent = node.inputs
    assert base is not None
    assert exponent is not None
    return _if_finite(_least(node, depth)) if _is_positive(base, depth) else Numbers.ANY


def _sqrt(node: Node, depth: int) -> Numbers:
    (x,) = node.inputs
    assert x is not None
    return _numbers(x, depth) if _is_signless(x, depth) else Numbers.ANY


def _where(node: Node, depth: int) -> Numbers:
    condition, chosen, other = node.inputs
    assert condition is not None
    assert chosen is not None
    assert other is not None
    test = condition.node if condition.data is None else None
    if test is not None and test.op == "IsNaN" and test.inputs[0] is other:
        return min(_numbers(chosen, depth), Numbers.NO_NAN)
    return min(_numbers(chosen, depth), _numbers(other, depth))


_RULES: dict[str, Callable[[Node, int], Numbers]] = {
    "ConstantOfShape": _filled,
    "Exp": _exp,
    "Div": _div,
    "Log": _log,
    "Pow": _pow,
    "Sqrt": _sqrt,
    "Where": _where,
}


def _is_positive(x: Value, depth: int) -> bool:
    """Return whether numbers are certainly greater than 0, and no NaN."""
    if x.data is not None:
        return x.data.size <= _LARGEST_CONSTANT and bool((x.data > 0).all())
    if x.node is None or depth == 0:
        return False
    inputs = [v for v in x.node.inputs if v is not None]
    if x.node.op == "Add":
        positive = any(_is_positive(v, depth - 1) for v in inputs)
        return positive and all(_is_signless(v, depth - 1) for v in inputs)
    if x.node.op in ("Cast", "Reshape", "Unsqueeze", "Squeeze"):
        return _is_positive(inputs[0], depth - 1)
    return False


def _is_signless(x: Value, depth: int) -> bool:
    """Return whether numbers are certainly not negative, and no NaN."""
    if x.dtype.family in ("bool", "uint"):
        return True
    if x.data is not None:
        return x.data.size <= _LARGEST_CONSTANT and bool((x.data >= 0).all())
    if x.node is None or depth == 0 or _numbers(x, depth) is Numbers.ANY:
        return False
    if x.dtype.family == "int":  # sums and products may wrap
        op, source = x.node.op, x.node.inputs[:1]
        return op == "Shape" or (op == "Cast" and all(v and _is_signless(v, depth) for v in source))
    inputs = [v for v in x.node.inputs if v is not None]
    if x.node.op in ("Exp", "Abs", "ReduceSumSquare", "ReduceL1", "ReduceL2", "Sqrt"):
        return True
    if x.node.op == "Mul":
        return inputs[0] is inputs[1]
    if x.node.op == "Cast":
        return _is_signless(inputs[0], depth - 1)
    if x.node.op in (
        "Add",
        "ReduceSum",
        "ReduceMean",
        "ReduceMax",
        "Reshape",
        "Unsqueeze",
        "Squeeze",
    ):
        return all(_is_signless(v, depth - 1) for v in inputs if v.dtype.family == "float")
    return False
