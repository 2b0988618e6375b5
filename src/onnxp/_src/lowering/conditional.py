"""Formulas that a model evaluates only for the elements that need them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from onnxp._src import ops
from onnxp._src.dtypes import float32, int64
from onnxp._src.graph.record import record
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import Value, argument
from onnxp._src.lowering.expr import Expr

_SPARE = 63


def recompute_where(
    values: Sequence[Expr],
    wrong: Expr,
    formula: Callable[..., Sequence[Expr]],
    *operands: Expr,
) -> tuple[Expr, ...]:
    """Replace elements of `values` by those of ``formula(*operands)`` where `wrong` is true.

    All have the same shape. A branch, which is taken if `wrong` is true anywhere, evaluates the formula for
    these elements only. Each result depends on one element only, to the last bit: kernels compute vectors of
    up to 64 elements and then single ones, which some round in another way, so spare elements are put
    behind those that are evaluated.
    """
    # a sum, because ReduceMax of an empty array raises an error (onnxruntime 1.20.1)
    count = ops.reduce("ReduceSum", wrong.cast(float32).value, ())
    actual = tuple(x.value for x in (wrong, *operands, *values))
    formal = tuple(argument(f"x{i}", x.dtype, ()) for i, x in enumerate(actual))
    mask, inner, old = formal[0], formal[1 : 1 + len(operands)], formal[1 + len(operands) :]
    chosen = _recomputed(mask, inner, old, formula)
    results = ops.if_(
        ops.greater(count, ops.scalar(0.0, float32)),
        actual,
        close(formal, chosen),
        close(formal, old),
        [() for _ in values],
    )
    return tuple(map(Expr, results))


def _recomputed(
    mask: Value,
    operands: Sequence[Value],
    old: Sequence[Value],
    formula: Callable[..., Sequence[Expr]],
) -> tuple[Value, ...]:
    indices = ops.squeeze(ops.non_zero(_flat(mask)), (0,))
    places = ops.concat((indices, ops.full(0, int64, (_SPARE,))), 0)
    count = ops.shape_of(indices)
    results = []
    for new, x in zip(
        formula(*(Expr(ops.gather(_flat(x), places, 0)) for x in operands)), old, strict=True
    ):
        first = ops.slice_values(new.value, ops.ints(0), count, 0, indices.shape[0])
        put = ops.scatter_elements(_flat(x), indices, first, 0)
        # the operands have any rank
        shape = record("Shape", (x,), int64, (0,))
        results.append(record("Reshape", (put, shape), x.dtype, (), (("allowzero", 1),)))
    return tuple(results)


def _flat(x: Value) -> Value:
    return record("Reshape", (x, ops.ints(-1)), x.dtype, (0,))
