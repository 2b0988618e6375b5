"""Terms of entropies and robust losses."""

from __future__ import annotations

from math import inf, nan

from onnxp._src.lowering.elementwise.exponential import log1p
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.special.exponents import excess
from onnxp._src.lowering.special.formulas import call, special

_STEEP = 1e8  # squares of larger numbers are much more than 1


@special("xlogy")
def xlogy(x: Expr, y: Expr) -> Expr:
    """Compute ``x * log(y)``, which is 0 where x is 0."""
    return where((x == 0.0) & ~y.is_nan(), 0.0, x * y.unary("Log"))


@special("xlog1py")
def xlog1py(x: Expr, y: Expr) -> Expr:
    """Compute ``x * log(1 + y)``, which is 0 where x is 0."""
    return where((x == 0.0) & ~y.is_nan(), 0.0, x * call(log1p, y))


@special("entr")
def entr(x: Expr) -> Expr:
    """Compute ``-x * log(x)``; 0 for 0, negative infinity below."""
    return where(x == 0.0, 0.0, where(x < 0.0, -inf, -x * x.unary("Log")))


def _undefined(x: Expr, y: Expr, at_zero: Expr, inside: Expr) -> Expr:
    """Return relative entropies: those inside, those of x = 0, and infinity elsewhere."""
    zero = where((x == 0.0) & (y >= 0.0), at_zero, inf)
    return where(
        (x > 0.0) & (y > 0.0), inside, where(x.is_nan() | y.is_nan(), zero.const(nan), zero)
    )


def _log_of_quotient(x: Expr, y: Expr) -> Expr:
    """Return ``log(x / y)`` for numbers that are not close."""
    quotient = x / y
    normal = (quotient > 1e-300) & (quotient < inf)
    return where(normal, quotient.unary("Log"), x.unary("Log") - y.unary("Log"))


@special("rel_entr")
def rel_entr(x: Expr, y: Expr) -> Expr:
    """Compute ``x * log(x / y)``."""
    quotient = x / y
    close = call(log1p, (x - y) / y)
    logarithm = where((quotient > 0.5) & (quotient < 2.0), close, _log_of_quotient(x, y))
    return _undefined(x, y, x.const(0.0), x * logarithm)


@special("kl_div")
def kl_div(x: Expr, y: Expr) -> Expr:
    """Compute ``x * log(x / y) - x + y``, for similar numbers without cancellation."""
    m = (y - x) / x
    similar = x * excess(m)
    apart = x * _log_of_quotient(x, y) - x + y
    return _undefined(x, y, y, where(abs(m) < 0.6, similar, apart))


@special("huber")
def huber(delta: Expr, r: Expr) -> Expr:
    """Compute Huber's loss."""
    a = abs(r)
    loss = where(a <= delta, 0.5 * r * r, delta * (a - 0.5 * delta))
    return where(delta < 0.0, inf, loss)


@special("pseudo_huber")
def pseudo_huber(delta: Expr, r: Expr) -> Expr:
    """Compute ``delta**2 * (sqrt(1 + (r / delta)**2) - 1)``."""
    slope = abs(r / delta)
    near = r * r / (1.0 + (1.0 + slope * slope).unary("Sqrt"))
    loss = where(slope > _STEEP, delta * (abs(r) - delta), near)
    return where(delta < 0.0, inf, where((delta == 0.0) | (r == 0.0), 0.0, loss))
