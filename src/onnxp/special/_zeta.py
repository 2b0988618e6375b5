"""The zeta functions, and derivatives of the logarithm of the gamma function."""

from __future__ import annotations

import operator
from math import log, pi

from onnxp._src.api.elementwise import multiply
from onnxp._src.api.searching import where
from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand, as_array, cast
from onnxp._src.lowering.special import zeta as recipes
from onnxp.errors import ArgumentError, ArgumentTypeError
from onnxp.special._apply import apply, computed_in
from onnxp.special._gamma import gammaln


def multigammaln(a: Array, d: int) -> Array:
    """Compute the logarithm of the multivariate gamma function.

    Parameters
    ----------
    a : array
        Of a real dtype.
    d : int
        The dimension.

    Returns
    -------
    Array
        Of the shape of `a`; NaN where a is at most ``(d - 1) / 2``. Of float32 if `a` is, else of float64.

    Raises
    ------
    DTypeError
        If `a` is complex or text.
    ArgumentError, ArgumentTypeError
        If `d` is less than 1, or not an integer.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.multigammaln(xp.asarray([2.0, 20.0]), 3)
    Array([  1.59631259, 115.31351073], dtype=float64)
    """
    try:
        d = operator.index(d)
    except TypeError:
        raise ArgumentTypeError(f"multigammaln: d is an integer, not {d!r}") from None
    if d < 1:
        raise ArgumentError(f"multigammaln: d is {d}; it must be 1 or more")
    x = as_array(a, "multigammaln")
    x = cast(x, computed_in("multigammaln", (x,)))
    total = gammaln(x) + d * (d - 1) / 4 * log(pi)
    for j in range(1, d):
        total = total + gammaln(x - 0.5 * j)
    return where(x > 0.5 * (d - 1), total, multiply(x, float("nan")))


def polygamma(n: Operand, x: Operand) -> Array:
    """Compute the derivative of order n of the digamma function.

    Parameters
    ----------
    n : array or number
        Integers that are not negative.
    x : array or number
        Of a real dtype; `n` or `x` is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.polygamma(1, xp.asarray([1.0, 2.0]))
    Array([1.64493407, 0.64493407], dtype=float64)
    """
    return apply(recipes.polygamma, n, x)


def zeta(x: Operand, q: Operand | None = None) -> Array:
    """Compute the zeta function of Riemann, or with q that of Hurwitz, the sum of ``(k + q)**-x``.

    Unlike scipy's, it has no complex arguments.

    Parameters
    ----------
    x : array or number
        Of a real dtype. With `q`, the result is NaN below 1.
    q : array or number, optional
        Of a real dtype. For negative q, the result is NaN unless x is an integer.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.zeta(xp.asarray([-1.0, 2.0]))
    Array([-0.08333333,  1.64493407], dtype=float64)
    """
    if q is None:
        return apply(recipes.riemann_zeta, x, name="zeta")
    return apply(recipes.zeta, x, q)


def zetac(x: Array, /) -> Array:
    """Compute Riemann's zeta function less 1, accurately where that is small.

    Parameters
    ----------
    x : array
        Of a real dtype.

    Returns
    -------
    Array
        Of the shape of `x`; of float32 if `x` is, else of float64.

    Raises
    ------
    DTypeError
        If `x` is complex or text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.zetac(xp.asarray([2.0, 60.0]))
    Array([6.44934067e-01, 8.67361738e-19], dtype=float64)
    """
    return apply(recipes.zetac, x)
