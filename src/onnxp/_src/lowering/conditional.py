"""Formulas that a model evaluates only if an element needs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from onnxp._src import ops
from onnxp._src.dtypes import float32
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import argument
from onnxp._src.lowering.expr import Expr, where


def recompute_where(
    values: Sequence[Expr],
    wrong: Expr,
    formula: Callable[..., Sequence[Expr]],
    *operands: Expr,
) -> tuple[Expr, ...]:
    """Replace elements of `values` by those of ``formula(*operands)`` where `wrong` is true.

    The formula is evaluated for all elements, in a branch that is taken if `wrong` is true anywhere, so each
    result depends on one element only.
    """
    # a sum, because ReduceMax of an empty array raises an error (onnxruntime 1.20.1)
    count = ops.reduce("ReduceSum", wrong.cast(float32).value, ())
    actual = (wrong, *operands, *values)
    formal = tuple(argument(f"x{i}", x.dtype, ()) for i, x in enumerate(actual))
    mask, *rest = (Expr(value) for value in formal)
    inner, old = rest[: len(operands)], rest[len(operands) :]
    chosen = [where(mask, a, b) for a, b in zip(formula(*inner), old, strict=True)]
    results = ops.if_(
        ops.greater(count, ops.scalar(0.0, float32)),
        tuple(x.value for x in actual),
        close(formal, tuple(x.value for x in chosen)),
        close(formal, tuple(x.value for x in old)),
        [() for _ in values],
    )
    return tuple(Expr(value) for value in results)
