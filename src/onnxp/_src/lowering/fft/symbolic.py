"""Transforms of a length that is known when a model runs.

DFT is accurate for powers of two only, see "lengths of DFT" in `runtime_bugs`. Planes have the shape
(rows, n, rest).
"""

from __future__ import annotations

import math

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import bool_, float64, int64
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import Value, argument, constant
from onnxp._src.lowering.expr import Expr
from onnxp._src.lowering.fft.static import Pair, times, times_plane
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size

_POWERS = constant(2 ** np.arange(62, dtype=np.int64))


def transform(re: Value, im: Value | None) -> Pair:
    """Transform forwards: by DFT if the length is a power of two, else by a convolution."""
    n = ops.scalar_size(re.shape[1])
    less_one = ops.sub(n, ops.scalar(1, int64))
    is_power = ops.equal(ops.bitwise_and(n, less_one), ops.scalar(0, int64))
    actual = (re,) if im is None else (re, im)
    bodies = []
    for algorithm in (_direct, _convolved):
        formal = tuple(argument(name, float64, ()) for name in ("re", "im")[: len(actual)])
        for value in formal:
            value.shape = tuple(
                dims.dim(name, int(k == 1), origin=(formal[0], k))
                for k, name in enumerate(("rows", "n", "rest"))
            )
        bodies.append(close(formal, algorithm(formal[0], formal[1] if im is not None else None)))
    real, imag = ops.if_(is_power, actual, bodies[0], bodies[1], [re.shape] * 2)
    return real, imag


def _direct(re: Value, im: Value | None) -> Pair:
    return _kernel(re, ops.constant_of_shape(0, float64, re.shape) if im is None else im)


def _convolved(re: Value, im: Value | None) -> Pair:
    """Convolve with a chirp (Bluestein)."""
    n = re.shape[1]
    m = _power_of_two(2 * n - 1)
    cos, sin = _chirp(n)
    column, minus = ops.unsqueeze(cos, (1,)), ops.unsqueeze(ops.neg(sin), (1,))
    p, q = (ops.pad(x, (0, 0, 0), (0, m - n, 0)) for x in times_plane(re, im, column, minus))
    p, q = times(*_kernel(p, q), *_kernel(_response(cos, n, m), _response(sin, n, m)))
    q, p = _kernel(q, p)  # the inverse transform
    p, q = (_first(x, n) for x in (p, q))
    length = ops.cast(ops.scalar_size(m), float64)
    return times(ops.div(p, length), ops.div(q, length), column, minus)


def _power_of_two(least: Size) -> Size:
    """Return the power of two that is at least a size."""
    smaller = ops.cast(ops.less(_POWERS, ops.size_value(least)), int64)
    position = ops.reduce("ReduceSum", smaller, (0,), keepdims=True)
    sizes = ops.gather(_POWERS, position, 0)
    blank = ops.constant_of_shape(False, bool_, (1,), sizes)
    blank.shape = (dims.dim("length", 1, origin=(blank, 0)),)
    return blank.shape[0]


def _chirp(n: Size) -> Pair:
    """Return the cosines and sines of ``pi * k**2 / n``.

    The angles are reduced by integers to an eighth of a turn, of which Sin is accurate; there is no Cos of
    float64 (onnxruntime 1.20.1 to 1.23.2).
    """
    k, count = Expr(ops.iota(n)), Expr(ops.scalar_size(n))
    twice = Expr(ops.mod((k * k).value, (count * 2).value)) * 2
    quarter = (twice * 2 + count) / (count * 2)
    angle = (twice - quarter * count).cast(float64) * (math.pi / 2) / count.cast(float64)
    small, half = angle.unary("Sin"), (angle * 0.5).unary("Sin")
    large = 1.0 - half * half * 2.0
    quarter = Expr(ops.mod(quarter.value, quarter.const(4).value))
    odd = Expr(ops.mod(quarter.value, quarter.const(2).value)).cast(float64)
    even = 1.0 - odd
    cos, sin = odd * small + even * large, odd * large + even * small
    return (
        (cos * _sign((quarter == 1) | (quarter == 2))).value,
        (sin * _sign(quarter >= 2)).value,
    )


def _sign(negative: Expr) -> Expr:
    return 1.0 - negative.cast(float64) * 2.0


def _response(x: Value, n: Size, m: Size) -> Value:
    """Return a function of ``k**2`` for ``abs(k) < n``, of period `m`, with zeros in between."""
    zeros = ops.constant_of_shape(0.0, float64, (m - 2 * n + 1,))
    falling = ops.slice_(x, (None,), (0,), (0,), (-1,))
    whole = ops.concat((x, zeros, falling), axis=0)
    return ops.unsqueeze(whole, (0, 2))


def _kernel(re: Value, im: Value) -> Pair:
    x = ops.concat((ops.unsqueeze(re, (3,)), ops.unsqueeze(im, (3,))), axis=3)
    y = ops.dft(x, 1)
    p, q = (ops.slice_(y, (part,), (part + 1,), (3,), (1,)) for part in (0, 1))
    return ops.squeeze(p, (3,)), ops.squeeze(q, (3,))


def _first(x: Value, n: Size) -> Value:
    return ops.slice_(x, (0,), (n,), (1,), (1,))
