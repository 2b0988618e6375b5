"""Trigonometric functions of angles in degrees, which are reduced exactly."""

from __future__ import annotations

from math import inf, pi

from onnxp._src.dtypes import float64
from onnxp._src.lowering.elementwise.range_reduction import half_parity
from onnxp._src.lowering.elementwise.trigonometric import short_sine
from onnxp._src.lowering.expr import Expr, fmod, where
from onnxp._src.lowering.special.formulas import special

_LIMIT = 1e14  # scipy gives 0 for larger angles


def _reduced(x: Expr) -> tuple[Expr, Expr, Expr]:
    """Return the number of right angles, and the sine and cosine of the rest."""
    turn = fmod(x, 360.0)
    count = (turn / 90.0).unary("Round")
    rest = (turn - 90.0 * count) * (pi / 180.0)
    cosine = short_sine((90.0 - abs(turn - 90.0 * count)) * (pi / 180.0))
    return count, short_sine(rest), cosine


def _turned(count: Expr, sine: Expr, cosine: Expr) -> Expr:
    """Return the sine after so many right angles."""
    odd = 2.0 * half_parity(count)
    half = (0.5 * count).unary("Floor")
    return where(odd == 1.0, cosine, sine) * (1.0 - 4.0 * half_parity(half))


def _limited(x: Expr, result: Expr) -> Expr:
    return where(abs(x) > _LIMIT, 0.0, result)


@special("sindg")
def sindg(x: Expr) -> Expr:
    """Compute the sine."""
    return _limited(x, _turned(*_reduced(x)))


@special("cosdg")
def cosdg(x: Expr) -> Expr:
    """Compute the cosine."""
    count, sine, cosine = _reduced(x)
    return _limited(x, _turned(count + 1.0, sine, cosine))


def _tangent(x: Expr, *, turned: bool) -> Expr:
    """Return the tangent, or the cotangent; infinite at poles."""
    count, sine, cosine = _reduced(x)
    odd = (2.0 * half_parity(count) == 1.0) ^ (count.const(float(turned)) == 1.0)
    up, down = where(odd, cosine, sine), where(odd, sine, cosine)
    sign = 1.0 - 2.0 * (2.0 * half_parity(count) == 1.0).cast(float64)
    return _limited(x, where(down == 0.0, inf, sign * up / down))


@special("tandg")
def tandg(x: Expr) -> Expr:
    """Compute the tangent."""
    return _tangent(x, turned=False)


@special("cotdg")
def cotdg(x: Expr) -> Expr:
    """Compute the cotangent."""
    return _tangent(x, turned=True)
