"""The kernels that runtimes lack, as data: operators, dtypes, and the dtype to compute in instead.

A model must run on every onnxruntime since the first of `TRIED`, so it uses another dtype if one of them
lacks the kernel. This loses no bits: integers are cast to a width that holds them or wraps in the same
way, and unsigned 64-bit integers keep their order when their sign bit is flipped. If no cast is
possible, a function in `onnxp._src.lowering` computes the result. ``make kernels`` compares the
table with the installed runtimes.
"""

from __future__ import annotations

from typing import NamedTuple

from onnxp._src import dtypes
from onnxp._src.dtypes import BY_NAME, DType
from onnxp._src.ops.versions import TRIED


class Gap(NamedTuple):
    """Operators that lack a kernel for some dtypes, and the dtype to compute in instead.

    `until` is the last of the `TRIED` versions that lacks the kernel.
    """

    operators: str
    dtypes: str
    via: str
    until: str
    ordered: bool = False  # flip the sign bit so that the order of uint64 is that of int64


_OLD, _MID, _ALL = TRIED

GAPS: tuple[Gap, ...] = (
    Gap("Add Sub Mul Equal Div", "int8 int16 uint8 uint16", "int32", _OLD),
    Gap("Add Sub Mul Equal", "uint32", "int32", _OLD),
    Gap("Add Sub Mul Equal", "uint64", "int64", _OLD),
    Gap("Div", "uint32", "int64", _OLD),
    Gap("Less LessOrEqual Greater GreaterOrEqual", "int8 int16 uint8 uint16", "int32", _OLD),
    Gap("Less LessOrEqual Greater GreaterOrEqual", "uint32", "int64", _OLD),
    Gap("Less LessOrEqual Greater GreaterOrEqual", "uint64", "int64", _OLD, ordered=True),
    Gap("Neg", "int16", "int32", _OLD),
    Gap("Max Min", "int8 uint8", "int32", _MID),
    Gap("Max Min", "int16 uint16", "int32", _ALL),
    Gap("Where", "int8 uint32", "int32", _MID),
    Gap("Where", "int16 uint16", "int32", _ALL),
    Gap("Where", "uint64", "int64", _ALL),
    Gap("MatMul CumSum", "int8 int16 uint8 uint16", "int32", _ALL),
    Gap("MatMul", "uint32", "int32", _ALL),  # fails if the summed axis is empty
    Gap("MatMul", "uint64", "int64", _ALL),
    Gap("CumSum", "uint32", "int32", _ALL),
    Gap("CumSum", "uint64", "int64", _ALL),
    Gap("ReduceMax ReduceMin ArgMax ArgMin", "int16 uint16", "int32", _ALL),
    Gap("ReduceMax ReduceMin ArgMax ArgMin", "uint32", "int64", _ALL),
    Gap("ReduceMax ReduceMin ArgMax ArgMin", "uint64", "int64", _ALL, ordered=True),
    Gap("ArgMax ArgMin TopK", "bool", "int32", _ALL),
    Gap("TopK", "int8 int16 uint8", "int32", _MID),
    Gap("TopK", "uint16", "int32", _ALL),
    Gap("TopK", "uint32", "int64", _ALL),
    Gap("TopK", "uint64", "int64", _ALL, ordered=True),
    Gap("BitShift", "uint16", "uint32", _MID),
    Gap("NonZero", "int8 int16 uint16 uint32 uint64 float64", "bool", _ALL),
    Gap("Pad", "int16 uint16", "int32", _ALL),
    Gap("EyeLike", "bool int8 int16 uint8 uint16 uint32", "int64", _ALL),
    Gap("Trilu", "int8 int16 uint8 uint16 uint32", "int64", _ALL),
    Gap("Trilu", "uint64", "int64", _ALL),
    Gap("Trilu", "int32", "int64", _MID),
)


NOT_ROUNDED = (
    "Abs Acos Acosh Add ArgMax ArgMin Asin Asinh Atan Atanh Ceil Cos Cosh CumProd CumSum Div Equal Erf "
    "Exp EyeLike Floor Gemm Greater GreaterOrEqual Less LessOrEqual Log MatMul Mul Neg NonZero Pad Pow "
    "Reciprocal ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Sigmoid Sin Sinh "
    "Sqrt Sub Sum Tan Tanh Tile TopK Trilu Where"
)
"""Operators that have no float16 kernel: runtimes compute them in float32, and round to float16 behind the
last of several only ("unrounded float16" in `runtime_bugs`). Recorded casts stay."""


class Detour(NamedTuple):
    """The row for an operator and a dtype."""

    via: DType
    ordered: bool


DETOURS: dict[tuple[str, DType], Detour] = {
    (operator, BY_NAME[name]): Detour(BY_NAME[gap.via], gap.ordered)
    for gap in GAPS
    for operator in gap.operators.split()
    for name in gap.dtypes.split()
}
DETOURS |= {
    (operator, dtypes.float16): Detour(dtypes.float32, ordered=False)
    for operator in NOT_ROUNDED.split()
}

SIGN_BIT = {dtypes.int64: -(2**63)}
