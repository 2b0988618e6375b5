"""Real functions on expressions: kernels for float32, recipes for float64."""

from __future__ import annotations

from collections.abc import Callable

from onnxp.dtypes import float32
from onnxp.graph import Value
from onnxp.numerics import exponential, hyperbolic, trigonometry
from onnxp.numerics.expr import Expr


def _function(recipe: Callable[..., Value], kernel: str = "") -> Callable[..., Expr]:
    def function(*operands: Expr) -> Expr:
        if kernel and operands[0].dtype is float32:
            return operands[0].unary(kernel)
        return Expr(recipe(*(x.value for x in operands)))

    return function


asinh = _function(hyperbolic.asinh, "Asinh")
atan = _function(trigonometry.atan, "Atan")
atan2 = _function(trigonometry.atan2)
cos = _function(trigonometry.cos, "Cos")
cosh = _function(hyperbolic.cosh, "Cosh")
expm1 = _function(exponential.expm1)
hypot = _function(trigonometry.hypot)
log1p = _function(exponential.log1p)
sin = _function(trigonometry.sin, "Sin")
sinh = _function(hyperbolic.sinh, "Sinh")
