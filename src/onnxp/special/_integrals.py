"""Exponential integrals, the dilogarithm and complete elliptic integrals."""

from __future__ import annotations

from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand
from onnxp._src.lowering.special import integrals
from onnxp.special._apply import apply


def ellipe(m: Array, /) -> Array:
    """Compute the complete elliptic integral of the second kind.

    Parameters
    ----------
    m : array
        Of a real dtype.

    Returns
    -------
    Array
        Of the shape of `m`; of float32 if `m` is, else of float64.

    Raises
    ------
    DTypeError
        If `m` is complex or text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.ellipe(xp.asarray([0.0, 0.5]))
    Array([1.57079633, 1.35064388], dtype=float64)
    """
    return apply(integrals.ellipe, m)


def ellipk(m: Array, /) -> Array:
    """Compute the complete elliptic integral of the first kind.

    Parameters
    ----------
    m : array
        Of a real dtype.

    Returns
    -------
    Array
        Of the shape of `m`; of float32 if `m` is, else of float64.

    Raises
    ------
    DTypeError
        If `m` is complex or text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.ellipk(xp.asarray([0.0, 0.5, 1.0]))
    Array([1.57079633, 1.85407468,        inf], dtype=float64)
    """
    return apply(integrals.ellipk, m)


def ellipkm1(p: Array, /) -> Array:
    """Compute `ellipk` of ``1 - p``, accurately near 0.

    Parameters
    ----------
    p : array
        Of a real dtype.

    Returns
    -------
    Array
        Of the shape of `p`; of float32 if `p` is, else of float64.

    Raises
    ------
    DTypeError
        If `p` is complex or text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.ellipkm1(xp.asarray([0.0, 1e-20]))
    Array([        inf, 24.41214529], dtype=float64)
    """
    return apply(integrals.ellipkm1, p)


def exp1(x: Array, /) -> Array:
    """Compute the integral of ``exp(-t) / t`` from x to infinity, for positive x.

    Parameters
    ----------
    x : array
        Of a numeric dtype.

    Returns
    -------
    Array
        Of the shape of `x`; of float32 if `x` is, else of float64; complex64 and complex128 stay.

    Raises
    ------
    DTypeError
        If `x` is text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.exp1(xp.asarray([0.0, 1.0]))
    Array([       inf, 0.21938393], dtype=float64)
    """
    return apply(integrals.exp1, x)


def expi(x: Array, /) -> Array:
    """Compute the integral of ``exp(t) / t`` from negative infinity to x.

    Near the zero of the result at 0.37, the error is small in comparison with 1, not with the result.

    Parameters
    ----------
    x : array
        Of a numeric dtype.

    Returns
    -------
    Array
        Of the shape of `x`; of float32 if `x` is, else of float64; complex64 and complex128 stay.

    Raises
    ------
    DTypeError
        If `x` is text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.expi(xp.asarray([-1.0, 1.0]))
    Array([-0.21938393,  1.89511782], dtype=float64)
    """
    return apply(integrals.expi, x)


def expn(n: Operand, x: Operand, /) -> Array:
    """Compute the integral of ``exp(-x*t) / t**n`` from 1 to infinity, for integers n from 0 on.

    Parameters
    ----------
    n, x : array or number
        Of a real dtype; at least one is an array.

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
    >>> xp.special.expn(2, xp.asarray([0.0, 1.0]))
    Array([1.        , 0.14849551], dtype=float64)
    """
    return apply(integrals.expn, n, x)


def spence(z: Array, /) -> Array:
    """Compute the dilogarithm of ``1 - z``, the integral of ``log(t) / (1 - t)`` from 1 to z.

    Parameters
    ----------
    z : array
        Of a numeric dtype.

    Returns
    -------
    Array
        Of the shape of `z`; of float32 if `z` is, else of float64; complex64 and complex128 stay.

    Raises
    ------
    DTypeError
        If `z` is text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.spence(xp.asarray([0.0, 1.0, 2.0]))
    Array([ 1.64493407,  0.        , -0.82246703], dtype=float64)
    """
    return apply(integrals.spence, z)
