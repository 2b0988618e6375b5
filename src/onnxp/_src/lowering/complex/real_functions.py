"""Real functions of expressions: kernels for float32, recipes for float64."""

from __future__ import annotations

from collections.abc import Callable

from onnxp._src.dtypes import float32
from onnxp._src.graph.values import Value
from onnxp._src.lowering.elementwise import exponential, hyperbolic, trigonometric
from onnxp._src.lowering.expr import Expr


def _function(recipe: Callable[..., Value], kernel: str = "") -> Callable[..., Expr]:
    def function(*operands: Expr) -> Expr:
        if kernel and operands[0].dtype is float32:
            return operands[0].unary(kernel)
        return Expr(recipe(*(x.value for x in operands)))

    return function


asinh = _function(hyperbolic.asinh, "Asinh")
atan = _function(trigonometric.atan, "Atan")
atan2 = _function(trigonometric.atan2)
cos = _function(trigonometric.cos, "Cos")
cosh = _function(hyperbolic.cosh, "Cosh")
expm1 = _function(exponential.expm1)
hypot = _function(trigonometric.hypot)
log1p = _function(exponential.log1p)
sin = _function(trigonometric.sin, "Sin")
sinh = _function(hyperbolic.sinh, "Sinh")
